package daemon

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"github.com/contactsdb/contacts"
)

// durations are the upper bounds of the buckets of request durations, in seconds: from a read in memory to a request
// that waits for its body.
var durations = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// storeNumbers are the numbers of a store, and whether it is ready for requests.
type storeNumbers struct {
	contacts.Stats
	ready bool
}

// meters count the requests to a store, and show its numbers in the text format of Prometheus (OPS-2).
type meters struct {
	set           *metrics.Set // of this store: that of the package is one for the process
	store         func() storeNumbers
	inFlight      atomic.Int64
	received, out *metrics.Counter
}

func newMeters(store func() storeNumbers) *meters {
	metrics.ExposeMetadata(true) // the types, which Prometheus stores
	m := &meters{set: metrics.NewSet(), store: store}
	m.received = m.set.NewCounter("contactsd_http_request_body_bytes_total")
	m.out = m.set.NewCounter("contactsd_http_reply_body_bytes_total")
	return m
}

// count counts a request that has ended. Routes are patterns and statuses are classes, so the number of series is
// bounded.
func (m *meters) count(route, class string, took time.Duration, received, sent int64) {
	m.set.GetOrCreateCounter(fmt.Sprintf("contactsd_http_requests_total{route=%q,status=%q}", route, class)).Inc()
	name := fmt.Sprintf("contactsd_http_request_duration_seconds{route=%q}", route)
	m.set.GetOrCreatePrometheusHistogramExt(name, durations).Update(took.Seconds())
	m.received.AddInt64(received)
	m.out.AddInt64(sent)
}

// ServeHTTP writes all numbers: of requests, of the store, of the Go runtime and of the process.
func (m *meters) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	metrics.WriteGaugeUint64(w, "contactsd_http_requests_in_flight", uint64(max(0, m.inFlight.Load())))
	m.set.WritePrometheus(w)
	writeStore(w, m.store())
	metrics.WriteProcessMetrics(w)
}

// writeStore writes the numbers of a store.
func writeStore(w io.Writer, n storeNumbers) {
	gauge := func(name string, value int) { metrics.WriteGaugeUint64(w, "contactsd_"+name, uint64(max(0, value))) }
	flag := func(name string, on bool) {
		value := 0
		if on {
			value = 1
		}
		gauge(name, value)
	}
	flag("ready", n.ready)
	gauge("contacts", n.Contacts)
	gauge("labels", n.Labels)
	gauge("extended_fields", n.Fields)
	gauge("merged_ids", n.Merged)
	metrics.WriteCounterUint64(w, "contactsd_commits_total", uint64(n.Position))
	metrics.WriteCounterUint64(w, "contactsd_changes_total", n.Changes)
	gauge("feed_changes", n.Feed.Changes)
	gauge("feed_bytes", n.Feed.Bytes)
	gauge("feed_readers", n.Feed.Readers)
	gauge("feed_oldest_position", int(n.Feed.Oldest))
	if n.Log != nil {
		gauge("log_queued_commits", int(n.Log.Queued-n.Position))
		flag("log_failed", n.Log.Err != nil)
	}
	if n.Log != nil && n.Log.Follows {
		lagging := time.Duration(0)
		if !n.Log.LagSince.IsZero() {
			lagging = time.Since(n.Log.LagSince)
		}
		metrics.WriteGaugeUint64(w, "contactsd_log_lag", n.Log.Lag)
		metrics.WriteGaugeFloat64(w, "contactsd_log_lag_seconds", lagging.Seconds())
		flag("log_unavailable", n.Log.Unavailable)
	}
}
