package contacts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	keyMax          = 80 // characters in the key of a label or extended field
	namespaceMax    = 25 // characters before the first dot
	customNamespace = "custom"
)

// newKey returns the key of a new label or extended field: its namespace and a slug of its display name, or fallback if
// the slug is empty. If the key is taken it gets the first free suffix of -2, -3, … (LBL-6, LBL-7).
func newKey(displayName, fallback string, taken func(key string) bool) string {
	slug := slugOf(displayName)
	if slug == "" {
		slug = fallback
	}
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = "-" + strconv.Itoa(n)
		}
		room := keyMax - len(customNamespace) - len(".") - len(suffix)
		if key := customNamespace + "." + cut(slug, room) + suffix; !taken(key) {
			return key
		}
	}
}

// validKey reports whether an imported key can be that of a label or extended field: a namespace of at most 25
// characters, a dot and a slug, at most 80 characters together.
func validKey(key string) bool {
	namespace, _, _ := strings.Cut(key, ".")
	return keyForm.MatchString(key) &&
		utf8.RuneCountInString(key) <= keyMax && utf8.RuneCountInString(namespace) <= namespaceMax
}

// slugOf keeps letters, their marks and digits, in lower case, and replaces each run of other characters between them
// by one "-".
func slugOf(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		// A mark belongs to the preceding letter, but it can also follow a symbol such as an emoji.
		keep := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && !gap && b.Len() > 0
		if !keep {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// cut returns the first n characters of a slug, without a trailing "-".
func cut(slug string, n int) string {
	if utf8.RuneCountInString(slug) <= n {
		return slug
	}
	return strings.TrimRight(string([]rune(slug)[:n]), "-")
}
