package contacts_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// definitionKind is labels or extended fields, which are listed alike.
type definitionKind struct {
	name     string
	kind     string   // name of the field with its type
	system   []string // keys of system definitions, in order
	other    string   // a field that only the other kind has
	nameMax  int
	sortsMax int
	fieldMax int // characters of a field to sort by
	limit    int // default
	limitMax int
	list     func(context.Context, *contacts.Store, definitionQuery, *contacts.PageOptions) (definitionPage, error)
	define   func(testing.TB, *contacts.Store, string) string
	rename   func(s *contacts.Store, key, name string) error
	all      func(*contacts.Snapshot) []string // keys, in the default order
}

type definitionQuery struct {
	filter                      contacts.Filter
	sort                        []contacts.Sort
	kind, namespace, startsWith string
}

type definitionPage struct {
	keys          []string
	rows          []json.Marshaler
	offset, total int
	hasNext       bool
}

var definitionKinds = []definitionKind{
	{
		name: "labels", kind: "labelType", other: "fieldType",
		system:  []string{"contacts.customers", "contacts.contacted-me"},
		nameMax: 180, sortsMax: 100, fieldMax: 3000, limit: 1000, limitMax: 2000,
		list: func(
			ctx context.Context, s *contacts.Store, q definitionQuery, opts *contacts.PageOptions,
		) (out definitionPage, err error) {
			p, err := s.ListLabels(ctx, contacts.LabelQuery{
				Filter: q.filter, Sort: q.sort,
				LabelType: contacts.LabelType(q.kind), Namespace: q.namespace, StartsWith: q.startsWith,
			}, opts)
			for _, l := range p.Items {
				out.keys, out.rows = append(out.keys, l.Key), append(out.rows, l)
			}
			out.offset, out.total, out.hasNext = p.Offset, p.Total, p.HasNext
			return out, err
		},
		define: func(t testing.TB, s *contacts.Store, name string) string { return newLabel(t, s, name) },
		rename: func(s *contacts.Store, key, name string) error {
			_, err := s.RenameLabel(context.Background(), key, name)
			return err
		},
		all: func(sn *contacts.Snapshot) (keys []string) {
			for l := range sn.Labels() {
				keys = append(keys, l.Key)
			}
			return keys
		},
	},
	{
		name: "fields", kind: "fieldType", other: "labelType",
		system: []string{
			"contacts.displayByFirstName", "contacts.displayByLastName", "invoices.vatId", "members.membershipStatus",
			"members.mobile", "ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.totalSpentCurrency",
			"ecom.lastPurchaseDate", "emailSubscriptions.subscriptionStatus", "emailSubscriptions.deliverabilityStatus",
			"emailSubscriptions.effectiveEmail",
		},
		nameMax: 150, sortsMax: 1, fieldMax: 100, limit: 100, limitMax: 1000,
		list: func(
			ctx context.Context, s *contacts.Store, q definitionQuery, opts *contacts.PageOptions,
		) (out definitionPage, err error) {
			p, err := s.ListFields(ctx, contacts.FieldQuery{
				Filter: q.filter, Sort: q.sort,
				FieldType: contacts.FieldType(q.kind), Namespace: q.namespace, StartsWith: q.startsWith,
			}, opts)
			for _, f := range p.Items {
				out.keys, out.rows = append(out.keys, f.Key), append(out.rows, f)
			}
			out.offset, out.total, out.hasNext = p.Offset, p.Total, p.HasNext
			return out, err
		},
		define: func(t testing.TB, s *contacts.Store, name string) string {
			return newField(t, s, name, contacts.DataText)
		},
		rename: func(s *contacts.Store, key, name string) error {
			_, err := s.RenameField(context.Background(), key, name)
			return err
		},
		all: func(sn *contacts.Snapshot) (keys []string) {
			for f := range sn.Fields() {
				keys = append(keys, f.Key)
			}
			return keys
		},
	},
}

// defineOfApp defines a label and an extended field with a key that the store would not generate.
func defineOfApp(t testing.TB, s *contacts.Store, key string) {
	t.Helper()
	in := person("Ann")
	in.LabelKeys, in.ExtendedFields = []string{key}, map[string]any{key: "x"}
	report, err := s.Import(t.Context(), rowsOf(&contacts.Contact{Info: in}), &contacts.ImportOptions{
		Define: true, AllowDuplicates: true,
	})
	require.NoError(t, err)
	require.Empty(t, report.Refused)
}

// newDefinitions returns a store with four labels and fields: custom.beta and custom.alpha created in the first hour,
// custom.zeta in the second, shop.Gold in the third; in the fourth hour beta was renamed to "Beta blocker".
func newDefinitions(t testing.TB) *lab {
	l := newLab(t)
	for _, name := range []string{"Beta", "alpha"} {
		newLabel(t, l.Store, name)
		newField(t, l.Store, name, contacts.DataNumber)
	}
	l.tick()
	newLabel(t, l.Store, "Zeta")
	newField(t, l.Store, "Zeta", contacts.DataDate)
	l.tick()
	defineOfApp(t, l.Store, "shop.Gold")
	l.tick()
	for _, k := range definitionKinds {
		require.NoError(t, k.rename(l.Store, "custom.beta", "Beta blocker"))
	}
	return l
}

// ofSystem represents the keys of the system definitions in a list of keys.
const ofSystem = "…"

func (k definitionKind) expand(keys []string) (out []string) {
	for _, key := range keys {
		if key == ofSystem {
			out = append(out, k.system...)
		} else {
			out = append(out, key)
		}
	}
	return out
}

func parseFilter(t testing.TB, text string) contacts.Filter {
	t.Helper()
	if text == "" {
		return contacts.Filter{}
	}
	f, err := contacts.ParseFilter([]byte(text))
	require.NoError(t, err)
	return f
}

func sorts(fields ...string) (list []contacts.Sort) {
	for _, f := range fields {
		name, descending := strings.CutPrefix(f, "-")
		list = append(list, contacts.Sort{Field: name})
		if descending {
			list[len(list)-1].Order = contacts.SortDesc
		}
	}
	return list
}

func TestListDefinitions(t *testing.T) {
	l := newDefinitions(t)
	const beta, alpha, zeta, gold = "custom.beta", "custom.alpha", "custom.zeta", "shop.Gold"
	dates := func(op, field string, hour int) string {
		return fmt.Sprintf(`{%q: {%q: %q}}`, field, op, epoch.Add(time.Duration(hour)*time.Hour).Format(time.RFC3339))
	}
	for _, tc := range []struct {
		name   string
		filter string
		sort   []string
		query  definitionQuery
		only   string // the kind, "" for both
		want   []string
	}{
		{name: "DEF-1 all", want: []string{gold, zeta, alpha, beta, ofSystem}},
		{name: "DEF-1 the empty filter", filter: `{}`, want: []string{gold, zeta, alpha, beta, ofSystem}},

		{name: "DEF-2 key", filter: `{"key": "shop.Gold"}`, want: []string{gold}},
		{name: "DEF-2 key of the system", filter: `{"key": {"$eq": "contacts.customers"}}`, only: "labels",
			want: []string{"contacts.customers"}},
		{name: "DEF-2 key, another case", filter: `{"key": "shop.gold"}`},
		{name: "DEF-2 key $ne", filter: `{"key": {"$ne": "shop.Gold"}}`, want: []string{zeta, alpha, beta, ofSystem}},
		{name: "DEF-2 key $in", filter: `{"key": {"$in": ["custom.beta", "shop.Gold", "x"]}}`, want: []string{gold, beta}},
		{name: "DEF-2 key $hasSome", filter: `{"key": {"$hasSome": ["custom.beta"]}}`, want: []string{beta}},
		{name: "DEF-2 displayName", filter: `{"displayName": "Beta blocker"}`, want: []string{beta}},
		{name: "DEF-2 displayName, another case", filter: `{"displayName": "beta blocker"}`},
		{name: "DEF-2 displayName $ne", filter: `{"displayName": {"$ne": "Zeta"}}`,
			want: []string{gold, alpha, beta, ofSystem}},
		{name: "DEF-2 displayName $in", filter: `{"displayName": {"$in": ["Zeta", "Beta"]}}`, want: []string{zeta}},
		{name: "DEF-2 displayName $startsWith, any case", filter: `{"displayName": {"$startsWith": "bETA b"}}`,
			want: []string{beta}},
		{name: "DEF-2 displayName $begins", filter: `{"displayName": {"$begins": "ze"}}`, want: []string{zeta}},
		{name: "DEF-2 createdDate", filter: dates("$eq", "createdDate", 1), want: []string{zeta}},
		{name: "DEF-2 createdDate $ne matches definitions without a date", filter: dates("$ne", "createdDate", 1),
			want: []string{gold, alpha, beta, ofSystem}},
		{name: "DEF-2 createdDate $gt", filter: dates("$gt", "createdDate", 1), want: []string{gold}},
		{name: "DEF-2 createdDate $gte", filter: dates("$gte", "createdDate", 1), want: []string{gold, zeta}},
		{name: "DEF-2 createdDate $lt", filter: dates("$lt", "createdDate", 1), want: []string{alpha, beta}},
		{name: "DEF-2 createdDate $lte", filter: dates("$lte", "createdDate", 1), want: []string{zeta, alpha, beta}},
		{name: "DEF-2 updatedDate", filter: dates("$eq", "updatedDate", 3), want: []string{beta}},
		{name: "DEF-2 updatedDate $ne", filter: dates("$ne", "updatedDate", 3), want: []string{gold, zeta, alpha, ofSystem}},
		{name: "DEF-2 updatedDate $gt", filter: dates("$gt", "updatedDate", 1), want: []string{gold, beta}},
		{name: "DEF-2 updatedDate $gte", filter: dates("$gte", "updatedDate", 2), want: []string{gold, beta}},
		{name: "DEF-2 updatedDate $lt", filter: dates("$lt", "updatedDate", 1), want: []string{alpha}},
		{name: "DEF-2 updatedDate $lte", filter: dates("$lte", "updatedDate", 1), want: []string{zeta, alpha}},
		{name: "DEF-2 namespace", filter: `{"namespace": "shop"}`, want: []string{gold}},
		{name: "DEF-2 namespace $ne", filter: `{"namespace": {"$ne": "custom"}}`, want: []string{gold, ofSystem}},
		{name: "DEF-2 labelType", filter: `{"labelType": "SYSTEM"}`, only: "labels", want: []string{ofSystem}},
		{name: "DEF-2 labelType of apps", filter: `{"labelType": {"$eq": "WIX_APP_DEFINED"}}`, only: "labels",
			want: []string{gold}},
		{name: "DEF-2 legacyId", filter: `{"legacyId": "contacts-customers"}`, only: "labels",
			want: []string{"contacts.customers"}},
		{name: "DEF-2 legacyId $ne", filter: `{"legacyId": {"$ne": "contacts-customers"}}`, only: "labels",
			want: []string{gold, zeta, alpha, beta, "contacts.contacted-me"}},
		{name: "DEF-2 legacyId $in", filter: `{"legacyId": {"$in": ["contacts-contacted_me"]}}`, only: "labels",
			want: []string{"contacts.contacted-me"}},
		{name: "DEF-2 fieldType", filter: `{"fieldType": "SYSTEM"}`, only: "fields", want: []string{ofSystem}},
		{name: "DEF-2 dataType", filter: `{"dataType": "DATE"}`, only: "fields",
			want: []string{zeta, "ecom.lastPurchaseDate"}},
		{name: "DEF-2 dataType $ne", filter: `{"dataType": {"$ne": "TEXT"}}`, only: "fields",
			want: []string{zeta, alpha, beta, "ecom.numOfPurchases", "ecom.totalSpentAmount", "ecom.lastPurchaseDate"}},
		{name: "DEF-2 several keys", filter: `{"namespace": "custom", "displayName": {"$ne": "Zeta"}}`,
			want: []string{alpha, beta}},
		{name: "DEF-2 $or and $not", filter: `{"$or": [{"key": "custom.zeta"}, {"$not": {"namespace": {"$ne": "shop"}}}]}`,
			want: []string{gold, zeta}},
		{name: "DEF-2 $or of none", filter: `{"$or": []}`},

		{name: "DEF-3 displayName, without regard to case", filter: `{"namespace": {"$eq": "custom"}}`,
			sort: []string{"displayName"}, want: []string{alpha, beta, zeta}},
		{name: "DEF-3 displayName down", filter: `{"namespace": "custom"}`,
			sort: []string{"-displayName"}, want: []string{zeta, beta, alpha}},
		{name: "DEF-3 createdDate, none last, ties in the default order", sort: []string{"createdDate"},
			want: []string{alpha, beta, zeta, gold, ofSystem}},
		{name: "DEF-3 createdDate down, none last", sort: []string{"-createdDate"},
			want: []string{gold, zeta, alpha, beta, ofSystem}},
		{name: "DEF-3 updatedDate", sort: []string{"updatedDate"}, want: []string{alpha, zeta, gold, beta, ofSystem}},
		{name: "DEF-3 updatedDate down", sort: []string{"-updatedDate"}, want: []string{beta, gold, zeta, alpha, ofSystem}},
		{name: "DEF-3 several, the first one first", sort: []string{"createdDate", "-displayName"}, only: "labels",
			want: []string{beta, alpha, zeta, gold, "contacts.customers", "contacts.contacted-me"}},
		{name: "DEF-3 one that comes again", sort: []string{"-createdDate", "createdDate", "displayName"}, only: "labels",
			want: []string{gold, zeta, alpha, beta, "contacts.contacted-me", "contacts.customers"}},
		{name: "DEF-3 as many as there may be", sort: slices.Repeat([]string{"-updatedDate"}, 100), only: "labels",
			want: []string{beta, gold, zeta, alpha, ofSystem}},

		{name: "DEF-4 a type", query: definitionQuery{kind: "SYSTEM"}, want: []string{ofSystem}},
		{name: "DEF-4 the type of users, labels", query: definitionQuery{kind: "USER_DEFINED"}, only: "labels",
			want: []string{zeta, alpha, beta}},
		{name: "DEF-4 the type of users, fields", query: definitionQuery{kind: "USER_DEFINED"}, only: "fields",
			want: []string{gold, zeta, alpha, beta}},
		{name: "DEF-4 a namespace", query: definitionQuery{namespace: "shop"}, want: []string{gold}},
		{name: "DEF-4 a namespace, another case", query: definitionQuery{namespace: "Shop"}},
		{name: "DEF-4 the beginning of a namespace", query: definitionQuery{namespace: "sho"}},
		{name: "DEF-4 a namespace of 25 characters", query: definitionQuery{namespace: strings.Repeat("ä", 25)}},
		{name: "DEF-4 the beginning of a name", query: definitionQuery{startsWith: "Ze"}, want: []string{zeta}},
		{name: "DEF-4 the beginning of a name, another case", query: definitionQuery{startsWith: "ze"}},
		{name: "DEF-4 the beginning of a name, the whole", query: definitionQuery{startsWith: "Zeta"}, want: []string{zeta}},
		{name: "DEF-4 the beginning of a name, more than it", query: definitionQuery{startsWith: "Zeta "}},
		{name: "DEF-4 all of them and the filter", filter: `{"displayName": {"$ne": "Beta"}}`,
			query: definitionQuery{kind: "USER_DEFINED", namespace: "custom", startsWith: "B"}, want: []string{beta}},
		{name: "DEF-4 and the filter says no", filter: `{"key": "custom.zeta"}`, query: definitionQuery{startsWith: "B"}},
		{name: "DEF-4 and the order", sort: []string{"-displayName"}, query: definitionQuery{namespace: "custom"},
			want: []string{zeta, beta, alpha}},
	} {
		for _, k := range definitionKinds {
			if tc.only != "" && tc.only != k.name {
				continue
			}
			t.Run(k.name+" "+tc.name, func(t *testing.T) {
				q := tc.query
				q.filter, q.sort = parseFilter(t, tc.filter), sorts(tc.sort...)
				got, err := k.list(t.Context(), l.Store, q, nil)
				require.NoError(t, err)
				want := k.expand(tc.want)
				require.Equal(t, want, got.keys)
				require.Equal(t, len(want), got.total)
				require.Zero(t, got.offset)
				require.False(t, got.hasNext)
			})
		}
	}
	for _, k := range definitionKinds {
		t.Run(k.name+" DEF-1 as they are defined", func(t *testing.T) {
			page, err := k.list(t.Context(), l.Store, definitionQuery{}, nil)
			require.NoError(t, err)
			require.Equal(t, k.all(l.Snapshot()), page.keys)
			for _, row := range page.rows {
				switch row := row.(type) {
				case contacts.Label:
					require.Equal(t, must(l.Snapshot().GetLabel(row.Key)), row)
				case contacts.Field:
					require.Equal(t, must(l.Snapshot().GetField(row.Key)), row)
				}
			}
		})
	}
}

func TestListDefinitionsPaging(t *testing.T) {
	l := newDefinitions(t)
	for _, k := range definitionKinds {
		all := k.all(l.Snapshot())
		for _, tc := range []struct {
			name          string
			limit, offset int
			from, to      int
		}{
			{"DEF-5 the first", 1, 0, 0, 1},
			{"DEF-5 in the middle", 2, 3, 3, 5},
			{"DEF-5 up to the last", 2, len(all) - 2, len(all) - 2, len(all)},
			{"DEF-5 all but one", len(all) - 1, 0, 0, len(all) - 1},
			{"DEF-5 just all", len(all), 0, 0, len(all)},
			{"DEF-5 more than there are", k.limitMax, 1, 1, len(all)},
			{"DEF-5 after the last", 3, len(all), len(all), len(all)},
			{"DEF-5 far after the last", k.limitMax, 1<<63 - 1, len(all), len(all)},
			{"DEF-5 the default", 0, 1, 1, len(all)},
		} {
			t.Run(k.name+" "+tc.name, func(t *testing.T) {
				opts := contacts.PageOptions{Limit: tc.limit, Offset: tc.offset}
				page, err := k.list(t.Context(), l.Store, definitionQuery{}, &opts)
				require.NoError(t, err)
				require.Equal(t, len(all), page.total)
				require.Equal(t, tc.offset, page.offset)
				require.Equal(t, tc.to < len(all), page.hasNext)
				require.Equal(t, append([]string(nil), all[tc.from:tc.to]...), page.keys)
				require.Equal(t, contacts.PageOptions{Limit: tc.limit, Offset: tc.offset}, opts)
			})
		}
		t.Run(k.name+" DEF-5 the total is of those that match", func(t *testing.T) {
			q := definitionQuery{filter: contacts.Eq("namespace", "custom"), startsWith: ""}
			page, err := k.list(t.Context(), l.Store, q, &contacts.PageOptions{Limit: 1, Offset: 1})
			require.NoError(t, err)
			require.Equal(t, definitionPage{
				keys: []string{"custom.alpha"}, rows: page.rows, offset: 1, total: 3, hasNext: true,
			}, page)
		})
		t.Run(k.name+" DEF-5 the size of a page without a limit", func(t *testing.T) {
			opts := unchecked()
			opts.FieldQuota = 2000
			s := openStore(t, opts)
			for i := range k.limit {
				k.define(t, s, fmt.Sprint("N", i))
			}
			page, err := k.list(t.Context(), s, definitionQuery{}, nil)
			require.NoError(t, err)
			require.Len(t, page.keys, k.limit)
			require.True(t, page.hasNext)
			require.Equal(t, k.limit+len(k.system), page.total)
		})
	}
}

func TestListDefinitionsRefused(t *testing.T) {
	l := newDefinitions(t)
	for _, k := range definitionKinds {
		for _, tc := range []struct {
			name  string
			query definitionQuery
			opts  contacts.PageOptions
			want  []contacts.Violation
		}{
			{name: "DEF-4 no type", query: definitionQuery{kind: "system"},
				want: []contacts.Violation{{Field: k.kind, Rule: contacts.RuleFormat, Format: contacts.FormatEnum}}},
			{name: "DEF-4 a short namespace", query: definitionQuery{namespace: "ää"},
				want: []contacts.Violation{{Field: "namespace", Rule: contacts.RuleMinLength, Threshold: 3}}},
			{name: "DEF-4 a long namespace", query: definitionQuery{namespace: strings.Repeat("n", 26)},
				want: []contacts.Violation{{Field: "namespace", Rule: contacts.RuleMaxLength, Threshold: 25}}},
			{name: "DEF-4 a namespace that is no text", query: definitionQuery{namespace: "a\x00"},
				want: []contacts.Violation{{Field: "namespace", Rule: contacts.RuleFormat, Format: contacts.FormatText}}},
			{name: "DEF-4 a long beginning", query: definitionQuery{startsWith: strings.Repeat("n", k.nameMax+1)},
				want: []contacts.Violation{{Field: "startsWith", Rule: contacts.RuleMaxLength, Threshold: k.nameMax}}},
			{name: "DEF-4 a beginning that is no text", query: definitionQuery{startsWith: "\xff"},
				want: []contacts.Violation{{Field: "startsWith", Rule: contacts.RuleFormat, Format: contacts.FormatText}}},
			{name: "DEF-4 too many to sort by",
				query: definitionQuery{sort: slices.Repeat(sorts("displayName"), k.sortsMax+1)},
				want:  []contacts.Violation{{Field: "sort", Rule: contacts.RuleMaxSize, Threshold: k.sortsMax}}},
			{name: "DEF-4 too long to sort by", query: definitionQuery{sort: sorts(strings.Repeat("n", k.fieldMax+1))},
				want: []contacts.Violation{
					{Field: "sort[0].fieldName", Rule: contacts.RuleMaxLength, Threshold: k.fieldMax}}},
			{name: "DEF-4 an unknown direction",
				query: definitionQuery{sort: []contacts.Sort{{Field: "displayName", Order: "UP"}}},
				want: []contacts.Violation{
					{Field: "sort[0].order", Rule: contacts.RuleFormat, Format: contacts.FormatEnum}}},
			{name: "DEF-5 over the limit", opts: contacts.PageOptions{Limit: k.limitMax + 1},
				want: []contacts.Violation{{Field: "paging.limit", Rule: contacts.RuleMax, Threshold: k.limitMax}}},
			{name: "DEF-5 under the limit", opts: contacts.PageOptions{Limit: -1},
				want: []contacts.Violation{{Field: "paging.limit", Rule: contacts.RuleMin}}},
			{name: "DEF-5 under the offset", opts: contacts.PageOptions{Offset: -1},
				want: []contacts.Violation{{Field: "paging.offset", Rule: contacts.RuleMin}}},
			{
				name: "DEF-6 all violations at once, before the filter and the order",
				query: definitionQuery{
					filter: contacts.Eq("nothing", 1), sort: []contacts.Sort{{Field: "key", Order: "?"}},
					kind: "?", namespace: "a", startsWith: "\x00",
				},
				opts: contacts.PageOptions{Limit: k.limitMax + 1, Offset: -1},
				want: []contacts.Violation{
					{Field: k.kind, Rule: contacts.RuleFormat, Format: contacts.FormatEnum},
					{Field: "namespace", Rule: contacts.RuleMinLength, Threshold: 3},
					{Field: "startsWith", Rule: contacts.RuleFormat, Format: contacts.FormatText},
					{Field: "sort[0].order", Rule: contacts.RuleFormat, Format: contacts.FormatEnum},
					{Field: "paging.limit", Rule: contacts.RuleMax, Threshold: k.limitMax},
					{Field: "paging.offset", Rule: contacts.RuleMin},
				},
			},
		} {
			t.Run(k.name+" "+tc.name, func(t *testing.T) {
				page, err := k.list(t.Context(), l.Store, tc.query, &tc.opts)
				require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
				require.Equal(t, tc.want, violations(t, err))
				require.Zero(t, page)
			})
		}
		for _, tc := range []struct {
			name   string
			filter string
			sort   []string
			code   contacts.Code
			field  string
			op     string
		}{
			{"DEF-6 a field that there is not", `{"name": "x"}`, nil, contacts.ErrDefinitionFilterField, "name", "$eq"},
			{"DEF-6 a field of contacts", `{"info.name.first": "x"}`, nil, contacts.ErrDefinitionFilterField,
				"info.name.first", "$eq"},
			{"DEF-6 a field of the other kind", `{"` + k.other + `": "SYSTEM"}`, nil, contacts.ErrDefinitionFilterField,
				k.other, "$eq"},
			{"DEF-6 another case", `{"displayname": "x"}`, nil, contacts.ErrDefinitionFilterField, "displayname", "$eq"},
			{"DEF-6 a field without filters", `{"namespaceDisplayName": "x"}`, nil, contacts.ErrDefinitionFilterField,
				"namespaceDisplayName", "$eq"},
			{"DEF-6 key $startsWith", `{"key": {"$startsWith": "x"}}`, nil, contacts.ErrFilterOperator, "key", "$startsWith"},
			{"DEF-6 key $nin", `{"key": {"$nin": ["x"]}}`, nil, contacts.ErrFilterOperator, "key", "$nin"},
			{"DEF-6 displayName $exists", `{"displayName": {"$exists": true}}`, nil, contacts.ErrFilterOperator,
				"displayName", "$exists"},
			{"DEF-6 displayName $gt", `{"displayName": {"$gt": "x"}}`, nil, contacts.ErrFilterOperator, "displayName", "$gt"},
			{"DEF-6 namespace $in", `{"namespace": {"$in": ["x"]}}`, nil, contacts.ErrFilterOperator, "namespace", "$in"},
			{"DEF-6 createdDate $in", `{"createdDate": {"$in": []}}`, nil, contacts.ErrFilterOperator, "createdDate", "$in"},
			{"DEF-6 type $ne", `{"` + k.kind + `": {"$ne": "SYSTEM"}}`, nil, contacts.ErrFilterOperator, k.kind, "$ne"},
			{"DEF-6 an operator that there is not", `{"key": {"$like": "x"}}`, nil, contacts.ErrFilterOperator, "key", "$like"},
			{"DEF-6 an unknown word", `{"` + k.kind + `": "system"}`, nil, contacts.ErrFilterValue, k.kind, "$eq"},
			{"DEF-6 an invalid date", `{"createdDate": {"$gt": "2026-13-01"}}`, nil, contacts.ErrFilterValue,
				"createdDate", "$gt"},
			{"DEF-6 another type", `{"displayName": 5}`, nil, contacts.ErrFilterValue, "displayName", "$eq"},
			{"DEF-6 no list", `{"key": {"$in": "x"}}`, nil, contacts.ErrFilterValue, "key", "$in"},
			{"DEF-6 null", `{"updatedDate": null}`, nil, contacts.ErrFilterValue, "updatedDate", "$eq"},
			{"DEF-6 the first one that is wrong", `{"key": "x", "$or": [{"key": {"$gt": 1}}, {"x": 1}]}`, nil,
				contacts.ErrFilterOperator, "key", "$gt"},
			{"DEF-6 the filter before the order", `{"x": 1}`, []string{"y"}, contacts.ErrDefinitionFilterField, "x", "$eq"},
			{"DEF-6 sort by nothing", ``, []string{""}, contacts.ErrDefinitionSort, "", ""},
			{"DEF-6 sort by key", ``, []string{"key"}, contacts.ErrDefinitionSort, "key", ""},
			{"DEF-6 sort by namespace", ``, []string{"-namespace"}, contacts.ErrDefinitionSort, "namespace", ""},
			{"DEF-6 sort by type", ``, []string{k.kind}, contacts.ErrDefinitionSort, k.kind, ""},
			{"DEF-6 sort by an unknown field", ``, []string{strings.Repeat("n", k.fieldMax)}, contacts.ErrDefinitionSort,
				strings.Repeat("n", k.fieldMax), ""},
		} {
			t.Run(k.name+" "+tc.name, func(t *testing.T) {
				q := definitionQuery{filter: parseFilter(t, tc.filter), sort: sorts(tc.sort...)}
				page, err := k.list(t.Context(), l.Store, q, nil)
				require.Equal(t, tc.code, contacts.CodeOf(err))
				var e *contacts.QueryError
				require.ErrorAs(t, err, &e)
				require.Equal(t, contacts.QueryError{Field: tc.field, Operator: tc.op}, *e)
				require.Zero(t, page)
			})
		}
		t.Run(k.name+" DEF-6 a filter that is too large", func(t *testing.T) {
			q := definitionQuery{filter: contacts.In("key", make([]string, 10001)...)}
			_, err := k.list(t.Context(), l.Store, q, nil)
			require.Equal(t, contacts.ErrUnsupportedFilter, contacts.CodeOf(err))
		})
		if k.sortsMax > 1 {
			t.Run(k.name+" DEF-6 the second to sort by", func(t *testing.T) {
				_, err := k.list(t.Context(), l.Store, definitionQuery{sort: sorts("displayName", "namespace")}, nil)
				require.Equal(t, contacts.ErrDefinitionSort, contacts.CodeOf(err))
			})
		}
	}
	for _, tc := range []struct{ name, filter string }{
		{"labels DEF-6 dataType", `{"dataType": "TEXT"}`},
		{"fields DEF-6 legacyId", `{"legacyId": "x"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := definitionKinds[slices.IndexFunc(definitionKinds, func(k definitionKind) bool {
				return strings.HasPrefix(tc.name, k.name)
			})]
			_, err := k.list(t.Context(), l.Store, definitionQuery{filter: parseFilter(t, tc.filter)}, nil)
			require.Equal(t, contacts.ErrDefinitionFilterField, contacts.CodeOf(err))
		})
	}
	t.Run("fields DEF-6 dataType $in", func(t *testing.T) {
		_, err := l.ListFields(t.Context(), contacts.FieldQuery{Filter: contacts.In("dataType", "TEXT")}, nil)
		require.Equal(t, contacts.ErrFilterOperator, contacts.CodeOf(err))
	})
}

func TestListDefinitionsOwnership(t *testing.T) {
	l := newDefinitions(t)
	for _, k := range definitionKinds {
		t.Run(k.name+" STO-5 DEF-1", func(t *testing.T) {
			sort := sorts("-displayName")
			want, err := k.list(t.Context(), l.Store, definitionQuery{sort: sort}, nil)
			require.NoError(t, err)
			require.Equal(t, sorts("-displayName"), sort)
			page, err := l.ListLabels(t.Context(), contacts.LabelQuery{Sort: sort}, &contacts.PageOptions{Limit: 1})
			require.NoError(t, err)
			page.Items[0].DisplayName = "scribbled"
			_ = append(page.Items, contacts.Label{})
			fields, err := l.ListFields(t.Context(), contacts.FieldQuery{Sort: sort}, &contacts.PageOptions{Limit: 1})
			require.NoError(t, err)
			fields.Items[0].DisplayName = "scribbled"
			_ = append(fields.Items, contacts.Field{})
			got, err := k.list(t.Context(), l.Store, definitionQuery{sort: sort}, nil)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// TestListDefinitionsRandom compares random queries of random definitions with a plain evaluation of the filter on the
// wire forms.
func TestListDefinitionsRandom(t *testing.T) {
	seeds := large(6, 60)
	for _, k := range definitionKinds {
		filled := 0 // queries that match some, but not all definitions
		for seed := range seeds {
			t.Run(fmt.Sprintf("%s DEF-2 DEF-3 DEF-4 DEF-5 seed %d", k.name, seed), func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(uint64(seed), 7))
				l := randomDefinitions(t, rnd, k, seed < checkedSeeds)
				plain := plainDefinitions(t, k, l.Snapshot())
				for range 60 {
					q, filter := randomDefinitionQuery(t, rnd, k)
					want := plainList(k, plain, q, filter)
					opts := contacts.PageOptions{Limit: pick(rnd, 0, 1, 2, 5, 100), Offset: pick(rnd, 0, 0, 0, 1, 3, 50)}
					got, err := k.list(t.Context(), l.Store, q, &opts)
					require.NoError(t, err)
					from := min(opts.Offset, len(want))
					to := min(from+cmp.Or(opts.Limit, k.limit), len(want))
					require.Equal(t, append([]string(nil), want[from:to]...), got.keys, "%s %+v", must(json.Marshal(filter)), q)
					require.Equal(t, len(want), got.total)
					require.Equal(t, to < len(want), got.hasNext)
					if len(want) > 0 && len(want) < len(plain) {
						filled++
					}
				}
			})
		}
		require.Greater(t, filled, seeds*60/4, "queries of %s that say something", k.name)
	}
}

var randomDefinitionNames = []string{
	"Age", "age", "VIP", "vip2", "Größe", "GRÖSSE", "Äve", "äVE", "!!!", "Customers", "VAT ID", "Shoe size", "shoe",
}

func randomDefinitions(t testing.TB, rnd *rand.Rand, k definitionKind, checked bool) *lab {
	l := newLab(t, func(opts *contacts.Options) { opts.SelfCheck = checked })
	keys := slices.Clone(k.system)
	taken := map[string]bool{"Customers": true} // names of existing labels
	for i := range 3 + rnd.IntN(12) {
		*l.now = l.now.Add(time.Duration(pick(rnd, 0, 0, 1, 1000)) * time.Millisecond)
		name := pick(rnd, randomDefinitionNames...)
		switch rnd.IntN(5) {
		case 0:
			name = pick(rnd, "VIP", "age", "Gold", "größe")
			key := pick(rnd, "shop", "shop2", "a") + "." + name
			defineOfApp(t, l.Store, key)
			keys = append(keys, key)
		case 1:
			_ = k.rename(l.Store, pick(rnd, keys...), name) // fails for system definitions
		default:
			if !taken[name] {
				keys = append(keys, k.define(t, l.Store, name))
				break
			}
			key := k.define(t, l.Store, fmt.Sprint(name, i))
			require.NoError(t, k.rename(l.Store, key, name))
			keys = append(keys, key)
		}
		taken[name] = true
	}
	return l
}

// plainDefinition is a definition as it is on the wire.
type plainDefinition struct {
	key    string
	member map[string]any
}

// plainDefinitions returns the definitions in the default order.
func plainDefinitions(t testing.TB, k definitionKind, sn *contacts.Snapshot) (out []plainDefinition) {
	add := func(v json.Marshaler) {
		text, err := v.MarshalJSON()
		require.NoError(t, err)
		var members map[string]any
		require.NoError(t, json.Unmarshal(text, &members))
		out = append(out, plainDefinition{members["key"].(string), members})
	}
	for _, key := range k.all(sn) {
		if k.name == "labels" {
			add(must(sn.GetLabel(key)))
		} else {
			add(must(sn.GetField(key)))
		}
	}
	slices.SortStableFunc(out, func(a, b plainDefinition) int {
		x, y := slices.Index(k.system, a.key), slices.Index(k.system, b.key)
		if x >= 0 || y >= 0 {
			return x - y // -1 for the others
		}
		return cmp.Or(-plainTime(a, "createdDate").Compare(plainTime(b, "createdDate")), cmp.Compare(a.key, b.key))
	})
	return out
}

func plainTime(d plainDefinition, field string) time.Time {
	text, ok := d.member[field].(string)
	if !ok {
		return time.Time{}
	}
	return must(time.Parse(time.RFC3339Nano, text))
}

// plainMatch evaluates a filter on its JSON form.
func plainMatch(filter map[string]any, get func(field string) any) bool {
	for name, given := range filter {
		ok := true
		switch name {
		case "$and":
			for _, part := range given.([]any) {
				ok = ok && plainMatch(part.(map[string]any), get)
			}
		case "$or":
			ok = false
			for _, part := range given.([]any) {
				ok = ok || plainMatch(part.(map[string]any), get)
			}
		case "$not":
			ok = !plainMatch(given.(map[string]any), get)
		default:
			for op, operand := range given.(map[string]any) {
				ok = ok && plainCompare(op, name, get(name), operand)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

func plainCompare(op, field string, value, operand any) bool {
	text, _ := value.(string)
	other, _ := operand.(string)
	order := strings.Compare(text, other)
	if strings.HasSuffix(field, "Date") {
		a, _ := time.Parse(time.RFC3339Nano, text)
		b, _ := time.Parse(time.RFC3339Nano, other)
		order = a.Compare(b)
	}
	switch op {
	case "$exists":
		return (value != nil) == operand.(bool)
	case "$in", "$hasSome":
		return value != nil && slices.Contains(operand.([]any), value)
	case "$nin":
		return value == nil || !slices.Contains(operand.([]any), value)
	case "$ne":
		return value == nil || order != 0
	}
	if value == nil {
		return false
	}
	switch op {
	case "$eq":
		return order == 0
	case "$gt":
		return order > 0
	case "$gte":
		return order >= 0
	case "$lt":
		return order < 0
	case "$lte":
		return order <= 0
	case "$startsWith":
		return strings.HasPrefix(strings.ToLower(text), strings.ToLower(other))
	default:
		panic("no such operator: " + op)
	}
}

func plainList(k definitionKind, all []plainDefinition, q definitionQuery, filter map[string]any) (keys []string) {
	var taken []plainDefinition
	for _, d := range all {
		name := d.member["displayName"].(string)
		if plainMatch(filter, func(field string) any { return d.member[field] }) &&
			(q.kind == "" || d.member[k.kind] == q.kind) &&
			(q.namespace == "" || d.member["namespace"] == q.namespace) &&
			strings.HasPrefix(name, q.startsWith) {
			taken = append(taken, d)
		}
	}
	for _, s := range slices.Backward(q.sort) {
		slices.SortStableFunc(taken, func(a, b plainDefinition) int {
			x, y := a.member[s.Field], b.member[s.Field]
			if x == nil || y == nil {
				switch {
				case x != nil:
					return -1
				case y != nil:
					return 1
				}
				return 0
			}
			order := strings.Compare(strings.ToLower(x.(string)), strings.ToLower(y.(string)))
			if s.Order == contacts.SortDesc {
				return -order
			}
			return order
		})
	}
	for _, d := range taken {
		keys = append(keys, d.key)
	}
	return keys
}

// randomDefinitionQuery returns a query, and the JSON form of its filter.
func randomDefinitionQuery(t testing.TB, rnd *rand.Rand, k definitionKind) (definitionQuery, map[string]any) {
	filter := randomFilter(rnd, 3, func() map[string]any { return randomDefinitionCondition(rnd, k) })
	q := definitionQuery{filter: parseFilter(t, string(must(json.Marshal(filter))))}
	for range rnd.IntN(min(4, k.sortsMax+1)) {
		q.sort = append(q.sort, contacts.Sort{
			Field: pick(rnd, "displayName", "createdDate", "updatedDate"),
			Order: pick(rnd, "", contacts.SortAsc, contacts.SortDesc),
		})
	}
	if rnd.IntN(4) == 0 {
		q.kind = pick(rnd, "SYSTEM", "USER_DEFINED")
	}
	if rnd.IntN(4) == 0 {
		q.namespace = pick(rnd, "custom", "shop", "contacts")
	}
	if rnd.IntN(4) == 0 {
		q.startsWith = pick(rnd, "A", "a", "V", "Sh", "G")
	}
	return q, filter
}

// randomFilter combines random conditions.
func randomFilter(rnd *rand.Rand, depth int, condition func() map[string]any) map[string]any {
	part := func() map[string]any { return randomFilter(rnd, depth-1, condition) }
	switch n := rnd.IntN(8); {
	case n == 0:
		return map[string]any{}
	case n == 1 && depth > 0:
		return map[string]any{"$not": part()}
	case n <= 4 && depth > 0:
		parts := make([]any, rnd.IntN(4))
		for i := range parts {
			parts[i] = part()
		}
		return map[string]any{pick(rnd, "$and", "$or"): parts}
	default:
		return condition()
	}
}

func randomDefinitionCondition(rnd *rand.Rand, k definitionKind) map[string]any {
	some := func(of ...string) any {
		list := make([]any, rnd.IntN(4))
		for i := range list {
			list[i] = pick(rnd, of...)
		}
		return list
	}
	condition := func(field, op string, value any) map[string]any {
		return map[string]any{field: map[string]any{op: value}}
	}
	text := func(field string, more []string, of ...string) map[string]any {
		op := pick(rnd, append(more, "$eq", "$ne")...)
		if op == "$in" {
			return condition(field, op, some(of...))
		}
		return condition(field, op, pick(rnd, of...))
	}
	switch rnd.IntN(6) {
	case 0:
		return text("key", []string{"$in"},
			"custom.age", "custom.vip", "shop.VIP", "contacts.customers", "invoices.vatId", "?")
	case 1:
		if rnd.IntN(2) == 0 {
			return condition("displayName", "$startsWith", pick(rnd, "", "a", "A", "v", "GRÖ", "ä", "shoe S", "c"))
		}
		return text("displayName", []string{"$in"}, randomDefinitionNames...)
	case 2:
		return text("namespace", nil, "custom", "shop", "a", "contacts", "")
	case 3:
		if k.name == "labels" {
			return condition("labelType", "$eq", pick(rnd, "SYSTEM", "USER_DEFINED", "WIX_APP_DEFINED"))
		}
		return text("dataType", nil, "TEXT", "NUMBER", "DATE", "URL")
	default:
		at := epoch.Add(time.Duration(pick(rnd, 0, 1, 2, 1000, 1001, 2000, 5000)) * time.Millisecond)
		return condition(pick(rnd, "createdDate", "updatedDate"), pick(rnd, "$eq", "$ne", "$gt", "$gte", "$lt", "$lte"),
			at.Format(time.RFC3339Nano))
	}
}

func TestGetDefinitions(t *testing.T) {
	s := newStore(t)
	newLabel(t, s, "VIP")
	newField(t, s, "Age", contacts.DataNumber)

	t.Run("LBL-1 labels of the caller and of the system", func(t *testing.T) {
		label, err := s.GetLabel(t.Context(), "custom.vip")
		require.NoError(t, err)
		require.Equal(t, "VIP", label.DisplayName)
		label, err = s.GetLabel(t.Context(), "contacts.customers")
		require.NoError(t, err)
		require.Equal(t, contacts.LabelSystem, label.LabelType)
	})
	t.Run("FLD-1 fields of the caller and of the system", func(t *testing.T) {
		field, err := s.GetField(t.Context(), "custom.age")
		require.NoError(t, err)
		require.Equal(t, contacts.DataNumber, field.DataType)
		field, err = s.GetField(t.Context(), "invoices.vatId")
		require.NoError(t, err)
		require.Equal(t, contacts.FieldSystem, field.FieldType)
	})
	for _, key := range []string{"custom.age", "VIP", ""} {
		t.Run("LBL-2 no label has the key "+key, func(t *testing.T) {
			label, err := s.GetLabel(t.Context(), key)
			require.Equal(t, contacts.ErrLabelNotFound, contacts.CodeOf(err))
			require.Zero(t, label)
		})
	}
	for _, key := range []string{"custom.vip", "Age", ""} {
		t.Run("FLD-3 no field has the key "+key, func(t *testing.T) {
			field, err := s.GetField(t.Context(), key)
			require.Equal(t, contacts.ErrFieldNotFound, contacts.CodeOf(err))
			require.Zero(t, field)
		})
	}
}
