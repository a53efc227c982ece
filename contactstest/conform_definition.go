package contactstest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

// definitionKind is labels or extended fields, which are listed in the same way.
type definitionKind struct {
	name     string
	typeName string   // the member of a query and filter that has the type
	system   []string // keys of those of the system, in their order
	nameMax  int
	sortsMax int
	sortMax  int // characters of a field to sort by
	limit    int // of a page without one
	limitMax int
	foreign  []string // fields that only the other kind can be filtered by
	create   func(k *kit, displayName string) (key string, at time.Time)
	rename   func(k *kit, key, displayName string) time.Time
	list     func(k *kit, q definitionQuery, opts *contacts.PageOptions) result[contacts.Page[string]]
}

// definitionQuery is a query of labels or of extended fields.
type definitionQuery struct {
	filter                          contacts.Filter
	sort                            []contacts.Sort
	typeName, namespace, startsWith string
}

// keysOfPage returns a page of keys in place of definitions.
func keysOfPage[D any](page contacts.Page[D], err error, key func(D) string) result[contacts.Page[string]] {
	out := contacts.Page[string]{Offset: page.Offset, Total: page.Total, HasNext: page.HasNext}
	for _, d := range page.Items {
		out.Items = append(out.Items, key(d))
	}
	return of(out, err)
}

var labelDefinitions = &definitionKind{
	name: "labels", typeName: "labelType", system: []string{labelCustomers, labelContacted},
	nameMax: 180, sortsMax: 100, sortMax: 3000, limit: 1000, limitMax: 2000,
	foreign: []string{"fieldType", "dataType"},
	create: func(k *kit, displayName string) (string, time.Time) {
		l := k.tryLabel(displayName).ok(k).value
		return l.Key, l.CreatedDate
	},
	rename: func(k *kit, key, displayName string) time.Time {
		return of(k.api().RenameLabel(k.ctx(), key, displayName)).ok(k).UpdatedDate
	},
	list: func(k *kit, q definitionQuery, opts *contacts.PageOptions) result[contacts.Page[string]] {
		page, err := k.api().ListLabels(k.ctx(), contacts.LabelQuery{
			Filter: q.filter, Sort: q.sort,
			LabelType: contacts.LabelType(q.typeName), Namespace: q.namespace, StartsWith: q.startsWith,
		}, opts)
		return keysOfPage(page, err, func(l contacts.Label) string { return l.Key })
	},
}

var fieldDefinitions = &definitionKind{
	name: "fields", typeName: "fieldType", system: systemFields,
	nameMax: 150, sortsMax: 1, sortMax: 100, limit: 100, limitMax: 1000,
	foreign: []string{"labelType", "legacyId"},
	create: func(k *kit, displayName string) (string, time.Time) {
		f := k.tryField(displayName, contacts.DataNumber).ok(k).value
		return f.Key, f.CreatedDate
	},
	rename: func(k *kit, key, displayName string) time.Time {
		return of(k.api().RenameField(k.ctx(), key, displayName)).ok(k).UpdatedDate
	},
	list: func(k *kit, q definitionQuery, opts *contacts.PageOptions) result[contacts.Page[string]] {
		page, err := k.api().ListFields(k.ctx(), contacts.FieldQuery{
			Filter: q.filter, Sort: q.sort,
			FieldType: contacts.FieldType(q.typeName), Namespace: q.namespace, StartsWith: q.startsWith,
		}, opts)
		return keysOfPage(page, err, func(f contacts.Field) string { return f.Key })
	},
}

// keys returns the keys of a page without a query or a limit.
func (d *definitionKind) keys(k *kit) []string {
	k.Helper()
	return d.list(k, definitionQuery{}, nil).ok(k).Items
}

// definitions are the labels or the extended fields of the cases below. Zeta is the newest; beta was renamed after all
// were created, from "Beta" to "Beta blocker".
type definitions struct {
	*definitionKind
	beta, alpha, zeta         string // keys
	betaAt, alphaAt, zetaAt   time.Time
	renamedAt                 time.Time
	ofSystem, custom, defined []string // keys in the default order
}

// ofBothKinds returns a case that runs for labels and for extended fields.
func ofBothKinds(run func(*kit, *definitions)) func(*kit) {
	return func(k *kit) {
		k.Helper()
		for _, kind := range []*definitionKind{labelDefinitions, fieldDefinitions} {
			d := &definitions{definitionKind: kind, ofSystem: kind.system}
			d.beta, d.betaAt = d.create(k, "Beta")
			k.tick()
			d.alpha, d.alphaAt = d.create(k, "alpha")
			k.tick()
			d.zeta, d.zetaAt = d.create(k, "Zeta")
			k.tick()
			d.renamedAt = d.rename(k, d.beta, "Beta blocker")
			d.custom = []string{d.zeta, d.alpha, d.beta}
			d.defined = slices.Concat(d.custom, d.ofSystem)
			run(k, d)
		}
	}
}

// lists requires that a query lists these keys in this order.
func (d *definitions) lists(k *kit, what string, q definitionQuery, want ...string) {
	k.Helper()
	page := d.list(k, q, nil).ok(k)
	same(k, d.name+" with "+what, want, page.Items)
	same(k, "total of "+d.name+" with "+what, len(want), page.Total)
	same(k, "hasNext of "+d.name+" with "+what, false, page.HasNext)
}

// filters requires that a filter lists these keys, in this order.
func (d *definitions) filters(k *kit, what string, f contacts.Filter, want ...string) {
	k.Helper()
	d.lists(k, what, definitionQuery{filter: f}, want...)
}

// and returns keys followed by those of the system.
func (d *definitions) and(keys ...string) []string { return slices.Concat(keys, d.ofSystem) }

// refusesFilter requires that filters are refused with a code.
func (d *definitions) refusesFilter(k *kit, code contacts.Code, filters ...string) {
	k.Helper()
	for _, text := range filters {
		d.list(k, definitionQuery{filter: parsed(k, text)}, nil).fails(k, code)
	}
}

// parsed returns a filter from its JSON.
func parsed(k *kit, text string) contacts.Filter {
	k.Helper()
	return of(contacts.ParseFilter([]byte(text))).ok(k)
}

// by returns a sort by fields; a minus before a name means descending.
func by(fields ...string) []contacts.Sort {
	var list []contacts.Sort
	for _, f := range fields {
		name, descending := strings.CutPrefix(f, "-")
		s := contacts.Sort{Field: name}
		if descending {
			s.Order = contacts.SortDesc
		}
		list = append(list, s)
	}
	return list
}

// definitionCases are those of DEF.
var definitionCases = []conformCase{
	{"DEF-1 all, in the default order", alone, ofBothKinds(func(k *kit, d *definitions) {
		d.lists(k, "the zero query", definitionQuery{}, d.defined...)
		d.filters(k, "{}", parsed(k, "{}"), d.defined...)
	})},
	{"DEF-2 texts", alone, ofBothKinds(func(k *kit, d *definitions) {
		d.filters(k, "key", contacts.Eq("key", d.zeta), d.zeta)
		d.filters(k, "key of the system", contacts.Eq("key", d.ofSystem[1]), d.ofSystem[1])
		d.filters(k, "key in another case", contacts.Eq("key", "custom.Zeta"))
		d.filters(k, "key $ne", contacts.Ne("key", d.zeta), d.and(d.alpha, d.beta)...)
		d.filters(k, "key $in", contacts.In("key", d.beta, "x", d.zeta), d.zeta, d.beta)
		d.filters(k, "key $hasSome", parsed(k, `{"key":{"$hasSome":["`+d.beta+`"]}}`), d.beta)
		d.filters(k, "displayName", contacts.Eq("displayName", "Beta blocker"), d.beta)
		d.filters(k, "displayName in another case", contacts.Eq("displayName", "beta blocker"))
		d.filters(k, "displayName $ne", contacts.Ne("displayName", "Zeta"), d.and(d.alpha, d.beta)...)
		d.filters(k, "displayName $in", contacts.In("displayName", "Zeta", "Beta"), d.zeta)
		d.filters(k, "displayName $startsWith", contacts.StartsWith("displayName", "bETA b"), d.beta)
		d.filters(k, "displayName $begins", parsed(k, `{"displayName":{"$begins":"ze"}}`), d.zeta)
		d.filters(k, "namespace", contacts.Eq("namespace", "custom"), d.custom...)
		d.filters(k, "namespace $ne", contacts.Ne("namespace", "custom"), d.ofSystem...)
		d.filters(k, "several fields", parsed(k, `{"namespace":"custom","displayName":{"$ne":"Zeta"}}`), d.alpha, d.beta)
		d.filters(k, "$or and $not", contacts.Or(contacts.Eq("key", d.zeta),
			contacts.Not(contacts.Ne("key", d.beta))), d.zeta, d.beta)
		d.filters(k, "$or of none", contacts.Or())
		d.filters(k, "the type", contacts.Eq(d.typeName, "SYSTEM"), d.ofSystem...)
	})},
	{"DEF-2 dates", alone, ofBothKinds(func(k *kit, d *definitions) {
		d.filters(k, "createdDate", contacts.Eq("createdDate", d.alphaAt), d.alpha)
		d.filters(k, "createdDate $ne", contacts.Ne("createdDate", d.alphaAt), d.and(d.zeta, d.beta)...)
		d.filters(k, "createdDate $gt", contacts.Gt("createdDate", d.alphaAt), d.zeta)
		d.filters(k, "createdDate $gte", contacts.Gte("createdDate", d.alphaAt), d.zeta, d.alpha)
		d.filters(k, "createdDate $lt", contacts.Lt("createdDate", d.alphaAt), d.beta)
		d.filters(k, "createdDate $lte", contacts.Lte("createdDate", d.alphaAt), d.alpha, d.beta)
		d.filters(k, "updatedDate", contacts.Eq("updatedDate", d.renamedAt), d.beta)
		d.filters(k, "updatedDate $ne", contacts.Ne("updatedDate", d.renamedAt), d.and(d.zeta, d.alpha)...)
		d.filters(k, "updatedDate $gt", contacts.Gt("updatedDate", d.zetaAt), d.beta)
		d.filters(k, "updatedDate $gte", contacts.Gte("updatedDate", d.zetaAt), d.zeta, d.beta)
		d.filters(k, "updatedDate $lt", contacts.Lt("updatedDate", d.zetaAt), d.alpha)
		d.filters(k, "updatedDate $lte", contacts.Lte("updatedDate", d.zetaAt), d.zeta, d.alpha)
	})},
	{"DEF-2 legacyId and dataType", alone, ofBothKinds(func(k *kit, d *definitions) {
		if d.name == "fields" {
			numbers := []string{d.zeta, d.alpha, d.beta, keyPurchases, keySpentAmount}
			d.filters(k, "dataType", contacts.Eq("dataType", contacts.DataNumber), numbers...)
			d.filters(k, "dataType $ne", contacts.Ne("dataType", contacts.DataText), append(numbers, keyPurchased)...)
			return
		}
		const customers, contacted = "contacts-customers", "contacts-contacted_me"
		d.filters(k, "legacyId", contacts.Eq("legacyId", customers), labelCustomers)
		d.filters(k, "legacyId $ne", contacts.Ne("legacyId", customers), append(d.custom, labelContacted)...)
		d.filters(k, "legacyId $in", contacts.In("legacyId", contacted, "x"), labelContacted)
	})},
	{"DEF-3 orders", alone, ofBothKinds(func(k *kit, d *definitions) {
		custom := contacts.Eq("namespace", "custom")
		d.lists(k, "displayName up", definitionQuery{filter: custom, sort: by("displayName")}, d.alpha, d.beta, d.zeta)
		d.lists(k, "displayName down", definitionQuery{filter: custom, sort: by("-displayName")}, d.zeta, d.beta, d.alpha)
		d.lists(k, "createdDate up", definitionQuery{sort: by("createdDate")}, d.and(d.beta, d.alpha, d.zeta)...)
		d.lists(k, "createdDate down", definitionQuery{sort: by("-createdDate")}, d.defined...)
		d.lists(k, "updatedDate up", definitionQuery{sort: by("updatedDate")}, d.and(d.alpha, d.zeta, d.beta)...)
		d.lists(k, "updatedDate down", definitionQuery{sort: by("-updatedDate")}, d.and(d.beta, d.zeta, d.alpha)...)
		asc := []contacts.Sort{{Field: "createdDate", Order: contacts.SortAsc}}
		d.lists(k, "createdDate ASC", definitionQuery{sort: asc}, d.and(d.beta, d.alpha, d.zeta)...)
	})},
	{"DEF-3 several fields to sort by", alone, func(k *kit) {
		var keys []string
		for _, name := range []string{"One", "Two", "Three"} {
			keys = append(keys, k.newLabel(name))
			k.tick()
		}
		for _, key := range keys[:2] {
			of(k.api().RenameLabel(k.ctx(), key, "Same")).ok(k)
		}
		for _, tc := range []struct {
			sort []contacts.Sort
			want []string
		}{
			{by("displayName"), []string{keys[1], keys[0], keys[2]}},
			{by("displayName", "createdDate"), []string{keys[0], keys[1], keys[2]}},
			{by("-displayName", "createdDate"), []string{keys[2], keys[0], keys[1]}},
			{slices.Repeat(by("-createdDate"), 100), []string{keys[2], keys[1], keys[0]}},
		} {
			q := definitionQuery{sort: tc.sort, namespace: "custom"}
			got := labelDefinitions.list(k, q, nil).ok(k).Items
			same(k, fmt.Sprintf("the labels by %d fields", len(tc.sort)), tc.want, got)
		}
		q := definitionQuery{sort: by("displayName", "key")}
		labelDefinitions.list(k, q, nil).fails(k, contacts.ErrDefinitionSort)
	}},
	{"DEF-4 type, namespace and beginning", alone, ofBothKinds(func(k *kit, d *definitions) {
		d.lists(k, "the type SYSTEM", definitionQuery{typeName: "SYSTEM"}, d.ofSystem...)
		d.lists(k, "the type USER_DEFINED", definitionQuery{typeName: "USER_DEFINED"}, d.custom...)
		d.lists(k, "a namespace", definitionQuery{namespace: "custom"}, d.custom...)
		for _, namespace := range []string{"Custom", "cus", "custom.", strings.Repeat("ä", 25)} {
			d.lists(k, "the namespace "+namespace, definitionQuery{namespace: namespace})
		}
		d.lists(k, "a beginning", definitionQuery{startsWith: "Ze"}, d.zeta)
		d.lists(k, "the whole name", definitionQuery{startsWith: "Beta blocker"}, d.beta)
		for _, start := range []string{"ze", "Zeta ", "eta", strings.Repeat("ä", d.nameMax)} {
			d.lists(k, "the beginning "+start, definitionQuery{startsWith: start})
		}
		all := definitionQuery{
			filter:   contacts.Ne("displayName", "Zeta"),
			typeName: "USER_DEFINED", namespace: "custom", startsWith: "B", sort: by("displayName"),
		}
		d.lists(k, "all of them", all, d.beta)
		all.filter = contacts.Eq("displayName", "Zeta")
		d.lists(k, "a filter that does not match", all)
	})},
	{"DEF-5 pages", alone, ofBothKinds(func(k *kit, d *definitions) {
		n := len(d.defined)
		for _, tc := range []struct{ limit, offset, from, to int }{
			{1, 0, 0, 1}, {2, 1, 1, 3}, {2, n - 2, n - 2, n}, {n - 1, 0, 0, n - 1}, {n, 0, 0, n}, {d.limitMax, 1, 1, n},
			{3, n, n, n}, {1, 1 << 31, n, n}, {0, 2, 2, n},
		} {
			page := d.list(k, definitionQuery{}, &contacts.PageOptions{Limit: tc.limit, Offset: tc.offset}).ok(k)
			same(k, fmt.Sprintf("%s from %d, at most %d", d.name, tc.offset, tc.limit), contacts.Page[string]{
				Items: d.defined[tc.from:tc.to], Offset: tc.offset, Total: n, HasNext: tc.to < n,
			}, page)
		}
		q := definitionQuery{filter: contacts.Eq("namespace", "custom")}
		page := d.list(k, q, &contacts.PageOptions{Limit: 1, Offset: 1}).ok(k)
		same(k, "a page of those that match", contacts.Page[string]{
			Items: []string{d.alpha}, Offset: 1, Total: 3, HasNext: true,
		}, page)
	})},
	{"DEF-5 limits", Needs{}, func(k *kit) {
		for _, d := range []*definitionKind{labelDefinitions, fieldDefinitions} {
			d.list(k, definitionQuery{}, &contacts.PageOptions{Limit: d.limitMax + 1}).
				invalid(k, fmt.Sprintf("paging.limit MAX %d", d.limitMax))
			d.list(k, definitionQuery{}, &contacts.PageOptions{Limit: -1}).invalid(k, "paging.limit MIN 0")
			d.list(k, definitionQuery{}, &contacts.PageOptions{Offset: -1}).invalid(k, "paging.offset MIN 0")
		}
	}},
	{"DEF-5 a page without a limit", alone, func(k *kit) {
		manyLabels(k, 1000)
		k.hold()
		for i := range 100 {
			k.newField(fmt.Sprint("Owl ", i), contacts.DataText)
		}
		for _, d := range []*definitionKind{labelDefinitions, fieldDefinitions} {
			page := d.list(k, definitionQuery{}, nil).ok(k)
			same(k, "the size of a page of "+d.name, d.limit, len(page.Items))
			same(k, "the total of "+d.name, d.limit+len(d.system), page.Total)
			same(k, "hasNext of "+d.name, true, page.HasNext)
		}
	}},
	{"DEF-6 violations", Needs{}, func(k *kit) {
		for _, d := range []*definitionKind{labelDefinitions, fieldDefinitions} {
			for want, q := range map[string]definitionQuery{
				d.typeName + " FORMAT ENUM":                            {typeName: "system"},
				"namespace MIN_LENGTH 3":                               {namespace: "ää"},
				"namespace MAX_LENGTH 25":                              {namespace: strings.Repeat("n", 26)},
				"namespace FORMAT TEXT":                                {namespace: "a\x00"},
				fmt.Sprint("startsWith MAX_LENGTH ", d.nameMax):        {startsWith: strings.Repeat("ä", d.nameMax+1)},
				fmt.Sprint("sort MAX_SIZE ", d.sortsMax):               {sort: slices.Repeat(by("displayName"), d.sortsMax+1)},
				fmt.Sprint("sort[0].fieldName MAX_LENGTH ", d.sortMax): {sort: by(strings.Repeat("n", d.sortMax+1))},
				"sort[0].order FORMAT ENUM":                            {sort: []contacts.Sort{{Field: "key", Order: "UP"}}},
			} {
				d.list(k, q, nil).invalid(k, want)
			}
		}
	}},
	{"DEF-6 all violations at once, before the filter and the order", Needs{}, func(k *kit) {
		for _, d := range []*definitionKind{labelDefinitions, fieldDefinitions} {
			d.list(k, definitionQuery{
				filter: contacts.Eq("nothing", 1), sort: []contacts.Sort{{Field: "key", Order: "?"}},
				typeName: "?", namespace: "a", startsWith: "\x00",
			}, &contacts.PageOptions{Limit: d.limitMax + 1, Offset: -1}).invalid(k,
				d.typeName+" FORMAT ENUM", "namespace MIN_LENGTH 3", "startsWith FORMAT TEXT", "sort[0].order FORMAT ENUM",
				fmt.Sprint("paging.limit MAX ", d.limitMax), "paging.offset MIN 0")
		}
	}},
	{"DEF-6 filters and orders", Needs{}, ofBothKinds(func(k *kit, d *definitions) {
		d.refusesFilter(k, contacts.ErrDefinitionFilterField,
			`{"name":"x"}`, `{"info.name.first":"x"}`, `{"displayname":"x"}`, `{"namespaceDisplayName":"x"}`,
			`{"`+d.foreign[0]+`":"SYSTEM"}`, `{"`+d.foreign[1]+`":"x"}`)
		d.refusesFilter(k, contacts.ErrFilterOperator,
			`{"key":{"$startsWith":"x"}}`, `{"key":{"$nin":["x"]}}`, `{"displayName":{"$exists":true}}`,
			`{"displayName":{"$gt":"x"}}`, `{"namespace":{"$in":["x"]}}`, `{"createdDate":{"$in":[]}}`,
			`{"`+d.typeName+`":{"$ne":"SYSTEM"}}`, `{"key":{"$like":"x"}}`, `{"key":"x","$or":[{"key":{"$gt":1}},{"x":1}]}`)
		d.refusesFilter(k, contacts.ErrFilterValue,
			`{"`+d.typeName+`":"system"}`, `{"createdDate":{"$gt":"2026-13-01"}}`, `{"displayName":5}`, `{"key":{"$in":"x"}}`,
			`{"updatedDate":null}`)
		for _, name := range []string{"", "key", "namespace", "-" + d.typeName, strings.Repeat("n", d.sortMax)} {
			d.list(k, definitionQuery{sort: by(name)}, nil).fails(k, contacts.ErrDefinitionSort)
		}
		q := definitionQuery{filter: contacts.Eq("x", 1), sort: by("y")}
		d.list(k, q, nil).fails(k, contacts.ErrDefinitionFilterField)
		q = definitionQuery{filter: contacts.In("key", make([]string, 10_001)...)}
		d.list(k, q, nil).fails(k, contacts.ErrUnsupportedFilter)
	})},
	{"DEF-6 what the error names", Needs{}, ofBothKinds(func(k *kit, d *definitions) {
		err := d.list(k, definitionQuery{sort: by("namespace")}, nil).fails(k, contacts.ErrDefinitionSort)
		same(k, "the error", contacts.QueryError{Field: "namespace"}, *detail[*contacts.QueryError](k, err))
		err = d.list(k, definitionQuery{filter: contacts.Gt("key", "x")}, nil).fails(k, contacts.ErrFilterOperator)
		same(k, "the error", contacts.QueryError{Field: "key", Operator: "$gt"}, *detail[*contacts.QueryError](k, err))
	})},
}
