package contacts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
			name:   "DUP-3 an extension of a number without an E.164 form, by text",
			others: []contacts.Info{phone(number("", numberUS+" x123"))}, given: phone(number("US", numberUS+" x123")),
			want: clash{1, "", numberUS + " x123"},
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

// grouping is a group by the numbers of its contacts in the order of creation.
type grouping struct {
	contacts []int
	pairs    []string // such as "0 1 EQUAL a@x.test", with a * after values that are common
	doubts   []contacts.MergeDoubt
}

// groupingsOf returns the groups of duplicates of a store.
func groupingsOf(s *contacts.Store, opts *contacts.DuplicateOptions) []grouping {
	at := map[uuid.UUID]int{}
	for v := range s.Snapshot().All() {
		at[v.ID()] = len(at)
	}
	var out []grouping
	for g := range s.Snapshot().Duplicates(opts) {
		one := grouping{doubts: g.Doubts}
		for _, v := range g.Contacts {
			one.contacts = append(one.contacts, at[v.ID()])
		}
		for _, p := range g.Pairs {
			one.pairs = append(one.pairs, pairText(p, at))
		}
		out = append(out, one)
	}
	return out
}

func pairText(p contacts.DuplicatePair, at map[uuid.UUID]int) string {
	text := fmt.Sprint(at[p.Older], " ", at[p.Younger], " ", p.Names)
	for _, v := range p.Shared {
		text += " " + v.Email + v.Phone
		if v.Common {
			text += "*"
		}
	}
	return text
}

// doubtful are the doubts of a group.
func doubtful(doubts ...contacts.MergeDoubt) []contacts.MergeDoubt { return doubts }

// withName is a contact with a name, emails and phones.
func withName(first, last, email string, phones ...contacts.Phone) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first, Last: last}, Phones: phones}
	if email != "" {
		info.Emails = primaryAt(0, email)
	}
	return info
}

func TestDuplicates(t *testing.T) {
	const typed = "030 / 55 51 23"
	us, us2 := number("US", numberUS), number("US", numberUS2)
	x123, x124 := number("US", numberUS+" x123"), number("US", numberUS+" x124")
	born := func(date string) contacts.Info {
		info := person("Ada", "a@x.test")
		info.Birthdate = date
		return info
	}
	many := func(n int, info contacts.Info, others ...contacts.Info) []contacts.Info {
		return append(slices.Repeat([]contacts.Info{info}, n), others...)
	}
	ada, bo, cy := withName("Ada", "Byron", "", us), withName("Bo", "Quill", "", us), withName("Cy", "Vane", "", us)
	di, ed, fay := withName("Di", "Wren", "", us), withName("Ed", "Yew", "", us), withName("Fay", "Zorn", "", us)
	conflicting, common := doubtful(contacts.DoubtNamesConflicting), doubtful(contacts.DoubtConnection)
	missing := doubtful(contacts.DoubtNamesMissing)
	for _, tc := range []struct {
		name  string
		infos []contacts.Info
		opts  *contacts.DuplicateOptions
		want  []grouping
	}{
		{name: "GRP-1 no contacts"},
		{name: "GRP-1 nothing shared", infos: []contacts.Info{person("Ada", "a@x.test"), person("Ada", "b@x.test"), person("Ada")}},
		{
			name:  "GRP-1 a primary email, in any case",
			infos: []contacts.Info{person("Ada", "a@x.test"), person("Ada", " A@X.test")},
			want:  []grouping{{[]int{0, 1}, []string{"0 1 EQUAL a@x.test"}, nil}},
		},
		{
			name:  "GRP-1 emails that are not primary",
			infos: []contacts.Info{person("Ada", "a@x.test", "b@x.test"), person("Bo"), person("Ada", "c@x.test", "b@x.test")},
			want:  []grouping{{[]int{0, 2}, []string{"0 2 EQUAL b@x.test"}, nil}},
		},
		{
			name:  "GRP-1 phones in E.164 form, however they are typed",
			infos: []contacts.Info{withPhones(number("", "1"), us), withPhones(us2)},
			want:  []grouping{{[]int{0, 1}, []string{"0 1 MISSING +12015550123"}, missing}},
		},
		{
			name: "GRP-1 GRP-4 colleagues on extensions of one number, and its owner",
			infos: []contacts.Info{
				withName("Ada", "", "", x123), withName("Bo", "", "", x124), withName("Cy", "", "", us),
			},
		},
		{
			name: "GRP-1 GRP-4 one extension, however it is typed",
			infos: []contacts.Info{
				withName("Ada", "Byron", "", x123), withName("Ada", "Byron", "", number("US", "+1 201 555 0123 ext. 123"), x124),
			},
			want: []grouping{{[]int{0, 1}, []string{"0 1 EQUAL +12015550123;ext=123"}, nil}},
		},
		{
			name: "GRP-4 no number, or two of the same text",
			infos: []contacts.Info{
				withPhones(number("", "1")), withPhones(number("", "1")), withPhones(number("", "n/a")),
				withPhones(number("", "n/a")), withPhones(number("", "000-000-0000")), withPhones(number("", "000-000-0000")),
				withPhones(number("DE", numberShared)), withPhones(number("NL", numberShared)),
			},
		},
		{
			name: "GRP-4 texts without E.164 form",
			infos: []contacts.Info{
				withName("Ada", "", "", number("", typed)), withName("Ada", "", "", number("", typed+" ")),
				withName("Ada", "", "", number("", typed)),
			},
			want: []grouping{{[]int{0, 2}, []string{"0 2 EQUAL " + typed}, nil}},
		},
		{
			name: "GRP-4 a text between numbers of two countries",
			infos: []contacts.Info{
				withName("Ada", "", "", number("DE", numberShared)), withName("Ada", "", "", number("NL", numberShared)),
				withName("Ada", "", "", number("", numberShared)),
			},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 2 EQUAL " + numberShared, "1 2 EQUAL " + numberShared}, nil,
			}},
		},
		{
			name: "GRP-4 a contact with a text twice, once as a number",
			infos: []contacts.Info{
				withName("Ada", "", "", number("DE", numberShared), number("", numberShared)),
				withName("Ada", "", "", number("NL", numberShared)),
			},
			want: []grouping{{[]int{0, 1}, []string{"0 1 EQUAL " + numberShared}, nil}},
		},
		{
			name: "GRP-1 GRP-7 over a third one who conflicts with neither",
			infos: []contacts.Info{
				person("Ada", "a@x.test"), withName("Ada", "", "c@x.test", us), withName("Ada", "", "a@x.test", us),
			},
			want: []grouping{{[]int{0, 1, 2}, []string{"0 2 EQUAL a@x.test", "1 2 EQUAL +12015550123"}, nil}},
		},
		{
			name: "GRP-7 two who share nothing conflict",
			infos: []contacts.Info{
				withName("Ada", "Byron", "a@x.test"), withName("A.", "Byron", "a@x.test", us), withName("Alan", "Byron", "", us),
			},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 1 ALIKE a@x.test", "1 2 ALIKE +12015550123"}, conflicting,
			}},
		},
		{
			name: "GRP-1 groups that a later contact joins",
			infos: []contacts.Info{
				person("", "a@x.test"), person("", "b@x.test"), person("", "b@x.test"), person("", "a@x.test"),
				person("", "b@x.test", "a@x.test"),
			},
			want: []grouping{{
				[]int{0, 1, 2, 3, 4},
				[]string{
					"0 3 MISSING a@x.test", "0 4 MISSING a@x.test", "1 2 MISSING b@x.test", "1 4 MISSING b@x.test",
					"2 4 MISSING b@x.test", "3 4 MISSING a@x.test",
				},
				missing,
			}},
		},
		{
			name:  "GRP-1 a contact is no duplicate of itself",
			infos: []contacts.Info{person("", "a@x.test", "A@x.test"), withPhones(us, us2)},
		},
		{
			name: "GRP-2 groups by their oldest contact, pairs by theirs, values as the older has them",
			infos: []contacts.Info{
				person("Ada", "late@x.test"), person("Ada", "b@x.test", "a@x.test"), person("Ada", "c@x.test"), person("Ada", "c@x.test"),
				{Name: contacts.Name{First: "Ada"}, Emails: primaryAt(0, "a@x.test", "b@x.test"), Phones: []contacts.Phone{us}},
				withName("Ada", "", "b@x.test", us), person("Ada", "late@x.test"),
			},
			want: []grouping{
				{[]int{0, 6}, []string{"0 6 EQUAL late@x.test"}, nil},
				{
					[]int{1, 4, 5},
					[]string{"1 4 EQUAL b@x.test a@x.test", "1 5 EQUAL b@x.test", "4 5 EQUAL b@x.test +12015550123"},
					nil,
				},
				{[]int{2, 3}, []string{"2 3 EQUAL c@x.test"}, nil},
			},
		},
		{
			name:  "GRP-5 GRP-7 three people with one switchboard number",
			infos: []contacts.Info{ada, bo, cy},
			want: []grouping{{
				[]int{0, 1, 2},
				[]string{"0 1 CONFLICTING +12015550123", "0 2 CONFLICTING +12015550123", "1 2 CONFLICTING +12015550123"},
				conflicting,
			}},
		},
		{name: "GRP-5 six people with one switchboard number", infos: []contacts.Info{ada, bo, cy, di, ed, fay}},
		{
			name: "GRP-5 a bound of the caller", infos: []contacts.Info{ada, bo, cy},
			opts: &contacts.DuplicateOptions{MaxHolders: 2},
		},
		{
			name: "GRP-5 a bound below 2 is the default", infos: []contacts.Info{ada, ada},
			opts: &contacts.DuplicateOptions{MaxHolders: 1},
			want: []grouping{{[]int{0, 1}, []string{"0 1 EQUAL +12015550123"}, nil}},
		},
		{
			name: "GRP-5 namesakes with a number of many, the oldest with each",
			infos: []contacts.Info{
				ada, bo, withName("ADA", "byron", "", us), cy, di, withName("Byron", "Ada", "", us2), bo,
			},
			want: []grouping{
				{[]int{0, 2, 5}, []string{"0 2 EQUAL +12015550123*", "0 5 SWAPPED +12015550123*"}, common},
				{[]int{1, 6}, []string{"1 6 EQUAL +12015550123*"}, common},
			},
		},
		{
			name: "GRP-5 neither initials nor missing names are those of namesakes",
			infos: many(2, withName("A.", "Byron", "", us), many(2, withPhones(us), withName("", "Byron", "", us),
				withName("", "Byron", "", us))...),
		},
		{
			name:  "GRP-5 a number of many beside an email of two",
			infos: []contacts.Info{bo, cy, di, ed, withName("Ada", "Byron", "a@x.test", us), withName("Ada", "Byron", "a@x.test", us)},
			want:  []grouping{{[]int{4, 5}, []string{"4 5 EQUAL a@x.test +12015550123*"}, nil}},
		},
		{
			name: "GRP-5 GRP-4 namesakes with a text of many",
			infos: many(3, withName("Ada", "Byron", "", number("DE", numberShared)), append(
				many(2, withName("Ada", "Byron", "", number("NL", numberShared))),
				withName("Ada", "Byron", "", number("", numberShared)))...),
			want: []grouping{{
				[]int{0, 1, 2, 3, 4, 5},
				[]string{
					"0 1 EQUAL +49301234567", "0 2 EQUAL +49301234567", "0 5 EQUAL " + numberShared + "*",
					"1 2 EQUAL +49301234567", "1 5 EQUAL " + numberShared + "*", "2 5 EQUAL " + numberShared + "*",
					"3 4 EQUAL +31301234567", "3 5 EQUAL " + numberShared + "*", "4 5 EQUAL " + numberShared + "*",
				},
				common,
			}},
		},
		{
			name:  "GRP-6 GRP-7 spouses with one email",
			infos: []contacts.Info{withName("Ada", "Byron", "home@x.test"), withName("Will", "Byron", "home@x.test")},
			want:  []grouping{{[]int{0, 1}, []string{"0 1 CONFLICTING home@x.test"}, conflicting}},
		},
		{
			name:  "GRP-6 GRP-7 nobody knows whose the second is",
			infos: []contacts.Info{withName("Ada", "Byron", "a@x.test"), withName("", "", "a@x.test"), withName("-", "?", "a@x.test")},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 1 MISSING a@x.test", "0 2 MISSING a@x.test", "1 2 MISSING a@x.test"}, missing,
			}},
		},
		{
			name:  "GRP-7 father and son with one name",
			infos: []contacts.Info{born("1950-01-02"), born(""), born("1980-01-02")},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 1 EQUAL a@x.test", "0 2 EQUAL a@x.test", "1 2 EQUAL a@x.test"},
				doubtful(contacts.DoubtBirthdates),
			}},
		},
		{
			name:  "GRP-7 one birthdate",
			infos: []contacts.Info{born(""), born("1980-01-02"), born("1980-01-02")},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 1 EQUAL a@x.test", "0 2 EQUAL a@x.test", "1 2 EQUAL a@x.test"}, nil,
			}},
		},
		{
			name: "GRP-7 one of the contacts is connected by a number of many only",
			infos: []contacts.Info{
				withName("Ada", "Byron", "a@x.test", us), withName("Ada", "Byron", "a@x.test"), ada, bo, cy, di, ed,
			},
			want: []grouping{{[]int{0, 1, 2}, []string{"0 1 EQUAL a@x.test", "0 2 EQUAL +12015550123*"}, common}},
		},
		{
			name: "GRP-7 all doubts, in order",
			infos: []contacts.Info{
				{Name: contacts.Name{First: "Ada"}, Birthdate: "1950-01-02", Phones: []contacts.Phone{us}},
				{Name: contacts.Name{First: "Ada"}, Birthdate: "1980-01-02", Phones: []contacts.Phone{us}, Emails: primaryAt(0, "a@x.test")},
				person("Bo", "a@x.test"), bo, cy, di, ed,
			},
			want: []grouping{{
				[]int{0, 1, 2}, []string{"0 1 EQUAL +12015550123*", "1 2 CONFLICTING a@x.test"},
				doubtful(contacts.DoubtNamesConflicting, contacts.DoubtBirthdates, contacts.DoubtConnection),
			}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			for _, info := range tc.infos {
				create(t, s, info)
			}
			require.Equal(t, tc.want, groupingsOf(s, tc.opts))
			for g := range s.Snapshot().Duplicates(tc.opts) {
				require.Equal(t, len(g.Doubts) == 0, g.Safe(), "GRP-7")
			}
		})
	}
	t.Run("GRP-7 the zero group is not safe", func(t *testing.T) { require.False(t, contacts.DuplicateGroup{}.Safe()) })
	t.Run("GRP-7 MEM-10 two members, and one that was deleted", func(t *testing.T) {
		s := newStore(t)
		one, _, other := create(t, s, person("Ada", "a@x.test")), create(t, s, person("Ada", "a@x.test")),
			create(t, s, person("Ada", "a@x.test"))
		doubts := func(c *contacts.Contact, member uint64, status contacts.MemberStatus) []contacts.MergeDoubt {
			t.Helper()
			_, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(member), Status: status})
			require.NoError(t, err)
			g := slices.Collect(s.Snapshot().Duplicates(nil))[0]
			require.Equal(t, len(g.Doubts) == 0, g.Safe())
			return g.Doubts
		}
		require.Empty(t, doubts(one, 9001, contacts.MemberActive))
		require.Equal(t, doubtful(contacts.DoubtMembers), doubts(other, 9002, contacts.MemberBlocked))
		require.Empty(t, doubts(other, 9002, contacts.MemberDeleted))
	})
	t.Run("GRP-2 again, broken off, and of its moment", func(t *testing.T) {
		s := newStore(t)
		for _, email := range []string{"a@x.test", "b@x.test", "a@x.test", "b@x.test"} {
			create(t, s, person("", email))
		}
		seq := s.Snapshot().Duplicates(nil)
		first := slices.Collect(seq)
		require.Len(t, first, 2)
		scribble(&first[0].Pairs)
		scribble(&first[0].Doubts)
		clear(first[0].Contacts)
		for _, v := range slices.Collect(s.Snapshot().All()) {
			require.NoError(t, s.Delete(t.Context(), v.ID()))
		}
		second := slices.Collect(seq)
		require.Len(t, second, 2)
		require.Equal(t, "a@x.test", second[0].Pairs[0].Shared[0].Email)
		for g := range seq {
			require.Equal(t, second[0], g)
			break
		}
		require.Empty(t, groupingsOf(s, nil))
	})
	t.Run("GRP-3 into previews and merges", func(t *testing.T) {
		s := newStore(t)
		for range 9 {
			create(t, s, person("Ada", "a@x.test"))
		}
		opts := &contacts.DuplicateOptions{MaxHolders: 9}
		all := ids(s.Snapshot().All())
		for left := 9; left > 1; {
			groups := slices.Collect(s.Snapshot().Duplicates(opts))
			require.Len(t, groups, 1)
			g := groups[0]
			require.Len(t, g.Contacts, left)
			require.True(t, g.Safe(), "GRP-7")
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
		require.Empty(t, groupingsOf(s, nil))
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
		g := slices.Collect(s.Snapshot().Duplicates(nil))[0]
		require.Equal(t, list[1], g.Target())
		require.Equal(t, []uuid.UUID{list[0], list[2], list[4]}, g.Sources())
		_, err = s.Merge(t.Context(), g.Target(), 2, g.Sources(), nil)
		require.NoError(t, err)
		g = slices.Collect(s.Snapshot().Duplicates(nil))[0]
		require.Len(t, g.Contacts, 2)
		require.Empty(t, g.Sources())
	})
}

// TestNameMatch compares names of two contacts with one email, in both orders.
func TestNameMatch(t *testing.T) {
	type name = contacts.Name
	const (
		equal, swapped, alike       = contacts.NamesEqual, contacts.NamesSwapped, contacts.NamesAlike
		namesMissing, namesConflict = contacts.NamesMissing, contacts.NamesConflicting
	)
	for _, tc := range []struct {
		a, b name
		want contacts.NameMatch
	}{
		{name{"Ada", "Byron"}, name{"Ada", "Byron"}, equal},
		{name{"ADA", "byron"}, name{" ada ", "Byron\u200b"}, equal},
		{name{"Jürgen", "Müller"}, name{"Jurgen", "MULLER"}, equal},
		{name{"Jürgen", ""}, name{"Ju\u0308rgen", ""}, equal},
		{name{"Søren", "Strauß"}, name{"Soren", "STRAUSS"}, equal},
		{name{"İpek", "Işık"}, name{"ipek", "isik"}, equal},
		{name{"ΝΙΚΟΣ", "Λάμπρου"}, name{"Νίκος", "Λαμπρου"}, equal},
		{name{"Ａｄａ", "Byron"}, name{"Ada", "Byron"}, equal},
		{name{"אָדָה", ""}, name{"אדה", ""}, equal},
		{name{"Ann-Marie", "O'Brien"}, name{"Ann Marie", "O’Brien"}, equal},
		{name{"Annmarie", "OBrien"}, name{"Ann Marie", "O´Brien"}, equal},
		{name{"Ada", "King-Byron"}, name{"Ada", "King Byron"}, equal},
		{name{"Ada", "Byron"}, name{"Ada Byron", ""}, equal},
		{name{"Ada Byron", ""}, name{"Ada Byron", ""}, equal},
		{name{"Ada", ""}, name{"ada", ""}, equal},
		{name{"Ada K.", "Byron"}, name{"Ada K", "Byron"}, equal},
		{name{"John", "Smith Jr."}, name{"John", "Smith, Jr"}, equal},
		{name{"明", "李"}, name{"明", "李"}, equal},
		{name{"さくら", "白波"}, name{"さくら白波", ""}, equal},
		{name{"민준", "김"}, name{"민준", "김"}, equal},

		{name{"Ada", "Byron"}, name{"Byron", "Ada"}, swapped},
		{name{"Ada", "Byron"}, name{"Byron, Ada", ""}, swapped},
		{name{"Ada King", "Byron"}, name{"Byron Ada King", ""}, swapped},
		{name{"Ada", "King Byron"}, name{"King Byron", "Ada"}, swapped},
		{name{"Ada King Byron", ""}, name{"Byron, Ada King", ""}, swapped},
		{name{"さくら", "白波"}, name{"白波さくら", ""}, swapped},

		{name{"A.", "Byron"}, name{"Ada", "Byron"}, alike},
		{name{"A.", "Byron"}, name{"A", "Byron"}, alike}, // two people can have the same initials
		{name{"A. Byron", ""}, name{"A. Byron", ""}, alike},
		{name{"Ada", "B."}, name{"Ada", "B."}, alike},
		{name{"A.", "King Byron"}, name{"A.", "King Byron"}, alike},
		{name{"Byron A.", ""}, name{"A.", "Byron"}, alike},
		{name{"J. R.", "Smith"}, name{"John Ronald", "Smith"}, alike},
		{name{"Ada", ""}, name{"Ada", "Byron"}, alike},
		{name{"", "Byron"}, name{"Ada", "Byron"}, alike},
		{name{"", "Byron"}, name{"", "Byron"}, alike}, // any relative
		{name{"-", "Byron"}, name{"", "Byron"}, alike},
		{name{"Ada King", "Byron"}, name{"Ada", "Byron"}, alike},
		{name{"Ada King", "Byron"}, name{"King Ada", "Byron"}, alike},
		{name{"Ada K.", "Byron"}, name{"Ada", "Byron"}, alike},
		{name{"Ada", "Byron"}, name{"Ada", "King-Byron"}, alike},
		{name{"Jürgen", "Müller"}, name{"Juergen", "Mueller"}, alike},
		{name{"John", "Smith"}, name{"John", "Smith Jr."}, alike},
		{name{"Ö.", "Ek"}, name{"Östen", "Ek"}, alike},
		{name{"Dr. Ada", "Byron"}, name{"Ada", "Byron"}, alike},
		{name{"Bo B.", ""}, name{"B.", "Bob"}, alike}, // B. can be Bo or Bob

		{name{}, name{"Ada", "Byron"}, namesMissing},
		{name{}, name{}, namesMissing},
		{name{"\u200b", "?"}, name{"Ada", ""}, namesMissing},
		{name{"-", "-"}, name{"-", "-"}, namesMissing},
		{name{"🙂", ""}, name{"🙂", ""}, namesMissing},

		{name{"Ada", "Byron"}, name{"Bo", "Byron"}, namesConflict},
		{name{"Ada", "Byron"}, name{"Ada", "Quill"}, namesConflict},
		{name{"Ada", ""}, name{"Bo", ""}, namesConflict},
		{name{"Ada", ""}, name{"", "Byron"}, namesConflict},
		{name{"A.", "Byron"}, name{"Bo", "Byron"}, namesConflict},
		{name{"Ada K.", "Byron"}, name{"Ada L.", "Byron"}, namesConflict},
		{name{"Ada K.", "Byron"}, name{"Adak", "Byron"}, namesConflict},
		{name{"John", "Smith Jr."}, name{"John", "Smith Sr."}, namesConflict},
		{name{"John", "Smith II"}, name{"John", "Smith III"}, namesConflict},
		{name{"Mr", "Byron"}, name{"Mrs", "Byron"}, namesConflict},
		{name{"Nora", ""}, name{"Oran", ""}, namesConflict},
		{name{"Ada", "Byron"}, name{"Ада", "Байрон"}, namesConflict},
		{name{"明", "李"}, name{"明明", "李"}, namesConflict},
		{name{"김", ""}, name{"기", ""}, namesConflict},
		{name{"かな", ""}, name{"がな", ""}, namesConflict},
		{name{"राम", ""}, name{"रम", ""}, namesConflict},
		{name{"कुमार", ""}, name{"कमार", ""}, namesConflict},
		{name{"Ada 1", ""}, name{"Ada 12", ""}, namesConflict},
	} {
		t.Run(fmt.Sprintf("GRP-6 %s|%s and %s|%s", tc.a.First, tc.a.Last, tc.b.First, tc.b.Last), func(t *testing.T) {
			for _, names := range [][2]name{{tc.a, tc.b}, {tc.b, tc.a}} {
				s := newStore(t)
				for _, n := range names {
					create(t, s, withName(n.First, n.Last, "a@x.test"))
				}
				g := slices.Collect(s.Snapshot().Duplicates(nil))[0]
				require.Equal(t, tc.want, g.Pairs[0].Names)
				require.Equal(t, tc.want == equal || tc.want == swapped, g.Safe(), "GRP-7")
			}
		})
	}
	t.Run("GRP-6 the time for long and for many names is bounded", func(t *testing.T) {
		s := newStore(t)
		long := strings.TrimSpace(strings.Repeat("a b ", 250))
		for i := range 3 {
			create(t, s, withName(long, strings.Repeat("c ", i), "a@x.test"))
		}
		for i := range 70 { // each name is like the others
			create(t, s, withName("Mu"+strings.Repeat("e", i%2)+"ller"+strings.Repeat("ae", i), "Ada", fmt.Sprintf("%d@x.test", i/2)))
		}
		for g := range s.Snapshot().Duplicates(nil) {
			require.False(t, g.Safe())
		}
	})
}

// TestLookUpsOfSharedValues measures that no write visits all contacts that share a value: a look-up that does takes some
// fifty times as long as one of a value that no contact has.
func TestLookUpsOfSharedValues(t *testing.T) {
	const office, switchboard, sharedText = "office@x.test", "201-555-0100", "555-0199"
	holders := large(8000, 50_000)
	s := openStore(t, unchecked())
	list := make([]*contacts.Contact, holders)
	for i := range list {
		info := reachable(
			[]string{fmt.Sprintf("p%d@x.test", i), office},
			number("US", fmt.Sprintf("%s ext. %d", switchboard, 10+i)), number("US", numberUS), number("", sharedText),
			number("DE", numberShared),
		)
		list[i] = &contacts.Contact{Info: info}
	}
	report, err := s.Import(t.Context(), rowsOf(list...), nil)
	require.NoError(t, err)
	require.Equal(t, holders, report.Imported)
	oldest := ids(s.Snapshot().All())[0]

	write := func(t *testing.T, info contacts.Info, want clash) func(*contacts.Store) {
		return func(s *contacts.Store) {
			_, err := s.Create(t.Context(), info, nil)
			requireClash(t, want, nil, err)
		}
	}
	match := func(t *testing.T, info contacts.Info, want contacts.UpsertAction) func(*contacts.Store) {
		return func(s *contacts.Store) {
			c, action, err := s.Upsert(t.Context(), info, nil)
			require.NoError(t, err)
			require.Equal(t, want, action)
			require.Equal(t, want != contacts.UpsertCreated, c.ID == oldest)
		}
	}
	nobody := match(t, reachable(nil, number("US", "201-555-0199")), contacts.UpsertCreated)
	for _, tc := range []struct {
		name string
		call func(*contacts.Store)
	}{
		{"Create, an email that all have as a further one", write(t, person("New", office), clash{})},
		{"Create, the number of the switchboard", write(t, withPhones(number("US", switchboard)), clash{})},
		{"Create, a new extension", write(t, withPhones(number("US", switchboard+" ext. 9")), clash{})},
		{"Create, a valid further phone", write(t, withPhones(number("US", numberUS)), clash{})},
		{"Create, a further phone that is not valid", write(t, withPhones(number("", sharedText)), clash{})},
		{"Create, the text of a valid phone", write(t, withPhones(number("", numberShared)), clash{})},
		{"Create, another number with its text", write(t, withPhones(number("NL", numberShared)), clash{})},
		{"Batch", func(s *contacts.Store) {
			results, err := s.Batch(t.Context(), []contacts.Operation{contacts.CreateOp{Info: person("New", office)}}, nil)
			require.NoError(t, err)
			require.NoError(t, results[0].Err)
		}},
		{"Update", func(s *contacts.Store) {
			patch := contacts.Patch{Emails: contacts.Set(primaryAt(1, "other@x.test", office))}
			_, err := s.Update(t.Context(), oldest, 1, patch, nil)
			require.NoError(t, err)
		}},
		{"BulkUpdate", func(s *contacts.Store) {
			patch := contacts.Patch{Emails: contacts.Set(primaryAt(0, office))}
			one := contacts.Selection{Filter: contacts.Eq("id", oldest.String())}
			job, err := s.BulkUpdate(t.Context(), one, patch, nil)
			require.NoError(t, err)
			require.Equal(t, 1, job.SuccessTotal)
		}},
		{"Import", func(s *contacts.Store) {
			report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{Info: person("New", office)}), nil)
			require.NoError(t, err)
			require.Equal(t, 1, report.Imported)
		}},
		{"Upsert, a new extension", match(t, withPhones(number("US", switchboard+" ext. 9")), contacts.UpsertCreated)},
		{"Upsert, the switchboard alone", match(t, withPhones(number("US", switchboard)), contacts.UpsertCreated)},
		{"Upsert, another number with the text", match(t, withPhones(number("NL", numberShared)), contacts.UpsertCreated)},
		{"Upsert, an extension", match(t, withPhones(number("US", switchboard+" ext. 10")), contacts.UpsertUnchanged)},
		{"Upsert, the text of a valid phone", match(t, withPhones(number("", numberShared)), contacts.UpsertUnchanged)},
		{"Submit", func(s *contacts.Store) {
			in := withPhones(number("US", switchboard+" ext. 9"))
			done, err := s.Submit(t.Context(), in, nil)
			require.NoError(t, err)
			require.True(t, done.NewContact)
		}},
	} {
		t.Run("DUP-7 "+tc.name, func(t *testing.T) {
			require.Less(t, fastest(s, tc.call), 10*fastest(s, nobody))
		})
	}
}

// fastest returns the shortest of some times that a call takes, each on a new fork.
func fastest(s *contacts.Store, call func(*contacts.Store)) time.Duration {
	best := time.Hour
	for range 10 {
		f := s.Fork()
		start := time.Now()
		call(f)
		best = min(best, time.Since(start))
	}
	return best
}
