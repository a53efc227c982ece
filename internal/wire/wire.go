// Package wire reads and writes JSON texts of the API.
//
// [Read] reports all that is of the wrong type at once, each with its path; names match exactly, and null counts as absent
// everywhere (JSON-4, JSON-6, JSON-7, JSON-9). A [Writer] writes a text member by member (JSON-3).
//
// It is below all other packages, which put its errors into their own words.
package wire

import (
	"encoding/json"
	"iter"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/brief"
)

// What a value must be, in the words of contacts.Format.
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

// A Problem is a value that is not what it must be.
type Problem struct {
	Path   string
	Format string // what it must be; "" if it is missing
}

// Error is the error of Read. Its message holds no values.
type Error struct {
	Problems []Problem
	Err      error // why the text is no JSON, which is then the one problem; nil otherwise
}

// String says what the value must be.
func (p Problem) String() string {
	if p.Format == "" {
		return p.Path + " is required"
	}
	return p.Path + " must be a valid " + p.Format
}

// Error names the paths.
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

// Read parses a text and reads the value that it holds, at a path. Its error is an *Error.
func Read[T any](text, path string, read func(Value) T) (T, error) {
	return ReadAtMost(len(text), text, path, read)
}

// ReadAtMost is Read for the text of somebody who is not trusted. Each value, if only of two bytes, takes a hundred
// times as much memory: a text with more of them than that is refused, with ErrTooManyValues behind the error.
func ReadAtMost[T any](values int, text, path string, read func(Value) T) (T, error) {
	p := parse(text, values)
	defer p.close()
	var none T
	if p.err != nil {
		return none, &Error{Problems: []Problem{{path, FormatJSON}}, Err: p.err}
	}
	t := read(Value{p.place(nil, path, 0), present(&p.root)})
	if len(p.problems) > 0 {
		return none, &Error{Problems: p.problems}
	}
	return t, nil
}

// problemsMax bounds what one text can make of itself: millions of wrong items are reported as this many.
const problemsMax = 1000

// report reports a member of what is at a place, or that itself for "".
func (at *place) report(name, format string) {
	if p := at.p; len(p.problems) < problemsMax {
		p.problems = append(p.problems, Problem{strings.Clone(at.path(name)), format}) // names may share memory of the text
	}
}

// place is where a value is. Most paths are never asked for: they are put together when they are.
type place struct {
	p     *parser
	in    *place // nil at the root
	name  string // of a member, or the path of the root
	index int    // of an item, counted from 1
}

// place returns a place, which is gone once the parser is closed.
func (p *parser) place(in *place, name string, index int) *place {
	if len(p.places) == cap(p.places) {
		p.places = make([]place, 0, max(64, 2*cap(p.places))) // those in the old one are referred to by others
	}
	p.places = append(p.places, place{p, in, name, index})
	return &p.places[len(p.places)-1]
}

// path returns the path of a member, or that of the place for "".
func (at *place) path(name string) string {
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

// Value is a JSON value at its path. It is gone once Read is done.
type Value struct {
	at   *place
	node *Node // nil if it is absent
}

// Path returns the path of the value, or where it should be.
func (v Value) Path() string { return v.at.path("") }

// Kind returns the kind of the value, KindNull if it is absent.
func (v Value) Kind() Kind {
	if v.node == nil {
		return KindNull
	}
	return v.node.Kind
}

// Present reports whether the value is there and not null.
func (v Value) Present() bool { return v.node != nil }

// Node returns the value itself, nil if it is absent or null.
func (v Value) Node() *Node { return v.node }

// Source returns the value as a JSON text, in its own spelling but for that of strings; null if it is absent.
func (v Value) Source() string {
	switch v.Kind() {
	case KindNull:
		return "null"
	case KindString:
		text, _ := json.Marshal(v.node.Text) // a string has no errors
		return string(text)
	default:
		return strings.Clone(v.node.Text)
	}
}

// As returns the value at another path.
func (v Value) As(path string) Value { return Value{v.at.p.place(nil, path, 0), v.node} }

// Refuse reports that the value is not what it must be.
func (v Value) Refuse(format string) { v.at.report("", format) }

// Text returns a string. Anything else is reported, also where nothing is.
func (v Value) Text() string {
	if v.Kind() != KindString {
		v.Refuse(FormatString)
		return ""
	}
	return strings.Clone(v.node.Text)
}

// GUID returns an ID. Anything else is reported, also the empty text and where nothing is.
func (v Value) GUID() uuid.UUID {
	if v.node != nil {
		if id, ok := asGUID(v.node); ok && id != uuid.Nil {
			return id
		}
	}
	v.Refuse(FormatGUID)
	return uuid.Nil
}

// Object returns an object, one without members if it is absent. Anything else is reported.
func (v Value) Object() Object {
	if v.node != nil && v.node.Kind != KindObject {
		v.Refuse(FormatObject)
		v.node = nil
	}
	return Object(v)
}

// Object is a JSON object at its path. It is gone once Read is done.
type Object Value

// Path returns the path of the object, or where it should be.
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

// Has reports whether there is a member with a name, which may be null.
func (o Object) Has(name string) bool { return o.node != nil && o.node.Member(name) != nil }

// member returns the member with the first of these names that is there, nil if it is null.
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

// Get returns the member with the first of these names that is there. The first of all is the one on the wire, which is
// in its path; the others are the SDK's.
func (o Object) Get(names ...string) Value {
	return o.value(o.member(names...), names[0])
}

// value returns a member, which may be nil.
func (o Object) value(n *Node, name string) Value { return Value{o.at.p.place(o.at, name, 0), n} }

// Members yields the members, null ones included, as they stand there. Their names share the memory of the text.
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

// Wrapper returns a member that is an object with the one member items. A wrapper with anything else in its place is
// refused: it would look empty and clear what it was meant to set (JSON-6).
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
		items[i] = item(Value{p.place(at, "", i+1), present(&n.Children[i])})
	}
	return items
}

// Items reads a member that is an array in a wrapper, {"items": […]}.
func Items[T any](o Object, name string, item func(Value) T) []T {
	return List(o.Wrapper(name), "items", item)
}

// Map reads a member that is an object whose names are not of the API, such as addresses. They are left out of paths
// (ERR-3).
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

// Pointer reads a member, nil if it is absent.
func Pointer[T any](o Object, read func(Value) T, names ...string) *T {
	n := o.member(names...)
	if n == nil {
		return nil
	}
	t := read(o.value(n, names[0]))
	return &t
}
