package browser

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/inspector"
)

var (
	firstNames = []string{
		"Annie", "Ada", "Omar", "Evelyn", "Ngozi", "Linus", "Radia", "Katherine", "José", "Grace", "Søren", "Zoë", "Yuki",
		"Priya", "Mateo", "Ingrid", "Claude", "Joan",
	}
	lastNames = []string{
		"Turing", "Perlman", "Tanaka", "Haddad", "Liskov", "Knuth", "Sparck Jones", "Fischer", "Vaughan", "Okafor",
		"García", "Natarajan", "Clarke",
	}
	companies = []string{"Acorn Ltd", "Blue Heron Books", "", "Corner Bakery", "Delta Cycles", "", "Elm Street Dental"}
	jobs      = []string{"Engineer", "", "Owner", "Botanist", "", "Head of operations"}
)

// sample returns a store of 63 invented people, among them the three that a merge can make one.
func sample(t testing.TB) *contacts.Store {
	t.Helper()
	ctx, clock := t.Context(), contactstest.NewClock(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC))
	opts := contactstest.Options(clock, contactstest.NewIDs(7))
	opts.Region = "US"
	s, err := contacts.New(opts)
	require.NoError(t, err)
	var labels []string
	for _, name := range []string{"VIP", "Newsletter", "Trade fair 2026", "Wholesale", "Press"} {
		l, _, err := s.FindOrCreateLabel(ctx, name)
		require.NoError(t, err)
		labels = append(labels, l.Key)
	}
	number, _, err := s.FindOrCreateField(ctx, "Customer number", contacts.DataNumber)
	require.NoError(t, err)
	for i := range 60 {
		clock.Advance(time.Duration(7+i*i%53) * time.Minute)
		info := contacts.Info{
			Name:    contacts.Name{First: firstNames[i%len(firstNames)], Last: lastNames[i%len(lastNames)]},
			Company: companies[i%len(companies)], JobTitle: jobs[i%len(jobs)],
			Emails:         []contacts.Email{{Address: fmt.Sprintf("person%d@example.com", i), Tag: contacts.EmailWork}},
			ExtendedFields: map[string]any{number.Key: 1000 + i},
		}
		if i%3 > 0 {
			info.Phones = []contacts.Phone{{Number: fmt.Sprintf("201-555-%04d", 100+i), Tag: contacts.PhoneMobile}}
		}
		for k, l := range labels {
			if (i+k)%5 == 0 {
				info.LabelKeys = append(info.LabelKeys, l)
			}
		}
		c := create(t, s, info)
		status(t, s, c, i)
	}
	addFamily(t, s, clock, number.Key, labels)
	return s
}

// addFamily adds contacts that share emails and phones.
func addFamily(t testing.TB, s *contacts.Store, clock *contactstest.Clock, number string, labels []string) {
	t.Helper()
	ada := create(t, s, contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Byron"}, Company: "Analytical Engines", JobTitle: "Analyst",
		Emails: []contacts.Email{
			{Address: "ada@example.com", Tag: contacts.EmailWork}, {Address: "ada@home.example", Tag: contacts.EmailHome},
		},
		Phones:         []contacts.Phone{{Number: "201-555-0199", Tag: contacts.PhoneMobile}},
		LabelKeys:      labels[:2],
		Birthdate:      "1985-12-10",
		ExtendedFields: map[string]any{number: 1815},
		Addresses: []contacts.Address{{
			City: "London", Country: "GB", AddressLine: "12 St James's Square", PostalCode: "SW1Y 4JH",
			Tag: contacts.AddressWork,
		}},
	})
	clock.Advance(3 * time.Hour)
	old := create(t, s, contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Byron"}, Emails: []contacts.Email{{Address: "a.byron@example.org"}},
	})
	_, err := s.Merge(t.Context(), ada.ID, ada.Revision, []uuid.UUID{old.ID}, nil)
	require.NoError(t, err)
	clock.Advance(20 * time.Minute)
	create(t, s, contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Byron"}, JobTitle: "Mathematician",
		Emails:    []contacts.Email{{Address: "ada.byron@example.net"}, {Address: "ada@example.com"}},
		LabelKeys: labels[2:4],
	})
	clock.Advance(20 * time.Minute)
	create(t, s, contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Lovelace-Byron"}, Company: "Babbage & Co",
		Phones: []contacts.Phone{{Number: "201-555-0199"}},
	})
	_, err = s.SetSubscription(t.Context(), ada.ID, "ada@example.com", contacts.SubscriptionSubscribed)
	require.NoError(t, err)
}

func create(t testing.TB, s *contacts.Store, info contacts.Info) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
	require.NoError(t, err)
	return c
}

// status gives a contact one of several statuses.
func status(t testing.TB, s *contacts.Store, c *contacts.Contact, i int) {
	t.Helper()
	var err error
	switch email := c.PrimaryInfo.Email; i % 6 {
	case 0, 1:
		_, err = s.SetSubscription(t.Context(), c.ID, email, contacts.SubscriptionSubscribed)
	case 2:
		_, err = s.SetSubscription(t.Context(), c.ID, email, contacts.SubscriptionUnsubscribed)
	case 3:
		_, err = s.SetDeliverability(t.Context(), c.ID, email, contacts.EmailDeliverabilityBounced)
	case 4:
		_, err = s.SetMember(t.Context(), c.ID, &contacts.Member{
			MemberID: c.ID, Status: contacts.MemberActive, Email: email,
			Profile: &contacts.MemberProfile{Nickname: c.Info.Name.First},
		})
	}
	require.NoError(t, err)
}

// person adds a contact.
func person(t testing.TB, s *contacts.Store, name string) {
	t.Helper()
	create(t, s, contacts.Info{Name: contacts.Name{First: name}})
}

// touch changes a contact.
func touch(t testing.TB, s *contacts.Store, id string) {
	t.Helper()
	c, err := s.Get(t.Context(), uuid.MustParse(id), nil)
	require.NoError(t, err)
	_, err = s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{Company: contacts.Set("Changed")}, nil)
	require.NoError(t, err)
}

// hostile returns a store with markup in every value, and the paths of its contacts.
func hostile(t testing.TB) (*contacts.Store, []string) {
	t.Helper()
	const run = `"'><script>zapped=1</script><img src=x onerror=zapped=1><b>&lt;zap`
	ctx := t.Context()
	s, err := contacts.New(nil)
	require.NoError(t, err)
	label, _, err := s.FindOrCreateLabel(ctx, run+"label")
	require.NoError(t, err)
	field, _, err := s.FindOrCreateField(ctx, run+"field", contacts.DataText)
	require.NoError(t, err)
	var list []*contacts.Contact
	for i := range 3 {
		c := create(t, s, contacts.Info{
			Name:      contacts.Name{First: run, Last: run},
			Emails:    []contacts.Email{{Address: fmt.Sprintf(`"%s%d"@x.test`, `<b>zap`, i)}, {Address: `"<b>zap"@x.test`}},
			Phones:    []contacts.Phone{{Number: "<b>zap 555-0100"}},
			Addresses: []contacts.Address{{AddressLine: run, City: run, Hint: run}},
			Company:   run, JobTitle: run, LabelKeys: []string{label.Key},
			ExtendedFields: map[string]any{field.Key: run},
			Picture:        &contacts.Picture{Image: contacts.Image{ID: run, AltText: run}},
		})
		list = append(list, c)
	}
	_, err = s.SetMember(ctx, list[0].ID, &contacts.Member{
		MemberID: uuid.New(), Status: contacts.MemberActive, Profile: &contacts.MemberProfile{Nickname: run},
	})
	require.NoError(t, err)
	_, err = s.Merge(ctx, list[1].ID, list[1].Revision, []uuid.UUID{list[2].ID}, nil)
	require.NoError(t, err)
	return s, []string{
		"contacts/" + list[0].ID.String(), "contacts/" + list[1].ID.String(), "contacts/" + list[2].ID.String(),
		"merge?target=" + list[0].ID.String() + "&source=" + list[1].ID.String(),
	}
}

// crowd returns a store with many contacts.
func crowd(t testing.TB, n int) *contacts.Store {
	t.Helper()
	s, err := contacts.New(contactstest.Options(contactstest.NewClock(contactstest.Epoch), contactstest.NewIDs(1)))
	require.NoError(t, err)
	_, err = s.Import(t.Context(), contactstest.NewGen(1).Rows(n), &contacts.ImportOptions{AllowDuplicates: true})
	require.NoError(t, err)
	require.Equal(t, n, s.Snapshot().Len())
	return s
}

// reload returns a store as a program that starts again has it: with the same contents and no feed.
func reload(t testing.TB, s *contacts.Store) *contacts.Store {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, s.Snapshot().Export(&b))
	s, err := contacts.Load(t.Context(), &b, nil)
	require.NoError(t, err)
	return s
}

// running is a server that can start again at its address.
type running struct {
	addr   string
	server *http.Server
}

func startAt(t testing.TB, addr string, s *contacts.Store) *running {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	r := &running{l.Addr().String(), &http.Server{Handler: inspector.Handler(s, nil)}}
	go r.server.Serve(l)
	return r
}

func (r *running) stop(t testing.TB) {
	t.Helper()
	require.NoError(t, r.server.Close())
}

// noControls are controls that do nothing.
type noControls struct{}

func (noControls) Stores() []inspector.StoreLink {
	return []inspector.StoreLink{
		{Name: "main", Path: "/some/where/", Current: true}, {Name: "fork-1", Path: "/stores/fork-1/_inspector/"},
	}
}
func (noControls) States() []string            { return []string{"after-import", "start"} }
func (noControls) Save(string) error           { return nil }
func (noControls) Restore(string) error        { return nil }
func (noControls) Fork(string) (string, error) { return "/stores/fork-1/_inspector/", nil }
func (noControls) Now() time.Time              { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }
func (noControls) Advance(time.Duration) error { return nil }
