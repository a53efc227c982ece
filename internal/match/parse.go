package match

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/contactsdb/contacts/internal/wire"
)

// Parse parses a condition. It returns nil for the empty object. [Columns] checks fields, operators and values.
//
// Errors: an [*Error] of kind Malformed or Unsupported.
func Parse(text []byte) (*Condition, error) {
	var root *Condition
	var refused error
	_, err := wire.Read(string(text), "", func(v wire.Value) any {
		root, refused = parseRoot(v)
		return nil
	})
	switch {
	case refused != nil: // it names a repeated field or operator, which the error of wire does not
		return nil, refused
	case errors.Is(err, wire.ErrTooManyValues), errors.Is(err, wire.ErrTooDeep):
		return nil, &Error{Kind: Unsupported, Err: errors.Unwrap(err)}
	case err != nil:
		return nil, &Error{Kind: Malformed, Err: errors.Unwrap(err)}
	}
	return root, nil
}

func parseRoot(v wire.Value) (*Condition, error) {
	switch {
	case v.Kind() != wire.KindObject:
		return nil, &Error{Kind: Malformed}
	case len(v.Node().Children) == 0:
		return nil, nil
	}
	root, err := parseConditions(v.Node(), "")
	if err == nil {
		err = root.Bounded()
	}
	if err != nil {
		return nil, err
	}
	return root, nil
}

// parseConditions parses an object of conditions, all of which must hold. The object is the operand of an operator,
// "" at the root.
func parseConditions(v *wire.Node, operator string) (*Condition, error) {
	if v.Kind != wire.KindObject {
		return nil, &Error{Kind: Malformed, Operator: operator}
	}
	all := &Condition{Join: And}
	times := countNames(v)
	for i := range v.Children {
		child := &v.Children[i]
		var part *Condition
		var err error
		switch name := strings.Clone(child.Name); {
		case times[name] > 1:
			err = &Error{Kind: Malformed, Field: name}
		case name == And || name == Or:
			part, err = parseJunction(child, name)
		case name == Not:
			part, err = parseConditions(child, name)
			part = &Condition{Join: Not, Parts: []*Condition{part}}
		case strings.HasPrefix(name, "$"):
			err = &Error{Kind: Unsupported, Operator: name}
		default:
			part, err = parseComparisons(child, name)
		}
		if err != nil {
			return nil, err
		}
		all.Parts = append(all.Parts, part)
	}
	return all.simple(), nil
}

// simple returns the part of a junction with a single part, otherwise the junction itself.
func (c *Condition) simple() *Condition {
	if len(c.Parts) == 1 {
		return c.Parts[0]
	}
	return c
}

func parseJunction(v *wire.Node, join string) (*Condition, error) {
	if v.Kind != wire.KindArray {
		return nil, &Error{Kind: Malformed, Operator: join}
	}
	c := &Condition{Join: join}
	for i := range v.Children {
		part, err := parseConditions(&v.Children[i], join)
		if err != nil {
			return nil, err
		}
		c.Parts = append(c.Parts, part)
	}
	return c, nil
}

// parseComparisons parses the comparisons of a field: a value that it must equal, or an object of operators, all of
// which must hold.
func parseComparisons(v *wire.Node, field string) (*Condition, error) {
	if v.Kind != wire.KindObject {
		return &Condition{Operator: "$eq", Field: field, Value: valueOfNode(v)}, nil
	}
	if len(v.Children) == 0 {
		return nil, &Error{Kind: Malformed, Field: field}
	}
	all := &Condition{Join: And}
	times := countNames(v)
	for i := range v.Children {
		child := &v.Children[i]
		operator := strings.Clone(child.Name)
		if !strings.HasPrefix(operator, "$") || times[operator] > 1 {
			return nil, &Error{Kind: Malformed, Field: field, Operator: operator}
		}
		all.Parts = append(all.Parts, &Condition{Operator: operator, Field: field, Value: valueOfNode(child)})
	}
	return all.simple(), nil
}

// countNames returns the number of members with each name.
func countNames(n *wire.Node) map[string]int {
	times := make(map[string]int, len(n.Children))
	for i := range n.Children {
		times[n.Children[i].Name]++
	}
	return times
}

// valueOfNode returns a copy of a value that does not depend on the parser. Numbers keep their spelling.
func valueOfNode(v *wire.Node) any {
	return v.Any(func(n json.Number) any { return n })
}
