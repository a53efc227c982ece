package test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestHostileOptions makes random calls on stores whose clocks and IDs break their contracts, some of them loaded from
// exports with extreme values. Whatever a store accepts, it can export and load (EXP-5).
func TestHostileOptions(t *testing.T) {
	h := &hostileCounts{done: make(map[string]int), failed: make(map[string]int)}
	reasons := []string{
		"Options.NewID returned the nil UUID", "Options.NewID returned the ID of another item in the same list",
		"Options.Now returned no time of the years 0 to 9999",
		"Options.Now returned a time after the last commit by more than Options.MaxClockJump",
		"the store has made as many changes as it can count", "revision must be at most 2147483647",
	}
	for seed := range uint64(large(16, 30)) {
		t.Run(fmt.Sprintf("EXP-5 STO-4 STO-10 UPD-5 seed %d", seed), func(t *testing.T) {
			r := newHostileRun(t, seed)
			for range large(60, 200) {
				r.step(h, reasons)
			}
		})
	}
	for _, name := range hostileNames {
		require.True(t, h.done[name] > 0 || !*longTests, "no %s ever succeeded", name)
	}
	for _, reason := range reasons {
		require.NotZero(t, h.failed[reason], "no call was refused because %q", reason)
	}
}

type hostileCounts struct{ done, failed map[string]int } // calls that succeeded, reasons why others failed

// hostileRun is a sequence of random calls on one store. Its clock and its IDs are those of the embedded run.
type hostileRun struct {
	*randomRun
	opts  *contacts.Options
	line  *line
	drawn []uuid.UUID // by NewID
}

func newHostileRun(t *testing.T, seed uint64) *hostileRun {
	r := &hostileRun{randomRun: &randomRun{t: t, rnd: rand.New(rand.NewPCG(seed, 16)), now: epoch}}
	r.opts = &contacts.Options{
		Now: r.clock, NewID: r.newID, SelfCheck: r.oneIn(4), NewestFirst: r.oneIn(2),
		Region:         pick(r.rnd, "", "ZZ", "US", "DE"),
		LabelQuota:     pick(r.rnd, 0, 1, 3),
		FieldQuota:     pick(r.rnd, 0, 1, 3),
		FeedSize:       pick(r.rnd, 0, 1),
		ContactSizeMax: pick(r.rnd, 0, 0, 1500, math.MaxInt),
		MaxClockJump:   pick(r.rnd, 0, time.Hour, math.MaxInt64),
		DefaultSource: pick(r.rnd, contacts.Source{}, contacts.Source{AppID: "a"},
			contacts.Source{SourceType: contacts.SourceImport, WixAppID: strings.Repeat("w", 1000)}),
	}
	s, err := contacts.New(r.opts)
	require.NoError(t, err)
	r.use(s)
	if !r.oneIn(3) {
		r.keys = []string{"custom.red", "custom.size"}
		r.use(r.load(r.extreme()))
	}
	return r
}

func (r *hostileRun) use(s *contacts.Store) {
	r.line = &line{
		store: s, last: s.Snapshot(),
		versions: map[version]*contacts.Contact{}, statuses: map[uuid.UUID]map[string]statuses{},
	}
	r.lines = []*line{r.line}
}

// clock advances, stops, goes back, jumps, and is wrong.
func (r *hostileRun) clock() time.Time {
	r.now = r.now.Add(pick(r.rnd, 0, time.Nanosecond, time.Millisecond, time.Minute, -time.Hour, 1234567))
	if r.oneIn(10) && r.opts.MaxClockJump != time.Hour {
		r.now = r.now.AddDate(pick(r.rnd, -30, 1, 5), 0, 0)
	}
	if first := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC); r.now.Before(first) {
		r.now = first
	}
	now := r.now
	if r.oneIn(8) {
		now = pick(r.rnd, time.Time{}, time.Time{}.Add(time.Microsecond),
			now.AddDate(150, 0, 0), now.AddDate(-5000, 0, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
			time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
			time.Date(0, 1, 1, 0, 0, 0, 1, time.UTC), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0),
			time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600)))
	}
	return now.In(pick(r.rnd, time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600+1)))
}

// newID returns new IDs in and out of order, nil, IDs that it returned before, and IDs in the store.
func (r *hostileRun) newID() uuid.UUID {
	id := testID(uint64(len(r.drawn)) + 1<<20)
	switch {
	case r.oneIn(60):
		return uuid.Nil
	case r.oneIn(60):
		return uuid.Max
	case r.oneIn(5) && len(r.drawn) > 0:
		id = r.drawn[max(0, len(r.drawn)-1-r.rnd.IntN(3))]
	case r.oneIn(5) && len(r.drawn) > 0:
		id = pick(r.rnd, r.drawn...)
	case r.oneIn(5):
		c := r.contact(r.line)
		known := []uuid.UUID{c.ID}
		for _, e := range c.Info.Emails {
			known = append(known, e.ID)
		}
		for _, p := range c.Info.Phones {
			known = append(known, p.ID)
		}
		id = pick(r.rnd, known...)
	case r.oneIn(3):
		id = uuid.NewSHA1(id, nil)
	}
	r.drawn = append(r.drawn, id)
	return id
}

// extreme returns the export of a small store, with extreme values that a store can hold.
func (r *hostileRun) extreme() string {
	s := newStore(r.t)
	newLabel(r.t, s, "Red")
	newField(r.t, s, "Size", contacts.DataNumber)
	for i := range 6 {
		info := person(fmt.Sprint("Person ", i), fmt.Sprintf("p%d@x.test", i), randomEmails[i])
		info.Phones = []contacts.Phone{randomPhones[i]}
		info.LabelKeys = []string{"custom.red"}
		_, err := s.Create(r.t.Context(), info, &contacts.CreateOptions{AllowDuplicates: true})
		require.NoError(r.t, err)
	}
	_, err := s.Merge(r.t.Context(), testID(1), 1, []uuid.UUID{testID(5)}, nil)
	require.NoError(r.t, err)
	lines := strings.Split(strings.TrimSuffix(exportOf(r.t, s.Snapshot()), "\n"), "\n")
	replace := func(i int, old, with string) {
		require.Contains(r.t, lines[i], old)
		lines[i] = strings.Replace(lines[i], old, with, 1)
	}
	if sn := s.Snapshot(); r.oneIn(2) {
		counts := func(position, changes uint64) string {
			return fmt.Sprintf(`"position":%d,"changes":%d`, position, changes)
		}
		from := uint64(math.MaxInt64) - r.rnd.Uint64N(40)
		replace(0, fmt.Sprintf(`"position":%d,"changes":%d`, sn.Position(), sn.Position()+2), counts(from, from))
	}
	date := pick(r.rnd, "2026-01-02", "0000-01-01", "9999-12-31")
	replace(0, `"time":"2026-01-02T`, `"time":"`+date+`T`)
	if date == "0000-01-01" {
		r.now = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	first, last := 3, len(lines)-4
	for i := first; i <= last; i++ {
		revision := pick(r.rnd, 1, 1<<31-1, 1<<31-2, 1<<30)
		old := `"revision":1,`
		if i == first {
			old = `"revision":2,`
		}
		replace(i, old, fmt.Sprintf(`"revision":%d,`, revision))
	}
	if r.oneIn(2) {
		replace(first, `"createdDate":"2026`, `"createdDate":"0000`)
		replace(last, `"createdDate":"2026`, `"createdDate":"9999`)
		replace(last, `"updatedDate":"2026`, `"updatedDate":"9999`)
		for i := range 2 { // definitions
			replace(1+i, `"updatedDate":"2026`, `"updatedDate":"9999`)
		}
	}
	before := strings.Join(lines[:len(lines)-1], "\n") + "\n"
	end, _, _ := strings.Cut(lines[len(lines)-1], `"sha256":"`)
	return before + end + fmt.Sprintf(`"sha256":"%x"}}`, sha256.Sum256([]byte(before))) + "\n"
}

func (r *hostileRun) load(export string) *contacts.Store {
	r.t.Helper()
	s, err := contacts.Load(r.t.Context(), strings.NewReader(export), r.opts)
	require.NoError(r.t, err)
	require.NoError(r.t, s.Snapshot().Check())
	require.Equal(r.t, export, exportOf(r.t, s.Snapshot()))
	return s
}

// step makes a call and requires that the store can be loaded afterwards, and that a call that fails writes nothing.
func (r *hostileRun) step(counts *hostileCounts, reasons []string) {
	name := pick(r.rnd, hostileNames...)
	before := exportOf(r.t, r.line.last)
	err := r.call(name)
	if err == nil {
		counts.done[name]++
	}
	for _, reason := range reasons {
		if err != nil && strings.Contains(err.Error(), reason) {
			counts.failed[reason]++
		}
	}
	if _, broken := errors.AsType[*contacts.CheckError](err); broken {
		require.NoError(r.t, err)
	}
	r.line.last = r.line.store.Snapshot()
	export := exportOf(r.t, r.line.last)
	if err != nil && !slices.Contains(inParts, name) {
		require.Equal(r.t, before, export, name)
	}
	require.NoError(r.t, r.line.last.Check(), name)
	loaded := r.load(export)
	if r.oneIn(20) {
		r.use(loaded)
	}
}

// inParts are the calls that may have written something when they fail.
var inParts = []string{"Import", "BulkUpdate", "BulkLabel", "BulkDelete"}

var hostileNames = func() []string {
	names := []string{
		"Import", "Submit", "Upsert", "Merge", "Batch", "BulkUpdate", "BulkLabel", "BulkDelete", "Login", "Items",
	}
	for _, w := range randomWrites {
		if w.name != "Fork" {
			names = append(names, w.name)
		}
	}
	return names
}()

// everyone selects the contacts with an email.
var everyone = contacts.Selection{Filter: contacts.Exists("primaryInfo.email", true)}

func (r *hostileRun) call(name string) (err error) {
	ctx, s := r.t.Context(), r.line.store
	c := r.contact(r.line)
	bulk := &contacts.BulkOptions{BatchSize: 1 + r.rnd.IntN(3)}
	switch name {
	case "Import":
		_, err = s.Import(ctx, rowsOf(r.rows()...), &contacts.ImportOptions{
			AllowDuplicates: r.oneIn(2), Define: r.oneIn(2), AllOrNothing: r.oneIn(3), BatchSize: 1 + r.rnd.IntN(3),
		})
	case "Submit":
		_, err = s.Submit(ctx, r.info(r.line), &contacts.SubmitOptions{
			ContactID: pick(r.rnd, uuid.Nil, c.ID), Override: true, Activity: contacts.Activity{
				ActivityType: pick(r.rnd, "", contacts.ActivityGeneral), ActivityDate: r.date(),
			},
		})
	case "Upsert":
		_, _, err = s.Upsert(ctx, r.info(r.line), nil)
	case "Merge":
		_, err = s.Merge(ctx, c.ID, c.Revision, []uuid.UUID{r.contact(r.line).ID}, nil)
	case "Batch":
		_, err = s.Batch(ctx, []contacts.Operation{
			contacts.CreateOp{Info: r.info(r.line), AllowDuplicates: true},
			contacts.UpdateOp{ID: c.ID, Revision: c.Revision, Patch: r.items(c), AllowDuplicates: true},
			contacts.MergeOp{Target: c.ID, Revision: c.Revision + 1, Sources: []uuid.UUID{r.contact(r.line).ID}},
			contacts.LabelOp{ID: r.contact(r.line).ID, Keys: r.labels(r.line)},
			contacts.DeleteOp{ID: pick(r.rnd, uuid.Nil, r.contact(r.line).ID)},
		}, &contacts.BatchOptions{AllOrNothing: r.oneIn(3)})
	case "BulkUpdate":
		_, err = s.BulkUpdate(ctx, everyone, r.items(c), bulk)
	case "BulkLabel":
		_, err = s.BulkLabel(ctx, everyone, r.labels(r.line), nil, bulk)
	case "BulkDelete":
		sel := contacts.Selection{Filter: contacts.Eq("info.name.first", "Cyd")}
		_, err = s.BulkDelete(ctx, sel, bulk)
	case "Login":
		_, err = s.SetMember(ctx, c.ID, &contacts.Member{
			MemberID: testID(7), Email: pick(r.rnd, randomEmails...), SignupDate: r.date(),
		})
	case "Items":
		_, err = s.Update(ctx, c.ID, c.Revision, r.items(c), &contacts.UpdateOptions{AllowDuplicates: true})
	default:
		i := slices.IndexFunc(randomWrites, func(w randomWrite) bool { return w.name == name })
		err = randomWrites[i].do(r.randomRun, r.line)
	}
	return err
}

// items returns a patch of lists, with IDs of the contact's items and others.
func (r *hostileRun) items(c *contacts.Contact) contacts.Patch {
	emails, phones := r.emails(), r.phones()
	for i := range emails {
		emails[i].Primary = i == 1
		if n := len(c.Info.Emails); n > 0 && r.oneIn(2) {
			emails[i].ID = c.Info.Emails[r.rnd.IntN(n)].ID
		}
	}
	for i := range phones {
		phones[i].Primary = false
		if n := len(c.Info.Phones); n > 0 && r.oneIn(2) {
			phones[i].ID = c.Info.Phones[r.rnd.IntN(n)].ID
		}
	}
	return contacts.Patch{
		FirstName: contacts.Set("Cyd"), Emails: contacts.Set(emails), Phones: contacts.Set(phones),
		Addresses: contacts.Set([]contacts.Address{{City: "Oslo"}, {City: "Rome", ID: c.ID}}[:r.rnd.IntN(3)]),
	}
}

// date returns a date that a caller may give.
func (r *hostileRun) date() time.Time {
	return pick(r.rnd, time.Time{}, epoch, epoch.AddDate(200, 0, 0), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), time.Time{}.Add(time.Microsecond))
}

// rows returns contacts to import, with IDs and dates of their own, and items whose IDs repeat.
func (r *hostileRun) rows() (rows []*contacts.Contact) {
	for range 1 + r.rnd.IntN(4) {
		c := &contacts.Contact{
			ID:   pick(r.rnd, uuid.Nil, uuid.Nil, testID(1+r.rnd.Uint64N(99)), r.contact(r.line).ID),
			Info: r.info(r.line), Revision: pick(r.rnd, 0, 1, revisionMax),
			CreatedDate: r.date(), UpdatedDate: r.date(),
			LastActivity: contacts.Activity{ActivityDate: r.date()},
		}
		for i := range c.Info.Emails {
			c.Info.Emails[i].Primary = false
			c.Info.Emails[i].ID = pick(r.rnd, uuid.Nil, testID(1), testID(1<<20+uint64(len(r.drawn))))
		}
		for i := range c.Info.Phones {
			c.Info.Phones[i].Primary = false
		}
		if r.oneIn(2) {
			c.Info.LabelKeys = append(c.Info.LabelKeys, pick(r.rnd, "app.new", "custom.new"))
			c.Info.ExtendedFields["app."+pick(r.rnd, "a", "b")] = pick[any](r.rnd, 1, "x", math.Copysign(0, -1))
		}
		rows = append(rows, c)
	}
	return rows
}

func TestLoadLongLine(t *testing.T) {
	t.Run("EXP-5 JSON-17 a contact that is larger than the default limit of lines", func(t *testing.T) {
		opts := unchecked()
		opts.ContactSizeMax, opts.FieldQuota = 80<<20, 1<<20
		s := openStore(t, opts)
		c := &contacts.Contact{Info: person("Ann")}
		c.Info.ExtendedFields = make(map[string]any)
		for i := range 1200 {
			c.Info.ExtendedFields[fmt.Sprint("custom.a", i)] = strings.Repeat("<", 10_000) // six bytes each
		}
		report, err := s.Import(t.Context(), rowsOf(c), &contacts.ImportOptions{Define: true})
		require.NoError(t, err)
		require.Empty(t, refusals(report))
		export := exportOf(t, s.Snapshot())
		require.Greater(t, len(export), 64<<20)
		loaded, err := contacts.Load(t.Context(), strings.NewReader(export), opts)
		require.NoError(t, err)
		require.Equal(t, s.Snapshot().Digest(), loaded.Snapshot().Digest())
		_, err = contacts.Load(t.Context(), strings.NewReader(export), nil)
		require.ErrorIs(t, err, contacts.ErrInvalidExport)
	})
}
