// Package vcard compares package vcardio with another library for vCards, for cards that both understand: versions 3.0
// and 4.0, in UTF-8, without what that library loses.
package vcard
