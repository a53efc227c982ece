package httpapi

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/contactsdb/contacts"
)

// DeliverOptions are the options of [Deliver]. URL and Key are required; the zero value of another field is its
// default.
type DeliverOptions struct {
	// URL is the address of the receiver, of http or https.
	URL string

	// Key signs the events, with at least 2048 bits. The receiver needs its public key: the published client has it as
	// publicKey of AppStrategy.
	Key *rsa.PrivateKey

	// InstanceID is the instanceId of the events: in the service, that of the app on the site. By default events lack it.
	InstanceID string

	// Secret, as whsec_ and 24 to 64 bytes in base64, adds the signature of Standard Webhooks (WHK-3). The default adds
	// none.
	Secret string

	// State keeps what has been delivered. By default it is lost when Deliver returns.
	State DeliveryState

	// Workers limits the requests at a time, by default to DefaultWorkers.
	Workers int

	// Attempts limits the requests for an event, by default to DefaultAttempts. Then it is a dead letter (WHK-5).
	Attempts int

	// Delay is about the time before the second attempt, by default DefaultDelay. Each further one comes after four
	// times as long, at most MaxDelay, by default DefaultMaxDelay (WHK-4).
	Delay, MaxDelay time.Duration

	// Timeout limits a whole request, by default to DefaultTimeout.
	Timeout time.Duration

	// Transport sends the requests. By default it is one of its own, like http.DefaultTransport.
	Transport http.RoundTripper

	// Logger receives a record of each failed attempt and each dead letter, at level warn. Records contain IDs and
	// types of events, and no data of contacts. The default logs nothing.
	Logger *slog.Logger
}

// Defaults of [DeliverOptions], which also replace numbers below 1.
const (
	DefaultWorkers  = 8
	DefaultAttempts = 10
	DefaultDelay    = time.Second
	DefaultMaxDelay = 4 * time.Hour
	DefaultTimeout  = 15 * time.Second
)

// ErrGone is the error of [Deliver] after a reply with status 410, Gone: the receiver wants no more events (WHK-6).
var ErrGone = errors.New("httpapi: the receiver of events replied 410 Gone")

// Deliver sends each event of the store to a URL, as the service does (WHK-1): one POST per event, whose body is a JWT
// that the client's webhooks.process accepts. Events of submissions, contact_submitted, are internal and not sent. A
// reply with a status of 2xx is a success. The events of a contact arrive in order, those of different contacts at the
// same time (WHK-2). After a failure Deliver tries again, later and later, and then keeps the event as a dead letter
// (WHK-4, WHK-5).
//
// Deliver begins after the events that State says, or with the next event. Each event is delivered at least once: after
// an end, those whose delivery was not saved yet are delivered again, with the same webhook-id.
//
// It runs until ctx is done or another error occurs, and always returns an error. No goroutine of it is left then.
//
// Errors: INVALID_ARGUMENT for options, also for what State returns; that of ctx; ErrGone; those of State; STORE_CLOSED
// and others of [contacts.Store.Follow], except POSITION_EXPIRED: then the events that the store no longer has are a
// dead letter together, and Deliver continues with the oldest.
func Deliver(ctx context.Context, store *contacts.Store, opts *DeliverOptions) error {
	d, err := newDelivery(store, opts)
	if err != nil {
		return err
	}
	at, err := d.begin(ctx)
	if err != nil {
		return err
	}
	d.saved = at
	if opts.Transport == nil { // otherwise its goroutines would be left
		defer d.client.CloseIdleConnections()
	}
	running, fail := context.WithCancelCause(ctx)
	d.fail = fail
	d.running.Go(func() { d.save(running) })
	fail(d.read(running, at)) // without effect if there was an error before
	d.running.Wait()
	err = context.Cause(running)
	if last := d.progress(); last != d.saved {
		err = errors.Join(err, d.opts.State.Save(context.WithoutCancel(ctx), last.String()))
	}
	return err
}

// delivery is a call of Deliver.
type delivery struct {
	store   *contacts.Store
	opts    DeliverOptions
	client  *http.Client
	secret  []byte
	fail    context.CancelCauseFunc
	running sync.WaitGroup
	room    chan struct{} // one element for each event in pending
	workers chan struct{} // one element for each request
	changed chan struct{} // an element if there is progress to save
	saved   cursor        // by the goroutine that saves

	mu      sync.Mutex
	after   cursor
	pending []*letter            // all since after, in order
	lanes   map[string][]*letter // of each contact, label and field, those that are not done
}

// letter is an event to deliver.
type letter struct {
	event contacts.Event
	place cursor // after it
	done  bool
}

const (
	// pendingMost is the number of events that are read beyond the first that is not done.
	pendingMost = 1024

	// saveEvery is the time between two calls of Save.
	saveEvery = 100 * time.Millisecond

	secretPrefix = "whsec_"
)

// Formats of options.
const (
	formatRSA    contacts.Format = "RSA_2048"
	formatSecret contacts.Format = "WHSEC"
)

// Check returns the error with which [Deliver] refuses the URL, the key or the secret: INVALID_ARGUMENT with a
// violation for each, at its name.
func (o *DeliverOptions) Check() error {
	var violations []contacts.Violation
	refuse := func(field string, format contacts.Format) {
		v := contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: format}
		violations = append(violations, v)
	}
	if u, err := url.Parse(o.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		refuse("URL", contacts.FormatWebURL)
	}
	if o.Key == nil || o.Key.N == nil || o.Key.N.BitLen() < 2048 || o.Key.Validate() != nil {
		refuse("Key", formatRSA)
	}
	if n := len(o.secret()); o.Secret != "" && (n < 24 || n > 64) {
		refuse("Secret", formatSecret)
	}
	if violations != nil {
		return &contacts.Error{Code: contacts.ErrInvalid, Violations: violations}
	}
	return nil
}

// secret returns the bytes of the secret, nil if it is not one.
func (o *DeliverOptions) secret() []byte {
	text, ok := strings.CutPrefix(o.Secret, secretPrefix)
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !ok {
		return nil
	}
	return bytes
}

// newDelivery checks the options and fills in the defaults.
func newDelivery(store *contacts.Store, opts *DeliverOptions) (*delivery, error) {
	d := &delivery{store: store, lanes: map[string][]*letter{}, changed: make(chan struct{}, 1)}
	if opts != nil {
		d.opts = *opts
	}
	o := &d.opts
	if err := o.Check(); err != nil {
		return nil, err
	}
	o.setDefaults()
	d.secret = o.secret()
	d.room, d.workers = make(chan struct{}, pendingMost), make(chan struct{}, o.Workers)
	d.client = &http.Client{
		Transport:     o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return d, nil
}

func (o *DeliverOptions) setDefaults() {
	if o.State == nil {
		o.State = &DeliveryMemory{}
	}
	setDefault(&o.Workers, DefaultWorkers)
	setDefault(&o.Attempts, DefaultAttempts)
	setDefault(&o.Delay, DefaultDelay)
	setDefault(&o.MaxDelay, DefaultMaxDelay)
	setDefault(&o.Timeout, DefaultTimeout)
	if o.Transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = o.Workers
		o.Transport = own
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// begin returns the place after which events are delivered.
func (d *delivery) begin(ctx context.Context) (cursor, error) {
	text, err := d.opts.State.After(ctx)
	if err != nil {
		return cursor{}, fmt.Errorf("read the state of deliveries: %w", err)
	}
	newest := d.store.Snapshot().Position()
	at, ok := parseCursor(text)
	switch {
	case text == "":
	case !ok:
		return at, &contacts.Error{Code: contacts.ErrInvalid, Violations: []contacts.Violation{
			{Field: "State", Rule: contacts.RuleFormat, Format: formatPosition},
		}}
	case at.reached(newest):
		d.after = at
		return at, nil
	default: // its last commits were lost, or it is another store
		d.opts.Logger.Warn("the store lacks events that were delivered", "delivered", text, "newest", newest)
	}
	at = cursor{position: newest}
	d.after = at
	return at, d.opts.State.Save(ctx, at.String()) // from now on, an end loses nothing
}

// read hands out the events after a place, and returns why it stops.
func (d *delivery) read(ctx context.Context, at cursor) error {
	for {
		err := d.follow(ctx, &at)
		e, ok := errors.AsType[*contacts.PositionError](err)
		if !ok {
			return err
		}
		next := cursor{position: e.Oldest}
		lost := DeadLetter{ID: next.String(), After: at.String(), Time: time.Now().UTC()}
		if err := d.bury(ctx, lost); err != nil {
			return err
		}
		if err := d.add(ctx, &letter{place: next, done: true}); err != nil {
			return err
		}
		at = next
	}
}

func (d *delivery) follow(ctx context.Context, at *cursor) error {
	for commit, err := range d.store.Follow(ctx, at.position) {
		if err != nil {
			return err
		}
		for next, event := range at.rest(&commit) {
			*at = next
			// The service does not send this event, and the client would refuse it, again and again.
			skip := event.Change().Kind == contacts.ContactSubmitted
			if err := d.add(ctx, &letter{event: event, place: *at, done: skip}); err != nil {
				return err
			}
		}
	}
	return nil
}

// add waits for room and puts a letter into its lane.
func (d *delivery) add(ctx context.Context, l *letter) error {
	select {
	case d.room <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = append(d.pending, l)
	if l.done {
		d.advance()
		return nil
	}
	name := l.event.EntityFQDN + "/" + l.event.EntityID
	d.lanes[name] = append(d.lanes[name], l)
	if len(d.lanes[name]) == 1 {
		d.running.Go(func() { d.empty(ctx, name) })
	}
	return nil
}

// empty delivers the letters of a lane, one after another.
func (d *delivery) empty(ctx context.Context, name string) {
	for {
		d.mu.Lock()
		lane := d.lanes[name]
		if len(lane) == 0 {
			delete(d.lanes, name)
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
		if !d.deliver(ctx, lane[0]) {
			return
		}
		d.mu.Lock()
		lane[0].done = true
		d.lanes[name] = d.lanes[name][1:]
		d.advance()
		d.mu.Unlock()
	}
}

// advance moves the place before which all is done. The lock is held.
func (d *delivery) advance() {
	for len(d.pending) > 0 && d.pending[0].done {
		d.after = d.pending[0].place
		d.pending = d.pending[1:]
		<-d.room
	}
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// progress returns the place before which all is done.
func (d *delivery) progress() cursor {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.after
}

// save saves progress until ctx is done.
func (d *delivery) save(ctx context.Context) {
	for {
		select {
		case <-d.changed:
		case <-ctx.Done():
			return
		}
		if at := d.progress(); at != d.saved {
			if err := d.opts.State.Save(ctx, at.String()); err != nil {
				d.fail(fmt.Errorf("save the state of deliveries: %w", err))
				return
			}
			d.saved = at
		}
		pause(ctx, saveEvery)
	}
}

// bury keeps a dead letter.
func (d *delivery) bury(ctx context.Context, l DeadLetter) error {
	d.opts.Logger.LogAttrs(ctx, slog.LevelWarn, "events are not delivered", slog.Any("letter", l))
	if err := d.opts.State.Bury(ctx, l); err != nil {
		return fmt.Errorf("keep a dead letter: %w", err)
	}
	return nil
}
