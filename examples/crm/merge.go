package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const maxSources = 5 // of one merge

// mergeDuplicates merges each group of duplicates that is safe to merge, first in a fork and then in the store, and
// shows how the store treats the ID of a contact that was merged away.
func mergeDuplicates(ctx context.Context, w io.Writer, s *contacts.Store) error {
	groups := slices.Collect(s.Snapshot().Duplicates(nil))
	fmt.Fprint(w, "\nDuplicates\n")
	if len(groups) == 0 {
		fmt.Fprint(w, "  no two contacts share an email or a phone\n")
		return nil
	}
	printGroups(w, groups)
	safe := slices.DeleteFunc(slices.Clone(groups), func(g contacts.DuplicateGroup) bool { return !g.Safe() })
	for _, g := range safe[:min(2, len(safe))] {
		if err := preview(ctx, w, s, g); err != nil {
			return err
		}
	}

	// A fork costs nothing, whatever the size of the store, so everything can be tried before anything is changed.
	fork := s.Fork()
	trial, err := mergeAll(ctx, fork, safe)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%6d groups merged in a fork: the fork has %d contacts, the store still has %d\n",
		trial.merged, fork.Snapshot().Len(), s.Snapshot().Len())
	before := s.Snapshot()
	done, err := mergeAll(ctx, s, safe)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%6d groups merged in the store: %d contacts are gone, %d are left\n",
		done.merged, len(done.gone), s.Snapshot().Len())
	printTally(w, "       groups not merged", done.held)
	if len(done.gone) == 0 {
		return nil
	}
	return lookUp(ctx, w, s, done.gone[0], nameOf(before, done.gone[0]))
}

// merges is the outcome of merging groups.
type merges struct {
	merged int         // groups
	held   tally       // groups, by the obstacle to merging them
	gone   []uuid.UUID // contacts
}

// mergeAll merges each group into its oldest contact, unless there is an obstacle.
func mergeAll(ctx context.Context, s *contacts.Store, groups []contacts.DuplicateGroup) (merges, error) {
	m := merges{held: make(tally)}
	for _, g := range groups {
		gone, obstacle, err := merge(ctx, s, g)
		if err != nil {
			return m, err
		}
		m.gone = append(m.gone, gone...)
		if obstacle != "" {
			m.held[obstacle]++
		} else {
			m.merged++
		}
	}
	return m, nil
}

// preview prints the outcome of merging a group, without merging it. The plan accounts for every value of its contacts.
func preview(ctx context.Context, w io.Writer, s *contacts.Store, g contacts.DuplicateGroup) error {
	sources := others(g)
	plan, err := s.PreviewMerge(ctx, g.Target(), sources[:min(maxSources, len(sources))])
	if err != nil {
		return err
	}
	count := make(map[contacts.MergeOutcome]int)
	first := make(map[contacts.MergeOutcome]contacts.MergeEntry)
	for _, entry := range plan.Account {
		if entry.Reason == contacts.ComputedAgain {
			continue // such as the display name: no value that a person entered is lost
		}
		if count[entry.Outcome]++; count[entry.Outcome] == 1 {
			first[entry.Outcome] = entry
		}
	}
	var examples []string
	if e, ok := first[contacts.MergeAdded]; ok {
		added := e.Field + " is added"
		if e.To != e.Field {
			added += " as " + e.To
		}
		examples = append(examples, added)
	}
	if e, ok := first[contacts.MergeDropped]; ok {
		examples = append(examples, e.Field+" is dropped: "+string(e.Reason))
	}
	fmt.Fprintf(w, "  %s\n", clip("PreviewMerge of "+names(slices.Values(g.Contacts)), width-2))
	fmt.Fprintf(w, "    %d kept, %d added, %d already there, %d dropped\n",
		count[contacts.MergeKept], count[contacts.MergeAdded], count[contacts.MergeAlreadyThere],
		count[contacts.MergeDropped])
	if len(examples) > 0 {
		fmt.Fprintf(w, "    %s\n", clip(strings.Join(examples, "; "), width-4))
	}
	return nil
}

// merge merges a group into its oldest contact, a few contacts at a time. It returns the contacts that are gone, and
// the obstacle to merging the others.
func merge(
	ctx context.Context, s *contacts.Store, g contacts.DuplicateGroup,
) (gone []uuid.UUID, obstacle string, err error) {
	for sources := range slices.Chunk(others(g), maxSources) {
		plan, err := s.PreviewMerge(ctx, g.Target(), sources)
		if err != nil {
			return gone, "", err
		}
		if obstacle := obstacleTo(plan); obstacle != "" {
			return gone, obstacle, nil
		}
		// With the fingerprint of the plan, the merge fails if a contact has changed since.
		opts := &contacts.MergeOptions{Plan: plan.Fingerprint}
		if _, err := s.Merge(ctx, g.Target(), plan.Contact.Revision, sources, opts); err != nil {
			return gone, "", err
		}
		gone = append(gone, sources...)
	}
	return gone, "", nil
}

// obstacleTo returns the reason not to carry out a plan, "" if there is none.
func obstacleTo(plan *contacts.MergePlan) string {
	if len(plan.Blocks) > 0 {
		return string(plan.Blocks[0].Blocker) // the store would refuse it
	}
	return doubts(plan.Doubts) // none, unless the contacts have changed since they were grouped
}

// lookUp shows that the ID of a contact that was merged away can be read but not written.
func lookUp(ctx context.Context, w io.Writer, s *contacts.Store, old uuid.UUID, gone string) error {
	c, err := s.Get(ctx, old, nil)
	if err != nil {
		return err
	}
	printStep(w, "Get by the old ID of "+gone, displayNameOf(c)) // a different ID means that the contact was merged
	resolved, err := s.Resolve(ctx, old)
	if err != nil {
		return err
	}
	printStep(w, "Resolve", fmt.Sprintf("the ID of %s, in %d step", displayNameOf(c), len(resolved.Path)-1))
	_, err = s.Update(ctx, old, c.Revision, contacts.Patch{Company: contacts.Set("Moved Ltd")}, nil)
	printStep(w, "Update by the old ID", string(contacts.CodeOf(err)))
	return nil
}
