package main

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

	"github.com/contactsdb/contacts/httpapi"
)

var errToken = errors.New("contactsd: the request needs the token of this server")

// authorizeToken lets requests with the token do everything. How long it takes tells nothing of the token.
func authorizeToken(token string) func(*http.Request, httpapi.Permission) error {
	want := sha256.Sum256([]byte(token)) // so that the length does not count
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

// authorizeLocal lets requests do what everybody may, if they call this machine by an address or localhost. A web page could
// have the name of its own site lead here (DNS rebinding), and read all contacts with the browser of whoever visits it. The
// first refusal is logged, as it could be a proxy that passes its own name on.
func authorizeLocal(log *slog.Logger) func(*http.Request, httpapi.Permission) error {
	var once sync.Once
	return func(r *http.Request, p httpapi.Permission) error {
		if !isLocal(r.Host) {
			once.Do(func() {
				log.Warn("refused a request that calls this machine by another name than localhost: set a token to allow them all")
			})
			return httpapi.ErrPermissionDenied
		}
		if p == httpapi.PermissionSubmitWithOverrides {
			return httpapi.ErrPermissionDenied
		}
		return nil
	}
}

// isLocal reports whether the host of a request is an address, which no site can make its own, or localhost.
func isLocal(host string) bool {
	name := strings.ToLower(strings.TrimSuffix((&url.URL{Host: host}).Hostname(), "."))
	return name == "" || net.ParseIP(name) != nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
}
