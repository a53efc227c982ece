package contacts

import (
	"iter"
	"slices"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/wire"
)

// reader looks up rows in a transaction.
type reader struct{ txn *memdb.Txn }

func (r reader) contact(id uuid.UUID) *record {
	return firstRow[*record](r, tableContacts, indexID, idKey(id))
}

func (r reader) byEmail(key string) iter.Seq[*record] { return r.byText(indexEmail, key) }

func (r reader) byPhone(e164 string) iter.Seq[*record] { return r.byText(indexPhone, e164) }

func (r reader) byNumber(number string) iter.Seq[*record] { return r.byText(indexNumber, number) }

// byPrimaryEmail yields the contacts with the primary email of this key.
func (r reader) byPrimaryEmail(key string) iter.Seq[*record] { return r.inOrder(primaryEmailSpan(key)) }

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

func (r reader) all() iter.Seq[*record] { return scanRows[*record](r, tableContacts, indexOrder, nil) }

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
	if start := s.startAfter(backwards); start != nil && (after == nil || after.comesBefore(*start, backwards)) {
		after = start
	}
	return func(yield func(*record) bool) {
		if c, ok := r.only(s); ok {
			if c != nil && skip <= 0 && (after == nil || after.comesBefore(c.order, backwards)) {
				yield(c)
			}
			return
		}
		found := r.rows(s, backwards, after)
		row := found.Next()
		for i := 0; i < skip && row != nil; i++ {
			row = found.Next()
		}
		for ; row != nil; row = found.Next() {
			if c := row.(*record); s.isPast(c, backwards) || !yield(c) {
				return
			}
		}
	}
}

// only reports whether a span of all classes has one contact at most, and returns it. Few texts are shared, and these
// spans need no merge.
func (r reader) only(s span) (*record, bool) {
	if s.classes == "" || s.classes != classesOf(s.index) {
		return nil, false
	}
	found := r.scan(s, false)
	c, ok := found.Next().(*record)
	return c, !ok || found.Next() == nil
}

// rows are contacts from an index. Next returns nil after the last.
type rows interface{ Next() any }

// rows returns the contacts of a span, after a place unless it is nil.
func (r reader) rows(s span, backwards bool, after *place) rows {
	switch {
	case s.classes != "":
		return r.merge(s, backwards, after)
	case after == nil:
		return r.scan(s, backwards)
	}
	// A seek continues to the end of the index, and a row does not show by which key it was found. So find the last row
	// of the span first.
	last, _ := r.scan(s, !backwards).Next().(*record)
	if last == nil || !after.comesBefore(last.order, backwards) {
		return noRows{}
	}
	return &rowsUntil{rows: r.seek(s, backwards, *after), last: last, after: *after}
}

// rowsUntil are the rows from a place, which they do not include, to the last row.
type rowsUntil struct {
	rows
	last  *record // nil after it
	after place
}

// Next returns the next row.
func (u *rowsUntil) Next() any {
	for u.last != nil {
		row := u.rows.Next().(*record)
		if row == u.last {
			u.last = nil
		}
		if row.order.compare(u.after) != 0 {
			return row
		}
	}
	return nil
}

// noRows are no rows.
type noRows struct{}

// Next returns nil.
func (noRows) Next() any { return nil }

// merge returns the contacts of all classes of a span, in the order of creation.
func (r reader) merge(s span, backwards bool, after *place) rows {
	m := &mergedRows{backwards: backwards}
	for i := range s.classes {
		found := r.rows(s.ofClass(i), backwards, after)
		if first, ok := found.Next().(*record); ok {
			m.next, m.rest = append(m.next, first), append(m.rest, found)
		}
	}
	return m
}

// mergedRows merges rows that are in the order of creation, or backwards.
type mergedRows struct {
	backwards bool
	next      []*record // of each rest, the row before it
	rest      []rows
}

// Next returns the next row.
func (m *mergedRows) Next() any {
	if len(m.next) == 0 {
		return nil
	}
	first := 0
	for i := range m.next {
		if m.next[i].order.comesBefore(m.next[first].order, m.backwards) {
			first = i
		}
	}
	row := m.next[first]
	if after, ok := m.rest[first].Next().(*record); ok {
		m.next[first] = after
	} else {
		m.next, m.rest = slices.Delete(m.next, first, first+1), slices.Delete(m.rest, first, first+1)
	}
	return row
}

// seek returns the rows of an index from a place in a span to the end of the index.
func (r reader) seek(s span, backwards bool, at place) memdb.ResultIterator {
	bound := r.txn.LowerBound
	if backwards {
		bound = r.txn.ReverseLowerBound
	}
	rows, err := bound(tableContacts, s.index, s.from(at))
	if err != nil {
		panic("contacts: seek in " + s.index + ": " + err.Error())
	}
	return rows
}

// scan returns the rows of a span in the order of its keys, or backwards.
func (r reader) scan(s span, backwards bool) memdb.ResultIterator {
	get := r.txn.Get
	if backwards {
		get = r.txn.GetReverse
	}
	rows, err := get(tableContacts, s.index+byPrefix, s.prefix)
	if err != nil {
		panic("contacts: scan " + s.index + ": " + err.Error())
	}
	return rows
}

// byText yields the contacts with this text in an index of texts.
func (r reader) byText(index, text string) iter.Seq[*record] {
	if !wire.ValidText(text) {
		// No stored text is such, but the search bytes could match the key of another contact.
		return func(func(*record) bool) {}
	}
	return r.inOrder(textSpan(index, text))
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
