package daemon

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/cors"
)

// shared returns a handler that lets web pages of the origins of -cors read its replies (OPS-3). It answers preflights
// itself: browsers send them without the token. Everything else still needs the token or the Host that it always needs.
func (d *daemon) shared(h http.Handler) http.Handler {
	if len(d.origins) == 0 {
		return h
	}
	return cors.New(cors.Options{
		AllowedOrigins: d.origins,
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete,
		},
		AllowedHeaders: []string{"*"}, // it answers with the names that the browser asks for, Authorization included
		ExposedHeaders: []string{requestIDHeader, "Retry-After"},
		MaxAge:         600, // seconds

		AllowCredentials:    false, // a page sends the token itself; there are no cookies
		AllowPrivateNetwork: true,  // a page of a named origin may call a server on a visitor's machine
	}).Handler(h)
}

// addOrigins reads the origins of -cors.
func (o *opsOptions) addOrigins(text string) error {
	for origin := range strings.SplitSeq(text, ",") {
		if !isOrigin(origin) {
			return errors.New("must be origins such as https://crm.example.com or http://localhost:3000")
		}
		o.origins = append(o.origins, origin)
	}
	return nil
}

// isOrigin reports whether a text is an origin as browsers send it: lower case, without path or the default port. There
// are no wildcards: any site could read all contacts of a server without a token.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || text != strings.ToLower(text) || strings.Contains(text, "*") {
		return false
	}
	defaultPort := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return defaultPort != "" && u.Port() != defaultPort && text == u.Scheme+"://"+u.Host && !strings.HasSuffix(text, ":")
}
