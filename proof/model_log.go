package proof

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// modelLog is what the log of a store has: all commits, what they say about bulk jobs, and at most two snapshots.
type modelLog struct {
	kind    LogKind
	commits []*Commit
	jobs    []loggedJob
	saved   []savedModel // oldest first
}

type loggedJob struct {
	job contacts.Job // as the commit counts it
	in  *Commit
}

type savedModel struct {
	position contacts.Position
	jobs     []contacts.Job
	sealed   uint64
}

func (l *modelLog) copy() *modelLog {
	if l == nil {
		return nil
	}
	return &modelLog{l.kind, slices.Clone(l.commits), slices.Clone(l.jobs), slices.Clone(l.saved)}
}

// newest returns the newest snapshot, an empty one if there is none.
func (l *modelLog) newest() savedModel {
	if len(l.saved) == 0 {
		return savedModel{}
	}
	return l.saved[len(l.saved)-1]
}

// since returns the position of the snapshot whose commits the log still has (DUR-2).
func (l *modelLog) since() contacts.Position {
	if len(l.saved) < 2 {
		return 0
	}
	return l.saved[0].position
}

// after returns the commits after a position, or the error of Follow if some were dropped (EVT-3, DUR-3).
func (m *Model) after(since contacts.Position) ([]*Commit, error) {
	kept, oldest := m.feed, m.since
	if since < m.since && m.log != nil {
		kept, oldest = m.log.commits, m.log.since()
	}
	if since < oldest {
		return nil, failWith(contacts.ErrPositionExpired, uuid.Nil, &contacts.PositionError{Oldest: oldest})
	}
	i := slices.IndexFunc(kept, func(c *Commit) bool { return c.Position > since })
	if i < 0 {
		return nil, nil
	}
	return kept[i:], nil
}

// logJob notes what the last commit counts.
func (m *Model) logJob(job contacts.Job) {
	if m.log != nil {
		m.log.jobs = append(m.log.jobs, loggedJob{job, m.log.commits[len(m.log.commits)-1]})
	}
}

// Compact is [contacts.Store.Compact] (DUR-2).
func (m *Model) Compact(ctx context.Context) error {
	if err := m.ready(ctx); err != nil || m.log == nil || m.position == 0 {
		return err
	}
	saved := append(m.log.saved, savedModel{m.position, slices.Clone(m.jobs), uint64(m.position) + 1<<32})
	m.log.saved = slices.Clone(saved[max(0, len(saved)-2):])
	return nil
}

// Erase is [contacts.Store.Erase] (DUR-5).
func (m *Model) Erase(ctx context.Context) (contacts.Position, error) {
	for range 2 {
		if err := m.Compact(ctx); err != nil {
			return 0, err
		}
	}
	return m.position, m.TrimFeed(ctx, m.position)
}

// Sync is [contacts.Store.Sync].
func (m *Model) Sync(ctx context.Context) error { return m.ready(ctx) }

// Outcome is [contacts.Store.Outcome] for a commit that never was.
func (m *Model) Outcome(ctx context.Context, _ uuid.UUID) (contacts.Position, error) {
	if err := m.ready(ctx); err != nil {
		return 0, err
	}
	return 0, fail(contacts.ErrCommitNotFound, uuid.Nil)
}

// Reopen replaces m by what its log has (DUR-1): the feed and the jobs of the newest snapshot and of the commits since.
func (m *Model) Reopen() {
	from := m.log.newest()
	m.feed, m.since, m.jobs, m.closed = nil, from.position, slices.Clone(from.jobs), false
	m.sealed = from.sealed
	for _, c := range m.log.commits {
		if c.Position > from.position {
			m.feed = append(m.feed, c)
			m.limitFeed()
		}
	}
	for _, l := range m.log.jobs {
		if l.in.Position > from.position {
			m.restoreJob(l.job, l.in.Time)
		}
	}
	for i := range m.jobs {
		if m.jobs[i].Status == contacts.JobStatusRunning {
			m.jobs[i].Status, m.jobs[i].FinishedDate = contacts.JobStatusUnknown, m.time
		}
	}
}

// restoreJob adds a job, or replaces one that is running. It has ended once all of its contacts are done (DUR-6).
func (m *Model) restoreJob(job contacts.Job, at time.Time) {
	if job.SuccessTotal+job.FailedTotal == job.TotalItems {
		job.Status, job.FinishedDate = contacts.JobStatusCompleted, at
	}
	for i, kept := range slices.Backward(m.jobs) {
		if kept.ID == job.ID && kept.Status == contacts.JobStatusRunning {
			m.jobs[i] = job
			return
		} else if kept.ID == job.ID {
			break
		}
	}
	m.jobs = append(m.jobs, job)
	m.jobs = m.jobs[max(0, len(m.jobs)-100):]
}
