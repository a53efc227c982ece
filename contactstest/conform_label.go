package contactstest

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const (
	labelCustomers = "contacts.customers"
	labelContacted = "contacts.contacted-me"
)

// badNames returns display names that are refused, each with its violation: one that is longer than the limit, one with
// NUL, and those that show nothing (CRT-1).
func badNames(limit int) map[string]string {
	bad := map[string]string{
		strings.Repeat("ä", limit+1): fmt.Sprint("displayName MAX_LENGTH ", limit), "a\x00": "displayName FORMAT TEXT",
	}
	for _, name := range []string{"", " ", "\u200b", "\ufeff \u00ad", "\u3164"} {
		bad[name] = "displayName MIN_LENGTH 1"
	}
	return bad
}

// labelled returns an info with a first name and labels.
func labelled(first string, keys ...string) contacts.Info {
	info := person(first)
	info.LabelKeys = keys
	return info
}

// tryLabel creates a label, or finds it.
func (k *kit) tryLabel(displayName string) result[made[contacts.Label]] {
	k.Helper()
	return madeOf(k.api().FindOrCreateLabel(k.ctx(), displayName))
}

// getLabel returns a label.
func (k *kit) getLabel(key string) contacts.Label {
	k.Helper()
	return of(k.api().GetLabel(k.ctx(), key)).ok(k)
}

// foundLabel requires that a display name finds the label with a key, and changes nothing about it.
func foundLabel(k *kit, displayName, key string) {
	k.Helper()
	before := k.getLabel(key)
	k.tick()
	got := k.tryLabel(displayName).ok(k)
	check(k, fmt.Sprintf("%q does not find the label %s", displayName, key), !got.created)
	same(k, "the label", before, got.value)
}

// newLabelKey requires that a display name makes a new label with this key.
func newLabelKey(k *kit, displayName, key string) {
	k.Helper()
	same(k, fmt.Sprintf("the key of %q", displayName), key, k.newLabel(displayName))
}

// manyLabels creates labels, in one batch if the implementation has batches, and returns their keys.
func manyLabels(k *kit, n int) []string {
	k.Helper()
	k.hold()
	keys := make([]string, n)
	b, ok := k.api().(Batcher)
	if !ok {
		for i := range keys {
			keys[i] = k.newLabel(fmt.Sprint("Many ", i))
		}
		return keys
	}
	ops := make([]contacts.Operation, n)
	for i := range ops {
		ops[i] = contacts.FindOrCreateLabelOp{DisplayName: fmt.Sprint("Many ", i)}
	}
	for i, r := range of(b.Batch(k.ctx(), ops, nil)).ok(k) {
		check(k, "a label of a batch is not created", r.Created)
		keys[i] = r.Label.Key
	}
	return keys
}

// keysOf requires the keys of an error. It is the last check of a case (see detail).
func keysOf(k *kit, err error, want ...string) {
	k.Helper()
	same(k, "the keys of the error", want, detail[*contacts.KeysError](k, err).Keys)
}

// labelCases are those of LBL.
var labelCases = []conformCase{
	{"LBL-1 the labels of the system", Needs{}, func(k *kit) {
		for key, name := range map[string]string{labelCustomers: "Customers", labelContacted: "Contacted Me"} {
			l := k.getLabel(key)
			same(k, "displayName", name, l.DisplayName)
			same(k, "labelType", contacts.LabelSystem, l.LabelType)
			same(k, "namespace", "contacts", l.Namespace)
			check(k, "a label of the system has a date", l.CreatedDate.IsZero() && l.UpdatedDate.IsZero())
		}
		c := k.create(labelled("Ada", labelCustomers, labelContacted))
		same(k, "labelKeys", []string{labelCustomers, labelContacted}, c.Info.LabelKeys)
	}},
	{"LBL-1 no others", alone, func(k *kit) {
		page := of(k.api().ListLabels(k.ctx(), contacts.LabelQuery{LabelType: contacts.LabelSystem}, nil)).ok(k)
		same(k, "the number of labels of the system", 2, page.Total)
	}},
	{"LBL-2 keys that are not defined", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		for _, key := range []string{"custom.missing", "contacts.Customers", "Customers", "contacts.customers "} {
			k.tryCreate(labelled("Eve", key)).fails(k, contacts.ErrLabelNotFound)
			k.tryUpdate(c, contacts.Patch{LabelKeys: contacts.Set([]string{labelCustomers, key})}).
				fails(k, contacts.ErrLabelNotFound)
		}
		keys := []string{"custom.z", labelCustomers, "custom.a", "custom.z", labelContacted, "custom.m"}
		err := k.tryCreate(labelled("Eve", keys...)).fails(k, contacts.ErrLabelNotFound)
		keysOf(k, err, "custom.z", "custom.a", "custom.m")
	}},
	{"LBL-3 each label once, in order", Needs{}, func(k *kit) {
		want := []string{labelContacted, labelCustomers}
		c := k.create(labelled("Ada", labelContacted, labelCustomers, labelContacted, labelContacted, labelCustomers))
		same(k, "labelKeys", want, c.Info.LabelKeys)
		keys := []string{labelCustomers, labelContacted, labelCustomers}
		c = k.update(c, contacts.Patch{LabelKeys: contacts.Set(keys)})
		same(k, "labelKeys after an update", keys[:2], c.Info.LabelKeys)
		same(k, "labelKeys as read", keys[:2], k.get(c.ID).Info.LabelKeys)
	}},
	{"LBL-4 a new label", Needs{}, func(k *kit) {
		got := k.tryLabel("Night Owls").ok(k)
		check(k, "the label is not created", got.created)
		l := got.value
		check(k, "createdDate is not set", !l.CreatedDate.IsZero())
		same(k, "the label", contacts.Label{
			Namespace: "custom", NamespaceDisplayName: "Labels", Key: "custom.night-owls", DisplayName: "Night Owls",
			LabelType: contacts.LabelUserDefined, CreatedDate: l.CreatedDate, UpdatedDate: l.CreatedDate,
		}, l)
		same(k, "the label as read", l, k.getLabel(l.Key))
	}},
	{"LBL-4 what does not count", Needs{}, func(k *kit) {
		key := k.newLabel(" Night Café ")
		same(k, "displayName", " Night Café ", k.getLabel(key).DisplayName)
		for _, name := range []string{
			" Night Café ", "Night Café", "\tNight Café\u00a0", "Night Cafe\u0301", "\ufeffNi\u200bght C\u00adafé",
		} {
			foundLabel(k, name, key)
		}
	}},
	{"LBL-4 what counts", Needs{}, func(k *kit) {
		key := k.newLabel("Night Owl")
		seen := []string{key}
		for _, name := range []string{"night owl", "Night  Owl", "Night Öwl", "Night Owls", "Night", key, "Ｎight Owl"} {
			got := k.newLabel(name)
			for _, s := range seen {
				check(k, "two labels have one key", got != s)
			}
			seen = append(seen, got)
		}
	}},
	{"LBL-4 labels of the system are found", Needs{}, func(k *kit) {
		foundLabel(k, "Customers", labelCustomers)
		foundLabel(k, " Contacted Me\u200d", labelContacted)
		other := k.newLabel("customers")
		of(k.api().RenameLabel(k.ctx(), other, "Customers")).ok(k)
		foundLabel(k, "Customers", labelCustomers)
	}},
	{"LBL-4 the oldest of several", Needs{}, func(k *kit) {
		keys := []string{k.newLabel("Owl B"), k.newLabel("Owl A"), k.newLabel("Owl C")}
		for _, key := range []string{keys[2], keys[1], keys[0]} {
			k.tick()
			of(k.api().RenameLabel(k.ctx(), key, "Owl X")).ok(k)
		}
		foundLabel(k, "Owl X", keys[0])
	}},
	{"LBL-5 display names", Needs{}, func(k *kit) {
		key := k.newLabel(strings.Repeat("ä", 180))
		for bad, want := range badNames(180) {
			k.tryLabel(bad).invalid(k, want)
			of(k.api().RenameLabel(k.ctx(), key, bad)).invalid(k, "label."+want)
		}
		same(k, "displayName", strings.Repeat("ä", 180), k.getLabel(key).DisplayName)
	}},
	{"LBL-6 keys of new labels", Needs{}, func(k *kit) {
		for _, l := range [][2]string{
			{"VIP Customer", "custom.vip-customer"}, {"Größe 3/4", "custom.größe-3-4"}, {"!!!", "custom.label"},
			{"  -- A_b.c! ", "custom.a-b-c"}, {"日本 顧客", "custom.日本-顧客"}, {"हिन्दी", "custom.हिन्दी"},
			{strings.Repeat("x", 100), "custom." + strings.Repeat("x", 73)},
			{strings.Repeat("y", 72) + " zz", "custom." + strings.Repeat("y", 72)},
		} {
			newLabelKey(k, l[0], l[1])
		}
	}},
	{"LBL-7 the first suffix that is free", Needs{}, func(k *kit) {
		newLabelKey(k, "Owl", "custom.owl")
		newLabelKey(k, "owl", "custom.owl-2")
		newLabelKey(k, "OWL", "custom.owl-3")
		done(k.api().DeleteLabel(k.ctx(), "custom.owl-2")).ok(k)
		newLabelKey(k, "Owl!", "custom.owl-2")
		newLabelKey(k, "Owl?", "custom.owl-4")
		of(k.api().RenameLabel(k.ctx(), "custom.owl", "Eagle")).ok(k)
		newLabelKey(k, "Owl", "custom.owl-5")
	}},
	{"LBL-7 a suffix counts towards the length", Needs{}, func(k *kit) {
		newLabelKey(k, strings.Repeat("ö", 90), "custom."+strings.Repeat("ö", 73))
		newLabelKey(k, strings.Repeat("ö", 91), "custom."+strings.Repeat("ö", 71)+"-2")
	}},
	{"LBL-8 a rename", Needs{}, func(k *kit) {
		l := k.tryLabel("Owl").ok(k).value
		c := k.create(labelled("Ada", l.Key))
		for _, name := range []string{"Eagle", "Eagle", "Owl"} {
			k.tick()
			got := of(k.api().RenameLabel(k.ctx(), l.Key, name)).ok(k)
			check(k, "updatedDate is not later", got.UpdatedDate.After(l.UpdatedDate))
			l.DisplayName, l.UpdatedDate = name, got.UpdatedDate
			same(k, "the label", l, got)
			same(k, "the label as read", l, k.getLabel(l.Key))
		}
		sameContact(k, "a contact with the label", c, k.get(c.ID))
	}},
	{"LBL-8 the name of another label", Needs{}, func(k *kit) {
		owl, eagle := k.newLabel("Owl"), k.newLabel("Eagle")
		for _, name := range []string{"Owl", "Customers"} {
			of(k.api().RenameLabel(k.ctx(), eagle, name)).ok(k)
		}
		same(k, "displayName", "Owl", k.getLabel(owl).DisplayName)
	}},
	{"LBL-8 the order of checks", Needs{}, func(k *kit) {
		of(k.api().RenameLabel(k.ctx(), "custom.missing", "")).invalid(k, "label.displayName MIN_LENGTH 1")
		of(k.api().RenameLabel(k.ctx(), labelCustomers, "")).invalid(k, "label.displayName MIN_LENGTH 1")
		key := k.newLabel("Owl")
		of(k.api().RenameLabel(k.ctx(), "custom.OWL", "Eagle")).fails(k, contacts.ErrLabelNotFound)
		same(k, "displayName", "Owl", k.getLabel(key).DisplayName)
	}},
	{"LBL-9 the contacts of a label that is deleted", Needs{}, func(k *kit) {
		owl, eagle := k.newLabel("Owl"), k.newLabel("Eagle")
		var before []*contacts.Contact
		for i, keys := range [][]string{{eagle, owl, labelCustomers}, {eagle}, {owl}, {}} {
			before = append(before, k.create(labelled(fmt.Sprint("Ada ", i), keys...)))
		}
		k.tick()
		done(k.api().DeleteLabel(k.ctx(), owl)).ok(k)
		first := k.get(before[0].ID)
		for i, keys := range [][]string{{eagle, labelCustomers}, {eagle}, {}, {}} {
			want := before[i]
			want.Info.LabelKeys = keys
			if i == 0 || i == 2 {
				want.Revision, want.UpdatedDate = 2, first.UpdatedDate
			}
			sameContact(k, fmt.Sprintf("contact %d", i), want, k.get(want.ID))
		}
		check(k, "updatedDate is not later", first.UpdatedDate.After(first.CreatedDate))
	}},
	{"LBL-9 a label that is gone", Needs{}, func(k *kit) {
		key := k.newLabel("Owl")
		c := k.create(labelled("Ada", key))
		done(k.api().DeleteLabel(k.ctx(), key)).ok(k)
		c = k.get(c.ID)
		k.see(c)
		of(k.api().GetLabel(k.ctx(), key)).fails(k, contacts.ErrLabelNotFound)
		of(k.api().RenameLabel(k.ctx(), key, "Eagle")).fails(k, contacts.ErrLabelNotFound)
		of(k.api().Label(k.ctx(), c.ID, key)).fails(k, contacts.ErrLabelNotFound)
		of(k.api().Unlabel(k.ctx(), c.ID, key)).fails(k, contacts.ErrLabelNotFound)
		done(k.api().DeleteLabel(k.ctx(), "custom.missing")).fails(k, contacts.ErrLabelNotFound)
		keysOf(k, done(k.api().DeleteLabel(k.ctx(), key)).fails(k, contacts.ErrLabelNotFound), key)
	}},
	{"LBL-10 labels of the system stay", Needs{}, func(k *kit) {
		c := k.create(labelled("Ada", labelCustomers))
		for _, key := range []string{labelCustomers, labelContacted} {
			name := k.getLabel(key).DisplayName
			of(k.api().RenameLabel(k.ctx(), key, name)).fails(k, contacts.ErrSystemLabel)
			done(k.api().DeleteLabel(k.ctx(), key)).fails(k, contacts.ErrSystemLabel)
		}
		c = k.label(c.ID, labelContacted)
		same(k, "labelKeys", []string{labelCustomers, labelContacted}, c.Info.LabelKeys)
		c = of(k.api().Unlabel(k.ctx(), c.ID, labelCustomers)).ok(k)
		same(k, "labelKeys", []string{labelContacted}, c.Info.LabelKeys)
		keysOf(k, done(k.api().DeleteLabel(k.ctx(), labelContacted)).fails(k, contacts.ErrSystemLabel), labelContacted)
	}},
	{"LBL-11 the quota", Needs{true, func(o *contacts.Options) { o.LabelQuota = 2 }}, func(k *kit) {
		owl := k.newLabel("Owl")
		k.newLabel("Eagle")
		k.tryLabel("Hawk").fails(k, contacts.ErrLabelsQuota)
		foundLabel(k, "Owl", owl)
		foundLabel(k, "Customers", labelCustomers)
		done(k.api().DeleteLabel(k.ctx(), owl)).ok(k)
		k.newLabel("Hawk")
		err := k.tryLabel("Owl").fails(k, contacts.ErrLabelsQuota)
		same(k, "the error", contacts.QuotaError{Quota: 2, Total: 2}, *detail[*contacts.QuotaError](k, err))
	}},
	{"LBL-12 the number of keys", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		many := repeated(100, labelCustomers)
		for _, call := range relabels(k) {
			of(call(c.ID)).invalid(k, "labelKeys MIN_SIZE 1")
			of(call(c.ID, append(many, labelCustomers)...)).invalid(k, "labelKeys MAX_SIZE 100")
			k.see(of(call(c.ID, many...)).ok(k))
		}
	}},
	{"LBL-12 the order of checks", Needs{}, func(k *kit) {
		c := k.create(labelled("Ada", labelContacted))
		for _, call := range relabels(k) {
			of(call(missingID())).invalid(k, "labelKeys MIN_SIZE 1")
			of(call(missingID(), "custom.missing")).fails(k, contacts.ErrContactNotFound)
			of(call(c.ID, labelCustomers, labelContacted, "custom.missing")).fails(k, contacts.ErrLabelNotFound)
		}
		err := of(k.api().Unlabel(k.ctx(), c.ID, "custom.z", labelContacted, "custom.a", "custom.z")).
			fails(k, contacts.ErrLabelNotFound)
		keysOf(k, err, "custom.z", "custom.a")
	}},
	{"LBL-13 the order of the keys", Needs{}, func(k *kit) {
		owl, eagle := k.newLabel("Owl"), k.newLabel("Eagle")
		c := k.create(labelled("Ada", owl, labelCustomers))
		c = k.label(c.ID, eagle, labelCustomers, labelContacted, eagle)
		same(k, "labelKeys", []string{owl, labelCustomers, eagle, labelContacted}, c.Info.LabelKeys)
		c = of(k.api().Unlabel(k.ctx(), c.ID, labelContacted, labelCustomers, labelContacted)).ok(k)
		same(k, "labelKeys after Unlabel", []string{owl, eagle}, c.Info.LabelKeys)
		c = of(k.api().Unlabel(k.ctx(), c.ID, labelContacted)).ok(k)
		same(k, "labelKeys after Unlabel of what is absent", []string{owl, eagle}, c.Info.LabelKeys)
		same(k, "labelKeys as read", []string{owl, eagle}, k.get(c.ID).Info.LabelKeys)
	}},
	{"LBL-14 a revision, always", Needs{}, func(k *kit) {
		c := k.create(labelled("Ada", labelCustomers))
		k.create(labelled("Ada"))
		for i, key := range []string{labelCustomers, labelContacted} {
			k.tick()
			got := of(relabels(k)[i](c.ID, key)).ok(k)
			check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
			c.Revision, c.UpdatedDate = c.Revision+1, got.UpdatedDate
			sameContact(k, "the contact", c, got)
		}
	}},
	{"LBL-14 members and duplicates", Needs{}, func(k *kit) {
		k.create(person("Ada", "ada@example.com"))
		c := k.create(person("Eve", "ada@example.com"))
		k.label(c.ID, labelCustomers)
		k.setMember(c.ID, &contacts.Member{MemberID: missingID()})
		same(k, "revision", 4, k.label(c.ID, labelContacted).Revision)
		same(k, "revision", 5, of(k.api().Unlabel(k.ctx(), c.ID, labelContacted)).ok(k).Revision)
	}},
	{"LBL-15 as many labels as a contact can carry", alone, func(k *kit) {
		keys := append(manyLabels(k, 1999), labelCustomers)
		c := k.create(labelled("Ada", keys[:1999]...))
		of(k.api().Label(k.ctx(), c.ID, labelCustomers, labelContacted)).
			invalid(k, "info.labelKeys.items MAX_SIZE 2000")
		c = k.label(c.ID, keys[5], labelCustomers, keys[6])
		same(k, "labelKeys", keys, c.Info.LabelKeys)
		of(k.api().Label(k.ctx(), c.ID, labelContacted)).invalid(k, "info.labelKeys.items MAX_SIZE 2000")
		k.label(c.ID, keys[5], labelCustomers)
	}},
	{"LBL-16 keys are compared exactly", Needs{}, func(k *kit) {
		key := k.newLabel("Owl")
		for _, other := range []string{"custom.Owl", "custom.ow", "custom.owls", "Owl", "contacts.Customers"} {
			of(k.api().GetLabel(k.ctx(), other)).fails(k, contacts.ErrLabelNotFound)
		}
		same(k, "key", key, k.getLabel(key).Key)
		keysOf(k, of(k.api().GetLabel(k.ctx(), "custom.x")).fails(k, contacts.ErrLabelNotFound), "custom.x")
	}},
	{"LBL-16 newest first, those of the system last", alone, func(k *kit) {
		zebra := k.newLabel("Zebra")
		k.tick()
		owl := k.newLabel("Owl")
		k.tick()
		kiwi := k.newLabel("Kiwi")
		k.tick()
		of(k.api().RenameLabel(k.ctx(), owl, "Aardvark")).ok(k)
		same(k, "the labels", []string{kiwi, owl, zebra, labelCustomers, labelContacted}, labelDefinitions.keys(k))
	}},
	{"LBL-16 those of the same millisecond by key", alone, func(k *kit) {
		k.clock()
		for _, name := range []string{"B", "C", "A"} {
			k.newLabel(name)
		}
		want := []string{"custom.a", "custom.b", "custom.c", labelCustomers, labelContacted}
		same(k, "the labels", want, labelDefinitions.keys(k))
	}},
}

// relabels returns the calls Label and Unlabel.
func relabels(k *kit) []func(uuid.UUID, ...string) (*contacts.Contact, error) {
	return []func(uuid.UUID, ...string) (*contacts.Contact, error){
		func(id uuid.UUID, keys ...string) (*contacts.Contact, error) {
			return k.api().Label(k.ctx(), id, keys...)
		},
		func(id uuid.UUID, keys ...string) (*contacts.Contact, error) {
			return k.api().Unlabel(k.ctx(), id, keys...)
		},
	}
}
