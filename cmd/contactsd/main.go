// Command contactsd serves a contacts store over HTTP, with the requests and replies of the Wix Contacts V4 API.
//
//	contactsd [-data DIR] [-addr HOST:PORT] [-token SECRET] [...]
//	contactsd check DIR
//	contactsd compact DIR
//	contactsd dump [-commits] DIR
//
// With -data the store is kept in a directory, as package boltlog does it: a change that is confirmed is on the disk,
// even if the program is killed or the power fails. SIGHUP compacts the directory, so that deleted data leaves it. The
// commands verify, compact and write out a directory while no contactsd uses it. docs/durability.md says more.
//
// With -nats several programs serve one store, which they keep in NATS JetStream. That needs the build in
// natslog/contactsd, since this one has no client of NATS.
//
// Without either the store is in memory. -load fills it from a file at the start; -save writes it to a file at the end,
// and at each SIGHUP. The file always contains the store of one moment, even after a crash. -h describes all flags.
//
// For tests, -control opens a second address, for this machine alone. There a test resets and forks the store, restores
// states, moves the clock, sets members and statuses, and plans faults: see docs/http.md. Equal requests to two forks
// get equal replies, byte for byte. -strict refuses unknown members of requests by name.
//
// -inspector serves pages that show the store to a person, at /_inspector/; see package inspector.
//
// When it is ready, the program prints one line to its standard output, "listening on http://127.0.0.1:8080", with
// -control a second one, "control on http://127.0.0.1:8081", and nothing else. Its log goes to the standard error and
// contains no data of contacts. SIGINT or SIGTERM ends the program: requests in progress get ten seconds to finish,
// then the store is saved or closed. A second signal cuts them off and saves at once; a third ends the program
// immediately, without saving.
//
// The exit status is then 0; it is 1 if the program could not start, serve, save or write to its directory, and 2 for
// invalid flags. What keeps the program from starting is one line, "contactsd: ...", on the standard error.
package main

import "github.com/contactsdb/contacts/internal/daemon"

func main() { daemon.Main(nil) }
