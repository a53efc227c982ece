package httpapi

import (
	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

func (c *call) createContact() (reply, error) {
	type request struct {
		info            contacts.Info
		allowDuplicates bool
	}
	in, err := readBody(c, func(b body) request { return request{b.info(), b.Bool("allowDuplicates")} })
	if err != nil {
		return nil, err
	}
	return contactReply(c.store().Create(c.ctx(), in.info, &contacts.CreateOptions{
		AllowDuplicates: in.allowDuplicates, Source: c.h.opts.Identify(c.asked).Source,
	}))
}

// contactReply returns the reply of the methods that return a contact.
func contactReply(contact *contacts.Contact, err error) (reply, error) {
	if err != nil {
		return nil, err
	}
	return reply{{"contact", contact}}, nil
}

func (c *call) getContact() (reply, error) {
	id := c.id("id")
	opts := &contacts.GetOptions{Fields: c.list("fields"), Fieldsets: c.fieldsets()}
	if err := c.checked(); err != nil {
		return nil, err
	}
	found, err := c.store().Get(c.ctx(), id, opts)
	if err != nil {
		return nil, err
	}
	kind := "REGULAR"
	if found.ID != id {
		kind = "MERGED"
	}
	return reply{{"contact", found}, {"responseType", kind}}, nil
}

func (c *call) updateContact() (reply, error) {
	type request struct {
		revision        int
		patch           contacts.Patch
		allowDuplicates bool
	}
	id := c.id("contactId")
	in, err := readBody(c, func(b body) request {
		return request{b.revision("revision"), b.patch(), b.Bool("allowDuplicates")}
	})
	if err != nil {
		return nil, err
	}
	return contactReply(c.store().Update(c.ctx(), id, in.revision, in.patch, &contacts.UpdateOptions{
		AllowDuplicates: in.allowDuplicates,
	}))
}

func (c *call) deleteContact() (reply, error) {
	id := c.id("contactId")
	if err := c.checked(); err != nil {
		return nil, err
	}
	return reply{}, c.store().Delete(c.ctx(), id)
}

func (c *call) listContacts() (reply, error) {
	p := c.paging()
	q := contacts.Query{Sort: c.sorts()}
	opts := &contacts.ListOptions{
		Limit: p.limit, Offset: p.offset, Fields: c.list("fields"), Fieldsets: c.fieldsets(),
	}
	if err := c.checked(); err != nil {
		return nil, err
	}
	out, err := c.pageOfContacts(q, opts, p)
	return out, c.placed("", err)
}

func (c *call) queryContacts() (reply, error) {
	type request struct {
		query  contacts.Query
		opts   contacts.ListOptions
		paging paging
	}
	in, err := readBody(c, func(b body) request {
		q := b.at("query")
		p := q.paging()
		return request{
			query: contacts.Query{Filter: q.filter("filter"), Sort: q.sorts(), Search: b.Text("search")},
			opts: contacts.ListOptions{
				Limit: p.limit, Offset: p.offset, OmitTotal: b.Bool("omitTotal"),
				Fields: q.texts("fields"), Fieldsets: fieldsetsOf(q.texts("fieldsets")),
			},
			paging: p,
		}
	})
	if err != nil {
		return nil, err
	}
	out, err := c.pageOfContacts(in.query, &in.opts, in.paging)
	return out, c.placed("query", err)
}

func (c *call) pageOfContacts(q contacts.Query, opts *contacts.ListOptions, p paging) (reply, error) {
	found, err := c.store().List(c.ctx(), q, opts)
	return pageReply("contacts", found, p, "pagingMetadata", err)
}

func (c *call) listFacets() (reply, error) {
	p := c.paging()
	omitCount := c.boolean("omitCount")
	if err := c.checked(); err != nil {
		return nil, err
	}
	return c.pageOfFacets(contacts.Filter{}, p, omitCount)
}

func (c *call) queryFacets() (reply, error) {
	type request struct {
		filter    contacts.Filter
		paging    paging
		omitCount bool
	}
	in, err := readBody(c, func(b body) request {
		return request{b.filter("filter", "queryFilter"), b.paging(), b.Bool("omitCount")}
	})
	if err != nil {
		return nil, err
	}
	return c.pageOfFacets(in.filter, in.paging, in.omitCount)
}

func (c *call) pageOfFacets(filter contacts.Filter, p paging, omitCount bool) (reply, error) {
	found, err := c.store().Facets(c.ctx(), filter, &contacts.FacetOptions{
		Limit: p.limit, Offset: p.offset, OmitCount: omitCount || p.none,
	})
	return pageReply("facets", found, p, "pagingMetadata", err)
}

func (c *call) labelContact() (reply, error) {
	id := c.id("contactId")
	keys, err := readBody(c, func(b body) []string { return b.texts("labelKeys") })
	if err != nil {
		return nil, err
	}
	return contactReply(c.store().Label(c.ctx(), id, keys...))
}

// unlabelContact reads keys from the query, as the client sends them, and from the body.
func (c *call) unlabelContact() (reply, error) {
	id := c.id("contactId")
	keys := c.list("labelKeys")
	more, err := readBody(c, func(b body) []string { return b.texts("labelKeys") })
	if err != nil {
		return nil, err
	}
	return contactReply(c.store().Unlabel(c.ctx(), id, append(keys, more...)...))
}

func (c *call) mergeContacts() (reply, error) {
	type request struct {
		revision int
		sources  []uuid.UUID
	}
	id := c.id("targetContactId")
	in, err := readBody(c, func(b body) request {
		return request{b.revision("targetContactRevision"), b.sources()}
	})
	if err != nil {
		return nil, err
	}
	return contactReply(c.store().Merge(c.ctx(), id, in.revision, in.sources, nil))
}

func (c *call) previewMerge() (reply, error) {
	id := c.id("targetContactId")
	sources, err := readBody(c, body.sources)
	if err != nil {
		return nil, err
	}
	plan, err := c.store().PreviewMerge(c.ctx(), id, sources)
	if err != nil {
		return nil, err
	}
	return contactReply(plan.Contact, plan.Err())
}
