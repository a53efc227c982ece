package main

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// group is two or more contacts that share emails or phones.
type group struct {
	members      []contacts.View // the oldest first
	email, phone bool            // what they share
}

// findDuplicates returns the contacts that share an email in any case, or the E.164 form of a phone, primary or not. Who
// shares an email with one contact and a phone with another is in one group with both. The group with the oldest contact
// comes first.
func findDuplicates(sn *contacts.Snapshot) []group {
	var people []person
	// oldest returns the oldest member, as far as is known, of the group that a person is in.
	oldest := func(i int) int {
		for people[i].older != i {
			people[i].older = people[people[i].older].older // the way is shorter next time
			i = people[i].older
		}
		return i
	}
	// share puts a person into the group of the first one with the same key, and reports whether there is one.
	share := func(first map[string]int, key string, i int) bool {
		other, ok := first[key]
		if !ok {
			first[key] = i
		}
		if !ok || other == i { // the same address twice on one contact
			return false
		}
		a, b := oldest(i), oldest(other)
		people[max(a, b)].older = min(a, b)
		return true
	}

	emails, phones := make(map[string]int), make(map[string]int)
	for v := range sn.All() {
		i := len(people)
		people = append(people, person{view: v, older: i})
		for e := range v.Emails() {
			if share(emails, strings.ToLower(strings.TrimSpace(e.Address)), i) {
				people[i].email = true
			}
		}
		for p := range v.Phones() {
			if p.E164 != "" && share(phones, p.E164, i) {
				people[i].phone = true
			}
		}
	}

	groups := make([]group, len(people)) // by their oldest members
	for i, p := range people {
		g := &groups[oldest(i)]
		g.members = append(g.members, p.view)
		g.email = g.email || p.email
		g.phone = g.phone || p.phone
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.members) < 2 })
}

// person is a contact on the way into a group.
type person struct {
	view         contacts.View
	older        int  // index of an older member of the group, its own if none is known
	email, phone bool // what it shares with an older contact
}

// shared says what the members share.
func (g group) shared() string {
	switch {
	case g.email && g.phone:
		return "email and phone"
	case g.email:
		return "email"
	default:
		return "phone"
	}
}

// target returns the contact that the others are to be merged into.
func (g group) target() uuid.UUID { return g.members[0].ID() }

// sources returns the others.
func (g group) sources() []uuid.UUID {
	var ids []uuid.UUID
	for _, v := range g.members[1:] {
		ids = append(ids, v.ID())
	}
	return ids
}
