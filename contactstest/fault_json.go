package contactstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// faultJSON is the JSON form of a Fault.
type faultJSON struct {
	On          []Method     `json:"on,omitempty"`
	Request     *requestJSON `json:"request,omitempty"`
	Contact     uuid.UUID    `json:"contact,omitzero"`
	Nth         *int         `json:"nth,omitempty"`
	Every       *int         `json:"every,omitempty"`
	Probability *float64     `json:"probability,omitempty"`
	Seed        uint64       `json:"seed,omitempty"`
	Times       *int         `json:"times,omitempty"`

	After      bool           `json:"after,omitempty"`
	Delay      *jsonDuration  `json:"delay,omitempty"`
	Error      *contacts.Code `json:"error,omitempty"`
	Stale      bool           `json:"stale,omitempty"`
	Status     *int           `json:"status,omitempty"`
	RetryAfter *jsonDuration  `json:"retryAfter,omitempty"`
	Cut        cutJSON        `json:"cut,omitempty"`
}

// requestJSON are the arguments of OnRequest.
type requestJSON struct {
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
}

type cutJSON string

const (
	cutWhole  cutJSON = "reply"
	cutMiddle cutJSON = "middle"
)

// jsonDuration is a duration as text, such as "30s" or "1h30m".
type jsonDuration time.Duration

func (d jsonDuration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *jsonDuration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New(`a duration must be a text such as "30s"`)
	}
	*d = jsonDuration(parsed)
	return nil
}

// MarshalJSON writes the rule as an object that UnmarshalJSON reads:
//
//	{"on": ["Merge"], "nth": 2, "after": true, "error": "OUTCOME_UNKNOWN"}
//	{"request": {"method": "POST", "path": "/contacts/v4/contacts"}, "times": 3, "status": 429, "retryAfter": "1s"}
//
// Other members are every, probability, seed, contact, delay ("30s"), stale (true) and cut ("reply" or "middle"). A
// rule with When or Do, or with an error in Return that is not a contacts.Code, has no such form: MarshalJSON fails.
func (f Fault) MarshalJSON() ([]byte, error) {
	if _, isCode := f.err.(contacts.Code); f.when != nil || f.hook != nil || f.err != nil && !isCode {
		return nil, errors.New("contactstest: a rule with When, Do or an error that is no code has no JSON form")
	}
	return json.Marshal(f.form())
}

// form returns the JSON form of a rule, without a predicate, a hook, or an error that is not a code.
func (f Fault) form() faultJSON {
	out := faultJSON{
		On: f.methods, Contact: f.contact, Nth: unlessZero(f.nth), Every: unlessZero(f.every), Seed: f.seed,
		Times: unlessZero(f.times), Probability: unlessZero(f.probability), After: f.after,
		Delay: unlessZero(jsonDuration(f.delay)), Status: unlessZero(f.status),
		RetryAfter: unlessZero(jsonDuration(f.retryAfter)), Stale: f.outcome == outcomeStale,
	}
	if f.request {
		out.Request = &requestJSON{f.verb, f.path}
	}
	if code, ok := f.err.(contacts.Code); ok {
		out.Error = &code
	}
	switch f.outcome {
	case outcomeCut:
		out.Cut = cutWhole
	case outcomeCutMiddle:
		out.Cut = cutMiddle
	}
	return out
}

func unlessZero[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// String returns the JSON form of the rule, followed by the parts that have no JSON form.
func (f Fault) String() string {
	text, err := json.Marshal(f.form())
	if err != nil {
		return "(" + err.Error() + ")"
	}
	if f.when != nil {
		text = append(text, " with a predicate"...)
	}
	if f.hook != nil {
		text = append(text, " with a hook"...)
	}
	if _, isCode := f.err.(contacts.Code); f.err != nil && !isCode {
		text = fmt.Appendf(text, " with the error %q", f.err.Error())
	}
	return string(text)
}

// UnmarshalJSON reads the form that MarshalJSON writes. It refuses unknown members and the mistakes that Faults.Add
// refuses.
func (f *Fault) UnmarshalJSON(text []byte) error {
	var in faultJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return fmt.Errorf("contactstest: rule: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("contactstest: rule: text after the object")
	}
	out := On(in.On...)
	if in.Request != nil {
		out = OnRequest(in.Request.Method, in.Request.Path)
		out.methods = in.On
	}
	out.contact, out.seed, out.after = in.Contact, in.Seed, in.After
	out = applied(out, in.Nth, Fault.Nth)
	out = applied(out, in.Every, Fault.Every)
	out = applied(out, in.Times, Fault.Times)
	out = applied(out, in.Probability, Fault.Probability)
	out = applied(out, (*time.Duration)(in.Delay), Fault.Delay)
	out = applied(out, in.Error, func(f Fault, code contacts.Code) Fault { return f.Return(code) })
	out = applied(out, in.Status, Fault.Status)
	out = applied(out, (*time.Duration)(in.RetryAfter), Fault.RetryAfter)
	if in.Stale {
		out = out.Stale()
	}
	switch in.Cut {
	case "":
	case cutWhole:
		out = out.Cut()
	case cutMiddle:
		out = out.CutMiddle()
	default:
		out = out.wrong(`cut must be "reply" or "middle"`)
	}
	if in.Error != nil && *in.Error == "" {
		out = out.wrong("error must not be empty")
	}
	if err := out.check(); err != nil {
		return err
	}
	*f = out
	return nil
}

// applied sets a value of the rule, unless it is nil.
func applied[T any](f Fault, v *T, with func(Fault, T) Fault) Fault {
	if v == nil {
		return f
	}
	return with(f, *v)
}
