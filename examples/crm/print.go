package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const width = 100 // columns of the output

func printReport(w io.Writer, name string, r *report) {
	fmt.Fprintf(w, "%s\n", plain(name))
	fmt.Fprintf(w, "%6d rows read\n", r.rows())
	fmt.Fprintf(w, "%6d contacts created\n", len(r.lines))
	for _, other := range []count{{r.updated, "rows added to contacts"}, {r.unchanged, "rows that bring nothing new"}} {
		other.print(w)
	}
	for _, code := range slices.Sorted(maps.Keys(r.refused)) {
		fmt.Fprintf(w, "%6d refused: %s\n", len(r.refused[code]), code)
	}
	for _, other := range []count{{len(r.broken), "lines that cannot be read"}, {r.empty, "empty rows"}} {
		other.print(w)
	}
	printList(w, "Lines that cannot be read", 3, r.broken, func(b refusal) string {
		return fmt.Sprintf("line %d: %v", b.line, b.err)
	})
	printList(w, string(contacts.ErrDuplicate), 3, r.refused[contacts.ErrDuplicate], func(d refusal) string {
		duplicate, _ := errors.AsType[*contacts.DuplicateError](d.err)
		what := "email"
		if duplicate.Phone != "" {
			what = "phone"
		}
		text := fmt.Sprintf("line %d: the primary %s is that of %s", d.line, what, nameOf(r.store, duplicate.ID))
		if other, ok := r.lines[duplicate.ID]; ok { // it may be older than the file
			text += fmt.Sprintf(" (line %d)", other)
		}
		return text
	})
	printList(w, string(contacts.ErrInvalid), 15, r.problems(), func(p problem) string {
		lines := slices.Compact(slices.Clone(p.lines))
		where := strings.Trim(fmt.Sprint(lines[:min(3, len(lines))]), "[]")
		if len(lines) > 3 {
			where += " …"
		}
		return fmt.Sprintf("%4d %s %s: lines %s",
			len(p.lines), cmp.Or(p.field, "the line"), p.rule.Description(), where)
	})
	if worst, ok := r.worst(); ok {
		printWrapped(w, fmt.Sprintf("  line %d: ", worst.line), " ", strings.Fields(clip(worst.err.Error(), 3*width)))
	}
	printNormalized(w, r)
	printRemarks(w, r)
	if !r.shown.contact.IsZero() {
		printExample(w, r.shown)
	}
}

// count is a number of things.
type count struct {
	n    int
	text string
}

// print prints the count, unless it is 0.
func (c count) print(w io.Writer) {
	if c.n > 0 {
		fmt.Fprintf(w, "%6d %s\n", c.n, c.text)
	}
}

// printRemarks prints what was changed or left out, and why.
func printRemarks(w io.Writer, r *report) {
	const most = 11
	list := r.remarked()
	if len(list) == 0 {
		return
	}
	fmt.Fprint(w, "\nChanged or left out, and why\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, m := range list[:min(most, len(list))] {
		fmt.Fprintf(table, "%6d  %s\t%s\t%s\n", r.remarks[m], clip(m.name, 24), m.treatment, m.reason)
	}
	table.Flush()
	if more := len(list) - most; more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

// printList prints the first items of a list.
func printList[T any](w io.Writer, title string, most int, list []T, text func(T) string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", title)
	for _, t := range list[:min(most, len(list))] {
		fmt.Fprintf(w, "  %s\n", clip(text(t), width-2))
	}
	if more := len(list) - most; more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

func printNormalized(w io.Writer, r *report) {
	if r.rows() == 0 {
		return
	}
	fmt.Fprint(w, "\nNormalized\n")
	valid := r.e164.total()
	fmt.Fprintf(w, "  phones     %d: %d have an E.164 form, %d are not valid in their country, %d have no country\n",
		r.phones, valid, r.phones-valid-r.noCountry, r.noCountry)
	printTally(w, "             E.164", r.e164)
	fmt.Fprintf(w, "  emails     %d: %d have capitals, kept as typed but found in any case\n", r.emails, r.capitals)
	fmt.Fprintf(w, "  addresses  %d: %d formatted\n", r.addresses, r.formatted)
	fmt.Fprintf(w, "  locales    %d changed to lower case\n", r.locales)
}

func printTally(w io.Writer, title string, t tally) {
	if len(t) == 0 {
		return
	}
	const most = 50 // a strange file may have thousands of columns with long names
	list := t.list()
	if more := len(list) - most; more > 0 {
		list = append(list[:most], fmt.Sprintf("and %d more", more))
	}
	for i, text := range list {
		list[i] = clip(text, width/2)
	}
	printWrapped(w, title+": ", ", ", list)
}

// printStep prints a call and its outcome.
func printStep(w io.Writer, call, outcome string) {
	fmt.Fprintf(w, "  %-52s %s\n", clip(call, 52), clip(outcome, width-55))
}

// printExample prints the input and the stored values of a contact side by side.
func printExample(w io.Writer, e example) {
	fmt.Fprintf(w, "\nLine %d as given to the store, and as stored\n", e.row.Line)
	line := func(title, given, stored string) {
		if given != "" || stored != "" {
			fmt.Fprintf(w, "  %-10s %-40s %s\n", title, clip(given, 40), clip(stored, width-54))
		}
	}
	const most = 3 // of each kind
	given, stored := e.row.Contact.Info, e.contact.Clone().Info
	line("name", quote(given.Name.First, given.Name.Last), displayName(e.contact))
	// The store moved the primary email and phone to the front, and kept both as typed.
	for _, email := range stored.Emails[:min(most, len(stored.Emails))] {
		line("email", quote(email.Address), email.Address)
	}
	for _, phone := range stored.Phones[:min(most, len(stored.Phones))] {
		line("phone", quote(phone.Number, phone.CountryCode), cmp.Or(phone.E164, "no E.164 form"))
	}
	for i, address := range stored.Addresses[:min(most, len(given.Addresses))] {
		a := given.Addresses[i]
		street := quote(a.AddressLine, a.AddressLine2)
		if a.StreetAddress != nil {
			street = quote(a.StreetAddress.Number, a.StreetAddress.Name, a.AddressLine2)
		}
		parts := []string{street, quote(a.City, a.Subdivision, a.PostalCode, a.Country)}
		for n, text := range strings.Split(address.FormattedAddress, "\n") {
			parts = append(parts, "")
			line([]string{"address", ""}[min(n, 1)], parts[n], text)
		}
	}
	line("locale", quote(given.Locale), stored.Locale)
}

// quote makes invisible characters visible.
func quote(texts ...string) string {
	var quoted []string
	for _, s := range texts {
		if s != "" {
			quoted = append(quoted, strconv.Quote(s))
		}
	}
	return strings.Join(quoted, " ")
}

func displayName(v contacts.View) string {
	field, _ := v.ExtendedField(displayField)
	name, _ := field.(string)
	return name
}

const displayField = "contacts.displayByFirstName" // derived by the store

func displayNameOf(c *contacts.Contact) string {
	name, _ := c.Info.ExtendedFields[displayField].(string)
	return name
}

// nameOf returns the name of a contact, or its ID if it has no name.
func nameOf(sn *contacts.Snapshot, id uuid.UUID) string {
	if v, ok := sn.View(id); ok {
		return cmp.Or(displayName(v), id.String())
	}
	return id.String()
}

// printWrapped prints words after an indent, wrapped to the width of the output.
func printWrapped(w io.Writer, indent, separator string, words []string) {
	line := indent
	for i, word := range words {
		word = plain(word)
		if i < len(words)-1 {
			word += separator
		}
		if line != indent && utf8.RuneCountInString(line+strings.TrimSpace(word)) > width {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			indent = strings.Repeat(" ", utf8.RuneCountInString(indent))
			line = indent
		}
		line += word
	}
	fmt.Fprintln(w, line)
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if s = plain(s); utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// plain replaces characters that could move the cursor of a terminal by spaces.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return ' '
		}
		return r
	}, s)
}
