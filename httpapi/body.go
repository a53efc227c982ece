package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/envelope"
	"github.com/contactsdb/contacts/internal/wire"
)

// readBody returns the result of read for the body of the request, where an empty body is an object without members.
// Its error has every violation of the request.
func readBody[T any](c *call, read func(body) T) (T, error) {
	var none T
	text, err := c.bodyText()
	if err != nil {
		return none, err
	}
	in, err := wire.ReadAtMost(bodyValues, text, "", func(v wire.Value) T {
		c.checkMembers(v)
		return read(body{v.Object(), c})
	})
	if errors.Is(err, wire.ErrTooManyValues) {
		return none, ErrBodyTooLarge
	} else if err != nil {
		e, _ := errors.AsType[*wire.Error](err)
		for _, p := range e.Problems {
			c.violate(envelope.OfProblem(p))
		}
	}
	return in, c.checked()
}

// bodyText returns the body. It must be announced as JSON: a web page of another site cannot do that unless the server
// allows it (HTTP-3).
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
	c.h.slots.free(c)
	text, err := c.receive(http.MaxBytesReader(c.w, c.r.Body, c.h.opts.MaxBodyBytes))
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case err == nil && int64(len(text)) < c.r.ContentLength: // other code has read a part of the body
		return "", ErrIncompleteBody
	case err == nil && !c.h.slots.take(c), errors.Is(err, ErrUnavailable):
		return "", ErrUnavailable
	case err == nil && text == "": // a chunked body of no bytes
		return "{}", nil
	case err == nil:
		return text, nil
	case errors.As(err, &tooLarge):
		return "", ErrBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", ErrRequestTimeout
	default:
		return "", ErrIncompleteBody
	}
}

// receive reads a body. It accounts for the memory before it uses it (HTTP-19).
func (c *call) receive(r io.Reader) (text string, err error) {
	a := &arrival{w: c.w}
	c.body = a
	c.h.bodies.begin(a)
	defer func() {
		if !c.h.bodies.arrived(a, int64(len(text))) {
			text, err = "", os.ErrDeadlineExceeded
		}
	}()
	var read []byte
	for {
		if len(read) == cap(read) {
			size := c.bodyCap(cap(read))
			if err := c.h.bodies.grow(a, int64(size-cap(read))); err != nil {
				return "", err
			}
			read = append(make([]byte, 0, size), read...)
		}
		n, err := r.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		if err == io.EOF {
			return string(read), nil
		} else if err != nil {
			return "", err
		}
	}
}

// bodyCap returns the next capacity for a body: little until the client has sent as much, and one byte more than the
// body should have, so that its end is noticed without another growth.
func (c *call) bodyCap(last int) int {
	most := c.h.opts.MaxBodyBytes
	if c.r.ContentLength > 0 {
		most = c.r.ContentLength
	}
	next := max(2*last, bodyGuess)
	if int64(last) <= most && int64(next) > most+1 {
		return int(most + 1)
	}
	return next
}

// bodyValues limits the JSON values in a body. A filter may have 10,000, and a contact always has fewer.
const bodyValues = 20_000

// bodyGuess is the memory in bytes that is allocated for a body before it arrives.
const bodyGuess = 4 << 10

func isJSON(h http.Header) bool {
	if encodings := h.Values("Content-Encoding"); len(encodings) > 0 {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// body is the object in the body of a request, or an object in that one.
type body struct {
	wire.Object
	c *call
}

// at returns the object in a member.
func (b body) at(name string) body { return body{b.Object.Object(name), b.c} }

// decoded reads a member with the decoder of its type, whose paths of violations must be those of the request.
func decoded[T json.Unmarshaler](b body, name string, dst T) T {
	if v := b.Get(name); v.Present() {
		b.c.refuse(dst.UnmarshalJSON([]byte(v.Source())))
	}
	return dst
}

func (b body) info() contacts.Info { return *decoded(b, "info", new(contacts.Info)) }

// patch reads the change of an update: info, and the mask of fields that old clients send (UPD-8).
func (b body) patch() contacts.Patch {
	patch := *decoded(b, "info", new(contacts.Patch))
	if b.Get("fieldMask").Present() {
		patch = patch.Masked(b.mask())
	}
	return patch
}

const maskMax = 1000 // paths in a mask that is a string

// mask reads a mask of fields: a string, an array, or an object with an array.
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

// filter reads the filter under the first of the names that the body has.
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

// revision reads a revision, which every conditional write requires.
func (b body) revision(name string) int {
	b.Require(name)
	return b.Integer(name)
}

// sorts reads the order: an object, or an array of objects (QRY-2).
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

// newName reads the new display name of a label or an extended field, and its path: in a wrapper, as the client sends
// it, or without one, as in old samples (HTTP-4).
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
