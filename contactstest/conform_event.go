package contactstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// position returns the position of the last commit.
func position(k *kit) contacts.Position {
	k.Helper()
	return k.snapshot().Position()
}

// following returns the first n commits after a position, which must be there.
func following(k *kit, since contacts.Position, n int) []contacts.Commit {
	k.Helper()
	var list []contacts.Commit
	if n == 0 {
		return nil
	}
	for c, err := range k.follower().Follow(k.ctx(), since) {
		if list = append(list, of(c, err).ok(k)); len(list) == n {
			return list
		}
	}
	k.Fatalf("the feed ends after %d of %d commits", len(list), n)
	return nil
}

// commits makes calls and returns their commits.
func commits(k *kit, calls func()) []contacts.Commit {
	k.Helper()
	since := position(k)
	calls()
	return following(k, since, int(position(k)-since))
}

// kinds returns the kinds of the changes of a commit, with their subjects.
func kinds(c contacts.Commit) string {
	var list []string
	for _, ch := range c.Changes {
		list = append(list, string(ch.Kind)+" "+ch.EntityID())
	}
	return strings.Join(list, ", ")
}

// feedCase is a case that keeps what it has opened: an export does not contain the feed, and a fork starts without it.
func feedCase(name string, needs Needs, run func(*kit)) conformCase {
	return conformCase{name, needs, func(k *kit) {
		k.follower()
		k.snapshot()
		k.hold()
		run(k)
	}}
}

// eventCases are those of EVT.
var eventCases = []conformCase{
	feedCase("EVT-1 each write is one commit", Needs{}, func(k *kit) {
		var c *contacts.Contact
		one := func(what, want string, call func()) contacts.Commit {
			k.Helper()
			since := position(k)
			list := commits(k, call)
			same(k, "number of commits of "+what, 1, len(list))
			same(k, "position of "+what, since+1, list[0].Position)
			same(k, "changes of "+what, want, kinds(list[0]))
			return list[0]
		}
		first := commits(k, func() { c = k.create(richInfo("ada")) })
		same(k, "changes of Create", "contact_created "+c.ID.String(), kinds(first[0]))
		sameContact(k, "after Create", c, first[0].Changes[0].After.Clone())
		check(k, "Create has a contact before the change", first[0].Changes[0].Before.IsZero())
		same(k, "time of the commit", c.CreatedDate, first[0].Time)
		before := c
		got := one("Update", "contact_updated "+c.ID.String(), func() {
			c = k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
		})
		sameContact(k, "before Update", before, got.Changes[0].Before.Clone())
		sameContact(k, "after Update", c, got.Changes[0].After.Clone())
		var label, field string
		one("FindOrCreateLabel", "label_created custom.evt", func() { label = k.newLabel("EVT") })
		one("FindOrCreateField", "extended-field_created custom.evt", func() { field = k.newField("EVT", contacts.DataText) })
		one("RenameLabel", "label_updated custom.evt", func() { of(k.api().RenameLabel(k.ctx(), label, "EVT 2")).ok(k) })
		one("RenameField", "extended-field_updated custom.evt", func() {
			of(k.api().RenameField(k.ctx(), field, "EVT 2")).ok(k)
		})
		one("Label", "contact_updated "+c.ID.String(), func() { k.label(c.ID, label) })
		one("DeleteLabel", "contact_updated "+c.ID.String()+", label_deleted custom.evt", func() {
			k.forget()
			done(k.api().DeleteLabel(k.ctx(), label)).ok(k)
		})
		one("DeleteField", "extended-field_deleted custom.evt", func() { done(k.api().DeleteField(k.ctx(), field)).ok(k) })
		got = one("Delete", "contact_deleted "+c.ID.String(), func() { k.remove(c.ID) })
		check(k, "Delete has a contact after the change", got.Changes[0].After.IsZero())
		same(k, "before Delete", c.ID, got.Changes[0].Before.ID())
	}),
	feedCase("EVT-1 calls that write nothing make no commit", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		label := k.newLabel("EVT")
		same(k, "commits", 0, len(commits(k, func() {
			k.get(c.ID)
			k.list(contacts.Query{})
			k.gone(missingID())
			k.tryUpdate(c, contacts.Patch{}).fails(k, contacts.ErrInsufficientUpdate)
			k.tryCreate(contacts.Info{}).fails(k, contacts.ErrInsufficientData)
			k.tryLabel("EVT").ok(k)
			of(k.api().PreviewMerge(k.ctx(), c.ID, []uuid.UUID{k.eve().ID})).ok(k)
			of(k.api().Label(k.ctx(), missingID(), label)).fails(k, contacts.ErrContactNotFound)
		}))-1) // Eve is created
	}),
	feedCase("EVT-1 a merge", Needs{}, func(k *kit) {
		ada, eve, bob := k.create(person("Ada")), k.create(person("Eve")), k.create(person("Bob"))
		list := commits(k, func() { k.merge(ada, bob, eve) })
		same(k, "number of commits", 1, len(list))
		same(k, "originatedFrom", "merge", list[0].OriginatedFrom)
		same(k, "changes", fmt.Sprintf("contact_merged %s, contact_updated %s, contact_deleted %s, contact_deleted %s",
			ada.ID, ada.ID, bob.ID, eve.ID), kinds(list[0]))
		same(k, "sources", []uuid.UUID{bob.ID, eve.ID}, list[0].Changes[0].Sources())
	}),
	feedCase("EVT-2 every commit after a position, once and in order", Needs{}, func(k *kit) {
		start := position(k)
		for range 5 {
			k.create(person("Ada"))
		}
		for since := start; since < start+5; since++ {
			list := following(k, since, int(start+5-since))
			for i, c := range list {
				same(k, "position", since+contacts.Position(i)+1, c.Position)
			}
		}
		n := 0
		for c, err := range k.follower().Follow(k.ctx(), start) {
			done(err).ok(k)
			n++
			same(k, "position", start+contacts.Position(n), c.Position)
			of(k.snapshot().Get(c.Changes[0].After.ID())).ok(k)
			if n < 10 {
				k.create(person("Eve"))
			} else {
				break
			}
		}
		same(k, "number of commits, with those of the loop", 10, n)
	}),
	feedCase("EVT-2 a reader that waits", Needs{}, func(k *kit) {
		ctx, cancel := context.WithTimeout(k.ctx(), 20*time.Second)
		defer cancel()
		since, follower := position(k), k.follower()
		seen := make(chan contacts.Position)
		go func() {
			defer close(seen)
			for c, err := range follower.Follow(ctx, since) {
				if err != nil {
					return
				}
				seen <- c.Position
			}
		}()
		for i := range 3 {
			k.create(person("Ada"))
			at, ok := <-seen
			check(k, "a waiting reader does not see the next commit within 20 seconds", ok)
			same(k, "position", since+contacts.Position(i)+1, at)
		}
		cancel()
		_, ok := <-seen
		check(k, "a waiting reader does not end with its context", !ok)
	}),
	feedCase("EVT-2 commits are the caller's own", Needs{}, func(k *kit) {
		since := position(k)
		k.create(person("Ada"))
		first := following(k, since, 1)[0]
		want := first.Changes[0]
		first.Changes[0] = contacts.Change{}
		same(k, "kind as another reader sees it", want.Kind, following(k, since, 1)[0].Changes[0].Kind)
	}),
	feedCase("EVT-2 commits and jobs of a log that is opened again", Needs{}, func(k *kit) {
		if !keeps(k) {
			return
		}
		since := position(k)
		a, b := k.create(person("Ada", "ada@example.com")), k.create(person("Bob"))
		k.merge(a, b)
		k.submit(person("", "ada@example.com", "b@example.com"), &contacts.SubmitOptions{PassThroughData: "Hi"})
		k.forget()
		var jobs []contacts.Job
		for range 2 {
			sel := contacts.Selection{Filter: contacts.Eq("id", a.ID)}
			jobs = append(jobs, of(k.api().BulkLabel(k.ctx(), sel, []string{labelCustomers}, nil, nil)).ok(k))
		}
		n := int(position(k) - since)
		want := following(k, since, n)
		k.release()
		k.follower()
		k.hold()
		for i, c := range following(k, since, n) {
			same(k, "the origin", want[i].OriginatedFrom, c.OriginatedFrom)
			same(k, "the changes", kinds(want[i]), kinds(c))
			for j, ch := range c.Changes {
				before := want[i].Changes[j].Before
				same(k, "whether there is a state before", before.IsZero(), ch.Before.IsZero())
				if !before.IsZero() {
					sameContact(k, "the state before", before.Clone(), ch.Before.Clone())
				}
			}
		}
		for i, job := range of(k.api().Jobs(k.ctx())).ok(k) {
			same(k, "a job", jobs[1-i], job)
		}
		of(k.api().Job(k.ctx(), jobs[0].ID)).ok(k)
	}),
	feedCase("EVT-3 the bytes of the feed", with(func(o *contacts.Options) { o.FeedBytes = 1 }), func(k *kit) {
		c := k.create(richInfo("ada"))
		for range 3 {
			c = k.update(c, contacts.Patch{Company: contacts.Set(strings.Repeat("x", 1000))})
		}
		at := position(k)
		expired(k, at-2, at-1)
		same(k, "the newest commit is kept", 1, len(following(k, at-1, 1)))
	}),
	feedCase("EVT-3 the newest changes are kept", with(func(o *contacts.Options) { o.FeedSize = 3 }), func(k *kit) {
		start := position(k)
		for range 5 {
			k.create(person("Ada"))
		}
		same(k, "kept", 3, len(following(k, start+2, 3)))
		expired(k, start, start+2)
		expired(k, start+1, start+2)
	}),
	feedCase("EVT-3 a reader that falls behind", with(func(o *contacts.Options) { o.FeedSize = 3 }), func(k *kit) {
		start, n := position(k), 0
		k.create(person("Ada"))
		for c, err := range k.follower().Follow(k.ctx(), start) {
			if err != nil {
				done(err).fails(k, contacts.ErrPositionExpired)
				same(k, "the oldest position", start+3, detail[*contacts.PositionError](k, err).Oldest)
				break
			}
			n++
			same(k, "position", start+contacts.Position(n), c.Position)
			check(k, "Follow yields a commit that was dropped", n == 1 || keeps(k))
			if n == 6 {
				break
			}
			for range 5 * (2 - min(n, 2)) {
				k.create(person("Ada"))
			}
		}
	}),
	feedCase("EVT-3 some bytes of the feed", with(func(o *contacts.Options) { o.FeedBytes = 1_000_000 }), func(k *kit) {
		info := person("Ada")
		long := strings.Repeat("x", 1000)
		info.Company, info.Addresses = long, repeated(9, contacts.Address{AddressLine: long, FormattedAddress: long + long})
		c := k.create(info)
		start := position(k)
		for i := range 100 {
			c = k.update(c, contacts.Patch{JobTitle: contacts.Set(fmt.Sprint(i))})
		}
		at := position(k)
		same(k, "the newest commits are kept", 10, len(following(k, at-10, 10)))
		for _, err := range k.follower().Follow(k.ctx(), start) {
			check(k, "commits of 3 MB are kept", keeps(k) || errors.Is(err, contacts.ErrPositionExpired))
			break
		}
	}),
	feedCase("EVT-3 a position to come", Needs{}, func(k *kit) {
		k.create(person("Ada"))
		for _, err := range k.follower().Follow(k.ctx(), position(k)+1) {
			check(k, "the violation is not at since", strings.HasPrefix(strings.Join(violationsOf(err), ","), "since "))
			done(err).fails(k, contacts.ErrInvalid)
			return
		}
		k.Fatalf("Follow yields nothing")
	}),
	feedCase("EVT-4 Follow ends with its context", Needs{}, func(k *kit) {
		k.create(person("Ada"))
		ctx, cancel := context.WithCancel(k.ctx())
		defer cancel()
		n := 0
		for _, err := range k.follower().Follow(ctx, position(k)-1) {
			if err != nil {
				check(k, "the error is not that of the context", errors.Is(err, context.Canceled))
				break
			}
			n++
			cancel()
		}
		same(k, "commits before the end", 1, n)
	}),
	feedCase("EVT-4 Follow ends with the store", Needs{}, func(k *kit) {
		closer := optional[Closer](k, "Closer")
		since := position(k)
		k.create(person("Ada"))
		follower := k.follower()
		done(closer.Close()).ok(k)
		n := 0
		for _, err := range follower.Follow(k.ctx(), since) {
			if err != nil {
				same(k, "the code", contacts.ErrClosed, contacts.CodeOf(err))
				break
			}
			n++
		}
		same(k, "commits before the end", 1, n)
	}),
	feedCase("EVT-4 the feed of a fork begins at the fork", Needs{}, func(k *kit) {
		k.create(person("Ada"))
		fork := optional[Forker](k, "Forker").Fork()
		since := position(k)
		same(k, "position of the fork", since, fork.Snapshot().Position())
		for _, err := range fork.Follow(k.ctx(), since-1) {
			same(k, "the code", contacts.ErrPositionExpired, contacts.CodeOf(err))
			break
		}
	}),
	feedCase("EVT-5 events", Needs{}, func(k *kit) {
		ada, eve := k.create(person("Ada")), k.create(person("Eve"))
		list := commits(k, func() {
			k.merge(ada, eve)
			k.newLabel("EVT")
		})
		var texts []string
		var sequence uint64
		ids := map[uuid.UUID]bool{}
		for _, c := range list {
			for e := range c.Events() {
				texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s",
					e.Type, e.EntityFQDN, e.Slug, e.EntityID, e.OriginatedFrom)))
				check(k, "entityEventSequence does not grow by one", sequence == 0 || e.Sequence == sequence+1)
				check(k, "IDs of events repeat", !ids[e.ID] && e.ID != uuid.Nil)
				sequence, ids[e.ID] = e.Sequence, true
				same(k, "eventTime", c.Time, e.EventTime)
			}
		}
		const contact = "wix.contacts.v4.contact"
		same(k, "events", []string{
			contact + "_merged " + contact + " merged " + ada.ID.String(),
			contact + "_updated " + contact + " updated " + ada.ID.String() + " merge",
			contact + "_deleted " + contact + " deleted " + eve.ID.String() + " merge",
			"wix.contacts.v4.label_created wix.contacts.v4.label created custom.evt",
		}, texts)
	}),
	feedCase("EVT-6 an event decodes from its JSON", Needs{}, func(k *kit) {
		list := commits(k, func() {
			c := k.create(richInfo("ada"))
			k.update(c, contacts.Patch{Company: contacts.Set("Birch")})
			k.remove(c.ID)
			k.newField("EVT", contacts.DataNumber)
		})
		for _, c := range list {
			for e := range c.Events() {
				text := of(json.Marshal(e)).ok(k)
				var read contacts.Event
				done(json.Unmarshal(text, &read)).ok(k)
				same(k, "JSON of a decoded event", string(text), string(of(json.Marshal(read)).ok(k)))
				same(k, "kind", e.Change().Kind, read.Change().Kind)
				same(k, "subject", e.EntityID, read.Change().EntityID())
			}
		}
	}),
	feedCase("EVT-7 TrimFeed drops commits", Needs{}, func(k *kit) {
		start := position(k)
		for range 4 {
			k.create(person("Ada"))
		}
		done(k.follower().TrimFeed(k.ctx(), start+5)).invalid(k, fmt.Sprintf("upTo MAX %d", start+4))
		done(k.follower().TrimFeed(k.ctx(), start+2)).ok(k)
		same(k, "position", start+4, position(k))
		expired(k, start+1, start+2)
		same(k, "kept", 2, len(following(k, start+2, 2)))
		done(k.follower().TrimFeed(k.ctx(), start+4)).ok(k)
		expired(k, start+3, start+4)
		k.create(person("Eve"))
		same(k, "kept after another write", 1, len(following(k, start+4, 1)))
	}),
}

// keeps reports whether Follow reads commits that were dropped from a log.
func keeps(k *kit) bool {
	_, ok := k.impl.(Keeper)
	return ok
}

// expired requires that Follow from a position fails and names the oldest one. A store with a log can read older
// commits from there (DUR-3): then they are checked.
func expired(k *kit, since, oldest contacts.Position) {
	k.Helper()
	for c, err := range k.follower().Follow(k.ctx(), since) {
		if err == nil {
			if keeps(k) {
				same(k, "position", since+1, c.Position)
				return
			}
			k.Fatalf("Follow yields a commit that was dropped")
		}
		done(err).fails(k, contacts.ErrPositionExpired)
		same(k, "the oldest position", oldest, detail[*contacts.PositionError](k, err).Oldest)
		return
	}
}
