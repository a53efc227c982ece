package contactstest_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
	"github.com/contactsdb/contacts/logtest"
)

// recorder is a test that notes the subtests that were skipped.
type recorder struct {
	*testing.T
	skipped *[]string
}

func (r recorder) Run(name string, fn func(recorder)) bool {
	r.T.Helper()
	return r.T.Run(name, func(t *testing.T) { fn(recorder{t, r.skipped}) })
}

func (r recorder) Skipf(format string, args ...any) {
	r.T.Helper()
	*r.skipped = append(*r.skipped, r.Name()+": "+fmt.Sprintf(format, args...))
	r.T.Skipf(format, args...)
}

// subject is a store with a clock that a test moves.
type subject struct {
	*contacts.Store
	clock *contactstest.Clock
}

func (s subject) Advance(by time.Duration) time.Time { return s.clock.Advance(by) }

// optionsOf returns options for the needs of a case.
func optionsOf(n contactstest.Needs, clock *contactstest.Clock) *contacts.Options {
	opts := contactstest.Options(clock, contactstest.NewIDs(7))
	opts.OnFork = nil // forks of this test share the clock
	if n.Options != nil {
		n.Options(opts)
	}
	return opts
}

func openSubject(t recorder, n contactstest.Needs) (subject, *contacts.Options) {
	t.Helper()
	clock := contactstest.NewClock(noon)
	opts := optionsOf(n, clock)
	s, err := contacts.New(opts)
	require.NoError(t, err)
	return subject{s, clock}, opts
}

// forked is a store that is replaced by a fork before each call.
type forked struct{ subject }

func (f forked) Reopen() contactstest.API { return forked{subject{f.Store.Fork(), f.clock}} }

// reloaded is a store that is exported and loaded before each call.
type reloaded struct {
	subject
	t    recorder
	opts *contacts.Options
}

func (r reloaded) Reopen() contactstest.API {
	r.t.Helper()
	var b bytes.Buffer
	require.NoError(r.t, r.Snapshot().Export(&b))
	s, err := contacts.Load(r.t.Context(), &b, r.opts)
	require.NoError(r.t, err)
	return reloaded{subject{s, r.clock}, r.t, r.opts}
}

// logged is a store on a log that is opened again before each call.
type logged struct {
	subject
	t    recorder
	opts *contacts.Options
	log  *logtest.Memory
}

func openLogged(t recorder, clock *contactstest.Clock, opts *contacts.Options, log *logtest.Memory) logged {
	t.Helper()
	s, err := contacts.Open(t.Context(), log, opts)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return logged{subject{s, clock}, t, opts, log}
}

func (logged) KeepsCommits() {}

func (l logged) Reopen() contactstest.API {
	l.t.Helper()
	require.NoError(l.t, l.Close())
	return openLogged(l.t, l.clock, l.opts, l.log.Reopen())
}

// remote is a store behind HTTP. What the API lacks for members, statuses and activities is set on the store itself.
type remote struct {
	*httpclient.Client
	contactstest.Admin
	contactstest.Mover
}

func openRemote(t recorder, n contactstest.Needs) contactstest.API {
	t.Helper()
	s, _ := openSubject(t, n)
	server := httptest.NewServer(httpapi.Handler(s.Store, &httpapi.Options{
		Authorize: func(*http.Request, httpapi.Permission) error { return nil },
	}))
	t.Cleanup(server.Close)
	client, err := httpclient.New(server.URL, nil)
	require.NoError(t, err)
	return remote{client, s, s}
}

// TST-37: TestConformance runs the cases with every implementation of this module.
func TestConformance(t *testing.T) {
	for _, tc := range []struct {
		name string
		open func(recorder, contactstest.Needs) contactstest.API
	}{
		{"store", func(t recorder, n contactstest.Needs) contactstest.API {
			s, _ := openSubject(t, contactstest.Needs{Options: func(opts *contacts.Options) {
				opts.SelfCheck = !testing.Short()
				if n.Options != nil {
					n.Options(opts)
				}
			}})
			return s
		}},
		{"fork", func(t recorder, n contactstest.Needs) contactstest.API {
			s, _ := openSubject(t, n)
			return forked{s}
		}},
		{"export", func(t recorder, n contactstest.Needs) contactstest.API {
			s, opts := openSubject(t, n)
			return reloaded{s, t, opts}
		}},
		{"log", func(t recorder, n contactstest.Needs) contactstest.API {
			clock := contactstest.NewClock(noon)
			return openLogged(t, clock, optionsOf(n, clock), logtest.NewMemory())
		}},
		{"http", openRemote},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var skipped []string
			contactstest.Conformance(recorder{t, &skipped}, tc.open)
			if tc.name != "http" {
				require.Empty(t, skipped, "a store has everything that a case can ask for")
			}
			for _, text := range skipped { // TST-36
				require.Regexp(t, `: the implementation (is no|cannot carry|reports no) \S+$`, text)
				require.Contains(t, remoteLacks, text[strings.LastIndex(text, " ")+1:], text)
			}
		})
	}
}

// remoteLacks is what a client of the service lacks, as the documentation of package httpclient says.
var remoteLacks = []string{
	"Upserter", "Batcher", "Importer", "Resolver", "Follower", "Snapshotter", "Forker", "Closer",

	// Options.
	"source", "unsubscribe", "setFields", "plan", "batchSize", "progress", "memberId", "visitorContactId",
	"activity.date", "activity.description", "activity.icon", "paging.cursor", "people", "filter", "sort",

	// Details of errors and of plans.
	"*contacts.BlockedError", "*contacts.QueryError", "*contacts.QuotaError", "*contacts.KeysError",
	"*contacts.FieldValueError", "ID", "MergePlan.Fingerprint", "MergePlan.Blocks", "cursors", "violations",
}

// lister is a test that runs nothing and notes the names of subtests.
type lister struct {
	*testing.T
	names *[]string
}

func (l lister) Run(name string, _ func(lister)) bool {
	*l.names = append(*l.names, name)
	return true
}

// conformanceIDs returns the rules that Conformance has subtests for.
func conformanceIDs(t *testing.T) []string {
	var names []string
	contactstest.Conformance(lister{t, &names}, nil)
	return names
}

// invisible are the rules that no subtest of Conformance can show, by ID or by group, each with the reason.
var invisible = map[string]string{
	"DUP-7": "how many steps a look-up takes",
	"ERR-4": "how errors of package contacts are encoded and logged is not a property of an implementation",
	"ERR-5": "how types of package contacts are logged is not a property of an implementation",
	"IMP-9": "a reader of rows, ReadJSONLines, is not a property of an implementation",
	"RED-6": "how many steps a look-up takes",
	"REV-3": "a contact needs more than a billion updates to get there: no call gives it such a revision (IMP-1)",

	"UPD-10": "the JSON form of a patch",

	"JSON": "how types of package contacts are encoded is not a property of an implementation",
	"CSV":  "the rules of package csvio",
	"VCF":  "the rules of package vcardio",
	"HTTP": "the rules of package httpapi, which that package tests over the wire",
	"EVS":  "the rules of package httpapi about events, which that package tests over the wire",
	"WHK":  "the rules of package httpapi about webhooks, which that package and contactsd test over the wire",
	"CLI":  "the rules of package httpclient",
	"LOG":  "commits as data; the runs of this test on a log read all of them",
	"DUR":  "what a log keeps; the run of this test on a log opens it before each call",
	"NTS":  "the log of package natslog, where this test runs, too",
	"PGL":  "the log of package pglog, where this test runs, too",
	"EXP":  "the form of an export; the run of this test on an export writes and loads one before each call",
	"CTL":  "the rules of contactsd -control",
	"OAS":  "the description of the API by package httpapi",
	"OPS":  "the rules of contactsd for those who run it",
	"INS":  "the rules of package inspector",
	"CHK":  "checks of the memory of a store",
	"TST":  "the rules of this package",

	"STO-12": "Stats is not a method of an implementation, which need not be able to count",

	"STO-6": "only two implementations with the same times and IDs can show it",

	"BLK-9": "how types of package contacts are encoded is not a property of an implementation",
	"FCT-6": "how types of package contacts are encoded is not a property of an implementation",
	"FLT-2": "package contacts reads the JSON of filters, not an implementation",
}

// invisibleCodes are the error codes that no call of an API returns.
var invisibleCodes = map[string]string{
	"ErrInvalidExport":   "of Load, which opens a store of this module",
	"ErrReadOnly":        "of a log that has failed, and of a replica",
	"ErrOutcomeUnknown":  "of a log that has failed, and of a network",
	"ErrCommitNotFound":  "of a log",
	"ErrMalformedFilter": "package contacts reads the JSON of filters, not an implementation",

	"ErrLogConflict": logCode, "ErrLogUnavailable": logCode, "ErrLogUnknown": logCode, "ErrLogTooLarge": logCode,
	"ErrLogCompacted": logCode, "ErrLogCorrupt": logCode, "ErrLogLocked": logCode, "ErrLogFormat": logCode,
	"ErrLogClosed": logCode, "ErrDiverged": logCode,
}

const logCode = "of a log, which has its own contract: package logtest"

var ruleLine = regexp.MustCompile(`(?m)^\| ([A-Z]{3,4}-[0-9]+) \|`)

// TST-38: every rule of docs/rules.md has a subtest, or a reason why it cannot have one.
func TestConformanceCovers(t *testing.T) {
	text, err := os.ReadFile("../docs/rules.md")
	require.NoError(t, err)
	var rules []string
	for _, m := range ruleLine.FindAllStringSubmatch(string(text), -1) {
		rules = append(rules, m[1])
	}
	require.Greater(t, len(rules), 200)
	names := conformanceIDs(t)
	t.Run("TST-38 rules", func(t *testing.T) {
		used := map[string]bool{}
		for _, id := range rules {
			group, _, _ := strings.Cut(id, "-")
			reason := ""
			for _, key := range []string{id, group} {
				if invisible[key] != "" {
					reason = invisible[key]
					used[key] = true
				}
			}
			tested := slices.Contains(names, id)
			require.True(t, tested || reason != "", "%s is neither a subtest nor in the list of invisible rules", id)
			require.False(t, tested && reason != "", "%s is a subtest and in the list of invisible rules", id)
		}
		for key := range invisible {
			require.True(t, used[key], "%s in the list is not a rule", key)
		}
	})
	t.Run("TST-35 subtests are named by rules, each once", func(t *testing.T) {
		for i, name := range names {
			require.Contains(t, rules, name)
			require.NotContains(t, names[:i], name)
		}
	})
	t.Run("TST-38 codes", func(t *testing.T) {
		tested := conformanceCodes(t)
		for _, code := range codes(t) {
			reason := invisibleCodes[code]
			require.True(t, tested[code] || reason != "", "no case of Conformance wants contacts.%s", code)
			require.False(t, tested[code] && reason != "", "contacts.%s is in the list and in a case", code)
		}
	})
}

// codes returns the names of the constants of type Code.
func codes(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, file := range []string{"../errors.go", "../log.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if ident, ok := spec.Type.(*ast.Ident); ok && ident.Name == "Code" {
				out = append(out, spec.Names[0].Name)
			}
			return true
		})
	}
	require.Greater(t, len(out), 40)
	return out
}

// conformanceCodes returns the names of the codes that cases want.
func conformanceCodes(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("conform_*.go")
	require.NoError(t, err)
	out := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(tree, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Err") {
				out[sel.Sel.Name] = true
			}
			return true
		})
	}
	return out
}
