package test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// randomCalls makes n calls, determined by the seed, and returns their codes. Many fail, and none of those may leave a
// trace.
func randomCalls(t *testing.T, s *contacts.Store, seed uint64, n int) []contacts.Code {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, seed))
	known := []uuid.UUID{missingID}
	info := func() contacts.Info {
		info := contacts.Info{Name: contacts.Name{First: pick(rnd, "", "", "Ann", "Bob", "\x00")}}
		for range rnd.IntN(3) {
			info.Emails = append(info.Emails, contacts.Email{
				Address: pick(rnd, "a@x.test", "A@X.test", "b@x.test", "c@x.test", "d@x.test"), Primary: rnd.IntN(4) == 0,
			})
		}
		for range rnd.IntN(3) {
			info.Phones = append(info.Phones, number(pick(rnd, "", "US"), pick(rnd, numberUS, numberUS2, numberLoose)))
		}
		for range rnd.IntN(3) {
			info.LabelKeys = append(info.LabelKeys, pick(rnd, "contacts.customers", "contacts.contacted-me", "custom.l"))
		}
		if rnd.IntN(3) == 0 {
			info.ExtendedFields = map[string]any{
				pick(rnd, "invoices.vatId", "custom.f", "custom.none"): pick[any](rnd, "x", "", nil, 1), "invoices.vatId": "y",
			}
		}
		return info
	}
	call := func() error {
		id := pick(rnd, known...) // possibly deleted
		if live := ids(s.Snapshot().All()); len(live) > 0 && rnd.IntN(8) > 0 {
			id = pick(rnd, live...)
		}
		revision := 1
		if v, ok := s.Snapshot().View(id); ok {
			revision = v.Revision() - rnd.IntN(5)/4 // sometimes an old one
		}
		var c *contacts.Contact
		var err error
		switch in, allow := info(), rnd.IntN(2) == 0; rnd.IntN(13) {
		case 0, 1, 2:
			c, err = s.Create(t.Context(), in, &contacts.CreateOptions{AllowDuplicates: allow})
		case 3, 4, 5:
			patch := pick(rnd,
				contacts.Patch{Emails: contacts.Set(in.Emails), FirstName: contacts.Set(in.Name.First)},
				contacts.Patch{Phones: contacts.Set(in.Phones), LabelKeys: contacts.Set(in.LabelKeys)},
				contacts.Patch{ExtendedFields: contacts.Set(in.ExtendedFields)},
				contacts.Patch{SetFields: in.ExtendedFields},
			)
			c, err = s.Update(t.Context(), id, revision, patch, &contacts.UpdateOptions{AllowDuplicates: allow})
		case 6:
			err = s.Delete(t.Context(), id)
		case 7:
			c, err = s.SetMember(t.Context(), id, pick(rnd, nil, nil, &contacts.Member{MemberID: testID(9001)}))
		case 8:
			c, err = s.SetBillingSubscription(t.Context(), id, allow)
		case 9:
			if allow {
				_, _, err = s.FindOrCreateLabel(t.Context(), "L")
			} else {
				err = s.DeleteLabel(t.Context(), "custom.l")
			}
		case 10:
			if allow {
				_, _, err = s.FindOrCreateField(t.Context(), "F", contacts.DataText)
			} else {
				err = s.DeleteField(t.Context(), "custom.f")
			}
		case 11:
			_, err = s.Get(t.Context(), id, &contacts.GetOptions{Fields: []string{pick(rnd, "info.name", "x")}})
		case 12:
			c, err = s.Merge(t.Context(), id, revision, []uuid.UUID{pick(rnd, known...)}, nil)
		}
		if c != nil && !slices.Contains(known, c.ID) {
			known = append(known, c.ID)
		}
		return err
	}
	var codes []contacts.Code
	for range n {
		before := stateOf(s.Snapshot())
		err := call()
		codes = append(codes, contacts.CodeOf(err))
		if err != nil {
			require.NotEmpty(t, contacts.CodeOf(err), err)
			require.Equal(t, before, stateOf(s.Snapshot()), "%v left a trace, seed %d", err, seed)
		}
	}
	require.NoError(t, fault(s.Snapshot(), "a@x.test", "b@x.test", "c@x.test", "+12015550123", "custom.l"), "seed %d", seed)
	return codes
}

func TestDeterminism(t *testing.T) {
	t.Run("STO-6 equal calls make equal stores", func(t *testing.T) {
		seen := make(map[contacts.Code]bool)
		for seed := range uint64(large(3, 8)) {
			first, second := newStore(t), newStore(t)
			codes := randomCalls(t, first, seed, 300)
			require.Equal(t, codes, randomCalls(t, second, seed, 300), "seed %d", seed)
			require.Equal(t, stateOf(first.Snapshot()), stateOf(second.Snapshot()), "seed %d", seed)
			for _, code := range codes {
				seen[code] = true
			}
		}
		for _, code := range []contacts.Code{
			"", contacts.ErrInvalid, contacts.ErrContactNotFound, contacts.ErrAlreadyChanged, contacts.ErrDuplicate,
			contacts.ErrInsufficientData, contacts.ErrMultiplePrimary, contacts.ErrLabelNotFound, contacts.ErrFieldNotFound,
			contacts.ErrInvalidFieldValue, contacts.ErrUpdateMemberEmail, contacts.ErrDeleteMember,
			contacts.ErrDeleteBillingSubscription, contacts.ErrFailedPrecondition,
		} {
			require.True(t, seen[code], "no call returns %s", code)
		}
	})
}
