package contacts

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// A commit as data (LOG-1) is JSON Lines. The first line concerns the commit as a whole. Then follow, in the
// order of the changes, the rows as they are afterwards, in the form of an export, and the deletions:
//
//	{"commit":{"version":1, …}}                          see commitData
//	{"contact":{…}, "place":1}                           created; without a place: updated
//	{"contact":{…}, "originatedFrom":…, "sources":[…]}   merged: two changes, merged and updated
//	{"contact":{…}, "submission":{…}}                    created or updated by a submission: two changes
//	{"contactSubmitted":{"id":…, "revision":…}, "submission":{…}}     a submission that changed nothing
//	{"contactDeleted":{"id":…, "revision":…}}
//	{"label":{…}, "place":2}                             likewise field, and without a place
//	{"labelDeleted":{"key":…}}                           likewise fieldDeleted
//	{"redirect":{"id":…, "into":…}}                      the ID of a contact that was merged away
//
// Places and links between redirects are relative to the store before the commit: a store that was loaded from an
// export has its own serial numbers and its own forest of redirects, and the same commit must fit it. The states before
// the changes are those of that store, too.

// commitVersion is the version of the data that [commitData.encode] writes. A change to how a row is written, read or
// derived needs another version, with a golden file of each: see [decodeCommit].
const commitVersion = 1

// commitData is a commit as data.
type commitData struct {
	number  Position // of the commit
	time    time.Time
	id      uuid.UUID // of the caller's write; may be nil
	origin  string    // Commit.OriginatedFrom
	changes uint64    // of the store before the commit
	places  uint64    // that it used in the order of creation
	job     *Job      // the bulk job that it is a part of, as far as it has come with it; nil if it is of none
	lines   []commitLine
}

// commitLine is a row that the commit wrote or deleted, or a submission that wrote nothing.
type commitLine struct {
	kind     lineName
	record   *record
	label    *Label
	field    *Field
	id       uuid.UUID // contactDeleted, contactSubmitted, redirect
	revision int       // contactDeleted, contactSubmitted: of the contact before the line
	into     uuid.UUID // redirect
	key      string    // labelDeleted, fieldDeleted

	place      uint64 // of a new row: counted from 1, after the last place before the commit
	origin     string // of the changes, see Event.OriginatedFrom
	sources    []uuid.UUID
	submission *submission
}

// lineName is the kind of a line, and the name of its first member.
type lineName string

const (
	nameContact          lineName = "contact"
	nameContactDeleted   lineName = "contactDeleted"
	nameContactSubmitted lineName = "contactSubmitted"
	nameLabel            lineName = "label"
	nameLabelDeleted     lineName = "labelDeleted"
	nameField            lineName = "field"
	nameFieldDeleted     lineName = "fieldDeleted"
	nameRedirect         lineName = "redirect"
)

// The reasons why data is not that of a commit, or does not fit a store. All others are wrapped by one of these, and
// a [LineError] has the line.
var (
	errNoCommit      = errors.New("not the data of a commit")
	errCommitVersion = errors.New("a commit of a later version of this library")
	errCommitGap     = errors.New("not the next commit of the store")
	errMisfit        = errors.New("the commit does not fit the store")

	errNotCanonical = fmt.Errorf("%w: not as a store writes it", errNoCommit)
	errLineMissing  = fmt.Errorf("%w: lines are missing or were added", errNoCommit)
	errPlaces       = fmt.Errorf("%w: not a free place in the order of creation", errNoCommit)
	errSequence     = fmt.Errorf("%w: another number of changes", errMisfit)
	errBackInTime   = fmt.Errorf("%w: its time is before that of the last commit", errMisfit)
	errNoRow        = fmt.Errorf("%w: no such row", errMisfit)
	errRowExists    = fmt.Errorf("%w: the row already exists", errMisfit)
	errRevision     = fmt.Errorf("%w: not the next revision", errMisfit)
	errCreated      = fmt.Errorf("%w: another date of creation", errMisfit)
	errSystemRow    = fmt.Errorf("%w: a label or field of the system", errMisfit)
	errLink         = fmt.Errorf("%w: not an ID that was merged into a contact", errMisfit)
)

// errUnrecorded means that a transaction wrote a row without a change, or noted a change without a row: the data would
// be incomplete.
var errUnrecorded = errors.New("a row and a change of the commit do not match")

// data returns the commit that the transaction has made as data. It needs tx.rows.
func (tx *txn) data(c *Commit, id uuid.UUID) ([]byte, error) {
	d := &commitData{
		number: c.Position, time: c.Time, id: id, origin: c.OriginatedFrom, changes: tx.base.changes,
		places: tx.serial - tx.base.serial, job: tx.job, lines: make([]commitLine, 0, len(tx.rows.list)),
	}
	b := lineBuilder{base: tx.base, changes: tx.changes, lines: d.lines}
	for _, row := range tx.rows.list {
		b.changesBefore(row.changes)
		b.row(row)
	}
	b.changesBefore(len(tx.changes))
	if d.lines = b.lines; b.broken || b.sources != nil {
		return nil, &Error{Code: ErrInternal, Err: errUnrecorded}
	}
	text, err := d.encode()
	if err != nil {
		return nil, &Error{Code: ErrInternal, Err: err}
	}
	return text, nil
}

// lineBuilder joins the rows and the changes of a transaction to lines.
type lineBuilder struct {
	base    *Snapshot
	changes []Change
	next    int // the next change
	lines   []commitLine
	sources []uuid.UUID // of a merge whose target comes next
	broken  bool
}

// changesBefore adds the changes up to the n-th, which have no row of their own.
func (b *lineBuilder) changesBefore(n int) {
	for ; b.next < n; b.next++ {
		change := &b.changes[b.next]
		switch change.Kind {
		case ContactMerged:
			b.broken = b.broken || b.sources != nil
			b.sources = change.sources
		case ContactSubmitted:
			b.submitted(change)
		default:
			b.broken = true
		}
	}
}

// submitted adds a submission to the line of its contact, or as a line of its own if it changed nothing.
func (b *lineBuilder) submitted(c *Change) {
	if c.Before.r == c.After.r {
		b.lines = append(b.lines, commitLine{
			kind: nameContactSubmitted, id: c.After.ID(), revision: c.After.Revision(), origin: c.origin,
			submission: c.submission,
		})
		return
	}
	if b.next == 0 || b.changes[b.next-1].After != c.After || b.changes[b.next-1].Before != c.Before ||
		b.changes[b.next-1].origin != c.origin {
		b.broken = true
		return
	}
	b.lines[len(b.lines)-1].submission = c.submission
}

// row adds a row, with its change if it is not a redirect.
func (b *lineBuilder) row(row writtenRow) {
	if link, ok := row.row.(*redirect); ok {
		b.lines = append(b.lines, commitLine{kind: nameRedirect, id: link.id, into: link.into})
		b.broken = b.broken || row.deleted
		return
	}
	if b.next == len(b.changes) {
		b.broken = true
		return
	}
	change := &b.changes[b.next]
	line, created, ok := lineOf(row, change)
	if line.origin = change.origin; created > 0 {
		line.place = created - b.base.serial
	}
	if b.sources != nil { // the changes of a merge are two: of the merge, and of its target
		merged := &b.changes[b.next-1]
		ok = ok && change.Kind == ContactUpdated && merged.After == change.After && merged.Before == change.Before &&
			merged.origin == change.origin
		line.sources, b.sources = b.sources, nil
	}
	b.broken = b.broken || !ok
	b.lines = append(b.lines, line)
	b.next++
}

// lineOf returns the line of a row, its serial number if it is a new one, and whether the change is that of the row.
func lineOf(row writtenRow, c *Change) (line commitLine, created uint64, ok bool) {
	switch r := row.row.(type) {
	case *record:
		if row.deleted {
			line = commitLine{kind: nameContactDeleted, id: r.contact.ID, revision: r.contact.Revision}
			return line, 0, c.Kind == ContactDeleted && c.Before.r == r
		}
		if c.Kind == ContactCreated {
			created = r.order.serial
		}
		ok = (c.Kind == ContactCreated || c.Kind == ContactUpdated) && c.After.r == r
		return commitLine{kind: nameContact, record: r}, created, ok
	case *labelRecord:
		created, ok = definitionOf(r, row.deleted, c.Kind, labelKinds, c.label)
		if row.deleted {
			return commitLine{kind: nameLabelDeleted, key: r.value.Key}, 0, ok
		}
		return commitLine{kind: nameLabel, label: &r.value}, created, ok
	case *fieldRecord:
		created, ok = definitionOf(r, row.deleted, c.Kind, fieldKinds, c.field)
		if row.deleted {
			return commitLine{kind: nameFieldDeleted, key: r.value.Key}, 0, ok
		}
		return commitLine{kind: nameField, field: &r.value}, created, ok
	default:
		return commitLine{}, 0, false
	}
}

// definitionKinds are the kinds of the changes to labels, or to extended fields.
type definitionKinds struct{ created, updated, deleted ChangeKind }

var (
	labelKinds = definitionKinds{LabelCreated, LabelUpdated, LabelDeleted}
	fieldKinds = definitionKinds{FieldCreated, FieldUpdated, FieldDeleted}
)

// definitionOf returns the serial number of a label or an extended field if it is a new one, and whether a change is
// that of its row.
func definitionOf[D interface {
	defined
	comparable
}](
	r *definitionRecord[D], deleted bool, kind ChangeKind, kinds definitionKinds, v *versions[D],
) (created uint64, ok bool) {
	switch {
	case v == nil:
		return 0, false
	case deleted:
		return 0, kind == kinds.deleted && v.before == r.value
	case kind == kinds.created:
		created = r.order.serial
	}
	return created, (kind == kinds.created || kind == kinds.updated) && v.after == r.value
}

// encode returns the canonical data: equal commits have equal bytes (LOG-3).
func (d *commitData) encode() ([]byte, error) {
	return wire.Write(func(w *wire.Writer) {
		w.Begin('{')
		w.Name("commit")
		w.Begin('{')
		w.Name("version")
		w.Int(commitVersion)
		w.Name("number")
		w.Int(int(d.number))
		w.Name("time")
		w.Time(d.time)
		w.MemberUUID("id", d.id)
		w.MemberString("originatedFrom", d.origin)
		w.MemberInt("changes", int(d.changes))
		w.MemberInt("places", int(d.places))
		if d.job != nil {
			w.Name("job")
			w.Value(d.job)
		}
		w.MemberInt("lines", len(d.lines))
		w.End('}')
		w.End('}')
		w.EndLine()
		for i := range d.lines {
			d.lines[i].write(w)
		}
	})
}

func (l *commitLine) write(w *wire.Writer) {
	w.Begin('{')
	w.Name(string(l.kind))
	switch l.kind {
	case nameContact:
		writeRow(w, l.record)
	case nameLabel:
		writeLabel(w, l.label)
	case nameField:
		writeField(w, l.field)
	default:
		w.Begin('{')
		w.MemberUUID("id", l.id)
		w.MemberUUID("into", l.into)
		w.MemberInt("revision", l.revision)
		w.MemberString("key", l.key)
		w.End('}')
	}
	w.MemberInt("place", int(l.place))
	w.MemberString("originatedFrom", l.origin)
	if len(l.sources) > 0 {
		w.Name("sources")
		wire.WriteList(w, l.sources, writeID)
	}
	if l.submission != nil {
		w.Name("submission")
		w.Begin('{')
		l.submission.writeMembers(w)
		w.End('}')
	}
	w.End('}')
	w.EndLine()
}

// decodeCommit reads the data of a commit. It accepts the output of [commitData.encode] only, so decoding and encoding
// again gives the same bytes (LOG-3). That is not required of data of earlier versions, which this version would write
// in another way. It takes memory in proportion to the data, at most 50 times as much.
//
// The rows are new ones. They become part of the store that the commit is applied to, so it can be applied only once.
//
// Errors: a [LineError] that wraps errNoCommit, INVALID_ARGUMENT with violations, or errCommitVersion.
func decodeCommit(data []byte) (*commitData, error) {
	d := &commitData{}
	text, n := string(data), 0
	for text != "" {
		line, rest, ended := strings.Cut(text, "\n")
		var err error
		if n++; n == 1 {
			err = d.readHead(line, strings.Count(rest, "\n"))
		} else {
			err = d.readLine(line)
		}
		if err == nil && !ended {
			err = errLineMissing
		}
		if err != nil {
			return nil, &LineError{Line: n, Err: err}
		}
		text = rest
	}
	if n == 0 {
		return nil, &LineError{Line: 1, Err: errNoCommit}
	}
	if line := d.badPlace(); line > 0 {
		return nil, &LineError{Line: line, Err: errPlaces}
	}
	again, err := d.encode()
	if err != nil || !bytes.Equal(again, data) {
		same := 0
		for same < min(len(again), len(data)) && again[same] == data[same] {
			same++
		}
		return nil, &LineError{Line: 1 + bytes.Count(data[:same], []byte("\n")), Err: errNotCanonical}
	}
	return d, nil
}

// readHead reads the first line. The version comes first: a later one may have anything else there. follow is the
// number of lines that follow.
func (d *commitData) readHead(line string, follow int) error {
	version, lines := 0, 0
	_, err := wire.ReadAtMost(len(line), line, "", func(v wire.Value) any {
		o := v.Object().Object("commit")
		version = o.Integer("version")
		d.number, d.time, d.id = Position(readCount(o, "number")), o.Time("time"), o.GUID("id")
		d.origin = o.Text("originatedFrom")
		d.changes, d.places = readCount(o, "changes"), readCount(o, "places")
		if o.Has("job") {
			d.job = new(readJob(o.Get("job")))
		}
		lines = int(readCount(o, "lines"))
		return nil
	})
	switch {
	case version > commitVersion:
		return errCommitVersion
	case version < commitVersion || err != nil:
		return errNoCommit
	case lines != follow:
		return errLineMissing
	}
	d.lines = make([]commitLine, 0, lines)
	return nil
}

// commitID returns the ID of the write whose commit has this data.
func commitID(data []byte) (uuid.UUID, error) {
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	d := &commitData{}
	err := d.readHead(string(head), bytes.Count(rest, []byte("\n")))
	return d.id, err
}

func (d *commitData) readLine(text string) error {
	line, err := wire.ReadAtMost(len(text), text, "", func(v wire.Value) commitLine {
		return readCommitLine(v.Object())
	})
	if err != nil {
		return wrongJSON(err)
	}
	if !line.wellFormed() {
		return errNoCommit
	}
	d.lines = append(d.lines, line)
	return nil
}

func readCommitLine(o wire.Object) commitLine {
	line := commitLine{
		place: readCount(o, "place"), origin: o.Text("originatedFrom"),
		sources: wire.List(o, "sources", wire.Value.GUID),
	}
	if o.Has("submission") {
		line.submission = readSubmission(o.Object("submission"))
	}
	for name, value := range o.Members() {
		line.kind = lineName(strings.Clone(name))
		switch line.kind {
		case nameContact:
			line.record = readExportedContact(value)
		case nameLabel:
			line.label = new(readLabel(value))
		case nameField:
			line.field = new(readField(value))
		default:
			part := value.Object()
			line.id, line.into = part.GUID("id"), part.GUID("into")
			line.revision, line.key = part.Integer("revision"), part.Text("key")
		}
		break // the first member has the name of the line
	}
	return line
}

// lineParts is a set of parts of a line.
type lineParts uint

const (
	partRow lineParts = 1 << iota
	partID
	partInto
	partRevision
	partKey
	partPlace
	partOrigin
	partSources
	partSubmission
)

// lineForms are the parts that lines must have, and those that they may have.
var lineForms = map[lineName]struct{ must, may lineParts }{
	nameContact:          {partRow, partPlace | partOrigin | partSources | partSubmission},
	nameContactDeleted:   {partID | partRevision, partOrigin},
	nameContactSubmitted: {partID | partRevision | partSubmission, partOrigin},
	nameLabel:            {partRow, partPlace | partOrigin},
	nameLabelDeleted:     {partKey, partOrigin},
	nameField:            {partRow, partPlace | partOrigin},
	nameFieldDeleted:     {partKey, partOrigin},
	nameRedirect:         {partID | partInto, 0},
}

// wellFormed reports whether the line has the parts of its kind and no others.
func (l *commitLine) wellFormed() bool {
	parts := lineParts(0)
	add := func(part lineParts, has bool) {
		if has {
			parts |= part
		}
	}
	add(partRow, l.hasRow())
	add(partID, l.id != uuid.Nil)
	add(partInto, l.into != uuid.Nil)
	add(partRevision, l.revision != 0)
	add(partKey, l.key != "")
	add(partPlace, l.place > 0)
	add(partOrigin, l.origin != "")
	add(partSources, l.sources != nil)
	add(partSubmission, l.submission != nil)
	form, ok := lineForms[l.kind]
	const others = partPlace | partSubmission // which the target of a merge has not
	return ok && parts&form.must == form.must && parts&^(form.must|form.may) == 0 &&
		(parts&partSources == 0 || parts&others == 0)
}

// hasRow reports whether the line has a contact, or a label or field that is not one of the system.
func (l *commitLine) hasRow() bool {
	switch {
	case l.record != nil:
		return l.record.contact.ID != uuid.Nil
	case l.label != nil:
		return l.label.Key != "" && !l.label.definition().isSystem()
	default:
		return l.field != nil && l.field.Key != "" && !l.field.definition().isSystem()
	}
}

// badPlace returns the number of the first line whose place is too high, or is that of an earlier line; 0 if none is.
func (d *commitData) badPlace() int {
	var seen map[uint64]bool
	for i := range d.lines {
		place := d.lines[i].place
		if place > d.places || seen[place] {
			return i + 2
		}
		if place > 0 && len(d.lines) > 1 {
			if seen == nil {
				seen = make(map[uint64]bool)
			}
			seen[place] = true
		}
	}
	return 0
}

// apply returns the state after a commit and the commit, given the state before it (LOG-2). It follows from these two
// alone, without a clock, randomness or rules. With selfCheck, rows have a checksum.
//
// Errors: a [LineError] that wraps errCommitGap or errMisfit (LOG-4). The snapshot base never changes.
func (d *commitData) apply(base *Snapshot, selfCheck bool) (*Snapshot, *Commit, error) {
	a := base.replay(selfCheck)
	defer a.tx.mem.Abort() // does nothing after commit
	commit, err := a.add(d)
	if err != nil {
		return nil, nil, err
	}
	return a.commit(), commit, nil
}

// follows reports why the commit is not one that comes directly after a snapshot.
func (d *commitData) follows(base *Snapshot) error {
	switch {
	case d.number != base.position+1:
		return errCommitGap
	case d.changes != base.changes:
		return errSequence
	case d.time.IsZero() || !later(base.time, d.time).Equal(d.time):
		return errBackInTime
	default:
		return nil
	}
}

// applier applies commits to a snapshot, one after another in one transaction. With a transaction for each, most of the
// time would go into nodes of the tables that the next commit copies again.
type applier struct {
	tx      *txn               // its base has the rows of the snapshot, and the rest of the last commit
	base    reader             // of the snapshot: reading redirects that the transaction has written is slow
	merged  map[uuid.UUID]bool // contacts that the commits have merged away so far
	deleted map[uuid.UUID]bool // contacts that the last commit has deleted
	lines   int                // of all commits
}

// replay returns an applier for the commits that come after the snapshot. Abort its transaction when done: after commit
// this does nothing.
func (sn *Snapshot) replay(selfCheck bool) *applier {
	a := &applier{tx: sn.begin(sn.time), base: sn.reads()}
	a.tx.selfCheck = selfCheck
	return a
}

// add applies a commit and returns it. The applier cannot be used after an error.
func (a *applier) add(d *commitData) (*Commit, error) {
	if err := d.follows(a.tx.base); err != nil {
		return nil, &LineError{Line: 1, Err: err}
	}
	a.tx.now, a.tx.changes, a.deleted = d.time, make([]Change, 0, len(d.lines)), nil
	a.lines += len(d.lines)
	for i := range d.lines {
		if err := a.apply(&d.lines[i]); err != nil {
			return nil, &LineError{Line: i + 2, Err: err}
		}
	}
	a.tx.origin, a.tx.serial = d.origin, a.tx.base.serial+d.places
	var commit *Commit
	a.tx.base, commit = a.tx.next(a.tx.base.tables)
	return commit, nil
}

// commit returns the state after all commits. The applier cannot be used afterwards.
func (a *applier) commit() *Snapshot {
	next := a.tx.base
	next.tables = a.tx.end()
	return next
}

func (a *applier) apply(l *commitLine) error {
	a.tx.origin = l.origin
	switch l.kind {
	case nameContact:
		return a.contact(l)
	case nameContactDeleted:
		before, err := a.current(l.id, l.revision)
		if err == nil {
			a.delete(before)
		}
		return err
	case nameContactSubmitted:
		before, err := a.current(l.id, l.revision)
		if err == nil {
			a.submitted(before, before, l.submission)
		}
		return err
	case nameLabel, nameLabelDeleted:
		return a.label(l)
	case nameField, nameFieldDeleted:
		return a.field(l)
	default:
		return a.redirect(l.id, l.into)
	}
}

// find returns the contact as it is after the lines so far, or nil.
func (a *applier) find(id uuid.UUID) *record { return a.tx.reads().contact(id) }

// current returns the contact as it is after the lines so far, which must have this revision.
func (a *applier) current(id uuid.UUID, revision int) (*record, error) {
	switch r := a.find(id); {
	case r == nil:
		return nil, errNoRow
	case r.contact.Revision != revision:
		return nil, errRevision
	default:
		return r, nil
	}
}

func (a *applier) delete(r *record) {
	a.tx.put(r, nil)
	if a.deleted == nil {
		a.deleted = make(map[uuid.UUID]bool)
	}
	a.deleted[r.contact.ID] = true
}

func (a *applier) submitted(before, after *record, s *submission) {
	a.tx.note(Change{Kind: ContactSubmitted, Before: View{before}, After: View{after}, submission: s})
}

// contact applies the line of a contact that was created, updated, merged or submitted to.
func (a *applier) contact(l *commitLine) error {
	after := l.record
	c := &after.contact
	before := a.find(c.ID)
	switch {
	case l.place > 0 && (before != nil || a.merged[c.ID] || a.base.redirect(c.ID) != nil):
		return errRowExists
	case l.place > 0:
		after.order = place{created: createdDate(after), serial: a.tx.base.serial + l.place}
	case before == nil:
		return errNoRow
	case c.Revision != before.contact.Revision+1:
		return errRevision
	case c.CreatedDate != before.contact.CreatedDate:
		return errCreated
	default:
		after.order = before.order
	}
	if l.sources != nil {
		a.tx.note(Change{Kind: ContactMerged, Before: View{before}, After: View{after}, sources: l.sources})
	}
	a.tx.put(before, after)
	if l.submission != nil {
		a.submitted(before, after, l.submission)
	}
	return nil
}

func (a *applier) label(l *commitLine) error {
	before := a.tx.reads().label(l.definitionKey())
	d := definitionWrite[Label]{a.tx, tableLabels, before, l.label, l.place, &a.tx.labels}
	kind, v, err := d.apply(labelKinds)
	if err == nil {
		a.tx.note(Change{Kind: kind, label: v})
	}
	return err
}

func (a *applier) field(l *commitLine) error {
	before := a.tx.reads().field(l.definitionKey())
	d := definitionWrite[Field]{a.tx, tableFields, before, l.field, l.place, &a.tx.fields}
	kind, v, err := d.apply(fieldKinds)
	if err == nil {
		a.tx.note(Change{Kind: kind, field: v})
	}
	return err
}

// definitionKey returns the key of the label or field that a line creates, updates or deletes.
func (l *commitLine) definitionKey() string {
	switch {
	case l.label != nil:
		return l.label.Key
	case l.field != nil:
		return l.field.Key
	default:
		return l.key
	}
}

// definitionWrite is the line of a label or an extended field.
type definitionWrite[D defined] struct {
	tx     *txn
	table  string
	before *definitionRecord[D] // nil if there is none
	after  *D                   // nil to delete it
	place  uint64               // of a new one
	count  *int                 // of those that are not of the system
}

// apply writes the row, and returns the kind and the versions of its change.
func (d definitionWrite[D]) apply(kinds definitionKinds) (ChangeKind, *versions[D], error) {
	switch {
	case d.place == 0 && d.before == nil:
		return "", nil, errNoRow
	case d.place > 0 && d.before != nil:
		return "", nil, errRowExists
	case d.before == nil:
		*d.count++
		created := (*d.after).definition().created
		d.insert(place{created: created, serial: d.tx.base.serial + d.place})
		return kinds.created, &versions[D]{after: *d.after}, nil
	case d.before.value.definition().isSystem():
		return "", nil, errSystemRow
	case d.after == nil:
		*d.count--
		d.tx.delete(d.table, d.before)
		return kinds.deleted, &versions[D]{before: d.before.value}, nil
	case !(*d.after).definition().created.Equal(d.before.order.created):
		return "", nil, errCreated
	default:
		d.insert(d.before.order)
		return kinds.updated, &versions[D]{d.before.value, *d.after}, nil
	}
}

func (d definitionWrite[D]) insert(order place) {
	d.tx.insert(d.table, &definitionRecord[D]{value: *d.after, order: order})
}

// redirect applies the line of a contact that was merged into another and then deleted. It must not have been merged
// away before, so that no cycle can form.
func (a *applier) redirect(id, into uuid.UUID) error {
	if !a.deleted[id] || a.find(id) != nil || a.merged[id] || a.find(into) == nil {
		return errLink
	}
	if a.merged == nil {
		a.merged = make(map[uuid.UUID]bool)
	}
	a.merged[id] = true
	a.tx.redirect(id, into)
	return nil
}

// checkReplay verifies that the data of the commit leads from the snapshot base to sn and to the same commit (LOG-6).
func (sn *Snapshot) checkReplay(base *Snapshot, commit *Commit, data []byte) error {
	c := &checker{sn: sn, reads: sn.reads()}
	d, err := decodeCommit(data)
	if err == nil {
		var again *Snapshot
		var replayed *Commit
		if again, replayed, err = d.apply(base, true); err == nil {
			c.checkSame(again)
			c.checkSameCommit(commit, replayed)
		}
	}
	if err != nil {
		c.fault("replay: %v", err)
	}
	return c.err()
}

// checkSame checks that another snapshot has the same rows and counts.
func (c *checker) checkSame(o *Snapshot) {
	sn := c.sn
	c.expect(sn.position == o.position && sn.time.Equal(o.time), "replay: another position or time")
	c.expect(sn.serial == o.serial && sn.changes == o.changes && sn.counts == o.counts, "replay: another count")
	c.expect(sn.newestFirst == o.newestFirst && sn.origin == o.origin, "replay: another store")
	same := slices.EqualFunc(slices.Collect(c.reads.all()), slices.Collect(o.reads().all()), sameRecord)
	c.expect(same, "replay: other rows in contacts")
	for _, table := range []string{tableLabels, tableFields, tableRedirects} {
		same := slices.EqualFunc(
			slices.Collect(scanRows[any](c.reads, table, indexID, nil)),
			slices.Collect(scanRows[any](o.reads(), table, indexID, nil)), sameRow)
		c.expect(same, "replay: other rows in %s", table)
	}
}

// sameRow reports whether two rows of a table are equal.
func sameRow(a, b any) bool {
	switch a := a.(type) {
	case *labelRecord:
		return *a == *b.(*labelRecord)
	case *fieldRecord:
		return *a == *b.(*fieldRecord)
	default:
		return *a.(*redirect) == *b.(*redirect)
	}
}

// sameRecord reports whether two records are equal. Either may be nil.
func sameRecord(a, b *record) bool {
	if a == b || a == nil || b == nil {
		return a == b
	}
	return a.full().Equal(b.full()) && a.order == b.order && a.billing == b.billing &&
		maps.Equal(a.statuses.emails, b.statuses.emails) && maps.Equal(a.statuses.phones, b.statuses.phones)
}

// checkSameCommit checks that two commits have the same changes.
func (c *checker) checkSameCommit(a, b *Commit) {
	c.expect(a.Position == b.Position && a.Time.Equal(b.Time) && a.OriginatedFrom == b.OriginatedFrom &&
		len(a.Changes) == len(b.Changes), "replay: another commit")
	for i := range min(len(a.Changes), len(b.Changes)) {
		c.expect(sameChange(&a.Changes[i], &b.Changes[i]), "replay: another change %d", i)
	}
}

func sameChange(a, b *Change) bool {
	return a.Kind == b.Kind && a.sequence == b.sequence && a.origin == b.origin &&
		sameRecord(a.Before.r, b.Before.r) && sameRecord(a.After.r, b.After.r) &&
		equalPtrFunc(a.label, b.label, func(x, y versions[Label]) bool { return x == y }) &&
		equalPtrFunc(a.field, b.field, func(x, y versions[Field]) bool { return x == y }) &&
		slices.Equal(a.sources, b.sources) &&
		equalPtrFunc(a.submission, b.submission, func(x, y submission) bool {
			return x.passThroughData == y.passThroughData && x.activity.equal(y.activity)
		})
}
