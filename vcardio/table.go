package vcardio

import (
	"strings"

	"github.com/contactsdb/contacts"
)

// table maps properties to parts of a contact, in the order in which they are read: phones need addresses, names need
// everything that a card can have in place of a name. docs/vcard.md has the same in words.
var table = []entry{
	{"KIND X-ADDRESSBOOKSERVER-KIND", (*builder).kind},
	{"X-ABLABEL", (*builder).groupLabels},
	{"PRODID CLASS MAILER SOURCE PROFILE X-ABUID X-ABSHOWAS MEMBER X-ADDRESSBOOKSERVER-MEMBER", (*builder).nothing},
	{"X-CONTACTS-FIELD", (*builder).ownFields},
	{"ORG", (*builder).organization},
	{"TITLE", (*builder).title},
	{"ROLE", (*builder).role},
	{"X-ABADR", (*builder).groupCountries},
	{"ADR", (*builder).addresses},
	{"LABEL", (*builder).addressLabels},
	{"GEO", (*builder).geocodes},
	{"TEL", (*builder).phones},
	{"EMAIL", (*builder).emails},
	{"N", (*builder).name},
	{"FN", (*builder).fullName},
	{"BDAY", (*builder).birthdate},
	{"LANG", (*builder).locale},
	{"CREATED X-CREATED", (*builder).created},
	{"REV", (*builder).updated},
	{"UID", (*builder).uid},
	{"X-CONTACTS-LABEL", (*builder).ownLabels},
	{"CATEGORIES", (*builder).categories},
	{"PHOTO", (*builder).picture},
	{"LOGO", (*builder).picture},
	{"AGENT", (*builder).agent},
	{fieldProperties(), (*builder).fieldValues},
	{"IMPP", (*builder).messaging},
	{"X-ABDATE", (*builder).labelledDates},
	{"X-ABRELATEDNAMES", (*builder).labelledNames},
	{"RELATED", (*builder).related},
	{"GENDER X-GENDER X-WAB-GENDER", (*builder).gender},
	{"SOUND", (*builder).sound},
	{"X-ANDROID-CUSTOM", (*builder).android},
	{"", (*builder).rest}, // all others
}

type entry struct {
	names string // of properties, separated by spaces
	read  func(b *builder, found []*property)
}

// fieldTable lists the properties whose text is the value of an extended field. The first property of a field is the
// one that Write writes.
var fieldTable = []struct {
	property, field string
	typ             contacts.DataType
}{
	{"NICKNAME", "Nickname", contacts.DataText},
	{"X-NICKNAME", "Nickname", contacts.DataText},
	{"NOTE", "Notes", contacts.DataText},
	{"URL", "Website", contacts.DataURL},
	{"X-SOCIALPROFILE", "Website", contacts.DataURL},
	{"ANNIVERSARY", "Anniversary", contacts.DataDate},
	{"X-ANNIVERSARY", "Anniversary", contacts.DataDate},
	{"X-MS-ANNIVERSARY", "Anniversary", contacts.DataDate},
	{"X-EVOLUTION-ANNIVERSARY", "Anniversary", contacts.DataDate},
	{"X-KADDRESSBOOK-X-ANNIVERSARY", "Anniversary", contacts.DataDate},
	{"DEATHDATE", "Date of Death", contacts.DataDate},
	{"X-PHONETIC-FIRST-NAME", "Phonetic First Name", contacts.DataText},
	{"X-PHONETIC-MIDDLE-NAME", "Phonetic Middle Name", contacts.DataText},
	{"X-PHONETIC-LAST-NAME", "Phonetic Last Name", contacts.DataText},
	{"X-PHONETIC-ORG", "Phonetic Company", contacts.DataText},
	{"SORT-STRING", "Sort Name", contacts.DataText},
	{"X-SPOUSE", "Spouse", contacts.DataText},
	{"X-MS-SPOUSE", "Spouse", contacts.DataText},
	{"X-EVOLUTION-SPOUSE", "Spouse", contacts.DataText},
	{"X-KADDRESSBOOK-X-SPOUSESNAME", "Spouse", contacts.DataText},
	{"X-MANAGER", "Manager", contacts.DataText},
	{"X-MS-MANAGER", "Manager", contacts.DataText},
	{"X-EVOLUTION-MANAGER", "Manager", contacts.DataText},
	{"X-KADDRESSBOOK-X-MANAGERSNAME", "Manager", contacts.DataText},
	{"X-ASSISTANT", "Assistant", contacts.DataText},
	{"X-MS-ASSISTANT", "Assistant", contacts.DataText},
	{"X-EVOLUTION-ASSISTANT", "Assistant", contacts.DataText},
	{"X-KADDRESSBOOK-X-ASSISTANTSNAME", "Assistant", contacts.DataText},
	{"X-KADDRESSBOOK-X-PROFESSION", "Profession", contacts.DataText},
	{"X-AIM", "AIM", contacts.DataText},
	{"X-ICQ", "ICQ", contacts.DataText},
	{"X-MSN", "MSN", contacts.DataText},
	{"X-YAHOO", "Yahoo", contacts.DataText},
	{"X-JABBER", "Jabber", contacts.DataText},
	{"X-SKYPE", "Skype", contacts.DataText},
	{"X-SKYPE-USERNAME", "Skype", contacts.DataText},
	{"X-GTALK", "Google Talk", contacts.DataText},
	{"X-GOOGLE-TALK", "Google Talk", contacts.DataText},
	{"X-QQ", "QQ", contacts.DataText},
	{"X-SIP", "SIP", contacts.DataText},
	{"X-GADUGADU", "Gadu-Gadu", contacts.DataText},
	{"X-GROUPWISE", "GroupWise", contacts.DataText},
	{"X-TWITTER", "Twitter", contacts.DataText},
	{"X-MS-IMADDRESS", "Instant Messaging", contacts.DataText},
	{"X-KADDRESSBOOK-X-IMADDRESS", "Instant Messaging", contacts.DataText},
}

// services maps the services and URI schemes of IMPP to extended fields.
var services = []struct{ service, scheme, field string }{
	{"AIM", "aim", "AIM"}, {"ICQ", "icq", "ICQ"}, {"MSN", "msnim", "MSN"}, {"MSN", "msn", "MSN"},
	{"YAHOO", "ymsgr", "Yahoo"}, {"JABBER", "xmpp", "Jabber"}, {"XMPP", "xmpp", "Jabber"},
	{"SKYPE", "skype", "Skype"}, {"GTALK", "gtalk", "Google Talk"}, {"GOOGLETALK", "xmpp", "Google Talk"},
	{"QQ", "qq", "QQ"}, {"SIP", "sip", "SIP"}, {"SIP", "sips", "SIP"}, {"GADUGADU", "gg", "Gadu-Gadu"},
	{"GROUPWISE", "groupwise", "GroupWise"}, {"TWITTER", "twitter", "Twitter"},
}

// relations maps kinds of related people, in RELATED and in the labels of X-ABRELATEDNAMES, to extended fields. The
// labels of X-ABDATE are there, too.
var relations = map[string]string{
	"spouse": "Spouse", "partner": "Partner", "child": "Child", "son": "Son", "daughter": "Daughter",
	"mother": "Mother", "father": "Father", "parent": "Parent", "brother": "Brother", "sister": "Sister",
	"sibling": "Sibling", "friend": "Friend", "relative": "Relative", "manager": "Manager", "assistant": "Assistant",
	"colleague": "Colleague", "emergency": "Emergency Contact",
}

func fieldProperties() string {
	var names []string
	for _, f := range fieldTable {
		names = append(names, f.property)
	}
	return strings.Join(names, " ")
}

// entries maps the name of each property in the table to its entry.
var entries = func() map[string]int {
	index := make(map[string]int)
	for i, entry := range table {
		for name := range strings.FieldsSeq(entry.names) {
			index[name] = i
		}
	}
	return index
}()

// entryOf returns the index of the entry of a property.
func entryOf(name string) int {
	if i, ok := entries[name]; ok {
		return i
	}
	return len(table) - 1
}
