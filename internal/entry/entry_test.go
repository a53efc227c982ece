package entry_test

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/entry"
)

var writeGolden = flag.Bool("write-golden", false, "write the golden files of new versions that do not exist yet")

// header is the header of a batch of one part.
func header() entry.Header {
	return entry.Header{
		Store: [16]byte{1, 2, 3}, After: 41, First: 1001, Count: 2, Part: 1, Parts: 1,
		Batch: [16]byte{0xb, 0xa, 0x7}, Before: entry.Hash{0xff, 31: 0xee},
	}
}

func body(commits ...string) []byte {
	var b []byte
	for _, c := range commits {
		b = entry.AppendCommit(b, []byte(c))
	}
	return b
}

func TestSealAndOpen(t *testing.T) {
	for name, part := range map[string][]byte{
		"no bytes": nil, "two commits": body("first", "second"), "long": body(string(make([]byte, 1<<20)), ""),
	} {
		t.Run(name, func(t *testing.T) {
			sealed := entry.Seal([]byte("before"), header(), part)
			require.Equal(t, "before", string(sealed[:6]))
			require.Len(t, sealed, 6+entry.Overhead+len(part))
			h, got, err := entry.Open(sealed[6:])
			require.NoError(t, err)
			require.Equal(t, header(), h)
			require.Equal(t, string(part), string(got))
			require.Equal(t, uint64(1002), h.Last())
		})
	}
}

func TestEveryBitIsSealed(t *testing.T) {
	sealed := entry.Seal(nil, header(), body("first", "second"))
	for bit := range 8 * len(sealed) {
		damaged := bytes.Clone(sealed)
		damaged[bit/8] ^= 1 << (bit % 8)
		_, _, err := entry.Open(damaged)
		require.ErrorIs(t, err, entry.ErrDamaged, "bit %d", bit)
	}
}

func TestEveryCutIsSeen(t *testing.T) {
	sealed := entry.Seal(nil, header(), body("first", "second"))
	for n := range sealed {
		_, _, err := entry.Open(sealed[:n])
		require.ErrorIs(t, err, entry.ErrDamaged, "the first %d bytes", n)
		_, _, err = entry.Open(sealed[len(sealed)-n:])
		require.ErrorIs(t, err, entry.ErrDamaged, "the last %d bytes", n)
	}
	_, _, err := entry.Open(append(bytes.Clone(sealed), 0))
	require.ErrorIs(t, err, entry.ErrDamaged)
	_, _, err = entry.Open(append(bytes.Clone(sealed), sealed...))
	require.ErrorIs(t, err, entry.ErrDamaged)
	_, _, err = entry.Open(make([]byte, len(sealed)))
	require.ErrorIs(t, err, entry.ErrDamaged)
}

// TestRunsOfDamage overwrites sectors, as a disk does that loses or repeats a write.
func TestRunsOfDamage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	sealed := entry.Seal(nil, header(), body(string(random(rnd, 3000))))
	for range 5000 {
		damaged := bytes.Clone(sealed)
		from := rnd.IntN(len(damaged))
		part := damaged[from:min(len(damaged), from+1+rnd.IntN(512))]
		switch rnd.IntN(3) {
		case 0:
			clear(part)
		case 1:
			copy(part, random(rnd, len(part)))
		case 2:
			copy(part, sealed[rnd.IntN(len(sealed)):])
		}
		if !bytes.Equal(damaged, sealed) {
			_, _, err := entry.Open(damaged)
			require.ErrorIs(t, err, entry.ErrDamaged)
		}
	}
}

func random(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

func TestLaterVersion(t *testing.T) {
	sealed := entry.Seal(nil, header(), body("first", "second"))
	for _, size := range []int{len(sealed), len(sealed) + 100, 20} {
		_, _, err := entry.Open(entry.WithVersion(sealed, 2, size))
		require.ErrorIs(t, err, entry.ErrVersion)
	}
	_, _, err := entry.Open(entry.WithVersion(sealed, 0, len(sealed)))
	require.ErrorIs(t, err, entry.ErrDamaged)
	_, _, err = entry.Open(entry.WithVersion(sealed, 1, entry.Overhead-1))
	require.ErrorIs(t, err, entry.ErrDamaged)
}

func TestHeadersThatAreNone(t *testing.T) {
	for name, change := range map[string]func(*entry.Header){
		"no first commit":           func(h *entry.Header) { h.First = 0 },
		"numbers beyond the last":   func(h *entry.Header) { h.First = 1<<64 - 2; h.Count = 3 },
		"no commits":                func(h *entry.Header) { h.Count = 0 },
		"no part":                   func(h *entry.Header) { h.Part = 0 },
		"no parts":                  func(h *entry.Header) { h.Part, h.Parts = 0, 0 },
		"a part after the last one": func(h *entry.Header) { h.Part = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			h := header()
			change(&h)
			require.Panics(t, func() { entry.Seal(nil, h, nil) })
			_, _, err := entry.Open(entry.WithHeader(h))
			require.ErrorIs(t, err, entry.ErrDamaged)
		})
	}
}

func TestCommits(t *testing.T) {
	long := string(make([]byte, 300))
	got, err := entry.Commits(body("a", "", long), 3)
	require.NoError(t, err)
	require.Equal(t, [][]byte{[]byte("a"), {}, []byte(long)}, got)
	for name, bad := range map[string]struct {
		body  []byte
		count uint32
	}{
		"fewer":                    {body("a", "b"), 3},
		"more":                     {body("a", "b"), 1},
		"none":                     {nil, 1},
		"a count without bytes":    {body("a"), 1<<32 - 1},
		"cut":                      {body("abc")[:3], 1},
		"a length that is cut":     {body(long)[:1], 1},
		"a length in longer form":  {[]byte{0x81, 0x00, 'a'}, 1},
		"a length beyond 64 bits":  {bytes.Repeat([]byte{0xff}, 11), 1},
		"a length beyond the body": {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 'a'}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := entry.Commits(bad.body, bad.count)
			require.ErrorIs(t, err, entry.ErrDamaged)
		})
	}
}

func TestNext(t *testing.T) {
	start := entry.Hash{}
	a, b := []byte("a"), []byte("b")
	seen := map[entry.Hash]bool{start: true}
	for _, h := range []entry.Hash{
		entry.Next(start, nil), entry.Next(start, a), entry.Next(start, b), entry.Next(entry.Next(start, a), b),
		entry.Next(entry.Next(start, b), a), entry.Next(start, []byte("ab")),
	} {
		require.False(t, seen[h])
		seen[h] = true
	}
	require.Equal(t, entry.Next(start, a), entry.Next(start, a))
}

func TestParts(t *testing.T) {
	for _, c := range []struct{ size, maxEntry, parts, each int }{
		{0, entry.Overhead + 10, 1, 10},
		{1, entry.Overhead + 10, 1, 10},
		{10, entry.Overhead + 10, 1, 10},
		{11, entry.Overhead + 10, 2, 10},
		{100, entry.Overhead + 1, 100, 1},
	} {
		parts, each := entry.Parts(c.size, c.maxEntry)
		require.Equal(t, c.parts, int(parts), c)
		require.Equal(t, c.each, each, c)
	}
	require.Panics(t, func() { entry.Parts(1, entry.Overhead) })
}

// A step is an entry that a joiner reads.
type step struct {
	at, after   uint64
	batch       byte
	part, parts uint32
	text        string
	want        string // the body of the batch that it completes, "" if it completes none
}

func TestJoiner(t *testing.T) {
	for name, steps := range map[string][]step{
		"one part each": {
			{1, 0, 'a', 1, 1, "A", "A"}, {2, 1, 'b', 1, 1, "B", "B"},
		},
		"places with gaps": {
			{5, 0, 'a', 1, 2, "A", ""}, {9, 5, 'a', 2, 2, "B", "AB"}, {100, 9, 'b', 1, 1, "C", "C"},
		},
		"a batch that was never finished": {
			{1, 0, 'a', 1, 3, "A", ""}, {2, 1, 'a', 2, 3, "B", ""}, {3, 2, 'b', 1, 1, "C", "C"},
		},
		"the rest of a batch that was replaced": {
			{1, 0, 'a', 1, 2, "A", ""}, {2, 1, 'b', 1, 1, "B", "B"},
			{3, 1, 'a', 2, 2, "C", ""}, {4, 3, 'c', 1, 1, "D", "D"},
		},
		"an entry that was to follow another one": {
			{1, 0, 'a', 1, 1, "A", "A"}, {2, 0, 'b', 1, 1, "B", ""}, {3, 2, 'c', 1, 1, "C", "C"},
		},
		"a part is missing": {
			{1, 0, 'a', 1, 3, "A", ""}, {2, 1, 'a', 3, 3, "C", ""}, {3, 2, 'a', 2, 3, "B", ""},
		},
		"a part twice": {
			{1, 0, 'a', 1, 2, "A", ""}, {2, 1, 'a', 1, 2, "A", ""}, {3, 2, 'a', 2, 2, "B", "AB"},
		},
		"no first part": {
			{1, 0, 'a', 2, 2, "B", ""}, {2, 1, 'b', 1, 1, "C", "C"},
		},
		"parts of two batches": {
			{1, 0, 'a', 1, 2, "A", ""}, {2, 1, 'b', 2, 2, "B", ""}, {3, 2, 'a', 2, 2, "C", ""},
		},
		"another count of parts": {
			{1, 0, 'a', 1, 2, "A", ""}, {2, 1, 'a', 2, 3, "B", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var j entry.Joiner
			for _, s := range steps {
				h := header()
				h.After, h.Part, h.Parts, h.Batch = s.after, s.part, s.parts, [16]byte{s.batch}
				sealed := entry.Seal(nil, h, []byte(s.text))
				damaged := bytes.Clone(sealed)
				damaged[len(damaged)/2] ^= 4
				_, err := j.Add(s.at, damaged)
				require.ErrorIs(t, err, entry.ErrDamaged, "and it changes nothing")
				batch, err := j.Add(s.at, sealed)
				require.NoError(t, err)
				require.Equal(t, s.want != "", batch != nil, s)
				if batch != nil {
					require.Equal(t, s.want, string(batch.Body))
					require.Equal(t, h, batch.Header)
				}
			}
		})
	}
	t.Run("from the middle of a log", func(t *testing.T) {
		var j entry.Joiner
		j.Reset(41)
		batch, err := j.Add(50, entry.Seal(nil, header(), []byte("A")))
		require.NoError(t, err)
		require.Equal(t, "A", string(batch.Body))
	})
}

// TestGolden reads the entries that each version of this package wrote. A file is written once, when its version is
// new.
func TestGolden(t *testing.T) {
	commits := []string{"first commit", "", string(bytes.Repeat([]byte("long "), 100))}
	h := header()
	h.Count = uint32(len(commits))
	t.Run("version 1", func(t *testing.T) {
		sealed := entry.Seal(nil, h, body(commits...))
		kept := golden(t, "v1.entry", sealed)
		require.Equal(t, sealed, kept, "this version still writes the same bytes")
		got, part, err := entry.Open(kept)
		require.NoError(t, err)
		require.Equal(t, h, got)
		list, err := entry.Commits(part, got.Count)
		require.NoError(t, err)
		require.Equal(t, commits[0], string(list[0]))
		require.Empty(t, list[1])
		require.Equal(t, commits[2], string(list[2]))
	})
}

func golden(t *testing.T, name string, now []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *writeGolden {
		require.NoError(t, os.WriteFile(path, now, 0o644))
		return now
	}
	require.NoError(t, err)
	return kept
}

// FuzzOpen: what opens seals to the same bytes again.
func FuzzOpen(f *testing.F) {
	sealed := entry.Seal(nil, header(), body("first", "second"))
	f.Add(sealed, false)
	f.Add(sealed[:entry.Overhead], true)
	f.Add(slices.Concat(sealed, sealed), true)
	f.Fuzz(func(t *testing.T, data []byte, repair bool) {
		if repair {
			data = entry.Repaired(data)
		}
		h, part, err := entry.Open(data)
		if err != nil {
			require.True(t, errors.Is(err, entry.ErrDamaged) != errors.Is(err, entry.ErrVersion), err)
			return
		}
		require.Equal(t, data, entry.Seal(nil, h, part))
		commits, err := entry.Commits(part, h.Count)
		if err != nil {
			require.ErrorIs(t, err, entry.ErrDamaged)
			return
		}
		var again []byte
		for _, c := range commits {
			again = entry.AppendCommit(again, c)
		}
		require.Equal(t, string(part), string(again))
	})
}
