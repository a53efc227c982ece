package pglog

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/contactsdb/contacts"
)

// reason is why a request failed although the server has carried it out.
type reason struct {
	text   string
	passes bool // the same request may succeed later
}

// Error returns the text.
func (r *reason) Error() string { return r.text }

var (
	errStandby    = &reason{text: "the server is a standby", passes: true}
	errInProgress = &reason{text: "another store is writing", passes: true}
	errRefused    = &reason{text: "the entry is not the next one"} // does not leave the package
)

// final returns a reason for which the same request would fail again.
func final(format string, args ...any) error { return &reason{text: fmt.Sprintf(format, args...)} }

// request runs f with a connection of the pool. If f fails and the same call may succeed later, the error has the code,
// or LOG_UNAVAILABLE if certainly nothing was written.
func (l *Log) request(
	ctx context.Context, code contacts.Code, f func(ctx context.Context, conn *pgx.Conn) error,
) error {
	bounded, cancel := l.bound(ctx)
	defer cancel()
	conn, err := l.pool.Acquire(bounded)
	if err != nil {
		return l.failed(ctx, contacts.ErrLogUnavailable, err)
	}
	defer conn.Release()
	return l.failed(ctx, code, f(bounded, conn.Conn()))
}

// failed returns the error of a call whose request failed with err. It has the code if the same call may succeed later.
func (l *Log) failed(ctx context.Context, code contacts.Code, err error) error {
	if code == contacts.ErrLogUnknown && nothingWritten(err) {
		code = contacts.ErrLogUnavailable
	}
	switch {
	case err == nil:
		return nil
	case l.closing.Err() != nil && code != contacts.ErrLogUnknown:
		return errClosed()
	case l.closing.Err() != nil:
		return fmt.Errorf("pglog: %w: %w", code, contacts.ErrLogClosed)
	case ctx.Err() != nil && code != contacts.ErrLogUnknown:
		return fmt.Errorf("pglog: %w", ctx.Err())
	case ctx.Err() != nil:
		return fmt.Errorf("pglog: %w: %w", code, ctx.Err())
	case contacts.CodeOf(err) == "" && temporary(err):
		return fmt.Errorf("pglog: %w: %w", code, err)
	case isDamage(err):
		return fmt.Errorf("pglog: %w: %w", corrupt(0, "the server cannot read its tables"), err)
	default:
		return fmt.Errorf("pglog: %w", err)
	}
}

// Classes of the codes of errors of the server.
const (
	classConnection    = "08"
	classReadOnly      = "25"
	classRollback      = "40" // of a transaction, because of others
	classResources     = "53"
	classLock          = "55"
	classIntervention  = "57" // of an operator, or of the server itself
	codeDiskFull       = "53100"
	codeNoDatabase     = "57P04"
	codeDataCorrupted  = "XX001"
	codeIndexCorrupted = "XX002"
)

// nothingWritten reports whether the request certainly had no effect. An error of severity FATAL does not say whether a
// transaction was committed at the same time, and a proxy may have sent it.
func nothingWritten(err error) bool {
	if refusal, ok := errors.AsType[*pgconn.PgError](err); ok {
		return refusal.SeverityUnlocalized == "ERROR" && refusal.Code[:2] != classConnection
	}
	return pgconn.SafeToRetry(err)
}

// temporary reports whether a request that failed with this error may succeed later. Trouble of the network passes.
func temporary(err error) bool {
	if why, ok := errors.AsType[*reason](err); ok {
		return why.passes
	}
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return !errors.Is(err, puddle.ErrClosedPool)
	}
	switch refusal.Code[:2] {
	case classConnection, classReadOnly, classRollback, classLock:
		return true
	case classResources:
		return refusal.Code != codeDiskFull
	case classIntervention:
		return refusal.Code != codeNoDatabase
	}
	return false
}

// isDamage reports whether the server has found its own data damaged.
func isDamage(err error) bool {
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (refusal.Code == codeDataCorrupted || refusal.Code == codeIndexCorrupted)
}

// head is the row of a log.
type head struct {
	last, dropped contacts.Seq
}

// head reads the row of the log, and notices if the log has lost entries that it had.
//
// Errors: errStandby, LOG_DIVERGED, those of the server.
func (l *Log) head(ctx context.Context, conn *pgx.Conn) (h head, err error) {
	known := contacts.Seq(l.known.Load())
	var standby bool
	err = conn.QueryRow(ctx, l.queries.head, l.opts.Log).Scan(&h.last, &h.dropped, &standby)
	if err = l.checkHead(h, standby, known, err); err == nil {
		l.note(h.last)
	}
	return h, err
}

// checkHead returns why the row of a log cannot be used: err is the error of reading it, and known the last place where
// the log has seen an entry before.
func (l *Log) checkHead(h head, standby bool, known contacts.Seq, err error) error {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return diverged(known, "the log was removed")
	case err != nil:
		return err
	case standby:
		return errStandby
	case h.last < known:
		return diverged(known, "the database has lost the entry, or was restored")
	}
	return nil
}

func diverged(seq contacts.Seq, reason string) error {
	return fmt.Errorf("%w: %w", contacts.ErrDiverged, corrupt(seq, reason))
}
