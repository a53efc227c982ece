package contacts

import (
	"iter"
	"strings"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"
)

// reader looks records up in a transaction.
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

// labels yields all labels, by key.
func (r reader) labels() iter.Seq[*labelRecord] {
	return scanRows[*labelRecord](r, tableLabels, indexID, nil)
}

func (r reader) label(key string) *labelRecord {
	return firstRow[*labelRecord](r, tableLabels, indexID, textKey(key))
}

func (r reader) hasLabel(key string) bool { return r.label(key) != nil }

// labelNamed returns the oldest label with this display name.
func (r reader) labelNamed(displayName string) *labelRecord {
	for l := range scanRows[*labelRecord](r, tableLabels, indexName, textKey(displayName)) {
		return l
	}
	return nil
}

// fields yields all fields, by key.
func (r reader) fields() iter.Seq[*fieldRecord] {
	return scanRows[*fieldRecord](r, tableFields, indexID, nil)
}

func (r reader) field(key string) *fieldRecord {
	return firstRow[*fieldRecord](r, tableFields, indexID, textKey(key))
}

func (r reader) hasField(key string) bool { return r.field(key) != nil }

// customFieldNamed returns the oldest custom field with this display name.
func (r reader) customFieldNamed(displayName string) *fieldRecord {
	for f := range scanRows[*fieldRecord](r, tableFields, indexName, textKey(displayName)) {
		if f.value.FieldType == FieldUserDefined {
			return f
		}
	}
	return nil
}

func (r reader) redirect(id uuid.UUID) *redirect {
	return firstRow[*redirect](r, tableRedirects, indexID, idKey(id))
}

// redirects yields all rows, by ID.
func (r reader) redirects() iter.Seq[*redirect] {
	return scanRows[*redirect](r, tableRedirects, indexID, nil)
}

// root returns the root of the tree that id is in, nil if it took part in no merge.
func (r reader) root(id uuid.UUID) *redirect {
	row := r.redirect(id)
	for row != nil && row.parent != row.id {
		row = r.redirect(row.parent)
	}
	return row
}

// resolve returns the contact with this ID, or the one that it was merged into (RED-1). nil if there is none, or if the
// contact at the end was deleted (RED-3).
func (r reader) resolve(id uuid.UUID) *record {
	if c := r.contact(id); c != nil {
		return c
	}
	if root := r.root(id); root != nil {
		return r.contact(root.live)
	}
	return nil
}

// taken reports whether an ID is a contact's, or took part in a merge (RED-5).
func (r reader) taken(id uuid.UUID) bool { return r.contact(id) != nil || r.redirect(id) != nil }

// walk yields the contacts of a span, in the order of its keys or backwards, without the first skip ones. With a place, it
// yields only those behind it; the span must be placed.
func (r reader) walk(s span, backwards bool, behind *place, skip int) iter.Seq[*record] {
	if start := s.startAfter(backwards); start != nil && (behind == nil || behind.comesBefore(*start, backwards)) {
		behind = start
	}
	return func(yield func(*record) bool) {
		if behind == nil {
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
			return
		}
		// A seek runs on to the end of the index, and a row does not tell by which key it was found. So look first at what
		// the span ends with.
		last, _ := r.scan(s, !backwards).Next().(*record)
		if last == nil || !behind.comesBefore(last.order, backwards) {
			return
		}
		rows, left := r.seek(s, backwards, *behind), skip
		for row := rows.Next(); row != nil; row = rows.Next() {
			c := row.(*record)
			if c.order.compare(*behind) == 0 {
				continue
			}
			if left--; s.isPast(c, backwards) || left < 0 && !yield(c) || c == last {
				return
			}
		}
	}
}

// seek returns the rows of an index from a place in a span on.
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

// ends returns the rows of a span from its beginning, or from its end backwards.
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
		// No stored text holds a NUL, but the bytes of another contact's key might match.
		return func(func(*record) bool) {}
	}
	return scanRows[*record](r, tableContacts, index, textKey(text))
}

// first returns the row with this key, or the zero T.
func firstRow[T any](r reader, table, index string, key []byte) T {
	row, err := r.txn.First(table, index, key)
	if err != nil {
		panic("contacts: read " + table + ": " + err.Error())
	}
	t, _ := row.(T)
	return t
}

// scan yields the rows whose keys begin with prefix, in the order of their keys.
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
