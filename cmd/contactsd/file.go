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

// open loads the store from its file, or makes an empty one.
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
		d.log.Info("starting empty, as the file does not exist yet", "file", d.load)
		return contacts.New(opts)
	} else if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	defer f.Close()
	started := time.Now()
	s, err := contacts.Load(ctx, f, opts)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", d.load, err)
	}
	if ids != nil {
		ids.from(s.Snapshot().Position())
	}
	d.log.Info("loaded", append(about(s.Snapshot()), "file", d.load, "took", time.Since(started))...)
	return s, nil
}

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
