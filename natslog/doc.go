// Package natslog keeps the log of a contacts store in a stream of NATS JetStream, so that stores on several machines
// can write to it. Any number of stores may be open on one log: each write takes place once, in the same order for all.
//
//	nc, err := nats.Connect("nats://a.test,nats://b.test,nats://c.test", nats.MaxReconnects(-1))
//	js, err := jetstream.New(nc)
//	store, err := natslog.OpenStore(ctx, js, &natslog.Options{Log: "site-1", Create: true}, nil)
//
// The directory test, a module of its own, has an example that runs.
//
// # Streams
//
// A stream holds the logs of one store or of many, each under a name. It has these subjects, for a stream with the name
// contacts and a log with the name store:
//
//	contacts.log.store          the entries; compaction keeps the last one that it may drop
//	contacts.snapshot.store.*   the parts of a snapshot, under a random ID
//	contacts.index.store        one message: which snapshots there are
//	contacts.barrier            one message, replaced only to prove that a server is the leader
//	contacts.added.store        not in the stream: the server announces an entry here, without its data
//
// The name of the stream is the prefix of all subjects: the user of the connection needs permissions for it, for the
// API of the stream and for its inbox. [Open] with Options.Create creates the stream; [StreamConfig] returns its
// configuration for operators who create it themselves. Servers must have version 2.11 or later.
//
// The sequence numbers of the stream are the places of entries. They begin at the time of its creation in microseconds:
// a stream that is deleted and created again never repeats the numbers of its predecessor, so a store that is still
// open notices. Do not restore a stream from a backup while a store is open on it, for the same reason.
//
// # Promises
//
// An entry is added by a conditional publish: the server accepts it only if the last message of the subject is the one
// that the store has seen. It is acknowledged once a majority of the replicas has it.
//
//	sync_interval of the servers    what can be lost
//	always                          nothing, as long as a majority of the disks survives
//	2m, the server's default        nothing if one server of three crashes or loses power; what was acknowledged within
//	                                the last two minutes if the power of a majority fails at about the same time, and
//	                                possibly in one more case: a server that has lost its latest writes takes part in
//	                                an election before it has caught up
//
// A client cannot ask for the setting. An operator must set it in jetstream { sync_interval: always } of every server,
// keep the stream at three or five replicas on file storage, and give each server a disk of its own.
//
// While no majority of the servers is available, writes wait and reads of the store continue. After the leader of the
// stream stops, it took 5 to 12 seconds in our tests until a new one accepted writes.
//
// Entries and the parts of snapshots have a checksum of ours and the place of the one before. If the stream has lost,
// changed or gained messages, calls fail with LOG_CORRUPT or LOG_DIVERGED, and the store stops writing. Nothing is
// applied that does not continue its history.
//
// A leader that was cut off from the others notices that after ten seconds at most. Until then it can answer Read and
// Last with an earlier state. Append is not affected: it asks a majority before it relies on an absent entry. So stores
// agree on the order of writes at all times, and a store that cannot reach the majority may show an earlier state.
//
// # Erased data
//
// After Store.Erase the stream has no message with erased data. Like any file system, the server may leave the bytes of
// dropped messages on the disk until it compacts its files.
package natslog
