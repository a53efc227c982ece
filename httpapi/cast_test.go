package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// cast is a store with somebody of each kind. In paths and bodies their names in braces stand for their IDs:
//
//	{ada}     has some of everything, revision 2, since {old} was merged into her
//	{bob}     has a name, an email and a phone, revision 1
//	{mem}     is the site member {member}, revision 2
//	{own}     is the owner of the site, revision 2
//	{pay}     has a billing subscription, revision 2
//	{old}     is an ID that was merged away
//	{nobody}  is the ID of nobody
//	{job}     is a bulk job of no contacts
//
// Defined are the labels custom.vip and custom.old, and the extended fields custom.age (NUMBER) and custom.note (TEXT).
type cast struct {
	*api
	id    map[string]uuid.UUID
	names *strings.Replacer
}

func newCast(t testing.TB, opts *httpapi.Options, change ...func(*contacts.Options)) *cast {
	t.Helper()
	c := &cast{api: openAPI(t, opts, change...), id: map[string]uuid.UUID{}}
	ctx, s := t.Context(), c.store
	for _, name := range []string{"VIP", "Old"} {
		_, _, err := s.FindOrCreateLabel(ctx, name)
		require.NoError(t, err)
	}
	for name, kind := range map[string]contacts.DataType{"Age": contacts.DataNumber, "Note": contacts.DataText} {
		_, _, err := s.FindOrCreateField(ctx, name, kind)
		require.NoError(t, err)
	}
	create := func(name string, info contacts.Info) {
		made, err := s.Create(ctx, info, nil)
		require.NoError(t, err)
		c.id[name] = made.ID
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
	c.id["member"], c.id["nobody"] = testID(903), testID(904)

	_, err := s.SetMember(ctx, c.id["mem"], &contacts.Member{MemberID: c.id["member"], Status: contacts.MemberActive})
	require.NoError(t, err)
	_, err = s.SetMember(ctx, c.id["own"], &contacts.Member{
		MemberID: testID(905), User: &contacts.MemberUser{UserID: testID(906), Role: contacts.RoleOwner},
	})
	require.NoError(t, err)
	_, err = s.SetBillingSubscription(ctx, c.id["pay"], true)
	require.NoError(t, err)
	_, err = s.Merge(ctx, c.id["ada"], 1, []uuid.UUID{c.id["old"]}, nil)
	require.NoError(t, err)
	job, err := s.BulkDelete(ctx, contacts.Selection{Search: "no such contact"}, nil)
	require.NoError(t, err)
	c.id["job"] = job.ID

	var pairs []string
	for name, id := range c.id {
		pairs = append(pairs, "{"+name+"}", id.String())
	}
	c.names = strings.NewReplacer(pairs...)
	return c
}

// in returns the cast for a subtest, which is what fails then.
func (c *cast) in(t testing.TB) *cast { return &cast{c.api.in(t), c.id, c.names} }

func (c *cast) fill(text string) string { return c.names.Replace(text) }

// do sends a request for a path below the public prefix, names filled in.
func (c *cast) do(method, path, body string) answer {
	c.t.Helper()
	return c.call(method, c.fill(path), c.fill(body))
}

// request makes a request for a path below the public prefix, names filled in.
func (c *cast) request(method, path, body string) *http.Request {
	return request(method, c.fill(publicPrefix+path), c.fill(body))
}

// refuse sends a request that must fail and change nothing.
func (c *cast) refuse(method, path, body string) answer {
	c.t.Helper()
	return c.refused(c.request(method, path, body))
}

// get returns a contact as the store has it.
func (c *cast) get(name string) *contacts.Contact {
	c.t.Helper()
	found, err := c.store.Get(c.t.Context(), c.id[name], nil)
	require.NoError(c.t, err)
	return found
}
