// Command bench compares the store with other engines that a program can embed, and writes the tables of
// docs/figures.md:
//
//	go -C bench run -tags rivals . -write
//
// It needs some twenty minutes on two cores that do nothing else. Without the tag, SQLite and badger are left out: they
// take minutes to compile and to check. SQLite in C needs cgo. With -quick it takes a minute, and only shows that all
// works.
//
// Every engine holds the same invented documents, made from a fixed seed, and is written as a competent user would
// write it, see [engine]. Before anything is timed, its answers are compared with the documents. Each engine runs in a
// process of its own, so that none pays for the garbage of another, and the engines take turns, so that all see the
// same noise. Ratios are made within a round; tables have the medians of the rounds.
//
// CPU time is that of the whole process, so it includes the collector on the other core. "view" and "by email" read the
// ID and the revision, without a copy where the engine allows it; engines that keep bytes decode the document. "get a
// copy" returns a document that belongs to the caller. Updates name the revision that they replace.
//
// The store does more: it validates, derives, looks for duplicates and copies its result. In "import" it also parses
// phone numbers, whose E.164 forms the other engines are given, so "import, no phones" compares like with like. Its
// writes have phones that it has parsed before.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	sizes   []int
	rounds  int
	gc      string
	rivals  []string
	quick   bool
	write   bool
	docs    string
	dir     string
	save    string
	from    string
	command string
}

// fullMax is the largest number of documents with which every engine makes every call. Larger stores show the growth of
// few calls.
const fullMax = 100_000

// grown are the engines whose growth is compared.
var grown = []string{nameStore, nameMap, nameMemDB}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) == 2 && args[0] == jobFlag {
		return runJob(args[1], stdout)
	}
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	var r report
	if o.from != "" {
		if r, err = loadReport(o.from); err != nil {
			return err
		}
	} else {
		r = newReport(o.command)
		if r.Results, err = o.runAll(launch, stderr); err != nil {
			return err
		}
		r.Full = o.full()
	}
	if o.save != "" {
		if err := r.save(o.save); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(stdout, r.String()); err != nil || !o.write {
		return err
	}
	return r.write(o.docs)
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	sizes := flags.String("n", "10000,100000,1000000", "numbers of contacts; above 100,000 only growth is measured")
	flags.IntVar(&o.rounds, "rounds", 5, "how often each engine has its turn")
	flags.StringVar(&o.gc, "gc", "both", "measure calls with the collector off, on, or both")
	names := flags.String("rivals", "", "names of engines, separated by semicolons; \"\" means all")
	flags.BoolVar(&o.quick, "quick", false, "one short round with 10,000 contacts")
	flags.BoolVar(&o.write, "write", false, "write the tables to figures.md, and bench.svg")
	flags.StringVar(&o.docs, "docs", "../docs", "the directory of figures.md")
	flags.StringVar(&o.dir, "dir", "", "the directory for files of engines that have files, default that of the system")
	flags.StringVar(&o.save, "save", "", "save the results in this file")
	flags.StringVar(&o.from, "from", "", "measure nothing, and show results that were saved")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.command = commandLine(flags)
	if o.quick {
		*sizes, o.rounds = "10000", 1
	}
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 || n > firstFresh/2 || n%stride == 0 || n/2%stride == 0 {
			return o, fmt.Errorf("-n: %q is no number from 100 to %d", text, firstFresh/2)
		}
		o.sizes = append(o.sizes, n)
	}
	slices.Sort(o.sizes)
	if o.rounds < 1 || !slices.Contains([]string{"off", "on", "both"}, o.gc) || flags.NArg() > 0 {
		return o, errors.New("-rounds is at least 1, -gc is off, on or both, and there are no arguments")
	}
	for _, r := range rivals() {
		if *names == "" || slices.Contains(strings.Split(*names, ";"), r.Name) {
			o.rivals = append(o.rivals, r.Name)
		}
	}
	if len(o.rivals) == 0 {
		return o, fmt.Errorf("-rivals: this build has none of %q", *names)
	}
	return o, nil
}

// commandLine returns the command that measures the same in this build. It leaves out the flags that name files, since
// paths of one machine help no reader of the tables.
func commandLine(flags *flag.FlagSet) string {
	words := []string{"go", "-C", "bench", "run", "."}
	if len(heavy) > 0 {
		words = []string{"go", "-C", "bench", "run", "-tags", "rivals", "."}
	}
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "n", "rounds", "gc":
			words = append(words, "-"+f.Name, f.Value.String())
		case "rivals":
			words = append(words, "-rivals", "'"+f.Value.String()+"'")
		case "quick":
			words = append(words, "-quick")
		}
	})
	return strings.Join(words, " ")
}

// full returns the number of documents of the tables.
func (o options) full() int {
	n := o.sizes[0]
	for _, size := range o.sizes {
		if size <= fullMax {
			n = size
		}
	}
	return n
}

// jobs returns what to run, in order: the engines take turns in each round. Sizes other than that of the tables have
// fewer rounds.
func (o options) jobs() (jobs []job) {
	for _, n := range o.sizes {
		rounds, window := (o.rounds+1)/2, 50*time.Millisecond
		switch {
		case o.quick:
			window = 5 * time.Millisecond
		case n == o.full():
			rounds, window = o.rounds, 100*time.Millisecond
		case n > fullMax:
			rounds = 1 + o.rounds/10
		}
		for round := range rounds {
			for _, name := range o.rivals {
				j := job{
					Rival: name, N: n, Round: round, Window: window, Collectors: o.collectors(), Growth: n > fullMax,
					Own: n == o.full(), Dir: o.dir,
				}
				if !j.Growth || slices.Contains(grown, name) {
					jobs = append(jobs, j)
				}
			}
		}
	}
	return jobs
}

func (o options) collectors() []collector {
	if o.gc == "both" {
		return []collector{collectorOff, collectorOn}
	}
	return []collector{collector(o.gc)}
}

// runAll runs all jobs with launch and says so on progress.
func (o options) runAll(launch func(job) (result, error), progress io.Writer) (results, error) {
	if len(heavy) == 0 {
		fmt.Fprintln(progress, "bench: without SQLite and badger; -tags rivals adds them")
	}
	var list results
	jobs := o.jobs()
	for i, j := range jobs {
		start := time.Now()
		r, err := launch(j)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
		fmt.Fprintf(progress, "%d of %d: %s, n = %d, round %d: %.1f s\n", i+1, len(jobs), j.Rival, j.N, j.Round+1,
			time.Since(start).Seconds())
	}
	return list, nil
}

// jobFlag makes this program run one job, given as JSON, and print the result as JSON.
const jobFlag = "-job"

func runJob(text string, stdout io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	r, err := j.run()
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(r)
}

// launch runs a job in a process of its own.
func launch(j job) (r result, err error) {
	program, err := os.Executable()
	if err != nil {
		return r, err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return r, err
	}
	command := exec.Command(program, jobFlag, string(text))
	command.Stderr = os.Stderr
	var out bytes.Buffer
	command.Stdout = &out
	if err := command.Run(); err != nil {
		return r, fmt.Errorf("%s, n = %d: %w", j.Rival, j.N, err)
	}
	return r, json.Unmarshal(out.Bytes(), &r)
}
