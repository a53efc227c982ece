package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

// open opens the store that is loaded, or an empty one.
func (d *daemon) open(ctx context.Context) (*contacts.Store, error) {
	var ids *stream
	if d.seed != nil {
		ids = newStream(*d.seed, "IDs")
	}
	opts := d.storeOptions(ids)
	if d.load == "" {
		return contacts.New(opts)
	}
	f, err := os.Open(d.load)
	if errors.Is(err, fs.ErrNotExist) && d.sameFile() {
		d.log.Info("starting empty: there is no saved file yet", "file", d.load)
		return contacts.New(opts)
	} else if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer f.Close()
	start := time.Now()
	s, err := contacts.Load(ctx, f, opts)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", d.load, err)
	}
	if ids != nil {
		ids.from(s.Snapshot().Position())
	}
	d.log.Info("loaded", append(about(s.Snapshot()), "file", d.load, "took", time.Since(start))...)
	return s, nil
}

// checkSave finds out whether saving is going to work: at the end it would be too late to ask for another file.
func (d *daemon) checkSave() error {
	if d.save == "" {
		return nil
	}
	if err := atomicfile.Check(d.save); err != nil {
		return fmt.Errorf("save %s: %w", d.save, err)
	}
	if _, err := os.Lstat(d.save); err == nil && !d.sameFile() {
		return fmt.Errorf("save %s: there is such a file, and its contacts would be gone: name it with -load as well, or remove it",
			d.save)
	}
	return nil
}

// saveAll writes the store to its file.
func (d *daemon) saveAll(s *contacts.Store) error {
	start, sn := time.Now(), s.Snapshot()
	if err := d.replace(d.save, sn.Export); err != nil {
		return fmt.Errorf("save %s: %w", d.save, err)
	}
	d.log.Info("saved", append(about(sn), "file", d.save, "took", time.Since(start))...)
	return nil
}

// about is what a log may tell of a store.
func about(sn *contacts.Snapshot) []any {
	return []any{"contacts", sn.Len(), "position", sn.Position()}
}
