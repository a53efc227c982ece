package httpapi

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

var update = flag.Bool("update", false, "rewrite openapi.json and the tables of "+document)

const (
	document      = "../docs/http.md"
	updateCommand = "go generate ./httpapi"
)

// TestDocument compares the tables of docs/http.md with the route table and the table of statuses.
func TestDocument(t *testing.T) {
	old, err := os.ReadFile(document)
	require.NoError(t, err)
	text := replaceBlock(t, string(old), "paths", pathTable())
	text = replaceBlock(t, text, "statuses", statusTable())
	if *update {
		require.NoError(t, os.WriteFile(document, []byte(text), 0o644))
		return
	}
	require.Equal(t, text, string(old), "HTTP-1 HTTP-8 docs/http.md is out of date; run: %s", updateCommand)
}

func TestRoutesNameStoreMethods(t *testing.T) {
	for _, r := range routes {
		t.Run("HTTP-1 "+r.method+" "+r.path, func(t *testing.T) {
			_, ok := reflect.TypeFor[*contacts.Store]().MethodByName(r.calls)
			require.True(t, ok, "contacts.Store has no method %s", r.calls)
			require.NotEmpty(t, r.does)
		})
	}
}

// replaceBlock replaces the text between the two comments that delimit a generated block.
func replaceBlock(t *testing.T, text, name, block string) string {
	t.Helper()
	begin, end := "<!-- "+name+": written by "+updateCommand+" -->\n", "<!-- end of "+name+" -->\n"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "%s has no line %s", document, begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s has no line %s", document, end)
	return before + begin + "\n" + block + "\n" + end + after
}

// pathTable returns the route table in Markdown.
func pathTable() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Each path is also served with the prefix `%s` in place of `%s`.\n\n", prefixes[1], prefixes[0])
	b.WriteString("| method and path | effect | calls | permission |\n| --- | --- | --- | --- |\n")
	for _, r := range routes {
		path := prefixes[0] + strings.ReplaceAll(r.path, "{key...}", "{key}")
		fmt.Fprintf(&b, "| `%s %s` | %s | `Store.%s` | `%s` |\n", r.method, path, r.does, r.calls, r.permission)
	}
	return b.String()
}

// statusTable returns the codes of errors by status in Markdown.
func statusTable() string {
	codes := map[int][]string{}
	for code, out := range outcomes {
		codes[out.status] = append(codes[out.status], "`"+string(code)+"`")
	}
	var b strings.Builder
	b.WriteString("| status | codes |\n| --- | --- |\n")
	for _, status := range slices.Sorted(maps.Keys(codes)) {
		slices.Sort(codes[status])
		fmt.Fprintf(&b, "| %d | %s |\n", status, strings.Join(codes[status], ", "))
	}
	return b.String()
}
