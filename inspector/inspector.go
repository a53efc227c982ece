package inspector

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/contactsdb/contacts"
)

// Options are the options of [Handler]. The zero value of a field is its default. The functions must be safe for
// concurrent use.
type Options struct {
	// Authorize returns an error unless the sender of a request has the permission. It is called for every request, also
	// for one to a path that does not exist, before the body is read, and must not read it. An error that is
	// [ErrPermissionDenied] becomes status 403, any other 401 (INS-7); its text is not shown. Requests with status 401
	// ask a browser for a name and a password by HTTP Basic authentication. The default grants every permission.
	Authorize func(r *http.Request, p Permission) error

	// Write allows merges, and changes of labels and extended fields. By default the pages are read-only (INS-5).
	Write bool

	// Controls adds a part about saved states and the clock to the page of the state of the store, for programs that
	// are used in tests. It needs no Write. By default there are no controls.
	Controls Controls

	// Logger receives a record of each request that the server failed to answer. Records contain the route and the
	// code of the error, and no data of contacts. The default logs nothing.
	Logger *slog.Logger
}

// Permission is a permission that a page needs, named as in the service.
type Permission string

// The permissions.
const (
	PermissionView         Permission = "CONTACTS.VIEW"          // see contacts, duplicates, the feed and the state
	PermissionModify       Permission = "CONTACTS.MODIFY"        // use Options.Controls
	PermissionMerge        Permission = "CONTACTS.MERGE"         // merge, and preview a merge
	PermissionLabelsView   Permission = "CONTACTS_LABELS.VIEW"   // see labels
	PermissionLabelsModify Permission = "CONTACTS_LABELS.MODIFY" // create, rename and delete labels
	PermissionFieldsView   Permission = "CONTACTS_SCHEMA.VIEW"   // see extended fields
	PermissionFieldsModify Permission = "CONTACTS_SCHEMA.MODIFY" // create, rename and delete them
)

// Codes of errors about a request rather than about contacts, equal to those of package httpapi with the same text.
const (
	ErrUnauthenticated  contacts.Code = "UNAUTHENTICATED"    // Options.Authorize does not know the caller
	ErrPermissionDenied contacts.Code = "PERMISSION_DENIED"  // Options.Authorize denies a known caller
	ErrRouteNotFound    contacts.Code = "NOT_FOUND"          // no page has this path
	ErrMethodNotAllowed contacts.Code = "METHOD_NOT_ALLOWED" // the page has other methods, see the header Allow
	ErrReadOnly         contacts.Code = "INSPECTOR_READ_ONLY"
	ErrCrossOrigin      contacts.Code = "CROSS_ORIGIN"      // a page of another site sent the form
	ErrBodyTooLarge     contacts.Code = "REQUEST_TOO_LARGE" // the form has more than 1 MiB
	ErrBadForm          contacts.Code = "BAD_FORM"          // the form cannot be read
)

//go:embed static templates
var files embed.FS

// policy lets a page load its style and script from here and send its forms here, and nothing else (INS-2).
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// bodyMax limits a form, in bytes.
const bodyMax = 1 << 20

// handler serves a store.
type handler struct {
	store    *contacts.Store
	opts     Options
	mux      *http.ServeMux
	origins  *http.CrossOriginProtection
	instance string                        // differs for each handler, so that a page notices that the server was restarted
	facets   atomic.Pointer[countedFacets] // the last ones
}

// Handler returns a handler that serves pages about the store. A nil opts means defaults. The caller still owns the
// store: use it while the handler serves it, and close it after the last request.
//
// Mount it at the root of a server, or below any path with [http.StripPrefix]: all links are relative (INS-8). The path
// must end in a slash; a request without it is redirected. Text is at most 1 MiB in a form. A request is answered on
// the goroutine that the server started for it; the package starts none.
func Handler(store *contacts.Store, opts *Options) http.Handler {
	h := &handler{
		store: store, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(), instance: rand.Text(),
	}
	if opts != nil {
		h.opts = *opts
	}
	if h.opts.Authorize == nil {
		h.opts.Authorize = func(*http.Request, Permission) error { return nil }
	}
	if h.opts.Logger == nil {
		h.opts.Logger = slog.New(slog.DiscardHandler)
	}
	for pattern, route := range routes {
		h.mux.Handle(pattern, endpoint{h, pattern, route})
	}
	h.mux.Handle("/", endpoint{h, "/", nil})
	return h
}

// methods are what a path can do, by method.
type methods map[string]action

// action answers the requests of a route.
type action struct {
	needs    []Permission
	writes   bool // refused unless Options.Write is set
	controls bool // does not exist unless Options.Controls is set
	do       func(*visit) error
}

// view and friends are the permissions of pages.
var (
	view        = []Permission{PermissionView}
	merging     = []Permission{PermissionMerge}
	definitions = []Permission{PermissionLabelsView, PermissionFieldsView}
	everything  = []Permission{PermissionView, PermissionLabelsView, PermissionFieldsView}
)

// showList is for both methods of the list.
var showList = action{needs: view, do: (*visit).list}

// routes are the methods of the paths.
var routes = map[string]methods{
	"/{$}":           {"GET": showList, "POST": showList}, // a search is posted, so that no URL contains it
	"/contacts/{id}": {"GET": {needs: view, do: (*visit).contact}},
	"/duplicates":    {"GET": {needs: view, do: (*visit).duplicates}},
	"/merge": {
		"GET":  {needs: merging, do: (*visit).preview},
		"POST": {needs: merging, writes: true, do: (*visit).merge},
	},
	"/definitions":   {"GET": {needs: definitions, do: (*visit).definitions}},
	"/labels/create": defining(PermissionLabelsModify, (*visit).createLabel),
	"/labels/rename": defining(PermissionLabelsModify, (*visit).renameLabel),
	"/labels/delete": defining(PermissionLabelsModify, (*visit).deleteLabel),
	"/fields/create": defining(PermissionFieldsModify, (*visit).createField),
	"/fields/rename": defining(PermissionFieldsModify, (*visit).renameField),
	"/fields/delete": defining(PermissionFieldsModify, (*visit).deleteField),
	"/feed":          {"GET": {needs: everything, do: (*visit).feed}},
	"/state":         {"GET": {needs: view, do: (*visit).state}},
	"/state/save":    controlling((*visit).saveState),
	"/state/restore": controlling((*visit).restoreState),
	"/state/fork":    controlling((*visit).forkStore),
	"/state/advance": controlling((*visit).advanceClock),
	"/static/{name}": {"GET": {needs: view, do: (*visit).static}},
}

// defining are the methods of a form that changes labels or extended fields.
func defining(needs Permission, do func(*visit) error) methods {
	return methods{"POST": {needs: []Permission{needs}, writes: true, do: do}}
}

// controlling are the methods of a form of the controls.
func controlling(do func(*visit) error) methods {
	return methods{"POST": {needs: []Permission{PermissionModify}, controls: true, do: do}}
}

// ServeHTTP answers every request, whatever its path, with the headers of a page.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("Cache-Control", "no-store") // contacts are personal data
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")

	// The mux writes its path values into the request. In a copy, so that Authorize still sees those of an outer mux.
	inner := r.WithContext(context.WithValue(r.Context(), askedKey{}, r))
	switch p := r.URL.Path; {
	case p == "": // mounted below a path, and asked for without its last slash
		endpoint{h, "", methods{"GET": {needs: view, do: (*visit).addSlash}}}.ServeHTTP(w, inner)
	case !strings.HasPrefix(p, "/") || path.Clean(p) != p: // the mux would redirect, to a path without the prefix
		endpoint{h, "/", nil}.ServeHTTP(w, inner)
	default:
		h.mux.ServeHTTP(w, inner)
	}
}

// askedKey is the context key of the request as the handler received it.
type askedKey struct{}

// endpoint answers the requests for a path.
type endpoint struct {
	h       *handler
	pattern string
	methods methods // nil: the path does not exist
}

// ServeHTTP checks a request and answers it.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{handler: e.h, w: w, r: r, pattern: e.pattern}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	a, found := e.methods[method]
	err := v.authorize(a.needs)
	switch {
	case err != nil:
	case e.methods == nil || a.controls && e.h.opts.Controls == nil:
		err = ErrRouteNotFound
	case !found:
		w.Header().Set("Allow", e.methods.allowed())
		err = ErrMethodNotAllowed
	case a.writes && !e.h.opts.Write:
		err = ErrReadOnly
	case e.h.origins.Check(r) != nil:
		err = ErrCrossOrigin
	default:
		if err = v.readForm(); err == nil {
			err = a.do(v)
		}
	}
	if err != nil {
		v.fail(err)
	}
}

// allowed lists the methods for the header Allow.
func (m methods) allowed() string {
	names := slices.Collect(maps.Keys(m))
	if _, ok := m[http.MethodGet]; ok {
		names = append(names, http.MethodHead)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// visit is a request in progress.
type visit struct {
	*handler
	w       http.ResponseWriter
	r       *http.Request
	pattern string // of its route
	known   bool   // Options.Authorize has accepted it
}

// authorize asks Options.Authorize for permissions, at least for that to view (INS-7).
func (v *visit) authorize(needs []Permission) error {
	if needs == nil {
		needs = view
	}
	asked, _ := v.r.Context().Value(askedKey{}).(*http.Request)
	for _, p := range needs {
		switch err := v.opts.Authorize(asked, p); {
		case err == nil:
		case errors.Is(err, ErrPermissionDenied):
			return ErrPermissionDenied
		default:
			return ErrUnauthenticated
		}
	}
	v.known = true
	return nil
}

// readForm reads the form in the body.
func (v *visit) readForm() error {
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, bodyMax)
	err := v.r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return ErrBodyTooLarge
	}
	if err != nil {
		return ErrBadForm
	}
	return nil
}

// posted returns a value of the form in the body.
func (v *visit) posted(name string) string { return v.r.PostForm.Get(name) }

// addSlash redirects to the same path with a slash at its end. The handler sees no prefix, so it repeats the last part.
func (v *visit) addSlash() error {
	asked, _, _ := strings.Cut(v.r.RequestURI, "?")
	v.redirect("./" + path.Base(asked) + "/")
	return nil
}

// redirect sends the browser to a page, relative to the present one. http.Redirect would make the path absolute, and so
// lose the prefix under which the handler is mounted.
func (v *visit) redirect(to string) {
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(http.StatusSeeOther)
}

// root returns the relative path of the list, such as "../" for a contact.
func (v *visit) root() string {
	if depth := strings.Count(v.r.URL.Path, "/") - 1; depth > 0 {
		return strings.Repeat("../", depth)
	}
	return "./"
}

// fileTypes are the types of the files by their endings. The tables of package mime depend on the machine.
var fileTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// static answers with the style or the script.
func (v *visit) static() error {
	name := v.r.PathValue("name")
	text, err := files.ReadFile("static/" + name)
	if err != nil {
		return ErrRouteNotFound
	}
	v.w.Header().Set("Content-Type", fileTypes[path.Ext(name)])
	v.w.Write(text) // an error means that the client has gone
	return nil
}
