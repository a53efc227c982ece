package contacts

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"

	"github.com/contactsdb/contacts/internal/dial"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/keyset"
	"github.com/contactsdb/contacts/internal/rowmap"
)

// Tables. Only this file knows the bytes of their keys.
const (
	tableContacts  = "contacts" // the roots of the trees of contacts
	tableLabels    = "labels"
	tableFields    = "fields"
	tableRedirects = "redirects"

	indexID   = "id"   // contacts: the tree; labels and fields: the key; redirects: the ID
	indexName = "name" // labels and fields: fold.Name of the display name, oldest first

	byPrefix = "_prefix" // appended to an index name, makes memdb find the keys that begin with the argument
)

// contactIndex is an index of contacts: a set of keys in tableContacts.
type contactIndex keyset.Set

const (
	indexContact contactIndex = 'i' // the ID; not a set of keys, but the contacts themselves
	indexOrder   contactIndex = 'o' // oldest first
	indexEmail   contactIndex = 'e' // every email, by class, oldest contact first
	indexPhone   contactIndex = 'p' // every phone in E.164 form, by class, oldest contact first
	indexNumber  contactIndex = 'n' // every phone as typed, by class, oldest contact first
	indexLabel   contactIndex = 'l' // every label key, oldest contact first
	indexMember  contactIndex = 'm' // the member's ID, oldest contact first
)

// schema returns the tables. Labels, fields and redirects are rows of their own. A row for each contact and each key of
// its indexes would cost go-memdb about 470 bytes, and each write of it some microseconds. So all contacts are one row,
// the roots of a tree by ID and of one by serial number, and the keys of an index are one row, the root of a tree: see
// the packages rowmap and keyset. A write makes new trees of what it changes and writes their rows.
//
// In every index, the keys end with the contact's place in the order of creation, which no other contact shares. So
// contacts that share an address have different keys, and those with one beginning have the oldest contact first. The
// place ends with the serial number, which leads to the contact.
//
// Text in keys ends with a NUL, which is not escaped within the text; validation refuses it there (VAL-4). In the
// indexes of emails and phones, the class of the text on the contact follows. A contact has one entry for each of its
// texts, so the classes cost no entries, and each has its own oldest contact.
func schema() *memdb.DBSchema {
	return &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		tableContacts: {Name: tableContacts, Indexes: map[string]*memdb.IndexSchema{indexID: one(indexID, treeKey)}},
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

// contactTrees are the trees in tableContacts. Snapshots and transactions have them beside the table: memdb would
// allocate memory for each look-up. They are never changed.
type contactTrees struct {
	rows rowmap.Rows[record]
	keys keyset.Trees
}

// treeKeys has the keys of the rows of keysets in tableContacts, so that none is allocated.
var treeKeys = func() (keys [math.MaxUint8 + 1][1]byte) {
	for i := range keys {
		keys[i][0] = byte(i)
	}
	return keys
}()

// treeKey returns the key of a row of tableContacts. That of the contacts, which nearly all writes change, is empty: so
// it is in the root of memdb's tree, and a write copies one node less.
func treeKey(row any) []byte {
	if tree, ok := row.(*keyset.Tree); ok {
		return treeKeys[tree.Set][:]
	}
	return []byte{}
}

// newTrees writes the row of no contacts to tableContacts, and returns their trees.
func newTrees(txn *memdb.Txn) *contactTrees {
	c := &contactTrees{}
	insertRow(txn, tableContacts, &c.rows)
	return c
}

// write writes the trees with changes to tableContacts, and returns them.
func (c *contactTrees) write(
	txn *memdb.Txn, sizes rowSizes, rows *rowmap.Changes[record], keys *keyset.Changes,
) *contactTrees {
	next := &contactTrees{rows: c.rows.Apply(sizes.contacts, rows)}
	insertRow(txn, tableContacts, &next.rows)
	var changed keyset.Trees
	next.keys, changed = keys.Apply(c.keys, sizes.keys)
	for _, tree := range changed {
		insertRow(txn, tableContacts, tree)
	}
	return next
}

// insertRow panics if memdb reports an error, which only a fault in the schema can cause. Store.commit then drops the
// transaction.
func insertRow(txn *memdb.Txn, table string, row any) {
	if err := txn.Insert(table, row); err != nil {
		panic("contacts: insert into " + table + ": " + err.Error())
	}
}

// entryIndex is how the keys of an index in a tree of keys are made.
type entryIndex struct {
	index   contactIndex
	name    string
	texts   func(*record) []classText
	shared  func(a, b *Info) bool // whether the texts are the same because the memory is; nil if that is no use
	classes string                // "" if keys have no class
}

// entryIndexes are the indexes of contacts apart from indexContact.
var entryIndexes = []*entryIndex{
	{index: indexOrder, name: "order", texts: func(*record) []classText { return noText }},
	{
		index: indexEmail, name: "email", texts: emailEntries, classes: classesOf(indexEmail),
		shared: func(a, b *Info) bool { return shared(a.Emails, b.Emails) },
	},
	{
		index: indexPhone, name: "phone", texts: phoneEntries, classes: classesOf(indexPhone),
		shared: func(a, b *Info) bool { return shared(a.Phones, b.Phones) },
	},
	{
		index: indexNumber, name: "number", texts: numberEntries, classes: classesOf(indexNumber),
		shared: func(a, b *Info) bool { return shared(a.Phones, b.Phones) },
	},
	{
		index: indexLabel, name: "label", texts: labelEntries,
		shared: func(a, b *Info) bool { return shared(a.LabelKeys, b.LabelKeys) },
	},
	{index: indexMember, name: "member", texts: memberEntries},
}

// noText are the texts of an index of places only.
var noText = []classText{{}}

// shared reports whether two lists are one, in the same memory.
func shared[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// appendKey appends the key of a text of a contact.
func (x *entryIndex) appendKey(b []byte, text classText, p place) []byte {
	if x.index != indexOrder {
		b = appendText(b, text.text)
		if x.classes != "" {
			b = append(b, text.class)
		}
	}
	return p.appendTo(b)
}

// keys returns the keys of a contact.
func (x *entryIndex) keys(r *record) [][]byte {
	var keys [][]byte
	for _, text := range x.texts(r) {
		keys = append(keys, x.appendKey(nil, text, r.order))
	}
	return keys
}

// change notes the keys that a contact loses and gains. Either version may be nil.
func (x *entryIndex) change(c *keyset.Changes, before, after *record) {
	var old, added []classText
	switch {
	case before == nil:
		added = x.texts(after)
	case after == nil:
		old = x.texts(before)
	case before.order != after.order:
		old, added = x.texts(before), x.texts(after)
	case x.index == indexOrder, x.shared != nil && x.shared(&before.contact.Info, &after.contact.Info):
		return
	default:
		old, added = withoutCommon(x.texts(before), x.texts(after))
	}
	key := make([]byte, 0, 128) // nearly always long enough
	for _, text := range old {
		key = x.appendKey(key[:0], text, before.order)
		c.Remove(keyset.Set(x.index), key)
	}
	for _, text := range added {
		key = x.appendKey(key[:0], text, after.order)
		c.Add(keyset.Set(x.index), key)
	}
}

// withoutCommon returns two lists without the elements that they have in common. Neither has an element twice. It sorts
// the lists.
func withoutCommon(a, b []classText) (onlyA, onlyB []classText) {
	slices.SortFunc(a, classText.compare)
	slices.SortFunc(b, classText.compare)
	for len(a) > 0 && len(b) > 0 {
		switch order := a[0].compare(b[0]); {
		case order < 0:
			onlyA, a = append(onlyA, a[0]), a[1:]
		case order > 0:
			onlyB, b = append(onlyB, b[0]), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	return append(onlyA, a...), append(onlyB, b...)
}

// serialIn returns the serial number of the contact to which a key leads.
func serialIn(key []byte) uint64 { return numberFrom(key[len(key)-numberSize:]) }

// rowSizes are how much nodes of trees hold at most. A write copies a node whole, and each node has its cost in memory.
type rowSizes struct {
	keys     int // of a node of a tree of keys
	contacts int // of a node of the tree by ID
	pending  int // keys that a transaction changes before it writes to the tables: it bounds the memory of a load
}

var defaultSizes = rowSizes{keys: 32, contacts: 64, pending: 1 << 20}

// The classes of a text on a contact, as the bytes of keys. They separate the contacts that one look-up wants from all
// others that have the text: however many have an email as a further one, the oldest that has it as the primary one is
// the first entry of its class.
const (
	classPrimary = 'a' // the primary email, or the primary phone
	classOther   = 'b' // another email or phone only

	// In indexPhone, a number of which the contact has only extensions. The other classes are for the number without
	// an extension. A number with an extension has an entry of its own, see [phoneKeyText].
	classExtended = 'c'

	// In indexNumber. A text can be that of several phones, valid in one country and not in another.
	classPrimaryInvalid = 'c' // the primary phone, which is not valid
	classPrimaryMixed   = 'd' // the primary phone, which is valid; that of another phone is not
	classOtherInvalid   = 'e' // another phone, which is not valid; classOther is for valid ones
)

// classesOf returns the classes of an index, "" if it has none.
func classesOf(index contactIndex) string {
	const all = string(classPrimary) + string(classOther)
	switch index {
	case indexEmail:
		return all
	case indexPhone:
		return all + string(classExtended)
	case indexNumber:
		return all + string(classPrimaryInvalid) + string(classPrimaryMixed) + string(classOtherInvalid)
	default:
		return ""
	}
}

// phoneKeyText returns the text of a phone key in indexPhone. With an extension, it is not valid UTF-8, so no one who
// looks for a number finds it.
func phoneKeyText(key string) string {
	if strings.Contains(key, ";") {
		return "\xff" + key
	}
	return key
}

func idKey(id uuid.UUID) []byte { return id[:] }

// textKey returns the key, or the beginning of the key, of a text without NULs.
func textKey(s string) []byte { return appendText(make([]byte, 0, len(s)+1), s) }

// appendText appends the key of a text.
func appendText(b []byte, s string) []byte { return append(append(b, s...), 0) }

// one returns an index with one key per row.
func one[T any](name string, key func(T) []byte) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: single[T]{key: key}}
}

// classText is a text of a contact and its class, 0 if the index has none.
type classText struct {
	text  string
	class byte
}

func (t classText) compare(o classText) int {
	return cmp.Or(cmp.Compare(t.text, o.text), cmp.Compare(t.class, o.class))
}

// span is a range of an index of contacts: the entries whose keys begin with prefix, in the order of the keys.
type span struct {
	index   contactIndex
	prefix  []byte
	ordered bool // in the order of creation: in the keys, the place follows the prefix, or else the class

	// classes, if not empty, are those of the entries: in the keys, the class follows the prefix.
	classes string

	// since and until bound allSpan to the contacts created from one to the other, both included, in whole
	// milliseconds. The zero time is no bound.
	since, until time.Time
}

func idSpan(id uuid.UUID) span { return span{index: indexContact, prefix: idKey(id)} }

// textSpan holds the contacts that have the text with this key in an index of texts. It keeps the key.
func textSpan(index contactIndex, key []byte) span {
	return span{index: index, prefix: key, ordered: true, classes: classesOf(index)}
}

// classSpan holds the contacts that have the text in one of the classes.
func classSpan(index contactIndex, text, classes string) span {
	s := span{index: index, prefix: make([]byte, 0, len(text)+len("\x00")+1), ordered: true, classes: classes}
	if s.prefix = appendText(s.prefix, text); len(classes) == 1 {
		s.prefix, s.classes = append(s.prefix, classes...), ""
	}
	return s
}

// primaryEmailSpan holds the contacts with the primary email of this key.
func primaryEmailSpan(key string) span { return classSpan(indexEmail, key, string(classPrimary)) }

// phoneKeySpan holds the contacts with a phone of this key, primary or not: with its extension, or without any.
func phoneKeySpan(key string) span {
	return classSpan(indexPhone, phoneKeyText(key), string(classPrimary)+string(classOther))
}

// primaryPhoneKeySpan holds the contacts with a primary phone of this key.
func primaryPhoneKeySpan(key string) span {
	return classSpan(indexPhone, phoneKeyText(key), string(classPrimary))
}

// sameTextSpan holds the contacts with a phone that has the same text as the given one and identifies the same person,
// by dial.Phone.Same: primary or not, or primary ones only. Of two valid numbers, the text says nothing.
func sameTextSpan(phone dial.Phone, primary bool) span {
	classes := classesOf(indexNumber)
	switch valid := phone.E164 != ""; {
	case valid && primary:
		classes = string(classPrimaryInvalid)
	case valid:
		classes = string(classPrimaryInvalid) + string(classPrimaryMixed) + string(classOtherInvalid)
	case primary:
		classes = string(classPrimary) + string(classPrimaryInvalid) + string(classPrimaryMixed)
	}
	return classSpan(indexNumber, phone.Number, classes)
}

// ofClass returns the part of a span with one of its classes.
func (s span) ofClass(i int) span {
	key := make([]byte, 0, len(s.prefix)+1)
	s.prefix, s.classes = append(append(key, s.prefix...), s.classes[i]), ""
	return s
}

// prefixSpan holds the contacts with a text that begins with the prefix, once for each such text.
func prefixSpan(index contactIndex, prefix string) span {
	return span{index: index, prefix: []byte(prefix)}
}

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

// bounds returns the bounds of the keys of the span without classes: from, included, and to, excluded; nil means no
// bound. If after is not nil, they leave out the keys up to that place in the direction of a walk, and the span must be
// ordered. They may use the memory of buf.
func (s span) bounds(buf []byte, backwards bool, after *place) (from, to []byte) {
	from, to = s.prefix, appendSuccessor(buf[:0], s.prefix)
	if !s.since.IsZero() {
		from = s.key(place{created: s.since})
	}
	if !s.until.IsZero() {
		to = append(s.key(place{created: s.until, serial: math.MaxUint64}), 0)
	}
	if after == nil {
		return from, to
	}
	key := s.key(*after)
	switch {
	case backwards && (to == nil || bytes.Compare(key, to) < 0):
		to = key
	case !backwards && bytes.Compare(key, from) >= 0:
		from = append(key, 0)
	}
	return from, to
}

// appendSuccessor appends the least text above all that begin with prefix, or returns nil if no text is.
func appendSuccessor(dst, prefix []byte) []byte {
	for n := len(prefix); n > 0; n-- {
		if last := prefix[n-1]; last < 0xff {
			return append(append(dst, prefix[:n-1]...), last+1)
		}
	}
	return nil
}

// key returns the key of a place in an ordered span.
func (s span) key(p place) []byte {
	return p.appendTo(append(make([]byte, 0, len(s.prefix)+placeSize+1), s.prefix...))
}

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

func emailEntries(r *record) []classText {
	entries := make([]classText, 0, len(r.contact.Info.Emails))
	for i := range r.contact.Info.Emails {
		entries = addEntry(entries, fold.Email(r.contact.Info.Emails[i].Address), classOfItem(i))
	}
	return entries
}

// classOfItem returns the class of the item at i of a list, whose first one is the primary one.
func classOfItem(i int) byte {
	if i == 0 {
		return classPrimary
	}
	return classOther
}

// addEntry appends an entry unless there is one for the text. It returns the entries.
func addEntry(entries []classText, text string, class byte) []classText {
	if !slices.ContainsFunc(entries, func(e classText) bool { return e.text == text }) {
		entries = append(entries, classText{text, class})
	}
	return entries
}

// phoneEntries has an entry for each number, and one for each number with an extension.
func phoneEntries(r *record) []classText {
	phones := r.contact.Info.Phones
	entries := make([]classText, 0, len(phones))
	for i := range phones {
		if phones[i].E164 == "" {
			continue
		}
		number, class := phones[i].E164, classOfItem(i)
		if key := phones[i].dialed().Key(); key != number {
			entries = addEntry(entries, phoneKeyText(key), class)
			class = classExtended
		}
		if at := slices.IndexFunc(entries, func(e classText) bool { return e.text == number }); at < 0 {
			entries = append(entries, classText{number, class})
		} else {
			entries[at].class = min(entries[at].class, class)
		}
	}
	return entries
}

func numberEntries(r *record) []classText {
	phones := r.contact.Info.Phones
	entries := make([]classText, 0, len(phones))
	for i := range phones {
		class := classOfItem(i)
		switch {
		case phones[i].E164 != "":
		case class == classPrimary:
			class = classPrimaryInvalid
		default:
			class = classOtherInvalid
		}
		at := slices.IndexFunc(entries, func(e classText) bool { return e.text == phones[i].Number })
		switch {
		case at < 0:
			entries = append(entries, classText{phones[i].Number, class})
		case class != classOtherInvalid:
		case entries[at].class == classPrimary:
			entries[at].class = classPrimaryMixed
		case entries[at].class == classOther:
			entries[at].class = classOtherInvalid
		}
	}
	return entries
}

func labelEntries(r *record) []classText {
	entries := make([]classText, len(r.contact.Info.LabelKeys))
	for i, key := range r.contact.Info.LabelKeys {
		entries[i].text = key
	}
	return entries
}

// memberEntries returns no text for a member who was deleted: no one can be logged in as that member (SBM-2).
func memberEntries(r *record) []classText {
	if !r.contact.Member.exists() {
		return nil
	}
	return []classText{{text: r.contact.Member.MemberID.String()}}
}
