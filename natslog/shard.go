package natslog

import "hash/fnv"

// Shard returns the stream of a log among a fixed number of streams, from 0: for programs with the logs of many sites,
// whose streams are named contacts-0, contacts-1 and so on. It is the same in every program and every version. If the
// number of streams, which is at least 1, changes, most logs have another stream: choose it once.
func Shard(log string, streams int) int {
	h := fnv.New64a()
	h.Write([]byte(log)) // never fails
	return int(h.Sum64() % uint64(streams))
}
