package daemon

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/internal/entry"
)

// command is one of the commands on a directory.
type command struct {
	name, short, long string
	run               func(*job, context.Context) error
}

// commands are sorted by name. They are set at the start, since the usage text, which a command can print, lists them.
var commands []command

func init() {
	commands = []command{
		{"check", "read everything in DIR and report damage", `
Reads all snapshots and commits in DIR, replays the commits from each snapshot, and
compares the results, without changing anything. The exit status is 1 if there is any
damage.
`, (*job).check},
		{"compact", "make DIR small: deleted data leaves it", `
Replaces all commits in DIR by two snapshots of the present store. After that, no file
has a contact, label or field that was deleted, or an earlier version of one. A running
contactsd does the same at SIGHUP.
`, (*job).compact},
		{"dump", "write the store in DIR to the standard output", `
Writes the present store in DIR to the standard output, as JSON Lines that -load reads:
a backup. It contains personal data.
`, (*job).dump},
	}
}

// job is a run of a command.
type job struct {
	*world
	command
	dir     string
	commits bool // of dump
}

func (j *job) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet(j.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	if j.name == "dump" {
		flags.BoolVar(&j.commits, "commits", false,
			"write the commits that DIR still has instead, as JSON Lines: for each commit a line\n"+
				"\"commit\", then one for each row that it wrote. -load does not read them")
	}
	return flags
}

func (j *job) usage() string {
	var b strings.Builder
	flags := j.flagSet()
	fmt.Fprintf(&b, "usage: contactsd %s [flags] DIR\n%s", j.name, j.long)
	flags.SetOutput(&b)
	flags.VisitAll(func(*flag.Flag) { b.WriteString("\nFlags:\n") }) // there is at most one
	flags.PrintDefaults()
	b.WriteString("\nExit status: 0, 1 after a failure, 2 for invalid flags. It fails while a contactsd uses DIR.\n")
	return b.String()
}

// findCommand returns the command that an argument names.
func findCommand(name string) (command, bool) {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		return command{}, false
	}
	return commands[i], true
}

// runCommand runs a command with its arguments, and returns the exit status.
func runCommand(ctx context.Context, c command, args []string, w *world) int {
	j := &job{world: w, command: c}
	flags := j.flagSet()
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(w.stderr, j.usage())
		return 0
	case err == nil && flags.NArg() != 1:
		err = fmt.Errorf("one directory is needed, after the flags, but there are arguments: %d", flags.NArg())
	case err == nil && flags.Arg(0) == "":
		err = errors.New("the name of the directory is empty")
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "contactsd: %s: %v\ncontactsd %s -h describes the command\n", c.name, err, c.name)
		return 2
	}
	j.dir = flags.Arg(0)
	ctx, stop := w.untilSignal(ctx)
	defer stop()
	if err := c.run(j, ctx); err != nil {
		j.complain(err)
		return 1
	}
	return 0
}

// complain prints an error as one line.
func (j *job) complain(err error) {
	fmt.Fprintf(j.stderr, "contactsd: %s %s: %s\n", j.name, j.dir, oneLine(err))
}

// oneLine returns the text of an error, which may be that of several.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// untilSignal returns a context that the first signal to stop ends. A second one has its default effect.
func (w *world) untilSignal(ctx context.Context) (context.Context, func()) {
	signals := make(chan os.Signal, 1)
	w.notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-signals:
			w.reset(os.Interrupt, syscall.SIGTERM)
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// open opens the log in the directory to read it. It creates nothing.
func (j *job) open(ctx context.Context) (storeLog, error) {
	if err := checkDir(j.dir); err != nil {
		return nil, err
	}
	log, err := j.openLog(ctx, j.dir, &boltlog.Options{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no store in the directory")
	}
	if err != nil {
		return nil, explained(err)
	}
	return log, nil
}

// openStore opens the store in the directory to read it.
func (j *job) openStore(ctx context.Context) (storeLog, *contacts.Store, error) {
	log, err := j.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	s, err := contacts.OpenReplica(ctx, log, nil)
	if err != nil {
		return nil, nil, explained(err)
	}
	for _, err := range s.Recovery().Damaged {
		j.complain(fmt.Errorf("warning: a snapshot is damaged, an older one and more commits replaced it: %w", err))
	}
	return log, s, nil
}

// dump writes the store to the standard output.
func (j *job) dump(ctx context.Context) error {
	log, s, err := j.openStore(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if j.commits {
		return j.dumpCommits(ctx, log)
	}
	return s.Backup(ctx, j.stdout)
}

// dumpCommits writes the commits after the older snapshot as they are in the log.
func (j *job) dumpCommits(ctx context.Context, log storeLog) error {
	var from contacts.Seq
	for saved, err := range log.Load(ctx) { // newest first
		if err != nil {
			return explained(err)
		}
		from = saved.At
	}
	var joiner entry.Joiner
	joiner.Reset(uint64(from))
	var chain entry.Hash
	begun := false
	for e, err := range log.Read(ctx, from) {
		if err != nil {
			return explained(err)
		}
		batch, err := joiner.Add(uint64(e.Seq), e.Data)
		if err != nil {
			return err
		}
		if batch == nil {
			continue
		}
		commits, err := entry.Commits(batch.Body, batch.Count)
		if err == nil && begun && batch.Before != chain {
			err = fmt.Errorf("%w: entry %d does not continue the commits before it", contacts.ErrLogCorrupt, e.Seq)
		}
		if err != nil {
			return explained(err)
		}
		begun, chain = true, batch.Before
		for _, data := range commits {
			chain = entry.Next(chain, data)
		}
		if _, err := j.stdout.Write(bytes.Join(commits, nil)); err != nil {
			return err
		}
	}
	return nil
}

// compact makes the directory small.
func (j *job) compact(ctx context.Context) error {
	log, err := j.open(ctx) // boltlog.Open alone would make a store of any directory
	if err != nil {
		return err
	}
	if err := log.Close(); err != nil {
		return err
	}
	before, err := sizeOf(j.dir)
	if err != nil {
		return err
	}
	if log, err = j.openLog(ctx, j.dir, nil); err != nil {
		return explained(err)
	}
	s, err := contacts.Open(ctx, log, nil)
	if err != nil {
		return explained(err)
	}
	_, err = s.Erase(ctx)
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	after, err := sizeOf(j.dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.stdout, "contacts: %d, position: %d, bytes: %d, before: %d\n",
		s.Snapshot().Len(), s.Snapshot().Position(), after, before)
	return err
}

// sizeOf returns the bytes of the files in a directory.
func sizeOf(dir string) (total int64, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
	}
	return total, err
}

// check verifies the directory: that the same store follows from each of its snapshots. It reports all damage that it
// finds, one line for each.
func (j *job) check(ctx context.Context) error {
	log, err := j.open(ctx)
	if err != nil {
		return err
	}
	defer log.Close()
	bases, damage, err := basesOf(ctx, log)
	if err != nil {
		return explained(err)
	}
	var newest *contacts.Snapshot
	for _, base := range bases {
		sn, err := j.checkFrom(ctx, log, base)
		switch {
		case ctx.Err() != nil, errors.Is(err, contacts.ErrLogFormat):
			return explained(err)
		case err != nil:
			damage = append(damage, err)
		case newest == nil:
			newest = sn
			fmt.Fprintf(j.stdout, "contacts: %d, position: %d\n", sn.Len(), sn.Position())
		case sn.Position() != newest.Position() || sn.Digest() != newest.Digest():
			damage = append(damage, errors.New("the snapshots lead to different stores"))
		}
	}
	for _, err := range damage {
		fmt.Fprintf(j.stdout, "damaged: %s\n", oneLine(err))
	}
	if len(damage) > 0 {
		return explained(damage[0])
	}
	_, err = fmt.Fprintln(j.stdout, "no damage")
	return err
}

// noBase stands for no snapshot.
const noBase = -1

// basesOf returns the snapshots from which the store of a log follows, counted as log.Load yields them, and the errors
// of damaged ones.
func basesOf(ctx context.Context, log storeLog) (bases []int, damage []error, err error) {
	n, begins := 0, false
	for saved, err := range log.Load(ctx) {
		switch {
		case err == nil:
			bases = append(bases, n)
			begins = begins || saved.At == 0 // the log begins with it, see contacts.Restore
		case errors.Is(err, contacts.ErrLogCorrupt):
			damage = append(damage, err)
		default:
			return nil, nil, err
		}
		n++
	}
	if n < 2 && !begins { // nothing has been dropped: all commits are there
		bases = append(bases, noBase)
	}
	return bases, damage, nil
}

// checkFrom replays the log from one snapshot, and checks the store.
func (j *job) checkFrom(ctx context.Context, log storeLog, base int) (*contacts.Snapshot, error) {
	s, err := contacts.OpenReplica(ctx, &basedLog{log, base}, nil)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	found := s.Recovery()
	if len(found.Damaged) > 0 {
		return nil, found.Damaged[0]
	}
	if err := s.Snapshot().Check(); err != nil {
		return nil, err
	}
	if base == noBase {
		_, err = fmt.Fprintf(j.stdout, "commits without a snapshot: %d\n", found.Commits)
	} else {
		_, err = fmt.Fprintf(j.stdout, "snapshot at position %d, commits after it: %d\n", found.Snapshot, found.Commits)
	}
	return s.Snapshot(), err
}

// basedLog is a log with only one of its snapshots, or none. Closing it does nothing.
type basedLog struct {
	storeLog
	base int
}

func (l *basedLog) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		n := 0
		for saved, err := range l.storeLog.Load(ctx) {
			if n == l.base {
				yield(saved, err)
				return
			}
			n++
		}
	}
}

func (l *basedLog) Close() error { return nil }
