package contactstest_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/contactstest"
)

func TestMethods(t *testing.T) {
	var want []contactstest.Method
	api := reflect.TypeFor[contactstest.API]()
	for i := range api.NumMethod() {
		want = append(want, contactstest.Method(api.Method(i).Name))
	}
	all := slices.Concat(contactstest.Reads(), contactstest.Writes())
	require.ElementsMatch(t, want, all)
	for _, m := range all {
		require.True(t, m.Known())
	}
	require.False(t, contactstest.Method("Upsert").Known())
	require.False(t, contactstest.Method("").Known())
}
