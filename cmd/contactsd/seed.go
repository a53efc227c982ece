package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// storeOptions returns the options of the store, which draws its IDs from ids unless that is nil.
func (o *options) storeOptions(ids *stream) *contacts.Options {
	opts := &contacts.Options{Region: o.region, NewestFirst: o.newestFirst}
	if o.now != nil {
		opts.Now = func() time.Time { return *o.now }
	}
	if ids != nil {
		opts.NewID = ids.uuid
		newStream(*o.seed, "cursors").read(opts.CursorKey[:])
	}
	return opts
}

// stream is a source of random numbers that are the same in every run. It is safe for concurrent use; then only the
// order in which callers get the numbers differs.
type stream struct {
	seed    uint64
	purpose string

	mu  sync.Mutex
	rng *rand.ChaCha8
}

// newStream returns the stream of a seed and a purpose. Streams of other seeds or purposes are independent of it.
func newStream(seed uint64, purpose string) *stream {
	s := &stream{seed: seed, purpose: purpose}
	s.from(0)
	return s
}

// from restarts the stream for a loaded store. The first numbers of the seed became the IDs of its contacts, and IDs
// must not repeat. Every position has numbers of its own, since each commit that uses IDs changes the position.
func (s *stream) from(at contacts.Position) {
	key := sha256.Sum256(fmt.Appendf(nil, "contactsd: %s, seed %d, position %d", s.purpose, s.seed, at))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rng = rand.NewChaCha8(key)
}

func (s *stream) read(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rng.Read(p) // never fails
}

// uuid returns a random UUID, of version 4.
func (s *stream) uuid() uuid.UUID {
	var id uuid.UUID
	s.read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80 // the variant of RFC 4122
	return id
}
