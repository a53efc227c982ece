package contacts

import (
	"context"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/redact"
)

// checkFieldValues checks the values given for extended fields against their definitions and returns them in their
// stored form: string or float64, nil where a value is cleared.
//
// Errors: EXTENDED_FIELD_NOT_FOUND with all unknown keys, INVALID_EXTENDED_FIELD_VALUE with the first bad field and a
// violation for each bad field.
func checkFieldValues(given map[string]any, define func(key string) (Field, bool)) (map[string]any, error) {
	if len(given) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(given))
	var unknown []string
	var bad []Violation
	var first *FieldValueError
	keys := slices.AppendSeq(make([]string, 0, len(given)), maps.Keys(given))
	slices.Sort(keys)
	for _, key := range keys {
		field, ok := define(key)
		if !ok {
			unknown = append(unknown, key)
			continue
		}
		v, violation := checkFieldValue(given[key], field)
		if violation != nil {
			bad = append(bad, *violation)
			if first == nil {
				first = &FieldValueError{Key: key, DataType: field.DataType}
			}
		}
		values[field.Key] = v
	}
	if unknown != nil {
		return nil, fieldNotFound(unknown...)
	}
	if first != nil {
		return nil, &Error{Code: ErrInvalidFieldValue, Violations: bad, Err: first}
	}
	return values, nil
}

// checkFieldValue returns a value in its stored form, or the rule that it breaks.
func checkFieldValue(given any, field Field) (any, *Violation) {
	v, ok := fieldValue(given, field.DataType)
	if !ok {
		return nil, &Violation{Field: fieldPath(field.Key), Rule: RuleFormat, Format: formatOf[field.DataType]}
	}
	if most, long := tooLong(v, field.DataType); long {
		return nil, &Violation{Field: fieldPath(field.Key), Rule: RuleMaxLength, Threshold: most}
	}
	return v, nil
}

var formatOf = map[DataType]Format{
	DataText: FormatString, DataNumber: FormatNumber, DataDate: FormatLocalDate, DataURL: FormatWebURL,
}

// GetField returns the definition of an extended field.
//
// Errors: EXTENDED_FIELD_NOT_FOUND.
func (sn *Snapshot) GetField(key string) (Field, error) {
	f := sn.reads().field(key)
	if f == nil {
		return Field{}, fieldNotFound(key)
	}
	return f.value, nil
}

// GetField returns the current definition of an extended field.
//
// Errors: EXTENDED_FIELD_NOT_FOUND.
func (s *Store) GetField(ctx context.Context, key string) (Field, error) {
	if err := s.ready(ctx); err != nil {
		return Field{}, err
	}
	return s.Snapshot().GetField(key)
}

// Fields yields the extended fields, the newest first, system fields last (FLD-15).
func (sn *Snapshot) Fields() iter.Seq[Field] { return newestFirst(sn.reads().fields(), systemFields) }

// fieldKind describes how extended fields are written.
var fieldKind = &definitionKind[Field]{
	table: tableFields, get: reader.field, count: func(tx *txn) *int { return &tx.fields },
	quota:    func(o *Options) int { return o.FieldQuota },
	notFound: ErrFieldNotFound, readOnly: ErrSystemField, quotaReached: ErrFieldsQuota,
	created: FieldCreated, updated: FieldUpdated, deleted: FieldDeleted,
	change: func(before, after Field) Change { return Change{field: &versions[Field]{before, after}} },
	rename: func(f Field, displayName string, at time.Time) Field {
		f.DisplayName, f.UpdatedDate = displayName, latest(at, f.CreatedDate)
		return f
	},
	outcome: func(f *Field, created bool) outcome { return outcome{field: f, created: created} },
}

// FindOrCreateField returns the custom field with this display name, whatever its type, or creates one of the given
// type. Names are compared as by [Store.FindOrCreateLabel]. The second result reports whether the field was created.
//
// Errors: INVALID_ARGUMENT, FIELDS_QUOTA_EXCEEDED with a [QuotaError] (FLD-8 to FLD-11).
func (s *Store) FindOrCreateField(ctx context.Context, displayName string, t DataType) (Field, bool, error) {
	done, err := run(ctx, s, FindOrCreateFieldOp{DisplayName: displayName, DataType: t})
	return deref(done.field), done.created, err
}

// FindOrCreateFieldOp is the operation of [Store.FindOrCreateField].
type FindOrCreateFieldOp struct {
	DisplayName string
	DataType    DataType

	// TempKey is a text without a dot by which later operations of the same batch can name the field, see
	// [Store.Batch].
	TempKey string
}

func (op FindOrCreateFieldOp) prepare(s *Store) (write, uuid.UUID, error) {
	v := &validator{}
	v.name("displayName", op.DisplayName, fieldNameMax)
	checkEnum(v, "dataType", op.DataType)
	find := func(r reader) *fieldRecord { return r.customFieldNamed(op.DisplayName) }
	return fieldKind.findOrCreate(s.opts, find, func(tx *txn) Field {
		return Field{
			Namespace: customNamespace, Key: newKey(op.DisplayName, "field", tx.reads().fieldKeys),
			DisplayName: op.DisplayName, DataType: op.DataType, FieldType: FieldUserDefined,
			CreatedDate: tx.now, UpdatedDate: tx.now,
		}
	}), uuid.Nil, invalid(v.violations)
}

func (op FindOrCreateFieldOp) tempName() tempName {
	return tempName{table: tableFields, key: op.TempKey}
}

// RenameField changes the display name of a custom field. Its key and type stay the same (FLD-12).
//
// Errors: INVALID_ARGUMENT, EXTENDED_FIELD_NOT_FOUND, SYSTEM_FIELD_READ_ONLY.
func (s *Store) RenameField(ctx context.Context, key, displayName string) (Field, error) {
	done, err := run(ctx, s, RenameFieldOp{Key: key, DisplayName: displayName})
	return deref(done.field), err
}

// RenameFieldOp is the operation of [Store.RenameField].
type RenameFieldOp struct {
	Key, DisplayName string
}

func (op RenameFieldOp) prepare(*Store) (write, uuid.UUID, error) {
	v := &validator{}
	v.name("field.displayName", op.DisplayName, fieldNameMax)
	return fieldKind.doRename(op.Key, op.DisplayName), uuid.Nil, invalid(v.violations)
}

// DeleteField deletes a custom field and its values on all contacts, in one commit (FLD-13). It reads every contact.
// Other writers wait meanwhile, about 30 µs for each contact that has a value. If the context ends before the last of
// them, nothing is written (STO-1). To let other writers in, clear the values with [Store.BulkUpdate] first.
//
// Errors: EXTENDED_FIELD_NOT_FOUND, SYSTEM_FIELD_READ_ONLY.
func (s *Store) DeleteField(ctx context.Context, key string) error {
	_, err := run(ctx, s, DeleteFieldOp{Key: key})
	return err
}

// DeleteFieldOp is the operation of [Store.DeleteField].
type DeleteFieldOp struct {
	Key string
}

func (op DeleteFieldOp) prepare(*Store) (write, uuid.UUID, error) {
	return fieldKind.doDelete(op.Key, reader.withField, func(in *Info, key string) {
		in.ExtendedFields = fieldValues{set: map[string]any{key: nil}}.apply(in.ExtendedFields)
	}), uuid.Nil, nil
}

// SetSystemFields sets system fields that Update cannot write: members.mobile, ecom.numOfPurchases,
// ecom.totalSpentAmount, ecom.totalSpentCurrency and ecom.lastPurchaseDate. The values nil and "" clear a field
// (FLD-16). The method replaces the apps that write these fields in the V4 service.
//
// Errors, in the order they are checked: CONTACT_NOT_FOUND, INSUFFICIENT_UPDATE_CONTACT_DATA if values is empty,
// EXTENDED_FIELD_NOT_FOUND, INVALID_ARGUMENT for other fields, INVALID_EXTENDED_FIELD_VALUE.
func (s *Store) SetSystemFields(ctx context.Context, id uuid.UUID, values map[string]any) (*Contact, error) {
	return do(ctx, s, SetSystemFieldsOp{ID: id, Values: values})
}

// SetSystemFieldsOp is the operation of [Store.SetSystemFields].
type SetSystemFieldsOp struct {
	ID     uuid.UUID
	Values map[string]any
}

// LogValue returns the IDs, and the names of the other fields that are set (ERR-5).
func (op SetSystemFieldsOp) LogValue() slog.Value { return redact.Value(op) }

func (op SetSystemFieldsOp) prepare(*Store) (write, uuid.UUID, error) {
	values := maps.Clone(op.Values) // the caller's
	return decision(func(tx *txn, before *record) (*record, error) {
		checked, err := tx.systemValues(values)
		if err != nil {
			return nil, err
		}
		after := tx.nextVersion(before)
		after.contact.Info.ExtendedFields = fieldValues{set: checked}.apply(before.contact.Info.ExtendedFields)
		return after, tx.checkSize(before, after)
	}).of(op.ID), op.ID, nil
}

// systemValues checks values of system fields and returns them in their stored form.
func (tx *txn) systemValues(values map[string]any) (map[string]any, error) {
	if len(values) == 0 {
		return nil, &Error{Code: ErrInsufficientUpdate}
	}
	var unknown []string
	v := &validator{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if _, ok := tx.definedField(key); !ok {
			unknown = append(unknown, key)
		} else if !settableField(key) {
			v.add(Violation{Field: fieldPath(key), Rule: RuleCustom, RuleName: RuleNameNotSettable})
		}
	}
	if unknown != nil {
		return nil, fieldNotFound(unknown...)
	}
	if err := invalid(v.violations); err != nil {
		return nil, err
	}
	return checkFieldValues(values, tx.definedField)
}

func (tx *txn) definedField(key string) (Field, bool) {
	f := tx.reads().field(key)
	if f == nil {
		return Field{}, false
	}
	return f.value, true
}

// fieldValues checks and returns the values that a patch gives for extended fields.
func (tx *txn) fieldValues(p Patch) (fieldValues, error) {
	given, replace := p.ExtendedFields.Get()
	if len(p.SetFields) > 0 {
		all := make(map[string]any, len(given)+len(p.SetFields))
		maps.Copy(all, given)
		maps.Copy(all, p.SetFields)
		given = all
	}
	values, err := checkFieldValues(given, tx.definedField)
	return fieldValues{replace: replace, set: values}, err
}

func fieldNotFound(keys ...string) error {
	return &Error{Code: ErrFieldNotFound, Err: &KeysError{Keys: keys}}
}
