package servers

import (
	"io"
	"net"
	"sync"
)

// Link passes connections on to an address on loopback, and can be cut like a network. While it is cut nothing arrives,
// in either direction, and no one learns of it: what was sent waits, as TCP would send it again, and so do ends of
// connections and new connections.
type Link struct {
	Addr     string // where it listens
	to       string
	listener net.Listener

	mu      sync.Mutex
	passing chan struct{} // closed while the link is whole
	closed  chan struct{}
	ends    map[net.Conn]bool
	running sync.WaitGroup
}

// NewLink returns a link to an address.
func NewLink(to string) (*Link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &Link{
		Addr: listener.Addr().String(), to: to, listener: listener,
		passing: make(chan struct{}), closed: make(chan struct{}), ends: make(map[net.Conn]bool),
	}
	close(l.passing)
	l.running.Go(l.accept)
	return l, nil
}

// Cut cuts the link, until Heal. Cutting it again does nothing.
func (l *Link) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.passing:
		l.passing = make(chan struct{})
	default:
	}
}

// Heal makes the link whole again.
func (l *Link) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.passing:
	default:
		close(l.passing)
	}
}

// Close ends the link and all connections. It can be called once.
func (l *Link) Close() {
	l.mu.Lock()
	close(l.closed)
	l.listener.Close()
	for end := range l.ends {
		end.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

// pass waits while the link is cut. It returns false once it is closed.
func (l *Link) pass() bool {
	l.mu.Lock()
	passing := l.passing
	l.mu.Unlock()
	select {
	case <-l.closed:
		return false
	case <-passing:
		return true
	}
}

func (l *Link) accept() {
	for {
		from, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.running.Go(func() { l.connect(from) })
	}
}

// connect passes a connection on.
func (l *Link) connect(from net.Conn) {
	if !l.add(from) || !l.pass() {
		return
	}
	to, err := net.Dial("tcp", l.to)
	if err != nil || !l.add(to) {
		l.end(from)
		return
	}
	l.running.Go(func() { l.copy(from, to) })
	l.copy(to, from)
}

// add registers an end of a connection, unless the link is closed.
func (l *Link) add(end net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.closed:
		end.Close()
		return false
	default:
		l.ends[end] = true
		return true
	}
}

func (l *Link) end(end net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	end.Close()
	delete(l.ends, end)
}

// copy passes on what comes from one end, and then that it has ended.
func (l *Link) copy(from, to net.Conn) {
	_, _ = io.Copy(gate{to, l}, from) // however the connection ends
	if l.pass() {
		l.end(from)
		l.end(to)
	}
}

// gate is an end to which nothing is written while the link is cut.
type gate struct {
	net.Conn
	link *Link
}

func (g gate) Write(data []byte) (int, error) {
	if !g.link.pass() {
		return 0, net.ErrClosed
	}
	return g.Conn.Write(data)
}
