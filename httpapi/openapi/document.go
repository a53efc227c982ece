package openapi

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Document is a description of an API in OpenAPI 3.1 that exchanges can be checked against. It is safe for concurrent
// use.
type Document struct {
	operations *http.ServeMux // of *operation
}

// CheckRequest returns an error if the operation that a request calls does not describe its path, its query, its
// declared headers or its body. A parameter of the query that the operation lacks is an error, too. A list may be
// repeated or separated by commas: OpenAPI can describe one of these forms. The body of r itself is not read.
func (d *Document) CheckRequest(r *http.Request, body []byte) error {
	r, op, err := d.find(r)
	if err != nil {
		return err
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return fmt.Errorf("the query: %w", err)
	}
	var wrong []error
	for _, p := range op.parameters {
		var values []string
		switch p.in {
		case "path":
			values = []string{r.PathValue(p.name)}
		case "query":
			values = query[p.name]
			delete(query, p.name)
		case "header":
			values = r.Header.Values(p.name)
		}
		wrong = append(wrong, p.check(values))
	}
	for name := range query {
		wrong = append(wrong, fmt.Errorf("the query has %s, which is not declared", name))
	}
	if len(body) > 0 || op.bodyRequired {
		wrong = append(wrong, op.body.check(r.Header, body))
	}
	return errors.Join(wrong...)
}

// CheckReply returns an error if the operation that a request calls does not describe the status, the headers or the
// body of a reply. A reply to HEAD has the header of one to GET, and no body.
func (d *Document) CheckReply(r *http.Request, status int, header http.Header, body []byte) error {
	r, op, err := d.find(r)
	if err != nil {
		return err
	}
	code := strconv.Itoa(status)
	found := cmp.Or(op.replies[code], op.replies[code[:1]+"XX"], op.replies["default"])
	if found == nil {
		return fmt.Errorf("the status %d is not declared", status)
	}
	var wrong []error
	for _, p := range found.headers {
		wrong = append(wrong, p.check(header.Values(p.name)))
	}
	switch {
	case r.Method != http.MethodHead:
		wrong = append(wrong, found.body.check(header, body))
	case len(body) > 0:
		wrong = append(wrong, errors.New("a reply to HEAD has a body"))
	default:
		_, err := found.body.schema(header)
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// find returns the operation that a request calls, and a copy of the request that has the values of its path.
func (d *Document) find(r *http.Request) (*http.Request, *operation, error) {
	r = r.Clone(r.Context())
	h, _ := d.operations.Handler(r)
	op, ok := h.(*operation)
	if !ok {
		return nil, nil, errors.New("no operation has this method and path")
	}
	d.operations.ServeHTTP(nil, r) // sets the values, and nothing else: see operation.ServeHTTP
	return r, op, nil
}

// operation describes the exchanges for a method and a path.
type operation struct {
	parameters   []parameter
	body         content
	bodyRequired bool
	replies      map[string]*reply // by status, such as 200, by class, such as 4XX, or default
}

// ServeHTTP does nothing: a mux finds handlers.
func (*operation) ServeHTTP(http.ResponseWriter, *http.Request) {}

type reply struct {
	headers []parameter
	body    content
}

// content are the schemas of a body by its media types; it is empty if there must be no body.
type content map[string]*jsonschema.Schema

func (c content) check(header http.Header, body []byte) error {
	schema, err := c.schema(header)
	switch {
	case err != nil:
		return err
	case schema == nil && len(body) > 0:
		return errors.New("no body is declared")
	case schema == nil:
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

// schema returns the schema of a body with this header, nil if there must be no body.
func (c content) schema(header http.Header) (*jsonschema.Schema, error) {
	if len(c) == 0 {
		return nil, nil
	}
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if schema := c[kind]; schema != nil && err == nil {
		return schema, nil
	}
	return nil, fmt.Errorf("the content type %q is not declared", header.Get("Content-Type"))
}

// parameter is a named value in the path, the query or the header.
type parameter struct {
	name, in string
	required bool
	schema   *jsonschema.Schema
}

func (p *parameter) check(values []string) error {
	var v any
	kind := target(p.schema)
	switch {
	case len(values) == 0 && p.required:
		return fmt.Errorf("%s in %s is missing", p.name, p.in)
	case len(values) == 0:
		return nil
	case is(kind, "array"):
		list := []any{}
		for text := range strings.SplitSeq(strings.Join(values, ","), ",") {
			list = append(list, typed(text, target(kind.Items2020)))
		}
		v = list
	case len(values) > 1:
		return fmt.Errorf("%s in %s is repeated", p.name, p.in)
	default:
		v = typed(values[0], kind)
	}
	if err := p.schema.Validate(v); err != nil {
		return fmt.Errorf("%s in %s: %w", p.name, p.in, err)
	}
	return nil
}

// target follows the references of a schema, which may be nil.
func target(s *jsonschema.Schema) *jsonschema.Schema {
	for s != nil && s.Ref != nil {
		s = s.Ref
	}
	return s
}

// is reports whether a schema names a type.
func is(s *jsonschema.Schema, kind string) bool {
	return s != nil && s.Types != nil && slices.Contains(s.Types.ToStrings(), kind)
}

// typed returns the value that a text stands for, by the types that a schema names.
func typed(text string, s *jsonschema.Schema) any {
	if s != nil && s.Types != nil && !is(s, "string") {
		if v, err := jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
			return v
		}
	}
	return text
}
