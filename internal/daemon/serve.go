package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// limits protect the server from slow or greedy clients.
type limits struct {
	readHeader, read, write, idle time.Duration
	piece                         time.Duration // for each piece of a long reply, instead of write
	headerBytes                   int
	drain                         time.Duration // for requests in progress at the end
	lag                           time.Duration // how long the store may be behind a shared log and still get requests
}

var usualLimits = limits{
	readHeader: 5 * time.Second, read: 30 * time.Second, write: 2 * time.Minute, idle: 2 * time.Minute,
	piece: httpapi.DefaultWriteTimeout, headerBytes: 64 << 10, drain: 10 * time.Second, lag: 10 * time.Second,
}

// daemon is the program while it runs.
type daemon struct {
	*options
	*world
	log     *slog.Logger
	sources *sources // of the store, from when it is opened
	url     string   // of the main address
	// authorize decides on requests to the main address; nil accepts all.
	authorize func(*http.Request, httpapi.Permission) error
	clients   *clients       // of -rate, for all stores; nil: no limit
	watched   *watchedLog    // of -data or -nats
	webhook   *webhook       // nil: none
	ready     bool           // whether it has begun to serve
	draining  atomic.Bool    // whether it is about to end
	streams   sync.WaitGroup // connections that handlers have taken over
}

// run serves until a signal ends it, and saves or closes the store.
func (d *daemon) run(ctx context.Context) error {
	signaled := d.listenToSignals(ctx)
	defer signaled.end()
	if err := d.checkSave(); err != nil {
		return err
	}
	store, err := d.open(signaled.stop)
	if err != nil {
		return err
	}
	defer store.Close()
	d.checkLeftovers()
	if d.webhook, err = d.newWebhook(); err != nil {
		return err
	}
	streams, endStreams := context.WithCancel(signaled.stop)
	defer endStreams()
	at, err := d.services(streams, store)
	if err != nil {
		return err
	}
	stopSaving := d.saveOnSignal(store, signaled.save)
	err = d.serve(signaled, at)
	endStreams()
	if d.webhook != nil {
		d.webhook.running.Wait()
	}
	stopSaving() // it waits for a save in progress, so that no two write the file
	if d.save != "" {
		err = errors.Join(err, d.saveAll(store))
	}
	if d.durable() {
		err = errors.Join(err, d.closeData(store))
	}
	return err
}

// service is an address and its handler.
type service struct {
	says     string // before the address, in the line that announces it
	listener net.Listener
	handler  http.Handler
}

// services opens the addresses of the flags: the main one and, if there is one, that of -control. Streams and
// deliveries of events end with ctx.
func (d *daemon) services(ctx context.Context, store *contacts.Store) ([]service, error) {
	plain, err := listen(d.addr)
	if err != nil {
		return nil, err
	}
	l, err := d.secure(plain)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	if d.token == "" && !isLoopback(l) {
		d.log.Warn("other machines may read and change all contacts: they reach this address, and there is no token",
			"address", l.Addr().String())
	} else {
		d.authorize = d.guard()
	}
	d.url = urlOf(l)
	if d.rate > 0 {
		d.clients = newClients(d.rate, d.burst, clientsMax)
	}
	if d.control == "" {
		h, err := d.front(ctx, &live{state: &state{store, d.sources}, name: mainStore})
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		return []service{{"listening on", l, h}}, nil
	}
	c, err := newControl(ctx, d, store)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	side, err := listen(d.control)
	if err == nil && !isLoopback(side) { // localhost can be another address
		err = errors.Join(errors.New("-control must be an address of this machine alone"), side.Close())
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return []service{{"listening on", l, c}, {"control on", side, c.handler()}}, nil
}

func listen(addr string) (net.Listener, error) {
	network := "tcp"
	if host, _, _ := net.SplitHostPort(addr); net.ParseIP(host).To4() != nil {
		network = "tcp4" // otherwise 0.0.0.0 would listen on IPv6 as well
	}
	return net.Listen(network, addr)
}

// urlOf returns the URL of a listener.
func urlOf(l net.Listener) string {
	at := url.URL{Scheme: "http", Host: l.Addr().String()}
	if _, ok := l.(secured); ok {
		at.Scheme = "https"
	}
	return at.String()
}

// isLoopback reports whether only this machine can reach a listener.
func isLoopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// server returns a server of the program.
func (d *daemon) server(h http.Handler) *http.Server {
	var quiet silent
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: d.limits.readHeader,
		ReadTimeout:       d.limits.read,
		WriteTimeout:      d.limits.write,
		IdleTimeout:       d.limits.idle,
		MaxHeaderBytes:    d.limits.headerBytes,
		ErrorLog:          serverLog(d.log),
		ConnState:         quiet.watch,

		DisableGeneralOptionsHandler: true, // the handler answers, with its headers
	}
	server.RegisterOnShutdown(quiet.close)
	return server
}

// serve serves until the first signal, and then until all requests in progress are answered or cut off.
func (d *daemon) serve(signaled *orders, services []service) error {
	var text strings.Builder
	for _, s := range services {
		fmt.Fprintf(&text, "%s %s\n", s.says, urlOf(s.listener))
	}
	if _, err := io.WriteString(d.stdout, text.String()); err != nil { // no one would know the addresses
		for _, s := range services {
			err = errors.Join(err, s.listener.Close())
		}
		return err
	}
	d.ready = true
	var servers []*http.Server
	served := make(chan error, len(services))
	for _, s := range services {
		server := d.server(s.handler)
		servers = append(servers, server)
		go func() { served <- server.Serve(s.listener) }()
	}
	var err error
	select {
	case err = <-served:
		for _, server := range servers {
			err = errors.Join(err, server.Close())
		}
	case <-signaled.stop.Done():
		d.log.Info("stopping")
		d.drain(signaled)
		d.stop(signaled, servers)
		<-served
	}
	for range len(services) - 1 {
		<-served
	}
	return err
}

// stop ends the servers. The requests in progress have some seconds, together.
func (d *daemon) stop(signaled *orders, servers []*http.Server) {
	ctx, cancel := context.WithTimeout(signaled.hurry, d.limits.drain)
	defer cancel()
	cut := false
	for _, server := range servers {
		if server.Shutdown(ctx) != nil {
			server.Close() // before the store is saved: no reply confirms a write that the file does not have
			cut = true
		}
	}
	if !cut { // no handler is left that could take over another connection
		cut = !d.streamsEnd(ctx)
	}
	if cut {
		d.log.Warn("requests in progress are cut off")
	}
}

// streamsEnd waits until the connections that handlers have taken over are closed, and reports whether they are.
func (d *daemon) streamsEnd(ctx context.Context) bool {
	ended := make(chan struct{})
	go func() {
		d.streams.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// silent holds the connections that have not sent a whole request header yet. The end of the program need not wait for
// them, but http.Server.Shutdown would, for five seconds.
type silent struct {
	mu      sync.Mutex
	conns   map[net.Conn]bool
	closing bool
}

// watch is called by the server when the state of a connection changes.
func (s *silent) watch(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.conns, c)
	case s.closing:
		c.Close()
	case s.conns == nil:
		s.conns = map[net.Conn]bool{c: true}
	default:
		s.conns[c] = true
	}
}

// close closes them all, and those that may still come.
func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for c := range s.conns {
		c.Close()
	}
}

// orders are the effects of signals.
type orders struct {
	stop  context.Context // done: finish the requests in progress and end
	hurry context.Context // done: do not wait for them
	save  chan struct{}   // one element for any number of pending SIGHUPs
	end   func()          // stop listening
}

// listenToSignals turns signals into orders. After the second signal to stop, signals have their default effect again.
func (d *daemon) listenToSignals(ctx context.Context) *orders {
	signals := make(chan os.Signal, 16)
	d.notify(signals, os.Interrupt, syscall.SIGTERM)
	if d.save != "" || d.durable() {
		d.notify(signals, syscall.SIGHUP)
	}
	stop, stopNow := context.WithCancel(ctx)
	hurry, hurryNow := context.WithCancel(context.WithoutCancel(ctx))
	o := &orders{stop: stop, hurry: hurry, save: make(chan struct{}, 1)}
	ended := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ended:
				return
			case sig := <-signals:
				switch {
				case sig == syscall.SIGHUP:
					select {
					case o.save <- struct{}{}:
					default:
					}
				case stop.Err() == nil:
					stopNow()
				default:
					d.reset(os.Interrupt, syscall.SIGTERM)
					hurryNow()
				}
			}
		}
	})
	o.end = func() {
		close(ended)
		wg.Wait()
		stopNow()
		hurryNow()
	}
	return o
}

// saveOnSignal saves the store at each order, or compacts that of -data or -nats, one after another, until the returned
// function is called. It continues after a failure. A compaction in progress is canceled, a save is not.
func (d *daemon) saveOnSignal(store *contacts.Store, ordered <-chan struct{}) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-ordered:
				if d.durable() {
					d.compact(ctx, store)
				} else if err := d.saveAll(store); err != nil {
					d.log.Error("not saved", "error", err)
				}
			}
		}
	})
	return func() {
		cancel()
		wg.Wait()
	}
}
