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

// mergeDuplicates merges each group of duplicates into its oldest contact, and shows what the ID of one of the others is
// good for afterwards.
func mergeDuplicates(ctx context.Context, w io.Writer, s *contacts.Store) error {
	groups := findDuplicates(s.Snapshot())
	fmt.Fprint(w, "\nDuplicates\n")
	if len(groups) == 0 {
		fmt.Fprint(w, "  no two contacts share an email or a phone\n")
		return nil
	}
	printGroups(w, groups)
	for _, g := range groups[:min(3, len(groups))] {
		if err := preview(ctx, w, s, g); err != nil {
			return err
		}
	}

	var gone []uuid.UUID
	merged, blocked := 0, make(tally)
	for _, g := range groups {
		sources, blocks, err := merge(ctx, s, g)
		if err != nil {
			return err
		}
		gone = append(gone, sources...)
		if len(blocks) > 0 {
			blocked[string(blocks[0].Blocker)]++
		} else {
			merged++
		}
	}
	fmt.Fprintf(w, "%6d groups merged: %d contacts are gone, %d are left\n", merged, len(gone), s.Snapshot().Len())
	printTally(w, "       groups that cannot be merged", blocked)
	if len(gone) == 0 {
		return nil
	}
	return lookUp(ctx, w, s, gone[0])
}

func printGroups(w io.Writer, groups []group) {
	members, shared := 0, make(tally)
	for _, g := range groups {
		members += len(g.members)
		shared[g.shared()]++
	}
	printTally(w, fmt.Sprintf("%6d groups of %d contacts, by what they share", len(groups), members), shared)
}

// preview prints what would become of a group. The plan accounts for each piece of information that its contacts have.
func preview(ctx context.Context, w io.Writer, s *contacts.Store, g group) error {
	sources := g.sources()
	plan, err := s.PreviewMerge(ctx, g.target(), sources[:min(maxSources, len(sources))])
	if err != nil {
		return err
	}
	count := make(map[contacts.MergeOutcome]int)
	first := make(map[contacts.MergeOutcome]contacts.MergeEntry)
	for _, entry := range plan.Account {
		if entry.Reason == contacts.ComputedAgain {
			continue // such as the display name: nothing that anyone typed is lost
		}
		if count[entry.Outcome]++; count[entry.Outcome] == 1 {
			first[entry.Outcome] = entry
		}
	}
	var examples []string
	if e, ok := first[contacts.MergeAdded]; ok {
		example := e.Field + " is added"
		if e.To != e.Field {
			example += " as " + e.To
		}
		examples = append(examples, example)
	}
	if e, ok := first[contacts.MergeDropped]; ok {
		examples = append(examples, e.Field+" is dropped: "+string(e.Reason))
	}
	fmt.Fprintf(w, "  %s\n", clip("PreviewMerge of "+names(slices.Values(g.members)), width-2))
	fmt.Fprintf(w, "    %d kept, %d added, %d already there, %d dropped\n",
		count[contacts.MergeKept], count[contacts.MergeAdded], count[contacts.MergeAlreadyThere], count[contacts.MergeDropped])
	if len(examples) > 0 {
		fmt.Fprintf(w, "    %s\n", clip(strings.Join(examples, "; "), width-4))
	}
	return nil
}

// merge merges a group into its oldest contact, a few contacts at a time. It returns those that are gone, and what has
// kept the others from being merged away.
func merge(ctx context.Context, s *contacts.Store, g group) (gone []uuid.UUID, blocks []contacts.MergeBlock, err error) {
	for sources := range slices.Chunk(g.sources(), maxSources) {
		plan, err := s.PreviewMerge(ctx, g.target(), sources)
		if err != nil {
			return gone, nil, err
		}
		if len(plan.Blocks) > 0 {
			return gone, plan.Blocks, nil
		}
		// The fingerprint makes sure that the store does what the plan says: it fails if a contact has changed since.
		opts := &contacts.MergeOptions{Plan: plan.Fingerprint}
		if _, err := s.Merge(ctx, g.target(), plan.Contact.Revision, sources, opts); err != nil {
			return gone, nil, err
		}
		gone = append(gone, sources...)
	}
	return gone, nil, nil
}

// lookUp shows that the ID of a contact that was merged away can be read, and not be written to.
func lookUp(ctx context.Context, w io.Writer, s *contacts.Store, old uuid.UUID) error {
	c, err := s.Get(ctx, old, nil)
	if err != nil {
		return err
	}
	printStep(w, "Get of "+old.String(), "contact "+c.ID.String()) // another ID tells that it was merged
	way, err := s.Resolve(ctx, old)
	if err != nil {
		return err
	}
	var path []string
	for _, id := range way.Path {
		path = append(path, id.String())
	}
	fmt.Fprintf(w, "  %s\n", clip("Resolve: "+strings.Join(path, " to "), width-2))
	_, err = s.Update(ctx, old, c.Revision, contacts.Patch{Company: contacts.Set("Moved Ltd")}, nil)
	printStep(w, "Update of "+old.String(), string(contacts.CodeOf(err)))
	return nil
}
