package csvio

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/geo"
)

// Options configure a [Reader]. The zero value suits files whose headings are all recognized.
type Options struct {
	// Columns overrides the meaning of headings. The key is a heading of the file. The value is a recognized heading
	// ("First Name", "Home Phone", "E-mail 2 - Value") or the name of one of Fields; "" skips the column without a
	// remark. Keys and values ignore case, spaces and punctuation, as headings do. A key that is missing from the file
	// is an error, and so is a value that is not recognized.
	Columns map[string]string

	// Fields are the extended fields to read, each from the column headed with its display name or its key. Every field
	// must have a column. A NUMBER becomes a float64, a DATE is rewritten as YYYY-MM-DD, and other types are read as
	// text. A value that the type cannot have is left out with a remark.
	Fields []contacts.Field

	// MakeField returns the key of the TEXT field for a column that no other field of a contact holds, given its name.
	// It is called once for each name, when the first cell needs it. Pairs such as "Event 1 - Label" and "Event 1 -
	// Value" are one field, named after both: "Event Anniversary"; those of "Custom Field 1" after the label alone. An
	// error, or an empty key, leaves the cell out with a remark; return one for a field of another type, or the store
	// refuses the row. nil makes no fields (CSV-7).
	MakeField func(name string) (key string, err error)

	// Labels maps the words in the columns of labels, categories and tags to labels. The key is a word as in the file,
	// without the "* " that Google puts before its own labels; space around it, invisible characters and the Unicode
	// normal form do not count. The value is the key of a label in the store; "" skips the word without a remark.
	Labels map[string]string

	// MakeLabel returns the key of the label for a word that Labels lacks. It is called once for each word. An error,
	// or an empty key, leaves the word out with a remark. nil makes no labels (CSV-7).
	MakeLabel func(word string) (key string, err error)

	// JoinNames puts a name prefix and a middle name into the first name, and a suffix into the last name: "Dr. Ann
	// Bea" and "Cole Jr.". Otherwise columns with these parts are left over, like those that no field holds (CSV-8).
	JoinNames bool

	// Comma separates the cells. 0 selects what fits the header best: comma, semicolon, tab or bar, or what a line such
	// as "sep=;" before it says.
	Comma rune

	// Encoding is the encoding of the text, such as charmap.Windows1252 or japanese.ShiftJIS of golang.org/x/text. nil
	// means UTF-8. A byte order mark of UTF-8 or UTF-16 overrides it.
	Encoding encoding.Encoding

	// DateOrder says what 3/4/1999 means. By default the column decides: if it has a 3/14/1999, the month comes first;
	// if nothing decides, such dates are left out (CSV-3).
	DateOrder DateOrder

	// Region is the country of phones that name none and whose row names none, like contacts.Options.Region. Without a
	// country a number has no E.164 form and no subscription status.
	Region string

	// Strict refuses rows with cells that cannot be imported as they are, which are otherwise left out with a remark
	// (CSV-1).
	Strict bool

	// Limits bound what the file may hold.
	Limits Limits

	// Now returns the current time, which decides the century of two-digit years. nil means time.Now.
	Now func() time.Time
}

// DateOrder is the order of the parts of a date.
type DateOrder string

// The orders of dates with the year last.
const (
	DayFirst   DateOrder = "DAY_FIRST"   // 3/4/1999 is in April
	MonthFirst DateOrder = "MONTH_FIRST" // 3/4/1999 is in March
)

// Limits bound a file (CSV-10). The zero value of a field selects its default.
type Limits struct {
	FileBytes int64 // of the text in UTF-8, default 1 GiB; more ends the reading with an error
	RowBytes  int   // of a row and of the header, default 4 MiB; a longer row is refused
	CellBytes int   // default 1 MiB; a row with a longer cell is refused
	Columns   int   // default 16,384, as in spreadsheets; more in the header is an error
}

func (l Limits) withDefaults() (Limits, error) {
	if l.FileBytes < 0 || l.RowBytes < 0 || l.CellBytes < 0 || l.Columns < 0 {
		return l, errors.New("option Limits has a negative number")
	}
	if l.FileBytes == 0 {
		l.FileBytes = 1 << 30
	}
	set := func(n *int, fallback int) {
		if *n == 0 {
			*n = fallback
		}
	}
	set(&l.RowBytes, 4<<20)
	set(&l.CellBytes, 1<<20)
	set(&l.Columns, 1<<14)
	return l, nil
}

// rules are a checked copy of Options.
type rules struct {
	Options
	columns map[string]override // by squashed heading
	labels  map[string]string
}

// override is one entry of Options.Columns.
type override struct {
	heading string
	meaning meaning // the zero meaning skips the column
}

func newRules(opts *Options) (*rules, error) {
	if err := opts.check(); err != nil {
		return nil, invalid(err)
	}
	r := &rules{Options: *opts, columns: make(map[string]override), labels: labelNames(opts.Labels)}
	r.Limits, _ = opts.Limits.withDefaults()
	r.Fields = slices.Clone(opts.Fields)
	if r.Now == nil {
		r.Now = time.Now
	}
	for _, name := range slices.Sorted(maps.Keys(opts.Columns)) {
		o := override{heading: name}
		if target := opts.Columns[name]; target != "" {
			var ok bool
			if o.meaning, ok = r.meaning(target, nil); !ok {
				return nil, invalid(fmt.Errorf("column %q: %q is not a recognized heading", name, target))
			}
		}
		key := squash(name)
		if other, ok := r.columns[key]; ok {
			return nil, invalid(fmt.Errorf("columns %q and %q are the same heading", other.heading, name))
		}
		r.columns[key] = o
	}
	return r, nil
}

func (opts *Options) check() error {
	if c := opts.Comma; c != 0 && (c == '"' || c == '\r' || c == '\n' || c == utf8.RuneError || !utf8.ValidRune(c)) {
		return errors.New("option Comma is a character that cannot separate cells")
	}
	if o := opts.DateOrder; o != "" && o != DayFirst && o != MonthFirst {
		return errors.New("option DateOrder is neither DAY_FIRST nor MONTH_FIRST")
	}
	if opts.Region != "" && !geo.ValidCountry(opts.Region) {
		return errors.New("option Region is not the code of a country")
	}
	for _, f := range opts.Fields {
		if f.Key == "" {
			return fmt.Errorf("field %q has no key", f.DisplayName)
		}
	}
	_, err := opts.Limits.withDefaults()
	return err
}

// labelNames returns a copy of Options.Labels in which the words are also found by fold.Name.
func labelNames(given map[string]string) map[string]string {
	labels := make(map[string]string, len(given))
	for _, word := range slices.Sorted(maps.Keys(given)) {
		if _, ok := labels[fold.Name(word)]; !ok {
			labels[fold.Name(word)] = given[word]
		}
	}
	maps.Copy(labels, given)
	return labels
}

// meaning returns the meaning of a heading. The extended fields come first, by exact name and then by squashed name;
// the recognized headings follow.
func (r *rules) meaning(name string, present map[string]bool) (meaning, bool) {
	exact := fold.Name(name)
	i := slices.IndexFunc(r.Fields, func(f contacts.Field) bool {
		return strings.EqualFold(exact, fold.Name(f.DisplayName)) || name == f.Key
	})
	if i < 0 {
		key := squash(name)
		i = slices.IndexFunc(r.Fields, func(f contacts.Field) bool {
			return key == squash(f.DisplayName) || key == squash(f.Key)
		})
	}
	if i >= 0 && !fold.Blank(name) {
		return meaning{kind: kindExtended, field: fieldValue, group: r.Fields[i].Key}, true
	}
	return recognize(name, present)
}
