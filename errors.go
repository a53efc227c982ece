package contacts

import (
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/brief"
	"github.com/contactsdb/contacts/internal/form"
)

// A Code identifies the kind of an error. Its text is the code of the V4 API, or a local one where V4 publishes none,
// and never changes. A Code is itself an error: errors.Is(err, contacts.ErrAlreadyChanged).
type Code string

// Error returns the text of the code.
func (c Code) Error() string { return string(c) }

// The codes that this package returns (ERR-1).
const (
	// Input breaks a type, limit or format: see Error.Violations.
	ErrInvalid Code = "INVALID_ARGUMENT"
	// No contact has this ID.
	ErrContactNotFound Code = "CONTACT_NOT_FOUND"
	// The given revision is not the current one.
	ErrAlreadyChanged Code = "CONTACT_ALREADY_CHANGED"
	// Another contact has this primary email or phone: see DuplicateError.
	ErrDuplicate Code = "DUPLICATE_CONTACT_EXISTS"
	// The ID for a new contact is taken.
	ErrIDExists Code = "CONTACT_ID_ALREADY_EXISTS"
	// A contact needs a name, an email or a phone.
	ErrInsufficientData Code = "INSUFFICIENT_CONTACT_DATA"
	// The patch changes nothing.
	ErrInsufficientUpdate Code = "INSUFFICIENT_UPDATE_CONTACT_DATA"
	// More than one primary email or phone.
	ErrMultiplePrimary Code = "CANNOT_HAVE_MULTIPLE_PRIMARY_INFO"
	// A value does not fit its extended field: see FieldValueError.
	ErrInvalidFieldValue Code = "INVALID_EXTENDED_FIELD_VALUE"
	// No such extended field: see KeysError.
	ErrFieldNotFound Code = "EXTENDED_FIELD_NOT_FOUND"
	// No such label: see KeysError.
	ErrLabelNotFound Code = "LABEL_NOT_FOUND"
	// The primary email of a member cannot change.
	ErrUpdateMemberEmail Code = "CANNOT_UPDATE_MEMBER_EMAIL"
	// The contact is a member.
	ErrDeleteMember Code = "CANNOT_DELETE_MEMBER"
	// The contact pays by subscription.
	ErrDeleteBillingSubscription Code = "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION"
	// The member owns the site or works on it.
	ErrDeleteOwnerOrContributor Code = "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR"
	// A merge names a contact twice, or the merged contact would exceed a limit: see BlockedError.
	ErrIllegalMerge Code = "ILLEGAL_MERGE"
	// A source cannot be merged away: see BlockedError.
	ErrFailedPrecondition Code = "FAILED_PRECONDITION"
	// A contact has changed since the merge was planned.
	ErrPlanOutdated Code = "MERGE_PLAN_OUTDATED"
	// System labels cannot be renamed or deleted: see KeysError.
	ErrSystemLabel Code = "SYSTEM_LABEL_READ_ONLY"
	// System fields cannot be renamed or deleted: see KeysError.
	ErrSystemField Code = "SYSTEM_FIELD_READ_ONLY"
	// The store already has the maximum number of labels: see QuotaError.
	ErrLabelsQuota Code = "LABELS_QUOTA_REACHED"
	// The store already has the maximum number of extended fields: see QuotaError.
	ErrFieldsQuota Code = "FIELDS_QUOTA_EXCEEDED"
	// The feed no longer has the commits after a position: see PositionError.
	ErrPositionExpired Code = "POSITION_EXPIRED"
	// The input of Load is not an undamaged export: see LineError.
	ErrInvalidExport Code = "INVALID_EXPORT"
	// Contacts cannot be sorted by this field: see QueryError.
	ErrSortField Code = "UNSUPPORTED_SORT_FIELD"
	// A page limit is negative or above the maximum.
	ErrIllegalLimit Code = "ILLEGAL_LIMIT"
	// A filter does not have the form of a filter: see QueryError.
	ErrMalformedFilter Code = "MALFORMED_FILTER"
	// A filter uses an operator that does not exist, or is too large: see QueryError.
	ErrUnsupportedFilter Code = "UNSUPPORTED_FILTER"
	// Contacts cannot be filtered by this field: see QueryError.
	ErrFilterField Code = "UNSUPPORTED_FILTER_FIELD_UNKNOWN"
	// The field does not support this operator: see QueryError.
	ErrFilterOperator Code = "UNSUPPORTED_FILTER_OPERATOR"
	// The field never has such a value: see QueryError.
	ErrFilterValue Code = "UNSUPPORTED_FILTER_VALUE"
	// The value's type differs from the field's: see QueryError.
	ErrFilterValueType Code = "UNSUPPORTED_FILTER_VALUE_TYPE"
	// Labels or extended fields cannot be sorted by this field: see QueryError.
	ErrDefinitionSort Code = "INVALID_SORT"
	// Labels or extended fields cannot be filtered by this field: see QueryError.
	ErrDefinitionFilterField Code = "UNSUPPORTED_FILTER_FIELD"
	// A bulk call must say which contacts it applies to.
	ErrNoFilterOrSearch Code = "NEITHER_FILTER_NOR_SEARCH"
	// In a bulk job: the contact is a member.
	ErrDeleteSiteMembers Code = "CANNOT_DELETE_SITE_MEMBERS"
	// No bulk job has this ID.
	ErrJobNotFound Code = "BULK_JOB_NOT_FOUND"
	// The caller may not name the contact of a submission.
	ErrInsufficientPermission Code = "INSUFFICIENT_PERMISSION"
	// The store was closed.
	ErrClosed Code = "STORE_CLOSED"
	// The log of the store failed, or the store is a replica: it can only be read.
	ErrReadOnly Code = "STORE_READ_ONLY"
	// The write may have taken place or not: see OutcomeError.
	ErrOutcomeUnknown Code = "OUTCOME_UNKNOWN"
	// The log has no such commit.
	ErrCommitNotFound Code = "COMMIT_NOT_FOUND"
	// The store or a function in Options broke its contract.
	ErrInternal Code = "INTERNAL"
)

// Error is the type of the store's own errors. In addition, methods return the error of a context that is done,
// wrapped. [CodeOf] returns the code, errors.As the details. Messages name fields, never values: contacts are
// personal data (ERR-3). The same goes for the JSON of all types of errors of this package, and for what package
// log/slog shows of them (ERR-4).
type Error struct {
	Code       Code
	ID         uuid.UUID   // the contact that the call named, if any
	Violations []Violation // with ErrInvalid: every broken rule, in the order of the fields (VAL-1)
	Err        error       // the cause: a *DuplicateError, a *KeysError, …; may be nil
}

// Error describes the error. The text may change between releases; the code does not.
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
	b.WriteString(causeText(e.Err))
	return b.String()
}

// MarshalJSON writes the code, the contact, the violations and the message (ERR-4).
func (e Error) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e Error) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// errorJSON is the JSON form of errors (ERR-4). It has no values.
type errorJSON struct {
	Row        *int            `json:"row,omitempty"`
	Line       int             `json:"line,omitempty"`
	Index      *int            `json:"index,omitempty"`
	Code       Code            `json:"code,omitempty"`
	ContactID  uuid.UUID       `json:"contactId,omitzero"`
	Violations []violationJSON `json:"violations,omitempty"`
	Message    string          `json:"message"`
}

type violationJSON struct {
	Field     string `json:"field"`
	Rule      Rule   `json:"rule"`
	Threshold int    `json:"threshold,omitempty"`
	Format    Format `json:"format,omitempty"`
	RuleName  string `json:"ruleName,omitempty"`
}

// encodeError adds the code, contact, violations and message of err to text, and encodes it.
func encodeError(err error, text errorJSON) ([]byte, error) {
	text.Code, text.Message = CodeOf(err), err.Error()
	if e, ok := errors.AsType[*Error](err); ok {
		if text.ContactID == uuid.Nil {
			text.ContactID = e.ID
		}
		for _, v := range e.Violations {
			text.Violations = append(text.Violations, violationJSON(v))
		}
	}
	return json.Marshal(text)
}

// causeText returns the text of a cause after a colon, "" for nil.
func causeText(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// Unwrap returns the code and the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// CodeOf returns the code of err, or "" if it has none: for nil, and for errors of other packages such as
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
	value := "primary email"
	if e.Email == "" {
		value = "primary phone"
	}
	return value + " is used by contact " + e.ID.String()
}

// MarshalJSON writes the message (ERR-4).
func (e DuplicateError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e DuplicateError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// KeysError comes with [ErrLabelNotFound], [ErrFieldNotFound], [ErrSystemLabel] and [ErrSystemField] and lists the
// refused keys: labels in the order given, each once; extended fields sorted.
type KeysError struct {
	Keys []string
}

// Error lists the keys. Text that is not in the form of a key could be personal data, so it is only counted (ERR-3).
func (e *KeysError) Error() string {
	var keys []string
	for _, key := range e.Keys {
		if form.IsKeyText(key) {
			keys = append(keys, key)
		}
	}
	texts := []string{brief.List(len(keys), ",", func(i int) string { return keys[i] })}
	if others := len(e.Keys) - len(keys); others > 0 {
		texts = append(texts, strconv.Itoa(others)+" malformed")
	}
	return "keys " + strings.TrimPrefix(strings.Join(texts, ","), ",")
}

// MarshalJSON writes the message (ERR-4).
func (e KeysError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e KeysError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// FieldValueError comes with [ErrInvalidFieldValue] and names the extended field whose value was refused.
type FieldValueError struct {
	Key      string
	DataType DataType
}

// Error names the field and its data type.
func (e *FieldValueError) Error() string {
	key := e.Key
	if !form.IsKeyText(key) {
		key = "with a malformed key"
	}
	return "extended field " + key + " needs a value of type " + string(e.DataType)
}

// MarshalJSON writes the message (ERR-4).
func (e FieldValueError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e FieldValueError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// OutcomeError comes with [ErrOutcomeUnknown].
type OutcomeError struct {
	Commit uuid.UUID // for [Store.Outcome]
	Err    error     // why the outcome is not known
}

// Error names the commit.
func (e *OutcomeError) Error() string { return "commit " + e.Commit.String() + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *OutcomeError) Unwrap() error { return e.Err }

// MarshalJSON writes the commit (ERR-4).
func (e OutcomeError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e OutcomeError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// QuotaError comes with [ErrLabelsQuota] and [ErrFieldsQuota].
type QuotaError struct {
	Quota int // the maximum
	Total int // the current number
}

// Error gives both numbers.
func (e *QuotaError) Error() string {
	return strconv.Itoa(e.Total) + " of " + strconv.Itoa(e.Quota)
}

// MarshalJSON writes the message (ERR-4).
func (e QuotaError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e QuotaError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// QueryError comes with the codes about filters and sorting and names the refused part of the query.
type QueryError struct {
	Field    string // path of the field, such as info.name.first; "" for the whole filter
	Operator string // such as $startsWith; "" if no operator is involved
}

// Error names the field and the operator, unless they are not in the form of such names: they could then be personal
// data (ERR-3).
func (e *QueryError) Error() string {
	text := "query"
	if e.Field != "" {
		text = "malformed field name"
		if fieldForm.MatchString(e.Field) {
			text = "field " + e.Field
		}
	}
	if operatorForm.MatchString(e.Operator) {
		text += ": " + e.Operator
	}
	return text
}

// MarshalJSON writes the message (ERR-4).
func (e QueryError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e QueryError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

var (
	fieldForm    = regexp.MustCompile(`^[\pL_][\pL\pM\pN_-]{0,80}(\.[\pL\pM\pN_-]{1,80}){0,9}$`)
	operatorForm = regexp.MustCompile(`^\$[A-Za-z]{1,30}$`)
)

// LineError is an error in one line of a text. Readers of rows yield it for a line that they cannot read and continue
// with the next line; [Load] returns it, wrapped.
type LineError struct {
	Line int // counted from 1
	Err  error
}

// Error returns the number of the line and the text of Err.
func (e *LineError) Error() string {
	return "line " + strconv.Itoa(e.Line) + causeText(e.Err)
}

// MarshalJSON writes the line and the members of Err, see [Error.MarshalJSON].
func (e LineError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{Line: e.Line}) }

// LogValue returns the message.
func (e LineError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// A Rule is the kind of rule that a value breaks, spelled as in the V4 API.
type Rule string

// The rules.
const (
	RuleFormat    Rule = "FORMAT"         // the value is not in the format of Violation.Format
	RuleMax       Rule = "MAX"            // a number above Threshold
	RuleMin       Rule = "MIN"            // a number below Threshold
	RuleMaxLength Rule = "MAX_LENGTH"     // a text of more than Threshold characters
	RuleMinLength Rule = "MIN_LENGTH"     // a text of fewer than Threshold characters
	RuleMaxSize   Rule = "MAX_SIZE"       // a list of more than Threshold items
	RuleMinSize   Rule = "MIN_SIZE"       // a list of fewer than Threshold items
	RuleRequired  Rule = "REQUIRED_FIELD" // the field is missing
	RuleCustom    Rule = "CUSTOM"         // the rule in Violation.RuleName
)

// A Format is the form that a text or a JSON value must have.
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
	FormatJSON        Format = "JSON"         // a JSON text in valid UTF-8, before and after unescaping
)

// The values of Violation.RuleName.
const (
	// At most one of several members may be set.
	RuleNameOneOf = "ONE_OF"
	// A store never keeps such a value.
	RuleNameStored = "STORED"
	// The contact does not have this address.
	RuleNameNotOnContact = "NOT_ON_CONTACT"
	// The store did not make this cursor, or made it for another query.
	RuleNameCursor = "INVALID_CURSOR"
	// A JSON object has this member several times.
	RuleNameRepeated = "REPEATED"
	// The method cannot set this field.
	RuleNameNotSettable = "NOT_SETTABLE"
	// A temporary key of a batch must not have a dot, as keys of labels and fields have.
	RuleNameTempKey = "TEMP_KEY"
)

// A Violation is one rule that one field breaks.
type Violation struct {
	Field     string // path on the wire, such as info.emails.items[3].email
	Rule      Rule
	Threshold int    // with the MAX… and MIN… rules
	Format    Format // with RuleFormat
	RuleName  string // with RuleCustom
}

// contactPath is the path of violations about a contact as a whole.
const contactPath = "contact"

// Description states the broken rule in words. It never contains the value.
func (v Violation) Description() string {
	n := strconv.Itoa(v.Threshold)
	count := func(noun string) string {
		if v.Threshold == 1 {
			return n + " " + noun
		}
		return n + " " + noun + "s"
	}
	if v.Field == contactPath && v.Rule == RuleMaxSize {
		return "must have at most " + count("byte") + " in JSON"
	}
	switch v.Rule {
	case RuleMax:
		return "must be at most " + n
	case RuleMin:
		return "must be at least " + n
	case RuleMaxLength:
		return "must have at most " + count("character")
	case RuleMinLength:
		return "must have at least " + count("character")
	case RuleMaxSize:
		return "must have at most " + count("item")
	case RuleMinSize:
		return "must have at least " + count("item")
	case RuleRequired:
		return "is required"
	case RuleFormat:
		return "must be a valid " + string(v.Format)
	default:
		return "breaks the rule " + v.RuleName
	}
}

// String returns the field and the description.
func (v Violation) String() string { return v.Field + " " + v.Description() }

// about sets the contact of an error that names none.
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
