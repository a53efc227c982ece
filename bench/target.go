package main

import (
	"fmt"
	"slices"
)

// target is a ratio that the store is to reach. The factor says how many times as fast, or as small, as the rival it is
// to be.
type target struct {
	against string
	call    call
	factor  float64
}

// The targets for 100,000 contacts. A factor below 1 allows the store to be slower: it checks, derives and copies, and
// a map does not. Those of SQLite were drawn from one that keeps documents as JSON; SQLite with columns is a harder rival.
var targets = slices.Concat([]target{
	{nameMemDB, callView, 1.8},
	{nameMemDB, callByEmail, 1},
	{nameMemDB, callNewest, 0.6},
	{nameMemDB, callSetPhones, 2.5},
	{nameMemDB, callSetTitle, 5},
	{nameMemDB, callMixed2, 2},
}, sqliteTargets(nameMattn), sqliteTargets(nameDocs), []target{
	{nameBunt, callSetPhones, 1},
	{nameBunt, callMixed2, 4},
	{nameBadger, callSetPhones, 1},
	{nameBadger, callMixed2, 4},
	{nameBolt, callSetPhones, 1},
	{nameBolt, callMixed2, 4},
	{nameMap, callView, 0.2},
	{nameMap, callSetPhones, 0.05},
})

func sqliteTargets(name string) []target {
	return []target{
		{name, callGet, 8},
		{name, callView, 20},
		{name, callByEmail, 8},
		{name, callNewest, 35},
		{name, callSetPhones, 1.3},
		{name, callSetTitle, 2.4},
		{name, callNoPhones, 1.3},
		{name, callMixed2, 7},
	}
}

// ratio is how many times a rival needs what the store needs, at the median and the extremes of the rounds.
type ratio struct{ median, low, high float64 }

func (r ratio) String() string {
	if r.low == r.high {
		return number(r.median)
	}
	return fmt.Sprintf("%s (%s to %s)", number(r.median), number(r.low), number(r.high))
}

// ratio compares two values in each round, since rounds differ more than the engines within one.
func (rs results) ratio(of, to func(round int) (float64, bool)) (ratio, bool) {
	var list []float64
	rounds := 0
	for _, r := range rs {
		rounds = max(rounds, r.Round+1)
	}
	for round := range rounds {
		a, ok := of(round)
		b, both := to(round)
		if ok && both && b > 0 {
			list = append(list, a/b)
		}
	}
	m, ok := medianOf(list)
	if !ok {
		return ratio{}, false
	}
	return ratio{median: m, low: slices.Min(list), high: slices.Max(list)}, true
}

// in returns a function for ratio: the value of a rival in a round.
func (rs results) in(rival string, n int, value func(result) (float64, bool)) func(int) (float64, bool) {
	list := rs.of(rival, n)
	return func(round int) (float64, bool) {
		return list.median(func(r result) (float64, bool) {
			v, ok := value(r)
			return v, ok && r.Round == round
		})
	}
}

// against compares a rival with the store.
func (rs results) against(rival string, n int, value func(result) (float64, bool)) (ratio, bool) {
	return rs.ratio(rs.in(rival, n, value), rs.in(nameStore, n, value))
}

// targetTable compares the store with its targets.
func (rs results) targetTable(n int) table {
	t := table{
		title: fmt.Sprintf("Targets, %s contacts: how many times as fast as the others, by CPU time", thousands(n)),
		head:  []string{"against: call", "target", "collector off", "collector on", "on, by wall time", "met"},
	}
	for _, goal := range targets {
		var cells []string
		var judged *ratio
		for _, m := range []measure{
			{goal.call, collectorOff, cpu}, {goal.call, collectorOn, cpu}, {goal.call, collectorOn, wall},
		} {
			r, ok := rs.against(goal.against, n, m.value)
			if !ok {
				cells = append(cells, none)
				continue
			}
			if judged == nil {
				judged = &r // with the collector off where the call was measured so: there is less noise
			}
			cells = append(cells, r.String())
		}
		if judged != nil {
			name := goal.against + ": " + string(goal.call)
			t.add(append([]string{name, number(goal.factor)}, append(cells, met(judged.median >= goal.factor))...)...)
		}
	}
	return t
}

func met(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// limit is another target: a value that must not be too small or too large.
type limit struct {
	name    string
	least   bool
	bound   float64
	measure func() (ratio, bool)
}

// limits returns the targets of memory, growth, merges and latency.
func (rs results) limits(n int) []limit {
	ofStore := func(value func(own) float64) func(result) (float64, bool) {
		return func(r result) (float64, bool) {
			if r.Own == nil {
				return 0, false
			}
			return value(*r.Own), true
		}
	}
	store := func(of, to func(own) float64) func() (ratio, bool) {
		return func() (ratio, bool) {
			return rs.ratio(rs.in(nameStore, n, ofStore(of)), rs.in(nameStore, n, ofStore(to)))
		}
	}
	total := func(r result) (float64, bool) { return r.Memory.Heap, true }
	index := func(r result) (float64, bool) {
		documents := rs.documents(r.Rival, n)
		return r.Memory.Heap - documents - r.Memory.Memo, documents > 0
	}
	return []limit{
		{"memory in all / that of the map", false, 1.6, func() (ratio, bool) {
			return rs.ratio(rs.in(nameStore, n, total), rs.in(nameMap, n, total))
		}},
		{"memory of indexes / that of go-memdb", false, 0.5, func() (ratio, bool) {
			return rs.ratio(rs.in(nameStore, n, index), rs.in(nameMemDB, n, index))
		}},
		{"five merged by hand / Merge of five", true, 1.2, store(
			func(o own) float64 { return o.MergeByHand }, func(o own) float64 { return o.Merge })},
		{"p99 of a View during an import / p50 of an idle one", false, 10, store(
			func(o own) float64 { return o.ImportP99 }, func(o own) float64 { return o.IdleP50 })},
		rs.growth(callView, 4), rs.growth(callSetTitle, 2), rs.growth(callSetPhones, 2),
	}
}

// growth compares the time of a call with the most documents to that with the fewest.
func (rs results) growth(c call, bound float64) limit {
	sizes := rs.sizes()
	few, many := sizes[0], sizes[len(sizes)-1]
	name := fmt.Sprintf("%s: %s contacts / %s", c, thousands(many), thousands(few))
	return limit{name, false, bound, func() (ratio, bool) {
		value := measure{c, collectorOff, cpu}.value
		a, ok := rs.of(nameStore, many).median(value)
		b, both := rs.of(nameStore, few).median(value)
		if !ok || !both || few == many {
			return ratio{}, false
		}
		return ratio{a / b, a / b, a / b}, true
	}}
}

// limitTable compares the store with its other targets.
func (rs results) limitTable(n int) table {
	t := table{title: "Other targets", head: []string{"of the store", "target", "measured", "met"}}
	for _, l := range rs.limits(n) {
		got, ok := l.measure()
		if !ok {
			continue
		}
		if l.least {
			t.add(l.name, "at least "+number(l.bound), got.String(), met(got.median >= l.bound))
		} else {
			t.add(l.name, "at most "+number(l.bound), got.String(), met(got.median <= l.bound))
		}
	}
	return t
}
