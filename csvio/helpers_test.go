package csvio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func newReader(t testing.TB, text string, opts *csvio.Options) *csvio.Reader {
	t.Helper()
	r, err := csvio.NewReader(strings.NewReader(text), opts)
	require.NoError(t, err)
	return r
}

// collect reads all rows and the messages of all errors.
func collect(r *csvio.Reader) (good []csvio.Row, errs []string) {
	for row, err := range r.Rows() {
		if err != nil {
			errs = append(errs, err.Error())
		} else {
			good = append(good, row)
		}
	}
	return good, errs
}

// one reads a text with a single row, which must be valid.
func one(t testing.TB, text string, opts *csvio.Options) csvio.Row {
	t.Helper()
	rows, errs := collect(newReader(t, text, opts))
	require.Empty(t, errs)
	require.Len(t, rows, 1)
	return rows[0]
}

// refused reads a text with a single row, which must be refused, and returns its error.
func refused(t testing.TB, text string, opts *csvio.Options) *contacts.Error {
	t.Helper()
	for row, err := range newReader(t, text, opts).Rows() {
		var line *contacts.LineError
		require.ErrorAs(t, err, &line)
		require.Equal(t, csvio.Row{Row: contacts.Row{Line: line.Line}}, row)
		var e *contacts.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		return e
	}
	require.Fail(t, "no row")
	return nil
}

// remark is a Remark without its reason, which TestReasons checks.
type remark struct {
	column string
	what   csvio.Treatment
}

func treatments(row csvio.Row) (list []remark) {
	for _, r := range row.Remarks {
		list = append(list, remark{r.Column, r.What})
	}
	return list
}

// newStrict reads a text with a single row, with Options.Strict, and returns its error.
func newStrict(t testing.TB, text string) error {
	t.Helper()
	for _, err := range newReader(t, text, &csvio.Options{Strict: true}).Rows() {
		return err
	}
	require.Fail(t, "no row")
	return nil
}
