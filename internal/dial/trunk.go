package dial

import (
	"strconv"
	"sync"

	"github.com/nyaruka/phonenumbers/v2"
)

// callingCodes has the calling codes of countries, which have at most three digits, as indices.
type callingCodes [1000]struct {
	exists bool
	trunk  string // the prefix that precedes numbers within the country; may be empty
}

var knownCodes = sync.OnceValue(func() *callingCodes {
	var known callingCodes
	for code := range phonenumbers.GetSupportedCallingCodes() {
		region := phonenumbers.GetRegionCodeForCountryCode(code)
		known[code].exists, known[code].trunk = true, phonenumbers.GetNddPrefixForRegion(region, true)
	}
	return &known
})

// National returns the digits of a number in E.164 form without its calling code, and the trunk prefix that precedes
// them when the number is dialed within its country: 30551234 and 0 for +4930551234. The prefix is empty where there is
// none; both are empty for a text that is not in E.164 form.
func National(e164 string) (digits, trunk string) {
	known := knownCodes()
	for n := len("+1"); n <= min(len("+999"), len(e164)); n++ { // no code is the beginning of another
		if code, err := strconv.ParseUint(e164[1:n], 10, 16); err == nil && known[code].exists {
			return e164[n:], known[code].trunk
		}
	}
	return "", ""
}
