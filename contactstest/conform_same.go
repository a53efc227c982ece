package contactstest

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

// same requires that two values are equal. Times are compared as by time.Time.Equal, and empty lists and maps are equal
// to nil.
func same[V any](k *kit, what string, want, got V) {
	k.Helper()
	if d := difference("", reflect.ValueOf(&want).Elem(), reflect.ValueOf(&got).Elem()); d != "" {
		k.Fatalf("%s: %s", what, strings.TrimPrefix(d, "."))
	}
}

// sameContact requires that two contacts are equal in all respects. It does not call DiffContacts, which relies on
// Contact.Equal: that is code under test where the implementation is a contacts.Store.
func sameContact(k *kit, what string, want, got *contacts.Contact) {
	k.Helper()
	same(k, what, want, got)
}

// check requires that ok holds; wrong says what is wrong otherwise.
func check(k *kit, wrong string, ok bool) {
	k.Helper()
	if !ok {
		k.Fatalf("%s", wrong)
	}
}

var timeType = reflect.TypeFor[time.Time]()

// difference returns where two values of one type differ first, and how, or "" if they are equal.
func difference(path string, want, got reflect.Value) string {
	differs := func() string {
		return fmt.Sprintf("%s differs\nwant: %s\ngot:  %s", path, valueText(want), valueText(got))
	}
	switch want.Kind() {
	case reflect.Pointer, reflect.Interface:
		if want.IsNil() || got.IsNil() {
			if want.IsNil() != got.IsNil() {
				return differs()
			}
			return ""
		}
		if want.Elem().Type() != got.Elem().Type() {
			return differs()
		}
		return difference(path, want.Elem(), got.Elem())
	case reflect.Struct:
		if want.Type() == timeType {
			if !want.Interface().(time.Time).Equal(got.Interface().(time.Time)) {
				return differs()
			}
			return ""
		}
		return structDifference(path, want, got, differs)
	case reflect.Slice:
		for i := range min(want.Len(), got.Len()) {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), want.Index(i), got.Index(i)); d != "" {
				return d
			}
		}
		if want.Len() != got.Len() {
			return differs()
		}
		return ""
	case reflect.Map:
		return mapDifference(path, want, got, differs)
	default:
		if !reflect.DeepEqual(want.Interface(), got.Interface()) {
			return differs()
		}
		return ""
	}
}

// structDifference is difference for structs. Those with unexported fields are compared as a whole.
func structDifference(path string, want, got reflect.Value, differs func() string) string {
	t := want.Type()
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			if !reflect.DeepEqual(want.Interface(), got.Interface()) {
				return differs()
			}
			return ""
		}
	}
	for i := range t.NumField() {
		if d := difference(path+"."+t.Field(i).Name, want.Field(i), got.Field(i)); d != "" {
			return d
		}
	}
	return ""
}

// mapDifference is difference for maps.
func mapDifference(path string, want, got reflect.Value, differs func() string) string {
	for _, key := range want.MapKeys() {
		if !got.MapIndex(key).IsValid() {
			return differs()
		}
		d := difference(fmt.Sprintf("%s[%v]", path, key), want.MapIndex(key), got.MapIndex(key))
		if d != "" {
			return d
		}
	}
	if want.Len() != got.Len() {
		return differs()
	}
	return ""
}

// valueText shows a value in a message.
func valueText(v reflect.Value) string {
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && !v.IsNil() {
		return valueText(v.Elem())
	}
	return fmt.Sprintf("%+v", v)
}
