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

// storeOptions returns the options of the store. It draws its IDs from ids, unless that is nil.
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

// stream gives random numbers that are the same in each run. It is safe for concurrent use: then the numbers are still
// the same, and who gets which is not.
type stream struct {
	seed    uint64
	purpose string

	mu  sync.Mutex
	rng *rand.ChaCha8
}

// newStream returns the stream of a seed and a purpose, which has nothing in common with those of others.
func newStream(seed uint64, purpose string) *stream {
	s := &stream{seed: seed, purpose: purpose}
	s.from(0)
	return s
}

// from begins the stream of a store that was loaded. The first numbers of the seed have become the IDs of contacts that
// are there by now, and IDs must not come again. Each position has its own numbers, as IDs that stay make a commit.
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
