package httpapi

import (
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
)

// This file bounds what clients can occupy. A client that is slow to send or to accept must cost itself, not others:
// when room is short, the one that has kept the server waiting longest is cut off.

// stalledAfter is how long the client of a reply in pieces may keep a slot that another request needs.
const stalledAfter = time.Second

// slots limits the requests in progress (HTTP-13). A request has no slot while its body arrives, and none while a reply
// in one piece is sent, so that only replies in several pieces wait for clients in a slot.
type slots struct {
	most int

	mu      sync.Mutex
	taken   int
	waiting []*call // for their clients to accept a piece, the longest wait first
}

// take gives the call a slot, and reports whether there was one.
func (s *slots) take(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.most && !s.cutOff() {
		return false
	}
	s.taken++
	c.slot = true
	return true
}

// free takes the slot back, if the call has one.
func (s *slots) free(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.slot {
		c.slot = false
		s.taken--
	}
}

// cutOff ends the reply that has waited longest for its client and frees its slot. It reports whether there was one.
func (s *slots) cutOff() bool {
	for i, c := range s.waiting {
		if time.Since(c.since) < stalledAfter {
			return false
		}
		if http.NewResponseController(c.w).SetWriteDeadline(time.Now()) == nil { // not every writer supports it
			s.waiting = slices.Delete(s.waiting, i, i+1)
			c.slot = false
			s.taken--
			return true
		}
	}
	return false
}

// wait runs send, which waits for the client of the call. Meanwhile cutOff may take its slot: then the reply must end.
func (s *slots) wait(c *call, send func() error) error {
	s.mu.Lock()
	c.since = time.Now()
	s.waiting = append(s.waiting, c)
	s.mu.Unlock()
	err := send()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(other *call) bool { return other == c })
	if err == nil && !c.slot {
		err = os.ErrDeadlineExceeded
	}
	return err
}

// bodies limits the bytes of all bodies, of those that arrive and of those that are being answered (HTTP-19).
type bodies struct {
	most int64

	mu       sync.Mutex
	bytes    int64
	arriving []*arrival // the oldest first
}

// arrival is the memory of a body.
type arrival struct {
	w     http.ResponseWriter
	bytes int64
	cut   bool // its memory was given to another body
}

// begin adds a body without bytes.
func (b *bodies) begin(a *arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving = append(b.arriving, a)
}

// grow gives a body that arrives more bytes, and cuts off older bodies that arrive if there are too few.
func (b *bodies) grow(a *arrival, bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.cut {
		return os.ErrDeadlineExceeded
	}
	for b.bytes+bytes > b.most {
		if !b.cutOff(a) {
			return ErrUnavailable
		}
	}
	a.bytes += bytes
	b.bytes += bytes
	return nil
}

// cutOff ends the oldest body that arrives, other than a, and frees its memory. It reports whether there was one.
func (b *bodies) cutOff(a *arrival) bool {
	for i, old := range b.arriving {
		if old == a || old.bytes == 0 {
			continue
		}
		if http.NewResponseController(old.w).SetReadDeadline(time.Now()) == nil { // not every writer supports it
			b.arriving = slices.Delete(b.arriving, i, i+1)
			b.bytes -= old.bytes
			old.bytes, old.cut = 0, true
			return true
		}
	}
	return false
}

// arrived ends the arrival of a body, and reports whether it was not cut off. From now on its text of so many bytes
// counts.
func (b *bodies) arrived(a *arrival, bytes int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arriving = slices.DeleteFunc(b.arriving, func(other *arrival) bool { return other == a })
	if a.cut {
		return false
	}
	b.bytes += bytes - a.bytes
	a.bytes = bytes
	return true
}
