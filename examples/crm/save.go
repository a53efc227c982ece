package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

// load opens a store that save wrote to a file, and prints a line about it.
func load(ctx context.Context, w io.Writer, name string, opts *contacts.Options) (*contacts.Store, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := contacts.Load(ctx, f, opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(w, "loaded: %s: %s\n", sizeOf(s.Snapshot()), plain(name))
	return s, nil
}

// save writes a whole store to a file, and prints a line about it.
func save(w io.Writer, name string, sn *contacts.Snapshot) error {
	lines := 0
	err := atomicfile.Replace(name, func(f io.Writer) error {
		counter := &lineCounter{w: f}
		err := sn.Export(counter)
		lines = counter.lines
		return err
	})
	if err != nil {
		return fmt.Errorf("save %s: %w", name, err)
	}
	fmt.Fprintf(w, "\nsaved: %s, %d lines: %s\n", sizeOf(sn), lines, plain(name))
	return nil
}

func sizeOf(sn *contacts.Snapshot) string {
	return fmt.Sprintf("%d contacts, position %d", sn.Len(), sn.Position())
}

type lineCounter struct {
	w     io.Writer
	lines int
}

func (c *lineCounter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	return c.w.Write(p)
}

// saveInMemory shows that a loaded store equals the saved one. The format is canonical, so it compares the bytes.
func saveInMemory(ctx context.Context, w io.Writer, sn *contacts.Snapshot) error {
	var saved, again bytes.Buffer
	if err := sn.Export(&saved); err != nil {
		return err
	}
	lines := bytes.Count(saved.Bytes(), []byte("\n"))
	loaded, err := contacts.Load(ctx, bytes.NewReader(saved.Bytes()), nil)
	if err != nil {
		return err
	}
	defer loaded.Close()
	if err := loaded.Snapshot().Export(&again); err != nil {
		return err
	}
	if !bytes.Equal(saved.Bytes(), again.Bytes()) {
		return errors.New("the loaded store exports different bytes")
	}
	fmt.Fprintf(w, "\nsaved: %s, %d lines of %d kB\n", sizeOf(sn), lines, saved.Len()/1000)
	fmt.Fprintf(w, "loaded: %s, exports the same bytes\n", sizeOf(loaded.Snapshot()))
	return nil
}
