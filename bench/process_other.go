//go:build !unix

package main

import "time"

// cpuTime returns 0: figures of this system have no CPU time.
func cpuTime() time.Duration { return 0 }
