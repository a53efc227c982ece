package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// table is a table of Markdown. The first column holds names, the others numbers.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String writes the title and the table. A table without rows is empty.
func (t *table) String() string {
	if len(t.rows) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", t.title)
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	rule := slices.Repeat([]string{"---:"}, len(t.head))
	rule[0] = "---"
	line(rule)
	for _, cells := range t.rows {
		line(cells)
	}
	return b.String() + "\n"
}

// none is a cell without a value.
const none = "–"

// number writes a value with about three digits.
func number(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 0.1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// micros writes nanoseconds as microseconds.
func micros(ns float64) string { return number(ns / 1000) }

// results are what all jobs measured.
type results []result

// of returns the results of a rival with n documents.
func (rs results) of(rival string, n int) (list results) {
	for _, r := range rs {
		if r.Rival == rival && r.N == n {
			list = append(list, r)
		}
	}
	return list
}

// median returns the median of a value of the results that have it.
func (rs results) median(value func(result) (float64, bool)) (float64, bool) {
	var values []float64
	for _, r := range rs {
		if v, ok := value(r); ok {
			values = append(values, v)
		}
	}
	return medianOf(values)
}

func medianOf(values []float64) (float64, bool) {
	if len(values) == 0 {
		return 0, false
	}
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 0 {
		return (values[half-1] + values[half]) / 2, true
	}
	return values[half], true
}

// sizes returns the numbers of documents, ascending.
func (rs results) sizes() (sizes []int) {
	for _, r := range rs {
		if !slices.Contains(sizes, r.N) {
			sizes = append(sizes, r.N)
		}
	}
	slices.Sort(sizes)
	return sizes
}

// names returns the rivals that have results with n documents, in their order.
func (rs results) names(n int) (names []string) {
	for _, name := range allNames {
		if len(rs.of(name, n)) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// allNames are the names of all rivals of any build, in the order of the tables.
var allNames = []string{
	nameStore, nameMap, nameMemDB, nameBunt, nameBadger, nameBolt, nameMattn, nameDocs, nameModernc,
	nameLogged, nameSynced, nameBoltDur,
}

// durableNames are those that write to a log or wait for the disk.
var durableNames = []string{nameLogged, nameSynced, nameBoltDur}

// measure selects a value of a call.
type measure struct {
	call call
	gc   collector
	of   func(sample) float64
}

func cpu(s sample) float64  { return s.CPU }
func wall(s sample) float64 { return s.Wall }

func (m measure) value(r result) (float64, bool) {
	s, ok := r.Samples[m.gc][m.call]
	return m.of(s), ok
}

// calls in the order of the tables.
var allCalls = slices.Concat(readCalls, writeCalls, mixedCalls, bulkCalls)

// callTable has a row for each call and a column for each rival.
func (rs results) callTable(
	title string, n int, names []string, gc collector, cell func(results, measure) string,
) table {
	t := table{title: title, head: append([]string{"call"}, names...)}
	for _, c := range allCalls {
		row, found := []string{string(c)}, false
		for _, name := range names {
			text := cell(rs.of(name, n), measure{call: c, gc: gc})
			found = found || text != none
			row = append(row, text)
		}
		if found {
			t.add(row...)
		}
	}
	return t
}

func microCell(of func(sample) float64) func(results, measure) string {
	return func(rs results, m measure) string {
		m.of = of
		if v, ok := rs.median(m.value); ok {
			return micros(v)
		}
		return none
	}
}

// allocationCell has the number of allocations and their bytes.
func allocationCell(rs results, m measure) string {
	m.of = func(s sample) float64 { return s.Allocs }
	count, ok := rs.median(m.value)
	if !ok {
		return none
	}
	m.of = func(s sample) float64 { return s.Bytes }
	bytes, _ := rs.median(m.value)
	return fmt.Sprintf("%.0f / %.0f", count, bytes)
}

// memoryTable has the bytes for each document.
func (rs results) memoryTable(n int) table {
	t := table{
		title: fmt.Sprintf("Memory after an import of %s contacts, bytes a contact", thousands(n)),
		head: []string{
			"engine", "Go heap", "documents", "indexes", "memo, newest commits", "feed, full of updates", "outside the heap",
			"process",
		},
	}
	cell := func(rs results, value func(memory) float64) string {
		v, ok := rs.median(func(r result) (float64, bool) { return value(r.Memory), value(r.Memory) != 0 })
		if !ok {
			return none
		}
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	for _, name := range rs.names(n) {
		list, alone := rs.of(name, n), rs.documents(name, n)
		t.add(name,
			cell(list, func(m memory) float64 { return m.Heap }),
			cell(list, func(memory) float64 { return alone }),
			cell(list, func(m memory) float64 {
				if alone == 0 {
					return 0
				}
				return m.Heap - alone - m.Memo
			}),
			cell(list, func(m memory) float64 { return m.Memo }),
			cell(list, func(m memory) float64 { return m.Feed }),
			cell(list, func(m memory) float64 { return m.Outside }),
			cell(list, func(m memory) float64 { return m.Process }),
		)
	}
	return t
}

// documents returns the memory of the documents of an engine alone, 0 if it is unknown.
func (rs results) documents(name string, n int) float64 {
	if name == nameMemDB {
		name = nameMap // it holds the same structs
	}
	v, _ := rs.of(name, n).median(func(r result) (float64, bool) { return r.Memory.Documents, r.Memory.Documents > 0 })
	return v
}

// growthTable compares the calls of a few rivals by the number of documents.
func (rs results) growthTable() table {
	sizes := rs.sizes()
	t := table{title: "Growth: CPU µs of a call, collector off", head: []string{"engine and call"}}
	for _, n := range sizes {
		t.head = append(t.head, thousands(n))
	}
	if len(sizes) < 2 {
		return t
	}
	for _, name := range rs.names(sizes[len(sizes)-1]) {
		for _, c := range []call{callView, callByEmail, callSetTitle, callSetPhones} {
			row, found := []string{name + ": " + string(c)}, false
			for _, n := range sizes {
				text := microCell(cpu)(rs.of(name, n), measure{call: c, gc: collectorOff})
				found = found || text != none
				row = append(row, text)
			}
			if found {
				t.add(row...)
			}
		}
	}
	return t
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
