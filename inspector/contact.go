package inspector

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

const (
	oldIDsShown  = 50
	historyShown = 100 // commits
)

// contactPage is the data of the page of a contact.
type contactPage struct {
	*contacts.Contact
	person
	Done        *note
	Path        []uuid.UUID // from the ID asked for, if it is an old one
	Chips       []chip
	Emails      []line
	Phones      []line
	Addresses   []line
	Facts       []fact
	Fields      []fact
	Member      []fact
	Labels      []fact
	Activity    string
	OldIDs      []uuid.UUID
	MoreOld     int
	History     []commit // the newest first
	MoreCommits int      // older ones that are not shown
	FeedStart   int      // commits up to here are no longer in the feed
	JSON        string
}

// line is an email, a phone or an address.
type line struct {
	Text, Also string
	Tag        string // "" for none
	Primary    bool
	Chips      []chip
}

// fact is a value with its name.
type fact struct {
	Name, Key, Text string
}

// contact shows one contact. An old ID shows the contact that it leads to.
func (v *visit) contact() error {
	id, ok := wire.ParseGUID(v.r.PathValue("id"))
	if !ok {
		return ErrRouteNotFound
	}
	out := &contactPage{}
	sn := v.store.Snapshot()
	shown, ok := sn.View(id)
	if !ok {
		found, err := v.store.Resolve(v.r.Context(), id)
		if err != nil {
			return err
		}
		sn = v.store.Snapshot()
		if shown, ok = sn.View(found.ID); !ok { // it was merged or deleted just now
			return contacts.ErrContactNotFound
		}
		out.Path = found.Path
	}
	out.fill(sn, shown)
	if n, err := strconv.Atoi(v.r.URL.Query().Get("merged")); err == nil {
		out.Done = &note{Kind: "good", Text: plural(n, "contact") + " merged into this one."}
	}
	if err := v.addHistory(out, sn.Position(), slices.Collect(sn.OldIDs(shown.ID()))); err != nil {
		return err
	}
	return v.render(http.StatusOK, "contact", "Contact "+shown.ID().String(), out)
}

// fill fills in everything except the history and old IDs.
func (p *contactPage) fill(sn *contacts.Snapshot, v contacts.View) {
	c := v.Clone()
	p.Contact, p.person, p.Chips = c, personOf(v), chips(c)
	p.addAddresses(v)
	p.Facts = factsOf(c, v)
	labels, fields := labelNames(sn), fieldNames(sn)
	for key, value := range c.Info.ExtendedFields {
		p.Fields = append(p.Fields, fact{fields[key], key, valueText(value)})
	}
	slices.SortFunc(p.Fields, func(a, b fact) int { return strings.Compare(a.Key, b.Key) })
	for _, key := range c.Info.LabelKeys {
		p.Labels = append(p.Labels, fact{labels[key], key, ""})
	}
	p.Member = memberFacts(c.Member)
	p.Activity = words(c.LastActivity.ActivityType)
	if text, err := json.MarshalIndent(c, "", "  "); err == nil {
		p.JSON = string(text)
	}
}

// addAddresses adds emails, phones and postal addresses, with the consent for each email and phone.
func (p *contactPage) addAddresses(v contacts.View) {
	for e := range v.Emails() {
		l := line{Text: e.Address, Tag: tag(e.Tag, contacts.EmailUntagged), Primary: e.Primary}
		if mark, ok := chipOf(v.Subscription(e.Address)); ok {
			l.Chips = append(l.Chips, mark)
		}
		if mark, ok := chipOf(v.PrimaryEmail().DeliverabilityStatus); ok && e.Primary {
			l.Chips = append(l.Chips, mark)
		}
		p.Emails = append(p.Emails, l)
	}
	for ph := range v.Phones() {
		l := line{Text: cmp.Or(ph.Formatted, ph.Number), Tag: tag(ph.Tag, contacts.PhoneUntagged), Primary: ph.Primary}
		if ph.E164 == "" {
			l.Also = "no international form"
		} else if ph.Formatted != ph.Number {
			l.Also = "typed " + ph.Number
		}
		if mark, ok := chipOf(v.Subscription(ph.Number)); ok {
			l.Chips = append(l.Chips, mark)
		}
		p.Phones = append(p.Phones, l)
	}
	for a := range v.Addresses() {
		p.Addresses = append(p.Addresses, line{Text: addressText(a), Also: a.Hint, Tag: tag(a.Tag, contacts.AddressUntagged)})
	}
}

func tag[T ~string](t, none T) string {
	if t == none {
		return ""
	}
	return words(t)
}

func addressText(a contacts.Address) string {
	if a.FormattedAddress != "" {
		return a.FormattedAddress
	}
	return strings.Join(filled(a.AddressLine, a.AddressLine2, a.City, a.PostalCode, a.Subdivision, a.Country), ", ")
}

// filled returns the texts that are not empty.
func filled(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// factsOf lists the single values of a contact.
func factsOf(c *contacts.Contact, v contacts.View) []fact {
	in := &c.Info
	list := []fact{
		{Name: "First name", Text: in.Name.First}, {Name: "Last name", Text: in.Name.Last},
		{Name: "Company", Text: in.Company}, {Name: "Job title", Text: in.JobTitle},
		{Name: "Birthdate", Text: in.Birthdate}, {Name: "Locale", Text: in.Locale},
		{Name: "Locations", Text: idTexts(in.Locations)}, {Name: "Assigned users", Text: idTexts(in.AssignedUserIDs)},
		{Name: "Source", Text: strings.Join(filled(words(c.Source.SourceType), c.Source.AppID), " · ")},
	}
	if in.Picture != nil {
		list = append(list, fact{Name: "Picture", Text: cmp.Or(in.Picture.Image.URL, in.Picture.Image.ID)})
	}
	if v.BillingSubscription() {
		list = append(list, fact{Name: "Billing", Text: "Pays by subscription"})
	}
	return slices.DeleteFunc(list, func(f fact) bool { return f.Text == "" })
}

func memberFacts(m *contacts.Member) []fact {
	if m == nil {
		return nil
	}
	list := []fact{
		{Name: "Status", Text: words(m.Status)}, {Name: "Login email", Text: m.Email},
		{Name: "Member ID", Text: m.MemberID.String()},
	}
	if !m.SignupDate.IsZero() {
		list = append(list, fact{Name: "Signed up", Text: moment(m.SignupDate)})
	}
	if m.Profile != nil {
		list = append(list, fact{Name: "Nickname", Text: m.Profile.Nickname})
	}
	if m.User != nil {
		list = append(list, fact{Name: "Role", Text: words(m.User.Role)})
	}
	return slices.DeleteFunc(list, func(f fact) bool { return f.Text == "" })
}

func idTexts(ids []uuid.UUID) string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return strings.Join(texts, ", ")
}

// valueText writes the value of an extended field.
func valueText(value any) string {
	if n, ok := value.(float64); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// addHistory adds the old IDs, and the commits up to a position about the contact and those that were merged into it.
func (v *visit) addHistory(p *contactPage, upTo contacts.Position, oldIDs []uuid.UUID) error {
	p.OldIDs, p.MoreOld = first(oldIDs, oldIDsShown)
	about := map[string]bool{p.Contact.ID.String(): true}
	for _, id := range oldIDs {
		about[id.String()] = true
	}
	wanted := func(ch contacts.Change) bool { return about[ch.EntityID()] }
	var found []contacts.Commit
	start, err := v.commits(v.r.Context(), 0, upTo, func(c contacts.Commit) {
		if slices.ContainsFunc(c.Changes, wanted) {
			found = append(found, c)
		}
	})
	slices.Reverse(found)
	found, p.MoreCommits = first(found, historyShown)
	for _, c := range found {
		p.History = append(p.History, commitOf(c, wanted))
	}
	p.FeedStart = int(start)
	return err
}
