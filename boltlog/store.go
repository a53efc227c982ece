package boltlog

import (
	"context"

	"github.com/contactsdb/contacts"
)

// OpenStore opens the store whose log is in a directory, and creates both if they do not exist: [Open], followed by
// [contacts.Open]. With Options.ReadOnly it opens a replica, which shows the store as it is in the directory. Closing
// the store closes the log. Nil options select the defaults.
//
// Errors: those of [Open] and [contacts.Open].
func OpenStore(
	ctx context.Context, dir string, opts *Options, storeOpts *contacts.Options,
) (*contacts.Store, error) {
	log, err := Open(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	if opts != nil && opts.ReadOnly {
		return contacts.OpenReplica(ctx, log, storeOpts)
	}
	return contacts.Open(ctx, log, storeOpts)
}
