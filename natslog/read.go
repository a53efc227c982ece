package natslog

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
)

// Read implements [contacts.Log]. It asks the leader of the stream where the log ends; the entries up to there come
// from any replica.
func (l *Log) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		err := l.begin(ctx)
		var end uint64
		if err == nil {
			end, err = l.last(ctx, l.subject)
			err = l.failed(ctx, contacts.ErrLogUnavailable, err)
		}
		c := cursor{log: l, subject: l.subject, after: uint64(after), end: end}
		for err == nil && c.after < end {
			var m message
			if m, err = c.next(ctx); err == nil {
				l.note(m.seq)
				if !yield(contacts.Entry{Seq: contacts.Seq(m.seq), Data: m.data}, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(contacts.Entry{}, err)
		}
	}
}

// cursor reads the messages of a subject in order.
type cursor struct {
	log     *Log
	subject string
	after   uint64 // the last message that was read
	end     uint64 // the last message to read
	ahead   []message
	slow    bool // a replica did not answer, or lags
}

// next returns the next message. There must be one.
//
// Errors: LOG_COMPACTED, LOG_CORRUPT, LOG_FORMAT, LOG_UNAVAILABLE, those of the server and of ctx.
func (c *cursor) next(ctx context.Context) (message, error) {
	l := c.log
	if err := l.begin(ctx); err != nil {
		return message{}, err
	}
	if len(c.ahead) > 0 {
		m := c.ahead[0]
		c.ahead, c.after = c.ahead[1:], m.seq
		return m, nil
	}
	m, err := l.next(ctx, c.subject, c.after)
	switch {
	case errors.Is(err, errNone): // the end has been lost, or another leader answers
		return message{}, l.failed(ctx, contacts.ErrLogUnavailable, errInProgress)
	case err != nil:
		return message{}, l.failed(ctx, contacts.ErrLogUnavailable, err)
	case m.after != c.after:
		return message{}, l.failed(ctx, contacts.ErrLogUnavailable, l.gap(ctx, c.subject, c.after, m))
	}
	if c.after = m.seq; c.after < c.end && l.direct && !c.slow {
		c.ahead = l.batch(ctx, c.subject, c.after)
		c.slow = len(c.ahead) == 0
	}
	return m, nil
}

// gap returns why a message does not follow the place before it. Compaction drops a beginning of the log. Otherwise
// messages are missing, or the log began again.
func (l *Log) gap(ctx context.Context, subject string, after uint64, m message) error {
	first, err := l.next(ctx, subject, 0)
	switch {
	case err != nil && !errors.Is(err, errNone):
		return err
	case m.after > after && err == nil && first.seq > after:
		return contacts.ErrLogCompacted
	}
	missing := corrupt(m.seq, "the entry before it is missing")
	if after > 0 {
		switch before, err := l.next(ctx, subject, after-1); {
		case err != nil && !errors.Is(err, errNone):
			return err
		case err != nil || before.seq != after: // the caller has read another history
			return fmt.Errorf("%w: %w", contacts.ErrDiverged, missing)
		}
	}
	return missing
}

// Wait implements [contacts.Log]. The server announces each entry once it is stored; since an announcement can be lost,
// Wait asks the leader as well, every Options.Poll. Without announcements in the configuration of the stream, that is
// how long it takes to notice an entry.
func (l *Log) Wait(ctx context.Context, after contacts.Seq) error {
	for {
		if err := l.begin(ctx); err != nil {
			return err
		}
		added, fresh, err := l.announcements(ctx)
		if err != nil {
			return l.failed(ctx, contacts.ErrLogUnavailable, err)
		}
		if l.known.Load() > uint64(after) {
			return nil
		}
		if !fresh {
			timer := time.NewTimer(l.opts.Poll)
			select {
			case <-added:
				timer.Stop()
				continue
			case <-timer.C:
			case <-ctx.Done():
			case <-l.closing.Done():
			}
			timer.Stop()
		}
		if err := l.begin(ctx); err != nil {
			return err
		}
		last, err := l.last(ctx, l.subject)
		if err != nil {
			return l.failed(ctx, contacts.ErrLogUnavailable, err)
		}
		l.note(last)
	}
}

// announcements returns a channel that is closed at the next announcement, and whether the log listens only from now.
func (l *Log) announcements(ctx context.Context) (added <-chan struct{}, fresh bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.Err() != nil {
		return nil, false, errClosed()
	}
	if l.waiting == nil {
		nc := l.js.Conn()
		l.waiting, err = nc.Subscribe(l.opts.Stream+".added."+l.opts.Log, l.announced)
		if err != nil {
			return nil, false, err
		}
		fresh = true
		ctx, cancel := l.bound(ctx)
		defer cancel()
		if err := nc.FlushWithContext(ctx); err != nil { // the server listens from now on
			l.waiting.Unsubscribe()
			l.waiting = nil
			return nil, false, err
		}
	}
	return l.added, fresh, nil
}

// announced is called for each announcement.
func (l *Log) announced(m *nats.Msg) {
	seq, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return
	}
	l.note(seq)
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.added)
	l.added = make(chan struct{})
}
