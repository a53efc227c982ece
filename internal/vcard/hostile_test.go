package vcard_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/vcard"
)

// repeat is a source of some bytes of a text over and over, between two other texts.
func repeat(before, text string, bytes int, after string) io.Reader {
	piece := strings.Repeat(text, max(1, min(bytes, 1<<16)/len(text)))
	whole := bytes / len(piece)
	return io.MultiReader(strings.NewReader(before), &repeated{piece: piece, left: whole}, strings.NewReader(after))
}

type repeated struct {
	piece string
	left  int
	at    int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(p, r.piece[r.at:])
	if r.at += n; r.at == len(r.piece) {
		r.at = 0
		r.left--
	}
	return n, nil
}

func TestHostileFiles(t *testing.T) {
	begin := "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\n"
	const end = "\nEND:VCARD\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\n"
	const size = 200 << 20
	for _, test := range []struct {
		name   string
		source io.Reader
		want   []string
	}{
		{"a line without an end", repeat("", "a", size, ""), []string{"1: text outside of any vCard"}},
		{"zeros", repeat("", "\x00", size, ""), []string{"1: text outside of any vCard"}},
		{"a property without an end", repeat(begin+"NOTE:", "a", size, end), []string{"1: card 3.0", `3: FN "Ann"`,
			"4: !NOTE it is too long", "6: card", `7: FN "Bo"`}},
		{"a folded property without an end", repeat(begin+"NOTE:", "aaaaaaaaaaaaaaaaaaaaaaaaa\n ", size/10, end),
			[]string{"1: the vCard is too large"}},
		{"a photo that is too large", repeat(begin+"PHOTO;ENCODING=b:", "AAAAAAAAAAAAAAAA\n", config.Property+1<<18, end),
			[]string{"1: card 3.0", `3: FN "Ann"`, "4: !PHOTO it is too long"}},
		{"parameters without a colon", repeat(begin+"TEL", ";A=\":\"\n ", size/10, end),
			[]string{"1: the vCard is too large"}},
		{"a million parameters", repeat(begin+"TEL", ";A=1", 4<<20, ":1"+end), []string{"1: card 3.0", `3: FN "Ann"`,
			"4: !TEL it is too long"}},
		{"a thousand parameters", repeat(begin+"TEL;B", ";A=1", 1<<14, ":1"+end), []string{"1: card 3.0", `3: FN "Ann"`,
			"4: !TEL it has too many parameters"}},
		{"values of a parameter", repeat(begin+"TEL;TYPE=B", ",A", 1<<14, ":1"+end), []string{"1: card 3.0",
			`3: FN "Ann"`, "4: !TEL it has too many parameters"}},
		{"values of a parameter in quotes", repeat(begin+"TEL;TYPE=\"B", ",A", 1<<14, "\":1"+end), []string{"1: card 3.0",
			`3: FN "Ann"`, "4: !TEL it has too many parameters"}},
		{"values without a name", repeat(begin+"TEL;B", ",A", 1<<14, ":1"+end), []string{"1: card 3.0",
			`3: FN "Ann"`, "4: !TEL it has too many parameters"}},
		{"a million lines BEGIN", repeat("", "BEGIN:VCARD\n", 12<<20, ""),
			[]string{"end in line 11: vCards are nested too deeply"}},
		{"a million agents", repeat(begin, "AGENT:\nBEGIN:VCARD\n", 19<<20, ""),
			[]string{"end in line 25: vCards are nested too deeply"}},
		{"a million properties", repeat(begin, "TEL:1\n", 6<<20, end), []string{"1: the vCard is too large"}},
		{"a million lines without a colon", repeat(begin, "!\n", 2<<20, end), []string{"1: the vCard is too large"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			started := time.Now()
			got := read(t, test.source, config)
			// It would be hours if the time grew with the square of the size.
			require.Less(t, time.Since(started), time.Minute)
			require.Equal(t, test.want, got[:min(len(got), len(test.want))])
			runtime.ReadMemStats(&after)
			require.Less(t, after.HeapSys, before.HeapSys+64<<20)
		})
	}
	t.Run("time does not grow with the square of a property", func(t *testing.T) {
		c := vcard.Config{Property: 16 << 20, Card: 32 << 20, File: 1 << 30}
		for text, piece := range map[string]string{
			"VERSION:3.0\nADR;LABEL=\"":             "a\n ",
			"VERSION:2.1\nX;QUOTED-PRINTABLE:a":     "\n  ",
			"VERSION:2.1\nX;QUOTED-PRINTABLE:a=\n":  " =\n",
			"VERSION:3.0\nPHOTO;ENCODING=b:QUJD":    "\n A",
			"VERSION:2.1\nPHOTO;BASE64;JPEG:\nQUJD": "\nA",
		} {
			started := time.Now()
			got := read(t, repeat("BEGIN:VCARD\n"+text, piece, 6<<20, "\nEND:VCARD\n"), c)
			require.Len(t, got, 2)
			require.Less(t, time.Since(started), 30*time.Second)
		}
	})
	t.Run("a file that is too large", func(t *testing.T) {
		c := config
		c.File = 1 << 20
		got := read(t, repeat("", in("3.0", "FN:Ann"), 2<<20, ""), c)
		require.Contains(t, got[len(got)-1], "the file is too large")
		got = read(t, repeat("", "a", 2<<20, ""), c)
		require.Equal(t, []string{"end in line 0: the file is too large"}, got)
		whole := in("3.0", "FN:Ann")
		c.File = int64(len(whole))
		require.Equal(t, []string{"1: card 3.0", `3: FN "Ann"`}, read(t, strings.NewReader(whole), c))
		c.File--
		require.Contains(t, read(t, strings.NewReader(whole), c)[0], "the file is too large")
	})
	t.Run("an error of the source ends the reading for good", func(t *testing.T) {
		broken := errors.New("broken")
		source := io.MultiReader(strings.NewReader(in("3.0", "FN:Ann")+"BEGIN:VCARD\n"), &failing{broken},
			strings.NewReader(in("3.0", "FN:Bo")))
		r := vcard.NewReader(source, config)
		_, err := r.Next()
		require.NoError(t, err)
		for range 2 {
			_, err = r.Next()
			require.Equal(t, broken, err)
		}
	})
}

// failing fails once.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) {
	err := f.err
	if f.err = io.EOF; err == nil {
		err = io.EOF
	}
	return 0, err
}
