package contacts

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/wire"
)

// CheckError comes with [ErrInternal] and lists what is wrong with a store: a fault in this package, or memory that someone
// else has written to.
type CheckError struct {
	Faults []string // each names the contact, label, field or index; none holds a value
}

const faultsShown = 5

// Error lists the first faults.
func (e *CheckError) Error() string {
	text := strings.Join(e.Faults[:min(faultsShown, len(e.Faults))], "; ")
	if more := len(e.Faults) - faultsShown; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Check verifies what always holds of a store (CHK-1), and returns INTERNAL with a [CheckError] if something does not. It
// looks at all that there is, which takes some 50 µs a contact: it is for tests and harnesses. See also Options.SelfCheck.
func (sn *Snapshot) Check() error {
	c := &checker{sn: sn, reads: sn.reads(), places: make(map[uint64]bool)}
	c.checkDefinitions()
	c.checkContacts()
	c.checkRedirects()
	checkIndexes(c.reads, c.fault)
	return c.err()
}

// checker collects what is wrong.
type checker struct {
	sn      *Snapshot
	reads   reader
	defined definitions
	places  map[uint64]bool // that are taken
	faults  []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// hold adds a fault unless ok.
func (c *checker) expect(ok bool, format string, args ...any) {
	if !ok {
		c.fault(format, args...)
	}
}

func (c *checker) violations(what string, violations []Violation) {
	for _, v := range violations {
		c.fault("%s: %s %s", what, v.Field, v.Description())
	}
}

func (c *checker) err() error {
	if c.faults == nil {
		return nil
	}
	return &Error{Code: ErrInternal, Err: &CheckError{Faults: c.faults}}
}

// place checks that nobody else has a place in the order of creation.
func (c *checker) checkPlace(p place, what string) {
	c.expect(!c.places[p.serial] && p.serial > 0 && p.serial <= c.sn.serial, "%s: its place in the order is not its own", what)
	c.places[p.serial] = true
}

func (c *checker) checkDefinitions() {
	c.defined = definitions{labels: make(map[string]Label), fields: make(map[string]Field)}
	own := counts{} // besides those of the system
	for r := range c.reads.labels() {
		what := "label " + r.value.Key
		c.defined.labels[r.value.Key] = r.value
		c.checkPlace(r.order, what)
		if r.value.LabelType != LabelSystem {
			own.labels++
			c.violations(what, r.value.check("label"))
			c.expect(r.order.created == r.value.CreatedDate, "%s: its place is not that of its date", what)
		}
	}
	for r := range c.reads.fields() {
		what := "extended field " + r.value.Key
		c.defined.fields[r.value.Key] = r.value
		c.checkPlace(r.order, what)
		if r.value.FieldType != FieldSystem {
			own.fields++
			c.violations(what, r.value.check("field"))
			c.expect(r.order.created == r.value.CreatedDate, "%s: its place is not that of its date", what)
		}
	}
	for _, l := range systemLabels {
		c.expect(c.defined.labels[l.Key] == l, "label %s: not as it is in every store", l.Key)
	}
	for _, f := range systemFields {
		c.expect(c.defined.fields[f.Key] == f, "extended field %s: not as it is in every store", f.Key)
	}
	c.expect(own.labels == c.sn.labels, "labels: miscounted")
	c.expect(own.fields == c.sn.fields, "extended fields: miscounted")
}

func (c *checker) checkContacts() {
	n := 0
	for r := range c.reads.all() {
		n++
		what := "contact " + r.contact.ID.String()
		c.violations(what, r.check(c.defined))
		again := *r
		derive(&again.contact, again.statuses)
		c.expect(again.contact.Equal(&r.contact), "%s: what is derived does not follow from the rest", what)
		c.checkPlace(r.order, what)
		c.expect(r.order.created == r.contact.CreatedDate, "%s: its place is not that of its date", what)
		c.expect(r.sum == 0 || r.sum == r.checksum(), "%s: someone has written to its memory", what)
	}
	c.expect(n == c.sn.contacts, "contacts: miscounted")
}

// checkRedirects checks both ways that lead from an ID: over the merges, and through the forest.
func (c *checker) checkRedirects() {
	rows := make(map[uuid.UUID]*redirect)
	for r := range c.reads.redirects() {
		rows[r.id] = r
	}
	size := make(map[uuid.UUID]int)
	for id, row := range rows {
		what := "redirect of " + id.String()
		c.expect(row.into == uuid.Nil || c.reads.contact(id) == nil, "%s: the contact was merged away and is there", what)
		end, ok := follow(rows, id, func(r *redirect) uuid.UUID { return r.into })
		c.expect(ok, "%s: leads nowhere", what)
		root, ok := follow(rows, id, func(r *redirect) uuid.UUID {
			if r.parent == r.id {
				return uuid.Nil
			}
			return r.parent
		})
		c.expect(ok && rows[root].live == end, "%s: the short way leads to another contact", what)
		size[root]++
	}
	for root, n := range size {
		c.expect(rows[root] != nil && rows[root].size == n, "redirect of %s: miscounted", root)
	}
}

// follow walks from an ID to the next, until there is none, and reports false if that takes it to an ID without a row, or
// round in a circle.
func follow(rows map[uuid.UUID]*redirect, id uuid.UUID, next func(*redirect) uuid.UUID) (uuid.UUID, bool) {
	for range rows {
		row := rows[id]
		if row == nil {
			return uuid.Nil, false
		}
		to := next(row)
		if to == uuid.Nil {
			return id, true
		}
		id = to
	}
	return uuid.Nil, false
}

// checkStep verifies that a snapshot is what a commit has made of the one before it (CHK-2).
func (sn *Snapshot) checkStep(base *Snapshot, commit *Commit) error {
	c := &checker{sn: sn, reads: sn.reads()}
	c.expect(sn.position == base.position+1 && commit.Position == sn.position, "the position: not the next one")
	c.expect(later(base.time, sn.time).Equal(sn.time) && commit.Time == sn.time, "the time: went back")
	c.expect(sn.serial >= base.serial, "the order of creation: went back")
	c.expect(sn.changes == base.changes+uint64(len(commit.Changes)), "the changes: miscounted")
	latest := make(map[uuid.UUID]*record) // what has become of a contact so far
	for i, change := range commit.Changes {
		c.expect(change.sequence == base.changes+uint64(i)+1, "change %d: not in sequence", i)
		before, after := change.Before.r, change.After.r
		if before == nil && after == nil || change.Kind == ContactMerged || change.Kind == ContactSubmitted {
			continue // of a label or field, or told of by the change next to it
		}
		one := after
		if after == nil {
			one = before
		}
		id := one.contact.ID
		what := "contact " + id.String()
		was, ok := latest[id]
		if !ok {
			was = base.reads().contact(id)
		}
		latest[id] = after
		c.expect(was == before, "%s: changed from what it was not", what)
		if before != nil && after != nil {
			b, a := &before.contact, &after.contact
			c.expect(a.Revision == b.Revision+1, "%s: not its next revision", what)
			c.expect(a.UpdatedDate == sn.time, "%s: not updated now", what)
			c.expect(a.CreatedDate == b.CreatedDate && a.Source == b.Source && after.order == before.order,
				"%s: created anew", what)
		}
	}
	for id, r := range latest {
		c.expect(c.reads.contact(id) == r, "contact %s: not what it was changed to", id)
	}
	for _, side := range []struct{ from, to reader }{{base.reads(), c.reads}, {c.reads, base.reads()}} {
		for r := range side.from.all() {
			if _, ok := latest[r.contact.ID]; !ok {
				c.expect(side.to.contact(r.contact.ID) == r, "contact %s: changed without a change", r.contact.ID)
			}
		}
	}
	return c.err()
}

// check reports what keeps a record from being one that a store has made. It leaves out what [derive] makes, and does not
// judge formats whose definition lies outside the library, see [validator].
func (r *record) check(defined definitions) []Violation {
	c := &r.contact
	v := &validator{stored: true}
	v.holds("id", c.ID != uuid.Nil)
	v.holds("revision", c.Revision == v.revision("revision", c.Revision))
	v.holds("source.sourceType", c.Source.SourceType != "")
	v.source("source", c.Source, Source{})
	v.holds("createdDate", !c.CreatedDate.IsZero() && c.CreatedDate == v.time("createdDate", c.CreatedDate))
	v.holds("updatedDate", !c.UpdatedDate.IsZero() && c.UpdatedDate == v.time("updatedDate", c.UpdatedDate))
	last := c.LastActivity
	v.holds("lastActivity", !last.ActivityDate.IsZero() && last.equal(v.activity("lastActivity", last)))
	if c.Picture != nil {
		v.image("picture", clonePtr(c.Picture))
	}
	v.info(&c.Info, defined)
	v.guids("segments.items", c.Segments, segmentsMax)
	v.statusesOf(r)
	v.holds("memberInfo", c.Member.Equal(v.member("memberInfo", c.Member)))
	return v.violations
}

// info checks an info that a store has kept.
func (v *validator) info(in *Info, defined definitions) {
	patch := patchOf(*in)
	patch.ExtendedFields = Opt[map[string]any]{}
	before := len(v.violations)
	patch = v.patch(patch)
	onePrimary := !patch.multiplePrimaries()
	kept := patch.apply(Info{}, fieldValues{}) // tags given, primary items first and flagged, labels once
	kept.ExtendedFields = in.ExtendedFields
	if len(v.violations) == before { // else the copy is of no use
		v.holds("info", onePrimary && kept.Equal(*in) && in.identified())
	}
	v.holds("info.emails.items", distinctIDs(in.Emails, (*Email).id))
	v.holds("info.phones.items", distinctIDs(in.Phones, (*Phone).id))
	v.holds("info.addresses.items", distinctIDs(in.Addresses, (*Address).id))
	for _, key := range in.LabelKeys {
		_, ok := defined.labels[key]
		v.holds("info.labelKeys.items", ok)
	}
	for _, key := range slices.Sorted(maps.Keys(in.ExtendedFields)) {
		field, ok := defined.fields[key]
		value := in.ExtendedFields[key]
		number, isNumber := value.(float64)
		text, isText := value.(string)
		switch {
		case !ok:
			ok = false
		case field.DataType == DataNumber:
			ok = isNumber && (number != 0 || !math.Signbit(number))
		case field.DataType == DataDate:
			ok = isText && validDate(text)
		default:
			ok = isText && text != "" && wire.ValidText(text)
		}
		if !ok && !keyForm.MatchString(key) {
			key = "" // it could be anything (ERR-3)
		}
		v.holds(fieldPath(key), ok)
	}
}

// statusesOf checks that the statuses of a record are of addresses that the contact has.
func (v *validator) statusesOf(r *record) {
	own := r.statuses.of(&r.contact.Info)
	v.holds("emailStatuses", len(own.emails) == len(r.statuses.emails))
	v.holds("phoneStatuses", len(own.phones) == len(r.statuses.phones))
	for _, st := range r.statuses.emails {
		v.holds("emailStatuses", st != emailNotSet && st.subscription.Valid() && st.deliverability.Valid())
	}
	for _, st := range r.statuses.phones {
		v.holds("phoneStatuses", st != phoneNotSet && st.subscription.Valid() && st.deliverability == PhoneDeliverabilityNotSet)
	}
}

// checkIndexes reports indexes that do not agree with the rows: each must lead from each key of each row to the row, and
// hold nothing else.
func checkIndexes(r reader, fault func(format string, args ...any)) {
	for _, table := range schema().Tables {
		rows := slices.Collect(scanRows[any](r, table.Name, indexID, nil))
		for _, index := range table.Indexes {
			type entry struct {
				key []byte
				row any
			}
			var want []entry
			for _, row := range rows {
				for _, key := range indexKeys(index.Indexer, row) {
					want = append(want, entry{key, row})
					if firstRow[any](r, table.Name, index.Name, key) != row {
						fault("index %s of %s: a row is not found", index.Name, table.Name)
					}
				}
			}
			slices.SortFunc(want, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
			n := 0
			for row := range scanRows[any](r, table.Name, index.Name, nil) {
				if n >= len(want) || want[n].row != row {
					fault("index %s of %s: an entry is of no row, or not in its place", index.Name, table.Name)
					break
				}
				n++
			}
		}
	}
}

func indexKeys(indexer memdb.Indexer, row any) [][]byte {
	switch indexer := indexer.(type) {
	case memdb.SingleIndexer:
		_, key, _ := indexer.FromObject(row)
		return [][]byte{key}
	case memdb.MultiIndexer:
		_, keys, _ := indexer.FromObject(row)
		return keys
	}
	return nil
}
