package legacy

import (
	"regexp"
	"strings"
	"time"
)

// dateLayouts are the calendar and ordinal dates of ISO 8601, each in the extended and the basic format.
var dateLayouts = []string{time.DateOnly, "20060102", "2006-002", "2006002"}

// weekDate is a date of ISO 8601 by week: the year, then the week and the day in either format.
var weekDate = regexp.MustCompile(`^([0-9]{4})(?:-W([0-9]{2})-([1-7])|W([0-9]{2})([1-7]))$`)

// clock is a time of day of ISO 8601 in either format, cut off after any part, which may have a fraction; then the zone
// if there is one. 24:00 is the end of a day, and a minute can end with the leap second 60.
var clock = regexp.MustCompile(`^(?:(?:[01][0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9]|:?(?:60))?)?(?:[.,][0-9]+)?` +
	`|24(?::?00(?::?00)?)?(?:[.,]0+)?)` +
	`(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?$`)

// day returns the day of an ISO 8601 date as YYYY-MM-DD: as written, whatever time and zone follow, because a birthday
// has no time zone (LEG-16).
func day(text string) (string, bool) {
	text = strings.ToUpper(text) // RFC 3339 allows t and z
	date, timeOfDay, hasTime := strings.Cut(text, "T")
	if hasTime && !clock.MatchString(timeOfDay) {
		return "", false
	}
	on, ok := calendarDay(date)
	if !ok {
		return "", false
	}
	return on.Format(time.DateOnly), true
}

// calendarDay parses a date of ISO 8601 with four digits for the year.
func calendarDay(date string) (time.Time, bool) {
	for _, layout := range dateLayouts {
		if on, err := time.Parse(layout, date); err == nil && len(date) == len(layout) {
			return on, true
		}
	}
	parts := weekDate.FindStringSubmatch(date)
	if parts == nil {
		return time.Time{}, false
	}
	number := func(digits string) (n int) {
		for _, digit := range digits {
			n = 10*n + int(digit-'0')
		}
		return n
	}
	year, week, weekday := number(parts[1]), number(parts[2]+parts[4]), number(parts[3]+parts[5])
	inFirstWeek := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday := inFirstWeek.AddDate(0, 0, -(int(inFirstWeek.Weekday())+6)%7)
	on := monday.AddDate(0, 0, 7*(week-1)+weekday-1)
	isoYear, isoWeek := on.ISOWeek()
	return on, isoYear == year && isoWeek == week && on.Year() >= 0 && on.Year() <= 9999
}
