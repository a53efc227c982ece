package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold/foldtest"
)

// TestMergeProperties merges the contacts of a store into each other, in many forks of it, until few are left. The
// contacts are made of so few values that they have much in common.
func TestMergeProperties(t *testing.T) {
	done := map[contacts.Code]int{}
	for seed := range uint64(large(2, 20)) {
		t.Run(fmt.Sprintf("MRG-3 MRG-5 MRG-6 MRG-8 MRG-11 MRG-12 RED-1 seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 42))
			base := mergeLab(t, func(o *contacts.Options) { o.SelfCheck = seed < checkedSeeds })
			var all []uuid.UUID
			for range 14 {
				all = append(all, randomContact(t, rnd, base))
			}
			before := deepCopy(t, stateOf(base.Snapshot()))
			for fork := range 40 {
				run := &mergeRun{lab: base.fork(), rnd: rnd, live: slices.Clone(all), into: map[uuid.UUID]uuid.UUID{}}
				for n := 0; len(run.live) > 2; n++ {
					code, err := run.merge(t)
					require.NoError(t, err, "seed %d, fork %d, call %d", seed, fork, n)
					done[code]++
				}
			}
			require.Equal(t, before, deepCopy(t, stateOf(base.Snapshot())), "seed %d", seed)
		})
	}
	for _, code := range []contacts.Code{
		"", contacts.ErrFailedPrecondition, contacts.ErrAlreadyChanged, contacts.ErrPlanOutdated,
	} {
		require.NotZero(t, done[code], "%q never happened", code)
	}
}

// randomContact creates a contact of few possible values, with statuses, system fields, and sometimes a member.
func randomContact(t *testing.T, rnd *rand.Rand, l *lab) uuid.UUID {
	t.Helper()
	some := func(do func()) {
		if rnd.IntN(2) == 0 {
			do()
		}
	}
	var in contacts.Info
	in.Name = pick(rnd, in.Name, contacts.Name{First: "Ann"}, contacts.Name{First: "Bo", Last: "Brook"})
	for range rnd.IntN(4) {
		in.Emails = append(in.Emails, contacts.Email{
			Tag:     pick(rnd, contacts.EmailHome, contacts.EmailWork),
			Address: pick(rnd, "a@x.test", " A@x.test", "b@x.test", "c@x.test"),
		})
	}
	for range rnd.IntN(4) {
		in.Phones = append(in.Phones, pick(rnd, phoneUS, number("US", numberUS2), number("", numberUS), phoneGB, phoneLoose,
			number("DE", numberShared), number("NL", numberShared), number("", numberShared)))
	}
	for range rnd.IntN(3) {
		in.Addresses = append(in.Addresses, contacts.Address{
			Tag:         pick(rnd, contacts.AddressHome, contacts.AddressWork),
			AddressLine: pick(rnd, "", "7 Elm Row"), City: pick(rnd, "Elmton", "Oakham"),
		})
	}
	in.Company, in.JobTitle = pick(rnd, "", "Acorn", "Birch"), pick(rnd, "", "Baker", "Botanist")
	in.Birthdate, in.Locale = pick(rnd, "", "1990-02-28", "1991-03-01"), pick(rnd, "", "en-us", "de")
	for range rnd.IntN(4) {
		in.LabelKeys = append(in.LabelKeys, pick(rnd, "custom.red", "custom.green", "contacts.customers"))
		in.Locations = append(in.Locations, testID(uint64(1+rnd.IntN(3))))
		in.AssignedUserIDs = append(in.AssignedUserIDs, testID(uint64(1+rnd.IntN(3))))
	}
	in.ExtendedFields = map[string]any{
		"custom.text": pick(rnd, "", "x", "y"), "custom.number": pick[any](rnd, nil, 0, 1),
		"invoices.vatId": pick(rnd, "", "XX 1"),
	}
	some(func() { in.Picture = &contacts.Picture{Image: contacts.Image{ID: pick(rnd, "one", "two")}} })
	c, err := l.Create(t.Context(), in, &contacts.CreateOptions{AllowDuplicates: true})
	if errors.Is(err, contacts.ErrInsufficientData) {
		in.Name.First = "Cy"
		c = create(t, l.Store, in)
	} else {
		require.NoError(t, err)
	}
	for _, e := range c.Info.Emails {
		some(func() {
			_, err := l.SetSubscription(t.Context(), c.ID, e.Address, pick(rnd, subscribed, unsubscribed))
			require.NoError(t, err)
		})
	}
	some(func() {
		_, err := l.SetSystemFields(t.Context(), c.ID, map[string]any{"ecom.numOfPurchases": rnd.IntN(3)})
		require.NoError(t, err)
	})
	if rnd.IntN(12) == 0 {
		_, err := l.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(7001)})
		require.NoError(t, err)
	}
	return c.ID
}

// mergeRun is a store with a record of its merges.
type mergeRun struct {
	*lab
	rnd  *rand.Rand
	live []uuid.UUID
	into map[uuid.UUID]uuid.UUID
}

// merge previews and makes one merge, and checks both. Some calls are made to fail. It returns the code of the merge.
func (r *mergeRun) merge(t *testing.T) (contacts.Code, error) {
	shuffle(r.rnd, r.live)
	target, sources := r.live[0], slices.Clone(r.live[1:2+r.rnd.IntN(min(5, len(r.live)-1))])
	before := stateOf(r.Snapshot())
	plan, err := r.PreviewMerge(t.Context(), target, sources)
	if err != nil {
		return "", err
	}
	if !sameState(before, stateOf(r.Snapshot())) {
		return "", errors.New("the preview changed something")
	}
	revision := contactIn(before, target).Revision - r.rnd.IntN(10)/9
	opts := pick(r.rnd, nil, &contacts.MergeOptions{}, &contacts.MergeOptions{Plan: plan.Fingerprint})
	if r.rnd.IntN(10) == 0 {
		opts = &contacts.MergeOptions{Plan: contacts.Fingerprint{1}}
	}
	now := r.tick()
	got, err := r.Merge(t.Context(), target, revision, sources, opts)
	if code := contacts.CodeOf(err); err != nil {
		switch {
		case code == contacts.ErrFailedPrecondition && len(plan.Blocks) > 0:
			// A member can be a target only.
			r.live = slices.DeleteFunc(r.live, func(id uuid.UUID) bool { return contactIn(before, id).Member != nil })
		case code == contacts.ErrAlreadyChanged && revision < contactIn(before, target).Revision:
		case code == contacts.ErrPlanOutdated && opts != nil && opts.Plan == contacts.Fingerprint{1}:
		default:
			return code, err
		}
		if !sameState(before, stateOf(r.Snapshot())) {
			return code, fmt.Errorf("%w left a trace", err)
		}
		return code, nil
	}
	for _, source := range sources {
		r.into[source] = target
	}
	r.live = append(r.live[:1], r.live[1+len(sources):]...)

	planned := plan.Contact.Clone()
	nextOf(planned, now)
	if !planned.Equal(got) {
		return "", fmt.Errorf("planned %+v, got %+v", planned, got)
	}
	if err := accountFault(plan, contactIn(before, target), got, before, sources); err != nil {
		return "", err
	}
	return "", r.check(before, got, sources)
}

// check compares the store with its state before a merge.
func (r *mergeRun) check(before state, merged *contacts.Contact, sources []uuid.UUID) error {
	sn := r.Snapshot()
	want := before
	want.Position++
	want.Len -= len(sources)
	for i, c := range slices.Backward(want.Contacts) {
		switch {
		case c.ID == merged.ID:
			want.Contacts[i] = merged
		case slices.Contains(sources, c.ID):
			want.Contacts, want.Billing = slices.Delete(want.Contacts, i, i+1), slices.Delete(want.Billing, i, i+1)
		}
	}
	if !sameState(want, stateOf(sn)) {
		return errors.New("the merge changed more than its contacts")
	}
	for source := range r.into {
		end := source
		for target, ok := r.into[end]; ok; target, ok = r.into[end] {
			end = target
		}
		c, err := sn.Get(source)
		if err != nil || c.ID != end {
			return fmt.Errorf("%s leads to %v, want %s: %w", source, c, end, err)
		}
	}
	return fault(sn, "a@x.test", "b@x.test", "c@x.test", "+12015550123", "+442079460018", "custom.red", "custom.green")
}

// accountFault returns the first fault in the account of a merge. It compares contacts by their JSON.
func accountFault(
	plan *contacts.MergePlan, target, merged *contacts.Contact, before state, sources []uuid.UUID,
) error {
	after, err := wirePieces(merged)
	if err != nil {
		return err
	}
	rest := plan.Account
	for _, id := range append([]uuid.UUID{target.ID}, sources...) {
		own, err := wirePieces(contactIn(before, id))
		if err != nil {
			return err
		}
		for ; len(rest) > 0 && rest[0].From == id; rest = rest[1:] {
			e := rest[0]
			if strings.HasSuffix(e.Field, "Status") && strings.Contains(e.Field, "].") {
				continue // not in JSON
			}
			value, ok := own[e.Field]
			if !ok {
				return fmt.Errorf("%+v: no such value, or its second entry", e)
			}
			delete(own, e.Field)
			if e.Outcome == contacts.MergeDropped {
				there, ok := after[e.Field]
				if e.Reason != contacts.ComputedAgain && (!ok || there == value) {
					return fmt.Errorf("%+v, but the merged contact has %q", e, there)
				}
				continue
			}
			there, ok := after[e.To]
			if !ok || !sameWire(value, there) {
				return fmt.Errorf("%+v leads from %q to %q", e, value, there)
			}
			if id == target.ID && there != value {
				return fmt.Errorf("%+v: %q became %q", e, value, there)
			}
		}
		if len(own) > 0 {
			return fmt.Errorf("no entries for %v", slices.Sorted(maps.Keys(own)))
		}
	}
	if len(rest) > 0 {
		return fmt.Errorf("%d entries too many", len(rest))
	}
	return nil
}

// wirePieces lists all values for which an account must have an entry, as JSON, by path.
func wirePieces(c *contacts.Contact) (map[string]string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var wire struct {
		Info map[string]json.RawMessage `json:"info"`
	}
	if err := json.Unmarshal(text, &wire); err != nil {
		return nil, err
	}
	pieces := map[string]string{}
	for member, value := range wire.Info {
		path := "info." + member
		if member == "extendedFields" {
			var fields struct{ Items map[string]json.RawMessage }
			if err := json.Unmarshal(value, &fields); err != nil {
				return nil, err
			}
			for key, v := range fields.Items {
				pieces[path+".items."+key] = string(v)
			}
			continue
		}
		var list struct{ Items []json.RawMessage }
		if json.Unmarshal(value, &list) != nil || list.Items == nil {
			pieces[path] = string(value)
			continue
		}
		for i, item := range list.Items {
			pieces[path+".items["+strconv.Itoa(i)+"]"] = string(item)
		}
	}
	return pieces, nil
}

// sameWire reports whether a merge considers two pieces equal.
func sameWire(a, b string) bool {
	type item struct {
		Email     string          `json:"email"`
		Phone     string          `json:"phone"`
		E164Phone string          `json:"e164Phone"`
		Address   json.RawMessage `json:"address"`
	}
	var x, y item
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	switch {
	case x.Email != "":
		return foldtest.EmailKey(x.Email) == foldtest.EmailKey(y.Email)
	case x.Phone != "" && x.E164Phone != "" && y.E164Phone != "":
		return x.E164Phone == y.E164Phone
	case x.Phone != "":
		return x.Phone == y.Phone
	case x.Address != nil:
		return string(x.Address) == string(y.Address)
	default:
		return a == b
	}
}
