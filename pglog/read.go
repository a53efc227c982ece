package pglog

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/contactsdb/contacts"
)

// A page ends after this number of entries, or with the entry that reaches this number of bytes.
const (
	pageEntries = 256
	pageBytes   = 1 << 20
)

// Read implements [contacts.Log]. It reads entries by pages of about a mebibyte, and has no connection while the body
// of the loop runs.
func (l *Log) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		h, err := l.readHead(ctx)
		if err == nil && after < h.dropped {
			err = fmt.Errorf("pglog: %w", contacts.ErrLogCompacted)
		}
		for err == nil && after < h.last {
			var page []entry
			page, err = l.page(ctx, after)
			for _, e := range page {
				if began := l.begin(ctx); began != nil {
					err = began
					break
				}
				l.note(e.seq)
				if after = e.seq; !yield(contacts.Entry{Seq: e.seq, Data: e.data}, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(contacts.Entry{}, err)
		}
	}
}

// page returns the entries after a place, which is not the last. With an error it returns the entries before it, too.
func (l *Log) page(ctx context.Context, after contacts.Seq) (all []entry, err error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	err = l.request(ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) error {
		found, err := l.fetch(ctx, conn, after)
		if err != nil {
			return err
		}
		for _, e := range found {
			if err := e.check(); err != nil {
				return err
			}
			if e.after != after {
				return l.gap(ctx, conn, after)
			}
			all, after = append(all, e), e.seq
		}
		if len(all) == 0 {
			return l.gap(ctx, conn, after)
		}
		return nil
	})
	return all, err
}

// fetch returns the rows of a page.
func (l *Log) fetch(ctx context.Context, conn *pgx.Conn, after contacts.Seq) ([]entry, error) {
	rows, err := conn.Query(ctx, l.queries.page, l.opts.Log, int64(after), pageEntries, pageBytes)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e entry, err error) {
		err = row.Scan(&e.seq, &e.after, &e.crc, &e.data)
		return e, err
	})
}

// gap returns why the entry after a place is not there: it was dropped, or it is missing.
func (l *Log) gap(ctx context.Context, conn *pgx.Conn, after contacts.Seq) error {
	h, err := l.head(ctx, conn)
	switch {
	case err != nil:
		return err
	case after < h.dropped:
		return contacts.ErrLogCompacted
	}
	missing := corrupt(after, "the entry that follows is missing")
	if after > h.dropped {
		var exists bool
		if err := conn.QueryRow(ctx, l.queries.exists, l.opts.Log, int64(after)).Scan(&exists); err != nil {
			return err
		}
		if !exists { // the caller has read another history
			return fmt.Errorf("%w: %w", contacts.ErrDiverged, missing)
		}
	}
	return missing
}
