package main

// fault is a small wrong change to the sources.
type fault struct {
	name     string // what is wrong, in a few words
	file     string // from the root of the checkout
	old, new string // text of the file; the old one must be there once
}

// faults are all of them, by the area that they are in. The text to replace is as short as it can be, so that few other
// changes touch it; a fault whose place is gone must be given another, or go with what it was a fault of. A new one is run
// before it is kept: what no test can tell from the right thing is no fault, and what a test should tell is worth a test.
var faults = []fault{
	// The one commit.
	{
		name: "publish before the commit", file: "store.go",
		old: "t.txn.Commit() // into db, which nobody sees yet\n\tnext := t.snapshot(db)",
		new: "next := t.snapshot(db)\n\tt.txn.Commit()",
	},
	{
		name: "publish before the self-check", file: "store.go",
		old: "\tif s.opts.SelfCheck {\n",
		new: "\ts.current.Store(next)\n\tif s.opts.SelfCheck {\n",
	},
	{
		name: "tell the feed before the store has it", file: "store.go",
		old: "s.current.Store(next)\n\ts.feed.append(commit)",
		new: "s.feed.append(commit)\n\ts.current.Store(next)",
	},
	{
		name: "publish what a failed write has written", file: "store.go",
		old: "err != nil || !t.written {", new: "!t.written {",
	},
	{
		name: "make a commit of nothing", file: "store.go",
		old: "err != nil || !t.written {", new: "err != nil {",
	},
	{
		name: "write without the lock", file: "store.go",
		old: "case s.lock <- struct{}{}:\n\t\tdefer func() { <-s.lock }()\n", new: "default:\n",
	},
	{
		name: "wait for the lock whatever the context", file: "store.go",
		old: "\tcase <-ctx.Done():\n\t\treturn cancelled(ctx)\n", new: "",
	},
	{
		name: "write to a store that was closed meanwhile", file: "store.go",
		old: "if err := s.ready(ctx); err != nil {\n\t\treturn err\n\t}\n\tbase :=", new: "base :=",
	},
	{
		name: "close during a write", file: "store.go",
		old: "\ts.lock <- struct{}{}\n\tdefer func() { <-s.lock }()\n\tif !s.isClosed", new: "\tif !s.isClosed",
	},
	{
		name: "let the time go back", file: "store.go",
		old: "now.Before(last) && !last.IsZero() {", new: "false {",
	},
	{
		name: "keep times finer than a millisecond", file: "validate.go",
		old: "return t.UTC().Truncate(time.Millisecond)", new: "return t.UTC()",
	},
	{
		name: "overwrite the last snapshot", file: "store.go",
		old: "\ts.current.Store(next)\n", new: "\t*base = *next\n",
	},
	{
		name: "write into a record in place", file: "store.go",
		old: "after := *before\n\tafter.contact.Revision++\n\tafter.contact.UpdatedDate = t.now\n\treturn &after",
		new: "after := before\n\tafter.contact.Revision++\n\tafter.contact.UpdatedDate = t.now\n\treturn after",
	},
	{
		name: "write into the database that forks share", file: "store.go",
		old: "db := base.db.Snapshot()\n", new: "db := base.db\n",
	},
	{
		name: "share the feed with a fork", file: "store.go",
		old: "f := newStore(s.opts, s.phones, s.Snapshot())\n",
		new: "f := newStore(s.opts, s.phones, s.Snapshot())\n\tf.feed = s.feed\n",
	},
	{
		name: "share the lock with a fork", file: "store.go",
		old: "f := newStore(s.opts, s.phones, s.Snapshot())\n",
		new: "f := newStore(s.opts, s.phones, s.Snapshot())\n\tf.lock = s.lock\n",
	},
	{
		name: "close a fork with its parent", file: "store.go",
		old: "f := newStore(s.opts, s.phones, s.Snapshot())\n",
		new: "f := newStore(s.opts, s.phones, s.Snapshot())\n\tf.done = s.done\n",
	},

	// Contacts: create, update, delete.
	{name: "forget to raise the revision", file: "store.go", old: "\tafter.contact.Revision++\n", new: ""},
	{name: "raise the revision twice", file: "store.go", old: "after.contact.Revision++", new: "after.contact.Revision += 2"},
	{name: "leave updatedDate as it was", file: "store.go", old: "\tafter.contact.UpdatedDate = t.now\n", new: ""},
	{
		name: "take a revision that is too low", file: "store.go",
		old: "before.contact.Revision != revision", new: "before.contact.Revision < revision",
	},
	{
		name: "take a merged-away ID in a write", file: "store.go",
		old: "if r := t.reads().contact(id); r != nil {", new: "if r := t.reads().resolve(id); r != nil {",
	},
	{
		name: "give a merged-away ID to a new contact", file: "store.go",
		old: "t.reads().taken(ids[0])", new: "t.reads().contact(ids[0]) != nil",
	},
	{
		name: "hand out the stored contact", file: "store.go",
		old: "return changed.contact.Clone(), nil", new: "return &changed.contact, nil",
	},
	{name: "let the email of a member change", file: "member.go", old: "if before.Member != nil && ", new: "if false && "},
	{
		name: "let members be deleted", file: "member.go",
		old: "\tcase r.contact.Member != nil:\n\t\treturn &Error{Code: ErrDeleteMember}\n", new: "",
	},
	{
		name: "let an older activity count", file: "activity.go",
		old: "activity.ActivityDate.Before(before.contact.LastActivity.ActivityDate)", new: "false",
	},

	// Patches.
	{
		name: "leave the primary item in its place", file: "patch.go",
		old: "first := items[at]\n\tcopy(items[1:at+1], items[:at])\n\titems[0] = first\n\t*primary(&items[0]) = true",
		new: "*primary(&items[at]) = true",
	},
	{
		name: "swap the primary item with the first", file: "patch.go",
		old: "copy(items[1:at+1], items[:at])", new: "items[at] = items[0]",
	},
	{name: "take two primary phones", file: "patch.go", old: "phones > 1", new: "phones > 2"},
	{
		name: "give two items the same ID", file: "patch.go",
		old: " || hasID(items[:i], *own, id) {", new: " {",
	},
	{
		name: "clear read-only fields with the others", file: "patch.go",
		old: "return !readOnlyField(key)", new: "return true",
	},

	// Checks of values.
	{name: "allow 51 items", file: "validate.go", old: "itemsMax     = 50 ", new: "itemsMax     = 51 "},
	{name: "allow 2001 labels", file: "validate.go", old: "labelsMax    = 2000 ", new: "labelsMax    = 2001 "},
	{name: "allow 1001 characters", file: "validate.go", old: "textMax      = 1000 ", new: "textMax      = 1001 "},
	{name: "count bytes", file: "validate.go", old: " && utf8.RuneCountInString(s) > limit {", new: " {"},
	{
		name: "swallow a violation", file: "validate.go",
		old: "v.add(Violation{Field: at + \".addressLine\", Rule: RuleCustom, RuleName: RuleNameOneOf})", new: "",
	},
	{
		name: "stop at the first violation", file: "validate.go",
		old: "{ v.violations = append(v.violations, violation) }",
		new: "{ v.violations = append(v.violations, violation)[:1] }",
	},
	{
		name: "wrong index in the path of an email", file: "validate.go",
		old: "at := list + \"[\" + strconv.Itoa(i) + \"]\"\n\t\tif e.Tag",
		new: "at := list + \"[\" + strconv.Itoa(i+1) + \"]\"\n\t\tif e.Tag",
	},
	{
		name: "share emails with the caller", file: "validate.go",
		old: "emails := slices.Clone(given[:n])", new: "emails := given[:n]",
	},
	{
		name: "share the parts of addresses with the caller", file: "validate.go",
		old: "addresses := cloneAddresses(given[:n])", new: "addresses := slices.Clone(given[:n])",
	},
	{
		name: "share lists of IDs with the caller", file: "validate.go",
		old: "return slices.Clone(given[:n])", new: "return given[:n]",
	},

	// Values.
	{name: "forget locations in Clone", file: "contact.go", old: "\tin.Locations = slices.Clone(in.Locations)\n", new: ""},
	{name: "forget the geocode in Clone", file: "contact.go", old: "\ta.Geocode = clonePtr(a.Geocode)\n", new: ""},
	{name: "forget groups in Clone", file: "contact.go", old: "\td.GroupIDs = slices.Clone(m.GroupIDs)\n", new: ""},
	{
		name: "forget the birthdate in Equal", file: "contact.go",
		old: "in.Birthdate == other.Birthdate && ", new: "",
	},
	{
		name: "hand out memory of an address from View", file: "view.go",
		old: "yield(a.Clone())", new: "yield(a)",
	},
	{
		name: "hand out memory of the member from View", file: "view.go",
		old: "return v.r.contact.Member.Clone()", new: "return v.r.contact.Member",
	},
	{
		name: "show emails in the fieldset BASIC", file: "projection.go",
		old: "FieldsetBasic:                partPrimaryInfo | partName,",
		new: "FieldsetBasic:                partPrimaryInfo | partName | partEmails,",
	},
	{
		name: "print a value in an error", file: "errors.go",
		old: "return what + \" is used", new: "return what + e.Email + \" is used",
	},

	// Phones.
	{
		name: "read phones as of Options.Region", file: "phone.go",
		old: "if region == \"\" {\n\t\tregion = p.region", new: "if p.region != \"\" {\n\t\tregion = p.region",
	},
	{
		name: "remember phones without their country", file: "phone.go",
		old: "phoneKey{region, number}", new: "phoneKey{\"\", number}",
	},
	{
		name: "strip spaces only behind a phone", file: "phone.go",
		old: "return !unicode.IsNumber(r) && !unicode.IsLetter(r) && r != '#'", new: "return unicode.IsSpace(r)",
	},
	{name: "allow E.164 forms of 16 digits", file: "phone.go", old: "len(\"+\") + 15", new: "len(\"+\") + 16"},

	// Derived values and statuses.
	{
		name: "keep the display name of no name", file: "derive.go",
		old: "if value == \"\" {\n\t\t\tdelete(values, key)\n\t\t} else {", new: "if value != \"\" {",
	},
	{
		name: "keep a display name that was changed", file: "derive.go",
		old: "set(fieldDisplayByLast, displayName(name.Last, name.First))",
		new: "if values[fieldDisplayByLast] == nil {\n\t\tset(fieldDisplayByLast, displayName(name.Last, name.First))\n\t}",
	},
	{
		name: "keep membershipStatus of another member", file: "member.go",
		old: "derive(&after.contact, after.statuses)\n", new: "",
	},
	{
		name: "keep statuses of addresses that went", file: "store.go",
		old: "\tafter.statuses = before.statuses.of(&after.contact.Info)\n", new: "",
	},
	{
		name: "lose statuses of phones at an update", file: "subscription.go",
		old: "\t\tphones: pick(st.phones, in.Phones, Phone.statusKey),\n", new: "",
	},
	{
		name: "keep statuses by the email as typed", file: "subscription.go",
		old: "func (e Email) statusKey() string { return emailKey(e.Address) }",
		new: "func (e Email) statusKey() string { return e.Address }",
	},

	// Duplicates.
	{name: "skip the check for duplicates", file: "store.go", old: "if !allowDuplicates {", new: "if false {"},
	{name: "refuse duplicates that are allowed", file: "store.go", old: "if !allowDuplicates {", new: "if true {"},
	{
		name: "compare with any email", file: "duplicate.go",
		old: " && emailKey(other.contact.PrimaryInfo.Email) == key {", new: " {",
	},
	{
		name: "compare a primary email that did not change", file: "duplicate.go",
		old: "if emailKey(before.contact.PrimaryInfo.Email) != emailKey(after.contact.PrimaryInfo.Email) {", new: "if true {",
	},
	{
		name: "compare phones though emails are given", file: "duplicate.go",
		old: "case len(patch.Emails.value) > 0:", new: "case len(patch.Emails.value) > 0 && len(patch.Phones.value) == 0:",
	},
	{
		name: "call a contact its own duplicate", file: "duplicate.go",
		old: "if other.contact.ID == r.contact.ID || ", new: "if ",
	},
	{
		name: "report the newest duplicate", file: "duplicate.go",
		old: "b.order.before(a.order)", new: "a.order.before(b.order)",
	},

	// Indexes and old IDs.
	{
		name: "index the first email only", file: "schema.go",
		old: "range r.contact.Info.Emails {", new: "range r.contact.Info.Emails[:min(1, len(r.contact.Info.Emails))] {",
	},
	{
		name: "index key without its NUL", file: "schema.go",
		old: "r.order.appendTo(append(append(key, s...), 0))", new: "r.order.appendTo(append(key, s...))",
	},
	{
		name: "find texts that begin with the one sought", file: "schema.go",
		old: "return append([]byte(s), 0) }", new: "return []byte(s) }",
	},
	{
		name: "index key without the serial number", file: "schema.go",
		old: "^(1<<63)), p.serial)", new: "^(1<<63)), 0)",
	},
	{
		name: "sort times before 1970 last", file: "schema.go",
		old: "uint64(p.created.UnixMilli())^(1<<63)", new: "uint64(p.created.UnixMilli())",
	},
	{
		name: "look for a text with a NUL in it", file: "snapshot.go",
		old: "strings.IndexByte(text, 0) >= 0", new: "strings.IndexByte(text, 0) > len(text)",
	},
	{
		name: "view a merged-away ID", file: "snapshot.go",
		old: "r := sn.reads().contact(id)", new: "r := sn.reads().resolve(id)",
	},
	{
		name: "follow a chain of merges for one step", file: "redirect.go",
		old: "for row != nil && row.parent != row.id {", new: "if row != nil && row.parent != row.id {",
	},
	{
		name: "hang the larger tree under the smaller", file: "redirect.go",
		old: "from.size > to.size", new: "from.size < to.size",
	},

	// Merging.
	{
		name: "merge an email twice", file: "merge.go",
		old: "return emailKey(e.Address) == emailKey(o.Address) }", new: "return e.Address == o.Address }",
	},
	{
		name: "overwrite values of the target", file: "merge.go",
		old: "case same(*dst, none):", new: "case !same(*dst, value):",
	},
	{
		name: "overwrite statuses of the target", file: "merge.go",
		old: "case *dst == notSet:", new: "case *dst != status:",
	},
	{
		name: "drop labels in a merge", file: "merge.go",
		old: "&to.LabelKeys, in.LabelKeys)", new: "&to.LabelKeys, in.LabelKeys[:min(1, len(in.LabelKeys))])",
	},
	{name: "leave a source alive", file: "merge.go", old: "\t\t\ttx.remove(source)\n", new: ""},
	{
		name: "let a merge exceed limits", file: "merge.go",
		old: "if err := blocked(m.limits()); err != nil {\n\t\t\treturn nil, err\n\t\t}\n", new: "",
	},
	{
		name: "leave merged emails primary", file: "merge.go",
		old: "func (e Email) demoted() Email { e.Primary = false; return e }",
		new: "func (e Email) demoted() Email { return e }",
	},
	{
		name: "append to a list that others share", file: "merge.go",
		old: "slices.Grow(slices.Clip(*dst), len(items)) // clipped", new: "slices.Grow(*dst, len(items)) // clipped",
	},
	{name: "merge an item with the ID of another", file: "merge.go", old: "hasID(*dst, *own, id); {", new: "false; {"},
	{name: "merge by an outdated plan", file: "merge.go", old: "now != plan {", new: "now != plan && false {"},

	// Labels and extended fields.
	{name: "take labels that are not defined", file: "label.go", old: "if !defined(key) {", new: "if false {"},
	{
		name: "let system labels be renamed", file: "label.go",
		old: "case l.label.LabelType == LabelSystem:", new: "case false:",
	},
	{
		name: "leave a deleted label on one contact", file: "label.go",
		old: "for before := range tx.reads().byLabel(key) {",
		new: "first := true\n\t\tfor before := range tx.reads().byLabel(key) {\n" +
			"\t\t\tif first {\n\t\t\t\tfirst = false\n\t\t\t\tcontinue\n\t\t\t}",
	},
	{name: "count a deleted label", file: "label.go", old: "\t\ttx.labels--\n", new: ""},
	{name: "one more than the quota", file: "key.go", old: "total+more > quota {", new: "total+more > quota+1 {"},
	{name: "leave values of a deleted field", file: "field.go", old: "\t\t\t\ttx.put(before, after)\n", new: ""},
	{
		name: "round integers that a float64 cannot hold", file: "field.go",
		old: "held.Cmp(i) == 0", new: "held.Cmp(i) < 2",
	},

	// The feed.
	{
		name: "Follow skips a commit", file: "event.go",
		old: "if c.Position <= since {", new: "if c.Position <= since+1 {",
	},
	{
		name: "Follow repeats a commit", file: "event.go",
		old: "if !yield(mine, nil) {", new: "if !yield(mine, nil) || !yield(mine, nil) {",
	},
	{
		name: "Follow repeats a commit of the snapshot", file: "event.go",
		old: "if c.Position <= since {", new: "if c.Position < since {",
	},
	{
		name: "Follow starts behind dropped commits", file: "event.go",
		old: "return nil, f.expired()\n", new: "return node, nil\n",
	},
	{
		name: "Follow goes on behind dropped commits", file: "event.go",
		old: "return nil, nil, s.feed.expired()\n", new: "at = s.feed.head.Load()\n\t\t\t\tcontinue\n",
	},
	{name: "keep one change too few", file: "event.go", old: "for f.size > f.limit {", new: "for f.size >= f.limit {"},
	{name: "wake no reader", file: "event.go", old: "close(*wake)", new: "_ = wake"},
	{
		name: "Close does not end Follow", file: "event.go",
		old: "case <-s.done:\n\t\t\t// A commit", new: "case <-(chan struct{})(nil):\n\t\t\t// A commit",
	},
	{
		name: "share changes among readers", file: "event.go",
		old: "mine.Changes = slices.Clone(c.Changes)", new: "mine.Changes = c.Changes",
	},
	{
		name: "say of each change that it is of a merge", file: "event.go",
		old: "if change.Kind == ContactUpdated || change.Kind == ContactDeleted {", new: "if true {",
	},

	// JSON.
	{
		name: "take null for absent in a patch", file: "json.go",
		old: "o.has(\"company\")}", new: "o.get(\"company\") != nil}",
	},
	{
		name: "refuse unknown words in captured data", file: "json.go",
		old: "{ return E(o.text(name)) }",
		new: "{\n\te := E(o.text(name))\n\tif w, ok := any(e).(interface{ Valid() bool }); ok && e != \"\" && !w.Valid() {\n" +
			"\t\to.d.format(o.at(name), FormatEnum)\n\t}\n\treturn e\n}",
	},
	{name: "take IDs in braces", file: "json.go", old: "err == nil && len(v.text) == 36", new: "err == nil"},
	{name: "print times without their zeros", file: "json.go", old: "15:04:05.000Z", new: "15:04:05.999Z"},
	{
		name: "take half a surrogate pair", file: "parse.go",
		old: "p.fail(errBrokenText)\n\t\t\treturn 0, 0", new: "return utf8.RuneError, 6",
	},
	{name: "take invalid UTF-8", file: "parse.go", old: "if !utf8.ValidString(text) {", new: "if false {"},

	// Importing.
	{name: "keep the contacts of rows", file: "import.go", old: "c.ID, c.Clone()", new: "c.ID, c"},
	{name: "count rows that were not written", file: "import.go", old: "case written:\n", new: "default:\n"},
	{name: "count rows from 0", file: "import.go", old: "&draft{row: im.read}", new: "&draft{row: im.read - 1}"},
	{
		name: "define the labels of refused rows", file: "import.go",
		old: "undefined = append(undefined, label)\n",
		new: "in.tx.defineLabel(label)\n\t\tin.labels = append(in.labels, key)\n\t\tin.knownLabels[key] = true\n",
	},
	{
		name: "order contacts by their import", file: "import.go",
		old: "in.tx.place(c.CreatedDate)", new: "in.tx.place(in.tx.now)",
	},
	{name: "import an ID twice", file: "import.go", old: " || in.tx.waiting.has(c.ID) {", new: " {"},
	{
		name: "compare no rows of one batch", file: "duplicate.go",
		old: "\treturn t.waiting.emails[key]\n}", new: "\treturn nil\n}",
	},
	{
		name: "one row too many in a batch", file: "import.go",
		old: "len(im.batch) >= im.opts.BatchSize", new: "len(im.batch) > im.opts.BatchSize",
	},
	{
		name: "drop the rows before an error of the source", file: "import.go",
		old: "err = errors.Join(err, im.flush(ctx))", new: "err = errors.Join(err)",
	},
	{
		name: "lose the status of an unknown address", file: "subscription.go",
		old: "\t\t\t\tv.add(missing)\n", new: "",
	},
	{
		name: "keep IDs of items that repeat", file: "import.go",
		old: "hasID(items[:i], *own, id) {", new: "false {",
	},
	{
		name: "name the line before in a LineError", file: "jsonl.go",
		old: "&LineError{Line: r.lines.n,", new: "&LineError{Line: r.lines.n - 1,",
	},

	// Exporting and loading.
	{
		name: "export labels by key", file: "export.go",
		old: "slices.SortedFunc(sn.reads().labels(), (*labelRecord).compare)", new: "slices.Collect(sn.reads().labels())",
	},
	{name: "export no billing mark", file: "export.go", old: ", Billing: r.billing}", new: "}"},
	{name: "export no statuses of phones", file: "export.go", old: "if len(r.statuses.phones) > 0 {", new: "if false {"},
	{name: "export what is derived", file: "export.go", old: "return derivedField(key)", new: "return false"},
	{
		name: "count the position in the digest", file: "export.go",
		old: "e.writeContents(sn)\n\treturn ", new: "e.writeContents(sn)\n\te.sum.Write([]byte{byte(sn.position)})\n\treturn ",
	},
	{name: "compare no checksum", file: "load.go", old: "case !line.closes(l.counts):", new: "case false:"},
	{name: "take lines in any order", file: "load.go", old: "case line.kind < l.at, !first &&", new: "case !first &&"},
	{
		name: "take redirects that go round in a circle", file: "load.go",
		old: "return false // it was merged away", new: "break // it was merged away",
	},
	{name: "take a truncated file", file: "load.go", old: "case l.at != lineEnd:", new: "case false:"},
	{
		name: "take an export of a later version", file: "load.go",
		old: "case first && line.store.Version > exportVersion:", new: "case false:",
	},
	{
		name: "forget the time of the last commit", file: "load.go",
		old: "sn.position, sn.changes, sn.time = l.store.Position, l.store.Changes, l.store.Time.Time",
		new: "sn.position, sn.changes = l.store.Position, l.store.Changes",
	},

	// Checking.
	{name: "Check looks at no index", file: "check.go", old: "\tcheckIndexes(c.reads, c.fault)\n", new: ""},
	{name: "Check follows no redirect", file: "check.go", old: "\tc.checkRedirects()\n", new: ""},
	{
		name: "Check overlooks memory that was written to", file: "check.go",
		old: "r.seal == 0 || r.seal == r.sealed()", new: "true",
	},
	{
		name: "SelfCheck looks at no step", file: "store.go",
		old: "cmp.Or(next.checkStep(base, commit), next.Check())", new: "cmp.Or(next.Check())",
	},
	{
		name: "SelfCheck overlooks a revision that skips", file: "check.go",
		old: "a.Revision == b.Revision+1", new: "a.Revision > b.Revision",
	},

	// CSV.
	{
		name: "drop cells beyond the header", file: "csvio/reader.go",
		old: "cells[min(len(cells), r.width):]", new: "cells[len(cells):]",
	},
	{
		name: "guess at dates that can be read in two ways", file: "csvio/value.go",
		old: "date == \"\" || date == other {", new: "true {",
	},
}
