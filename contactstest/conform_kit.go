package contactstest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// kit is what a case of [Conformance] works with: the implementation under test, calls that must succeed, and checks.
//
// Calls whose result is the subject of a case have the form
//
//	of(k.api().Update(k.ctx(), c.ID, 1, patch, nil)).fails(k, contacts.ErrAlreadyChanged)
//	of(k.api().GetLabel(k.ctx(), key)).ok(k)
type kit struct {
	TB
	impl API
	held bool // no more reopening

	// known has some of the contacts as they were last seen. After a call that must fail they must be the same.
	known map[uuid.UUID]*contacts.Contact

	updated *contacts.Contact // see eve
}

func (k *kit) ctx() context.Context { return k.TB.Context() }

// api returns the implementation, for one call.
func (k *kit) api() API {
	k.Helper()
	if r, ok := k.impl.(Reopener); ok && !k.held {
		k.impl = r.Reopen()
	}
	return k.impl
}

// hold keeps the implementation from being reopened from now on. It is for calls that depend on what a store does not
// save, and for cases of hundreds of calls.
func (k *kit) hold() { k.held = true }

// release undoes hold.
func (k *kit) release() { k.held = false }

// optional returns the implementation as one of the interfaces that it may lack, and skips the case if it does.
func optional[I any](k *kit, name string) I {
	k.Helper()
	i, ok := k.api().(I)
	if !ok {
		k.Skipf("the implementation is no %s", name)
	}
	return i
}

func (k *kit) admin() Admin       { k.Helper(); return optional[Admin](k, "Admin") }
func (k *kit) upserter() Upserter { k.Helper(); return optional[Upserter](k, "Upserter") }
func (k *kit) batcher() Batcher   { k.Helper(); return optional[Batcher](k, "Batcher") }
func (k *kit) importer() Importer { k.Helper(); return optional[Importer](k, "Importer") }
func (k *kit) resolver() Resolver { k.Helper(); return optional[Resolver](k, "Resolver") }
func (k *kit) follower() Follower { k.Helper(); return optional[Follower](k, "Follower") }
func (k *kit) snapshot() *contacts.Snapshot {
	k.Helper()
	return optional[Snapshotter](k, "Snapshotter").Snapshot()
}

// clock returns the time of the implementation's clock, to the millisecond. It skips the case if the clock cannot be
// moved.
func (k *kit) clock() time.Time {
	k.Helper()
	m, ok := k.impl.(Mover)
	if !ok {
		k.Skipf("the implementation is no Mover")
	}
	return m.Advance(0).UTC().Truncate(time.Millisecond)
}

// tick lets time pass, so that the next write has a later time than the last one.
func (k *kit) tick() {
	if m, ok := k.impl.(Mover); ok {
		m.Advance(time.Minute)
		return
	}
	time.Sleep(3 * time.Millisecond)
}

// knownMax limits the contacts that are read again after each call that must fail.
const knownMax = 8

// see notes a contact as it is now.
func (k *kit) see(c *contacts.Contact) {
	if k.known == nil {
		k.known = map[uuid.UUID]*contacts.Contact{}
	}
	if k.known[c.ID] != nil || len(k.known) < knownMax {
		k.known[c.ID] = c.Clone()
	}
}

// eve returns a contact named Eve, as the last update left it, for cases that try many patches.
func (k *kit) eve() *contacts.Contact {
	k.Helper()
	if k.updated == nil {
		k.updated = k.create(person("Eve"))
	}
	return k.updated
}

// forget forgets how the contacts are, because a call may have changed any of them.
func (k *kit) forget() { k.known = nil }

// result is what a call has returned.
type result[R any] struct {
	value R
	err   error
}

func of[R any](value R, err error) result[R] { return result[R]{value, err} }

// done is the result of a call that returns only an error.
func done(err error) result[struct{}] { return result[struct{}]{err: err} }

// made is a label or an extended field, and whether the call has created it.
type made[R any] struct {
	value   R
	created bool
}

func madeOf[R any](value R, created bool, err error) result[made[R]] {
	return result[made[R]]{made[R]{value, created}, err}
}

// upserted is the result of an upsert.
type upserted struct {
	contact *contacts.Contact
	action  contacts.UpsertAction
}

func upsertedOf(c *contacts.Contact, action contacts.UpsertAction, err error) result[upserted] {
	return result[upserted]{upserted{c, action}, err}
}

// ok requires that the call has succeeded and returns its result.
func (r result[R]) ok(k *kit) R {
	k.Helper()
	if r.err != nil {
		k.skipOption(r.err)
		k.Fatalf("the call fails: %s", describe(r.err))
	}
	if c, ok := any(r.value).(*contacts.Contact); ok {
		if c == nil {
			k.Fatalf("the call returns neither a contact nor an error")
		}
		if old := k.known[c.ID]; old != nil && c.Revision > old.Revision {
			k.see(c)
		}
	}
	return r.value
}

// fails requires that the call has failed with a code and has changed nothing. It returns the error.
func (r result[R]) fails(k *kit, want contacts.Code) error {
	k.Helper()
	if r.err == nil {
		k.Fatalf("the call succeeds, want %s", want)
	}
	if got := contacts.CodeOf(r.err); got != want {
		k.skipOption(r.err)
		k.Fatalf("the call fails with the wrong code\nwant: %s\ngot:  %s", want, describe(r.err))
	}
	if !errors.Is(r.err, want) {
		k.Errorf("ERR-2: errors.Is(err, %s) is false: %s", want, describe(r.err))
	}
	k.unchanged()
	return r.err
}

// invalid requires that the call has failed with INVALID_ARGUMENT and these violations, in this order, and has changed
// nothing. Violations have the form of violationText.
func (r result[R]) invalid(k *kit, want ...string) {
	k.Helper()
	if r.err != nil && contacts.CodeOf(r.err) == contacts.ErrInvalid && !slices.Equal(want, violationsOf(r.err)) {
		k.skipOption(r.err)
	}
	err := r.fails(k, contacts.ErrInvalid)
	if got := violationsOf(err); !slices.Equal(want, got) {
		k.Fatalf("the violations differ\nwant: %s\ngot:  %s", strings.Join(want, ", "), strings.Join(got, ", "))
	}
}

// unchanged requires that the contacts that the case has made are as they were last seen.
func (k *kit) unchanged() {
	k.Helper()
	if len(k.known) == 0 {
		return
	}
	api := k.api()
	for _, id := range slices.SortedFunc(maps.Keys(k.known), func(a, b uuid.UUID) int {
		return strings.Compare(a.String(), b.String())
	}) {
		got, err := api.Get(k.ctx(), id, nil)
		if err != nil {
			k.Fatalf("STO-4: after a call that failed, contact %s cannot be read: %s", id, describe(err))
		}
		sameContact(k, "STO-4: after a call that failed, contact "+id.String(), k.known[id], got)
	}
}

// skipOption skips the case if an error says that the implementation cannot carry an option.
func (k *kit) skipOption(err error) {
	k.Helper()
	e, ok := errors.AsType[*contacts.Error](err)
	if !ok || e.Code != contacts.ErrInvalid {
		return
	}
	for _, v := range e.Violations {
		// A violation of the same kind names an extended field of the system by its path in the info (FLD-16).
		if v.RuleName == contacts.RuleNameNotSettable && !strings.HasPrefix(v.Field, "info.") {
			k.Skipf("the implementation cannot carry %s", v.Field)
		}
	}
}

// detail returns the detail of an error, and skips the rest of the case if the error has none, since not every
// implementation can report it. So it is the last check of a case.
func detail[E error](k *kit, err error) E {
	k.Helper()
	found, ok := errors.AsType[E](err)
	if !ok {
		k.Skipf("the implementation reports no %T", found)
	}
	return found
}

// describe returns the code, the contact and the violations of an error.
func describe(err error) string {
	text := "(no code)"
	if code := contacts.CodeOf(err); code != "" {
		text = string(code)
	}
	if list := violationsOf(err); len(list) > 0 {
		text += ": " + strings.Join(list, ", ")
	}
	return text + " (" + err.Error() + ")"
}

func violationsOf(err error) []string {
	var list []string
	if e, ok := errors.AsType[*contacts.Error](err); ok {
		for _, v := range e.Violations {
			list = append(list, violationText(v))
		}
	}
	return list
}

// violationText returns the path, the rule and its argument: "info.name.first MAX_LENGTH 1000", "info.locale
// FORMAT LANGUAGE_TAG", "unsubscribe[0] CUSTOM NOT_ON_CONTACT", "ctx REQUIRED_FIELD".
func violationText(v contacts.Violation) string {
	text := v.Field + " " + string(v.Rule)
	switch v.Rule {
	case contacts.RuleFormat:
		return text + " " + string(v.Format)
	case contacts.RuleCustom:
		return text + " " + v.RuleName
	case contacts.RuleRequired:
		return text
	default:
		return fmt.Sprintf("%s %d", text, v.Threshold)
	}
}

// The calls below must succeed.

// create creates a contact, even a duplicate.
func (k *kit) create(info contacts.Info) *contacts.Contact {
	k.Helper()
	c := of(k.api().Create(k.ctx(), info, &contacts.CreateOptions{AllowDuplicates: true})).ok(k)
	k.see(c)
	return c
}

// get returns a contact.
func (k *kit) get(id uuid.UUID) *contacts.Contact {
	k.Helper()
	return of(k.api().Get(k.ctx(), id, nil)).ok(k)
}

// gone requires that no contact has an ID.
func (k *kit) gone(id uuid.UUID) {
	k.Helper()
	of(k.api().Get(k.ctx(), id, nil)).fails(k, contacts.ErrContactNotFound)
}

// update updates a contact from the revision that is given, even to a duplicate.
func (k *kit) update(c *contacts.Contact, patch contacts.Patch) *contacts.Contact {
	k.Helper()
	opts := &contacts.UpdateOptions{AllowDuplicates: true}
	c = of(k.api().Update(k.ctx(), c.ID, c.Revision, patch, opts)).ok(k)
	k.see(c)
	if k.updated != nil && k.updated.ID == c.ID {
		k.updated = c
	}
	return c
}

// tryUpdate updates a contact from the revision that is given.
func (k *kit) tryUpdate(c *contacts.Contact, patch contacts.Patch) result[*contacts.Contact] {
	k.Helper()
	return of(k.api().Update(k.ctx(), c.ID, c.Revision, patch, nil))
}

// tryCreate creates a contact.
func (k *kit) tryCreate(info contacts.Info) result[*contacts.Contact] {
	k.Helper()
	return of(k.api().Create(k.ctx(), info, nil))
}

// remove deletes a contact.
func (k *kit) remove(id uuid.UUID) {
	k.Helper()
	done(k.api().Delete(k.ctx(), id)).ok(k)
	delete(k.known, id)
}

// merge merges contacts and returns the merged one.
func (k *kit) merge(target *contacts.Contact, sources ...*contacts.Contact) *contacts.Contact {
	k.Helper()
	c := k.tryMerge(target, sources...).ok(k)
	for _, s := range sources {
		delete(k.known, s.ID)
	}
	k.see(c)
	return c
}

func (k *kit) tryMerge(target *contacts.Contact, sources ...*contacts.Contact) result[*contacts.Contact] {
	k.Helper()
	return of(k.api().Merge(k.ctx(), target.ID, target.Revision, idsOf(sources), nil))
}

// newLabel creates a label and returns its key.
func (k *kit) newLabel(displayName string) string {
	k.Helper()
	l := k.tryLabel(displayName).ok(k)
	check(k, "the label "+displayName+" exists already", l.created)
	return l.value.Key
}

// newField creates an extended field and returns its key.
func (k *kit) newField(displayName string, t contacts.DataType) string {
	k.Helper()
	f := k.tryField(displayName, t).ok(k)
	check(k, "the extended field "+displayName+" exists already", f.created)
	return f.value.Key
}

// label adds labels to a contact.
func (k *kit) label(id uuid.UUID, keys ...string) *contacts.Contact {
	k.Helper()
	c := of(k.api().Label(k.ctx(), id, keys...)).ok(k)
	k.see(c)
	return c
}

// list returns the IDs of the contacts that match a query, at most 1000.
func (k *kit) list(q contacts.Query) []uuid.UUID {
	k.Helper()
	return idsOf(k.page(q, &contacts.ListOptions{Limit: 1000}).Items)
}

// finds requires that a query matches these contacts, in this order.
func (k *kit) finds(what string, q contacts.Query, want ...*contacts.Contact) {
	k.Helper()
	same(k, what, idsOf(want), k.list(q))
}

// matches requires that a filter matches these contacts, in this order.
func (k *kit) matches(what string, f contacts.Filter, want ...*contacts.Contact) {
	k.Helper()
	k.finds(what, contacts.Query{Filter: f}, want...)
}

func (k *kit) setMember(id uuid.UUID, member *contacts.Member) *contacts.Contact {
	k.Helper()
	c := k.trySetMember(id, member).ok(k)
	k.see(c)
	return c
}

func (k *kit) setBilling(id uuid.UUID, active bool) *contacts.Contact {
	k.Helper()
	c := of(k.admin().SetBillingSubscription(k.ctx(), id, active)).ok(k)
	k.see(c)
	return c
}

func (k *kit) subscribe(id uuid.UUID, address string, status contacts.SubscriptionStatus) *contacts.Contact {
	k.Helper()
	c := k.trySubscribe(id, address, status).ok(k)
	k.see(c)
	return c
}

func idsOf(list []*contacts.Contact) []uuid.UUID {
	ids := make([]uuid.UUID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	return ids
}

// missingID returns an ID that no contact has.
func missingID() uuid.UUID { return uuid.UUID{6: 0x40, 8: 0x80, 15: 0xff} }

// person returns an info with a first name and emails.
func person(first string, emails ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first}}
	for _, e := range emails {
		info.Emails = append(info.Emails, contacts.Email{Address: e})
	}
	return info
}

// caller returns an info with a first name and phones of a country.
func caller(first, country string, numbers ...string) contacts.Info {
	info := contacts.Info{Name: contacts.Name{First: first}}
	for _, n := range numbers {
		info.Phones = append(info.Phones, contacts.Phone{CountryCode: country, Number: n})
	}
	return info
}
