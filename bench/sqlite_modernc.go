//go:build rivals

package main

import (
	"time"

	_ "modernc.org/sqlite" // SQLite translated to Go
)

func init() {
	heavy = append(heavy, rival{Name: nameModernc, Open: func(_ string, now func() time.Time) (engine, error) {
		return openSQL("sqlite", now)
	}})
}
