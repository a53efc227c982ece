package vcardio_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/vcardio"
)

var update = flag.Bool("update", false, "write the goldens again")

// TestGoldens compares what cards of many programs, all made up, are read as, without options and with all.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/cards/*.vcf")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			all := making()
			all.Picture = func(mediaType string, data []byte) (string, error) {
				return fmt.Sprintf("https://media.test/%s/%d", mediaType, len(data)), nil
			}
			got := "# Without options\n\n" + outcome(t, string(text), nil) + "# With all options\n\n" + outcome(t, string(text), all)
			golden := strings.TrimSuffix(file, ".vcf") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

// outcome returns the rows of a text, with their remarks and errors.
func outcome(t *testing.T, text string, opts *vcardio.Options) string {
	t.Helper()
	r, err := vcardio.NewReader(strings.NewReader(text), opts)
	require.NoError(t, err)
	var got strings.Builder
	for row, err := range r.Rows() {
		fmt.Fprintf(&got, "line %d", row.Line)
		if err != nil {
			fmt.Fprintf(&got, ": error: %v\n\n", err)
			continue
		}
		encoded, err := json.MarshalIndent(row.Contact, "", "  ")
		require.NoError(t, err)
		fmt.Fprintf(&got, ": %s\n", encoded)
		for _, remark := range said(row.Remarks) {
			got.WriteString(remark + "\n")
		}
		got.WriteString("\n")
	}
	return got.String()
}
