package contactstest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// The most that the report of a failed test shows.
const (
	reportCalls   = 20
	reportCommits = 10
	reportChanges = 5 // of a commit
	reportMembers = 6 // of a change
)

// report describes the last calls and commits of a closed store, the newest last.
func (s *Store) report() string {
	var b strings.Builder
	calls := s.Calls()
	shown := calls[max(0, len(calls)-reportCalls):]
	fmt.Fprintf(&b, "contactstest: the last %d of %d calls", len(shown), s.log.numbered())
	b.WriteString(ending(len(shown)))
	for _, c := range shown {
		fmt.Fprintf(&b, "  %s\n", c)
	}
	s.reportCommits(&b)
	if unfired := s.Unfired(); len(unfired) > 0 {
		b.WriteString("rules that have hit no call:\n")
		for _, f := range unfired {
			fmt.Fprintf(&b, "  %s\n", f)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// ending returns the end of a heading above a number of lines.
func ending(lines int) string {
	if lines == 0 {
		return "\n"
	}
	return ":\n"
}

// reportCommits writes the last commits since the test began.
func (s *Store) reportCommits(b *strings.Builder) {
	var last []contacts.Commit
	n := s.Snapshot().Position() - s.start
	since := s.start
	for retried := false; ; retried = true {
		var expired *contacts.PositionError
		for c, err := range s.Store.Follow(context.Background(), since) {
			if err != nil { // at the end STORE_CLOSED
				errors.As(err, &expired)
				break
			}
			if last = append(last, c); len(last) > reportCommits {
				last = slices.Delete(last, 0, 1)
			}
		}
		if expired == nil || retried {
			break
		}
		since = expired.Oldest
	}
	fmt.Fprintf(b, "the last %d of %d commits of the test", len(last), n)
	b.WriteString(ending(len(last)))
	for _, c := range last {
		fmt.Fprintf(b, "  %d at %s:", c.Position, c.Time.Format("2006-01-02 15:04:05.000"))
		for i, change := range c.Changes {
			if i == reportChanges {
				fmt.Fprintf(b, "; and %d more", len(c.Changes)-i)
				break
			}
			if i > 0 {
				b.WriteString(";")
			}
			b.WriteString(" " + changeText(change))
		}
		b.WriteString("\n")
	}
}

// changeText describes a change: its kind, the ID of the entity, and the members that have changed.
func changeText(c contacts.Change) string {
	text := string(c.Kind) + " " + c.EntityID()
	if v := cmp.Or(c.After, c.Before); !v.IsZero() {
		text += fmt.Sprintf(" rev %d", v.Revision())
	}
	if !c.Before.IsZero() && !c.After.IsZero() {
		changed := changedMembers(c.Before, c.After)
		if more := len(changed) - reportMembers; more > 0 {
			changed = append(changed[:reportMembers], fmt.Sprintf("%d more", more))
		}
		if len(changed) > 0 {
			text += " (" + strings.Join(changed, ", ") + ")"
		}
	}
	return text
}

// changedMembers returns the names of the members in which two versions of a contact differ, each member of info by
// its own path. Members that change with every write are left out.
func changedMembers(before, after contacts.View) []string {
	a, b := members(before), members(after)
	return slices.DeleteFunc(namesOf(a, b), func(name string) bool { return bytes.Equal(a[name], b[name]) })
}

func members(v contacts.View) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	info := map[string]json.RawMessage{}
	if err == nil && len(all["info"]) > 0 {
		err = json.Unmarshal(all["info"], &info)
	}
	if err != nil {
		return nil // a report with gaps is better than none
	}
	for name, value := range info {
		all["info."+name] = value
	}
	for _, name := range []string{"info", "revision", "updatedDate", "primaryInfo"} {
		delete(all, name)
	}
	return all
}
