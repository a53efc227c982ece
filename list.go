package contacts

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/match"
)

// This file lists labels and extended fields, which differ in a few fields only.

// LabelQuery selects labels and orders them. A label must match every part of the query. The zero LabelQuery selects
// all labels, in the order of [Snapshot.Labels].
type LabelQuery struct {
	Filter Filter // by key, displayName, createdDate, updatedDate, namespace, labelType, legacyId (DEF-2)

	// Sort names the fields to sort by in order of precedence, at most 100: displayName, createdDate or updatedDate.
	// Labels without a date come last in either direction; ties keep the order of Snapshot.Labels (DEF-3).
	Sort []Sort

	LabelType  LabelType // "" matches any type
	Namespace  string    // 3 to 25 characters; "" matches any namespace
	StartsWith string    // prefix of the display name, case-sensitive, at most 180 characters
}

// FieldQuery selects extended fields and orders them. A field must match every part of the query. The zero FieldQuery
// selects all extended fields, in the order of [Snapshot.Fields].
type FieldQuery struct {
	Filter Filter // by key, displayName, createdDate, updatedDate, namespace, fieldType, dataType (DEF-2)

	// Sort names the field to sort by, at most one: displayName, createdDate or updatedDate. Fields without a date come
	// last in either direction; ties keep the order of Snapshot.Fields (DEF-3).
	Sort []Sort

	FieldType  FieldType // "" matches any type
	Namespace  string    // 3 to 25 characters; "" matches any namespace
	StartsWith string    // prefix of the display name, case-sensitive, at most 150 characters
}

// PageOptions configure [Store.ListLabels] and [Store.ListFields].
type PageOptions struct {
	// Limit is the maximum number of items per page: of labels 1 to 2000, of extended fields 1 to 1000. 0 selects the
	// default of 1000 labels or 100 extended fields.
	Limit int

	Offset int // items to skip
}

// ListLabels returns a page of the labels that match a query, including those of the system, in their current state
// (DEF-1). It examines all labels. A nil opts selects the defaults.
//
// Errors, in the order they are checked (DEF-6): INVALID_ARGUMENT for anything except the filter (DEF-3 to DEF-5);
// UNSUPPORTED_FILTER if the filter is too large; for the first mistake in the filter UNSUPPORTED_FILTER_FIELD,
// UNSUPPORTED_FILTER_OPERATOR or UNSUPPORTED_FILTER_VALUE; then INVALID_SORT. All except INVALID_ARGUMENT come with a
// [QueryError].
func (s *Store) ListLabels(ctx context.Context, q LabelQuery, opts *PageOptions) (Page[Label], error) {
	if err := s.ready(ctx); err != nil {
		return Page[Label]{}, err
	}
	v := &validator{}
	if q.LabelType != "" {
		checkEnum(v, "labelType", q.LabelType)
	}
	given := definitionQuery{q.Filter, q.Sort, string(q.LabelType), q.Namespace, q.StartsWith}
	return labelLists.page(v, given, opts, s.Snapshot().Labels())
}

// ListFields returns a page of the extended fields that match a query, including those of the system, in their current
// state (DEF-1). It examines all extended fields. A nil opts selects the defaults.
//
// Errors: those of [Store.ListLabels], in the same order.
func (s *Store) ListFields(ctx context.Context, q FieldQuery, opts *PageOptions) (Page[Field], error) {
	if err := s.ready(ctx); err != nil {
		return Page[Field]{}, err
	}
	v := &validator{}
	if q.FieldType != "" {
		checkEnum(v, "fieldType", q.FieldType)
	}
	given := definitionQuery{q.Filter, q.Sort, string(q.FieldType), q.Namespace, q.StartsWith}
	return fieldLists.page(v, given, opts, s.Snapshot().Fields())
}

// definitionColumns returns the fields by which definitions of a kind can be filtered and sorted: those that both kinds
// share, and more (DEF-2, DEF-3).
func definitionColumns[T defined](more map[string]*match.Column[T]) columns[T] {
	displayName := func(d T) string { return d.definition().displayName }
	created := func(d T) time.Time { return d.definition().created }
	updated := func(d T) time.Time { return d.definition().updated }
	fields := map[string]*match.Column[T]{
		"key":         match.Text(supportsName, func(d T) string { return d.definition().key }),
		"displayName": match.SortedText(supportsName|match.OpStartsWith, displayName),
		"createdDate": match.Time(supportsOrder, created).ByTime(created),
		"updatedDate": match.Time(supportsOrder, updated).ByTime(updated),
		"namespace":   match.Text(match.OpEq|match.OpNe, func(d T) string { return d.definition().namespace }),
	}
	maps.Copy(fields, more)
	return columns[T]{
		find:  func(path string) *match.Column[T] { return fields[path] },
		codes: filterCodes{ErrDefinitionFilterField, ErrFilterValue, ErrDefinitionSort},
	}
}

const supportsName = match.OpEq | match.OpNe | match.OpIn

// lists has the rules for listing the definitions of a kind.
type lists[T defined] struct {
	columns                columns[T]
	sortsMax, sortFieldMax int
	nameMax                int
	pageDefault, pageMax   int
}

var labelLists = lists[Label]{
	columns: definitionColumns(map[string]*match.Column[Label]{
		"labelType": match.Enum(match.OpEq, func(l Label) LabelType { return l.LabelType }),
		"legacyId":  match.Text(supportsName, func(l Label) string { return l.LegacyID }),
	}),
	sortsMax: 100, sortFieldMax: 3000, nameMax: labelNameMax, pageDefault: 1000, pageMax: 2000,
}

var fieldLists = lists[Field]{
	columns: definitionColumns(map[string]*match.Column[Field]{
		"fieldType": match.Enum(match.OpEq, func(f Field) FieldType { return f.FieldType }),
		"dataType":  match.Enum(match.OpEq|match.OpNe, func(f Field) DataType { return f.DataType }),
	}),
	sortsMax: 1, sortFieldMax: 100, nameMax: fieldNameMax, pageDefault: 100, pageMax: 1000,
}

// definitionQuery is a LabelQuery or a FieldQuery.
type definitionQuery struct {
	filter                      Filter
	sort                        []Sort
	kind, namespace, startsWith string
}

// matches reports whether a definition matches the query, except for the filter.
func (q definitionQuery) matches(d definition) bool {
	return (q.kind == "" || q.kind == d.kind) && (q.namespace == "" || q.namespace == d.namespace) &&
		strings.HasPrefix(d.displayName, q.startsWith)
}

const namespaceMin = 3 // characters of a namespace in a query; actual namespaces can be shorter

// page checks a query and returns a page of the rows that match it. The rows are in the default order. v has the
// violations so far.
func (l lists[T]) page(v *validator, q definitionQuery, opts *PageOptions, rows iter.Seq[T]) (Page[T], error) {
	if v.text("namespace", q.namespace, namespaceMax) && q.namespace != "" &&
		utf8.RuneCountInString(q.namespace) < namespaceMin {
		v.add(Violation{Field: "namespace", Rule: RuleMinLength, Threshold: namespaceMin})
	}
	v.text("startsWith", q.startsWith, l.nameMax)
	v.sorts(q.sort, l.sortsMax, l.sortFieldMax)
	if opts == nil {
		opts = &PageOptions{}
	}
	v.paging(opts.Limit, opts.Offset, l.pageMax)
	if err := invalid(v.violations); err != nil {
		return Page[T]{}, err
	}
	matches, err := l.columns.match(q.filter)
	if err != nil {
		return Page[T]{}, err
	}
	compare, err := l.columns.compareBy(q.sort)
	if err != nil {
		return Page[T]{}, err
	}
	matches = match.Both(matches, func(d T) bool { return q.matches(d.definition()) })
	var found []T
	for d := range rows {
		if matches(d) {
			found = append(found, d)
		}
	}
	slices.SortStableFunc(found, compare)
	return pageOf(found, cmp.Or(opts.Limit, l.pageDefault), opts.Offset), nil
}

// compareBy checks the sort fields and returns a function that compares rows by them.
func (cs columns[T]) compareBy(sorts []Sort) (func(a, b T) int, error) {
	compares := make([]func(a, b T) int, len(sorts))
	for i, s := range sorts {
		key, err := cs.sortKey(s)
		if err != nil {
			return nil, err
		}
		compares[i] = func(a, b T) int {
			x, hasX := key(a)
			y, hasY := key(b)
			return match.CompareKeys(x, hasX, y, hasY, s.Order == SortDesc)
		}
	}
	return func(a, b T) int {
		for _, compare := range compares {
			if order := compare(a, b); order != 0 {
				return order
			}
		}
		return 0
	}, nil
}
