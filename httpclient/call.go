package httpclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// request is a call of the API.
type request struct {
	method, path string // the path below /contacts/v4, escaped
	query        url.Values
	body         any // nil: no body

	reads bool        // the call changes nothing
	ids   []uuid.UUID // the contacts that the call names, the one that errors are about first
	key   string      // of the label or the field in the path

	place func(path string) string // changes the paths of violations to those of a store; nil: they are the same
}

// do sends a request and returns what read reads from the reply.
func do[T any](ctx context.Context, c *Client, q request, read func(reply) T) (T, error) {
	var none T
	if err := checkContext(ctx); err != nil {
		return none, err
	}
	body, err := q.encode()
	if err != nil {
		return none, q.about(err)
	}
	for attempt := 0; ; attempt++ {
		out, after, err := exchange(ctx, c, &q, body, read)
		if err == nil || !q.reads || attempt >= c.retries || after <= 0 || !sleep(ctx, after) {
			return out, err
		}
	}
}

// exchange sends a request once. after is the time to wait before the call can be repeated, 0 if the reply gives none.
func exchange[T any](
	ctx context.Context, c *Client, q *request, body []byte, read func(reply) T,
) (out T, after time.Duration, err error) {
	r, err := c.request(ctx, q, body)
	if err != nil {
		return out, 0, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return out, 0, q.unanswered(ctx, ErrNoReply, err, ReplyError{})
	}
	defer discard(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return out, retryAfter(answer), q.failed(answer, c.replyBytes)
	}
	text, err := receive(answer, c.replyBytes)
	if err == nil {
		out, err = decode(text, read)
	}
	if err != nil {
		var none T
		return none, 0, q.useless(ctx, replyError(answer), err)
	}
	return out, 0, nil
}

// request returns a request for a call.
func (c *Client) request(ctx context.Context, q *request, body []byte) (*http.Request, error) {
	target := c.base + "/contacts/v4" + q.path
	if len(q.query) > 0 {
		target += "?" + q.query.Encode()
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, target, content)
	if err != nil {
		return nil, fmt.Errorf("httpclient: make a request: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, c.prepare(r)
}

// encode returns the body of a request. It refuses text that JSON cannot represent: encoding/json replaces it.
func (q *request) encode() ([]byte, error) {
	if q.body == nil {
		return nil, nil
	}
	text, err := json.Marshal(q.body)
	switch {
	case err != nil:
		return nil, invalid(contacts.Violation{Field: "body", Rule: contacts.RuleFormat, Format: contacts.FormatJSON})
	case !isText(reflect.ValueOf(q.body)):
		return nil, invalid(contacts.Violation{Field: "body", Rule: contacts.RuleFormat, Format: contacts.FormatText})
	}
	return text, nil
}

// isText reports whether all strings in a value are UTF-8. The value must not contain itself.
func isText(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || isText(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !isText(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if !isText(entries.Key()) || !isText(entries.Value()) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !isText(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// bodyRest is how much of a body that is not needed is read, so that the connection can be used again.
const bodyRest = 64 << 10

func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, bodyRest) // the connection is closed if this fails
	_ = body.Close()
}

// receive returns the body of a reply that must be JSON and have at most so many bytes.
func receive(answer *http.Response, most int64) (string, error) {
	kind, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	charset, given := params["charset"]
	if err != nil || kind != "application/json" || given && !strings.EqualFold(charset, "utf-8") {
		return "", errNotJSON
	}
	if answer.ContentLength > most {
		return "", errTooLarge
	}
	var text strings.Builder
	if n := answer.ContentLength; n > 0 {
		text.Grow(int(min(n, bodyRest)))
	}
	n, err := io.Copy(&text, io.LimitReader(answer.Body, most))
	if err == nil && n == most {
		if extra, _ := io.ReadFull(answer.Body, make([]byte, 1)); extra > 0 {
			return "", errTooLarge
		}
	}
	if err != nil {
		return "", unfinished{err}
	}
	return text.String(), nil
}

// retryAfter returns the time of the header Retry-After if the reply says that the server has refused the call for now.
func retryAfter(answer *http.Response) time.Duration {
	if answer.StatusCode != http.StatusTooManyRequests && answer.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	seconds, err := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31)
	if after := time.Duration(seconds) * time.Second; err == nil && after <= MaxRetryAfter {
		return after
	}
	return 0
}

// MaxRetryAfter is the longest time for which a call that Options.Retries repeats waits.
const MaxRetryAfter = time.Minute

// sleep waits. It reports false if the context ends before that.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// reply is the object in a reply.
type reply struct {
	wire.Object
	wrong *error // the first error of a value that decodes itself
}

// decode reads a reply. Its error holds no values.
func decode[T any](text string, read func(reply) T) (T, error) {
	var wrong error
	// A value with fewer than 8 bytes is rare in long replies, and takes some hundred bytes of memory.
	out, err := wire.ReadAtMost(wire.ValuesMax+len(text)/8, text, "", func(v wire.Value) T {
		if !v.Present() {
			v.Refuse(wire.FormatObject)
		}
		return read(reply{v.Object(), &wrong})
	})
	if err == nil {
		err = wrong
	}
	return out, err
}

// decoder is a pointer to a T that decodes itself.
type decoder[T any] interface {
	*T
	json.Unmarshaler
}

// value reads a member with the decoder of its type. The member is required.
func value[T any, P decoder[T]](r reply, name string) T {
	r.Require(name)
	return item[T, P](r)(r.Get(name))
}

// listOf reads a member that is an array of values with decoders. The member is required, and its items.
func listOf[T any, P decoder[T]](r reply, name string) []T {
	r.Require(name)
	return wire.List(r.Object, name, item[T, P](r))
}

// item returns a function that reads a value with the decoder of its type.
func item[T any, P decoder[T]](r reply) func(wire.Value) T {
	return func(v wire.Value) T {
		out := P(new(T))
		if !v.Present() {
			v.Refuse(wire.FormatObject)
		} else if err := out.UnmarshalJSON([]byte(v.Source())); err != nil && *r.wrong == nil {
			*r.wrong = err
		}
		return *out
	}
}

// nothing reads a reply without content.
func nothing(reply) struct{} { return struct{}{} }

// int32Of returns n if the API can carry it, and otherwise other.
func int32Of(n, other int) int {
	if n < math.MinInt32 || n > math.MaxInt32 {
		return other
	}
	return n
}

// checkContext returns the errors of a store for a context.
func checkContext(ctx context.Context) error {
	switch {
	case ctx == nil:
		return invalid(contacts.Violation{Field: "ctx", Rule: contacts.RuleRequired})
	case ctx.Err() != nil:
		return fmt.Errorf("httpclient: %w", ctx.Err())
	default:
		return nil
	}
}

// refused collects the options of a call that the API cannot carry (CLI-2).
type refused []contacts.Violation

// unless names an option unless it is unset.
func (r *refused) unless(unset bool, name string) {
	if !unset {
		*r = append(*r, contacts.Violation{
			Field: name, Rule: contacts.RuleCustom, RuleName: contacts.RuleNameNotSettable,
		})
	}
}

func (r refused) err() error { return invalid(r...) }

// invalid returns an error with violations, nil if there are none.
func invalid(violations ...contacts.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return &contacts.Error{Code: contacts.ErrInvalid, Violations: violations}
}

var (
	errNotJSON  = errors.New("the reply is not announced as JSON in UTF-8")
	errTooLarge = errors.New("the reply is larger than Options.MaxReplyBytes")
)
