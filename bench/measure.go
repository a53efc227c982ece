package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// collector says whether Go's garbage collector runs while a call is measured.
type collector string

const (
	collectorOff collector = "off"
	collectorOn  collector = "on"
)

// sample is what a call takes, on average over many calls.
type sample struct {
	Wall   float64 `json:"wall"`   // nanoseconds
	CPU    float64 `json:"cpu"`    // nanoseconds of the whole process, so with the collector on another core
	Allocs float64 `json:"allocs"` // allocations
	Bytes  float64 `json:"bytes"`  // bytes allocated
}

// cost is what some calls took together.
type cost struct {
	calls               int
	wall, cpu           time.Duration
	allocations, memory uint64
}

func (c *cost) add(d cost) {
	c.calls += d.calls
	c.wall += d.wall
	c.cpu += d.cpu
	c.allocations += d.allocations
	c.memory += d.memory
}

func (c cost) sample() sample {
	n := float64(c.calls)
	return sample{
		Wall: float64(c.wall.Nanoseconds()) / n, CPU: float64(c.cpu.Nanoseconds()) / n,
		Allocs: float64(c.allocations) / n, Bytes: float64(c.memory) / n,
	}
}

// costOf measures f, which makes so many calls.
func costOf(calls int, f func() error) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	err := f()
	wall, cpu := time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	return cost{
		calls: calls, wall: wall, cpu: cpu,
		allocations: after.Mallocs - before.Mallocs, memory: after.TotalAlloc - before.TotalAlloc,
	}, err
}

// collected runs f with the collector on or off, after a collection. If it is off, f makes about so much garbage: that
// memory is mapped before, or f would wait for the system instead of the collector.
func collected(gc collector, garbage int, f func() error) error {
	percent := 100
	if gc == collectorOff {
		percent = -1
	}
	defer debug.SetGCPercent(debug.SetGCPercent(percent))
	if gc == collectorOff {
		touch(garbage)
	}
	runtime.GC()
	return f()
}

// touch allocates so many bytes, writes to each page, and drops them. Go returns no memory to the system while the
// collector is off.
func touch(bytes int) {
	const piece = 1 << 20
	var pieces [][]byte
	for ; bytes > 0; bytes -= piece {
		pieces = append(pieces, make([]byte, piece))
		for i := 0; i < piece; i += 4096 {
			pieces[len(pieces)-1][i] = 1
		}
	}
}

// meter measures the calls of an engine.
type meter struct {
	engine  engine
	source  *source
	durable bool
	window  time.Duration // for how long a call is repeated
}

// size returns how many calls a chunk has: a few milliseconds at least, little garbage without the collector, and no
// more than there are documents.
func (m *meter) size(c call) int {
	size := 4096
	switch {
	case m.durable:
		size = 16
	case c == callNewest || c == callList:
		size = 128
	case c == callMixed1 || c == callMixed2:
		size = 2048
	case c == callSetTitle || c == callSetPhones || c == callCreate || c == callDelete:
		size = 256
	}
	return min(size, m.source.n)
}

// measure repeats a call for the window. The first chunk warms up caches and is not counted. With the collector on,
// writes are repeated for longer, because a collection comes only every few hundred milliseconds.
func (m *meter) measure(c call, gc collector) (s sample, err error) {
	window, size := m.window, m.size(c)
	if gc == collectorOn && !slices.Contains(readCalls, c) {
		window *= 5
	}
	garbage := 2 * int(window) // go-memdb makes 700 MB a second, and writes are undone
	err = collected(gc, garbage, func() error {
		if _, err := m.run(m.source.chunk(c, size)); err != nil {
			return err
		}
		var total cost
		// Preparing the fastest calls takes longer than making them.
		for start := time.Now(); total.wall < window && time.Since(start) < 2*window || total.calls == 0; {
			more, err := m.run(m.source.chunk(c, size))
			if err != nil {
				return err
			}
			total.add(more)
		}
		s = total.sample()
		return nil
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", c, err)
	}
	return s, err
}

// run makes the calls of a chunk and measures the timed ones.
func (m *meter) run(c chunk) (cost, error) {
	if err := m.all(c.before); err != nil {
		return cost{}, err
	}
	if c.deletes && c.before != nil {
		c.timed = [][]op{deletes(c.before[0])}
	}
	calls := 0
	for _, ops := range c.timed {
		calls += len(ops)
	}
	measured, err := costOf(calls, func() error { return m.all(c.timed) })
	if err != nil {
		return cost{}, err
	}
	if c.deletes && c.before == nil {
		c.after = [][]op{deletes(c.timed[0])}
	}
	return measured, m.all(c.after)
}

// all makes the calls of all workers, each in a goroutine if there are several.
func (m *meter) all(workers [][]op) error {
	if len(workers) == 1 {
		return m.work(workers[0])
	}
	errs := make(chan error, len(workers))
	var wg sync.WaitGroup
	for _, ops := range workers {
		wg.Go(func() { errs <- m.work(ops) })
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *meter) work(ops []op) error {
	w := worker{engine: m.engine, buffer: make([]hit, 0, pageSize)}
	for i := range ops {
		if err := w.run(&ops[i]); err != nil {
			return err
		}
	}
	return nil
}
