package wire

import (
	"encoding/json"
	"strings"
	"unique"
)

// Any returns a copy of the node's value as encoding/json would decode it into an any, except that number converts the
// numbers. It outlives the text that was parsed.
func (n *Node) Any(number func(json.Number) any) any {
	switch n.Kind {
	case KindTrue, KindFalse:
		return n.Kind == KindTrue
	case KindNumber:
		return number(json.Number(strings.Clone(n.Text)))
	case KindString:
		return strings.Clone(n.Text)
	case KindArray:
		list := make([]any, len(n.Children))
		for i := range list {
			list[i] = n.Children[i].Any(number)
		}
		return list
	case KindObject:
		return n.AnyMembers(number)
	default:
		return nil
	}
}

// AnyMembers returns the members of an object, as Any does. The last member of a name wins, but Read refuses the text.
// Names share their memory with equal ones: most objects have the same few.
func (n *Node) AnyMembers(number func(json.Number) any) map[string]any {
	members := make(map[string]any, len(n.Children))
	for i := range n.Children {
		members[unique.Make(n.Children[i].Name).Value()] = n.Children[i].Any(number)
	}
	return members
}
