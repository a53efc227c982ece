package contacts_test

import (
	"encoding/json"
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
	return l.write(t, id, func() (*contacts.Contact, error) { return l.SetMember(t.Context(), id, m) },
		memberOf(stored, membership))
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

	t.Run("MEM-6 other contacts and Info do not matter", func(t *testing.T) {
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
	t.Run("MEM-9 unlink, update, link again", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test", "ann@y.test")).ID
		c := l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		patch := contacts.Patch{Emails: contacts.Set(primaryAt(1, "ann@x.test", "ann@y.test"))}
		l.refused(t, contacts.ErrUpdateMemberEmail, func() error {
			_, err := l.Update(t.Context(), ann, c.Revision, patch, nil)
			return err
		})
		c = l.setMember(t, ann, nil, nil, "")
		c = update(t, l.Store, c, patch)
		require.Equal(t, "ann@y.test", c.PrimaryInfo.Email)
		c = l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		require.Equal(t, "ann@y.test", c.PrimaryInfo.Email)
		l.refused(t, contacts.ErrUpdateMemberEmail, func() error {
			_, err := l.Update(t.Context(), ann, c.Revision,
				contacts.Patch{Emails: contacts.Set(primaryAt(0, "ann@x.test"))}, nil)
			return err
		})
	})
	t.Run("MEM-9 another login email changes no email of the contact", func(t *testing.T) {
		l := newLab(t)
		ann := create(t, l.Store, person("Ann", "ann@x.test")).ID
		l.setMember(t, ann, fullMember(), fullMember(), "APPROVED")
		m := fullMember()
		m.Email = "new@y.test"
		c := l.setMember(t, ann, m, m, "APPROVED") // requires that nothing else changes
		require.Empty(t, ids(l.Snapshot().ByEmail("new@y.test")))
		require.Equal(t, "ann@x.test", c.PrimaryInfo.Email)
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
