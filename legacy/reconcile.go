package legacy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

const (
	itemsMax    = 50 // items of one kind that a contact of V4 can have
	attemptsMax = 64 // of one reconcile, each overtaken by another writer
)

// ReconcileContact combines the caller's data about a person with that of the store. It finds the oldest contact with
// one of the emails, or else with one of the phones (LEG-13), unless that identifies no one, such as "n/a". If there is
// none, it creates a contact. An existing contact loses nothing: data that it lacks is added, and conflicting data is
// returned in [Details.RejectedData], along with data that V4 has no place for (LEG-15). A call that adds nothing
// writes nothing.
//
// Everything is written in one step or not at all, and never over an intervening write (LEG-19).
//
// Errors, in the order of the checks: FORBIDDEN, INVALID_SCHEMA with every violation, WIX_ERROR. After an error nothing
// has changed.
func (a *API) ReconcileContact(ctx context.Context, info ContactInfo) (*Reconciliation, error) {
	if err := a.permit(ctx, MethodReconcileContact); err != nil {
		return nil, err
	}
	g := a.read(info)
	if err := a.check(ctx, &g); err != nil {
		return nil, err
	}
	select {
	case a.reconciling <- struct{}{}:
		defer func() { <-a.reconciling }()
	case <-ctx.Done():
		return nil, failure(ctx.Err())
	}
	var r *Reconciliation
	err := error(contacts.ErrAlreadyChanged)
	for attempts := 0; attempts < attemptsMax && overtaken(err); attempts++ {
		r, err = a.attempt(ctx, &g)
	}
	if err != nil {
		return nil, &Error{Code: ErrWix, Err: err}
	}
	return r, nil
}

// check reports every violation of the input, first by the rules of this API, then by those of V4 (LEG-6).
func (a *API) check(ctx context.Context, g *given) error {
	v := &validator{}
	v.info(g.in)
	_, err := a.judge.Fork().Create(ctx, g.info, &contacts.CreateOptions{AllowDuplicates: true})
	if contacts.CodeOf(err) == contacts.ErrInvalid {
		invalid, _ := errors.AsType[*contacts.Error](err)
		v.store(invalid.Violations)
	} else if err != nil && v.violations == nil {
		return failure(err)
	}
	return refused(ErrInvalidSchema, v.violations)
}

// overtaken reports whether another writer came between the look-up and the write: it changed, deleted or created the
// contact.
func overtaken(err error) bool {
	return errors.Is(err, contacts.ErrAlreadyChanged) || errors.Is(err, contacts.ErrContactNotFound) ||
		errors.Is(err, contacts.ErrDuplicate)
}

// attempt makes one look-up and at most one write.
func (a *API) attempt(ctx context.Context, g *given) (*Reconciliation, error) {
	r := &Reconciliation{Details: Details{ExistingData: []ContactInfo{}}}
	matching, found, err := a.match(g)
	if err != nil {
		return nil, err
	}
	var after *contacts.Contact
	if !found {
		r.IsNew = true
		info := g.merged(&contacts.Contact{})
		opts := &contacts.CreateOptions{Source: a.opts.Source, Unsubscribe: g.objections(info.Emails)}
		after, err = a.store.Create(ctx, info, opts)
	} else {
		before := matching.Clone()
		r.Details.ExistingData = []ContactInfo{show(before).ContactInfo}
		// Another contact may share a value that this one gains. That does not merge the two.
		info := g.merged(before)
		known := func(address string) bool {
			return matching.Subscription(address) == contacts.SubscriptionUnsubscribed
		}
		opts := &contacts.UpdateOptions{
			AllowDuplicates: true, Unsubscribe: slices.DeleteFunc(g.objections(info.Emails), known),
		}
		if patch := patchOf(&before.Info, &info); !patch.IsZero() || len(opts.Unsubscribe) > 0 {
			after, err = a.store.Update(ctx, before.ID, before.Revision, patch, opts)
		} else if after, err = a.store.Get(ctx, before.ID, nil); err == nil && !after.Equal(before) {
			err = contacts.ErrAlreadyChanged
		}
	}
	if err != nil {
		return nil, err
	}
	r.Contact = show(after)
	r.Details.RejectedData = g.rejected(after)
	return r, nil
}

// objections returns those of the emails of a contact for which the input says optOut. It is the one status that is
// kept: to drop an objection is the unsafe direction (LEG-17).
func (g *given) objections(emails []contacts.Email) []string {
	var addresses []string
	for i, e := range g.in.Emails {
		if e.EmailStatus == EmailOptOut && find(emails, &g.info.Emails[i], sameEmail) >= 0 {
			addresses = append(addresses, e.Email)
		}
	}
	return addresses
}

// match returns the matching contact, if there is one: the oldest with one of the emails, else the oldest with one of
// the phones. Emails come first, as everywhere in V4, because families share phones.
func (a *API) match(g *given) (contacts.View, bool, error) {
	sn := a.store.Snapshot()
	if emails := g.info.Emails; len(emails) > 0 {
		v, found, err := oldest(sn, withEmail(emails), func(contacts.View) bool { return true })
		if found || err != nil {
			return v, found, err
		}
	}
	identifies := func(p contacts.Phone) bool { return dialed(&p).Identifies() }
	if !slices.ContainsFunc(g.info.Phones, identifies) {
		return contacts.View{}, false, nil
	}
	return oldest(sn, withPhone(g.info.Phones), func(v contacts.View) bool {
		for p := range v.Phones() {
			// The same text can be different numbers in different countries, and one number can have many extensions.
			same := func(q contacts.Phone) bool { return dialed(&p).Same(dialed(&q)) }
			if slices.ContainsFunc(g.info.Phones, same) {
				return true
			}
		}
		return false
	})
}

// oldest returns the oldest contact of those that the filter finds and confirm accepts, if there is one.
func oldest(sn *contacts.Snapshot, f contacts.Filter, confirm func(contacts.View) bool) (contacts.View, bool, error) {
	sort := []contacts.Sort{{Field: "createdDate", Order: contacts.SortAsc}}
	found, err := sn.Find(contacts.Query{Filter: f, Sort: sort})
	if err != nil {
		return contacts.View{}, false, err
	}
	for view := range found {
		if confirm(view) {
			return view, true, nil
		}
	}
	return contacts.View{}, false, nil
}

// withEmail returns the filter for contacts with one of the emails.
func withEmail(emails []contacts.Email) contacts.Filter {
	var addresses []string
	for _, e := range emails {
		addresses = append(addresses, e.Address)
	}
	return contacts.In("info.emails.email", addresses...)
}

// withPhone returns a filter for contacts with one of the phones that identify a person. It also finds other numbers
// with the same text and other extensions.
func withPhone(phones []contacts.Phone) contacts.Filter {
	var numbers, e164s []string
	for _, p := range phones {
		if dialed(&p).Identifies() {
			numbers = append(numbers, p.Number)
		}
		if p.E164 != "" {
			e164s = append(e164s, p.E164)
		}
	}
	f := contacts.In("info.phones.phone", numbers...)
	if len(e164s) > 0 {
		f = contacts.Or(f, contacts.In("info.phones.e164Phone", e164s...))
	}
	return f
}

// merged returns the info of a contact completed with the input.
func (g *given) merged(c *contacts.Contact) contacts.Info {
	info := c.Info.Clone()
	fill(&info.Name.First, g.info.Name.First)
	fill(&info.Name.Last, g.info.Name.Last)
	fill(&info.Company, g.info.Company)
	fill(&info.JobTitle, g.info.JobTitle)
	fill(&info.Birthdate, g.info.Birthdate)
	if info.Picture == nil {
		info.Picture = g.info.Picture
	}
	// A contact's first email is its primary one, and a member's primary email is not ours to set (MEM-1).
	if !c.IsMember() || len(info.Emails) > 0 {
		info.Emails = merge(info.Emails, g.info.Emails, sameEmail, func(known, e *contacts.Email) {
			fillTag(&known.Tag, e.Tag)
		})
	}
	info.Phones = merge(info.Phones, g.info.Phones, samePhone, func(known, p *contacts.Phone) {
		fillTag(&known.Tag, p.Tag)
		if known.E164 == "" {
			fill(&known.CountryCode, p.CountryCode) // the text is the same, and now its country is known
		}
	})
	info.Addresses = merge(info.Addresses, slices.DeleteFunc(slices.Clone(g.info.Addresses), isBlank), sameAddress,
		func(known, address *contacts.Address) { fillTag(&known.Tag, address.Tag) })
	return info
}

// isBlank reports whether an address has no content.
func isBlank(a contacts.Address) bool { return showAddress(&a) == Address{} }

func fill(known *string, text string) {
	if fold.Blank(*known) && !fold.Blank(text) {
		*known = text
	}
}

func fillTag[T ~string](known *T, tag T) {
	if *known == "" || *known == "UNTAGGED" {
		*known = tag
	}
}

// merge completes the known items and appends the new ones, up to as many as a contact can have.
func merge[T any](known, items []T, same func(a, b *T) bool, complete func(known, item *T)) []T {
	for i := range items {
		at := slices.IndexFunc(known, func(t T) bool { return same(&t, &items[i]) })
		switch {
		case at >= 0:
			complete(&known[at], &items[i])
		case len(known) < itemsMax:
			known = append(known, items[i])
		}
	}
	return known
}

// patchOf returns only the members that the merge changes, so that adding a phone does not rewrite the emails.
func patchOf(old, info *contacts.Info) contacts.Patch {
	var p contacts.Patch
	change(&p.FirstName, info.Name.First, old.Name.First == info.Name.First)
	change(&p.LastName, info.Name.Last, old.Name.Last == info.Name.Last)
	change(&p.Company, info.Company, old.Company == info.Company)
	change(&p.JobTitle, info.JobTitle, old.JobTitle == info.JobTitle)
	change(&p.Birthdate, info.Birthdate, old.Birthdate == info.Birthdate)
	change(&p.Picture, info.Picture, old.Picture != nil || info.Picture == nil)
	change(&p.Emails, info.Emails, slices.Equal(old.Emails, info.Emails))
	change(&p.Phones, info.Phones, slices.Equal(old.Phones, info.Phones))
	change(&p.Addresses, info.Addresses, slices.EqualFunc(old.Addresses, info.Addresses, contacts.Address.Equal))
	return p
}

func change[T any](member *contacts.Opt[T], value T, same bool) {
	if !same {
		*member = contacts.Set(value)
	}
}

// rejected returns the pieces of the input that the contact lacks (LEG-18). It compares with the result instead of
// recording what the merge did, so that nothing can be lost silently, whatever the reason.
func (g *given) rejected(after *contacts.Contact) []ContactInfo {
	shown := show(after)
	pieces := g.rejectedPerson(&shown)
	for i := range g.in.Emails {
		if e := g.rejectedEmail(i, after, &shown); e != (Email{}) {
			e.ID = i + 1
			pieces = append(pieces, ContactInfo{Emails: []Email{e}})
		}
	}
	for i := range g.in.Phones {
		if p := g.rejectedPhone(i, after, &shown); p != (Phone{}) {
			p.ID = i + 1
			pieces = append(pieces, ContactInfo{Phones: []Phone{p}})
		}
	}
	for i := range g.in.Addresses {
		if a := g.rejectedAddress(i, after, &shown); a != (Address{}) {
			a.ID = i + 1
			pieces = append(pieces, ContactInfo{Addresses: []Address{a}})
		}
	}
	for i, u := range g.in.URLs {
		u.ID = i + 1
		pieces = append(pieces, ContactInfo{URLs: []URL{u}})
	}
	for i, d := range g.in.Dates {
		if on, _ := day(d.Date); !isBirthday(d) || on != after.Info.Birthdate {
			d.ID = i + 1
			pieces = append(pieces, ContactInfo{Dates: []Date{d}})
		}
	}
	return pieces
}

// rejectedPerson returns the pieces that are not items of a list. The result is never nil.
func (g *given) rejectedPerson(shown *Contact) []ContactInfo {
	in, pieces := &g.in, []ContactInfo{}
	name := Name{
		Prefix: in.Name.Prefix, First: without(in.Name.First, shown.Name.First), Middle: in.Name.Middle,
		Last: without(in.Name.Last, shown.Name.Last), Suffix: in.Name.Suffix,
	}
	if name != (Name{}) {
		pieces = append(pieces, ContactInfo{Name: name})
	}
	if picture := without(in.Picture, shown.Picture); picture != "" {
		pieces = append(pieces, ContactInfo{Picture: picture})
	}
	company := Company{
		Role: without(in.Company.Role, shown.Company.Role), Name: without(in.Company.Name, shown.Company.Name),
	}
	if company != (Company{}) {
		pieces = append(pieces, ContactInfo{Company: company})
	}
	return pieces
}

// rejectedEmail returns the parts of an email that the contact lacks, without the ID.
func (g *given) rejectedEmail(i int, after *contacts.Contact, shown *Contact) Email {
	e := g.in.Emails[i]
	if at := find(after.Info.Emails, &g.info.Emails[i], sameEmail); at >= 0 {
		known := shown.Emails[at]
		if e.EmailStatus == EmailOptOut {
			known.EmailStatus = EmailOptOut // kept, though only the primary email shows it
		}
		return Email{
			Tag:            withoutTag(e.Tag, known.Tag),
			EmailStatus:    without(e.EmailStatus, known.EmailStatus),
			DeliveryStatus: without(e.DeliveryStatus, known.DeliveryStatus),
		}
	}
	e.ID = 0
	return e
}

// rejectedPhone returns the parts of a phone that the contact lacks, without the ID.
func (g *given) rejectedPhone(i int, after *contacts.Contact, shown *Contact) Phone {
	p := g.in.Phones[i]
	if at := find(after.Info.Phones, &g.info.Phones[i], samePhone); at >= 0 {
		known := shown.Phones[at]
		return Phone{
			Tag:             withoutTag(p.Tag, known.Tag),
			NormalizedPhone: without(p.NormalizedPhone, known.NormalizedPhone),
		}
	}
	p.ID = 0
	return p
}

// rejectedAddress returns the parts of an address that the contact lacks, without the ID.
func (g *given) rejectedAddress(i int, after *contacts.Contact, shown *Contact) Address {
	a, read := g.in.Addresses[i], &g.info.Addresses[i]
	if at := find(after.Info.Addresses, read, sameAddress); at >= 0 {
		rest := Address{Tag: withoutTag(a.Tag, shown.Addresses[at].Tag), Neighborhood: a.Neighborhood}
		if read.Country == "" {
			rest.Country = a.Country
		}
		if read.Subdivision == "" {
			rest.Region = a.Region
		}
		return rest
	}
	a.ID = 0
	return a
}

func find[T any](list []T, item *T, same func(a, b *T) bool) int {
	return slices.IndexFunc(list, func(t T) bool { return same(&t, item) })
}

// without returns value, or "" if it equals the known one.
func without[T ~string](value, known T) T {
	if value == known {
		return ""
	}
	return value
}

func withoutTag(tag, known string) string {
	if strings.EqualFold(strings.TrimSpace(tag), known) {
		return ""
	}
	return tag
}
