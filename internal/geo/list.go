package geo

import (
	"iter"
	"strings"
)

// entry is a country or subdivision in a list.
type entry struct {
	code, name string
	others     []string // further names
}

const retired = "!" // suffix of a retired code in a list

// entriesOf parses otherCountryNames or subdivisionList. The slice of further names is valid until the next entry.
func entriesOf(list string) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		var e entry
		for line := range strings.Lines(list) {
			line = strings.TrimSuffix(line, "\n")
			if name, ok := strings.CutPrefix(line, "\t"); ok {
				e.others = append(e.others, name)
				continue
			}
			if e.code != "" && !yield(e) {
				return
			}
			e.code, e.name, _ = strings.Cut(line, "\t")
			e.others = e.others[:0]
		}
		if e.code != "" {
			yield(e)
		}
	}
}

// keysOf returns the keys under which a name is found.
func keysOf(name string) []string {
	key, short := nameKey(name)
	switch {
	case key == "":
		return nil
	case short == "" || short == key:
		return []string{key}
	default:
		return []string{key, short}
	}
}
