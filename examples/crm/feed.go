package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/contactsdb/contacts"
)

// replay reads the feed from a position to the current one, and prints a line about it.
func replay(ctx context.Context, w io.Writer, s *contacts.Store, since contacts.Position) error {
	until := s.Snapshot().Position()
	// Follow waits for further commits until its context is canceled.
	following, stop := context.WithCancel(ctx)
	defer stop()
	if since == until {
		stop()
	}
	commits, changes := 0, 0
	for commit, err := range s.Follow(following, since) {
		expired, isExpired := errors.AsType[*contacts.PositionError](err)
		switch {
		case errors.Is(err, context.Canceled) && ctx.Err() == nil: // by stop
		case isExpired: // the store no longer keeps all of these changes, see Options.FeedSize
			fmt.Fprintf(w, "\nFollow from position %d: %s, %v\n", since, contacts.CodeOf(err), expired)
			return nil
		case err != nil:
			return err
		default:
			commits++
			changes += len(commit.Changes)
			if commit.Position == until {
				stop()
			}
		}
	}
	fmt.Fprintf(w, "\nFollow from position %d: %d commits with %d changes\n", since, commits, changes)
	return nil
}
