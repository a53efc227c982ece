package legacy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	ruleID     = regexp.MustCompile(`\bLEG-[1-9][0-9]*\b`)
	ruleStated = regexp.MustCompile(`(?m)^//   - (LEG-[1-9][0-9]*): `)
)

// TestRules checks that the code cites only rules that doc.go states, and that a test names each of them.
func TestRules(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	stated := map[string]bool{}
	for i, match := range ruleStated.FindAllStringSubmatch(string(doc), -1) {
		require.Equal(t, "LEG-"+strconv.Itoa(i+1), match[1], "rules are in order, each once")
		stated[match[1]] = true
	}
	require.NotEmpty(t, stated)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	tested := map[string]bool{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, id := range ruleID.FindAllString(string(source), -1) {
			require.True(t, stated[id], "%s cites %s, which doc.go lacks", name, id)
		}
		if !strings.HasSuffix(name, "_test.go") || name == "rules_test.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				for _, id := range ruleID.FindAllString(text.Value, -1) {
					tested[id] = true
				}
			}
			return true
		})
	}
	for id := range stated {
		require.True(t, tested[id], "no test names %s", id)
	}
}
