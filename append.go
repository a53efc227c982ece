package contacts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/entry"
)

// logWriter makes the commits of a store durable (DUR-1). Writers decide commits one after another, each on the result
// of the one before, and queue them. One goroutine appends the queued commits to the log as one batch, publishes it,
// and answers the writers. So readers only see durable commits, and many writers share one wait for the disk.
type logWriter struct {
	log       Log
	publish   func(decided)
	published func() *Snapshot
	skip      func(context.Context, history) (history, error) // continues with a newer snapshot, if there is one
	newID     func() uuid.UUID                                // of batches
	slots     chan struct{}                                   // has an element for each queued commit, to bound them
	closing   context.Context                                 // done once no more commits come
	close     context.CancelFunc
	running   sync.WaitGroup // of run, compactWhenDue and the watcher
	replica   bool           // whether it only reads
	watcher   *watcher
	stop      sync.Once     // closes stopped
	stopped   chan struct{} // closed once no more commits come

	lock    sync.Mutex
	queue   []*queuedCommit
	newest  *queuedCommit // the last one that has not been answered, nil if all have
	dropped int           // how often commits were dropped that had been queued
	failure *Error        // why nothing can be read from the log or written anymore
	follows bool          // whether watcher runs

	wake    chan struct{} // capacity 1: the queue has grown
	grown   chan struct{} // capacity 1: the log has grown
	durable atomic.Pointer[durableState]

	// Only for the goroutine.
	past   history
	body   []byte
	sealed []byte
}

// queuedCommit is a commit that has been decided and waits to become durable.
type queuedCommit struct {
	decided
	done chan struct{} // closed once err is set
	err  error
}

// tip is the state that the next commit is decided on.
type tip struct {
	state   *Snapshot
	queued  *queuedCommit // leads to the state; nil if the state is durable
	dropped int           // logWriter.dropped
}

const (
	batchCommitsMax = 256
	batchBytesMax   = 1 << 20 // unless a single commit is larger
	queueMax        = 1024    // commits
)

// errSuperseded answers a writer whose commit was decided on a state that never came to be: another store wrote to the
// log first.
var errSuperseded = errors.New("decided on a state that was superseded")

// errReplica is why a replica refuses writes.
var errReplica = errors.New("the store is a replica")

// errUnknown answers a writer whose commit may be in the log or not.
var errUnknown = errors.New("the log failed")

// unknownOutcome returns the error of a commit that may be in the log or not.
func unknownOutcome(id uuid.UUID, reason error) error {
	return &Error{Code: ErrOutcomeUnknown, Err: &OutcomeError{Commit: id, Err: reason}}
}

func newLogWriter(
	past history, newID func() uuid.UUID, now func() time.Time, published func() *Snapshot, publish func(decided),
) *logWriter {
	w := &logWriter{
		log: past.log, published: published, publish: publish, newID: newID, past: past,
		slots: make(chan struct{}, queueMax), wake: make(chan struct{}, 1), grown: make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	w.past.live = true
	w.closing, w.close = context.WithCancel(context.Background())
	w.watcher = newWatcher(w.closing, past.log, past.at, now)
	w.durable.Store(past.durable())
	return w
}

// reserve takes a slot for a commit. It waits until the queue has one.
func (w *logWriter) reserve(ctx context.Context) error {
	select {
	case w.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return cancelled(ctx)
	}
}

func (w *logWriter) release() { <-w.slots }

// tip returns the state to decide on. It is never older than what reads have shown: while the store reads what others
// have appended, published states are ahead of the durable one. It fails if nothing can be written.
func (w *logWriter) tip() (tip, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	switch {
	case w.failure != nil:
		return tip{}, w.failure
	case w.replica:
		return tip{}, &Error{Code: ErrReadOnly, Err: errReplica}
	case w.newest != nil:
		return tip{w.newest.next, w.newest, w.dropped}, nil
	default:
		return tip{state: w.published(), dropped: w.dropped}, nil
	}
}

// push queues a commit that was decided on a tip. Between the two calls no other commit may be queued.
func (w *logWriter) push(made decided, on tip) *queuedCommit {
	c := &queuedCommit{decided: made, done: make(chan struct{})}
	w.lock.Lock()
	defer w.lock.Unlock()
	if on.dropped != w.dropped {
		w.answer(c, errSuperseded)
		return c
	}
	w.queue, w.newest = append(w.queue, c), c
	notify(w.wake)
	return c
}

// notify sends on a channel with capacity 1, unless it already has an element.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run appends batches, and publishes what other stores append, until the writer is closed and the queue is empty.
func (w *logWriter) run() {
	defer w.stop.Do(func() { close(w.stopped) })
	for {
		batch := w.take()
		if batch == nil {
			return
		}
		if err := w.append(batch); err != nil {
			w.drop(batch, err)
			continue
		}
		for _, c := range batch {
			w.answer(c, nil)
		}
	}
}

// take removes the next batch from the queue. It waits for one, and meanwhile reads what other stores append. It
// returns nil if no batch will come.
func (w *logWriter) take() []*queuedCommit {
	for {
		if batch := w.takeQueued(); batch != nil {
			return batch
		}
		select {
		case <-w.wake:
		case seen := <-w.watcher.found:
			w.examine(seen)
		case <-w.closing.Done():
			return w.takeQueued() // no more commits come
		}
	}
}

func (w *logWriter) takeQueued() []*queuedCommit {
	w.lock.Lock()
	defer w.lock.Unlock()
	n, size := 0, 0
	for ; n < min(len(w.queue), batchCommitsMax); n++ {
		if size += len(w.queue[n].data); size > batchBytesMax && n > 0 {
			break
		}
	}
	if n == 0 {
		return nil
	}
	batch := w.queue[:n:n]
	if w.queue = w.queue[n:]; len(w.queue) == 0 {
		w.queue = nil // frees the commits that were taken
	}
	return batch
}

// append appends a batch to the log and publishes it.
func (w *logWriter) append(batch []*queuedCommit) error {
	w.body = w.body[:0]
	chain := w.past.chain
	for _, c := range batch {
		w.body = entry.AppendCommit(w.body, c.data)
		chain = entry.Next(chain, c.data)
	}
	parts, each := entry.Parts(len(w.body), w.log.MaxEntry())
	header := entry.Header{
		Store: w.past.store, First: uint64(batch[0].commit.Position), Count: uint32(len(batch)), Parts: parts,
		Batch: w.newID(), Before: w.past.chain,
	}
	at, size := w.past.at, int64(0)
	for rest := w.body; header.Part < parts; {
		n := min(each, len(rest))
		header.After, header.Part = uint64(at), header.Part+1
		w.sealed = entry.Seal(w.sealed[:0], header, rest[:n])
		var err error
		if at, err = w.settle(at, w.sealed); err != nil {
			return err
		}
		size, rest = size+int64(len(w.sealed)), rest[n:]
	}
	last := batch[len(batch)-1]
	w.past.appended(at, last.next, chain)
	for _, c := range batch {
		w.publish(c.decided)
	}
	w.setDurable(size)
	return nil
}

// setDurable makes the state after the last batch known, and that no queued commit leads to it anymore.
func (w *logWriter) setDurable(appended int64) {
	d := w.past.durable()
	d.appended = w.durable.Load().appended + appended
	w.lock.Lock()
	defer w.lock.Unlock()
	w.watcher.reach(w.past.at)
	w.durable.Store(d)
	notify(w.grown)
	if w.newest != nil && w.newest.next == w.past.state {
		w.newest = nil
	}
}

// settle appends an entry, again and again while the log is unavailable or the outcome is unknown. Once the writer is
// closed it gives up.
func (w *logWriter) settle(after Seq, data []byte) (Seq, error) {
	unknown := false
	for wait := newBackoff(); ; {
		at, err := w.log.Append(context.Background(), after, data)
		switch isUnknown := errors.Is(err, ErrLogUnknown); {
		case unknown && errors.Is(err, ErrLogCompacted): // it may have been added and dropped
			return at, fmt.Errorf("%w: %w", errUnknown, err)
		case !isUnknown && !errors.Is(err, ErrLogUnavailable):
			return at, err
		case !wait.pause(w.closing):
			if unknown { // LOG_UNAVAILABLE says nothing about the calls before
				err = fmt.Errorf("%w: %v", errUnknown, err)
			}
			return at, err
		case isUnknown:
			unknown = true
		}
	}
}

// drop answers all writers after a batch could not be appended. If another store wrote first, their commits are decided
// again on the new state. Otherwise nothing can be written anymore.
func (w *logWriter) drop(batch []*queuedCommit, err error) {
	absent := errors.Is(err, ErrLogUnavailable) // surely not added
	if errors.Is(err, ErrLogConflict) || errors.Is(err, ErrLogCompacted) {
		taken := errSuperseded
		if errors.Is(err, errUnknown) {
			taken = err
		}
		if err = w.catchUpBehind(); err == nil {
			w.answerAll(batch, taken, errSuperseded)
			return
		}
		absent = taken == errSuperseded
	}
	refused := w.fail(err)
	if absent {
		w.answerAll(batch, refused, refused)
	} else {
		w.answerAll(batch, fmt.Errorf("%w: %w", errUnknown, err), refused)
	}
}

// catchUpBehind is catchUp after an append has failed because the log has another entry there, or none: then entries
// that the store has read are lost.
func (w *logWriter) catchUpBehind() error {
	before := w.past.at
	if err := w.catchUp(); err != nil || w.past.at != before {
		return err
	}
	return whileUnavailable(w.closing, func() error {
		_, err := w.watcher.lastFrom(w.closing, before)
		return err
	})
}

// answerAll answers the writers of a batch, and those whose commits are queued behind it and cannot follow it anymore.
func (w *logWriter) answerAll(batch []*queuedCommit, taken, queued error) {
	w.lock.Lock()
	rest := w.queue
	w.queue, w.newest = nil, nil
	w.dropped++
	w.lock.Unlock()
	for _, c := range batch {
		w.answer(c, taken)
	}
	for _, c := range rest {
		w.answer(c, queued)
	}
}

func (w *logWriter) answer(c *queuedCommit, err error) {
	w.release()
	c.err = err
	close(c.done)
}

// catchUp publishes the commits that other stores have appended. If some were dropped it continues with a newer
// snapshot (DUR-9). It asks for that again and again, like lastFrom: an authority that was cut off may not know it yet.
func (w *logWriter) catchUp() error {
	read := func() error {
		return w.past.catchUp(w.closing, func(made decided) bool {
			w.publish(made)
			w.watcher.reach(w.past.at)
			return true
		})
	}
	err := read()
	wait := newBackoff()
	for asked := 0; errors.Is(err, ErrLogCompacted) && asked < lastAsked; asked++ {
		before := w.past.at
		if w.past, err = w.skip(w.closing, w.past); err == nil {
			err = read()
		}
		if w.past.at > before {
			asked, wait = 0, newBackoff()
		} else if errors.Is(err, ErrLogCompacted) && !wait.pause(w.closing) {
			break
		}
	}
	w.setDurable(0)
	return err
}

// follow makes the store read what other stores append, from now on. Calling it again does nothing.
func (w *logWriter) follow() {
	w.lock.Lock()
	defer w.lock.Unlock()
	if !w.follows && w.closing.Err() == nil {
		w.follows = true
		w.running.Go(w.watcher.run)
	}
}

// examine deals with what the watcher has found. What was decided without the commits that it reads is decided again.
func (w *logWriter) examine(seen sighting) {
	defer close(seen.done)
	err := seen.err
	if err == nil {
		if seen.at != w.past.at || w.watcher.ending.Err() != nil {
			return // it has appended the entries itself, or read them, or reads no more
		}
		err = w.catchUp()
	}
	if err == nil || w.closing.Err() != nil { // closing may have stopped it behind some entries, or all
		w.answerAll(nil, nil, errSuperseded)
	} else {
		w.answerAll(nil, nil, w.fail(err))
	}
}

// settled waits until no commit is on its way to the log.
//
// Errors: STORE_READ_ONLY, that of ctx.
func (w *logWriter) settled(ctx context.Context) error {
	for {
		on, err := w.tip()
		if err != nil || on.queued == nil {
			return err
		}
		select {
		case <-on.queued.done:
		case <-ctx.Done():
			return cancelled(ctx)
		}
	}
}

// fail makes all later writes fail, and ends the readers that wait for commits.
func (w *logWriter) fail(err error) *Error {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.failure = &Error{Code: ErrReadOnly, Err: err}
	w.watcher.end()
	w.stop.Do(func() { close(w.stopped) })
	return w.failure
}

// end makes run append the queued commits, waits for all goroutines of the writer, and closes the log.
func (w *logWriter) end() error {
	w.lock.Lock()
	w.close() // afterwards follow starts nothing
	w.lock.Unlock()
	w.running.Wait()
	return w.log.Close()
}
