package inspector

import (
	"cmp"
	"encoding/binary"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// person is a contact as lists name it.
type person struct {
	ID       uuid.UUID
	Name     string
	Under    string // job title and company
	Initials string
	Hue      int  // of the avatar, 0 to hues-1
	NoName   bool // Name is not the contact's name
}

const hues = 8

// viewed is a contact with or without a copy.
type viewed interface {
	ID() uuid.UUID
	Name() contacts.Name
	Company() string
	JobTitle() string
	PrimaryInfo() contacts.PrimaryInfo
}

// copied makes a contact a viewed.
type copied struct{ *contacts.Contact }

func (c copied) ID() uuid.UUID                     { return c.Contact.ID }
func (c copied) Name() contacts.Name               { return c.Info.Name }
func (c copied) Company() string                   { return c.Info.Company }
func (c copied) JobTitle() string                  { return c.Info.JobTitle }
func (c copied) PrimaryInfo() contacts.PrimaryInfo { return c.Contact.PrimaryInfo }

func personOf(c viewed) person {
	id := c.ID()
	p := person{ID: id, Hue: int(binary.BigEndian.Uint16(id[14:]) % hues)}
	name, primary := c.Name(), c.PrimaryInfo()
	p.Name = strings.TrimSpace(name.First + " " + name.Last)
	p.Initials = initials(name.First) + initials(name.Last)
	if p.Name == "" {
		p.NoName = true
		p.Name = cmp.Or(c.Company(), primary.Email, primary.Phone, "Unnamed")
		p.Initials = initials(p.Name)
	}
	company := c.Company()
	if company == p.Name { // it is there already
		company = ""
	}
	p.Under = strings.Join(filled(c.JobTitle(), company), ", ")
	p.Initials = cmp.Or(p.Initials, "·")
	return p
}

// initials returns the first letter or digit of a text, in upper case.
func initials(text string) string {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}

// chip is a short mark, such as a status.
type chip struct {
	Text string
	Kind string // good, warn, bad or plain
}

// kinds are the kinds of the statuses that say something.
var kinds = map[string]string{
	string(contacts.SubscriptionSubscribed):           "good",
	string(contacts.SubscriptionPending):              "warn",
	string(contacts.SubscriptionUnsubscribed):         "bad",
	string(contacts.EmailDeliverabilityValid):         "good",
	string(contacts.EmailDeliverabilityBounced):       "bad",
	string(contacts.EmailDeliverabilitySpamComplaint): "bad",
	string(contacts.EmailDeliverabilityInactive):      "warn",
	string(contacts.MemberActive):                     "good",
	string(contacts.MemberBlocked):                    "bad",
}

// chipOf returns the mark of a status, and whether the status is set.
func chipOf[E ~string](status E) (chip, bool) {
	kind, ok := kinds[string(status)]
	return chip{words(status), cmp.Or(kind, "plain")}, ok
}

// chips returns the marks of those statuses that are set.
func chips(c *contacts.Contact) []chip {
	var list []chip
	if mark, ok := chipOf(c.PrimaryEmail.SubscriptionStatus); ok {
		list = append(list, mark)
	}
	if mark, ok := chipOf(c.PrimaryEmail.DeliverabilityStatus); ok && mark.Kind != "good" {
		list = append(list, mark)
	}
	if c.IsMember() {
		list = append(list, chip{"Member", "info"})
	}
	return list
}
