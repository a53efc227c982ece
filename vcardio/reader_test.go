package vcardio_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

func TestRows(t *testing.T) {
	const code = ": contacts: INVALID_ARGUMENT: "
	t.Run("VCF-2 a row for each card, an error for each text outside", func(t *testing.T) {
		text := "Hi\n" + card("2.1", "FN:Ann") + "\n" + card("3.0", "FN:Bo\nX:1") + "bye\nbye\nBEGIN:VCARD\nFN:Cy\n"
		rows, errs := collect(t, text, nil)
		require.Equal(t, []string{"line 1" + code + "text outside of any vCard", "line 12" + code +
			"text outside of any vCard"},
			errs)
		lines := make(map[int]string)
		for _, row := range rows {
			lines[row.Line] = row.Contact.Info.Name.First
		}
		require.Equal(t, map[int]string{2: "Ann", 7: "Bo", 14: "Cy"}, lines)
		require.Equal(t, []string{"10 X: not imported: a contact has no field for it"}, said(rows[1].Remarks))
		require.Equal(t, []string{"15 END: not imported: the vCard has no end"}, said(rows[2].Remarks))
	})
	t.Run("VCF-2 no cards", func(t *testing.T) {
		rows, errs := collect(t, " \n", nil)
		require.Empty(t, rows)
		require.Empty(t, errs)
	})
	t.Run("VCF-2 an empty card", func(t *testing.T) {
		rows, _ := collect(t, card("3.0", "PRODID:x")+card("3.0", "X:1"), nil)
		require.True(t, rows[0].Empty())
		require.False(t, rows[1].Empty(), "it has a remark")
		r, err := vcardio.NewReader(strings.NewReader(card("3.0", "PRODID:x")+card("4.0", "KIND:group")+card("3.0",
			"FN:Ann")), nil)
		require.NoError(t, err)
		var lines []int
		for row, err := range r.Contacts() {
			require.NoError(t, err)
			lines = append(lines, row.Line)
		}
		require.Equal(t, []int{9}, lines)
	})
	t.Run("VCF-1 a line that is no property", func(t *testing.T) {
		row := one(t, "3.0", "FN:Ann\nhello\nTEL;A=1;A=2"+strings.Repeat(";A=1",
			100)+":1\nAGENT:\nBEGIN:VCARD\nEND:VCARD", nil)
		require.Equal(t, []vcardio.Remark{
			{Line: 4, What: vcardio.NotImported, Why: vcardio.NotProperty},
			{Line: 5, Property: "TEL", What: vcardio.NotImported, Why: vcardio.TooManyParams},
			{Line: 6, Property: "AGENT", What: vcardio.NotImported, Why: vcardio.OwnCard},
		}, row.Remarks)
	})
	t.Run("VCF-3 guessed characters", func(t *testing.T) {
		row := one(t, "2.1", "FN:Zo\xeb", nil)
		require.Equal(t, "Zoë", row.Contact.Info.Name.First)
		require.Equal(t, []string{"3 FN: read from another spelling: its character set is a guess"}, said(row.Remarks))
		row = one(t, "2.1", "FN:\xb3", &vcardio.Options{Encoding: charmap.ISO8859_2})
		require.Equal(t, "ł", row.Contact.Info.Name.First)
	})
	t.Run("after a break, another loop continues", func(t *testing.T) {
		r, err := vcardio.NewReader(strings.NewReader(card("3.0", "FN:Ann")+card("3.0", "FN:Bo")), nil)
		require.NoError(t, err)
		var names []string
		for range 3 {
			for row, err := range r.Rows() {
				require.NoError(t, err)
				names = append(names, row.Contact.Info.Name.First)
				break
			}
		}
		require.Equal(t, []string{"Ann", "Bo"}, names)
	})
	t.Run("an error of the source ends this loop and every later one", func(t *testing.T) {
		r, err := vcardio.NewReader(io.MultiReader(strings.NewReader(card("3.0", "FN:Ann")+"BEGIN:VCARD\n"),
			iotest.ErrReader(io.ErrClosedPipe)), nil)
		require.NoError(t, err)
		for _, want := range []int{1, 0} {
			rows := 0
			for _, err := range r.Rows() {
				if err != nil {
					require.Equal(t, io.ErrClosedPipe, err)
				} else {
					rows++
				}
			}
			require.Equal(t, want, rows)
		}
	})
	t.Run("an error that resembles one of a line ends the reading, too", func(t *testing.T) {
		for _, err := range []error{&contacts.LineError{Line: 1, Err: io.ErrNoProgress}, io.ErrUnexpectedEOF} {
			r, _ := vcardio.NewReader(io.MultiReader(strings.NewReader(card("3.0", "FN:Ann")), iotest.ErrReader(err)), nil)
			p, _ := vcardio.NewReader(strings.NewReader(strings.Repeat(card("3.0", "PHOTO;ENCODING=b:QUJD"), 2)),
				&vcardio.Options{Picture: func(string, []byte) (string, error) { return "", err }})
			for _, reader := range []*vcardio.Reader{r, p} {
				var errs []error
				for _, err := range reader.Rows() {
					if err != nil {
						errs = append(errs, err)
					}
				}
				require.Equal(t, []error{err}, errs)
			}
		}
	})
	t.Run("no value is in a message", func(t *testing.T) {
		text := "secret\n" + card("3.0", "FN:Ann\nsecret\nBDAY:secret\nREV:secret\nEMAIL:secret\n"+
			"secret.X-SECRET;SECRET=secret:secret")
		for _, strict := range []bool{false, true} {
			rows, errs := collect(t, text, &vcardio.Options{Strict: strict})
			require.NotContains(t, strings.Join(errs, ""), "secret")
			for _, row := range rows {
				require.NotContains(t, strings.Join(said(row.Remarks), ""), "secret")
			}
		}
	})
}

func TestOptions(t *testing.T) {
	for name, opts := range map[string]*vcardio.Options{
		"a version":           {Version: "2.1"},
		"a key":               {Fields: []contacts.Field{{Key: "no dot"}}},
		"a negative file":     {Limits: vcardio.Limits{FileBytes: -1}},
		"a negative card":     {Limits: vcardio.Limits{CardBytes: -1}},
		"a negative property": {Limits: vcardio.Limits{PropertyBytes: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := vcardio.NewReader(strings.NewReader(""), opts)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(vcardio.Write(io.Discard, seq(), opts)))
		})
	}
	t.Run("options are copied", func(t *testing.T) {
		opts := &vcardio.Options{Labels: map[string]string{"a": "custom.a"}}
		r, err := vcardio.NewReader(strings.NewReader(card("3.0", "FN:Ann\nCATEGORIES:a")), opts)
		require.NoError(t, err)
		opts.Labels["a"] = "custom.b"
		for row := range r.Rows() {
			require.Equal(t, []string{"custom.a"}, row.Contact.Info.LabelKeys)
		}
		require.Equal(t, map[string]string{"a": "custom.b"}, opts.Labels)
	})
}

func TestLimits(t *testing.T) {
	note := func(n int) string { return card("3.0", "FN:Ann\nNOTE:"+long(n)) }
	limits := func(property, card int, file int64) *vcardio.Options {
		return &vcardio.Options{Limits: vcardio.Limits{PropertyBytes: property, CardBytes: card, FileBytes: file}}
	}
	t.Run("VCF-12 a property", func(t *testing.T) {
		rows, errs := collect(t, note(95), limits(100, 0, 0))
		require.Empty(t, errs)
		require.Equal(t, []vcardio.Reason{vcardio.NoField}, reasons(rows[0]))
		rows, errs = collect(t, note(96), limits(100, 0, 0))
		require.Empty(t, errs)
		require.Equal(t, []string{"4 NOTE: not imported: it is too long"}, said(rows[0].Remarks))
	})
	t.Run("VCF-12 a card", func(t *testing.T) {
		rows, errs := collect(t, note(200)+card("3.0", "FN:Bo"), limits(0, 150, 0))
		require.Equal(t, []string{"line 1: contacts: INVALID_ARGUMENT: the vCard is too large"}, errs)
		require.Len(t, rows, 1)
	})
	t.Run("VCF-12 properties of a card", func(t *testing.T) {
		_, errs := collect(t, card("3.0", strings.Repeat("X:1\n", 10_001)+"FN:Ann"), nil)
		require.Equal(t, []string{"line 1: contacts: INVALID_ARGUMENT: the vCard is too large"}, errs)
	})
	t.Run("VCF-12 a file", func(t *testing.T) {
		text := note(100) + note(100)
		rows, errs := collect(t, text, limits(0, 0, int64(len(text))))
		require.Empty(t, errs)
		require.Len(t, rows, 2)
		_, errs = collect(t, text, limits(0, 0, int64(len(text))-1))
		require.Equal(t, []string{"contacts: INVALID_ARGUMENT: line 9: the file is too large"}, errs)
	})
	t.Run("VCF-12 cards in cards", func(t *testing.T) {
		rows, errs := collect(t, card("3.0", "FN:Ann")+strings.Repeat("BEGIN:VCARD\n", 11), nil)
		require.Len(t, rows, 1)
		require.Equal(t, []string{"contacts: INVALID_ARGUMENT: line 15: vCards are nested too deeply"}, errs)
	})
	t.Run("VCF-12 cards of many properties of a kind", func(t *testing.T) {
		for _, line := range []string{
			"a.ADR:;;a;b\na.LABEL:x", "ADR;HOME:;;a;b", "LABEL:a", "a.LABEL;HOME:a", "GEO:1;2", "a.X-ABADR:de", "a.X-ABLABEL:b",
			"TEL:+46 8 5555 0150", "EMAIL:a@x.test, b@x.test", "N:a;b;c;d;e", "FN:a b c", "NOTE:" + long(100), "NICKNAME:" +
				long(20),
			"URL:x.test", "ORG:a;b;c", "X-A:b", "CATEGORIES:a,b,c", "RELATED:x", "PHOTO;ENCODING=b:QUJD", "BDAY:20010101",
			"REV:0", "X-CONTACTS-FIELD;KEY=custom.a:b", "X-CONTACTS-LABEL:a,b", "PHOTO:data:image/gif;base64,QUJD", "UID:a",
		} {
			started := time.Now()
			lines := strings.TrimSpace(strings.Repeat(line+"\n", 9_000/(1+strings.Count(line, "\n"))))
			one(t, "3.0", "FN:Ann\n"+lines, making())
			require.Less(t, time.Since(started), 20*time.Second, line)
		}
	})
	t.Run("VCF-12 properties of many parts", func(t *testing.T) {
		for _, line := range []string{
			"N:" + strings.Repeat(";", 1<<20), "N:" + strings.Repeat(",", 1<<20), "ADR:" + strings.Repeat("a;", 1<<20),
			"ORG:" + strings.Repeat("a;", 1<<20), "CATEGORIES:" + strings.Repeat("a,", 1<<20), "CATEGORIES:" +
				strings.Repeat(";", 1<<20),
			"PHOTO;ENCODING=b:" + strings.Repeat("A ", 1<<20), "PHOTO:data:x;base64," + strings.Repeat("A ", 1<<20),
			"EMAIL:" + strings.Repeat("<", 1<<20), "GEO:" + strings.Repeat(";", 1<<20), "TEL:tel:1" + strings.Repeat(";",
				1<<20),
			"X-CONTACTS-LABEL:" + strings.Repeat(",", 1<<20), "BDAY:" + strings.Repeat("1", 1<<20),
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			one(t, "3.0", "FN:Ann\n"+line, making())
			runtime.ReadMemStats(&after)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20), line[:10])
			require.Less(t, time.Since(started), 20*time.Second, line[:10])
		}
	})
	t.Run("VCF-12 memory does not grow with the file", func(t *testing.T) {
		one := card("2.1", "N;QUOTED-PRINTABLE:=41;b\nTEL;HOME:1\nCATEGORIES:a,b\nPHOTO;BASE64:\n"+
			strings.Repeat(" "+strings.Repeat("QUJD", 18)+"\n", 20)+"\n")
		r, err := vcardio.NewReader(io.MultiReader(repeated(one, 5_000)...), nil)
		require.NoError(t, err)
		n := 0
		for _, err := range r.Rows() {
			require.NoError(t, err)
			if n++; n == 100 || n == 5_000 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				require.Less(t, m.HeapAlloc, uint64(20<<20))
			}
		}
		require.Equal(t, 5_000, n)
	})
}

func repeated(text string, n int) []io.Reader {
	list := make([]io.Reader, 0, n)
	for range n {
		list = append(list, strings.NewReader(text))
	}
	return list
}

// A store takes what the reader yields, and refuses only cards of no one.
func TestImport(t *testing.T) {
	text := card("3.0", "FN:Ann\nNICKNAME:Nan\nCATEGORIES:Book club\nANNIVERSARY:20110506\nURL:x.test\nX-A:b\n"+
		"TEL:1\nADR:;;a;b;c;d;e") +
		card("3.0", "ORG:Vine") + card("3.0", "NOTE:nobody")
	s, err := contacts.New(nil)
	require.NoError(t, err)
	ctx := context.Background()
	r, err := vcardio.NewReader(strings.NewReader(text), &vcardio.Options{
		MakeField: func(name string) (string, error) {
			f, _, err := s.FindOrCreateField(ctx, name, contacts.DataText)
			return f.Key, err
		},
		MakeLabel: func(category string) (string, error) {
			l, _, err := s.FindOrCreateLabel(ctx, category)
			return l.Key, err
		},
	})
	require.NoError(t, err)
	report, err := s.Import(ctx, r.Contacts(), nil)
	require.NoError(t, err)
	require.Equal(t, 2, report.Imported)
	require.Len(t, report.Errors, 1)
	require.Equal(t, contacts.ErrInsufficientData, contacts.CodeOf(report.Errors[0]))
	for v := range s.Snapshot().All() {
		if v.Name().First != "Ann" {
			continue
		}
		c := v.Clone()
		require.Equal(t, []string{"custom.book-club"}, c.Info.LabelKeys)
		require.Equal(t, "2011-05-06", c.Info.ExtendedFields["custom.anniversary"])
		require.Equal(t, "X-A:b", c.Info.ExtendedFields["custom.vcard"])
	}
	require.True(t, errors.Is(report.Errors[0], contacts.ErrInsufficientData))
}
