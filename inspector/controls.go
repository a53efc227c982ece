package inspector

import (
	"errors"
	"net/http"
	"time"

	"github.com/contactsdb/contacts"
)

// Controls are what the page of the state of a store can do for a test: save and restore states, fork the store and
// move its clock. The methods must be safe for concurrent use. Their errors are shown, so they must have no values of
// contacts.
type Controls interface {
	// Stores lists the stores that the program serves.
	Stores() []StoreLink
	// States lists the names of the saved states.
	States() []string
	// Save keeps the present state of the store under a name.
	Save(name string) error
	// Restore replaces the contents of the store by a state. The next request may reach another handler.
	Restore(name string) error
	// Fork makes a copy of the store, under a name or, if it is empty, one that the program chooses, and returns the path
	// of its inspector.
	Fork(name string) (path string, err error)
	// Now returns the time of the clock of the store.
	Now() time.Time
	// Advance moves the clock of the store. The duration may be negative.
	Advance(by time.Duration) error
}

// StoreLink leads to the inspector of a store.
type StoreLink struct {
	Name    string
	Path    string // of its inspector, ending in a slash
	Current bool   // it is the store of these Controls
}

// controlled answers a form of the controls.
func (v *visit) controlled(word string, err error) error {
	if err == nil {
		v.redirect("../state?done=" + word)
		return nil
	}
	return v.showState(http.StatusBadRequest, problem("Nothing was changed.", err))
}

func (v *visit) saveState() error {
	return v.controlled("saved", v.opts.Controls.Save(v.posted("name")))
}

func (v *visit) restoreState() error {
	return v.controlled("restored", v.opts.Controls.Restore(v.posted("name")))
}

func (v *visit) forkStore() error {
	path, err := v.opts.Controls.Fork(v.posted("name"))
	if err != nil {
		return v.controlled("", err)
	}
	v.redirect(path + "state")
	return nil
}

// errDuration is the error of a text that is no duration.
var errDuration = &contacts.Error{
	Code: contacts.ErrInvalid, Err: errors.New("the time must be a duration, such as 90m or 24h"),
	Violations: []contacts.Violation{{Field: "by", Rule: contacts.RuleFormat, Format: "DURATION"}},
}

func (v *visit) advanceClock() error {
	by, err := time.ParseDuration(v.posted("by"))
	if err != nil {
		return v.controlled("", errDuration)
	}
	return v.controlled("advanced", v.opts.Controls.Advance(by))
}
