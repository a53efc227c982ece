package redact

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

type thing struct {
	ID       uuid.UUID
	MemberID uuid.UUID
	Name     string
	Count    int
	List     []string
	Values   map[string]any
	Other    *thing
	hidden   string
}

func TestValue(t *testing.T) {
	id := uuid.UUID{15: 7}
	for _, tc := range []struct {
		name string
		v    any
		want string
	}{
		{"nothing", thing{}, "[fields=[]]"},
		{"IDs", thing{ID: id, MemberID: id}, "[id=" + id.String() + " memberId=" + id.String() + " fields=[]]"},
		{"values", thing{Name: "x", Count: 1, hidden: "x"}, "[fields=[Name Count]]"},
		{"lists", thing{List: []string{"x"}, Values: map[string]any{"x": 1}}, "[fields=[List Values]]"},
		{"empty lists", thing{List: []string{}, Values: map[string]any{}}, "[fields=[]]"},
		{"a pointer", thing{ID: id, Other: &thing{}}, "[id=" + id.String() + " fields=[Other]]"},
		{"a struct without fields", struct{}{}, "[fields=[]]"},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, Value(tc.v).String()) })
	}
}
