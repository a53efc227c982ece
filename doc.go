// Package contacts is an embeddable, in-process contacts store with the semantics of the Wix Contacts V4 API: contacts
// with revisions, duplicate checks, labels, extended fields, members and subscription statuses. The store is kept in
// memory and is safe for concurrent use. It is for programs that need a contact list of their own, for tests of CRM
// logic that must not call a network, and for harnesses that drive such logic hard.
//
// # Creating and reading
//
// [New] opens a store. [Store.Create] takes an [Info], the part of a contact that callers write, and returns the
// resulting [Contact] with its IDs, dates and derived values:
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
// [Store.Update] takes the revision that the caller has seen and a [Patch]. Members of the patch that are not [Set]
// leave their fields alone; lists are replaced as a whole. If another write came first, Update fails with
// [ErrAlreadyChanged] and changes nothing: read the contact again and decide again.
//
//	c, err = s.Update(ctx, c.ID, c.Revision, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil)
//
// [Store.Delete] removes a contact.
//
// # Finding
//
// [Store.Snapshot] returns the store as it is at one moment, in constant time. [Snapshot.ByEmail], [Snapshot.ByPhone],
// [Snapshot.ByLabel] and [Snapshot.All] yield its contacts, oldest first, as [View]: accessors that copy nothing.
// [View.Clone] returns a Contact.
//
//	for v := range s.Snapshot().ByEmail("ada@example.com") {
//		fmt.Println(v.ID(), v.Name().First)
//	}
//
// # Querying
//
// [Snapshot.Find] yields the contacts that match a [Query]: a [Filter], an order, and a text to search for. Filters are
// made by [Eq], [In], [StartsWith], [HasSome], [And], [Or], [Not] and others, or parsed by [ParseFilter] from the query
// language of the V4 API. [Snapshot.Count] counts the matches, and [Snapshot.Explain] names the index that is used.
// [Store.List] returns pages, by offset or by a cursor that neither skips nor repeats contacts while others write.
// [Query.People] finds people as one types, by the beginnings of words in names, company, job title, emails and phones.
//
//	found, err := s.Snapshot().Find(contacts.Query{
//		Filter: contacts.And(contacts.Eq("info.company", "Acorn"), contacts.Exists("info.phones.phone", true)),
//		Sort:   []contacts.Sort{{Field: "info.name.last"}},
//	})
//
// # Labels, extended fields, members, subscriptions
//
// Labels and extended fields are defined before contacts carry them, by [Store.FindOrCreateLabel] and
// [Store.FindOrCreateField]. [Store.Label] and [Store.Unlabel] change the labels of a contact; ExtendedFields of Info
// and Patch hold the values of its extended fields. A program or a test does the work of other services itself:
// [Store.SetMember], [Store.SetBillingSubscription], [Store.SetSubscription], [Store.SetDeliverability],
// [Store.SetSystemFields] and [Store.RecordActivity].
//
// # Merging
//
// [Store.PreviewMerge] reports the outcome of a merge for every piece of information, and everything that prevents it;
// [Store.Merge] carries it out. The sources are deleted, and Get finds the target by their IDs. [Store.Resolve] returns
// the path from an old ID to the live contact.
//
// [Snapshot.Duplicates] yields groups of contacts that share an email or a phone, with the evidence for each two: what
// they share, and how their names compare. A group is safe if every two agree; all others are for a person to decide,
// since families and offices share emails and phones, and a merge cannot be undone. [MergePlan.Safe] judges the
// contacts of a merge in the same way.
//
//	for group := range s.Snapshot().Duplicates(nil) {
//		if !group.Safe() {
//			continue
//		}
//		plan, err := s.PreviewMerge(ctx, group.Target(), group.Sources())
//		if err == nil && plan.Safe() && plan.Err() == nil {
//			_, err = s.Merge(ctx, group.Target(), plan.Contact.Revision, group.Sources(),
//				&contacts.MergeOptions{Plan: plan.Fingerprint})
//		}
//	}
//
// # Many contacts at once
//
// [Store.BulkUpdate], [Store.BulkLabel] and [Store.BulkDelete] write the contacts of a [Selection] in batches and
// return a [Job] with totals. [Store.Batch] runs different operations in one commit, each on its own or all or nothing.
// [Store.Submit] stores a form submission: it updates the visitor's contact or creates one. [Store.Upsert] does the
// same for a trusted program. [Store.Facets] counts contacts by label and status; [Store.ListLabels] and
// [Store.ListFields] list the definitions.
//
// # Whole stores
//
// [Store.Import] adds whole contacts with their IDs, revisions and dates, from [ReadJSONLines], the packages csvio and
// vcardio, or any other sequence of [Row], and reports each row that it refuses. ImportOptions.Existing says what to do
// with a row about a contact that the store has. [Snapshot.Export] writes everything that a store holds, and [Load]
// opens a store from that: equal stores export equal bytes.
//
//	report, err := s.Import(ctx, contacts.ReadJSONLines(file), nil)
//	err = s.Snapshot().Export(backup)
//	s, err = contacts.Load(ctx, backup, nil)
//
// # Durable stores
//
// A store that [New] or [Load] opens is in memory only. [Open] keeps a store in a [Log]: each write returns once its
// commit is durable, and opening the log again gives the same store (DUR-1). Package boltlog is such a log:
//
//	s, err := boltlog.OpenStore(ctx, "people", nil, nil) // a directory
//
// [Store.Compact], [Store.Backup] and [Store.Erase] look after the log; docs/durability.md says what is promised.
//
// Any number of stores on several machines may write to one log if it is in NATS JetStream or PostgreSQL: modules
// natslog and pglog. Options.SharedLog lets a store follow what others write, and [Store.WaitFor] waits for it (DUR-10).
//
// # Following changes
//
// [Store.Follow] yields every commit after a position, first those that are kept, then each new one. Read a snapshot
// and follow from its [Snapshot.Position]: no change is missed or repeated. [Commit.Events] converts the changes to the
// event envelopes of the service.
//
// # Errors
//
// Every error that the store makes is an [*Error] with a [Code] whose text is the code of the V4 API. Compare codes
// with errors.Is, or switch on [CodeOf]. [ErrInvalid] lists every violated rule of the call with its field path and
// threshold. Messages name fields and IDs, never values, because contacts are personal data. The same goes for the JSON
// of errors, and for what package log/slog shows of errors, contacts and types that hold values of contacts. A call
// that fails changes nothing, unless its error is OUTCOME_UNKNOWN, which only a store with a log returns.
//
// Every method that takes a context can also return STORE_CLOSED, INVALID_ARGUMENT for a nil context, and the error of
// the context, wrapped (STO-1, STO-2, STO-9).
//
// # Tests
//
// [Options] sets the clock, the source of IDs and the default region of phone numbers, so equal calls make equal
// stores. [Store.Fork] copies a store in constant time: load a fixture once and fork it in every test. Forks never see
// each other's writes; [Store.ForkWith] gives one options of its own, and Options.OnFork a clock and IDs (STO-11).
// [Snapshot.Check] verifies the invariants of a store, Options.SelfCheck does so at every write, and [Snapshot.Digest]
// compares two stores in one call.
//
// Package contactstest does this for a test in one line. Its stores fail by rules, before or after the effect of a
// call, and it generates input, compares stores, and tests other implementations; docs/testing.md is a guide.
//
// # JSON
//
// [Contact], [View], [Info], [Patch], [Label], [Field], [Event], [Job] and [Facet] encode to the JSON of the V4 API.
// Contact, Info, Patch, Label and Field also decode from it, and from the names of the JavaScript SDK; Event, Job and
// Facet decode what they encode to. Every wrong type is reported with its path. [Filter] encodes and decodes too.
//
// # HTTP
//
// Package httpapi serves a store with the paths, bodies and errors of the V4 API, for code in any language and for the
// published JavaScript client; it also streams events, and sends them to a webhook. The command cmd/contactsd is a
// server that does so. Package httpclient calls such a server, or the service, by methods like those of Store. Package
// inspector shows a store in a browser.
//
// # Promises
//
// What you pass in stays yours and what you get back is yours: the store copies deeply in both directions. Any method
// may be called from any goroutine. A store without a log starts no goroutine that outlives a call. A context
// limits the wait for other writers; once a write has begun, it completes. Every rule of the store has an ID such as
// DUP-1, which this documentation cites; docs/rules.md states each rule, its source, and how certain it is.
//
// A deleted contact stays in memory for a while in four places: snapshots and views that you keep, forks, the feed
// until Options.FeedSize further changes, and a bounded cache of parsed phone numbers. [Store.TrimFeed] empties the
// last two at once.
package contacts
