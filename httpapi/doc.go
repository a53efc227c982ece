// Package httpapi serves a contacts store over HTTP as the Wix Contacts V4 API: the same paths, bodies, replies and
// errors, so that code in any language, and the published JavaScript client, can work against it.
//
//	server := httptest.NewServer(httpapi.Handler(store, nil))
//	reply, err := http.Get(server.URL + "/contacts/v4/contacts")
//
// It serves all methods of contacts, labels, extended fields, bulk jobs and submissions, each below /contacts/v4 and
// below /_api/contacts/v4, the prefix that the client uses on hosts other than the service's (HTTP-1). docs/http.md
// lists every path. The program cmd/contactsd is a server around the handler.
//
// # Requests
//
// A body is a JSON object with Content-Type application/json (HTTP-3). Unknown members and parameters are ignored, or
// refused with Options.Strict (HTTP-21); a known one of the wrong type is refused with its path (HTTP-4). The path says
// which contact, label or field a request is about: copies of the ID in the query or the body, as the client sends
// them, are ignored (HTTP-5).
//
// # Replies
//
// A success has status 200 and a JSON object, also after a delete (HTTP-2). An error has another status and the
// envelope of the service (HTTP-6, HTTP-7): details.validationError lists the values that break a type, a limit or a
// format; every other error is a details.applicationError with a code, and each code has one status (HTTP-8). Every
// reply has an X-Wix-Request-Id (HTTP-9). Messages contain no values of contacts.
//
// # Authorization
//
// By default every caller may do everything except name the contact of a submission, which needs a permission of its
// own (HTTP-11). Options.Authorize decides otherwise. Options.Identify returns the sender of a request: the one whom a
// submission belongs to, and the source of the contacts that a request creates.
//
// # Limits
//
// The bytes of a body and of all bodies together, its JSON values, the requests in progress and the time to accept a
// long reply are limited, see [Options] and docs/limits.md. A server should also limit the time for a request to arrive
// and for a short reply to be sent, and set DisableGeneralOptionsHandler, as cmd/contactsd does. If web browsers on its
// machine can reach it, it should authenticate its callers or check their header Host, since a web page can make a DNS
// name of its own lead there. A request is answered on the goroutine that the server started for it; [Events] has one
// more while there are readers, and two for each detached stream.
//
// # Events
//
// [Events] serves the changes of a store as server-sent events, and [Deliver] sends them to a webhook as the service
// does: see docs/events.md.
package httpapi
