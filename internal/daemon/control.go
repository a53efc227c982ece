package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/inspector"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file has the stores and states of -control, controlapi.go their API.

// The names that are always there.
const (
	mainStore  = "main"  // the store that is served without a prefix
	startState = "start" // the state of the store at the start of the program
)

// quota limits the stores, the states, and the rules of a store (CTL-9).
const quota = 1000

// storesPath is the prefix of the paths of a store other than the main one: /stores/NAME.
const storesPath = "/stores/"

// Codes of errors about stores and states.
const (
	errNoStore     contacts.Code = "STORE_NOT_FOUND"
	errNoState     contacts.Code = "STATE_NOT_FOUND"
	errStoreExists contacts.Code = "STORE_ALREADY_EXISTS"
	errQuota       contacts.Code = "QUOTA_REACHED"
	errReserved    contacts.Code = "NAME_RESERVED"
)

// state is a store with the sources of its times and IDs. A state that is saved never changes.
type state struct {
	store *contacts.Store
	*sources
}

// fork returns a copy that draws the same times and IDs from now on (CTL-4, CTL-5).
func (s *state) fork() (*state, error) {
	// The contents come first: if a request is in progress, the copy may skip an ID, but draws none again.
	contents := s.store.Fork()
	src := &sources{
		seed: s.seed, clock: s.clock.Clone(), ids: s.ids.Clone(), requests: s.requests.Clone(),
	}
	store, err := contents.ForkWith(contactstest.Options(src.clock, src.ids))
	if err != nil {
		return nil, fmt.Errorf("fork a store: %w", err)
	}
	return &state{store, src}, nil
}

// live is a state that is served. The fields below its name are only set with -control.
type live struct {
	*state
	name string

	faults   *contactstest.Faults
	controls inspector.Controls
	handler  http.Handler
	end      context.CancelFunc // of its streams and deliveries of events
}

// control has the stores that are served, and the saved states. It is safe for concurrent use.
type control struct {
	d     *daemon
	ctx   context.Context // of streams and deliveries of events
	start *state

	mu     sync.Mutex
	stores map[string]*live
	states map[string]*state
	forked int // stores with a name that was not given
}

// newControl returns the control of a store, which becomes the state at the start.
func newControl(ctx context.Context, d *daemon, store *contacts.Store) (*control, error) {
	c := &control{d: d, ctx: ctx, start: &state{store, d.sources}}
	return c, c.reset()
}

// serving returns a store that begins with a copy of a state.
func (c *control) serving(name string, from *state) (*live, error) {
	s, err := from.fork()
	if err != nil {
		return nil, err
	}
	l := &live{state: s, name: name, controls: storeControls{c, name}}
	l.faults = contactstest.NewFaults(&contactstest.FaultsOptions{Clock: s.clock, Seed: s.seed, API: s.store})
	ctx, end := context.WithCancel(c.ctx)
	if l.handler, err = c.d.front(ctx, l); err != nil {
		end()
		return nil, err
	}
	l.end = end
	return l, nil
}

// withFaults returns a handler that applies the rules of a test to requests. A caller who is refused is not the test's.
func (d *daemon) withFaults(faults *contactstest.Faults, h http.Handler) http.Handler {
	faulty := faults.Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.refusal(r) != nil {
			h.ServeHTTP(w, r)
			return
		}
		faulty.ServeHTTP(w, r)
	})
}

// ServeHTTP passes a request of the main address to the store that its path names.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, prefix := mainStore, ""
	if rest, ok := strings.CutPrefix(r.URL.Path, storesPath); ok {
		name, _, _ = strings.Cut(rest, "/")
		prefix = storesPath + name
		if raw := r.URL.RawPath; raw != "" && !strings.HasPrefix(raw, prefix) { // names need no escapes
			name = ""
		}
	}
	l, err := c.find(name)
	if err != nil { // the store main, which is always there, refuses the path, logs it and counts it
		l, _ = c.find(mainStore)
		prefix = ""
	}
	http.StripPrefix(prefix, l.handler).ServeHTTP(w, r)
}

// find returns a store.
func (c *control) find(name string) (*live, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.found(name)
}

// found returns a store. The lock is held.
func (c *control) found(name string) (*live, error) {
	if l := c.stores[name]; l != nil {
		return l, nil
	}
	return nil, &contacts.Error{Code: errNoStore}
}

// saved returns a state. The lock is held.
func (c *control) saved(name string) (*state, error) {
	if name == startState {
		return c.start, nil
	}
	if s := c.states[name]; s != nil {
		return s, nil
	}
	return nil, &contacts.Error{Code: errNoState}
}

// source returns the state with a name, or the present one of a store if the name is "". The lock is held.
func (c *control) source(store, name string) (*state, error) {
	if name != "" {
		return c.saved(name)
	}
	l, err := c.found(store)
	if err != nil {
		return nil, err
	}
	return l.state, nil
}

// all returns the stores by name.
func (c *control) all() []*live {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*live
	for _, l := range c.stores {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *live) int { return cmp.Compare(a.name, b.name) })
	return all
}

// stateNames returns the names of the states.
func (c *control) stateNames() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := []string{startState}
	for name := range c.states {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reset returns to the start of the program: one store, no states, no rules (CTL-3).
func (c *control) reset() error {
	l, err := c.serving(mainStore, c.start)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, old := range c.stores {
		old.end()
	}
	c.stores, c.states, c.forked = map[string]*live{mainStore: l}, map[string]*state{}, 0
	return nil
}

// save keeps the present state of a store under a name (CTL-4).
func (c *control) save(name, store string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, err := c.found(store)
	switch {
	case err != nil:
		return err
	case name == startState:
		return &contacts.Error{Code: errReserved}
	case c.states[name] == nil && len(c.states) >= quota:
		return &contacts.Error{Code: errQuota}
	}
	s, err := l.fork()
	if err == nil {
		c.states[name] = s
	}
	return err
}

// forget removes a state.
func (c *control) forget(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name == startState {
		return &contacts.Error{Code: errReserved}
	}
	_, err := c.saved(name)
	delete(c.states, name)
	return err
}

// restore replaces the contents of a store by a state, and removes its rules (CTL-4).
func (c *control) restore(store, name string) (*live, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, err := c.found(store)
	if err != nil {
		return nil, err
	}
	from, err := c.saved(name)
	if err != nil {
		return nil, err
	}
	l, err := c.serving(store, from)
	if err == nil {
		old.end()
		c.stores[store] = l
	}
	return l, err
}

// fork serves a copy of a store, or of a state unless that is "", under a name of its own (CTL-5). Without a name it
// gets one.
func (c *control) fork(name, store, saved string) (*live, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from, err := c.source(store, saved)
	switch {
	case err != nil:
		return nil, err
	case len(c.stores) >= quota:
		return nil, &contacts.Error{Code: errQuota}
	case c.stores[name] != nil:
		return nil, &contacts.Error{Code: errStoreExists}
	}
	for name == "" || c.stores[name] != nil {
		c.forked++
		name = fmt.Sprintf("fork-%d", c.forked)
	}
	l, err := c.serving(name, from)
	if err == nil {
		c.stores[name] = l
	}
	return l, err
}

// remove ends a store. Requests in progress are answered.
func (c *control) remove(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name == mainStore {
		return &contacts.Error{Code: errReserved}
	}
	l, err := c.found(name)
	if err == nil {
		l.end()
		delete(c.stores, name)
	}
	return err
}

// plan adds rules to a store (CTL-8).
func (c *control) plan(store string, rules []contactstest.Fault) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, err := c.found(store)
	if err != nil {
		return err
	}
	if len(l.faults.Status())+len(rules) > quota {
		return &contacts.Error{Code: errQuota}
	}
	if err := l.faults.Add(rules...); err != nil {
		return badRule(err)
	}
	return nil
}

// move sets the clock of a store, or moves it by a duration unless that is 0 (CTL-6).
func (l *live) move(to time.Time, by time.Duration) error {
	member := "set"
	if by != 0 {
		member, to = "advance", l.clock.Now().Add(by)
	}
	if to.IsZero() || !wire.Printable(to) { // no store accepts such a time
		return violation(member, contacts.FormatTimestamp)
	}
	if by != 0 {
		l.clock.Advance(by)
		return nil
	}
	l.clock.Set(to)
	return nil
}

// validName is the form of the names of stores and states, which paths contain without escapes.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// ruleNameFault is the RuleName of a violation about a mistake in a rule.
const ruleNameFault = "FAULT"

// badRule is the error about a mistake in a rule.
func badRule(err error) error {
	return &contacts.Error{
		Code: contacts.ErrInvalid, Err: errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")),
		Violations: []contacts.Violation{{Field: "rules", Rule: contacts.RuleCustom, RuleName: ruleNameFault}},
	}
}

// violation is the error about a value that does not have a format.
func violation(field string, format contacts.Format) error {
	return &contacts.Error{Code: contacts.ErrInvalid, Violations: []contacts.Violation{
		{Field: field, Rule: contacts.RuleFormat, Format: format},
	}}
}
