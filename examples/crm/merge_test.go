package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func create(t *testing.T, s *contacts.Store, info contacts.Info) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}

func withEmail(addresses ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: "Ada", Last: "Byron"}}
	for _, address := range addresses {
		info.Emails = append(info.Emails, contacts.Email{Address: address})
	}
	return info
}

// withShared is contact i of a group too large for one merge. No more than five share an email.
func withShared(i int) contacts.Info {
	if i == 0 {
		return withEmail("0@example.com", "1@example.com", "2@example.com")
	}
	return withEmail(fmt.Sprintf("%d@example.com", i%3))
}

func TestMergeDuplicates(t *testing.T) {
	merged := func(t *testing.T, s *contacts.Store) string {
		t.Helper()
		var out strings.Builder
		require.NoError(t, mergeDuplicates(t.Context(), &out, s))
		return out.String()
	}
	member := func(t *testing.T, s *contacts.Store, c *contacts.Contact) {
		t.Helper()
		m := &contacts.Member{MemberID: uuid.UUID{1}, Status: contacts.MemberActive}
		_, err := s.SetMember(t.Context(), c.ID, m)
		require.NoError(t, err)
	}
	t.Run("no duplicates", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withEmail("a@example.com"))
		create(t, s, withEmail("b@example.com"))
		before := s.Snapshot().Position()
		require.Equal(t, "\nDuplicates\n  no two contacts share an email or a phone\n", merged(t, s))
		require.Equal(t, before, s.Snapshot().Position())
	})
	t.Run("MRG-3 the oldest stays, RED-1 RED-2 RED-4 and the other ID finds it", func(t *testing.T) {
		s := newStore(t)
		first, second := withEmail("a@example.com"), withEmail("A@Example.com")
		first.Company, second.Company, second.JobTitle = "Vine", "Ash", "Nurse"
		target, source := create(t, s, first), create(t, s, second)
		out := merged(t, s)
		require.Contains(t, out, "     1 groups with 2 contacts, by shared value: 1 email\n")
		require.Contains(t, out, "    3 kept, 1 added, 2 already there, 1 dropped\n")
		require.Contains(t, out, "    info.jobTitle is added; info.company is dropped: TARGET_HAS_VALUE\n")
		require.Contains(t, out, "     1 groups merged in the store: 1 contacts are gone, 1 are left\n")
		require.Regexp(t, `Get by the old ID of Ada Byron +Ada Byron\n`, out)
		require.Regexp(t, `Resolve +the ID of Ada Byron, in 1 step\n`, out)
		require.Regexp(t, `Update by the old ID +CONTACT_NOT_FOUND\n`, out)
		found, err := s.Get(t.Context(), source.ID, nil)
		require.NoError(t, err)
		require.Equal(t, target.ID, found.ID)
		c, err := s.Get(t.Context(), target.ID, nil)
		require.NoError(t, err)
		require.Equal(t, 2, c.Revision)
		require.Equal(t, "Vine", c.Info.Company)
		require.Equal(t, "Nurse", c.Info.JobTitle)
		require.Equal(t, "a@example.com", c.PrimaryEmail.Email)

		require.Contains(t, merged(t, s), "no two contacts")
	})
	t.Run("different names with the same email", func(t *testing.T) {
		s := newStore(t)
		anna, bob := withEmail("a@example.com"), withEmail("a@example.com")
		anna.Name.First, bob.Name.First = "Anna", "Bob"
		create(t, s, anna)
		create(t, s, bob)
		before := s.Snapshot().Position()
		out := merged(t, s)
		require.Contains(t, out, "     0 groups merged in the store: 0 contacts are gone, 2 are left\n")
		require.Regexp(t, `    names conflicting +1  Anna Byron, Bob Byron, by email\n`, out)
		require.Equal(t, before, s.Snapshot().Position())
	})
	t.Run("GRP-7 a person decides", func(t *testing.T) {
		s := newStore(t)
		for i, name := range []contacts.Name{
			{First: "Bob"}, {}, {First: "B."}, {First: "Bob"}, {First: "Cy"}, {First: "Cy"},
		} {
			info := withEmail(fmt.Sprintf("%d@example.com", i/2))
			if info.Name = name; i > 3 {
				info.Birthdate = fmt.Sprintf("19%d0-01-02", i)
			}
			create(t, s, info)
		}
		out := merged(t, s)
		require.Contains(t, out, "     0 groups merged in the store: 0 contacts are gone, 6 are left\n")
		require.NotContains(t, out, "PreviewMerge")
		require.Regexp(t, `    birthdates differ +1  Cy, Cy, by email
    names alike +1  B., Bob, by email
    names missing +1  Bob, .*, by email\n`, out)
	})
	t.Run("a fork comes first", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withEmail("a@example.com"))
		create(t, s, withEmail("a@example.com"))
		require.Contains(t, merged(t, s),
			"     1 groups merged in a fork: the fork has 1 contacts, the store still has 2\n")
	})
	t.Run("MRG-2 a member is not merged away", func(t *testing.T) {
		s := newStore(t)
		member(t, s, create(t, s, withEmail("a@example.com")))
		member(t, s, create(t, s, withEmail("a@example.com")))
		create(t, s, withEmail("b@example.com"))
		create(t, s, withEmail("b@example.com"))
		out := merged(t, s)
		require.Contains(t, out, "     1 groups merged in the store: 1 contacts are gone, 3 are left\n")
		require.Contains(t, out, "       groups not merged: 1 SOURCE_IS_MEMBER\n")
	})
	t.Run("MRG-2 only members", func(t *testing.T) {
		s := newStore(t)
		member(t, s, create(t, s, withEmail("a@example.com")))
		member(t, s, create(t, s, withEmail("a@example.com")))
		out := merged(t, s)
		require.Contains(t, out, "     0 groups merged in the store: 0 contacts are gone, 2 are left\n")
		require.NotContains(t, out, "Get of")
	})
	t.Run("MRG-2 a member as the target", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withEmail("a@example.com"))
		target := create(t, s, withEmail("a@example.com"))
		member(t, s, target)
		require.Contains(t, merged(t, s), "     1 groups merged in the store: 1 contacts are gone, 1 are left\n")
		_, ok := s.Snapshot().View(target.ID)
		require.True(t, ok)
	})
	t.Run("MRG-1 more contacts than one merge accepts", func(t *testing.T) {
		s := newStore(t)
		target := create(t, s, withShared(0))
		for i := range 11 {
			create(t, s, withShared(1+i))
		}
		require.Contains(t, merged(t, s), "     1 groups merged in the store: 11 contacts are gone, 1 are left\n")
		v, ok := s.Snapshot().View(target.ID)
		require.True(t, ok)
		require.Equal(t, 4, v.Revision(), "five, five and one")
	})
	t.Run("MRG-9 more emails than one contact can have", func(t *testing.T) {
		s := newStore(t)
		for i := range 12 {
			info := withShared(i)
			for n := range 5 {
				info.Emails = append(info.Emails, contacts.Email{Address: fmt.Sprintf("%d.%d@example.com", i, n)})
			}
			create(t, s, info)
		}
		out := merged(t, s)
		require.Contains(t, out, "     0 groups merged in the store: 5 contacts are gone, 7 are left\n")
		require.Contains(t, out, "       groups not merged: 1 TOO_MANY_EMAILS\n")
	})
	t.Run("STO-1 a canceled context", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withEmail("a@example.com"))
		create(t, s, withEmail("a@example.com"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, mergeDuplicates(ctx, new(strings.Builder), s), context.Canceled)
		require.Equal(t, 2, s.Snapshot().Len())
	})
}
