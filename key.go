package contacts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	keyMax          = 80 // characters of a label's or field's key
	namespaceMax    = 25 // of these in front of the first dot
	customNamespace = "custom"
)

// newKey returns the key of a new label or field: its namespace and a slug of its display name, or of fallback where
// nothing of the name can stay. If the key is taken it gets the first of -2, -3, … that is free (LBL-6, LBL-7).
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

// validKey reports whether a key that comes from elsewhere can be that of a label or field: a namespace of at most 25
// characters, a dot, and what the service makes of names; 80 characters in all.
func validKey(key string) bool {
	namespace, _, _ := strings.Cut(key, ".")
	return keyForm.MatchString(key) && utf8.RuneCountInString(key) <= keyMax && utf8.RuneCountInString(namespace) <= namespaceMax
}

// slugOf keeps letters, their marks and digits in lower case, and puts one "-" for each run of anything else between
// them.
func slugOf(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		// A mark belongs to the letter before it; marks also follow symbols, such as emoji.
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

// cut returns the first n characters of a slug, without a "-" at the end.
func cut(slug string, n int) string {
	if utf8.RuneCountInString(slug) <= n {
		return slug
	}
	return strings.TrimRight(string([]rune(slug)[:n]), "-")
}
