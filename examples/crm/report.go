package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// report is what became of the rows of a file.
type report struct {
	empty   int                         // rows without anything
	broken  []refusal                   // lines that could not be read
	refused map[contacts.Code][]refusal // by the store
	lines   map[uuid.UUID]int           // where each created contact was read
	shown   example

	remarks map[csvio.Treatment]tally // columns

	emails, capitals int // capitals: with some
	phones           int
	e164             tally // phones with an E.164 form, by country
	noCountry        int   // phones without one because they name no country
	addresses        int
	formatted        int // addresses that came without a formatted form
	locales          int // put in lower case
}

// example is a row and the contact made of it.
type example struct {
	row     csvio.Row
	contact contacts.View // the zero view if there is none
	changes int           // how much of it is written in another way
}

// refusal is a row of which no contact was made.
type refusal struct {
	line int
	err  error
}

func newReport() *report {
	return &report{
		refused: make(map[contacts.Code][]refusal), lines: make(map[uuid.UUID]int),
		remarks: make(map[csvio.Treatment]tally), e164: make(tally),
	}
}

// refuse counts a row that the store refused, or that the reader could not make out. The reader has looked at the rules
// for single values as well: what is wrong with these is in the violations.
func (r *report) refuse(line int, err error) {
	code := contacts.CodeOf(err)
	if unread, ok := errors.AsType[*contacts.LineError](err); ok {
		line, err = unread.Line, unread.Err
		if e, ok := errors.AsType[*contacts.Error](err); ok && e.Err != nil {
			r.broken = append(r.broken, refusal{line, e.Err})
			return
		}
	}
	r.refused[code] = append(r.refused[code], refusal{line, err})
}

func (r *report) note(remarks []csvio.Remark) {
	for _, remark := range remarks {
		if r.remarks[remark.What] == nil {
			r.remarks[remark.What] = make(tally)
		}
		r.remarks[remark.What][cmp.Or(remark.Column, "without a heading")]++
	}
}

// rows returns how many rows were read.
func (r *report) rows() int {
	n := r.empty + len(r.broken) + len(r.lines)
	for _, refused := range r.refused {
		n += len(refused)
	}
	return n
}

// accept counts what the store made of a row. The first row with the most changes becomes the example that is shown.
func (r *report) accept(in csvio.Row, c contacts.View) {
	r.lines[c.ID()] = in.Line
	changes := len(in.Remarks)
	count := func(n *int, yes bool) {
		if yes {
			*n++
			changes++
		}
	}
	for e := range c.Emails() {
		r.emails++
		count(&r.capitals, e.Address != strings.ToLower(e.Address))
	}
	for p := range c.Phones() {
		r.phones++
		switch {
		case p.E164 != "":
			r.e164[p.CountryCode]++
			changes++
		case p.CountryCode == "":
			r.noCountry++
		}
	}
	given := in.Contact.Info.Addresses // the store keeps their order
	for a := range c.Addresses() {
		r.addresses++
		count(&r.formatted, a.FormattedAddress != given[0].FormattedAddress)
		given = given[1:]
	}
	count(&r.locales, c.Locale() != in.Contact.Info.Locale)
	if r.shown.contact.IsZero() || changes > r.shown.changes {
		r.shown = example{in, c, changes}
	}
}

// problem is one kind of violation, whichever item of a list has it, and the lines that have it.
type problem struct {
	field string
	rule  contacts.Violation // without its field
	lines []int
}

var index = regexp.MustCompile(`\[\d+\]`)

// problems groups the violations, the most frequent kind first.
func (r *report) problems() []problem {
	var list []problem
	for _, refused := range r.refused[contacts.ErrInvalid] {
		e, _ := errors.AsType[*contacts.Error](refused.err)
		for _, v := range e.Violations {
			field := index.ReplaceAllString(v.Field, "[]")
			v.Field = ""
			i := slices.IndexFunc(list, func(p problem) bool { return p.field == field && p.rule == v })
			if i < 0 {
				i = len(list)
				list = append(list, problem{field: field, rule: v})
			}
			list[i].lines = append(list[i].lines, refused.line)
		}
	}
	slices.SortStableFunc(list, func(a, b problem) int { return len(b.lines) - len(a.lines) })
	return list
}

// worst returns the row with the most violations.
func (r *report) worst() (refusal, bool) {
	refused := r.refused[contacts.ErrInvalid]
	if len(refused) == 0 {
		return refusal{}, false
	}
	count := func(f refusal) int {
		e, _ := errors.AsType[*contacts.Error](f.err)
		return len(e.Violations)
	}
	return slices.MaxFunc(refused, func(a, b refusal) int { return count(a) - count(b) }), true
}

// tally counts names.
type tally map[string]int

func (t tally) total() int {
	n := 0
	for _, count := range t {
		n += count
	}
	return n
}

// list returns the names with their counts, the most frequent first.
func (t tally) list() []string {
	names := slices.SortedFunc(maps.Keys(t), func(a, b string) int { return cmp.Or(t[b]-t[a], strings.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", t[name], name)
	}
	return names
}
