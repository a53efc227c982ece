package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// revisionMax is the highest revision that an import accepts.
const revisionMax = 1<<30 - 1

// importOne imports a contact, which must succeed, and returns the stored contact.
func importOne(t testing.TB, s *contacts.Store, opts *contacts.ImportOptions, c *contacts.Contact) *contacts.Contact {
	t.Helper()
	had := ids(s.Snapshot().All())
	require.Empty(t, refusals(importAll(t, s, opts, c)))
	// Import must accept only contacts that a store can hold.
	export := traceOf(t, s).Export
	loaded, err := contacts.Load(t.Context(), strings.NewReader(export), nil)
	require.NoError(t, err)
	require.Equal(t, export, traceOf(t, loaded).Export)
	for v := range s.Snapshot().All() {
		if !slices.Contains(had, v.ID()) {
			return v.Clone()
		}
	}
	t.Fatal("the contact is not there")
	return nil
}

// importRefused imports a contact that must be refused without a trace. It returns the reason.
func importRefused(t testing.TB, s *contacts.Store, opts *contacts.ImportOptions, c *contacts.Contact) error {
	t.Helper()
	before := traceOf(t, s)
	report := importAll(t, s, opts, c)
	require.Len(t, report.Errors, 1)
	require.Equal(t, 1, report.Errors[0].Row)
	require.Empty(t, report.Labels)
	require.Empty(t, report.Fields)
	require.Equal(t, before, traceOf(t, s))
	return report.Errors[0]
}

// row returns a contact with the n-th ID.
func row(n uint64, info contacts.Info) *contacts.Contact {
	return &contacts.Contact{ID: testID(n), Info: info}
}

// dated sets the createdDate of a contact.
func dated(c *contacts.Contact, at time.Time) *contacts.Contact {
	c.CreatedDate = at
	return c
}

// storedWhole returns wholeContact as a store keeps it.
func storedWhole(t testing.TB, n uint64, first string) *contacts.Contact {
	t.Helper()
	c := wholeContact(n, first)
	given := c.Info
	c.Info = create(t, newStore(t), given).Info // checked and derived by Create
	c.Info.Emails[0].ID, c.Info.Emails[1].ID = given.Emails[1].ID, given.Emails[0].ID
	c.Info.Phones[0].ID, c.Info.Phones[1].ID = given.Phones[1].ID, given.Phones[0].ID
	c.Info.Addresses[0].ID, c.Info.Addresses[1].ID = given.Addresses[0].ID, given.Addresses[1].ID
	c.PrimaryInfo = contacts.PrimaryInfo{Email: first + "@x.test", Phone: numberUS}
	maps.Copy(c.Info.ExtendedFields, map[string]any{
		"members.mobile": "yes", "ecom.numOfPurchases": 3.0, "ecom.totalSpentAmount": 12.5,
		"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2025-12-24",
		"members.membershipStatus": "APPROVED", keySubscription: "SUBSCRIBED", keyDelivery: "BOUNCED",
	})
	return c
}

func TestImportKeeps(t *testing.T) {
	t.Run("IMP-1 all that a contact says about itself", func(t *testing.T) {
		l := newLab(t)
		got := importOne(t, l.Store, nil, wholeContact(100, "ann"))
		requireContact(t, storedWhole(t, 100, "ann"), got)
		require.Equal(t, 1, l.Snapshot().Len())
		require.Equal(t, contacts.Position(1), l.Snapshot().Position())
		require.NoError(t, fault(l.Snapshot(), "ann@x.test", "ann.home@x.test", "+12015550123", "contacts.customers"))
	})
	t.Run("IMP-1 a contact of a store is imported unchanged", func(t *testing.T) {
		first, second := newStore(t), newStore(t)
		c := importOne(t, first, nil, wholeContact(100, "ann"))
		requireContact(t, c, importOne(t, second, nil, c))
	})

	// The remaining cases are about missing members.
	day := func(n int) time.Time { return epoch.AddDate(0, 0, n) }
	activity := func(of contacts.ActivityType, at time.Time) contacts.Activity {
		return contacts.Activity{ActivityType: of, ActivityDate: at}
	}
	for _, tc := range []struct {
		name  string
		given contacts.Contact
		want  func(*contacts.Contact)
	}{
		{"IMP-1 a name alone", contacts.Contact{}, nil},
		{"IMP-1 an ID", contacts.Contact{ID: missingID}, func(c *contacts.Contact) { c.ID = missingID }},
		{"IMP-1 a revision", contacts.Contact{Revision: 12}, func(c *contacts.Contact) { c.Revision = 12 }},
		{
			"IMP-1 the highest revision", contacts.Contact{Revision: revisionMax},
			func(c *contacts.Contact) { c.Revision = revisionMax },
		},
		{
			"IMP-1 a source", contacts.Contact{Source: contacts.Source{SourceType: contacts.SourceAdmin}},
			func(c *contacts.Contact) { c.Source.SourceType = contacts.SourceAdmin },
		},
		{
			"IMP-1 SRC-1 a source without a type", contacts.Contact{Source: contacts.Source{AppID: "app"}},
			func(c *contacts.Contact) { c.Source.AppID = "app" },
		},
		{
			"IMP-1 createdDate alone", contacts.Contact{CreatedDate: day(-9)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(-9), day(-9), day(-9)
			},
		},
		{
			"IMP-1 updatedDate alone", contacts.Contact{UpdatedDate: day(-9)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(-9), day(-9), day(-9)
			},
		},
		{
			"IMP-1 both dates", contacts.Contact{CreatedDate: day(-9), UpdatedDate: day(-3)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(-9), day(-3), day(-9)
			},
		},
		{
			"IMP-1 dates to come", contacts.Contact{CreatedDate: day(3), UpdatedDate: day(9)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(3), day(9), day(3)
			},
		},
		{
			"IMP-1 a createdDate to come alone", contacts.Contact{CreatedDate: day(9)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(9), day(9), day(9)
			},
		},
		{
			"IMP-1 updated before it was created, in time to come",
			contacts.Contact{CreatedDate: day(9), UpdatedDate: day(3)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(9), day(9), day(9)
			},
		},
		{
			"IMP-1 updated before it was created, in time past, by a millisecond",
			contacts.Contact{CreatedDate: day(-9), UpdatedDate: day(-9).Add(-time.Millisecond)},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate, c.LastActivity.ActivityDate = day(-9), day(-9), day(-9)
			},
		},
		{
			"IMP-1 created after the activity",
			contacts.Contact{CreatedDate: day(9), LastActivity: activity(contacts.ActivityMemberLogin, day(-1))},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate = day(9), day(9)
				c.LastActivity = activity(contacts.ActivityMemberLogin, day(-1))
			},
		},
		{
			"IMP-1 an activity's type alone", contacts.Contact{LastActivity: activity(contacts.ActivityMemberLogin, time.Time{})},
			func(c *contacts.Contact) { c.LastActivity.ActivityType = contacts.ActivityMemberLogin },
		},
		{
			"IMP-1 an activity's type with createdDate",
			contacts.Contact{CreatedDate: day(-9), LastActivity: activity(contacts.ActivityMemberLogin, time.Time{})},
			func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate = day(-9), day(-9)
				c.LastActivity = activity(contacts.ActivityMemberLogin, day(-9))
			},
		},
		{
			"IMP-1 an activity's date alone", contacts.Contact{LastActivity: activity("", day(-5))},
			func(c *contacts.Contact) { c.LastActivity = activity(contacts.ActivityGeneral, day(-5)) },
		},
		{
			"IMP-1 the activity that only Create sets",
			contacts.Contact{LastActivity: activity(contacts.ActivityContactCreated, day(-5))},
			func(c *contacts.Contact) { c.LastActivity.ActivityDate = day(-5) },
		},
		{
			"IMP-1 STO-3 times in UTC and whole milliseconds",
			contacts.Contact{
				CreatedDate:  time.Date(1969, 7, 20, 22, 17, 40, 1_999_999, time.FixedZone("", 2*60*60)),
				UpdatedDate:  time.Date(1970, 1, 1, 2, 0, 0, 999_999, time.FixedZone("", 2*60*60)),
				LastActivity: activity(contacts.ActivityGeneral, time.Date(1999, 1, 1, 0, 0, 0, 5_000_001, time.FixedZone("", -60*60))),
			},
			func(c *contacts.Contact) {
				c.CreatedDate = time.Date(1969, 7, 20, 20, 17, 40, 1_000_000, time.UTC)
				c.UpdatedDate = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
				c.LastActivity = activity(contacts.ActivityGeneral, time.Date(1999, 1, 1, 1, 0, 0, 5_000_000, time.UTC))
			},
		},
		{
			"IMP-1 an empty activity, member and lists count as absent",
			contacts.Contact{Segments: []uuid.UUID{}, Info: contacts.Info{Emails: []contacts.Email{}, LabelKeys: []string{}}}, nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := &contacts.Contact{
				ID: testID(1), Revision: 1, Source: contacts.Source{SourceType: contacts.SourceOther},
				CreatedDate: epoch, UpdatedDate: epoch, LastActivity: activity(contacts.ActivityContactCreated, epoch),
				Info: contacts.Info{
					Name: contacts.Name{First: "Ann"}, ExtendedFields: map[string]any{keyDisplayFirst: "Ann", keyDisplayLast: "Ann"},
				},
			}
			if tc.want != nil {
				tc.want(want)
			}
			tc.given.Info.Name.First = "Ann"
			got := importOne(t, newLab(t).Store, nil, &tc.given)
			requireContact(t, want, got)
			require.Equal(t, time.UTC, got.CreatedDate.Location())
		})
	}

	for _, tc := range []struct {
		name string
		opts *contacts.ImportOptions
		of   contacts.Source // set by the store
		want contacts.Source
	}{
		{name: "IMP-1 SRC-1 no source anywhere", want: contacts.Source{SourceType: contacts.SourceOther}},
		{
			name: "IMP-1 SRC-1 the store's source", of: contacts.Source{SourceType: contacts.SourceAdmin, AppID: "app"},
			opts: &contacts.ImportOptions{}, want: contacts.Source{SourceType: contacts.SourceAdmin, AppID: "app"},
		},
		{
			name: "IMP-1 SRC-1 the source of the import replaces all parts",
			of:   contacts.Source{SourceType: contacts.SourceAdmin, AppID: "app"},
			opts: &contacts.ImportOptions{Source: contacts.Source{SourceType: contacts.SourceImport}},
			want: contacts.Source{SourceType: contacts.SourceImport},
		},
		{
			name: "IMP-1 SRC-1 the import's source without a type",
			opts: &contacts.ImportOptions{Source: contacts.Source{AppID: "app"}},
			want: contacts.Source{SourceType: contacts.SourceOther, AppID: "app"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newLab(t, func(o *contacts.Options) { o.DefaultSource = tc.of }).Store
			own := row(200, person("Own"))
			own.Source = contacts.Source{SourceType: contacts.SourceHopp}
			require.Equal(t, contacts.Source{SourceType: contacts.SourceHopp}, importOne(t, s, tc.opts, own).Source)
			require.Equal(t, tc.want, importOne(t, s, tc.opts, row(100, person("Ann"))).Source)
		})
	}
}

func TestImportItemIDs(t *testing.T) {
	type lists struct{ emails, phones, addresses []uint64 } // numbers of IDs, 0 for none
	for _, tc := range []struct {
		name        string
		given, want lists // the given IDs are 1, 2, …
		primary     int   // the email that is flagged
	}{
		{
			"IMP-1 IDs that are given", lists{[]uint64{101, 102}, []uint64{103, 104}, []uint64{105, 106}},
			lists{[]uint64{101, 102}, []uint64{103, 104}, []uint64{105, 106}}, 0,
		},
		{
			"IMP-1 missing IDs, list by list", lists{[]uint64{0, 0}, []uint64{0, 0}, []uint64{0, 0}},
			lists{[]uint64{2, 3}, []uint64{4, 5}, []uint64{6, 7}}, 0,
		},
		{
			"IMP-1 some are missing", lists{[]uint64{0, 102}, []uint64{103, 0}, []uint64{0, 106}},
			lists{[]uint64{2, 102}, []uint64{103, 3}, []uint64{4, 106}}, 0,
		},
		{
			"IMP-1 the first of those that repeat an ID keeps it",
			lists{[]uint64{101, 101, 101}, []uint64{102, 103, 102}, []uint64{104, 104}},
			lists{[]uint64{101, 2, 3}, []uint64{102, 103, 4}, []uint64{104, 5}}, 0,
		},
		{
			"IMP-1 in different lists an ID may repeat", lists{[]uint64{101}, []uint64{101}, []uint64{101}},
			lists{[]uint64{101}, []uint64{101}, []uint64{101}}, 0,
		},
		{
			"IMP-1 PRI-3 the primary item keeps its ID in front", lists{[]uint64{101, 102, 0}, nil, nil},
			lists{[]uint64{102, 101, 2}, nil, nil}, 1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			of := func(n uint64) uuid.UUID {
				if n == 0 {
					return uuid.Nil
				}
				return testID(n)
			}
			var in contacts.Info
			for i, n := range tc.given.emails {
				in.Emails = append(in.Emails, contacts.Email{
					ID: of(n), Address: fmt.Sprint("ann", i, "@x.test"), Primary: i == tc.primary,
				})
			}
			for i, n := range tc.given.phones {
				in.Phones = append(in.Phones, contacts.Phone{ID: of(n), Number: fmt.Sprint("555-010", i)})
			}
			for i, n := range tc.given.addresses {
				in.Addresses = append(in.Addresses, contacts.Address{ID: of(n), City: fmt.Sprint("Elmton ", i)})
			}
			c := importOne(t, newStore(t), nil, &contacts.Contact{Info: in})
			require.Equal(t, testID(1), c.ID)
			var got lists
			for _, e := range c.Info.Emails {
				got.emails = append(got.emails, idNumber(e.ID))
			}
			for _, p := range c.Info.Phones {
				got.phones = append(got.phones, idNumber(p.ID))
			}
			for _, a := range c.Info.Addresses {
				got.addresses = append(got.addresses, idNumber(a.ID))
			}
			require.Equal(t, tc.want, got)
		})
	}
	t.Run("IMP-1 IDs are drawn in the order of the rows", func(t *testing.T) {
		s := newStore(t)
		importAll(t, s, nil,
			&contacts.Contact{Info: person("Ann", "ann@x.test")}, row(100, person("Bob")),
			&contacts.Contact{Info: contacts.Info{Locale: "none"}}, &contacts.Contact{Info: person("Cyd")})
		require.Equal(t, []uuid.UUID{testID(1), testID(100), testID(3)}, ids(s.Snapshot().All()))
	})
	t.Run("IMP-1 CRT-5 a nil UUID from NewID ends the import", func(t *testing.T) {
		opts, n := fixed(), 0
		newID := opts.NewID
		opts.NewID = func() uuid.UUID {
			if n++; n == 3 {
				return uuid.Nil
			}
			return newID()
		}
		s := openStore(t, opts)
		rows := rowsOf(repeated(5, &contacts.Contact{Info: person("Ann")})...)
		report, err := s.Import(t.Context(), rows, &contacts.ImportOptions{BatchSize: 2})
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
		require.Equal(t, contacts.ImportReport{ImportProgress: contacts.ImportProgress{Rows: 2, Imported: 2}}, report)
		require.Equal(t, 2, s.Snapshot().Len())
		require.NoError(t, fault(s.Snapshot()))
	})
}

// TestImportViolations has a case for every member of a contact except those of its info, which validate_test.go
// covers.
func TestImportViolations(t *testing.T) {
	long := func(n int) string { return strings.Repeat("漢", n) }
	atYear := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	image := func(m contacts.Image) *contacts.Image { return &m }
	custom := func(field, name string) contacts.Violation {
		return contacts.Violation{Field: field, Rule: contacts.RuleCustom, RuleName: name}
	}
	low := func(field string) contacts.Violation { return contacts.Violation{Field: field, Rule: contacts.RuleMin} }
	high := func(field string) contacts.Violation {
		return contacts.Violation{Field: field, Rule: contacts.RuleMax, Threshold: math.MaxInt32}
	}
	tooHigh := contacts.Violation{Field: "revision", Rule: contacts.RuleMax, Threshold: revisionMax}
	inMember := func(edit func(*contacts.Member)) func(*contacts.Contact) {
		return func(c *contacts.Contact) {
			c.Member = fullMember()
			edit(c.Member)
		}
	}
	for _, tc := range []struct {
		name string
		edit func(*contacts.Contact)
		want []contacts.Violation // nil if it is valid
	}{
		{"IMP-1 a revision under 0", func(c *contacts.Contact) { c.Revision = -1 }, oneViolation(low("revision"))},
		{
			"IMP-1 a revision that is too high",
			func(c *contacts.Contact) { c.Revision = revisionMax + 1 }, oneViolation(tooHigh),
		},
		{
			"IMP-2 a source's type", func(c *contacts.Contact) { c.Source.SourceType = "other" },
			oneViolation(badFormat("source.sourceType", contacts.FormatEnum)),
		},
		{
			"IMP-2 a source's apps", func(c *contacts.Contact) {
				c.Source = contacts.Source{AppID: long(1001), WixAppID: "a\x00"}
			},
			[]contacts.Violation{tooLong("source.appId", 1000), badFormat("source.wixAppId", contacts.FormatText)},
		},
		{"IMP-2 a source's apps at the limit", func(c *contacts.Contact) {
			c.Source = contacts.Source{AppID: long(1000), WixAppID: long(1000)}
		}, nil},
		{
			"IMP-2 dates of years that cannot be printed", func(c *contacts.Contact) {
				c.CreatedDate, c.UpdatedDate = atYear(10000), atYear(-1)
			},
			[]contacts.Violation{
				badFormat("createdDate", contacts.FormatTimestamp), badFormat("updatedDate", contacts.FormatTimestamp),
			},
		},
		{"IMP-2 the first and the last year", func(c *contacts.Contact) {
			c.CreatedDate, c.UpdatedDate = atYear(0), atYear(9999)
		}, nil},
		{
			"IMP-2 every part of an activity", func(c *contacts.Contact) {
				c.LastActivity = contacts.Activity{
					ActivityDate: atYear(10000), ActivityType: "login", Date: atYear(-1), Description: long(1001),
					Icon: &contacts.Icon{Name: long(51), URL: "leaf.png"},
				}
			},
			[]contacts.Violation{
				badFormat("lastActivity.activityDate", contacts.FormatTimestamp),
				badFormat("lastActivity.activityType", contacts.FormatEnum),
				badFormat("lastActivity.date", contacts.FormatTimestamp),
				tooLong("lastActivity.description", 1000), tooLong("lastActivity.icon.name", 50),
				badFormat("lastActivity.icon.url", contacts.FormatWebURL),
			},
		},
		{"IMP-2 an activity at its limits", func(c *contacts.Contact) {
			c.LastActivity = contacts.Activity{
				ActivityDate: epoch, Description: long(1000), Icon: &contacts.Icon{Name: long(50)},
			}
		}, nil},
		{
			"IMP-2 an activity without date and type is checked as well", func(c *contacts.Contact) {
				c.LastActivity = contacts.Activity{Description: "a\xff"}
			},
			oneViolation(badFormat("lastActivity.description", contacts.FormatText)),
		},
		{
			"IMP-2 every part of the deprecated picture", func(c *contacts.Contact) {
				c.Picture = image(contacts.Image{
					ID: "a\x00", URL: "pic.png", Height: -1, Width: 1 << 31, AltText: "\xff", Filename: "\x00",
					URLExpirationDate: atYear(10000),
				})
			},
			[]contacts.Violation{
				badFormat("picture.id", contacts.FormatText), badFormat("picture.url", contacts.FormatWebURL),
				low("picture.height"), high("picture.width"),
				badFormat("picture.altText", contacts.FormatText), badFormat("picture.filename", contacts.FormatText),
				badFormat("picture.urlExpirationDate", contacts.FormatTimestamp),
			},
		},
		{
			"IMP-2 the picture of the info", func(c *contacts.Contact) {
				c.Info.Picture = &contacts.Picture{Image: contacts.Image{URL: "pic.png"}}
			},
			oneViolation(badFormat("info.picture.image.url", contacts.FormatWebURL)),
		},
		{
			"IMP-2 VAL-3 51 emails", func(c *contacts.Contact) {
				c.Info.Emails = repeated(51, contacts.Email{Address: "ann@x.test"})
			},
			oneViolation(tooMany("info.emails.items", 50)),
		},
		{"IMP-2 VAL-3 50 emails", func(c *contacts.Contact) {
			c.Info.Emails = repeated(50, contacts.Email{Address: "ann@x.test"})
		}, nil},
		{
			"IMP-2 VAL-3 2001 labels, repeated ones count", func(c *contacts.Contact) {
				c.Info.LabelKeys = repeated(2001, "contacts.customers")
			},
			oneViolation(tooMany("info.labelKeys.items", 2000)),
		},
		{"IMP-2 VAL-3 2000 labels", func(c *contacts.Contact) {
			c.Info.LabelKeys = repeated(2000, "contacts.customers")
		}, nil},
		{
			"IMP-2 a nil UUID among the segments, and too many", func(c *contacts.Contact) {
				c.Segments = repeated(61, testID(9010))
				c.Segments[59], c.Segments[60] = uuid.Nil, uuid.Nil
			},
			[]contacts.Violation{tooMany("segments.items", 60), badFormat("segments.items[59]", contacts.FormatGUID)},
		},
		{"IMP-2 60 segments", func(c *contacts.Contact) { c.Segments = repeated(60, testID(9010)) }, nil},
		{
			"IMP-2 MEM-6 every part of a member", inMember(func(m *contacts.Member) {
				m.MemberID, m.SignupDate, m.Email, m.Status = uuid.Nil, atYear(-1), "login", "active"
				m.Profile.Nickname, m.Profile.PrivacyStatus, m.Profile.Photo.URL = long(256), "public", "x"
				m.User.Role = "owner"
				m.Session.LastWebLogin, m.Session.LastMobileLogin = atYear(-1), atYear(10000)
				m.Session.MobileAppNames = []string{"", long(51)}
				m.GroupIDs = []uuid.UUID{uuid.Nil}
			}),
			[]contacts.Violation{
				badFormat("memberInfo.memberId", contacts.FormatGUID), badFormat("memberInfo.signupDate", contacts.FormatTimestamp),
				badFormat("memberInfo.email", contacts.FormatEmail), badFormat("memberInfo.status", contacts.FormatEnum),
				tooLong("memberInfo.profileInfo.nickname", 255),
				badFormat("memberInfo.profileInfo.privacyStatus", contacts.FormatEnum),
				badFormat("memberInfo.profileInfo.photo.url", contacts.FormatWebURL),
				badFormat("memberInfo.userInfo.role", contacts.FormatEnum),
				badFormat("memberInfo.sessionInfo.lastWebLogin", contacts.FormatTimestamp),
				badFormat("memberInfo.sessionInfo.lastMobileLogin", contacts.FormatTimestamp),
				tooShort("memberInfo.sessionInfo.mobileAppNames[0]"), tooLong("memberInfo.sessionInfo.mobileAppNames[1]", 50),
				badFormat("memberInfo.groupInfo.groupIds[0]", contacts.FormatGUID),
			},
		},
		{
			"IMP-2 VAL-1 all at once, in order", func(c *contacts.Contact) {
				c.Member = &contacts.Member{MemberID: uuid.Nil}
				c.PrimaryPhone.SubscriptionStatus = "yes"
				c.PrimaryEmail.SubscriptionStatus = "yes"
				c.Segments = []uuid.UUID{uuid.Nil}
				c.Info = wrongInfo()
				c.Picture = image(contacts.Image{Height: -1})
				c.LastActivity.ActivityType = "x"
				c.UpdatedDate, c.CreatedDate = atYear(-1), atYear(-1)
				c.Source.SourceType = "x"
				c.Revision = -1
			},
			slices.Concat(
				[]contacts.Violation{
					low("revision"), badFormat("source.sourceType", contacts.FormatEnum),
					badFormat("createdDate", contacts.FormatTimestamp), badFormat("updatedDate", contacts.FormatTimestamp),
					badFormat("lastActivity.activityType", contacts.FormatEnum), low("picture.height"),
				},
				infoViolations(t, wrongInfo()),
				[]contacts.Violation{
					badFormat("segments.items[0]", contacts.FormatGUID),
					badFormat("primaryEmail.subscriptionStatus", contacts.FormatEnum),
					badFormat("primaryPhone.subscriptionStatus", contacts.FormatEnum),
					badFormat("memberInfo.memberId", contacts.FormatGUID),
				},
			),
		},
		{
			"IMP-6 a status of another email", func(c *contacts.Contact) {
				c.Info.Emails = []contacts.Email{{Address: "ann@x.test"}}
				c.PrimaryEmail = contacts.PrimaryEmail{Email: "bob@x.test", SubscriptionStatus: subscribed}
			},
			oneViolation(custom("primaryEmail.email", "NOT_ON_CONTACT")),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			create(t, s, person("Old"))
			c := row(100, person("Ann"))
			tc.edit(c)
			if tc.want == nil {
				importOne(t, s, nil, c)
				return
			}
			err := importRefused(t, s, &contacts.ImportOptions{Define: true}, c)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, tc.want, violations(t, err))
		})
	}
	t.Run("IMP-3 a nil contact", func(t *testing.T) {
		err := importRefused(t, newStore(t), nil, nil)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		require.Equal(t, oneViolation(contacts.Violation{Field: "contact", Rule: contacts.RuleRequired}), violations(t, err))
	})
}

// infoViolations returns the violations that Create reports.
func infoViolations(t *testing.T, in contacts.Info) []contacts.Violation {
	t.Helper()
	_, err := newStore(t).Create(t.Context(), in, nil)
	return violations(t, err)
}

// TestImportOrderOfChecks breaks all rules and fixes them one by one: each row is refused for the first rule that is
// still broken.
func TestImportOrderOfChecks(t *testing.T) {
	l := newLab(t, func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 1, 1 })
	newLabel(t, l.Store, "Old")
	newField(t, l.Store, "Old", contacts.DataText)
	create(t, l.Store, person("Bob", "bob@x.test"))
	ann := create(t, l.Store, person("Ann", "ann@x.test"))

	c := row(0, contacts.Info{
		Emails:         []contacts.Email{{Address: "a@x.test", Primary: true}, {Address: "b@x.test", Primary: true}},
		LabelKeys:      []string{"no key", "custom.new"},
		ExtendedFields: map[string]any{"no key": "x", "invoices.vatId": 5, "custom.new": "x"},
	})
	c.ID, c.Revision = ann.ID, -1
	define := &contacts.ImportOptions{Define: true}
	for _, step := range []struct {
		name string
		opts *contacts.ImportOptions
		want string
		mend func()
	}{
		{"IMP-2 shape and limits", define, "1 INVALID_ARGUMENT revision", func() { c.Revision = 0 }},
		{"IMP-2 multiple primaries", define, "1 CANNOT_HAVE_MULTIPLE_PRIMARY_INFO", func() { c.Info.Emails = nil }},
		{"IMP-2 unknown extended fields", nil, `1 EXTENDED_FIELD_NOT_FOUND ["custom.new" "no key"]`, func() {}},
		{"IMP-2 extended fields that cannot be", define, `1 EXTENDED_FIELD_NOT_FOUND ["no key"]`, func() {
			delete(c.Info.ExtendedFields, "no key")
		}},
		{
			"IMP-2 extended field value", define, "1 INVALID_EXTENDED_FIELD_VALUE info.extendedFields.items.invoices.vatId",
			func() { delete(c.Info.ExtendedFields, "invoices.vatId") },
		},
		{"IMP-8 fields' quota", define, "1 FIELDS_QUOTA_EXCEEDED", func() { c.Info.ExtendedFields = nil }},
		{"IMP-2 unknown labels", nil, `1 LABEL_NOT_FOUND ["no key" "custom.new"]`, func() {}},
		{
			"IMP-2 labels that cannot be",
			define, `1 LABEL_NOT_FOUND ["no key"]`, func() { c.Info.LabelKeys = c.Info.LabelKeys[1:] },
		},
		{"IMP-8 labels' quota", define, "1 LABELS_QUOTA_REACHED", func() { c.Info.LabelKeys = nil }},
		{"IMP-2 nothing that identifies the contact", define, "1 INSUFFICIENT_CONTACT_DATA", func() {
			c.Info.Emails = primaryAt(0, "bob@x.test")
		}},
		{"IMP-2 the ID is taken", define, "1 CONTACT_ID_ALREADY_EXISTS", func() { c.ID = uuid.Nil }},
		{"IMP-2 duplicate", define, "1 DUPLICATE_CONTACT_EXISTS of 1 bob@x.test", func() {
			c.Info.Emails = primaryAt(0, "new@x.test")
		}},
		{"IMP-2 fine at last", nil, "", func() {}},
	} {
		t.Run(step.name, func(t *testing.T) {
			if step.want == "" {
				importOne(t, l.Store, step.opts, c)
				return
			}
			before := traceOf(t, l.Store)
			require.Equal(t, []string{step.want}, refusals(importAll(t, l.Store, step.opts, c)))
			require.Equal(t, before, traceOf(t, l.Store))
		})
		step.mend()
	}
	t.Run("IMP-2 DUP-4 a contact that is already stored is not a duplicate but a taken ID", func(t *testing.T) {
		err := importRefused(t, l.Store, nil, ann)
		require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(err))
		var e *contacts.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, ann.ID, e.ID)
	})
}

// sizes are the batch sizes with which the rows of a test are imported. The results must not depend on them.
var sizes = []int{0, 1, 2}

func TestImportDuplicates(t *testing.T) {
	type rows = []*contacts.Contact
	mail := func(n uint64, emails ...string) *contacts.Contact { return row(n, reachable(emails)) }
	call := func(n uint64, phones ...contacts.Phone) *contacts.Contact { return row(n, reachable(nil, phones...)) }
	both := func(n uint64, email string, phone contacts.Phone) *contacts.Contact {
		return row(n, reachable([]string{email}, phone))
	}
	older := epoch.AddDate(-3, 0, 0)
	newer := epoch.AddDate(3, 0, 0)
	for _, tc := range []struct {
		name   string
		stored rows // stored before, all of one date; there may be duplicates among them
		rows   rows
		want   []string
	}{
		{
			name: "IMP-2 the email of a contact that is there", stored: rows{mail(50, "Ann@x.test")},
			rows: rows{mail(101, "bob@x.test"), mail(102, " ann@X.test")},
			want: []string{"2 DUPLICATE_CONTACT_EXISTS of 50 Ann@x.test"},
		},
		{
			name: "IMP-2 a duplicate of an earlier row",
			rows: rows{mail(101, "Ann@x.test"), mail(102, "bob@x.test"), mail(103, "ann@X.test\t")},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 101 Ann@x.test"},
		},
		{
			name: "IMP-2 all duplicates of the first row",
			rows: rows{mail(101, "ann@x.test"), mail(102, "ann@x.test"), mail(103, "ann@x.test")},
			want: []string{"2 DUPLICATE_CONTACT_EXISTS of 101 ann@x.test", "3 DUPLICATE_CONTACT_EXISTS of 101 ann@x.test"},
		},
		{
			name: "IMP-2 a refused row is never a duplicate, and its ID is free",
			rows: rows{
				row(101, contacts.Info{Emails: primaryAt(0, "ann@x.test"), Phones: []contacts.Phone{phoneUS}, Locale: "none"}),
				row(101, contacts.Info{Emails: primaryAt(0, "ann@x.test"), LabelKeys: []string{"custom.none"}}),
				mail(101, "ann@x.test"), call(102, phoneUS),
			},
			want: []string{"1 INVALID_ARGUMENT info.locale", `2 LABEL_NOT_FOUND ["custom.none"]`},
		},
		{
			name: "IMP-2 DUP-2 emails that are not primary do not count", stored: rows{mail(50, "old@x.test", "ann@x.test")},
			rows: rows{mail(101, "ann@x.test"), mail(102, "bob@x.test", "ann@x.test", "old@x.test")},
		},
		{
			name:   "IMP-2 DUP-2 the flag decides, not the place",
			stored: rows{row(50, contacts.Info{Emails: primaryAt(1, "old@x.test", "ann@x.test")})},
			rows: rows{
				mail(101, "old@x.test"), row(102, contacts.Info{Emails: primaryAt(1, "new@x.test", "ann@x.test")}),
				row(103, contacts.Info{Emails: primaryAt(1, "new@x.test", "bob@x.test")}), mail(104, "bob@x.test"),
			},
			want: []string{"2 DUPLICATE_CONTACT_EXISTS of 50 ann@x.test", "4 DUPLICATE_CONTACT_EXISTS of 103 bob@x.test"},
		},
		{
			name: "IMP-2 DUP-3 the phone of a stored contact, typed differently", stored: rows{call(50, phoneUS)},
			rows: rows{call(101, number("US", numberUS2)), call(102, phoneGB)},
			want: []string{"1 DUPLICATE_CONTACT_EXISTS of 50 " + numberUS},
		},
		{
			name: "IMP-2 DUP-3 the phone of an earlier row, typed differently",
			rows: rows{call(101, phoneUS), call(102, phoneGB), call(103, number("US", numberUS2))},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 101 " + numberUS},
		},
		{
			name: "IMP-2 DUP-3 phones without an E.164 form, by text", stored: rows{call(50, phoneLoose)},
			rows: rows{call(101, phoneLoose), call(102, number("", "555 0199")), call(103, number("", "555 0199"))},
			want: []string{"1 DUPLICATE_CONTACT_EXISTS of 50 " + numberLoose, "3 DUPLICATE_CONTACT_EXISTS of 102 555 0199"},
		},
		{
			name: "IMP-2 DUP-3 extensions of one switchboard", stored: rows{call(50, number("US", numberUS+" x1"))},
			rows: rows{
				call(101, number("US", numberUS+" x123")), call(102, number("US", numberUS+" x124")), call(103, phoneUS),
				call(104, number("US", numberUS2+" ext 124")), call(105, number("US", numberUS2+" x1")),
			},
			want: []string{
				"4 DUPLICATE_CONTACT_EXISTS of 102 " + numberUS + " x124", "5 DUPLICATE_CONTACT_EXISTS of 50 " + numberUS + " x1",
			},
		},
		{
			name: "IMP-2 DUP-3 phones that identify no one", stored: rows{call(50, number("", "n/a"))},
			rows: rows{
				call(101, number("", "n/a")), call(102, number("US", "n/a")), call(103, number("", "000-000-0000")),
				call(104, number("", "000-000-0000")),
			},
		},
		{
			name: "IMP-2 DUP-3 by text where only one has an E.164 form", stored: rows{call(50, phoneUS)},
			rows: rows{
				call(101, number("", numberUS)), call(102, number("", numberShared)), call(103, number("DE", numberShared)),
				call(104, phoneGB), call(105, number("", phoneGB.Number)),
			},
			want: []string{
				"1 DUPLICATE_CONTACT_EXISTS of 50 " + numberUS, "3 DUPLICATE_CONTACT_EXISTS of 102 " + numberShared,
				"5 DUPLICATE_CONTACT_EXISTS of 104 " + phoneGB.Number,
			},
		},
		{
			name: "IMP-2 DUP-3 one text, two numbers", stored: rows{call(50, number("DE", numberShared))},
			rows: rows{
				call(101, number("NL", numberShared)), call(102, number("NL", numberShared)), call(103, number("DE", numberShared)),
				call(104, number("", numberShared)),
			},
			want: []string{
				"2 DUPLICATE_CONTACT_EXISTS of 101 " + numberShared, "3 DUPLICATE_CONTACT_EXISTS of 50 " + numberShared,
				"4 DUPLICATE_CONTACT_EXISTS of 50 " + numberShared,
			},
		},
		{
			name: "IMP-2 DUP-2 a row with emails is not looked at by its phone", stored: rows{call(50, phoneUS)},
			rows: rows{both(101, "ann@x.test", phoneUS), both(102, "bob@x.test", phoneUS), both(103, "ann@x.test", phoneGB)},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 101 ann@x.test"},
		},
		{
			name: "IMP-2 the phone of an earlier row that has an email, too",
			rows: rows{both(101, "ann@x.test", phoneUS), both(102, "bob@x.test", phoneLoose), call(103, phoneUS), call(104, phoneLoose)},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 101 " + numberUS, "4 DUPLICATE_CONTACT_EXISTS of 102 " + numberLoose},
		},
		{
			name: "IMP-2 DUP-6 of several that are there the oldest is named",
			stored: rows{
				dated(mail(50, "ann@x.test"), newer), mail(51, "ann@x.test"), mail(52, "ann@x.test"),
				dated(call(53, phoneUS), newer), call(54, phoneUS), call(55, phoneUS),
			},
			rows: rows{mail(101, "ann@x.test"), call(102, phoneUS)},
			want: []string{"1 DUPLICATE_CONTACT_EXISTS of 51 ann@x.test", "2 DUPLICATE_CONTACT_EXISTS of 54 " + numberUS},
		},
		{
			name: "IMP-2 DUP-6 the oldest is an imported row", stored: rows{call(50, phoneUS), call(51, phoneLoose)},
			rows: rows{
				both(101, "a@x.test", phoneUS), dated(both(102, "b@x.test", phoneUS), older), dated(both(103, "c@x.test", phoneUS), newer),
				dated(both(104, "d@x.test", phoneLoose), older.Add(time.Hour)), dated(both(105, "e@x.test", phoneLoose), older),
				call(106, phoneUS), call(107, phoneLoose), call(108, number("", numberUS)),
			},
			want: []string{
				"6 DUPLICATE_CONTACT_EXISTS of 102 " + numberUS, "7 DUPLICATE_CONTACT_EXISTS of 105 " + numberLoose,
				"8 DUPLICATE_CONTACT_EXISTS of 102 " + numberUS,
			},
		},
		{
			name: "IMP-2 DUP-6 the oldest is one that was there", stored: rows{call(50, phoneUS), call(51, phoneLoose)},
			rows: rows{
				dated(both(101, "a@x.test", phoneUS), epoch), dated(both(102, "b@x.test", phoneLoose), newer),
				call(103, phoneUS), call(104, phoneLoose),
			},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 50 " + numberUS, "4 DUPLICATE_CONTACT_EXISTS of 51 " + numberLoose},
		},
		{
			name: "IMP-2 DUP-6 the oldest is a row that types the number differently",
			rows: rows{
				both(101, "a@x.test", phoneUS), dated(both(102, "b@x.test", number("US", numberUS2)), older),
				call(103, number("US", "2015550123")),
			},
			want: []string{"3 DUPLICATE_CONTACT_EXISTS of 102 " + numberUS2},
		},
		{
			name: "IMP-2 DUP-3 one text of rows, with a number and without",
			rows: rows{
				both(101, "a@x.test", number("", numberShared)), dated(both(102, "b@x.test", number("DE", numberShared)), older),
				call(103, number("NL", numberShared)), call(104, number("", numberShared)),
			},
			want: []string{
				"3 DUPLICATE_CONTACT_EXISTS of 101 " + numberShared, "4 DUPLICATE_CONTACT_EXISTS of 102 " + numberShared,
			},
		},
		{
			name: "IMP-2 DUP-6 among rows of the same date the first is named",
			rows: rows{
				dated(both(101, "a@x.test", phoneUS), older), dated(both(102, "b@x.test", phoneUS), older),
				dated(both(103, "c@x.test", phoneLoose), older), dated(both(104, "d@x.test", phoneLoose), older),
				call(105, phoneUS), call(106, phoneLoose),
			},
			want: []string{"5 DUPLICATE_CONTACT_EXISTS of 101 " + numberUS, "6 DUPLICATE_CONTACT_EXISTS of 103 " + numberLoose},
		},
		{
			name: "IMP-2 an ID that is taken", stored: rows{mail(50, "ann@x.test")},
			rows: rows{row(50, person("Ann")), row(51, person("Bob"))}, want: []string{"1 CONTACT_ID_ALREADY_EXISTS"},
		},
		{
			name: "IMP-2 an ID that an earlier row has",
			rows: rows{row(101, person("Ann")), row(102, person("Bob")), row(101, person("Cyd"))},
			want: []string{"3 CONTACT_ID_ALREADY_EXISTS"},
		},
		{
			name: "IMP-2 DUP-4 a contact that comes twice", stored: rows{mail(50, "old@x.test")},
			rows: rows{
				mail(50, "old@x.test"), mail(101, "ann@x.test"), mail(101, "ann@x.test"),
				call(102, phoneUS), call(102, phoneUS), call(103, phoneLoose), call(103, phoneLoose),
			},
			want: []string{
				"1 CONTACT_ID_ALREADY_EXISTS", "3 CONTACT_ID_ALREADY_EXISTS", "5 CONTACT_ID_ALREADY_EXISTS",
				"7 CONTACT_ID_ALREADY_EXISTS",
			},
		},
		{
			name: "IMP-2 the ID of an earlier row and the email of another",
			rows: rows{mail(101, "ann@x.test"), mail(102, "bob@x.test"), mail(101, "bob@x.test")},
			want: []string{"3 CONTACT_ID_ALREADY_EXISTS"},
		},
		{
			name: "IMP-2 the ID of an earlier row and the phone of a younger one",
			rows: rows{
				row(101, reachable([]string{"ann@x.test"}, phoneUS)), row(102, reachable([]string{"bob@x.test"}, phoneUS)),
				row(101, reachable(nil, phoneUS)),
			},
			want: []string{"3 CONTACT_ID_ALREADY_EXISTS"},
		},
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprint(tc.name, ", batches of ", size), func(t *testing.T) {
				l := newLab(t)
				require.Empty(t, refusals(importAll(t, l.Store, &contacts.ImportOptions{AllowDuplicates: true}, tc.stored...)))
				kept := deepCopy(t, stateOf(l.Snapshot()).Contacts)
				report := importAll(t, l.Store, &contacts.ImportOptions{BatchSize: size}, tc.rows...)
				require.Equal(t, tc.want, refusals(report))
				for _, e := range report.Errors {
					require.Equal(t, tc.rows[e.Row-1].ID, e.ID)
				}
				for _, c := range kept {
					v, ok := l.Snapshot().View(c.ID)
					require.True(t, ok)
					requireContact(t, c, v.Clone())
				}
			})
		}
	}
	t.Run("IMP-2 DUP-1 duplicates that are allowed", func(t *testing.T) {
		s := newStore(t)
		allow := &contacts.ImportOptions{AllowDuplicates: true}
		importAll(t, s, allow, mail(50, "ann@x.test"), call(51, phoneUS))
		report := importAll(t, s, allow, mail(101, "ann@x.test"), call(102, phoneUS), mail(103, "ann@x.test"), mail(101, "bob@x.test"))
		require.Equal(t, []string{"4 CONTACT_ID_ALREADY_EXISTS"}, refusals(report))
	})
	t.Run("IMP-2 the ID of a deleted contact is free", func(t *testing.T) {
		s := newStore(t)
		require.NoError(t, s.Delete(t.Context(), create(t, s, person("Ann", "ann@x.test")).ID))
		importOne(t, s, nil, mail(1, "ann@x.test"))
	})
	t.Run("IMP-2 an ID from NewID that is taken", func(t *testing.T) {
		opts := fixed()
		opts.NewID = func() uuid.UUID { return testID(7) }
		s := openStore(t, opts)
		report := importAll(t, s, nil, repeated(2, &contacts.Contact{Info: person("Ann")})...)
		require.Equal(t, []string{"2 CONTACT_ID_ALREADY_EXISTS"}, refusals(report))
		require.Equal(t, uuid.Nil, report.Errors[0].ID, "the row has no ID")
		var e *contacts.Error
		require.ErrorAs(t, report.Errors[0], &e)
		require.Equal(t, testID(7), e.ID)
	})
	for _, size := range sizes {
		t.Run(fmt.Sprint("IMP-2 RED-5 IDs that took part in a merge, batches of ", size), func(t *testing.T) {
			s := newStore(t)
			var was []uuid.UUID
			for range 4 {
				was = append(was, create(t, s, person("Ann")).ID)
			}
			absorb(t, s, was[0], was[1])
			absorb(t, s, was[2], was[3])
			require.NoError(t, s.Delete(t.Context(), was[2]))
			before := traceOf(t, s)
			var rows []*contacts.Contact
			for _, id := range was {
				rows = append(rows, &contacts.Contact{ID: id, Info: person("New")})
			}
			report := importAll(t, s, &contacts.ImportOptions{BatchSize: size}, rows...)
			require.Equal(t, []string{
				"1 CONTACT_ID_ALREADY_EXISTS", "2 CONTACT_ID_ALREADY_EXISTS", "3 CONTACT_ID_ALREADY_EXISTS",
				"4 CONTACT_ID_ALREADY_EXISTS",
			}, refusals(report))
			require.Equal(t, before, traceOf(t, s))
		})
	}
}

func TestImportOrder(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint("IMP-4 ORD-1 by createdDate, then those that were there, then the rows in their order, batches of ", size),
			func(t *testing.T) {
				l := newLab(t)
				create(t, l.Store, person("Old"))  // 1
				create(t, l.Store, person("Also")) // 2
				before, after := epoch.Add(-time.Millisecond), epoch.Add(time.Millisecond)
				importAll(t, l.Store, &contacts.ImportOptions{BatchSize: size},
					dated(row(103, person("A")), after), dated(row(101, person("B")), epoch), dated(row(105, person("C")), before),
					row(102, person("D")), dated(row(104, person("E")), after), dated(row(106, person("F")), epoch),
					dated(row(107, person("G")), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)),
					dated(row(108, person("H")), time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)),
				)
				create(t, l.Store, person("New")) // 3
				var got []uint64
				for v := range l.Snapshot().All() {
					got = append(got, idNumber(v.ID()))
				}
				require.Equal(t, []uint64{107, 108, 105, 1, 2, 101, 102, 106, 3, 103, 104}, got)
			})
	}
}

func TestImportRefusals(t *testing.T) {
	broken := errors.New("the source is broken")
	mixed := func(yield func(*contacts.Contact, error) bool) {
		_ = yield(row(101, person("Ann")), nil) &&
			yield(nil, &contacts.LineError{Line: 7, Err: contacts.ErrInvalid}) &&
			yield(nil, nil) &&
			yield(row(104, contacts.Info{}), nil) &&
			yield(row(105, person("Bob")), fmt.Errorf("wrapped: %w", &contacts.LineError{Line: 9, Err: broken})) &&
			yield(row(106, person("Cyd")), nil)
	}
	for _, size := range sizes {
		t.Run(fmt.Sprint("IMP-3 refused rows leave no trace and the others continue, batches of ", size), func(t *testing.T) {
			s := newStore(t)
			report, err := s.Import(t.Context(), storetest.RowsOf(mixed), &contacts.ImportOptions{BatchSize: size})
			require.NoError(t, err)
			require.Equal(t, contacts.ImportProgress{Rows: 6, Imported: 2, Refused: 4}, report.ImportProgress)
			require.Equal(t, []string{
				"2 INVALID_ARGUMENT", "3 INVALID_ARGUMENT contact", "4 INSUFFICIENT_CONTACT_DATA", "5 ",
			}, refusals(report))
			var named []uuid.UUID
			for _, e := range report.Errors {
				named = append(named, e.ID)
			}
			require.Equal(t, []uuid.UUID{uuid.Nil, uuid.Nil, testID(104), uuid.Nil}, named)
			require.Equal(t, []uuid.UUID{testID(101), testID(106)}, ids(s.Snapshot().All()))

			var line *contacts.LineError
			require.ErrorAs(t, report.Errors[0], &line)
			require.Equal(t, 7, line.Line)
			require.ErrorIs(t, report.Errors[0], contacts.ErrInvalid)
			require.ErrorIs(t, report.Errors[3], broken)
		})
	}
	t.Run("IMP-3 the text of a row's error names the row and no value", func(t *testing.T) {
		err := importRefused(t, newStore(t), nil, row(101, contacts.Info{Emails: []contacts.Email{{Address: secret}}}))
		require.True(t, strings.HasPrefix(err.Error(), "row 1: "))
		require.NotContains(t, err.Error(), secret)
	})
	t.Run("IMP-3 no rows", func(t *testing.T) {
		s := newStore(t)
		called := false
		report, err := s.Import(t.Context(), rowsOf(), &contacts.ImportOptions{
			Progress: func(contacts.ImportProgress) { called = true },
		})
		require.NoError(t, err)
		require.Zero(t, report)
		require.False(t, called)
		require.Zero(t, s.Snapshot().Position())
	})
	t.Run("IMP-4 a batch of refused rows is no commit", func(t *testing.T) {
		s := newStore(t)
		before := traceOf(t, s)
		report := importAll(t, s, &contacts.ImportOptions{BatchSize: 2}, row(101, contacts.Info{}), nil, row(103, contacts.Info{}))
		require.Equal(t, 3, report.Refused)
		require.Equal(t, before, traceOf(t, s))
	})

	for _, tc := range []struct {
		name     string
		size, at int // the row that the error replaces
		imported int
	}{
		{"IMP-3 an error of the source, in the middle of a batch", 3, 5, 4},
		{"IMP-3 an error of the source, after a batch", 2, 5, 4},
		{"IMP-3 an error of the source, in the first batch", 0, 5, 4},
		{"IMP-3 an error of the source, before all rows", 2, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			rows := func(yield func(*contacts.Contact, error) bool) {
				for n := 1; n < tc.at; n++ {
					if !yield(row(uint64(n), person("Ann")), nil) {
						return
					}
				}
				require.False(t, yield(row(99, person("Not")), broken), "the import continues")
			}
			progress := contacts.ImportProgress{}
			report, err := s.Import(t.Context(), storetest.RowsOf(rows), &contacts.ImportOptions{
				BatchSize: tc.size, Progress: func(p contacts.ImportProgress) { progress = p },
			})
			require.ErrorIs(t, err, broken)
			require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
			want := contacts.ImportProgress{Rows: tc.imported, Imported: tc.imported}
			require.Equal(t, contacts.ImportReport{ImportProgress: want}, report)
			require.Equal(t, want, progress)
			require.Equal(t, tc.imported, s.Snapshot().Len())
		})
	}
	t.Run("IMP-3 an error of the source, and the rows before it cannot be written", func(t *testing.T) {
		s := newStore(t)
		before := traceOf(t, s)
		report, err := s.Import(t.Context(), storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
			yield(row(101, person("Ann")), nil)
			require.NoError(t, s.Close())
			yield(nil, broken)
		}), nil)
		require.ErrorIs(t, err, broken)
		require.ErrorIs(t, err, contacts.ErrClosed)
		require.Zero(t, report)
		require.Equal(t, before, traceOf(t, s))
	})
}

func TestImportOptions(t *testing.T) {
	for _, tc := range []struct {
		name string
		opts contacts.ImportOptions
		want []contacts.Violation
	}{
		{
			"IMP-4 a negative batch", contacts.ImportOptions{BatchSize: -1},
			oneViolation(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMin}),
		},
		{
			"IMP-4 a batch over 10000", contacts.ImportOptions{BatchSize: 10_001},
			oneViolation(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMax, Threshold: 10_000}),
		},
		{
			"IMP-4 a huge batch, all or nothing", contacts.ImportOptions{BatchSize: math.MaxInt, AllOrNothing: true},
			oneViolation(contacts.Violation{Field: "BatchSize", Rule: contacts.RuleMax, Threshold: 10_000}),
		},
		{
			"IMP-2 an invalid source", contacts.ImportOptions{Source: contacts.Source{SourceType: "x", AppID: "a\x00"}},
			[]contacts.Violation{
				badFormat("Source.sourceType", contacts.FormatEnum), badFormat("Source.appId", contacts.FormatText),
			},
		},
		{
			"VAL-1 both", contacts.ImportOptions{BatchSize: -5, Source: contacts.Source{SourceType: "x"}},
			[]contacts.Violation{
				{Field: "BatchSize", Rule: contacts.RuleMin}, badFormat("Source.sourceType", contacts.FormatEnum),
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			kept := tc.opts
			report, err := s.Import(t.Context(), func(func(contacts.Row, error) bool) { t.Error("rows are read") }, &tc.opts)
			require.Equal(t, tc.want, violations(t, err))
			require.Zero(t, report)
			require.Equal(t, kept, tc.opts)
		})
	}
	t.Run("IMP-4 a batch of 10000", func(t *testing.T) {
		report, err := newStore(t).Import(t.Context(), rowsOf(), &contacts.ImportOptions{BatchSize: 10_000})
		require.NoError(t, err)
		require.Zero(t, report)
	})
	t.Run("STO-5 options are copied", func(t *testing.T) {
		s := newStore(t)
		opts := &contacts.ImportOptions{}
		require.Equal(t, 1, importAll(t, s, opts, row(100, person("Ann"))).Imported)
		require.Zero(t, *opts, "the store wrote its defaults into the argument")
	})
}

func TestImportBatches(t *testing.T) {
	people := func(n int) (rows []*contacts.Contact) {
		for i := range n {
			rows = append(rows, row(uint64(101+i), person("Ann")))
		}
		return rows
	}
	t.Run("IMP-4 each batch is a commit, and Progress runs after it in the goroutine of Import", func(t *testing.T) {
		l := newLab(t)
		rows := people(8)
		rows[1], rows[4] = nil, row(0, contacts.Info{})
		var reports []contacts.ImportProgress
		var lens []int
		var others []uuid.UUID
		opts := &contacts.ImportOptions{BatchSize: 3, Progress: func(p contacts.ImportProgress) {
			require.Contains(t, string(debug.Stack()), ".(*Store).Import(", "another goroutine")
			reports = append(reports, p)
			lens = append(lens, l.Snapshot().Len())
			require.Equal(t, contacts.Position(2*len(reports)-1), l.Snapshot().Position())
			l.tick()
			others = append(others, create(t, l.Store, person("Other")).ID) // other writers get their turn
		}}
		report, err := l.Import(t.Context(), rowsOf(rows...), opts)
		require.NoError(t, err)
		require.Equal(t, []contacts.ImportProgress{{3, 2, 0, 0, 1}, {6, 4, 0, 0, 2}, {8, 6, 0, 0, 2}}, reports)
		require.Equal(t, reports[2], report.ImportProgress)
		require.Equal(t, []int{2, 5, 8}, lens)

		want := []uuid.UUID{
			testID(101), testID(103), others[0], testID(104), testID(106), others[1], testID(107), testID(108), others[2],
		}
		require.Equal(t, want, ids(l.Snapshot().All()), "the rows have the time of their batch")
	})
	t.Run("IMP-4 batches of one, and rows that fill the last batch", func(t *testing.T) {
		for _, size := range []int{1, 2, 6} {
			s := newStore(t)
			calls := 0
			report, err := s.Import(t.Context(), rowsOf(people(6)...), &contacts.ImportOptions{
				BatchSize: size, Progress: func(contacts.ImportProgress) { calls++ },
			})
			require.NoError(t, err)
			require.Equal(t, 6, report.Imported)
			require.Equal(t, 6/size, calls)
			require.Equal(t, contacts.Position(6/size), s.Snapshot().Position())
		}
	})
	t.Run("IMP-4 Progress may import", func(t *testing.T) {
		s := newStore(t)
		report, err := s.Import(t.Context(), rowsOf(people(2)...), &contacts.ImportOptions{
			BatchSize: 1, Progress: func(p contacts.ImportProgress) {
				importAll(t, s, nil, row(uint64(200+p.Rows), person("Bob")))
			},
		})
		require.NoError(t, err)
		require.Equal(t, 2, report.Imported)
		require.Equal(t, []uuid.UUID{testID(101), testID(201), testID(102), testID(202)}, ids(s.Snapshot().All()))
	})
	t.Run("IMP-4 rows are read no further than the batch", func(t *testing.T) {
		s := newStore(t)
		report, err := s.Import(t.Context(), storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
			for i, c := range people(7) {
				require.Equal(t, i/3*3, s.Snapshot().Len())
				create(t, s.Fork(), person("Fork")) // the source may use the store
				if !yield(c, nil) {
					return
				}
			}
		}), &contacts.ImportOptions{BatchSize: 3})
		require.NoError(t, err)
		require.Equal(t, 7, report.Imported)
	})

	// Causes that end an import early, after 4 of 9 rows, in batches of 3.
	for _, tc := range []struct {
		name string
		do   func(s *contacts.Store, cancel func())
		want error
		code contacts.Code
	}{
		{"IMP-4 a context that is done", func(_ *contacts.Store, cancel func()) { cancel() }, context.Canceled, ""},
		{
			"IMP-4 a store that is closed", func(s *contacts.Store, _ func()) { _ = s.Close() },
			contacts.ErrClosed, contacts.ErrClosed,
		},
	} {
		where := func(n int) (in string) {
			return []string{"from Progress", "from the source", "at the end of the source"}[n]
		}
		for at := range 3 {
			t.Run(tc.name+" "+where(at), func(t *testing.T) {
				s := newStore(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				read := 0
				rows := func(yield func(*contacts.Contact, error) bool) {
					for i, c := range people(9) {
						if at > 0 && i == 4 {
							tc.do(s, cancel)
						}
						if at == 2 && i == 5 {
							return
						}
						if read++; !yield(c, nil) {
							return
						}
					}
				}
				var after state
				report, err := s.Import(ctx, storetest.RowsOf(rows), &contacts.ImportOptions{BatchSize: 3, Progress: func(p contacts.ImportProgress) {
					after = stateOf(s.Snapshot())
					if at == 0 {
						tc.do(s, cancel)
					}
				}})
				require.ErrorIs(t, err, tc.want)
				require.Equal(t, tc.code, contacts.CodeOf(err))
				require.Equal(t, contacts.ImportReport{ImportProgress: contacts.ImportProgress{Rows: 3, Imported: 3}}, report)
				require.Equal(t, []uuid.UUID{testID(101), testID(102), testID(103)}, ids(s.Snapshot().All()))
				require.Equal(t, after, stateOf(s.Snapshot()))
				require.NoError(t, fault(s.Snapshot()))
				require.LessOrEqual(t, read, 6)
			})
		}
	}
	t.Run("IMP-4 a context that is done after the last row undoes nothing", func(t *testing.T) {
		s := newStore(t)
		ctx, cancel := context.WithCancel(t.Context())
		report, err := s.Import(ctx, rowsOf(people(4)...), &contacts.ImportOptions{
			BatchSize: 2, Progress: func(p contacts.ImportProgress) {
				if p.Rows == 4 {
					cancel()
				}
			},
		})
		require.NoError(t, err)
		require.Equal(t, 4, report.Imported)
	})
	t.Run("IMP-4 10000 rows in batches of the default size", func(t *testing.T) {
		l := newLab(t, checkLarge)
		calls := 0
		rows := func(yield func(*contacts.Contact, error) bool) {
			for n := range uint64(10_000) {
				c := row(1000+n, person("Ann", fmt.Sprint("ann", n, "@x.test")))
				if n%1000 == 999 {
					c.ID = testID(1000 + n - 1)
				}
				if !yield(c, nil) {
					return
				}
			}
		}
		report, err := l.Import(t.Context(), storetest.RowsOf(rows), &contacts.ImportOptions{Progress: func(p contacts.ImportProgress) {
			calls++
			require.Equal(t, contacts.ImportProgress{Rows: calls * 1000, Imported: calls * 999, Refused: calls}, p)
		}})
		require.NoError(t, err)
		require.Equal(t, 10, calls)
		require.Equal(t, contacts.ImportProgress{Rows: 10_000, Imported: 9_990, Refused: 10}, report.ImportProgress)
		for i, e := range report.Errors {
			require.Equal(t, (i+1)*1000, e.Row)
		}
		require.Equal(t, contacts.Position(10), l.Snapshot().Position())
		require.Equal(t, 9_990, l.Snapshot().Len())
		for _, n := range []uint64{0, 998, 1000, 5555, 9998} {
			require.Equal(t, []uuid.UUID{testID(1000 + n)}, ids(l.Snapshot().ByEmail(fmt.Sprint("ann", n, "@x.test"))))
		}
		require.Empty(t, ids(l.Snapshot().ByEmail("ann999@x.test")))
		require.True(t, slices.IsSortedFunc(ids(l.Snapshot().All()), func(a, b uuid.UUID) int {
			return int(idNumber(a)) - int(idNumber(b))
		}), "another order than that of the rows")
	})
}

func TestImportAllOrNothing(t *testing.T) {
	all := &contacts.ImportOptions{AllOrNothing: true, Define: true, BatchSize: 2}
	fine := func() []*contacts.Contact {
		var rows []*contacts.Contact
		for n := range uint64(5) {
			c := wholeContact(200+10*n, fmt.Sprint("ann", n))
			c.Info.LabelKeys = append(c.Info.LabelKeys, fmt.Sprint("custom.l", n))
			c.Info.ExtendedFields[fmt.Sprint("custom.f", n)] = "x"
			rows = append(rows, c)
		}
		return rows
	}
	t.Run("IMP-5 all rows in one commit", func(t *testing.T) {
		l := newLab(t)
		var reports []contacts.ImportProgress
		opts := *all
		opts.Progress = func(p contacts.ImportProgress) { reports = append(reports, p) }
		report := importAll(t, l.Store, &opts, fine()...)
		require.Equal(t, contacts.ImportProgress{Rows: 5, Imported: 5}, report.ImportProgress)
		require.Equal(t, []string{"custom.l0", "custom.l1", "custom.l2", "custom.l3", "custom.l4"}, report.Labels)
		require.Equal(t, []string{"custom.f0", "custom.f1", "custom.f2", "custom.f3", "custom.f4"}, report.Fields)
		require.Equal(t, []contacts.ImportProgress{report.ImportProgress}, reports)
		require.Equal(t, contacts.Position(1), l.Snapshot().Position())
	})
	t.Run("IMP-5 more rows than a batch of the default size", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, 2500, importAll(t, s, &contacts.ImportOptions{AllOrNothing: true},
			repeated(2500, &contacts.Contact{Info: person("Ann")})...).Imported)
		require.Equal(t, contacts.Position(1), s.Snapshot().Position())
	})
	t.Run("IMP-5 no rows", func(t *testing.T) {
		s := newStore(t)
		require.Zero(t, importAll(t, s, all))
		require.Zero(t, s.Snapshot().Position())
	})

	broken := errors.New("the source is broken")
	for _, tc := range []struct {
		name    string
		rows    func(s *contacts.Store, cancel func()) iter.Seq2[contacts.Row, error]
		want    []string // refusals, Import returns the first, or …
		wantErr error    // … the returned error
	}{
		{
			name: "IMP-5 STO-4 one row is refused", want: []string{"5 INVALID_ARGUMENT info.locale"},
			rows: func(*contacts.Store, func()) iter.Seq2[contacts.Row, error] {
				rows := fine()
				rows[4].Info.Locale = "none"
				return rowsOf(rows...)
			},
		},
		{
			name: "IMP-5 STO-4 rows are refused because of the store and of other rows",
			want: []string{
				"2 DUPLICATE_CONTACT_EXISTS of 1 old@x.test", "3 CONTACT_ID_ALREADY_EXISTS",
				"4 DUPLICATE_CONTACT_EXISTS of 200 ann0@x.test", `5 LABEL_NOT_FOUND ["no key"]`, "6 INVALID_ARGUMENT contact",
			},
			rows: func(*contacts.Store, func()) iter.Seq2[contacts.Row, error] {
				rows := fine()
				for i, edit := range []func(*contacts.Contact){
					1: func(c *contacts.Contact) { c.Info.Emails = primaryAt(0, "old@x.test") },
					2: func(c *contacts.Contact) { c.ID = rows[0].ID },
					3: func(c *contacts.Contact) { c.Info.Emails = primaryAt(0, "ann0@x.test") },
					4: func(c *contacts.Contact) { c.Info.LabelKeys = append(c.Info.LabelKeys, "no key") },
				} {
					if edit != nil {
						edit(rows[i])
						rows[i].PrimaryEmail = contacts.PrimaryEmail{}
					}
				}
				return rowsOf(append(rows, nil)...)
			},
		},
		{
			name: "IMP-5 STO-4 an invalid line", want: []string{"2 "},
			rows: func(*contacts.Store, func()) iter.Seq2[contacts.Row, error] {
				return storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
					_ = yield(fine()[0], nil) && yield(nil, &contacts.LineError{Line: 5, Err: broken}) && yield(fine()[1], nil)
				})
			},
		},
		{
			name: "IMP-5 STO-4 an error of the source", wantErr: broken,
			rows: func(*contacts.Store, func()) iter.Seq2[contacts.Row, error] {
				return storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
					_ = yield(fine()[0], nil) && yield(nil, nil) && yield(fine()[1], nil) && yield(nil, broken)
				})
			},
		},
		{
			name: "IMP-5 STO-4 a context that is done", wantErr: context.Canceled,
			rows: func(_ *contacts.Store, cancel func()) iter.Seq2[contacts.Row, error] {
				return storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
					_ = yield(fine()[0], nil) && yield(fine()[1], nil)
					cancel()
					require.False(t, yield(fine()[2], nil))
				})
			},
		},
		{
			name: "IMP-5 STO-4 a context that is done after the last row", wantErr: context.Canceled,
			rows: func(_ *contacts.Store, cancel func()) iter.Seq2[contacts.Row, error] {
				return storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
					_ = yield(fine()[0], nil) && yield(fine()[1], nil)
					cancel()
				})
			},
		},
		{
			name: "IMP-5 STO-4 a store that is closed", wantErr: contacts.ErrClosed,
			rows: func(s *contacts.Store, _ func()) iter.Seq2[contacts.Row, error] {
				return storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
					_ = yield(fine()[0], nil) && yield(fine()[1], nil)
					_ = s.Close()
				})
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			create(t, l.Store, person("Old", "old@x.test"))
			before := traceOf(t, l.Store)
			l.tick()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			report, err := l.Import(ctx, tc.rows(l.Store, cancel), all)
			require.Zero(t, report.Imported)
			require.Empty(t, report.Labels)
			require.Empty(t, report.Fields)
			require.Equal(t, tc.want, refusals(report))
			require.Equal(t, len(tc.want), report.Refused)
			if tc.wantErr != nil {
				require.ErrorIs(t, err, tc.wantErr)
				require.Zero(t, report)
			} else {
				require.Same(t, report.Errors[0], err)
			}
			require.Equal(t, before, traceOf(t, l.Store))
			require.NoError(t, fault(l.Snapshot(), "ann0@x.test", "contacts.customers"))
			if !errors.Is(err, contacts.ErrClosed) {
				l.tick()
				importAll(t, l.Store, all, fine()...) // the lock, the IDs and the keys are free
			}
		})
	}
	t.Run("IMP-5 the report of a refusal has all rows, and Progress sees it", func(t *testing.T) {
		var reports []contacts.ImportProgress
		report, err := newStore(t).Import(t.Context(), rowsOf(row(1, person("Ann")), nil, row(3, person("Bob"))),
			&contacts.ImportOptions{
				AllOrNothing: true, Progress: func(p contacts.ImportProgress) { reports = append(reports, p) },
			})
		require.Error(t, err)
		require.Equal(t, contacts.ImportProgress{Rows: 3, Refused: 1}, report.ImportProgress)
		require.Equal(t, []contacts.ImportProgress{report.ImportProgress}, reports)
	})
}

// statesIn returns the statuses of all addresses of a contact, which show when an address becomes primary.
func statesIn(t testing.TB, s *contacts.Store, c *contacts.Contact) map[string]string {
	t.Helper()
	states := map[string]string{}
	show := func(address string, patch contacts.Patch) {
		shown, err := s.Fork().Update(t.Context(), c.ID, c.Revision, patch, nil)
		require.NoError(t, err)
		state := fmt.Sprint(shown.PrimaryPhone.SubscriptionStatus, " ", shown.PrimaryPhone.DeliverabilityStatus)
		if _, isEmail := patch.Emails.Get(); isEmail {
			state = fmt.Sprint(shown.PrimaryEmail.SubscriptionStatus, " ", shown.PrimaryEmail.DeliverabilityStatus)
		}
		if !strings.Contains(state, "NOT_SET NOT_SET") && !strings.Contains(state, "NO_") {
			states[address] = state
		}
	}
	for i, e := range c.Info.Emails {
		emails := slices.Clone(c.Info.Emails)
		emails[0].Primary, emails[i].Primary = i == 0, true
		show(e.Address, contacts.Patch{Emails: contacts.Set(emails)})
	}
	for i, p := range c.Info.Phones {
		phones := slices.Clone(c.Info.Phones)
		phones[0].Primary, phones[i].Primary = i == 0, true
		show(p.E164+p.Number, contacts.Patch{Phones: contacts.Set(phones)})
	}
	return states
}

func TestImportStatuses(t *testing.T) {
	const (
		noStatus = contacts.SubscriptionNoStatus
		atEmail  = "primaryEmail.email"
		atPhone  = "primaryPhone.phone"
		items    = "info.extendedFields.items."
		us, gb   = "+12015550123" + numberUS, "+442079460018020 7946 0018"
	)
	email := func(address string, sub contacts.SubscriptionStatus, delivery contacts.EmailDeliverability) contacts.PrimaryEmail {
		return contacts.PrimaryEmail{Email: address, SubscriptionStatus: sub, DeliverabilityStatus: delivery}
	}
	phone := func(text, e164 string, sub contacts.SubscriptionStatus) contacts.PrimaryPhone {
		return contacts.PrimaryPhone{Phone: text, E164: e164, SubscriptionStatus: sub}
	}
	missing := func(fields ...string) (list []contacts.Violation) {
		for _, f := range fields {
			list = append(list, contacts.Violation{Field: f, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact})
		}
		return list
	}
	// The contact of all cases: the second email and phone are primary, the third phone is invalid.
	base := contacts.Info{
		Name:   contacts.Name{First: "Ann"},
		Emails: primaryAt(1, "home@x.test", "Ann@X.test", "old@x.test"),
		Phones: []contacts.Phone{phoneGB, {CountryCode: "US", Number: numberUS, Primary: true}, phoneLoose},
	}
	for _, tc := range []struct {
		name   string
		email  contacts.PrimaryEmail
		phone  contacts.PrimaryPhone
		fields map[string]any
		edit   func(*contacts.Info)
		want   map[string]string // nothing else is set
		broken []contacts.Violation
	}{
		{name: "IMP-6 none"},
		{
			name: "IMP-6 both of the primary email, by its name", email: email("Ann@X.test", subscribed, bounced),
			want: map[string]string{"Ann@X.test": "SUBSCRIBED BOUNCED"},
		},
		{
			name: "IMP-6 SUB-2 case and surrounding space do not count", email: email(" aNN@x.TEST\t", unsubscribed, ""),
			want: map[string]string{"Ann@X.test": "UNSUBSCRIBED NOT_SET"},
		},
		{
			name:  "IMP-6 no address: the primary one, not the first in the row",
			email: email("", contacts.SubscriptionPending, ""),
			want:  map[string]string{"Ann@X.test": "PENDING NOT_SET"},
		},
		{
			name: "IMP-6 of an email that is not primary", email: email("old@x.test", subscribed, bounced),
			want: map[string]string{"old@x.test": "SUBSCRIBED BOUNCED"},
		},
		{name: "IMP-6 NOT_SET", email: email("Ann@X.test", notSet, undelivered)},
		{name: "IMP-6 NOT_SET of an address that is not there", email: email("none@x.test", notSet, undelivered)},
		{name: "IMP-6 an address that is not there, without a status", email: email("none@x.test", "", "")},
		{name: "IMP-6 an email that has no status", email: email("Ann@X.test", noStatus, "")},
		{
			name: "IMP-6 the subscription of an address that is not there", email: email("none@x.test", subscribed, ""),
			broken: missing(atEmail),
		},
		{
			name: "IMP-6 the delivery state of an address that is not there", email: email("none@x.test", "", bounced),
			broken: missing(atEmail),
		},
		{
			name: "IMP-6 a status and no email at all", email: email("", subscribed, ""),
			edit: func(in *contacts.Info) { in.Emails = nil }, broken: missing(atEmail),
		},
		{
			name: "IMP-6 unknown words", email: email("none@x.test", "subscribed", "OK"),
			phone: contacts.PrimaryPhone{SubscriptionStatus: "yes", DeliverabilityStatus: "no"},
			broken: []contacts.Violation{
				badFormat("primaryEmail.subscriptionStatus", contacts.FormatEnum),
				badFormat("primaryEmail.deliverabilityStatus", contacts.FormatEnum),
				badFormat("primaryPhone.subscriptionStatus", contacts.FormatEnum),
				badFormat("primaryPhone.deliverabilityStatus", contacts.FormatEnum),
			},
		},
		{
			name:   "IMP-6 the extended fields, for the effective email",
			fields: map[string]any{keySubscription: "SUBSCRIBED", keyDelivery: "VALID", keyEffectiveEmail: "home@x.test"},
			want:   map[string]string{"home@x.test": "SUBSCRIBED VALID"},
		},
		{
			name:   "IMP-6 the extended fields without an effective email",
			fields: map[string]any{keySubscription: "SUBSCRIBED", keyDelivery: "VALID"},
			want:   map[string]string{"Ann@X.test": "SUBSCRIBED VALID"},
		},
		{
			name: "IMP-6 the extended fields, next to a primary email without words", email: email("old@x.test", "", ""),
			fields: map[string]any{keySubscription: "SUBSCRIBED"}, want: map[string]string{"Ann@X.test": "SUBSCRIBED NOT_SET"},
		},
		{
			name: "IMP-6 the words of primaryEmail go first", email: email("Ann@X.test", subscribed, bounced),
			fields: map[string]any{keySubscription: "UNSUBSCRIBED", keyDelivery: "VALID", keyEffectiveEmail: "home@x.test"},
			want:   map[string]string{"Ann@X.test": "SUBSCRIBED BOUNCED"},
		},
		{
			name: "IMP-6 NOT_SET is a word, too", email: email("Ann@X.test", notSet, undelivered),
			fields: map[string]any{keySubscription: "UNSUBSCRIBED", keyDelivery: "VALID", keyEffectiveEmail: "home@x.test"},
		},
		{
			name: "IMP-6 one word here, one there", email: email("Ann@X.test", subscribed, ""),
			fields: map[string]any{keySubscription: "UNSUBSCRIBED", keyDelivery: "INACTIVE", keyEffectiveEmail: "home@x.test"},
			want:   map[string]string{"Ann@X.test": "SUBSCRIBED NOT_SET", "home@x.test": "NOT_SET INACTIVE"},
		},
		{
			name:   "IMP-6 NOT_SET in the extended fields",
			fields: map[string]any{keySubscription: "NOT_SET", keyDelivery: "NOT_SET", keyEffectiveEmail: "none@x.test"},
		},
		{
			name:   "IMP-6 an effective email that is not there",
			fields: map[string]any{keySubscription: "SUBSCRIBED", keyEffectiveEmail: "none@x.test"},
			broken: missing(items + keyEffectiveEmail),
		},
		{
			name:   "IMP-6 extended fields that are no words",
			fields: map[string]any{keySubscription: "yes", keyDelivery: "", keyEffectiveEmail: "home@x.test"},
			broken: oneViolation(badFormat(items+keySubscription, contacts.FormatEnum)),
		},
		{
			name:   "IMP-6 a delivery state that is no word",
			fields: map[string]any{keyDelivery: "bounced"}, broken: oneViolation(badFormat(items+keyDelivery, contacts.FormatEnum)),
		},
		{
			name:   "IMP-6 extended fields of another type say nothing",
			fields: map[string]any{keySubscription: 5, keyDelivery: []any{"VALID"}, keyEffectiveEmail: true},
		},
		{
			name: "IMP-6 the primary phone, by its number", phone: phone("", "+12015550123", subscribed),
			want: map[string]string{us: "SUBSCRIBED NOT_SET"},
		},
		{
			name: "IMP-6 the primary phone, as typed", phone: phone(" "+numberUS, "", unsubscribed),
			want: map[string]string{us: "UNSUBSCRIBED NOT_SET"},
		},
		{
			name: "IMP-6 no number: the primary phone, not the first in the row", phone: phone("", "", subscribed),
			want: map[string]string{us: "SUBSCRIBED NOT_SET"},
		},
		{
			name:  "IMP-6 a phone that is not primary",
			phone: phone("020 7946 0018", "+442079460018", contacts.SubscriptionPending),
			want:  map[string]string{gb: "PENDING NOT_SET"},
		},
		{name: "IMP-6 a phone that is NOT_SET", phone: phone("555-0111", "+12025550111", notSet)},
		{name: "IMP-6 a phone that has no status", phone: phone(numberLoose, "", noStatus)},
		{
			name: "IMP-6 a phone's delivery state is no one's to keep",
			phone: contacts.PrimaryPhone{
				Phone: numberUS, SubscriptionStatus: subscribed, DeliverabilityStatus: contacts.PhoneDeliverabilityNoStatus,
			},
			want: map[string]string{us: "SUBSCRIBED NOT_SET"},
		},
		{
			name:  "IMP-6 a phone that is not there",
			phone: phone("555-0111", "+12025550111", subscribed), broken: missing(atPhone),
		},
		{name: "IMP-6 a phone that is not valid", phone: phone(numberLoose, "", subscribed), broken: missing(atPhone)},
		{
			name: "IMP-6 a primary phone that is not valid", phone: phone("", "", subscribed),
			edit: func(in *contacts.Info) { in.Phones = []contacts.Phone{phoneLoose, phoneUS} }, broken: missing(atPhone),
		},
		{
			name: "IMP-6 a status and no phone at all", phone: phone("", "", subscribed),
			edit: func(in *contacts.Info) { in.Phones = nil }, broken: missing(atPhone),
		},
		{
			name: "IMP-6 email and phone", email: email("home@x.test", "", bounced), phone: phone(numberUS, "", subscribed),
			want: map[string]string{"home@x.test": "NOT_SET BOUNCED", us: "SUBSCRIBED NOT_SET"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := row(100, base.Clone())
			c.Info.ExtendedFields = tc.fields
			c.PrimaryEmail, c.PrimaryPhone = tc.email, tc.phone
			if tc.edit != nil {
				tc.edit(&c.Info)
			}
			if tc.broken != nil {
				require.Equal(t, tc.broken, violations(t, importRefused(t, s, nil, c)))
				return
			}
			got := importOne(t, s, nil, c)
			require.Equal(t, len(tc.want), len(statesIn(t, s, got)))
			for address, want := range tc.want {
				require.Equal(t, want, statesIn(t, s, got)[address], address)
			}
			require.Equal(t, got.PrimaryEmail.Email, got.Info.ExtendedFields[keyEffectiveEmail])
			require.Equal(t, string(got.PrimaryEmail.SubscriptionStatus), got.Info.ExtendedFields[keySubscription])
			require.Equal(t, string(got.PrimaryEmail.DeliverabilityStatus), got.Info.ExtendedFields[keyDelivery])
		})
	}
	t.Run("IMP-6 DRV-1 derived values do not depend on the row", func(t *testing.T) {
		c := row(100, richInfo("ann"))
		c.PrimaryInfo = contacts.PrimaryInfo{Email: "x", Phone: "x"}
		c.PrimaryEmail, c.PrimaryPhone = email("x", "", ""), phone("x", "x", "")
		c.PrimaryPhone.CountryCode, c.PrimaryPhone.Formatted = "x", "x"
		for i := range 2 {
			c.Info.Phones[i].E164, c.Info.Phones[i].Formatted = "+1", "+1"
			c.Info.Addresses[i].CountryFullname = "Freedonia"
			c.Info.Addresses[i].Subdivisions = []contacts.Subdivision{{Name: "x"}}
		}
		for _, key := range readOnlyKeys {
			if !slices.Contains([]string{"members.mobile"}, key) && !strings.HasPrefix(key, "ecom.") {
				c.Info.ExtendedFields[key] = map[string]any{"not": "a value"}
			}
		}
		plain := importOne(t, newLab(t).Store, nil, row(100, richInfo("ann")))
		requireContact(t, plain, importOne(t, newLab(t).Store, nil, c))
	})
	t.Run("IMP-6 SUB-2 contacts have statuses of their own", func(t *testing.T) {
		s := newStore(t)
		for n, sub := range []contacts.SubscriptionStatus{subscribed, "", unsubscribed} {
			c := row(uint64(100+n), person("Ann", "ann@x.test"))
			c.PrimaryEmail = email("ann@x.test", sub, "")
			c = importOne(t, s, &contacts.ImportOptions{AllowDuplicates: true}, c)
			if sub == "" {
				sub = notSet
			}
			requireEmailState(t, c, "ann@x.test", sub, undelivered)
		}
	})
	t.Run("IMP-6 a status is that of the address, and can be changed", func(t *testing.T) {
		s := newStore(t)
		c := importOne(t, s, nil, wholeContact(100, "ann"))
		c, err := s.SetDeliverability(t.Context(), c.ID, "ann@x.test", contacts.EmailDeliverabilityValid)
		require.NoError(t, err)
		requireEmailState(t, c, "ann@x.test", subscribed, contacts.EmailDeliverabilityValid)
		require.Equal(t, 8, c.Revision)
	})
}

func TestImportSystemFields(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given map[string]any
		want  map[string]any // in addition to the display names
		keys  []string       // of the fields whose values are refused
	}{
		{name: "IMP-7 none"},
		{
			name: "IMP-7 those that the store does not derive",
			given: map[string]any{
				"members.mobile": "yes", "ecom.numOfPurchases": 3, "ecom.totalSpentAmount": json.Number("12.5"),
				"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2025-12-24", keyVATID: "XX 1",
			},
			want: map[string]any{
				"members.mobile": "yes", "ecom.numOfPurchases": 3.0, "ecom.totalSpentAmount": 12.5,
				"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2025-12-24", keyVATID: "XX 1",
			},
		},
		{
			name: "IMP-7 FLD-7 empty values",
			given: map[string]any{
				"members.mobile": "", "ecom.numOfPurchases": nil, "ecom.totalSpentAmount": "", "ecom.lastPurchaseDate": "", keyVATID: nil,
			},
		},
		{
			name: "IMP-7 values of derived fields are ignored",
			given: map[string]any{
				keyDisplayFirst: "Bob", keyDisplayLast: 5, keyEffectiveEmail: "bob@x.test", keySubscription: []any{"x"},
				keyDelivery: nil,
			},
		},
		{name: "IMP-7 a membership status without a member", given: map[string]any{"members.membershipStatus": "APPROVED"}},
		{
			name: "IMP-7 FLD-4 values that do not fit",
			given: map[string]any{
				"members.mobile": true, "ecom.numOfPurchases": "3", "ecom.lastPurchaseDate": "2025-12-32", "ecom.totalSpentCurrency": "EUR",
			},
			keys: []string{"ecom.lastPurchaseDate", "ecom.numOfPurchases", "members.mobile"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := row(100, person("Ann"))
			c.Info.ExtendedFields = tc.given
			if tc.keys != nil {
				err := importRefused(t, s, nil, c)
				require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
				var fields []string
				for _, v := range violations(t, err) {
					fields = append(fields, v.Field)
				}
				for i := range tc.keys {
					tc.keys[i] = "info.extendedFields.items." + tc.keys[i]
				}
				require.Equal(t, tc.keys, fields)
				return
			}
			want := map[string]any{keyDisplayFirst: "Ann", keyDisplayLast: "Ann"}
			maps.Copy(want, tc.want)
			require.Equal(t, want, importOne(t, s, nil, c).Info.ExtendedFields)
		})
	}
	t.Run("IMP-7 MEM-4 the membership status follows the member", func(t *testing.T) {
		c := row(100, person("Ann"))
		c.Info.ExtendedFields = map[string]any{"members.membershipStatus": "APPROVED"}
		c.Member = &contacts.Member{MemberID: testID(7001), Status: contacts.MemberBlocked}
		got := importOne(t, newStore(t), nil, c)
		require.Equal(t, "DENIED", got.Info.ExtendedFields["members.membershipStatus"])
	})
}

// carrying returns a contact with labels and extended fields.
func carrying(n uint64, labels []string, fields map[string]any) *contacts.Contact {
	info := person("Ann")
	info.LabelKeys, info.ExtendedFields = labels, fields
	return row(n, info)
}

func TestImportDefinitions(t *testing.T) {
	define := &contacts.ImportOptions{Define: true}
	for _, tc := range []struct {
		key                    string
		namespace, displayName string // none if the key is refused
	}{
		{"custom.vip", "custom", "vip"},
		{"my-app.tier", "my-app", "tier"},
		{"contacts.extra", "contacts", "extra"},
		{"Custom.VIP", "Custom", "VIP"},
		{"a.b.c", "a", "b.c"},
		{"custom.größe_2", "custom", "größe_2"},
		{"custom.e\u0301t\u0301", "custom", "e\u0301t\u0301"},
		{"_.-", "_", "-"},
		{strings.Repeat("ä", 25) + "." + strings.Repeat("ä", 54), strings.Repeat("ä", 25), strings.Repeat("ä", 54)},
		{key: strings.Repeat("a", 26) + ".b"},
		{key: "a." + strings.Repeat("b", 79)},
		{key: "vip"},
		{key: ""},
		{key: "."},
		{key: ".vip"},
		{key: "custom."},
		{key: "custom..vip"},
		{key: "custom.vip."},
		{key: "custom.vip customer"},
		{key: "custom.vip\n"},
		{key: "custom.a/b"},
		{key: "custom.\U0001f600"},
		{key: "custom.\ufe0f"},
		{key: "custom.\u3164"},
		{key: "custom.a\x00"},
		{key: "custom.a\xff"},
	} {
		t.Run(fmt.Sprintf("IMP-8 the label %q", tc.key), func(t *testing.T) {
			l := newLab(t)
			c := carrying(100, []string{"contacts.customers", tc.key}, nil)
			err := importRefused(t, l.Store, nil, c)
			require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
			if tc.namespace == "" {
				err = importRefused(t, l.Store, define, c)
				require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
				require.Equal(t, []string{tc.key}, refusedKeys(t, err))
				return
			}
			now := l.tick()
			report := importAll(t, l.Store, define, c)
			require.Equal(t, []string{tc.key}, report.Labels)
			require.Empty(t, report.Fields)
			want := contacts.Label{
				Namespace: tc.namespace, NamespaceDisplayName: "Labels", Key: tc.key, DisplayName: tc.displayName,
				LabelType: contacts.LabelWixAppDefined, CreatedDate: now, UpdatedDate: now,
			}
			if tc.namespace == "custom" {
				want.LabelType = contacts.LabelUserDefined
			}
			got, err := l.Snapshot().GetLabel(tc.key)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Equal(t, []uuid.UUID{c.ID}, ids(l.Snapshot().ByLabel(tc.key)))
			require.Len(t, slices.Collect(l.Snapshot().Labels()), 3)
		})
		t.Run(fmt.Sprintf("IMP-8 the field %q", tc.key), func(t *testing.T) {
			l := newLab(t)
			c := carrying(100, nil, map[string]any{tc.key: "x", keyVATID: "XX 1"})
			err := importRefused(t, l.Store, nil, c)
			require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
			if tc.namespace == "" {
				err = importRefused(t, l.Store, define, c)
				require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
				require.Equal(t, []string{tc.key}, refusedKeys(t, err))
				return
			}
			now := l.tick()
			report := importAll(t, l.Store, define, c)
			require.Equal(t, []string{tc.key}, report.Fields)
			require.Empty(t, report.Labels)
			got, err := l.Snapshot().GetField(tc.key)
			require.NoError(t, err)
			require.Equal(t, contacts.Field{
				Namespace: tc.namespace, Key: tc.key, DisplayName: tc.displayName, DataType: contacts.DataText,
				FieldType: contacts.FieldUserDefined, CreatedDate: now, UpdatedDate: now,
			}, got)
			v, ok := l.Snapshot().View(c.ID)
			require.True(t, ok)
			value, ok := v.ExtendedField(tc.key)
			require.True(t, ok)
			require.Equal(t, "x", value)
		})
	}

	const key = "custom.new"
	for _, tc := range []struct {
		name  string
		value any
		want  contacts.DataType // none if the row is refused
		named contacts.DataType // the type in the refusal
	}{
		{"IMP-8 a text", "x", contacts.DataText, ""},
		{"IMP-8 a text of digits", "5", contacts.DataText, ""},
		{"IMP-8 a text of a space", " ", contacts.DataText, ""},
		{"IMP-8 a float", 2.5, contacts.DataNumber, ""},
		{"IMP-8 zero", 0, contacts.DataNumber, ""},
		{"IMP-8 a small integer", uint8(5), contacts.DataNumber, ""},
		{"IMP-8 a number of a type of its own", count(5), contacts.DataNumber, ""},
		{"IMP-8 a number of JSON", json.Number("12.5"), contacts.DataNumber, ""},
		{"IMP-8 a boolean", true, "", contacts.DataText},
		{"IMP-8 a list", []any{"x"}, "", contacts.DataText},
		{"IMP-8 an object", map[string]any{"x": "y"}, "", contacts.DataText},
		{"IMP-8 a text with a NUL", "a\x00", "", contacts.DataText},
		{"IMP-8 no number", math.NaN(), "", contacts.DataNumber},
		{"IMP-8 a number that is too long", uint64(math.MaxUint64), "", contacts.DataNumber},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := carrying(100, nil, map[string]any{key: tc.value})
			if tc.want == "" {
				err := importRefused(t, s, define, c)
				require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
				var value *contacts.FieldValueError
				require.ErrorAs(t, err, &value)
				require.Equal(t, contacts.FieldValueError{Key: key, DataType: tc.named}, *value)
				return
			}
			require.Equal(t, []string{key}, importAll(t, s, define, c).Fields)
			f, err := s.Snapshot().GetField(key)
			require.NoError(t, err)
			require.Equal(t, tc.want, f.DataType)
		})
	}

	for _, size := range sizes {
		opts := &contacts.ImportOptions{Define: true, BatchSize: size}
		of := func(text string) string { return fmt.Sprint(text, ", batches of ", size) }
		t.Run(of("IMP-8 an empty value defines nothing, the first real one decides"), func(t *testing.T) {
			s := newStore(t)
			report := importAll(t, s, opts,
				carrying(101, nil, map[string]any{key: ""}), carrying(102, nil, map[string]any{key: nil, "no key": nil}),
				carrying(103, nil, map[string]any{key: 5}), carrying(104, nil, map[string]any{key: "5"}),
				carrying(105, nil, map[string]any{key: ""}), carrying(106, nil, map[string]any{key: 6}),
			)
			require.Equal(t, []string{
				`2 EXTENDED_FIELD_NOT_FOUND ["no key"]`, "4 INVALID_EXTENDED_FIELD_VALUE info.extendedFields.items.custom.new",
			}, refusals(report))
			require.Equal(t, []string{key}, report.Fields)
			f, err := s.Snapshot().GetField(key)
			require.NoError(t, err)
			require.Equal(t, contacts.DataNumber, f.DataType)
			report = importAll(t, newStore(t), opts, carrying(101, nil, map[string]any{key: ""}))
			require.Empty(t, report.Fields)
			require.Equal(t, 1, report.Imported)
		})
		t.Run(of("IMP-8 a row that is refused defines nothing"), func(t *testing.T) {
			s := newStore(t)
			create(t, s, person("Old", "old@x.test"))
			var rows []*contacts.Contact
			for i, edit := range []func(*contacts.Contact){
				func(c *contacts.Contact) { c.Info.Locale = "none" },
				func(c *contacts.Contact) {
					c.Info.Phones = repeated(2, contacts.Phone{Number: "555-0100", Primary: true})
				},
				func(c *contacts.Contact) { c.Info.ExtendedFields["no key"] = "x" },
				func(c *contacts.Contact) { c.Info.ExtendedFields["custom.yes"] = true },
				func(c *contacts.Contact) { c.Info.LabelKeys = append(c.Info.LabelKeys, "no key") },
				func(c *contacts.Contact) { c.Info.Name = contacts.Name{} },
				func(c *contacts.Contact) { c.Info.Emails = primaryAt(0, "old@x.test") },
				func(c *contacts.Contact) { c.ID = testID(1) },
			} {
				c := carrying(uint64(101+i), []string{fmt.Sprint("custom.l", i)}, map[string]any{fmt.Sprint("custom.f", i): "x"})
				edit(c)
				rows = append(rows, c)
			}
			before := traceOf(t, s)
			report := importAll(t, s, opts, rows...)
			require.Equal(t, len(rows), report.Refused)
			require.Empty(t, report.Labels)
			require.Empty(t, report.Fields)
			require.Equal(t, before, traceOf(t, s))

			// A key that a refused row would have defined stays free, even for values of another type.
			require.Equal(t, []string{"1 CONTACT_ID_ALREADY_EXISTS"}, refusals(importAll(t, s, opts,
				carrying(1, []string{"custom.l"}, map[string]any{"custom.f": "x"}),
				carrying(200, []string{"custom.l"}, map[string]any{"custom.f": 5}),
			)))
			f, err := s.Snapshot().GetField("custom.f")
			require.NoError(t, err)
			require.Equal(t, contacts.DataNumber, f.DataType)
		})
		t.Run(of("IMP-8 LBL-11 FLD-11 the quotas"), func(t *testing.T) {
			l := newLab(t, func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 3, 3 })
			newLabel(t, l.Store, "Old")
			newField(t, l.Store, "Old", contacts.DataText)
			values := func(keys ...string) map[string]any {
				m := map[string]any{}
				for _, key := range keys {
					m[key] = "x"
				}
				return m
			}
			report := importAll(t, l.Store, opts,
				carrying(101, []string{"custom.a", "contacts.customers", "custom.old"}, values("custom.a", keyVATID, oldKey)),
				carrying(102, []string{"custom.b", "custom.c"}, nil),
				carrying(103, nil, values("custom.b", "custom.c")),
				carrying(104, []string{"custom.b", "custom.a", "custom.b"}, values("custom.a", "custom.b")),
				carrying(105, []string{"custom.a", "custom.c"}, nil),
				carrying(106, []string{"custom.a", "custom.b"}, values("custom.c")),
				carrying(107, []string{"custom.a", "custom.b", "custom.old"}, values("custom.a", "custom.b", oldKey)),
			)
			require.Equal(t, []string{
				"2 LABELS_QUOTA_REACHED", "3 FIELDS_QUOTA_EXCEEDED", "5 LABELS_QUOTA_REACHED", "6 FIELDS_QUOTA_EXCEEDED",
			}, refusals(report))
			for i, total := range []int{2, 2, 3, 3} {
				var quota *contacts.QuotaError
				require.ErrorAs(t, report.Errors[i], &quota)
				require.Equal(t, contacts.QuotaError{Quota: 3, Total: total}, *quota)
			}
			require.Equal(t, []string{"custom.a", "custom.b"}, report.Labels)
			require.Equal(t, []string{"custom.a", "custom.b"}, report.Fields)
			require.Len(t, slices.Collect(l.Snapshot().Labels()), 2+3)
		})
		t.Run(of("IMP-8 existing definitions do not change"), func(t *testing.T) {
			l := newLab(t)
			label, field := newLabel(t, l.Store, "Very Important"), newField(t, l.Store, "Size", contacts.DataNumber)
			want := stateOf(l.Snapshot())
			l.tick()
			report := importAll(t, l.Store, opts, carrying(101, []string{label}, map[string]any{field: 5}),
				carrying(102, []string{label}, map[string]any{field: "x"}), carrying(103, []string{label}, map[string]any{field: 6}))
			require.Equal(t, []string{"2 INVALID_EXTENDED_FIELD_VALUE info.extendedFields.items.custom.size"}, refusals(report))
			require.Empty(t, report.Labels)
			require.Empty(t, report.Fields)
			require.Equal(t, want.Labels, stateOf(l.Snapshot()).Labels)
			require.Equal(t, want.Fields, stateOf(l.Snapshot()).Fields)
			require.Len(t, ids(l.Snapshot().ByLabel(label)), 2)
		})
	}
	t.Run("IMP-8 a label and a field of one key, many of each", func(t *testing.T) {
		l := newLab(t)
		report := importAll(t, l.Store, define,
			carrying(101, []string{"custom.z", "custom.a", "custom.z"}, map[string]any{"custom.z": 1, "custom.a": "x"}),
			carrying(102, []string{"custom.a", "app.b"}, map[string]any{"custom.b": 1, "custom.z": 2}))
		require.Equal(t, []string{"custom.z", "custom.a", "app.b"}, report.Labels)
		require.Equal(t, []string{"custom.a", "custom.z", "custom.b"}, report.Fields)
		require.Equal(t, 2, report.Imported)
		require.Equal(t, contacts.Position(1), l.Snapshot().Position())
	})
	t.Run("IMP-8 a label that is made can be found, renamed and deleted", func(t *testing.T) {
		s := newStore(t)
		importAll(t, s, define, carrying(101, []string{"custom.vip", "app.vip"}, nil))
		found, made, err := s.FindOrCreateLabel(t.Context(), "vip")
		require.NoError(t, err)
		require.False(t, made)
		require.Equal(t, "custom.vip", found.Key)
		_, err = s.RenameLabel(t.Context(), "app.vip", "VIP")
		require.NoError(t, err)
		require.NoError(t, s.DeleteLabel(t.Context(), "app.vip"))
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.vip"))
		require.NoError(t, fault(s.Snapshot(), "custom.vip", "app.vip"))
	})
}

func TestImportFeed(t *testing.T) {
	bubble(t, "IMP-4 EVT-1 one commit a batch: definitions, then contacts in the order of the rows", func(t *testing.T) {
		l := newLab(t)
		newLabel(t, l.Store, "Old")
		start := l.Snapshot()
		copied := &replica{}
		copied.reset(start)
		var snapshots []*contacts.Snapshot
		report, err := l.Import(t.Context(), rowsOf(
			dated(carrying(101, []string{"custom.old", "custom.b"}, map[string]any{"custom.f": 1}), epoch.AddDate(1, 0, 0)),
			nil,
			carrying(102, []string{"custom.a"}, nil),
			carrying(103, []string{"custom.a"}, map[string]any{"custom.f": 2, "custom.g": 3}),
			carrying(104, []string{"no key"}, map[string]any{"custom.h": 3}),
			carrying(104, []string{"custom.a"}, nil),
			nil, nil, nil,
			carrying(105, nil, nil),
		), &contacts.ImportOptions{Define: true, BatchSize: 3, Progress: func(contacts.ImportProgress) {
			l.tick()
			snapshots = append(snapshots, l.Snapshot())
		}})
		require.NoError(t, err)
		require.Equal(t, 5, report.Imported)

		commits := commitsAfter(t, l.Store, start.Position())
		require.Equal(t, between(1, 4), positionsOf(commits))
		var got [][]string
		for i, commit := range commits {
			require.Empty(t, commit.OriginatedFrom)
			require.Equal(t, epoch.Add(time.Duration([]int{0, 1, 3}[i])*time.Hour), commit.Time)
			var changes []string
			for _, c := range commit.Changes {
				entity := c.EntityID()
				if c.Kind == contacts.ContactCreated {
					require.True(t, c.Before.IsZero())
					view, ok := snapshots[[]int{0, 1, 3}[i]].View(c.After.ID())
					require.True(t, ok && view == c.After)
					entity = fmt.Sprint(idNumber(c.After.ID()))
				}
				changes = append(changes, fmt.Sprint(c.Kind, " ", entity))
			}
			got = append(got, changes)
			require.NoError(t, copied.take(commit))
		}
		require.Equal(t, [][]string{
			{
				"label_created custom.b", "extended-field_created custom.f", "label_created custom.a",
				"contact_created 101", "contact_created 102",
			},
			{"extended-field_created custom.g", "contact_created 103", "contact_created 104"},
			{"contact_created 105"},
		}, got)
		copied.requireLike(t, l.Snapshot())

		sequence := uint64(1) // the label before
		for _, commit := range commits {
			for e := range commit.Events() {
				sequence++
				require.Equal(t, sequence, e.Sequence)
			}
		}
		require.Len(t, slices.Compact(slices.Sorted(slices.Values(eventTexts(t, commits)))), 9)
	})
	bubble(t, "IMP-5 EVT-1 an import of all or nothing is one commit, or none", func(t *testing.T) {
		s := newStore(t)
		all := &contacts.ImportOptions{AllOrNothing: true, BatchSize: 1}
		_, err := s.Import(t.Context(), rowsOf(row(101, person("Ann")), nil), all)
		require.Error(t, err)
		require.Empty(t, commitsAfter(t, s, 0))
		importAll(t, s, all, row(101, person("Ann")), row(102, person("Bob")))
		commits := commitsAfter(t, s, 0)
		require.Len(t, commits, 1)
		require.Len(t, commits[0].Changes, 2)
	})
}

func TestImportOwnership(t *testing.T) {
	// roomy has spare capacity in its slices, and needs many changes before the store can keep it.
	roomy := func(n uint64) *contacts.Contact {
		c := wholeContact(n, fmt.Sprint("ann", n))
		c.Info.Locale = "en-US"
		c.Info.LabelKeys = append(slices.Grow(c.Info.LabelKeys, 5), c.Info.LabelKeys...)
		c.Info.Emails, c.Info.Phones = slices.Grow(c.Info.Emails, 5), slices.Grow(c.Info.Phones, 5)
		c.Info.Addresses, c.Info.Locations = slices.Grow(c.Info.Addresses, 5), slices.Grow(c.Info.Locations, 5)
		c.Info.AssignedUserIDs, c.Segments = slices.Grow(c.Info.AssignedUserIDs, 5), slices.Grow(c.Segments, 5)
		for i := range 2 {
			c.Info.Emails[i].Tag, c.Info.Phones[i].Tag, c.Info.Addresses[i].Tag = "", "", ""
			c.Info.Phones[i].E164, c.Info.Addresses[i].CountryFullname = "+1", "Freedonia"
		}
		c.Info.Emails[0].ID, c.Info.Addresses[1].ID = uuid.Nil, c.Info.Addresses[0].ID
		c.Info.Picture.Image.URLExpirationDate = epoch.Add(time.Microsecond)
		c.Picture.URLExpirationDate = epoch.Add(time.Microsecond)
		c.Member.Status, c.Member.Profile.PrivacyStatus, c.Member.User.Role = "", "", ""
		c.Info.ExtendedFields[keyDisplayFirst] = "wrong"
		c.Info.ExtendedFields["custom.new"] = "x"
		return c
	}
	n := large(10, 40)
	for _, opts := range []contacts.ImportOptions{{BatchSize: 1}, {BatchSize: 7}, {}, {AllOrNothing: true}} {
		opts.Define = true
		of := func(text string) string {
			return fmt.Sprint(text, ", batches of ", opts.BatchSize, ", all or nothing ", opts.AllOrNothing)
		}
		t.Run(of("STO-5 the caller keeps its contacts, unchanged"), func(t *testing.T) {
			s := newStore(t)
			var rows, kept, cloned []*contacts.Contact
			for i := range uint64(n) {
				rows = append(rows, roomy(100+10*i))
				kept, cloned = append(kept, deepCopy(t, rows[i])), append(cloned, rows[i].Clone())
			}
			require.Equal(t, n, importAll(t, s, &opts, rows...).Imported)
			require.Equal(t, kept, rows, "the store wrote to its argument")
			require.Equal(t, cloned, rows)
			want := deepCopy(t, stateOf(s.Snapshot()))
			export := traceOf(t, s).Export
			scribble(rows)
			require.Equal(t, want, deepCopy(t, stateOf(s.Snapshot())))
			require.Equal(t, export, traceOf(t, s).Export)
			require.NoError(t, fault(s.Snapshot(), "scribbled"))
		})
		t.Run(of("STO-5 a source may use one contact for all rows"), func(t *testing.T) {
			s, other := newStore(t), newStore(t)
			_, err := s.Import(t.Context(), storetest.RowsOf(func(yield func(*contacts.Contact, error) bool) {
				var c contacts.Contact
				for i := range uint64(n) {
					c = *roomy(100 + 10*i)
					if !yield(&c, nil) {
						return
					}
					scribble(&c)
				}
			}), &opts)
			require.NoError(t, err)
			for i := range uint64(n) {
				opts := opts
				opts.AllOrNothing = false
				require.Equal(t, 1, importAll(t, other, &opts, roomy(100+10*i)).Imported)
			}
			require.Len(t, stateOf(s.Snapshot()).Contacts, n)
			for i, c := range stateOf(other.Snapshot()).Contacts {
				got := stateOf(s.Snapshot()).Contacts[i]
				for _, c := range []*contacts.Contact{c, got} { // their IDs are drawn in another order
					c.Info.Emails[1].ID, c.Info.Addresses[1].ID = uuid.Nil, uuid.Nil
				}
				requireContact(t, c, got)
			}
		})
	}
	t.Run("STO-5 the store writes to no contact that is refused", func(t *testing.T) {
		s := newStore(t)
		c := roomy(100)
		c.Info.ExtendedFields["no key"] = map[string]any{"x": []any{"y"}}
		kept := c.Clone()
		importRefused(t, s, &contacts.ImportOptions{Define: true}, c)
		require.Equal(t, kept, c)
	})
	t.Run("STO-5 the report is the caller's", func(t *testing.T) {
		s := newStore(t)
		rows := []*contacts.Contact{
			carrying(101, []string{"custom.a"}, map[string]any{"custom.b": 1}), carrying(102, []string{"no key"}, nil),
			carrying(101, nil, nil), row(103, contacts.Info{}),
		}
		report := importAll(t, s, &contacts.ImportOptions{Define: true, BatchSize: 1}, rows...)
		want := traceOf(t, s)
		report.Labels[0], report.Fields[0] = "scribbled", "scribbled"
		scribble(report.Errors)
		require.Equal(t, want, traceOf(t, s))
	})
	t.Run("STO-5 views and the feed share no memory with the rows", func(t *testing.T) {
		s := newStore(t)
		c := roomy(100)
		importAll(t, s, &contacts.ImportOptions{Define: true}, c)
		want := deepCopy(t, stateOf(s.Snapshot()))
		for v := range s.Snapshot().All() {
			scribbleView(v)
			scribble(v.Clone())
		}
		scribble(c)
		require.Equal(t, want, deepCopy(t, stateOf(s.Snapshot())))
	})
}

func TestImportStatusesOfOneAddress(t *testing.T) {
	t.Run("IMP-6 a missing address is reported once, with one or two statuses", func(t *testing.T) {
		c := &contacts.Contact{Info: person("Ann", "ann@x.test"), PrimaryEmail: contacts.PrimaryEmail{
			Email: "bob@x.test", SubscriptionStatus: contacts.SubscriptionSubscribed,
			DeliverabilityStatus: contacts.EmailDeliverabilityBounced,
		}}
		report, err := newStore(t).Import(t.Context(), rowsOf(c), nil)
		require.NoError(t, err)
		require.Equal(t, []contacts.Violation{
			{Field: "primaryEmail.email", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotOnContact},
		}, violations(t, report.Errors[0]))
	})
}
