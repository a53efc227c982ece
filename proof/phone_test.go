package proof

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/dial"
)

// TestPhones compares the store with the model on texts put together from numbers, words, marks and masks (PHN-1 to
// PHN-8).
func TestPhones(t *testing.T) {
	s, err := contacts.New(nil)
	require.NoError(t, err)
	rnd := rand.New(rand.NewPCG(7, 7))
	one := func(list []string) string { return list[rnd.IntN(len(list))] }
	valid, runs := 0, 20_000
	for range runs {
		var b strings.Builder
		for range 1 + rnd.IntN(6) {
			if rnd.IntN(3) > 0 {
				b.WriteString(one(phoneNumbers))
			}
			if rnd.IntN(2) > 0 {
				b.WriteString(one(phoneMarks))
			}
		}
		text, region := b.String(), one(phoneRegions)
		e164, formatted := s.ParsePhone(text, region)
		if len([]rune(text)) > 50 {
			continue
		}
		wantE164, wantFormatted := phoneForms(text, region, "")
		require.Equal(t, []string{wantE164, wantFormatted}, []string{e164, formatted}, "%s %q", region, text)
		require.Equal(t, textIdentifies(text), dial.Phone{Number: text}.Identifies(), "PHN-8 %q", text)
		if e164 != "" {
			valid++
		}
	}
	require.Greater(t, valid, runs/50)
}
