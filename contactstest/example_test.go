package contactstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
)

// team is built once; each test gets a fork.
var team = contactstest.NewFixture(nil, func(s *contactstest.Store) error {
	_, err := s.Create(context.Background(), contacts.Info{
		Name:      contacts.Name{First: "Ada", Last: "Byron"},
		Emails:    []contacts.Email{{Address: "ada@example.com"}},
		LabelKeys: []string{contactstest.LabelVIP},
	}, nil)
	return err
})

// find returns the contact with an email.
func find(s *contactstest.Store, email string) *contacts.Contact {
	for v := range s.Snapshot().ByEmail(email) {
		return v.Clone()
	}
	return nil
}

// Tests that run in parallel see neither each other's writes nor each other's IDs.
func ExampleNew() {
	test := func() string { // in a test: t.Parallel()
		s := contactstest.New(t, team)
		grace, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Grace"}}, nil)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return fmt.Sprint(s.Snapshot().Len(), " contacts, the new one is ", grace.ID)
	}
	results := make([]string, 3)
	var tests sync.WaitGroup
	for i := range results {
		tests.Go(func() { results[i] = test() })
	}
	tests.Wait()
	for _, result := range results {
		fmt.Println(result)
	}
	// Output:
	// 2 contacts, the new one is 720a577e-5054-4efb-84b5-e7ce87fd908d
	// 2 contacts, the new one is 720a577e-5054-4efb-84b5-e7ce87fd908d
	// 2 contacts, the new one is 720a577e-5054-4efb-84b5-e7ce87fd908d
}

// createOnce is code under test: it creates a contact, and finds out what has happened if the reply is lost.
func createOnce(ctx context.Context, api contactstest.API, info contacts.Info) (uuid.UUID, error) {
	c, err := api.Create(ctx, info, nil)
	if errors.Is(err, contacts.ErrOutcomeUnknown) {
		c, err = api.Create(ctx, info, nil)
	}
	if twin, ok := errors.AsType[*contacts.DuplicateError](err); ok {
		return twin.ID, nil // the first try took place
	}
	if err != nil {
		return uuid.Nil, err
	}
	return c.ID, nil
}

// The reply to a write is lost. The caller tries again, and must not make a second contact.
func ExampleDouble_Fail_lostReply() {
	s := contactstest.New(t)
	s.Fail(contactstest.On("Create").Nth(1).After())

	id, err := createOnce(t.Context(), s, contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}})
	fmt.Println(id == find(s, "ada@example.com").ID, err)
	fmt.Println(s.Snapshot().Len(), "contact")
	s.AssertCalls("Create", 2)
	s.AssertFired()
	// Output:
	// true <nil>
	// 1 contact
}

// promote is code under test: it changes a job title, and decides again if another writer was faster.
func promote(ctx context.Context, api contactstest.API, id uuid.UUID) error {
	for {
		c, err := api.Get(ctx, id, nil)
		if err != nil {
			return err
		}
		patch := contacts.Patch{JobTitle: contacts.Set("Senior " + c.Info.JobTitle)}
		_, err = api.Update(ctx, id, c.Revision, patch, nil)
		if !errors.Is(err, contacts.ErrAlreadyChanged) {
			return err
		}
	}
}

// Another client writes between the Get and the Update of the code under test.
func ExampleDouble_Fail_staleRevision() {
	s := contactstest.New(t, team)
	s.Fail(
		contactstest.On("Update").Nth(1).Do(func(ctx context.Context, c contactstest.Call) {
			title := contacts.Patch{JobTitle: contacts.Set("Analyst")}
			if _, err := s.Store.Update(ctx, c.ID, c.Revision, title, nil); err != nil { // past the rules
				t.Errorf("%v", err)
			}
		}),
		contactstest.On("Update").Nth(2).Stale(), // raises the revision and changes nothing else
	)
	if err := promote(t.Context(), s, find(s, "ada@example.com").ID); err != nil {
		t.Fatalf("%v", err)
	}
	for _, c := range s.CallsTo("Update") {
		fmt.Printf("revision %d: %v\n", c.Revision, c.Err == nil)
	}
	fmt.Println(find(s, "ada@example.com").Info.JobTitle)
	// Output:
	// revision 1: false
	// revision 2: false
	// revision 3: true
	// Senior Analyst
}

// An app has kept the ID of a contact that has since been merged into another one.
func ExampleStore_merge() {
	s := contactstest.New(t, team)
	ada := find(s, "ada@example.com")
	old, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Countess"}}, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if _, err := s.Merge(t.Context(), ada.ID, ada.Revision, []uuid.UUID{old.ID}, nil); err != nil {
		t.Fatalf("%v", err)
	}
	now, err := s.Get(t.Context(), old.ID, nil) // finds the contact that it was merged into
	fmt.Println(now.ID == ada.ID, err)
	err = s.Delete(t.Context(), old.ID) // a write does not
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// true <nil>
	// CONTACT_NOT_FOUND
}

// inactive is code under test: it counts the contacts without an activity in the last days.
func inactive(ctx context.Context, api contactstest.API, now time.Time, days int) (int, error) {
	page, err := api.List(ctx, contacts.Query{
		Filter: contacts.Lt("lastActivity.activityDate", now.AddDate(0, 0, -days)),
	}, nil)
	return page.Total, err
}

// The clock of a store moves only when the test moves it.
func ExampleClock() {
	s := contactstest.New(t, team)
	count := func() int {
		n, err := inactive(t.Context(), s, s.Clock.Now(), 30)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return n
	}
	fmt.Println(count())
	s.Clock.Advance(31 * 24 * time.Hour)
	fmt.Println(count())
	if _, err := s.RecordActivity(t.Context(), find(s, "ada@example.com").ID, "", time.Time{}); err != nil {
		t.Fatalf("%v", err)
	}
	fmt.Println(count())
	// Output:
	// 0
	// 1
	// 0
}

// A rule can be late by the test's clock: here the call takes a minute.
func ExampleFault_Delay() {
	s := contactstest.New(t, team)
	s.Fail(contactstest.On("Get").Delay(time.Minute))
	began := s.Clock.Now()
	if _, err := s.Get(t.Context(), find(s, "ada@example.com").ID, nil); err != nil {
		t.Fatalf("%v", err)
	}
	fmt.Println(s.Clock.Now().Sub(began))
	// Output:
	// 1m0s
}

// Services answer searches from an index that is behind. Code that writes and then searches must expect that.
func ExampleStore_LagTime() {
	s := contactstest.New(t)
	s.LagTime(5 * time.Second)
	c, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	search := func() int {
		page, err := s.List(t.Context(), contacts.Query{Search: "Ada"}, nil)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return page.Total
	}
	_, err = s.Get(t.Context(), c.ID, nil)
	fmt.Println("by ID:", err == nil, "by search:", search())
	s.Clock.Advance(5 * time.Second)
	fmt.Println("5 seconds later:", search())
	// Output:
	// by ID: true by search: 0
	// 5 seconds later: 1
}

// consumer is code under test: it serves a webhook, and keeps the names of contacts by ID.
type consumer struct {
	names map[string]string
	seen  map[uuid.UUID]bool // events can arrive more than once
}

func (c *consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e contacts.Event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, "not an event", http.StatusBadRequest)
		return
	}
	if c.seen[e.ID] {
		return
	}
	c.seen[e.ID] = true
	switch change := e.Change(); change.Kind {
	case contacts.ContactCreated, contacts.ContactUpdated:
		c.names[e.EntityID] = change.After.Name().First
	case contacts.ContactDeleted:
		delete(c.names, e.EntityID)
	}
}

// A webhook gets the events of a store, in the envelopes of the service.
func ExampleStore_webhook() {
	s := contactstest.New(t)
	hook := &consumer{names: map[string]string{}, seen: map[uuid.UUID]bool{}}
	server := httptest.NewServer(hook)
	defer server.Close()

	start := s.Snapshot().Position()
	for _, name := range []string{"Ada", "Grace"} {
		if _, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: name}}, nil); err != nil {
			t.Fatalf("%v", err)
		}
	}
	for range 2 { // deliver everything twice
		for commit, err := range s.Follow(t.Context(), start) {
			if err != nil {
				t.Fatalf("%v", err)
			}
			for event := range commit.Events() {
				if err := post(server.URL, event); err != nil {
					t.Fatalf("%v", err)
				}
			}
			if commit.Position == s.Snapshot().Position() {
				break // Follow would wait for the next commit
			}
		}
	}
	fmt.Println(len(hook.seen), "events,", len(hook.names), "contacts")
	// Output:
	// 2 events, 2 contacts
}

func post(url string, e contacts.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	reply, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	return reply.Body.Close()
}

// A server cuts the connection after it has done what was asked.
func ExampleFaults_Handler() {
	s := contactstest.New(t, team)
	s.Fail(
		contactstest.On("Delete").Nth(1).Cut().After(),
		contactstest.OnRequest("POST", "/contacts/v4/labels/*").Status(429).RetryAfter(time.Second),
	)
	server := httptest.NewServer(s.Handler(httpapi.Handler(s.Store, nil)))
	defer server.Close()
	api, err := httpclient.New(server.URL, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	id := find(s, "ada@example.com").ID
	fmt.Println(contacts.CodeOf(api.Delete(t.Context(), id)))
	fmt.Println(contacts.CodeOf(api.Delete(t.Context(), id)))
	_, err = api.ListLabels(t.Context(), contacts.LabelQuery{}, nil)
	fmt.Println(contacts.CodeOf(err))
	// Output:
	// OUTCOME_UNKNOWN
	// CONTACT_NOT_FOUND
	// RESOURCE_EXHAUSTED
}

// Any API can fail by rules, also a client of a server that is not part of the test.
func ExampleWrap() {
	store := contactstest.New(t, team)
	server := httptest.NewServer(httpapi.Handler(store.Store, nil))
	defer server.Close()
	client, err := httpclient.New(server.URL, nil)
	if err != nil {
		t.Fatalf("%v", err)
	}
	api := contactstest.Wrap(t, client, nil)
	api.Fail(contactstest.On("Update").Nth(1).Stale())
	fmt.Println(promote(t.Context(), api, find(store, "ada@example.com").ID))
	api.AssertCalls("Update", 2)
	// Output:
	// <nil>
}

// Rules are data: a program such as contactsd reads them from JSON.
func ExampleFaults_Add() {
	var rule contactstest.Fault
	err := json.Unmarshal([]byte(`{"on": ["Merge"], "nth": 2, "after": true, "error": "OUTCOME_UNKNOWN"}`), &rule)
	fmt.Println(err)
	fmt.Println(contactstest.NewFaults(nil).Add(rule))
	fmt.Println(json.Unmarshal([]byte(`{"on": ["Merge"], "nht": 2}`), &rule))
	// Output:
	// <nil>
	// <nil>
	// contactstest: rule: json: unknown field "nht"
}
