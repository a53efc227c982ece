package httpapi

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file reads the URL of a request: its path and its query.

// id reads the ID in the path. The name is its name in the API, for violations.
func (c *call) id(name string) uuid.UUID {
	id, ok := wire.ParseGUID(c.r.PathValue("id"))
	if !ok {
		c.format(name, contacts.FormatGUID)
	}
	return id
}

const keyMax = 80 // characters

// key reads the key of a label or an extended field in the path. The client does not escape it, so it may contain
// slashes.
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

// values returns all values of a parameter of the query.
func (c *call) values(name string) []string {
	if c.query == nil {
		var err error
		if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
			c.format("query", formatQuery)
		}
	}
	return c.query[name]
}

// param returns the value of a parameter that may occur once.
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

// integer reads a 32-bit number.
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

// list returns the values of a parameter that is repeated or has commas between values (HTTP-4).
func (c *call) list(name string) []string {
	var list []string
	for _, value := range c.values(name) {
		list = append(list, strings.Split(value, ",")...)
	}
	return list
}

func (c *call) paging() paging {
	limit, given := c.integer("paging.limit")
	offset, _ := c.integer("paging.offset")
	return newPaging(limit, given, offset)
}

// sorts reads the order.
func (c *call) sorts() []contacts.Sort {
	field, byField := c.param("sort.fieldName")
	order, ordered := c.param("sort.order")
	if !byField && !ordered {
		return nil
	}
	c.oneSort = true
	return []contacts.Sort{{Field: field, Order: contacts.SortOrder(order)}}
}

// paging is the part of a list that the caller requests.
type paging struct {
	limit, offset int
	none          bool // the limit was 0: no items, only their total
}

func newPaging(limit int, given bool, offset int) paging {
	if given && limit == 0 {
		return paging{limit: 1, offset: offset, none: true} // to the store, 0 means the default
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
