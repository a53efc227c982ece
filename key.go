package contacts

import (
	"iter"
	"strconv"

	"github.com/contactsdb/contacts/internal/form"
)

const (
	keyMax          = form.Key
	namespaceMax    = form.KeyNamespace
	customNamespace = form.Custom
)

// newKey returns the key of a new label or extended field: its namespace and a slug of its display name, or fallback if
// the slug is empty. If the key is taken it gets the first free suffix of -2, -3, … (LBL-6, LBL-7). taken yields the
// taken keys that begin with a prefix, in their order. They are read once, except where a longer suffix shortens the
// slug.
func newKey(displayName, fallback string, taken func(prefix string) iter.Seq[string]) string {
	slug := form.Slug(displayName)
	if slug == "" {
		slug = fallback
	}
	const namespace = customNamespace + "."
	const room = keyMax - len(namespace)
	key := namespace + form.CutSlug(slug, room)
	if !contains(taken(key), key) {
		return key
	}
	var stem string
	var free numbers
	for digits := 1; ; digits++ {
		if next := namespace + form.CutSlug(slug, room-len("-")-digits) + "-"; next != stem {
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
