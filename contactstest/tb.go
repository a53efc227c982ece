package contactstest

import "context"

// TB has the methods of testing.TB that this package uses. It is not testing.TB itself, because that would link the
// flags of package testing into every program that imports this package, and so that a type of your own can be a TB.
type TB interface {
	Name() string
	Context() context.Context
	Cleanup(func())
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	FailNow()
	Failed() bool
	Skipf(format string, args ...any)
}
