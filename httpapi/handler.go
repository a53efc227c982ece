package httpapi

import (
	"cmp"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"runtime"
	"runtime/debug"
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
	// Authorize says whether a request may do what takes the permission; it is called before the body is read. An error
	// that is [ErrPermissionDenied] refuses it with status 403, any other with 401 (HTTP-11). Its text is not shown.
	// The default lets everybody do everything, but for PermissionSubmitWithOverrides, which nobody has.
	Authorize func(r *http.Request, p Permission) error

	// Identify says who sends a request. The default is nobody.
	Identify func(r *http.Request) Identity

	// Logger gets a record of each request at level debug, and of each that the server failed to answer at level error.
	// Records hold method, route, status, duration and request ID, and nothing of contacts. The default is to log nothing.
	Logger *slog.Logger

	// MaxBodyBytes bounds the body of a request, default 4 MiB. Besides, a body has at most 20,000 JSON values.
	MaxBodyBytes int64

	// MaxConcurrent bounds the requests that are being answered at the same time, default 256. More are refused with
	// status 503, also while a body comes in slowly.
	MaxConcurrent int

	// NewRequestID makes the IDs of requests, of visible ASCII. The default is a random prefix and a number that counts up.
	NewRequestID func() string
}

const (
	maxBodyBytes  = 4 << 20
	maxConcurrent = 256
)

// Permission is what a call needs, called as in the service.
type Permission string

// The permissions.
const (
	PermissionView                Permission = "CONTACTS.VIEW"
	PermissionModify              Permission = "CONTACTS.MODIFY"
	PermissionMerge               Permission = "CONTACTS.MERGE" // also to preview a merge
	PermissionLabelsView          Permission = "CONTACTS_LABELS.VIEW"
	PermissionLabelsModify        Permission = "CONTACTS_LABELS.MODIFY"
	PermissionFieldsView          Permission = "CONTACTS_SCHEMA.VIEW"
	PermissionFieldsModify        Permission = "CONTACTS_SCHEMA.MODIFY"
	PermissionSubmit              Permission = "CONTACTS.SUBMIT"
	PermissionSubmitWithOverrides Permission = "CONTACTS.SUBMIT_WITH_OVERRIDES" // to name the contact of a submission
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
		h.opts.MaxBodyBytes = maxBodyBytes
	}
	if h.opts.MaxConcurrent <= 0 {
		h.opts.MaxConcurrent = maxConcurrent
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
	if clean(r) {
		h.mux.ServeHTTP(w, r)
		return
	}
	endpoint{h, nil}.ServeHTTP(w, r) // the mux would redirect, or answer for itself
}

// clean reports whether the path of a request is one that the mux takes as it is.
func clean(r *http.Request) bool {
	p := r.URL.Path
	cleaned := path.Clean(p)
	return strings.HasPrefix(p, "/") && r.RequestURI != "*" && (cleaned == p || cleaned+"/" == p && cleaned != "/")
}

// ServeHTTP answers a request for a path.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	c := &call{h: e.h, w: w, r: r, status: http.StatusInternalServerError}
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

// identify gives the request its ID (HTTP-9). One that a header could not hold is replaced.
func (c *call) identify(id string) {
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		id = c.h.number()
	}
	c.requestID = id
	c.w.Header().Set("X-Wix-Request-Id", id)
}

// panicked answers a request whose handling panicked (HTTP-12). What was panicked with could hold anything: of it only
// what the runtime says is told.
func (c *call) panicked(p any) {
	if c.requestID == "" { // it is what failed
		c.identify("")
	}
	attrs := []any{slog.String("request", c.requestID), slog.String("route", c.routeName()),
		slog.String("panic", panicText(p)), slog.String("stack", string(debug.Stack()))}
	c.h.opts.Logger.ErrorContext(c.r.Context(), "panic", attrs...)
	if !c.written {
		c.write(http.StatusInternalServerError, internalError)
	}
}

func panicText(p any) string {
	err, ok := p.(error)
	var re runtime.Error
	if ok && errors.As(err, &re) {
		return re.Error()
	}
	return "a value"
}

// log writes the record of a request.
func (c *call) log(started time.Time) {
	level := slog.LevelDebug
	if c.status == http.StatusInternalServerError {
		level = slog.LevelError
	}
	logger, ctx := c.h.opts.Logger, c.r.Context()
	if !logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", c.requestID), slog.String("route", c.routeName()), slog.Int("status", c.status),
		slog.Duration("took", time.Since(started)),
	}
	if c.err != nil {
		attrs = append(attrs, slog.String("code", string(cmp.Or(codeOf(c.err), "UNKNOWN"))))
	}
	if e, ok := errors.AsType[*contacts.Error](c.err); ok && level == slog.LevelError {
		attrs = append(attrs, slog.String("error", e.Error())) // it names no values
	}
	logger.LogAttrs(ctx, level, "request", attrs...)
}

// routeName tells which method was called, without the IDs in its path.
func (c *call) routeName() string {
	if c.route == nil {
		return "none"
	}
	return c.route.method + " " + c.route.path
}
