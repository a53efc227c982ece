package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// place is a country or subdivision.
type place struct {
	code    string
	retired bool // once assigned by ISO 3166-2
	name    string
	others  []string // further names that identify it
}

// places are the countries and subdivisions by code.
type places map[string]*place

// at returns the place with a code, which it adds if it is missing.
func (p places) at(code string) *place {
	if p[code] == nil {
		p[code] = &place{code: code}
	}
	return p[code]
}

func (p places) sorted() []*place {
	return slices.SortedFunc(maps.Values(p), func(a, b *place) int { return cmp.Compare(a.code, b.code) })
}

// add adds further names to a place, except those that differ from one of its names in case, accents and punctuation
// only.
func (p *place) add(names ...string) {
	for _, name := range names {
		same := func(other string) bool { return plain(other) == plain(name) }
		if plain(name) != "" && !same(p.name) && !slices.ContainsFunc(p.others, same) {
			p.others = append(p.others, name)
		}
	}
}

func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFD.String(name))
}

// A list has a line for each place, and comments, which begin with #. Tabs separate the parts of a line: the code,
// with the suffix ! if ISO has retired it, the name, and further names.

func (p places) format() string {
	var b strings.Builder
	for _, place := range p.sorted() {
		code := place.code
		if place.retired {
			code += "!"
		}
		fmt.Fprintln(&b, strings.Join(append([]string{code, place.name}, place.others...), "\t"))
	}
	return b.String()
}

// merge reads a list into p. A name in the list replaces that of the place; an empty name keeps it. The name =CODE is
// that of another place, and the further name -NAME removes a name.
func (p places) merge(list string) error {
	for i, line := range strings.Split(list, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, "\t")
		if len(parts) < 2 || slices.Contains(parts[2:], "") {
			return fmt.Errorf("line %d has an empty part", i+1)
		}
		code, retired := strings.CutSuffix(parts[0], "!")
		place := p.at(code)
		place.retired = retired
		if other, ok := strings.CutPrefix(parts[1], "="); ok {
			if p[other] == nil {
				return fmt.Errorf("line %d: there is no %s", i+1, other)
			}
			place.name = p[other].name
		} else if parts[1] != "" {
			place.name = parts[1]
		}
		if place.name == "" {
			return fmt.Errorf("line %d: %s has no name", i+1, code)
		}
		for _, name := range parts[2:] {
			if wrong, ok := strings.CutPrefix(name, "-"); ok {
				place.others = slices.DeleteFunc(place.others, func(other string) bool { return other == wrong })
			} else {
				place.add(name)
			}
		}
	}
	return nil
}
