package httpclient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// Codes of errors about replies rather than about contacts. For a write they are in the chain of OUTCOME_UNKNOWN, if it
// may have taken place (CLI-5).
const (
	ErrNoReply        contacts.Code = "NO_REPLY"         // the request could not be sent, or nothing came back
	ErrIncomplete     contacts.Code = "INCOMPLETE_REPLY" // the reply was cut off
	ErrReplyTooLarge  contacts.Code = "REPLY_TOO_LARGE"  // over Options.MaxReplyBytes
	ErrMalformedReply contacts.Code = "MALFORMED_REPLY"  // not JSON, or not the JSON of the API
	ErrRedirected     contacts.Code = "REDIRECTED"       // the server sends the client elsewhere: correct the base URL
)

// ReplyError is in the chain of every error that a server or the way to it caused.
type ReplyError struct {
	Status    int    // of HTTP; 0 if there was no reply
	RequestID string // the header X-Wix-Request-Id, for the log of the server; "" if there was none
	Err       error  // the detail, such as a *contacts.DuplicateError, or why the reply is of no use; may be nil
}

// Error gives the status, the ID of the request and the detail.
func (e *ReplyError) Error() string {
	var parts []string
	if e.Status != 0 {
		parts = append(parts, "status "+strconv.Itoa(e.Status))
	}
	if e.RequestID != "" {
		parts = append(parts, "request "+e.RequestID)
	}
	text := strings.Join(parts, ", ")
	if e.Err == nil {
		return text
	}
	if text == "" {
		return e.Err.Error()
	}
	return text + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ReplyError) Unwrap() error { return e.Err }

// MarshalJSON writes the message.
func (e ReplyError) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"message": e.Error()})
}

// LogValue returns the message.
func (e ReplyError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// unfinished is the reason why a request or a reply did not get through. Its message passes on only errors of the
// operating system: those of package net/http can quote what a server has sent.
type unfinished struct{ err error }

func (u unfinished) Error() string {
	if op, ok := errors.AsType[*net.OpError](u.err); ok {
		return op.Error()
	}
	return "the connection failed"
}

func (u unfinished) Unwrap() error { return u.err }

// about sets the contact that an error is about, unless it names one.
func (q *request) about(err error) error {
	if e, ok := err.(*contacts.Error); ok && e.ID == uuid.Nil && len(q.ids) > 0 {
		e.ID = q.ids[0]
	}
	return err
}

// fail returns an error with a code about the reply. If unknown, the call may have taken place: for a write the code is
// then OUTCOME_UNKNOWN, and the other one is in the chain (CLI-5).
func (q *request) fail(code contacts.Code, unknown bool, at ReplyError) error {
	if unknown && !q.reads {
		if at.Err == nil {
			at.Err = code
		} else {
			at.Err = fmt.Errorf("%w: %w", code, at.Err)
		}
		code = contacts.ErrOutcomeUnknown
	}
	return q.about(&contacts.Error{Code: code, Err: &at})
}

// unanswered returns the error of a request without a complete reply, about which at says what is known.
func (q *request) unanswered(ctx context.Context, code contacts.Code, err error, at ReplyError) error {
	op, ok := errors.AsType[*net.OpError](err)
	begun := !ok || op.Op != "dial" // a connection was there
	if ctx.Err() != nil {
		if q.reads || !begun {
			return checkContext(ctx)
		}
		err = ctx.Err()
	} else {
		err = unfinished{err}
	}
	at.Err = err
	return q.fail(code, begun, at)
}

// useless returns the error of a reply that says that the call succeeded, but does not say how.
func (q *request) useless(ctx context.Context, at ReplyError, err error) error {
	if cut, ok := err.(unfinished); ok {
		return q.unanswered(ctx, ErrIncomplete, cut.err, at)
	}
	if err == errTooLarge {
		return q.fail(ErrReplyTooLarge, true, at)
	}
	at.Err = errors.New(err.Error()) // without the codes of decoders, which are about input of the caller elsewhere
	return q.fail(ErrMalformedReply, true, at)
}

// failureBytes limits the body of an error.
const failureBytes = 1 << 20

// failed returns the error of a reply that says that the call failed.
func (q *request) failed(answer *http.Response, most int64) error {
	at := replyError(answer)
	if at.Status >= 300 && at.Status < 400 {
		return q.fail(ErrRedirected, false, at)
	}
	text, err := receive(answer, min(most, failureBytes))
	var f failure
	if err == nil {
		f, err = decode(text, readFailure)
	}
	switch {
	case at.Status < 300: // the API knows only 200
		at.Err = err
		return q.fail(ErrMalformedReply, true, at)
	case err == nil && f.code != "":
		return q.refusal(f, at)
	}
	at.Err = err
	internal := err == nil && at.Status == http.StatusInternalServerError
	return q.fail(cmp.Or(statusCodes[at.Status], ErrMalformedReply), at.Status >= 500 && !internal, at)
}

// statusCodes are the codes of errors without one. Those of the server as a whole are spelled as in package httpapi.
var statusCodes = map[int]contacts.Code{
	http.StatusUnauthorized:          "UNAUTHENTICATED",
	http.StatusForbidden:             "PERMISSION_DENIED",
	http.StatusNotFound:              "NOT_FOUND",
	http.StatusMethodNotAllowed:      "METHOD_NOT_ALLOWED",
	http.StatusRequestTimeout:        "REQUEST_TIMEOUT",
	http.StatusRequestEntityTooLarge: "REQUEST_TOO_LARGE",
	http.StatusUnsupportedMediaType:  "UNSUPPORTED_MEDIA_TYPE",
	http.StatusTooManyRequests:       "RESOURCE_EXHAUSTED",
	http.StatusInternalServerError:   contacts.ErrInternal,
	http.StatusServiceUnavailable:    "UNAVAILABLE",
	http.StatusGatewayTimeout:        "DEADLINE_EXCEEDED",
}

// refusal returns the error of a store that a failure stands for.
func (q *request) refusal(f failure, at ReplyError) error {
	e := &contacts.Error{Code: f.code, ID: q.contact(f), Violations: f.violations}
	for i := range e.Violations {
		if v := &e.Violations[i]; q.place != nil {
			v.Field = q.place(v.Field)
		}
	}
	if at.Err = f.detail; at.Err == nil && q.key != "" && slices.Contains(keyCodes, f.code) {
		at.Err = &contacts.KeysError{Keys: []string{q.key}}
	}
	e.Err = &at
	return e
}

// contact returns the contact that a failure is about: of those that the call names, the one in the description, else
// the target, and the zero ID if the failure can be about several.
func (q *request) contact(f failure) uuid.UUID {
	for _, id := range q.ids {
		if strings.Contains(f.description, id.String()) {
			return id
		}
	}
	ofSource := f.code == contacts.ErrFailedPrecondition
	switch n := len(q.ids); {
	case n == 0, n > 1 && f.code == contacts.ErrContactNotFound, n > 2 && ofSource:
		return uuid.Nil
	case n == 2 && ofSource:
		return q.ids[1]
	default:
		return q.ids[0]
	}
}

// keyCodes are the codes about the keys of labels and extended fields.
var keyCodes = []contacts.Code{
	contacts.ErrLabelNotFound, contacts.ErrFieldNotFound, contacts.ErrSystemLabel, contacts.ErrSystemField,
}

// failure is the content of an error.
type failure struct {
	code        contacts.Code // "" if it has none
	description string
	violations  []contacts.Violation
	detail      error // may be nil
}

// readFailure reads the envelope of errors. It reads over details in another form: the code is worth more.
func readFailure(r reply) failure {
	details := r.Object.Object("details")
	if list := wire.List(details.Object("validationError"), "fieldViolations", readViolation); len(list) > 0 {
		return failure{code: contacts.ErrInvalid, violations: list}
	}
	in := details.Object("applicationError")
	code := contacts.Code(textOf(in, "code"))
	if !codeForm.MatchString(string(code)) {
		return failure{}
	}
	f := failure{code: code, description: textOf(in, "description")}
	if in.Get("data").Kind() == wire.KindObject {
		f.detail = readDetail(code, in.Object("data"))
	}
	return f
}

// The forms of texts that messages show. Anything else could be personal data.
var (
	codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,99}$`)
	pathForm = regexp.MustCompile(`^[\pL\pM\pN_.$\[\]-]{1,300}$`)
)

func readViolation(v wire.Value) contacts.Violation {
	in := v.Object()
	word := func(o wire.Object, names ...string) string {
		for _, name := range names {
			if text := textOf(o, name); codeForm.MatchString(text) {
				return text
			}
		}
		return ""
	}
	out := contacts.Violation{Field: textOf(in, "field"), Rule: contacts.Rule(word(in, "violatedRule"))}
	if !pathForm.MatchString(out.Field) {
		out.Field = ""
	}
	out.RuleName = word(in, "ruleName")
	if in.Get("data").Kind() == wire.KindObject {
		data := in.Object("data")
		out.Format = contacts.Format(word(data, "type", "expected"))
		out.Threshold, _ = wire.ParseInteger(textOf(data, "threshold"))
	}
	return out
}

// readDetail reads the data of an error with a code.
func readDetail(code contacts.Code, data wire.Object) error {
	switch code {
	case contacts.ErrDuplicate:
		if id, ok := wire.ParseGUID(textOf(data, "duplicateContactId")); ok {
			return &contacts.DuplicateError{
				ID: id, Email: textOf(data, "duplicateEmail"), Phone: textOf(data, "duplicatePhone"),
			}
		}
	case contacts.ErrLabelNotFound:
		if v := data.Get("labelKeys"); v.Kind() == wire.KindArray {
			return &contacts.KeysError{Keys: wire.List(data, "labelKeys", func(v wire.Value) string {
				if v.Kind() != wire.KindString {
					return ""
				}
				return v.Text()
			})}
		}
	case contacts.ErrInvalidFieldValue:
		if key := textOf(data, "key"); key != "" {
			return &contacts.FieldValueError{Key: key, DataType: contacts.DataType(textOf(data, "dataType"))}
		}
	case contacts.ErrLabelsQuota:
		quota, ok := wire.ParseInteger(textOf(data, "labelsQuota"))
		total, okTotal := wire.ParseInteger(textOf(data, "labelsCurrentTotal"))
		if ok && okTotal {
			return &contacts.QuotaError{Quota: quota, Total: total}
		}
	}
	return nil
}

// textOf returns a member that is a string or a number as text, "" for any other.
func textOf(o wire.Object, name string) string {
	switch v := o.Get(name); v.Kind() {
	case wire.KindString, wire.KindNumber:
		return strings.Clone(v.Node().Text)
	default:
		return ""
	}
}

// replyError returns what is known about any reply.
func replyError(answer *http.Response) ReplyError {
	at := ReplyError{Status: answer.StatusCode, RequestID: answer.Header.Get("X-Wix-Request-Id")}
	strange := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(at.RequestID) > requestIDMax || strings.ContainsFunc(at.RequestID, strange) {
		at.RequestID = ""
	}
	return at
}

const requestIDMax = 100 // characters
