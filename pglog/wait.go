package pglog

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/contactsdb/contacts"
)

// A commit that notifies holds a lock of the whole server until it is durable, so no two of them share the wait for the
// disk, even in different databases: four logs had no more entries a second than one, instead of three times as many.
// So a transaction of its own announces an entry, and writes nothing.

const (
	announceWait = time.Second            // for an announcement
	listenPause  = 200 * time.Millisecond // before listening again after an error
	quietPolls   = 10                     // times Options.Poll: after such a silence a listener checks its connection
)

// Wait implements [contacts.Log]. Stores announce each entry with NOTIFY once it is durable; since an announcement can
// be lost, Wait asks the server as well, every Options.Poll. The first call opens a connection that listens until the
// log is closed.
func (l *Log) Wait(ctx context.Context, after contacts.Seq) error {
	for {
		if err := l.begin(ctx); err != nil {
			return err
		}
		grown := l.listen()
		if l.known.Load() > uint64(after) {
			return nil
		}
		timer := time.NewTimer(l.opts.Poll)
		select {
		case <-grown:
			timer.Stop()
			continue
		case <-timer.C:
		case <-ctx.Done():
		case <-l.closing.Done():
		}
		timer.Stop()
		if _, err := l.readHead(ctx); err != nil {
			return err
		}
	}
}

// listen lets the log listen if it does not yet, and returns a channel that is closed when there is another entry.
func (l *Log) listen() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.listening {
		l.listening = l.run(func() {
			for l.closing.Err() == nil {
				l.hear() // Wait reports the error, if it stays
				select {
				case <-time.After(listenPause):
				case <-l.closing.Done():
				}
			}
		})
	}
	return l.grown
}

// wake wakes all that wait.
func (l *Log) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listening {
		close(l.grown)
		l.grown = make(chan struct{})
	}
}

// hear listens until its connection fails or the log is closed.
func (l *Log) hear() error {
	conn, err := l.ownConn()
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), announceWait)
		defer cancel()
		conn.Close(ctx)
	}()
	for {
		if err := l.ask(conn); err != nil {
			return err
		}
		for heard := false; !heard; {
			if heard, err = l.hearOne(conn); err != nil {
				return err
			}
		}
	}
}

// ownConn takes a connection from the pool for good, and lets it listen.
func (l *Log) ownConn() (*pgx.Conn, error) {
	ctx, cancel := l.bound(l.closing)
	defer cancel()
	pooled, err := l.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, "LISTEN "+l.channel); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// ask asks the server for the last entry.
func (l *Log) ask(conn *pgx.Conn) error {
	ctx, cancel := l.bound(l.closing)
	defer cancel()
	_, err := l.head(ctx, conn)
	return err
}

// hearOne waits for an announcement, and reports whether it names an entry that the log has not seen. Anyone can
// announce, so the caller asks the server. After a long silence it also returns true.
func (l *Log) hearOne(conn *pgx.Conn) (bool, error) {
	ctx, cancel := context.WithTimeout(l.closing, quietPolls*l.opts.Poll)
	defer cancel()
	heard, err := conn.WaitForNotification(ctx)
	switch {
	case err == nil:
		seq, err := strconv.ParseUint(heard.Payload, 10, 64)
		return err == nil && seq > l.known.Load(), nil
	case pgconn.Timeout(err) && !conn.IsClosed():
		return true, nil
	}
	return false, err
}

// announce lets other processes know that there is another entry.
func (l *Log) announce() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unannounced = true
	if !l.announcing {
		l.announcing = l.run(l.sendAnnouncements)
	}
}

// sendAnnouncements announces until there is nothing to announce: once for all entries that were added meanwhile, with
// the last place.
func (l *Log) sendAnnouncements() {
	for l.takeUnannounced() {
		ctx, cancel := context.WithTimeout(context.Background(), announceWait) // also while the log is being closed
		l.pool.Exec(ctx, "SELECT pg_notify($1, $2)", l.channel, strconv.FormatUint(l.known.Load(), 10))
		cancel() // if it was not sent, others ask
	}
}

func (l *Log) takeUnannounced() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announcing, l.unannounced = l.unannounced, false
	return l.announcing
}
