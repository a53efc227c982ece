package contacts

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/keyset"
	"github.com/contactsdb/contacts/internal/rowmap"
	"github.com/contactsdb/contacts/internal/wire"
)

// CheckError comes with [ErrInternal] and lists the faults of a store. The cause is a bug in this package, or a caller
// that modified memory that the store owns.
type CheckError struct {
	Faults []string // each names the contact, label, field or index; none contains a value of a contact
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

// MarshalJSON writes the message (ERR-4).
func (e CheckError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e CheckError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Check verifies the invariants of a store (CHK-1). It examines every row and every index entry, which takes about 50
// µs a contact, so it is meant for tests. See also [Options.SelfCheck].
//
// Errors: INTERNAL with a [CheckError].
func (sn *Snapshot) Check() error {
	c := &checker{sn: sn, reads: sn.reads(), places: make(map[uint64]bool)}
	c.checkDefinitions()
	c.checkContacts()
	c.checkRedirects()
	checkIndexes(c.reads, sn.sizes, c.fault)
	return c.err()
}

// checker collects faults.
type checker struct {
	sn      *Snapshot
	reads   reader
	defined definitions
	places  map[uint64]bool // by serial number
	faults  []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// expect adds a fault unless ok.
func (c *checker) expect(ok bool, format string, args ...any) {
	if !ok {
		c.fault(format, args...)
	}
}

func (c *checker) violations(subject string, violations []Violation) {
	for _, v := range violations {
		c.fault("%s: %s %s", subject, v.Field, v.Description())
	}
}

func (c *checker) err() error {
	if c.faults == nil {
		return nil
	}
	return &Error{Code: ErrInternal, Err: &CheckError{Faults: c.faults}}
}

// checkPlace checks that no other row has the same place, and that it has the date of the row.
func (c *checker) checkPlace(p place, created time.Time, subject string) {
	c.expect(!c.places[p.serial] && p.serial > 0 && p.serial <= c.sn.serial,
		"%s: its place in the order of creation is not its own", subject)
	c.places[p.serial] = true
	c.expect(p.created == created, "%s: its place has another date than its own", subject)
}

func (c *checker) checkDefinitions() {
	c.defined = definitions{labels: make(map[string]Label), fields: make(map[string]Field)}
	own := counts{} // without those of the system
	for r := range c.reads.labels() {
		subject := "label " + r.value.Key
		c.defined.labels[r.value.Key] = r.value
		c.checkPlace(r.order, r.value.CreatedDate, subject)
		if r.value.LabelType != LabelSystem {
			own.labels++
			c.violations(subject, r.value.check("label"))
		}
	}
	for r := range c.reads.fields() {
		subject := "extended field " + r.value.Key
		c.defined.fields[r.value.Key] = r.value
		c.checkPlace(r.order, r.value.CreatedDate, subject)
		if r.value.FieldType != FieldSystem {
			own.fields++
			c.violations(subject, r.value.check("field"))
		}
	}
	for _, l := range systemLabels {
		c.expect(c.defined.labels[l.Key] == l, "label %s: differs from the system label", l.Key)
	}
	for _, f := range systemFields {
		c.expect(c.defined.fields[f.Key] == f, "extended field %s: differs from the system field", f.Key)
	}
	c.expect(own.labels == c.sn.labels, "labels: miscounted")
	c.expect(own.fields == c.sn.fields, "extended fields: miscounted")
}

func (c *checker) checkContacts() {
	n := 0
	for r := range c.reads.all() {
		n++
		subject := "contact " + r.contact.ID.String()
		c.violations(subject, r.check(c.defined))
		c.checkPlace(r.order, createdDate(r), subject)
		c.expect(r.sum == 0 || r.sum == r.checksum(), "%s: its memory was modified", subject)
	}
	c.expect(n == c.sn.contacts, "contacts: miscounted")
}

// checkRedirects checks both paths from an ID: along the merges, and along the parents.
func (c *checker) checkRedirects() {
	rows := make(map[uuid.UUID]*redirect)
	for r := range c.reads.redirects() {
		rows[r.id] = r
	}
	ends := followLinks(rows, func(r *redirect) uuid.UUID { return r.into })
	roots := followLinks(rows, func(r *redirect) uuid.UUID {
		if r.parent == r.id {
			return uuid.Nil
		}
		return r.parent
	})
	size, away := make(map[uuid.UUID]int), 0
	for id, row := range rows {
		subject := "redirect of " + id.String()
		c.expect(row.into == uuid.Nil || c.reads.contact(id) == nil,
			"%s: the contact was merged away but exists", subject)
		end, root := ends[id], roots[id]
		c.expect(end != uuid.Nil, "%s: leads nowhere", subject)
		c.expect(root != uuid.Nil && rows[root].live == end, "%s: its parents lead to another contact", subject)
		size[root]++
		if row.into != uuid.Nil {
			away++
		}
	}
	c.expect(away == c.sn.redirects, "redirects: miscounted")
	for root, n := range size {
		c.expect(rows[root] != nil && rows[root].size == n, "redirect of %s: miscounted", root)
	}
}

// followLinks follows the links of all rows until the nil UUID, and returns the last ID of each. It is nil for links
// that come to an ID without a row, or form a cycle. Each link is followed once, however long the paths are.
func followLinks(rows map[uuid.UUID]*redirect, link func(*redirect) uuid.UUID) map[uuid.UUID]uuid.UUID {
	ends := make(map[uuid.UUID]uuid.UUID, len(rows))
	var path []uuid.UUID
	for id := range rows {
		end, known := ends[id]
		for path = path[:0]; !known && rows[id] != nil; end, known = ends[id] {
			ends[id] = uuid.Nil // until the end is known, since it may be a cycle
			path = append(path, id)
			next := link(rows[id])
			if next == uuid.Nil {
				end = id
				break
			}
			id = next
		}
		for _, passed := range path {
			ends[passed] = end
		}
	}
	return ends
}

// checkStep verifies that commit leads from the snapshot base to sn (CHK-2).
func (sn *Snapshot) checkStep(base *Snapshot, commit *Commit) error {
	c := &checker{sn: sn, reads: sn.reads()}
	c.expect(sn.position == base.position+1 && commit.Position == sn.position, "the position: not the next one")
	c.expect(later(base.time, sn.time).Equal(sn.time) && commit.Time == sn.time, "the time: went back")
	c.expect(sn.serial >= base.serial, "the order of creation: went back")
	c.expect(sn.changes == base.changes+uint64(len(commit.Changes)), "the changes: miscounted")
	changed := c.checkChanges(base, commit.Changes)
	for id, r := range changed {
		c.expect(c.reads.contact(id) == r, "contact %s: not in the state after its last change", id)
	}
	for _, side := range []struct{ from, to reader }{{base.reads(), c.reads}, {c.reads, base.reads()}} {
		for r := range side.from.all() {
			if _, ok := changed[r.contact.ID]; !ok {
				c.expect(side.to.contact(r.contact.ID) == r, "contact %s: changed without a change", r.contact.ID)
			}
		}
	}
	return c.err()
}

// checkChanges checks the changes of a commit on base, and returns the changed contacts, nil for a deleted one.
func (c *checker) checkChanges(base *Snapshot, changes []Change) map[uuid.UUID]*record {
	changed := make(map[uuid.UUID]*record)
	for i, change := range changes {
		c.expect(change.sequence == base.changes+uint64(i)+1, "change %d: not in sequence", i)
		before, after := change.Before.r, change.After.r
		if before == nil && after == nil || change.Kind == ContactMerged || change.Kind == ContactSubmitted {
			continue // of a label or field, or described by the adjacent change
		}
		id := cmp.Or(after, before).contact.ID
		current, ok := changed[id]
		if !ok {
			current = base.reads().contact(id)
		}
		changed[id] = after
		c.expect(current == before, "contact %s: changed from another state than its last one", id)
		c.expect(after == nil || after.contact.UpdatedDate >= after.contact.CreatedDate,
			"contact %s: updated before it was created", id) // only here: older exports have such contacts
		if before != nil && after != nil {
			c.checkUpdate(before, after)
		}
	}
	return changed
}

func (c *checker) checkUpdate(before, after *record) {
	b, a := &before.contact, &after.contact
	c.expect(a.Revision == b.Revision+1, "contact %s: not its next revision", a.ID)
	c.expect(a.UpdatedDate == max(momentOf(c.sn.time), a.CreatedDate),
		"contact %s: its updated date is not the time of the commit", a.ID)
	c.expect(a.CreatedDate == b.CreatedDate && a.source == b.source && after.order == before.order,
		"contact %s: its creation changed", a.ID)
}

// check reports why a store could not have created a record. It does not check values that [derive] sets, nor formats
// that are defined outside the library, see [validator].
func (r *record) check(defined definitions) []Violation {
	c := &r.contact
	v := &validator{stored: true}
	v.holds("id", c.ID != uuid.Nil)
	v.holds("revision", c.Revision == v.revision("revision", c.Revision))
	v.holds("source.sourceType", c.Source().SourceType != "")
	v.source("source", c.Source(), Source{})
	v.holds("createdDate", c.CreatedDate != 0 && c.CreatedDate == momentOf(v.time("createdDate", c.CreatedDate.time())))
	v.holds("updatedDate", c.UpdatedDate != 0 && c.UpdatedDate == momentOf(v.time("updatedDate", c.UpdatedDate.time())))
	last, rare := c.lastActivity(), deref(c.captured)
	v.holds("lastActivity", !last.ActivityDate.IsZero() && last.equal(v.activity("lastActivity", last)))
	if rare.picture != nil {
		v.image("picture", clonePtr(rare.picture))
	}
	checkInfo(v, &c.Info, defined)
	v.guids("segments.items", rare.segments, segmentsMax)
	checkStatuses(v, r)
	v.holds("memberInfo", c.Member.Equal(v.member("memberInfo", c.Member)))
	return v.violations
}

// checkInfo checks the info of a stored contact.
func checkInfo(v *validator, in *Info, defined definitions) {
	patch := patchOf(*in)
	patch.ExtendedFields = Opt[map[string]any]{}
	before := len(v.violations)
	patch = v.patch(patch)
	onePrimary := !patch.multiplePrimaries()
	kept := patch.apply(Info{}, fieldValues{}) // tags set, primary items first and flagged, no label twice
	kept.ExtendedFields = in.ExtendedFields
	if len(v.violations) == before { // otherwise kept is incomplete
		v.holds("info", onePrimary && kept.Equal(*in) && in.onceIdentified())
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
		ok = ok && !derivedField(key) && storableValue(field.DataType, in.ExtendedFields[key])
		if !ok && !form.IsKeyText(key) {
			key = "" // it may be personal data (ERR-3)
		}
		v.holds(fieldPath(key), ok)
	}
}

// storableValue reports whether a store can have a value in an extended field of the type.
func storableValue(dataType DataType, value any) bool {
	number, isNumber := value.(float64)
	text, isText := value.(string)
	switch dataType {
	case DataNumber:
		return isNumber && (number != 0 || !math.Signbit(number))
	case DataDate:
		return isText && form.IsDate(text)
	default:
		return isText && text != "" && wire.ValidText(text)
	}
}

// onceIdentified reports whether a contact was identified by CRT-1 in this version or an earlier one, to which all but
// space was a name, and space a phone.
func (in Info) onceIdentified() bool {
	return in.identified() || len(in.Phones) > 0 || !isSpaces(in.Name.First) || !isSpaces(in.Name.Last)
}

// checkStatuses checks the statuses of a record, and that they are of addresses that the contact has.
func checkStatuses(v *validator, r *record) {
	own := r.statuses.of(&r.contact.Info)
	v.holds("emailStatuses", len(own.emails) == len(r.statuses.emails))
	v.holds("phoneStatuses", len(own.phones) == len(r.statuses.phones))
	for _, st := range r.statuses.emails {
		v.holds("emailStatuses", st != emailNotSet && st.subscription.Valid() && st.deliverability.Valid())
	}
	for _, st := range r.statuses.phones {
		v.holds("phoneStatuses", st != phoneNotSet && st.subscription.Valid() &&
			st.deliverability == PhoneDeliverabilityNotSet)
	}
}

// checkIndexes reports indexes that do not agree with the rows. Each index must lead from every key of a row to that
// row, and have no other entries.
func checkIndexes(r reader, sizes rowSizes, fault func(format string, args ...any)) {
	for _, table := range []string{tableLabels, tableFields, tableRedirects} {
		checkTable(r, schema().Tables[table], fault)
	}
	rows := checkContactTables(r, sizes, fault)
	var sets []keyset.Set
	for _, x := range entryIndexes {
		sets = append(sets, keyset.Set(x.index))
		x.check(r, rows, fault)
	}
	r.trees.keys.Check(sizes.keys, sets, func(set keyset.Set, text string) {
		fault("index %q of contacts: %s", string(rune(set)), text)
	})
}

// checkTable checks the indexes of a table of memdb.
func checkTable(r reader, table *memdb.TableSchema, fault func(format string, args ...any)) {
	rows := slices.Collect(scanRows[any](r, table.Name, indexID, nil))
	for _, index := range table.Indexes {
		type entry struct {
			key []byte
			row any
		}
		var want []entry
		for _, row := range rows {
			_, key, _ := index.Indexer.(memdb.SingleIndexer).FromObject(row)
			want = append(want, entry{key, row})
			if firstRow[any](r, table.Name, index.Name, key) != row {
				fault("index %s of %s: a row is not found", index.Name, table.Name)
			}
		}
		slices.SortFunc(want, func(a, b entry) int { return bytes.Compare(a.key, b.key) })
		n := 0
		for row := range scanRows[any](r, table.Name, index.Name, nil) {
			if n >= len(want) || want[n].row != row {
				fault("index %s of %s: an entry belongs to no row, or is out of order", index.Name, table.Name)
				break
			}
			n++
		}
	}
}

// checkContactTables checks that the trees by ID and by serial number have the same contacts, and returns them in the
// order of their serial numbers.
func checkContactTables(r reader, sizes rowSizes, fault func(format string, args ...any)) []*record {
	if !r.hasTrees() {
		fault("table contacts: the snapshot has other trees")
	}
	table := r.trees.rows
	table.CheckIDs(sizes.contacts, func(text string) {
		fault("index id of contacts: %s", text)
	})
	table.CheckNumbers(func(text string) {
		fault("index order of contacts: %s", text)
	})
	var rows []*record
	for serial, row := range table.AllByNumber() {
		rows = append(rows, row)
		if row.order.serial != serial {
			fault("index order of contacts: an entry belongs to no row")
		}
		if table.ByID(row.contact.ID) != row {
			fault("index id of contacts: a row is not found")
		}
	}
	n := 0
	for range table.AllIDs() {
		n++
	}
	if n != len(rows) {
		fault("index id of contacts: an entry belongs to no row")
	}
	return rows
}

// hasTrees reports whether the trees of contacts are those of their table.
func (r reader) hasTrees() bool {
	n := 0
	for row := range scanRows[any](r, tableContacts, indexID, nil) {
		n++
		tree, ok := row.(*keyset.Tree)
		if ok && !slices.Contains(r.trees.keys, tree) || !ok && !row.(*rowmap.Rows[record]).Same(r.trees.rows) {
			return false
		}
	}
	return n == 1+len(r.trees.keys)
}

// check compares the keys of an index with those of the rows.
func (x *entryIndex) check(r reader, rows []*record, fault func(format string, args ...any)) {
	var want [][]byte
	for _, row := range rows {
		want = append(want, x.keys(row)...)
	}
	slices.SortFunc(want, bytes.Compare)
	missing, stale := false, false
	found := r.keySets().Range(keyset.Set(x.index), nil, nil, false)
	for more := found.Next(); more || len(want) > 0; {
		order := -1
		if len(want) > 0 && more {
			order = bytes.Compare(found.Key(), want[0])
		} else if !more {
			order = 1
		}
		missing, stale = missing || order > 0, stale || order < 0
		if order >= 0 {
			want = want[1:]
		}
		if order <= 0 {
			more = found.Next()
		}
	}
	if missing {
		fault("index %s of contacts: a row is not found", x.name)
	}
	if stale {
		fault("index %s of contacts: an entry belongs to no row, or is out of order", x.name)
	}
}
