package legacy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

func TestDecodeInfo(t *testing.T) {
	all := full()
	text, err := json.Marshal(all)
	require.NoError(t, err)
	for _, test := range []struct {
		name, text string
		want       info
	}{
		{"LEG-21 all members", string(text), all},
		{"LEG-21 the names as published",
			`{"Name": {"first": "Ada"}, "emails": [{"id": 1, "tag": "home", "email": "a@example.com",
			"emailStatus": "optOut", "deliveryStatus": "VALID"}]}`,
			info{Name: name{First: "Ada"}, Emails: []legacy.Email{{ID: 1, Tag: "home", Email: "a@example.com",
				EmailStatus: legacy.EmailOptOut, DeliveryStatus: legacy.DeliveryValid}}}},
		{"LEG-21 both names", `{"Name": {"first": "Bo"}, "name": {"first": "Ada"}}`, info{Name: name{First: "Ada"}}},
		{"LEG-21 null wins over the other name", `{"Name": {"first": "Bo"}, "name": null}`, info{}},
		{"LEG-21 no other case", `{"NAME": {"first": "Bo"}, "Picture": "x", "name": {"First": "Bo"}, "Emails": [{}]}`,
			info{}},
		{"LEG-21 nulls and unknown members",
			`{"name": {"first": null}, "picture": null, "company": null, "emails": null, "x": 1}`,
			info{}},
		{"LEG-21 empty lists", `{"emails": [], "dates": []}`, info{}},
		{"LEG-21 unknown words", `{"emails": [{"emailStatus": "x", "deliveryStatus": "y"}]}`,
			info{Emails: []legacy.Email{{EmailStatus: "x", DeliveryStatus: "y"}}}},
		{"LEG-21 surrogate pairs", `{"picture": "\ud83d\ude00 \\ud83d \u00e9"}`, info{Picture: "😀 \\ud83d é"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := info{Picture: "before"}
			require.NoError(t, json.Unmarshal([]byte(test.text), &in))
			require.Equal(t, test.want, in)
		})
	}
	t.Run("LEG-21 JSON-15 JSON-16 texts that are refused as a whole", func(t *testing.T) {
		many := `[1` + strings.Repeat(",1", 20_000) + `]`
		for text, want := range map[string]contacts.Violation{
			`{"picture":"a","picture":"b"}`: {
				Field: "contactInfo.picture", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
			},
			`{"x":[{"y":1,"y":2}]}`: {
				Field: "contactInfo.x[0].y", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
			},
			`{"x":` + many + `}`: {Field: "contactInfo", Rule: contacts.RuleMaxSize, Threshold: 20_000},
		} {
			in := info{Picture: "before"}
			err := json.Unmarshal([]byte(text), &in)
			require.ErrorIs(t, err, legacy.ErrInvalidSchema)
			require.Equal(t, []contacts.Violation{want}, violations(t, err))
			require.Equal(t, info{Picture: "before"}, in)
		}
		err := json.Unmarshal([]byte(`{"label":`+many+`}`), new(legacy.GetContactsOptions))
		require.ErrorIs(t, err, legacy.ErrBadRequest)
	})
	t.Run("LEG-21 times are whole milliseconds", func(t *testing.T) {
		var c legacy.Contact
		text := `{"createdAt": "2026-01-02T03:04:05.6789+01:00", "modifiedAt": "2026-01-02T03:04:05Z"}`
		require.NoError(t, json.Unmarshal([]byte(text), &c))
		require.Equal(t, time.Date(2026, 1, 2, 2, 4, 5, 678_000_000, time.UTC), c.CreatedAt)
		require.Equal(t, epoch, c.ModifiedAt)
	})
	t.Run("LEG-21 an empty time is the zero time", func(t *testing.T) {
		var c legacy.Contact
		require.NoError(t, json.Unmarshal([]byte(`{"createdAt": "", "modifiedAt": null}`), &c))
		require.Zero(t, c)
	})
	t.Run("LEG-21 null leaves the target alone", func(t *testing.T) {
		in := info{Picture: "before"}
		require.NoError(t, json.Unmarshal([]byte("null"), &in))
		require.Equal(t, info{Picture: "before"}, in)
	})
}

func TestDecodeRefused(t *testing.T) {
	type v = contacts.Violation
	format := func(field string, f contacts.Format) v { return v{Field: field, Rule: contacts.RuleFormat, Format: f} }
	for _, test := range []struct {
		name, text string
		target     json.Unmarshaler
		code       legacy.Code
		want       []v
	}{
		{"LEG-21 every wrong type",
			`{"name": 1, "picture": {}, "company": [], "emails": {}, "phones": [1, null, {"id": "1", "tag": 5}],
			"addresses": [{"id": 1.5}, {"id": 3000000000}], "urls": "x", "dates": [{"date": 1}]}`,
			&info{}, legacy.ErrInvalidSchema, []v{
				format("contactInfo.name", contacts.FormatObject), format("contactInfo.company", contacts.FormatObject),
				format("contactInfo.picture", contacts.FormatString),
				format("contactInfo.emails", contacts.FormatArray),
				format("contactInfo.phones[0]", contacts.FormatObject),
				format("contactInfo.phones[1]", contacts.FormatObject),
				format("contactInfo.phones[2].id", contacts.FormatInteger),
				format("contactInfo.phones[2].tag", contacts.FormatString),
				format("contactInfo.addresses[0].id", contacts.FormatInteger),
				format("contactInfo.addresses[1].id", contacts.FormatInteger),
				format("contactInfo.urls", contacts.FormatArray),
				format("contactInfo.dates[0].date", contacts.FormatString),
			}},
		{"LEG-21 an array", `[]`, &info{}, legacy.ErrInvalidSchema, []v{format("contactInfo", contacts.FormatObject)}},
		{"LEG-21 invalid UTF-8", "{\"picture\": \"\xff\"}", &info{}, legacy.ErrInvalidSchema,
			[]v{format("contactInfo", contacts.FormatJSON)}},
		{"LEG-21 a high surrogate alone", `{"picture": "\ud83d"}`, &info{}, legacy.ErrInvalidSchema,
			[]v{format("contactInfo", contacts.FormatJSON)}},
		{"LEG-21 a low surrogate alone", `{"picture": "\ude00 "}`, &info{}, legacy.ErrInvalidSchema,
			[]v{format("contactInfo", contacts.FormatJSON)}},
		{"LEG-21 two high surrogates", `{"picture": "\ud83d\ud83d"}`, &info{}, legacy.ErrInvalidSchema,
			[]v{format("contactInfo", contacts.FormatJSON)}},
		{"LEG-21 a high surrogate and another escape", `{"picture": "\ud83d\n12345"}`, &info{}, legacy.ErrInvalidSchema,
			[]v{format("contactInfo", contacts.FormatJSON)}},
		{"LEG-21 a contact",
			`{"id": 1, "createdAt": "2026-01-02", "modifiedAt": "0000-01-01T00:00:00+01:00", "emails": 1}`,
			&legacy.Contact{}, legacy.ErrInvalidSchema, []v{
				format("contact.id", contacts.FormatString), format("contact.emails", contacts.FormatArray),
				format("contact.createdAt", contacts.FormatTimestamp),
				format("contact.modifiedAt", contacts.FormatTimestamp),
			}},
		{"LEG-21 times", `{"createdAt": 1, "modifiedAt": "2026-01-02T03:04:05+24:00"}`, &legacy.Contact{},
			legacy.ErrInvalidSchema, []v{
				format("contact.createdAt", contacts.FormatString),
				format("contact.modifiedAt", contacts.FormatTimestamp),
			}},
		{"LEG-21 a result",
			`{"Contact": {"Name": 1}, "isNew": "true",
				"details": {"rejectedData": {}, "existingData": [{"picture": 1}]}}`,
			&legacy.Reconciliation{}, legacy.ErrInvalidSchema, []v{
				format("Contact.Name", contacts.FormatObject), format("isNew", contacts.FormatBoolean),
				format("details.rejectedData", contacts.FormatArray),
				format("details.existingData[0].picture", contacts.FormatString),
			}},
		{"LEG-21 details", `{"rejectedData": [[]]}`, &legacy.Details{}, legacy.ErrInvalidSchema,
			[]v{format("details.rejectedData[0]", contacts.FormatObject)}},
		{"LEG-21 options", `{"label": ["a", 1, null], "pageSize": "5"}`, &legacy.GetContactsOptions{},
			legacy.ErrBadRequest, []v{
				format("options.pageSize", contacts.FormatInteger),
				format("options.label[1]", contacts.FormatString), format("options.label[2]", contacts.FormatString),
			}},
		{"LEG-21 a label that is an object", `{"label": {}}`, &legacy.GetContactsOptions{}, legacy.ErrBadRequest,
			[]v{format("options.label", contacts.FormatArray)}},
		{"LEG-21 a page size of 0", `{"pageSize": 0}`, &legacy.GetContactsOptions{}, legacy.ErrBadRequest,
			[]v{{Field: "options.pageSize", Rule: contacts.RuleMin, Threshold: 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := fmt.Sprintf("%#v", test.target)
			err := json.Unmarshal([]byte(test.text), test.target)
			require.ErrorIs(t, err, test.code)
			require.Equal(t, test.want, violations(t, err))
			require.Equal(t, before, fmt.Sprintf("%#v", test.target))
		})
	}
	t.Run("LEG-21 not JSON", func(t *testing.T) {
		for _, text := range []string{"", "{", "{} {}", "nul", `{"a": 01}`} {
			err := new(info).UnmarshalJSON([]byte(text))
			require.Equal(t, []v{format("contactInfo", contacts.FormatJSON)}, violations(t, err), text)
		}
	})
	t.Run("LEG-21 at most 1000", func(t *testing.T) {
		err := json.Unmarshal([]byte(`{"emails": [`+strings.Repeat("1,", 5000)+`1]}`), new(info))
		require.Len(t, violations(t, err), 1000)
		require.Less(t, len(err.Error()), 2000)
	})
}

func TestDecodeOptions(t *testing.T) {
	for text, want := range map[string]legacy.GetContactsOptions{
		`{}`:                                    {},
		`{"label": null, "pageSize": null}`:     {},
		`{"label": "customers"}`:                {Labels: []string{"customers"}},
		`{"label": ["a", "b"], "pageSize": 50}`: {Labels: []string{"a", "b"}, PageSize: 50},
	} {
		t.Run("LEG-21 "+text, func(t *testing.T) {
			var got legacy.GetContactsOptions
			require.NoError(t, json.Unmarshal([]byte(text), &got))
			require.Equal(t, want, got)
		})
	}
}

func TestEncode(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600))
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"LEG-22 a contact", legacy.Contact{
			ID: "x", CreatedAt: at, ModifiedAt: at.Add(time.Hour).Truncate(time.Second),
			ContactInfo: info{
				Name: name{First: "Ada"}, Emails: []legacy.Email{{ID: 1, Tag: "home", Email: "a@example.com"}},
			},
		}, `{"id":"x","name":{"first":"Ada"},"emails":[{"id":1,"tag":"home","email":"a@example.com"}],"phones":[],` +
			`"addresses":[],"urls":[],"dates":[],` +
			`"createdAt":"2026-01-02T02:04:05.600Z","modifiedAt":"2026-01-02T03:04:05.000Z"}`},
		{"LEG-22 a contactInfo", info{Company: legacy.Company{Role: "Analyst"}}, `{"company":{"role":"Analyst"}}`},
		{"LEG-22 a result", legacy.Reconciliation{IsNew: true},
			`{"contact":{"emails":[],"phones":[],"addresses":[],"urls":[],` +
				`"dates":[]},"isNew":true,"details":{"rejectedData":[],"existingData":[]}}`},
		{"LEG-22 options", legacy.GetContactsOptions{Labels: []string{"a"}, PageSize: 5},
			`{"label":["a"],"pageSize":5}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.value)
			require.NoError(t, err)
			require.Equal(t, test.want, string(got))
		})
	}
	t.Run("LEG-22 a result decodes to itself", func(t *testing.T) {
		_, api := open(t, nil)
		want := reconcile(t, api, full())
		text, err := json.Marshal(want)
		require.NoError(t, err)
		var got legacy.Reconciliation
		require.NoError(t, json.Unmarshal(text, &got))
		want.Details.ExistingData = nil // decoding an empty list yields nil
		require.Equal(t, *want, got)
	})
}

func TestEnums(t *testing.T) {
	for _, v := range []legacy.EmailStatus{"optOut", "transactional", "recurring"} {
		require.True(t, v.Valid(), v)
	}
	for _, v := range []legacy.DeliveryStatus{"VALID", "SPAM", "COMPLAINT", "REJECTED", "DEFERRAL", "BOUNCE"} {
		require.True(t, v.Valid(), v)
	}
	require.False(t, legacy.EmailStatus("").Valid())
	require.False(t, legacy.DeliveryStatus("valid").Valid())
}
