package daemon

import (
	"errors"
	"flag"
	"net/http"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/inspector"
)

// inspectorPath is where the pages are, below the path of their store.
const inspectorPath = "/_inspector/"

// inspectorFlags declares the flags about the pages.
func (o *options) inspectorFlags(flags *flag.FlagSet) {
	flags.BoolVar(&o.inspector, "inspector", false,
		"serve pages that show the store, at the path /_inspector/: contacts, duplicates, labels, the\n"+
			"feed and numbers. Whoever can use the API can see them; a browser asks for a name and a\n"+
			"password, which is the token. They change nothing, except that with -control they also\n"+
			"save and restore states, fork the store and move its clock")
	flags.BoolVar(&o.inspectorWrite, "inspector-write", false,
		"with -inspector, let the pages merge contacts and change labels and extended fields")
}

func (o *options) checkInspector() error {
	if o.inspectorWrite && !o.inspector {
		return errors.New("-inspector-write needs -inspector")
	}
	return nil
}

// pages are the handlers of the pages about a store, none unless -inspector asks for them.
func (d *daemon) pages(store *contacts.Store, controls inspector.Controls) byPath {
	if !d.inspector {
		return byPath{}
	}
	withoutSlash := inspectorPath[:len(inspectorPath)-1]
	pages := http.StripPrefix(withoutSlash, inspector.Handler(store, &inspector.Options{
		Authorize: d.authorizePage, Write: d.inspectorWrite, Controls: controls, Logger: d.log,
	}))
	return byPath{withoutSlash: pages, inspectorPath: pages}
}

// authorizePage accepts the requests that the API accepts. A browser can send the token only as a password.
func (d *daemon) authorizePage(r *http.Request, p inspector.Permission) error {
	if d.authorize == nil {
		return nil
	}
	if _, password, ok := r.BasicAuth(); ok && d.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+password)
	}
	return d.authorize(r, httpapi.Permission(p))
}

// storeControls are what the pages about a store of -control can do.
type storeControls struct {
	*control
	name string
}

func inspectorOf(name string) string {
	if name == mainStore {
		return inspectorPath
	}
	return storesPath + name + inspectorPath
}

func (s storeControls) Stores() []inspector.StoreLink {
	var links []inspector.StoreLink
	for _, l := range s.all() {
		links = append(links, inspector.StoreLink{Name: l.name, Path: inspectorOf(l.name), Current: l.name == s.name})
	}
	return links
}

func (s storeControls) States() []string { return s.stateNames() }

func (s storeControls) Save(name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return s.save(name, s.name)
}

func (s storeControls) Restore(name string) error {
	_, err := s.restore(s.name, name)
	return err
}

func (s storeControls) Fork(name string) (path string, err error) {
	if name != "" {
		if err := checkName(name); err != nil {
			return "", err
		}
	}
	l, err := s.fork(name, s.name, "")
	if err != nil {
		return "", err
	}
	return inspectorOf(l.name), nil
}

func (s storeControls) Now() time.Time {
	l, err := s.find(s.name)
	if err != nil { // the store was removed during the request
		return time.Time{}
	}
	return l.clock.Now()
}

func (s storeControls) Advance(by time.Duration) error {
	if by == 0 {
		return violation("by", "DURATION")
	}
	l, err := s.find(s.name)
	if err != nil {
		return err
	}
	return l.move(time.Time{}, by)
}
