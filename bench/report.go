package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// report is all that a run found out, as it is saved.
type report struct {
	Command  string   `json:"command"`
	Date     string   `json:"date"`
	Machine  string   `json:"machine"`
	Versions []string `json:"versions"`
	Full     int      `json:"full"` // the number of documents of the tables
	Results  results  `json:"results"`
}

// modules are those whose versions matter for the figures.
var modules = []string{
	"github.com/hashicorp/go-memdb", "github.com/tidwall/buntdb", "github.com/dgraph-io/badger/v4", "go.etcd.io/bbolt",
	"github.com/mattn/go-sqlite3", "modernc.org/sqlite",
}

func newReport(command string) report {
	r := report{Command: command, Date: time.Now().UTC().Format(time.DateOnly), Machine: machine()}
	r.Versions = []string{runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if slices.Contains(modules, m.Path) {
				r.Versions = append(r.Versions, m.Path+" "+m.Version)
			}
		}
	}
	return r
}

// machine describes the processor.
func machine() string {
	name := "an unknown processor"
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s", runtime.NumCPU(), name)
}

// String writes the tables.
func (r report) String() string {
	rs, n := r.Results, r.Full
	size := thousands(n) + " contacts"
	names := slices.DeleteFunc(rs.names(n), func(name string) bool { return slices.Contains(durableNames, name) })
	logged := slices.DeleteFunc(rs.names(n), func(name string) bool {
		return name != nameStore && name != nameBolt && !slices.Contains(durableNames, name)
	})
	if len(logged) < 3 {
		logged = nil // nothing to compare
	}
	tables := []table{
		rs.targetTable(n), rs.limitTable(n),
		rs.callTable("CPU µs of a call, collector off, "+size, n, names, collectorOff, microCell(cpu)),
		rs.callTable("CPU µs of a call, collector on, "+size, n, names, collectorOn, microCell(cpu)),
		rs.callTable("Wall µs of a call, collector on, "+size, n, names, collectorOn, microCell(wall)),
		rs.callTable("Allocations / bytes of a call, "+size, n, names, collectorOn, allocationCell),
		rs.callTable("With a log: wall µs of a call, collector on, "+size, n, logged, collectorOn, microCell(wall)),
		rs.memoryTable(n), rs.growthTable(),
	}
	for _, other := range rs.sizes() {
		if other < n {
			tables = append(tables, rs.callTable("CPU µs of a call, collector off, "+thousands(other)+" contacts", other,
				slices.DeleteFunc(rs.names(other), func(name string) bool { return slices.Contains(durableNames, name) }),
				collectorOff, microCell(cpu)))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s; %s:\n\n    %s\n\n", r.Date, r.Machine, strings.Join(r.Versions, ", "), r.Command)
	for _, t := range tables {
		b.WriteString(t.String())
	}
	return b.String()
}

// The program writes what is between these lines of docs/figures.md, and nothing else there.
const (
	beginMark = "<!-- bench -->\n"
	endMark   = "<!-- /bench -->\n"
)

var errMarks = errors.New("figures.md needs one line " + strings.TrimSpace(beginMark) + " and, later, one " +
	strings.TrimSpace(endMark))

// insert replaces what is between the marks.
func insert(document []byte, text string) ([]byte, error) {
	before, rest, ok := bytes.Cut(document, []byte(beginMark))
	_, after, ended := bytes.Cut(rest, []byte(endMark))
	if !ok || !ended || bytes.Contains(after, []byte(beginMark)) {
		return nil, errMarks
	}
	return slices.Concat(before, []byte(beginMark), []byte("\n"), []byte(strings.TrimSpace(text)), []byte("\n\n"),
		[]byte(endMark), after), nil
}

// write puts the tables into figures.md and draws bench.svg.
func (r report) write(docs string) error {
	name := filepath.Join(docs, "figures.md")
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	text, err := insert(old, r.String())
	if err != nil {
		return err
	}
	chart := r.chart()
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "bench.svg"), []byte(chart), 0o644)
}

// save writes the results to a file, for loadReport.
func (r report) save(name string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

func loadReport(name string) (r report, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
