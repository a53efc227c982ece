package form_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/form"
)

// holds requires that a check accepts and refuses these texts.
func holds(t *testing.T, check func(string) bool, accepted, refused []string) {
	t.Helper()
	for _, s := range accepted {
		require.True(t, check(s), "%q", s)
	}
	for _, s := range refused {
		require.False(t, check(s), "%q", s)
	}
}

func TestDate(t *testing.T) {
	holds(t, form.IsDate, []string{"2000-02-29", "0001-01-01", "9999-12-31"}, []string{
		"", "1900-02-29", "2000-2-29", "2000-02-29 ", "10000-01-01", "2000-02-29T00:00:00Z", "29.02.2000",
	})
}

func TestLanguage(t *testing.T) {
	holds(t, form.IsLanguage, []string{"en", "en-US", "zh-Hant-TW", "und"}, []string{
		"", "en_US", "root", "ROOT", "en us", "x", "en-" + strings.Repeat("x", form.Language),
	})
}

func TestURL(t *testing.T) {
	holds(t, form.IsURL, []string{"https://example.com", "ftp://example.com/a", "https://example.com/?u=http://x"},
		[]string{"", "example.com", "https://", "mailto:a@example.com", "https://example.com/a b", "https://example.com\x00"})
	for s, want := range map[string]string{
		"example.com": "https://example.com", "HTTP://example.com": "HTTP://example.com",
		"example.com/?u=http://x": "https://example.com/?u=http://x", "1a://x": "https://1a://x",
	} {
		require.Equal(t, want, form.WithScheme(s))
	}
	holds(t, form.IsImageURL, []string{"http://example.com/a.png", "https://example.com", "wix:image://v1/a~b.png/c.png"},
		[]string{"", "ftp://example.com/a.png", "wix:image://v1/", "https://", "https://example.com/a b", "a.png", "http://\xff"})
}

func TestKey(t *testing.T) {
	long := "custom." + strings.Repeat("ä", form.Key-len("custom."))
	holds(t, form.IsKey, []string{"custom.vip", "a.b.c", "custom.größe_2-x", long, strings.Repeat("n", 25) + ".x"}, []string{
		"", "custom", "custom.", ".vip", "custom..vip", "custom.v i p", long + "ä", strings.Repeat("n", 26) + ".x",
	})
	holds(t, form.IsKeyText, []string{long + "ä", strings.Repeat("n", 26) + ".x"}, []string{"", "custom", "custom.a@b"})
	holds(t, form.IsNewKey, []string{"custom.vip", long}, []string{"custom.\ufe0f", long + "ä", "custom"})
}

func TestSlug(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "VIP Customer": "vip-customer", " a  b! ": "a-b", "--": "", "Größe": "größe", "❤\ufe0f ok": "ok",
		"Ärger 2": "ärger-2", "e\u0301te": "e\u0301te",
	} {
		require.Equal(t, want, form.Slug(s), "%q", s)
	}
	require.Equal(t, "a-b", form.CutSlug("a-b", 3))
	require.Equal(t, "a", form.CutSlug("a-b", 2))
	require.Equal(t, "äö", form.CutSlug("äöü", 2))
}
