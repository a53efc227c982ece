package match_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/internal/fold"
	"github.com/contactsdb/contacts/internal/fold/foldtest"
	"github.com/contactsdb/contacts/internal/match"
)

// mood is an enum.
type mood string

func (m mood) Valid() bool { return m == "CALM" || m == "GLAD" }

// row has a value, or several, for each kind of column.
type row struct {
	name  string
	email string
	mood  mood
	code  string // two digits
	tags  []string
	notes []string
	born  time.Time
	size  float64
	sized bool
	ids   []uuid.UUID
}

func (r row) number() (float64, bool) { return r.size, r.sized }

// The form of codes.
func validCode(s string) bool { return len(s) == 2 && strings.Trim(s, "0123456789") == "" }

// Sets of operators.
const (
	equality = match.OpEq | match.OpNe | match.OpIn | match.OpNin | match.OpExists
	ordered  = equality | match.OpGt | match.OpGte | match.OpLt | match.OpLte
	textual  = ordered | match.OpStartsWith
	listed   = match.OpHasSome | match.OpHasAll
)

var emailForm = match.Form{Text: fold.Email, Rune: fold.EmailRune}

// columns are the fields of rows. Each supports all operators that its kind can have, except alone and few.
var columns = map[string]*match.Column[row]{
	"name":  match.Text(textual, func(r row) string { return r.name }),
	"alone": match.Text(match.OpEq, func(r row) string { return r.name }),
	"few":   match.Text(match.OpIn|listed, func(r row) string { return r.name }),
	"email": match.FormText(textual, emailForm, func(r row) string { return r.email }),
	"mood":  match.Enum(textual, func(r row) mood { return r.mood }),
	"code":  match.Word(textual, func(r row) string { return r.code }, validCode),
	"tags": match.TextList(textual|listed, match.Exact, func(r row, is func(string) bool) bool {
		return slices.ContainsFunc(r.tags, is)
	}),
	"notes": match.TextList(textual|listed, match.Folded, func(r row, is func(string) bool) bool {
		return slices.ContainsFunc(r.notes, func(s string) bool { return is(fold.Case(s)) })
	}),
	"born": match.Time(ordered, func(r row) time.Time { return r.born }),
	"size": match.Number(ordered, row.number),
	"ids": match.GUIDs(equality|listed, func(r row, is func(uuid.UUID) bool) bool {
		return slices.ContainsFunc(r.ids, is)
	}),
	"secret": match.Unusable[row](),
}

// paths are those of the columns and one of no column; operators are those of the language and some of no language.
var (
	paths = []string{
		"name", "alone", "few", "email", "mood", "code", "tags", "notes", "born", "size", "ids", "secret", "absent",
	}
	operators = []string{
		"$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$startsWith", "$begins", "$hasSome",
		"$hasAll", "$isEmpty", "$not", "$EQ", "$",
	}
)

var find match.Columns[row] = func(path string) *match.Column[row] { return columns[path] }

// The reference evaluates a condition in the most obvious way. It shares only the conditions with the package.

// referenceField is a field as the reference sees it.
type referenceField struct {
	operators string
	values    func(row) []any             // string, float64 or time.Time, in the form that is compared
	read      func(any) (any, match.Kind) // reads a value of a condition into that form
}

const (
	equalityWords = "$eq $ne $in $hasSome $nin $exists"
	orderedWords  = equalityWords + " $gt $gte $lt $lte"
	textualWords  = orderedWords + " $startsWith $begins"
)

var reference = map[string]referenceField{
	"name": {operators: textualWords, values: one(func(r row) string { return r.name }),
		read: readText(same, anyText)},
	"alone": {operators: "$eq", values: one(func(r row) string { return r.name }), read: readText(same, anyText)},
	"few": {operators: "$in $hasSome $hasAll", values: one(func(r row) string { return r.name }),
		read: readText(same, anyText)},
	"email": {operators: textualWords, values: func(r row) []any {
		if r.email == "" {
			return nil
		}
		return []any{foldtest.EmailKey(r.email)}
	}, read: readText(foldtest.EmailKey, anyText)},
	"mood": {operators: textualWords, values: one(func(r row) string { return string(r.mood) }),
		read: readText(same, func(s string) bool { return s == "CALM" || s == "GLAD" })},
	"code": {operators: textualWords, values: one(func(r row) string { return r.code }),
		read: readText(same, validCode)},
	"tags": {operators: textualWords + " $hasAll", values: func(r row) []any { return anyOf(r.tags, same) },
		read: readText(same, anyText)},
	"notes": {operators: textualWords + " $hasAll",
		values: func(r row) []any { return anyOf(r.notes, foldtest.WithoutCase) },
		read:   readText(foldtest.WithoutCase, anyText)},
	"born": {operators: orderedWords, values: func(r row) []any {
		if r.born.Equal(time.Time{}) {
			return nil
		}
		return []any{r.born}
	}, read: readTime},
	"size": {operators: orderedWords, values: func(r row) []any {
		if !r.sized {
			return nil
		}
		return []any{r.size}
	}, read: readNumber},
	"ids": {operators: equalityWords + " $hasAll", values: func(r row) []any { return anyOf(r.ids, uuid.UUID.String) },
		read: readGUID},
	"secret": {},
}

func same(s string) string { return s }

func anyText(string) bool { return true }

func one(get func(row) string) func(row) []any {
	return func(r row) []any {
		if get(r) == "" {
			return nil
		}
		return []any{get(r)}
	}
}

func anyOf[V any](list []V, form func(V) string) []any {
	var values []any
	for _, v := range list {
		values = append(values, form(v))
	}
	return values
}

func readText(form func(string) string, valid func(string) bool) func(any) (any, match.Kind) {
	return func(v any) (any, match.Kind) {
		text, ok := v.(string)
		switch {
		case !ok:
			return nil, match.BadValueType
		case strings.Contains(text, "\x00"), strings.ToValidUTF8(text, "") != text, !valid(text):
			return nil, match.BadValue
		}
		return form(text), 0
	}
}

func readTime(v any) (any, match.Kind) {
	text, ok := v.(string)
	if !ok {
		return nil, match.BadValueType
	}
	// Time itself is tested in package wire.
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 || text[13] != ':' {
		return nil, match.BadValue
	}
	if _, offset := t.Zone(); offset%60 != 0 || max(offset, -offset) >= 24*60*60 {
		return nil, match.BadValue
	}
	if !strings.HasSuffix(text, "Z") && text[len(text)-2] > '5' {
		return nil, match.BadValue
	}
	return t, 0
}

func readNumber(v any) (any, match.Kind) {
	n, ok := v.(json.Number)
	if !ok {
		return nil, match.BadValueType
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return nil, match.BadValue
	}
	return f, 0
}

func readGUID(v any) (any, match.Kind) {
	text, ok := v.(string)
	if !ok {
		return nil, match.BadValueType
	}
	if id, err := uuid.Parse(text); err != nil || !strings.EqualFold(id.String(), text) {
		return nil, match.BadValue
	}
	return strings.ToLower(text), 0
}

// referenceError returns why a bounded condition is refused, and the zero Error if it is not.
func referenceError(c *match.Condition) match.Error {
	for _, part := range c.Parts {
		if refused := referenceError(part); refused.Kind != 0 {
			return refused
		}
	}
	if c.Join != "" {
		return match.Error{}
	}
	kind := comparisonError(c)
	if kind == 0 {
		return match.Error{}
	}
	return match.Error{Kind: kind, Field: c.Field, Operator: c.Operator}
}

func comparisonError(c *match.Condition) match.Kind {
	field, ok := reference[c.Field]
	if !ok {
		return match.UnknownField
	}
	if !slices.Contains(strings.Fields(field.operators), c.Operator) {
		return match.BadOperator
	}
	operands := []any{c.Value}
	read := field.read
	switch c.Operator {
	case "$exists":
		if _, ok := c.Value.(bool); !ok {
			return match.BadValueType
		}
		return 0
	case "$startsWith", "$begins":
		read = readText(same, anyText)
	case "$in", "$nin", "$hasSome", "$hasAll":
		if operands, ok = c.Value.([]any); !ok {
			return match.BadValueType
		}
	}
	for _, operand := range operands {
		if _, kind := read(operand); kind != 0 {
			return kind
		}
	}
	return 0
}

// holds reports whether a condition, which must be right, holds for a row.
func holds(c *match.Condition, r row) bool {
	met := 0
	for _, part := range c.Parts {
		if holds(part, r) {
			met++
		}
	}
	switch c.Join {
	case match.And:
		return met == len(c.Parts)
	case match.Or:
		return met > 0
	case match.Not:
		return met == 0
	}
	values := reference[c.Field].values(r)
	if c.Operator == "$exists" {
		return c.Value == (len(values) > 0)
	}
	operands, ok := c.Value.([]any)
	if !ok {
		operands = []any{c.Value}
	}
	found := 0 // operands that a value of the row meets
	for _, operand := range operands {
		if slices.ContainsFunc(values, func(v any) bool { return meets(c, v, operand) }) {
			found++
		}
	}
	switch c.Operator {
	case "$ne", "$nin":
		return found == 0
	case "$hasAll":
		return found == len(operands)
	default:
		return found > 0
	}
}

// meets reports whether a value meets an operand.
func meets(c *match.Condition, v, operand any) bool {
	if c.Operator == "$startsWith" || c.Operator == "$begins" {
		if c.Field == "email" {
			// A space does not count at the ends of an email, but does in a prefix.
			return strings.HasPrefix(v.(string), foldtest.EmailPrefix(operand.(string)))
		}
		return strings.HasPrefix(foldtest.WithoutCase(v.(string)), foldtest.WithoutCase(operand.(string)))
	}
	want, _ := reference[c.Field].read(operand)
	order := 0
	switch v := v.(type) {
	case float64:
		order = cmp.Compare(v, want.(float64))
	case time.Time:
		order = v.Compare(want.(time.Time))
	case string:
		order = strings.Compare(v, want.(string))
	}
	switch c.Operator {
	case "$gt":
		return order > 0
	case "$gte":
		return order >= 0
	case "$lt":
		return order < 0
	case "$lte":
		return order <= 0
	default:
		return order == 0
	}
}

// agrees requires that the package refuses a condition as the reference does, or that both match the same rows. It
// returns the number of these, or -1.
func agrees(t testing.TB, text []byte, c *match.Condition, rows ...row) int {
	t.Helper()
	test, err := find.Compile(c)
	if want := referenceError(c); want.Kind != 0 {
		require.Nil(t, test, "%s", text)
		require.Equal(t, want, refusalOf(t, err), "%s", text)
		return -1
	}
	require.NoError(t, err, "%s", text)
	matched := 0
	for _, r := range rows {
		want := holds(c, r)
		require.Equal(t, want, test(r), "%s: %+v", text, r)
		if want {
			matched++
		}
	}
	return matched
}

// The values of random rows, and of random conditions as JSON: texts that share their beginning, differ in case, or get
// longer or shorter in lower case.
var (
	someTexts = []string{
		"", "", "a", "A", "an", "Ann", "ANN", "Anna", "ann ", " ann", "bob", "É", "é", "E\u0301", "Ⱥnn", "ⱥNN", "ẞ",
		"ß",
		"K", "\u212a", "k", "ki", "\u212aI", "İx", "ix", "ς", "Σ", "ſ", "S", "日本", "😀a", "12", "1", "CALM", "GLAD",
	}
	someMoods = []mood{"", "CALM", "GLAD", "TORN"}
	someCodes = []string{"", "07", "12", "99", "x"}
	someTimes = []string{
		"0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z",
		"2026-01-02T03:04:05Z", "2026-01-02T04:34:05+01:30", "2026-01-02T03:04:05.000000001Z", "9999-12-31T23:59:59Z",
	}
	someSizes   = []string{"0", "-0", "1", "1.0", "-1.5", "42", "4.2e1", "1e300", "-1e300", "5e-324"}
	someIDs     = []uuid.UUID{{}, {1}, {2}, {0xab}}
	wrongValues = []string{
		`null`, `true`, `{}`, `[]`, `[1]`, `["a"]`, `1`, `1e999`, `"a"`, `"\u0000"`, `"calm"`, `"2026-02-30T00:00:00Z"`,
		`"2026-01-02"`, `"00000000000000000000000000000000"`, `[[]]`,
	}
)

// generator makes rows and conditions at random.
type generator struct{ *rand.Rand }

func pick[V any](g generator, list []V) V { return list[g.IntN(len(list))] }

// several returns up to four values.
func several[V any](g generator, list []V) []V {
	var values []V
	for range g.IntN(5) {
		values = append(values, pick(g, list))
	}
	return values
}

func (g generator) row() row {
	r := row{
		name: pick(g, someTexts), email: pick(g, someTexts), mood: pick(g, someMoods), code: pick(g, someCodes),
		tags: several(g, someTexts), notes: several(g, someTexts), ids: several(g, someIDs),
	}
	if g.IntN(3) > 0 {
		r.born, _ = time.Parse(time.RFC3339Nano, pick(g, someTimes))
	}
	if g.IntN(3) > 0 {
		r.size, _ = strconv.ParseFloat(pick(g, someSizes), 64)
		r.sized = true
	}
	return r
}

// condition returns the text of a condition with at most so many levels below it.
func (g generator) condition(levels int) string {
	if kind := g.IntN(10); levels > 0 && kind < 3 {
		parts := make([]string, g.IntN(4))
		for i := range parts {
			parts[i] = g.condition(levels - 1)
		}
		list := "[" + strings.Join(parts, ",") + "]"
		return [...]string{`{"$and":` + list + `}`, `{"$or":` + list + `}`,
			`{"$not":` + g.condition(levels-1) + `}`}[kind]
	}
	path := pick(g, paths)
	operator := pick(g, operators)
	if words := strings.Fields(reference[path].operators); len(words) > 0 && g.IntN(50) > 0 {
		operator = pick(g, words)
	}
	return fmt.Sprintf(`{%q:{%q:%s}}`, path, operator, g.value(path, operator))
}

func (g generator) value(path, operator string) string {
	switch {
	case g.IntN(50) == 0:
		return pick(g, wrongValues)
	case operator == "$exists":
		return strconv.FormatBool(g.IntN(2) == 0)
	case slices.Contains([]string{"$in", "$nin", "$hasSome", "$hasAll"}, operator):
		items := make([]string, pick(g, []int{0, 1, 2, 3, 7, 8, 9, 12}))
		for i := range items {
			items[i] = g.scalar(path)
		}
		return "[" + strings.Join(items, ",") + "]"
	default:
		return g.scalar(path)
	}
}

// scalar returns a value that rows may have in a field.
func (g generator) scalar(path string) string {
	switch path {
	case "mood":
		return strconv.Quote(string(pick(g, someMoods[1:3])))
	case "code":
		return strconv.Quote(pick(g, someCodes[1:4]))
	case "born":
		return strconv.Quote(pick(g, someTimes))
	case "size":
		return pick(g, someSizes)
	case "ids":
		return strconv.Quote(pick(g, someIDs).String())
	default:
		return strconv.Quote(pick(g, someTexts))
	}
}

// TestReference compares random conditions on random rows with the reference.
func TestReference(t *testing.T) {
	seeds, conditions, rows := 8, 500, 40
	if testing.Short() {
		seeds = 2
	}
	accepted, matched := 0, 0
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(seed, 0))}
			list := make([]row, rows)
			for i := range list {
				list[i] = g.row()
			}
			for range conditions {
				text := []byte(g.condition(3))
				c, err := match.Parse(text)
				require.NoError(t, err, "%s", text)
				if n := agrees(t, text, c, list...); n >= 0 {
					accepted++
					matched += n
				}
			}
		})
	}
	require.Greater(t, accepted, seeds*conditions/2, "most conditions are refused")
	require.Greater(t, matched, accepted*rows/5, "most conditions match nothing")
	require.Less(t, matched, accepted*rows*4/5, "most conditions match everything")
}

// FuzzMatch requires that a condition is refused as the reference refuses it, or holds for the rows for which it holds
// there. Texts of rows are valid UTF-8.
func FuzzMatch(f *testing.F) {
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for _, path := range paths {
		for _, operator := range operators {
			r := g.row()
			f.Add(fmt.Appendf(nil, `{%q:{%q:%s}}`, path, operator, g.value(path, operator)),
				r.name, r.email, r.code, strings.Join(r.tags, ","), r.born.UnixNano(), r.size, g.Uint32())
		}
		f.Add([]byte(g.condition(3)), "Ann", " ann@x.test ", "07", "a,A", int64(-1), -1.5, ^uint32(0))
	}
	f.Fuzz(func(t *testing.T, text []byte, name, email, code, tags string, born int64, size float64, bits uint32) {
		c, err := match.Parse(text)
		if err != nil || c == nil {
			return
		}
		if !utf8.ValidString(strings.Join([]string{name, email, code, tags}, " ")) {
			return
		}
		r := row{name: name, email: email, code: code, size: size, sized: bits&1 != 0}
		r.mood = someMoods[bits>>1&3]
		if tags != "" {
			r.tags = strings.Split(tags, ",")
			r.notes = strings.SplitAfter(tags, ",")
		}
		if bits>>3&1 != 0 {
			r.born = time.Unix(0, born)
		}
		for i, id := range someIDs {
			if bits>>(4+i)&1 != 0 {
				r.ids = append(r.ids, id)
			}
		}
		agrees(t, text, c, r, row{})
	})
}
