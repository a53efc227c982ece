// Package form has the limits and forms of values that a store accepts. The store checks them, and so do the readers of
// lists, which leave a bad value out so that it does not cost the person the contact.
package form

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"github.com/contactsdb/contacts/internal/wire"
)

// Limits, in characters (VAL-2), and of lists (VAL-3).
const (
	Items     = 50   // emails, phones, addresses, locations, assigned users
	Labels    = 2000 // labels of one contact
	Text      = 1000 // names, company, job title, street, city
	Email     = 320
	Phone     = 50  // as typed
	Code      = 100 // postal code, subdivision, street number, apartment
	Formatted = 2000
	Hint      = 200
)

// Limits of our own, where the API has none (VAL-20, FLD-30).
const (
	Language  = 255    // keeps absurd input from the parser of language tags
	FieldText = 10_000 // text in an extended field
	URL       = 4096   // in an extended field, of an image or of an icon
)

// IsDate reports whether s is a calendar date, YYYY-MM-DD.
func IsDate(s string) bool {
	if len(s) != len(time.DateOnly) {
		return false
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// IsLanguage reports whether s is a valid BCP 47 tag. The parser also accepts underscores, and "root" for "und".
func IsLanguage(s string) bool {
	if len(s) > Language || strings.Contains(s, "_") || strings.EqualFold(s, "root") {
		return false
	}
	_, err := language.Parse(s)
	return err == nil
}

var schemePrefix = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// WithScheme returns a URL with its scheme, by default https, as an extended field stores it (FLD-5).
func WithScheme(s string) string {
	if schemePrefix.MatchString(s) {
		return s
	}
	return "https://" + s
}

// IsURL reports whether s is a URL with a scheme and a host, and without space.
func IsURL(s string) bool {
	if strings.ContainsFunc(s, IsSpace) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Hostname() != ""
}

// ImageScheme begins the URL of an image in the media manager of the service.
const ImageScheme = "wix:image://v1/"

// IsImageURL reports whether s is a URL with the scheme http, https or wix:image.
func IsImageURL(s string) bool {
	if !wire.ValidText(s) || strings.ContainsFunc(s, IsSpace) {
		return false
	}
	if rest, ok := strings.CutPrefix(s, ImageScheme); ok {
		return rest != ""
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// IsSpace reports whether r is white space or a control character.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
