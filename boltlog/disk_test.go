//go:build simulateddisk

package boltlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
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
	name  string
	err   error
	short bool // the first half of a write is carried out
	drop  bool // a failed sync drops what was not synced, as Linux does
}

func newSimDisk(dir string) *simDisk {
	d := &simDisk{dir: dir, names: map[string]*simFile{}, durable: map[string]*simFile{}, onOp: func() {}}
	simDisks.Store(dir, d)
	return d
}

// simDisks are the disks by their directories.
var simDisks sync.Map

// boltHook passes what bbolt does to its files to the disk of their directory, or carries it out.
type boltHook struct{}

func init() { bbolt.Hook = boltHook{} }

func (boltHook) disk(path string) *simDisk {
	if d, ok := simDisks.Load(filepath.Dir(path)); ok {
		return d.(*simDisk)
	}
	return &simDisk{} // of no directory
}

func (h boltHook) OpenFile(path string, flag int, mode os.FileMode) (*os.File, error) {
	return h.disk(path).OpenFile(path, flag, mode)
}

func (h boltHook) WriteAt(f *os.File, b []byte, offset int64) (int, error) {
	return h.disk(f.Name()).WriteAt(f, b, offset)
}

func (h boltHook) Truncate(f *os.File, size int64) error { return h.disk(f.Name()).Truncate(f, size) }

func (h boltHook) Sync(f *os.File) error { return h.disk(f.Name()).Sync(f) }

// clone returns a disk of another directory in the same state. No change of names may be waiting for a sync.
func (d *simDisk) clone(dir string) (*simDisk, error) {
	c := newSimDisk(dir)
	c.ops = d.ops
	for name, f := range d.names {
		c.names[name] = &simFile{data: f.data, unsynced: slices.Clone(f.unsynced)} // their bytes never change
		c.durable[name] = c.names[name]
	}
	if len(d.renames) > 0 || !maps.Equal(d.names, d.durable) {
		return nil, errors.New("names of files are not synced")
	}
	return c, os.CopyFS(dir, os.DirFS(d.dir))
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
	disk    *simDisk
	source  *rand.PCG
	rnd     *rand.Rand // from source
	policy  boltlog.SyncPolicy
	steps   int
	pause   bool // at the next step that opens the log again, before it does
	log     *boltlog.Log
	entries [][]byte // entry i is at place i+1; the last ones may not have been acknowledged
	acked   int      // entries
	durable int      // entries that must survive
	saved   []snapshot
	tried   []snapshot   // also those in progress, and those that failed, which may still be there
	dropped contacts.Seq // entries that may be gone
	wrong   []error      // what was found after crashes
	found   tally
}

func newWorkload(t *testing.T, seed uint64, policy boltlog.SyncPolicy) *workload {
	dir := filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.Mkdir(dir, 0o700))
	source := rand.NewPCG(seed, 9)
	return &workload{disk: newSimDisk(dir), source: source, rnd: rand.New(source), policy: policy}
}

// clone returns a workload that continues from the same point in another directory. The log must be closed.
func (w *workload) clone(dir string) (*workload, error) {
	disk, err := w.disk.clone(dir)
	c, source := *w, *w.source
	c.disk, c.source, c.rnd, c.log = disk, &source, rand.New(&source), nil
	c.entries, c.saved, c.tried = slices.Clone(w.entries), slices.Clone(w.saved), slices.Clone(w.tried)
	return &c, err
}

// remove removes the files.
func (w *workload) remove() error {
	simDisks.Delete(w.disk.dir)
	return os.RemoveAll(w.disk.dir)
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
	var kept []contacts.Seq // also of a Save that failed: its snapshot may be there
	for s, err := range w.log.Load(context.Background()) {
		if err != nil {
			return err
		}
		kept = append(kept, s.At)
	}
	if len(kept) >= 2 {
		w.dropped = kept[1]
	}
	return w.log.Compact(context.Background(), contacts.Seq(w.acked))
}

func (w *workload) reopen() error {
	if err := w.log.Close(); err != nil {
		return err
	}
	w.durable = w.acked
	if w.pause {
		w.log = nil
		return errPaused
	}
	return w.open()
}

// errPaused ends the run of a workload with the log closed. To continue, open it and run again.
var errPaused = errors.New("paused")

// run makes steps until there were so many. It stops at an error and returns it.
func (w *workload) run(steps int, goOn func(error) bool) error {
	for w.steps < steps {
		w.steps++
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

// What can be found after a crash or a failure. Errors wrap one of them.
var (
	errLost    = errors.New("lost")
	errWrong   = errors.New("wrong")
	errRefused = errors.New("needlessly refused")
)

// count adds what check has found to the figures.
func (w *workload) count(err error) {
	w.found.crashes++
	switch {
	case err == nil:
		return
	case errors.Is(err, errLost):
		w.found.lost++
	case errors.Is(err, errRefused):
		w.found.refused++
	default:
		w.found.wrong++
	}
	w.wrong = append(w.wrong, fmt.Errorf("crash %d, operation %d: %w", w.found.crashes, w.disk.ops, err))
}

// check returns what is wrong with a directory after a crash or a failure now.
func (w *workload) check(dir string) error {
	l, err := boltlog.Open(context.Background(), dir, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer l.Close()
	next := w.dropped
	for e, err := range l.Read(context.Background(), w.dropped) {
		if err != nil {
			return fmt.Errorf("%w: %w", errRefused, err)
		}
		next++
		if e.Seq != next || int(next) > len(w.entries) || !bytes.Equal(e.Data, w.entries[next-1]) {
			return fmt.Errorf("%w: entry %d", errWrong, e.Seq)
		}
	}
	if int(next) < w.durable {
		return fmt.Errorf("%w: entries after %d, of %d", errLost, next, w.durable)
	}
	if err := w.checkSnapshots(l); err != nil {
		return err
	}
	at, err := l.Append(context.Background(), next, []byte("after the crash"))
	if err != nil || at != next+1 {
		return fmt.Errorf("%w: append: %w", errRefused, err)
	}
	return nil
}

func (w *workload) checkSnapshots(l *boltlog.Log) error {
	var found []snapshot // newest first
	for s, err := range l.Load(context.Background()) {
		if err != nil {
			return fmt.Errorf("%w: snapshot: %w", errRefused, err)
		}
		data, err := contents(s)
		if err != nil {
			return fmt.Errorf("%w: snapshot: %w", errRefused, err)
		}
		if !slices.Contains(w.tried, snapshot{s.At, string(data)}) {
			return fmt.Errorf("%w: a snapshot of %d", errWrong, s.At)
		}
		found = append(found, snapshot{s.At, string(data)})
	}
	if len(found) < min(2, len(w.saved)) {
		return fmt.Errorf("%w: %d snapshots", errLost, min(2, len(w.saved))-len(found))
	}
	if n := len(w.saved); n > 0 && !slices.Contains(found[:min(2, len(found))], w.saved[n-1]) {
		return fmt.Errorf("%w: the newest snapshot", errLost)
	}
	return nil
}

// crashOften lets the power fail in the middle of each operation and after it, or of every n-th one.
func (w *workload) crashOften(every int) {
	to := w.disk.dir + " after a crash"
	moments := 0
	before := w.disk.onOp
	w.disk.onOp = func() {
		before()
		if moments++; moments%every > 0 {
			return
		}
		err := w.disk.crash(w.rnd, to)
		if err == nil {
			err = w.check(to)
		}
		w.count(err)
	}
}

func never(error) bool { return false }

// TestDiskPowerLoss lets the power fail at every operation. Nothing acknowledged is lost, nothing is wrong, and nothing
// is refused.
func TestDiskPowerLoss(t *testing.T) {
	want, every := 200, 7
	if *gate {
		want, every = 2000, 1
	}
	if *long {
		want, every = 100_000, 1
	}
	var sum totals
	seed := new(atomic.Uint64)
	seed.Store(*first)
	t.Run("runs", func(t *testing.T) {
		for worker := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for sum.get().crashes < want {
					sum.add(powerLosses(t, seed.Add(1)-1, every))
				}
			})
		}
	})
	t.Logf("losses of power: %v (seeds %d to %d)", sum.get(), *first, seed.Load()-1)
}

// powerLosses runs one workload. The policy alternates.
func powerLosses(t *testing.T, seed uint64, every int) tally {
	policy := boltlog.Always
	if seed%2 == 0 {
		policy = boltlog.Every(time.Hour)
	}
	w := newWorkload(t, seed, policy)
	w.crashOften(every)
	require.NoError(t, w.open())
	require.NoError(t, w.run(60, never))
	require.NoError(t, w.log.Close())
	assert.Empty(t, w.wrong, "seed %d", seed)
	require.NoError(t, w.remove())
	w.found.acknowledged = w.acked
	return w.found
}

// TestDiskPowerLossInCompaction lets the power fail while a snapshot replaces another one, and while several files are
// dropped at once: a file system may carry out what changes its names in any order.
func TestDiskPowerLossInCompaction(t *testing.T) {
	t.Parallel()
	w := newWorkload(t, 3, boltlog.Always)
	require.NoError(t, w.open())
	for range 5 {
		require.NoError(t, w.append())
		require.NoError(t, w.save())
	}
	for range 20 {
		w.crashOften(1)
	}
	require.NoError(t, w.save())
	require.NoError(t, w.compact())
	require.NoError(t, w.log.Close())
	require.Empty(t, w.wrong)
	require.Greater(t, w.found.crashes, 100)
}

// TestDiskControls: the test above finds a log that does not sync.
func TestDiskControls(t *testing.T) {
	every := 7
	if *gate || *long {
		every = 1
	}
	for name, spoil := range map[string]func(*workload){
		"files are not synced":       func(w *workload) { w.disk.ignoreSync = true },
		"directories are not synced": func(w *workload) { w.disk.ignoreSyncDir = true },
		"the policy is Never":        func(w *workload) { w.policy = boltlog.Never },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkload(t, 1, boltlog.Always)
			spoil(w)
			w.crashOften(every)
			require.NoError(t, w.open())
			require.NoError(t, w.run(60, never))
			require.NoError(t, w.log.Close())
			require.NotEmpty(t, w.wrong)
			w.found.acknowledged = w.acked
			t.Logf("control: %v; such as: %v", w.found, w.wrong[len(w.wrong)-1])
		})
	}
}

// TestDiskFailures lets the n-th operation fail, once or with all that follow, for every n.
func TestDiskFailures(t *testing.T) {
	faults := []fault{
		{name: "ENOSPC", err: syscall.ENOSPC},
		{name: "EIO", err: syscall.EIO},
		{name: "short write", err: syscall.ENOSPC, short: true},
		{name: "EIO, and unsynced data are dropped", err: syscall.EIO, drop: true},
	}
	f := failures{steps: 62, commits: 50, stride: 16}
	if *gate {
		f.stride = 1
	}
	if *long {
		f = failures{steps: 1300, commits: 1000, stride: 1}
	}
	var sum totals
	t.Run("runs", func(t *testing.T) {
		first := 0 // a different one for each kind of failure
		for _, fault := range faults {
			for _, forever := range []bool{false, true} {
				first++
				t.Run(fmt.Sprintf("%s, forever %t", fault.name, forever), func(t *testing.T) {
					t.Parallel()
					f := f
					f.fault, f.forever, f.first = fault, forever, first%f.stride+1
					f.run(t)
					sum.add(f.found)
				})
			}
		}
	})
	t.Logf("failing calls: %v", sum.get())
}

// failures are runs of one workload, each with another failing operation.
type failures struct {
	steps, commits int // of the workload
	first, stride  int // the first failing operation, and from one to the next
	fault          fault
	forever        bool
	found          tally
}

// run lets the workload run without a failure, and from each point at which the log is closed once for every operation
// up to the next such point.
func (f *failures) run(t *testing.T) {
	base := newWorkload(t, 5, boltlog.Always)
	base.pause = true
	for n := f.first; ; {
		before, err := base.clone(filepath.Join(t.TempDir(), "before"))
		require.NoError(t, err)
		require.NoError(t, base.open())
		end := base.run(f.steps, never)
		for ; n <= base.disk.ops; n += f.stride {
			f.found.merge(f.failAt(t, before, n, min(f.steps, base.steps+20)))
		}
		if !errors.Is(end, errPaused) {
			require.NoError(t, end)
			require.NoError(t, base.log.Close())
			require.GreaterOrEqual(t, base.acked, f.commits)
			t.Logf("%d commits, %d operations", base.acked, base.disk.ops)
			return
		}
	}
}

// failAt runs a copy of a workload up to a step, with a failure of the n-th operation.
func (f *failures) failAt(t *testing.T, from *workload, n, steps int) tally {
	t.Helper()
	w, err := from.clone(filepath.Join(from.disk.dir+" failing", "log"))
	require.NoError(t, err)
	defer os.RemoveAll(filepath.Dir(w.disk.dir))
	defer simDisks.Delete(w.disk.dir)
	w.pause = false
	w.disk.failAt, w.disk.fault, w.disk.forever = n, f.fault, f.forever
	if err = w.open(); err == nil {
		err = w.run(steps, func(err error) bool { return w.log.Err() == nil && errors.Is(err, f.fault.err) })
	}
	require.Positive(t, w.disk.failed, "operation %d", n)
	if w.log != nil {
		w.readOnly(t, f.fault, n)
		w.log.Close()
	} else {
		require.ErrorIs(t, err, f.fault.err)
	}
	w.disk.failAt = 0
	w.count(w.check(w.disk.dir))
	assert.Empty(t, w.wrong, "operation %d failed", n)
	w.found.acknowledged = w.acked - from.acked
	return w.found
}

// readOnly requires that a log that has failed says why, and that all that was acknowledged can be read.
func (w *workload) readOnly(t *testing.T, f fault, n int) {
	t.Helper()
	if w.log.Err() == nil {
		return
	}
	require.ErrorIs(t, w.log.Err(), f.err)
	for range 2 {
		_, err := w.log.Append(context.Background(), contacts.Seq(w.acked), []byte("more"))
		require.ErrorIs(t, err, f.err)
	}
	require.Error(t, w.log.Save(context.Background(), contacts.Seq(w.acked), func(io.Writer) error { return nil }))
	next := w.dropped
	for e, err := range w.log.Read(context.Background(), next) {
		require.NoError(t, err, "operation %d failed", n)
		next++
		require.True(t, bytes.Equal(w.entries[next-1], e.Data))
	}
	require.Equal(t, w.acked, int(next), "operation %d failed", n)
}
