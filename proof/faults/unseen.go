package main

import (
	"slices"
	"sync"
)

// unseenPackages are the packages whose faults no case of Conformance can show, with the reason.
var unseenPackages = map[string]string{
	"boltlog":             "the file of a log has tests of its own",
	"contactstest":        "the double has tests of its own",
	"csvio":               "files have tests of their own",
	"examples/crm":        "an example has tests of its own",
	"inspector":           "no case calls the package",
	"internal/atomicfile": "the file of a log has tests of its own",
	"internal/daemon":     "the program has tests of its own",
	"internal/redact":     "how types are logged is not a property of an implementation",
	"legacy":              "no case calls the package",
	"natslog":             "the log has tests of its own",
	"natslog/contactsd":   "the program has tests of its own",
	"pglog":               "the log has tests of its own",
}

// onTheWire is the reason of faults of package httpapi that no case shows.
const onTheWire = "the Go client sends no such request, or hides the difference"

// unseen returns the reason why no case of Conformance can show a fault, "" if one may.
func (f fault) unseen() string {
	switch reason := unseenPackages[f.pkg]; {
	case reason != "":
		return reason
	case f.pkg == "httpapi":
		return onTheWire
	default:
		return unseen()[f.name]
	}
}

// seen returns the faults in packages that Conformance can test.
func seen(selected []placed) []placed {
	return slices.DeleteFunc(slices.Clone(selected), func(f placed) bool { return unseenPackages[f.pkg] != "" })
}

// reasons are the faults that no case of Conformance can show, by the reason.
var reasons = []struct {
	reason string
	names  []string
}{
	{"no numbering plan has that many digits: only the check of a store shows it", []string{
		"allow E.164 forms of 16 digits",
	}},
	{"Stats is not a method of an implementation, which need not be able to count", []string{
		"stats: count no IDs that were merged away",
		"stats: count every redirect of an export",
		"stats: forget the commits that wait",
		"stats: report a replica as failed",
	}},
	{"the server of the cases is not strict", []string{
		"strict: check no items of lists",
		"strict: report data as the name of a member",
	}},
	{"the order of concurrent calls: Conformance makes one call at a time", []string{
		"append to the feed before publishing",
		"write without the lock",
		"ignore the context while waiting for the lock",
		"write after Close during the wait for the lock",
		"close during a write",
		"share the lock with a fork",
		"Follow repeats a commit of the snapshot",
		"wake no reader of what is skipped",
		"sleep without looking again",
	}},
	{"how soon a call whose context ends gives up", []string{
		"finish the deletion of a label after the caller gave up",
		"finish a batch after the caller gave up",
		"prepare a batch after the caller gave up",
		"put rows after the caller gave up",
		"prepare rows after the caller gave up",
		"people search: return what is found when canceled",
	}},
	{"time and memory: the results are the same", []string{
		"keep a key of a field for each contact",
		"visit all who have an email",
		"visit all who have an extension of a number",
		"split ascending keys in halves",
		"link the larger tree below the smaller one",
		"follow each chain of merges to its end in a check",
		"read the taken keys once for each number of digits",
		"TrimFeed remembers phone numbers",
		"people search: keep the words of replaced contacts for ever",
		"people search: collect words once for each of several searches",
		"keep a block that loses its last key",
		"keep a leaf that loses its last row",
		"keep a leaf that loses its last ID",
		"find a number that the tree is too low for",
	}},
	{"the feed's estimate of its bytes, to the byte", []string{
		"keep a commit that exceeds the bytes of the feed",
	}},
	{"only a write of a million keys shows it", []string{
		"forget the contacts that a large write had to write early",
	}},
	{"methods of types of package contacts, which no implementation has", []string{
		"forget the birthdate in Equal",
		"call the zero plan safe",
		"call the zero group safe",
		"copy a value for each place that has it",
	}},
	{"messages and logs of types of package contacts", []string{
		"log the name of a contact",
		"log any text as the key of a label",
		"log the values of a filter",
		"encode the fields of a duplicate error",
		"print the malformed key of a value",
	}},
	{"JSON of package contacts, which an implementation does not read", []string{
		"clear the names for an empty name",
		"accept a field twice in a filter",
		"treat null as absent in a patch",
		"accept half a surrogate pair",
		"write large integers inexactly",
		"write members in any order",
		"accept invalid UTF-8",
		"accept any number of values",
		"accept a repeated member among many",
		"report a name that is data as a path",
		"check members that another reader checks",
	}},
	{"readers of files, not of an implementation", []string{
		"count the line ending as part of a line",
		"read the rest of a long line as a line",
		"load lines of any length",
		"keep what a refused line holds",
		"refuse long texts of older exports",
		"report the previous line in a LineError",
		"texts: fill a cell with a byte order mark",
	}},
	{"the form of an export: loading gives the same store", []string{
		"export derived fields",
		"include the position in the digest",
	}},
	{"only a damaged, older or foreign export shows it", []string{
		"lose the objection of an extension in an older export",
		"load: rename a label before it was created",
		"ignore the checksum",
		"accept lines in any order",
		"accept a cycle of redirects",
		"accept a truncated file",
		"accept an export of a later version",
		"lose the time of the last commit",
		"texts: refuse what earlier exports show nothing of",
		"texts: refuse the emails of earlier exports",
		"texts: lose a status of an address that was folded otherwise",
		"texts: lose an objection while loading",
	}},
	{"only an export of a contact that is larger than 64 MiB shows it", []string{
		"load: read no line of the largest contact",
	}},
	{"the checks of a store by itself (CHK)", []string{
		"Check of IDs skips the bounds",
		"Check of IDs skips the heights",
		"Check of numbers skips empty leaves",
		"Check of sets skips the bounds",
		"Check of sets skips the heights",
		"Check skips the indexes",
		"Check skips the rows of the trees",
		"write no rows of the indexes",
		"Check skips the redirects",
		"Check misses modified memory",
		"SelfCheck skips the step",
		"SelfCheck misses a skipped revision",
	}},
	{"no call gives a contact a revision near the last one (REV-3)", []string{
		"remove a label that cannot be deleted from some contacts",
		"load: write one revision too many",
		"load: refuse the last revision",
		"load: refuse to delete a contact with the last revision",
		"load: merge into a contact with the last revision",
		"load: delete a label of a contact with the last revision",
		"load: make more changes than Load accepts",
	}},
	{"no two phones have one text and different extensions", []string{
		"compare phones without their extensions",
	}},
	{"the strength of the cipher of cursors", []string{
		"seal all cursors with one nonce",
	}},
	{"what a log keeps when it fails, is shared or is compacted: tests of the log show it", []string{
		"durable: return a result of what is not durable",
		"durable: decide on the durable state",
		"append: forget a lost reply when the log is closed",
		"durable: give up after one refusal of the log",
		"durable: list bulk jobs of a snapshot the wrong way round",
		"durable: save a snapshot at an old place",
		"durable: return that a refusal was superseded",
		"durable: queue what follows from a dropped commit",
		"durable: end no bulk job that comes from the log",
		"durable: restore into a log that is used",
		"durable: open empty beside a damaged first snapshot",
		"keep the results of a batch that another store overtook",
		"durable: write after the log has failed",
		"durable: report a lost race as an error",
		"durable: forget bulk jobs in a snapshot",
		"durable: erase only what one snapshot covers",
		"durable: give up when the log is compacted meanwhile",
		"durable: name an old position when the log is compacted meanwhile",
		"durable: call an unknown outcome a failure",
		"durable: never compact by itself",
		"durable: accept another history",
		"durable: say that a job was cut off when it began",
		"durable: give up behind a compaction",
		"durable: write again what may have been written and dropped",
		"durable: follow a replica that has stopped",
		"durable: stop a replica while the log is unavailable",
		"shared: wait for less than the position",
		"shared: wait without following",
		"shared: wait for a store that has failed",
		"shared: follow no log",
		"shared: keep what was decided before the commits of others",
		"shared: append what was superseded when the store is closed",
		"shared: decide on an older state than reads have shown",
		"shared: decide again when entries are lost",
		"shared: call an unwritten commit unknown",
		"shared: believe the first answer about lost entries",
		"shared: report another history as damage",
		"shared: continue with an earlier snapshot",
		"shared: ask a log that is silent for nothing",
		"shared: lag since the last look only",
		"shared: count a log that does not answer as one that does",
		"durable: take rows of a dropped import for duplicates",
		"durable: keep the refusals of an import that was dropped",
		"durable: keep the dates of an import that was dropped",
		"durable: count failures of a batch that was dropped",
		"durable: report a position before a restored snapshot as damage",
		"durable: take the first entry after a restored snapshot for damage",
		"durable: stop erasing at a damaged snapshot",
	}},
	{"only a log that is damaged, foreign or of another version shows it", []string{
		"log: ignore where an entry was to be appended",
		"log: join parts of two batches",
		"log: merge away what an earlier commit deleted",
		"log: lose the origin of changes",
		"log: accept a gap",
		"log: accept another number of changes",
		"log: let time go back",
		"log: accept any revision",
		"log: merge away twice",
		"log: create a contact with an old ID",
		"log: accept a place twice",
		"log: accept data in another form",
		"log: read a later version",
		"log: publish what the log refused",
		"log: accept a row without a change",
		"log: check a write without its data",
	}},
}

// unseen returns the reasons by the names of the faults.
var unseen = sync.OnceValue(func() map[string]string {
	byName := make(map[string]string)
	for _, r := range reasons {
		for _, name := range r.names {
			byName[name] = r.reason
		}
	}
	return byName
})
