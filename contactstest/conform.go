package contactstest

import (
	"strings"

	"github.com/contactsdb/contacts"
)

// Runner is a test that can run subtests, such as *testing.T.
type Runner[T any] interface {
	TB
	// Run runs fn as a subtest and reports whether it succeeded, as the method of testing.T does.
	Run(name string, fn func(T)) bool
}

// Needs is what a case of [Conformance] requires of the implementation that it opens.
type Needs struct {
	// Empty says that the case counts or lists everything: there must be no contacts, labels and extended fields other
	// than those of the system. The other cases only need that nothing has the emails, phones, IDs and display names
	// that they use: an implementation that keeps its contents between tests has to remove those of the last case.
	Empty bool

	// Options, if it is not nil, sets options that the case depends on, each as for [contacts.New]: Region, LabelQuota,
	// FieldQuota, ContactSizeMax, DefaultSource, NewestFirst, NewID, OnFork, FeedSize, MaxClockJump, CursorKey. Without
	// it the implementation must have the defaults, apart from its clock, IDs and CursorKey.
	Options func(*contacts.Options)
}

// Conformance tests that an implementation of [API] keeps the rules of docs/rules.md, for example a client of a remote
// service, or another test double. Each rule is a subtest named by its ID, and each of its cases is a subtest of that:
// go test -run '/MRG-4$' runs one rule, and -skip '/(MRG-4|DUP-6)$' leaves out those that the implementation is meant
// to break (TST-35).
//
//	func TestMine(t *testing.T) {
//		contactstest.Conformance(t, func(t *testing.T, needs contactstest.Needs) contactstest.API {
//			if needs.Options != nil {
//				t.Skip("the service has no options")
//			}
//			return openMine(t)
//		})
//	}
//
// open is called for each case and returns an implementation that no other case uses (TST-37). It skips the test if it
// cannot meet the needs of the case, and registers with Cleanup whatever has to be closed.
//
// The value that open returns may implement more than API: [Admin], [Upserter], [Batcher], [Importer], [Resolver],
// [Follower], [Snapshotter], [Forker], [Closer] and [Mover]. A case that needs a missing one is skipped, with its name
// as the reason. One with a log says so by [Keeper]. A case is also skipped if the implementation refuses one of its
// options with NOT_SETTABLE, as an httpclient.Client does with options that the service lacks, or does not report a
// detail of an error that the case checks (TST-36). A [Reopener] is replaced before each call.
//
// Without a [Mover], cases wait some milliseconds where two times must differ, and those about the time itself are
// skipped. After each call that must fail, the contacts that the case has made are read again and must be as before
// (STO-4).
//
// Conformance makes one call at a time. It does not show that concurrent calls are atomic, and it does not test the
// rules of formats, files, logs, and of HTTP itself.
func Conformance[T Runner[T]](t T, open func(T, Needs) API) {
	t.Helper()
	for _, rule := range conformRules() {
		t.Run(rule.id, func(t T) {
			for _, c := range rule.cases {
				t.Run(c.about(), func(t T) {
					t.Helper()
					c.run(&kit{TB: t, impl: open(t, c.needs)})
				})
			}
		})
	}
}

// conformCase is a case of a rule.
type conformCase struct {
	name  string // the ID of the rule and, after a space, a few words about the case
	needs Needs
	run   func(*kit)
}

func (c conformCase) rule() string {
	id, _, _ := strings.Cut(c.name, " ")
	return id
}

func (c conformCase) about() string {
	_, about, _ := strings.Cut(c.name, " ")
	return about
}

// conformTables are the cases by group of rules. A new case goes to the table of its group, conform_<group>.go; the
// cases of one rule can be in several tables.
var conformTables = []*[]conformCase{
	&createCases, &valueCases, &derivedCases, &phoneCases, &updateCases, &duplicateCases, &mergeCases,
	&redirectCases, &orderCases, &groupCases, &errorCases, &filterCases, &queryCases, &peopleCases,
	&projectionCases, &labelCases, &fieldCases, &definitionCases, &facetCases, &bulkCases, &submitCases,
	&memberCases, &subscriptionCases, &batchCases, &importCases, &eventCases, &storeCases,
}

// conformRule is a rule with its cases.
type conformRule struct {
	id    string
	cases []conformCase
}

// conformRules returns the rules that have cases, in the order of the tables.
func conformRules() []*conformRule {
	var rules []*conformRule
	byID := map[string]*conformRule{}
	for _, table := range conformTables {
		for _, c := range *table {
			rule := byID[c.rule()]
			if rule == nil {
				rule = &conformRule{id: c.rule()}
				rules = append(rules, rule)
				byID[rule.id] = rule
			}
			rule.cases = append(rule.cases, c)
		}
	}
	return rules
}

// with returns needs with these options.
func with(options func(*contacts.Options)) Needs { return Needs{Options: options} }

// alone are the needs of a case that counts or lists everything.
var alone = Needs{Empty: true}
