package csvio

import (
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/form"
)

// labelCell is a cell of a column of labels.
type labelCell struct {
	column int
	text   string
}

// ownLabels are groups that Google gives to every contact. They make no labels.
var ownLabels = map[string]bool{"* myContacts": true, "* Other Contacts": true, "* other contacts": true}

// labelKeys translates the words in the label columns to keys. Google separates words with " ::: ", Outlook and the
// service with ";", other programs with commas, which may also be part of a name.
func (b *builder) labelKeys() {
	for _, c := range b.words {
		text := strings.ReplaceAll(c.text, separator, ";")
		for part := range strings.SplitSeq(text, ";") {
			if own := fold.Trimmed(part); own == "" || b.labelKey(own) {
				continue
			}
			for word := range strings.SplitSeq(part, ",") {
				b.newLabel(c.column, fold.Trimmed(word))
			}
		}
	}
}

// labelKey adds the label that Options.Labels has for a word, and reports whether it has one.
func (b *builder) labelKey(word string) bool {
	plain := unquotedLabel(word)
	for _, name := range []string{plain, fold.Name(plain)} {
		if key, ok := b.rules.labels[name]; ok {
			b.addLabel(key)
			return true
		}
	}
	return false
}

func (b *builder) addLabel(key string) {
	if keys := &b.contact.Info.LabelKeys; key != "" && !slices.Contains(*keys, key) {
		*keys = append(*keys, key)
	}
}

// newLabel adds the label that Options has or makes for a word.
func (b *builder) newLabel(col int, word string) {
	plain := unquotedLabel(word)
	switch {
	case plain == "" || b.labelKey(word) || ownLabels[word]:
		return
	case b.rules.MakeLabel == nil:
		b.remark(col, NotImported, UnknownLabel)
		return
	case len(b.contact.Info.LabelKeys) >= form.Labels:
		b.remark(col, NotImported, TooMany)
		return
	}
	if key := b.made("label", plain, b.rules.MakeLabel); key != "" {
		b.addLabel(key)
	} else {
		b.remark(col, NotImported, UnknownLabel)
	}
}

// unquotedLabel returns a word without Google's star and Mailchimp's quotes.
func unquotedLabel(word string) string {
	word = fold.Trimmed(strings.TrimPrefix(word, "* "))
	if inside, ok := strings.CutPrefix(word, `"`); ok {
		if inside, ok = strings.CutSuffix(inside, `"`); ok {
			return fold.Trimmed(inside)
		}
	}
	return word
}

// made returns the key that a function of the options makes for a name, which it calls once.
func (b *builder) made(kind, name string, makeKey func(string) (string, error)) string {
	const kept = 10_000 // names: memory must not grow with the file
	key, ok := b.keys[kind+name]
	if ok {
		return key
	}
	key, err := makeKey(name)
	if err != nil {
		key = ""
	}
	if len(b.keys) >= kept {
		clear(b.keys)
	}
	b.keys[kind+name] = key
	return key
}
