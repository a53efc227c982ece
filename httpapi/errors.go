package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/brief"
	"github.com/contactsdb/contacts/internal/envelope"
)

// Codes of errors about a request rather than about contacts. V4 publishes none for them.
const (
	ErrUnauthenticated      contacts.Code = "UNAUTHENTICATED"        // Options.Authorize does not know the caller
	ErrPermissionDenied     contacts.Code = "PERMISSION_DENIED"      // Options.Authorize denies a known caller
	ErrRouteNotFound        contacts.Code = "NOT_FOUND"              // no method has this path
	ErrMethodNotAllowed     contacts.Code = "METHOD_NOT_ALLOWED"     // the path has other methods, see the header Allow
	ErrBodyTooLarge         contacts.Code = "REQUEST_TOO_LARGE"      // over Options.MaxBodyBytes, or 20,000 JSON values
	ErrUnsupportedMediaType contacts.Code = "UNSUPPORTED_MEDIA_TYPE" // the body is not announced as JSON in UTF-8
	ErrIncompleteBody       contacts.Code = "INCOMPLETE_BODY"        // the body ended early
	ErrRequestTimeout       contacts.Code = "REQUEST_TIMEOUT"        // the body did not arrive in time
	ErrUnavailable          contacts.Code = "UNAVAILABLE"            // over Options.MaxConcurrent, or canceled
	ErrDeadlineExceeded     contacts.Code = "DEADLINE_EXCEEDED"      // the context of the request ran out of time
)

// RuleNameUnknown, "UNKNOWN", is the RuleName of a violation about a member or a parameter that no reader knows
// (HTTP-21).
const RuleNameUnknown = envelope.RuleNameUnknown

// outcome is the status and the description of a code.
type outcome struct {
	status      int
	description string
}

// outcomes is the table from codes to statuses (HTTP-8). The envelopes of ErrInvalid and ErrInternal have no code. The
// table in docs/http.md is generated from it, see routes.
var outcomes = map[contacts.Code]outcome{
	contacts.ErrInvalid: {http.StatusBadRequest, ""},

	contacts.ErrInsufficientData:   {http.StatusBadRequest, "A contact needs a name, an email or a phone."},
	contacts.ErrInsufficientUpdate: {http.StatusBadRequest, "There is nothing to update."},
	contacts.ErrMultiplePrimary: {
		http.StatusBadRequest, "A contact can have only one primary email and one primary phone.",
	},
	contacts.ErrInvalidFieldValue: {http.StatusBadRequest, "The value does not match the type of the extended field"},
	contacts.ErrFieldNotFound:     {http.StatusBadRequest, "Extended fields not found"},
	contacts.ErrLabelNotFound:     {http.StatusBadRequest, "Labels not found"},
	contacts.ErrIllegalMerge: {
		http.StatusBadRequest, "A contact is named twice, or the merged contact would exceed a limit",
	},
	contacts.ErrSortField:         {http.StatusBadRequest, "Contacts cannot be sorted by this field"},
	contacts.ErrIllegalLimit:      {http.StatusBadRequest, "The limit of a page is 0 to 1000 contacts."},
	contacts.ErrMalformedFilter:   {http.StatusBadRequest, "The filter is malformed"},
	contacts.ErrUnsupportedFilter: {http.StatusBadRequest, "The filter is not supported"},
	contacts.ErrFilterField:       {http.StatusBadRequest, "Contacts cannot be filtered by this field"},
	contacts.ErrFilterOperator:    {http.StatusBadRequest, "The field does not support this operator"},
	contacts.ErrFilterValue: {
		http.StatusBadRequest,
		"The value has the wrong form for the field (a time is 2020-01-01T00:00:00Z, a date 2020-01-01)",
	},
	contacts.ErrFilterValueType:       {http.StatusBadRequest, "The field or operator needs a value of another type"},
	contacts.ErrDefinitionSort:        {http.StatusBadRequest, "Sorting by this field is not supported"},
	contacts.ErrDefinitionFilterField: {http.StatusBadRequest, "Filtering by this field is not supported"},
	contacts.ErrNoFilterOrSearch:      {http.StatusBadRequest, "A bulk call needs a filter or a search."},
	contacts.ErrInvalidExport:         {http.StatusBadRequest, "The export is damaged, or is not an export"},
	contacts.ErrPositionExpired:       {http.StatusBadRequest, "The feed no longer holds this position"},
	ErrIncompleteBody:                 {http.StatusBadRequest, "The body ended early."},

	ErrUnauthenticated: {http.StatusUnauthorized, "The caller is unknown."},

	ErrPermissionDenied:                {http.StatusForbidden, "The caller may not do this."},
	contacts.ErrInsufficientPermission: {http.StatusForbidden, "The caller may not name the contact of a submission."},

	contacts.ErrContactNotFound: {http.StatusNotFound, "Contact not found."},
	contacts.ErrJobNotFound:     {http.StatusNotFound, "Bulk job not found."},
	ErrRouteNotFound:            {http.StatusNotFound, "No method has this path; paths begin with /contacts/v4."},

	ErrMethodNotAllowed: {http.StatusMethodNotAllowed, "The path does not support this method."},
	ErrRequestTimeout:   {http.StatusRequestTimeout, "The body did not arrive in time."},

	contacts.ErrAlreadyChanged: {http.StatusConflict, "Contact has been updated since the requested revision."},
	contacts.ErrDuplicate:      {http.StatusConflict, "Another contact has the same primary email or phone"},
	contacts.ErrIDExists:       {http.StatusConflict, "The ID of the new contact is already in use."},
	contacts.ErrPlanOutdated:   {http.StatusConflict, "A contact has changed since the merge was planned."},

	ErrBodyTooLarge: {
		http.StatusRequestEntityTooLarge, "The body has too many bytes, or more than 20,000 JSON values.",
	},
	ErrUnsupportedMediaType: {
		http.StatusUnsupportedMediaType, "A body must be JSON in UTF-8, with Content-Type application/json.",
	},

	contacts.ErrUpdateMemberEmail: {http.StatusPreconditionRequired, "The primary email of a member cannot change."},
	contacts.ErrDeleteMember:      {http.StatusPreconditionRequired, "A member cannot be deleted."},
	contacts.ErrDeleteSiteMembers: {http.StatusPreconditionRequired, "A member cannot be deleted."},
	contacts.ErrDeleteBillingSubscription: {
		http.StatusPreconditionRequired, "A contact that pays by subscription cannot be deleted.",
	},
	contacts.ErrDeleteOwnerOrContributor: {
		http.StatusPreconditionRequired, "An owner or contributor of the site cannot be deleted.",
	},
	contacts.ErrFailedPrecondition: {http.StatusPreconditionRequired, "A source cannot be merged away"},
	contacts.ErrSystemLabel:        {http.StatusPreconditionRequired, "System labels cannot be renamed or deleted"},
	contacts.ErrSystemField:        {http.StatusPreconditionRequired, "System fields cannot be renamed or deleted"},

	contacts.ErrLabelsQuota: {http.StatusTooManyRequests, "The number of labels has reached its limit"},
	contacts.ErrFieldsQuota: {http.StatusTooManyRequests, "The number of extended fields has reached its limit"},

	contacts.ErrInternal: {http.StatusInternalServerError, ""},

	contacts.ErrClosed: {http.StatusServiceUnavailable, "The store was closed."},
	contacts.ErrReadOnly: {
		http.StatusServiceUnavailable, "The store can only be read now.",
	},
	contacts.ErrOutcomeUnknown: {
		http.StatusServiceUnavailable, "The write may have taken place or not.",
	},
	contacts.ErrCommitNotFound: {http.StatusNotFound, "No such commit"},
	ErrUnavailable:             {http.StatusServiceUnavailable, "The server cannot answer now."},
	ErrDeadlineExceeded:        {http.StatusGatewayTimeout, "The request ran out of time."},
}

// codeOf returns the code of an error, which may be that of a context.
func codeOf(err error) contacts.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return ErrDeadlineExceeded
	case errors.Is(err, context.Canceled):
		return ErrUnavailable
	}
	return contacts.CodeOf(err)
}

// missing is an error about the label or the extended field in the path: an unknown key has status 404 there, and 400
// elsewhere (HTTP-8).
type missing struct{ error }

func (m missing) Unwrap() error { return m.error }

// inPath marks an error about an unknown key as one about the key in the path.
func inPath(err error) error {
	if code := contacts.CodeOf(err); code == contacts.ErrLabelNotFound || code == contacts.ErrFieldNotFound {
		return missing{err}
	}
	return err
}

// internalError is the reply to a request that failed through no fault of the caller.
var internalError = []byte(envelope.Internal)

// failureOf returns the status of an error and its envelope (HTTP-6, HTTP-7).
func failureOf(err error) (int, envelope.Envelope) {
	code := codeOf(err)
	out, ok := outcomes[code]
	if !ok || code == contacts.ErrInternal {
		return http.StatusInternalServerError, envelope.Envelope{}
	}
	if code == contacts.ErrInvalid {
		return out.status, validationOf(err)
	}
	if errors.As(err, new(missing)) {
		out.status = http.StatusNotFound
	}
	return out.status, envelope.OfCode(code, describe(out.description, err), dataOf(code, err))
}

func validationOf(err error) envelope.Envelope {
	e, _ := errors.AsType[*contacts.Error](err)
	list := make([]envelope.Violation, 0, 1)
	for _, v := range e.Violations {
		out := envelope.ViolationOf(v)
		switch v.Rule {
		case contacts.RuleFormat:
			out.Data = map[string]any{"type": v.Format}
		case contacts.RuleRequired, contacts.RuleCustom:
		default:
			out.Data = map[string]any{"threshold": v.Threshold}
		}
		list = append(list, out)
	}
	text := brief.List(len(e.Violations), ", ", func(i int) string { return e.Violations[i].String() })
	return envelope.OfViolations(text, list)
}

// describe returns a description with the cause that the store gives: names and keys, no values.
func describe(text string, err error) string {
	text = strings.TrimSuffix(text, ".")
	e, ok := errors.AsType[*contacts.Error](err)
	switch {
	case ok && e.Err == nil && (e.Code == contacts.ErrContactNotFound || e.Code == contacts.ErrIllegalMerge):
		return text + ": " + e.ID.String() + "." // a merge names several
	case !ok || e.Err == nil, e.Code == contacts.ErrReadOnly, e.Code == contacts.ErrOutcomeUnknown:
		return text + "." // the cause is an error of the log, which can name files
	}
	cause := e.Err.Error()
	if q, ok := errors.AsType[*contacts.QueryError](e.Err); ok && *q == (contacts.QueryError{}) {
		return text + "." // the error is about the whole filter
	}
	if _, ok := errors.AsType[*contacts.KeysError](e.Err); ok {
		cause = strings.TrimPrefix(cause, "keys ") // as in the service
	}
	return text + ": " + cause + "."
}

// dataOf returns the data of an application error, as in the service (HTTP-6).
func dataOf(code contacts.Code, err error) any {
	data := map[string]any{}
	if e, ok := errors.AsType[*contacts.DuplicateError](err); ok {
		data["duplicateContactId"] = e.ID
		if e.Email != "" {
			data["duplicateEmail"] = e.Email
		}
		if e.Phone != "" {
			data["duplicatePhone"] = e.Phone
		}
	}
	if e, ok := errors.AsType[*contacts.KeysError](err); ok && code == contacts.ErrLabelNotFound {
		data["labelKeys"] = e.Keys
	}
	if e, ok := errors.AsType[*contacts.FieldValueError](err); ok {
		data["key"], data["dataType"] = e.Key, e.DataType
	}
	if e, ok := errors.AsType[*contacts.QuotaError](err); ok && code == contacts.ErrLabelsQuota {
		data["labelsQuota"], data["labelsCurrentTotal"] = strconv.Itoa(e.Quota), strconv.Itoa(e.Total)
	}
	return data
}
