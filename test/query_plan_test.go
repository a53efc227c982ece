package test

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestPlanCountsLabels uses labels with so many carriers that the planner stops counting.
func TestPlanCountsLabels(t *testing.T) {
	s := openStore(t, unchecked())
	const many, few, none = "contacts.customers", "contacts.contacted-me", "custom.none"
	for i := range 300 {
		info := person("Ann")
		info.LabelKeys = []string{many}
		if i%100 == 0 {
			info.LabelKeys = append(info.LabelKeys, few)
		}
		create(t, s, info)
	}
	for _, tc := range []struct {
		name   string
		filter contacts.Filter
		rows   int
		found  int
	}{
		{"QRY-8 one that many carry", contacts.HasAll("info.labelKeys", many), 300, 300},
		{"QRY-8 the one that fewer carry, second", contacts.HasAll("info.labelKeys", many, few), 3, 3},
		{"QRY-8 the one that fewer carry, first", contacts.HasAll("info.labelKeys", few, many), 3, 3},
		{"QRY-8 one without carriers", contacts.HasAll("info.labelKeys", few, none, many), 0, 0},
		{
			"QRY-8 of two conditions",
			contacts.And(contacts.HasSome("info.labelKeys", many), contacts.HasSome("info.labelKeys", few)), 3, 3,
		},
		{
			"QRY-8 the overlap of two periods",
			contacts.And(
				contacts.Gte("createdDate", epoch.Add(10*time.Second)), contacts.Lt("createdDate", epoch.Add(20*time.Second)),
				contacts.Gte("createdDate", epoch.Add(5*time.Second)), contacts.Lt("createdDate", epoch.Add(90*time.Second)),
			), 11, 10, // $lt includes its end
		},
		{"QRY-8 a period from the beginning", contacts.Lt("createdDate", epoch.Add(20*time.Second)), 20, 19},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := contacts.Query{Filter: tc.filter}
			plan, err := s.Snapshot().Explain(q)
			require.NoError(t, err)
			require.Equal(t, tc.rows, plan.Rows)
			n, err := s.Snapshot().Count(q)
			require.NoError(t, err)
			require.Equal(t, tc.found, n)
		})
	}
}

// TestPlanOfManySpans uses filters whose spans contain the same contacts many times.
func TestPlanOfManySpans(t *testing.T) {
	s := openStore(t, unchecked())
	const customers, contacted = "contacts.customers", "contacts.contacted-me"
	for range 50 {
		info := person("Ann")
		info.LabelKeys = []string{customers, contacted}
		create(t, s, info)
	}
	create(t, s, person("Bo"))
	same := make([]contacts.Filter, 900)
	for i := range same {
		same[i] = contacts.HasSome("info.labelKeys", customers)
	}
	keys := slices.Repeat([]string{customers}, 9000)
	for _, tc := range []struct {
		name   string
		filter contacts.Filter
		want   contacts.Plan
		found  int
	}{
		{"QRY-8 one span many times", contacts.Or(same...), contacts.Plan{Index: "label", Rows: 50}, 50},
		{
			"QRY-8 spans with more entries than there are contacts",
			contacts.HasSome("info.labelKeys", customers, contacted), contacts.Plan{Index: "created", Rows: 51}, 50,
		},
		{"FLT-5 one key many times", contacts.HasAll("info.labelKeys", keys...), contacts.Plan{Index: "label", Rows: 50}, 50},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := contacts.Query{Filter: tc.filter}
			plan, err := s.Snapshot().Explain(q)
			require.NoError(t, err)
			require.Equal(t, tc.want, plan)
			n, err := s.Snapshot().Count(q)
			require.NoError(t, err)
			require.Equal(t, tc.found, n)
		})
	}
}

func TestListsOfManyValues(t *testing.T) {
	s := newStore(t)
	for i := range 12 {
		info := person("Ann")
		info.Company = strconv.Itoa(i)
		create(t, s, info)
	}
	t.Run("FLT-5 more values than are compared one by one", func(t *testing.T) {
		var values []string
		for i := range 11 {
			values = append(values, strconv.Itoa(2*i))
		}
		n, err := s.Snapshot().Count(contacts.Query{Filter: contacts.In("info.company", values...)})
		require.NoError(t, err)
		require.Equal(t, 6, n)
	})
}

func TestFilterOfNull(t *testing.T) {
	t.Run("FLT-1 null means no filter", func(t *testing.T) {
		sel := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn")}
		require.NoError(t, json.Unmarshal([]byte(`{"filter":null,"search":"x"}`), &sel))
		require.Equal(t, contacts.Selection{Filter: contacts.Eq("info.company", "Acorn"), Search: "x"}, sel)
		_, err := contacts.ParseFilter([]byte("null"))
		require.Equal(t, contacts.ErrMalformedFilter, contacts.CodeOf(err))
		require.NotContains(t, err.Error(), "\n")
	})
}

func TestFilterValuesThatAreNone(t *testing.T) {
	for name, value := range map[string]any{
		"FLT-7 a time that no text holds": time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), "FLT-7 a channel": make(chan int),
	} {
		t.Run(name, func(t *testing.T) {
			f := contacts.And(contacts.Eq("createdDate", value))
			_, err := f.MarshalJSON()
			require.Error(t, err)
			_, err = newStore(t).Snapshot().Count(contacts.Query{Filter: f})
			require.Equal(t, contacts.ErrFilterValueType, contacts.CodeOf(err))
		})
	}
}
