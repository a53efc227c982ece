package httpapi

import (
	"encoding/json"
	"errors"
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

// pieceBytes is the size up to which a reply is collected and sent as one piece, with its length. A longer one is sent
// in pieces of about this size, while it is encoded (HTTP-18).
const pieceBytes = 256 << 10

// writer writes a reply.
type writer struct {
	c     *call
	text  []byte // not sent yet
	begun bool   // the header was sent, without a length
}

// errEnough ends a reply to HEAD, whose body is not sent.
var errEnough = errors.New("httpapi: the body is not needed")

// encode writes the reply as JSON. The output of a value's MarshalJSON is not checked: encoding/json would parse all of
// it again.
func (r reply) encode(w *writer) error {
	next := byte('{')
	for _, m := range r {
		if list, ok := m.value.(interface{ encode(*writer) error }); ok {
			w.name(next, m.name, restGuess)
			if err := list.encode(w); err != nil {
				return err
			}
		} else {
			text, err := encode(m.value)
			if err != nil {
				return err
			}
			w.name(next, m.name, len(text)+restGuess)
			w.text = append(w.text, text...)
		}
		next = ','
	}
	if next == '{' {
		w.text = append(w.text, next)
	}
	w.text = append(w.text, '}')
	return nil
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

// name writes the name of a member, after a bracket or a comma. About so many bytes will follow.
func (w *writer) name(before byte, name string, bytes int) {
	w.text = append(slices.Grow(w.text, len(name)+bytes), before, '"')
	w.text = append(w.text, name...)
	w.text = append(w.text, '"', ':')
}

// array is a list of values that encode themselves.
type array[T json.Marshaler] []T

// encode writes a JSON array, which is [] for a nil list. It drops each item, so that its memory is free before a slow
// client has accepted the rest.
func (list array[T]) encode(w *writer) error {
	var none T
	w.text = append(w.text, '[')
	for i, item := range list {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		text, err := item.MarshalJSON()
		if err != nil {
			return err
		}
		w.text = append(w.text, text...)
		list[i] = none
		if len(w.text) > pieceBytes {
			if err := w.send(); err != nil {
				return err
			}
		}
	}
	w.text = append(w.text, ']')
	return nil
}

// send sends a piece.
func (w *writer) send() error {
	c := w.c
	if !w.begun {
		w.begun = true
		c.begin(http.StatusOK)
	}
	if c.r.Method == http.MethodHead {
		return errEnough
	}
	err := c.h.slots.wait(c, func() error {
		// Not every writer supports it.
		_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(c.h.opts.WriteTimeout))
		_, err := c.w.Write(w.text)
		return err
	})
	w.text = w.text[:0]
	return err
}

// finish sends the rest of a reply.
func (w *writer) finish() error {
	if !w.begun {
		w.c.write(http.StatusOK, w.text)
		return nil
	}
	err := w.send()
	out := http.NewResponseController(w.c.w)
	if err == nil {
		err = out.Flush() // while there is a deadline
	}
	// A deadline would last as long as the connection.
	var next time.Time
	if s, ok := w.c.r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.WriteTimeout > 0 {
		next = time.Now().Add(s.WriteTimeout)
	}
	_ = out.SetWriteDeadline(next)
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
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
	w := &writer{c: c}
	err := r.encode(w)
	if err == nil {
		err = w.finish()
	}
	switch {
	case err == nil, err == errEnough:
	case w.begun:
		c.err, c.incomplete = err, true
	default:
		c.fail(err)
	}
}

// fail writes an error.
func (c *call) fail(err error) {
	c.err = err
	status, envelope := failureOf(err)
	text, broken := json.Marshal(envelope)
	if broken != nil {
		status, text = http.StatusInternalServerError, internalError
	}
	if status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", "1")
	}
	c.write(status, text)
}

// write writes a reply in one piece. Its slot is free before the client accepts it.
func (c *call) write(status int, text []byte) {
	c.h.slots.free(c)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.begin(status)
	c.w.Write(text) // an error means that the caller has disconnected
}

// begin writes the header of a reply.
func (c *call) begin(status int) {
	c.status, c.written = status, true
	if !c.bodyRead && c.r.ContentLength != 0 && c.r.ProtoMajor == 1 {
		// The server would otherwise wait for the body before it sends a small reply, and read the rest of it
		// afterwards.
		c.w.Header().Set("Connection", "close")
		_ = http.NewResponseController(c.w).SetReadDeadline(time.Now()) // not every writer supports it
	}
	c.w.WriteHeader(status)
}
