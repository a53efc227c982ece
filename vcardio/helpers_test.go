package vcardio_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

// card returns the text of a card with these lines, of which the first is the third of the text.
func card(version, lines string) string {
	return "BEGIN:VCARD\nVERSION:" + version + "\n" + lines + "\nEND:VCARD\n"
}

// collect reads all rows and the messages of all errors.
func collect(t testing.TB, text string, opts *vcardio.Options) (rows []vcardio.Row, errs []string) {
	t.Helper()
	r, err := vcardio.NewReader(strings.NewReader(text), opts)
	require.NoError(t, err)
	for row, err := range r.Rows() {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			rows = append(rows, row)
		}
	}
	return rows, errs
}

// one reads a card with these lines, which must be valid.
func one(t testing.TB, version, lines string, opts *vcardio.Options) vcardio.Row {
	t.Helper()
	rows, errs := collect(t, card(version, lines), opts)
	require.Empty(t, errs)
	require.Len(t, rows, 1)
	return rows[0]
}

// said returns remarks as the tests spell them: "3 TEL: not imported: too long".
func said(remarks []vcardio.Remark) []string {
	var texts []string
	for _, r := range remarks {
		texts = append(texts, fmt.Sprintf("%d %s: %s: %s", r.Line, r.Property, r.What, r.Why))
	}
	return texts
}

// making are options under which nothing is left out for want of a field or a label.
func making() *vcardio.Options {
	return &vcardio.Options{MakeField: ownKey, MakeLabel: ownKey, IDs: true}
}

// ownKey makes keys as a store does.
func ownKey(name string) (string, error) {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	key := []rune("custom." + strings.Join(words, "-"))
	return strings.TrimRight(string(key[:min(len(key), 80)]), "-"), nil
}

// test is a card and the contact made from it. The first of its lines is line 3.
type test struct {
	name, version, lines string
	opts                 *vcardio.Options
	want                 contacts.Info
	remarks              []string
}

func run(t *testing.T, tests []test) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			row := one(t, test.version, test.lines, test.opts)
			require.Equal(t, test.remarks, said(row.Remarks))
			require.True(t, row.Contact.Info.Equal(test.want), "%+v", row.Contact.Info)
		})
	}
}
