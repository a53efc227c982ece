package contactstest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

// part is a part of a contact that a projection can name.
type part struct {
	name string
	copy func(to, from *contacts.Contact)
}

// parts are all parts of a contact except its ID and revision, which are always returned.
var parts = []part{
	{"source", func(to, from *contacts.Contact) { to.Source = from.Source }},
	{"createdDate", func(to, from *contacts.Contact) { to.CreatedDate = from.CreatedDate }},
	{"updatedDate", func(to, from *contacts.Contact) { to.UpdatedDate = from.UpdatedDate }},
	{"lastActivity", func(to, from *contacts.Contact) { to.LastActivity = from.LastActivity }},
	{"primaryInfo", func(to, from *contacts.Contact) { to.PrimaryInfo = from.PrimaryInfo }},
	{"primaryEmail", func(to, from *contacts.Contact) { to.PrimaryEmail = from.PrimaryEmail }},
	{"primaryPhone", func(to, from *contacts.Contact) { to.PrimaryPhone = from.PrimaryPhone }},
	{"info.name", func(to, from *contacts.Contact) { to.Info.Name = from.Info.Name }},
	{"info.emails", func(to, from *contacts.Contact) { to.Info.Emails = from.Info.Emails }},
	{"info.phones", func(to, from *contacts.Contact) { to.Info.Phones = from.Info.Phones }},
	{"info.addresses", func(to, from *contacts.Contact) { to.Info.Addresses = from.Info.Addresses }},
	{"info.company", func(to, from *contacts.Contact) { to.Info.Company = from.Info.Company }},
	{"info.jobTitle", func(to, from *contacts.Contact) { to.Info.JobTitle = from.Info.JobTitle }},
	{"info.picture", func(to, from *contacts.Contact) { to.Info.Picture = from.Info.Picture }},
	{"info.birthdate", func(to, from *contacts.Contact) { to.Info.Birthdate = from.Info.Birthdate }},
	{"info.locale", func(to, from *contacts.Contact) { to.Info.Locale = from.Info.Locale }},
	{"info.labelKeys", func(to, from *contacts.Contact) { to.Info.LabelKeys = from.Info.LabelKeys }},
	{"info.locations", func(to, from *contacts.Contact) { to.Info.Locations = from.Info.Locations }},
	{"info.extendedFields", func(to, from *contacts.Contact) { to.Info.ExtendedFields = from.Info.ExtendedFields }},
	{"info.assignedUserIds", func(to, from *contacts.Contact) { to.Info.AssignedUserIDs = from.Info.AssignedUserIDs }},
}

// projected returns the named parts of a contact, with its ID and revision.
func projected(c *contacts.Contact, names string) *contacts.Contact {
	out := &contacts.Contact{ID: c.ID, Revision: c.Revision}
	for _, p := range parts {
		if slices.Contains(strings.Fields(names), p.name) {
			p.copy(out, c)
		}
	}
	return out
}

// complete creates a contact with a value in each part.
func complete(k *kit) *contacts.Contact {
	k.Helper()
	info := person("Ada", "ada@example.com")
	info.Phones = []contacts.Phone{number("US", numberUS)}
	info.Addresses = []contacts.Address{{City: "Odense", Country: "DK"}}
	info.Company, info.JobTitle, info.Birthdate, info.Locale = "Acorn", "Baker", "1990-05-17", "en"
	info.Picture = &contacts.Picture{Image: contacts.Image{ID: "abc"}}
	info.LabelKeys, info.Locations, info.AssignedUserIDs = []string{labelCustomers}, someIDs(1), someIDs(2)
	info.ExtendedFields = map[string]any{keyVATID: "DK 1"}
	return k.create(info)
}

// gets requires what Get returns with a projection.
func gets(k *kit, c *contacts.Contact, opts contacts.GetOptions, names string) {
	k.Helper()
	got := of(k.api().Get(k.ctx(), c.ID, &opts)).ok(k)
	sameContact(k, fmt.Sprint("the contact with ", opts.Fields, opts.Fieldsets), projected(c, names), got)
}

const (
	partsBasic         = "primaryInfo info.name"
	partsCommunication = partsBasic + " info.emails info.phones info.addresses"
	partsExtended      = partsBasic + " info.extendedFields"
)

// projectionCases are those of PRJ.
var projectionCases = []conformCase{
	{"PRJ-1 unions of fields and fieldsets", Needs{}, func(k *kit) {
		c := complete(k)
		for _, opts := range []*contacts.GetOptions{nil, {}, {Fields: []string{}, Fieldsets: []contacts.Fieldset{}}} {
			sameContact(k, "the whole contact", c, of(k.api().Get(k.ctx(), c.ID, opts)).ok(k))
		}
		gets(k, c, contacts.GetOptions{Fields: []string{"info.company"}}, "info.company")
		gets(k, c, contacts.GetOptions{Fields: []string{"source", "info.locale", "source"}}, "source info.locale")
		gets(k, c, contacts.GetOptions{
			Fields: []string{"info.company"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic},
		}, partsBasic+" info.company")
		gets(k, c, contacts.GetOptions{Fieldsets: []contacts.Fieldset{
			contacts.FieldsetExtended, contacts.FieldsetCommunicationDetails,
		}}, partsExtended+" "+partsCommunication)
	}},
	{"PRJ-2 fieldsets", Needs{}, func(k *kit) {
		c := complete(k)
		for set, names := range map[contacts.Fieldset]string{
			contacts.FieldsetBasic: partsBasic, contacts.FieldsetCommunicationDetails: partsCommunication,
			contacts.FieldsetExtended: partsExtended,
		} {
			gets(k, c, contacts.GetOptions{Fieldsets: []contacts.Fieldset{set}}, names)
		}
		full := &contacts.GetOptions{Fields: []string{"source"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetFull}}
		sameContact(k, "FULL", c, of(k.api().Get(k.ctx(), c.ID, full)).ok(k))
	}},
	{"PRJ-2 only FULL has the member", Needs{}, func(k *kit) {
		c := k.setMember(complete(k).ID, &contacts.Member{MemberID: missingID()})
		full := &contacts.GetOptions{Fieldsets: []contacts.Fieldset{contacts.FieldsetFull}}
		sameContact(k, "FULL", c, of(k.api().Get(k.ctx(), c.ID, full)).ok(k))
		var names []string
		for _, p := range parts {
			names = append(names, p.name)
		}
		gets(k, c, contacts.GetOptions{Fields: names}, strings.Join(names, " "))
	}},
	{"PRJ-3 ID and revision, always", Needs{}, func(k *kit) {
		c := k.update(complete(k), contacts.Patch{Company: contacts.Set("Birch")})
		gets(k, c, contacts.GetOptions{Fields: []string{"id"}}, "")
		gets(k, c, contacts.GetOptions{Fields: []string{"revision"}}, "")
		gets(k, c, contacts.GetOptions{Fields: []string{"info.company"}}, "info.company")
	}},
	{"PRJ-4 fields", Needs{}, func(k *kit) {
		c := complete(k)
		for _, p := range parts {
			gets(k, c, contacts.GetOptions{Fields: []string{p.name}}, p.name)
		}
		for alias, name := range map[string]string{"_id": "", "_createdDate": "createdDate", "_updatedDate": "updatedDate"} {
			gets(k, c, contacts.GetOptions{Fields: []string{alias}}, name)
		}
		gets(k, c, contacts.GetOptions{Fields: repeated(100, "source")}, "source")
		gets(k, c, contacts.GetOptions{Fieldsets: repeated(10, contacts.FieldsetBasic)}, partsBasic)
	}},
	{"PRJ-4 other names", Needs{}, func(k *kit) {
		c := complete(k)
		for _, field := range []string{"info.shoe", "", "info", "info.name.first", "Source", "memberInfo"} {
			of(k.api().Get(k.ctx(), c.ID, &contacts.GetOptions{Fields: []string{field}})).invalid(k, "fields[0] FORMAT ENUM")
		}
		of(k.api().Get(k.ctx(), c.ID, &contacts.GetOptions{
			Fields: []string{"source", "x", "id", "y"}, Fieldsets: []contacts.Fieldset{contacts.FieldsetFull, "basic"},
		})).invalid(k, "fields[1] FORMAT ENUM", "fields[3] FORMAT ENUM", "fieldsets[1] FORMAT ENUM")
		of(k.api().Get(k.ctx(), c.ID, &contacts.GetOptions{Fields: repeated(101, "source")})).
			invalid(k, "fields MAX_SIZE 100")
		of(k.api().Get(k.ctx(), missingID(), &contacts.GetOptions{Fieldsets: repeated(11, contacts.FieldsetBasic)})).
			invalid(k, "fieldsets MAX_SIZE 10")
	}},
}
