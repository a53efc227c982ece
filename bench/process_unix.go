//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpuTime returns the time that the cores have worked for this process.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err) // the arguments are constant
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
