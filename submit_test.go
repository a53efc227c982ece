package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func init() {
	calls["Submit"] = func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Submit(ctx, person("New"), nil)
		return err
	}
	feedWrites = append(feedWrites, feedWrite{
		method: "Submit", want: []wantChange{
			{kind: contacts.ContactUpdated, of: "bob"}, {kind: contacts.ContactSubmitted, of: "bob"},
		},
		call: func(ctx context.Context, sc scene) error {
			info := person("", "bob@x.test")
			info.Company = "Acorn"
			_, err := sc.Submit(ctx, info, nil)
			return err
		},
	})
	leaks = append(leaks, leak{
		"submission", contacts.ErrInsufficientPermission,
		func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Submit(t.Context(), secretInfo(), &contacts.SubmitOptions{ContactID: c.ID, PassThroughData: secret})
			return err
		},
	}, leak{
		"submission with all wrong", contacts.ErrInvalid,
		func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.Submit(t.Context(), wrongInfo(), &contacts.SubmitOptions{
				PassThroughData: strings.Repeat(secret, 300), Activity: contacts.Activity{ActivityType: secret},
			})
			return err
		},
	})
}

// submit makes a submission, which must succeed, and returns it with its contact.
func submit(
	t testing.TB, s *contacts.Store, info contacts.Info, opts *contacts.SubmitOptions,
) (contacts.Submission, *contacts.Contact) {
	t.Helper()
	done, err := s.Submit(t.Context(), info, opts)
	require.NoError(t, err)
	c, err := s.Get(t.Context(), done.ContactID, nil)
	require.NoError(t, err)
	return done, c
}

// withPhones returns an info with these phones and no name.
func withPhones(phones ...contacts.Phone) contacts.Info { return contacts.Info{Phones: phones} }

func TestSubmitOrderOfChecks(t *testing.T) {
	bad := contacts.Info{Birthdate: "x"}
	multiple := contacts.Info{Emails: append(primaryAt(0, "a@x.test"), primaryAt(0, "b@x.test")...)}
	multiple.ExtendedFields = map[string]any{"custom.none": 1}
	field := contacts.Info{ExtendedFields: map[string]any{"custom.none": 1, "invoices.vatId": 1}}
	value := contacts.Info{ExtendedFields: map[string]any{"invoices.vatId": 1}, LabelKeys: []string{"custom.none"}}
	label := contacts.Info{LabelKeys: []string{"custom.none"}}
	foreign := func(id uuid.UUID) *contacts.SubmitOptions { return &contacts.SubmitOptions{ContactID: id} }
	override := func(id uuid.UUID) *contacts.SubmitOptions {
		return &contacts.SubmitOptions{ContactID: id, Override: true}
	}
	for _, tc := range []struct {
		name string
		info contacts.Info
		opts *contacts.SubmitOptions
		code contacts.Code
		at   []string // of the violations
	}{
		{
			"violations, all at once", bad, &contacts.SubmitOptions{
				ContactID: missingID, PassThroughData: strings.Repeat("ö", 301), Source: contacts.Source{SourceType: "x"},
				Activity: contacts.Activity{ActivityType: "x", Description: "\x00"},
			},
			contacts.ErrInvalid,
			[]string{
				"info.birthdate", "source.sourceType", "passThroughData", "activity.activityType", "activity.description",
			},
		},
		{
			"CONTACT_CREATED is not reported", person("Ann"),
			&contacts.SubmitOptions{Activity: contacts.Activity{ActivityType: contacts.ActivityContactCreated}},
			contacts.ErrInvalid, []string{"activity.activityType"},
		},
		{"permission", multiple, foreign(missingID), contacts.ErrInsufficientPermission, nil},
		{"primaries", multiple, override(missingID), contacts.ErrMultiplePrimary, nil},
		{"unknown field", field, override(missingID), contacts.ErrFieldNotFound, nil},
		{
			"value", value, override(missingID), contacts.ErrInvalidFieldValue,
			[]string{"info.extendedFields.items.invoices.vatId"},
		},
		{"label", label, override(missingID), contacts.ErrLabelNotFound, nil},
		{"contact", contacts.Info{}, override(missingID), contacts.ErrContactNotFound, nil},
		{"member", person("Ann"), &contacts.SubmitOptions{MemberID: missingID}, contacts.ErrContactNotFound, nil},
		{"no identification", contacts.Info{Company: "Acorn"}, nil, contacts.ErrInsufficientData, nil},
		{"a name of spaces", person("  "), nil, contacts.ErrInsufficientData, nil},
		{
			"a session whose contact is missing", contacts.Info{}, &contacts.SubmitOptions{VisitorContactID: missingID},
			contacts.ErrInsufficientData, nil,
		},
	} {
		t.Run("SBM-1 "+tc.name, func(t *testing.T) {
			s, _ := newCast(t)
			before := stateOf(s.Snapshot())
			done, err := s.Submit(t.Context(), tc.info, tc.opts)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			require.Zero(t, done)
			var at []string
			for _, v := range violations(t, err) {
				at = append(at, v.Field)
			}
			require.Equal(t, tc.at, at)
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	t.Run("SBM-1 300 characters are fine", func(t *testing.T) {
		submit(t, newStore(t), person("Ann"), &contacts.SubmitOptions{PassThroughData: strings.Repeat("ö", 300)})
	})
	t.Run("SBM-1 more items than a contact may have", func(t *testing.T) {
		s := newStore(t)
		var emails []string
		for i := range 50 {
			emails = append(emails, string(rune('a'+i%26))+strings.Repeat("x", i/26)+"@x.test")
		}
		c := create(t, s, person("Full", emails...))
		before := stateOf(s.Snapshot())
		_, err := s.Submit(t.Context(), person("", emails[7], "one.more@x.test"), nil)
		require.Equal(t, []contacts.Violation{
			{Field: "info.emails.items", Rule: contacts.RuleMaxSize, Threshold: 50},
		}, violations(t, err))
		var e *contacts.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, c.ID, e.ID)
		require.Equal(t, before, stateOf(s.Snapshot()))
		submit(t, s, person("", emails...), nil)
	})
	t.Run("SBM-1 a merged-away ID is no contact", func(t *testing.T) {
		s := newStore(t)
		ann, bob := create(t, s, person("Ann")), create(t, s, person("Bob"))
		_, err := s.Merge(t.Context(), ann.ID, 1, []uuid.UUID{bob.ID}, nil)
		require.NoError(t, err)
		_, err = s.Submit(t.Context(), person("New"), override(bob.ID))
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
}

func TestSubmitter(t *testing.T) {
	s := newStore(t)
	first := create(t, s, person("First", "first@x.test", "shared@x.test"))
	member := create(t, s, person("Mel", "mel@x.test"))
	require.NoError(t, setMember(t, s, member.ID, nil))
	again := create(t, s, person("Mel again"))
	require.NoError(t, setMember(t, s, again.ID, nil))
	info := person("Third", "third@x.test", "SHARED@x.test")
	info.Phones = []contacts.Phone{number("US", numberUS), number("", "555-0101")}
	third := create(t, s, info)
	const typedUS = "202-555-0147"
	phones := create(t, s, withPhones(
		number("", "555-0100"), number("", "555-0102"), number("", typedUS), number("DE", numberShared),
	))
	named := create(t, s, person("Nora", "nora@x.test"))
	colleague := create(t, s, withPhones(number("US", typedUS+" x123")))
	create(t, s, withPhones(number("", "n/a")))
	gone, goneToo := create(t, s, person("Gone", "gone@x.test")), create(t, s, person("Gone too"))
	for _, merge := range [][2]*contacts.Contact{{gone, goneToo}, {named, gone}} { // the session of goneToo leads to named
		_, err := s.Merge(t.Context(), merge[0].ID, mustView(t, s, merge[0].ID).Revision(), []uuid.UUID{merge[1].ID}, nil)
		require.NoError(t, err)
	}

	const contact, asMember = contacts.IdentityContact, contacts.IdentityMember
	const unproven = contacts.IdentityNotAuthenticatedMember
	loggedIn := &contacts.SubmitOptions{MemberID: testID(9001)}
	visitor := &contacts.SubmitOptions{VisitorContactID: named.ID}
	override := func(id uuid.UUID) *contacts.SubmitOptions {
		return &contacts.SubmitOptions{ContactID: id, Override: true, MemberID: testID(9001), VisitorContactID: named.ID}
	}
	for _, tc := range []struct {
		name     string
		info     contacts.Info
		opts     *contacts.SubmitOptions
		want     *contacts.Contact // nil for a new one
		identity contacts.IdentityType
	}{
		{"SBM-2 the oldest contact of the member who is logged in", person("", "first@x.test"), loggedIn, member, asMember},
		{"SBM-2 a member need not say anything", contacts.Info{}, loggedIn, member, asMember},
		{"SBM-3 the contact that is named before all", person("", "first@x.test"), override(third.ID), third, contact},
		{"SBM-3 a member that is named", contacts.Info{}, override(again.ID), again, contact},
		{"SBM-4 a primary email", person("X", "first@x.test"), nil, first, contact},
		{"SBM-4 another email, in any case", person("X", " Shared@X.test "), nil, first, contact},
		{"SBM-4 an email with a long s", person("X", "fir\u017ft@x.test", "\u017fhared@x.test"), nil, nil, contact},
		{"SBM-4 the oldest, not the first email", person("X", "third@x.test", "shared@x.test"), nil, first, contact},
		{"SBM-4 the second email that is given", person("X", "none@x.test", "third@x.test"), nil, third, contact},
		{"SBM-4 a phone", withPhones(number("US", "(201) 555-0123")), nil, third, contact},
		{"SBM-4 an email before a phone", contacts.Info{
			Emails: primaryAt(0, "third@x.test"), Phones: []contacts.Phone{number("", "555-0100")},
		}, nil, third, contact},
		{"SBM-4 an email before a phone of an older contact", contacts.Info{
			Emails: primaryAt(0, "nora@x.test"), Phones: []contacts.Phone{number("US", numberUS)},
		}, nil, named, contact},
		{"SBM-4 a phone where no email is found", contacts.Info{
			Emails: primaryAt(0, "none@x.test"), Phones: []contacts.Phone{number("", "555-0100")},
		}, nil, phones, contact},
		{"SBM-4 a phone as typed", withPhones(number("", "555-0100")), nil, phones, contact},
		{"SBM-4 not the primary phone, as typed", withPhones(number("", "555-0102")), nil, phones, contact},
		{"SBM-4 the oldest, not the first phone", withPhones(number("", "555-0100"), number("", "555-0101")), nil, third, contact},
		{"SBM-4 a valid number, the same text without one", withPhones(number("US", typedUS)), nil, phones, contact},
		{"SBM-4 no valid number, the same text as a valid one", withPhones(number("DK", numberUS)), nil, third, contact},
		{"SBM-4 the same text, but another number", withPhones(number("NL", numberShared)), nil, nil, contact},
		{"SBM-4 a name matches no contact", person("Nora"), nil, nil, contact},
		{"SBM-4 an extension", withPhones(number("US", typedUS+" ext. 123")), nil, colleague, contact},
		{"SBM-4 an extension of a colleague", withPhones(number("US", typedUS+" x124")), nil, nil, contact},
		{"SBM-4 an extension of a switchboard", withPhones(number("US", numberUS+" x1")), nil, nil, contact},
		{"SBM-4 a phone that identifies no one is passed over", contacts.Info{
			Emails: primaryAt(0, "none@x.test"), Phones: []contacts.Phone{number("", "n/a"), number("", "555-0100")},
		}, nil, phones, contact},
		{"SBM-4 a name and a phone that identifies no one", contacts.Info{
			Name: contacts.Name{First: "Bo"}, Phones: []contacts.Phone{number("", "n/a")},
		}, visitor, nil, contact},
		{"SBM-5 a phone that identifies no one is nothing", withPhones(number("", "n/a")), visitor, named, contact},
		{"SBM-5 a phone that identifies no one, without a session", withPhones(number("", "n/a")), nil, nil, contact},
		{"SBM-5 the session of a contact that was merged away", contacts.Info{Company: "Acorn"},
			&contacts.SubmitOptions{VisitorContactID: goneToo.ID}, named, contact},
		{"SBM-5 who says nothing is the visitor", contacts.Info{Company: "Acorn"}, visitor, named, contact},
		{"SBM-5 a name of spaces is nothing", person(" "), visitor, named, contact},
		{"SBM-5 who says who it is is not the visitor", person("Other"), visitor, nil, contact},
		{"SBM-5 an email counts before the session", person("", "first@x.test"), visitor, first, contact},
		{
			"SBM-5 a session of a member who is not logged in", contacts.Info{Company: "Acorn"},
			&contacts.SubmitOptions{VisitorContactID: member.ID}, member, unproven,
		},
		{"SBM-7 a member who is not logged in", person("X", "mel@x.test"), nil, member, unproven},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := s.Fork()
			n := f.Snapshot().Len()
			done, err := f.Submit(t.Context(), tc.info, tc.opts)
			require.NoError(t, err)
			require.Equal(t, tc.identity, done.IdentityType)
			require.Equal(t, tc.want == nil, done.NewContact)
			if tc.want != nil {
				require.Equal(t, tc.want.ID, done.ContactID)
				require.Equal(t, n, f.Snapshot().Len())
			} else {
				require.Equal(t, n+1, f.Snapshot().Len())
			}
		})
	}
}

func TestSubmit(t *testing.T) {
	t.Run("SBM-6 empty members are filled, new items appended", func(t *testing.T) {
		s := newStore(t)
		_, _, err := s.FindOrCreateField(t.Context(), "Hat", contacts.DataNumber)
		require.NoError(t, err)
		old := create(t, s, person("", "ann@x.test"))
		given := richInfo("ann")
		given.ExtendedFields["custom.hat"] = 56
		done, c := submit(t, s, given, nil)
		require.Equal(t, contacts.Submission{ContactID: old.ID, IdentityType: contacts.IdentityContact}, done)
		require.Equal(t, 2, c.Revision)
		require.Equal(t, old.LastActivity, c.LastActivity)
		require.Equal(t, old.Source, c.Source)
		require.Equal(t, given.Name, c.Info.Name)
		require.Equal(t, []string{"ann@x.test", "ann.home@x.test"}, addressesOf(c))
		require.Equal(t, old.Info.Emails[0], c.Info.Emails[0], "with its ID")
		require.Equal(t, []string{"201-555-0123", "555-0199"}, numbersOf(c), "the primary one first, as there was none")
		require.True(t, c.Info.Phones[0].Primary)
		require.False(t, c.Info.Phones[1].Primary)
		require.Len(t, c.Info.Addresses, 2)
		require.Equal(t, given.LabelKeys, c.Info.LabelKeys)
		require.Equal(t, 56.0, c.Info.ExtendedFields["custom.hat"])
		require.Equal(t, "XX 123", c.Info.ExtendedFields["invoices.vatId"])
		require.Equal(t, "ann Quill", c.Info.ExtendedFields["contacts.displayByFirstName"])
		rest := func(in contacts.Info) contacts.Info {
			in.Emails, in.Phones, in.Addresses, in.ExtendedFields = nil, nil, nil, nil
			return in
		}
		require.Equal(t, rest(given), rest(c.Info))
		seen := map[uuid.UUID]bool{uuid.Nil: true}
		for _, e := range c.Info.Emails {
			require.False(t, seen[e.ID])
			seen[e.ID] = true
		}
	})
	t.Run("SBM-6 nothing is overwritten or removed", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		given := contacts.Info{
			Name: contacts.Name{First: "Bea", Last: "Other"}, Emails: primaryAt(0, "new@x.test", "ANN@x.test"),
			Phones:    []contacts.Phone{number("US", numberUS2), number("US", "202-555-0147")},
			Addresses: []contacts.Address{{City: "Elsewhere"}},
			Company:   "Birch", JobTitle: "Cook", Birthdate: "2000-01-01", Locale: "da",
			LabelKeys: []string{customers}, ExtendedFields: map[string]any{"invoices.vatId": "YY"},
			Picture:         &contacts.Picture{Image: contacts.Image{URL: "https://x.test/other.png"}},
			Locations:       []uuid.UUID{testID(9001), testID(9009)},
			AssignedUserIDs: []uuid.UUID{testID(9008)},
		}
		done, c := submit(t, s, given, nil)
		require.False(t, done.NewContact)
		want := old.Info.Clone()
		require.Len(t, c.Info.Emails, 3)
		require.Equal(t, contacts.Email{
			ID: c.Info.Emails[2].ID, Tag: contacts.EmailUntagged, Address: "new@x.test",
		}, c.Info.Emails[2])
		require.Len(t, c.Info.Phones, 3)
		require.Equal(t, "202-555-0147", c.Info.Phones[2].Number)
		require.Len(t, c.Info.Addresses, 3)
		want.Emails = append(want.Emails, c.Info.Emails[2])
		want.Phones = append(want.Phones, c.Info.Phones[2])
		want.Addresses = append(want.Addresses, c.Info.Addresses[2])
		want.Locations = append(want.Locations, testID(9009))
		want.AssignedUserIDs = append(want.AssignedUserIDs, testID(9008))
		require.Equal(t, want, c.Info)
		require.Equal(t, 2, c.Revision)
	})
	for _, tc := range []struct{ name, first, last, givenFirst, givenLast, wantFirst, wantLast string }{
		{"the last name that is missing", "Ann", "", "Ann", "Quill", "Ann", "Quill"},
		{"the last name alone", "Ann", "", "", "Quill", "Ann", "Quill"},
		{"the first name that is missing", "", "Quill", "Ann", "Quill", "Ann", "Quill"},
		{"another person's name", "Ann", "", "Bea", "Quill", "Ann", ""},
		{"another last name", "", "Quill", "Ann", "Other", "", "Quill"},
		{"both", "", "", "Ann", "Quill", "Ann", "Quill"},
		{"nothing", "Ann", "Quill", "", "", "Ann", "Quill"},
		{"the last name where a space is the first", " ", "", "", "Quill", " ", "Quill"},
		{"a first name in the place of a space", " ", "Quill", "Ann", "", "Ann", "Quill"},
		{"a space fills nothing", "", "Quill", " ", "Quill", "", "Quill"},
		{"a space contradicts nothing", "Ann", "", "\u200b", "Quill", "Ann", "Quill"},
	} {
		t.Run("SBM-6 names never mix: "+tc.name, func(t *testing.T) {
			s := newStore(t)
			info := person(tc.first, "ann@x.test")
			info.Name.Last = tc.last
			create(t, s, info)
			info = person(tc.givenFirst, "ann@x.test")
			info.Name.Last = tc.givenLast
			_, c := submit(t, s, info, nil)
			require.Equal(t, contacts.Name{First: tc.wantFirst, Last: tc.wantLast}, c.Info.Name)
		})
	}
	t.Run("SBM-6 known data makes no revision", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		for _, info := range []contacts.Info{richInfo("ann"), person("", "ann@x.test"), person("Bea", "ANN@x.test")} {
			_, c := submit(t, s, info, nil)
			require.Equal(t, old, c)
		}
	})
	t.Run("SBM-6 statuses stay, and a member's email does", func(t *testing.T) {
		s := newStore(t)
		c := create(t, s, person("Ann"))
		require.NoError(t, setMember(t, s, c.ID, nil))
		before := stateOf(s.Snapshot())
		_, err := s.Submit(t.Context(), person("", "new@x.test"), &contacts.SubmitOptions{MemberID: testID(9001)})
		require.ErrorIs(t, err, contacts.ErrUpdateMemberEmail)
		require.Equal(t, before, stateOf(s.Snapshot()))

		c = create(t, s, person("Bea", "bea@x.test"))
		_, err = s.SetSubscription(t.Context(), c.ID, "bea@x.test", contacts.SubscriptionUnsubscribed)
		require.NoError(t, err)
		_, c = submit(t, s, person("", "bea@x.test", "bea.work@x.test"), nil)
		require.Equal(t, contacts.SubscriptionUnsubscribed, c.PrimaryEmail.SubscriptionStatus)
	})
	t.Run("SBM-6 the input is copied", func(t *testing.T) {
		s := newStore(t)
		create(t, s, person("", "ann@x.test"))
		info := richInfo("ann")
		opts := &contacts.SubmitOptions{Activity: contacts.Activity{
			ActivityType: contacts.ActivityFormSubmitted, Icon: &contacts.Icon{Name: "i", URL: "https://x.test/i.png"},
		}}
		submit(t, s, info, opts)
		require.Equal(t, richInfo("ann"), info)
		before := deepCopy(t, stateOf(s.Snapshot()))
		scribble(&info)
		scribble(opts)
		require.Equal(t, before, deepCopy(t, stateOf(s.Snapshot())))
	})
	t.Run("SBM-7 a member who is not logged in is not touched", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, person("Mel", "mel@x.test"))
		require.NoError(t, setMember(t, s, old.ID, nil))
		before := s.Snapshot()
		done, _ := submit(t, s, richInfo("mel"), &contacts.SubmitOptions{
			Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted},
		})
		require.Equal(t, contacts.Submission{
			ContactID: old.ID, IdentityType: contacts.IdentityNotAuthenticatedMember,
		}, done)
		was, _ := before.View(old.ID)
		require.Equal(t, was, mustView(t, s, old.ID), "the same record")
	})
	t.Run("SBM-8 a new contact", func(t *testing.T) {
		s := newStore(t)
		source := contacts.Source{SourceType: contacts.SourceWixApp, AppID: "forms"}
		done, c := submit(t, s, richInfo("ann"), &contacts.SubmitOptions{Source: source})
		require.Equal(t, contacts.Submission{
			ContactID: c.ID, IdentityType: contacts.IdentityContact, NewContact: true,
		}, done)
		require.Equal(t, source, c.Source)
		same := create(t, newStore(t), richInfo("ann"))
		same.Source = c.Source
		same.CreatedDate, same.UpdatedDate, same.LastActivity.ActivityDate = c.CreatedDate, c.UpdatedDate, c.CreatedDate
		require.Equal(t, same, c, "as by Create")
	})
}

func addressesOf(c *contacts.Contact) (list []string) {
	for _, e := range c.Info.Emails {
		list = append(list, e.Address)
	}
	return list
}

func numbersOf(c *contacts.Contact) (list []string) {
	for _, p := range c.Info.Phones {
		list = append(list, p.Number)
	}
	return list
}

func TestSubmittedChange(t *testing.T) {
	for _, tc := range []struct {
		name  string
		setup contacts.Info // of an existing contact, if it has a name
		given contacts.Info
		opts  contacts.SubmitOptions
		kinds []contacts.ChangeKind
	}{
		{
			"new", contacts.Info{}, person("Ann", "ann@x.test"), contacts.SubmitOptions{PassThroughData: `{"form":"<1>"}`},
			[]contacts.ChangeKind{contacts.ContactCreated, contacts.ContactSubmitted},
		},
		{
			"added to", person("Ann", "ann@x.test"), person("Ann", "ann@x.test", "b@x.test"), contacts.SubmitOptions{},
			[]contacts.ChangeKind{contacts.ContactUpdated, contacts.ContactSubmitted},
		},
		{
			"active", person("Ann", "ann@x.test"), person("", "ann@x.test"),
			contacts.SubmitOptions{Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted}},
			[]contacts.ChangeKind{contacts.ContactUpdated, contacts.ContactSubmitted},
		},
		{
			"as it was", person("Ann", "ann@x.test"), person("", "ann@x.test"), contacts.SubmitOptions{},
			[]contacts.ChangeKind{contacts.ContactSubmitted},
		},
		{
			"member", person("Mel", "mel@x.test"), person("Ann", "mel@x.test", "b@x.test"),
			contacts.SubmitOptions{Activity: contacts.Activity{
				ActivityType: contacts.ActivityFormSubmitted, ActivityDate: epoch, Icon: &contacts.Icon{Name: "i"},
			}},
			[]contacts.ChangeKind{contacts.ContactSubmitted},
		},
	} {
		bubble(t, "SBM-9 the feed reports a submission, "+tc.name, func(t *testing.T) {
			s := newStore(t)
			if tc.setup.Name.First != "" {
				c := create(t, s, tc.setup)
				if tc.name == "member" {
					require.NoError(t, setMember(t, s, c.ID, nil))
				}
			}
			before := s.Snapshot()
			done, c := submit(t, s, tc.given, &tc.opts)
			commits := commitsAfter(t, s, before.Position())
			require.Len(t, commits, 1)
			require.Equal(t, before.Position()+1, s.Snapshot().Position())
			require.Empty(t, commits[0].OriginatedFrom)
			var kinds []contacts.ChangeKind
			for _, change := range commits[0].Changes {
				kinds = append(kinds, change.Kind)
			}
			require.Equal(t, tc.kinds, kinds)
			last := commits[0].Changes[len(kinds)-1]
			was, _ := before.View(done.ContactID)
			require.Equal(t, was, last.Before)
			require.Equal(t, mustView(t, s, done.ContactID), last.After)
			text, activity := last.Submission()
			require.Equal(t, tc.opts.PassThroughData, text)
			want := tc.opts.Activity
			if want.ActivityType != "" && want.ActivityDate.IsZero() {
				want.ActivityDate = commits[0].Time
			}
			require.Equal(t, want, activity)
			scribble(&activity)
			_, activity = last.Submission()
			require.Equal(t, want, activity)
			noText, none := contacts.Change{}.Submission()
			require.Zero(t, noText)
			require.Zero(t, none)

			var e contacts.Event
			for e = range commits[0].Events() {
			}
			require.Equal(t, "wix.contacts.v4.contact_submitted", e.Type)
			require.Equal(t, "wix.contacts.v4.contact", e.EntityFQDN)
			require.Equal(t, "submitted", e.Slug)
			require.Equal(t, done.ContactID.String(), e.EntityID)
			encoded, err := json.Marshal(e)
			require.NoError(t, err)
			var envelope struct {
				ActionEvent struct {
					Body struct {
						PassThroughData string
						Activity        json.RawMessage
						Contact         contacts.Contact
					}
				}
			}
			require.NoError(t, json.Unmarshal(encoded, &envelope))
			require.Equal(t, tc.opts.PassThroughData, envelope.ActionEvent.Body.PassThroughData)
			require.Equal(t, *c, envelope.ActionEvent.Body.Contact)
			if want.ActivityType == "" {
				require.Empty(t, envelope.ActionEvent.Body.Activity)
			} else {
				text, err := json.Marshal(want)
				require.NoError(t, err)
				require.JSONEq(t, string(text), string(envelope.ActionEvent.Body.Activity))
			}
		})
	}
	t.Run("SBM-9 the answer in JSON", func(t *testing.T) {
		text, err := json.Marshal(contacts.Submission{ContactID: testID(1), IdentityType: contacts.IdentityContact})
		require.NoError(t, err)
		require.Equal(t, `{"contactId":"00000000-0000-4000-8000-000000000001","identityType":"CONTACT","newContact":false}`,
			string(text))
	})
}

func TestSubmitActivity(t *testing.T) {
	form := contacts.Activity{ActivityType: contacts.ActivityFormSubmitted}
	at := func(a contacts.Activity, when time.Time) *contacts.SubmitOptions {
		a.ActivityDate = when
		return &contacts.SubmitOptions{Activity: a}
	}
	far := epoch.AddDate(1, 0, 0)
	t.Run("SBM-10 the activity that is reported is the last one", func(t *testing.T) {
		s := newStore(t)
		_, c := submit(t, s, person("Ann", "ann@x.test"), at(form, time.Time{}))
		require.Equal(t, 1, c.Revision)
		require.Equal(t, at(form, c.CreatedDate).Activity, c.LastActivity)
		_, c = submit(t, s, person("", "ann@x.test"), at(contacts.Activity{}, far))
		require.Equal(t, 2, c.Revision)
		require.Equal(t, contacts.Activity{ActivityType: contacts.ActivityGeneral, ActivityDate: far}, c.LastActivity)
		_, c = submit(t, s, person("", "ann@x.test", "b@x.test"), at(form, far.Add(1500*time.Microsecond)))
		require.Equal(t, 3, c.Revision, "one revision for both")
		require.Equal(t, far.Add(time.Millisecond), c.LastActivity.ActivityDate)
	})
	t.Run("SBM-10 never an older one", func(t *testing.T) {
		s := newStore(t)
		_, c := submit(t, s, person("Ann", "ann@x.test"), nil)
		require.Equal(t, contacts.ActivityContactCreated, c.LastActivity.ActivityType)
		_, c = submit(t, s, person("", "ann@x.test"), at(form, epoch.AddDate(-1, 0, 0)))
		require.Equal(t, 1, c.Revision)
		_, c = submit(t, s, person("", "ann@x.test"), at(form, c.LastActivity.ActivityDate))
		require.Equal(t, 2, c.Revision)
		require.Equal(t, contacts.ActivityFormSubmitted, c.LastActivity.ActivityType)
	})
	t.Run("SBM-10 of any date on a new contact", func(t *testing.T) {
		old := at(form, epoch.AddDate(-1, 0, 0))
		_, c := submit(t, newStore(t), person("Ann", "ann@x.test"), old)
		require.Equal(t, old.Activity, c.LastActivity)
	})
	t.Run("SBM-10 no activity, no change", func(t *testing.T) {
		_, c := submit(t, newStore(t), person("Ann"), nil)
		require.Equal(t, contacts.ActivityContactCreated, c.LastActivity.ActivityType)
	})
	t.Run("SBM-10 every activity but one", func(t *testing.T) {
		for _, kind := range []contacts.ActivityType{
			contacts.ActivityGeneral, contacts.ActivityEcomPurchase, contacts.ActivityContactMerged,
		} {
			_, c := submit(t, newStore(t), person("Ann"), at(contacts.Activity{ActivityType: kind}, far))
			require.Equal(t, kind, c.LastActivity.ActivityType)
		}
	})
}

func TestUpsertAndSubmitTogether(t *testing.T) {
	t.Run("UPS-1 concurrent calls with one email make one contact", func(t *testing.T) {
		s := openStore(t, nil)
		done := make(chan error)
		for i := range 8 {
			go func() {
				var err error
				if i%2 == 0 {
					_, _, err = s.Upsert(t.Context(), person("Ann", "ann@x.test"), nil)
				} else {
					_, err = s.Submit(t.Context(), person("Ann", "ANN@x.test"), nil)
				}
				done <- err
			}()
		}
		for range 8 {
			require.NoError(t, <-done)
		}
		require.Equal(t, 1, len(slices.Collect(s.Snapshot().All())))
	})
}

func init() {
	calls["Upsert"] = func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, _, err := s.Upsert(ctx, person("New"), nil)
		return err
	}
	feedWrites = append(feedWrites, feedWrite{
		method: "Upsert", want: []wantChange{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.Upsert(ctx, person("Robert", "bob@x.test"), nil)
			return err
		},
	})
}

// upsert makes an upsert, which must succeed.
func upsert(t testing.TB, s *contacts.Store, info contacts.Info) (*contacts.Contact, contacts.UpsertAction) {
	t.Helper()
	c, action, err := s.Upsert(t.Context(), info, nil)
	require.NoError(t, err)
	stored, err := s.Get(t.Context(), c.ID, nil)
	require.NoError(t, err)
	require.Equal(t, stored, c)
	return c, action
}

func TestUpsert(t *testing.T) {
	t.Run("UPS-1 whom it finds", func(t *testing.T) {
		s := newStore(t)
		ann := create(t, s, person("Ann", "ann@x.test", "home@x.test"))
		bob := create(t, s, contacts.Info{
			Name: contacts.Name{First: "Bob"}, Emails: primaryAt(0, "bob@x.test"),
			Phones: []contacts.Phone{number("", "555-0199"), number("US", numberUS), number("", "555-0100")},
		})
		create(t, s, contacts.Info{Emails: primaryAt(0, "ann@x.test"), Phones: []contacts.Phone{number("US", numberUS)}})
		for _, tc := range []struct {
			name string
			info contacts.Info
			want *contacts.Contact
		}{
			{"any email, the oldest contact", person("", "none@x.test", " HOME@x.test"), ann},
			{"an email before a phone", contacts.Info{
				Emails: primaryAt(0, "home@x.test"), Phones: []contacts.Phone{number("", "555-0199")},
			}, ann},
			{"a valid phone, the oldest contact", withPhones(number("US", numberUS2)), bob},
			{"a phone as typed", withPhones(number("", "555-0100")), bob},
			{"a name matches no contact", person("Ann"), nil},
			{"an extension of a colleague", withPhones(number("US", numberUS+" x9")), nil},
			{"a phone that identifies no one", withPhones(number("", "n/a")), nil},
		} {
			f := s.Fork()
			n := f.Snapshot().Len()
			c, action := upsert(t, f, tc.info)
			if tc.want != nil {
				require.Equal(t, tc.want.ID, c.ID, tc.name)
				require.NotEqual(t, contacts.UpsertCreated, action, tc.name)
				require.Equal(t, n, f.Snapshot().Len(), tc.name)
			} else {
				require.Equal(t, contacts.UpsertCreated, action, tc.name)
				require.Equal(t, n+1, f.Snapshot().Len(), tc.name)
			}
		}
	})
	t.Run("UPS-1 a new contact is as by Create", func(t *testing.T) {
		s := newStore(t)
		source := contacts.Source{SourceType: contacts.SourceImport}
		c, action, err := s.Upsert(t.Context(), richInfo("ann"), &contacts.UpsertOptions{Source: source})
		require.NoError(t, err)
		require.Equal(t, contacts.UpsertCreated, action)
		want, err := newStore(t).Create(t.Context(), richInfo("ann"), &contacts.CreateOptions{Source: source})
		require.NoError(t, err)
		require.Equal(t, want, c)
	})
	t.Run("UPS-2 single values are replaced, the rest is added", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		given := contacts.Info{
			Name: contacts.Name{First: "Bea"}, Emails: primaryAt(0, "new@x.test", "ANN@x.test"),
			Phones:    []contacts.Phone{number("US", numberUS2), number("US", "202-555-0147")},
			Addresses: []contacts.Address{{City: "Elsewhere"}, richInfo("ann").Addresses[1]},
			Company:   "Birch", JobTitle: "Cook", Birthdate: "2000-01-01", Locale: "DA",
			LabelKeys: []string{customers}, ExtendedFields: map[string]any{"invoices.vatId": "YY"},
			Picture:   &contacts.Picture{Image: contacts.Image{URL: "https://x.test/other.png"}},
			Locations: []uuid.UUID{testID(9001), testID(9009)}, AssignedUserIDs: []uuid.UUID{testID(9008)},
		}
		c, action := upsert(t, s, given)
		require.Equal(t, contacts.UpsertUpdated, action)
		require.Equal(t, old.Revision+1, c.Revision)
		want := old.Info.Clone()
		want.Name.First = "Bea"
		want.Company, want.JobTitle, want.Birthdate, want.Locale = "Birch", "Cook", "2000-01-01", "da"
		want.Picture = given.Picture
		require.Len(t, c.Info.Emails, 3)
		require.Equal(t, []string{"ann@x.test", "ann.home@x.test", "new@x.test"}, addressesOf(c))
		require.Equal(t, []string{"201-555-0123", "555-0199", "202-555-0147"}, numbersOf(c))
		require.Len(t, c.Info.Addresses, 3)
		want.Emails = append(want.Emails, c.Info.Emails[2])
		want.Phones = append(want.Phones, c.Info.Phones[2])
		want.Addresses = append(want.Addresses, c.Info.Addresses[2])
		want.Locations = append(want.Locations, testID(9009))
		want.AssignedUserIDs = append(want.AssignedUserIDs, testID(9008))
		want.ExtendedFields["invoices.vatId"] = "YY"
		want.ExtendedFields["contacts.displayByFirstName"] = "Bea Quill"
		want.ExtendedFields["contacts.displayByLastName"] = "Quill Bea"
		require.Equal(t, want, c.Info)
		require.False(t, c.Info.Emails[2].Primary || c.Info.Phones[2].Primary)
		require.Equal(t, old.LastActivity, c.LastActivity)
		require.Equal(t, old.Source, c.Source)
	})
	t.Run("UPS-2 absent members stay", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		info := person("", "ann@x.test")
		info.Name.Last = "Other"
		info.ExtendedFields = map[string]any{"invoices.vatId": ""}
		c, _ := upsert(t, s, info)
		want := old.Info.Clone()
		want.Name.Last = "Other"
		want.ExtendedFields["contacts.displayByFirstName"] = "ann Other"
		want.ExtendedFields["contacts.displayByLastName"] = "Other ann"
		require.Equal(t, want, c.Info)
	})
	t.Run("UPS-2 a name that shows nothing is not given", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		info := person(" ", "ann@x.test")
		info.Name.Last = "\u200b"
		c, action := upsert(t, s, info)
		require.Equal(t, contacts.UpsertUnchanged, action)
		require.Equal(t, old, c)
	})
	t.Run("UPS-2 MRG-5 a phone that identifies no one is there once", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann", "ann@x.test")
		info.Phones = []contacts.Phone{number("", "n/a")}
		create(t, s, info)
		_, action := upsert(t, s, info)
		require.Equal(t, contacts.UpsertUnchanged, action)
		info.Phones = []contacts.Phone{number("US", numberUS+" x1"), number("US", numberUS+" x2")}
		c, _ := upsert(t, s, info)
		require.Equal(t, []string{"n/a", numberUS + " x1", numberUS + " x2"}, numbersOf(c))
	})
	t.Run("UPS-2 the first email of a contact becomes its primary one", func(t *testing.T) {
		s := newStore(t)
		create(t, s, withPhones(number("", "555-0199")))
		info := withPhones(number("", "555-0199"))
		info.Emails = primaryAt(1, "a@x.test", "b@x.test")
		c, _ := upsert(t, s, info)
		require.Equal(t, "b@x.test", c.PrimaryInfo.Email)
		require.Equal(t, []string{"b@x.test", "a@x.test"}, addressesOf(c))
	})
	t.Run("UPS-3 nothing new, nothing written", func(t *testing.T) {
		s := newStore(t)
		old := create(t, s, richInfo("ann"))
		for _, info := range []contacts.Info{richInfo("ann"), person("", "ANN@x.test"), person("ann", "ann.home@x.test")} {
			before := stateOf(s.Snapshot())
			c, action := upsert(t, s, info)
			require.Equal(t, contacts.UpsertUnchanged, action)
			require.Equal(t, old, c)
			require.Equal(t, before, stateOf(s.Snapshot()))
		}
	})
	t.Run("UPS-2 the input is copied", func(t *testing.T) {
		s := newStore(t)
		other := func() contacts.Info {
			info := richInfo("ann")
			info.Company, info.Addresses[0].City, info.Picture.Image.ID = "Birch", "Elsewhere", "other"
			return info
		}
		for i, given := range []func() contacts.Info{func() contacts.Info { return richInfo("ann") }, other, other} {
			info := given()
			c, action := upsert(t, s, info)
			require.Equal(t, []contacts.UpsertAction{
				contacts.UpsertCreated, contacts.UpsertUpdated, contacts.UpsertUnchanged,
			}[i], action)
			require.Equal(t, given(), info)
			before := deepCopy(t, stateOf(s.Snapshot()))
			scribble(&info)
			scribble(c)
			require.Equal(t, before, deepCopy(t, stateOf(s.Snapshot())))
		}
	})
}

func TestUpsertOrderOfChecks(t *testing.T) {
	bad := contacts.Info{Birthdate: "x"}
	multiple := contacts.Info{Emails: append(primaryAt(0, "a@x.test"), primaryAt(0, "b@x.test")...)}
	multiple.ExtendedFields = map[string]any{"custom.none": 1}
	full := person("")
	for i := range 50 {
		full.Emails = append(full.Emails, contacts.Email{Address: fmt.Sprintf("full%d@x.test", i)})
	}
	for _, tc := range []struct {
		name   string
		info   contacts.Info
		source contacts.Source
		code   contacts.Code
		at     []string
	}{
		{
			"violations, all at once", bad, contacts.Source{SourceType: "x"}, contacts.ErrInvalid,
			[]string{"info.birthdate", "source.sourceType"},
		},
		{"primaries", multiple, contacts.Source{}, contacts.ErrMultiplePrimary, nil},
		{
			"unknown field", contacts.Info{ExtendedFields: map[string]any{"custom.none": 1, "invoices.vatId": 1}},
			contacts.Source{}, contacts.ErrFieldNotFound, nil,
		},
		{
			"value", contacts.Info{ExtendedFields: map[string]any{"invoices.vatId": 1}, LabelKeys: []string{"custom.none"}},
			contacts.Source{}, contacts.ErrInvalidFieldValue, []string{"info.extendedFields.items.invoices.vatId"},
		},
		{"label", contacts.Info{LabelKeys: []string{"custom.none"}}, contacts.Source{}, contacts.ErrLabelNotFound, nil},
		{"no identification", contacts.Info{Company: "Acorn"}, contacts.Source{}, contacts.ErrInsufficientData, nil},
		{
			"email of a member", contacts.Info{Emails: primaryAt(0, "mel@x.test"), Phones: []contacts.Phone{number("", "555-0199")}},
			contacts.Source{}, contacts.ErrUpdateMemberEmail, nil,
		},
		{
			"more emails than there may be", person("", "full3@x.test", "more@x.test"), contacts.Source{},
			contacts.ErrInvalid, []string{"info.emails.items"},
		},
	} {
		t.Run("UPS-4 "+tc.name, func(t *testing.T) {
			s := newStore(t)
			mel := create(t, s, withPhones(number("", "555-0199")))
			require.NoError(t, setMember(t, s, mel.ID, nil))
			create(t, s, full)
			before := stateOf(s.Snapshot())
			c, action, err := s.Upsert(t.Context(), tc.info, &contacts.UpsertOptions{Source: tc.source})
			require.Equal(t, tc.code, contacts.CodeOf(err))
			require.Nil(t, c)
			require.Empty(t, action)
			var at []string
			for _, v := range violations(t, err) {
				at = append(at, v.Field)
			}
			require.Equal(t, tc.at, at)
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	t.Run("UPS-4 a member keeps the primary email, all else changes", func(t *testing.T) {
		s := newStore(t)
		mel := create(t, s, person("Mel", "mel@x.test"))
		require.NoError(t, setMember(t, s, mel.ID, nil))
		c, action := upsert(t, s, contacts.Info{Emails: primaryAt(0, "new@x.test", "mel@x.test"), Company: "Acorn"})
		require.Equal(t, contacts.UpsertUpdated, action)
		require.Equal(t, []string{"mel@x.test", "new@x.test"}, addressesOf(c))
		require.Equal(t, "Acorn", c.Info.Company)
	})
}

// TestSubmitRefusedDrawsNoIDs shows that the permission is checked before IDs are drawn (SBM-1).
func TestSubmitRefusedDrawsNoIDs(t *testing.T) {
	info := contacts.Info{Emails: []contacts.Email{{Address: "a@x.test"}}}
	named := &contacts.SubmitOptions{ContactID: uuid.NameSpaceURL}

	t.Run("SBM-1 no IDs for a submission without permission", func(t *testing.T) {
		drawn := 0
		s, err := contacts.New(&contacts.Options{NewID: func() uuid.UUID { drawn++; return uuid.New() }})
		require.NoError(t, err)
		_, err = s.Submit(t.Context(), info, named)
		require.Equal(t, contacts.ErrInsufficientPermission, contacts.CodeOf(err))
		require.Zero(t, drawn)
	})
	t.Run("SBM-1 INSUFFICIENT_PERMISSION before INTERNAL", func(t *testing.T) {
		s, err := contacts.New(&contacts.Options{NewID: func() uuid.UUID { return uuid.Nil }})
		require.NoError(t, err)
		_, err = s.Submit(t.Context(), info, named)
		require.Equal(t, contacts.ErrInsufficientPermission, contacts.CodeOf(err))
	})
	t.Run("SBM-1 an error of Options.NewID is not about the contact", func(t *testing.T) {
		s, err := contacts.New(&contacts.Options{NewID: func() uuid.UUID { return uuid.Nil }})
		require.NoError(t, err)
		_, err = s.Submit(t.Context(), info, &contacts.SubmitOptions{ContactID: uuid.NameSpaceURL, Override: true})
		e, ok := errors.AsType[*contacts.Error](err)
		require.True(t, ok)
		require.Equal(t, contacts.ErrInternal, e.Code)
		require.Equal(t, uuid.Nil, e.ID)
	})
}
