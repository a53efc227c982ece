package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/contactsdb/contacts"
)

// reply is a JSON object, with its members in order.
type reply []member

type member struct {
	name  string
	value any
}

// encode writes the reply. A value that writes itself is taken at its word: encoding/json would read all of it again.
func (r reply) encode() ([]byte, error) {
	text := []byte{'{'}
	for i, m := range r {
		value, err := encode(m.value)
		if err != nil {
			return nil, err
		}
		text = slices.Grow(text, len(m.name)+len(value)+len(`,"":`)+restGuess)
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, '"')
		text = append(text, m.name...)
		text = append(text, '"', ':')
		text = append(text, value...)
	}
	return append(text, '}'), nil
}

// restGuess is how many bytes follow the first member of a reply, about.
const restGuess = 128

func encode(value any) ([]byte, error) {
	switch v := value.(type) {
	case json.Marshaler:
		return v.MarshalJSON()
	default:
		return json.Marshal(v)
	}
}

// items is a list of values that write themselves.
type items[T json.Marshaler] []T

// MarshalJSON writes an array, also for no items.
func (list items[T]) MarshalJSON() ([]byte, error) {
	text := []byte{'['}
	for i, item := range list {
		if i > 0 {
			text = append(text, ',')
		}
		value, err := item.MarshalJSON()
		if err != nil {
			return nil, err
		}
		text = append(text, value...)
	}
	return append(text, ']'), nil
}

// pagingMetadata tells which part of a list came (HTTP-10).
type pagingMetadata struct {
	Count          int  `json:"count"`
	Offset         int  `json:"offset"`
	Total          *int `json:"total,omitempty"`
	TooManyToCount bool `json:"tooManyToCount"`
	HasNext        bool `json:"hasNext"`
}

// pageReply returns the reply of the methods that return a list: its items and their metadata, under the two names.
func pageReply[T json.Marshaler](name string, found contacts.Page[T], p paging, metadataName string, err error) (reply, error) {
	if err != nil {
		return nil, err
	}
	list, hasNext := found.Items, found.HasNext
	if p.none {
		list, hasNext = nil, len(list) > 0
	}
	m := pagingMetadata{Count: len(list), Offset: p.offset, HasNext: hasNext}
	if found.Total >= 0 {
		m.Total = &found.Total
	}
	return reply{{name, items[T](list)}, {metadataName, m}}, nil
}

// succeed writes a reply, always with status 200: the client takes any other for an error (HTTP-2).
func (c *call) succeed(r reply) {
	text, err := r.encode()
	if err != nil {
		c.fail(err)
		return
	}
	c.write(http.StatusOK, text)
}

// fail writes an error.
func (c *call) fail(err error) {
	c.err = err
	status, envelope := failureOf(err)
	text := internalError
	if envelope != nil {
		var broken error
		if text, broken = json.Marshal(envelope); broken != nil {
			status, text = http.StatusInternalServerError, internalError
		}
	}
	if status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", "1")
	}
	c.write(status, text)
}

func (c *call) write(status int, text []byte) {
	c.status, c.written = status, true
	if !c.bodyRead && c.r.ContentLength != 0 && c.r.ProtoMajor == 1 {
		// The server would wait for the body, whatever it is, before it sends a small reply, and for the rest of it afterwards.
		c.w.Header().Set("Connection", "close")
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now()) // not every writer has one
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	c.w.Write(text) // who has gone away needs no reply
}
