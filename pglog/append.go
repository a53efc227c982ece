package pglog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/contactsdb/contacts"
)

// Append implements [contacts.Log]. LOG_UNAVAILABLE means that the entry did not reach the server, or that the server
// has rolled it back. LOG_UNKNOWN is a lost connection, a server that stopped or a request that took longer than
// Options.MaxWait. A full disk and what an operator must repair are final.
//
// LOG_DIVERGED, with LOG_CORRUPT: the database has lost entries that the log has seen. If it has newer ones, Append is
// LOG_CONFLICT, and Read is LOG_DIVERGED.
func (l *Log) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	if len(data) > maxEntry {
		return 0, fmt.Errorf("pglog: %w", contacts.ErrLogTooLarge)
	}
	if data == nil {
		data = []byte{} // not NULL
	}
	// Places follow the clock, so that a restored database never reuses places that it has lost.
	e := entry{seq: max(after+1, contacts.Seq(time.Now().UnixMicro())), after: after, data: data}
	err := l.request(ctx, contacts.ErrLogUnknown, func(ctx context.Context, conn *pgx.Conn) error {
		return l.add(ctx, conn, e)
	})
	if errors.Is(err, errRefused) {
		err = l.request(ctx, contacts.ErrLogUnknown, func(ctx context.Context, conn *pgx.Conn) (err error) {
			e.seq, err = l.settle(ctx, conn, after, data)
			return err
		})
	}
	if err != nil {
		return 0, err
	}
	l.note(e.seq)
	l.announce()
	return e.seq, nil
}

// add adds an entry if the last one is that before it.
//
// Errors: errRefused, those of the server.
func (l *Log) add(ctx context.Context, conn *pgx.Conn, e entry) error {
	crc := checksum(uint64(e.seq), uint64(e.after), e.data)
	tag, err := conn.Exec(ctx, l.queries.add, l.opts.Log, int64(e.after), int64(e.seq), crc, e.data)
	if err == nil && tag.RowsAffected() == 0 {
		return errRefused
	}
	return err
}

// settle returns the outcome of an Append whose entry was refused.
func (l *Log) settle(
	ctx context.Context, conn *pgx.Conn, after contacts.Seq, data []byte,
) (contacts.Seq, error) {
	known := contacts.Seq(l.known.Load())
	var h head
	var standby bool
	var seq, crc *int64
	var found []byte
	err := conn.QueryRow(ctx, l.queries.next, l.opts.Log, int64(after)).
		Scan(&h.last, &h.dropped, &standby, &seq, &crc, &found)
	switch err := l.checkHead(h, standby, known, err); {
	case err != nil:
		return 0, err
	case after < h.dropped:
		return 0, contacts.ErrLogCompacted
	case seq != nil:
		next := entry{seq: contacts.Seq(*seq), after: after, crc: *crc, data: found}
		if err := next.check(); err != nil {
			return 0, err
		}
		if !bytes.Equal(found, data) {
			return 0, contacts.ErrLogConflict
		}
		return next.seq, l.confirm(ctx, conn)
	case after == h.last: // only since then
		return 0, errInProgress
	default:
		return 0, contacts.ErrLogConflict
	}
}

// confirm waits until everything that the server has committed is as durable as its settings promise. An entry whose
// connection was lost can be visible before the standbys that a commit waits for have it.
func (l *Log) confirm(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, l.queries.confirm, l.opts.Log)
	return err
}

// Last implements [contacts.Log]. It asks the primary server.
func (l *Log) Last(ctx context.Context) (contacts.Seq, error) {
	h, err := l.readHead(ctx)
	return h.last, err
}

// readHead calls head with a connection of the pool.
func (l *Log) readHead(ctx context.Context) (h head, err error) {
	if err := l.begin(ctx); err != nil {
		return head{}, err
	}
	err = l.request(ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) (err error) {
		h, err = l.head(ctx, conn)
		return err
	})
	if err != nil {
		return head{}, err
	}
	return h, nil
}
