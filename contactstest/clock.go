package contactstest

import (
	"sync"
	"time"
)

// Clock is a clock that moves only when a test moves it. Its method Now fits [contacts.Options]. It is safe for
// concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that has stopped at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock by a duration, which may be negative, and returns the new time. A store never dates a write
// before its last one, also if its clock has gone back (STO-3).
func (c *Clock) Advance(by time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
	return c.now
}

// Set moves the clock to a time.
func (c *Clock) Set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = to
}

// Clone returns a clock with the same time that moves on its own.
func (c *Clock) Clone() *Clock { return NewClock(c.Now()) }
