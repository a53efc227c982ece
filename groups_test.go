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

// grouping is a group by the places of its contacts among those that were made, with its links as text.
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
			// Everyone tells those who share something the lowest number that is known, until nobody learns anything new.
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

// BenchmarkDuplicates looks for groups among n contacts, of which one in ten shares its email with another one.
func BenchmarkDuplicates(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			s := openStore(b, unchecked())
			var list []*contacts.Contact
			for i := range n {
				info := person("X", fmt.Sprintf("e%d@x.test", i-i%10/9), fmt.Sprintf("home%d@x.test", i))
				info.Phones = []contacts.Phone{number("US", fmt.Sprintf("201-%03d-%04d", 200+i/10_000, i%10_000))}
				list = append(list, &contacts.Contact{Info: info})
			}
			_, err := s.Import(b.Context(), rowsOf(list...), &contacts.ImportOptions{AllowDuplicates: true})
			require.NoError(b, err)
			sn := s.Snapshot()
			b.ReportAllocs()
			for b.Loop() {
				groups := 0
				for range sn.Duplicates() {
					groups++
				}
				require.Equal(b, n/10, groups)
			}
		})
	}
}
