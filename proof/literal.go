package proof

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// literal prints a value as Go code.
func literal(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	if o, ok := optOf(v); ok {
		return literalOpt(o)
	}
	switch x := v.Interface().(type) {
	case uuid.UUID:
		return literalID(x)
	case time.Time:
		return literalTime(x.UTC())
	case interface{ code() string }:
		return x.code()
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "nil"
		}
		return "&" + literal(v.Elem())
	case reflect.Interface:
		return literal(v.Elem())
	case reflect.Struct:
		return literalStruct(v)
	case reflect.Slice, reflect.Array:
		return literalList(v)
	case reflect.Map:
		return literalMap(v)
	default:
		return literalBasic(v)
	}
}

func literalBasic(v reflect.Value) string {
	name := typeName(v)
	switch v.Kind() {
	case reflect.String:
		if name != "string" {
			return name + "(" + quoted(v.String()) + ")"
		}
		return quoted(v.String())
	case reflect.Float64:
		return literalFloat(v.Float())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	default:
		return fmt.Sprintf("%s(%v)", name, v.Interface())
	}
}

func literalOpt(o opt) string {
	if !o.present() {
		return o.v.Type().String() + "{}"
	}
	text := literal(o.value())
	if text == "nil" {
		return "contacts.Set[" + typeName(o.value()) + "](nil)"
	}
	return "contacts.Set(" + text + ")"
}

func literalID(id uuid.UUID) string {
	op := int(id[0])<<24 | int(id[1])<<16 | int(id[2])<<8 | int(id[3])
	k := int(id[12])<<24 | int(id[13])<<16 | int(id[14])<<8 | int(id[15])
	switch id {
	case uuid.Nil:
		return "uuid.Nil"
	case idOf(op, k):
		return fmt.Sprintf("id(%d, %d)", op, k)
	default:
		return fmt.Sprintf("uuid.MustParse(%q)", id)
	}
}

func literalTime(t time.Time) string {
	if t.IsZero() {
		return "time.Time{}"
	}
	return fmt.Sprintf("time.Date(%d, %d, %d, %d, %d, %d, %d, time.UTC)",
		t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
}

func literalStruct(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || v.Field(i).IsZero() || f.Type.Kind() == reflect.Func {
			continue
		}
		parts = append(parts, f.Name+": "+literal(v.Field(i)))
	}
	return typeName(v) + "{" + strings.Join(parts, ", ") + "}"
}

func literalList(v reflect.Value) string {
	if v.IsZero() {
		return "nil"
	}
	n := v.Len()
	for v.Kind() == reflect.Array && v.Index(n-1).IsZero() { // the type implies trailing zeros
		n--
	}
	var parts []string
	for i := range n {
		parts = append(parts, literal(v.Index(i)))
	}
	if len(parts) > 8 && len(slices.Compact(slices.Clone(parts))) == 1 {
		return fmt.Sprintf("slices.Repeat(%s{%s}, %d)", typeName(v), parts[0], len(parts))
	}
	return typeName(v) + "{" + strings.Join(parts, ", ") + "}"
}

func literalMap(v reflect.Value) string {
	if v.IsNil() {
		return "nil"
	}
	var parts []string
	for _, key := range v.MapKeys() {
		parts = append(parts, literal(key)+": "+literal(v.MapIndex(key)))
	}
	slices.Sort(parts)
	return typeName(v) + "{" + strings.Join(parts, ", ") + "}"
}

func literalFloat(f float64) string {
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
}

func typeName(v reflect.Value) string {
	return strings.ReplaceAll(v.Type().String(), "interface {}", "any")
}

// quoted quotes a text, a long one that repeats a few bytes as strings.Repeat.
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
