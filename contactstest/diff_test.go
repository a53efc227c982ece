package contactstest_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

// twins returns a store with two people, a label and a field, and its fork.
func twins(t *testing.T) (a, b *contacts.Store, ada, bob *contacts.Contact) {
	t.Helper()
	a, err := contacts.New(contactstest.Options(contactstest.NewClock(noon), contactstest.NewIDs(7)))
	require.NoError(t, err)
	ctx := t.Context()
	_, _, err = a.FindOrCreateLabel(ctx, "VIP")
	require.NoError(t, err)
	_, _, err = a.FindOrCreateField(ctx, "Size", contacts.DataNumber)
	require.NoError(t, err)
	ada, err = a.Create(ctx, contacts.Info{
		Name: contacts.Name{First: "Ada"}, LabelKeys: []string{"custom.vip"},
		Emails:         []contacts.Email{{Address: "ada@x.test"}, {Address: "ada@y.test"}},
		ExtendedFields: map[string]any{"custom.size": 3},
	}, nil)
	require.NoError(t, err)
	bob, err = a.Create(ctx, contacts.Info{Name: contacts.Name{First: "Bob"}}, nil)
	require.NoError(t, err)
	return a, a.Fork(), ada, bob
}

func TestDiff(t *testing.T) {
	a, b, ada, bob := twins(t)
	ctx := t.Context()
	require.Empty(t, contactstest.Diff(a.Snapshot(), b.Snapshot()), "TST-20 equal stores")
	update := func(s *contacts.Store, c *contacts.Contact, patch contacts.Patch) {
		_, err := s.Update(ctx, c.ID, c.Revision, patch, nil)
		require.NoError(t, err)
	}
	emails := ada.Info.Clone().Emails
	emails[1].Address = "ada@z.test"
	for _, test := range []struct {
		name   string
		change func(s *contacts.Store) error
		want   []string
	}{
		{"TST-20 email", func(s *contacts.Store) error {
			update(s, ada, contacts.Patch{Emails: contacts.Set(emails)})
			return nil
		}, []string{
			"contact ADA: info.emails.items[1].email: \"ada@y.test\" -> \"ada@z.test\"",
		}},
		{"TST-20 item that is gone", func(s *contacts.Store) error {
			update(s, ada, contacts.Patch{Emails: contacts.Set(emails[1:])})
			return nil
		}, []string{
			`contact ADA: info.emails.items[1].email: "ada@y.test" -> "ada@z.test"`,
			`contact ADA: info.emails.items[1].primary: false -> true`,
			`contact ADA: info.emails.items[0]: {"email":"ada@x.test","id":"` + ada.Info.Emails[0].ID.String() +
				"\",\"primary\":true,\"tag\":\"UNTAGGED\"} -> none",
		}},
		{"TST-20 order of items", func(s *contacts.Store) error {
			_, err := s.Label(ctx, ada.ID, "contacts.customers")
			if err == nil {
				_, err = s.Unlabel(ctx, ada.ID, "custom.vip")
			}
			if err == nil {
				_, err = s.Label(ctx, ada.ID, "contacts.contacted-me", "custom.vip")
			}
			return err
		}, []string{
			`contact ADA: info.labelKeys.items[0]: none -> "contacts.customers"`,
			`contact ADA: info.labelKeys.items[1]: none -> "contacts.contacted-me"`,
		}},
		{"TST-20 value of a field", func(s *contacts.Store) error {
			update(s, ada, contacts.Patch{SetFields: map[string]any{"custom.size": 4, "invoices.vatId": "1"}})
			return nil
		}, []string{
			`contact ADA: info.extendedFields.items.custom.size: 3 -> 4`,
			`contact ADA: info.extendedFields.items.invoices.vatId: none -> "1"`,
		}},
		{"TST-20 label", func(s *contacts.Store) error {
			_, err := s.RenameLabel(ctx, "custom.vip", "V.I.P.")
			return err
		}, []string{`label custom.vip: displayName: "VIP" -> "V.I.P."`}},
		{"TST-20 field", func(s *contacts.Store) error { return s.DeleteField(ctx, "custom.size") }, []string{
			`field custom.size: only in a: {"field":{`,
			`contact ADA: info.extendedFields.items.custom.size: 3 -> none`,
		}},
		{"TST-20 contact that is gone", func(s *contacts.Store) error { return s.Delete(ctx, bob.ID) }, []string{
			`contact BOB: only in a: {"contact":{"id":`,
		}},
		{"TST-20 redirect", func(s *contacts.Store) error {
			_, err := s.Merge(ctx, ada.ID, ada.Revision, []uuid.UUID{bob.ID}, nil)
			return err
		}, []string{
			`contact BOB: only in a: `, `redirect BOB: only in b: {"redirect":{"id":`, `redirect ADA: only in b: `,
			`contact ADA: lastActivity.activityType: "CONTACT_CREATED" -> "CONTACT_MERGED"`,
		}},
		{"TST-20 order of contacts", func(s *contacts.Store) error {
			rows := []*contacts.Contact{bob, ada}
			for _, c := range rows {
				if err := s.Delete(ctx, c.ID); err != nil {
					return err
				}
			}
			_, err := s.Import(ctx, contacts.Rows(func(yield func(*contacts.Contact) bool) {
				_ = yield(rows[0]) && yield(rows[1])
			}), nil)
			return err
		}, []string{"contacts: order: place 0: contact ADA -> contact BOB", "store: position: 4 -> 7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := b.Fork()
			require.NoError(t, test.change(changed))
			got := contactstest.Diff(a.Snapshot(), changed.Snapshot())
			got = strings.NewReplacer(ada.ID.String(), "ADA", bob.ID.String(), "BOB").Replace(got)
			for _, line := range test.want {
				require.Contains(t, "\n"+got, "\n"+line)
			}
			require.Contains(t, got, "store: position: 4 -> ")
			require.NotContains(t, got, "end: ")
		})
	}
}

func TestDiffIgnores(t *testing.T) {
	a, b, ada, _ := twins(t)
	got, err := b.Label(t.Context(), ada.ID, "contacts.customers")
	require.NoError(t, err)
	position := []string{"position", "changes", "time"}
	for _, test := range []struct {
		name   string
		ignore []string
		want   string
	}{
		{"TST-21 three paths", append(position, "revision", "info.labelKeys", "updatedDate"), ""},
		{"TST-21 the item", append(position, "revision", "info.labelKeys.items", "updatedDate"), ""},
		{"TST-21 all of info", append(position, "revision", "info"), ""},
		{"TST-21 not half a name", append(position, "rev", "inf"), "contact " + ada.ID.String() +
			": info.labelKeys.items[1]: none -> \"contacts.customers\"\ncontact " + ada.ID.String() +
			": revision: 1 -> 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, contactstest.Diff(a.Snapshot(), b.Snapshot(), test.ignore...))
		})
	}
	require.Equal(t, "info.labelKeys.items[1]: none -> \"contacts.customers\"",
		contactstest.DiffContacts(ada, got, "revision"), "TST-21")
}

func TestDiffIsBounded(t *testing.T) {
	a, b, _, _ := twins(t)
	for range 100 {
		_, err := b.Create(t.Context(), contacts.Info{Name: contacts.Name{First: strings.Repeat("é", 999)}}, nil)
		require.NoError(t, err)
	}
	lines := strings.Split(contactstest.Diff(a.Snapshot(), b.Snapshot()), "\n")
	require.Len(t, lines, 21, "TST-20")
	require.Equal(t, "… and 82 more differences", lines[20]) // two of the store, 100 contacts
	for _, line := range lines {
		require.Less(t, len(line), 500)
	}
}

func TestDiffExports(t *testing.T) {
	a, b, ada, _ := twins(t)
	var text bytes.Buffer
	require.NoError(t, a.Snapshot().Export(&text))
	diff := func(a, b string) string {
		got, err := contactstest.DiffExports(strings.NewReader(a), strings.NewReader(b))
		require.NoError(t, err)
		return got
	}
	whole := text.String()
	first, rest, _ := strings.Cut(whole, "\n")
	end := whole[strings.LastIndex(strings.TrimSpace(whole), "\n")+1:]
	for _, test := range []struct{ name, other, want string }{
		{"TST-20 cut", strings.TrimSuffix(whole, end), "end: only in a: "},
		{"TST-20 line ending", strings.ReplaceAll(whole, "\n", "\r\n"), `store: text: from byte 90: "\n" -> "\r\n"`},
		{"TST-20 order of lines", rest + first + "\n", "text: from byte "},
		{"TST-20 other text", whole + "}\n", "line 7: only in b: }"},
		{"TST-20 a line twice", whole + end, "end (2): only in b: "},
		{"TST-20 checksum", strings.Replace(whole, `"sha256":"`, `"sha256":"0`, 1), "end: sha256: "},
		{"TST-20 member twice", strings.Replace(whole, `"revision":1`, `"revision":1,"revision":1`, 1), "contact "},
		{"TST-20 nothing", "", "contactsStore: only in a: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Contains(t, diff(whole, test.other), test.want)
			require.NotEmpty(t, diff(test.other, whole))
			require.Empty(t, diff(test.other, test.other))
		})
	}
	broken := errors.New("broken")
	_, err := contactstest.DiffExports(strings.NewReader(whole), iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
	_, err = contactstest.DiffExports(iotest.ErrReader(broken), strings.NewReader(whole))
	require.ErrorIs(t, err, broken)
	require.NotEmpty(t, contactstest.Diff(a.Snapshot(), nil))
	require.Empty(t, contactstest.Diff(nil, nil))
	require.NoError(t, b.Delete(t.Context(), ada.ID))
	require.NotEmpty(t, contactstest.Diff(a.Snapshot(), b.Snapshot()))
}

func TestDiffContacts(t *testing.T) {
	_, _, ada, bob := twins(t)
	require.Equal(t, "only in a: contact "+ada.ID.String(), contactstest.DiffContacts(ada, nil), "TST-22")
	require.Equal(t, "only in b: contact "+ada.ID.String(), contactstest.DiffContacts(nil, ada))
	require.Empty(t, contactstest.DiffContacts(nil, nil))
	loop := map[string]any{}
	loop["self"] = loop
	for _, test := range []struct {
		name   string
		change func(c *contacts.Contact)
		want   string
	}{
		{"TST-22 equal", func(c *contacts.Contact) { c.Info.Phones = []contacts.Phone{} }, ""},
		{"TST-22 time zone", func(c *contacts.Contact) {
			c.CreatedDate = c.CreatedDate.In(time.FixedZone("", 3600))
		}, ""},
		{"TST-22 part of a millisecond", func(c *contacts.Contact) {
			c.CreatedDate = c.CreatedDate.Add(time.Microsecond)
		}, "CreatedDate: 2026-03-04T12:00:00Z -> 2026-03-04T12:00:00.000001Z"},
		{"TST-22 type of a number", func(c *contacts.Contact) {
			c.Info.ExtendedFields["custom.size"] = 3
		}, "Info.ExtendedFields[custom.size]: float64 3 -> int 3"},
		{"TST-22 value that contains itself", func(c *contacts.Contact) {
			c.Info.ExtendedFields["custom.size"] = loop
		}, "Info.ExtendedFields[custom.size]: float64 3 -> map[string]interface {}"},
		{"TST-22 text", func(c *contacts.Contact) { c.Info.Company = "A<B" }, `info.company: none -> "A<B"`},
		{"TST-22 key with brackets", func(c *contacts.Contact) {
			c.Info.ExtendedFields["a[1].b[x]"] = "1"
		}, `info.extendedFields.items.a[1].b[x]: none -> "1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := ada.Clone()
			test.change(changed)
			require.Equal(t, test.want == "", ada.Equal(changed))
			require.Equal(t, test.want, contactstest.DiffContacts(ada, changed))
			require.Equal(t, test.want == "", contactstest.DiffContacts(changed, ada) == "")
		})
	}
	require.Contains(t, contactstest.DiffInfos(ada.Info, bob.Info), `info.name.first: "Ada" -> "Bob"`)
	require.Empty(t, contactstest.DiffInfos(ada.Info, ada.Info))
}

// TestDiffIsTheExport changes exports at random places.
func TestDiffIsTheExport(t *testing.T) {
	a, _, _, _ := twins(t)
	var text bytes.Buffer
	require.NoError(t, a.Snapshot().Export(&text))
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		other := bytes.Clone(text.Bytes())
		for range rng.IntN(3) {
			other[rng.IntN(len(other))] = "\n\"{}[]0a"[rng.IntN(8)]
		}
		got, err := contactstest.DiffExports(bytes.NewReader(text.Bytes()), bytes.NewReader(other))
		require.NoError(t, err)
		require.Equal(t, bytes.Equal(text.Bytes(), other), got == "", "TST-20 %s", other)
	}
}

// TestDiffOfGeneratedStores compares generated stores with others that are some random writes apart.
func TestDiffOfGeneratedStores(t *testing.T) {
	ctx, equal, sameContents := t.Context(), 0, 0
	for seed := range uint64(times(6)) {
		base, g := openStore(t), contactstest.NewGen(seed)
		require.NoError(t, g.Define(ctx, base))
		_, err := base.Import(ctx, g.Rows(20), nil)
		require.NoError(t, err)
		var all []*contacts.Contact
		for v := range base.Snapshot().All() {
			all = append(all, v.Clone())
		}
		writes := []func(s *contacts.Store, c *contacts.Contact) error{
			func(s *contacts.Store, c *contacts.Contact) error {
				_, err := s.Update(ctx, c.ID, c.Revision, g.Patch(c), nil)
				return err
			},
			func(s *contacts.Store, c *contacts.Contact) error {
				_, err := s.SetMember(ctx, c.ID, g.Member(c))
				return err
			},
			func(s *contacts.Store, c *contacts.Contact) error {
				_, err := s.SetBillingSubscription(ctx, c.ID, true)
				return err
			},
			func(s *contacts.Store, c *contacts.Contact) error { return s.Delete(ctx, c.ID) },
			func(s *contacts.Store, c *contacts.Contact) error {
				_, err := s.Merge(ctx, c.ID, c.Revision, []uuid.UUID{all[0].ID}, nil)
				return err
			},
			func(s *contacts.Store, _ *contacts.Contact) error { return s.DeleteField(ctx, "custom.points") },
			func(s *contacts.Store, _ *contacts.Contact) error { // the contents stay
				l, _, err := s.FindOrCreateLabel(ctx, "Passing")
				if err == nil {
					err = s.DeleteLabel(ctx, l.Key)
				}
				return err
			},
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		for range 30 {
			var pair [2]*contacts.Store
			for i := range pair {
				pair[i] = base.Fork()
				if rng.IntN(3) > 0 {
					_ = writes[rng.IntN(len(writes))](pair[i], all[1+rng.IntN(3)]) // some are refused
				}
			}
			a, b := pair[0].Snapshot(), pair[1].Snapshot()
			var texts [2]bytes.Buffer
			require.NoError(t, a.Export(&texts[0]))
			require.NoError(t, b.Export(&texts[1]))
			got := contactstest.Diff(a, b)
			require.Equal(t, bytes.Equal(texts[0].Bytes(), texts[1].Bytes()), got == "", "TST-20 %s", got)
			contents := contactstest.Diff(a, b, "position", "changes", "time")
			require.Equal(t, a.Digest() == b.Digest(), contents == "", "TST-21 %s", contents)
			if got == "" {
				equal++
			} else if contents == "" {
				sameContents++
			}
			for v := range a.All() {
				w, _ := b.View(v.ID())
				if w.IsZero() {
					continue
				}
				diff := contactstest.DiffContacts(v.Clone(), w.Clone())
				require.Equal(t, v.Clone().Equal(w.Clone()), diff == "", "TST-22 %s", diff)
			}
		}
	}
	require.Positive(t, equal)
	require.Positive(t, sameContents)
}
