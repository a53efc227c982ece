package csvio

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/fold"
)

// kind is the part of a contact that a column belongs to.
type kind int

const (
	kindPerson kind = iota
	kindEmail
	kindPhone
	kindAddress
	kindExtended
)

// field is the part of an item that a column holds.
type field int

const (
	fieldUnknown field = iota
	fieldID
	fieldCreated
	fieldUpdated
	fieldLabelNames
	fieldConsent
	fieldFirstName
	fieldMiddleName
	fieldLastName
	fieldFullName
	fieldPrefix
	fieldSuffix
	fieldCompany
	fieldJobTitle
	fieldBirthdate // only the day if there is a column for the birth year
	fieldBirthYear
	fieldBirthMonth
	fieldLocale
	fieldValue        // an email address, a phone number or the value of an extended field
	fieldTag          // home, work, …
	fieldWholeAddress // or only the street, see builder.address
	fieldStreetLine
	fieldStreetNumber
	fieldMoreLines
	fieldCity
	fieldRegion
	fieldPostalCode
	fieldCountry // also of a phone
	fieldFormatted

	fieldCount
)

// meaning is the meaning of a column, read from its heading.
type meaning struct {
	kind    kind
	field   field
	group   string // distinguishes items of the same kind; for an extended field, its key
	tag     string // of the item
	utc     bool   // times without a zone are in UTC
	consent consent
}

// A word is what a heading, or a part of one, can mean: the first column of headings.csv. Headings of emails, phones
// and addresses are composed of several words: "Home", "Phone" and "2".
type word struct {
	kind      kind
	field     field
	tag       string
	qualifies bool // it needs another word: home, work, …
	consent   consent
}

// The words that are more than a field.
const (
	wordPlain   = "plain"   // means nothing beside another word: "Customer Email"
	wordValue   = "value"   // Google's "E-mail 1 - Value"
	wordType    = "type"    // Google's "E-mail 1 - Type"
	wordAddress = "address" // a whole address, or the beginning of "Address 1 - City"
	wordNothing = "nothing" // a heading that misleads
)

var words = map[string]word{
	"first": {field: fieldFirstName}, "middle": {field: fieldMiddleName}, "last": {field: fieldLastName},
	"full": {field: fieldFullName}, "prefix": {field: fieldPrefix}, "suffix": {field: fieldSuffix},
	"company": {field: fieldCompany}, "jobtitle": {field: fieldJobTitle}, "locale": {field: fieldLocale},
	"birthdate": {field: fieldBirthdate}, "birthyear": {field: fieldBirthYear}, "birthmonth": {field: fieldBirthMonth},
	"labels": {field: fieldLabelNames}, "id": {field: fieldID}, "created": {field: fieldCreated},
	"updated": {field: fieldUpdated},

	"email": {kind: kindEmail, field: fieldValue}, "phone": {kind: kindPhone, field: fieldValue},
	"mobile":    {kind: kindPhone, field: fieldValue, tag: "MOBILE"},
	"fax":       {kind: kindPhone, field: fieldValue, tag: "FAX"},
	"homephone": {kind: kindPhone, field: fieldValue, tag: "HOME"},
	"workphone": {kind: kindPhone, field: fieldValue, tag: "WORK"},
	"mainphone": {kind: kindPhone, field: fieldValue, tag: "MAIN"},

	wordAddress: {kind: kindAddress, field: fieldWholeAddress}, "street": {kind: kindAddress, field: fieldStreetLine},
	"housenumber": {kind: kindAddress, field: fieldStreetNumber}, "moreline": {kind: kindAddress,
		field: fieldMoreLines},
	"city": {kind: kindAddress, field: fieldCity}, "region": {kind: kindAddress, field: fieldRegion},
	"postcode": {kind: kindAddress, field: fieldPostalCode}, "country": {kind: kindAddress, field: fieldCountry},
	"formatted": {kind: kindAddress, field: fieldFormatted},

	"home": {qualifies: true, tag: "HOME"}, "work": {qualifies: true, tag: "WORK"},
	"other": {qualifies: true, tag: "UNTAGGED"}, "main": {qualifies: true, tag: "MAIN"},
	"billing": {qualifies: true, tag: "BILLING"}, "shipping": {qualifies: true, tag: "SHIPPING"},
	wordPlain: {qualifies: true}, wordValue: {qualifies: true}, wordType: {qualifies: true, field: fieldTag},
	wordNothing: {},

	"emailstatus": {field: fieldConsent, consent: consent{of: ofEmail, says: saysStatus}},
	"emailin":     {field: fieldConsent, consent: consent{of: ofEmail, says: saysYes}},
	"emailout":    {field: fieldConsent, consent: consent{of: ofEmail, says: saysNo}},
	"phonestatus": {field: fieldConsent, consent: consent{of: ofPhone, says: saysStatus}},
	"phonein":     {field: fieldConsent, consent: consent{of: ofPhone, says: saysYes}},
	"phoneout":    {field: fieldConsent, consent: consent{of: ofPhone, says: saysNo}},
	"allout":      {field: fieldConsent, consent: consent{of: ofEmail | ofPhone, says: saysNo}},
	"status":      {field: fieldConsent, consent: consent{of: ofEmail, says: saysAnything}},
}

// headings.csv lists the headings by their word, with the program that writes them, and the heading that must be beside
// them, if any. A heading that ends with a star may continue, and what is between two stars may be anywhere in a
// heading that is not in the table: no objection must be lost.
//
//go:embed headings.csv
var headingTable string

// dictionary is headings.csv, by squashed heading.
type dictionary struct {
	names  map[string][]string    // the words
	beside map[string][]neighbour // the words in certain company
	starts map[string]string      // the words of headings that may continue
	within []within               // the words of what may be anywhere in a heading
}

// within is a word that a heading has for a part of it.
type within struct{ part, word string }

// neighbour is a word that a heading has beside another heading.
type neighbour struct{ heading, word string }

var headings = sync.OnceValue(func() *dictionary {
	table := csv.NewReader(strings.NewReader(headingTable))
	table.FieldsPerRecord = -1 // most rows lack the last column
	rows, err := table.ReadAll()
	if err != nil {
		panic("csvio: headings.csv: " + err.Error()) // a test reads it
	}
	d := &dictionary{
		names: make(map[string][]string), beside: make(map[string][]neighbour), starts: make(map[string]string),
	}
	for _, row := range rows[1:] {
		name, beside := row[0], ""
		if len(row) > 3 {
			beside = squash(row[3])
		}
		for heading := range strings.SplitSeq(row[2], "|") {
			key := squash(heading)
			switch {
			case beside != "":
				d.beside[key] = append(d.beside[key], neighbour{beside, name})
			case strings.HasPrefix(heading, "*"):
				d.within = append(d.within, within{key, name})
			case strings.HasSuffix(heading, "*"):
				d.starts[key] = name
			case !slices.Contains(d.names[key], name):
				d.names[key] = append(d.names[key], name)
			}
		}
	}
	return d
})

// recognize returns the meaning of a heading, regardless of any options. present reports which squashed headings are in
// the same file.
func recognize(name string, present map[string]bool) (meaning, bool) {
	key := squash(name)
	letters, numbers := digitsOut(key)
	d := headings()
	for _, n := range d.beside[key] {
		if present[n.heading] {
			return wholeMeaning(n.word)
		}
	}
	if strings.HasSuffix(letters, "utc") && strings.Trim(numbers.all(), "0") == "" {
		if m, ok := momentIn(letters); ok {
			return m, true
		}
	}
	for start, name := range d.starts {
		if strings.HasPrefix(key, start) {
			return wholeMeaning(name)
		}
	}
	if parts := segment(letters); parts != nil {
		if m, ok := compose(parts, numbers); ok {
			return m, true
		}
	}
	return d.objection(letters)
}

// objection returns the meaning of a heading that is not in the table but is about an objection.
func (d *dictionary) objection(letters string) (meaning, bool) {
	var found meaning
	for _, w := range d.within {
		if !strings.Contains(letters, w.part) {
			continue
		}
		m, ok := wholeMeaning(w.word)
		if !ok {
			return meaning{}, false
		}
		if found.field == fieldUnknown || m.consent.of == ofPhone {
			found = m
		}
	}
	return found, found.field != fieldUnknown
}

// momentIn returns the meaning of a heading such as "Created At (UTC)".
func momentIn(letters string) (meaning, bool) {
	for _, key := range []string{letters, strings.TrimSuffix(letters, "utc")} {
		for _, name := range headings().names[key] {
			if f := words[name].field; f == fieldCreated || f == fieldUpdated {
				return meaning{field: f, utc: true}, true
			}
		}
	}
	return meaning{}, false
}

// wholeMeaning returns the meaning of a heading that is one word.
func wholeMeaning(name string) (meaning, bool) {
	w := words[name]
	m := meaning{kind: w.kind, field: w.field, group: w.tag, tag: w.tag, consent: w.consent}
	return m, m.field != fieldUnknown
}

const composedMax = 80 // bytes: no composed heading is that long

// segment divides the letters of a heading into as few words of the dictionary as possible. It returns nil if there is
// no such division.
func segment(letters string) []part {
	if letters == "" || len(letters) > composedMax {
		return nil
	}
	names := headings().names
	best := make([][]part, len(letters)+1) // of the first bytes
	best[0] = []part{}
	for end := 1; end <= len(letters); end++ {
		for start := range end {
			if best[start] == nil || best[end] != nil && len(best[start])+1 >= len(best[end]) {
				continue
			}
			if found := names[letters[start:end]]; found != nil {
				best[end] = append(slices.Clip(best[start]), part{found, start, end})
			}
		}
	}
	return best[len(letters)]
}

// part is a part of a heading: the words it can mean, and its place in the letters.
type part struct {
	names      []string
	start, end int
}

// number is a number in a heading, and its place in the letters.
type number struct {
	at     int
	digits string
}

type numbers []number

func (n numbers) all() string {
	var b strings.Builder
	for _, one := range n {
		b.WriteString(one.digits)
	}
	return b.String()
}

// in returns the digits within a part or right after it.
func (n numbers) in(p part) string {
	for _, one := range n {
		if p.start < one.at && one.at <= p.end {
			return one.digits
		}
	}
	return ""
}

// digitsOut takes the numbers out of a squashed heading.
func digitsOut(key string) (letters string, found numbers) {
	if strings.IndexFunc(key, unicode.IsDigit) < 0 {
		return key, nil
	}
	var b strings.Builder
	for _, r := range key {
		switch {
		case !unicode.IsDigit(r):
			b.WriteRune(r)
		case len(found) > 0 && found[len(found)-1].at == b.Len():
			found[len(found)-1].digits += string(r)
		default:
			found = append(found, number{b.Len(), string(r)})
		}
	}
	return b.String(), found
}

// squash removes case, spaces, punctuation and invisible characters, so that "E-mail 1 - Value" and "email_1_value"
// become equal. It keeps a name without letters and digits unchanged; otherwise all such names would be equal.
func squash(name string) string {
	plain := true
	for i := 0; i < len(name) && plain; i++ {
		plain = name[i] < utf8.RuneSelf
	}
	if !plain {
		name = fold.Name(name)
	}
	squashed := strings.Map(func(r rune) rune {
		switch {
		case !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark):
			return -1
		case r == 'İ' || r == 'ı': // the Turkish letters have no case in common with the others
			return 'i'
		default:
			return fold.Rune(r)
		}
	}, name)
	if squashed == "" {
		return fold.Name(name)
	}
	return squashed
}
