package contacts

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/parallel"
	"github.com/contactsdb/contacts/internal/wire"
)

// Load opens a store that holds what [Snapshot.Export] wrote: equal to the one that was exported, in contents, order and
// position, so that it exports the same bytes (EXP-2). Its feed begins at that position. A nil opts means defaults; they
// apply to what is written from now on, not to what is loaded: phones keep the forms that they have, whatever
// Options.Region says.
//
// What is not such an export, or is damaged, truncated, reordered or written by a later version of this library, is
// refused with INVALID_EXPORT and a [LineError] that names the line and the reason, and nothing is loaded (EXP-3). Memory
// grows with the store and the longest line.
//
// Errors: INVALID_ARGUMENT for opts, INVALID_EXPORT, that of r, and that of ctx.
func Load(ctx context.Context, r io.Reader, opts *Options) (*Store, error) {
	o, err := opts.checked()
	if err != nil {
		return nil, err
	}
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	l := &loader{
		lines: lineReader{r: bufio.NewReaderSize(r, 1<<16)}, sum: sha256.New(), contacts: make(map[uuid.UUID]bool),
		defined: definitions{labels: make(map[string]Label), fields: make(map[string]Field)},
	}
	sn, err := snapshotOf(o, func(t *txn) error {
		l.tx = t
		return l.load(ctx)
	})
	if err != nil {
		return nil, err
	}
	sn.origin = hex.EncodeToString(l.sum.Sum(nil))
	sn.position, sn.changes, sn.time = l.store.Position, l.store.Changes, time.Time(l.store.Time)
	return newStore(o, newPhoneParser(o.Region), sn), nil
}

// lineKind is what a line of an export holds, in the order in which they stand there.
type lineKind int

const (
	lineNone lineKind = iota // before the first one
	lineStore
	lineLabel
	lineField
	lineContact
	lineRedirect
	lineEnd
)

// What is wrong with exports.
var (
	errNoExport  = errors.New("not an export of a contacts store")
	errVersion   = errors.New("written by a later version of this library")
	errNoEnd     = errors.New("the export ends before its last line")
	errAfterEnd  = errors.New("text after the last line")
	errLineKind  = errors.New("not a line of an export")
	errLineOrder = errors.New("not in its place")
	errTwice     = errors.New("the same ID or key as on a line before")
	errRedirects = errors.New("the redirects do not lead to a contact that is there or was deleted")
	errCounts    = errors.New("lines are missing, or there are more than there were")
	errChecksum  = errors.New("the checksum of the lines before is another")
)

// loader reads an export into a transaction.
type loader struct {
	lines     lineReader
	failed    error // why no more lines can be read
	sum       hash.Hash
	tx        *txn
	defined   definitions
	contacts  map[uuid.UUID]bool
	redirects []exportRedirect
	counts    exportCounts
	store     exportStore

	// The line before.
	at      lineKind
	created time.Time
}

const loadChunk = 512 // lines that are decoded together

// load reads all lines. Definitions come first and are taken one by one, as the contacts behind them ask for them.
// Contacts are decoded on all cores while those before them are inserted.
func (l *loader) load(ctx context.Context) error {
	for r := range l.tx.reads().labels() {
		l.defined.labels[r.value.Key] = r.value
	}
	for r := range l.tx.reads().fields() {
		l.defined.fields[r.value.Key] = r.value
	}
	if err := l.begin(); err != nil {
		return err
	}
	for l.at < lineContact {
		line, err := l.next(ctx)
		if err != nil {
			return l.ended(err)
		}
		line.decode(l.defined)
		if err := l.take(line); err != nil {
			return err
		}
	}
	var ahead []*loadedLine // decoded and not taken
	for {
		chunk, end := l.chunk(ctx)
		var decoding sync.WaitGroup
		decoding.Go(func() {
			parallel.For(len(chunk), func(i int) { chunk[i].decode(l.defined) })
		})
		var err error
		for i := 0; i < len(ahead) && err == nil; i++ {
			err = l.take(ahead[i])
		}
		decoding.Wait()
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			return l.ended(end)
		}
		ahead = chunk
	}
}

// ended returns what it means that there are no more lines.
func (l *loader) ended(err error) error {
	switch {
	case err != io.EOF:
		return err
	case l.at != lineEnd:
		return refuseLine(l.lines.n+1, errNoEnd)
	default:
		return nil
	}
}

// begin looks at how the text begins, before a line is read: another kind of file may be a line of gigabytes.
func (l *loader) begin() error {
	const beginning = `{"contactsStore":`
	switch text, err := l.lines.r.Peek(len(beginning)); {
	case err != nil && err != io.EOF:
		return l.unreadable(err)
	case string(text) != beginning:
		return refuseLine(1, errNoExport)
	default:
		return nil
	}
}

// unreadable returns an error of the reader.
func (l *loader) unreadable(err error) error {
	return fmt.Errorf("contacts: %w", &LineError{Line: l.lines.n + 1, Err: err})
}

// chunk reads some lines, and returns why there are no more.
func (l *loader) chunk(ctx context.Context) ([]*loadedLine, error) {
	lines := make([]*loadedLine, 0, loadChunk)
	for len(lines) < loadChunk {
		line, err := l.next(ctx)
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// next reads a line, or returns why there is none: io.EOF at the end. A reader may fail once and then go on as if nothing
// was lost; the error stays.
func (l *loader) next(ctx context.Context) (*loadedLine, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	if l.failed != nil {
		return nil, l.failed
	}
	text, err := l.lines.next()
	if err != nil {
		if l.failed = err; err != io.EOF {
			l.failed = l.unreadable(err)
		}
		return nil, l.failed
	}
	line := &loadedLine{n: l.lines.n, text: string(text)}
	if bytes.HasPrefix(text, []byte(`{"end":`)) {
		line.sum = hex.EncodeToString(l.sum.Sum(nil))
	}
	l.sum.Write(text)
	l.sum.Write([]byte("\n")) // however the line ends: tools turn one line end into another
	return line, nil
}

func refuseLine(n int, reason error) error {
	return &Error{Code: ErrInvalidExport, Err: &LineError{Line: n, Err: reason}}
}

// take takes over a decoded line.
func (l *loader) take(line *loadedLine) error {
	if err := l.check(line); err != nil {
		return refuseLine(line.n, err)
	}
	switch line.kind {
	case lineStore:
		l.store = *line.store
	case lineLabel:
		l.counts.Labels++
		l.tx.labels++
		l.defined.labels[line.label.Key] = *line.label
		l.tx.insert(tableLabels, &labelRecord{value: *line.label, order: l.tx.place(line.label.CreatedDate)})
	case lineField:
		l.counts.Fields++
		l.tx.fields++
		l.defined.fields[line.field.Key] = *line.field
		l.tx.insert(tableFields, &fieldRecord{value: *line.field, order: l.tx.place(line.field.CreatedDate)})
	case lineContact:
		l.counts.Contacts++
		l.tx.contacts++
		l.contacts[line.record.contact.ID] = true
		line.record.order = l.tx.place(line.record.contact.CreatedDate)
		l.tx.insert(tableContacts, line.record)
	case lineRedirect:
		l.counts.Redirects++
		l.redirects = append(l.redirects, *line.redirect)
	}
	return nil
}

// check reports why a line cannot stand where it does.
func (l *loader) check(line *loadedLine) error {
	first := l.at == lineNone
	switch {
	case l.at == lineEnd:
		return errAfterEnd
	case first && line.kind != lineStore:
		return errNoExport
	case first && line.store.Version > exportVersion: // what else its lines hold is not ours to judge
		return errVersion
	case line.err != nil:
		return line.err
	case line.kind < l.at, !first && line.kind == lineStore:
		return errLineOrder
	}
	another := line.kind != l.at
	l.at = line.kind
	switch line.kind {
	case lineLabel:
		if _, ok := l.defined.labels[line.label.Key]; ok {
			return errTwice
		}
		return l.inOrder(another, line.label.CreatedDate)
	case lineField:
		if _, ok := l.defined.fields[line.field.Key]; ok {
			return errTwice
		}
		return l.inOrder(another, line.field.CreatedDate)
	case lineContact:
		if l.contacts[line.record.contact.ID] {
			return errTwice
		}
		return l.inOrder(another, line.record.contact.CreatedDate)
	case lineRedirect:
		if n := len(l.redirects); n > 0 && bytes.Compare(l.redirects[n-1].ID[:], line.redirect.ID[:]) >= 0 {
			return errLineOrder
		}
	case lineEnd:
		switch {
		case *line.end != l.counts, l.counts.minChanges() > l.store.Changes:
			return errCounts
		case !line.closes(l.counts):
			return errChecksum
		case !l.restoreRedirects():
			return errRedirects
		}
	}
	return nil
}

// inOrder requires that what the lines of a kind hold was created one after the other.
func (l *loader) inOrder(first bool, created time.Time) error {
	if !first && created.Before(l.created) {
		return errLineOrder
	}
	l.created = created
	return nil
}

// restoreRedirects writes the redirects. It reports whether each of them leads, without going round in a circle, to an ID
// that was not merged away itself.
func (l *loader) restoreRedirects() bool {
	into := make(map[uuid.UUID]uuid.UUID, len(l.redirects))
	for _, r := range l.redirects {
		into[r.ID] = r.Into
	}
	roots := make(map[uuid.UUID]uuid.UUID, len(into)) // where an ID leads, as far as is known
	size := make(map[uuid.UUID]int)
	for _, r := range l.redirects {
		var way []uuid.UUID
		id := r.ID
		for roots[id] == uuid.Nil && into[id] != uuid.Nil {
			if l.contacts[id] || len(way) == len(into) {
				return false // it was merged away and is there, or it is in a circle
			}
			way = append(way, id)
			id = into[id]
		}
		if _, ok := into[id]; !ok {
			return false
		}
		root := cmp.Or(roots[id], id)
		roots[root] = root
		for _, id := range way {
			roots[id] = root
		}
		size[root]++
	}
	// Every ID is hung right under its root, the shortest way that there is.
	for _, r := range l.redirects {
		row := &redirect{id: r.ID, into: r.Into, parent: roots[r.ID]}
		if row.parent == row.id {
			if row.live, row.size = row.id, size[row.id]; row.size < 2 {
				return false // nothing was merged into it
			}
		}
		l.tx.insert(tableRedirects, row)
	}
	return true
}

// loadedLine is one line of an export.
type loadedLine struct {
	n    int // counted from 1
	text string
	sum  string // of the lines before, where this looks like the last one; then the text is kept

	// What it holds.
	kind     lineKind
	store    *exportStore
	label    *Label
	field    *Field
	record   *record
	redirect *exportRedirect
	end      *exportCounts

	err error
}

// decode decodes the line, and checks what it holds by itself and by what is defined.
func (line *loadedLine) decode(defined definitions) {
	v := &validator{stored: true}
	members := 0
	_, err := wire.Read(line.text, "", func(value wire.Value) any {
		for name, part := range value.Object().Members() {
			members++
			line.member(v, name, part, defined)
		}
		return nil
	})
	if line.sum == "" {
		line.text = ""
	}
	if line.err = invalid(append(wrongTypes(err), v.violations...)); members != 1 || line.kind == lineNone {
		line.err = errLineKind
	}
}

// member decodes and checks a member of the line, which should be the only one.
func (line *loadedLine) member(v *validator, name string, value wire.Value, defined definitions) {
	switch part := value.Object(); name {
	case "contactsStore":
		line.kind, line.store = lineStore, new(readExportStore(part))
		v.holds(part.At("version"), line.store.Version > 0)
		position, changes := uint64(line.store.Position), line.store.Changes
		v.holds(part.At("changes"), position <= changes && (position > 0) == (changes > 0))
	case "label":
		line.kind, line.label = lineLabel, new(readLabel(wire.Value(part)))
		v.violations = append(v.violations, line.label.check("label")...)
	case "field":
		line.kind, line.field = lineField, new(readField(wire.Value(part)))
		v.violations = append(v.violations, line.field.check("field")...)
	case "contact":
		line.kind, line.record = lineContact, readExportedContact(wire.Value(part).As("")) // paths are those of a contact
		var derived []string
		for key := range line.record.contact.Info.ExtendedFields {
			if derivedField(key) {
				derived = append(derived, key)
			}
		}
		slices.Sort(derived)
		for _, key := range derived {
			v.holds(fieldPath(key), false)
		}
		v.violations = append(v.violations, line.record.check(defined)...)
		derive(&line.record.contact, line.record.statuses)
	case "redirect":
		line.kind = lineRedirect
		line.redirect = &exportRedirect{ID: part.GUID("id"), Into: part.GUID("into")}
		v.holds(part.At("id"), line.redirect.ID != uuid.Nil)
	case "end":
		line.kind, line.end = lineEnd, new(readExportCounts(part))
	}
}

// closes reports whether the line is, to the last byte, the one that ends what was counted: it is not summed up itself.
func (line *loadedLine) closes(counts exportCounts) bool {
	var last lineEncoder
	last.encode(exportLine{End: &exportEnd{counts, line.sum}})
	return line.sum != "" && string(last.Bytes) == line.text+"\n"
}

func readExportStore(o wire.Object) exportStore {
	return exportStore{
		Version: o.Integer("version"), Position: Position(count(o, "position")), Changes: count(o, "changes"),
		Time: wire.Time(o.Time("time")),
	}
}

func readExportCounts(o wire.Object) exportCounts {
	return exportCounts{
		Labels: int(count(o, "labels")), Fields: int(count(o, "fields")),
		Contacts: int(count(o, "contacts")), Redirects: int(count(o, "redirects")),
	}
}

func count(o wire.Object, name string) uint64 {
	return wire.Scalar(o, wire.FormatInteger, asCount, name)
}

// asCount takes a number without sign, fraction and exponent. One that is near its end could not go on.
func asCount(n *wire.Node) (uint64, bool) {
	count, err := strconv.ParseUint(n.Text, 10, 63)
	return count, err == nil && n.Kind == wire.KindNumber
}

// readExportedContact decodes a contact with what is not part of it.
func readExportedContact(v wire.Value) *record {
	o := v.Object()
	r := &record{contact: readContact(v), billing: o.Bool("billingSubscription")}
	r.statuses.emails = wire.Map(o, "emailStatuses", func(v wire.Value) emailStatus {
		st := v.Object()
		return emailStatus{
			wire.Enum[SubscriptionStatus](st, "subscriptionStatus"),
			wire.Enum[EmailDeliverability](st, "deliverabilityStatus"),
		}
	})
	r.statuses.phones = wire.Map(o, "phoneStatuses", func(v wire.Value) phoneStatus {
		return phoneStatus{wire.Enum[SubscriptionStatus](v.Object(), "subscriptionStatus"), PhoneDeliverabilityNotSet}
	})
	return r
}
