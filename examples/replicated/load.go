package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// load are writers, one for each contactsd, that create contacts without a pause.
type load struct {
	cancel  context.CancelFunc
	writers sync.WaitGroup

	mu     sync.Mutex
	ids    []uuid.UUID // of confirmed contacts
	times  []time.Time // when they were confirmed
	failed int         // calls that failed, which may have taken effect
}

func startLoad(ctx context.Context, nodes []*node) *load {
	l := &load{}
	ctx, l.cancel = context.WithCancel(ctx)
	for i, n := range nodes {
		client := n.client // its address stays the same
		l.writers.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				info := contacts.Info{Name: contacts.Name{First: fmt.Sprintf("Writer %d, contact %d", i+1, k)}}
				call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
				c, err := client.Create(call, info, nil)
				cancel()
				l.count(c, err)
				if err != nil {
					pause(ctx, 50*time.Millisecond) //nolint:errcheck // the loop asks ctx
				}
			}
		})
	}
	return l
}

func (l *load) count(c *contacts.Contact, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.failed++
		return
	}
	l.ids, l.times = append(l.ids, c.ID), append(l.times, time.Now())
}

// stop ends the writers, and returns what was confirmed and how many calls failed. Calling it again returns the same.
func (l *load) stop() (confirmed []uuid.UUID, failed int) {
	l.cancel()
	l.writers.Wait()
	return l.ids, l.failed
}

// confirmed returns the number of confirmed writes.
func (l *load) confirmed() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids)
}

// since returns the number of writes that were confirmed after a moment.
func (l *load) since(t time.Time) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.times) - 1; i >= 0 && l.times[i].After(t); i-- {
		n++
	}
	return n
}

// gap returns the longest time between two confirmed writes after a moment, from that moment on.
func (l *load) gap(from time.Time) (longest time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := from
	for _, t := range l.times {
		if t.After(from) {
			longest, last = max(longest, t.Sub(last)), t
		}
	}
	return longest
}
