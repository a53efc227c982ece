package contactstest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/contactsdb/contacts"
)

const (
	diffLines = 20  // differences that are listed
	diffText  = 120 // characters of a value that are shown
)

// Diff describes where two stores differ, one difference a line. It returns "" if and only if their exports have the
// same bytes (TST-20). Contacts, labels, extended fields and redirects are matched by ID or key:
//
//	store: position: 7 -> 9
//	label custom.vip: displayName: "VIP" -> "V.I.P."
//	contact 6f…: info.emails.items[1].email: "ada@x.test" -> "ada@y.test"
//	contact 70…: only in b: {"contact":{"id":…
//	contacts: order: place 3: 71… -> 72…
//
// The value of a is on the left of the arrow, that of b on the right. Paths are those of the wire. At most 20
// differences are listed; a last line counts the others. Diff shows values of contacts.
//
// Paths to ignore are given without indexes and include everything below them: "revision", "updatedDate" or
// "info.emails.items.id". Those of the store are "position", "changes" (the number of changes) and "time" (of the last
// commit): without these three, Diff is "" if and only if the digests are equal. "order" ignores the order of
// contacts, labels and extended fields (TST-21).
//
// Diff encodes both stores, and needs memory for both.
func Diff(a, b *contacts.Snapshot, ignore ...string) string {
	if a == b {
		return ""
	}
	var texts [2]bytes.Buffer
	for i, sn := range []*contacts.Snapshot{a, b} {
		if sn == nil {
			return "one of the snapshots is nil"
		}
		if err := sn.Export(&texts[i]); err != nil {
			return fmt.Sprintf("%c cannot be exported: %v", 'a'+i, err)
		}
	}
	return diffExports(texts[0].Bytes(), texts[1].Bytes(), ignore)
}

// DiffExports is [Diff] for the output of [contacts.Snapshot.Export]. It compares text: neither has to be a complete or
// valid export.
//
// Errors: those of the readers, wrapped.
func DiffExports(a, b io.Reader, ignore ...string) (string, error) {
	first, err := io.ReadAll(a)
	if err != nil {
		return "", fmt.Errorf("contactstest: export a: %w", err)
	}
	second, err := io.ReadAll(b)
	if err != nil {
		return "", fmt.Errorf("contactstest: export b: %w", err)
	}
	return diffExports(first, second, ignore), nil
}

// DiffContacts describes where two contacts differ, in the form of [Diff] without the name of the contact. Without
// paths to ignore it is "" if and only if a.Equal(b) (TST-22).
func DiffContacts(a, b *contacts.Contact, ignore ...string) string {
	switch {
	case a == nil && b == nil:
		return ""
	case a == nil:
		return "only in b: contact " + b.ID.String()
	case b == nil:
		return "only in a: contact " + a.ID.String()
	}
	return diffValues(*a, *b, a.Equal(b), ignore)
}

// DiffInfos is [DiffContacts] for the writable parts of contacts. Paths begin with "info". A store adds members to an
// info. To compare what was written with what was read, ignore them: "info.emails.items.id",
// "info.emails.items.primary", "info.emails.items.tag", …
func DiffInfos(a, b contacts.Info, ignore ...string) string {
	return diffValues(contacts.Contact{Info: a}, contacts.Contact{Info: b}, a.Equal(b), ignore)
}

func diffValues(a, b contacts.Contact, equal bool, ignore []string) string {
	if equal {
		return ""
	}
	d := &differences{ignore: ignore}
	first, err := json.Marshal(a)
	second, errB := json.Marshal(b)
	if err == nil && errB == nil {
		d.values("", parseJSON(first), parseJSON(second))
	}
	if d.found == 0 && len(ignore) == 0 { // JSON has no numbers of other types, and no part of a millisecond
		d.structs("", reflect.ValueOf(a), reflect.ValueOf(b))
	}
	return d.String()
}

// differences collects differences.
type differences struct {
	ignore  []string
	ignored bool   // a difference was ignored
	entity  string // "contact 6f…: "
	lines   []string
	found   int
}

// String returns the differences, or "" if nothing differs.
func (d *differences) String() string {
	lines := d.lines
	if more := d.found - len(lines); more > 0 {
		lines = append(slices.Clip(lines), fmt.Sprintf("… and %d more differences", more))
	}
	return strings.Join(lines, "\n")
}

func (d *differences) add(format string, args ...any) {
	d.found++
	if len(d.lines) < diffLines {
		d.lines = append(d.lines, d.entity+fmt.Sprintf(format, args...))
	}
}

// ignores reports whether differences at a path are ignored.
func (d *differences) ignores(path string) bool {
	if len(d.ignore) == 0 {
		return false
	}
	path = withoutIndexes(path)
	found := slices.ContainsFunc(d.ignore, func(p string) bool {
		return path == p || strings.HasPrefix(path, p) && path[len(p)] == '.'
	})
	d.ignored = d.ignored || found
	return found
}

func withoutIndexes(path string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			return b.String() + path
		}
		size := strings.IndexByte(path[open:], ']')
		if size < 0 {
			return b.String() + path
		}
		if _, err := strconv.Atoi(path[open+1 : open+size]); err != nil { // part of the key of a field
			size = 0
			b.WriteString(path[:open+1])
		} else {
			b.WriteString(path[:open])
		}
		path = path[open+size+1:]
	}
}

// absent is the value of a member that an object lacks.
type absent struct{}

// values compares two values of JSON.
func (d *differences) values(path string, a, b any) {
	if reflect.DeepEqual(a, b) || d.ignores(path) {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			d.objects(path, x, y)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			d.lists(path, x, y)
			return
		}
	}
	// The parts of an object can be ignored, so one that only a or b has is compared with an empty one.
	if x, ok := a.(map[string]any); ok && b == any(absent{}) && len(x) > 0 {
		d.objects(path, x, nil)
		return
	}
	if y, ok := b.(map[string]any); ok && a == any(absent{}) && len(y) > 0 {
		d.objects(path, nil, y)
		return
	}
	d.add("%s: %s -> %s", path, show(a), show(b))
}

func (d *differences) objects(path string, a, b map[string]any) {
	for _, name := range namesOf(a, b) {
		d.values(join(path, name), memberOf(a, name), memberOf(b, name))
	}
}

// namesOf returns the names of the members that either of two objects has, sorted.
func namesOf[V any](a, b map[string]V) []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(names)
	return slices.Compact(names)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func memberOf(object map[string]any, name string) any {
	if v, ok := object[name]; ok {
		return v
	}
	return absent{}
}

// lists matches items by ID or by text, so that an inserted item is the only difference. Lists without such keys are
// compared by index.
func (d *differences) lists(path string, a, b []any) {
	keysA, placesA := itemKeys(a)
	keysB, placesB := itemKeys(b)
	common := slices.ContainsFunc(keysA, func(key string) bool { _, ok := placesB[key]; return ok })
	if !common || d.ignores(path+".id") {
		for i := range max(len(a), len(b)) {
			d.values(at(path, i), itemOf(a, i), itemOf(b, i))
		}
		return
	}
	for i, key := range keysA {
		if j, ok := placesB[key]; ok {
			d.values(at(path, i), a[i], b[j])
		} else if !d.ignores(path) {
			d.add("%s: %s -> none", at(path, i), show(a[i]))
		}
	}
	for j, key := range keysB {
		if _, ok := placesA[key]; !ok && !d.ignores(path) {
			d.add("%s: none -> %s", at(path, j), show(b[j]))
		}
	}
	d.order(join(path, "order"), path+": order", keysA, keysB, placesA, placesB)
}

// order compares the order of the keys that a and b share.
func (d *differences) order(path, name string, a, b []string, placesA, placesB map[string]int) {
	both := func(keys []string, other map[string]int) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { _, ok := other[key]; return !ok })
	}
	a, b = both(a, placesB), both(b, placesA)
	for i := range a { // the first difference suffices
		if a[i] == b[i] {
			continue
		}
		if !d.ignores(path) {
			d.add("%s: place %d: %s -> %s", name, i, entityName(a[i]), entityName(b[i]))
		}
		return
	}
}

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func itemOf(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return absent{}
}

// itemKeys returns the key and the index of each item, or nil unless every item has a key and no two are equal.
func itemKeys(list []any) ([]string, map[string]int) {
	keys, places := make([]string, 0, len(list)), make(map[string]int, len(list))
	for i, item := range list {
		var key string
		switch item := item.(type) {
		case string:
			key = item
		case map[string]any:
			key, _ = item["id"].(string)
		}
		if _, twice := places[key]; twice || key == "" {
			return nil, nil
		}
		keys, places[key] = append(keys, key), i
	}
	return keys, places
}

// show returns a value as JSON, shortened.
func show(v any) string {
	if v == any(absent{}) {
		return "none"
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprintf("%T", v)
	}
	return shorten(strings.TrimSuffix(text.String(), "\n"))
}

func shorten(s string) string {
	if n := utf8.RuneCountInString(s); n > diffText {
		return fmt.Sprintf("%s… (%d characters)", string([]rune(s)[:diffText]), n)
	}
	return s
}

// structs compares Go values. Paths are those of Go.
func (d *differences) structs(path string, a, b reflect.Value) {
	timeA, isTime := a.Interface().(time.Time)
	switch {
	case isTime:
		if timeB := b.Interface().(time.Time); !timeA.Equal(timeB) {
			d.add("%s: %s -> %s", path, timeA.Format(time.RFC3339Nano), timeB.Format(time.RFC3339Nano))
		}
	case a.Kind() == reflect.Struct:
		for i := range a.NumField() {
			d.structs(join(path, a.Type().Field(i).Name), a.Field(i), b.Field(i))
		}
	case a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil():
		d.structs(path, a.Elem(), b.Elem())
	case a.Kind() == reflect.Slice && a.Len() == b.Len():
		for i := range a.Len() {
			d.structs(at(path, i), a.Index(i), b.Index(i))
		}
	case a.Kind() == reflect.Map && a.Len() == b.Len():
		for _, key := range a.MapKeys() {
			other := b.MapIndex(key)
			if !other.IsValid() || !reflect.DeepEqual(a.MapIndex(key).Interface(), other.Interface()) {
				d.add("%s[%s]: %s -> %s", path, key, showGo(a.MapIndex(key)), showGo(other))
			}
		}
	case !reflect.DeepEqual(a.Interface(), b.Interface()) && !bothEmpty(a, b):
		d.add("%s: %s -> %s", path, showGo(a), showGo(b))
	}
}

// bothEmpty reports whether two values are lists or maps without items.
func bothEmpty(a, b reflect.Value) bool {
	return (a.Kind() == reflect.Slice || a.Kind() == reflect.Map) && a.Len()+b.Len() == 0
}

// showGo shows the type of a value, and also the value itself unless it could be cyclic.
func showGo(v reflect.Value) string {
	if !v.IsValid() {
		return "none"
	}
	switch x := v.Interface().(type) {
	case map[string]any, []any:
		return fmt.Sprintf("%T", x)
	default:
		return shorten(fmt.Sprintf("%T %+v", x, x))
	}
}

// parseJSON decodes JSON and keeps the spelling of numbers. It returns nil for a text that is not JSON.
func parseJSON(text []byte) any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil
	}
	return v
}

// exportLine is a line of an export.
type exportLine struct {
	text   string
	kind   string // such as "contact"; "" if the text is not a line of an export
	entity string // "contact 6f…" or its text, unique in the export
}

// exportIDs has the member that identifies a line, by kind.
var exportIDs = map[string]string{
	"contactsStore": "", "label": "key", "field": "key", "contact": "id", "redirect": "id", "end": "",
}

// linesOf describes the lines of an export. A line that the other export also has is identified by its text, without
// parsing it; usually that is nearly every line.
func linesOf(texts []string, others map[string]bool) ([]exportLine, map[string]int) {
	lines := make([]exportLine, len(texts))
	places, seen := make(map[string]int, len(texts)), make(map[string]int, len(texts))
	for i, text := range texts {
		line := exportLine{text: text, kind: kindOf(text), entity: text}
		if !others[text] {
			line.entity = entityOf(text)
		}
		if line.entity == "" {
			line.entity = "line " + strconv.Itoa(i+1)
		}
		if seen[line.entity]++; seen[line.entity] > 1 { // not in a valid export
			line.entity = fmt.Sprintf("%s (%d)", line.entity, seen[line.entity])
		}
		places[line.entity] = i
		lines[i] = line
	}
	return lines, places
}

// kindOf returns the kind of a line, or "" if it is not a line of an export.
func kindOf(text string) string {
	rest, ok := strings.CutPrefix(text, `{"`)
	kind, _, _ := strings.Cut(rest, `"`)
	if _, known := exportIDs[kind]; !ok || !known {
		return ""
	}
	return kind
}

// entityOf returns the kind and the ID of a line, or "" if it is not a line of an export.
func entityOf(text string) string {
	kind := kindOf(text)
	object, _ := parseJSON([]byte(text)).(map[string]any)
	members, _ := object[kind].(map[string]any)
	if kind == "" || members == nil {
		return ""
	}
	id, _ := members[exportIDs[kind]].(string)
	return strings.TrimSuffix(kind+" "+id, " ")
}

// entityName returns the name of a line that is identified by its text.
func entityName(entity string) string {
	text, number, ok := strings.Cut(entity, "\n")
	if name := entityOf(text); ok && name != "" {
		return name + number
	}
	return shorten(entity)
}

func diffExports(a, b []byte, ignore []string) string {
	if bytes.Equal(a, b) {
		return ""
	}
	d := &differences{ignore: ignore}
	textsA, textsB := slices.Collect(strings.Lines(string(a))), slices.Collect(strings.Lines(string(b)))
	linesA, placesA := linesOf(textsA, setOf(textsB))
	linesB, placesB := linesOf(textsB, setOf(textsA))
	for _, line := range linesA {
		if j, ok := placesB[line.entity]; !ok {
			d.only("a", line)
		} else if line.kind != "end" {
			d.exportLine(line, linesB[j])
		}
	}
	for _, line := range linesB {
		if _, ok := placesA[line.entity]; !ok {
			d.only("b", line)
		}
	}
	d.entity = ""
	for _, kind := range []string{"label", "field", "contact", "redirect"} {
		d.order("order", kind+"s: order", entitiesOf(linesA, kind), entitiesOf(linesB, kind), placesA, placesB)
	}
	i, okA := placesA["end"]
	j, okB := placesB["end"]
	if d.found == 0 && !d.ignored && okA && okB { // otherwise the last lines only follow from the others
		d.exportLine(linesA[i], linesB[j])
	}
	if d.found == 0 && !d.ignored { // the texts differ outside the lines of an export
		d.entity = ""
		d.text(string(a), string(b))
	}
	return d.String()
}

func setOf(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return set
}

func entitiesOf(lines []exportLine, kind string) []string {
	var ids []string
	for _, line := range lines {
		if line.kind == kind {
			ids = append(ids, line.entity)
		}
	}
	return ids
}

func (d *differences) only(in string, line exportLine) {
	d.entity = ""
	d.add("%s: only in %s: %s", entityName(line.entity), in, shorten(strings.TrimSpace(line.text)))
}

// exportLine compares two lines about the same entity.
func (d *differences) exportLine(a, b exportLine) {
	if a.text == b.text {
		return
	}
	d.entity = a.entity + ": "
	if a.kind == "contactsStore" {
		d.entity = "store: "
	}
	found, ignored := d.found, d.ignored
	d.ignored = false
	x, okX := parseJSON([]byte(a.text)).(map[string]any)
	y, okY := parseJSON([]byte(b.text)).(map[string]any)
	if okX && okY {
		d.values("", x[a.kind], y[a.kind])
	}
	if d.found == found && !d.ignored {
		d.text(a.text, b.text)
	}
	d.ignored = d.ignored || ignored
}

// text reports a difference in the spelling of JSON.
func (d *differences) text(a, b string) {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	d.add("text: from byte %d: %s -> %s", i, show(a[i:]), show(b[i:]))
}
