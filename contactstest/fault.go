package contactstest

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Fault is a rule: which calls it is about, which of these it hits, and what happens to them. Each method returns a
// changed copy, so a rule can be reused: every store that it is added to counts separately. Mistakes, such as a method
// that API does not have, are reported when the rule is added.
//
//	contactstest.On("Merge").Nth(2).After()            // the reply of the 2nd Merge is lost
//	contactstest.On("Update").Every(10).Stale()        // every 10th Update: another writer was faster
//	contactstest.On("Get").Delay(30 * time.Second)     // each Get takes 30 s of the test's clock
//	contactstest.OnRequest("POST", "*").Status(429).RetryAfter(time.Second).Times(3)
//
// Unless the rule says what happens (Return, Stale, Status, Cut, CutMiddle, or only Delay or Do), the call fails with
// a default error: before its effect UNAVAILABLE, after the effect of a write OUTCOME_UNKNOWN; a request gets status
// 503, or after its effect no reply.
type Fault struct {
	methods    []Method // none: every method
	verb, path string   // of requests
	request    bool     // matches requests only
	contact    uuid.UUID
	when       func(Call) bool

	nth, every, times int
	probability       float64
	seed              uint64

	after      bool
	delay      time.Duration
	hook       func(context.Context, Call)
	outcome    faultOutcome
	err        error
	status     int
	retryAfter time.Duration

	problems []string
}

// faultOutcome is how a rule changes the outcome of a call.
type faultOutcome int

const (
	outcomeDefault faultOutcome = iota // the default error, unless the rule has a delay or a hook
	outcomeError
	outcomeStale
	outcomeStatus
	outcomeCut
	outcomeCutMiddle
)

// ErrUnavailable is the code of a call that fails before its effect, unless its rule names another. It is the code of
// the service, and of httpclient, for a server that cannot answer now. A *contacts.Store itself never returns it.
const ErrUnavailable contacts.Code = "UNAVAILABLE"

// errLostReply is the reason of OUTCOME_UNKNOWN.
var errLostReply = errors.New("the reply was lost")

// On returns a rule about the calls of some methods, and about the requests that a server answers with one of these
// methods. Without methods the rule is about all calls and all requests.
func On(methods ...Method) Fault { return Fault{methods: slices.Clone(methods)} }

// OnReads returns a rule about the calls of [Reads].
func OnReads() Fault { return On(reads...) }

// OnWrites returns a rule about the calls of [Writes].
func OnWrites() Fault { return On(writes...) }

// OnRequest returns a rule about HTTP requests with a method and a path; "" stands for any. The path is a pattern of
// path.Match, in which * is one segment, such as /contacts/v4/contacts/*/labels; a * alone matches every path. A path
// with the prefix /_api is also matched without it.
func OnRequest(method, pattern string) Fault {
	f := Fault{verb: method, path: pattern, request: true}
	if pattern == "*" {
		f.path = ""
	}
	return f
}

// Nth limits the rule to one of the calls that it is about, counted from 1 since it was added.
func (f Fault) Nth(n int) Fault {
	f = f.atLeastOne("Nth", n)
	f.nth = n
	return f
}

// Every limits the rule to each nth of the calls that it is about: with 10 to the 10th, the 20th, and so on.
func (f Fault) Every(n int) Fault {
	f = f.atLeastOne("Every", n)
	f.every = n
	return f
}

// Probability hits each of the calls with a probability above 0 and at most 1. Which calls these are follows from the
// seed of the store and from the number of the rule, or from Seed: they are the same in every run.
func (f Fault) Probability(p float64) Fault {
	if !(p > 0 && p <= 1) {
		f = f.wrong("Probability must be above 0 and at most 1")
	}
	f.probability = p
	return f
}

// Seed sets the seed of Probability.
func (f Fault) Seed(seed uint64) Fault {
	f.seed = seed
	return f
}

// Times limits how often the rule hits. The default is no limit.
func (f Fault) Times(n int) Fault {
	f = f.atLeastOne("Times", n)
	f.times = n
	return f
}

// Contact limits the rule to calls that name a contact as the one to read or write; of a merge that is the target.
func (f Fault) Contact(id uuid.UUID) Fault {
	if id == uuid.Nil {
		f = f.wrong("Contact must not be nil")
	}
	f.contact = id
	return f
}

// When limits the rule to calls for which a function returns true. The function is called for each call that the rule
// is otherwise about, without locks, by the goroutine of the call. It must not change the call, nor keep it.
func (f Fault) When(matches func(Call) bool) Fault {
	if matches == nil {
		f = f.wrong("When needs a function")
	}
	f.when = matches
	return f
}

// After lets the call take effect first: the caller gets the error anyway, as if the reply were lost. A delay and a
// hook also come after the effect.
func (f Fault) After() Fault {
	f.after = true
	return f
}

// Delay moves the test's clock by a duration before the call, or with After before its reply. The call itself does not
// wait: code that reads the clock sees that it took that long.
func (f Fault) Delay(by time.Duration) Fault {
	if by <= 0 {
		f = f.wrong("Delay must be above 0")
	}
	f.delay = by
	return f
}

// Do runs a function before the call, or with After before its reply, for example as another client that writes in
// between. The rules apply to calls that the function makes to the double, but not to those to Store.Store, which has
// no rules. The function runs without locks on the goroutine of the call.
func (f Fault) Do(hook func(ctx context.Context, c Call)) Fault {
	if hook == nil {
		f = f.wrong("Do needs a function")
	}
	f.hook = hook
	return f
}

// Return sets the error of the call. A contacts.Code becomes a *contacts.Error with the contact that the call names.
// For requests it only sets the code in the reply of Status, and must be a contacts.Code.
func (f Fault) Return(err error) Fault {
	if err == nil {
		f = f.wrong("Return needs an error")
	}
	f.err = err
	return f.decide(outcomeError)
}

// Stale lets another writer raise the revision of the contact just before an Update or a Merge, which then fails with
// the store's own CONTACT_ALREADY_CHANGED. The other write is a commit like any other; it changes only the revision and
// the updatedDate.
func (f Fault) Stale() Fault { return f.decide(outcomeStale) }

// Status answers a request with a status of 400 to 599. Without After the reply is in the form of the server's own
// errors, so the caller knows that nothing has happened. With After it is plain text, as of a proxy that got no reply:
// the caller cannot know.
func (f Fault) Status(status int) Fault {
	if status < 400 || status > 599 {
		f = f.wrong("Status must be 400 to 599")
	}
	f.status = status
	return f.decide(outcomeStatus)
}

// RetryAfter adds the header Retry-After, in whole seconds, to the reply of Status.
func (f Fault) RetryAfter(d time.Duration) Fault {
	if d < time.Second || d%time.Second != 0 {
		f = f.wrong("RetryAfter must be whole seconds, at least one")
	}
	f.retryAfter = d
	return f
}

// Cut cuts the connection of a request without a reply: before the server gets the request or, with After, once it has
// carried it out.
func (f Fault) Cut() Fault { return f.decide(outcomeCut) }

// CutMiddle lets a request take effect, and cuts the connection after half of the reply.
func (f Fault) CutMiddle() Fault { return f.decide(outcomeCutMiddle) }

// atLeastOne notes a mistake if n is less.
func (f Fault) atLeastOne(name string, n int) Fault {
	if n < 1 {
		return f.wrong(name + " must be at least 1")
	}
	return f
}

// wrong notes a mistake.
func (f Fault) wrong(problem string) Fault {
	f.problems = append(slices.Clip(f.problems), problem)
	return f
}

// decide sets the outcome. Return and Status can be combined.
func (f Fault) decide(o faultOutcome) Fault {
	switch old := f.outcome; {
	case old == outcomeDefault || old == o:
		f.outcome = o
	case old == outcomeError && o == outcomeStatus, old == outcomeStatus && o == outcomeError:
		f.outcome = outcomeStatus
	default:
		return f.wrong("only one of Return, Stale, Status, Cut and CutMiddle can be used")
	}
	return f
}

// check returns an error that lists the mistakes of a rule.
func (f Fault) check() error {
	problems := slices.Clone(f.problems)
	unless := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	for _, m := range f.methods {
		if !m.Known() {
			problems = append(problems, m.unknown())
		}
	}
	selectors := 0
	for _, set := range []bool{f.nth != 0, f.every != 0, f.probability != 0} {
		if set {
			selectors++
		}
	}
	unless(selectors <= 1, "only one of Nth, Every and Probability can be used")
	unless(f.seed == 0 || f.probability != 0, "Seed needs Probability")
	if f.request {
		unless(f.verb == "" || validVerb(f.verb), "the HTTP method must be in capitals")
		_, err := path.Match(f.path, "/")
		unless(err == nil && (f.path == "" || strings.HasPrefix(f.path, "/")),
			"the path must begin with a slash and be a pattern of path.Match")
	}
	f.checkOutcome(unless)
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("contactstest: rule %s: %s", f, strings.Join(problems, "; "))
}

// checkOutcome checks what happens to the calls that the rule hits.
func (f Fault) checkOutcome(unless func(ok bool, format string, args ...any)) {
	_, isCode := f.err.(contacts.Code)
	unless(f.outcome != outcomeStatus || f.err == nil || isCode, "Return with Status needs a contacts.Code")
	unless(f.outcome != outcomeError || !f.request, "Return for a request needs a Status")
	unless(f.retryAfter == 0 || f.outcome == outcomeStatus, "RetryAfter needs a Status")
	unless(f.outcome != outcomeCutMiddle || !f.after, "CutMiddle is always after the effect")
	if f.outcome == outcomeStale {
		unless(!f.after, "Stale is before the effect")
		unless(len(f.methods) > 0, "Stale needs On(MethodUpdate) or On(MethodMerge)")
		for _, m := range f.methods {
			unless(m.hasRevision(), "Stale needs calls with a revision: Update and Merge, not %s", m)
		}
	}
}

func validVerb(verb string) bool {
	return strings.Trim(verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// ends reports whether the rule decides the outcome of a call.
func (f *Fault) ends() bool {
	return f.outcome != outcomeDefault || f.delay == 0 && f.hook == nil
}

// about reports whether a rule is about a call, whatever its number.
func (f *Fault) about(c *Call) bool {
	if c.Request == "" && (f.request || f.outcome >= outcomeStatus) ||
		c.Request != "" && f.outcome == outcomeError {
		return false
	}
	if len(f.methods) > 0 && !slices.Contains(f.methods, c.Method) || f.contact != uuid.Nil && f.contact != c.ID {
		return false
	}
	if f.request && !f.matchesRequest(c.Request) {
		return false
	}
	return f.when == nil || f.when(*c)
}

// failure returns the error of a call that the rule ends.
func (f *Fault) failure(c *Call, commit uuid.UUID) error {
	switch err := f.err.(type) {
	case nil:
	case contacts.Code:
		return &contacts.Error{Code: err, ID: c.ID}
	default:
		return err
	}
	if f.after && !c.Method.reads() {
		return &contacts.Error{
			Code: contacts.ErrOutcomeUnknown, ID: c.ID, Err: &contacts.OutcomeError{Commit: commit, Err: errLostReply},
		}
	}
	return &contacts.Error{Code: ErrUnavailable, ID: c.ID}
}
