package contactstest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Faults lets calls fail by rules, and records the calls: those of a [Store], of another [API] (see [Wrap]), and HTTP
// requests, on the side of the server ([Faults.Handler]) or of the client ([Faults.Transport]). It is safe for
// concurrent use. Which calls a rule hits follows from their order alone: a rule counts the calls that it is about,
// and draws one number for each of them if it has a Probability (TST-4).
type Faults struct {
	opts FaultsOptions
	log  callLog

	mu    sync.Mutex
	rules []*activeFault
	added int                             // rules so far, also those that Clear has removed
	lost  map[uuid.UUID]contacts.Position // after each write whose reply was lost and that changed something
}

// FaultsOptions are the options of [NewFaults]. The zero value of a field means none, or the default given.
type FaultsOptions struct {
	// Clock is moved by rules with Delay, and dates calls. Without one, such rules are refused.
	Clock *Clock

	// Seed decides which calls rules with Probability hit.
	Seed uint64

	// API is where the other writer of rules with Stale writes. Without one, such rules are refused.
	API API

	// Calls is the number of calls that are kept, by default DefaultCalls; below 0: none.
	Calls int
}

// activeFault is a rule of a store, with its counts.
type activeFault struct {
	Fault
	rng   *rand.Rand // nil without Probability
	calls int        // that the rule is about
	hits  int
}

// FaultStatus is a rule with its counts.
type FaultStatus struct {
	Fault Fault `json:"fault"`
	Calls int   `json:"calls"` // that the rule is about, since it was added
	Hits  int   `json:"hits"`  // of these, the ones that it has failed, delayed or otherwise changed
}

// NewFaults returns a Faults without rules. A nil opts means defaults.
func NewFaults(opts *FaultsOptions) *Faults {
	f := &Faults{}
	if opts != nil {
		f.opts = *opts
	}
	f.log.most = max(f.opts.Calls, 0)
	if f.opts.Calls == 0 {
		f.log.most = DefaultCalls
	}
	return f
}

// Add adds rules. If several rules hit a call, their delays and hooks happen in the order in which they were added, and
// the first rule with an outcome decides it; the call does not count as a hit of the other rules with an outcome, so of
// two rules with Times(1) the second hits the next call. Every rule counts every call that it is about (TST-3).
//
// Add refuses rules with mistakes, and then adds none of them.
func (s *Faults) Add(faults ...Fault) error {
	var problems []error
	for _, f := range faults {
		switch err := f.check(); {
		case err != nil:
			problems = append(problems, err)
		case f.delay != 0 && s.opts.Clock == nil:
			problems = append(problems, fmt.Errorf("contactstest: rule %s: Delay needs a clock", f))
		case f.outcome == outcomeStale && s.opts.API == nil:
			problems = append(problems, fmt.Errorf("contactstest: rule %s: Stale needs an API that the other writer uses", f))
		}
	}
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.added++
		active := &activeFault{Fault: f}
		if f.probability > 0 {
			key := keyOf(s.opts.Seed, fmt.Sprintf("rule %d", s.added))
			if f.seed != 0 {
				key = keyOf(f.seed, "rule")
			}
			active.rng = rand.New(rand.NewChaCha8(key))
		}
		s.rules = append(s.rules, active)
	}
	return nil
}

// Clear removes all rules. The recorded calls stay.
func (s *Faults) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Status returns the rules with their counts, in the order in which they were added.
func (s *Faults) Status() []FaultStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []FaultStatus
	for _, r := range s.rules {
		out = append(out, FaultStatus{r.Fault, r.calls, r.hits})
	}
	return out
}

// Unfired returns the rules that have not hit any call yet. If any are left at the end of a test, the test has not
// covered those failures; see [Double.AssertFired].
func (s *Faults) Unfired() []Fault {
	var out []Fault
	for _, r := range s.Status() {
		if r.Hits == 0 {
			out = append(out, r.Fault)
		}
	}
	return out
}

// Calls returns the last calls, in the order in which they ended. A call that is still running is not among them.
func (s *Faults) Calls() []Call { return s.log.list(func(*Call) bool { return true }) }

// CallsTo returns those of Calls that are calls of a method.
func (s *Faults) CallsTo(m Method) []Call {
	return s.log.list(func(c *Call) bool { return c.Method == m })
}

// Record sets how many calls are kept from now on, 0 for none, and forgets those that were kept. Each takes some 3 KiB
// and the copies of its arguments and its result.
func (s *Faults) Record(calls int) { s.log.limit(calls) }

// effects are the actions of the rules on one call.
type effects struct {
	steps []*Fault // rules with delays and hooks, in order
	end   *Fault   // the rule that decides the outcome, nil for none
}

// begin numbers and dates a call, and decides what happens to it.
func (s *Faults) begin(c *Call) effects {
	s.log.begin(c)
	if s.opts.Clock != nil {
		c.Time = s.opts.Clock.Now()
	}
	about := s.about(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	var e effects
	for _, r := range about {
		chosen := r.chooses()
		if !chosen || r.times != 0 && r.hits >= r.times || r.ends() && e.end != nil {
			continue
		}
		r.hits++
		rule := r.Fault
		if r.delay != 0 || r.hook != nil {
			e.steps = append(e.steps, &rule)
		}
		if r.ends() {
			e.end = &rule
		}
	}
	return e
}

// about returns the rules that are about a call. Predicates run without locks, so that they can call the store.
func (s *Faults) about(c *Call) []*activeFault {
	s.mu.Lock()
	rules := s.rules // Add only appends, and Clear replaces the slice
	s.mu.Unlock()
	var out []*activeFault
	for _, r := range rules {
		if r.about(c) {
			out = append(out, r)
		}
	}
	return out
}

// chooses counts a call that the rule is about, and reports whether the rule hits it.
func (r *activeFault) chooses() bool {
	r.calls++
	switch {
	case r.nth != 0:
		return r.calls == r.nth
	case r.every != 0:
		return r.calls%r.every == 0
	case r.rng != nil:
		return r.rng.Float64() < r.probability
	default:
		return true
	}
}

// before does everything that the rules do before a call takes effect, and reports whether they prevent the effect: the
// caller then gets the outcome of e.end.
func (e *effects) before(ctx context.Context, s *Faults, c *Call) (prevented bool) {
	e.run(ctx, s, c, false)
	if e.end == nil {
		return false
	}
	c.Fault = e.end.String()
	if e.end.outcome == outcomeStale {
		s.stale(ctx, c.ID)
		return false
	}
	return !e.late()
}

// late reports whether a rule replaces the outcome of the call after its effect.
func (e *effects) late() bool {
	return e.end != nil && (e.end.after || e.end.outcome == outcomeCutMiddle)
}

// run does the delays and the hooks before, or after, the effect.
func (e *effects) run(ctx context.Context, s *Faults, c *Call, after bool) {
	for _, f := range e.steps {
		if f.after != after {
			continue
		}
		if f.delay != 0 {
			s.opts.Clock.Advance(f.delay)
		}
		if f.hook != nil {
			f.hook(ctx, c.clone())
		}
	}
}

// stale lets another writer raise the revision of a contact. It does nothing if there is no such contact, which the
// call itself will report.
func (s *Faults) stale(ctx context.Context, id uuid.UUID) {
	found, err := s.opts.API.Get(ctx, id, nil)
	if err != nil {
		return
	}
	// The same value again raises the revision (UPD-2) and draws no IDs. This fails for a contact that was merged
	// away, to which the call cannot write either.
	_, _ = s.opts.API.Update(ctx, id, found.Revision, contacts.Patch{Company: contacts.Set(found.Info.Company)}, nil)
}

// commitID returns the ID in the error of a call with a lost reply. It is not drawn from the IDs of the store, whose
// sequence must not depend on rules.
func (s *Faults) commitID(c *Call) uuid.UUID {
	var name [8]byte
	binary.BigEndian.PutUint64(name[:], uint64(c.Number))
	key := keyOf(s.opts.Seed, "lost replies")
	return uuid.NewSHA1(uuid.UUID(key[:16]), name[:])
}

// lose notes the outcome of a write with a lost reply.
func (s *Faults) lose(commit uuid.UUID, at contacts.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost == nil {
		s.lost = map[uuid.UUID]contacts.Position{}
	}
	s.lost[commit] = at
}

func (s *Faults) lostAt(commit uuid.UUID) contacts.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lost[commit]
}
