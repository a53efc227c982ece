package httpapi

import (
	"context"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Options are the options of [Handler]. The zero value of a field is its default. The functions must be safe for
// concurrent use.
type Options struct {
	// Authorize returns an error unless the sender of a request has the permission. It is called before the body is
	// read, and must not read it. An error that is [ErrPermissionDenied] becomes status 403, any other 401 (HTTP-11);
	// its text is not shown. For a submission that names its contact, Authorize is called a second time, with
	// PermissionSubmitWithOverrides, and any error means INSUFFICIENT_PERMISSION. The default grants every caller every
	// permission except that one.
	Authorize func(r *http.Request, p Permission) error

	// Identify returns the sender of a request that creates or submits a contact. It must not read the body. The
	// default returns the zero Identity, which is an unknown sender. A Source that a contact cannot have is refused
	// like a value in the request.
	Identify func(r *http.Request) Identity

	// Logger receives a record of each request: at level error if the server failed to answer it, otherwise at level
	// debug. Records contain method, route, status, duration and request ID, and no data of contacts. The default logs
	// nothing.
	Logger *slog.Logger

	// MaxBodyBytes limits the body of a request, by default to DefaultMaxBodyBytes. In addition, a body may have at
	// most 20,000 JSON values (HTTP-3).
	MaxBodyBytes int64

	// MaxTotalBodyBytes limits the bodies of all requests together, by default to DefaultMaxTotalBodyBytes, and never
	// to less than twice MaxBodyBytes. A body counts from its first byte until its request has been carried out. When
	// room is short, the oldest body that still arrives is cut off with status 408. If all have arrived, the new one
	// is refused with status 503 (HTTP-19).
	MaxTotalBodyBytes int64

	// MaxConcurrent limits the requests in progress, by default to DefaultMaxConcurrent. A request is not in progress
	// while its body arrives. More requests are refused with status 503 (HTTP-13).
	MaxConcurrent int

	// WriteTimeout limits the time in which a client must accept each 256 KiB of a longer reply, by default to
	// DefaultWriteTimeout (HTTP-18). It replaces the WriteTimeout of the server for such replies.
	WriteTimeout time.Duration

	// Strict refuses parameters and members of bodies that no reader knows, which V4 ignores: INVALID_ARGUMENT with a
	// violation for each, CUSTOM with the rule name RuleNameUnknown, so that a test finds misspelled names (HTTP-21).
	Strict bool

	// NewRequestID returns a new ID for a request, in visible ASCII. By default an ID is a random prefix and a counter.
	NewRequestID func() string
}

// Defaults of [Options], which also replace numbers below 1.
const (
	DefaultMaxBodyBytes      = 4 << 20  // 4 MiB
	DefaultMaxTotalBodyBytes = 64 << 20 // 64 MiB
	DefaultMaxConcurrent     = 256
	DefaultWriteTimeout      = 30 * time.Second
)

// Permission is a permission that a call needs, named as in the service.
type Permission string

// The permissions. docs/http.md lists that of each path.
const (
	PermissionView                Permission = "CONTACTS.VIEW"                  // read contacts, facets and bulk jobs
	PermissionModify              Permission = "CONTACTS.MODIFY"                // change contacts, also in bulk
	PermissionMerge               Permission = "CONTACTS.MERGE"                 // merge, and preview a merge
	PermissionLabelsView          Permission = "CONTACTS_LABELS.VIEW"           // read labels
	PermissionLabelsModify        Permission = "CONTACTS_LABELS.MODIFY"         // create, rename and delete labels
	PermissionFieldsView          Permission = "CONTACTS_SCHEMA.VIEW"           // read extended fields
	PermissionFieldsModify        Permission = "CONTACTS_SCHEMA.MODIFY"         // create, rename and delete them
	PermissionSubmit              Permission = "CONTACTS.SUBMIT"                // submit
	PermissionSubmitWithOverrides Permission = "CONTACTS.SUBMIT_WITH_OVERRIDES" // name the contact of a submission
)

// Identity is the sender of a request.
type Identity struct {
	MemberID         uuid.UUID       // the member who is logged in; see contacts.SubmitOptions
	VisitorContactID uuid.UUID       // the contact that the visitor's session is attached to
	Source           contacts.Source // of contacts that the request creates, by default the store's
}

// handler serves a store. Only slots and bodies change after it is made.
type handler struct {
	store  *contacts.Store
	opts   Options
	mux    *http.ServeMux
	number func() string // the default of Options.NewRequestID
	slots  slots
	bodies bodies
}

// Handler returns a handler that serves the store. A nil opts means defaults. The caller still owns the store: use it
// while the handler serves it, and close it after the last request.
//
// Mount it at the root of a server, or below a path with [http.StripPrefix].
func Handler(store *contacts.Store, opts *Options) http.Handler {
	h := newHandler(store, opts)
	h.mux = newMux(h)
	return h
}

// newHandler returns a handler without routes.
func newHandler(store *contacts.Store, opts *Options) *handler {
	h := &handler{store: store, number: numbered(rand.Uint64())}
	if opts != nil {
		h.opts = *opts
	}
	h.opts.setLimits()
	h.slots.most, h.bodies.most = h.opts.MaxConcurrent, h.opts.MaxTotalBodyBytes
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
	return h
}

// setLimits fills in the defaults of the limits.
func (opts *Options) setLimits() {
	setDefault(&opts.MaxBodyBytes, DefaultMaxBodyBytes)
	setDefault(&opts.MaxTotalBodyBytes, DefaultMaxTotalBodyBytes)
	// One body can arrive while another is answered.
	opts.MaxTotalBodyBytes = max(opts.MaxTotalBodyBytes, 2*min(opts.MaxBodyBytes, math.MaxInt64/4)+bodyGuess)
	setDefault(&opts.MaxConcurrent, DefaultMaxConcurrent)
	setDefault(&opts.WriteTimeout, DefaultWriteTimeout)
}

// setDefault replaces a number below 1.
func setDefault[T int | int64 | time.Duration](n *T, to T) {
	if *n <= 0 {
		*n = to
	}
}

// authorizeAll is the default of Options.Authorize.
func authorizeAll(_ *http.Request, p Permission) error {
	if p == PermissionSubmitWithOverrides {
		return ErrPermissionDenied
	}
	return nil
}

// numbered returns a function that returns IDs. They differ within a process, and almost certainly between processes.
func numbered(random uint64) func() string {
	prefix := strconv.FormatUint(random, 36) + "-"
	var last atomic.Uint64
	return func() string { return prefix + strconv.FormatUint(last.Add(1), 10) }
}

// newMux returns a mux with the routes of a handler, one pattern for each path. If patterns had methods, the mux itself
// would answer requests with other methods, and not in JSON.
func newMux(h *handler) *http.ServeMux {
	mux := http.NewServeMux()
	paths := map[string]methods{}
	for i := range routes {
		r := &routes[i]
		if paths[r.path] == nil {
			paths[r.path] = methods{}
		}
		paths[r.path][r.method] = r
	}
	for suffix, m := range paths {
		for _, prefix := range prefixes {
			mux.Handle(prefix+suffix, endpoint{h, m})
		}
	}
	mux.Handle("/", endpoint{h, nil})
	return mux
}

// paths is a mux that only finds routes.
var paths = sync.OnceValue(func() *http.ServeMux { return newMux(nil) })

// Route returns the method and the path of the API that a request calls, such as "GET /contacts/{id}" also for a HEAD,
// and "" if there is none. It has no values of the request, so metrics and logs of a program may show it. It does not
// change r, and is safe for concurrent use.
func Route(r *http.Request) string {
	if !clean(r) {
		return ""
	}
	found, _ := paths().Handler(r)
	e, _ := found.(endpoint)
	route, err := e.find(r)
	if err != nil {
		return ""
	}
	return route.name()
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
	if found := e.methods[method]; found != nil {
		return found, nil
	}
	return nil, ErrMethodNotAllowed
}

// ServeHTTP answers every request in JSON, whatever its path (HTTP-2).
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The mux writes its path values into the request. In a copy, so that Authorize still sees those of an outer mux.
	inner := r.WithContext(context.WithValue(r.Context(), askedKey{}, r))
	if clean(r) {
		h.mux.ServeHTTP(w, inner)
		return
	}
	endpoint{h, nil}.ServeHTTP(w, inner) // the mux would redirect, or answer in text
}

// askedKey is the context key of the request as the handler received it.
type askedKey struct{}

// clean reports whether the mux matches the path of a request without cleaning it first.
func clean(r *http.Request) bool {
	p := r.URL.Path
	cleaned := path.Clean(p)
	return strings.HasPrefix(p, "/") && (cleaned == p || cleaned+"/" == p && cleaned != "/")
}

// ServeHTTP answers a request for a path.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: e.h, w: w, r: r, status: http.StatusInternalServerError, started: time.Now()}
	c.asked, _ = r.Context().Value(askedKey{}).(*http.Request)
	if c.asked == nil { // it did not come through the mux
		c.asked = r
	}
	defer c.end()
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store") // contacts are personal data
	header.Set("X-Content-Type-Options", "nosniff")
	c.identify(e.h.opts.NewRequestID())

	if !e.h.slots.take(c) {
		c.fail(ErrUnavailable)
		return
	}
	var err error
	if c.route, err = e.find(r); err != nil {
		if err == ErrMethodNotAllowed {
			header.Set("Allow", e.methods.allowed())
		}
		c.fail(err)
		return
	}
	if err := c.authorize(c.route.permission); err != nil {
		c.fail(err)
		return
	}
	c.checkParams()
	out, err := c.route.answer(c)
	c.dropBody()
	switch {
	case err != nil:
		c.fail(err)
	case !c.written: // a stream writes itself
		c.succeed(out)
	}
}

// end is deferred: it frees what the call occupies, handles a panic and logs the request.
func (c *call) end() {
	p := recover()
	if c.detached && p == nil { // its rest ends later
		return
	}
	c.h.slots.free(c)
	c.dropBody()
	if p == http.ErrAbortHandler { // net/http compares the value, too
		panic(p)
	} else if p != nil {
		c.panicked(p)
	}
	c.log()
	if c.incomplete && c.w != nil { // a detached stream has no server
		panic(http.ErrAbortHandler) // so that the client cannot take it for a complete reply
	}
}

// detach returns the rest of a call, which ends after the handler has returned. It keeps the slot, and nothing of the
// request that takes memory.
func (c *call) detach() *call {
	rest := *c
	rest.w, rest.r, rest.asked, rest.query = nil, noRequest, noRequest, nil
	c.detached = true
	return &rest
}

// noRequest is the request of a call whose request has ended.
var noRequest = &http.Request{}

// dropBody ends the accounting for the body.
func (c *call) dropBody() {
	if c.body != nil {
		c.h.bodies.arrived(c.body, 0)
		c.body = nil
	}
}
