// Package contactstest helps to test code that uses contacts. Its stores begin with the data that a test needs, draw
// the same IDs in every run, and fail by rules. docs/testing.md is a guide.
//
// # A store for a test
//
// [New] returns a [Store] that is closed with the test: empty, or a fork of a [Fixture] that is built once and that all
// tests share. It has all methods of a contacts.Store, a [Clock] that only the test moves, and [IDs] that follow from a
// seed. Equal calls on two forks make equal contacts, in parallel and in any order.
//
//	var people = contactstest.NewFixture(nil, func(s *contactstest.Store) error { … })
//
//	func TestGreeting(t *testing.T) {
//		t.Parallel()
//		s := contactstest.New(t, people)
//		s.Clock.Advance(24 * time.Hour)
//		greet(t.Context(), s)
//	}
//
// When the test fails, its log shows the last calls and commits.
//
// # Failures
//
// [Double.Fail] adds rules, made with [On] or [OnRequest]: which calls of [API] fail, when, and how. A call can fail
// before its effect, or after it when the reply is lost; it can find a revision that another writer has raised, be
// late by the test's clock, or run a hook that writes in between. Rules count calls, and draw from a seed, so a test
// fails in the same place in every run.
//
//	s.Fail(contactstest.On("Merge").Nth(2).After(), contactstest.On("Update").Every(10).Stale())
//
// [Store.LagTime] and [Store.LagCommits] let queries see an earlier state of the store. [Faults.Calls] returns the last
// calls with their arguments and results, [Double.AssertCalls] counts calls, and [Double.AssertFired] finds unused
// rules.
//
// # Other implementations, and HTTP
//
// [Wrap] gives any API the same rules, for example an httpclient.Client. [Faults.Handler] and [Faults.Transport] apply
// them to the requests of a server or of a client: a status, a connection that is cut before or after the effect, half
// a reply. A rule has a JSON form, see [Fault.UnmarshalJSON].
//
// # Input, comparison, conformance
//
// [NewGen] makes people, patches and queries that a store accepts, and nearly valid input together with the refusal
// that a store must return. [Workload] yields calls with popular contacts, stale revisions and chains of merges, each
// with its required result. [Diff] describes where two stores differ. [Conformance] checks an implementation of [API]
// against every rule of docs/rules.md that can be seen from outside.
//
// # What it imports
//
// The package imports the standard library, without package testing, and package contacts, so that a program such as
// contactsd can use its parts. No other package of this module imports it (TST-14).
package contactstest
