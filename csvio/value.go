package csvio

import (
	"cmp"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// isoDate returns a date as YYYY-MM-DD if it has only one reading: 31/12/1999, but not 03/04/1999. It returns other
// text unchanged.
func isoDate(text string) string {
	if strings.IndexByte(text, '/') > 2 || !strings.Contains(text, "/") {
		for _, layout := range []string{"2006-1-2", "2.1.2006", "20060102", "2006/1/2", "2006.1.2"} {
			if t, err := time.Parse(layout, text); err == nil {
				return t.Format(time.DateOnly)
			}
		}
		return text
	}
	var date string
	for _, layout := range []string{"2/1/2006", "1/2/2006"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if other := t.Format(time.DateOnly); date == "" || date == other {
			date = other
		} else {
			return text
		}
	}
	return cmp.Or(date, text)
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

var (
	zeroDate = regexp.MustCompile(`^0+[-/.]0+[-/.]0+$`)
	yearless = regexp.MustCompile(`^--\d{1,2}-?\d{1,2}$`)
	decimal  = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$`)
)

// noDate reports whether a text means "no date" to the program that wrote it: 0/0/00 in Outlook, 0000-00-00 in
// databases.
func noDate(text string) bool { return text[0] == '0' && zeroDate.MatchString(text) }

// timestamp parses a time in the format of RFC 3339, or a date, which means midnight in UTC. With utc a time may lack
// its zone, as in the service's exports: 2026-01-02 15:04.
func timestamp(text string, utc bool) (time.Time, bool) {
	var t time.Time
	err := t.UnmarshalText([]byte(text)) // stricter than time.Parse
	if err != nil {
		t, err = time.Parse(time.DateOnly, text)
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if err != nil && utc {
			t, err = time.Parse(layout, text)
		}
	}
	if err != nil {
		return time.Time{}, false
	}
	t = t.UTC().Truncate(time.Millisecond) // the precision of the store (STO-3)
	return t, t.Year() >= 0 && t.Year() <= 9999
}

// guid parses an ID other than the zero one.
func guid(text string) (uuid.UUID, bool) {
	id, ok := wire.ParseGUID(text)
	return id, ok && id != uuid.Nil
}

// number parses a decimal number. It refuses an integer that a float64 cannot represent exactly: a card number must not
// change silently.
func number(text string) (float64, bool) {
	if !decimal.MatchString(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	if math.Abs(f) >= 1<<53 && !strings.ContainsAny(text, ".eE") {
		digits := strings.TrimLeft(strings.TrimLeft(text, "+-"), "0")
		return f, strconv.FormatFloat(math.Abs(f), 'f', 0, 64) == digits
	}
	return f, true
}
