package csvio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// value returns the cell as the contact of a row has it.
func value(c *contacts.Contact) string {
	in := c.Info
	parts := []string{in.Name.First, in.Name.Last, in.Company}
	for _, e := range in.Emails {
		parts = append(parts, e.Address)
	}
	for _, p := range in.Phones {
		parts = append(parts, p.Number)
	}
	for _, a := range in.Addresses {
		parts = append(parts, a.PostalCode, a.City, a.Country)
	}
	return strings.Join(parts, "")
}

func TestDamage(t *testing.T) {
	for _, test := range []struct {
		heading, cell, want string
		what                csvio.Treatment
		why                 csvio.Reason
	}{
		{"Phone", "4.91512E+11", "", csvio.NotImported, csvio.Damaged},
		{"Phone", "4,91512E+11", "", csvio.NotImported, csvio.Damaged},
		{"Phone", "#ERROR!", "", csvio.NotImported, csvio.Damaged},
		{"Phone", "########", "", csvio.NotImported, csvio.Damaged},
		{"First Name", "#NAME?", "", csvio.NotImported, csvio.Damaged},
		{"City", "#REF!", "", csvio.NotImported, csvio.Damaged},
		{"City", "#value!", "", csvio.NotImported, csvio.Damaged},
		{"Postal Code", "1.07E+3", "", csvio.NotImported, csvio.Damaged},
		{"Postal Code", `=""01067""`, "01067", csvio.OtherSpelling, csvio.Rewritten},
		{"Phone", `=""+49 351 5550101""`, "+49 351 5550101", csvio.OtherSpelling, csvio.Rewritten},
		{"Phone", "'+4915155501010", "+4915155501010", csvio.OtherSpelling, csvio.Rewritten},
		{"Phone", "'0151", "0151", csvio.OtherSpelling, csvio.Rewritten},
		{"Company", "'=1+1", "=1+1", csvio.OtherSpelling, csvio.Rewritten},
		{"Company", "''=1+1", "'=1+1", csvio.OtherSpelling, csvio.Rewritten},
		{"Phone", "15155501010.0", "15155501010", csvio.OtherSpelling, csvio.Rewritten},
		{"Phone", "tel:+12065550171", "+12065550171", csvio.OtherSpelling, csvio.Rewritten},
		{"Email", "mailto:a@example.com", "a@example.com", csvio.OtherSpelling, csvio.Rewritten},
		{"Email", "Ann <a@example.com>", "a@example.com", csvio.OtherSpelling, csvio.Rewritten},
		{"First Name", "A\x00nn", "Ann", csvio.OtherSpelling, csvio.Rewritten},

		// Their neighbours are what they seem.
		{"Company", "4.91512E+11", "4.91512E+11", "", ""},
		{"Phone", "4.91512", "4.91512", "", ""},
		{"Company", "#1", "#1", "", ""},
		{"Company", "#", "#", "", ""},
		{"Company", "#hashtag", "#hashtag", "", ""},
		{"Company", `=""a"" & ""b""`, `="a" & "b"`, "", ""},
		{"Last Name", "=cmd", "=cmd", "", ""},
		{"Last Name", "'t Hooft", "'t Hooft", "", ""},
		{"Last Name", "'", "'", "", ""},
		{"Company", "15155501010.0", "15155501010.0", "", ""},
		{"Phone", "1.0", "1.0", "", ""},
	} {
		t.Run("CSV-5 "+test.heading+" "+test.cell, func(t *testing.T) {
			text := "Job Title," + test.heading + "\nNurse,\"" + test.cell + "\"\n"
			row := one(t, text, nil)
			require.Equal(t, test.want, value(row.Contact))
			if test.what == "" {
				require.Empty(t, row.Remarks)
				return
			}
			require.Equal(t, []csvio.Remark{{test.heading, test.what, test.why}}, row.Remarks)
			require.Equal(t, test.why == csvio.Damaged, newStrict(t, text) != nil, "CSV-1")
		})
	}
}

func TestPlaceholders(t *testing.T) {
	for _, test := range []struct {
		heading string
		empty   []string
		kept    []string // the neighbours
	}{
		{"First Name", []string{"n/a", "N/A", "-", "--", "—", "?", ".", "NULL", "(null)", "#N/A"},
			[]string{"Null", "null", "None", "Unknown", "Na", "Nan", "Nil Ash", "J.", "-a", "A"}},
		{"Email", []string{"n/a", "none", "NULL", "no email", "unknown", "keine", "нет"},
			[]string{"none@example.com", "n/a@example.com"}},
		{"Phone", []string{"n/a", "None", "no phone", "TBD", "なし"}, []string{"0", "none 1"}},
		{"Company", []string{"n/a", "none", "Unknown", "Not specified", "k. A."}, []string{"None of Us", "Unknown Ltd",
			"NA Ltd"}},
		{"City", []string{"n.a.", "not provided", "-", "na"}, []string{"Nantes"}},
	} {
		for _, cell := range test.empty {
			t.Run("CSV-5 "+test.heading+" "+cell, func(t *testing.T) {
				row := one(t, "Job Title,"+test.heading+"\nNurse,"+cell+"\n", nil)
				require.Empty(t, value(row.Contact))
				require.Len(t, row.Remarks, 1)
				require.Equal(t, csvio.NotImported, row.Remarks[0].What)
				if cell != "#N/A" {
					require.Equal(t, csvio.Placeholder, row.Remarks[0].Why)
					require.NoError(t, newStrict(t, "Job Title,"+test.heading+"\nNurse,"+cell+"\n"))
				}
			})
		}
		for _, cell := range test.kept {
			t.Run("CSV-5 "+test.heading+" "+cell, func(t *testing.T) {
				row := one(t, test.heading+"\n"+cell+"\n", nil)
				require.Equal(t, cell, value(row.Contact))
				require.Empty(t, row.Remarks)
			})
		}
	}
	t.Run("CSV-5 Namibia", func(t *testing.T) {
		require.Equal(t, "NA", value(one(t, "Country\nNA\n", nil).Contact))
		require.Empty(t, value(one(t, "First Name,Country\n,na\n", nil).Contact))
	})
}

func TestPhonesInACell(t *testing.T) {
	for cell, want := range map[string][]string{
		"030 555 0101, +49 151 55501010":   {"030 555 0101", "+49 151 55501010"},
		"030 555 0101; 030 555 0102":       {"030 555 0101", "030 555 0102"},
		"030 555 0101 / 030 555 0102":      {"030 555 0101", "030 555 0102"},
		"030 555 0101\n030 555 0102":       {"030 555 0101", "030 555 0102"},
		"tel:030 555 0101|TEL:030 5550102": {"030 555 0101", "030 5550102"},

		"030/555 0101":               {"030/555 0101"},
		"030 555 0101;":              {"030 555 0101;"},
		"030 555 0101,,22":           {"030 555 0101,,22"},
		"+1 206 555 0170;ext=12345":  {"+1 206 555 0170;ext=12345"},
		"030 555 0101 / 02":          {"030 555 0101 / 02"},
		"+49 30 555 0101 ext. 12345": {"+49 30 555 0101 ext. 12345"},
	} {
		t.Run("CSV-5 "+cell, func(t *testing.T) {
			row := one(t, "Work Phone\n\""+cell+"\"\n", nil)
			var got []string
			for _, p := range row.Contact.Info.Phones {
				require.Equal(t, contacts.PhoneWork, p.Tag)
				got = append(got, p.Number)
			}
			require.Equal(t, want, got)
			require.Equal(t, len(want) > 1, len(row.Remarks) == 1)
		})
	}
}
