package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestJobsTakeTurns(t *testing.T) {
	o, err := parse([]string{"-rounds", "2", "-rivals", "map;contacts;buntdb", "-gc", "on"}, io.Discard)
	require.NoError(t, err)
	var got []string
	for _, j := range o.jobs() {
		require.Equal(t, []collector{collectorOn}, j.Collectors)
		require.Equal(t, j.N == 100_000, j.Own)
		require.Equal(t, j.N == 1_000_000, j.Growth)
		got = append(got, strings.Join([]string{thousands(j.N), j.Rival}, " "))
	}
	require.Equal(t, []string{
		"10,000 contacts", "10,000 map", "10,000 buntdb",
		"100,000 contacts", "100,000 map", "100,000 buntdb",
		"100,000 contacts", "100,000 map", "100,000 buntdb",
		"1,000,000 contacts", "1,000,000 map",
	}, got)
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-n", "many"}, {"-n", "0"}, {"-n", "2000000"}, {"-n", "15838"}, {"-rounds", "0"}, {"-gc", "maybe"},
		{"-rivals", "card index"}, {"-unknown"}, {"argument"},
	} {
		require.Error(t, run(args, io.Discard, io.Discard), args)
	}
	o, err := parse([]string{"-quick", "-write", "-save", "a/file"}, io.Discard)
	require.NoError(t, err)
	require.Regexp(t, `^go -C bench run( -tags rivals)? \. -quick$`, o.command)
	require.Len(t, o.jobs(), len(rivals()))
	require.Less(t, o.jobs()[0].Window, 10*time.Millisecond)
	o, err = parse([]string{"-rivals", nameMap + ";" + nameBoltDur, "-n", "1000", "-gc", "off"}, io.Discard)
	require.NoError(t, err)
	require.Regexp(t, ` -gc off -n 1000 -rivals 'map;bbolt, synced'$`, o.command)
}

// TestChild runs a job as the process does that a run starts for it.
func TestChild(t *testing.T) {
	text, err := json.Marshal(shortJob(t, nameMap))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, run([]string{jobFlag, string(text)}, &out, io.Discard))
	var got result
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, nameMap, got.Rival)
	require.Error(t, run([]string{jobFlag, "{"}, io.Discard, io.Discard))
	require.Error(t, run([]string{jobFlag, "{}"}, io.Discard, io.Discard))
}

func TestRunAll(t *testing.T) {
	o, err := parse([]string{"-n", "1000", "-rounds", "1"}, io.Discard)
	require.NoError(t, err)
	var asked []job
	got, err := o.runAll(func(j job) (result, error) {
		asked = append(asked, j)
		return result{Rival: j.Rival, N: j.N}, nil
	}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, o.jobs(), asked)
	require.Len(t, got, len(rivals()))

	broken := errors.New("broken")
	_, err = o.runAll(func(job) (result, error) { return result{}, broken }, io.Discard)
	require.ErrorIs(t, err, broken)
}

// TestSaved shows results that were saved.
func TestSaved(t *testing.T) {
	r := invented()
	name := filepath.Join(t.TempDir(), "results.json")
	require.NoError(t, r.save(name))
	var out bytes.Buffer
	require.NoError(t, run([]string{"-from", name}, &out, io.Discard))
	require.Equal(t, r.String(), out.String())
	require.Error(t, run([]string{"-from", name + ".not"}, &out, io.Discard))
}
