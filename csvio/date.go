package csvio

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/contactsdb/contacts/internal/form"
)

// reading is what a cell of a date says.
type reading struct {
	date string // YYYY-MM-DD; "" if the cell has no date
	why  Reason // Rewritten, or what else is to be said of the date; "" for one that is as it should be
}

// dateReader reads dates. order is that of its column, "" if nothing tells.
type dateReader struct {
	order DateOrder
	now   time.Time
}

var (
	zeroDate = regexp.MustCompile(`^0+[-/.]0+[-/.]0+(?:[T ][0:.]*Z?)?$`)
	yearless = regexp.MustCompile(`^--\d{1,2}-?\d{1,2}$`)
	clock    = regexp.MustCompile(`(?i)^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?` +
		` ?([ap]\.?m\.?)? ?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$`)
)

// noDate reports whether a text is how Outlook writes an empty date.
func noDate(text string) bool { return text == "0/0/00" || text == "00/00/00" }

// isZeroDate reports whether a text is how databases write an empty date, such as 0000-00-00.
func isZeroDate(text string) bool { return strings.HasPrefix(text, "0") && zeroDate.MatchString(text) }

// read reads a date in any of the common forms. It never guesses: a date that could be two is TwoDates.
func (d dateReader) read(text string) reading {
	const noYear = "1604-" // Apple's year of dates without one
	switch {
	case form.IsDate(text) && !strings.HasPrefix(text, noYear):
		return reading{date: text}
	case isZeroDate(text):
		return reading{why: Placeholder}
	case yearless.MatchString(text), strings.HasPrefix(text, noYear):
		return reading{why: NoYear}
	}
	day, _ := splitTime(text)
	parts, ok := datePartsOf(day)
	if !ok {
		return reading{why: NotDate}
	}
	if parts.numbers == 1 && parts.months == 0 {
		return d.fromDigits(parts.list[0])
	}
	return d.fromParts(parts)
}

// splitTime cuts the time off a text: 1990-03-14T00:00:00Z, 3/14/1990 12:00 AM.
func splitTime(text string) (day, timeOfDay string) {
	if before, after, ok := strings.Cut(text, "T"); ok && clock.MatchString(after) {
		return before, after
	}
	for i, r := range text {
		if after := strings.TrimLeft(text[i:], " "); unicode.IsSpace(r) && clock.MatchString(after) {
			return strings.TrimRight(text[:i], " ,"), after
		}
	}
	return text, ""
}

// datePart is a number or the name of a month.
type datePart struct {
	digits string
	month  int // 0 for a number
}

func (p datePart) number() int {
	n, _ := strconv.Atoi(p.digits) // it has few digits
	return n
}

type dateParts struct {
	list            []datePart
	numbers, months int
	points          bool // they are separated by points: 14.3.1990
}

// datePartsOf divides a date. It reports false for a text that cannot be one.
func datePartsOf(text string) (dateParts, bool) {
	const longest, digitsMax, partsMax = 40, 8, 3
	var p dateParts
	if len(text) > longest {
		return p, false
	}
	for text != "" {
		r := rune(text[0])
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) })
		switch {
		case '0' <= r && r <= '9':
			if end < 0 {
				end = len(text)
			}
			if end > digitsMax {
				return p, false
			}
			p.list = append(p.list, datePart{digits: text[:end]})
			p.numbers++
		default:
			end = strings.IndexAny(text, "0123456789")
			if end < 0 {
				end = len(text)
			}
			month, ok := between(text[:end])
			if !ok {
				return p, false
			}
			if month > 0 {
				p.list = append(p.list, datePart{month: month})
				p.months++
			} else if len(p.list) == 1 {
				p.points = strings.HasPrefix(text, ".")
			}
		}
		text = text[end:]
	}
	return p, len(p.list) > 0 && len(p.list) <= partsMax && p.numbers > 0 && p.months <= 1
}

// between reads what separates the numbers of a date: punctuation, the name of a month and small words.
func between(text string) (month int, ok bool) {
	for _, name := range strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("/-.,'’–", r)
	}) {
		name = strings.ToLower(name)
		if dateWords[name] {
			continue
		}
		n := monthOf(name)
		if n == 0 || month != 0 {
			return 0, false
		}
		month = n
	}
	return month, true
}

// dateWords are the words in dates that are no months.
var dateWords = map[string]bool{
	"de": true, "del": true, "di": true, "of": true, "st": true, "nd": true, "rd": true, "th": true, "er": true,
	"den": true, "der": true, "the": true, "г": true, "года": true, "年": true, "月": true, "日": true, "년": true,
	"월": true, "일": true, "º": true,
}

// fromDigits reads a date of digits alone: 19900314, or the number of the day in a spreadsheet.
func (d dateReader) fromDigits(p datePart) reading {
	const firstDay, lastDay = 10000, 73050 // in 1927 and 2099
	switch n := p.number(); {
	case len(p.digits) == len("19900314"):
		return d.written(n/10000, n/100%100, n%100, Rewritten)
	case len(p.digits) == len("32946") && firstDay <= n && n <= lastDay:
		day := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		return reading{day.Format(time.DateOnly), DayNumber}
	default:
		return reading{why: NotDate}
	}
}

// fromParts reads a date of three parts, or of two without the year.
func (d dateReader) fromParts(p dateParts) reading {
	a, b := p.list[0], p.list[len(p.list)-1]
	switch {
	case len(p.list) == 2 && (len(a.digits) > 2 || len(b.digits) > 2):
		return reading{why: NotDate} // a month of a year
	case len(p.list) == 2:
		return reading{why: NoYear}
	}
	middle := p.list[1]
	switch {
	case middle.month > 0 && len(a.digits) == 4:
		return d.written(a.number(), middle.month, b.number(), Rewritten)
	case middle.month > 0:
		return d.yearLast(b, middle.month, a.number())
	case a.month > 0:
		return d.yearLast(b, a.month, middle.number())
	case b.month > 0 || len(a.digits) == 3 || len(a.digits) > 4:
		return reading{why: NotDate}
	case len(a.digits) == 4:
		return d.written(a.number(), middle.number(), b.number(), Rewritten)
	case p.points: // the day comes first wherever points are used
		return d.yearLast(b, middle.number(), a.number())
	default:
		return d.inOrder(d.yearLast(b, middle.number(), a.number()), d.yearLast(b, a.number(), middle.number()))
	}
}

// inOrder returns the reading of a date of numbers in the order of its column. If only one is a date, the order is
// clear.
func (d dateReader) inOrder(dayFirst, monthFirst reading) reading {
	switch {
	case dayFirst.date == "" || dayFirst == monthFirst:
		return monthFirst
	case monthFirst.date == "" || d.order == DayFirst:
		return dayFirst
	case d.order == MonthFirst:
		return monthFirst
	default:
		return reading{why: TwoDates}
	}
}

// yearLast returns the date with a year of four digits, or of two: then it is the last such date that has passed.
func (d dateReader) yearLast(year datePart, month, day int) reading {
	y := year.number()
	switch len(year.digits) {
	case 4:
		return d.written(y, month, day, Rewritten)
	case 2:
		century := d.now.Year() / 100 * 100
		if time.Date(century+y, time.Month(month), day, 0, 0, 0, 0, time.UTC).After(d.now) {
			century -= 100
		}
		return d.written(century+y, month, day, ShortYear)
	default:
		return reading{why: NotDate}
	}
}

// written returns a date if it is in the calendar.
func (d dateReader) written(year, month, day int, why Reason) reading {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Year() != year || int(t.Month()) != month || t.Day() != day || year < 1 {
		return reading{why: NotDate}
	}
	if year == 1604 {
		return reading{why: NoYear}
	}
	return reading{t.Format(time.DateOnly), why}
}

// orderOf returns the order that a date proves: 3/14/1990 and 3/14 put the month first.
func orderOf(text string) DateOrder {
	if text == "" || text[0] < '0' || text[0] > '9' {
		return ""
	}
	day, _ := splitTime(text)
	p, ok := datePartsOf(day)
	if !ok || p.points || p.months > 0 || p.numbers < 2 || len(p.list[0].digits) > 2 || len(p.list[1].digits) > 2 {
		return ""
	}
	a, b := p.list[0].number(), p.list[1].number()
	switch {
	case isDayOnly(a) && isMonth(b):
		return DayFirst
	case isMonth(a) && isDayOnly(b):
		return MonthFirst
	default:
		return ""
	}
}

func isMonth(n int) bool { return 1 <= n && n <= 12 }

func isDayOnly(n int) bool { return 12 < n && n <= 31 }

// timestamp reads a time. A time without a zone, or a bare date, is in UTC; it is NoZone unless the heading says UTC.
func (d dateReader) timestamp(text string, utc bool) (time.Time, Reason) {
	var t time.Time
	if err := t.UnmarshalText([]byte(text)); err == nil { // stricter than time.Parse
		return stored(t, "")
	}
	day, timeOfDay := splitTime(text)
	date := d.read(day)
	if date.date == "" {
		return t, date.why
	}
	t, _ = time.Parse(time.DateOnly, date.date)
	if timeOfDay == "" {
		return stored(t, date.why)
	}
	since, zoned, ok := timeSince(clock.FindStringSubmatch(timeOfDay))
	if !ok {
		return time.Time{}, NotDate
	}
	why := date.why
	if !zoned && !utc {
		why = NoZone
	}
	return stored(t.Add(since), why)
}

// timeSince returns the time since midnight in UTC that the clock pattern has matched, and whether it names a zone.
func timeSince(match []string) (since time.Duration, zoned, ok bool) {
	n := func(i int) time.Duration { v, _ := strconv.Atoi(match[i]); return time.Duration(v) }
	hours, half, zone := n(1), strings.ToLower(match[4]), match[5]
	if half != "" {
		if hours < 1 || hours > 12 {
			return 0, false, false
		}
		if hours %= 12; half[0] == 'p' {
			hours += 12
		}
	}
	if hours > 23 || n(2) > 59 || n(3) > 59 {
		return 0, false, false
	}
	since = hours*time.Hour + n(2)*time.Minute + n(3)*time.Second
	if zone == "" || zone[0] != '+' && zone[0] != '-' {
		return since, zone != "", true
	}
	digits := strings.ReplaceAll(zone[1:], ":", "")
	offset, _ := strconv.Atoi(digits)
	shift := time.Duration(offset/100)*time.Hour + time.Duration(offset%100)*time.Minute
	if zone[0] == '+' {
		shift = -shift
	}
	return since + shift, true, true
}

// stored returns a time in the precision of the store (STO-3), and NotDate for a year that it cannot hold.
func stored(t time.Time, why Reason) (time.Time, Reason) {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, NotDate
	}
	return t, why
}
