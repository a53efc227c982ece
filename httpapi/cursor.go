package httpapi

import (
	"iter"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
)

// cursor is a place between two events of a store: after a commit, and after some events of the next one.
type cursor struct {
	position contacts.Position
	events   int // of the commit at position+1
}

// String returns the text of the place after an event (EVS-2): "12" after the last event of commit 12, and "12.1" after
// its first one if it has more.
func (c cursor) String() string {
	if c.events == 0 {
		return strconv.FormatUint(uint64(c.position), 10)
	}
	return strconv.FormatUint(uint64(c.position)+1, 10) + "." + strconv.Itoa(c.events)
}

// parseCursor reads a text that String writes, and no other.
func parseCursor(text string) (cursor, bool) {
	before, after, partly := strings.Cut(text, ".")
	position, err := strconv.ParseUint(before, 10, 64)
	c := cursor{position: contacts.Position(position)}
	if partly && err == nil {
		c.position--
		c.events, err = strconv.Atoi(after)
	}
	return c, err == nil && c.events >= 0 && c.String() == text && !(partly && position == 0) // there is no commit 0
}

// reached reports whether a store has the events before the place.
func (c cursor) reached(newest contacts.Position) bool {
	return c.position < newest || c.position == newest && c.events == 0
}

// rest yields the events after the place in a commit after c.position, each with the place that follows it.
func (c cursor) rest(commit *contacts.Commit) iter.Seq2[cursor, contacts.Event] {
	return func(yield func(cursor, contacts.Event) bool) {
		n := 0
		for event := range commit.Events() {
			n++
			at := cursor{commit.Position - 1, n}
			if n == len(commit.Changes) {
				at = cursor{position: commit.Position}
			}
			if commit.Position == c.position+1 && n <= c.events {
				continue
			}
			if !yield(at, event) {
				return
			}
		}
	}
}
