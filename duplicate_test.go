package contacts_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The numbers of the duplicate tests. numberUS and numberUS2 are one number; numberShared is a number of Germany and
// one of the Netherlands; numberLoose is valid nowhere without an area code.
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

// clash is the expected report of a call: the number of the existing contact, from 1, and the shared value. The zero
// clash means no duplicate.
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
			name:   "DUP-2 a final sigma",
			others: []contacts.Info{only("ΝΙΚΟΣ@x.test")}, given: only("νικος@x.test"),
			want: clash{1, "ΝΙΚΟΣ@x.test", ""},
		},
		{
			name:   "DUP-2 letters outside ASCII that others would fold to ASCII",
			others: []contacts.Info{only("\u212aim@x.test"), only("ſam@x.test"), only("\u0130da@x.test"), only("ıda@x.test")},
			given:  only("kim@x.test"),
		},
		{
			name:   "DUP-2 a long s is no s",
			others: []contacts.Info{only("sam@x.test")}, given: only("ſam@x.test"),
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
			name:   "DUP-3 colleagues on one switchboard",
			others: []contacts.Info{phone(number("US", numberUS+" x123"))}, given: phone(number("US", numberUS+" x124")),
		},
		{
			name:   "DUP-3 a switchboard and one of its extensions",
			others: []contacts.Info{phone(number("US", numberUS))}, given: phone(number("US", numberUS+" x124")),
		},
		{
			name:   "DUP-3 an extension and its switchboard",
			others: []contacts.Info{phone(number("US", numberUS+" x123"))}, given: phone(number("US", numberUS)),
		},
		{
			name: "DUP-3 one extension, written differently, after others",
			others: []contacts.Info{
				phone(number("US", numberUS)), phone(number("US", numberUS+" x12")), phone(number("US", numberUS+" ext. 123")),
				phone(number("US", numberUS+" x123")),
			},
			given: phone(number("US", numberUS2+";ext=123")),
			want:  clash{3, "", numberUS + " ext. 123"},
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

// placeholders are texts in the place of a phone that identify no one.
var placeholders = []string{
	"n/a", "unknown", "none", "-", "0", "?", "12345", "000-000-0000", "999 999 9999", "4.91512E+11", "call the office",
}

func TestDuplicatePlaceholders(t *testing.T) {
	for _, text := range placeholders {
		t.Run("DUP-3 "+text, func(t *testing.T) {
			s := newStore(t)
			info := person("Ada")
			info.Phones = []contacts.Phone{number("", text)}
			ada := create(t, s, info)
			other, err := s.Create(t.Context(), reachable(nil, number("US", text)), nil)
			require.NoError(t, err)
			cyd := create(t, s, person("Cyd"))
			_, err = s.Update(t.Context(), cyd.ID, 1, contacts.Patch{
				Phones: contacts.Set([]contacts.Phone{number("", text)}),
			}, nil)
			require.NoError(t, err)
			bo := person("Bo")
			bo.Phones, bo.Company = info.Phones, "Brook"
			done, err := s.Submit(t.Context(), bo, nil)
			require.NoError(t, err)
			require.True(t, done.NewContact, "SBM-4")
			c, action := upsert(t, s, bo)
			require.Equal(t, contacts.UpsertCreated, action, "UPS-1")
			require.NotContains(t, []uuid.UUID{ada.ID, other.ID, cyd.ID, done.ContactID}, c.ID)
			require.Equal(t, 1, mustView(t, s, ada.ID).Revision())
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
			name: "DUP-4 an extension that another has",
			own:  reachable(nil, number("US", numberUS+" x7")), allow: false,
			give: contacts.Patch{Phones: phones(number("US", numberUS))},
			want: clash{1, "", numberUS},
		},
		{
			name: "DUP-4 a new extension of the number of another",
			own:  reachable(nil, number("US", numberUS)),
			give: contacts.Patch{Phones: phones(number("US", numberUS+" x7"))},
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

// grouping is a group by the numbers of its contacts in the order of creation, with its links as text.
type grouping struct {
	contacts []int
	links    []string
}

// groupingsOf returns the groups of duplicates of a store.
func groupingsOf(s *contacts.Store) []grouping {
	at := map[uuid.UUID]int{}
	for v := range s.Snapshot().All() {
		at[v.ID()] = len(at)
	}
	places := func(list []uuid.UUID) (out []int) {
		for _, id := range list {
			out = append(out, at[id])
		}
		return out
	}
	var out []grouping
	for g := range s.Snapshot().Duplicates() {
		var one grouping
		for _, v := range g.Contacts {
			one.contacts = append(one.contacts, at[v.ID()])
		}
		for _, l := range g.Links {
			one.links = append(one.links, fmt.Sprint(l.Email, l.Phone, places(l.Contacts)))
		}
		out = append(out, one)
	}
	return out
}

func TestDuplicates(t *testing.T) {
	both := func(email string, phones ...contacts.Phone) contacts.Info {
		return contacts.Info{Emails: primaryAt(0, email), Phones: phones}
	}
	for _, tc := range []struct {
		name  string
		infos []contacts.Info
		want  []grouping
	}{
		{name: "GRP-1 no contacts"},
		{name: "GRP-1 nothing shared", infos: []contacts.Info{person("A", "a@x.test"), person("A", "b@x.test"), person("A")}},
		{
			name:  "GRP-1 a primary email, in any case",
			infos: []contacts.Info{person("A", "a@x.test"), person("B", " A@X.test")},
			want:  []grouping{{[]int{0, 1}, []string{"a@x.test[0 1]"}}},
		},
		{
			name:  "GRP-1 emails that are not primary",
			infos: []contacts.Info{person("A", "a@x.test", "b@x.test"), person("B"), person("C", "c@x.test", "b@x.test")},
			want:  []grouping{{[]int{0, 2}, []string{"b@x.test[0 2]"}}},
		},
		{
			name: "GRP-1 phones in E.164 form, however they are typed",
			infos: []contacts.Info{
				withPhones(number("", "1"), number("US", numberUS)), withPhones(number("US", numberUS2)),
			},
			want: []grouping{{[]int{0, 1}, []string{"+12015550123[0 1]"}}},
		},
		{
			name: "GRP-1 numbers without that form, or of the same text, are not compared",
			infos: []contacts.Info{
				withPhones(number("", "1")), withPhones(number("", "1")),
				withPhones(number("DE", numberShared)), withPhones(number("NL", numberShared)),
			},
		},
		{
			name: "GRP-1 over a third one",
			infos: []contacts.Info{
				person("A", "a@x.test"), both("c@x.test", number("US", numberUS)), both("a@x.test", number("US", numberUS)),
			},
			want: []grouping{{[]int{0, 1, 2}, []string{"a@x.test[0 2]", "+12015550123[1 2]"}}},
		},
		{
			name: "GRP-1 groups that a later contact joins",
			infos: []contacts.Info{
				person("", "a@x.test"), person("", "b@x.test"), person("", "b@x.test"), person("", "a@x.test"),
				person("", "b@x.test", "a@x.test"),
			},
			want: []grouping{{[]int{0, 1, 2, 3, 4}, []string{"a@x.test[0 3 4]", "b@x.test[1 2 4]"}}},
		},
		{
			name: "GRP-1 a contact is no duplicate of itself",
			infos: []contacts.Info{
				person("", "a@x.test", "A@x.test"), withPhones(number("US", numberUS), number("US", numberUS2)),
			},
		},
		{
			name: "GRP-2 groups by their oldest contact, links by who has them first",
			infos: []contacts.Info{
				person("", "late@x.test"), person("", "b@x.test", "a@x.test"), person("", "c@x.test"), person("", "c@x.test"),
				{Emails: primaryAt(0, "a@x.test", "b@x.test"), Phones: []contacts.Phone{number("US", numberUS)}},
				both("b@x.test", number("US", numberUS)), person("", "late@x.test"),
			},
			want: []grouping{
				{[]int{0, 6}, []string{"late@x.test[0 6]"}},
				{[]int{1, 4, 5}, []string{"b@x.test[1 4 5]", "a@x.test[1 4]", "+12015550123[4 5]"}},
				{[]int{2, 3}, []string{"c@x.test[2 3]"}},
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			for _, info := range tc.infos {
				create(t, s, info)
			}
			require.Equal(t, tc.want, groupingsOf(s))
		})
	}
	t.Run("GRP-1 as by comparing each with each", func(t *testing.T) {
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 1))
			s := openStore(t, unchecked())
			n := 60
			var infos []contacts.Info
			for range n {
				info := person("X")
				for range r.IntN(3) {
					info.Emails = append(info.Emails, contacts.Email{Address: fmt.Sprintf("e%d@x.test", r.IntN(60))})
				}
				if r.IntN(2) == 0 {
					info.Phones = []contacts.Phone{number("US", fmt.Sprintf("201-555-%04d", 100+r.IntN(60)))}
				}
				infos = append(infos, info)
				create(t, s, info)
			}
			// Contacts that share something get the lowest number among them, until no number changes.
			lowest := make([]int, n)
			for i := range lowest {
				lowest[i] = i
			}
			for again := true; again; {
				again = false
				for i := range n {
					for j := range n {
						shares := slices.ContainsFunc(infos[i].Emails, func(e contacts.Email) bool {
							return slices.ContainsFunc(infos[j].Emails, func(o contacts.Email) bool { return o.Address == e.Address })
						}) || len(infos[i].Phones) > 0 && slices.Equal(infos[i].Phones, infos[j].Phones)
						if shares && lowest[i] < lowest[j] {
							lowest[j], again = lowest[i], true
						}
					}
				}
			}
			members := map[int][]int{}
			for i, root := range lowest {
				members[root] = append(members[root], i)
			}
			var want, got [][]int
			for i := range n {
				if len(members[i]) > 1 {
					want = append(want, members[i])
				}
			}
			for _, g := range groupingsOf(s) {
				got = append(got, g.contacts)
				require.GreaterOrEqual(t, len(g.links), 1)
			}
			require.Equal(t, want, got, "seed %d", seed)
		}
	})
	t.Run("GRP-2 again, broken off, and of its moment", func(t *testing.T) {
		s := newStore(t)
		for _, email := range []string{"a@x.test", "b@x.test", "a@x.test", "b@x.test"} {
			create(t, s, person("", email))
		}
		seq := s.Snapshot().Duplicates()
		first := slices.Collect(seq)
		require.Len(t, first, 2)
		scribble(&first[0].Links)
		clear(first[0].Contacts)
		for _, v := range slices.Collect(s.Snapshot().All()) {
			require.NoError(t, s.Delete(t.Context(), v.ID()))
		}
		second := slices.Collect(seq)
		require.Len(t, second, 2)
		require.Equal(t, "a@x.test", second[0].Links[0].Email)
		for g := range seq {
			require.Equal(t, second[0], g)
			break
		}
		require.Empty(t, groupingsOf(s))
	})
	t.Run("GRP-3 into previews and merges", func(t *testing.T) {
		s := newStore(t)
		for range 9 {
			create(t, s, person("", "a@x.test"))
		}
		all := ids(s.Snapshot().All())
		for left := 9; left > 1; {
			groups := slices.Collect(s.Snapshot().Duplicates())
			require.Len(t, groups, 1)
			g := groups[0]
			require.Len(t, g.Contacts, left)
			require.Equal(t, all[0], g.Target())
			require.Len(t, g.Sources(), min(5, left-1))
			for i, id := range g.Sources() {
				require.Equal(t, g.Contacts[1+i].ID(), id)
			}
			plan, err := s.PreviewMerge(t.Context(), g.Target(), g.Sources())
			require.NoError(t, err)
			require.NoError(t, plan.Err())
			_, err = s.Merge(t.Context(), g.Target(), g.Contacts[0].Revision(), g.Sources(), &contacts.MergeOptions{
				Plan: plan.Fingerprint,
			})
			require.NoError(t, err)
			left -= len(g.Sources())
		}
		require.Empty(t, groupingsOf(s))
	})
	t.Run("GRP-3 MRG-2 who cannot be merged away is the target", func(t *testing.T) {
		s := newStore(t)
		var list []uuid.UUID
		for range 5 {
			list = append(list, create(t, s, person("", "a@x.test")).ID)
		}
		_, err := s.SetMember(t.Context(), list[1], &contacts.Member{MemberID: testID(9001)})
		require.NoError(t, err)
		_, err = s.SetBillingSubscription(t.Context(), list[3], true)
		require.NoError(t, err)
		g := slices.Collect(s.Snapshot().Duplicates())[0]
		require.Equal(t, list[1], g.Target())
		require.Equal(t, []uuid.UUID{list[0], list[2], list[4]}, g.Sources())
		_, err = s.Merge(t.Context(), g.Target(), 2, g.Sources(), nil)
		require.NoError(t, err)
		g = slices.Collect(s.Snapshot().Duplicates())[0]
		require.Len(t, g.Contacts, 2)
		require.Empty(t, g.Sources())
	})
}
