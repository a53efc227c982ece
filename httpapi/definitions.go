package httpapi

import (
	"context"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

func (c *call) findOrCreateLabel() (reply, error) {
	name, err := readBody(c, func(b body) string { return b.Text("displayName") })
	if err != nil {
		return nil, err
	}
	label, made, err := c.store().FindOrCreateLabel(c.ctx(), name)
	if err != nil {
		return nil, err
	}
	return reply{{"label", label}, {"newLabel", made}}, nil
}

func (c *call) getLabel() (reply, error) { return getDefinition(c, "label", c.store().GetLabel) }

// getDefinition answers with the label or the extended field whose key is in the path.
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

// rename reads a new display name and calls set with it.
func rename[T any](c *call, wrapper string, set func(ctx context.Context, key, name string) (T, error)) (reply, error) {
	key := c.key(wrapper + ".key")
	var path string
	name, err := readBody(c, func(b body) (name string) {
		name, path = b.newName(wrapper)
		return name
	})
	if err != nil {
		return nil, err
	}
	renamed, err := set(c.ctx(), key, name)
	if err != nil {
		return nil, inPath(moved(err, func(string) string { return path }))
	}
	return reply{{wrapper, renamed}}, nil
}

func (c *call) renameLabel() (reply, error) { return rename(c, "label", c.store().RenameLabel) }

func (c *call) deleteLabel() (reply, error) { return deleteDefinition(c, c.store().DeleteLabel) }

// deleteDefinition deletes the label or the extended field whose key is in the path.
func deleteDefinition(c *call, remove func(context.Context, string) error) (reply, error) {
	key := c.key("key")
	if err := c.checked(); err != nil {
		return nil, err
	}
	return reply{}, inPath(remove(c.ctx(), key))
}

func (c *call) listLabels() (reply, error) {
	p := c.paging()
	q := contacts.LabelQuery{
		Sort:      c.sorts(),
		LabelType: contacts.LabelType(c.text("labelType")), Namespace: c.text("namespace"), StartsWith: c.text("startsWith"),
	}
	if err := c.checked(); err != nil {
		return nil, err
	}
	out, err := c.pageOfLabels(q, p, "metadata")
	return out, c.placed("", err)
}

func (c *call) queryLabels() (reply, error) {
	type request struct {
		query  contacts.LabelQuery
		paging paging
	}
	in, err := readBody(c, func(b body) request {
		q := b.at("query")
		return request{contacts.LabelQuery{Filter: q.filter("filter"), Sort: q.sorts()}, q.paging()}
	})
	if err != nil {
		return nil, err
	}
	out, err := c.pageOfLabels(in.query, in.paging, "pagingMetadata")
	return out, c.placed("query", err)
}

func (c *call) pageOfLabels(q contacts.LabelQuery, p paging, metadataName string) (reply, error) {
	found, err := c.store().ListLabels(c.ctx(), q, &contacts.PageOptions{Limit: p.limit, Offset: p.offset})
	if err != nil {
		return nil, err
	}
	list, metadata := page(found.Items, p, found.Total, found.HasNext)
	return reply{{"labels", list}, {metadataName, metadata}}, nil
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
	field, made, err := c.store().FindOrCreateField(c.ctx(), in.displayName, in.dataType)
	if err != nil {
		return nil, err
	}
	return reply{{"field", field}, {"newField", made}}, nil
}

func (c *call) getField() (reply, error) { return getDefinition(c, "field", c.store().GetField) }

func (c *call) renameField() (reply, error) { return rename(c, "field", c.store().RenameField) }

func (c *call) deleteField() (reply, error) { return deleteDefinition(c, c.store().DeleteField) }

func (c *call) listFields() (reply, error) {
	p := c.paging()
	q := contacts.FieldQuery{
		Sort:      c.sorts(),
		FieldType: contacts.FieldType(c.text("fieldType")), Namespace: c.text("namespace"), StartsWith: c.text("startsWith"),
	}
	if err := c.checked(); err != nil {
		return nil, err
	}
	out, err := c.pageOfFields(q, p, "metadata")
	return out, c.placed("", err)
}

func (c *call) queryFields() (reply, error) {
	type request struct {
		query  contacts.FieldQuery
		paging paging
	}
	in, err := readBody(c, func(b body) request {
		q := b.at("query")
		return request{contacts.FieldQuery{Filter: q.filter("filter"), Sort: q.sorts()}, q.paging()}
	})
	if err != nil {
		return nil, err
	}
	out, err := c.pageOfFields(in.query, in.paging, "pagingMetadata")
	return out, c.placed("query", err)
}

func (c *call) pageOfFields(q contacts.FieldQuery, p paging, metadataName string) (reply, error) {
	found, err := c.store().ListFields(c.ctx(), q, &contacts.PageOptions{Limit: p.limit, Offset: p.offset})
	if err != nil {
		return nil, err
	}
	list, metadata := page(found.Items, p, found.Total, found.HasNext)
	return reply{{"fields", list}, {metadataName, metadata}}, nil
}
