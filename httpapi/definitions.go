package httpapi

import (
	"context"
	"encoding/json"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// Labels and extended fields have the same methods, so both run through the generic functions below. Their argument
// name is the member for one definition in requests and replies, "label" or "field"; that for a list is its plural.

func (c *call) findOrCreateLabel() (reply, error) {
	name, err := readBody(c, func(b body) string { return b.Text("displayName") })
	if err != nil {
		return nil, err
	}
	label, created, err := c.store().FindOrCreateLabel(c.ctx(), name)
	if err != nil {
		return nil, err
	}
	return reply{{"label", label}, {"newLabel", created}}, nil
}

func (c *call) findOrCreateField() (reply, error) {
	type request struct {
		displayName string
		dataType    contacts.DataType
	}
	in, err := readBody(c, func(b body) request {
		return request{b.Text("displayName"), wire.Enum[contacts.DataType](b.Object, "dataType")}
	})
	if err != nil {
		return nil, err
	}
	field, created, err := c.store().FindOrCreateField(c.ctx(), in.displayName, in.dataType)
	if err != nil {
		return nil, err
	}
	return reply{{"field", field}, {"newField", created}}, nil
}

func (c *call) getLabel() (reply, error) { return getDefinition(c, "label", c.store().GetLabel) }
func (c *call) getField() (reply, error) { return getDefinition(c, "field", c.store().GetField) }

// getDefinition answers with the definition whose key is in the path.
func getDefinition[T any](c *call, name string, get func(context.Context, string) (T, error)) (reply, error) {
	key := c.key("key")
	if err := c.checked(); err != nil {
		return nil, err
	}
	found, err := get(c.ctx(), key)
	if err != nil {
		return nil, inPath(err)
	}
	return reply{{name, found}}, nil
}

func (c *call) renameLabel() (reply, error) {
	return renameDefinition(c, "label", c.store().RenameLabel)
}
func (c *call) renameField() (reply, error) {
	return renameDefinition(c, "field", c.store().RenameField)
}

// renameDefinition gives the definition whose key is in the path the display name in the body.
func renameDefinition[T any](
	c *call, name string, rename func(ctx context.Context, key, displayName string) (T, error),
) (reply, error) {
	key := c.key(name + ".key")
	var path string
	displayName, err := readBody(c, func(b body) (displayName string) {
		displayName, path = b.newName(name)
		return displayName
	})
	if err != nil {
		return nil, err
	}
	renamed, err := rename(c.ctx(), key, displayName)
	if err != nil {
		return nil, inPath(moved(err, func(string) string { return path }))
	}
	return reply{{name, renamed}}, nil
}

func (c *call) deleteLabel() (reply, error) { return deleteDefinition(c, c.store().DeleteLabel) }
func (c *call) deleteField() (reply, error) { return deleteDefinition(c, c.store().DeleteField) }

// deleteDefinition deletes the definition whose key is in the path.
func deleteDefinition(c *call, remove func(context.Context, string) error) (reply, error) {
	key := c.key("key")
	if err := c.checked(); err != nil {
		return nil, err
	}
	return reply{}, inPath(remove(c.ctx(), key))
}

func (c *call) listLabels() (reply, error)  { return listDefinitions(c, "label", c.findLabels) }
func (c *call) listFields() (reply, error)  { return listDefinitions(c, "field", c.findFields) }
func (c *call) queryLabels() (reply, error) { return queryDefinitions(c, "label", c.findLabels) }
func (c *call) queryFields() (reply, error) { return queryDefinitions(c, "field", c.findFields) }

// definitionQuery selects definitions.
type definitionQuery struct {
	filter                contacts.Filter
	sort                  []contacts.Sort
	kind                  string // LabelType or FieldType
	namespace, startsWith string
	paging                paging
}

func (c *call) findLabels(q definitionQuery) (contacts.Page[contacts.Label], error) {
	return c.store().ListLabels(c.ctx(), contacts.LabelQuery{
		Filter: q.filter, Sort: q.sort,
		LabelType: contacts.LabelType(q.kind), Namespace: q.namespace, StartsWith: q.startsWith,
	}, q.paging.options())
}

func (c *call) findFields(q definitionQuery) (contacts.Page[contacts.Field], error) {
	return c.store().ListFields(c.ctx(), contacts.FieldQuery{
		Filter: q.filter, Sort: q.sort,
		FieldType: contacts.FieldType(q.kind), Namespace: q.namespace, StartsWith: q.startsWith,
	}, q.paging.options())
}

// listDefinitions answers with the definitions that the parameters select.
func listDefinitions[T json.Marshaler](
	c *call, name string, find func(definitionQuery) (contacts.Page[T], error),
) (reply, error) {
	q := definitionQuery{
		paging: c.paging(), sort: c.sorts(),
		kind: c.text(name + "Type"), namespace: c.text("namespace"), startsWith: c.text("startsWith"),
	}
	if err := c.checked(); err != nil {
		return nil, err
	}
	found, err := find(q)
	return pageReply(name+"s", found, q.paging, "metadata", c.placed("", err))
}

// queryDefinitions answers with the definitions that the query in the body selects.
func queryDefinitions[T json.Marshaler](
	c *call, name string, find func(definitionQuery) (contacts.Page[T], error),
) (reply, error) {
	q, err := readBody(c, func(b body) definitionQuery {
		in := b.at("query")
		return definitionQuery{filter: in.filter("filter"), sort: in.sorts(), paging: in.paging()}
	})
	if err != nil {
		return nil, err
	}
	found, err := find(q)
	return pageReply(name+"s", found, q.paging, "pagingMetadata", c.placed("query", err))
}
