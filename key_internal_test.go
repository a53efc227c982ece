package contacts

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/form"
)

// keysOf returns the look-up of taken keys.
func keysOf(keys ...string) func(prefix string) iter.Seq[string] {
	sorted := slices.Sorted(slices.Values(keys))
	return func(prefix string) iter.Seq[string] {
		return func(yield func(string) bool) {
			for _, key := range sorted {
				if strings.HasPrefix(key, prefix) && !yield(key) {
					return
				}
			}
		}
	}
}

func TestNewKey(t *testing.T) {
	for _, tc := range []struct{ name, displayName, slug string }{
		{"LBL-6 words", "VIP Customer", "vip-customer"},
		{"LBL-6 a digit as a word", "Customer Group 3", "customer-group-3"},
		{"LBL-6 capitals make no words", "groupColor", "groupcolor"},
		{"LBL-6 other characters at the ends", " -- VIP!? ", "vip"},
		{"LBL-6 a run becomes one hyphen", "a -_./\t\n\u00a0 b", "a-b"},
		{"LBL-6 hyphens of the name", "a-b--c", "a-b-c"},
		{"LBL-6 each single character", "a&b+c@d'e’f", "a-b-c-d-e-f"},
		{"LBL-6 invisible characters", "a\u200bb\u00adc", "a-b-c"},
		{"LBL-6 joiners", "می\u200cخواهم", "می-خواهم"},
		{"LBL-6 letters with marks, and digits", "Größe 3/4", "größe-3-4"},
		{"LBL-6 composed letters stay composed (NFC)", "\u00c9cole d\u2019\u00e9t\u00e9", "\u00e9cole-d-\u00e9t\u00e9"},
		{"LBL-6 decomposed letters stay decomposed (NFD)", "E\u0301cole d\u2019e\u0301te\u0301",
			"e\u0301cole-d-e\u0301te\u0301"},
		{"LBL-6 several marks on a letter", "Vie\u0323\u0302t", "vie\u0323\u0302t"},
		{"LBL-6 Hindi: vowel signs and virama stay", "हिन्दी ग्राहक", "हिन्दी-ग्राहक"},
		{"LBL-6 Thai", "ลูกค้า ที่ ดี", "ลูกค้า-ที่-ดี"},
		{"LBL-6 Arabic with vowel marks and digits of its own", "عَمِيل ٣", "عَمِيل-٣"},
		{"LBL-6 Japanese with a long vowel", "スーパー 顧客", "スーパー-顧客"},
		{"LBL-6 Chinese with its own punctuation", "客户，重要。", "客户-重要"},
		{"LBL-6 Greek: no final sigma", "ΟΔΟΣ", "οδοσ"},
		{"LBL-6 Turkish İ loses its dot", "İstanbul", "istanbul"},
		{"LBL-6 Turkish I is the i of other languages", "IĞDIR", "iğdir"},
		{"LBL-6 a decomposed Turkish İ keeps its dot", "I\u0307stanbul", "i\u0307stanbul"},
		{"LBL-6 sharp s", "STRAẞE", "straße"},
		{"LBL-6 a letter of two", "ǅUNGLA", "ǆungla"},
		{"LBL-6 letters beyond 16 bits", "𐐀𐐁", "𐐨𐐩"},
		{"LBL-6 numbers that are no digits", "x² ½ Ⅷ №5", "x-5"},
		{"LBL-6 emoji", "🎉 VIP 🎉", "vip"},
		{"LBL-6 emoji of several characters", "👍🏽 Liked by 👨\u200d👩\u200d👧", "liked-by"},
		// U+FE0F, which selects the coloured form of a symbol, is a mark, but not of a letter.
		{"LBL-6 emoji with a variation selector in front", "❤\ufe0f VIP", "vip"},
		{"LBL-6 emoji followed by a variation selector", "VIP ⭐\ufe0f", "vip"},
		{"LBL-6 emoji with a variation selector within", "Hot☀\ufe0fsun", "hot-sun"},
		{"LBL-6 marks of no letter", "\u0301 a -\u0301b", "a-b"},
		{"LBL-6 nothing", "", "label"},
		{"LBL-6 spaces", "   ", "label"},
		{"LBL-6 nothing left", "!!!", "label"},
		{"LBL-6 nothing left of an emoji", "❤\ufe0f", "label"},
		{"LBL-6 nothing left of a mark", "\u0301", "label"},

		{"LBL-6 80 characters", strings.Repeat("x", 73), strings.Repeat("x", 73)},
		{"LBL-6 81 characters", strings.Repeat("x", 74), strings.Repeat("x", 73)},
		{"LBL-6 81 characters of three bytes", strings.Repeat("漢", 74), strings.Repeat("漢", 73)},
		{"LBL-6 80 characters after other characters are dropped", "!!" + strings.Repeat("x", 73) + "!!",
			strings.Repeat("x", 73)},
		{"LBL-6 a hyphen before the cut", strings.Repeat("x", 71) + " yz", strings.Repeat("x", 71) + "-y"},
		{"LBL-6 a hyphen at the cut", strings.Repeat("x", 72) + " yz", strings.Repeat("x", 72)},
		{"LBL-6 a hyphen after the cut", strings.Repeat("x", 73) + " yz", strings.Repeat("x", 73)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, "custom."+tc.slug, newKey(tc.displayName, "label", keysOf()))
		})
	}

	t.Run("FLD-10 nothing left", func(t *testing.T) {
		require.Equal(t, "custom.field", newKey("?", "field", keysOf()))
		require.Equal(t, "custom.field-2", newKey("?", "field", keysOf("custom.field")))
	})

	upTo := func(slug string, n int) (keys []string) {
		keys = []string{"custom." + slug}
		for i := 2; i <= n; i++ {
			keys = append(keys, fmt.Sprintf("custom.%s-%d", slug, i))
		}
		return keys
	}
	for _, tc := range []struct {
		name, displayName string
		taken             []string
		slug              string
	}{
		{"LBL-7 other keys", "VIP", []string{"custom.vip-2", "custom.vi", "contacts.vip", "vip"}, "vip"},
		{"LBL-7 taken", "VIP", upTo("vip", 1), "vip-2"},
		{"LBL-7 taken twice", "VIP", upTo("vip", 2), "vip-3"},
		{"LBL-7 taken 9 times", "VIP", upTo("vip", 9), "vip-10"},
		{"LBL-7 taken 99 times", "VIP", upTo("vip", 99), "vip-100"},
		{"LBL-7 the first that is free", "VIP", []string{"custom.vip", "custom.vip-3"}, "vip-2"},
		{"LBL-7 the first of two digits that is free", "VIP",
			append(upTo("vip", 20), "custom.vip-22", "custom.vip-100", "custom.vip-211"), "vip-21"},
		{"LBL-7 one digit, after many of two", "VIP", append(upTo("vip", 8), upTo("vip-1", 9)...), "vip-9"},
		{"LBL-7 suffixes with more after them", "VIP",
			[]string{"custom.vip", "custom.vip-2-2", "custom.vip-2a", "custom.vip-02", "custom.vip-٢"}, "vip-2"},
		{"LBL-7 numbers that are too long", "VIP", []string{"custom.vip", "custom.vip-" + strings.Repeat("2", 60)}, "vip-2"},
		{"LBL-7 no suffix -1", "VIP", []string{"custom.vip", "custom.vip-1"}, "vip-2"},
		{"LBL-7 a name with a number", "VIP 2", []string{"custom.vip-2"}, "vip-2-2"},
		{"LBL-7 the fallback", "!!!", upTo("label", 2), "label-3"},
		{"LBL-7 cut for the suffix", strings.Repeat("ä", 73), upTo(strings.Repeat("ä", 73), 1),
			strings.Repeat("ä", 71) + "-2"},
		{"LBL-7 cut further for a longer suffix", strings.Repeat("ä", 180),
			append(upTo(strings.Repeat("ä", 71), 9), "custom."+strings.Repeat("ä", 73)), strings.Repeat("ä", 70) + "-10"},
		{"LBL-7 not cut where there is room", strings.Repeat("x", 71), upTo(strings.Repeat("x", 71), 1),
			strings.Repeat("x", 71) + "-2"},
		{"LBL-7 a hyphen at the cut for the suffix", strings.Repeat("x", 70) + " yz",
			upTo(strings.Repeat("x", 70)+"-yz", 1), strings.Repeat("x", 70) + "-2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, "custom."+tc.slug, newKey(tc.displayName, "label", keysOf(tc.taken...)))
		})
	}
}

func TestNewKeyOfManyNames(t *testing.T) {
	for name, slug := range map[string]string{"a short slug": "vip", "a slug that is cut": strings.Repeat("x", 90)} {
		t.Run("LBL-7 reads each key a few times, "+name, func(t *testing.T) {
			const n = 2000
			taken := []string{newKey(slug, "label", keysOf())}
			for i := 2; i < n; i++ {
				suffix := fmt.Sprint("-", i)
				taken = append(taken, "custom."+form.CutSlug(slug, 80-len("custom.")-len(suffix))+suffix)
			}
			lookUp, read := keysOf(taken...), 0
			key := newKey(slug, "label", func(prefix string) iter.Seq[string] {
				return func(yield func(string) bool) {
					for key := range lookUp(prefix) {
						if read++; !yield(key) {
							return
						}
					}
				}
			})
			require.True(t, strings.HasSuffix(key, "-2000"), key)
			require.Less(t, read, 2*n)
		})
	}
}

// FuzzKey makes several keys of one display name, each taken when the next is made.
func FuzzKey(f *testing.F) {
	for _, name := range []string{
		"", "VIP Customer", "Größe 3/4", "!!!", "हिन्दी", "e\u0301", "İ", "\u0301", "❤\ufe0f VIP", "a\xffb", "\x00",
		strings.Repeat("x", 72) + " y", strings.Repeat("ä ", 90), strings.Repeat("\u0301", 100), "𐐀", "1\ufe0f\u20e3",
	} {
		f.Add(name, uint8(12))
	}
	f.Fuzz(func(t *testing.T, name string, n uint8) {
		taken := map[string]bool{}
		isTaken := func(prefix string) iter.Seq[string] {
			return keysOf(slices.Collect(maps.Keys(taken))...)(prefix)
		}
		for range n%16 + 1 {
			key := newKey(name, "label", isTaken)
			if again := newKey(name, "label", isTaken); again != key {
				t.Fatalf("LBL-6 %q gives %q, then %q", name, key, again)
			}
			if taken[key] {
				t.Fatalf("LBL-7 %q gives %q, which is taken", name, key)
			}
			taken[key] = true
			if !utf8.ValidString(key) || utf8.RuneCountInString(key) > 80 {
				t.Fatalf("LBL-6 %q gives %q, which is no key", name, key)
			}
			slug, ok := strings.CutPrefix(key, "custom.")
			if !ok || slug == "" || strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") {
				t.Fatalf("LBL-6 %q gives %q, which is no slug", name, key)
			}
			last := '-'
			for _, r := range slug {
				switch {
				case unicode.IsLetter(r) || unicode.IsDigit(r):
				case (unicode.IsMark(r) || r == '-') && last != '-':
				default:
					t.Fatalf("LBL-6 %q gives %q, with %q in the wrong place", name, key, r)
				}
				last = r
			}
			if strings.ToLower(slug) != slug {
				t.Fatalf("LBL-6 %q gives %q, not in lower case", name, key)
			}
		}
	})
}

// TestSharedKeys requires that the keys of labels and fields are in memory once, however many contacts have them.
func TestSharedKeys(t *testing.T) {
	s, err := New(nil)
	require.NoError(t, err)
	label, _, err := s.FindOrCreateLabel(t.Context(), "Friends")
	require.NoError(t, err)
	field, _, err := s.FindOrCreateField(t.Context(), "Pet", DataText)
	require.NoError(t, err)
	for range 2 {
		_, err := s.Create(t.Context(), Info{
			Name: Name{First: "Ada"}, LabelKeys: []string{strings.Clone(label.Key)},
			ExtendedFields: map[string]any{strings.Clone(field.Key): "cat"},
		}, nil)
		require.NoError(t, err)
	}
	var export bytes.Buffer
	require.NoError(t, s.Snapshot().Export(&export))
	loaded, err := Load(t.Context(), &export, nil)
	require.NoError(t, err)
	for _, s := range []*Store{s, loaded} {
		labels, fields := map[*byte]bool{}, map[*byte]bool{}
		for r := range s.Snapshot().reads().all() {
			labels[unsafe.StringData(r.contact.Info.LabelKeys[0])] = true
			for key := range r.contact.Info.ExtendedFields {
				fields[unsafe.StringData(key)] = true
			}
		}
		require.Len(t, labels, 1)
		require.Len(t, fields, 1)
	}
}
