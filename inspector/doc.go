// Package inspector serves pages that show a contacts store to a person with a browser: a list with people search and
// the query language, each contact with its history and old IDs, duplicates with their evidence and a picture of a
// merge, labels and extended fields, a live feed, and the state of the store.
//
//	http.Handle("/_inspector/", http.StripPrefix("/_inspector", inspector.Handler(store, nil)))
//
// The pages are HTML made on the server (INS-1). They need no script and no mouse; the one script only saves reloading
// them. Everything that they load is in the program: there is no build step, no package manager and no other host.
//
// # Safety
//
// The pages show personal data. They change nothing unless Options.Write is set (INS-5). Every reply has a strict
// Content-Security-Policy and is stored nowhere (INS-2, INS-3); URLs contain IDs, keys and numbers, never values of
// contacts (INS-4); and the server refuses posts from pages of other sites (INS-6).
//
// By default every caller may see and, with Options.Write, do everything. Options.Authorize decides otherwise. If web
// browsers on its machine can reach a server, it should authenticate its callers or check their header Host, since a
// web page can make a DNS name of its own lead there; cmd/contactsd does so.
package inspector
