package test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// escapedSurrogate matches texts that may hold half of a pair, which encoding/json accepts and the package does not.
var escapedSurrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// repeats reports whether an object somewhere in a value has a member twice.
func (n *refNode) repeats() bool {
	for i, name := range n.names {
		if slices.Contains(n.names[:i], name) {
			return true
		}
	}
	return slices.ContainsFunc(n.members, (*refNode).repeats)
}

// size returns how deeply a value is nested, and how many values it has.
func (n *refNode) size() (levels, values int) {
	values = 1
	for _, member := range n.members {
		l, v := member.size()
		levels, values = max(levels, l), values+v
	}
	return levels + 1, values
}

// FuzzParseFilter requires that a text is refused with the code that the reference gives, or is a filter that finds the
// same contacts as the reference, even after it was written and read again.
func FuzzParseFilter(f *testing.F) {
	for _, row := range queryTable {
		for _, operator := range allOperators {
			operand := row.good()[0]
			switch {
			case isListOperator(operator):
				operand = "[" + operand + "," + row.good()[1] + "]"
			case operator == "$exists":
				operand = "true"
			}
			f.Add([]byte(`{"` + row.field + `":{"` + operator + `":` + operand + `}}`))
		}
		f.Add([]byte(`{"` + row.field + `":` + row.impossible()[0] + `}`))
	}
	for _, text := range []string{
		``, `{}`, `null`, `[]`, `{"$and":[{},{"$or":[]},{"$not":{}}]}`, `{"$not":{"$nor":[]}}`, `{"info.company":{}}`,
		`{"info.company":{"$eq":{"a":1,"a":2}}}`, `{"info.company":"a","info.company":"b"}`, `{"$or":{}}`,
		"{\"id\":\"\xff\"}", `{"id":{"$not":"a"}}`, `{"info.company":{"$and":[{"$or":[]}]}}`, `{"a":{"$or":{}}}`,
		`{"info.company":"\ud83d\ude00"}`, `{"info.company":"\ud83d"}`, `{"info.extendedFields.custom.shoe-size":1e999}`,
		`{"info.extendedFields.custom.shoe-size":{"$gte":-0,"$lt":42.0000000000000000001}}`,
		`{"info.name.first":{"$begins":"AN"},"$or":[{"info.emails.email":" ANN@x.test"},{"id":"x"}]}`,
	} {
		f.Add([]byte(text))
	}
	for _, text := range []string{
		`{"info.company":{"$in":[` + strings.Repeat("1,", 30_000) + `1]}}`, strings.Repeat(`{"$not":`, 20_000),
		`{"info.company":{"$eq":{"a":1,"a":1}}}`, `{"$and":[` + strings.Repeat("{},", 2000) + `{}]}`,
	} {
		f.Add([]byte(text))
	}
	sn := meaningStore(f).Snapshot()
	ref := referenceOf(sn)
	f.Fuzz(func(t *testing.T, text []byte) {
		given := slices.Clone(text)
		filter, err := contacts.ParseFilter(text)
		require.Equal(t, given, text, "ParseFilter wrote to the text")
		n, notJSON := refParse(text)
		if err != nil {
			code := refusalOf(t, err).code
			require.True(t, filter.IsZero())
			switch {
			case notJSON != nil || escapedSurrogate.Match(text) || n.repeats():
				require.Contains(t, []contacts.Code{contacts.ErrMalformedFilter, contacts.ErrUnsupportedFilter}, code)
			case isLarge(n):
				require.Contains(t, []contacts.Code{contacts.ErrMalformedFilter, contacts.ErrUnsupportedFilter}, code)
			default:
				require.Equal(t, refShape(n).code, code)
			}
			return
		}
		require.NoError(t, notJSON)
		require.Zero(t, refShape(n))
		clear(text) // the caller may reuse it
		written, err := filter.MarshalJSON()
		require.NoError(t, err)
		again, err := contacts.ParseFilter(written)
		require.NoError(t, err, "%s", written)
		rewritten, err := again.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(written), string(rewritten))
		require.Equal(t, filter.IsZero(), again.IsZero())
		want := ref.refCheck(n)
		for _, g := range []contacts.Filter{filter, again} {
			views, err := sn.Find(contacts.Query{Filter: g})
			found := refusalOf(t, err)
			if want.code == contacts.ErrFilterField {
				found.operator = want.operator
			}
			require.Equal(t, want, found)
			_, err = sn.Explain(contacts.Query{Filter: g})
			require.Equal(t, want.code, contacts.CodeOf(err))
			if want.code == "" {
				require.Equal(t, idsOf(ref.find(refQuery{filter: n})), ids(views))
			}
		}
	})
}

// isLarge reports whether a filter may exceed a bound.
func isLarge(n *refNode) bool {
	levels, values := n.size()
	return levels > 90 || values > 900
}
