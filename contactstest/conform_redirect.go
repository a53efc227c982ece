package contactstest

import (
	"bytes"
	"slices"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// chain creates n contacts and merges each into the next one. It returns them all, the last as it is now.
func chain(k *kit, n int) []*contacts.Contact {
	k.Helper()
	list := []*contacts.Contact{k.create(person("Ada", "chain@example.com"))}
	for range n - 1 {
		c := k.create(person("Eve"))
		list = append(list, k.merge(c, list[len(list)-1]))
	}
	return list
}

// redirectCases are those of RED.
var redirectCases = []conformCase{
	{"RED-1 Get follows merges", Needs{}, func(k *kit) {
		list := chain(k, 6)
		last := list[5]
		for _, c := range list {
			sameContact(k, "by an old ID", last, k.get(c.ID))
		}
		last = k.update(last, contacts.Patch{Company: contacts.Set("Acorn")})
		sameContact(k, "after an update", last, k.get(list[0].ID))
		got := of(k.api().Get(k.ctx(), list[0].ID, &contacts.GetOptions{Fields: []string{"info.company"}})).ok(k)
		same(k, "id of a projection", last.ID, got.ID)
		same(k, "company of a projection", "Acorn", got.Info.Company)
		same(k, "name of a projection", "", got.Info.Name.First)
	}},
	{"RED-1 trees of merges", Needs{}, func(k *kit) {
		var ids []uuid.UUID
		roots := []*contacts.Contact{k.create(person("Ada")), k.create(person("Eve")), k.create(person("Bob"))}
		for i, root := range roots {
			for range 4 - i {
				c := k.create(person("Cyd"))
				ids = append(ids, c.ID)
				roots[i] = k.merge(roots[i], c)
			}
			ids = append(ids, root.ID)
		}
		// The largest tree is merged into a smaller one.
		c := k.merge(roots[2], roots[0], roots[1])
		for _, id := range ids {
			same(k, "the contact of an old ID", c.ID, k.get(id).ID)
		}
	}},
	{"RED-2 no other method accepts an old ID", Needs{}, func(k *kit) {
		list := chain(k, 3)
		other := k.create(person("Bob"))
		for _, old := range list[:2] {
			id := old.ID
			for r := 1; r <= 3; r++ {
				of(k.api().Update(k.ctx(), id, r, contacts.Patch{Company: contacts.Set("x")}, nil)).
					fails(k, contacts.ErrContactNotFound)
				of(k.api().Merge(k.ctx(), id, r, []uuid.UUID{other.ID}, nil)).fails(k, contacts.ErrContactNotFound)
			}
			of(k.api().Merge(k.ctx(), other.ID, 1, []uuid.UUID{id}, nil)).fails(k, contacts.ErrContactNotFound)
			of(k.api().PreviewMerge(k.ctx(), id, []uuid.UUID{other.ID})).fails(k, contacts.ErrContactNotFound)
			done(k.api().Delete(k.ctx(), id)).fails(k, contacts.ErrContactNotFound)
			of(k.api().Label(k.ctx(), id, labelCustomers)).fails(k, contacts.ErrContactNotFound)
			of(k.api().Unlabel(k.ctx(), id, labelCustomers)).fails(k, contacts.ErrContactNotFound)
			k.matches("by the old ID", contacts.Eq("id", id.String()))
		}
		k.matches("by an email", contacts.Eq("info.emails.email", "chain@example.com"), list[2])
	}},
	{"RED-2 no other method of the services that own statuses", Needs{}, func(k *kit) {
		list := chain(k, 2)
		id := list[0].ID
		k.trySetMember(id, nil).fails(k, contacts.ErrContactNotFound)
		of(k.admin().SetBillingSubscription(k.ctx(), id, true)).fails(k, contacts.ErrContactNotFound)
		k.trySubscribe(id, "chain@example.com", contacts.SubscriptionPending).fails(k, contacts.ErrContactNotFound)
		k.tryDeliver(id, "chain@example.com", contacts.EmailDeliverabilityValid).fails(k, contacts.ErrContactNotFound)
		k.setSystem(id, map[string]any{keyMobile: "x"}).fails(k, contacts.ErrContactNotFound)
		k.tryRecord(id, contacts.ActivityGeneral, list[0].CreatedDate).fails(k, contacts.ErrContactNotFound)
	}},
	{"RED-2 views of a snapshot", Needs{}, func(k *kit) {
		list := chain(k, 2)
		sn := k.snapshot()
		_, ok := sn.View(list[0].ID)
		check(k, "View finds an old ID", !ok)
		sameContact(k, "Get of a snapshot", list[1], of(sn.Get(list[0].ID)).ok(k))
	}},
	{"RED-3 the contact at the end is deleted", Needs{}, func(k *kit) {
		list := chain(k, 4)
		k.remove(list[3].ID)
		for _, c := range list {
			k.gone(c.ID)
		}
	}},
	{"RED-4 Resolve returns the path", Needs{}, func(k *kit) {
		list := chain(k, 4)
		for i := range list {
			got := of(k.resolver().Resolve(k.ctx(), list[i].ID)).ok(k)
			same(k, "the resolution", contacts.Resolution{ID: list[3].ID, Path: idsOf(list[i:])}, got)
		}
		of(k.resolver().Resolve(k.ctx(), missingID())).fails(k, contacts.ErrContactNotFound)
		k.remove(list[3].ID)
		of(k.resolver().Resolve(k.ctx(), list[0].ID)).fails(k, contacts.ErrContactNotFound)
	}},
	{"RED-5 an ID that took part in a merge is never given again", nextIDs(
		someIDs(2)[0], someIDs(2)[1], someIDs(2)[0], someIDs(2)[1], someIDs(2)[0], someIDs(2)[1],
	), func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		c := k.merge(ada, eve)
		k.tryCreate(person("Bob")).fails(k, contacts.ErrIDExists)
		k.tryCreate(person("Bob")).fails(k, contacts.ErrIDExists)
		k.remove(c.ID)
		k.tryCreate(person("Bob")).fails(k, contacts.ErrIDExists)
		k.tryCreate(person("Bob")).fails(k, contacts.ErrIDExists)
		k.tryCreate(person("Bob")).ok(k)
	}},
	{"RED-7 old IDs of a contact", Needs{}, func(k *kit) {
		ada, eve, bob := k.create(person("Ada")), k.create(person("Eve")), k.create(person("Bob"))
		c := k.merge(k.merge(ada, eve), bob)
		old := []uuid.UUID{eve.ID, bob.ID}
		slices.SortFunc(old, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
		same(k, "the old IDs", old, slices.Collect(k.snapshot().OldIDs(c.ID)))
		same(k, "the number of IDs that lead to an old one", 0, len(slices.Collect(k.snapshot().OldIDs(eve.ID))))
		k.remove(c.ID)
		same(k, "the number of IDs that lead to a deleted contact", 0, len(slices.Collect(k.snapshot().OldIDs(c.ID))))
	}},
}
