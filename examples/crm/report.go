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

// report is the outcome of importing a file.
type report struct {
	empty   int                         // empty rows
	broken  []refusal                   // lines that cannot be read
	refused map[contacts.Code][]refusal // by the store
	lines   map[uuid.UUID]int           // line of each created contact
	shown   example
	store   *contacts.Snapshot // after the import

	updated   int // rows that added something to a contact that the store had
	unchanged int // rows about contacts that have all of it

	remarks map[remark]int

	emails    int
	capitals  int // emails with capitals
	phones    int
	e164      tally // phones with an E.164 form, by country
	noCountry int   // phones without an E.164 form because they have no country
	addresses int
	formatted int // addresses whose formatted text the store added
	locales   int // changed to lower case
}

// example is a row and the resulting contact.
type example struct {
	row     row
	contact contacts.View // the zero view if there is none
	changes int           // number of values that were rewritten
}

// refusal is a row that was not imported.
type refusal struct {
	line int
	err  error
}

func newReport() *report {
	return &report{
		refused: make(map[contacts.Code][]refusal), lines: make(map[uuid.UUID]int),
		remarks: make(map[remark]int), e164: make(tally),
	}
}

// refuse records a row that the store refused or that the reader could not read. The reader also checks the types of
// single values; such a row has violations and counts as refused.
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

func (r *report) note(remarks []remark) {
	for _, m := range remarks {
		m.name = cmp.Or(m.name, "without a heading")
		r.remarks[m]++
	}
}

// treatments are in the order of the report: what is lost comes first.
var treatments = []string{string(csvio.NotImported), string(csvio.FormattedOnly), string(csvio.OtherSpelling)}

// remarked returns the remarks by treatment, the most frequent first.
func (r *report) remarked() []remark {
	return slices.SortedFunc(maps.Keys(r.remarks), func(a, b remark) int {
		order := slices.Index(treatments, a.treatment) - slices.Index(treatments, b.treatment)
		return cmp.Or(order, r.remarks[b]-r.remarks[a], cmp.Compare(a.name, b.name), cmp.Compare(a.reason, b.reason))
	})
}

// rows returns the number of rows read.
func (r *report) rows() int {
	n := r.empty + len(r.broken) + len(r.lines) + r.updated + r.unchanged
	for _, refused := range r.refused {
		n += len(refused)
	}
	return n
}

// accept records an imported row. The first row with the most changes becomes the example that is shown.
func (r *report) accept(in row, c contacts.View) {
	r.lines[c.ID()] = in.Line
	changes := len(in.remarks)
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
	given := in.Contact.Info.Addresses // the store keeps their order, and a later row may have added more
	for a := range c.Addresses() {
		if len(given) == 0 {
			break
		}
		r.addresses++
		count(&r.formatted, a.FormattedAddress != given[0].FormattedAddress)
		given = given[1:]
	}
	count(&r.locales, c.Locale() != in.Contact.Info.Locale)
	if r.shown.contact.IsZero() || changes > r.shown.changes {
		r.shown = example{in, c, changes}
	}
}

// problem is one kind of violation, regardless of the item of a list, and its lines.
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
	list := slices.SortedFunc(maps.Keys(t), func(a, b string) int { return cmp.Or(t[b]-t[a], strings.Compare(a, b)) })
	for i, name := range list {
		list[i] = fmt.Sprintf("%d %s", t[name], name)
	}
	return list
}
