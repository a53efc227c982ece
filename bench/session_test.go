package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shortJob is a job that takes no longer than needed for all of its calls.
func shortJob(t *testing.T, name string) job {
	t.Helper()
	return job{
		Rival: name, N: small, Window: time.Microsecond, Collectors: []collector{collectorOff, collectorOn}, Own: true,
		Dir: t.TempDir(),
	}
}

func TestJobs(t *testing.T) {
	for _, r := range rivals() {
		t.Run(r.Name, func(t *testing.T) {
			j := shortJob(t, r.Name)
			got, err := j.run()
			require.NoError(t, err)
			require.Equal(t, []any{r.Name, small}, []any{got.Rival, got.N})
			require.NotZero(t, got.Memory.Heap+got.Memory.Outside)
			want := []call{callImport}
			switch {
			case r.Durable:
				want = append(want, writeCalls...)
			case r.Name == nameStore:
				want = allCalls
				require.NotZero(t, got.Own.Merge)
				require.NotZero(t, got.Own.MergeByHand)
				require.NotZero(t, got.Own.IdleP50)
				require.NotZero(t, got.Own.ImportP99)
			default:
				want = slices.DeleteFunc(slices.Clone(allCalls), func(c call) bool { return c == callLoad })
			}
			require.Len(t, got.Samples[collectorOn], len(want))
			for _, c := range want {
				require.Positive(t, got.Samples[collectorOn][c].Wall, c)
			}
			if r.Name == nameStore || r.Name == nameMap {
				require.InDelta(t, 1500, got.Memory.Documents, 1500) // a few contacts, and noise
			}
			if !r.Durable {
				require.Len(t, got.Samples[collectorOff], len(readCalls)+len(writeCalls))
			}
			var text bytes.Buffer
			require.NoError(t, json.NewEncoder(&text).Encode(got))
			var read result
			require.NoError(t, json.Unmarshal(text.Bytes(), &read))
			require.Equal(t, got, read, "what a process passes on")
		})
	}
}

// TestMeasuredCallsAreUndone checks the answers of an engine again after all calls were measured.
func TestMeasuredCallsAreUndone(t *testing.T) {
	for _, r := range rivals() {
		if r.Durable {
			continue // the same code as without the disk
		}
		t.Run(r.Name, func(t *testing.T) {
			e := imported(t, r)
			m := meter{engine: e, source: newSource(small), window: time.Microsecond}
			for _, c := range slices.Concat(readCalls, writeCalls, mixedCalls) {
				_, err := m.measure(c, collectorOn)
				require.NoError(t, err)
			}
			for i := range small {
				want := makeDocument(i)
				got, err := e.Document(want.key())
				require.NoError(t, err)
				want.Revision, want.JobTitle = int(m.source.revisions[i]), got.JobTitle
				require.NoError(t, checkFound(e, want))
			}
			require.NoError(t, checkMissing(e, makeDocument(firstFresh)))
		})
	}
}

func TestUnknownRival(t *testing.T) {
	_, err := job{Rival: "card index", N: small}.run()
	require.Error(t, err)
}

func TestPercentile(t *testing.T) {
	values := make([]uint32, 101)
	for i := range values {
		values[i] = uint32(100 - i)
	}
	require.Equal(t, 50.0, percentile(values, 50))
	require.Equal(t, 99.0, percentile(values, 99))
	require.Zero(t, percentile(nil, 99))
}
