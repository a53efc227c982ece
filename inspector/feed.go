package inspector

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const (
	commitsShown = 50 // on a page of the feed
	changesShown = 6  // of a commit
)

// commit is a commit as pages show it.
type commit struct {
	Position int
	Time     time.Time
	Changes  []change
	More     int // changes that are not shown
}

// change is a change to a contact, a label or a field.
type change struct {
	chip
	Also    []chip // further changes of the same contact
	Person  person // of a contact
	Link    string // of the contact, relative to the page; "" for none
	Name    string // of a label or field
	Key     string
	Sources []uuid.UUID
	Edits   []edit
	More    int // edits that are not shown
}

// feedPage is the data of the feed.
type feedPage struct {
	Commits  []commit // the newest first
	Newest   int      // position
	Instance string
	Older    int  // the position before the commits shown, from which older ones can be read; 0 if there are none
	Start    int  // commits up to here are no longer in the feed
	Part     bool // these are the commits that are new
	Follow   bool // new commits belong on this page
}

// feed shows the newest commits. With the parameter since it shows only those after a position, for the script; with
// before, those up to a position.
func (v *visit) feed() error {
	newest := v.store.Snapshot().Position()
	out := &feedPage{Newest: int(newest), Instance: v.instance, Follow: true}
	upTo := newest
	query := v.r.URL.Query()
	if n, err := strconv.ParseUint(query.Get("before"), 10, 63); err == nil {
		upTo, out.Follow = min(newest, contacts.Position(n)), false
	}
	since := upTo - min(upTo, commitsShown)
	n, err := strconv.ParseUint(query.Get("since"), 10, 63)
	// After a restart the positions may be those of another store. If there are too many new commits, only the newest
	// are shown, and not as a part, which would have a gap.
	asked := contacts.Position(n)
	if err == nil && query.Get("instance") == v.instance && asked >= since && asked <= newest {
		since, out.Part = asked, true
	}
	start, err := v.commits(v.r.Context(), since, upTo, func(c contacts.Commit) {
		shown := commitOf(c, func(contacts.Change) bool { return true })
		for i := range shown.Changes {
			if ch := &shown.Changes[i]; ch.Key == "" { // a deleted contact may live on in another
				ch.Link = "contacts/" + ch.Person.ID.String()
			}
		}
		out.Commits = append(out.Commits, shown)
	})
	if err != nil {
		return err
	}
	slices.Reverse(out.Commits)
	out.Start = int(start)
	if len(out.Commits) > 0 && since > start && !out.Part {
		out.Older = out.Commits[len(out.Commits)-1].Position - 1
	}
	return v.render(http.StatusOK, "feed", "Feed", out)
}

// commits passes the commits after a position, up to another one, to do, and returns the position at which the feed
// starts. It reads no commits from a log, because that takes as long as opening the store.
func (h *handler) commits(
	ctx context.Context, since, upTo contacts.Position, do func(contacts.Commit),
) (start contacts.Position, err error) {
	start = h.store.Stats().Feed.Oldest
	if since = max(since, start); since >= upTo {
		return start, nil
	}
	for c, err := range h.store.Follow(ctx, since) {
		switch {
		case errors.Is(err, contacts.ErrPositionExpired) || errors.Is(err, contacts.ErrClosed):
			return start, nil // the feed was trimmed meanwhile, or the store closed: what was there has been shown
		case err != nil:
			return start, err
		}
		do(c)
		if c.Position >= upTo {
			break
		}
	}
	return start, nil
}

// commitOf returns what pages show of a commit: the changes that are wanted.
func commitOf(c contacts.Commit, wanted func(contacts.Change) bool) commit {
	out := commit{Position: int(c.Position), Time: c.Time}
	for _, ch := range c.Changes {
		switch {
		case !wanted(ch):
		case len(out.Changes) == changesShown:
			out.More++
		default:
			next := changeOf(ch)
			// A merge comes with an update of its target: they are shown as one.
			if i := len(out.Changes) - 1; i >= 0 && next.Key == "" && out.Changes[i].Person.ID == next.Person.ID {
				out.Changes[i].Also = append(out.Changes[i].Also, next.chip)
				continue
			}
			out.Changes = append(out.Changes, next)
		}
	}
	return out
}

// changeChips name the kinds of changes.
var changeChips = map[contacts.ChangeKind]chip{
	contacts.ContactCreated:   {"Created", "good"},
	contacts.ContactUpdated:   {"Updated", "info"},
	contacts.ContactDeleted:   {"Deleted", "bad"},
	contacts.ContactMerged:    {"Merged", "warn"},
	contacts.ContactSubmitted: {"Submitted", "plain"},
	contacts.LabelCreated:     {"Label created", "good"},
	contacts.LabelUpdated:     {"Label renamed", "info"},
	contacts.LabelDeleted:     {"Label deleted", "bad"},
	contacts.FieldCreated:     {"Field created", "good"},
	contacts.FieldUpdated:     {"Field renamed", "info"},
	contacts.FieldDeleted:     {"Field deleted", "bad"},
}

const editsShown = 8

func changeOf(ch contacts.Change) change {
	out := change{chip: changeChips[ch.Kind], Sources: ch.Sources()}
	switch ch.Kind {
	case contacts.LabelCreated, contacts.LabelUpdated, contacts.LabelDeleted:
		before, after := ch.Label()
		out.Key, out.Name = ch.EntityID(), cmp.Or(after.DisplayName, before.DisplayName)
		return out
	case contacts.FieldCreated, contacts.FieldUpdated, contacts.FieldDeleted:
		before, after := ch.Field()
		out.Key, out.Name = ch.EntityID(), cmp.Or(after.DisplayName, before.DisplayName)
		return out
	}
	if ch.After.IsZero() {
		out.Person = personOf(ch.Before)
		return out
	}
	out.Person = personOf(ch.After)
	if !ch.Before.IsZero() {
		out.Edits, out.More = first(edits(ch.Before, ch.After), editsShown)
	}
	return out
}
