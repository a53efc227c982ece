// Package e2e proves that the published JavaScript client works against cmd/contactsd; see README.md. Its tests are in
// JavaScript. Those in Go need no Node: they keep the files that the others read, which stores have written.
package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

var update = flag.Bool("update", false, "rewrite the fixtures")

// TestDocument compares docs/javascript.md with the functions of the client that the tests call, and its version.
func TestDocument(t *testing.T) {
	const document = "../../docs/javascript.md"
	function := `(?:contacts|labels|extendedFields|submittedContact)\.[\w.]+`
	namesIn := func(file, pattern string) []string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var names []string
		for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			names = append(names, string(match[1]))
		}
		slices.Sort(names)
		return names
	}
	called := namesIn("calls.js", "'("+function+")'[,\\]]")
	require.Contains(t, called, "contacts.createContact")
	described := namesIn(document, "`("+function+")`")
	require.Equal(t, called, described, "docs/javascript.md describes each function of calls.js once")

	var pkg struct{ DevDependencies map[string]string }
	text, err := os.ReadFile("package.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &pkg))
	for name, version := range pkg.DevDependencies {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		require.Contains(t, string(text), " "+name+"@"+version)
	}
}

// TestGuides requires that the tests in the documents are tests of control.test.js, which run.
func TestGuides(t *testing.T) {
	tests, err := os.ReadFile("control.test.js")
	require.NoError(t, err)
	for _, document := range []string{"../../docs/testing.md", "../../docs/javascript.md"} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		found := regexp.MustCompile(`(?ms)^test\(.*?^\}\);$`).FindAllString(string(text), -1)
		require.NotEmpty(t, found, document)
		for _, test := range found {
			require.Contains(t, string(tests), test, document)
		}
	}
}

// newStore returns a store that gives the same results in every run.
func newStore(t *testing.T) *contacts.Store {
	t.Helper()
	ids, now := uint64(0), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s, err := contacts.New(&contacts.Options{
		NewID: func() uuid.UUID {
			ids++
			id := uuid.MustParse("e2e00000-0000-4000-8000-000000000000")
			binary.BigEndian.PutUint32(id[12:], uint32(ids))
			return id
		},
		Now:       func() time.Time { return now },
		SelfCheck: true,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// checkFixture compares a file with its expected content, or writes it with -update.
func checkFixture(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(name, want, 0o644))
	}
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "%s is out of date: go test ./httpapi/e2e -update", name)
}

func person(first, email string) contacts.Info {
	return contacts.Info{Name: contacts.Name{First: first}, Emails: []contacts.Email{{Address: email}}}
}

// TestMembers keeps member.jsonl, a store with contacts that no HTTP request can create: a member, the owner of the
// site, a contact with a billing subscription, a subscriber to emails; and a contact with only a name.
func TestMembers(t *testing.T) {
	ctx, s := t.Context(), newStore(t)
	create := func(info contacts.Info) uuid.UUID {
		c, err := s.Create(ctx, info, nil)
		require.NoError(t, err)
		return c.ID
	}
	_, _, err := s.FindOrCreateLabel(ctx, "VIP")
	require.NoError(t, err)

	member := create(person("Mia", "mia@example.com"))
	_, err = s.SetMember(ctx, member, &contacts.Member{
		MemberID: uuid.MustParse("e2e00000-0000-4000-9000-000000000001"), Email: "mia@example.com", EmailVerified: true,
		SignupDate: time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC), Status: contacts.MemberActive,
		Profile: &contacts.MemberProfile{Nickname: "mia", Photo: &contacts.Image{URL: "https://example.com/mia.png"}},
		Session: &contacts.MemberSession{LastWebLogin: time.Date(2025, 12, 31, 23, 59, 59, 0, time.UTC)},
	})
	require.NoError(t, err)

	owner := create(person("Otto", "otto@example.com"))
	_, err = s.SetMember(ctx, owner, &contacts.Member{
		MemberID: uuid.MustParse("e2e00000-0000-4000-9000-000000000002"), Status: contacts.MemberActive,
		User: &contacts.MemberUser{Role: contacts.RoleOwner},
	})
	require.NoError(t, err)

	payer := create(person("Paula", "paula@example.com"))
	_, err = s.SetBillingSubscription(ctx, payer, true)
	require.NoError(t, err)

	subscriber := create(person("Susi", "susi@example.com"))
	_, err = s.SetSubscription(ctx, subscriber, "susi@example.com", contacts.SubscriptionSubscribed)
	require.NoError(t, err)
	_, err = s.SetDeliverability(ctx, subscriber, "susi@example.com", contacts.EmailDeliverabilityValid)
	require.NoError(t, err)
	_, err = s.Label(ctx, subscriber, "custom.vip")
	require.NoError(t, err)

	create(contacts.Info{Name: contacts.Name{First: "Nora"}})

	var out bytes.Buffer
	require.NoError(t, s.Snapshot().Export(&out))
	checkFixture(t, "member.jsonl", out.Bytes())
}

// TestEvents keeps events.jsonl: an event of each kind from a store, with the type that a webhook would have.
func TestEvents(t *testing.T) {
	s := newStore(t)
	changeAll(t, s)
	require.NoError(t, s.Close()) // so that Follow ends

	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	seen := map[string]bool{}
	for commit, err := range s.Follow(context.Background(), 0) {
		if err != nil {
			require.ErrorIs(t, err, contacts.ErrClosed)
			break
		}
		for event := range commit.Events() {
			seen[event.Type] = true
			require.NoError(t, lines.Encode(struct {
				EventType string         `json:"eventType"`
				Payload   contacts.Event `json:"payload"`
			}{event.Type, event}))
		}
	}
	for _, kind := range []contacts.ChangeKind{
		contacts.ContactCreated, contacts.ContactUpdated, contacts.ContactDeleted, contacts.ContactMerged,
		contacts.ContactSubmitted, contacts.LabelCreated, contacts.LabelUpdated, contacts.LabelDeleted,
		contacts.FieldCreated, contacts.FieldUpdated, contacts.FieldDeleted,
	} {
		require.Contains(t, seen, "wix.contacts.v4."+string(kind))
	}
	checkFixture(t, "events.jsonl", out.Bytes())
}

// changeAll makes a change for every kind of event.
func changeAll(t *testing.T, s *contacts.Store) {
	t.Helper()
	ctx := t.Context()
	label, _, err := s.FindOrCreateLabel(ctx, "Guest")
	require.NoError(t, err)
	_, err = s.RenameLabel(ctx, label.Key, "Visitor")
	require.NoError(t, err)
	field, _, err := s.FindOrCreateField(ctx, "Table", contacts.DataNumber)
	require.NoError(t, err)
	_, err = s.RenameField(ctx, field.Key, "Seat")
	require.NoError(t, err)

	full := person("Ada", "ada@example.com")
	full.Addresses = []contacts.Address{{AddressLine: "3 Park Ave", City: "NY", Country: "US"}}
	full.Picture = &contacts.Picture{Image: contacts.Image{URL: "https://example.com/ada.png"}}
	full.ExtendedFields = map[string]any{field.Key: 7}
	target, err := s.Create(ctx, full, nil)
	require.NoError(t, err)
	source, err := s.Create(ctx, person("Ada", "ada@example.net"), nil)
	require.NoError(t, err)
	_, err = s.Label(ctx, target.ID, label.Key)
	require.NoError(t, err)
	_, err = s.Merge(ctx, target.ID, 2, []uuid.UUID{source.ID}, nil)
	require.NoError(t, err)
	_, err = s.Submit(ctx, contacts.Info{
		Emails: []contacts.Email{{Address: "ada@example.net"}}, Phones: []contacts.Phone{{Number: "555-0100"}},
	}, &contacts.SubmitOptions{PassThroughData: "form 7"})
	require.NoError(t, err)
	require.NoError(t, s.DeleteLabel(ctx, label.Key))
	require.NoError(t, s.DeleteField(ctx, field.Key))
	require.NoError(t, s.Delete(ctx, target.ID))
}
