package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// oldKey is the key of a label and of a field in the stores of these tests.
const oldKey = "custom.old"

// scene is a store with contacts. Among them ann, cyd and dan carry the label and have a value of the field.
type scene struct {
	*lab
	who map[string]*contacts.Contact
}

func newScene(t testing.TB, edits ...func(*contacts.Options)) scene {
	t.Helper()
	sc := scene{newLab(t, edits...), map[string]*contacts.Contact{}}
	_, _, err := sc.FindOrCreateLabel(t.Context(), "Old")
	require.NoError(t, err)
	_, _, err = sc.FindOrCreateField(t.Context(), "Old", contacts.DataText)
	require.NoError(t, err)
	for _, name := range []string{"ann", "bob", "cyd", "dan"} {
		sc.tick()
		info := person(name, name+"@x.test")
		if name == "ann" {
			info = richInfo(name)
		}
		if name != "bob" {
			info.LabelKeys = append(info.LabelKeys, oldKey)
			info.ExtendedFields = map[string]any{oldKey: "x"}
		}
		sc.who[name] = create(t, sc.Store, info)
	}
	sc.who["ann"] = update(t, sc.Store, sc.who["ann"], contacts.Patch{Company: contacts.Set("Birch")})
	return sc
}

// id returns the ID of a contact that may be missing.
func (sc scene) id(name string) uuid.UUID {
	if c := sc.who[name]; c != nil {
		return c.ID
	}
	return missingID
}

func (sc scene) idsOf(names ...string) []uuid.UUID {
	var list []uuid.UUID
	for _, name := range names {
		list = append(list, sc.id(name))
	}
	return list
}

// merge merges contacts, without regard to the revision of the first.
func (sc scene) merge(ctx context.Context, target string, sources ...string) error {
	v, _ := sc.Snapshot().View(sc.id(target))
	_, err := sc.Merge(ctx, v.ID(), v.Revision(), sc.idsOf(sources...), nil)
	return err
}

// wantChange is a change that the feed must report.
type wantChange struct {
	kind    contacts.ChangeKind
	of      string // a contact of the scene, or the key of a label or field
	sources []string
}

// check compares a change with the snapshots before and after it.
func (w wantChange) check(t testing.TB, sc scene, before, after *contacts.Snapshot, got contacts.Change) {
	t.Helper()
	require.Equal(t, w.kind, got.Kind)
	if _, isContact := sc.who[w.of]; isContact {
		require.Equal(t, sc.id(w.of).String(), got.EntityID())
	} else {
		require.Equal(t, w.of, got.EntityID())
	}
	require.Equal(t, sc.idsOf(w.sources...), got.Sources())
	var views [2]contacts.View
	var labels [2]contacts.Label
	var fields [2]contacts.Field
	for i, sn := range []*contacts.Snapshot{before, after} {
		switch entity, _, _ := strings.Cut(string(w.kind), "_"); entity {
		case "contact":
			views[i], _ = sn.View(sc.id(w.of))
		case "label":
			labels[i], _ = sn.GetLabel(w.of)
		case "extended-field":
			fields[i], _ = sn.GetField(w.of)
		}
	}
	require.True(t, views == [2]contacts.View{got.Before, got.After}, "other versions of the contact than the store had")
	labelBefore, labelAfter := got.Label()
	require.Equal(t, labels, [2]contacts.Label{labelBefore, labelAfter})
	fieldBefore, fieldAfter := got.Field()
	require.Equal(t, fields, [2]contacts.Field{fieldBefore, fieldAfter})
}

type feedWrite struct {
	method string
	name   string // says how the call is special
	call   func(context.Context, scene) error
	want   []wantChange
	origin string
}

// feedWrites are calls of all methods that write, with their changes in the feed.
var feedWrites = []feedWrite{
	{
		method: "Create", want: []wantChange{{kind: contacts.ContactCreated, of: "new"}},
		call: func(ctx context.Context, sc scene) (err error) {
			sc.who["new"], err = sc.Create(ctx, richInfo("new"), &contacts.CreateOptions{AllowDuplicates: true})
			return err
		},
	},
	{
		method: "Update", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Update(ctx, sc.id("ann"), 2, contacts.Patch{Emails: contacts.Set([]contacts.Email{})}, nil)
			return err
		},
	},
	{
		method: "Update", name: " that changes nothing", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Update(ctx, sc.id("ann"), 2, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			return err
		},
	},
	{
		method: "Delete", want: []wantChange{{kind: contacts.ContactDeleted, of: "bob"}},
		call: func(ctx context.Context, sc scene) error { return sc.Delete(ctx, sc.id("bob")) },
	},
	{
		method: "SetMember", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetMember(ctx, sc.id("ann"), &contacts.Member{MemberID: testID(9001)})
			return err
		},
	},
	{
		method: "SetBillingSubscription", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetBillingSubscription(ctx, sc.id("ann"), true)
			return err
		},
	},
	{
		method: "SetSystemFields", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetSystemFields(ctx, sc.id("ann"), map[string]any{"ecom.numOfPurchases": 3})
			return err
		},
	},
	{
		method: "SetSubscription", want: []wantChange{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetSubscription(ctx, sc.id("bob"), "bob@x.test", contacts.SubscriptionSubscribed)
			return err
		},
	},
	{
		method: "SetDeliverability", want: []wantChange{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetDeliverability(ctx, sc.id("bob"), "bob@x.test", contacts.EmailDeliverabilityBounced)
			return err
		},
	},
	{
		method: "RecordActivity", want: []wantChange{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RecordActivity(ctx, sc.id("ann"), contacts.ActivityMemberLogin, time.Time{})
			return err
		},
	},
	{
		method: "Label", want: []wantChange{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Label(ctx, sc.id("cyd"), "contacts.customers", "contacts.contacted-me")
			return err
		},
	},
	{
		method: "Label", name: " that changes nothing", want: []wantChange{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Label(ctx, sc.id("cyd"), oldKey)
			return err
		},
	},
	{
		method: "Unlabel", want: []wantChange{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Unlabel(ctx, sc.id("cyd"), oldKey, "contacts.customers")
			return err
		},
	},
	{
		method: "FindOrCreateLabel", want: []wantChange{{kind: contacts.LabelCreated, of: "custom.new"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.FindOrCreateLabel(ctx, "New")
			return err
		},
	},
	{
		method: "RenameLabel", want: []wantChange{{kind: contacts.LabelUpdated, of: oldKey}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RenameLabel(ctx, oldKey, "New")
			return err
		},
	},
	{
		method: "DeleteLabel", name: " that three contacts carry",
		want: []wantChange{
			{kind: contacts.ContactUpdated, of: "ann"}, {kind: contacts.ContactUpdated, of: "cyd"},
			{kind: contacts.ContactUpdated, of: "dan"}, {kind: contacts.LabelDeleted, of: oldKey},
		},
		call: func(ctx context.Context, sc scene) error { return sc.DeleteLabel(ctx, oldKey) },
	},
	{
		method: "FindOrCreateField", want: []wantChange{{kind: contacts.FieldCreated, of: "custom.new"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.FindOrCreateField(ctx, "New", contacts.DataURL)
			return err
		},
	},
	{
		method: "RenameField", want: []wantChange{{kind: contacts.FieldUpdated, of: oldKey}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RenameField(ctx, oldKey, "New")
			return err
		},
	},
	{
		method: "DeleteField", name: " with values on three contacts",
		want: []wantChange{
			{kind: contacts.ContactUpdated, of: "ann"}, {kind: contacts.ContactUpdated, of: "cyd"},
			{kind: contacts.ContactUpdated, of: "dan"}, {kind: contacts.FieldDeleted, of: oldKey},
		},
		call: func(ctx context.Context, sc scene) error { return sc.DeleteField(ctx, oldKey) },
	},
	{
		method: "Import", name: " of two contacts and a row that is refused, with a label that is defined",
		want: []wantChange{
			{kind: contacts.LabelCreated, of: "custom.new"}, {kind: contacts.ContactCreated, of: "eve"},
			{kind: contacts.ContactCreated, of: "gus"},
		},
		call: func(ctx context.Context, sc scene) error {
			eve, gus := &contacts.Contact{ID: testID(7001)}, &contacts.Contact{ID: testID(7002)}
			eve.Info, gus.Info = person("Eve"), person("Gus")
			gus.Info.LabelKeys = []string{"custom.new"}
			sc.who["eve"], sc.who["gus"] = eve, gus
			_, err := sc.Import(ctx, rowsOf(eve, eve, gus), &contacts.ImportOptions{Define: true})
			return err
		},
	},
	{
		method: "Merge", name: ", its sources in the order given", origin: "merge",
		want: []wantChange{
			{kind: contacts.ContactMerged, of: "cyd", sources: []string{"dan", "ann", "bob"}},
			{kind: contacts.ContactUpdated, of: "cyd"}, {kind: contacts.ContactDeleted, of: "dan"},
			{kind: contacts.ContactDeleted, of: "ann"}, {kind: contacts.ContactDeleted, of: "bob"},
		},
		call: func(ctx context.Context, sc scene) error { return sc.merge(ctx, "cyd", "dan", "ann", "bob") },
	},
}

// TestFeedOfWrites compares the changes of each write in the feed.
func TestFeedOfWrites(t *testing.T) {
	t.Run("EVT-1 every method with a context is among the writes, or only reads", func(t *testing.T) {
		known := append([]string{"Follow"}, reading...)
		for _, w := range feedWrites {
			known = append(known, w.method)
		}
		store := reflect.TypeFor[*contacts.Store]()
		for i := range store.NumMethod() {
			m := store.Method(i)
			if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
				require.Contains(t, known, m.Name)
			}
		}
	})
	for _, tc := range feedWrites {
		bubble(t, "EVT-1 "+tc.method+tc.name, func(t *testing.T) {
			sc := newScene(t)
			now := sc.tick()
			before := sc.Snapshot()
			require.NoError(t, tc.call(t.Context(), sc))
			after := sc.Snapshot()

			commits := commitsAfter(t, sc.Store, before.Position())
			require.Equal(t, []contacts.Position{before.Position() + 1}, positionsOf(commits))
			require.Equal(t, before.Position()+1, after.Position())
			c := commits[0]
			require.Equal(t, now, c.Time)
			require.Equal(t, tc.origin, c.OriginatedFrom)
			require.Len(t, c.Changes, len(tc.want))
			for i, w := range tc.want {
				w.check(t, sc, before, after, c.Changes[i])
			}
		})
	}
	bubble(t, "EVT-1 a label that no contact carries and a field without values", func(t *testing.T) {
		sc := newScene(t)
		for _, name := range []string{"ann", "cyd", "dan"} {
			require.NoError(t, sc.Delete(t.Context(), sc.id(name)))
		}
		before := sc.Snapshot()
		require.NoError(t, sc.DeleteLabel(t.Context(), oldKey))
		require.NoError(t, sc.DeleteField(t.Context(), oldKey))
		commits := commitsAfter(t, sc.Store, before.Position())
		require.Len(t, commits, 2)
		for i, kind := range []contacts.ChangeKind{contacts.LabelDeleted, contacts.FieldDeleted} {
			require.Len(t, commits[i].Changes, 1)
			wantChange{kind: kind, of: oldKey}.check(t, sc, before, sc.Snapshot(), commits[i].Changes[0])
		}
	})
	bubble(t, "EVT-1 merges one after the other", func(t *testing.T) {
		sc := newScene(t)
		snapshots := []*contacts.Snapshot{sc.Snapshot()}
		for _, pair := range [][2]string{{"cyd", "dan"}, {"bob", "cyd"}} {
			require.NoError(t, sc.merge(t.Context(), pair[0], pair[1]))
			snapshots = append(snapshots, sc.Snapshot())
		}
		commits := commitsAfter(t, sc.Store, snapshots[0].Position())
		require.Len(t, commits, 2)
		for i, want := range [][]wantChange{
			{
				{kind: contacts.ContactMerged, of: "cyd", sources: []string{"dan"}},
				{kind: contacts.ContactUpdated, of: "cyd"}, {kind: contacts.ContactDeleted, of: "dan"},
			},
			{
				{kind: contacts.ContactMerged, of: "bob", sources: []string{"cyd"}},
				{kind: contacts.ContactUpdated, of: "bob"}, {kind: contacts.ContactDeleted, of: "cyd"},
			},
		} {
			require.Equal(t, "merge", commits[i].OriginatedFrom)
			require.Len(t, commits[i].Changes, len(want))
			for j, w := range want {
				w.check(t, sc, snapshots[i], snapshots[i+1], commits[i].Changes[j])
			}
		}
	})
	bubble(t, "EVT-1 the time of a commit is that of the write", func(t *testing.T) {
		l := renamed(t, 1)
		east := time.FixedZone("east", 3*3600)
		for _, clock := range []time.Time{
			epoch.Add(1500*time.Millisecond + 999_999).In(east), epoch, epoch.AddDate(-50, 0, 0), epoch.Add(2 * time.Second),
		} {
			*l.now = clock
			rename(t, l.Store, 1)
		}
		var times []time.Time
		for _, c := range commitsAfter(t, l.Store, 1) {
			_, label := c.Changes[0].Label()
			require.Equal(t, label.UpdatedDate, c.Time)
			times = append(times, c.Time)
		}
		fine := epoch.Add(1500 * time.Millisecond)
		require.Equal(t, []time.Time{fine, fine, fine, epoch.Add(2 * time.Second)}, times)
	})
}

// TestFeedOfNothing makes calls that write nothing, because there is nothing to do or because they fail.
func TestFeedOfNothing(t *testing.T) {
	one := func(_ any, err error) error { return err }
	two := func(_ any, _ bool, err error) error { return err }
	for _, tc := range []struct {
		name string
		code contacts.Code // "" if the call succeeds
		call func(context.Context, scene) error
	}{
		{"FindOrCreateLabel that finds", "", func(ctx context.Context, sc scene) error {
			return two(sc.FindOrCreateLabel(ctx, "Old"))
		}},
		{"FindOrCreateField that finds", "", func(ctx context.Context, sc scene) error {
			return two(sc.FindOrCreateField(ctx, "Old", contacts.DataNumber))
		}},
		{"RecordActivity that is older", "", func(ctx context.Context, sc scene) error {
			return one(sc.RecordActivity(ctx, sc.id("ann"), contacts.ActivityMemberLogin, epoch.AddDate(-1, 0, 0)))
		}},
		{"Get", "", func(ctx context.Context, sc scene) error { return one(sc.Get(ctx, sc.id("ann"), nil)) }},
		{"List", "", func(ctx context.Context, sc scene) error { return one(sc.List(ctx, contacts.Query{}, nil)) }},
		{"Resolve", "", func(ctx context.Context, sc scene) error { return one(sc.Resolve(ctx, sc.id("ann"))) }},
		{"PreviewMerge", "", func(ctx context.Context, sc scene) error {
			return one(sc.PreviewMerge(ctx, sc.id("ann"), sc.idsOf("bob", "cyd")))
		}},
		{"Fork and a write to it", "", func(ctx context.Context, sc scene) error {
			return one(sc.Fork().RenameLabel(ctx, oldKey, "New"))
		}},
		{"Create without data", contacts.ErrInsufficientData, func(ctx context.Context, sc scene) error {
			return one(sc.Create(ctx, contacts.Info{}, nil))
		}},
		{"Create of a duplicate", contacts.ErrDuplicate, func(ctx context.Context, sc scene) error {
			return one(sc.Create(ctx, person("New", "bob@x.test"), nil))
		}},
		{"Update of an old revision", contacts.ErrAlreadyChanged, func(ctx context.Context, sc scene) error {
			return one(sc.Update(ctx, sc.id("ann"), 1, contacts.Patch{Company: contacts.Set("New")}, nil))
		}},
		{"Update with nothing", contacts.ErrInsufficientUpdate, func(ctx context.Context, sc scene) error {
			return one(sc.Update(ctx, sc.id("ann"), 2, contacts.Patch{}, nil))
		}},
		{"Delete of a missing contact", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return sc.Delete(ctx, missingID)
		}},
		{"Delete of a member", contacts.ErrDeleteMember, func(ctx context.Context, sc scene) error {
			return sc.Delete(ctx, sc.id("mel"))
		}},
		{"SetMember without ID", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return one(sc.SetMember(ctx, sc.id("ann"), &contacts.Member{}))
		}},
		{"SetBillingSubscription of a missing contact", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.SetBillingSubscription(ctx, missingID, true))
		}},
		{"SetSystemFields of another type", contacts.ErrInvalidFieldValue, func(ctx context.Context, sc scene) error {
			return one(sc.SetSystemFields(ctx, sc.id("ann"), map[string]any{"ecom.numOfPurchases": "x"}))
		}},
		{"SetSubscription at another's address", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return one(sc.SetSubscription(ctx, sc.id("ann"), "bob@x.test", contacts.SubscriptionSubscribed))
		}},
		{"SetDeliverability at another's address", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return one(sc.SetDeliverability(ctx, sc.id("ann"), "bob@x.test", contacts.EmailDeliverabilityValid))
		}},
		{"RecordActivity of a missing contact", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.RecordActivity(ctx, missingID, contacts.ActivityMemberLogin, time.Time{}))
		}},
		{"Label that is not defined", contacts.ErrLabelNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.Label(ctx, sc.id("ann"), oldKey, "custom.none"))
		}},
		{"Unlabel of nothing", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return one(sc.Unlabel(ctx, sc.id("ann")))
		}},
		{"FindOrCreateLabel over the quota", contacts.ErrLabelsQuota, func(ctx context.Context, sc scene) error {
			return two(sc.FindOrCreateLabel(ctx, "New"))
		}},
		{"RenameLabel of the system", contacts.ErrSystemLabel, func(ctx context.Context, sc scene) error {
			return one(sc.RenameLabel(ctx, "contacts.customers", "New"))
		}},
		{"DeleteLabel of the system, contacts carry it", contacts.ErrSystemLabel, func(ctx context.Context, sc scene) error {
			return sc.DeleteLabel(ctx, "contacts.customers")
		}},
		{"FindOrCreateField over the quota", contacts.ErrFieldsQuota, func(ctx context.Context, sc scene) error {
			return two(sc.FindOrCreateField(ctx, "New", contacts.DataText))
		}},
		{"RenameField that is not there", contacts.ErrFieldNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.RenameField(ctx, "custom.none", "New"))
		}},
		{"DeleteField of the system", contacts.ErrSystemField, func(ctx context.Context, sc scene) error {
			return sc.DeleteField(ctx, "invoices.vatId")
		}},
		{"Merge without sources", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return sc.merge(ctx, "ann")
		}},
		{"Merge into itself", contacts.ErrIllegalMerge, func(ctx context.Context, sc scene) error {
			return sc.merge(ctx, "ann", "bob", "ann")
		}},
		{"Merge of a missing contact, second source", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return sc.merge(ctx, "ann", "bob", "nobody")
		}},
		{"Merge of a member, second source", contacts.ErrFailedPrecondition, func(ctx context.Context, sc scene) error {
			return sc.merge(ctx, "ann", "bob", "mel")
		}},
		{"Merge of an old revision", contacts.ErrAlreadyChanged, func(ctx context.Context, sc scene) error {
			return one(sc.Merge(ctx, sc.id("ann"), 1, sc.idsOf("bob"), nil))
		}},
		{"Merge with another plan", contacts.ErrPlanOutdated, func(ctx context.Context, sc scene) error {
			opts := &contacts.MergeOptions{Plan: contacts.Fingerprint{1}}
			return one(sc.Merge(ctx, sc.id("ann"), 2, sc.idsOf("bob"), opts))
		}},
		{"PreviewMerge of a member", "", func(ctx context.Context, sc scene) error {
			return one(sc.PreviewMerge(ctx, sc.id("ann"), sc.idsOf("mel")))
		}},
	} {
		bubble(t, "EVT-1 "+tc.name, func(t *testing.T) {
			sc := newScene(t, func(o *contacts.Options) { o.LabelQuota, o.FieldQuota = 1, 1 })
			c, err := sc.SetMember(t.Context(), create(t, sc.Store, person("mel")).ID, &contacts.Member{MemberID: testID(9001)})
			require.NoError(t, err)
			sc.who["mel"] = c
			before := sc.Snapshot()

			require.Equal(t, tc.code, contacts.CodeOf(tc.call(t.Context(), sc)))
			require.Equal(t, before.Position(), sc.Snapshot().Position())
			require.Empty(t, commitsAfter(t, sc.Store, before.Position()))

			// Nor does it leave a gap before the next commit.
			rename(t, sc.Store, 1)
			commits := commitsAfter(t, sc.Store, 0)
			require.Equal(t, between(0, before.Position()+1), positionsOf(commits))
			require.Len(t, commits[before.Position()].Changes, 1)
		})
	}
	for _, w := range feedWrites {
		bubble(t, "EVT-1 the context is done, "+w.method+w.name, func(t *testing.T) {
			sc := newScene(t)
			before := sc.Snapshot().Position()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, w.call(ctx, sc), context.Canceled)
			require.Empty(t, commitsAfter(t, sc.Store, before))
		})
		bubble(t, "EVT-1 the store is closed, "+w.method+w.name, func(t *testing.T) {
			sc := newScene(t)
			before := sc.Snapshot().Position()
			require.NoError(t, sc.Close())
			require.ErrorIs(t, w.call(t.Context(), sc), contacts.ErrClosed)
			commits, err := feedOf(t, sc.Store, before)
			require.Empty(t, commits)
			require.ErrorIs(t, err, contacts.ErrClosed)
		})
	}
}

// story makes a write of every kind.
func story(t testing.TB, sc scene) {
	t.Helper()
	for _, method := range []string{
		"Create", "Update", "SetSubscription", "Label", "FindOrCreateLabel", "RenameLabel", "FindOrCreateField", "RenameField",
		"Merge", "DeleteLabel", "DeleteField",
	} {
		i := slices.IndexFunc(feedWrites, func(w feedWrite) bool { return w.method == method })
		sc.tick()
		require.NoError(t, feedWrites[i].call(t.Context(), sc))
	}
	sc.tick()
	require.NoError(t, sc.Delete(t.Context(), sc.id("cyd")))
}

// TestEvents compares the envelopes of changes of all kinds as whole JSON texts.
func TestEvents(t *testing.T) {
	var sent []contacts.Event
	synctest.Test(t, func(t *testing.T) { sent = eventsOfAll(t) })
	require.Len(t, sent, 17)

	for _, tc := range []struct {
		sequence uint64
		kind     string // the last part of the type
		text     string
	}{
		{1, "contact_created", `
			{"id": "c5abe621-1cb0-5e02-879e-73c502a4723f", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "created", "entityId": "00000000-0000-4000-8000-000000000001",
			"eventTime": "2026-01-02T04:04:05.000Z", "triggeredByAnonymizeRequest": false,
			"entityEventSequence": "1",
			"createdEvent": {"entity": {
				"id": "00000000-0000-4000-8000-000000000001", "revision": 1, "source": {"sourceType": "OTHER"},
				"createdDate": "2026-01-02T04:04:05.000Z", "updatedDate": "2026-01-02T04:04:05.000Z",
				"lastActivity": {"activityDate": "2026-01-02T04:04:05.000Z", "activityType": "CONTACT_CREATED"},
				"info": {"name": {"first": "Bob"},
					"extendedFields": {"items": {
						"contacts.displayByFirstName": "Bob", "contacts.displayByLastName": "Bob"}}}}}}`},
		{4, "contact_updated", `
			{"id": "bfc49e9e-6a79-595e-9771-64ecf7783d23", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "updated", "entityId": "00000000-0000-4000-8000-000000000001",
			"eventTime": "2026-01-02T07:04:05.007Z", "triggeredByAnonymizeRequest": false,
			"entityEventSequence": "4",
			"updatedEvent": {"currentEntity": {
				"id": "00000000-0000-4000-8000-000000000001", "revision": 2, "source": {"sourceType": "OTHER"},
				"createdDate": "2026-01-02T04:04:05.000Z", "updatedDate": "2026-01-02T07:04:05.007Z",
				"lastActivity": {"activityDate": "2026-01-02T04:04:05.000Z", "activityType": "CONTACT_CREATED"},
				"info": {"name": {"first": "Bob"}, "company": "Birch",
					"extendedFields": {"items": {
						"contacts.displayByFirstName": "Bob", "contacts.displayByLastName": "Bob"}}}}}}`},
		{5, "label_created", `
			{"id": "bfedaac7-a1e3-5196-9cba-cfa66169ec38", "entityFqdn": "wix.contacts.v4.label",
			"slug": "created", "entityId": "custom.größe", "eventTime": "2026-01-02T08:04:05.014Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "5",
			"createdEvent": {"entity": {
				"namespace": "custom", "namespaceDisplayName": "Labels", "key": "custom.größe",
				"displayName": "Größe", "labelType": "USER_DEFINED", "createdDate": "2026-01-02T08:04:05.014Z",
				"updatedDate": "2026-01-02T08:04:05.014Z"}}}`},
		{6, "label_updated", `
			{"id": "b0fa9691-6fda-56a8-b666-ff18d5e2e02a", "entityFqdn": "wix.contacts.v4.label",
			"slug": "updated", "entityId": "custom.größe", "eventTime": "2026-01-02T09:04:05.021Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "6",
			"updatedEvent": {"currentEntity": {
				"namespace": "custom", "namespaceDisplayName": "Labels", "key": "custom.größe",
				"displayName": "Vip", "labelType": "USER_DEFINED", "createdDate": "2026-01-02T08:04:05.014Z",
				"updatedDate": "2026-01-02T09:04:05.021Z"}}}`},
		{8, "contact_updated", `
			{"id": "386cb787-1036-50d8-882f-4f64db9c8268", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "updated", "entityId": "00000000-0000-4000-8000-000000000002",
			"eventTime": "2026-01-02T11:04:05.035Z", "triggeredByAnonymizeRequest": false,
			"entityEventSequence": "8",
			"updatedEvent": {"currentEntity": {
				"id": "00000000-0000-4000-8000-000000000002", "revision": 3, "source": {"sourceType": "OTHER"},
				"createdDate": "2026-01-02T05:04:05.000Z", "updatedDate": "2026-01-02T11:04:05.035Z",
				"lastActivity": {"activityDate": "2026-01-02T05:04:05.000Z", "activityType": "CONTACT_CREATED"},
				"info": {"name": {"first": "Ann"},
					"extendedFields": {"items": {
						"contacts.displayByFirstName": "Ann", "contacts.displayByLastName": "Ann"}}}}}}`},
		{9, "label_deleted", `
			{"id": "d02d2fe2-fb09-5a1c-b174-9aa2d7b21167", "entityFqdn": "wix.contacts.v4.label",
			"slug": "deleted", "entityId": "custom.größe", "eventTime": "2026-01-02T11:04:05.035Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "9",
			"deletedEvent": {}}`},
		{10, "extended-field_created", `
			{"id": "dd3eb7a7-398f-5baf-8abb-071dc98c631f", "entityFqdn": "wix.contacts.v4.extended_field",
			"slug": "created", "entityId": "custom.shoe-size", "eventTime": "2026-01-02T12:04:05.042Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "10",
			"createdEvent": {"entity": {
				"namespace": "custom", "key": "custom.shoe-size", "displayName": "Shoe Size",
				"dataType": "NUMBER", "fieldType": "USER_DEFINED", "createdDate": "2026-01-02T12:04:05.042Z",
				"updatedDate": "2026-01-02T12:04:05.042Z"}}}`},
		{11, "extended-field_updated", `
			{"id": "32b4f9bf-3790-50b4-aab3-8adab970b7b8", "entityFqdn": "wix.contacts.v4.extended_field",
			"slug": "updated", "entityId": "custom.shoe-size", "eventTime": "2026-01-02T13:04:05.049Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "11",
			"updatedEvent": {"currentEntity": {
				"namespace": "custom", "key": "custom.shoe-size", "displayName": "Shoes", "dataType": "NUMBER",
				"fieldType": "USER_DEFINED", "createdDate": "2026-01-02T12:04:05.042Z",
				"updatedDate": "2026-01-02T13:04:05.049Z"}}}`},
		{12, "extended-field_deleted", `
			{"id": "d1139658-1b6b-5208-8a2f-a1f6b6bbc448", "entityFqdn": "wix.contacts.v4.extended_field",
			"slug": "deleted", "entityId": "custom.shoe-size", "eventTime": "2026-01-02T14:04:05.056Z",
			"triggeredByAnonymizeRequest": false, "entityEventSequence": "12",
			"deletedEvent": {}}`},
		{13, "contact_merged", `
			{"id": "2ecd9acf-363c-5754-a627-2c102e0f632c", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "merged", "entityId": "00000000-0000-4000-8000-000000000001",
			"eventTime": "2026-01-02T15:04:05.063Z", "triggeredByAnonymizeRequest": false,
			"entityEventSequence": "13",
			"actionEvent": {"body": {
				"targetContactId": "00000000-0000-4000-8000-000000000001",
				"sourceContactIds": ["00000000-0000-4000-8000-000000000003", "00000000-0000-4000-8000-000000000002"],
				"targetContact": {
					"id": "00000000-0000-4000-8000-000000000001", "revision": 3,
					"source": {"sourceType": "OTHER"}, "createdDate": "2026-01-02T04:04:05.000Z",
					"updatedDate": "2026-01-02T15:04:05.063Z",
					"lastActivity": {"activityDate": "2026-01-02T15:04:05.063Z", "activityType": "CONTACT_MERGED"},
					"info": {"name": {"first": "Bob"}, "company": "Birch",
						"extendedFields": {"items": {
							"contacts.displayByFirstName": "Bob", "contacts.displayByLastName": "Bob"}}}}}}}`},
		{14, "contact_updated", `
			{"id": "2f87081a-54f2-5079-9f66-3872f59e9a9f", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "updated", "entityId": "00000000-0000-4000-8000-000000000001",
			"eventTime": "2026-01-02T15:04:05.063Z", "triggeredByAnonymizeRequest": false,
			"originatedFrom": "merge", "entityEventSequence": "14",
			"updatedEvent": {"currentEntity": {
				"id": "00000000-0000-4000-8000-000000000001", "revision": 3, "source": {"sourceType": "OTHER"},
				"createdDate": "2026-01-02T04:04:05.000Z", "updatedDate": "2026-01-02T15:04:05.063Z",
				"lastActivity": {"activityDate": "2026-01-02T15:04:05.063Z", "activityType": "CONTACT_MERGED"},
				"info": {"name": {"first": "Bob"}, "company": "Birch",
					"extendedFields": {"items": {
						"contacts.displayByFirstName": "Bob", "contacts.displayByLastName": "Bob"}}}}}}`},
		{15, "contact_deleted", `
			{"id": "696d27c4-1911-5923-ae96-5cbbec77ee0e", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "deleted", "entityId": "00000000-0000-4000-8000-000000000003",
			"eventTime": "2026-01-02T15:04:05.063Z", "triggeredByAnonymizeRequest": false,
			"originatedFrom": "merge", "entityEventSequence": "15",
			"deletedEvent": {}}`},
		{16, "contact_deleted", `
			{"id": "39000c2d-49f1-57fd-bab1-978440288c82", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "deleted", "entityId": "00000000-0000-4000-8000-000000000002",
			"eventTime": "2026-01-02T15:04:05.063Z", "triggeredByAnonymizeRequest": false,
			"originatedFrom": "merge", "entityEventSequence": "16",
			"deletedEvent": {}}`},
		{17, "contact_deleted", `
			{"id": "70d394ac-0485-5719-9668-d421193bf05c", "entityFqdn": "wix.contacts.v4.contact",
			"slug": "deleted", "entityId": "00000000-0000-4000-8000-000000000001",
			"eventTime": "2026-01-02T16:04:05.070Z", "triggeredByAnonymizeRequest": false,
			"entityEventSequence": "17",
			"deletedEvent": {}}`},
	} {
		t.Run(fmt.Sprintf("EVT-5 %s, event %d", tc.kind, tc.sequence), func(t *testing.T) {
			e := sent[tc.sequence-1]
			text, err := json.Marshal(e)
			require.NoError(t, err)
			require.JSONEq(t, tc.text, string(text))

			// The fields agree; the type has a member more.
			var said struct {
				ID, EntityFQDN, Slug, EntityID, OriginatedFrom, EntityEventSequence string
				EventTime                                                           time.Time
			}
			require.NoError(t, json.Unmarshal([]byte(tc.text), &said))
			require.Equal(t, "wix.contacts.v4."+tc.kind, e.Type)
			require.Equal(t, said.ID, e.ID.String())
			require.Equal(t, said.EntityFQDN, e.EntityFQDN)
			require.Equal(t, said.Slug, e.Slug)
			require.Equal(t, said.EntityID, e.EntityID)
			require.Equal(t, said.EventTime, e.EventTime)
			require.Equal(t, said.OriginatedFrom, e.OriginatedFrom)
			require.Equal(t, tc.sequence, e.Sequence)
			require.Equal(t, said.EntityEventSequence, strconv.FormatUint(e.Sequence, 10))
		})
	}
}

// eventsOfAll makes changes of all kinds and returns their events.
func eventsOfAll(t *testing.T) []contacts.Event {
	t.Helper()
	l := newLab(t)
	ctx := t.Context()
	people := map[string]*contacts.Contact{}
	for _, name := range []string{"Bob", "Ann", "Cyd"} { // with the IDs 1, 2 and 3
		l.tick()
		people[name] = create(t, l.Store, person(name))
	}
	for _, write := range []func() error{
		func() error {
			_, err := l.Update(ctx, people["Bob"].ID, 1, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			return err
		},
		func() error { _, _, err := l.FindOrCreateLabel(ctx, "Größe"); return err },
		func() error { _, err := l.RenameLabel(ctx, "custom.größe", "Vip"); return err },
		func() error { _, err := l.Label(ctx, people["Ann"].ID, "custom.größe"); return err },
		func() error { return l.DeleteLabel(ctx, "custom.größe") },
		func() error { _, _, err := l.FindOrCreateField(ctx, "Shoe Size", contacts.DataNumber); return err },
		func() error { _, err := l.RenameField(ctx, "custom.shoe-size", "Shoes"); return err },
		func() error { return l.DeleteField(ctx, "custom.shoe-size") },
		func() error {
			_, err := l.Merge(ctx, people["Bob"].ID, 2, []uuid.UUID{people["Cyd"].ID, people["Ann"].ID}, nil)
			return err
		},
		func() error { return l.Delete(ctx, people["Bob"].ID) },
	} {
		l.tick()
		*l.now = l.now.Add(7 * time.Millisecond)
		require.NoError(t, write())
	}
	var sent []contacts.Event
	for _, c := range commitsAfter(t, l.Store, 0) {
		sent = slices.AppendSeq(sent, c.Events())
	}
	return sent
}

func TestEventsOfStores(t *testing.T) {
	// The events of all commits of a scene after the story.
	tell := func(t testing.TB, sc scene) []string {
		story(t, sc)
		return eventTexts(t, commitsAfter(t, sc.Store, 0))
	}
	bubble(t, "EVT-5 equal stores send equal events, byte for byte", func(t *testing.T) {
		first := tell(t, newScene(t))
		require.Equal(t, first, tell(t, newScene(t)))
	})
	bubble(t, "EVT-5 a store sends equal events again and again", func(t *testing.T) {
		sc := newScene(t)
		first := tell(t, sc)
		for range 20 {
			require.Equal(t, first, eventTexts(t, commitsAfter(t, sc.Store, 0)))
		}
	})
	bubble(t, "EVT-5 a fork continues as its parent would have", func(t *testing.T) {
		sc := newScene(t)
		at := sc.Snapshot().Position()
		fork := scene{sc.fork(), maps.Clone(sc.who)}
		rename(t, sc.Store, 3)
		rename(t, fork.Store, 3)
		require.Equal(t, eventTexts(t, commitsAfter(t, sc.Store, at)), eventTexts(t, commitsAfter(t, fork.Store, at)))
	})
	bubble(t, "EVT-5 sequence numbers grow by one in all commits; no ID repeats", func(t *testing.T) {
		sc := newScene(t)
		story(t, sc)
		last := uint64(0)
		seen := map[uuid.UUID]bool{}
		for _, c := range commitsAfter(t, sc.Store, 0) {
			n := 0
			for e := range c.Events() {
				last++
				n++
				require.Equal(t, last, e.Sequence)
				require.False(t, seen[e.ID])
				seen[e.ID] = true
			}
			require.Len(t, c.Changes, n)
		}
	})
	bubble(t, "EVT-5 events of a commit, as many as wanted", func(t *testing.T) {
		sc := newScene(t)
		at := sc.Snapshot().Position()
		require.NoError(t, sc.DeleteLabel(t.Context(), oldKey))
		seq := commitsAfter(t, sc.Store, at)[0].Events()
		whole := slices.Collect(seq)
		require.Len(t, whole, 4)
		for n := range whole {
			var some []contacts.Event
			for e := range seq {
				if some = append(some, e); len(some) > n {
					break
				}
			}
			require.Equal(t, whole[:n+1], some)
		}
	})
}

// TestEventDecodes reads the events of all kinds of changes, and those of a submission, from their JSON.
func TestEventDecodes(t *testing.T) {
	var sent []contacts.Event
	synctest.Test(t, func(t *testing.T) {
		sent = eventsOfAll(t)
		s := newStore(t)
		_, err := s.Submit(t.Context(), person("Dee"), &contacts.SubmitOptions{
			PassThroughData: "form 7", Activity: contacts.Activity{ActivityType: contacts.ActivityFormSubmitted},
		})
		require.NoError(t, err)
		for _, c := range commitsAfter(t, s, 0) {
			sent = slices.AppendSeq(sent, c.Events())
		}
	})
	kinds := map[contacts.ChangeKind]bool{}
	for _, e := range sent {
		text, err := json.Marshal(e)
		require.NoError(t, err)
		var read contacts.Event
		require.NoError(t, json.Unmarshal(text, &read))
		kind := read.Change().Kind
		kinds[kind] = true
		t.Run("EVT-6 "+string(kind), func(t *testing.T) {
			again, err := json.Marshal(read)
			require.NoError(t, err)
			require.Equal(t, string(text), string(again))
			require.Equal(t, []any{e.ID, e.Type, e.EntityFQDN, e.Slug, e.EntityID, e.OriginatedFrom, e.Sequence},
				[]any{read.ID, read.Type, read.EntityFQDN, read.Slug, read.EntityID, read.OriginatedFrom, read.Sequence})
			require.WithinDuration(t, e.EventTime, read.EventTime, 0)
			requireDecodedChange(t, e.Change(), read.Change())
		})
	}
	require.Len(t, kinds, 11)
	for name, tc := range map[string]struct {
		text   string
		fields []string
	}{
		"another kind of entity": {`{"entityFqdn":"wix.contacts.v4.thing","slug":"created"}`, []string{"slug"}},
		"another kind of event":  {`{"entityFqdn":"wix.contacts.v4.contact","slug":"eaten"}`, []string{"slug"}},
		"an empty object":        {`{}`, []string{"slug"}},
		"wrong types": {`{"id":5,"entityFqdn":"wix.contacts.v4.label","slug":"created","entityEventSequence":7,
			"createdEvent":{"entity":{"key":1}}}`, []string{"id", "entityEventSequence", "createdEvent.entity.key"}},
		"a negative sequence": {`{"entityFqdn":"wix.contacts.v4.label","slug":"deleted","entityEventSequence":"-1"}`,
			[]string{"entityEventSequence"}},
	} {
		t.Run("EVT-6 refused: "+name, func(t *testing.T) {
			e := contacts.Event{Slug: "as before"}
			err := json.Unmarshal([]byte(tc.text), &e)
			require.ErrorIs(t, err, contacts.ErrInvalid)
			refused, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			var fields []string
			for _, v := range refused.Violations {
				fields = append(fields, v.Field)
			}
			require.Equal(t, tc.fields, fields)
			require.Equal(t, contacts.Event{Slug: "as before"}, e)
		})
	}
}

// requireDecodedChange requires that a decoded change has everything in the JSON of the original one.
func requireDecodedChange(t *testing.T, sent, read contacts.Change) {
	t.Helper()
	require.Equal(t, sent.Kind, read.Kind)
	require.Equal(t, sent.EntityID(), read.EntityID())
	require.Equal(t, sent.Sources(), read.Sources())
	require.Equal(t, sent.After.IsZero(), read.After.IsZero())
	if !sent.After.IsZero() {
		require.True(t, sent.After.Clone().Equal(read.After.Clone()))
	}
	_, label := sent.Label()
	_, readLabel := read.Label()
	require.Equal(t, label, readLabel)
	_, field := sent.Field()
	_, readField := read.Field()
	require.Equal(t, field, readField)
	text, activity := sent.Submission()
	readText, readActivity := read.Submission()
	require.Equal(t, text, readText)
	require.Equal(t, activity, readActivity)
}

// TestEventKeepsDerivedValues reads an event whose sender has derived values that this store would not: a view of its
// contact has what was written.
func TestEventKeepsDerivedValues(t *testing.T) {
	t.Run("EVT-6 derived values of another sender", func(t *testing.T) {
		const contact = `{"id":"00000000-0000-4000-8000-000000000001","revision":3,` +
			`"primaryInfo":{"email":"ann@x.test","phone":"1"},` +
			`"info":{"name":{"first":"Ann"},"extendedFields":{"items":{"contacts.displayByFirstName":"Dr. Ann"}}},` +
			`"primaryEmail":{"email":"ann@x.test","subscriptionStatus":"SUBSCRIBED","deliverabilityStatus":"BOUNCED"},` +
			`"primaryPhone":{"phone":"1","subscriptionStatus":"PENDING"}}`
		var e contacts.Event
		require.NoError(t, json.Unmarshal([]byte(`{"entityFqdn":"wix.contacts.v4.contact","slug":"created",`+
			`"createdEvent":{"entity":`+contact+`}}`), &e))
		v := e.Change().After
		require.Equal(t, contacts.PrimaryInfo{Email: "ann@x.test", Phone: "1"}, v.PrimaryInfo())
		require.Equal(t, contacts.SubscriptionSubscribed, v.PrimaryEmail().SubscriptionStatus)
		require.Equal(t, contacts.SubscriptionPending, v.PrimaryPhone().SubscriptionStatus)
		name, ok := v.ExtendedField("contacts.displayByFirstName")
		require.True(t, ok)
		require.Equal(t, "Dr. Ann", name)
		_, ok = v.ExtendedField("contacts.displayByLastName")
		require.False(t, ok)
		require.Equal(t, map[string]any{"contacts.displayByFirstName": "Dr. Ann"}, maps.Collect(v.ExtendedFields()))
		require.Equal(t, contacts.EmailDeliverabilityBounced, v.Clone().PrimaryEmail.DeliverabilityStatus)
		text, err := json.Marshal(v)
		require.NoError(t, err)
		require.JSONEq(t, contact, string(text))
	})
}
