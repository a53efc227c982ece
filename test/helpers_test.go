package test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// The helpers below are shared with the tests of package contacts.
var (
	epoch     = storetest.Epoch
	missingID = storetest.MissingID
	testID    = storetest.ID
	fixed     = storetest.Fixed
	unchecked = storetest.Unchecked
	newStore  = storetest.New
	openStore = storetest.Open

	create     = storetest.Create
	update     = storetest.Update
	person     = storetest.Person
	richInfo   = storetest.RichInfo
	fullMember = storetest.FullMember
	newLabel   = storetest.NewLabel
	newField   = storetest.NewField
	rowsOf     = storetest.Rows
	importAll  = storetest.Import
	refusals   = storetest.Refusals
	exportOf   = storetest.Export
	load       = storetest.Load

	ids            = storetest.IDs
	violations     = storetest.Violations
	stateOf        = storetest.StateOf
	requireContact = storetest.RequireContact
	requireLoads   = storetest.RequireLoads
	fault          = storetest.Fault
	firstOf        = storetest.FirstCommits
	eventTexts     = storetest.EventTexts
	traceOf        = storetest.TraceOf
	wholeContact   = storetest.WholeContact
	scribbleView   = storetest.ScribbleView
)

var longTests = flag.Bool("long", false, "run the suites in full")

// large returns the size of a suite: small unless the flag -long is set.
func large(small, long int) int {
	if *longTests {
		return long
	}
	return small
}

// checkLarge checks stores that are too large for it, if the flag -long is set.
func checkLarge(opts *contacts.Options) { opts.SelfCheck = *longTests }

type (
	state = storetest.State
	trace = storetest.Trace
)

func pick[T any](rnd *rand.Rand, list ...T) T { return storetest.Pick(rnd, list...) }

func shuffle[T any](rnd *rand.Rand, list []T) { storetest.Shuffle(rnd, list) }

func deepCopy[T any](t testing.TB, x T) T { return storetest.DeepCopy(t, x) }

// checkedSeeds is the number of seeds of a test whose stores check each write: with all of them that would take most of
// the time.
const checkedSeeds = 4

// lab is a store with a clock that the test sets.
type lab struct {
	*contacts.Store
	now *time.Time
}

func newLab(t testing.TB, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	opts, now := fixed(), epoch
	opts.Now = func() time.Time { return now }
	for _, edit := range edits {
		edit(opts)
	}
	return &lab{openStore(t, opts), &now}
}

// fork returns a copy on the same clock.
func (l *lab) fork() *lab { return &lab{l.Fork(), l.now} }

// tick advances the clock and returns its time.
func (l *lab) tick() time.Time {
	*l.now = l.now.Add(time.Hour)
	return *l.now
}

// contactIn returns one of the contacts of a state, which the caller may edit.
func contactIn(st state, id uuid.UUID) *contacts.Contact {
	i := slices.IndexFunc(st.Contacts, func(c *contacts.Contact) bool { return c.ID == id })
	return st.Contacts[i]
}

func idsOf(list []*contacts.Contact) []uuid.UUID {
	var out []uuid.UUID
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

// The numbers of the duplicate tests. numberUS and numberUS2 are one number; numberShared is a number of Germany and
// one of the Netherlands; numberLoose is valid nowhere without an area code.
const (
	numberUS     = "201-555-0123"
	numberUS2    = "(201) 555 0123"
	numberShared = "0301234567"
	numberLoose  = "555-0199"
)

func number(country, number string) contacts.Phone {
	return contacts.Phone{CountryCode: country, Number: number}
}

// primaryAt flags one email as primary.
func primaryAt(i int, emails ...string) []contacts.Email {
	list := person("", emails...).Emails
	list[i].Primary = true
	return list
}

// revisionMax is the highest revision that an import accepts.
const revisionMax = 1<<30 - 1

// mergeLab returns a lab with labels and a field of each type.
func mergeLab(t testing.TB, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	l := newLab(t, edits...)
	for _, name := range []string{"Red", "Green", "Blue"} {
		newLabel(t, l.Store, name) // custom.red, …
	}
	newField(t, l.Store, "Text", contacts.DataText)
	newField(t, l.Store, "Number", contacts.DataNumber)
	newField(t, l.Store, "Date", contacts.DataDate)
	newField(t, l.Store, "Link", contacts.DataURL)
	return l
}

// nextOf changes c as a merge changes its target, except for the effects of the sources (MRG-10).
func nextOf(c *contacts.Contact, now time.Time) {
	c.Revision++
	c.UpdatedDate = now
	c.LastActivity = contacts.Activity{ActivityDate: now, ActivityType: contacts.ActivityContactMerged}
}

func pageOf(t testing.TB, s *contacts.Store, q contacts.Query, limit int, cursor string) contacts.Page[*contacts.Contact] {
	t.Helper()
	page, err := s.List(t.Context(), q, &contacts.ListOptions{Limit: limit, Cursor: cursor})
	require.NoError(t, err)
	return page
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const (
	notSet       = contacts.SubscriptionNotSet
	subscribed   = contacts.SubscriptionSubscribed
	unsubscribed = contacts.SubscriptionUnsubscribed
	bounced      = contacts.EmailDeliverabilityBounced
	undelivered  = contacts.EmailDeliverabilityNotSet
)

// Emails and phones of the contacts under test.
var (
	phoneUS    = number("US", numberUS) // +12015550123
	phoneGB    = number("GB", "020 7946 0018")
	phoneLoose = number("", numberLoose) // without an E.164 form
)

// wholePatch returns a patch that sets every member of in.
func wholePatch(in contacts.Info) contacts.Patch {
	return contacts.Patch{
		FirstName: contacts.Set(in.Name.First), LastName: contacts.Set(in.Name.Last),
		Emails: contacts.Set(in.Emails), Phones: contacts.Set(in.Phones), Addresses: contacts.Set(in.Addresses),
		Company: contacts.Set(in.Company), JobTitle: contacts.Set(in.JobTitle),
		Birthdate: contacts.Set(in.Birthdate), Locale: contacts.Set(in.Locale),
		LabelKeys: contacts.Set(in.LabelKeys), ExtendedFields: contacts.Set(in.ExtendedFields),
		Picture:   contacts.Set(in.Picture),
		Locations: contacts.Set(in.Locations), AssignedUserIDs: contacts.Set(in.AssignedUserIDs),
	}
}

func badFormat(field string, f contacts.Format) contacts.Violation {
	return contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: f}
}

func oneViolation(v contacts.Violation) []contacts.Violation { return []contacts.Violation{v} }
