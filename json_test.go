package contacts_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// The shapes below are from payloads in the documentation of the service; the people are ours.
const (
	sdkContact = `{
		"revision": 17,
		"source": {"sourceType": "WIX_CODE", "appId": "9b0e5a4c-22c1-4f53-8a55-6a1f3a3c0001"},
		"lastActivity": {"activityDate": "2023-11-02T08:15:30.048Z", "activityType": "CONTACT_CREATED"},
		"primaryInfo": {"email": "ada@example.com", "phone": "646-567-6359"},
		"info": {
			"name": {"first": "Ada", "last": "Byron"},
			"emails": {"items": [
				{"tag": "UNTAGGED", "email": "ada@example.com", "primary": true, "_id": "37db3bde-83c0-4ca2-8097-000000000001"},
				{"tag": "HOME", "email": "ada.at.home@example.com", "primary": false, "_id": "37db3bde-83c0-4ca2-8097-000000000002"}
			]},
			"phones": {"items": [
				{"tag": "MOBILE", "countryCode": "US", "phone": "646-567-6359", "e164Phone": "+16465676359",
				 "primary": true, "_id": "37db3bde-83c0-4ca2-8097-000000000003"}
			]},
			"addresses": {"items": [
				{"tag": "HOME", "_id": "37db3bde-83c0-4ca2-8097-000000000004", "address": {
					"formatted": "7 Elm St\nAlbany, New York 12207\nUnited States", "addressLine1": "7 Elm St",
					"location": {"latitude": 42.65, "longitude": -73.75},
					"city": "Albany", "subdivision": "US-NY", "country": "US", "postalCode": "12207"}}
			]},
			"company": "Engines", "jobTitle": "Analyst", "birthdate": "1995-12-10", "locale": "en-us",
			"picture": {"image": "wix:image://v1/abc_123.jpg/ada%20b.jpg#originWidth=200&originHeight=100"},
			"labelKeys": {"items": ["custom.contact"]},
			"extendedFields": {"items": {
				"contacts.displayByLastName": "Byron Ada", "invoices.vatId": "", "custom.age": 36, "members.mobile": false
			}}
		},
		"_id": "37db3bde-83c0-4ca2-8097-000000000000",
		"_createdDate": "2023-11-02T08:15:30.049Z",
		"_updatedDate": "2023-11-03T07:31:48.270Z"
	}`
	wireContact = `{
		"id": "37db3bde-83c0-4ca2-8097-000000000000",
		"revision": 17,
		"source": {"sourceType": "WIX_CODE", "appId": "9b0e5a4c-22c1-4f53-8a55-6a1f3a3c0001"},
		"createdDate": "2023-11-02T08:15:30.049Z",
		"updatedDate": "2023-11-03T07:31:48.270Z",
		"lastActivity": {"activityDate": "2023-11-02T08:15:30.048Z", "activityType": "CONTACT_CREATED"},
		"primaryInfo": {"email": "ada@example.com", "phone": "646-567-6359"},
		"info": {
			"name": {"first": "Ada", "last": "Byron"},
			"emails": {"items": [
				{"id": "37db3bde-83c0-4ca2-8097-000000000001", "tag": "UNTAGGED", "email": "ada@example.com", "primary": true},
				{"id": "37db3bde-83c0-4ca2-8097-000000000002", "tag": "HOME", "email": "ada.at.home@example.com", "primary": false}
			]},
			"phones": {"items": [
				{"id": "37db3bde-83c0-4ca2-8097-000000000003", "tag": "MOBILE", "countryCode": "US",
				 "phone": "646-567-6359", "e164Phone": "+16465676359", "primary": true}
			]},
			"addresses": {"items": [
				{"id": "37db3bde-83c0-4ca2-8097-000000000004", "tag": "HOME", "address": {
					"addressLine": "7 Elm St", "country": "US", "subdivision": "US-NY", "city": "Albany", "postalCode": "12207",
					"formattedAddress": "7 Elm St\nAlbany, New York 12207\nUnited States",
					"geocode": {"latitude": 42.65, "longitude": -73.75}}}
			]},
			"company": "Engines", "jobTitle": "Analyst", "birthdate": "1995-12-10", "locale": "en-us",
			"labelKeys": {"items": ["custom.contact"]},
			"extendedFields": {"items": {
				"contacts.displayByLastName": "Byron Ada", "invoices.vatId": "", "custom.age": 36, "members.mobile": false
			}},
			"picture": {"image": {
				"id": "abc_123.jpg", "url": "wix:image://v1/abc_123.jpg/ada%20b.jpg#originWidth=200&originHeight=100",
				"height": 100, "width": 200, "altText": "ada b.jpg", "filename": "ada b.jpg"}}
		}
	}`
	// Members that the public pages hide, and unknown words of enums.
	capturedContact = `{
		"id": "37db3bde-83c0-4ca2-8097-000000000000",
		"revision": 0,
		"source": {"sourceType": "WIX_FUTURE", "appId": "manual", "wixAppId": "old"},
		"lastActivity": {"activityDate": "2023-11-02T08:15:30.000Z", "activityType": "CONTACT_UPDATED",
			"date": "2023-11-02T08:15:31.000Z", "description": "did", "icon": {"name": "n", "url": "https://example.com/i"}},
		"picture": {"id": "p", "url": "https://example.com/p", "height": 1, "width": 2, "altText": "a", "filename": "f",
			"urlExpirationDate": "2024-01-01T00:00:00.000Z"},
		"segments": {"items": ["37db3bde-83c0-4ca2-8097-000000000005"]},
		"primaryEmail": {"email": "a@b.c", "subscriptionStatus": "NOT SET", "deliverabilityStatus": "ACTIVE"},
		"primaryPhone": {"phone": "1", "countryCode": "US", "e164Phone": "+1", "formattedPhone": "+1 ",
			"subscriptionStatus": "NO_SUBSCRIPTION_STATUS", "deliverabilityStatus": "NO_PHONE_DELIVERABILITY_STATUS"},
		"info": {
			"emails": {"items": [{"tag": "SPARE", "email": "a@b.c", "primary": true}]},
			"addresses": {"items": [{"tag": "HOME", "address": {
				"streetAddress": {"number": "1", "name": "High St", "apt": "2", "formattedAddressLine": "1 High St"},
				"addressLine2": "back", "hint": "ring", "countryFullname": "Elsewhere",
				"geocode": {"latitude": "NaN", "longitude": "-Infinity"},
				"subdivisions": [{"code": "X", "name": "Y", "type": "PLANET", "typeInfo": "Z"}]}}]},
			"extendedFields": {"items": {"custom.list": [1, {"a": null}], "custom.big": 9007199254740993}},
			"picture": {"image": {"url": "https://example.com/q"}, "imageProvider": "EXTERNAL"},
			"locations": {"items": ["37db3bde-83c0-4ca2-8097-000000000006"]},
			"assignedUserIds": {"items": ["37db3bde-83c0-4ca2-8097-000000000007"]}
		},
		"memberInfo": {
			"memberId": "37db3bde-83c0-4ca2-8097-000000000008", "signupDate": "2020-01-01T00:00:00.000Z", "email": "m@b.c",
			"emailVerified": true, "emailVerificationRequired": false, "status": "ASLEEP",
			"profileInfo": {"nickname": "n", "privacyStatus": "PUBLIC", "reported": true, "muted": false, "photo": {"url": "u"}},
			"userInfo": {"userId": "37db3bde-83c0-4ca2-8097-000000000009", "role": "CONTRIBUTOR"},
			"sessionInfo": {"lastWebLogin": "2020-01-02T00:00:00.000Z", "lastMobileLogin": "2020-01-03T00:00:00.000Z",
				"mobileAppNames": ["app"]},
			"groupInfo": {"groupIds": ["37db3bde-83c0-4ca2-8097-00000000000a"]}
		}
	}`
)

func TestContactJSON(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"JSON-1 names of the SDK", sdkContact, wireContact},
		{"JSON-2 names of the wire", wireContact, wireContact},
		{"JSON-4 captured data keeps unknown words and hidden members", capturedContact, capturedContact},
		{"JSON-1 the name of the wire wins", `{"_id": "37db3bde-83c0-4ca2-8097-000000000001",
			"id": "37db3bde-83c0-4ca2-8097-000000000002", "revision": 1}`,
			`{"id": "37db3bde-83c0-4ca2-8097-000000000002", "revision": 1}`},
		{"JSON-2 empty wrappers", `{"revision": 1, "info": {"phones": {}, "emails": {"items": []}}}`, `{"revision": 1}`},
		{"JSON-2 null is absent", `{"revision": 1, "createdDate": null, "info": null, "memberInfo": null}`, `{"revision": 1}`},
		{"JSON-2 primary is always written", `{"info": {"emails": {"items": [{"email": "a@b.c"}]}}}`,
			`{"revision": 0, "info": {"emails": {"items": [{"email": "a@b.c", "primary": false}]}}}`},
		{"JSON-3 any fraction and zone", `{"createdDate": "2020-04-20T16:02:20+02:00", "updatedDate": "2020-04-20T14:02:20.123987Z"}`,
			`{"revision": 0, "createdDate": "2020-04-20T14:02:20.000Z", "updatedDate": "2020-04-20T14:02:20.123Z"}`},
		{"JSON-6 unknown members are ignored", `{"revision": 1, "Revision": 7, "more": [1]}`, `{"revision": 1}`},
		{"JSON-8 any other URL", `{"info": {"picture": "https://example.com/p.png"}}`,
			`{"revision": 0, "info": {"picture": {"image": {"url": "https://example.com/p.png"}}}}`},
		{"JSON-8 a name that does not decode to UTF-8", `{"info": {"picture": "wix:image://v1/a/b%aa.jpg"}}`,
			`{"revision": 0, "info": {"picture": {"image": {
				"id": "a", "url": "wix:image://v1/a/b%aa.jpg", "filename": "b%aa.jpg", "altText": "b%aa.jpg"}}}}`},
		{"JSON-8 an empty text is no picture", `{"info": {"picture": ""}}`, `{"revision": 0}`},
		{"JSON-9 digits in a string", `{"revision": "5"}`, `{"revision": 5}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c contacts.Contact
			require.NoError(t, json.Unmarshal([]byte(tt.in), &c))
			out, err := json.Marshal(c)
			require.NoError(t, err)
			require.JSONEq(t, tt.want, string(out))

			var again contacts.Contact
			require.NoError(t, json.Unmarshal(out, &again))
			require.True(t, c.Equal(&again))
		})
	}
}

func TestJSONRefuses(t *testing.T) {
	const bad = contacts.RuleFormat
	for _, tt := range []struct {
		name, in string
		want     []contacts.Violation
	}{
		{"JSON-5 a URN is no GUID", `{"emails": {"items": [{"id": "urn:uuid:37db3bde-83c0-4ca2-8097-000000000001"}]}}`,
			[]contacts.Violation{{Field: "info.emails.items[0].id", Rule: bad, Format: contacts.FormatGUID}}},
		{"JSON-5 braces", `{"phones": {"items": [{"_id": "{37db3bde-83c0-4ca2-8097-000000000001}"}]}}`,
			[]contacts.Violation{{Field: "info.phones.items[0].id", Rule: bad, Format: contacts.FormatGUID}}},
		{"JSON-5 bare digits", `{"locations": {"items": ["37db3bde83c04ca28097000000000001", null]}}`,
			[]contacts.Violation{
				{Field: "info.locations.items[0]", Rule: bad, Format: contacts.FormatGUID},
				{Field: "info.locations.items[1]", Rule: bad, Format: contacts.FormatGUID},
			}},
		{"JSON-6 every wrong type at once, in the order of the fields", `{
			"picture": 1, "company": {}, "addresses": {"items": [{"address": {"geocode": {"latitude": "north"}}}, 7]},
			"phones": {"items": {}}, "emails": [], "name": {"last": 1, "first": true}, "labelKeys": {"items": [1]},
			"extendedFields": {"items": 3}}`,
			[]contacts.Violation{
				{Field: "info.name.first", Rule: bad, Format: contacts.FormatString},
				{Field: "info.name.last", Rule: bad, Format: contacts.FormatString},
				{Field: "info.emails", Rule: bad, Format: contacts.FormatObject},
				{Field: "info.phones.items", Rule: bad, Format: contacts.FormatArray},
				{Field: "info.addresses.items[0].address.geocode.latitude", Rule: bad, Format: contacts.FormatNumber},
				{Field: "info.addresses.items[1]", Rule: bad, Format: contacts.FormatObject},
				{Field: "info.company", Rule: bad, Format: contacts.FormatString},
				{Field: "info.labelKeys.items[0]", Rule: bad, Format: contacts.FormatString},
				{Field: "info.extendedFields.items", Rule: bad, Format: contacts.FormatObject},
				{Field: "info.picture", Rule: bad, Format: contacts.FormatObject},
			}},
		{"JSON-6 wrappers without items", `{"emails": {"item": []}, "extendedFields": {"custom.age": 5}}`,
			[]contacts.Violation{
				{Field: "info.emails.items", Rule: contacts.RuleRequired},
				{Field: "info.extendedFields.items", Rule: contacts.RuleRequired},
			}},
		{"JSON-7 half a character in an escape", `{"company": "\ud83d"}`,
			[]contacts.Violation{{Field: "info", Rule: bad, Format: contacts.FormatJSON}}},
		{"JSON-7 the other half", `{"company": "\ude00 x"}`,
			[]contacts.Violation{{Field: "info", Rule: bad, Format: contacts.FormatJSON}}},
		{"JSON-7 invalid UTF-8", "{\"company\": \"\xff\"}",
			[]contacts.Violation{{Field: "info", Rule: bad, Format: contacts.FormatJSON}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info := contacts.Info{Company: "before"}
			err := json.Unmarshal([]byte(tt.in), &info)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			require.Equal(t, tt.want, violations(t, err))
			require.Equal(t, contacts.Info{Company: "before"}, info, "a failed decode leaves the value alone")
			require.Equal(t, tt.want, violations(t, json.Unmarshal([]byte(tt.in), &contacts.Patch{})), "as a patch")
		})
	}

	for _, tt := range []struct {
		name, in string
		want     contacts.Violation
	}{
		{"JSON-9 an object is no revision", `{"revision": {"revision": 3}}`,
			contacts.Violation{Field: "revision", Rule: bad, Format: contacts.FormatInteger}},
		{"JSON-9 a fraction is no revision", `{"revision": 1.5}`,
			contacts.Violation{Field: "revision", Rule: bad, Format: contacts.FormatInteger}},
		{"JSON-9 33 bits are no revision", `{"revision": 4294967296}`,
			contacts.Violation{Field: "revision", Rule: bad, Format: contacts.FormatInteger}},
		{"JSON-9 a plus sign is no digit", `{"revision": "+5"}`,
			contacts.Violation{Field: "revision", Rule: bad, Format: contacts.FormatInteger}},
		{"JSON-3 a year of five digits, once it is in UTC", `{"createdDate": "9999-12-31T23:59:59-23:00"}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 a date is no timestamp", `{"createdDate": "2020-04-20"}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 a number is no timestamp", `{"createdDate": 1587391340}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 an hour of one digit", `{"createdDate": "2020-04-20T1:02:20Z"}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 a zone a day away", `{"createdDate": "2020-04-20T01:02:20-24:00"}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 a zone with 60 minutes", `{"createdDate": "2020-04-20T01:02:20+01:60"}`,
			contacts.Violation{Field: "createdDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-3 no zone", `{"lastActivity": {"activityDate": "2020-04-20T14:02:20"}}`,
			contacts.Violation{Field: "lastActivity.activityDate", Rule: bad, Format: contacts.FormatTimestamp}},
		{"JSON-6 a list is no contact", `[]`, contacts.Violation{Field: "", Rule: bad, Format: contacts.FormatObject}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := json.Unmarshal([]byte(tt.in), &contacts.Contact{})
			require.Equal(t, []contacts.Violation{tt.want}, violations(t, err))
		})
	}

	t.Run("JSON-6 one value and no more", func(t *testing.T) {
		for _, text := range []string{`{"company":"a"}}`, `{"company":"a"}]`, `{"company":"a"} {}`, `{"company":"a"`, ``} {
			info := contacts.Info{}
			require.ErrorIs(t, info.UnmarshalJSON([]byte(text)), contacts.ErrInvalid, text)
		}
	})
	t.Run("JSON-6 at most 1000 violations", func(t *testing.T) {
		text := `{"labelKeys": {"items": [1` + strings.Repeat(",1", 10_000) + `]}}`
		err := json.Unmarshal([]byte(text), &contacts.Info{})
		require.Len(t, violations(t, err), 1000)
		require.Less(t, len(err.Error()), 2000)
	})
	t.Run("JSON-7 escapes that are whole pass", func(t *testing.T) {
		var info contacts.Info
		require.NoError(t, json.Unmarshal([]byte(`{"company": "\ud83d\ude00\\ud83d\n"}`), &info))
		require.Equal(t, "😀\\ud83d\n", info.Company)
	})
	t.Run("JSON-9 floats without a number", func(t *testing.T) {
		var a contacts.Address
		require.NoError(t, json.Unmarshal([]byte(`{"address": {"geocode": {"latitude": "Infinity", "longitude": 1}}}`), &a))
		require.Equal(t, math.Inf(1), a.Geocode.Latitude)
	})
}

func TestExtendedValuesJSON(t *testing.T) {
	var info contacts.Info
	require.NoError(t, json.Unmarshal([]byte(
		`{"extendedFields": {"items": {"a": 9007199254740992, "b": 9007199254740993, "c": 0.1, "d": "x", "e": null}}}`), &info))
	t.Run("JSON-10 numbers that fit", func(t *testing.T) {
		require.Equal(t, map[string]any{
			"a": float64(1 << 53), "b": json.Number("9007199254740993"), "c": 0.1, "d": "x", "e": nil,
		}, info.ExtendedFields)
	})
	t.Run("JSON-10 numbers that do not are refused by a write", func(t *testing.T) {
		s := newStore(t)
		field, _, err := s.FindOrCreateField(t.Context(), "Number", contacts.DataNumber)
		require.NoError(t, err)
		in := person("Ada")
		in.ExtendedFields = map[string]any{field.Key: info.ExtendedFields["b"]}
		_, err = s.Create(t.Context(), in, nil)
		require.ErrorIs(t, err, contacts.ErrInvalidFieldValue)
		in.ExtendedFields = map[string]any{field.Key: json.Number("9007199254740992")}
		c := create(t, s, in)
		out, err := json.Marshal(c)
		require.NoError(t, err)
		require.Contains(t, string(out), `"custom.number":9007199254740992`)
	})
}

func TestLargeNumbersJSON(t *testing.T) {
	for _, f := range []float64{0, 1 << 53, -(1 << 53), 1<<53 + 2, 1 << 63, 1 << 64, 999999999999999868928, 1e21, 1e300, -1 << 62, 0.1} {
		t.Run(fmt.Sprint("JSON-10 stored values come back, ", f), func(t *testing.T) {
			s := newStore(t)
			field, _, err := s.FindOrCreateField(t.Context(), "Number", contacts.DataNumber)
			require.NoError(t, err)
			c := create(t, s, contacts.Info{
				Name: contacts.Name{First: "Ada"}, ExtendedFields: map[string]any{field.Key: f},
			})
			text, err := json.Marshal(c)
			require.NoError(t, err)
			var again contacts.Contact
			require.NoError(t, json.Unmarshal(text, &again))
			require.Equal(t, f, again.Info.ExtendedFields[field.Key])
			var file bytes.Buffer
			require.NoError(t, s.Snapshot().Export(&file))
			loaded, err := contacts.Load(t.Context(), &file, nil)
			require.NoError(t, err)
			require.Equal(t, s.Snapshot().Digest(), loaded.Snapshot().Digest())

			patch, err := json.Marshal(contacts.Patch{ExtendedFields: contacts.Set(map[string]any{field.Key: f})})
			require.NoError(t, err)
			var p contacts.Patch
			require.NoError(t, json.Unmarshal(patch, &p))
			values, _ := p.ExtendedFields.Get()
			require.Equal(t, map[string]any{field.Key: f}, values)
		})
	}
}

// TestItemsAlone tests that items encode and decode outside of a contact as they do in one.
func TestItemsAlone(t *testing.T) {
	c := create(t, newStore(t), richInfo("ann"))
	var wire struct {
		Info struct {
			Emails, Phones, Addresses struct{ Items []json.RawMessage }
			Picture                   json.RawMessage
		}
	}
	text, err := json.Marshal(c)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &wire))
	for name, tc := range map[string]struct {
		item any // a pointer to it
		in   json.RawMessage
		new  func() any
	}{
		"an email":   {&c.Info.Emails[0], wire.Info.Emails.Items[0], func() any { return new(contacts.Email) }},
		"a phone":    {&c.Info.Phones[0], wire.Info.Phones.Items[0], func() any { return new(contacts.Phone) }},
		"an address": {&c.Info.Addresses[0], wire.Info.Addresses.Items[0], func() any { return new(contacts.Address) }},
	} {
		t.Run("JSON-1 JSON-2 "+name, func(t *testing.T) {
			alone, err := json.Marshal(tc.item)
			require.NoError(t, err)
			require.JSONEq(t, string(tc.in), string(alone))
			again := tc.new()
			require.NoError(t, json.Unmarshal(alone, again))
			require.Equal(t, tc.item, again)
			require.Error(t, json.Unmarshal([]byte("[]"), again))
		})
	}
}

func TestNegativeZero(t *testing.T) {
	t.Run("FLD-6 is zero", func(t *testing.T) {
		s := newStore(t)
		field, _, err := s.FindOrCreateField(t.Context(), "Number", contacts.DataNumber)
		require.NoError(t, err)
		for _, zero := range []any{math.Copysign(0, -1), float32(math.Copysign(0, -1)), json.Number("-0"), json.Number("-0.0")} {
			in := person("Ada")
			in.ExtendedFields = map[string]any{field.Key: zero}
			stored := create(t, s, in).Info.ExtendedFields[field.Key]
			require.Equal(t, 0.0, stored)
			require.False(t, math.Signbit(stored.(float64)))
		}
	})
}

func TestPatchJSON(t *testing.T) {
	cleared := contacts.Patch{
		FirstName: contacts.Set(""), LastName: contacts.Set(""),
		Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
		Addresses: contacts.Set[[]contacts.Address](nil),
		Company:   contacts.Set(""), JobTitle: contacts.Set(""), Birthdate: contacts.Set(""), Locale: contacts.Set(""),
		LabelKeys: contacts.Set[[]string](nil), ExtendedFields: contacts.Set[map[string]any](nil),
		Picture:   contacts.Set[*contacts.Picture](nil),
		Locations: contacts.Set[[]uuid.UUID](nil), AssignedUserIDs: contacts.Set[[]uuid.UUID](nil),
	}
	for _, tt := range []struct {
		name, in string
		want     contacts.Patch
	}{
		{"UPD-10 absent leaves alone", `{"more": 1}`, contacts.Patch{}},
		{"UPD-10 null clears", `{"name": null, "emails": null, "phones": null, "addresses": null, "company": null,
			"jobTitle": null, "birthdate": null, "locale": null, "labelKeys": null, "extendedFields": null, "picture": null,
			"locations": null, "assignedUserIds": null}`, cleared},
		{"UPD-10 a part of the name", `{"name": {"last": "X"}}`, contacts.Patch{LastName: contacts.Set("X")}},
		{"UPD-10 null clears a part of the name", `{"name": {"first": null}}`, contacts.Patch{FirstName: contacts.Set("")}},
		{"UPD-10 a name with nothing known leaves alone", `{"name": {"middle": "X"}}`, contacts.Patch{}},
		{"UPD-10 an empty name leaves alone", `{"name": {}}`, contacts.Patch{}},
		{"UPD-10 an empty name beside another member", `{"name": {}, "company": "C"}`,
			contacts.Patch{Company: contacts.Set("C")}},
		{"UPD-10 a null name clears both parts", `{"name": null}`,
			contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("")}},
		{"UPD-10 null and empty parts of the name clear", `{"name": {"first": null, "last": "", "middle": "X"}}`,
			contacts.Patch{FirstName: contacts.Set(""), LastName: contacts.Set("")}},
		{"UPD-10 empty wrappers clear", `{"name": {}, "emails": {}, "phones": {"items": []}, "extendedFields": {"items": {}}}`,
			contacts.Patch{
				Emails: contacts.Set[[]contacts.Email](nil), Phones: contacts.Set[[]contacts.Phone](nil),
				ExtendedFields: contacts.Set[map[string]any](nil),
			}},
		{"UPD-10 values replace", `{"emails": {"items": [{"email": "a@b.c", "primary": true}]}, "company": "C"}`,
			contacts.Patch{Emails: contacts.Set([]contacts.Email{{Address: "a@b.c", Primary: true}}), Company: contacts.Set("C")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p contacts.Patch
			require.NoError(t, json.Unmarshal([]byte(tt.in), &p))
			require.Equal(t, tt.want, p)
			out, err := json.Marshal(p)
			require.NoError(t, err)
			var again contacts.Patch
			require.NoError(t, json.Unmarshal(out, &again))
			require.True(t, equalPatches(p, again))
		})
	}
	t.Run("UPD-10 an empty picture clears", func(t *testing.T) {
		s := newStore(t)
		in := person("Ada")
		in.Picture = &contacts.Picture{Image: contacts.Image{URL: "https://example.com/a.png"}}
		c := create(t, s, in)
		var p contacts.Patch
		require.NoError(t, json.Unmarshal([]byte(`{"picture": {}}`), &p))
		c, err := s.Update(t.Context(), c.ID, c.Revision, p, nil)
		require.NoError(t, err)
		require.Nil(t, c.Info.Picture)
	})
	t.Run("UPD-10 SetFields has no form", func(t *testing.T) {
		_, err := json.Marshal(contacts.Patch{SetFields: map[string]any{"custom.a": 1}})
		require.Error(t, err)
	})
}

// jsonSeeds are the seeds of the fuzz targets: every shape in the tests above.
var jsonSeeds = []string{
	sdkContact, wireContact, capturedContact, `{}`, `null`, `[]`, `{"info": {"name": {}}}`, `{"emails": {"items": [null]}}`,
	`{"extendedFields": {"items": {"a": 1e400, "b": -0.0, "c": [], "d": 12345678901234567890}}}`,
	`{"picture": "wix:image://v1/a/b%zz#originWidth=x"}`, `{"picture": "wix:image://v1/a/b%aa"}`, `{"createdDate": "0000-01-01T00:00:00Z"}`, `{"company": "\ud800\udc00"}`,
}

// fuzzRoundTrip checks that every decoded value encodes, and decodes again to the same value.
func fuzzRoundTrip[T any](f *testing.F, equal func(a, b T) bool) {
	for _, seed := range slices.Concat(jsonSeeds, hardTexts()) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, b T
		if json.Unmarshal(text, &a) != nil {
			return
		}
		first, err := json.Marshal(a)
		require.NoError(t, err)
		err = json.Unmarshal(first, &b)
		if len(text) > 20_000 && strings.Contains(fmt.Sprint(err), "too many JSON values") {
			return // an empty item is written with its members
		}
		require.NoError(t, err)
		require.True(t, equal(a, b))
		second, err := json.Marshal(b)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

func FuzzContactJSON(f *testing.F) {
	fuzzRoundTrip(f, func(a, b contacts.Contact) bool { return a.Equal(&b) })
}

func FuzzInfoJSON(f *testing.F) { fuzzRoundTrip(f, contacts.Info.Equal) }

func FuzzPatchJSON(f *testing.F) { fuzzRoundTrip(f, equalPatches) }

// equalPatches reports whether two patches without SetFields set the same members to the same values.
func equalPatches(a, b contacts.Patch) bool {
	given, values := membersOf(a)
	others, otherValues := membersOf(b)
	return given == others && values.Equal(otherValues)
}

// membersOf returns the members that a patch sets, in their order, and their values.
func membersOf(p contacts.Patch) (given [14]bool, values contacts.Info) {
	values.Name.First, given[0] = p.FirstName.Get()
	values.Name.Last, given[1] = p.LastName.Get()
	values.Emails, given[2] = p.Emails.Get()
	values.Phones, given[3] = p.Phones.Get()
	values.Addresses, given[4] = p.Addresses.Get()
	values.Company, given[5] = p.Company.Get()
	values.JobTitle, given[6] = p.JobTitle.Get()
	values.Birthdate, given[7] = p.Birthdate.Get()
	values.Locale, given[8] = p.Locale.Get()
	values.LabelKeys, given[9] = p.LabelKeys.Get()
	values.ExtendedFields, given[10] = p.ExtendedFields.Get()
	values.Picture, given[11] = p.Picture.Get()
	values.Locations, given[12] = p.Locations.Get()
	values.AssignedUserIDs, given[13] = p.AssignedUserIDs.Get()
	return given, values
}

func TestStoredTimes(t *testing.T) {
	t.Run("JSON-2 numbers that JSON has none for", func(t *testing.T) {
		a := contacts.Address{Geocode: &contacts.Geocode{Latitude: math.Inf(1), Longitude: math.Inf(-1)}}
		text, err := json.Marshal(a)
		require.NoError(t, err)
		require.JSONEq(t, `{"address": {"geocode": {"latitude": "Infinity", "longitude": "-Infinity"}}}`, string(text))
		var b contacts.Address
		require.NoError(t, json.Unmarshal(text, &b))
		require.True(t, a.Equal(b))
	})
	t.Run("JSON-3 the output of a store", func(t *testing.T) {
		opts := fixed()
		opts.Now = func() time.Time {
			return time.Date(2026, 1, 2, 5, 4, 5, 999_999_999, time.FixedZone("", 2*60*60))
		}
		out, err := json.Marshal(create(t, openStore(t, opts), person("Ada")))
		require.NoError(t, err)
		require.Contains(t, string(out), `"createdDate":"2026-01-02T03:04:05.999Z"`)
	})
}

func TestPartsJSON(t *testing.T) {
	s := newStore(t)
	label, _, err := s.FindOrCreateLabel(t.Context(), "VIP")
	require.NoError(t, err)
	field, _, err := s.FindOrCreateField(t.Context(), "Age", contacts.DataNumber)
	require.NoError(t, err)
	c := create(t, s, person("Ada", "ada@example.com"))

	t.Run("JSON-2 a view prints as its contact", func(t *testing.T) {
		v, ok := s.Snapshot().View(c.ID)
		require.True(t, ok)
		want, err := json.Marshal(c)
		require.NoError(t, err)
		got, err := json.Marshal(v)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
	t.Run("JSON-1 JSON-2 labels", func(t *testing.T) {
		text, err := json.Marshal(label)
		require.NoError(t, err)
		require.JSONEq(t, `{"namespace": "custom", "namespaceDisplayName": "Labels", "key": "custom.vip", "displayName": "VIP",
			"labelType": "USER_DEFINED", "createdDate": "2026-01-02T03:04:06.000Z", "updatedDate": "2026-01-02T03:04:06.000Z"}`,
			string(text))
		var again contacts.Label
		sdk := strings.NewReplacer(`"createdDate`, `"_createdDate`, `"updatedDate`, `"_updatedDate`).Replace(string(text))
		require.NoError(t, json.Unmarshal([]byte(sdk), &again))
		require.Equal(t, label, again)
	})
	t.Run("JSON-1 JSON-2 extended fields", func(t *testing.T) {
		text, err := json.Marshal(field)
		require.NoError(t, err)
		require.JSONEq(t, `{"namespace": "custom", "key": "custom.age", "displayName": "Age", "dataType": "NUMBER",
			"fieldType": "USER_DEFINED", "createdDate": "2026-01-02T03:04:07.000Z", "updatedDate": "2026-01-02T03:04:07.000Z"}`,
			string(text))
		var again contacts.Field
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, field, again)
	})
	t.Run("JSON-2 parts of a contact", func(t *testing.T) {
		for want, v := range map[string]any{
			`{"emailVerified": false, "emailVerificationRequired": false, "status": "ACTIVE"}`: contacts.Member{Status: contacts.MemberActive},
			`{"activityDate": "2026-01-02T03:04:05.000Z", "activityType": "GENERAL"}`: contacts.Activity{
				ActivityDate: epoch, ActivityType: contacts.ActivityGeneral,
			},
			`{"image": {"url": "https://example.com/a"}}`: contacts.Picture{Image: contacts.Image{URL: "https://example.com/a"}},
			`{"url": "https://example.com/a"}`:            &contacts.Image{URL: "https://example.com/a"},
		} {
			got, err := json.Marshal(v)
			require.NoError(t, err)
			require.JSONEq(t, want, string(got))
		}
	})
}

func TestDecodingBounds(t *testing.T) {
	const values = 20_000
	decode := map[string]func(text string) error{
		"Contact": func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Contact)) },
		"Info":    func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Info)) },
		"Patch":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Patch)) },
		"Email":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Email)) },
		"Phone":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Phone)) },
		"Address": func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Address)) },
		"Label":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Label)) },
		"Field":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Field)) },
		"Event":   func(text string) error { return json.Unmarshal([]byte(text), new(contacts.Event)) },
	}
	for name, decode := range decode {
		t.Run("JSON-15 at most 20,000 values: "+name, func(t *testing.T) {
			err := decode(`{"unknown":[` + strings.Repeat("1,", values-2) + `1]}`)
			for _, v := range violationsOf(err) {
				require.NotEqual(t, contacts.RuleMaxSize, v.Rule)
			}
			err = decode(`{"unknown":[` + strings.Repeat("1,", values-1) + `1]}`)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			got := violations(t, err)
			require.Len(t, got, 1)
			require.Equal(t, contacts.RuleMaxSize, got[0].Rule)
			require.Equal(t, values, got[0].Threshold)
			require.ErrorContains(t, err, "too many JSON values")
		})
		t.Run("JSON-16 repeated members: "+name, func(t *testing.T) {
			err := decode(`{"unknown":{"id":[{"b":1,"b":2}]}}`)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			got := violations(t, err)
			require.Equal(t, contacts.RuleNameRepeated, got[len(got)-1].RuleName)
			require.True(t, strings.HasSuffix(got[len(got)-1].Field, "unknown.id[0].b"), got)
		})
	}
	t.Run("JSON-15 ten thousand levels", func(t *testing.T) {
		nested := func(levels int) string {
			lists := strings.Repeat("[", levels) + strings.Repeat("]", levels)
			return `{"extendedFields":{"items":{"a":` + lists + `}}}`
		}
		var in contacts.Info
		require.NoError(t, json.Unmarshal([]byte(nested(9997)), &in))
		require.Equal(t, in, in.Clone())
		require.True(t, in.Equal(in.Clone()))
		require.Error(t, json.Unmarshal([]byte(nested(9998)), &in))
		// encoding/json has the same bound, but the decoder can be called directly.
		err := in.UnmarshalJSON([]byte(nested(9998)))
		require.Equal(t, oneViolation(badFormat("info", contacts.FormatJSON)), violations(t, err))
		require.ErrorContains(t, err, "too many levels")
	})
	t.Run("JSON-15 a contact with all that a store accepts has fewer values", func(t *testing.T) {
		c := fullContact()
		in := &c.Info
		in.Emails, in.Phones = repeated(50, in.Emails[0]), repeated(50, in.Phones[0])
		in.Addresses = repeated(50, in.Addresses[0])
		in.LabelKeys = repeated(2000, "custom.vip")
		in.Locations, in.AssignedUserIDs = repeated(50, testID(1)), repeated(50, testID(1))
		c.Segments, c.Member.GroupIDs = repeated(60, testID(1)), repeated(1000, testID(1))
		c.Member.Session.MobileAppNames = repeated(50, "app")
		in.ExtendedFields = make(map[string]any)
		for i := range 10_000 {
			in.ExtendedFields[fmt.Sprint("custom.a", i)] = float64(i)
		}
		text, err := json.Marshal(c)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, new(contacts.Contact)))
	})
	t.Run("JSON-15 FLT-8 filters", func(t *testing.T) {
		for name, text := range map[string]string{
			"values": `{"a":{"$in":` + tiny("1", 50_000) + `}}`, "levels": strings.Repeat(`{"$not":`, 10_001),
		} {
			_, err := contacts.ParseFilter([]byte(text))
			require.Equal(t, contacts.ErrUnsupportedFilter, contacts.CodeOf(err), name)
		}
		_, err := contacts.ParseFilter([]byte(`{"a":{"$eq":{"b":1,"b":1}}}`))
		require.Equal(t, contacts.ErrMalformedFilter, contacts.CodeOf(err))
	})
	t.Run("JSON-15 memory", func(t *testing.T) {
		size := large(2<<20, 50<<20)
		for name, text := range denseTexts(size) {
			for kind, decode := range map[string]func() error{
				"contact": func() error { return new(contacts.Contact).UnmarshalJSON([]byte(text)) },
				"patch":   func() error { return new(contacts.Patch).UnmarshalJSON([]byte(text)) },
				"filter": func() error {
					_, err := contacts.ParseFilter([]byte(text))
					return err
				},
			} {
				peak := peakOf(func() { require.Error(t, decode()) })
				require.Less(t, peak, uint64(10*len(text)+20<<20), "%s: %s", kind, name)
			}
		}
	})
}

// violationsOf returns the violations of an error, nil if it has none.
func violationsOf(err error) []contacts.Violation {
	if e, ok := err.(*contacts.Error); ok {
		return e.Violations
	}
	return nil
}
