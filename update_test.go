package contacts_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestUpdate(t *testing.T) {
	field := func(in *contacts.Info, key string, value any) {
		if value == nil {
			delete(in.ExtendedFields, key)
		} else {
			in.ExtendedFields[key] = value
		}
	}
	names := func(in *contacts.Info, first, last string, byFirst, byLast any) {
		in.Name = contacts.Name{First: first, Last: last}
		field(in, "contacts.displayByFirstName", byFirst)
		field(in, "contacts.displayByLastName", byLast)
	}
	effective := func(in *contacts.Info, address, status any) {
		field(in, "emailSubscriptions.effectiveEmail", address)
		field(in, "emailSubscriptions.subscriptionStatus", status)
		field(in, "emailSubscriptions.deliverabilityStatus", status)
	}
	for _, tc := range []struct {
		name string
		give contacts.Patch
		want func(in *contacts.Info) // turns the old info into the new one; nil if nothing changes
	}{
		{"UPD-3 company set", contacts.Patch{Company: contacts.Set("Birch")}, func(in *contacts.Info) { in.Company = "Birch" }},
		{"UPD-3 company cleared", contacts.Patch{Company: contacts.Set("")}, func(in *contacts.Info) { in.Company = "" }},
		{"UPD-3 job title set", contacts.Patch{JobTitle: contacts.Set("Baker")}, func(in *contacts.Info) { in.JobTitle = "Baker" }},
		{"UPD-3 job title cleared", contacts.Patch{JobTitle: contacts.Set("")}, func(in *contacts.Info) { in.JobTitle = "" }},
		{
			"UPD-3 birthdate set", contacts.Patch{Birthdate: contacts.Set("2000-02-29")},
			func(in *contacts.Info) { in.Birthdate = "2000-02-29" },
		},
		{"UPD-3 birthdate cleared", contacts.Patch{Birthdate: contacts.Set("")}, func(in *contacts.Info) { in.Birthdate = "" }},
		{"UPD-3 locale set", contacts.Patch{Locale: contacts.Set("de-AT")}, func(in *contacts.Info) { in.Locale = "de-at" }},
		{"UPD-3 locale cleared", contacts.Patch{Locale: contacts.Set("")}, func(in *contacts.Info) { in.Locale = "" }},
		{
			"UPD-3 first name set", contacts.Patch{FirstName: contacts.Set("Eve")},
			func(in *contacts.Info) { names(in, "Eve", "Quill", "Eve Quill", "Quill Eve") },
		},
		{
			"UPD-3 first name cleared", contacts.Patch{FirstName: contacts.Set("")},
			func(in *contacts.Info) { names(in, "", "Quill", "Quill", "Quill") },
		},
		{
			"UPD-3 last name set", contacts.Patch{LastName: contacts.Set("Reed")},
			func(in *contacts.Info) { names(in, "ann", "Reed", "ann Reed", "Reed ann") },
		},
		{
			"UPD-3 last name cleared", contacts.Patch{LastName: contacts.Set("")},
			func(in *contacts.Info) { names(in, "ann", "", "ann", "ann") },
		},
		{
			"UPD-3 both names cleared", contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("")},
			func(in *contacts.Info) { names(in, "", "", nil, nil) },
		},
		{
			"UPD-3 picture set", contacts.Patch{Picture: contacts.Set(&contacts.Picture{Image: contacts.Image{ID: "new"}})},
			func(in *contacts.Info) { in.Picture = &contacts.Picture{Image: contacts.Image{ID: "new"}} },
		},
		{
			"UPD-3 picture cleared by nil", contacts.Patch{Picture: contacts.Set[*contacts.Picture](nil)},
			func(in *contacts.Info) { in.Picture = nil },
		},
		{
			"UPD-3 picture cleared by an empty one", contacts.Patch{Picture: contacts.Set(&contacts.Picture{})},
			func(in *contacts.Info) { in.Picture = nil },
		},
		{
			"UPD-3 several at once", contacts.Patch{Company: contacts.Set("Birch"), JobTitle: contacts.Set("")},
			func(in *contacts.Info) { in.Company, in.JobTitle = "Birch", "" },
		},
		{
			"UPD-4 emails cleared by nil", contacts.Patch{Emails: contacts.Set[[]contacts.Email](nil)},
			func(in *contacts.Info) { in.Emails = nil; effective(in, nil, nil) },
		},
		{
			"UPD-4 emails cleared by an empty list", contacts.Patch{Emails: contacts.Set([]contacts.Email{})},
			func(in *contacts.Info) { in.Emails = nil; effective(in, nil, nil) },
		},
		{
			"UPD-4 emails replaced whole",
			contacts.Patch{Emails: contacts.Set([]contacts.Email{{Address: "one@x.test"}, {Address: "two@x.test"}})},
			func(in *contacts.Info) {
				in.Emails = []contacts.Email{
					{Tag: contacts.EmailUntagged, Address: "one@x.test", Primary: true},
					{Tag: contacts.EmailUntagged, Address: "two@x.test"},
				}
				effective(in, "one@x.test", "NOT_SET")
			},
		},
		{
			"UPD-4 phones cleared", contacts.Patch{Phones: contacts.Set[[]contacts.Phone](nil)},
			func(in *contacts.Info) { in.Phones = nil },
		},
		{
			"UPD-4 phones replaced whole", contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("", numberLoose)})},
			func(in *contacts.Info) {
				in.Phones = []contacts.Phone{{Tag: contacts.PhoneUntagged, Number: numberLoose, Primary: true}}
			},
		},
		{
			"UPD-4 addresses cleared", contacts.Patch{Addresses: contacts.Set[[]contacts.Address](nil)},
			func(in *contacts.Info) { in.Addresses = nil },
		},
		{
			"UPD-4 addresses replaced whole", contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Lakeside"}})},
			func(in *contacts.Info) {
				in.Addresses = []contacts.Address{
					{Tag: contacts.AddressUntagged, City: "Lakeside", FormattedAddress: "Lakeside"},
				}
			},
		},
		{
			"UPD-4 labels cleared", contacts.Patch{LabelKeys: contacts.Set[[]string](nil)},
			func(in *contacts.Info) { in.LabelKeys = nil },
		},
		{
			"UPD-4 labels replaced whole", contacts.Patch{LabelKeys: contacts.Set([]string{"contacts.customers"})},
			func(in *contacts.Info) { in.LabelKeys = []string{"contacts.customers"} },
		},
		{
			"UPD-4 locations cleared", contacts.Patch{Locations: contacts.Set[[]uuid.UUID](nil)},
			func(in *contacts.Info) { in.Locations = nil },
		},
		{
			"UPD-4 locations replaced whole", contacts.Patch{Locations: contacts.Set([]uuid.UUID{testID(7)})},
			func(in *contacts.Info) { in.Locations = []uuid.UUID{testID(7)} },
		},
		{
			"UPD-4 assigned users cleared", contacts.Patch{AssignedUserIDs: contacts.Set([]uuid.UUID{})},
			func(in *contacts.Info) { in.AssignedUserIDs = nil },
		},
		{
			"UPD-4 assigned users replaced whole", contacts.Patch{AssignedUserIDs: contacts.Set([]uuid.UUID{testID(7)})},
			func(in *contacts.Info) { in.AssignedUserIDs = []uuid.UUID{testID(7)} },
		},
		{"UPD-2 values that are there already", contacts.Patch{Company: contacts.Set("Acorn"), Locale: contacts.Set("en-US")}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			before := create(t, s, richInfo("ann"))
			want := before.Info.Clone()
			if tc.want != nil {
				tc.want(&want)
			}
			after := update(t, s, before, tc.give)
			requireInfo(t, want, after.Info)
			stored, err := s.Get(t.Context(), before.ID, nil)
			require.NoError(t, err)
			require.Equal(t, stored, after)
		})
	}
}

// TestUpdateExtendedFields ignores the derived values, which every write recomputes.
func TestUpdateExtendedFields(t *testing.T) {
	type fields = map[string]any
	derived := []string{
		"contacts.displayByFirstName", "contacts.displayByLastName", "emailSubscriptions.effectiveEmail",
		"emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
	}
	before := fields{"custom.a": "one", "custom.n": 2.0, "invoices.vatId": "XX 1", "ecom.numOfPurchases": 3.0}
	for _, tc := range []struct {
		name    string
		replace contacts.Opt[fields]
		set     fields
		want    fields
	}{
		{"UPD-6 replaced by nil", contacts.Set[fields](nil), nil, fields{"ecom.numOfPurchases": 3.0}},
		{"UPD-6 replaced by an empty map", contacts.Set(fields{}), nil, fields{"ecom.numOfPurchases": 3.0}},
		{
			"UPD-6 keys that are not given lose their value", contacts.Set(fields{"custom.a": "two"}), nil,
			fields{"custom.a": "two", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 nil and an empty text clear", contacts.Set(fields{"custom.a": "", "custom.n": nil, "invoices.vatId": "YY"}), nil,
			fields{"invoices.vatId": "YY", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 an empty text clears a number too", contacts.Set(fields{"custom.n": "", "custom.a": "two"}), nil,
			fields{"custom.a": "two", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 read-only values stay, given values are ignored",
			contacts.Set(fields{"ecom.numOfPurchases": nil, "ecom.totalSpentAmount": 9, "members.mobile": true, "custom.n": 5}), nil,
			fields{"custom.n": 5.0, "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 derived values stay, given values are ignored",
			contacts.Set(fields{"contacts.displayByFirstName": "x", "emailSubscriptions.effectiveEmail": nil}), nil,
			fields{"ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 SetFields changes one key", contacts.Opt[fields]{}, fields{"custom.a": "two"},
			fields{"custom.a": "two", "custom.n": 2.0, "invoices.vatId": "XX 1", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 SetFields with nil clears", contacts.Opt[fields]{}, fields{"custom.a": nil},
			fields{"custom.n": 2.0, "invoices.vatId": "XX 1", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 SetFields with an empty text clears", contacts.Opt[fields]{}, fields{"custom.n": "", "invoices.vatId": ""},
			fields{"custom.a": "one", "ecom.numOfPurchases": 3.0},
		},
		{
			"UPD-6 SetFields with nil where there is no value", contacts.Opt[fields]{}, fields{"custom.b": nil}, before,
		},
		{
			"UPD-6 SetFields with values for read-only fields only", contacts.Opt[fields]{},
			fields{"ecom.numOfPurchases": 9, "contacts.displayByLastName": nil}, before,
		},
		{
			"UPD-6 SetFields comes after ExtendedFields",
			contacts.Set(fields{"custom.a": "first", "custom.n": 5, "custom.b": "kept"}), fields{"custom.a": "second", "custom.n": nil},
			fields{"custom.a": "second", "custom.b": "kept", "ecom.numOfPurchases": 3.0},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			for name, dataType := range map[string]contacts.DataType{
				"A": contacts.DataText, "B": contacts.DataText, "N": contacts.DataNumber,
			} {
				_, _, err := s.FindOrCreateField(t.Context(), name, dataType)
				require.NoError(t, err)
			}
			info := person("Ann", "ann@x.test")
			info.ExtendedFields = fields{"custom.a": "one", "custom.n": 2, "invoices.vatId": "XX 1"}
			c, err := s.SetSystemFields(t.Context(), create(t, s, info).ID, fields{"ecom.numOfPurchases": 3})
			require.NoError(t, err)

			after := update(t, s, c, contacts.Patch{ExtendedFields: tc.replace, SetFields: tc.set})
			for _, key := range derived {
				require.Equal(t, c.Info.ExtendedFields[key], after.Info.ExtendedFields[key], key)
				delete(after.Info.ExtendedFields, key)
			}
			require.Equal(t, tc.want, after.Info.ExtendedFields)
		})
	}
}

// requireInfo compares two infos. Wanted items without an ID match any ID.
func requireInfo(t *testing.T, want, got contacts.Info) {
	t.Helper()
	got = got.Clone()
	for i := range min(len(want.Emails), len(got.Emails)) {
		if want.Emails[i].ID == uuid.Nil {
			got.Emails[i].ID = uuid.Nil
		}
	}
	for i := range min(len(want.Phones), len(got.Phones)) {
		if want.Phones[i].ID == uuid.Nil {
			got.Phones[i].ID = uuid.Nil
		}
	}
	for i := range min(len(want.Addresses), len(got.Addresses)) {
		if want.Addresses[i].ID == uuid.Nil {
			got.Addresses[i].ID = uuid.Nil
		}
	}
	if !want.Equal(got) {
		require.Equal(t, want, got)
	}
}

// TestUpdateOrderOfChecks breaks all rules and fixes them one by one: each call is refused for the first rule that is
// still broken.
func TestUpdateOrderOfChecks(t *testing.T) {
	s := newStore(t)
	create(t, s, person("Bob", "taken@x.test"))
	c := create(t, s, contacts.Info{Emails: primaryAt(0, "ann@x.test")})
	setMember := func(m *contacts.Member) {
		var err error
		c, err = s.SetMember(t.Context(), c.ID, m)
		require.NoError(t, err)
	}
	setMember(&contacts.Member{MemberID: testID(9001)})

	id, revision := testID(1<<40), 99
	patch := contacts.Patch{
		FirstName: contacts.Set(" "),
		Birthdate: contacts.Set("1990-02-30"),
		Emails:    contacts.Set([]contacts.Email{{Address: "a@x.test", Primary: true}, {Address: "b@x.test", Primary: true}}),
		LabelKeys: contacts.Set([]string{"custom.none"}),
		ExtendedFields: contacts.Set(map[string]any{
			"custom.none": "x", "invoices.vatId": 5,
		}),
	}
	var opts contacts.UpdateOptions
	for _, step := range []struct {
		name string
		code contacts.Code
		mend func()
	}{
		{"UPD-1 shape and limits", contacts.ErrInvalid, func() { patch.Birthdate = contacts.Opt[string]{} }},
		{"UPD-1 contact", contacts.ErrContactNotFound, func() { id = c.ID }},
		{"UPD-1 revision", contacts.ErrAlreadyChanged, func() { revision = c.Revision }},
		{"UPD-1 multiple primaries", contacts.ErrMultiplePrimary, func() { patch.Emails = contacts.Set[[]contacts.Email](nil) }},
		{"UPD-1 unknown extended field", contacts.ErrFieldNotFound, func() {
			patch.ExtendedFields = contacts.Set(map[string]any{"invoices.vatId": 5})
		}},
		{"UPD-1 extended field value", contacts.ErrInvalidFieldValue, func() {
			patch.ExtendedFields = contacts.Opt[map[string]any]{}
		}},
		{"UPD-1 unknown label", contacts.ErrLabelNotFound, func() { patch.LabelKeys = contacts.Opt[[]string]{} }},
		{"UPD-1 email of a member", contacts.ErrUpdateMemberEmail, func() {
			setMember(nil)
			revision = c.Revision
		}},
		{"UPD-1 nothing that identifies the contact", contacts.ErrInsufficientData, func() {
			patch.Emails = contacts.Set(primaryAt(0, "taken@x.test"))
		}},
		{"UPD-1 duplicate", contacts.ErrDuplicate, func() { opts.AllowDuplicates = true }},
		{"UPD-1 fine at last", "", func() {}},
	} {
		t.Run(step.name, func(t *testing.T) {
			_, err := s.Update(t.Context(), id, revision, patch, &opts)
			require.Equal(t, step.code, contacts.CodeOf(err))
		})
		step.mend()
	}
}

func TestUpdateEmailOfMember(t *testing.T) {
	emails := func(addresses ...string) contacts.Patch {
		return contacts.Patch{Emails: contacts.Set(person("", addresses...).Emails)}
	}
	for _, tc := range []struct {
		name     string
		give     contacts.Patch
		unlinked bool
		status   contacts.MemberStatus // by default PENDING
		code     contacts.Code
	}{
		{name: "MEM-1 another primary email", give: emails("new@x.test"), code: contacts.ErrUpdateMemberEmail},
		{
			name: "MEM-1 another email comes first", give: emails("ann.home@x.test", "ann@x.test"),
			code: contacts.ErrUpdateMemberEmail,
		},
		{
			name: "MEM-1 another email is flagged primary",
			give: contacts.Patch{Emails: contacts.Set(primaryAt(1, "ann@x.test", "ann.home@x.test"))},
			code: contacts.ErrUpdateMemberEmail,
		},
		{name: "MEM-1 no email any more", give: emails(), code: contacts.ErrUpdateMemberEmail},
		{name: "MEM-1 another case and space around", give: emails(" ANN@x.test")},
		{name: "MEM-1 the same emails in another order", give: contacts.Patch{
			Emails: contacts.Set(primaryAt(1, "ann.home@x.test", "ann@x.test")),
		}},
		{name: "MEM-1 an email is added", give: emails("ann@x.test", "ann.home@x.test", "new@x.test")},
		{name: "MEM-1 another email goes", give: emails("ann@x.test")},
		{name: "MEM-1 something else changes", give: contacts.Patch{Company: contacts.Set("Birch")}},
		{name: "MEM-1 not a member any more", give: emails("new@x.test"), unlinked: true},
		{name: "MEM-10 a member who was deleted", give: emails("new@x.test"), status: contacts.MemberDeleted},
		{name: "MEM-10 a member who was deleted, no email", give: emails(), status: contacts.MemberDeleted},
		{
			name: "MEM-10 a member who is blocked", give: emails("new@x.test"), status: contacts.MemberBlocked,
			code: contacts.ErrUpdateMemberEmail,
		},
		{
			name: "MEM-10 a member who is offline", give: emails("new@x.test"), status: contacts.MemberOffline,
			code: contacts.ErrUpdateMemberEmail,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, person("Ann", "ann@x.test", "ann.home@x.test"))
			c, err := s.SetMember(t.Context(), c.ID, &contacts.Member{
				MemberID: testID(9001), Email: "ann@x.test", Status: tc.status,
			})
			require.NoError(t, err)
			if tc.unlinked {
				c, err = s.SetMember(t.Context(), c.ID, nil)
				require.NoError(t, err)
			}
			_, err = s.Update(t.Context(), c.ID, c.Revision, tc.give, &contacts.UpdateOptions{AllowDuplicates: true})
			require.Equal(t, tc.code, contacts.CodeOf(err))
		})
	}
}

func TestUpdateNothing(t *testing.T) {
	s := newStore(t)
	c := create(t, s, person("Ann"))
	for _, tc := range []struct {
		name     string
		id       uuid.UUID
		revision int
		give     contacts.Patch
		code     contacts.Code
	}{
		{"UPD-7 the zero patch", c.ID, 1, contacts.Patch{}, contacts.ErrInsufficientUpdate},
		{"UPD-7 SetFields without keys", c.ID, 1, contacts.Patch{SetFields: map[string]any{}}, contacts.ErrInsufficientUpdate},
		{"UPD-7 a mask of nothing", c.ID, 1, contacts.Patch{Company: contacts.Set("x")}.Masked(nil), contacts.ErrInsufficientUpdate},
		{
			"UPD-7 a mask of read-only fields", c.ID, 1,
			contacts.Patch{Company: contacts.Set("x")}.Masked([]string{"revision"}), contacts.ErrInsufficientUpdate,
		},
		{"UPD-1 the revision comes before the empty patch", c.ID, 2, contacts.Patch{}, contacts.ErrAlreadyChanged},
		{"UPD-1 the contact comes before the empty patch", testID(1 << 40), 1, contacts.Patch{}, contacts.ErrContactNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := s.Update(t.Context(), tc.id, tc.revision, tc.give, nil)
			require.Equal(t, tc.code, contacts.CodeOf(err))
		})
	}
}

func TestUpdateRefused(t *testing.T) {
	for _, tc := range []struct {
		name string
		give contacts.Patch
		code contacts.Code
		keys []string // with a KeysError
	}{
		{
			"UPD-6 SetFields: unknown keys", contacts.Patch{SetFields: map[string]any{"custom.b": 1, "custom.a": nil}},
			contacts.ErrFieldNotFound, []string{"custom.a", "custom.b"},
		},
		{
			"UPD-6 SetFields and ExtendedFields: unknown keys of both",
			contacts.Patch{
				ExtendedFields: contacts.Set(map[string]any{"custom.b": "x"}), SetFields: map[string]any{"custom.a": "x"},
			},
			contacts.ErrFieldNotFound, []string{"custom.a", "custom.b"},
		},
		{
			"UPD-6 SetFields: wrong value", contacts.Patch{SetFields: map[string]any{"invoices.vatId": math.NaN()}},
			contacts.ErrInvalidFieldValue, nil,
		},
		{
			"UPD-4 labels that are not defined", contacts.Patch{LabelKeys: contacts.Set([]string{"custom.b", "custom.a"})},
			contacts.ErrLabelNotFound, []string{"custom.b", "custom.a"},
		},
		{
			"CRT-1 nothing is left that identifies the contact",
			contacts.Patch{
				FirstName: contacts.Set(""), LastName: contacts.Set(" \t"),
				Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
			},
			contacts.ErrInsufficientData, nil,
		},
		{
			"PRI-1 two primary phones",
			contacts.Patch{Phones: contacts.Set([]contacts.Phone{{Number: "1", Primary: true}, {Number: "2", Primary: true}})},
			contacts.ErrMultiplePrimary, nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, richInfo("ann"))
			_, err := s.Update(t.Context(), c.ID, 1, tc.give, nil)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			if tc.keys != nil {
				var unknown *contacts.KeysError
				require.ErrorAs(t, err, &unknown)
				require.Equal(t, tc.keys, unknown.Keys)
			}
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.ID, e.ID)
		})
	}
}

func TestUpdateKeepsWhatIdentifies(t *testing.T) {
	clearAll := contacts.Patch{
		FirstName: contacts.Set(""), LastName: contacts.Set(""),
		Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
	}
	for _, tc := range []struct {
		name string
		keep func(*contacts.Patch)
	}{
		{"CRT-1 a first name is enough", func(p *contacts.Patch) { p.FirstName = contacts.Opt[string]{} }},
		{"CRT-1 a last name is enough", func(p *contacts.Patch) { p.LastName = contacts.Opt[string]{} }},
		{"CRT-1 an email is enough", func(p *contacts.Patch) { p.Emails = contacts.Opt[[]contacts.Email]{} }},
		{"CRT-1 a phone is enough", func(p *contacts.Patch) { p.Phones = contacts.Opt[[]contacts.Phone]{} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			patch := clearAll
			tc.keep(&patch)
			update(t, s, create(t, s, richInfo("ann")), patch)
		})
	}
}

// TestUpdateItemIDs writes items with all kinds of IDs to each list of items with IDs.
func TestUpdateItemIDs(t *testing.T) {
	lists := []struct {
		name string
		give func(ids []uuid.UUID) contacts.Patch
		ids  func(*contacts.Contact) []uuid.UUID
	}{
		{
			"emails",
			func(ids []uuid.UUID) contacts.Patch {
				var list []contacts.Email
				for _, id := range ids {
					list = append(list, contacts.Email{ID: id, Address: "ann@x.test"})
				}
				return contacts.Patch{Emails: contacts.Set(list)}
			},
			func(c *contacts.Contact) (ids []uuid.UUID) {
				for _, e := range c.Info.Emails {
					ids = append(ids, e.ID)
				}
				return ids
			},
		},
		{
			"phones",
			func(ids []uuid.UUID) contacts.Patch {
				var list []contacts.Phone
				for _, id := range ids {
					list = append(list, contacts.Phone{ID: id, Number: numberLoose})
				}
				return contacts.Patch{Phones: contacts.Set(list)}
			},
			func(c *contacts.Contact) (ids []uuid.UUID) {
				for _, p := range c.Info.Phones {
					ids = append(ids, p.ID)
				}
				return ids
			},
		},
		{
			"addresses",
			func(ids []uuid.UUID) contacts.Patch {
				var list []contacts.Address
				for _, id := range ids {
					list = append(list, contacts.Address{ID: id, City: "Lakeside"})
				}
				return contacts.Patch{Addresses: contacts.Set(list)}
			},
			func(c *contacts.Contact) (ids []uuid.UUID) {
				for _, a := range c.Info.Addresses {
					ids = append(ids, a.ID)
				}
				return ids
			},
		},
	}
	for l, list := range lists {
		other := lists[(l+1)%len(lists)]
		for _, tc := range []struct {
			name string
			give []string // "0", "1": own items; "foreign": of another contact; "other": of another list; "new": none; "void": of no item
			want []string // own items that keep their ID, "new" for a new one
		}{
			{"UPD-5 own IDs are kept", []string{"0", "1"}, []string{"0", "1"}},
			{"UPD-5 own IDs are kept in the order given", []string{"1", "0"}, []string{"1", "0"}},
			{"UPD-5 one goes, the other keeps its ID", []string{"1"}, []string{"1"}},
			{"UPD-5 items without an ID get one", []string{"new", "0", "new"}, []string{"new", "0", "new"}},
			{"UPD-5 the ID of another contact's item is replaced", []string{"foreign", "1"}, []string{"new", "1"}},
			{"UPD-5 the ID of an item in another list is replaced", []string{"0", "other"}, []string{"0", "new"}},
			{"UPD-5 an ID of no item is replaced", []string{"void"}, []string{"new"}},
			{"UPD-5 the same ID twice is kept once", []string{"0", "0", "1", "0"}, []string{"0", "new", "1", "new"}},
			{"UPD-5 a foreign ID twice", []string{"foreign", "foreign"}, []string{"new", "new"}},
		} {
			t.Run(tc.name+", "+list.name, func(t *testing.T) {
				s := newStore(t)
				before, foreign := create(t, s, richInfo("ann")), create(t, s, richInfo("bob"))
				known := map[string]uuid.UUID{
					"0": list.ids(before)[0], "1": list.ids(before)[1],
					"foreign": list.ids(foreign)[0], "other": other.ids(before)[0], "void": testID(1 << 40),
				}
				var give []uuid.UUID
				for _, kind := range tc.give {
					give = append(give, known[kind])
				}
				got := list.ids(update(t, s, before, list.give(give)))
				require.Len(t, got, len(tc.want))
				seen := map[uuid.UUID]bool{}
				for i, id := range got {
					require.False(t, seen[id], "an ID twice")
					seen[id] = true
					if tc.want[i] == "new" {
						require.NotContains(t, slices.Collect(maps.Values(known)), id)
						require.NotEqual(t, uuid.Nil, id)
					} else {
						require.Equal(t, known[tc.want[i]], id)
					}
				}
			})
		}
	}
}

func TestUpdateKeepsItemIDsOfOtherLists(t *testing.T) {
	t.Run("UPD-5 lists that are not given keep their items", func(t *testing.T) {
		s := newStore(t)
		before := create(t, s, richInfo("ann"))
		after := update(t, s, before, contacts.Patch{Emails: contacts.Set(primaryAt(0, "new@x.test"))})
		require.Equal(t, before.Info.Phones, after.Info.Phones)
		require.Equal(t, before.Info.Addresses, after.Info.Addresses)
	})
	t.Run("UPD-5 an item that becomes primary keeps its ID", func(t *testing.T) {
		s := newStore(t)
		before := create(t, s, richInfo("ann"))
		given := slices.Clone(before.Info.Emails)
		given[0].Primary, given[1].Primary = false, true
		after := update(t, s, before, contacts.Patch{Emails: contacts.Set(given)})
		require.Equal(t, given[1], after.Info.Emails[0])
		require.Equal(t, given[0], after.Info.Emails[1])
	})
	t.Run("UPD-5 items that were read can be sent back", func(t *testing.T) {
		s := newStore(t)
		before := create(t, s, richInfo("ann"))
		after := update(t, s, before, contacts.Patch{
			Emails: contacts.Set(before.Info.Emails), Phones: contacts.Set(before.Info.Phones),
			Addresses: contacts.Set(before.Info.Addresses), ExtendedFields: contacts.Set(before.Info.ExtendedFields),
			LabelKeys: contacts.Set(before.Info.LabelKeys), Picture: contacts.Set(before.Info.Picture),
			Locations: contacts.Set(before.Info.Locations), AssignedUserIDs: contacts.Set(before.Info.AssignedUserIDs),
			Locale: contacts.Set(before.Info.Locale),
		})
		require.Equal(t, before.Info, after.Info)
	})
}

func TestUpdateBookkeeping(t *testing.T) {
	s := newStore(t) // its clock moves with each call
	created := create(t, s, richInfo("ann"))
	patch := contacts.Patch{Company: contacts.Set("Birch")}
	first := update(t, s, created, patch)
	second := update(t, s, first, patch)

	t.Run("UPD-9 updatedDate is the time of the update", func(t *testing.T) {
		require.True(t, created.UpdatedDate.Before(first.UpdatedDate))
		require.True(t, first.UpdatedDate.Before(second.UpdatedDate))
	})
	t.Run("UPD-9 createdDate, lastActivity and source do not change", func(t *testing.T) {
		require.Equal(t, created.CreatedDate, second.CreatedDate)
		require.Equal(t, created.LastActivity, second.LastActivity)
		require.Equal(t, created.Source, second.Source)
		require.Equal(t, created.ID, second.ID)
	})
	t.Run("UPD-2 the same update again raises the revision again", func(t *testing.T) {
		require.Equal(t, first.Revision+1, second.Revision)
		require.True(t, first.Info.Equal(second.Info))
	})
	t.Run("REV-1 from 1, one more at each update", func(t *testing.T) {
		require.Equal(t, []int{1, 2, 3}, []int{created.Revision, first.Revision, second.Revision})
	})
}

func TestCreatedInTheFuture(t *testing.T) {
	only := contacts.Selection{Filter: contacts.Eq("id", testID(77).String())}
	writes := maps.Clone(calls)
	maps.Copy(writes, map[string]func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error{
		"Unlabel": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Unlabel(ctx, c.ID, "custom.old")
			return err
		},
		"Submit": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Submit(ctx, contacts.Info{Emails: c.Info.Emails, Phones: []contacts.Phone{number("", "12345678")}}, nil)
			return err
		},
		"Submit with an activity": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Submit(ctx, contacts.Info{Emails: c.Info.Emails}, &contacts.SubmitOptions{
				Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted, ActivityDate: c.CreatedDate},
			})
			return err
		},
		"Upsert": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, _, err := s.Upsert(ctx, contacts.Info{Emails: c.Info.Emails, Company: "Birch"}, nil)
			return err
		},
		"BulkUpdate": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.BulkUpdate(ctx, only, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			return err
		},
		"BulkLabel": func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.BulkLabel(ctx, only, []string{"contacts.customers"}, nil, nil)
			return err
		},
		"Batch": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			op := contacts.LabelOp{ID: c.ID, Keys: []string{"contacts.customers"}}
			_, err := s.Batch(ctx, []contacts.Operation{op}, &contacts.BatchOptions{AllOrNothing: true})
			return err
		},
		"Merge": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.Merge(ctx, c.ID, c.Revision, []uuid.UUID{testID(78)}, nil)
			return err
		},
		"PreviewMerge": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.PreviewMerge(ctx, c.ID, []uuid.UUID{testID(78)})
			return err
		},
		"RecordActivity": func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := s.RecordActivity(ctx, c.ID, contacts.ActivityMemberLogin, c.CreatedDate)
			return err
		},
	})
	created := epoch.AddDate(50, 0, 0)
	var changed []string
	for name, call := range writes {
		t.Run("STO-3 "+name, func(t *testing.T) {
			l := newLab(t)
			newLabel(t, l.Store, "Old")
			newField(t, l.Store, "Old", contacts.DataText)
			importOne(t, l.Store, nil, &contacts.Contact{ID: testID(78), Info: person("Bo")})
			given := &contacts.Contact{ID: testID(77), CreatedDate: created, Info: richInfo("zoe")}
			given.Info.LabelKeys, given.Info.ExtendedFields = []string{"custom.old"}, map[string]any{"custom.old": "x"}
			before := importOne(t, l.Store, nil, given)
			l.tick()
			require.NoError(t, call(t.Context(), l.Store, before))
			after, err := l.Get(t.Context(), before.ID, nil)
			if err != nil {
				require.Contains(t, []string{"BulkDelete", "Delete"}, name)
				return
			}
			require.Equal(t, created, after.CreatedDate)
			require.Equal(t, created, after.UpdatedDate)
			if after.Revision > before.Revision {
				changed = append(changed, name)
			}
			if name == "Merge" {
				require.Equal(t, *l.now, after.LastActivity.ActivityDate, "MRG-10")
			}

			*l.now = created.Add(time.Hour) // then its dates are those of any other contact
			after = update(t, l.Store, after, contacts.Patch{Company: contacts.Set("Oak")})
			require.Equal(t, created.Add(time.Hour), after.UpdatedDate)
		})
	}
	require.Len(t, changed, 18, "writes to the contact")
}

func TestRevision(t *testing.T) {
	for _, tc := range []struct {
		name     string
		revision int
		code     contacts.Code
	}{
		{"REV-2 current", 3, ""},
		{"REV-2 one before", 2, contacts.ErrAlreadyChanged},
		{"REV-2 the first", 1, contacts.ErrAlreadyChanged},
		{"REV-2 one too many", 4, contacts.ErrAlreadyChanged},
		{"REV-2 zero", 0, contacts.ErrAlreadyChanged},
		{"REV-2 negative", -1, contacts.ErrAlreadyChanged},
		{"REV-2 the largest", math.MaxInt, contacts.ErrAlreadyChanged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, person("Ann"))
			for range 2 {
				c = update(t, s, c, contacts.Patch{Company: contacts.Set("Birch")})
			}
			after, err := s.Update(t.Context(), c.ID, tc.revision, contacts.Patch{Company: contacts.Set("Cedar")}, nil)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			if tc.code == "" {
				require.Equal(t, 4, after.Revision)
				return
			}
			require.Nil(t, after)
			stored, err := s.Get(t.Context(), c.ID, nil)
			require.NoError(t, err)
			require.Equal(t, c, stored)
		})
	}
}

func TestMaskedUpdate(t *testing.T) {
	t.Run("UPD-8 one extended field and one part of the name", func(t *testing.T) {
		s := newStore(t)
		before := create(t, s, richInfo("ann"))
		want := before.Info.Clone()
		want.Name.Last, want.Company = "", "Birch"
		delete(want.ExtendedFields, "invoices.vatId")
		want.ExtendedFields["contacts.displayByFirstName"] = "ann"
		want.ExtendedFields["contacts.displayByLastName"] = "ann"

		patch := contacts.Patch{Company: contacts.Set("Birch"), FirstName: contacts.Set("ignored")}
		after := update(t, s, before, patch.Masked([]string{
			"info.company", "info.name.last", "info.extendedFields.invoices.vatId",
		}))
		requireInfo(t, want, after.Info)
	})
}

func TestCreateNeedsData(t *testing.T) {
	unnamed := richInfo("ann")
	unnamed.Name, unnamed.Emails, unnamed.Phones = contacts.Name{}, nil, nil
	named := func(first, last string) contacts.Info {
		return contacts.Info{Name: contacts.Name{First: first, Last: last}}
	}
	for _, tc := range []struct {
		name string
		info contacts.Info
		code contacts.Code
	}{
		{"CRT-1 nothing", contacts.Info{}, contacts.ErrInsufficientData},
		{"CRT-1 all but a name, an email or a phone", unnamed, contacts.ErrInsufficientData},
		{"CRT-1 a zero width space", named("\u200b", ""), contacts.ErrInsufficientData},
		{"CRT-1 a name of a word joiner and a soft hyphen", named("\u2060", "\u00ad"), contacts.ErrInsufficientData},
		{"CRT-1 a name of a byte order mark", named("", "\ufeff"), contacts.ErrInsufficientData},
		{"CRT-1 a name of a mark of direction", named("\u200e", ""), contacts.ErrInsufficientData},
		{"CRT-1 a name of a filler", named("", "\u3164"), contacts.ErrInsufficientData},
		{"CRT-1 a name of a variation selector", named("\ufe0f", "\U000e0100"), contacts.ErrInsufficientData},
		{"CRT-1 a name of joiners, space and control characters", named("\u200d\u200d", "\x01 \u2800"),
			contacts.ErrInsufficientData},
		{"CRT-1 a phone that shows nothing", contacts.Info{Phones: []contacts.Phone{number("", "\u200b ")}},
			contacts.ErrInsufficientData},
		{"CRT-1 joiners within a name", named("می\u200cخواهم", ""), ""},
		{"CRT-1 a joined emoji", named("👩\u200d💻", ""), ""},
		{"CRT-1 a full stop", named(".", ""), ""},
		{"CRT-1 a name that shows nothing and a phone", contacts.Info{
			Name: contacts.Name{First: "\u200b"}, Phones: []contacts.Phone{number("", numberLoose)},
		}, ""},
		{"CRT-1 a name of spaces", named(" ", "\t\u00a0"), contacts.ErrInsufficientData},
		{
			"CRT-1 empty lists", contacts.Info{Emails: []contacts.Email{}, Phones: []contacts.Phone{}},
			contacts.ErrInsufficientData,
		},
		{"CRT-1 a first name", named("Ann", ""), ""},
		{"CRT-1 a last name", named("", "Quill"), ""},
		{"CRT-1 an email", person("", "ann@x.test"), ""},
		{"CRT-1 a phone", contacts.Info{Phones: []contacts.Phone{number("", numberLoose)}}, ""},
		{"CRT-1 an email and a name of spaces", person(" ", "ann@x.test"), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			_, err := s.Create(t.Context(), tc.info, nil)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			require.Equal(t, tc.code == "", s.Snapshot().Len() == 1)
		})
	}
}

// TestCreateOrderOfChecks breaks all rules and fixes them one by one: each call is refused for the first rule that is
// still broken.
func TestCreateOrderOfChecks(t *testing.T) {
	opts := fixed()
	newID, taken := opts.NewID, false
	opts.NewID = func() uuid.UUID {
		if taken {
			return testID(1)
		}
		return newID()
	}
	s := openStore(t, opts)
	create(t, s, person("Ann"))
	create(t, s, person("Bob", "taken@x.test"))
	taken = true

	info := contacts.Info{
		Birthdate:      "1990-02-30",
		Emails:         []contacts.Email{{Address: "a@x.test", Primary: true}, {Address: "b@x.test", Primary: true}},
		LabelKeys:      []string{"custom.none"},
		ExtendedFields: map[string]any{"custom.none": "x", "invoices.vatId": 5},
	}
	for _, step := range []struct {
		name string
		code contacts.Code
		mend func()
	}{
		{"CRT-2 shape and limits", contacts.ErrInvalid, func() { info.Birthdate = "" }},
		{"CRT-2 multiple primaries", contacts.ErrMultiplePrimary, func() { info.Emails = nil }},
		{"CRT-2 unknown extended field", contacts.ErrFieldNotFound, func() { delete(info.ExtendedFields, "custom.none") }},
		{"CRT-2 extended field value", contacts.ErrInvalidFieldValue, func() { info.ExtendedFields = nil }},
		{"CRT-2 unknown label", contacts.ErrLabelNotFound, func() { info.LabelKeys = nil }},
		{"CRT-2 nothing that identifies the contact", contacts.ErrInsufficientData, func() {
			info.Emails = primaryAt(0, "taken@x.test")
		}},
		{"CRT-2 duplicate", contacts.ErrDuplicate, func() { info.Emails = primaryAt(0, "ann@x.test") }},
		{"CRT-5 the new ID is taken", contacts.ErrIDExists, func() { taken = false }},
		{"CRT-2 fine at last", "", func() {}},
	} {
		t.Run(step.name, func(t *testing.T) {
			before := stateOf(s.Snapshot())
			_, err := s.Create(t.Context(), info, nil)
			require.Equal(t, step.code, contacts.CodeOf(err))
			if step.code != "" {
				require.Equal(t, before, stateOf(s.Snapshot()))
			}
		})
		step.mend()
	}
}

func TestCreateBookkeeping(t *testing.T) {
	s := newStore(t)
	given := richInfo("ann")
	given.Emails[0].ID, given.Emails[1].ID = missingID, missingID
	given.Phones[0].ID, given.Addresses[0].ID = missingID, missingID
	c := create(t, s, given)

	t.Run("CRT-3 dates, activity and revision", func(t *testing.T) {
		now := epoch.Add(time.Second)
		require.Equal(t, now, c.CreatedDate)
		require.Equal(t, now, c.UpdatedDate)
		require.Equal(t, contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactCreated}, c.LastActivity)
		require.Equal(t, 1, c.Revision)
		require.Nil(t, c.Member)
	})
	t.Run("CRT-4 every item gets a new ID", func(t *testing.T) {
		seen := []uuid.UUID{c.ID}
		for _, e := range c.Info.Emails {
			seen = append(seen, e.ID)
		}
		for _, p := range c.Info.Phones {
			seen = append(seen, p.ID)
		}
		for _, a := range c.Info.Addresses {
			seen = append(seen, a.ID)
		}
		var fresh []uuid.UUID // the first of NewID
		for n := range uint64(7) {
			fresh = append(fresh, testID(n+1))
		}
		require.ElementsMatch(t, fresh, seen)
	})
	t.Run("CRT-4 NewID must not make the nil UUID", func(t *testing.T) {
		opts := fixed()
		opts.NewID = func() uuid.UUID { return uuid.Nil }
		_, err := openStore(t, opts).Create(t.Context(), person("Ann"), nil)
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
	})
	t.Run("DUP-4 no duplicate of the contact whose ID it would get", func(t *testing.T) {
		for _, info := range []contacts.Info{
			person("Ann", "ann@x.test"), {Phones: []contacts.Phone{{Number: "201-555-0123", CountryCode: "US"}}},
			{Phones: []contacts.Phone{{Number: "0123"}}},
		} {
			opts := fixed()
			opts.NewID = func() uuid.UUID { return testID(1) }
			s := openStore(t, opts)
			_, err := s.Create(t.Context(), info, nil)
			require.NoError(t, err)
			_, err = s.Create(t.Context(), info, nil)
			require.ErrorIs(t, err, contacts.ErrIDExists)
			rows := rowsOf(&contacts.Contact{ID: testID(1), Info: info})
			report, err := s.Import(t.Context(), rows, nil)
			require.NoError(t, err)
			require.Len(t, report.Errors, 1)
			require.ErrorIs(t, report.Errors[0], contacts.ErrIDExists)
		}
	})
	t.Run("CRT-5 the error names the ID that is taken", func(t *testing.T) {
		opts := fixed()
		opts.NewID = func() uuid.UUID { return testID(7) }
		s := openStore(t, opts)
		ann := create(t, s, person("Ann"))
		_, err := s.Create(t.Context(), person("Bob"), nil)
		var e *contacts.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, contacts.ErrIDExists, e.Code)
		require.Equal(t, ann.ID, e.ID)
		stored, err := s.Get(t.Context(), ann.ID, nil)
		require.NoError(t, err)
		require.Equal(t, ann, stored)
	})
	t.Run("CRT-5 the ID of a deleted contact is free", func(t *testing.T) {
		opts := fixed()
		opts.NewID = func() uuid.UUID { return testID(7) }
		s := openStore(t, opts)
		require.NoError(t, s.Delete(t.Context(), create(t, s, person("Ann")).ID))
		require.Equal(t, 1, create(t, s, person("Bob")).Revision)
		require.Equal(t, 1, s.Snapshot().Len())
	})
}

func TestGet(t *testing.T) {
	s := newStore(t)
	c := create(t, s, richInfo("ann"))
	gone := create(t, s, richInfo("bob"))
	require.NoError(t, s.Delete(t.Context(), gone.ID))
	t.Run("GET-1 a created contact", func(t *testing.T) {
		got, err := s.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Equal(t, c, got)
	})
	for _, tc := range []struct {
		name string
		id   uuid.UUID
	}{
		{"GET-1 never created", missingID},
		{"GET-1 deleted", gone.ID},
		{"GET-1 nil UUID", uuid.Nil},
		{"GET-1 ID of an item", c.Info.Emails[0].ID},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Get(t.Context(), tc.id, nil)
			require.Nil(t, got)
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, contacts.ErrContactNotFound, e.Code)
			require.Equal(t, tc.id, e.ID)
		})
	}
}

func TestDelete(t *testing.T) {
	member := func(role contacts.Role) *contacts.Member {
		return &contacts.Member{MemberID: testID(9001), User: &contacts.MemberUser{UserID: testID(9002), Role: role}}
	}
	plain := &contacts.Member{MemberID: testID(9001)}
	for _, tc := range []struct {
		name    string
		member  *contacts.Member
		billing bool
		code    contacts.Code
	}{
		{"DEL-2 a plain contact", nil, false, ""},
		{"MEM-2 member", plain, false, contacts.ErrDeleteMember},
		{"MEM-2 member of unspecified role", member(contacts.RoleUnspecified), false, contacts.ErrDeleteMember},
		{"MEM-2 owner", member(contacts.RoleOwner), false, contacts.ErrDeleteOwnerOrContributor},
		{"MEM-2 contributor", member(contacts.RoleContributor), false, contacts.ErrDeleteOwnerOrContributor},
		{"MEM-2 billing subscription", nil, true, contacts.ErrDeleteBillingSubscription},
		{"MEM-2 member before billing subscription", plain, true, contacts.ErrDeleteMember},
		{"MEM-2 owner before billing subscription", member(contacts.RoleOwner), true, contacts.ErrDeleteOwnerOrContributor},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			c := create(t, s, richInfo("ann"))
			c, err := s.SetMember(t.Context(), c.ID, tc.member)
			require.NoError(t, err)
			c, err = s.SetBillingSubscription(t.Context(), c.ID, tc.billing)
			require.NoError(t, err)

			err = s.Delete(t.Context(), c.ID)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			if tc.code == "" {
				require.Zero(t, s.Snapshot().Len())
				return
			}
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.ID, e.ID)
			got, err := s.Get(t.Context(), c.ID, nil)
			require.NoError(t, err)
			require.Equal(t, c, got)

			// Without the reason it can be deleted.
			_, err = s.SetMember(t.Context(), c.ID, nil)
			require.NoError(t, err)
			_, err = s.SetBillingSubscription(t.Context(), c.ID, false)
			require.NoError(t, err)
			require.NoError(t, s.Delete(t.Context(), c.ID))
		})
	}
	for _, tc := range []struct {
		name string
		id   uuid.UUID
	}{
		{"DEL-1 never created", missingID},
		{"DEL-1 deleted before", testID(1)},
		{"DEL-1 nil UUID", uuid.Nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore(t)
			require.NoError(t, s.Delete(t.Context(), create(t, s, person("Ann")).ID))
			create(t, s, person("Bob"))
			require.ErrorIs(t, s.Delete(t.Context(), tc.id), contacts.ErrContactNotFound)
			require.Equal(t, 1, s.Snapshot().Len())
		})
	}
	t.Run("DEL-2 a deleted contact is nowhere", func(t *testing.T) {
		s := newStore(t)
		ann := create(t, s, richInfo("ann"))
		require.NoError(t, s.Delete(t.Context(), ann.ID))
		require.NoError(t, fault(s.Snapshot(), "ann@x.test", "ann.home@x.test", "+12015550123", "contacts.customers"))
		_, err := s.Update(t.Context(), ann.ID, 1, contacts.Patch{Company: contacts.Set("Birch")}, nil)
		require.ErrorIs(t, err, contacts.ErrContactNotFound)
	})
}

// lastRevision is the highest revision that a contact can have.
const lastRevision = 1<<31 - 1

// loadWithRevision returns a copy of a store in which the contact has another revision.
func loadWithRevision(
	t testing.TB, s *contacts.Store, c *contacts.Contact, revision int, edits ...func(*contacts.Options),
) *contacts.Store {
	t.Helper()
	lines := exportedLines(exportOf(t, s.Snapshot()))
	for i, line := range lines {
		if strings.HasPrefix(line, `{"contact":{"id":"`+c.ID.String()+`"`) {
			from := fmt.Sprintf(`"revision":%d,`, c.Revision)
			require.Contains(t, line, from)
			lines[i] = strings.Replace(line, from, fmt.Sprintf(`"revision":%d,`, revision), 1)
		}
	}
	return load(t, sealed(lines...), edits...)
}

// exhausted returns the store of callable, loaded with the last revision for its contact, which is returned too.
func exhausted(t testing.TB) (*lab, *contacts.Contact) {
	t.Helper()
	made, c := callable(t)
	now := epoch.AddDate(1, 0, 0)
	l := &lab{now: &now}
	l.Store = loadWithRevision(t, made, c, lastRevision, func(o *contacts.Options) {
		o.Now = func() time.Time { return now }
	})
	c, err := l.Get(t.Context(), c.ID, nil)
	require.NoError(t, err)
	require.Equal(t, lastRevision, c.Revision)
	return l, c
}

func TestLastRevision(t *testing.T) {
	noneLeft := contacts.Violation{Field: "revision", Rule: contacts.RuleMax, Threshold: lastRevision}
	allowed := []string{ // do not change the contact
		"BulkDelete", "Create", "Delete", "DeleteField", "DeleteLabel", "FindOrCreateField", "FindOrCreateLabel",
		"Import", "Job", "Jobs", "RenameField", "RenameLabel", "Submit", "Upsert",
	}
	allowed = append(allowed, reading...)
	inResult := []string{"Batch", "BulkLabel", "BulkUpdate"}
	for name, call := range calls {
		t.Run("REV-3 "+name, func(t *testing.T) {
			l, c := exhausted(t)
			before := stateOf(l.Snapshot())
			err := call(t.Context(), l.Store, c)
			switch {
			case slices.Contains(allowed, name):
				require.NoError(t, err)
			case slices.Contains(inResult, name):
				after, err := l.Get(t.Context(), c.ID, nil)
				require.NoError(t, err)
				require.Equal(t, c, after)
			case name == "Merge":
				require.ErrorIs(t, err, contacts.ErrIllegalMerge)
				require.Equal(t, []contacts.MergeBlock{
					{Blocker: contacts.TooManyRevisions, ID: c.ID, Violation: noneLeft},
				}, blocksOf(t, err))
			default:
				require.Equal(t, oneViolation(noneLeft), violations(t, err))
				var e *contacts.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, c.ID, e.ID)
			}
			if err != nil {
				require.Equal(t, before, stateOf(l.Snapshot()))
			}
			requireLoads(t, l.Store)
		})
	}
	absorbed := map[string]func(*lab, contacts.Info) error{
		"Submit": func(l *lab, info contacts.Info) error {
			_, err := l.Submit(t.Context(), info, &contacts.SubmitOptions{})
			return err
		},
		"Submit with an activity": func(l *lab, info contacts.Info) error {
			_, err := l.Submit(t.Context(), info, &contacts.SubmitOptions{
				Activity: contacts.Activity{ActivityType: contacts.ActivityMemberLogin},
			})
			return err
		},
		"Upsert": func(l *lab, info contacts.Info) error {
			_, _, err := l.Upsert(t.Context(), info, nil)
			return err
		},
	}
	for name, call := range absorbed {
		t.Run("REV-3 "+name+" of something new about the contact", func(t *testing.T) {
			l, c := exhausted(t)
			info := person("", c.PrimaryInfo.Email)
			info.Addresses = []contacts.Address{{City: "Oslo"}}
			err := l.refused(t, contacts.ErrInvalid, func() error { return call(l, info) })
			require.Equal(t, oneViolation(noneLeft), violations(t, err))
		})
		t.Run("REV-3 "+name+" of nothing new about the contact", func(t *testing.T) {
			l, c := exhausted(t)
			if err := call(l, person("", c.PrimaryInfo.Email)); name == "Submit with an activity" {
				require.Equal(t, oneViolation(noneLeft), violations(t, err))
			} else {
				require.NoError(t, err)
			}
		})
	}
	t.Run("REV-3 an activity that is outdated", func(t *testing.T) {
		l, c := exhausted(t)
		after, err := l.RecordActivity(t.Context(), c.ID, contacts.ActivityMemberLogin, epoch.AddDate(-1, 0, 0))
		require.NoError(t, err)
		require.Equal(t, c, after)
	})
	t.Run("REV-3 MRG-12 a preview shows it", func(t *testing.T) {
		l, c := exhausted(t)
		plan, err := l.PreviewMerge(t.Context(), c.ID, []uuid.UUID{second})
		require.NoError(t, err)
		require.Equal(t, []contacts.MergeBlock{
			{Blocker: contacts.TooManyRevisions, ID: c.ID, Violation: noneLeft},
		}, plan.Blocks)
	})
	t.Run("REV-3 the contact can be merged away", func(t *testing.T) {
		l, c := exhausted(t)
		_, err := l.Merge(t.Context(), second, 1, []uuid.UUID{c.ID}, nil)
		require.NoError(t, err)
	})
	t.Run("REV-3 BLK-4 a bulk call continues with the others", func(t *testing.T) {
		l, c := exhausted(t)
		job, err := l.BulkLabel(t.Context(), contacts.Selection{Filter: contacts.Exists("info.name.first", true)},
			[]string{"contacts.customers"}, nil, nil)
		require.NoError(t, err)
		require.Equal(t, 1, job.FailedTotal)
		require.Equal(t, contacts.ErrInvalid, job.Errors[0].Code)
		require.Positive(t, job.SuccessTotal)
		after, err := l.Get(t.Context(), c.ID, nil)
		require.NoError(t, err)
		require.Equal(t, c, after)
	})
	t.Run("REV-3 BAT-2 a batch continues with the other operations", func(t *testing.T) {
		l, c := exhausted(t)
		results, err := l.Batch(t.Context(), []contacts.Operation{
			contacts.LabelOp{ID: c.ID, Keys: []string{"contacts.customers"}},
			contacts.LabelOp{ID: second, Keys: []string{"contacts.customers"}},
			contacts.DeleteOp{ID: c.ID},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, oneViolation(noneLeft), violations(t, results[0].Err))
		require.NoError(t, results[1].Err)
		require.NoError(t, results[2].Err)
		requireLoads(t, l.Store)
	})
	t.Run("REV-3 LBL-9 FLD-13 the label and the field that it carries cannot be deleted", func(t *testing.T) {
		made := newStore(t)
		label, field := newLabel(t, made, "Red"), newField(t, made, "Size", contacts.DataNumber)
		info := person("Ann")
		create(t, made, info)
		info.LabelKeys, info.ExtendedFields = []string{label}, map[string]any{field: 1}
		c := create(t, made, info)
		s := loadWithRevision(t, made, c, lastRevision)
		for _, err := range []error{s.DeleteLabel(t.Context(), label), s.DeleteField(t.Context(), field)} {
			require.Equal(t, oneViolation(noneLeft), violations(t, err))
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.ID, e.ID)
		}
		require.Equal(t, made.Snapshot().Position(), s.Snapshot().Position())
		require.NoError(t, s.Delete(t.Context(), c.ID))
		require.NoError(t, s.DeleteLabel(t.Context(), label))
		require.NoError(t, s.DeleteField(t.Context(), field))
	})
	t.Run("REV-3 BAT-2 they cannot be deleted in a batch, and others keep them", func(t *testing.T) {
		made := newStore(t)
		label, field := newLabel(t, made, "Red"), newField(t, made, "Size", contacts.DataNumber)
		info := person("Ann")
		info.LabelKeys, info.ExtendedFields = []string{label}, map[string]any{field: 1}
		older, c := create(t, made, info), create(t, made, info)
		s := loadWithRevision(t, made, c, lastRevision)
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.DeleteLabelOp{Key: label}, contacts.DeleteFieldOp{Key: field},
			contacts.LabelOp{ID: older.ID, Keys: []string{"contacts.customers"}},
		}, nil)
		require.NoError(t, err)
		for _, r := range results[:2] {
			require.Equal(t, oneViolation(noneLeft), violations(t, r.Err))
		}
		require.Equal(t, older.Revision+1, results[2].Contact.Revision)
		require.Equal(t, []string{label, "contacts.customers"}, results[2].Contact.Info.LabelKeys)
		require.Contains(t, results[2].Contact.Info.ExtendedFields, field)
	})
	t.Run("REV-3 the last revision can be reached", func(t *testing.T) {
		made := newStore(t)
		c := create(t, made, person("Ann"))
		s := loadWithRevision(t, made, c, lastRevision-1)
		c, err := s.Update(t.Context(), c.ID, lastRevision-1, contacts.Patch{Company: contacts.Set("Oak")}, nil)
		require.NoError(t, err)
		require.Equal(t, lastRevision, c.Revision)
		requireLoads(t, s)
	})
}

// TestRepeatedNewID returns IDs from Options.NewID that items of the contact have.
func TestRepeatedNewID(t *testing.T) {
	var next []uuid.UUID
	open := func(t testing.TB) (*lab, *contacts.Contact) {
		t.Helper()
		fresh := fixed().NewID
		next = nil
		l := newLab(t, func(o *contacts.Options) {
			o.NewID = func() (id uuid.UUID) {
				if len(next) == 0 {
					return fresh()
				}
				id, next = next[0], next[1:]
				return id
			}
		})
		info := person("Ann", "a@x.test", "b@x.test")
		info.Phones = []contacts.Phone{number("US", numberUS), number("", numberLoose)}
		info.Addresses = []contacts.Address{{City: "Oslo"}, {City: "Rome"}}
		return l, create(t, l.Store, info)
	}
	emails := func(list ...contacts.Email) contacts.Patch { return contacts.Patch{Emails: contacts.Set(list)} }
	email := func(id uuid.UUID, address string) contacts.Email { return contacts.Email{ID: id, Address: address} }
	same, other := testID(901), testID(902)
	two := contacts.Info{Name: contacts.Name{First: "Bo"}}
	withItems := func(list func(*contacts.Info)) contacts.Info {
		info := two
		list(&info)
		return info
	}
	cities := withItems(func(in *contacts.Info) { in.Addresses = []contacts.Address{{City: "Oslo"}, {City: "Rome"}} })
	addresses := withItems(func(in *contacts.Info) {
		in.Emails = []contacts.Email{{Address: "c@x.test"}, {Address: "d@x.test"}}
	})
	numbers := withItems(func(in *contacts.Info) { in.Phones = []contacts.Phone{{Number: "1"}, {Number: "2"}} })
	for _, tc := range []struct {
		name string
		ids  func(ann *contacts.Contact) []uuid.UUID
		call func(l *lab, ann *contacts.Contact) error
		ok   bool
	}{
		{"UPD-5 a new email, the ID of one that stays",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{other, ann.Info.Emails[0].ID} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1, emails(ann.Info.Emails[0], email(uuid.Nil, "c@x.test")), nil)
				return err
			}, false},
		{"UPD-5 a new email before the one that has its ID",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{ann.Info.Emails[0].ID, other} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1, emails(email(uuid.Nil, "c@x.test"), ann.Info.Emails[0]), nil)
				return err
			}, false},
		{"UPD-5 the ID of an email that is replaced",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{ann.Info.Emails[1].ID} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1, emails(email(uuid.Nil, "c@x.test")), nil)
				return err
			}, false},
		{"UPD-5 one ID for two new emails",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{same, same} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1,
					emails(email(uuid.Nil, "c@x.test"), email(uuid.Nil, "d@x.test")), nil)
				return err
			}, false},
		{"UPD-5 an ID that is not used may repeat",
			func(ann *contacts.Contact) []uuid.UUID {
				return []uuid.UUID{ann.Info.Emails[1].ID, ann.Info.Emails[0].ID}
			},
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1, emails(ann.Info.Emails...), nil)
				return err
			}, true},
		{"UPD-5 the ID of an item in another list, or of another contact",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{ann.Info.Phones[0].ID, ann.ID} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.Update(t.Context(), ann.ID, 1,
					emails(email(uuid.Nil, "c@x.test"), email(uuid.Nil, "d@x.test")), nil)
				return err
			}, true},
		{"UPD-5 CRT-4 a contact and its email have one ID",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{same, same} },
			func(l *lab, _ *contacts.Contact) error {
				_, err := l.Create(t.Context(), person("Bo", "bo@x.test"), nil)
				return err
			}, true},
		{"UPD-5 CRT-4 one ID for two emails of a new contact",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{other, same, same} },
			func(l *lab, _ *contacts.Contact) error {
				_, err := l.Create(t.Context(), addresses, nil)
				return err
			}, false},
		{"UPD-5 CRT-4 one ID for two phones of a new contact",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{other, same, same} },
			func(l *lab, _ *contacts.Contact) error {
				_, _, err := l.Upsert(t.Context(), numbers, nil)
				return err
			}, false},
		{"UPD-5 CRT-4 one ID for two addresses of a submission",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{other, same, same} },
			func(l *lab, _ *contacts.Contact) error {
				_, err := l.Submit(t.Context(), cities, nil)
				return err
			}, false},
		{"UPD-5 MEM-9 the login of a member, the ID of an email",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{ann.Info.Emails[1].ID} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.SetMember(t.Context(), ann.ID, &contacts.Member{MemberID: testID(77), Email: "c@x.test"})
				return err
			}, false},
		{"UPD-5 MEM-9 the login of a member, which is there already",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{ann.Info.Emails[1].ID} },
			func(l *lab, ann *contacts.Contact) error {
				_, err := l.SetMember(t.Context(), ann.ID, &contacts.Member{MemberID: testID(77), Email: "b@x.test"})
				return err
			}, true},
		{"UPD-5 BLK-6 a bulk update fails as a whole",
			func(ann *contacts.Contact) []uuid.UUID { return []uuid.UUID{other, ann.Info.Addresses[1].ID} },
			func(l *lab, ann *contacts.Contact) error {
				named := contacts.Selection{Filter: contacts.Exists("info.name.first", true)}
				patch := contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Bonn"}})}
				_, err := l.BulkUpdate(t.Context(), named, patch, nil)
				return err
			}, false},
		{"UPD-5 IMP-1 an imported email, the ID of another one in the row",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{same} },
			func(l *lab, _ *contacts.Contact) error {
				info := person("Bo", "c@x.test", "d@x.test")
				info.Emails[1].ID = same
				_, err := l.Import(t.Context(), rowsOf(row(900, info)), nil)
				return err
			}, false},
		{"UPD-5 IMP-1 one ID for two addresses in a row",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{same, same} },
			func(l *lab, _ *contacts.Contact) error {
				_, err := l.Import(t.Context(), rowsOf(row(900, cities)), nil)
				return err
			}, false},
		{"UPD-5 IMP-1 one ID for phones of two rows",
			func(*contacts.Contact) []uuid.UUID { return []uuid.UUID{same, other, same, other} },
			func(l *lab, _ *contacts.Contact) error {
				_, err := l.Import(t.Context(), rowsOf(row(900, numbers), row(901, numbers)),
					&contacts.ImportOptions{AllowDuplicates: true})
				return err
			}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, ann := open(t)
			next = tc.ids(ann)
			if tc.ok {
				require.NoError(t, tc.call(l, ann))
			} else {
				err := l.refused(t, contacts.ErrInternal, func() error { return tc.call(l, ann) })
				require.ErrorContains(t, err, "Options.NewID")
			}
			requireLoads(t, l.Store)
		})
	}
	t.Run("UPD-5 BAT-2 a batch continues with the other operations", func(t *testing.T) {
		l, ann := open(t)
		next = []uuid.UUID{ann.Info.Emails[0].ID}
		results, err := l.Batch(t.Context(), []contacts.Operation{
			contacts.UpdateOp{ID: ann.ID, Revision: 1, Patch: emails(email(uuid.Nil, "c@x.test"))},
			contacts.UpdateOp{ID: ann.ID, Revision: 1, Patch: emails(email(uuid.Nil, "d@x.test"))},
		}, nil)
		require.NoError(t, err)
		require.ErrorIs(t, results[0].Err, contacts.ErrInternal)
		require.NoError(t, results[1].Err)
	})
}
