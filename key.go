package contacts

import (
	"iter"
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
// the slug is empty. If the key is taken it gets the first free suffix of -2, -3, … (LBL-6, LBL-7). taken yields the
// taken keys that begin with a prefix, in their order. They are read once, except where a longer suffix shortens the
// slug.
func newKey(displayName, fallback string, taken func(prefix string) iter.Seq[string]) string {
	slug := slugOf(displayName)
	if slug == "" {
		slug = fallback
	}
	const namespace = customNamespace + "."
	const room = keyMax - len(namespace)
	key := namespace + cut(slug, room)
	if !contains(taken(key), key) {
		return key
	}
	var stem string
	var free numbers
	for digits := 1; ; digits++ {
		if next := namespace + cut(slug, room-len("-")-digits) + "-"; next != stem {
			stem, free = next, freeNumbers(taken(next), next)
		}
		if n := strconv.Itoa(free[digits]); len(n) == digits {
			return stem + n
		}
	}
}

// numbers has a number for each count of digits.
type numbers [10]int

// freeNumbers returns, for each count of digits, the first number from 2 that does not follow stem in one of the keys.
// If all are taken, it is the first with more digits.
func freeNumbers(keys iter.Seq[string], stem string) numbers {
	var free numbers
	for digits, first := 1, 1; digits < len(free); digits, first = digits+1, 10*first {
		free[digits] = max(2, first)
	}
	for key := range keys { // numbers of the same length are in ascending order
		digits := len(key) - len(stem)
		if digits < len(free) && key[len(stem):] == strconv.Itoa(free[digits]) {
			free[digits]++
		}
	}
	return free
}

// contains reports whether a sorted sequence of texts that begin with text has the text itself.
func contains(texts iter.Seq[string], text string) bool {
	for first := range texts {
		return first == text
	}
	return false
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
