package contacts

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-memdb"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/keyset"
)

// keyCase is a row and the exact bytes of its keys in an index.
type keyCase struct {
	name string
	row  any
	want []string
}

// golden returns the cases of every index, by table and index.
func golden() map[string][]keyCase {
	// 1 ms after 1970, seventh in the store: two numbers of 8 bytes, the highest first, the first bit of times flipped.
	at := place{created: time.UnixMilli(1), serial: 7}
	const atKey = "\x80\x00\x00\x00\x00\x00\x00\x01" + "\x00\x00\x00\x00\x00\x00\x00\x07"
	id := uuid.MustParse("00112233-4455-6677-8899-aabbccddeeff")
	const idBytes = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"

	contact := func(c Contact) *record { return &record{contact: documentOf(&c), order: at} }
	with := func(in Info) *record { return contact(Contact{Info: in}) }
	extension := func(digits string) Phone { // of one valid number
		return Phone{
			Number: strings.TrimSpace("number " + digits), E164: "+12015550123",
			Formatted: strings.TrimSuffix("+1 201-555-0123 ext. "+digits, " ext. "),
		}
	}
	label := &labelRecord{value: Label{Key: "custom.größe", DisplayName: "Größe 3/4"}, order: at}
	field := &fieldRecord{value: Field{Key: "custom.größe", DisplayName: "Größe 3/4"}, order: at}
	return map[string][]keyCase{
		"contacts/order": {
			{"time and serial", contact(Contact{}), []string{atKey}},
			{
				"one millisecond before 1970", &record{order: place{created: time.UnixMilli(-1), serial: 1<<64 - 1}},
				[]string{"\x7f\xff\xff\xff\xff\xff\xff\xff" + "\xff\xff\xff\xff\xff\xff\xff\xff"},
			},
			{
				"the year 2026", &record{order: place{created: time.Date(2026, 1, 2, 3, 4, 5, 678_999_999, time.UTC), serial: 256}},
				[]string{"\x80\x00\x01\x9b\x7c\xa9\x8f\x2e" + "\x00\x00\x00\x00\x00\x00\x01\x00"},
			},
			{
				"the zero time", &record{order: place{serial: 1}},
				[]string{"\x7f\xff\xc7\x7c\xed\xd3\x28\x00" + "\x00\x00\x00\x00\x00\x00\x00\x01"},
			},
		},
		"contacts/email": {
			{"no email", with(Info{}), nil},
			{
				"every address in lower case without space around, each once",
				with(Info{Emails: []Email{{Address: " Ann@X.test\t"}, {Address: "ÄNN@x.test"}, {Address: "ann@x.test"}}}),
				[]string{"ann@x.test\x00a" + atKey, "änn@x.test\x00b" + atKey},
			},
			{
				"the primary one, though it is there twice",
				with(Info{Emails: []Email{{Address: "a@x.test"}, {Address: "b@x.test"}, {Address: "A@x.test"}}}),
				[]string{"a@x.test\x00a" + atKey, "b@x.test\x00b" + atKey},
			},
		},
		"contacts/phone": {
			{"no phone", with(Info{}), nil},
			{"no valid phone", with(Info{Phones: []Phone{{Number: "555-0199"}}}), nil},
			{
				"every E.164 number, each once",
				with(Info{Phones: []Phone{
					{Number: "201-555-0123", E164: "+12015550123"}, {Number: "555-0199"},
					{Number: "020 7946 0018", E164: "+442079460018"}, {Number: "(201) 555 0123", E164: "+12015550123"},
				}}),
				[]string{"+12015550123\x00a" + atKey, "+442079460018\x00b" + atKey},
			},
			{
				"a primary phone with an extension, and the switchboard",
				with(Info{Phones: []Phone{extension("7"), extension("8"), extension(""), extension("7")}}),
				[]string{
					"\xff+12015550123;ext=7\x00a" + atKey, "+12015550123\x00b" + atKey,
					"\xff+12015550123;ext=8\x00b" + atKey,
				},
			},
			{
				"extensions only, not primary",
				with(Info{Phones: []Phone{{Number: "555-0199"}, extension("7")}}),
				[]string{"\xff+12015550123;ext=7\x00b" + atKey, "+12015550123\x00c" + atKey},
			},
			{
				"the primary number, and an extension of it",
				with(Info{Phones: []Phone{extension(""), extension("7")}}),
				[]string{"+12015550123\x00a" + atKey, "\xff+12015550123;ext=7\x00b" + atKey},
			},
		},
		"contacts/number": {
			{"no phone", with(Info{}), nil},
			{
				"every phone as typed, each once",
				with(Info{Phones: []Phone{{Number: " 555-0199 X"}, {Number: "2"}, {Number: " 555-0199 X"}}}),
				[]string{" 555-0199 X\x00c" + atKey, "2\x00e" + atKey},
			},
			{
				"valid ones",
				with(Info{Phones: []Phone{extension(""), extension("7"), extension("8")}}),
				[]string{"number\x00a" + atKey, "number 7\x00b" + atKey, "number 8\x00b" + atKey},
			},
			{
				"valid and not, primary",
				with(Info{Phones: []Phone{extension(""), {Number: "number"}, extension("")}}),
				[]string{"number\x00d" + atKey},
			},
			{
				"not valid and valid, primary",
				with(Info{Phones: []Phone{{Number: "number"}, extension("")}}),
				[]string{"number\x00c" + atKey},
			},
			{
				"valid and not, not primary",
				with(Info{Phones: []Phone{extension("7"), extension(""), {Number: "number"}, extension("")}}),
				[]string{"number 7\x00a" + atKey, "number\x00e" + atKey},
			},
		},
		"contacts/label": {
			{"no label", with(Info{}), nil},
			{
				"every label", with(Info{LabelKeys: []string{"custom.größe", "contacts.customers"}}),
				[]string{"custom.größe\x00" + atKey, "contacts.customers\x00" + atKey},
			},
		},
		"contacts/member": {
			{"no member", contact(Contact{ID: id}), nil},
			{
				"the ID of the member as text", contact(Contact{Member: &Member{MemberID: id}}),
				[]string{"00112233-4455-6677-8899-aabbccddeeff\x00" + atKey},
			},
		},
		"labels/id": {
			{"the key", label, []string{"custom.größe\x00"}},
		},
		"labels/name": {
			{"the display name as it is", label, []string{"Größe 3/4\x00" + atKey}},
		},
		"fields/id": {
			{"the key", field, []string{"custom.größe\x00"}},
		},
		"fields/name": {
			{"the display name as it is", field, []string{"Größe 3/4\x00" + atKey}},
		},
		"redirects/id": {
			{"the bytes of the ID", &redirect{id: id}, []string{idBytes}},
		},
	}
}

// keyMakers returns the function that makes the keys of each index, by table and index.
func keyMakers() map[string]func(row any) [][]byte {
	all := make(map[string]func(any) [][]byte)
	for _, table := range []string{tableLabels, tableFields, tableRedirects} {
		for name, index := range schema().Tables[table].Indexes {
			all[table+"/"+name] = func(row any) [][]byte {
				_, key, _ := index.Indexer.(memdb.SingleIndexer).FromObject(row)
				return [][]byte{key}
			}
		}
	}
	for _, x := range entryIndexes {
		all["contacts/"+x.name] = func(row any) [][]byte { return x.keys(row.(*record)) }
	}
	return all
}

func TestIndexKeys(t *testing.T) {
	cases, keys := golden(), keyMakers()
	t.Run("ORD-1 every index has a golden case, and no other", func(t *testing.T) {
		require.Equal(t, slices.Sorted(maps.Keys(keys)), slices.Sorted(maps.Keys(cases)))
	})
	for name, keysIn := range keys {
		for _, tc := range cases[name] {
			t.Run("ORD-1 "+name+", "+tc.name, func(t *testing.T) {
				var got []string
				for _, key := range keysIn(tc.row) {
					got = append(got, string(key))
				}
				require.Equal(t, tc.want, got)
				if r, ok := tc.row.(*record); ok {
					for _, key := range got {
						require.Equal(t, r.order.serial, serialIn([]byte(key)))
					}
				}
			})
		}
	}
}

// TestIndexChanges compares the keys that an update adds and removes with all keys before and after it.
func TestIndexChanges(t *testing.T) {
	for name, cases := range golden() {
		var x *entryIndex
		for _, index := range entryIndexes {
			if name == "contacts/"+index.name {
				x = index
			}
		}
		if x == nil {
			continue
		}
		rows := []*record{nil}
		for _, tc := range cases {
			rows = append(rows, tc.row.(*record))
		}
		for i, before := range rows {
			for j, after := range rows {
				t.Run(fmt.Sprintf("ORD-1 %s from %d to %d", name, i, j), func(t *testing.T) {
					keys, want := map[string]bool{}, map[string]bool{}
					changes := &keyset.Changes{}
					if before != nil {
						x.change(changes, nil, before)
					}
					if before != nil || after != nil {
						x.change(changes, before, after)
					}
					r := keyset.Reader{Changes: changes}
					for it := r.Range(keyset.Set(x.index), nil, nil, false); it.Next(); {
						keys[string(it.Key())] = true
					}
					if after != nil {
						for _, key := range x.keys(after) {
							want[string(key)] = true
						}
					}
					require.Equal(t, want, keys)
				})
			}
		}
	}
}

func TestIndexArguments(t *testing.T) {
	for _, table := range []string{tableLabels, tableFields, tableRedirects} {
		for name, index := range schema().Tables[table].Indexes {
			t.Run("ORD-1 an index accepts the bytes of a key and nothing else, "+table+"/"+name, func(t *testing.T) {
				require.Equal(t, name, index.Name)
				key, err := index.Indexer.FromArgs([]byte("key"))
				require.NoError(t, err)
				require.Equal(t, "key", string(key))
				for _, args := range [][]any{nil, {"text"}, {1}, {[]byte("a"), []byte("b")}} {
					_, err := index.Indexer.FromArgs(args...)
					require.Error(t, err)
					_, err = index.Indexer.(memdb.PrefixIndexer).PrefixFromArgs(args...)
					require.Error(t, err)
				}
			})
		}
	}
}

// TestRowSizes makes random writes to a store whose rows hold a few contacts and keys only, so that they split and
// become empty all the time, and to one whose rows hold all of them. Both must be the same in everything.
func TestRowSizes(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprintf("ORD-1 seed %d", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 18))
			small := rowSizes{keys: 1 + rnd.IntN(4), contacts: 1 + rnd.IntN(4), pending: 1 + rnd.IntN(40)}
			p := storePair{small: pairedStore(t, small, true), large: pairedStore(t, rowSizes{1000, 1000, 1 << 20}, false)}
			for range 50 {
				op := randomWrite(rnd, p.large)
				require.Equal(t, CodeOf(op(p.large)), CodeOf(op(p.small)))
				p.requireSame(t, rnd)
				if rnd.IntN(20) == 0 {
					parent, before := p.small.Snapshot(), p.small.Snapshot().Digest()
					p = storePair{p.small.Fork(), p.large.Fork()}
					defer func() {
						require.Equal(t, before, parent.Digest())
						require.NoError(t, parent.Check())
					}()
				}
			}
		})
	}
}

// TestSharedTexts walks over contacts that share a text in different classes, from every place in both directions.
func TestSharedTexts(t *testing.T) {
	for _, n := range []int{0, 1, 2, 8, 9, 20} {
		var all []*record
		sn, err := snapshotOf(&Options{rowSizes: rowSizes{3, 3, 1 << 20}}, func(tx *txn) error {
			for i := range n {
				r := &record{order: tx.place(time.UnixMilli(int64(i / 2)).UTC()), contact: document{ID: uuid.UUID{byte(i), 1}}}
				phones := []Phone{{Number: "desk 7"}, {Number: "other"}}
				if i%3 > 0 {
					slices.Reverse(phones)
				}
				if i%5 == 0 {
					phones[0].E164 = "+12015550123"
				}
				r.contact.Info.Phones = phones
				tx.replace(nil, r)
				all = append(all, r)
			}
			return nil
		})
		require.NoError(t, err)
		for _, classes := range []string{classesOf(indexNumber), "ce", "abe", "c", "x"} {
			var want []*record
			for _, r := range all {
				for _, text := range numberEntries(r) {
					if text.text == "desk 7" && strings.IndexByte(classes, text.class) >= 0 {
						want = append(want, r)
					}
				}
			}
			t.Run(fmt.Sprintf("ORD-1 %d contacts, classes %s", n, classes), func(t *testing.T) {
				requireWalks(t, sn.reads(), classSpan(indexNumber, "desk 7", classes), all, want)
			})
		}
		t.Run(fmt.Sprintf("ORD-1 %d contacts in all", n), func(t *testing.T) {
			requireWalks(t, sn.reads(), allSpan, all, all)
		})
	}
}

// requireWalks requires that walks over a span yield the contacts of want.
func requireWalks(t *testing.T, r reader, s span, all, want []*record) {
	t.Helper()
	require.Equal(t, len(want), r.size(s, 1000))
	require.Equal(t, min(2, len(want)), r.size(s, 2))
	for _, backwards := range []bool{false, true} {
		for _, from := range append(slices.Clone(all), nil) {
			var after *place
			if from != nil {
				after = &from.order
			}
			left := slices.DeleteFunc(slices.Clone(want), func(r *record) bool {
				return after != nil && !after.comesBefore(r.order, backwards)
			})
			if backwards {
				slices.Reverse(left)
			}
			for skip := range 3 {
				got := slices.Collect(r.walk(s, backwards, after, skip))
				require.Equal(t, append([]*record(nil), left[min(skip, len(left)):]...), got)
			}
		}
	}
}

// TestPendingContacts reads in a transaction what it has written.
func TestPendingContacts(t *testing.T) {
	s := pairedStore(t, defaultSizes, true)
	c, err := s.Create(t.Context(), Info{Emails: []Email{{Address: "a@x.test"}}}, nil)
	require.NoError(t, err)
	sn := s.Snapshot()
	tx := sn.begin(sn.time)
	defer tx.mem.Abort()
	before := tx.reads().contact(c.ID)
	after := tx.nextVersion(before)
	after.contact.Info.Emails = []Email{{Address: "b@x.test", Primary: true}}
	require.Equal(t, []*record{before}, slices.Collect(tx.reads().byEmail("a@x.test")))
	tx.put(before, after)
	t.Run("BAT-1 the new version", func(t *testing.T) {
		require.Same(t, after, tx.reads().contact(c.ID))
		require.Equal(t, []*record{after}, slices.Collect(tx.reads().byEmail("b@x.test")))
		require.Equal(t, []*record{after}, slices.Collect(tx.reads().all()))
		require.Empty(t, slices.Collect(tx.reads().byEmail("a@x.test")))
	})
	tx.put(after, nil)
	t.Run("BAT-1 a deleted contact", func(t *testing.T) {
		require.Nil(t, tx.reads().contact(c.ID))
		require.Empty(t, slices.Collect(tx.reads().byEmail("b@x.test")))
		require.Empty(t, slices.Collect(tx.reads().all()))
	})
	t.Run("STO-4 the snapshot stays as it was", func(t *testing.T) {
		require.Same(t, before, sn.reads().contact(c.ID))
		require.Equal(t, []*record{before}, slices.Collect(sn.reads().byEmail("a@x.test")))
		require.NoError(t, sn.Check())
	})
}

type storePair struct{ small, large *Store }

// pairedStore returns a store with a clock and IDs of its own, which are the same in every such store.
func pairedStore(t *testing.T, sizes rowSizes, selfCheck bool) *Store {
	t.Helper()
	start, n := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), uint64(0)
	s, err := New(&Options{
		Region: "US", SelfCheck: selfCheck, rowSizes: sizes, CursorKey: [32]byte{1},
		Now:   func() time.Time { n++; return start.Add(time.Duration(n/3) * time.Second) },
		NewID: func() uuid.UUID { n++; return uuid.NewSHA1(uuid.Nil, []byte(strconv.Itoa(int(n)))) },
	})
	require.NoError(t, err)
	for _, name := range []string{"Red", "Blue"} {
		_, _, err := s.FindOrCreateLabel(t.Context(), name)
		require.NoError(t, err)
	}
	return s
}

// randomInfo has an email and a phone that other contacts often have, too, as the first or as another one.
func randomInfo(rnd *rand.Rand) Info {
	in := Info{Name: Name{First: "Ann"}, LabelKeys: []string{"custom.red", "custom.blue"}[:rnd.IntN(3)]}
	for range rnd.IntN(3) {
		in.Emails = append(in.Emails, Email{Address: fmt.Sprintf("%c@x.test", 'a'+rnd.IntN(3))})
	}
	for range rnd.IntN(3) {
		in.Phones = append(in.Phones, Phone{Number: fmt.Sprintf("(201) 555-012%d", rnd.IntN(3))})
	}
	if rnd.IntN(3) == 0 {
		in.Phones = append(in.Phones, Phone{Number: "desk 7"})
	}
	return in
}

// randomWrite returns a write that does the same to every store with the contacts of s.
func randomWrite(rnd *rand.Rand, s *Store) func(*Store) error {
	ctx := context.Background()
	views := slices.Collect(s.Snapshot().All())
	info, other := randomInfo(rnd), randomInfo(rnd)
	if len(views) < 3 || rnd.IntN(3) == 0 {
		return func(s *Store) error {
			_, err := s.Create(ctx, info, &CreateOptions{AllowDuplicates: true})
			return err
		}
	}
	v, w := views[rnd.IntN(len(views))], views[rnd.IntN(len(views))]
	switch rnd.IntN(8) {
	case 0:
		return func(s *Store) error { return s.Delete(ctx, v.ID()) }
	case 1:
		return func(s *Store) error {
			_, err := s.Merge(ctx, v.ID(), v.Revision(), []uuid.UUID{w.ID()}, nil)
			return err
		}
	case 2:
		return func(s *Store) error {
			_, err := s.BulkDelete(ctx, Selection{Filter: Eq("info.emails.email", "a@x.test")}, nil)
			return err
		}
	case 3:
		return func(s *Store) error {
			_, err := s.BulkLabel(ctx, Selection{Search: "Ann"}, info.LabelKeys, []string{"custom.red"}, nil)
			return err
		}
	case 4:
		created := time.Date(2020+rnd.IntN(9), 1, 1, 0, 0, 0, 0, time.UTC)
		return func(s *Store) error {
			_, err := s.Import(ctx, Rows(slices.Values([]*Contact{
				{Info: info, CreatedDate: created}, {Info: other}, {Info: info},
			})), &ImportOptions{AllowDuplicates: created.Year()%2 == 0})
			return err
		}
	case 5:
		return func(s *Store) error {
			_, err := s.Batch(ctx, []Operation{
				CreateOp{Info: info, AllowDuplicates: true}, SubmitOp{Info: other}, SubmitOp{Info: info},
				DeleteOp{ID: v.ID()}, CreateOp{Info: other},
			}, nil)
			return err
		}
	default:
		patch := Patch{Emails: Set(info.Emails)}
		if rnd.IntN(2) == 0 {
			patch = Patch{Phones: Set(info.Phones), LabelKeys: Set(info.LabelKeys), JobTitle: Set("Baker")}
		}
		return func(s *Store) error {
			_, err := s.Update(ctx, v.ID(), v.Revision(), patch, &UpdateOptions{AllowDuplicates: true})
			return err
		}
	}
}

func (p storePair) requireSame(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	a, b := p.small.Snapshot(), p.large.Snapshot()
	require.Equal(t, b.Digest(), a.Digest())
	require.Equal(t, b.Position(), a.Position())
	same := func(find func(*Snapshot) iter.Seq[View]) {
		t.Helper()
		ids := func(sn *Snapshot) []uuid.UUID {
			list := []uuid.UUID{}
			for v := range find(sn) {
				require.Equal(t, v.Revision(), viewOf(t, sn, v.ID()).Revision())
				list = append(list, v.ID())
			}
			return list
		}
		require.Equal(t, ids(b), ids(a))
	}
	email, number := fmt.Sprintf("%c@x.test", 'a'+rnd.IntN(3)), fmt.Sprintf("+1201555012%d", rnd.IntN(3))
	same((*Snapshot).All)
	same(func(sn *Snapshot) iter.Seq[View] { return sn.ByEmail(email) })
	same(func(sn *Snapshot) iter.Seq[View] { return sn.ByPhone(number) })
	for _, filter := range []Filter{
		{}, Eq("info.emails.email", email), StartsWith("info.emails.email", email[:1]), HasSome("info.labelKeys", "custom.red"),
		In("info.phones.phone", "(201) 555-0121", "desk 7"), Gte("createdDate", "2024-01-01T00:00:00Z"),
	} {
		q := Query{Filter: filter, Sort: []Sort{{Field: "createdDate", Order: []SortOrder{SortAsc, SortDesc}[rnd.IntN(2)]}}}
		same(func(sn *Snapshot) iter.Seq[View] {
			found, err := sn.Find(q)
			require.NoError(t, err)
			return found
		})
		p.requireSamePages(t, q, 1+rnd.IntN(4))
	}
}

func viewOf(t *testing.T, sn *Snapshot, id uuid.UUID) View {
	t.Helper()
	v, ok := sn.View(id)
	require.True(t, ok)
	return v
}

// requireSamePages compares the pages of a list, there and back.
func (p storePair) requireSamePages(t *testing.T, q Query, limit int) {
	t.Helper()
	var lists [2][]uuid.UUID
	for i, s := range []*Store{p.small, p.large} {
		opts := &ListOptions{Limit: limit}
		for back := false; ; {
			page, err := s.List(t.Context(), q, opts)
			require.NoError(t, err)
			for _, c := range page.Items {
				lists[i] = append(lists[i], c.ID)
			}
			lists[i] = append(lists[i], uuid.UUID{15: byte(page.Total)})
			back = back || page.Next == ""
			if opts.Cursor = page.Next; back {
				opts.Cursor = page.Previous
			}
			if opts.Cursor == "" {
				break
			}
		}
	}
	require.Equal(t, lists[1], lists[0])
}

func TestPlaces(t *testing.T) {
	// Places in ascending order.
	var places []place
	for _, created := range []time.Time{
		{}, time.Date(1901, 2, 3, 4, 5, 6, 0, time.UTC), time.UnixMilli(-256), time.UnixMilli(-1), time.UnixMilli(0),
		time.UnixMilli(1), time.UnixMilli(255), time.UnixMilli(256), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		for _, serial := range []uint64{0, 1, 255, 256, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
			places = append(places, place{created, serial})
		}
	}
	t.Run("ORD-1 keys sort as places do", func(t *testing.T) {
		for i, p := range places {
			for j, q := range places {
				require.Equal(t, i < j, p.before(q), "%v, %v", p, q)
				order := bytes.Compare(p.appendTo(nil), q.appendTo(nil))
				require.Equal(t, i < j, order < 0, "%v, %v", p, q)
				require.Equal(t, i == j, order == 0, "%v, %v", p, q)
			}
		}
	})
	t.Run("ORD-1 a text that begins like another is no prefix of its key", func(t *testing.T) {
		for _, texts := range [][2]string{{"a@x.test", "a@x.test.example"}, {"", "a"}, {"+1201", "+12015"}} {
			require.False(t, bytes.HasPrefix(textKey(texts[1]), textKey(texts[0])))
		}
	})
	t.Run("ORD-1 a key does not share memory with its ID", func(t *testing.T) {
		id := uuid.UUID{1}
		idKey(id)[0] = 2
		require.Equal(t, uuid.UUID{1}, id)
	})
}

func TestLater(t *testing.T) {
	at := func(ns int64) time.Time { return time.Unix(1000, ns) }
	for _, tc := range []struct {
		name            string
		last, now, want time.Time
	}{
		{"STO-3 first commit", time.Time{}, at(1_999_999), at(1_000_000)},
		{"STO-3 forward", at(1_000_000), at(2_000_000), at(2_000_000)},
		{"STO-3 still", at(1_000_000), at(1_000_000), at(1_000_000)},
		{"STO-3 forward by less than a millisecond", at(1_000_000), at(1_900_000), at(1_000_000)},
		{"STO-3 back", at(1_000_000), at(0), at(1_000_000)},
		{"STO-3 before 1970, down to the millisecond", time.Time{}, time.Unix(-1, 999_999), time.Unix(-1, 0)},
		{"STO-3 in another zone", time.Time{}, at(0).In(time.FixedZone("", 3600)), at(0)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want.UTC(), later(tc.last.UTC(), tc.now))
		})
	}
}

// BenchmarkDeep compares skipping 1000 of 100,000 contacts with the same iteration in go-memdb itself, over redirects:
// nothing but Next.
func BenchmarkDeep(b *testing.B) {
	const deep = 1000
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	sn, err := snapshotOf(&Options{rowSizes: defaultSizes}, func(t *txn) error {
		for i := range 100_000 {
			created := start.Add(time.Duration(i) * time.Second)
			id := uuid.NewSHA1(uuid.Nil, []byte(strconv.Itoa(i)))
			t.replace(nil, &record{order: t.place(created), contact: document{ID: id, CreatedDate: momentOf(created)}})
			t.insert(tableRedirects, &redirect{id: id})
			t.contacts++
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("engine=memdb", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows, err := sn.txn.Get(tableRedirects, indexID+byPrefix, []byte(nil))
			if err != nil {
				b.Fatal(err)
			}
			for range deep {
				rows.Next()
			}
			if rows.Next() == nil {
				b.Fatal("not so many")
			}
		}
	})
	b.Run("engine=contacts", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q, err := sn.compile(Query{})
			if err != nil {
				b.Fatal(err)
			}
			if len(q.rowsAfter(nil, false, deep, 1)) != 1 {
				b.Fatal("not so many")
			}
		}
	})
}

// TestFieldsInDocs compares the table in the doc comment of Filter with the columns.
func TestFieldsInDocs(t *testing.T) {
	s, err := New(nil)
	require.NoError(t, err)
	keyOfType := map[DataType]string{}
	for _, dataType := range []DataType{DataText, DataNumber, DataDate, DataURL} {
		field, _, err := s.FindOrCreateField(t.Context(), "Any "+string(dataType), dataType)
		require.NoError(t, err)
		keyOfType[dataType] = field.Key
	}
	columns := contactColumns(s.Snapshot().reads())

	documented := docTable(t, "filter.go", "Filter")
	want := slices.Collect(maps.Keys(contactFields))
	for key := range systemColumns {
		want = append(want, extendedFieldsPath+key)
	}
	for _, dataType := range slices.Sorted(maps.Keys(keyOfType)) {
		want = append(want, extendedFieldsPath+"KEY ("+string(dataType)+")")
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(documented)))

	for name, got := range documented {
		t.Run("FLT-4 QRY-2 "+name, func(t *testing.T) {
			path := name
			if key, dataType, ok := strings.Cut(name, "KEY ("); ok {
				path = key + keyOfType[DataType(strings.TrimSuffix(dataType, ")"))]
			}
			require.Equal(t, capabilities(t, columns, path), got)
		})
	}
}

// TestSystemDefinitionsInDocs compares the doc comments of Label and Field with the definitions of the system.
func TestSystemDefinitionsInDocs(t *testing.T) {
	t.Run("FLD-1 fields", func(t *testing.T) {
		want := map[string]string{}
		for _, f := range systemFields {
			want[f.Key] = string(f.DataType)
			if derivedField(f.Key) {
				want[f.Key] += " derived"
			}
		}
		require.Equal(t, want, docTable(t, "definition.go", "Field"))
	})
	t.Run("LBL-1 labels", func(t *testing.T) {
		for _, l := range systemLabels {
			require.Contains(t, docOf(t, "definition.go", "Label"), " "+l.Key+" ")
		}
	})
}

// docOf returns the doc comment of a type.
func docOf(t *testing.T, file, name string) string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	for _, decl := range parsed.Decls {
		d, ok := decl.(*ast.GenDecl)
		if ok && d.Tok == token.TYPE && d.Specs[0].(*ast.TypeSpec).Name.Name == name {
			return d.Doc.Text()
		}
	}
	require.Fail(t, "no such type", name)
	return ""
}

// docTable returns the table in the doc comment of a type: the cells of each row by the first one.
func docTable(t *testing.T, file, name string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(docOf(t, file, name)) {
		if row, ok := strings.CutPrefix(line, "\t"); ok {
			key, cells, _ := strings.Cut(row, "  ")
			require.NotContains(t, rows, key)
			rows[key] = strings.Join(strings.Fields(cells), " ")
		}
	}
	return rows
}

// capabilities probes which operators a field supports, and whether contacts can be sorted by it.
func capabilities(t *testing.T, columns columns[*record], path string) string {
	t.Helper()
	var found []string
	for _, operator := range []string{
		"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$startsWith", "$hasSome", "$hasAll",
	} {
		if operator == "$hasSome" && slices.Contains(found, "$in") {
			continue // an alias
		}
		_, err := columns.match(comparison(operator, path, nil))
		require.NotEqual(t, ErrFilterField, CodeOf(err))
		if CodeOf(err) != ErrFilterOperator {
			found = append(found, operator)
		}
	}
	if len(found) == 0 {
		found = append(found, "none")
	}
	if _, err := columns.sortKey(Sort{Field: path}); err == nil {
		found = append(found, "sort")
	}
	return strings.Join(found, " ")
}
