package httpclient

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/contactsdb/contacts"
)

// Options are the options of [New]. The zero value of a field is its default.
type Options struct {
	// HTTPClient sends the requests, by default one with http.DefaultTransport. Its CheckRedirect is not used (CLI-6).
	HTTPClient *http.Client

	// Authorization is the header of that name: "Bearer SECRET" for contactsd, the key itself for the service. Only
	// visible ASCII and spaces.
	Authorization string

	// Prepare changes a request before it is sent, for example to add a header. It must not read the body, and must be
	// safe for concurrent use. Its error is returned, wrapped; then nothing was sent.
	Prepare func(*http.Request) error

	// UserAgent is the header User-Agent, by default DefaultUserAgent.
	UserAgent string

	// MaxReplyBytes limits the body of a reply, after decompression, by default to DefaultMaxReplyBytes (CLI-4).
	MaxReplyBytes int64

	// Retries is how often a call that changes nothing is repeated if the reply has status 429 or 503 and the header
	// Retry-After with at most MaxRetryAfter (CLI-7). The default is never.
	Retries int
}

// Defaults of [Options].
const (
	DefaultUserAgent     = "contacts-httpclient"
	DefaultMaxReplyBytes = 64 << 20 // 64 MiB
)

// LogValue returns which options are set, without the header Authorization.
func (o Options) LogValue() slog.Value {
	return slog.GroupValue(slog.Bool("authorization", o.Authorization != ""), slog.Bool("prepare", o.Prepare != nil),
		slog.Int64("maxReplyBytes", o.MaxReplyBytes), slog.Int("retries", o.Retries))
}

// Client calls the API of a server. It is safe for concurrent use.
type Client struct {
	base       string // without a slash at the end
	http       *http.Client
	prepare    func(*http.Request) error // a closure, so that no print of a Client shows the header Authorization
	replyBytes int64
	retries    int
}

// New returns a client of the server at a URL such as https://www.wixapis.com or http://127.0.0.1:8080. The path of the
// API, /contacts/v4, follows that of the URL. New sends nothing. A nil opts means defaults.
//
// Errors: INVALID_ARGUMENT unless the URL is http or https, with a host, and without user, query and fragment, and for
// options out of range (CLI-1).
func New(baseURL string, opts *Options) (*Client, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	violations := o.check()
	base, err := url.Parse(baseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" || base.User != nil ||
		strings.ContainsAny(baseURL, "?#") {
		violations = append(violations, contacts.Violation{
			Field: "baseURL", Rule: contacts.RuleFormat, Format: contacts.FormatWebURL,
		})
	}
	if err := invalid(violations...); err != nil {
		return nil, err
	}
	sender := &http.Client{}
	if o.HTTPClient != nil {
		*sender = *o.HTTPClient
	}
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &Client{
		base: strings.TrimRight(baseURL, "/"), http: sender, prepare: o.prepare,
		replyBytes: DefaultMaxReplyBytes, retries: o.Retries,
	}
	if o.MaxReplyBytes > 0 {
		c.replyBytes = o.MaxReplyBytes
	}
	return c, nil
}

// check returns the violations of options out of range.
func (o *Options) check() []contacts.Violation {
	var violations []contacts.Violation
	header := func(name, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			violations = append(violations, contacts.Violation{
				Field: name, Rule: contacts.RuleFormat, Format: contacts.FormatText,
			})
		}
	}
	notNegative := func(name string, n int64) {
		if n < 0 {
			violations = append(violations, contacts.Violation{Field: name, Rule: contacts.RuleMin})
		}
	}
	header("authorization", o.Authorization)
	header("userAgent", o.UserAgent)
	notNegative("maxReplyBytes", o.MaxReplyBytes)
	notNegative("retries", int64(o.Retries))
	return violations
}

// prepare sets the headers that the options give.
func (o *Options) prepare(r *http.Request) error {
	r.Header.Set("User-Agent", cmp.Or(o.UserAgent, DefaultUserAgent))
	if o.Authorization != "" {
		r.Header.Set("Authorization", o.Authorization)
	}
	if o.Prepare == nil {
		return nil
	}
	if err := o.Prepare(r); err != nil {
		return fmt.Errorf("httpclient: prepare a request: %w", err)
	}
	return nil
}
