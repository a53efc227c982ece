package legacy

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
)

const (
	itemsMax    = 50 // items of one kind that a contact of V4 can have
	attemptsMax = 64 // of a reconcile, each of which was overtaken by another writer
)

// ReconcileContact puts together what the store knows of a person and what the caller does. It looks for a contact
// that has one of the emails, or else one of the phones, and takes the oldest one (LEG-13); without one it creates a
// contact. A contact that is there loses nothing: what it lacks is filled in and added, all else stays and is named in
// [Details.RejectedData], as is what V4 has no place for (LEG-15). A call that brings nothing new writes nothing.
//
// All is written in one step or not at all, and never over a write that came in between (LEG-19).
//
// Errors, in the order they are checked: FORBIDDEN, INVALID_SCHEMA with every violation, WIX_ERROR. On an error
// nothing has changed.
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

// check reports all that is wrong with what was given.
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

// overtaken reports whether someone else has written between the look for a contact and the write: the contact has
// changed, is gone, or has come into being.
func overtaken(err error) bool {
	return errors.Is(err, contacts.ErrAlreadyChanged) || errors.Is(err, contacts.ErrContactNotFound) ||
		errors.Is(err, contacts.ErrDuplicate)
}

// attempt looks once and writes once.
func (a *API) attempt(ctx context.Context, g *given) (*Reconciliation, error) {
	r := &Reconciliation{Details: Details{ExistingData: []ContactInfo{}}}
	before, err := a.match(g)
	if err != nil {
		return nil, err
	}
	var after *contacts.Contact
	if before == nil {
		r.IsNew = true
		opts := &contacts.CreateOptions{Source: a.opts.Source}
		after, err = a.store.Create(ctx, g.merged(&contacts.Contact{}), opts)
	} else {
		r.Details.ExistingData = []ContactInfo{show(before).ContactInfo}
		if patch := g.patch(before); !patch.IsZero() {
			// Another contact may well have one of the values that this one gets: they are two, and stay two.
			opts := &contacts.UpdateOptions{AllowDuplicates: true}
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

// match returns the contact that is meant, nil if there is none: the oldest with one of the emails, else the oldest
// with one of the phones. An email comes first, as everywhere in V4: families share phones.
func (a *API) match(g *given) (*contacts.Contact, error) {
	sn := a.store.Snapshot()
	oldest := func(f contacts.Filter, holds func(contacts.View) bool) (*contacts.Contact, error) {
		sort := []contacts.Sort{{Field: "createdDate", Order: contacts.SortAsc}}
		found, err := sn.Find(contacts.Query{Filter: f, Sort: sort})
		if err != nil {
			return nil, err
		}
		for view := range found {
			if holds(view) {
				return view.Clone(), nil
			}
		}
		return nil, nil
	}
	if len(g.info.Emails) > 0 {
		var addresses []string
		for _, e := range g.info.Emails {
			addresses = append(addresses, e.Address)
		}
		f := contacts.In("info.emails.email", addresses...)
		if c, err := oldest(f, func(contacts.View) bool { return true }); c != nil || err != nil {
			return c, err
		}
	}
	if len(g.info.Phones) == 0 {
		return nil, nil
	}
	var numbers, e164s []string
	for _, p := range g.info.Phones {
		numbers = append(numbers, p.Number)
		if p.E164 != "" {
			e164s = append(e164s, p.E164)
		}
	}
	f := contacts.In("info.phones.phone", numbers...)
	if len(e164s) > 0 {
		f = contacts.Or(f, contacts.In("info.phones.e164Phone", e164s...))
	}
	return oldest(f, func(v contacts.View) bool {
		for p := range v.Phones() {
			// The same text is another number in another country.
			if slices.ContainsFunc(g.info.Phones, func(q contacts.Phone) bool { return samePhone(&p, &q) }) {
				return true
			}
		}
		return false
	})
}

// merged returns what is known of a contact together with what was given.
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
	// A member's primary email is not ours to give (MEM-1), and the first email of a contact is its primary one.
	if c.Member == nil || len(info.Emails) > 0 {
		info.Emails = merge(info.Emails, g.info.Emails, sameEmail, func(known, e *contacts.Email) {
			fillTag(&known.Tag, e.Tag)
		})
	}
	info.Phones = merge(info.Phones, g.info.Phones, samePhone, func(known, p *contacts.Phone) {
		fillTag(&known.Tag, p.Tag)
		if known.E164 == "" {
			fill(&known.CountryCode, p.CountryCode) // the same text: now it is known of which country
		}
	})
	info.Addresses = merge(info.Addresses, slices.DeleteFunc(slices.Clone(g.info.Addresses), isBlank), sameAddress,
		func(known, address *contacts.Address) { fillTag(&known.Tag, address.Tag) })
	return info
}

// isBlank reports whether an address says nothing.
func isBlank(a contacts.Address) bool { return showAddress(&a) == Address{} }

func fill(known *string, text string) {
	if *known == "" {
		*known = text
	}
}

func fillTag[T ~string](known *T, tag T) {
	if *known == "" || *known == "UNTAGGED" {
		*known = tag
	}
}

// merge returns the items that are known and, behind them, those that are not: as many as a contact can have. An item
// that is known is completed.
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

// patch returns what the merge changes: nothing else, so that an email stays what it is when a phone is added.
func (g *given) patch(before *contacts.Contact) contacts.Patch {
	old, info := before.Info, g.merged(before)
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

// rejected returns what was given and is not in the contact, piece by piece. It looks at the result, not at what was
// done to get there: so nothing can get lost without a word, whatever the reason.
func (g *given) rejected(after *contacts.Contact) []ContactInfo {
	out := []ContactInfo{}
	in, shown := &g.in, show(after)
	reject := func(piece ContactInfo) { out = append(out, piece) }

	name := Name{Prefix: in.Name.Prefix, Middle: in.Name.Middle, Suffix: in.Name.Suffix}
	name.First, name.Last = without(in.Name.First, shown.Name.First), without(in.Name.Last, shown.Name.Last)
	if name != (Name{}) {
		reject(ContactInfo{Name: name})
	}
	if picture := without(in.Picture, shown.Picture); picture != "" {
		reject(ContactInfo{Picture: picture})
	}
	company := Company{
		Role: without(in.Company.Role, shown.Company.Role), Name: without(in.Company.Name, shown.Company.Name),
	}
	if company != (Company{}) {
		reject(ContactInfo{Company: company})
	}
	for i, e := range in.Emails {
		if at := find(after.Info.Emails, &g.info.Emails[i], sameEmail); at >= 0 {
			known := shown.Emails[at]
			e = Email{
				Tag:            withoutTag(e.Tag, known.Tag),
				EmailStatus:    without(e.EmailStatus, known.EmailStatus),
				DeliveryStatus: without(e.DeliveryStatus, known.DeliveryStatus),
			}
		}
		if e.ID = 0; e != (Email{}) {
			e.ID = i + 1
			reject(ContactInfo{Emails: []Email{e}})
		}
	}
	for i, p := range in.Phones {
		if at := find(after.Info.Phones, &g.info.Phones[i], samePhone); at >= 0 {
			known := shown.Phones[at]
			p = Phone{
				Tag:             withoutTag(p.Tag, known.Tag),
				NormalizedPhone: without(p.NormalizedPhone, known.NormalizedPhone),
			}
		}
		if p.ID = 0; p != (Phone{}) {
			p.ID = i + 1
			reject(ContactInfo{Phones: []Phone{p}})
		}
	}
	for i, a := range in.Addresses {
		read := &g.info.Addresses[i]
		if at := find(after.Info.Addresses, read, sameAddress); at >= 0 {
			left := Address{Tag: withoutTag(a.Tag, shown.Addresses[at].Tag), Neighborhood: a.Neighborhood}
			if read.Country == "" {
				left.Country = a.Country
			}
			if read.Subdivision == "" {
				left.Region = a.Region
			}
			a = left
		}
		if a.ID = 0; a != (Address{}) {
			a.ID = i + 1
			reject(ContactInfo{Addresses: []Address{a}})
		}
	}
	for i, u := range in.URLs {
		u.ID = i + 1
		reject(ContactInfo{URLs: []URL{u}})
	}
	for i, d := range in.Dates {
		if on, _ := day(d.Date); !isBirthday(d) || on != after.Info.Birthdate {
			d.ID = i + 1
			reject(ContactInfo{Dates: []Date{d}})
		}
	}
	return out
}

func find[T any](list []T, item *T, same func(a, b *T) bool) int {
	return slices.IndexFunc(list, func(t T) bool { return same(&t, item) })
}

// without returns a value that is not the known one, else "".
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
