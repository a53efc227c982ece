//go:build rivals && cgo

package main

import (
	"time"

	_ "github.com/mattn/go-sqlite3" // SQLite in C
)

func init() {
	heavy = append(heavy, rival{Name: nameMattn, Open: func(_ string, now func() time.Time) (engine, error) {
		return openSQL("sqlite3", now)
	}}, rival{Name: nameDocs, Open: func(_ string, now func() time.Time) (engine, error) {
		return openSQLDocuments("sqlite3", now)
	}})
}
