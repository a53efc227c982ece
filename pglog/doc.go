// Package pglog keeps the log of a contacts store in PostgreSQL, so that stores on several machines can write to it.
// Any number of stores may be open on one log: each write takes place once, in the same order for all.
//
//	pool, err := pgxpool.New(ctx, "postgres://a.test,b.test/crm?target_session_attrs=read-write")
//	store, err := pglog.OpenStore(ctx, pool, &pglog.Options{Log: "site-1", Create: true}, nil)
//
// # Tables
//
// A schema holds the logs of one store or of many, each under a name. [SQL] returns the statements that create its
// tables; [Open] with Options.Create executes them. The library never drops a table:
//
//	logs             a row for each log: the places of its last entry and of the last one that compaction dropped
//	entries          the entries, each with the place of the one before
//	snapshots        the newest two snapshots of each log
//	snapshot_parts   their contents
//
// Places of entries follow the clock, in microseconds since 1970, so that a database that was restored from a backup
// does not reuse places that it has lost.
//
// # Promises
//
// An entry is added by one statement, which compares the last entry of the log with the one that the store has seen. It
// is acknowledged once PostgreSQL has committed it. What that promises depends on settings of the server:
//
//	synchronous_commit                              what can be lost
//	on, with fsync on                               nothing, as long as the disk of the primary survives
//	on, remote_write or remote_apply, and           nothing that is on the standbys that a commit waits for, if one of
//	synchronous_standby_names                       them becomes the primary
//	local, or on without synchronous_standby_names  after a failover, what the new primary had not received
//	off, or fsync off                               what was acknowledged last, at every crash of the server: Open
//	                                                refuses such a server without Options.AllowLoss
//
// A commit that waits for a standby can be read before it is acknowledged. Append does not acknowledge it because it
// finds it: it makes the server wait again. An administrator who cancels the wait acknowledges the entry.
//
// While the primary does not answer, writes wait and reads of the store continue. A standby is not asked; let the pool
// find the primary, with several hosts and target_session_attrs=read-write.
//
// Entries and the parts of snapshots have a checksum of ours and the place of the one before. If the database has lost
// or changed rows, calls fail with LOG_CORRUPT or LOG_DIVERGED, and the store stops writing. Nothing is applied that
// does not continue its history.
//
// # Connections
//
// A call has one connection of the pool for as long as a request takes; Save has one until the snapshot is written. A
// replica has one more, which listens and is not counted by the pool. A proxy such as PgBouncer must give each client a
// session of its own, or a store learns of the entries of others only every Options.Poll.
//
// # Erased data
//
// After Store.Erase no row has erased data. The server keeps the bytes of deleted rows until VACUUM has removed them
// and other rows have taken their room, and in its write-ahead log, its archives and its backups.
package pglog
