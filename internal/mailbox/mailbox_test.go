package mailbox_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/mailbox"
)

func TestExtract(t *testing.T) {
	const cy = "cy@shop.example"
	one, two := []string{cy}, []string{cy, "bo@shop.example"}
	for _, tc := range []struct {
		text  string
		want  []string
		whole bool
	}{
		{cy, one, true}, {" " + cy + "\t", one, true}, {"CY@shop.example", []string{"CY@shop.example"}, true},
		{`"cy ash"@shop.example`, []string{`"cy ash"@shop.example`}, true},

		{"Cy <cy@shop.example>", one, true}, {"<cy@shop.example>", one, true}, {"Cy<cy@shop.example>", one, true},
		{"cy@shop.example <cy@shop.example>", one, true}, {`"Ash, Cy" <cy@shop.example>`, one, true},
		{`Cy "Red" Ash <cy@shop.example>`, one, true}, {"Ash, Cy <cy@shop.example>", one, true},
		{"Cy < cy@shop.example >", one, true}, {"Cy <mailto:cy@shop.example>", one, true},
		{"Cy <cy@shop.example> (work)", one, true}, {"cy@shop.example (work)", one, true},
		{`Cy <"cy ash"@shop.example>`, []string{`"cy ash"@shop.example`}, true},

		{"mailto:cy@shop.example", one, true}, {"MailTo: cy@shop.example", one, true},
		{"mailto:cy@shop.example?subject=Hi%20there", one, true}, {"mailto:cy%40shop.example", one, true},

		{"; cy@shop.example", one, true}, {"cy@shop.example;", one, true}, {",cy@shop.example,;", one, true},
		{"cy @shop.example", one, true}, {"cy@ shop.example", one, true}, {"cy @\u00a0shop.example", one, true},
		{"'cy@shop.example'", one, true}, {`"cy@shop.example"`, one, true}, {"“cy@shop.example”", one, true},
		{"\ufeffcy@shop.example", one, true}, {"cy\u200b@shop.example\u200e", one, true}, {"cy@shop.example\x01", one, true},

		{"cy@shop.example, bo@shop.example", two, true}, {"cy@shop.example;bo@shop.example", two, true},
		{"cy@shop.example\nbo@shop.example", two, true}, {"cy@shop.example\r\n\r\nbo@shop.example\r\n", two, true},
		{"cy@shop.example bo@shop.example", two, true}, {"Cy <cy@shop.example>, Bo <bo@shop.example>", two, true},
		{`"Ash, Cy" <cy@shop.example>; <bo@shop.example>`, two, true}, {"cy @shop.example; bo@shop.example", two, true},

		{"\"c\fy\"@shop.example", []string{`"c y"@shop.example`}, true},
		{"\"c\x01y\"@shop.example", []string{`"cy"@shop.example`}, true},

		{"\"\n\"@shop.example", nil, false}, {"\"Ash\r\nCy\" <cy@shop.example>", one, true},

		{"cy@shop.example, none", one, false}, {"none, cy@shop.example", one, false},
		{"cy@shop.example; bo@", one, false}, {"bo@; Cy <cy@shop.example>", one, false},
		{"a, b, Cy <cy@shop.example>", one, false},

		{"", nil, true}, {"none", nil, false}, {"cy", nil, false}, {"@", nil, false}, {"cy@", nil, false},
		{"<>", nil, false}, {"Cy <>", nil, false}, {"Cy <cy>", nil, false}, {"Cy <cy@shop.example", nil, false},
		{"cy ash@shop.example", nil, false}, {"ask cy @ shop.example", nil, false}, {"cy@shop.example or phone", nil, false},
		{"cy@@shop.example", nil, false}, {"cy@shop@example", nil, false}, {"<a@b.example> <c@d.example>", nil, false},
		{"E-Mail: cy@shop.example", nil, false}, {"http://cy@shop.example", nil, false}, {`"cy@shop.example`, nil, false},
		{"cy＠shop.example", nil, false}, {"\u200b@\ufeff", nil, false},
	} {
		t.Run(tc.text, func(t *testing.T) {
			got, whole := mailbox.Extract(tc.text)
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.whole, whole)
		})
	}
}

// FuzzExtract requires that only addresses are found, and no character that the text lacks, except a space in place of
// other white space.
func FuzzExtract(f *testing.F) {
	for _, text := range []string{
		"Cy <cy@shop.example>", "mailto:c%79@x?y", "; a@b, \"c\" @d\n<e@f> (g)", "'a@b'", `"a b"@c`, "\"\fb\"@c", "\"\n\"@c",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := mailbox.Extract(text)
		for _, address := range got {
			require.True(t, mailbox.Valid(address), "%q", address)
			require.Equal(t, strings.TrimSpace(address), address)
			if !strings.Contains(text, "%") {
				for _, r := range address {
					spaces := r == ' ' && strings.ContainsFunc(text, unicode.IsSpace)
					require.True(t, spaces || strings.ContainsRune(text, r), "%q", r)
				}
			}
		}
		if mailbox.Valid(text) {
			require.Equal(t, []string{strings.TrimSpace(text)}, got)
		}
	})
}
