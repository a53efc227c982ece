package httpapi

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file reads what is in the URL of a request: its path and its query.

// id reads the ID in the path; the name is what the API calls it there.
func (c *call) id(name string) uuid.UUID {
	id, ok := wire.ParseGUID(c.r.PathValue("id"))
	if !ok {
		c.format(name, contacts.FormatGUID)
	}
	return id
}

const keyMax = 80 // characters

// key reads the key of a label or an extended field in the path. The client does not escape it, so it may have slashes.
func (c *call) key(name string) string {
	key := c.r.PathValue("key")
	switch n := utf8.RuneCountInString(key); {
	case n == 0:
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMinLength, Threshold: 1})
	case n > keyMax:
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMaxLength, Threshold: keyMax})
	}
	return key
}

// formatQuery is the format of the query of a URL.
const formatQuery contacts.Format = "QUERY"

// values returns all values of a parameter.
func (c *call) values(name string) []string {
	if c.query == nil {
		var err error
		if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
			c.format("query", formatQuery)
		}
	}
	return c.query[name]
}

// param returns the value of a parameter that there may be one of.
func (c *call) param(name string) (string, bool) {
	values := c.values(name)
	if len(values) == 0 {
		return "", false
	}
	if len(values) > 1 {
		c.violate(contacts.Violation{Field: name, Rule: contacts.RuleMaxSize, Threshold: 1})
	}
	return values[0], true
}

func (c *call) text(name string) string {
	text, _ := c.param(name)
	return text
}

// integer reads a number of 32 bits.
func (c *call) integer(name string) (n int, given bool) {
	text, given := c.param(name)
	if !given {
		return 0, false
	}
	n, ok := wire.ParseInteger(text)
	if !ok {
		c.format(name, contacts.FormatInteger)
	}
	return n, true
}

func (c *call) boolean(name string) bool {
	text, given := c.param(name)
	if given && text != "true" && text != "false" {
		c.format(name, contacts.FormatBoolean)
	}
	return text == "true"
}

// list returns the items of a parameter, which is repeated or has commas between them (HTTP-4).
func (c *call) list(name string) []string {
	var items []string
	for _, value := range c.values(name) {
		items = append(items, strings.Split(value, ",")...)
	}
	return items
}

func (c *call) paging() paging {
	limit, given := c.integer("paging.limit")
	offset, _ := c.integer("paging.offset")
	return newPaging(limit, given, offset)
}

// sorts reads what to sort by.
func (c *call) sorts() []contacts.Sort {
	field, byField := c.param("sort.fieldName")
	order, ordered := c.param("sort.order")
	if !byField && !ordered {
		return nil
	}
	c.oneSort = true
	return []contacts.Sort{{Field: field, Order: contacts.SortOrder(order)}}
}

// paging is which part of a list is asked for.
type paging struct {
	limit, offset int
	none          bool // a limit of 0: no items, but their total
}

func newPaging(limit int, given bool, offset int) paging {
	if given && limit == 0 {
		return paging{limit: 1, offset: offset, none: true} // 0 is the default in Go
	}
	return paging{limit: limit, offset: offset}
}

// options returns the options of the lists that can be paged by offset alone.
func (p paging) options() *contacts.PageOptions {
	return &contacts.PageOptions{Limit: p.limit, Offset: p.offset}
}

func (c *call) fieldsets() []contacts.Fieldset { return fieldsetsOf(c.list("fieldsets")) }

func fieldsetsOf(names []string) []contacts.Fieldset {
	var fieldsets []contacts.Fieldset
	for _, name := range names {
		fieldsets = append(fieldsets, contacts.Fieldset(name))
	}
	return fieldsets
}
