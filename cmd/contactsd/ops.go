package main

import (
	"errors"
	"flag"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// opsOptions are the flags for those who run the program.
type opsOptions struct {
	origins   []string // of -cors
	tlsCert   string   // a file; "": no TLS
	tlsKey    string   // a file
	rate      float64  // requests a second of a client; 0: no limit
	burst     int      // 0: as many as in a second
	accessLog bool
	logJSON   bool
	drainWait time.Duration

	// Instead of serving:
	version bool   // print the version
	health  string // ask the server at this URL; "": no
}

// opsFlags declares these flags.
func (o *opsOptions) opsFlags(flags *flag.FlagSet) {
	flags.Func("cors", "let web pages of `ORIGIN`, such as https://crm.example.com, call the API. Repeat the flag or\n"+
		"separate origins by commas. Pages still need the token, if there is one", o.addOrigins)
	flags.Func("tls-cert", "serve HTTPS, HTTP/2 included, with the certificate chain in the PEM `FILE`. A renewed file\n"+
		"is used within seconds. Needs -tls-key; not for the address of -control", notEmpty(&o.tlsCert))
	flags.Func("tls-key", "the PEM `FILE` with the private key of -tls-cert", notEmpty(&o.tlsKey))
	flags.Float64Var(&o.rate, "rate", 0,
		"answer at most `N` requests a second of each client address, of an IPv6 /64, with 429\n"+
			"and Retry-After beyond that; also on this machine. Clients behind one proxy are one\n"+
			"client. /healthz and /readyz do not count. 0: no limit")
	flags.IntVar(&o.burst, "rate-burst", 0,
		"with -rate, how many requests a client may send at once. 0: as many as in a second")
	flags.BoolVar(&o.accessLog, "access-log", false,
		"log each request: method, route, status, duration, bytes of the reply and request ID,\n"+
			"without path, query, address or data of contacts")
	flags.Func("log-format", "write the log as `FORMAT`, text (default) or json", o.setLogFormat)
	flags.DurationVar(&o.drainWait, "drain-wait", 0,
		"at the first signal to end, let /readyz report 503 for `DURATION` and serve on, so that a\n"+
			"load balancer sends requests elsewhere; then finish as without this flag")
	flags.BoolVar(&o.version, "version", false, "print the version, and end")
	flags.Func("healthcheck", "ask the contactsd at `URL`, such as http://127.0.0.1:8080/healthz, and end: with\n"+
		"status 0 if it answers 200, otherwise with 1. For containers without another program", o.setHealth)
}

// notEmpty returns a function that sets a text, which must not be empty: it probably comes from an unset variable.
func notEmpty(to *string) func(string) error {
	return func(text string) error {
		if text == "" {
			return errors.New("is empty")
		}
		*to = text
		return nil
	}
}

func (o *opsOptions) setLogFormat(text string) error {
	if text != "text" && text != "json" {
		return errors.New("must be text or json")
	}
	o.logJSON = text == "json"
	return nil
}

func (o *opsOptions) setHealth(text string) error {
	if !isHealthURL(text) {
		return errors.New("must be a URL such as http://127.0.0.1:8080/healthz")
	}
	o.health = text
	return nil
}

// checkOps checks these flags.
func (o *opsOptions) checkOps() error {
	switch {
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return errors.New("-tls-cert and -tls-key need each other")
	case !(o.rate >= 0 && o.rate <= 1e9): // NaN, too
		return errors.New("-rate must be a number from 0 to 1000000000")
	case o.burst < 0:
		return errors.New("-rate-burst must not be negative")
	case o.burst > 0 && o.rate == 0:
		return errors.New("-rate-burst needs -rate")
	case o.drainWait < 0:
		return errors.New("-drain-wait must not be negative")
	default:
		return nil
	}
}

// ops returns the handler of a store with what those who run the program need, beside its other paths: health, metrics,
// the log of requests, and limits (OPS-1 to OPS-6).
func (d *daemon) ops(store *contacts.Store, src *sources, paths beside) http.Handler {
	m := newMeters(func() storeNumbers { return storeNumbers{store.Stats(), d.unready(store) == ""} })
	paths["/healthz"] = probe(func() string { return "" })
	paths["/readyz"] = probe(func() string { return d.unready(store) })
	paths["/metrics"] = readOnly(d.guarded(m))
	paths["/openapi.json"] = readOnly(description(httpapi.OpenAPI()))
	newID := uuid.NewString
	if src.requests != nil {
		newID = func() string { return src.requests.New().String() }
	}
	return d.observed(m, paths.route, d.shared(d.limited(newID, paths)))
}

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

// route names the route of a request, in a form that has no IDs, keys or other parts of its path.
func (b beside) route(r *http.Request) string {
	if found := b.find(r.URL.Path); found != "/" {
		return found
	}
	if route := httpapi.Route(r); route != "" {
		return route
	}
	return "none"
}

// find returns the path of the handler for a path.
func (b beside) find(path string) string {
	found := "/"
	for p := range b {
		if len(p) > len(found) && (p == path || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p)) {
			found = p
		}
	}
	return found
}

// description serves the description of the API, which has no data and so needs no token (OAS-1).
type description []byte

func (d description) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-cache") // another release has another one
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(d)))
	_, _ = w.Write(d) // an error means that the caller has disconnected
}
