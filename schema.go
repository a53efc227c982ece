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
)

// Tables and indexes. Nothing else knows index names or key bytes.
const (
	tableContacts  = "contacts"
	tableLabels    = "labels"
	tableFields    = "fields"
	tableRedirects = "redirects"

	indexID     = "id"     // contacts and redirects: ID; labels and fields: key
	indexOrder  = "order"  // contacts: oldest first
	indexEmail  = "email"  // contacts: every email, oldest contact first
	indexPhone  = "phone"  // contacts: every E.164 number, oldest contact first
	indexNumber = "number" // contacts: every phone as typed, oldest contact first
	indexLabel  = "label"  // contacts: every label key, oldest contact first
	indexMember = "member" // contacts: the member's ID, oldest contact first
	indexName   = "name"   // labels and fields: display name, oldest first

	byPrefix = "_prefix" // suffix by which memdb finds keys that begin with the argument
)

// schema returns the tables. Two rules hold for all indexes:
//
// Keys of contact indexes, but that of IDs, end in the contact's place in the order of creation, which is its own. So
// an index is Unique although people may share an address: memdb does not enforce Unique, it would let the later
// contact take the entry over, and deleting one would hide the other. And a prefix scan yields the oldest first.
//
// Text in keys is ended by a NUL. memdb does not escape NULs within; validation refuses them (VAL-4).
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
			indexID:   one(indexID, func(l *labelRecord) []byte { return textKey(l.value.Key) }),
			indexName: one(indexName, func(l *labelRecord) []byte { return l.order.appendTo(textKey(l.value.DisplayName)) }),
		}},
		tableFields: {Name: tableFields, Indexes: map[string]*memdb.IndexSchema{
			indexID:   one(indexID, func(f *fieldRecord) []byte { return textKey(f.value.Key) }),
			indexName: one(indexName, func(f *fieldRecord) []byte { return f.order.appendTo(textKey(f.value.DisplayName)) }),
		}},
		tableRedirects: {Name: tableRedirects, Indexes: map[string]*memdb.IndexSchema{
			indexID: one(indexID, func(r *redirect) []byte { return idKey(r.id) }),
		}},
	}}
}

func idKey(id uuid.UUID) []byte { return id[:] }

// textKey is the key, or the beginning of the key, for a text without NULs.
func textKey(s string) []byte { return append([]byte(s), 0) }

// one is an index of one key a row.
func one[T any](name string, key func(T) []byte) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: single[T]{key: key}}
}

// many is an index of any number of texts a contact, each given once.
func many(name string, texts func(*record) []string) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, AllowMissing: true, Indexer: multi{texts: texts}}
}

// span is a stretch of an index of contacts: the entries whose keys begin with prefix, in the order of the keys.
type span struct {
	index   string
	prefix  []byte
	ordered bool // what follows in the keys is the place: the order of the keys is that of creation

	since, until time.Time // of allSpan: contacts created then and in between, whole milliseconds; the zero time: no bound
}

func idSpan(id uuid.UUID) span { return span{index: indexID, prefix: idKey(id)} }

// textSpan holds the contacts that have the text, which holds no NUL, in an index of texts.
func textSpan(index, text string) span {
	return span{index: index, prefix: textKey(text), ordered: true}
}

// prefixSpan holds the contacts of which a text begins with the prefix, as often as they have such texts.
func prefixSpan(index, prefix string) span { return span{index: index, prefix: []byte(prefix)} }

// allSpan holds all contacts.
var allSpan = span{index: indexOrder, ordered: true}

// compare orders spans of indexes; those of the same entries are equal.
func (s span) compare(o span) int {
	return cmp.Or(cmp.Compare(s.index, o.index), bytes.Compare(s.prefix, o.prefix))
}

// within returns the part of a span that is also within the times of another.
func (s span) within(o span) span {
	if o.since.After(s.since) || s.since.IsZero() {
		s.since = o.since
	}
	if s.until.IsZero() || !o.until.IsZero() && o.until.Before(s.until) {
		s.until = o.until
	}
	return s
}

// unbounded reports whether the span has no times.
func (s span) unbounded() bool { return s.since.IsZero() && s.until.IsZero() }

// behind returns the place after which, in the direction of a walk, the times of the span begin, nil if they do with it.
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

// over reports whether a walk has come to the end of the times of the span.
func (s span) isPast(r *record, backwards bool) bool {
	if backwards {
		return !s.since.IsZero() && r.order.created.Before(s.since)
	}
	return !s.until.IsZero() && r.order.created.After(s.until)
}

// from returns the key where a placed span goes on at a place.
func (s span) from(p place) []byte { return p.appendTo(slices.Clone(s.prefix)) }

// byKey makes an index take keys, and prefixes of keys, as the bytes that this file makes.
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
		if key := emailKey(e.Address); !slices.Contains(keys, key) {
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

func memberKeys(r *record) []string {
	if r.contact.Member == nil {
		return nil
	}
	return []string{r.contact.Member.MemberID.String()}
}
