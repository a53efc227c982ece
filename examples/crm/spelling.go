package main

import (
	"cmp"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/biter777/countries"
)

// tagOf finds the tag that words such as "* Home" or "workFax" stand for, "" if none.
func tagOf(words string) string {
	words = squash(words)
	for _, t := range []struct{ word, tag string }{
		{"fax", "FAX"},
		{"mobile", "MOBILE"}, {"cell", "MOBILE"}, {"car", "MOBILE"},
		{"home", "HOME"}, {"personal", "HOME"},
		{"work", "WORK"}, {"business", "WORK"}, {"company", "WORK"},
		{"billing", "BILLING"}, {"shipping", "SHIPPING"},
		{"main", "MAIN"}, {"primary", "MAIN"},
		{"other", "UNTAGGED"},
	} {
		if strings.Contains(words, t.word) {
			return t.tag
		}
	}
	return ""
}

// isoDate returns a date as YYYY-MM-DD if it can be read in one way only: 31/12/1999, but not 03/04/1999.
func isoDate(text string) string {
	var date string
	for _, layout := range []string{"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2.1.2006", "2/1/2006", "1/2/2006"} {
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

// isoCountry returns the code of a country by its name or by a code in any case.
func isoCountry(text string) string {
	if strings.ContainsAny(text, "/?#") {
		return text // the library ignores all but letters, and N/A is not Namibia
	}
	if code := countries.ByName(text).Alpha2(); len(code) == 2 {
		return code
	}
	return text // the library says Unknown and None
}

// subdivisions lists the subdivisions of all countries, which the library puts together anew at each call.
var subdivisions = sync.OnceValue(countries.AllSubdivisionsByCountryCode)

var subdivisionForm = regexp.MustCompile(`^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$`)

// isoSubdivision returns the code of a part of a country, given as a code in any case, as a code without the country, or
// as a name: us-ny, NY, New York. It returns "" if there is none.
func isoSubdivision(text, country string) string {
	if subdivisionForm.MatchString(text) {
		return strings.ToUpper(text)
	}
	for _, s := range subdivisions()[countries.ByName(country)] {
		_, part, _ := strings.Cut(string(s), "-")
		if strings.EqualFold(text, part) || strings.EqualFold(text, s.String()) {
			return string(s)
		}
	}
	return ""
}
