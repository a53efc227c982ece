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
type reply []struct {
	name  string
	value any
}

// encode returns the reply as JSON. The output of a value's MarshalJSON is not checked: encoding/json would parse all
// of it again.
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

// restGuess is about the number of bytes after the first member of a reply.
const restGuess = 128

func encode(value any) ([]byte, error) {
	switch v := value.(type) {
	case json.Marshaler:
		return v.MarshalJSON()
	default:
		return json.Marshal(v)
	}
}

// array is a list of values that encode themselves.
type array[T json.Marshaler] []T

// MarshalJSON returns a JSON array, which is [] for a nil list.
func (list array[T]) MarshalJSON() ([]byte, error) {
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

// pagingMetadata describes the part of a list in a reply (HTTP-10).
type pagingMetadata struct {
	Count          int  `json:"count"`
	Offset         int  `json:"offset"`
	Total          *int `json:"total,omitempty"`
	TooManyToCount bool `json:"tooManyToCount"`
	HasNext        bool `json:"hasNext"`
}

// pageReply returns the reply of the methods that return a list: the list and its metadata, under the two names.
func pageReply[T json.Marshaler](
	name string, found contacts.Page[T], p paging, metadataName string, err error,
) (reply, error) {
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
	return reply{{name, array[T](list)}, {metadataName, m}}, nil
}

// succeed writes a reply, always with status 200: the client treats any other status as an error (HTTP-2).
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
		// The server would otherwise wait for the body before it sends a small reply, and read the rest of it
		// afterwards.
		c.w.Header().Set("Connection", "close")
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now()) // not every writer supports it
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.w.WriteHeader(status)
	c.w.Write(text) // an error means that the caller has disconnected
}
