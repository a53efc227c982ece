// Package legacy is the service's API before V4, Wix.Contacts of the iframe SDK, on top of a store. Programs written
// for getContactById, getContacts and reconcileContact find the same methods, contact, limits and errors here.
//
// # Reading
//
// [New] returns the API of a store. [API.GetContactByID] returns one contact. [API.GetContacts] returns a [Cursor] over
// the contacts, newest first, either all of them or those with certain labels:
//
//	api, err := legacy.New(store, nil)
//	cursor, err := api.GetContacts(ctx, &legacy.GetContactsOptions{Labels: []string{"customers"}, PageSize: 100})
//	for page := cursor.Data(); len(page) > 0; {
//		…
//		if page, err = cursor.Next(ctx); err != nil {
//			…
//		}
//	}
//
// # Reconciling
//
// [API.ReconcileContact] accepts an app's data about a person, with at least one email or phone. It adds the data to an
// existing contact that has one of these emails or phones, or else creates a contact. The result lists the data that
// was rejected and the data that existed before:
//
//	r, err := api.ReconcileContact(ctx, legacy.ContactInfo{
//		Name:   legacy.Name{First: "Ada"},
//		Emails: []legacy.Email{{Tag: "work", Email: "ada@example.com"}},
//	})
//	r.IsNew, r.Contact, r.Details.RejectedData, r.Details.ExistingData
//
// # Errors
//
// Every error is an [*Error] with a [Code]. Compare codes with errors.Is, or switch on [CodeOf]. ErrBadRequest and
// ErrInvalidSchema list every broken rule with its path. An Error wraps its cause, an error of the store or of the
// context: errors.Is also finds context.Canceled and [contacts.ErrClosed].
//
// # Rules
//
// The published description of this API leaves parts of its behaviour open. The rules below follow it, except where
// they are marked as our decision. Rules such as VAL-7 are those of the store.
//
//   - LEG-1: An ID is the ID of a contact in the store, in its form of 36 characters; any other text is BAD_REQUEST at
//     id. NOT_FOUND if there is no such contact. The ID of a contact that was merged away finds the contact that it was
//     merged into. (The form is our decision.)
//   - LEG-2: A contact has its ID, its dates of creation and last change, and a contactInfo. It does not show labels,
//     extended fields or anything else that V4 added. A V4 address in parts is shown as one line, and a V4 address
//     without parts by its formatted text. (Our decision.)
//   - LEG-3: The id of an item is its position in the list, counted from 1. It stays the same as long as the contact
//     does not change. Ids in input are ignored. (Our decision.)
//   - LEG-4: The codes are NOT_FOUND for a missing contact, BAD_REQUEST for an invalid ID or option, INVALID_SCHEMA for
//     an invalid contactInfo, FORBIDDEN for a call that is not permitted, and WIX_ERROR for anything else.
//   - LEG-5: The text of an error, its JSON and what package log/slog shows of it name codes, paths, rules and IDs,
//     never a value of a contact. (Our decision.)
//   - LEG-6: A contactInfo must have an email or a phone (CUSTOM with the rule name EMAIL_OR_PHONE) and every member
//     marked as required, and it must keep the limits documented at [ContactInfo] and its parts. The words of enums are
//     case-sensitive; a date is a real day in a form of ISO 8601 (LEG-16). A required text must show something. Text is
//     valid UTF-8 without NUL. All violations are reported at once, in the order of the members, followed by those of
//     V4 alone: an email that is not one address and nothing else (VAL-5), a picture that is not a URL (VAL-11), more
//     than 50 emails, phones or addresses (VAL-3). (The violations of V4 alone are our decision.)
//   - LEG-7: Contacts come newest first, by their date of creation, 1 to 500 per page, 25 by default.
//   - LEG-8: With labels, the list has the contacts that carry at least one of them. A label is given by its key, by
//     its legacy ID or by its name in any case, compared otherwise as in LBL-4; a name shared by several labels
//     selects all of them. A label that does not exist selects no contact. An empty text is BAD_REQUEST, and so are
//     more than 10,000 existing labels. (How labels are given is our decision.)
//   - LEG-9: At either end, a cursor returns an empty list and stays on its page.
//   - LEG-10: A cursor continues after the last contact of its page. While others create, change, merge and delete
//     contacts, a walk from the first page to the last therefore yields every contact that exists throughout, with the
//     label, exactly once. A contact created meanwhile comes before the first page, and one deleted meanwhile is
//     yielded at most once. Total is the number at the time when the page was read. (Our decision.)
//   - LEG-11: The store keeps name.first, name.last, company.name, company.role (jobTitle in V4), picture, emails,
//     phones and addresses. A tag is a V4 tag in any case, shown in lower case; any other tag becomes untagged.
//     address.country is a code or a name and becomes a code. address.region is a code, a code without its country or a
//     name, and becomes a code such as US-NY. (Countries and regions are our decision.)
//   - LEG-12: V4 has no place for name.prefix, name.middle, name.suffix, urls, dates other than the birthday, the
//     neighborhood of an address, and unknown tags, countries and regions. They are returned in rejectedData.
//   - LEG-13: An existing contact matches if any of its emails is one of the emails given, compared as in DUP-2. If no
//     email matches, it does if any of its phones is one of the phones given, compared by E.164 form and extension, or
//     by text where either has no such form. A text such as "n/a", which identifies no one, matches none. The oldest of
//     several matches is used. (Emails before phones, what identifies, and the oldest match are our decision, as in V4's
//     Submit Contact.)
//   - LEG-14: normalizedPhone is shown as the E.164 form, or else as the digits of the number. In input, one in
//     international form determines the country of the number, provided that the number has the same E.164 form when
//     read there; otherwise Options.Region of the store applies. One that differs from the one shown afterwards is
//     returned in rejectedData. (Our decision.)
//   - LEG-15: An existing contact loses nothing. Empty names, company, role, picture and birthday are filled in. Items
//     that it lacks are appended, up to 50 of a kind. On items that it has, an empty tag is filled in, and so is the
//     country of a phone. Where values conflict, the existing one stays, except that optOut replaces any consent
//     (LEG-17). Its primary email and phone do not change. A member without an email gets none (MEM-1). (Our decision.)
//   - LEG-16: The birthday is the first date tagged "birthday", in any case: the day as written, whatever its time and
//     zone. It is shown as midnight in UTC. A date is an ISO 8601 date with a year of four digits, by month, by day of
//     the year or by week, with or without a time; a time may end after hours or minutes, have a fraction, and lack a
//     zone; hyphens and colons may be missing, and T and Z be in lower case: 1990-02-03T00:00:00.000Z,
//     19900203T000000Z, 1990-02-03T00:00+0200, 1990-034, 1990-W05-6. (The day, and which forms count, are our
//     decision.)
//   - LEG-17: Statuses of emails are shown only for the primary email: SUBSCRIBED is recurring, UNSUBSCRIBED optOut,
//     NOT_SET and PENDING transactional; VALID is VALID, BOUNCED BOUNCE, SPAM_COMPLAINT COMPLAINT. An emailStatus of
//     optOut is kept as UNSUBSCRIBED, in the same write, for any email that the contact has afterwards, primary or not,
//     new or known and whatever its status was: an objection is never lost, and it wins if the input has the same email
//     twice. All other statuses in input are read-only, as in V4, and returned in rejectedData if they differ from the
//     one shown afterwards: only SetSubscription of the store raises consent, where it is clear who gave it. (Our
//     decision.)
//   - LEG-18: rejectedData has an entry for the name, the picture, the company and each item that the contact does not
//     have afterwards, whole or in part: a contactInfo with only the rejected parts. The same value in another spelling
//     (case of an email or a tag, punctuation in a phone number, name of a country) is not rejected. existingData has
//     one entry with the previous contactInfo, or no entry for a new contact. Both lists are always present. (The form
//     is our decision.)
//   - LEG-19: A reconcile writes once, and only if it adds something; otherwise even the revision stays the same. If
//     another write intervenes, the reconcile starts again, up to 64 times; after that it fails with WIX_ERROR. (Our
//     decision.)
//   - LEG-20: Reconciles of one API take turns, so that concurrent ones for the same new person create one contact. A
//     contact that another writer creates at the same moment is found if its primary email or, without emails, its
//     primary phone is among those given (DUP-1). (Our decision.)
//   - LEG-21: In JSON, member names are in lower case, as here; name and contact may also be spelled Name and Contact.
//     If both spellings are present, the one in lower case wins. Null means absent, unknown members are ignored,
//     numbers are 32-bit integers. A wrong type is a violation with its path (FORMAT); all are reported at once, up to
//     1000, and the target keeps its value. A text that is not valid Unicode is refused as a whole, as in JSON-7, and
//     so is one with too many values or a repeated member (JSON-15, JSON-16). label is a text or an array of texts,
//     and a pageSize of 0 is refused. (Details are our decision.)
//   - LEG-22: Encoding writes names in lower case and times in UTC with milliseconds. A contact is written with all of
//     its lists, a contactInfo only with those that are not empty. (Our decision.)
//   - LEG-23: [Options.Permit] is called before anything else, also at each move of a cursor. Its error is FORBIDDEN.
//     (Our decision; in the service only the dashboard may call these methods.)
//   - LEG-24: Package log/slog shows of a contact only its ID and the names of the fields that are set, of other types
//     only those names. This holds for values and pointers, not for lists of them. (Our decision.)
//
// # Promises
//
// The values that you pass in and the values that you get back are yours; the package keeps no reference to them. An
// [API] is safe for concurrent use; a [Cursor] is not. The package starts no goroutines.
package legacy
