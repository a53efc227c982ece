package contactstest_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
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
	// A method that both have would be neither's in a Store.
	store, faults := reflect.TypeFor[*contacts.Store](), reflect.TypeFor[*contactstest.Faults]()
	for i := range faults.NumMethod() {
		_, both := store.MethodByName(faults.Method(i).Name)
		require.False(t, both, faults.Method(i).Name)
	}
	double := reflect.TypeFor[*contactstest.Store]()
	for i := range store.NumMethod() {
		_, there := double.MethodByName(store.Method(i).Name)
		require.True(t, there, "TST-1 a Store has the method %s", store.Method(i).Name)
	}
	require.False(t, contactstest.Method("Upsert").Known())
	require.False(t, contactstest.Method("").Known())
}
