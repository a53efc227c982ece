// Package test holds the suites that test the library from outside, with many random stores, calls and queries:
//
//   - property: random calls, after each of which a plain map must agree with the store
//   - query_*, cursor: filters, search and sorting against an evaluator that shares no code with the library; pages read
//     while contacts come and go
//   - merge_property, import_property, load: merges, imports and loaded stores
//   - log_property: stores opened on the beginning of a log
//   - concurrency, determinism, fork: writers, readers and forks side by side; equal calls that make equal stores
//
// By default each suite runs some seconds at most. One command runs all of them, and the long tests of package
// contacts, in full:
//
//	go test . ./test -long
package test
