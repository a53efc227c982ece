package contacts_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// mergeLab returns a lab with labels and a field of each type.
func mergeLab(t testing.TB, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	l := newLab(t, edits...)
	for _, name := range []string{"Red", "Green", "Blue"} {
		newLabel(t, l.Store, name) // custom.red, …
	}
	newField(t, l.Store, "Text", contacts.DataText)
	newField(t, l.Store, "Number", contacts.DataNumber)
	newField(t, l.Store, "Date", contacts.DataDate)
	newField(t, l.Store, "Link", contacts.DataURL)
	return l
}

// mergeDerived are the extended fields that the store computes.
var mergeDerived = []string{
	"contacts.displayByFirstName", "contacts.displayByLastName", "members.membershipStatus",
	"emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus", "emailSubscriptions.effectiveEmail",
}

// withoutDerived returns a copy of in without the values that the store computes.
func withoutDerived(in contacts.Info) contacts.Info {
	in = in.Clone()
	for _, key := range mergeDerived {
		delete(in.ExtendedFields, key)
	}
	return in
}

// requireMerge previews and makes a merge, which must succeed. It requires that the preview changes nothing and
// predicts the result, that the merge is one commit that replaces the target and deletes the sources, and that all
// derived values follow from the merged contact.
func (l *lab) requireMerge(
	t testing.TB, target uuid.UUID, sources ...uuid.UUID,
) (*contacts.Contact, *contacts.MergePlan) {
	t.Helper()
	want := stateOf(l.Snapshot())
	before := contactIn(want, target).Clone()
	l.tick()
	plan, err := l.PreviewMerge(t.Context(), target, sources)
	require.NoError(t, err)
	require.NoError(t, plan.Err())
	require.Empty(t, plan.Blocks)
	require.Equal(t, want, stateOf(l.Snapshot()), "the preview changed something")

	now := l.tick()
	opts := &contacts.MergeOptions{Plan: plan.Fingerprint}
	got, err := l.Merge(t.Context(), target, before.Revision, sources, opts)
	require.NoError(t, err)
	planned := plan.Contact.Clone()
	require.Equal(t, before.Revision, planned.Revision)
	require.Equal(t, before.UpdatedDate, planned.UpdatedDate)
	require.Equal(t, before.LastActivity, planned.LastActivity)
	nextOf(planned, now)
	requireContact(t, planned, got)

	kept := before.Clone() // values that a merge never touches
	kept.Info, kept.PrimaryInfo = got.Info, got.PrimaryInfo
	kept.PrimaryEmail, kept.PrimaryPhone = got.PrimaryEmail, got.PrimaryPhone
	nextOf(kept, now)
	requireContact(t, kept, got)
	l.requireDerived(t, got)

	want.Position++
	want.Len -= len(sources)
	others := []string{"nobody@x.test"}
	for i, c := range slices.Backward(want.Contacts) {
		switch {
		case c.ID == target:
			want.Contacts[i] = got
		case slices.Contains(sources, c.ID):
			for _, lookup := range lookups {
				others = append(others, lookup.Texts(c)...)
			}
			want.Contacts = slices.Delete(want.Contacts, i, i+1)
			want.Billing = slices.Delete(want.Billing, i, i+1)
		}
	}
	requireState(t, want, stateOf(l.Snapshot()))
	require.NoError(t, fault(l.Snapshot(), others...))
	return got, plan
}

// nextOf changes c as a merge changes its target, except for the effects of the sources (MRG-10).
func nextOf(c *contacts.Contact, now time.Time) {
	c.Revision++
	c.UpdatedDate = now
	c.LastActivity = contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactMerged}
}

// requireDerived requires that c shows the derived values of a new contact with the same info, except statuses and
// membership.
func (l *lab) requireDerived(t testing.TB, c *contacts.Contact) {
	t.Helper()
	fresh := create(t, l.Fork(), c.Info)
	require.Equal(t, fresh.PrimaryInfo, c.PrimaryInfo)
	require.Equal(t, fresh.PrimaryEmail.Email, c.PrimaryEmail.Email)
	want := fresh.PrimaryPhone
	want.SubscriptionStatus = c.PrimaryPhone.SubscriptionStatus
	require.Equal(t, want, c.PrimaryPhone)
	for _, key := range []string{
		"contacts.displayByFirstName", "contacts.displayByLastName", "emailSubscriptions.effectiveEmail",
	} {
		require.Equal(t, fresh.Info.ExtendedFields[key], c.Info.ExtendedFields[key], key)
	}
	for key, want := range map[string]string{
		"emailSubscriptions.subscriptionStatus":   string(c.PrimaryEmail.SubscriptionStatus),
		"emailSubscriptions.deliverabilityStatus": string(c.PrimaryEmail.DeliverabilityStatus),
	} {
		got, _ := c.Info.ExtendedFields[key].(string)
		require.Equal(t, want, got, key)
	}
}

// refusedMerge makes a merge that must fail with this code and change nothing. It returns the error.
func (l *lab) refusedMerge(
	t testing.TB, want contacts.Code, target uuid.UUID, sources []uuid.UUID, opts *contacts.MergeOptions,
) *contacts.Error {
	t.Helper()
	revision := 1
	if v, ok := l.Snapshot().View(target); ok {
		revision = v.Revision()
	}
	return mergeError(t, l.refused(t, want, func() error {
		c, err := l.Merge(t.Context(), target, revision, sources, opts)
		require.Nil(t, c)
		return err
	}))
}

func mergeError(t testing.TB, err error) *contacts.Error {
	t.Helper()
	var e *contacts.Error
	require.ErrorAs(t, err, &e)
	return e
}

// blocksOf returns the blocks that an error carries.
func blocksOf(t testing.TB, err error) []contacts.MergeBlock {
	t.Helper()
	var e *contacts.BlockedError
	require.ErrorAs(t, err, &e)
	return e.Blocks
}

// accountOf lists the outcome of each piece of information, one per line, with names for contacts:
//
//	bo info.emails.items[0] ADDED info.emails.items[2]
//	bo info.company DROPPED TARGET_HAS_VALUE
func accountOf(account []contacts.MergeEntry, names map[uuid.UUID]string) []string {
	var lines []string
	for _, e := range account {
		line := fmt.Sprintf("%s %s %s %s %s", names[e.From], e.Field, e.Outcome, e.To, e.Reason)
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return lines
}

func TestMergeInput(t *testing.T) {
	l := mergeLab(t)
	target := create(t, l.Store, person("Ann")).ID
	sources := func(n int, nils ...int) []uuid.UUID {
		list := make([]uuid.UUID, n)
		for i := range list {
			if list[i] = testID(8000 + uint64(i)); slices.Contains(nils, i) {
				list[i] = uuid.Nil
			}
		}
		return list
	}
	none := contacts.Violation{Field: "sourceContactIds", Rule: contacts.RuleMinSize, Threshold: 1}
	nilAt := func(i int) contacts.Violation {
		return badFormat("sourceContactIds["+strconv.Itoa(i)+"]", contacts.FormatGUID)
	}
	for _, tc := range []struct {
		name    string
		sources []uuid.UUID
		want    []contacts.Violation
	}{
		{"MRG-1 no list of sources", nil, oneViolation(none)},
		{"MRG-1 an empty list of sources", []uuid.UUID{}, oneViolation(none)},
		{"MRG-1 six sources", sources(6), oneViolation(tooMany("sourceContactIds", 5))},
		{"MRG-1 a thousand sources", sources(1000), oneViolation(tooMany("sourceContactIds", 5))},
		{"MRG-1 a nil UUID", sources(3, 1), oneViolation(nilAt(1))},
		{"MRG-1 nil UUIDs, all at once", sources(5, 0, 4), []contacts.Violation{nilAt(0), nilAt(4)}},
		{
			"MRG-1 too many sources with nil UUIDs", sources(6, 2, 5),
			[]contacts.Violation{tooMany("sourceContactIds", 5), nilAt(2)},
		},
		{"MRG-1 one source that does not exist", sources(1), nil},
		{"MRG-1 five sources that do not exist", sources(5), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, about := contacts.ErrInvalid, target
			if tc.want == nil {
				code, about = contacts.ErrContactNotFound, tc.sources[0]
			}
			for name, call := range map[string]func() error{
				"Merge": func() error {
					c, err := l.Merge(t.Context(), target, 1, tc.sources, nil)
					require.Nil(t, c)
					return err
				},
				"PreviewMerge": func() error {
					plan, err := l.PreviewMerge(t.Context(), target, tc.sources)
					require.Nil(t, plan)
					return err
				},
			} {
				e := mergeError(t, l.refused(t, code, call))
				require.Equal(t, tc.want, e.Violations, name)
				require.Equal(t, about, e.ID, name)
			}
		})
	}
}

// TestMergeOrderOfChecks breaks all rules and fixes them one by one: each call is refused for the first rule that is
// still broken. A preview is refused for the first four of them; its plan lists the others.
func TestMergeOrderOfChecks(t *testing.T) {
	l := mergeLab(t)
	var addresses []string
	for i := range 50 {
		addresses = append(addresses, fmt.Sprintf("big%d@x.test", i))
	}
	ann := create(t, l.Store, person("Ann", "ann@x.test"))
	big := create(t, l.Store, person("Big", addresses...)).ID
	bob := create(t, l.Store, person("Bob", "bob@x.test")).ID
	gone := create(t, l.Store, person("Gone")).ID
	l.requireMerge(t, bob, gone)
	member := create(t, l.Store, person("Mel")).ID
	l.setMember(t, member, &contacts.Member{MemberID: testID(7001)},
		&contacts.Member{MemberID: testID(7001), Status: contacts.MemberPending}, "PENDING")
	payer := create(t, l.Store, person("Pam")).ID
	_, err := l.SetBillingSubscription(t.Context(), payer, true)
	require.NoError(t, err)
	plan, err := l.PreviewMerge(t.Context(), ann.ID, []uuid.UUID{big})
	require.NoError(t, err)

	type call struct {
		target   uuid.UUID
		revision int
		sources  []uuid.UUID
		plan     contacts.Fingerprint
	}
	is := func(code contacts.Code, about uuid.UUID) contacts.Error { return contacts.Error{Code: code, ID: about} }
	wrong := contacts.Fingerprint{1}
	for _, tc := range []struct {
		name    string
		call    call
		want    contacts.Error // code and ID
		preview bool           // whether the preview fails, too
	}{
		{"MRG-1 all wrong", call{missingID, 9, []uuid.UUID{missingID, member, member, gone, payer, uuid.Nil}, wrong},
			is(contacts.ErrInvalid, missingID), true},
		{"MRG-1 no nil UUID", call{missingID, 9, []uuid.UUID{missingID, member, member, gone, payer, big}, wrong},
			is(contacts.ErrInvalid, missingID), true},
		{"MRG-1 five sources", call{missingID, 9, []uuid.UUID{missingID, member, member, gone, payer}, wrong},
			is(contacts.ErrContactNotFound, missingID), true},
		{"MRG-1 a target that was merged away", call{gone, 9, []uuid.UUID{gone, member, member, missingID, payer}, wrong},
			is(contacts.ErrContactNotFound, gone), true},
		{"MRG-1 a target that exists", call{ann.ID, 9, []uuid.UUID{ann.ID, member, member, gone, missingID}, wrong},
			is(contacts.ErrContactNotFound, gone), true},
		{"MRG-1 no source that was merged away", call{ann.ID, 9, []uuid.UUID{member, ann.ID, member, payer, missingID}, wrong},
			is(contacts.ErrContactNotFound, missingID), true},
		{"MRG-1 no source that is missing", call{ann.ID, 9, []uuid.UUID{member, ann.ID, member, payer, big}, wrong},
			is(contacts.ErrIllegalMerge, ann.ID), true},
		{"MRG-1 the target not among the sources", call{ann.ID, 9, []uuid.UUID{payer, member, big, member}, wrong},
			is(contacts.ErrIllegalMerge, member), true},
		{"MRG-1 no source twice", call{ann.ID, 9, []uuid.UUID{big, payer, member}, wrong},
			is(contacts.ErrFailedPrecondition, payer), false},
		{"MRG-1 MRG-2 no payer", call{ann.ID, 9, []uuid.UUID{big, member}, wrong},
			is(contacts.ErrFailedPrecondition, member), false},
		{"MRG-1 MRG-2 no member, a revision too high", call{ann.ID, 9, []uuid.UUID{big}, wrong},
			is(contacts.ErrAlreadyChanged, ann.ID), false},
		{"MRG-1 a revision too low", call{ann.ID, 0, []uuid.UUID{big}, wrong},
			is(contacts.ErrAlreadyChanged, ann.ID), false},
		{"MRG-1 MRG-13 the right revision", call{ann.ID, 1, []uuid.UUID{big}, wrong},
			is(contacts.ErrPlanOutdated, ann.ID), false},
		{"MRG-1 MRG-9 the right plan", call{ann.ID, 1, []uuid.UUID{big}, plan.Fingerprint},
			is(contacts.ErrIllegalMerge, ann.ID), false},
		{"MRG-1 MRG-9 no plan", call{ann.ID, 1, []uuid.UUID{big}, contacts.Fingerprint{}},
			is(contacts.ErrIllegalMerge, ann.ID), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := mergeError(t, l.refused(t, tc.want.Code, func() error {
				c, err := l.Merge(t.Context(), tc.call.target, tc.call.revision, tc.call.sources,
					&contacts.MergeOptions{Plan: tc.call.plan})
				require.Nil(t, c)
				return err
			}))
			require.Equal(t, tc.want.ID, e.ID)

			before := stateOf(l.Snapshot())
			plan, err := l.PreviewMerge(t.Context(), tc.call.target, tc.call.sources)
			require.Equal(t, before, stateOf(l.Snapshot()))
			if tc.preview {
				require.Nil(t, plan)
				p := mergeError(t, err)
				require.Equal(t, e.Code, p.Code)
				require.Equal(t, e.ID, p.ID)
				require.Equal(t, e.Violations, p.Violations)
				return
			}
			require.NoError(t, err)
			require.NotEmpty(t, plan.Blocks) // the large source
			require.Error(t, plan.Err())
		})
	}
	t.Run("MRG-1 nothing wrong", func(t *testing.T) {
		l.requireMerge(t, ann.ID, bob)
	})
}

func TestMergeBlockedSources(t *testing.T) {
	base := mergeLab(t)
	ann := create(t, base.Store, richInfo("ann")).ID
	bo := create(t, base.Store, richInfo("bo")).ID
	cy := create(t, base.Store, person("Cy", "cy@x.test")).ID
	link := func(role contacts.Role) func(t *testing.T, l *lab, id uuid.UUID) {
		return func(t *testing.T, l *lab, id uuid.UUID) {
			m := &contacts.Member{MemberID: testID(7001)}
			if role != "" {
				m.User = &contacts.MemberUser{Role: role}
			}
			_, err := l.SetMember(t.Context(), id, m)
			require.NoError(t, err)
		}
	}
	pay := func(t *testing.T, l *lab, id uuid.UUID) {
		_, err := l.SetBillingSubscription(t.Context(), id, true)
		require.NoError(t, err)
	}
	type change = func(t *testing.T, l *lab, id uuid.UUID)
	for _, tc := range []struct {
		name    string
		changes []change
		want    []contacts.MergeBlocker
	}{
		{"MRG-2 a member", []change{link("")}, []contacts.MergeBlocker{contacts.SourceIsMember}},
		{"MRG-2 a member with an unspecified role", []change{link(contacts.RoleUnspecified)},
			[]contacts.MergeBlocker{contacts.SourceIsMember}},
		{"MRG-2 an owner", []change{link(contacts.RoleOwner)},
			[]contacts.MergeBlocker{contacts.SourceIsOwnerOrContributor}},
		{"MRG-2 a contributor", []change{link(contacts.RoleContributor)},
			[]contacts.MergeBlocker{contacts.SourceIsOwnerOrContributor}},
		{"MRG-2 a payer", []change{pay}, []contacts.MergeBlocker{contacts.SourceHasBillingSubscription}},
		{"MRG-2 a member that pays", []change{pay, link("")},
			[]contacts.MergeBlocker{contacts.SourceIsMember, contacts.SourceHasBillingSubscription}},
		{"MRG-2 an owner that pays", []change{link(contacts.RoleOwner), pay},
			[]contacts.MergeBlocker{contacts.SourceIsOwnerOrContributor, contacts.SourceHasBillingSubscription}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			for _, change := range tc.changes {
				change(t, l, bo)
			}
			var want []contacts.MergeBlock
			for _, b := range tc.want {
				want = append(want, contacts.MergeBlock{Blocker: b, ID: bo})
			}
			for _, sources := range [][]uuid.UUID{{bo}, {cy, bo}, {bo, cy}} {
				e := l.refusedMerge(t, contacts.ErrFailedPrecondition, ann, sources, nil)
				require.Equal(t, bo, e.ID)
				require.Empty(t, e.Violations)
				require.Equal(t, want, blocksOf(t, e))
				plan, err := l.PreviewMerge(t.Context(), ann, sources)
				require.NoError(t, err)
				require.Equal(t, want, plan.Blocks)
				require.Equal(t, e, plan.Err())
			}
		})
		t.Run(tc.name+", as the target", func(t *testing.T) {
			l := base.fork()
			for _, change := range tc.changes {
				change(t, l, ann)
			}
			v, _ := l.Snapshot().View(ann)
			c, _ := l.requireMerge(t, ann, bo, cy)
			require.True(t, v.Member().Equal(c.Member))
			require.Equal(t, v.Clone().Info.ExtendedFields["members.membershipStatus"],
				c.Info.ExtendedFields["members.membershipStatus"])
			merged, _ := l.Snapshot().View(ann)
			require.Equal(t, v.BillingSubscription(), merged.BillingSubscription())
		})
	}

	t.Run("MRG-2 all that is wrong, in the order of the sources", func(t *testing.T) {
		l := base.fork()
		link("")(t, l, cy)
		pay(t, l, bo)
		e := l.refusedMerge(t, contacts.ErrFailedPrecondition, ann, []uuid.UUID{cy, bo}, nil)
		require.Equal(t, cy, e.ID)
		require.Equal(t, []contacts.MergeBlock{
			{Blocker: contacts.SourceIsMember, ID: cy}, {Blocker: contacts.SourceHasBillingSubscription, ID: bo},
		}, blocksOf(t, e))
	})
	t.Run("MRG-2 no longer a member, no longer a payer", func(t *testing.T) {
		l := base.fork()
		link("")(t, l, bo)
		pay(t, l, bo)
		_, err := l.SetMember(t.Context(), bo, &contacts.Member{
			MemberID: testID(7001), Status: contacts.MemberDeleted, User: &contacts.MemberUser{Role: contacts.RoleOwner},
		})
		require.NoError(t, err)
		_, err = l.SetBillingSubscription(t.Context(), bo, false)
		require.NoError(t, err)
		l.requireMerge(t, ann, bo)
	})
	t.Run("MRG-2 MRG-5 MEM-1 a member without emails gets its first one", func(t *testing.T) {
		l := base.fork()
		target := create(t, l.Store, person("Dee")).ID
		link("")(t, l, target)
		c, _ := l.requireMerge(t, target, bo, cy)
		require.Equal(t, "bo@x.test", c.PrimaryInfo.Email)
		require.Equal(t, "PENDING", c.Info.ExtendedFields["members.membershipStatus"])
		require.NotNil(t, c.Member)
	})
	t.Run("MRG-2 the error is the caller's", func(t *testing.T) {
		l := base.fork()
		pay(t, l, bo)
		plan, err := l.PreviewMerge(t.Context(), ann, []uuid.UUID{bo})
		require.NoError(t, err)
		want := slices.Clone(plan.Blocks)
		blocksOf(t, plan.Err())[0] = contacts.MergeBlock{}
		require.Equal(t, want, plan.Blocks)
		require.Equal(t, want, blocksOf(t, plan.Err()))
	})
}

// single is a piece of information that a contact has only once. Two contacts with the same variant, 1 or 2, have equal
// values; variant 0 means no value.
type single struct {
	rule, name, path string
	info             func(in *contacts.Info, variant int)
	after            func(t *testing.T, l *lab, id uuid.UUID, variant int) // changes the contact, if not nil
	get              func(c *contacts.Contact) any
}

func mergeSingles() []single {
	text := func(rule, name string, at func(*contacts.Info) *string, one, two string) single {
		return single{
			rule, name, "info." + name,
			func(in *contacts.Info, variant int) { *at(in) = []string{"", one, two}[variant] },
			nil,
			func(c *contacts.Contact) any { return *at(&c.Info) },
		}
	}
	field := func(key string, one, two any) single {
		return single{
			"MRG-7", key, "info.extendedFields.items." + key,
			func(in *contacts.Info, variant int) {
				in.ExtendedFields = map[string]any{key: []any{nil, one, two}[variant]}
			},
			nil,
			func(c *contacts.Contact) any { return c.Info.ExtendedFields[key] },
		}
	}
	system := func(key string, one, two any) single {
		f := field(key, one, two)
		f.info = nil
		f.after = func(t *testing.T, l *lab, id uuid.UUID, variant int) {
			_, err := l.SetSystemFields(t.Context(), id, map[string]any{key: []any{nil, one, two}[variant]})
			require.NoError(t, err)
		}
		return f
	}
	names := []contacts.Name{{}, {First: "Ann", Last: "Adler"}, {First: "Bo", Last: "Brook"}}
	pictures := []*contacts.Picture{
		nil,
		{Image: contacts.Image{ID: "one", URL: "https://x.test/1.png", URLExpirationDate: epoch}},
		{Image: contacts.Image{ID: "one", URL: "https://x.test/1.png", URLExpirationDate: epoch.Add(time.Second)}},
	}
	subscribe := func(address string) func(t *testing.T, l *lab, id uuid.UUID, variant int) {
		return func(t *testing.T, l *lab, id uuid.UUID, variant int) {
			_, err := l.SetSubscription(t.Context(), id, address,
				[]contacts.SubscriptionStatus{"", subscribed, contacts.SubscriptionPending}[variant])
			require.NoError(t, err)
		}
	}
	return []single{
		{
			"MRG-4", "name", "info.name", func(in *contacts.Info, variant int) { in.Name = names[variant] }, nil,
			func(c *contacts.Contact) any { return c.Info.Name },
		},
		text("MRG-4", "company", func(in *contacts.Info) *string { return &in.Company }, "Acorn", "acorn"),
		text("MRG-4", "jobTitle", func(in *contacts.Info) *string { return &in.JobTitle }, "Baker", "Botanist"),
		text("MRG-4", "birthdate", func(in *contacts.Info) *string { return &in.Birthdate }, "1990-02-28", "1990-02-27"),
		text("MRG-4", "locale", func(in *contacts.Info) *string { return &in.Locale }, "en-us", "en"),
		{
			"MRG-4", "picture", "info.picture", func(in *contacts.Info, variant int) { in.Picture = pictures[variant] }, nil,
			func(c *contacts.Contact) any {
				if c.Info.Picture == nil {
					return nil
				}
				return *c.Info.Picture
			},
		},
		field("custom.text", "one", "One"),
		field("custom.number", 0.0, -1.5),
		field("custom.date", "2020-02-29", "2021-02-28"),
		field("custom.link", "https://x.test/", "http://x.test/"),
		field("invoices.vatId", "XX 1", "XX 2"),
		system("members.mobile", "true", "false"),
		system("ecom.numOfPurchases", 0.0, 3.0),
		system("ecom.totalSpentAmount", 19.5, 20.0),
		system("ecom.totalSpentCurrency", "USD", "EUR"),
		system("ecom.lastPurchaseDate", "2025-12-24", "2025-12-23"),
		{
			"MRG-7", "subscription of an email", "info.emails.items[0].subscriptionStatus", nil, subscribe(" SAME@x.test"),
			func(c *contacts.Contact) any { return c.PrimaryEmail.SubscriptionStatus },
		},
		{
			"MRG-7", "deliverability of an email", "info.emails.items[0].deliverabilityStatus", nil,
			func(t *testing.T, l *lab, id uuid.UUID, variant int) {
				_, err := l.SetDeliverability(t.Context(), id, "same@x.test",
					[]contacts.EmailDeliverability{"", bounced, contacts.EmailDeliverabilityValid}[variant])
				require.NoError(t, err)
			},
			func(c *contacts.Contact) any { return c.PrimaryEmail.DeliverabilityStatus },
		},
		{
			"MRG-7", "subscription of a phone", "info.phones.items[0].subscriptionStatus", nil, subscribe("+12015550123"),
			func(c *contacts.Contact) any { return c.PrimaryPhone.SubscriptionStatus },
		},
	}
}

func TestMergeSingles(t *testing.T) {
	base := mergeLab(t)
	made := func(t *testing.T, l *lab, s single, variant int) *contacts.Contact {
		info := reachable([]string{"same@x.test"}, phoneUS)
		if s.info != nil {
			s.info(&info, variant)
		}
		c := create(t, l.Store, info)
		if s.after != nil && variant != 0 {
			s.after(t, l, c.ID, variant)
		}
		v, _ := l.Snapshot().View(c.ID)
		return v.Clone()
	}
	const (
		targetHas  = "DROPPED TARGET_HAS_VALUE"
		earlierHas = "DROPPED EARLIER_SOURCE_HAS_VALUE"
	)
	for _, s := range mergeSingles() {
		values := map[int]any{}
		for variant := range 3 {
			values[variant] = s.get(made(t, base.fork(), s, variant))
		}
		require.NotEqual(t, values[0], values[1])
		require.NotEqual(t, values[0], values[2])
		require.NotEqual(t, values[1], values[2])
		for _, tc := range []struct {
			name     string
			variants []int // of the target and of the sources
			want     int
			outcomes []string // for each
		}{
			{"no contact has one", []int{0, 0, 0}, 0, []string{"", "", ""}},
			{"the target alone has one", []int{1, 0}, 1, []string{"KEPT", ""}},
			{"the target's is not overwritten", []int{1, 2}, 1, []string{"KEPT", targetHas}},
			{"the target's is not overwritten by many", []int{2, 1, 1, 2}, 2,
				[]string{"KEPT", targetHas, targetHas, "ALREADY_THERE"}},
			{"all have the same", []int{1, 1, 1}, 1, []string{"KEPT", "ALREADY_THERE", "ALREADY_THERE"}},
			{"only the source has one", []int{0, 2}, 2, []string{"", "ADDED"}},
			{"the first source wins", []int{0, 1, 2}, 1, []string{"", "ADDED", earlierHas}},
			{"the other source wins if it is first", []int{0, 2, 1}, 2, []string{"", "ADDED", earlierHas}},
			{"the first source that has one wins", []int{0, 0, 2, 1, 2, 0}, 2,
				[]string{"", "", "ADDED", earlierHas, "ALREADY_THERE", ""}},
		} {
			t.Run(s.rule+" MRG-8 "+s.name+", "+tc.name, func(t *testing.T) {
				l := base.fork()
				names, all := map[uuid.UUID]string{}, []uuid.UUID(nil)
				for i, variant := range tc.variants {
					all = append(all, made(t, l, s, variant).ID)
					names[all[i]] = strconv.Itoa(i)
				}
				c, plan := l.requireMerge(t, all[0], all[1:]...)
				require.Equal(t, values[tc.want], s.get(c))
				want := []string{}
				for i, outcome := range tc.outcomes {
					if outcome != "" && !strings.HasPrefix(outcome, "DROPPED") {
						outcome += " " + s.path
					}
					if outcome != "" {
						want = append(want, fmt.Sprint(i, " ", s.path, " ", outcome))
					}
				}
				got := slices.DeleteFunc(accountOf(plan.Account, names), func(line string) bool {
					return strings.Fields(line)[1] != s.path
				})
				require.Equal(t, want, got)
			})
		}
	}
}

func TestMergeEffects(t *testing.T) {
	base := mergeLab(t)
	emails := func(list ...contacts.Email) contacts.Info { return contacts.Info{Emails: list} }
	email := func(tag contacts.EmailTag, address string) contacts.Email {
		return contacts.Email{Tag: tag, Address: address}
	}
	phones := func(list ...contacts.Phone) contacts.Info { return contacts.Info{Phones: list} }
	named := func(first, last string) contacts.Info {
		return contacts.Info{Name: contacts.Name{First: first, Last: last}}
	}
	with := func(do func(in *contacts.Info)) contacts.Info {
		in := person("X")
		do(&in)
		return in
	}
	labelled := func(keys ...string) contacts.Info {
		return with(func(in *contacts.Info) { in.LabelKeys = keys })
	}
	placed := func(ids ...uint64) contacts.Info {
		return with(func(in *contacts.Info) {
			for _, n := range ids {
				in.Locations = append(in.Locations, testID(n))
				in.AssignedUserIDs = append(in.AssignedUserIDs, testID(100+n))
			}
		})
	}
	addressed := func(list ...contacts.Address) contacts.Info {
		return with(func(in *contacts.Info) { in.Addresses = list })
	}
	elm := contacts.Address{AddressLine: "7 Elm Row", City: "Springvale", Country: "US"}
	elmAtWork, oak := elm, contacts.Address{AddressLine: "9 Oak Lane"}
	elmAtWork.Tag = contacts.AddressWork
	// In the wanted result, in is the info of the target and s are those of the sources, as stored.
	type infos = []contacts.Info
	addEmails := func(in *contacts.Info, list ...contacts.Email) {
		for _, e := range list {
			e.Primary = false
			in.Emails = append(in.Emails, e)
		}
	}
	addPhones := func(in *contacts.Info, list ...contacts.Phone) {
		for _, p := range list {
			p.Primary = false
			in.Phones = append(in.Phones, p)
		}
	}
	nothing := func(*contacts.Info, infos) {}

	for _, tc := range []struct {
		name    string
		target  contacts.Info
		sources infos
		want    func(in *contacts.Info, s infos)
	}{
		{
			"MRG-3 a full target and a full source with other emails", richInfo("ann"), infos{richInfo("bo")},
			func(in *contacts.Info, s infos) { addEmails(in, s[0].Emails...) },
		},
		{"MRG-3 a source that has the same", richInfo("ann"), infos{richInfo("ann")}, nothing},
		{"MRG-3 five sources that have the same", richInfo("ann"), repeated(5, richInfo("ann")), nothing},
		{"MRG-3 a source that has nothing but a name", richInfo("ann"), infos{named("Bo", "Brook")}, nothing},
		{
			"MRG-3 equal items of the target stay",
			contacts.Info{
				Emails:    person("", "a@x.test", "b@x.test", "A@x.test", "a@x.test").Emails,
				Phones:    []contacts.Phone{phoneUS, number("US", numberUS2), phoneUS, phoneLoose, phoneLoose},
				Addresses: []contacts.Address{elm, elmAtWork, elm},
				Locations: []uuid.UUID{testID(1), testID(2), testID(1)}, AssignedUserIDs: []uuid.UUID{testID(3), testID(3)},
			},
			infos{
				{
					Emails: person("", "a@x.test", "b@x.test").Emails, Phones: []contacts.Phone{phoneLoose, phoneUS},
					Addresses: []contacts.Address{elm}, Locations: []uuid.UUID{testID(2), testID(1)},
					AssignedUserIDs: []uuid.UUID{testID(3)},
				},
			},
			nothing,
		},
		{
			"MRG-3 the target's primaries stay", reachable([]string{"a@x.test", "b@x.test"}, phoneUS, phoneLoose),
			infos{{
				Emails: primaryAt(1, "c@x.test", "b@x.test"),
				Phones: []contacts.Phone{phoneGB, {Number: numberLoose, Primary: true}},
			}},
			func(in *contacts.Info, s infos) { addEmails(in, s[0].Emails[1]); addPhones(in, s[0].Phones[1]) },
		},

		{"MRG-4 a first name keeps a whole name off", named("Ann", ""), infos{named("Bo", "Brook")}, nothing},
		{"MRG-4 a last name keeps a whole name off", named("", "Adler"), infos{named("Bo", "Brook")}, nothing},
		{"MRG-4 a first name keeps its last name off", named("Ann", ""), infos{named("Ann", "Adler")}, nothing},
		{
			"MRG-4 halves of names do not mix", emails(email("", "a@x.test")), infos{named("", "Brook"), named("Cy", "Castell")},
			func(in *contacts.Info, s infos) { in.Name.Last = "Brook" },
		},
		{
			"MRG-4 a whole name", emails(email("", "a@x.test")), infos{named("Bo", "Brook"), named("Cy", "Castell")},
			func(in *contacts.Info, s infos) { in.Name = contacts.Name{First: "Bo", Last: "Brook"} },
		},
		{
			"MRG-4 a name of spaces keeps none off", contacts.Info{Name: contacts.Name{First: " "}, Emails: person("", "a@x.test").Emails},
			infos{{Name: contacts.Name{Last: "\u200b"}, Emails: person("", "a@x.test").Emails}, named("Bo", "Brook")},
			func(in *contacts.Info, s infos) { in.Name = contacts.Name{First: "Bo", Last: "Brook"} },
		},
		{
			"MRG-4 single values of different sources", named("Ann", ""),
			infos{
				with(func(in *contacts.Info) { in.JobTitle, in.Locale = "Baker", "de" }),
				with(func(in *contacts.Info) { in.Company, in.JobTitle = "Acorn", "Botanist" }),
				with(func(in *contacts.Info) { in.Company, in.Birthdate = "Birch", "1990-02-28" }),
			},
			func(in *contacts.Info, s infos) {
				in.Company, in.JobTitle, in.Locale, in.Birthdate = "Acorn", "Baker", "de", "1990-02-28"
			},
		},

		{
			"MRG-5 emails without regard to case and surrounding space", emails(email(contacts.EmailHome, "Ann@X.test")),
			infos{emails(email(contacts.EmailWork, " aNN@x.TEST\t"), email(contacts.EmailWork, "ann@x.test"))}, nothing,
		},
		{
			"MRG-5 a final sigma is a sigma", emails(email("", "ΝΙΚΟΣ@x.test")), infos{emails(email("", "νικος@x.test"))}, nothing,
		},
		{
			"MRG-5 a Kelvin sign is no k", emails(email("", "kim@x.test")), infos{emails(email("", "\u212aim@x.test"))},
			func(in *contacts.Info, s infos) { addEmails(in, s[0].Emails[0]) },
		},
		{
			"MRG-5 new emails are appended in order, with IDs, tags and spelling",
			emails(email(contacts.EmailHome, "a@x.test"), email(contacts.EmailWork, "b@x.test")),
			infos{
				emails(email(contacts.EmailWork, " C@x.test"), email(contacts.EmailMain, "a@x.test"), email("", "d@x.test")),
				emails(email(contacts.EmailHome, "e@x.test"), email("", "c@x.test"), email("", "f@x.test")),
			},
			func(in *contacts.Info, s infos) {
				addEmails(in, s[0].Emails[0], s[0].Emails[2], s[1].Emails[0], s[1].Emails[2])
			},
		},
		{
			"MRG-5 equal emails of one source", emails(email("", "a@x.test")),
			infos{emails(email(contacts.EmailHome, "b@x.test"), email(contacts.EmailWork, "B@x.test"))},
			func(in *contacts.Info, s infos) { addEmails(in, s[0].Emails[0]) },
		},
		{
			"MRG-5 an email like that of a phone, a name", named("a@x.test", ""), infos{emails(email("", "a@x.test"))},
			func(in *contacts.Info, s infos) { in.Emails = s[0].Emails },
		},
		{
			"MRG-5 a target without emails gets the primary email of the first source", named("Ann", ""),
			infos{{Emails: primaryAt(1, "a@x.test", "b@x.test", "c@x.test")}, {Emails: primaryAt(1, "d@x.test", "e@x.test")}},
			func(in *contacts.Info, s infos) {
				in.Emails = s[0].Emails // b, a, c
				addEmails(in, s[1].Emails...)
			},
		},
		{
			"MRG-5 the primary of the first source that has one", named("Ann", ""),
			infos{phones(phoneUS), {Emails: primaryAt(1, "a@x.test", "b@x.test")}, {Emails: primaryAt(0, "c@x.test", "a@x.test")}},
			func(in *contacts.Info, s infos) {
				in.Phones = s[0].Phones
				in.Emails = s[1].Emails
				addEmails(in, s[2].Emails[0])
			},
		},
		{
			"MRG-5 phones by E.164", phones(phoneUS), infos{phones(number("US", numberUS2), number("US", "+1 201 555 0123"))},
			nothing,
		},
		{
			"MRG-5 phones of the same text in other countries", phones(number("DE", numberShared)),
			infos{phones(number("NL", numberShared), number("DE", numberShared))},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[0]) },
		},
		{
			"MRG-5 extensions of one switchboard", phones(number("US", numberUS+" x123")),
			infos{phones(number("US", numberUS2+" ext. 123"), number("US", numberUS+" x124"), phoneUS)},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[1], s[0].Phones[2]) },
		},
		{
			"MRG-5 a phone that identifies no one, once", phones(number("", "n/a")),
			infos{phones(number("US", "n/a"), number("", "unknown")), phones(number("", "unknown"), number("", "n/a"))},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[1]) },
		},
		{
			"MRG-5 phones as typed where neither has an E.164 form", phones(phoneLoose),
			infos{phones(phoneLoose, number("US", numberLoose), number("", "555 0199"))},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[2]) },
		},
		{
			"MRG-5 a valid number is new beside its text without a country", phones(number("", numberUS)),
			infos{phones(phoneUS), phones(number("US", numberUS2))},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[0]) },
		},
		{
			"MRG-5 a phone as typed is there already where a valid number has its text", phones(phoneUS),
			infos{phones(number("", numberUS))},
			func(in *contacts.Info, s infos) {},
		},
		{
			"MRG-5 new phones are appended in order, with IDs, tags and countries",
			phones(contacts.Phone{Tag: contacts.PhoneWork, CountryCode: "US", Number: numberUS}),
			infos{
				phones(contacts.Phone{Tag: contacts.PhoneFax, CountryCode: "GB", Number: "020 7946 0018"}, phoneUS, phoneLoose),
				phones(number("US", "201-555-0124"), phoneLoose),
			},
			func(in *contacts.Info, s infos) { addPhones(in, s[0].Phones[0], s[0].Phones[2], s[1].Phones[0]) },
		},
		{
			"MRG-5 a target without phones gets the primary phone of the first source", named("Ann", ""),
			infos{
				phones(phoneUS, contacts.Phone{Number: numberLoose, Primary: true}),
				phones(contacts.Phone{CountryCode: "GB", Number: "020 7946 0018", Primary: true}),
			},
			func(in *contacts.Info, s infos) { in.Phones = s[0].Phones; addPhones(in, s[1].Phones...) },
		},
		{
			"MRG-5 addresses are compared without tags and IDs", addressed(elm), infos{addressed(elmAtWork), addressed(elm, elmAtWork)},
			nothing,
		},
		{
			"MRG-5 new addresses are appended in order, with IDs and tags", addressed(oak),
			infos{addressed(elmAtWork, oak, elm), addressed(elm, contacts.Address{City: "Springvale"})},
			func(in *contacts.Info, s infos) {
				in.Addresses = append(in.Addresses, s[0].Addresses[0], s[1].Addresses[1])
			},
		},

		{
			"MRG-6 labels are united, the target's first", labelled("custom.blue", "contacts.customers"),
			infos{labelled("custom.red", "custom.blue"), labelled("contacts.contacted-me", "custom.red", "custom.green")},
			func(in *contacts.Info, s infos) {
				in.LabelKeys = []string{
					"custom.blue", "contacts.customers", "custom.red", "contacts.contacted-me", "custom.green",
				}
			},
		},
		{
			"MRG-6 locations and assigned users are united, the target's first", placed(3, 1),
			infos{placed(2, 1, 4), placed(5, 4, 3)},
			func(in *contacts.Info, s infos) {
				want := placed(3, 1, 2, 4, 5)
				in.Locations, in.AssignedUserIDs = want.Locations, want.AssignedUserIDs
			},
		},
		{
			"MRG-6 a target without labels, locations and users", named("Ann", ""),
			infos{with(func(in *contacts.Info) { *in = placed(2, 1); in.LabelKeys = []string{"custom.red", "custom.green"} })},
			func(in *contacts.Info, s infos) {
				in.LabelKeys, in.Locations, in.AssignedUserIDs = s[0].LabelKeys, s[0].Locations, s[0].AssignedUserIDs
			},
		},
		{
			"MRG-6 equal items of one source", named("Ann", ""),
			infos{with(func(in *contacts.Info) {
				in.Locations, in.AssignedUserIDs = repeated(3, testID(1)), repeated(2, testID(2))
			})},
			func(in *contacts.Info, s infos) {
				in.Locations, in.AssignedUserIDs = []uuid.UUID{testID(1)}, []uuid.UUID{testID(2)}
			},
		},

		{
			"MRG-7 extended fields of different contacts",
			with(func(in *contacts.Info) { in.ExtendedFields = map[string]any{"custom.text": "a"} }),
			infos{
				with(func(in *contacts.Info) { in.ExtendedFields = map[string]any{"custom.text": "b", "custom.number": 1} }),
				with(func(in *contacts.Info) {
					in.ExtendedFields = map[string]any{"custom.number": 2, "invoices.vatId": "XX 1"}
				}),
			},
			func(in *contacts.Info, s infos) {
				in.ExtendedFields["custom.number"], in.ExtendedFields["invoices.vatId"] = 1.0, "XX 1"
			},
		},
		{
			"MRG-7 a value that looks like one of another type",
			with(func(in *contacts.Info) { in.ExtendedFields = map[string]any{"custom.text": "1"} }),
			infos{with(func(in *contacts.Info) { in.ExtendedFields = map[string]any{"custom.number": 1} })},
			func(in *contacts.Info, s infos) { in.ExtendedFields["custom.number"] = 1.0 },
		},
		{
			"MRG-7 derived fields are computed, not copied", emails(email("", "a@x.test")),
			infos{richInfo("bo")},
			func(in *contacts.Info, s infos) {
				e := in.Emails
				*in = s[0].Clone()
				in.Emails = e
				addEmails(in, s[0].Emails...)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			target := create(t, l.Store, tc.target)
			var sources []uuid.UUID
			var stored infos
			for _, info := range tc.sources {
				c := create(t, l.Store, info)
				sources, stored = append(sources, c.ID), append(stored, c.Info.Clone())
			}
			want := target.Info.Clone()
			tc.want(&want, stored)
			c, _ := l.requireMerge(t, target.ID, sources...)
			want, got := withoutDerived(want), withoutDerived(c.Info)
			require.Truef(t, want.Equal(got), "want: %+v\ngot:  %+v", want, got)
		})
	}

	// An address is equal only if all its parts are.
	full := contacts.Address{
		StreetAddress: &contacts.StreetAddress{Number: "7", Name: "Elm Row", Apt: "2", FormattedAddressLine: "7 Elm Row"},
		AddressLine2:  "Floor 3", Country: "US", Subdivision: "US-NY", City: "Springvale", PostalCode: "10999",
		FormattedAddress: "7 Elm Row, Springvale", Hint: "Blue door",
		Geocode: &contacts.Geocode{Latitude: 41.5, Longitude: -73.5},
	}
	for name, edit := range map[string]func(a *contacts.Address){
		"street number":    func(a *contacts.Address) { a.StreetAddress.Number = "8" },
		"street name":      func(a *contacts.Address) { a.StreetAddress.Name = "Elm row" },
		"apartment":        func(a *contacts.Address) { a.StreetAddress.Apt = "" },
		"formatted street": func(a *contacts.Address) { a.StreetAddress.FormattedAddressLine = "7, Elm Row" },
		"street as text":   func(a *contacts.Address) { a.StreetAddress, a.AddressLine = nil, "7 Elm Row" },
		"second line":      func(a *contacts.Address) { a.AddressLine2 = "floor 3" },
		"country":          func(a *contacts.Address) { a.Country = "" },
		"subdivision":      func(a *contacts.Address) { a.Subdivision = "US-NJ" },
		"city":             func(a *contacts.Address) { a.City = "Springvale " },
		"postal code":      func(a *contacts.Address) { a.PostalCode = "10998" },
		"formatted":        func(a *contacts.Address) { a.FormattedAddress = "7 Elm Row" },
		"hint":             func(a *contacts.Address) { a.Hint = "" },
		"latitude":         func(a *contacts.Address) { a.Geocode.Latitude += 1e-9 },
		"longitude":        func(a *contacts.Address) { a.Geocode.Longitude += 1e-9 },
		"no geocode":       func(a *contacts.Address) { a.Geocode = nil },
	} {
		t.Run("MRG-5 addresses that differ in the "+name, func(t *testing.T) {
			l := base.fork()
			other := full.Clone()
			edit(&other)
			target := create(t, l.Store, addressed(full))
			source := create(t, l.Store, addressed(full, other, other))
			c, _ := l.requireMerge(t, target.ID, source.ID)
			want := append(slices.Clone(target.Info.Addresses), source.Info.Addresses[1])
			require.True(t, slices.EqualFunc(want, c.Info.Addresses, contacts.Address.Equal))
		})
	}
}

// TestMergeStatuses merges statuses of addresses that are not primary, or not on the contact.
func TestMergeStatuses(t *testing.T) {
	base := mergeLab(t)
	at := func(t *testing.T, l *lab, emails ...string) uuid.UUID {
		return create(t, l.Store, person("", emails...)).ID
	}
	set := func(t *testing.T, l *lab, id uuid.UUID, address string, status contacts.SubscriptionStatus) {
		_, err := l.SetSubscription(t.Context(), id, address, status)
		require.NoError(t, err)
	}
	// statusOf makes the address primary and returns the status that the contact shows.
	statusOf := func(t *testing.T, l *lab, id uuid.UUID, address string) contacts.SubscriptionStatus {
		v, _ := l.Snapshot().View(id)
		f := l.Fork()
		if !strings.Contains(address, "@") {
			return update(t, f, v.Clone(), contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("US", address)})}).
				PrimaryPhone.SubscriptionStatus
		}
		list := person("", address).Emails
		c, err := f.Update(t.Context(), id, v.Revision(), contacts.Patch{Emails: contacts.Set(list)},
			&contacts.UpdateOptions{AllowDuplicates: true})
		require.NoError(t, err)
		return c.PrimaryEmail.SubscriptionStatus
	}
	entries := func(plan *contacts.MergePlan, names map[uuid.UUID]string) []string {
		return slices.DeleteFunc(accountOf(plan.Account, names), func(line string) bool {
			return !strings.Contains(line, "].subscriptionStatus ") && !strings.Contains(line, "].deliverabilityStatus ")
		})
	}

	t.Run("MRG-7 MRG-8 an address that moves to another place", func(t *testing.T) {
		l := base.fork()
		ann, bo := at(t, l, "a@x.test", "b@x.test"), at(t, l, "c@x.test", "b@x.test")
		set(t, l, ann, "a@x.test", subscribed)
		set(t, l, bo, "c@x.test", unsubscribed)
		set(t, l, bo, "b@x.test", subscribed)
		_, plan := l.requireMerge(t, ann, bo)
		require.Equal(t, subscribed, statusOf(t, l, ann, "a@x.test"))
		require.Equal(t, subscribed, statusOf(t, l, ann, "b@x.test"))
		require.Equal(t, unsubscribed, statusOf(t, l, ann, "c@x.test"))
		require.Equal(t, []string{
			"ann info.emails.items[0].subscriptionStatus KEPT info.emails.items[0].subscriptionStatus",
			"bo info.emails.items[0].subscriptionStatus ADDED info.emails.items[2].subscriptionStatus",
			"bo info.emails.items[1].subscriptionStatus ADDED info.emails.items[1].subscriptionStatus",
		}, entries(plan, map[uuid.UUID]string{ann: "ann", bo: "bo"}))
	})
	t.Run("MRG-7 MRG-8 a phone that moves to another place", func(t *testing.T) {
		l := base.fork()
		ann := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneGB}}).ID
		bo := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneUS, phoneGB}}).ID
		set(t, l, ann, "+442079460018", subscribed)
		set(t, l, bo, "+12015550123", unsubscribed)
		set(t, l, bo, "+442079460018", subscribed)
		_, plan := l.requireMerge(t, ann, bo)
		require.Equal(t, unsubscribed, statusOf(t, l, ann, numberUS))
		require.Equal(t, []string{
			"ann info.phones.items[0].subscriptionStatus KEPT info.phones.items[0].subscriptionStatus",
			"bo info.phones.items[0].subscriptionStatus ADDED info.phones.items[1].subscriptionStatus",
			"bo info.phones.items[1].subscriptionStatus ALREADY_THERE info.phones.items[0].subscriptionStatus",
		}, entries(plan, map[uuid.UUID]string{ann: "ann", bo: "bo"}))
	})
	t.Run("MRG-7 SUB-2 a former address leaves no status", func(t *testing.T) {
		for _, former := range []string{"target", "source"} {
			l := base.fork()
			ann, bo := at(t, l, "x@x.test"), at(t, l, "x@x.test")
			set(t, l, map[string]uuid.UUID{"target": ann, "source": bo}[former], "x@x.test", unsubscribed)
			for _, id := range []uuid.UUID{ann, bo} {
				v, _ := l.Snapshot().View(id)
				update(t, l.Store, v.Clone(), contacts.Patch{
					FirstName: contacts.Set("X"), Emails: contacts.Set([]contacts.Email(nil)),
				})
			}
			cy := at(t, l, "x@x.test")
			l.requireMerge(t, ann, bo, cy)
			require.Equal(t, notSet, statusOf(t, l, ann, "x@x.test"), former)
		}
	})
	t.Run("MRG-7 MRG-8 the status of a former address of an earlier source", func(t *testing.T) {
		l := base.fork()
		ann, bo, cy := create(t, l.Store, person("Ann")).ID, at(t, l, "x@x.test"), at(t, l, "x@x.test")
		set(t, l, bo, "x@x.test", unsubscribed)
		set(t, l, cy, "x@x.test", subscribed)
		v, _ := l.Snapshot().View(bo)
		update(t, l.Store, v.Clone(), contacts.Patch{Emails: contacts.Set(person("", "y@x.test").Emails)})
		_, plan := l.requireMerge(t, ann, bo, cy)
		require.Equal(t, subscribed, statusOf(t, l, ann, "x@x.test"))
		require.Equal(t, []string{"cy info.emails.items[0].subscriptionStatus ADDED info.emails.items[1].subscriptionStatus"},
			entries(plan, map[uuid.UUID]string{ann: "ann", bo: "bo", cy: "cy"}))
	})
	t.Run("MRG-7 MRG-8 the status of a phone whose equal has no E.164 form", func(t *testing.T) {
		l := base.fork()
		ann := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{number("", numberUS)}}).ID
		bo := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneUS}}).ID
		set(t, l, bo, "+12015550123", unsubscribed)
		c, plan := l.requireMerge(t, ann, bo)
		require.Len(t, c.Info.Phones, 2)
		require.Equal(t, contacts.SubscriptionNoStatus, c.PrimaryPhone.SubscriptionStatus)
		require.Equal(t, []string{"bo info.phones.items[0].subscriptionStatus ADDED info.phones.items[1].subscriptionStatus"},
			entries(plan, map[uuid.UUID]string{ann: "ann", bo: "bo"}), "the valid number is not lost")
	})
	t.Run("MRG-8 the status of a phone whose equal, of an earlier source, has no E.164 form", func(t *testing.T) {
		l := base.fork()
		ann := create(t, l.Store, person("Ann")).ID
		bo := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{number("", numberUS)}}).ID
		cy := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneUS}}).ID
		set(t, l, cy, "+12015550123", unsubscribed)
		_, plan := l.requireMerge(t, ann, bo, cy)
		require.Equal(t, []string{"cy info.phones.items[0].subscriptionStatus ADDED info.phones.items[1].subscriptionStatus"},
			entries(plan, map[uuid.UUID]string{ann: "ann", bo: "bo", cy: "cy"}), "the valid number is not lost")
	})
	t.Run("MRG-7 subscription and deliverability of an address are merged on their own", func(t *testing.T) {
		l := base.fork()
		ann, bo := at(t, l, "x@x.test"), at(t, l, "x@x.test")
		set(t, l, ann, "x@x.test", subscribed)
		l.deliver(t, bo, "x@x.test", bounced, emailState(notSet, bounced))
		c, _ := l.requireMerge(t, ann, bo)
		requireEmailState(t, c, "x@x.test", subscribed, bounced)
	})
	t.Run("MRG-7 the statuses of the target's primary follow", func(t *testing.T) {
		l := base.fork()
		ann, bo := create(t, l.Store, person("Ann")).ID, at(t, l, "b@x.test")
		set(t, l, bo, "b@x.test", unsubscribed)
		c, _ := l.requireMerge(t, ann, bo)
		requireEmailState(t, c, "b@x.test", unsubscribed, undelivered)
	})
	t.Run("MRG-7 SUB-2 later changes do not reach the merged contact's twins", func(t *testing.T) {
		l := base.fork()
		ann, bo, cy := at(t, l, "x@x.test"), at(t, l, "x@x.test"), at(t, l, "x@x.test")
		set(t, l, bo, "x@x.test", unsubscribed)
		old := l.fork()
		l.requireMerge(t, ann, bo)
		set(t, l, ann, "x@x.test", subscribed)
		require.Equal(t, unsubscribed, statusOf(t, old, bo, "x@x.test"))
		require.Equal(t, notSet, statusOf(t, old, ann, "x@x.test"))
		require.Equal(t, notSet, statusOf(t, l, cy, "x@x.test"))
	})
}

// TestMergeAccount compares the whole account of a merge.
func TestMergeAccount(t *testing.T) {
	l := mergeLab(t)
	ann := create(t, l.Store, contacts.Info{
		Name:   contacts.Name{First: "Ann"},
		Emails: person("", "a@x.test", "b@x.test", "A@x.test").Emails, Phones: []contacts.Phone{phoneUS},
		Addresses: []contacts.Address{{City: "Elmton"}}, Company: "Acorn", LabelKeys: []string{"custom.red"},
		ExtendedFields: map[string]any{"custom.text": "a"}, Locations: []uuid.UUID{testID(1)},
	}).ID
	bo := create(t, l.Store, contacts.Info{
		Name:   contacts.Name{First: "Bo"},
		Emails: person("", "c@x.test", "B@x.test", "C@x.test").Emails,
		Phones: []contacts.Phone{phoneLoose, number("US", numberUS2)},
		Addresses: []contacts.Address{
			{Tag: contacts.AddressHome, City: "Elmton"}, {City: "Oakham"},
		},
		Company: "Birch", JobTitle: "Baker", LabelKeys: []string{"custom.green", "custom.red"},
		ExtendedFields: map[string]any{"custom.text": "b", "custom.number": 1}, AssignedUserIDs: []uuid.UUID{testID(2)},
		Picture: &contacts.Picture{Image: contacts.Image{ID: "pic"}},
	}).ID
	cy := create(t, l.Store, contacts.Info{
		Name: contacts.Name{First: "Ann"}, Phones: []contacts.Phone{phoneLoose}, Company: "Acorn", JobTitle: "Botanist",
		ExtendedFields: map[string]any{"custom.number": 1, "invoices.vatId": "XX 1"},
		Locations:      []uuid.UUID{testID(3), testID(1)}, AssignedUserIDs: []uuid.UUID{testID(2)},
		Birthdate: "1990-02-28", Locale: "de", Picture: &contacts.Picture{Image: contacts.Image{ID: "other"}},
	}).ID
	_, plan := l.requireMerge(t, ann, bo, cy)

	computed := func(name string, keys ...string) (lines []string) {
		for _, key := range keys {
			lines = append(lines, name+" info.extendedFields.items."+key+" DROPPED COMPUTED_AGAIN")
		}
		return lines
	}
	display := []string{"contacts.displayByFirstName", "contacts.displayByLastName"}
	mail := []string{
		"emailSubscriptions.effectiveEmail", "emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
	}
	want := map[string][]string{
		"ann": slices.Concat([]string{
			"ann info.name KEPT info.name",
			"ann info.emails.items[0] KEPT info.emails.items[0]",
			"ann info.emails.items[1] KEPT info.emails.items[1]",
			"ann info.emails.items[2] KEPT info.emails.items[2]",
			"ann info.phones.items[0] KEPT info.phones.items[0]",
			"ann info.addresses.items[0] KEPT info.addresses.items[0]",
			"ann info.company KEPT info.company",
			"ann info.labelKeys.items[0] KEPT info.labelKeys.items[0]",
			"ann info.extendedFields.items.custom.text KEPT info.extendedFields.items.custom.text",
			"ann info.locations.items[0] KEPT info.locations.items[0]",
		}, computed("ann", display...), computed("ann", mail...)),
		"bo": slices.Concat([]string{
			"bo info.name DROPPED TARGET_HAS_VALUE",
			"bo info.emails.items[0] ADDED info.emails.items[3]",
			"bo info.emails.items[1] ALREADY_THERE info.emails.items[1]",
			"bo info.emails.items[2] ALREADY_THERE info.emails.items[3]",
			"bo info.phones.items[0] ADDED info.phones.items[1]",
			"bo info.phones.items[1] ALREADY_THERE info.phones.items[0]",
			"bo info.addresses.items[0] ALREADY_THERE info.addresses.items[0]",
			"bo info.addresses.items[1] ADDED info.addresses.items[1]",
			"bo info.company DROPPED TARGET_HAS_VALUE",
			"bo info.jobTitle ADDED info.jobTitle",
			"bo info.labelKeys.items[0] ADDED info.labelKeys.items[1]",
			"bo info.labelKeys.items[1] ALREADY_THERE info.labelKeys.items[0]",
			"bo info.extendedFields.items.custom.text DROPPED TARGET_HAS_VALUE",
			"bo info.extendedFields.items.custom.number ADDED info.extendedFields.items.custom.number",
			"bo info.assignedUserIds.items[0] ADDED info.assignedUserIds.items[0]",
			"bo info.picture ADDED info.picture",
		}, computed("bo", display...), computed("bo", mail...)),
		"cy": slices.Concat([]string{
			"cy info.name ALREADY_THERE info.name",
			"cy info.phones.items[0] ALREADY_THERE info.phones.items[1]",
			"cy info.company ALREADY_THERE info.company",
			"cy info.jobTitle DROPPED EARLIER_SOURCE_HAS_VALUE",
			"cy info.birthdate ADDED info.birthdate",
			"cy info.locale ADDED info.locale",
			"cy info.picture DROPPED EARLIER_SOURCE_HAS_VALUE",
			"cy info.extendedFields.items.custom.number ALREADY_THERE info.extendedFields.items.custom.number",
			"cy info.extendedFields.items.invoices.vatId ADDED info.extendedFields.items.invoices.vatId",
			"cy info.locations.items[0] ADDED info.locations.items[1]",
			"cy info.locations.items[1] ALREADY_THERE info.locations.items[0]",
			"cy info.assignedUserIds.items[0] ALREADY_THERE info.assignedUserIds.items[0]",
		}, computed("cy", display...)),
	}
	account := accountOf(plan.Account, map[uuid.UUID]string{ann: "ann", bo: "bo", cy: "cy"})
	of := func(name string) []string {
		return slices.DeleteFunc(slices.Clone(account), func(line string) bool { return !strings.HasPrefix(line, name+" ") })
	}
	for name, lines := range want {
		t.Run("MRG-8 every piece of "+name, func(t *testing.T) {
			require.ElementsMatch(t, lines, of(name))
		})
	}
	t.Run("MRG-8 the target first, then the sources in order", func(t *testing.T) {
		require.Equal(t, slices.Concat(of("ann"), of("bo"), of("cy")), account)
	})
	t.Run("MRG-8 MRG-12 the account is the same each time", func(t *testing.T) {
		l := mergeLab(t)
		a, b := create(t, l.Store, richInfo("ann")).ID, create(t, l.Store, richInfo("bo")).ID
		first, err := l.PreviewMerge(t.Context(), a, []uuid.UUID{b})
		require.NoError(t, err)
		for range 20 {
			again, err := l.PreviewMerge(t.Context(), a, []uuid.UUID{b})
			require.NoError(t, err)
			require.Equal(t, first, again)
		}
	})
	t.Run("MRG-8 extended fields of any key have a path", func(t *testing.T) {
		l := mergeLab(t)
		key := newField(t, l.Store, "Größe [3].items", contacts.DataText)
		in := person("Bo")
		in.ExtendedFields = map[string]any{key: "x"}
		ann, bo := create(t, l.Store, person("Ann")).ID, create(t, l.Store, in).ID
		_, plan := l.requireMerge(t, ann, bo)
		path := "info.extendedFields.items." + key
		require.Contains(t, plan.Account, contacts.MergeEntry{From: bo, Field: path, Outcome: contacts.MergeAdded, To: path})
	})
}

func TestMergeLimits(t *testing.T) {
	base := mergeLab(t, uncheck)
	var labels []string
	for i := range 1997 { // the quota of 2000, and two of the system
		labels = append(labels, newLabel(t, base.Store, "Label "+strconv.Itoa(i)))
	}
	labels = append(labels, "contacts.customers", "contacts.contacted-me", "custom.red", "custom.green")
	type list struct {
		name    string
		blocker contacts.MergeBlocker
		field   string
		limit   int
		fill    func(in *contacts.Info, from, n int) // n items that differ, numbered
	}
	lists := []list{
		{"emails", contacts.TooManyEmails, "info.emails.items", 50, func(in *contacts.Info, from, n int) {
			for i := range n {
				in.Emails = append(in.Emails, contacts.Email{Address: fmt.Sprintf("%d@x.test", from+i)})
			}
		}},
		{"phones", contacts.TooManyPhones, "info.phones.items", 50, func(in *contacts.Info, from, n int) {
			for i := range n {
				in.Phones = append(in.Phones, number("", strconv.Itoa(1000+from+i)))
			}
		}},
		{"addresses", contacts.TooManyAddresses, "info.addresses.items", 50, func(in *contacts.Info, from, n int) {
			for i := range n {
				in.Addresses = append(in.Addresses, contacts.Address{City: strconv.Itoa(from + i)})
			}
		}},
		{"labels", contacts.TooManyLabels, "info.labelKeys.items", 2000, func(in *contacts.Info, from, n int) {
			in.LabelKeys = labels[from : from+n]
		}},
		{"locations", contacts.TooManyLocations, "info.locations.items", 50, func(in *contacts.Info, from, n int) {
			for i := range n {
				in.Locations = append(in.Locations, testID(1+uint64(from+i)))
			}
		}},
		{"assigned users", contacts.TooManyAssignedUsers, "info.assignedUserIds.items", 50,
			func(in *contacts.Info, from, n int) {
				for i := range n {
					in.AssignedUserIDs = append(in.AssignedUserIDs, testID(1+uint64(from+i)))
				}
			}},
	}
	require.Len(t, labels, 2001)
	filled := func(t *testing.T, l *lab, fill func(in *contacts.Info, from, n int), from, n int) uuid.UUID {
		in := person("X")
		fill(&in, from, n)
		return create(t, l.Store, in).ID
	}
	for _, li := range lists {
		for _, tc := range []struct {
			name    string
			target  [2]int   // number of the first item, how many
			sources [][2]int // likewise
			fine    bool
		}{
			{"the limit, with one source", [2]int{0, li.limit - 1}, [][2]int{{li.limit - 1, 1}}, true},
			{"the limit, with several sources", [2]int{0, 1}, [][2]int{{1, li.limit - 2}, {li.limit - 1, 1}}, true},
			{"the limit, and a source that adds nothing", [2]int{0, li.limit}, [][2]int{{0, li.limit}, {1, 2}}, true},
			{"the limit, of a source alone", [2]int{0, 0}, [][2]int{{0, li.limit}}, true},
			{"one more, with one source", [2]int{0, li.limit}, [][2]int{{li.limit, 1}}, false},
			{"one more, with several sources", [2]int{0, 1}, [][2]int{{1, li.limit - 1}, {1, li.limit}}, false},
			{"one more, of the sources alone", [2]int{0, 0}, [][2]int{{0, li.limit}, {1, li.limit}}, false},
		} {
			t.Run("MRG-9 "+li.name+", "+tc.name, func(t *testing.T) {
				l := base.fork()
				target := filled(t, l, li.fill, tc.target[0], tc.target[1])
				var sources []uuid.UUID
				for _, s := range tc.sources {
					sources = append(sources, filled(t, l, li.fill, s[0], s[1]))
				}
				if tc.fine {
					l.requireMerge(t, target, sources...)
					return
				}
				e := l.refusedMerge(t, contacts.ErrIllegalMerge, target, sources, nil)
				v := tooMany(li.field, li.limit)
				blocks := []contacts.MergeBlock{{Blocker: li.blocker, ID: target, Violation: v}}
				require.Equal(t, target, e.ID)
				require.Equal(t, oneViolation(v), e.Violations)
				require.Equal(t, blocks, blocksOf(t, e))

				before := stateOf(l.Snapshot())
				plan, err := l.PreviewMerge(t.Context(), target, sources)
				require.NoError(t, err)
				require.Equal(t, blocks, plan.Blocks)
				require.Equal(t, before, stateOf(l.Snapshot()))
			})
		}
	}

	// over returns a target and a source that exceed every limit together.
	over := func(t *testing.T, l *lab) (target, source uuid.UUID) {
		all := func(offset func(li list) int, n func(li list) int) uuid.UUID {
			in := person("X")
			for _, li := range lists {
				li.fill(&in, offset(li), n(li))
			}
			return create(t, l.Store, in).ID
		}
		return all(func(list) int { return 0 }, func(li list) int { return li.limit }),
			all(func(li list) int { return li.limit }, func(list) int { return 1 })
	}
	t.Run("MRG-9 all limits at once", func(t *testing.T) {
		l := base.fork()
		target, source := over(t, l)
		e := l.refusedMerge(t, contacts.ErrIllegalMerge, target, []uuid.UUID{source}, nil)
		var wantBlocks []contacts.MergeBlock
		var wantViolations []contacts.Violation
		for _, li := range lists {
			v := tooMany(li.field, li.limit)
			wantViolations = append(wantViolations, v)
			wantBlocks = append(wantBlocks, contacts.MergeBlock{Blocker: li.blocker, ID: target, Violation: v})
		}
		require.Equal(t, wantViolations, e.Violations)
		require.Equal(t, wantBlocks, blocksOf(t, e))
	})
	t.Run("MRG-9 MRG-12 the plan's error is that of the merge, limits", func(t *testing.T) {
		l := base.fork()
		target, source := over(t, l)
		e := l.refusedMerge(t, contacts.ErrIllegalMerge, target, []uuid.UUID{source}, nil)
		plan, err := l.PreviewMerge(t.Context(), target, []uuid.UUID{source})
		require.NoError(t, err)
		require.Equal(t, e, plan.Err())
	})
	t.Run("MRG-9 MRG-12 the plan's error is that of the merge, sources and limits", func(t *testing.T) {
		l := base.fork()
		target, source := over(t, l)
		_, err := l.SetBillingSubscription(t.Context(), source, true)
		require.NoError(t, err)
		e := l.refusedMerge(t, contacts.ErrFailedPrecondition, target, []uuid.UUID{source}, nil)
		plan, err := l.PreviewMerge(t.Context(), target, []uuid.UUID{source})
		require.NoError(t, err)
		require.Len(t, plan.Blocks, 1+len(lists))
		require.Equal(t, e, plan.Err())
	})
	t.Run("MRG-9 the planned contact includes items over a limit", func(t *testing.T) {
		l := base.fork()
		target, source := over(t, l)
		plan, err := l.PreviewMerge(t.Context(), target, []uuid.UUID{source})
		require.NoError(t, err)
		require.Len(t, plan.Contact.Info.Emails, 51)
		require.Len(t, plan.Contact.Info.LabelKeys, 2001)
	})
}

func TestMergedContact(t *testing.T) {
	base := mergeLab(t)
	old := create(t, base.Store, richInfo("old")).ID // older than the target
	base.tick()
	c, err := base.Create(t.Context(), richInfo("ann"), &contacts.CreateOptions{
		AllowDuplicates: true, Source: contacts.Source{SourceType: contacts.SourceImport, AppID: "app"},
	})
	require.NoError(t, err)
	ann := c.ID
	base.tick()
	bo := create(t, base.Store, richInfo("bo")).ID

	t.Run("MRG-10 ORD-1 source, createdDate and place of the target", func(t *testing.T) {
		l := base.fork()
		c, _ := l.requireMerge(t, ann, old) // the source is older
		require.Equal(t, contacts.Source{SourceType: contacts.SourceImport, AppID: "app"}, c.Source)
		require.Equal(t, epoch.Add(time.Hour), c.CreatedDate)
		require.Equal(t, []uuid.UUID{ann, bo}, ids(l.Snapshot().All()))
	})
	t.Run("MRG-10 STO-3 now never goes back", func(t *testing.T) {
		l := base.fork()
		now := l.tick()
		create(t, l.Store, person("Cy"))
		*l.now = epoch
		c, err := l.Merge(t.Context(), ann, 1, []uuid.UUID{bo}, nil)
		require.NoError(t, err)
		require.Equal(t, now, c.UpdatedDate)
		require.Equal(t, contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactMerged}, c.LastActivity)
		*l.now = now
	})
	t.Run("MRG-10 the activities of target and sources do not count", func(t *testing.T) {
		l := base.fork()
		years := epoch.AddDate(10, 0, 0)
		for _, id := range []uuid.UUID{ann, bo} {
			_, err := l.RecordActivity(t.Context(), id, contacts.ActivityEcomPurchase, years)
			require.NoError(t, err)
		}
		l.requireMerge(t, ann, bo)
	})
	t.Run("MRG-10 DUP-1 duplicates are not checked", func(t *testing.T) {
		l := base.fork()
		twin := create(t, l.Store, contacts.Info{Emails: primaryAt(0, "bo@x.test")}).ID
		target := create(t, l.Store, person("Cy")).ID
		c, _ := l.requireMerge(t, target, bo)
		require.Equal(t, "bo@x.test", c.PrimaryInfo.Email)
		require.ElementsMatch(t, []uuid.UUID{target, twin}, ids(l.Snapshot().ByEmail("bo@x.test")))

		phoneTwin := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneGB}}).ID
		source := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{phoneGB}}).ID
		target = create(t, l.Store, person("Dee")).ID
		l.requireMerge(t, target, source)
		require.ElementsMatch(t, []uuid.UUID{target, phoneTwin}, ids(l.Snapshot().ByPhone("+442079460018")))
	})
	t.Run("MRG-10 merges follow each other, revision by revision", func(t *testing.T) {
		l := base.fork()
		for i := range 3 {
			source := create(t, l.Store, person("S", fmt.Sprintf("s%d@x.test", i))).ID
			c, _ := l.requireMerge(t, ann, source)
			require.Equal(t, 2+i, c.Revision)
		}
		err := l.refused(t, contacts.ErrAlreadyChanged, func() error {
			_, err := l.Merge(t.Context(), ann, 1, []uuid.UUID{bo}, nil)
			return err
		})
		require.Equal(t, ann, mergeError(t, err).ID)
	})

	t.Run("MRG-11 STO-8 sources are gone, but not from a snapshot", func(t *testing.T) {
		l := base.fork()
		sn := l.Snapshot()
		before := stateOf(sn)
		l.requireMerge(t, ann, bo, old)
		require.Equal(t, []uuid.UUID{ann}, ids(l.Snapshot().All()))
		require.Equal(t, []uuid.UUID{ann}, ids(l.Snapshot().ByLabel("contacts.customers")))
		require.Equal(t, []uuid.UUID{ann}, ids(l.Snapshot().ByEmail("old.home@x.test")))
		require.Equal(t, []uuid.UUID{ann}, ids(l.Snapshot().ByPhone("+12015550123")))
		require.Equal(t, before, stateOf(sn))
		require.NoError(t, fault(sn))
	})
	t.Run("MRG-11 DUP-1 a source is no duplicate any more", func(t *testing.T) {
		l := base.fork()
		l.requireMerge(t, ann, bo) // its primary email is now ann's second
		_, err := l.Create(t.Context(), contacts.Info{Emails: primaryAt(0, "bo@x.test")}, nil)
		require.NoError(t, err)
	})
	t.Run("MRG-11 DUP-5 a duplicate is the merged contact, never its source", func(t *testing.T) {
		l := base.fork()
		target := create(t, l.Store, person("Cy")).ID
		l.requireMerge(t, target, bo)
		_, err := l.Create(t.Context(), contacts.Info{Emails: primaryAt(0, "bo@x.test")}, nil)
		var duplicate *contacts.DuplicateError
		require.ErrorAs(t, err, &duplicate)
		require.Equal(t, target, duplicate.ID)
	})

	t.Run("MRG-12 STO-5 a plan is the caller's", func(t *testing.T) {
		l := base.fork()
		before := deepCopy(t, stateOf(l.Snapshot()))
		plan, err := l.PreviewMerge(t.Context(), ann, []uuid.UUID{bo, old})
		require.NoError(t, err)
		fingerprint := plan.Fingerprint
		scribble(plan)
		require.Equal(t, before, deepCopy(t, stateOf(l.Snapshot())))
		require.NoError(t, fault(l.Snapshot(), "scribbled"))
		again, err := l.PreviewMerge(t.Context(), ann, []uuid.UUID{bo, old})
		require.NoError(t, err)
		require.Equal(t, fingerprint, again.Fingerprint)
	})
	t.Run("MRG-12 STO-5 the merged contact is the caller's", func(t *testing.T) {
		l := base.fork()
		sn := l.Snapshot()
		old, before := deepCopy(t, stateOf(sn)), l.fork()
		c, _ := l.requireMerge(t, ann, bo)
		want := deepCopy(t, stateOf(l.Snapshot()))
		scribble(c)
		require.Equal(t, want, deepCopy(t, stateOf(l.Snapshot())))
		require.Equal(t, old, deepCopy(t, stateOf(sn)))
		require.Equal(t, old, deepCopy(t, stateOf(before.Snapshot())))
	})
	t.Run("STO-7 MRG-3 merges into one target in two forks do not see each other", func(t *testing.T) {
		// Both append to the lists of the same record. A list of three labels may have room for a fourth.
		l := base.fork()
		with := func(keys ...string) uuid.UUID {
			in := person("X")
			in.LabelKeys = keys
			return create(t, l.Store, in).ID
		}
		target := with("custom.red", "custom.green", "custom.blue")
		one, two := with("contacts.customers"), with("contacts.contacted-me")
		other := l.fork()
		l.requireMerge(t, target, one)
		want := deepCopy(t, stateOf(l.Snapshot()))
		other.requireMerge(t, target, two)
		require.Equal(t, want, deepCopy(t, stateOf(l.Snapshot())))
		require.NoError(t, fault(l.Snapshot()))
	})
	t.Run("MRG-12 EVT-1 a preview is not in the feed", func(t *testing.T) {
		l := base.fork()
		since := l.Snapshot().Position()
		_, err := l.PreviewMerge(t.Context(), ann, []uuid.UUID{bo})
		require.NoError(t, err)
		l.requireMerge(t, ann, old) // after its own preview
		for commit, err := range l.Follow(t.Context(), since) {
			require.NoError(t, err)
			require.Equal(t, since+1, commit.Position)
			require.Equal(t, contacts.ContactMerged, commit.Changes[0].Kind)
			require.Equal(t, []uuid.UUID{old}, commit.Changes[0].Sources())
			break
		}
		require.Equal(t, since+1, l.Snapshot().Position())
	})
	t.Run("MRG-12 STO-5 the sources are the caller's, after the call", func(t *testing.T) {
		l := base.fork()
		since := l.Snapshot().Position()
		sources := []uuid.UUID{bo, old}
		_, err := l.Merge(t.Context(), ann, 1, sources, nil)
		require.NoError(t, err)
		require.Equal(t, []uuid.UUID{bo, old}, sources)
		clear(sources)
		for commit, err := range l.Follow(t.Context(), since) {
			require.NoError(t, err)
			require.Equal(t, []uuid.UUID{bo, old}, commit.Changes[0].Sources())
			break
		}
		for _, id := range []uuid.UUID{bo, old} {
			c, err := l.Get(t.Context(), id, nil)
			require.NoError(t, err)
			require.Equal(t, ann, c.ID)
		}
	})
	t.Run("STO-5 the sources are the caller's, while the merge waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, target := callable(t)
			other := create(t, s, person("Other")).ID
			release := hold(t, s)
			sources := []uuid.UUID{second}
			done := make(chan error, 1)
			go func() {
				_, err := s.Merge(t.Context(), target.ID, 1, sources, nil)
				done <- err
			}()
			synctest.Wait()
			sources[0] = other
			release()
			require.NoError(t, <-done)
			_, there := s.Snapshot().View(other)
			require.True(t, there)
			_, there = s.Snapshot().View(second)
			require.False(t, there)
		})
	})
	t.Run("MRG-3 the options are the caller's", func(t *testing.T) {
		l := base.fork()
		opts := &contacts.MergeOptions{}
		_, err := l.Merge(t.Context(), ann, 1, []uuid.UUID{bo}, opts)
		require.NoError(t, err)
		require.Zero(t, *opts)
	})
}

// An import keeps the IDs of items, so two contacts can have items with the same ones.
func TestMergeItemIDs(t *testing.T) {
	s := newStore(t)
	item := testID(7000)
	var rows []*contacts.Contact
	for i, first := range []string{"ann", "bob", "cyd"} {
		c := &contacts.Contact{ID: testID(uint64(7001 + i)), Info: richInfo(first)}
		c.Info.LabelKeys, c.Info.ExtendedFields = nil, nil
		c.Info.Emails, c.Info.Phones, c.Info.Addresses = c.Info.Emails[:1], nil, c.Info.Addresses[:1]
		c.Info.Emails[0].ID, c.Info.Addresses[0].ID = item, item
		c.Info.Addresses[0].City = first
		rows = append(rows, c)
	}
	_, err := s.Import(t.Context(), rowsOf(rows...), nil)
	require.NoError(t, err)
	sources := []uuid.UUID{rows[1].ID, rows[2].ID}
	plan, err := s.PreviewMerge(t.Context(), rows[0].ID, sources)
	require.NoError(t, err)
	merged, err := s.Merge(t.Context(), rows[0].ID, 1, sources, nil)
	require.NoError(t, err)

	t.Run("MRG-5 an item whose ID is in the list already gets another one", func(t *testing.T) {
		require.Len(t, merged.Info.Emails, 3)
		require.Len(t, merged.Info.Addresses, 3)
		seen := map[uuid.UUID]bool{}
		for _, e := range merged.Info.Emails {
			seen[e.ID] = true
		}
		require.Len(t, seen, 3)
		require.Equal(t, item, merged.Info.Emails[0].ID)
		require.Equal(t, uuid.NewSHA1(rows[1].ID, item[:]), merged.Info.Emails[1].ID)
		require.Equal(t, uuid.NewSHA1(rows[2].ID, item[:]), merged.Info.Addresses[2].ID)
	})
	t.Run("MRG-12 the preview shows it", func(t *testing.T) {
		require.Equal(t, merged.Info.Emails, plan.Contact.Info.Emails)
		require.Equal(t, merged.Info.Addresses, plan.Contact.Info.Addresses)
	})
}

func TestMergePlanJudgement(t *testing.T) {
	x123 := number("US", numberUS+" x123")
	born := withName("Ada", "Byron", "a@x.test")
	born.Birthdate = "1990-01-02"
	another := born
	another.Birthdate = "1960-01-02"
	for _, tc := range []struct {
		name  string
		infos []contacts.Info // the target is the second
		n     int             // how many of them the merge is about; the others only hold values
		pairs []string
		want  []contacts.MergeDoubt
	}{
		{
			name: "MRG-12 GRP-7 one person", n: 3,
			infos: []contacts.Info{
				withName("Ada", "Byron", "a@x.test"), born, withName("Byron, Ada", "", "A@x.test", x123),
			},
			pairs: []string{"0 1 EQUAL a@x.test", "0 2 SWAPPED a@x.test", "1 2 SWAPPED a@x.test"},
		},
		{
			name: "MRG-12 GRP-7 spouses", n: 2,
			infos: []contacts.Info{withName("Ada", "Byron", "a@x.test"), withName("Will", "Byron", "a@x.test")},
			pairs: []string{"0 1 CONFLICTING a@x.test"},
			want:  doubtful(contacts.DoubtNamesConflicting),
		},
		{
			name: "MRG-12 GRP-7 father and son", n: 2, infos: []contacts.Info{born, another},
			pairs: []string{"0 1 EQUAL a@x.test"}, want: doubtful(contacts.DoubtBirthdates),
		},
		{
			name: "MRG-12 GRP-7 nothing shared, not even by extensions", n: 2,
			infos: []contacts.Info{
				withName("Ada", "Byron", "", x123), withName("Ada", "Byron", "", number("US", numberUS+" x124")),
			},
			pairs: []string{"0 1 EQUAL"}, want: doubtful(contacts.DoubtConnection),
		},
		{
			name: "MRG-12 GRP-7 connected by a contact that is not merged", n: 2,
			infos: []contacts.Info{
				withName("Ada", "Byron", "a@x.test"), withName("Ada", "Byron", "", x123), withName("Ada", "Byron", "a@x.test", x123),
			},
			pairs: []string{"0 1 EQUAL"}, want: doubtful(contacts.DoubtConnection),
		},
		{
			name: "MRG-12 GRP-5 five in the store have it", n: 2,
			infos: append(slices.Repeat([]contacts.Info{withName("Ada", "Byron", "", x123)}, 5),
				withName("Bo", "", "", number("US", numberUS))),
			pairs: []string{"0 1 EQUAL +12015550123;ext=123"},
		},
		{
			name: "MRG-12 GRP-5 six in the store have it", n: 2,
			infos: append(slices.Repeat([]contacts.Info{withName("Ada", "Byron", "", x123)}, 2),
				slices.Repeat([]contacts.Info{withName("Bo", "", "", x123)}, 4)...),
			pairs: []string{"0 1 EQUAL +12015550123;ext=123*"}, want: doubtful(contacts.DoubtConnection),
		},
		{
			name: "MRG-12 GRP-5 six in the store have the email", n: 2,
			infos: append(slices.Repeat([]contacts.Info{born}, 2),
				slices.Repeat([]contacts.Info{person("Bo", "b@x.test", "A@x.test")}, 4)...),
			pairs: []string{"0 1 EQUAL a@x.test*"}, want: doubtful(contacts.DoubtConnection),
		},
		{
			name: "MRG-12 GRP-4 GRP-5 six in the store have the text", n: 2,
			infos: append([]contacts.Info{
				withName("Ada", "Byron", "", number("", numberShared)), withName("Ada", "Byron", "", number("DE", numberShared)),
			}, slices.Repeat([]contacts.Info{withName("Bo", "", "", number("NL", numberShared))}, 4)...),
			pairs: []string{"0 1 EQUAL " + numberShared + "*"}, want: doubtful(contacts.DoubtConnection),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			at := map[uuid.UUID]int{}
			var list []uuid.UUID
			for i, info := range tc.infos {
				list = append(list, create(t, s, info).ID)
				at[list[i]] = i
			}
			sources := slices.Concat(list[:1], list[2:tc.n])
			plan, err := s.PreviewMerge(t.Context(), list[1], sources)
			require.NoError(t, err)
			var pairs []string
			for _, p := range plan.Pairs {
				pairs = append(pairs, pairText(p, at))
			}
			require.Equal(t, tc.pairs, pairs)
			require.Equal(t, tc.want, plan.Doubts)
			require.Equal(t, tc.want == nil, plan.Safe())
			require.NoError(t, plan.Err(), "a person may decide otherwise")
		})
	}
	t.Run("MRG-12 the zero plan is not safe", func(t *testing.T) { require.False(t, new(contacts.MergePlan).Safe()) })
}

func TestMergePlan(t *testing.T) {
	base := mergeLab(t)
	info := func(first string) contacts.Info {
		in := richInfo(first)
		in.LabelKeys, in.ExtendedFields = []string{"custom.red"}, map[string]any{"custom.text": first}
		return in
	}
	made := func(first string) uuid.UUID { return create(t, base.Store, info(first)).ID }
	ann, bo, cy, other := made("ann"), made("bo"), made("cy"), made("other")
	sources := []uuid.UUID{bo, cy}
	planOf := func(t *testing.T, l *lab, target uuid.UUID, sources ...uuid.UUID) *contacts.MergeOptions {
		t.Helper()
		plan, err := l.PreviewMerge(t.Context(), target, sources)
		require.NoError(t, err)
		return &contacts.MergeOptions{Plan: plan.Fingerprint}
	}
	outdated := func(t *testing.T, l *lab, opts *contacts.MergeOptions, target uuid.UUID, sources ...uuid.UUID) {
		t.Helper()
		e := l.refusedMerge(t, contacts.ErrPlanOutdated, target, sources, opts)
		require.Equal(t, target, e.ID)
	}
	fine := func(t *testing.T, l *lab, opts *contacts.MergeOptions, target uuid.UUID, sources ...uuid.UUID) {
		t.Helper()
		v, _ := l.Snapshot().View(target)
		_, err := l.Merge(t.Context(), target, v.Revision(), sources, opts)
		require.NoError(t, err)
	}
	ok := func(_ *contacts.Contact, err error) error { return err }
	revision := func(l *lab, id uuid.UUID) int {
		v, _ := l.Snapshot().View(id)
		return v.Revision()
	}

	type write = func(ctx context.Context, l *lab, id uuid.UUID) error
	writes := map[string]write{
		"an update": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.Update(ctx, id, revision(l, id), contacts.Patch{Company: contacts.Set("New")}, nil))
		},
		"an update that changes nothing": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.Update(ctx, id, revision(l, id), contacts.Patch{Company: contacts.Set("Acorn")}, nil))
		},
		"a label": func(ctx context.Context, l *lab, id uuid.UUID) error { return ok(l.Label(ctx, id, "custom.blue")) },
		"a label that was there": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.Label(ctx, id, "custom.red"))
		},
		"a label less": func(ctx context.Context, l *lab, id uuid.UUID) error { return ok(l.Unlabel(ctx, id, "custom.red")) },
		"an activity": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.RecordActivity(ctx, id, contacts.ActivityMemberLogin, epoch.AddDate(1, 0, 0)))
		},
		"the subscription of an email": func(ctx context.Context, l *lab, id uuid.UUID) error {
			v, _ := l.Snapshot().View(id)
			return ok(l.SetSubscription(ctx, id, v.PrimaryInfo().Email, subscribed))
		},
		"the subscription of a phone": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.SetSubscription(ctx, id, numberUS, unsubscribed))
		},
		"the deliverability of an email": func(ctx context.Context, l *lab, id uuid.UUID) error {
			v, _ := l.Snapshot().View(id)
			return ok(l.SetDeliverability(ctx, id, v.PrimaryInfo().Email, bounced))
		},
		"a system field": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.SetSystemFields(ctx, id, map[string]any{"ecom.numOfPurchases": 3}))
		},
		"the member, linked and unlinked": func(ctx context.Context, l *lab, id uuid.UUID) error {
			if _, err := l.SetMember(ctx, id, fullMember()); err != nil {
				return err
			}
			return ok(l.SetMember(ctx, id, nil))
		},
		"the billing subscription, begun and ended": func(ctx context.Context, l *lab, id uuid.UUID) error {
			if _, err := l.SetBillingSubscription(ctx, id, true); err != nil {
				return err
			}
			return ok(l.SetBillingSubscription(ctx, id, false))
		},
		"another merge": func(ctx context.Context, l *lab, id uuid.UUID) error {
			return ok(l.Merge(ctx, id, revision(l, id), []uuid.UUID{other}, nil))
		},
		"a label deleted": func(ctx context.Context, l *lab, _ uuid.UUID) error { return l.DeleteLabel(ctx, "custom.red") },
		"a field deleted": func(ctx context.Context, l *lab, _ uuid.UUID) error { return l.DeleteField(ctx, "custom.text") },
	}
	for name, write := range writes {
		for who, id := range map[string]uuid.UUID{"target": ann, "first source": bo, "last source": cy} {
			t.Run("MRG-13 "+name+", "+who, func(t *testing.T) {
				l := base.fork()
				opts := planOf(t, l, ann, sources...)
				l.tick()
				require.NoError(t, write(t.Context(), l, id))
				outdated(t, l, opts, ann, sources...)
				fine(t, l, planOf(t, l, ann, sources...), ann, sources...)
			})
			t.Run("MRG-13 "+name+", "+who+", without a plan", func(t *testing.T) {
				l := base.fork()
				l.tick()
				require.NoError(t, write(t.Context(), l, id))
				fine(t, l.fork(), nil, ann, sources...)
				fine(t, l, &contacts.MergeOptions{}, ann, sources...)
			})
		}
	}

	for _, tc := range []struct {
		name    string
		target  uuid.UUID
		sources []uuid.UUID
	}{
		{"MRG-13 sources in another order", ann, []uuid.UUID{cy, bo}},
		{"MRG-13 a source less", ann, []uuid.UUID{bo}},
		{"MRG-13 a source more", ann, []uuid.UUID{bo, cy, other}},
		{"MRG-13 another source", ann, []uuid.UUID{bo, other}},
		{"MRG-13 another target", other, []uuid.UUID{bo, cy}},
		{"MRG-13 the target as a source", bo, []uuid.UUID{ann, cy}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			outdated(t, l, planOf(t, l, ann, sources...), tc.target, tc.sources...)
		})
	}

	for name, do := range map[string]func(t *testing.T, l *lab){
		"nothing happens": func(*testing.T, *lab) {},
		"others change": func(t *testing.T, l *lab) {
			create(t, l.Store, info("new"))
			for name, write := range writes {
				if !strings.Contains(name, "deleted") && name != "another merge" {
					require.NoError(t, write(t.Context(), l, other), name)
				}
			}
			require.NoError(t, l.Delete(t.Context(), other))
		},
		"names of labels and fields change": func(t *testing.T, l *lab) {
			_, err := l.RenameLabel(t.Context(), "custom.red", "Crimson")
			require.NoError(t, err)
			_, err = l.RenameField(t.Context(), "custom.text", "Words")
			require.NoError(t, err)
		},
		"other calls fail": func(t *testing.T, l *lab) {
			l.refusedMerge(t, contacts.ErrIllegalMerge, ann, []uuid.UUID{bo, ann}, nil)
			l.refusedMerge(t, contacts.ErrPlanOutdated, ann, sources, &contacts.MergeOptions{Plan: contacts.Fingerprint{1}})
		},
		"an old activity is reported": func(t *testing.T, l *lab) {
			_, err := l.RecordActivity(t.Context(), ann, contacts.ActivityMemberLogin, epoch.AddDate(-1, 0, 0))
			require.NoError(t, err)
		},
	} {
		t.Run("MRG-13 a plan holds while "+name, func(t *testing.T) {
			l := base.fork()
			opts := planOf(t, l, ann, sources...)
			l.tick()
			do(t, l)
			fine(t, l, opts, ann, sources...)
		})
	}

	// Two forks write at the same time with equal IDs, revisions and dates: only the contents can differ.
	for name, writes := range map[string][2]write{
		"in a value": {
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				return ok(l.Update(ctx, id, 1, contacts.Patch{JobTitle: contacts.Set("Baker")}, nil))
			},
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				return ok(l.Update(ctx, id, 1, contacts.Patch{JobTitle: contacts.Set("Brewer")}, nil))
			},
		},
		"in the subscription of an email that is not primary": {
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				v, _ := l.Snapshot().View(id)
				return ok(l.SetSubscription(ctx, id, v.Clone().Info.Emails[1].Address, subscribed))
			},
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				v, _ := l.Snapshot().View(id)
				return ok(l.SetSubscription(ctx, id, v.Clone().Info.Emails[1].Address, unsubscribed))
			},
		},
		"in the address that a status is of": {
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				return ok(l.SetSubscription(ctx, id, numberUS, contacts.SubscriptionPending))
			},
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				v, _ := l.Snapshot().View(id)
				return ok(l.SetSubscription(ctx, id, v.Clone().Info.Emails[1].Address, contacts.SubscriptionPending))
			},
		},
		"in the type of an extended value": {
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				return ok(l.Update(ctx, id, 1, contacts.Patch{SetFields: map[string]any{"custom.text": "1"}}, nil))
			},
			func(ctx context.Context, l *lab, id uuid.UUID) error {
				return ok(l.Update(ctx, id, 1, contacts.Patch{SetFields: map[string]any{"custom.number": 1}}, nil))
			},
		},
	} {
		for who, id := range map[string]uuid.UUID{"target": ann, "source": bo} {
			t.Run("MRG-13 forks that differ "+name+", "+who, func(t *testing.T) {
				l, fork := base.fork(), base.fork()
				require.NoError(t, writes[0](t.Context(), l, id))
				require.NoError(t, writes[1](t.Context(), fork, id))
				outdated(t, fork, planOf(t, l, ann, sources...), ann, sources...)
				fine(t, fork, planOf(t, fork, ann, sources...), ann, sources...)
			})
		}
	}
	t.Run("MRG-13 forks that differ in the billing subscription, target", func(t *testing.T) {
		l, fork := base.fork(), base.fork()
		for i, s := range []*lab{l, fork} {
			_, err := s.SetBillingSubscription(t.Context(), ann, i == 0)
			require.NoError(t, err)
		}
		outdated(t, fork, planOf(t, l, ann, sources...), ann, sources...)
	})
	t.Run("MRG-13 forks that are equal", func(t *testing.T) {
		l, fork := base.fork(), base.fork()
		for _, s := range []*lab{l, fork} {
			require.NoError(t, writes["the subscription of an email"](t.Context(), s, ann))
			require.NoError(t, writes["a label"](t.Context(), s, bo))
		}
		fine(t, fork, planOf(t, l, ann, sources...), ann, sources...)
	})
	t.Run("MRG-13 a plan is used once", func(t *testing.T) {
		l := base.fork()
		opts := planOf(t, l, ann, sources...)
		fine(t, l, opts, ann, sources...)
		l.refusedMerge(t, contacts.ErrContactNotFound, ann, sources, opts)
	})
	t.Run("MRG-13 a plan that cannot be carried out has a fingerprint too", func(t *testing.T) {
		l := base.fork()
		_, err := l.SetBillingSubscription(t.Context(), bo, true)
		require.NoError(t, err)
		opts := planOf(t, l, ann, sources...)
		require.NotZero(t, opts.Plan)
		_, err = l.SetBillingSubscription(t.Context(), bo, false)
		require.NoError(t, err)
		outdated(t, l, opts, ann, sources...)
	})
}

// TestMergeObjections merges every three statuses of one email or phone.
func TestMergeObjections(t *testing.T) {
	base := mergeLab(t)
	const pending = contacts.SubscriptionPending
	statuses := []contacts.SubscriptionStatus{notSet, pending, subscribed, unsubscribed}
	for _, tc := range []struct {
		name, at string
		info     contacts.Info
		address  string
		status   func(c *contacts.Contact) contacts.SubscriptionStatus
	}{
		{
			"email", "info.emails.items[0].subscriptionStatus", person("", "same@x.test"), "SAME@x.test",
			func(c *contacts.Contact) contacts.SubscriptionStatus { return c.PrimaryEmail.SubscriptionStatus },
		},
		{
			"phone", "info.phones.items[0].subscriptionStatus", reachable(nil, number("US", numberUS)), "+12015550123",
			func(c *contacts.Contact) contacts.SubscriptionStatus { return c.PrimaryPhone.SubscriptionStatus },
		},
		{
			"extension", "info.phones.items[0].subscriptionStatus", reachable(nil, number("US", numberUS+" x7")), "+12015550123;ext=7",
			func(c *contacts.Contact) contacts.SubscriptionStatus { return c.PrimaryPhone.SubscriptionStatus },
		},
	} {
		t.Run("MRG-14 "+tc.name, func(t *testing.T) {
			for n := range len(statuses) * len(statuses) * len(statuses) {
				given := []contacts.SubscriptionStatus{statuses[n%4], statuses[n/4%4], statuses[n/16]}
				l := base.fork()
				var ids []uuid.UUID
				names := map[uuid.UUID]string{}
				for i, status := range given {
					ids = append(ids, create(t, l.Store, tc.info).ID)
					names[ids[i]] = strconv.Itoa(i)
					_, err := l.SetSubscription(t.Context(), ids[i], tc.address, status)
					require.NoError(t, err)
				}
				want, objected := notSet, slices.Contains(given, unsubscribed)
				lines := []string{}
				for i, status := range given {
					line := fmt.Sprint(i, " ", tc.at, " ")
					switch {
					case status == notSet:
						continue
					case objected && status != unsubscribed:
						line += "DROPPED OBJECTION_WINS"
					case i == 0:
						want, line = status, line+"KEPT "+tc.at
					case want == notSet:
						want, line = status, line+"ADDED "+tc.at
					case want == status:
						line += "ALREADY_THERE " + tc.at
					case given[0] == notSet:
						line += "DROPPED EARLIER_SOURCE_HAS_VALUE"
					default:
						line += "DROPPED TARGET_HAS_VALUE"
					}
					lines = append(lines, line)
				}
				c, plan := l.requireMerge(t, ids[0], ids[1:]...)
				require.Equal(t, want, tc.status(c), given)
				require.Equal(t, lines, slices.DeleteFunc(accountOf(plan.Account, names), func(line string) bool {
					return !strings.Contains(line, "].subscriptionStatus ")
				}), given)
			}
		})
	}
	t.Run("MRG-14 another extension objects for itself", func(t *testing.T) {
		l := base.fork()
		ann := create(t, l.Store, reachable(nil, number("US", numberUS+" x1"))).ID
		bo := create(t, l.Store, reachable(nil, number("US", numberUS+" x2"))).ID
		for id, status := range map[uuid.UUID]contacts.SubscriptionStatus{ann: subscribed, bo: unsubscribed} {
			_, err := l.SetSubscription(t.Context(), id, "+12015550123", status)
			require.NoError(t, err)
		}
		c, _ := l.requireMerge(t, ann, bo)
		require.Equal(t, subscribed, c.PrimaryPhone.SubscriptionStatus)
		c = update(t, l.Store, c, contacts.Patch{Phones: contacts.Set(c.Info.Phones[1:])})
		require.Equal(t, unsubscribed, c.PrimaryPhone.SubscriptionStatus)
	})
	t.Run("MRG-14 a bounce is no objection", func(t *testing.T) {
		l := base.fork()
		ann, bo := create(t, l.Store, person("", "x@x.test")).ID, create(t, l.Store, person("", "x@x.test")).ID
		l.deliver(t, ann, "x@x.test", contacts.EmailDeliverabilityValid, emailState(notSet, contacts.EmailDeliverabilityValid))
		l.deliver(t, bo, "x@x.test", bounced, emailState(notSet, bounced))
		c, _ := l.requireMerge(t, ann, bo)
		requireEmailState(t, c, "x@x.test", notSet, contacts.EmailDeliverabilityValid)
	})
}

// TestMergeSpending merges amounts and their currencies, which are one fact.
func TestMergeSpending(t *testing.T) {
	type spending struct{ amount, currency any }
	const (
		targetHas  = " DROPPED TARGET_HAS_VALUE"
		earlierHas = " DROPPED EARLIER_SOURCE_HAS_VALUE"
	)
	base := mergeLab(t)
	for _, tc := range []struct {
		name  string
		given []spending // of the target and of the sources
		want  spending
		lines []string // of the account, without KEPT, ADDED and ALREADY_THERE
	}{
		{"the whole pair", []spending{{}, {7.0, "JPY"}}, spending{7.0, "JPY"}, nil},
		{"an amount keeps a pair off", []spending{{10.0, nil}, {7.0, "JPY"}}, spending{10.0, nil},
			[]string{"1 amount" + targetHas, "1 currency" + targetHas}},
		{"a currency keeps a pair off", []spending{{nil, "EUR"}, {7.0, "JPY"}}, spending{nil, "EUR"},
			[]string{"1 amount" + targetHas, "1 currency" + targetHas}},
		{"even if it is the same", []spending{{nil, "JPY"}, {7.0, "JPY"}}, spending{nil, "JPY"},
			[]string{"1 amount" + targetHas}},
		{"a pair keeps halves off", []spending{{10.0, "EUR"}, {7.0, nil}, {nil, "JPY"}, {7.0, "JPY"}}, spending{10.0, "EUR"},
			[]string{"1 amount" + targetHas, "2 currency" + targetHas, "3 amount" + targetHas, "3 currency" + targetHas}},
		{"halves of two sources", []spending{{}, {10.0, nil}, {nil, "JPY"}}, spending{10.0, nil},
			[]string{"2 currency" + earlierHas}},
		{"halves of two sources, in the other order", []spending{{}, {nil, "JPY"}, {10.0, nil}}, spending{nil, "JPY"},
			[]string{"2 amount" + earlierHas}},
		{"the first source that has one", []spending{{}, {}, {10.0, "EUR"}, {7.0, "JPY"}}, spending{10.0, "EUR"},
			[]string{"3 amount" + earlierHas, "3 currency" + earlierHas}},
		{"equal pairs", []spending{{10.0, "EUR"}, {10.0, "EUR"}}, spending{10.0, "EUR"}, nil},
	} {
		t.Run("MRG-15 "+tc.name, func(t *testing.T) {
			l := base.fork()
			var ids []uuid.UUID
			names := map[uuid.UUID]string{}
			for i, s := range tc.given {
				ids = append(ids, create(t, l.Store, person("X")).ID)
				names[ids[i]] = strconv.Itoa(i)
				_, err := l.SetSystemFields(t.Context(), ids[i], map[string]any{
					"ecom.totalSpentAmount": s.amount, "ecom.totalSpentCurrency": s.currency,
				})
				require.NoError(t, err)
			}
			c, plan := l.requireMerge(t, ids[0], ids[1:]...)
			require.Equal(t, tc.want, spending{
				c.Info.ExtendedFields["ecom.totalSpentAmount"], c.Info.ExtendedFields["ecom.totalSpentCurrency"],
			})
			entries := 0
			var lines []string
			for _, line := range accountOf(plan.Account, names) {
				if short := strings.NewReplacer("info.extendedFields.items.ecom.totalSpentAmount", "amount",
					"info.extendedFields.items.ecom.totalSpentCurrency", "currency").Replace(line); short != line {
					entries++
					if strings.Contains(line, "DROPPED") {
						lines = append(lines, short)
					}
				}
			}
			require.Equal(t, tc.lines, lines)
			for _, s := range tc.given {
				if s.amount != nil {
					entries--
				}
				if s.currency != nil {
					entries--
				}
			}
			require.Zero(t, entries, "one for each half")
		})
	}
}
