package natslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
)

// Append implements [contacts.Log]. LOG_UNAVAILABLE means that no server can accept the entry now. Every uncertain
// outcome is LOG_UNKNOWN: a lost reply, a change of leaders, a full stream.
//
// LOG_DIVERGED, with LOG_CORRUPT: the entry at after, which the log has seen, is no longer in the stream.
func (l *Log) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	if len(data) > l.maxEntry {
		return 0, fmt.Errorf("natslog: %w", contacts.ErrLogTooLarge)
	}
	seq, err := l.add(ctx, l.subject, uint64(after), data)
	if errors.Is(err, errRefused) {
		seq, err = l.settle(ctx, uint64(after), data)
	}
	if err != nil {
		return 0, err
	}
	l.note(seq)
	return contacts.Seq(seq), nil
}

// add publishes a message behind the one at after, which must be the last one of the subject.
//
// Errors: those of publish.
func (l *Log) add(ctx context.Context, subject string, after uint64, data []byte) (uint64, error) {
	return l.publish(ctx, &nats.Msg{Subject: subject, Data: seal(after, data)}, subject, after)
}

// settle returns the outcome of an Append that a server has refused.
func (l *Log) settle(ctx context.Context, after uint64, data []byte) (uint64, error) {
	next, err := l.next(ctx, l.subject, after)
	switch {
	case errors.Is(err, errNone):
		return 0, l.settleAtEnd(ctx, after)
	case err != nil:
		return 0, l.failed(ctx, contacts.ErrLogUnknown, err)
	case next.after > after: // Read finds out whether they were dropped or lost
		return 0, fmt.Errorf("natslog: %w", contacts.ErrLogCompacted)
	case next.after == after && bytes.Equal(next.data, data):
		return next.seq, nil
	default:
		return 0, fmt.Errorf("natslog: %w", contacts.ErrLogConflict)
	}
}

// errInProgress explains an unknown outcome: an entry was refused although no other entry follows. Another write to the
// subject is in progress, or leaders have changed.
var errInProgress = errors.New("another write is in progress")

// settleAtEnd returns the outcome of an Append that a server has refused although no entry follows.
func (l *Log) settleAtEnd(ctx context.Context, after uint64) error {
	last, err := l.last(ctx, l.subject)
	switch {
	case err != nil:
		return l.failed(ctx, contacts.ErrLogUnknown, err)
	case last >= after:
		return l.failed(ctx, contacts.ErrLogUnknown, errInProgress)
	}
	switch err := l.confirm(ctx, last); {
	case err != nil:
		return l.failed(ctx, contacts.ErrLogUnknown, err)
	case after <= l.known.Load():
		lost := corrupt(after, "the stream has lost the entry, or was created again")
		return fmt.Errorf("natslog: %w: %w", contacts.ErrDiverged, lost)
	default:
		return fmt.Errorf("natslog: %w", contacts.ErrLogConflict)
	}
}

// confirm returns nil if a majority of the replicas agrees that last is the last place of the log. It needs a write,
// which a deposed leader cannot carry out.
//
// Errors: errInProgress, those of publish.
func (l *Log) confirm(ctx context.Context, last uint64) error {
	barrier := &nats.Msg{Subject: l.opts.Stream + ".barrier", Header: nats.Header{}}
	barrier.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	_, err := l.publish(ctx, barrier, l.subject, last)
	if errors.Is(err, errRefused) || errors.Is(err, contacts.ErrLogUnknown) { // the barrier itself does not matter
		return errInProgress
	}
	return err
}

// Last implements [contacts.Log]. It asks the leader of the stream. If that lacks an entry that the log has seen, a
// majority of the replicas must say so, too.
func (l *Log) Last(ctx context.Context) (contacts.Seq, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	known := l.known.Load()
	last, err := l.last(ctx, l.subject)
	if err == nil && last < known {
		err = l.confirm(ctx, last)
	}
	if err != nil {
		return 0, l.failed(ctx, contacts.ErrLogUnavailable, err)
	}
	l.note(last)
	return contacts.Seq(last), nil
}
