package test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
)

// taped is a log that keeps a copy of everything that it ever had.
type taped struct {
	*logtest.Memory
	entries   [][]byte
	snapshots []tapedSnapshot
}

type tapedSnapshot struct {
	at   contacts.Seq
	text []byte
}

func (l *taped) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	seq, err := l.Memory.Append(ctx, after, data)
	if err == nil {
		l.entries = append(l.entries, bytes.Clone(data))
	}
	return seq, err
}

func (l *taped) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	var text bytes.Buffer
	err := l.Memory.Save(ctx, at, func(w io.Writer) error { return write(io.MultiWriter(w, &text)) })
	if err == nil {
		l.snapshots = append(l.snapshots, tapedSnapshot{at, text.Bytes()})
	}
	return err
}

// cut returns a copy of the log as it was after n entries, and the oldest position that can be followed from. Compacted,
// it has dropped what it could then.
func (tp *tape) cut(t *testing.T, n int, compacted bool) (log *logtest.Memory, oldest contacts.Position) {
	l := tp.log
	log = logtest.NewMemory()
	log.LimitEntries(l.MaxEntry())
	for i, data := range l.entries[:n] {
		seq, err := log.Append(t.Context(), contacts.Seq(i), data)
		require.NoError(t, err)
		require.EqualValues(t, i+1, seq)
	}
	var saved []contacts.Seq
	for _, s := range l.snapshots {
		if s.at <= contacts.Seq(n) {
			require.NoError(t, log.Save(t.Context(), s.at, func(w io.Writer) error {
				_, err := w.Write(s.text)
				return err
			}))
			saved = append(saved, s.at)
		}
	}
	if compacted && len(saved) >= 2 {
		require.NoError(t, log.Compact(t.Context(), contacts.Seq(n)))
		for _, p := range tp.points {
			if p.entries <= int(saved[len(saved)-2]) {
				oldest = p.position // nothing else was written while it was saved
			}
		}
	}
	return log, oldest
}

// tape is what a store with a taped log went through.
type tape struct {
	log    *taped
	texts  map[contacts.Position]string // the export at a position, unless other writers wrote at the same time
	points []point                      // in order
	events []string                     // of the commit at each position, from 1
}

// point is a position at which all writes had returned, with the number of entries.
type point struct {
	entries  int
	position contacts.Position
}

func (tp *tape) note(t *testing.T, s *contacts.Store) {
	sn := s.Snapshot()
	tp.texts[sn.Position()] = storetest.Export(t, sn)
	tp.points = append(tp.points, point{len(tp.log.entries), sn.Position()})
}

// eventsOf returns the events of each commit after a position up to another one.
func eventsOf(t *testing.T, s *contacts.Store, since, upTo contacts.Position) []string {
	var all []string
	if since == upTo {
		return nil
	}
	next := since
	for c, err := range s.Follow(t.Context(), since) {
		require.NoError(t, err)
		next++
		require.Equal(t, next, c.Position)
		all = append(all, fmt.Sprint(storetest.EventTexts(t, []contacts.Commit{c})))
		if c.Position == upTo {
			break
		}
	}
	return all
}

// recordTape makes random writes on a store with a log.
func recordTape(t *testing.T, seed uint64) *tape {
	rnd := rand.New(rand.NewPCG(seed, 7))
	log := &taped{Memory: logtest.NewMemory()}
	log.LimitEntries(1 << 16)
	tp := &tape{log: log, texts: make(map[contacts.Position]string)}
	opts := storetest.Fixed()
	opts.FeedSize = pick(rnd, 1, 20, 4096)
	s, err := contacts.Open(t.Context(), log, opts)
	require.NoError(t, err)
	defer s.Close()
	tp.note(t, s)
	for step := range uint64(60) {
		before := s.Snapshot().Position()
		tapedWrite(t, s, rnd, seed*1000+step)
		tp.events = append(tp.events, eventsOf(t, s, before, s.Snapshot().Position())...)
		tp.note(t, s)
	}
	return tp
}

// tapedWrite makes a random call that can write, or compacts the log.
func tapedWrite(t *testing.T, s *contacts.Store, rnd *rand.Rand, seed uint64) {
	live := ids(s.Snapshot().All())
	one := func(n int) contacts.Info {
		return contacts.Info{Name: contacts.Name{First: fmt.Sprint("P", n)}}
	}
	switch n := rnd.IntN(20); {
	case n == 0 && len(live) > 2:
		v, _ := s.Snapshot().View(live[0])
		_, err := s.Merge(t.Context(), live[0], v.Revision(), []uuid.UUID{live[1]}, nil)
		if err != nil {
			require.NotEmpty(t, contacts.CodeOf(err))
		}
	case n == 1: // several entries for one commit
		large := one(0)
		large.Company = string(bytes.Repeat([]byte("x"), 90))
		ops := slices.Repeat([]contacts.Operation{contacts.CreateOp{Info: large}}, 300)
		for _, id := range live {
			ops = append(ops, contacts.RecordActivityOp{ID: id})
		}
		_, err := s.Batch(t.Context(), ops, nil)
		require.NoError(t, err)
		_, err = s.BulkDelete(t.Context(), contacts.Selection{Filter: contacts.Eq("info.company", large.Company)}, nil)
		require.NoError(t, err)
	case n == 2: // several commits in one entry
		var writers sync.WaitGroup
		for i := range 8 {
			writers.Go(func() {
				_, err := s.Create(t.Context(), one(i), nil)
				if err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
	case n == 3:
		require.NoError(t, s.Compact(t.Context()))
	case n == 4:
		_, err := s.BulkUpdate(t.Context(), contacts.Selection{Filter: contacts.Exists("primaryInfo.email", true)},
			contacts.Patch{JobTitle: contacts.Set(fmt.Sprint(seed))}, &contacts.BulkOptions{BatchSize: 2})
		require.NoError(t, err)
	default:
		randomCalls(t, s, seed, 1)
	}
}

// bounds returns the positions between which a store is that has the first n entries.
func (tp *tape) bounds(n int) (least, most contacts.Position) {
	for _, p := range tp.points {
		if p.entries > n {
			return least, p.position - 1 // an entry of its last commit is missing
		}
		least, most = p.position, p.position
	}
	return least, most
}

// TestCutLog covers DUR-1 to DUR-3: whatever the number of entries that a log has, the store that is opened on it has
// exactly the commits that are whole, and its feed has each of them once.
func TestCutLog(t *testing.T) {
	for seed := range uint64(large(2, 12)) {
		t.Run(fmt.Sprint("DUR-1 DUR-2 DUR-3 seed ", seed), func(t *testing.T) {
			tp := recordTape(t, seed)
			rnd := rand.New(rand.NewPCG(seed, 8))
			last := contacts.Position(0)
			for n := 0; n <= len(tp.log.entries); n++ {
				compacted := rnd.IntN(2) == 0
				if last = tp.checkCut(t, rnd, n, compacted, last); t.Failed() {
					return
				}
			}
			require.EqualValues(t, len(tp.events), last)
		})
	}
}

// checkCut opens a store on the first n entries. It returns its position, which is not before that of fewer entries.
func (tp *tape) checkCut(
	t *testing.T, rnd *rand.Rand, n int, compacted bool, before contacts.Position,
) contacts.Position {
	log, from := tp.cut(t, n, compacted)
	opts := storetest.LoadOptions()
	opts.FeedSize = pick(rnd, 1, 4096)
	s, err := contacts.Open(t.Context(), log, opts)
	require.NoError(t, err)
	defer s.Close()
	sn := s.Snapshot()
	at := sn.Position()
	least, most := tp.bounds(n)
	require.GreaterOrEqual(t, at, max(least, before))
	require.LessOrEqual(t, at, most)
	require.NoError(t, sn.Check())
	if text, ok := tp.texts[at]; ok {
		require.Equal(t, text, storetest.Export(t, sn), "position %d", at)
	}
	oldest := contacts.Position(0)
	if at > 0 {
		for _, err := range s.Follow(t.Context(), 0) {
			if expired, ok := errors.AsType[*contacts.PositionError](err); ok {
				oldest = expired.Oldest
			}
			break
		}
		require.Equal(t, from, oldest)
	}
	if at > oldest {
		since := oldest + contacts.Position(rnd.IntN(int(at-oldest)))
		require.Equal(t, tp.events[since:at], eventsOf(t, s, since, at))
	}
	_, err = s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Zoe"}}, nil)
	require.NoError(t, err, "the store can be written to")
	require.Equal(t, at+1, s.Snapshot().Position())
	return at
}
