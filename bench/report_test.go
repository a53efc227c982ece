package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// invented returns a report of all rivals in three rounds, with made-up figures: the i-th rival takes i+1 times as long
// as the store.
func invented() report {
	r := report{Command: "go run .", Date: "2026-11-30", Machine: "2 cores", Versions: []string{"go1.26"}, Full: 100_000}
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		for round := range 3 {
			for i, name := range allNames {
				one := result{Rival: name, N: n, Round: round, Samples: map[collector]map[call]sample{
					collectorOff: {}, collectorOn: {},
				}}
				for k, c := range allCalls {
					ns := float64((i+1)*(k+1)*(round+1)) * 1000
					s := sample{Wall: ns, CPU: 1.5 * ns, Allocs: float64(k), Bytes: float64(100 * k)}
					one.Samples[collectorOff][c], one.Samples[collectorOn][c] = s, s
				}
				one.Memory = memory{Heap: float64(1000 + 100*i), Memo: 10, Feed: 20}
				if round == 0 {
					one.Memory.Documents = 900
				}
				if name == nameStore && n == r.Full {
					one.Own = &own{Merge: 100, MergeByHand: 150, IdleP50: 1000, ImportP99: 5000, Imported: n}
				}
				r.Results = append(r.Results, one)
			}
		}
	}
	return r
}

// parseTables returns the tables of a text by their titles, each as rows of cells.
func parseTables(t *testing.T, text string) map[string][][]string {
	t.Helper()
	tables := make(map[string][][]string)
	title := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if after, ok := strings.CutPrefix(line, "### "); ok {
			title = after
		}
		if !strings.HasPrefix(line, "|") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if rows := tables[title]; len(rows) > 0 {
			require.Len(t, cells, len(rows[0]), "%s: %s", title, line)
		}
		tables[title] = append(tables[title], cells)
	}
	return tables
}

var cellPattern = regexp.MustCompile(`^(–|yes|no|(at (most|least) )?-?[\d.]+( / \d+)?( \([\d.]+ to [\d.]+\))?)$`)

func TestTablesParse(t *testing.T) {
	tables := parseTables(t, invented().String())
	require.Len(t, tables, 10)
	for title, rows := range tables {
		require.Greater(t, len(rows), 2, title)
		require.Regexp(t, "^---$", rows[1][0])
		for _, cells := range rows[2:] {
			for _, cell := range cells[1:] {
				require.Regexp(t, cellPattern, cell, title)
			}
		}
	}
	title := "CPU µs of a call, collector off, 100,000 contacts"
	require.Equal(t, append([]string{"call"}, allNames[:9]...), tables[title][0])
	require.Equal(t, []string{"view", "3.00", "6.00", "9.00", "12.0", "15.0", "18.0", "21.0", "24.0", "27.0"},
		tables[title][2], "medians of three rounds")
}

func TestTargets(t *testing.T) {
	r := invented()
	rows := parseTables(t, r.String())
	for title, want := range map[string][]string{
		"Targets, 100,000 contacts: how many times as fast as the others, by CPU time": {
			"go-memdb: update a plain field", "5.00", "3.00", "3.00", "3.00", "no",
		},
		"Other targets": {"memory in all / that of the map", "at most 1.60", "0.91", "yes"},
	} {
		require.Contains(t, rows[title], want)
	}
	for _, want := range [][]string{
		{"five merged by hand / Merge of five", "at least 1.20", "1.50", "yes"},
		{"p99 of a View during an import / p50 of an idle one", "at most 10.0", "5.00", "yes"},
		{"view: 1,000,000 contacts / 10,000", "at most 4.00", "1.00", "yes"},
		{"memory of indexes / that of go-memdb", "at most 0.50", "0.31", "yes"}, // 1000 - 900 - 10, and 1200 - 900 - 10
	} {
		require.Contains(t, rows["Other targets"], want)
	}

	// A ratio is made within a round: this rival is twice as slow in each, while all are slower from round to round.
	got, ok := r.Results.against(nameMap, r.Full, measure{callView, collectorOff, cpu}.value)
	require.True(t, ok)
	require.Equal(t, ratio{2, 2, 2}, got)
	_, ok = r.Results.against("card index", r.Full, measure{callView, collectorOff, cpu}.value)
	require.False(t, ok)
}

// TestPartOfReport writes what a run measured that had few engines, and one size.
func TestPartOfReport(t *testing.T) {
	r := invented()
	var few results
	for _, one := range r.Results {
		if one.N == r.Full && (one.Rival == nameStore || one.Rival == nameBolt) {
			delete(one.Samples, collectorOff)
			few = append(few, one)
		}
	}
	r.Results = few
	for title, rows := range parseTables(t, r.String()) {
		require.NotContains(t, title, "collector off")
		require.NotContains(t, title, "With a log")
		require.NotContains(t, title, "Growth")
		require.NotEmpty(t, rows)
	}
	require.NotContains(t, r.chart(), nameMap)
}

func TestChart(t *testing.T) {
	chart := invented().chart()
	require.Less(t, len(chart), 8000)
	require.Contains(t, chart, "prefers-color-scheme:dark")
	decoder := xml.NewDecoder(strings.NewReader(chart))
	counts := map[string]int{}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			counts[start.Name.Local]++
			for _, a := range start.Attr {
				require.NotRegexp(t, "NaN|Inf|%!", a.Value, a.Name.Local+" of "+start.Name.Local)
			}
		}
	}
	bars := len(chartCalls) * len(chartNames)
	require.Equal(t, map[string]int{
		"svg": 1, "style": 1, "rect": bars + len(chartNames), "text": 1 + len(chartNames) + len(chartCalls) + bars,
	}, counts)
}

func TestChartWithoutFigures(t *testing.T) {
	chart := report{Full: 100_000}.chart()
	require.NoError(t, xml.Unmarshal([]byte(chart), new(struct{})))
	require.NotRegexp(t, "NaN|Inf|%!", chart)
}

func TestInsert(t *testing.T) {
	const document = "# Figures\n\nby hand\n" + beginMark + "old\n" + endMark + "more by hand\n"
	got, err := insert([]byte(document), "new\n")
	require.NoError(t, err)
	require.Equal(t, "# Figures\n\nby hand\n"+beginMark+"\nnew\n\n"+endMark+"more by hand\n", string(got))
	again, err := insert(got, "new\n")
	require.NoError(t, err)
	require.Equal(t, string(got), string(again))
	for _, wrong := range []string{"", beginMark, endMark, endMark + beginMark, document + beginMark} {
		_, err := insert([]byte(wrong), "new\n")
		require.ErrorIs(t, err, errMarks)
	}
}

func TestWrite(t *testing.T) {
	page, err := os.ReadFile("../docs/figures.md")
	require.NoError(t, err)
	docs := t.TempDir()
	name := filepath.Join(docs, "figures.md")
	require.NoError(t, os.WriteFile(name, page, 0o600))
	r := invented()
	require.NoError(t, r.write(docs))
	written, err := os.ReadFile(name)
	require.NoError(t, err)
	before, _, ok := bytes.Cut(page, []byte(beginMark))
	require.True(t, ok)
	require.True(t, bytes.HasPrefix(written, before))
	require.Contains(t, string(written), r.String())
	drawn, err := os.ReadFile(filepath.Join(docs, "bench.svg"))
	require.NoError(t, err)
	require.Equal(t, r.chart(), string(drawn))

	require.NoError(t, os.WriteFile(name, []byte("# Figures\n"), 0o600))
	require.ErrorIs(t, r.write(docs), errMarks)
}

// TestNamesOfTables finds engines that are measured, but have no column.
func TestNamesOfTables(t *testing.T) {
	for _, r := range rivals() {
		require.Contains(t, allNames, r.Name)
	}
	for _, goal := range targets {
		require.Contains(t, allNames, goal.against)
	}
}
