package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

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
	if c.r.ContentLength > c.h.opts.MaxBodyBytes {
		return "", ErrBodyTooLarge
	}
	c.bodyRead = true
	var text bytes.Buffer
	if n := c.r.ContentLength; n > 0 {
		text.Grow(int(min(n, bodyGuess)) + bytes.MinRead)
	}
	_, err := text.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, c.h.opts.MaxBodyBytes))
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case err == nil && int64(text.Len()) < c.r.ContentLength: // somebody has read it before
		return "", ErrIncompleteBody
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

func (b body) paging() paging {
	p := b.at("paging")
	return newPaging(p.Integer("limit"), p.Get("limit").Present(), p.Integer("offset"))
}

func (b body) sources() []uuid.UUID { return wire.List(b.Object, "sourceContactIds", wire.Value.GUID) }

// newName reads the display name that a label or an extended field gets, and where it stands: in a wrapper, as the
// client sends it, or bare, as old samples do (HTTP-4).
func (b body) newName(wrapper string) (name, path string) {
	if b.Get(wrapper).Present() {
		return b.at(wrapper).Text("displayName"), wrapper + ".displayName"
	}
	for _, bare := range []string{"displayName", "name"} {
		if b.Get(bare).Present() {
			return b.Text(bare), bare
		}
	}
	return "", wrapper + ".displayName"
}
