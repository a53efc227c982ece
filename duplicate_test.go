package contacts_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The numbers of the duplicate tests. numberUS and numberUS2 are one number; numberShared is a number of Germany and one
// of the Netherlands; numberLoose is valid nowhere without an area code.
const (
	numberUS     = "201-555-0123"
	numberUS2    = "(201) 555 0123"
	numberShared = "0301234567"
	numberLoose  = "555-0199"
)

// reachable is an info with emails and phones but no name. The first of each is primary.
func reachable(emails []string, phones ...contacts.Phone) contacts.Info {
	info := person("", emails...)
	info.Phones = phones
	return info
}

func number(country, number string) contacts.Phone {
	return contacts.Phone{CountryCode: country, Number: number}
}

// primaryAt flags one email as primary.
func primaryAt(i int, emails ...string) []contacts.Email {
	list := person("", emails...).Emails
	list[i].Primary = true
	return list
}

// clash is what a call is expected to report: the place of the other contact among those that were there, from 1, and
// the value they share. The zero clash is none.
type clash struct {
	other        int
	email, phone string
}

func requireClash(t *testing.T, want clash, others []*contacts.Contact, err error) {
	t.Helper()
	if want == (clash{}) {
		require.NoError(t, err)
		return
	}
	require.ErrorIs(t, err, contacts.ErrDuplicate)
	require.Equal(t, contacts.ErrDuplicate, contacts.CodeOf(err))
	var duplicate *contacts.DuplicateError
	require.ErrorAs(t, err, &duplicate)
	require.Equal(t, contacts.DuplicateError{
		ID: others[want.other-1].ID, Email: want.email, Phone: want.phone,
	}, *duplicate)
}

func TestDuplicatesOnCreate(t *testing.T) {
	only := func(emails ...string) contacts.Info { return reachable(emails) }
	phone := func(phones ...contacts.Phone) contacts.Info { return reachable(nil, phones...) }
	for _, tc := range []struct {
		name   string
		others []contacts.Info
		given  contacts.Info
		allow  bool
		want   clash
	}{
		{
			name:   "DUP-1 email of another",
			others: []contacts.Info{only("ann@x.test")}, given: only("ann@x.test"),
			want: clash{1, "ann@x.test", ""},
		},
		{
			name:   "DUP-1 phone of another",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("US", numberUS)),
			want: clash{1, "", numberUS},
		},
		{
			name:   "DUP-1 email allowed",
			others: []contacts.Info{only("ann@x.test")}, given: only("ann@x.test"), allow: true,
		},
		{
			name:   "DUP-1 phone allowed",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("US", numberUS)), allow: true,
		},
		{name: "DUP-1 the first contact of a store", given: only("ann@x.test")},
		{
			name:   "DUP-1 names do not count",
			others: []contacts.Info{person("Ann")}, given: person("Ann"),
		},
		{
			name:   "DUP-2 case and surrounding space",
			others: []contacts.Info{only("Ann@X.test")}, given: only(" aNN@x.TEST\t"),
			want: clash{1, "Ann@X.test", ""},
		},
		{
			name:   "DUP-2 letters with marks in another case",
			others: []contacts.Info{only("ÄNN@x.test")}, given: only("änn@x.test"),
			want: clash{1, "ÄNN@x.test", ""},
		},
		{
			name:   "DUP-2 an address that begins like another",
			others: []contacts.Info{only("ann@x.test.example"), only("ann@x.tes")}, given: only("ann@x.test"),
		},
		{
			name:   "DUP-2 primary with secondary",
			others: []contacts.Info{only("bob@x.test", "ann@x.test")}, given: only("ann@x.test"),
		},
		{
			name:   "DUP-2 secondary with primary",
			others: []contacts.Info{only("ann@x.test")}, given: only("bob@x.test", "ann@x.test"),
		},
		{
			name:   "DUP-2 secondary with secondary",
			others: []contacts.Info{only("bob@x.test", "ann@x.test")}, given: only("cyd@x.test", "ann@x.test"),
		},
		{
			name:   "DUP-2 the flag decides, not the place: other",
			others: []contacts.Info{{Emails: primaryAt(1, "bob@x.test", "ann@x.test")}}, given: only("ann@x.test"),
			want: clash{1, "ann@x.test", ""},
		},
		{
			name:   "DUP-2 the flag decides, not the place: given",
			others: []contacts.Info{only("ann@x.test")},
			given:  contacts.Info{Emails: primaryAt(1, "bob@x.test", "ann@x.test")},
			want:   clash{1, "ann@x.test", ""},
		},
		{
			name:   "DUP-2 emails given, so phones are not looked at",
			others: []contacts.Info{reachable([]string{"bob@x.test"}, number("US", numberUS))},
			given:  reachable([]string{"ann@x.test"}, number("US", numberUS)),
		},
		{
			name: "DUP-2 emails given: the email of one, not the phone of an older one",
			others: []contacts.Info{
				reachable([]string{"bob@x.test"}, number("US", numberUS)),
				only("ann@x.test"),
			},
			given: reachable([]string{"ann@x.test"}, number("US", numberUS)),
			want:  clash{2, "ann@x.test", ""},
		},
		{
			name:   "DUP-2 no emails given, the other has one",
			others: []contacts.Info{reachable([]string{"bob@x.test"}, number("US", numberUS))},
			given:  phone(number("US", numberUS)),
			want:   clash{1, "", numberUS},
		},
		{
			name:   "DUP-3 e164 equal, text differs",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("US", numberUS2)),
			want: clash{1, "", numberUS},
		},
		{
			name:   "DUP-3 e164 equal, national and international form",
			others: []contacts.Info{phone(number("US", "+1 201 555 0123"))}, given: phone(number("US", numberUS)),
			want: clash{1, "", "+1 201 555 0123"},
		},
		{
			name:   "DUP-3 e164 differs, text equal",
			others: []contacts.Info{phone(number("DE", numberShared))}, given: phone(number("NL", numberShared)),
		},
		{
			name:   "DUP-3 neither has an e164, text equal",
			others: []contacts.Info{phone(number("", numberLoose))}, given: phone(number("US", numberLoose)),
			want: clash{1, "", numberLoose},
		},
		{
			name:   "DUP-3 only the other has an e164, text equal",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("", numberUS)),
			want: clash{1, "", numberUS},
		},
		{
			name:   "DUP-3 only the given has an e164, text equal",
			others: []contacts.Info{phone(number("", numberUS))}, given: phone(number("US", numberUS)),
			want: clash{1, "", numberUS},
		},
		{
			name:   "DUP-3 only the other has an e164, text differs",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("", numberUS2)),
		},
		{
			name:   "DUP-3 a number that begins like another",
			others: []contacts.Info{phone(number("", numberLoose+"0"))}, given: phone(number("", numberLoose)),
		},
		{
			name:   "DUP-3 primary with secondary, by e164",
			others: []contacts.Info{phone(number("US", "202-555-0147"), number("US", numberUS))},
			given:  phone(number("US", numberUS)),
		},
		{
			name:   "DUP-3 secondary with primary, by text",
			others: []contacts.Info{phone(number("", numberLoose))},
			given:  phone(number("", "555-0101"), number("", numberLoose)),
		},
		{
			name:   "DUP-5 the value as the other has it",
			others: []contacts.Info{phone(number("US", numberUS2))}, given: phone(number("US", numberUS)),
			want: clash{1, "", numberUS2},
		},
		{
			name:   "DUP-6 several emails: the oldest",
			others: []contacts.Info{only("bob@x.test", "ann@x.test"), only("ANN@x.test"), only("ann@x.test")},
			given:  only("ann@x.test"),
			want:   clash{2, "ANN@x.test", ""},
		},
		{
			name: "DUP-6 several phones: the oldest is found by e164",
			others: []contacts.Info{
				phone(number("US", numberUS2)), phone(number("", numberUS)), phone(number("US", numberUS)),
			},
			given: phone(number("US", numberUS)),
			want:  clash{1, "", numberUS2},
		},
		{
			name: "DUP-6 several phones: the oldest is found by text",
			others: []contacts.Info{
				phone(number("", numberUS)), phone(number("US", numberUS2)), phone(number("US", numberUS)),
			},
			given: phone(number("US", numberUS)),
			want:  clash{1, "", numberUS},
		},
		{
			name: "DUP-6 equal text of another country is passed over",
			others: []contacts.Info{
				phone(number("DE", numberShared)), phone(number("NL", "030 1234567")), phone(number("", numberShared)),
			},
			given: phone(number("NL", numberShared)),
			want:  clash{2, "", "030 1234567"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			var others []*contacts.Contact
			for _, info := range tc.others {
				others = append(others, create(t, s, info))
			}
			_, err := s.Create(t.Context(), tc.given, &contacts.CreateOptions{AllowDuplicates: tc.allow})
			requireClash(t, tc.want, others, err)
		})
	}
}

func TestDuplicatesOnUpdate(t *testing.T) {
	taken := []contacts.Info{
		reachable([]string{"ann@x.test"}, number("US", numberUS)),
		reachable([]string{"bob@x.test"}, number("", numberLoose)),
	}
	emails := func(addresses ...string) contacts.Opt[[]contacts.Email] {
		return contacts.Set(person("", addresses...).Emails)
	}
	phones := func(list ...contacts.Phone) contacts.Opt[[]contacts.Phone] { return contacts.Set(list) }
	for _, tc := range []struct {
		name  string
		own   contacts.Info // before the update
		give  contacts.Patch
		allow bool
		want  clash
	}{
		{
			name: "DUP-1 email of another",
			own:  person("Cyd"), give: contacts.Patch{Emails: emails("Ann@x.test")},
			want: clash{1, "ann@x.test", ""},
		},
		{
			name: "DUP-1 phone of another",
			own:  person("Cyd"), give: contacts.Patch{Phones: phones(number("US", numberUS2))},
			want: clash{1, "", numberUS},
		},
		{
			name: "DUP-1 email allowed",
			own:  person("Cyd"), give: contacts.Patch{Emails: emails("ann@x.test")}, allow: true,
		},
		{
			name: "DUP-1 phone allowed",
			own:  person("Cyd"), give: contacts.Patch{Phones: phones(number("US", numberUS))}, allow: true,
		},
		{
			name: "DUP-2 emails given, so phones are not looked at",
			own:  person("Cyd"),
			give: contacts.Patch{Emails: emails("cyd@x.test"), Phones: phones(number("US", numberUS))},
		},
		{
			name: "DUP-2 the same emails given, so phones are not looked at",
			own:  person("Cyd", "cyd@x.test"),
			give: contacts.Patch{Emails: emails("cyd@x.test"), Phones: phones(number("US", numberUS))},
		},
		{
			name: "DUP-2 phones given, emails only there: the phone counts",
			own:  person("Cyd", "cyd@x.test"),
			give: contacts.Patch{Phones: phones(number("US", numberUS))},
			want: clash{1, "", numberUS},
		},
		{
			name: "DUP-2 no email is left, so the given phone counts",
			own:  person("Cyd", "cyd@x.test"),
			give: contacts.Patch{Emails: emails(), Phones: phones(number("US", numberUS))},
			want: clash{1, "", numberUS},
		},
		{
			name: "DUP-2 a secondary email of another's",
			own:  person("Cyd", "cyd@x.test"),
			give: contacts.Patch{Emails: emails("cyd@x.test", "ann@x.test")},
		},
		{
			name: "DUP-3 phone by text",
			own:  person("Cyd"), give: contacts.Patch{Phones: phones(number("US", numberLoose))},
			want: clash{2, "", numberLoose},
		},
		{
			name: "DUP-4 unrelated edit of an old duplicate",
			own:  reachable([]string{"ann@x.test"}, number("US", numberUS)),
			give: contacts.Patch{Company: contacts.Set("Acorn")},
		},
		{
			name: "DUP-4 emails of an old duplicate given again",
			own:  person("Cyd", "ann@x.test"), give: contacts.Patch{Emails: emails("ann@x.test", "more@x.test")},
		},
		{
			name: "DUP-4 email of an old duplicate in another case",
			own:  person("Cyd", "ann@x.test"), give: contacts.Patch{Emails: emails("ANN@x.test ")},
		},
		{
			name: "DUP-4 phones of an old duplicate given again",
			own:  reachable(nil, number("US", numberUS)),
			give: contacts.Patch{Phones: phones(number("US", numberUS), number("US", "202-555-0147"))},
		},
		{
			name: "DUP-4 the phone of an old duplicate is not given",
			own:  reachable([]string{"cyd@x.test"}, number("US", numberUS)), give: contacts.Patch{Emails: emails()},
		},
		{
			name: "DUP-4 from one's duplicate to another's",
			own:  person("Cyd", "ann@x.test"), give: contacts.Patch{Emails: emails("bob@x.test")},
			want: clash{2, "bob@x.test", ""},
		},
		{
			name: "DUP-4 a secondary email is flagged primary",
			own:  person("Cyd", "cyd@x.test", "ann@x.test"),
			give: contacts.Patch{Emails: contacts.Set(primaryAt(1, "cyd@x.test", "ann@x.test"))},
			want: clash{1, "ann@x.test", ""},
		},
		{
			name: "DUP-4 a secondary email moves up",
			own:  person("Cyd", "cyd@x.test", "ann@x.test"), give: contacts.Patch{Emails: emails("ann@x.test")},
			want: clash{1, "ann@x.test", ""},
		},
		{
			name: "DUP-4 a country code makes the number that of another",
			own:  reachable(nil, number("", numberUS2)),
			give: contacts.Patch{Phones: phones(number("US", numberUS2))},
			want: clash{1, "", numberUS},
		},
		{
			name: "DUP-4 own email",
			own:  person("Cyd", "cyd@x.test"), give: contacts.Patch{Emails: emails("Cyd@x.test")},
		},
		{
			name: "DUP-4 own number in another spelling",
			own:  reachable(nil, number("US", "202-555-0147")),
			give: contacts.Patch{Phones: phones(number("US", "(202) 555 0147"))},
		},
		{
			name: "DUP-4 own secondary email becomes primary",
			own:  person("Cyd", "cyd@x.test", "new@x.test"), give: contacts.Patch{Emails: emails("new@x.test")},
		},
		{
			name: "DUP-4 clearing the emails of an old duplicate",
			own:  person("Cyd", "ann@x.test"), give: contacts.Patch{Emails: emails()},
		},
		{
			name: "DUP-4 clearing the phones of an old duplicate",
			own:  contacts.Info{Name: contacts.Name{First: "Cyd"}, Phones: taken[0].Phones},
			give: contacts.Patch{Phones: phones()},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			own := create(t, s, tc.own)
			var others []*contacts.Contact
			for _, info := range taken {
				others = append(others, create(t, s, info))
			}
			_, err := s.Update(t.Context(), own.ID, 1, tc.give, &contacts.UpdateOptions{AllowDuplicates: tc.allow})
			requireClash(t, tc.want, others, err)
		})
	}
}

func TestDuplicatesAreOfLiveContacts(t *testing.T) {
	mine := reachable([]string{"ann@x.test"}, number("US", numberUS))
	phone := contacts.Info{Phones: mine.Phones}
	for _, tc := range []struct {
		name string
		do   func(t *testing.T, s *contacts.Store, id uuid.UUID)
	}{
		{"DUP-1 the other was deleted", func(t *testing.T, s *contacts.Store, id uuid.UUID) {
			require.NoError(t, s.Delete(t.Context(), id))
		}},
		{"DUP-1 the other has a new primary now", func(t *testing.T, s *contacts.Store, id uuid.UUID) {
			_, err := s.Update(t.Context(), id, 1, contacts.Patch{
				Emails: contacts.Set(primaryAt(1, "ann@x.test", "new@x.test")),
				Phones: contacts.Set([]contacts.Phone{number("US", "202-555-0147"), number("US", numberUS)}),
			}, nil)
			require.NoError(t, err)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			other := create(t, s, mine)
			for _, info := range []contacts.Info{mine, phone} {
				_, err := s.Create(t.Context(), info, nil)
				require.ErrorIs(t, err, contacts.ErrDuplicate)
			}
			tc.do(t, s, other.ID)
			c, err := s.Create(t.Context(), mine, nil)
			require.NoError(t, err)
			require.NoError(t, s.Delete(t.Context(), c.ID))
			_, err = s.Create(t.Context(), phone, nil)
			require.NoError(t, err)
		})
	}
}
