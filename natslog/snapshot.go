package natslog

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
)

// A snapshot is a sequence of messages with a subject of its own. The index of the log, a single message, lists the
// snapshots that count. It is replaced by a conditional publish, so that several stores can save snapshots: of two that
// do so at once, only the later one succeeds.
//
// JetStream's object store would need a scan of the whole bucket to list the snapshots of a log, returns bytes before
// it has checked them, and has no condition for a write.

const (
	indexVersion  = 1
	keptSnapshots = 2
	partSize      = 1 << 18 // of a snapshot, in bytes: short enough not to hold up entries
)

// index lists the snapshots of a log.
type index struct {
	Version int            `json:"version"`
	Kept    []keptSnapshot `json:"kept,omitempty"`   // oldest first
	Unused  []string       `json:"unused,omitempty"` // IDs that may have messages, and do not count

	seq uint64 // of the message in the stream, 0 before the first
}

// keptSnapshot is a snapshot that counts.
type keptSnapshot struct {
	ID   string `json:"id"`
	At   uint64 `json:"at"`   // the entry whose state it is
	Last uint64 `json:"last"` // its last message; 0 if it is empty
	Size int64  `json:"size"` // in bytes
	Sum  string `json:"sum"`  // SHA-256 of all of it, in hexadecimal digits
}

func (l *Log) indexSubject() string { return l.opts.Stream + ".index." + l.opts.Log }

func (l *Log) snapshotSubject(id string) string {
	return l.opts.Stream + ".snapshot." + l.opts.Log + "." + id
}

// readIndex asks the leader for the index.
//
// Errors: LOG_CORRUPT, LOG_FORMAT, LOG_UNAVAILABLE, those of the server and of ctx.
func (l *Log) readIndex(ctx context.Context) (index, error) {
	stored, err := l.get(ctx, getRequest{LastFor: l.indexSubject()})
	if errors.Is(err, errNone) {
		return index{}, nil
	}
	var m message
	if err == nil {
		m, err = unseal(stored.Seq, stored.Data)
	}
	if err != nil {
		return index{}, l.failed(ctx, contacts.ErrLogUnavailable, err)
	}
	var found index
	switch err := json.Unmarshal(m.data, &found); {
	case err != nil || found.Version < indexVersion:
		return index{}, fmt.Errorf("natslog: %w", corrupt(0, "the index of the snapshots cannot be read"))
	case found.Version > indexVersion:
		return index{}, fmt.Errorf("natslog: %w", contacts.ErrLogFormat)
	}
	found.seq = m.seq
	return found, nil
}

// replaceIndex puts next in the place of the index that was read before.
//
// Errors: those of publish.
func (l *Log) replaceIndex(ctx context.Context, before uint64, next index) (seq uint64, err error) {
	next.Version = indexVersion
	text, err := json.Marshal(next)
	if err != nil {
		return 0, err
	}
	msg := &nats.Msg{Subject: l.indexSubject(), Data: seal(before, text), Header: nats.Header{}}
	msg.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	return l.publish(ctx, msg, msg.Subject, before)
}

// Save implements [contacts.Snapshotter]. If another store begins to save a snapshot meanwhile, it fails with
// LOG_UNAVAILABLE. LOG_UNKNOWN means that the snapshot may have been saved, or that messages of an older one are left,
// which the next Save removes.
func (l *Log) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	before, err := l.readIndex(ctx)
	if err == nil {
		err = l.checkPlace(ctx, before, uint64(at))
	}
	if err != nil {
		return err
	}
	id := rand.Text()
	begun := index{Kept: before.Kept, Unused: append(slices.Clone(before.Unused), id)}
	if begun.seq, err = l.replaceIndex(ctx, before.seq, begun); err != nil {
		return l.unsaved(ctx, err)
	}
	for _, old := range before.Unused {
		if err := l.drop(ctx, old); err != nil {
			return l.unsaved(ctx, err)
		}
	}
	saved, err := l.saveParts(ctx, id, uint64(at), write)
	if err != nil {
		l.drop(context.WithoutCancel(ctx), id) // else the next Save does
		return err
	}
	return l.commit(ctx, begun, saved)
}

// unsaved returns the error of a Save that has saved nothing.
func (l *Log) unsaved(ctx context.Context, err error) error {
	if errors.Is(err, errRefused) || contacts.CodeOf(err) == contacts.ErrLogUnknown {
		err = errInProgress
	}
	return l.failed(ctx, contacts.ErrLogUnavailable, err)
}

// checkPlace reports whether a snapshot can be saved at a place.
func (l *Log) checkPlace(ctx context.Context, kept index, at uint64) error {
	if n := len(kept.Kept); n > 0 && at < kept.Kept[n-1].At {
		return fmt.Errorf("natslog: no snapshot can be saved at %d, there is one at %d", at, kept.Kept[n-1].At)
	}
	if at > l.known.Load() {
		last, err := l.last(ctx, l.subject)
		if err != nil {
			return l.failed(ctx, contacts.ErrLogUnavailable, err)
		}
		if at > last {
			return fmt.Errorf("natslog: no snapshot can be saved at %d, the last entry is at %d", at, last)
		}
	}
	return nil
}

// commit makes a snapshot count, and removes those that no longer do.
func (l *Log) commit(ctx context.Context, begun index, saved keptSnapshot) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	whole := context.WithoutCancel(ctx) // after an error of ctx there must be no snapshot
	next := index{Kept: append(slices.Clone(begun.Kept), saved)}
	for len(next.Kept) > keptSnapshots {
		next.Unused, next.Kept = append(next.Unused, next.Kept[0].ID), next.Kept[1:]
	}
	if _, err := l.replaceIndex(whole, begun.seq, next); err != nil {
		found, readErr := l.readIndex(whole) // the reply may be lost
		switch {
		case readErr != nil || found.seq == begun.seq:
			return l.failed(whole, contacts.ErrLogUnknown, errInProgress)
		case !slices.Contains(found.Kept, saved):
			return l.unsaved(whole, errRefused)
		}
	}
	for _, old := range next.Unused {
		if err := l.drop(whole, old); err != nil {
			return l.failed(whole, contacts.ErrLogUnknown, errInProgress)
		}
	}
	return nil
}

// drop removes the messages of a snapshot.
func (l *Log) drop(ctx context.Context, id string) error {
	ctx, cancel := l.bound(ctx)
	defer cancel()
	return l.stream.Purge(ctx, jetstream.WithPurgeSubject(l.snapshotSubject(id)))
}

// saveParts writes the messages of a snapshot and reads them back.
func (l *Log) saveParts(
	ctx context.Context, id string, at uint64, write func(io.Writer) error,
) (keptSnapshot, error) {
	w := &partWriter{
		ctx: ctx, log: l, subject: l.snapshotSubject(id), part: make([]byte, 0, min(partSize, l.maxEntry)),
		sum: sha256.New(),
	}
	err := write(w)
	if err == nil && w.err == nil {
		w.flush()
	}
	if w.err != nil {
		return keptSnapshot{}, l.unsaved(ctx, w.err)
	}
	if err != nil {
		return keptSnapshot{}, err
	}
	saved := keptSnapshot{ID: id, At: at, Last: w.last, Size: w.size, Sum: hex.EncodeToString(w.sum.Sum(nil))}
	_, err = io.Copy(io.Discard, l.read(ctx, saved))
	return saved, err
}

// partWriter writes the messages of a snapshot. After an error it writes nothing.
type partWriter struct {
	ctx     context.Context
	log     *Log
	subject string
	part    []byte // not yet written
	last    uint64 // the message that was written last
	size    int64
	sum     hash.Hash
	err     error
}

// Write adds contents.
func (w *partWriter) Write(p []byte) (int, error) {
	written := 0
	for w.err == nil && len(p) > 0 {
		if w.err = w.log.begin(w.ctx); w.err != nil {
			break
		}
		n := min(len(p), cap(w.part)-len(w.part))
		w.part = append(w.part, p[:n]...)
		p, written = p[n:], written+n
		if len(w.part) == cap(w.part) {
			w.flush()
		}
	}
	return written, w.err
}

// flush writes a message with the contents so far.
func (w *partWriter) flush() {
	if len(w.part) == 0 {
		return
	}
	w.size += int64(len(w.part))
	w.sum.Write(w.part)
	w.last, w.err = w.log.add(w.ctx, w.subject, w.last, w.part)
	w.part = w.part[:0]
}

// snapshotReader reads a snapshot. It returns no byte before it has checked the message.
type snapshotReader struct {
	ctx    context.Context
	kept   keptSnapshot
	cursor cursor
	part   []byte
	size   int64
	sum    hash.Hash
	err    error
}

func (l *Log) read(ctx context.Context, kept keptSnapshot) *snapshotReader {
	return &snapshotReader{
		ctx: ctx, kept: kept, sum: sha256.New(),
		cursor: cursor{log: l, subject: l.snapshotSubject(kept.ID), end: kept.Last},
	}
}

// Read reads contents.
func (r *snapshotReader) Read(p []byte) (int, error) {
	for len(r.part) == 0 && r.err == nil && len(p) > 0 {
		r.part, r.err = r.next()
	}
	if len(r.part) == 0 {
		return 0, r.err
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

func (r *snapshotReader) next() ([]byte, error) {
	if r.cursor.after >= r.kept.Last {
		if r.size != r.kept.Size || hex.EncodeToString(r.sum.Sum(nil)) != r.kept.Sum {
			return nil, fmt.Errorf("natslog: %w", corrupt(r.kept.At, "the snapshot is not the one that was saved"))
		}
		return nil, io.EOF
	}
	m, err := r.cursor.next(r.ctx)
	switch contacts.CodeOf(err) {
	case contacts.ErrLogCorrupt, contacts.ErrLogCompacted, contacts.ErrLogUnavailable:
		return nil, r.explain(err)
	}
	r.size += int64(len(m.data))
	r.sum.Write(m.data)
	return m.data, err
}

// explain returns the error of a message that cannot be read: damage, unless another store has saved newer snapshots
// meanwhile.
func (r *snapshotReader) explain(err error) error {
	l := r.cursor.log
	now, indexErr := l.readIndex(r.ctx)
	switch {
	case indexErr != nil:
		return indexErr
	case !slices.Contains(now.Kept, r.kept):
		return l.failed(r.ctx, contacts.ErrLogUnavailable, errInProgress)
	case contacts.CodeOf(err) == contacts.ErrLogUnavailable && !errors.Is(err, errInProgress):
		return err
	}
	return fmt.Errorf("natslog: %w", corrupt(r.kept.At, "messages of the snapshot are missing or damaged"))
}

// Close implements io.Closer.
func (r *snapshotReader) Close() error { return nil }

// Load implements [contacts.Snapshotter]. The contents are read with ctx.
func (l *Log) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		err := l.begin(ctx)
		var found index
		if err == nil {
			found, err = l.readIndex(ctx)
		}
		if err != nil {
			yield(contacts.SavedSnapshot{}, err)
			return
		}
		for _, kept := range slices.Backward(found.Kept) {
			l.note(kept.At)
			saved := contacts.SavedSnapshot{At: contacts.Seq(kept.At), Open: func() (io.ReadCloser, error) {
				return l.read(ctx, kept), nil
			}}
			if !yield(saved, nil) {
				return
			}
		}
	}
}

// Compact implements [contacts.Snapshotter]. It keeps the last of the entries that it may drop: a subject without
// messages would accept an entry as if the log were new.
func (l *Log) Compact(ctx context.Context, at contacts.Seq) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	found, err := l.readIndex(ctx)
	if err != nil || len(found.Kept) < keptSnapshots {
		return err
	}
	upTo := min(uint64(at), found.Kept[0].At)
	if upTo == 0 {
		return nil
	}
	bounded, cancel := l.bound(ctx)
	defer cancel()
	err = l.stream.Purge(bounded, jetstream.WithPurgeSubject(l.subject), jetstream.WithPurgeSequence(upTo))
	return l.failed(ctx, contacts.ErrLogUnavailable, err)
}
