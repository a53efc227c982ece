package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
	"github.com/contactsdb/contacts/internal/storetest"
)

// crowd is a store with contacts, and a client of it.
type crowd struct {
	t      *testing.T
	store  *contacts.Store
	client *httpclient.Client
	pages  int // that were requested
}

// newCrowd returns a crowd of n contacts. Each date is that of as many contacts as same.
func newCrowd(t *testing.T, n, same int) *crowd {
	t.Helper()
	opts := storetest.Unchecked()
	made := 0
	opts.Now = func() time.Time { return storetest.Epoch.Add(time.Duration(made/same) * time.Second) }
	c := &crowd{t: t, store: storetest.Open(t, opts)}
	for range n {
		storetest.Create(t, c.store, person(fmt.Sprint("P", made)))
		made++
	}
	api := httpapi.Handler(c.store, nil)
	c.client = newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.pages++
		api.ServeHTTP(w, r)
	}), nil)
	return c
}

// all returns the IDs of the contacts in the store, in the order of creation.
func (c *crowd) all() []uuid.UUID {
	var ids []uuid.UUID
	for v := range c.store.Snapshot().All() {
		ids = append(ids, v.ID())
	}
	return ids
}

// walk returns the IDs that Query yields, and calls fn after each.
func (c *crowd) walk(q contacts.Query, opts *contacts.ListOptions, fn func(*contacts.Contact)) []uuid.UUID {
	c.t.Helper()
	var ids []uuid.UUID
	for contact, err := range c.client.Query(c.t.Context(), q, opts) {
		require.NoError(c.t, err)
		ids = append(ids, contact.ID)
		if fn != nil {
			fn(contact)
		}
	}
	return ids
}

func TestQuery(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 6, 7} {
		for _, same := range []int{1, 2, 3, 100} {
			t.Run(fmt.Sprint("CLI-8 ", n, " contacts, ", same, " with one date"), func(t *testing.T) {
				c := newCrowd(t, n, same)
				for limit := range 5 {
					require.Equal(t, c.all(), c.walk(contacts.Query{}, &contacts.ListOptions{Limit: limit}, nil))
					require.ElementsMatch(t, c.all(), c.walk(contacts.Query{
						Sort: []contacts.Sort{{Field: "info.name.first", Order: contacts.SortDesc}},
					}, &contacts.ListOptions{Limit: limit}, nil))
				}
				c.pages = 0
				c.walk(contacts.Query{}, nil, nil)
				require.Equal(t, 1, c.pages, "one page has room for all")
			})
		}
	}

	t.Run("CLI-8 a filter and a search", func(t *testing.T) {
		c := newCrowd(t, 20, 3)
		want := []uuid.UUID{c.all()[4], c.all()[11]}
		filter := contacts.In("info.name.first", "P4", "P11")
		require.Equal(t, want, c.walk(contacts.Query{Filter: filter}, &contacts.ListOptions{Limit: 1}, nil))
		require.Equal(t, want[:1], c.walk(contacts.Query{Filter: filter, Search: "p4"}, &contacts.ListOptions{Limit: 1}, nil))
	})
	t.Run("CLI-8 newest first by default", func(t *testing.T) {
		opts := storetest.Fixed()
		opts.NewestFirst = true
		s := storetest.Open(t, opts)
		for range 5 {
			storetest.Create(t, s, person("A"))
		}
		c := &crowd{t: t, store: s, client: newClient(t, httpapi.Handler(s, nil), nil)}
		require.Equal(t, c.all(), c.walk(contacts.Query{}, &contacts.ListOptions{Limit: 2}, nil))
	})
	t.Run("CLI-8 a break", func(t *testing.T) {
		c := newCrowd(t, 5, 2)
		for contact, err := range c.client.Query(t.Context(), contacts.Query{}, &contacts.ListOptions{Limit: 2}) {
			require.NoError(t, err)
			if contact.ID == c.all()[1] {
				break
			}
		}
		require.Equal(t, 1, c.pages)
	})
	t.Run("CLI-8 a loop that deletes", func(t *testing.T) {
		for _, same := range []int{1, 4, 100} {
			c := newCrowd(t, 30, same)
			want := c.all()
			require.Equal(t, want, c.walk(contacts.Query{}, &contacts.ListOptions{Limit: 3}, func(got *contacts.Contact) {
				require.NoError(t, c.client.Delete(t.Context(), got.ID))
			}))
			require.Empty(t, c.all())
		}
	})
	t.Run("CLI-8 contacts created and deleted between pages", func(t *testing.T) {
		for _, same := range []int{1, 3, 100} {
			c := newCrowd(t, 30, same)
			before := c.all()
			var gone []uuid.UUID
			got := c.walk(contacts.Query{}, &contacts.ListOptions{Limit: 4}, func(contact *contacts.Contact) {
				if i := slices.Index(before, contact.ID); i%4 == 3 && i >= 0 && len(gone) < 3 {
					gone = append(gone, before[i-1]) // was yielded before
					require.NoError(t, c.store.Delete(t.Context(), before[i-1]))
					storetest.Create(t, c.store, person("New"))
				}
			})
			require.Len(t, gone, 3)
			require.Equal(t, before, got[:30], "each contact once")
			require.ElementsMatch(t, c.all()[27:], got[30:], "and the new ones")
		}
	})
	t.Run("CLI-8 more contacts with one date than a filter excludes", func(t *testing.T) {
		c := newCrowd(t, 2400, 1700)
		require.Equal(t, c.all(), c.walk(contacts.Query{}, &contacts.ListOptions{Limit: 600}, nil))
	})
}

func TestQueryProjection(t *testing.T) {
	c := newCrowd(t, 5, 2)
	for _, tc := range []struct {
		opts  contacts.ListOptions
		dated bool
	}{
		{contacts.ListOptions{}, true},
		{contacts.ListOptions{Fields: []string{"info.name"}}, false},
		{contacts.ListOptions{Fieldsets: []contacts.Fieldset{contacts.FieldsetBasic}}, false},
		{contacts.ListOptions{Fieldsets: []contacts.Fieldset{contacts.FieldsetFull}}, true},
		{contacts.ListOptions{Fields: []string{"createdDate"}}, true},
		{contacts.ListOptions{Fields: []string{"_createdDate", "info.name"}}, true},
	} {
		tc.opts.Limit = 2
		fields := slices.Clone(tc.opts.Fields)
		ids := c.walk(contacts.Query{}, &tc.opts, func(contact *contacts.Contact) {
			want, err := c.store.Get(t.Context(), contact.ID, &contacts.GetOptions{Fields: fields, Fieldsets: tc.opts.Fieldsets})
			require.NoError(t, err)
			require.Equal(t, jsonOf(t, want), jsonOf(t, contact), "CLI-8")
			require.Equal(t, tc.dated, !contact.CreatedDate.IsZero())
		})
		require.Equal(t, c.all(), ids)
		require.Equal(t, fields, tc.opts.Fields, "the options are the caller's")
	}

	fields := make([]string, 1, 2)
	fields[0] = "info.name"
	c.walk(contacts.Query{}, &contacts.ListOptions{Fields: fields}, nil)
	require.Empty(t, fields[:2][1], "and so is the memory after them")
}

func TestQueryErrors(t *testing.T) {
	c := newCrowd(t, 5, 2)
	last := func(ctx context.Context, q contacts.Query, opts *contacts.ListOptions) (n int, err error) {
		for contact, e := range c.client.Query(ctx, q, opts) {
			require.NoError(t, err, "an error ends the sequence")
			require.Equal(t, e == nil, contact != nil)
			if err = e; err == nil {
				n++
			}
		}
		return n, err
	}
	_, err := last(t.Context(), contacts.Query{}, &contacts.ListOptions{Offset: 1})
	e, ok := errors.AsType[*contacts.Error](err)
	require.True(t, ok)
	require.Equal(t, "paging.offset", e.Violations[0].Field, "CLI-8")
	_, err = last(t.Context(), contacts.Query{People: "a"}, nil)
	require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	_, err = last(t.Context(), contacts.Query{}, &contacts.ListOptions{Limit: 1001})
	require.Equal(t, contacts.ErrIllegalLimit, contacts.CodeOf(err))
	_, err = last(t.Context(), contacts.Query{Filter: contacts.Eq("x", 1)}, nil)
	require.Equal(t, contacts.ErrFilterField, contacts.CodeOf(err))

	t.Run("CLI-8 an error after a page", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		for contact, err := range c.client.Query(ctx, contacts.Query{}, &contacts.ListOptions{Limit: 2}) {
			if n++; n == 3 {
				require.ErrorIs(t, err, context.Canceled)
				require.Nil(t, contact)
			}
			cancel()
		}
		require.Equal(t, 3, n)
	})
	t.Run("CLI-8 a server that repeats itself", func(t *testing.T) {
		item := `{"id":"00000000-0000-4000-8000-000000000001","createdDate":"2026-01-01T00:00:00.000Z"}`
		older := strings.NewReplacer("0001", "0002", "2026", "2025").Replace(item)
		for _, items := range []string{item, item + "," + item, item + "," + older} {
			broken := answering(t, 200, nil, `{"contacts":[`+items+`],"pagingMetadata":{"hasNext":true}}`)
			n := 0
			var last error
			for _, err := range broken.Query(t.Context(), contacts.Query{}, nil) {
				n, last = n+1, err
			}
			require.Equal(t, 2, n)
			require.Equal(t, httpclient.ErrMalformedReply, contacts.CodeOf(last))
		}
	})
	t.Run("CLI-8 a server that promises more and has nothing", func(t *testing.T) {
		broken := answering(t, 200, nil, `{"contacts":[],"pagingMetadata":{"hasNext":true}}`)
		for range broken.Query(t.Context(), contacts.Query{}, nil) {
			t.Fatal("there is no contact")
		}
	})
}
