package brief_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/brief"
)

func TestList(t *testing.T) {
	for n, want := range map[int]string{
		0: "", 1: "0", 3: "0, 1, 2",
		20:  "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19",
		21:  "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …",
		1e9: "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …",
	} {
		require.Equal(t, want, brief.List(n, ", ", strconv.Itoa))
		require.Equal(t, strings.ReplaceAll(want, ", ", ";"), brief.List(n, ";", strconv.Itoa))
	}
}
