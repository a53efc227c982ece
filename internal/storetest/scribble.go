package storetest

import (
	"reflect"
	"time"

	"github.com/contactsdb/contacts"
)

// Scribble overwrites all memory that is reachable from x through pointers, slices up to their capacity, and maps.
func Scribble(x any) { overwrite(reflect.ValueOf(x)) }

func overwrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			overwrite(v.Elem())
		}
	case reflect.Slice:
		for all, i := v.Slice(0, v.Cap()), 0; i < all.Len(); i++ {
			overwrite(all.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			overwrite(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			overwrite(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Value{})
		}
		if !v.IsNil() {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			overwrite(key)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			if v.CanSet() {
				v.Set(reflect.ValueOf(time.Unix(1, 0)))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				overwrite(v.Field(i))
			}
		}
	default:
		switch {
		case !v.CanSet():
		case v.CanInt():
			v.SetInt(-77)
		case v.CanUint():
			v.SetUint(0x77)
		case v.CanFloat():
			v.SetFloat(-7.7)
		case v.Kind() == reflect.String:
			v.SetString("scribbled")
		case v.Kind() == reflect.Bool:
			v.SetBool(!v.Bool())
		}
	}
}

// ScribbleView overwrites the results of all methods of a view. It passes the key of an extended field to those with a
// parameter.
func ScribbleView(v contacts.View) {
	view := reflect.ValueOf(v)
	for i := range view.NumMethod() {
		method := view.Method(i)
		args := make([]reflect.Value, method.Type().NumIn())
		for a := range args {
			args[a] = reflect.ValueOf("invoices.vatId")
		}
		for _, out := range method.Call(args) {
			switch {
			case out.Kind() != reflect.Func:
				overwrite(out)
			case out.Type().CanSeq2():
				for key, value := range out.Seq2() {
					overwrite(key)
					overwrite(value)
				}
			default:
				for item := range out.Seq() {
					overwrite(item)
				}
			}
		}
	}
}
