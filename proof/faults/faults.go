package main

// fault is a small wrong change to the sources.
type fault struct {
	name     string // the mistake, in a few words
	pkg      string // directory of the package, "" for the root; the program finds the file
	decl     string // the declaration with the old text, such as "Store.commit"; "" if the package has it only once
	old, new string // text of a source file that is not a test
}

// faults lists all faults by area. The text to replace is as short as possible, so that few changes touch it. If it
// disappears from the sources, give the fault another place; if the code is gone, delete the fault. Run a new fault
// before you keep it: a change that no test can tell from correct code is not a fault. One that a test should catch
// needs a test.
var faults = []fault{
	// The one commit.
	{
		name: "publish before the commit", decl: "txn.end",
		old: "tx.mem.Commit()",
		new: "defer tx.mem.Commit()",
	},
	{
		name: "publish before the self-check",
		old:  "\tif s.opts.SelfCheck {\n",
		new:  "\ts.current.Store(next)\n\tif s.opts.SelfCheck {\n",
	},
	{
		name: "append to the feed before publishing",
		old:  "\ts.show(made.next)\n",
		new:  "\tdefer s.show(made.next)\n",
	},
	{
		name: "publish the changes of a failed write",
		old:  "err != nil || !tx.written {", new: "!tx.written {",
	},
	{
		name: "make an empty commit",
		old:  "err != nil || !tx.written {", new: "err != nil {",
	},
	{
		name: "write without the lock",
		old:  "case s.lock <- struct{}{}:\n\t\tdefer func() { <-s.lock }()\n", new: "default:\n",
	},
	{
		name: "ignore the context while waiting for the lock",
		decl: "Store.locked", old: "\tcase <-ctx.Done():\n\t\treturn cancelled(ctx)\n", new: "",
	},
	{
		name: "write after Close during the wait for the lock",
		old:  "if err := s.ready(ctx); err != nil {\n\t\treturn err\n\t}\n\treturn fn()", new: "return fn()",
	},
	{
		name: "close during a write",
		old:  "\ts.lock <- struct{}{}\n\tdefer func() { <-s.lock }()\n\tif s.isClosed", new: "\tif s.isClosed",
	},
	{
		name: "let the time of commits go back",
		old:  "now.Before(last) && !last.IsZero() {", new: "false {",
	},
	{
		name: "keep times finer than a millisecond",
		old:  "return t.UTC().Truncate(time.Millisecond)", new: "return t.UTC()",
	},
	{
		name: "overwrite the last snapshot", decl: "Store.show",
		old: "\ts.current.Store(next)\n", new: "\t*s.current.Load() = *next\n",
	},
	{
		name: "write into a record in place", decl: "txn.nextVersion",
		old: "return &after",
		new: "*before = after\n\treturn before",
	},
	{
		name: "write into the database that forks share",
		old:  "db := sn.db.Snapshot()\n", new: "db := sn.db\n",
	},
	{
		name: "share the feed with a fork",
		old:  "f := newStore(o, phones, start)\n",
		new:  "f := newStore(o, phones, start)\n\tf.feed = s.feed\n",
	},
	{
		name: "share the lock with a fork",
		old:  "f := newStore(o, phones, start)\n",
		new:  "f := newStore(o, phones, start)\n\tf.lock = s.lock\n",
	},
	{
		name: "close a fork with its parent",
		old:  "f := newStore(o, phones, start)\n",
		new:  "f := newStore(o, phones, start)\n\tf.done = s.done\n",
	},
	{name: "draw the IDs of forks from the store", old: "\t\to.NewID = given.NewID\n", new: ""},
	{name: "forget how forks of forks draw IDs", old: "\to.OnFork = given.OnFork\n", new: "\to.OnFork = nil\n"},
	{name: "let OnFork change limits", old: "\treturn &o\n}\n\n// replace", new: "\treturn &given\n}\n\n// replace"},
	{name: "keep the region of the store in a fork", old: "\t\tphones = newPhoneParser(o.Region)\n", new: ""},
	{name: "keep the order of the store in a fork", old: "\t\tstart.newestFirst = o.NewestFirst\n", new: ""},
	{name: "set zero options of a fork", old: " && !from.Field(i).IsZero()", new: ""},

	// Contacts: create, update, delete.
	{name: "forget to raise the revision", old: "\tafter.contact.Revision++\n", new: ""},
	{
		name: "raise the revision twice",
		old:  "after.contact.Revision++", new: "after.contact.Revision += 2",
	},
	{
		name: "leave updatedDate as it was",
		old:  "after.contact.UpdatedDate = max(momentOf(tx.now), before.contact.CreatedDate)", new: "",
	},
	{
		name: "update a contact before its creation", decl: "txn.nextVersion",
		old: "max(momentOf(tx.now), before.contact.CreatedDate)", new: "momentOf(tx.now)",
	},
	{
		name: "import a contact that was updated before its creation",
		old:  "max(cmp.Or(c.UpdatedDate, c.CreatedDate), c.CreatedDate)",
		new:  "cmp.Or(c.UpdatedDate, c.CreatedDate)",
	},
	{
		name: "accept a revision that is too low", decl: "txn.isRevision",
		old: "given == r.contact.Revision", new: "given <= r.contact.Revision",
	},
	{
		name: "write to the target of a merged-away ID",
		old:  "if r := tx.reads().contact(id); r != nil {", new: "if r := tx.reads().resolve(id); r != nil {",
	},
	{
		name: "give a merged-away ID to a new contact",
		old:  "tx.reads().taken(ids[0])", new: "tx.reads().contact(ids[0]) != nil",
	},
	{
		name: "return the stored contact", decl: "outcome.clone",
		old: "return o.contact.clone()", new: "return o.contact.full()",
	},
	{
		name: "let the email of a member change",
		old:  "if before.Member.exists() && ", new: "if false && ",
	},
	{
		name: "let members be deleted",
		old:  "\tcase r.contact.Member.exists():\n\t\treturn &Error{Code: ErrDeleteMember}\n", new: "",
	},
	{
		name: "treat deleted members as members", decl: "Member.exists",
		old: " && m.Status != MemberDeleted", new: "",
	},
	{
		name: "let deleted members log in", decl: "memberEntries",
		old: "!r.contact.Member.exists()", new: "r.contact.Member == nil",
	},
	{
		name: "leave a login email among the other emails", decl: "withLogin",
		old: "case at == 0:", new: "case at >= 0:",
	},
	{
		name: "drop the old primary email of a member", decl: "withLogin",
		old: "if i != at {", new: "if i != max(at, 0) {",
	},
	{
		name: "add the login email as the 51st", decl: "withLogin",
		old: "len(emails) >= itemsMax", new: "len(emails) > itemsMax",
	},
	{
		name: "record an older activity", decl: "RecordActivityOp.prepare",
		old: "activity.ActivityDate.Before(activityDate(before))", new: "false",
	},

	// Patches.
	{
		name: "do not move the primary item to the front",
		old: "item := items[flagged]\n\tcopy(items[1:flagged+1], items[:flagged])\n" +
			"\titems[0] = item\n\t*primary(&items[0]) = true",
		new: "*primary(&items[flagged]) = true",
	},
	{
		name: "swap the primary item with the first",
		old:  "copy(items[1:flagged+1], items[:flagged])", new: "items[flagged] = items[0]",
	},
	{name: "accept two primary phones", old: "phones > 1", new: "phones > 2"},
	{
		name: "give two items the same ID", decl: "keepIDs",
		old: " || hasID(items[:i], *own, id) {", new: " {",
	},
	{
		name: "clear the names for an empty name",
		old:  `o.Has("name") && !o.Get("name").Present()`, new: `o.Has("name") && name.Len() == 0`,
	},
	{
		name: "clear read-only fields, too",
		old:  "return !readOnlyField(key)", new: "return true",
	},

	// Checks of values.
	{name: "allow 51 items", decl: "itemsMax", old: "form.Items", new: "form.Items + 1"},
	{name: "allow 2001 labels", decl: "labelsMax", old: "form.Labels", new: "form.Labels + 1"},
	{name: "allow 1001 characters", decl: "textMax", old: "form.Text", new: "form.Text + 1"},
	{
		name: "limit bytes instead of characters",
		old:  "utf8.RuneCountInString(s) > limit {", new: "max(len(s), utf8.RuneCountInString(s)) > limit {",
	},
	{
		name: "swallow a violation",
		old:  "v.add(Violation{Field: \".address.addressLine\", Rule: RuleCustom, RuleName: RuleNameOneOf})", new: "",
	},
	{
		name: "stop at the first violation",
		old:  "{ v.violations = append(v.violations, violation) }",
		new:  "{ v.violations = append(v.violations, violation)[:1] }",
	},
	{
		name: "report the wrong index of an email",
		old:  "indexed(list, i) + violation.Field", new: "indexed(list, i+1) + violation.Field",
	},
	{
		name: "share emails with the caller",
		old:  "items := ownCopy(v, given[:n])", new: "items := given[:n]",
	},
	{
		name: "share the parts of addresses with the caller",
		old:  "\t*a = a.Clone()\n", new: "",
	},
	{
		name: "share lists of IDs with the caller",
		old:  "return ownCopy(v, given[:n])", new: "return given[:n]",
	},

	// Values.
	{
		name: "forget locations in Clone",
		old:  "\tin.Locations = slices.Clone(in.Locations)\n", new: "",
	},
	{name: "forget the geocode in Clone", old: "\ta.Geocode = clonePtr(a.Geocode)\n", new: ""},
	{name: "forget groups in Clone", old: "\td.GroupIDs = slices.Clone(m.GroupIDs)\n", new: ""},
	{
		name: "forget the birthdate in Equal",
		old:  "in.Birthdate == other.Birthdate && ", new: "",
	},
	{
		name: "return stored memory of an address from View",
		old:  "yield(a.Clone())", new: "yield(a)",
	},
	{
		name: "return stored memory of the member from View",
		old:  "return v.r.contact.Member.Clone()", new: "return v.r.contact.Member",
	},
	{
		name: "show emails in the fieldset BASIC",
		old:  "FieldsetBasic:                partPrimaryInfo | partName,",
		new:  "FieldsetBasic:                partPrimaryInfo | partName | partEmails,",
	},
	{
		name: "print a value in an error message",
		old:  "return value + \" is used", new: "return value + e.Email + \" is used",
	},

	// Phones.
	{
		name: "ignore the country of a phone",
		old:  "if region == \"\" {\n\t\tregion = p.region", new: "if p.region != \"\" {\n\t\tregion = p.region",
	},
	{
		name: "cache phones without their country",
		old:  "phoneKey{region, number}", new: "phoneKey{\"\", number}",
	},
	{
		name: "give numbers that were never assigned an E.164 form", pkg: "internal/dial",
		old: "!isValid(n, region)", new: "!phonenumbers.IsPossibleNumber(n)",
	},
	{
		name: "refuse numbers of further countries with a calling code", pkg: "internal/dial",
		old: " || len(countries) > 1 && phonenumbers.IsValidNumber(n)", new: "",
	},
	{
		name: "read words behind a number as its digits", pkg: "internal/dial",
		old: "s[:first], s[first:last], s[last:]", new: "s[:first], s[first:], s[last:last]",
	},
	{
		name: "join the digits on both sides of a word", pkg: "internal/dial",
		old: "if !letters(t.number) {\n\t\tif n, ok := t.parse(t.number, region)",
		new: "if true {\n\t\tif n, ok := t.parse(withoutLetters(t.number), region)",
	},
	{
		name: "join the digits of two numbers", pkg: "internal/dial",
		old: "return t.parted(n, region) || t.counted", new: "return t.counted",
	},
	{
		name: "join the digits of a number and a word", pkg: "internal/dial",
		old: "t.counted(region) || t.marked", new: "t.marked",
	},
	{
		name: "read digits of ASCII only", pkg: "internal/dial",
		old: "case unicode.Is(unicode.Nd, r):", new: "case false:",
	},
	{
		name: "see invisible characters inside a number", pkg: "internal/dial",
		old: "case fold.Invisible(r):", new: "case fold.Invisible(r) && false:",
	},
	{
		name: "ignore that the last digits are hidden", pkg: "internal/dial",
		old: " || maskedBehind(t.tail)", new: "",
	},
	{
		name: "ignore that the first digits are hidden", pkg: "internal/dial",
		old: "hasMask(t.number) || maskedBefore(t.lead)", new: "hasMask(t.number)",
	},
	{
		name: "ignore that digits in the middle are hidden", pkg: "internal/dial",
		old: "hasMask(t.number) || maskedBefore", new: "maskedBefore",
	},
	{
		name: "read a hidden digit as the mark of an extension", pkg: "internal/dial",
		old: "< short &&", new: "< 0 &&",
	},
	{
		name: "read the letters of any number as digits", pkg: "internal/dial",
		old: "return n, ok && slices.Contains(businessTypes, phonenumbers.GetNumberType(n.PhoneNumber))",
		new: "return n, ok",
	},
	{
		name: "read a repeated letter as digits", pkg: "internal/dial",
		old: "func(run string) bool { return maskRun(run, false) }", new: "func(string) bool { return false }",
	},
	{
		name: "lose the extension of a phone", pkg: "internal/dial",
		old: "return p.E164 + \";ext=\" + digits(p.Formatted[i:])", new: "return p.E164",
	},
	{name: "let five digits identify a person", pkg: "internal/dial", old: "const least = 6", new: "const least = 5"},
	{
		name: "let a repeated digit identify a person", pkg: "internal/dial",
		old: "strings.Trim(d, d[:1]) != \"\"", new: "d != \"\"",
	},
	{
		name: "let the digits of an extension identify a person", pkg: "internal/dial",
		old: "d := digits(t.number)", new: "d := digits(t.number + t.extension)",
	},
	{
		name: "let hidden digits identify a person", pkg: "internal/dial",
		old: "letters(part) || hasMask(part)", new: "letters(part)",
	},
	{name: "allow E.164 forms of 16 digits", pkg: "internal/dial", old: "len(\"+\") + 15", new: "len(\"+\") + 16"},

	// Derived values and statuses.
	{
		name: "keep the text of an address that is sent back",
		old:  "at >= 0 && a.FormattedAddress == formatAddress(old[at])", new: "at >= 0 && false",
	},
	{
		name: "reformat the caller's own text",
		old:  "at >= 0 && a.FormattedAddress == formatAddress(old[at])", new: "at >= 0",
	},
	{
		name: "forget the addresses to unsubscribe on Create", decl: "CreateOp.prepare",
		old: "err = after.unsubscribe(unsubscribe)", new: "_ = unsubscribe",
	},
	{
		name: "unsubscribe an address that is not on the contact", decl: "record.unsubscribe",
		old: "if !ok {", new: "if false && !ok {",
	},
	{
		name: "keep statuses of removed addresses",
		old:  "\tafter.statuses = before.statuses.of(&after.contact.Info)\n", new: "",
	},
	{
		name: "lose statuses of phones at an update",
		old:  "\t\tphones: pick(st.phones, in.Phones, Phone.statusKey),\n", new: "",
	},
	{
		name: "keep statuses by the email as typed",
		old:  "func (e Email) statusKey() string { return fold.Email(e.Address) }",
		new:  "func (e Email) statusKey() string { return e.Address }",
	},
	{
		name: "share consent between the extensions of a number",
		old:  "func (p Phone) statusKey() string { return p.dialed().Key() }",
		new:  "func (p Phone) statusKey() string { return p.E164 }",
	},
	{
		name: "object for one extension only",
		old:  "if status == SubscriptionUnsubscribed && number != nil {", new: "if false {",
	},

	// Duplicates.
	{name: "skip the check for duplicates", old: "if !allowDuplicates {", new: "if false {"},
	{name: "refuse duplicates that are allowed", old: "if !allowDuplicates {", new: "if true {"},
	{
		name: "compare with any email",
		old:  "tx.reads().first(primaryEmailSpan(key), r)",
		new:  "tx.reads().first(textSpan(indexEmail, textKey(key)), r)",
	},
	{
		name: "compare an unchanged primary email",
		old:  "if !fold.SameEmail(primaryEmail(before), primaryEmail(after)) {",
		new:  "if true {",
	},
	{
		name: "compare phones although emails are given",
		old:  "case len(patch.Emails.value) > 0:",
		new:  "case len(patch.Emails.value) > 0 && len(patch.Phones.value) == 0:",
	},
	{
		name: "report a contact as its own duplicate", decl: "reader.first",
		old: "if except == nil || c.contact.ID != except.contact.ID {", new: "if true {",
	},
	{
		name: "compare phones without their extensions", pkg: "internal/dial",
		old: "return p.Key() == o.Key()", new: "return p.E164 == o.E164",
	},
	{
		name: "let any phone identify a person", pkg: "internal/dial",
		old: "func identifies(number string) bool {\n",
		new: "func identifies(number string) bool {\n\tif number != \"\" {\n\t\treturn true\n\t}\n",
	},
	{
		name: "do not check a primary phone with a new extension",
		old:  " ||\n\t\tbefore.dialed().Key() != after.dialed().Key()", new: "",
	},
	{
		name: "find all who have the switchboard of an extension", decl: "phoneSpans",
		old: "\t\tspans = append(spans, phoneKeySpan(phone.Key()))", new: "\t\tspans = append(spans, phoneSpan(phone.E164))",
	},
	{
		name: "compare a primary phone with any phone", decl: "phoneSpans",
		old: "primaryPhoneKeySpan(phone.Key())", new: "phoneKeySpan(phone.Key())",
	},
	{
		name: "visit all who have an email", decl: "txn.oldestWithEmail",
		old: "tx.reads().first(primaryEmailSpan(key), r)",
		new: "func() *record {\n\t\tfor o := range tx.reads().byEmail(key) {\n\t\t\t" +
			"if primaryEmailKey(o) == key && o.contact.ID != r.contact.ID {\n\t\t\t\treturn o\n\t\t\t}\n\t\t}\n" +
			"\t\treturn nil\n\t}()",
	},
	{
		name: "visit all who have an extension of a number", decl: "reader.firstWithPhone",
		old: "\tvar oldest *record\n",
		new: "\tvar oldest *record\n\tfor range r.byText(indexPhone, phone.E164) {\n\t}\n",
	},
	{
		name: "refuse rows that share a switchboard with an earlier one", decl: "waiting.addPhone",
		old: "key := phone.Key()", new: "key := phone.E164",
	},
	{
		name: "miss the extension of an earlier row", decl: "waiting.oldestWithPhone",
		old: "w.phones[phone.Key()]", new: "w.phones[phone.E164]",
	},
	{
		name: "report the newest duplicate",
		old:  "b.order.before(a.order)", new: "a.order.before(b.order)",
	},
	{
		name: "consider phones although an email matches", decl: "Info.oldest",
		old: "\tif found != nil {\n\t\treturn found\n\t}\n\tfor _, p", new: "\tfor _, p",
	},
	{
		name: "match phones of two countries by their text",
		old:  "classes = string(classPrimaryInvalid) + string(classPrimaryMixed) + string(classOtherInvalid)",
		new:  "classes += \"\"",
	},
	{
		name: "miss a primary phone that only its text can match",
		old:  "\t\tclasses = string(classPrimaryInvalid)\n", new: "\t\tclasses = string(classPrimary)\n",
	},
	{
		name: "find colleagues on one switchboard", decl: "phoneEntries",
		old: "if key := phones[i].dialed().Key(); key != number {", new: "if key := number; key != number {",
	},
	{
		name: "take an extension for the number alone", decl: "phoneEntries",
		old: "\t\t\tclass = classExtended\n", new: "",
	},
	{
		name: "group contacts by their emails only",
		old:  "if key := p.dialed().Key(); key != \"\" {", new: "if key := \"\"; key != \"\" {",
	},
	{
		name: "connect colleagues on extensions",
		old:  "if key := p.dialed().Key(); key != \"\" {", new: "if key := p.E164; key != \"\" {",
	},
	{
		name: "connect numbers of two countries by their text",
		old:  "p.Number, p.E164 == \"\"}", new: "p.Number, true}",
	},
	{
		name: "connect by texts that identify nobody",
		old:  "if p.E164 == \"\" && p.dialed().Identifies() {", new: "if p.E164 == \"\" {",
	},
	{
		name: "let a switchboard connect everyone",
		old:  "if len(list) > sh.maxHolders {", new: "if false {",
	},
	{
		name: "call a value common one holder early",
		old:  "[id.text]] > sh.maxHolders", new: "[id.text]] >= sh.maxHolders",
	},
	{
		name: "connect only the two oldest namesakes",
		old:  "if hub, ok := oldest[reading]; ok && hub != h.contact {",
		new:  "if hub, ok := oldest[reading]; ok && hub < h.contact && len(pairs) == 0 {",
	},
	{
		name: "trust a pair that shares a common value only",
		old:  "max(hub, h.contact), false}", new: "max(hub, h.contact), true}",
	},
	{
		name: "connect people of the same initials",
		old:  "if !f.inFull() {", new: "if false {",
	},
	{
		name: "call people of the same initials equal",
		old:  "switch inFull := f.inFull() && o.inFull(); {", new: "switch inFull := true; {",
	},
	{
		name: "call a last name known in full",
		old:  "return slices.ContainsFunc(f.given, full) && (",
		new:  "return (len(f.given) == 0 || slices.ContainsFunc(f.given, full)) && (",
	},
	{
		name: "compare only neighboring names of a group",
		old:  "for _, b := range forms[i+1:] {", new: "for _, b := range forms[i+1:min(i+2, len(forms))] {",
	},
	{
		name: "trust two contacts of the same initials",
		old:  "worst = worst.worse(form.compare(form)) //", new: "_ = form.compare(form) //",
	},
	{
		name: "merge father and son",
		old:  "if differ(parties, func(p party) string {",
		new:  "if false && differ(parties, func(p party) string {",
	},
	{
		name: "merge two members",
		old:  "if differ(parties, func(p party) uuid.UUID {",
		new:  "if false && differ(parties, func(p party) uuid.UUID {",
	},
	{
		name: "take a deleted member for another person", decl: "doubtsAbout",
		old: "!p.contact.Member.exists()", new: "p.contact.Member == nil",
	},
	{
		name: "trust a switchboard", decl: "doubtsAbout",
		old: "if !connected {", new: "if false {",
	},
	{
		name: "count all extensions of a number",
		old:  "return r.byPhoneKey(id.text)",
		new:  "key, _, _ := strings.Cut(id.text, \";\")\n\t\treturn r.byText(indexPhone, key)",
	},
	{
		name: "call the zero plan safe",
		old:  "return len(p.Pairs) > 0 && len(p.Doubts) == 0", new: "return len(p.Doubts) == 0",
	},
	{
		name: "call the zero group safe",
		old:  "return len(g.Pairs) > 0 && len(g.Doubts) == 0", new: "return len(g.Doubts) == 0",
	},
	{
		name: "suggest more sources than a merge accepts",
		old:  "len(sources) < mergeSourcesMax", new: "len(sources) <= mergeSourcesMax",
	},

	// Indexes and old IDs.
	{
		name: "index the first email only", decl: "emailEntries",
		old: "range r.contact.Info.Emails {", new: "range r.contact.Info.Emails[:min(1, len(r.contact.Info.Emails))] {",
	},
	{
		name: "index key without its NUL",
		old:  "b = appendText(b, text.text)", new: "b = append(b, text.text...)",
	},
	{
		name: "keep the entries that a contact loses", decl: "entryIndex.change",
		old: "c.Remove(keyset.Set(x.index), key)", new: "",
	},
	{
		name: "compare the phones to see whether the emails changed",
		old:  "return shared(a.Emails, b.Emails)", new: "return shared(a.Phones, b.Phones)",
	},
	{
		name: "keep the entry of a text whose class changed", decl: "classText.compare",
		old: "cmp.Compare(t.class, o.class)", new: "0",
	},
	{
		name: "hide the entries of a write from its reads", decl: "reader.keySets",
		old: "sets.Changes = &r.pending.keys", new: "",
	},
	{
		name: "hide the contacts of a write from its reads", decl: "pendingRows.contact",
		old: "len(p.rows) == 0", new: "true",
	},
	{
		name: "find the old version of a contact by an entry in the same write", decl: "walk.withSerial",
		old: "w.pending != nil", new: "false",
	},
	{
		name: "find a contact that the same write deleted",
		old:  "p.byID[r.before.contact.ID], p.bySerial[r.before.order.serial] = nil, nil", new: "",
	},
	{
		name: "leave a deleted contact in the tables",
		old:  "if r.before != nil {\n\t\t\tchanges.Delete",
		new:  "if r.before != nil && r.after != nil {\n\t\t\tchanges.Delete",
	},
	{
		name: "forget the contacts that a large write had to write early", decl: "txn.replace",
		old: "tx.write()", new: "tx.pending = pendingRows{}",
	},
	{
		name: "write no rows of the indexes", decl: "contactTrees.write",
		old: "range changed", new: "range changed[:0]",
	},
	{
		name: "Check skips the rows of the trees", decl: "reader.hasTrees",
		old: "return n == 1+len(r.trees.keys)", new: "return true",
	},
	{
		name: "read contacts as they were before the transaction", decl: "txn.write",
		old: "tx.trees = ", new: "_ = ",
	},

	// Sorted sets, and rows by ID and number.
	{
		name: "lose a key in a split", pkg: "internal/keyset", decl: "split",
		old: "keys = keys[n:]", new: "keys = keys[min(len(keys), n+1):]",
	},
	{
		name: "write a key to the block that ends before it", pkg: "internal/keyset", decl: "node.editsOf",
		old: "n.compare(i, edits[e].key)", new: "n.compare(min(i+1, n.len()-1), edits[e].key)",
	},
	{
		name: "leave the ends behind a spliced key as they were", pkg: "internal/keyset", decl: "block.splice",
		old: "b.end(i)+shift", new: "b.end(i)",
	},
	{
		name: "splice a key that lacks the prefix of the block", pkg: "internal/keyset", decl: "node.edited",
		old: "!e.removed && ok && 0 <", new: "!e.removed && (ok || true) && 0 <",
	},
	{
		name: "write all keys to the block of the first", pkg: "internal/keyset", decl: "node.editsOf",
		old: "i == n.len() || len(edits) == 1", new: "true",
	},
	{
		name: "keep a block that loses its last key", pkg: "internal/keyset", decl: "node.edited",
		old: "e.removed && n.len() > 1", new: "e.removed",
	},
	{
		name: "let a bound be the last key below it", pkg: "internal/keyset", decl: "boundBetween",
		old: "right[:commonLen(left, right)+1]", new: "left[:min(commonLen(left, right)+1, len(left))]",
	},
	{
		name: "fill a block beyond its ends of two bytes", pkg: "internal/keyset", decl: "fitting",
		old: "size > bytesMax && i > 0", new: "false",
	},
	{
		name: "split ascending keys in halves", pkg: "internal/cowtree", decl: "Share",
		old: "case grows:", new: "case false:",
	},
	{
		name: "take the prefix of the first two keys of a block", pkg: "internal/keyset", decl: "newBlock",
		old: "keys[len(keys)-1])]", new: "keys[min(1, len(keys)-1)])]",
	},
	{
		name: "keep the first of two changes of a key or a row", pkg: "internal/cowtree", decl: "LastOfEach",
		old: "i+1 == len(sorted) || compare(e, sorted[i+1]) != 0", new: "i == 0 || compare(e, sorted[i-1]) != 0",
	},
	{
		name: "keep a key in the memory of the caller", pkg: "internal/keyset", decl: "Changes.note",
		old: "m.copy(key)", new: "key",
	},
	{
		name: "keep the changes of a write for the next one", pkg: "internal/keyset", decl: "memory.release",
		old: "s.list, s.sorted = s.list[:0], 0", new: "s.sorted = 0",
	},
	{
		name: "enter a branch at its first kid on the way back", pkg: "internal/keyset", decl: "Iterator.advance",
		old: "return n.len()", new: "return 0",
	},
	{
		name: "stop at the end of a block", pkg: "internal/keyset", decl: "Iterator.hasKey",
		old: "if it.last {", new: "if it.last || it.leaf != nil {",
	},
	{
		name: "write into a branch that a snapshot has", pkg: "internal/keyset", decl: "merger.mergeBranch",
		old: "slices.Clone(n.kids)", new: "n.kids",
	},
	{
		name: "put a bound behind the kid on its right", pkg: "internal/keyset", decl: "merger.join",
		old: "range pieces[1:]", new: "range pieces",
	},
	{
		name: "lose the kids of a branch that are not in the first half", pkg: "internal/keyset", decl: "merger.join",
		old: "pieces = pieces[len(branch.kids):]", new: "pieces = nil",
	},
	{
		name: "write into the list of trees that a snapshot has", pkg: "internal/keyset", decl: "Changes.Apply",
		old: "slices.Clone(trees)", new: "trees",
	},
	{
		name: "compare a key with one of another prefix the wrong way round", pkg: "internal/keyset", decl: "block.compare",
		old: "bytes.Compare(prefix, key)", new: "bytes.Compare(key, prefix)",
	},
	{
		name: "return a key that the write removed", pkg: "internal/keyset", decl: "Iterator.Next",
		old: "if order == 0 {", new: "if false {",
	},
	{
		name: "Check of sets skips the bounds", pkg: "internal/keyset", decl: "node.fault",
		old: "bytes.Compare(key, least) < 0 || limit != nil && bytes.Compare(key, limit) >= 0", new: "false",
	},
	{
		name: "Check of sets skips the heights", pkg: "internal/keyset", decl: "node.check",
		old: "i > 0 && h != height", new: "false",
	},
	{
		name: "write into a leaf that a snapshot has", pkg: "internal/rowmap", decl: "numberLeaf.merge",
		old: "*next = *l", new: "next = l",
	},
	{
		name: "write into a branch by ID that a snapshot has", pkg: "internal/rowmap", decl: "idNode.mergeBranch",
		old: "slices.Clone(n.kids)", new: "n.kids",
	},
	{
		name: "write into a branch by number that a snapshot has", pkg: "internal/rowmap", decl: "mergeKids",
		old: "next := make([]*E, max(len(kids), last+1))",
		new: "next := append(kids, make([]*E, max(0, last+1-len(kids)))...)",
	},
	{
		name: "keep a leaf that loses its last ID", pkg: "internal/rowmap", decl: "idNode.mergeLeaf",
		old: "0 < len(ids) && len(ids) <= size", new: "len(ids) <= size",
	},
	{
		name: "lose the kids behind the first branch of a split", pkg: "internal/rowmap", decl: "joinIDs",
		old: "pieces = pieces[n:]", new: "pieces = nil",
	},
	{
		name: "look for an ID on the wrong side of a bound", pkg: "internal/rowmap", decl: "idNode.kidOf",
		old: "i++", new: "",
	},
	{
		name: "compare only the first half of IDs", pkg: "internal/rowmap", decl: "idKey.less",
		old: "k.high < o.high || k.high == o.high && k.low < o.low", new: "k.high < o.high",
	},
	{
		name: "keep a leaf that loses its last row", pkg: "internal/rowmap", decl: "numberLeaf.merge",
		old: "*next == (numberLeaf[T]{})", new: "false",
	},
	{
		name: "find a number that the tree is too low for", pkg: "internal/rowmap", decl: "numberTree.leaf",
		old: "!t.covers(number)", new: "false",
	},
	{
		name: "Check of IDs skips the bounds", pkg: "internal/rowmap", decl: "idNode.fault",
		old: "least != nil && entry.less(*least) || limit != nil && !entry.less(*limit)", new: "false",
	},
	{
		name: "Check of IDs skips the heights", pkg: "internal/rowmap", decl: "idNode.check",
		old: "i > 0 && h != height", new: "false",
	},
	{
		name: "Check of numbers skips empty leaves", pkg: "internal/rowmap", decl: "numberBranch.check",
		old: "*leaf == (numberLeaf[T]{})", new: "len(leaf) == 0",
	},
	{
		name: "find texts with the given one as prefix",
		old:  "return appendText(make([]byte, 0, len(s)+1), s) }", new: "return []byte(s) }",
	},
	{
		name: "index key without the serial number",
		old:  "^(1<<63)), p.serial)", new: "^(1<<63)), 0)",
	},
	{
		name: "sort times before 1970 last",
		old:  "uint64(p.created.UnixMilli())^(1<<63)", new: "uint64(p.created.UnixMilli())",
	},
	{
		name: "look up a text that contains a NUL",
		old:  "!wire.ValidText(text)", new: "!wire.ValidText(\"\")",
	},
	{
		name: "view a merged-away ID",
		old:  "r := sn.reads().contact(id)", new: "r := sn.reads().resolve(id)",
	},
	{
		name: "follow a chain of merges one step only",
		old:  "for row != nil && row.parent != row.id {", new: "if row != nil && row.parent != row.id {",
	},
	{
		name: "link the larger tree below the smaller one",
		old:  "from.size > to.size", new: "from.size < to.size",
	},

	// Merging.
	{
		name: "merge an email twice",
		old:  "return fold.SameEmail(e.Address, o.Address) }",
		new:  "return fold.SameEmail(e.Address, o.Address) && e.Address == o.Address }",
	},
	{
		name: "overwrite values of the target",
		old:  "case same(*dst, none):", new: "case !same(*dst, value):",
	},
	{
		name: "overwrite statuses of the target",
		old:  "case *dst == notSet:", new: "case *dst != status:",
	},
	{
		name: "overrule an objection with the consent of the target",
		old:  "case status == SubscriptionUnsubscribed && *dst != status:", new: "case false:",
	},
	{
		name: "overrule the objection of a later source",
		old:  "case status == SubscriptionUnsubscribed && *dst != status:",
		new:  "case status == SubscriptionUnsubscribed && *dst != status && !m.won[to+name]:",
	},
	{
		name: "keep an overruled status in the account",
		old:  "e.Outcome, e.To, e.Reason = MergeDropped, \"\", ObjectionWins", new: "_ = e",
	},
	{
		name: "merge the extensions of a switchboard into one phone",
		old:  "return p.E164 == o.E164 && p.dialed().Key() == o.dialed().Key()", new: "return p.E164 == o.E164",
	},
	{
		name: "join the amount of one contact with the currency of another",
		old:  "case spent != \"\" && merged == nil && slices.Contains(spentFields[:], key):", new: "case false:",
	},
	{
		name: "keep a name of spaces in a merge",
		old:  "&to.Name, in.Name, Name.same)", new: "&to.Name, in.Name, equals)",
	},
	{
		name: "drop labels in a merge",
		old:  "&to.LabelKeys, in.LabelKeys)", new: "&to.LabelKeys, in.LabelKeys[:min(1, len(in.LabelKeys))])",
	},
	{name: "do not delete the sources of a merge", old: "\t\ttx.put(source, nil)\n", new: ""},
	{
		name: "let a merge exceed limits",
		old:  "blocked(m.limits(*after, tx.sizeMax))", new: "blocked(nil)",
	},
	{
		name: "leave merged emails primary",
		old:  "func (e Email) demoted() Email { e.Primary = false; return e }",
		new:  "func (e Email) demoted() Email { return e }",
	},
	{
		name: "append to a shared list",
		old:  "slices.Grow(slices.Clip(*dst), len(items)) // clipped", new: "slices.Grow(*dst, len(items)) // clipped",
	},
	{name: "give a merged item the ID of another", old: "hasID(*dst, *own, id); {", new: "false; {"},
	{name: "accept an outdated plan", old: "now != plan {", new: "now != plan && false {"},

	// Labels and extended fields.
	{name: "keep a key of a field for each contact", old: "values[field.Key] = v", new: "values[key] = v"},
	{name: "keep a removed value as nil", decl: "fieldValues.apply", old: " && !f.removes()", new: ""},
	{name: "accept undefined labels", old: "if !defined(key) {", new: "if false {"},
	{
		name: "rename system labels",
		old:  "case found.value.definition().isSystem():", new: "case false:",
	},
	{
		name: "leave a deleted label on one contact",
		old:  "all := slices.Collect(holders(tx.reads(), key))",
		new:  "all := slices.Collect(holders(tx.reads(), key))\n\tall = all[min(1, len(all)):]",
	},
	{name: "count a deleted label", old: "\t*k.count(tx)--\n", new: ""},
	{name: "exceed the quota by one", old: "total+more > quota {", new: "total+more > quota+1 {"},
	{name: "leave values of a deleted field", old: "in.ExtendedFields = fieldValues{set: map[string]any{key: nil}}.apply(in.ExtendedFields)", new: ""},
	{
		name: "finish the deletion of a label after the caller gave up", decl: "stripAll",
		old: "if err := checkContext(ctx); err != nil {", new: "if err := checkContext(ctx); false {",
	},
	{
		name: "finish a batch after the caller gave up", decl: "applyAll",
		old: "if err := checkContext(ctx); err != nil {", new: "if err := checkContext(ctx); false {",
	},
	{
		name: "prepare a batch after the caller gave up", decl: "Store.prepareBatch",
		old: "if ctx.Err() != nil {", new: "if false {",
	},
	{
		name: "put rows after the caller gave up", decl: "intake.write",
		old: "if err := checkContext(ctx); err != nil {", new: "if err := checkContext(ctx); false {",
	},
	{
		name: "prepare rows after the caller gave up", decl: "importer.prepare",
		old: "\t\tif ctx.Err() != nil {", new: "\t\tif false {",
	},
	{
		name: "publish the part of a batch that was put when the caller gave up", decl: "applyAll",
		old: "checkContext(ctx); err != nil {\n\t\t\treturn err", new: "checkContext(ctx); err != nil {\n\t\t\treturn nil",
	},
	{
		name: "publish what an operation has put when the caller gave up", decl: "applyAll",
		old: "return cancelled(ctx) // the", new: "return nil // the",
	},
	{
		name: "keep the results of a batch that another store overtook", decl: "batchStep.apply",
		old: "outcome{}, step.refused", new: "outcome{}, cmp.Or(step.err, step.refused)",
	},
	{
		name: "remove a label that cannot be deleted from some contacts", decl: "stripAll",
		old: "\t\t}\n\t}\n\tfor _, before := range all {\n", new: "\t\t}\n",
	},
	{name: "accept a batch of any number of operations", old: "v.size(\"operations\", len(ops), writesMax)", new: ""},
	{name: "accept a batch size without a bound", old: "if given > writesMax {", new: "if false {"},
	{
		name: "follow each chain of merges to its end in a check", decl: "followLinks",
		old: "for _, passed := range path {\n\t\t\tends[passed] = end\n",
		new: "for _, passed := range path {\n\t\t\tdelete(ends, passed)\n\t\t}\n\t\tif len(path) > 0 {\n\t\t\tends[path[0]] = end\n",
	},
	{
		name: "read the taken keys once for each number of digits", decl: "newKey",
		old: "next != stem {", new: "next != stem || digits > 1 {",
	},
	{
		name: "take a longer number for the next free one", decl: "freeNumbers",
		old: "if digits < len(free) && key[len(stem):] ==", new: "if digits < len(free) && key[len(stem):] >=",
	},
	{
		name: "round integers that a float64 cannot hold",
		old:  "held.Cmp(i) == 0", new: "held.Cmp(i) < 2",
	},

	// Logs and JSON of errors.
	{
		name: "log the name of a contact",
		old:  "slog.Int(\"revision\", c.Revision), redact.Fields(c.Info)",
		new:  "slog.Int(\"revision\", c.Revision), slog.Any(\"name\", c.Info.Name.First)",
	},
	{
		name: "log the values of set fields", pkg: "internal/redact",
		old: "names = append(names, f.Name)", new: "names = append(names, value.String())",
	},
	{
		name: "log any text as the key of a label",
		old:  "key := c.EntityID(); form.IsKeyText(key) {", new: "key := c.EntityID(); form.IsKeyText(key) || true {",
	},
	{
		name: "log the values of a filter",
		old:  "(&QueryError{Field: c.Field, Operator: c.Operator}).Error()",
		new:  "fmt.Sprint(c.Field, c.Operator, c.Value)",
	},
	{
		name: "encode the fields of a duplicate error",
		old:  "DuplicateError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }",
		new:  "DuplicateError) MarshalJSON() ([]byte, error) { return json.Marshal(struct{ Email string }{e.Email}) }",
	},
	{
		name: "print the malformed key of a value",
		old:  "if !form.IsKeyText(key) {\n\t\tkey = \"with",
		new:  "if key == \"\" {\n\t\tkey = \"with",
	},
	{
		name: "log the contact of a reconciliation", pkg: "legacy",
		old: "func (r Reconciliation) LogValue() slog.Value { return r.Contact.LogValue() }",
		new: "func (r Reconciliation) LogValue() slog.Value { return slog.StringValue(r.Contact.Name.First) }",
	},

	// The feed.
	{
		name: "Follow skips a commit", pkg: "internal/feed",
		old: "next.position > r.since", new: "next.position > r.since+1",
	},
	{
		name: "Follow repeats a commit",
		old:  "f.stopped = !f.yield(commit, nil)", new: "f.stopped = !f.yield(commit, nil) || !f.yield(commit, nil)",
	},
	{
		name: "Follow repeats a commit of the snapshot", pkg: "internal/feed",
		old: "next.position > r.since", new: "next.position >= r.since",
	},
	{
		name: "Follow starts after dropped commits", pkg: "internal/feed", decl: "Feed.find",
		old: "return nil, ErrExpired", new: "return at, nil",
	},
	{
		name: "Follow continues after dropped commits", pkg: "internal/feed", decl: "Reader.Next",
		old: "return nil, ErrExpired", new: "r.at = r.feed.head.Load()\n\t\t\tcontinue",
	},
	{
		name: "keep one change too few", pkg: "internal/feed",
		old: "s.Items > limit.Items", new: "s.Items >= limit.Items",
	},
	{
		name: "keep a commit that exceeds the bytes of the feed", pkg: "internal/feed",
		old: "s.Bytes > limit.Bytes", new: "s.Bytes > limit.Bytes+1",
	},
	{
		name: "count the bytes of dropped commits", pkg: "internal/feed",
		old: "f.size.Bytes -= oldest.size.Bytes", new: "_ = oldest.size.Bytes",
	},
	{
		name: "count no bytes of a version that was replaced", decl: "Change.bytes",
		old: "c.Kind == ContactUpdated || c.Kind == ContactDeleted", new: "c.Kind == ContactDeleted",
	},
	{
		name: "count no bytes of texts in earlier versions",
		old:  "recordBytes + w.texts + w.frame +", new: "recordBytes + w.frame +",
	},
	{
		name: "TrimFeed keeps the commit at its position", pkg: "internal/feed",
		old: "next.position <= position", new: "next.position < position",
	},
	{
		name: "TrimFeed accepts a position ahead", decl: "Store.TrimFeed",
		old: "upTo > newest {", new: "upTo > newest+1 {",
	},
	{name: "TrimFeed remembers phone numbers", old: "\ts.phones.forget()\n", new: ""},
	{name: "wake no reader", pkg: "internal/feed", decl: "Feed.Append", old: "close(*wake)", new: "_ = wake"},
	{
		name: "wake no reader of what is skipped", pkg: "internal/feed", decl: "Feed.Jump",
		old: "close(*wake)", new: "_ = wake",
	},
	{
		name: "sleep without looking again", pkg: "internal/feed",
		old: "if r.at.next.Load() != nil { // the writer", new: "if false { // the writer",
	},
	{
		name: "Close does not end Follow", pkg: "internal/feed",
		old: "case <-done:", new: "case <-(chan struct{})(nil):",
	},
	{
		name: "share changes among readers",
		old:  "commit.Changes = slices.Clone(c.Changes)", new: "commit.Changes = slices.Clip(c.Changes)",
	},
	{
		name: "attribute each change to a merge",
		old:  "if change.Kind == ContactUpdated || change.Kind == ContactDeleted {", new: "if true {",
	},

	// Queries.
	{name: "accept a field twice in a filter", pkg: "internal/match", old: "times[name] > 1", new: "times[name] > 2"},
	{
		name: "accept a filter of 101 levels", pkg: "internal/match",
		old: "depth <= DepthMax", new: "depth <= DepthMax+1",
	},
	{
		name: "leave the zero Filter out of Or",
		old:  "c.Parts = append(c.Parts, cmp.Or(f.root, match.Everything))",
		new:  "if part := cmp.Or(f.root); part != nil {\n\t\t\tc.Parts = append(c.Parts, part)\n\t\t}",
	},
	{
		name: "treat an unknown operator as $eq", pkg: "internal/match",
		old: "if op == 0 || column.operators&op == 0 {", new: "if op != 0 && column.operators&op == 0 {",
	},
	{
		name: "match $ne only against contacts with a value", pkg: "internal/match",
		old: "vs.none(func(v V) bool { return v == want })", new: "vs.some(func(v V) bool { return v != want })",
	},
	{
		name: "match $hasAll if one of the values is there", pkg: "internal/match",
		old: "case op != OpHasAll:", new: "case op != OpHasAll || len(list) > 0:",
	},
	{
		name: "lose a value of a long list", pkg: "internal/match",
		old: "for _, v := range list {\n\t\tset", new: "for _, v := range list[1:] {\n\t\tset",
	},
	{
		name: "compare prefixes with regard to case", pkg: "internal/match",
		old: "\t\t\tprefix = form.Prefix(prefix)\n", new: "",
	},
	{
		name: "sort letters beyond ASCII with regard to case", pkg: "internal/match",
		old: "return compareRunes(a[i:], b[i:])", new: "return cmp.Compare(a[i:], b[i:])",
	},
	{
		name: "sort negative numbers by their absolute values", pkg: "internal/match",
		old: "return ^bits", new: "return bits &^ (1 << 63)",
	},
	{
		name: "compare times in whole seconds", pkg: "internal/match",
		old: ", cmp.Compare(i.nanosecond, o.nanosecond))", new: ")",
	},
	{
		name: "find phones without an E.164 form",
		old:  "e164 != \"\" && is(e164)", new: "is(e164)",
	},
	{
		name: "examine only the first address",
		old:  "range r.contact.Info.Addresses {",
		new:  "range r.contact.Info.Addresses[:min(1, len(r.contact.Info.Addresses))] {",
	},
	{
		name: "compare locales exactly",
		old:  "supportsEquality, match.Folded, infoLocale", new: "supportsEquality, match.Exact, infoLocale",
	},
	{name: "filter by the VAT ID", decl: "systemColumns", old: "fieldVATID: ", new: "\"\": "},
	{
		name: "know only one order of street and number",
		old:  " || is(joinVisible(\" \", s.Name, s.Number))", new: "",
	},
	{
		name: "treat any email as the primary one",
		old:  "exact: f.exact}", new: "exact: true}",
	},
	{
		name: "look up emails as given",
		old:  "texts[i] = f.form.Text(text)", new: "texts[i] = text",
	},
	{
		name: "skip the parts of $or that have no index",
		old:  "if p.isScan() {\n\t\t\treturn fullScan", new: "if p.isScan() {\n\t\t\tcontinue",
	},
	{
		name: "check only the indexed part of $and",
		old:  "best.exact = best.exact && len(parts) == 1\n", new: "",
	},
	{
		name: "use the index of a negated condition", decl: "reader.path",
		old: "\tdefault:\n\t\treturn fullScan\n", new: "\tdefault:\n\t\treturn r.path(c.Parts[0])\n",
	},
	{name: "find a contact twice by two emails", old: "range slices.Compact(rows)", new: "range rows"},
	{
		name: "match $ne on createdDate only against later dates",
		old:  "op&(match.OpEq|match.OpGt|match.OpGte) != 0",
		new:  "op&(match.OpEq|match.OpNe|match.OpGt|match.OpGte) != 0",
	},
	{
		name: "yield the results of several look-ups oldest first",
		old:  "\t\t\tif backwards {\n\t\t\t\ta, b = b, a\n\t\t\t}\n", new: "",
	},
	{
		name: "search without the filter",
		old:  "match.Both(c.match, searchTest(q.Search))", new: "searchTest(q.Search)",
	},
	{
		name: "people search: ignore only the case", pkg: "internal/fold",
		old: "if Invisible(r) || diacritic(r) {", new: "if Invisible(r) {",
	},
	{
		name: "people search: keep letters without a decomposition", pkg: "internal/fold",
		old: "letters, ok := undecomposed[r]; ok", new: "letters, ok := undecomposed[r]; ok && r == 'ß'",
	},
	{
		name: "people search: take vowel signs for diacritics", pkg: "internal/fold",
		old: " && unicode.In(r, withDiacritics...)", new: "",
	},
	{
		name: "people search: one word of several is enough", pkg: "internal/words",
		old: "if !ok {\n\t\t\treturn 0, false\n\t\t}\n\t\tall", new: "if !ok {\n\t\t\tcontinue\n\t\t}\n\t\tall",
	},
	{
		name: "people search: rank by the best word", pkg: "internal/words",
		old: "score{max(s.worst, t.worst), ", new: "score{min(s.worst, t.worst), ",
	},
	{
		name: "people search: whole words and beginnings are equal", pkg: "internal/words",
		old: "score{worst, 2*worst + 1}", new: "score{worst, 2 * worst}",
	},
	{
		name: "people search: find digits inside of a number", pkg: "internal/words",
		old: "\tr.text = text[:start+1]\n\tr.begin()\n\tr.text = text\n",
		new: "\tr.text = text[:start+1]\n\tr.begin()\n\tr.text = text[:start+2]\n\tr.begin()\n\tr.text = text\n",
	},
	{
		name: "people search: find national numbers after a +", pkg: "internal/words",
		old: "return setOf(E164)\n", new: "return setOf(Phone, E164)\n",
	},
	{
		name: "people search: do not join the parts of a number", pkg: "internal/words",
		old: "if len(t.words) > 1 {\n\t\tbest,", new: "if len(t.words) > 9 {\n\t\tbest,",
	},
	{
		name: "people search: no words after punctuation in names", pkg: "internal/words",
		old: "r.joints = append(r.joints, len(r.text))\n\t\t\t\tr.begin()\n",
		new: "r.joints = append(r.joints, len(r.text))\n",
	},
	{
		name: "people search: words of domains begin after hyphens", pkg: "internal/words",
		old: "begins = begins || !inDomain || s[0] == '@' || s[0] == '.'", new: "begins = true",
	},
	{
		name: "people search: lose the words of long texts", pkg: "internal/words",
		old: "for ; distance >= farther; distance -= farther {", new: "for ; distance > farther; distance -= farther {",
	},
	{
		name: "people search: skip rows for the last letter of their text", pkg: "internal/words",
		old: "r.text[at:min(at+2, end.text)]", new: "r.text[at:min(at+2, end.text-1)]",
	},
	{
		name: "people search: skip rows for what only one form of a word needs", pkg: "internal/words",
		old: "some = some.common(n.begins)", new: "some = some.union(n.begins)",
	},
	{
		name: "people search: keep the words of contacts that changed", pkg: "internal/words",
		old: " || !slices.Equal(p.Rows, rows[:len(p.Rows)])", new: "",
	},
	{
		name: "people search: keep the words of replaced contacts for ever", pkg: "internal/words",
		old: "l.version.CompareAndSwap(last, nil)", new: "",
	},
	{
		name: "people search: collect words once for each of several searches", pkg: "internal/words",
		old: "p.once.Do(func() { p.words = collect(p.Rows) })", new: "p.words = collect(p.Rows)",
	},
	{
		name: "inspector: count without preparing people search", pkg: "inspector",
		old: "\tif count {\n\t\tv.prepareSearch()\n\t}\n", new: "",
	},
	{
		name: "inspector: prepare people search before each list", pkg: "inspector",
		old: "\tif count {\n\t\tv.prepareSearch()\n\t}\n", new: "\tv.prepareSearch()\n",
	},
	{
		name: "people search: stop at the next word of the same place", pkg: "internal/words",
		old: "Place(text[at-1]).worst() > best.worst {", new: "Place(text[at-1]).worst() >= best.worst {",
	},
	{
		name: "people search: no trunk prefix",
		old:  "w.AddDigits(words.Phone, trunk+national)", new: "w.AddDigits(words.Phone, national)",
	},
	{
		name: "people search: find the extension of a number", pkg: "internal/words",
		old: "b == ',') {\n\t\t\t\tbreak\n", new: "b == ',') {\n",
	},
	{
		name: "people search: forget the filter",
		old:  "case q.match == nil && q.found != nil:", new: "case q.found != nil:",
	},
	{
		name: "people search: rank against the sort",
		old:  "c.searchPeople(people, len(q.Sort) == 0)", new: "c.searchPeople(people, true)",
	},
	{
		name: "people search: a cursor without the rank",
		old:  "cmp.Or(cmp.Compare(uint64(h.rank), p.key.Number), order)", new: "order",
	},
	{
		name: "people search: a cursor of another text",
		old:  "parts = append(parts, q.People, len(q.Sort) > 0)", new: "parts = append(parts, len(q.Sort) > 0)",
	},
	{
		name: "people search: a ranked cursor for a sort",
		old:  "parts = append(parts, q.People, len(q.Sort) > 0)", new: "parts = append(parts, q.People)",
	},
	{
		name: "people search: return what is found when canceled",
		old:  "if canceled == nil || !canceled() {", new: "if true {",
	},
	{
		name: "people search: order equal ranks by chance",
		old:  "next[h.rank]++\n\t\t}\n\t}\n\treturn sorted",
		new:  "next[h.rank]++\n\t\t}\n\t}\n\tslices.Reverse(sorted[:min(2, len(sorted))])\n\treturn sorted",
	},
	{
		name: "people search: skip the filter of a path with many contacts",
		old:  "if !people.IsZero() && !c.scans() && c.hasManyRows() {\n\t\tc.path = fullScan\n",
		new: "if !people.IsZero() && !c.scans() && c.hasManyRows() {\n" +
			"\t\tc.path.spans, c.path.index = fullScan.spans, \"created\"\n",
	},
	{
		name: "sort missing values first when descending", pkg: "internal/match",
		old: "case hasA:\n\t\treturn -1\n\tcase hasB:\n\t\treturn 1\n",
		new: "case hasA != hasB && hasA != descending:\n\t\treturn -1\n\tcase hasA != hasB:\n\t\treturn 1\n",
	},
	{
		name: "sort equal contacts newest first when descending",
		old:  "\treturn cmp.Or(match.CompareKeys(",
		new:  "\tif o.descending {\n\t\ta.row, b.row = b.row, a.row\n\t}\n\treturn cmp.Or(match.CompareKeys(",
	},
	{
		name: "ignore NewestFirst in a query",
		old:  "ordering{descending: sn.newestFirst}", new: "ordering{}",
	},
	{name: "lose contacts of a sorted page", old: "worst = &best[n-1]", new: "worst = &best[0]"},
	{
		name: "count all contacts for a search",
		old:  "case q.match == nil && q.scans():", new: "case q.scans():",
	},
	{
		name: "report a next page where none follows",
		old:  "more := len(rows) > n", new: "more := len(rows) >= n",
	},
	{
		name: "return previous pages in reverse order",
		old:  "slices.Reverse(rows)\n\t\tprevious, next", new: "slices.Reverse(rows[:0])\n\t\tprevious, next",
	},
	{
		name: "accept a cursor of another filter",
		old:  "[]any{q.Filter, by, order", new: "[]any{by, order",
	},
	{
		name: "lose the direction of a cursor",
		old:  "backwards: plain[0]&cursorBackwards != 0", new: "backwards: false",
	},
	{
		name: "lose that the contact of a cursor has no value",
		old:  "valued: plain[0]&cursorValued != 0", new: "valued: true",
	},
	{
		name: "seal all cursors with one nonce", pkg: "internal/seal",
		old: "nonce := mac.Sum(nil)[:s.aead.NonceSize()]", new: "nonce := make([]byte, s.aead.NonceSize())",
	},
	{
		name: "accept cursors that are too short", pkg: "internal/seal",
		old: " || len(sealed) < s.aead.NonceSize() {", new: " {",
	},
	{
		name: "begin a page with the last contact of the previous one",
		old:  "from = append(key, 0)", new: "from = key",
	},
	{
		name: "continue after the contacts of a label",
		old:  "from, to = s.prefix, appendSuccessor(buf[:0], s.prefix)", new: "from, to = s.prefix, nil",
	},
	{
		name: "merge the classes of a value in one direction only",
		old:  "\tif m.backwards {\n\t\treturn -order\n\t}\n", new: "",
	},
	{
		name: "sort the few contacts with a value in one direction only", decl: "fewPlaces.sort",
		old: "if backwards {", new: "if false {",
	},
	{
		name: "leave the few contacts with a value in the order of classes", decl: "fewPlaces.sort",
		old: "slices.SortFunc(f.places[:f.n], compare)", new: "",
	},
	{
		name: "find the contacts with a value in another class",
		old:  "strings.IndexByte(s.classes, key[len(s.prefix)]) >= 0", new: "strings.IndexByte(s.classes, key[len(s.prefix)]) >= -1",
	},
	{
		name: "leave out a class of the contacts with a value", decl: "reader.merge",
		old: "for i := range s.classes {", new: "for i := range s.classes[1:] {",
	},
	{
		name: "repeat one of few contacts with a value on the next page",
		old:  "compare(f.places[f.next], start) <= 0", new: "compare(f.places[f.next], start) < 0",
	},
	{
		name: "call an email primary only while it is alone", decl: "emailEntries",
		old: "classOfItem(i))", new: "classOfItem(i+len(r.contact.Info.Emails)-1))",
	},
	{
		name: "forget that one text is of two phones", decl: "numberEntries",
		old: "entries[at].class = classPrimaryMixed", new: "entries[at].class = classPrimary",
	},
	{
		name: "forget that another phone with the text is not valid", decl: "numberEntries",
		old: "entries[at].class = classOtherInvalid", new: "entries[at].class = classOther",
	},
	{
		name: "continue after the end of a span of time",
		old:  "\tif !s.until.IsZero() {\n", new: "\tif false {\n",
	},

	// Lists of definitions, facets.
	{
		name: "ignore case in StartsWith",
		old:  "strings.HasPrefix(d.displayName, q.startsWith)",
		new:  "strings.HasPrefix(strings.ToLower(d.displayName), strings.ToLower(q.startsWith))",
	},
	{
		name: "ignore all but the filter of a list",
		old:  "matches = match.Both(matches, func(d T) bool { return q.matches(d.definition()) })",
		new:  "if matches == nil {\n\t\tmatches = func(d T) bool { return q.matches(d.definition()) }\n\t}",
	},
	{name: "count only the labels after the offset", old: "Total: len(list)", new: "Total: len(rest)"},
	{
		name: "sort by the first field only",
		old:  "if order := compare(a, b); order != 0 {\n\t\t\t\treturn order\n\t\t\t}", new: "return compare(a, b)",
	},
	{
		name: "lose the order of equal labels",
		old:  "slices.SortStableFunc(found, compare)", new: "slices.SortFunc(found, compare)",
	},
	{
		name: "list labels by their last change",
		old:  "y.created.Compare(x.created)", new: "y.updated.Compare(x.updated)",
	},
	{
		name: "count subscribed contacts as unsubscribed",
		old:  "\"Unsubscribed\", pathSubscription, SubscriptionUnsubscribed",
		new:  "\"Unsubscribed\", pathSubscription, SubscriptionSubscribed",
	},
	{
		name: "ignore the filter of facets", decl: "query.countFacets",
		old: "q.matching(slices.Values(q.sn.records()))", new: "slices.Values(q.sn.records())",
	},
	{
		name: "count only one label of a contact",
		old:  "counts[facetValue{pathLabelKeys, key}]++\n",
		new:  "counts[facetValue{pathLabelKeys, key}]++\n\t\t\tbreak\n",
	},
	{name: "omit a count of 0", old: "if f.Count >= 0 {", new: "if f.Count > 0 {"},

	// Batches, bulk jobs, submissions and upserts.
	{
		name: "write a part of an all-or-nothing batch", decl: "Store.Batch",
		old: "\t\t\treturn errRefused\n", new: "\t\t\treturn nil\n",
	},
	{
		name: "return contacts of a refused batch",
		old:  "\t\tif err == nil {\n\t\t\tresults[i]", new: "\t\tif true {\n\t\t\tresults[i]",
	},
	{
		name: "give away the label of the store in a result",
		old:  "Label: clonePtr(o.label)", new: "Label: o.label",
	},
	{
		name: "forget that a submission created its contact", decl: "txn.submit",
		old: "created: before == nil, identity", new: "identity",
	},
	{
		name: "take a temporary ID for a real one", decl: "txn.contact",
		old: "\tid = tx.temps.id(id)\n", new: "",
	},
	{
		name: "name a temporary ID in an error", decl: "batchStep.apply",
		old: "= tx.temps.id(step.given),", new: "= step.given,",
	},
	{
		name: "report temporary sources of a merge", decl: "MergeOp.write",
		old: "sources: sources}", new: "sources: op.Sources}",
	},
	{
		name: "ignore the visitor's temporary ID", decl: "txn.submitter",
		old: "resolve(tx.temps.id(o.VisitorContactID))", new: "resolve(o.VisitorContactID)",
	},
	{
		name: "let two operations give one temporary name", decl: "tempName.check",
		old: "if given[n] {", new: "if false {",
	},
	{
		name: "let a temporary key look like a real one", decl: "tempName.check",
		old: "if strings.Contains(n.key, \".\") {", new: "if strings.Contains(n.key, \"..\") {",
	},
	{
		name: "let a temporary ID be that of a contact merged away", decl: "batchStep.apply",
		old: "tx.reads().taken(id)", new: "tx.reads().contact(id) != nil",
	},
	{
		name: "create a contact under a temporary ID",
		old:  " || tx.temps.hasID(ids[0])", new: "",
	},
	{
		name: "share temporary keys between labels and fields",
		old:  "return tempName{table: tableFields, key: op.TempKey}",
		new:  "return tempName{table: tableLabels, key: op.TempKey}",
	},
	{
		name: "keep a label twice under two keys", decl: "tempNames.labelKeys",
		old: "return distinct(behind)", new: "return behind",
	},
	{
		name: "let one of two values for a field win", decl: "txn.withFieldKeys",
		old: "; ok {", new: "; ok && false {",
	},
	{
		name: "take temporary keys in an upsert for real ones", decl: "txn.given",
		old: "\tif err := tx.replaceTempKeys(&patch); err != nil {\n\t\treturn nil, err\n\t}\n", new: "",
	},
	{
		name: "delete a label under its temporary key only",
		old:  "stripAll(ctx, tx, before.value.definition().key, h", new: "stripAll(ctx, tx, key, h",
	},
	{
		name: "accept revision 0 of every contact", decl: "txn.isRevision",
		old: "given == 0 && tx.temps.hasID(id)", new: "given == 0",
	},
	{
		name: "attribute operations after a merge to the merge",
		old:  "\ttx.origin = \"\" // a merge may have set it\n", new: "",
	},
	{
		name: "select all contacts without a selection",
		old:  "if !sel.Filter.compares() && sel.Search == \"\" {", new: "if false {",
	},
	{name: "ignore the search of a bulk call", old: ", Search: sel.Search, Sort", new: ", Sort"},
	{
		name: "let a bulk call create duplicates",
		old:  "\t\t\t\ttx.waiting.add(after) // later contacts of the batch could be its duplicates\n", new: "",
	},
	{
		name: "remove labels before adding labels",
		old:  "without(union(before.contact.Info.LabelKeys, add), remove)",
		new:  "union(without(before.contact.Info.LabelKeys, remove), add)",
	},
	{
		name: "give items of all contacts the same IDs",
		old:  "ids[i*b.ids:][:b.ids]", new: "ids[:b.ids]",
	},
	{
		name: "stop a bulk call at a failing contact", decl: "bulk.write",
		old: "\t\t\t\tcontinue\n", new: "\t\t\t\treturn err\n",
	},
	{
		name: "report an interrupted job as completed",
		old:  "j.Status = JobStatusUnknown", new: "j.Status = JobStatusCompleted",
	},
	{
		name: "share the list of Jobs with the caller",
		old:  "list = append(list, job.clone())", new: "list = append(list, job)",
	},
	{
		name: "submit to any contact without Override",
		old:  "if opts.ContactID != uuid.Nil && !opts.Override {", new: "if false {",
	},
	{
		name: "submit to the visitor although another is named",
		old:  "r == nil && !given.introduces()", new: "r == nil",
	},
	{
		name: "let visitors write to members",
		old:  "if r != nil && r.contact.Member.exists() {", new: "if false {",
	},
	{
		name: "let visitors record activities of members",
		old:  "identity != IdentityNotAuthenticatedMember && !outdated", new: "!outdated",
	},
	{
		name: "mix the names of two people", decl: "Name.filled",
		old: "n.First == all.First", new: "true",
	},
	{
		name: "let a space contradict a name", decl: "Name.filled",
		old: "fold.Blank(n.First) ||", new: "n.First == \"\" ||",
	},
	{
		name: "replace a name with a space", decl: "Name.replaced",
		old: "!fold.Blank(given.Last)", new: "given.Last != \"\"",
	},
	{
		name: "do not follow the session of a merged contact",
		old:  "r = tx.reads().resolve(tx.temps.id(o.VisitorContactID))",
		new:  "r = tx.reads().contact(tx.temps.id(o.VisitorContactID))",
	},
	{
		name: "take a phone that identifies no one for another person",
		old:  "{ return p.dialed().Identifies() }", new: "{ return true }",
	},
	{
		name: "let a submission exceed limits",
		old:  "invalid(violations); err != nil {\n\t\treturn nil, about(before",
		new:  "invalid(violations[:0]); err != nil {\n\t\treturn nil, about(before",
	},
	{
		name: "write a submission that changes nothing",
		old:  "if after.contact.Info.Equal(before.contact.Info) && after", new: "if false && after",
	},
	{
		name: "clear parts of a name that an upsert lacks",
		old:  "in.Name = in.Name.replaced(given.Name)", new: "in.Name = given.Name",
	},
	{
		name: "keep a value that an upsert replaces",
		old:  "cmp.Or(given.JobTitle, in.JobTitle)", new: "cmp.Or(in.JobTitle, given.JobTitle)",
	},

	// JSON.
	{
		name: "treat null as absent in a patch",
		old:  "o.Has(\"company\")}", new: "o.Get(\"company\").Present()}",
	},
	{
		name: "refuse unknown words in captured data", pkg: "internal/wire",
		old: "{ return E(o.Text(name)) }",
		new: "{\n\te := E(o.Text(name))\n" +
			"\tif w, ok := any(e).(interface{ Valid() bool }); ok && e != \"\" && !w.Valid() {\n" +
			"\t\to.at.report(name, \"ENUM\")\n\t}\n\treturn e\n}",
	},
	{
		name: "accept IDs in braces", pkg: "internal/wire",
		old: "err == nil && len(text) == 36", new: "err == nil",
	},
	{
		name: "print times without their zeros", pkg: "internal/wire",
		old: "t.Nanosecond()/1e6, 100, 'Z'", new: "t.Nanosecond()/1e8, 1, 'Z'",
	},
	{
		name: "accept half a surrogate pair", pkg: "internal/wire",
		old: "p.fail(errBrokenText)\n\t\t\treturn 0, 0", new: "return utf8.RuneError, 6",
	},
	{
		name: "accept invalid UTF-8", pkg: "internal/wire",
		old: "if !utf8.ValidString(text) {", new: "if false {",
	},

	{
		name: "do not escape angle brackets", pkg: "internal/wire",
		old: ", c == '<', c == '>', c == '&':", new: ":",
	},
	{
		name: "write large integers inexactly", pkg: "internal/wire",
		old: "abs >= 1<<53 && abs < 1e21", new: "abs >= 1<<63 && abs < 1e21",
	},
	{
		name: "write members in any order", pkg: "internal/wire",
		old: "slices.Sort(names)", new: "slices.Sort(names)\n\tslices.Reverse(names)",
	},
	{
		name: "accept any number of values", pkg: "internal/wire",
		old: "p.room < 0 {", new: "p.room < -1<<30 {",
	},
	{
		name: "accept a repeated member among many", pkg: "internal/wire",
		old: "return t.markMany(members)", new: "return false",
	},
	{
		name: "confuse names of the same length and last byte", pkg: "internal/wire",
		old: "m.repeated = hasName(members[:i], m.Name)", new: "m.repeated = true",
	},
	{
		name: "report a name that is data as a path", pkg: "internal/wire",
		old: "if len(name) > most {", new: "if true {\n\t\treturn name\n\t}\n\tif len(name) > most {",
	},
	{
		name: "check members that another reader checks", pkg: "internal/wire",
		old: "child.delegated || len", new: "len",
	},
	{
		name: "count the line ending as part of a line",
		old:  "len(l.buf)+len(text) <= l.max+len(\"\\r\\n\") {",
		new:  "len(l.buf)+len(text) < l.max {",
	},
	{name: "read the rest of a long line as a line", old: "l.n, l.long = l.n+1, true", new: "l.n++"},
	{name: "load lines of any length", old: "max: o.LineLimits.Bytes}", new: "max: 1 << 62}"},
	{name: "keep what a refused line holds", old: "\t\tline.record = nil", new: "\t\t_ = line.record"},

	// Sizes.
	{
		name: "count bytes of a phone number",
		old:  "utf8.RuneCountInString(number) > phoneMax",
		new:  "len(number) > phoneMax+0*utf8.RuneCountInString(number)",
	},
	{name: "let a contact grow to any size", old: "if after.sizeExceeds(sizeMax) && grown", new: "if false && grown"},
	{
		name: "let a contact that is too large grow",
		old:  "(!before.sizeExceeds(sizeMax) || after.size() > before.size())", new: "!before.sizeExceeds(sizeMax)",
	},
	{
		name: "refuse to shrink a contact that is too large",
		old:  "&& (!before.sizeExceeds(sizeMax) || after.size() > before.size())", new: "",
	},
	{
		name: "take the weight of texts for their size",
		old:  "case jsonBytesMax*(w.texts+derivedTexts(&r.contact.Info))+w.frame+derivedFrame <= most:",
		new:  "case w.texts+w.frame <= most:",
	},
	{name: "forget labels in the weight of a contact", old: "w.add(3, key)", new: "w.add(0 * len(key))"},
	{name: "refuse long texts of older exports", old: "\tif v.stored {\n\t\tlimit = 0\n\t}\n", new: ""},
	{
		name: "count bytes of a URL in an extended field",
		old:  "len(text) > most && utf8.RuneCountInString(text) > most",
		new:  "len(text) > most+0*utf8.RuneCountInString(text)",
	},
	{name: "copy a value for each place that has it", old: "\tc.copies[ref] = copied\n", new: "\t_ = copied\n"},

	// Importing.
	{name: "keep the contacts of the caller's rows", old: "c.ID, rowCopy(c)", new: "c.ID, c"},
	{name: "count rows that were not written", old: "case !committed:\n", new: "case false:\n"},
	{name: "count rows from 0", old: "d.line = im.read, row.Line", new: "d.line = im.read-1, row.Line"},
	{
		name: "give the memory of a row back before it is read",
		old:  "defer release(&rowCopies, c)", new: "release(&rowCopies, c)",
	},
	{
		name: "define the labels of refused rows",
		old:  "undefined = append(undefined, label)\n",
		new: "labelKind.create(in.tx, label)\n\t\tin.labels = append(in.labels, key)\n" +
			"\t\tin.knownLabels[key] = true\n" +
			"",
	},
	{
		name: "order imported contacts by the import",
		old:  "in.tx.place(createdDate(d.record))", new: "in.tx.place(in.tx.now)",
	},
	{
		name: "existing: merge consent away", decl: "txn.absorb",
		old: " && after.statuses.equal(before.statuses)", new: "",
	},
	{
		name: "existing: let the row's values win in a merge", decl: "intake.absorb",
		old: "in.opts.Existing == ExistingUpdate)", new: "true)",
	},
	{
		name: "existing: check what is skipped", decl: "intake.accept",
		old: "d.before != nil && in.opts.Existing == ExistingSkip", new: "false",
	},
	{
		name: "existing: allow duplicates", decl: "intake.absorb",
		old: "!in.opts.AllowDuplicates", new: "false",
	},
	{
		name: "existing: hide rows from later ones", decl: "intake.put",
		old: "in.opts.Existing == ExistingRefuse && in.opts.UIDField == \"\"", new: "d.before == nil",
	},
	{
		name: "existing: keep numbers that other writers changed", decl: "finder.begin",
		old: " && f.at == tx.base.position", new: "",
	},
	{
		name: "existing: find by a number that an earlier row has changed", decl: "finder.withUID",
		old: " || f.uid(r.contact.Info.ExtendedFields) != uid", new: "",
	},
	{
		name: "existing: match an email whatever the name", decl: "nameForm.sameGiven",
		old: "return len(f.given) > 0 && slices.Equal(f.given, o.given)", new: "return true",
	},
	{
		name: "existing: match a phone whatever the name", decl: "finder.find",
		old: "name, nil)", new: "name, func(_, _ nameForm) bool { return true })",
	},
	{
		name: "existing: match what many have", decl: "fitting",
		old: "n > defaultMaxHolders", new: "false",
	},
	{
		name: "existing: match the oldest of several holders", decl: "fitting",
		old: "names != match && names.worse(match) == match", new: "false",
	},
	{
		name: "existing: match one of several without a name", decl: "fitting",
		old: "if !only {", new: "if false {",
	},
	{
		name: "existing: follow no merges", decl: "finder.find",
		old: "rd.resolve(row.ID)", new: "rd.contact(row.ID)",
	},
	{
		name: "existing: write in a dry run", decl: "Store.Import",
		old: "im.store = s.Fork()", new: "im.store = s",
	},
	{name: "import an ID twice", old: " || in.tx.waiting.has(c.ID) {", new: " {"},
	{
		name: "ignore duplicates within a batch of rows",
		old:  "primaryEmailSpan(key), r), tx.waiting.emails[key])", new: "primaryEmailSpan(key), r), nil)",
	},
	{
		name: "put one row too many into a batch",
		old:  "len(im.batch) >= im.opts.BatchSize", new: "len(im.batch) > im.opts.BatchSize",
	},
	{
		name: "drop the rows before an error of the source",
		old:  "err = errors.Join(err, im.flush(ctx))", new: "err = errors.Join(err)",
	},
	{
		name: "lose the status of an unknown address",
		old:  "\t\t\tv.add(missing)\n", new: "",
	},
	{
		name: "keep IDs of items that repeat", decl: "dropRepeated",
		old: "hasID(items[:i], *own, id) {", new: "false {",
	},
	{
		name: "report the previous line in a LineError",
		old:  "&LineError{Line: lines.n,", new: "&LineError{Line: lines.n - 1,",
	},

	// Exporting and loading.
	{
		name: "export labels by key",
		old:  "slices.SortedFunc(sn.reads().labels(), (*labelRecord).compare)",
		new:  "slices.Collect(sn.reads().labels())",
	},
	{name: "omit the billing mark from an export", old: "if r.billing {", new: "if false {"},
	{
		name: "omit the statuses of phones from an export",
		old:  "len(phones) > 0 { // by E.164 form and extension", new: "false {",
	},
	{
		name: "lose the objection of an extension in an older export",
		old:  "\t\t\town[key] = number\n", new: "\t\t\t_ = number\n",
	},
	{
		name: "export no NOT_SET of an extension",
		old:  "\t\t\tout[key] = phoneNotSet\n", new: "",
	},
	{
		name: "export derived fields", decl: "writeRow",
		old: "c := r.contact.contact()\n", new: "c := *r.full()\n",
	},
	{
		name: "include the position in the digest",
		old:  "e.writeContents(sn)\n\treturn ",
		new:  "e.writeContents(sn)\n\te.sum.Write([]byte{byte(sn.position)})\n\treturn ",
	},
	{name: "ignore the checksum", old: "case !line.closes(l.counts):", new: "case false:"},
	{name: "accept lines in any order", old: "case line.kind < l.kind, !first &&", new: "case !first &&"},
	{
		name: "accept a cycle of redirects",
		old:  "return false // a contact that was merged", new: "break // a contact that was merged",
	},
	{name: "accept a truncated file", old: "case l.kind != lineEnd:", new: "case false:"},
	{
		name: "accept an export of a later version",
		old:  "case first && line.store.Version > exportVersion:", new: "case false:",
	},
	{
		name: "lose the time of the last commit",
		old:  "sn.position, sn.changes, sn.time = l.store.Position, l.store.Changes, time.Time(l.store.Time)",
		new:  "sn.position, sn.changes = l.store.Position, l.store.Changes",
	},

	// Checking.
	{name: "Check skips the indexes", old: "\tcheckIndexes(c.reads, sn.sizes, c.fault)\n", new: ""},
	{name: "Check skips the redirects", old: "\tc.checkRedirects()\n", new: ""},
	{
		name: "Check misses modified memory",
		old:  "r.sum == 0 || r.sum == r.checksum()", new: "true",
	},
	{
		name: "SelfCheck skips the step",
		old:  "cmp.Or(next.checkStep(base, commit), next.Check())", new: "cmp.Or(next.Check())",
	},
	{
		name: "SelfCheck misses a skipped revision",
		old:  "a.Revision == b.Revision+1", new: "a.Revision > b.Revision",
	},

	// CSV.
	{
		name: "mark each item with a star as primary", pkg: "csvio",
		old: "state.primary = state.primary && !primary", new: "_ = primary",
	},
	{
		name: "keep the country of the previous row", pkg: "csvio",
		old: "b.contact, b.country, b.unused = new(contacts.Contact), \"\", false",
		new: "b.contact, b.unused = new(contacts.Contact), false",
	},
	{
		name: "drop cells beyond the header", pkg: "csvio",
		old: "rec.cells[min(len(rec.cells), r.width):]", new: "rec.cells[len(rec.cells):]",
	},
	{
		name: "guess the meaning of an ambiguous date", pkg: "csvio",
		old: "return reading{why: TwoDates}", new: "return monthFirst",
	},

	// The old interface.
	{
		name: "reconcile with a colleague on the switchboard", pkg: "legacy",
		old: "return dialed(&p).Same(dialed(&q))", new: "return p.E164 != \"\" && p.E164 == q.E164",
	},
	{
		name: "give a reconciled contact the same extension twice", pkg: "legacy",
		old: "return dialed(a).Key() == dialed(b).Key()", new: "return a.Number == b.Number",
	},

	// The HTTP face.
	{
		name: "serve one prefix", pkg: "httpapi",
		old: "\"/contacts/v4\", \"/_api/contacts/v4\"", new: "\"/contacts/v4\"",
	},
	{
		name: "let the mux answer paths that it would redirect", pkg: "httpapi",
		old: "if clean(r) {", new: "if true {",
	},
	{
		name: "accept a path of two slashes", pkg: "httpapi",
		old: "cleaned+\"/\" == p && cleaned != \"/\"", new: "cleaned+\"/\" == p",
	},
	{name: "answer HEAD with 405", pkg: "httpapi", old: "method = http.MethodGet", new: "method = \"\""},
	{
		name: "answer a failure with 200", pkg: "httpapi",
		old: "\tc.write(status, text)\n", new: "\tc.write(http.StatusOK, text)\n",
	},
	{
		name: "answer a success with 201", pkg: "httpapi",
		old: "http.StatusOK, w.text", new: "http.StatusCreated, w.text",
	},
	{
		name: "wait for a body that is refused", pkg: "httpapi",
		old: "if !c.bodyRead && c.r.ContentLength != 0 && c.r.ProtoMajor == 1 {", new: "if false {",
	},
	{name: "treat a limit of 0 as the default", pkg: "httpapi", old: "given && limit == 0", new: "false"},
	{
		name: "return an item with a limit of 0", pkg: "httpapi",
		old: "list, hasNext = nil,", new: "_, hasNext = 0,",
	},
	{name: "accept bodies of any type", pkg: "httpapi", old: "if !isJSON(c.r.Header) {", new: "if false {"},
	{name: "accept compressed bodies", pkg: "httpapi", old: "len(encodings) > 0", new: "len(encodings) > 1"},
	{
		name: "accept bodies of any length", pkg: "httpapi",
		old: "http.MaxBytesReader(c.w, c.r.Body, c.h.opts.MaxBodyBytes)", new: "c.r.Body",
	},
	{
		name: "prefer the copy of an ID", pkg: "httpapi",
		old: "\tid, ok := wire.ParseGUID(c.r.PathValue(\"id\"))\n",
		new: "\tid, ok := wire.ParseGUID(c.r.PathValue(\"id\"))\n" +
			"\tif q, copied := wire.ParseGUID(c.r.URL.Query().Get(name)); copied {\n" +
			"\t\tid = q\n\t}\n",
	},
	{
		name: "accept a repeated parameter", pkg: "httpapi",
		old: "if len(values) > 1 {", new: "if false {",
	},
	{
		name: "keep commas in a parameter", pkg: "httpapi",
		old: "strings.Split(value, \",\")...", new: "strings.SplitN(value, \",\", 1)...",
	},
	{
		name: "parse strings that contain JSON", pkg: "httpapi",
		old: "ParseFilter([]byte(v.Source()))", new: "ParseFilter([]byte(v.Node().Text))",
	},
	{name: "update without a revision", pkg: "httpapi", old: "\tb.Require(name)\n", new: ""},
	{
		name: "report one violation of many", pkg: "httpapi",
		old: "for _, p := range e.Problems {", new: "for _, p := range e.Problems[:1] {",
	},
	{
		name: "ignore queryFilter", pkg: "httpapi",
		old: "b.filter(\"filter\", \"queryFilter\")", new: "b.filter(\"filter\")",
	},
	{
		name: "unlabel by the body alone", pkg: "httpapi",
		old: "append(keys, more...)...", new: "append(keys[:0], more...)...",
	},
	{name: "call a merged contact regular", pkg: "httpapi", old: "if found.ID != id {", new: "if false {"},
	{
		name: "end a job with its caller", pkg: "httpapi",
		old: "return context.WithoutCancel(c.ctx())", new: "return c.ctx()",
	},
	{
		name: "let every caller name the contact of a submission", pkg: "httpapi",
		old: "if p == PermissionSubmitWithOverrides {", new: "if false {",
	},
	{
		name: "read a body before authorization", pkg: "httpapi",
		old: "\tif err := c.authorize(c.route", new: "\tc.bodyText()\n\tif err := c.authorize(c.route",
	},
	{
		name: "show the error of Authorize", pkg: "httpapi",
		old: "\t\treturn ErrUnauthenticated\n", new: "\t\treturn err\n",
	},
	{
		name: "serve any number of requests", pkg: "httpapi",
		old: "if s.taken >= s.most && !s.cutOff() {", new: "if false {",
	},
	{
		name: "keep the slot of a finished request", pkg: "httpapi",
		old: "\t\tc.slot = false\n\t\ts.taken--\n\t}\n}\n", new: "\t\tc.slot = false\n\t}\n}\n",
	},
	{
		name: "log a panic value", pkg: "httpapi",
		old: "return \"a value\"", new: "text, _ := p.(string)\n\treturn text",
	},
	{
		name: "answer an unknown label in a path with 400", pkg: "httpapi",
		old: "out.status = http.StatusNotFound", new: "out.status = http.StatusBadRequest",
	},
	{
		name: "omit the ID of the duplicate", pkg: "httpapi",
		old: "data[\"duplicateContactId\"] = e.ID", new: "_ = e.ID",
	},
	{
		name: "write quotas as numbers", pkg: "httpapi",
		old: "strconv.Itoa(e.Quota), strconv.Itoa(e.Total)", new: "e.Quota, strconv.Itoa(e.Total)",
	},
	{
		name: "omit thresholds", pkg: "httpapi",
		old: "out.Data = map[string]any{\"threshold\": v.Threshold}", new: "_ = v.Threshold",
	},
	{
		name: "report a bad display name at the wrong path", pkg: "httpapi",
		old: "return b.Text(bare), bare", new: "return b.Text(bare), wrapper",
	},

	// The API before V4.
	{
		name: "lose the objection of a known person", pkg: "legacy",
		old: "!patch.IsZero() || len(opts.Unsubscribe) > 0 {", new: "!patch.IsZero() {",
	},
	{
		name: "lose the objection of a new person", pkg: "legacy",
		old: "Unsubscribe: g.objections(info.Emails)}", new: "Unsubscribe: nil}",
	},
	{
		name: "write an objection again", pkg: "legacy",
		old: "return matching.Subscription(address) == contacts.SubscriptionUnsubscribed", new: "return false",
	},
	{
		name: "reject an objection that was kept", pkg: "legacy",
		old: "if e.EmailStatus == EmailOptOut {\n\t\t\tknown", new: "if false {\n\t\t\tknown",
	},
	{
		name: "accept the 53rd week of a short year", pkg: "legacy",
		old: "isoYear == year && isoWeek == week && ", new: "isoWeek > 0 && isoYear > -2 && ",
	},
	{
		name: "start the weeks on Sunday", pkg: "legacy",
		old: "(int(inFirstWeek.Weekday())+6)%7", new: "int(inFirstWeek.Weekday())",
	},
	{
		name: "hold a slot while a body arrives", pkg: "httpapi",
		old: "\tc.h.slots.free(c)\n\ttext, err := c.receive", new: "\ttext, err := c.receive",
	},
	{
		name: "answer a body that has arrived without a slot", pkg: "httpapi",
		old: "case err == nil && !c.h.slots.take(c), errors", new: "case errors",
	},
	{
		name: "let a client that accepts nothing keep its slot", pkg: "httpapi",
		old: "if time.Since(c.since) < stalledAfter {", new: "if true {",
	},
	{
		name: "cut off a reply at once", pkg: "httpapi",
		old: "stalledAfter = time.Second", new: "stalledAfter = 0",
	},
	{
		name: "collect a long reply in memory", pkg: "httpapi",
		old: "if len(w.text) > pieceBytes {", new: "if false {",
	},
	{
		name: "send pieces without a deadline", pkg: "httpapi",
		old: "SetWriteDeadline(time.Now().Add(c.h.opts.WriteTimeout))", new: "SetWriteDeadline(time.Time{})",
	},
	{
		name: "keep the deadline of a piece on the connection", pkg: "httpapi",
		old: "\t_ = out.SetWriteDeadline(next)\n", new: "\t_ = next\n",
	},
	{
		name: "end a cut reply as if it were whole", pkg: "httpapi",
		old: "c.err, c.incomplete = err, true", new: "c.err = err",
	},
	{
		name: "accept any number of bodies", pkg: "httpapi",
		old: "for b.bytes+bytes > b.most {", new: "for false {",
	},
	{
		name: "refuse a body instead of the oldest", pkg: "httpapi",
		old: "if old == a || old.bytes == 0 {", new: "if true {",
	},
	{
		name: "keep the bytes of a body that was answered", pkg: "httpapi",
		old: "\t\tc.h.bodies.arrived(c.body, 0)\n", new: "",
	},

	// The numbers of a store.
	{name: "stats: count no IDs that were merged away", decl: "txn.redirect", old: "\ttx.redirects++\n", new: ""},
	{
		name: "stats: count every redirect of an export", decl: "loader.restoreRedirects",
		old: "if row.into != uuid.Nil {", new: "{",
	},
	{
		name: "stats: forget the commits that wait", old: "st.Queued = max(visible, w.newest.next.position)",
		new: "st.Queued = visible",
	},
	{
		name: "stats: report a replica as failed", decl: "OpenReplica",
		old: "s.writer.replica = true", new: "s.writer.fail(errReplica)",
	},

	// The program.
	{name: "accept any token", pkg: "internal/daemon", old: "bare == 1 ||", new: "bare < 2 ||"},
	{
		name: "accept requests from pages of other sites", pkg: "internal/daemon",
		old: "if !isLocal(r.Host) {", new: "if false {",
	},
	{
		name: "show metrics to anyone", pkg: "internal/daemon",
		old: "d.guarded(m)", new: "m",
	},
	{
		name: "stay ready after the log has failed", pkg: "internal/daemon",
		old: "case stats.Log.Err != nil:", new: "case false:",
	},
	{name: "stay ready while draining", pkg: "internal/daemon", old: "\td.draining.Store(true)\n", new: ""},
	{
		name: "limit probes", pkg: "internal/daemon",
		old: "r.URL.Path != \"/healthz\" && r.URL.Path != \"/readyz\"", new: "true",
	},
	{name: "let refused requests count", pkg: "internal/daemon", old: "\t\tr.CancelAt(now)\n", new: ""},
	{name: "count each IPv6 address on its own", pkg: "internal/daemon", old: "addr.Prefix(64)", new: "addr.Prefix(128)"},
	{name: "log the path of a request", pkg: "internal/daemon", old: "route: route(r)}", new: "route: r.URL.Path}"},
	{
		name: "share cookies with other sites", pkg: "internal/daemon",
		old: "AllowCredentials:    false", new: "AllowCredentials:    true",
	},
	{
		name: "control: answer for stores that do not exist without a record", pkg: "internal/daemon",
		old: "l, _ = c.find(mainStore)\n\t\tprefix = \"\"", new: "fail(w, err)\n\t\treturn",
	},
	{
		name: "control: apply the rules of main to stores that do not exist", pkg: "internal/daemon",
		old: "d.guarded(http.HandlerFunc(noStore))", new: "d.withFaults(l.faults, d.guarded(http.HandlerFunc(noStore)))",
	},
	{
		name: "control: show which stores exist to every caller", pkg: "internal/daemon",
		old: "d.guarded(http.HandlerFunc(noStore))", new: "http.HandlerFunc(noStore)",
	},
	{
		name: "control: log the path of a request", pkg: "internal/daemon",
		old: "return \"control \" + strings.TrimSuffix(pattern, \"{$}\")", new: "return \"control \" + r.URL.Path",
	},
	{name: "accept TLS 1.0", pkg: "internal/daemon", old: "tls.VersionTLS12", new: "tls.VersionTLS10"},
	{name: "let callers change the description", pkg: "httpapi", old: "slices.Clone(openAPI)", new: "slices.Clip(openAPI)"},
	{
		name: "forget to save at the end", pkg: "internal/daemon",
		old: "err = errors.Join(err, d.saveAll(store))", new: "_ = d.saveAll",
	},

	// Events over HTTP and webhooks.
	{
		name: "send an event again after a resumption in a commit", pkg: "httpapi",
		old: "&& n <= c.events", new: "&& n < c.events",
	},
	{
		name: "lose the events of a commit after its first one", pkg: "httpapi",
		old: "if n == len(commit.Changes) {", new: "if n > 0 {",
	},
	{
		name: "begin a stream without an ID", pkg: "httpapi",
		old: "hello + \"id: \" + at.String() + \"\\n\\n\"", new: "hello + \"\\n\"",
	},
	{
		name: "prefer the parameter to Last-Event-ID", pkg: "httpapi",
		old: "if texts == nil {", new: "if len(c.values(afterParam)) > 0 {",
	},
	{name: "accept an ID with zeros in front", pkg: "httpapi", old: "&& c.String() == text &&", new: "&&"},
	{
		name: "end an expired stream without a reset", pkg: "httpapi",
		old: "if e, ok := errors.AsType[*contacts.PositionError](err); ok {",
		new: "if e, ok := errors.AsType[*contacts.PositionError](err); ok && false {",
	},
	{
		name: "wait for a position that a store has lost", pkg: "httpapi",
		old: "if !at.reached(newest) {", new: "if false {",
	},
	{
		name: "keep a deadline while a stream has nothing to send", pkg: "httpapi",
		old: "_ = r.out.SetWriteDeadline(time.Time{})\n", new: "_ = time.Time{}\n",
	},
	{
		name: "wait for a slow reader forever", pkg: "httpapi", decl: "response.send",
		old: "_ = r.out.SetWriteDeadline(time.Now().Add(within))",
		new: "_ = r.out.SetWriteDeadline(time.Time{})",
	},
	{
		name: "send no heartbeat after the first", pkg: "httpapi",
		old: "s.beat.Reset(s.opts.Heartbeat)", new: "_ = s.beat",
	},
	{
		name: "send a reader events that it has had", pkg: "httpapi",
		old: "text != nil && at == (cursor{position: latest.from})", new: "text != nil",
	},
	{
		name: "wake all readers at once", pkg: "httpapi",
		old: "\t\t\tpause(ctx, time.Duration(readers)*groupPause)\n", new: "",
	},
	{
		name: "write to the text that readers are sending", pkg: "httpapi",
		old: "text = nil           //", new: "text = text[:0]           //",
	},
	{
		name: "send a part of a large commit", pkg: "httpapi",
		old: "return text, false\n\t\t}\n\t\tvar err", new: "return text, true\n\t\t}\n\t\tvar err",
	},
	{name: "mix the events of a contact", pkg: "httpapi", old: "if len(d.lanes[name]) == 1 {", new: "if true {"},
	{
		name: "deliver one contact at a time", pkg: "httpapi",
		old: "name := l.event.EntityFQDN + \"/\" + l.event.EntityID", new: "name := l.event.EntityFQDN",
	},
	{
		name: "save events that are not done", pkg: "httpapi",
		old: "len(d.pending) > 0 && d.pending[0].done", new: "len(d.pending) > 0",
	},
	{
		name: "lose the progress at the end", pkg: "httpapi",
		old: "if last := d.progress(); last != d.saved {", new: "if last := d.progress(); false {",
	},
	{
		name: "begin without saving where", pkg: "httpapi",
		old: "return at, d.opts.State.Save(ctx, at.String())", new: "return at, nil",
	},
	{name: "follow redirects with events", pkg: "httpapi", old: "return http.ErrUseLastResponse", new: "return nil"},
	{
		name: "read a whole reply of a receiver", pkg: "httpapi",
		old: "io.CopyN(io.Discard, reply.Body, replyMost)", new: "io.Copy(io.Discard, reply.Body)",
	},
	{name: "take a redirect for a success", pkg: "httpapi", old: "o.status < 300", new: "o.status < 400"},
	{name: "send more after 410", pkg: "httpapi", old: "case out.status == http.StatusGone:", new: "case false:"},
	{
		name: "forget the dead letter", pkg: "httpapi",
		old: "d.bury(ctx, letterOf(l, attempt, out.status))", new: "error(nil)",
	},
	{
		name: "wait equally long for each attempt", pkg: "httpapi",
		old: "for range attempt - 1 {", new: "for range 0 {",
	},
	{name: "ignore Retry-After", pkg: "httpapi", old: "return max(d, min(asked, o.MaxDelay))", new: "return d"},
	{
		name: "log the error of a receiver", pkg: "httpapi",
		old: "\treturn \"no valid reply\"", new: "\treturn err.Error()",
	},
	{
		name: "sign without the timestamp", pkg: "httpapi",
		old: "fmt.Fprintf(sum, \"%s.%s.%s\", id, timestamp, body)", new: "fmt.Fprintf(sum, \"%s.%s\", id, body)",
	},
	{name: "sign each event once", pkg: "httpapi", old: "now := time.Now()\n", new: "now := e.EventTime\n"},
	{name: "send internal events to a webhook", pkg: "httpapi", old: "done: skip}", new: "done: false && skip}"},
	{name: "read events without bound", pkg: "httpapi", old: "pendingMost = 1024", new: "pendingMost = 1 << 20"},
	{
		name: "lose dropped events silently", pkg: "httpapi",
		old: "if err := d.bury(ctx, lost); err != nil {", new: "if err := error(nil); err != nil || lost.ID == \"\" {",
	},
	{
		name: "keep the state of deliveries in memory", pkg: "internal/daemon",
		old: "return errors.Join(f.DeliveryMemory.Save(ctx, after), f.write())",
		new: "return f.DeliveryMemory.Save(ctx, after)",
	},
	{
		name: "show deliveries to every caller", pkg: "internal/daemon",
		old: "return d.guarded(readOnly(http", new: "return (readOnly(http",
	},
	{
		name: "let a stream outlive its store", pkg: "internal/daemon",
		old: "\t\told.end()\n\t\tc.stores[store] = l", new: "\t\t_ = old\n\t\tc.stores[store] = l",
	},
	{
		name: "begin deliveries again at each start", pkg: "internal/daemon",
		old: "} else if found {", new: "} else if found && false {",
	},
	{
		name: "let streams delay the end", pkg: "internal/daemon",
		old: "src.requestID(), Detach: ctx,", new: "src.requestID(), Detach: context.WithoutCancel(ctx),",
	},
	{
		name: "detach: count and log a stream at once", pkg: "httpapi",
		old: "if c.detached && p == nil {", new: "if c.detached && p != nil {",
	},
	{
		name: "detach: send the header of chunks", pkg: "httpapi",
		old: "header.Set(\"Transfer-Encoding\", \"identity\")", new: "_ = header",
	},
	{
		name: "detach: keep the stream of a client that has gone", pkg: "httpapi",
		old: "\t\tdefer cancel()\n\t\tfor ignored", new: "\t\tfor ignored",
	},
	{
		name: "detach: keep the connection of a stream that has ended", pkg: "httpapi",
		old: "\tdefer conn.Close()\n", new: "",
	},
	{
		name: "detach: end only detached streams", pkg: "httpapi",
		old: "\t\tdefer context.AfterFunc(e.opts.Detach, cancel)()\n", new: "",
	},
	{
		name: "detach: wait for a slow reader forever", pkg: "httpapi", decl: "connection.send",
		old: "time.Now().Add(within)", new: "time.Time{}",
	},
	{
		name: "forget a request whose connection a handler took", pkg: "internal/daemon",
		old: "\tc.end(true)\n", new: "",
	},
	{
		name: "control: limit no client", pkg: "internal/daemon",
		old: "d.shared(d.limited(l.sources, paths))", new: "d.shared(paths)",
	},

	// What a write accepts, Load accepts.
	{
		name: "load: give two new items one ID", decl: "keepIDs",
		old: " && !hasID(items[:i], *own, id)\n\t\t}", new: "\n\t\t}",
	},
	{
		name: "load: give a new item the ID of an old one", decl: "keepIDs",
		old: "fresh && !hasID(old, *own, id) &&", new: "fresh &&",
	},
	{
		name: "load: give a login email the ID of another one",
		old:  "case hasID(emails, id, (*Email).id):", new: "case false:",
	},
	{
		name: "load: import two items with one ID",
		old:  "if len(ids) > 0 && !d.record", new: "if len(ids) > 1<<20 && !d.record",
	},
	{
		name: "load: count a broken NewID as the fault of a contact",
		old:  "if CodeOf(err) == ErrInternal {", new: "if false {",
	},
	{
		name: "load: write one revision too many", decl: "checkRevision",
		old: "< lastRevision {", new: "<= lastRevision {",
	},
	{
		name: "load: refuse the last revision", decl: "checkRevision",
		old: "< lastRevision {", new: "< lastRevision-1 {",
	},
	{
		name: "load: refuse to delete a contact with the last revision", decl: "checkRevision",
		old: "before == nil || after == nil || after == before ||", new: "before == nil || after == before ||",
	},
	{
		name: "load: merge into a contact with the last revision", decl: "merger.limits",
		old: ">= lastRevision {", new: "> lastRevision {",
	},
	{
		name: "load: delete a label of a contact with the last revision", decl: "stripAll",
		old: "if before.contact.Revision >= lastRevision {", new: "if false {",
	},
	{
		name: "load: make more changes than Load accepts", decl: "Store.decide",
		old: "> countMax-base.changes {", new: "> 1<<64-1-base.changes {",
	},
	{
		name: "load: rename a label before it was created",
		old:  "latest(at, l.CreatedDate)", new: "at",
	},
	{
		name: "load: read no line of the largest contact",
		old:  "max(lineBytesMax, min(", new: "min(lineBytesMax, min(",
	},
	// The clock.
	{
		name: "clock: let a commit be any time ahead",
		old:  "next.Sub(last) > opts.MaxClockJump:", new: "false:",
	},
	{
		name: "clock: limit the time of the first commit",
		old:  "case !last.IsZero() && next.Sub", new: "case next.Sub",
	},
	{
		name: "clock: date a job by a wrong reading",
		old:  "if s.opts.checkNow(last, now) != nil {", new: "if now.IsZero() {",
	},
	{
		name: "clock: let the date of a contact move the time of commits", decl: "txn.nextVersion",
		old: "after := *before\n", new: "after := *before\n\ttx.now = latest(tx.now, createdDate(before))\n",
	},

	// Lists that snapshots keep.
	{
		name: "lists: share the list of contacts with the next snapshot", decl: "txn.next",
		old: "origin: tx.base.origin,\n",
		new: "origin: tx.base.origin,\n\t\trecordsOnce: tx.base.recordsOnce, allRecords: tx.base.allRecords,\n",
	},
	{
		name: "lists: replace a contact in the list of the last snapshot", decl: "txn.put",
		old: "	default:\n",
		new: "	default:\n		if i := slices.Index(tx.base.allRecords, before); i >= 0 {\n" +
			"			tx.base.allRecords[i] = after\n		}\n",
	},

	// Texts: folding, what shows, names and addresses.
	{
		name: "texts: fold letters of emails to ASCII", pkg: "internal/fold",
		old: "if f := Rune(r); r < utf8.RuneSelf || f >= utf8.RuneSelf {", new: "if f := Rune(r); true {",
	},
	{
		name: "texts: use lower case instead of folding", pkg: "internal/fold",
		old: "return unicode.ToLower(unicode.ToUpper(least))", new: "return unicode.ToLower(r)",
	},
	{
		name: "texts: search emails like other texts", decl: "searchTest",
		old: "if fold.SameEmail(in.Emails[i].Address, text) {",
		new: "if same(in.Emails[i].Address) || fold.SameEmail(in.Emails[i].Address, text) {",
	},
	{
		name: "texts: fold the beginning of an email like other texts",
		old:  "Rune: fold.EmailRune}", new: "Rune: fold.Rune}",
	},
	{
		name: "texts: accept a zero width space as a name", decl: "Info.identified",
		old: "!fold.Blank(in.Name.First) ||", new: "in.Name.First != \"\" ||",
	},
	{
		name: "texts: show a part of a name that shows nothing", decl: "joinVisible",
		old: "case fold.Blank(part):", new: "case part == \"\":",
	},
	{
		name: "texts: define a label whose name shows nothing", decl: "validator.name",
		old: "!v.stored && fold.Blank(s)", new: "v.stored && fold.Blank(s)",
	},
	{
		name: "texts: refuse what earlier exports show nothing of", decl: "validator.name",
		old: "!v.stored && fold.Blank(s)", new: "fold.Blank(s)",
	},
	{
		name: "texts: refuse the emails of earlier exports", decl: "validator.emailAddress",
		old: "if !v.stored || ", new: "if true || ",
	},
	{
		name: "texts: find labels by their exact name", decl: "reader.labelNamed",
		old: "textKey(fold.Name(displayName))", new: "textKey(displayName)",
	},
	{
		name: "texts: accept a name around an email", pkg: "internal/mailbox",
		old: "delimiters = \"<>,;", new: "delimiters = \",;",
	},
	{
		name: "texts: accept invisible characters in an email", pkg: "internal/mailbox",
		old: "!strings.ContainsFunc(s, hidden) && ", new: "",
	},
	{
		name: "texts: accept a link as an email", pkg: "internal/mailbox",
		old: "delimiters+\":\", r)", new: "delimiters, r)",
	},
	{
		name: "texts: import the name around an email", pkg: "csvio",
		old: "case addresses == nil:", new: "case addresses != nil || true:",
	},
	{
		name: "texts: drop a part of a cell of emails silently", pkg: "csvio",
		old: "case !whole:", new: "case !whole && addresses == nil:",
	},
	{
		name: "texts: fill a cell with a byte order mark", pkg: "internal/fold", decl: "Trimmed",
		old: "if Blank(s) {", new: "if s == \"\" {",
	},
	{
		name: "texts: lose a status of an address that was folded otherwise", decl: "readExportedContact",
		old: "\tr.adoptStatuses()\n", new: "",
	},
	{
		name: "texts: lose an objection while loading", decl: "record.adoptStatuses",
		old: "if adopted[key].subscription != SubscriptionUnsubscribed {", new: "if key != old {",
	},
	{
		name: "save the store of the moment of the signal", pkg: "internal/daemon",
		old: "\terr = d.serve(signaled, at)\n",
		new: "\tkept := make(chan *contacts.Store, 1)\n" +
			"\tgo func() { <-signaled.stop.Done(); kept <- store.Fork() }()\n" +
			"\terr = d.serve(signaled, at)\n\tstore = <-kept\n",
	},
	{
		name: "confirm requests during the last save", pkg: "internal/daemon",
		old: "\t\tserver.Close() // before", new: "\t\t// before",
	},
	{
		name: "send without a timeout", pkg: "internal/daemon",
		old: "\t\tWriteTimeout:      d.limits.write,\n", new: "",
	},
	{
		name: "wait for silent connections at the end", pkg: "internal/daemon",
		old: "\tserver.RegisterOnShutdown(quiet.close)\n", new: "",
	},
	{
		name: "let net/http answer OPTIONS *", pkg: "internal/daemon",
		old: "DisableGeneralOptionsHandler: true,", new: "DisableGeneralOptionsHandler: false,",
	},
	{
		name: "leave an unfinished save", pkg: "internal/daemon",
		old: "\td.checkLeftovers()\n", new: "",
	},
	{
		name: "remove an unfinished save of a file that is only loaded", pkg: "internal/daemon",
		old: "if i == 0 {", new: "if i >= 0 {",
	},
	{
		name: "remove a file that is being saved", pkg: "internal/atomicfile",
		old: "syscall.LOCK_EX|syscall.LOCK_NB", new: "syscall.LOCK_SH|syscall.LOCK_NB",
	},
	{
		name: "remove files that only look like unfinished saves", pkg: "internal/atomicfile",
		old: "strings.Trim(digits, \"0123456789\") != \"\"", new: "false",
	},
	{
		name: "load a store from the future silently", pkg: "internal/daemon",
		old: "case !latest.After(now.Add(clockError)):", new: "case true:",
	},

	// The log.
	{
		name: "log: ignore where an entry was to be appended", pkg: "internal/entry",
		old: "h.After != after || ", new: "h.After > after+1000 || ",
	},
	{
		name: "log: join parts of two batches", pkg: "internal/entry",
		old: "h.Part != 1 && !j.continues(h)", new: "h.Part != 1 && j.open.Part+1 != h.Part",
	},
	{
		name: "log: seal the header only", pkg: "internal/entry", decl: "Open",
		old: "crc32.Checksum(data[:end], castagnoli)", new: "crc32.Checksum(data[:headerSize], castagnoli)",
	},
	{
		name: "log: believe the checksum of an entry", pkg: "boltlog", decl: "header.openEntry",
		old: "h.sum(uint64(at), data) == binary.LittleEndian.Uint32(value)", new: "true",
	},
	{
		name: "log: revert to the older meta page", pkg: "boltlog",
		old: "\tfirst, err := b.readMeta(0)\n\tif err != nil {\n\t\treturn nil, err\n\t}\n",
		new: "\tfirst, err := b.readMeta(0)\n\tif err != nil {\n" +
			"\t\tif first, err = b.readMeta(4096); err != nil {\n\t\t\treturn nil, err\n\t\t}\n\t\tfirst.txn--\n\t}\n",
	},
	{
		name: "log: name a generation before it is durable", pkg: "boltlog", decl: "Log.createSegment",
		old: "if err := d.SyncDir(l.dir); err != nil {", new: "if err := error(nil); err != nil {",
	},
	{
		name: "log: name a snapshot before it is durable", pkg: "boltlog",
		old: "f.Sync(), f.Close()", new: "f.Close()",
	},
	{
		name: "log: append after a failed write", pkg: "boltlog", decl: "Log.writable",
		old: "case l.failed != nil:", new: "case false:",
	},
	{
		name: "log: acknowledge before the entry is written", pkg: "boltlog", decl: "Log.Append",
		old: "if l.opts.Sync > 0 {", new: "if l.opts.Sync >= 0 {",
	},
	{
		name: "log: drop what only the newest snapshot covers", pkg: "boltlog", decl: "Log.Compact",
		old: "at = min(at, h.at)", new: "at = max(0, h.at)",
	},
	{
		name: "log: believe the checksum of a snapshot", pkg: "boltlog", decl: "snapshotReader.next",
		old: "if s.h.chunkSum(s.number, data) != binary.LittleEndian.Uint32(head[4:]) {", new: "if false {",
	},
	{
		name: "log: remove several files before the directory is synced", pkg: "boltlog", decl: "Log.drop",
		old: "if err := l.opts.disk.SyncDir(l.dir); err != nil {", new: "if err := error(nil); err != nil {",
	},
	{
		name: "log: sync no entry", pkg: "boltlog", decl: "Log.openWriter",
		old: "l.opts.Sync < 0)", new: "l.opts.Sync <= 0)",
	},
	{
		name: "log: sync no directory after a snapshot got its name", pkg: "boltlog", decl: "Log.writeSnapshot",
		old: "if err := d.SyncDir(l.dir); err != nil {", new: "if err := error(nil); err != nil {",
	},
	{
		name: "log: keep one snapshot", pkg: "boltlog",
		old: "const keptSnapshots = 2", new: "const keptSnapshots = 1",
	},
	{
		name: "log: verify no snapshot that was written", pkg: "boltlog", decl: "verifySnapshot",
		old: "\t_, err = io.Copy(io.Discard, s)\n", new: "",
	},
	{
		name: "log: accept a file of another log", pkg: "boltlog", decl: "Log.follows",
		old: "case s.log != before.log:", new: "case false:",
	},
	{
		name: "log: begin again when the log files are gone", pkg: "boltlog", decl: "Log.create",
		old: "if n := len(files.snapshots); n > 0 {", new: "if n := 0; n > 0 {",
	},
	{
		name: "log: let bbolt open what was not read", pkg: "boltlog", decl: "Log.openSegment",
		old: "\tif all {\n", new: "\tif false {\n",
	},
	{
		name: "log: let two processes write", pkg: "boltlog", decl: "tryLock",
		old: "os.O_CREATE, syscall.LOCK_EX", new: "os.O_CREATE, syscall.LOCK_SH",
	},
	{
		name: "log: lose at Close what was collected", pkg: "boltlog", decl: "Log.release",
		old: "err = l.flush()", new: "err = nil",
	},
	{
		name: "log: begin a generation before the old one is written", pkg: "boltlog", decl: "Log.rotate",
		old: "\tif err := l.flush(); err != nil {\n\t\treturn 0, err\n\t}\n", new: "",
	},
	// A commit as data.
	{
		name: "log: merge away what an earlier commit deleted", decl: "applier.add",
		old: "make([]Change, 0, len(d.lines)), nil\n", new: "make([]Change, 0, len(d.lines)), a.deleted\n",
	},
	{
		name: "log: forget in a replay what earlier commits changed", decl: "applier.find",
		old: "a.tx.reads().contact(id)", new: "a.base.contact(id)",
	},
	{
		name: "log: lose a deletion", decl: "lineBuilder.row",
		old: "\tb.lines = append(b.lines, line)\n",
		new: "\tif !row.deleted {\n\t\tb.lines = append(b.lines, line)\n\t}\n",
	},
	{
		name: "log: record no deletions", decl: "txn.delete",
		old: "\ttx.rows.add(row, true, len(tx.changes))\n", new: "",
	},
	{
		name: "log: record the links between roots", decl: "txn.redirect",
		old: "tx.pending.redirect(&root)", new: "tx.pending.redirect(&root)\n\ttx.rows.add(&root, false, len(tx.changes))",
	},
	{
		name: "log: restore no serial number",
		old:  "a.tx.origin, a.tx.serial = d.origin, a.tx.base.serial+d.places", new: "a.tx.origin = d.origin",
	},
	{
		name: "log: write serial numbers of the store",
		old:  "line.place = created - b.base.serial", new: "line.place = created",
	},
	{
		name: "log: lose old IDs in a replay",
		old:  "\ta.tx.redirect(id, into)\n", new: "",
	},
	{
		name: "log: lose the billing mark in a replay", decl: "applier.contact",
		old: "\tafter := l.record\n", new: "\tafter := l.record\n\tafter.billing = false\n",
	},
	{
		name: "log: a merge with a wrong state before", decl: "applier.contact",
		old: "Before: View{before}", new: "Before: View{after}",
	},
	{
		name: "log: a submission with a wrong state before", decl: "applier.contact",
		old: "a.submitted(before, after, l.submission)", new: "a.submitted(after, after, l.submission)",
	},
	{
		name: "log: lose the origin of changes", decl: "applier.apply",
		old: "\ta.tx.origin = l.origin\n", new: "",
	},
	{
		name: "log: miscount definitions in a replay", decl: "definitionWrite.apply",
		old: "\t\t*d.count--\n", new: "",
	},
	{
		name: "log: accept a gap",
		old:  "d.number != base.position+1", new: "d.number <= base.position",
	},
	{
		name: "log: accept another number of changes",
		old:  "d.changes != base.changes", new: "d.changes < base.changes",
	},
	{
		name: "log: let time go back",
		old:  "d.time.IsZero() || !later(base.time, d.time).Equal(d.time)", new: "d.time.IsZero()",
	},
	{
		name: "log: accept any revision", decl: "applier.contact",
		old: "c.Revision != before.contact.Revision+1", new: "c.Revision <= before.contact.Revision",
	},
	{
		name: "log: create a contact with an old ID",
		old:  " || a.base.redirect(c.ID) != nil", new: "",
	},
	{
		name: "log: merge away twice",
		old:  " || a.merged[id] || a.find(into)", new: " || a.find(into)",
	},
	{
		name: "log: accept a place twice",
		old:  "place > d.places || seen[place]", new: "place > d.places",
	},
	{
		name: "log: accept data in another form",
		old:  "err != nil || !bytes.Equal(again, data)", new: "err != nil",
	},
	{
		name: "log: read a later version",
		old:  "version > commitVersion:", new: "version > commitVersion+1:",
	},
	{
		name: "log: publish what the log refused", decl: "logWriter.append",
		old: "w.settle(at, w.sealed); err != nil {", new: "w.settle(at, w.sealed); err != nil && false {",
	},
	{
		name: "log: accept a row without a change", decl: "lineBuilder.row",
		old: "b.broken = b.broken || !ok", new: "_ = ok",
	},
	{
		name: "log: check a write without its data",
		old:  "err == nil && s.opts.SelfCheck", new: "false",
	},
	// Durable stores.
	{
		name: "durable: acknowledge before the commit is durable", decl: "Store.commitToLog",
		old: "if last == nil {", new: "if last == nil || made != nil {",
	},
	{
		name: "durable: publish before appending", decl: "logWriter.append",
		old: "\tat, size := w.past.at, int64(0)\n",
		new: "\tw.publish(batch[0].decided)\n\tat, size := w.past.at, int64(0)\n",
	},
	{
		name: "durable: return a result of what is not durable", decl: "Store.decideOnTip",
		old: "\t\t\tbefore = on.queued\n", new: "",
	},
	{
		name: "durable: decide on the durable state", decl: "logWriter.tip",
		old: "case w.newest != nil:", new: "case false:",
	},
	{
		name: "durable: write after the log has failed", decl: "logWriter.tip",
		old: "case w.failure != nil:", new: "case false:",
	},
	{
		name: "durable: report a lost race as an error", decl: "Store.commitToLog",
		old: "case last.err == errSuperseded || made == nil:", new: "case made == nil:",
	},
	{name: "durable: forget bulk jobs at a restart", old: "\t\ts.jobs.restore(*job, at)\n", new: ""},
	{
		name: "durable: forget bulk jobs in a snapshot", decl: "openFrom",
		old: "\t\ts.jobs.add(job)\n", new: "\t\t_ = job\n",
	},
	{name: "durable: erase only what one snapshot covers", decl: "Store.Erase", old: "for i := range 2 {", new: "for i := range 1 {"},
	{
		name: "durable: give up when the log is compacted meanwhile", decl: "behindCompaction",
		old: "for errors.Is(err, ErrLogCompacted) {", new: "for false {",
	},
	{
		name: "durable: name an old position when the log is compacted meanwhile", decl: "follower.readLog",
		old: "&& oldest <= f.since {", new: "&& false {",
	},
	{
		name: "durable: repeat a commit from the log", decl: "follower.replay",
		old: "c.Position > f.since", new: "c.Position >= f.since",
	},
	{
		name: "durable: call an unknown outcome a failure", decl: "logWriter.drop",
		old: "if absent {", new: "if absent || true {",
	},
	{
		name: "durable: never compact by itself", decl: "Store.compactWhenDue",
		old: "\t\t\t\ts.Compact(w.closing)", new: "\t\t\t\t_ = w.closing",
	},
	{
		name: "durable: accept another history", decl: "history.apply",
		old: " || batch.Before != h.chain {", new: " {",
	},
	{
		name: "durable: open without the last commits", decl: "history.replay",
		old: "h.replaying != nil && err == nil", new: "h.replaying == nil && err != nil",
	},
	{
		name: "durable: give up after one refusal of the log", decl: "logWriter.settle",
		old: " && !errors.Is(err, ErrLogUnavailable):", new: ":",
	},
	{
		name: "durable: list bulk jobs of a snapshot the wrong way round", decl: "jobs.oldest",
		old: "\tslices.Reverse(list)\n", new: "",
	},
	{
		name: "durable: say that a job was cut off when it began", decl: "jobs.interrupt",
		old: "job.end(last)", new: "job.end(job.StartedDate)",
	},
	{
		name: "durable: save a snapshot at an old place", decl: "history.apply",
		old: "\th.complete = h.at\n", new: "",
	},
	{
		name: "durable: return that a refusal was superseded", decl: "Store.commitToLog",
		old: "case last.err == errSuperseded || made == nil:", new: "case last.err == errSuperseded && made != nil:",
	},
	{
		name: "durable: queue what follows from a dropped commit", decl: "logWriter.push",
		old: "if on.dropped != w.dropped {", new: "if false {",
	},
	{
		name: "durable: end no bulk job that comes from the log", decl: "jobs.restore",
		old: "if job.Status == JobStatusRunning && ", new: "if false && ",
	},
	{
		name: "durable: give up behind a compaction", decl: "logWriter.catchUp",
		old: "errors.Is(err, ErrLogCompacted) && asked", new: "false && asked",
	},
	{
		name: "durable: write again what may have been written and dropped", decl: "logWriter.drop",
		old: "if errors.Is(err, errUnknown) {", new: "if false {",
	},
	{
		name: "durable: follow a replica that has stopped", decl: "Store.ended",
		old: "&& !s.writer.replica {", new: "{",
	},
	{
		name: "durable: stop a replica while the log is unavailable", decl: "watcher.run",
		old: "case errors.Is(err, ErrLogUnavailable):", new: "case false:",
	},
	{
		name: "shared: wait for less than the position", decl: "Store.WaitFor",
		old: "newest >= position", new: "newest+1 >= position",
	},
	{name: "shared: wait without following", decl: "Store.WaitFor", old: "s.writer.follow()", new: "_ = s"},
	{name: "shared: wait for a store that has failed", decl: "Store.noMore", old: "if s.writer != nil {", new: "if false {"},
	{name: "shared: follow no log", decl: "openToWrite", old: "if s.opts.SharedLog {", new: "if false {"},
	{
		name: "shared: keep what was decided before the commits of others", decl: "logWriter.examine",
		old: "w.answerAll(nil, nil, errSuperseded)", new: "_ = errSuperseded",
	},
	{
		name: "shared: append what was superseded when the store is closed", decl: "logWriter.examine",
		old: "if err == nil || w.closing.Err() != nil {",
		new: "if err != nil && w.closing.Err() != nil {\n\t} else if err == nil {",
	},
	{
		name: "shared: decide on an older state than reads have shown", decl: "logWriter.tip",
		old: "state: w.published()", new: "state: w.durable.Load().snapshot",
	},
	{
		name: "shared: decide again when entries are lost", decl: "logWriter.drop",
		old: "w.catchUpBehind()", new: "w.catchUp()",
	},
	{
		name: "shared: call an unwritten commit unknown", decl: "logWriter.drop",
		old: "absent = taken == errSuperseded", new: "_ = taken",
	},
	{name: "shared: believe the first answer about lost entries", old: "const lastAsked = 30", new: "const lastAsked = 1"},
	{name: "shared: report another history as damage", decl: "history.contradiction", old: "if h.live {", new: "if false {"},
	{
		name: "shared: continue with an earlier snapshot", decl: "Store.skipDropped",
		old: "case !newer.follows(past):", new: "case false:",
	},
	{
		name: "shared: ask a log that is silent for nothing", decl: "watcher.lookOut",
		old: "case errors.Is(err, context.DeadlineExceeded):\n\t\tclose(dealtWith)", new: "case waiting.Err() != nil:\n\t\treturn nil",
	},
	{
		name: "shared: lag since the last look only", decl: "watcher.change",
		old: "case w.since.IsZero():", new: "default:",
	},
	{name: "shared: count a log that does not answer as one that does", decl: "watcher.miss", old: "h.silent = true", new: "_ = h"},
	{
		name: "durable: keep the refusals of an import that was dropped", decl: "intake.decide",
		old: "if d.err = d.refused; d.err == nil {", new: "if d.err = cmp.Or(d.err, d.refused); d.err == nil {",
	},
	{
		name: "durable: take rows of a dropped import for duplicates", decl: "waiting.emptied",
		old: "\tclear(w.emails)\n", new: "",
	},
	{
		name: "durable: keep the dates of an import that was dropped", decl: "importer.flush",
		old: "\t\t\t\td.restart()", new: "\t\t\t\t_ = d",
	},
	{
		name: "durable: count failures of a batch that was dropped", decl: "bulk.write",
		old: "failed = maps.Clone(b.failed)", new: "_ = maps.Clone(b.failed)",
	},
	{
		name: "durable: restore into a log that is used", decl: "beginLog",
		old: "\t\tused = true\n", new: "",
	},
	{
		name: "durable: open empty beside a damaged first snapshot", decl: "openFrom",
		old: " || err == nil && past.at == 0)", new: ")",
	},
	{
		name: "durable: report a position before a restored snapshot as damage", decl: "readNewest",
		old: "if saved.At == 0 {", new: "if false {",
	},
	{
		name: "durable: take the first entry after a restored snapshot for damage", decl: "history.apply",
		old: "batch.First > 1:", new: "batch.First > 1<<40:",
	},
	{
		name: "durable: stop erasing at a damaged snapshot", decl: "Store.Erase",
		old: "damaged := i == 0 && ", new: "damaged := i < 0 && ",
	},

	// The program on a directory.
	{
		name: "end without closing the directory", pkg: "internal/daemon",
		old: "err = errors.Join(err, d.closeData(store))", new: "_ = d.closeData",
	},
	{
		name: "turn read-only silently", pkg: "internal/daemon",
		old: "w.failed.CompareAndSwap(nil, &err) {", new: "false {",
	},
	{
		name: "repeat IDs after a restart", pkg: "internal/daemon",
		old: "\t\td.sources.from(s.Snapshot().Position())\n", new: "",
	},
	{
		name: "create a store to check it", pkg: "internal/daemon",
		old: "&boltlog.Options{ReadOnly: true}", new: "&boltlog.Options{}",
	},
	{
		name: "check the newest snapshot alone", pkg: "internal/daemon", decl: "basesOf",
		old: "bases = append(bases, n)\n\t\t\tbegins", new: "bases = append(bases, n)[:1]\n\t\t\tbegins",
	},
	{
		name: "keep deleted data at a hangup", pkg: "internal/daemon", decl: "daemon.compact",
		old: "_, err := s.Erase(ctx)", new: "err := s.Compact(ctx)",
	},
	{
		name: "ignore -sync", pkg: "internal/daemon",
		old: "o.sync = boltlog.Every(d)", new: "_ = boltlog.Every(d)",
	},
	{
		name: "give a row another ID at each import", pkg: "examples/crm",
		old: "\t\trows = withSteadyIDs(rows)\n", new: "",
	},

	// The double of package contactstest.
	{
		name: "double: advance a clock twice", pkg: "contactstest",
		old: "c.now = c.now.Add(by)", new: "c.now = c.now.Add(2 * by)",
	},
	{
		name: "double: share the clock with a clone", pkg: "contactstest",
		old: "return NewClock(c.Now()) }", new: "return c }",
	},
	{
		name: "double: share the IDs with a clone", pkg: "contactstest",
		old: "return &IDs{seed: s.seed, rng: s.rng}", new: "return s",
	},
	{
		name: "double: draw the IDs of a loaded store again", pkg: "contactstest",
		old: "\"IDs from position %d\", at)", new: "\"IDs from position %d\", 0*at)",
	},
	{
		name: "double: count the nth call from 0", pkg: "contactstest",
		old: "r.calls == r.nth", new: "r.calls == r.nth+1",
	},
	{
		name: "double: hit all calls from the nth", pkg: "contactstest",
		old: "r.calls == r.nth", new: "r.calls >= r.nth",
	},
	{
		name: "double: hit the first call of every n", pkg: "contactstest",
		old: "r.calls%r.every == 0", new: "r.calls%r.every == 1",
	},
	{
		name: "double: hit with the opposite probability", pkg: "contactstest",
		old: "r.rng.Float64() < r.probability", new: "r.rng.Float64() >= r.probability",
	},
	{
		name: "double: draw for all rules with a probability from one seed", pkg: "contactstest",
		old: "fmt.Sprintf(\"rule %d\", s.added)", new: "fmt.Sprintf(\"rule %d\", 0*s.added)",
	},
	{
		name: "double: hit more often than Times", pkg: "contactstest",
		old: "r.hits >= r.times", new: "r.hits > r.times",
	},
	{
		name: "double: count only the calls that another rule has not hit", pkg: "contactstest",
		old: "chosen := r.chooses()\n", new: "chosen := e.end == nil && r.chooses()\n",
	},
	{
		name: "double: let a call take effect that fails before it", pkg: "contactstest", decl: "effects.before",
		old: "return !e.late()", new: "return false",
	},
	{
		name: "double: return what a lost reply has", pkg: "contactstest",
		old: "\t\tout = none\n", new: "",
	},
	{
		name: "double: forget the commit of a lost reply", pkg: "contactstest",
		old: "\t\t\td.lose(commit, after)\n", new: "\t\t\t_ = after\n",
	},
	{
		name: "double: call a read with a lost reply unknown", pkg: "contactstest", decl: "Fault.failure",
		old: "f.after && !c.Method.reads()", new: "f.after",
	},
	{
		name: "double: a stale revision without another write", pkg: "contactstest", decl: "effects.before",
		old: "\t\ts.stale(ctx, c.ID)\n", new: "",
	},
	{
		name: "double: a delay before each call and after it", pkg: "contactstest", decl: "effects.run",
		old: "if f.after != after {", new: "if f.after && !after {",
	},
	{
		name: "double: lag one commit too few", pkg: "contactstest",
		old: "contacts.Position(l.commits) <= newest", new: "contacts.Position(l.commits) <= newest+1",
	},
	{
		name: "double: lag beyond the time", pkg: "contactstest",
		old: "!s.since.After(due)", new: "s.since.Before(due)",
	},
	{
		name: "double: keep one call too many", pkg: "contactstest",
		old: "len(r.calls) < r.most", new: "len(r.calls) <= r.most",
	},
	{
		name: "double: list calls from the middle", pkg: "contactstest",
		old: "slices.Concat(r.calls[r.next:], r.calls[:r.next])", new: "slices.Clone(r.calls)",
	},
	{
		name: "double: record the arguments of the caller", pkg: "contactstest",
		old: "\t\tc.Args = c.Args.clone()\n", new: "",
	},
	{
		name: "double: build a fixture on its parent", pkg: "contactstest", decl: "Fixture.make",
		old: "s, err = parent.fork(builder{})", new: "s = parent",
	},
	{
		name: "double: forget the clock of a loaded fixture", pkg: "contactstest",
		old: "\t\tclock.Set(head.ContactsStore.Time)\n", new: "",
	},
	{
		name: "double: generate an email of two people", pkg: "contactstest", decl: "Gen.emailOf",
		old: "strconv.Itoa(g.made)", new: "strconv.Itoa(g.made / 2)",
	},
	{
		name: "double: promise another limit of emails", pkg: "contactstest",
		old: "return maxSize(\"info.emails.items\", listMax)", new: "return maxSize(\"info.emails.items\", listMax+1)",
	},
	{
		name: "double: ignore all paths that begin like one", pkg: "contactstest", decl: "differences.ignores",
		old: " && path[len(p)] == '.'", new: "",
	},
	{
		name: "double: count no difference beyond those listed", pkg: "contactstest", decl: "differences.add",
		old: "\td.found++\n\tif len(d.lines) < diffLines {\n", new: "\tif len(d.lines) < diffLines {\n\t\td.found++\n",
	},

	// contactsd for tests.
	{
		name: "control: share the IDs with a fork", pkg: "internal/daemon", decl: "state.fork",
		old: "ids: s.ids.Clone()", new: "ids: s.ids",
	},
	{
		name: "control: share the clock with a state", pkg: "internal/daemon", decl: "state.fork",
		old: "clock: s.clock.Clone()", new: "clock: s.clock",
	},
	{
		name: "control: reset to no store but with the old states", pkg: "internal/daemon", decl: "control.reset",
		old: "map[string]*state{}, 0", new: "c.states, 0",
	},
	{
		name: "control: write into a saved state", pkg: "internal/daemon", decl: "control.save",
		old: "s, err := l.fork()", new: "s, err := l.state, error(nil)",
	},
	{
		name: "control: apply the rules to callers who are refused", pkg: "internal/daemon",
		old: "if d.refusal(r) != nil {", new: "if false {",
	},
	{
		name: "control: serve any request of a web page", pkg: "internal/daemon",
		old: "if r.Method != http.MethodGet && !announcesJSON(r) {", new: "if false {",
	},
	{
		name: "control: accept unknown members", pkg: "internal/daemon", decl: "bodyOf",
		old: "\t\tv.Limit(wire.Only(known...))\n", new: "",
	},
	{
		name: "control: accept unknown members of a member", pkg: "internal/daemon",
		old: "\t\tmember.Limit(memberShape)\n", new: "",
	},
	{
		name: "control: add the rules before one with a mistake", pkg: "internal/daemon", decl: "order.addFaults",
		old: "return nil, badRule(err)", new: "return nil, errors.Join(o.plan(o.store, rules[:i]), badRule(err))",
	},
	{
		name: "control: accept one store too many", pkg: "internal/daemon", decl: "control.fork",
		old: "len(c.stores) >= quota", new: "len(c.stores) > quota",
	},
	{name: "control: ignore -strict", pkg: "internal/daemon", old: "Strict: d.strict,", new: "Strict: false,"},

	// Strict requests.
	{
		name: "strict: accept unknown parameters", pkg: "httpapi", decl: "call.checkParams",
		old: "name != languageName && !slices", new: "false && !slices",
	},
	{
		name: "strict: check the members of every handler", pkg: "httpapi", decl: "call.checkMembers",
		old: "if c.h.opts.Strict {", new: "if true {",
	},
	{
		name: "strict: check no items of lists", pkg: "internal/wire", decl: "Value.Limit",
		old: "if s.Items == nil {", new: "if true {",
	},
	{
		name: "strict: report data as the name of a member", pkg: "internal/wire", decl: "Value.Limit",
		old: "v.at.report(Shown(name), Unknown)", new: "v.at.report(name, Unknown)",
	},

	// The inspector.
	{
		name: "inspector: let read-only pages write", pkg: "inspector",
		old: "\tcase a.writes && !e.h.opts.Write:\n\t\terr = ErrReadOnly\n", new: "",
	},
	{
		name: "inspector: accept forms of other sites", pkg: "inspector",
		old: "\tcase e.h.origins.Check(r) != nil:\n\t\terr = ErrCrossOrigin\n", new: "",
	},
	{
		name: "inspector: give files and unknown paths to everyone", pkg: "inspector",
		old: "\t\tneeds = view\n", new: "\t\treturn nil\n",
	},
	{
		name: "inspector: show the position to strangers", pkg: "inspector",
		old: "Known: v.known,", new: "Known: true,",
	},
	{
		name: "inspector: answer without permission", pkg: "inspector",
		old: "\tcase err != nil:\n\tcase e.methods == nil", new: "\tcase e.methods == nil",
	},
	{
		name: "inspector: serve controls that are not set", pkg: "inspector",
		old: " || a.controls && e.h.opts.Controls == nil", new: "",
	},
	{
		name: "inspector: let browsers keep pages", pkg: "inspector",
		old: "\theader.Set(\"Cache-Control\", \"no-store\") // contacts are personal data\n", new: "",
	},
	{
		name: "inspector: trust values in templates", pkg: "inspector",
		old: "\t\"html/template\"\n", new: "\t\"text/template\"\n",
	},
	{
		name: "inspector: lose the prefix in a redirect", pkg: "inspector",
		old: "Set(\"Location\", to)", new: "Set(\"Location\", \"/\"+to)",
	},
	{
		name: "inspector: merge something else than was shown", pkg: "inspector",
		old: "MergeOptions{Plan: contacts.Fingerprint(plan)}", new: "MergeOptions{}",
	},
	{
		name: "inspector: draw no end for what is dropped", pkg: "inspector",
		old: "if m.kind == \"dropped\" {", new: "if false {",
	},
	{
		name: "inspector: leave a gap in the live feed", pkg: "inspector",
		old: " && asked >= since", new: "",
	},
	{
		name: "inspector: continue the feed of another store", pkg: "inspector",
		old: " && query.Get(\"instance\") == v.instance", new: "",
	},
	{
		name: "inspector: read the log for a page", pkg: "inspector",
		old: "start = h.store.Stats().Feed.Oldest", new: "start = 0",
	},
	{
		name: "inspector: forget the history of merged contacts", pkg: "inspector",
		old: "\t\tabout[id.String()] = true\n", new: "\t\t_ = id\n",
	},
	{
		name: "inspector: keep the counts of facets after a write", pkg: "inspector",
		old: " && kept.position == sn.Position()", new: "",
	},
	{
		name: "inspector: show the first page of facets only", pkg: "inspector",
		old: "page.Items...), page.HasNext", new: "page.Items...), false",
	},
	{
		name: "inspector: keep the cursor for another facet", pkg: "inspector",
		old: "in.Facet, in.Cursor = picked[0], \"\"", new: "in.Facet = picked[0]",
	},
	{
		name: "inspector: accept every password", pkg: "internal/daemon",
		old: "\"Bearer \"+password", new: "\"Bearer \"+d.token+password[:0]",
	},
	{
		name: "inspector: list the old IDs of a contact that is gone",
		old:  "root == nil || reads.contact(id) == nil {", new: "root == nil {",
	},

	// The log on NATS.
	{
		name: "append: forget a lost reply when the log is closed", decl: "logWriter.settle",
		old: "if unknown {", new: "if false {",
	},
	{
		name: "natslog: publish without a condition", pkg: "natslog",
		old: ",\n\t\tjetstream.WithExpectLastSequenceForSubject(last, of))", new: ")",
	},
	{
		name: "natslog: believe every refusal", pkg: "natslog", decl: "Log.settleAtEnd",
		old: "contacts.ErrLogUnknown, errInProgress)", new: "contacts.ErrLogConflict, errInProgress)",
	},
	{
		name: "natslog: compare nothing after a lost reply", pkg: "natslog", decl: "Log.settle",
		old: "bytes.Equal(next.data, data)", new: "bytes.Equal(next.data, nil)",
	},
	{
		name: "natslog: take the entry of another store for its own", pkg: "natslog", decl: "Log.settle",
		old: "bytes.Equal(next.data, data)", new: "bytes.Equal(next.data, next.data)",
	},
	{
		name: "natslog: take a lost reply for a refusal", pkg: "natslog", decl: "Log.publish",
		old: "\treturn 0, l.failed(ctx, contacts.ErrLogUnknown, err)\n",
		new: "\treturn 0, l.failed(ctx, contacts.ErrLogUnavailable, err)\n",
	},
	{
		name: "natslog: rely on an absent entry without a majority", pkg: "natslog", decl: "Log.confirm",
		old: "return errInProgress", new: "return nil",
	},
	{
		name: "natslog: overlook what the stream has lost", pkg: "natslog",
		old: "after <= l.known.Load():", new: "false:",
	},
	{
		name: "natslog: begin a stream again with the same numbers", pkg: "natslog",
		old: "uint64(time.Now().UnixMicro()),", new: "1,",
	},
	{
		name: "natslog: check no checksum", pkg: "natslog",
		old: "sum(text) != binary.LittleEndian.Uint32(text[12:])", new: "false",
	},
	{
		name: "natslog: accept gaps", pkg: "natslog", decl: "cursor.next",
		old: "case m.after != c.after:", new: "case false:",
	},
	{
		name: "natslog: accept gaps in what replicas send", pkg: "natslog", decl: "Log.batch",
		old: " || m.after != after", new: "",
	},
	{
		name: "natslog: take a compacted log for a damaged one", pkg: "natslog", decl: "Log.gap",
		old: "first.seq > after", new: "first.seq == 0",
	},
	{
		name: "natslog: drop the last entry, too", pkg: "natslog", decl: "Log.Compact",
		old: "WithPurgeSequence(upTo)", new: "WithPurgeSequence(upTo + 1)",
	},
	{
		name: "natslog: leave what a killed process saved", pkg: "natslog", decl: "Log.Save",
		old: "range before.Unused {", new: "range before.Unused[:0] {",
	},
	{
		name: "natslog: let a stream drop old entries", pkg: "natslog", decl: "checkStream",
		old: "have.MaxAge > 0 || ", new: "",
	},
	{
		name: "natslog: send entries after a reconnection", pkg: "natslog", decl: "Log.publish",
		old: "case !nc.IsConnected():", new: "case false:",
	},

	// Several programs on one log (OPS-9).
	{
		name: "contactsd -nats: show a URL that cannot be parsed", pkg: "natslog/contactsd", decl: "open",
		old: "(err); ok {", new: "(err); ok && false {",
	},
	{
		name: "contactsd -nats: give up after a lost connection", pkg: "natslog/contactsd", decl: "open",
		old: "nats.MaxReconnects(-1)", new: "nats.MaxReconnects(1)",
	},
	{
		name: "contactsd -nats: ignore the number of replicas", pkg: "natslog/contactsd", decl: "open",
		old: ", Replicas: o.Replicas", new: "",
	},
	{
		name: "contactsd -nats: accept a site with a dot", pkg: "internal/daemon",
		old: "MustCompile(`^[A-Za-z0-9_-]", new: "MustCompile(`^[.A-Za-z0-9_-]",
	},
	{
		name: "contactsd -nats: serve without a site", pkg: "internal/daemon", decl: "options.checkNATS",
		old: `case n.Site == "":`, new: "case false:",
	},
	{
		name: "contactsd -nats: accept -data as well", pkg: "internal/daemon", decl: "options.checkNATS",
		old: `o.data != "" || `, new: "",
	},
	{
		name: "contactsd -nats: accept -control as well", pkg: "internal/daemon", decl: "options.checkNATS",
		old: ` || o.control != ""`, new: "",
	},
	{
		name: "contactsd -nats: accept -seed as well", pkg: "internal/daemon", decl: "options.checkNATS",
		old: "case o.seed != nil:", new: "case false:",
	},
	{
		name: "contactsd -nats: deliver without a file for the state", pkg: "internal/daemon", decl: "options.checkStateFile",
		old: `o.stateFile == ""`, new: "false",
	},
	{
		name: "contactsd -nats: accept a file for the state with -data", pkg: "internal/daemon",
		decl: "options.checkStateFile",
		old:  `o.stateFile != ""`, new: "false",
	},
	{
		name: "contactsd -nats: be ready while the log is unavailable", pkg: "internal/daemon", decl: "daemon.unready",
		old: "case stats.Log.Unavailable:", new: "case false:",
	},
	{
		name: "contactsd -nats: be ready behind the log", pkg: "internal/daemon", decl: "daemon.unready",
		old: "stats.Log.Lag > 0 &&", new: "false &&",
	},
	{
		name: "contactsd -nats: call lost entries another failure", pkg: "internal/daemon", decl: "daemon.unready",
		old: "contacts.ErrDiverged)", new: "contacts.ErrClosed)",
	},
	{
		name: "contactsd -nats: log no failure to follow", pkg: "internal/daemon", decl: "daemon.reportFailure",
		old: "e.Code == contacts.ErrReadOnly", new: "false",
	},

	// The log in PostgreSQL.
	{
		name: "pglog: add without a condition", pkg: "pglog", decl: "queriesOf",
		old: " AND last = $2 RETURNING", new: " AND last >= $2 RETURNING",
	},
	{
		name: "pglog: take the entry of another store for its own", pkg: "pglog", decl: "Log.settle",
		old: "bytes.Equal(found, data)", new: "bytes.Equal(found, found)",
	},
	{
		name: "pglog: acknowledge what the standbys may lack", pkg: "pglog", decl: "Log.settle",
		old: "return next.seq, l.confirm(ctx, conn)", new: "return next.seq, nil",
	},
	{
		name: "pglog: believe a standby", pkg: "pglog", decl: "Log.checkHead",
		old: "case standby:", new: "case false:",
	},
	{
		name: "pglog: overlook what the database has lost", pkg: "pglog", decl: "Log.checkHead",
		old: "case h.last < known:", new: "case false:",
	},
	{
		name: "pglog: check no checksum of an entry", pkg: "pglog", decl: "entry.check",
		old: "if e.crc !=", new: "if false && e.crc !=",
	},
	{
		name: "pglog: check no checksum of a snapshot", pkg: "pglog", decl: "Log.readPart",
		old: "if err == nil && crc", new: "if false && crc",
	},
	{
		name: "pglog: accept gaps", pkg: "pglog", decl: "Log.page",
		old: "if e.after != after {", new: "if false {",
	},
	{
		name: "pglog: take a compacted log for a damaged one", pkg: "pglog", decl: "Log.gap",
		old: "case after < h.dropped:", new: "case false:",
	},
	{
		name: "pglog: use a place again", pkg: "pglog", decl: "Log.Append",
		old: "time.Now().UnixMicro()", new: "0*time.Now().UnixMicro()",
	},
	{
		name: "pglog: take a lost reply for a refusal", pkg: "pglog", decl: "nothingWritten",
		old: "return pgconn.SafeToRetry(err)", new: "return true",
	},
	{
		name: "pglog: trust a server without fsync", pkg: "pglog", decl: "Log.prepare",
		old: `case fsync != "on" &&`, new: "case false &&",
	},
	{
		name: "pglog: trust commits that do not wait", pkg: "pglog", decl: "Log.prepare",
		old: `case commit == "off" &&`, new: "case false &&",
	},
	{
		name: "pglog: read a later format", pkg: "pglog", decl: "Log.prepare",
		old: "found > format", new: "found < 0",
	},
	{
		name: "pglog: drop what the older snapshot needs", pkg: "pglog", decl: "queriesOf",
		old: "DESC OFFSET 1 LIMIT 1", new: "DESC LIMIT 1",
	},
	{
		name: "pglog: announce nothing", pkg: "pglog", decl: "Log.Append",
		old: "\tl.announce()\n", new: "",
	},
	{
		name: "pglog: read entries of other logs", pkg: "pglog", decl: "queriesOf",
		old: "FROM {s}.entries WHERE log = $1 AND seq > $2", new: "FROM {s}.entries WHERE $1 <> '' AND seq > $2",
	},
}
