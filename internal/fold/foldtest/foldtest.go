// Package foldtest says again, more slowly, what package fold says, for tests that compare with it.
package foldtest

import (
	"strings"
	"unicode"
)

// WithoutCase returns a text with one letter in place of all those that strings.EqualFold treats as equal.
func WithoutCase(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 'İ' || r == 'ı' {
			return r // equal to themselves only
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, s)
}

// EmailKey returns the form in which email addresses are compared: WithoutCase, except that the Kelvin sign is not a k
// and the long s not an s, and without surrounding space.
func EmailKey(address string) string { return EmailPrefix(strings.TrimSpace(address)) }

// EmailPrefix returns the beginning of the EmailKey of every address that begins with prefix.
func EmailPrefix(prefix string) string {
	// Private characters have no case.
	hide := strings.NewReplacer("\u212a", "\ue000", "ſ", "\ue001")
	show := strings.NewReplacer("\ue000", "\u212a", "\ue001", "ſ")
	return show.Replace(WithoutCase(hide.Replace(prefix)))
}
