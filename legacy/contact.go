package legacy

import (
	"log/slog"
	"slices"
	"time"

	"github.com/contactsdb/contacts/internal/redact"
)

// ContactInfo is the data about a person. It is the input of [API.ReconcileContact], which enforces the limits below,
// and part of every contact returned. Lengths are counted in characters.
type ContactInfo struct {
	Name      Name      `json:"name,omitzero"`
	Picture   string    `json:"picture,omitempty"` // URL of a photo
	Company   Company   `json:"company,omitzero"`
	Emails    []Email   `json:"emails,omitempty"`
	Phones    []Phone   `json:"phones,omitempty"`
	Addresses []Address `json:"addresses,omitempty"`
	URLs      []URL     `json:"urls,omitempty"`
	Dates     []Date    `json:"dates,omitempty"`
}

// Name is a person's name, at most 100 characters per part. The store keeps First and Last (LEG-12).
type Name struct {
	Prefix string `json:"prefix,omitempty"`
	First  string `json:"first,omitempty"`
	Middle string `json:"middle,omitempty"`
	Last   string `json:"last,omitempty"`
	Suffix string `json:"suffix,omitempty"`
}

// Company is a person's employer, at most 100 characters per part.
type Company struct {
	Role string `json:"role,omitempty"`
	Name string `json:"name,omitempty"`
}

// Email is one email address. The statuses are read-only, except for an EmailStatus of EmailOptOut (LEG-17).
type Email struct {
	ID             int            `json:"id,omitempty"`    // position in the list, counted from 1 (LEG-3)
	Tag            string         `json:"tag,omitempty"`   // required, at most 100 characters
	Email          string         `json:"email,omitempty"` // required, at most 250 characters
	EmailStatus    EmailStatus    `json:"emailStatus,omitempty"`
	DeliveryStatus DeliveryStatus `json:"deliveryStatus,omitempty"`
}

// Phone is one phone number.
type Phone struct {
	ID              int    `json:"id,omitempty"`              // position in the list, counted from 1 (LEG-3)
	Tag             string `json:"tag,omitempty"`             // required, at most 100 characters
	Phone           string `json:"phone,omitempty"`           // required, at most 30 characters
	NormalizedPhone string `json:"normalizedPhone,omitempty"` // required; the E.164 form if there is one (LEG-14)
}

// Address is one postal address.
type Address struct {
	ID           int    `json:"id,omitempty"`           // position in the list, counted from 1 (LEG-3)
	Tag          string `json:"tag,omitempty"`          // required, at most 100 characters
	Address      string `json:"address,omitempty"`      // the street; at most 250 characters
	Neighborhood string `json:"neighborhood,omitempty"` // at most 100 characters
	City         string `json:"city,omitempty"`         // at most 100 characters
	Region       string `json:"region,omitempty"`       // in: a code or a name, at most 100 characters; out: US-NY
	Country      string `json:"country,omitempty"`      // in: a code or a name, at most 100 characters; out: US
	PostalCode   string `json:"postalCode,omitempty"`   // at most 20 characters
}

// URL is the address of a web page about the person. The store keeps no URLs (LEG-12).
type URL struct {
	ID  int    `json:"id,omitempty"`  // position in the list, counted from 1 (LEG-3)
	Tag string `json:"tag,omitempty"` // required, at most 100 characters
	URL string `json:"url,omitempty"` // required
}

// Date is an important date of the person. The store keeps only the birthday (LEG-16).
type Date struct {
	ID   int    `json:"id,omitempty"`   // position in the list, counted from 1 (LEG-3)
	Tag  string `json:"tag,omitempty"`  // required, at most 100 characters
	Date string `json:"date,omitempty"` // required; ISO 8601, such as 1990-02-03T00:00:00.000Z or 1990-02-03
}

// EmailStatus is the kind of messages that a person agreed to receive at an email address.
type EmailStatus string

// The values of EmailStatus.
const (
	EmailOptOut        EmailStatus = "optOut"
	EmailTransactional EmailStatus = "transactional"
	EmailRecurring     EmailStatus = "recurring"
)

var emailStatusValues = []EmailStatus{EmailOptOut, EmailTransactional, EmailRecurring}

// Valid reports whether v is one of the values above.
func (v EmailStatus) Valid() bool { return slices.Contains(emailStatusValues, v) }

// DeliveryStatus is the outcome of the last message to an email address.
type DeliveryStatus string

// The values of DeliveryStatus.
const (
	DeliveryValid     DeliveryStatus = "VALID"
	DeliverySpam      DeliveryStatus = "SPAM"
	DeliveryComplaint DeliveryStatus = "COMPLAINT"
	DeliveryRejected  DeliveryStatus = "REJECTED"
	DeliveryDeferral  DeliveryStatus = "DEFERRAL"
	DeliveryBounce    DeliveryStatus = "BOUNCE"
)

var deliveryStatusValues = []DeliveryStatus{
	DeliveryValid, DeliverySpam, DeliveryComplaint, DeliveryRejected, DeliveryDeferral, DeliveryBounce,
}

// Valid reports whether v is one of the values above.
func (v DeliveryStatus) Valid() bool { return slices.Contains(deliveryStatusValues, v) }

// Contact is a contact as this API shows it. It is a plain value that the caller owns.
type Contact struct {
	ID string // of the contact in the store
	ContactInfo
	CreatedAt  time.Time // UTC, whole milliseconds
	ModifiedAt time.Time // UTC, whole milliseconds
}

// Reconciliation is the result of [API.ReconcileContact].
type Reconciliation struct {
	Contact Contact `json:"contact"` // the resulting contact
	IsNew   bool    `json:"isNew"`   // it was created by the call
	Details Details `json:"details"`
}

// Details are the data that was rejected and the data that existed before.
type Details struct {
	// RejectedData has one entry per piece of the input that the contact lacks now, such as one email or one date, with
	// only the rejected parts of the piece. The ID of an item is its position in the input (LEG-18).
	RejectedData []ContactInfo `json:"rejectedData"`
	// ExistingData has one entry, the data of the contact before the call. It is empty if the contact is new.
	ExistingData []ContactInfo `json:"existingData"`
}

// LogValue returns the ID, and the names of the fields that are set: package log/slog shows no values of contacts and
// of their parts (LEG-24).
func (c Contact) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", c.ID), redact.Fields(c.ContactInfo))
}

// LogValue returns what a log shows of the contact.
func (r Reconciliation) LogValue() slog.Value { return r.Contact.LogValue() }

// LogValue returns the names of the fields that are set.
func (i ContactInfo) LogValue() slog.Value { return redact.Value(i) }

// LogValue returns the names of the fields that are set.
func (n Name) LogValue() slog.Value { return redact.Value(n) }

// LogValue returns the names of the fields that are set.
func (c Company) LogValue() slog.Value { return redact.Value(c) }

// LogValue returns the names of the fields that are set.
func (e Email) LogValue() slog.Value { return redact.Value(e) }

// LogValue returns the names of the fields that are set.
func (p Phone) LogValue() slog.Value { return redact.Value(p) }

// LogValue returns the names of the fields that are set.
func (a Address) LogValue() slog.Value { return redact.Value(a) }

// LogValue returns the names of the fields that are set.
func (u URL) LogValue() slog.Value { return redact.Value(u) }

// LogValue returns the names of the fields that are set.
func (d Date) LogValue() slog.Value { return redact.Value(d) }

// LogValue returns the names of the fields that are set.
func (d Details) LogValue() slog.Value { return redact.Value(d) }
