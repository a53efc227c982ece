package httpapi_test

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/storetest"
)

// webhookKey returns the key of the tests.
var webhookKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

const webhookSecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// delivered is a request that a receiver got.
type delivered struct {
	header http.Header
	body   string
	data   struct{ Data, InstanceID, EventType string }
	event  contacts.Event
	at     time.Time
}

// receiver is the transport to a receiver of events, which answers as a function says: with a status, or not at all if
// that is 0. The default is 200.
type receiver struct {
	t      testing.TB
	answer func(r *http.Request, d *delivered) int

	mu  sync.Mutex
	got []*delivered
}

func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	d := decoded(r.t, q)
	r.mu.Lock()
	r.got = append(r.got, d)
	r.mu.Unlock()
	status := http.StatusOK
	if r.answer != nil {
		status = r.answer(q, d)
	}
	if status == 0 {
		return nil, errors.New("secret-of-the-receiver")
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: q}, nil
}

// decoded checks the signature of a request, as the client does, and decodes it.
func decoded(t testing.TB, q *http.Request) *delivered {
	body, err := io.ReadAll(q.Body)
	require.NoError(t, err)
	d := &delivered{header: q.Header, body: string(body), at: time.Now()}
	parts := strings.Split(d.body, ".")
	require.Len(t, parts, 3)
	var texts [3][]byte
	for i, part := range parts {
		texts[i], err = base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	require.NoError(t, rsa.VerifyPKCS1v15(&webhookKey().PublicKey, crypto.SHA256, sum[:], texts[2]))
	require.JSONEq(t, `{"alg":"RS256","typ":"JWT"}`, string(texts[0]))
	var claims struct {
		Data     string
		Iat, Exp int64
	}
	require.NoError(t, json.Unmarshal(texts[1], &claims))
	require.Equal(t, claims.Iat+3600, claims.Exp)
	require.NoError(t, json.Unmarshal([]byte(claims.Data), &d.data))
	require.NoError(t, json.Unmarshal([]byte(d.data.Data), &d.event))
	return d
}

func (r *receiver) all() []*delivered {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*delivered(nil), r.got...)
}

// sequences returns the sequence numbers of what was received.
func (r *receiver) sequences() (list []uint64) {
	for _, d := range r.all() {
		list = append(list, d.event.Sequence)
	}
	return list
}

// delivering starts Deliver in a bubble. The returned function ends it and returns its error.
func delivering(t *testing.T, s *contacts.Store, opts httpapi.DeliverOptions) (stop func() error) {
	t.Helper()
	if opts.URL == "" {
		opts.URL = "http://receiver.example/hook?key=url-secret"
	}
	opts.Key = webhookKey()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- httpapi.Deliver(ctx, s, &opts) }()
	t.Cleanup(cancel)
	synctest.Wait()
	return func() error {
		cancel()
		return <-ended
	}
}

// settled waits until everything has happened that happens within a second.
func settled() {
	time.Sleep(time.Second)
	synctest.Wait()
}

// person creates a contact.
func person(t testing.TB, s *contacts.Store, first string) *contacts.Contact {
	t.Helper()
	c, err := s.Create(t.Context(), contacts.Info{Name: contacts.Name{First: first}}, nil)
	require.NoError(t, err)
	return c
}

// rename updates a contact.
func rename(t testing.TB, s *contacts.Store, c *contacts.Contact, first string) *contacts.Contact {
	t.Helper()
	c, err := s.Update(t.Context(), c.ID, c.Revision, contacts.Patch{FirstName: contacts.Set(first)}, nil)
	require.NoError(t, err)
	return c
}

func newStore(t testing.TB, opts *contacts.Options) *contacts.Store {
	t.Helper()
	s, err := contacts.New(opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// bubble runs a subtest with a clock of its own.
func bubble(t *testing.T, name string, test func(*testing.T)) {
	t.Helper()
	webhookKey() // outside the bubble
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestDeliverForm(t *testing.T) {
	bubble(t, "WHK-1 WHK-3 a request", func(t *testing.T) {
		s, r := newStore(t, nil), &receiver{t: t}
		stop := delivering(t, s, httpapi.DeliverOptions{
			Transport: r, InstanceID: "instance-7", Secret: webhookSecret, URL: "https://receiver.example/hook",
		})
		c := person(t, s, "Ada \"<&>\u2028 Ł")
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Len(t, r.got, 1)
		d := r.got[0]
		require.Equal(t, "instance-7", d.data.InstanceID)
		require.Equal(t, "wix.contacts.v4.contact_created", d.data.EventType)
		require.Equal(t, c.ID.String(), d.event.EntityID)
		require.Equal(t, d.data.Data, jsonOf(t, d.event), "the envelope as Event encodes it")
		require.Equal(t, "text/plain", d.header.Get("Content-Type"))
		require.Equal(t, d.event.ID.String(), d.header.Get("webhook-id"))
		timestamp := strconv.FormatInt(d.at.Unix(), 10)
		require.Equal(t, timestamp, d.header.Get("webhook-timestamp"))
		sum := hmac.New(sha256.New, []byte("01234567890123456789012345678901"))
		fmt.Fprint(sum, d.event.ID, ".", timestamp, ".", d.body)
		require.Equal(t, "v1,"+base64.StdEncoding.EncodeToString(sum.Sum(nil)), d.header.Get("webhook-signature"))
	})
	bubble(t, "WHK-1 an internal event is not sent", func(t *testing.T) {
		s, r, state := newStore(t, nil), &receiver{t: t}, &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state})
		for range 2 {
			_, err := s.Submit(t.Context(), contacts.Info{
				Name: contacts.Name{First: "Ada"}, Emails: []contacts.Email{{Address: "ada@example.com"}},
			}, nil)
			require.NoError(t, err)
		}
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Len(t, r.got, 1)
		require.Equal(t, "created", r.got[0].event.Slug)
		after, err := state.After(t.Context())
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(int(s.Snapshot().Position())), after)
	})
	bubble(t, "WHK-3 without a secret", func(t *testing.T) {
		s, r := newStore(t, nil), &receiver{t: t}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r})
		person(t, s, "Ada")
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.NotEmpty(t, r.got[0].header.Get("webhook-id"))
		require.Empty(t, r.got[0].header.Get("webhook-signature"))
		require.NotContains(t, r.got[0].body, "instanceId")
	})
	t.Run("WHK-7 options", func(t *testing.T) {
		s := newStore(t, nil)
		good := httpapi.DeliverOptions{URL: "http://localhost/", Key: webhookKey()}
		for _, test := range []struct {
			field  string
			change func(*httpapi.DeliverOptions)
		}{
			{"URL", func(o *httpapi.DeliverOptions) { o.URL = "" }},
			{"URL", func(o *httpapi.DeliverOptions) { o.URL = "ftp://localhost/" }},
			{"URL", func(o *httpapi.DeliverOptions) { o.URL = "http:/hook" }},
			{"URL", func(o *httpapi.DeliverOptions) { o.URL = "://" }},
			{"Key", func(o *httpapi.DeliverOptions) { o.Key = nil }},
			{"Key", func(o *httpapi.DeliverOptions) { o.Key = &rsa.PrivateKey{} }},
			{"Secret", func(o *httpapi.DeliverOptions) { o.Secret = webhookSecret[6:] }},
			{"Secret", func(o *httpapi.DeliverOptions) { o.Secret = "whsec_!" }},
			{"Secret", func(o *httpapi.DeliverOptions) { o.Secret = "whsec_MDEyMzQ1" }},
			{"Secret", func(o *httpapi.DeliverOptions) { o.Secret = "whsec_" + strings.Repeat("MDEy", 22) }},
			{"State", func(o *httpapi.DeliverOptions) {
				m := &httpapi.DeliveryMemory{}
				require.NoError(t, m.Save(t.Context(), "1.0"))
				o.State = m
			}},
		} {
			opts := good
			test.change(&opts)
			err := httpapi.Deliver(t.Context(), s, &opts)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok, "%s: %v", test.field, err)
			require.Equal(t, contacts.ErrInvalid, e.Code)
			require.Equal(t, test.field, e.Violations[0].Field)
			require.Equal(t, contacts.RuleFormat, e.Violations[0].Rule)
		}
		require.ErrorIs(t, httpapi.Deliver(t.Context(), s, nil), contacts.ErrInvalid)
	})
}

func TestDeliverOrder(t *testing.T) {
	bubble(t, "WHK-2 a contact waits for its own events only", func(t *testing.T) {
		s := newStore(t, nil)
		failures := 3
		r := &receiver{t: t}
		r.answer = func(_ *http.Request, d *delivered) int {
			if d.event.Sequence == 1 && failures > 0 {
				failures--
				return http.StatusInternalServerError
			}
			return http.StatusNoContent
		}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r})
		ada, bob := person(t, s, "Ada"), person(t, s, "Bob")
		rename(t, s, ada, "A")
		rename(t, s, bob, "B")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ErrorIs(t, stop(), context.Canceled)
		order := map[string][]uint64{}
		for _, d := range r.got {
			order[d.event.EntityID] = append(order[d.event.EntityID], d.event.Sequence)
		}
		require.Equal(t, []uint64{1, 1, 1, 1, 3}, order[ada.ID.String()])
		require.Equal(t, []uint64{2, 4}, order[bob.ID.String()])
		require.Less(t, r.got[4].at, r.got[6].at)
	})
	bubble(t, "WHK-2 bounded requests at a time", func(t *testing.T) {
		s := newStore(t, nil)
		var now, most atomic.Int64
		r := &receiver{t: t, answer: func(*http.Request, *delivered) int {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Millisecond)
			now.Add(-1)
			return http.StatusOK
		}}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, Workers: 3})
		for range 30 {
			person(t, s, "Ada")
		}
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Len(t, r.got, 30)
		require.EqualValues(t, 3, most.Load())
	})
	bubble(t, "WHK-2 a bounded number of events is read ahead", func(t *testing.T) {
		s := newStore(t, nil)
		r := &receiver{t: t, answer: func(_ *http.Request, d *delivered) int {
			if d.event.Sequence == 1 {
				return http.StatusInternalServerError
			}
			return http.StatusOK
		}}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, Attempts: 3, Delay: time.Hour})
		for range 1100 {
			person(t, s, "Ada")
		}
		settled()
		require.Len(t, r.all(), 1024)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		require.Len(t, r.all(), 1102, "all, and the first one three times")
		require.ErrorIs(t, stop(), context.Canceled)
	})
}

func TestDeliverFailures(t *testing.T) {
	for _, status := range []int{0, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503} {
		bubble(t, "WHK-4 again after "+strconv.Itoa(status), func(t *testing.T) {
			s := newStore(t, nil)
			tries := 0
			r := &receiver{t: t, answer: func(q *http.Request, _ *delivered) int {
				require.Equal(t, "/hook", q.URL.Path)
				if tries++; tries == 1 {
					return status
				}
				return http.StatusOK
			}}
			stop := delivering(t, s, httpapi.DeliverOptions{Transport: r})
			person(t, s, "Ada")
			time.Sleep(2 * time.Second)
			synctest.Wait()
			require.Equal(t, []uint64{1, 1}, r.sequences())
			require.Equal(t, r.got[0].header.Get("Webhook-Id"), r.got[1].header.Get("Webhook-Id"))
			require.ErrorIs(t, stop(), context.Canceled)
		})
	}
	bubble(t, "WHK-4 WHK-5 growing delays, and a dead letter", func(t *testing.T) {
		s := newStore(t, nil)
		r := &receiver{t: t, answer: func(*http.Request, *delivered) int { return http.StatusBadGateway }}
		var log strings.Builder
		state := &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{
			Transport: r, State: state, Logger: slog.New(slog.NewTextHandler(&log, nil)), Secret: webhookSecret,
			MaxDelay: 30 * time.Second, Attempts: 6,
		})
		c := person(t, s, "Ada")
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		require.Len(t, r.got, 6)
		for i, most := range []time.Duration{1, 4, 16, 30, 30} {
			most *= time.Second
			d := r.got[i+1].at.Sub(r.got[i].at)
			require.GreaterOrEqual(t, d, most/2)
			require.LessOrEqual(t, d, most)
		}
		require.False(t, r.got[0].body == r.got[5].body, "WHK-1 signed again, as a receiver refuses an old one")
		require.Equal(t, []httpapi.DeadLetter{{
			ID: "1", EventID: r.got[0].event.ID, EventType: "wix.contacts.v4.contact_created", EntityID: c.ID.String(),
			Attempts: 6, Status: 502, Time: r.got[5].at.UTC().Truncate(time.Millisecond),
		}}, state.DeadLetters())
		after, err := state.After(t.Context())
		require.NoError(t, err)
		require.Equal(t, "1", after)
		require.ErrorIs(t, stop(), context.Canceled)
		require.Contains(t, log.String(), "attempt=5 status=502")
		for _, secret := range []string{"Ada", "url-secret", "whsec_", "secret-of"} {
			require.NotContains(t, log.String(), secret, "ERR-5")
		}
	})
	bubble(t, "WHK-4 Retry-After", func(t *testing.T) {
		s := newStore(t, nil)
		r := &receiver{t: t}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: asking{r}, MaxDelay: time.Minute, Attempts: 3})
		person(t, s, "Ada")
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, r.got, 3)
		require.Equal(t, 20*time.Second, r.got[1].at.Sub(r.got[0].at))
		require.Equal(t, time.Minute, r.got[2].at.Sub(r.got[1].at), "at most MaxDelay")
		require.ErrorIs(t, stop(), context.Canceled)
	})
	bubble(t, "WHK-6 a long reply", func(t *testing.T) {
		s := newStore(t, nil)
		long := &longReply{receiver: &receiver{t: t}, rest: strings.NewReader(strings.Repeat("x", 1<<20))}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: long})
		person(t, s, "Ada")
		settled()
		require.Len(t, long.all(), 1)
		require.Equal(t, 1<<20-64<<10, long.rest.Len())
		require.ErrorIs(t, stop(), context.Canceled)
	})
	bubble(t, "WHK-6 410", func(t *testing.T) {
		s := newStore(t, nil)
		r := &receiver{t: t, answer: func(*http.Request, *delivered) int { return http.StatusGone }}
		state := &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state})
		person(t, s, "Ada")
		settled()
		require.ErrorIs(t, stop(), httpapi.ErrGone)
		require.Len(t, r.got, 1)
		require.Empty(t, state.DeadLetters())
		after, err := state.After(t.Context())
		require.NoError(t, err)
		require.Equal(t, "0", after, "the event is not lost")
	})
	bubble(t, "WHK-5 events that the store no longer has", func(t *testing.T) {
		s := newStore(t, &contacts.Options{FeedSize: 2})
		state := &httpapi.DeliveryMemory{}
		require.NoError(t, state.Save(t.Context(), "0"))
		for range 5 {
			person(t, s, "Ada")
		}
		r := &receiver{t: t}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state, Workers: 1})
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.ElementsMatch(t, []uint64{4, 5}, r.sequences())
		dead := state.DeadLetters()
		require.Len(t, dead, 1)
		require.Equal(t, httpapi.DeadLetter{ID: "3", After: "0", Time: dead[0].Time}, dead[0])
	})
}

// noReply is a transport whose requests all fail with an error.
type noReply struct{ error }

func (n noReply) RoundTrip(*http.Request) (*http.Response, error) { return nil, n.error }

func TestDeliverErrors(t *testing.T) {
	refused := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	proxy := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 3128}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"no such host", &net.OpError{Op: "dial", Err: &net.DNSError{
			Err: "no such host", Name: "receiver.example", Server: "192.0.2.1:53", IsNotFound: true,
		}}, "the host was not found"},
		{"port", &net.OpError{Op: "dial", Err: &net.AddrError{Err: "invalid port", Addr: "receiver.example"}}, "dial"},
		{"refused", &net.OpError{Op: "dial", Err: refused}, "dial: " + refused.Error()},
		{"proxy", &net.OpError{Op: "proxyconnect", Err: &net.OpError{Op: "dial", Addr: proxy, Err: refused}},
			"proxyconnect: " + refused.Error()},
		{"alert", &net.OpError{Op: "remote error", Err: tls.AlertError(42)}, "remote error: tls: bad certificate"},
		{"timeout", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "timeout"},
		{"certificate", &tls.CertificateVerificationError{Err: errors.New("valid for receiver.example")},
			"the certificate is not trusted"},
		{"other", errors.New("receiver.example"), "no valid reply"},
	} {
		bubble(t, "WHK-6 the log of an error: "+test.name, func(t *testing.T) {
			s := storetest.Open(t, nil)
			var log strings.Builder
			stop := delivering(t, s, httpapi.DeliverOptions{
				Transport: noReply{test.err}, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
			})
			person(t, s, "Ada")
			synctest.Wait()
			require.ErrorIs(t, stop(), context.Canceled)
			var record struct{ Error string }
			require.NoError(t, json.Unmarshal([]byte(log.String()), &record))
			require.Equal(t, test.want, record.Error)
			require.NotContains(t, log.String(), "receiver.example")
			require.NotContains(t, log.String(), "192.0.2")
		})
	}
}

// longReply is a receiver with a body in its reply.
type longReply struct {
	*receiver
	rest *strings.Reader
}

func (l *longReply) RoundTrip(q *http.Request) (*http.Response, error) {
	reply, err := l.receiver.RoundTrip(q)
	reply.Body = io.NopCloser(l.rest)
	return reply, err
}

// asking is a receiver that asks for time.
type asking struct{ *receiver }

func (a asking) RoundTrip(q *http.Request) (*http.Response, error) {
	reply, err := a.receiver.RoundTrip(q)
	reply.StatusCode = http.StatusTooManyRequests
	reply.Header.Set("Retry-After", []string{"20", "3600"}[len(a.receiver.got)%2^1])
	return reply, err
}

// failingState is a state that fails.
type failingState struct {
	httpapi.DeliveryMemory
	save, bury, after error
}

func (b *failingState) After(ctx context.Context) (string, error) {
	text, _ := b.DeliveryMemory.After(ctx)
	return text, b.after
}

func (b *failingState) Save(ctx context.Context, after string) error {
	if b.save != nil && after != "0" {
		return b.save
	}
	return b.DeliveryMemory.Save(ctx, after)
}

func (b *failingState) Bury(ctx context.Context, l httpapi.DeadLetter) error {
	return errors.Join(b.bury, b.DeliveryMemory.Bury(ctx, l))
}

func TestDeliverState(t *testing.T) {
	bubble(t, "WHK-7 another call continues, also inside a commit", func(t *testing.T) {
		s := newStore(t, nil)
		ada, bob := person(t, s, "Ada"), person(t, s, "Bob")
		state := &httpapi.DeliveryMemory{}
		r := &receiver{t: t}
		r.answer = func(_ *http.Request, d *delivered) int {
			if d.event.Slug == "deleted" {
				return http.StatusInternalServerError
			}
			return http.StatusOK
		}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state})
		_, err := s.Merge(t.Context(), ada.ID, 1, []uuid.UUID{bob.ID}, nil)
		require.NoError(t, err)
		synctest.Wait()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Subset(t, r.sequences(), []uint64{3, 4, 5}, "from the present on: the merge alone")
		require.NotContains(t, r.sequences(), uint64(1))
		after, err := state.After(t.Context())
		require.NoError(t, err)
		require.Equal(t, "3.2", after)

		again := &receiver{t: t}
		text := jsonOf(t, state)
		var kept httpapi.DeliveryMemory
		require.NoError(t, json.Unmarshal([]byte(text), &kept))
		stop = delivering(t, s, httpapi.DeliverOptions{Transport: again, State: &kept})
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Equal(t, []uint64{5}, again.sequences(), "only what was not delivered")
	})
	bubble(t, "WHK-7 the first call saves where it begins", func(t *testing.T) {
		s := newStore(t, nil)
		person(t, s, "Ada")
		state := &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: &receiver{t: t}, State: state})
		require.Equal(t, `{"after":"1","deadLetters":[]}`, jsonOf(t, state))
		require.ErrorIs(t, stop(), context.Canceled)
	})
	bubble(t, "WHK-7 the store has lost its last commits", func(t *testing.T) {
		s := newStore(t, nil)
		state, r := &httpapi.DeliveryMemory{}, &receiver{t: t}
		require.NoError(t, state.Save(t.Context(), "7.2"))
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state})
		person(t, s, "Ada")
		settled()
		require.ErrorIs(t, stop(), context.Canceled)
		require.Equal(t, []uint64{1}, r.sequences())
	})
	bubble(t, "WHK-7 progress is saved while it runs", func(t *testing.T) {
		s := newStore(t, nil)
		state := &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: &receiver{t: t}, State: state})
		for i := range 3 {
			person(t, s, "Ada")
			settled()
			after, err := state.After(t.Context())
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(i+1), after)
		}
		require.ErrorIs(t, stop(), context.Canceled)
	})
	bubble(t, "WHK-7 progress is saved at the end", func(t *testing.T) {
		s, state := newStore(t, nil), &httpapi.DeliveryMemory{}
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: &receiver{t: t}, State: state})
		for range 2 { // the second one within the time between two calls of Save
			person(t, s, "Ada")
			synctest.Wait()
		}
		require.ErrorIs(t, stop(), context.Canceled)
		after, err := state.After(t.Context())
		require.NoError(t, err)
		require.Equal(t, "2", after)
	})
	failure := errors.New("the disk is full")
	for name, state := range map[string]*failingState{
		"After": {after: failure}, "Save": {save: failure}, "Bury": {bury: failure},
	} {
		bubble(t, "WHK-7 an error of "+name, func(t *testing.T) {
			s := newStore(t, nil)
			r := &receiver{t: t, answer: func(*http.Request, *delivered) int {
				if name == "Bury" {
					return http.StatusInternalServerError
				}
				return http.StatusOK
			}}
			stop := delivering(t, s, httpapi.DeliverOptions{Transport: r, State: state, Attempts: 1})
			person(t, s, "Ada")
			settled()
			require.ErrorIs(t, stop(), failure)
		})
	}
	bubble(t, "WHK-7 the store is closed", func(t *testing.T) {
		s, err := contacts.New(nil)
		require.NoError(t, err)
		stop := delivering(t, s, httpapi.DeliverOptions{Transport: &receiver{t: t}})
		require.NoError(t, s.Close())
		settled()
		require.ErrorIs(t, stop(), contacts.ErrClosed)
	})
	bubble(t, "WHK-5 the newest dead letters are kept", func(t *testing.T) {
		var m httpapi.DeliveryMemory
		for i := range httpapi.DeadLettersMost + 5 {
			require.NoError(t, m.Bury(t.Context(), httpapi.DeadLetter{ID: strconv.Itoa(i)}))
		}
		require.NoError(t, m.Bury(t.Context(), httpapi.DeadLetter{ID: "7"}))
		dead := m.DeadLetters()
		require.Len(t, dead, httpapi.DeadLettersMost)
		require.Equal(t, "7", dead[len(dead)-1].ID)
		require.Equal(t, "5", dead[0].ID)
	})
}

// TestDeliverHostile has receivers that misbehave, over TCP. Another event of each is received well.
func TestDeliverHostile(t *testing.T) {
	for name, hostile := range map[string]http.HandlerFunc{
		"slow":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"500":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"closed": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"endless redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		},
		"slow body": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
		"huge body": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for block := make([]byte, 1<<20); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
	} {
		t.Run("WHK-6 "+name, func(t *testing.T) {
			var calls, others atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				decoded(t, r)
				if r.URL.Path != "/hook" {
					others.Add(1)
				}
				if calls.Add(1) <= 2 {
					hostile(w, r)
				}
			}))
			defer server.Close()
			defer server.CloseClientConnections()
			s, state := newStore(t, nil), &httpapi.DeliveryMemory{}
			require.NoError(t, state.Save(t.Context(), "0"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				ended <- httpapi.Deliver(ctx, s, &httpapi.DeliverOptions{
					URL: server.URL + "/hook", Key: webhookKey(), State: state,
					Timeout: 300 * time.Millisecond, Delay: time.Millisecond,
				})
			}()
			person(t, s, "Ada")
			require.Eventually(t, func() bool {
				after, _ := state.After(ctx)
				return after == "1"
			}, time.Minute, time.Millisecond)
			cancel()
			require.ErrorIs(t, <-ended, context.Canceled)
			require.Empty(t, state.DeadLetters())
			require.GreaterOrEqual(t, calls.Load(), int64(3))
			require.Zero(t, others.Load(), "redirects are not followed")
		})
	}
}
