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
)

// Tables and indexes. Only this file knows the bytes of their keys.
const (
	tableContacts  = "contacts"
	tableLabels    = "labels"
	tableFields    = "fields"
	tableRedirects = "redirects"

	indexID     = "id"     // contacts and redirects: the ID; labels and fields: the key
	indexOrder  = "order"  // contacts: oldest first
	indexEmail  = "email"  // contacts: every email, by class, oldest contact first
	indexPhone  = "phone"  // contacts: every phone in E.164 form, by class, oldest contact first
	indexNumber = "number" // contacts: every phone as typed, by class, oldest contact first
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
// Text in keys ends with a NUL. memdb does not escape a NUL within the text; validation refuses those (VAL-4). In the
// indexes of emails and phones, the class of the text on the contact follows. A contact has one entry for each of its
// texts, so the classes cost no entries, and each has its own oldest contact.
func schema() *memdb.DBSchema {
	return &memdb.DBSchema{Tables: map[string]*memdb.TableSchema{
		tableContacts: {Name: tableContacts, Indexes: map[string]*memdb.IndexSchema{
			indexID:     one(indexID, func(r *record) []byte { return idKey(r.contact.ID) }),
			indexOrder:  one(indexOrder, func(r *record) []byte { return r.order.appendTo(nil) }),
			indexEmail:  classified(indexEmail, emailEntries),
			indexPhone:  classified(indexPhone, phoneEntries),
			indexNumber: classified(indexNumber, numberEntries),
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
func classesOf(index string) string {
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
func textKey(s string) []byte { return append([]byte(s), 0) }

// one returns an index with one key per row.
func one[T any](name string, key func(T) []byte) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, Indexer: single[T]{key: key}}
}

// many returns an index with any number of distinct texts per contact.
func many(name string, texts func(*record) []string) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, AllowMissing: true, Indexer: multi{texts: texts}}
}

// classified returns an index with any number of distinct texts per contact, each of a class.
func classified(name string, entries func(*record) []classText) *memdb.IndexSchema {
	return &memdb.IndexSchema{Name: name, Unique: true, AllowMissing: true, Indexer: multiClass{entries: entries}}
}

// classText is a text of a contact and its class.
type classText struct {
	text  string
	class byte
}

// span is a range of an index of contacts: the entries whose keys begin with prefix, in the order of the keys.
type span struct {
	index   string
	prefix  []byte
	ordered bool // in the order of creation: in the keys, the place follows the prefix, or else the class

	// classes, if not empty, are those of the entries: in the keys, the class follows the prefix.
	classes string

	// since and until bound allSpan to the contacts created from one to the other, both included, in whole
	// milliseconds. The zero time is no bound.
	since, until time.Time
}

func idSpan(id uuid.UUID) span { return span{index: indexID, prefix: idKey(id)} }

// textSpan holds the contacts that have the text in an index of texts. The text must not contain a NUL.
func textSpan(index, text string) span {
	return span{index: index, prefix: textKey(text), ordered: true, classes: classesOf(index)}
}

// classSpan holds the contacts that have the text in one of the classes.
func classSpan(index, text, classes string) span {
	s := span{index: index, prefix: make([]byte, 0, len(text)+len("\x00")+1), ordered: true, classes: classes}
	if s.prefix = append(append(s.prefix, text...), 0); len(classes) == 1 {
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

type multiClass struct {
	byKey
	entries func(*record) []classText
}

// FromObject implements memdb.MultiIndexer.
func (m multiClass) FromObject(row any) (bool, [][]byte, error) {
	r := row.(*record)
	entries := m.entries(r)
	keys := make([][]byte, len(entries))
	for i, e := range entries {
		key := make([]byte, 0, len(e.text)+len("\x00")+1+placeSize)
		keys[i] = r.order.appendTo(append(append(key, e.text...), 0, e.class))
	}
	return len(keys) > 0, keys, nil
}

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

func labelKeys(r *record) []string { return r.contact.Info.LabelKeys }

// memberKeys returns no key for a member who was deleted: no one can be logged in as that member (SBM-2).
func memberKeys(r *record) []string {
	if !r.contact.IsMember() {
		return nil
	}
	return []string{r.contact.Member.MemberID.String()}
}
