package vcard_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"github.com/contactsdb/contacts/internal/vcard"
)

var config = vcard.Config{Property: 1 << 20, Card: 2 << 20, File: 1 << 30}

// read returns what a text holds, a line for each card, property, problem and error.
func read(t testing.TB, r io.Reader, c vcard.Config) []string {
	t.Helper()
	var got []string
	reader := vcard.NewReader(r, c)
	for {
		card, err := reader.Next()
		var line *vcard.LineError
		switch {
		case errors.As(err, &line):
			got = append(got, fmt.Sprintf("%d: %v", line.Line, err))
			continue
		case err == io.EOF:
			return got
		case err != nil:
			return append(got, fmt.Sprintf("end in line %d: %v", reader.Line(), err))
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%d: card %s", card.Line, card.Version)))
		for _, p := range card.Properties {
			got = append(got, shown(&p))
		}
		for _, p := range card.Problems {
			got = append(got, fmt.Sprintf("%d: !%s %s", p.Line, p.Name, p.Why))
		}
	}
}

// shown returns a property as the tests spell it: its line, group, name, parameters and value.
func shown(p *vcard.Property) string {
	text := fmt.Sprintf("%d: ", p.Line)
	if p.Group != "" {
		text += p.Group + "."
	}
	text += p.Name
	for _, param := range p.Params {
		text += fmt.Sprintf(";%s=%s", param.Name, strings.Join(param.Values, "|"))
	}
	if p.Doubt {
		text += "?"
	}
	if p.Data != nil {
		return fmt.Sprintf("%s %d bytes %q", text, len(p.Data), p.Data)
	}
	return fmt.Sprintf("%s %q", text, p.Value)
}

// in returns a card with these lines.
func in(version, lines string) string {
	return "BEGIN:VCARD\nVERSION:" + version + "\n" + lines + "\nEND:VCARD\n"
}

func TestCards(t *testing.T) {
	const one = "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n"
	ann := []string{"1: card 3.0", `3: FN "Ann"`}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"blank lines", "\n \r\n\t\n\x00\x1a", nil},
		{"LF", one, ann},
		{"CR LF", strings.ReplaceAll(one, "\n", "\r\n"), ann},
		{"CR", strings.ReplaceAll(one, "\n", "\r"), ann},
		{"CR CR LF", strings.ReplaceAll(one, "\n", "\r\r\n"), ann},
		{"CR CR is an empty line", "BEGIN:VCARD\r\rFN:Ann\rEND:VCARD", []string{"1: card", `3: FN "Ann"`}},
		{"LF and CR LF in one file", "BEGIN:VCARD\r\nVERSION:3.0\nFN:Ann\r\nEND:VCARD", ann},
		{"no line end at the end", strings.TrimSpace(one), ann},
		{"a byte order mark", "\ufeff" + one, ann},
		{"a byte order mark and no BEGIN", "\ufeffVERSION:3.0\n\ufeffFN:Ann\nEND:VCARD",
			[]string{"1: card 3.0", `2: FN "Ann"`}},
		{"byte order marks inside", "\ufeff" + one + "\ufeff" + one,
			append(ann, "5: card 3.0", `7: FN "Ann"`)},
		{"space around BEGIN and END, any case", "  begin : vCard \nVersion:3.0\nFN:Ann\nEnd:vcard\t\n\n", ann},
		{"a card that is indented", " \tBEGIN:VCARD\n \tVERSION:3.0\n \tFN:A\n \t nn\n \tEND:VCARD", ann},
		{"no BEGIN", "VERSION:3.0\nFN:Ann\nEND:VCARD\n", []string{"1: card 3.0", `2: FN "Ann"`}},
		{"no BEGIN behind other text", "Hi\n\nVERSION:4.0\nFN:Ann\nEND:VCARD\n",
			[]string{"1: text outside of any vCard", "3: card 4.0", `4: FN "Ann"`}},
		{"an unknown version is no beginning", "VERSION:5.0\nFN:Ann\n", []string{"1: text outside of any vCard"}},
		{"no END", "BEGIN:VCARD\nFN:Ann\n", []string{"1: card", `2: FN "Ann"`, "2: !END the vCard has no end"}},
		{"no END before the next card", "BEGIN:VCARD\nFN:Ann\n" + one, []string{
			"1: card", `2: FN "Ann"`, "3: !END the vCard has no end", "3: card 3.0", `5: FN "Ann"`}},
		{"BEGIN twice", "BEGIN:VCARD\n" + one, []string{"2: card 3.0", `4: FN "Ann"`}},
		{"text outside, one error for all of it", "To: Bo\n\nHello\n" + one + "bye\n",
			[]string{"1: text outside of any vCard", "4: card 3.0", `6: FN "Ann"`, "8: text outside of any vCard"}},
		{"an empty card", "BEGIN:VCARD\nEND:VCARD\n", []string{"1: card"}},
		{"two versions", "BEGIN:VCARD\nVERSION:3.0\nVERSION:4.0\nEND:VCARD\n", []string{"1: card 3.0"}},
		{"another object", "BEGIN:VCALENDAR\nEND:VCALENDAR\n" + one,
			[]string{"1: text outside of any vCard", "3: card 3.0", `5: FN "Ann"`}},
		{"a line that is no property", in("3.0", "FN:Ann\nhello\n:x\n=41\nNOTE"), []string{
			"1: card 3.0", `3: FN "Ann"`, "4: ! the line is not a property", "5: ! the line is not a property",
			"6: ! the line is not a property", "7: ! the line is not a property"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, read(t, strings.NewReader(test.text), config))
			require.Equal(t, test.want, read(t, iotest.OneByteReader(strings.NewReader(test.text)), config))
		})
	}
}

func TestNestedCards(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"an agent", in("2.1", "AGENT:\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\nFN:Ann"),
			[]string{"1: card 2.1", `7: FN "Ann"`, "3: !AGENT it is a vCard of its own"}},
		{"an agent in one line with its BEGIN", in("2.1", "AGENT;X=1:BEGIN:VCARD\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\nFN:Ann"),
			[]string{"1: card 2.1", `7: FN "Ann"`, "3: !AGENT it is a vCard of its own"}},
		{"an agent of an agent", in("2.1", "AGENT:\nBEGIN:VCARD\nFN:Bo\nAGENT:\n\nBEGIN:VCARD\nEND:VCARD\nEND:VCARD\nFN:Ann"),
			[]string{"1: card 2.1", `11: FN "Ann"`, "3: !AGENT it is a vCard of its own"}},
		{"an agent without END", in("2.1", "AGENT:\nBEGIN:VCARD\nFN:Bo") + in("2.1", "FN:Ann"),
			[]string{"1: card 2.1", "3: !AGENT it is a vCard of its own", "7: !END the vCard has no end",
				"7: card 2.1", `9: FN "Ann"`}},
		{"an agent without END before a card", "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nFN:Bo\n" + in("2.1", "FN:Ann"),
			[]string{"1: card", "2: !AGENT it is a vCard of its own", "5: !END the vCard has no end",
				"5: card 2.1", `7: FN "Ann"`}},
		{"the end of the file in an agent", "BEGIN:VCARD\nFN:Ann\nAGENT:\nBEGIN:VCARD\nFN:Bo\n",
			[]string{"1: card", `2: FN "Ann"`, "3: !AGENT it is a vCard of its own", "5: !END the vCard has no end"}},
		{"an agent with a value", in("3.0", `AGENT:BEGIN:VCARD\nFN:Bo\nEND:VCARD`),
			[]string{"1: card 3.0", `3: AGENT "BEGIN:VCARD\\nFN:Bo\\nEND:VCARD"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, read(t, strings.NewReader(test.text), config))
		})
	}
}

func TestUTF16(t *testing.T) {
	units := utf16.Encode([]rune(in("3.0", "FN;CHARSET=windows-1252:Zoë 🌿")))
	for _, test := range []struct {
		name  string
		order binary.ByteOrder
		mark  string
	}{
		{"little endian", binary.LittleEndian, "\xff\xfe"}, {"big endian", binary.BigEndian, "\xfe\xff"},
		{"little endian without a mark", binary.LittleEndian, ""}, {"big endian without a mark", binary.BigEndian, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var text bytes.Buffer
			text.WriteString(test.mark)
			require.NoError(t, binary.Write(&text, test.order, units))
			// The character set of a property is that of its transfer encoding, not of the file.
			require.Equal(t, []string{"1: card 3.0", `3: FN;CHARSET=windows-1252 "Zoë 🌿"`}, read(t, &text, config))
		})
	}
}

func TestUnfolding(t *testing.T) {
	for _, test := range []struct {
		name, version, lines string
		want                 []string
	}{
		{"3.0 drops the space", "3.0", "NOTE:one\n  two\n\tthree", []string{`3: NOTE "one twothree"`}},
		{"4.0 drops the space", "4.0", "NOTE:on\n e", []string{`3: NOTE "one"`}},
		{"2.1 keeps it", "2.1", "NOTE:one\n two", []string{`3: NOTE "one two"`}},
		{"no version keeps it", "", "NOTE:one\n two", []string{`3: NOTE "one two"`}},
		{"before the version 3.0", "", "NOTE:one\n  two\n\tthree\nVERSION:3.0", []string{`3: NOTE "one twothree"`}},
		{"before the version 2.1", "", "NOTE:one\n  two\nVERSION:2.1", []string{`3: NOTE "one  two"`}},
		{"before the version, encoded", "", "A;ENCODING=b:QUJD\n REVG\nB;QUOTED-PRINTABLE:=4\n 1=\n2\nVERSION:3.0",
			[]string{`3: A;ENCODING=b 6 bytes "ABCDEF"`, `5: B;ENCODING=QUOTED-PRINTABLE "A2"`}},
		{"before the version, a quoted colon", "", "ADR;LABEL=\"a: b\n c\";TYPE=work:;;x\nVERSION:4.0",
			[]string{`3: ADR;LABEL=a: bc;TYPE=work ";;x"`}},
		{"within a character", "3.0", "NOTE:\xc3\n \xa9", []string{`3: NOTE "é"`}},
		{"within the parameters", "2.1", "TEL;TYPE=WO\n RK:1\nTEL\n ;HOME:2",
			[]string{`3: TEL;TYPE=WORK "1"`, `5: TEL;TYPE=HOME "2"`}},
		{"within a quoted parameter with a colon", "4.0", "ADR;LABEL=\"a: b\n c\";TYPE=work:;;x",
			[]string{`3: ADR;LABEL=a: bc;TYPE=work ";;x"`}},
		{"a line of space is text", "3.0", "NOTE:a\n  \n \ufeff\n b", []string{`3: NOTE "a \ufeffb"`}},
		{"a blank line does not end it", "3.0", "NOTE:one\n\n  two", []string{`3: NOTE "one two"`}},
		{"base64, indented, up to an empty line", "2.1", "PHOTO;BASE64:\n  QUJD\n  REVG\n\nFN:Ann",
			[]string{`3: PHOTO;ENCODING=BASE64 6 bytes "ABCDEF"`, `7: FN "Ann"`}},
		{"base64, not indented, up to a colon", "2.1", "PHOTO;ENCODING=BASE64:QUJD\nREVG\nRw==\nFN:Ann",
			[]string{`3: PHOTO;ENCODING=BASE64 7 bytes "ABCDEFG"`, `6: FN "Ann"`}},
		{"base64 behind an empty line", "3.0", "PHOTO;ENCODING=b:QUJD\n\nREVG\nFN:Ann", []string{
			`3: PHOTO;ENCODING=b 3 bytes "ABC"`, `6: FN "Ann"`, "5: ! the line is not a property"}},
		{"base64 and text", "3.0", "PHOTO;ENCODING=b:QUJD\nsome text\nFN:Ann", []string{
			`3: PHOTO;ENCODING=b 3 bytes "ABC"`, `5: FN "Ann"`, "4: ! the line is not a property"}},
		{"base64 without padding", "3.0", "KEY;ENCODING=B:QQ", []string{`3: KEY;ENCODING=B 1 bytes "A"`}},
		{"damaged base64", "3.0", "KEY;ENCODING=B:Q!\nFN:Ann",
			[]string{`4: FN "Ann"`, "3: !KEY its base64 text is damaged"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(in(test.version, test.lines), "VERSION:\n", "X:\n", 1)
			got := read(t, strings.NewReader(text), config)
			if test.version == "" {
				got = got[1:]
			}
			require.Equal(t, test.want, got[1:])
		})
	}
}

func TestQuotedPrintable(t *testing.T) {
	const qp = ";ENCODING=QUOTED-PRINTABLE"
	for _, test := range []struct {
		name, lines string
		want        []string
	}{
		{"plain", "FN;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB=3d", []string{"3: FN" + qp + ` "Zoë="`}},
		{"bare and in lower case", "FN;quoted-printable:=41", []string{`3: FN;ENCODING=quoted-printable "A"`}},
		{"a soft break", "FN" + qp + ":Zo=C3=\n=AB=\n: x\nTEL:1", []string{"3: FN" + qp + ` "Zoë: x"`, `6: TEL "1"`}},
		{"a soft break and space", "FN" + qp + ":a= \n b", []string{"3: FN" + qp + ` "a b"`}},
		{"a soft break before an empty line", "ADR" + qp + ":;=\n\nTEL:1", []string{"3: ADR" + qp + ` ";"`, `5: TEL "1"`}},
		{"a soft break, an empty line and more", "FN" + qp + ":=C3=\n\n=AB\nTEL:1",
			[]string{"3: FN" + qp + ` "ë"`, `6: TEL "1"`}},
		{"a soft break at the end of the card", "FN" + qp + ":a=", []string{"3: FN" + qp + ` "a"`}},
		{"a line end", "NOTE" + qp + ":a=0D=0A=\nb", []string{"3: NOTE" + qp + ` "a\r\nb"`}},
		{"an = without digits", "FN" + qp + ":a=zb=4", []string{"3: FN" + qp + ` "a=zb=4"`}},
		{"not encoded", "FN:a=41=", []string{`3: FN "a=41="`}},
		{"only in the label of Android", "TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=42=6F=61=74):1=\nFN:a",
			[]string{`3: TEL;X-CUSTOM=Boat "1="`, `4: FN "a"`}},
		{"a cut character", "FN;CHARSET=UTF-8" + qp + ":=C3=AB=C3=AB=C3",
			[]string{"3: FN;CHARSET=UTF-8" + qp + `? "ëë` + "\ufffd\""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, strings.NewReader(in("2.1", test.lines)), config)
			require.Equal(t, test.want, got[1:])
		})
	}
}

func TestParameters(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"TEL:1", `TEL "1"`},
		{"item1.tel:1", `item1.TEL "1"`},
		{"a.b.TEL:1", `a.b.TEL "1"`},
		{"TEL :1", `TEL "1"`},
		{"TEL;HOME;VOICE:1", `TEL;TYPE=HOME;TYPE=VOICE "1"`},
		{"TEL;HOME:555;6", `TEL;TYPE=HOME "555;6"`},
		{"TEL;TYPE=home,work;TYPE=fax:1", `TEL;TYPE=home|work;TYPE=fax "1"`},
		{"TEL;TYPE=VOICE;MSG,WORK:1", `TEL;TYPE=VOICE;TYPE=MSG;TYPE=WORK "1"`},
		{`TEL;TYPE="voice,cell":1`, `TEL;TYPE=voice|cell "1"`},
		{`ADR;TYPE="At home: now",POSTAL:1`, `ADR;TYPE=At home: now|POSTAL "1"`},
		{`ADR;LABEL="a;b:c,d";X=1:v`, `ADR;LABEL=a;b:c,d;X=1 "v"`},
		{`ADR;LABEL=a^nb^^n^'c^'^x:v`, `ADR;LABEL=a` + "\n" + `b^n"c"^x "v"`},
		{`ADR;LABEL=6" pipe:v`, `ADR;LABEL=6" pipe "v"`},
		{`ADR;LABEL="open:v`, `ADR;LABEL="open "v"`},
		{"TEL;:1", `TEL "1"`},
		{"TEL;;HOME;=;X=:1", `TEL;TYPE=HOME;=;X= "1"`},
		{"TEL;QUOTED-PRINTABLE;utf-8;de-DE;INLINE;latin1;home:=41",
			`TEL;ENCODING=QUOTED-PRINTABLE;CHARSET=utf-8;TYPE=de-DE;VALUE=INLINE;CHARSET=latin1;TYPE=home "A"`},
		{"TEL;TYPE=X-A;x-b:1", `TEL;TYPE=X-A;TYPE=x-b "1"`},
		{"TEL;X-CUSTOM(Boat)x;HOME:1", `TEL;X-CUSTOM=Boat;TYPE=HOME "1"`},
		{"TEL;X-CUSTOM(Boat:1", `TEL;TYPE=X-CUSTOM(Boat "1"`},
		{"X-A_B/C:1", `X-A_B/C "1"`},
		{"TE L:1", ``}, {"É:1", `É "1"`}, {".TEL:1", `TEL "1"`}, {"a.:1", ``},
	} {
		t.Run(test.line, func(t *testing.T) {
			got := read(t, strings.NewReader(in("4.0", test.line)), config)
			if test.want == "" {
				require.Contains(t, got[len(got)-1], "not a property")
				return
			}
			require.Equal(t, "3: "+test.want, got[1])
		})
	}
}

func TestCharacterSets(t *testing.T) {
	for _, test := range []struct {
		name, lines string
		want        []string
	}{
		{"UTF-8", "FN:Zoë", []string{`FN "Zoë"`}},
		{"named", "FN;CHARSET=ISO-8859-1:Zo\xeb", []string{`FN;CHARSET=ISO-8859-1 "Zoë"`}},
		{"named, quoted-printable", "FN;CHARSET=Windows-1251;QUOTED-PRINTABLE:=C0",
			[]string{`FN;CHARSET=Windows-1251;ENCODING=QUOTED-PRINTABLE "А"`}},
		{"Shift_JIS with a backslash in a character", "N;CHARSET=SHIFT_JIS:\x83\x5c;\x83\x5c",
			[]string{`N;CHARSET=SHIFT_JIS "ソ;ソ"`}},
		{"not named: windows-1252", "FN:Zo\xeb \x80", []string{`FN? "Zoë €"`}},
		{"not named: that of another property", "FN:\xc0\nX;CHARSET=Windows-1251:\xc0",
			[]string{`FN? "А"`, `X;CHARSET=Windows-1251 "А"`}},
		{"unknown", "FN;CHARSET=blabla:Zo\xeb", []string{`FN;CHARSET=blabla? "Zoë"`}},
		{"unknown, but UTF-8", "FN;CHARSET=blabla:Zoë", []string{`FN;CHARSET=blabla "Zoë"`}},
		{"wrong", "FN;CHARSET=UTF-8:Zo\xeb", []string{`FN;CHARSET=UTF-8? "Zoë"`}},
		{"ASCII that is UTF-8", "FN;CHARSET=us-ascii:Zoë", []string{`FN;CHARSET=us-ascii "Zoë"`}},
		{"one that cannot be", "FN;CHARSET=utf-16:Zoë", []string{`FN;CHARSET=utf-16 "Zoë"`}},
		{"characters that are not in it", "FN;CHARSET=windows-1253:\xaa",
			[]string{`FN;CHARSET=windows-1253? "` + "\ufffd\""}},
		{"in parameters and groups", "\xeb.ADR;LABEL=\xeb;\xeb=1:x", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, strings.NewReader(in("2.1", test.lines)), config)
			for i, want := range test.want {
				require.Equal(t, fmt.Sprintf("%d: %s", i+3, want), got[i+1])
			}
			require.NotContains(t, strings.Join(got, ""), "\xeb")
		})
	}
	t.Run("as the caller says", func(t *testing.T) {
		c := config
		c.Encoding = charmap.ISO8859_2
		got := read(t, strings.NewReader(in("2.1", "FN:\xb3\nX;CHARSET=Windows-1251:\xc0\nY:Zoë")), c)
		require.Equal(t, []string{`3: FN? "ł"`, `4: X;CHARSET=Windows-1251 "А"`, `5: Y "Zoë"`}, got[1:])
	})
}

func TestEscapes(t *testing.T) {
	require.Equal(t, []string{`a\;b`, "", `c\\`, "d"}, vcard.Split(`a\;b;;c\\;d`, ';', 9))
	require.Equal(t, []string{"a", "b;c"}, vcard.Split("a;b;c", ';', 2))
	require.Equal(t, []string{""}, vcard.Split("", ';', 1))
	require.Equal(t, []string{`a\`}, vcard.Split(`a\`, ';', 2))
	require.Equal(t, "a;b,c:d\\e\nf\ng\"h\\x\\", vcard.Unescape(`a\;b\,c\:d\\e\nf\Ng\"h\x\`))
	require.Equal(t, "a\nb\nc", vcard.Unescape("a\r\nb\rc"))
	require.Equal(t, `a\;b\,c:d\\e\nf\n`, vcard.Escape("a;b,c:d\\e\r\nf\r"))
	require.Equal(t, `a\;;b`, vcard.Join([]string{"a;", "b"}, ";"))
}

func TestString(t *testing.T) {
	p := vcard.Property{Group: "item1", Name: "ADR", Value: "a\r\nb\\\nc\\n", Params: []vcard.Param{
		{Name: "TYPE", Values: []string{"home", "x;y"}}, {Name: "LABEL", Values: []string{"1\n\"^"}},
	}}
	line := p.String()
	require.Equal(t, `item1.ADR;TYPE=home,"x;y";LABEL=1^n^'^^:a\nb\\\nc\n`, line)
	again, ok := vcard.Parse(line)
	require.True(t, ok)
	require.Equal(t, line, again.String())
	require.Equal(t, vcard.Unescape(p.Value), vcard.Unescape(again.Value))
	for _, line := range []string{"", "FN", "FN\n:x", "FN:x\nEND:VCARD", "FN:x\r", "a b:c"} {
		_, ok := vcard.Parse(line)
		require.False(t, ok, "%q", line)
	}
}

func TestFolding(t *testing.T) {
	for _, text := range []string{
		"", "FN:Ann", strings.Repeat("a", 75), strings.Repeat("a", 76), strings.Repeat("é", 500), strings.Repeat("🌿", 99),
		strings.Repeat("a", 74) + "é", strings.Repeat("a ", 300), strings.Repeat("a", 75) + "END:VCARD",
		strings.Repeat(" ", 75) + "begin : vcard",
	} {
		folded := string(vcard.AppendFolded([]byte("x"), text))
		require.Equal(t, "x"+text+"\r\n", strings.ReplaceAll(folded, "\r\n ", ""))
		for line := range strings.Lines(folded[1:]) {
			require.NotContains(t, []string{"END:VCARD", "BEGIN:VCARD"},
				strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(line), " ", "")))
			require.LessOrEqual(t, len(line), 75+len("\r\n"))
			require.True(t, strings.HasSuffix(line, "\r\n"))
			require.Equal(t, strings.ToValidUTF8(line, "?"), line)
		}
	}
}
