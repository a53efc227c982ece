package contactstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// contextCall is a call of an implementation with a context.
type contextCall struct {
	name string
	run  func(context.Context) error
}

// everyMethod returns a call of each method of API, with valid arguments, for a contact and a label.
func everyMethod(k *kit, c *contacts.Contact, key string) []contextCall {
	a := k.api()
	sel := contacts.Selection{Filter: contacts.Eq("id", c.ID)}
	patch := contacts.Patch{Company: contacts.Set("Acorn")}
	err := func(_ any, err error) error { return err }
	return []contextCall{
		{"Create", func(ctx context.Context) error { return err(a.Create(ctx, person("Eve"), nil)) }},
		{"Get", func(ctx context.Context) error { return err(a.Get(ctx, c.ID, nil)) }},
		{"Update", func(ctx context.Context) error { return err(a.Update(ctx, c.ID, c.Revision, patch, nil)) }},
		{"Label", func(ctx context.Context) error { return err(a.Label(ctx, c.ID, key)) }},
		{"Unlabel", func(ctx context.Context) error { return err(a.Unlabel(ctx, c.ID, key)) }},
		{"Merge", func(ctx context.Context) error { return err(a.Merge(ctx, c.ID, 1, []uuid.UUID{missingID()}, nil)) }},
		{"PreviewMerge", func(ctx context.Context) error {
			return err(a.PreviewMerge(ctx, c.ID, []uuid.UUID{missingID()}))
		}},
		{"Submit", func(ctx context.Context) error { return err(a.Submit(ctx, person("Eve"), nil)) }},
		{"List", func(ctx context.Context) error { return err(a.List(ctx, contacts.Query{}, nil)) }},
		{"Facets", func(ctx context.Context) error { return err(a.Facets(ctx, contacts.Filter{}, nil)) }},
		{"FindOrCreateLabel", func(ctx context.Context) error {
			_, _, err := a.FindOrCreateLabel(ctx, "Hawk")
			return err
		}},
		{"GetLabel", func(ctx context.Context) error { return err(a.GetLabel(ctx, key)) }},
		{"RenameLabel", func(ctx context.Context) error { return err(a.RenameLabel(ctx, key, "Eagle")) }},
		{"ListLabels", func(ctx context.Context) error { return err(a.ListLabels(ctx, contacts.LabelQuery{}, nil)) }},
		{"FindOrCreateField", func(ctx context.Context) error {
			_, _, err := a.FindOrCreateField(ctx, "Hawk", contacts.DataText)
			return err
		}},
		{"GetField", func(ctx context.Context) error { return err(a.GetField(ctx, keyVATID)) }},
		{"RenameField", func(ctx context.Context) error { return err(a.RenameField(ctx, "custom.x", "Eagle")) }},
		{"DeleteField", func(ctx context.Context) error { return a.DeleteField(ctx, "custom.x") }},
		{"ListFields", func(ctx context.Context) error { return err(a.ListFields(ctx, contacts.FieldQuery{}, nil)) }},
		{"BulkUpdate", func(ctx context.Context) error { return err(a.BulkUpdate(ctx, sel, patch, nil)) }},
		{"BulkLabel", func(ctx context.Context) error { return err(a.BulkLabel(ctx, sel, []string{key}, nil, nil)) }},
		{"BulkDelete", func(ctx context.Context) error { return err(a.BulkDelete(ctx, sel, nil)) }},
		{"Job", func(ctx context.Context) error { return err(a.Job(ctx, missingID())) }},
		{"Jobs", func(ctx context.Context) error { return err(a.Jobs(ctx)) }},
		{"DeleteLabel", func(ctx context.Context) error { return a.DeleteLabel(ctx, key) }},
		{"Delete", func(ctx context.Context) error { return a.Delete(ctx, c.ID) }},
	}
}

// wholeMember returns a member with a value for each of its members.
func wholeMember() *contacts.Member {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &contacts.Member{
		MemberID: someIDs(1)[0], SignupDate: at, Email: "ada@example.com", Status: contacts.MemberActive,
		Profile:  &contacts.MemberProfile{Nickname: "Ada", Photo: &contacts.Image{ID: "photo", URLExpirationDate: at}},
		User:     &contacts.MemberUser{UserID: someIDs(2)[1]},
		Session:  &contacts.MemberSession{LastWebLogin: at, MobileAppNames: []string{"app"}},
		GroupIDs: someIDs(3),
	}
}

// endingContext is a context that is canceled once its error has been asked for some times.
type endingContext struct {
	context.Context
	left int
}

func (c *endingContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// unshared overwrites all memory of values that a call was given or has returned, and requires that the contact stays.
func unshared(k *kit, call string, id uuid.UUID, values ...any) {
	k.Helper()
	want := k.get(id)
	text := of(json.Marshal(want)).ok(k)
	done(json.Unmarshal(text, want)).ok(k) // so that it shares no memory either
	for _, v := range values {
		scribble(reflect.ValueOf(v))
	}
	sameContact(k, "the contact after the values of "+call+" have changed", want, k.get(id))
}

// scribble overwrites all memory that can be reached through a value.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scribble(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scribble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
	case reflect.String:
		if v.CanSet() {
			v.SetString("scribbled")
		}
	default:
		if v.CanSet() {
			v.SetZero()
		}
	}
}

// storeCases are those of STO. All tables test STO-4: after each call that must fail, contacts are read again.
var storeCases = []conformCase{
	{"STO-1 a context that is done", Needs{}, func(k *kit) {
		k.hold()
		key := k.newLabel("Owl")
		c := k.create(labelled("Ada", key))
		ctx, cancel := context.WithCancel(k.ctx())
		cancel()
		for _, call := range everyMethod(k, c, key) {
			err := call.run(ctx)
			check(k, fmt.Sprintf("%s does not return the error of the context: %v", call.name, err),
				errors.Is(err, context.Canceled))
			same(k, "the code of "+call.name, "", contacts.CodeOf(err))
			k.unchanged()
		}
		same(k, "the name of the label", "Owl", k.getLabel(key).DisplayName)
	}},
	{"STO-1 a context that ends during a batch", alone, func(k *kit) {
		k.hold()
		key := k.newLabel("Owl")
		a, b := k.create(labelled("Ada", key)), k.create(labelled("Bob", key))
		ops := []contacts.Operation{
			contacts.CreateOp{Info: person("Cyd")}, contacts.DeleteLabelOp{Key: key}, contacts.CreateOp{Info: person("Dan")},
		}
		for n := 0; ; n++ {
			_, err := k.batcher().Batch(&endingContext{Context: k.ctx(), left: n}, ops, nil)
			if err == nil {
				break
			}
			check(k, "the error is not that of the context", errors.Is(err, context.Canceled))
			k.finds("the contacts after a batch that failed", contacts.Query{}, a, b)
			k.unchanged()
		}
		same(k, "the number of contacts", 4, len(k.list(contacts.Query{})))
		same(k, "labelKeys", 0, len(k.get(a.ID).Info.LabelKeys))
	}},
	{"STO-2 an implementation that is closed", Needs{}, func(k *kit) {
		k.hold()
		key := k.newLabel("Owl")
		c := k.create(labelled("Ada", key))
		sn := k.snapshot()
		fork := optional[Forker](k, "Forker").Fork()
		calls := everyMethod(k, c, key)
		closer := optional[Closer](k, "Closer")
		k.forget()
		done(closer.Close()).ok(k)
		done(closer.Close()).ok(k)
		for _, call := range calls {
			err := call.run(k.ctx())
			check(k, fmt.Sprintf("%s does not return STORE_CLOSED: %v", call.name, err), errors.Is(err, contacts.ErrClosed))
		}
		ctx, cancel := context.WithCancel(k.ctx())
		cancel()
		check(k, "the error of the context does not come first", errors.Is(calls[0].run(ctx), context.Canceled))
		_, found := sn.View(c.ID)
		check(k, "a snapshot of a closed implementation lacks a contact", found)
		of(fork.Get(k.ctx(), c.ID, nil)).ok(k)
		of(optional[Forker](k, "Forker").Fork().Get(k.ctx(), c.ID, nil)).fails(k, contacts.ErrClosed)
	}},
	{"STO-3 times are UTC and whole milliseconds", Needs{}, func(k *kit) {
		now := k.clock()
		k.impl.(Mover).Advance(1_999_999 * time.Nanosecond)
		c := k.create(person("Ada"))
		same(k, "createdDate", now.Add(time.Millisecond), c.CreatedDate)
		same(k, "the zone", time.UTC, c.CreatedDate.Location())
		k.impl.(Mover).Advance(-time.Hour)
		later := k.create(person("Eve"))
		same(k, "the time after the clock has gone back", c.CreatedDate, later.CreatedDate)
		at := now.Add(90*time.Minute + 999*time.Microsecond).In(time.FixedZone("", 3600))
		got := k.record(c.ID, "", at)
		same(k, "the time of an activity", now.Add(90*time.Minute), got.LastActivity.ActivityDate)
		same(k, "its zone", time.UTC, got.LastActivity.ActivityDate.Location())
	}},
	{"STO-3 times from callers", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		for _, at := range []time.Time{
			time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 12, 31, 0, 0, 0, 0, time.UTC),
		} {
			k.tryRecord(c.ID, "", at).invalid(k, "activity.activityDate FORMAT TIMESTAMP")
		}
	}},
	{"STO-3 times of pictures from callers", Needs{}, func(k *kit) {
		at := time.Date(2026, 1, 2, 3, 4, 5, 6_999_999, time.FixedZone("", 3600))
		c := k.create(withEdit(func(in *contacts.Info) {
			in.Picture = &contacts.Picture{Image: contacts.Image{URL: "https://example.com/a", URLExpirationDate: at}}
		}))
		got := k.get(c.ID).Info.Picture.Image.URLExpirationDate
		same(k, "urlExpirationDate", at.Truncate(time.Millisecond), got)
		same(k, "its zone", time.UTC, got.Location())
	}},
	{"STO-3 a contact that is created in the future", Needs{}, func(k *kit) {
		now := k.clock()
		to := now.Add(24 * time.Hour)
		imports(k, nil, &contacts.Contact{ID: tempID(1), CreatedDate: to, Info: person("Ada")})
		c := k.update(k.get(tempID(1)), contacts.Patch{Company: contacts.Set("Acorn")})
		same(k, "updatedDate", to, c.UpdatedDate)
		same(k, "createdDate of the next contact", now, k.create(person("Eve")).CreatedDate)
		k.impl.(Mover).Advance(48 * time.Hour)
		c = k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		check(k, "updatedDate is not later", c.UpdatedDate.After(to))
	}},
	{"STO-4 a call that fails writes nothing", alone, func(k *kit) {
		c, b := k.create(person("Ada", "ada@example.com")), k.create(person("Bob", "bob@example.com"))
		k.tryUpdate(c, contacts.Patch{
			Company: contacts.Set("Acorn"), Emails: contacts.Set(person("", "bob@example.com").Emails),
		}).fails(k, contacts.ErrDuplicate)
		k.tryCreate(person("Eve", "bob@example.com")).fails(k, contacts.ErrDuplicate)
		of(k.api().Label(k.ctx(), c.ID, labelCustomers, "custom.missing")).fails(k, contacts.ErrLabelNotFound)
		k.tryMerge(c, b, b).fails(k, contacts.ErrIllegalMerge)
		k.finds("all contacts", contacts.Query{}, c, b)
		k.matches("the company", contacts.Eq("info.company", "Acorn"))
		k.matches("the label", contacts.HasSome("info.labelKeys", labelCustomers))
	}},
	{"STO-5 arguments and results are copied", Needs{}, func(k *kit) {
		k.hold()
		info := person("Ada", "ada@example.com")
		info.LabelKeys, info.ExtendedFields = []string{labelCustomers}, map[string]any{keyVATID: "DK 1"}
		given := info.Clone()
		c := k.create(info)
		same(k, "the argument", given, info)
		want := c.Clone()
		info.Emails[0].Address, info.LabelKeys[0], info.ExtendedFields[keyVATID] = "x@example.com", "x", "x"
		c.Info.Emails[0].Address, c.Info.LabelKeys[0], c.Info.ExtendedFields[keyVATID] = "x@example.com", "x", "x"
		got := k.get(want.ID)
		sameContact(k, "the contact", want, got)
		got.Info.Emails[0].Address = "y@example.com"
		page := k.page(contacts.Query{Filter: contacts.Eq("id", want.ID)}, nil)
		page.Items[0].Info.LabelKeys[0] = "y"
		sameContact(k, "the contact after its copies have changed", want, k.get(want.ID))
		keys := []string{labelContacted}
		c = k.update(want, contacts.Patch{LabelKeys: contacts.Set(keys)})
		keys[0] = "x"
		same(k, "labelKeys", []string{labelContacted}, k.get(c.ID).Info.LabelKeys)
	}},
	{"STO-5 no memory is shared", Needs{}, func(k *kit) {
		k.hold()
		info := richInfo("ada")
		given := info.Clone()
		c := k.create(info)
		same(k, "the argument of Create", given, info)
		id, revision := c.ID, c.Revision
		unshared(k, "Create", id, &info, c)
		c = of(k.api().Update(k.ctx(), id, revision, wholePatch(given), nil)).ok(k)
		unshared(k, "Update", id, &given, c)
		m := wholeMember()
		c = of(k.admin().SetMember(k.ctx(), id, m)).ok(k)
		unshared(k, "SetMember", id, m, c)
		unshared(k, "Get", id, k.get(id))
		unshared(k, "List", id, k.page(contacts.Query{Filter: contacts.Eq("id", id)}, nil).Items)
		v, ok := k.snapshot().View(id)
		check(k, "the snapshot lacks the contact", ok)
		picture, _ := v.Picture()
		unshared(k, "View", id, slices.Collect(v.Addresses()), v.Member(), v.Clone(), &picture, v.LastActivity().Icon)
	}},
	{"STO-5 no memory of labels, fields and jobs is shared", Needs{}, func(k *kit) {
		k.hold()
		r := k.batch(
			contacts.FindOrCreateLabelOp{DisplayName: "Owl"},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataText},
			contacts.RenameLabelOp{Key: "custom.owl", DisplayName: "Owl"},
			contacts.RenameFieldOp{Key: "custom.owls", DisplayName: "Owls"},
			contacts.FindOrCreateLabelOp{DisplayName: "Owl"},
			contacts.FindOrCreateFieldOp{DisplayName: "Owls", DataType: contacts.DataText},
		)
		label, field := *r[0].Label, *r[1].Field
		scribble(reflect.ValueOf(r))
		same(k, "the label", label, k.getLabel(label.Key))
		same(k, "the field", field, of(k.api().GetField(k.ctx(), field.Key)).ok(k))
		c := k.create(person("Ada"))
		k.setMember(c.ID, member(contacts.MemberActive))
		sel := contacts.Selection{Filter: contacts.Eq("id", c.ID)}
		job := of(k.api().BulkDelete(k.ctx(), sel, nil)).ok(k)
		want := job
		want.Errors = slices.Clone(job.Errors)
		scribble(reflect.ValueOf(&job))
		for range 2 {
			got := of(k.api().Job(k.ctx(), want.ID)).ok(k)
			same(k, "the job", want, got)
			scribble(reflect.ValueOf(&got))
			list := of(k.api().Jobs(k.ctx())).ok(k)
			same(k, "the newest job", want, list[0])
			scribble(reflect.ValueOf(list))
		}
	}},
	{"STO-7 a fork and its parent", alone, func(k *kit) {
		k.hold()
		c := k.create(person("Ada"))
		fork := optional[Forker](k, "Forker").Fork()
		sameContact(k, "the contact of the fork", c, of(fork.Get(k.ctx(), c.ID, nil)).ok(k))
		of(fork.Update(k.ctx(), c.ID, 1, contacts.Patch{Company: contacts.Set("Acorn")}, nil)).ok(k)
		of(fork.Create(k.ctx(), person("Eve"), nil)).ok(k)
		k.finds("the contacts of the parent", contacts.Query{}, c)
		sameContact(k, "the contact of the parent", c, k.get(c.ID))
		k.remove(c.ID)
		same(k, "the contacts of the fork", 2, fork.Snapshot().Len())
	}},
	{"STO-7 merges of a fork and its parent", Needs{}, func(k *kit) {
		k.hold()
		c := k.create(person("Ada", "ada@example.com"))
		for i := range 6 { // lists that have grown can have room for more
			info := person("", fmt.Sprintf("%d@example.com", i))
			info.Locations, info.LabelKeys = someIDs(i + 1)[i:], []string{k.newLabel(fmt.Sprint("STO ", i))}
			c = k.merge(c, k.create(info))
			other, another := person("", "other@example.com"), person("", "another@example.com")
			other.Locations, another.Locations = someIDs(8)[7:], someIDs(9)[8:]
			other.LabelKeys, another.LabelKeys = []string{labelCustomers}, []string{labelContacted}
			fork := optional[Forker](k, "Forker").Fork()
			d := of(fork.Create(k.ctx(), other, nil)).ok(k)
			want := of(fork.Merge(k.ctx(), c.ID, c.Revision, []uuid.UUID{d.ID}, nil)).ok(k)
			fork2 := optional[Forker](k, "Forker").Fork()
			d = of(fork2.Create(k.ctx(), another, nil)).ok(k)
			of(fork2.Merge(k.ctx(), c.ID, c.Revision, []uuid.UUID{d.ID}, nil)).ok(k)
			sameContact(k, "the contact of the fork", want, of(fork.Get(k.ctx(), c.ID, nil)).ok(k))
		}
	}},
	{"STO-8 a snapshot never changes", alone, func(k *kit) {
		k.hold()
		key := k.newLabel("Owl")
		c, b := k.create(labelled("Ada", key)), k.create(person("Bob", "bob@example.com"))
		sn := k.snapshot()
		position := sn.Position()
		same(k, "the groups of duplicates", 0, len(slices.Collect(sn.Duplicates(nil))))
		k.update(c, contacts.Patch{
			FirstName: contacts.Set("Eve"), Emails: contacts.Set(person("", "bob@example.com").Emails),
		})
		k.remove(b.ID)
		done(k.api().DeleteLabel(k.ctx(), key)).ok(k)
		k.create(person("New"))
		same(k, "the position", position, sn.Position())
		same(k, "the contacts", []uuid.UUID{c.ID, b.ID}, idsOfViews(sn.All()))
		same(k, "the groups of duplicates later", 0, len(slices.Collect(sn.Duplicates(nil))))
		v, ok := sn.View(c.ID)
		check(k, "the snapshot lacks a contact", ok)
		sameContact(k, "the contact", c, v.Clone())
		of(sn.GetLabel(key)).ok(k)
		same(k, "the contacts with the label", []uuid.UUID{c.ID}, idsOfViews(sn.ByLabel(key)))
		same(k, "the contacts with the email", []uuid.UUID{b.ID}, idsOfViews(sn.ByEmail("bob@example.com")))
	}},
	{"STO-9 a nil context", Needs{}, func(k *kit) {
		k.hold()
		key := k.newLabel("Owl")
		c := k.create(labelled("Ada", key))
		var none context.Context
		for _, call := range everyMethod(k, c, key) {
			done(call.run(none)).invalid(k, "ctx REQUIRED_FIELD")
		}
	}},
	{"STO-10 a clock that jumps", with(func(o *contacts.Options) { o.MaxClockJump = time.Hour }), func(k *kit) {
		k.clock()
		c := k.create(person("Ada"))
		m := k.impl.(Mover)
		m.Advance(time.Hour + time.Second)
		none := contacts.Selection{Filter: contacts.Eq("id", missingID())}
		job := of(k.api().BulkDelete(k.ctx(), none, nil)).ok(k)
		same(k, "the end of a job at a wrong time", c.CreatedDate, job.FinishedDate)
		k.tryCreate(person("Eve")).fails(k, contacts.ErrInternal)
		k.tryUpdate(c, contacts.Patch{Company: contacts.Set("Acorn")}).fails(k, contacts.ErrInternal)
		m.Advance(-time.Second)
		c = k.update(c, contacts.Patch{Company: contacts.Set("Acorn")})
		k.record(c.ID, "", c.UpdatedDate.Add(1000*time.Hour)) // moves no commit
		m.Advance(time.Hour)
		k.create(person("Eve"))
	}},
	{"STO-11 options of a fork", with(func(o *contacts.Options) {
		o.OnFork = func(fork *contacts.Options) {
			n := byte(100)
			fork.NewID = func() uuid.UUID { n++; return tempID(n) }
			fork.Region = "DK"
		}
	}), func(k *kit) {
		k.hold()
		forker := optional[Forker](k, "Forker")
		for range 2 {
			fork := forker.Fork()
			again := fork.Fork()
			c := of(fork.Create(k.ctx(), caller("Ada", "", "62183848"), nil)).ok(k)
			same(k, "the ID of the fork's contact", tempID(101), c.ID)
			same(k, "what OnFork cannot set", "", c.PrimaryPhone.E164)
			same(k, "the ID of a fork of the fork", tempID(101), of(again.Create(k.ctx(), person("Eve"), nil)).ok(k).ID)
		}
		k.gone(tempID(101))
		check(k, "the parent draws the IDs of the fork", k.create(person("Eve")).ID != tempID(101))
	}},
	{"STO-11 options that are given to a fork", with(func(o *contacts.Options) { o.Region = "US" }), func(k *kit) {
		k.hold()
		c := k.create(caller("Ada", "", numberUS))
		fork := optional[Forker](k, "Forker").Fork()
		other := of(fork.ForkWith(&contacts.Options{Region: "DK", NewestFirst: true})).ok(k)
		d := of(other.Create(k.ctx(), caller("Bob", "", "62183848"), nil)).ok(k)
		same(k, "e164Phone by the region of the fork", "+4562183848", d.PrimaryPhone.E164)
		page := of(other.List(k.ctx(), contacts.Query{}, nil)).ok(k)
		same(k, "the order of the fork", []uuid.UUID{d.ID, c.ID}, idsOf(page.Items))
		other = of(fork.ForkWith(&contacts.Options{})).ok(k)
		d = of(other.Create(k.ctx(), caller("Bob", "", "646-567-6359"), nil)).ok(k)
		same(k, "e164Phone by the region of the parent", "+16465676359", d.PrimaryPhone.E164)
	}},
}
