package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// shared names the kinds of values that the contacts of a group share.
func shared(g contacts.DuplicateGroup) string {
	email, phone := false, false
	for _, pair := range g.Pairs {
		for _, value := range pair.Shared {
			email = email || value.Email != ""
			phone = phone || value.Phone != ""
		}
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

// printGroups prints how many groups there are, and those that a person has to decide about.
func printGroups(w io.Writer, groups []contacts.DuplicateGroup) {
	members, by, unsafe := 0, make(tally), make(map[string][]contacts.DuplicateGroup)
	for _, g := range groups {
		members += len(g.Contacts)
		by[shared(g)]++
		if !g.Safe() {
			unsafe[doubts(g.Doubts)] = append(unsafe[doubts(g.Doubts)], g)
		}
	}
	printTally(w, fmt.Sprintf("%6d groups with %d contacts, by shared value", len(groups), members), by)
	if len(unsafe) == 0 {
		return
	}
	fmt.Fprintf(w, "  %-28s %6s  %s\n", "for a person to decide", "groups", "such as")
	for _, doubt := range slices.Sorted(maps.Keys(unsafe)) {
		list := unsafe[doubt]
		example := names(slices.Values(list[0].Contacts)) + ", by " + shared(list[0])
		fmt.Fprintf(w, "    %-26s %6d  %s\n", clip(doubt, 26), len(list), clip(example, width-39))
	}
}

// doubts writes the reasons why a person has to decide in words.
func doubts(list []contacts.MergeDoubt) string {
	var words []string
	for _, doubt := range list {
		words = append(words, strings.ToLower(strings.ReplaceAll(string(doubt), "_", " ")))
	}
	return strings.Join(words, ", ")
}
