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

// This file lists labels and extended fields, which are alike in all but a few fields.

// LabelQuery says which labels are meant, and in which order. The zero LabelQuery means all, in the order of
// [Snapshot.Labels]. What it names besides the filter must hold as well.
type LabelQuery struct {
	Filter Filter // by key, displayName, createdDate, updatedDate, namespace, labelType, legacyId (DEF-2)

	// Sort names the fields to sort by, displayName, createdDate or updatedDate, the first one first: at most 100.
	// Labels without a date come last in either direction, equal ones in the order of Snapshot.Labels (DEF-3).
	Sort []Sort

	LabelType  LabelType // "": of any
	Namespace  string    // 3 to 25 characters; "": of any
	StartsWith string    // how the display name begins; case counts; at most 180 characters
}

// FieldQuery says which extended fields are meant, and in which order. The zero FieldQuery means all, in the order of
// [Snapshot.Fields]. What it names besides the filter must hold as well.
type FieldQuery struct {
	Filter Filter // by key, displayName, createdDate, updatedDate, namespace, fieldType, dataType (DEF-2)

	// Sort names the field to sort by, displayName, createdDate or updatedDate: at most one. Fields without a date come
	// last in either direction, equal ones in the order of Snapshot.Fields (DEF-3).
	Sort []Sort

	FieldType  FieldType // "": of any
	Namespace  string    // 3 to 25 characters; "": of any
	StartsWith string    // how the display name begins; case counts; at most 150 characters
}

// PageOptions are the options of [Store.ListLabels] and [Store.ListFields].
type PageOptions struct {
	Limit  int // labels of a page: 1 to 2000, 0 for the default of 1000; extended fields: 1 to 1000, 0 for 100
	Offset int // how many to pass over
}

// ListLabels returns a page of the labels that a query takes, as they are now (DEF-1). It looks at all labels.
//
// Errors, in the order they are checked: INVALID_ARGUMENT for all but the filter (DEF-3 to DEF-5), then for the filter
// UNSUPPORTED_FILTER if it is too large or UNSUPPORTED_FILTER_FIELD, UNSUPPORTED_FILTER_OPERATOR or
// UNSUPPORTED_FILTER_VALUE for the first that is wrong in it, then INVALID_SORT (DEF-6). All but the first come with a
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

// ListFields returns a page of the extended fields that a query takes, those of the system included, as they are now
// (DEF-1). It looks at all extended fields.
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

// definitionColumns are the fields by which definitions can be filtered and sorted: those that both kinds have, and
// more (DEF-2, DEF-3).
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

// lists says how definitions of a kind are listed.
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

// takes reports whether a definition is what the query names besides the filter.
func (q definitionQuery) matches(d definition) bool {
	return (q.kind == "" || q.kind == d.kind) && (q.namespace == "" || q.namespace == d.namespace) &&
		strings.HasPrefix(d.displayName, q.startsWith)
}

const namespaceMin = 3 // characters of a namespace to look for; there are shorter ones

// page checks a query and returns what it takes of rows, which are in the default order. v has checked the kind.
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
	var taken []T
	for d := range rows {
		if matches(d) {
			taken = append(taken, d)
		}
	}
	slices.SortStableFunc(taken, compare)
	return pageOf(taken, cmp.Or(opts.Limit, l.pageDefault), opts.Offset), nil
}

// compareBy checks what to sort by and returns how rows compare.
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
