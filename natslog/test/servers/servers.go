// Package servers starts NATS servers in processes of their own, on loopback, for tests and demonstrations. A program
// that uses it calls [Main] first: its processes are the program itself, started again.
package servers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Environment variables that make the program a server.
const (
	envDir    = "NATSLOG_SERVER_DIR"
	envName   = "NATSLOG_SERVER_NAME"
	envPort   = "NATSLOG_SERVER_PORT"
	envRoute  = "NATSLOG_SERVER_ROUTE_PORT" // 0: the server is alone
	envRoutes = "NATSLOG_SERVER_ROUTES"
	envHides  = "NATSLOG_SERVER_HIDES" // the address at which other servers are to look for it, instead of its own
)

// Main runs a server if the process was started as one, until its parent ends, and does not return then.
func Main() {
	if os.Getenv(envDir) == "" {
		return
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func serve() error {
	port, err := strconv.Atoi(os.Getenv(envPort))
	route, routeErr := strconv.Atoi(os.Getenv(envRoute))
	if err := errors.Join(err, routeErr); err != nil {
		return err
	}
	opts := &server.Options{
		Host: "127.0.0.1", Port: port, ServerName: os.Getenv(envName), NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: os.Getenv(envDir), SyncAlways: true, JetStreamMaxMemory: -1, JetStreamMaxStore: -1,
	}
	if route != 0 {
		opts.Cluster = server.ClusterOpts{Name: "contacts", Host: "127.0.0.1", Port: route}
		opts.Cluster.Advertise = os.Getenv(envHides)
		opts.Routes = server.RoutesFromStr(os.Getenv(envRoutes))
	}
	s, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	s.Start()
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// Cluster is one or more servers. Each can be killed, paused and started again.
type Cluster struct {
	URL       string   // of all servers
	URLs      []string // of each server
	processes []*process
	links     []map[int]*Link // from each server to the others; nil without a network
}

type process struct {
	env []string
	cmd *exec.Cmd // nil while it does not run
}

// Start starts n servers, which keep their files in a directory and wait for the disk at each write. They need a moment
// until they answer, see [Connect].
func Start(dir string, n int) (*Cluster, error) { return start(dir, n, false) }

// StartNetwork starts servers whose connections to each other can be cut.
func StartNetwork(dir string, n int) (*Cluster, error) { return start(dir, n, true) }

func start(dir string, n int, network bool) (c *Cluster, err error) {
	ports, err := FreePorts(2 * n)
	if err != nil {
		return nil, err
	}
	c = &Cluster{links: make([]map[int]*Link, n)}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	for i := range n {
		c.URLs = append(c.URLs, "nats://"+address(ports[i]))
	}
	c.URL = strings.Join(c.URLs, ",")
	for i := range n {
		p := &process{env: []string{
			envDir + "=" + filepath.Join(dir, fmt.Sprint(i)), envName + "=" + name(i),
			envPort + "=" + fmt.Sprint(ports[i]), envRoute + "=0",
		}}
		c.processes = append(c.processes, p)
		if n > 1 {
			routes, err := c.routes(i, ports[n:], network)
			if err != nil {
				return nil, err
			}
			p.env = append(p.env, envRoute+"="+fmt.Sprint(ports[n+i]), envRoutes+"="+routes)
		}
		if network {
			p.env = append(p.env, envHides+"="+address(1)) // no server finds one that is not in its routes
		}
		if err := c.Restart(i); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func address(port int) string { return fmt.Sprint("127.0.0.1:", port) }

// routes returns the URLs at which a server finds the others, which listen on ports: through links if it has a network.
func (c *Cluster) routes(i int, ports []int, network bool) (string, error) {
	c.links[i] = make(map[int]*Link)
	var urls []string
	for to, port := range ports {
		at := address(port)
		if network && to != i {
			link, err := NewLink(at)
			if err != nil {
				return "", err
			}
			c.links[i][to], at = link, link.Addr
		}
		if !network || to != i {
			urls = append(urls, "nats://"+at)
		}
	}
	return strings.Join(urls, ","), nil
}

// Cut cuts a server off from the others, until Heal. Clients still reach it.
func (c *Cluster) Cut(i int) { c.eachLink(i, (*Link).Cut) }

// Heal connects a server with the others again.
func (c *Cluster) Heal(i int) { c.eachLink(i, (*Link).Heal) }

// eachLink calls a function with all links from and to a server.
func (c *Cluster) eachLink(i int, do func(*Link)) {
	for from, links := range c.links {
		for to, link := range links {
			if from == i || to == i {
				do(link)
			}
		}
	}
}

// Await calls a function until it succeeds, for a minute at most, and returns the last error. Servers need a moment
// until they have a leader.
func Await(ctx context.Context, call func() error) error {
	for end := time.Now().Add(time.Minute); ; {
		err := call()
		if err == nil || time.Now().After(end) {
			return err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// Connect connects to servers, and returns once they answer: their cluster then has a leader. The connection never
// gives up; close it with the Conn of the result.
func Connect(ctx context.Context, urls string, opts ...nats.Option) (jetstream.JetStream, error) {
	nc, err := nats.Connect(urls, append([]nats.Option{
		nats.MaxReconnects(-1), nats.ReconnectWait(50 * time.Millisecond), nats.RetryOnFailedConnect(true),
	}, opts...)...)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err == nil {
		err = Await(ctx, func() error { _, err := js.AccountInfo(ctx); return err })
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return js, nil
}

// Len returns the number of servers.
func (c *Cluster) Len() int { return len(c.processes) }

// name returns the name of a server, which identifies it in the cluster.
func name(i int) string { return fmt.Sprint("n", i) }

// Leader returns the number of the server that leads a stream.
func (c *Cluster) Leader(ctx context.Context, js jetstream.JetStream, stream string) (int, error) {
	found, err := js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	if info := found.CachedInfo().Cluster; info != nil {
		for i := range c.processes {
			if info.Leader == name(i) {
				return i, nil
			}
		}
	}
	return 0, errors.New("the stream has no leader")
}

// Restart starts a server that does not run.
func (c *Cluster) Restart(i int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), c.processes[i].env...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	c.processes[i].cmd = cmd
	return nil
}

// Kill ends a server at once, as kill -9 does.
func (c *Cluster) Kill(i int) {
	p := c.processes[i]
	if p.cmd == nil {
		return
	}
	p.cmd.Process.Kill()
	p.cmd.Wait() // its error is that it was killed
	p.cmd = nil
}

// Pause stops a server without ending it, so that it answers no one until Resume.
func (c *Cluster) Pause(i int) error { return c.processes[i].cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a server continue after Pause.
func (c *Cluster) Resume(i int) error { return c.processes[i].cmd.Process.Signal(syscall.SIGCONT) }

// PID returns the ID of the process of a server that runs.
func (c *Cluster) PID(i int) int { return c.processes[i].cmd.Process.Pid }

// Close kills all servers and ends their network.
func (c *Cluster) Close() {
	for i := range c.processes {
		c.Kill(i)
	}
	for _, links := range c.links {
		for _, link := range links {
			link.Close()
		}
	}
	c.links = nil
}

// FreePorts returns ports on which nothing listens. They are outside of the range from which systems choose ports for
// connections, so that no connection takes one before a server does, or while a server is down.
func FreePorts(n int) (ports []int, err error) {
	const first, last, tries = 10_000, 30_000, 1000
	for range tries {
		port := first + rand.IntN(last-first)
		l, failed := net.Listen("tcp", address(port))
		if failed != nil {
			err = failed
			continue
		}
		defer l.Close()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, err
}
