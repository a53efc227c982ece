package contacts

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/brief"
)

// A Code names what went wrong. Its text is the code of the V4 API (or a local one where V4 publishes none) and never
// changes. A Code is an error itself: errors.Is(err, contacts.ErrAlreadyChanged).
type Code string

// Error returns the text of the code.
func (c Code) Error() string { return string(c) }

// The codes that this package returns (ERR-1).
const (
	ErrInvalid                   Code = "INVALID_ARGUMENT"                                // input breaks a type, limit or format; see Error.Violations
	ErrContactNotFound           Code = "CONTACT_NOT_FOUND"                               // no contact has this ID
	ErrAlreadyChanged            Code = "CONTACT_ALREADY_CHANGED"                         // the revision given is not the current one
	ErrDuplicate                 Code = "DUPLICATE_CONTACT_EXISTS"                        // another contact has this primary email or phone; see DuplicateError
	ErrIDExists                  Code = "CONTACT_ID_ALREADY_EXISTS"                       // the ID for a new contact is taken
	ErrInsufficientData          Code = "INSUFFICIENT_CONTACT_DATA"                       // a contact needs a name, an email or a phone
	ErrInsufficientUpdate        Code = "INSUFFICIENT_UPDATE_CONTACT_DATA"                // the patch changes nothing
	ErrMultiplePrimary           Code = "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO"               // more than one primary email or phone
	ErrInvalidFieldValue         Code = "INVALID_EXTENDED_FIELD_VALUE"                    // a value does not fit its extended field; see FieldValueError
	ErrFieldNotFound             Code = "EXTENDED_FIELD_NOT_FOUND"                        // no such extended field; see KeysError
	ErrLabelNotFound             Code = "LABEL_NOT_FOUND"                                 // no such label; see KeysError
	ErrUpdateMemberEmail         Code = "CANNOT_UPDATE_MEMBER_EMAIL"                      // the primary email of a member cannot change
	ErrDeleteMember              Code = "CANNOT_DELETE_MEMBER"                            // the contact is a member
	ErrDeleteBillingSubscription Code = "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION" // the contact pays by subscription
	ErrDeleteOwnerOrContributor  Code = "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR"       // the member owns the site or works on it
	ErrIllegalMerge              Code = "ILLEGAL_MERGE"                                   // a contact twice in a merge, or the merged contact over a limit; see BlockedError
	ErrFailedPrecondition        Code = "FAILED_PRECONDITION"                             // a source cannot be merged away; see BlockedError
	ErrPlanOutdated              Code = "MERGE_PLAN_OUTDATED"                             // a contact has changed since the merge was planned
	ErrSystemLabel               Code = "SYSTEM_LABEL_READ_ONLY"                          // system labels cannot be renamed or deleted; see KeysError
	ErrSystemField               Code = "SYSTEM_FIELD_READ_ONLY"                          // system fields cannot be renamed or deleted; see KeysError
	ErrLabelsQuota               Code = "LABELS_QUOTA_REACHED"                            // the store has as many labels as it may; see QuotaError
	ErrFieldsQuota               Code = "FIELDS_QUOTA_EXCEEDED"                           // the store has as many extended fields as it may; see QuotaError
	ErrPositionExpired           Code = "POSITION_EXPIRED"                                // the feed no longer has what comes after a position; see PositionError
	ErrInvalidExport             Code = "INVALID_EXPORT"                                  // what Load read is not an undamaged export; see LineError
	ErrSortField                 Code = "UNSUPPORTED_SORT_FIELD"                          // contacts cannot be sorted by this field; see QueryError
	ErrIllegalLimit              Code = "ILLEGAL_LIMIT"                                   // a page of more contacts than there may be, or of fewer than none
	ErrMalformedFilter           Code = "MALFORMED_FILTER"                                // a filter is not of the form that filters have; see QueryError
	ErrUnsupportedFilter         Code = "UNSUPPORTED_FILTER"                              // a filter with an operator that does not exist, or too large; see QueryError
	ErrFilterField               Code = "UNSUPPORTED_FILTER_FIELD_UNKNOWN"                // contacts cannot be filtered by this field; see QueryError
	ErrFilterOperator            Code = "UNSUPPORTED_FILTER_OPERATOR"                     // the field does not take this operator; see QueryError
	ErrFilterValue               Code = "UNSUPPORTED_FILTER_VALUE"                        // the field never has such a value; see QueryError
	ErrFilterValueType           Code = "UNSUPPORTED_FILTER_VALUE_TYPE"                   // a value of another type than the field's; see QueryError
	ErrDefinitionSort            Code = "INVALID_SORT"                                    // labels or extended fields cannot be sorted by this field; see QueryError
	ErrDefinitionFilterField     Code = "UNSUPPORTED_FILTER_FIELD"                        // labels or extended fields cannot be filtered by this field; see QueryError
	ErrNoFilterOrSearch          Code = "NEITHER_FILTER_NOR_SEARCH"                       // a bulk call must say which contacts it means
	ErrDeleteSiteMembers         Code = "CANNOT_DELETE_SITE_MEMBERS"                      // in a bulk job: the contact is a member
	ErrJobNotFound               Code = "BULK_JOB_NOT_FOUND"                              // no bulk job has this ID
	ErrInsufficientPermission    Code = "INSUFFICIENT_PERMISSION"                         // the caller may not name the contact of a submission
	ErrClosed                    Code = "STORE_CLOSED"                                    // the store was closed
	ErrInternal                  Code = "INTERNAL"                                        // the store or a function of Options broke its promise
)

// Error is the type of the errors that the store makes; besides, methods return the error of a context that is done,
// wrapped. Read its code with [CodeOf], its data with errors.As. Messages name fields, never values: contacts are personal data (ERR-3).
type Error struct {
	Code       Code
	ID         uuid.UUID   // the contact that the call was about, if it named one
	Violations []Violation // with ErrInvalid: every broken rule, in the order of the fields (VAL-1)
	Err        error       // what is behind it: a *DuplicateError, a *KeysError, …; may be nil
}

// Error describes what went wrong. The text may change between releases; the code does not.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("contacts: ")
	b.WriteString(string(e.Code))
	if e.ID != uuid.Nil {
		b.WriteString(": contact ")
		b.WriteString(e.ID.String())
	}
	if len(e.Violations) > 0 {
		b.WriteString(": ")
		b.WriteString(brief.List(len(e.Violations), ", ", func(i int) string { return e.Violations[i].String() }))
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// CodeOf returns the code that err carries, or "" if it carries none: nil, or an error of another package such as
// context.Canceled.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	c, _ := errors.AsType[Code](err)
	return c
}

// DuplicateError comes with [ErrDuplicate] and names the other contact (DUP-5).
type DuplicateError struct {
	ID    uuid.UUID // the oldest contact that holds the value
	Email string    // its primary email, if emails clash
	Phone string    // its primary phone as typed, if phones clash
}

// Error says which value clashes, without printing it.
func (e *DuplicateError) Error() string {
	what := "primary email"
	if e.Email == "" {
		what = "primary phone"
	}
	return what + " is used by contact " + e.ID.String()
}

// KeysError comes with [ErrLabelNotFound], [ErrFieldNotFound], [ErrSystemLabel] and [ErrSystemField] and lists the keys
// that were refused: labels in the order given, each once; extended fields sorted.
type KeysError struct {
	Keys []string
}

// Error lists the keys. What has not the form of a key could be anything, so it is only counted (ERR-3).
func (e *KeysError) Error() string {
	var keys []string
	for _, key := range e.Keys {
		if keyForm.MatchString(key) {
			keys = append(keys, key)
		}
	}
	texts := []string{brief.List(len(keys), ",", func(i int) string { return keys[i] })}
	if others := len(e.Keys) - len(keys); others > 0 {
		texts = append(texts, strconv.Itoa(others)+" that are no keys")
	}
	return "keys " + strings.TrimPrefix(strings.Join(texts, ","), ",")
}

// keyForm is the form of keys of labels and extended fields.
var keyForm = regexp.MustCompile(`^[\pL\pM\pN_-]{1,80}(\.[\pL\pM\pN_-]{1,80})+$`)

// FieldValueError comes with [ErrInvalidFieldValue] and names the extended field whose value was refused.
type FieldValueError struct {
	Key      string
	DataType DataType
}

// Error names the field and its type.
func (e *FieldValueError) Error() string {
	return "extended field " + e.Key + " takes a value of type " + string(e.DataType)
}

// QuotaError comes with [ErrLabelsQuota] and [ErrFieldsQuota].
type QuotaError struct {
	Quota int // how many there may be
	Total int // how many there are
}

// Error gives both numbers.
func (e *QuotaError) Error() string {
	return strconv.Itoa(e.Total) + " of " + strconv.Itoa(e.Quota)
}

// QueryError comes with the codes about filters and sorting and says which part of the query was refused.
type QueryError struct {
	Field    string // path of the field, such as info.name.first; "" where the whole filter is meant
	Operator string // such as $startsWith; "" where no operator is meant
}

// Error names field and operator, if they have the form of such names: anything could stand in their place (ERR-3).
func (e *QueryError) Error() string {
	text := "query"
	if e.Field != "" {
		text = "a field that has no such name"
		if fieldForm.MatchString(e.Field) {
			text = "field " + e.Field
		}
	}
	if operatorForm.MatchString(e.Operator) {
		text += ": " + e.Operator
	}
	return text
}

var (
	fieldForm    = regexp.MustCompile(`^[\pL_][\pL\pM\pN_-]{0,80}(\.[\pL\pM\pN_-]{1,80}){0,9}$`)
	operatorForm = regexp.MustCompile(`^\$[A-Za-z]{1,30}$`)
)

// LineError is what is wrong with one line of a text. Readers of rows yield it for a line that they cannot read, and go on
// with the next one; [Load] returns it, wrapped.
type LineError struct {
	Line int // counted from 1
	Err  error
}

// Error names the line.
func (e *LineError) Error() string {
	text := "line " + strconv.Itoa(e.Line)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// A Rule is the kind of limit that a value breaks, spelled as in the V4 API.
type Rule string

// The rules.
const (
	RuleFormat    Rule = "FORMAT"         // the value is not of the format in Violation.Format
	RuleMax       Rule = "MAX"            // a number over Threshold
	RuleMin       Rule = "MIN"            // a number under Threshold
	RuleMaxLength Rule = "MAX_LENGTH"     // a text of more than Threshold characters
	RuleMinLength Rule = "MIN_LENGTH"     // a text of fewer than Threshold characters
	RuleMaxSize   Rule = "MAX_SIZE"       // a list of more than Threshold items
	RuleMinSize   Rule = "MIN_SIZE"       // a list of fewer than Threshold items
	RuleRequired  Rule = "REQUIRED_FIELD" // the field is missing
	RuleCustom    Rule = "CUSTOM"         // the rule in Violation.RuleName
)

// A Format says what a text or a JSON value must look like.
type Format string

// The formats.
const (
	FormatText        Format = "TEXT"         // valid UTF-8 without NUL
	FormatEmail       Format = "EMAIL"        // one @ with text on both sides
	FormatGUID        Format = "GUID"         // 8-4-4-4-12 hexadecimal digits
	FormatLocalDate   Format = "LOCAL_DATE"   // a calendar date YYYY-MM-DD
	FormatTimestamp   Format = "TIMESTAMP"    // an ISO 8601 date and time with its zone
	FormatCountry     Format = "COUNTRY"      // an ISO 3166-1 alpha-2 code in capitals
	FormatSubdivision Format = "SUBDIVISION"  // an ISO 3166-2 code such as US-NY
	FormatLanguageTag Format = "LANGUAGE_TAG" // a BCP 47 language tag
	FormatWebURL      Format = "WEB_URL"      // an http, https or wix:image URL
	FormatEnum        Format = "ENUM"         // one of the words of the enum
	FormatString      Format = "STRING"       // a JSON string
	FormatNumber      Format = "NUMBER"       // a JSON number
	FormatInteger     Format = "INTEGER"      // a JSON number without fraction, of 32 bits
	FormatBoolean     Format = "BOOLEAN"      // a JSON true or false
	FormatObject      Format = "OBJECT"       // a JSON object
	FormatArray       Format = "ARRAY"        // a JSON array
	FormatJSON        Format = "JSON"         // a JSON text in valid UTF-8, also after its escapes are read
)

// RuleNameOneOf is the RuleName of a violation where at most one of several members may be set.
const RuleNameOneOf = "ONE_OF"

// A Violation is one rule that one field breaks.
type Violation struct {
	Field     string // path on the wire, such as info.emails.items[3].email
	Rule      Rule
	Threshold int    // with the MAX… and MIN… rules
	Format    Format // with RuleFormat
	RuleName  string // with RuleCustom
}

// Description says in words what the field must be. It never holds the value.
func (v Violation) Description() string {
	n := strconv.Itoa(v.Threshold)
	few := func(what string) string {
		if v.Threshold == 1 {
			return n + " " + what
		}
		return n + " " + what + "s"
	}
	switch v.Rule {
	case RuleMax:
		return "must be at most " + n
	case RuleMin:
		return "must be at least " + n
	case RuleMaxLength:
		return "must have at most " + few("character")
	case RuleMinLength:
		return "must have at least " + few("character")
	case RuleMaxSize:
		return "must have at most " + few("item")
	case RuleMinSize:
		return "must have at least " + few("item")
	case RuleRequired:
		return "is required"
	case RuleFormat:
		return "must be a valid " + string(v.Format)
	default:
		return "breaks the rule " + v.RuleName
	}
}

// String names the field and says what it must be.
func (v Violation) String() string { return v.Field + " " + v.Description() }

// about names the contact that a failed call was about.
func about(id uuid.UUID, err error) error {
	if e, ok := err.(*Error); ok && e.ID == uuid.Nil {
		e.ID = id
	}
	return err
}

// invalid wraps violations, or returns nil if there are none.
func invalid(violations []Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return &Error{Code: ErrInvalid, Violations: violations}
}

// RuleNameStored is the RuleName of a violation for a value that is not as a store keeps it.
const RuleNameStored = "STORED"

// RuleNameNotOnContact is the RuleName of a violation for an address that the contact does not have.
const RuleNameNotOnContact = "NOT_ON_CONTACT"

// RuleNameCursor is the RuleName of a violation for a cursor that the store has not made, or made for another query.
const RuleNameCursor = "INVALID_CURSOR"

// RuleNameNotSettable is the RuleName of a violation for a field that a method cannot set.
const RuleNameNotSettable = "NOT_SETTABLE"
