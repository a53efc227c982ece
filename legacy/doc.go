// Package legacy is the API that the service had before V4, Wix.Contacts of the iframe SDK, over a store: what was
// written against getContactById, getContacts and reconcileContact finds here its methods, its contact, its limits and
// its errors.
//
// # Reading
//
// [New] makes the API of a store. [API.GetContactByID] returns one contact. [API.GetContacts] returns a [Cursor] at
// the newest contacts, all or those with a label:
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
// [API.ReconcileContact] takes what an app has learned of a person, with an email or a phone at least. A contact that
// has one of them is completed, else one is created. The result tells what was not taken, and what was known before:
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
// ErrInvalidSchema list every broken rule with its path. What the store says, or the context, is behind it: errors.Is
// finds context.Canceled and [contacts.ErrClosed] as well.
//
// # Rules
//
// The API is published without all of its behaviour. What follows is published unless it is marked as our decision.
// Rules such as VAL-7 are those of the store.
//
//   - LEG-1: An ID is that of the contact in the store, in its form of 36 characters: else BAD_REQUEST at id, and
//     NOT_FOUND if there is no such contact. An ID that was merged away finds the contact that it was merged into.
//     (The form is our decision.)
//   - LEG-2: A contact has its ID, its dates of creation and last change, and a contactInfo. Labels, extended fields
//     and all else that V4 added are not in it. An address of V4 in parts is shown as one line, and one without any
//     parts by its formatted text. (Our decision.)
//   - LEG-3: The id of an item is its place in the list, counted from 1: the same as long as the contact does not
//     change. Ids in input are ignored. (Our decision.)
//   - LEG-4: The codes are NOT_FOUND for a contact that is not there, BAD_REQUEST for an ID or an option that is
//     refused, INVALID_SCHEMA for a contactInfo that is, FORBIDDEN for a call that is not permitted, and WIX_ERROR for
//     anything else.
//   - LEG-5: The text of an error names codes, paths, rules and IDs, never a value of a contact. (Our decision.)
//   - LEG-6: A contactInfo must have an email or a phone (CUSTOM with the rule name EMAIL_OR_PHONE), and what is
//     marked as required, and keep the limits, as [ContactInfo] and its parts say. Words of enums are taken as they
//     are spelled, dates need a time and its zone. Text is valid UTF-8 without NUL. All violations are reported at
//     once, in the order of the members, and behind them what V4 alone refuses: an email without one @ between texts
//     (VAL-5), a picture that is no URL (VAL-11), more than 50 emails, phones or addresses (VAL-3). (The latter are
//     our decision.)
//   - LEG-7: Contacts come newest first, by their date of creation, 1 to 500 a page, 25 by default.
//   - LEG-8: With labels, a contact counts if it carries one of them. A label is meant by its key, by its legacy ID or
//     by its name in any case; if several have the name, by each of them. A label that does not exist is on no
//     contact. An empty text is BAD_REQUEST. More than 10,000 labels that exist are too. (How labels are named is our
//     decision.)
//   - LEG-9: At its ends a cursor returns an empty list and stays on the page that it has.
//   - LEG-10: A cursor goes on behind the contact where its page ended. So while others create, change, merge and
//     delete contacts, every contact that is there all the time, with the label, comes exactly once on the way from
//     the first page to the last; one that is created on the way stands before the first page, and one that is deleted
//     comes at most once. Total is that of the moment when the page was read. (Our decision.)
//   - LEG-11: name.first, name.last, company.name, company.role (V4's jobTitle), picture, emails, phones and addresses
//     are kept in the store. A tag is that of V4 in any case, and shown in lower case; every other one becomes
//     untagged. address.country is a code or a name and becomes a code, address.region a code, a code without its
//     country or a name, and becomes a code such as US-NY. (Countries and regions are our decision.)
//   - LEG-12: V4 has no place for name.prefix, name.middle, name.suffix, urls, dates other than the birthday, the
//     neighborhood of an address, and a tag, a country or a region that it does not know. They go to rejectedData.
//   - LEG-13: An existing contact is one with one of the emails given, among any of its own, without regard to case
//     and surrounding space; if there is none, one with one of the phones given, among any of its own, by E.164 form,
//     or by the text where either has no such form. Of several it is the oldest. (Emails before phones, and the
//     oldest, are our decision: so V4 itself does in Submit Contact.)
//   - LEG-14: normalizedPhone is shown as the E.164 form, or else as the digits of the number. In input, one in
//     international form tells the country of the number, if the number is the same when read there; otherwise
//     Options.Region of the store counts. One that is not what the contact shows afterwards goes to rejectedData. (Our
//     decision.)
//   - LEG-15: A contact that exists loses nothing. Names, company, role, picture and birthday are filled in where they
//     are empty, items that it does not have are appended, at most up to 50 of a kind, and of items that it has an
//     empty tag is filled in, as is the country of a phone. What clashes stays as it is. Its primary email and phone
//     stay. A member without an email gets none (MEM-1). (Our decision.)
//   - LEG-16: The birthday is the date tagged "birthday", in any case: the day as it is written, whatever the time and
//     zone. It is shown as midnight in UTC. The first one counts. (The day is our decision.)
//   - LEG-17: Statuses of emails are read-only, as in V4, and shown for the primary email only: SUBSCRIBED is
//     recurring, UNSUBSCRIBED optOut, NOT_SET and PENDING transactional; VALID is VALID, BOUNCED BOUNCE,
//     SPAM_COMPLAINT COMPLAINT. A status in input that is not the one shown afterwards goes to rejectedData: consent
//     is for SetSubscription of the store to change, where it is clear who gave it. (Our decision.)
//   - LEG-18: rejectedData has an entry for the name, the picture, the company and each item that is not in the
//     contact afterwards, whole or in part: a contactInfo with just what was not taken. The same value in another
//     spelling (case of an email or a tag, signs in a phone number, name of a country) was taken. existingData has one
//     entry with what was known before, none for a new contact. Both are always there. (The form is our decision.)
//   - LEG-19: A reconcile writes once, and only if it brings something new; otherwise not even the revision changes. A
//     write of others that comes in between is seen and the reconcile starts again, at most 64 times: then it is
//     WIX_ERROR. (Our decision.)
//   - LEG-20: Reconciles of one API take turns, so that several at a time for the same new person make one contact. A
//     contact that others create at that very moment is found if its primary email or, without emails, its primary
//     phone is the one given (DUP-1). (Our decision.)
//   - LEG-21: In JSON, members are spelled as here in lower case; name and contact may also be spelled Name and
//     Contact. If both are there, that in lower case counts. Null is absent, unknown members are ignored, numbers are
//     integers of 32 bits. A wrong type is a violation with its path (FORMAT), all are reported at once, at most 1000,
//     and the target keeps its value. A text that is not valid Unicode is refused whole, as in JSON-7. label is a text
//     or an array of texts, and a pageSize of 0 is refused. (Details are our decision.)
//   - LEG-22: Encoding writes names in lower case and times in UTC with milliseconds. In a contact all lists are
//     written, in a contactInfo those that are not empty. (Our decision.)
//   - LEG-23: [Options.Permit] is asked before anything else, at each move of a cursor, too. Its error is FORBIDDEN.
//     (Our decision; in the service the methods are for the dashboard only.)
//
// # Promises
//
// What you pass in stays yours and what you get back is yours. An [API] is safe for concurrent use, a [Cursor] is for
// one goroutine at a time. Nothing here starts goroutines.
package legacy
