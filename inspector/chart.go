package inspector

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/contactsdb/contacts"
)

// bar is a part of a bar of a chart.
type bar struct {
	X, Y, Width, Height string // in the units of the chart
	Kind                string // its class
}

// barChart shows how many contacts have each status, as horizontal bars.
type barChart struct {
	Rows   []barRow
	Height int
	Says   string // the chart in words
}

type barRow struct {
	bar
	Name    string
	Count   int
	Percent string
	TextY   int
}

// The measures of charts, in their own units.
const (
	barsLeft   = 120
	barsWidth  = 240
	barsHeight = 30

	writesWidth  = 960
	writesHeight = 200
	writesLeft   = 46
	writesBottom = 26
	writesTop    = 12
	binsMost     = 60
)

// barsOf returns a chart with a bar for each status in order, also for those that no contact has.
func barsOf(counts map[string]int, statuses ...string) barChart {
	most, sum := 1, 0
	for _, s := range statuses {
		most, sum = max(most, counts[s]), sum+counts[s]
	}
	out := barChart{Height: len(statuses) * barsHeight}
	for i, s := range statuses {
		n := counts[s]
		row := barRow{Name: words(s), Count: n, TextY: i*barsHeight + barsHeight/2, Percent: percent(n, sum)}
		row.bar = bar{
			strconv.Itoa(barsLeft), strconv.Itoa(i*barsHeight + 8), units(float64(n) / float64(most) * barsWidth), "14",
			cmp.Or(kinds[s], "plain"),
		}
		out.Rows = append(out.Rows, row)
		if n > 0 {
			out.Says += fmt.Sprintf("%s: %s. ", row.Name, number(n))
		}
	}
	return out
}

func percent(n, of int) string {
	if of == 0 {
		return "0 %"
	}
	return strconv.FormatFloat(float64(n)*100/float64(of), 'f', 1, 64) + " %"
}

func units(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// write is a change at a time.
type write struct {
	at   time.Time
	kind contacts.ChangeKind
}

// barPart is a part of a bar of writes. Kind is its class.
type barPart struct{ Name, Kind string }

// writeKinds are the parts of a bar of writes, from the bottom up.
var writeKinds = []barPart{
	{"Created", "good"}, {"Updated", "info"}, {"Merged", "warn"}, {"Deleted", "bad"}, {"Labels and fields", "plain"},
}

// writeKind returns the index in writeKinds.
func writeKind(kind contacts.ChangeKind) int {
	switch kind {
	case contacts.ContactCreated:
		return 0
	case contacts.ContactUpdated, contacts.ContactSubmitted:
		return 1
	case contacts.ContactMerged:
		return 2
	case contacts.ContactDeleted:
		return 3
	default:
		return 4
	}
}

// writesChart shows the writes over time, as stacked bars.
type writesChart struct {
	Bars       []bar
	Lines      []gridLine
	Ticks      []tick
	Rows       []writesRow // without those of bins without writes
	Bin        string      // its length
	Says       string
	Total      int
	First, End time.Time
}

// Parts names the parts of the bars.
func (writesChart) Parts() []barPart { return writeKinds }

type gridLine struct{ Y, Text string }

type tick struct{ X, Anchor, Text string }

type writesRow struct {
	At     time.Time
	Counts []int
	Sum    int
}

// lengths are the lengths of bins.
var lengths = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 7 * day, 30 * day, 90 * day, 365 * day, 3650 * day, 36500 * day,
}

const day = 24 * time.Hour

// chartOf counts writes, which are in the order of time, in bins of equal length.
func chartOf(writes []write) writesChart {
	out := writesChart{Total: len(writes)}
	if len(writes) == 0 {
		return out
	}
	first, last := writes[0].at, writes[len(writes)-1].at
	length := lengths[len(lengths)-1]
	for _, l := range lengths {
		if last.Sub(first)/l < binsMost {
			length = l
			break
		}
	}
	first = first.Truncate(length)
	bins := make([]writesRow, last.Sub(first)/length+1)
	for i := range bins {
		bins[i] = writesRow{At: first.Add(time.Duration(i) * length), Counts: make([]int, len(writeKinds))}
	}
	most := 0
	for _, w := range writes {
		b := &bins[w.at.Sub(first)/length]
		b.Counts[writeKind(w.kind)]++
		b.Sum++
		most = max(most, b.Sum)
	}
	out.First, out.End, out.Bin = first, first.Add(time.Duration(len(bins))*length), lengthText(length)
	out.Says = fmt.Sprintf("%s from %s to %s. At most %s in %s.",
		plural(len(writes), "change"), moment(writes[0].at), moment(last), plural(most, "change"), out.Bin)
	out.drawBins(bins, roundUp(most))
	return out
}

func (c *writesChart) drawBins(bins []writesRow, most int) {
	const height = writesHeight - writesTop - writesBottom
	step := float64(writesWidth-writesLeft) / float64(len(bins))
	wide := min(step*0.78, 48)
	for i, b := range bins {
		if b.Sum == 0 {
			continue
		}
		c.Rows = append(c.Rows, b)
		x, below := writesLeft+float64(i)*step+(step-wide)/2, 0
		for k, n := range b.Counts {
			if n == 0 {
				continue
			}
			tall := float64(n) / float64(most) * height
			below += n
			top := writesTop + height - float64(below)/float64(most)*height
			c.Bars = append(c.Bars, bar{units(x), units(top), units(wide), units(tall), writeKinds[k].Kind})
		}
	}
	for _, part := range []int{0, 1, 2} {
		y := writesTop + height - float64(part)/2*height
		if most == 1 && part == 1 {
			continue // half a write
		}
		c.Lines = append(c.Lines, gridLine{units(y), number(most * part / 2)})
	}
	c.Ticks = []tick{
		{units(writesLeft), "start", c.First.UTC().Format("2 Jan 15:04")},
		{units(writesWidth), "end", c.End.UTC().Format("2 Jan 15:04")},
	}
}

// roundUp returns a round even number that is at least n, or 1.
func roundUp(n int) int {
	for size := 1; ; size *= 10 {
		for _, step := range []int{1, 2, 4, 6, 10} {
			if step*size >= n {
				return step * size
			}
		}
	}
}

func lengthText(d time.Duration) string {
	switch {
	case d >= day:
		return plural(int(d/day), "day")
	case d >= time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return plural(int(d/time.Minute), "minute")
	default:
		return plural(int(d/time.Second), "second")
	}
}
