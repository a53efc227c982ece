package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

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

// authorizeLocal lets requests do what everybody may, if they call this machine by a name of its own. A web page could
// have the name of its own host lead here (DNS rebinding), and read all contacts with the browser of whoever visits it.
func authorizeLocal(r *http.Request, p httpapi.Permission) error {
	name := (&url.URL{Host: r.Host}).Hostname()
	local := name == "" || net.ParseIP(name) != nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
	if !local || p == httpapi.PermissionSubmitWithOverrides {
		return httpapi.ErrPermissionDenied
	}
	return nil
}
