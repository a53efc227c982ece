// Package httpclient calls the Wix Contacts V4 API over HTTP with the types and errors of package contacts. It works
// against the handler of package httpapi, such as the program contactsd, and against the service.
//
//	c, err := httpclient.New("http://127.0.0.1:8080", &httpclient.Options{Authorization: "Bearer open-sesame"})
//	ada, err := c.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
//	ada, err = c.Update(ctx, ada.ID, ada.Revision, contacts.Patch{JobTitle: contacts.Set("Analyst")}, nil)
//	if errors.Is(err, contacts.ErrAlreadyChanged) { … }
//
// A [Client] has methods of contacts.Store, with the same names, parameters and results: a program can hold an
// interface that both satisfy, and exchange one for the other. Arguments stay the caller's, and so do results.
//
// # Differences from a store
//
// The API lacks some of what a store can do. An option that it cannot carry is refused before a request is sent, with
// INVALID_ARGUMENT and a violation NOT_SETTABLE that names the option; none is ignored (CLI-2):
//
//   - Source and Unsubscribe of [Client.Create], Unsubscribe and Patch.SetFields of [Client.Update], Plan of
//     [Client.Merge], BatchSize and Progress of the bulk calls;
//   - MemberID, VisitorContactID and Source of [Client.Submit], which the server finds out itself, and Activity except
//     its date and type;
//   - Cursor of [Client.List] and Query.People. Pages have no cursors; [Client.Query] yields all contacts of a query
//     and, without a Sort, skips none while others write;
//   - in lists of labels and extended fields, a Filter or several sorts together with a type, a namespace or a prefix.
//
// [Client.PreviewMerge] returns the merged contact alone, and reports a merge that would fail as an error. The service
// runs bulk jobs after its reply, httpapi before it: a returned job may be RUNNING.
//
// # Errors
//
// An error in a reply becomes a *contacts.Error with its code, its violations with the paths that a store gives, and
// the contact that the call named (CLI-3). Of the details, replies carry DuplicateError, FieldValueError, the keys of
// unknown labels, and the QuotaError of labels. They lack all others:
//
//   - QueryError, BlockedError and OutcomeError, and the QuotaError of extended fields;
//   - the keys of unknown extended fields, unless the call named one;
//   - the violations of INVALID_EXTENDED_FIELD_VALUE, and the new ID of CONTACT_ID_ALREADY_EXISTS;
//   - which of several sources of a merge has FAILED_PRECONDITION.
//
// Codes of the server that package contacts does not have are codes, too: errors.Is(err, httpapi.ErrPermissionDenied),
// or errors.Is(err, contacts.Code("PERMISSION_DENIED")). A [ReplyError] in the chain has the status and the ID of the
// request. Messages contain no text that the server has sent, except codes, keys and paths in their proper form:
// descriptions could name personal data.
//
// A write whose reply is missing, cut off or not understood may have taken place: its code is OUTCOME_UNKNOWN, and the
// reason is in its chain, such as [ErrNoReply] or the error of the context (CLI-5). With any other error nothing has
// changed, as in a store, except with INTERNAL: only the log of the server says where it failed. Bulk calls, too, keep
// the exception that they have in a store: batches that were written before the error stay. A bulk call that returns a
// job with an ID has taken place, even if it returns an error.
//
// # Servers
//
// A reply has at most Options.MaxReplyBytes and must be JSON of the expected form (CLI-4). Redirects are not followed,
// so the header Authorization never reaches another host (CLI-6). Only a context ends a call whose server does not
// answer, or the Timeout of Options.HTTPClient.
package httpclient
