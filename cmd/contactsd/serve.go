package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
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
}

var usualLimits = limits{
	readHeader: 5 * time.Second, read: 30 * time.Second, write: 2 * time.Minute, idle: 2 * time.Minute,
	piece: httpapi.DefaultWriteTimeout, headerBytes: 64 << 10, drain: 10 * time.Second,
}

// daemon is the program while it runs.
type daemon struct {
	*options
	*world
	log     *slog.Logger
	sources *sources    // of the store, from when it is opened
	watched *watchedLog // of -data
	ready   bool        // whether it has begun to serve
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
	listener, err := d.listen()
	if err != nil {
		return err
	}
	stopSaving := d.saveOnSignal(store, signaled.save)
	err = d.serve(signaled, listener, d.handler(store, listener))
	stopSaving() // it waits for a save in progress, so that no two write the file
	if d.save != "" {
		err = errors.Join(err, d.saveAll(store))
	}
	if d.data != "" {
		err = errors.Join(err, d.closeData(store))
	}
	return err
}

func (d *daemon) listen() (net.Listener, error) {
	network := "tcp"
	if host, _, _ := net.SplitHostPort(d.addr); net.ParseIP(host).To4() != nil {
		network = "tcp4" // otherwise 0.0.0.0 would listen on IPv6 as well
	}
	l, err := net.Listen(network, d.addr)
	if err != nil {
		return nil, err
	}
	if d.token == "" && !isLoopback(l) {
		d.log.Warn("other machines may read and change all contacts: they reach this address, and there is no token",
			"address", l.Addr().String())
	}
	return l, nil
}

// isLoopback reports whether only this machine can reach a listener.
func isLoopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

func (d *daemon) handler(store *contacts.Store, l net.Listener) http.Handler {
	opts := &httpapi.Options{
		Logger: d.log, MaxBodyBytes: d.maxBody, MaxTotalBodyBytes: d.maxTotalBody, MaxConcurrent: d.maxConcurrent,
		WriteTimeout: d.limits.piece,
	}
	switch {
	case d.token != "":
		opts.Authorize = authorizeToken(d.token)
	case isLoopback(l):
		opts.Authorize = authorizeLocal(d.log)
	}
	if ids := d.sources.requests; ids != nil {
		opts.NewRequestID = func() string { return ids.New().String() }
	}
	h := httpapi.Handler(store, opts)
	clock := d.sources.clock
	if clock == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", clock.Now().Format(http.TimeFormat)) // otherwise net/http sets the real time
		h.ServeHTTP(w, r)
	})
}

// serve serves until the first signal, and then until all requests in progress are answered or cut off.
func (d *daemon) serve(signaled *orders, l net.Listener, h http.Handler) error {
	var quiet silent
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: d.limits.readHeader,
		ReadTimeout:       d.limits.read,
		WriteTimeout:      d.limits.write,
		IdleTimeout:       d.limits.idle,
		MaxHeaderBytes:    d.limits.headerBytes,
		ErrorLog:          slog.NewLogLogger(d.log.Handler(), slog.LevelWarn),
		ConnState:         quiet.watch,

		DisableGeneralOptionsHandler: true, // the handler answers, with its headers
	}
	server.RegisterOnShutdown(quiet.close)
	at := url.URL{Scheme: "http", Host: l.Addr().String()}
	if _, err := fmt.Fprintf(d.stdout, "listening on %s\n", at.String()); err != nil {
		return errors.Join(err, l.Close()) // no one would know the address
	}
	d.ready = true
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return errors.Join(err, server.Close())
	case <-signaled.stop.Done():
	}
	d.log.Info("stopping")
	ctx, cancel := context.WithTimeout(signaled.hurry, d.limits.drain)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		d.log.Warn("requests in progress are cut off")
		server.Close() // before the store is saved: no reply confirms a write that the file does not have
	}
	<-served
	return nil
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
	if d.save != "" || d.data != "" {
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

// saveOnSignal saves the store at each order, or compacts that of -data, one after another, until the returned function
// is called. It continues after a failure. A compaction in progress is canceled, a save is not.
func (d *daemon) saveOnSignal(store *contacts.Store, ordered <-chan struct{}) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-ordered:
				if d.data != "" {
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
