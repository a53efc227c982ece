package dial

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// Country returns the country of a number in international form, such as DE for +49 30 5550100, or "" if the text is
// not such a number or the numbering plan has no country for it. A number that is not valid has the first country of
// its calling code.
func Country(number string) string {
	t := split(plain(number))
	if !strings.HasPrefix(t.number, "+") {
		return ""
	}
	n, err := phonenumbers.Parse(t.number, "ZZ")
	if err != nil {
		return ""
	}
	code := phonenumbers.GetRegionCodeForNumber(n)
	if code == "" {
		code = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	if len(code) != len("DE") || code == "ZZ" {
		return "" // 001 is the world
	}
	return code
}
