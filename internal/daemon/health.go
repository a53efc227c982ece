package daemon

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/contactsdb/contacts"
)

// probe returns a handler for a load balancer or a supervisor: 200 and "ok", or 503 and the reason why not. Anyone may
// ask it, so it reveals nothing else (OPS-1).
func probe(reason func() string) http.Handler {
	return readOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		status, text := http.StatusOK, "ok"
		if found := reason(); found != "" {
			status, text = http.StatusServiceUnavailable, found
		}
		header := w.Header()
		header.Set("Content-Type", "text/plain; charset=utf-8")
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text+"\n") // an error means that the caller has disconnected
	}))
}

// unready returns why a store with these numbers should get no more requests, "" if it should.
func (d *daemon) unready(stats contacts.Stats) string {
	switch {
	case d.draining.Load():
		return "draining"
	case stats.Closed:
		return "closed"
	case stats.Log == nil:
		return ""
	case errors.Is(stats.Log.Err, contacts.ErrDiverged):
		return "read-only: the log has lost entries"
	case stats.Log.Err != nil:
		return "read-only: the log has failed"
	case stats.Log.Unavailable:
		return "the log is unavailable"
	case stats.Log.Lag > 0 && time.Since(stats.Log.LagSince) > d.limits.lag:
		return "behind the log"
	default:
		return ""
	}
}

// drain lets /readyz report the end of the program, and waits until load balancers have seen it (OPS-7). An order to
// hurry ends the wait.
func (d *daemon) drain(signaled *orders) {
	d.draining.Store(true)
	if d.drainWait == 0 {
		return
	}
	d.log.Info("draining", "wait", d.drainWait)
	select {
	case <-time.After(d.drainWait):
	case <-signaled.hurry.Done():
	}
}
