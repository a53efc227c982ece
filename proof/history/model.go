package history

import (
	"context"
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const (
	clients      = 8
	callsEach    = 6
	contactsMost = 17 // in one history
)

// Store has the methods that the histories call.
type Store interface {
	Create(context.Context, contacts.Info, *contacts.CreateOptions) (*contacts.Contact, error)
	Get(context.Context, uuid.UUID, *contacts.GetOptions) (*contacts.Contact, error)
	Update(context.Context, uuid.UUID, int, contacts.Patch, *contacts.UpdateOptions) (*contacts.Contact, error)
	Delete(context.Context, uuid.UUID) error
	Label(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Unlabel(context.Context, uuid.UUID, ...string) (*contacts.Contact, error)
	Merge(context.Context, uuid.UUID, int, []uuid.UUID, *contacts.MergeOptions) (*contacts.Contact, error)
	Snapshot() *contacts.Snapshot
}

// The sequential model. A state is small and can be compared with ==, because the checker keeps many of them.

// Contact is the part of a contact that the histories compare.
type Contact struct {
	id       uuid.UUID
	revision int
	company  string
	primary  string // the primary email
	emails   uint8  // a bit for each email
	label    bool
}

type slot struct {
	Contact
	gone bool
	into uuid.UUID // the target of its merge
}

type state struct {
	slots    [contactsMost]slot // in the order of creation
	n        int
	position contacts.Position
}

// call is a request of a client.
type call struct {
	method   string
	id       uuid.UUID
	revision int
	sources  []uuid.UUID
	company  string
	email    string // of Create, and of Update if it sets one
}

// reply is the answer to a call.
type reply struct {
	code     contacts.Code
	contact  Contact
	all      []Contact // of a snapshot
	position contacts.Position
}

var historyEmails = []string{"a@x.io", "b@x.io", "c@x.io", "d@x.io"}

const historyLabel = "contacts.customers"

func (s *state) live(id uuid.UUID) *slot {
	for i := range s.slots[:s.n] {
		if s.slots[i].id == id && !s.slots[i].gone {
			return &s.slots[i]
		}
	}
	return nil
}

// resolve follows merges.
func (s *state) resolve(id uuid.UUID) *slot {
	for i := 0; i < s.n; i++ {
		if s.slots[i].id != id {
			continue
		}
		if !s.slots[i].gone {
			return &s.slots[i]
		}
		if s.slots[i].into == uuid.Nil {
			return nil
		}
		id, i = s.slots[i].into, -1
	}
	return nil
}

func bitOf(email string) uint8 {
	if email == "" {
		return 0
	}
	return 1 << slices.Index(historyEmails, email)
}

// taken reports whether another contact has the primary email (DUP-1).
func (s *state) taken(email string, self uuid.UUID) bool {
	for _, c := range s.slots[:s.n] {
		if !c.gone && c.id != self && email != "" && c.primary == email {
			return true
		}
	}
	return false
}

// step makes a call on a copy of the state, and reports whether it can give that reply.
func (s state) step(in call, out reply) (bool, state) {
	refused := func(code contacts.Code) (bool, state) { return out.code == code, s }
	wrote := func(c Contact) (bool, state) {
		s.position++
		return out.code == "" && out.contact == c, s
	}
	switch in.method {
	case "snapshot":
		var all []Contact
		for _, c := range s.slots[:s.n] {
			if !c.gone {
				all = append(all, c.Contact)
			}
		}
		return slices.Equal(all, out.all) && s.position == out.position, s
	case "create":
		if s.taken(in.email, uuid.Nil) {
			return refused(contacts.ErrDuplicate)
		}
		c := Contact{id: out.contact.id, revision: 1, company: in.company, primary: in.email, emails: bitOf(in.email)}
		if s.n == contactsMost || c.id == uuid.Nil || s.resolve(c.id) != nil {
			return false, s
		}
		s.slots[s.n] = slot{Contact: c}
		s.n++
		return wrote(c)
	case "get":
		if c := s.resolve(in.id); c != nil {
			return out.code == "" && out.contact == c.Contact, s
		}
		return refused(contacts.ErrContactNotFound)
	}
	c := s.live(in.id)
	if c == nil {
		return refused(contacts.ErrContactNotFound)
	}
	switch in.method {
	case "update":
		if c.revision != in.revision {
			return refused(contacts.ErrAlreadyChanged)
		}
		if in.email != "" {
			if in.email != c.primary && s.taken(in.email, c.id) {
				return refused(contacts.ErrDuplicate)
			}
			c.primary, c.emails = in.email, bitOf(in.email)
		}
		c.company = in.company
		c.revision++
		return wrote(c.Contact)
	case "delete":
		c.gone = true
		return wrote(Contact{})
	case "label", "unlabel":
		c.label = in.method == "label"
		c.revision++
		return wrote(c.Contact)
	default: // merge
		for _, id := range in.sources {
			if s.live(id) == nil {
				return refused(contacts.ErrContactNotFound)
			}
		}
		for i, id := range in.sources {
			if id == in.id || slices.Contains(in.sources[:i], id) {
				return refused(contacts.ErrIllegalMerge)
			}
		}
		if c.revision != in.revision {
			return refused(contacts.ErrAlreadyChanged)
		}
		for _, id := range in.sources {
			source := s.live(id)
			source.gone, source.into = true, in.id
			if c.primary == "" {
				c.primary = source.primary
			}
			if c.company == "" {
				c.company = source.company
			}
			c.emails |= source.emails
			c.label = c.label || source.label
		}
		c.revision++
		return wrote(c.Contact)
	}
}

var sequential = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) {
		ok, next := s.(state).step(in.(call), out.(reply))
		return ok, next
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%+v -> %+v", in, out) },
}

// Show returns the part of a contact that the histories compare.
func Show(c *contacts.Contact) Contact {
	out := Contact{
		id: c.ID, revision: c.Revision, company: c.Info.Company, primary: c.PrimaryInfo.Email,
		label: slices.Contains(c.Info.LabelKeys, historyLabel),
	}
	for _, e := range c.Info.Emails {
		out.emails |= bitOf(e.Address)
	}
	return out
}
