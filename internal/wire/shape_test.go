package wire_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/wire"
)

func TestLimit(t *testing.T) {
	shape := &wire.Shape{Members: map[string]*wire.Shape{
		"a": wire.Only("b"), "list": {Items: wire.Only("c")}, "any": nil, "text": {},
	}}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"known", `{"a":{"b":{"x":1}},"list":[{"c":1},{"c":{"x":1}}],"any":[{"x":{"y":1}}],"text":{"x":1}}`, nil},
		{"null and values of other kinds", `{"a":null,"list":{"x":1},"text":[{"x":1}]}`, nil},
		{"not an object", `[{"x":1}]`, nil},
		{"unknown", `{"x":1,"a":{"y":null},"list":[{},{"z":[]},null]}`, []string{"x", "a.y", "list[1].z"}},
		{"another case", `{"A":1}`, []string{"A"}},
		{"names that may be data", `{"ann@example.com":1,"a":{"+1 201":2},"list":[{"":3}]}`, []string{"", "a", "list[0]"}},
		{"twice", `{"x":1,"x":2}`, []string{"x", "x", "x"}}, // the last is the repetition
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := wire.Read(test.text, "", func(v wire.Value) bool {
				v.Limit(shape)
				return true
			})
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			var e *wire.Error
			require.ErrorAs(t, err, &e)
			var paths []string
			for i, p := range e.Problems {
				if paths = append(paths, p.Path); test.name != "twice" || i < 2 {
					require.Equal(t, wire.Unknown, p.Format)
					require.Equal(t, p.Path+" is not known", p.String())
				}
			}
			require.Equal(t, test.want, paths)
		})
	}
}
