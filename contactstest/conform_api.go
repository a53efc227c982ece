package contactstest

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// The interfaces below have methods of a [contacts.Store] that not every implementation of [API] has, with the same
// rules. [Conformance] uses those that it finds, from one goroutine, except Follow, which it also calls from a second.
type (
	// Admin stands in for the services that own members, statuses, purchases and activities.
	Admin interface {
		SetMember(ctx context.Context, id uuid.UUID, member *contacts.Member) (*contacts.Contact, error)
		SetBillingSubscription(ctx context.Context, id uuid.UUID, active bool) (*contacts.Contact, error)
		SetSubscription(
			ctx context.Context, id uuid.UUID, address string, status contacts.SubscriptionStatus,
		) (*contacts.Contact, error)
		SetDeliverability(
			ctx context.Context, id uuid.UUID, email string, status contacts.EmailDeliverability,
		) (*contacts.Contact, error)
		SetSystemFields(ctx context.Context, id uuid.UUID, values map[string]any) (*contacts.Contact, error)
		RecordActivity(
			ctx context.Context, id uuid.UUID, t contacts.ActivityType, at time.Time,
		) (*contacts.Contact, error)
	}

	// Upserter updates the contact that has an email or a phone, or creates one.
	Upserter interface {
		Upsert(
			ctx context.Context, info contacts.Info, opts *contacts.UpsertOptions,
		) (*contacts.Contact, contacts.UpsertAction, error)
	}

	// Batcher performs several operations in one commit.
	Batcher interface {
		Batch(
			ctx context.Context, ops []contacts.Operation, opts *contacts.BatchOptions,
		) ([]contacts.BatchResult, error)
	}

	// Importer adds whole contacts.
	Importer interface {
		Import(
			ctx context.Context, rows iter.Seq2[contacts.Row, error], opts *contacts.ImportOptions,
		) (contacts.ImportReport, error)
	}

	// Resolver finds the live contact for the ID of one that was merged away.
	Resolver interface {
		Resolve(ctx context.Context, id uuid.UUID) (contacts.Resolution, error)
	}

	// Follower yields the commits of an implementation.
	Follower interface {
		Follow(ctx context.Context, since contacts.Position) iter.Seq2[contacts.Commit, error]
		TrimFeed(ctx context.Context, upTo contacts.Position) error
	}

	// Snapshotter returns the contents of an implementation at one moment.
	Snapshotter interface {
		Snapshot() *contacts.Snapshot
	}

	// Forker copies an implementation.
	Forker interface {
		Fork() *contacts.Store
	}

	// Closer closes an implementation: all calls after Close fail with STORE_CLOSED.
	Closer interface {
		Close() error
	}
)

var _ interface {
	Admin
	Upserter
	Batcher
	Importer
	Resolver
	Follower
	Snapshotter
	Forker
	Closer
} = (*contacts.Store)(nil)

// Keeper is an implementation with a log, from which Follow reads commits that the feed has dropped (DUR-3). Without
// this method Follow must refuse them (EVT-3, EVT-7).
type Keeper interface {
	// KeepsCommits does nothing.
	KeepsCommits()
}

// Mover has a clock that dates the writes of an implementation and moves only when a test moves it.
type Mover interface {
	// Advance moves the clock and returns its new time.
	Advance(by time.Duration) time.Time
}

// Reopener is an implementation that [Conformance] replaces before each call, for example one that is saved and loaded
// each time. A case that depends on state that is not saved, such as cursors and bulk jobs, keeps what it has opened.
type Reopener interface {
	// Reopen returns an implementation with the same contents. The receiver is not used afterwards.
	Reopen() API
}
