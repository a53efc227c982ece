package contacts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// refusedExport requires that a text is refused for this line, and for violations of these fields if it is for such. The
// text of the error must hold nothing of a contact (ERR-3).
func refusedExport(t testing.TB, text string, line int, fields ...string) {
	t.Helper()
	s, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
	require.Nil(t, s)
	got, violated := reasonOf(t, err)
	require.Equal(t, line, got, "%v", err)
	require.Equal(t, fields, violated)
}

// secrets are in the contacts that the tests below spoil, or in what they put there.
var secrets = regexp.MustCompile(`(?i)ann|cyd|x\.test|201.?555|secret|42\.5|unsubscribed|elm`)

// reasonOf returns the line for which an export was refused, and the fields of the violations.
func reasonOf(t testing.TB, err error) (line int, fields []string) {
	t.Helper()
	require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err), "%v", err)
	require.ErrorIs(t, err, contacts.ErrInvalidExport)
	var at *contacts.LineError
	require.ErrorAs(t, err, &at)
	require.Error(t, at.Err)
	if e, ok := errors.AsType[*contacts.Error](at.Err); ok {
		require.Equal(t, contacts.ErrInvalid, e.Code)
		require.NotEmpty(t, e.Violations)
		for _, v := range e.Violations {
			fields = append(fields, v.Field)
		}
	}
	require.NotRegexp(t, secrets, err.Error())
	return at.Line, fields
}

func TestLoadRefusesOtherTexts(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for name, text := range map[string]string{
		"nothing": "", "a line end": "\n", "white space": " \t\n\n", "NUL": "\x00", "a CSV file": "Name,Email\nAnn,ann@x.test\n",
		"JSON":         `{"id":"00000000-0000-4000-8000-000000000001","info":{"name":{"first":"Ann"}}}` + "\n",
		"a JSON array": "[" + smallExport + "]", "a vCard": "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ann\r\nEND:VCARD\r\n",
		"a binary file": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", "no Unicode": "\xff\xfe{\x00", "one long line": big,
		"a byte order mark": "\ufeff" + smallExport, "a line end before it": "\n" + smallExport,
		"spaces before it": "  " + smallExport, "a number": "1", "null": "null\n", "an empty object": "{}\n",
		"the last line alone":   sealed(),
		"without its first":     strings.Join(exportedLines(smallExport)[1:], "\n"),
		"a beginning":           `{"contactsStore":`,
		"a broken first line":   `{"contactsStore":{"version":1,"position":9` + big,
		"a first line and more": `{"contactsStore":{"version":1,"position":0,"changes":0}} ` + big,
		"two things in a line":  `{"contactsStore":{"version":1,"position":0,"changes":0},"label":{}}` + "\n",
		"two stores in a line":  `{"contactsStore":{"version":1,"position":0,"changes":0},"contactsStore":{"version":1}}` + "\n",
	} {
		t.Run("EXP-3 "+name, func(t *testing.T) { refusedExport(t, text, 1) })
	}
	t.Run("EXP-3 what may be gigabytes long is not read", func(t *testing.T) {
		r := &countingReader{r: strings.NewReader(strings.Repeat("x", 1<<22))}
		_, err := contacts.Load(t.Context(), r, nil)
		require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
		require.LessOrEqual(t, r.n, 1<<16)
	})
	t.Run("EXP-3 options that are refused", func(t *testing.T) {
		r := &countingReader{r: strings.NewReader(smallExport)}
		s, err := contacts.Load(t.Context(), r, &contacts.Options{Region: "us", LabelQuota: -1})
		require.Nil(t, s)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		require.Len(t, violations(t, err), 2)
		require.Zero(t, r.n)
	})
}

type countingReader struct {
	r io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// TestLoadRefusesDamage damages an export in every place. What is refused names a line; what is not, is the same store.
func TestLoadRefusesDamage(t *testing.T) {
	want := exportOf(t, smallStore(t).Snapshot())
	lines := strings.SplitAfter(strings.TrimSuffix(want, "\n"), "\n")
	last := len(lines)
	damaged := func(t *testing.T, text, how string) (refused bool) {
		t.Helper()
		s, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
		if err == nil {
			require.Equal(t, want, exportOf(t, s.Snapshot()), how)
			return false
		}
		require.Nil(t, s)
		line, _ := reasonOf(t, err)
		require.GreaterOrEqual(t, line, 1)
		require.LessOrEqual(t, line, strings.Count(strings.TrimSuffix(text, "\n"), "\n")+2, how) // the one that is missing
		return true
	}
	t.Run("EXP-3 truncated at every byte", func(t *testing.T) {
		for n := range want {
			// Without its line end the last line is whole.
			require.Equal(t, n != len(want)-1, damaged(t, want[:n], fmt.Sprint("at ", n)), n)
		}
	})
	t.Run("EXP-3 every byte lost, doubled, or another one", func(t *testing.T) {
		for i := range want {
			for _, instead := range []string{
				"", want[i:i+1] + want[i:i+1], string([]byte{want[i] ^ 1<<(i%8)}), string(" \n\"0\x00{\\"[i%7]),
			} {
				text := want[:i] + instead + want[i+1:]
				same := text == want || text == want[:len(want)-1]
				require.NotEqual(t, same, damaged(t, text, fmt.Sprintf("%q at %d", instead, i)), "%q at %d", instead, i)
			}
		}
	})
	t.Run("EXP-3 every line lost", func(t *testing.T) {
		for i := range lines {
			require.True(t, damaged(t, strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 every line twice", func(t *testing.T) {
		for i := range lines {
			require.True(t, damaged(t, strings.Join(slices.Insert(slices.Clone(lines), i, lines[i]), ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 every line in the place of each other", func(t *testing.T) {
		for i := range lines {
			for j := range i {
				swapped := slices.Clone(lines)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				require.True(t, damaged(t, strings.Join(swapped, ""), fmt.Sprint("lines ", j+1, " and ", i+1)))
			}
		}
	})
	t.Run("EXP-3 every line of another export", func(t *testing.T) {
		other := strings.SplitAfter(strings.NewReplacer(
			"Ann", "Ann2", "VIP", "VOP", "custom.shoe-size\"", "custom.shoes\"", "Cyd", "Cyd2",
			`-000000000004","into`, `-000000000006","into`, `"position":9`, `"position":8`, "42a298", "52a298",
		).Replace(want), "\n")
		for i := range lines {
			if lines[i] == other[i] {
				continue
			}
			mixed := slices.Clone(lines)
			mixed[i] = other[i]
			require.True(t, damaged(t, strings.Join(mixed, ""), fmt.Sprint("line ", i+1)))
		}
	})
	t.Run("EXP-3 text behind it", func(t *testing.T) {
		for _, text := range []string{"\n", " ", "x", "{}\n", "\x00", "\n\n", lines[last-1], lines[last-2]} {
			refusedExport(t, want+text, last+1)
		}
		refusedExport(t, strings.TrimSuffix(want, "\n")+"\r\r\n", last)
	})
	t.Run("EXP-3 two exports", func(t *testing.T) {
		refusedExport(t, want+want, last+1)
		refusedExport(t, strings.Join(lines[:last-1], "")+want, last)
	})
	t.Run("EXP-3 line ends of Windows, in all lines or in some", func(t *testing.T) {
		require.False(t, damaged(t, strings.ReplaceAll(want, "\n", "\r\n"), "all"))
		for i := range lines {
			mixed := slices.Clone(lines)
			mixed[i] = strings.TrimSuffix(mixed[i], "\n") + "\r\n"
			require.False(t, damaged(t, strings.Join(mixed, ""), fmt.Sprint("line ", i+1)))
		}
		require.True(t, damaged(t, strings.ReplaceAll(want, "\n", "\r"), "of old Macs"))
	})
}

// line numbers of smallExport
const (
	storeLine = 1 + iota
	labelLine
	fieldLine
	annLine
	cydLine
	rootLine
	sourceLine
	lastLine
)

// TestLoadRefusesLines spoils one line and sums up again, so that it is the line that must be found wrong.
func TestLoadRefusesLines(t *testing.T) {
	long := strings.Repeat("secret", 2000)
	const annID, bobID, cydID = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000004",
		"00000000-0000-4000-8000-000000000005"
	for _, tc := range []struct {
		name     string
		line     int
		old, new string // in the line; old "" stands for all of it
		fields   []string
	}{
		{"no version", storeLine, `"version":1,`, ``, []string{"contactsStore.version"}},
		{"version 0", storeLine, `"version":1`, `"version":0`, []string{"contactsStore.version"}},
		{"version -1", storeLine, `"version":1`, `"version":-1`, []string{"contactsStore.version"}},
		{"version in words", storeLine, `"version":1`, `"version":"one"`,
			[]string{"contactsStore.version", "contactsStore.version"}},
		{"a later version", storeLine, `"version":1`, `"version":2`, nil},
		{"a later version, in another form", storeLine, "", `{"contactsStore":{"version":3,"position":"secret"}}`, nil},
		{"the largest version", storeLine, `"version":1`, `"version":2147483647`, nil},
		{"no position", storeLine, `"position":9,`, ``, []string{"contactsStore.changes"}},
		{"no changes", storeLine, `"changes":11`, `"changes":0`, []string{"contactsStore.changes"}},
		{"fewer changes than commits", storeLine, `"changes":11`, `"changes":8`, []string{"contactsStore.changes"}},
		{"a position under 0", storeLine, `"position":9`, `"position":-9`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a position with a fraction", storeLine, `"position":9`, `"position":9.0`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a position in quotes", storeLine, `"position":9`, `"position":"9"`, []string{"contactsStore.position"}},
		{"a position that cannot go on", storeLine, `"position":9`, `"position":18446744073709551615`,
			[]string{"contactsStore.position", "contactsStore.changes"}},
		{"a time without zone", storeLine, `.000Z`, `.000`, []string{"contactsStore.time"}},
		{"no time at all", storeLine, `"2026-01-02T03:04:14.000Z"`, `"secret"`, []string{"contactsStore.time"}},

		{"a label of no key", labelLine, `"key":"custom.vip",`, ``, []string{"label.key"}},
		{"a label's key without namespace", labelLine, `"custom.vip"`, `"secret"`, []string{"label.key"}},
		{"a label's key with a space", labelLine, `"custom.vip"`, `"custom.v ip"`, []string{"label.key"}},
		{"a label's key that is too long", labelLine, `"custom.vip"`, `"custom.` + long[:75] + `"`, []string{"label.key"}},
		{"a label's key with NUL", labelLine, `"custom.vip"`, `"custom.v\u0000ip"`, []string{"label.key"}},
		{"a label without name", labelLine, `"displayName":"VIP"`, `"displayName":""`, []string{"label.displayName"}},
		{"a label's name that is too long", labelLine, `:"VIP"`, `:"` + long[:181] + `"`, []string{"label.displayName"}},
		{"a label's name with NUL", labelLine, `:"VIP"`, `:"VIP\u0000"`, []string{"label.displayName"}},
		{"a label's name that is a number", labelLine, `:"VIP"`, `:7`, []string{"label.displayName"}},
		{"a label's name with half a character", labelLine, `:"VIP"`, `:"VIP\ud83d"`, nil},
		{"a label of the system", labelLine, `"USER_DEFINED"`, `"SYSTEM"`, []string{"label.labelType"}},
		{"a label of an unknown type", labelLine, `"USER_DEFINED"`, `"SECRET"`, []string{"label.labelType"}},
		{"a label without date", labelLine, `"createdDate":"2026-01-02T03:04:06.000Z",`, ``, []string{"label.createdDate"}},
		{"a label of a bad date", labelLine, `"createdDate":"2026-01`, `"createdDate":"2026-13`,
			[]string{"label.createdDate", "label.createdDate"}},
		{"a label that is in every store", labelLine, `"custom","namespaceDisplayName":"Labels","key":"custom.vip"`,
			`"contacts","namespaceDisplayName":"Labels","key":"contacts.customers"`, nil},
		{"a label that is null", labelLine, ``, `{"label":null}`,
			[]string{"label.key", "label.displayName", "label.labelType", "label.createdDate"}},
		{"a label that is a list", labelLine, ``, `{"label":[]}`, []string{
			"label", "label.key", "label.displayName", "label.labelType", "label.createdDate",
		}},

		{"a field of a bad key", fieldLine, `"custom.shoe-size"`, `"custom."`, []string{"field.key"}},
		{"a field without name", fieldLine, `:"Shoe size"`, `:""`, []string{"field.displayName"}},
		{"a field's name that is too long", fieldLine, `:"Shoe size"`, `:"` + long[:151] + `"`, []string{"field.displayName"}},
		{"a field of the system", fieldLine, `"USER_DEFINED"`, `"SYSTEM"`, []string{"field.fieldType"}},
		{"a field of no type", fieldLine, `"dataType":"NUMBER",`, ``, []string{"field.dataType"}},
		{"a field of an unknown type", fieldLine, `"NUMBER"`, `"SECRET"`, []string{"field.dataType"}},
		{"a field without date", fieldLine, `"createdDate":"2026-01-02T03:04:07.000Z",`, ``, []string{"field.createdDate"}},
		{"a field that is in every store", fieldLine, `"custom","key":"custom.shoe-size"`,
			`"invoices","key":"invoices.vatId"`, nil},

		{"a contact without ID", annLine, `"id":"` + annID + `",`, ``, []string{"id"}},
		{"a contact of a bad ID", annLine, annID, annID[1:], []string{"id", "id"}},
		{"a contact of the nil ID", annLine, annID, "00000000-0000-0000-0000-000000000000", []string{"id"}},
		{"a revision of 0", annLine, `"revision":5`, `"revision":0`, []string{"revision"}},
		{"a revision under 0", annLine, `"revision":5`, `"revision":-5`, []string{"revision"}},
		{"a revision with a fraction", annLine, `"revision":5`, `"revision":5.5`, []string{"revision", "revision"}},
		{"no source", annLine, `"source":{"sourceType":"OTHER"},`, ``, []string{"source.sourceType"}},
		{"an unknown source", annLine, `"OTHER"`, `"SECRET"`, []string{"source.sourceType"}},
		{"no createdDate", annLine, `"createdDate":"2026-01-02T03:04:08.000Z",`, ``, []string{"createdDate"}},
		{"no updatedDate", annLine, `"updatedDate":"2026-01-02T03:04:13.000Z",`, ``, []string{"updatedDate"}},
		{"no activity", cydLine, `"lastActivity":{"activityDate":"2026-01-02T03:04:14.000Z","activityType":"CONTACT_CREATED"},`,
			``,
			[]string{"lastActivity"}},
		{"an unknown activity", cydLine, `"CONTACT_CREATED"`, `"SECRET"`, []string{"lastActivity.activityType"}},
		{"no name, email or phone", cydLine, `"first":"Cyd"`, `"first":" "`, []string{"info"}},
		{"a name that is too long", cydLine, `"Cyd"`, `"` + long[:1001] + `"`, []string{"info.name.first"}},
		{"a name with NUL", cydLine, `"Cyd"`, `"C\u0000yd"`, []string{"info.name.first"}},
		{"a name that is no text", cydLine, `"Cyd"`, `["secret"]`, []string{"info.name.first", "info"}},
		{"a company that is too long", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"company":"` + long[:1001] + `"`,
			[]string{"info.company"}},
		{"a locale that is not in lower case", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"locale":"en-US"`,
			[]string{"info"}},
		{"a birthdate that is no date", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"birthdate":"2023-02-29"`,
			[]string{"info.birthdate"}},
		{"an email without @", annLine, `"email":"Ann@x.test"`, `"email":"Ann"`,
			[]string{"info.emails.items[0].email", "emailStatuses"}},
		{"an email that is too long", annLine, `"email":"Ann@`, `"email":"` + long[:320] + `@`,
			[]string{"info.emails.items[0].email", "emailStatuses"}},
		{"an email without tag", annLine, `"tag":"UNTAGGED","email"`, `"email"`, []string{"info"}},
		{"an email of an unknown tag", annLine, `"tag":"UNTAGGED","email"`, `"tag":"SECRET","email"`,
			[]string{"info.emails.items[0].tag"}},
		{"an email without ID", annLine, `"id":"00000000-0000-4000-8000-000000000002",`, ``, []string{"info.emails.items"}},
		{"two emails of one ID", annLine, `"email":"Ann@x.test","primary":true}`,
			`"email":"Ann@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000002","tag":"HOME","email":"b@x.test","primary":false}`,
			[]string{"info.emails.items"}},
		{"no primary email", annLine, `"Ann@x.test","primary":true`, `"Ann@x.test","primary":false`, []string{"info"}},
		{"two primary emails", annLine, `"email":"Ann@x.test","primary":true}`,
			`"email":"Ann@x.test","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","email":"b@x.test","primary":true}`,
			[]string{"info"}},
		{"a primary email that is not the first", annLine, `[{"id":"00000000-0000-4000-8000-000000000002"`,
			`[{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","email":"b@x.test","primary":false},` +
				`{"id":"00000000-0000-4000-8000-000000000002"`,
			[]string{"info"}},
		{"two primary phones", annLine, `"formattedPhone":"+1 201-555-0123","primary":true}`,
			`"primary":true},{"id":"00000000-0000-4000-8000-000000000009","tag":"HOME","phone":"1","primary":true}`, []string{"info"}},
		{"a phone that is too long", annLine, `"phone":"201-555-0123"`, `"phone":"` + long[:51] + `"`,
			[]string{"info.phones.items[0].phone"}},
		{"a phone without number", annLine, `"phone":"201-555-0123"`, `"phone":""`, []string{"info.phones.items[0].phone"}},
		{"a form of a phone with NUL", annLine, `"+12015550123","f`, `"+1\u0000","f`,
			[]string{"info.phones.items[0].e164Phone", "phoneStatuses"}},
		{"a form of a phone that is too long", annLine, `"+1 201-555-0123"`, `"` + long[:1001] + `"`,
			[]string{"info.phones.items[0].formattedPhone"}},
		{"51 emails", annLine, `"email":"Ann@x.test","primary":true}`, `"email":"Ann@x.test","primary":true}` + func() (list string) {
			for i := range 50 {
				list += fmt.Sprintf(`,{"id":%q,"tag":"HOME","email":"b@x.test","primary":false}`, testID(uint64(100+i)))
			}
			return list
		}(), []string{"info.emails.items"}},
		{"a street and an address line", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"addresses":{"items":[{"id":"` + bobID +
			`","tag":"HOME","address":{"streetAddress":{"name":"Elm"},"addressLine":"Elm"}}]}`,
			[]string{"info.addresses.items[0].address.addressLine"}},
		{"an address with what is only captured", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"addresses":{"items":[{"id":"` + bobID +
			`","tag":"HOME","address":{"city":"Elm","countryFullname":"Secret"}}]}`, []string{"info"}},
		{"a picture of nothing", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"picture":{}`, []string{"info"}},
		{"a picture under 0", cydLine, `{"first":"Cyd"}`, `{"first":"Cyd"},"picture":{"image":{"height":-1}}`,
			[]string{"info.picture.image.height"}},
		{"a label that is not defined", annLine, `"custom.vip"`, `"custom.vop"`, []string{"info.labelKeys.items"}},
		{"a label twice", annLine, `["custom.vip"]`, `["custom.vip","custom.vip"]`, []string{"info"}},
		{"a label that is no text", annLine, `["custom.vip"]`, `[7]`,
			[]string{"info.labelKeys.items[0]", "info.labelKeys.items"}},
		{"a field that is not defined", annLine, `"custom.shoe-size":42.5`, `"custom.none":42.5`,
			[]string{"info.extendedFields.items.custom.none"}},
		{"a field of a key that is none", annLine, `"custom.shoe-size":42.5`, `"ann secret@x.test":42.5`,
			[]string{"info.extendedFields.items."}}, // what else it is is not told
		{"a number that is a text", annLine, `:42.5`, `:"42.5"`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is null", annLine, `:42.5`, `:null`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is a list", annLine, `:42.5`, `:[42.5]`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number that is too large", annLine, `:42.5`, `:1e999`, []string{"info.extendedFields.items.custom.shoe-size"}},
		{"a number with too many digits", annLine, `:42.5`, `:9007199254740993`,
			[]string{"info.extendedFields.items.custom.shoe-size"}},
		{"a text that is a number", annLine, `"custom.shoe-size"`, `"invoices.vatId"`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"an empty text in a field", annLine, `"custom.shoe-size":42.5`, `"invoices.vatId":""`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"a text with NUL in a field", annLine, `"custom.shoe-size":42.5`, `"invoices.vatId":"\u0000"`,
			[]string{"info.extendedFields.items.invoices.vatId"}},
		{"a date that is none", annLine, `"custom.shoe-size":42.5`, `"ecom.lastPurchaseDate":"2023-02-29"`,
			[]string{"info.extendedFields.items.ecom.lastPurchaseDate"}},
		{"a field that is derived, and right", annLine, `"custom.shoe-size":42.5`, `"contacts.displayByFirstName":"Ann"`,
			[]string{"info.extendedFields.items.contacts.displayByFirstName"}},
		{"a field that is derived, and wrong", annLine, `"custom.shoe-size":42.5`,
			`"emailSubscriptions.effectiveEmail":"secret"`,
			[]string{"info.extendedFields.items.emailSubscriptions.effectiveEmail"}},
		{"fields that are derived, by key", annLine, `"custom.shoe-size":42.5`,
			`"emailSubscriptions.effectiveEmail":"a","contacts.displayByLastName":"b","contacts.displayByFirstName":"c"`,
			[]string{
				"info.extendedFields.items.contacts.displayByFirstName", "info.extendedFields.items.contacts.displayByLastName",
				"info.extendedFields.items.emailSubscriptions.effectiveEmail",
			}},
		{"segments that are no IDs", cydLine, `"info"`, `"segments":{"items":["secret"]},"info"`,
			[]string{"segments.items[0]", "segments.items[0]"}},
		{"61 segments", cydLine, `"info"`, `"segments":{"items":["` + annID + strings.Repeat(`","`+annID, 60) + `"]},"info"`,
			[]string{"segments.items"}},
		{"a wrapper that holds something else", cydLine, `"info":{`, `"info":{"emails":{"item":[]},`,
			[]string{"info.emails.items"}},
		{"a member without ID", cydLine, `"info"`, `"memberInfo":{"status":"ACTIVE"},"info"`, []string{"memberInfo.memberId"}},
		{"a member without status", cydLine, `"info"`, `"memberInfo":{"memberId":"` + annID + `"},"info"`,
			[]string{"memberInfo"}},
		{"a member of an unknown status", cydLine, `"info"`,
			`"memberInfo":{"memberId":"` + annID + `","status":"SECRET"},"info"`,
			[]string{"memberInfo.status"}},

		{"a status of an email that is not there", annLine, `"ann@x.test":{`, `"secret@x.test":{`, []string{"emailStatuses"}},
		{"a status of an email as typed", annLine, `"ann@x.test":{`, `"Ann@x.test":{`, []string{"emailStatuses"}},
		{"a status of one email more", annLine, `"emailStatuses":{`,
			`"emailStatuses":{"secret@x.test":{"subscriptionStatus":"PENDING","deliverabilityStatus":"VALID"},`,
			[]string{"emailStatuses"}},
		{"a status that is none", annLine, `"SUBSCRIBED"`, `"NOT_SET"`, []string{"emailStatuses"}},
		{"an unknown subscription", annLine, `"SUBSCRIBED"`, `"SECRET"`, []string{"emailStatuses"}},
		{"an unknown deliverability", annLine, `"deliverabilityStatus":"NOT_SET"`, `"deliverabilityStatus":"SECRET"`,
			[]string{"emailStatuses"}},
		{"no deliverability", annLine, `,"deliverabilityStatus":"NOT_SET"`, ``, []string{"emailStatuses"}},
		{"a subscription that is a number", annLine, `"SUBSCRIBED"`, `7`,
			[]string{"emailStatuses.subscriptionStatus", "emailStatuses"}},
		{"a status that is a word", annLine, `{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}`,
			`"SUBSCRIBED"`,
			[]string{"emailStatuses", "emailStatuses"}},
		{"statuses that are a list", annLine, `{"ann@x.test":{"subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"NOT_SET"}}`,
			`["secret"]`,
			[]string{"emailStatuses"}},
		{"a status of a phone that is not there", annLine, `"+12015550123":{`, `"+12015550124":{`, []string{"phoneStatuses"}},
		{"a status of a phone as typed", annLine, `"+12015550123":{`, `"201-555-0123":{`, []string{"phoneStatuses"}},
		{"a status of a phone that is none", annLine, `"UNSUBSCRIBED"`, `"NOT_SET"`, []string{"phoneStatuses"}},
		{"an unknown status of a phone", annLine, `"UNSUBSCRIBED"`, `"SECRET"`, []string{"phoneStatuses"}},
		{"a billing mark that is a word", annLine, `"billingSubscription":true`, `"billingSubscription":"true"`,
			[]string{"billingSubscription"}},
		{"a contact that is null", cydLine, ``, `{"contact":null}`, []string{
			"id", "revision", "source.sourceType", "createdDate", "updatedDate", "lastActivity", "info",
		}},
		{"a contact that is a text", cydLine, ``, `{"contact":"secret"}`, []string{
			"contact", "id", "revision", "source.sourceType", "createdDate", "updatedDate", "lastActivity", "info",
		}},
		{"an ID for the second time", cydLine, cydID, annID, nil},
		{"dates that are not in order", cydLine, `"createdDate":"2026-01-02T03:04:14.000Z"`, `"createdDate":"2026-01-02T03:04:07.999Z"`, nil},

		{"a redirect without ID", rootLine, `"id":"` + annID + `"`, ``, []string{"redirect.id"}},
		{"a redirect of a bad ID", sourceLine, bobID, "secret", []string{"redirect.id", "redirect.id"}},
		{"a redirect into a bad ID", sourceLine, `"into":"` + annID, `"into":"secret`, []string{"redirect.into"}},
		{"a redirect for the second time", sourceLine, bobID, annID, nil},
		{"redirects that are not in order", sourceLine, bobID, "00000000-0000-4000-8000-000000000000", nil},
		{"a redirect into what is not there", sourceLine, `"into":"` + annID, `"into":"00000000-0000-4000-8000-0000000000ff`, nil},
		{"a redirect into a contact that is no root", sourceLine, `"into":"` + annID, `"into":"` + cydID, nil},
		{"a redirect into itself", sourceLine, `"into":"` + annID, `"into":"` + bobID, nil},
		{"a redirect of a contact that is there, in a circle", rootLine, `"id":"` + annID + `"`, `"id":"` + annID + `","into":"` + bobID + `"`, nil},
		{"a redirect of which nothing leads", sourceLine, `,"into":"` + annID + `"`, ``, nil},
		{"a redirect that is null", sourceLine, ``, `{"redirect":null}`, []string{"redirect.id"}},

		{"an unknown thing", cydLine, ``, `{"secret":{}}`, nil},
		{"a thing in capitals", cydLine, `"contact"`, `"Contact"`, nil},
		{"two things", cydLine, `{"contact":`, `{"label":{},"contact":`, nil},
		{"an unknown thing besides", cydLine, `{"contact":`, `{"secret":1,"contact":`, nil},
		{"a contact twice in a line", cydLine, `{"contact":`, `{"contact":null,"contact":`, nil},
		{"nothing", cydLine, ``, `{}`, nil},
		{"an empty line", cydLine, ``, ``, nil},
		{"an array", cydLine, ``, `[]`, nil},
		{"a text", cydLine, ``, `"secret"`, nil},
		{"null", cydLine, ``, `null`, nil},
		{"text behind a line", cydLine, `}}}}`, `}}}}x`, nil},
		{"a bracket too few", cydLine, `}}}}`, `}}}`, nil},
		{"a bracket too many", cydLine, `}}}}`, `}}}}}`, nil},
		{"a carriage return in a line", cydLine, `"Cyd"`, "\"C\ryd\"", nil},
		{"no Unicode", cydLine, `Cyd`, "C\xffyd", nil},
		{"the first line again", cydLine, ``, exportedLines(smallExport)[0], nil},
		{"a label after contacts", cydLine, ``, strings.ReplaceAll(exportedLines(smallExport)[labelLine-1], "vip", "vop"), nil},
		{"a field after contacts", cydLine, ``, strings.ReplaceAll(exportedLines(smallExport)[fieldLine-1], "shoe", "hat"), nil},
		{"a label after fields", fieldLine, ``, exportedLines(smallExport)[fieldLine-1] + "\n" +
			strings.ReplaceAll(exportedLines(smallExport)[labelLine-1], "vip", "vop"), nil},
	} {
		t.Run("EXP-3 "+tc.name, func(t *testing.T) {
			lines := exportedLines(smallExport)
			if tc.old == "" {
				lines[tc.line-1] = tc.new
			} else {
				require.Equal(t, 1, strings.Count(lines[tc.line-1], tc.old), "%s in %s", tc.old, lines[tc.line-1])
				lines[tc.line-1] = strings.Replace(lines[tc.line-1], tc.old, tc.new, 1)
			}
			at := tc.line
			switch tc.name {
			case "a redirect into what is not there", "a redirect into a contact that is no root", "a redirect into itself",
				"a redirect of a contact that is there, in a circle", "a redirect of which nothing leads":
				at = lastLine // where they are all there
			case "a label after fields":
				at = fieldLine + 1
			}
			refusedExport(t, sealed(lines...), at, tc.fields...)
		})
	}
	t.Run("EXP-3 more things than changes", func(t *testing.T) {
		lines := exportedLines(smallExport)
		lines[0] = strings.Replace(lines[0], `"position":9,"changes":11`, `"position":3,"changes":3`, 1)
		refusedExport(t, sealed(lines...), lastLine)
		lines[0] = strings.Replace(lines[0], `"changes":3`, `"changes":4`, 1)
		require.Equal(t, sealed(lines...), exportOf(t, load(t, sealed(lines...)).Snapshot()))
	})
	t.Run("EXP-3 every line twice", func(t *testing.T) {
		for at := storeLine; at < lastLine; at++ {
			lines := exportedLines(smallExport)
			refusedExport(t, sealed(slices.Insert(lines, at, lines[at-1])...), at+1)
		}
	})
	t.Run("EXP-3 dates of labels and fields that are not in order", func(t *testing.T) {
		for _, at := range []int{labelLine, fieldLine} {
			lines := exportedLines(smallExport)
			older := strings.NewReplacer("vip", "vop", "shoe", "hat", "03:04:0", "03:03:0").Replace(lines[at-1])
			refusedExport(t, sealed(slices.Insert(lines, at, older)...), at+1)
		}
	})
	t.Run("EXP-3 a redirect of a contact that is there, into another one", func(t *testing.T) {
		lines := append(exportedLines(smallExport), fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, cydID, annID))
		refusedExport(t, sealed(lines...), len(lines)+1)
		lines[len(lines)-1] = fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, cydID[:len(cydID)-1]+"6", annID)
		load(t, sealed(lines...))
	})
	t.Run("EXP-3 circles of redirects", func(t *testing.T) {
		for n := 2; n < 6; n++ {
			for tail := range 3 {
				lines := exportedLines(smallExport)
				for i := range n + tail {
					into := i - 1 // the tail leads into the circle
					if i < n {
						into = (i + 1) % n
					}
					lines = append(lines, fmt.Sprintf(`{"redirect":{"id":%q,"into":%q}}`, testID(uint64(100+i)), testID(uint64(100+into))))
				}
				refusedExport(t, sealed(lines...), len(lines)+1)
			}
		}
	})
	t.Run("EXP-3 the last line", func(t *testing.T) {
		end := smallExport[strings.Index(smallExport, `{"end":`):]
		before := strings.TrimSuffix(smallExport, end)
		for _, change := range [][2]string{
			{`"labels":1`, `"labels":0`}, {`"fields":1`, `"fields":2`}, {`"contacts":2`, `"contacts":1`}, {`"redirects":2`, `"redirects":3`},
			{`"labels":1,`, ``}, {`"contacts":2`, `"contacts":18446744073709551618`}, {`"contacts":2`, `"contacts":"2"`},
			{smallSum, strings.ToUpper(smallSum)}, {smallSum, strings.Repeat("0", 64)}, {smallSum, ""}, {smallSum, smallSum + "0"},
			{`,"sha256":"` + smallSum + `"`, ``}, {smallSum, smallSum[1:]}, {`"` + smallSum + `"`, `["secret"]`},
			{`{"end":`, `{"END":`}, {`{"end":`, `{ "end":`}, {`}}`, `},"contact":{}}`}, {end, `{"end":null}`}, {end, `{"end":{}}`},
		} {
			require.Contains(t, end, change[0])
			s, err := contacts.Load(t.Context(), strings.NewReader(before+strings.Replace(end, change[0], change[1], 1)), nil)
			require.Nil(t, s)
			line, _ := reasonOf(t, err)
			require.Equal(t, lastLine, line, change)
		}
	})
	t.Run("EXP-3 only the last line is the last", func(t *testing.T) {
		lines := exportedLines(smallExport)
		for n := 1; n < len(lines); n++ {
			text := sealed(lines[:n]...)
			whole := text + strings.Join(lines[n:], "\n")
			if n == annLine || n == fieldLine || n == labelLine || n == storeLine || n == cydLine {
				load(t, text)
				refusedExport(t, whole, n+2)
			} else {
				refusedExport(t, whole, n+1) // half of the redirects lead nowhere
			}
		}
	})
}

func TestLoadReaders(t *testing.T) {
	s := richStore(t)
	text := exportOf(t, s.Snapshot())
	broken := errors.New("the disk is broken")
	t.Run("EXP-2 readers of all kinds", func(t *testing.T) {
		for name, kind := range map[string]func(io.Reader) io.Reader{
			"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "data with the error": iotest.DataErrReader,
			"nothing at times": func(r io.Reader) io.Reader { return &lazyReader{r: r} },
		} {
			l, err := contacts.Load(t.Context(), kind(strings.NewReader(text)), nil)
			require.NoError(t, err, name)
			require.Equal(t, text, exportOf(t, l.Snapshot()), name)
		}
	})
	t.Run("EXP-3 a reader that fails at once", func(t *testing.T) {
		l, err := contacts.Load(t.Context(), iotest.ErrReader(broken), nil)
		require.Nil(t, l)
		require.ErrorIs(t, err, broken)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("EXP-3 a reader that never reads anything", func(t *testing.T) {
		_, err := contacts.Load(t.Context(), &lazyReader{r: strings.NewReader(text), always: true}, nil)
		require.ErrorIs(t, err, io.ErrNoProgress)
	})
	// The reader fails once behind each byte. If it is asked again it goes on as if nothing was.
	t.Run("EXP-3 a reader that fails at any byte, for good or once", func(t *testing.T) {
		for _, once := range []bool{false, true} {
			for n := range len(smallExport) + 1 {
				r := &brokenReader{text: smallExport, n: n, err: broken, once: once}
				l, err := contacts.Load(t.Context(), r, nil)
				require.Nil(t, l, n)
				require.ErrorIs(t, err, broken, "at %d", n)
				require.Empty(t, contacts.CodeOf(err))
				var at *contacts.LineError
				require.ErrorAs(t, err, &at)
				require.Equal(t, 1+strings.Count(smallExport[:n], "\n"), at.Line, "at %d", n)
			}
		}
	})
	t.Run("EXP-3 a reader that fails once, in a long export", func(t *testing.T) {
		l := openStore(t, unchecked())
		for i := range 3000 {
			create(t, l, person(fmt.Sprint("P", i)))
		}
		long := exportOf(t, l.Snapshot())
		for _, n := range []int{1 << 16, 1<<17 + 1, len(long) / 2, len(long) - 500, len(long) - 1, len(long)} {
			_, err := contacts.Load(t.Context(), &brokenReader{text: long, n: n, err: broken, once: true}, nil)
			require.ErrorIs(t, err, broken, "at %d", n)
		}
		_, err := contacts.Load(t.Context(), iotest.TimeoutReader(strings.NewReader(long)), nil)
		require.ErrorIs(t, err, iotest.ErrTimeout)
	})
	t.Run("EXP-3 a line that is wrong before the reader fails", func(t *testing.T) {
		wrong := strings.Replace(smallExport, `"Ann@x.test"`, `"secret"`, 1)
		_, err := contacts.Load(t.Context(), &brokenReader{text: wrong, n: len(wrong) - 400, err: broken}, nil)
		line, _ := reasonOf(t, err)
		require.Equal(t, annLine, line)
	})
	t.Run("EXP-3 STO-1 a context that is done before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		r := &countingReader{r: strings.NewReader(text)}
		l, err := contacts.Load(ctx, r, nil)
		require.Nil(t, l)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
		require.Zero(t, r.n)
	})
	t.Run("EXP-3 STO-1 a context that is done on the way, and no goroutine that stays", func(t *testing.T) {
		l := openStore(t, unchecked())
		for i := range 50 {
			newLabel(t, l, fmt.Sprint("L", i))
		}
		for i := range 2000 {
			create(t, l, person(fmt.Sprint("P", i)))
		}
		long := exportOf(t, l.Snapshot())
		for n := 0; n < len(long); n += len(long) / 40 {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r := &cancellingReader{text: long, n: n, cancel: cancel}
				l, err := contacts.Load(ctx, r, nil)
				require.Nil(t, l)
				require.ErrorIs(t, err, context.Canceled, "at %d", n)
				require.Empty(t, contacts.CodeOf(err))
				require.LessOrEqual(t, r.after, 500, "it read on behind the end of the line")
			})
		}
	})
	t.Run("EXP-3 no goroutine stays after a refusal", func(t *testing.T) {
		for i := range 8 {
			synctest.Test(t, func(t *testing.T) {
				_, err := contacts.Load(t.Context(), strings.NewReader(text[:len(text)*i/8]), nil)
				require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
			})
		}
	})
	t.Run("EXP-2 several at a time", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for range 10 {
					l, err := contacts.Load(t.Context(), strings.NewReader(text), nil)
					require.NoError(t, err)
					var b bytes.Buffer
					require.NoError(t, l.Snapshot().Export(&b))
					require.Equal(t, text, b.String())
				}
			})
		}
	})
}

// lazyReader reads nothing in between.
type lazyReader struct {
	r      io.Reader
	turn   int
	always bool
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.turn++; l.turn%2 == 0 || l.always {
		return 0, nil
	}
	return l.r.Read(p[:min(len(p), 100)])
}

// brokenReader fails behind n bytes, and then, if it does so only once, goes on.
type brokenReader struct {
	text string
	n    int
	err  error
	once bool
	did  bool
}

func (b *brokenReader) Read(p []byte) (int, error) {
	if b.n == 0 && !(b.once && b.did) {
		b.did = true
		return 0, b.err
	}
	if !b.did {
		p = p[:min(len(p), b.n)]
	}
	n := copy(p, b.text)
	b.text = b.text[n:]
	if !b.did {
		b.n -= n
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// cancellingReader cancels behind n bytes, and goes on, some bytes at a time.
type cancellingReader struct {
	text     string
	n, after int
	cancel   func()
}

func (c *cancellingReader) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), 100)], c.text)
	if c.text = c.text[n:]; n == 0 {
		return 0, io.EOF
	}
	if c.n < 0 {
		c.after += n
	}
	if c.n -= n; c.n <= 0 {
		c.cancel()
		c.n = -1
	}
	return n, nil
}
