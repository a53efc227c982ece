package contactstest_test

import (
	"context"
	"fmt"
)

// exampleT is the t of the examples, which have none: a failure is printed.
type exampleT struct{}

var t exampleT

func (exampleT) Helper()                           {}
func (exampleT) Name() string                      { return "Example" }
func (exampleT) Context() context.Context          { return context.Background() }
func (exampleT) Logf(format string, args ...any)   { fmt.Printf(format+"\n", args...) }
func (exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (exampleT) FailNow()                          { panic("FailNow") }
func (exampleT) Failed() bool                      { return false }
func (exampleT) Skipf(format string, args ...any)  { panic(fmt.Sprintf(format, args...)) }
func (exampleT) Cleanup(func())                    {}
