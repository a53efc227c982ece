package httpclient_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/storetest"
)

// TestRandomCalls makes random calls on a store and through a client, and requires equal results and equal stores.
func TestRandomCalls(t *testing.T) {
	steps := 400
	if testing.Short() {
		steps = 150
	}
	failed := map[contacts.Code]int{}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("CLI-3 seed ", seed), func(t *testing.T) {
			g := &generator{rand.New(rand.NewPCG(seed, 20)), newCast(t)}
			for range steps {
				_, err := g.w.run(g.call())
				failed[contacts.CodeOf(err)]++
			}
		})
	}
	t.Logf("outcomes: %v", failed)
	for _, code := range []contacts.Code{
		"", contacts.ErrInvalid, contacts.ErrContactNotFound, contacts.ErrAlreadyChanged, contacts.ErrDuplicate,
		contacts.ErrLabelNotFound, contacts.ErrFieldNotFound, contacts.ErrInvalidFieldValue, contacts.ErrInsufficientData,
		contacts.ErrFailedPrecondition, contacts.ErrIllegalMerge,
	} {
		if failed[code] == 0 {
			t.Errorf("no call ended with %q", code)
		}
	}
}

// generator makes random calls.
type generator struct {
	*rand.Rand
	w *twins
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// some returns up to 3 of a list.
func some[T any](g *generator, list ...T) []T {
	var out []T
	for range g.IntN(4) {
		out = append(out, pick(g, list...))
	}
	return out
}

// id returns the ID of a contact, rarely of none.
func (g *generator) id() uuid.UUID {
	if g.IntN(20) == 0 {
		return pick(g, nobody, uuid.Nil, old)
	}
	ids := []uuid.UUID{nobody}
	for v := range g.w.local.Snapshot().All() {
		ids = append(ids, v.ID())
	}
	return pick(g, ids...)
}

// revision returns a revision of a contact, mostly the present one.
func (g *generator) revision(id uuid.UUID) int {
	c, err := g.w.local.Get(context.Background(), id, nil)
	if err != nil || g.IntN(10) == 0 {
		return pick(g, 0, -1, 1, 2, 1<<31, 1<<40)
	}
	return c.Revision
}

func (g *generator) text() string {
	return pick(g, "", "Ada", "ada", "Bo", "Ünal", "<&>", "\u2028", "\x00", "a,b", " x ", "Straße", "日本", `"\`)
}

func (g *generator) email() string {
	return pick(g, "a@x.test", "A@X.test", "b@x.test", "c@x.test", "d@y.test", "not an email", "")
}

func (g *generator) keys() []string {
	return some(g, "custom.vip", "custom.old", "contacts.customers", "custom.none", "custom.a,b", "")
}

func (g *generator) values() map[string]any {
	values := map[string]any{}
	for _, key := range some(g, "custom.age", "custom.note", "invoices.vatId", "custom.none", "ecom.numOfPurchases") {
		values[key] = pick[any](g, nil, "", "text", 1, 2.5, 0.0, 1e300, true, uint8(7), []any{"x"})
	}
	return values
}

func (g *generator) emails() []contacts.Email {
	var list []contacts.Email
	for range g.IntN(3) {
		list = append(list, contacts.Email{
			Address: g.email(), Tag: pick[contacts.EmailTag](g, "", contacts.EmailHome, "OTHER"), Primary: g.IntN(3) == 0,
		})
	}
	return list
}

func (g *generator) phones() []contacts.Phone {
	var list []contacts.Phone
	for range g.IntN(3) {
		list = append(list, contacts.Phone{
			Number:      pick(g, "62183848", "+45 62 18 38 48", "201-555-0123", "n/a", ""),
			CountryCode: pick(g, "", "DK", "US", "XX"),
		})
	}
	return list
}

func (g *generator) addresses() []contacts.Address {
	var list []contacts.Address
	for range g.IntN(2) {
		list = append(list, contacts.Address{
			Country: pick(g, "", "US", "DK", "??"), Subdivision: pick(g, "", "US-NY", "US-ZZ"), City: g.text(),
			AddressLine: g.text(), CountryFullname: pick(g, "", "Denmark"),
		})
		if g.IntN(3) == 0 {
			list[len(list)-1].StreetAddress = &contacts.StreetAddress{Number: "7", Name: g.text()}
		}
	}
	return list
}

func (g *generator) info() contacts.Info {
	if g.IntN(8) == 0 {
		return storetest.RichInfo(pick(g, "ada", "eve"))
	}
	in := contacts.Info{Name: contacts.Name{First: g.text(), Last: g.text()}, Emails: g.emails(), Phones: g.phones()}
	switch g.IntN(4) {
	case 0:
		in.Addresses, in.Company, in.Locale = g.addresses(), g.text(), pick(g, "", "de-DE", "?")
		in.Birthdate = pick(g, "", "1980-02-29", "1981-02-29")
	case 1:
		in.LabelKeys, in.ExtendedFields = g.keys(), g.values()
		in.Locations = some(g, ada, bob)
	}
	return in
}

func (g *generator) patch() contacts.Patch {
	var p contacts.Patch
	for range g.IntN(3) {
		switch g.IntN(8) {
		case 0:
			p.FirstName = contacts.Set(g.text())
		case 1:
			p.Company = contacts.Set(g.text())
		case 2:
			p.Emails = contacts.Set(g.emails())
		case 3:
			p.Phones = contacts.Set(g.phones())
		case 4:
			p.Addresses = contacts.Set(g.addresses())
		case 5:
			p.LabelKeys = contacts.Set(g.keys())
		case 6:
			p.ExtendedFields = contacts.Set(g.values())
		default:
			p.Picture = contacts.Set(pick(g, nil, &contacts.Picture{Image: contacts.Image{URL: "https://x.test/" + g.email()}}))
		}
	}
	return p
}

func (g *generator) filter() contacts.Filter {
	switch g.IntN(9) {
	case 0:
		return contacts.Filter{}
	case 1:
		return contacts.Eq("info.emails.email", g.email())
	case 2:
		return contacts.HasSome("info.labelKeys", g.keys()...)
	case 3:
		return contacts.StartsWith("info.name.first", g.text())
	case 4:
		return contacts.Gte(createdDate, storetest.Epoch)
	case 5:
		return contacts.And(g.filter(), g.filter())
	case 6:
		return contacts.Or(g.filter(), contacts.Not(g.filter()))
	case 7:
		return contacts.Exists(pick(g, "info.company", "id", "x"), g.IntN(2) == 0)
	default:
		return contacts.Ne("info.extendedFields.custom.age", pick[any](g, 1, "x", nil))
	}
}

const createdDate = "createdDate"

func (g *generator) sorts() []contacts.Sort {
	if g.IntN(2) == 0 {
		return nil
	}
	return []contacts.Sort{{
		Field: pick(g, createdDate, "info.name.first", "info.company", "updatedDate", "displayName", "key"),
		Order: pick[contacts.SortOrder](g, "", contacts.SortAsc, contacts.SortDesc, "UP"),
	}}
}

// call returns a random call.
func (g *generator) call() call {
	id := g.id()
	sel := contacts.Selection{Filter: g.filter(), Search: pick(g, "", g.email())}
	key := pick(g, "custom.vip", "custom.old", "custom.note", "contacts.customers", "invoices.vatId", "custom.none")
	page := &contacts.PageOptions{Limit: g.IntN(5) - 1, Offset: g.IntN(4) - 1}
	switch n := g.IntN(100); {
	case n < 20:
		return create(g.info(), &contacts.CreateOptions{AllowDuplicates: g.IntN(2) == 0})
	case n < 40:
		return update(id, g.revision(id), g.patch(), &contacts.UpdateOptions{AllowDuplicates: g.IntN(2) == 0})
	case n < 45:
		return submit(g.info(), &contacts.SubmitOptions{PassThroughData: g.text()})
	case n < 50:
		return merge(id, g.revision(id), append(some(g, g.id()), g.id())...)
	case n < 54:
		return preview(id, some(g, g.id(), g.id())...)
	case n < 58:
		return label(id, g.keys()...)
	case n < 62:
		return unlabel(id, g.keys()...)
	case n < 65:
		return remove(id)
	case n < 70:
		return get(id, &contacts.GetOptions{Fields: some(g, "info.name", "createdDate", "x", "a,b", "")})
	case n < 78:
		return list(contacts.Query{Filter: sel.Filter, Search: sel.Search, Sort: g.sorts()}, &contacts.ListOptions{
			Limit: page.Limit, Offset: page.Offset, OmitTotal: g.IntN(2) == 0,
			Fieldsets: some(g, contacts.FieldsetBasic, contacts.FieldsetExtended),
		})
	case n < 81:
		return facets(pick(g, contacts.Filter{}, sel.Filter), &contacts.FacetOptions{Limit: page.Limit, Offset: page.Offset})
	case n < 83:
		return bulkUpdate(sel, g.patch())
	case n < 85:
		return bulkLabel(sel, g.keys(), g.keys())
	case n < 86:
		return bulkDelete(contacts.Selection{Filter: contacts.Eq("info.emails.email", g.email())})
	default:
		return g.definition(key, page)
	}
}

// definition returns a random call about labels or extended fields.
func (g *generator) definition(key string, page *contacts.PageOptions) call {
	kind, prefix := pick(g, "", "SYSTEM", "USER_DEFINED", "X"), pick(g, "", "V", g.text())
	filter := pick(g, contacts.Filter{}, contacts.Eq("namespace", "custom"), contacts.Eq("x", 1))
	if kind != "" || prefix != "" {
		filter = contacts.Filter{}
	}
	switch g.IntN(10) {
	case 0:
		return makeLabel(g.text())
	case 1:
		return makeField(g.text(), pick(g, contacts.DataText, contacts.DataNumber, "X"))
	case 2:
		return renameLabel(key, g.text())
	case 3:
		return renameField(key, g.text())
	case 4:
		return getLabel(key)
	case 5:
		return getField(key)
	case 6:
		return pick(g, deleteLabel(key), deleteField(key))
	case 7:
		return listLabels(contacts.LabelQuery{
			Filter: filter, Sort: g.sorts(), LabelType: contacts.LabelType(kind), StartsWith: prefix,
		}, page)
	case 8:
		return listFields(contacts.FieldQuery{
			Filter: filter, Sort: g.sorts(), FieldType: contacts.FieldType(kind), StartsWith: prefix,
		}, page)
	default:
		return jobs
	}
}
