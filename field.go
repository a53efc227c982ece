package contacts

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"math"
	"math/big"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// Field defines an extended field. Its key never changes.
type Field struct {
	Namespace   string // "custom", or the app that owns the field
	Key         string // at most 80 characters; the key in Info.ExtendedFields
	DisplayName string // 1 to 150 characters
	DataType    DataType
	FieldType   FieldType
	Description string    // system fields only
	CreatedDate time.Time // zero on system fields
	UpdatedDate time.Time // zero on system fields
}

// MarshalJSON writes the wire shape.
func (f Field) MarshalJSON() ([]byte, error) { return written(&f, writeField) }

func writeField(w *wire.Writer, f *Field) {
	w.Begin('{')
	w.Name("namespace")
	w.String(f.Namespace)
	w.Name("key")
	w.String(f.Key)
	w.Name("displayName")
	w.String(f.DisplayName)
	w.Name("dataType")
	w.String(string(f.DataType))
	w.Name("fieldType")
	w.String(string(f.FieldType))
	w.MemberTime("createdDate", f.CreatedDate)
	w.MemberTime("updatedDate", f.UpdatedDate)
	w.MemberString("description", f.Description)
	w.End('}')
}

// UnmarshalJSON reads the wire shape or the SDK's, as [Contact.UnmarshalJSON] does.
func (f *Field) UnmarshalJSON(text []byte) error { return unmarshal(text, "", f, readField) }

func readField(v wire.Value) Field {
	o := v.Object()
	return Field{
		Namespace: o.Text("namespace"), Key: o.Text("key"), DisplayName: o.Text("displayName"),
		DataType: wire.Enum[DataType](o, "dataType"), FieldType: wire.Enum[FieldType](o, "fieldType"),
		Description: o.Text("description"),
		CreatedDate: o.Time("createdDate", "_createdDate"), UpdatedDate: o.Time("updatedDate", "_updatedDate"),
	}
}

// check reports what keeps a field besides those of the system from being one that a store has made. The path is that of
// the field.
func (f Field) check(path string) []Violation {
	v := &validator{stored: true}
	v.key(path, f.Namespace, f.Key)
	v.requiredText(path+".displayName", f.DisplayName, fieldNameMax)
	v.holds(path+".description", f.Description == "")
	v.holds(path+".dataType", f.DataType.Valid())
	v.holds(path+".fieldType", f.FieldType == FieldUserDefined)
	v.dates(path, f.CreatedDate, f.UpdatedDate)
	return v.violations
}

func (f Field) definition() definition {
	return definition{f.Namespace, f.Key, f.DisplayName, string(f.FieldType), f.CreatedDate, f.UpdatedDate}
}

const fieldNameMax = 150 // characters of a display name

// Keys of the system fields.
const (
	fieldDisplayByFirst   = "contacts.displayByFirstName"
	fieldDisplayByLast    = "contacts.displayByLastName"
	fieldVATID            = "invoices.vatId"
	fieldMembershipStatus = "members.membershipStatus"
	fieldMobile           = "members.mobile"
	fieldPurchases        = "ecom.numOfPurchases"
	fieldSpentAmount      = "ecom.totalSpentAmount"
	fieldSpentCurrency    = "ecom.totalSpentCurrency"
	fieldLastPurchase     = "ecom.lastPurchaseDate"
	fieldSubscription     = "emailSubscriptions.subscriptionStatus"
	fieldDeliverability   = "emailSubscriptions.deliverabilityStatus"
	fieldEffectiveEmail   = "emailSubscriptions.effectiveEmail"
)

// systemFields are in every store (FLD-1). Only the VAT ID can be written by callers.
var systemFields = []Field{
	systemField(fieldDisplayByFirst, "Display Name (start with first)", DataText, "Name, first name first"),
	systemField(fieldDisplayByLast, "Display Name (start with last)", DataText, "Name, last name first"),
	systemField(fieldVATID, "VAT ID", DataText, "VAT ID for invoices"),
	systemField(fieldMembershipStatus, "Membership Status", DataText, "State of the linked member"),
	systemField(fieldMobile, "Mobile flag", DataText, "Whether the member uses the mobile app"),
	systemField(fieldPurchases, "# of Purchases", DataNumber, "Number of purchases"),
	systemField(fieldSpentAmount, "Total Spent Amount", DataNumber, "Amount spent in all purchases"),
	systemField(fieldSpentCurrency, "Total Spent Currency", DataText, "Currency of the amount spent"),
	systemField(fieldLastPurchase, "Last Purchase Date", DataDate, "Date of the last purchase"),
	systemField(fieldSubscription, "Effective Subscription Status", DataText, "Consent to marketing at the effective email"),
	systemField(fieldDeliverability, "Effective Deliverability Status", DataText, "Delivery state of the effective email"),
	systemField(fieldEffectiveEmail, "Effective Email", DataText, "Email that subscriptions apply to"),
}

func systemField(key, displayName string, t DataType, description string) Field {
	namespace, _, _ := strings.Cut(key, ".")
	return Field{
		Namespace: namespace, Key: key, DisplayName: displayName,
		DataType: t, FieldType: FieldSystem, Description: description,
	}
}

// derivedField reports whether the store computes the system field (DRV-4, DRV-6, MEM-4).
func derivedField(key string) bool {
	switch key {
	case fieldDisplayByFirst, fieldDisplayByLast, fieldMembershipStatus,
		fieldSubscription, fieldDeliverability, fieldEffectiveEmail:
		return true
	default:
		return false
	}
}

// settableField reports whether the system field belongs to another app, which sets it (FLD-16).
func settableField(key string) bool {
	switch key {
	case fieldMobile, fieldPurchases, fieldSpentAmount, fieldSpentCurrency, fieldLastPurchase:
		return true
	default:
		return false
	}
}

// readOnlyField reports whether callers cannot write the field: all system fields but the VAT ID. Values given for it
// are ignored (FLD-2).
func readOnlyField(key string) bool { return derivedField(key) || settableField(key) }

// writableValues returns a copy of values without those for read-only fields (FLD-2).
func writableValues(values map[string]any) map[string]any {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(key string, _ any) bool { return readOnlyField(key) })
	return values
}

// checkFieldValues checks the values given for extended fields against their definitions and puts them in the form
// that is stored: string or float64, nil where a value is cleared.
//
// Errors: EXTENDED_FIELD_NOT_FOUND with all unknown keys, INVALID_EXTENDED_FIELD_VALUE with the first bad one and a
// violation for each.
func checkFieldValues(given map[string]any, define func(key string) (Field, bool)) (map[string]any, error) {
	if len(given) == 0 {
		return nil, nil
	}
	values := make(map[string]any, len(given))
	var unknown []string
	var bad []Violation
	var first *FieldValueError
	for _, key := range slices.Sorted(maps.Keys(given)) {
		field, ok := define(key)
		if !ok {
			unknown = append(unknown, key)
			continue
		}
		v, ok := fieldValue(given[key], field.DataType)
		if !ok {
			bad = append(bad, Violation{
				Field: fieldPath(key), Rule: RuleFormat, Format: formatOf[field.DataType],
			})
			if first == nil {
				first = &FieldValueError{Key: key, DataType: field.DataType}
			}
		}
		values[key] = v
	}
	if unknown != nil {
		return nil, fieldNotFound(unknown...)
	}
	if first != nil {
		return nil, &Error{Code: ErrInvalidFieldValue, Violations: bad, Err: first}
	}
	return values, nil
}

// fieldPath is the path of the value of an extended field.
func fieldPath(key string) string { return "info.extendedFields.items." + key }

var formatOf = map[DataType]Format{
	DataText: FormatString, DataNumber: FormatNumber, DataDate: FormatLocalDate, DataURL: FormatWebURL,
}

// fieldValue returns v as a value of type t: string, float64, or nil where v is empty (FLD-3 to FLD-6).
func fieldValue(v any, t DataType) (any, bool) {
	v, ok := plainValue(v)
	if !ok || v == nil || v == "" {
		return nil, ok
	}
	text, isText := v.(string)
	switch t {
	case DataNumber:
		if f, ok := v.(float64); ok {
			return canonical(f), true
		}
		return v, !isText
	case DataText:
		return v, isText
	case DataDate:
		return v, isText && validDate(text)
	case DataURL:
		text = withProtocol(text)
		return text, isText && validFieldURL(text)
	default:
		return nil, false
	}
}

// plainValue reduces v to nil, a string or a float64 that holds exactly the number given. It reports false for any
// other type, for text that cannot be stored, for NaN and infinities, and for integers that a float64 cannot hold
// (FLD-6): nothing that a caller gives is silently changed.
func plainValue(v any) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case string:
		return v, validText(v)
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case json.Number:
		return exactNumber(v)
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Float32:
		f := r.Float()
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f := float64(r.Int())
		return f, f < 1<<63 && int64(f) == r.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		f := float64(r.Uint())
		return f, f < 1<<64 && uint64(f) == r.Uint()
	default:
		return nil, false
	}
}

// exactNumber parses a JSON number. An integer that a float64 cannot hold is refused; a fraction is rounded, as always.
func exactNumber(n json.Number) (any, bool) {
	f, err := n.Float64()
	if err != nil || !json.Valid([]byte(n)) { // Float64 also takes hexadecimal digits, NaN and Inf
		return nil, false
	}
	if i, ok := new(big.Int).SetString(n.String(), 10); ok {
		held, _ := big.NewFloat(f).Int(nil)
		return f, held.Cmp(i) == 0
	}
	return f, true
}

var protocol = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

func withProtocol(s string) string {
	if protocol.MatchString(s) {
		return s
	}
	return "https://" + s
}

func validFieldURL(s string) bool {
	if strings.ContainsFunc(s, isSpace) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Hostname() != ""
}

// equalValue compares two values of extended fields. Captured data may hold lists and objects.
func equalValue(a, b any) bool { return reflect.DeepEqual(a, b) }

// fieldRecord is a field as the tables hold it, never changed.
type fieldRecord struct {
	field Field
	order place
}

// compare orders fields by their making.
func (f *fieldRecord) compare(o *fieldRecord) int { return f.order.compare(o.order) }

// fields yields all fields, by key.
func (r reader) fields() iter.Seq[*fieldRecord] {
	return scan[*fieldRecord](r, tableFields, indexID, nil)
}

func (r reader) field(key string) *fieldRecord {
	return first[*fieldRecord](r, tableFields, indexID, textKey(key))
}

func (r reader) hasField(key string) bool { return r.field(key) != nil }

// customFieldNamed returns the oldest custom field with this display name.
func (r reader) customFieldNamed(displayName string) *fieldRecord {
	for f := range scan[*fieldRecord](r, tableFields, indexName, textKey(displayName)) {
		if f.field.FieldType == FieldUserDefined {
			return f
		}
	}
	return nil
}

// Field returns the definition of an extended field.
//
// Errors: EXTENDED_FIELD_NOT_FOUND.
func (sn *Snapshot) Field(key string) (Field, error) {
	f := sn.reads().field(key)
	if f == nil {
		return Field{}, fieldNotFound(key)
	}
	return f.field, nil
}

// GetField returns the definition of an extended field, as it is now.
//
// Errors: EXTENDED_FIELD_NOT_FOUND.
func (s *Store) GetField(ctx context.Context, key string) (Field, error) {
	if err := s.ready(ctx); err != nil {
		return Field{}, err
	}
	return s.Snapshot().Field(key)
}

// Fields yields the extended fields, the newest first, system fields last (FLD-15).
func (sn *Snapshot) Fields() iter.Seq[Field] {
	var fields []Field
	for f := range sn.reads().fields() {
		fields = append(fields, f.field)
	}
	newestFirst(fields, systemFields)
	return slices.Values(fields)
}

// FindOrCreateField returns the custom field with exactly this display name, whatever its type, or makes one of the
// given type. The second result tells whether it was made.
//
// Errors: INVALID_ARGUMENT, FIELDS_QUOTA_EXCEEDED with a [QuotaError] (FLD-8 to FLD-11).
func (s *Store) FindOrCreateField(ctx context.Context, displayName string, t DataType) (Field, bool, error) {
	if err := s.ready(ctx); err != nil {
		return Field{}, false, err
	}
	v := &validator{}
	v.requiredText("displayName", displayName, fieldNameMax)
	checkEnum(v, "dataType", t)
	if err := invalid(v.violations); err != nil {
		return Field{}, false, err
	}
	var field Field
	var made bool
	err := s.commit(ctx, s.opts.Now(), func(tx *tx) error {
		if found := tx.reads().customFieldNamed(displayName); found != nil {
			field = found.field
			return nil
		}
		if err := checkQuota(ErrFieldsQuota, s.opts.FieldQuota, tx.fields, 1); err != nil {
			return err
		}
		field, made = Field{
			Namespace: customNamespace, Key: newKey(displayName, "field", tx.reads().hasField),
			DisplayName: displayName, DataType: t, FieldType: FieldUserDefined, CreatedDate: tx.now, UpdatedDate: tx.now,
		}, true
		tx.defineField(field)
		return nil
	})
	if err != nil {
		return Field{}, false, err
	}
	return field, made, nil
}

// RenameField gives a custom field another display name. Its key and type stay (FLD-12).
//
// Errors: INVALID_ARGUMENT, EXTENDED_FIELD_NOT_FOUND, SYSTEM_FIELD_READ_ONLY.
func (s *Store) RenameField(ctx context.Context, key, displayName string) (Field, error) {
	if err := s.ready(ctx); err != nil {
		return Field{}, err
	}
	if err := checkName("field.displayName", displayName, fieldNameMax); err != nil {
		return Field{}, err
	}
	var field Field
	err := s.commit(ctx, s.opts.Now(), func(tx *tx) error {
		before, err := tx.customField(key)
		if err != nil {
			return err
		}
		after := *before
		after.field.DisplayName, after.field.UpdatedDate = displayName, tx.now
		tx.insert(tableFields, &after)
		tx.fieldChanged(FieldUpdated, before.field, after.field)
		field = after.field
		return nil
	})
	return field, err
}

// DeleteField removes a custom field, and its values from all contacts, in one commit. It looks at every contact
// (FLD-13).
//
// Errors: EXTENDED_FIELD_NOT_FOUND, SYSTEM_FIELD_READ_ONLY.
func (s *Store) DeleteField(ctx context.Context, key string) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	return s.commit(ctx, s.opts.Now(), func(tx *tx) error {
		field, err := tx.customField(key)
		if err != nil {
			return err
		}
		cleared := fieldValues{set: map[string]any{key: nil}}
		for before := range tx.reads().all() {
			if _, ok := before.contact.Info.ExtendedFields[key]; ok {
				after := tx.next(before)
				after.contact.Info.ExtendedFields = cleared.apply(before.contact.Info.ExtendedFields)
				tx.put(before, after)
			}
		}
		tx.fields--
		tx.delete(tableFields, field)
		tx.fieldChanged(FieldDeleted, field.field, Field{})
		return nil
	})
}

// RuleNameNotSettable is the RuleName of a violation for a field that a method cannot set.
const RuleNameNotSettable = "NOT_SETTABLE"

// SetSystemFields sets system fields that callers of Update cannot write: members.mobile, ecom.numOfPurchases,
// ecom.totalSpentAmount, ecom.totalSpentCurrency and ecom.lastPurchaseDate. nil and "" clear (FLD-16). It stands for the
// apps that write these fields in the service.
//
// Errors, in the order they are checked: CONTACT_NOT_FOUND, INSUFFICIENT_UPDATE_CONTACT_DATA without values,
// EXTENDED_FIELD_NOT_FOUND, INVALID_ARGUMENT for other fields, INVALID_EXTENDED_FIELD_VALUE.
func (s *Store) SetSystemFields(ctx context.Context, id uuid.UUID, values map[string]any) (*Contact, error) {
	values = maps.Clone(values) // the caller's
	return s.change(ctx, id, nil, func(tx *tx, before *record) (*record, error) {
		if len(values) == 0 {
			return nil, &Error{Code: ErrInsufficientUpdate}
		}
		var unknown []string
		v := &validator{}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if _, ok := tx.definedField(key); !ok {
				unknown = append(unknown, key)
			} else if !settableField(key) {
				v.add(Violation{
					Field: fieldPath(key), Rule: RuleCustom, RuleName: RuleNameNotSettable,
				})
			}
		}
		if unknown != nil {
			return nil, fieldNotFound(unknown...)
		}
		if err := invalid(v.violations); err != nil {
			return nil, err
		}
		checked, err := checkFieldValues(values, tx.definedField)
		if err != nil {
			return nil, err
		}
		after := tx.next(before)
		after.contact.Info.ExtendedFields = fieldValues{set: checked}.apply(before.contact.Info.ExtendedFields)
		return after, nil
	})
}

// defineField writes a new field.
func (t *tx) defineField(f Field) {
	t.fields++
	t.insert(tableFields, &fieldRecord{field: f, order: t.place(f.CreatedDate)})
	t.fieldChanged(FieldCreated, Field{}, f)
}

func (t *tx) fieldChanged(kind ChangeKind, before, after Field) {
	t.changed(Change{Kind: kind, field: &versions[Field]{before, after}})
}

// customField returns a field that may be renamed and deleted.
func (t *tx) customField(key string) (*fieldRecord, error) {
	f := t.reads().field(key)
	switch {
	case f == nil:
		return nil, fieldNotFound(key)
	case f.field.FieldType == FieldSystem:
		return nil, &Error{Code: ErrSystemField, Err: &KeysError{Keys: []string{key}}}
	default:
		return f, nil
	}
}

func (t *tx) definedField(key string) (Field, bool) {
	f := t.reads().field(key)
	if f == nil {
		return Field{}, false
	}
	return f.field, true
}

// fieldValues checks the values that a patch gives for extended fields.
func (t *tx) fieldValues(p Patch) (fieldValues, error) {
	given, replace := p.ExtendedFields.Get()
	if len(p.SetFields) > 0 {
		both := make(map[string]any, len(given)+len(p.SetFields))
		maps.Copy(both, given)
		maps.Copy(both, p.SetFields)
		given = both
	}
	values, err := checkFieldValues(given, t.definedField)
	return fieldValues{replace: replace, set: values}, err
}

func fieldNotFound(keys ...string) error {
	return &Error{Code: ErrFieldNotFound, Err: &KeysError{Keys: keys}}
}

// defineSystem writes the labels and fields that every store has.
func (t *tx) defineSystem() {
	for _, l := range systemLabels {
		t.insert(tableLabels, &labelRecord{label: l, order: t.place(time.Time{})})
	}
	for _, f := range systemFields {
		t.insert(tableFields, &fieldRecord{field: f, order: t.place(time.Time{})})
	}
}

// cloneValues copies the values of extended fields, and with captured data the lists and objects below them.
func cloneValues(values map[string]any) map[string]any {
	values = maps.Clone(values)
	for key, v := range values {
		switch v.(type) {
		case map[string]any, []any:
			values[key] = cloneValue(v)
		}
	}
	return values
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return cloneValues(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = cloneValue(v[i])
		}
		return list
	default:
		return v
	}
}
