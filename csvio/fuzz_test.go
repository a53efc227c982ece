package csvio_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// FuzzCSV reads any text: the lines of rows increase and exist in the text, every contact survives JSON, and a store
// refuses a row only for what identifies the person (CSV-1).
func FuzzCSV(f *testing.F) {
	for _, text := range []string{
		googleOld + "Anna Ash,Anna,,Ash,Dr.,--02-03,,* myContacts,* Home,a@example.com ::: b@example.com,Work,," +
			"homeFax,1,Home,,1 Elm ::: 2 Oak,Leeds,,NY,1,US ::: GB,,,Vine ::: Ash,\n",
		outlook + ",Anna,,Ash,,Vine,,,2 Oak,,Albany,New York,12207,United States,,,,,,,,1,,,,,,,,,,0/0/00\n",
		service + "Anna,,anna@example.com,,1,,Billing,,,,Foxshire,,,,VIP;x,2026-01-02 03:04\n",
		"ID,Created Date,Updated Date\n6f6b35e8-2c0e-4a53-9d1a-0a3c0e3f9b11,2026-01-02,0000-01-01T00:00:00+01:00\n",
		"Email;Score;Since;Labels;Art\n\"a\"b\n\xff\n;-1e5;31.12.1999;\"VIP,x\";Work\n;9007199254740993;0/0/00\n;NaN\n",
		"\ufeffBirth Year\tBirth Month\tBirth Day\tCountry\tName\n1972\t2\t31\tn.a.\tAnna\x00\n\"",
		"Email,Email,Email Type,Email Type,House Number,State,Country\na@example.com,b,* x,Home,6,US-NY\n",
		"sep=;\rName;Phone;SMS opt out;Address\rA;tel:+12065550171, 030 5550101;1;\"1 Elm  Leeds  LS1  GB\"\r",
		"A title\n\nEmail|Birthday|Locale|Created At\n'a@x|3/4/99|EN_US|1/2/2026 3:04 PM\nb@x|14 mars 1990|x|n/a\n",
		"Email,Event 1 - Label,Event 1 - Value,Opt out\na@x,\"A \"B\" C\",O\\\"Hara,=\"\"01\"\"\nb@x,#NAME?,4.1E+11,####\n",
	} {
		f.Add(text)
	}
	all := []contacts.Field{
		{Key: "custom.score", DisplayName: "Score", DataType: contacts.DataNumber},
		{Key: "custom.since", DisplayName: "Since", DataType: contacts.DataDate},
	}
	f.Fuzz(func(t *testing.T, text string) {
		opts := csvio.Options{Now: now, Labels: map[string]string{"VIP": "custom.vip"}}
		for _, field := range all {
			if strings.Contains(text, field.DisplayName) {
				opts.Fields = append(opts.Fields, field)
			}
		}
		if strings.Contains(text, "Art") {
			opts.Columns = map[string]string{"Art": "Email Type"}
		}
		r, err := csvio.NewReader(strings.NewReader(text), &opts)
		if err != nil {
			// The text is at fault: it may lack a column that the options require. Try again without options.
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			if r, err = csvio.NewReader(strings.NewReader(text), nil); err != nil {
				return
			}
		}
		s, err := contacts.New(nil)
		require.NoError(t, err)
		defer s.Close()
		last := 0
		for row, err := range r.Rows() {
			if row.Line == 0 {
				require.Error(t, err)
				require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err), "the text is not UTF-8")
				return
			}
			require.Greater(t, row.Line, last)
			require.LessOrEqual(t, row.Line, 1+strings.Count(text, "\n")+strings.Count(text, "\r"))
			last = row.Line
			if err != nil {
				var line *contacts.LineError
				require.ErrorAs(t, err, &line)
				require.Equal(t, row.Line, line.Line)
				require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
				continue
			}
			encoded, err := json.Marshal(row.Contact)
			require.NoError(t, err)
			var decoded contacts.Contact
			require.NoError(t, json.Unmarshal(encoded, &decoded))
			require.True(t, row.Contact.Equal(&decoded), "%s", encoded)
			imported(t, s, row)
		}
	})
}

// imported requires that a store accepts a row, or refuses it only for what identifies the person.
func imported(t *testing.T, s *contacts.Store, row csvio.Row) {
	opts := &contacts.ImportOptions{AllowDuplicates: true, Define: true}
	rows := func(yield func(contacts.Row, error) bool) { yield(row.Row, nil) }
	report, err := s.Import(t.Context(), rows, opts)
	require.NoError(t, err)
	for _, refused := range report.Errors {
		var e *contacts.Error
		require.ErrorAs(t, refused, &e)
		if e.Code == contacts.ErrInsufficientData || e.Code == contacts.ErrIDExists {
			continue
		}
		require.Equal(t, contacts.ErrInvalid, e.Code)
		for _, v := range e.Violations {
			identifies := strings.HasPrefix(v.Field, "info.name") || strings.HasPrefix(v.Field, "info.emails")
			require.True(t, identifies, "%v", v)
		}
	}
}
