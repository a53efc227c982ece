package httpapi

import (
	"bytes"
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/contactsdb/contacts"
)

// This file sends one event: its form, its signatures and its attempts.

// jwtValid is the time for which a receiver accepts a request.
const jwtValid = time.Hour

// jwtHeader is the first part of each JWT. A library would save these few lines of signing, and bring parsing and keys
// of all kinds into every binary.
var jwtHeader = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`))

// jwtClaims are the claims of a JWT. Data is the text of a webhookData.
type jwtClaims struct {
	Data      string `json:"data"`
	IssuedAt  int64  `json:"iat"`
	ExpiresAt int64  `json:"exp"`
}

// webhookData is what the service sends about an event. Data is the text of its envelope.
type webhookData struct {
	Data       string `json:"data"`
	InstanceID string `json:"instanceId,omitempty"`
	EventType  string `json:"eventType"`
}

// signed returns the JWT of an event (WHK-1).
func signed(e contacts.Event, instance string, key *rsa.PrivateKey, now time.Time) ([]byte, error) {
	text, err := e.MarshalJSON()
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(webhookData{string(text), instance, e.Type})
	if err != nil {
		return nil, err
	}
	claims, err := json.Marshal(jwtClaims{string(data), now.Unix(), now.Add(jwtValid).Unix()})
	if err != nil {
		return nil, err
	}
	jwt := append([]byte(jwtHeader), '.')
	jwt = base64.RawURLEncoding.AppendEncode(jwt, claims)
	sum := sha256.Sum256(jwt)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, fmt.Errorf("sign an event: %w", err)
	}
	return base64.RawURLEncoding.AppendEncode(append(jwt, '.'), signature), nil
}

// request returns the request for an event.
func (d *delivery) request(ctx context.Context, e contacts.Event) (*http.Request, error) {
	now := time.Now()
	body, err := signed(e, d.opts.InstanceID, d.opts.Key, now)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.opts.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	id, timestamp := e.ID.String(), strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Content-Type", "text/plain") // as the service's, which express.text() reads
	r.Header.Set("User-Agent", "contacts")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", timestamp)
	if d.secret != nil {
		sum := hmac.New(sha256.New, d.secret)
		fmt.Fprintf(sum, "%s.%s.%s", id, timestamp, body)
		r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	}
	return r, nil
}

// replyMost is the number of bytes that are read of a reply, so that its connection can be used again.
const replyMost = 64 << 10

// outcomeOf is the outcome of an attempt.
type outcomeOf struct {
	status int           // 0: there was no reply
	wait   time.Duration // that the receiver asks for
	err    error
}

func (o outcomeOf) ok() bool { return o.status >= 200 && o.status < 300 }

// post makes one attempt, once a worker is free.
func (d *delivery) post(ctx context.Context, e contacts.Event) outcomeOf {
	select {
	case d.workers <- struct{}{}:
		defer func() { <-d.workers }()
	case <-ctx.Done():
		return outcomeOf{err: ctx.Err()}
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	r, err := d.request(ctx, e)
	if err != nil {
		return outcomeOf{err: err}
	}
	reply, err := d.client.Do(r)
	if err != nil {
		return outcomeOf{err: err}
	}
	defer reply.Body.Close()
	_, _ = io.CopyN(io.Discard, reply.Body, replyMost)
	out := outcomeOf{status: reply.StatusCode}
	if seconds, err := strconv.ParseUint(reply.Header.Get("Retry-After"), 10, 31); err == nil {
		out.wait = time.Duration(seconds) * time.Second
	}
	return out
}

// deliver makes attempts until a letter is delivered or dead. It reports false if Deliver ends.
func (d *delivery) deliver(ctx context.Context, l *letter) bool {
	for attempt := 1; ; attempt++ {
		out := d.post(ctx, l.event)
		switch {
		case out.ok():
			return true
		case ctx.Err() != nil:
			return false
		case out.status == http.StatusGone:
			d.fail(ErrGone)
			return false
		case attempt >= d.opts.Attempts:
			if err := d.bury(ctx, letterOf(l, attempt, out.status)); err != nil {
				d.fail(err)
				return false
			}
			return true
		}
		delay := d.opts.delay(attempt, out.wait)
		d.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "an event was not delivered", slog.String("id", l.place.String()),
			slog.Any("event", l.event.ID), slog.String("type", l.event.Type), slog.Int("attempt", attempt),
			slog.Int("status", out.status), slog.String("error", kindOf(out.err)), slog.Duration("again", delay))
		if pause(ctx, delay); ctx.Err() != nil {
			return false
		}
	}
}

// delay returns the time after an attempt, from 1, that has failed (WHK-4). Half of it is random, so that the events of
// many contacts do not return at the same moment.
func (o *DeliverOptions) delay(attempt int, asked time.Duration) time.Duration {
	d := o.Delay
	for range attempt - 1 {
		d = min(d, o.MaxDelay/4) * 4
	}
	d = min(d, o.MaxDelay)
	d = d/2 + rand.N(d/2+1)
	return max(d, min(asked, o.MaxDelay))
}

// kindOf describes the error of an attempt. The text of the error could have data of the receiver, who knows contacts,
// or the URL, which may contain a secret.
func kindOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return "timeout"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate is not trusted"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok { // its text has the host
		return "the host was not found"
	}
	e, ok := errors.AsType[*net.OpError](err)
	if !ok {
		return "no valid reply"
	}
	if cause, ok := errors.AsType[*os.SyscallError](err); ok {
		return e.Op + ": " + cause.Error()
	}
	if e.Op == "remote error" { // an alert of TLS, one of some fixed texts
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op // other errors can have addresses
}
