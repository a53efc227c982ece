package test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold/foldtest"
)

// TestProperties makes random writes to a store and its forks, and checks the invariants after each.
func TestProperties(t *testing.T) {
	runs, steps := large(4, 40), 500
	done := map[string]int{} // calls that succeeded
	for seed := range runs {
		t.Run(fmt.Sprintf("STO-4 REV-1 LBL-9 FLD-13 SUB-2 seed %d", seed), func(t *testing.T) {
			r := newRandomRun(t, uint64(seed))
			for step := range steps {
				name, err := r.step(done)
				if err == nil && step%25 == 0 {
					err = r.checkAll()
				}
				require.NoError(t, err, "seed %d, step %d, after %s", seed, step, name)
			}
		})
	}
	for _, w := range randomWrites {
		require.NotZero(t, done[w.name], "no %s ever succeeded", w.name)
	}
}

const (
	systemLabels, labelQuota = 2, 6
	systemFields, fieldQuota = 12, 4
)

// randomRun is one sequence of random writes.
type randomRun struct {
	t     *testing.T
	rnd   *rand.Rand
	now   time.Time
	lines []*line
	keys  []string // of labels and fields ever made
}

// line is a store with a record of its earlier steps.
type line struct {
	store    *contacts.Store
	last     *contacts.Snapshot
	versions map[version]*contacts.Contact     // as first seen
	statuses map[uuid.UUID]map[string]statuses // as set, by contact and address
	old      *contacts.Snapshot                // an older one
	oldState state                             // its state then
}

type version struct {
	id       uuid.UUID
	revision int
}

type statuses struct {
	subscription contacts.SubscriptionStatus
	delivery     contacts.EmailDeliverability
}

func newRandomRun(t *testing.T, seed uint64) *randomRun {
	r := &randomRun{t: t, rnd: rand.New(rand.NewPCG(seed, 1)), now: epoch}
	opts := fixed()
	opts.SelfCheck = seed < checkedSeeds
	opts.Now = func() time.Time { return r.now }
	opts.LabelQuota, opts.FieldQuota = labelQuota, fieldQuota
	s := openStore(t, opts)
	r.lines = []*line{{
		store: s, last: s.Snapshot(),
		versions: map[version]*contacts.Contact{}, statuses: map[uuid.UUID]map[string]statuses{},
	}}
	require.NoError(t, r.checkAll())
	return r
}

// The values of random contacts. Each typed number has one E.164 number at most.
var (
	randomEmails = []string{
		"ann@x.test", "ANN@X.test ", "bob@x.test", "cyd@x.test", "Cyd@x.test", "dan@y.test", "eve@y.test", "ÄVE@y.test",
	}
	randomPhones = []contacts.Phone{
		number("US", numberUS), number("US", numberUS2), number("GB", "020 7946 0018"), number("US", "202-555-0147"),
		number("", numberLoose), number("DE", "030 1234567"),
	}
	randomNames = []string{"Age", "age", "VIP", "Größe", "!!!", "Customers", "VAT ID", "Shoe size"}
)

type randomWrite struct {
	name   string
	weight int
	do     func(*randomRun, *line) error
}

// randomWrites are the writes of a run, chosen in proportion to their weights.
var randomWrites = []randomWrite{
	{"Create", 10, func(r *randomRun, l *line) error {
		_, err := l.store.Create(r.t.Context(), r.info(l), &contacts.CreateOptions{AllowDuplicates: r.oneIn(2)})
		return err
	}},
	{"Update", 12, func(r *randomRun, l *line) error {
		c := r.contact(l)
		_, err := l.store.Update(r.t.Context(), c.ID, c.Revision-pick(r.rnd, 0, 0, 0, 0, 1), r.patch(l),
			&contacts.UpdateOptions{AllowDuplicates: !r.oneIn(3)})
		return err
	}},
	{"Delete", 5, func(r *randomRun, l *line) error {
		c := r.contact(l)
		if err := l.store.Delete(r.t.Context(), c.ID); err != nil {
			return err
		}
		if v, _ := l.last.View(c.ID); c.IsMember() || v.BillingSubscription() {
			return fmt.Errorf("MEM-2: contact %s was deleted", c.ID)
		}
		return nil
	}},
	{"Label", 6, func(r *randomRun, l *line) error {
		_, err := l.store.Label(r.t.Context(), r.contact(l).ID, r.labels(l)...)
		return err
	}},
	{"Unlabel", 3, func(r *randomRun, l *line) error {
		_, err := l.store.Unlabel(r.t.Context(), r.contact(l).ID, r.labels(l)...)
		return err
	}},
	{"FindOrCreateLabel", 3, func(r *randomRun, l *line) error {
		label, _, err := l.store.FindOrCreateLabel(r.t.Context(), pick(r.rnd, randomNames...))
		r.keys = append(r.keys, label.Key)
		return err
	}},
	{"RenameLabel", 1, func(r *randomRun, l *line) error {
		_, err := l.store.RenameLabel(r.t.Context(), pick(r.rnd, r.labels(l)...), pick(r.rnd, randomNames...))
		return err
	}},
	{"DeleteLabel", 2, func(r *randomRun, l *line) error {
		return l.store.DeleteLabel(r.t.Context(), pick(r.rnd, r.labels(l)...))
	}},
	{"FindOrCreateField", 3, func(r *randomRun, l *line) error {
		of := pick(r.rnd, contacts.DataText, contacts.DataNumber, contacts.DataDate, contacts.DataURL, "")
		field, _, err := l.store.FindOrCreateField(r.t.Context(), pick(r.rnd, randomNames...), of)
		r.keys = append(r.keys, field.Key)
		return err
	}},
	{"RenameField", 1, func(r *randomRun, l *line) error {
		_, err := l.store.RenameField(r.t.Context(), r.field(l).Key, pick(r.rnd, randomNames...))
		return err
	}},
	{"DeleteField", 3, func(r *randomRun, l *line) error {
		return l.store.DeleteField(r.t.Context(), r.field(l).Key)
	}},
	{"SetMember", 4, func(r *randomRun, l *line) error {
		m := &contacts.Member{
			MemberID: testID(7000 + r.rnd.Uint64N(3)),
			Status: pick(r.rnd, "", contacts.MemberActive, contacts.MemberPending, contacts.MemberBlocked,
				contacts.MemberOffline, contacts.MemberDeleted, "x"),
		}
		if r.oneIn(2) {
			m.Email = pick(r.rnd, randomEmails...)
		}
		_, err := l.store.SetMember(r.t.Context(), r.contact(l).ID, pick(r.rnd, m, nil))
		return err
	}},
	{"SetBillingSubscription", 2, func(r *randomRun, l *line) error {
		_, err := l.store.SetBillingSubscription(r.t.Context(), r.contact(l).ID, r.oneIn(4))
		return err
	}},
	{"SetSubscription", 6, func(r *randomRun, l *line) error {
		c := r.contact(l)
		address := r.emailOf(c)
		key := addressKey(address)
		if r.oneIn(2) {
			p := contacts.Phone{Number: "+12"}
			if len(c.Info.Phones) > 0 {
				p = pick(r.rnd, c.Info.Phones...)
			}
			address, key = pick(r.rnd, p.Number, p.E164), p.E164
		}
		status := pick(r.rnd, notSet, contacts.SubscriptionPending, subscribed, unsubscribed, contacts.SubscriptionNoStatus)
		if _, err := l.store.SetSubscription(r.t.Context(), c.ID, address, status); err != nil {
			return err
		}
		st := l.status(c.ID, key)
		st.subscription = status
		l.setStatus(c.ID, key, st)
		return nil
	}},
	{"SetDeliverability", 4, func(r *randomRun, l *line) error {
		c := r.contact(l)
		email := r.emailOf(c)
		status := pick(r.rnd, undelivered, bounced, contacts.EmailDeliverabilityValid, "")
		if _, err := l.store.SetDeliverability(r.t.Context(), c.ID, email, status); err != nil {
			return err
		}
		st := l.status(c.ID, addressKey(email))
		st.delivery = status
		l.setStatus(c.ID, addressKey(email), st)
		return nil
	}},
	{"SetSystemFields", 3, func(r *randomRun, l *line) error {
		values := map[string]any{"ecom.numOfPurchases": pick[any](r.rnd, 1, 2.5, nil, "many")}
		if r.oneIn(3) {
			values[pick(r.rnd, "members.mobile", "invoices.vatId", "custom.none")] = "true"
		}
		_, err := l.store.SetSystemFields(r.t.Context(), r.contact(l).ID, values)
		return err
	}},
	{"RecordActivity", 4, func(r *randomRun, l *line) error {
		at := pick(r.rnd, time.Time{}, r.now.Add(-time.Minute), r.now.Add(time.Millisecond))
		of := pick(r.rnd, "", contacts.ActivityEcomPurchase, contacts.ActivityMemberLogin, contacts.ActivityContactCreated)
		_, err := l.store.RecordActivity(r.t.Context(), r.contact(l).ID, of, at)
		return err
	}},
	{"Fork", 1, func(r *randomRun, l *line) error {
		f := &line{store: l.store.Fork(), last: l.last, versions: maps.Clone(l.versions), statuses: maps.Clone(l.statuses)}
		if f.store.Snapshot().Position() != l.last.Position() {
			return errors.New("STO-7: a fork at another position")
		}
		if len(r.lines) == 3 {
			i := r.rnd.IntN(3)
			r.lines = slices.Delete(r.lines, i, i+1)
		}
		r.lines = append(r.lines, f)
		return nil
	}},
}

func (r *randomRun) oneIn(n int) bool { return r.rnd.IntN(n) == 0 }

// step makes one write to one of the stores and returns its name and the first fault after it.
func (r *randomRun) step(done map[string]int) (string, error) {
	r.now = r.now.Add(pick(r.rnd, 0, time.Microsecond, time.Millisecond, time.Second, -5*time.Second))
	l := pick(r.rnd, r.lines...)
	total := 0
	for _, w := range randomWrites {
		total += w.weight
	}
	n := r.rnd.IntN(total)
	for _, w := range randomWrites {
		if n -= w.weight; n >= 0 {
			continue
		}
		err := w.do(r, l)
		switch code := contacts.CodeOf(err); {
		case err == nil:
			done[w.name]++
		case code == "" || code == contacts.ErrInternal || code == contacts.ErrClosed:
			return w.name, fmt.Errorf("a call failed: %w", err)
		case l.store.Snapshot().Position() != l.last.Position():
			return w.name, fmt.Errorf("STO-4: a refused call wrote: %w", err)
		}
		for _, other := range r.lines {
			if other != l && other.store.Snapshot().Position() != other.last.Position() {
				return w.name, errors.New("STO-7: a write to another store is seen")
			}
		}
		return w.name, l.check(r.keys)
	}
	panic("weights")
}

// checkAll checks every store, and snapshots of 25 steps ago.
func (r *randomRun) checkAll() error {
	for _, l := range r.lines {
		if err := l.check(r.keys); err != nil {
			return err
		}
		if l.old != nil && !sameState(l.oldState, stateOf(l.old)) {
			return errors.New("STO-8: an old snapshot shows something new")
		}
		l.old, l.oldState = l.last, stateOf(l.last)
	}
	return nil
}

func sameState(a, b state) bool {
	return a.Position == b.Position && a.Len == b.Len &&
		slices.EqualFunc(a.Contacts, b.Contacts, (*contacts.Contact).Equal) && slices.Equal(a.Billing, b.Billing) &&
		slices.Equal(a.Labels, b.Labels) && slices.Equal(a.Fields, b.Fields)
}

// contact returns a contact of the store, sometimes a missing one.
func (r *randomRun) contact(l *line) *contacts.Contact {
	n := r.rnd.IntN(l.last.Len() + 1)
	for v := range l.last.All() {
		if n--; n < 0 {
			return v.Clone()
		}
	}
	return &contacts.Contact{ID: missingID, Revision: 1}
}

// emailOf returns an email of the contact in upper or lower case, or one that it may not have.
func (r *randomRun) emailOf(c *contacts.Contact) string {
	if len(c.Info.Emails) == 0 || r.oneIn(4) {
		return pick(r.rnd, randomEmails...)
	}
	address := pick(r.rnd, c.Info.Emails...).Address
	return pick(r.rnd, address, strings.ToUpper(address), " "+address)
}

// labels returns keys of labels, sometimes of undefined ones.
func (r *randomRun) labels(l *line) []string {
	var keys []string
	for label := range l.last.Labels() {
		keys = append(keys, label.Key)
	}
	shuffle(r.rnd, keys)
	keys = keys[:1+r.rnd.IntN(min(3, len(keys)))]
	if r.oneIn(8) && len(r.keys) > 0 {
		keys = append(keys, pick(r.rnd, r.keys...))
	}
	return keys
}

// field returns an extended field, custom ones most of the time.
func (r *randomRun) field(l *line) contacts.Field {
	fields := slices.Collect(l.last.Fields())
	if custom := len(fields) - systemFields; custom > 0 && !r.oneIn(4) {
		return fields[r.rnd.IntN(custom)]
	}
	return pick(r.rnd, fields...)
}

func (r *randomRun) values(l *line) map[string]any {
	values := map[string]any{}
	for range r.rnd.IntN(3) {
		field := r.field(l)
		values[field.Key] = map[contacts.DataType]any{
			contacts.DataText: "text", contacts.DataNumber: r.rnd.IntN(9), contacts.DataDate: "2026-01-02",
			contacts.DataURL: "x.test",
		}[field.DataType]
		if r.oneIn(8) {
			values[field.Key] = pick[any](r.rnd, nil, "", true)
		}
	}
	return values
}

func (r *randomRun) emails() (list []contacts.Email) {
	for range r.rnd.IntN(4) {
		list = append(list, contacts.Email{Address: pick(r.rnd, randomEmails...), Primary: r.oneIn(4)})
	}
	return list
}

func (r *randomRun) phones() (list []contacts.Phone) {
	for range r.rnd.IntN(3) {
		p := pick(r.rnd, randomPhones...)
		p.Primary = r.oneIn(4)
		list = append(list, p)
	}
	return list
}

func (r *randomRun) info(l *line) contacts.Info {
	info := contacts.Info{
		Name:   contacts.Name{First: pick(r.rnd, "Ann", "Bob", "")},
		Emails: r.emails(), Phones: r.phones(), ExtendedFields: r.values(l),
	}
	if r.oneIn(2) {
		info.LabelKeys = r.labels(l)
	}
	return info
}

func (r *randomRun) patch(l *line) contacts.Patch {
	var p contacts.Patch
	switch r.rnd.IntN(7) {
	case 0:
		p.FirstName = contacts.Set(pick(r.rnd, "Cyd", ""))
	case 1:
		p.Emails = contacts.Set(r.emails())
	case 2:
		p.Phones = contacts.Set(r.phones())
	case 3:
		p.LabelKeys = contacts.Set(r.labels(l))
	case 4:
		p.ExtendedFields = contacts.Set(r.values(l))
	case 5:
		p.SetFields = r.values(l)
	case 6:
		p.Emails, p.Phones, p.Company = contacts.Set(r.emails()), contacts.Set(r.phones()), contacts.Set("Acorn")
	}
	return p
}

func addressKey(email string) string { return foldtest.EmailKey(email) }

// status returns the statuses that were set for an address, or the defaults (SUB-1).
func (l *line) status(id uuid.UUID, key string) statuses {
	if st, ok := l.statuses[id][key]; ok {
		return st
	}
	return statuses{notSet, undelivered}
}

// setStatus replaces the map of the contact: forks share it.
func (l *line) setStatus(id uuid.UUID, key string, st statuses) {
	m := map[string]statuses{}
	maps.Copy(m, l.statuses[id])
	m[key] = st
	l.statuses[id] = m
}

// forget removes the statuses of addresses that the contact no longer has (SUB-2).
func (l *line) forget(c *contacts.Contact) {
	m := maps.Clone(l.statuses[c.ID]) // forks share it
	maps.DeleteFunc(m, func(key string, _ statuses) bool {
		return !slices.ContainsFunc(c.Info.Emails, func(e contacts.Email) bool { return addressKey(e.Address) == key }) &&
			!slices.ContainsFunc(c.Info.Phones, func(p contacts.Phone) bool { return p.E164 == key })
	})
	l.statuses[c.ID] = m
}

// check returns the first fault of the store, by itself or compared with its state after the last commit.
func (l *line) check(keys []string) error {
	before, now := l.last, l.store.Snapshot()
	l.last = now
	if now.Position() == before.Position() {
		if now != before && !sameState(stateOf(before), stateOf(now)) {
			return errors.New("STO-4: something changed without a commit")
		}
		return nil // checked before
	}
	texts := append(slices.Clone(keys), "+12015550123", "+442079460018", "+12025550147", "+49301234567")
	for _, e := range randomEmails {
		texts = append(texts, addressKey(e))
	}
	if err := fault(now, texts...); err != nil {
		return fmt.Errorf("ORD-1: %w", err)
	}
	if now.Position() != before.Position()+1 {
		return fmt.Errorf("position %d after %d", now.Position(), before.Position())
	}
	labels, fields := map[string]bool{}, map[string]bool{}
	for label := range now.Labels() {
		labels[label.Key] = true
	}
	for field := range now.Fields() {
		fields[field.Key] = true
	}
	if len(labels) > systemLabels+labelQuota || len(fields) > systemFields+fieldQuota {
		return errors.New("LBL-11 FLD-11: more than the quota")
	}
	for v := range now.All() {
		c := v.Clone()
		this := version{c.ID, c.Revision}
		if seen := l.versions[this]; seen == nil {
			l.versions[this] = c
		} else if !seen.Equal(c) {
			return fmt.Errorf("revision %d of contact %s in two forms", c.Revision, c.ID)
		}
		l.forget(c)
		if err := l.faultOf(c, labels, fields); err != nil {
			return fmt.Errorf("contact %s: %w", c.ID, err)
		}
		old, err := before.Get(c.ID)
		if err != nil {
			if c.Revision != 1 {
				return fmt.Errorf("CRT-3: contact %s begins with revision %d", c.ID, c.Revision)
			}
			continue
		}
		if d := c.Revision - old.Revision; d < 0 || d > 1 {
			return fmt.Errorf("REV-1: revision of contact %s: %d more", c.ID, d)
		}
		if !c.CreatedDate.Equal(old.CreatedDate) || c.UpdatedDate.Before(old.UpdatedDate) ||
			c.LastActivity.ActivityDate.Before(old.LastActivity.ActivityDate) {
			return fmt.Errorf("STO-3 ACT-3: dates of contact %s", c.ID)
		}
		if c.IsMember() && old.IsMember() && addressKey(c.PrimaryInfo.Email) != addressKey(old.PrimaryInfo.Email) &&
			addressKey(c.PrimaryInfo.Email) != addressKey(c.Member.Email) {
			return fmt.Errorf("MEM-1 MEM-9: primary email of member %s changed", c.ID)
		}
	}
	return nil
}

// faultOf returns the first fault of one contact.
func (l *line) faultOf(c *contacts.Contact, labels, fields map[string]bool) error {
	for i, key := range c.Info.LabelKeys {
		if !labels[key] || slices.Contains(c.Info.LabelKeys[:i], key) {
			return fmt.Errorf("LBL-9: label %s", key)
		}
	}
	for key := range c.Info.ExtendedFields {
		if !fields[key] {
			return fmt.Errorf("FLD-13: field %s", key)
		}
	}
	var info contacts.PrimaryInfo
	var email contacts.PrimaryEmail
	var phone contacts.PrimaryPhone
	for i, e := range c.Info.Emails {
		if e.Primary != (i == 0) {
			return fmt.Errorf("PRI-3: email %d", i)
		}
	}
	for i, p := range c.Info.Phones {
		if p.Primary != (i == 0) {
			return fmt.Errorf("PRI-3: phone %d", i)
		}
	}
	if len(c.Info.Emails) > 0 {
		address := c.Info.Emails[0].Address
		st := l.status(c.ID, addressKey(address))
		info.Email, email = address, contacts.PrimaryEmail{
			Email: address, SubscriptionStatus: st.subscription, DeliverabilityStatus: st.delivery,
		}
	}
	if len(c.Info.Phones) > 0 {
		p := c.Info.Phones[0]
		info.Phone, phone = p.Number, contacts.PrimaryPhone{
			Phone: p.Number, CountryCode: p.CountryCode, E164: p.E164, Formatted: p.Formatted,
			SubscriptionStatus:   contacts.SubscriptionNoStatus,
			DeliverabilityStatus: contacts.PhoneDeliverabilityNoStatus,
		}
		if p.E164 != "" {
			phone.SubscriptionStatus = l.status(c.ID, p.E164).subscription
			phone.DeliverabilityStatus = contacts.PhoneDeliverabilityNotSet
		}
	}
	if c.PrimaryInfo != info || c.PrimaryEmail != email || c.PrimaryPhone != phone {
		return fmt.Errorf("PRI-5 SUB-2: %+v %+v %+v, want %+v %+v %+v",
			c.PrimaryInfo, c.PrimaryEmail, c.PrimaryPhone, info, email, phone)
	}
	membership := ""
	if c.Member != nil {
		membership = map[contacts.MemberStatus]string{
			contacts.MemberActive: "APPROVED", contacts.MemberPending: "PENDING", contacts.MemberBlocked: "DENIED",
			contacts.MemberOffline: "INACTIVE", contacts.MemberDeleted: "INACTIVE",
		}[c.Member.Status]
	}
	for key, want := range map[string]string{
		"emailSubscriptions.effectiveEmail":       email.Email,
		"emailSubscriptions.subscriptionStatus":   string(email.SubscriptionStatus),
		"emailSubscriptions.deliverabilityStatus": string(email.DeliverabilityStatus),
		"members.membershipStatus":                membership,
	} {
		if got, ok := c.Info.ExtendedFields[key]; ok != (want != "") || ok && got != want {
			return fmt.Errorf("SUB-7 MEM-5: %s is %v, want %q", key, got, want)
		}
	}
	return nil
}
