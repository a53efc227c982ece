package logtest

import "time"

// SetPatience sets how long a log may take for a call.
func SetPatience(d time.Duration) { patience = d }
