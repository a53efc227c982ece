//go:build simulateddisk

package boltlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// A simDisk carries out everything on the files of one directory, and knows what of it would survive a loss of power:
// what was synced. What was not is kept, lost or torn into sectors.
type simDisk struct {
	dir     string
	names   map[string]*simFile // now
	durable map[string]*simFile // at the last sync of the directory
	renames []func(map[string]*simFile)
	ops     int
	onOp    func() // after each operation, also in the middle of one

	// Failures: see fault.
	failAt  int // number of the operation, 0 for none
	forever bool
	fault   fault
	failed  int // operations

	ignoreSync, ignoreSyncDir bool
}

type simFile struct {
	data     []byte // what is durable
	unsynced []simWrite
}

type simWrite struct {
	offset int64
	data   []byte // nil: the file gets the size offset
}

// A fault is how an operation fails.
type fault struct {
	err   error
	short bool // the first half of a write is carried out
	drop  bool // a failed sync drops what was not synced, as Linux does
}

func newSimDisk(dir string) *simDisk {
	d := &simDisk{dir: dir, names: map[string]*simFile{}, durable: map[string]*simFile{}, onOp: func() {}}
	bbolt.Hook = d
	return d
}

const sectorSize = 512

// op counts an operation and reports whether it fails.
func (d *simDisk) op() error {
	d.ops++
	if d.failAt > 0 && (d.ops == d.failAt || d.forever && d.ops > d.failAt) {
		d.failed++
		return d.fault.err
	}
	return nil
}

func (d *simDisk) simulates(path string) bool { return filepath.Dir(path) == d.dir }

// file returns the file that has a path now, or nil.
func (d *simDisk) file(path string) *simFile {
	if !d.simulates(path) {
		return nil
	}
	return d.names[filepath.Base(path)]
}

func (d *simDisk) inDir(change func(map[string]*simFile)) {
	change(d.names)
	d.renames = append(d.renames, change)
	d.onOp()
}

func (d *simDisk) created(path string) *simFile {
	f := &simFile{}
	d.inDir(func(names map[string]*simFile) { names[filepath.Base(path)] = f })
	return f
}

func (d *simDisk) OpenFile(path string, flag int, mode os.FileMode) (*os.File, error) {
	if !d.simulates(path) {
		return os.OpenFile(path, flag, mode)
	}
	if flag&os.O_CREATE != 0 && d.file(path) == nil {
		if err := d.op(); err != nil {
			return nil, err
		}
		d.created(path)
	}
	return os.OpenFile(path, flag, mode)
}

func (d *simDisk) WriteAt(f *os.File, b []byte, offset int64) (int, error) {
	sim := d.file(f.Name())
	if sim == nil {
		return f.WriteAt(b, offset)
	}
	if err := d.op(); err != nil {
		n := 0
		if d.fault.short {
			n = len(b) / 2 / sectorSize * sectorSize
			f.WriteAt(b[:n], offset)
			sim.unsynced = append(sim.unsynced, simWrite{offset, bytes.Clone(b[:n])})
		}
		return n, err
	}
	sim.unsynced = append(sim.unsynced, simWrite{offset, bytes.Clone(b)})
	d.onOp()
	return f.WriteAt(b, offset)
}

func (d *simDisk) Truncate(f *os.File, size int64) error {
	sim := d.file(f.Name())
	if sim == nil {
		return f.Truncate(size)
	}
	if err := d.op(); err != nil {
		return err
	}
	sim.unsynced = append(sim.unsynced, simWrite{offset: size})
	d.onOp()
	return f.Truncate(size)
}

func (d *simDisk) Sync(f *os.File) error {
	sim := d.file(f.Name())
	if sim == nil {
		return nil // speed
	}
	if err := d.op(); err != nil {
		if d.fault.drop {
			for _, w := range sim.unsynced {
				was := make([]byte, len(w.data)) // zeros behind the end
				if w.offset < int64(len(sim.data)) {
					copy(was, sim.data[w.offset:])
				}
				f.WriteAt(was, w.offset)
			}
			sim.unsynced = nil
		}
		return err
	}
	d.onOp()
	if !d.ignoreSync {
		sim.data = sim.after(func() outcome { return kept }, nil)
		sim.unsynced = nil
	}
	d.onOp()
	return nil
}

type outcome int

const (
	kept outcome = iota
	lost
	torn
)

// after returns the data of a file when what was not synced had these outcomes.
func (f *simFile) after(next func() outcome, rnd *rand.Rand) []byte {
	data := bytes.Clone(f.data)
	resize := func(size int64) {
		if more := size - int64(len(data)); more > 0 {
			data = append(data, make([]byte, more)...)
		}
	}
	for _, w := range f.unsynced {
		o := next()
		switch {
		case o == lost:
		case w.data == nil:
			resize(w.offset)
			data = data[:w.offset]
		default:
			resize(w.offset + int64(len(w.data)))
			for at := 0; at < len(w.data); at += sectorSize {
				if o == kept || rnd.IntN(2) == 0 {
					copy(data[int(w.offset)+at:], w.data[at:min(len(w.data), at+sectorSize)])
				}
			}
		}
	}
	return data
}

// The methods of boltlog.Disk.

func (d *simDisk) MakeDir(path string) error { return boltlog.OSDisk{}.MakeDir(path) }

func (d *simDisk) Create(path string) (boltlog.File, error) {
	if err := d.op(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		d.created(path)
	}
	return &simHandle{f: f, d: d}, err
}

type simHandle struct {
	f      *os.File
	d      *simDisk
	offset int64
}

func (h *simHandle) Write(p []byte) (int, error) {
	n, err := h.d.WriteAt(h.f, p, h.offset)
	h.offset += int64(n)
	return n, err
}

func (h *simHandle) Sync() error { return h.d.Sync(h.f) }

func (h *simHandle) Close() error { return h.f.Close() }

func (d *simDisk) Rename(from, to string) error {
	if err := d.op(); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	d.inDir(func(names map[string]*simFile) {
		if f, ok := names[filepath.Base(from)]; ok {
			names[filepath.Base(to)] = f
			delete(names, filepath.Base(from))
		}
	})
	return nil
}

func (d *simDisk) Remove(path string) error {
	if err := d.op(); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	d.inDir(func(names map[string]*simFile) { delete(names, filepath.Base(path)) })
	return nil
}

func (d *simDisk) SyncDir(path string) error {
	if path != d.dir {
		return nil
	}
	if err := d.op(); err != nil {
		return err
	}
	d.onOp()
	if !d.ignoreSyncDir {
		for _, change := range d.renames {
			change(d.durable)
		}
		d.renames = nil
	}
	d.onOp()
	return nil
}

// crash writes what a loss of power now may leave to a directory.
func (d *simDisk) crash(rnd *rand.Rand, to string) error {
	next := [](func() outcome){
		func() outcome { return kept },
		func() outcome { return lost },
		func() outcome { return torn },
		func() outcome { return outcome(rnd.IntN(3)) },
		func() outcome { return outcome(rnd.IntN(2)) },
	}[rnd.IntN(5)]
	names := map[string]*simFile{}
	for name, f := range d.durable {
		names[name] = f
	}
	for _, change := range d.renames {
		if next() == kept {
			change(names)
		}
	}
	if err := errors.Join(os.RemoveAll(to), os.Mkdir(to, 0o700)); err != nil {
		return err
	}
	for name, f := range names {
		if err := os.WriteFile(filepath.Join(to, name), f.after(next, rnd), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// A workload writes to a log and knows what must be there afterwards.
type workload struct {
	t       *testing.T
	disk    *simDisk
	rnd     *rand.Rand
	policy  boltlog.SyncPolicy
	log     *boltlog.Log
	entries [][]byte // entry i is at place i+1; the last ones may not have been acknowledged
	acked   int      // entries
	durable int      // entries that must survive
	saved   []snapshot
	tried   []snapshot   // also those in progress, and those that failed, which may still be there
	dropped contacts.Seq // entries that may be gone
	wrong   []error      // what was found after crashes
	crashes int
}

func newWorkload(t *testing.T, seed uint64, policy boltlog.SyncPolicy) *workload {
	dir := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.Mkdir(dir, 0o700))
	return &workload{t: t, disk: newSimDisk(dir), rnd: rand.New(rand.NewPCG(seed, 9)), policy: policy}
}

func (w *workload) open() error {
	l, err := boltlog.Open(context.Background(), w.disk.dir, boltlog.Options{Sync: w.policy}.OnDisk(w.disk))
	if err == nil {
		w.log = l
	}
	return err
}

func (w *workload) append() error {
	size := 1 + w.rnd.IntN(400)
	if w.rnd.IntN(15) == 0 {
		size = 1 + w.rnd.IntN(30_000)
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(w.rnd.Uint32())
	}
	w.entries = append(w.entries[:w.acked], data)
	_, err := w.log.Append(context.Background(), contacts.Seq(w.acked), data)
	if err == nil {
		w.acked = len(w.entries)
		if w.policy == boltlog.Always || w.policy == boltlog.Never { // Never: the control
			w.durable = w.acked
		}
	}
	return err
}

func (w *workload) sync() error {
	err := w.log.Sync(context.Background())
	if err == nil {
		w.durable = w.acked
	}
	return err
}

func (w *workload) save() error {
	text := fmt.Sprint("snapshot ", len(w.saved), w.rnd.Uint32())
	s := snapshot{contacts.Seq(w.acked), strings.Repeat(text, w.rnd.IntN(9000))}
	w.tried = append(w.tried, s)
	err := w.log.Save(context.Background(), s.at, func(out io.Writer) error {
		_, err := io.WriteString(out, s.data)
		return err
	})
	if err == nil {
		w.saved = append(w.saved, s)
	}
	return err
}

func (w *workload) compact() error {
	if n := len(w.saved); n >= 2 {
		w.dropped = w.saved[n-2].at
	}
	return w.log.Compact(context.Background(), contacts.Seq(w.acked))
}

func (w *workload) reopen() error {
	if err := w.log.Close(); err != nil {
		return err
	}
	w.durable = w.acked
	return w.open()
}

// run makes steps. It stops at an error and returns it.
func (w *workload) run(steps int, goOn func(error) bool) error {
	for range steps {
		var err error
		switch w.rnd.IntN(20) {
		case 0:
			err = w.save()
		case 1:
			err = w.compact()
		case 2:
			err = w.reopen()
		case 3:
			err = w.sync()
		default:
			err = w.append()
		}
		if err != nil && !goOn(err) {
			return err
		}
	}
	return nil
}

// check returns what is wrong with a directory after a crash or a failure now.
func (w *workload) check(dir string) error {
	l, err := boltlog.Open(context.Background(), dir, nil)
	if err != nil {
		return fmt.Errorf("needlessly refused: %w", err)
	}
	defer l.Close()
	next := w.dropped
	for e, err := range l.Read(context.Background(), w.dropped) {
		if err != nil {
			return fmt.Errorf("needlessly refused: %w", err)
		}
		next++
		if e.Seq != next || int(next) > len(w.entries) || !bytes.Equal(e.Data, w.entries[next-1]) {
			return fmt.Errorf("entry %d is wrong", e.Seq)
		}
	}
	if int(next) < w.durable {
		return fmt.Errorf("lost: %d entries of %d", next, w.durable)
	}
	if err := w.checkSnapshots(l); err != nil {
		return err
	}
	at, err := l.Append(context.Background(), next, []byte("after the crash"))
	if err != nil || at != next+1 {
		return fmt.Errorf("cannot append: %w", err)
	}
	return nil
}

func (w *workload) checkSnapshots(l *boltlog.Log) error {
	var found []snapshot // newest first
	for s, err := range l.Load(context.Background()) {
		if err != nil {
			return fmt.Errorf("snapshot needlessly refused: %w", err)
		}
		data, err := contents(s)
		if err != nil {
			return fmt.Errorf("snapshot needlessly refused: %w", err)
		}
		if !slices.Contains(w.tried, snapshot{s.At, string(data)}) {
			return fmt.Errorf("a snapshot of %d is wrong", s.At)
		}
		found = append(found, snapshot{s.At, string(data)})
	}
	if len(found) < min(2, len(w.saved)) {
		return fmt.Errorf("lost: %d snapshots", min(2, len(w.saved))-len(found))
	}
	if n := len(w.saved); n > 0 && !slices.Contains(found[:min(2, len(found))], w.saved[n-1]) {
		return errors.New("lost: the newest snapshot")
	}
	return nil
}

// crashOften lets the power fail at every operation, in several ways.
func (w *workload) crashOften(times int) {
	to := filepath.Join(w.t.TempDir(), "crashed")
	w.disk.onOp = func() {
		for range times {
			w.crashes++
			err := w.disk.crash(w.rnd, to)
			if err == nil {
				err = w.check(to)
			}
			if err != nil {
				w.wrong = append(w.wrong, fmt.Errorf("crash %d, operation %d: %w", w.crashes, w.disk.ops, err))
			}
		}
	}
}

func never(error) bool { return false }

// TestDiskPowerLoss lets the power fail at every operation. Nothing acknowledged is lost, nothing is wrong, and nothing
// is refused.
func TestDiskPowerLoss(t *testing.T) {
	want := 100
	if *gate {
		want = 2000
	}
	if *long {
		want = 100_000
	}
	for name, policy := range map[string]boltlog.SyncPolicy{
		"always": boltlog.Always, "every": boltlog.Every(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			crashes := 0
			for seed := uint64(1); crashes < want/2; seed++ {
				w := newWorkload(t, seed, policy)
				w.crashOften(2)
				require.NoError(t, w.open())
				require.NoError(t, w.run(60, never))
				require.NoError(t, w.log.Close())
				require.Empty(t, w.wrong, "seed %d", seed)
				crashes += w.crashes
			}
			t.Logf("%d crashes: 0 lost, 0 wrong, 0 needlessly refused", crashes)
		})
	}
}

// TestDiskControls: the test above finds a log that does not sync.
func TestDiskControls(t *testing.T) {
	for name, spoil := range map[string]func(*workload){
		"files are not synced":       func(w *workload) { w.disk.ignoreSync = true },
		"directories are not synced": func(w *workload) { w.disk.ignoreSyncDir = true },
		"the policy is Never":        func(w *workload) { w.policy = boltlog.Never },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkload(t, 1, boltlog.Always)
			spoil(w)
			w.crashOften(1)
			require.NoError(t, w.open())
			require.NoError(t, w.run(60, never))
			require.NotEmpty(t, w.wrong)
			t.Logf("%d of %d crashes, such as: %v", len(w.wrong), w.crashes, w.wrong[len(w.wrong)-1])
		})
	}
}

// TestDiskFailures lets the n-th operation fail, once or with all that follow, for every n.
func TestDiskFailures(t *testing.T) {
	faults := map[string]fault{
		"ENOSPC":                             {err: syscall.ENOSPC},
		"EIO":                                {err: syscall.EIO},
		"short write":                        {err: syscall.ENOSPC, short: true},
		"EIO, and unsynced data are dropped": {err: syscall.EIO, drop: true},
	}
	steps := 50
	if *long {
		steps = 1000
	}
	for name, f := range faults {
		for _, forever := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, forever %t", name, forever), func(t *testing.T) {
				stride := 37
				if *gate || *long {
					stride = 1
				}
				for n := 1; ; n += stride {
					if !failAt(t, n, steps, f, forever) {
						t.Logf("each of %d operations failed", (n-1)/stride)
						require.Greater(t, n, steps)
						return
					}
				}
			})
		}
	}
}

// failAt runs a workload with one failure, and reports whether it came to that.
func failAt(t *testing.T, n, steps int, f fault, forever bool) bool {
	t.Helper()
	w := newWorkload(t, 5, boltlog.Always)
	w.disk.failAt, w.disk.fault, w.disk.forever = n, f, forever
	err := w.open()
	if err == nil {
		err = w.run(steps, func(err error) bool { return w.log.Err() == nil && errors.Is(err, f.err) })
	}
	if w.disk.failed == 0 {
		require.NoError(t, err)
		require.NoError(t, w.log.Close())
		return false
	}
	if w.log != nil {
		w.readOnly(f, n)
		w.log.Close()
	}
	w.disk.failAt = 0
	if w.log == nil { // the first Open failed
		require.ErrorIs(t, err, f.err)
	}
	require.NoError(t, w.check(w.disk.dir), "operation %d failed", n)
	return true
}

// readOnly requires that a log that has failed says why, and that all that was acknowledged can be read.
func (w *workload) readOnly(f fault, n int) {
	w.t.Helper()
	if w.log.Err() == nil {
		return
	}
	require.ErrorIs(w.t, w.log.Err(), f.err)
	for range 2 {
		_, err := w.log.Append(context.Background(), contacts.Seq(w.acked), []byte("more"))
		require.ErrorIs(w.t, err, f.err)
	}
	require.Error(w.t, w.log.Save(context.Background(), contacts.Seq(w.acked), func(io.Writer) error { return nil }))
	next := w.dropped
	for e, err := range w.log.Read(context.Background(), next) {
		require.NoError(w.t, err, "operation %d failed", n)
		next++
		require.True(w.t, bytes.Equal(w.entries[next-1], e.Data))
	}
	require.Equal(w.t, w.acked, int(next), "operation %d failed", n)
}
