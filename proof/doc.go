// Package proof looks for faults in package contacts that nobody has thought of. It says again what a store does, as a
// plain model, and lets random sequences of calls and concurrent histories decide whether the two agree. See README.md.
package proof
