package contacts_test

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// The helpers below are shared with the suites in directory test.
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
	requireState   = storetest.RequireState
	requireContact = storetest.RequireContact
	requireLoads   = storetest.RequireLoads
	fault          = storetest.Fault
	firstOf        = storetest.FirstCommits
	eventTexts     = storetest.EventTexts
	traceOf        = storetest.TraceOf
	wholeContact   = storetest.WholeContact
	idNumber       = storetest.Number
	lookups        = storetest.Lookups
	scribble       = storetest.Scribble
	scribbleView   = storetest.ScribbleView
)

type state = storetest.State

func pick[T any](rnd *rand.Rand, list ...T) T { return storetest.Pick(rnd, list...) }

func shuffle[T any](rnd *rand.Rand, list []T) { storetest.Shuffle(rnd, list) }

func deepCopy[T any](t testing.TB, x T) T { return storetest.DeepCopy(t, x) }

// checkedSeeds is the number of seeds of a test whose stores check each write: with all of them that would take most of
// the time.
const checkedSeeds = 4

// large returns the size of a test: small unless the flag -long is set.
func large(small, long int) int {
	if *contacts.LongTests {
		return long
	}
	return small
}

// checkLarge checks stores that are too large for it, if the flag -long is set.
func checkLarge(opts *contacts.Options) { opts.SelfCheck = *contacts.LongTests }

// uncheck is unchecked for labs.
func uncheck(opts *contacts.Options) { opts.SelfCheck = false }

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

// refused makes a call that must fail with this code and change nothing. It returns the error.
func (l *lab) refused(t testing.TB, want contacts.Code, call func() error) error {
	t.Helper()
	before := stateOf(l.Snapshot())
	l.tick()
	err := call()
	require.Equal(t, want, contacts.CodeOf(err))
	require.Equal(t, before, stateOf(l.Snapshot()))
	return err
}

// write makes a write to the contact, which must succeed. It requires that the write is one commit that gives the
// contact its next revision, the time of the write and the effect of change, and touches nothing else. It returns the
// contact.
func (l *lab) write(
	t testing.TB, id uuid.UUID, call func() (*contacts.Contact, error), change func(*contacts.Contact),
) *contacts.Contact {
	t.Helper()
	want := stateOf(l.Snapshot())
	now := l.tick()
	got, err := call()
	require.NoError(t, err)
	want.Position++
	for _, c := range want.Contacts {
		if c.ID == id {
			c.Revision++
			c.UpdatedDate = now
			if change != nil {
				change(c)
			}
			requireContact(t, c, got)
		}
	}
	requireState(t, want, stateOf(l.Snapshot()))
	return got
}

// contactIn returns one of the contacts of a state, which the caller may edit.
func contactIn(st state, id uuid.UUID) *contacts.Contact {
	i := slices.IndexFunc(st.Contacts, func(c *contacts.Contact) bool { return c.ID == id })
	return st.Contacts[i]
}

// refusedKeys returns the keys that an error lists.
func refusedKeys(t testing.TB, err error) []string {
	t.Helper()
	var e *contacts.KeysError
	require.ErrorAs(t, err, &e)
	return e.Keys
}

func labelsOf(keys ...string) func(*contacts.Contact) {
	return func(c *contacts.Contact) { c.Info.LabelKeys = keys }
}

// nameCase is a display name and the rule that it breaks, if any.
type nameCase struct {
	name, displayName string
	want              func(field string) contacts.Violation
}

// nameCases returns display names of labels or of fields, which differ in their limit.
func nameCases(rule string, limit int) []nameCase {
	return []nameCase{
		{rule + " one character", "x", nil},
		{rule + " spaces only", "   ", tooShort},
		{rule + " a zero width space", "\u200b", tooShort},
		{rule + " characters that do not show", "\ufeff \u00ad\u2060\u3164\u200e\ufe0f\t\u2800", tooShort},
		{rule + " a mark alone", "\u0301", nil},
		{rule + " joiners between letters", "می\u200cخواهم 👩\u200d💻", nil},
		{rule + " the limit counts characters", strings.Repeat("ä", limit), nil},
		{rule + " empty", "", tooShort},
		{rule + " too long", strings.Repeat("x", limit+1), func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " too long in characters of three bytes", strings.Repeat("漢", limit+1),
			func(f string) contacts.Violation { return tooLong(f, limit) }},
		{rule + " NUL", "a\x00b", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
		{rule + " invalid UTF-8", "a\xff", func(f string) contacts.Violation { return badFormat(f, contacts.FormatText) }},
	}
}

func idsOf(list []*contacts.Contact) []uuid.UUID {
	var out []uuid.UUID
	for _, c := range list {
		out = append(out, c.ID)
	}
	return out
}

// peakOf returns the bytes by which the heap grows while call runs, at most. It samples, so it misses short peaks of
// little memory.
func peakOf(call func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(20)) // less garbage
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, uint64(0)
	done, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	call()
	close(done)
	<-sampled
	return peak - min(peak, before)
}

// tiny returns a list of about size bytes of one tiny value.
func tiny(value string, size int) string {
	return "[" + strings.Repeat(value+",", size/(len(value)+1)) + value + "]"
}

// hardTexts are seeds for fuzz targets: large texts of tiny values, and objects with a member several times.
func hardTexts() []string {
	texts := []string{
		`{"info":{"company":"A","company":"B"}}`, `{"info":{},"info":null}`, `{"id":"","_id":"","id":""}`,
		`{"name":{"first":"A","\u0066irst":"B"}}`, `{"unknown":[{"a":1,"a":1}]}`,
	}
	for _, size := range []int{100, 50_000} {
		for _, text := range denseTexts(size) {
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	return texts
}

// denseTexts are JSON texts of about size bytes that would take many times as much memory.
func denseTexts(size int) map[string]string {
	return map[string]string{
		"numbers":         `{"info":{"extendedFields":{"items":{"a":` + tiny("1", size) + `}}}}`,
		"empty objects":   `{"info":{"addresses":{"items":` + tiny("{}", size) + `}}}`,
		"empty lists":     `{"unknown":` + tiny("[]", size) + `}`,
		"empty texts":     `{"info":{"labelKeys":{"items":` + tiny(`""`, size) + `}}}`,
		"one member":      `{` + strings.Repeat(`"a":1,`, size/6) + `"a":1}`,
		"open brackets":   strings.Repeat("[", size),
		"open objects":    strings.Repeat(`{"a":`, size/5),
		"nested lists":    `{"a":` + strings.Repeat("[", size/2) + strings.Repeat("]", size/2) + `}`,
		"pairs of a pair": `{"a":` + tiny("[[],[]]", size) + `}`,
	}
}
