package contactstest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
)

// plan is a range of valid phone numbers in a country.
type plan struct {
	country string   // ISO 3166-1 alpha-2
	calling string   // country calling code
	trunk   string   // prefix of the national form, not part of the international one
	areas   []string // the first digits
	rest    string   // the last digits, N for any
}

// The plans of numbers. Those of the first group are reserved for fiction by the authority of the country, or, in the
// United States and Canada, by the administrator of the plan: no one has such a number. Numbers of the second group may
// be in use.
var plans = []*plan{
	{"US", "1", "", []string{
		"201", "202", "206", "212", "213", "303", "305", "312", "313", "404", "415", "503", "504", "512", "602", "603",
		"612", "615", "617", "619", "646", "702", "713", "716", "801", "804", "808", "901", "904", "907",
	}, "555 01NN"},
	{"CA", "1", "", []string{
		"204", "306", "403", "416", "418", "506", "514", "604", "613", "709", "867", "902",
	}, "555 01NN"},
	{"GB", "44", "0", []string{"113", "114", "116", "117", "118", "121", "131", "141", "151", "161"}, "496 0NNN"},
	{"GB", "44", "0", []string{"20"}, "7946 0NNN"},
	{"FR", "33", "0", []string{"1"}, "99 00 NN NN"},
	{"FR", "33", "0", []string{"2"}, "61 91 NN NN"},
	{"FR", "33", "0", []string{"3"}, "53 01 NN NN"},
	{"FR", "33", "0", []string{"4"}, "65 71 NN NN"},
	{"FR", "33", "0", []string{"5"}, "36 49 NN NN"},
	{"AU", "61", "0", []string{"2", "3", "7", "8"}, "5550 NNNN"},
	{"AU", "61", "0", []string{"2", "3", "7", "8"}, "7010 NNNN"},
	{"DE", "49", "0", []string{"30"}, "23125 NNN"},
	{"DE", "49", "0", []string{"40"}, "66969 NNN"},
	{"DE", "49", "0", []string{"69"}, "90009 NNN"},
	{"DE", "49", "0", []string{"221"}, "4710 NNN"},
	{"DE", "49", "0", []string{"89"}, "99998 NNN"},
	{"DE", "49", "0", []string{"171"}, "39200 NN"},
	{"SE", "46", "0", []string{"8"}, "465 004 NN"},
	{"SE", "46", "0", []string{"31"}, "390 06 NN"},
	{"SE", "46", "0", []string{"40"}, "628 04 NN"},

	{"AE", "971", "0", []string{"50", "55"}, "NNN NNNN"},
	{"AM", "374", "0", []string{"91", "77"}, "NNNNNN"},
	{"BR", "55", "", []string{"11", "21", "31"}, "99NNN NNNN"},
	{"CH", "41", "0", []string{"76", "78", "79"}, "NNN NN NN"},
	{"CN", "86", "", []string{"138", "139"}, "NNNN NNNN"},
	{"EG", "20", "0", []string{"100", "101"}, "NNN NNNN"},
	{"ES", "34", "", []string{"612", "655"}, "NN NN NN"},
	{"FI", "358", "0", []string{"40"}, "NNN NNNN"},
	{"GE", "995", "", []string{"555", "599"}, "NN NN NN"},
	{"GR", "30", "", []string{"694", "697"}, "NNN NNNN"},
	{"IL", "972", "0", []string{"522", "544"}, "NN NNNN"},
	{"IN", "91", "0", []string{"98"}, "NNN NNNNN"},
	{"IT", "39", "", []string{"347", "333"}, "NNN NNNN"},
	{"JP", "81", "0", []string{"90"}, "1NNN NNNN"},
	{"KR", "82", "0", []string{"10"}, "2NNN NNNN"},
	{"MX", "52", "", []string{"55"}, "12NN NNNN"},
	{"NG", "234", "0", []string{"803"}, "NNN NNNN"},
	{"NL", "31", "0", []string{"6"}, "12 NNNNNN"},
	{"NO", "47", "", []string{"412", "413"}, "NN NNN"},
	{"PL", "48", "", []string{"512", "601"}, "NNN NNN"},
	{"PT", "351", "", []string{"912", "961"}, "NNN NNN"},
	{"RU", "7", "8", []string{"912", "921"}, "NNN NN NN"},
	{"TH", "66", "0", []string{"81", "89"}, "NNN NNNN"},
	{"TR", "90", "0", []string{"532"}, "NNN NN NN"},
	{"UA", "380", "0", []string{"50", "67"}, "NNN NN NN"},
	{"ZA", "27", "0", []string{"82", "83"}, "NNN NNNN"},
}

// size returns how many numbers the plan has.
func (p *plan) size() int {
	n := len(p.areas)
	for range strings.Count(p.rest, "N") {
		n *= 10
	}
	return n
}

// number returns the area and the rest of the n-th number.
func (p *plan) number(n int) (area, rest string) {
	area = p.areas[n%len(p.areas)]
	n /= len(p.areas)
	digits := []byte(p.rest)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] == 'N' {
			digits[i] = byte('0' + n%10)
			n /= 10
		}
	}
	return area, string(digits)
}

// planUse counts the numbers of a plan that a generator has used.
type planUse struct {
	from int // the first number
	used int
}

// Phone returns a phone whose number is valid in its country, with the country and the E.164 form that a store derives;
// stores ignore the latter as input. It has no ID and is not primary. Every number differs from all earlier ones of the
// generator, unless [Gen.Collisions] lets it repeat one or some hundred million are used up.
//
// No one has a number in the countries AU, CA, DE, FR, GB, SE and US: these are reserved for fiction. Those of other
// countries may be in use, so no program may call them or send them messages.
func (g *Gen) Phone() contacts.Phone { return g.phoneOf(pickFrom(g, plans)) }

// phoneIn returns a phone of a country, or of any country if that one has no plan.
func (g *Gen) phoneIn(country string) contacts.Phone {
	var of []*plan
	for _, p := range plans {
		if p.country == country {
			of = append(of, p)
		}
	}
	if len(of) == 0 {
		return g.Phone()
	}
	return g.phoneOf(pickFrom(g, of))
}

func (g *Gen) phoneOf(p *plan) contacts.Phone {
	if len(g.phones) > 0 && g.chance(g.Collisions) {
		return g.tagged(pickFrom(g, g.phones))
	}
	for range plans {
		use := g.plans[p]
		if use == nil {
			use = &planUse{from: g.n(p.size())}
			g.plans[p] = use
		}
		if use.used < p.size() {
			// The step has no factor in common with any size, so it reaches every number once.
			const step = 7919
			area, rest := p.number((use.from + use.used*step) % p.size())
			use.used++
			return g.tagged(remember(&g.phones, g.typed(p, area, rest)))
		}
		p = plans[(slices.Index(plans, p)+1)%len(plans)]
	}
	clear(g.plans)
	return g.phoneOf(p)
}

// typed returns a phone in one of the forms in which people type numbers.
func (g *Gen) typed(p *plan, area, rest string) contacts.Phone {
	phone := contacts.Phone{
		CountryCode: p.country, E164: "+" + p.calling + area + strings.ReplaceAll(rest, " ", ""),
	}
	switch g.n(6) {
	case 0, 1:
		phone.Number = p.trunk + area + " " + rest
	case 2:
		phone.Number = "+" + p.calling + " " + area + " " + rest
	case 3:
		phone.Number = phone.E164
	case 4:
		phone.Number = "(" + p.trunk + area + ") " + strings.ReplaceAll(rest, " ", "-")
	default:
		phone.Number = p.trunk + area + "-" + strings.ReplaceAll(rest, " ", "")
	}
	if g.n(32) == 31 {
		phone.Number += " ext. " + strconv.Itoa(1+g.n(99))
	}
	return phone
}

func (g *Gen) tagged(p contacts.Phone) contacts.Phone {
	p.Tag = pick(g, "", contacts.PhoneUntagged, contacts.PhoneMain, contacts.PhoneHome, contacts.PhoneMobile,
		contacts.PhoneWork, contacts.PhoneFax)
	return p
}
