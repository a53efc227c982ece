package legacy

import (
	"context"
	"strconv"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/fold"
)

const (
	pageSizeDefault = 25
	pageSizeMax     = 500
)

// GetContactsOptions are the options of [API.GetContacts]. In JSON, label is one label or an array of them.
type GetContactsOptions struct {
	// Labels restricts the list to contacts that carry at least one of the labels; an empty list means all contacts. A
	// label is given by its name in any case, by its key or by its legacy ID: Customers, customers, contacts.customers
	// (LEG-8).
	Labels []string

	// PageSize is the number of contacts per page, 1 to 500, default 25.
	PageSize int
}

// GetContacts returns a cursor at the first page of the contacts, newest first. A nil opts means defaults.
//
// Errors, in the order of the checks: FORBIDDEN, BAD_REQUEST with all violations of opts, WIX_ERROR.
func (a *API) GetContacts(ctx context.Context, opts *GetContactsOptions) (*Cursor, error) {
	if opts == nil {
		opts = &GetContactsOptions{}
	}
	c := &Cursor{api: a, size: opts.PageSize}
	if c.size == 0 {
		c.size = pageSizeDefault
	}
	v := &validator{}
	for i, label := range opts.Labels {
		v.required("options.label["+strconv.Itoa(i)+"]", label, 0)
	}
	if c.size < 1 {
		v.add(contacts.Violation{Field: "options.pageSize", Rule: contacts.RuleMin, Threshold: 1})
	}
	if c.size > pageSizeMax {
		v.add(contacts.Violation{Field: "options.pageSize", Rule: contacts.RuleMax, Threshold: pageSizeMax})
	}
	if err := a.permit(ctx, MethodGetContacts); err != nil {
		return nil, err
	}
	if err := refused(ErrBadRequest, v.violations); err != nil {
		return nil, err
	}
	c.query.Sort = []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}}
	if len(opts.Labels) > 0 {
		c.query.Filter = contacts.HasSome("info.labelKeys", labelKeys(a.store.Snapshot(), opts.Labels)...)
	}
	page, err := c.read(ctx, "")
	if err != nil {
		return nil, err
	}
	c.page = page
	return c, nil
}

// labelKeys returns the keys of the selected labels. There may be none, and a filter for none of the labels matches no
// contact.
func labelKeys(sn *contacts.Snapshot, labels []string) []string {
	exact, names := make(map[string]bool), make(map[string]bool)
	for _, text := range labels {
		exact[text], names[nameKey(text)] = true, true
	}
	var keys []string
	for label := range sn.Labels() {
		if exact[label.Key] || exact[label.LegacyID] || names[nameKey(label.DisplayName)] {
			keys = append(keys, label.Key)
		}
	}
	return keys
}

// nameKey returns the form in which the names of labels are compared.
func nameKey(name string) string { return fold.Case(fold.Name(name)) }

// Cursor is at one page of a list of contacts, like the WixDataCursor. [Cursor.Next] and [Cursor.Previous] move it.
// Concurrent writes make it neither skip nor repeat a contact; see LEG-10. It must not be used by several goroutines at
// the same time, and needs no closing.
type Cursor struct {
	api   *API
	query contacts.Query
	size  int
	page  contacts.Page[*contacts.Contact]
}

// Data returns the contacts of the page, newest first. The caller owns them.
func (c *Cursor) Data() []Contact {
	data := make([]Contact, len(c.page.Items))
	for i, contact := range c.page.Items {
		data[i] = show(contact)
	}
	return data
}

// PageSize returns the number of contacts per page; the last page may have fewer.
func (c *Cursor) PageSize() int { return c.size }

// Total returns the number of contacts in the whole list when the page was read.
func (c *Cursor) Total() int { return c.page.Total }

// HasNext reports whether older contacts follow.
func (c *Cursor) HasNext() bool { return c.page.Next != "" }

// HasPrevious reports whether newer contacts precede the page.
func (c *Cursor) HasPrevious() bool { return c.page.Previous != "" }

// Next moves the cursor to the next page and returns its contacts. On the last page it returns an empty, non-nil list
// and does not move. It does not move on an error either.
//
// Errors: FORBIDDEN, WIX_ERROR.
func (c *Cursor) Next(ctx context.Context) ([]Contact, error) { return c.move(ctx, &c.page.Next) }

// Previous moves the cursor to the previous page and returns its contacts. On the first page it returns an empty,
// non-nil list and does not move. It does not move on an error either.
//
// Errors: FORBIDDEN, WIX_ERROR.
func (c *Cursor) Previous(ctx context.Context) ([]Contact, error) {
	return c.move(ctx, &c.page.Previous)
}

func (c *Cursor) move(ctx context.Context, to *string) ([]Contact, error) {
	if err := c.api.permit(ctx, MethodGetContacts); err != nil {
		return nil, err
	}
	if *to == "" {
		return []Contact{}, nil
	}
	page, err := c.read(ctx, *to)
	if err != nil {
		return nil, err
	}
	if len(page.Items) == 0 {
		// The contacts there are gone. An empty page has no cursor back, so this cursor stays on its page.
		*to, c.page.Total = "", page.Total
		return []Contact{}, nil
	}
	c.page = page
	return c.Data(), nil
}

func (c *Cursor) read(ctx context.Context, at string) (contacts.Page[*contacts.Contact], error) {
	page, err := c.api.store.List(ctx, c.query, &contacts.ListOptions{Limit: c.size, Cursor: at})
	if err != nil {
		return contacts.Page[*contacts.Contact]{}, failure(err)
	}
	return page, nil
}
