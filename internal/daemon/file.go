package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

// open opens the store of -data or -nats, loads that of -load, or makes an empty one.
func (d *daemon) open(ctx context.Context) (*contacts.Store, error) {
	d.sources = d.newSources()
	s, err := d.openFrom(ctx, d.storeOptions(d.sources))
	if err != nil {
		return nil, err
	}
	if d.seed != nil {
		d.sources.from(s.Snapshot().Position())
	}
	return s, nil
}

func (d *daemon) openFrom(ctx context.Context, opts *contacts.Options) (*contacts.Store, error) {
	switch {
	case d.durable():
		s, err := d.openData(ctx, opts)
		if err == nil {
			head := &beginning{only: true}
			_ = s.Snapshot().Export(head)
			d.checkTimes(head.lastCommit(), s.Snapshot())
		}
		return s, err
	case d.load == "":
		return contacts.New(opts)
	}
	s, lastCommit, err := d.loadFile(ctx, opts)
	if errors.Is(err, fs.ErrNotExist) && d.sameFile() {
		d.log.Info("starting empty, as the file does not exist yet", "file", d.load)
		return contacts.New(opts)
	}
	if err == nil {
		d.checkTimes(lastCommit, s.Snapshot())
	}
	return s, err
}

// loadFile loads the store of -load, and returns the time of its last commit as well.
func (d *daemon) loadFile(ctx context.Context, opts *contacts.Options) (*contacts.Store, time.Time, error) {
	f, err := os.Open(d.load)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("load: %w", err)
	}
	defer f.Close()
	started := time.Now()
	head := &beginning{}
	s, err := contacts.Load(ctx, io.TeeReader(f, head), opts)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("load %s: %w", d.load, err)
	}
	d.log.Info("loaded", append(about(s.Snapshot()), "file", d.load, "took", time.Since(started))...)
	return s, head.lastCommit(), nil
}

// clockError is how far a store may be ahead of the clock: clocks of two machines differ.
const clockError = time.Minute

// checkTimes warns if a loaded store is from the future. The times of its commits never go back, so that until then all
// new ones would be that of its last commit. A clock that no flag has set is moved there instead (CTL-2).
func (d *daemon) checkTimes(lastCommit time.Time, sn *contacts.Snapshot) {
	now := d.sources.now()
	latest, count := lastCommit, 0
	for v := range sn.All() {
		if at := v.UpdatedDate(); at.After(now.Add(clockError)) {
			count++
			if at.After(latest) {
				latest = at
			}
		}
	}
	switch {
	case !latest.After(now.Add(clockError)):
	case d.sources.clock != nil && d.now == nil:
		d.sources.clock.Set(latest)
	default:
		d.log.Warn("the store is ahead of the clock: a clock was or is wrong; docs/limits.md says how to repair it",
			"until", latest, "contacts", count)
	}
}

// beginning keeps the first bytes that are written to it, enough for the first line of an export.
type beginning struct {
	text []byte
	only bool // more is not needed: end the export
}

func (b *beginning) Write(p []byte) (int, error) {
	b.text = append(b.text, p[:min(len(p), 1024-len(b.text))]...)
	if b.only {
		return len(p), io.ErrShortWrite
	}
	return len(p), nil
}

// lastCommit returns the time in the first line of an export, zero if there was no commit.
func (b *beginning) lastCommit() time.Time {
	var line struct {
		ContactsStore struct{ Time time.Time }
	}
	text, _, _ := bytes.Cut(b.text, []byte("\n"))
	_ = json.Unmarshal(text, &line) // Load has checked it
	return line.ContactsStore.Time
}

// checkLeftovers handles the files that a save leaves if the program is killed meanwhile. They contain personal data,
// and no one would look for them. The file of -save is whole, so that they are not needed; a program that saves nothing
// removes nothing.
func (d *daemon) checkLeftovers() {
	names := []string{d.save, d.load}
	if d.sameFile() {
		names = names[:1]
	}
	for i, name := range names {
		if name == "" {
			continue
		}
		found, err := atomicfile.Leftovers(name)
		if err != nil {
			d.log.Warn("cannot look for unfinished saves", "file", name, "error", err)
		}
		for _, path := range found {
			err := errNotOurs
			if i == 0 {
				err = atomicfile.Remove(path)
			}
			if err == nil {
				d.log.Info("removed an unfinished save of a program that was killed", "file", path)
			} else {
				d.log.Warn("there is an unfinished save, with personal data: remove it if no program is writing it",
					"file", path, "error", err)
			}
		}
	}
}

// errNotOurs says why a leftover is not removed.
var errNotOurs = errors.New("-save does not name its file")

// checkSave reports whether saving should succeed: at the end it would be too late to choose another file.
func (d *daemon) checkSave() error {
	if d.save == "" {
		return nil
	}
	if err := atomicfile.Check(d.save); err != nil {
		return fmt.Errorf("save %s: %w", d.save, err)
	}
	if _, err := os.Lstat(d.save); err == nil && !d.sameFile() {
		return fmt.Errorf("save %s: the file exists and would be overwritten: name it with -load as well, or remove it",
			d.save)
	}
	return nil
}

// saveAll writes the store to its file.
func (d *daemon) saveAll(s *contacts.Store) error {
	started, sn := time.Now(), s.Snapshot()
	if err := d.replace(d.save, sn.Export); err != nil {
		return fmt.Errorf("save %s: %w", d.save, err)
	}
	d.log.Info("saved", append(about(sn), "file", d.save, "took", time.Since(started))...)
	return nil
}

// about returns the attributes of a store for the log.
func about(sn *contacts.Snapshot) []any {
	return []any{"contacts", sn.Len(), "position", sn.Position()}
}
