package contacts

import (
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/fold"
)

// reader looks up rows in a transaction.
type reader struct{ txn *memdb.Txn }

func (r reader) contact(id uuid.UUID) *record {
	return firstRow[*record](r, tableContacts, indexID, idKey(id))
}

func (r reader) byEmail(key string) iter.Seq[*record] { return r.byText(indexEmail, key) }

func (r reader) byPhone(e164 string) iter.Seq[*record] { return r.byText(indexPhone, e164) }

func (r reader) byNumber(number string) iter.Seq[*record] { return r.byText(indexNumber, number) }

func (r reader) byLabel(key string) iter.Seq[*record] { return r.byText(indexLabel, key) }

func (r reader) byMember(id uuid.UUID) iter.Seq[*record] { return r.byText(indexMember, id.String()) }

func (r reader) all() iter.Seq[*record] { return scanRows[*record](r, tableContacts, indexOrder, nil) }

// labels yields all labels in the order of their keys.
func (r reader) labels() iter.Seq[*labelRecord] {
	return scanRows[*labelRecord](r, tableLabels, indexID, nil)
}

func (r reader) label(key string) *labelRecord {
	return firstRow[*labelRecord](r, tableLabels, indexID, textKey(key))
}

func (r reader) hasLabel(key string) bool { return r.label(key) != nil }

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

func (r reader) hasField(key string) bool { return r.field(key) != nil }

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

// walk yields the contacts of a span in the order of its keys, or backwards, except for the first skip contacts. If
// after is not nil it yields only the contacts after that place in the direction of the walk, and the span must be
// ordered.
func (r reader) walk(s span, backwards bool, after *place, skip int) iter.Seq[*record] {
	if start := s.startAfter(backwards); start != nil && (after == nil || after.comesBefore(*start, backwards)) {
		after = start
	}
	return func(yield func(*record) bool) {
		if after == nil {
			r.walkAll(s, backwards, skip, yield)
		} else {
			r.walkAfter(s, backwards, *after, skip, yield)
		}
	}
}

func (r reader) walkAll(s span, backwards bool, skip int, yield func(*record) bool) {
	rows := r.scan(s, backwards)
	row := rows.Next()
	for i := 0; i < skip && row != nil; i++ {
		row = rows.Next()
	}
	for ; row != nil; row = rows.Next() {
		if c := row.(*record); s.isPast(c, backwards) || !yield(c) {
			return
		}
	}
}

func (r reader) walkAfter(s span, backwards bool, after place, skip int, yield func(*record) bool) {
	// A seek continues to the end of the index, and a row does not show by which key it was found. So find the last row
	// of the span first.
	last, _ := r.scan(s, !backwards).Next().(*record)
	if last == nil || !after.comesBefore(last.order, backwards) {
		return
	}
	rows := r.seek(s, backwards, after)
	for row := rows.Next(); row != nil; row = rows.Next() {
		c := row.(*record)
		if c.order.compare(after) == 0 {
			continue
		}
		if skip--; s.isPast(c, backwards) || skip < 0 && !yield(c) || c == last {
			return
		}
	}
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
	if strings.IndexByte(text, 0) >= 0 {
		// No stored text contains a NUL, but the search bytes could match the key of another contact.
		return func(func(*record) bool) {}
	}
	return scanRows[*record](r, tableContacts, index, textKey(text))
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
