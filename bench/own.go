package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// own is what only the store does, and what is compared with itself.
type own struct {
	Merge       float64 `json:"merge"`       // CPU nanoseconds to merge five contacts into one
	MergeByHand float64 `json:"mergeByHand"` // the same with one Update and five Deletes
	IdleP50     float64 `json:"idleP50"`     // nanoseconds of a View at the median, nothing else going on
	ImportP99   float64 `json:"importP99"`   // nanoseconds of a View that only 1 % exceed, during an import
	Imported    int     `json:"imported"`    // the contacts of that import
}

// load measures Load of an export.
func (e *storeEngine) load(n int) (s sample, err error) {
	var export bytes.Buffer
	if err := e.store.Snapshot().Export(&export); err != nil {
		return s, err
	}
	err = collected(collectorOn, 0, func() error {
		c, err := costOf(n, func() error {
			loaded, err := contacts.Load(context.Background(), &export, nil)
			if err == nil && loaded.Snapshot().Len() != e.store.Snapshot().Len() {
				err = errors.New("load: contacts are missing")
			}
			return err
		})
		s = c.sample()
		return err
	})
	return s, err
}

func (e *storeEngine) own(n int, window time.Duration) (*own, error) {
	o := &own{Imported: min(n, 100_000)}
	if err := o.merges(e.store, window); err != nil {
		return nil, err
	}
	return o, o.latencies(e, n)
}

// merges takes turns in merging and in doing the same by hand. Each turn has a fork of its own.
func (o *own) merges(s *contacts.Store, window time.Duration) error {
	var groups [][]contacts.View
	next := slices.Collect(s.Snapshot().All())
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(next), func(i, j int) { next[i], next[j] = next[j], next[i] })
	for ; len(next) >= 6 && len(groups) < 100; next = next[6:] {
		groups = append(groups, next[:6])
	}
	merged := make([]contacts.Info, len(groups))
	for i, g := range groups {
		plan, err := s.PreviewMerge(context.Background(), g[0].ID(), sources(g))
		if err != nil {
			return err
		}
		merged[i] = plan.Contact.Info
	}
	var byMerge, byHand cost
	for range 5 {
		for _, turn := range []struct {
			total *cost
			call  func(s *contacts.Store, g []contacts.View, merged contacts.Info) error
		}{{&byMerge, mergeFive}, {&byHand, mergeByHand}} {
			fork := s.Fork()
			err := collected(collectorOff, int(window), func() error {
				c, err := costOf(len(groups), func() error {
					for i, g := range groups {
						if err := turn.call(fork, g, merged[i]); err != nil {
							return err
						}
					}
					return nil
				})
				turn.total.add(c)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	o.Merge, o.MergeByHand = byMerge.sample().CPU, byHand.sample().CPU
	return nil
}

// sources returns the IDs of all contacts of a group except the first.
func sources(group []contacts.View) (ids []uuid.UUID) {
	for _, v := range group[1:] {
		ids = append(ids, v.ID())
	}
	return ids
}

func mergeFive(s *contacts.Store, g []contacts.View, _ contacts.Info) error {
	_, err := s.Merge(context.Background(), g[0].ID(), g[0].Revision(), sources(g), nil)
	return err
}

func mergeByHand(s *contacts.Store, g []contacts.View, merged contacts.Info) error {
	patch := contacts.Patch{
		Emails: contacts.Set(merged.Emails), Phones: contacts.Set(merged.Phones),
		Addresses: contacts.Set(merged.Addresses), LabelKeys: contacts.Set(merged.LabelKeys),
	}
	_, err := s.Update(context.Background(), g[0].ID(), g[0].Revision(), patch,
		&contacts.UpdateOptions{AllowDuplicates: true})
	if err != nil {
		return err
	}
	for _, id := range sources(g) {
		if err := s.Delete(context.Background(), id); err != nil {
			return err
		}
	}
	return nil
}

// latencies measures single reads, first alone and then during an import, on a fork.
func (o *own) latencies(e *storeEngine, n int) error {
	const first = 1_000_000 // of documents that are not there
	rnd := rand.New(rand.NewPCG(seed, 1))
	keys := make([]key, 1<<14)
	for i := range keys {
		keys[i] = makeDocument(rnd.IntN(n)).key()
	}
	fork := &storeEngine{store: e.store.Fork()}
	docs := make([]*document, o.Imported)
	for i := range docs {
		docs[i] = makeDocument(first + i)
	}
	do := fork.Import(docs)
	var took []uint32
	read := func(i int) error {
		start := time.Now()
		_, err := fork.View(keys[i%len(keys)])
		took = append(took, uint32(min(time.Since(start), time.Second)))
		return err
	}
	return collected(collectorOn, 0, func() error {
		took = make([]uint32, 0, 1<<23)
		for i := range 1 << 15 {
			if err := read(i); err != nil {
				return err
			}
		}
		o.IdleP50 = percentile(took, 50)
		took = took[:0]
		imported := make(chan error, 1)
		go func() { imported <- do() }()
		for i := 0; ; i++ {
			if err := read(i); err != nil {
				return errors.Join(err, <-imported)
			}
			select {
			case err := <-imported:
				o.ImportP99 = percentile(took, 99)
				return err
			default:
			}
		}
	})
}

// percentile returns the value that p percent of the values do not exceed. It sorts them.
func percentile(values []uint32, p int) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return float64(values[(len(values)-1)*p/100])
}
