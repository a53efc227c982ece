package csvio

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

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
	fieldFirstName
	fieldLastName
	fieldFullName
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
	fieldCountry
	fieldFormatted

	fieldCount
)

// meaning is the meaning of a column, read from its heading.
type meaning struct {
	kind  kind
	field field
	group string // distinguishes items of the same kind; for an extended field, its key
	utc   bool   // times without a zone are in UTC
}

// headings lists the recognized headings, as patterns for squashed names. They cover common hand-written headings and
// the exports of Google Contacts, Outlook, Thunderbird and the service. The capturing parentheses match the group,
// which all columns of one item share.
var headings = sync.OnceValue(func() []heading {
	var list []heading
	add := func(k kind, f field, words string) {
		list = append(list, heading{k, f, regexp.MustCompile(`^(?:` + words + `)$`)})
	}
	const (
		createdWords = `(?:created(?:date|at|on|time)|datecreated)`
		updatedWords = `(?:(?:last)?updated(?:date|at|on|time)|dateupdated)`
		utc          = `utc0*` // "(UTC+0)"
	)
	add(kindPerson, fieldID, `(?:contact)?id`)
	add(kindPerson, fieldCreated, createdWords)
	add(kindPerson, fieldUpdated, updatedWords)
	add(kindPerson, fieldCreated, createdWords+utc)
	add(kindPerson, fieldUpdated, updatedWords+utc)
	add(kindPerson, fieldLabelNames, `labels|categories|groupmembership`)
	add(kindPerson, fieldFirstName, `first(?:name)?|givenname|forename`)
	add(kindPerson, fieldLastName, `last(?:name)?|surname|familyname`)
	add(kindPerson, fieldFullName, `(?:full|display)?name`)
	add(kindPerson, fieldCompany, `company(?:name)?|employer|organi[sz]ation\d*(?:name)?`)
	add(kindPerson, fieldJobTitle, `jobtitle|position|role|organi[sz]ation\d*title`)
	add(kindPerson, fieldBirthdate, `birth(?:day|date)|dateofbirth|bday|dob`)
	add(kindPerson, fieldBirthYear, `birthyear`)
	add(kindPerson, fieldBirthMonth, `birthmonth`)
	add(kindPerson, fieldLocale, `locale`)

	const email = `((?:main|primary|secondary|home|personal|work|business|other)?e?mail)(\d*)(?:address)?(\d*)`
	add(kindEmail, fieldValue, email+`(?:value)?`)
	add(kindEmail, fieldTag, email+`(?:type|label)`)

	const phone = `((?:main|primary|home|personal|work|business|company|companymain|other|car)?` +
		`(?:mobile|cell)?(?:phone|telephone|tel|fax|mobile|cell))(\d*)(?:number)?(\d*)`
	add(kindPhone, fieldValue, phone+`(?:value)?`)
	add(kindPhone, fieldTag, phone+`(?:type|label)`)

	const address = `((?:home|work|business|other|billing|shipping|mailing|postal)?(?:address\d*)?)`
	add(kindAddress, fieldWholeAddress, address+`address`)
	add(kindAddress, fieldStreetLine, address+`(?:street(?:address|name|line)?1?|address1|addressline1?)`)
	add(kindAddress, fieldStreetNumber, address+`(?:street|house)number`)
	add(kindAddress, fieldMoreLines, address+`(?:(?:street|streetline|address|addressline)[23]|extendedaddress|pobox)`)
	add(kindAddress, fieldCity, address+`(?:city|town|locality|suburb)`)
	add(kindAddress, fieldRegion, address+`(?:region|state|stateregion|stateprovince|province|subdivision)`)
	add(kindAddress, fieldPostalCode, address+`(?:(?:post|postal|zip|zippostal|postalzip)code|zip)`)
	add(kindAddress, fieldCountry, address+`country(?:code|region)?`)
	add(kindAddress, fieldFormatted, address+`formatted(?:address)?`)
	add(kindAddress, fieldTag, `(address\d*)(?:type|label)`)
	return list
})

type heading struct {
	kind    kind
	field   field
	pattern *regexp.Regexp
}

// recognize returns the meaning of a heading, regardless of any options.
func recognize(name string) (meaning, bool) {
	key := squash(name)
	for _, h := range headings() {
		match := h.pattern.FindStringSubmatch(key)
		if match == nil {
			continue
		}
		groupName := strings.Join(match[1:], "")
		if h.kind == kindAddress && !strings.ContainsFunc(groupName, unicode.IsDigit) {
			groupName = strings.TrimSuffix(groupName, "address") // "Home City", "Home Address PO Box"
		}
		return meaning{h.kind, h.field, groupName, strings.Contains(key, "utc")}, true
	}
	return meaning{}, false
}

// squash removes case, spaces, punctuation and invisible characters, so that "E-mail 1 - Value" and "email_1_value"
// become equal. It keeps a name without letters and digits unchanged; otherwise all such names would be equal.
func squash(name string) string {
	squashed := strings.Map(func(r rune) rune {
		if !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) {
			return -1
		}
		return fold.Rune(r)
	}, fold.Name(name))
	if squashed == "" {
		return fold.Name(name)
	}
	return squashed
}
