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
// which makes the counts of the facets out of date. The first people search of a store is quick if the script has asked
// for the counts before, which then takes longer.
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
			b.Run(fmt.Sprintf("page=%s/n=%d", bc.name, n), func(b *testing.B) {
				for b.Loop() {
					load(b, warm, bc.method, bc.path, bc.form...)
				}
			})
			if bc.name == "first" {
				b.Run(fmt.Sprintf("page=%s, after a write/n=%d", bc.name, n), func(b *testing.B) {
					for b.Loop() {
						load(b, inspector.Handler(s, nil), bc.method, bc.path, bc.form...)
					}
				})
			}
		}
		for _, first := range []string{"people", "count", "people, after count"} {
			b.Run(fmt.Sprintf("page=first %s/n=%d", first, n), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					fresh := s.Fork()
					_, _, err := fresh.FindOrCreateLabel(b.Context(), "A write, for a new snapshot")
					require.NoError(b, err)
					require.NoError(b, fresh.TrimFeed(b.Context(), fresh.Snapshot().Position())) // it forgets all words
					h := inspector.Handler(fresh, nil)
					if first == "people, after count" {
						load(b, h, "POST", "/", "count", "1")
					}
					b.StartTimer()
					if first == "count" {
						load(b, h, "POST", "/", "count", "1")
					} else {
						load(b, h, "POST", "/", "people", "an")
					}
				}
			})
		}
	}
}

// load requests a page, with a form unless it is empty.
func load(b *testing.B, h http.Handler, method, path string, form ...string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(b.Context(), method, path, nil)
	if form != nil {
		r.PostForm, r.Form = formOf(form...), formOf(form...)
	}
	h.ServeHTTP(w, r)
	require.Equal(b, http.StatusOK, w.Code)
}
