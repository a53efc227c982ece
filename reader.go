package contacts

import (
	"bytes"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/keyset"
	"github.com/contactsdb/contacts/internal/rowmap"
	"github.com/contactsdb/contacts/internal/wire"
)

// reader looks up rows in a transaction.
type reader struct {
	txn     *memdb.Txn
	pending *pendingRows // of a write transaction; nil for a snapshot

	trees  *contactTrees
	merged bool // whether tableRedirects has rows
}

// contact returns the contact with an ID, or nil.
func (r reader) contact(id uuid.UUID) *record {
	if r.pending != nil {
		if c, ok := r.pending.contact(id); ok {
			return c
		}
	}
	return r.trees.rows.ByID(id)
}

func (r reader) byEmail(key string) iter.Seq[*record] { return r.byText(indexEmail, key) }

func (r reader) byNumber(number string) iter.Seq[*record] { return r.byText(indexNumber, number) }

// byPhoneKey yields the contacts with a phone of this key, primary or not: with its extension, or without any.
func (r reader) byPhoneKey(key string) iter.Seq[*record] { return r.inOrder(phoneKeySpan(key)) }

func (r reader) byLabel(key string) iter.Seq[*record] { return r.byText(indexLabel, key) }

func (r reader) byMember(id uuid.UUID) iter.Seq[*record] { return r.byText(indexMember, id.String()) }

// withField yields the contacts with a value of an extended field. It reads all contacts.
func (r reader) withField(key string) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for c := range r.all() {
			if _, ok := c.contact.Info.ExtendedFields[key]; ok && !yield(c) {
				return
			}
		}
	}
}

func (r reader) all() iter.Seq[*record] { return r.inOrder(allSpan) }

// labels yields all labels in the order of their keys.
func (r reader) labels() iter.Seq[*labelRecord] {
	return scanRows[*labelRecord](r, tableLabels, indexID, nil)
}

func (r reader) label(key string) *labelRecord {
	return firstRow[*labelRecord](r, tableLabels, indexID, textKey(key))
}

func (r reader) hasLabel(key string) bool { return r.label(key) != nil }

// labelKeys yields the keys of labels that begin with prefix, in their order.
func (r reader) labelKeys(prefix string) iter.Seq[string] {
	return definitionKeys[Label](r, tableLabels, prefix)
}

// labelNamed returns the oldest label with this display name, or nil (LBL-4).
func (r reader) labelNamed(displayName string) *labelRecord {
	for l := range scanRows[*labelRecord](r, tableLabels, indexName, textKey(fold.Name(displayName))) {
		return l
	}
	return nil
}

// fields yields all extended fields in the order of their keys.
func (r reader) fields() iter.Seq[*fieldRecord] {
	return scanRows[*fieldRecord](r, tableFields, indexID, nil)
}

func (r reader) field(key string) *fieldRecord {
	return firstRow[*fieldRecord](r, tableFields, indexID, textKey(key))
}

// fieldKeys yields the keys of extended fields that begin with prefix, in their order.
func (r reader) fieldKeys(prefix string) iter.Seq[string] {
	return definitionKeys[Field](r, tableFields, prefix)
}

// customFieldNamed returns the oldest custom field with this display name, or nil.
func (r reader) customFieldNamed(displayName string) *fieldRecord {
	for f := range scanRows[*fieldRecord](r, tableFields, indexName, textKey(fold.Name(displayName))) {
		if f.value.FieldType == FieldUserDefined {
			return f
		}
	}
	return nil
}

func (r reader) redirect(id uuid.UUID) *redirect {
	if r.pending != nil {
		if row := r.pending.redirects[id]; row != nil {
			return row
		}
	}
	if !r.merged { // an import asks for each of its rows
		return nil
	}
	return firstRow[*redirect](r, tableRedirects, indexID, idKey(id))
}

// redirects yields all redirects in the order of their IDs.
func (r reader) redirects() iter.Seq[*redirect] {
	return scanRows[*redirect](r, tableRedirects, indexID, nil)
}

// root returns the root of the tree that contains id, nil if id took part in no merge.
func (r reader) root(id uuid.UUID) *redirect {
	row := r.redirect(id)
	for row != nil && row.parent != row.id {
		row = r.redirect(row.parent)
	}
	return row
}

// resolve returns the contact with this ID, or the contact that it was merged into (RED-1). It returns nil if neither
// exists, for example because the merged contact was deleted (RED-3).
func (r reader) resolve(id uuid.UUID) *record {
	if c := r.contact(id); c != nil {
		return c
	}
	if root := r.root(id); root != nil {
		return r.contact(root.live)
	}
	return nil
}

// taken reports whether an ID belongs to a contact or took part in a merge (RED-5).
func (r reader) taken(id uuid.UUID) bool { return r.contact(id) != nil || r.redirect(id) != nil }

// inOrder yields the contacts of an ordered span, the oldest first.
func (r reader) inOrder(s span) iter.Seq[*record] { return r.walk(s, false, nil, 0) }

// walk yields the contacts of a span in the order of its keys, or of creation if it is ordered, or backwards, except
// for the first skip contacts. If after is not nil it yields only the contacts after that place in the direction of the
// walk, and the span must be ordered.
func (r reader) walk(s span, backwards bool, after *place, skip int) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		if s.index == indexContact {
			if c := r.contact(uuid.UUID(s.prefix)); c != nil && skip <= 0 {
				yield(c)
			}
			return
		}
		w := newWalk(r)
		defer w.end()
		w.visit(s, backwards, after, skip, yield)
	}
}

// first returns the first contact of an ordered span other than except, which can be nil, or nil.
func (r reader) first(s span, except *record) (found *record) {
	w := newWalk(r)
	defer w.end()
	w.visit(s, false, nil, 0, func(c *record) bool {
		if except == nil || c.contact.ID != except.contact.ID {
			found = c
		}
		return found == nil
	})
	return found
}

// size returns the number of entries of a span, at most enough. It reads no contact.
func (r reader) size(s span, enough int) int {
	if s.index == indexContact {
		n := 0
		for range r.walk(s, false, nil, 0) {
			n++
		}
		return min(n, enough)
	}
	w := newWalk(r)
	defer w.end()
	return w.entries(s, false, nil).Skip(enough)
}

// walk is the memory of a walk, which is used again for the next one.
type walk struct {
	reader
	keys    keyset.Iterator
	prefix  []byte // of the keys of a text
	to      []byte // a bound of keys
	few     fewPlaces
	numbers rowmap.Numbers[record]
}

var walks = sync.Pool{New: func() any { return &walk{prefix: make([]byte, 0, 64), to: make([]byte, 0, 64)} }}

func newWalk(r reader) *walk {
	w := walks.Get().(*walk)
	w.reader, w.numbers = r, rowmap.Numbers[record]{Rows: r.trees.rows}
	return w
}

// end gives the memory back. It keeps no rows alive.
func (w *walk) end() {
	w.keys.Reset()
	w.reader, w.numbers = reader{}, rowmap.Numbers[record]{}
	walks.Put(w)
}

// visit passes the contacts of a span to yield until that returns false, as reader.walk yields them.
func (w *walk) visit(s span, backwards bool, after *place, skip int, yield func(*record) bool) {
	found := w.entries(s, backwards, after)
	found.Skip(skip)
	for found.Next() {
		if c := w.withSerial(serialIn(found.Key())); c != nil && !yield(c) {
			return
		}
	}
}

// withSerial returns the contact with a serial number, or nil. It is fast for contacts that were created one after the
// other.
func (w *walk) withSerial(serial uint64) *record {
	if w.pending != nil {
		if c, ok := w.pending.withSerial(serial); ok {
			return c
		}
	}
	return w.numbers.Get(serial)
}

// entries are the keys of an index, one after the other. A key is valid until the call of Next after it.
type entries interface {
	Next() bool
	Key() []byte
	Skip(n int) int // as in keyset.Iterator
}

// entries returns the entries of a span in the order of its keys, or of creation if it is ordered, or backwards. They
// follow a place unless it is nil. Few texts are shared by many contacts: those of the others are sorted, which is
// faster than a search for each class.
func (w *walk) entries(s span, backwards bool, after *place) entries {
	if s.classes == "" {
		from, to := s.bounds(w.to, backwards, after)
		w.keySets().Start(&w.keys, keyset.Set(s.index), from, to, backwards)
		return &w.keys
	}
	w.to = appendSuccessor(w.to[:0], s.prefix)
	w.keySets().Start(&w.keys, keyset.Set(s.index), s.prefix, w.to, false)
	w.few.next, w.few.n = 0, 0
	for n := 0; w.keys.Next(); n++ {
		if n == len(w.few.places) {
			return w.merge(s, backwards, after)
		}
		if key := w.keys.Key(); strings.IndexByte(s.classes, key[len(s.prefix)]) >= 0 {
			copy(w.few.places[w.few.n][:], key[len(key)-placeSize:])
			w.few.n++
		}
	}
	w.few.sort(backwards, after)
	return &w.few
}

func (r reader) keySets() keyset.Reader {
	sets := keyset.Reader{Trees: r.trees.keys}
	if r.pending != nil {
		sets.Changes = &r.pending.keys
	}
	return sets
}

// fewPlaces are the places of some contacts as entries.
type fewPlaces struct {
	places  [8][placeSize]byte
	next, n int
}

// sort sorts the places, and drops those that do not follow after.
func (f *fewPlaces) sort(backwards bool, after *place) {
	compare := func(a, b [placeSize]byte) int {
		if backwards {
			a, b = b, a
		}
		return bytes.Compare(a[:], b[:])
	}
	slices.SortFunc(f.places[:f.n], compare)
	if after != nil {
		start := [placeSize]byte(after.appendTo(nil))
		for f.next < f.n && compare(f.places[f.next], start) <= 0 {
			f.next++
		}
	}
}

// Next moves to the next place.
func (f *fewPlaces) Next() bool {
	f.next++
	return f.next <= f.n
}

// Skip moves past at most n places, and returns how many it passed.
func (f *fewPlaces) Skip(n int) int {
	n = min(n, f.n-f.next)
	f.next += n
	return n
}

// Key returns the place.
func (f *fewPlaces) Key() []byte { return f.places[f.next-1][:] }

// merge returns the entries of all classes of a span, in the order of creation.
func (r reader) merge(s span, backwards bool, after *place) entries {
	m := &mergedEntries{backwards: backwards}
	for i := range s.classes {
		class := s.ofClass(i)
		from, to := class.bounds(nil, backwards, after)
		if found := r.keySets().Range(keyset.Set(s.index), from, to, backwards); found.Next() {
			m.rest = append(m.rest, found)
		}
	}
	return m
}

// mergedEntries merges entries that are in the order of creation, or backwards.
type mergedEntries struct {
	backwards bool
	rest      []entries // each at an entry that is left
	first     int       // the one with the current entry, 1 more than its index; 0 before the first entry
}

// Next moves to the next entry.
func (m *mergedEntries) Next() bool {
	if i := m.first - 1; i >= 0 && !m.rest[i].Next() {
		m.rest = slices.Delete(m.rest, i, i+1)
	}
	m.first = 0
	for i := range m.rest {
		if m.first == 0 || m.compare(i, m.first-1) < 0 {
			m.first = i + 1
		}
	}
	return m.first > 0
}

// Skip moves past at most n entries, and returns how many it passed.
func (m *mergedEntries) Skip(n int) int {
	passed := 0
	for passed < n && m.Next() {
		passed++
	}
	return passed
}

// Key returns the current entry.
func (m *mergedEntries) Key() []byte { return m.rest[m.first-1].Key() }

// compare compares the places of two entries.
func (m *mergedEntries) compare(i, j int) int {
	a, b := m.rest[i].Key(), m.rest[j].Key()
	order := bytes.Compare(a[len(a)-placeSize:], b[len(b)-placeSize:])
	if m.backwards {
		return -order
	}
	return order
}

// pendingRows are the contacts and redirects that a transaction has written and that are not in the tables yet. So each
// node of a tree is made once for all changes, and go-memdb keeps its cache of nodes, which it loses when the
// transaction reads a table that it has written.
type pendingRows struct {
	keys keyset.Changes
	rows []replacedContact

	// Of rows, so far as they were looked up since: the new version, nil if it was deleted.
	byID     map[uuid.UUID]*record
	bySerial map[uint64]*record
	known    int

	redirects map[uuid.UUID]*redirect
}

// replacedContact is a contact before and after a write. One of them may be nil.
type replacedContact struct{ before, after *record }

// replace notes the change of a contact. A nil before creates it, a nil after deletes it.
func (p *pendingRows) replace(before, after *record) {
	for _, x := range entryIndexes {
		x.change(&p.keys, before, after)
	}
	p.rows = append(p.rows, replacedContact{before, after})
}

// find completes byID and bySerial.
func (p *pendingRows) find() {
	if p.byID == nil {
		p.byID, p.bySerial = make(map[uuid.UUID]*record), make(map[uint64]*record)
	}
	for _, r := range p.rows[p.known:] {
		if r.before != nil {
			p.byID[r.before.contact.ID], p.bySerial[r.before.order.serial] = nil, nil
		}
		if r.after != nil {
			p.byID[r.after.contact.ID], p.bySerial[r.after.order.serial] = r.after, r.after
		}
	}
	p.known = len(p.rows)
}

// contact returns a contact that was written, nil if it was deleted, and whether it was written.
func (p *pendingRows) contact(id uuid.UUID) (*record, bool) {
	if len(p.rows) == 0 {
		return nil, false
	}
	p.find()
	r, ok := p.byID[id]
	return r, ok
}

// withSerial is contact for a serial number.
func (p *pendingRows) withSerial(serial uint64) (*record, bool) {
	if len(p.rows) == 0 {
		return nil, false
	}
	p.find()
	r, ok := p.bySerial[serial]
	return r, ok
}

// replaces reports whether a contact has the ID and the serial number of another.
func (r *record) replaces(o *record) bool {
	return r.contact.ID == o.contact.ID && r.order.serial == o.order.serial
}

// redirect notes a new version of a redirect.
func (p *pendingRows) redirect(row *redirect) {
	if p.redirects == nil {
		p.redirects = make(map[uuid.UUID]*redirect)
	}
	p.redirects[row.id] = row
}

// write writes the rows to the tables, which have these contacts, and returns the contacts after it.
func (p *pendingRows) write(txn *memdb.Txn, contacts *contactTrees, sizes rowSizes) *contactTrees {
	if len(p.rows) > 0 {
		rows := p.rowChanges()
		contacts = contacts.write(txn, sizes, &rows, &p.keys)
	}
	p.writeRedirects(txn)
	*p = pendingRows{}
	return contacts
}

func (p *pendingRows) writeRedirects(txn *memdb.Txn) {
	if len(p.redirects) == 0 {
		return
	}
	inOrder := func(a, b *redirect) int { return bytes.Compare(a.id[:], b.id[:]) }
	for _, row := range slices.SortedFunc(maps.Values(p.redirects), inOrder) {
		insertRow(txn, tableRedirects, row)
	}
}

// rowChanges returns the changes of the trees by ID and by serial number.
func (p *pendingRows) rowChanges() (changes rowmap.Changes[record]) {
	changes.Grow(len(p.rows))
	for _, r := range p.rows {
		if r.before != nil && r.after != nil && r.after.replaces(r.before) {
			changes.Replace(r.after.order.serial, r.after)
			continue
		}
		if r.before != nil {
			changes.Delete(r.before.contact.ID, r.before.order.serial)
		}
		if r.after != nil {
			changes.Add(r.after.contact.ID, r.after.order.serial, r.after)
		}
	}
	return changes
}

// byText yields the contacts with this text in an index of texts.
func (r reader) byText(index contactIndex, text string) iter.Seq[*record] {
	return func(yield func(*record) bool) { r.visitText(index, text, yield) }
}

// visitText passes the contacts with this text in an index of texts to yield until that returns false. Unlike an
// iterator in another one, it lets yield stay on the caller's stack.
func (r reader) visitText(index contactIndex, text string, yield func(*record) bool) {
	if !wire.ValidText(text) {
		return // no stored text is such, but the search bytes could match the key of another contact
	}
	w := newWalk(r)
	defer w.end()
	w.prefix = appendText(w.prefix[:0], text)
	w.visit(textSpan(index, w.prefix), false, nil, 0, yield)
}

// viewText is visitText with views.
func (r reader) viewText(index contactIndex, text string, yield func(View) bool) {
	r.visitText(index, text, func(c *record) bool { return yield(View{c}) })
}

// definitionKeys yields the keys of definitions that begin with prefix, in their order.
func definitionKeys[D defined](r reader, table, prefix string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for row := range scanRows[*definitionRecord[D]](r, table, indexID, []byte(prefix)) {
			if !yield(row.value.definition().key) {
				return
			}
		}
	}
}

// firstRow returns the first row with this key, or the zero T.
func firstRow[T any](r reader, table, index string, key []byte) T {
	row, err := r.txn.First(table, index, key)
	if err != nil {
		panic("contacts: read " + table + ": " + err.Error())
	}
	t, _ := row.(T)
	return t
}

// scanRows yields the rows whose keys begin with prefix, in the order of their keys.
func scanRows[T any](r reader, table, index string, prefix []byte) iter.Seq[T] {
	return func(yield func(T) bool) {
		rows, err := r.txn.Get(table, index+byPrefix, prefix)
		if err != nil {
			panic("contacts: scan " + table + ": " + err.Error())
		}
		for row := rows.Next(); row != nil; row = rows.Next() {
			if !yield(row.(T)) {
				return
			}
		}
	}
}
