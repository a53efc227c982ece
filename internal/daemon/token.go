package daemon

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

var errToken = errors.New("contactsd: the request has no valid token")

// authorizeToken grants requests with the token every permission. Its running time reveals nothing about the token.
func authorizeToken(token string) func(*http.Request, httpapi.Permission) error {
	want := sha256.Sum256([]byte(token)) // so that the time does not depend on the length
	equal := func(text string) int {
		got := sha256.Sum256([]byte(text))
		return subtle.ConstantTimeCompare(got[:], want[:])
	}
	return func(r *http.Request, _ httpapi.Permission) error {
		header := r.Header.Get("Authorization")
		scheme, rest, _ := strings.Cut(header, " ")
		bare, bearer := equal(header), equal(strings.TrimLeft(rest, " "))
		if bare == 1 || bearer == 1 && strings.EqualFold(scheme, "Bearer") {
			return nil
		}
		return errToken
	}
}

// authorizeLocal grants requests the default permissions if they name this machine by an address or localhost.
// Otherwise a web page could make the DNS name of its own site lead here (DNS rebinding), and read all contacts through
// the browser of its visitors. The first refusal is logged, since the cause may be a proxy that forwards its own name.
func authorizeLocal(log *slog.Logger) func(*http.Request, httpapi.Permission) error {
	var once sync.Once
	return func(r *http.Request, p httpapi.Permission) error {
		if !isLocal(r.Host) {
			once.Do(func() {
				log.Warn("refused a request with another host name than localhost: set a token to accept every name")
			})
			return httpapi.ErrPermissionDenied
		}
		if p == httpapi.PermissionSubmitWithOverrides {
			return httpapi.ErrPermissionDenied
		}
		return nil
	}
}

// isLocal reports whether the host of a request is localhost or an address, which no site can claim as its name.
func isLocal(host string) bool {
	name := strings.ToLower(strings.TrimSuffix((&url.URL{Host: host}).Hostname(), "."))
	return name == "" || net.ParseIP(name) != nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// guard returns a function that accepts requests with the token. If the program has no token, it accepts requests that
// name this machine.
func (d *daemon) guard() func(*http.Request, httpapi.Permission) error {
	if d.token != "" {
		return authorizeToken(d.token)
	}
	return authorizeLocal(d.log)
}

// refusal returns the error that refuses a caller of the main address, nil for one that is accepted.
func (d *daemon) refusal(r *http.Request) error {
	if d.authorize == nil {
		return nil
	}
	return refusalOf(d.authorize(r, httpapi.PermissionView))
}

// refusalOf gives an error of an authorization its code.
func refusalOf(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, httpapi.ErrPermissionDenied):
		return &contacts.Error{Code: httpapi.ErrPermissionDenied}
	default:
		return &contacts.Error{Code: httpapi.ErrUnauthenticated}
	}
}
