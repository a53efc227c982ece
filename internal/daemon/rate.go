package daemon

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/simplelru"
	"golang.org/x/time/rate"

	"github.com/contactsdb/contacts"
)

// errRate refuses a request of a client that has sent too many.
const errRate contacts.Code = "RESOURCE_EXHAUSTED"

// clientsMax is the number of clients whose requests are counted, some 15 MB: beyond it, the one that was quiet longest
// is forgotten and may send a burst again.
const clientsMax = 1 << 16

// clients limit the requests of each client address (OPS-6).
type clients struct {
	rate  rate.Limit
	burst int

	mu    sync.Mutex
	known *simplelru.LRU // of *rate.Limiter by netip.Addr
}

func newClients(perSecond float64, burst, most int) *clients {
	if burst == 0 {
		burst = max(1, int(math.Ceil(perSecond)))
	}
	known, err := simplelru.NewLRU(most, nil)
	if err != nil {
		panic(err) // most is not positive
	}
	return &clients{rate: rate.Limit(perSecond), burst: burst, known: known}
}

// wait returns how long a client must wait before its next request, 0 if it may send one now, which then counts.
func (c *clients) wait(client netip.Addr, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var limiter *rate.Limiter
	if found, ok := c.known.Get(client); ok {
		limiter = found.(*rate.Limiter)
	} else {
		limiter = rate.NewLimiter(c.rate, c.burst)
		c.known.Add(client, limiter)
	}
	r := limiter.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// unknownClient is the client of a request without an address, as over a socket of the system.
var unknownClient netip.Addr

// clientOf returns the client of an address with a port: an IPv4 address, or the /64 of an IPv6 one, which a single
// client has as a whole.
func clientOf(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return unknownClient
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() {
		prefix, _ := addr.Prefix(64) // it fails for lengths over 128
		addr = prefix.Addr()
	}
	return addr
}

// limited returns a handler that refuses requests beyond -rate. Probes do not count: a supervisor would restart the
// program because a neighbor on its machine is busy.
func (d *daemon) limited(src *sources, h http.Handler) http.Handler {
	if d.clients == nil {
		return h
	}
	newID := src.requestID()
	if newID == nil {
		newID = uuid.NewString
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			if wait := d.clients.wait(clientOf(r.RemoteAddr), time.Now()); wait > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
				w.Header().Set(requestIDHeader, newID())
				if r.ProtoMajor == 1 && r.ContentLength != 0 {
					w.Header().Set("Connection", "close") // rather than read the body
				}
				fail(w, &contacts.Error{Code: errRate})
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}
