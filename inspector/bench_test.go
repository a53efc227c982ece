package inspector_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/inspector"
)

// crowd returns a store with many contacts.
func crowd(b *testing.B, n int) *contacts.Store {
	b.Helper()
	s, err := contacts.New(contactstest.Options(contactstest.NewClock(contactstest.Epoch), contactstest.NewIDs(1)))
	require.NoError(b, err)
	g := contactstest.NewGen(1)
	g.Collisions = 0.02
	require.NoError(b, g.Define(b.Context(), s))
	_, err = s.Import(b.Context(), g.Rows(n), &contacts.ImportOptions{AllowDuplicates: true})
	require.NoError(b, err)
	require.Greater(b, s.Snapshot().Len(), n*9/10)
	return s
}

// BenchmarkPages is the time of pages on the server. To beat at n=100000: 50 ms for the first page, also after a write,
// which makes the counts of the facets out of date.
func BenchmarkPages(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		s := crowd(b, n)
		var id string
		for v := range s.Snapshot().All() {
			id = v.ID().String()
			break
		}
		warm := inspector.Handler(s, nil)
		for _, bc := range []struct {
			name, method, path string
			form               []string
		}{
			{"first", "GET", "/", nil},
			{"people", "POST", "/", []string{"people", "an"}},
			{"filter", "POST", "/", []string{"filter", `{"info.company": {"$startsWith": "A"}}`}},
			{"last name", "POST", "/", []string{"order", "last"}},
			{"contact", "GET", "/contacts/" + id, nil},
			{"duplicates", "GET", "/duplicates", nil},
			{"feed", "GET", "/feed", nil},
			{"state", "GET", "/state", nil},
		} {
			load := func(b *testing.B, h http.Handler) {
				w := httptest.NewRecorder()
				r := httptest.NewRequestWithContext(b.Context(), bc.method, bc.path, nil)
				if bc.form != nil {
					r.PostForm, r.Form = formOf(bc.form...), formOf(bc.form...)
				}
				h.ServeHTTP(w, r)
				require.Equal(b, http.StatusOK, w.Code)
			}
			b.Run(fmt.Sprintf("page=%s/n=%d", bc.name, n), func(b *testing.B) {
				for b.Loop() {
					load(b, warm)
				}
			})
			if bc.name == "first" {
				b.Run(fmt.Sprintf("page=%s, after a write/n=%d", bc.name, n), func(b *testing.B) {
					for b.Loop() {
						load(b, inspector.Handler(s, nil))
					}
				})
			}
		}
	}
}
