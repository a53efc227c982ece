package contactstest

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// IDs is a source of UUIDs that are the same in every run. Its method New fits [contacts.Options]. It is safe for
// concurrent use; then only the order in which callers get the IDs differs. Anyone can guess the IDs, so they are for
// tests only.
type IDs struct {
	seed uint64

	mu  sync.Mutex
	rng rand.ChaCha8
}

// NewIDs returns the source of a seed. Sources of other seeds draw other IDs.
func NewIDs(seed uint64) *IDs { return NewIDsAt(seed, 0) }

// NewIDsAt returns a source of a seed for a store that was loaded or opened at a position: its contacts have the first
// IDs of the seed, which must not be drawn again. Each position has IDs of its own, because a commit that uses IDs
// changes the position.
func NewIDsAt(seed uint64, at contacts.Position) *IDs {
	return &IDs{seed: seed, rng: *rand.NewChaCha8(keyOf(seed, fmt.Sprintf("IDs from position %d", at)))}
}

// keyOf returns a key that follows from a seed and a purpose.
func keyOf(seed uint64, purpose string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "contacts: seed %d, %s", seed, purpose))
}

// New returns the next ID, a UUID of version 4.
func (s *IDs) New() uuid.UUID {
	var id uuid.UUID
	s.mu.Lock()
	s.rng.Read(id[:]) // never fails
	s.mu.Unlock()
	return version4(id)
}

// version4 returns random bytes as a UUID of version 4, in the variant of RFC 9562.
func version4(id uuid.UUID) uuid.UUID {
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Clone returns a source that draws the same IDs as this one from now on.
func (s *IDs) Clone() *IDs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &IDs{seed: s.seed, rng: s.rng}
}

// Options returns options with a clock and a source of IDs, and with a key of cursors that follows from the seed of the
// IDs. Each fork of the store gets clones of both, so equal calls on two forks have equal times and IDs, in parallel
// and in any order (STO-11). The caller may change the options.
func Options(clock *Clock, ids *IDs) *contacts.Options {
	return &contacts.Options{
		Now: clock.Now, NewID: ids.New, CursorKey: keyOf(ids.seed, "cursors"),
		OnFork: func(fork *contacts.Options) { *fork = *Options(clock.Clone(), ids.Clone()) },
	}
}
