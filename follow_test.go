package contacts_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
	"weak"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// errWaits is the error of feedOf where Follow would wait for more.
var errWaits = context.DeadlineExceeded

// bubble runs a subtest in a bubble of synctest, which detects a Follow that waits in vain at once.
func bubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// feedOf returns the commits that Follow yields after a position, and its final error. It calls each after every
// commit. Only for use in a bubble.
func feedOf(
	t testing.TB, s *contacts.Store, since contacts.Position, each ...func(),
) (commits []contacts.Commit, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return collect(t, s.Follow(ctx, since), each...)
}

// collect returns the commits of a sequence and its final error.
func collect(
	t testing.TB, seq iter.Seq2[contacts.Commit, error], each ...func(),
) (commits []contacts.Commit, err error) {
	t.Helper()
	for c, e := range seq {
		require.NoError(t, err, "the sequence continues after an error")
		if err = e; err != nil {
			require.Zero(t, c)
			continue
		}
		commits = append(commits, c)
		for _, do := range each {
			do()
		}
	}
	require.Error(t, err, "the sequence ends without an error")
	return commits, err
}

// commitsAfter returns the commits in the feed of s after a position. Only for use in a bubble.
func commitsAfter(t testing.TB, s *contacts.Store, since contacts.Position) []contacts.Commit {
	t.Helper()
	commits, err := feedOf(t, s, since)
	require.ErrorIs(t, err, errWaits)
	return commits
}

// positionsOf lists the positions of commits.
func positionsOf(commits []contacts.Commit) []contacts.Position {
	list := []contacts.Position{}
	for _, c := range commits {
		list = append(list, c.Position)
	}
	return list
}

// between lists the positions after since, up to last.
func between(since, last contacts.Position) []contacts.Position {
	list := []contacts.Position{}
	for p := since + 1; p <= last; p++ {
		list = append(list, p)
	}
	return list
}

// requireExpired requires POSITION_EXPIRED with this position to continue from.
func requireExpired(t testing.TB, oldest contacts.Position, err error) {
	t.Helper()
	require.Equal(t, contacts.ErrPositionExpired, contacts.CodeOf(err))
	var expired *contacts.PositionError
	require.ErrorAs(t, err, &expired)
	require.Equal(t, oldest, expired.Oldest)
}

// renamed opens a store with a history of n commits of one change each.
func renamed(t testing.TB, n int, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	l := newLab(t, edits...)
	_, _, err := l.FindOrCreateLabel(t.Context(), "Old")
	require.NoError(t, err)
	rename(t, l.Store, n-1)
	return l
}

// rename adds n such commits.
func rename(t testing.TB, s *contacts.Store, n int) {
	t.Helper()
	for range n {
		_, err := s.RenameLabel(t.Context(), oldKey, "Old")
		require.NoError(t, err)
	}
}

func feedSize(n int) func(*contacts.Options) { return func(o *contacts.Options) { o.FeedSize = n } }

// follower is a reader in its own goroutine.
type follower struct {
	positions []contacts.Position
	err       error // the final error of the loop
	ended     bool
}

// follow starts a follower and returns when it waits. Only for use in a bubble: after synctest.Wait the test may read
// the results of the follower.
func follow(ctx context.Context, s *contacts.Store, since contacts.Position) *follower {
	f := &follower{positions: []contacts.Position{}}
	go func() {
		for c, err := range s.Follow(ctx, since) {
			if f.err = err; err == nil {
				f.positions = append(f.positions, c.Position)
			}
		}
		f.ended = true
	}()
	synctest.Wait()
	return f
}

func TestFollow(t *testing.T) {
	for since := range contacts.Position(6) {
		bubble(t, fmt.Sprintf("EVT-2 after %d of 5, then it waits", since), func(t *testing.T) {
			s := renamed(t, 5).Store
			require.Equal(t, between(since, 5), positionsOf(commitsAfter(t, s, since)))
		})
	}
	bubble(t, "EVT-2 from a snapshot, with writes before and after", func(t *testing.T) {
		s := renamed(t, 3).Store
		sn := s.Snapshot()
		rename(t, s, 2)
		require.Equal(t, between(3, 5), positionsOf(commitsAfter(t, s, sn.Position())))
		rename(t, s, 1)
		require.Equal(t, between(3, 6), positionsOf(commitsAfter(t, s, sn.Position())))
	})
	bubble(t, "EVT-2 kept commits, then new ones", func(t *testing.T) {
		s := renamed(t, 2).Store
		readers := []*follower{}
		for since := range contacts.Position(3) {
			readers = append(readers, follow(t.Context(), s, since))
		}
		for newest := contacts.Position(2); newest <= 8; newest++ {
			for i, f := range readers {
				require.Equal(t, between(contacts.Position(i), newest), f.positions)
				require.False(t, f.ended)
			}
			rename(t, s, 1)
			synctest.Wait()
		}
	})
	bubble(t, "EVT-2 writes while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 1).Store
		commits, err := feedOf(t, s, 0, func() {
			if s.Snapshot().Position() < 7 {
				rename(t, s, 2)
			}
		})
		require.Equal(t, between(0, 7), positionsOf(commits))
		require.ErrorIs(t, err, errWaits)
	})
	bubble(t, "EVT-2 a sequence can be ranged over again", func(t *testing.T) {
		s := renamed(t, 4).Store
		seq := s.Follow(t.Context(), 1)
		for range 3 {
			require.Equal(t, between(1, 4), positionsOf(firstOf(t, seq, 3)))
		}
		rename(t, s, 1)
		require.Equal(t, between(1, 5), positionsOf(firstOf(t, seq, 4)))
	})
	bubble(t, "EVT-2 two ranges over a sequence, one within the other", func(t *testing.T) {
		s := renamed(t, 3).Store
		seq := s.Follow(t.Context(), 0)
		within := 0
		for c, err := range seq {
			require.NoError(t, err)
			within++
			require.Equal(t, contacts.Position(within), c.Position)
			require.Equal(t, between(0, 3), positionsOf(firstOf(t, seq, 3)))
			if within == 3 {
				break
			}
		}
	})
	bubble(t, "EVT-2 break early, and continue later", func(t *testing.T) {
		s := renamed(t, 4).Store
		for since := range contacts.Position(4) {
			require.Equal(t, between(since, since+1), positionsOf(firstOf(t, s.Follow(t.Context(), since), 1)))
		}
		require.Empty(t, commitsAfter(t, s, 4))
	})
	bubble(t, "EVT-2 a sequence begins when it is ranged over", func(t *testing.T) {
		s := renamed(t, 2).Store
		seq := s.Follow(t.Context(), 3) // in the future
		rename(t, s, 2)
		require.Equal(t, between(3, 4), positionsOf(firstOf(t, seq, 1)))
	})
	bubble(t, "EVT-2 an empty store", func(t *testing.T) {
		s := newStore(t)
		require.Empty(t, commitsAfter(t, s, 0))
		create(t, s, person("Ann"))
		require.Equal(t, between(0, 1), positionsOf(commitsAfter(t, s, 0)))
	})
	bubble(t, "EVT-2 waiting does not block writers", func(t *testing.T) {
		l := renamed(t, 1)
		var asked atomic.Int64
		ctx := askedContext{t.Context(), func() { asked.Add(1) }}
		var readers []*follower
		for range 5 {
			readers = append(readers, follow(ctx, l.Store, 0))
		}
		<-time.After(time.Minute)
		require.Equal(t, int64(len(readers)), asked.Load())
		rename(t, l.Store, 1)
		synctest.Wait()
		require.Equal(t, int64(2*len(readers)), asked.Load())
		for _, f := range readers {
			require.Equal(t, between(0, 2), f.positions)
		}
	})
}

// askedContext calls asked at each call of Done. Follow calls Done when it has found nothing more and is about to wait.
type askedContext struct {
	context.Context
	asked func()
}

func (c askedContext) Done() <-chan struct{} {
	c.asked()
	return c.Context.Done()
}

// TestJustBeforeTheWait makes things happen between the last check of a reader and its wait. If several wake it, chance
// decides among them, so each case runs many times.
func TestJustBeforeTheWait(t *testing.T) {
	for _, tc := range []struct {
		name    string
		happens func(t *testing.T, s *contacts.Store, cancel func())
		seen    []contacts.Position
		ends    error
	}{
		{
			"EVT-2 a commit", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 1) },
			between(3, 4), errWaits,
		},
		{
			"EVT-2 as many commits as are kept", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 3) },
			between(3, 6), errWaits,
		},
		{
			"EVT-3 more commits than are kept", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 4) },
			nil, contacts.ErrPositionExpired,
		},
		{
			"EVT-4 a commit and the end of the store", func(t *testing.T, s *contacts.Store, _ func()) {
				rename(t, s, 1)
				require.NoError(t, s.Close())
			},
			between(3, 4), contacts.ErrClosed,
		},
		{
			"EVT-4 the end of the store", func(t *testing.T, s *contacts.Store, _ func()) { require.NoError(t, s.Close()) },
			nil, contacts.ErrClosed,
		},
		{
			"EVT-4 the end of the context", func(_ *testing.T, _ *contacts.Store, cancel func()) { cancel() },
			nil, context.Canceled,
		},
		{
			"EVT-4 a commit and the end of the context", func(t *testing.T, s *contacts.Store, cancel func()) {
				rename(t, s, 1)
				cancel()
			},
			nil, context.Canceled,
		},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			for range 20 {
				s := renamed(t, 3, feedSize(3)).Store
				inner, cancel := context.WithTimeout(t.Context(), time.Second)
				ctx := askedContext{inner, sync.OnceFunc(func() { tc.happens(t, s, cancel) })}
				commits, err := collect(t, s.Follow(ctx, 3))
				cancel()
				require.Equal(t, append([]contacts.Position{}, tc.seen...), positionsOf(commits))
				require.ErrorIs(t, err, tc.ends)
			}
		})
	}
}

// TestSeenIsThere wakes many readers together, so that some run before the write returns.
func TestSeenIsThere(t *testing.T) {
	t.Run("EVT-2 who sees a commit finds it in the store", func(t *testing.T) {
		const readers, writes = 64, 100
		s := renamed(t, 1).Store
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // much longer than the test needs
		defer cancel()
		var seen, early atomic.Int64
		var wg sync.WaitGroup
		for range readers {
			wg.Go(func() {
				for c := range s.Follow(ctx, 1) {
					if s.Snapshot().Position() < c.Position {
						early.Add(1)
					}
					seen.Add(1)
				}
			})
		}
		for n := range writes {
			for range 1000 { // usually all readers wait before the next write
				if seen.Load() >= int64(n*readers) {
					break
				}
				runtime.Gosched()
			}
			rename(t, s, 1)
		}
		require.NoError(t, s.Close())
		wg.Wait()
		require.Zero(t, early.Load())
	})
}

func TestFeedSize(t *testing.T) {
	for _, tc := range []struct {
		name    string
		size    int
		commits int
		since   contacts.Position
		oldest  contacts.Position // to continue from; equals since if the position is valid
	}{
		{"EVT-3 all are kept", 4, 4, 0, 0},
		{"EVT-3 one too many, from the start", 4, 5, 0, 1},
		{"EVT-3 one too many, from the oldest", 4, 5, 1, 1},
		{"EVT-3 far too many", 4, 50, 0, 46},
		{"EVT-3 far too many, just before the oldest", 4, 50, 45, 46},
		{"EVT-3 far too many, from the oldest", 4, 50, 46, 46},
		{"EVT-3 far too many, from a later one", 4, 50, 48, 48},
		{"EVT-3 far too many, from the newest", 4, 50, 50, 50},
		{"EVT-3 the newest alone", 1, 3, 1, 2},
		{"EVT-3 the newest alone, from the one before", 1, 3, 2, 2},
		{"EVT-3 by default 4096", 0, 4096, 0, 0},
		{"EVT-3 by default not 4097", 0, 4097, 0, 1},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, tc.commits, feedSize(tc.size)).Store
			if tc.since < tc.oldest {
				commits, err := feedOf(t, s, tc.since)
				require.Empty(t, commits)
				requireExpired(t, tc.oldest, err)
			}
			require.Equal(t, between(tc.oldest, contacts.Position(tc.commits)), positionsOf(commitsAfter(t, s, tc.oldest)))
		})
	}

	// wide and field make commits of 4 changes: three contacts and the definition.
	type write = func(context.Context, scene) error
	wide := func(ctx context.Context, sc scene) error { return sc.DeleteLabel(ctx, oldKey) }
	field := func(ctx context.Context, sc scene) error { return sc.DeleteField(ctx, oldKey) }
	narrow := func(ctx context.Context, sc scene) error { _, err := sc.Create(ctx, person("new"), nil); return err }
	for _, tc := range []struct {
		name   string
		size   int
		writes []write
		kept   []int // changes of the commits that are kept
	}{
		{"EVT-3 a commit larger than the feed", 3, []write{narrow, wide}, []int{4}},
		{"EVT-3 two commits larger than the feed", 3, []write{wide, field}, []int{4}},
		{"EVT-3 after a commit larger than the feed", 3, []write{wide, narrow}, []int{1}},
		{"EVT-3 after two commits larger than the feed", 1, []write{wide, field, narrow}, []int{1}},
		{"EVT-3 a commit as large as the feed", 4, []write{narrow, wide}, []int{4}},
		{"EVT-3 after a commit as large as the feed", 4, []write{wide, narrow}, []int{1}},
		{"EVT-3 one drops several", 5, []write{narrow, narrow, wide}, []int{1, 4}},
		{"EVT-3 a whole commit goes, though a part would do", 5, []write{wide, narrow, narrow}, []int{1, 1}},
		{"EVT-3 commits that fit", 6, []write{narrow, wide, narrow}, []int{1, 4, 1}},
		{"EVT-3 two large commits that fit", 8, []write{wide, field}, []int{4, 4}},
		{"EVT-3 two large commits that do not fit", 7, []write{wide, field}, []int{4}},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			sc := newScene(t, feedSize(tc.size))
			for _, write := range tc.writes {
				require.NoError(t, write(t.Context(), sc))
			}
			oldest := sc.Snapshot().Position() - contacts.Position(len(tc.kept))
			_, err := feedOf(t, sc.Store, oldest-1)
			requireExpired(t, oldest, err)
			var kept []int
			for _, c := range commitsAfter(t, sc.Store, oldest) {
				kept = append(kept, len(c.Changes))
			}
			require.Equal(t, tc.kept, kept)
		})
	}
	t.Run("EVT-3 a negative size", func(t *testing.T) {
		_, err := contacts.New(&contacts.Options{FeedSize: -1})
		require.Equal(t, []contacts.Violation{{Field: "FeedSize", Rule: contacts.RuleMin}}, violations(t, err))
	})
}

func feedBytes(n int) func(*contacts.Options) { return func(o *contacts.Options) { o.FeedBytes = n } }

func TestFeedBytes(t *testing.T) {
	bubble(t, "EVT-3 the newest commit is kept whole, whatever its bytes", func(t *testing.T) {
		sc := newScene(t, feedBytes(1))
		before := sc.Snapshot().Position()
		for _, write := range []func() error{
			func() error { return sc.DeleteLabel(t.Context(), oldKey) },
			func() error { return sc.Delete(t.Context(), sc.id("bob")) },
			func() error { return sc.merge(t.Context(), "ann", "cyd") },
			func() error { _, err := sc.RenameField(t.Context(), oldKey, "New"); return err },
			func() error { _, err := sc.Create(t.Context(), person("new"), nil); return err },
		} {
			require.NoError(t, write())
			_, err := feedOf(t, sc.Store, before-1)
			requireExpired(t, before, err)
			before = sc.Snapshot().Position()
			require.Equal(t, between(before-1, before), positionsOf(commitsAfter(t, sc.Store, before-1)))
		}
	})
	bubble(t, "EVT-3 a reader that falls behind in bytes", func(t *testing.T) {
		s := renamed(t, 3, feedBytes(1)).Store
		f := follow(t.Context(), s, 3)
		rename(t, s, 1)
		synctest.Wait()
		require.Equal(t, between(3, 4), f.positions, "it keeps up")
		commits, err := feedOf(t, s, 3, func() { rename(t, s, 2) })
		require.Equal(t, between(3, 4), positionsOf(commits))
		requireExpired(t, 5, err)
	})
	bubble(t, "EVT-3 a fork keeps the bytes of the feed", func(t *testing.T) {
		f := renamed(t, 5, feedBytes(1)).Fork()
		rename(t, f, 3)
		_, err := feedOf(t, f, 6)
		requireExpired(t, 7, err)
	})
	bubble(t, "EVT-3 the default bytes are more than 4096 changes of usual contacts need", func(t *testing.T) {
		s := newLab(t, uncheck).Store
		c := create(t, s, richInfo("ann"))
		for range 4096 {
			c = update(t, s, c, contacts.Patch{JobTitle: contacts.Set("Botanist")})
		}
		require.Len(t, commitsAfter(t, s, 1), 4096)
	})
	t.Run("EVT-3 a negative number of bytes", func(t *testing.T) {
		_, err := contacts.New(&contacts.Options{FeedBytes: -1})
		require.Equal(t, []contacts.Violation{{Field: "FeedBytes", Rule: contacts.RuleMin}}, violations(t, err))
	})
}

// longText returns a text of n characters that no other text shares memory with.
func longText(n, i int) string { return fmt.Sprintf("%0*d", n, i) }

// fatInfo returns a valid info whose lists are full, with long texts. Only its phones are the same for each i.
func fatInfo(i int) contacts.Info {
	info := contacts.Info{
		Name:    contacts.Name{First: longText(1000, i), Last: longText(1000, i)},
		Company: longText(1000, i), JobTitle: longText(1000, i),
	}
	for n := range 50 {
		info.Emails = append(info.Emails, contacts.Email{Address: longText(280, i) + fmt.Sprint(n) + "@x.test"})
		info.Phones = append(info.Phones, contacts.Phone{Number: fmt.Sprintf("+1 201 555 01%02d", n)})
		info.Addresses = append(info.Addresses, contacts.Address{
			StreetAddress: &contacts.StreetAddress{Name: longText(1000, i)}, AddressLine2: longText(1000, i),
			City: longText(1000, i), FormattedAddress: longText(2000, i),
		})
		info.Locations = append(info.Locations, testID(uint64(n+1)))
	}
	return info
}

// fatWrite is a way to fill a feed. prepare returns a write that leaves the store about as large as it was.
type fatWrite struct {
	name string
	// bytes is the limit; the writes together keep several times as much.
	bytes, writes int
	prepare       func(*testing.T, *contacts.Store) func(i int) error
}

func fatWrites() []fatWrite {
	return []fatWrite{
		{
			"updates of a contact near its largest size", large(16<<20, 0), large(40, 150), // in full, the default limit
			func(t *testing.T, s *contacts.Store) func(int) error {
				keys := make([]string, 100)
				for i := range keys {
					keys[i] = newField(t, s, fmt.Sprint("Field ", i), contacts.DataText)
				}
				c := create(t, s, person("Ann"))
				return func(i int) (err error) {
					values := map[string]any{}
					for _, key := range keys {
						values[key] = longText(10_000, i)
					}
					patch := contacts.Patch{ExtendedFields: contacts.Set(values)}
					c, err = s.Update(t.Context(), c.ID, c.Revision, patch, nil)
					return err
				}
			},
		},
		{
			"updates of full lists", 8 << 20, 150,
			func(t *testing.T, s *contacts.Store) func(int) error {
				c := create(t, s, fatInfo(0))
				return func(i int) (err error) {
					c, err = s.Update(t.Context(), c.ID, c.Revision, wholePatch(fatInfo(i+1)), nil)
					return err
				}
			},
		},
		{
			"contacts created and deleted", 8 << 20, 150,
			func(t *testing.T, s *contacts.Store) func(int) error {
				return func(i int) error { return s.Delete(t.Context(), create(t, s, fatInfo(i)).ID) }
			},
		},
		{
			"small contacts merged away", 1 << 20, 1000,
			func(t *testing.T, s *contacts.Store) func(int) error {
				c := create(t, s, person("Ann"))
				return func(i int) error {
					name := contacts.Name{First: longText(500, i), Last: longText(500, i)}
					source := create(t, s, contacts.Info{Name: name})
					v, _ := s.Snapshot().View(c.ID)
					_, err := s.Merge(t.Context(), c.ID, v.Revision(), []uuid.UUID{source.ID}, nil)
					return err
				}
			},
		},
		{
			"members with long lists", 4 << 20, 300,
			func(t *testing.T, s *contacts.Store) func(int) error {
				c := create(t, s, person("Ann"))
				return func(i int) error {
					m := &contacts.Member{MemberID: testID(1), Profile: &contacts.MemberProfile{
						Nickname: longText(255, i), Photo: &contacts.Image{URL: "https://x.test/" + longText(4000, i)},
					}}
					for n := range 1000 {
						m.GroupIDs = append(m.GroupIDs, testID(uint64(n+1)))
					}
					_, err := s.SetMember(t.Context(), c.ID, m)
					return err
				}
			},
		},
		{
			"many labels", 4 << 20, 300,
			func(t *testing.T, s *contacts.Store) func(int) error {
				var keys []string
				for i := range 1000 {
					keys = append(keys, newLabel(t, s, fmt.Sprint("Label ", i)))
				}
				c := create(t, s, person("Ann"))
				return func(i int) (err error) {
					c, err = s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{LabelKeys: contacts.Set(keys[i:])}, nil)
					return err
				}
			},
		},
		{
			"submissions that change nothing", 1 << 20, 6000,
			func(t *testing.T, s *contacts.Store) func(int) error {
				info := person("Ann", "ann@x.test")
				create(t, s, info)
				return func(i int) error {
					_, err := s.Submit(t.Context(), info, &contacts.SubmitOptions{PassThroughData: longText(300, i)})
					return err
				}
			},
		},
		{
			"labels with long names", 1 << 20, 4000,
			func(t *testing.T, s *contacts.Store) func(int) error {
				key := newLabel(t, s, "Old")
				return func(i int) error {
					_, err := s.RenameLabel(t.Context(), key, "L"+longText(179, i))
					return err
				}
			},
		},
	}
}

// memory returns the bytes of the heap that are in use.
func memory() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestFeedMemoryBound measures what feeds keep that have exceeded their limit in bytes.
func TestFeedMemoryBound(t *testing.T) {
	for _, tc := range fatWrites() {
		t.Run("EVT-3 "+tc.name, func(t *testing.T) {
			opts := unchecked()
			opts.FeedSize, opts.FeedBytes = 1<<20, tc.bytes
			s := openStore(t, opts)
			write := tc.prepare(t, s)
			started := s.Snapshot().Position()
			for i := range tc.writes {
				require.NoError(t, write(i))
			}
			for _, err := range s.Follow(t.Context(), started) {
				require.Equal(t, contacts.ErrPositionExpired, contacts.CodeOf(err), "the limit is not exceeded")
				break
			}
			with := memory()
			require.NoError(t, s.TrimFeed(t.Context(), s.Snapshot().Position()))
			kept, limit := with-memory(), cmp.Or(tc.bytes, 64<<20)
			t.Logf("%d KiB of %d", kept>>10, limit>>10)
			require.Less(t, kept, limit+limit/4)
			require.Greater(t, kept, limit/5, "much less than could be kept")
		})
	}
}

func TestTrimFeed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		upTo   contacts.Position
		oldest contacts.Position // afterwards; 3 commits of 5 are kept before
	}{
		{"EVT-7 nothing", 0, 2},
		{"EVT-7 what has gone already", 2, 2},
		{"EVT-7 one commit", 3, 3},
		{"EVT-7 all but the newest", 4, 4},
		{"EVT-7 all", 5, 5},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, 5, feedSize(3)).Store
			before := stateOf(s.Snapshot())
			waiting := follow(t.Context(), s, 5)
			require.NoError(t, s.TrimFeed(t.Context(), tc.upTo))
			require.Equal(t, before, stateOf(s.Snapshot()))
			require.Equal(t, between(tc.oldest, 5), positionsOf(commitsAfter(t, s, tc.oldest)))
			_, err := feedOf(t, s, tc.oldest-1)
			requireExpired(t, tc.oldest, err)
			rename(t, s, 2)
			synctest.Wait()
			require.Equal(t, between(5, 7), waiting.positions)
			oldest := max(tc.oldest, 4)
			require.Equal(t, between(oldest, 7), positionsOf(commitsAfter(t, s, oldest)))
			_, err = feedOf(t, s, oldest-1)
			requireExpired(t, oldest, err)
		})
	}
	for _, upTo := range []contacts.Position{4, math.MaxUint64} {
		bubble(t, fmt.Sprint("EVT-7 a position ahead, ", upTo), func(t *testing.T) {
			s := renamed(t, 3).Store
			err := s.TrimFeed(t.Context(), upTo)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			want := contacts.Violation{Field: "upTo", Rule: contacts.RuleMax, Threshold: 3}
			require.Equal(t, []contacts.Violation{want}, violations(t, err))
			require.Equal(t, between(0, 3), positionsOf(commitsAfter(t, s, 0)))
		})
	}
	bubble(t, "EVT-7 a reader that pauses", func(t *testing.T) {
		s := renamed(t, 5).Store
		commits, err := feedOf(t, s, 1, func() { require.NoError(t, s.TrimFeed(t.Context(), 4)) })
		require.Equal(t, between(1, 2), positionsOf(commits))
		requireExpired(t, 4, err)
	})
	bubble(t, "EVT-7 a reader that has read as far", func(t *testing.T) {
		s := renamed(t, 5).Store
		commits, err := feedOf(t, s, 1, func() { require.NoError(t, s.TrimFeed(t.Context(), 2)) })
		require.Equal(t, between(1, 5), positionsOf(commits))
		require.ErrorIs(t, err, errWaits)
	})
	bubble(t, "EVT-7 an empty feed", func(t *testing.T) {
		s := newStore(t)
		require.NoError(t, s.TrimFeed(t.Context(), 0))
		require.NoError(t, s.TrimFeed(t.Context(), 0))
		create(t, s, person("Ann"))
		require.Equal(t, between(0, 1), positionsOf(commitsAfter(t, s, 0)))
	})
	bubble(t, "EVT-7 a fork's feed is its own", func(t *testing.T) {
		s := renamed(t, 3).Store
		f := s.Fork()
		rename(t, f, 2)
		require.NoError(t, f.TrimFeed(t.Context(), 5))
		require.Equal(t, between(0, 3), positionsOf(commitsAfter(t, s, 0)))
		_, err := feedOf(t, f, 4)
		requireExpired(t, 5, err)
	})
}

// TestTrimFeedForgets tests that nothing in the store refers to texts of contacts that are gone.
func TestTrimFeedForgets(t *testing.T) {
	// newInfo returns an info, and pointers to its texts, which are long enough to have memory of their own.
	newInfo := func(i int) (contacts.Info, map[string]weak.Pointer[byte]) {
		texts := map[string]string{
			"name": longText(40, i), "company": longText(40, i), "email": longText(40, i) + "@x.test",
			"phone": fmt.Sprintf("+1 (2 0 1) 5 5 5 - 0 1 %02d", i), "vat": longText(40, i), "street": longText(40, i),
		}
		gone := map[string]weak.Pointer[byte]{}
		for name, text := range texts {
			gone[name] = weak.Make(unsafe.StringData(text))
		}
		return contacts.Info{
			Name: contacts.Name{First: texts["name"]}, Company: texts["company"],
			Emails:         []contacts.Email{{Address: texts["email"]}},
			Phones:         []contacts.Phone{{Number: texts["phone"]}},
			Addresses:      []contacts.Address{{AddressLine: texts["street"]}},
			ExtendedFields: map[string]any{keyVATID: texts["vat"]},
		}, gone
	}
	for _, tc := range []struct {
		name string
		drop func(*testing.T, *contacts.Store, uuid.UUID)
	}{
		{"EVT-7 a contact that was deleted", func(t *testing.T, s *contacts.Store, id uuid.UUID) {
			require.NoError(t, s.Delete(t.Context(), id))
		}},
		{"EVT-7 a version that was replaced", func(t *testing.T, s *contacts.Store, id uuid.UUID) {
			info, _ := newInfo(2)
			info.Addresses[0].AddressLine2 = "Floor 3"
			_, err := s.Update(t.Context(), id, 1, wholePatch(info), nil)
			require.NoError(t, err)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := fixed()
			opts.Region = "ZZ"
			s := openStore(t, opts)
			info, texts := newInfo(1)
			id := create(t, s, info).ID
			info = contacts.Info{}
			tc.drop(t, s, id)
			alive := func() (names []string) {
				runtime.GC()
				for name, p := range texts {
					if p.Value() != nil {
						names = append(names, name)
					}
				}
				return names
			}
			require.Len(t, alive(), len(texts), "the feed keeps no versions")
			require.NoError(t, s.TrimFeed(t.Context(), s.Snapshot().Position()))
			require.Empty(t, alive())
			runtime.KeepAlive(s)
		})
	}
}

func TestFallingBehind(t *testing.T) {
	for _, tc := range []struct {
		name    string
		writes  int // while the reader handles commit 2 of 3, in a feed of 3
		expired bool
	}{
		{"EVT-3 the next commit is the oldest", 2, false},
		{"EVT-3 the next commit was just dropped", 3, true},
		{"EVT-3 all that was there was dropped", 30, true},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, 3, feedSize(3)).Store
			commits, err := feedOf(t, s, 1, func() {
				rename(t, s, tc.writes)
				tc.writes = 0
			})
			newest := s.Snapshot().Position()
			if !tc.expired {
				require.Equal(t, between(1, newest), positionsOf(commits))
				require.ErrorIs(t, err, errWaits)
				return
			}
			require.Equal(t, between(1, 2), positionsOf(commits))
			requireExpired(t, newest-3, err)
			require.Equal(t, between(newest-3, newest), positionsOf(commitsAfter(t, s, newest-3)))
		})
	}
	bubble(t, "EVT-3 the commit that a reader handles was dropped, the next ones are kept", func(t *testing.T) {
		s := renamed(t, 3, feedSize(3)).Store
		commits, err := feedOf(t, s, 0, func() { // a write at each commit keeps the reader at the end of the feed
			if s.Snapshot().Position() < 20 {
				rename(t, s, 1)
			}
		})
		require.Equal(t, between(0, 20), positionsOf(commits))
		require.ErrorIs(t, err, errWaits)
	})
	bubble(t, "EVT-3 a snapshot to continue from", func(t *testing.T) {
		s := renamed(t, 10, feedSize(1)).Store
		_, err := feedOf(t, s, 3)
		requireExpired(t, 9, err)
		sn := s.Snapshot()
		rename(t, s, 1)
		require.Equal(t, between(10, 11), positionsOf(commitsAfter(t, s, sn.Position())))
	})
}

func TestPositionAhead(t *testing.T) {
	for _, tc := range []struct {
		name    string
		commits int
		since   contacts.Position
	}{
		{"EVT-3 one after the newest", 3, 4},
		{"EVT-3 far after the newest", 3, math.MaxUint64},
		{"EVT-3 one in a feed that has dropped some", 30, 31},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, tc.commits, feedSize(5)).Store
			commits, err := feedOf(t, s, tc.since)
			require.Empty(t, commits)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			want := contacts.Violation{Field: "since", Rule: contacts.RuleMax, Threshold: tc.commits}
			require.Equal(t, []contacts.Violation{want}, violations(t, err))
		})
	}
}

// TestFeedMemory tests that dropped commits are freed.
func TestFeedMemory(t *testing.T) {
	const size, writes = 8, 100
	for _, tc := range []struct {
		name string
		at   int // the commit at which a reader pauses, 0 for none
	}{
		{"EVT-3 dropped commits are freed, a reader keeps up", 0},
		{"EVT-3 dropped commits are freed, a reader pauses at the first", 1},
		{"EVT-3 dropped commits are freed, a reader pauses at a former end of the feed", 3},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := newLab(t, feedSize(size)).Store
			c := create(t, s, person("Ann"))
			var names []weak.Pointer[byte] // of the companies, each in one version of the contact
			work := func(n int) {
				for range n {
					company := fmt.Sprintf("Company %060d", len(names))
					names = append(names, weak.Make(unsafe.StringData(company)))
					c = update(t, s, c, contacts.Patch{Company: contacts.Set(company)})
					synctest.Wait()
				}
			}
			work(3)
			goOn, end := make(chan bool), make(chan error, 1)
			go func() {
				seen := 0
				for _, err := range s.Follow(t.Context(), 1) {
					if err != nil {
						end <- err
						return
					}
					if seen++; seen == tc.at {
						<-goOn
					}
				}
			}()
			work(writes)
			c = nil
			runtime.GC()
			var kept []int
			for i, name := range names {
				if name.Value() != nil {
					kept = append(kept, i)
				}
			}
			// The feed holds the state before and after each of its commits.
			require.Len(t, kept, size+1, "%d of %d: %v", len(kept), len(names), kept)
			require.Equal(t, len(names)-size-1, kept[0])
			if tc.at > 0 {
				goOn <- true
				requireExpired(t, s.Snapshot().Position()-size, <-end)
			} else {
				require.NoError(t, s.Close())
				require.ErrorIs(t, <-end, contacts.ErrClosed)
			}
			runtime.KeepAlive(s)
		})
	}
}

func TestFollowEnds(t *testing.T) {
	canceled := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}
	requireDone := func(t *testing.T, want, err error) {
		t.Helper()
		require.ErrorIs(t, err, want)
		require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
	}
	for _, tc := range []struct {
		name  string
		since contacts.Position
	}{
		{"EVT-4 context done before", 1},
		{"EVT-4 context done before, with nothing to come", 3},
		{"STO-1 context done before, position expired", 0},
		{"STO-1 context done before, position ahead", 4},
	} {
		for _, closed := range []bool{false, true} {
			name := tc.name
			if closed {
				name += ", store closed"
			}
			bubble(t, name, func(t *testing.T) {
				s := renamed(t, 3, feedSize(2)).Store
				if closed {
					require.NoError(t, s.Close())
				}
				commits, err := collect(t, s.Follow(canceled(t), tc.since))
				require.Empty(t, commits)
				requireDone(t, context.Canceled, err)
			})
		}
	}
	bubble(t, "EVT-4 context done while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 3).Store
		ctx, cancel := context.WithCancel(t.Context())
		commits, err := collect(t, s.Follow(ctx, 0), cancel)
		require.Equal(t, between(0, 1), positionsOf(commits))
		requireDone(t, context.Canceled, err)
	})
	bubble(t, "EVT-4 context done while waiting", func(t *testing.T) {
		s := renamed(t, 3).Store
		ctx, cancel := context.WithCancel(t.Context())
		gone, stays := follow(ctx, s, 0), follow(t.Context(), s, 0)
		require.False(t, gone.ended)
		cancel()
		synctest.Wait()
		require.True(t, gone.ended)
		requireDone(t, context.Canceled, gone.err)
		rename(t, s, 1)
		synctest.Wait()
		require.Equal(t, between(0, 3), gone.positions)
		require.Equal(t, between(0, 4), stays.positions)
		require.False(t, stays.ended)
	})
	bubble(t, "EVT-4 deadline while waiting", func(t *testing.T) {
		s := renamed(t, 1).Store
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		started := time.Now()
		commits, err := collect(t, s.Follow(ctx, 0))
		require.Len(t, commits, 1)
		requireDone(t, context.DeadlineExceeded, err)
		require.Equal(t, time.Minute, time.Since(started))
	})
	bubble(t, "EVT-4 closed before: the kept commits, then STORE_CLOSED", func(t *testing.T) {
		s := renamed(t, 3).Store
		require.NoError(t, s.Close())
		for since := range contacts.Position(4) {
			commits, err := feedOf(t, s, since)
			require.Equal(t, between(since, 3), positionsOf(commits))
			require.Equal(t, contacts.ErrClosed, contacts.CodeOf(err))
		}
	})
	bubble(t, "EVT-4 closed while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 3).Store
		commits, err := feedOf(t, s, 0, func() {
			if s.Snapshot().Position() == 3 {
				rename(t, s, 1)
				require.NoError(t, s.Close())
			}
		})
		require.Equal(t, between(0, 4), positionsOf(commits))
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
	bubble(t, "EVT-4 closed while waiting", func(t *testing.T) {
		s := renamed(t, 3).Store
		var readers []*follower
		for since := range contacts.Position(4) {
			readers = append(readers, follow(t.Context(), s, since))
		}
		require.NoError(t, s.Close())
		synctest.Wait()
		for since, f := range readers {
			require.True(t, f.ended)
			require.ErrorIs(t, f.err, contacts.ErrClosed)
			require.Equal(t, between(contacts.Position(since), 3), f.positions)
		}
	})
	bubble(t, "EVT-4 closed during a write, whose commit still comes", func(t *testing.T) {
		s := renamed(t, 3).Store
		f := follow(t.Context(), s, 3)
		release := hold(t, s)
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		require.False(t, f.ended)
		release()
		require.NoError(t, <-closed)
		synctest.Wait()
		require.Equal(t, between(3, 4), f.positions)
		require.ErrorIs(t, f.err, contacts.ErrClosed)
		require.True(t, f.ended)
	})
	bubble(t, "EVT-4 readers never slow writers", func(t *testing.T) {
		s := renamed(t, 3, feedSize(2)).Store
		next, stop := iter.Pull2(s.Follow(t.Context(), 1))
		defer stop()
		c, err, _ := next() // then the reader pauses
		require.NoError(t, err)
		require.Equal(t, contacts.Position(2), c.Position)
		rename(t, s, 10)
		require.NoError(t, s.Close())
		_, err, _ = next()
		requireExpired(t, 11, err)
	})
}

func TestFeedOfForks(t *testing.T) {
	bubble(t, "EVT-4 a fork's feed begins at the fork", func(t *testing.T) {
		s := renamed(t, 5).Store
		f := s.Fork()
		require.Empty(t, commitsAfter(t, f, 5))
		_, err := feedOf(t, f, 4)
		requireExpired(t, 5, err)
		_, err = feedOf(t, f, 6)
		require.ErrorIs(t, err, contacts.ErrInvalid)
		rename(t, f, 2)
		require.Equal(t, between(5, 7), positionsOf(commitsAfter(t, f, 5)))
	})
	bubble(t, "EVT-4 forks and their parents have feeds of their own", func(t *testing.T) {
		s := renamed(t, 5).Store
		f := s.Fork()
		g := f.Fork()
		stores := []*contacts.Store{s, f, g}
		var readers []*follower
		for _, store := range stores {
			readers = append(readers, follow(t.Context(), store, 5))
		}
		for i, store := range stores {
			rename(t, store, i+1)
		}
		require.NoError(t, f.Close())
		synctest.Wait()
		for i, r := range readers {
			require.Equal(t, between(5, contacts.Position(6+i)), r.positions)
			require.Equal(t, i == 1, r.ended)
		}
	})
	bubble(t, "EVT-4 a fork keeps the size of the feed", func(t *testing.T) {
		f := renamed(t, 5, feedSize(2)).Fork()
		rename(t, f, 3)
		_, err := feedOf(t, f, 5)
		requireExpired(t, 6, err)
	})
	bubble(t, "EVT-4 a fork of a closed store", func(t *testing.T) {
		s := renamed(t, 5).Store
		require.NoError(t, s.Close())
		commits, err := feedOf(t, s.Fork(), 5)
		require.Empty(t, commits)
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
}

// TestScribbleFeed overwrites all memory that a reader can reach.
func TestScribbleFeed(t *testing.T) {
	bubble(t, "STO-5 a reader that modifies a commit affects no other", func(t *testing.T) {
		sc := newScene(t)
		story(t, sc)
		before := deepCopy(t, stateOf(sc.Snapshot()))
		want := eventTexts(t, commitsAfter(t, sc.Store, 0))
		mine, other := commitsAfter(t, sc.Store, 0), commitsAfter(t, sc.Store, 0)
		for i := range mine {
			c := &mine[i]
			for j, change := range c.Changes {
				for _, v := range []contacts.View{change.Before, change.After} {
					if !v.IsZero() {
						scribbleView(v)
						scribble(v.Clone())
					}
				}
				scribble(change.Sources())
				c.Changes[j] = contacts.Change{Kind: "scribbled"}
			}
			_ = append(c.Changes, contacts.Change{Kind: "scribbled"})
			c.Position, c.Time, c.OriginatedFrom = 0, epoch, "scribbled"
		}
		for _, commits := range [][]contacts.Commit{other, commitsAfter(t, sc.Store, 0)} {
			for _, c := range commits {
				for _, change := range c.Changes {
					require.NotEqual(t, contacts.ChangeKind("scribbled"), change.Kind)
				}
			}
			require.Equal(t, want, eventTexts(t, commits))
		}
		require.Equal(t, before, deepCopy(t, stateOf(sc.Snapshot())))
	})
	bubble(t, "STO-5 the sources of a merge stay the caller's", func(t *testing.T) {
		sc := newScene(t)
		at := sc.Snapshot().Position()
		sources := sc.idsOf("dan", "bob")
		_, err := sc.Merge(t.Context(), sc.id("cyd"), 1, sources, nil)
		require.NoError(t, err)
		scribble(sources)
		require.Equal(t, sc.idsOf("dan", "bob"), commitsAfter(t, sc.Store, at)[0].Changes[0].Sources())
	})
}

// replica is the copy of a store that a reader maintains: a snapshot, and the changes since.
type replica struct {
	at     contacts.Position
	people map[uuid.UUID]contacts.View
	labels map[string]contacts.Label
	fields map[string]contacts.Field

	commits  int // applied
	restarts int // from a new snapshot, because the position had expired
}

// reset starts the replica from a snapshot.
func (r *replica) reset(sn *contacts.Snapshot) {
	r.at = sn.Position()
	r.people, r.labels, r.fields = map[uuid.UUID]contacts.View{}, map[string]contacts.Label{}, map[string]contacts.Field{}
	for v := range sn.All() {
		r.people[v.ID()] = v
	}
	for l := range sn.Labels() {
		r.labels[l.Key] = l
	}
	for f := range sn.Fields() {
		r.fields[f.Key] = f
	}
}

// take applies a commit, which must be the next one and start from the state of the replica.
func (r *replica) take(c contacts.Commit) error {
	if c.Position != r.at+1 {
		return fmt.Errorf("commit %d came after commit %d", c.Position, r.at)
	}
	r.at++
	r.commits++
	for _, change := range c.Changes {
		if err := r.change(change); err != nil {
			return fmt.Errorf("commit %d, %s: %w", c.Position, change.Kind, err)
		}
	}
	return nil
}

func (r *replica) change(c contacts.Change) error {
	switch c.Kind {
	case contacts.ContactCreated:
		return replace(r.people, c.After.ID(), c.Before, c.After)
	case contacts.ContactUpdated, contacts.ContactDeleted:
		return replace(r.people, c.Before.ID(), c.Before, c.After)
	case contacts.ContactMerged: // the updates and deletions follow
		for _, id := range append(c.Sources(), c.Before.ID()) {
			if r.people[id].IsZero() {
				return errors.New("no such contact")
			}
		}
		return nil
	case contacts.LabelCreated, contacts.LabelUpdated, contacts.LabelDeleted:
		before, after := c.Label()
		return replace(r.labels, cmp.Or(before.Key, after.Key), before, after)
	default:
		before, after := c.Field()
		return replace(r.fields, cmp.Or(before.Key, after.Key), before, after)
	}
}

// replace replaces before by after; the zero T represents a missing value.
func replace[K, T comparable](m map[K]T, key K, before, after T) error {
	var none T
	if m[key] != before {
		return errors.New("the change starts from another state")
	}
	if m[key] = after; after == none {
		delete(m, key)
	}
	return nil
}

// follow applies the commits of a store until Follow ends, and returns its error. If the position has expired, it
// starts again from a snapshot. It calls each after every commit.
func (r *replica) follow(ctx context.Context, s *contacts.Store, each func(contacts.Commit) error) error {
	for {
		err := r.followOn(ctx, s, each)
		var expired *contacts.PositionError
		if !errors.As(err, &expired) {
			return err
		}
		if expired.Oldest <= r.at {
			return fmt.Errorf("position %d has expired, but %d can be followed from", r.at, expired.Oldest)
		}
		r.reset(s.Snapshot())
		r.restarts++
	}
}

func (r *replica) followOn(ctx context.Context, s *contacts.Store, each func(contacts.Commit) error) error {
	for c, err := range s.Follow(ctx, r.at) {
		if err != nil {
			return err
		}
		if err := r.take(c); err != nil {
			return err
		}
		if err := each(c); err != nil {
			return err
		}
	}
	return errors.New("Follow ended without an error")
}

// requireLike requires that the replica is like the snapshot, down to the same versions of the contacts.
func (r *replica) requireLike(t testing.TB, sn *contacts.Snapshot) {
	t.Helper()
	var want replica
	want.reset(sn)
	require.Equal(t, want.at, r.at)
	require.True(t, maps.Equal(want.people, r.people), "contacts")
	require.Equal(t, want.labels, r.labels)
	require.Equal(t, want.fields, r.fields)
}

// writeFeed makes n random calls, mostly writes. It changes its own contacts, and a label and a field that all
// writers share. It calls pause after each.
func writeFeed(ctx context.Context, s *contacts.Store, seed uint64, n int, pause func()) error {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var own []uuid.UUID
	take := func() uuid.UUID {
		i := rnd.IntN(len(own))
		id := own[i]
		own = slices.Delete(own, i, i+1)
		return id
	}
	revision := func(id uuid.UUID) int {
		v, _ := s.Snapshot().View(id)
		return v.Revision()
	}
	call := func() error {
		if len(own) < 2 || rnd.IntN(3) == 0 {
			info := person("Ann", fmt.Sprintf("w%d@x.test", seed))
			if rnd.IntN(2) == 0 {
				info.LabelKeys = []string{oldKey}
			}
			c, err := s.Create(ctx, info, &contacts.CreateOptions{AllowDuplicates: true})
			if err == nil {
				own = append(own, c.ID)
			}
			return err
		}
		var err error
		switch id := own[0]; rnd.IntN(8) {
		case 0, 1:
			_, err = s.Update(ctx, id, revision(id), contacts.Patch{SetFields: map[string]any{oldKey: "x"}}, nil)
		case 2:
			_, err = s.Label(ctx, id, oldKey)
		case 3:
			err = s.Delete(ctx, take())
		case 4:
			source := take()
			target := own[rnd.IntN(len(own))]
			if _, err = s.Merge(ctx, target, revision(target), []uuid.UUID{source}, nil); err != nil {
				own = append(own, source)
			}
		case 5:
			_, _, err = s.FindOrCreateLabel(ctx, "Old")
		case 6:
			_, _, err = s.FindOrCreateField(ctx, "Old", contacts.DataText)
		case 7:
			if rnd.IntN(2) == 0 {
				err = s.DeleteLabel(ctx, oldKey)
			} else {
				err = s.DeleteField(ctx, oldKey)
			}
		}
		return err
	}
	refusals := []contacts.Code{
		"", contacts.ErrLabelNotFound, contacts.ErrFieldNotFound, contacts.ErrAlreadyChanged, // others were faster
	}
	for range n {
		if err := call(); !slices.Contains(refusals, contacts.CodeOf(err)) {
			return err
		}
		pause()
	}
	return nil
}

// TestFollowers lets readers of all speeds follow writers, in a time that passes only while all of them wait.
func TestFollowers(t *testing.T) {
	bubble(t, "EVT-2 readers of all speeds, some come late, some leave early", func(t *testing.T) {
		opts := fixed()
		opts.Now, opts.FeedSize = time.Now, 16
		s := openStore(t, opts)
		first := s.Snapshot()
		started := time.Now()
		readers := []*struct {
			comes, leaves, pace time.Duration
			replica
			err error
		}{
			{pace: 0},
			{pace: 0, comes: 50 * time.Millisecond},
			{pace: 0, leaves: 70 * time.Millisecond},
			{pace: 0, comes: 50 * time.Millisecond, leaves: 70 * time.Millisecond},
			{pace: time.Millisecond},
			{pace: 7 * time.Millisecond},
			{pace: 50 * time.Millisecond},
			{pace: 50 * time.Millisecond, leaves: 333 * time.Millisecond},
			{pace: 5 * time.Second},
		}
		var reading, writing sync.WaitGroup
		for _, r := range readers {
			r.reset(first)
			reading.Go(func() {
				<-time.After(r.comes)
				ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(r.leaves, time.Hour))
				defer cancel()
				r.err = r.follow(ctx, s, func(c contacts.Commit) error {
					if r.comes == 0 && r.pace == 0 && !time.Now().Equal(c.Time) {
						return fmt.Errorf("commit %d came late", c.Position)
					}
					<-time.After(r.pace)
					return nil
				})
			})
		}
		failures := make([]error, 3)
		for i, pace := range []time.Duration{2 * time.Millisecond, 3 * time.Millisecond, 11 * time.Millisecond} {
			writing.Go(func() {
				failures[i] = writeFeed(t.Context(), s, uint64(i), 100, func() { <-time.After(pace) })
			})
		}
		writing.Wait()
		require.Equal(t, []error{nil, nil, nil}, failures)
		require.Equal(t, 100*11*time.Millisecond, time.Since(started), "readers kept writers waiting")
		require.NoError(t, s.Close())
		reading.Wait()

		last := s.Snapshot()
		for i, r := range readers {
			t.Logf("reader %d: %d of %d commits, %d restarts", i, r.commits, last.Position(), r.restarts)
			if r.leaves > 0 {
				require.ErrorIs(t, r.err, context.DeadlineExceeded)
				continue
			}
			require.ErrorIs(t, r.err, contacts.ErrClosed)
			r.requireLike(t, last)
		}
		require.Equal(t, int(last.Position()), readers[0].commits)
		require.Zero(t, readers[0].restarts)
		require.Equal(t, 1, readers[1].restarts, "its start position had expired")
		require.Positive(t, readers[6].restarts)
		require.Positive(t, readers[8].restarts)
	})
}

// TestFollowersRace runs writers and readers freely, with a feed so small that readers fall behind.
func TestFollowersRace(t *testing.T) {
	t.Run("EVT-2 readers see all writes", func(t *testing.T) {
		const writers, readers, calls = 4, 8, 150
		opts := fixed()
		opts.FeedSize = 16
		s := openStore(t, opts)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // much longer than the test needs
		defer cancel()
		replicas, ends := make([]replica, readers), make([]error, readers)
		failures := make([]error, writers)
		pause := func(seed uint64) func() {
			rnd := rand.New(rand.NewPCG(seed, 1))
			return func() {
				for range rnd.IntN(4) {
					runtime.Gosched()
				}
			}
		}
		var reading, writing sync.WaitGroup
		for i := range replicas {
			r, wait := &replicas[i], pause(uint64(i))
			r.reset(s.Snapshot())
			reading.Go(func() {
				ends[i] = r.follow(ctx, s, func(c contacts.Commit) error {
					if s.Snapshot().Position() < c.Position {
						return fmt.Errorf("commit %d is not in the store yet", c.Position)
					}
					wait()
					return nil
				})
			})
		}
		for i := range failures {
			wait := pause(uint64(readers + i))
			writing.Go(func() { failures[i] = writeFeed(ctx, s, uint64(i), calls, wait) })
		}
		writing.Wait()
		require.Equal(t, make([]error, writers), failures)
		require.NoError(t, s.Close())
		reading.Wait()
		for i := range replicas {
			r := &replicas[i]
			t.Logf("reader %d: %d of %d commits, %d restarts", i, r.commits, s.Snapshot().Position(), r.restarts)
			require.ErrorIs(t, ends[i], contacts.ErrClosed)
			r.requireLike(t, s.Snapshot())
		}
	})
}
