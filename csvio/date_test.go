package csvio_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func TestBirthdates(t *testing.T) {
	for _, test := range []struct {
		text, want string
		why        csvio.Reason
	}{
		{"1999-12-31", "1999-12-31", ""},
		{"1999-1-2", "1999-01-02", csvio.Rewritten},
		{"19991231", "1999-12-31", csvio.Rewritten},
		{"1999/12/31", "1999-12-31", csvio.Rewritten},
		{"1999.12.31", "1999-12-31", csvio.Rewritten},
		{"31.12.1999", "1999-12-31", csvio.Rewritten},
		{"31. 12. 1999", "1999-12-31", csvio.Rewritten},
		{"3.4.1999", "1999-04-03", csvio.Rewritten}, // with points the day is always first
		{"12/31/1999", "1999-12-31", csvio.Rewritten},
		{"31/12/1999", "1999-12-31", csvio.Rewritten},
		{"31-12-1999", "1999-12-31", csvio.Rewritten},
		{"4/4/1999", "1999-04-04", csvio.Rewritten},
		{"1999-12-31T00:00:00Z", "1999-12-31", csvio.Rewritten},
		{"1999-12-31 00:00:00", "1999-12-31", csvio.Rewritten},
		{"12/31/1999 12:00:00 AM", "1999-12-31", csvio.Rewritten},
		{"31-Dec-1999", "1999-12-31", csvio.Rewritten},
		{"31 DEC 1999", "1999-12-31", csvio.Rewritten},
		{"December 31, 1999", "1999-12-31", csvio.Rewritten},
		{"Dec 31st 1999", "1999-12-31", csvio.Rewritten},
		{"1999 December 31", "1999-12-31", csvio.Rewritten},
		{"3. März 1999", "1999-03-03", csvio.Rewritten},
		{"3 mars 1999", "1999-03-03", csvio.Rewritten},
		{"1er juillet 1999", "1999-07-01", csvio.Rewritten},
		{"3 de marzo de 1999", "1999-03-03", csvio.Rewritten},
		{"3 marzo 1999", "1999-03-03", csvio.Rewritten},
		{"3 de março de 1999", "1999-03-03", csvio.Rewritten},
		{"3 maart 1999", "1999-03-03", csvio.Rewritten},
		{"3 marca 1999", "1999-03-03", csvio.Rewritten},
		{"3 марта 1999 г.", "1999-03-03", csvio.Rewritten},
		{"3 Mart 1999", "1999-03-03", csvio.Rewritten},
		{"1999年3月3日", "1999-03-03", csvio.Rewritten},
		{"31.12.99", "1999-12-31", csvio.ShortYear},
		{"12/31/99", "1999-12-31", csvio.ShortYear},
		{"29.11.26", "2026-11-29", csvio.ShortYear},
		{"30.11.26", "2026-11-30", csvio.ShortYear},
		{"1.12.26", "1926-12-01", csvio.ShortYear}, // it has not come yet
		{"Dec 31, 99", "1999-12-31", csvio.ShortYear},
		{"36525", "1999-12-31", csvio.DayNumber},
		{"36525.0", "", csvio.NotDate},

		{"3/4/1999", "", csvio.TwoDates}, // March or April?
		{"3-4-1999", "", csvio.TwoDates},
		{"1/2/99", "", csvio.TwoDates},
		{"31.2.1999", "", csvio.NotDate},
		{"2/30/1999", "", csvio.NotDate},
		{"13/13/1999", "", csvio.NotDate},
		{"1999", "", csvio.NotDate},
		{"12/1999", "", csvio.NotDate},
		{"1999-12", "", csvio.NotDate},
		{"31.12.199", "", csvio.NotDate},
		{"99999", "", csvio.NotDate},
		{"123456789", "", csvio.NotDate},
		{"soon", "", csvio.NotDate},
		{"31 Foo 1999", "", csvio.NotDate},
		{"3 jui 1999", "", csvio.NotDate}, // June or July?
		{"平成2年3月14日", "", csvio.NotDate},
		{"1 2 3 4", "", csvio.NotDate},
		{strings.Repeat("1/", 30), "", csvio.NotDate},
		{"--12-31", "", csvio.NoYear},
		{"--1231", "", csvio.NoYear},
		{"12/31", "", csvio.NoYear},
		{"31.12.", "", csvio.NoYear},
		{"31 December", "", csvio.NoYear},
		{"1604-12-31", "", csvio.NoYear}, // Apple's year
		{"12/31/1604", "", csvio.NoYear},
		{"0000-00-00", "", csvio.Placeholder},
		{"00.00.0000", "", csvio.Placeholder},
		{"0000-00-00 00:00:00", "", csvio.Placeholder},
		{"n/a", "", csvio.Placeholder},
		{"0/0/00", "", ""},
	} {
		t.Run("CSV-3 "+test.text, func(t *testing.T) {
			row := one(t, "Company,Birthday\nVine,\""+test.text+"\"\n", &csvio.Options{Now: now})
			require.Equal(t, contacts.Info{Company: "Vine", Birthdate: test.want}, row.Contact.Info)
			var want []csvio.Remark
			switch {
			case test.why == "":
			case test.want == "":
				want = []csvio.Remark{{"Birthday", csvio.NotImported, test.why}}
			default:
				want = []csvio.Remark{{"Birthday", csvio.OtherSpelling, test.why}}
			}
			require.Equal(t, want, row.Remarks)
		})
	}
	for _, test := range []struct {
		name, cells, want string
		remarks           int
	}{
		{name: "in three columns", cells: "1972,1,31", want: "1972-01-31"},
		{name: "in three columns, but not a date", cells: "1972,2,31", remarks: 3},
		{name: "a whole date next to the year", cells: "1972,,1972-01-31", want: "1972-01-31"},
		{name: "without the year", cells: ",1,31", remarks: 2},
		{name: "the year alone", cells: "1972,,", remarks: 1},
	} {
		t.Run("CSV-3 "+test.name, func(t *testing.T) {
			row := one(t, "Company,Birth Year,Birth Month,Birth Day\nVine,"+test.cells+"\n", nil)
			require.Equal(t, contacts.Info{Company: "Vine", Birthdate: test.want}, row.Contact.Info)
			require.Len(t, row.Remarks, test.remarks)
		})
	}
}

func TestDateOrder(t *testing.T) {
	const header = "First Name,Birthday,Created At\n"
	for _, test := range []struct {
		name  string
		rows  string
		order csvio.DateOrder
		want  []string // birthdates
	}{
		{name: "nothing decides", rows: "A,3/4/1999\nB,5/5/1999\n", want: []string{"", "1999-05-05"}},
		{name: "a later row decides", rows: "A,3/4/1999\nB,3/14/1999\n", want: []string{"1999-03-04", "1999-03-14"}},
		{name: "an earlier row decides", rows: "A,14/3/1999\nB,3/4/1999\n", want: []string{"1999-03-14", "1999-04-03"}},
		{name: "a date without a year decides", rows: "A,3/4/1999\nB,14/3\n", want: []string{"1999-04-03", ""}},
		{name: "a date of two digits decides", rows: "A,3-4-1999\nB,14-3-99\n", want: []string{"1999-04-03",
			"1999-03-14"}},
		{name: "rows that contradict decide nothing", rows: "A,3/4/1999\nB,14/3/1999\nC,3/14/1999\n",
			want: []string{"", "1999-03-14", "1999-03-14"}},
		{name: "points decide nothing", rows: "A,3/4/1999\nB,14.3.1999\n", want: []string{"", "1999-03-14"}},
		{name: "another column decides nothing", rows: "A,3/4/1999,3/14/2026\n", want: []string{""}},
		{name: "the option", rows: "A,3/4/1999\n", order: csvio.MonthFirst, want: []string{"1999-03-04"}},
		{name: "the other option", rows: "A,3/4/1999\n", order: csvio.DayFirst, want: []string{"1999-04-03"}},
		{name: "the option overrides the column", rows: "A,3/4/1999\nB,3/14/1999\n", order: csvio.DayFirst,
			want: []string{"1999-04-03", "1999-03-14"}},
		{name: "a row that cannot be read between them", rows: "A,3/4/1999\n\"b\"b,\nC,3/14/1999\n",
			want: []string{"1999-03-04", "1999-03-14"}},
	} {
		t.Run("CSV-3 "+test.name, func(t *testing.T) {
			rows, _ := collect(newReader(t, header+test.rows, &csvio.Options{DateOrder: test.order, Now: now}))
			var got []string
			for _, row := range rows {
				got = append(got, row.Contact.Info.Birthdate)
			}
			require.Equal(t, test.want, got)
		})
	}
	t.Run("CSV-3 dates of fields", func(t *testing.T) {
		fields := []contacts.Field{{Key: "custom.since", DisplayName: "Since", DataType: contacts.DataDate}}
		rows, _ := collect(newReader(t, "Email,Since\na@x,3/4/2001\nb@x,3/14/2001\n", &csvio.Options{Fields: fields}))
		require.Equal(t, "2001-03-04", rows[0].Contact.Info.ExtendedFields["custom.since"])
	})
	t.Run("CSV-3 CSV-10 the order is sought in the next rows only", func(t *testing.T) {
		text := "Birthday\n" + strings.Repeat("3/4/1999\n", 20_000) + "3/14/1999\n"
		n, read := 0, 0
		for row, err := range newReader(t, text, nil).Rows() {
			require.NoError(t, err)
			if n++; row.Contact.Info.Birthdate != "" {
				read++
			}
			require.Equal(t, n+1, row.Line)
		}
		require.Equal(t, 20_001, n)
		require.Equal(t, 5001, read, "the last one, and those that had it within sight")
	})
	t.Run("CSV-3 a source that fails while it is read ahead", func(t *testing.T) {
		source := io.MultiReader(strings.NewReader("Birthday\n3/4/1999\n1999-01-02\n"), &failing{text: "x\n"})
		r, err := csvio.NewReader(source, nil)
		require.NoError(t, err)
		rows, errs := collect(r)
		require.Len(t, rows, 3)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
	})
}
