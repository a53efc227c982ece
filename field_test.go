package contacts_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// Keys of extended fields: the only system field that callers can write, and one custom field of each type.
const (
	keyVATID  = "invoices.vatId"
	keyText   = "custom.text"
	keyNumber = "custom.number"
	keyDate   = "custom.date"
	keyURL    = "custom.url"
)

// readOnlyKeys are the system fields that callers cannot write.
var readOnlyKeys = []string{
	keyDisplayFirst, keyDisplayLast, keySubscription, keyDelivery, keyEffectiveEmail,
	"members.membershipStatus", "members.mobile",
	"ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.totalSpentCurrency", "ecom.lastPurchaseDate",
}

// derivedOfAnn are the values that the store derives for the contacts below.
func derivedOfAnn() map[string]any {
	return map[string]any{
		keyDisplayFirst: "Ann", keyDisplayLast: "Ann",
		keyEffectiveEmail: "a@mail.test", keySubscription: "NOT_SET", keyDelivery: "NOT_SET",
	}
}

// typeOfField is the type of each custom field in the stores below.
var typeOfField = map[string]contacts.DataType{
	keyText: contacts.DataText, keyNumber: contacts.DataNumber, keyDate: contacts.DataDate, keyURL: contacts.DataURL,
}

// fieldStore opens a store with a custom field of each type.
func fieldStore(t *testing.T) *contacts.Store {
	t.Helper()
	s := newStore(t)
	for key, dataType := range typeOfField {
		f, made, err := s.FindOrCreateField(t.Context(), strings.TrimPrefix(key, "custom."), dataType)
		require.NoError(t, err)
		require.True(t, made)
		require.Equal(t, key, f.Key)
	}
	return s
}

// writeFields writes values of extended fields in all three ways: Create, a patch that replaces, and a patch of single
// keys.
func writeFields(
	t *testing.T, base *contacts.Store, values map[string]any, check func(*testing.T, *contacts.Contact, error),
) {
	t.Helper()
	t.Run("create", func(t *testing.T) {
		info := person("Ann", "a@mail.test")
		info.ExtendedFields = values
		c, err := base.Fork().Create(t.Context(), info, nil)
		check(t, c, err)
	})
	for name, patch := range map[string]contacts.Patch{
		"replace": {ExtendedFields: contacts.Set(values)},
		"set":     {SetFields: values},
	} {
		t.Run(name, func(t *testing.T) {
			s := base.Fork()
			c := create(t, s, person("Ann", "a@mail.test"))
			c, err := s.Update(t.Context(), c.ID, 1, patch, nil)
			check(t, c, err)
		})
	}
}

func TestSystemFields(t *testing.T) {
	type definition struct {
		namespace, key, displayName string
		dataType                    contacts.DataType
	}
	want := []definition{
		{"contacts", "contacts.displayByFirstName", "Display Name (start with first)", "TEXT"},
		{"contacts", "contacts.displayByLastName", "Display Name (start with last)", "TEXT"},
		{"invoices", "invoices.vatId", "VAT ID", "TEXT"},
		{"members", "members.membershipStatus", "Membership Status", "TEXT"},
		{"members", "members.mobile", "Mobile flag", "TEXT"},
		{"ecom", "ecom.numOfPurchases", "# of Purchases", "NUMBER"},
		{"ecom", "ecom.totalSpentAmount", "Total Spent Amount", "NUMBER"},
		{"ecom", "ecom.totalSpentCurrency", "Total Spent Currency", "TEXT"},
		{"ecom", "ecom.lastPurchaseDate", "Last Purchase Date", "DATE"},
		{"emailSubscriptions", "emailSubscriptions.subscriptionStatus", "Effective Subscription Status", "TEXT"},
		{"emailSubscriptions", "emailSubscriptions.deliverabilityStatus", "Effective Deliverability Status", "TEXT"},
		{"emailSubscriptions", "emailSubscriptions.effectiveEmail", "Effective Email", "TEXT"},
	}
	sn := newStore(t).Snapshot()
	for _, w := range want {
		t.Run("FLD-1 "+w.key, func(t *testing.T) {
			f, err := sn.GetField(w.key)
			require.NoError(t, err)
			require.Equal(t, w, definition{f.Namespace, f.Key, f.DisplayName, f.DataType})
			require.Equal(t, contacts.FieldSystem, f.FieldType)
			require.NotEmpty(t, f.Description)
			require.Zero(t, f.CreatedDate)
			require.Zero(t, f.UpdatedDate)
		})
	}
	t.Run("FLD-1 no other", func(t *testing.T) {
		require.Len(t, slices.Collect(sn.Fields()), len(want))
	})

	base := newStore(t)
	t.Run("FLD-2 only the VAT ID is written", func(t *testing.T) {
		values := map[string]any{keyVATID: "DK-1"}
		for _, key := range readOnlyKeys {
			values[key] = "x"
		}
		writeFields(t, base, values, func(t *testing.T, c *contacts.Contact, err error) {
			require.NoError(t, err)
			want := derivedOfAnn()
			want[keyVATID] = "DK-1"
			require.Equal(t, want, c.Info.ExtendedFields)
		})
	})
	for _, key := range readOnlyKeys {
		for name, value := range map[string]any{
			"text": "mine@mail.test", "a number": 7, "nil": nil, "nothing": "", "a list": []any{1}, "NaN": math.NaN(),
			"text that cannot be stored": "\x00",
		} {
			t.Run("FLD-2 "+key+" with "+name+" is ignored", func(t *testing.T) {
				writeFields(t, base, map[string]any{key: value}, func(t *testing.T, c *contacts.Contact, err error) {
					require.NoError(t, err)
					require.Equal(t, derivedOfAnn(), c.Info.ExtendedFields)
				})
			})
		}
	}
	t.Run("FLD-2 a replaced set keeps read-only values", func(t *testing.T) {
		s := newStore(t)
		info := person("Ann", "a@mail.test")
		info.ExtendedFields = map[string]any{keyVATID: "DK-1"}
		c := create(t, s, info)
		c, err := s.SetSystemFields(t.Context(), c.ID, map[string]any{"ecom.numOfPurchases": 3})
		require.NoError(t, err)
		want := derivedOfAnn()
		want["ecom.numOfPurchases"] = 3.0
		for _, values := range []map[string]any{{}, nil, {keyDisplayFirst: "x", "ecom.numOfPurchases": nil}} {
			c, err := s.Fork().Update(t.Context(), c.ID, c.Revision, contacts.Patch{ExtendedFields: contacts.Set(values)}, nil)
			require.NoError(t, err)
			require.Equal(t, want, c.Info.ExtendedFields)
		}
	})
}

func TestUnknownFields(t *testing.T) {
	base := fieldStore(t)
	for _, tc := range []struct {
		name   string
		values map[string]any
		want   []string
	}{
		{"FLD-3 one", map[string]any{"custom.age": 7}, []string{"custom.age"}},
		{
			"FLD-3 all of them, sorted",
			map[string]any{"custom.b": 1, "custom.a": "x", keyText: "x", "custom.c": []any{}, keyDisplayFirst: "x"},
			[]string{"custom.a", "custom.b", "custom.c"},
		},
		{"FLD-3 empty values too", map[string]any{"custom.a": nil, "custom.b": ""}, []string{"custom.a", "custom.b"}},
		{"FLD-3 before bad values", map[string]any{"custom.a": "x", keyNumber: "x"}, []string{"custom.a"}},
		{
			"FLD-3 another case", map[string]any{"Custom.text": "x", "custom.Text": "x"},
			[]string{"Custom.text", "custom.Text"},
		},
		{"FLD-3 no namespace", map[string]any{"text": "x"}, []string{"text"}},
		{"FLD-3 a prefix", map[string]any{"custom.tex": "x", "custom": "x"}, []string{"custom", "custom.tex"}},
		{"FLD-3 the name of a field", map[string]any{"VAT ID": "x"}, []string{"VAT ID"}},
		{"FLD-3 no key", map[string]any{"": "x"}, []string{""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			writeFields(t, base, tc.values, func(t *testing.T, _ *contacts.Contact, err error) {
				require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
				var keys *contacts.KeysError
				require.ErrorAs(t, err, &keys)
				require.Equal(t, tc.want, keys.Keys)
			})
		})
	}
}

// vatNumber is a type of the caller that is not string itself.
type vatNumber string

// count is an integer type of the caller.
type count int16

func TestFieldValues(t *testing.T) {
	base := fieldStore(t)
	for _, tc := range []struct {
		rule, key   string
		given, want any
	}{
		{"FLD-5", keyText, "x", "x"},
		{"FLD-5", keyText, "7", "7"},
		{"FLD-5", keyText, "null", "null"},
		{"FLD-5", keyText, "ø\U0001D11E\t\n", "ø\U0001D11E\t\n"},
		{"FLD-5", keyVATID, "DK-1", "DK-1"},
		{"FLD-5", keyNumber, 7.5, 7.5},
		{"FLD-5", keyNumber, -7, -7.0},
		{"FLD-5", keyNumber, int8(-128), -128.0},
		{"FLD-5", keyNumber, count(7), 7.0},
		{"FLD-5", keyNumber, uint8(255), 255.0},
		{"FLD-5", keyNumber, float32(0.5), 0.5},
		{"FLD-5", keyNumber, json.Number("7"), 7.0},
		{"FLD-5", keyNumber, json.Number("-7.25"), -7.25},
		{"FLD-5", keyNumber, json.Number("1e3"), 1000.0},
		{"FLD-5", keyNumber, json.Number("0.1"), 0.1},
		{"FLD-5", keyDate, "2024-02-29", "2024-02-29"},
		{"FLD-5", keyURL, "https://shop.test/a?b=c#d", "https://shop.test/a?b=c#d"},
		{"FLD-5", keyURL, "http://shop.test", "http://shop.test"},
		{"FLD-5", keyURL, "ftp://shop.test/a", "ftp://shop.test/a"},
		{"FLD-5", keyURL, "shop.test", "https://shop.test"},
		{"FLD-5", keyURL, "shop.test:8443/a", "https://shop.test:8443/a"},
		{"FLD-5", keyURL, "øl.test/ø", "https://øl.test/ø"},
		// A protocol is at the beginning.
		{"FLD-5", keyURL, "shop.test/?next=https://other.test/", "https://shop.test/?next=https://other.test/"},

		{"FLD-6", keyNumber, 1 << 53, float64(1 << 53)},
		{"FLD-6", keyNumber, -(1 << 53), float64(-(1 << 53))},
		{"FLD-6", keyNumber, 1<<53 + 2, float64(1<<53 + 2)},
		{"FLD-6", keyNumber, int64(math.MinInt64), float64(math.MinInt64)},
		{"FLD-6", keyNumber, uint64(1 << 63), float64(1 << 63)},
		{"FLD-6", keyNumber, math.MaxFloat64, math.MaxFloat64},
		{"FLD-6", keyNumber, json.Number("9007199254740992"), float64(1 << 53)},
		{"FLD-6", keyNumber, json.Number("-9223372036854775808"), float64(math.MinInt64)},
		{"FLD-6", keyNumber, json.Number("9223372036854775808"), float64(1 << 63)},
		{"FLD-6", keyNumber, json.Number("18446744073709551616"), float64(1 << 64)},
		{"FLD-6", keyNumber, json.Number("1e20"), 1e20},

		{"FLD-7", keyNumber, 0, 0.0}, // not an empty value, unlike spaces
		{"FLD-7", keyText, " ", " "},
	} {
		t.Run(tc.rule+" "+tc.key+" accepts "+literal(tc.given), func(t *testing.T) {
			writeFields(t, base, map[string]any{tc.key: tc.given}, func(t *testing.T, c *contacts.Contact, err error) {
				require.NoError(t, err)
				require.Equal(t, tc.want, c.Info.ExtendedFields[tc.key])
			})
		})
	}

	for _, key := range []string{keyVATID, keyText, keyNumber, keyDate, keyURL} {
		for _, empty := range []any{nil, ""} {
			t.Run("FLD-7 "+key+" with "+literal(empty)+" is not stored", func(t *testing.T) {
				writeFields(t, base, map[string]any{key: empty}, func(t *testing.T, c *contacts.Contact, err error) {
					require.NoError(t, err)
					require.NotContains(t, c.Info.ExtendedFields, key)
				})
			})
		}
	}
	t.Run("FLD-7 empty values clear", func(t *testing.T) {
		s := base.Fork()
		info := person("Ann", "a@mail.test")
		info.ExtendedFields = map[string]any{keyText: "x", keyNumber: 7, keyDate: "2024-02-29", keyURL: "https://shop.test"}
		c := create(t, s, info)
		require.Subset(t, c.Info.ExtendedFields, map[string]any{keyText: "x", keyNumber: 7.0})
		c, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{
			SetFields: map[string]any{keyText: "", keyNumber: nil, keyDate: "", keyURL: nil},
		}, nil)
		require.NoError(t, err)
		require.Equal(t, derivedOfAnn(), c.Info.ExtendedFields)
	})
}

func TestFieldValuesRefused(t *testing.T) {
	base := fieldStore(t)
	formats := map[contacts.DataType]contacts.Format{
		contacts.DataText: contacts.FormatString, contacts.DataNumber: contacts.FormatNumber,
		contacts.DataDate: contacts.FormatLocalDate, contacts.DataURL: contacts.FormatWebURL,
	}
	type refused struct {
		rule, key string
		given     any
	}
	cases := []refused{
		{"FLD-5", keyText, 7},
		{"FLD-5", keyText, 7.5},
		{"FLD-5", keyText, json.Number("7")},
		{"FLD-5", keyNumber, "7"},
		{"FLD-5", keyNumber, "seven"},
		{"FLD-5", keyNumber, " "},
		{"FLD-5", keyNumber, json.Number("seven")},
		{"FLD-5", keyNumber, json.Number("1e400")},
		{"FLD-5", keyNumber, complex(1, 0)},
		{"FLD-5", keyDate, "2023-02-29"},
		{"FLD-5", keyDate, "2024-2-9"},
		{"FLD-5", keyDate, "0000-00-00"},
		{"FLD-5", keyDate, "2024-02-09T00:00:00Z"},
		{"FLD-5", keyDate, " 2024-02-09"},
		{"FLD-5", keyDate, "2024-02-09 "},
		{"FLD-5", keyDate, 20240209},
		{"FLD-5", keyURL, " "},
		{"FLD-5", keyURL, "shop.test/a b"},
		{"FLD-5", keyURL, " https://shop.test"},
		{"FLD-5", keyURL, "https://shop.test\n"},
		{"FLD-5", keyURL, "https://shop.test/\u00a0"},
		{"FLD-5", keyURL, "https://"},
		{"FLD-5", keyURL, "https:///a"},
		{"FLD-5", keyURL, 7},

		{"FLD-6", keyNumber, math.NaN()},
		{"FLD-6", keyNumber, math.Inf(1)},
		{"FLD-6", keyNumber, math.Inf(-1)},
		{"FLD-6", keyNumber, float32(math.Inf(1))},
		{"FLD-6", keyNumber, 1<<53 + 1},
		{"FLD-6", keyNumber, -(1<<53 + 1)},
		{"FLD-6", keyNumber, int64(math.MaxInt64)},
		{"FLD-6", keyNumber, uint64(math.MaxUint64)},
		{"FLD-6", keyNumber, json.Number("9007199254740993")},
		{"FLD-6", keyNumber, json.Number("-9007199254740993")},
		{"FLD-6", keyNumber, json.Number("9223372036854775807")},
		{"FLD-6", keyNumber, json.Number("18446744073709551615")},
		{"FLD-6", keyNumber, json.Number("18446744073709551617")},
		{"FLD-6", keyNumber, json.Number("1" + strings.Repeat("0", 400))},
		{"FLD-6", keyNumber, json.Number("0x1.8p1")}, // not numbers in JSON
		{"FLD-6", keyNumber, json.Number("1_0.5")},
		{"FLD-6", keyNumber, json.Number("+1")},
		{"FLD-6", keyNumber, json.Number("007")},
		{"FLD-6", keyNumber, json.Number("")},
		{"FLD-6", keyNumber, json.Number("NaN")},
		{"FLD-6", keyNumber, json.Number("-Infinity")},
	}
	for _, key := range []string{keyText, keyNumber, keyDate, keyURL} {
		for _, value := range []any{
			true, []any{"x"}, []string{"x"}, map[string]any{"x": "y"}, []byte("x"), new("x"), vatNumber("x"), struct{}{},
			func() {}, "\x00", "\xff",
		} {
			cases = append(cases, refused{"FLD-5", key, value})
		}
	}
	for _, tc := range cases {
		t.Run(tc.rule+" "+tc.key+" refuses "+literal(tc.given), func(t *testing.T) {
			writeFields(t, base, map[string]any{tc.key: tc.given}, func(t *testing.T, _ *contacts.Contact, err error) {
				require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
				dataType := typeOfField[tc.key]
				var bad *contacts.FieldValueError
				require.ErrorAs(t, err, &bad)
				require.Equal(t, contacts.FieldValueError{Key: tc.key, DataType: dataType}, *bad)
				require.Equal(t,
					oneViolation(badFormat("info.extendedFields.items."+tc.key, formats[dataType])), violations(t, err))
			})
		})
	}

	t.Run("FLD-4 a violation each, the error about the first", func(t *testing.T) {
		writeFields(t, base, map[string]any{
			keyText: 7, keyNumber: "7", keyDate: "2023-02-29", keyURL: "a b", keyVATID: true, keyDisplayFirst: []any{},
		}, func(t *testing.T, _ *contacts.Contact, err error) {
			require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
			const items = "info.extendedFields.items."
			require.Equal(t, []contacts.Violation{
				badFormat(items+keyDate, contacts.FormatLocalDate),
				badFormat(items+keyNumber, contacts.FormatNumber),
				badFormat(items+keyText, contacts.FormatString),
				badFormat(items+keyURL, contacts.FormatWebURL),
				badFormat(items+keyVATID, contacts.FormatString),
			}, violations(t, err))
			var bad *contacts.FieldValueError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, contacts.FieldValueError{Key: keyDate, DataType: contacts.DataDate}, *bad)
		})
	})
}

// literal writes a value in the name of a test.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case json.Number:
		return "json " + strconv.Quote(v.String())
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return "a value without a JSON form"
		}
		return string(text)
	}
}

func TestFindOrCreateField(t *testing.T) {
	t.Run("FLD-8 a new field", func(t *testing.T) {
		for _, of := range []contacts.DataType{
			contacts.DataText, contacts.DataNumber, contacts.DataDate, contacts.DataURL,
		} {
			l := newLab(t)
			create(t, l.Store, person("Ann"))
			want := stateOf(l.Snapshot())
			now := l.tick()
			field, made, err := l.FindOrCreateField(t.Context(), "Last Contacted", of)
			require.NoError(t, err)
			require.True(t, made)
			require.Equal(t, contacts.Field{
				Namespace: "custom", Key: "custom.last-contacted", DisplayName: "Last Contacted",
				DataType: of, FieldType: contacts.FieldUserDefined, CreatedDate: now, UpdatedDate: now,
			}, field)
			want.Position++
			want.Fields = slices.Insert(want.Fields, 0, field)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})

	type rename struct{ key, displayName string }
	for _, tc := range []struct {
		name    string
		fields  []string // display names of TEXT fields, in the order of creation
		renames []rename
		given   string
		as      contacts.DataType
		key     string
		made    bool
	}{
		{name: "FLD-8 the same name", fields: []string{"Age"}, given: "Age", key: "custom.age"},
		{name: "FLD-8 another type", fields: []string{"Age"}, given: "Age", as: contacts.DataNumber, key: "custom.age"},
		{name: "FLD-8 case counts", fields: []string{"Age"}, given: "age", key: "custom.age-2", made: true},
		{name: "FLD-8 spaces around do not count", fields: []string{"Age"}, given: " Age\t", key: "custom.age"},
		{name: "FLD-8 spaces within count", fields: []string{"My Age"}, given: "My  Age", key: "custom.my-age-2", made: true},
		{name: "FLD-8 invisible characters do not count", fields: []string{"A\u200dge"}, given: "Age", key: "custom.a-ge"},
		{name: "FLD-8 the normal form does not count", fields: []string{"Café"}, given: "Cafe\u0301", key: "custom.café"},
		{name: "FLD-8 accents count", fields: []string{"Cafe"}, given: "Café", key: "custom.café", made: true},
		{name: "FLD-8 a name that begins like another", fields: []string{"Age"}, given: "Age Group",
			key: "custom.age-group", made: true},
		{name: "FLD-8 a name that another begins with", fields: []string{"Age Group"}, given: "Age",
			key: "custom.age", made: true},
		{name: "FLD-8 system fields are not looked at", given: "VAT ID", key: "custom.vat-id", made: true},
		{name: "FLD-8 a custom field named like a system field", fields: []string{"VAT ID"}, given: "VAT ID",
			key: "custom.vat-id"},
		{name: "FLD-8 the oldest of several", fields: []string{"B", "A", "C"},
			renames: []rename{{"custom.c", "X"}, {"custom.a", "X"}, {"custom.b", "X"}}, given: "X", key: "custom.b"},
		{name: "FLD-8 a new name", fields: []string{"A"}, renames: []rename{{"custom.a", "B"}}, given: "B", key: "custom.a"},
		{name: "FLD-12 a rename does not free the key", fields: []string{"A"}, renames: []rename{{"custom.a", "B"}},
			given: "A", key: "custom.a-2", made: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			for _, name := range tc.fields {
				newField(t, l.Store, name, contacts.DataText)
			}
			for _, r := range tc.renames {
				_, err := l.RenameField(t.Context(), r.key, r.displayName)
				require.NoError(t, err)
			}
			before := stateOf(l.Snapshot())
			l.tick()
			of := tc.as
			if of == "" {
				of = contacts.DataText
			}
			field, made, err := l.FindOrCreateField(t.Context(), tc.given, of)
			require.NoError(t, err)
			require.Equal(t, tc.made, made)
			require.Equal(t, tc.key, field.Key)
			if made {
				require.Equal(t, tc.given, field.DisplayName)
			}
			require.Equal(t, contacts.DataText, field.DataType)
			if made {
				require.Equal(t, before.Position+1, l.Snapshot().Position())
				return
			}
			require.Contains(t, before.Fields, field)
			require.Equal(t, before, stateOf(l.Snapshot()))
		})
	}

	for _, tc := range nameCases("FLD-9", 150) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			if tc.want == nil {
				newField(t, l.Store, tc.displayName, contacts.DataText)
				return
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				field, made, err := l.FindOrCreateField(t.Context(), tc.displayName, contacts.DataText)
				require.Zero(t, field)
				require.False(t, made)
				return err
			})
			require.Equal(t, oneViolation(tc.want("displayName")), violations(t, err))
		})
	}

	for _, tc := range []struct {
		name, displayName string
		as                contacts.DataType
		want              []contacts.Violation
	}{
		{"FLD-8 no type", "New", "", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 an unknown type", "New", "BOOLEAN", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 a type in lower case", "New", "text", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 no type for a field that is there", "Age", "", oneViolation(badFormat("dataType", contacts.FormatEnum))},
		{"FLD-8 FLD-9 both at once", "", "", []contacts.Violation{
			tooShort("displayName"), badFormat("dataType", contacts.FormatEnum),
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			newField(t, l.Store, "Age", contacts.DataNumber)
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, _, err := l.FindOrCreateField(t.Context(), tc.displayName, tc.as)
				return err
			})
			require.Equal(t, tc.want, violations(t, err))
		})
	}

	for _, tc := range []struct{ name, displayName, key string }{
		{"FLD-10 no words", "groupColor", "custom.groupcolor"},
		{"FLD-10 words", "Event we met at", "custom.event-we-met-at"},
		{"FLD-10 nothing left", "!!!", "custom.field"},
		{"FLD-10 at most 80 characters", strings.Repeat("ä", 150), "custom." + strings.Repeat("ä", 73)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.key, newField(t, newStore(t), tc.displayName, contacts.DataText))
		})
	}

	t.Run("FLD-10 the first suffix that is free", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, "custom.age", newField(t, s, "Age", contacts.DataText))
		require.Equal(t, "custom.age-2", newField(t, s, "age", contacts.DataText))
		require.Equal(t, "custom.age-3", newField(t, s, "AGE", contacts.DataText))
		require.NoError(t, s.DeleteField(t.Context(), "custom.age-2"))
		require.Equal(t, "custom.age-2", newField(t, s, "Age?", contacts.DataText))
	})

	t.Run("FLD-10 labels and fields do not collide", func(t *testing.T) {
		s := newStore(t)
		require.Equal(t, "custom.age", newLabel(t, s, "Age"))
		require.Equal(t, "custom.age", newField(t, s, "Age", contacts.DataText))
		require.Equal(t, "custom.vip", newField(t, s, "VIP", contacts.DataText))
		require.Equal(t, "custom.vip", newLabel(t, s, "VIP"))
		require.NoError(t, s.DeleteField(t.Context(), "custom.vip"))
		_, err := s.Snapshot().GetLabel("custom.vip")
		require.NoError(t, err)
		require.NoError(t, s.DeleteLabel(t.Context(), "custom.age"))
		_, err = s.Snapshot().GetField("custom.age")
		require.NoError(t, err)
	})
}

func TestFieldQuota(t *testing.T) {
	requireQuota := func(t *testing.T, l *lab, quota int) {
		t.Helper()
		err := l.refused(t, contacts.ErrFieldsQuota, func() error {
			field, made, err := l.FindOrCreateField(t.Context(), "One more", contacts.DataText)
			require.Zero(t, field)
			require.False(t, made)
			return err
		})
		var e *contacts.QuotaError
		require.ErrorAs(t, err, &e)
		require.Equal(t, contacts.QuotaError{Quota: quota, Total: quota}, *e)
	}
	t.Run("FLD-11 one more than the quota", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.FieldQuota = 2 })
		newField(t, l.Store, "A", contacts.DataText)
		b := newField(t, l.Store, "B", contacts.DataText)
		requireQuota(t, l, 2)
		_, made, err := l.FindOrCreateField(t.Context(), "A", contacts.DataURL)
		require.NoError(t, err)
		require.False(t, made)
		_, err = l.RenameField(t.Context(), b, "C")
		require.NoError(t, err)
		requireQuota(t, l, 2)
		require.NoError(t, l.DeleteField(t.Context(), b))
		newField(t, l.Store, "D", contacts.DataText)
		requireQuota(t, l, 2)
	})
	t.Run("FLD-11 the default is 100", func(t *testing.T) {
		l := newLab(t)
		for i := range 100 {
			newField(t, l.Store, fmt.Sprint("Field ", i), contacts.DataText)
		}
		requireQuota(t, l, 100)
	})
	t.Run("FLD-11 STO-7 a fork counts its own", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.FieldQuota = 1 })
		f := l.fork()
		a := newField(t, l.Store, "A", contacts.DataText)
		newField(t, f.Store, "A", contacts.DataText)
		require.NoError(t, l.DeleteField(t.Context(), a))
		requireQuota(t, f, 1)
		newField(t, l.Store, "B", contacts.DataText)
	})
	t.Run("FLD-11 labels have a quota of their own", func(t *testing.T) {
		l := newLab(t, func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 1, 1 })
		newLabel(t, l.Store, "A")
		newField(t, l.Store, "A", contacts.DataText)
		requireQuota(t, l, 1)
		require.NoError(t, l.DeleteLabel(t.Context(), "custom.a"))
		requireQuota(t, l, 1)
	})
}

func TestRenameField(t *testing.T) {
	t.Run("FLD-12 display name and updatedDate change, nothing else", func(t *testing.T) {
		l := newLab(t)
		key := newField(t, l.Store, "Age", contacts.DataNumber)
		info := person("Ann")
		info.ExtendedFields = map[string]any{key: 7}
		create(t, l.Store, info)
		for _, name := range []string{"Years", "Years", "Age", "VAT ID"} {
			want := stateOf(l.Snapshot())
			want.Position++
			want.Fields[0].DisplayName, want.Fields[0].UpdatedDate = name, l.tick()
			field, err := l.RenameField(t.Context(), key, name)
			require.NoError(t, err)
			require.Equal(t, want.Fields[0], field)
			requireState(t, want, stateOf(l.Snapshot()))
		}
	})
	t.Run("FLD-12 the name of another field", func(t *testing.T) {
		s := newStore(t)
		newField(t, s, "A", contacts.DataText)
		field, err := s.RenameField(t.Context(), newField(t, s, "B", contacts.DataText), "A")
		require.NoError(t, err)
		require.Equal(t, "custom.b", field.Key)
		require.Equal(t, "A", field.DisplayName)
	})
	for _, tc := range nameCases("FLD-9 rename:", 150) {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			key := newField(t, l.Store, "Age", contacts.DataText)
			if tc.want == nil {
				field, err := l.RenameField(t.Context(), key, tc.displayName)
				require.NoError(t, err)
				require.Equal(t, tc.displayName, field.DisplayName)
				return
			}
			err := l.refused(t, contacts.ErrInvalid, func() error {
				_, err := l.RenameField(t.Context(), key, tc.displayName)
				return err
			})
			require.Equal(t, oneViolation(tc.want("field.displayName")), violations(t, err))
		})
	}
	for _, tc := range []struct {
		name, key, displayName string
		code                   contacts.Code
	}{
		{"FLD-12 a bad name before a missing field", "custom.none", "", contacts.ErrInvalid},
		{"FLD-12 a bad name before a system field", "invoices.vatId", "", contacts.ErrInvalid},
		{"FLD-12 no such field", "custom.none", "X", contacts.ErrFieldNotFound},
		{"FLD-12 keys are compared exactly", "invoices.vatid", "X", contacts.ErrFieldNotFound},
		{"FLD-14 a derived field", "members.membershipStatus", "X", contacts.ErrSystemField},
		{"FLD-14 the VAT ID", "invoices.vatId", "X", contacts.ErrSystemField},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t)
			err := l.refused(t, tc.code, func() error {
				field, err := l.RenameField(t.Context(), tc.key, tc.displayName)
				require.Zero(t, field)
				return err
			})
			if tc.code != contacts.ErrInvalid {
				require.Equal(t, []string{tc.key}, refusedKeys(t, err))
			}
		})
	}
}

func TestDeleteField(t *testing.T) {
	const key, other = "custom.age", "custom.shoe-size"
	setUp := func(t *testing.T) *lab {
		l := newLab(t)
		require.Equal(t, key, newField(t, l.Store, "Age", contacts.DataNumber))
		require.Equal(t, other, newField(t, l.Store, "Shoe size", contacts.DataNumber))
		for _, values := range []map[string]any{
			{key: 7}, {other: 38}, {key: 0, other: 41, "invoices.vatId": "XX 1"}, nil, {key: nil},
		} {
			info := richInfo("ann")
			info.ExtendedFields = values
			create(t, l.Store, info)
		}
		return l
	}

	t.Run("FLD-13 the values leave every contact in one commit", func(t *testing.T) {
		l := setUp(t)
		old := l.Snapshot()
		want := stateOf(l.Snapshot())
		now := l.tick()
		require.NoError(t, l.DeleteField(t.Context(), key))
		want.Position++
		want.Fields = slices.DeleteFunc(want.Fields, func(f contacts.Field) bool { return f.Key == key })
		for _, i := range []int{0, 2} {
			c := want.Contacts[i]
			c.Revision++
			c.UpdatedDate = now
			delete(c.Info.ExtendedFields, key)
		}
		requireState(t, want, stateOf(l.Snapshot()))
		v, _ := old.View(want.Contacts[0].ID)
		value, ok := v.ExtendedField(key)
		require.True(t, ok, "STO-8")
		require.Equal(t, 7.0, value)
	})

	t.Run("FLD-13 a field without values", func(t *testing.T) {
		l := setUp(t)
		want := stateOf(l.Snapshot())
		require.NoError(t, l.DeleteField(t.Context(), newField(t, l.Store, "Unused", contacts.DataText)))
		want.Position += 2
		requireState(t, want, stateOf(l.Snapshot()))
	})

	t.Run("FLD-13 a second delete", func(t *testing.T) {
		l := setUp(t)
		require.NoError(t, l.DeleteField(t.Context(), key))
		c := stateOf(l.Snapshot()).Contacts[0]
		for _, call := range []func() error{
			func() error { return l.DeleteField(t.Context(), key) },
			func() error { _, err := l.RenameField(t.Context(), key, "X"); return err },
			func() error { _, err := l.Snapshot().GetField(key); return err },
			func() error {
				patch := contacts.Patch{SetFields: map[string]any{key: 8}}
				_, err := l.Update(t.Context(), c.ID, c.Revision, patch, nil)
				return err
			},
			func() error { _, err := l.SetSystemFields(t.Context(), c.ID, map[string]any{key: 8}); return err },
		} {
			require.Equal(t, []string{key}, refusedKeys(t, l.refused(t, contacts.ErrFieldNotFound, call)))
		}
	})

	t.Run("FLD-13 a field made later under the same key starts empty", func(t *testing.T) {
		l := setUp(t)
		require.NoError(t, l.DeleteField(t.Context(), key))
		require.Equal(t, key, newField(t, l.Store, "Age", contacts.DataText))
		for v := range l.Snapshot().All() {
			_, ok := v.ExtendedField(key)
			require.False(t, ok)
		}
		c := stateOf(l.Snapshot()).Contacts[0]
		c = update(t, l.Store, c, contacts.Patch{SetFields: map[string]any{key: "seven"}})
		require.Equal(t, "seven", c.Info.ExtendedFields[key])
	})

	for _, tc := range []struct {
		name, key string
		code      contacts.Code
	}{
		{"FLD-13 no such field", "custom.none", contacts.ErrFieldNotFound},
		{"FLD-13 the beginning of a key", "custom.ag", contacts.ErrFieldNotFound},
		{"FLD-13 a label", "contacts.customers", contacts.ErrFieldNotFound},
		{"FLD-14 the VAT ID", "invoices.vatId", contacts.ErrSystemField},
		{"FLD-14 a derived field", "contacts.displayByFirstName", contacts.ErrSystemField},
		{"FLD-14 a field of an app", "ecom.numOfPurchases", contacts.ErrSystemField},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := setUp(t)
			err := l.refused(t, tc.code, func() error { return l.DeleteField(t.Context(), tc.key) })
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}

	t.Run("FLD-14 values of the VAT ID can be written", func(t *testing.T) {
		l := setUp(t)
		c := stateOf(l.Snapshot()).Contacts[0]
		c = update(t, l.Store, c, contacts.Patch{SetFields: map[string]any{"invoices.vatId": "XX 2"}})
		require.Equal(t, "XX 2", c.Info.ExtendedFields["invoices.vatId"])
	})
}

func TestSnapshotFields(t *testing.T) {
	systemKeys := []string{
		"contacts.displayByFirstName", "contacts.displayByLastName", "invoices.vatId", "members.membershipStatus",
		"members.mobile", "ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.totalSpentCurrency",
		"ecom.lastPurchaseDate", "emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
		"emailSubscriptions.effectiveEmail",
	}
	l := newLab(t)
	for _, name := range []string{"B", "C", "A"} {
		newField(t, l.Store, name, contacts.DataText)
	}
	l.tick()
	newField(t, l.Store, "D", contacts.DataText)
	l.tick()
	_, err := l.RenameField(t.Context(), "custom.a", "Z")
	require.NoError(t, err)

	t.Run("FLD-15 newest first, ties by key, system fields last", func(t *testing.T) {
		var keys []string
		for field := range l.Snapshot().Fields() {
			keys = append(keys, field.Key)
			got, err := l.Snapshot().GetField(field.Key)
			require.NoError(t, err)
			require.Equal(t, field, got)
		}
		require.Equal(t, append([]string{"custom.d", "custom.a", "custom.b", "custom.c"}, systemKeys...), keys)
	})
	t.Run("FLD-15 FLD-1 the system fields", func(t *testing.T) {
		types := map[string]contacts.DataType{
			"ecom.numOfPurchases": contacts.DataNumber, "ecom.totalSpentAmount": contacts.DataNumber,
			"ecom.lastPurchaseDate": contacts.DataDate,
		}
		for field := range newStore(t).Snapshot().Fields() {
			want, ok := types[field.Key]
			if !ok {
				want = contacts.DataText
			}
			namespace, _, _ := strings.Cut(field.Key, ".")
			require.Equal(t, want, field.DataType, field.Key)
			require.Equal(t, namespace, field.Namespace)
			require.Equal(t, contacts.FieldSystem, field.FieldType)
			require.NotEmpty(t, field.DisplayName)
			require.Zero(t, field.CreatedDate)
			require.Zero(t, field.UpdatedDate)
		}
	})
	for _, tc := range []struct{ name, key string }{
		{"FLD-15 no key", ""},
		{"FLD-15 another case", "invoices.vatID"},
		{"FLD-15 the beginning of a key", "invoices."},
		{"FLD-15 NUL after the key", "invoices.vatId\x00"},
		{"FLD-15 a label's key", "contacts.customers"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			field, err := l.Snapshot().GetField(tc.key)
			require.Zero(t, field)
			require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
			require.Equal(t, []string{tc.key}, refusedKeys(t, err))
		})
	}
}

func TestSetSystemFields(t *testing.T) {
	base := newLab(t)
	newField(t, base.Store, "Age", contacts.DataNumber)
	info := richInfo("ann")
	info.ExtendedFields["custom.age"] = 7
	ann := create(t, base.Store, info)
	create(t, base.Store, richInfo("bo"))
	first, err := base.SetSystemFields(t.Context(), ann.ID, map[string]any{
		"members.mobile": "true", "ecom.numOfPurchases": 3, "ecom.totalSpentAmount": 99.5,
		"ecom.totalSpentCurrency": "EUR", "ecom.lastPurchaseDate": "2026-01-01",
	})
	require.NoError(t, err)
	require.Equal(t, 2, first.Revision)

	for _, tc := range []struct {
		name  string
		given map[string]any
		want  map[string]any // changed values, nil for a removed one
	}{
		{"FLD-16 all five", map[string]any{
			"members.mobile": "false", "ecom.numOfPurchases": 4, "ecom.totalSpentAmount": 1e3,
			"ecom.totalSpentCurrency": "USD", "ecom.lastPurchaseDate": "2026-02-28",
		}, map[string]any{
			"members.mobile": "false", "ecom.numOfPurchases": 4.0, "ecom.totalSpentAmount": 1000.0,
			"ecom.totalSpentCurrency": "USD", "ecom.lastPurchaseDate": "2026-02-28",
		}},
		{"FLD-16 one, the others stay", map[string]any{"ecom.numOfPurchases": json.Number("5")},
			map[string]any{"ecom.numOfPurchases": 5.0}},
		{"FLD-16 zero is a value", map[string]any{"ecom.numOfPurchases": 0}, map[string]any{"ecom.numOfPurchases": 0.0}},
		{"FLD-16 nil clears", map[string]any{"ecom.lastPurchaseDate": nil}, map[string]any{"ecom.lastPurchaseDate": nil}},
		{"FLD-16 an empty text clears, a number too", map[string]any{"members.mobile": "", "ecom.totalSpentAmount": ""},
			map[string]any{"members.mobile": nil, "ecom.totalSpentAmount": nil}},
		{"FLD-16 the same value", map[string]any{"members.mobile": "true"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			given := maps.Clone(tc.given)
			got := l.write(t, ann.ID, func() (*contacts.Contact, error) {
				return l.SetSystemFields(t.Context(), ann.ID, given)
			}, func(c *contacts.Contact) {
				for key, value := range tc.want {
					if value == nil {
						delete(c.Info.ExtendedFields, key)
					} else {
						c.Info.ExtendedFields[key] = value
					}
				}
			})
			require.Equal(t, tc.given, given)
			// Neither the arguments nor the results share memory with the store (STO-5).
			want := stateOf(l.Snapshot())
			given["members.mobile"] = "x"
			got.Info.ExtendedFields["members.mobile"] = "x"
			require.Equal(t, want, stateOf(l.Snapshot()))
		})
	}

	notSettable := func(key string) contacts.Violation {
		return contacts.Violation{
			Field: "info.extendedFields.items." + key, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotSettable,
		}
	}
	badValue := func(key string, f contacts.Format) contacts.Violation {
		return badFormat("info.extendedFields.items."+key, f)
	}
	for _, tc := range []struct {
		name   string
		id     uuid.UUID
		given  map[string]any
		code   contacts.Code
		broken []contacts.Violation
		data   error
	}{
		{name: "FLD-16 no such contact", id: missingID, given: map[string]any{"members.mobile": "true"},
			code: contacts.ErrContactNotFound},
		{name: "FLD-16 no keys", id: ann.ID, code: contacts.ErrInsufficientUpdate},
		{name: "FLD-16 no keys in a map", id: ann.ID, given: map[string]any{}, code: contacts.ErrInsufficientUpdate},
		{name: "FLD-16 undefined keys, all of them", id: ann.ID,
			given: map[string]any{"custom.z": 1, "members.mobile": "true", "custom.none": nil},
			code:  contacts.ErrFieldNotFound, data: &contacts.KeysError{Keys: []string{"custom.none", "custom.z"}}},
		{name: "FLD-16 undefined keys before others", id: ann.ID,
			given: map[string]any{"custom.none": 1, "custom.age": 8, "ecom.numOfPurchases": "many"},
			code:  contacts.ErrFieldNotFound, data: &contacts.KeysError{Keys: []string{"custom.none"}}},
		{name: "FLD-16 a custom field", id: ann.ID, given: map[string]any{"custom.age": 8},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 a custom field cleared", id: ann.ID, given: map[string]any{"custom.age": nil},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 a custom field with a value that it cannot have", id: ann.ID, given: map[string]any{"custom.age": "x"},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("custom.age"))},
		{name: "FLD-16 the VAT ID", id: ann.ID, given: map[string]any{"invoices.vatId": "XX 9"},
			code: contacts.ErrInvalid, broken: oneViolation(notSettable("invoices.vatId"))},
		{name: "FLD-16 derived fields, each a violation", id: ann.ID, given: map[string]any{
			"members.mobile": "true", "members.membershipStatus": "APPROVED", "emailSubscriptions.effectiveEmail": "x@x.test",
			"contacts.displayByFirstName": "X", "contacts.displayByLastName": "X",
			"emailSubscriptions.subscriptionStatus": "SUBSCRIBED", "emailSubscriptions.deliverabilityStatus": "VALID",
		}, code: contacts.ErrInvalid, broken: []contacts.Violation{
			notSettable("contacts.displayByFirstName"), notSettable("contacts.displayByLastName"),
			notSettable("emailSubscriptions.deliverabilityStatus"), notSettable("emailSubscriptions.effectiveEmail"),
			notSettable("emailSubscriptions.subscriptionStatus"), notSettable("members.membershipStatus"),
		}},
		{name: "FLD-16 a numeric text", id: ann.ID, given: map[string]any{"ecom.numOfPurchases": "3"},
			code:   contacts.ErrInvalidFieldValue,
			broken: oneViolation(badValue("ecom.numOfPurchases", contacts.FormatNumber)),
			data:   &contacts.FieldValueError{Key: "ecom.numOfPurchases", DataType: contacts.DataNumber}},
		{name: "FLD-16 bad values, each a violation", id: ann.ID, given: map[string]any{
			"members.mobile": true, "ecom.totalSpentAmount": math.NaN(), "ecom.lastPurchaseDate": "2026-02-30",
			"ecom.totalSpentCurrency": "EUR",
		}, code: contacts.ErrInvalidFieldValue, broken: []contacts.Violation{
			badValue("ecom.lastPurchaseDate", contacts.FormatLocalDate),
			badValue("ecom.totalSpentAmount", contacts.FormatNumber), badValue("members.mobile", contacts.FormatString),
		}, data: &contacts.FieldValueError{Key: "ecom.lastPurchaseDate", DataType: contacts.DataDate}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := base.fork()
			err := l.refused(t, tc.code, func() error {
				got, err := l.SetSystemFields(t.Context(), tc.id, tc.given)
				require.Nil(t, got)
				return err
			})
			var e *contacts.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.id, e.ID)
			require.Equal(t, tc.broken, e.Violations)
			require.Equal(t, tc.data, e.Err)
		})
	}

	t.Run("FLD-16 FLD-2 Update leaves them alone", func(t *testing.T) {
		l := base.fork()
		c := update(t, l.Store, first, contacts.Patch{ExtendedFields: contacts.Set(map[string]any{
			"ecom.numOfPurchases": 77, "members.mobile": nil,
		})})
		require.Equal(t, 3.0, c.Info.ExtendedFields["ecom.numOfPurchases"])
		require.Equal(t, "true", c.Info.ExtendedFields["members.mobile"])
		require.NotContains(t, c.Info.ExtendedFields, "custom.age")
	})
}

func TestTextsOfFields(t *testing.T) {
	base := fieldStore(t)
	url := func(n int) string { return "https://x.test/" + strings.Repeat("ä", n-len("https://x.test/")) }
	for _, tc := range []struct {
		name, key, text string
		limit           int // that is exceeded
	}{
		{"a text at its limit", keyText, strings.Repeat("漢", 10_000), 0},
		{"a text over its limit", keyText, strings.Repeat("x", 10_001), 10_000},
		{"a text over its limit, in characters of three bytes", keyText, strings.Repeat("漢", 10_001), 10_000},
		{"a URL at its limit", keyURL, url(4096), 0},
		{"a URL over its limit", keyURL, url(4097), 4096},
		{"a URL over its limit once it has a protocol", keyURL, url(4097)[len("https://"):], 4096},
	} {
		values := map[string]any{tc.key: tc.text}
		for call, write := range map[string]func(*contacts.Store) error{
			"Create": func(s *contacts.Store) error {
				info := person("Ann")
				info.ExtendedFields = values
				_, err := s.Create(t.Context(), info, nil)
				return err
			},
			"Update": func(s *contacts.Store) error {
				c := create(t, s, person("Ann"))
				_, err := s.Update(t.Context(), c.ID, 1, contacts.Patch{SetFields: values}, nil)
				return err
			},
			"Import": func(s *contacts.Store) error {
				c := row(1, person("Ann"))
				c.Info.ExtendedFields = values
				report, err := s.Import(t.Context(), rowsOf(c), nil)
				require.NoError(t, err)
				if report.Errors != nil {
					return report.Errors[0].Err
				}
				return nil
			},
		} {
			t.Run("FLD-30 "+tc.name+" "+call, func(t *testing.T) {
				err := write(base.Fork())
				if tc.limit == 0 {
					require.NoError(t, err)
					return
				}
				require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
				want := oneViolation(tooLong("info.extendedFields.items."+tc.key, tc.limit))
				require.Equal(t, want, violations(t, err))
				var e *contacts.FieldValueError
				require.ErrorAs(t, err, &e)
				require.Equal(t, tc.key, e.Key)
			})
		}
	}
	t.Run("FLD-30 fields of the system", func(t *testing.T) {
		s := base.Fork()
		c := create(t, s, person("Ann"))
		_, err := s.SetSystemFields(t.Context(), c.ID, map[string]any{"members.mobile": strings.Repeat("x", 10_001)})
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
	})
}
