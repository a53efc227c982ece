package boltlog_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

var (
	gate = flag.Bool("gate", false, "more crashes and failures")
	long = flag.Bool("long", false, "cut files at every length, flip every bit, and many more crashes and failures")

	first = flag.Uint64("first", 1, "seed of the first run with losses of power: another one tries other runs")
)

// A tally counts crashes, or failures, and what was found afterwards.
type tally struct{ crashes, acknowledged, lost, wrong, refused int }

func (a tally) String() string {
	return fmt.Sprintf("%d crashes, %d acknowledged, %d lost, %d wrong, %d needlessly refused", a.crashes,
		a.acknowledged, a.lost, a.wrong, a.refused)
}

func (a *tally) merge(b tally) {
	a.crashes += b.crashes
	a.acknowledged += b.acknowledged
	a.lost += b.lost
	a.wrong += b.wrong
	a.refused += b.refused
}

// totals are the sum of tallies, safe for concurrent use.
type totals struct {
	mu  sync.Mutex
	sum tally
}

func (s *totals) add(t tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.merge(t)
}

func (s *totals) get() tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum
}

// A content is everything that a log holds.
type content struct {
	entries   []contacts.Entry
	snapshots []snapshot // newest first
}

type snapshot struct {
	at   contacts.Seq
	data string
}

func (c *content) fill(t *testing.T, l *boltlog.Log, sizes ...int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(uint64(len(c.entries)), 7))
	for _, size := range sizes {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(rnd.Uint32())
		}
		last, err := l.Last(t.Context())
		require.NoError(t, err)
		at, err := l.Append(t.Context(), last, data)
		require.NoError(t, err)
		c.entries = append(c.entries, contacts.Entry{Seq: at, Data: data})
	}
}

func (c *content) save(t *testing.T, l *boltlog.Log, data string) {
	t.Helper()
	last, err := l.Last(t.Context())
	require.NoError(t, err)
	require.NoError(t, l.Save(t.Context(), last, func(w io.Writer) error {
		_, err := io.WriteString(w, data)
		return err
	}))
	c.snapshots = append([]snapshot{{last, data}}, c.snapshots[:min(1, len(c.snapshots))]...)
}

// written returns a directory with two generations and its contents. The newest log file has about size bytes.
func written(t *testing.T, entries int) (string, content) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "log")
	l, err := boltlog.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	var c content
	c.fill(t, l, 10, 3000, 5000)
	c.save(t, l, strings.Repeat("first snapshot ", 100))
	for i := range entries {
		c.fill(t, l, 1+i*37%300)
	}
	require.NoError(t, l.Close())
	return dir, c
}

// readable returns why a directory cannot be read, having required that all that is read from it is right: all entries
// up to the error, no other bytes ever, and a place with each error of damage.
func (c *content) readable(t *testing.T, dir string, opts boltlog.Options, what ...any) error {
	t.Helper()
	opts.LockTimeout = time.Minute // a process that a parallel test starts holds copies of locks for a moment
	l, err := boltlog.Open(context.Background(), dir, &opts)
	if err != nil {
		requirePlace(t, err, what...)
		return err
	}
	defer l.Close()
	entries := 0
	for e, readErr := range l.Read(context.Background(), 0) {
		if readErr != nil {
			requirePlace(t, readErr, what...)
			err = readErr
			break
		}
		require.Less(t, entries, len(c.entries), what...)
		require.True(t, bytes.Equal(c.entries[entries].Data, e.Data), what...)
		require.Equal(t, c.entries[entries].Seq, e.Seq, what...)
		entries++
	}
	if err == nil {
		require.Equal(t, len(c.entries), entries, what...)
	}
	return errors.Join(err, c.loadable(t, l, what...))
}

func (c *content) loadable(t *testing.T, l *boltlog.Log, what ...any) (err error) {
	t.Helper()
	n := 0
	for s, loadErr := range l.Load(context.Background()) {
		require.Less(t, n, len(c.snapshots), what...)
		want := c.snapshots[n]
		n++
		var data []byte
		if loadErr == nil {
			require.Equal(t, want.at, s.At, what...)
			data, loadErr = contents(s)
			require.True(t, strings.HasPrefix(want.data, string(data)), what...)
		}
		if loadErr != nil {
			requirePlace(t, loadErr, what...)
			err = loadErr
			continue
		}
		require.Equal(t, len(want.data), len(data), what...)
	}
	require.Equal(t, len(c.snapshots), n, what...)
	return err
}

func contents(s contacts.SavedSnapshot) ([]byte, error) {
	r, err := s.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// requirePlace requires an error of damage with its place.
func requirePlace(t *testing.T, err error, what ...any) {
	t.Helper()
	damage, ok := errors.AsType[*contacts.CorruptError](err)
	require.True(t, ok, "%v: %v", what, err)
	require.ErrorIs(t, err, contacts.ErrLogCorrupt)
	require.NotEmpty(t, damage.File, what...)
	require.NotEmpty(t, damage.Reason, what...)
}

// files returns the files of a directory.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		found[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
	}
	return found
}

// damaged writes a file of the directory in place, without the cost of creating it.
func damaged(t *testing.T, path string, change func(f *os.File) error) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, errors.Join(change(f), f.Close()))
}

// damaging counts damaged files.
type damaging struct{ tried, refused atomic.Int64 }

func (d *damaging) String() string {
	tried, refused := d.tried.Load(), d.refused.Load()
	return fmt.Sprintf("%d tried, %d refused with the place, %d had no effect, 0 wrong", tried, refused, tried-refused)
}

// inEachFile runs a test for each file of a log, with a directory of its own. The file is as before afterwards.
func inEachFile(t *testing.T, entries int, test func(t *testing.T, want content, path string, data []byte)) {
	t.Run("files", func(t *testing.T) {
		for _, name := range []string{"00000001.log", "00000002.log", "00000002.snap"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				dir, want := written(t, entries)
				data := files(t, dir)[name]
				test(t, want, filepath.Join(dir, name), data)
				require.Equal(t, data, files(t, dir)[name])
				require.NoError(t, want.readable(t, dir, boltlog.Options{}))
			})
		}
	})
}

// TestCuts cuts each file of a log, with -gate and -long at every length. What is left opens whole, or is an error with
// its place.
func TestCuts(t *testing.T) {
	t.Parallel()
	step := 131
	if *gate || *long {
		step = 1
	}
	var sum damaging
	inEachFile(t, 20, func(t *testing.T, want content, path string, data []byte) {
		tried, refused := 0, 0
		for size := len(data); size >= 0; size-- {
			if edge := min(size%512, 512-size%512); edge > 1 && size%step != 0 {
				continue // the middle of a sector
			}
			tried++
			require.NoError(t, os.Truncate(path, int64(size)))
			// Opening it in bbolt takes longer.
			opts := boltlog.Options{ReadOnly: tried%10 != 0}
			if err := want.readable(t, filepath.Dir(path), opts, "the first", size, "bytes"); err != nil {
				refused++
			}
			if now, err := os.Stat(path); err != nil || now.Size() != int64(size) { // bbolt has repaired the length
				damaged(t, path, func(f *os.File) error { return rewrite(f, data[:size]) })
			}
		}
		damaged(t, path, func(f *os.File) error { return rewrite(f, data) })
		require.Greater(t, refused, tried/2)
		sum.tried.Add(int64(tried))
		sum.refused.Add(int64(refused))
	})
	t.Logf("cuts: %v", &sum)
}

// rewrite writes the contents of a file in place: some file systems sync one that was emptied before.
func rewrite(f *os.File, data []byte) error {
	_, err := f.WriteAt(data, 0)
	return errors.Join(err, f.Truncate(int64(len(data))))
}

// TestFlippedBits flips single bits of each file: those at the beginnings of pages, where the structure is, and some
// others; with -gate more, with -long all. All of the log comes back, or an error with the place of the damage.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	entries, others, every, bolt := 20, 100, 5, 16
	switch {
	case *long:
		bolt = 64
	case *gate:
		entries, others, every, bolt = 100, 1700, 1, 4
	}
	var sum damaging
	inEachFile(t, entries, func(t *testing.T, want content, path string, data []byte) {
		rnd := rand.New(rand.NewPCG(3, 4))
		flipped, refused := 0, 0
		for bit := range 8 * len(data) {
			structure := bit%(8*4096) < 8*24 && rnd.IntN(every) == 0
			if !*long && !structure && rnd.IntN(8*len(data)) > others {
				continue
			}
			damaged(t, path, func(f *os.File) error {
				_, err := f.WriteAt([]byte{data[bit/8] ^ 1<<(bit%8)}, int64(bit/8))
				return err
			})
			flipped++
			opts := boltlog.Options{ReadOnly: flipped%bolt > 0}
			if err := want.readable(t, filepath.Dir(path), opts, "bit", bit); err != nil {
				refused++
			}
			damaged(t, path, func(f *os.File) error {
				_, err := f.WriteAt(data[bit/8:bit/8+1], int64(bit/8))
				return err
			})
		}
		require.Greater(t, refused, flipped/20)
		sum.tried.Add(int64(flipped))
		sum.refused.Add(int64(refused))
	})
	t.Logf("flipped bits: %v", &sum)
}

// TestLostAndMixedSectors overwrites sectors, as a disk does that loses writes or puts them elsewhere.
func TestLostAndMixedSectors(t *testing.T) {
	t.Parallel()
	const sector = 512
	times := 60
	switch {
	case *long:
		times = 20_000
	case *gate:
		times = 300
	}
	var sum damaging
	inEachFile(t, 100, func(t *testing.T, want content, path string, data []byte) {
		rnd := rand.New(rand.NewPCG(5, 6))
		for range times {
			at := rnd.IntN(len(data)/sector+1) * sector
			size := min(len(data)-at, sector<<rnd.IntN(5))
			part := make([]byte, size)
			switch rnd.IntN(3) {
			case 0: // zeros
			case 1:
				copy(part, data[rnd.IntN(len(data)/sector+1)*sector:])
			case 2:
				for i := range part {
					part[i] = byte(rnd.Uint32())
				}
			}
			damaged(t, path, func(f *os.File) error { _, err := f.WriteAt(part, int64(at)); return err })
			opts := boltlog.Options{ReadOnly: rnd.IntN(4) > 0}
			if err := want.readable(t, filepath.Dir(path), opts, "at", at, "size", size); err != nil {
				sum.refused.Add(1)
			}
			damaged(t, path, func(f *os.File) error { return rewrite(f, data) })
		}
		sum.tried.Add(int64(times))
	})
	t.Logf("sectors: %v", &sum)
}

// TestMissingAndMixedFiles removes files, or puts those of another log in their place.
func TestMissingAndMixedFiles(t *testing.T) {
	dir, want := written(t, 5)
	other, _ := written(t, 5)
	ours, others := files(t, dir), files(t, other)
	for name, change := range map[string]func() error{
		"no log file": func() error {
			older, newer := filepath.Join(dir, "00000001.log"), filepath.Join(dir, "00000002.log")
			return errors.Join(os.Remove(older), os.Remove(newer))
		},
		"no newest log file": func() error { return os.Remove(filepath.Join(dir, "00000002.log")) },
		"a log file of another log": func() error {
			return os.WriteFile(filepath.Join(dir, "00000002.log"), others["00000002.log"], 0o600)
		},
		"the older log file of another log": func() error {
			return os.WriteFile(filepath.Join(dir, "00000001.log"), others["00000001.log"], 0o600)
		},
		"a log file in place of another": func() error {
			return os.WriteFile(filepath.Join(dir, "00000002.log"), ours["00000001.log"], 0o600)
		},
		"a log file that is missing between": func() error {
			return os.Rename(filepath.Join(dir, "00000002.log"), filepath.Join(dir, "00000003.log"))
		},
		"a snapshot of another log": func() error {
			return os.WriteFile(filepath.Join(dir, "00000002.snap"), others["00000002.snap"], 0o600)
		},
		"a snapshot under another name": func() error {
			return os.Rename(filepath.Join(dir, "00000002.snap"), filepath.Join(dir, "00000001.snap"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, change())
			for _, opts := range []boltlog.Options{{ReadOnly: true}, {}} {
				require.Error(t, want.readable(t, dir, opts))
			}
			for _, leftover := range []string{"00000003.log", "00000001.snap"} {
				os.Remove(filepath.Join(dir, leftover))
			}
			for name, data := range ours {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
			}
			require.NoError(t, want.readable(t, dir, boltlog.Options{}))
		})
	}
}

// TestDamageWhileOpen cuts and changes the file under an open log.
func TestDamageWhileOpen(t *testing.T) {
	t.Run("cut", func(t *testing.T) {
		dir, want := written(t, 100)
		l, err := boltlog.Open(t.Context(), dir, nil)
		require.NoError(t, err)
		defer l.Close()
		require.NoError(t, os.Truncate(filepath.Join(dir, "00000002.log"), 8192))
		require.Error(t, want.openReadable(t, l))
	})
	t.Run("changed", func(t *testing.T) {
		dir, want := written(t, 100)
		l, err := boltlog.Open(t.Context(), dir, nil)
		require.NoError(t, err)
		defer l.Close()
		path := filepath.Join(dir, "00000002.log")
		data := files(t, dir)["00000002.log"]
		i := bytes.LastIndex(data, want.entries[80].Data)
		damaged(t, path, func(f *os.File) error { _, err := f.WriteAt([]byte{data[i] ^ 1}, int64(i)); return err })
		require.Error(t, want.openReadable(t, l))
	})
}

// openReadable reads the entries of an open log until an error.
func (c *content) openReadable(t *testing.T, l *boltlog.Log) error {
	t.Helper()
	n := 0
	for e, err := range l.Read(t.Context(), 0) {
		if err != nil {
			requirePlace(t, err)
			return err
		}
		require.Equal(t, c.entries[n], contacts.Entry{Seq: e.Seq, Data: bytes.Clone(e.Data)})
		n++
	}
	return nil
}

// FuzzLogFile reads any file with valid meta pages: it neither panics nor reads on forever, whatever its pages say.
func FuzzLogFile(f *testing.F) {
	f.Add(smallLogFile(f, 0))
	f.Add(smallLogFile(f, 3))
	f.Add(smallLogFile(f, 40))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := boltlog.CountPairs(boltlog.RepairMeta(data))
		require.LessOrEqual(t, n, len(data)/16)
		if err != nil && !errors.Is(err, contacts.ErrLogFormat) {
			requirePlace(t, err)
		}
	})
}

// smallLogFile returns a log file with small pages, without those that are not used.
func smallLogFile(f *testing.F, entries int) []byte {
	path := filepath.Join(f.TempDir(), "small")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: 512, NoFreelistSync: true})
	require.NoError(f, err)
	require.NoError(f, db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("log"))
		for i := range entries {
			err = errors.Join(err, b.Put([]byte{0, 0, 0, 0, 0, 0, 0, byte(i)}, make([]byte, 30+i*20)))
		}
		return err
	}))
	require.NoError(f, db.Close())
	data, err := os.ReadFile(path)
	require.NoError(f, err)
	used := (len(bytes.TrimRight(data, "\x00")) + 511) / 512 * 512
	n, err := boltlog.CountPairs(data[:used])
	require.NoError(f, err)
	require.Equal(f, entries, n)
	return data[:used]
}
