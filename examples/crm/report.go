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
)

// report is what became of the rows of a file.
type report struct {
	rows, empty int
	broken      []error                     // lines that could not be read
	refused     map[contacts.Code][]refusal // by the store
	lines       map[uuid.UUID]int           // where each created contact was read
	shown       example

	remarks map[treatment]tally // columns

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
	row     row
	contact *contacts.Contact
	changes int // how much of it is written in another way
}

// refusal is a row that the store refused.
type refusal struct {
	line int
	err  error
}

func newReport() *report {
	return &report{
		refused: make(map[contacts.Code][]refusal), lines: make(map[uuid.UUID]int),
		remarks: make(map[treatment]tally), e164: make(tally),
	}
}

func (r *report) unreadable(err *lineError) {
	if contacts.CodeOf(err) != "" {
		r.refuse(err.line, err.err) // readable, but not the JSON of a contact
	} else {
		r.broken = append(r.broken, err)
	}
}

func (r *report) refuse(line int, err error) {
	code := contacts.CodeOf(err)
	r.refused[code] = append(r.refused[code], refusal{line, err})
}

func (r *report) note(remarks []remark) {
	for _, remark := range remarks {
		if r.remarks[remark.what] == nil {
			r.remarks[remark.what] = make(tally)
		}
		r.remarks[remark.what][remark.column]++
	}
}

// accept counts what the store made of a row. The first row with the most changes becomes the example that is shown.
func (r *report) accept(in row, c *contacts.Contact) {
	r.lines[c.ID] = in.line
	changes := len(in.remarks)
	count := func(n *int, yes bool) {
		if yes {
			*n++
			changes++
		}
	}
	for _, e := range c.Info.Emails {
		r.emails++
		count(&r.capitals, e.Address != strings.ToLower(e.Address))
	}
	for _, p := range c.Info.Phones {
		r.phones++
		switch {
		case p.E164 != "":
			r.e164[p.CountryCode]++
			changes++
		case p.CountryCode == "":
			r.noCountry++
		}
	}
	for i, a := range c.Info.Addresses {
		r.addresses++
		count(&r.formatted, a.FormattedAddress != in.info.Addresses[i].FormattedAddress)
	}
	count(&r.locales, c.Info.Locale != in.info.Locale)
	if r.shown.contact == nil || changes > r.shown.changes {
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
