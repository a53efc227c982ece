package test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// groupNames are names of five people, one of them unknown.
var groupNames = []struct {
	contacts.Name
	person  string // as initials show it
	swapped bool
}{
	{contacts.Name{First: "Ada", Last: "Byron"}, "Ada", false},
	{contacts.Name{First: "ADA BYRON"}, "Ada", false},
	{contacts.Name{First: "Byron", Last: "Áda"}, "Ada", true},
	{contacts.Name{First: "Alan", Last: "Byron"}, "Alan", false},
	{contacts.Name{First: "A.", Last: "Byron"}, "A.", false},
	{contacts.Name{First: "Bo", Last: "Quill"}, "Bo", false},
	{contacts.Name{}, "", false},
}

// groupPhones have a key if they are valid, and a text if that identifies.
var groupPhones = []struct {
	contacts.Phone
	key, text string
}{
	{number("US", numberUS), "+12015550123", numberUS},
	{number("US", numberUS2), "+12015550123", numberUS2},
	{number("US", numberUS+" x12"), "+12015550123;ext=12", numberUS + " x12"},
	{number("", numberUS+" x12"), "", numberUS + " x12"},
	{number("", numberUS), "", numberUS},
	{number("US", numberUS+" x13"), "+12015550123;ext=13", numberUS + " x13"},
	{number("DE", numberShared), "+49301234567", numberShared},
	{number("NL", numberShared), "+31301234567", numberShared},
	{number("", numberShared), "", numberShared},
	{number("", numberLoose), "", numberLoose},
	{number("", "n/a"), "", ""},
	{number("", "000-000-0000"), "", ""},
}

// groupContact is a contact by its choices.
type groupContact struct {
	id        uuid.UUID
	name      int
	emails    []string
	phones    []int
	birthdate string
}

func randomGroupContact(t *testing.T, rnd *rand.Rand, s *contacts.Store) groupContact {
	t.Helper()
	c := groupContact{name: rnd.IntN(len(groupNames)), birthdate: pick(rnd, "", "", "", "1990-01-02", "1991-01-02")}
	if rnd.IntN(2) == 0 {
		c.name = 0
	}
	in := contacts.Info{Name: groupNames[c.name].Name, Birthdate: c.birthdate, Company: "Acorn"}
	in.Emails = []contacts.Email{{Address: fmt.Sprint(rnd.Uint32(), "@x.test")}}
	for range rnd.IntN(3) {
		email := fmt.Sprintf("e%d@x.test", rnd.IntN(12))
		c.emails = append(c.emails, email)
		in.Emails = append(in.Emails, contacts.Email{Address: email})
	}
	for range max(0, rnd.IntN(4)-1) {
		n := rnd.IntN(len(groupPhones))
		c.phones = append(c.phones, n)
		in.Phones = append(in.Phones, groupPhones[n].Phone)
	}
	c.id = create(t, s, in).ID
	return c
}

// shared returns the values that two contacts share.
func (c groupContact) shared(o groupContact) map[string]bool {
	values := map[string]bool{}
	for _, e := range c.emails {
		if slices.Contains(o.emails, e) {
			values[e] = true
		}
	}
	for _, i := range c.phones {
		for _, j := range o.phones {
			switch p, q := groupPhones[i], groupPhones[j]; {
			case p.key != "" && q.key != "":
				if p.key == q.key {
					values[p.key] = true
				}
			case p.text == q.text && p.text != "":
				values[p.text] = true
			}
		}
	}
	return values
}

// has reports whether the contact has a value, if only as the text of a valid number.
func (c groupContact) has(value string) bool {
	return slices.Contains(c.emails, value) || slices.ContainsFunc(c.phones, func(i int) bool {
		return groupPhones[i].key == value || groupPhones[i].text == value
	})
}

func (c groupContact) names(o groupContact) contacts.NameMatch {
	a, b := groupNames[c.name], groupNames[o.name]
	switch {
	case a.person == "" || b.person == "":
		return contacts.NamesMissing
	case a.person == "A." && b.person != "Bo" || b.person == "A." && a.person != "Bo":
		return contacts.NamesAlike
	case a.person != b.person:
		return contacts.NamesConflicting
	case a.swapped != b.swapped:
		return contacts.NamesSwapped
	default:
		return contacts.NamesEqual
	}
}

// groupReference compares each contact with each.
type groupReference struct {
	contacts   []groupContact
	maxHolders int
}

func (ref groupReference) common(value string) bool {
	n := 0
	for _, c := range ref.contacts {
		if c.has(value) {
			n++
		}
	}
	return n > ref.maxHolders
}

// link reports whether two contacts are connected, and whether by a value of few.
func (ref groupReference) link(a, b groupContact) (linked, narrow bool) {
	for value := range a.shared(b) {
		narrow = narrow || !ref.common(value)
	}
	names := a.names(b)
	agree := names == contacts.NamesEqual || names == contacts.NamesSwapped
	return narrow || agree && len(a.shared(b)) > 0, narrow
}

// components splits contacts into those that are connected, directly or through others.
func components(list []groupContact, linked func(a, b groupContact) bool) [][]groupContact {
	lowest := make([]int, len(list))
	for i := range lowest {
		lowest[i] = i
	}
	for again := true; again; {
		again = false
		for i := range list {
			for j := range list {
				if i != j && lowest[i] < lowest[j] && linked(list[i], list[j]) {
					lowest[j], again = lowest[i], true
				}
			}
		}
	}
	var out [][]groupContact
	for root := range list {
		var members []groupContact
		for i, c := range list {
			if lowest[i] == root {
				members = append(members, c)
			}
		}
		if members != nil {
			out = append(out, members)
		}
	}
	return out
}

// doubts judges contacts that may be one.
func (ref groupReference) doubts(list []groupContact) []contacts.MergeDoubt {
	found := map[contacts.MergeDoubt]bool{}
	for i, a := range list {
		for _, b := range list[:i+1] {
			switch names := a.names(b); {
			case names == contacts.NamesConflicting:
				found[contacts.DoubtNamesConflicting] = true
			case names == contacts.NamesMissing && a.id != b.id:
				found[contacts.DoubtNamesMissing] = true
			case names == contacts.NamesAlike && a.id != b.id:
				found[contacts.DoubtNamesAlike] = true
			}
			if a.birthdate != "" && b.birthdate != "" && a.birthdate != b.birthdate {
				found[contacts.DoubtBirthdates] = true
			}
		}
	}
	narrow := func(a, b groupContact) bool { _, narrow := ref.link(a, b); return narrow }
	if len(components(list, narrow)) > 1 {
		found[contacts.DoubtConnection] = true
	}
	var out []contacts.MergeDoubt
	for _, d := range []contacts.MergeDoubt{
		contacts.DoubtNamesConflicting, contacts.DoubtNamesMissing, contacts.DoubtNamesAlike,
	} {
		if found[d] {
			out = append(out, d)
			break
		}
	}
	for _, d := range []contacts.MergeDoubt{contacts.DoubtBirthdates, contacts.DoubtConnection} {
		if found[d] {
			out = append(out, d)
		}
	}
	return out
}

// checkPairs compares the evidence of pairs with the reference.
func (ref groupReference) checkPairs(t *testing.T, pairs []contacts.DuplicatePair) {
	t.Helper()
	at := map[uuid.UUID]int{}
	for i, c := range ref.contacts {
		at[c.id] = i
	}
	require.True(t, slices.IsSortedFunc(pairs, func(a, b contacts.DuplicatePair) int {
		return (at[a.Older]-at[b.Older])*len(at) + at[a.Younger] - at[b.Younger]
	}), "GRP-2")
	for _, p := range pairs {
		require.Less(t, at[p.Older], at[p.Younger])
		a, b := ref.contacts[at[p.Older]], ref.contacts[at[p.Younger]]
		require.Equal(t, a.names(b), p.Names)
		got := map[string]bool{}
		for _, v := range p.Shared {
			got[v.Email+v.Phone] = true
			require.Equal(t, ref.common(v.Email+v.Phone), v.Common)
		}
		require.Equal(t, a.shared(b), got)
	}
}

// TestGroupProperties compares groups and merge plans with a comparison of each contact with each.
func TestGroupProperties(t *testing.T) {
	safe, common, plans := 0, 0, 0
	for seed := range uint64(large(30, 400)) {
		t.Run(fmt.Sprintf("GRP-1 GRP-2 GRP-4 GRP-5 GRP-7 MRG-12 seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			s := openStore(t, unchecked())
			ref := groupReference{maxHolders: 5}
			for range 10 + rnd.IntN(40) {
				ref.contacts = append(ref.contacts, randomGroupContact(t, rnd, s))
			}
			opts := pick(rnd, nil, &contacts.DuplicateOptions{MaxHolders: 2}, &contacts.DuplicateOptions{MaxHolders: 3})
			if opts != nil {
				ref.maxHolders = opts.MaxHolders
			}
			var want, got [][]groupContact
			for _, list := range components(ref.contacts, func(a, b groupContact) bool {
				linked, _ := ref.link(a, b)
				return linked
			}) {
				if len(list) > 1 {
					want = append(want, list)
				}
			}
			for g := range s.Snapshot().Duplicates(opts) {
				members := ref.pick(ids(slices.Values(g.Contacts)))
				got = append(got, members)
				ref.checkPairs(t, g.Pairs)
				ref.checkComplete(t, members, g.Pairs)
				require.Equal(t, ref.doubts(members), g.Doubts)
				for i, a := range members {
					for _, b := range members[:i] {
						require.False(t, g.Safe() && a.names(b) == contacts.NamesConflicting)
					}
				}
				if g.Safe() {
					safe++
				}
				if slices.Contains(g.Doubts, contacts.DoubtConnection) {
					common++
				}
			}
			require.Equal(t, want, got)
			ref.maxHolders = 5
			for range 10 {
				order := rnd.Perm(len(ref.contacts))[:2+rnd.IntN(5)]
				var chosen []uuid.UUID
				for _, i := range order {
					chosen = append(chosen, ref.contacts[i].id)
				}
				plan, err := s.PreviewMerge(t.Context(), chosen[0], chosen[1:])
				require.NoError(t, err)
				plans++
				require.Len(t, plan.Pairs, len(chosen)*(len(chosen)-1)/2)
				ref.checkPairs(t, plan.Pairs)
				require.Equal(t, ref.doubts(ref.pick(chosen)), plan.Doubts)
				require.Equal(t, len(plan.Doubts) == 0, plan.Safe())
			}
		})
	}
	require.NotZero(t, safe)
	require.NotZero(t, common)
	require.NotZero(t, plans)
}

// pick returns the contacts with these IDs, the oldest first.
func (ref groupReference) pick(chosen []uuid.UUID) []groupContact {
	var out []groupContact
	for _, c := range ref.contacts {
		if slices.Contains(chosen, c.id) {
			out = append(out, c)
		}
	}
	return out
}

// checkComplete checks that the pairs of a group are those that share a value of few, and of the others some of those
// whose names agree.
func (ref groupReference) checkComplete(t *testing.T, members []groupContact, pairs []contacts.DuplicatePair) {
	t.Helper()
	for i, a := range members {
		for _, b := range members[i+1:] {
			listed := slices.ContainsFunc(pairs, func(p contacts.DuplicatePair) bool {
				return p.Older == a.id && p.Younger == b.id
			})
			linked, narrow := ref.link(a, b)
			require.True(t, listed || !narrow, "GRP-1")
			require.True(t, linked || !listed, "GRP-5")
		}
	}
}
