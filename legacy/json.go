package legacy

import (
	"encoding/json"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file defines the JSON forms. Encoding follows the struct tags; decoding walks the parsed text, so that every
// wrong type is reported with its path and names match exactly.

// MarshalJSON writes a contact. Its lists are always present, because programs iterate over them.
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
		CreatedAt wire.Time `json:"createdAt,omitzero"`
		Modified  wire.Time `json:"modifiedAt,omitzero"`
	}{
		c.ID, c.Name, c.Picture, c.Company,
		present(c.Emails), present(c.Phones), present(c.Addresses), present(c.URLs), present(c.Dates),
		wire.Time(c.CreatedAt), wire.Time(c.ModifiedAt),
	})
}

// MarshalJSON writes both lists, even if they are nil.
func (d Details) MarshalJSON() ([]byte, error) {
	type plain Details
	return json.Marshal(plain{present(d.RejectedData), present(d.ExistingData)})
}

// MarshalJSON writes the options in the form that the method accepts.
func (o GetContactsOptions) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Labels   []string `json:"label,omitempty"`
		PageSize int      `json:"pageSize,omitempty"`
	}{o.Labels, o.PageSize})
}

// present returns an empty list for nil, which encoding/json would write as null.
func present[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// UnmarshalJSON reads a contactInfo (LEG-21). Wrong types are INVALID_SCHEMA, with a violation for each and paths that
// begin with "contactInfo"; the target then keeps its value. Limits are checked by [API.ReconcileContact], not here.
func (in *ContactInfo) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, infoPath, in, readInfo)
}

// UnmarshalJSON reads a contact, as [ContactInfo.UnmarshalJSON] does; paths begin with "contact".
func (c *Contact) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "contact", c, readContact)
}

// UnmarshalJSON reads a result, as [ContactInfo.UnmarshalJSON] does; paths are those of its members.
func (r *Reconciliation) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "", r, readReconciliation)
}

// UnmarshalJSON reads details, as [ContactInfo.UnmarshalJSON] does; paths begin with "details".
func (d *Details) UnmarshalJSON(text []byte) error {
	return decode(text, ErrInvalidSchema, "details", d, readDetails)
}

// UnmarshalJSON reads options. Violations are BAD_REQUEST, with paths that begin with "options". A page size must not
// be 0, which in Go means the default.
func (o *GetContactsOptions) UnmarshalJSON(text []byte) error {
	return decode(text, ErrBadRequest, "options", o, readOptions)
}

// decode parses a text and reads it into dst, which keeps its value after an error.
func decode[T any](text []byte, code Code, path string, dst *T, read func(wire.Value) T) error {
	if string(text) == "null" { // by the convention of encoding/json
		return nil
	}
	decoded, err := wire.Read(string(text), path, read)
	if err != nil {
		return refused(code, wrongTypes(err))
	}
	*dst = decoded
	return nil
}

// positive is the format of a number that must not be 0, in addition to the formats of package wire.
const positive = "POSITIVE"

// wrongTypes translates an error of wire.Read to violations.
func wrongTypes(err error) []contacts.Violation {
	v := &validator{}
	wrong := err.(*wire.Error)
	for _, p := range wrong.Problems {
		switch p.Format {
		case positive:
			v.add(contacts.Violation{Field: p.Path, Rule: contacts.RuleMin, Threshold: 1})
		case wire.Once:
			v.add(contacts.Violation{
				Field: p.Path, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
			})
		case wire.Values:
			v.add(contacts.Violation{Field: p.Path, Rule: contacts.RuleMaxSize, Threshold: wrong.Most})
		default:
			v.format(p.Path, contacts.Format(p.Format))
		}
	}
	return v.violations
}

func integer(o wire.Object, name string) int {
	return wire.Scalar(o, wire.FormatInteger, asInteger, name)
}

// asInteger accepts only a number, unlike V4 (JSON-9).
func asInteger(n *wire.Node) (int, bool) {
	if n.Kind != wire.KindNumber {
		return 0, false
	}
	return wire.ParseInteger(n.Text)
}

// moment reads a time; "" is the zero time.
func moment(o wire.Object, name string) time.Time {
	if v := o.Get(name); v.Present() && v.Text() == "" {
		return time.Time{}
	}
	return o.Time(name)
}

// either returns the member with one of two names. The first name wins if both are present, even with a null value.
func either(o wire.Object, name, other string) wire.Object {
	if !o.Has(name) && o.Has(other) {
		name = other
	}
	return o.Object(name)
}

// objects reads an array of objects and refuses null items.
func objects[T any](o wire.Object, name string, read func(wire.Object) T) []T {
	return wire.List(o, name, func(v wire.Value) T {
		if !v.Present() {
			v.Refuse(wire.FormatObject)
		}
		return read(v.Object())
	})
}

func readInfo(v wire.Value) ContactInfo { return infoOf(v.Object()) }

func infoOf(o wire.Object) ContactInfo {
	name, company := either(o, "name", "Name"), o.Object("company")
	return ContactInfo{
		Name: Name{
			Prefix: name.Text("prefix"), First: name.Text("first"), Middle: name.Text("middle"),
			Last: name.Text("last"), Suffix: name.Text("suffix"),
		},
		Picture: o.Text("picture"),
		Company: Company{Role: company.Text("role"), Name: company.Text("name")},
		Emails: objects(o, "emails", func(o wire.Object) Email {
			return Email{
				ID: integer(o, "id"), Tag: o.Text("tag"), Email: o.Text("email"),
				EmailStatus:    wire.Enum[EmailStatus](o, "emailStatus"),
				DeliveryStatus: wire.Enum[DeliveryStatus](o, "deliveryStatus"),
			}
		}),
		Phones: objects(o, "phones", func(o wire.Object) Phone {
			return Phone{
				ID: integer(o, "id"), Tag: o.Text("tag"), Phone: o.Text("phone"),
				NormalizedPhone: o.Text("normalizedPhone"),
			}
		}),
		Addresses: objects(o, "addresses", func(o wire.Object) Address {
			return Address{
				ID: integer(o, "id"), Tag: o.Text("tag"), Address: o.Text("address"),
				Neighborhood: o.Text("neighborhood"), City: o.Text("city"), Region: o.Text("region"),
				Country: o.Text("country"), PostalCode: o.Text("postalCode"),
			}
		}),
		URLs: objects(o, "urls", func(o wire.Object) URL {
			return URL{ID: integer(o, "id"), Tag: o.Text("tag"), URL: o.Text("url")}
		}),
		Dates: objects(o, "dates", func(o wire.Object) Date {
			return Date{ID: integer(o, "id"), Tag: o.Text("tag"), Date: o.Text("date")}
		}),
	}
}

func readContact(v wire.Value) Contact { return contactOf(v.Object()) }

func contactOf(o wire.Object) Contact {
	return Contact{
		ID: o.Text("id"), ContactInfo: infoOf(o),
		CreatedAt: moment(o, "createdAt"), ModifiedAt: moment(o, "modifiedAt"),
	}
}

func readReconciliation(v wire.Value) Reconciliation {
	o := v.Object()
	return Reconciliation{
		Contact: contactOf(either(o, "contact", "Contact")), IsNew: o.Bool("isNew"),
		Details: detailsOf(o.Object("details")),
	}
}

func readDetails(v wire.Value) Details { return detailsOf(v.Object()) }

func detailsOf(o wire.Object) Details {
	return Details{RejectedData: objects(o, "rejectedData", infoOf), ExistingData: objects(o, "existingData", infoOf)}
}

func readOptions(v wire.Value) GetContactsOptions {
	o := v.Object()
	opts := GetContactsOptions{PageSize: integer(o, "pageSize")}
	if size := o.Get("pageSize"); size.Present() {
		if n, ok := asInteger(size.Node()); ok && n == 0 {
			size.Refuse(positive)
		}
	}
	switch label := o.Get("label"); label.Kind() {
	case wire.KindNull:
	case wire.KindString:
		opts.Labels = []string{label.Text()}
	default:
		opts.Labels = wire.List(o, "label", wire.Value.Text)
	}
	return opts
}
