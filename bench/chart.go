package main

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// The calls and rivals of the chart: few, so that it stays small.
var (
	chartCalls = []call{callView, callByEmail, callNewest, callSetTitle, callSetPhones, callMixed2}
	chartNames = []string{nameStore, nameMap, nameMemDB, nameBolt, nameMattn}
)

// Measures of the chart in pixels.
const (
	chartWidth = 640
	chartLeft  = 150 // where bars begin
	chartBars  = 410 // the longest bar
	barHeight  = 11
	groupGap   = 9
	chartTop   = 58
)

const chartStyle = `<style>
text{font:11px system-ui,sans-serif;fill:#24292f}
.title{font-size:13px;font-weight:600}.value{font-size:9px;fill:#57606a}
.b0{fill:#0969da}.b1{fill:#8c959f}.b2{fill:#bf8700}.b3{fill:#1a7f37}.b4{fill:#cf222e}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.value{fill:#9198a1}
.b0{fill:#4493f8}.b1{fill:#6e7681}.b2{fill:#d29922}.b3{fill:#3fb950}.b4{fill:#f85149}}
</style>
`

// bar is one value of the chart.
type bar struct {
	series int // in chartNames
	micros float64
}

// bars returns the values of a call.
func (r report) bars(c call) (list []bar) {
	for series, name := range chartNames {
		v, ok := r.Results.of(name, r.Full).median(measure{c, collectorOn, wall}.value)
		if ok && v > 0 {
			list = append(list, bar{series: series, micros: v / 1000})
		}
	}
	return list
}

// chart draws the wall time of some calls as an SVG image, on a logarithmic scale.
func (r report) chart() string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range chartCalls {
		for _, b := range r.bars(c) {
			low, high = min(low, b.micros), max(high, b.micros)
		}
	}
	low = math.Pow(10, math.Floor(math.Log10(low))-0.5) // the shortest bar is still one
	var b strings.Builder
	y, drawn := float64(chartTop), []int(nil)
	for _, c := range chartCalls {
		list := r.bars(c)
		if len(list) == 0 {
			continue
		}
		middle := y + float64(len(list)*barHeight)/2 + 4
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%s</text>\n",
			chartLeft-8, middle, html.EscapeString(string(c)))
		for _, v := range list {
			width := chartBars * (math.Log(v.micros) - math.Log(low)) / (math.Log(high) - math.Log(low))
			fmt.Fprintf(&b, "<rect class=\"b%d\" x=\"%d\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>\n",
				v.series, chartLeft, y, width, barHeight-1)
			fmt.Fprintf(&b, "<text class=\"value\" x=\"%.1f\" y=\"%.0f\">%s µs</text>\n",
				chartLeft+width+4, y+barHeight-3, number(v.micros))
			y += barHeight
			drawn = append(drawn, v.series)
		}
		y += groupGap
	}
	var legend strings.Builder
	x := chartLeft
	for series, name := range chartNames {
		if !slices.Contains(drawn, series) {
			continue
		}
		fmt.Fprintf(&legend, "<rect class=\"b%d\" x=\"%d\" y=\"32\" width=\"10\" height=\"10\"/>\n", series, x)
		fmt.Fprintf(&legend, "<text x=\"%d\" y=\"41\">%s</text>\n", x+14, html.EscapeString(name))
		x += 30 + 7*len(name)
	}
	title := fmt.Sprintf("Wall time of a call, %s contacts, logarithmic: shorter is faster", thousands(r.Full))
	size := fmt.Sprintf("width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\"", chartWidth, y, chartWidth, y)
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" %s role=\"img\" aria-label=\"%s\">\n%s"+
		"<text class=\"title\" x=\"8\" y=\"18\">%s</text>\n%s%s</svg>\n",
		size, title, chartStyle, title, legend.String(), b.String())
}
