package contacts

import (
	"reflect"

	"github.com/contactsdb/contacts/internal/words"
)

// Fork returns a writable copy of the store in its current state. It takes constant time and memory, and neither store
// sees the writes of the other (STO-7). The fork has the options of the store, after its Options.OnFork has adapted
// them: without that function, both draw times and IDs from the same functions. The feed of the fork begins at the
// current position, and it has no log. A fork of a closed store is closed.
func (s *Store) Fork() *Store { return s.fork(s.opts.forFork(), s.Snapshot()) }

// ForkWith is Fork with options of the fork's own. Fields of opts that are zero have the values that they have in a
// fork, so booleans can be set but not cleared (STO-11). With another Region, contacts keep the forms of their phones
// until a write changes these. A nil opts changes nothing. ForkWith keeps a copy of opts.
//
// Errors: INVALID_ARGUMENT (VAL-1).
func (s *Store) ForkWith(opts *Options) (*Store, error) {
	forked := *s.opts.forFork()
	if opts != nil {
		forked.replace(opts)
	}
	o, err := forked.checked()
	if err != nil {
		return nil, err
	}
	return s.fork(o, s.Snapshot()), nil
}

func (s *Store) fork(o *Options, start *Snapshot) *Store {
	if o.NewestFirst != start.newestFirst {
		start = start.clone()
		start.newestFirst = o.NewestFirst
	}
	phones := s.phones
	if o.Region != phones.region {
		phones = newPhoneParser(o.Region)
	}
	f := newStore(o, phones, start)
	f.lastPeople = &words.Last[*record]{} // does not keep its contacts in memory for s
	if s.isClosed() {
		f.end()
	}
	return f
}

// forFork returns the options of a fork (STO-11). OnFork may replace functions only: the other fields have been
// checked.
func (opts *Options) forFork() *Options {
	if opts.OnFork == nil {
		return opts
	}
	given, o := *opts, *opts
	opts.OnFork(&given)
	if given.Now != nil {
		o.Now = given.Now
	}
	if given.NewID != nil {
		o.NewID = given.NewID
	}
	o.OnFork = given.OnFork
	return &o
}

// replace sets the fields that are set in other.
func (opts *Options) replace(other *Options) {
	to, from := reflect.ValueOf(opts).Elem(), reflect.ValueOf(other).Elem()
	for i := range to.NumField() {
		if to.Type().Field(i).IsExported() && !from.Field(i).IsZero() {
			to.Field(i).Set(from.Field(i))
		}
	}
}
