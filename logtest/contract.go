package logtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
)

// tests are the contract of contacts.Log.
var tests = []test{
	{"a new log is empty", func(l *log) { l.holds(nil) }},
	{"entries come back as they were appended", func(l *log) {
		all := l.fill(0, 50)
		l.holds(all)
		l.reads(all[20].Seq, all[21:])
		l.reads(all[49].Seq, nil)
		l.reads(all[49].Seq+100, nil)
	}},
	{"data of every kind", testData},
	{"an entry of the greatest length", func(l *log) {
		if l.MaxEntry() < 1<<16 {
			l.t.Fatalf("MaxEntry is %d, want at least 65536", l.MaxEntry())
		}
		first := contacts.Entry{Data: l.random(l.MaxEntry())}
		first.Seq = l.append(0, first.Data)
		second := contacts.Entry{Data: []byte("after it")}
		second.Seq = l.append(first.Seq, second.Data)
		l.holds([]contacts.Entry{first, second})
	}},
	{"an entry that is too long", func(l *log) {
		all := l.fill(0, 2)
		_, err := l.tryAppend(all[1].Seq, make([]byte, l.MaxEntry()+1))
		l.fails(err, contacts.ErrLogTooLarge)
		l.holds(all)
		l.holds(append(all, l.fill(all[1].Seq, 1)...))
	}},
	{"another entry follows", func(l *log) {
		all := l.fill(0, 5)
		for _, after := range []contacts.Seq{0, all[0].Seq, all[3].Seq} {
			_, err := l.tryAppend(after, []byte("too late"))
			l.fails(err, contacts.ErrLogConflict)
		}
		l.holds(all)
	}},
	{"no entry is there", func(l *log) {
		_, err := l.tryAppend(1, []byte("too early"))
		l.fails(err, contacts.ErrLogConflict)
		all := l.fill(0, 2)
		for _, beyond := range []contacts.Seq{1, 2, 1000, 1 << 40} {
			_, err := l.tryAppend(all[1].Seq+beyond, []byte("too early"))
			l.fails(err, contacts.ErrLogConflict)
		}
		l.holds(all)
	}},
	{"the same bytes at the same place are the same entry", func(l *log) {
		all := l.fill(0, 5)
		for range 2 {
			after := contacts.Seq(0)
			for _, e := range all {
				if seq := l.append(after, e.Data); seq != e.Seq {
					l.t.Fatalf("repeated, the entry at %d is said to be at %d", e.Seq, seq)
				}
				after = e.Seq
			}
			l.holds(all)
			l.reopen()
		}
		for _, other := range [][]byte{all[2].Data[1:], append(bytes.Clone(all[2].Data), 0), nil, all[3].Data} {
			_, err := l.tryAppend(all[1].Seq, other)
			l.fails(err, contacts.ErrLogConflict)
		}
	}},
	{"the same bytes at the end are another entry", func(l *log) {
		a := contacts.Entry{Data: []byte("same")}
		a.Seq = l.append(0, a.Data)
		b := contacts.Entry{Data: a.Data}
		b.Seq = l.append(a.Seq, b.Data)
		l.holds([]contacts.Entry{a, b})
	}},
	{"a loop that ends early", func(l *log) {
		all := l.fill(0, 5)
		for range l.Read(l.t.Context(), 0) {
			break
		}
		l.holds(append(all, l.fill(all[4].Seq, 1)...))
	}},
	{"appends while reading", testAppendWhileReading},
	{"readers on other goroutines", testConcurrentReaders},
	{"waiting", testWait},
	{"waiting until the context ends", func(l *log) {
		ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Millisecond)
		defer cancel()
		l.waitFails(ctx, context.DeadlineExceeded)
		l.waitFails(canceled(l.t), context.Canceled)
	}},
	{"a context that is done", testCanceled},
	{"a closed log", testClosed},
	{"closing while others wait", func(l *log) {
		done := make(chan error, 1)
		go func() { done <- l.waitError(l.t.Context(), 0) }()
		l.noError(l.Close())
		select {
		case err := <-done:
			l.fails(err, contacts.ErrLogClosed)
		case <-time.After(patience):
			l.t.Fatal("Wait does not return, and the log is closed")
		}
	}},
	{"reopened", func(l *log) {
		var all []contacts.Entry
		var last contacts.Seq
		for range 5 {
			all = append(all, l.fill(last, 5)...)
			last = all[len(all)-1].Seq
			l.reopen()
			l.holds(all)
			_, err := l.tryAppend(0, []byte("too late"))
			l.fails(err, contacts.ErrLogConflict)
		}
	}},
	{"synced", func(l *log) {
		if s, ok := l.Log.(contacts.Syncer); ok {
			all := l.fill(0, 3)
			l.noError(settled(func() error { return s.Sync(l.t.Context()) }))
			l.holds(all)
			l.noError(l.Close())
			l.fails(s.Sync(l.t.Context()), contacts.ErrLogClosed)
		}
	}},
}

func testData(l *log) {
	var all []contacts.Entry
	var after contacts.Seq
	for _, data := range [][]byte{
		{0}, {0, 0, 0, 0}, []byte("\n"), []byte("\xff\xfe"), []byte("\x00text\x00"), bytes.Repeat([]byte{0}, 5000),
		l.random(511), l.random(512), l.random(513), l.random(4095), l.random(4096), l.random(4097),
		l.random(60000), {1},
	} {
		after = l.append(after, data)
		all = append(all, contacts.Entry{Seq: after, Data: data})
	}
	l.holds(all)
	l.reopen()
	l.holds(all)
}

// testAppendWhileReading appends in the body of the loop: its end is the last entry at its beginning, or a later one.
func testAppendWhileReading(l *log) {
	all := l.fill(0, 100)
	read := 0
	next := contacts.Seq(0)
	l.noError(settled(func() error {
		for e, err := range l.Read(l.t.Context(), next) {
			if err != nil {
				return err
			}
			l.same([]contacts.Entry{e}, all[read:read+1])
			next = e.Seq
			if read++; read <= 200 {
				all = append(all, l.fill(all[len(all)-1].Seq, 1)...)
				l.same([]contacts.Entry{e}, all[read-1:read]) // still valid
			}
			if read%10 == 0 {
				l.reads(all[read-1].Seq, all[read:])
			}
		}
		return nil
	}))
	if read < 100 {
		l.t.Fatalf("the loop ended after %d entries", read)
	}
	l.holds(all)
}

// testConcurrentReaders: a reader sees what was acknowledged before it began, and nothing else than what was appended.
func testConcurrentReaders(l *log) {
	const count = 100
	data := make([][]byte, count)
	for i := range data {
		data[i] = l.random(1 + i)
	}
	var mu sync.Mutex
	var acknowledged []contacts.Seq
	appended := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(acknowledged)
	}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for n := 0; n < count; {
				n = appended()
				got, err := l.tryRead(0)
				if err != nil || len(got) < n {
					l.t.Errorf("read %d entries of %d: %v", len(got), n, err)
					return
				}
				for i, e := range got {
					if !bytes.Equal(e.Data, data[i]) {
						l.t.Errorf("entry %d has other data than what was appended", i)
						return
					}
				}
			}
		})
	}
	var after contacts.Seq
	for i := range data {
		var err error
		if after, err = l.tryAppend(after, data[i]); err != nil {
			l.t.Errorf("Append: %v", err)
			after, i = 0, count // let the readers end
		}
		mu.Lock()
		acknowledged = append(acknowledged, after)
		mu.Unlock()
	}
	readers.Wait()
}

// testWait: whoever waits for the next entry gets it.
func testWait(l *log) {
	const count = 50
	got := make(chan contacts.Entry, count)
	go func() {
		defer close(got)
		for after := contacts.Seq(0); ; {
			if err := l.Wait(l.t.Context(), after); err != nil {
				return
			}
			all, err := l.tryRead(after)
			if err != nil {
				return
			}
			for _, e := range all {
				got <- e
				after = e.Seq
			}
		}
	}()
	var after contacts.Seq
	for range count {
		e := l.fill(after, 1)
		after = e[0].Seq
		select {
		case received, ok := <-got:
			if !ok {
				l.t.Fatal("a waiting reader failed")
			}
			l.same([]contacts.Entry{received}, e)
		case <-time.After(patience):
			l.t.Fatal("Wait does not return, and there is an entry")
		}
	}
	l.noError(l.Close())
	select {
	case _, ok := <-got:
		if ok {
			l.t.Fatal("there is another entry")
		}
	case <-time.After(patience):
		l.t.Fatal("Wait does not return, and the log is closed")
	}
}

// waitError waits until that fails.
func (l *log) waitError(ctx context.Context, after contacts.Seq) error {
	for {
		if err := l.Wait(ctx, after); err != nil {
			return err
		}
	}
}

func (l *log) waitFails(ctx context.Context, want error) {
	l.t.Helper()
	if err := l.waitError(ctx, 1000); !errors.Is(err, want) {
		l.t.Fatalf("Wait: got error %v, want %v", err, want)
	}
}

// testCanceled: a call whose context is done has no effect.
func testCanceled(l *log) {
	all := l.fill(0, 3)
	ctx := canceled(l.t)
	errs := map[string]error{}
	_, errs["Append"] = l.Append(ctx, all[2].Seq, []byte("never"))
	_, errs["Last"] = l.Last(ctx)
	errs["Wait"] = l.waitError(ctx, all[2].Seq)
	for _, err := range l.Read(ctx, 0) {
		errs["Read"] = err
	}
	if s, ok := l.Log.(contacts.Snapshotter); ok {
		errs["Save"] = s.Save(ctx, 0, func(io.Writer) error { return nil })
		errs["Compact"] = s.Compact(ctx, 0)
		for _, err := range s.Load(ctx) {
			errs["Load"] = err
		}
		if _, ok := errs["Load"]; !ok {
			l.t.Error("Load: got no error, want context.Canceled")
		}
	}
	if _, ok := errs["Read"]; !ok {
		l.t.Error("Read: got no error, want context.Canceled")
	}
	for name, err := range errs {
		if !errors.Is(err, context.Canceled) || contacts.CodeOf(err) != "" {
			l.t.Errorf("%s: got error %v, want context.Canceled without a code", name, err)
		}
	}
	l.holds(all)
}

func testClosed(l *log) {
	all := l.fill(0, 3)
	l.noError(l.Close())
	l.noError(l.Close())
	ctx := l.t.Context()
	_, err := l.Append(ctx, all[2].Seq, []byte("never"))
	l.closed("Append", err)
	_, err = l.Last(ctx)
	l.closed("Last", err)
	l.closed("Wait", l.waitError(ctx, all[2].Seq))
	err = nil
	for _, err = range l.Read(ctx, 0) {
		l.closed("Read", err)
	}
	l.closed("Read", err)
	if s, ok := l.Log.(contacts.Snapshotter); ok {
		l.closed("Save", s.Save(ctx, 0, func(io.Writer) error { return nil }))
		l.closed("Compact", s.Compact(ctx, 0))
		err = nil
		for _, err = range s.Load(ctx) {
			l.closed("Load", err)
		}
		l.closed("Load", err)
	}
	l.reopen()
	l.holds(all)
}

// closed requires LOG_CLOSED; a log on a bad network may be unavailable as well.
func (l *log) closed(call string, err error) {
	l.t.Helper()
	if !errors.Is(err, contacts.ErrLogClosed) && !errors.Is(err, contacts.ErrLogUnavailable) &&
		!errors.Is(err, contacts.ErrLogUnknown) {
		l.t.Errorf("%s: got error %v, want LOG_CLOSED", call, err)
	}
}

// snapshotTests are the contract of contacts.Snapshotter.
var snapshotTests = []test{
	{"a new log has none", func(l *log) {
		l.keeps()
		l.compact(0)
		all := l.fill(0, 10)
		l.compact(all[9].Seq)
		l.holds(all)
	}},
	{"come back as they were saved", func(l *log) {
		all := l.fill(0, 3)
		l.save(all[1].Seq, []byte("two entries"))
		l.keeps(saved{all[1].Seq, "two entries"})
		l.reopen()
		l.keeps(saved{all[1].Seq, "two entries"})
		l.holds(all)
		l.holds(append(all, l.fill(all[2].Seq, 2)...))
	}},
	{"of every length", func(l *log) {
		for _, n := range []int{0, 1, 4095, 4096, 1<<16 - 1, 1 << 16, 1<<16 + 1, 1 << 17, 3<<20 + 5} {
			data := string(l.random(n))
			l.save(0, []byte(data))
			if got := l.snapshots(); len(got) == 0 || got[0].data != data {
				l.t.Fatalf("a snapshot of %d bytes did not come back", n)
			}
		}
	}},
	{"the newest two stay", func(l *log) {
		all := l.fill(0, 4)
		l.save(all[0].Seq, []byte("A"))
		l.save(all[1].Seq, []byte("B"))
		l.keeps(saved{all[1].Seq, "B"}, saved{all[0].Seq, "A"})
		l.save(all[2].Seq, []byte("C"))
		l.keeps(saved{all[2].Seq, "C"}, saved{all[1].Seq, "B"})
		l.save(all[2].Seq, []byte("D"))
		l.keeps(saved{all[2].Seq, "D"}, saved{all[2].Seq, "C"})
		l.reopen()
		l.keeps(saved{all[2].Seq, "D"}, saved{all[2].Seq, "C"})
		l.holds(all)
	}},
	{"that fail", func(l *log) {
		all := l.fill(0, 2)
		l.save(all[0].Seq, []byte("A"))
		failure := errors.New("no more contents")
		for range 3 {
			err := settled(func() error {
				return l.snapshotter().Save(l.t.Context(), all[1].Seq, func(w io.Writer) error {
					_, err := w.Write(make([]byte, 100_000))
					return errors.Join(err, failure)
				})
			})
			if !errors.Is(err, failure) {
				l.t.Fatalf("Save: got error %v, want that of write", err)
			}
			l.keeps(saved{all[0].Seq, "A"})
			l.reopen()
			l.keeps(saved{all[0].Seq, "A"})
		}
		l.save(all[1].Seq, []byte("B"))
		l.keeps(saved{all[1].Seq, "B"}, saved{all[0].Seq, "A"})
		l.holds(append(all, l.fill(all[1].Seq, 1)...))
	}},
	{"while entries are appended", func(l *log) {
		all := l.fill(0, 5)
		at := all[4].Seq
		l.noError(settled(func() error {
			return l.snapshotter().Save(l.t.Context(), at, func(w io.Writer) error {
				all = append(all, l.fill(all[len(all)-1].Seq, 5)...)
				_, err := w.Write([]byte("five entries"))
				return err
			})
		}))
		l.keeps(saved{at, "five entries"})
		l.holds(all)
		l.reads(at, all[5:])
	}},
	{"of a place before the last", func(l *log) {
		all := l.fill(0, 20)
		l.save(all[3].Seq, []byte("A"))
		l.save(all[7].Seq, []byte("B"))
		l.compact(all[19].Seq)
		l.reads(all[3].Seq, all[4:])
		l.reopen()
		l.reads(all[3].Seq, all[4:])
	}},
	{"one alone drops nothing", func(l *log) {
		all := l.fill(0, 10)
		l.save(all[9].Seq, []byte("A"))
		l.compact(all[9].Seq)
		l.holds(all)
		l.reopen()
		l.holds(all)
	}},
	{"compaction", testCompact},
	{"reading while compacting", testReadWhileCompacting},
}

// testCompact: a log may drop entries up to the older snapshot, and never drops later ones. What it has not dropped is
// unchanged.
func testCompact(l *log) {
	var all []contacts.Entry
	var older, newer saved
	for round := range 6 {
		var last contacts.Seq
		if len(all) > 0 {
			last = all[len(all)-1].Seq
		}
		all = append(all, l.fill(last, 10)...)
		at := all[len(all)-1].Seq
		older, newer = newer, saved{at, string(rune('A' + round))}
		l.save(newer.at, []byte(newer.data))
		l.compact(at)
		if round > 0 {
			l.keeps(newer, older)
		}
		l.reads(older.at, all[10*round:])
		l.tail(all)
		if round%2 == 0 {
			l.reopen()
			l.tail(all)
		}
		if last := l.last(); last != at {
			l.t.Fatalf("Last returned %d, want %d", last, at)
		}
	}
	_, err := l.tryAppend(0, []byte("too late"))
	l.fails(err, contacts.ErrLogCompacted, contacts.ErrLogConflict)
	_, err = l.tryAppend(older.at, []byte("too late"))
	l.fails(err, contacts.ErrLogConflict)
}

// tail requires that the log holds the last of these entries, and says so if it does not hold all.
func (l *log) tail(all []contacts.Entry) {
	l.t.Helper()
	after := contacts.Seq(0)
	for i := range all {
		got, err := l.tryRead(after)
		if err == nil {
			l.same(got, all[i:])
			return
		}
		l.fails(err, contacts.ErrLogCompacted)
		if len(got) > 0 {
			l.t.Fatal("Read yielded entries before it failed with LOG_COMPACTED")
		}
		after = all[i].Seq
	}
}

// testReadWhileCompacting: a loop yields all entries, or says that they were dropped.
func testReadWhileCompacting(l *log) {
	all := l.fill(0, 300)
	l.save(all[198].Seq, []byte("A"))
	l.save(all[199].Seq, []byte("B"))
	read := 0
	for e, err := range l.Read(l.t.Context(), 0) {
		if err != nil {
			l.fails(err, contacts.ErrLogCompacted, contacts.ErrLogUnavailable)
			break
		}
		l.same([]contacts.Entry{e}, all[read:read+1])
		if read++; read == 1 {
			l.compact(all[199].Seq)
		}
	}
	l.reads(all[198].Seq, all[199:])
}
