package openapi

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/errors"

	"github.com/contactsdb/contacts/httpapi"
)

// NewValidator returns the validator of a description. It takes a second or so to build its schemas.
func NewValidator(description []byte) (validator.Validator, error) {
	document, err := libopenapi.NewDocument(description)
	if err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	v, errs := validator.NewValidator(document, config.WithFormatAssertions())
	if len(errs) > 0 {
		return nil, fmt.Errorf("read the description: %w", errs[0])
	}
	return v, nil
}

// wrongMost is the number of mismatches that a Checker keeps.
const wrongMost = 20

// Checker validates exchanges with the API. It is safe for concurrent use.
type Checker struct {
	v        validator.Validator
	requests bool

	mu    sync.Mutex
	kinds map[string]int
	wrong []string
}

// NewChecker returns a Checker that has seen no exchange. With requests, it checks requests, too: none of them may then
// have members that the API ignores (HTTP-4). A strict server accepts no such members.
func NewChecker(v validator.Validator, requests bool) *Checker {
	return &Checker{v: v, requests: requests, kinds: map[string]int{}}
}

// Check validates a reply and, if its status is 200, the request: others may be wrong. Only the method, the URL and the
// header of r are used. A request for a path that the API does not have is not checked.
func (c *Checker) Check(r *http.Request, body []byte, status int, header http.Header, reply []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	route := httpapi.Route(r)
	if route == "" {
		return
	}
	c.kinds[fmt.Sprint(route, " ", status)]++
	if len(c.wrong) >= wrongMost {
		return
	}
	again := r.Clone(r.Context())
	again.RemoteAddr, again.RequestURI = "", ""
	again.URL.Path, again.URL.RawPath = oneSegment(route, r.URL.EscapedPath()), ""
	again.URL.RawQuery = repeated(again.URL.Query()).Encode()
	report := func(kind string, errs []*errors.ValidationError) {
		c.wrong = append(c.wrong, fmt.Sprintf("%s of %s, status %d: %s", kind, route, status, texts(errs)))
	}
	if c.requests && status == http.StatusOK {
		again.Body = io.NopCloser(bytes.NewReader(body))
		if ok, errs := c.v.ValidateHttpRequest(again); !ok {
			report("request "+string(body), errs)
		}
	}
	if ok, errs := c.v.ValidateHttpResponse(again, &http.Response{
		StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(reply)),
	}); !ok {
		report("reply", errs)
	}
}

// oneSegment returns an escaped path with the slashes of a key escaped, too: OpenAPI cannot describe a key of several
// segments.
func oneSegment(route, path string) string {
	_, pattern, _ := strings.Cut(route, " ")
	parent, ok := strings.CutSuffix(pattern, "{key...}")
	if !ok {
		return path
	}
	prefix, key, _ := strings.Cut(path, parent)
	return prefix + parent + strings.ReplaceAll(key, "/", "%2F")
}

// repeated returns parameters with one value each, where a list may be separated by commas: OpenAPI can describe one of
// the two forms.
func repeated(params url.Values) url.Values {
	out := url.Values{}
	for name, values := range params {
		if name == "fields" || name == "fieldsets" || name == "labelKeys" {
			values = strings.Split(strings.Join(values, ","), ",")
		}
		out[name] = values
	}
	return out
}

// Wrong returns the mismatches, at most 20: which exchange it was, and why it does not fit.
func (c *Checker) Wrong() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wrong)
}

// Kinds returns how many exchanges there were, by route and status, such as "GET /contacts/{id} 404".
func (c *Checker) Kinds() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.kinds)
}

// texts returns the messages of errors, a line each.
func texts(errs []*errors.ValidationError) string {
	var b strings.Builder
	for _, err := range errs {
		fmt.Fprintf(&b, "%s: %s\n", err.Message, err.Reason)
		for _, cause := range err.SchemaValidationErrors {
			fmt.Fprintf(&b, "  %s: %s\n", cause.FieldPath, cause.Reason)
		}
	}
	return b.String()
}
