package csvio

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
)

// decoded returns the text of r in UTF-8. A byte order mark overrides the encoding, nil for UTF-8.
func decoded(r io.Reader, from encoding.Encoding) io.Reader {
	src := bufio.NewReaderSize(r, chunk)
	start, _ := src.Peek(len("\ufeff")) // an error comes back when the text is read
	switch {
	case bytes.HasPrefix(start, []byte("\ufeff")):
		src.Discard(len("\ufeff"))
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return &textReader{src: unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(src)}
	case from != nil:
		return &textReader{src: from.NewDecoder().Reader(src)}
	}
	return &textReader{src: src}
}

// textReader fails at the first bytes that are not UTF-8, and says what they may be.
type textReader struct {
	src     io.Reader
	checked int64  // bytes so far
	cut     []byte // the beginning of a character that the next read completes
	err     error
}

func (t *textReader) Read(p []byte) (int, error) {
	if t.err != nil {
		return 0, t.err
	}
	if len(p) <= utf8.UTFMax {
		return 0, io.ErrShortBuffer
	}
	n := copy(p, t.cut)
	more, err := t.src.Read(p[n:])
	n += more
	text := p[:n]
	t.cut = nil
	if err == nil {
		whole := wholeCharacters(text)
		t.cut = bytes.Clone(text[whole:])
		n, text = whole, text[:whole]
	}
	switch {
	case !utf8.Valid(text):
		t.err = invalid(notUTF8(text))
		return 0, t.err
	case t.checked == 0 && bytes.Count(text, []byte{0}) > len(text)/8:
		t.err = invalid(notText(text))
		return 0, t.err
	}
	t.checked += int64(n)
	t.err = err
	return n, err
}

// wholeCharacters returns the length of a text without a last character that is incomplete.
func wholeCharacters(text []byte) int {
	for i := len(text) - 1; i >= 0 && i >= len(text)-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			if !utf8.FullRune(text[i:]) {
				return i
			}
			break
		}
	}
	return len(text)
}

// notText returns the error of a file that begins with bytes that no text has.
func notText(text []byte) error {
	pairs := len(text) / 2
	zeros := [2]int{}
	for i, c := range text[:2*pairs] {
		if c == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1] > 4*zeros[0]:
		return errors.New("the text is not UTF-8: it looks like UTF-16, little-endian; set Options.Encoding")
	case zeros[0] > 4*zeros[1]:
		return errors.New("the text is not UTF-8: it looks like UTF-16, big-endian; set Options.Encoding")
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return errors.New("the file is not a text: it looks like a spreadsheet; save it as CSV")
	default:
		return errors.New("the file is not a text: it has NUL bytes")
	}
}

// notUTF8 returns the error of a text that is not UTF-8. It names the encoding that the text looks like.
func notUTF8(text []byte) error {
	if bytes.IndexByte(text, 0) >= 0 {
		return notText(text)
	}
	return errors.New("the text is not UTF-8: it looks like " + likelyEncoding(text) + "; set Options.Encoding")
}

// likelyEncoding names the encoding that bytes beyond ASCII are probably in.
func likelyEncoding(text []byte) string {
	var shiftJIS, pairs, runs, high int
	brokenJIS := false
	for i := 0; i < len(text); {
		start := i
		for i < len(text) && text[i] >= utf8.RuneSelf {
			i++
		}
		if n := i - start; n > 0 {
			high += n
			if n >= 3 {
				runs += n
			}
			if n%2 == 0 && text[start] > 0xA0 {
				pairs += n
			}
			jis, next, ok := japanese(text[start:])
			shiftJIS, brokenJIS = shiftJIS+jis, brokenJIS || !ok
			i = max(i, start+next)
			continue
		}
		i++
	}
	switch {
	case !brokenJIS && shiftJIS > 1:
		return "Shift_JIS"
	case pairs > high*9/10 && pairs > 4:
		return "GBK, Big5, EUC-JP or EUC-KR"
	case runs > high/2:
		return "windows-1251"
	default:
		return "windows-1252"
	}
}

// japanese reads a run of Shift_JIS characters. It returns the number of those with a first byte that is rare in
// windows-1252, and the length of the run.
func japanese(text []byte) (rare, length int, ok bool) {
	for length < len(text) && text[length] >= utf8.RuneSelf {
		lead := text[length]
		if 0xA1 <= lead && lead <= 0xDF { // half-width katakana
			length++
			continue
		}
		if length+1 == len(text) {
			return rare, length + 1, true // cut off
		}
		trail := text[length+1]
		if lead == 0x80 || lead == 0xA0 || lead > 0xFC || trail < 0x40 || trail == 0x7F || trail > 0xFC {
			return rare, length + 1, false
		}
		if lead < 0xA0 {
			rare++
		}
		length += 2
	}
	return rare, length, true
}
