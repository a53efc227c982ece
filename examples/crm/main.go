// Command crm shows the main job of the library from end to end. It imports a messy contact list and reports on every
// row, labels contacts, looks them up, tries changes on a copy, merges duplicates, reads these changes from the feed
// and saves everything to a file.
//
//	go run ./examples/crm [-load SAVED] [-save SAVED] [-out LIST] [FILE]
//	go run ./examples/crm -data DIR [-out LIST] [FILE]
//
// FILE is CSV with a header, vCards, JSON Lines with a contact or its info object on each line, or a saved answer of
// the API. -region is the country of phones that name none, and -encoding is that of its text, if not UTF-8. Each
// -field turns a CSV column into a custom field; other unknown columns are reported and not imported. With -labels,
// the labels, categories and tags of the file become labels.
//
// -save writes the store to a file at the end. -load starts from such a file; FILE is then optional and adds to it.
// Without FILE and -load, the program reads its own sample with a fixed clock and fixed IDs, so that its output is
// always the same.
//
// With -data the store is in a directory, where each change is on the disk at once. The next run continues with it and
// imports FILE, if there is one. Only a new directory gets the sample. With -load and -data, rows about contacts that
// the store has add to them what they lack.
//
// -out writes all contacts at the end to a list for other programs: CSV or vCards, depending on its name.
//
// The calls of the library are in importer.go, labels.go, life.go, duplicates.go, merge.go, feed.go, save.go, data.go
// and out.go. Reading a file into rows is in rows.go. Reporting and printing are in report.go, print.go and
// progress.go.
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
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/encoding"

	"github.com/contactsdb/contacts"
)

//go:embed sample.csv
var sample string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a blocked read ignores ctx, so a second interrupt must end the program
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crm:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	j, err := parseArgs(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	out := bufio.NewWriter(stdout)
	defer func() { err = errors.Join(err, out.Flush()) }()

	store, err := j.open(ctx, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	shown, err := j.fill(ctx, out, store, stderr)
	if err != nil {
		return err
	}
	if err := work(ctx, out, store, shown); err != nil {
		return err
	}
	if j.out != "" {
		if err := writeList(out, j.out, store.Snapshot()); err != nil {
			return err
		}
	}
	switch {
	case j.data != "":
		fmt.Fprintf(out, "\nkept: %s: %s\n", sizeOf(store.Snapshot()), plain(j.data))
	case j.save != "":
		return save(out, j.save, store.Snapshot())
	case j.onSample():
		return saveInMemory(ctx, out, store.Snapshot())
	}
	return nil
}

// job holds the arguments of the program.
type job struct {
	file, load, save string   // "" if not given
	data             string   // directory, "" if not given
	out              string   // list for other programs, "" if not given
	columns          []string // to import as custom fields
	labels           bool     // import labels
	encoding         encoding.Encoding
	options          *contacts.Options
}

// onSample reports whether the run is the one whose output is always the same.
func (j *job) onSample() bool { return j.file == "" && j.load == "" && j.data == "" }

func parseArgs(args []string, stderr io.Writer) (*job, error) {
	j := &job{options: &contacts.Options{NewID: uuid.New}}
	flags := flag.NewFlagSet("crm", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Func("field", "import this `COLUMN` as a custom field; can be repeated", func(column string) error {
		j.columns = append(j.columns, strings.TrimSpace(column))
		return nil
	})
	var region, charset string
	flags.StringVar(&region, "region", "", "country `CC` of phones that name none, such as DE")
	flags.StringVar(&charset, "encoding", "", "encoding `NAME` of the text of FILE, such as windows-1252")
	flags.BoolVar(&j.labels, "labels", false, "import the labels, categories and tags of FILE")
	flags.Func("out", "write all contacts to this `LIST` at the end: .csv or .vcf", path(&j.out))
	flags.Func("load", "start from this `SAVED` file", path(&j.load))
	flags.Func("save", "write all contacts to this `SAVED` file at the end", path(&j.save))
	flags.Func("data", "keep all contacts in this directory `DIR`, and continue with those in it", path(&j.data))
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: crm [-load SAVED] [-save SAVED] [-out LIST] [FILE]\n"+
			"       crm -data DIR [-out LIST] [FILE]\n"+
			"FILE is CSV with a header, vCards, JSON Lines, or an answer of the API")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	switch flags.NArg() {
	case 0:
	case 1:
		if err := path(&j.file)(flags.Arg(0)); err != nil {
			return nil, err
		}
	default:
		return nil, errors.New("more than one file")
	}
	if j.data != "" && (j.load != "" || j.save != "") {
		return nil, errors.New("-data excludes -load and -save: the directory has all contacts at any time")
	}
	for _, list := range []string{j.save, j.out} {
		if j.file != "" && filepath.Clean(list) == filepath.Clean(j.file) {
			return nil, errors.New("-save and -out would overwrite the file to import")
		}
	}
	if err := checkOut(j.out); err != nil {
		return nil, err
	}
	var err error
	if j.encoding, err = encodingOf(charset); err != nil {
		return nil, err
	}
	if j.onSample() {
		j.options = sampleOptions()
	}
	j.options.Region = region
	if j.file == "" && j.load == "" && j.columns == nil {
		j.columns = []string{"Loyalty Card"}
	}
	return j, nil
}

// path returns a function that sets a path. It refuses an empty one, which comes from an unset variable: the program
// would save nothing.
func path(p *string) func(string) error {
	return func(name string) error {
		if name == "" {
			return errors.New("a file name is empty")
		}
		*p = name
		return nil
	}
}

// open opens an empty store, a saved one, or that of a directory.
func (j *job) open(ctx context.Context, w io.Writer) (*contacts.Store, error) {
	switch {
	case j.data != "":
		return openData(ctx, w, j.data, j.options)
	case j.load == "":
		return contacts.New(j.options)
	}
	return load(ctx, w, j.load, j.options)
}

// fill imports the file, if there is one, and prints a report. It returns an interesting contact, if there is one.
func (j *job) fill(ctx context.Context, w io.Writer, s *contacts.Store, stderr io.Writer) (contacts.View, error) {
	name, file := j.file, io.Reader(strings.NewReader(sample))
	switch {
	case j.onSample(), name == "" && j.data != "" && s.Snapshot().Position() == 0:
		name = "sample.csv"
	case name == "":
		return contacts.View{}, nil
	default:
		f, err := os.Open(name)
		if err != nil {
			return contacts.View{}, err
		}
		defer f.Close()
		file = f
	}
	r, err := j.importFile(ctx, s, name, file, showProgress(stderr))
	if err != nil {
		return contacts.View{}, fmt.Errorf("%s: %w", name, err)
	}
	if j.load != "" || j.data != "" {
		fmt.Fprintln(w)
	}
	printReport(w, name, r)
	return r.shown.contact, nil
}

// work does the daily work of a CRM with its contacts.
func work(ctx context.Context, w io.Writer, s *contacts.Store, shown contacts.View) error {
	if s.Snapshot().Len() == 0 {
		return nil
	}
	if err := labelPhones(ctx, s); err != nil {
		return err
	}
	if err := printLabels(w, s.Snapshot()); err != nil {
		return err
	}
	if shown.IsZero() {
		shown = oldest(s.Snapshot())
	}
	if err := live(ctx, w, s.Fork(), shown.ID()); err != nil {
		return err
	}
	before := s.Snapshot().Position()
	if err := mergeDuplicates(ctx, w, s); err != nil {
		return err
	}
	return replay(ctx, w, s, before)
}

func oldest(sn *contacts.Snapshot) contacts.View {
	for v := range sn.All() {
		return v
	}
	return contacts.View{}
}

// sampleOptions make every run on the sample the same: the clock advances by a second per call, and the IDs count up.
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
