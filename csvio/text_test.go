package csvio_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

func TestText(t *testing.T) {
	const text = "Company\nVäine\n"
	utf16 := func(e unicode.Endianness, mark unicode.BOMPolicy) encoding.Encoding { return unicode.UTF16(e, mark) }
	encoded := func(e encoding.Encoding, text string) string {
		out, err := e.NewEncoder().String(text)
		require.NoError(t, err)
		return out
	}
	for _, test := range []struct {
		name, text string
		encoding   encoding.Encoding
	}{
		{name: "UTF-8", text: text},
		{name: "UTF-8 with a byte order mark", text: "\ufeff" + text},
		{name: "UTF-8 with a byte order mark and another encoding", text: "\ufeff" + text,
			encoding: charmap.Windows1252},
		{name: "UTF-16, little-endian", text: encoded(utf16(unicode.LittleEndian, unicode.UseBOM), text)},
		{name: "UTF-16, big-endian", text: encoded(utf16(unicode.BigEndian, unicode.UseBOM), text)},
		{name: "UTF-16 without a mark", text: encoded(utf16(unicode.LittleEndian, unicode.IgnoreBOM), text),
			encoding: utf16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{name: "windows-1252", text: encoded(charmap.Windows1252, text), encoding: charmap.Windows1252},
	} {
		for name, slow := range map[string]func(io.Reader) io.Reader{
			"": func(r io.Reader) io.Reader { return r }, " byte by byte": iotest.OneByteReader,
		} {
			t.Run("CSV-6 "+test.name+name, func(t *testing.T) {
				r, err := csvio.NewReader(slow(strings.NewReader(test.text)), &csvio.Options{Encoding: test.encoding})
				require.NoError(t, err)
				rows, errs := collect(r)
				require.Empty(t, errs)
				require.Equal(t, []csvio.Row{{Row: contacts.Row{
					Line: 2, Contact: &contacts.Contact{Info: contacts.Info{Company: "Väine"}},
				}}}, rows)
			})
		}
	}
	t.Run("CSV-6 Shift_JIS", func(t *testing.T) {
		text := encoded(japanese.ShiftJIS, "姓,名,メールアドレス\r\n白波,愛子,aiko@example.com\r\n")
		info := one(t, text, &csvio.Options{Encoding: japanese.ShiftJIS}).Contact.Info
		require.Equal(t, contacts.Name{First: "愛子", Last: "白波"}, info.Name)
	})

	for _, test := range []struct {
		name, text, want string
	}{
		{"windows-1252", encoded(charmap.Windows1252, "First Name,City\nRené,Nîmes\n"), "windows-1252"},
		{"windows-1252 in the header", encoded(charmap.Windows1252, "Prénom,Nom,Société\nLuc,Roy,Été\n"),
			"windows-1252"},
		{"windows-1252 with quotes", "First Name,Company\nRen\xe9,\x93Caf\xe9\x94\n", "windows-1252"},
		{"windows-1251", encoded(charmap.Windows1251, "Имя,Фамилия\nАнна,Белова\n"), "windows-1251"},
		{"Shift_JIS", encoded(japanese.ShiftJIS, "姓,名\n白波,愛子\n"), "Shift_JIS"},
		{"EUC-JP", encoded(japanese.EUCJP, "姓,名,会社名\n白波,愛子,白波商店\n"), "EUC-JP"},
		{"GBK", encoded(simplifiedchinese.GBK, "姓,名,公司\n王,小明,长城\n"), "GBK"},
		{"EUC-KR", encoded(korean.EUCKR, "이름,성,회사\n지우,김,한강\n"), "EUC-KR"},
		{"UTF-16, little-endian", encoded(utf16(unicode.LittleEndian, unicode.IgnoreBOM), text),
			"UTF-16, little-endian"},
		{"UTF-16, big-endian", encoded(utf16(unicode.BigEndian, unicode.IgnoreBOM), text), "UTF-16, big-endian"},
		{"UTF-16 beyond Latin letters", encoded(utf16(unicode.LittleEndian, unicode.IgnoreBOM), "姓,名\n白波,愛子\n"),
			"UTF-16, little-endian"},
		{"a spreadsheet", "PK\x03\x04\x14\x00\x00\x00\x00\x00\x00\x00", "spreadsheet"},
		{"zeros", strings.Repeat("\x00", 1000), "NUL"},
	} {
		t.Run("CSV-6 one error: "+test.name, func(t *testing.T) {
			_, err := csvio.NewReader(strings.NewReader(test.text), nil)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		})
	}
	t.Run("CSV-6 UTF-16 without a mark, byte by byte", func(t *testing.T) {
		source := encoded(utf16(unicode.LittleEndian, unicode.IgnoreBOM), "First Name\nAda\n")
		_, err := csvio.NewReader(iotest.OneByteReader(strings.NewReader(source)), nil)
		require.ErrorContains(t, err, "UTF-16, little-endian")
	})
	t.Run("CSV-6 bytes that are not UTF-8 later in the file end it", func(t *testing.T) {
		text := "First Name\n" + strings.Repeat("Ada\n", 100_000) + "Ren\xe9\nBo\n"
		rows, errs := collect(newReader(t, text, nil))
		require.Greater(t, len(rows), 50_000)
		require.Equal(t, []string{
			"contacts: INVALID_ARGUMENT: the text is not UTF-8: it looks like windows-1252; set Options.Encoding",
		}, errs)
	})
	t.Run("CSV-6 a character in two reads", func(t *testing.T) {
		r, err := csvio.NewReader(io.MultiReader(strings.NewReader("First Name\nRen\xc3"), strings.NewReader("\xa9\n")),
			nil)
		require.NoError(t, err)
		rows, errs := collect(r)
		require.Empty(t, errs)
		require.Equal(t, "René", rows[0].Contact.Info.Name.First)
	})
	t.Run("CSV-6 a character that is cut off", func(t *testing.T) {
		_, errs := collect(newReader(t, "First Name\nRen\xc3", nil))
		require.Len(t, errs, 1)
		require.Contains(t, errs[0], "not UTF-8")
	})
}

func TestStructure(t *testing.T) {
	for _, test := range []struct {
		name, text string
		line       int
		titles     bool
	}{
		{name: "sep=;", text: "sep=;\r\nFirst Name;Email\r\nAda;ada@example.com\r\n", line: 3},
		{name: "SEP=|, in quotes", text: "\"SEP=|\"\nFirst Name|Email\nAda|ada@example.com\n", line: 3},
		{name: "sep= with a byte order mark", text: "\ufeffsep=\t\nFirst Name\tEmail\nAda\tada@example.com\n", line: 3},
		{name: "CR alone", text: "First Name,Email\rAda,ada@example.com\r", line: 2},
		{name: "CRLF", text: "First Name,Email\r\nAda,ada@example.com", line: 2},
		{name: "tabs", text: "First Name\tEmail\nAda\tada@example.com\n", line: 2},
		{name: "bars", text: "First Name|Email\nAda|ada@example.com\n", line: 2},
		{name: "the separator that finds headings", text: "First, second;First Name;Email\nx;Ada;ada@example.com\n",
			line: 2},
		{name: "a title", text: "Our customers\nFirst Name,Email\nAda,ada@example.com\n", line: 3, titles: true},
		{name: "a title with commas", text: "Our customers,,\n,,\nFirst Name,Email\nAda,ada@example.com\n", line: 4,
			titles: true},
		{name: "a row of blanks", text: ",,\nFirst Name,Email\nAda,ada@example.com\n", line: 3},
		{name: "notes in quotes", text: "Notes:\n\"one, two\nthree\"\n\nFirst Name;Email\nAda;ada@example.com\n",
			line:   6,
			titles: true},
	} {
		t.Run("CSV-6 "+test.name, func(t *testing.T) {
			r := newReader(t, test.text, nil)
			rows, errs := collect(r)
			require.Empty(t, errs)
			require.Len(t, rows, 1)
			require.Equal(t, test.line, rows[0].Line)
			require.Equal(t, "Ada", rows[0].Contact.Info.Name.First)
			require.Equal(t, "ada@example.com", rows[0].Contact.Info.Emails[0].Address)
			var remarks []csvio.Remark
			if test.titles {
				remarks = []csvio.Remark{{"", csvio.NotImported, csvio.BeforeHeader}}
			}
			require.Equal(t, remarks, r.Remarks())
		})
	}
	for _, test := range []struct{ name, text string }{
		{"a contact before the header", "ada@example.com,Ada\nFirst Name,Email\n"},
		{"a single heading in a later row", "Ada,x\nBo,Mobile\nCy,y\n"},
		{"too many lines before the header", strings.Repeat("a title\n", 21) + "First Name,Email\n"},
		{"titles and no header", "a title\nanother\n"},
		{"sep= and no more", "sep=,\n\n"},
	} {
		t.Run("CSV-6 "+test.name, func(t *testing.T) {
			r, err := csvio.NewReader(strings.NewReader(test.text), nil)
			if strings.HasPrefix(test.text, "sep") {
				require.NoError(t, err)
				rows, errs := collect(r)
				require.Empty(t, append(errs, make([]string, len(rows))...))
				return
			}
			require.ErrorIs(t, err, csvio.ErrNoColumns)
		})
	}
}
