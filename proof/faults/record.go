package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// record is the table in proof/FAULTS.md, by the names of the faults.
type record map[string]row

type row struct {
	file string // as in place
	by   string // the test that caught the fault, as verdict.by returns it
}

const recordHead = `# Planted faults

Each of these mistakes was put into the sources on its own, and the test in the last column failed. The program that
does so wrote this table. To test all faults again, or some of them, and record the result, run

    go -C proof run ./faults -workers 2 -write
    go -C proof run ./faults -write -run 'merge|ID'

A run replaces only the rows of the faults that it tested.

`

func recordFile(root string) string { return filepath.Join(root, "proof", "FAULTS.md") }

func readRecord(root string) (record, error) {
	text, err := os.ReadFile(recordFile(root))
	if err != nil {
		return nil, err
	}
	rec := make(record)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if name, ok := strings.CutPrefix(cells[0], "| "); ok && len(cells) == 3 {
			rec[name] = row{strings.Trim(cells[1], "`"), strings.TrimSuffix(cells[2], " |")}
		}
	}
	delete(rec, "fault") // the names of the columns
	delete(rec, "---")
	return rec, nil
}

// add puts the results into the record. Its error reports the faults that survived or could not be tested.
func (rec record) add(selected []placed, results map[string]result) error {
	var errs []error
	for _, f := range selected {
		r, ok := results[f.name]
		if !ok {
			continue
		}
		if err := r.failure(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
		if r.err == nil {
			rec[f.name] = row{f.file, r.String()}
		}
	}
	return errors.Join(errs...)
}

// write writes the rows of all faults, each with the file that the fault is in now.
func (rec record) write(root string) error {
	var all []placed
	for _, f := range faults {
		at, err := f.find(root)
		if err != nil {
			at.file = rec[f.name].file
		}
		all = append(all, placed{f, at})
	}
	var text bytes.Buffer
	text.WriteString(recordHead)
	rec.writeTable(&text, all)
	return os.WriteFile(recordFile(root), text.Bytes(), 0o644)
}

// writeTable writes the rows of faults that have been tested.
func (rec record) writeTable(w io.Writer, selected []placed) {
	fmt.Fprintf(w, "| fault | file | caught by |\n| --- | --- | --- |\n")
	for _, f := range selected {
		if r, ok := rec[f.name]; ok {
			fmt.Fprintf(w, "| %s | `%s` | %s |\n", f.name, f.file, r.by)
		}
	}
}

// writeConformance writes which case of Conformance caught each fault, beside the test of the record. Its error reports
// the faults that could not be tested.
func (rec record) writeConformance(w io.Writer, selected []placed, results map[string]result) error {
	var errs []error
	caught := 0
	fmt.Fprintf(w, "| fault | file | caught by Conformance | caught by |\n| --- | --- | --- | --- |\n")
	for _, f := range selected {
		r, ok := results[f.name]
		if !ok {
			continue
		}
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, r.err))
		}
		if r.by != "" {
			caught++
		}
		by := strings.TrimPrefix(r.String(), conformance.String()+": ")
		fmt.Fprintf(w, "| %s | `%s` | %s | %s |\n", f.name, f.file, by, rec[f.name].by)
	}
	fmt.Fprintf(w, "\nConformance catches %d of %d.\n", caught, len(results))
	return errors.Join(errs...)
}
