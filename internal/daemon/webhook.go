package daemon

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/atomicfile"
)

// This file has the events of a store: their stream and their webhook.

const (
	webhookSecretEnv = "CONTACTSD_WEBHOOK_SECRET"
	webhookFile      = "webhook.json" // in the directory of -data
	eventsPath       = "/events"
	webhookPath      = "/webhook"
)

// webhookOptions are the flags about webhooks.
type webhookOptions struct {
	url, keyFile, instance string // "": none
	stateFile              string // of -nats; "": none
	secret                 string // of the environment
}

// webhookFlags declares the flags about webhooks.
func (o *webhookOptions) webhookFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.url, "webhook", "",
		"send each event to `URL`, as the service does: a POST whose body is a signed JWT. With\n"+
			"-data, deliveries continue at the next start where they were. GET /webhook lists those\n"+
			"that were given up. "+webhookSecretEnv+" adds signatures of Standard\n"+
			"Webhooks. See docs/events.md")
	flags.StringVar(&o.keyFile, "webhook-key", "",
		"sign the events of -webhook with the RSA private key in `FILE`, in PEM. The receiver needs\n"+
			"the public key")
	flags.StringVar(&o.instance, "webhook-instance", "",
		"send `ID` as the instanceId of the events of -webhook; by default they have none")
	flags.Func("webhook-state", "with -nats, keep in `FILE` how far deliveries have come. Give -webhook to one of the\n"+
		"programs of a site only: each of several would send every event", notEmpty(&o.stateFile))
}

// checkWebhook checks the flags about webhooks, and reads the environment. Its errors show no value.
func (o *webhookOptions) checkWebhook(lookupEnv func(string) (string, bool)) error {
	switch {
	case o.url == "" && (o.keyFile != "" || o.instance != "" || o.stateFile != ""):
		return errors.New("-webhook-key, -webhook-instance and -webhook-state need -webhook")
	case o.url == "":
		return nil
	case o.keyFile == "":
		return errors.New("-webhook needs -webhook-key")
	}
	o.secret, _ = lookupEnv(webhookSecretEnv)
	err := o.delivery(nil).Check()
	if e, ok := errors.AsType[*contacts.Error](err); ok {
		for _, v := range e.Violations {
			switch v.Field {
			case "URL":
				return errors.New("-webhook must be a URL of http or https")
			case "Secret":
				return errors.New(webhookSecretEnv + " must be whsec_ and 24 to 64 bytes in base64")
			}
		}
	}
	return nil
}

// delivery returns the options of deliveries with a key.
func (o *webhookOptions) delivery(key *rsa.PrivateKey) *httpapi.DeliverOptions {
	return &httpapi.DeliverOptions{URL: o.url, Key: key, InstanceID: o.instance, Secret: o.secret}
}

// readKey reads an RSA private key.
func readKey(file string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("not in PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errors.New("not an RSA private key in PKCS #1 or PKCS #8, without a password")
	}
	return key, nil
}

// webhook sends the events of stores to a URL.
type webhook struct {
	*daemon
	opts    *httpapi.DeliverOptions
	running sync.WaitGroup
}

// newWebhook returns the webhook of the flags, nil without -webhook.
func (d *daemon) newWebhook() (*webhook, error) {
	if d.webhookOptions.url == "" {
		return nil, nil
	}
	key, err := readKey(d.keyFile)
	if err != nil {
		return nil, fmt.Errorf("webhook-key %s: %w", d.keyFile, err)
	}
	h := &webhook{daemon: d, opts: d.delivery(key)}
	h.opts.Logger = d.log
	if h.opts.Check() != nil { // the flags are checked
		return nil, fmt.Errorf("webhook-key %s: the key has less than 2048 bits", d.keyFile)
	}
	return h, nil
}

// deliver sends the events of a store until ctx is done, and returns what it keeps about them.
func (h *webhook) deliver(ctx context.Context, store *contacts.Store) (json.Marshaler, error) {
	state, err := h.state(store.Snapshot().Position())
	if err != nil {
		return nil, err
	}
	opts := *h.opts
	opts.State = state
	h.running.Go(func() {
		if err := httpapi.Deliver(ctx, store, &opts); ctx.Err() == nil {
			h.log.Error("no more events are sent to the webhook until the next start", "error", err)
		}
	})
	return state, nil
}

// state returns the state of deliveries: that of the file, or one that begins at a position.
func (h *webhook) state(at contacts.Position) (*deliveryFile, error) {
	f := &deliveryFile{name: h.stateFile, replace: h.replace}
	if h.data != "" {
		f.name = filepath.Join(h.data, webhookFile)
	}
	if f.name != "" {
		found, err := f.load()
		if err != nil {
			return nil, fmt.Errorf("webhook %s: %w", f.name, err)
		} else if found {
			return f, nil
		}
	}
	if err := f.Save(context.Background(), fmt.Sprint(at)); err != nil { // from now on no event is lost
		return nil, fmt.Errorf("webhook %s: %w", f.name, err)
	}
	return f, nil
}

// deliveryFile is a state of deliveries in a file.
type deliveryFile struct {
	httpapi.DeliveryMemory
	name    string // "": in memory
	replace func(name string, write func(io.Writer) error) error
	mu      sync.Mutex // of the file
}

// load reads the file, and removes what a program that was killed has left of it. It reports whether there is a file.
func (f *deliveryFile) load() (bool, error) {
	unfinished, err := atomicfile.Leftovers(f.name)
	if err != nil {
		return false, err
	}
	for _, path := range unfinished {
		_ = atomicfile.Remove(path) // the next start tries again
	}
	text, err := os.ReadFile(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, json.Unmarshal(text, &f.DeliveryMemory)
}

// write writes the file.
func (f *deliveryFile) write() error {
	if f.name == "" {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := f.MarshalJSON()
	if err != nil {
		return err
	}
	return f.replace(f.name, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// Save keeps the ID of an event.
func (f *deliveryFile) Save(ctx context.Context, after string) error {
	return errors.Join(f.DeliveryMemory.Save(ctx, after), f.write())
}

// Bury keeps a dead letter.
func (f *deliveryFile) Bury(ctx context.Context, l httpapi.DeadLetter) error {
	return errors.Join(f.DeliveryMemory.Bury(ctx, l), f.write())
}

// events returns the handler of the stream of events of a store, which ends with ctx.
func (d *daemon) events(ctx context.Context, store *contacts.Store, src *sources) http.Handler {
	return httpapi.Events(store, &httpapi.EventsOptions{
		Authorize: d.authorize, Logger: d.log, WriteTimeout: d.limits.piece, NewRequestID: src.requestID(), Detach: ctx,
	})
}

// showDeliveries returns the handler that shows what is kept about deliveries.
func (d *daemon) showDeliveries(state json.Marshaler) http.Handler {
	return d.guarded(readOnly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, state)
	})))
}
