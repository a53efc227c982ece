package csvio

import (
	"regexp"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
)

// undamaged undoes what spreadsheets and programs do to a cell: ="01067", '+49 151 55501010. It reports whether the
// cell is lost: a spreadsheet has put an error in its place.
func undamaged(text string) (string, bool) {
	switch text[0] {
	case '#':
		return text, errorWords[strings.ToUpper(text)] || len(text) > 1 && strings.Trim(text, "#") == ""
	case '=':
		if inside, ok := strings.CutPrefix(text, `="`); ok {
			if inside, ok = strings.CutSuffix(inside, `"`); ok && !strings.Contains(inside, `"`) {
				return fold.Trimmed(inside), false
			}
		}
	case '\'':
		if guarded(text) {
			return fold.Trimmed(text[1:]), false
		}
	}
	if strings.IndexByte(text, 0) >= 0 {
		return fold.Trimmed(strings.ReplaceAll(text, "\x00", "")), false
	}
	return text, false
}

var errorWords = map[string]bool{
	"#N/A": true, "#NAME?": true, "#REF!": true, "#VALUE!": true, "#DIV/0!": true, "#NUM!": true, "#NULL!": true,
	"#ERROR!": true, "#SPILL!": true, "#CALC!": true, "#NV": true, "#WERT!": true, "#BEZUG!": true, "#ZAHL!": true,
	"#NOM?": true, "#VALEUR!": true, "#¿NOMBRE?": true, "#VALOR!": true,
}

// guarded reports whether a text begins with an apostrophe that keeps a spreadsheet from computing it or from dropping
// its zeros, unlike that of 't Hooft.
func guarded(text string) bool {
	rest := strings.TrimLeft(text, "'")
	return len(rest) < len(text) && rest != "" && (computed(rest) || '0' <= rest[0] && rest[0] <= '9')
}

// computed reports whether a spreadsheet would take a text for a formula.
func computed(text string) bool { return text != "" && strings.IndexByte("=+-@\t\r", text[0]) >= 0 }

// guard protects a cell to be written from spreadsheets. undamaged takes the apostrophe off again.
func guard(text string) string {
	switch shown := fold.Trimmed(text); {
	case computed(shown) || guarded(shown):
		return "'" + shown
	case computed(text): // it begins with a tab or CR
		return shown
	default:
		return text
	}
}

var (
	scientific = regexp.MustCompile(`^[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,2}$`) // 4.91512E+11
	pointZero  = regexp.MustCompile(`^\d{4,}\.0$`)                         // 15155501010.0
)

// shortened reports whether a spreadsheet has replaced the digits of a number by an exponent.
func shortened(text string) bool { return scientific.MatchString(text) }
