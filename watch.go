package contacts

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// watcher watches a log to which other stores append (DUR-10). It reports to the goroutine that appends, which reads
// what has come between its own batches. It also asks the log for its end now and then, since a log that is cut off, or
// has lost its last entries, says nothing by itself.
type watcher struct {
	log    Log
	ending context.Context // done once the store reads no more
	end    context.CancelFunc
	found  chan sighting
	now    func() time.Time // not Options.Now, which can stand still

	lock sync.Mutex
	horizon
}

// sighting is what a watcher has found.
type sighting struct {
	at   Seq           // there are entries after this one
	err  error         // or the log has failed for good
	done chan struct{} // closed once that has been dealt with
}

// horizon is how far a store sees its log.
type horizon struct {
	at     Seq       // the last entry that the store has read or appended
	last   Seq       // the last entry of the log, when that was asked
	silent bool      // whether the log did not answer
	since  time.Time // when the store fell behind; zero while it has all that it knows of
}

// lag returns the distance to the end of the log, in places.
func (h *horizon) lag() uint64 { return uint64(max(h.last, h.at) - h.at) }

// watchPause is how long a watcher waits for entries before it asks the log whether it is still there, and how long it
// waits for the answer.
const watchPause = 5 * time.Second

// lastAsked is how often a log is asked for its last entry before the store concludes that it has lost some: for twenty
// seconds, since an authority that was cut off, or has just taken over, may not know of all for some seconds.
const lastAsked = 30

func newWatcher(ctx context.Context, log Log, at Seq, now func() time.Time) *watcher {
	w := &watcher{log: log, found: make(chan sighting), now: now, horizon: horizon{at: at}}
	w.ending, w.end = context.WithCancel(ctx)
	return w
}

// run watches until the store reads no more, or the log fails for good.
func (w *watcher) run() {
	for wait := newBackoff(); ; {
		err := w.lookOut()
		switch {
		case w.ending.Err() != nil:
			return
		case errors.Is(err, ErrLogUnavailable):
			w.miss()
			wait.pause(w.ending)
		case err != nil:
			w.report(sighting{err: err, done: make(chan struct{})})
			return
		default:
			wait = newBackoff()
		}
	}
}

// lookOut waits for entries, for a while, lets the store read them, and asks for the end of the log.
func (w *watcher) lookOut() error {
	at := w.seen().at
	waiting, cancel := context.WithTimeout(w.ending, watchPause)
	defer cancel()
	err := w.log.Wait(waiting, at)
	dealtWith := make(chan struct{})
	switch {
	case err == nil:
		w.report(sighting{at: at, done: dealtWith})
	case errors.Is(err, context.DeadlineExceeded):
		close(dealtWith)
	default:
		return err
	}
	last, err := w.lastFrom(w.ending, at)
	if err == nil {
		w.hear(last)
	}
	select { // until then Wait would return at once
	case <-dealtWith:
	case <-w.ending.Done():
	}
	return err
}

// report passes on what it has found, once the store is between two batches.
func (w *watcher) report(s sighting) {
	select {
	case w.found <- s:
	case <-w.ending.Done():
	}
}

// lastFrom returns the place of the last entry of the log.
//
// Errors: LOG_DIVERGED if that is before at, an entry that the store has read; those of Log.Last, and LOG_UNAVAILABLE
// if the log does not answer in time.
func (w *watcher) lastFrom(ctx context.Context, at Seq) (Seq, error) {
	wait := newBackoff()
	for range lastAsked {
		asking, cancel := context.WithTimeout(ctx, watchPause)
		last, err := w.log.Last(asking)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w: %w", ErrLogUnavailable, err)
		}
		if err != nil || last >= at {
			return last, err
		}
		if !wait.pause(ctx) {
			return 0, cancelled(ctx)
		}
	}
	return 0, fmt.Errorf("contacts: %w: its last entries are missing, up to %d", ErrDiverged, at)
}

// seen returns how far the store sees.
func (w *watcher) seen() horizon {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.horizon
}

// reach notes that the store has read or appended an entry.
func (w *watcher) reach(at Seq) { w.change(func(h *horizon) { h.at = at }) }

// hear notes the last entry of the log.
func (w *watcher) hear(last Seq) { w.change(func(h *horizon) { h.last, h.silent = last, false }) }

// miss notes that the log does not answer.
func (w *watcher) miss() { w.change(func(h *horizon) { h.silent = true }) }

func (w *watcher) change(f func(*horizon)) {
	w.lock.Lock()
	defer w.lock.Unlock()
	f(&w.horizon)
	switch behind := w.silent || w.last > w.at; {
	case !behind:
		w.since = time.Time{}
	case w.since.IsZero():
		w.since = w.now()
	}
}
