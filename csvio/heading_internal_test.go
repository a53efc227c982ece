package csvio

import (
	"encoding/csv"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHeadingTable keeps headings.csv consistent: each heading has its meaning, alone or beside its neighbour.
func TestHeadingTable(t *testing.T) {
	table := csv.NewReader(strings.NewReader(headingTable))
	table.FieldsPerRecord = -1
	rows, err := table.ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"meaning", "source", "headings", "beside"}, rows[0])
	type key struct{ heading, word, source, beside string }
	seen := map[key]bool{}
	used := map[string]bool{}
	for _, row := range rows[1:] {
		name := row[0]
		w, ok := words[name]
		require.True(t, ok, name)
		require.NotEmpty(t, row[1], "the source of %v", row)
		used[name] = true
		beside := ""
		if len(row) > 3 {
			beside = squash(row[3])
			require.NotEmpty(t, beside)
		}
		for heading := range strings.SplitSeq(row[2], "|") {
			k := key{heading, name, row[1], beside}
			require.False(t, seen[k], "%v is there twice", k)
			seen[k] = true
			require.Equal(t, strings.ToLower(heading), heading)
			if w.qualifies || strings.HasPrefix(heading, "*") {
				continue
			}
			heading = strings.TrimSuffix(heading, "*")
			m, ok := recognize(heading, map[string]bool{beside: true})
			require.Equal(t, name != wordNothing, ok, heading)
			if ok && beside != "" {
				require.Equal(t, w.field, m.field, heading)
			}
		}
	}
	require.Equal(t, slices.Sorted(maps.Keys(words)), slices.Sorted(maps.Keys(used)), "each word has headings")
}

// TestComposed lists headings that are composed of words, in several orders and languages.
func TestComposed(t *testing.T) {
	for heading, want := range map[string]meaning{
		"Phone (mobile)":             {kind: kindPhone, field: fieldValue, tag: "MOBILE", group: "MOBILE"},
		"Téléphone 2 (domicile)":     {kind: kindPhone, field: fieldValue, tag: "HOME", group: "HOME2"},
		"Home Fax":                   {kind: kindPhone, field: fieldValue, tag: "FAX", group: "HOME FAX"},
		"Phone 3 - Type":             {kind: kindPhone, field: fieldTag, group: "3"},
		"Phone 3 - Country":          {kind: kindPhone, field: fieldCountry, group: "3"},
		"Email Work":                 {kind: kindEmail, field: fieldValue, tag: "WORK", group: "WORK"},
		"Person - Email - Home":      {kind: kindEmail, field: fieldValue, tag: "HOME", group: "HOME"},
		"Straße privat 2":            {kind: kindAddress, field: fieldMoreLines, tag: "HOME", group: "HOME"},
		"Business Address PO Box":    {kind: kindAddress, field: fieldMoreLines, tag: "WORK", group: "WORK"},
		"Address 2 - Street Line 2":  {kind: kindAddress, field: fieldMoreLines, group: "2"},
		"Address 2 - Address":        {kind: kindAddress, field: fieldWholeAddress, group: "2"},
		"Default Address Address1":   {kind: kindAddress, field: fieldStreetLine},
		"Shipping Address Line 1":    {kind: kindAddress, field: fieldStreetLine, tag: "SHIPPING", group: "SHIPPING"},
		"Zip (home)":                 {kind: kindAddress, field: fieldPostalCode, tag: "HOME", group: "HOME"},
		"Организация":                {field: fieldCompany},
		"Created At (UTC+0)":         {field: fieldCreated, utc: true},
		"Customer E-mail":            {kind: kindEmail, field: fieldValue},
		"CLIENT EMAİL":               {},
		"Email Phone":                {},
		"City State":                 {},
		"Home":                       {},
		"Home Name":                  {},
		"Name 2":                     {},
		"Address 9":                  {},
		"City Type":                  {},
		"Value":                      {},
		strings.Repeat("Home", 30):   {},
		"E-mail Country":             {},
		"Street Mobile":              {},
		"Assistant's Phone":          {},
		"Company Name Company Phone": {},
	} {
		t.Run(heading, func(t *testing.T) {
			m, ok := recognize(heading, nil)
			require.Equal(t, want, m)
			require.Equal(t, want != meaning{}, ok)
		})
	}
}
