package test

import (
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestQueryProperties fills stores at random and compares the results of random queries with the reference.
func TestQueryProperties(t *testing.T) {
	seeds, queries := large(2, 8), 250
	plans := map[string]int{}
	matched := 0
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("FLT-1 QRY-4 QRY-6 QRY-7 QRY-8 seed ", seed), func(t *testing.T) {
			w := newQueryWorld(t, seed)
			for i := range queries {
				if i%50 == 49 {
					w.write(10) // other contacts, and stale index entries if there is a fault
				}
				q := w.query()
				n := w.compare(q)
				matched += n
				plan, err := w.sn.Explain(q.query)
				require.NoError(t, err, q)
				require.LessOrEqual(t, n, plan.Rows, q)
				require.LessOrEqual(t, plan.Rows, w.sn.Len(), q)
				plans[plan.Index]++
			}
		})
	}
	require.Greater(t, matched, 10*seeds*queries/4, "most queries find nothing")
	for _, index := range []string{"id", "email", "phone", "email prefix", "label", "several", "created"} {
		require.NotZero(t, plans[index], "no query went by %q: %v", index, plans)
	}
}

// queryWorld is a store filled at random.
type queryWorld struct {
	t           *testing.T
	rnd         *rand.Rand
	now         time.Time
	newestFirst bool // without a sort
	store       *contacts.Store
	sn          *contacts.Snapshot
	ref         *reference
	gone        []uuid.UUID // deleted or merged away
	rows        []queryRow
}

// The values of contacts of a queryWorld: texts that share their beginning, differ in case, or become longer or shorter
// in lower case.
var (
	queryTexts = []string{
		"", "", "a", "A", "an", "Ann", "ann", "ANN", "Anna", "Annabel", "ann ", " ann", "b", "Bob", "Éva", "éva", "ÉVA", "é",
		"E\u0301va", "Ⱥnn", "ⱥNN", "ⱥ", "ẞ", "ß", "Kelvin", "\u212aelvin", "日本", "日本語", "😀", "😀a", "\u0130x", "ix", "ſ", "s",
		"ς", "Σ", "ΝΙΚΟΣ", "Νικος", "νικοσ", "\u200b", "\u200bAnn", "a%_*", `a"\`, "\x01", "\U0010ffff",
	}
	queryEmails = []string{
		"ann@x.test", "ANN@X.test", " ann@x.test\t", "ann@x.test.org", "ann@x", "a@x.test", "Äva@y.test", "äva@Y.test",
		"bob@x.test", "BOB@x.test", "\u212aim@x.test", "kim@x.test", "KIM@x.test", "ſam@x.test", "Sam@x.test", "ΝΙΚΟΣ@x.test",
		"νικος@x.test", "\u0130da@x.test", "ida@x.test", `"a b"@x.test`, "ⱥ@x.test", "Ⱥ@x.test", "b@b",
	}
	queryPhones = []contacts.Phone{
		number("US", numberUS), number("US", numberUS2), number("GB", "020 7946 0018"), number("US", "202-555-0147"),
		number("", numberLoose), number("", numberUS), number("DE", "030 1234567"), number("DE", "ABC"),
		number("", "+12015550123"),
	}
	queryCustom = []struct {
		name string
		of   contacts.DataType
	}{
		{"Motto", contacts.DataText}, {"Größe", contacts.DataText}, {"Site", contacts.DataURL},
		{"Shoe size", contacts.DataNumber}, {"Since", contacts.DataDate}, {"Gone", contacts.DataText},
	}
	queryLabels = []string{"contacts.customers", "contacts.contacted-me", "custom.vip", "custom.vip-2", "custom.größe"}
	queryDates  = []string{"0000-01-01", "1985-12-01", "1990-02-28", "1990-03-01", "2024-02-29", "9999-12-31"}
)

func newQueryWorld(t *testing.T, seed uint64) *queryWorld {
	w := &queryWorld{t: t, rnd: rand.New(rand.NewPCG(seed, 7)), now: epoch, newestFirst: seed%4 == 3}
	opts := unchecked()
	opts.Now = func() time.Time { return w.now }
	opts.NewestFirst = w.newestFirst
	w.store = openStore(t, opts)
	for _, name := range []string{"VIP", "vip", "Größe"} {
		newLabel(t, w.store, name)
	}
	for _, f := range queryCustom {
		newField(t, w.store, f.name, f.of)
	}
	w.look()
	w.write(150 + w.rnd.IntN(100))
	require.NoError(t, w.store.DeleteField(t.Context(), "custom.gone"))
	w.look()
	return w
}

func (w *queryWorld) oneIn(n int) bool { return w.rnd.IntN(n) == 0 }

func (w *queryWorld) look() {
	w.sn = w.store.Snapshot()
	w.ref = referenceOf(w.sn)
	w.rows = nil
	for _, row := range w.ref.rows {
		w.rows = append(w.rows, row)
	}
	slices.SortFunc(w.rows, func(a, b queryRow) int { return strings.Compare(a.field, b.field) })
}

// write makes n write calls. Some are refused, which does not matter here.
func (w *queryWorld) write(n int) {
	t, s := w.t, w.store
	for range n {
		// Most writes share their millisecond with others.
		w.now = w.now.Add(time.Duration(pick(w.rnd, 0, 0, 0, 1, 3, 1000)) * time.Millisecond)
		c := &contacts.Contact{ID: missingID, Revision: 1}
		if live := slices.Collect(s.Snapshot().All()); len(live) > 0 {
			c = pick(w.rnd, live...).Clone()
		}
		var err error
		switch w.rnd.IntN(20) {
		default:
			_, err = s.Create(t.Context(), w.info(), &contacts.CreateOptions{AllowDuplicates: true})
		case 0, 1:
			old := &contacts.Contact{Info: w.info(), CreatedDate: w.now.Add(-time.Duration(w.rnd.IntN(50)) * time.Millisecond)}
			_, err = s.Import(t.Context(), rowsOf(old), &contacts.ImportOptions{AllowDuplicates: true})
		case 2, 3:
			opts := &contacts.UpdateOptions{AllowDuplicates: true}
			_, err = s.Update(t.Context(), c.ID, c.Revision, wholePatch(w.info()), opts)
		case 4:
			err = s.Delete(t.Context(), c.ID)
			w.gone = append(w.gone, c.ID)
		case 5:
			var into *contacts.Contact
			into, err = s.Create(t.Context(), w.info(), &contacts.CreateOptions{AllowDuplicates: true})
			if err == nil {
				_, err = s.Merge(t.Context(), into.ID, 1, []uuid.UUID{c.ID}, nil)
				w.gone = append(w.gone, c.ID)
			}
		case 6:
			status := pick(w.rnd, contacts.MemberActive, contacts.MemberPending, contacts.MemberBlocked, contacts.MemberOffline)
			_, err = s.SetMember(t.Context(), c.ID, &contacts.Member{MemberID: testID(70), Status: status})
		case 7:
			if len(c.Info.Emails) > 0 {
				address := pick(w.rnd, c.Info.Emails...).Address
				_, err = s.SetSubscription(t.Context(), c.ID, address, pick(w.rnd, subscribed, unsubscribed))
				if err == nil {
					_, err = s.SetDeliverability(t.Context(), c.ID, address, bounced)
				}
			}
		case 8:
			if len(c.Info.Phones) > 0 && c.Info.Phones[0].E164 != "" {
				_, err = s.SetSubscription(t.Context(), c.ID, c.Info.Phones[0].E164, subscribed)
			}
		case 9:
			_, err = s.RecordActivity(t.Context(), c.ID, contacts.ActivityEcomPurchase, w.now.Add(5*time.Millisecond))
		case 10:
			_, err = s.SetSystemFields(t.Context(), c.ID, map[string]any{
				"ecom.numOfPurchases": w.rnd.IntN(3), "ecom.totalSpentAmount": pick(w.rnd, 0.1, -2, 1e300),
				"ecom.totalSpentCurrency": pick(w.rnd, "EUR", "eur", ""), "ecom.lastPurchaseDate": pick(w.rnd, queryDates...),
				"members.mobile": pick(w.rnd, "true", ""),
			})
		}
		if code := contacts.CodeOf(err); code == contacts.ErrInternal || code == "" {
			require.NoError(t, err)
		}
	}
	w.look()
}

func (w *queryWorld) text() string { return pick(w.rnd, queryTexts...) }

func (w *queryWorld) info() contacts.Info {
	info := contacts.Info{
		Name:    contacts.Name{First: w.text(), Last: w.text()},
		Company: w.text(), JobTitle: w.text(), Birthdate: pick(w.rnd, append(queryDates, "", "")...),
		Locale: pick(w.rnd, "", "en-US", "en-us", "de", "sr-Latn-RS"), ExtendedFields: map[string]any{},
	}
	for range w.rnd.IntN(4) {
		info.Emails = append(info.Emails, contacts.Email{Address: pick(w.rnd, queryEmails...)})
	}
	for range w.rnd.IntN(4) {
		info.Phones = append(info.Phones, pick(w.rnd, queryPhones...))
	}
	for range w.rnd.IntN(3) {
		a := contacts.Address{
			City: w.text(), Country: pick(w.rnd, "", "US", "GB"), Subdivision: pick(w.rnd, "", "US-NY", "US-IL"),
		}
		if w.oneIn(2) {
			a.AddressLine = pick(w.rnd, "12 Ann", "ann 12", w.text())
		} else {
			a.StreetAddress = &contacts.StreetAddress{Number: pick(w.rnd, "", "12"), Name: w.text(), Apt: pick(w.rnd, "", "2")}
		}
		info.Addresses = append(info.Addresses, a)
	}
	for _, key := range queryLabels {
		if w.oneIn(3) {
			info.LabelKeys = append(info.LabelKeys, key)
		}
	}
	for range w.rnd.IntN(3) {
		info.Locations = append(info.Locations, testID(8000+w.rnd.Uint64N(3)))
	}
	for _, f := range queryCustom {
		var v any
		switch f.of {
		case contacts.DataText:
			v = w.text()
		case contacts.DataURL:
			v = pick(w.rnd, "", "x.test", "https://X.test/a", "https://x.test/b")
		case contacts.DataNumber:
			v = pick[any](w.rnd, nil, 0, -1, 1, 2.5, 1<<53, -1e300)
		case contacts.DataDate:
			v = pick(w.rnd, append(queryDates, "")...)
		}
		if key := "custom." + strings.ToLower(strings.ReplaceAll(f.name, " ", "-")); w.ref.rows[extended+key].field != "" {
			info.ExtendedFields[key] = v
		}
	}
	if w.oneIn(3) {
		info.ExtendedFields["invoices.vatId"] = "XX 1"
	}
	return info
}

// queryCase is a query for both sides. A failure shows its text.
type queryCase struct {
	text  string
	query contacts.Query
	ref   refQuery
}

func (q queryCase) String() string {
	return fmt.Sprintf("filter %s, sort %v, search %q", q.text, q.query.Sort, q.query.Search)
}

// query makes a random valid query.
func (w *queryWorld) query() queryCase {
	var q queryCase
	if !w.oneIn(12) {
		f := w.filter(4)
		q.text = f.json(w.rnd)
		q.query.Filter, q.ref.filter = mustParse(w.t, q.text)
		if w.oneIn(2) {
			q.query.Filter = f.filter(w.rnd)
		}
	}
	if w.oneIn(2) {
		sortable := slices.DeleteFunc(slices.Clone(w.rows), func(row queryRow) bool { return !row.sorted })
		field := pick(w.rnd, sortable...).field
		if w.oneIn(4) {
			field = "createdDate"
		}
		q.ref.sort = contacts.Sort{Field: field, Order: pick(w.rnd, "", contacts.SortAsc, contacts.SortDesc)}
		q.query.Sort = []contacts.Sort{q.ref.sort}
	} else if w.newestFirst {
		q.ref.sort = contacts.Sort{Field: "createdDate", Order: contacts.SortDesc}
	}
	if w.oneIn(10) {
		q.ref.search = pick(w.rnd, w.text(), pick(w.rnd, queryEmails...), pick(w.rnd, queryPhones...).Number, "+12015550123")
		q.query.Search = q.ref.search
	}
	return q
}

// filterTree is a filter as a tree: a logical operator with its operands, or a condition.
type filterTree struct {
	operator string
	under    []filterTree
	field    string
	operand  any // string, float64, bool or a list of the first two
}

func (w *queryWorld) filter(depth int) filterTree {
	if depth == 0 || w.oneIn(2) {
		return w.condition()
	}
	f := filterTree{operator: pick(w.rnd, "$and", "$and", "$or", "$or", "$not")}
	n := 1
	if f.operator != "$not" {
		n = w.rnd.IntN(4)
	}
	for range n {
		f.under = append(f.under, w.filter(depth-1))
	}
	return f
}

// condition makes a condition that usually some contact meets, and that usually an index could serve.
func (w *queryWorld) condition() filterTree {
	indexed := []string{
		"id", "info.emails.email", "primaryInfo.email", "primaryEmail.email", "info.phones.e164Phone",
		"primaryPhone.e164Phone", "info.labelKeys", "createdDate",
	}
	row := pick(w.rnd, w.rows...)
	if !w.oneIn(3) {
		row = w.ref.rows[pick(w.rnd, indexed...)]
	}
	var operators []string
	for _, operator := range allOperators {
		if row.accepts(operator) {
			operators = append(operators, operator)
		}
	}
	if len(operators) == 0 {
		return w.condition()
	}
	f := filterTree{field: row.field, operator: pick(w.rnd, operators...)}
	switch {
	case f.operator == "$exists":
		f.operand = w.oneIn(2)
	case isListOperator(f.operator):
		list := []any{}
		for range w.rnd.IntN(4) {
			list = append(list, w.value(row))
		}
		if w.oneIn(4) && len(list) > 0 {
			list = append(list, list[0]) // repeated
		}
		f.operand = list
	default:
		f.operand = w.value(row)
	}
	if text, ok := f.operand.(string); ok && isPrefix(f.operator) {
		runes := []rune(text)
		f.operand = string(runes[:w.rnd.IntN(len(runes)+1)])
	}
	return f
}

// value returns a value of the field of some contact, sometimes spelled differently, or one that no contact has.
func (w *queryWorld) value(row queryRow) any {
	for range 5 {
		if values := row.spelled(pick(w.rnd, w.ref.contacts...)); len(values) > 0 {
			v := pick(w.rnd, values...)
			if text, ok := v.(string); ok && slices.Contains([]queryKind{ofText, ofEmail, ofLocale, ofID}, row.kind) {
				v = pick(w.rnd, text, text, strings.ToUpper(text), strings.ToLower(text))
				if row.kind == ofEmail && w.oneIn(4) {
					v = " " + text + "\n"
				}
			}
			if !w.oneIn(5) {
				return v
			}
		}
	}
	switch row.kind {
	case ofID, ofIDs:
		return pick(w.rnd, append(w.gone, missingID)...).String()
	case ofTime:
		return w.now.Add(time.Duration(w.rnd.IntN(9)-5) * time.Second).Format(time.RFC3339Nano)
	case ofDate:
		return pick(w.rnd, queryDates...)
	case ofNumber:
		return pick(w.rnd, 0, 1, 0.5, -1e300, 1<<53)
	case ofWord:
		return pick(w.rnd, row.words...)
	case ofKeys:
		return pick(w.rnd, append(queryLabels, "custom.none")...)
	case ofEmail:
		return pick(w.rnd, queryEmails...)
	default:
		return w.text()
	}
}

// spelled returns the values that a contact has for the field, as in JSON.
func (row queryRow) spelled(c *contacts.Contact) []any {
	values := row.values(c)
	for i, v := range values {
		if at, ok := v.(time.Time); ok {
			zone := time.FixedZone("", 3600*(i%5)-5400)
			values[i] = at.In(zone).Format(time.RFC3339Nano)
		}
	}
	return values
}

// json writes a filter in one of its equivalent forms.
func (f filterTree) json(rnd *rand.Rand) string {
	under := func(list []filterTree) string {
		var items []string
		for _, g := range list {
			items = append(items, g.json(rnd))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	switch f.operator {
	case "$and":
		// Members of one object are the same, unless two have one name.
		merged, names := []string{}, map[string]bool{}
		for _, g := range f.under {
			name := g.field
			if name == "" {
				name = g.operator
			}
			names[name] = true
			merged = append(merged, strings.TrimSuffix(strings.TrimPrefix(g.json(rnd), "{"), "}"))
		}
		if len(names) == len(f.under) && !slices.ContainsFunc(f.under, filterTree.isAnd) && rnd.IntN(2) == 0 {
			return "{" + strings.Join(merged, ",") + "}"
		}
		return `{"$and":` + under(f.under) + `}`
	case "$or":
		return `{"$or":` + under(f.under) + `}`
	case "$not":
		return `{"$not":` + f.under[0].json(rnd) + `}`
	}
	operand := string(must(json.Marshal(f.operand)))
	if f.operator == "$eq" && rnd.IntN(2) == 0 {
		return fmt.Sprintf(`{%q:%s}`, f.field, operand)
	}
	return fmt.Sprintf(`{%q:{%q:%s}}`, f.field, f.operator, operand)
}

func (f filterTree) isAnd() bool { return f.operator == "$and" }

// filter makes the filter with the functions of the package. Those that have none are parsed.
func (f filterTree) filter(rnd *rand.Rand) contacts.Filter {
	var under []contacts.Filter
	for _, g := range f.under {
		under = append(under, g.filter(rnd))
	}
	switch f.operator {
	case "$and":
		return contacts.And(under...)
	case "$or":
		return contacts.Or(under...)
	case "$not":
		return contacts.Not(under[0])
	case "$exists":
		return contacts.Exists(f.field, f.operand.(bool))
	case "$startsWith", "$begins":
		return contacts.StartsWith(f.field, f.operand.(string))
	case "$in":
		return contacts.In(f.field, f.operand.([]any)...)
	case "$nin":
		return contacts.Nin(f.field, f.operand.([]any)...)
	case "$hasSome":
		return contacts.HasSome(f.field, f.operand.([]any)...)
	case "$hasAll":
		return contacts.HasAll(f.field, f.operand.([]any)...)
	default:
		return map[string]func(string, any) contacts.Filter{
			"$eq": contacts.Eq, "$ne": contacts.Ne, "$gt": contacts.Gt, "$gte": contacts.Gte, "$lt": contacts.Lt,
			"$lte": contacts.Lte,
		}[f.operator](f.field, f.operand)
	}
}

// compare requires that all methods find the same contacts as the reference, and returns their number.
func (w *queryWorld) compare(q queryCase) int {
	t := w.t
	want := w.ref.find(q.ref)
	views, err := w.sn.Find(q.query)
	require.NoError(t, err, q)
	require.Equal(t, idsOf(want), ids(views), q)
	if w.oneIn(4) {
		require.Equal(t, idsOf(want), ids(views), "once more: %v", q)
	}
	if len(want) > 1 {
		require.Equal(t, idsOf(want[:1]), ids(first(views, 1)), q)
	}
	n, err := w.sn.Count(q.query)
	require.NoError(t, err, q)
	require.Equal(t, len(want), n, q)
	if w.oneIn(3) {
		w.compareOffsets(q, want)
	}
	if w.oneIn(3) {
		w.compareCursors(q, want)
	}
	return len(want)
}

// first yields the first n views.
func first(views iter.Seq[contacts.View], n int) iter.Seq[contacts.View] {
	return func(yield func(contacts.View) bool) {
		if n == 0 {
			return
		}
		i := 0
		for v := range views {
			if i++; !yield(v) || i == n {
				return
			}
		}
	}
}

// compareOffsets requires that pages by offset agree with the reference.
func (w *queryWorld) compareOffsets(q queryCase, want []*contacts.Contact) {
	t := w.t
	limit := pick(w.rnd, 0, 1, 2, 7, 50, 1000)
	size := limit
	if limit == 0 {
		size = 50
	}
	for range 3 {
		offset := w.rnd.IntN(len(want) + 2)
		opts := &contacts.ListOptions{Limit: limit, Offset: offset, OmitTotal: w.oneIn(2)}
		page, err := w.store.List(t.Context(), q.query, opts)
		require.NoError(t, err, q)
		from, to := min(offset, len(want)), min(offset+size, len(want))
		require.True(t, slices.EqualFunc(want[from:to], page.Items, (*contacts.Contact).Equal), q)
		require.Equal(t, offset, page.Offset, q)
		if opts.OmitTotal {
			require.Equal(t, -1, page.Total, q)
		} else {
			require.Equal(t, len(want), page.Total, q)
		}
		require.Equal(t, to < len(want), page.HasNext, q)
		require.Equal(t, page.HasNext, page.Next != "", q)
		if offset == 0 {
			require.Empty(t, page.Previous, q)
		}
	}
}

// compareCursors follows cursors to the end and back.
func (w *queryWorld) compareCursors(q queryCase, want []*contacts.Contact) {
	t := w.t
	limit := pick(w.rnd, 1+len(want)/3, 1+len(want)/7, 1+len(want), max(1, len(want)))
	list := func(cursor string) contacts.Page[*contacts.Contact] {
		page, err := w.store.List(t.Context(), q.query, &contacts.ListOptions{Limit: limit, Cursor: cursor})
		require.NoError(t, err, q)
		require.Equal(t, len(want), page.Total, q)
		require.Equal(t, page.HasNext, page.Next != "", q)
		return page
	}
	at := 0
	page := list("")
	for {
		to := min(at+limit, len(want))
		require.Equal(t, idsOf(want[at:to]), idsOf(page.Items), "from %d: %v", at, q)
		require.Equal(t, at == 0, page.Previous == "", q)
		require.Equal(t, to < len(want), page.HasNext, q)
		if page.Next == "" {
			break
		}
		at = to
		page = list(page.Next)
	}
	for page.Previous != "" {
		page = list(page.Previous)
		from := max(0, at-limit)
		require.Equal(t, idsOf(want[from:at]), idsOf(page.Items), "back from %d: %v", at, q)
		require.True(t, page.HasNext, q)
		require.Equal(t, from == 0, page.Previous == "", q)
		at = from
	}
	require.Zero(t, at, q)
}
