package proof

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/nyaruka/phonenumbers/v2"
)

// phoneText writes a phone in ASCII where that changes nothing: digits, dashes, space and full-width forms (PHN-1,
// PHN-3). Line breaks become line feeds.
func phoneText(number string) string {
	var out []rune
	for _, r := range number {
		switch {
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point),
			r == '\u2800':
			continue
		case unicode.IsDigit(r):
			n := 0
			for unicode.IsDigit(r - 1 - rune(n)) { // the digits of a script are in order
				n++
			}
			r = '0' + rune(n%10)
		case 0xFF01 <= r && r <= 0xFF5E:
			r = r - 0xFF01 + '!'
		case 0x2010 <= r && r <= 0x2015, r == 0x2212, r == 0x30FC, r == 0xFE58, r == 0xFE63:
			r = '-'
		case slices.Contains([]rune("\n\r\v\f\u0085\u2028\u2029"), r):
			r = '\n'
		case unicode.IsSpace(r):
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

// phoneParts are the parts of a phone's text.
type phoneParts struct {
	before, core, behind string // the number, and the texts around it
	mark, extension      string
	context              string // of a tel: URI
}

var (
	wholePhone = regexp.MustCompile(`(?s)^(\D*?)(\+*(?:\+[+ .\-/()\[\]~\n]*)?[0-9](?:.*[0-9])?)(\D*)$`)
	subAddress = regexp.MustCompile(`(?s);isub=.*$`)
	// A mark of letters must not end a longer word.
	labelled = regexp.MustCompile(`(?is)^(.*?\PL)` +
		`(x|ext|xt|extn|xtn|ext?ensio(?:\x{301})?n|xtensio(?:\x{301})?n|extensión|доб|anexo|int)` + extensionEnd)
	marked       = regexp.MustCompile(`(?s)^(.*?)(#|~|,,|,|;)` + extensionEnd)
	extensionEnd = `[:.=]*[\s,-]*#?\s*([0-9]{1,20})(#|(?:\s*[\\/]\s*[xX][:.]?\s*[0-9]+)*)$`
	hashed       = regexp.MustCompile(`(?s)^(.*?[^-\s])[-\s]+([0-9]{1,6})#$`)
)

func partsOf(number string) (p phoneParts, ok bool) {
	s := phoneText(number)
	if at := strings.Index(s, ";phone-context="); at >= 0 {
		p.context, _, _ = strings.Cut(s[at+len(";phone-context="):], ";")
		p.context = pattern(`[^\pL0-9]+$`).ReplaceAllString(p.context, "")
		if p.context == "" {
			return p, false
		}
		s = s[:at]
	}
	m := wholePhone.FindStringSubmatch(subAddress.ReplaceAllString(s, ""))
	if m == nil {
		return p, false
	}
	p.before, p.core, p.behind = m[1], m[2], m[3]
	hash := ""
	if strings.HasPrefix(p.behind, "#") {
		hash = "#"
	}
	m = labelled.FindStringSubmatch(p.core + hash)
	if o := marked.FindStringSubmatch(p.core + hash); o != nil && (m == nil || len(o[1]) < len(m[1])) {
		m = o
	}
	if m != nil {
		p.mark, p.extension = m[2], m[3]
	} else if m = hashed.FindStringSubmatch(p.core + hash); m != nil {
		p.extension = m[2]
	}
	if m != nil {
		p.core, p.behind = strings.TrimRight(m[1], " \n,;"), strings.TrimPrefix(p.behind, "#")
	}
	return p, true
}

// hides reports whether characters hide digits (PHN-6).
// patterns are the compiled regular expressions, by their text.
var patterns sync.Map

func pattern(text string) *regexp.Regexp {
	if p, ok := patterns.Load(text); ok {
		return p.(*regexp.Regexp)
	}
	p := regexp.MustCompile(text)
	patterns.Store(text, p)
	return p
}

func hides(s string) bool {
	return pattern(`[*#?_•●○◯〇◦⁎∗✱×✕✖■□█▒░▓⬤⚫⚪…‥⋯¿؟]|\.\s*\.|·\s*·|---`).MatchString(s)
}

// placeholder reports whether a word stands for digits: x, or a letter again and again.
func placeholder(word string, touches bool) bool {
	runes := []rune(word)
	for _, r := range runes {
		if !strings.EqualFold(string(r), string(runes[0])) {
			return false
		}
	}
	return len(runes) > 1 || strings.ContainsAny(word, "xXхХ") || touches && strings.ContainsAny(word, "oOlLiIоО")
}

var (
	lastWord  = regexp.MustCompile(`(?s)^.*?(\pL+)(\PL*)$`)
	firstWord = regexp.MustCompile(`(?s)^(\PL*)(\pL+)`)
)

// hidden reports whether digits of a number are hidden (PHN-6).
func (p phoneParts) hidden() bool {
	gap := p.before
	if m := lastWord.FindStringSubmatch(gap); m != nil {
		gap = m[2]
		if placeholder(m[1], gap == "") && !strings.HasPrefix(gap, ":") {
			return true
		}
		if at := strings.IndexAny(gap, " \n"); at >= 0 {
			gap = gap[at:]
		}
	}
	bullet := pattern(`^[ \n:.]*[^ \n:.?_][ \n:.]+$`).MatchString(gap)
	if !bullet && (hides(gap) || strings.HasSuffix(gap, "--")) {
		return true
	}
	gap = p.behind
	if m := firstWord.FindStringSubmatch(gap); m != nil {
		if placeholder(m[2], m[1] == "") {
			return true
		}
		gap = m[1]
		if at := strings.LastIndexAny(gap, " \n"); at >= 0 {
			gap = gap[:at]
		}
	} else if strings.Contains(gap, "--") {
		return true
	}
	return hides(p.core) || hides(gap) || pattern(`\pN`).MatchString(gap)
}

// numberIn returns the number that a phone's text means, or nil.
func numberIn(number, region string) *phonenumbers.PhoneNumber {
	p, ok := partsOf(number)
	if !ok {
		return nil
	}
	if region == "BR" {
		p.core = pattern(`^0[ -]?[xX]{2}[ -]?([0-9])`).ReplaceAllString(p.core, "0$1")
	}
	if p.hidden() {
		return nil
	}
	if !hasLetter(p.core) {
		if n := p.read(p.core, p.extension, region); n != nil {
			if p.unclear(n, region) {
				return nil
			}
			return n
		}
	}
	return p.vanity(region)
}

func hasLetter(s string) bool { return pattern(`\pL`).MatchString(s) }

// read returns a valid number of at most 15 digits, or nil (PHN-1).
func (p phoneParts) read(core, extension, region string) *phonenumbers.PhoneNumber {
	s := strings.ReplaceAll(core, "\n", " ")
	if extension != "" {
		s += ";ext=" + extension
	}
	if p.context != "" {
		s += ";phone-context=" + p.context
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) || len(phonenumbers.Format(n, phonenumbers.E164)) > len("+")+15 {
		return nil
	}
	return n
}

// unclear reports whether the digits may belong to two numbers, to words, or to a number with a hidden digit (PHN-5,
// PHN-6).
func (p phoneParts) unclear(n *phonenumbers.PhoneNumber, region string) bool {
	valid := func(s string) bool { return p.read(s, "", region) != nil }
	prefix := phonenumbers.GetNddPrefixForRegion(region, true)
	begins := func(s string) bool {
		s = strings.TrimSpace(s)
		return prefix != "" && strings.HasPrefix(s, prefix) && valid(s)
	}
	digits := func(s string) int { return len(pattern(`[0-9]`).FindAllString(s, -1)) }
	for _, at := range pattern(`[/\\,;&|~\n(\[]`).FindAllStringIndex(p.core, -1) {
		one, two := p.core[:at[0]], p.core[at[1]:]
		if digits(one) >= 4 && digits(two) > 0 && (valid(one) || digits(one) > 4 && begins(two)) {
			return true
		}
	}
	if m := pattern(`^[0-9]{1,2} (.*)$`).FindStringSubmatch(p.core); m != nil && hasLetter(p.before) {
		if begins(m[1]) {
			return true
		}
	}
	glued := pattern(`^\.?\pL`).MatchString(p.behind)
	m := pattern(`(?s)^(.*)[ \n](\S{1,3})$`).FindStringSubmatch(p.core)
	if m != nil && p.extension == "" && hasLetter(p.behind) && (glued || len(m[2]) == 1) && valid(m[1]) {
		return true
	}
	switch whole, float := strings.CutSuffix(p.core, ".0"); {
	case float && valid(whole):
		return true
	case p.extension == "":
		return false
	case p.mark == "":
		return valid(p.core + p.extension)
	case p.mark == "," || p.mark == ";":
		return p.read(p.extension, "", phonenumbers.GetRegionCodeForNumber(n)) != nil
	}
	return strings.ContainsAny(p.mark[:1], "xX#") && len(phonenumbers.GetNationalSignificantNumber(n)) < 7 &&
		valid(p.core+"0"+p.extension)
}

// vanity returns the number that the letters of a text mean, or nil (PHN-7).
func (p phoneParts) vanity(region string) *phonenumbers.PhoneNumber {
	s := p.core
	if p.extension == "" {
		s += pattern(`[ .,;:!\-/)"'\n]+$`).ReplaceAllString(p.behind, "")
	}
	letters := pattern(`[a-zA-Z]+`).FindAllString(s, -1)
	word := strings.Join(letters, "")
	labels := strings.Fields("anexo cell ext extension extn fax home int main mob mobile office phone tel work xtn")
	form := pattern(`^\+?[0-9 \-.()]+[a-zA-Z][a-zA-Z \-.()]*(?:[0-9][ \-.()]*[a-zA-Z][a-zA-Z \-.()]*)*$`)
	if !form.MatchString(s) || len(word) < 3 || !pattern(`[a-zA-Z]$`).MatchString(s) ||
		slices.Contains(labels, strings.ToLower(word)) ||
		slices.ContainsFunc(append(letters, word), func(w string) bool { return placeholder(w, false) }) {
		return nil
	}
	if p.read(pattern(`[a-zA-Z]`).ReplaceAllString(s, ""), p.extension, region) != nil {
		return nil
	}
	n := p.read(phonenumbers.ConvertAlphaCharactersInNumber(s), p.extension, region)
	if n == nil {
		return nil
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.UAN:
		return n
	}
	return nil
}

// textIdentifies reports whether a phone without an E.164 form identifies a person by its text (PHN-8).
func textIdentifies(number string) bool {
	p, ok := partsOf(number)
	around := p.before + p.core + p.behind
	if !ok || p.context != "" || hasLetter(around) || hides(p.before) || hides(p.core) || hides(p.behind) {
		return false
	}
	digits := pattern(`[0-9]`).FindAllString(p.core, -1)
	return len(digits) >= 6 && slices.ContainsFunc(digits, func(d string) bool { return d != digits[0] })
}
