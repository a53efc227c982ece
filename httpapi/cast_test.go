package httpapi_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// cast is a store with a contact of each kind. In paths and bodies, names in braces stand for IDs:
//
//	{ada}     has a value of every kind, revision 2, since {old} was merged into her
//	{bob}     has a name, an email and a phone, revision 1
//	{mem}     is the site member {member}, revision 2
//	{own}     is the owner of the site, revision 2
//	{pay}     has a billing subscription, revision 2
//	{old}     is an ID that was merged away
//	{nobody}  is an unused ID
//	{job}     is a bulk job that selected no contacts
//
// It has the labels custom.vip and custom.old, and the extended fields custom.age (NUMBER) and custom.note (TEXT).
type cast struct {
	*api
	id    map[string]uuid.UUID
	names *strings.Replacer
}

// castFixture is the store of a cast, made once: loading it takes much less time than repeating the calls.
type castFixture struct {
	export []byte
	id     map[string]uuid.UUID
	last   uint64 // the number of the last ID that it has drawn
}

var makeCast = sync.OnceValue(func() castFixture {
	f := castFixture{id: map[string]uuid.UUID{}}
	s := must(contacts.New(&contacts.Options{
		Now:       func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		NewID:     func() uuid.UUID { f.last++; return testID(f.last) },
		SelfCheck: !testing.Short(),
	}))
	defer s.Close()
	ctx := context.Background()
	for _, name := range []string{"VIP", "Old"} {
		if _, _, err := s.FindOrCreateLabel(ctx, name); err != nil {
			panic(err)
		}
	}
	for name, kind := range map[string]contacts.DataType{"Age": contacts.DataNumber, "Note": contacts.DataText} {
		if _, _, err := s.FindOrCreateField(ctx, name, kind); err != nil {
			panic(err)
		}
	}
	create := func(name string, info contacts.Info) {
		f.id[name] = must(s.Create(ctx, info, nil)).ID
	}
	ada := typical()
	ada.LabelKeys = []string{"custom.vip"}
	ada.ExtendedFields = map[string]any{"custom.age": 36}
	ada.Locations, ada.AssignedUserIDs = []uuid.UUID{testID(901)}, []uuid.UUID{testID(902)}
	ada.Picture = &contacts.Picture{Image: contacts.Image{URL: "https://example.com/ada.png"}}
	create("ada", ada)
	create("bob", contacts.Info{
		Name:   contacts.Name{First: "Bob", Last: "Stone"},
		Emails: []contacts.Email{{Address: "bob@example.com", Tag: contacts.EmailMain}},
		Phones: []contacts.Phone{{Number: "62183848", CountryCode: "DK"}},
	})
	create("mem", contacts.Info{
		Name: contacts.Name{First: "Mem"}, Emails: []contacts.Email{{Address: "mem@example.com"}},
	})
	create("own", contacts.Info{Name: contacts.Name{First: "Own"}})
	create("pay", contacts.Info{Name: contacts.Name{First: "Pay"}})
	create("old", contacts.Info{Name: contacts.Name{First: "Old"}})
	f.id["member"], f.id["nobody"] = testID(903), testID(904)
	must(s.SetMember(ctx, f.id["mem"], &contacts.Member{MemberID: f.id["member"], Status: contacts.MemberActive}))
	must(s.SetMember(ctx, f.id["own"], &contacts.Member{
		MemberID: testID(905), User: &contacts.MemberUser{UserID: testID(906), Role: contacts.RoleOwner},
	}))
	must(s.SetBillingSubscription(ctx, f.id["pay"], true))
	must(s.Merge(ctx, f.id["ada"], 1, []uuid.UUID{f.id["old"]}, nil))
	var out bytes.Buffer
	if err := s.Snapshot().Export(&out); err != nil {
		panic(err)
	}
	f.export = out.Bytes()
	return f
})

func newCast(t testing.TB, opts *httpapi.Options, change ...func(*contacts.Options)) *cast {
	t.Helper()
	fixture := makeCast()
	load := func(o *contacts.Options) (*contacts.Store, error) {
		return contacts.Load(t.Context(), bytes.NewReader(fixture.export), o)
	}
	c := &cast{api: serveStore(t, opts, fixture.last, load, change...), id: maps.Clone(fixture.id)}
	job, err := c.store.BulkDelete(t.Context(), contacts.Selection{Search: "no such contact"}, nil)
	require.NoError(t, err)
	c.id["job"] = job.ID // an export contains no jobs

	var pairs []string
	for name, id := range c.id {
		pairs = append(pairs, "{"+name+"}", id.String())
	}
	c.names = strings.NewReplacer(pairs...)
	return c
}

// in returns the cast for a subtest: failures are reported there.
func (c *cast) in(t testing.TB) *cast { return &cast{c.api.in(t), c.id, c.names} }

func (c *cast) fill(text string) string { return c.names.Replace(text) }

// do sends a request for a path below the public prefix, with IDs in place of names.
func (c *cast) do(method, path, body string) answer {
	c.t.Helper()
	return c.call(method, c.fill(path), c.fill(body))
}

// request returns a request for a path below the public prefix, with IDs in place of names.
func (c *cast) request(method, path, body string) *http.Request {
	return request(method, c.fill(publicPrefix+path), c.fill(body))
}

// refuse sends a request that must fail and change nothing.
func (c *cast) refuse(method, path, body string) answer {
	c.t.Helper()
	return c.refused(c.request(method, path, body))
}

// get returns a contact from the store.
func (c *cast) get(name string) *contacts.Contact {
	c.t.Helper()
	found, err := c.store.Get(c.t.Context(), c.id[name], nil)
	require.NoError(c.t, err)
	return found
}
