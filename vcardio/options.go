package vcardio

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/text/encoding"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/vcard"
)

// Options configure a [Reader] and [Write]. What Write writes, a Reader with the same options reads. The zero value
// imports what a contact has a place for.
type Options struct {
	// Fields are extended fields. Properties such as NICKNAME are read into the field with a display name such as
	// "Nickname", or with the key custom.nickname; docs/vcard.md lists the names. The field "vCard", of type TEXT, keeps
	// all properties that have no other place. A value that does not fit the type of its field is left out.
	Fields []contacts.Field

	// MakeField returns the key of the TEXT field for a name that Fields lacks. It is called once for each name, when the
	// first value needs it. An error, or an empty key, leaves the value out with a remark. nil makes no fields. Write
	// does not call it.
	MakeField func(name string) (key string, err error)

	// Labels maps categories to labels. Space around a category, invisible characters and the Unicode normal form do not
	// count. The value is the key of a label in the store; "" skips the category without a remark.
	Labels map[string]string

	// MakeLabel returns the key of the label for a category that Labels lacks. It is called once for each category, and
	// again for those after the first 10,000. An error, or an empty key, leaves the category out with a remark. nil
	// makes no labels. Write does not call it.
	MakeLabel func(category string) (key string, err error)

	// IDs makes a UID that is a UUID the ID of its contact. A UID is otherwise the
	// extended field "UID".
	IDs bool

	// JoinNames puts prefixes and middle names into the first name, and suffixes into the last name. Otherwise they are
	// the extended fields "Name Prefix", "Middle Name" and "Name Suffix".
	JoinNames bool

	// Picture stores the bytes of a picture and returns its URL, "" to leave it out with a remark. An error ends the
	// reading. nil imports only pictures with a URL.
	Picture func(mediaType string, data []byte) (url string, err error)

	// Encoding is the character set of text that is not UTF-8 and names no character set. nil selects the one that
	// another property of the card names, or else windows-1252.
	Encoding encoding.Encoding

	// Strict refuses cards with values that cannot be imported as they are, which are otherwise left out with a remark.
	Strict bool

	// Limits bound what the file may hold.
	Limits Limits

	// Version is the version that Write writes, "3.0" or "4.0", default "3.0", which more programs read.
	Version string
}

// Limits bound a file. The zero value of a field selects its default. A card has at most 10,000 properties, and a
// property 100 parameters.
type Limits struct {
	FileBytes     int64 // default 1 GiB; more ends the reading with an error
	CardBytes     int   // default 32 MiB; a larger card is refused
	PropertyBytes int   // default 16 MiB; a longer property is left out with a remark
}

func (l Limits) withDefaults() (Limits, error) {
	if l.FileBytes < 0 || l.CardBytes < 0 || l.PropertyBytes < 0 {
		return l, errors.New("option Limits has a negative number")
	}
	return Limits{
		FileBytes: cmp.Or(l.FileBytes, 1<<30), CardBytes: cmp.Or(l.CardBytes, 32<<20),
		PropertyBytes: cmp.Or(l.PropertyBytes, 16<<20),
	}, nil
}

// rules are a checked copy of Options.
type rules struct {
	Options
	fields map[string]contacts.Field // Options.Fields by key
	named  map[string]string         // their keys by folded display name
	found  map[string]contacts.Field // by the name that was asked for; without a key if there is none
	labels map[string]string         // Options.Labels, in which words are also found by fold.Name; also those made
	words  map[string]string         // categories by key of a label
}

func newRules(opts *Options) (*rules, error) {
	if opts == nil {
		opts = &Options{}
	}
	r := &rules{
		Options: *opts, labels: make(map[string]string), words: make(map[string]string),
		fields: make(map[string]contacts.Field), named: make(map[string]string), found: make(map[string]contacts.Field),
	}
	if r.Version = cmp.Or(r.Version, version3); r.Version != version3 && r.Version != version4 {
		return nil, invalid(errors.New("option Version is neither 3.0 nor 4.0"))
	}
	var err error
	if r.Limits, err = opts.Limits.withDefaults(); err != nil {
		return nil, invalid(err)
	}
	for _, f := range opts.Fields {
		if !form.IsNewKey(f.Key) {
			return nil, invalid(fmt.Errorf("field %q has no valid key", f.DisplayName))
		}
		r.fields[f.Key] = f
		if name := foldedName(f.DisplayName); r.named[name] == "" {
			r.named[name] = f.Key
		}
	}
	for _, word := range slices.Sorted(maps.Keys(opts.Labels)) {
		key := opts.Labels[word]
		if _, ok := r.labels[fold.Name(word)]; !ok {
			r.labels[fold.Name(word)] = key
		}
		if _, ok := r.words[key]; !ok {
			r.words[key] = word
		}
	}
	maps.Copy(r.labels, opts.Labels)
	return r, nil
}

const (
	version3 = "3.0"
	version4 = "4.0"
)

func (r *rules) config() vcard.Config {
	return vcard.Config{
		File: r.Limits.FileBytes, Card: r.Limits.CardBytes, Property: r.Limits.PropertyBytes, Encoding: r.Encoding,
	}
}

func foldedName(name string) string { return fold.Case(fold.Name(name)) }

// rememberedMax is the number of names of fields and labels that are remembered: a file can have any number.
const rememberedMax = 10_000

// field returns the extended field with a name such as "Nickname". It can be one that a store is yet to define.
func (r *rules) field(name string) (contacts.Field, bool) {
	field, ok := r.found[name]
	if !ok {
		field = r.findField(name)
		if len(r.found) < rememberedMax {
			r.found[name] = field
		}
	}
	return field, field.Key != ""
}

func (r *rules) findField(name string) contacts.Field {
	for _, key := range []string{r.named[foldedName(name)], customKey(name)} {
		if field, ok := r.fields[key]; ok {
			return field
		}
	}
	return contacts.Field{Key: made(r.MakeField, name), DisplayName: name, DataType: contacts.DataText}
}

// made returns the key that a function of Options makes, "" if there is none or it is not valid.
func made(makeKey func(string) (string, error), name string) string {
	if makeKey == nil {
		return ""
	}
	key, err := makeKey(name)
	if err != nil || !form.IsNewKey(key) {
		return ""
	}
	return key
}

// label returns the key of the label for a category, "" to skip it.
func (r *rules) label(category string) (key string, ok bool) {
	if key, ok = r.labels[category]; ok {
		return key, true
	}
	if key, ok = r.labels[fold.Name(category)]; ok {
		return key, true
	}
	key = made(r.MakeLabel, category)
	if key != "" && len(r.labels) < rememberedMax {
		r.labels[category] = key
	}
	return key, key != ""
}

const customNamespace = form.Custom + "."

// customKey returns the key that a store gives to a label or a field with this name (LBL-6).
func customKey(name string) string {
	return customNamespace + form.CutSlug(form.Slug(name), form.Key-len(customNamespace))
}
