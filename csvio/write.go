package csvio

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/geo"
)

// Layout is the set of columns of a file to be written.
type Layout string

// The layouts.
const (
	// Plain has a column for everything that a [Reader] reads.
	Plain Layout = "PLAIN"
	// Google has the columns that Google Contacts imports. It has none for IDs, times, locales, statuses and the
	// countries of phones.
	Google Layout = "GOOGLE"
)

// WriteOptions configure [Write]. The zero value of a field is its default.
type WriteOptions struct {
	// Layout is the set of columns, default Plain.
	Layout Layout

	// Labels are the words for the keys of labels, default the keys themselves.
	Labels map[string]string

	// Fields are the extended fields that have a display name, which becomes the heading. The headings of other fields
	// are their keys. Those that a store derives are not written.
	Fields []contacts.Field
}

// Write writes contacts as CSV that a [Reader] reads back (CSV-9): in UTF-8, with commas, LF and a header. Texts that a
// spreadsheet would compute get an apostrophe before them, which the reader takes off. The list is read twice, because
// the header depends on all contacts. Members, pictures, activities, positions on the map and the parts of an apartment
// are not written.
//
// Errors: INVALID_ARGUMENT for an unknown layout, a nil contact, or a list that differs when it is
// read again; an error of w is returned unchanged.
func Write(w io.Writer, list iter.Seq[*contacts.Contact], opts *WriteOptions) error {
	if opts == nil {
		opts = &WriteOptions{}
	}
	size, err := measure(list)
	if err != nil {
		return invalid(err)
	}
	columns, err := opts.columns(size)
	if err != nil {
		return invalid(err)
	}
	out := csv.NewWriter(w)
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.heading
	}
	out.Write(cells) // out keeps an error
	for c := range list {
		if c == nil || !size.holds(c) {
			return invalid(errChangedList)
		}
		for i, column := range columns {
			cells[i] = guard(column.text(c))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
		size.contacts--
	}
	if size.contacts != 0 {
		return invalid(errChangedList)
	}
	out.Flush()
	return out.Error()
}

var errChangedList = errors.New("the contacts differ when they are read again")

// extent is the number of columns that contacts need.
type extent struct {
	contacts, emails, phones, addresses, values int
	keys                                        map[string]bool // of extended fields
}

func measure(list iter.Seq[*contacts.Contact]) (extent, error) {
	e := extent{keys: make(map[string]bool)}
	for c := range list {
		if c == nil {
			return e, errors.New("a contact is nil")
		}
		in, values := &c.Info, 0
		e.contacts++
		e.emails = max(e.emails, len(in.Emails))
		e.phones = max(e.phones, len(in.Phones))
		e.addresses = max(e.addresses, len(in.Addresses))
		for key := range in.ExtendedFields {
			if !form.IsDerivedField(key) {
				e.keys[key] = true
				values++
			}
		}
		e.values = max(e.values, values)
	}
	return e, nil
}

// holds reports whether a contact has columns for all it has.
func (e extent) holds(c *contacts.Contact) bool {
	in := &c.Info
	for key := range in.ExtendedFields {
		if !form.IsDerivedField(key) && !e.keys[key] {
			return false
		}
	}
	return len(in.Emails) <= e.emails && len(in.Phones) <= e.phones && len(in.Addresses) <= e.addresses
}

// outColumn is a column to be written.
type outColumn struct {
	heading string
	text    func(c *contacts.Contact) string
}

func (o *WriteOptions) columns(size extent) ([]outColumn, error) {
	switch o.Layout {
	case Plain, "":
		return o.plain(size), nil
	case Google:
		return o.google(size), nil
	default:
		return nil, errors.New("option Layout is neither PLAIN nor GOOGLE")
	}
}

func (o *WriteOptions) plain(size extent) []outColumn {
	list := []outColumn{
		{"ID", func(c *contacts.Contact) string { return idText(c.ID) }},
		{"Created Date", func(c *contacts.Contact) string { return timeText(c.CreatedDate) }},
		{"Updated Date", func(c *contacts.Contact) string { return timeText(c.UpdatedDate) }},
		{"First Name", func(c *contacts.Contact) string { return c.Info.Name.First }},
		{"Last Name", func(c *contacts.Contact) string { return c.Info.Name.Last }},
		{"Company", func(c *contacts.Contact) string { return c.Info.Company }},
		{"Job Title", func(c *contacts.Contact) string { return c.Info.JobTitle }},
		{"Birthday", func(c *contacts.Contact) string { return c.Info.Birthdate }},
		{"Locale", func(c *contacts.Contact) string { return c.Info.Locale }},
	}
	list = append(list, emailColumns(size)...)
	list = append(list, outColumn{"Email subscriber status", func(c *contacts.Contact) string {
		return statusText(c.PrimaryEmail.SubscriptionStatus)
	}})
	list = append(list, phoneColumns(size, true)...)
	list = append(list, outColumn{"SMS subscriber status", func(c *contacts.Contact) string {
		return statusText(c.PrimaryPhone.SubscriptionStatus)
	}})
	for n := range size.addresses {
		of := func(heading string, text func(a *contacts.Address) string) {
			list = append(list, addressColumn(n, heading, text))
		}
		of("Label", func(a *contacts.Address) string { return tagText(string(a.Tag)) })
		of("House Number", func(a *contacts.Address) string { return street(a).Number })
		of("Street", func(a *contacts.Address) string { return cmp.Or(a.AddressLine, street(a).Name) })
		of("Street 2", func(a *contacts.Address) string { return a.AddressLine2 })
		of("City", func(a *contacts.Address) string { return a.City })
		of("Region", func(a *contacts.Address) string { return a.Subdivision })
		of("Postal Code", func(a *contacts.Address) string { return a.PostalCode })
		of("Country", func(a *contacts.Address) string { return a.Country })
		of("Formatted", func(a *contacts.Address) string { return a.FormattedAddress })
	}
	list = append(list, outColumn{"Labels", func(c *contacts.Contact) string { return o.labels(c, ";") }})
	for _, key := range slices.Sorted(maps.Keys(size.keys)) {
		list = append(list, outColumn{o.fieldName(key), func(c *contacts.Contact) string {
			return valueText(c.Info.ExtendedFields[key])
		}})
	}
	return list
}

func (o *WriteOptions) google(size extent) []outColumn {
	list := []outColumn{
		{"First Name", func(c *contacts.Contact) string { return c.Info.Name.First }},
		{"Last Name", func(c *contacts.Contact) string { return c.Info.Name.Last }},
		{"Organization Name", func(c *contacts.Contact) string { return c.Info.Company }},
		{"Organization Title", func(c *contacts.Contact) string { return c.Info.JobTitle }},
		{"Birthday", func(c *contacts.Contact) string { return c.Info.Birthdate }},
		{"Labels", func(c *contacts.Contact) string {
			return strings.TrimPrefix(o.labels(c, " "+separator+" ")+" "+separator+" * myContacts", " "+separator+" ")
		}},
	}
	list = append(list, emailColumns(size)...)
	list = append(list, phoneColumns(size, false)...)
	for n := range size.addresses {
		of := func(heading string, text func(a *contacts.Address) string) {
			list = append(list, addressColumn(n, heading, text))
		}
		of("Label", func(a *contacts.Address) string { return tagText(string(a.Tag)) })
		of("Formatted", func(a *contacts.Address) string { return a.FormattedAddress })
		of("Street", func(a *contacts.Address) string {
			return cmp.Or(a.AddressLine, strings.TrimSpace(street(a).Number+" "+street(a).Name))
		})
		of("City", func(a *contacts.Address) string { return a.City })
		of("PO Box", func(*contacts.Address) string { return "" })
		of("Region", func(a *contacts.Address) string { return geo.SubdivisionText(a.Subdivision, a.Country) })
		of("Postal Code", func(a *contacts.Address) string { return a.PostalCode })
		of("Country", func(a *contacts.Address) string { return a.Country })
		of("Extended Address", func(a *contacts.Address) string { return a.AddressLine2 })
	}
	for n := range size.values {
		heading := "Custom Field " + strconv.Itoa(n+1)
		list = append(list,
			outColumn{heading + " - Label", func(c *contacts.Contact) string { return o.fieldName(nthKey(c, n)) }},
			outColumn{heading + " - Value", func(c *contacts.Contact) string {
				return valueText(c.Info.ExtendedFields[nthKey(c, n)])
			}})
	}
	return list
}

// nthKey returns the key of the nth extended field of a contact that is written, "" if there are fewer.
func nthKey(c *contacts.Contact, n int) string {
	for _, key := range slices.Sorted(maps.Keys(c.Info.ExtendedFields)) {
		if form.IsDerivedField(key) {
			continue
		}
		if n--; n < 0 {
			return key
		}
	}
	return ""
}

func emailColumns(size extent) (list []outColumn) {
	for n := range size.emails {
		of := func(heading string, text func(e *contacts.Email) string) {
			list = append(list, nthColumn("E-mail", n, heading, func(c *contacts.Contact) []contacts.Email {
				return c.Info.Emails
			}, text))
		}
		of("Label", func(e *contacts.Email) string { return starred(e.Primary, tagText(string(e.Tag))) })
		of("Value", func(e *contacts.Email) string { return e.Address })
	}
	return list
}

func phoneColumns(size extent, countries bool) (list []outColumn) {
	for n := range size.phones {
		of := func(heading string, text func(p *contacts.Phone) string) {
			list = append(list, nthColumn("Phone", n, heading, func(c *contacts.Contact) []contacts.Phone {
				return c.Info.Phones
			}, text))
		}
		of("Label", func(p *contacts.Phone) string { return starred(p.Primary, tagText(string(p.Tag))) })
		of("Value", func(p *contacts.Phone) string { return p.Number })
		if countries {
			of("Country", func(p *contacts.Phone) string { return p.CountryCode })
		}
	}
	return list
}

func addressColumn(n int, heading string, text func(a *contacts.Address) string) outColumn {
	return nthColumn("Address", n, heading, func(c *contacts.Contact) []contacts.Address { return c.Info.Addresses },
		text)
}

// nthColumn returns a column of the nth item of a list, such as "Phone 1 - Value".
func nthColumn[T any](
	name string, n int, heading string, list func(c *contacts.Contact) []T, text func(item *T) string,
) outColumn {
	return outColumn{name + " " + strconv.Itoa(n+1) + " - " + heading, func(c *contacts.Contact) string {
		items := list(c)
		if n >= len(items) {
			return ""
		}
		return text(&items[n])
	}}
}

func street(a *contacts.Address) contacts.StreetAddress {
	if a.StreetAddress == nil {
		return contacts.StreetAddress{}
	}
	return *a.StreetAddress
}

func (o *WriteOptions) labels(c *contacts.Contact, between string) string {
	names := make([]string, len(c.Info.LabelKeys))
	for i, key := range c.Info.LabelKeys {
		names[i] = cmp.Or(o.Labels[key], key)
	}
	return strings.Join(names, between)
}

func (o *WriteOptions) fieldName(key string) string {
	for _, f := range o.Fields {
		if f.Key == key {
			return cmp.Or(f.DisplayName, key)
		}
	}
	return key
}

func starred(primary bool, label string) string {
	if primary {
		return "* " + label
	}
	return label
}

// tagText returns the word for a tag: Home, Work, Other.
func tagText(tag string) string {
	switch tag {
	case "":
		return ""
	case "UNTAGGED":
		return "Other"
	default:
		return tag[:1] + strings.ToLower(tag[1:])
	}
}

func statusText(status contacts.SubscriptionStatus) string {
	if status == contacts.SubscriptionNotSet || status == contacts.SubscriptionNoStatus {
		return ""
	}
	return string(status)
}

func idText(id uuid.UUID) string {
	if id == uuid.Nil {
		return ""
	}
	return id.String()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return ""
	}
}
