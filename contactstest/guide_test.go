package contactstest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGuide requires that the Go code of docs/testing.md is code of the examples and tests, which run.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile("../docs/testing.md")
	require.NoError(t, err)
	var code strings.Builder
	for _, name := range []string{"example_test.go", "example_gen_test.go", "conform_mine_test.go"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		code.Write(text)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	require.Greater(t, len(blocks), 6)
	for _, block := range blocks {
		require.Contains(t, code.String(), block[1])
	}
	job, err := os.ReadFile("sync_test.go")
	require.NoError(t, err)
	require.Less(t, strings.Count(string(job), "\n"), 60)
}
