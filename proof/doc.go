// Package proof finds unforeseen faults in package contacts. It implements the rules of a store a second time, as a
// plain model, and compares the two with random sequences of calls and with concurrent histories. See README.md.
package proof
