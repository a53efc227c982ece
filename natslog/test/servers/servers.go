// Package servers starts NATS servers in processes of their own, on loopback, for tests and demonstrations. A program
// that uses it calls [Main] first: its processes are the program itself, started again.
package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// Environment variables that make the program a server.
const (
	envDir    = "NATSLOG_SERVER_DIR"
	envName   = "NATSLOG_SERVER_NAME"
	envPort   = "NATSLOG_SERVER_PORT"
	envRoute  = "NATSLOG_SERVER_ROUTE_PORT" // 0: the server is alone
	envRoutes = "NATSLOG_SERVER_ROUTES"
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
	URL       string // of all servers
	processes []*process
}

type process struct {
	env []string
	cmd *exec.Cmd // nil while it does not run
}

// Start starts n servers, which keep their files in a directory and wait for the disk at each write. They need a moment
// until they answer.
func Start(dir string, n int) (*Cluster, error) {
	ports, err := FreePorts(2 * n)
	if err != nil {
		return nil, err
	}
	c := &Cluster{}
	var urls, routes []string
	for i := range n {
		urls = append(urls, fmt.Sprint("nats://127.0.0.1:", ports[i]))
		routes = append(routes, fmt.Sprint("nats://127.0.0.1:", ports[n+i]))
	}
	c.URL = strings.Join(urls, ",")
	for i := range n {
		p := &process{env: []string{
			envDir + "=" + filepath.Join(dir, fmt.Sprint(i)), envName + "=" + name(i),
			envPort + "=" + fmt.Sprint(ports[i]), envRoute + "=0",
		}}
		if n > 1 {
			p.env = append(p.env, envRoute+"="+fmt.Sprint(ports[n+i]), envRoutes+"="+strings.Join(routes, ","))
		}
		c.processes = append(c.processes, p)
		if err := c.Restart(i); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
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

// Close kills all servers.
func (c *Cluster) Close() {
	for i := range c.processes {
		c.Kill(i)
	}
}

// FreePorts returns ports on which nothing listens.
func FreePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
