// Command crm is the main job of the library from end to end: it fills a store from a file, messy as files are, says what
// became of every row, labels contacts, looks them up, changes them, deletes one, merges the duplicates, and reads in the
// feed what that changed.
//
//	go run ./examples/crm [-field COLUMN]... [FILE]
//
// FILE is CSV with a header, or JSON Lines with the info object of a contact on each line. Without it the program reads a
// sample of its own, with a fixed clock and fixed IDs, so that its output is always the same. Each -field names a column
// whose cells become the values of a custom field. Other columns that are not known are reported and not imported.
//
// How the library is used is in main.go, importer.go, labels.go, life.go, duplicates.go, merge.go and feed.go. How a file
// becomes rows is in row.go and below it: jsonl.go, csv.go, and for the columns of CSV header.go, builder.go and
// spelling.go. What is printed is in report.go and print.go.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

//go:embed sample.csv
var sample string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crm:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("crm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var columns []string
	flags.Func("field", "make a custom field of this `COLUMN`; may be given again", func(column string) error {
		columns = append(columns, strings.TrimSpace(column))
		return nil
	})
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: crm [-field COLUMN]... [FILE]\nFILE is CSV with a header, or JSON Lines")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	if flags.NArg() > 1 {
		return errors.New("one file at a time")
	}

	name, file, opts := "sample.csv", io.Reader(strings.NewReader(sample)), sampleOptions()
	if flags.NArg() == 1 {
		name = flags.Arg(0)
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		file, opts = f, nil
	} else if columns == nil {
		columns = []string{"Loyalty Card"}
	}
	store, err := contacts.New(opts)
	if err != nil {
		return err
	}
	defer store.Close()

	fields, err := customFields(ctx, store, columns)
	if err != nil {
		return err
	}
	progress := showProgress(stderr)
	r, err := importRows(ctx, store, readRows(name, file, fields...), progress.rows)
	progress.done()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out := bufio.NewWriter(stdout)
	defer func() { err = errors.Join(err, out.Flush()) }()
	printReport(out, name, r)
	if r.shown.contact == nil {
		return nil // there is nobody in the store
	}
	return work(ctx, out, store, r.shown.contact.ID)
}

// work is what a CRM does with the contacts that it has.
func work(ctx context.Context, w io.Writer, s *contacts.Store, id uuid.UUID) error {
	if err := labelPhones(ctx, s); err != nil {
		return err
	}
	printLabels(w, s.Snapshot())
	if err := live(ctx, w, s, id); err != nil {
		return err
	}
	before := s.Snapshot().Position()
	if err := mergeDuplicates(ctx, w, s); err != nil {
		return err
	}
	return replay(ctx, w, s, before)
}

// sampleOptions make every run on the sample the same: a clock that moves by a second at each look and IDs that count.
func sampleOptions() *contacts.Options {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var ids uint64
	return &contacts.Options{
		Now: func() time.Time {
			clock = clock.Add(time.Second)
			return clock
		},
		NewID: func() uuid.UUID {
			ids++
			id := uuid.UUID{6: 0x40, 8: 0x80} // version 4
			binary.BigEndian.PutUint32(id[12:], uint32(ids))
			return id
		},
	}
}

// progress is a line on a terminal that is written over and over. The zero value shows nothing.
type progress struct{ terminal io.Writer }

func showProgress(stderr io.Writer) progress {
	if f, ok := stderr.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return progress{f}
		}
	}
	return progress{}
}

func (p progress) rows(n int) {
	if p.terminal != nil && n%100 == 0 {
		fmt.Fprintf(p.terminal, "\r%d rows", n)
	}
}

func (p progress) done() {
	if p.terminal != nil {
		fmt.Fprint(p.terminal, "\r\x1b[K")
	}
}
