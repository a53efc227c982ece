// Package redact shows values with personal data to logs: what they have, not what it is.
package redact

import (
	"log/slog"
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// Value returns the UUIDs in the exported fields of a struct, and the Go names of the other fields that are set.
func Value(v any) slog.Value {
	var attrs []slog.Attr
	for f, value := range reflect.ValueOf(v).Fields() {
		if isID(f) && !value.IsZero() {
			attrs = append(attrs, slog.Any(key(f.Name), value.Interface()))
		}
	}
	return slog.GroupValue(append(attrs, Fields(v))...)
}

// Fields returns an attribute with the Go names of the exported fields of a struct that are set and are no UUIDs.
func Fields(v any) slog.Attr {
	names := []string{}
	for f, value := range reflect.ValueOf(v).Fields() {
		if f.IsExported() && !isID(f) && !empty(value) {
			names = append(names, f.Name)
		}
	}
	return slog.Any("fields", names)
}

func isID(f reflect.StructField) bool {
	return f.IsExported() && f.Type == reflect.TypeFor[uuid.UUID]()
}

func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	default:
		return v.IsZero()
	}
}

// key returns the key of a field with an ID: memberId for MemberID.
func key(name string) string {
	if prefix, ok := strings.CutSuffix(name, "ID"); ok {
		name = prefix + "Id"
	}
	return strings.ToLower(name[:1]) + name[1:]
}
