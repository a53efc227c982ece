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

// isoDate returns a date as YYYY-MM-DD if it can be read in one way only: 31/12/1999, but not 03/04/1999. Other text it
// returns as it is.
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

// noDate reports whether a text is what programs write where there is no date: Outlook 0/0/00, databases 0000-00-00.
func noDate(text string) bool { return text[0] == '0' && zeroDate.MatchString(text) }

// timestamp reads a time as RFC 3339 has it, or a date, which is its midnight in UTC. With utc a time may lack its zone, as
// in the service's exports: 2026-01-02 15:04.
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
	t = t.UTC().Truncate(time.Millisecond) // the form of the store (STO-3)
	return t, t.Year() >= 0 && t.Year() <= 9999
}

// guid reads an ID.
func guid(text string) (uuid.UUID, bool) {
	id, ok := wire.ParseGUID(text)
	return id, ok && id != uuid.Nil
}

// number reads a decimal number. It refuses an integer that a float64 cannot hold: a number of a card must not change
// without a word.
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
