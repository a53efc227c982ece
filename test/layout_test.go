package test

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the directory of package contacts.
const root = ".."

// fileOrder lists the files of the package from the bottom up: none refers to a declaration in a later one.
var fileOrder = []string{
	"doc.go",

	// Values: no context, no transaction.
	"enums.go", "phone.go", "errors.go", "value.go", "contact.go", "document.go", "key.go", "filter.go", "patch.go",
	"status.go", "derive.go", "validate.go", "json_read.go", "json_write.go", "job.go", "projection.go",
	"definition.go", "jsonl.go",

	// Engine.
	"log.go", "rows.go", "schema.go", "view.go", "reader.go", "columns.go", "plan.go", "snapshot.go", "event.go",
	"people.go", "query.go", "export.go", "tx.go", "check.go", "journal.go", "replay.go", "watch.go",
	"append.go", "store.go",

	// Calls: one concept a file.
	"fork.go", "activity.go", "redirect.go", "define.go", "label.go", "field.go", "member.go", "subscription.go",
	"load.go", "saved.go", "open.go", "follow.go", "durable.go",
	"stats.go",
	"page.go", "list.go", "evidence.go", "merge.go", "duplicate.go", "facet.go", "update.go", "absorb.go",
	"existing.go", "import.go", "bulk.go",
	"submit.go", "batch.go",
}

// valueFiles are the first floor of fileOrder.
var valueFiles = fileOrder[1:slices.Index(fileOrder, "log.go")]

// TestLayout keeps the order of the files, and the few things that belong to one file only: see ARCHITECTURE.md.
func TestLayout(t *testing.T) {
	src := parseSources(t)

	t.Run("every file is in the order", func(t *testing.T) {
		require.ElementsMatch(t, fileOrder, slices.Collect(maps.Keys(src.files)))
	})
	refs := src.references(t)
	t.Run("no file refers to a later one", func(t *testing.T) {
		require.Empty(t, refs.where(func(r fileRef) bool {
			return slices.Index(fileOrder, r.from) < slices.Index(fileOrder, r.to)
		}))
	})
	t.Run("values know neither context nor transactions", func(t *testing.T) {
		require.Empty(t, src.only(t, valueFiles...).importing("context", "github.com/hashicorp/go-memdb"))
	})
	t.Run("go-memdb is known to the engine only", func(t *testing.T) {
		require.Equal(t, []string{"check.go", "reader.go", "schema.go", "snapshot.go", "store.go", "tx.go"},
			src.importing("github.com/hashicorp/go-memdb"))
	})
	t.Run("indexes are named by the engine only", func(t *testing.T) {
		calls := fileOrder[slices.Index(fileOrder, "store.go"):]
		isIndex := func(r fileRef) bool { return r.to == "schema.go" && strings.HasPrefix(r.name, "index") }
		require.NotEmpty(t, refs.where(isIndex))
		require.Empty(t, refs.where(func(r fileRef) bool { return isIndex(r) && slices.Contains(calls, r.from) }))
	})
	t.Run("phonenumbers is known to phone.go only", func(t *testing.T) {
		require.Equal(t, []string{"phone.go"}, src.importing("github.com/nyaruka/phonenumbers/v2"))
	})
	t.Run("binary keys are made by rows.go only", func(t *testing.T) {
		require.Equal(t, []string{"rows.go"}, src.importing("encoding/binary"))
	})
	t.Run("the clock and randomness are reached by store.go only", func(t *testing.T) {
		require.Empty(t, src.importing("math/rand/v2", "math/rand"))
		require.Equal(t, []string{"store.go"}, src.importing("crypto/rand"))
		for _, name := range []string{"Now", "Since", "Until", "After", "NewTimer", "Sleep"} {
			require.Empty(t, src.without("store.go").selecting("time", name))
		}
		for _, name := range []string{"New", "NewString", "NewRandom", "NewV7"} {
			require.Empty(t, src.without("store.go").selecting("uuid", name))
		}
	})
}

// sources are the files of the package, without tests, by name.
type sources struct {
	fset  *token.FileSet
	files map[string]*ast.File
}

func parseSources(t *testing.T) sources {
	t.Helper()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	src := sources{token.NewFileSet(), map[string]*ast.File{}}
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			path := filepath.Join(root, name)
			src.files[name], err = parser.ParseFile(src.fset, path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
		}
	}
	return src
}

// fileRef is the use of a declaration of the package in a file.
type fileRef struct {
	name, from, to string // to: the file of the declaration
	at             token.Position
}

type fileRefs []fileRef

func (refs fileRefs) where(match func(fileRef) bool) []string {
	var found []string
	for _, r := range refs {
		if match(r) {
			found = append(found, fmt.Sprintf("%s: %s of %s", r.at, r.name, r.to))
		}
	}
	slices.Sort(found)
	return found
}

// references lists the references to the top-level declarations and methods of the package.
func (src sources) references(t *testing.T) fileRefs {
	t.Helper()
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(src.fset, "gc", exportData(t))}
	pkg, err := config.Check("contacts", src.fset, slices.Collect(maps.Values(src.files)), info)
	require.NoError(t, err)
	var refs fileRefs
	for id, obj := range info.Uses {
		_, isFunc := obj.(*types.Func) // methods included, which are in no scope
		if obj.Pkg() == pkg && (isFunc || obj.Parent() == pkg.Scope()) {
			at, of := src.fset.Position(id.Pos()), src.fset.Position(obj.Pos())
			refs = append(refs, fileRef{id.Name, filepath.Base(at.Filename), filepath.Base(of.Filename), at})
		}
	}
	return refs
}

// exportData returns a function that opens what the compiler exported of a dependency. The go command lists it, so the
// type checker needs no module of its own.
func exportData(t *testing.T) importer.Lookup {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", root).Output()
	require.NoError(t, err)
	exports := map[string]string{}
	for _, line := range strings.Split(string(out), "\n") {
		path, export, _ := strings.Cut(line, "=")
		exports[path] = export
	}
	return func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
}

// only returns the files with these names, which must all be there.
func (src sources) only(t *testing.T, names ...string) sources {
	t.Helper()
	some := map[string]*ast.File{}
	for _, name := range names {
		require.Contains(t, src.files, name)
		some[name] = src.files[name]
	}
	return sources{src.fset, some}
}

// without returns the other files.
func (src sources) without(names ...string) sources {
	others := maps.Clone(src.files)
	maps.DeleteFunc(others, func(name string, _ *ast.File) bool { return slices.Contains(names, name) })
	return sources{src.fset, others}
}

// importing lists the files that import one of the packages, of any major version.
func (src sources) importing(paths ...string) []string {
	var found []string
	for name, file := range src.files {
		if slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
			imported := strings.Trim(spec.Path.Value, `"`)
			return slices.ContainsFunc(paths, func(path string) bool {
				return imported == path || strings.HasPrefix(imported, path+"/v")
			})
		}) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// selecting lists the files that hold x.name.
func (src sources) selecting(x, name string) []string {
	var found []string
	for file := range src.files {
		ast.Inspect(src.files[file], func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
				if of, ok := s.X.(*ast.Ident); ok && of.Name == x {
					found = append(found, file)
				}
			}
			return true
		})
	}
	return found
}
