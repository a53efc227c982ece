// Package lookup passes keys to go-memdb. Its own way, a slice as an argument of each look-up, allocates twice.
package lookup

import (
	"fmt"
	"sync"
)

// Key is the argument of a look-up: the bytes of a key or of the beginning of keys. Get one with NewKey, set Bytes,
// pass Args, and give it back with Free. It is not safe for concurrent use.
type Key struct {
	Bytes []byte
	list  [1]any // the key itself
}

var keys = sync.Pool{New: func() any {
	k := &Key{Bytes: make([]byte, 0, 64)} // not nil, which go-memdb would look up as no key at all
	k.list[0] = k
	return k
}}

// NewKey returns a key with the memory of one that was given back.
func NewKey() *Key {
	k := keys.Get().(*Key)
	k.Bytes = k.Bytes[:0]
	return k
}

// Args returns the arguments of a look-up. They are valid until Free.
func (k *Key) Args() []any { return k.list[:] }

// Free gives the key back.
func (k *Key) Free() { keys.Put(k) }

// ByKey makes an index accept a Key. Embed it in an indexer.
type ByKey struct{}

// FromArgs implements memdb.Indexer.
func (ByKey) FromArgs(args ...any) ([]byte, error) {
	if len(args) == 1 {
		if k, ok := args[0].(*Key); ok {
			return k.Bytes, nil
		}
	}
	return nil, fmt.Errorf("want a lookup.Key, got %d arguments", len(args))
}

// PrefixFromArgs implements memdb.PrefixIndexer.
func (b ByKey) PrefixFromArgs(args ...any) ([]byte, error) { return b.FromArgs(args...) }
