package proof

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// What a test of this kind does with values in general: compare, copy, scribble over, make smaller, and print as Go code.

var (
	typeID      = reflect.TypeFor[uuid.UUID]()
	typeTime    = reflect.TypeFor[time.Time]()
	typeError   = reflect.TypeFor[error]()
	typeRevison = reflect.TypeFor[Rev]()
)

// idOf is the k-th ID that an operation is given. It does not depend on the operations before, so that leaving some out
// changes no ID of the others.
func idOf(op, k int) uuid.UUID {
	return uuid.UUID{
		byte(op >> 24), byte(op >> 16), byte(op >> 8), byte(op), 6: 0x40, 8: 0x80,
		12: byte(k >> 24), 13: byte(k >> 16), 14: byte(k >> 8), 15: byte(k),
	}
}

func same(a, b any) bool { return difference(a, b) == "" }

// difference returns where two values of one type differ first, "" if nowhere. Empty and nil lists are equal, and so are
// equal instants. It is our own, since [contacts.Contact.Equal] is part of what is tested.
func difference(a, b any) string { return differ(reflect.ValueOf(a), reflect.ValueOf(b), "") }

func differ(a, b reflect.Value, path string) string {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		if a.IsValid() != b.IsValid() || a.IsValid() {
			return path + ": types differ"
		}
		return ""
	}
	unequal := func() string { return path + ": " + literal(a) + " and " + literal(b) }
	switch {
	case a.Type() == typeTime:
		if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) {
			return unequal()
		}
		return ""
	case a.Type() == typeID:
		if a.Interface() != b.Interface() {
			return unequal()
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return unequal()
			}
			return ""
		}
		return differ(a.Elem(), b.Elem(), path)
	case reflect.Struct:
		for i := range a.NumField() {
			if d := differ(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return unequal()
		}
		for i := range a.Len() {
			if d := differ(a.Index(i), b.Index(i), path+"["+strconv.Itoa(i)+"]"); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.Len() != b.Len() {
			return unequal()
		}
		for _, key := range a.MapKeys() {
			if d := differ(a.MapIndex(key), b.MapIndex(key), path+"["+key.String()+"]"); d != "" {
				return d
			}
		}
	case reflect.Float64:
		x, y := a.Float(), b.Float()
		if x != y && (x == x || y == y) || x == 0 && math.Signbit(x) != math.Signbit(y) {
			return unequal()
		}
	default:
		if !a.Equal(b) {
			return unequal()
		}
	}
	return ""
}

// deepCopy copies a value with all that it refers to. Patches are copied member by member, as their parts are not exported.
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
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type().Implements(typeError) {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(copied(v.Elem()))
		return out
	case reflect.Interface:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(copied(v.Elem()))
		return out
	case reflect.Struct:
		if v.Type() == typeTime {
			return v
		}
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(copied(v.Field(i)))
			}
		}
		return out
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(copied(v.Index(i)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		out := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			out.SetMapIndex(key, copied(v.MapIndex(key)))
		}
		return out
	}
	return v
}

// scribble writes over all memory that can be reached through a value (STO-5).
func scribble(v reflect.Value) {
	if o, ok := optOf(v); ok {
		scribble(o.value())
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type().Implements(typeError) {
			return
		}
		scribble(v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			scribble(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == typeTime {
			return
		}
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
	case reflect.String:
		if v.CanSet() {
			v.SetString("scribbled")
		}
	case reflect.Int:
		if v.CanSet() {
			v.SetInt(-7)
		}
	case reflect.Array:
		if v.CanSet() {
			v.Set(reflect.Zero(v.Type()))
		}
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
	panic("a patch has a member of a type that is new: " + v.Type().String())
}

// smaller yields simpler versions of a value, the simplest first.
func smaller(v reflect.Value, yield func(reflect.Value) bool) bool {
	try := func(set func(out reflect.Value)) bool {
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		set(out)
		return yield(out)
	}
	if v.IsZero() {
		return true
	}
	if v.Type() != typeID && v.Type() != typeRevison && !yield(reflect.Zero(v.Type())) {
		return false
	}
	if o, ok := optOf(v); ok {
		if !o.present() {
			return true
		}
		return smaller(o.value(), func(w reflect.Value) bool { return yield(o.with(w)) })
	}
	if c, ok := v.Interface().(Cond); ok {
		for _, part := range c.Parts {
			if !yield(reflect.ValueOf(part)) {
				return false
			}
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.Type().Implements(typeError) {
			return true
		}
		return smaller(v.Elem(), func(w reflect.Value) bool {
			return try(func(out reflect.Value) {
				if v.Kind() == reflect.Interface {
					out.Set(w)
				} else {
					out.Set(reflect.New(w.Type()))
					out.Elem().Set(w)
				}
			})
		})
	case reflect.Struct:
		if v.Type() == typeTime || v.Type() == typeRevison {
			return true
		}
		for i := range v.NumField() {
			if !smaller(v.Field(i), func(w reflect.Value) bool {
				return try(func(out reflect.Value) { out.Field(i).Set(w) })
			}) {
				return false
			}
		}
	case reflect.Slice:
		for n := v.Len() / 2; n > 1; n /= 2 { // over a limit by many is over it by one, found in few steps
			for from := 0; from+n <= v.Len(); from += n {
				if !try(func(out reflect.Value) {
					out.Set(reflect.AppendSlice(v.Slice3(0, from, from), v.Slice(from+n, v.Len())))
				}) {
					return false
				}
			}
		}
		for i := range v.Len() {
			if !try(func(out reflect.Value) { out.Set(reflect.AppendSlice(v.Slice3(0, i, i), v.Slice(i+1, v.Len()))) }) {
				return false
			}
		}
		if v.Len() > 8 {
			return true
		}
		for i := range v.Len() {
			if !smaller(v.Index(i), func(w reflect.Value) bool {
				return try(func(out reflect.Value) {
					out.Set(reflect.AppendSlice(v.Slice3(0, 0, 0), v))
					out.Index(i).Set(w)
				})
			}) {
				return false
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if !try(func(out reflect.Value) {
				out.Set(copied(v))
				out.SetMapIndex(key, reflect.Value{})
			}) {
				return false
			}
		}
	}
	return true
}

// literal prints a value as Go code.
func literal(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	if o, ok := optOf(v); ok {
		if !o.present() {
			return v.Type().String() + "{}"
		}
		if text := literal(o.value()); text == "nil" {
			return "contacts.Set[" + typeName(o.value()) + "](nil)"
		}
		return "contacts.Set(" + literal(o.value()) + ")"
	}
	switch v.Type() {
	case typeID:
		id := v.Interface().(uuid.UUID)
		op := int(id[0])<<24 | int(id[1])<<16 | int(id[2])<<8 | int(id[3])
		k := int(id[12])<<24 | int(id[13])<<16 | int(id[14])<<8 | int(id[15])
		switch id {
		case uuid.Nil:
			return "uuid.Nil"
		case idOf(op, k):
			return fmt.Sprintf("id(%d, %d)", op, k)
		}
		return fmt.Sprintf("uuid.MustParse(%q)", id)
	case typeTime:
		t := v.Interface().(time.Time).UTC()
		if t.IsZero() {
			return "time.Time{}"
		}
		return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, %d, %d, time.UTC)",
			t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
	}
	if c, ok := v.Interface().(interface{ code() string }); ok {
		return c.code()
	}
	name := typeName(v)
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return "&" + literal(v.Elem())
	case reflect.Interface:
		return literal(v.Elem())
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || v.Field(i).IsZero() || f.Type.Kind() == reflect.Func {
				continue
			}
			parts = append(parts, f.Name+": "+literal(v.Field(i)))
		}
		return name + "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice, reflect.Array:
		if v.IsZero() {
			return "nil"
		}
		n := v.Len()
		for v.Kind() == reflect.Array && v.Index(n-1).IsZero() { // the rest follows from the type
			n--
		}
		var parts []string
		for i := range n {
			parts = append(parts, literal(v.Index(i)))
		}
		if len(parts) > 8 && len(slices.Compact(slices.Clone(parts))) == 1 {
			return fmt.Sprintf("slices.Repeat(%s{%s}, %d)", name, parts[0], len(parts))
		}
		return name + "{" + strings.Join(parts, ", ") + "}"
	case reflect.Map:
		if v.IsNil() {
			return "nil"
		}
		var parts []string
		for _, key := range v.MapKeys() {
			parts = append(parts, literal(key)+": "+literal(v.MapIndex(key)))
		}
		slices.Sort(parts)
		return name + "{" + strings.Join(parts, ", ") + "}"
	case reflect.String:
		text := quoted(v.String())
		if name != "string" {
			return name + "(" + text + ")"
		}
		return text
	case reflect.Float64:
		f := v.Float()
		switch text := strconv.FormatFloat(f, 'g', -1, 64); {
		case f != f:
			return "math.NaN()"
		case strings.HasSuffix(text, "Inf"):
			return "math.Inf(" + strings.TrimSuffix(text, "Inf") + "1)"
		case f == 0 && text == "-0":
			return "math.Copysign(0, -1)"
		default:
			return "float64(" + text + ")"
		}
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	}
	return fmt.Sprintf("%s(%v)", name, v.Interface())
}

func typeName(v reflect.Value) string {
	return strings.ReplaceAll(v.Type().String(), "interface {}", "any")
}

// quoted quotes a text; one that repeats itself is printed as what it repeats.
func quoted(s string) string {
	if len(s) > 40 {
		for n := 1; n <= 8; n++ {
			if len(s)%n == 0 && s == strings.Repeat(s[:n], len(s)/n) {
				return fmt.Sprintf("strings.Repeat(%q, %d)", s[:n], len(s)/n)
			}
		}
	}
	return strconv.Quote(s)
}
