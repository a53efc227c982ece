package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

// call is one request and its reply.
type call struct {
	h         *handler
	w         http.ResponseWriter
	r         *http.Request // with the path values of the mux
	asked     *http.Request // as the handler received it, for the functions of Options
	route     *route        // nil until it is found
	requestID string
	started   time.Time
	detached  bool // whether the rest of it is another call, which continues when the handler has returned

	query      url.Values // nil until a parameter is read
	violations []contacts.Violation
	refusal    error // the first error about a part of the request that is not a violation
	oneSort    bool  // sort is an object, not an array

	slot  bool      // of handler.slots, whose lock guards it
	since time.Time // when a piece of the reply began to wait for the client; see slots.wait
	body  *arrival  // nil until the body is read

	bodyRead   bool // as far as it will be read
	status     int
	err        error       // the error in the reply
	crash      []slog.Attr // attributes of a panic, for the log
	written    bool        // at least the header
	incomplete bool        // the reply ended after some of its pieces
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) store() *contacts.Store { return c.h.store }

// identify sets the ID of the request (HTTP-9). An ID that a header cannot contain is replaced.
func (c *call) identify(id string) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		id = c.h.number()
	}
	c.requestID = id
	c.w.Header().Set("X-Wix-Request-Id", id)
}

// authorize returns an error unless the caller has the permission (HTTP-11).
func (c *call) authorize(p Permission) error {
	err := c.h.opts.Authorize(c.asked, p)
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

// refuse keeps an error of the store about a part of the request, so that all violations are reported at once.
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

// checked returns the errors in the parts of the request that were read.
func (c *call) checked() error {
	if len(c.violations) > 0 {
		return &contacts.Error{Code: contacts.ErrInvalid, Violations: c.violations}
	}
	return c.refusal
}

// placed changes the paths of violations from those of the store's query to those in the request, where the query is
// the member with the given name, or "" for the query of the URL.
func (c *call) placed(name string, err error) error {
	return moved(err, func(path string) string {
		if rest, ok := strings.CutPrefix(path, "sort[0]"); ok && c.oneSort {
			path = "sort" + rest
		}
		if name == "" || path == "search" { // a body has its search beside the query
			return path
		}
		return name + "." + path
	})
}

// moved returns the error with other paths of violations: those of the store's input in the request.
func moved(err error, to func(path string) string) error {
	e, ok := errors.AsType[*contacts.Error](err)
	if !ok || len(e.Violations) == 0 {
		return err
	}
	out := *e
	out.Violations = slices.Clone(e.Violations)
	for i := range out.Violations {
		out.Violations[i].Field = to(out.Violations[i].Field)
	}
	return &out
}
