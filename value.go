package contacts

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/contactsdb/contacts/internal/wire"
)

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
		return v, wire.ValidText(v)
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

// fieldPath is the path of the value of an extended field.
func fieldPath(key string) string { return "info.extendedFields.items." + key }

func isSpace(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// validDate reports whether s is a date of the calendar, YYYY-MM-DD.
func validDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && len(s) == len(time.DateOnly)
}

// canonical returns the one of equal numbers that is stored: there are many NaNs, and two zeros.
func canonical(f float64) float64 {
	if math.IsNaN(f) {
		return math.NaN()
	}
	return f + 0
}

// deref returns the value that p points to, the zero value for nil: options may be left out.
func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}
