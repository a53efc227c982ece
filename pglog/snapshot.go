package pglog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/contactsdb/contacts"
)

// A snapshot is saved by one transaction, from its first part until older ones are deleted. So it is whole or not seen,
// a process that is killed leaves nothing, and of two stores that save one at once, the second one waits for the first.

const (
	keptSnapshots = 2
	partSize      = 1 << 18 // of a snapshot, in bytes
	dropParts     = 64      // at a time
	dropEntries   = 1000    // at a time
)

// idleMax ends the transaction of a Save whose process is paused, which would keep others from saving.
const idleMax = "SET LOCAL idle_in_transaction_session_timeout = '60s'"

// Save implements [contacts.Snapshotter]. It has a connection while write runs. If another store saves a snapshot
// meanwhile, it fails with LOG_UNAVAILABLE. LOG_UNKNOWN means that the snapshot may have been saved.
func (l *Log) Save(ctx context.Context, at contacts.Seq, write func(io.Writer) error) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	s := saver{ctx: ctx, log: l, at: at, part: make([]byte, 0, partSize), sum: snapshotSum(at)}
	if err := s.step(s.start); err != nil {
		return err
	}
	defer s.end()
	if err := write(&s); err != nil && s.err == nil {
		return err
	}
	for _, do := range []func() error{
		func() error { return s.step(s.flush) },
		s.verify,
		func() error { return s.step(s.seal) },
		s.forgetOlder,
		s.commit,
	} {
		if s.err == nil {
			s.err = do()
		}
	}
	return s.err
}

// snapshotSum returns the beginning of the sum of a snapshot.
func snapshotSum(at contacts.Seq) hash.Hash {
	sum := sha256.New()
	sum.Write(binary.LittleEndian.AppendUint64(nil, uint64(at))) // never fails
	return sum
}

// saver saves a snapshot. After an error it writes nothing.
type saver struct {
	ctx    context.Context
	log    *Log
	conn   *pgxpool.Conn
	tx     pgx.Tx
	number int64
	at     contacts.Seq
	parts  uint64
	part   []byte // not yet written
	size   int64
	sum    hash.Hash
	err    error
}

// step runs f, one request.
func (s *saver) step(f func(context.Context) error) error {
	if err := s.log.begin(s.ctx); err != nil {
		return err
	}
	ctx, cancel := s.log.bound(s.ctx)
	defer cancel()
	return s.log.failed(s.ctx, contacts.ErrLogUnavailable, f(ctx))
}

// start begins the transaction, and reserves the number of the snapshot.
func (s *saver) start(ctx context.Context) (err error) {
	if s.conn, err = s.log.pool.Acquire(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	s.tx, err = s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	if _, err := s.tx.Exec(ctx, idleMax); err != nil {
		return err
	}
	l := s.log
	known := contacts.Seq(l.known.Load())
	var h head
	var standby bool
	var newest contacts.Seq
	err = s.tx.QueryRow(ctx, l.queries.saved, l.opts.Log).Scan(&h.last, &standby, &s.number, &newest)
	if err := l.checkHead(h, standby, known, err); err != nil {
		return err
	}
	if s.at < newest {
		return final("no snapshot can be saved at %d, there is one at %d", s.at, newest)
	}
	if s.at > h.last {
		return final("no snapshot can be saved at %d, the last entry is at %d", s.at, h.last)
	}
	s.number++
	tag, err := s.tx.Exec(ctx, l.queries.save, l.opts.Log, s.number, int64(s.at))
	if err == nil && tag.RowsAffected() == 0 {
		return errInProgress
	}
	return err
}

// end releases the connection. What was not committed never was.
func (s *saver) end() {
	if s.tx != nil {
		ctx, cancel := s.log.bound(context.WithoutCancel(s.ctx))
		defer cancel()
		s.tx.Rollback(ctx) // if it fails the connection is closed, and the server rolls back
	}
	s.conn.Release()
}

// Write adds contents.
func (s *saver) Write(p []byte) (int, error) {
	written := 0
	for s.err == nil && len(p) > 0 {
		n := min(len(p), cap(s.part)-len(s.part))
		s.part = append(s.part, p[:n]...)
		p, written = p[n:], written+n
		if len(s.part) == cap(s.part) {
			s.err = s.step(s.flush)
		}
	}
	return written, s.err
}

// flush writes a part with the contents so far.
func (s *saver) flush(ctx context.Context) error {
	if len(s.part) == 0 {
		return nil
	}
	s.size += int64(len(s.part))
	s.sum.Write(s.part)
	crc := checksum(uint64(s.number), s.parts, s.part)
	_, err := s.tx.Exec(ctx, s.log.queries.part, s.log.opts.Log, s.number, int64(s.parts), crc, s.part)
	s.parts, s.part = s.parts+1, s.part[:0]
	return err
}

// verify reads the contents back, one part at a time.
func (s *saver) verify() error {
	found := snapshotSum(s.at)
	for next := range s.parts {
		err := s.step(func(ctx context.Context) error {
			data, err := s.log.readPart(ctx, s.tx, s.number, s.at, next)
			found.Write(data)
			return err
		})
		if errors.Is(err, pgx.ErrNoRows) || err == nil && next == s.parts-1 && !bytes.Equal(found.Sum(nil), s.sum.Sum(nil)) {
			err = fmt.Errorf("pglog: %w", corrupt(s.at, "the snapshot is not as it was written"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seal records what the snapshot is.
func (s *saver) seal(ctx context.Context) error {
	_, err := s.tx.Exec(ctx, s.log.queries.seal, s.log.opts.Log, s.number, s.size, s.sum.Sum(nil))
	return err
}

// forgetOlder deletes the snapshots that no longer count.
func (s *saver) forgetOlder() (err error) {
	oldest := s.number - keptSnapshots + 1
	for more := true; more && err == nil; {
		err = s.step(func(ctx context.Context) error {
			tag, err := s.tx.Exec(ctx, s.log.queries.forgetParts, s.log.opts.Log, oldest, dropParts)
			if more = tag.RowsAffected() == dropParts; more || err != nil {
				return err
			}
			_, err = s.tx.Exec(ctx, s.log.queries.forget, s.log.opts.Log, oldest)
			return err
		})
	}
	return err
}

// commit makes the snapshot count. Its request ignores the end of the context of Save: after an error of that context
// there must be no snapshot.
func (s *saver) commit() error {
	if err := s.log.begin(s.ctx); err != nil {
		return err
	}
	whole := context.WithoutCancel(s.ctx)
	ctx, cancel := s.log.bound(whole)
	defer cancel()
	return s.log.failed(whole, contacts.ErrLogUnknown, s.tx.Commit(ctx))
}

// keptSnapshot is a row of a snapshot.
type keptSnapshot struct {
	number int64
	at     contacts.Seq
	size   int64
	sum    []byte
}

// Load implements [contacts.Snapshotter]. The contents are read with ctx.
func (l *Log) Load(ctx context.Context) iter.Seq2[contacts.SavedSnapshot, error] {
	return func(yield func(contacts.SavedSnapshot, error) bool) {
		kept, err := l.kept(ctx)
		if err != nil {
			yield(contacts.SavedSnapshot{}, err)
			return
		}
		for _, k := range kept {
			saved := contacts.SavedSnapshot{At: k.at, Open: func() (io.ReadCloser, error) {
				return &snapshotReader{ctx: ctx, log: l, kept: k, sum: snapshotSum(k.at)}, nil
			}}
			if !yield(saved, nil) {
				return
			}
		}
	}
}

// kept returns the snapshots, newest first.
func (l *Log) kept(ctx context.Context) (all []keptSnapshot, err error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	err = l.request(ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := l.head(ctx, conn); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, l.queries.list, l.opts.Log)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (k keptSnapshot, err error) {
			err = row.Scan(&k.number, &k.at, &k.size, &k.sum)
			return k, err
		})
		return err
	})
	return all, err
}

// rower is a connection or a transaction.
type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// readPart returns a part of a snapshot.
//
// Errors: LOG_CORRUPT, pgx.ErrNoRows, those of the server.
func (l *Log) readPart(
	ctx context.Context, from rower, number int64, at contacts.Seq, part uint64,
) (data []byte, err error) {
	var crc int64
	err = from.QueryRow(ctx, l.queries.readPart, l.opts.Log, number, int64(part)).Scan(&crc, &data)
	if err == nil && crc != checksum(uint64(number), part, data) {
		err = corrupt(at, "a part of the snapshot has a wrong checksum")
	}
	return data, err
}

// snapshotReader reads a snapshot. It returns no byte before it has checked the part.
type snapshotReader struct {
	ctx  context.Context
	log  *Log
	kept keptSnapshot
	next uint64 // part
	part []byte
	size int64
	sum  hash.Hash
	err  error
}

// Read reads contents.
func (r *snapshotReader) Read(p []byte) (int, error) {
	for len(r.part) == 0 && r.err == nil && len(p) > 0 {
		r.part, r.err = r.nextPart()
	}
	if len(r.part) == 0 {
		return 0, r.err
	}
	n := copy(p, r.part)
	r.part = r.part[n:]
	return n, nil
}

func (r *snapshotReader) nextPart() (data []byte, err error) {
	l := r.log
	if err := l.begin(r.ctx); err != nil {
		return nil, err
	}
	if r.size >= r.kept.size {
		if r.size != r.kept.size || !bytes.Equal(r.sum.Sum(nil), r.kept.sum) {
			return nil, fmt.Errorf("pglog: %w", corrupt(r.kept.at, "the snapshot is not the one that was saved"))
		}
		return nil, io.EOF
	}
	err = l.request(r.ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) error {
		data, err = l.readPart(ctx, conn, r.kept.number, r.kept.at, r.next)
		if errors.Is(err, pgx.ErrNoRows) {
			return r.missing(ctx, conn)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.next, r.size = r.next+1, r.size+int64(len(data))
	r.sum.Write(data)
	return data, nil
}

// missing returns why a part is missing: damage, unless another store has saved newer snapshots meanwhile.
func (r *snapshotReader) missing(ctx context.Context, conn *pgx.Conn) error {
	var kept, standby bool
	err := conn.QueryRow(ctx, r.log.queries.isKept, r.log.opts.Log, r.kept.number).Scan(&kept, &standby)
	switch {
	case err != nil:
		return err
	case standby:
		return errStandby
	case !kept:
		return errInProgress
	}
	return corrupt(r.kept.at, "a part of the snapshot is missing")
}

// Close implements io.Closer.
func (r *snapshotReader) Close() error { return nil }

// Compact implements [contacts.Snapshotter]. It first records what it drops: reading that is LOG_COMPACTED at once, and
// the next Compact continues if this one fails.
func (l *Log) Compact(ctx context.Context, at contacts.Seq) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	l.saving.Lock()
	defer l.saving.Unlock()
	err := l.request(ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) error {
		if _, err := l.head(ctx, conn); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, l.queries.compact, l.opts.Log, int64(at))
		return err
	})
	for more := true; more && err == nil; {
		err = l.request(ctx, contacts.ErrLogUnavailable, func(ctx context.Context, conn *pgx.Conn) error {
			tag, err := conn.Exec(ctx, l.queries.drop, l.opts.Log, dropEntries)
			more = tag.RowsAffected() == dropEntries
			return err
		})
	}
	return err
}
