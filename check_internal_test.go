package contacts

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unique"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// sabotaged returns a small store with a case for every check: ann, who is labelled and has a status, bob, who is a
// member, and an ID that was merged away.
func sabotaged(t *testing.T, opts *Options) (s *Store, ann, bob, gone uuid.UUID) {
	t.Helper()
	ctx := context.Background()
	s, err := New(opts)
	require.NoError(t, err)
	_, _, err = s.FindOrCreateLabel(ctx, "VIP")
	require.NoError(t, err)
	_, _, err = s.FindOrCreateField(ctx, "Age", DataNumber)
	require.NoError(t, err)
	make := func(first string) uuid.UUID {
		c, err := s.Create(ctx, Info{
			Name:   Name{First: first},
			Emails: []Email{{Address: first + "@x.test"}, {Address: first + ".2@x.test"}},
			Phones: []Phone{{Number: "201-555-0123", CountryCode: "US"}}, LabelKeys: []string{"custom.vip"},
			ExtendedFields: map[string]any{"custom.age": 40},
		}, nil)
		require.NoError(t, err)
		return c.ID
	}
	ann, bob, gone = make("ann"), make("bob"), make("gone")
	_, err = s.SetSubscription(ctx, ann, "ann@x.test", SubscriptionSubscribed)
	require.NoError(t, err)
	_, err = s.SetMember(ctx, bob, &Member{MemberID: uuid.New()})
	require.NoError(t, err)
	_, err = s.Merge(ctx, ann, 2, []uuid.UUID{gone}, nil)
	require.NoError(t, err)
	require.NoError(t, s.Snapshot().Check())
	return s, ann, bob, gone
}

// rewrite puts a changed copy of a contact into the tables, as a fault of the package would.
func (tx *txn) rewrite(id uuid.UUID, change func(*record)) {
	r := *tx.reads().contact(id)
	c := r.contact.contact()
	r.contact = documentOf(c.Clone())
	change(&r)
	tx.replace(tx.reads().contact(r.contact.ID), &r)
}

// world is a store that is being sabotaged.
type world struct {
	*txn
	ann, bob, gone uuid.UUID
}

func (w world) contactOf(id uuid.UUID) *record { return w.base.reads().contact(id) }

// forge writes a changed copy of a redirect.
func (w world) forge(id uuid.UUID, change func(*redirect)) {
	r := *w.base.reads().redirect(id)
	change(&r)
	w.insert(tableRedirects, &r)
}

func TestCheckFindsFaults(t *testing.T) {
	ann := func(change func(*record)) func(world) {
		return func(w world) { w.rewrite(w.ann, change) }
	}
	info := func(change func(*Info)) func(world) {
		return ann(func(r *record) {
			change(&r.contact.Info)
		})
	}
	label := func(change func(*labelRecord)) func(world) {
		return func(w world) {
			l := *w.base.reads().label("custom.vip")
			change(&l)
			w.insert(tableLabels, &l)
		}
	}
	field := func(change func(*fieldRecord)) func(world) {
		return func(w world) {
			f := *w.base.reads().field("custom.age")
			change(&f)
			w.insert(tableFields, &f)
		}
	}
	for _, tc := range []struct {
		name  string
		fault string // part of the message
		do    func(world)
	}{
		{"no revision", "revision", ann(func(r *record) { r.contact.Revision = 0 })},
		{"a negative revision", "revision", ann(func(r *record) { r.contact.Revision = -1 })},
		{"no source", "source.sourceType", ann(func(r *record) { r.contact.source = unique.Make(Source{}) })},
		{"an unknown source", "source.sourceType", ann(func(r *record) { r.contact.source = unique.Make(Source{SourceType: "MOON"}) })},
		{"created at another time", "its place has another date", ann(func(r *record) {
			r.contact.CreatedDate += 1000
		})},
		{"created in the year 10000", "createdDate", ann(func(r *record) {
			r.order.created = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
			r.contact.CreatedDate = momentOf(r.order.created)
		})},
		{"never updated", "updatedDate", ann(func(r *record) { r.contact.UpdatedDate = 0 })},
		{"no activity", "lastActivity", ann(func(r *record) { r.contact.setLastActivity(Activity{}) })},
		{"an activity without its type", "lastActivity", ann(func(r *record) { r.contact.activityType = "" })},
		{"a deprecated picture that cannot be", "picture.width", ann(func(r *record) { r.contact.captured = &captured{picture: &Image{Width: -1}} })},
		{"a segment without an ID", "segments.items[0]", ann(func(r *record) { r.contact.captured = &captured{segments: []uuid.UUID{{}}} })},
		{"two primary emails", " info ", info(func(in *Info) { in.Emails[1].Primary = true })},
		{"no primary email", " info ", info(func(in *Info) { in.Emails[0].Primary = false })},
		{"the primary email after another", " info ", info(func(in *Info) { slices.Reverse(in.Emails) })},
		{"no primary phone", " info ", info(func(in *Info) { in.Phones[0].Primary = false })},
		{"an email without a tag", " info ", info(func(in *Info) { in.Emails[0].Tag = "" })},
		{"an email with an unknown tag", "info.emails.items[0].tag", info(func(in *Info) { in.Emails[0].Tag = "X" })},
		{"an invalid email", "info.emails.items[1].email", info(func(in *Info) { in.Emails[1].Address = "x" })},
		{"51 emails", "info.emails.items", info(func(in *Info) { in.Emails = make([]Email, 51) })},
		{"two items with one ID", "info.emails.items", info(func(in *Info) { in.Emails[1].ID = in.Emails[0].ID })},
		{"an item without an ID", "info.phones.items", info(func(in *Info) { in.Phones[0].ID = uuid.Nil })},
		{"an address without an ID", "info.addresses.items", info(func(in *Info) {
			in.Addresses = []Address{{Tag: AddressHome, City: "Oslo"}}
		})},
		{"a number that is too long", "e164Phone", info(func(in *Info) { in.Phones[0].E164 = "+1234567890123456" })},
		{"a text with a NUL", "info.company", info(func(in *Info) { in.Company = "a\x00" })},
		{"a locale in capitals", " info ", info(func(in *Info) { in.Locale = "EN" })},
		{"an invalid date", "info.birthdate", info(func(in *Info) { in.Birthdate = "2023-02-29" })},
		{"nothing to know the contact by", " info ", info(func(in *Info) {
			in.Name, in.Emails, in.Phones = Name{}, nil, nil
		})},
		{"a label twice", " info ", info(func(in *Info) { in.LabelKeys = []string{"custom.vip", "custom.vip"} })},
		{"a label that is not defined", "info.labelKeys", info(func(in *Info) { in.LabelKeys = []string{"custom.none"} })},
		{"a field that is not defined", "custom.none", info(func(in *Info) { in.ExtendedFields["custom.none"] = "x" })},
		{"a text in a number field", "custom.age", info(func(in *Info) { in.ExtendedFields["custom.age"] = "x" })},
		{"a number in a text field", "invoices.vatId", info(func(in *Info) { in.ExtendedFields["invoices.vatId"] = 1.0 })},
		{"a negative zero", "custom.age", info(func(in *Info) { in.ExtendedFields["custom.age"] = math.Copysign(0, -1) })},
		{"an empty value", "invoices.vatId", info(func(in *Info) { in.ExtendedFields["invoices.vatId"] = "" })},
		{"a value that is no date", "ecom.lastPurchaseDate", info(func(in *Info) {
			in.ExtendedFields["ecom.lastPurchaseDate"] = "soon"
		})},
		{"a list as a value", "custom.age", info(func(in *Info) { in.ExtendedFields["custom.age"] = []any{} })},
		{"a status of a foreign address", "emailStatuses", ann(func(r *record) {
			r.statuses.emails = map[string]emailStatus{"bob@x.test": {SubscriptionPending, EmailDeliverabilityValid}}
		})},
		{"a status that says nothing", "emailStatuses", ann(func(r *record) {
			r.statuses.emails = map[string]emailStatus{"ann@x.test": emailNotSet}
		})},
		{"an unknown status", "emailStatuses", ann(func(r *record) {
			r.statuses.emails = map[string]emailStatus{"ann@x.test": {"MAYBE", EmailDeliverabilityValid}}
		})},
		{"a status of a foreign number", "phoneStatuses", ann(func(r *record) {
			r.statuses.phones = map[string]phoneStatus{"+12015550199": {SubscriptionPending, PhoneDeliverabilityNotSet}}
		})},
		{"a delivery status of a phone", "phoneStatuses", ann(func(r *record) {
			r.statuses.phones = map[string]phoneStatus{"+12015550123": {SubscriptionPending, "LOST"}}
		})},
		{"a member without an ID", "memberInfo", func(w world) {
			w.rewrite(w.bob, func(r *record) { r.contact.Member.MemberID = uuid.Nil })
		}},
		{"a stored display name", "contacts.displayByFirstName", ann(func(r *record) {
			r.contact.Info.ExtendedFields["contacts.displayByFirstName"] = "ann"
		})},
		{"the place of a label", "not its own", ann(func(r *record) { r.order.serial = 1 })},
		{"a place that is another's", "index id of contacts: an entry belongs to no row", func(w world) {
			place := w.contactOf(w.bob).order
			w.rewrite(w.ann, func(r *record) { r.order = place })
		}},
		{"a place that was not given yet", "not its own", ann(func(r *record) { r.order.serial += 1000 })},
		{"a contact too many", "contacts: miscounted", func(w world) { w.contacts++ }},
		{"a label too few", "labels: miscounted", func(w world) { w.labels-- }},
		{"a field too many", "fields: miscounted", func(w world) { w.fields++ }},
		{"an ID too few that was merged away", "redirects: miscounted", func(w world) { w.redirects-- }},

		{"a label without a name", "label.displayName", label(func(l *labelRecord) { l.value.DisplayName = "" })},
		{"a label of no type", "label.labelType", label(func(l *labelRecord) { l.value.LabelType = "" })},
		{"a label that was never made", "label.createdDate", label(func(l *labelRecord) {
			l.value.CreatedDate, l.order.created = time.Time{}, time.Time{}
		})},
		{"a label in another place", "its place has another date", label(func(l *labelRecord) {
			l.order.created = l.order.created.Add(1)
		})},
		{"a label with the place of a field", "not its own", func(w world) {
			l := *w.base.reads().label("custom.vip")
			l.order.serial = w.base.reads().field("custom.age").order.serial
			w.insert(tableLabels, &l)
		}},
		{"a label with an invalid key", "label.key", func(w world) {
			labelKind.create(w.txn, Label{
				Key: "a b", DisplayName: "x", LabelType: LabelUserDefined, CreatedDate: w.base.time, UpdatedDate: w.base.time,
			})
		}},
		{"a system label under another name", "contacts.customers", func(w world) {
			l := *w.base.reads().label("contacts.customers")
			l.value.DisplayName = "x"
			w.insert(tableLabels, &l)
		}},
		{"a system label that is gone", "contacts.customers", func(w world) {
			w.delete(tableLabels, w.base.reads().label("contacts.customers"))
		}},
		{"a field of no type", "field.dataType", field(func(f *fieldRecord) { f.value.DataType = "" })},
		{"a system field that is gone", "invoices.vatId", func(w world) {
			w.delete(tableFields, w.base.reads().field("invoices.vatId"))
		}},
		{"a field in another place", "its place has another date", field(func(f *fieldRecord) {
			f.order.created = f.order.created.Add(1)
		})},

		{"a redirect of a contact that is there", "was merged away but exists", func(w world) {
			w.forge(w.ann, func(r *redirect) { r.into = w.gone })
			w.forge(w.gone, func(r *redirect) { r.into = uuid.Nil })
		}},
		{"a redirect to nowhere", "leads nowhere", func(w world) {
			w.forge(w.gone, func(r *redirect) { r.into = w.bob })
		}},
		{"redirects in a circle", "leads nowhere", func(w world) {
			w.forge(w.gone, func(r *redirect) { r.into = w.gone })
		}},
		{"a short path to another contact", "its parents lead to another", func(w world) {
			w.forge(w.base.reads().root(w.gone).id, func(r *redirect) { r.live = w.bob })
		}},
		{"a short path to nowhere", "its parents lead to another", func(w world) {
			w.forge(w.base.reads().root(w.gone).id, func(r *redirect) { r.parent = w.bob })
		}},
		{"a tree that is miscounted", "miscounted", func(w world) {
			w.forge(w.base.reads().root(w.gone).id, func(r *redirect) { r.size++ })
		}},

		{"an index that does not know of a change", "index email of contacts: a row is not found", func(w world) {
			r := w.contactOf(w.ann)
			r.contact.Info.Emails[1].Address = "new@x.test"
		}},
		{"a stale index entry", "index label of contacts: an entry belongs to no row", func(w world) {
			r := w.contactOf(w.ann)
			r.contact.Info.LabelKeys = nil // hides the old entry from the replacement of the row
			w.rewrite(w.ann, func(*record) {})
		}},
		{"a stale phone entry", "index phone of contacts: an entry belongs to no row", func(w world) {
			w.contactOf(w.ann).contact.Info.Phones[0].E164 = ""
			w.rewrite(w.ann, func(*record) {})
		}},
		{"an index that does not know of another primary email", "index email of contacts: a row is not found", func(w world) {
			r := w.contactOf(w.ann)
			r.contact.Info.Emails[0].Address, r.contact.Info.Emails[1].Address = "ann.2@x.test", "ann@x.test"
		}},
		{"a stale entry of a primary email", "index email of contacts: an entry belongs to no row", func(w world) {
			slices.Reverse(w.contactOf(w.ann).contact.Info.Emails) // hides the old entries
			w.rewrite(w.ann, func(*record) {})
		}},
		{"an index that does not know of an extension", "index phone of contacts: a row is not found", func(w world) {
			w.contactOf(w.ann).contact.Info.Phones[0].Formatted += " ext. 7"
		}},
		{"a stale entry of a phone without extension", "index phone of contacts: an entry belongs to no row", func(w world) {
			w.contactOf(w.ann).contact.Info.Phones[0].Formatted += " ext. 7"
			w.rewrite(w.ann, func(*record) {})
		}},
		{"trees of an earlier state", "table contacts: the snapshot has other trees", func(w world) {
			w.rewrite(w.ann, func(*record) {})
			w.write()
			w.trees = w.base.trees
		}},
		{"an index of an earlier state", "table contacts: the snapshot has other trees", func(w world) {
			w.rewrite(w.ann, func(r *record) { r.contact.Info.LabelKeys = nil })
			w.write()
			w.trees.keys = w.base.trees.keys
		}},
		{"a tree without its row", "table contacts: the snapshot has other trees", func(w world) {
			w.write()
			w.delete(tableContacts, w.trees.keys[0])
		}},
		{"a stale entry of a text", "index number of contacts: an entry belongs to no row", func(w world) {
			w.contactOf(w.ann).contact.Info.Phones[0].E164 = ""
			w.rewrite(w.ann, func(*record) {})
		}},
	} {
		t.Run("CHK-1 "+tc.name, func(t *testing.T) {
			s, ann, bob, gone := sabotaged(t, nil)
			base := s.Snapshot()
			w := world{base.begin(base.time), ann, bob, gone}
			tc.do(w)
			next, _ := w.commit()
			requireFault(t, next.Check(), tc.fault)
		})
	}
}

// requireFault requires that an error of a check contains this text.
func requireFault(t *testing.T, err error, part string) {
	t.Helper()
	require.ErrorIs(t, err, ErrInternal)
	var e *CheckError
	require.ErrorAs(t, err, &e)
	found := slices.ContainsFunc(e.Faults, func(fault string) bool { return strings.Contains(fault, part) })
	require.True(t, found, "want %q among %q", part, e.Faults)
	require.NotContains(t, err.Error(), "@")
}

func TestSelfCheck(t *testing.T) {
	update := func(s *Store, id uuid.UUID) error {
		c, err := s.Snapshot().Get(id)
		if err != nil {
			return err
		}
		_, err = s.Update(context.Background(), id, c.Revision, Patch{Company: Set("Birch")}, nil)
		return err
	}
	for _, tc := range []struct {
		name  string
		fault string
		do    func(tx *txn, ann, bob uuid.UUID)
	}{
		{"a contact that is changed without a change", "changed without a change", func(tx *txn, ann, _ uuid.UUID) {
			tx.rewrite(ann, func(*record) {})
		}},
		{"a contact that is removed without a change", "changed without a change", func(tx *txn, _, bob uuid.UUID) {
			tx.contacts--
			tx.replace(tx.reads().contact(bob), nil)
		}},
		{"a contact that is added without a change", "changed without a change", func(tx *txn, ann, _ uuid.UUID) {
			tx.contacts++
			tx.rewrite(ann, func(r *record) {
				r.contact.ID = uuid.New()
				r.order = tx.place(createdDate(r))
			})
		}},
		{"the same revision", "not its next revision", func(tx *txn, ann, _ uuid.UUID) {
			before := tx.reads().contact(ann)
			after := tx.nextVersion(before)
			after.contact.Revision--
			tx.put(before, after)
		}},
		{"a revision that skips one", "not its next revision", func(tx *txn, ann, _ uuid.UUID) {
			before := tx.reads().contact(ann)
			after := tx.nextVersion(before)
			after.contact.Revision++
			tx.put(before, after)
		}},
		{"another time", "its updated date is not the time", func(tx *txn, ann, _ uuid.UUID) {
			before := tx.reads().contact(ann)
			after := tx.nextVersion(before)
			after.contact.UpdatedDate = momentOf(tx.now.Add(-time.Hour))
			tx.put(before, after)
		}},
		{"a new contact that was updated before its creation", "updated before it was created",
			func(tx *txn, ann, _ uuid.UUID) {
				after := *tx.reads().contact(ann)
				after.contact.ID, after.contact.CreatedDate = uuid.New(), momentOf(tx.now.Add(time.Hour))
				after.contact.UpdatedDate = momentOf(tx.now)
				after.order = tx.place(createdDate(&after))
				tx.put(nil, &after)
			}},
		{"another source", "its creation changed", func(tx *txn, ann, _ uuid.UUID) {
			before := tx.reads().contact(ann)
			after := tx.nextVersion(before)
			after.contact.source = unique.Make(Source{SourceType: SourceImport})
			tx.put(before, after)
		}},
		{"a change from a wrong state", "changed from another state", func(tx *txn, ann, bob uuid.UUID) {
			tx.put(tx.reads().contact(bob), tx.nextVersion(tx.reads().contact(ann)))
		}},
		{"a change to a wrong state", "not in the state after its last change", func(tx *txn, ann, _ uuid.UUID) {
			tx.note(Change{Kind: ContactUpdated, Before: View{tx.reads().contact(ann)}, After: View{tx.nextVersion(tx.reads().contact(ann))}})
			tx.rewrite(ann, func(*record) {})
		}},
		{"a change out of sequence", "not in sequence", func(tx *txn, ann, _ uuid.UUID) {
			before := tx.reads().contact(ann)
			tx.put(before, tx.nextVersion(before))
			tx.changes[0].sequence++
		}},
		{"a time that goes back", "went back", func(tx *txn, ann, _ uuid.UUID) {
			tx.now = tx.now.Add(-time.Hour)
			before := tx.reads().contact(ann)
			tx.put(before, tx.nextVersion(before))
		}},
		{"an order that goes back", "went back", func(tx *txn, ann, _ uuid.UUID) {
			tx.serial = 0
			before := tx.reads().contact(ann)
			tx.put(before, tx.nextVersion(before))
		}},
	} {
		t.Run("CHK-2 "+tc.name, func(t *testing.T) {
			s, ann, bob, _ := sabotaged(t, &Options{SelfCheck: true})
			before := s.Snapshot()
			err := s.commit(context.Background(), time.Now(), func(tx *txn) error {
				tc.do(tx, ann, bob)
				return nil
			})
			requireFault(t, err, tc.fault)
			require.Same(t, before, s.Snapshot(), "the write was published")
			require.NoError(t, update(s, ann), "the store continues from its last state")
		})
	}
	t.Run("CHK-2 STO-11 a fork checks itself", func(t *testing.T) {
		s, ann, bob, _ := sabotaged(t, nil)
		f, err := s.ForkWith(&Options{SelfCheck: true})
		require.NoError(t, err)
		_, err = f.Update(context.Background(), ann, 3, Patch{Locations: Set([]uuid.UUID{uuid.New()})}, nil)
		require.NoError(t, err)
		require.NoError(t, update(f, bob))
		f.Snapshot().reads().contact(ann).contact.Info.Locations[0][0]++
		require.NoError(t, update(s, bob), "its parent does not")
		requireFault(t, update(f, bob), "its memory was modified")
	})
	for name, scribble := range map[string]func(*record){
		"a slice":  func(r *record) { r.contact.Info.Locations[0][0]++ },
		"a map":    func(r *record) { r.contact.Info.ExtendedFields["custom.age"] = 41.0 },
		"a struct": func(r *record) { r.contact.Info.Picture.Image.Width++ },
		"a status": func(r *record) {
			r.statuses.emails["ann@x.test"] = emailStatus{SubscriptionSubscribed, EmailDeliverabilityBounced}
		},
	} {
		t.Run("CHK-2 someone writes to the memory of a contact, "+name, func(t *testing.T) {
			s, ann, bob, _ := sabotaged(t, &Options{SelfCheck: true})
			_, err := s.Update(context.Background(), ann, 3, Patch{
				Locations: Set([]uuid.UUID{uuid.New()}), Picture: Set(&Picture{Image: Image{URL: "https://x.test/a.png"}}),
			}, nil)
			require.NoError(t, err)
			require.NoError(t, update(s, bob))
			scribble(s.Snapshot().reads().contact(ann))
			requireFault(t, update(s, bob), "its memory was modified")
		})
	}
	t.Run("CHK-2 without the option writes are not checked", func(t *testing.T) {
		s, ann, bob, _ := sabotaged(t, nil)
		s.Snapshot().reads().contact(ann).contact.Revision = -1
		require.NoError(t, update(s, bob))
		require.Error(t, s.Snapshot().Check())
	})
}
