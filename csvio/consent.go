package csvio

import (
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/dial"
)

// consent is what a column of a subscription is about. The zero value is no such column.
type consent struct {
	of   channel
	says saying
}

// channel is a set of the addresses that a consent is for: the primary email, a phone, or both.
type channel int

const (
	ofEmail channel = 1 << iota
	ofPhone
)

// saying is what a cell of the column says.
type saying int

const (
	saysStatus   saying = iota // a word such as "subscribed"
	saysYes                    // whether the person has agreed
	saysNo                     // whether the person has objected
	saysAnything               // a word that need not be about a subscription
)

// statusWords are the words for subscription statuses, by squashed text. Each program has its own.
var statusWords = map[string]contacts.SubscriptionStatus{
	"subscribed": contacts.SubscriptionSubscribed, "optedin": contacts.SubscriptionSubscribed,
	"optin": contacts.SubscriptionSubscribed, "doubleoptin": contacts.SubscriptionSubscribed,
	"singleoptin": contacts.SubscriptionSubscribed, "confirmedoptin": contacts.SubscriptionSubscribed,

	"unsubscribed": contacts.SubscriptionUnsubscribed, "unsubscribe": contacts.SubscriptionUnsubscribed,
	"optedout": contacts.SubscriptionUnsubscribed, "optout": contacts.SubscriptionUnsubscribed,
	"globallyunsubscribed": contacts.SubscriptionUnsubscribed, "abgemeldet": contacts.SubscriptionUnsubscribed,
	"suppressed": contacts.SubscriptionUnsubscribed, "complained": contacts.SubscriptionUnsubscribed,
	"complaint": contacts.SubscriptionUnsubscribed, "spamcomplaint": contacts.SubscriptionUnsubscribed,
	"spam": contacts.SubscriptionUnsubscribed, "reportedspam": contacts.SubscriptionUnsubscribed,
	"donotcontact": contacts.SubscriptionUnsubscribed, "donotemail": contacts.SubscriptionUnsubscribed,
	"blacklisted": contacts.SubscriptionUnsubscribed, "blocklisted": contacts.SubscriptionUnsubscribed,
	"désinscrit": contacts.SubscriptionUnsubscribed, "désabonné": contacts.SubscriptionUnsubscribed,

	"neversubscribed": contacts.SubscriptionNotSet, "notsubscribed": contacts.SubscriptionNotSet,
	"nonsubscribed": contacts.SubscriptionNotSet, "notset": contacts.SubscriptionNotSet,
	"nosubscriptionstatus": contacts.SubscriptionNotSet,
}

// ownStatusWords are words that mean a status only in a column of subscriptions.
var ownStatusWords = map[string]contacts.SubscriptionStatus{
	"active": contacts.SubscriptionSubscribed, "confirmed": contacts.SubscriptionSubscribed,
	"explicit": contacts.SubscriptionSubscribed, "express": contacts.SubscriptionSubscribed,
	"implicit": contacts.SubscriptionSubscribed, "implied": contacts.SubscriptionSubscribed,
	"granted": contacts.SubscriptionSubscribed, "abonniert": contacts.SubscriptionSubscribed,
	"angemeldet": contacts.SubscriptionSubscribed, "enabled": contacts.SubscriptionSubscribed,

	"pending": contacts.SubscriptionPending, "unconfirmed": contacts.SubscriptionPending,
	"awaitingconfirmation": contacts.SubscriptionPending, "pendingconfirmation": contacts.SubscriptionPending,
	"notconfirmed": contacts.SubscriptionPending, "waitingforconfirmation": contacts.SubscriptionPending,

	"inactive": contacts.SubscriptionUnsubscribed, "removed": contacts.SubscriptionUnsubscribed,
	"cancelled": contacts.SubscriptionUnsubscribed, "canceled": contacts.SubscriptionUnsubscribed,
	"denied": contacts.SubscriptionUnsubscribed, "declined": contacts.SubscriptionUnsubscribed,
	"refused": contacts.SubscriptionUnsubscribed, "revoked": contacts.SubscriptionUnsubscribed,
	"withdrawn": contacts.SubscriptionUnsubscribed, "disabled": contacts.SubscriptionUnsubscribed,
	"blocked": contacts.SubscriptionUnsubscribed,

	"noconsent": contacts.SubscriptionNotSet, "none": contacts.SubscriptionNotSet, "never": contacts.SubscriptionNotSet,
	"transactional": contacts.SubscriptionNotSet, "unknown": contacts.SubscriptionNotSet,
	"notoptedin": contacts.SubscriptionNotSet, "nostatus": contacts.SubscriptionNotSet,
	"allow": contacts.SubscriptionNotSet, "allowed": contacts.SubscriptionNotSet,
}

var yesWords = wordSet("1 true yes y t x on ✓ ✔ ☑ ja j wahr oui vrai si sí sì verdadero vero sim verdadeiro tak prawda " +
	"ano да истина evet doğru はい 是 예 kyllä")

var noWords = wordSet("0 false no n f off ✗ ✘ ☐ nein falsch non faux falso não nao nee onwaar nej nei falskt usann " +
	"nie fałsz ne нет ложь hayır yanlış いいえ 否 아니오 ei")

func wordSet(list string) map[string]bool {
	set := make(map[string]bool)
	for text := range strings.FieldsSeq(list) {
		set[squash(text)] = true
	}
	return set
}

// read returns the status that a cell gives, and whether it can be read. Whatever is doubtful counts as an objection
// rather than as no objection: a column "Unsubscribed" may hold a date or a reason.
func (c consent) read(text string) (contacts.SubscriptionStatus, bool) {
	key := squash(text)
	yes, no := yesWords[key], noWords[key]
	status, known := statusWords[key]
	if !known && c.says != saysAnything {
		status, known = ownStatusWords[key]
	}
	switch {
	case c.says == saysNo && (no || known && status != contacts.SubscriptionUnsubscribed):
		return contacts.SubscriptionNotSet, true
	case c.says == saysNo:
		return contacts.SubscriptionUnsubscribed, true
	case known:
		return status, true
	case objects(key):
		return contacts.SubscriptionUnsubscribed, true
	case c.says == saysAnything:
		return "", false
	case yes:
		return contacts.SubscriptionSubscribed, true
	case no:
		return contacts.SubscriptionUnsubscribed, true
	default:
		return "", false
	}
}

// objects reports whether longer text is about an objection: "Unsubscribed (by admin)".
func objects(key string) bool {
	for _, part := range []string{"unsubscri", "optedout", "optout", "donotcontact", "donotemail"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}

// statusOrder lists the statuses by what they overrule: an objection in one column counts, whatever others say.
var statusOrder = map[contacts.SubscriptionStatus]int{
	contacts.SubscriptionNotSet: 1, contacts.SubscriptionSubscribed: 2, contacts.SubscriptionPending: 3,
	contacts.SubscriptionUnsubscribed: 4,
}

// subscription is a status, and the column that it came from.
type subscription struct {
	status contacts.SubscriptionStatus
	cell   cell
}

// put keeps the status that counts more.
func (s *subscription) put(status contacts.SubscriptionStatus, from cell) {
	if statusOrder[status] > statusOrder[s.status] {
		*s = subscription{status, from}
	}
}

// consentCell reads a cell of a column of subscriptions.
func (b *builder) consentCell(col int, text string) {
	c := b.columns[col].consent
	status, ok := c.read(text)
	if !ok {
		why := UnknownStatus
		if c.says == saysAnything {
			why = NoField
		}
		b.leftOver(col, text, why)
		return
	}
	if squash(text) != squash(string(status)) {
		b.remark(col, OtherSpelling, Rewritten)
	}
	if c.of&ofEmail != 0 {
		b.emailStatus.put(status, cell{text, col})
	}
	if c.of&ofPhone != 0 {
		b.phoneStatus.put(status, cell{text, col})
	}
}

// statuses gives the primary email and phone their subscription statuses. A store refuses a status that its address
// cannot have, so one without an address is left over.
func (b *builder) statuses() {
	info := &b.contact.Info
	if s := b.emailStatus; statusOrder[s.status] > statusOrder[contacts.SubscriptionNotSet] {
		if at := primary(info.Emails, func(e contacts.Email) bool { return e.Primary }); at >= 0 {
			b.contact.PrimaryEmail.Email = info.Emails[at].Address
			b.contact.PrimaryEmail.SubscriptionStatus = s.status
		} else {
			b.leftOver(s.cell.column, s.cell.text, NoField)
		}
	}
	if s := b.phoneStatus; statusOrder[s.status] > statusOrder[contacts.SubscriptionNotSet] {
		switch at := b.statusPhone(); {
		case at >= 0:
			b.contact.PrimaryPhone.Phone = info.Phones[at].Number
			b.contact.PrimaryPhone.SubscriptionStatus = s.status
		case len(info.Phones) > 0:
			b.leftOver(s.cell.column, s.cell.text, NoValidPhone)
		default:
			b.leftOver(s.cell.column, s.cell.text, NoField)
		}
	}
}

// primary returns the index of the primary item of a list, -1 for an empty list.
func primary[T any](list []T, isPrimary func(T) bool) int {
	for i, item := range list {
		if isPrimary(item) {
			return i
		}
	}
	return min(len(list), 1) - 1
}

// statusPhone returns the index of the phone that gets a status: the primary one, or the first that can have one if
// that cannot. Only valid numbers can.
func (b *builder) statusPhone() int {
	phones := b.contact.Info.Phones
	valid := func(p contacts.Phone) bool { return dial.Parse(p.Number, p.CountryCode).E164 != "" }
	if at := primary(phones, func(p contacts.Phone) bool { return p.Primary }); at >= 0 && valid(phones[at]) {
		return at
	}
	for i, p := range phones {
		if valid(p) {
			return i
		}
	}
	return -1
}
