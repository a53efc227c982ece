package contacts

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
)

// Seq is the place of an entry in a [Log]. The places of later entries are larger; they need not be consecutive. 0 is
// before the first entry.
type Seq uint64

// Entry is one entry of a [Log].
type Entry struct {
	Seq  Seq
	Data []byte // owned by the log, valid until the loop continues; never changed by the caller
}

// LogValue returns the place and the length of the data, which is personal.
func (e Entry) LogValue() slog.Value {
	return slog.GroupValue(slog.Uint64("seq", uint64(e.Seq)), slog.Int("bytes", len(e.Data)))
}

// Log is what a store needs of the medium that makes its commits durable: an ordered list of entries that only grows
// at its end. The data of an entry is opaque to the log. Package logtest tests whether an implementation keeps this
// contract.
//
// Append is called by one goroutine at a time. All other methods are safe for concurrent use, also with Append. Close
// may be called at any time: calls in progress end, and they and all later ones fail with LOG_CLOSED.
//
// A log may be shared: other processes may append to it, but no other process changes or removes an entry, except that
// a [Snapshotter] drops the oldest.
//
// # Errors
//
// Errors wrap one of the codes below, as in fmt.Errorf("mylog: %w: %w", contacts.ErrLogUnavailable, err). If ctx is
// done before a method has had any effect, the method returns an error that wraps that of the context and no code. Any
// other error is final: the caller makes no further Append to this log, and nothing is known about the entry of the
// Append that failed until the log is opened again.
//
// Messages never contain the data of entries, which is personal data.
type Log interface {
	// Append adds data directly after the entry at after, whole or not at all, and returns its place once it is as
	// durable as this log promises. It neither changes data nor keeps it after returning.
	//
	// If the entry that follows after already has exactly this data, Append adds nothing and returns the place of that
	// entry. So a call that failed with LOG_UNKNOWN can be repeated until its outcome is known.
	//
	// LOG_CONFLICT: after is not the last entry, and the next one has other data, or there is no entry at after.
	// Nothing was added, and this data can never be added there.
	// LOG_COMPACTED: the entries after after were dropped. Nothing was added.
	// LOG_TOO_LARGE: data is longer than MaxEntry. Nothing was added.
	// LOG_UNAVAILABLE: nothing was added. The same call may succeed later.
	// LOG_UNKNOWN: the entry was added, was not added, or will be. The same call with the same data decides. A context
	// that ends while the outcome is open gives this code together with its own error.
	Append(ctx context.Context, after Seq, data []byte) (Seq, error)

	// Read yields, in order and without gaps, the entries after after up to the last one that was acknowledged when
	// the loop began. It may yield later ones. It yields no data that was not appended: it checks what it reads, as
	// far as the medium does not. An error is the last thing that it yields. The sequence can be ranged over again,
	// and the body of the loop may call every method of the log, Append included.
	//
	// LOG_COMPACTED: the entry that follows after was dropped.
	// LOG_CORRUPT: an entry is damaged or missing: see CorruptError. All entries before it were yielded.
	// LOG_UNAVAILABLE: the same call may succeed later.
	Read(ctx context.Context, after Seq) iter.Seq2[Entry, error]

	// Wait returns nil once there is an entry after after. It may also return nil too early, so its caller reads in a
	// loop. It returns an error when ctx is done.
	Wait(ctx context.Context, after Seq) error

	// Last returns the place of the last entry, or 0 if there never was one. It asks the authority of a log that has
	// several copies: every entry that was acknowledged or read before the call, by any process, is at or before the
	// result. A store that has read more than that concludes that the log has lost entries, see ErrDiverged.
	//
	// LOG_UNAVAILABLE: the same call may succeed later.
	Last(ctx context.Context) (Seq, error)

	// MaxEntry returns the greatest length of the data of an entry in bytes, at least 65536. It never changes.
	MaxEntry() int

	// Close makes entries durable that are not yet, and releases the log. Closing again returns nil.
	Close() error
}

// Syncer is a [Log] whose Append may return before an entry is durable.
type Syncer interface {
	// Sync returns once all entries that were acknowledged before the call are durable. After an error they may never
	// be. It is safe for concurrent use.
	Sync(ctx context.Context) error
}

// Snapshotter is a [Log] that can forget its beginning: it keeps snapshots of the state that follows from its
// entries. The contents of a snapshot are opaque to the log.
//
// Save and Compact are called by one goroutine at a time, which need not be that of Append. Everything is safe for
// concurrent use with the methods of Log.
type Snapshotter interface {
	// Save keeps the output of write as the snapshot of the state after the entry at at. Snapshots are saved in order:
	// at is not less than that of a previous one, and not greater than the last entry. Once Save returns nil the
	// snapshot is durable, it was read back and verified, and snapshots older than the newest two are gone. After an
	// error of write or ctx there is no such snapshot. After another error there may be, whole; in any case
	// as many whole snapshots are there as before.
	//
	// An error of Save is not final for the log, unless Append says so.
	//
	// LOG_UNAVAILABLE, LOG_TOO_LARGE: nothing was saved.
	Save(ctx context.Context, at Seq, write func(io.Writer) error) error

	// Load yields the snapshots, newest first. A damaged one comes as an error with LOG_CORRUPT or LOG_FORMAT, and the
	// next older one follows if the loop continues. After another error nothing follows.
	Load(ctx context.Context) iter.Seq2[SavedSnapshot, error]

	// Compact drops entries up to and including the one at at, but none after the older of the newest two snapshots:
	// should the newest be damaged, the older one and the entries after it still give the whole state. With fewer than
	// two snapshots it drops nothing. A log may drop fewer entries than it could.
	//
	// LOG_UNAVAILABLE: the same call may succeed later.
	Compact(ctx context.Context, at Seq) error
}

// SavedSnapshot is a snapshot that a [Snapshotter] keeps.
type SavedSnapshot struct {
	At Seq // the snapshot is the state after this entry

	// Open opens the contents, which are read once, in order. Damage is an error with LOG_CORRUPT: no byte is read that
	// was not saved, and io.EOF is only returned after the last one. Open is valid until the loop of Load continues;
	// what it returned is valid until closed.
	Open func() (io.ReadCloser, error)
}

// The codes of errors of a [Log].
const (
	// Another entry follows; nothing was added, and the data can never be added there.
	ErrLogConflict Code = "LOG_CONFLICT"
	// The call had no effect; the same call may succeed later.
	ErrLogUnavailable Code = "LOG_UNAVAILABLE"
	// The entry was added, was not, or will be: the same Append decides.
	ErrLogUnknown Code = "LOG_UNKNOWN"
	// The data is longer than an entry can be.
	ErrLogTooLarge Code = "LOG_TOO_LARGE"
	// The entries were dropped: a snapshot has what follows from them.
	ErrLogCompacted Code = "LOG_COMPACTED"
	// An entry or a snapshot is damaged or missing: see CorruptError.
	ErrLogCorrupt Code = "LOG_CORRUPT"
	// Another process has the log open.
	ErrLogLocked Code = "LOG_LOCKED"
	// A later version of this library wrote the log.
	ErrLogFormat Code = "LOG_FORMAT"
	// The log was closed.
	ErrLogClosed Code = "LOG_CLOSED"
	// The log has lost entries that a store has read, or has others in their place: what it has now is not the history
	// of the store (DUR-11). A store finds this out itself; a log may return it, too, and it is final then.
	ErrDiverged Code = "LOG_DIVERGED"
)

// CorruptError comes with [ErrLogCorrupt], which it wraps, and says where a log is damaged.
type CorruptError struct {
	File   string // name of the file, without its directory; "" if the log has no files
	Offset int64  // in the file, in bytes: where the damaged part begins; -1 if it is not known
	Seq    Seq    // the damaged entry, or for a snapshot its place; 0 if it is not known
	Reason string // without data of entries
}

// Error gives the place and the reason.
func (e *CorruptError) Error() string {
	text := string(ErrLogCorrupt)
	if e.File != "" {
		text += ": file " + e.File
	}
	if e.Offset >= 0 {
		text += fmt.Sprintf(": offset %d", e.Offset)
	}
	if e.Seq != 0 {
		text += fmt.Sprintf(": entry %d", e.Seq)
	}
	return text + ": " + e.Reason
}

// Unwrap returns [ErrLogCorrupt].
func (e *CorruptError) Unwrap() error { return ErrLogCorrupt }

// MarshalJSON writes the message (ERR-4).
func (e CorruptError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e CorruptError) LogValue() slog.Value { return slog.StringValue(e.Error()) }
