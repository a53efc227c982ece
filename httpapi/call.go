package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// call is one request and its reply.
type call struct {
	h         *handler
	w         http.ResponseWriter
	r         *http.Request // with the path values of the mux
	asked     *http.Request // as it came, for the functions of Options
	route     *route        // nil until it is found
	requestID string

	query      url.Values // nil until it is asked for
	violations []contacts.Violation
	refusal    error // of a part of the request, if it breaks no type
	oneSort    bool  // sort is no array

	bodyRead bool // as far as it is going to be
	status   int
	err      error       // the error that was told
	crash    []slog.Attr // of a panic
	written  bool
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) store() *contacts.Store { return c.h.store }

// identify gives the request its ID (HTTP-9). One that a header could not hold is replaced.
func (c *call) identify(id string) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		id = c.h.number()
	}
	c.requestID = id
	c.w.Header().Set("X-Wix-Request-Id", id)
}

// authorize refuses a call that the caller may not make (HTTP-11).
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

// moved tells violations at other paths: where the store's input stood in the request.
func moved(err error, to func(path string) string) error {
	e, ok := errors.AsType[*contacts.Error](err)
	if !ok || len(e.Violations) == 0 {
		return err
	}
	there := *e
	there.Violations = slices.Clone(e.Violations)
	for i := range there.Violations {
		there.Violations[i].Field = to(there.Violations[i].Field)
	}
	return &there
}
