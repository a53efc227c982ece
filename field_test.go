package contacts_test

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// Keys of extended fields: the only system field that callers write, and one custom field of each type.
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

// derivedOfAnn are the values that the store itself makes for the contacts below.
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

// writeFields sends values for extended fields through the three ways to write them: Create, a patch that replaces, and
// a patch of single keys.
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
			f, err := sn.Field(w.key)
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
	t.Run("FLD-2 a replaced set keeps what cannot be written", func(t *testing.T) {
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

// vatNumber is a type of the caller's that is no string.
type vatNumber string

// count is a type of the caller's that is a Go integer.
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
		// A protocol stands at the beginning.
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

		{"FLD-7", keyNumber, 0, 0.0}, // no empty value, nor are spaces
		{"FLD-7", keyText, " ", " "},
	} {
		t.Run(tc.rule+" "+tc.key+" takes "+literal(tc.given), func(t *testing.T) {
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
		{"FLD-6", keyNumber, json.Number("0x1.8p1")}, // no numbers of JSON
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
			return "what JSON has no word for"
		}
		return string(text)
	}
}
