package sharedtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// Survive writes to two stores on one log, and has a replica follow it, while harm disturbs what keeps the log. It
// requires that no acknowledged write is lost, that none takes place twice, and that all stores end up equal. open
// opens the log for another store, and waits for servers that are not ready. harm gets a function that returns the
// number of acknowledged writes.
func Survive(t *testing.T, open func() contacts.Log, harm func(acknowledged func() int)) {
	openStore := func() *contacts.Store {
		return OpenStore(t, open(), &contacts.Options{CompactBytes: 200_000})
	}
	replica := OpenReplica(t, open())
	l := startLoad(t, openStore(), openStore())
	defer l.end()
	harm(l.count)
	l.end()
	for i, s := range l.stores {
		Create(t, s, fmt.Sprint(ownName, i))
	}
	Create(t, l.stores[0], ownName+"all") // reads what the others have written
	fresh := openStore()
	l.check(t, Names(fresh))
	AwaitEqual(t, l.stores[0], fresh)
	AwaitEqual(t, fresh, replica)
	for _, s := range append(l.stores, fresh) {
		Create(t, s, "equal")
		AwaitEqual(t, s, replica)
	}
}

// ownName begins the names of contacts that Survive has created itself.
const ownName = "last of "

// load is a number of writers, and what became known of their writes.
type load struct {
	stores  []*contacts.Store
	stop    context.CancelFunc
	running sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[string]bool
	unknown      map[string]bool // names whose write has an unknown outcome
	wrong        error           // of a write that should have succeeded
	longest      time.Duration   // between two acknowledgements
	last         time.Time       // of an acknowledgement
}

// startLoad starts four writers to each store. Each write creates a contact.
func startLoad(t *testing.T, stores ...*contacts.Store) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{
		stores: stores, stop: stop, acknowledged: map[string]bool{}, unknown: map[string]bool{}, last: time.Now(),
	}
	for i, s := range stores {
		for w := range 4 {
			l.running.Go(func() {
				for n := 0; ctx.Err() == nil; n++ {
					l.write(ctx, s, fmt.Sprint(i, ".", w, ".", n))
				}
			})
		}
	}
	return l
}

func (l *load) write(ctx context.Context, s *contacts.Store, name string) {
	_, err := s.Create(ctx, storetest.Person(name), nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.acknowledged[name] = true
		l.longest = max(l.longest, time.Since(l.last))
		l.last = time.Now()
	case errors.Is(err, contacts.ErrOutcomeUnknown) &&
		(ctx.Err() != nil || errors.Is(err, contacts.ErrLogCompacted)): // DUR-9: others compacted the log meanwhile
		l.unknown[name] = true
	case ctx.Err() == nil:
		l.wrong = err
	}
}

// count returns the number of acknowledged writes.
func (l *load) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

func (l *load) end() {
	l.stop()
	l.running.Wait()
}

// check compares the names in a store with the writes.
func (l *load) check(t *testing.T, found map[string]int) {
	t.Helper()
	if l.wrong != nil {
		t.Error(l.wrong)
	}
	lost, doubled, strange := 0, 0, 0
	for name := range l.acknowledged {
		if found[name] == 0 {
			lost++
		}
	}
	for name, count := range found {
		if count > 1 {
			doubled++
		}
		if !l.acknowledged[name] && !l.unknown[name] && !strings.HasPrefix(name, ownName) {
			strange++
		}
	}
	t.Logf("%d acknowledged, %d lost, %d doubled, %d of unknown outcome, longest wait %v",
		len(l.acknowledged), lost, doubled, len(l.unknown), l.longest.Round(10*time.Millisecond))
	require.Zero(t, lost+doubled+strange, "%d lost, %d doubled, %d without a writer", lost, doubled, strange)
	require.NotEmpty(t, l.acknowledged)
}
