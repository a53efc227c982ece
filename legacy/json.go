package legacy

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
)

// This file holds the JSON shapes. Encoding follows the tags of the types; decoding walks over the parsed text, so
// that every wrong type is found with its path and names match exactly.

// MarshalJSON writes a contact. Its lists are always there, as programs expect that go through them.
func (c Contact) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID        string    `json:"id,omitempty"`
		Name      Name      `json:"name,omitzero"`
		Picture   string    `json:"picture,omitempty"`
		Company   Company   `json:"company,omitzero"`
		Emails    []Email   `json:"emails"`
		Phones    []Phone   `json:"phones"`
		Addresses []Address `json:"addresses"`
		URLs      []URL     `json:"urls"`
		Dates     []Date    `json:"dates"`
		CreatedAt wireTime  `json:"createdAt,omitzero"`
		Modified  wireTime  `json:"modifiedAt,omitzero"`
	}{
		c.ID, c.Name, c.Picture, c.Company,
		present(c.Emails), present(c.Phones), present(c.Addresses), present(c.URLs), present(c.Dates),
		wireTime{c.CreatedAt}, wireTime{c.ModifiedAt},
	})
}

// MarshalJSON writes both lists, also if they are nil.
func (d Details) MarshalJSON() ([]byte, error) {
	type plain Details
	return json.Marshal(plain{present(d.RejectedData), present(d.ExistingData)})
}

// MarshalJSON writes the options as the method takes them.
func (o GetContactsOptions) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Labels   []string `json:"label,omitempty"`
		PageSize int      `json:"pageSize,omitempty"`
	}{o.Labels, o.PageSize})
}

// present returns a list that is not nil: JSON has null for one that is.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// wireTime prints a time as the service does: UTC, always with milliseconds.
type wireTime struct{ time.Time }

// MarshalJSON overrides that of time.Time, which leaves out trailing zeros.
func (t wireTime) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

// UnmarshalJSON reads a contactInfo (LEG-21). Wrong types are INVALID_SCHEMA with a violation each, with paths that
// begin with "contactInfo"; the target keeps its value. Limits are not checked: [API.ReconcileContact] does so.
func (in *ContactInfo) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, infoPath, in, (*decoder).info)
}

// UnmarshalJSON reads a contact, as [ContactInfo.UnmarshalJSON] does; paths begin with "contact".
func (c *Contact) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "contact", c, (*decoder).contact)
}

// UnmarshalJSON reads a result, as [ContactInfo.UnmarshalJSON] does; paths are those of its members.
func (r *Reconciliation) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "", r, (*decoder).reconciliation)
}

// UnmarshalJSON reads details, as [ContactInfo.UnmarshalJSON] does; paths begin with "details".
func (d *Details) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "details", d, (*decoder).details)
}

// UnmarshalJSON reads options. What is wrong with them is BAD_REQUEST, with paths that begin with "options". A page
// size that is there must not be 0, which in Go means the default.
func (o *GetContactsOptions) UnmarshalJSON(text []byte) error {
	return decode(text, ErrBadRequest, "options", o, (*decoder).options)
}

// decode parses a text and reads it into dst, which keeps its value if anything is wrong.
func decode[T any](text []byte, code Code, path string, dst *T, read func(*decoder, any, string) T) error {
	if string(text) == "null" { // by the convention of encoding/json
		return nil
	}
	d := &decoder{}
	value, ok := parse(text)
	if !ok {
		d.format(path, contacts.FormatJSON)
		return refused(code, d.violations)
	}
	decoded := read(d, value, path)
	if err := refused(code, d.violations); err != nil {
		return err
	}
	*dst = decoded
	return nil
}

// parse parses one JSON value in whole Unicode: encoding/json puts U+FFFD in place of what is broken, without a word.
func parse(text []byte) (any, bool) {
	if !utf8.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	return value, !brokenEscape(text)
}

// brokenEscape reports whether a valid JSON text has half a pair of \uD83D\uDE00.
func brokenEscape(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; text[i] != 'u' {
			continue
		}
		r := escaped(text[i+1:])
		if i += 4; !utf16.IsSurrogate(r) {
			continue
		}
		if rest := text[i+1:]; len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' ||
			utf16.DecodeRune(r, escaped(rest[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

// escaped reads the four digits of an escape.
func escaped(digits []byte) rune {
	r, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return rune(r)
}

// decoder turns parsed JSON into values and collects what is wrong with it. null counts as absent.
type decoder struct{ validator }

// violationsMax bounds what one text can make of itself.
const violationsMax = 1000

func (d *decoder) format(path string, f contacts.Format) {
	if len(d.violations) < violationsMax {
		d.validator.format(path, f)
	}
}

// object returns an object, one without members if it is absent.
func (d *decoder) object(value any, path string) object {
	members, ok := value.(map[string]any)
	if value != nil && !ok {
		d.format(path, contacts.FormatObject)
	}
	return object{d, members, path}
}

// object is a JSON object at its path.
type object struct {
	d       *decoder
	members map[string]any
	path    string
}

func (o object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (o object) text(name string) string {
	return scalar[string](o, name, contacts.FormatString)
}

func (o object) boolean(name string) bool {
	return scalar[bool](o, name, contacts.FormatBoolean)
}

func scalar[T any](o object, name string, f contacts.Format) T {
	value, ok := o.members[name].(T)
	if !ok && o.members[name] != nil {
		o.d.format(o.at(name), f)
	}
	return value
}

func (o object) integer(name string) int {
	number := scalar[json.Number](o, name, contacts.FormatInteger)
	if number == "" {
		return 0
	}
	n, err := strconv.ParseInt(string(number), 10, 32)
	if err != nil {
		o.d.format(o.at(name), contacts.FormatInteger)
	}
	return int(n)
}

func (o object) time(name string) time.Time {
	text := o.text(name)
	if text == "" {
		return time.Time{}
	}
	t, ok := parseTime(text)
	t = t.UTC().Truncate(time.Millisecond)
	if !ok || t.Year() < 0 || t.Year() > 9999 {
		o.d.format(o.at(name), contacts.FormatTimestamp)
		return time.Time{}
	}
	return t
}

// object returns the member with the first of the names that is there, even if it is null.
func (o object) object(names ...string) object {
	for _, name := range names {
		if value, ok := o.members[name]; ok {
			return o.d.object(value, o.at(name))
		}
	}
	return object{d: o.d, path: o.at(names[0])}
}

// list reads the items of an array.
func list[T any](o object, name string, read func(*decoder, any, string) T) []T {
	items, ok := o.members[name].([]any)
	if !ok && o.members[name] != nil {
		o.d.format(o.at(name), contacts.FormatArray)
	}
	var out []T
	for i, item := range items {
		out = append(out, read(o.d, item, o.at(name)+"["+strconv.Itoa(i)+"]"))
	}
	return out
}

// items reads an array of objects, none of which may be absent.
func items[T any](o object, name string, read func(object) T) []T {
	return list(o, name, func(d *decoder, value any, path string) T {
		if value == nil {
			d.format(path, contacts.FormatObject)
		}
		return read(d.object(value, path))
	})
}

func (d *decoder) info(value any, path string) ContactInfo { return infoOf(d.object(value, path)) }

func infoOf(o object) ContactInfo {
	name, company := o.object("name", "Name"), o.object("company")
	return ContactInfo{
		Name: Name{
			Prefix: name.text("prefix"), First: name.text("first"), Middle: name.text("middle"),
			Last: name.text("last"), Suffix: name.text("suffix"),
		},
		Picture: o.text("picture"),
		Company: Company{Role: company.text("role"), Name: company.text("name")},
		Emails: items(o, "emails", func(o object) Email {
			return Email{
				ID: o.integer("id"), Tag: o.text("tag"), Email: o.text("email"),
				EmailStatus:    EmailStatus(o.text("emailStatus")),
				DeliveryStatus: DeliveryStatus(o.text("deliveryStatus")),
			}
		}),
		Phones: items(o, "phones", func(o object) Phone {
			return Phone{
				ID: o.integer("id"), Tag: o.text("tag"), Phone: o.text("phone"),
				NormalizedPhone: o.text("normalizedPhone"),
			}
		}),
		Addresses: items(o, "addresses", func(o object) Address {
			return Address{
				ID: o.integer("id"), Tag: o.text("tag"), Address: o.text("address"),
				Neighborhood: o.text("neighborhood"), City: o.text("city"), Region: o.text("region"),
				Country: o.text("country"), PostalCode: o.text("postalCode"),
			}
		}),
		URLs: items(o, "urls", func(o object) URL {
			return URL{ID: o.integer("id"), Tag: o.text("tag"), URL: o.text("url")}
		}),
		Dates: items(o, "dates", func(o object) Date {
			return Date{ID: o.integer("id"), Tag: o.text("tag"), Date: o.text("date")}
		}),
	}
}

func (d *decoder) contact(value any, path string) Contact { return contactOf(d.object(value, path)) }

func contactOf(o object) Contact {
	return Contact{
		ID: o.text("id"), ContactInfo: infoOf(o), CreatedAt: o.time("createdAt"), ModifiedAt: o.time("modifiedAt"),
	}
}

func (d *decoder) reconciliation(value any, path string) Reconciliation {
	o := d.object(value, path)
	return Reconciliation{
		Contact: contactOf(o.object("contact", "Contact")), IsNew: o.boolean("isNew"),
		Details: detailsOf(o.object("details")),
	}
}

func (d *decoder) details(value any, path string) Details { return detailsOf(d.object(value, path)) }

func detailsOf(o object) Details {
	return Details{RejectedData: items(o, "rejectedData", infoOf), ExistingData: items(o, "existingData", infoOf)}
}

func (d *decoder) options(value any, path string) GetContactsOptions {
	o := d.object(value, path)
	opts := GetContactsOptions{PageSize: o.integer("pageSize")}
	if o.members["pageSize"] != nil && opts.PageSize == 0 && len(d.violations) == 0 {
		d.add(contacts.Violation{Field: o.at("pageSize"), Rule: contacts.RuleMin, Threshold: 1})
	}
	switch label := o.members["label"].(type) {
	case nil:
	case string:
		opts.Labels = []string{label}
	default:
		opts.Labels = list(o, "label", func(d *decoder, value any, path string) string {
			text, ok := value.(string)
			if !ok {
				d.format(path, contacts.FormatString)
			}
			return text
		})
	}
	return opts
}
