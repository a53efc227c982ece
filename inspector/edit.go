package inspector

import (
	"slices"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// edit is a value that a commit changed.
type edit struct {
	Path     string
	Old, New string // "" without one
}

// edits lists the values that differ between two versions of a contact, by their paths in JSON. It leaves out those
// that follow from others or change with every write.
func edits(before, after contacts.View) []edit {
	old, now := values(before), values(after)
	var list []edit
	for path, text := range old {
		if now[path] != text {
			list = append(list, edit{path, text, now[path]})
		}
	}
	for path, text := range now {
		if _, ok := old[path]; !ok && !slices.Contains(silent, text) {
			list = append(list, edit{path, "", text})
		}
	}
	slices.SortFunc(list, func(a, b edit) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// repeated begin the paths of values that repeat others, or change with every write.
var repeated = []string{
	"revision", "updatedDate", "lastActivity.activityDate", "primaryInfo.", "primaryEmail.email", "primaryPhone.phone", "primaryPhone.formattedPhone",
	"primaryPhone.e164Phone", "primaryPhone.countryCode", "extendedFields.items.contacts.displayBy",
	"extendedFields.items.emailSubscriptions.", "extendedFields.items.members.membershipStatus",
}

// silent are new values that say nothing.
var silent = []string{"false", "UNTAGGED"}

// values returns the values in the JSON of a contact by their paths, without "info." and "items", as far as they say
// something to a person.
func values(v contacts.View) map[string]string {
	text, err := v.MarshalJSON()
	if err != nil {
		return nil
	}
	found, err := wire.Read(string(text), "", func(root wire.Value) map[string]string {
		out := map[string]string{}
		collect(out, "", root.Node())
		return out
	})
	if err != nil {
		return nil
	}
	return found
}

func collect(out map[string]string, path string, n *wire.Node) {
	for i := range n.Children {
		child := &n.Children[i]
		name := child.Name
		if n.Kind == wire.KindArray {
			name = "[" + strconv.Itoa(i) + "]"
		} else if path != "" {
			name = "." + name
		}
		at := strings.TrimPrefix(path+name, "info.")
		if child.Kind == wire.KindArray || child.Kind == wire.KindObject {
			collect(out, at, child)
			continue
		}
		skip := strings.HasSuffix(at, "].id") ||
			slices.ContainsFunc(repeated, func(begin string) bool { return strings.HasPrefix(at, begin) })
		if !skip {
			out[strings.ReplaceAll(at, ".items", "")] = strings.Clone(child.Text)
		}
	}
}
