package contacts

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"reflect"
	"unicode/utf8"

	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/wire"
)

// Limits of our own, where V4 has none (FLD-30, FLD-31, VAL-20).
const (
	fieldTextMax   = form.FieldText // text in an extended field
	fieldValuesMax = 10000          // values of extended fields on a contact
	urlMax         = form.URL       // URL in an extended field, of an image or of an icon
)

// Keys of the system fields.
const (
	fieldDisplayByFirst   = form.FieldDisplayByFirst
	fieldDisplayByLast    = form.FieldDisplayByLast
	fieldVATID            = "invoices.vatId"
	fieldMembershipStatus = form.FieldMembershipStatus
	fieldMobile           = "members.mobile"
	fieldPurchases        = "ecom.numOfPurchases"
	fieldSpentAmount      = "ecom.totalSpentAmount"
	fieldSpentCurrency    = "ecom.totalSpentCurrency"
	fieldLastPurchase     = "ecom.lastPurchaseDate"
	fieldSubscription     = form.FieldSubscription
	fieldDeliverability   = form.FieldDeliverability
	fieldEffectiveEmail   = form.FieldEffectiveEmail
)

// derivedField reports whether the store computes the system field (DRV-4, DRV-6, MEM-4).
func derivedField(key string) bool { return form.IsDerivedField(key) }

// settableField reports whether another app owns the system field and sets it (FLD-16).
func settableField(key string) bool {
	switch key {
	case fieldMobile, fieldPurchases, fieldSpentAmount, fieldSpentCurrency, fieldLastPurchase:
		return true
	default:
		return false
	}
}

// spentFields are one fact in two fields: an amount means nothing without its currency (MRG-15).
var spentFields = [...]string{fieldSpentAmount, fieldSpentCurrency}

// readOnlyField reports whether callers cannot write the field: every system field except the VAT ID. Input values
// for it are ignored (FLD-2).
func readOnlyField(key string) bool { return derivedField(key) || settableField(key) }

// writableValues returns a copy of values without those of read-only fields (FLD-2).
func writableValues(values map[string]any) map[string]any {
	values = maps.Clone(values)
	maps.DeleteFunc(values, func(key string, _ any) bool { return readOnlyField(key) })
	return values
}

// fieldValue converts v to a value of type t: a string or a float64, or nil if v is empty. It reports whether v is
// valid (FLD-3 to FLD-6).
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
		return v, isText && form.IsDate(text)
	case DataURL:
		text = form.WithScheme(text)
		return text, isText && form.IsURL(text)
	default:
		return nil, false
	}
}

// tooLong reports whether a checked value of type t has too many characters, and how many it may have (FLD-30).
func tooLong(v any, t DataType) (most int, long bool) {
	text, _ := v.(string)
	most = fieldTextMax
	if t == DataURL {
		most = urlMax
	}
	return most, len(text) > most && utf8.RuneCountInString(text) > most
}

// plainValue converts v to nil, a string or a float64. It reports false for any other type, for text that cannot be
// stored, for NaN and infinities, and for integers that a float64 cannot hold, so that no input changes silently
// (FLD-6).
func plainValue(v any) (any, bool) {
	switch given := v.(type) {
	case nil:
		return nil, true
	case string:
		return v, wire.ValidText(given)
	case float64:
		return v, !math.IsNaN(given) && !math.IsInf(given, 0)
	case json.Number:
		return exactNumber(given)
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

// exactNumber parses a JSON number. It refuses an integer that a float64 cannot hold; a fraction is rounded.
func exactNumber(n json.Number) (any, bool) {
	f, err := n.Float64()
	if err != nil || !json.Valid([]byte(n)) { // Float64 also accepts hexadecimal digits, NaN and Inf
		return nil, false
	}
	if i, ok := new(big.Int).SetString(n.String(), 10); ok {
		held, _ := big.NewFloat(f).Int(nil)
		return f, held.Cmp(i) == 0
	}
	return f, true
}

// equalValue compares two values of extended fields. Captured data may contain lists and objects.
func equalValue(a, b any) bool { return reflect.DeepEqual(a, b) }

// cloneValues returns a deep copy of the values of extended fields. Captured data may contain lists and objects. One
// that occurs several times, or contains itself, does so in the copy.
func cloneValues(values map[string]any) map[string]any {
	copied := maps.Clone(values)
	var c valueCloner
	for key, v := range copied {
		switch v.(type) {
		case map[string]any, []any:
			c.keep(objectRef(values), copied)
			copied[key] = c.clone(v)
		}
	}
	return copied
}

func cloneValue(v any) any { return new(valueCloner).clone(v) }

// valueCloner copies lists and objects, each once.
type valueCloner struct{ copies map[valueRef]any }

// valueRef identifies a list or an object by its memory.
type valueRef struct {
	at     uintptr
	length int // -1 for an object
}

func objectRef(object map[string]any) valueRef {
	return valueRef{reflect.ValueOf(object).Pointer(), -1}
}

func (c *valueCloner) keep(ref valueRef, copied any) {
	if c.copies == nil {
		c.copies = make(map[valueRef]any)
	}
	c.copies[ref] = copied
}

func (c *valueCloner) clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		ref := objectRef(v)
		if known, ok := c.copies[ref]; ok {
			return known
		}
		object := maps.Clone(v)
		c.keep(ref, object)
		for key, item := range object {
			object[key] = c.clone(item)
		}
		return object
	case []any:
		ref := valueRef{reflect.ValueOf(v).Pointer(), len(v)}
		if known, ok := c.copies[ref]; ok {
			return known
		}
		list := make([]any, len(v))
		c.keep(ref, list)
		for i := range v {
			list[i] = c.clone(v[i])
		}
		return list
	default:
		return v
	}
}

// fieldPath returns the wire path of the value of an extended field.
func fieldPath(key string) string { return "info.extendedFields.items." + key }

// canonical returns the stored form of a number: one bit pattern for every NaN, and positive zero for both zeros.
func canonical(f float64) float64 {
	if math.IsNaN(f) {
		return math.NaN()
	}
	return f + 0
}

// deref returns *p, or the zero value if p is nil, as options may be.
func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
