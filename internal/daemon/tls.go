package daemon

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// secured is a listener whose connections use TLS.
type secured struct{ net.Listener }

// secure returns a listener for HTTPS, HTTP/2 included, if there is a certificate (OPS-4).
func (d *daemon) secure(l net.Listener) (net.Listener, error) {
	if d.tlsCert == "" {
		return l, nil
	}
	c := &certificate{cert: d.tlsCert, key: d.tlsKey, log: d.log, now: time.Now}
	if err := c.load(); err != nil {
		return nil, err
	}
	return secured{tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},

		GetCertificate: c.get,
	})}, nil
}

// certificate is a certificate and its key in files. It notices a renewal without a signal: SIGHUP saves or compacts
// the store, and programs that renew certificates replace files on their own.
type certificate struct {
	cert, key string // files
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	state   [2]fileState // of the files when they were last read
	checked time.Time
}

// fileState changes when a file is replaced.
type fileState struct {
	time time.Time
	size int64
}

// certCheck is how often the files are examined, at most.
const certCheck = 5 * time.Second

// get returns the certificate for a handshake. If new files cannot be used, it keeps the certificate that it has.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.checked) >= certCheck {
		c.checked = now
		if state := c.files(); state != c.state {
			if err := c.load(); err != nil {
				c.state = state // one warning for each change
				c.log.Warn("the certificate cannot be renewed: the old one is used", "error", err)
			} else {
				c.log.Info("the certificate is renewed")
			}
		}
	}
	return c.pair, nil
}

// files returns the present states of the files. That of a file that is missing is zero.
func (c *certificate) files() (states [2]fileState) {
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}

// load reads the files. The caller holds the lock, or is the only one.
func (c *certificate) load() error {
	state := c.files() // before they are read: a change in between is noticed next time
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("-tls-cert, -tls-key: %w", err)
	}
	c.pair, c.state = &pair, state
	return nil
}
