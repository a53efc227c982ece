package main

import (
	"bytes"
	"cmp"
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
	file   string // as in place
	by     string // the test that caught the fault, as verdict.by returns it
	caseOf string // the case of Conformance that caught it, such as store/UPD-4; "" if none did
}

const recordHead = `# Planted faults

Each of these mistakes was put into the sources on its own, and the test in the third column failed. The last column
names the case of contactstest.Conformance that fails, by its implementation and rule, or says why no implementation can
show the mistake. The program that does so wrote this table. To test all faults again, or some of them, and record the
result, run

    go -C proof run ./faults -workers 2 -write
    go -C proof run ./faults -conformance . -write
    go -C proof run ./faults -write -run 'merge|ID'

A run replaces only the rows of the faults that it tested; with -conformance only their last column.

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
		if name, ok := strings.CutPrefix(cells[0], "| "); ok && len(cells) == 4 {
			r := row{file: strings.Trim(cells[1], "`"), by: cells[2]}
			if last := strings.TrimSuffix(cells[3], " |"); !strings.HasPrefix(last, notVisible) {
				r.caseOf = last
			}
			rec[name] = r
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
			rec[f.name] = row{f.file, r.String(), rec[f.name].caseOf}
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

// notVisible begins the last column of a fault that Conformance cannot catch.
const notVisible = "not visible: "

// addConformance puts the results of Conformance into the record. Its error reports the faults that could not be
// tested, and those that are neither caught nor listed with a reason.
func (rec record) addConformance(selected []placed, results map[string]result) error {
	var errs []error
	for _, f := range selected {
		r, ok := results[f.name]
		if !ok {
			continue
		}
		if err := r.err; err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
			continue
		}
		row := rec[f.name]
		row.caseOf = strings.TrimPrefix(r.by, conformance.String()+": TestConformance/")
		rec[f.name] = row
		if err := rec.checkConformance(f.fault); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// checkConformance returns an error unless either Conformance catches a fault or there is a reason why it cannot.
func (rec record) checkConformance(f fault) error {
	caught := rec[f.name].caseOf
	switch {
	case caught == "" && f.unseen() == "":
		return fmt.Errorf("%s: survives Conformance, and unseen.go has no reason", f.name)
	case caught != "" && unseen()[f.name] != "":
		return fmt.Errorf("%s: Conformance catches it by %s: delete the reason in unseen.go", f.name, caught)
	default:
		return nil
	}
}

// writeTable writes the rows of faults that have been tested.
func (rec record) writeTable(w io.Writer, selected []placed) {
	fmt.Fprintf(w, "| fault | file | caught by | by Conformance |\n| --- | --- | --- | --- |\n")
	for _, f := range selected {
		if r, ok := rec[f.name]; ok {
			fmt.Fprintf(w, "| %s | `%s` | %s | %s |\n", f.name, f.file, r.by, cmp.Or(r.caseOf, notVisible+f.unseen()))
		}
	}
}
