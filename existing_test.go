package contacts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// counts are what a report counts: new contacts, changed ones, unchanged ones, refused rows.
type counts [4]int

func importCounts(r contacts.ImportReport) counts {
	return counts{r.Imported, r.Updated, r.Unchanged, r.Refused}
}

// mailable returns an Info with a name and emails, the first primary.
func mailable(first, last string, addresses ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first, Last: last}}
	for _, address := range addresses {
		info.Emails = append(info.Emails, contacts.Email{Address: address})
	}
	return info
}

// dialable returns an Info with a name and a US number.
func dialable(first, last, number string) contacts.Info {
	return contacts.Info{
		Name: contacts.Name{First: first, Last: last}, Phones: []contacts.Phone{{Number: number, CountryCode: "US"}},
	}
}

const customerNumber = "custom.number"

// withNumber adds a customer number to an Info.
func withNumber(info contacts.Info, number any) contacts.Info {
	info.ExtendedFields = map[string]any{customerNumber: number}
	return info
}

func TestExisting(t *testing.T) {
	ann := mailable("Ann", "Lee", "ann@x.test")
	richer := mailable("Ann", "Day", "ann@x.test", "lee@x.test")
	richer.JobTitle, richer.Company = "Baker", "Oven"
	old := ann
	old.JobTitle = "Cook"
	for name, c := range map[string]struct {
		mode contacts.Existing
		row  contacts.Info
		want counts
		then func(t *testing.T, c *contacts.Contact)
	}{
		"IMP-10 refused by default": {"", richer, counts{0, 0, 0, 1}, nil},
		"IMP-10 refused":            {contacts.ExistingRefuse, richer, counts{0, 0, 0, 1}, nil},
		"IMP-10 skipped":            {contacts.ExistingSkip, richer, counts{0, 0, 1, 0}, nil},
		"IMP-10 skipped with a label that is not defined": {
			contacts.ExistingSkip, contacts.Info{Emails: ann.Emails, LabelKeys: []string{"custom.none"}}, counts{0, 0, 1, 0}, nil,
		},
		"IMP-10 merged: what the contact has stays": {
			contacts.ExistingMerge, richer, counts{0, 1, 0, 0}, func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, contacts.Name{First: "Ann", Last: "Lee"}, c.Info.Name)
				require.Equal(t, "Cook", c.Info.JobTitle)
				require.Equal(t, "Oven", c.Info.Company)
				require.Equal(t, "lee@x.test", c.Info.Emails[1].Address)
			},
		},
		"IMP-10 updated: the row's single values count": {
			contacts.ExistingUpdate, richer, counts{0, 1, 0, 0}, func(t *testing.T, c *contacts.Contact) {
				require.Equal(t, contacts.Name{First: "Ann", Last: "Day"}, c.Info.Name)
				require.Equal(t, "Baker", c.Info.JobTitle)
				require.Equal(t, "Oven", c.Info.Company)
				require.Equal(t, "ann@x.test", c.PrimaryInfo.Email)
				require.Equal(t, 2, c.Revision)
			},
		},
		"IMP-10 nothing new, merged":  {contacts.ExistingMerge, ann, counts{0, 0, 1, 0}, nil},
		"IMP-10 nothing new, updated": {contacts.ExistingUpdate, old, counts{0, 0, 1, 0}, nil},
		"IMP-10 another person":       {contacts.ExistingUpdate, mailable("Bo", "Day", "bo@x.test"), counts{1, 0, 0, 0}, nil},
		"IMP-10 a label that is not defined": {
			contacts.ExistingUpdate, contacts.Info{Emails: ann.Emails, LabelKeys: []string{"custom.none"}}, counts{0, 0, 0, 1}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			before := create(t, s, old)
			position := s.Snapshot().Position()
			report := importAll(t, s, &contacts.ImportOptions{Existing: c.mode}, &contacts.Contact{Info: c.row})
			require.Equal(t, c.want, importCounts(report))
			after, err := s.Get(t.Context(), before.ID, nil)
			require.NoError(t, err)
			switch {
			case c.then != nil:
				c.then(t, after)
			case c.want[0] == 0:
				require.Equal(t, position, s.Snapshot().Position(), "nothing is written")
				fallthrough
			default:
				require.Equal(t, before, after)
			}
			requireLoads(t, s)
		})
	}

	t.Run("IMP-10 a list that comes again changes only what has changed", func(t *testing.T) {
		s := newStore(t)
		list := []contacts.Info{ann, mailable("Bo", "Day", "bo@x.test"), dialable("Cy", "Oak", "201 555 0123")}
		bring := func() counts {
			var rows []*contacts.Contact
			for _, info := range list {
				rows = append(rows, &contacts.Contact{Info: info})
			}
			return importCounts(importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingUpdate, BatchSize: 2}, rows...))
		}
		require.Equal(t, counts{3, 0, 0, 0}, bring())
		require.Equal(t, counts{0, 0, 3, 0}, bring())
		list[1].JobTitle = "Cook"
		require.Equal(t, counts{0, 1, 2, 0}, bring())
	})
	t.Run("IMP-10 a row is about a contact that an earlier row has created", func(t *testing.T) {
		for _, size := range []int{1, 2, 3} {
			s := newStore(t)
			report := importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingMerge, BatchSize: size},
				&contacts.Contact{Info: ann}, &contacts.Contact{Info: richer}, &contacts.Contact{Info: ann})
			require.Equal(t, counts{1, 1, 1, 0}, importCounts(report))
			require.Equal(t, 1, s.Snapshot().Len())
		}
	})
	t.Run("IMP-10 an objection wins, consent is added", func(t *testing.T) {
		const out, in = contacts.SubscriptionUnsubscribed, contacts.SubscriptionSubscribed
		for _, c := range []struct {
			name              string
			stored, row, want contacts.SubscriptionStatus
			counts            counts
		}{
			{"the row objects", in, out, out, counts{0, 1, 0, 0}},
			{"the contact has objected", out, in, out, counts{0, 0, 1, 0}},
			{"consent of the row", contacts.SubscriptionNotSet, in, in, counts{0, 1, 0, 0}},
			{"the row knows nothing", in, contacts.SubscriptionNotSet, in, counts{0, 0, 1, 0}},
		} {
			for _, mode := range []contacts.Existing{contacts.ExistingMerge, contacts.ExistingUpdate} {
				t.Run(c.name+", "+string(mode), func(t *testing.T) {
					s := newStore(t)
					row := func(status contacts.SubscriptionStatus) *contacts.Contact {
						return &contacts.Contact{Info: ann, PrimaryEmail: contacts.PrimaryEmail{SubscriptionStatus: status}}
					}
					importAll(t, s, nil, row(c.stored))
					require.Equal(t, c.counts, importCounts(importAll(t, s, &contacts.ImportOptions{Existing: mode}, row(c.row))))
					require.Equal(t, c.want, firstContact(s).PrimaryEmail.SubscriptionStatus)
				})
			}
		}
	})
	t.Run("IMP-10 all or nothing", func(t *testing.T) {
		s := newStore(t)
		create(t, s, old)
		before := traceOf(t, s)
		opts := &contacts.ImportOptions{Existing: contacts.ExistingUpdate, AllOrNothing: true}
		report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{Info: richer}, nil), opts)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		require.Equal(t, counts{0, 0, 0, 1}, importCounts(report))
		require.Equal(t, before, traceOf(t, s))
	})
	t.Run("IMP-10 a primary email that another contact has", func(t *testing.T) {
		s := newStore(t)
		create(t, s, ann)
		bo := create(t, s, dialable("Bo", "Day", "201 555 0123"))
		rows := []*contacts.Contact{{ID: bo.ID, Info: mailable("Bo", "Day", "ann@x.test")}}
		report := importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingMerge}, rows...)
		require.Equal(t, contacts.ErrDuplicate, contacts.CodeOf(report.Errors[0]))
		report = importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingMerge, AllowDuplicates: true}, rows...)
		require.Equal(t, counts{0, 1, 0, 0}, importCounts(report))
	})
	t.Run("IMP-10 definitions of a refused row are not made", func(t *testing.T) {
		s := newStore(t)
		full := mailable("Ann", "Lee", "ann@x.test")
		for i := range 49 {
			full.Emails = append(full.Emails, contacts.Email{Address: string(rune('a'+i%26)) + testID(uint64(i)).String() + "@x.test"})
		}
		create(t, s, full)
		row := mailable("Ann", "Lee", "ann@x.test", "more@x.test")
		row.LabelKeys = []string{"custom.new"}
		report := importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingMerge, Define: true},
			&contacts.Contact{Info: row})
		require.Equal(t, counts{0, 0, 0, 1}, importCounts(report))
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(report.Errors[0]))
		require.Empty(t, report.Labels)
	})
	t.Run("IMP-10 an unknown word", func(t *testing.T) {
		_, err := newStore(t).Import(t.Context(), rowsOf(), &contacts.ImportOptions{Existing: "REPLACE"})
		require.Equal(t, []contacts.Violation{{Field: "Existing", Rule: contacts.RuleFormat, Format: contacts.FormatEnum}},
			violations(t, err))
	})
}

// firstContact returns the oldest contact.
func firstContact(s *contacts.Store) *contacts.Contact {
	for v := range s.Snapshot().All() {
		return v.Clone()
	}
	return nil
}

func TestExistingFound(t *testing.T) {
	const phone = "201 555 0123"
	for name, c := range map[string]struct {
		stored []contacts.Info // with the IDs 1, 2, …
		row    contacts.Contact
		found  uint64 // 0: none, the row becomes a contact
	}{
		"IMP-12 by ID": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test"), mailable("Bo", "Day", "b@x.test")},
			contacts.Contact{ID: testID(2), Info: contacts.Info{Name: contacts.Name{First: "Al"}}}, 2,
		},
		"IMP-12 the ID before the email": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test"), dialable("Bo", "Day", phone)},
			contacts.Contact{ID: testID(2), Info: mailable("Bo", "Day", "b@x.test")}, 2,
		},
		"IMP-12 another ID, by email": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test")},
			contacts.Contact{ID: testID(9), Info: mailable("Ann", "Lee", "a@x.test")}, 1,
		},
		"IMP-11 the number before the email": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test"), withNumber(mailable("Bo", "Day", "b@x.test"), "7")},
			contacts.Contact{Info: withNumber(mailable("Bo", "Day", "new@x.test"), "7")}, 2,
		},
		"IMP-11 two with one number": {
			[]contacts.Info{withNumber(mailable("Bo", "Day", "b@x.test"), "7"), withNumber(mailable("Cy", "Oak", "c@x.test"), "7")},
			contacts.Contact{Info: withNumber(mailable("Bo", "Day", "new@x.test"), "7")}, 1,
		},
		"IMP-11 another number": {
			[]contacts.Info{withNumber(mailable("Bo", "Day", "b@x.test"), "7")},
			contacts.Contact{Info: withNumber(mailable("Bo", "Day", "new@x.test"), "8")}, 0,
		},
		"IMP-11 an empty number": {
			[]contacts.Info{withNumber(mailable("Bo", "Day", "b@x.test"), "")},
			contacts.Contact{Info: withNumber(mailable("Bo", "Day", "new@x.test"), "")}, 0,
		},
		"IMP-12 by an email that is not primary": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test", "other@x.test")},
			contacts.Contact{Info: mailable("Ann", "Lee", "OTHER@x.test ")}, 1,
		},
		"IMP-12 by the email of one, with another last name": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test")}, contacts.Contact{Info: mailable("Ann", "Day", "a@x.test")}, 1,
		},
		"IMP-12 by the email of one who has no name": {
			[]contacts.Info{mailable("", "", "a@x.test")}, contacts.Contact{Info: mailable("Ann", "Day", "a@x.test")}, 1,
		},
		"IMP-12 by the email of one, without a name": {
			[]contacts.Info{mailable("Ann", "Day", "a@x.test")}, contacts.Contact{Info: mailable("", "", "a@x.test")}, 1,
		},
		"IMP-12 the email of a relative": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test")}, contacts.Contact{Info: mailable("Bo", "Lee", "a@x.test")}, 0,
		},
		"IMP-12 the email of someone else": {
			[]contacts.Info{mailable("Ann", "Lee", "a@x.test")}, contacts.Contact{Info: mailable("Bo", "Day", "a@x.test")}, 0,
		},
		"IMP-12 an email of two: the name decides": {
			[]contacts.Info{mailable("Ann", "Lee", "n1@x.test", "f@x.test"), mailable("Bo", "Lee", "n2@x.test", "f@x.test")},
			contacts.Contact{Info: mailable("Bo", "Lee", "new@x.test", "f@x.test")}, 2,
		},
		"IMP-12 an email of two, and neither name": {
			[]contacts.Info{mailable("Ann", "Lee", "n1@x.test", "f@x.test"), mailable("Bo", "Lee", "n2@x.test", "f@x.test")},
			contacts.Contact{Info: mailable("Cy", "Oak", "new@x.test", "f@x.test")}, 0,
		},
		"IMP-12 an email of two, and no name": {
			[]contacts.Info{mailable("Ann", "Lee", "n1@x.test", "f@x.test"), mailable("Bo", "Lee", "n2@x.test", "f@x.test")},
			contacts.Contact{Info: mailable("", "", "new@x.test", "f@x.test")}, 0,
		},
		"IMP-12 by phone": {
			[]contacts.Info{dialable("Ann", "Lee", phone)}, contacts.Contact{Info: dialable("Ann", "Lee", "+1 201-555-0123")}, 1,
		},
		"IMP-12 the email before the phone": {
			[]contacts.Info{dialable("Ann", "Lee", phone), mailable("Ann", "Lee", "a@x.test")},
			contacts.Contact{Info: contacts.Info{
				Name: contacts.Name{First: "Ann", Last: "Lee"}, Emails: []contacts.Email{{Address: "a@x.test"}},
				Phones: []contacts.Phone{{Number: phone, CountryCode: "US"}},
			}}, 2,
		},
		"IMP-12 the phone of one without a name": {
			[]contacts.Info{dialable("", "", phone)}, contacts.Contact{Info: dialable("Ann", "Lee", phone)}, 1,
		},
		"IMP-12 the phone of one with another name": {
			[]contacts.Info{dialable("Ann", "Lee", phone)}, contacts.Contact{Info: dialable("Bo", "Day", phone)}, 0,
		},
		"IMP-12 the phone of two: the name decides": {
			[]contacts.Info{dialable("Ann", "Lee", phone), dialable("Bo", "Day", phone)},
			contacts.Contact{Info: dialable("Bo", "Day", phone)}, 2,
		},
		"IMP-12 the phone of two with one name: the oldest": {
			[]contacts.Info{dialable("Bo", "Day", phone), dialable("Bo", "Day", phone)},
			contacts.Contact{Info: dialable("Bo", "Day", phone)}, 1,
		},
		"IMP-12 the phone of two, and no name": {
			[]contacts.Info{dialable("Ann", "Lee", phone), dialable("Bo", "Day", phone)},
			contacts.Contact{Info: dialable("", "", phone)}, 0,
		},
		"IMP-12 a number that is not valid, typed the same": {
			[]contacts.Info{dialable("Ann", "Lee", "1234567")}, contacts.Contact{Info: dialable("Ann", "Lee", "1234567")}, 1,
		},
		"IMP-12 a text that identifies no one": {
			[]contacts.Info{dialable("Ann", "Lee", "n/a")}, contacts.Contact{Info: dialable("Ann", "Lee", "n/a")}, 0,
		},
		"IMP-12 a phone that five have": {
			slices.Repeat([]contacts.Info{dialable("Ann", "Lee", phone)}, 5),
			contacts.Contact{Info: dialable("Ann", "Lee", phone)}, 1,
		},
		"IMP-12 a phone that six have": {
			slices.Repeat([]contacts.Info{dialable("Ann", "Lee", phone)}, 6),
			contacts.Contact{Info: dialable("Ann", "Lee", phone)}, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			var rows []*contacts.Contact
			for i, info := range c.stored {
				rows = append(rows, dated(row(uint64(i+1), info), epoch.Add(time.Duration(i)*time.Hour)))
			}
			opts := &contacts.ImportOptions{AllowDuplicates: true, Define: true}
			require.Empty(t, importAll(t, s, opts, rows...).Errors)
			opts.UIDField = customerNumber
			opts.Existing = contacts.ExistingUpdate
			c.row.Info.Company = "Changed"
			had := ids(s.Snapshot().All())
			report := importAll(t, s, opts, &c.row)
			require.Empty(t, report.Errors)
			want := uuid.Nil
			if c.found > 0 {
				want = testID(c.found)
			}
			for v := range s.Snapshot().All() {
				if v.Company() == "Changed" && slices.Contains(had, v.ID()) {
					require.Equal(t, want, v.ID())
					want = uuid.Nil
				}
			}
			require.Equal(t, uuid.Nil, want, "not found")
		})
	}

	t.Run("IMP-12 an ID that was merged away", func(t *testing.T) {
		s := newStore(t)
		ann, bo := create(t, s, mailable("Ann", "Lee", "a@x.test")), create(t, s, mailable("Bo", "Day", "b@x.test"))
		_, err := s.Merge(t.Context(), ann.ID, ann.Revision, []uuid.UUID{bo.ID}, nil)
		require.NoError(t, err)
		report := importAll(t, s, &contacts.ImportOptions{Existing: contacts.ExistingUpdate},
			&contacts.Contact{ID: bo.ID, Info: mailable("Ann", "Lee", "new@x.test")})
		require.Equal(t, counts{0, 1, 0, 0}, importCounts(report))
		require.Equal(t, ann.ID, firstContact(s).ID)
	})
	t.Run("IMP-11 numbers of other writers are known, too", func(t *testing.T) {
		s := newStore(t)
		info := withNumber(mailable("Bo", "Day", "b@x.test"), "7")
		opts := &contacts.ImportOptions{UIDField: customerNumber, Existing: contacts.ExistingMerge, Define: true, BatchSize: 1}
		opts.Progress = func(p contacts.ImportProgress) {
			if p.Rows == 1 {
				create(t, s, withNumber(mailable("Cy", "Oak", "c@x.test"), "8"))
			}
		}
		report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{Info: info},
			&contacts.Contact{Info: withNumber(mailable("Cy", "Oak", "new@x.test"), "8")},
			&contacts.Contact{Info: withNumber(mailable("Bo", "Day", "new2@x.test"), "7")}), opts)
		require.NoError(t, err)
		require.Equal(t, counts{1, 2, 0, 0}, importCounts(report))
	})
	t.Run("IMP-11 a number that an earlier row has replaced", func(t *testing.T) {
		s := newStore(t)
		opts := &contacts.ImportOptions{UIDField: customerNumber, Existing: contacts.ExistingUpdate, Define: true}
		report := importAll(t, s, opts, row(1, withNumber(mailable("Bo", "Day", "b@x.test"), "7")),
			row(1, withNumber(mailable("Bo", "Day", "b@x.test"), "8")),
			row(2, withNumber(mailable("Cy", "Oak", "c@x.test"), "7")))
		require.Equal(t, counts{2, 1, 0, 0}, importCounts(report))
	})
	t.Run("IMP-11 refused by number", func(t *testing.T) {
		for _, size := range []int{1, 2} {
			s := newStore(t)
			opts := &contacts.ImportOptions{UIDField: customerNumber, Define: true, BatchSize: size}
			report := importAll(t, s, opts, row(1, withNumber(mailable("Bo", "Day", "b@x.test"), 7.0)),
				row(2, withNumber(mailable("Cy", "Oak", "c@x.test"), 7.0)))
			require.Equal(t, counts{1, 0, 0, 1}, importCounts(report))
			require.Equal(t, contacts.ErrIDExists, contacts.CodeOf(report.Errors[0]))
		}
	})
	t.Run("IMP-11 a field that the store derives", func(t *testing.T) {
		_, err := newStore(t).Import(t.Context(), rowsOf(),
			&contacts.ImportOptions{UIDField: "emailSubscriptions.effectiveEmail"})
		require.Equal(t, []contacts.Violation{
			{Field: "UIDField", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotSettable},
		}, violations(t, err))
	})
}

func TestImportDryRun(t *testing.T) {
	s := newStore(t)
	create(t, s, mailable("Ann", "Lee", "ann@x.test"))
	before := traceOf(t, s)
	rows := []*contacts.Contact{
		{Info: mailable("Ann", "Day", "ann@x.test")}, {Info: mailable("Bo", "Day", "bo@x.test")}, nil,
	}
	opts := contacts.ImportOptions{Existing: contacts.ExistingUpdate, DryRun: true}
	report, err := s.Import(t.Context(), rowsOf(rows...), &opts)
	require.NoError(t, err)
	require.Equal(t, counts{1, 1, 0, 1}, importCounts(report), "IMP-13")
	require.Equal(t, before, traceOf(t, s), "IMP-13 nothing has changed")
	opts.DryRun = false
	really, err := s.Import(t.Context(), rowsOf(rows...), &opts)
	require.NoError(t, err)
	require.Equal(t, report, really, "IMP-13 the report of a real import")
}
