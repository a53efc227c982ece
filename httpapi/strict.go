package httpapi

import (
	"cmp"
	"maps"
	"slices"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file has the parameters and the members that a strict handler accepts (HTTP-21, HTTP-22).

// known are the parameters and the members of the body that a method accepts.
type known struct {
	params []string
	body   *wire.Shape // nil if no body is read
}

// languageName is the name of a parameter and a member that every method accepts: texts are in English (HTTP-22).
const languageName = "language"

// checkParams reports the parameters that the method does not accept.
func (c *call) checkParams() {
	if !c.h.opts.Strict {
		return
	}
	accepted := knowns[c.routeName()].params
	c.values("") // parses the query, whose mistake is reported otherwise
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if name != languageName && !slices.Contains(accepted, name) {
			c.violate(contacts.Violation{
				Field: cmp.Or(wire.Shown(name), "query"), Rule: contacts.RuleCustom, RuleName: RuleNameUnknown,
			})
		}
	}
}

// checkMembers reports the members of the body that the method does not accept.
func (c *call) checkMembers(v wire.Value) {
	if c.h.opts.Strict {
		v.Limit(knowns[c.routeName()].body)
	}
}

// shapes are the shapes of members.
type shapes map[string]*wire.Shape

// object returns the shape of an object with members that have shapes, and with others that may have any value.
func object(nested shapes, names ...string) *wire.Shape {
	s := wire.Only(names...)
	maps.Copy(s.Members, nested)
	return s
}

// request returns the shape of the body of a request.
func request(nested shapes, names ...string) *wire.Shape {
	return object(nested, append([]string{languageName}, names...)...)
}

// items returns the shape of a list of objects in its wrapper.
func items(item *wire.Shape) *wire.Shape { return object(shapes{"items": {Items: item}}) }

// The parameters of lists.
var (
	pageParams = []string{"paging.limit", "paging.offset"}
	sortParams = []string{"sort.fieldName", "sort.order"}
	viewParams = []string{"fields", "fieldsets"}

	definitionParams = slices.Concat([]string{"namespace", "startsWith"}, pageParams, sortParams)
)

// The shapes of parts of bodies.
var (
	pagingShape = wire.Only("limit", "offset")
	maskShape   = wire.Only("paths")
	sortShape   = &wire.Shape{Members: oneSort.Members, Items: oneSort}
	oneSort     = wire.Only("fieldName", "order")
	imageShape  = wire.Only("id", "_id", "url", "height", "width", "altText", "filename", "urlExpirationDate")
	pointShape  = wire.Only("latitude", "longitude")

	infoShape = object(shapes{
		"name":   wire.Only("first", "last"),
		"emails": items(wire.Only("id", "_id", "tag", "email", "primary")),
		"phones": items(
			wire.Only("id", "_id", "tag", "countryCode", "phone", "e164Phone", "formattedPhone", "primary"),
		),
		"addresses":       items(object(shapes{"address": addressShape}, "id", "_id", "tag")),
		"labelKeys":       items(nil),
		"extendedFields":  items(nil), // the keys in items are data
		"picture":         object(shapes{"image": imageShape}, "imageProvider"),
		"locations":       items(nil),
		"assignedUserIds": items(nil),
	}, "company", "jobTitle", "birthdate", "locale")

	addressShape = object(shapes{
		"streetAddress": wire.Only("number", "name", "apt", "formattedAddressLine"),
		"geocode":       pointShape,
		"location":      pointShape,
		"subdivisions":  {Items: wire.Only("code", "name", "type", "typeInfo")},
	}, "addressLine", "addressLine1", "addressLine2", "country", "subdivision", "city", "postalCode",
		"formattedAddress", "formatted", "hint", "countryFullname")

	definitionQueryShape = object(shapes{"sort": sortShape, "paging": pagingShape}, "filter")
)

// definitionShape returns the shape of a label or an extended field in a body. A caller who renames one may send it
// whole, as a reply has it.
func definitionShape(names ...string) *wire.Shape {
	return wire.Only(append(names,
		"namespace", "key", "displayName", "createdDate", "updatedDate", "_createdDate", "_updatedDate", "legacyId")...)
}

// knowns are the methods by their routes. They also have the copies of IDs and keys that the client sends (HTTP-5).
var knowns = map[string]known{
	"POST /contacts": {body: request(shapes{"info": infoShape}, "allowDuplicates")},
	"GET /contacts":  {params: slices.Concat(pageParams, sortParams, viewParams)},
	"POST /contacts/query": {body: request(shapes{
		"query": object(shapes{"sort": sortShape, "paging": pagingShape}, "filter", "fields", "fieldsets"),
	}, "search", "omitTotal")},
	"GET /contacts/facets": {params: append([]string{"omitCount"}, pageParams...)},
	"POST /contacts/facets/query": {
		body: request(shapes{"paging": pagingShape}, "filter", "queryFilter", "omitCount"),
	},
	"GET /contacts/{id}": {params: append([]string{"id"}, viewParams...)},
	"PATCH /contacts/{id}": {
		body: request(shapes{"info": infoShape, "fieldMask": maskShape}, "contactId", "revision", "allowDuplicates"),
	},
	"DELETE /contacts/{id}":      {params: []string{"contactId"}},
	"POST /contacts/{id}/labels": {body: request(nil, "contactId", "labelKeys")},
	"DELETE /contacts/{id}/labels": {
		params: []string{"contactId", "labelKeys"}, body: request(nil, "contactId", "labelKeys"),
	},
	"POST /contacts/{id}/merge": {
		body: request(nil, "targetContactId", "targetContactRevision", "sourceContactIds"),
	},
	"POST /contacts/{id}/preview-merge": {body: request(nil, "targetContactId", "sourceContactIds")},

	"POST /bulk/contacts/delete": {body: request(nil, "filter", "search")},
	"POST /bulk/contacts/update": {
		body: request(shapes{"info": infoShape, "fieldMask": maskShape}, "filter", "search"),
	},
	"POST /bulk/contacts/add-remove-labels": {
		body: request(nil, "filter", "search", "labelKeysToAdd", "labelKeysToRemove"),
	},
	"GET /bulk/jobs":              {},
	"GET /bulk/jobs/{id}":         {params: []string{"id"}},
	"GET /bulk/contact/jobs":      {},
	"GET /bulk/contact/jobs/{id}": {params: []string{"id"}},

	"POST /contact-submit": {body: request(shapes{
		"info": infoShape, "activity": wire.Only("activityDate", "activityType"),
	}, "contactId", "passThroughData")},

	"POST /labels":         {body: request(nil, "displayName")},
	"GET /labels":          {params: slices.Concat(definitionParams, []string{"labelType"})},
	"POST /labels/query":   {body: request(shapes{"query": definitionQueryShape})},
	"GET /labels/{key...}": {params: []string{"key"}},
	"PATCH /labels/{key...}": {body: request(
		shapes{"label": definitionShape("namespaceDisplayName", "labelType", "tagId")}, "key", "displayName", "name",
	)},
	"DELETE /labels/{key...}": {params: []string{"key"}},

	"POST /extended-fields":         {body: request(nil, "displayName", "dataType")},
	"GET /extended-fields":          {params: slices.Concat(definitionParams, []string{"fieldType"})},
	"POST /extended-fields/query":   {body: request(shapes{"query": definitionQueryShape})},
	"GET /extended-fields/{key...}": {params: []string{"key"}},
	"PATCH /extended-fields/{key...}": {body: request(
		shapes{"field": definitionShape("dataType", "fieldType", "description")}, "key", "displayName", "name",
	)},
	"DELETE /extended-fields/{key...}": {params: []string{"key"}},
}
