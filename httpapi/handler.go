package httpapi

import (
	"context"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Options are the options of [Handler]. The zero value of a field is its default. The functions must be safe for
// concurrent use.
type Options struct {
	// Authorize says whether a request may do what takes the permission; it is called before the body is read, which it
	// must not read. An error that is [ErrPermissionDenied] refuses it with status 403, any other with 401 (HTTP-11).
	// Its text is not shown. For a submission that names its contact it is called once more, with
	// PermissionSubmitWithOverrides, where any error means INSUFFICIENT_PERMISSION. The default lets everybody do
	// everything but that.
	Authorize func(r *http.Request, p Permission) error

	// Identify says who sends a request that creates a contact or submits one; it must not read the body. The default,
	// like the zero Identity, is nobody. A Source that a contact cannot have is refused like one in the request.
	Identify func(r *http.Request) Identity

	// Logger gets a record of each request at level debug, and of each that the server failed to answer at level error.
	// Records hold method, route, status, duration and request ID, and nothing of contacts. The default is to log nothing.
	Logger *slog.Logger

	// MaxBodyBytes bounds the body of a request, default DefaultMaxBodyBytes. Besides, a body has at most 20,000 JSON
	// values (HTTP-3).
	MaxBodyBytes int64

	// MaxConcurrent bounds the requests that are being answered at the same time, default DefaultMaxConcurrent. More are
	// refused with status 503, also while a body comes in slowly (HTTP-13).
	MaxConcurrent int

	// NewRequestID makes the IDs of requests, of visible ASCII. The default is a random prefix and a number that counts
	// up.
	NewRequestID func() string
}

// Defaults of [Options], which also stand in for numbers below 1.
const (
	DefaultMaxBodyBytes  = 4 << 20 // 4 MiB
	DefaultMaxConcurrent = 256
)

// Permission is what a call needs, called as in the service.
type Permission string

// The permissions.
const (
	PermissionView                Permission = "CONTACTS.VIEW"                  // get, list, query, facets, bulk jobs
	PermissionModify              Permission = "CONTACTS.MODIFY"                // create, update, delete, label, unlabel, bulk calls
	PermissionMerge               Permission = "CONTACTS.MERGE"                 // merge, and preview a merge
	PermissionLabelsView          Permission = "CONTACTS_LABELS.VIEW"           // get, list, query labels
	PermissionLabelsModify        Permission = "CONTACTS_LABELS.MODIFY"         // find or create, rename, delete labels
	PermissionFieldsView          Permission = "CONTACTS_SCHEMA.VIEW"           // get, list, query extended fields
	PermissionFieldsModify        Permission = "CONTACTS_SCHEMA.MODIFY"         // find or create, rename, delete extended fields
	PermissionSubmit              Permission = "CONTACTS.SUBMIT"                // submit
	PermissionSubmitWithOverrides Permission = "CONTACTS.SUBMIT_WITH_OVERRIDES" // name the contact of a submission
)

// Identity is who sends a request.
type Identity struct {
	MemberID         uuid.UUID       // the member who is logged in; see contacts.SubmitOptions
	VisitorContactID uuid.UUID       // the contact that the visitor's session is attached to
	Source           contacts.Source // of contacts that the request creates, default that of the store
}

// handler serves a store. It is never changed after it is made, but for active.
type handler struct {
	store  *contacts.Store
	opts   Options
	mux    *http.ServeMux
	number func() string // an ID for a request
	active atomic.Int64  // requests that are being answered
}

// Handler returns a handler that serves the store. A nil opts means defaults. The store stays the caller's, who may go
// on using it beside the handler, and has to close it after the last request.
//
// Mount it at the root of a server, or below a path with [http.StripPrefix].
func Handler(store *contacts.Store, opts *Options) http.Handler {
	h := &handler{store: store, mux: http.NewServeMux(), number: numbered(rand.Uint64())}
	if opts != nil {
		h.opts = *opts
	}
	if h.opts.MaxBodyBytes <= 0 {
		h.opts.MaxBodyBytes = DefaultMaxBodyBytes
	}
	if h.opts.MaxConcurrent <= 0 {
		h.opts.MaxConcurrent = DefaultMaxConcurrent
	}
	if h.opts.Authorize == nil {
		h.opts.Authorize = authorizeAll
	}
	if h.opts.Identify == nil {
		h.opts.Identify = func(*http.Request) Identity { return Identity{} }
	}
	if h.opts.Logger == nil {
		h.opts.Logger = slog.New(slog.DiscardHandler)
	}
	if h.opts.NewRequestID == nil {
		h.opts.NewRequestID = h.number
	}
	h.register()
	return h
}

// authorizeAll is the default of Options.Authorize.
func authorizeAll(_ *http.Request, p Permission) error {
	if p == PermissionSubmitWithOverrides {
		return ErrPermissionDenied
	}
	return nil
}

// numbered returns a maker of IDs that are never the same within a process, and rarely in two.
func numbered(random uint64) func() string {
	prefix := strconv.FormatUint(random, 36) + "-"
	var last atomic.Uint64
	return func() string { return prefix + strconv.FormatUint(last.Add(1), 10) }
}

// register puts the routes into the mux, a pattern for each path: if a pattern had a method, the mux would itself
// answer requests with others, and not in JSON.
func (h *handler) register() {
	paths := map[string]methods{}
	for i := range routes {
		r := &routes[i]
		if paths[r.path] == nil {
			paths[r.path] = methods{}
		}
		paths[r.path][r.method] = r
	}
	for path, m := range paths {
		for _, prefix := range prefixes {
			h.mux.Handle(prefix+path, endpoint{h, m})
		}
	}
	h.mux.Handle("/", endpoint{h, nil})
}

// methods are the routes of a path by their methods.
type methods map[string]*route

// allowed lists the methods for the header Allow.
func (m methods) allowed() string {
	names := slices.Collect(maps.Keys(m))
	if m[http.MethodGet] != nil {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// endpoint answers the requests for a path.
type endpoint struct {
	h       *handler
	methods methods // nil: the path does not exist
}

// find returns the route of a request.
func (e endpoint) find(r *http.Request) (*route, error) {
	if e.methods == nil {
		return nil, ErrRouteNotFound
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if route := e.methods[method]; route != nil {
		return route, nil
	}
	return nil, ErrMethodNotAllowed
}

// ServeHTTP answers every request, whatever it is (HTTP-2).
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The mux writes into the request that it gets: path values of a mux around this one would be gone for Authorize.
	inner := r.WithContext(context.WithValue(r.Context(), askedKey{}, r))
	if clean(r) {
		h.mux.ServeHTTP(w, inner)
		return
	}
	endpoint{h, nil}.ServeHTTP(w, inner) // the mux would redirect, or answer for itself
}

// askedKey is the key of the request as it came.
type askedKey struct{}

// clean reports whether the path of a request is one that the mux takes as it is.
func clean(r *http.Request) bool {
	p := r.URL.Path
	cleaned := path.Clean(p)
	return strings.HasPrefix(p, "/") && (cleaned == p || cleaned+"/" == p && cleaned != "/")
}

// ServeHTTP answers a request for a path.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c := &call{h: e.h, w: w, r: r, status: http.StatusInternalServerError}
	c.asked, _ = r.Context().Value(askedKey{}).(*http.Request)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler { // the value itself: that is how net/http knows it
				panic(p)
			}
			c.panicked(p)
		}
		c.log(started)
	}()
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store") // contacts are personal data
	header.Set("X-Content-Type-Options", "nosniff")
	c.identify(e.h.opts.NewRequestID())

	defer e.h.active.Add(-1)
	if e.h.active.Add(1) > int64(e.h.opts.MaxConcurrent) {
		c.fail(ErrUnavailable)
		return
	}
	route, err := e.find(r)
	if err != nil {
		if err == ErrMethodNotAllowed {
			header.Set("Allow", e.methods.allowed())
		}
		c.fail(err)
		return
	}
	c.route = route
	if err := c.authorize(route.permission); err != nil {
		c.fail(err)
		return
	}
	reply, err := route.answer(c)
	if err != nil {
		c.fail(err)
		return
	}
	c.succeed(reply)
}
