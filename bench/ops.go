package main

import (
	"fmt"
	"math/rand/v2"
)

// call is a kind of call that is measured, by its name in the tables.
type call string

const (
	callView      call = "view"
	callGet       call = "get a copy"
	callByEmail   call = "by email"
	callByPhone   call = "by phone"
	callNewest    call = "label page, views"
	callList      call = "label page, copies"
	callSetTitle  call = "update a plain field"
	callSetPhones call = "update phones"
	callCreate    call = "create"
	callDelete    call = "delete"
	callMixed1    call = "mixed, 1 goroutine"
	callMixed2    call = "mixed, 2 goroutines"
	callImport    call = "import"
	callNoPhones  call = "import, no phones"
	callLoad      call = "load an export"
)

// The calls in the order of the tables.
var (
	readCalls  = []call{callView, callGet, callByEmail, callByPhone, callNewest, callList}
	writeCalls = []call{callSetTitle, callSetPhones, callCreate, callDelete}
	mixedCalls = []call{callMixed1, callMixed2}
	bulkCalls  = []call{callImport, callNoPhones, callLoad}
)

// op is one call with its arguments, prepared before the time is taken.
type op struct {
	call     call
	key      key
	text     string // email, phone, label or title
	revision int
	phones   []phone
	doc      *document
}

// worker is a goroutine that makes calls.
type worker struct {
	engine engine
	buffer []hit
}

// run makes a call and compares the answer with the arguments, which costs a few nanoseconds.
func (w *worker) run(o *op) error {
	e := w.engine
	var h hit
	var err error
	switch o.call {
	case callView:
		h, err = e.View(o.key)
	case callGet:
		h, err = e.Get(o.key)
	case callByEmail:
		h, err = w.only(e.ByEmail(w.buffer[:0], o.text))
	case callByPhone:
		h, err = w.only(e.ByPhone(w.buffer[:0], o.text))
	case callNewest:
		return w.page(e.Newest(w.buffer[:0], o.text))
	case callList:
		return w.page(e.List(w.buffer[:0], o.text))
	case callSetTitle:
		return e.SetTitle(o.key, o.revision, o.text)
	case callSetPhones:
		return e.SetPhones(o.key, o.revision, o.phones)
	case callCreate:
		o.key, err = e.Create(o.doc)
		return err
	case callDelete:
		return e.Delete(o.key)
	default:
		return fmt.Errorf("%q is not one call", o.call)
	}
	if err == nil && h.ID != o.key.UUID {
		err = fmt.Errorf("%s: another document", o.call)
	}
	return err
}

func (w *worker) only(found []hit, err error) (hit, error) {
	w.buffer = found
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("%d documents, want 1", len(found))
	}
	if err != nil {
		return hit{}, err
	}
	return found[0], nil
}

func (w *worker) page(found []hit, err error) error {
	w.buffer = found
	if err == nil && len(found) == 0 {
		err = errNotFound
	}
	return err
}

// source makes calls for an engine with the first n documents.
type source struct {
	n         int
	rnd       *rand.Rand
	revisions []int32 // of each document
}

func newSource(n int) *source {
	s := &source{n: n, rnd: rand.New(rand.NewPCG(seed, uint64(n))), revisions: make([]int32, n)}
	for i := range s.revisions {
		s.revisions[i] = 1
	}
	return s
}

// chunk is a number of calls for each worker, with what to do before and after, when no time is taken.
type chunk struct {
	before, timed, after [][]op
	// What was created is to be deleted: afterwards, or as the timed calls. Its IDs are known only then.
	deletes bool
}

// chunk prepares calls of one kind. All writes are undone afterwards, apart from revisions and titles.
func (s *source) chunk(c call, size int) chunk {
	switch c {
	case callMixed1:
		return s.mixed(1, size)
	case callMixed2:
		return s.mixed(2, size)
	case callCreate:
		return chunk{timed: [][]op{s.creates(size)}, deletes: true}
	case callDelete:
		return chunk{before: [][]op{s.creates(size)}, deletes: true}
	case callSetTitle, callSetPhones:
		var timed, after []op
		start := s.rnd.IntN(s.n)
		for k := range min(size, s.n) {
			i := (start + k*stride) % s.n
			if c == callSetTitle {
				timed = append(timed, s.setTitle(i))
				continue
			}
			timed = append(timed, s.setPhones(i, makeDocument(firstSpare+k).Phones))
			after = append(after, s.setPhones(i, makeDocument(i).Phones))
		}
		return chunk{timed: [][]op{timed}, after: [][]op{after}}
	}
	timed := make([]op, size)
	for k := range timed {
		timed[k] = s.read(c)
	}
	return chunk{timed: [][]op{timed}}
}

// stride is prime and divides no n, so that steps of it meet each document once.
const stride = 7919

func (s *source) read(c call) op {
	d := makeDocument(s.rnd.IntN(s.n))
	o := op{call: c, key: d.key()}
	switch c {
	case callByEmail:
		o.text = pick(s.rnd, d.Emails...).Address
	case callByPhone:
		o.text = pick(s.rnd, d.Phones...).E164
	case callNewest, callList:
		o.text = labelKey(s.rnd.IntN(labels))
	}
	return o
}

func (s *source) setTitle(i int) op {
	o := op{call: callSetTitle, key: makeDocument(i).key(), revision: int(s.revisions[i])}
	o.text = makeTitle(i + o.revision)
	s.revisions[i]++
	return o
}

func (s *source) setPhones(i int, phones []phone) op {
	o := op{call: callSetPhones, key: makeDocument(i).key(), revision: int(s.revisions[i]), phones: phones}
	s.revisions[i]++
	return o
}

func (s *source) creates(size int) []op {
	ops := make([]op, size)
	for k := range ops {
		ops[k] = op{call: callCreate, doc: makeDocument(firstFresh + k)}
	}
	return ops
}

// deletes returns the calls that delete what was created.
func deletes(created []op) []op {
	ops := make([]op, len(created))
	for k, o := range created {
		ops[k] = op{call: callDelete, key: o.key}
	}
	return ops
}

// mixed prepares 80 % views, 10 % searches by email, 2 % label pages, and 4 % updates of each kind. The workers write
// different documents.
func (s *source) mixed(workers, size int) chunk {
	var c chunk
	for w := range workers {
		var timed, after []op
		part := s.n / workers
		start, writes := s.rnd.IntN(part), 0
		for range size {
			kind := s.rnd.IntN(100)
			i := (start+writes*stride)%part*workers + w
			switch {
			case kind < 80:
				timed = append(timed, s.read(callView))
			case kind < 90:
				timed = append(timed, s.read(callByEmail))
			case kind < 92:
				timed = append(timed, s.read(callNewest))
			case writes == part:
				timed = append(timed, s.read(callView))
			case kind < 96:
				timed = append(timed, s.setTitle(i))
				writes++
			default:
				spare := firstSpare + w*size + writes
				timed = append(timed, s.setPhones(i, makeDocument(spare).Phones))
				after = append(after, s.setPhones(i, makeDocument(i).Phones))
				writes++
			}
		}
		c.timed, c.after = append(c.timed, timed), append(c.after, after)
	}
	return c
}
