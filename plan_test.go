package contacts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestPlanCountsLabels has labels that so many contacts carry that the planner stops counting.
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
		{"QRY-8 one that nobody carries", contacts.HasAll("info.labelKeys", few, none, many), 0, 0},
		{
			"QRY-8 of two conditions",
			contacts.And(contacts.HasSome("info.labelKeys", many), contacts.HasSome("info.labelKeys", few)), 3, 3,
		},
		{
			"QRY-8 of two stretches of time what is common to both",
			contacts.And(
				contacts.Gte("createdDate", epoch.Add(10*time.Second)), contacts.Lt("createdDate", epoch.Add(20*time.Second)),
				contacts.Gte("createdDate", epoch.Add(5*time.Second)), contacts.Lt("createdDate", epoch.Add(90*time.Second)),
			), 11, 10, // $lt looks at its end as well
		},
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
