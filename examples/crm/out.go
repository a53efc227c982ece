package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
	"github.com/contactsdb/contacts/internal/atomicfile"
	"github.com/contactsdb/contacts/vcardio"
)

// checkOut refuses the name of a list whose format is not known.
func checkOut(name string) error {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".vcf":
		return nil
	}
	if name == "" {
		return nil
	}
	return errors.New("-out needs a name that ends with .csv or .vcf")
}

// writeList writes all contacts to a list for other programs, and prints a line about it.
func writeList(w io.Writer, name string, sn *contacts.Snapshot) error {
	labels := make(map[string]string) // display names by key
	for l := range sn.Labels() {
		labels[l.Key] = l.DisplayName
	}
	fields := slices.Collect(sn.Fields())
	err := atomicfile.Replace(name, func(f io.Writer) error {
		if strings.EqualFold(filepath.Ext(name), ".vcf") {
			return vcardio.Write(f, all(sn), &vcardio.Options{Fields: fields, Labels: inverted(labels)})
		}
		return csvio.Write(f, all(sn), &csvio.WriteOptions{Labels: labels, Fields: fields})
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	fmt.Fprintf(w, "\nwritten: %d contacts: %s\n", sn.Len(), plain(name))
	return nil
}

// all yields copies of the contacts of a snapshot, the oldest first.
func all(sn *contacts.Snapshot) iter.Seq[*contacts.Contact] {
	return func(yield func(*contacts.Contact) bool) {
		for v := range sn.All() {
			if !yield(v.Clone()) {
				return
			}
		}
	}
}

// inverted returns the keys of labels by display name.
func inverted(names map[string]string) map[string]string {
	keys := make(map[string]string, len(names))
	for key, name := range names {
		keys[name] = key
	}
	return keys
}
