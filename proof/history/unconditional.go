package history

import (
	"context"
	"errors"

	"github.com/contactsdb/contacts"
)

// Unconditional breaks a log: it has no compare-and-set, and adds an entry behind whatever is the last one. A check of
// stores that share such a log must fail.
func Unconditional(log contacts.Log) contacts.Log { return unconditional{log} }

type unconditional struct{ contacts.Log }

func (l unconditional) Append(ctx context.Context, after contacts.Seq, data []byte) (contacts.Seq, error) {
	for {
		seq, err := l.Log.Append(ctx, after, data)
		if !errors.Is(err, contacts.ErrLogConflict) {
			return seq, err
		}
		if after, err = l.Last(ctx); err != nil {
			return 0, err
		}
	}
}
