package openapi

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Read reads a description as JSON. It fails unless all of this holds:
//
//   - it is valid by the schema of OpenAPI 3.1;
//   - every reference leads to one of the components, and every schema is valid by JSON Schema 2020-12;
//   - every operation has an ID of its own and a reply, describes the parameters of its path and no others, and needs
//     security schemes that exist;
//   - no two paths match the same requests;
//   - it has nothing that this package cannot check: see the package comment.
func Read(description []byte) (*Document, error) {
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
	if err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	compiler, err := newCompiler(root)
	if err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	r := reader{
		root: node{value: root}, compiler: compiler, operations: http.NewServeMux(), ids: map[string]bool{},
	}
	if r.references(r.root); len(r.wrong) == 0 {
		r.description()
	}
	if len(r.wrong) > 0 {
		return nil, fmt.Errorf("read the description: %w", errors.Join(r.wrong...))
	}
	return &Document{r.operations}, nil
}

// location is the URL of the description, which no one requests.
const location = "https://description.invalid/openapi.json"

// newCompiler returns a compiler of the schemas of a description that is valid by the schema of OpenAPI 3.1.
func newCompiler(root any) (*jsonschema.Compiler, error) {
	rules, err := jsonschema.UnmarshalJSON(strings.NewReader(datamodel.OpenAPI31SchemaData))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	const rulesLocation = "https://spec.openapis.org/oas/3.1/schema"
	if err := errors.Join(c.AddResource(rulesLocation, rules), c.AddResource(location, root)); err != nil {
		return nil, err
	}
	schema, err := c.Compile(rulesLocation)
	if err != nil {
		return nil, err
	}
	return c, schema.Validate(root)
}

// node is a value in the description.
type node struct {
	pointer string // RFC 6901
	value   any
}

// members yields the members of an object by name, in order. A value of another kind has none.
func (n node) members() iter.Seq2[string, node] {
	return func(yield func(string, node) bool) {
		members, _ := n.value.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if !yield(name, n.child(name, members[name])) {
				return
			}
		}
	}
}

// items yields the items of a list. A value of another kind has none.
func (n node) items() iter.Seq2[int, node] {
	return func(yield func(int, node) bool) {
		items, _ := n.value.([]any)
		for i, item := range items {
			if !yield(i, n.child(strconv.Itoa(i), item)) {
				return
			}
		}
	}
}

// member returns a member of an object; its value is nil if the object lacks it.
func (n node) member(name string) node {
	members, _ := n.value.(map[string]any)
	return n.child(name, members[name])
}

func (n node) child(name string, value any) node {
	return node{n.pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name), value}
}

func (n node) text() string {
	text, _ := n.value.(string)
	return text
}

// reader makes the operations of a description, and collects what is wrong with it.
type reader struct {
	root       node
	compiler   *jsonschema.Compiler
	operations *http.ServeMux
	ids        map[string]bool // of operations
	wrong      []error
}

func (r *reader) fail(at node, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf("%s: "+format, append([]any{cmp.Or(at.pointer, "/")}, args...)...))
}

// references checks that references lead to components.
func (r *reader) references(n node) {
	if ref, ok := n.member("$ref").value.(string); ok {
		if !strings.HasPrefix(ref, "#/components/") {
			r.fail(n, "a reference leads out of the components")
		} else if r.target(n).value == nil {
			r.fail(n, "a reference leads nowhere")
		}
	}
	for _, inner := range n.members() {
		r.references(inner)
	}
	for _, inner := range n.items() {
		r.references(inner)
	}
}

// referencesMost is the number of references in a row that are followed.
const referencesMost = 10

// target follows the reference that an object may be. The value of the result is nil if it leads nowhere.
func (r *reader) target(n node) node {
	for range referencesMost {
		ref, ok := n.member("$ref").value.(string)
		if !ok {
			return n
		}
		n = r.root
		for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			n = n.member(part) // names of components need no escapes
		}
	}
	return node{}
}

// description makes the operations.
func (r *reader) description() {
	for _, schema := range r.root.member("components").member("schemas").members() {
		r.schema(schema)
	}
	r.security(r.root)
	var prefixes []string
	for _, server := range r.root.member("servers").items() {
		at, err := url.Parse(server.member("url").text())
		if err != nil {
			r.fail(server, "%w", err)
			continue
		}
		prefixes = append(prefixes, strings.TrimSuffix(at.Path, "/"))
	}
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for path, item := range r.root.member("paths").members() {
		for method, at := range item.members() {
			if !slices.Contains(methods, method) {
				r.fail(at, "is not supported")
				continue
			}
			op := r.operation(path, at)
			for _, prefix := range prefixes {
				r.handle(at, strings.ToUpper(method)+" "+prefix+path, op)
			}
		}
	}
}

// methods are the members of a path that describe operations.
var methods = strings.Fields("get put post delete options head patch trace")

// handle adds an operation. The last parameter of a path may have slashes, which a client need not escape.
func (r *reader) handle(at node, pattern string, op *operation) {
	defer func() {
		if reason := recover(); reason != nil { // two patterns match the same requests
			r.fail(at, "%v", reason)
		}
	}()
	if rest, ok := strings.CutSuffix(pattern, "}"); ok {
		pattern = rest + "...}"
	}
	r.operations.Handle(pattern, op)
}

// inPath finds the parameters of a path.
var inPath = regexp.MustCompile(`\{([^{}]*)\}`)

func (r *reader) operation(path string, at node) *operation {
	id := at.member("operationId")
	if id.text() == "" || r.ids[id.text()] {
		r.fail(id, "the ID is missing or repeated")
	}
	r.ids[id.text()] = true
	body := r.target(at.member("requestBody"))
	op := &operation{
		body: r.content(body), bodyRequired: body.member("required").value == true, replies: map[string]*reply{},
	}
	var inDeclared []string
	for _, n := range at.member("parameters").items() {
		n = r.target(n)
		p := r.parameter(n, n.member("in").text(), n.member("name").text())
		if slices.ContainsFunc(op.parameters, func(q parameter) bool { return q.in == p.in && q.name == p.name }) {
			r.fail(n, "is declared twice")
		}
		if p.in == "path" {
			inDeclared = append(inDeclared, p.name)
		}
		op.parameters = append(op.parameters, p)
	}
	var inTemplate []string
	for _, m := range inPath.FindAllStringSubmatch(path, -1) {
		inTemplate = append(inTemplate, m[1])
	}
	slices.Sort(inDeclared)
	slices.Sort(inTemplate)
	if !slices.Equal(inDeclared, inTemplate) {
		r.fail(at, "declares other parameters than the path has")
	}
	for status, n := range at.member("responses").members() {
		if !strings.HasPrefix(status, "x-") {
			op.replies[status] = r.reply(r.target(n))
		}
	}
	if len(op.replies) == 0 {
		r.fail(at, "has no reply")
	}
	r.security(at)
	return op
}

func (r *reader) reply(at node) *reply {
	out := &reply{body: r.content(at)}
	for name, n := range at.member("headers").members() {
		out.headers = append(out.headers, r.parameter(r.target(n), "header", name))
	}
	return out
}

// styles are the forms in which parameters can be read.
var styles = map[string]string{"path": "simple", "query": "form", "header": "simple"}

func (r *reader) parameter(at node, in, name string) parameter {
	if style := at.member("style").text(); styles[in] == "" || style != "" && style != styles[in] {
		r.fail(at, "its place or style is not supported")
	}
	return parameter{name, in, at.member("required").value == true, r.schema(at.member("schema"))}
}

func (r *reader) content(at node) content {
	out := content{}
	for kind, n := range at.member("content").members() {
		if kind != "application/json" {
			r.fail(n, "is not supported")
		}
		out[kind] = r.schema(n.member("schema"))
	}
	return out
}

func (r *reader) schema(at node) *jsonschema.Schema {
	if at.value == nil {
		r.fail(at, "is missing")
		return nil
	}
	schema, err := r.compiler.Compile(location + "#" + (&url.URL{Fragment: at.pointer}).EscapedFragment())
	if err != nil {
		r.fail(at, "%w", err)
	}
	return schema
}

// security checks that the security schemes that an operation needs, or all do, exist.
func (r *reader) security(at node) {
	schemes := r.root.member("components").member("securitySchemes")
	for _, requirement := range at.member("security").items() {
		for name, n := range requirement.members() {
			if schemes.member(name).value == nil {
				r.fail(n, "there is no such security scheme")
			}
		}
	}
}
