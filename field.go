package contacts

import (
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
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

// readOnlyField reports whether callers cannot write the field: all system fields but the VAT ID. Values given for it
// are ignored (FLD-2).
func readOnlyField(key string) bool {
	return key != fieldVATID && slices.ContainsFunc(systemFields, func(f Field) bool { return f.Key == key })
}

// checkFieldValues checks the values given for extended fields against their definitions and puts them in the form
// that is stored: string or float64, nil where a value is cleared. Values for read-only fields are left out.
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
		if readOnlyField(key) {
			continue
		}
		field, ok := define(key)
		if !ok {
			unknown = append(unknown, key)
			continue
		}
		v, ok := fieldValue(given[key], field.DataType)
		if !ok {
			bad = append(bad, Violation{
				Field: "info.extendedFields.items." + key, Rule: RuleFormat, Format: formatOf[field.DataType],
			})
			if first == nil {
				first = &FieldValueError{Key: key, DataType: field.DataType}
			}
		}
		values[key] = v
	}
	if unknown != nil {
		return nil, &Error{Code: ErrFieldNotFound, Err: &KeysError{Keys: unknown}}
	}
	if first != nil {
		return nil, &Error{Code: ErrInvalidFieldValue, Violations: bad, Err: first}
	}
	return values, nil
}

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
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, false
	}
	if i, err := n.Int64(); err == nil {
		return f, f < 1<<63 && int64(f) == i
	}
	return f, strings.ContainsAny(n.String(), ".eE")
}

func withProtocol(s string) string {
	if strings.Contains(s, "://") {
		return s
	}
	return "https://" + s
}

func validFieldURL(s string) bool {
	if strings.ContainsFunc(s, isSpace) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && u.Host != ""
}

// equalValue compares two values of extended fields. Captured data may hold lists and objects.
func equalValue(a, b any) bool { return reflect.DeepEqual(a, b) }

// fieldRecord is a field as the tables hold it, never changed.
type fieldRecord struct {
	field Field
	order place
}

func (r reader) field(key string) *fieldRecord {
	return first[*fieldRecord](r, tableFields, indexID, textKey(key))
}

// fieldValues checks the values that a patch gives for extended fields.
func (t *tx) fieldValues(p Patch) (fieldValues, error) {
	given, replace := p.ExtendedFields.Get()
	if len(p.SetFields) > 0 {
		given = maps.Clone(given)
		if given == nil {
			given = make(map[string]any, len(p.SetFields))
		}
		maps.Copy(given, p.SetFields)
	}
	values, err := checkFieldValues(given, func(key string) (Field, bool) {
		if f := t.reads().field(key); f != nil {
			return f.field, true
		}
		return Field{}, false
	})
	return fieldValues{replace: replace, set: values}, err
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
