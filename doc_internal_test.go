package contacts

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFieldsInDocs compares the table in the doc comment of Filter with the columns.
func TestFieldsInDocs(t *testing.T) {
	s, err := New(nil)
	require.NoError(t, err)
	keyOfType := map[DataType]string{}
	for _, dataType := range []DataType{DataText, DataNumber, DataDate, DataURL} {
		field, _, err := s.FindOrCreateField(t.Context(), "Any "+string(dataType), dataType)
		require.NoError(t, err)
		keyOfType[dataType] = field.Key
	}
	columns := contactColumns(s.Snapshot().reads())

	documented := docTable(t, "filter.go", "Filter")
	want := slices.Collect(maps.Keys(contactFields))
	for key := range systemColumns {
		want = append(want, extendedFieldsPath+key)
	}
	for _, dataType := range slices.Sorted(maps.Keys(keyOfType)) {
		want = append(want, extendedFieldsPath+"KEY ("+string(dataType)+")")
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(documented)))

	for name, got := range documented {
		t.Run("FLT-4 QRY-2 "+name, func(t *testing.T) {
			path := name
			if key, dataType, ok := strings.Cut(name, "KEY ("); ok {
				path = key + keyOfType[DataType(strings.TrimSuffix(dataType, ")"))]
			}
			require.Equal(t, capabilities(t, columns, path), got)
		})
	}
}

// TestSystemDefinitionsInDocs compares the doc comments of Label and Field with the definitions of the system.
func TestSystemDefinitionsInDocs(t *testing.T) {
	t.Run("FLD-1 fields", func(t *testing.T) {
		want := map[string]string{}
		for _, f := range systemFields {
			want[f.Key] = string(f.DataType)
			if derivedField(f.Key) {
				want[f.Key] += " derived"
			}
		}
		require.Equal(t, want, docTable(t, "definition.go", "Field"))
	})
	t.Run("LBL-1 labels", func(t *testing.T) {
		for _, l := range systemLabels {
			require.Contains(t, docOf(t, "definition.go", "Label"), " "+l.Key+" ")
		}
	})
}

// docOf returns the doc comment of a type.
func docOf(t *testing.T, file, name string) string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	for _, decl := range parsed.Decls {
		d, ok := decl.(*ast.GenDecl)
		if ok && d.Tok == token.TYPE && d.Specs[0].(*ast.TypeSpec).Name.Name == name {
			return d.Doc.Text()
		}
	}
	require.Fail(t, "no such type", name)
	return ""
}

// docTable returns the table in the doc comment of a type: the cells of each row by the first one.
func docTable(t *testing.T, file, name string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(docOf(t, file, name)) {
		if row, ok := strings.CutPrefix(line, "\t"); ok {
			key, cells, _ := strings.Cut(row, "  ")
			require.NotContains(t, rows, key)
			rows[key] = strings.Join(strings.Fields(cells), " ")
		}
	}
	return rows
}

// capabilities probes which operators a field supports, and whether contacts can be sorted by it.
func capabilities(t *testing.T, columns columns[*record], path string) string {
	t.Helper()
	var found []string
	for _, operator := range []string{
		"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$startsWith", "$hasSome", "$hasAll",
	} {
		if operator == "$hasSome" && slices.Contains(found, "$in") {
			continue // an alias
		}
		_, err := columns.match(comparison(operator, path, nil))
		require.NotEqual(t, ErrFilterField, CodeOf(err))
		if CodeOf(err) != ErrFilterOperator {
			found = append(found, operator)
		}
	}
	if len(found) == 0 {
		found = append(found, "none")
	}
	if _, err := columns.sortKey(Sort{Field: path}); err == nil {
		found = append(found, "sort")
	}
	return strings.Join(found, " ")
}
