package contacts_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
	"weak"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// errWaits is what Follow ends with in feedOf where it would wait for more.
var errWaits = context.DeadlineExceeded

// bubble runs a subtest in a bubble of synctest, so that a Follow that waits in vain is seen, and at once.
func bubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// feedOf returns what Follow yields after a position and the error that it ends with. It calls each after every commit.
// Only for use in a bubble.
func feedOf(
	t testing.TB, s *contacts.Store, since contacts.Position, each ...func(),
) (commits []contacts.Commit, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return collect(t, s.Follow(ctx, since), each...)
}

// collect returns the commits of a sequence and the error that it ends with.
func collect(
	t testing.TB, seq iter.Seq2[contacts.Commit, error], each ...func(),
) (commits []contacts.Commit, err error) {
	t.Helper()
	for c, e := range seq {
		require.NoError(t, err, "the sequence goes on after an error")
		if err = e; err != nil {
			require.Zero(t, c)
			continue
		}
		commits = append(commits, c)
		for _, do := range each {
			do()
		}
	}
	require.Error(t, err, "the sequence ends without an error")
	return commits, err
}

// firstOf returns the first n commits of a sequence, and breaks.
func firstOf(t testing.TB, seq iter.Seq2[contacts.Commit, error], n int) []contacts.Commit {
	t.Helper()
	var commits []contacts.Commit
	for c, err := range seq {
		require.NoError(t, err)
		if commits = append(commits, c); len(commits) == n {
			break
		}
	}
	return commits
}

// commitsAfter returns what the feed of s holds after a position. Only for use in a bubble.
func commitsAfter(t testing.TB, s *contacts.Store, since contacts.Position) []contacts.Commit {
	t.Helper()
	commits, err := feedOf(t, s, since)
	require.ErrorIs(t, err, errWaits)
	return commits
}

// positionsOf lists the positions of commits.
func positionsOf(commits []contacts.Commit) []contacts.Position {
	list := []contacts.Position{}
	for _, c := range commits {
		list = append(list, c.Position)
	}
	return list
}

// between lists the positions after since, up to last.
func between(since, last contacts.Position) []contacts.Position {
	list := []contacts.Position{}
	for p := since + 1; p <= last; p++ {
		list = append(list, p)
	}
	return list
}

// requireExpired requires POSITION_EXPIRED with this position to go on from.
func requireExpired(t testing.TB, oldest contacts.Position, err error) {
	t.Helper()
	require.Equal(t, contacts.ErrPositionExpired, contacts.CodeOf(err))
	var expired *contacts.PositionError
	require.ErrorAs(t, err, &expired)
	require.Equal(t, oldest, expired.Oldest)
}

// eventTexts returns the events of commits as JSON.
func eventTexts(t testing.TB, commits []contacts.Commit) []string {
	t.Helper()
	var list []string
	for _, c := range commits {
		for e := range c.Events() {
			text, err := json.Marshal(e)
			require.NoError(t, err)
			list = append(list, string(text))
		}
	}
	return list
}

// The key of the label and of the field that the stores of these tests have.
const oldKey = "custom.old"

// renamed opens a store that has seen n commits of one change each.
func renamed(t testing.TB, n int, edits ...func(*contacts.Options)) *lab {
	t.Helper()
	l := newLab(t, edits...)
	_, _, err := l.FindOrCreateLabel(t.Context(), "Old")
	require.NoError(t, err)
	rename(t, l.Store, n-1)
	return l
}

// rename makes n more.
func rename(t testing.TB, s *contacts.Store, n int) {
	t.Helper()
	for range n {
		_, err := s.RenameLabel(t.Context(), oldKey, "Old")
		require.NoError(t, err)
	}
}

func feedSize(n int) func(*contacts.Options) { return func(o *contacts.Options) { o.FeedSize = n } }

// scene is a store with contacts, of whom ann, cyd and dan carry the label and have a value for the field.
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
	return nobody
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

// told is a change that the feed must tell of.
type told struct {
	kind    contacts.ChangeKind
	of      string // a contact of the scene, or the key of a label or field
	sources []string
}

// check compares a change with what snapshots before and after it know.
func (w told) check(t testing.TB, sc scene, before, after *contacts.Snapshot, got contacts.Change) {
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
			labels[i], _ = sn.Label(w.of)
		case "extended-field":
			fields[i], _ = sn.Field(w.of)
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
	name   string // what is special about the call
	call   func(context.Context, scene) error
	want   []told
	origin string
}

// feedWrites are calls of all methods that write, and what they put into the feed.
var feedWrites = []feedWrite{
	{
		method: "Create", want: []told{{kind: contacts.ContactCreated, of: "new"}},
		call: func(ctx context.Context, sc scene) (err error) {
			sc.who["new"], err = sc.Create(ctx, richInfo("new"), &contacts.CreateOptions{AllowDuplicates: true})
			return err
		},
	},
	{
		method: "Update", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Update(ctx, sc.id("ann"), 2, contacts.Patch{Emails: contacts.Set([]contacts.Email{})}, nil)
			return err
		},
	},
	{
		method: "Update", name: " that changes nothing", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Update(ctx, sc.id("ann"), 2, contacts.Patch{Company: contacts.Set("Birch")}, nil)
			return err
		},
	},
	{
		method: "Delete", want: []told{{kind: contacts.ContactDeleted, of: "bob"}},
		call: func(ctx context.Context, sc scene) error { return sc.Delete(ctx, sc.id("bob")) },
	},
	{
		method: "SetMember", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetMember(ctx, sc.id("ann"), &contacts.Member{MemberID: testID(9001)})
			return err
		},
	},
	{
		method: "SetBillingSubscription", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetBillingSubscription(ctx, sc.id("ann"), true)
			return err
		},
	},
	{
		method: "SetSystemFields", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetSystemFields(ctx, sc.id("ann"), map[string]any{"ecom.numOfPurchases": 3})
			return err
		},
	},
	{
		method: "SetSubscription", want: []told{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetSubscription(ctx, sc.id("bob"), "bob@x.test", contacts.SubscriptionSubscribed)
			return err
		},
	},
	{
		method: "SetDeliverability", want: []told{{kind: contacts.ContactUpdated, of: "bob"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.SetDeliverability(ctx, sc.id("bob"), "bob@x.test", contacts.EmailDeliverabilityBounced)
			return err
		},
	},
	{
		method: "RecordActivity", want: []told{{kind: contacts.ContactUpdated, of: "ann"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RecordActivity(ctx, sc.id("ann"), contacts.ActivityMemberLogin, time.Time{})
			return err
		},
	},
	{
		method: "Label", want: []told{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Label(ctx, sc.id("cyd"), "contacts.customers", "contacts.contacted-me")
			return err
		},
	},
	{
		method: "Label", name: " that changes nothing", want: []told{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Label(ctx, sc.id("cyd"), oldKey)
			return err
		},
	},
	{
		method: "Unlabel", want: []told{{kind: contacts.ContactUpdated, of: "cyd"}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.Unlabel(ctx, sc.id("cyd"), oldKey, "contacts.customers")
			return err
		},
	},
	{
		method: "FindOrCreateLabel", want: []told{{kind: contacts.LabelCreated, of: "custom.new"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.FindOrCreateLabel(ctx, "New")
			return err
		},
	},
	{
		method: "RenameLabel", want: []told{{kind: contacts.LabelUpdated, of: oldKey}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RenameLabel(ctx, oldKey, "New")
			return err
		},
	},
	{
		method: "DeleteLabel", name: " that three contacts carry",
		want: []told{
			{kind: contacts.ContactUpdated, of: "ann"}, {kind: contacts.ContactUpdated, of: "cyd"},
			{kind: contacts.ContactUpdated, of: "dan"}, {kind: contacts.LabelDeleted, of: oldKey},
		},
		call: func(ctx context.Context, sc scene) error { return sc.DeleteLabel(ctx, oldKey) },
	},
	{
		method: "FindOrCreateField", want: []told{{kind: contacts.FieldCreated, of: "custom.new"}},
		call: func(ctx context.Context, sc scene) error {
			_, _, err := sc.FindOrCreateField(ctx, "New", contacts.DataURL)
			return err
		},
	},
	{
		method: "RenameField", want: []told{{kind: contacts.FieldUpdated, of: oldKey}},
		call: func(ctx context.Context, sc scene) error {
			_, err := sc.RenameField(ctx, oldKey, "New")
			return err
		},
	},
	{
		method: "DeleteField", name: " of which three contacts have a value",
		want: []told{
			{kind: contacts.ContactUpdated, of: "ann"}, {kind: contacts.ContactUpdated, of: "cyd"},
			{kind: contacts.ContactUpdated, of: "dan"}, {kind: contacts.FieldDeleted, of: oldKey},
		},
		call: func(ctx context.Context, sc scene) error { return sc.DeleteField(ctx, oldKey) },
	},
	{
		method: "Import", name: " of two contacts and a row that is refused, with a label that is defined",
		want: []told{
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
		want: []told{
			{kind: contacts.ContactMerged, of: "cyd", sources: []string{"dan", "ann", "bob"}},
			{kind: contacts.ContactUpdated, of: "cyd"}, {kind: contacts.ContactDeleted, of: "dan"},
			{kind: contacts.ContactDeleted, of: "ann"}, {kind: contacts.ContactDeleted, of: "bob"},
		},
		call: func(ctx context.Context, sc scene) error { return sc.merge(ctx, "cyd", "dan", "ann", "bob") },
	},
}

// TestFeedOfWrites looks at what each write puts into the feed.
func TestFeedOfWrites(t *testing.T) {
	t.Run("EVT-1 every method that takes a context is among the writes, or only reads", func(t *testing.T) {
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
	bubble(t, "EVT-1 a label that nobody carries and a field without values", func(t *testing.T) {
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
			told{kind: kind, of: oldKey}.check(t, sc, before, sc.Snapshot(), commits[i].Changes[0])
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
		for i, want := range [][]told{
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

// TestFeedOfNothing makes calls that write nothing, because nothing is to be done or because they fail.
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
		{"Create of nobody", contacts.ErrInsufficientData, func(ctx context.Context, sc scene) error {
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
		{"Delete of nobody", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return sc.Delete(ctx, nobody)
		}},
		{"Delete of a member", contacts.ErrDeleteMember, func(ctx context.Context, sc scene) error {
			return sc.Delete(ctx, sc.id("mel"))
		}},
		{"SetMember without ID", contacts.ErrInvalid, func(ctx context.Context, sc scene) error {
			return one(sc.SetMember(ctx, sc.id("ann"), &contacts.Member{}))
		}},
		{"SetBillingSubscription of nobody", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.SetBillingSubscription(ctx, nobody, true))
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
		{"RecordActivity of nobody", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
			return one(sc.RecordActivity(ctx, nobody, contacts.ActivityMemberLogin, time.Time{}))
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
		{"Merge of nobody, second source", contacts.ErrContactNotFound, func(ctx context.Context, sc scene) error {
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

			// Nor does it leave a gap before what comes next.
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

// follower is a reader in a goroutine of its own.
type follower struct {
	positions []contacts.Position
	err       error // that the loop ended with
	ended     bool
}

// follow starts a follower and lets it come to its wait. Only for use in a bubble: what the follower has seen may be
// looked at after synctest.Wait.
func follow(ctx context.Context, s *contacts.Store, since contacts.Position) *follower {
	f := &follower{positions: []contacts.Position{}}
	go func() {
		for c, err := range s.Follow(ctx, since) {
			if f.err = err; err == nil {
				f.positions = append(f.positions, c.Position)
			}
		}
		f.ended = true
	}()
	synctest.Wait()
	return f
}

func TestFollow(t *testing.T) {
	for since := range contacts.Position(6) {
		bubble(t, fmt.Sprintf("EVT-2 after %d of 5, then it waits", since), func(t *testing.T) {
			s := renamed(t, 5).Store
			require.Equal(t, between(since, 5), positionsOf(commitsAfter(t, s, since)))
		})
	}
	bubble(t, "EVT-2 from a snapshot, with writes before and after", func(t *testing.T) {
		s := renamed(t, 3).Store
		sn := s.Snapshot()
		rename(t, s, 2)
		require.Equal(t, between(3, 5), positionsOf(commitsAfter(t, s, sn.Position())))
		rename(t, s, 1)
		require.Equal(t, between(3, 6), positionsOf(commitsAfter(t, s, sn.Position())))
	})
	bubble(t, "EVT-2 what is kept, then what comes", func(t *testing.T) {
		s := renamed(t, 2).Store
		readers := []*follower{}
		for since := range contacts.Position(3) {
			readers = append(readers, follow(t.Context(), s, since))
		}
		for newest := contacts.Position(2); newest <= 8; newest++ {
			for i, f := range readers {
				require.Equal(t, between(contacts.Position(i), newest), f.positions)
				require.False(t, f.ended)
			}
			rename(t, s, 1)
			synctest.Wait()
		}
	})
	bubble(t, "EVT-2 writes while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 1).Store
		commits, err := feedOf(t, s, 0, func() {
			if s.Snapshot().Position() < 7 {
				rename(t, s, 2)
			}
		})
		require.Equal(t, between(0, 7), positionsOf(commits))
		require.ErrorIs(t, err, errWaits)
	})
	bubble(t, "EVT-2 a sequence can be ranged over again", func(t *testing.T) {
		s := renamed(t, 4).Store
		seq := s.Follow(t.Context(), 1)
		for range 3 {
			require.Equal(t, between(1, 4), positionsOf(firstOf(t, seq, 3)))
		}
		rename(t, s, 1)
		require.Equal(t, between(1, 5), positionsOf(firstOf(t, seq, 4)))
	})
	bubble(t, "EVT-2 two ranges over a sequence, one within the other", func(t *testing.T) {
		s := renamed(t, 3).Store
		seq := s.Follow(t.Context(), 0)
		within := 0
		for c, err := range seq {
			require.NoError(t, err)
			within++
			require.Equal(t, contacts.Position(within), c.Position)
			require.Equal(t, between(0, 3), positionsOf(firstOf(t, seq, 3)))
			if within == 3 {
				break
			}
		}
	})
	bubble(t, "EVT-2 break early, and go on later", func(t *testing.T) {
		s := renamed(t, 4).Store
		for since := range contacts.Position(4) {
			require.Equal(t, between(since, since+1), positionsOf(firstOf(t, s.Follow(t.Context(), since), 1)))
		}
		require.Empty(t, commitsAfter(t, s, 4))
	})
	bubble(t, "EVT-2 a sequence begins when it is ranged over", func(t *testing.T) {
		s := renamed(t, 2).Store
		seq := s.Follow(t.Context(), 3) // not there yet
		rename(t, s, 2)
		require.Equal(t, between(3, 4), positionsOf(firstOf(t, seq, 1)))
	})
	bubble(t, "EVT-2 an empty store", func(t *testing.T) {
		s := newStore(t)
		require.Empty(t, commitsAfter(t, s, 0))
		create(t, s, person("Ann"))
		require.Equal(t, between(0, 1), positionsOf(commitsAfter(t, s, 0)))
	})
	bubble(t, "EVT-2 waiting takes no turns", func(t *testing.T) {
		l := renamed(t, 1)
		var asked atomic.Int64
		ctx := askedContext{t.Context(), func() { asked.Add(1) }}
		var readers []*follower
		for range 5 {
			readers = append(readers, follow(ctx, l.Store, 0))
		}
		<-time.After(time.Minute)
		require.Equal(t, int64(len(readers)), asked.Load())
		rename(t, l.Store, 1)
		synctest.Wait()
		require.Equal(t, int64(2*len(readers)), asked.Load())
		for _, f := range readers {
			require.Equal(t, between(0, 2), f.positions)
		}
	})
}

// askedContext calls asked whenever it is asked for Done. Follow does so when it has found nothing more and is about to
// wait.
type askedContext struct {
	context.Context
	asked func()
}

func (c askedContext) Done() <-chan struct{} {
	c.asked()
	return c.Context.Done()
}

// TestJustBeforeTheWait lets things happen between the last look of a reader and its wait. Which of several it wakes for is
// left to chance, so each is tried again and again.
func TestJustBeforeTheWait(t *testing.T) {
	for _, tc := range []struct {
		name    string
		happens func(t *testing.T, s *contacts.Store, cancel func())
		seen    []contacts.Position
		ends    error
	}{
		{
			"EVT-2 a commit", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 1) },
			between(3, 4), errWaits,
		},
		{
			"EVT-2 as many commits as are kept", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 3) },
			between(3, 6), errWaits,
		},
		{
			"EVT-3 more commits than are kept", func(t *testing.T, s *contacts.Store, _ func()) { rename(t, s, 4) },
			nil, contacts.ErrPositionExpired,
		},
		{
			"EVT-4 a commit and the end of the store", func(t *testing.T, s *contacts.Store, _ func()) {
				rename(t, s, 1)
				require.NoError(t, s.Close())
			},
			between(3, 4), contacts.ErrClosed,
		},
		{
			"EVT-4 the end of the store", func(t *testing.T, s *contacts.Store, _ func()) { require.NoError(t, s.Close()) },
			nil, contacts.ErrClosed,
		},
		{
			"EVT-4 the end of the context", func(_ *testing.T, _ *contacts.Store, cancel func()) { cancel() },
			nil, context.Canceled,
		},
		{
			"EVT-4 a commit and the end of the context", func(t *testing.T, s *contacts.Store, cancel func()) {
				rename(t, s, 1)
				cancel()
			},
			nil, context.Canceled,
		},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			for range 20 {
				s := renamed(t, 3, feedSize(3)).Store
				inner, cancel := context.WithTimeout(t.Context(), time.Second)
				ctx := askedContext{inner, sync.OnceFunc(func() { tc.happens(t, s, cancel) })}
				commits, err := collect(t, s.Follow(ctx, 3))
				cancel()
				require.Equal(t, append([]contacts.Position{}, tc.seen...), positionsOf(commits))
				require.ErrorIs(t, err, tc.ends)
			}
		})
	}
}

// TestSeenIsThere wakes many readers at once, so that some run before the write is over.
func TestSeenIsThere(t *testing.T) {
	t.Run("EVT-2 who sees a commit finds it in the store", func(t *testing.T) {
		const readers, writes = 64, 100
		s := renamed(t, 1).Store
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // much longer than it takes
		defer cancel()
		var seen, early atomic.Int64
		var wg sync.WaitGroup
		for range readers {
			wg.Go(func() {
				for c := range s.Follow(ctx, 1) {
					if s.Snapshot().Position() < c.Position {
						early.Add(1)
					}
					seen.Add(1)
				}
			})
		}
		for n := range writes {
			for range 1000 { // as a rule, all readers wait before the next write
				if seen.Load() >= int64(n*readers) {
					break
				}
				runtime.Gosched()
			}
			rename(t, s, 1)
		}
		require.NoError(t, s.Close())
		wg.Wait()
		require.Zero(t, early.Load())
	})
}

func TestFeedSize(t *testing.T) {
	for _, tc := range []struct {
		name    string
		size    int
		commits int
		since   contacts.Position
		oldest  contacts.Position // to go on from; since if the position is fine
	}{
		{"EVT-3 all are kept", 4, 4, 0, 0},
		{"EVT-3 one too many, from the start", 4, 5, 0, 1},
		{"EVT-3 one too many, from the oldest", 4, 5, 1, 1},
		{"EVT-3 far too many", 4, 50, 0, 46},
		{"EVT-3 far too many, just before the oldest", 4, 50, 45, 46},
		{"EVT-3 far too many, from the oldest", 4, 50, 46, 46},
		{"EVT-3 far too many, from a later one", 4, 50, 48, 48},
		{"EVT-3 far too many, from the newest", 4, 50, 50, 50},
		{"EVT-3 the newest alone", 1, 3, 1, 2},
		{"EVT-3 the newest alone, from the one before", 1, 3, 2, 2},
		{"EVT-3 by default 4096", 0, 4096, 0, 0},
		{"EVT-3 by default not 4097", 0, 4097, 0, 1},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, tc.commits, feedSize(tc.size)).Store
			if tc.since < tc.oldest {
				commits, err := feedOf(t, s, tc.since)
				require.Empty(t, commits)
				requireExpired(t, tc.oldest, err)
			}
			require.Equal(t, between(tc.oldest, contacts.Position(tc.commits)), positionsOf(commitsAfter(t, s, tc.oldest)))
		})
	}

	// wide and field make commits of 4 changes: three contacts and the definition.
	type write = func(context.Context, scene) error
	wide := func(ctx context.Context, sc scene) error { return sc.DeleteLabel(ctx, oldKey) }
	field := func(ctx context.Context, sc scene) error { return sc.DeleteField(ctx, oldKey) }
	narrow := func(ctx context.Context, sc scene) error { _, err := sc.Create(ctx, person("new"), nil); return err }
	for _, tc := range []struct {
		name   string
		size   int
		writes []write
		kept   []int // changes of the commits that are kept
	}{
		{"EVT-3 a commit larger than the feed", 3, []write{narrow, wide}, []int{4}},
		{"EVT-3 two commits larger than the feed", 3, []write{wide, field}, []int{4}},
		{"EVT-3 after a commit larger than the feed", 3, []write{wide, narrow}, []int{1}},
		{"EVT-3 after two commits larger than the feed", 1, []write{wide, field, narrow}, []int{1}},
		{"EVT-3 a commit as large as the feed", 4, []write{narrow, wide}, []int{4}},
		{"EVT-3 after a commit as large as the feed", 4, []write{wide, narrow}, []int{1}},
		{"EVT-3 one drops several", 5, []write{narrow, narrow, wide}, []int{1, 4}},
		{"EVT-3 a whole commit goes, though a part would do", 5, []write{wide, narrow, narrow}, []int{1, 1}},
		{"EVT-3 commits that fit", 6, []write{narrow, wide, narrow}, []int{1, 4, 1}},
		{"EVT-3 two large commits that fit", 8, []write{wide, field}, []int{4, 4}},
		{"EVT-3 two large commits that do not fit", 7, []write{wide, field}, []int{4}},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			sc := newScene(t, feedSize(tc.size))
			for _, write := range tc.writes {
				require.NoError(t, write(t.Context(), sc))
			}
			oldest := sc.Snapshot().Position() - contacts.Position(len(tc.kept))
			_, err := feedOf(t, sc.Store, oldest-1)
			requireExpired(t, oldest, err)
			var kept []int
			for _, c := range commitsAfter(t, sc.Store, oldest) {
				kept = append(kept, len(c.Changes))
			}
			require.Equal(t, tc.kept, kept)
		})
	}
	t.Run("EVT-3 a negative size", func(t *testing.T) {
		_, err := contacts.New(&contacts.Options{FeedSize: -1})
		require.Equal(t, []contacts.Violation{{Field: "FeedSize", Rule: contacts.RuleMin}}, violations(t, err))
	})
}

func TestFallingBehind(t *testing.T) {
	for _, tc := range []struct {
		name    string
		writes  int // while the reader looks at commit 2 of 3, in a feed of 3
		expired bool
	}{
		{"EVT-3 what comes next is the oldest", 2, false},
		{"EVT-3 what comes next was just dropped", 3, true},
		{"EVT-3 all that was there was dropped", 30, true},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, 3, feedSize(3)).Store
			commits, err := feedOf(t, s, 1, func() {
				rename(t, s, tc.writes)
				tc.writes = 0
			})
			newest := s.Snapshot().Position()
			if !tc.expired {
				require.Equal(t, between(1, newest), positionsOf(commits))
				require.ErrorIs(t, err, errWaits)
				return
			}
			require.Equal(t, between(1, 2), positionsOf(commits))
			requireExpired(t, newest-3, err)
			require.Equal(t, between(newest-3, newest), positionsOf(commitsAfter(t, s, newest-3)))
		})
	}
	bubble(t, "EVT-3 the commit that a reader looks at was dropped, the next ones are there", func(t *testing.T) {
		s := renamed(t, 3, feedSize(3)).Store
		commits, err := feedOf(t, s, 0, func() { // a write at each commit keeps the reader at the end of the feed
			if s.Snapshot().Position() < 20 {
				rename(t, s, 1)
			}
		})
		require.Equal(t, between(0, 20), positionsOf(commits))
		require.ErrorIs(t, err, errWaits)
	})
	bubble(t, "EVT-3 a snapshot to go on from", func(t *testing.T) {
		s := renamed(t, 10, feedSize(1)).Store
		_, err := feedOf(t, s, 3)
		requireExpired(t, 9, err)
		sn := s.Snapshot()
		rename(t, s, 1)
		require.Equal(t, between(10, 11), positionsOf(commitsAfter(t, s, sn.Position())))
	})
}

func TestPositionAhead(t *testing.T) {
	for _, tc := range []struct {
		name    string
		commits int
		since   contacts.Position
	}{
		{"EVT-3 one after the newest", 3, 4},
		{"EVT-3 far after the newest", 3, math.MaxUint64},
		{"EVT-3 one in a feed that has dropped some", 30, 31},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := renamed(t, tc.commits, feedSize(5)).Store
			commits, err := feedOf(t, s, tc.since)
			require.Empty(t, commits)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
			want := contacts.Violation{Field: "since", Rule: contacts.RuleMax, Threshold: tc.commits}
			require.Equal(t, []contacts.Violation{want}, violations(t, err))
		})
	}
}

// TestFeedMemory looks whether commits that were dropped are freed.
func TestFeedMemory(t *testing.T) {
	const size, writes = 8, 100
	for _, tc := range []struct {
		name string
		at   int // which commit a reader stands still at, 0 for none
	}{
		{"EVT-3 dropped commits are freed, a reader keeps up", 0},
		{"EVT-3 dropped commits are freed, a reader stands at the first", 1},
		{"EVT-3 dropped commits are freed, a reader stands where the feed once ended", 3},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s := newLab(t, feedSize(size)).Store
			c := create(t, s, person("Ann"))
			var names []weak.Pointer[byte] // of the companies, each in one version of the contact
			work := func(n int) {
				for range n {
					company := fmt.Sprintf("Company %060d", len(names))
					names = append(names, weak.Make(unsafe.StringData(company)))
					c = update(t, s, c, contacts.Patch{Company: contacts.Set(company)})
					synctest.Wait()
				}
			}
			work(3)
			goOn, end := make(chan bool), make(chan error, 1)
			go func() {
				seen := 0
				for _, err := range s.Follow(t.Context(), 1) {
					if err != nil {
						end <- err
						return
					}
					if seen++; seen == tc.at {
						<-goOn
					}
				}
			}()
			work(writes)
			c = nil
			runtime.GC()
			var kept []int
			for i, name := range names {
				if name.Value() != nil {
					kept = append(kept, i)
				}
			}
			// The feed holds what was before and after each of its commits.
			require.Len(t, kept, size+1, "%d of %d: %v", len(kept), len(names), kept)
			require.Equal(t, len(names)-size-1, kept[0])
			if tc.at > 0 {
				goOn <- true
				requireExpired(t, s.Snapshot().Position()-size, <-end)
			} else {
				require.NoError(t, s.Close())
				require.ErrorIs(t, <-end, contacts.ErrClosed)
			}
			runtime.KeepAlive(s)
		})
	}
}

func TestFollowEnds(t *testing.T) {
	canceled := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}
	requireDone := func(t *testing.T, want, err error) {
		t.Helper()
		require.ErrorIs(t, err, want)
		require.Equal(t, contacts.Code(""), contacts.CodeOf(err))
	}
	for _, tc := range []struct {
		name  string
		since contacts.Position
	}{
		{"EVT-4 context done before", 1},
		{"EVT-4 context done before, with nothing to come", 3},
		{"STO-1 context done before, position expired", 0},
		{"STO-1 context done before, position ahead", 4},
	} {
		for _, closed := range []bool{false, true} {
			name := tc.name
			if closed {
				name += ", store closed"
			}
			bubble(t, name, func(t *testing.T) {
				s := renamed(t, 3, feedSize(2)).Store
				if closed {
					require.NoError(t, s.Close())
				}
				commits, err := collect(t, s.Follow(canceled(t), tc.since))
				require.Empty(t, commits)
				requireDone(t, context.Canceled, err)
			})
		}
	}
	bubble(t, "EVT-4 context done while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 3).Store
		ctx, cancel := context.WithCancel(t.Context())
		commits, err := collect(t, s.Follow(ctx, 0), cancel)
		require.Equal(t, between(0, 1), positionsOf(commits))
		requireDone(t, context.Canceled, err)
	})
	bubble(t, "EVT-4 context done while waiting", func(t *testing.T) {
		s := renamed(t, 3).Store
		ctx, cancel := context.WithCancel(t.Context())
		gone, stays := follow(ctx, s, 0), follow(t.Context(), s, 0)
		require.False(t, gone.ended)
		cancel()
		synctest.Wait()
		require.True(t, gone.ended)
		requireDone(t, context.Canceled, gone.err)
		rename(t, s, 1)
		synctest.Wait()
		require.Equal(t, between(0, 3), gone.positions)
		require.Equal(t, between(0, 4), stays.positions)
		require.False(t, stays.ended)
	})
	bubble(t, "EVT-4 deadline while waiting", func(t *testing.T) {
		s := renamed(t, 1).Store
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		started := time.Now()
		commits, err := collect(t, s.Follow(ctx, 0))
		require.Len(t, commits, 1)
		requireDone(t, context.DeadlineExceeded, err)
		require.Equal(t, time.Minute, time.Since(started))
	})
	bubble(t, "EVT-4 closed before: what is there, then STORE_CLOSED", func(t *testing.T) {
		s := renamed(t, 3).Store
		require.NoError(t, s.Close())
		for since := range contacts.Position(4) {
			commits, err := feedOf(t, s, since)
			require.Equal(t, between(since, 3), positionsOf(commits))
			require.Equal(t, contacts.ErrClosed, contacts.CodeOf(err))
		}
	})
	bubble(t, "EVT-4 closed while a commit is looked at", func(t *testing.T) {
		s := renamed(t, 3).Store
		commits, err := feedOf(t, s, 0, func() {
			if s.Snapshot().Position() == 3 {
				rename(t, s, 1)
				require.NoError(t, s.Close())
			}
		})
		require.Equal(t, between(0, 4), positionsOf(commits))
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
	bubble(t, "EVT-4 closed while waiting", func(t *testing.T) {
		s := renamed(t, 3).Store
		var readers []*follower
		for since := range contacts.Position(4) {
			readers = append(readers, follow(t.Context(), s, since))
		}
		require.NoError(t, s.Close())
		synctest.Wait()
		for since, f := range readers {
			require.True(t, f.ended)
			require.ErrorIs(t, f.err, contacts.ErrClosed)
			require.Equal(t, between(contacts.Position(since), 3), f.positions)
		}
	})
	bubble(t, "EVT-4 closed during a write, whose commit still comes", func(t *testing.T) {
		s := renamed(t, 3).Store
		f := follow(t.Context(), s, 3)
		release := hold(t, s)
		closed := make(chan error, 1)
		go func() { closed <- s.Close() }()
		synctest.Wait()
		require.False(t, f.ended)
		release()
		require.NoError(t, <-closed)
		synctest.Wait()
		require.Equal(t, between(3, 4), f.positions)
		require.ErrorIs(t, f.err, contacts.ErrClosed)
		require.True(t, f.ended)
	})
	bubble(t, "EVT-4 readers never slow writers", func(t *testing.T) {
		s := renamed(t, 3, feedSize(2)).Store
		next, stop := iter.Pull2(s.Follow(t.Context(), 1))
		defer stop()
		c, err, _ := next() // and then the reader stands still
		require.NoError(t, err)
		require.Equal(t, contacts.Position(2), c.Position)
		rename(t, s, 10)
		require.NoError(t, s.Close())
		_, err, _ = next()
		requireExpired(t, 11, err)
	})
}

func TestFeedOfForks(t *testing.T) {
	bubble(t, "EVT-4 a fork's feed begins at the fork", func(t *testing.T) {
		s := renamed(t, 5).Store
		f := s.Fork()
		require.Empty(t, commitsAfter(t, f, 5))
		_, err := feedOf(t, f, 4)
		requireExpired(t, 5, err)
		_, err = feedOf(t, f, 6)
		require.ErrorIs(t, err, contacts.ErrInvalid)
		rename(t, f, 2)
		require.Equal(t, between(5, 7), positionsOf(commitsAfter(t, f, 5)))
	})
	bubble(t, "EVT-4 forks and their parents have feeds of their own", func(t *testing.T) {
		s := renamed(t, 5).Store
		f := s.Fork()
		g := f.Fork()
		stores := []*contacts.Store{s, f, g}
		var readers []*follower
		for _, store := range stores {
			readers = append(readers, follow(t.Context(), store, 5))
		}
		for i, store := range stores {
			rename(t, store, i+1)
		}
		require.NoError(t, f.Close())
		synctest.Wait()
		for i, r := range readers {
			require.Equal(t, between(5, contacts.Position(6+i)), r.positions)
			require.Equal(t, i == 1, r.ended)
		}
	})
	bubble(t, "EVT-4 a fork keeps the size of the feed", func(t *testing.T) {
		f := renamed(t, 5, feedSize(2)).Fork()
		rename(t, f, 3)
		_, err := feedOf(t, f, 5)
		requireExpired(t, 6, err)
	})
	bubble(t, "EVT-4 a fork of a closed store", func(t *testing.T) {
		s := renamed(t, 5).Store
		require.NoError(t, s.Close())
		commits, err := feedOf(t, s.Fork(), 5)
		require.Empty(t, commits)
		require.ErrorIs(t, err, contacts.ErrClosed)
	})
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
	synctest.Test(t, func(t *testing.T) { sent = tellOfAll(t) })
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

			// The fields say the same, and the type besides.
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

// tellOfAll makes changes of all kinds and returns their events.
func tellOfAll(t *testing.T) []contacts.Event {
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
	// told by a scene after the story: the events of all its commits.
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
	bubble(t, "EVT-5 a fork goes on as its parent would have", func(t *testing.T) {
		sc := newScene(t)
		at := sc.Snapshot().Position()
		fork := scene{sc.fork(), maps.Clone(sc.who)}
		rename(t, sc.Store, 3)
		rename(t, fork.Store, 3)
		require.Equal(t, eventTexts(t, commitsAfter(t, sc.Store, at)), eventTexts(t, commitsAfter(t, fork.Store, at)))
	})
	bubble(t, "EVT-5 sequence numbers grow by one, whatever the commit; no ID comes twice", func(t *testing.T) {
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

// TestScribbleFeed overwrites all that a reader gets.
func TestScribbleFeed(t *testing.T) {
	bubble(t, "STO-5 what a reader does to a commit reaches no other", func(t *testing.T) {
		sc := newScene(t)
		story(t, sc)
		before := deepCopy(t, stateOf(sc.Snapshot()))
		want := eventTexts(t, commitsAfter(t, sc.Store, 0))
		mine, other := commitsAfter(t, sc.Store, 0), commitsAfter(t, sc.Store, 0)
		for i := range mine {
			c := &mine[i]
			for j, change := range c.Changes {
				for _, v := range []contacts.View{change.Before, change.After} {
					if !v.IsZero() {
						scribbleView(v)
						scribble(v.Clone())
					}
				}
				scribble(change.Sources())
				c.Changes[j] = contacts.Change{Kind: "scribbled"}
			}
			_ = append(c.Changes, contacts.Change{Kind: "scribbled"})
			c.Position, c.Time, c.OriginatedFrom = 0, epoch, "scribbled"
		}
		for _, commits := range [][]contacts.Commit{other, commitsAfter(t, sc.Store, 0)} {
			for _, c := range commits {
				for _, change := range c.Changes {
					require.NotEqual(t, contacts.ChangeKind("scribbled"), change.Kind)
				}
			}
			require.Equal(t, want, eventTexts(t, commits))
		}
		require.Equal(t, before, deepCopy(t, stateOf(sc.Snapshot())))
	})
	bubble(t, "STO-5 the sources of a merge stay the caller's", func(t *testing.T) {
		sc := newScene(t)
		at := sc.Snapshot().Position()
		sources := sc.idsOf("dan", "bob")
		_, err := sc.Merge(t.Context(), sc.id("cyd"), 1, sources, nil)
		require.NoError(t, err)
		scribble(sources)
		require.Equal(t, sc.idsOf("dan", "bob"), commitsAfter(t, sc.Store, at)[0].Changes[0].Sources())
	})
}

// replica is what a reader knows of a store: a snapshot, and the changes since.
type replica struct {
	at     contacts.Position
	people map[uuid.UUID]contacts.View
	labels map[string]contacts.Label
	fields map[string]contacts.Field

	commits  int // that it has taken
	restarts int // from a new snapshot, because the position had expired
}

// reset lets the replica begin with a snapshot.
func (r *replica) reset(sn *contacts.Snapshot) {
	r.at = sn.Position()
	r.people, r.labels, r.fields = map[uuid.UUID]contacts.View{}, map[string]contacts.Label{}, map[string]contacts.Field{}
	for v := range sn.All() {
		r.people[v.ID()] = v
	}
	for l := range sn.Labels() {
		r.labels[l.Key] = l
	}
	for f := range sn.Fields() {
		r.fields[f.Key] = f
	}
}

// take takes a commit, which must be the next one and change what the replica knows.
func (r *replica) take(c contacts.Commit) error {
	if c.Position != r.at+1 {
		return fmt.Errorf("commit %d came after commit %d", c.Position, r.at)
	}
	r.at++
	r.commits++
	for _, change := range c.Changes {
		if err := r.change(change); err != nil {
			return fmt.Errorf("commit %d, %s: %w", c.Position, change.Kind, err)
		}
	}
	return nil
}

func (r *replica) change(c contacts.Change) error {
	switch c.Kind {
	case contacts.ContactCreated:
		return replace(r.people, c.After.ID(), c.Before, c.After)
	case contacts.ContactUpdated, contacts.ContactDeleted:
		return replace(r.people, c.Before.ID(), c.Before, c.After)
	case contacts.ContactMerged: // the updates and deletions follow
		for _, id := range append(c.Sources(), c.Before.ID()) {
			if r.people[id].IsZero() {
				return errors.New("no such contact")
			}
		}
		return nil
	case contacts.LabelCreated, contacts.LabelUpdated, contacts.LabelDeleted:
		before, after := c.Label()
		return replace(r.labels, cmp.Or(before.Key, after.Key), before, after)
	default:
		before, after := c.Field()
		return replace(r.fields, cmp.Or(before.Key, after.Key), before, after)
	}
}

// replace puts after in the place of before; the zero T stands for nothing.
func replace[K, T comparable](m map[K]T, key K, before, after T) error {
	var none T
	if m[key] != before {
		return errors.New("it was not what the change says")
	}
	if m[key] = after; after == none {
		delete(m, key)
	}
	return nil
}

// follow keeps up with a store until Follow ends, and returns the error that it ends with. Where the position has expired
// it begins again with a snapshot. each is called after every commit.
func (r *replica) follow(ctx context.Context, s *contacts.Store, each func(contacts.Commit) error) error {
	for {
		err := r.followOn(ctx, s, each)
		var expired *contacts.PositionError
		if !errors.As(err, &expired) {
			return err
		}
		if expired.Oldest <= r.at {
			return fmt.Errorf("position %d has expired, but %d can be followed from", r.at, expired.Oldest)
		}
		r.reset(s.Snapshot())
		r.restarts++
	}
}

func (r *replica) followOn(ctx context.Context, s *contacts.Store, each func(contacts.Commit) error) error {
	for c, err := range s.Follow(ctx, r.at) {
		if err != nil {
			return err
		}
		if err := r.take(c); err != nil {
			return err
		}
		if err := each(c); err != nil {
			return err
		}
	}
	return errors.New("Follow ended without an error")
}

// requireLike requires that the replica is like the snapshot, down to the same versions of the contacts.
func (r *replica) requireLike(t testing.TB, sn *contacts.Snapshot) {
	t.Helper()
	var want replica
	want.reset(sn)
	require.Equal(t, want.at, r.at)
	require.True(t, maps.Equal(want.people, r.people), "contacts")
	require.Equal(t, want.labels, r.labels)
	require.Equal(t, want.fields, r.fields)
}

// writeFeed makes n random calls, of which most write. It changes contacts of its own, and a label and a field that all
// writers share. It calls pause after each.
func writeFeed(ctx context.Context, s *contacts.Store, seed uint64, n int, pause func()) error {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var own []uuid.UUID
	take := func() uuid.UUID {
		i := rnd.IntN(len(own))
		id := own[i]
		own = slices.Delete(own, i, i+1)
		return id
	}
	revision := func(id uuid.UUID) int {
		v, _ := s.Snapshot().View(id)
		return v.Revision()
	}
	call := func() error {
		if len(own) < 2 || rnd.IntN(3) == 0 {
			info := person("Ann", fmt.Sprintf("w%d@x.test", seed))
			if rnd.IntN(2) == 0 {
				info.LabelKeys = []string{oldKey}
			}
			c, err := s.Create(ctx, info, &contacts.CreateOptions{AllowDuplicates: true})
			if err == nil {
				own = append(own, c.ID)
			}
			return err
		}
		var err error
		switch id := own[0]; rnd.IntN(8) {
		case 0, 1:
			_, err = s.Update(ctx, id, revision(id), contacts.Patch{SetFields: map[string]any{oldKey: "x"}}, nil)
		case 2:
			_, err = s.Label(ctx, id, oldKey)
		case 3:
			err = s.Delete(ctx, take())
		case 4:
			source := take()
			target := own[rnd.IntN(len(own))]
			if _, err = s.Merge(ctx, target, revision(target), []uuid.UUID{source}, nil); err != nil {
				own = append(own, source)
			}
		case 5:
			_, _, err = s.FindOrCreateLabel(ctx, "Old")
		case 6:
			_, _, err = s.FindOrCreateField(ctx, "Old", contacts.DataText)
		case 7:
			if rnd.IntN(2) == 0 {
				err = s.DeleteLabel(ctx, oldKey)
			} else {
				err = s.DeleteField(ctx, oldKey)
			}
		}
		return err
	}
	refusals := []contacts.Code{
		"", contacts.ErrLabelNotFound, contacts.ErrFieldNotFound, contacts.ErrAlreadyChanged, // others were faster
	}
	for range n {
		if err := call(); !slices.Contains(refusals, contacts.CodeOf(err)) {
			return err
		}
		pause()
	}
	return nil
}

// TestFollowers lets readers of all speeds follow writers, in a time that passes only while all of them wait.
func TestFollowers(t *testing.T) {
	bubble(t, "EVT-2 readers of all speeds, some come late, some leave early", func(t *testing.T) {
		opts := fixed()
		opts.Now, opts.FeedSize = time.Now, 16
		s := openStore(t, opts)
		first := s.Snapshot()
		started := time.Now()
		readers := []*struct {
			comes, leaves, pace time.Duration
			replica
			err error
		}{
			{pace: 0},
			{pace: 0, comes: 50 * time.Millisecond},
			{pace: 0, leaves: 70 * time.Millisecond},
			{pace: 0, comes: 50 * time.Millisecond, leaves: 70 * time.Millisecond},
			{pace: time.Millisecond},
			{pace: 7 * time.Millisecond},
			{pace: 50 * time.Millisecond},
			{pace: 50 * time.Millisecond, leaves: 333 * time.Millisecond},
			{pace: 5 * time.Second},
		}
		var reading, writing sync.WaitGroup
		for _, r := range readers {
			r.reset(first)
			reading.Go(func() {
				<-time.After(r.comes)
				ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(r.leaves, time.Hour))
				defer cancel()
				r.err = r.follow(ctx, s, func(c contacts.Commit) error {
					if r.comes == 0 && r.pace == 0 && !time.Now().Equal(c.Time) {
						return fmt.Errorf("commit %d came late", c.Position)
					}
					<-time.After(r.pace)
					return nil
				})
			})
		}
		failures := make([]error, 3)
		for i, pace := range []time.Duration{2 * time.Millisecond, 3 * time.Millisecond, 11 * time.Millisecond} {
			writing.Go(func() {
				failures[i] = writeFeed(t.Context(), s, uint64(i), 100, func() { <-time.After(pace) })
			})
		}
		writing.Wait()
		require.Equal(t, []error{nil, nil, nil}, failures)
		require.Equal(t, 100*11*time.Millisecond, time.Since(started), "readers kept writers waiting")
		require.NoError(t, s.Close())
		reading.Wait()

		last := s.Snapshot()
		for i, r := range readers {
			t.Logf("reader %d: %d of %d commits, %d restarts", i, r.commits, last.Position(), r.restarts)
			if r.leaves > 0 {
				require.ErrorIs(t, r.err, context.DeadlineExceeded)
				continue
			}
			require.ErrorIs(t, r.err, contacts.ErrClosed)
			r.requireLike(t, last)
		}
		require.Equal(t, int(last.Position()), readers[0].commits)
		require.Zero(t, readers[0].restarts)
		require.Equal(t, 1, readers[1].restarts, "what it began with had expired when it came")
		require.Positive(t, readers[6].restarts)
		require.Positive(t, readers[8].restarts)
	})
}

// TestFollowersRace lets writers and readers run as they like, in a feed so small that readers fall behind.
func TestFollowersRace(t *testing.T) {
	t.Run("EVT-2 readers see all that writers do", func(t *testing.T) {
		const writers, readers, calls = 4, 8, 150
		opts := fixed()
		opts.FeedSize = 16
		s := openStore(t, opts)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // much longer than it takes
		defer cancel()
		replicas, ends := make([]replica, readers), make([]error, readers)
		failures := make([]error, writers)
		pause := func(seed uint64) func() {
			rnd := rand.New(rand.NewPCG(seed, 1))
			return func() {
				for range rnd.IntN(4) {
					runtime.Gosched()
				}
			}
		}
		var reading, writing sync.WaitGroup
		for i := range replicas {
			r, wait := &replicas[i], pause(uint64(i))
			r.reset(s.Snapshot())
			reading.Go(func() {
				ends[i] = r.follow(ctx, s, func(c contacts.Commit) error {
					if s.Snapshot().Position() < c.Position {
						return fmt.Errorf("commit %d is not in the store yet", c.Position)
					}
					wait()
					return nil
				})
			})
		}
		for i := range failures {
			wait := pause(uint64(readers + i))
			writing.Go(func() { failures[i] = writeFeed(ctx, s, uint64(i), calls, wait) })
		}
		writing.Wait()
		require.Equal(t, make([]error, writers), failures)
		require.NoError(t, s.Close())
		reading.Wait()
		for i := range replicas {
			r := &replicas[i]
			t.Logf("reader %d: %d of %d commits, %d restarts", i, r.commits, s.Snapshot().Position(), r.restarts)
			require.ErrorIs(t, ends[i], contacts.ErrClosed)
			r.requireLike(t, s.Snapshot())
		}
	})
}
