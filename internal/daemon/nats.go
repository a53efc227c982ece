package daemon

import (
	"context"
	"errors"
	"flag"
	"math"
	"regexp"

	"github.com/contactsdb/contacts"
)

// NATS are the flags about the log of a store that several programs share.
type NATS struct {
	URL      string // of one server or more, separated by commas; may contain a password
	Site     string // the name of the log
	Creds    string // a file; "": none
	Replicas int    // of a stream that is created; 0: the default of package natslog
}

// SharedLog is what the program needs of a log that several programs share. A confirmed entry is durable.
type SharedLog interface {
	contacts.Log
	contacts.Snapshotter
}

// natsFlags declares the flags about a shared log.
func (o *options) natsFlags(flags *flag.FlagSet) {
	flags.Func("nats", "keep the store in a stream of the NATS server at `URL`, or of several separated by commas:\n"+
		"every contactsd with the same -site serves the same store, and each may write. Needs\n"+
		"-site, and a build that has it: see docs/durability.md. Not with -data or -save", notEmpty(&o.nats.URL))
	flags.Func("site", "with -nats, the `NAME` of the store: letters, digits, hyphens and underscores", o.setSite)
	flags.Func("nats-creds", "with -nats, the `FILE` with the credentials of the user", notEmpty(&o.nats.Creds))
	flags.Func("nats-replicas", "with -nats, keep a stream that has to be created on `N` servers: 1, 3 (default) or 5",
		o.setReplicas)
}

var siteName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

func (o *options) setSite(text string) error {
	if !siteName.MatchString(text) {
		return errors.New("must be 1 to 100 letters, digits, hyphens and underscores")
	}
	o.nats.Site = text
	return nil
}

func (o *options) setReplicas(text string) error {
	n, ok := map[string]int{"1": 1, "3": 3, "5": 5}[text]
	if !ok {
		return errors.New("must be 1, 3 or 5")
	}
	o.nats.Replicas = n
	return nil
}

// checkNATS checks the flags about a shared log.
func (o *options) checkNATS() error {
	switch n := o.nats; {
	case n.URL == "" && n != NATS{}:
		return errors.New("-site, -nats-creds and -nats-replicas need -nats")
	case n.URL == "":
		return nil
	case n.Site == "":
		return errors.New("-nats needs -site, the name of the store")
	case o.data != "" || o.save != "" || o.control != "":
		return errors.New("-nats excludes -data, -save and -control")
	case o.seed != nil:
		return errors.New("-nats excludes -seed: each program would make the same IDs")
	default:
		return nil
	}
}

// checkStateFile checks that deliveries of a shared store can continue after a restart: it has no directory.
func (o *options) checkStateFile() error {
	switch {
	case o.nats.URL != "" && o.url != "" && o.stateFile == "":
		return errors.New("-webhook with -nats needs -webhook-state, a file of this program")
	case o.nats.URL == "" && o.stateFile != "":
		return errors.New("-webhook-state needs -nats: the directory of -data has the state")
	default:
		return nil
	}
}

// errNoNATS is the answer to -nats of a build without a client.
var errNoNATS = errors.New("this build has no NATS client; to build one that has, run " +
	"go build -C natslog/contactsd -o ../../contactsd-nats . in a clone of the repository")

// openSite opens the log of -nats.
func (d *daemon) openSite(ctx context.Context) (storeLog, error) {
	if d.openNATS == nil {
		return nil, errNoNATS
	}
	log, err := d.openNATS(ctx, d.nats)
	if err != nil {
		return nil, err
	}
	return synced{log}, nil
}

// synced is a log whose entries are durable once they are confirmed.
type synced struct{ SharedLog }

// Sync does nothing.
func (synced) Sync(context.Context) error { return nil }

// reportFailure reports when a store can no longer follow its shared log, also if no one writes.
func (d *daemon) reportFailure(s *contacts.Store) {
	err := s.WaitFor(context.Background(), math.MaxUint64)
	if e, ok := errors.AsType[*contacts.Error](err); ok && e.Code == contacts.ErrReadOnly {
		d.watched.report(e.Err)
	}
}
