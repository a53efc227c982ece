package daemon

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
)

// front returns the handler of a store. A request passes, in this order: the clock that dates the reply; the counters
// and the log; CORS; the limit of -rate; with -control the faults, except for a page of -inspector; the handler of its
// path. The events of the main store are also sent to the webhook. Streams and deliveries of events end with ctx.
func (d *daemon) front(ctx context.Context, l *live) (http.Handler, error) {
	m := newMeters(func() storeNumbers {
		stats := l.store.Stats()
		return storeNumbers{stats, d.unready(stats) == ""}
	})
	paths := byPath{
		"/":             d.api(l.store, l.sources),
		eventsPath:      d.events(ctx, l.store, l.sources),
		"/healthz":      probe(func() string { return "" }),
		"/readyz":       probe(func() string { return d.unready(l.store.Stats()) }),
		"/metrics":      readOnly(d.guarded(m)),
		"/openapi.json": readOnly(http.HandlerFunc(describe)),
	}
	if l.name == mainStore && d.webhook != nil {
		state, err := d.webhook.deliver(ctx, l.store)
		if err != nil {
			return nil, err
		}
		paths[webhookPath] = d.showDeliveries(state)
	}
	if l.faults != nil {
		for path, h := range paths {
			paths[path] = d.withFaults(l.faults, h)
		}
		if l.name == mainStore { // the request meets no rule of this store (CTL-8)
			paths[storesPath] = d.guarded(http.HandlerFunc(noStore))
		}
	}
	// A person who watches a test neither meets its faults nor counts as one of its requests (CTL-8).
	maps.Copy(paths, d.pages(l.store, l.controls))
	return dated(l.clock, d.observed(m, paths.route, d.shared(d.limited(l.sources, paths)))), nil
}

// api returns the handler of the API of a store.
func (d *daemon) api(store *contacts.Store, src *sources) http.Handler {
	opts := &httpapi.Options{
		Logger: d.log, MaxBodyBytes: d.maxBody, MaxTotalBodyBytes: d.maxTotalBody, MaxConcurrent: d.maxConcurrent,
		WriteTimeout: d.limits.piece, Authorize: d.authorize, Strict: d.strict, NewRequestID: src.requestID(),
	}
	return httpapi.Handler(store, opts)
}

// byPath are handlers by their paths: one that ends in a slash stands for all below it. The longest that fits is used.
// An http.ServeMux would redirect paths such as //contacts, which the API has to answer.
type byPath map[string]http.Handler

func (b byPath) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b[b.find(r.URL.Path)].ServeHTTP(w, r)
}

// find returns the path of the handler for a path.
func (b byPath) find(path string) string {
	found := "/"
	for p := range b {
		if len(p) > len(found) && (p == path || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p)) {
			found = p
		}
	}
	return found
}

// route names the route of a request, in a form that has no IDs, keys or other parts of its path.
func (b byPath) route(r *http.Request) string {
	if found := b.find(r.URL.Path); found != "/" {
		return found
	}
	if route := httpapi.Route(r); route != "" {
		return route
	}
	return "none"
}

// noStore answers a request to a store that does not exist.
func noStore(w http.ResponseWriter, _ *http.Request) { fail(w, &contacts.Error{Code: errNoStore}) }

// guarded returns a handler that needs the token, or else a Host of this machine, as the API does.
func (d *daemon) guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.refusal(r); err != nil {
			fail(w, err)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// readOnly returns a handler that refuses methods other than GET and HEAD.
func readOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			fail(w, &contacts.Error{Code: httpapi.ErrMethodNotAllowed})
			return
		}
		h.ServeHTTP(w, r)
	})
}

// describe serves the description of the API, which has no data and so needs no token (OAS-1).
func describe(w http.ResponseWriter, _ *http.Request) {
	text := httpapi.OpenAPI()
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-cache") // another release has another one
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // an error means that the caller has disconnected
}

// dated returns a handler whose replies have the time of a clock, unless that is nil.
func dated(clock *contactstest.Clock, h http.Handler) http.Handler {
	if clock == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Otherwise net/http sets the real time.
		w.Header().Set("Date", clock.Now().UTC().Format(http.TimeFormat))
		h.ServeHTTP(w, r)
	})
}
