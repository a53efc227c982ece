package contacts

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// Opt is an optional value. The zero Opt is absent; [Set] makes one that is present.
type Opt[T any] struct {
	value   T
	present bool
}

// LogValue returns whether the value is present.
func (o Opt[T]) LogValue() slog.Value { return slog.BoolValue(o.present) }

// Set returns an Opt with the value v.
func Set[T any](v T) Opt[T] { return Opt[T]{value: v, present: true} }

// Get returns the value and whether it is present. An absent Opt has the zero value.
func (o Opt[T]) Get() (T, bool) { return o.value, o.present }

// IsZero reports whether the value is absent.
func (o Opt[T]) IsZero() bool { return !o.present }

// Patch lists the changes of an update (UPD-3). An absent member leaves its field unchanged, a present one replaces
// it, and one with the zero value clears it. Lists are replaced as a whole. An item keeps its ID if the contact
// already has an item with that ID in the same list; any other item gets a new ID (UPD-5).
//
// In JSON a Patch is the info object of an update: a missing member is absent; null and "" clear the field.
type Patch struct {
	FirstName, LastName        Opt[string]
	Emails                     Opt[[]Email]
	Phones                     Opt[[]Phone]
	Addresses                  Opt[[]Address]
	Company, JobTitle          Opt[string]
	Birthdate, Locale          Opt[string]
	LabelKeys                  Opt[[]string]
	ExtendedFields             Opt[map[string]any] // replaces all writable values, keeps read-only ones
	Picture                    Opt[*Picture]
	Locations, AssignedUserIDs Opt[[]uuid.UUID]

	// SetFields changes single extended fields, after ExtendedFields; nil and "" clear them. It is an extension of V4
	// and has no form in JSON.
	SetFields map[string]any
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (p Patch) LogValue() slog.Value { return redact.Value(p) }

// IsZero reports whether the patch changes nothing.
func (p Patch) IsZero() bool {
	for _, m := range patchMembers {
		if !m.absent(p) {
			return false
		}
	}
	return len(p.SetFields) == 0
}

// patchOf returns the patch that turns an empty Info into in.
func patchOf(in Info) Patch {
	return Patch{
		FirstName: Set(in.Name.First), LastName: Set(in.Name.Last),
		Emails: Set(in.Emails), Phones: Set(in.Phones), Addresses: Set(in.Addresses),
		Company: Set(in.Company), JobTitle: Set(in.JobTitle),
		Birthdate: Set(in.Birthdate), Locale: Set(in.Locale),
		LabelKeys: Set(in.LabelKeys), ExtendedFields: Set(in.ExtendedFields), Picture: Set(in.Picture),
		Locations: Set(in.Locations), AssignedUserIDs: Set(in.AssignedUserIDs),
	}
}

// patchMember is one member of a patch, with its path in a field mask.
type patchMember struct {
	path   string
	absent func(Patch) bool      // of a copy, which need not be on the heap
	keep   func(dst, src *Patch) // copies the member, or clears it if src lacks it
}

func member[T any](path string, at func(*Patch) *Opt[T]) patchMember {
	return patchMember{
		path:   path,
		absent: func(p Patch) bool { return at(&p).IsZero() },
		keep:   func(dst, src *Patch) { *at(dst) = Set(at(src).value) },
	}
}

var patchMembers = []patchMember{
	member("info.name.first", func(p *Patch) *Opt[string] { return &p.FirstName }),
	member("info.name.last", func(p *Patch) *Opt[string] { return &p.LastName }),
	member("info.emails", func(p *Patch) *Opt[[]Email] { return &p.Emails }),
	member("info.phones", func(p *Patch) *Opt[[]Phone] { return &p.Phones }),
	member("info.addresses", func(p *Patch) *Opt[[]Address] { return &p.Addresses }),
	member("info.company", func(p *Patch) *Opt[string] { return &p.Company }),
	member("info.jobTitle", func(p *Patch) *Opt[string] { return &p.JobTitle }),
	member("info.birthdate", func(p *Patch) *Opt[string] { return &p.Birthdate }),
	member("info.locale", func(p *Patch) *Opt[string] { return &p.Locale }),
	member("info.labelKeys", func(p *Patch) *Opt[[]string] { return &p.LabelKeys }),
	member("info.extendedFields", func(p *Patch) *Opt[map[string]any] { return &p.ExtendedFields }),
	member("info.picture", func(p *Patch) *Opt[*Picture] { return &p.Picture }),
	member("info.locations", func(p *Patch) *Opt[[]uuid.UUID] { return &p.Locations }),
	member("info.assignedUserIds", func(p *Patch) *Opt[[]uuid.UUID] { return &p.AssignedUserIDs }),
}

// Masked applies the field mask of an update (UPD-8), which old clients of the service send: it returns a patch with
// the listed paths only, and clears a listed path without a value. Paths are those of the wire (info.company,
// info.name.last, info.extendedFields.custom.age); info.name and info include all paths below them. Unknown and
// read-only paths are ignored. The result may share lists and maps with p.
func (p Patch) Masked(paths []string) Patch {
	var out Patch
	for _, m := range patchMembers {
		for _, path := range paths {
			path = strings.TrimSuffix(path, ".items")
			if path == m.path || strings.HasPrefix(m.path, path+".") {
				m.keep(&out, &p)
			}
		}
	}
	values, _ := p.ExtendedFields.Get()
	for _, path := range paths {
		key, ok := strings.CutPrefix(path, "info.extendedFields.")
		key = strings.TrimPrefix(key, "items.")
		if ok && key != "" && key != "items" {
			if out.SetFields == nil {
				out.SetFields = make(map[string]any)
			}
			value, single := p.SetFields[key]
			if !single {
				value = values[key]
			}
			out.SetFields[key] = value
		}
	}
	return out
}

// items returns the number of list items, each of which may need a new ID.
func (p Patch) items() int {
	return len(p.Emails.value) + len(p.Phones.value) + len(p.Addresses.value)
}

// multiplePrimaries reports whether the patch flags several primary emails or several primary phones (PRI-1).
func (p Patch) multiplePrimaries() bool {
	emails, phones := 0, 0
	for _, e := range p.Emails.value {
		if e.Primary {
			emails++
		}
	}
	for _, t := range p.Phones.value {
		if t.Primary {
			phones++
		}
	}
	return emails > 1 || phones > 1
}

// keepIDs returns the patch with copies of its lists, whose items have their final IDs: see [keepIDs]. ids contains
// p.items() new IDs. The second result reports whether those that were used are new to their lists.
func (p Patch) keepIDs(in Info, ids []uuid.UUID) (Patch, bool) {
	p.Emails.value = slices.Clone(p.Emails.value)
	p.Phones.value = slices.Clone(p.Phones.value)
	p.Addresses.value = slices.Clone(p.Addresses.value)
	forPhones := ids[len(p.Emails.value):]
	forAddresses := forPhones[len(p.Phones.value):]
	fresh := keepIDs(p.Emails.value, in.Emails, ids, (*Email).id)
	fresh = keepIDs(p.Phones.value, in.Phones, forPhones, (*Phone).id) && fresh
	fresh = keepIDs(p.Addresses.value, in.Addresses, forAddresses, (*Address).id) && fresh
	return p, fresh
}

func (e *Email) id() *uuid.UUID { return &e.ID }

func (p *Phone) id() *uuid.UUID { return &p.ID }

func (a *Address) id() *uuid.UUID { return &a.ID }

// apply returns in with the patch applied. The patch must be normalised and have its final IDs; values are the
// checked values of ExtendedFields and SetFields. apply moves the primary items of the patch to the front and does
// not change in. The result may share memory with both, so all three must belong to the store.
func (p Patch) apply(in Info, values fieldValues) Info {
	setTo(&in.Name.First, p.FirstName)
	setTo(&in.Name.Last, p.LastName)
	setTo(&in.Company, p.Company)
	setTo(&in.JobTitle, p.JobTitle)
	setTo(&in.Birthdate, p.Birthdate)
	setTo(&in.Locale, p.Locale)
	setTo(&in.LabelKeys, p.LabelKeys)
	setTo(&in.Picture, p.Picture)
	setTo(&in.Locations, p.Locations)
	setTo(&in.AssignedUserIDs, p.AssignedUserIDs)
	if emails, ok := p.Emails.Get(); ok {
		primaryFirst(emails, func(e *Email) *bool { return &e.Primary })
		in.Emails = emails
	}
	if phones, ok := p.Phones.Get(); ok {
		primaryFirst(phones, func(t *Phone) *bool { return &t.Primary })
		in.Phones = phones
	}
	setTo(&in.Addresses, p.Addresses)
	in.ExtendedFields = values.apply(in.ExtendedFields)
	return in
}

func setTo[T any](dst *T, o Opt[T]) {
	if v, ok := o.Get(); ok {
		*dst = v
	}
}

// keepIDs gives each item an ID: its own if an old item has it and no earlier item does, otherwise that in its place
// among ids. It reports false if it gave an item the ID of an old or an earlier item.
func keepIDs[T any](items, old []T, ids []uuid.UUID, id func(*T) *uuid.UUID) bool {
	fresh := true
	for i := range items {
		own := id(&items[i])
		if *own == uuid.Nil || !hasID(old, *own, id) || hasID(items[:i], *own, id) {
			*own = ids[i]
			fresh = fresh && !hasID(old, *own, id) && !hasID(items[:i], *own, id)
		}
	}
	return fresh
}

// hasID reports whether one of the items has this ID.
func hasID[T any](items []T, own uuid.UUID, id func(*T) *uuid.UUID) bool {
	for i := range items { // by index: passing the address of a copy would allocate it
		if *id(&items[i]) == own {
			return true
		}
	}
	return false
}

// primaryFirst moves the flagged item, or the first if none is flagged, to the front and flags it. The other items keep
// their order (PRI-2, PRI-3).
func primaryFirst[T any](items []T, primary func(*T) *bool) {
	if len(items) == 0 {
		return
	}
	flagged := 0
	for i := range items {
		if *primary(&items[i]) {
			flagged = i
			break
		}
	}
	item := items[flagged]
	copy(items[1:flagged+1], items[:flagged])
	items[0] = item
	*primary(&items[0]) = true
}

// fieldValues are checked changes to extended fields.
type fieldValues struct {
	replace bool           // remove all writable values first
	set     map[string]any // nil removes a value; never changed, contacts can keep it
}

// apply applies the changes to old and returns the result. That is old itself if nothing changes, set if old is empty and
// no value is removed, and otherwise a new map.
func (f fieldValues) apply(old map[string]any) map[string]any {
	switch {
	case !f.replace && len(f.set) == 0:
		return old
	case len(old) == 0 && len(f.set) > 0 && !f.removes():
		return f.set
	}
	values := maps.Clone(old)
	if values == nil {
		values = make(map[string]any, len(f.set))
	}
	if f.replace {
		maps.DeleteFunc(values, func(key string, _ any) bool { return !readOnlyField(key) })
	}
	for key, v := range f.set {
		if v == nil {
			delete(values, key)
		} else {
			values[key] = v
		}
	}
	if len(values) == 0 {
		return nil // an empty map takes memory
	}
	return values
}

// removes reports whether a value is removed.
func (f fieldValues) removes() bool {
	for _, v := range f.set {
		if v == nil {
			return true
		}
	}
	return false
}
