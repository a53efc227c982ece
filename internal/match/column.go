package match

// Operators is a set of operators.
type Operators uint16

// The operators.
const (
	OpEq Operators = 1 << iota
	OpNe
	OpGt
	OpGte
	OpLt
	OpLte
	OpIn
	OpNin
	OpExists
	OpStartsWith
	OpHasSome
	OpHasAll
)

// operatorOf lists the operators of the query language, except $isEmpty, which no field supports.
var operatorOf = map[string]Operators{
	"$eq": OpEq, "$ne": OpNe, "$gt": OpGt, "$gte": OpGte, "$lt": OpLt, "$lte": OpLte, "$in": OpIn, "$nin": OpNin,
	"$exists": OpExists, "$startsWith": OpStartsWith, "$begins": OpStartsWith,
	"$hasSome": OpHasSome, "$hasAll": OpHasAll,
}

// Op returns the operator of a comparison, 0 if there is no such operator.
func (c *Condition) Op() Operators { return operatorOf[c.Operator] }

// Column is a field by which rows of type T can be filtered or sorted.
type Column[T any] struct {
	// operators are the operators that the field supports.
	operators Operators
	// test returns a test of rows for an operator and a value. A Kind other than 0 is the reason to refuse the value.
	test func(op Operators, value any) (func(T) bool, Kind)
	// key returns the sort key of a row, and whether the row has one. It is nil if rows cannot be sorted by the field.
	key func(T) (SortKey, bool)
}

// Columns returns the field with a path, nil if there is no such field.
type Columns[T any] func(path string) *Column[T]

// Compile checks a condition and returns it as a test of rows. For a nil condition, which holds for every row, it
// returns nil.
//
// Errors: an [*Error] for the first mistake.
func (cs Columns[T]) Compile(c *Condition) (func(T) bool, error) {
	if c == nil {
		return nil, nil
	}
	if err := c.Bounded(); err != nil {
		return nil, err
	}
	return cs.compile(c)
}

func (cs Columns[T]) compile(c *Condition) (func(T) bool, error) {
	if c.Join != "" {
		return cs.compileParts(c)
	}
	refuse := func(kind Kind) error { return &Error{Kind: kind, Field: c.Field, Operator: c.Operator} }
	column := cs(c.Field)
	if column == nil {
		return nil, refuse(UnknownField)
	}
	op := c.Op()
	if op == OpHasSome && column.operators&(OpHasSome|OpIn) == OpIn {
		op = OpIn // $hasSome is an alias in fields with one value
	}
	if op == 0 || column.operators&op == 0 {
		return nil, refuse(BadOperator)
	}
	test, kind := column.test(op, c.Value)
	if kind != 0 {
		return nil, refuse(kind)
	}
	return test, nil
}

func (cs Columns[T]) compileParts(c *Condition) (func(T) bool, error) {
	parts := make([]func(T) bool, len(c.Parts))
	for i, part := range c.Parts {
		var err error
		if parts[i], err = cs.compile(part); err != nil {
			return nil, err
		}
	}
	switch c.Join {
	case Not:
		part := parts[0]
		return func(row T) bool { return !part(row) }, nil
	case Or:
		return func(row T) bool {
			for _, part := range parts {
				if part(row) {
					return true
				}
			}
			return false
		}, nil
	default:
		return func(row T) bool {
			for _, part := range parts {
				if !part(row) {
					return false
				}
			}
			return true
		}, nil
	}
}

// Both returns a test that holds if both a and b hold. A nil a holds for every row.
func Both[T any](a, b func(T) bool) func(T) bool {
	if a == nil {
		return b
	}
	return func(row T) bool { return a(row) && b(row) }
}
