package test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/natslog"
)

func TestShard(t *testing.T) {
	// A different result would let programs of different versions write the logs of one site to two streams.
	for log, want := range map[string]int{"": 5, "store": 14, "site-1": 8, "site-2": 1, "a": 12} {
		require.Equal(t, want, natslog.Shard(log, 16), "%q", log)
	}
	const streams, logs = 16, 16_000
	n := make([]int, streams)
	for i := range logs {
		n[natslog.Shard(fmt.Sprint("site-", i), streams)]++
	}
	for stream, got := range n {
		require.InDelta(t, logs/streams, got, logs/streams/5, "stream %d", stream)
	}
	require.Zero(t, natslog.Shard("store", 1))
}
