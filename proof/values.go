package proof

import (
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Values of any type: compare them, copy them, overwrite them, make them simpler.

var (
	typeID       = reflect.TypeFor[uuid.UUID]()
	typeTime     = reflect.TypeFor[time.Time]()
	typeError    = reflect.TypeFor[error]()
	typeRevision = reflect.TypeFor[Rev]()
)

// idOf is the k-th ID that an operation draws. It does not depend on earlier operations, so dropping some of them
// leaves the IDs of the others as they are.
func idOf(op, k int) uuid.UUID {
	return uuid.UUID{
		byte(op >> 24), byte(op >> 16), byte(op >> 8), byte(op), 6: 0x40, 8: 0x80,
		12: byte(k >> 24), 13: byte(k >> 16), 14: byte(k >> 8), 15: byte(k),
	}
}

func same(a, b any) bool { return difference(a, b) == "" }

// difference describes the first difference between two values of one type, "" if there is none. Empty and nil lists
// are equal, and so are equal instants. [contacts.Contact.Equal] would not do: it is itself under test.
func difference(a, b any) string { return differ(reflect.ValueOf(a), reflect.ValueOf(b), "") }

func differ(a, b reflect.Value, path string) string {
	switch {
	case a.IsValid() != b.IsValid(), a.IsValid() && a.Type() != b.Type():
		return path + ": types differ"
	case !a.IsValid(): // two nil pointers or interfaces
		return ""
	case !alike(a, b):
		return path + ": " + literal(a) + " and " + literal(b)
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		return differ(a.Elem(), b.Elem(), path)
	case reflect.Struct:
		return differInFields(a, b, path)
	case reflect.Slice, reflect.Array:
		for i := range a.Len() {
			if d := differ(a.Index(i), b.Index(i), path+"["+strconv.Itoa(i)+"]"); d != "" {
				return d
			}
		}
	case reflect.Map:
		for _, key := range a.MapKeys() {
			if d := differ(a.MapIndex(key), b.MapIndex(key), path+"["+key.String()+"]"); d != "" {
				return d
			}
		}
	}
	return ""
}

func differInFields(a, b reflect.Value, path string) string {
	if a.Type() == typeTime {
		return ""
	}
	for i := range a.NumField() {
		if d := differ(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); d != "" {
			return d
		}
	}
	return ""
}

// alike compares two values of one type, without the parts that they are made of.
func alike(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		return a.IsNil() == b.IsNil()
	case reflect.Struct:
		return a.Type() != typeTime || a.Interface().(time.Time).Equal(b.Interface().(time.Time))
	case reflect.Slice, reflect.Map:
		return a.Len() == b.Len()
	case reflect.Array:
		return a.Type() != typeID || a.Interface() == b.Interface()
	case reflect.Float64:
		x, y := a.Float(), b.Float()
		return (x == y || x != x && y != y) && (x != 0 || math.Signbit(x) == math.Signbit(y))
	default:
		return a.Equal(b)
	}
}

// isLeaf reports whether a value has no parts to copy, overwrite or simplify on their own.
func isLeaf(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || v.Type().Implements(typeError)
	case reflect.Slice, reflect.Map:
		return v.IsNil()
	default:
		return v.Type() == typeTime
	}
}

// deepCopy copies a value and everything that it refers to.
func deepCopy[T any](v T) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	out.Set(copied(reflect.ValueOf(&v).Elem()))
	return out.Interface().(T)
}

func copied(v reflect.Value) reflect.Value {
	if o, ok := optOf(v); ok {
		if !o.present() {
			return v
		}
		return o.with(copied(o.value()))
	}
	if isLeaf(v) {
		return v
	}
	return changed(v, func(out reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(copied(v.Elem()))
		case reflect.Interface:
			out.Set(copied(v.Elem()))
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					out.Field(i).Set(copied(v.Field(i)))
				}
			}
		case reflect.Slice:
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(copied(v.Index(i)))
			}
		case reflect.Map:
			out.Set(reflect.MakeMap(v.Type()))
			for _, key := range v.MapKeys() {
				out.SetMapIndex(key, copied(v.MapIndex(key)))
			}
		}
	})
}

// changed returns a shallow copy of a value after a change to it.
func changed(v reflect.Value, change func(out reflect.Value)) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	change(out)
	return out
}

// scribble overwrites all memory that can be reached through a value (STO-5).
func scribble(v reflect.Value) {
	if o, ok := optOf(v); ok {
		scribble(o.value())
		return
	}
	if isLeaf(v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		scribble(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scribble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			scribble(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
	default:
		overwrite(v)
	}
}

func overwrite(v reflect.Value) {
	if !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("scribbled")
	case reflect.Int:
		v.SetInt(-7)
	case reflect.Array:
		v.SetZero()
	}
}

// opt gives access to a contacts.Opt of any type.
type opt struct{ v reflect.Value }

func optOf(v reflect.Value) (opt, bool) {
	return opt{v}, v.Kind() == reflect.Struct && strings.HasPrefix(v.Type().Name(), "Opt[")
}

func (o opt) get() []reflect.Value { return o.v.MethodByName("Get").Call(nil) }

func (o opt) present() bool { return o.get()[1].Bool() }

func (o opt) value() reflect.Value { return o.get()[0] }

// with returns a present Opt of the same type.
func (o opt) with(v reflect.Value) reflect.Value {
	switch v := v.Interface().(type) {
	case string:
		return reflect.ValueOf(contacts.Set(v))
	case []string:
		return reflect.ValueOf(contacts.Set(v))
	case []contacts.Email:
		return reflect.ValueOf(contacts.Set(v))
	case []contacts.Phone:
		return reflect.ValueOf(contacts.Set(v))
	case []contacts.Address:
		return reflect.ValueOf(contacts.Set(v))
	case map[string]any:
		return reflect.ValueOf(contacts.Set(v))
	case *contacts.Picture:
		return reflect.ValueOf(contacts.Set(v))
	case []uuid.UUID:
		return reflect.ValueOf(contacts.Set(v))
	}
	panic("no Opt of this type is known: " + v.Type().String())
}

// smaller yields simpler versions of a value, the simplest first, until yield returns false. It reports whether yield
// never did.
func smaller(v reflect.Value, yield func(reflect.Value) bool) bool {
	if v.IsZero() {
		return true
	}
	if v.Type() != typeID && v.Type() != typeRevision && !yield(reflect.Zero(v.Type())) {
		return false
	}
	if o, ok := optOf(v); ok {
		return !o.present() || smaller(o.value(), func(w reflect.Value) bool { return yield(o.with(w)) })
	}
	if c, ok := v.Interface().(Cond); ok {
		for _, part := range c.Parts {
			if !yield(reflect.ValueOf(part)) {
				return false
			}
		}
	}
	return isLeaf(v) || smallerPart(v, yield)
}

func smallerPart(v reflect.Value, yield func(reflect.Value) bool) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return smallerElem(v, yield)
	case reflect.Struct:
		return smallerField(v, yield)
	case reflect.Slice:
		return shorter(v, yield) && smallerItem(v, yield)
	case reflect.Map:
		return fewerKeys(v, yield)
	}
	return true
}

func smallerElem(v reflect.Value, yield func(reflect.Value) bool) bool {
	return smaller(v.Elem(), func(w reflect.Value) bool {
		return yield(changed(v, func(out reflect.Value) {
			if v.Kind() == reflect.Interface {
				out.Set(w)
			} else {
				out.Set(reflect.New(w.Type()))
				out.Elem().Set(w)
			}
		}))
	})
}

func smallerField(v reflect.Value, yield func(reflect.Value) bool) bool {
	for i := range v.NumField() {
		if !smaller(v.Field(i), func(w reflect.Value) bool {
			return yield(changed(v, func(out reflect.Value) { out.Field(i).Set(w) }))
		}) {
			return false
		}
	}
	return true
}

// shorter yields a list without some of its items, many at first: a list far over a limit becomes one just over it in
// few steps.
func shorter(v reflect.Value, yield func(reflect.Value) bool) bool {
	for n := max(1, v.Len()/2); n > 0; n /= 2 {
		for from := 0; from+n <= v.Len(); from += n {
			if !yield(changed(v, func(out reflect.Value) {
				out.Set(reflect.AppendSlice(v.Slice3(0, from, from), v.Slice(from+n, v.Len())))
			})) {
				return false
			}
		}
	}
	return true
}

func smallerItem(v reflect.Value, yield func(reflect.Value) bool) bool {
	if v.Len() > 8 {
		return true
	}
	for i := range v.Len() {
		if !smaller(v.Index(i), func(w reflect.Value) bool {
			return yield(changed(v, func(out reflect.Value) {
				out.Set(reflect.AppendSlice(v.Slice3(0, 0, 0), v))
				out.Index(i).Set(w)
			}))
		}) {
			return false
		}
	}
	return true
}

func fewerKeys(v reflect.Value, yield func(reflect.Value) bool) bool {
	for _, key := range v.MapKeys() {
		if !yield(changed(v, func(out reflect.Value) {
			out.Set(copied(v))
			out.SetMapIndex(key, reflect.Value{})
		})) {
			return false
		}
	}
	return true
}
