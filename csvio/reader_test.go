package csvio_test

import (
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func TestRowsLines(t *testing.T) {
	const code = "contacts: INVALID_ARGUMENT: "
	for _, test := range []struct {
		name, text string
		want       map[int]string // company by line
		errs       []string
	}{
		{name: "blank lines and line breaks in cells count", text: "\nCompany\n\n\"a\n\nb\"\nc\n",
			want: map[int]string{4: "a\n\nb", 7: "c"}},
		{name: "CR LF", text: "Company\r\na\r\n\r\nb\r\n", want: map[int]string{2: "a", 4: "b"}},
		{name: "no line break at the end", text: "Company\na", want: map[int]string{2: "a"}},
		{name: "a row of blank cells", text: "Company,City\n , \n", want: map[int]string{2: ""}},
		{name: "a bare quote", text: "Company\na\nb \"c\" d\ne\n", want: map[int]string{2: "a", 3: `b "c" d`, 4: "e"}},
		{name: "a quote that is never closed", text: "Company,City\na,b\n\"c,d\ne,f\n\"g\ng\",h\n",
			want: map[int]string{2: "a", 4: "e", 5: "g\ng"},
			errs: []string{"line 3: " + code + `extraneous or missing " in quoted-field`}},
		{name: "a quote that is never closed on the last line", text: "Company\na\n\"b",
			want: map[int]string{2: "a"},
			errs: []string{"line 3: " + code + `extraneous or missing " in quoted-field`}},
		{name: "broken after a blank line", text: "Company\n\n\n\"a\"b\nc\n",
			want: map[int]string{5: "c"}, errs: []string{"line 4: " + code +
				`extraneous or missing " in quoted-field`}},
		{name: "consecutive broken lines", text: "Company\n\"a\"b\n\"c\"d\ne\n\"f\"g\n",
			want: map[int]string{4: "e"}, errs: []string{
				"line 2: " + code + `extraneous or missing " in quoted-field`,
				"line 3: " + code + `extraneous or missing " in quoted-field`,
				"line 5: " + code + `extraneous or missing " in quoted-field`,
			}},
		{name: "more cells than columns", text: "Company,City\na,b,c\nd,e,\n", want: map[int]string{3: "d"},
			errs: []string{"line 2: " + code + "more cells than the header has columns"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, errs := collect(newReader(t, test.text, nil))
			got := map[int]string{}
			for _, r := range rows {
				got[r.Line] = r.Contact.Info.Company
			}
			require.Equal(t, test.want, got)
			require.Equal(t, test.errs, errs)
		})
	}
	t.Run("a file longer than any buffer", func(t *testing.T) {
		line := "\"" + strings.Repeat("long\n", 20) + "\",x\n"
		text := "Company,City\n" + strings.Repeat(line, 5000) + "\"a\"b\nz,y\n"
		r, err := csvio.NewReader(iotest.HalfReader(strings.NewReader(text)), nil)
		require.NoError(t, err)
		rows, errs := collect(r)
		require.Equal(t, []string{`line 105002: contacts: INVALID_ARGUMENT: extraneous or missing " in quoted-field`},
			errs)
		require.Len(t, rows, 5001)
		require.Equal(t, 105003, rows[5000].Line)
	})
}

func TestRowsErrors(t *testing.T) {
	t.Run("a line's error has the code and the cause", func(t *testing.T) {
		e := refused(t, "Company\n\"a\"b\n", nil)
		require.ErrorIs(t, e, csv.ErrQuote)
	})
	t.Run("an error of the source ends this loop and every later one", func(t *testing.T) {
		source := io.MultiReader(strings.NewReader("Company\na\n"), iotest.ErrReader(io.ErrClosedPipe),
			strings.NewReader("b\n"))
		r, err := csvio.NewReader(source, nil)
		require.NoError(t, err)
		rows, errs := collect(r)
		require.Len(t, rows, 1)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
		rows, errs = collect(r)
		require.Empty(t, rows)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)
	})
	t.Run("an error of the source that resembles an error of a line", func(t *testing.T) {
		for _, err := range []error{&contacts.LineError{Line: 1, Err: io.ErrNoProgress},
			&csv.ParseError{Err: csv.ErrQuote}} {
			r, newErr := csvio.NewReader(io.MultiReader(strings.NewReader("Company\na\n"), iotest.ErrReader(err)), nil)
			require.NoError(t, newErr)
			rows, errs := collect(r)
			require.Len(t, rows, 1)
			require.Equal(t, []string{err.Error()}, errs)
		}
	})
	t.Run("an error of the source after a broken line", func(t *testing.T) {
		source := io.MultiReader(strings.NewReader("Company\n\"a\nb\n"), iotest.ErrReader(io.ErrClosedPipe),
			strings.NewReader("c\"\nd\n"))
		r, err := csvio.NewReader(source, nil)
		require.NoError(t, err)
		rows, errs := collect(r)
		require.Empty(t, rows)
		require.Equal(t, []string{io.ErrClosedPipe.Error()}, errs)

		once := io.MultiReader(strings.NewReader("Company\n\"a\"b\nc\n"), iotest.DataErrReader(&failing{text: "d\n"}))
		r, err = csvio.NewReader(once, nil)
		require.NoError(t, err)
		rows, errs = collect(r)
		require.Len(t, rows, 2)
		require.Len(t, errs, 2)
		require.Equal(t, io.ErrClosedPipe.Error(), errs[1])
	})
	t.Run("a loop resumes where another broke off", func(t *testing.T) {
		r := newReader(t, "Company\na\n\"b\"b\nc\n", nil)
		for row, err := range r.Rows() {
			require.NoError(t, err)
			require.Equal(t, "a", row.Contact.Info.Company)
			break
		}
		for _, err := range r.Contacts() {
			require.Error(t, err)
			break
		}
		rows, errs := collect(r)
		require.Empty(t, errs)
		require.Len(t, rows, 1)
		require.Equal(t, 4, rows[0].Line)
		rows, errs = collect(r)
		require.Empty(t, errs)
		require.Empty(t, rows)
	})
}

func TestContacts(t *testing.T) {
	const text = "First Name,Notes,Birthday\nAda,,\n,,\n,,0/0/00\n\"x\"y\n,only a note,\nBo,,\n"
	var names []string
	var errs int
	for row, err := range newReader(t, text, nil).Contacts() {
		if err != nil {
			require.Nil(t, row.Contact)
			errs++
			continue
		}
		names = append(names, row.Contact.Info.Name.First)
	}
	require.Equal(t, []string{"Ada", "", "Bo"}, names, "a row with a cell that is not imported is not empty")
	require.Equal(t, 1, errs)
}

func TestRowEmpty(t *testing.T) {
	rows, errs := collect(newReader(t, "First Name,Notes,Birthday\n,,\n,x,\nAda,,\n,,0/0/00\n", nil))
	require.Empty(t, errs)
	var empty []bool
	for _, r := range rows {
		empty = append(empty, r.Empty())
	}
	require.Equal(t, []bool{true, false, false, true}, empty)
	require.True(t, csvio.Row{}.Empty())
}

func TestOwnership(t *testing.T) {
	opts := &csvio.Options{
		Columns: map[string]string{"Card": "Loyalty"},
		Fields:  []contacts.Field{{Key: "custom.loyalty", DisplayName: "Loyalty"}},
		Labels:  map[string]string{"vip": "custom.vip"},
	}
	r := newReader(t, "First Name,Card,Labels\nAda,1,vip\nBo,2,vip\n", opts)
	clear(opts.Columns)
	clear(opts.Labels)
	opts.Fields[0].Key = "custom.other"
	rows, errs := collect(r)
	require.Empty(t, errs)
	for _, row := range rows {
		require.Contains(t, row.Contact.Info.ExtendedFields, "custom.loyalty")
		require.Equal(t, []string{"custom.vip"}, row.Contact.Info.LabelKeys)
		row.Contact.Info.LabelKeys[0] = "scribble"
		row.Contact.Info.ExtendedFields["custom.loyalty"] = "scribble"
	}
}

func TestNewReader(t *testing.T) {
	card := contacts.Field{Key: "custom.card", DisplayName: "Card"}
	for _, test := range []struct {
		name, text string
		opts       csvio.Options
		want       string // in the message
		not        string // in the message
	}{
		{name: "a header of unknown names", text: "ada@example.com,Ada\n", want: csvio.ErrNoColumns.Error(),
			not: "ada"},
		{name: "a header of blanks", text: " , \n", want: csvio.ErrNoColumns.Error()},
		{name: "only skipped columns", text: "Email\n",
			opts: csvio.Options{Columns: map[string]string{"Email": ""}},
			want: csvio.ErrNoColumns.Error()},
		{name: "only labels, without Options.Labels", text: "Labels\n", want: csvio.ErrNoColumns.Error()},
		{name: "a broken header", text: "\n\"E\"mail\n", want: `line 2: contacts: INVALID_ARGUMENT: extr`, not: "mail"},
		{name: "Columns with a missing heading", text: "Email\n",
			opts: csvio.Options{Columns: map[string]string{"Vorname": "First Name"}}, want: `no column "Vorname"`},
		{name: "Columns that skip a missing heading", text: "Email\n",
			opts: csvio.Options{Columns: map[string]string{"Notes": ""}}, want: `no column "Notes"`},
		{name: "Columns with a value that is not a heading", text: "Email,Vorname\n",
			opts: csvio.Options{Columns: map[string]string{"Vorname": "Shoe Name"}},
			want: `"Shoe Name" is not a recognized heading`},
		{name: "Columns with a heading twice", text: "Email\n",
			opts: csvio.Options{Columns: map[string]string{"E-Mail": "Work Email", "email": ""}},
			want: `"E-Mail" and "email"`},
		{name: "Fields without a column", text: "Email\n", opts: csvio.Options{Fields: []contacts.Field{card}},
			want: `no column "Card"`},
		{name: "Fields whose column is skipped", text: "Email,Card\n",
			opts: csvio.Options{Fields: []contacts.Field{card}, Columns: map[string]string{"card": ""}},
			want: `no column "Card"`},
		{name: "Fields without a key", text: "", opts: csvio.Options{Fields: []contacts.Field{{DisplayName: "Card"}}},
			want: `"Card" has no key`},
		{name: "Comma that is a quote", text: "", opts: csvio.Options{Comma: '"'}, want: "Comma"},
		{name: "Comma that is a line break", text: "", opts: csvio.Options{Comma: '\n'}, want: "Comma"},
		{name: "Comma that is not a character", text: "", opts: csvio.Options{Comma: -1}, want: "Comma"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := csvio.NewReader(strings.NewReader(test.text), &test.opts)
			require.Nil(t, r)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.ErrorContains(t, err, test.want)
			if test.not != "" {
				require.NotContains(t, err.Error(), test.not)
			}
			require.Equal(t, test.want == csvio.ErrNoColumns.Error(), isNoColumns(err))
		})
	}
	t.Run("an empty text", func(t *testing.T) {
		for _, text := range []string{"", "\n\r\n", "\ufeff"} {
			rows, errs := collect(newReader(t, text, &csvio.Options{
				Fields: []contacts.Field{card}, Columns: map[string]string{"Vorname": "First Name"},
			}))
			require.Empty(t, rows)
			require.Empty(t, errs)
		}
	})
	t.Run("a header alone", func(t *testing.T) {
		rows, errs := collect(newReader(t, "Email", nil))
		require.Empty(t, rows)
		require.Empty(t, errs)
	})
	t.Run("an error of the source", func(t *testing.T) {
		_, err := csvio.NewReader(iotest.ErrReader(io.ErrClosedPipe), nil)
		require.ErrorIs(t, err, io.ErrClosedPipe)
		require.Empty(t, contacts.CodeOf(err))
	})
	t.Run("a slow source is not waited for", func(t *testing.T) {
		source, w := io.Pipe()
		defer source.Close()
		go w.Write([]byte("Email\na@example.com\n"))
		r, err := csvio.NewReader(source, nil)
		require.NoError(t, err)
		for row, err := range r.Rows() {
			require.NoError(t, err)
			require.Equal(t, "a@example.com", row.Contact.Info.Emails[0].Address)
			break
		}
	})
}

func TestComma(t *testing.T) {
	for _, test := range []struct {
		name, text string
		comma      rune
	}{
		{name: "commas", text: "First Name,Email\nAda;,ada@example.com\n"},
		{name: "semicolons", text: "First Name;Email\n\"Ada;\";ada@example.com\n"},
		{name: "tabs", text: "First Name\tEmail\nAda;\tada@example.com\n"},
		{name: "blank lines before the header", text: "\r\n\nFirst Name;Email\n\"Ada;\";ada@example.com\n"},
		{name: "commas in quotes do not count", text: "\"x,\n,,\";First Name;Email\n;\"Ada;\";ada@example.com\n"},
		{name: "a given one", text: "First Name|Email\nAda;|ada@example.com\n", comma: '|'},
		{name: "a given one among others", text: "First Name ,;;Email\nAda;,ada@example.com\n", comma: ','},
		{name: "spaces", text: "Forename Email\nAda; ada@example.com\n", comma: ' '},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := &csvio.Options{Comma: test.comma}
			info := one(t, test.text, opts).Contact.Info
			require.Equal(t, "Ada;", info.Name.First)
			require.Equal(t, []contacts.Email{{Address: "ada@example.com"}}, info.Emails)
		})
	}
	t.Run("an empty cell between tabs", func(t *testing.T) {
		info := one(t, "First Name\tEmail\tCompany\n\t\tVine, Inc\n", nil).Contact.Info
		require.Equal(t, contacts.Info{Company: "Vine, Inc"}, info)
	})
}

// failing returns its text, then an error, then io.EOF.
type failing struct {
	text string
	n    int
}

func (f *failing) Read(p []byte) (int, error) {
	f.n++
	switch f.n {
	case 1:
		return copy(p, f.text), nil
	case 2:
		return 0, io.ErrClosedPipe
	default:
		return 0, io.EOF
	}
}
