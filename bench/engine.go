package main

import (
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
)

// engine is a database of documents, as a competent user of some library writes it: found by ID, by email, by E.164
// number, and by label in the order of creation. An update fails unless the document has the given revision, and makes
// the next one.
//
// All methods may be called by several goroutines.
type engine interface {
	// Import returns a function that adds documents. What the caller of a library has at hand anyway, such as documents
	// in its types, is made before it returns, and so is not timed. The engine may keep the documents.
	Import(docs []*document) func() error

	// View finds a document and reads its ID and revision, without a copy where the library allows it.
	View(id key) (hit, error)
	// Get finds a document and makes a copy that belongs to the caller.
	Get(id key) (hit, error)
	// ByEmail appends the documents with an email, in any case of letters. It makes no copies, like View.
	ByEmail(to []hit, address string) ([]hit, error)
	// ByPhone appends the documents with a phone number. It makes no copies.
	ByPhone(to []hit, e164 string) ([]hit, error)
	// Newest appends the first page of the documents with a label, the newest first. It makes no copies.
	Newest(to []hit, label string) ([]hit, error)
	// List does the same and copies each document.
	List(to []hit, label string) ([]hit, error)

	// Create adds a document, with a new ID if the library makes IDs. The engine may keep the document.
	Create(doc *document) (key, error)
	// SetTitle updates a field that is in no index.
	SetTitle(id key, revision int, title string) error
	// SetPhones replaces the phones, which are in an index.
	SetPhones(id key, revision int, phones []phone) error
	// Delete removes a document.
	Delete(id key) error

	// Document returns a copy of a whole document, for comparison; it is not timed.
	Document(id key) (*document, error)
	// Outside returns the bytes that the engine keeps outside of the Go heap.
	Outside() (int64, error)
	Close() error
}

// pageSize is the number of documents on a page of a label.
const pageSize = 25

// hit is what is read of a document that was found.
type hit struct {
	ID       uuid.UUID
	Revision int
}

// key is the ID of a document in both of its forms, so that no engine has to convert it.
type key struct {
	UUID uuid.UUID
	Text string
}

func keyOf(id uuid.UUID) key { return key{UUID: id, Text: id.String()} }

var (
	errNotFound = errors.New("not found")
	errChanged  = errors.New("another write came first")
)

// rival is an engine by its name in the tables.
type rival struct {
	Name string
	// Open makes an empty engine. It may use files in a directory of its own, and takes the time from now.
	Open func(dir string, now func() time.Time) (engine, error)
	// Durable engines wait for the disk at each commit. They are measured by few writes and compared among themselves.
	Durable bool
}

// The names of rivals that targets and charts mention.
const (
	nameStore   = "contacts"
	nameLogged  = "contacts, log"
	nameSynced  = "contacts, log, synced"
	nameMap     = "map"
	nameMemDB   = "go-memdb"
	nameMattn   = "SQLite (mattn)"
	nameModernc = "SQLite (modernc)"
	nameDocs    = "SQLite (mattn), JSON"
	nameBunt    = "buntdb"
	nameBadger  = "badger"
	nameBolt    = "bbolt"
	nameBoltDur = "bbolt, synced"
)

// heavy holds the rivals that are only there if built with the tag rivals, because they take a minute to compile.
var heavy []rival

// rivals returns all engines of this build, in the order of the tables. The first one is the measure of the others.
func rivals() []rival {
	list := []rival{
		{Name: nameStore, Open: openStore},
		{Name: nameMap, Open: openMap},
		{Name: nameMemDB, Open: openMemDB},
		{Name: nameBunt, Open: openBunt},
		{Name: nameBolt, Open: openBolt},
	}
	list = append(list, heavy...)
	return append(list,
		rival{Name: nameLogged, Open: openLogged},
		rival{Name: nameSynced, Open: openSynced, Durable: true},
		rival{Name: nameBoltDur, Open: openBoltSynced, Durable: true},
	)
}

// rivalOf returns the rival with a name.
func rivalOf(name string) (rival, bool) {
	list := rivals()
	i := slices.IndexFunc(list, func(r rival) bool { return r.Name == name })
	if i < 0 {
		return rival{}, false
	}
	return list[i], true
}
