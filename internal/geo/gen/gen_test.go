package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTableIsUpToDate(t *testing.T) {
	want, err := table("..")
	require.NoError(t, err)
	got, err := os.ReadFile("../table.go")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "go generate ./internal/geo")
}

func TestMerge(t *testing.T) {
	all := make(places)
	require.NoError(t, all.merge("# a comment\n\nUS\tUnited States\tUSA\nUS-NY\tNew York\nUS-OL!\t=US-NY\n"))
	require.NoError(t, all.merge("US\t\tusa\tAmerica\tYanks\nUS-NY\tEmpire State\nUS\t\t-Yanks\n"))
	require.Equal(t, "US\tUnited States\tUSA\tAmerica\nUS-NY\tEmpire State\nUS-OL!\tNew York\n", all.format())
	for _, list := range []string{"US", "XX\t", "XX\t=YY", "US\tUnited States\t\tUSA"} {
		require.Error(t, all.merge(list), list)
	}
}
