package main

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestFindDuplicates(t *testing.T) {
	person := func(emails []string, phones ...string) contacts.Info {
		info := contacts.Info{Name: contacts.Name{First: "Anna"}}
		for _, address := range emails {
			info.Emails = append(info.Emails, contacts.Email{Address: address})
		}
		for _, number := range phones {
			info.Phones = append(info.Phones, contacts.Phone{Number: number, CountryCode: "US"})
		}
		return info
	}
	emails := func(list ...string) []string { return list }
	type found struct {
		members []int
		shared  string
	}
	for _, test := range []struct {
		name   string
		people []contacts.Info
		want   []found
	}{
		{name: "nobody"},
		{name: "nothing but the name", people: []contacts.Info{person(nil), person(nil)}},
		{name: "DUP-2 an email in another case",
			people: []contacts.Info{person(emails("a@example.com")), person(emails("A@Example.COM"))},
			want:   []found{{[]int{0, 1}, "email"}}},
		{name: "DUP-2 an email that is not the primary one",
			people: []contacts.Info{
				person(emails("a@example.com", "b@example.com")), person(emails("c@example.com", "B@example.com")),
			},
			want: []found{{[]int{0, 1}, "email"}}},
		{name: "DUP-3 a phone in another form",
			people: []contacts.Info{
				person(emails("a@example.com"), "(212) 555-0123"), person(emails("b@example.com"), "212-555-0199", "+12125550123"),
			},
			want: []found{{[]int{0, 1}, "phone"}}},
		{name: "PHN-1 numbers that are not valid are no match", people: []contacts.Info{person(nil, "12"), person(nil, "12")}},
		{name: "an email and a phone",
			people: []contacts.Info{
				person(emails("a@example.com"), "212-555-0123"), person(emails("a@example.com"), "212-555-0123"),
			},
			want: []found{{[]int{0, 1}, "email and phone"}}},
		{name: "the same email twice on one contact",
			people: []contacts.Info{person(emails("a@example.com", "A@example.com"), "212-555-0123", "(212) 5550123")}},
		{name: "the same email twice on one of two contacts",
			people: []contacts.Info{
				person(nil, "212-555-0123"), person(emails("a@example.com", "A@example.com"), "212-555-0123"),
			},
			want: []found{{[]int{0, 1}, "phone"}}},
		{name: "three with one email",
			people: []contacts.Info{
				person(emails("a@example.com")), person(emails("b@example.com")), person(emails("a@example.com")),
				person(emails("a@example.com")),
			},
			want: []found{{[]int{0, 2, 3}, "email"}}},
		{name: "an email with one, a phone with another",
			people: []contacts.Info{
				person(emails("a@example.com")), person(emails("a@example.com"), "212-555-0123"), person(nil, "212-555-0123"),
			},
			want: []found{{[]int{0, 1, 2}, "email and phone"}}},
		{name: "the youngest brings the others together",
			people: []contacts.Info{
				person(emails("a@example.com")), person(nil, "212-555-0123"), person(emails("a@example.com"), "212-555-0123"),
			},
			want: []found{{[]int{0, 1, 2}, "email and phone"}}},
		{name: "the youngest brings groups together, the younger group first",
			people: []contacts.Info{
				person(emails("a@example.com")), person(emails("b@example.com")), person(emails("b@example.com")),
				person(emails("a@example.com")), person(emails("b@example.com", "a@example.com")),
			},
			want: []found{{[]int{0, 1, 2, 3, 4}, "email"}}},
		{name: "groups by email and by phone stay apart",
			people: []contacts.Info{
				person(nil, "212-555-0123"), person(emails("a@example.com")), person(emails("A@example.com")),
				person(nil, "212-555-0123"),
			},
			want: []found{{[]int{0, 3}, "phone"}, {[]int{1, 2}, "email"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			var ids []uuid.UUID
			for _, info := range test.people {
				ids = append(ids, create(t, s, info).ID)
			}
			var got []found
			for _, g := range findDuplicates(s.Snapshot()) {
				f := found{shared: g.shared()}
				for _, id := range append([]uuid.UUID{g.target()}, g.sources()...) {
					f.members = append(f.members, slices.Index(ids, id))
				}
				got = append(got, f)
			}
			require.Equal(t, test.want, got)
		})
	}
}
