package main

import (
	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// shared names the kinds of values that the contacts of a group share.
func shared(g contacts.DuplicateGroup) string {
	email, phone := false, false
	for _, link := range g.Links {
		email = email || link.Email != ""
		phone = phone || link.Phone != ""
	}
	switch {
	case email && phone:
		return "email and phone"
	case email:
		return "email"
	default:
		return "phone"
	}
}

// others returns the contacts of a group other than its target.
func others(g contacts.DuplicateGroup) []uuid.UUID {
	var ids []uuid.UUID
	for _, v := range g.Contacts {
		if v.ID() != g.Target() {
			ids = append(ids, v.ID())
		}
	}
	return ids
}
