package contactstest_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/contactsdb/contacts"

// deps returns the packages that packages need, without those of the standard library.
func deps(t *testing.T, packages ...string) []string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}, packages...)
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

func TestDeps(t *testing.T) {
	const test = module + "/contactstest"
	all, err := exec.CommandContext(t.Context(), "go", "list", module+"/...").Output()
	require.NoError(t, err)
	importers := []string{
		test, module + "/cmd/contactsd", module + "/internal/daemon", module + "/internal/storetest/sharedtest",
	}
	others := slices.DeleteFunc(strings.Fields(string(all)), func(p string) bool {
		return slices.Contains(importers, p)
	})
	require.Contains(t, others, module+"/httpapi")
	require.NotContains(t, deps(t, others...), test, "TST-14 no program has the package that does not import it")

	imports, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{join .Imports "\n"}}`, test).Output()
	require.NoError(t, err)
	for _, p := range strings.Fields(string(imports)) {
		if strings.Contains(p, ".") {
			require.Contains(t, []string{module, "github.com/google/uuid"}, p, "TST-14 imports")
		}
	}
	linked, err := exec.CommandContext(t.Context(), "go", "list", "-deps", test).Output()
	require.NoError(t, err)
	for _, p := range []string{"testing", "net/http/httptest", "flag"} {
		require.NotContains(t, strings.Fields(string(linked)), p, "TST-14 imports")
	}
}
