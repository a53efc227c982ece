// Package proof finds unforeseen faults in package contacts. It implements the rules of a store a second time, as a
// plain model, and compares the two with random sequences of calls and with concurrent histories. See README.md.
//
// It also proves another implementation of a store: [Run] compares anything that has methods of contacts.Store with the
// model, and [Failure.Shrink] reduces what it finds to a few operations. [Record] makes operations as data, which
// [Setup.Replay] runs; [NewModel] is the model alone.
package proof
