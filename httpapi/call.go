package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// call is one request and its reply.
type call struct {
	h         *handler
	w         http.ResponseWriter
	r         *http.Request
	route     *route // nil until it is found
	requestID string

	query      url.Values // read by param
	violations []contacts.Violation
	refusal    error // of a part of the request, if it breaks no type
	oneSort    bool  // sort is no array

	bodyRead bool // as far as it is going to be
	status   int
	err      error // the error that was told
	written  bool
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) store() *contacts.Store { return c.h.store }

// authorize refuses a call that the caller may not make (HTTP-11).
func (c *call) authorize(p Permission) error {
	err := c.h.opts.Authorize(c.r, p)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrPermissionDenied):
		return ErrPermissionDenied
	default:
		c.w.Header().Set("WWW-Authenticate", "Bearer")
		return ErrUnauthenticated
	}
}

func (c *call) violate(v contacts.Violation) { c.violations = append(c.violations, v) }

func (c *call) format(field string, f contacts.Format) {
	c.violate(contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: f})
}

// refuse keeps an error of the store about a part of the request, to tell all violations at once.
func (c *call) refuse(err error) {
	e, ok := errors.AsType[*contacts.Error](err)
	switch {
	case err == nil:
	case ok && e.Code == contacts.ErrInvalid:
		c.violations = append(c.violations, e.Violations...)
	case c.refusal == nil:
		c.refusal = err
	}
}

// checked returns what is wrong with what was read of the request.
func (c *call) checked() error {
	if len(c.violations) > 0 {
		return &contacts.Error{Code: contacts.ErrInvalid, Violations: c.violations}
	}
	return c.refusal
}

// The path.

// id reads the ID in the path; the name is what the API calls it there.
func (c *call) id(name string) uuid.UUID {
	text := c.r.PathValue("id")
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		c.format(name, contacts.FormatGUID)
	}
	return id
}

const keyMax = 80 // characters

// key reads the key of a label or an extended field in the path. The client does not escape it, so it may have slashes.
func (c *call) key(name string) string {
	key := c.r.PathValue("key")
	switch n := utf8.RuneCountInString(key); {
	case n == 0:
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMinLength, Threshold: 1})
	case n > keyMax:
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMaxLength, Threshold: keyMax})
	}
	return key
}

// The query.

// formatQuery is the format of the query of a URL.
const formatQuery contacts.Format = "QUERY"

// values returns all values of a parameter.
func (c *call) values(name string) []string {
	if c.query == nil {
		var err error
		if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
			c.format("query", formatQuery)
		}
	}
	return c.query[name]
}

// param returns the value of a parameter that there may be one of.
func (c *call) param(name string) (string, bool) {
	values := c.values(name)
	if len(values) == 0 {
		return "", false
	}
	if len(values) > 1 {
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMaxSize, Threshold: 1})
	}
	return values[0], true
}

func (c *call) text(name string) string {
	text, _ := c.param(name)
	return text
}

// integer reads a number of 32 bits.
func (c *call) integer(name string) (n int, given bool) {
	text, given := c.param(name)
	if !given {
		return 0, false
	}
	n, ok := wire.ParseInteger(text)
	if !ok {
		c.format(name, contacts.FormatInteger)
	}
	return n, true
}

func (c *call) boolean(name string) bool {
	text, given := c.param(name)
	if given && text != "true" && text != "false" {
		c.format(name, contacts.FormatBoolean)
	}
	return text == "true"
}

// list returns the items of a parameter, which is repeated or has commas between them (HTTP-4).
func (c *call) list(name string) []string {
	var items []string
	for _, value := range c.values(name) {
		items = append(items, strings.Split(value, ",")...)
	}
	return items
}

// The body.

// readBody reads the body, an empty one as an object without members, and returns what read makes of it. It reports all
// that is wrong with the request.
func readBody[T any](c *call, read func(body) T) (T, error) {
	var none T
	text, err := c.bodyText()
	if err != nil {
		return none, err
	}
	in, err := wire.ReadAtMost(bodyValues, text, "", func(v wire.Value) T { return read(body{v.Object(), c}) })
	if errors.Is(err, wire.ErrTooManyValues) {
		return none, ErrBodyTooLarge
	} else if err != nil {
		e, _ := errors.AsType[*wire.Error](err)
		for _, p := range e.Problems {
			c.problem(p)
		}
	}
	return in, c.checked()
}

// problem reports what wire has found. A problem of the whole body has no path.
func (c *call) problem(p wire.Problem) {
	v := contacts.Violation{Field: p.Path, Rule: contacts.RuleFormat, Format: contacts.Format(p.Format)}
	if p.Path == "" {
		v.Field = "body"
	}
	if p.Format == "" {
		v.Rule = contacts.RuleRequired
	}
	c.violate(v)
}

// bodyText returns the body. It must be announced as JSON, which a web page cannot do for a server of another site that
// does not allow it (HTTP-3).
func (c *call) bodyText() (string, error) {
	if c.r.ContentLength == 0 || c.r.Body == nil || c.r.Body == http.NoBody {
		return "{}", nil
	}
	if !isJSON(c.r.Header) {
		return "", ErrUnsupportedMediaType
	}
	c.bodyRead = true
	var text strings.Builder
	if n := c.r.ContentLength; n > 0 && n <= c.h.opts.MaxBodyBytes {
		text.Grow(int(min(n, bodyGuess)))
	}
	_, err := io.Copy(&text, http.MaxBytesReader(c.w, c.r.Body, c.h.opts.MaxBodyBytes))
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case err == nil && text.Len() == 0: // chunks, and none of them
		return "{}", nil
	case err == nil:
		return text.String(), nil
	case errors.As(err, &tooLarge):
		return "", ErrBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", ErrRequestTimeout
	default:
		return "", ErrIncompleteBody
	}
}

// bodyValues bounds the JSON values in a body. A filter may have 10,000; a contact never has as many.
const bodyValues = 20_000

// bodyGuess bounds the memory that is given to a body before it has come.
const bodyGuess = 64 << 10

func isJSON(h http.Header) bool {
	if encodings := h.Values("Content-Encoding"); len(encodings) > 0 {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// body is the object in the body of a request, or one in it.
type body struct {
	wire.Object
	c *call
}

// at returns an object in the body.
func (b body) at(name string) body { return body{b.Object.Object(name), b.c} }

// decoded reads a member with its own decoder. Its paths of violations must be those of the request.
func decoded[T json.Unmarshaler](b body, name string, dst T) T {
	if v := b.Get(name); v.Present() {
		b.c.refuse(dst.UnmarshalJSON([]byte(v.Source())))
	}
	return dst
}

func (b body) info() contacts.Info { return *decoded(b, "info", new(contacts.Info)) }

// patch reads what an update changes: info, and of old clients the mask of fields (UPD-8).
func (b body) patch() contacts.Patch {
	patch := *decoded(b, "info", new(contacts.Patch))
	if b.Get("fieldMask").Present() {
		patch = patch.Masked(b.mask())
	}
	return patch
}

const maskMax = 1000 // paths in a text

// mask reads a mask in each of its three spellings.
func (b body) mask() []string {
	switch v := b.Get("fieldMask"); v.Kind() {
	case wire.KindString:
		text := v.Text()
		if strings.Count(text, ",") >= maskMax {
			b.c.violate(contacts.Violation{Field: "fieldMask", Rule: contacts.RuleMaxSize, Threshold: maskMax})
			return nil
		}
		return strings.Split(text, ",")
	case wire.KindArray:
		return wire.List(b.Object, "fieldMask", wire.Value.Text)
	default:
		return wire.List(v.Object(), "paths", wire.Value.Text)
	}
}

// filter reads the member with the first of the names that is there.
func (b body) filter(names ...string) contacts.Filter {
	v := b.Get(names...)
	if !v.Present() {
		return contacts.Filter{}
	}
	filter, err := contacts.ParseFilter([]byte(v.Source()))
	b.c.refuse(err)
	return filter
}

func (b body) selection() contacts.Selection {
	return contacts.Selection{Filter: b.filter("filter"), Search: b.Text("search")}
}

func (b body) texts(name string) []string { return wire.List(b.Object, name, wire.Value.Text) }

// revision reads a revision, without which nothing is written.
func (b body) revision(name string) int {
	b.Require(name)
	return b.Integer(name)
}

// sorts reads what to sort by: an object or an array of them (QRY-2).
func (b body) sorts() []contacts.Sort {
	if v := b.Get("sort"); v.Kind() == wire.KindObject {
		b.c.oneSort = true
		return []contacts.Sort{sortOf(v)}
	}
	return wire.List(b.Object, "sort", sortOf)
}

func sortOf(v wire.Value) contacts.Sort {
	o := v.Object()
	return contacts.Sort{Field: o.Text("fieldName"), Order: wire.Enum[contacts.SortOrder](o, "order")}
}

// paging is which part of a list is asked for.
type paging struct {
	limit, offset int
	none          bool // a limit of 0: no items, but their total
}

func newPaging(limit int, given bool, offset int) paging {
	if given && limit == 0 {
		return paging{limit: 1, offset: offset, none: true} // 0 is the default in Go
	}
	return paging{limit: limit, offset: offset}
}

func (b body) paging() paging {
	p := b.at("paging")
	return newPaging(p.Integer("limit"), p.Get("limit").Present(), p.Integer("offset"))
}

func (c *call) paging() paging {
	limit, given := c.integer("paging.limit")
	offset, _ := c.integer("paging.offset")
	return newPaging(limit, given, offset)
}

// sorts reads what to sort by.
func (c *call) sorts() []contacts.Sort {
	field, byField := c.param("sort.fieldName")
	order, ordered := c.param("sort.order")
	if !byField && !ordered {
		return nil
	}
	c.oneSort = true
	return []contacts.Sort{{Field: field, Order: contacts.SortOrder(order)}}
}

// placed tells violations at the paths that they have in the request, where the store's are below a member of it.
func (c *call) placed(member string, err error) error {
	return moved(err, func(path string) string {
		if rest, ok := strings.CutPrefix(path, "sort[0]"); ok && c.oneSort {
			path = "sort" + rest
		}
		if member == "" || path == "search" { // which is beside the query
			return path
		}
		return member + "." + path
	})
}
