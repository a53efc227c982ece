package contacts

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/fold"
)

// Tables and indexes. Only this file knows the bytes of their keys.
const (
	tableContacts  = "contacts"
	tableLabels    = "labels"
	tableFields    = "fields"
	tableRedirects = "redirects"

	indexID     = "id"     // contacts and redirects: the ID; labels and fields: the key
	indexOrder  = "order"  // contacts: oldest first
	indexEmail  = "email"  // contacts: every email, oldest contact first
	indexPhone  = "phone"  // contacts: every phone in E.164 form, oldest contact first
	indexNumber = "number" // contacts: every phone as typed, oldest contact first
	indexLabel  = "label"  // contacts: every label key, oldest contact first
	indexMember = "member" // contacts: the member's ID, oldest contact first
	indexName   = "name"   // labels and fields: fold.Name of the display name, oldest first

	byPrefix = "_prefix" // appended to an index name, makes memdb find the keys that begin with the argument
)

// schema returns the tables. Two rules hold for all indexes:
//
// In every index of contacts except that of IDs, keys end with the contact's place in the order of creation, which no
// other contact shares. So the index is Unique even though people may share an address. memdb does not enforce
// Unique: with equal keys a later contact would overwrite the entry of an earlier one, and deleting one would hide
// the other. The place also makes a prefix scan yield the oldest contact first.
//
// Text in keys ends with a NUL. memdb does not escape a NUL within the text; validation refuses those (VAL-4).
func schema() *memdb.DBSchema {
	return &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		tableContacts: {Name: tableContacts, Indexes: map[string]*memdb.IndexSchema{
			indexID:     one(indexID, func(r *record) []byte { return idKey(r.contact.ID) }),
			indexOrder:  one(indexOrder, func(r *record) []byte { return r.order.appendTo(nil) }),
			indexEmail:  many(indexEmail, emailKeys),
			indexPhone:  many(indexPhone, phoneKeys),
			indexNumber: many(indexNumber, numberKeys),
			indexLabel:  many(indexLabel, labelKeys),
			indexMember: many(indexMember, memberKeys),
		}},
		tableLabels: {Name: tableLabels, Indexes: map[string]*memdb.IndexSchema{
			indexID: one(indexID, func(l *labelRecord) []byte { return textKey(l.value.Key) }),
			indexName: one(indexName, func(l *labelRecord) []byte {
				return l.order.appendTo(textKey(fold.Name(l.value.DisplayName)))
			}),
		}},
		tableFields: {Name: tableFields, Indexes: map[string]*memdb.IndexSchema{
			indexID: one(indexID, func(f *fieldRecord) []byte { return textKey(f.value.Key) }),
			indexName: one(indexName, func(f *fieldRecord) []byte {
				return f.order.appendTo(textKey(fold.Name(f.value.DisplayName)))
			}),
		}},
		tableRedirects: {Name: tableRedirects, Indexes: map[string]*memdb.IndexSchema{
			indexID: one(indexID, func(r *redirect) []byte { return idKey(r.id) }),
		}},
	}}
}

func idKey(id uuid.UUID) []byte { return id[:] }

// textKey returns the key, or the beginning of the key, of a text without NULs.
func textKey(s string) []byte { return append([]byte(s), 0) }

// one returns an index with one key per row.
func one[T any](name string, key func(T) []byte) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: single[T]{key: key}}
}

// many returns an index with any number of distinct texts per contact.
func many(name string, texts func(*record) []string) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, AllowMissing: true, Indexer: multi{texts: texts}}
}

// span is a range of an index of contacts: the entries whose keys begin with prefix, in the order of the keys.
type span struct {
	index   string
	prefix  []byte
	ordered bool // in the order of creation: in the keys, the place follows the prefix

	// since and until bound allSpan to the contacts created from one to the other, both included, in whole
	// milliseconds. The zero time is no bound.
	since, until time.Time
}

func idSpan(id uuid.UUID) span { return span{index: indexID, prefix: idKey(id)} }

// textSpan holds the contacts that have the text in an index of texts. The text must not contain a NUL.
func textSpan(index, text string) span {
	return span{index: index, prefix: textKey(text), ordered: true}
}

// prefixSpan holds the contacts with a text that begins with the prefix, once for each such text.
func prefixSpan(index, prefix string) span { return span{index: index, prefix: []byte(prefix)} }

// allSpan holds all contacts.
var allSpan = span{index: indexOrder, ordered: true}

// compare orders spans. Spans with the same entries are equal.
func (s span) compare(o span) int {
	return cmp.Or(cmp.Compare(s.index, o.index), bytes.Compare(s.prefix, o.prefix))
}

// within returns the part of s that is within the time bounds of o.
func (s span) within(o span) span {
	if o.since.After(s.since) || s.since.IsZero() {
		s.since = o.since
	}
	if s.until.IsZero() || !o.until.IsZero() && o.until.Before(s.until) {
		s.until = o.until
	}
	return s
}

// unbounded reports whether the span has no time bounds.
func (s span) unbounded() bool { return s.since.IsZero() && s.until.IsZero() }

// startAfter returns the place just before the first entry, in the direction of a walk, that is within the time bounds
// of the span. It is nil if no bound applies at that end.
func (s span) startAfter(backwards bool) *place {
	switch {
	case !backwards && !s.since.IsZero():
		return &place{created: s.since} // serial numbers begin with 1
	case backwards && !s.until.IsZero():
		return &place{created: s.until, serial: math.MaxUint64}
	default:
		return nil
	}
}

// isPast reports whether a walk that has reached r has left the time bounds of the span.
func (s span) isPast(r *record, backwards bool) bool {
	if backwards {
		return !s.since.IsZero() && r.order.created.Before(s.since)
	}
	return !s.until.IsZero() && r.order.created.After(s.until)
}

// from returns the key of a place in an ordered span.
func (s span) from(p place) []byte { return p.appendTo(slices.Clone(s.prefix)) }

// byKey makes an index accept keys and prefixes as bytes made by this file.
type byKey struct{}

// FromArgs implements memdb.Indexer.
func (byKey) FromArgs(args ...any) ([]byte, error) {
	if len(args) == 1 {
		if key, ok := args[0].([]byte); ok {
			return key, nil
		}
	}
	return nil, fmt.Errorf("want the bytes of one key, got %d arguments", len(args))
}

// PrefixFromArgs implements memdb.PrefixIndexer.
func (b byKey) PrefixFromArgs(args ...any) ([]byte, error) { return b.FromArgs(args...) }

type single[T any] struct {
	byKey
	key func(T) []byte
}

// FromObject implements memdb.SingleIndexer.
func (s single[T]) FromObject(row any) (bool, []byte, error) { return true, s.key(row.(T)), nil }

type multi struct {
	byKey
	texts func(*record) []string
}

// FromObject implements memdb.MultiIndexer.
func (m multi) FromObject(row any) (bool, [][]byte, error) {
	r := row.(*record)
	texts := m.texts(r)
	keys := make([][]byte, len(texts))
	for i, s := range texts {
		key := make([]byte, 0, len(s)+1+placeSize)
		keys[i] = r.order.appendTo(append(append(key, s...), 0))
	}
	return len(keys) > 0, keys, nil
}

func emailKeys(r *record) []string {
	keys := make([]string, 0, len(r.contact.Info.Emails))
	for _, e := range r.contact.Info.Emails {
		if key := fold.Email(e.Address); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

func phoneKeys(r *record) []string {
	keys := make([]string, 0, len(r.contact.Info.Phones))
	for _, p := range r.contact.Info.Phones {
		if p.E164 != "" && !slices.Contains(keys, p.E164) {
			keys = append(keys, p.E164)
		}
	}
	return keys
}

func numberKeys(r *record) []string {
	keys := make([]string, 0, len(r.contact.Info.Phones))
	for _, p := range r.contact.Info.Phones {
		if !slices.Contains(keys, p.Number) {
			keys = append(keys, p.Number)
		}
	}
	return keys
}

func labelKeys(r *record) []string { return r.contact.Info.LabelKeys }

// memberKeys returns no key for a member who was deleted: no one can be logged in as that member (SBM-2).
func memberKeys(r *record) []string {
	if !r.contact.IsMember() {
		return nil
	}
	return []string{r.contact.Member.MemberID.String()}
}
