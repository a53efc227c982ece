// The gen command writes table.go of package geo from two lists of names: cldr.txt, from the Unicode CLDR and ISO 3166,
// and own.txt, our own.
//
// With -npm it first rewrites cldr.txt from the npm packages cldr-core, cldr-localenames-full, cldr-subdivisions-full
// and iso-3166, installed in a node_modules folder:
//
//	go run ./internal/geo/gen -npm DIR/node_modules
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", ".", "folder of package geo")
	npm := flag.String("npm", "", "rewrite cldr.txt from this node_modules folder")
	flag.Parse()
	if err := run(*dir, *npm); err != nil {
		log.Fatal(err)
	}
}

func run(dir, npm string) error {
	if npm != "" {
		text, err := fromPackages(npm)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "cldr.txt"), text, 0o644); err != nil {
			return err
		}
	}
	source, err := table(dir)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "table.go"), source, 0o644)
}
