// Command replicated shows one store on three machines, which are processes on this one: three NATS servers keep its
// log, and three contactsd serve it. Any of them may write, and any of these processes may die.
//
//	go -C examples/replicated run .
//
// It starts all six on loopback, writes through all three contactsd at once, and meanwhile kills the server that leads
// the log, then a contactsd. At the end it compares what was confirmed with what each contactsd has. That takes about
// half a minute, most of it for a build and a new leader.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog/test/servers"
)

func main() {
	servers.Main()
	calm := flag.Duration("calm", 5*time.Second, "how long the writers write between two events")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *calm, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "replicated:", err)
		os.Exit(1)
	}
}

const machines = 3

// show is a run of the demonstration.
type show struct {
	out     io.Writer
	calm    time.Duration
	js      jetstream.JetStream
	cluster *servers.Cluster
	nodes   []*node
	load    *load
}

func run(ctx context.Context, calm time.Duration, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "replicated-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s := &show{out: out, calm: calm}
	defer s.end()
	if err := s.start(ctx, dir); err != nil {
		return err
	}
	s.load = startLoad(ctx, s.nodes)
	for _, act := range []func(context.Context) error{s.readElsewhere, s.killLeader, s.killNode, s.compare} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *show) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// start starts the servers and the contactsd.
func (s *show) start(ctx context.Context, dir string) (err error) {
	if s.cluster, err = servers.Start(filepath.Join(dir, "nats"), machines); err != nil {
		return err
	}
	program, err := build(ctx, dir) // while the servers elect a leader
	if err != nil {
		return err
	}
	if s.js, err = servers.Connect(ctx, s.cluster.URL); err != nil {
		return fmt.Errorf("the servers have no leader: %w", err)
	}
	for i := range machines {
		n := &node{program: program, nats: s.cluster.URL, errors: filepath.Join(dir, fmt.Sprint("contactsd-", i+1))}
		s.nodes = append(s.nodes, n)
		if err := n.start(); err != nil {
			return err
		}
	}
	s.say("%d NATS servers keep the log of a store, %d contactsd serve it:", machines, machines)
	for i, n := range s.nodes {
		s.say("   contactsd %d  %s", i+1, n.url)
	}
	return nil
}

func (s *show) end() {
	if s.load != nil {
		s.load.stop()
	}
	for _, n := range s.nodes {
		n.kill()
	}
	if s.cluster != nil {
		s.cluster.Close()
	}
	if s.js != nil {
		s.js.Conn().Close()
	}
}

// readElsewhere creates a contact in one contactsd and reads it in another.
func (s *show) readElsewhere(ctx context.Context) error {
	ada, err := s.nodes[0].client.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada", Last: "Byron"}}, nil)
	if err != nil {
		return err
	}
	created := time.Now()
	err = servers.Await(ctx, func() error { _, err := s.nodes[2].client.Get(ctx, ada.ID, nil); return err })
	if err != nil {
		return fmt.Errorf("contactsd 3 does not have the contact: %w", err)
	}
	s.say("contactsd 1 confirmed Ada Byron; contactsd 3 had her %d ms later", time.Since(created).Milliseconds())
	return pause(ctx, s.calm)
}

// killLeader kills the server that orders the writes, and starts it again.
func (s *show) killLeader(ctx context.Context) error {
	leader, err := s.cluster.Leader(ctx, s.js, "contacts")
	if err != nil {
		return err
	}
	before := s.load.confirmed()
	killed := time.Now()
	s.cluster.Kill(leader)
	s.say("%d writes confirmed. kill -9 of NATS server %d, the leader of the log", before, leader+1)
	err = servers.Await(ctx, func() error {
		if s.load.since(killed) < 2*machines {
			return errors.New("no write was confirmed after the leader was killed")
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.say("   writes continue after %.1f s, under a new leader", s.load.gap(killed).Seconds())
	if err := pause(ctx, s.calm); err != nil {
		return err
	}
	if err := s.cluster.Restart(leader); err != nil {
		return err
	}
	s.say("   NATS server %d is back", leader+1)
	return pause(ctx, s.calm)
}

// killNode kills a contactsd, and starts it again.
func (s *show) killNode(ctx context.Context) error {
	n := s.nodes[1]
	s.say("%d writes confirmed. kill -9 of contactsd 2", s.load.confirmed())
	n.kill()
	if err := pause(ctx, s.calm); err != nil {
		return err
	}
	started := time.Now()
	if err := n.start(); err != nil {
		return err
	}
	s.say("   contactsd 2 is back after %d ms, with all contacts", time.Since(started).Milliseconds())
	return pause(ctx, s.calm)
}

// compare ends the load, and compares what each contactsd has with what was confirmed.
func (s *show) compare(ctx context.Context) error {
	confirmed, failed := s.load.stop()
	s.say("%d writes confirmed, %d failed", len(confirmed), failed)
	for i, n := range s.nodes {
		var lost, doubled, all int
		err := servers.Await(ctx, func() (err error) { // it may not have read yet what the others have confirmed
			if !n.ready(ctx) {
				return errors.New("it is behind")
			}
			if lost, doubled, all, err = n.check(ctx, confirmed); err == nil && lost > 0 {
				err = fmt.Errorf("%d confirmed contacts are lost", lost)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("contactsd %d: %w", i+1, err)
		}
		s.say("   contactsd %d has %d contacts: %d lost, %d doubled", i+1, all, lost, doubled)
		if doubled > 0 {
			return errors.New("the store is wrong")
		}
	}
	return nil
}

// check compares the contacts of a contactsd with those that were confirmed.
func (n *node) check(ctx context.Context, confirmed []uuid.UUID) (lost, doubled, all int, err error) {
	has, names := make(map[uuid.UUID]bool), make(map[string]bool)
	for c, err := range n.client.Query(ctx, contacts.Query{}, nil) {
		if err != nil {
			return 0, 0, 0, err
		}
		has[c.ID] = true
		if name := c.Info.Name.First; names[name] {
			doubled++
		} else {
			names[name] = true
		}
	}
	for _, id := range confirmed {
		if !has[id] {
			lost++
		}
	}
	return lost, doubled, len(has), nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
