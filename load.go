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
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/parallel"
	"github.com/contactsdb/contacts/internal/wire"
)

// Load opens a store from the output of [Snapshot.Export]. The new store equals the exported one in contents, order and
// position, and exports the same bytes (EXP-2). Its feed begins at that position. A nil opts means defaults. The
// options apply to later writes, not to the loaded contents: phones keep their forms, whatever Options.Region says.
//
// Input that is not such an export, or is damaged, truncated, reordered or written by a later version of this library,
// is refused with INVALID_EXPORT and a [LineError] with the line and the reason; nothing is loaded (EXP-3). So is a
// line that exceeds Options.LineLimits. Memory grows with the store and the longest line.
//
// Errors: INVALID_ARGUMENT for opts or a nil context, INVALID_EXPORT, and the errors of r and ctx.
func Load(ctx context.Context, r io.Reader, opts *Options) (*Store, error) {
	o, err := opts.checked()
	if err != nil {
		return nil, err
	}
	if err := checkContext(ctx); err != nil {
		return nil, err
	}
	sn, err := loadSnapshot(ctx, r, o)
	if err != nil {
		return nil, err
	}
	return newStore(o, newPhoneParser(o.Region), sn), nil
}

// loadSnapshot reads an export.
func loadSnapshot(ctx context.Context, r io.Reader, o *Options) (*Snapshot, error) {
	l := &loader{
		lines: lineReader{r: bufio.NewReaderSize(r, 1<<16), max: o.LineLimits.Bytes}, valuesMax: o.LineLimits.Values,
		sum: sha256.New(), contacts: make(map[uuid.UUID]bool),
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
	return sn, nil
}

// lineKind is the kind of a line of an export. The kinds are in the order of the lines.
type lineKind int

const (
	lineNone lineKind = iota // before the first line
	lineStore
	lineLabel
	lineField
	lineContact
	lineRedirect
	lineEnd
)

// The reasons why an export is refused.
var (
	errNoExport  = errors.New("not an export of a contacts store")
	errVersion   = errors.New("written by a later version of this library")
	errNoEnd     = errors.New("the export ends before its last line")
	errAfterEnd  = errors.New("text after the last line")
	errLineKind  = errors.New("not a line of an export")
	errLineOrder = errors.New("the line is out of order")
	errTwice     = errors.New("the ID or key is already in use")
	errRedirects = errors.New("a redirect does not lead to an existing or deleted contact")
	errCounts    = errors.New("lines are missing or were added")
	errChecksum  = errors.New("the checksum of the previous lines does not match")
)

// loader reads an export into a transaction.
type loader struct {
	lines     lineReader
	valuesMax int   // of a line
	failed    error // why no more lines can be read
	sum       hash.Hash
	tx        *txn
	defined   definitions
	contacts  map[uuid.UUID]bool
	redirects []exportRedirect
	counts    exportCounts
	store     exportStore

	// The kind and creation date of the previous line.
	kind    lineKind
	created time.Time
}

// loadChunk and loadChunkBytes are the number of lines that are decoded together, and the bytes that end a chunk early.
const (
	loadChunk      = 512
	loadChunkBytes = 8 << 20
)

// load reads all lines. Definitions come first and are put one by one, since decoding a contact needs them. Contacts
// are decoded on all cores while those of the previous chunk are put.
func (l *loader) load(ctx context.Context) error {
	for r := range l.tx.reads().labels() {
		l.defined.labels[r.value.Key] = r.value
	}
	for r := range l.tx.reads().fields() {
		l.defined.fields[r.value.Key] = r.value
	}
	if err := l.checkBeginning(); err != nil {
		return err
	}
	for l.kind < lineContact {
		line, err := l.next(ctx)
		if err != nil {
			return l.ended(err)
		}
		line.decode(l.defined, l.valuesMax)
		if err := l.put(line); err != nil {
			return err
		}
	}
	var decoded []*loadedLine // the previous chunk, not put yet
	for {
		chunk, end := l.chunk(ctx)
		var decoding sync.WaitGroup
		decoding.Go(func() {
			parallel.For(len(chunk), func(i int) { chunk[i].decode(l.defined, l.valuesMax) })
		})
		var err error
		for i := 0; i < len(decoded) && err == nil; i++ {
			err = l.put(decoded[i])
		}
		decoding.Wait()
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			return l.ended(end)
		}
		decoded = chunk
	}
}

// ended reports the end of input: nil after the last line of an export, otherwise an error.
func (l *loader) ended(err error) error {
	switch {
	case err != io.EOF:
		return err
	case l.kind != lineEnd:
		return refuseLine(l.lines.n+1, errNoEnd)
	default:
		return nil
	}
}

// checkBeginning refuses text that does not begin like an export, before a line is read: a file of another kind may be
// a single line of gigabytes.
func (l *loader) checkBeginning() error {
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

// unreadable wraps an error of the reader.
func (l *loader) unreadable(err error) error {
	return fmt.Errorf("contacts: %w", &LineError{Line: l.lines.n + 1, Err: err})
}

// chunk reads the next lines. Without any, the error says why there are no more.
func (l *loader) chunk(ctx context.Context) ([]*loadedLine, error) {
	lines := make([]*loadedLine, 0, loadChunk)
	for size := 0; len(lines) < loadChunk && size < loadChunkBytes; {
		line, err := l.next(ctx)
		if err != nil {
			return lines, err
		}
		lines = append(lines, line)
		size += len(line.text)
	}
	return lines, nil
}

// next reads a line, or returns why there is none: io.EOF at the end. The error stays: a reader may fail once and then
// continue as if nothing was lost.
func (l *loader) next(ctx context.Context) (*loadedLine, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	if l.failed != nil {
		return nil, l.failed
	}
	text, err := l.lines.next()
	if err != nil {
		switch l.failed = err; err {
		case io.EOF:
		case errLongLine:
			l.failed = refuseLine(l.lines.n, err)
		default:
			l.failed = l.unreadable(err)
		}
		return nil, l.failed
	}
	line := &loadedLine{n: l.lines.n, text: string(text)}
	if bytes.HasPrefix(text, []byte(`{"end":`)) {
		line.sum = hex.EncodeToString(l.sum.Sum(nil))
	}
	l.sum.Write(text)
	l.sum.Write([]byte("\n")) // whatever the line ending was: tools convert line endings
	return line, nil
}

func refuseLine(n int, reason error) error {
	return &Error{Code: ErrInvalidExport, Err: &LineError{Line: n, Err: reason}}
}

// put checks a decoded line and adds it to the transaction.
func (l *loader) put(line *loadedLine) error {
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
		line.record.order = l.tx.place(createdDate(line.record))
		l.tx.replace(nil, line.record)
	case lineRedirect:
		l.counts.Redirects++
		l.redirects = append(l.redirects, *line.redirect)
	}
	return nil
}

// check reports why a line is not one of an export, or cannot follow the lines before it.
func (l *loader) check(line *loadedLine) error {
	if err := l.checkKind(line); err != nil {
		return err
	}
	first := line.kind != l.kind
	l.kind = line.kind
	switch line.kind {
	case lineLabel:
		_, known := l.defined.labels[line.label.Key]
		return l.checkNew(known, first, line.label.CreatedDate)
	case lineField:
		_, known := l.defined.fields[line.field.Key]
		return l.checkNew(known, first, line.field.CreatedDate)
	case lineContact:
		return l.checkNew(l.contacts[line.record.contact.ID], first, createdDate(line.record))
	case lineRedirect:
		if n := len(l.redirects); n > 0 && bytes.Compare(l.redirects[n-1].ID[:], line.redirect.ID[:]) >= 0 {
			return errLineOrder
		}
	case lineEnd:
		return l.checkEnd(line)
	}
	return nil
}

// checkKind requires a valid line whose kind can follow that of the previous line.
func (l *loader) checkKind(line *loadedLine) error {
	first := l.kind == lineNone
	switch {
	case l.kind == lineEnd:
		return errAfterEnd
	case first && line.kind != lineStore:
		return errNoExport
	case first && line.store.Version > exportVersion: // before line.err: a later version may have other lines
		return errVersion
	case line.err != nil:
		return line.err
	case line.kind < l.kind, !first && line.kind == lineStore:
		return errLineOrder
	default:
		return nil
	}
}

// checkNew requires that an ID or key is not known yet, and that lines of one kind are in the order of creation.
func (l *loader) checkNew(known, first bool, created time.Time) error {
	switch {
	case known:
		return errTwice
	case !first && created.Before(l.created):
		return errLineOrder
	default:
		l.created = created
		return nil
	}
}

// checkEnd compares the last line with the lines before it, and writes the redirects, which are complete now.
func (l *loader) checkEnd(line *loadedLine) error {
	switch {
	case *line.end != l.counts, l.counts.minChanges() > l.store.Changes:
		return errCounts
	case !line.closes(l.counts):
		return errChecksum
	case !l.restoreRedirects():
		return errRedirects
	default:
		return nil
	}
}

// restoreRedirects writes the redirects. It reports whether each of them leads, without a cycle, to an ID that was not
// merged away itself.
func (l *loader) restoreRedirects() bool {
	into := make(map[uuid.UUID]uuid.UUID, len(l.redirects))
	for _, r := range l.redirects {
		into[r.ID] = r.Into
	}
	roots := make(map[uuid.UUID]uuid.UUID, len(into)) // the ID that an ID leads to, as far as known
	size := make(map[uuid.UUID]int)
	for _, r := range l.redirects {
		var path []uuid.UUID
		id := r.ID
		for roots[id] == uuid.Nil && into[id] != uuid.Nil {
			if l.contacts[id] || len(path) == len(into) {
				return false // a contact that was merged away still exists, or the path is a cycle
			}
			path = append(path, id)
			id = into[id]
		}
		if _, ok := into[id]; !ok {
			return false
		}
		root := cmp.Or(roots[id], id)
		roots[root] = root
		for _, id := range path {
			roots[id] = root
		}
		size[root]++
	}
	// Every ID gets its root as parent, which makes all paths as short as possible.
	for _, r := range l.redirects {
		row := &redirect{id: r.ID, into: r.Into, parent: roots[r.ID]}
		if row.parent == row.id {
			if row.live, row.size = row.id, size[row.id]; row.size < 2 {
				return false // nothing was merged into it
			}
		}
		if row.into != uuid.Nil {
			l.tx.redirects++
		}
		l.tx.insert(tableRedirects, row)
	}
	return true
}

// loadedLine is one line of an export.
type loadedLine struct {
	n    int    // counted from 1
	text string // dropped after decoding, unless sum is set
	sum  string // if this looks like the last line: the checksum of the previous ones

	// The decoded content: the field of the kind is set.
	kind     lineKind
	store    *exportStore
	label    *Label
	field    *Field
	record   *record
	redirect *exportRedirect
	end      *exportCounts

	err error
}

// decode decodes the line and checks it, by itself and against the definitions.
func (line *loadedLine) decode(defined definitions, valuesMax int) {
	v := &validator{stored: true}
	members := 0
	_, err := wire.ReadAtMost(valuesMax, line.text, "", func(value wire.Value) any {
		for name, part := range value.Object().Members() {
			members++
			line.member(v, name, part, defined)
		}
		return nil
	})
	if line.sum == "" {
		line.text = ""
	}
	line.err = invalid(append(wrongTypes(err), v.violations...))
	switch {
	case errors.Is(err, wire.ErrTooManyValues), errors.Is(err, wire.ErrTooDeep):
		line.err = wrongJSON(err)
	case members != 1 || line.kind == lineNone:
		line.err = errLineKind
	}
	if line.err != nil {
		line.record = nil // it can be many times as large as the line
	}
}

// member decodes and checks a member of the line's JSON object, which should be the only one.
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
		// As: paths in errors are those of a contact.
		line.kind, line.record = lineContact, readExportedContact(wire.Value(part).As(""))
		v.violations = append(v.violations, line.record.check(defined)...)
	case "redirect":
		line.kind = lineRedirect
		line.redirect = &exportRedirect{ID: part.GUID("id"), Into: part.GUID("into")}
		v.holds(part.At("id"), line.redirect.ID != uuid.Nil)
	case "end":
		line.kind, line.end = lineEnd, new(readExportCounts(part))
	}
}

// closes reports whether the line is, byte for byte, the last line of an export with these counts. The comparison is
// exact because the checksum does not cover this line.
func (line *loadedLine) closes(counts exportCounts) bool {
	var last lineEncoder
	last.encode(exportLine{End: &exportEnd{counts, line.sum}})
	return line.sum != "" && string(last.Bytes) == line.text+"\n"
}

func readExportStore(o wire.Object) exportStore {
	return exportStore{
		Version: o.Integer("version"), Position: Position(readCount(o, "position")), Changes: readCount(o, "changes"),
		Time: wire.Time(o.Time("time")),
	}
}

func readExportCounts(o wire.Object) exportCounts {
	return exportCounts{
		Labels: int(readCount(o, "labels")), Fields: int(readCount(o, "fields")),
		Contacts: int(readCount(o, "contacts")), Redirects: int(readCount(o, "redirects")),
	}
}
