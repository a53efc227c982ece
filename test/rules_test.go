package test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const rulesFile = "../docs/rules.md"

var (
	ruleID = regexp.MustCompile(`\b[A-Z]{3,4}-[1-9][0-9]{0,2}\b`)

	// A range does not name its rules: a test that cites one need not show each rule in it.
	ruleRange = regexp.MustCompile(
		ruleID.String() + `(?:\s*(?:to|through|…|–|-|\.{2,3})\s*` + ruleID.String() + `|(?:…|–|-|\.{2,3})\d+)`)

	// standards are citations in the form of rules.
	standards = []string{"BCP", "ISO", "RFC", "SHA", "UTF"}
)

// TestRules keeps the list of rules, the comments that cite it and the tests that show it consistent.
func TestRules(t *testing.T) {
	rules := readRules(t)
	cited := map[string]bool{}  // in any of the files
	tested := map[string]bool{} // in a string of a test, such as the name of a subtest
	var files []string
	for _, pattern := range []string{
		"../*.go", "../internal/*/*.go", "../httpapi/*.go", "../httpapi/openapi/*.go", "../httpclient/*.go",
		"../csvio/*.go", "../vcardio/*.go", "../contactstest/*.go", "../inspector/*.go", "../natslog/*.go",
		"../natslog/test/*.go", "../pglog/*.go", "*.go",
	} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		files = append(files, found...)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, id := range ruleIDs(string(source)) {
			cited[id] = true
		}
		if strings.HasSuffix(file, "_test.go") && file != "rules_test.go" {
			for _, text := range stringLiterals(t, file, source) {
				for _, id := range ruleIDs(ruleRange.ReplaceAllString(text, "")) {
					tested[id] = true
				}
			}
		}
	}

	t.Run("every rule is named by a test", func(t *testing.T) {
		require.Empty(t, rulesNotIn(rules, tested), "rules of %s that no string in a test names", rulesFile)
	})
	t.Run("every rule cited in code is on the list", func(t *testing.T) {
		listed := map[string]bool{}
		for _, id := range rules {
			listed[id] = true
		}
		ids := slices.SortedFunc(maps.Keys(cited), compareRules)
		require.Empty(t, rulesNotIn(ids, listed), "rules cited in code that %s lacks", rulesFile)
	})
}

// readRules returns the IDs in the tables of the list, and requires that the tables are well formed.
func readRules(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(rulesFile)
	require.NoError(t, err)
	sources := []string{"public documentation", "published client", "observed samples", "our decision"}
	line := map[string]int{}
	var ids []string
	for i, row := range strings.Split(string(text), "\n") {
		if !strings.HasPrefix(row, "|") || row == "| ID | Rule | Source | Sure |" || row == "|---|---|---|---|" {
			continue
		}
		n := i + 1
		cells := strings.Split(strings.Trim(row, "|"), "|")
		require.Len(t, cells, 4, "%s:%d: a rule has an ID, a text, a source and a sureness", rulesFile, n)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		id := cells[0]
		require.Equal(t, id, ruleID.FindString(id), "%s:%d: not an ID", rulesFile, n)
		require.Zero(t, line[id], "%s:%d: %s is already in line %d", rulesFile, n, id, line[id])
		require.NotEmpty(t, cells[1], "%s:%d: %s has no text", rulesFile, n, id)
		for _, part := range strings.Split(cells[2], ";") {
			known := slices.ContainsFunc(sources, func(s string) bool { return strings.Contains(part, s) })
			require.True(t, known, "%s:%d: %s has the source %q", rulesFile, n, id, part)
		}
		require.Contains(t, []string{"high", "medium", "low"}, cells[3], "%s:%d: %s", rulesFile, n, id)
		line[id] = n
		ids = append(ids, id)
	}
	require.NotEmpty(t, ids)
	return ids
}

// ruleIDs returns the rules that text cites.
func ruleIDs(text string) []string {
	return slices.DeleteFunc(ruleID.FindAllString(text, -1), func(id string) bool {
		group, _, _ := strings.Cut(id, "-")
		return slices.Contains(standards, group)
	})
}

// stringLiterals returns the values of the string literals in a Go file, without its comments.
func stringLiterals(t *testing.T, name string, source []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	require.NoError(t, err)
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			out = append(out, text)
		}
		return true
	})
	return out
}

// rulesNotIn returns the IDs outside of the set.
func rulesNotIn(ids []string, set map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return set[id] })
}

// compareRules orders by group, then by number.
func compareRules(a, b string) int {
	groupA, numberA, _ := strings.Cut(a, "-")
	groupB, numberB, _ := strings.Cut(b, "-")
	// Numbers have no leading zeros, so the shorter one is the smaller one.
	return cmp.Or(
		cmp.Compare(groupA, groupB), cmp.Compare(len(numberA), len(numberB)), cmp.Compare(numberA, numberB))
}
