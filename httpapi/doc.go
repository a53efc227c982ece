// Package httpapi serves a contacts store over HTTP as the Wix Contacts V4 API: the same paths, bodies, replies and
// errors, so that code in any language, and the published JavaScript client, can work against it.
//
//	server := httptest.NewServer(httpapi.Handler(store, nil))
//	reply, err := http.Get(server.URL + "/contacts/v4/contacts")
//
// All methods of contacts, labels, extended fields, bulk jobs and submissions are there, each below /contacts/v4 and
// below /_api/contacts/v4, where the client looks on other hosts than that of the service (HTTP-1). The program
// cmd/contactsd serves the handler by itself.
//
// # Requests
//
// A body is a JSON object and comes with Content-Type application/json (HTTP-3). Members and parameters that no method
// knows are ignored; a known one of the wrong type is refused with its path (HTTP-4). The path says which contact,
// label or field is meant: copies of the ID in the query or the body, as the client sends them, are ignored (HTTP-5).
//
// # Replies
//
// A success is status 200 with a JSON object, also for a delete (HTTP-2). An error has another status and the envelope of
// the service (HTTP-6, HTTP-7): what breaks a type, or if nothing does a limit or format, as details.validationError with
// each field that does, and everything else as details.applicationError with a code, of which each has one status
// (HTTP-8). Every reply has an X-Wix-Request-Id (HTTP-9). No message holds a value of a contact.
//
// # Who may do what
//
// By default everybody may do everything but name the contact of a submission, which takes a permission of its own
// (HTTP-11). Options.Authorize decides otherwise. Options.Identify says who sends a request, which is what a submission
// is attached to and the source of contacts that are created.
//
// # Limits
//
// Bodies, the JSON values in them and the number of requests at a time are bounded, see [Options]. A server should
// bound, besides, how long it waits for a request and for a reply to be taken, as cmd/contactsd does; and one that web
// browsers on its machine can reach should know its callers or their Host, since a page can have the name of its own
// site lead to it. A request is answered on the goroutine that the server gave it; the package starts none.
package httpapi
