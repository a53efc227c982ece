package contacts

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/entry"
)

// logged is a store with fixed IDs and times that keeps the data of its commits.
type logged struct {
	*Store
	t       testing.TB
	commits [][]byte
	refuse  error // of the log
}

func newLogged(t testing.TB) *logged {
	t.Helper()
	n, seconds := uint64(0), 0
	l := &logged{t: t}
	s, err := Open(background, recordingLog{l}, &Options{
		Region: "US", FeedSize: 1 << 20, newLogID: func() uuid.UUID { return uuid.Nil },
		NewID: func() uuid.UUID {
			n++
			return seqID(n)
		},
		Now: func() time.Time {
			seconds++
			return time.Date(2026, 3, 4, 5, 6, seconds, 0, time.UTC)
		},
	})
	require.NoError(t, err)
	l.Store = s
	t.Cleanup(func() { s.Close() })
	return l
}

// recordingLog is a log that only keeps the data of commits.
type recordingLog struct{ *logged }

func (r recordingLog) Append(_ context.Context, after Seq, data []byte) (Seq, error) {
	if r.refuse != nil {
		return 0, r.refuse
	}
	h, body, err := entry.Open(data)
	if err != nil {
		return 0, err
	}
	commits, err := entry.Commits(bytes.Clone(body), h.Count)
	r.commits = append(r.commits, commits...)
	return after + 1, err
}

func (recordingLog) Read(context.Context, Seq) iter.Seq2[Entry, error] {
	return func(func(Entry, error) bool) {}
}

func (recordingLog) Wait(ctx context.Context, _ Seq) error {
	<-ctx.Done()
	return ctx.Err()
}

func (recordingLog) Last(context.Context) (Seq, error) { return 0, nil }

func (recordingLog) MaxEntry() int { return math.MaxInt }

func (recordingLog) Close() error { return nil }

// seqID returns the n-th ID that a logged store draws.
func seqID(n uint64) uuid.UUID {
	id := uuid.UUID{6: 0x40, 8: 0x80}
	for i := range 6 {
		id[15-i] = byte(n >> (8 * i))
	}
	return id
}

// create creates a contact with an email, two phones, a label and a value, and returns its ID.
func (l *logged) create(first string) uuid.UUID {
	l.t.Helper()
	c, err := l.Create(context.Background(), fullInfo(first), &CreateOptions{AllowDuplicates: true})
	require.NoError(l.t, err)
	return c.ID
}

// revision returns the revision of a contact, 0 if there is none.
func (l *logged) revision(id uuid.UUID) int {
	if v, ok := l.Snapshot().View(id); ok {
		return v.Revision()
	}
	return 0
}

func fullInfo(first string) Info {
	return Info{
		Name:   Name{First: first, Last: "Quill <&>"},
		Emails: []Email{{Address: first + "@x.test"}, {Address: first + ".2@x.test"}},
		Phones: []Phone{
			{Number: "201-555-0123", CountryCode: "US"}, {Number: "201-555-0123 ext. 7", CountryCode: "US"},
		},
		Addresses: []Address{{City: "Lyon", Country: "FR", Geocode: &Geocode{Latitude: 45.75, Longitude: -0.5}}},
		LabelKeys: []string{"custom.vip"}, ExtendedFields: map[string]any{"custom.age": 40.5},
	}
}

// cast are the contacts that a logged store begins with.
type cast struct{ ann, bob, eve, dan, gone uuid.UUID }

// begin fills the store: definitions, contacts with statuses, a member, a billing mark and a merge.
func (l *logged) begin() cast {
	l.t.Helper()
	ok := func(_ any, err error) { require.NoError(l.t, err) }
	_, _, err := l.FindOrCreateLabel(background, "VIP")
	ok(nil, err)
	_, _, err = l.FindOrCreateLabel(background, "Old")
	ok(nil, err)
	_, _, err = l.FindOrCreateField(background, "Age", DataNumber)
	ok(nil, err)
	_, _, err = l.FindOrCreateField(background, "Pet", DataText)
	ok(nil, err)
	c := cast{ann: l.create("ann"), bob: l.create("bob"), eve: l.create("eve")}
	ok(nil, l.Delete(background, l.create("ghost"))) // a hole in the order of creation
	c.dan, c.gone = l.create("dan"), l.create("gone")
	ok(l.SetSubscription(background, c.ann, "+12015550123;ext=7", SubscriptionUnsubscribed))
	ok(l.SetSubscription(background, c.ann, "ann@x.test", SubscriptionSubscribed))
	ok(l.SetMember(background, c.bob, &Member{MemberID: seqID(900), Email: "bob.login@x.test", Status: MemberActive}))
	ok(l.SetBillingSubscription(background, c.eve, true))
	ok(l.Merge(background, c.dan, 1, []uuid.UUID{c.gone}, nil))
	return c
}

// loadedFrom returns a snapshot that was loaded from the export of another one: its serial numbers and its forest of
// redirects differ.
func loadedFrom(t testing.TB, sn *Snapshot) *Snapshot {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, sn.Export(&text))
	s, err := Load(context.Background(), &text, nil)
	require.NoError(t, err)
	return s.Snapshot()
}

// replay applies commits to a snapshot, in a store of their own, which it returns.
func replay(t testing.TB, base *Snapshot, commits [][]byte) *Store {
	t.Helper()
	o, err := (&Options{FeedSize: 1 << 20}).checked()
	require.NoError(t, err)
	s := newStore(o, newPhoneParser(o.Region), base)
	for _, data := range commits {
		d, err := decodeCommit(data)
		require.NoError(t, err)
		again, err := d.encode()
		require.NoError(t, err)
		require.Equal(t, string(data), string(again))
		next, commit, err := d.apply(s.Snapshot(), true)
		require.NoError(t, err)
		s.publish(decided{next: next, commit: commit})
	}
	return s
}

// replayTogether is replay in one transaction. It applies the last commits in others, some at a time.
func replayTogether(t testing.TB, base *Snapshot, commits [][]byte) *Store {
	t.Helper()
	o, err := (&Options{FeedSize: 1 << 20}).checked()
	require.NoError(t, err)
	s := newStore(o, newPhoneParser(o.Region), base)
	for len(commits) > 0 {
		n := max(1, len(commits)*2/3)
		a := s.Snapshot().replay(true)
		for _, data := range commits[:n] {
			d, err := decodeCommit(data)
			require.NoError(t, err)
			commit, err := a.add(d)
			require.NoError(t, err)
			s.feed.Append(uint64(commit.Position), commit.size(), commit)
		}
		s.show(a.commit())
		commits = commits[n:]
	}
	return s
}

// feedOf returns the commits of a store after a position, with their events as JSON.
func feedOf(t testing.TB, s *Store, since Position) (commits []Commit, events []string) {
	t.Helper()
	for c, err := range s.Follow(context.Background(), since) {
		require.NoError(t, err)
		for e := range c.Events() {
			text, err := json.Marshal(e)
			require.NoError(t, err)
			events = append(events, string(text))
		}
		if commits = append(commits, c); c.Position == s.Snapshot().Position() {
			break
		}
	}
	return commits, events
}

// requireSameStore requires that a replayed store equals the one whose commits it was made from: exactly, or with
// serial numbers and links of redirects of its own.
func requireSameStore(t testing.TB, want, got *Store, since Position, exactly bool) {
	t.Helper()
	var texts [2]bytes.Buffer
	a, b := want.Snapshot(), got.Snapshot()
	require.NoError(t, a.Export(&texts[0]))
	require.NoError(t, b.Export(&texts[1]))
	require.Equal(t, texts[0].String(), texts[1].String())
	require.NoError(t, b.Check())
	require.Equal(t, a.changes, b.changes)
	require.Equal(t, a.counts, b.counts)
	for r := range a.reads().redirects() {
		require.Equal(t, a.reads().root(r.id).live, b.reads().root(r.id).live)
	}
	if exactly {
		c := &checker{sn: a, reads: a.reads()}
		c.checkSame(b)
		require.NoError(t, c.err())
	}
	if a.position == since {
		return // Follow would wait
	}
	wantCommits, wantEvents := feedOf(t, want, since)
	gotCommits, gotEvents := feedOf(t, got, since)
	require.Equal(t, wantEvents, gotEvents)
	require.Len(t, gotCommits, len(wantCommits))
	for i, c := range wantCommits {
		require.Equal(t, c.OriginatedFrom, gotCommits[i].OriginatedFrom)
		require.Len(t, gotCommits[i].Changes, len(c.Changes))
		for j, change := range c.Changes {
			other := gotCommits[i].Changes[j]
			if !exactly { // their places have other serial numbers
				change, other = unplaced(change), unplaced(other)
			}
			require.True(t, sameChange(&change, &other), "change %d of commit %d", j, c.Position)
		}
	}
}

// unplaced returns a change whose records have no serial number.
func unplaced(c Change) Change {
	for _, v := range []*View{&c.Before, &c.After} {
		if v.r != nil {
			r := *v.r
			r.order.serial = 0
			v.r = &r
		}
	}
	return c
}

// operation is a call that writes, as a row of a table.
type operation struct {
	name string // begins with the name of the method
	do   func(*logged, cast) error
}

func fails(_ any, err error) error { return err }

// operations are all calls that write, with the cases in which they write differently.
var operations = []operation{
	{"Create", func(l *logged, c cast) error {
		return fails(l.Create(background, fullInfo("new"), &CreateOptions{AllowDuplicates: true}))
	}},
	{"Create with an objection", func(l *logged, c cast) error {
		o := &CreateOptions{Unsubscribe: []string{"new@x.test"}, AllowDuplicates: true}
		return fails(l.Create(background, fullInfo("new"), o))
	}},
	{"Update", func(l *logged, c cast) error {
		return fails(l.Update(background, c.eve, l.revision(c.eve), Patch{Company: Set("Inkwell")}, nil))
	}},
	{"Update to the same values", func(l *logged, c cast) error {
		return fails(l.Update(background, c.eve, l.revision(c.eve), Patch{FirstName: Set("eve")}, nil))
	}},
	{"Update that removes an email with a status", func(l *logged, c cast) error {
		patch := Patch{Emails: Set([]Email{{Address: "other@x.test"}})}
		return fails(l.Update(background, c.ann, l.revision(c.ann), patch, nil))
	}},
	{"Delete", func(l *logged, c cast) error { return l.Delete(background, c.ann) }},
	{"Delete the target of a merge", func(l *logged, c cast) error { return l.Delete(background, c.dan) }},
	{"Merge", func(l *logged, c cast) error {
		return fails(l.Merge(background, c.bob, l.revision(c.bob), []uuid.UUID{c.ann}, nil))
	}},
	{"Merge the target of a merge", func(l *logged, c cast) error {
		return fails(l.Merge(background, c.ann, l.revision(c.ann), []uuid.UUID{c.dan}, nil))
	}},
	{"Merge into the target of a merge", func(l *logged, c cast) error {
		return fails(l.Merge(background, c.dan, l.revision(c.dan), []uuid.UUID{c.ann, l.create("zoe")}, nil))
	}},
	{"Merge chains", func(l *logged, c cast) error {
		d, e := l.create("d"), l.create("e")
		if err := fails(l.Merge(background, d, 1, []uuid.UUID{e}, nil)); err != nil {
			return err
		}
		if err := fails(l.Merge(background, c.ann, l.revision(c.ann), []uuid.UUID{c.dan, d}, nil)); err != nil {
			return err
		}
		return fails(l.Merge(background, c.bob, l.revision(c.bob), []uuid.UUID{c.ann}, nil))
	}},
	{"Label", func(l *logged, c cast) error { return fails(l.Label(background, c.ann, "custom.old")) }},
	{"Unlabel", func(l *logged, c cast) error { return fails(l.Unlabel(background, c.ann, "custom.vip")) }},
	{"FindOrCreateLabel", func(l *logged, c cast) error {
		_, _, err := l.FindOrCreateLabel(background, "New <one>")
		return err
	}},
	{"RenameLabel", func(l *logged, c cast) error { return fails(l.RenameLabel(background, "custom.vip", "V.I.P.")) }},
	{"DeleteLabel", func(l *logged, c cast) error { return l.DeleteLabel(background, "custom.vip") }},
	{"DeleteLabel that no contact has", func(l *logged, c cast) error {
		return l.DeleteLabel(background, "custom.old")
	}},
	{"FindOrCreateField", func(l *logged, c cast) error {
		_, _, err := l.FindOrCreateField(background, "Size", DataText)
		return err
	}},
	{"RenameField", func(l *logged, c cast) error { return fails(l.RenameField(background, "custom.age", "Years")) }},
	{"DeleteField", func(l *logged, c cast) error { return l.DeleteField(background, "custom.age") }},
	{"DeleteField that no contact has", func(l *logged, c cast) error {
		return l.DeleteField(background, "custom.pet")
	}},
	{"SetSystemFields", func(l *logged, c cast) error {
		values := map[string]any{"ecom.numOfPurchases": 3, "members.mobile": "yes"}
		return fails(l.SetSystemFields(background, c.ann, values))
	}},
	{"SetSubscription of an email", func(l *logged, c cast) error {
		return fails(l.SetSubscription(background, c.bob, "bob.2@x.test", SubscriptionPending))
	}},
	{"SetSubscription of all extensions", func(l *logged, c cast) error {
		return fails(l.SetSubscription(background, c.eve, "+12015550123", SubscriptionUnsubscribed))
	}},
	{"SetSubscription of one extension", func(l *logged, c cast) error {
		return fails(l.SetSubscription(background, c.eve, "+12015550123", SubscriptionSubscribed))
	}},
	{"SetSubscription back to none", func(l *logged, c cast) error {
		return fails(l.SetSubscription(background, c.ann, "ann@x.test", SubscriptionNotSet))
	}},
	{"SetDeliverability", func(l *logged, c cast) error {
		return fails(l.SetDeliverability(background, c.ann, "ann.2@x.test", EmailDeliverabilityBounced))
	}},
	{"SetMember", func(l *logged, c cast) error {
		m := &Member{MemberID: seqID(901), Email: "eve.login@x.test", Profile: &MemberProfile{Nickname: "e"}}
		return fails(l.SetMember(background, c.eve, m))
	}},
	{"SetMember to none", func(l *logged, c cast) error { return fails(l.SetMember(background, c.bob, nil)) }},
	{"SetBillingSubscription", func(l *logged, c cast) error {
		return fails(l.SetBillingSubscription(background, c.ann, true))
	}},
	{"SetBillingSubscription off", func(l *logged, c cast) error {
		return fails(l.SetBillingSubscription(background, c.eve, false))
	}},
	{"RecordActivity", func(l *logged, c cast) error {
		return fails(l.RecordActivity(background, c.ann, ActivityGeneral, time.Time{}))
	}},
	{"Submit to a contact", func(l *logged, c cast) error {
		in := Info{Emails: []Email{{Address: "ann@x.test"}, {Address: "ann.3@x.test"}}}
		return fails(l.Submit(background, in, &SubmitOptions{PassThroughData: "a \"form\"\u2028"}))
	}},
	{"Submit that creates a contact", func(l *logged, c cast) error {
		in := Info{Emails: []Email{{Address: "fresh@x.test"}}}
		return fails(l.Submit(background, in, &SubmitOptions{Activity: Activity{ActivityType: ActivityGeneral}}))
	}},
	{"Submit that changes nothing", func(l *logged, c cast) error {
		return fails(l.Submit(background, Info{Emails: []Email{{Address: "ann@x.test"}}}, nil))
	}},
	{"Submit of a member who is not logged in", func(l *logged, c cast) error {
		in := Info{Emails: []Email{{Address: "bob@x.test"}, {Address: "x@x.test"}}}
		return fails(l.Submit(background, in, &SubmitOptions{Activity: Activity{ActivityType: ActivityGeneral}}))
	}},
	{"Upsert that creates a contact", func(l *logged, c cast) error {
		_, _, err := l.Upsert(background, Info{Emails: []Email{{Address: "fresh@x.test"}}}, nil)
		return err
	}},
	{"Upsert that updates a contact", func(l *logged, c cast) error {
		_, _, err := l.Upsert(background, Info{Company: "Inkwell", Emails: []Email{{Address: "eve@x.test"}}}, nil)
		return err
	}},
	{"Import that defines", func(l *logged, c cast) error {
		rows := func(yield func(*Contact) bool) {
			for i := range 5 {
				row := Contact{
					CreatedDate: time.Date(2020, 1, 1+i%2, 0, 0, 0, 0, time.UTC),
					Info: Info{
						Name: Name{First: fmt.Sprint("row", i)}, LabelKeys: []string{fmt.Sprint("app.l", i%3)},
					},
				}
				if i == 3 {
					row.Info.ExtendedFields = map[string]any{"app.f": 12.0}
				}
				if !yield(&row) {
					return
				}
			}
		}
		return fails(l.Import(background, Rows(rows), &ImportOptions{Define: true}))
	}},
	{"Import of a contact with all of its parts", func(l *logged, c cast) error {
		row := Contact{
			ID: seqID(950), Info: fullInfo("full"), Segments: []uuid.UUID{seqID(951)},
			Picture: &Image{ID: "p", URL: "https://x.test/p.png", Width: 3, Height: 4},
			Member:  &Member{MemberID: seqID(952), GroupIDs: []uuid.UUID{seqID(953)}},
			Source:  Source{SourceType: SourceOther, AppID: seqID(954).String()},
		}
		rows := Rows(slices.Values([]*Contact{&row}))
		return fails(l.Import(background, rows, &ImportOptions{AllowDuplicates: true}))
	}},
	{"BulkUpdate", func(l *logged, c cast) error {
		return fails(l.BulkUpdate(background, everyone, Patch{JobTitle: Set("Scribe")}, &BulkOptions{BatchSize: 2}))
	}},
	{"BulkLabel", func(l *logged, c cast) error {
		return fails(l.BulkLabel(background, everyone, []string{"custom.old"}, []string{"custom.vip"}, nil))
	}},
	{"BulkDelete", func(l *logged, c cast) error { return fails(l.BulkDelete(background, everyone, nil)) }},
	{"Batch", func(l *logged, c cast) error {
		id := seqID(1 << 30)
		return fails(l.Batch(background, []Operation{
			MergeOp{Target: c.ann, Revision: l.revision(c.ann), Sources: []uuid.UUID{c.dan}},
			UpdateOp{ID: c.ann, Revision: l.revision(c.ann) + 1, Patch: Patch{Company: Set("Inkwell")}},
			CreateOp{Info: fullInfo("n1"), AllowDuplicates: true, Unsubscribe: []string{"nowhere@x.test"}}, // fails
			CreateOp{Info: fullInfo("n2"), AllowDuplicates: true},
			UpdateOp{ID: id, Revision: 1}, // fails
			LabelOp{ID: c.eve, Keys: []string{"custom.old"}},
			UnlabelOp{ID: c.eve, Keys: []string{"custom.vip"}},
			MergeOp{Target: c.bob, Revision: l.revision(c.bob), Sources: []uuid.UUID{c.ann}},
		}, nil))
	}},
	{"Batch of what it creates and deletes", func(l *logged, c cast) error {
		a, b := seqID(1<<30), seqID(1<<30+1)
		return fails(l.Batch(background, []Operation{
			FindOrCreateLabelOp{DisplayName: "Fresh", TempKey: "k"},
			FindOrCreateFieldOp{DisplayName: "Fresh", DataType: DataText, TempKey: "k"},
			CreateOp{TempID: a, AllowDuplicates: true, Info: Info{
				Name: Name{First: "A"}, LabelKeys: []string{"k"}, ExtendedFields: map[string]any{"k": "x"},
			}},
			UpsertOp{TempID: b, Info: Info{Name: Name{First: "B"}, Emails: []Email{{Address: "b@x.test"}}}},
			SubmitOp{SubmitOptions: SubmitOptions{VisitorContactID: b}, Info: Info{Company: "Inkwell"}},
			SetSubscriptionOp{ID: b, Address: "b@x.test", Status: SubscriptionSubscribed},
			SetMemberOp{ID: b, Member: &Member{MemberID: seqID(78), Email: "b@x.test"}},
			SetMemberOp{ID: b}, SetBillingSubscriptionOp{ID: a, Active: true}, SetBillingSubscriptionOp{ID: a},
			RecordActivityOp{ID: a}, SetSystemFieldsOp{ID: a, Values: map[string]any{"members.mobile": "yes"}},
			MergeOp{Target: c.ann, Revision: l.revision(c.ann), Sources: []uuid.UUID{b}},
			RenameLabelOp{Key: "k", DisplayName: "Fresher"}, DeleteLabelOp{Key: "k"},
			RenameFieldOp{Key: "k", DisplayName: "Fresher"}, DeleteFieldOp{Key: "k"},
			DeleteOp{ID: a},
			FindOrCreateLabelOp{DisplayName: "Fresh"}, FindOrCreateFieldOp{DisplayName: "Fresh", DataType: DataText},
		}, &BatchOptions{AllOrNothing: true}))
	}},
	{"Batch of a contact that it creates and deletes", func(l *logged, c cast) error {
		id := c.eve
		return fails(l.Batch(background, []Operation{
			UnlabelOp{ID: id, Keys: []string{"custom.vip"}}, LabelOp{ID: id, Keys: []string{"custom.vip"}},
			DeleteOp{ID: c.dan}, CreateOp{Info: fullInfo("last"), AllowDuplicates: true},
		}, nil))
	}},
}

var (
	background = context.Background()
	everyone   = Selection{Filter: Eq("info.name.last", "Quill <&>")}
)

func TestCommitData(t *testing.T) {
	for _, op := range operations {
		t.Run("LOG-1 LOG-2 "+op.name, func(t *testing.T) {
			l := newLogged(t)
			c := l.begin()
			before := l.Snapshot()
			l.commits = nil
			require.NoError(t, op.do(l, c))
			require.NotEmpty(t, l.commits)
			require.Len(t, l.commits, int(l.Snapshot().position-before.position))

			requireSameStore(t, l.Store, replay(t, before, l.commits), before.position, true)
			requireSameStore(t, l.Store, replay(t, loadedFrom(t, before), l.commits), before.position, false)
		})
	}
	t.Run("LOG-1 LOG-2 everything from the beginning", func(t *testing.T) {
		l := newLogged(t)
		empty := l.Snapshot()
		c := l.begin()
		for _, op := range operations {
			_ = op.do(l, c) // some are refused, after the others
		}
		requireSameStore(t, l.Store, replay(t, empty, l.commits), 0, true)
	})
	t.Run("LOG-1 every method that writes is in the table", func(t *testing.T) {
		var missing []string
		reads := strings.Fields("Backup Close Compact Erase Outcome Recovery Sync TrimFeed Facets Follow Fork ForkWith Get " +
			"GetField GetLabel Job Jobs List ListFields ListLabels ParsePhone PreviewMerge Resolve Snapshot Stats WaitFor")
		for m := range reflect.TypeFor[*Store]().Methods() {
			listed := slices.ContainsFunc(operations, func(op operation) bool {
				return op.name == m.Name || strings.HasPrefix(op.name, m.Name+" ")
			})
			if !listed && !slices.Contains(reads, m.Name) {
				missing = append(missing, m.Name)
			}
		}
		require.Empty(t, missing)
	})
	t.Run("LOG-1 a store without a log records nothing", func(t *testing.T) {
		l := newLogged(t)
		l.begin()
		l.Store = l.Fork()
		n := len(l.commits)
		l.create("new")
		require.Len(t, l.commits, n)
		tx := l.Snapshot().begin(l.Snapshot().time)
		defer tx.mem.Abort()
		tx.put(l.Snapshot().reads().contact(seqID(1)), nil)
		require.Nil(t, tx.rows)
	})
	t.Run("LOG-1 the ID of the write", func(t *testing.T) {
		l := newLogged(t)
		c := l.begin()
		base, id := l.Snapshot(), seqID(77)
		put, _, err := LabelOp{ID: c.ann, Keys: []string{"custom.old"}}.prepare(l.Store)
		require.NoError(t, err)
		made, err := l.decide(base, l.opts.Now(), id, true, func(tx *txn) error { return fails(put(background, tx)) })
		require.NoError(t, err)
		d, err := decodeCommit(made.data)
		require.NoError(t, err)
		require.Equal(t, id, d.id)
		require.Same(t, base, l.Snapshot(), "decide published")
	})
	t.Run("LOG-1 an error of the log publishes nothing", func(t *testing.T) {
		l := newLogged(t)
		c := l.begin()
		base := l.Snapshot()
		l.refuse = os.ErrClosed
		require.ErrorIs(t, l.Delete(background, c.ann), os.ErrClosed)
		require.Same(t, base, l.Snapshot())
	})
}

func TestCommitIsCanonical(t *testing.T) {
	t.Run("LOG-3 equal commits on equal stores", func(t *testing.T) {
		a, b := newLogged(t), newLogged(t)
		for _, l := range []*logged{a, b} {
			c := l.begin()
			for _, op := range operations {
				_ = op.do(l, c)
			}
		}
		require.Equal(t, a.commits, b.commits)
	})
	t.Run("LOG-3 a store that was loaded writes the same commit", func(t *testing.T) {
		l := newLogged(t)
		c := l.begin()
		base, now := l.Snapshot(), l.opts.Now()
		put, _, err := MergeOp{Target: c.ann, Revision: l.revision(c.ann), Sources: []uuid.UUID{c.dan}}.prepare(l.Store)
		require.NoError(t, err)
		var data [2][]byte
		for i, sn := range []*Snapshot{base, loadedFrom(t, base)} {
			made, err := l.decide(sn, now, uuid.Nil, true, func(tx *txn) error { return fails(put(background, tx)) })
			require.NoError(t, err)
			data[i] = made.data
		}
		require.Equal(t, string(data[0]), string(data[1]))
	})
}

// refusal is a change to the data of a commit that makes it unreadable, or unfit for its store.
type refusal struct {
	name     string
	of       string // the operation
	old, new string // replaced once
	line     int
	want     error
}

var refusals = []refusal{
	{"LOG-3 empty", "", "", "", 1, errNoCommit},
	{"LOG-3 not JSON", "Update", `{"commit"`, `"commit"`, 1, errNoCommit},
	{"LOG-3 another file", "Update", `{"commit":`, `{"contactsStore":`, 1, errNoCommit},
	{"LOG-3 no version", "Update", `"version":1,`, ``, 1, errNoCommit},
	{"LOG-3 version 0", "Update", `"version":1,`, `"version":0,`, 1, errNoCommit},
	{"LOG-5 a later version", "Update", `"version":1,`, `"version":2,`, 1, errCommitVersion},
	{"LOG-5 a later version of another form", "Update", `"version":1,"number":`, `"version":2,"number":{},"n":`, 1,
		errCommitVersion},
	{"LOG-3 space", "Update", `{"commit":`, `{ "commit":`, 1, errNotCanonical},
	{"LOG-3 an unknown member of the commit", "Update", `"version":1,`, `"version":1,"x":1,`, 1, errNotCanonical},
	{"LOG-3 members in another order", "Update", `"version":1,"number":17`, `"number":17,"version":1`,
		1, errNotCanonical},
	{"LOG-3 a time with a zone", "Update", `Z","changes"`, `+00:00","changes"`, 1, errNotCanonical},
	{"LOG-3 too many lines announced", "Update", `"lines":1`, `"lines":2`, 1, errLineMissing},
	{"LOG-3 too few lines announced", "Update", `"lines":1`, `"lines":0`, 1, errLineMissing},
	{"LOG-3 no last line end", "Update", "}\n$", "}", 1, errLineMissing},
	{"LOG-3 text after the last line", "Update", "}\n$", "}\n{", 3, ErrInvalid},
	{"LOG-3 a line that is not JSON", "Update", "\n{", "\n{{", 2, ErrInvalid},
	{"LOG-3 an empty line", "Update", "\n{", "\n\n{", 1, errLineMissing},
	{"LOG-3 an unknown line", "Update", `{"contact":{"id"`, `{"person":{"id"`, 2, errNoCommit},
	{"LOG-3 a wrong type", "Update", `"revision":3`, `"revision":"three"`, 2, ErrInvalid},
	{"LOG-3 a repeated member", "Update", `"company":`, `"company":"X","company":`, 2, ErrInvalid},
	{"LOG-3 an unknown member", "Update", `"company":`, `"compony":`, 2, errNotCanonical},
	{"LOG-3 a derived value", "Update", `"company":`, `"primaryInfo":{"email":"a@x.test"},"company":`,
		2, errNotCanonical},
	{"LOG-3 a redundant escape", "Update", `"Inkwell"`, `"\u0049nkwell"`, 2, errNotCanonical},
	{"LOG-3 no ID", "Update", `{"contact":{"id":"00000000-0000-4000-8000-00000000000d",`, `{"contact":{`,
		2, errNoCommit},
	{"LOG-3 a place twice", "Import that defines", `"place":2`, `"place":1`, 6, errPlaces},
	{"LOG-3 a place too high", "Create", `"place":1`, `"place":2`, 2, errPlaces},
	{"LOG-3 a place of a deletion", "Delete", `"revision":3}`, `"revision":3},"place":1`, 2, errNoCommit},
	{"LOG-3 sources of a deletion", "Delete", `"revision":3}`,
		`"revision":3},"sources":["00000000-0000-4000-8000-00000000000d"]`, 2, errNoCommit},
	{"LOG-3 a submission of a deletion", "Delete", `"revision":3}`, `"revision":3},"submission":{}`, 2, errNoCommit},
	{"LOG-3 a submission without one", "Submit that changes nothing", `,"submission":{}`, ``, 2, errNoCommit},
	{"LOG-3 a key of a deleted contact", "Delete", `"revision":3}`, `"revision":3,"key":"a.b"}`, 2, errNoCommit},
	{"LOG-3 a deletion without a key", "DeleteLabel that no contact has", `"key":"custom.old"`, ``, 2, errNoCommit},
	{"LOG-3 a label of the system", "RenameLabel", `"USER_DEFINED"`, `"SYSTEM"`, 2, errNoCommit},
	{"LOG-3 an origin of a redirect", "Merge", `0007"}}`, `0007"},"originatedFrom":"merge"}`, 4, errNoCommit},

	{"LOG-4 a number of the past", "Update", `"number":17`, `"number":16`, 1, errCommitGap},
	{"LOG-4 a gap", "Update", `"number":17`, `"number":18`, 1, errCommitGap},
	{"LOG-4 another sequence", "Update", `"changes":18`, `"changes":17`, 1, errSequence},
	{"LOG-4 a sequence to come", "Update", `"changes":18`, `"changes":19`, 1, errSequence},
	{"LOG-4 a time before the last commit", "Update", `"time":"2026-`, `"time":"2025-`, 1, errBackInTime},
	{"LOG-4 no time", "Update", `"time":"2026-03-04T05:06:17.000Z"`, `"time":"0001-01-01T00:00:00.000Z"`,
		1, errBackInTime},
	{"LOG-4 create what exists", "Create", `"id":"00000000-0000-4000-8000-000000000026"`,
		`"id":"00000000-0000-4000-8000-00000000000d"`, 2, errRowExists},
	{"LOG-4 create an old ID", "Create", `"id":"00000000-0000-4000-8000-000000000026"`,
		`"id":"00000000-0000-4000-8000-00000000001f"`, 2, errRowExists},
	{"LOG-4 update what is missing", "Update", `{"contact":{"id":"00000000-0000-4000-8000-00000000000d"`,
		`{"contact":{"id":"00000000-0000-4000-8000-000000000fff"`, 2, errNoRow},
	{"LOG-4 skip a revision", "Update", `"revision":3`, `"revision":4`, 2, errRevision},
	{"LOG-4 the present revision", "Update", `"revision":3`, `"revision":2`, 2, errRevision},
	{"LOG-4 another date of creation", "Update", `"createdDate":"2026`, `"createdDate":"2025`, 2, errCreated},
	{"LOG-4 delete what is missing", "Delete", `{"id":"00000000`, `{"id":"10000000`, 2, errNoRow},
	{"LOG-4 delete another revision", "Delete", `"revision":3}`, `"revision":2}`, 2, errRevision},
	{"LOG-4 submit to what is missing", "Submit that changes nothing", `{"id":"00000000`, `{"id":"10000000`,
		2, errNoRow},
	{"LOG-4 create a label twice", "FindOrCreateLabel", `"key":"custom.new-one"`, `"key":"custom.vip"`,
		2, errRowExists},
	{"LOG-4 update a missing label", "RenameLabel", `"key":"custom.vip"`, `"key":"custom.none"`, 2, errNoRow},
	{"LOG-4 another date of a label", "RenameLabel", `"createdDate":"2026`, `"createdDate":"2025`, 2, errCreated},
	{"LOG-4 delete a missing label", "DeleteLabel that no contact has", `custom.old`, `custom.none`, 2, errNoRow},
	{"LOG-4 delete a label of the system", "DeleteLabel that no contact has", `custom.old`, `contacts.customers`, 2,
		errSystemRow},
	{"LOG-4 update a field of the system", "RenameField", `"key":"custom.age"`, `"key":"invoices.vatId"`,
		2, errSystemRow},
	{"LOG-4 delete a missing field", "DeleteField that no contact has", `custom.pet`, `custom.none`, 2, errNoRow},
	{"LOG-4 merge what is not deleted", "Merge", `{"redirect":{"id":"00000000-0000-4000-8000-000000000001"`,
		`{"redirect":{"id":"00000000-0000-4000-8000-00000000000d"`, 4, errLink},
	{"LOG-4 merge into what is missing", "Merge", `"into":"0`, `"into":"1`, 4, errLink},
	{"LOG-4 merge away an old ID", "Merge", `{"redirect":{"id":"00000000-0000-4000-8000-000000000001"`,
		`{"redirect":{"id":"00000000-0000-4000-8000-00000000001f"`, 4, errLink},
	{"LOG-4 merge away twice", "Batch", `{"redirect":{"id":"00000000-0000-4000-8000-000000000001"`,
		`{"redirect":{"id":"00000000-0000-4000-8000-000000000019"`, 11, errLink},
}

// dataOf returns the snapshot before an operation and the data of its first commit.
func dataOf(t testing.TB, name string) (*Snapshot, []byte) {
	t.Helper()
	before, _, data := commitsTo(t, name)
	return before, data
}

// commitsTo is dataOf with the commits that lead to the snapshot.
func commitsTo(t testing.TB, name string) (before *Snapshot, earlier [][]byte, data []byte) {
	t.Helper()
	l := newLogged(t)
	c := l.begin()
	before, earlier = l.Snapshot(), l.commits
	l.commits = nil
	i := slices.IndexFunc(operations, func(op operation) bool { return op.name == name })
	require.GreaterOrEqual(t, i, 0, name)
	require.NoError(t, operations[i].do(l, c))
	return before, earlier, l.commits[0]
}

// together returns an applier that has applied commits to an empty store.
func together(t testing.TB, commits [][]byte) *applier {
	t.Helper()
	a := newLogged(t).Snapshot().replay(false)
	for _, data := range commits {
		d, err := decodeCommit(data)
		require.NoError(t, err)
		_, err = a.add(d)
		require.NoError(t, err)
	}
	return a
}

func TestCommitRefused(t *testing.T) {
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			base, text, earlier := &Snapshot{}, "", [][]byte(nil)
			if tc.of != "" {
				var data []byte
				base, earlier, data = commitsTo(t, tc.of)
				old := strings.TrimSuffix(tc.old, "$") // at the end of the data
				at := strings.Index(string(data), old)
				if old != tc.old {
					at = strings.LastIndex(string(data), old)
				}
				require.GreaterOrEqual(t, at, 0, string(data))
				text = string(data[:at]) + tc.new + string(data[at+len(old):])
			}
			d, err := decodeCommit([]byte(text))
			if err == nil {
				digest := base.Digest()
				var next *Snapshot
				next, _, err = d.apply(base, false)
				require.Nil(t, next)
				require.Equal(t, digest, base.Digest())
				require.NoError(t, base.Check())
				again, decodeErr := decodeCommit([]byte(text))
				require.NoError(t, decodeErr)
				_, togetherErr := together(t, earlier).add(again)
				require.Equal(t, err, togetherErr, "in the transaction of the commits before it")
			}
			require.ErrorIs(t, err, tc.want)
			var line *LineError
			require.ErrorAs(t, err, &line)
			require.Equal(t, tc.line, line.Line, err)
			for _, value := range []string{"@", "Quill", "Inkwell", "0000-4000"} {
				require.NotContains(t, err.Error(), value)
			}
		})
	}
	t.Run("LOG-3 every cut of a commit", func(t *testing.T) {
		_, data := dataOf(t, "Merge")
		for n := range data {
			_, err := decodeCommit(data[:n])
			require.Error(t, err, n)
		}
	})
	t.Run("LOG-4 merge away what an earlier commit has deleted", func(t *testing.T) {
		l := newLogged(t)
		c := l.begin()
		late := l.create("late")
		require.NoError(t, l.Delete(background, late))
		at := l.Snapshot()
		link := &commitData{
			number: at.position + 1, time: at.time, changes: at.changes,
			lines: []commitLine{{kind: nameRedirect, id: late, into: c.ann}},
		}
		_, _, err := link.apply(at, false)
		require.ErrorIs(t, err, errLink)
		_, err = together(t, l.commits).add(link)
		require.ErrorIs(t, err, errLink)
	})
	t.Run("LOG-4 every commit once, in its order", func(t *testing.T) {
		l := newLogged(t)
		empty := l.Snapshot()
		l.begin()
		for i := range l.commits {
			at := replay(t, empty, l.commits[:i]).Snapshot()
			for j, data := range l.commits {
				d, err := decodeCommit(data)
				require.NoError(t, err)
				if _, _, err = d.apply(at, false); i == j {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, errCommitGap)
				}
			}
		}
	})
}

func TestCommitDataIsComplete(t *testing.T) {
	for _, tc := range []struct {
		name string
		do   func(*txn, *record)
	}{
		{"a row without a change", func(tx *txn, r *record) { tx.replace(r, tx.nextVersion(r)) }},
		{"a deletion without a change", func(tx *txn, r *record) { tx.replace(r, nil) }},
		{"a change without a row", func(tx *txn, r *record) { tx.note(Change{Kind: ContactDeleted, Before: View{r}}) }},
		{"a change of another row", func(tx *txn, r *record) {
			tx.replace(r, tx.nextVersion(r))
			tx.note(Change{Kind: ContactUpdated, Before: View{r}, After: View{tx.nextVersion(r)}})
		}},
		{"a merge without a target", func(tx *txn, r *record) {
			tx.note(Change{Kind: ContactMerged, Before: View{r}, After: View{r}, sources: []uuid.UUID{seqID(1)}})
		}},
		{"a submission of another contact", func(tx *txn, r *record) {
			tx.put(r, tx.nextVersion(r))
			other := View{tx.nextVersion(r)}
			tx.note(Change{Kind: ContactSubmitted, Before: View{r}, After: other, submission: &submission{}})
		}},
	} {
		t.Run("LOG-1 "+tc.name, func(t *testing.T) {
			l := newLogged(t)
			c := l.begin()
			_, err := l.decide(l.Snapshot(), l.opts.Now(), uuid.Nil, true, func(tx *txn) error {
				tc.do(tx, tx.base.reads().contact(c.ann))
				return nil
			})
			require.ErrorIs(t, err, errUnrecorded)
			require.Equal(t, ErrInternal, CodeOf(err))
		})
	}
}

func TestReplayCheck(t *testing.T) {
	base, data := dataOf(t, "Merge")
	other, _ := dataOf(t, "Update")
	d, err := decodeCommit(data)
	require.NoError(t, err)
	next, commit, err := d.apply(base, true)
	require.NoError(t, err)
	require.NoError(t, next.checkReplay(other, commit, data))
	for _, tc := range []struct {
		name  string
		fault string
		do    func(sn *Snapshot, c *Commit)
	}{
		{"the position", "another position", func(sn *Snapshot, _ *Commit) { sn.position++ }},
		{"the time", "another position or time", func(sn *Snapshot, _ *Commit) { sn.time = sn.time.Add(1) }},
		{"a serial number", "another count", func(sn *Snapshot, _ *Commit) { sn.serial++ }},
		{"the number of changes", "another count", func(sn *Snapshot, _ *Commit) { sn.changes++ }},
		{"the number of contacts", "another count", func(sn *Snapshot, _ *Commit) { sn.contacts++ }},
		{"rows", "other rows in contacts", func(sn *Snapshot, _ *Commit) { sn.tables = base.tables }},
		{"the origin of a commit", "another commit", func(_ *Snapshot, c *Commit) { c.OriginatedFrom = "" }},
		{"a missing change", "another commit", func(_ *Snapshot, c *Commit) { c.Changes = c.Changes[1:] }},
		{"the kind of a change", "another change 1", func(_ *Snapshot, c *Commit) {
			c.Changes[1].Kind = ContactMerged
		}},
		{"a sequence", "another change 2", func(_ *Snapshot, c *Commit) { c.Changes[2].sequence++ }},
		{"the origin of a change", "another change 0", func(_ *Snapshot, c *Commit) { c.Changes[0].origin = "" }},
		{"a state before", "another change 1", func(_ *Snapshot, c *Commit) {
			c.Changes[1].Before = c.Changes[1].After
		}},
		{"a state after", "another change 1", func(_ *Snapshot, c *Commit) {
			c.Changes[1].After = c.Changes[1].Before
		}},
		{"sources", "another change 0", func(_ *Snapshot, c *Commit) { c.Changes[0].sources = nil }},
	} {
		t.Run("LOG-6 "+tc.name, func(t *testing.T) {
			sn := next.clone()
			forged := *commit
			forged.Changes = slices.Clone(commit.Changes)
			tc.do(sn, &forged)
			requireFault(t, sn.checkReplay(base, &forged, data), tc.fault)
		})
	}
	t.Run("LOG-6 a write that its data does not repeat", func(t *testing.T) {
		l := newLogged(t)
		c := l.begin()
		l.opts.SelfCheck = true
		other := func(tx *txn) error { // the same old IDs in another forest
			r := tx.base.reads().contact(c.ann)
			tx.put(r, tx.nextVersion(r))
			gone, dan := *tx.base.reads().redirect(c.gone), *tx.base.reads().redirect(c.dan)
			gone.parent, gone.live, gone.size, dan.parent = c.gone, c.dan, dan.size, c.gone
			tx.pending.redirect(&gone)
			tx.pending.redirect(&dan)
			return nil
		}
		_, err := l.decide(l.Snapshot(), l.opts.Now(), uuid.Nil, false, other)
		requireFault(t, err, "replay: other rows in redirects")
	})
	t.Run("LOG-6 data that cannot be read", func(t *testing.T) {
		requireFault(t, next.checkReplay(base, commit, data[1:]), "replay: line 1")
	})
	t.Run("LOG-6 data that does not fit", func(t *testing.T) {
		requireFault(t, next.checkReplay(next, commit, data), "replay: line 1")
	})
}

// goldenCommits holds commits in version 1 of their data, one after the other. The file never changes: if this test
// fails, the library writes or reads another format, and the logs of stores can no longer be replayed (LOG-5).
const goldenCommits = "testdata/commits-v1.jsonl"

var rewriteCommits = flag.Bool("update-commits", false, "rewrite "+goldenCommits)

// goldenDigest is that of the store after the golden commits.
const goldenDigest = "21fcfb740b32fe5bd005bc3bc89635334bab74dee3c092bb733623a5dae7807f"

func goldenLog(t testing.TB) *logged {
	l := newLogged(t)
	c := l.begin()
	for _, op := range operations {
		_ = op.do(l, c)
	}
	return l
}

func TestGoldenCommits(t *testing.T) {
	if *rewriteCommits {
		require.NoError(t, os.WriteFile(goldenCommits, bytes.Join(goldenLog(t).commits, nil), 0o644))
	}
	file, err := os.ReadFile(goldenCommits)
	require.NoError(t, err)
	var commits [][]byte
	for text := range strings.SplitSeq(string(file), `{"commit":`) {
		if text != "" {
			commits = append(commits, []byte(`{"commit":`+text))
		}
	}
	s, err := New(nil)
	require.NoError(t, err)
	got := replay(t, s.Snapshot(), commits)

	t.Run("LOG-5 the store of the golden commits", func(t *testing.T) {
		require.NoError(t, got.Snapshot().Check())
		require.Equal(t, goldenDigest, fmt.Sprintf("%x", got.Snapshot().Digest()))
	})
	t.Run("LOG-5 they have every kind of line", func(t *testing.T) {
		kinds := make(map[lineName]bool)
		for _, data := range commits {
			d, err := decodeCommit(data)
			require.NoError(t, err)
			for _, line := range d.lines {
				kinds[line.kind] = true
			}
		}
		require.Equal(t, []lineName{
			nameContact, nameContactDeleted, nameContactSubmitted, nameField, nameFieldDeleted, nameLabel,
			nameLabelDeleted, nameRedirect,
		}, slices.Sorted(maps.Keys(kinds)))
	})
}

// TestCommitsOfRandomCalls replays stores that grew by random calls: from the beginning, and from an export at some
// moment.
func TestCommitsOfRandomCalls(t *testing.T) {
	seeds := 5
	if *LongTests {
		seeds = 60
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("LOG-2 seed %d", seed), func(t *testing.T) {
			l := newLogged(t)
			empty := l.Snapshot()
			l.begin()
			rnd := rand.New(rand.NewPCG(uint64(seed), 17))
			half, after := empty, 0
			for i := range 150 {
				l.randomCall(rnd)
				if i == 70 {
					half, after = l.Snapshot(), len(l.commits)
				}
			}
			requireSameStore(t, l.Store, replay(t, empty, l.commits), 0, true)
			requireSameStore(t, l.Store, replayTogether(t, empty, l.commits), 0, true)
			requireSameStore(t, l.Store, replay(t, loadedFrom(t, half), l.commits[after:]), half.position, false)
		})
	}
}

// randomCall makes one of the calls of the table on random contacts; many are refused.
func (l *logged) randomCall(rnd *rand.Rand) {
	// The table renames and deletes what its other calls need.
	if label, err := l.GetLabel(background, "custom.vip"); err == nil && label.DisplayName != "VIP" {
		_, _ = l.RenameLabel(background, label.Key, "VIP")
	}
	if field, err := l.GetField(background, "custom.age"); err == nil && field.DisplayName != "Age" {
		_, _ = l.RenameField(background, field.Key, "Age")
	}
	_, _, err := l.FindOrCreateLabel(background, "VIP")
	require.NoError(l.t, err)
	_, _, err = l.FindOrCreateField(background, "Age", DataNumber)
	require.NoError(l.t, err)
	for l.Snapshot().Len() < 5 {
		l.create(fmt.Sprint("p", rnd.IntN(99)))
	}
	records := slices.Clone(l.Snapshot().records())
	rnd.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	c := cast{}
	for i, id := range []*uuid.UUID{&c.ann, &c.bob, &c.eve, &c.dan, &c.gone} {
		*id = records[i].contact.ID
	}
	target, source := &records[0].contact, &records[1].contact
	switch rnd.IntN(5) {
	case 0:
		_, _ = l.Merge(background, target.ID, target.Revision, []uuid.UUID{source.ID, c.eve}, nil)
	case 1:
		_, _ = l.Batch(background, []Operation{
			MergeOp{Target: target.ID, Revision: target.Revision, Sources: []uuid.UUID{source.ID}},
			MergeOp{Target: c.eve, Revision: records[2].contact.Revision, Sources: []uuid.UUID{target.ID}},
			LabelOp{ID: c.eve, Keys: []string{"custom.old"}}, DeleteOp{ID: c.dan},
			CreateOp{Info: fullInfo(fmt.Sprint("q", rnd.IntN(99))), AllowDuplicates: true},
		}, nil)
	case 2:
		l.create(fmt.Sprint("r", rnd.IntN(99)))
	default:
		op := operations[rnd.IntN(len(operations))]
		if !strings.HasPrefix(op.name, "BulkDelete") || rnd.IntN(8) == 0 {
			_ = op.do(l, c)
		}
	}
}

func FuzzCommit(f *testing.F) {
	l := newLogged(f)
	l.begin()
	base := l.Snapshot()
	for _, op := range operations {
		_, data := dataOf(f, op.name)
		f.Add(string(data))
	}
	digest := base.Digest()
	f.Fuzz(func(t *testing.T, text string) {
		d, err := decodeCommit([]byte(text))
		if err != nil {
			return
		}
		again, err := d.encode()
		require.NoError(t, err)
		require.Equal(t, text, string(again))
		next, commit, err := d.apply(base, false)
		if err == nil {
			require.Equal(t, next.position, commit.Position)
			require.NoError(t, next.Export(&bytes.Buffer{}))
			for range commit.Events() {
			}
		}
		require.Equal(t, digest, base.Digest())
	})
}

// BenchmarkCommitData measures one Update of a contact with two emails, two phones and an address, in a store of 1000:
// its data written, read, and applied. An operation of replay is a store of 10,000 such commits.
func BenchmarkCommitData(b *testing.B) {
	l := newLogged(b)
	_, _, err := l.FindOrCreateLabel(background, "VIP")
	require.NoError(b, err)
	_, _, err = l.FindOrCreateField(background, "Age", DataNumber)
	require.NoError(b, err)
	var people []uuid.UUID
	for i := range 1000 {
		info := fullInfo(fmt.Sprint("p", i))
		info.Name.Last = "Quill"
		c, err := l.Create(background, info, &CreateOptions{AllowDuplicates: true})
		require.NoError(b, err)
		people = append(people, c.ID)
	}
	base := l.Snapshot()
	l.commits = nil
	for i := range 10_000 {
		id := people[i%len(people)]
		patch := Patch{Company: Set(fmt.Sprint("Inkwell ", i))}
		require.NoError(b, fails(l.Update(background, id, l.revision(id), patch, nil)))
	}
	first := func(b *testing.B) *commitData {
		d, err := decodeCommit(l.commits[0])
		require.NoError(b, err)
		return d
	}
	b.Run("encode", func(b *testing.B) {
		d := first(b)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = d.encode()
		}
		b.ReportMetric(float64(len(l.commits[0])), "bytes")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = decodeCommit(l.commits[0])
		}
	})
	b.Run("apply", func(b *testing.B) {
		d := first(b)
		b.ReportAllocs()
		for b.Loop() {
			_, _, _ = d.apply(base, false)
		}
	})
	b.Run("replay", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			at := base.replay(false)
			for _, data := range l.commits {
				d, err := decodeCommit(data)
				require.NoError(b, err)
				_, err = at.add(d)
				require.NoError(b, err)
			}
			at.commit()
		}
	})
}
