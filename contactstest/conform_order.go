package contactstest

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// idsOfViews lists the IDs of views.
func idsOfViews(views iter.Seq[contacts.View]) []uuid.UUID {
	var ids []uuid.UUID
	for v := range views {
		ids = append(ids, v.ID())
	}
	return ids
}

// sameThousands requires that a snapshot has these contacts, in this order, each with its email.
func sameThousands(k *kit, when string, sn *contacts.Snapshot, ids []uuid.UUID, emails map[uuid.UUID]string) {
	k.Helper()
	same(k, "All "+when, ids, idsOfViews(sn.All()))
	same(k, "Len "+when, len(ids), sn.Len())
	for _, id := range ids {
		v, ok := sn.View(id)
		check(k, "no contact has one of the IDs "+when, ok)
		same(k, "the email "+when, emails[id], v.PrimaryInfo().Email)
		same(k, "ByEmail "+when, []uuid.UUID{id}, idsOfViews(sn.ByEmail(emails[id])))
		for v := range sn.ByEmail(emails[id]) {
			same(k, "the email of the contact that ByEmail finds "+when, emails[id], v.PrimaryInfo().Email)
		}
	}
	desc := contacts.Query{Sort: []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}}
	slices.Reverse(ids)
	same(k, "backwards "+when, ids, idsOfViews(of(sn.Find(desc)).ok(k)))
	slices.Reverse(ids)
}

// orderCases are those of ORD.
var orderCases = []conformCase{
	{"ORD-1 oldest first, and of one millisecond in the order of creation", alone, func(k *kit) {
		var list []*contacts.Contact
		for i := range 12 {
			list = append(list, k.create(person("Ada")))
			if i%4 == 3 {
				k.tick()
			}
		}
		same(k, "all", idsOf(list), k.list(contacts.Query{}))
		// Neither updates nor labels move a contact.
		for _, i := range []int{9, 0, 5} {
			list[i] = k.update(list[i], contacts.Patch{LastName: contacts.Set("Byron")})
			list[i] = k.label(list[i].ID, labelCustomers)
		}
		same(k, "all after updates", idsOf(list), k.list(contacts.Query{}))
		k.matches("some", contacts.Eq("info.name.last", "Byron"), list[0], list[5], list[9])
		k.matches("with a label", contacts.HasSome("info.labelKeys", labelCustomers), list[0], list[5], list[9])
		k.remove(list[5].ID)
		list = append(slices.Delete(list, 5, 6), k.create(person("Eve")))
		same(k, "all after a delete", idsOf(list), k.list(contacts.Query{}))
	}},
	{"ORD-1 several with an email, a phone or a label", Needs{}, func(k *kit) {
		label := k.newLabel("ORD")
		info := reachable([]string{"first@example.com", "ord@example.com"}, number("US", numberUS))
		info.LabelKeys = []string{label}
		var list []*contacts.Contact
		for range 5 {
			list = append(list, k.create(info))
			k.tick()
		}
		list[3] = k.update(list[3], contacts.Patch{Company: contacts.Set("Acorn")})
		k.matches("by email", contacts.Eq("info.emails.email", "ORD@example.com"), list...)
		k.matches("by phone", contacts.Eq("info.phones.e164Phone", "+12015550123"), list...)
		k.matches("by label", contacts.HasSome("info.labelKeys", label), list...)
		sn := k.snapshot()
		same(k, "ByEmail", idsOf(list), idsOfViews(sn.ByEmail(" ORD@example.com")))
		same(k, "ByPhone", idsOf(list), idsOfViews(sn.ByPhone("+12015550123")))
		same(k, "ByLabel", idsOf(list), idsOfViews(sn.ByLabel(label)))
		for _, email := range []string{"ord@example.co", "ord@example.com\x00", "first@example.com\x00\x80"} { // VAL-4
			same(k, "ByEmail of another", 0, len(idsOfViews(sn.ByEmail(email))))
		}
		same(k, "ByLabel of another", 0, len(idsOfViews(sn.ByLabel(label+"\x00\x80"))))
	}},
	{"ORD-1 each contact once", Needs{}, func(k *kit) {
		c := k.create(reachable(
			[]string{"twice@example.com", "TWICE@example.com"}, number("US", numberUS), number("US", numberUS2),
		))
		sn := k.snapshot()
		same(k, "ByEmail", []uuid.UUID{c.ID}, idsOfViews(sn.ByEmail("twice@example.com")))
		same(k, "ByPhone", []uuid.UUID{c.ID}, idsOfViews(sn.ByPhone("+12015550123")))
		k.matches("by email", contacts.In("info.emails.email", "twice@example.com", "TWICE@example.com"), c)
	}},
	{"ORD-1 each change of one commit", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		codesOf(k, k.batch(
			contacts.UpdateOp{ID: c.ID, Revision: 1, Patch: patchEmails("eve@example.com")},
			contacts.UpdateOp{ID: c.ID, Revision: 2, Patch: patchEmails("ada@example.com")},
			contacts.UpdateOp{ID: c.ID, Revision: 3, Patch: patchEmails("bob@example.com")},
			contacts.UpdateOp{ID: c.ID, Revision: 4, Patch: patchEmails("ada@example.com")},
		), "", "", "", "")
		sn := k.snapshot()
		same(k, "ByEmail", []uuid.UUID{c.ID}, idsOfViews(sn.ByEmail("ada@example.com")))
		for _, email := range []string{"eve@example.com", "bob@example.com"} {
			same(k, "ByEmail of one that is gone", 0, len(idsOfViews(sn.ByEmail(email))))
		}
	}},
	{"ORD-1 long emails", Needs{}, func(k *kit) {
		var list []*contacts.Contact
		k.hold()
		for i := range 100 {
			list = append(list, k.create(person("Ada", fmt.Sprint(i, strings.Repeat("\U00010380", 300), "@example.com"))))
		}
		k.release()
		sn := k.snapshot()
		for _, c := range list {
			same(k, "ByEmail", []uuid.UUID{c.ID}, idsOfViews(sn.ByEmail(c.PrimaryInfo.Email)))
		}
	}},
	{"ORD-1 imported contacts by their createdDate", alone, func(k *kit) {
		c := k.create(person("Ada"))
		old := &contacts.Contact{Info: person("Old"), CreatedDate: c.CreatedDate.AddDate(-60, 0, 0)}
		older := &contacts.Contact{Info: person("Older"), CreatedDate: c.CreatedDate.AddDate(-61, 0, 0)}
		imports(k, nil, old, older)
		got := k.page(contacts.Query{}, nil).Items
		var names []string
		for _, c := range got {
			names = append(names, c.Info.Name.First)
		}
		same(k, "names", []string{"Older", "Old", "Ada"}, names)
	}},
	{"ORD-1 every contact of a store with hundreds", alone, func(k *kit) {
		k.hold()
		label := k.newLabel("ORD")
		var list []*contacts.Contact
		for i := range 180 { // more than one block of each index
			info := person("Ada", fmt.Sprintf("%d.ord@example.com", i), "all@example.com")
			info.LabelKeys = []string{label}
			list = append(list, k.create(info))
		}
		var kept []*contacts.Contact
		for i, c := range list {
			switch {
			case i%3 == 1 || i > 60 && i < 110:
				k.remove(c.ID)
			case i%3 == 2:
				kept = append(kept, k.update(c, contacts.Patch{Company: contacts.Set("Acorn")}))
			default:
				kept = append(kept, c)
			}
		}
		k.release()
		sn := k.snapshot()
		same(k, "All", idsOf(kept), idsOfViews(sn.All()))
		same(k, "Len", len(kept), sn.Len())
		same(k, "ByLabel", idsOf(kept), idsOfViews(sn.ByLabel(label)))
		same(k, "ByEmail", idsOf(kept), idsOfViews(sn.ByEmail("all@example.com")))
		for _, c := range kept {
			sameContact(k, "as read", c, of(sn.Get(c.ID)).ok(k))
			same(k, "ByEmail", []uuid.UUID{c.ID}, idsOfViews(sn.ByEmail(c.PrimaryInfo.Email)))
		}
		c := kept[20]
		k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		for v := range sn.ByEmail(c.PrimaryInfo.Email) {
			sameContact(k, "as the snapshot finds it after an update", c, v.Clone())
		}
	}},
	{"ORD-1 every contact of a store with thousands", alone, func(k *kit) {
		k.hold()
		const most = 5000
		var rows []*contacts.Contact
		for i := range most {
			rows = append(rows, &contacts.Contact{Info: person("Ada", fmt.Sprintf("%d.ord@example.com", i))})
		}
		imports(k, nil, rows...)
		all := idsOfViews(k.snapshot().All())
		same(k, "the number of contacts", most, len(all))
		emails := map[uuid.UUID]string{}
		for i, id := range all {
			emails[id] = rows[i].Info.Emails[0].Address
		}
		for round := range 3 {
			sn, before := k.snapshot(), maps.Clone(emails)
			var ops []contacts.Operation
			left := all[:0:0]
			for i, id := range all {
				switch {
				case (i/150+round)%4 == 0 || i%7 == round: // whole runs, and single ones
					ops = append(ops, contacts.DeleteOp{ID: id})
					delete(emails, id)
					continue
				case i%11 == round:
					v, _ := sn.View(id)
					emails[id] = fmt.Sprintf("%d.%d.ord@example.com", i, round)
					ops = append(ops, contacts.UpdateOp{ID: id, Revision: v.Revision(), Patch: patchEmails(emails[id])})
				}
				left = append(left, id)
			}
			codesOf(k, k.batch(ops...), make([]contacts.Code, len(ops))...)
			sameThousands(k, "before the changes", sn, all, before)
			sameThousands(k, "after the changes", k.snapshot(), left, emails)
			all = left
		}
	}},
	{"ORD-1 a list of hundreds", alone, func(k *kit) {
		k.hold()
		var list []*contacts.Contact
		for i := range 150 {
			list = append(list, k.create(person("Ada", fmt.Sprintf("%d.ord@example.com", i), "all@example.com")))
		}
		k.release()
		same(k, "all", idsOf(list), k.list(contacts.Query{}))
		k.matches("by email", contacts.Eq("info.emails.email", "all@example.com"), list...)
		k.matches("by another", contacts.In("info.emails.email", "7.ord@example.com", "3.ord@example.com"), list[3], list[7])
	}},
}
