// Package contacts is an embeddable, in-process contacts store with the semantics of the Wix Contacts V4 API: contacts
// with revisions, duplicate checks, labels, extended fields, members and subscription statuses, kept in memory and safe
// for concurrent use. It serves programs that need a contact list inside, tests of CRM logic that should not call a
// network, and harnesses that drive such logic hard.
//
// # Creating and reading
//
// [New] opens a store. [Store.Create] takes an [Info], the part of a contact that callers write, and returns the
// [Contact] that became of it, with IDs, dates and derived values:
//
//	s, err := contacts.New(nil)
//	c, err := s.Create(ctx, contacts.Info{
//		Name:   contacts.Name{First: "Ada", Last: "Byron"},
//		Emails: []contacts.Email{{Address: "ada@example.com"}},
//	}, nil)
//	c, err = s.Get(ctx, c.ID, nil)
//
// # Updating
//
// [Store.Update] takes the revision that the caller has seen and a [Patch] of what should change; members that are not
// [Set] stay as they are, and lists replace whole. If someone else was faster it fails with [ErrAlreadyChanged] and
// changes nothing: read again and decide anew.
//
//	c, err = s.Update(ctx, c.ID, c.Revision, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil)
//
// [Store.Delete] removes a contact.
//
// # Finding
//
// [Store.Snapshot] is the store at one moment, in constant time. [Snapshot.ByEmail], [Snapshot.ByPhone],
// [Snapshot.ByLabel] and [Snapshot.All] yield contacts from it, oldest first, as [View]: accessors that copy nothing.
// [View.Clone] makes a Contact of one.
//
//	for v := range s.Snapshot().ByEmail("ada@example.com") {
//		fmt.Println(v.ID(), v.Name().First)
//	}
//
// # Querying
//
// [Snapshot.Find] yields what a [Query] takes: a [Filter] made of [Eq], [In], [StartsWith], [HasSome], [And], [Or],
// [Not] and their like, or parsed by [ParseFilter] from the query language of the V4 API; an order; and a text to
// search for. [Snapshot.Count] counts it, [Snapshot.Explain] tells which index serves, and [Store.List] returns pages,
// by offset or by a cursor that neither skips nor repeats while others write.
//
//	found, err := s.Snapshot().Find(contacts.Query{
//		Filter: contacts.And(contacts.Eq("info.company", "Acorn"), contacts.Exists("info.phones.phone", true)),
//		Sort:   []contacts.Sort{{Field: "info.name.last"}},
//	})
//
// # Labels, extended fields, members, subscriptions
//
// Labels and extended fields are defined before contacts carry them: [Store.FindOrCreateLabel] and
// [Store.FindOrCreateField]; then [Store.Label], [Store.Unlabel], and ExtendedFields in Info and Patch. What other
// parts of the service would do to a contact, a program or a test does by [Store.SetMember],
// [Store.SetBillingSubscription], [Store.SetSubscription], [Store.SetDeliverability], [Store.SetSystemFields] and
// [Store.RecordActivity].
//
// # Whole stores
//
// [Store.Import] adds whole contacts with their IDs, revisions and dates, from [ReadJSONLines], package csvio or any
// other sequence, and reports each row that it refuses. [Snapshot.Export] writes everything that a store holds, and
// [Load] opens a store from it: equal stores export equal bytes.
//
//	report, err := s.Import(ctx, contacts.ReadJSONLines(file), nil)
//	err = s.Snapshot().Export(backup)
//	s, err = contacts.Load(ctx, backup, nil)
//
// # Merging
//
// [Store.PreviewMerge] tells what a merge would do with every piece of information, and what stands in its way;
// [Store.Merge] does it. The sources are deleted, and Get finds the target by their IDs. [Store.Resolve] tells the way.
//
// # Many at once
//
// [Store.BulkUpdate], [Store.BulkLabel] and [Store.BulkDelete] change the contacts that a [Selection] means, in
// batches, and return a [Job] with totals. [Store.Batch] performs different operations in one commit, each by itself or
// all or nothing. [Store.Submit] appends what a visitor submits to a contact or creates one, [Store.Upsert] does so for
// a program that knows better, and [Snapshot.Duplicates] yields the groups of contacts that share an email or a phone.
// [Store.Facets] counts contacts by label and status; [Store.ListLabels] and [Store.ListFields] list the definitions.
//
// # Following changes
//
// [Store.Follow] yields every commit after a position, first those that are kept, then each new one. Take a snapshot,
// read it, and follow from [Snapshot.Position]: nothing is missed and nothing comes twice. [Commit.Events] puts the
// changes into the envelopes of the service.
//
// # Errors
//
// Every error that the store makes is an [*Error] with a [Code] whose text is the code of the V4 API. Compare codes
// with errors.Is, or switch on [CodeOf]. [ErrInvalid] lists every broken rule of the call with its field path and
// threshold. Messages name fields and IDs, never values: contacts are personal data. On any error nothing has changed.
//
// # Tests
//
// [Options] takes the clock, the source of IDs and the region of phone numbers, so that equal calls make equal stores.
// [Store.Fork] copies a store in constant time: load a fixture once and fork it in every test. Forks never see each
// other's writes. [Snapshot.Check] verifies all that always holds of a store, Options.SelfCheck does so at every write,
// and [Snapshot.Digest] compares two stores in one call.
//
// # JSON
//
// [Contact], [View], [Info], [Patch], [Label], [Field], [Event], [Job] and [Facet] encode to the wire shape of the V4
// API. Decoding, of the first six but View, also takes the names of its JavaScript SDK, and reports every wrong type
// with its path. [Filter] encodes and decodes, with the names of the wire.
//
// # Over HTTP
//
// Package httpapi serves a store as the V4 API does, with its paths, bodies and errors, to code in any language and to
// the published JavaScript client; cmd/contactsd is a program that does so.
//
// # Promises
//
// What you pass in stays yours and what you get back is yours: the store copies deeply, both ways. Any method may be
// called from any goroutine. The store starts no goroutines that outlive a call. A context bounds the waiting for other
// writers; once a write has begun it completes. The rules that the store keeps have IDs such as DUP-1, which these
// pages cite; docs/rules.md states each, with its source and how sure it is.
//
// Deleted means deleted, but four things hold on to a contact for a while: snapshots and views that are kept, forks,
// the feed until Options.FeedSize changes have passed, and a bounded memo of parsed phone numbers.
//
// Every method that takes a context can also return STORE_CLOSED, and the context's error, wrapped.
package contacts
