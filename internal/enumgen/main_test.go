package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGenerated(t *testing.T) {
	want, err := generate(enums)
	require.NoError(t, err)
	t.Run("enums.go is up to date", func(t *testing.T) {
		got, err := os.ReadFile("../../enums.go")
		require.NoError(t, err)
		if string(got) != string(want) {
			t.Fatal("enums.go differs from internal/enumgen/table.go; run: go generate .")
		}
	})
	t.Run("lines fit", func(t *testing.T) {
		for line := range strings.Lines(string(want)) {
			require.LessOrEqual(t, columns(strings.TrimSuffix(line, "\n")), maxColumns, line)
		}
	})
}

func TestGenerate(t *testing.T) {
	got, err := generate([]enum{{
		name: "Tag", doc: strings.Repeat("long ", 25) + "doc.",
		prefix: "Tag",
		words:  "NOT_SET EVENTS_RSVP None=NO_TAG_AT_ALL " + strings.Repeat("LONG", 20),
		notes:  map[string]string{"NO_TAG_AT_ALL": "is new."},
	}})
	require.NoError(t, err)
	long := "TagL" + strings.ToLower("ONG"+strings.Repeat("LONG", 19))
	require.Equal(t, header+`
// Tag`+strings.Repeat(" long", 22)+`
// long long long doc.
type Tag string

// The values of Tag.
const (
	TagNotSet     Tag = "NOT_SET"
	TagEventsRSVP Tag = "EVENTS_RSVP"
	// TagNone is new.
	TagNone `+strings.Repeat(" ", len(long)-len("TagNone"))+`Tag = "NO_TAG_AT_ALL"
	`+long+` Tag = "`+strings.Repeat("LONG", 20)+`"
)

// Valid reports whether v is one of the values above.
func (v Tag) Valid() bool {
	switch v {
	case TagNotSet, TagEventsRSVP, TagNone,
		`+long+`:
		return true
	}
	return false
}
`, string(got))
}
