package contacts_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// memberOf returns the change that linking a member, or removing it, makes to a contact.
func memberOf(m *contacts.Member, membership string) func(*contacts.Contact) {
	return func(c *contacts.Contact) {
		c.Member = m
		delete(c.Info.ExtendedFields, "members.membershipStatus")
		if membership != "" {
			c.Info.ExtendedFields["members.membershipStatus"] = membership
		}
	}
}

// setMember links a member, or removes it, and requires the changes that follow.
func (l *lab) setMember(t testing.TB, id uuid.UUID, m, stored *contacts.Member, membership string) *contacts.Contact {
	t.Helper()
	var got *contacts.Contact
	return l.write(t, id, func() (c *contacts.Contact, err error) {
		got, err = l.SetMember(t.Context(), id, m)
		return got, err
	}, func(c *contacts.Contact) {
		memberOf(stored, membership)(c)
		if stored != nil && stored.Status != contacts.MemberDeleted && stored.Email != "" {
			loggedIn(t, c, stored.Email, got.Info.Emails[0].ID)
		}
	})
}

// loggedIn makes the email the primary one of c, as MEM-9 says. The ID is that of the item if it is new. Another
// primary email loses its statuses: no other email of c has any.
func loggedIn(t testing.TB, c *contacts.Contact, email string, id uuid.UUID) {
	t.Helper()
	old := c.Info.Emails
	if len(old) > 0 && strings.EqualFold(old[0].Address, email) {
		return
	}
	c.Info.Emails = []contacts.Email{{ID: id, Tag: contacts.EmailUntagged, Address: email, Primary: true}}
	for _, e := range old {
		require.NotEqual(t, uuid.Nil, id)
		if e.Primary = false; strings.EqualFold(e.Address, email) {
			e.Primary = true
			c.Info.Emails[0] = e
			continue
		}
		require.NotEqual(t, id, e.ID, "the ID of another item")
		c.Info.Emails = append(c.Info.Emails, e)
	}
	c.PrimaryInfo.Email = c.Info.Emails[0].Address
	c.PrimaryEmail = contacts.PrimaryEmail{
		Email: c.PrimaryInfo.Email, SubscriptionStatus: notSet, DeliverabilityStatus: undelivered,
	}
	for key, value := range map[string]any{
		"effectiveEmail": c.PrimaryInfo.Email, "subscriptionStatus": string(notSet), "deliverabilityStatus": string(undelivered),
	} {
		c.Info.ExtendedFields["emailSubscriptions."+key] = value
	}
}

func TestSetMember(t *testing.T) {
	base := newLab(t)
	ann := create(t, base.Store, richInfo("ann")).ID
	create(t, base.Store, richInfo("bo"))
	plain := func() *contacts.Member { return &contacts.Member{MemberID: testID(7001)} }
	pending := &contacts.Member{MemberID: testID(7001), Status: contacts.MemberPending}

	t.Run("MEM-5 a member is linked, replaced and unlinked", func(t *testing.T) {
		l := base.fork()
		l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		l.setMember(t, ann, fullMember(), fullMember(), "APPROVED") // the same again
		other := &contacts.Member{MemberID: testID(7009), Status: contacts.MemberBlocked}
		l.setMember(t, ann, other, other, "DENIED")
		l.setMember(t, ann, nil, nil, "")
		l.setMember(t, ann, nil, nil, "") // none, again
	})

	t.Run("MEM-5 statuses follow at once", func(t *testing.T) {
		l := base.fork()
		for _, tc := range []struct {
			status     contacts.MemberStatus
			membership string
		}{
			{contacts.MemberActive, "APPROVED"}, {contacts.MemberPending, "PENDING"}, {contacts.MemberBlocked, "DENIED"},
			{contacts.MemberDeleted, "INACTIVE"}, {contacts.MemberOffline, "INACTIVE"},
		} {
			m := plain()
			m.Status = tc.status
			l.setMember(t, ann, m, m, tc.membership)
		}
	})

	t.Run("MEM-5 Update keeps the member", func(t *testing.T) {
		l := base.fork()
		c := l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		c = update(t, l.Store, c, contacts.Patch{Company: contacts.Set("Birch")})
		require.True(t, fullMember().Equal(c.Member))
		require.Equal(t, "APPROVED", c.Info.ExtendedFields["members.membershipStatus"])
	})

	t.Run("MEM-5 after unlinking a contact can be deleted", func(t *testing.T) {
		l := base.fork()
		l.setMember(t, ann, plain(), pending, "PENDING")
		l.refused(t, contacts.ErrDeleteMember, func() error { return l.Delete(t.Context(), ann) })
		l.setMember(t, ann, nil, nil, "")
		require.NoError(t, l.Delete(t.Context(), ann))
	})

	t.Run("MEM-5 STO-5 the caller owns argument and result", func(t *testing.T) {
		l := base.fork()
		given := fullMember()
		got := l.setMember(t, ann, given, fullMember(), "APPROVED")
		v, _ := l.Snapshot().View(ann)
		for _, m := range []*contacts.Member{given, got.Member, v.Member()} {
			require.True(t, fullMember().Equal(m))
			m.Email = "x"
			m.Profile.Nickname, m.Profile.Photo.ID = "x", "x"
			m.User.Role = "x"
			m.Session.MobileAppNames[0] = "x"
			m.GroupIDs[0] = uuid.Nil
		}
		c, err := l.Get(t.Context(), ann, nil)
		require.NoError(t, err)
		require.True(t, fullMember().Equal(c.Member))
	})

	t.Run("MEM-6 defaults are written out, in a copy", func(t *testing.T) {
		l := base.fork()
		given := plain()
		given.Profile, given.User = &contacts.MemberProfile{}, &contacts.MemberUser{}
		stored := plain()
		stored.Status = contacts.MemberPending
		stored.Profile = &contacts.MemberProfile{PrivacyStatus: contacts.PrivacyPrivate}
		stored.User = &contacts.MemberUser{Role: contacts.RoleUnspecified}
		l.setMember(t, ann, given, stored, "PENDING")
		require.Zero(t, given.Status)
		require.Zero(t, *given.Profile)
		require.Zero(t, *given.User)
	})

	t.Run("MEM-6 times in UTC and whole milliseconds", func(t *testing.T) {
		l := base.fork()
		zone := time.FixedZone("", -5*60*60)
		given, stored := fullMember(), fullMember()
		when := time.Date(2025, 12, 31, 23, 0, 0, 1_999_999, zone)
		want := time.Date(2026, 1, 1, 4, 0, 0, 1_000_000, time.UTC)
		given.SignupDate, stored.SignupDate = when, want
		given.Session.LastWebLogin, stored.Session.LastWebLogin = when, want
		given.Session.LastMobileLogin, stored.Session.LastMobileLogin = when, want
		given.Profile.Photo.URLExpirationDate, stored.Profile.Photo.URLExpirationDate = when, want
		got := l.setMember(t, ann, given, stored, "APPROVED").Member
		require.Equal(t, want, got.SignupDate)
		require.Equal(t, want, got.Session.LastWebLogin)
		require.Equal(t, want, got.Session.LastMobileLogin)
		require.Equal(t, want, got.Profile.Photo.URLExpirationDate)
	})

	t.Run("MEM-6 other contacts do not matter", func(t *testing.T) {
		l := base.fork()
		for v := range l.Snapshot().All() {
			l.setMember(t, v.ID(), fullMember(), fullMember(), "APPROVED")
		}
		nameless := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{number("US", "202-555-0147")}})
		l.setMember(t, nameless.ID, fullMember(), fullMember(), "APPROVED")
	})

	t.Run("MEM-5 no such contact", func(t *testing.T) {
		for _, m := range []*contacts.Member{fullMember(), nil} {
			l := base.fork()
			err := l.refused(t, contacts.ErrContactNotFound, func() error {
				c, err := l.SetMember(t.Context(), missingID, m)
				require.Nil(t, c)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, missingID, e.ID)
		}
	})
}

func TestMemberInput(t *testing.T) {
	base := newLab(t)
	ann := create(t, base.Store, richInfo("ann")).ID
	photo := func(m contacts.Image) func(*contacts.Member) {
		return func(member *contacts.Member) { member.Profile.Photo = &m }
	}
	apps := func(names ...string) func(*contacts.Member) {
		return func(m *contacts.Member) { m.Session.MobileAppNames = names }
	}
	const (
		nickname = "memberInfo.profileInfo.nickname"
		appNames = "memberInfo.sessionInfo.mobileAppNames"
		groups   = "memberInfo.groupInfo.groupIds"
		photoAt  = "memberInfo.profileInfo.photo"
	)
	for _, tc := range []struct {
		name string
		edit func(*contacts.Member)
		want []contacts.Violation
	}{
		{"MEM-6 a full member", func(*contacts.Member) {}, nil},
		{"MEM-6 an ID and nothing else", func(m *contacts.Member) { *m = contacts.Member{MemberID: m.MemberID} }, nil},
		{"MEM-6 no member ID", func(m *contacts.Member) { m.MemberID = uuid.Nil },
			oneViolation(badFormat("memberInfo.memberId", contacts.FormatGUID))},
		{"MEM-6 no email", func(m *contacts.Member) { m.Email = "" }, nil},
		{"MEM-6 an email of 320 characters", func(m *contacts.Member) { m.Email = strings.Repeat("ä", 313) + "@y.test" }, nil},
		{"MEM-6 an email of 321 characters", func(m *contacts.Member) { m.Email = strings.Repeat("ä", 314) + "@y.test" },
			oneViolation(tooLong("memberInfo.email", 320))},
		{"MEM-6 an email without @", func(m *contacts.Member) { m.Email = "login" },
			oneViolation(badFormat("memberInfo.email", contacts.FormatEmail))},
		{"MEM-6 an email of spaces", func(m *contacts.Member) { m.Email = " " },
			oneViolation(badFormat("memberInfo.email", contacts.FormatEmail))},
		{"MEM-6 an email with a name", func(m *contacts.Member) { m.Email = "Ann <a@y.test>" },
			oneViolation(badFormat("memberInfo.email", contacts.FormatEmail))},
		{"MEM-6 an email with a zero width space", func(m *contacts.Member) { m.Email = "a@y.test\u200b" },
			oneViolation(badFormat("memberInfo.email", contacts.FormatEmail))},
		{"MEM-6 an email with NUL", func(m *contacts.Member) { m.Email = "a@y.test\x00" },
			oneViolation(badFormat("memberInfo.email", contacts.FormatText))},
		{"MEM-6 no status", func(m *contacts.Member) { m.Status = "" }, nil},
		{"MEM-6 an unknown status", func(m *contacts.Member) { m.Status = "APPROVED" },
			oneViolation(badFormat("memberInfo.status", contacts.FormatEnum))},
		{"MEM-6 no profile", func(m *contacts.Member) { m.Profile = nil }, nil},
		{"MEM-6 a nickname of 255 characters", func(m *contacts.Member) { m.Profile.Nickname = strings.Repeat("ä", 255) }, nil},
		{"MEM-6 a nickname of 256 characters", func(m *contacts.Member) { m.Profile.Nickname = strings.Repeat("x", 256) },
			oneViolation(tooLong(nickname, 255))},
		{"MEM-6 a nickname that is no UTF-8", func(m *contacts.Member) { m.Profile.Nickname = "\xff" },
			oneViolation(badFormat(nickname, contacts.FormatText))},
		{"MEM-6 no privacy status", func(m *contacts.Member) { m.Profile.PrivacyStatus = "" }, nil},
		{"MEM-6 an unknown privacy status", func(m *contacts.Member) { m.Profile.PrivacyStatus = "SECRET" },
			oneViolation(badFormat("memberInfo.profileInfo.privacyStatus", contacts.FormatEnum))},
		{"MEM-6 no photo", func(m *contacts.Member) { m.Profile.Photo = nil }, nil},
		{"MEM-6 a photo of the media manager", photo(contacts.Image{URL: "wix:image://v1/abc/leaf.png"}), nil},
		{"MEM-6 a photo of a bad URL", photo(contacts.Image{URL: "ftp://x.test/photo.png"}),
			oneViolation(badFormat(photoAt+".url", contacts.FormatWebURL))},
		{"MEM-6 a photo of negative size", photo(contacts.Image{Height: -1, Width: -1}), []contacts.Violation{
			{Field: photoAt + ".height", Rule: contacts.RuleMin}, {Field: photoAt + ".width", Rule: contacts.RuleMin},
		}},
		{"MEM-6 a photo with NUL", photo(contacts.Image{ID: "\x00"}),
			oneViolation(badFormat(photoAt+".id", contacts.FormatText))},
		{"MEM-6 no user", func(m *contacts.Member) { m.User = nil }, nil},
		{"MEM-6 no user ID", func(m *contacts.Member) { m.User.UserID = uuid.Nil }, nil},
		{"MEM-6 no role", func(m *contacts.Member) { m.User.Role = "" }, nil},
		{"MEM-6 an unknown role", func(m *contacts.Member) { m.User.Role = "GARDENER" },
			oneViolation(badFormat("memberInfo.userInfo.role", contacts.FormatEnum))},
		{"MEM-6 no session", func(m *contacts.Member) { m.Session = nil }, nil},
		{"MEM-6 50 app names", apps(repeated(50, strings.Repeat("ä", 50))...), nil},
		{"MEM-6 51 app names", apps(repeated(51, "Garden")...), oneViolation(tooMany(appNames, 50))},
		{"MEM-6 app names too short and too long", apps("", "Garden", strings.Repeat("x", 51)), []contacts.Violation{
			tooShort(appNames + "[0]"), tooLong(appNames+"[2]", 50),
		}},
		{"MEM-6 1000 groups", func(m *contacts.Member) { m.GroupIDs = repeated(1000, testID(1)) }, nil},
		{"MEM-6 1001 groups", func(m *contacts.Member) { m.GroupIDs = repeated(1001, testID(1)) },
			oneViolation(tooMany(groups, 1000))},
		{"MEM-6 a nil group", func(m *contacts.Member) { m.GroupIDs[1] = uuid.Nil },
			oneViolation(badFormat(groups+"[1]", contacts.FormatGUID))},
		{"MEM-6 all at once", func(m *contacts.Member) {
			*m = contacts.Member{
				Email: "@", Status: "x",
				Profile: &contacts.MemberProfile{
					Nickname: "\x00", PrivacyStatus: "x", Photo: &contacts.Image{URL: "x"},
				},
				User:     &contacts.MemberUser{Role: "x"},
				Session:  &contacts.MemberSession{MobileAppNames: []string{""}},
				GroupIDs: []uuid.UUID{uuid.Nil},
			}
		}, []contacts.Violation{
			badFormat("memberInfo.memberId", contacts.FormatGUID), badFormat("memberInfo.email", contacts.FormatEmail),
			badFormat("memberInfo.status", contacts.FormatEnum), badFormat(nickname, contacts.FormatText),
			badFormat("memberInfo.profileInfo.privacyStatus", contacts.FormatEnum),
			badFormat(photoAt+".url", contacts.FormatWebURL),
			badFormat("memberInfo.userInfo.role", contacts.FormatEnum),
			tooShort(appNames + "[0]"), badFormat(groups+"[0]", contacts.FormatGUID),
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			m := fullMember()
			tc.edit(m)
			if tc.want == nil {
				_, err := l.SetMember(t.Context(), ann, m)
				require.NoError(t, err)
				return
			}
			for _, id := range []uuid.UUID{ann, missingID} { // invalid input is reported before a missing contact
				err := l.refused(t, contacts.ErrInvalid, func() error {
					c, err := l.SetMember(t.Context(), id, m)
					require.Nil(t, c)
					return err
				})
				require.Equal(t, tc.want, violations(t, err))
			}
		})
	}
}

func TestMembersOnlyByMethods(t *testing.T) {
	t.Run("MEM-3 a contact's JSON sent back brings no member", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test"))
		linked := l.setMember(t, ann.ID, fullMember(), fullMember(), "APPROVED")
		text, err := json.Marshal(linked)
		require.NoError(t, err)
		var again contacts.Contact
		require.NoError(t, json.Unmarshal(text, &again))
		require.NotNil(t, again.Member)
		copied := create(t, l.Store, again.Info)
		require.Nil(t, copied.Member)
		require.NotContains(t, copied.Info.ExtendedFields, "members.membershipStatus")
	})

	t.Run("MEM-3 Update changes neither member nor billing subscription", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test")).ID
		_, err := l.SetBillingSubscription(t.Context(), ann, true)
		require.NoError(t, err)
		c := l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		c = update(t, l.Store, c, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{
			"members.membershipStatus": "DENIED",
		})})
		require.True(t, fullMember().Equal(c.Member))
		require.Equal(t, "APPROVED", c.Info.ExtendedFields["members.membershipStatus"])
		v, _ := l.Snapshot().View(ann)
		require.True(t, v.BillingSubscription())
	})
}

func TestDeleteOfMembers(t *testing.T) {
	with := func(user *contacts.MemberUser) *contacts.Member {
		return &contacts.Member{MemberID: testID(7001), User: user}
	}
	for _, tc := range []struct {
		name    string
		member  *contacts.Member
		billing bool
		code    contacts.Code // "" if the delete succeeds
	}{
		{"MEM-7 an owner", with(&contacts.MemberUser{Role: contacts.RoleOwner}), false, contacts.ErrDeleteOwnerOrContributor},
		{"MEM-7 a contributor", with(&contacts.MemberUser{Role: contacts.RoleContributor}), false,
			contacts.ErrDeleteOwnerOrContributor},
		{"MEM-7 an unspecified role", with(&contacts.MemberUser{Role: contacts.RoleUnspecified}), false,
			contacts.ErrDeleteMember},
		{"MEM-7 no role", with(&contacts.MemberUser{UserID: testID(7002)}), false, contacts.ErrDeleteMember},
		{"MEM-7 no user", with(nil), false, contacts.ErrDeleteMember},
		{"MEM-7 an owner who pays", with(&contacts.MemberUser{Role: contacts.RoleOwner}), true,
			contacts.ErrDeleteOwnerOrContributor},
		{"MEM-7 a member who pays", with(nil), true, contacts.ErrDeleteMember},
		{"MEM-8 a contact who pays", nil, true, contacts.ErrDeleteBillingSubscription},
		{"MEM-8 neither", nil, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			ann := create(t, l.Store, person("Ann", "ann@x.test")).ID
			_, err := l.SetMember(t.Context(), ann, tc.member)
			require.NoError(t, err)
			_, err = l.SetBillingSubscription(t.Context(), ann, tc.billing)
			require.NoError(t, err)
			if tc.code != "" {
				l.refused(t, tc.code, func() error { return l.Delete(t.Context(), ann) })
				_, err = l.SetMember(t.Context(), ann, nil)
				require.NoError(t, err)
				_, err = l.SetBillingSubscription(t.Context(), ann, false)
				require.NoError(t, err)
			}
			require.NoError(t, l.Delete(t.Context(), ann))
		})
	}
}

func TestSetBillingSubscription(t *testing.T) {
	l := newLab(t)
	ann := create(t, l.Store, richInfo("ann")).ID
	create(t, l.Store, richInfo("bo"))

	t.Run("MEM-8 the mark is not part of the contact", func(t *testing.T) {
		l := l.fork()
		for _, active := range []bool{true, true, false, false, true} { // also when nothing changes
			want := stateOf(l.Snapshot())
			now := l.tick()
			c, err := l.SetBillingSubscription(t.Context(), ann, active)
			require.NoError(t, err)
			want.Position++
			want.Contacts[0].Revision++
			want.Contacts[0].UpdatedDate = now
			want.Billing[0] = active
			requireContact(t, want.Contacts[0], c)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})
	t.Run("MEM-8 the mark is in no JSON", func(t *testing.T) {
		l := l.fork()
		before, err := l.SetBillingSubscription(t.Context(), ann, false)
		require.NoError(t, err)
		after, err := l.SetBillingSubscription(t.Context(), ann, true)
		require.NoError(t, err)
		after.Revision, after.UpdatedDate = before.Revision, before.UpdatedDate
		want, err := json.Marshal(before)
		require.NoError(t, err)
		got, err := json.Marshal(after)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
	})
	t.Run("MEM-8 nothing but Delete is blocked", func(t *testing.T) {
		l := l.fork()
		c, err := l.SetBillingSubscription(t.Context(), ann, true)
		require.NoError(t, err)
		c = update(t, l.Store, c, contacts.Patch{
			FirstName: contacts.Set("Anna"), Emails: contacts.Set(primaryAt(0, "anna@x.test")),
		})
		require.Equal(t, "anna@x.test", c.PrimaryInfo.Email)
		_, err = l.Label(t.Context(), ann, "contacts.customers")
		require.NoError(t, err)
		_, err = l.SetMember(t.Context(), ann, fullMember())
		require.NoError(t, err)
	})
	t.Run("MEM-8 a new contact does not pay", func(t *testing.T) {
		l := l.fork()
		_, err := l.SetBillingSubscription(t.Context(), ann, true)
		require.NoError(t, err)
		create(t, l.Store, richInfo("ann"))
		require.Equal(t, []bool{true, false, false}, stateOf(l.Snapshot()).Billing)
	})
	t.Run("MEM-8 no such contact", func(t *testing.T) {
		l := l.fork()
		l.refused(t, contacts.ErrContactNotFound, func() error {
			c, err := l.SetBillingSubscription(t.Context(), missingID, true)
			require.Nil(t, c)
			return err
		})
	})
}

func TestMemberEmails(t *testing.T) {
	const before, home = "ann@x.test", "ann.home@x.test"
	for _, tc := range []struct {
		name   string
		emails []string // of the contact, the primary one first
		login  string
		want   []string
	}{
		{"another email of the contact moves to the front", []string{before, home, "ann@y.test"}, "ann@y.test",
			[]string{"ann@y.test", before, home}},
		{"another email of the contact, in another case", []string{before, "Ann.Home@X.test"}, " ann.HOME@x.test ",
			[]string{"Ann.Home@X.test", before}},
		{"the primary email", []string{before, home}, before, []string{before, home}},
		{"the primary email, in another case", []string{before, home}, "ANN@X.TEST", []string{before, home}},
		{"a new email is added at the front", []string{before, home}, "new@y.test", []string{"new@y.test", before, home}},
		{"a contact without emails", nil, "new@y.test", []string{"new@y.test"}},
		{"a member without an email", []string{before, home}, "", []string{before, home}},
		{"a member without an email, a contact without emails", nil, "", nil},
		{"an email that the contact has twice", []string{before, home, "ANN.home@x.test"}, "ANN.home@x.test",
			[]string{home, before, "ANN.home@x.test"}},
		{"the primary email, which the contact has twice", []string{before, "ANN@x.test"}, "ANN@x.test",
			[]string{before, "ANN@x.test"}},
		{"a letter of another alphabet is another email", []string{"sun@x.test"}, "\u017fun@x.test",
			[]string{"\u017fun@x.test", "sun@x.test"}},
	} {
		t.Run("MEM-9 "+tc.name, func(t *testing.T) {
			l := newLab(t)
			old := create(t, l.Store, person("Ann", tc.emails...))
			m := &contacts.Member{MemberID: testID(7001), Email: tc.login}
			c, err := l.SetMember(t.Context(), old.ID, m)
			require.NoError(t, err)
			require.Equal(t, tc.want, addressesOf(c))
			require.Equal(t, old.Revision+1, c.Revision)
			require.Equal(t, tc.login, c.Member.Email)
			seen := map[uuid.UUID]bool{uuid.Nil: true}
			for i, e := range c.Info.Emails {
				require.Equal(t, i == 0, e.Primary)
				require.False(t, seen[e.ID], "IDs differ")
				seen[e.ID] = true
			}
			for _, e := range old.Info.Emails {
				require.True(t, seen[e.ID], "every item keeps its ID")
			}
			if len(tc.want) > 0 {
				require.Equal(t, tc.want[0], c.PrimaryInfo.Email)
				require.Equal(t, tc.want[0], c.PrimaryEmail.Email)
				require.Equal(t, tc.want[0], c.Info.ExtendedFields["emailSubscriptions.effectiveEmail"])
				require.Equal(t, []uuid.UUID{c.ID}, ids(l.Snapshot().ByEmail(tc.want[0])))
			}
			again, err := l.SetMember(t.Context(), old.ID, m)
			require.NoError(t, err)
			require.True(t, c.Info.Equal(again.Info), "the same again changes nothing")
			again, err = l.SetMember(t.Context(), old.ID, nil)
			require.NoError(t, err)
			require.Equal(t, tc.want, addressesOf(again), "unlinking changes no email")
		})
	}

	t.Run("MEM-9 the item keeps its tag, a new one is untagged", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, richInfo("ann"))
		require.Equal(t, home, ann.Info.Emails[1].Address)
		c, err := l.SetMember(t.Context(), ann.ID, &contacts.Member{MemberID: testID(7001), Email: home})
		require.NoError(t, err)
		require.Equal(t, []contacts.Email{
			{ID: ann.Info.Emails[1].ID, Tag: contacts.EmailHome, Address: home, Primary: true},
			{ID: ann.Info.Emails[0].ID, Tag: contacts.EmailWork, Address: before},
		}, c.Info.Emails)
		c = l.setMember(t, ann.ID, fullMember(), fullMember(), "APPROVED")
		require.Equal(t, contacts.EmailUntagged, c.Info.Emails[0].Tag)
	})
	t.Run("MEM-9 SUB-2 statuses stay with their addresses", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", before, home)).ID
		for address, status := range map[string]contacts.SubscriptionStatus{before: subscribed, home: unsubscribed} {
			_, err := l.SetSubscription(t.Context(), ann, address, status)
			require.NoError(t, err)
		}
		_, err := l.SetDeliverability(t.Context(), ann, before, bounced)
		require.NoError(t, err)
		for _, step := range []struct {
			login        string
			subscription contacts.SubscriptionStatus
			delivery     contacts.EmailDeliverability
		}{
			{home, unsubscribed, undelivered}, {"new@y.test", notSet, undelivered}, {before, subscribed, bounced},
			{home, unsubscribed, undelivered},
		} {
			c, err := l.SetMember(t.Context(), ann, &contacts.Member{MemberID: testID(7001), Email: step.login})
			require.NoError(t, err)
			requireEmailState(t, c, step.login, step.subscription, step.delivery)
		}
		requireLoads(t, l.Store)
	})
	t.Run("MEM-9 MEM-1 then only the login email can be the primary one", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", before)).ID
		c := l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		require.Equal(t, []string{"login@y.test", before}, addressesOf(c))
		l.refused(t, contacts.ErrUpdateMemberEmail, func() error {
			_, err := l.Update(t.Context(), ann, c.Revision,
				contacts.Patch{Emails: contacts.Set(primaryAt(1, "login@y.test", before))}, nil)
			return err
		})
		m := fullMember()
		m.Email = "new@y.test"
		c = l.setMember(t, ann, m, m, "APPROVED")
		require.Equal(t, []string{"new@y.test", "login@y.test", before}, addressesOf(c))
		c = update(t, l.Store, c, contacts.Patch{Emails: contacts.Set(primaryAt(0, "new@y.test"))})
		require.Equal(t, []string{"new@y.test"}, addressesOf(c))
	})
	t.Run("MEM-9 DUP-1 duplicates are not checked", func(t *testing.T) {
		l := newLab(t)
		bo := create(t, l.Store, person("Bo", "login@y.test"))
		ann := create(t, l.Store, person("Ann", before))
		l.setMember(t, ann.ID, fullMember(), fullMember(), "APPROVED")
		require.Equal(t, []uuid.UUID{bo.ID, ann.ID}, ids(l.Snapshot().ByEmail("login@y.test")))
	})
	t.Run("MEM-9 at most 50 emails", func(t *testing.T) {
		for n, ok := range map[int]bool{49: true, 50: false} {
			l := newLab(t)
			var emails []string
			for i := range n {
				emails = append(emails, fmt.Sprintf("%d@x.test", i))
			}
			ann := create(t, l.Store, person("Ann", emails...)).ID
			if ok {
				c := l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
				require.Len(t, c.Info.Emails, 50)
				continue
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, err := l.SetMember(t.Context(), ann, fullMember())
				return err
			})
			require.Equal(t, oneViolation(tooMany("info.emails.items", 50)), violations(t, err))
			m := fullMember()
			m.Email = "49@X.test"
			c := l.setMember(t, ann, m, m, "APPROVED") // it has this one
			require.Equal(t, "49@x.test", c.PrimaryInfo.Email)
			l.setMember(t, ann, nil, nil, "")
		}
	})
	bubble(t, "MEM-9 the event has the new emails, older snapshots the old ones", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", before, home))
		old := l.Snapshot()
		c, err := l.SetMember(t.Context(), ann.ID, &contacts.Member{MemberID: testID(7001), Email: home})
		require.NoError(t, err)
		commits := commitsAfter(t, l.Store, old.Position())
		require.Len(t, commits, 1)
		changes := commits[0].Changes
		require.Len(t, changes, 1)
		require.Equal(t, contacts.ContactUpdated, changes[0].Kind)
		require.Equal(t, []string{before, home}, addressesOf(changes[0].Before.Clone()))
		require.Equal(t, addressesOf(c), addressesOf(changes[0].After.Clone()))
		got, err := old.Get(ann.ID)
		require.NoError(t, err)
		requireContact(t, ann, got)
	})
	t.Run("MEM-9 no ID for a new email", func(t *testing.T) {
		missing := false
		opts := fixed()
		next := opts.NewID
		opts.NewID = func() uuid.UUID {
			if missing {
				return uuid.Nil
			}
			return next()
		}
		s := openStore(t, opts)
		ann := create(t, s, person("Ann", before))
		missing = true
		_, err := s.SetMember(t.Context(), ann.ID, fullMember())
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
		_, err = s.SetMember(t.Context(), ann.ID, &contacts.Member{MemberID: testID(7001)}) // needs none
		require.NoError(t, err)
	})
	t.Run("MEM-9 Import keeps the emails of a row", func(t *testing.T) {
		l := newLab(t)
		c := importOne(t, l.Store, nil, &contacts.Contact{Info: person("Ann", before, home), Member: fullMember()})
		require.Equal(t, []string{before, home}, addressesOf(c))
		require.Equal(t, "login@y.test", c.Member.Email)
	})
}

func TestDeletedMembers(t *testing.T) {
	deleted := func(role contacts.Role) *contacts.Member {
		m := fullMember()
		m.Status, m.User = contacts.MemberDeleted, &contacts.MemberUser{UserID: testID(7002), Role: role}
		return m
	}
	for _, role := range []contacts.Role{contacts.RoleUnspecified, contacts.RoleOwner, contacts.RoleContributor} {
		newCase := func(t *testing.T) (*lab, *contacts.Contact) {
			l := newLab(t)
			ann := create(t, l.Store, person("Ann", "ann@x.test", "ann.home@x.test"))
			m := deleted(role)
			m.Status = contacts.MemberActive
			l.setMember(t, ann.ID, m, m, "APPROVED")
			c := l.setMember(t, ann.ID, deleted(role), deleted(role), "INACTIVE")
			require.False(t, c.IsMember())
			return l, c
		}
		name := func(s string) string { return "MEM-10 " + string(role) + ", " + s }
		t.Run(name("memberInfo stays"), func(t *testing.T) {
			l, c := newCase(t)
			require.True(t, deleted(role).Equal(c.Member))
			c = update(t, l.Store, c, contacts.Patch{Company: contacts.Set("Oak")})
			require.True(t, deleted(role).Equal(c.Member))
			found, err := l.Snapshot().Find(contacts.Query{
				Filter: contacts.Eq("info.extendedFields.members.membershipStatus", "INACTIVE"),
			})
			require.NoError(t, err)
			require.Equal(t, []uuid.UUID{c.ID}, ids(found))
		})
		t.Run(name("the contact can be deleted"), func(t *testing.T) {
			l, c := newCase(t)
			require.NoError(t, l.Delete(t.Context(), c.ID))
		})
		t.Run(name("by BulkDelete"), func(t *testing.T) {
			l, _ := newCase(t)
			job, err := l.BulkDelete(t.Context(), contacts.Selection{Search: "Ann"}, nil)
			require.NoError(t, err)
			require.Equal(t, 1, job.SuccessTotal)
		})
		t.Run(name("in a batch"), func(t *testing.T) {
			l, c := newCase(t)
			_, err := l.Batch(t.Context(), []contacts.Operation{contacts.DeleteOp{ID: c.ID}},
				&contacts.BatchOptions{AllOrNothing: true})
			require.NoError(t, err)
		})
		t.Run(name("unless it pays"), func(t *testing.T) {
			l, c := newCase(t)
			_, err := l.SetBillingSubscription(t.Context(), c.ID, true)
			require.NoError(t, err)
			l.refused(t, contacts.ErrDeleteBillingSubscription, func() error { return l.Delete(t.Context(), c.ID) })
		})
		t.Run(name("and be merged into another"), func(t *testing.T) {
			l, c := newCase(t)
			bo := create(t, l.Store, person("Bo", "bo@x.test"))
			plan, err := l.PreviewMerge(t.Context(), bo.ID, []uuid.UUID{c.ID})
			require.NoError(t, err)
			require.Empty(t, plan.Blocks)
			merged, err := l.Merge(t.Context(), bo.ID, bo.Revision, []uuid.UUID{c.ID}, nil)
			require.NoError(t, err)
			require.Nil(t, merged.Member)
			require.Contains(t, addressesOf(merged), "ann@x.test")
		})
		t.Run(name("and is among the sources of a group"), func(t *testing.T) {
			l, c := newCase(t)
			bo := create(t, l.Store, person("Bo", "bo@x.test", "ann@x.test"))
			for g := range l.Snapshot().Duplicates(nil) {
				require.Equal(t, c.ID, g.Target(), "the oldest, not as a member")
				require.Equal(t, []uuid.UUID{bo.ID}, g.Sources())
			}
		})
		t.Run(name("change its primary email by BulkUpdate"), func(t *testing.T) {
			l, c := newCase(t)
			job, err := l.BulkUpdate(t.Context(), contacts.Selection{Search: "Ann"},
				contacts.Patch{Emails: contacts.Set(primaryAt(0, "new@x.test"))}, nil)
			require.NoError(t, err)
			require.Equal(t, 1, job.SuccessTotal)
			c, err = l.Get(t.Context(), c.ID, nil)
			require.NoError(t, err)
			require.Equal(t, "new@x.test", c.PrimaryInfo.Email)
		})
		t.Run(name("SBM-7 submissions write to it"), func(t *testing.T) {
			l, _ := newCase(t)
			done, c := submit(t, l.Store, contacts.Info{Emails: primaryAt(0, "ann@x.test"), Company: "Oak"}, nil)
			require.Equal(t, contacts.Submission{ContactID: c.ID, IdentityType: contacts.IdentityContact}, done)
			require.Equal(t, "Oak", c.Info.Company)
		})
		t.Run(name("SBM-2 no one is logged in as its member"), func(t *testing.T) {
			l, c := newCase(t)
			opts := &contacts.SubmitOptions{MemberID: c.Member.MemberID}
			l.refused(t, contacts.ErrContactNotFound, func() error {
				_, err := l.Submit(t.Context(), person("Ann"), opts)
				return err
			})
			bo := create(t, l.Store, person("Bo"))
			m := deleted(role)
			m.Status, m.Email = contacts.MemberPending, ""
			l.setMember(t, bo.ID, m, m, "PENDING")
			done, err := l.Submit(t.Context(), person("X"), opts)
			require.NoError(t, err)
			require.Equal(t, bo.ID, done.ContactID, "the oldest that is a member")
			require.Equal(t, contacts.IdentityMember, done.IdentityType)
		})
		t.Run(name("MEM-9 its login email changes nothing"), func(t *testing.T) {
			l, c := newCase(t)
			m := deleted(role)
			m.Email = "other@y.test"
			require.Equal(t, addressesOf(c), addressesOf(l.setMember(t, c.ID, m, m, "INACTIVE")))
			m.Status = contacts.MemberActive // a member again
			require.Equal(t, "other@y.test", l.setMember(t, c.ID, m, m, "APPROVED").PrimaryInfo.Email)
			l.refused(t, contacts.CodeOf(l.Fork().Delete(t.Context(), c.ID)), func() error {
				return l.Delete(t.Context(), c.ID)
			})
		})
	}
	t.Run("MEM-10 UPS-4 an upsert gives it its first email", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, contacts.Info{Phones: []contacts.Phone{number("US", numberUS)}})
		_, err := l.SetMember(t.Context(), ann.ID, deleted(contacts.RoleUnspecified))
		require.NoError(t, err)
		c, _, err := l.Upsert(t.Context(), contacts.Info{
			Phones: ann.Info.Phones, Emails: primaryAt(0, "ann@x.test"),
		}, nil)
		require.NoError(t, err)
		require.Equal(t, "ann@x.test", c.PrimaryInfo.Email)
	})
	t.Run("MEM-10 EXP-2 after a load too", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test"))
		_, err := l.SetMember(t.Context(), ann.ID, deleted(contacts.RoleOwner))
		require.NoError(t, err)
		loaded := requireLoads(t, l.Store)
		_, err = loaded.Submit(t.Context(), person("X"), &contacts.SubmitOptions{MemberID: testID(7001)})
		require.Equal(t, contacts.ErrContactNotFound, contacts.CodeOf(err))
		require.NoError(t, loaded.Delete(t.Context(), ann.ID))
	})
	t.Run("MEM-10 every other status is that of a member", func(t *testing.T) {
		require.False(t, (&contacts.Contact{}).IsMember())
		for _, status := range []contacts.MemberStatus{
			"", contacts.MemberPending, contacts.MemberActive, contacts.MemberBlocked, contacts.MemberOffline,
		} {
			require.True(t, (&contacts.Contact{Member: &contacts.Member{Status: status}}).IsMember())
		}
	})
}

func TestMembershipStatus(t *testing.T) {
	const key = "members.membershipStatus"
	for _, tc := range []struct {
		name   string
		status contacts.MemberStatus
		want   contacts.MembershipStatus
	}{
		{"MEM-4 active", contacts.MemberActive, contacts.MembershipApproved},
		{"MEM-4 pending", contacts.MemberPending, contacts.MembershipPending},
		{"MEM-4 blocked", contacts.MemberBlocked, contacts.MembershipDenied},
		{"MEM-4 offline", contacts.MemberOffline, contacts.MembershipInactive},
		{"MEM-4 deleted", contacts.MemberDeleted, contacts.MembershipInactive},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, person("Ann"))
			require.NotContains(t, c.Info.ExtendedFields, key)

			c, err := s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(9001), Status: tc.status})
			require.NoError(t, err)
			require.Equal(t, 2, c.Revision)
			require.Equal(t, string(tc.want), c.Info.ExtendedFields[key])

			// It is read-only, and survives a patch that clears the others.
			c = update(t, s, c, contacts.Patch{
				ExtendedFields: contacts.Set[map[string]any](nil), SetFields: map[string]any{key: nil},
			})
			require.Equal(t, string(tc.want), c.Info.ExtendedFields[key])

			other := contacts.MemberActive
			if tc.status == other {
				other = contacts.MemberBlocked
			}
			c, err = s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(9001), Status: other})
			require.NoError(t, err)
			require.NotEqual(t, string(tc.want), c.Info.ExtendedFields[key])

			c, err = s.SetMember(t.Context(), c.ID, nil)
			require.NoError(t, err)
			require.NotContains(t, c.Info.ExtendedFields, key)
			require.Nil(t, c.Member)
		})
	}
}
