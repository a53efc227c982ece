package contacts_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pureFiles take values and return values. They know neither the store nor anything that may wait.
var pureFiles = []string{
	"contact.go", "derive.go", "enums.go", "errors.go", "filter.go", "json.go", "jsonl.go", "key.go", "patch.go", "phone.go",
	"projection.go", "validate.go",
}

// TestLayout keeps apart what the files of the package are for, see CONTRIBUTING.md.
func TestLayout(t *testing.T) {
	src := parseSources(t)

	t.Run("go-memdb is known to schema, snapshot and store", func(t *testing.T) {
		require.Equal(t, []string{"schema.go", "snapshot.go", "store.go"}, src.importing("github.com/hashicorp/go-memdb"))
	})
	t.Run("transactions are used by snapshot and store", func(t *testing.T) {
		require.Empty(t, src.without("snapshot.go", "store.go").selecting("", "txn"))
	})
	t.Run("phonenumbers is known to phone", func(t *testing.T) {
		require.Equal(t, []string{"phone.go"}, src.importing("github.com/nyaruka/phonenumbers"))
	})
	t.Run("bytes of numbers are made by schema", func(t *testing.T) {
		require.Equal(t, []string{"schema.go"}, src.importing("encoding/binary"))
	})
	t.Run("indexes are named by schema and by what reads", func(t *testing.T) {
		names := src.indexNames()
		require.Subset(t, names, []string{"indexID", "indexEmail", "byPrefix", "idKey", "textKey"})
		// Methods of reader and Snapshot read, wherever they are; what decides and writes names tables only.
		require.Empty(t, src.without("schema.go", "snapshot.go").naming(names, "reader", "Snapshot"))
	})
	t.Run("the clock and randomness are reached by store", func(t *testing.T) {
		require.Empty(t, src.importing("math/rand/v2", "math/rand"))
		require.Equal(t, []string{"store.go"}, src.importing("crypto/rand"))
		for _, name := range []string{"Now", "Since", "Until", "After", "NewTimer", "Sleep"} {
			require.Empty(t, src.without("store.go").selecting("time", name))
		}
		for _, name := range []string{"New", "NewString", "NewRandom", "NewV7"} {
			require.Empty(t, src.without("store.go").selecting("uuid", name))
		}
	})
	t.Run("pure files know neither store nor context", func(t *testing.T) {
		pure := src.only(t, pureFiles...)
		require.Empty(t, pure.importing("context", "github.com/hashicorp/go-memdb"))
		require.Empty(t, pure.naming([]string{"Store", "Snapshot", "View", "tx", "reader", "record"}))
	})
}

// sources are the files of the package, without tests, by name.
type sources map[string]*ast.File

func parseSources(t *testing.T) sources {
	t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	src := sources{}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		src[name], err = parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
	}
	return src
}

// only returns the files with these names, which must all be there.
func (src sources) only(t *testing.T, names ...string) sources {
	t.Helper()
	some := sources{}
	for _, name := range names {
		require.Contains(t, src, name)
		some[name] = src[name]
	}
	return some
}

// without returns the other files.
func (src sources) without(names ...string) sources {
	others := maps.Clone(src)
	maps.DeleteFunc(others, func(name string, _ *ast.File) bool { return slices.Contains(names, name) })
	return others
}

// importing lists the files that import one of the packages.
func (src sources) importing(paths ...string) []string {
	var found []string
	for name, file := range src {
		if slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
			return slices.Contains(paths, strings.Trim(spec.Path.Value, `"`))
		}) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// selecting lists the files that hold x.name, whatever x is if it is "".
func (src sources) selecting(x, name string) []string {
	var found []string
	for file := range src {
		ast.Inspect(src[file], func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
				if of, ok := s.X.(*ast.Ident); x == "" || ok && of.Name == x {
					found = append(found, file)
				}
			}
			return true
		})
	}
	return found
}

// naming lists the uses of names, leaving out methods of the receivers.
func (src sources) naming(names []string, receivers ...string) []string {
	var found []string
	for file := range src {
		for _, decl := range src[file].Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && slices.Contains(receivers, receiverOf(fn)) {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && slices.Contains(names, id.Name) {
					found = append(found, file+": "+id.Name)
				}
				return true
			})
		}
	}
	slices.Sort(found)
	return found
}

// indexNames lists the names that schema.go declares for indexes and for keys in them.
func (src sources) indexNames() []string {
	var names []string
	for _, decl := range src["schema.go"].Decls {
		switch decl := decl.(type) {
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				values, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for _, id := range values.Names {
					if strings.HasPrefix(id.Name, "index") || id.Name == "byPrefix" {
						names = append(names, id.Name)
					}
				}
			}
		case *ast.FuncDecl:
			if receiverOf(decl) == "" && strings.HasSuffix(decl.Name.Name, "Key") {
				names = append(names, decl.Name.Name)
			}
		}
	}
	return names
}

// receiverOf returns the name of the type that a method belongs to, "" for a function.
func receiverOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	t := fn.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	id, _ := t.(*ast.Ident)
	if id == nil {
		return ""
	}
	return id.Name
}
