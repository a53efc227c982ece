// Package wire reads and writes the JSON of the API.
//
// [Read] reports every value of the wrong type at once, each with its path. Names match exactly, and null means absent
// everywhere (JSON-4, JSON-6, JSON-7, JSON-9). A [Writer] writes a text member by member (JSON-3).
//
// The package knows no contacts. The packages above it translate its errors to their own.
package wire

import (
	"encoding/json"
	"iter"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/brief"
)

// The formats of values, named like those of contacts.Format.
const (
	FormatString    = "STRING"
	FormatNumber    = "NUMBER"
	FormatInteger   = "INTEGER"
	FormatBoolean   = "BOOLEAN"
	FormatObject    = "OBJECT"
	FormatArray     = "ARRAY"
	FormatGUID      = "GUID"
	FormatTimestamp = "TIMESTAMP"
	FormatJSON      = "JSON"
)

// Requirements other than formats, as Problem.Format.
const (
	Required = ""             // the value is missing
	Once     = "ONCE"         // an object has this member several times
	Unknown  = "UNKNOWN"      // an object has a member that its Shape lacks
	Values   = "FEWER_VALUES" // the text has too many values
)

// A Problem is a requirement that a value does not meet.
type Problem struct {
	Path   string
	Format string // the required format, or Required, Once, Unknown or Values
}

// Error is the error of Read. Its message holds no values.
type Error struct {
	Problems []Problem
	Err      error // why the text is not JSON or is too large, which is then the only problem; otherwise nil
	Most     int   // with ErrTooManyValues: the number of values that a text may have
}

// String states the requirement that the value does not meet.
func (p Problem) String() string {
	switch p.Format {
	case Required:
		return p.Path + " is required"
	case Once:
		return p.Path + " must not be repeated"
	case Unknown:
		return p.Path + " is not known"
	case Values:
		return p.Path + " must have fewer values"
	default:
		return p.Path + " must be a valid " + p.Format
	}
}

// Error lists the problems.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("wire: ")
	b.WriteString(brief.List(len(e.Problems), ", ", func(i int) string { return e.Problems[i].String() }))
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ValuesMax is the number of values that Read accepts in a text. A contact has fewer than 16,000, and so has a filter
// (JSON-15).
const ValuesMax = 20000

// Read parses a text and reads its value, whose path is given. Its error is an *Error. It refuses a text with more than
// ValuesMax values, because a value of two bytes takes about a hundred times as much memory.
func Read[T any](text, path string, read func(Value) T) (T, error) {
	return ReadAtMost(ValuesMax, text, path, read)
}

// ReadAtMost is Read for a text with at most the given number of values, the value itself not counted.
func ReadAtMost[T any](values int, text, path string, read func(Value) T) (T, error) {
	p := parse(text, values)
	defer p.close()
	var none T
	if p.err != nil {
		if p.err == ErrTooManyValues {
			return none, &Error{Problems: []Problem{{path, Values}}, Err: p.err, Most: values}
		}
		return none, &Error{Problems: []Problem{{path, FormatJSON}}, Err: p.err}
	}
	t := read(Value{p.locate(nil, path, 0), present(&p.root)})
	if p.twice {
		p.reportRepeated(path)
	}
	if len(p.problems) > 0 {
		return none, &Error{Problems: p.problems}
	}
	return t, nil
}

// reportRepeated reports the first member that an object has twice. It passes over values whose source was handed out,
// which are for another reader to check.
func (p *parser) reportRepeated(path string) {
	root := p.locate(nil, path, 0)
	var search func(n *Node, at *location) bool
	search = func(n *Node, at *location) bool {
		for i := range n.Children {
			child := &n.Children[i]
			if child.repeated {
				at.report(Shown(child.Name), Once)
				return true
			}
			if child.delegated || len(child.Children) == 0 { // scalars need no location
				continue
			}
			in := at
			if n.Kind == KindArray {
				in = p.locate(at, "", i+1)
			} else if name := Shown(child.Name); name != "" {
				in = p.locate(at, name, 0)
			}
			if search(child, in) {
				return true
			}
		}
		return false
	}
	search(&p.root, root)
}

// Shown returns the name of a member for a path, "" if it is not in the form of such names: it may be data, such as an
// email address.
func Shown(name string) string {
	const most = 80
	if len(name) > most {
		return ""
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '-') {
			return ""
		}
	}
	return name
}

// problemsMax limits the problems of one text, which could have millions of wrong items.
const problemsMax = 1000

// report reports a member of the value at a location, or the value itself for "".
func (at *location) report(name, format string) {
	if p := at.p; len(p.problems) < problemsMax {
		path := strings.Clone(at.path(name)) // names may share the memory of the text
		p.problems = append(p.problems, Problem{path, format})
	}
}

// location is the location of a value. Its path is built on demand, because most paths are never needed.
type location struct {
	p     *parser
	in    *location // nil at the root
	name  string    // of a member, or the path of the root
	index int       // of an item, counted from 1
}

// locate returns a location, which is valid until the parser is closed.
func (p *parser) locate(in *location, name string, index int) *location {
	if len(p.locations) == cap(p.locations) {
		// The old array must stay where it is: other locations and values point into it.
		p.locations = make([]location, 0, max(64, 2*cap(p.locations)))
	}
	p.locations = append(p.locations, location{p, in, name, index})
	return &p.locations[len(p.locations)-1]
}

// path returns the path of a member, or that of the location itself for "".
func (at *location) path(name string) string {
	path := at.name
	switch {
	case at.index > 0:
		path = at.in.path("") + "[" + strconv.Itoa(at.index-1) + "]"
	case at.in != nil:
		path = at.in.path(at.name)
	}
	switch {
	case path == "":
		return name
	case name == "":
		return path
	default:
		return path + "." + name
	}
}

// present returns nil for null.
func present(n *Node) *Node {
	if n == nil || n.Kind == KindNull {
		return nil
	}
	return n
}

// Value is a JSON value and its path. It is valid until Read returns.
type Value struct {
	at   *location
	node *Node // nil if the value is absent
}

// Path returns the path of the value, even if it is absent.
func (v Value) Path() string { return v.at.path("") }

// Kind returns the kind of the value, KindNull if the value is absent.
func (v Value) Kind() Kind {
	if v.node == nil {
		return KindNull
	}
	return v.node.Kind
}

// Present reports whether the value is present and not null.
func (v Value) Present() bool { return v.node != nil }

// Node returns the node of the value, nil if the value is absent or null.
func (v Value) Node() *Node { return v.node }

// Source returns the JSON text of the value, null if the value is absent. The text is the original one, except that a
// string is encoded again. Members that repeat in it are left to its reader to refuse.
func (v Value) Source() string {
	if v.node != nil {
		v.node.delegated = true
	}
	switch v.Kind() {
	case KindNull:
		return "null"
	case KindString:
		text, _ := json.Marshal(v.node.Text) // never fails for a string
		return string(text)
	default:
		return strings.Clone(v.node.Text)
	}
}

// As returns the value under another path.
func (v Value) As(path string) Value { return Value{v.at.p.locate(nil, path, 0), v.node} }

// Refuse reports that the value does not have the format.
func (v Value) Refuse(format string) { v.at.report("", format) }

// Text returns a string. It reports any other value, and an absent one.
func (v Value) Text() string {
	if v.Kind() != KindString {
		v.Refuse(FormatString)
		return ""
	}
	return strings.Clone(v.node.Text)
}

// GUID returns an ID. It reports any other value, including the empty string, and an absent one.
func (v Value) GUID() uuid.UUID {
	if v.node != nil {
		if id, ok := asGUID(v.node); ok && id != uuid.Nil {
			return id
		}
	}
	v.Refuse(FormatGUID)
	return uuid.Nil
}

// Object returns an object, which has no members if the value is absent. It reports any other value.
func (v Value) Object() Object {
	if v.node != nil && v.node.Kind != KindObject {
		v.Refuse(FormatObject)
		v.node = nil
	}
	return Object(v)
}

// Object is a JSON object and its path. It is valid until Read returns.
type Object Value

// Path returns the path of the object, even if it is absent.
func (o Object) Path() string { return o.at.path("") }

// At returns the path of a member.
func (o Object) At(name string) string { return o.at.path(name) }

// Len returns the number of members, null ones included.
func (o Object) Len() int {
	if o.node == nil {
		return 0
	}
	return len(o.node.Children)
}

// Has reports whether there is a member with this name, which may be null.
func (o Object) Has(name string) bool { return o.node != nil && o.node.Member(name) != nil }

// member returns the first member found under these names, nil if it is null or there is none.
func (o Object) member(names ...string) *Node {
	if o.node == nil {
		return nil
	}
	for _, name := range names {
		if n := o.node.Member(name); n != nil {
			return present(n)
		}
	}
	return nil
}

// Get returns the first member found under these names. The first name is that of the wire, which the path shows; the
// others are those of the SDK.
func (o Object) Get(names ...string) Value {
	return o.value(o.member(names...), names[0])
}

// value returns the value of a member, whose node may be nil.
func (o Object) value(n *Node, name string) Value { return Value{o.at.p.locate(o.at, name, 0), n} }

// Members yields the members in the order of the text, null ones included. Their names share the memory of the text.
func (o Object) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for i := range o.Len() {
			n := &o.node.Children[i]
			if !yield(n.Name, o.value(present(n), n.Name)) {
				return
			}
		}
	}
}

// Require reports a member that is absent or null.
func (o Object) Require(name string) {
	if o.member(name) == nil {
		o.at.report(name, "")
	}
}

// Object returns a member that is an object.
func (o Object) Object(names ...string) Object { return o.Get(names...).Object() }

// Wrapper returns a member that is an object with the member items. It refuses an object that has other members
// instead, which would look like an empty list and clear the values that it was meant to set (JSON-6).
func (o Object) Wrapper(name string) Object {
	w := o.Object(name)
	if w.Len() > 0 && !w.Has("items") {
		w.at.report("items", "")
	}
	return w
}

// List reads a member that is an array, item by item.
func List[T any](o Object, name string, item func(Value) T) []T {
	n := o.member(name)
	if n == nil {
		return nil
	}
	if n.Kind != KindArray {
		o.at.report(name, FormatArray)
		return nil
	}
	if len(n.Children) == 0 {
		return nil
	}
	p, at := o.at.p, o.value(n, name).at
	items := make([]T, len(n.Children))
	for i := range items {
		items[i] = item(Value{p.locate(at, "", i+1), present(&n.Children[i])})
	}
	return items
}

// Items reads a member that is an array in a wrapper, {"items": […]}.
func Items[T any](o Object, name string, item func(Value) T) []T {
	return List(o.Wrapper(name), "items", item)
}

// Map reads a member that is an object whose names are data, such as addresses. Paths leave these names out (ERR-3).
func Map[T any](o Object, name string, read func(Value) T) map[string]T {
	m := o.Object(name)
	if m.Len() == 0 {
		return nil
	}
	values := make(map[string]T, m.Len())
	for i := range m.node.Children {
		n := &m.node.Children[i]
		values[strings.Clone(n.Name)] = read(Value{m.at, present(n)})
	}
	return values
}

// Pointer reads a member; it returns nil if the member is absent.
func Pointer[T any](o Object, read func(Value) T, names ...string) *T {
	n := o.member(names...)
	if n == nil {
		return nil
	}
	t := read(o.value(n, names[0]))
	return &t
}
