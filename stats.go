package contacts

import "time"

// Stats are the numbers of a store at one moment, for monitoring (STO-12).
type Stats struct {
	Position Position // the number of commits that readers see; with a log, all of them are durable
	Changes  uint64   // of all commits, at least one in each

	Contacts int
	Labels   int // without those of the system; Options.LabelQuota limits them
	Fields   int // without those of the system; Options.FieldQuota limits them
	Merged   int // IDs that were merged away, whether or not the contact that they lead to still exists

	Feed FeedStats
	Log  *LogStats // nil for a store without a log

	Closed bool // whether Close has ended the store
}

// FeedStats are the numbers of the commits that a store keeps in memory for [Store.Follow].
type FeedStats struct {
	Changes int      // in these commits; Options.FeedSize limits them
	Bytes   int      // of memory, estimated, that they keep in addition to the contents; Options.FeedBytes limits them
	Oldest  Position // the lowest position from which Follow can start without reading the log
	Readers int      // loops over Follow that run now
}

// LogStats are the numbers of the log of a store.
type LogStats struct {
	// Queued is the position of the last commit that was decided, at least Stats.Position. The commits in between wait
	// for the log: readers do not see them, and their writers are not answered yet.
	Queued Position

	Replica bool // whether the store only reads the log, see OpenReplica
	Follows bool // whether it reads what others append as it comes: as a replica, with Options.SharedLog or after WaitFor

	// Lag is the distance, in places of the log, from the last entry that the store has read to the last one that the
	// log has, as of the last time it was asked: at each new entry of others, and every five seconds. 0 means that
	// readers see all that was acknowledged until then. Entries can be fewer than places, see Seq. It is 0 for a store
	// that does not follow the log.
	Lag uint64

	// Unavailable is whether the log of a store that follows it did not answer when it was asked last.
	Unavailable bool

	// LagSince is when Lag rose above 0 or the log stopped answering, whichever came first, by the clock of the machine:
	// since then the store may lack commits. It is zero while Lag is 0 and the log answers.
	LagSince time.Time

	// Err is why the store cannot continue, nil while it can: writes fail with STORE_READ_ONLY and this error until the
	// store is opened again, and a replica reads no more. It is the error of the log, whose message has no data of
	// contacts.
	Err error
}

// Stats returns the numbers of the store. It takes constant time and waits for no write, only for the moment in which
// one becomes visible, so it can be called often. It also answers after Close, with the numbers at the end. The result
// is the caller's own.
func (s *Store) Stats() Stats {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	sn := s.Snapshot()
	kept := s.feed.Kept()
	return Stats{
		Position: sn.position, Changes: sn.changes,
		Contacts: sn.contacts, Labels: sn.labels, Fields: sn.fields, Merged: sn.redirects,
		Feed: FeedStats{
			Changes: kept.Items, Bytes: kept.Bytes, Oldest: Position(s.feed.Oldest()),
			Readers: int(s.followers.Load()),
		},
		Log: s.writer.stats(sn.position), Closed: s.isClosed(),
	}
}

// stats returns the numbers of a log whose commits are visible up to a position, nil without a log.
func (w *logWriter) stats(visible Position) *LogStats {
	if w == nil {
		return nil
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	seen := w.watcher.seen()
	st := &LogStats{
		Queued: visible, Replica: w.replica, Follows: w.follows,
		Lag: seen.lag(), Unavailable: seen.silent, LagSince: seen.since,
	}
	if w.newest != nil {
		st.Queued = max(visible, w.newest.next.position)
	}
	if w.failure != nil {
		st.Err = w.failure.Err
	}
	return st
}
