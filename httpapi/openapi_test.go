package httpapi_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/wire"
)

const openAPIFile = "openapi.json"

// TestOpenAPI compares openapi.json with the document that follows from the sources.
func TestOpenAPI(t *testing.T) {
	text := openAPIOf(t)
	if httpapi.Update() {
		require.NoError(t, os.WriteFile(openAPIFile, text, 0o644))
		return
	}
	require.Equal(t, string(text), string(httpapi.OpenAPI()),
		"OAS-1 %s is out of date; run: go generate ./httpapi", openAPIFile)
	httpapi.OpenAPI()[0] = 'x'
	require.Equal(t, byte('{'), httpapi.OpenAPI()[0], "OAS-1 the result is the caller's own")
}

// object is a JSON object.
type object map[string]any

// Types of values.
var (
	text      = object{"type": "string"}
	guid      = object{"type": "string", "format": "uuid"}
	timestamp = object{"type": "string", "format": "date-time"}
	date      = object{"type": "string", "format": "date"}
	boolean   = object{"type": "boolean"}
	count     = object{"type": "integer", "minimum": 0}
	integer   = object{"type": "integer"}
	degrees   = object{"anyOf": []any{
		object{"type": "number"}, object{"enum": []any{"NaN", "Infinity", "-Infinity"}},
	}}
)

func listOf(item object) object { return object{"type": "array", "items": item} }

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// types are the types of members that have no members of their own, by their names after one of the last parts of their
// paths. A longer name has precedence.
var types = map[string]object{
	"info": nil, // has members: see infoName

	"id": guid, "contactId": guid, "targetContactId": guid, "memberId": guid, "userId": guid,
	"sourceContactIds": listOf(guid), "groupIds": listOf(guid), "locations.items": listOf(guid),
	"assignedUserIds.items": listOf(guid), "segments.items": listOf(guid),
	"image.id": text, "photo.id": text, "picture.id": text, "legacyId": text, "tagId": text, "appId": text,
	"wixAppId": text,

	"createdDate": timestamp, "updatedDate": timestamp, "activityDate": timestamp, "urlExpirationDate": timestamp,
	"lastActivity.date": timestamp, "signupDate": timestamp, "lastWebLogin": timestamp, "lastMobileLogin": timestamp,
	"birthdate": date,

	"allowDuplicates": boolean, "omitTotal": boolean, "omitCount": boolean, "primary": boolean, "emailVerified": boolean,
	"emailVerificationRequired": boolean, "reported": boolean, "muted": boolean,
	"revision": integer, "targetContactRevision": integer, "height": integer, "width": integer,
	"limit": integer, "offset": integer, "latitude": degrees, "longitude": degrees,

	"sourceType": ref("SourceType"), "activityType": ref("ActivityType"), "imageProvider": ref("ImageProvider"),
	"emails.items.tag": ref("EmailTag"), "phones.items.tag": ref("PhoneTag"), "addresses.items.tag": ref("AddressTag"),
	"subdivisions.type": ref("SubdivisionType"), "order": ref("SortOrder"), "dataType": ref("DataType"),
	"labelType": ref("LabelType"), "fieldType": ref("FieldType"), "subscriptionStatus": ref("SubscriptionStatus"),
	"primaryEmail.deliverabilityStatus": ref("EmailDeliverability"),
	"primaryPhone.deliverabilityStatus": ref("PhoneDeliverability"),
	"memberInfo.status":                 ref("MemberStatus"), "privacyStatus": ref("PrivacyStatus"), "role": ref("Role"),
	"fieldsets": listOf(ref("Fieldset")),

	"fields": listOf(text), "paths": listOf(text), "labelKeys": listOf(text), "labelKeys.items": listOf(text),
	"labelKeysToAdd": listOf(text), "labelKeysToRemove": listOf(text), "mobileAppNames": listOf(text),
	"filter": ref("Filter"), "queryFilter": ref("Filter"),
	"extendedFields.items": {
		"type": "object", "additionalProperties": true, "description": "values by the keys of extended fields",
	},
	"fieldMask": {
		"description": "the fields that an update changes, as old clients send it",
		"anyOf":       []any{text, listOf(text), object{"type": "object", "properties": object{"paths": listOf(text)}}},
	},

	"language": {"type": "string", "description": "accepted; texts are in English"},
}

// texts are the members that are texts.
var texts = strings.Fields(`first last email phone countryCode e164Phone formattedPhone company jobTitle locale number
	name apt formattedAddressLine addressLine addressLine2 country subdivision city postalCode formattedAddress hint
	countryFullname code typeInfo url altText filename fieldName search displayName namespace namespaceDisplayName
	key description passThroughData startsWith nickname emails.items.email primaryInfo.phone`)

// aliases are the names of the JavaScript SDK (JSON-1), which requests may have and replies do not.
var aliases = map[string]string{
	"_id": "id", "_createdDate": "createdDate", "_updatedDate": "updatedDate", "addressLine1": "addressLine",
	"formatted": "formattedAddress", "location": "geocode",
}

// demanded are the members that an object must have, by the method and path or by the name of the schema.
var demanded = map[string][]string{
	"POST /contacts": {"info"}, "PATCH /contacts/{id}": {"revision", "info"},
	"POST /contacts/{id}/labels":        {"labelKeys"},
	"POST /contacts/{id}/merge":         {"targetContactRevision", "sourceContactIds"},
	"POST /contacts/{id}/preview-merge": {"sourceContactIds"},
	"POST /bulk/contacts/update":        {"info"},
	"POST /contact-submit":              {"info"},
	"POST /labels":                      {"displayName"},
	"POST /extended-fields":             {"displayName", "dataType"},

	"Contact": {"id", "revision"}, "Email": {"email", "primary"}, "Phone": {"phone", "primary"},
}

// documents makes the schemas of one document.
type documents struct {
	t       *testing.T
	schemas object
}

// typeOf returns the type of a member without members, by its path.
func (d *documents) typeOf(path []string) object {
	for i := range path {
		name := strings.Join(path[i:], ".")
		if found, ok := types[name]; ok {
			return found
		}
		if slices.Contains(texts, name) {
			return text
		}
	}
	require.Fail(d.t, "OAS-2 a member has no type", strings.Join(path, "."))
	return nil
}

// schema returns the schema of a shape at a path. Of a reply it has no aliases.
func (d *documents) schema(s *wire.Shape, reply bool, path ...string) object {
	last := path[len(path)-1]
	switch {
	case !reply && len(path) == 2 && last == "info":
		return ref(d.infoOf(path[0], s))
	case last == "fieldMask", s == nil, s.Members == nil && s.Items == nil:
		kind := d.typeOf(path)
		switch {
		case !reply && kind["type"] == "integer": // also as digits (JSON-9)
			return object{"type": []string{"integer", "string"}, "pattern": "^-?[0-9]+$"}
		case !reply && kind["format"] == "date": // none (VAL-9)
			return object{"anyOf": []any{kind, object{"const": ""}}}
		default:
			return kind
		}
	case s.Members == nil:
		return listOf(d.schema(s.Items, reply, path...))
	}
	properties := object{}
	for name, inner := range s.Members {
		of, isAlias := aliases[name]
		switch {
		case isAlias && reply:
		case isAlias:
			aliased := maps.Clone(d.schema(inner, reply, append(slices.Clip(path), of)...))
			if aliased["$ref"] == nil {
				aliased["description"] = "name of the SDK for " + of
			}
			properties[name] = aliased
		default:
			properties[name] = d.schema(inner, reply, append(slices.Clip(path), name)...)
		}
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if list := demanded[path[0]]; len(path) == 1 && list != nil {
		out["required"] = list
	}
	out = d.named(out, reply, path)
	switch {
	case s.Items != nil: // a list, or its only item
		return object{"anyOf": []any{out, listOf(d.schema(s.Items, reply, path...))}}
	case !reply && last == "image": // a string in the form of the SDK (JSON-8)
		return object{"anyOf": []any{out, text}}
	default:
		return out
	}
}

// parts are the objects with schemas of their own, by the last parts of their paths.
var parts = map[string]string{
	"contact.info": "Info", "emails.items": "Email", "phones.items": "Phone", "addresses.items": "Address",
	"image": "Image", "photo": "Image", "contact.picture": "Image", "source": "Source", "lastActivity": "Activity",
	"memberInfo": "MemberInfo", "paging": "Paging", "sort": "Sort",
}

// named adds the schema of an object to the schemas if it has a name, and returns a reference to it. In requests and
// replies the same part has two names: a reply lacks aliases, and has what a request need not have.
func (d *documents) named(schema object, reply bool, path []string) object {
	last := path[len(path)-1]
	name := parts[last]
	if len(path) > 1 {
		name = cmp.Or(parts[strings.ToLower(path[len(path)-2])+"."+last], name)
	}
	switch {
	case name == "":
		return schema
	case !reply:
		name = "New" + name
	case demanded[name] != nil:
		schema["required"] = demanded[name]
	}
	d.schemas[name] = schema
	return ref(name)
}

// infoOf adds the schema of an info in a request, and returns its name. In an update, null clears a member (UPD-10).
func (d *documents) infoOf(route string, s *wire.Shape) string {
	name := "NewInfo"
	if strings.HasPrefix(route, "PATCH") || strings.HasSuffix(route, "/update") {
		name = "InfoUpdate"
	}
	if d.schemas[name] == nil {
		info := d.schema(s, false, name)
		if name == "InfoUpdate" {
			members := info["properties"].(object)
			for of, schema := range members {
				members[of] = object{"anyOf": []any{schema, object{"type": "null"}}}
			}
		}
		d.schemas[name] = info
	}
	return name
}

// list is the shape of a list in its wrapper.
func list(item *wire.Shape) *wire.Shape { return members(shapes{"items": {Items: item}}, "") }

type shapes map[string]*wire.Shape

// members returns the shape of an object.
func members(nested shapes, names string) *wire.Shape {
	s := wire.Only(strings.Fields(names)...)
	maps.Copy(s.Members, nested)
	return s
}

// replyShapes are the shapes of values in replies. TestOpenAPIReplies compares them with the encoders.
var replyShapes = func() map[string]*wire.Shape {
	_, create, _ := httpapi.Known("POST /contacts")
	info := create.Members["info"]
	image := info.Members["picture"].Members["image"]
	return map[string]*wire.Shape{
		"Contact": members(shapes{
			"info":         info,
			"source":       wire.Only("sourceType", "appId", "wixAppId"),
			"lastActivity": members(shapes{"icon": wire.Only("name", "url")}, "activityDate activityType date description"),
			"primaryInfo":  wire.Only("email", "phone"),
			"primaryEmail": wire.Only("email", "subscriptionStatus", "deliverabilityStatus"),
			"primaryPhone": members(nil,
				"phone countryCode e164Phone formattedPhone subscriptionStatus deliverabilityStatus"),
			"segments": list(nil),
			"picture":  image,
			"memberInfo": members(shapes{
				"profileInfo": members(shapes{"photo": image}, "nickname privacyStatus reported muted"),
				"userInfo":    wire.Only("userId", "role"),
				"sessionInfo": wire.Only("lastWebLogin", "lastMobileLogin", "mobileAppNames"),
				"groupInfo":   wire.Only("groupIds"),
			}, "memberId signupDate email emailVerified emailVerificationRequired status"),
		}, "id revision createdDate updatedDate"),
		"Label": members(nil, "namespace namespaceDisplayName key displayName labelType createdDate updatedDate legacyId"),
		"Field": members(nil, "namespace key displayName dataType fieldType createdDate updatedDate description"),
	}
}()

// answers are the schemas of the members of replies.
var answers = map[string]object{
	"contact": ref("Contact"), "contacts": listOf(ref("Contact")),
	"label": ref("Label"), "labels": listOf(ref("Label")), "newLabel": boolean,
	"field": ref("Field"), "fields": listOf(ref("Field")), "newField": boolean,
	"facets": listOf(ref("Facet")), "pagingMetadata": ref("PagingMetadata"), "metadata": ref("PagingMetadata"),
	"job": ref("Job"), "jobs": listOf(ref("Job")), "jobId": guid,
	"contactId": guid, "identityType": ref("IdentityType"), "newContact": boolean,
	"responseType": {"enum": []any{"REGULAR", "MERGED"}},
}

func closed(required string, properties object) object {
	return object{
		"type": "object", "properties": properties, "required": strings.Fields(required), "additionalProperties": false,
	}
}

// ownSchemas are the schemas of what only this API has.
func ownSchemas() object {
	codes := []string{"RESOURCE_EXHAUSTED"} // of contactsd -rate (OPS-6)
	for code, status := range httpapi.Statuses() {
		if code != contacts.ErrInvalid && status != http.StatusInternalServerError {
			codes = append(codes, string(code))
		}
	}
	slices.Sort(codes)
	return object{
		"Filter": object{
			"type": []any{"object", "null"}, "additionalProperties": true,
			"description": "a filter in the query language, such as {\"info.name.last\": {\"$startsWith\": \"St\"}}",
		},
		"PagingMetadata": closed("count offset tooManyToCount hasNext", object{
			"count": count, "offset": count, "total": count, "tooManyToCount": boolean, "hasNext": boolean,
		}),
		"Facet": closed("facetType facetKey facetDisplayName", object{
			"facetType": ref("FacetType"), "namespace": text, "namespaceDisplayName": text, "facetKey": text,
			"facetDisplayName": text, "count": count, "legacyId": text, "queryFilter": ref("Filter"),
		}),
		"Job": closed("id type status totalItems successTotal failedTotal", object{
			"id": guid, "type": ref("JobType"), "status": ref("JobStatus"), "startedDate": timestamp,
			"finishedDate": timestamp, "totalItems": count, "successTotal": count, "failedTotal": count,
			"errors": listOf(closed("count code message", object{"count": count, "code": text, "message": text})),
		}),
		"Error": closed("message details", object{
			"message": text,
			"details": object{
				"description": "empty for an error that is not the caller's",
				"oneOf": []any{
					closed("", object{}), closed("applicationError", object{"applicationError": ref("ApplicationError")}),
					closed("validationError", object{"validationError": ref("ValidationError")}),
				},
			},
		}),
		"ApplicationError": closed("code description data", object{
			"code": object{"enum": codes}, "description": text, "data": object{"type": "object"},
		}),
		"ValidationError": closed("fieldViolations", object{"fieldViolations": listOf(closed(
			"field description violatedRule", object{
				"field": text, "description": text, "violatedRule": ref("Rule"), "ruleName": text,
				"data": object{"type": "object"},
			}))}),
	}
}

// enums returns the values of the types of texts that have constants, by the sources of package contacts.
func enums(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, file := range []string{"../enums.go", "../errors.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, ok1 := spec.Type.(*ast.Ident)
			value, ok2 := spec.Values[0].(*ast.BasicLit)
			if ok1 && ok2 && value.Kind == token.STRING {
				word, err := strconv.Unquote(value.Value)
				require.NoError(t, err)
				found[kind.Name] = append(found[kind.Name], word)
			}
			return true
		})
	}
	return found
}

// openAPIOf returns the document.
func openAPIOf(t *testing.T) []byte {
	t.Helper()
	d := &documents{t, ownSchemas()}
	paths := map[string]object{}
	used := map[string]bool{}
	for _, r := range httpapi.RouteTable() {
		path := strings.ReplaceAll(r.Path, "{key...}", "{key}")
		if paths[path] == nil {
			paths[path] = object{}
		}
		operation := d.operation(r)
		if name := r.Name; used[name] { // an older path of the same method
			operation["operationId"], operation["deprecated"] = name+"AtOldPath", true
		}
		used[r.Name] = true
		paths[path][strings.ToLower(r.Method)] = operation
	}
	for name, s := range replyShapes {
		d.schemas[name] = d.schema(s, true, name)
	}
	words := enums(t)
	var wanted []string
	for m := range strings.SplitSeq(indented(t, object{"a": paths, "b": d.schemas}), `"#/components/schemas/`) {
		name, _, _ := strings.Cut(m, `"`)
		wanted = append(wanted, name)
	}
	for _, name := range wanted[1:] {
		if d.schemas[name] == nil {
			require.NotEmpty(t, words[name], "OAS-2 an enum without values: %s", name)
			d.schemas[name] = object{"type": "string", "enum": words[name]}
		}
	}
	return []byte(indented(t, object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Contacts", "version": "4",
			"description": "The Wix Contacts V4 API, as package httpapi and contactsd serve it. docs/http.md says more.",
		},
		"servers":  []any{object{"url": "/contacts/v4"}, object{"url": "/_api/contacts/v4"}},
		"security": []any{object{}, object{"bearer": []any{}}, object{"token": []any{}}},
		"paths":    paths,
		"components": object{
			"schemas": d.schemas,
			"parameters": object{
				"language": object{"name": "language", "in": "query", "schema": types["language"]},
			},
			"responses": object{
				"Error": object{
					"description": "an error, with the status of its code: see docs/http.md",
					"headers":     requestIDHeader, "content": jsonContent(ref("Error")),
				},
				"TooMany": object{
					"description": "too many labels or extended fields, or too many requests of a client of contactsd -rate",
					"headers":     retryHeaders("seconds, of contactsd -rate only"), "content": jsonContent(ref("Error")),
				},
				"Unavailable": object{
					"description": "too many requests at a time, a closed or read-only store, or a write with an unknown outcome",
					"headers":     retryHeaders("seconds"), "content": jsonContent(ref("Error")),
				},
			},
			"securitySchemes": object{
				"bearer": object{"type": "http", "scheme": "bearer", "description": "the token of contactsd"},
				"token":  object{"type": "apiKey", "in": "header", "name": "Authorization", "description": "the bare token"},
			},
		},
	}))
}

func indented(t *testing.T, v object) string {
	t.Helper()
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	require.NoError(t, out.Encode(v))
	return b.String()
}

var requestIDHeader = object{"X-Wix-Request-Id": object{
	"description": "new for each request", "required": true, "schema": text,
}}

// retryHeaders are those of an error that can have the time after which to ask again.
func retryHeaders(description string) object {
	return object{
		"X-Wix-Request-Id": requestIDHeader["X-Wix-Request-Id"],
		"Retry-After": object{
			"description": description, "schema": object{"type": "integer", "minimum": 1},
		},
	}
}

func jsonContent(schema object) object { return object{"application/json": object{"schema": schema}} }

// operation describes a method of the API.
func (d *documents) operation(r httpapi.RouteInfo) object {
	route := r.Method + " " + r.Path
	e := endpoints[slices.IndexFunc(endpoints, func(e endpoint) bool { return e.route == route })]
	c := newCast(d.t, nil)
	out := c.send(request(r.Method, c.fill("/contacts/v4"+e.path), c.fill(e.body)))
	out.ok()

	properties := object{}
	for _, name := range e.reply {
		require.Contains(d.t, answers, name)
		properties[name] = answers[name]
	}
	reply := jsonContent(closed(strings.Join(e.reply, " "), properties))
	reply["application/json"].(object)["example"] = json.RawMessage(out.text)
	params, body, _ := httpapi.Known(route)
	operation := object{
		"operationId": r.Name, "summary": r.Does, "x-permission": string(r.Permission),
		"description": "Store." + r.Calls + ". Permission: " + string(r.Permission) + ".",
		"parameters":  d.parameters(r.Path, params),
		"responses": object{
			"200":     object{"description": "done", "headers": requestIDHeader, "content": reply},
			"429":     object{"$ref": "#/components/responses/TooMany"},
			"503":     object{"$ref": "#/components/responses/Unavailable"},
			"default": object{"$ref": "#/components/responses/Error"},
		},
	}
	if body != nil {
		content := jsonContent(d.schema(body, false, route))
		if e.body != "" {
			content["application/json"].(object)["example"] = json.RawMessage(c.fill(e.body))
		}
		operation["requestBody"] = object{"required": demanded[route] != nil, "content": content}
	}
	return operation
}

// parameters describes the parameters of a path and of its query.
func (d *documents) parameters(path string, names []string) []any {
	var out []any
	for name, kind := range map[string]object{"id": guid, "key": text} {
		if strings.Contains(path, "{"+name) {
			out = append(out, object{"name": name, "in": "path", "required": true, "schema": kind})
		}
	}
	for _, name := range names {
		p := object{"name": name, "in": "query", "schema": d.typeOf(strings.Split(name, "."))}
		switch {
		case name == "id", name == "key", name == "contactId":
			p["description"] = "ignored: the path decides"
		case p["schema"].(object)["type"] == "array":
			p["description"], p["explode"] = "repeated, or values separated by commas", true
		}
		out = append(out, p)
	}
	return append(out, object{"$ref": "#/components/parameters/language"}) // every method accepts it (HTTP-22)
}

// TestOpenAPIReplies compares the schemas of replies with what the encoders write for values of which every field is
// set.
func TestOpenAPIReplies(t *testing.T) {
	document := object{}
	require.NoError(t, json.Unmarshal(httpapi.OpenAPI(), &document))
	for name, v := range map[string]any{
		"Contact": filled[contacts.Contact](), "Label": filled[contacts.Label](), "Field": filled[contacts.Field](),
		"Job": filled[contacts.Job](), "Facet": filled[contacts.Facet](),
	} {
		t.Run("OAS-2 "+name, func(t *testing.T) {
			text, err := json.Marshal(v)
			require.NoError(t, err)
			var written any
			require.NoError(t, json.Unmarshal(text, &written))
			schema := document.at("components").at("schemas").at(name)
			require.Equal(t, slices.Sorted(maps.Keys(pathsOfValue(written))),
				slices.Sorted(maps.Keys(pathsOfSchema(document, schema))))
		})
	}
}

func (o object) at(name string) object {
	inner, _ := o[name].(map[string]any)
	return inner
}

// filled returns a value with every field set.
func filled[T any]() T {
	v := reflect.New(reflect.TypeFor[T]()).Elem()
	fill(v)
	return v.Interface().(T)
}

func fill(v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(1, 0).UTC()))
	case v.Type() == reflect.TypeFor[uuid.UUID]():
		v.Set(reflect.ValueOf(testID(7)))
	case v.Type() == reflect.TypeFor[contacts.Filter]():
		v.Set(reflect.ValueOf(contacts.Eq("info.name.first", "A")))
	case v.Type() == reflect.TypeFor[map[string]any]():
		v.Set(reflect.ValueOf(map[string]any{"custom.a": "A"}))
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case v.Kind() == reflect.String:
		v.SetString("A")
	case v.CanInt():
		v.SetInt(3)
	case v.CanFloat():
		v.SetFloat(3)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	}
}

// free are the members with names that are data.
var free = []string{"extendedFields.items", "queryFilter"}

// pathsOfValue returns the paths of all members.
func pathsOfValue(v any) map[string]bool { return pathsIn(v, "", func(v any) any { return v }) }

// pathsOfSchema returns the paths of all members that values of a schema can have.
func pathsOfSchema(document, schema object) map[string]bool {
	var inner func(v any) any
	inner = func(v any) any {
		s, _ := v.(map[string]any)
		if name, ok := s["$ref"].(string); ok {
			s = document.at("components").at("schemas").at(name[strings.LastIndex(name, "/")+1:])
		}
		switch {
		case s["properties"] != nil:
			return s["properties"]
		case s["items"] != nil:
			return []any{inner(s["items"])}
		default:
			return nil
		}
	}
	return pathsIn(map[string]any(schema), "", inner)
}

func pathsIn(v any, path string, open func(any) any) map[string]bool {
	out := map[string]bool{}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				at := strings.TrimPrefix(path+"."+name, ".")
				out[at] = true
				if !slices.ContainsFunc(free, func(f string) bool { return strings.HasSuffix(at, f) }) {
					walk(open(inner), at)
				}
			}
		case []any:
			for _, inner := range v {
				walk(inner, path)
			}
		}
	}
	walk(open(v), path)
	return out
}
