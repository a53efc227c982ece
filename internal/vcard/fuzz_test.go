package vcard_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/vcard"
)

// FuzzVCard reads any text: lines increase and exist, texts are UTF-8, and each property, written as a line, folded and
// read again, is the same.
func FuzzVCard(f *testing.F) {
	for _, text := range []string{
		in("2.1", "N;CHARSET=windows-1252;QUOTED-PRINTABLE:=E4=\n;b\nTEL;X-CUSTOM(CHARSET=UTF-8,=41):1\n"+
			"PHOTO;BASE64:\n QUJD\n\n"),
		in("3.0", "item1.EMAIL;type=INTERNET;type=pref:a@x.test\nitem1.X-ABLabel:_$!<Home>!$_\nNOTE:a\\,b\\;c\\\\\\nd"),
		in("4.0", `ADR;TYPE="home,work";LABEL="a^n^'b^^":;;1 Elm`+"\n ;;;\n;=:\nTEL;;HOME;=x:\ufeff"),
		"\ufeffBEGIN:VCARD\rAGENT:\rBEGIN:VCARD\rEND:VCARD\rFN:a\\\r\rEND:VCARD\r\r\nx",
		"\xff\xfeB\x00E\x00G\x00I\x00N\x00:\x00V\x00C\x00A\x00R\x00D\x00\n\x00",
		"VERSION:2.1\n \tFN;QUOTED-PRINTABLE:a\\=0Ab=\n\n=C3\nX;ENCODING=b:\n&",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := vcard.NewReader(strings.NewReader(text), config)
		last := 0
		for {
			card, err := r.Next()
			if line, ok := errors.AsType[*vcard.LineError](err); ok {
				require.Greater(t, line.Line, last)
				last = line.Line
				continue
			}
			if err != nil {
				require.True(t, err == io.EOF || err == vcard.ErrDepth, err)
				return
			}
			require.Greater(t, card.Line, last)
			last = card.Line
			for _, p := range card.Properties {
				require.GreaterOrEqual(t, p.Line, card.Line)
				require.LessOrEqual(t, p.Line, r.Line())
				require.True(t, utf8.ValidString(p.String()), "%q", p)
				if p.Data == nil {
					requireSame(t, p)
				}
			}
		}
	})
}

// requireSame writes a property and reads it again.
func requireSame(t *testing.T, p vcard.Property) {
	t.Helper()
	again, ok := vcard.Parse(p.String())
	if p.Name == "" || !ok {
		require.Fail(t, "not read again", "%q", p.String())
	}
	require.Equal(t, p.Group, again.Group)
	require.Equal(t, p.Name, again.Name)
	require.Equal(t, p.Params, again.Params)
	require.Equal(t, vcard.Unescape(p.Value), vcard.Unescape(again.Value))
	folded := string(vcard.AppendFolded(nil, p.String()))
	require.Equal(t, p.String()+"\r\n", strings.ReplaceAll(folded, "\r\n ", ""))
}
