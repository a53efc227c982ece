package form

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// The key of a label or an extended field is a namespace, a dot and a slug (LBL-6).
const (
	Key          = 80 // characters
	KeyNamespace = 25 // characters before the first dot
	Custom       = "custom"
)

var keyForm = regexp.MustCompile(`^[\pL\pM\pN_-]{1,80}(\.[\pL\pM\pN_-]{1,80})+$`)

// IsKeyText reports whether s consists of characters of keys, with dots between them.
func IsKeyText(s string) bool { return keyForm.MatchString(s) }

// IsKey reports whether s can be the key of a label or an extended field.
func IsKey(s string) bool {
	namespace, _, _ := strings.Cut(s, ".")
	return IsKeyText(s) && utf8.RuneCountInString(s) <= Key && utf8.RuneCountInString(namespace) <= KeyNamespace
}

// IsNewKey reports whether an import may define a label or an extended field with this key (IMP-8).
func IsNewKey(s string) bool {
	_, name, _ := strings.Cut(s, ".")
	return IsKey(s) && !fold.Blank(name)
}

// Slug keeps letters, their marks and digits, in lower case, and replaces each run of other characters between them by
// one "-".
func Slug(s string) string {
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

// CutSlug returns the first n characters of a slug, without a trailing "-".
func CutSlug(slug string, n int) string {
	if utf8.RuneCountInString(slug) <= n {
		return slug
	}
	return strings.TrimRight(string([]rune(slug)[:n]), "-")
}
