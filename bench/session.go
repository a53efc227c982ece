package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

// job is what one process measures: an engine with n documents, in one round.
type job struct {
	Rival      string        `json:"rival"`
	N          int           `json:"n"`
	Round      int           `json:"round"`
	Window     time.Duration `json:"window"`
	Collectors []collector   `json:"collectors"`
	Growth     bool          `json:"growth"` // only the calls whose growth with n is compared
	Own        bool          `json:"own"`    // also what only the store does, and the memory of documents
	Dir        string        `json:"dir"`    // for files, "" for the system's directory
}

// result is what a job has measured.
type result struct {
	Rival   string                        `json:"rival"`
	N       int                           `json:"n"`
	Round   int                           `json:"round"`
	Samples map[collector]map[call]sample `json:"samples"`
	Memory  memory                        `json:"memory"`
	Own     *own                          `json:"own,omitempty"`
}

// memory is what an engine keeps after an import, in bytes for each document.
type memory struct {
	Heap      float64 `json:"heap"`      // all of the Go heap
	Outside   float64 `json:"outside"`   // in addition, outside of it
	Process   float64 `json:"process"`   // resident memory of the whole process, 0 if unknown
	Documents float64 `json:"documents"` // of Heap: the documents alone, 0 if not measured, as in all rounds but one
	Memo      float64 `json:"memo"`      // of Heap: newest commits, and phone numbers that the store remembers
	Feed      float64 `json:"feed"`      // in addition, when the feed is full of updates
}

// session runs a job.
type session struct {
	job
	rival  rival
	dir    string
	engine engine
	source *source
	result result
}

// importBatch is the number of documents that are made before their import is timed.
const importBatch = 10_000

// run measures all that the job names. The answers of the engine are checked before.
func (j job) run() (_ result, err error) {
	r, ok := rivalOf(j.Rival)
	if !ok {
		return result{}, fmt.Errorf("no engine %q in this build", j.Rival)
	}
	dir, err := os.MkdirTemp(j.Dir, "contacts-bench-")
	if err != nil {
		return result{}, err
	}
	s := &session{job: j, rival: r, dir: dir, source: newSource(j.N)}
	s.result = result{
		Rival: j.Rival, N: j.N, Round: j.Round,
		Samples: map[collector]map[call]sample{collectorOff: {}, collectorOn: {}},
	}
	defer func() {
		if s.engine != nil {
			err = errors.Join(err, s.engine.Close())
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	for _, step := range []func() error{
		s.warmUp, s.documents, s.importWithoutPhones, s.importAll, s.check, s.fillFeed, s.calls, s.own,
	} {
		if err := step(); err != nil {
			return result{}, fmt.Errorf("%s, n = %d: %w", j.Rival, j.N, err)
		}
	}
	return s.result, nil
}

func (s *session) perDocument(bytes int64) float64 { return float64(bytes) / float64(s.N) }

// heap returns the bytes that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the first one may only have run finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// documents measures the documents alone. It does so once, since the result is always the same.
func (s *session) documents() (err error) {
	if !s.Own || s.Round > 0 {
		return nil
	}
	m := &s.result.Memory
	switch s.Rival {
	case nameMap:
		m.Documents = s.kept(func() any {
			docs := make([]*document, s.N)
			for i := range docs {
				docs[i] = makeDocument(i)
			}
			return docs
		}, 8)
	case nameStore:
		m.Documents = s.kept(func() (views any) {
			views, err = s.views()
			return views
		}, int(reflect.TypeFor[contacts.View]().Size()))
	}
	return err
}

// kept returns how many bytes a list of all documents keeps alive for each, without the list itself, whose items have
// item bytes.
func (s *session) kept(list func() any, item int) float64 {
	before := heap()
	kept := list()
	bytes := heap() - before
	runtime.KeepAlive(kept)
	return s.perDocument(bytes) - float64(item)
}

// views returns the contacts of a store that is gone.
func (s *session) views() ([]contacts.View, error) {
	views := make([]contacts.View, 0, s.N)
	err := s.aside("views", func(e engine) error {
		_, err := s.fill(e, s.N, func(*document) {})
		views = slices.AppendSeq(views, e.(*storeEngine).store.Snapshot().All())
		return err
	})
	return views, err
}

// importWithoutPhones measures an import in which the store has no numbers to parse, as the others never have.
func (s *session) importWithoutPhones() error {
	if s.Growth || s.rival.Durable {
		return nil
	}
	return s.aside("other", func(e engine) error {
		total, err := s.fill(e, s.N, func(d *document) { d.Phones = nil })
		s.result.Samples[collectorOn][callNoPhones] = total.sample()
		return err
	})
}

// aside runs f with another engine, which is gone afterwards.
func (s *session) aside(name string, f func(engine) error) error {
	dir := filepath.Join(s.dir, name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	e, err := s.rival.Open(dir, newClock())
	if err != nil {
		return err
	}
	return errors.Join(f(e), e.Close())
}

// warmUp uses everything once, so that what libraries keep for the whole process is no memory of an engine.
func (s *session) warmUp() error {
	return s.aside("warm", func(e engine) error {
		n := min(s.N, 1000)
		if _, err := s.fill(e, n, func(*document) {}); err != nil {
			return err
		}
		return check(e, n)
	})
}

// fill imports the first n documents, changed by change.
func (s *session) fill(e engine, n int, change func(*document)) (total cost, err error) {
	err = collected(collectorOn, 0, func() error {
		for start := 0; start < n; start += importBatch {
			docs := make([]*document, 0, importBatch)
			for i := start; i < min(start+importBatch, n); i++ {
				d := makeDocument(i)
				change(d)
				docs = append(docs, d)
			}
			c, err := costOf(len(docs), e.Import(docs))
			if err != nil {
				return err
			}
			total.add(c)
		}
		return nil
	})
	return total, err
}

func (s *session) importAll() (err error) {
	before := heap()
	if s.engine, err = s.rival.Open(s.dir, newClock()); err != nil {
		return err
	}
	total, err := s.fill(s.engine, s.N, func(*document) {})
	if err != nil {
		return err
	}
	s.result.Samples[collectorOn][callImport] = total.sample()
	m := &s.result.Memory
	used := heap()
	m.Heap = s.perDocument(used - before)
	debug.FreeOSMemory()
	m.Process = s.perDocument(resident())
	outside, err := s.engine.Outside()
	m.Outside = s.perDocument(outside)
	if store, ok := s.engine.(*storeEngine); ok && err == nil {
		err = store.trim()
		m.Memo = s.perDocument(used - heap())
	}
	return err
}

// resident returns the memory that the system has given to this process, 0 where /proc does not say it.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func (s *session) check() error { return check(s.engine, s.N) }

// feedSize is how many changes the feed of a store keeps by default.
const feedSize = 4096

// fillFeed measures what the feed of the store keeps of updated documents.
func (s *session) fillFeed() error {
	store, ok := s.engine.(*storeEngine)
	if !ok || s.rival.Durable {
		return nil
	}
	if err := store.trim(); err != nil {
		return err
	}
	before := heap()
	m := meter{engine: s.engine}
	for i := range min(feedSize, s.N) {
		if err := m.work([]op{s.source.setTitle(i)}); err != nil {
			return err
		}
	}
	s.result.Memory.Feed = s.perDocument(heap() - before)
	return nil
}

// trim empties the feed.
func (e *storeEngine) trim() error {
	return e.store.TrimFeed(context.Background(), e.store.Snapshot().Position())
}

func (s *session) calls() error {
	for _, gc := range s.Collectors {
		for _, c := range s.measured(gc) {
			m := meter{engine: s.engine, source: s.source, durable: s.rival.Durable, window: s.Window}
			taken, err := m.measure(c, gc)
			if err != nil {
				return err
			}
			s.result.Samples[gc][c] = taken
		}
	}
	return nil
}

// measured returns the calls to measure.
func (s *session) measured(gc collector) []call {
	switch {
	case s.Growth:
		return []call{callView, callByEmail, callSetTitle, callSetPhones}
	case s.rival.Durable && gc == collectorOn:
		return writeCalls
	case s.rival.Durable:
		return nil // the disk takes the time
	case gc == collectorOff:
		return slices.Concat(readCalls, writeCalls)
	}
	return slices.Concat(readCalls, writeCalls, mixedCalls)
}

// own measures what only the store does.
func (s *session) own() (err error) {
	store, ok := s.engine.(*storeEngine)
	if !s.Own || !ok || s.Rival != nameStore {
		return nil
	}
	if s.result.Samples[collectorOn][callLoad], err = store.load(s.N); err != nil {
		return err
	}
	s.result.Own, err = store.own(s.N, s.Window)
	return err
}
