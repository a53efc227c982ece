package vcardio

import (
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/vcard"
)

// Reader reads the cards of one text, once. It must not be used by several goroutines at the same time. It holds one
// card in memory, and needs no closing; the caller closes the source.
type Reader struct {
	cards *vcard.Reader
	rules *rules
	err   error // ended the reading
}

// NewReader returns a reader of the cards in r. It reads nothing yet, and then reads ahead. The options are copied; nil
// means the zero value. A text without any card has no rows.
//
// Errors: INVALID_ARGUMENT for invalid options.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	checked, err := newRules(opts)
	if err != nil {
		return nil, err
	}
	return &Reader{cards: vcard.NewReader(r, checked.config()), rules: checked}, nil
}

// Rows yields a row for each card, in the order of the file.
//
// For a card that is too large, for text outside of any card and, with [Options.Strict], for a card with a value that
// cannot be imported as it is, Rows yields a [*contacts.LineError] and a Row with only its Line set, and continues with
// the next card. Any other error is yielded last: INVALID_ARGUMENT for a file that is too large or has more than ten
// levels of cards (VCF-12), and errors of the source and of [Options.Picture]. After a break, another loop over Rows or
// [Reader.Contacts] resumes at the next card. The caller owns the rows.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for r.err == nil {
			row, err := r.next()
			if r.err != nil {
				break
			}
			if !yield(row, err) {
				return
			}
		}
		if r.err != io.EOF {
			yield(Row{}, r.err)
		}
	}
}

// Contacts yields the rows of [Reader.Rows] that have a contact and are not empty, ready for contacts.Store.Import.
// Errors, breaks and ownership are as with Rows.
func (r *Reader) Contacts() iter.Seq2[contacts.Row, error] {
	return func(yield func(contacts.Row, error) bool) {
		for row, err := range r.Rows() {
			if err == nil && (row.Contact == nil || row.Empty()) {
				continue
			}
			if !yield(row.Row, err) {
				return
			}
		}
	}
}

// next returns the next row, or its refusal. An error that ends the reading is in r.err.
func (r *Reader) next() (Row, error) {
	card, err := r.cards.Next()
	switch line, isLine := errors.AsType[*vcard.LineError](err); {
	case isLine:
		return refuse(line.Line, &contacts.Error{Err: line.Err})
	case err == vcard.ErrFileSize, err == vcard.ErrDepth:
		r.err = invalid(fmt.Errorf("line %d: %w", r.cards.Line(), err))
		return Row{}, nil
	case err != nil:
		r.err = err
		return Row{}, nil
	}
	b := r.rules.build(card)
	if b.err != nil {
		r.err = b.err
		return Row{}, nil
	}
	identify(&b.contact.Info)
	return b.finish(card.Line)
}

// refuse returns the row and the error for a card that cannot be imported.
func refuse(line int, err *contacts.Error) (Row, error) {
	err.Code = contacts.ErrInvalid
	return Row{Row: contacts.Row{Line: line}}, &contacts.LineError{Line: line, Err: err}
}

// invalid returns the error for bad options or a bad file.
func invalid(reason error) error { return &contacts.Error{Code: contacts.ErrInvalid, Err: reason} }
