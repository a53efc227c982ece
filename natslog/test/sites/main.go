// Command sites simulates many sites, each with a store of its own, on a fixed number of streams: how much memory the
// servers and the program need, how fast stores open, and how many writes a second take place.
//
//	go -C natslog/test run ./sites                    10,000 sites on 16 streams of three servers: some minutes
//	go -C natslog/test run ./sites -sites 200 -for 2s to see that it works
//
// The load is skewed: the site of rank r gets a share in proportion to 1/r^skew. The program keeps a limited number of
// stores open, and closes the one that was used least recently. All servers and the program share one machine and one
// disk, so the rates are those of this machine; what they show is how they depend on the number of sites.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/natslog"
	"github.com/contactsdb/contacts/natslog/test/servers"
)

type settings struct {
	sites, streams, servers, open, workers int
	skew                                   float64
	load                                   time.Duration
	seed                                   uint64
}

func main() {
	servers.Main()
	var s settings
	flag.IntVar(&s.sites, "sites", 10_000, "number of sites")
	flag.IntVar(&s.streams, "streams", 16, "number of streams")
	flag.IntVar(&s.servers, "servers", 3, "number of servers, and of replicas of a stream: 1, 3 or 5")
	flag.IntVar(&s.open, "open", 1000, "number of stores that are open at a time")
	flag.IntVar(&s.workers, "workers", 32, "number of calls at a time")
	flag.Float64Var(&s.skew, "skew", 1, "of the load: 0 for the same load of all sites")
	flag.DurationVar(&s.load, "for", time.Minute, "duration of the load")
	flag.Uint64Var(&s.seed, "seed", 1, "of the load")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "sites-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cluster, err := servers.Start(dir, s.servers)
	if err != nil {
		return err
	}
	defer cluster.Close()
	js, err := servers.Connect(ctx, cluster.URL)
	if err != nil {
		return err
	}
	defer js.Conn().Close()
	sim := &simulation{settings: s, js: js, cluster: cluster, dir: dir, out: out, ids: make([]uuid.UUID, s.sites)}
	sim.stores = newStores(s.open, sim.openStore)
	defer func() { err = errors.Join(err, sim.stores.close()) }()
	for _, phase := range []func(context.Context) error{sim.createStreams, sim.foundSites, sim.applyLoad} {
		if err := phase(ctx); err != nil {
			return err
		}
	}
	return nil
}

// simulation is one run.
type simulation struct {
	settings
	js      jetstream.JetStream
	cluster *servers.Cluster
	dir     string
	out     io.Writer
	stores  *stores
	ids     []uuid.UUID // of the first contact of each site
	opened  durations
}

func (s *simulation) createStreams(ctx context.Context) error {
	started := time.Now()
	for n := range s.streams {
		config := natslog.StreamConfig(fmt.Sprintf("contacts-%d", n), s.servers)
		err := servers.Await(ctx, func() error { _, err := s.js.CreateStream(ctx, config); return err })
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(s.out, "%d streams of %d replicas: %.1f s\n\n", s.streams, s.servers, time.Since(started).Seconds())
	return nil
}

func (s *simulation) openStore(ctx context.Context, site int) (*contacts.Store, error) {
	started := time.Now()
	name := fmt.Sprint("site-", site)
	store, err := natslog.OpenStore(ctx, s.js, &natslog.Options{
		Stream: fmt.Sprintf("contacts-%d", natslog.Shard(name, s.streams)), Log: name, MaxWait: 30 * time.Second,
	}, nil)
	s.opened.add(time.Since(started))
	return store, err
}

// foundSites opens each site once and creates its first contact.
func (s *simulation) foundSites(ctx context.Context) error {
	fmt.Fprintln(s.out, "| sites | founded a second | memory of a server | on the disk of a server |")
	fmt.Fprintln(s.out, "| ---: | ---: | ---: | ---: |")
	const steps = 5
	for step := range steps {
		from, to := step*s.sites/steps, (step+1)*s.sites/steps
		started := time.Now()
		var next atomic.Int64
		next.Store(int64(from))
		err := s.parallel(func(int) error {
			for {
				site := int(next.Add(1)) - 1
				if site >= to || ctx.Err() != nil {
					return ctx.Err()
				}
				err := s.stores.use(ctx, site, func(store *contacts.Store) error {
					c, err := store.Create(ctx, person(site, 0), nil)
					if err == nil {
						s.ids[site] = c.ID
					}
					return err
				})
				if err != nil {
					return err
				}
			}
		})
		if err != nil {
			return err
		}
		memory, disk := s.footprint()
		fmt.Fprintf(s.out, "| %d | %.0f | %d MB | %d MB |\n",
			to, float64(to-from)/time.Since(started).Seconds(), memory>>20, disk>>20)
	}
	return nil
}

// applyLoad writes to sites, most to the most popular ones.
func (s *simulation) applyLoad(ctx context.Context) error {
	s.opened.take()
	var writes durations
	var hot atomic.Int64
	pick := popularity(s.sites, s.skew)
	end := time.Now().Add(s.load)
	started := time.Now()
	err := s.parallel(func(worker int) error {
		r := rand.New(rand.NewPCG(s.seed, uint64(worker)))
		for n := 1; time.Now().Before(end); n++ {
			site := pick(r.Float64())
			if site == 0 {
				hot.Add(1)
			}
			at := time.Now()
			err := s.stores.use(ctx, site, func(store *contacts.Store) error { return s.write(ctx, store, site, worker, n) })
			if err != nil {
				return err
			}
			writes.add(time.Since(at))
		}
		return nil
	})
	if err != nil {
		return err
	}
	took := time.Since(started)
	open := s.stores.len()
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	memory, disk := s.footprint()
	all, openings := writes.take(), s.opened.take()
	fmt.Fprintf(s.out, "\n| of the load, %.0f s with %d calls at a time | |\n| --- | ---: |\n", took.Seconds(), s.workers)
	for _, row := range [][2]string{
		{"writes a second", fmt.Sprintf("%.0f", float64(len(all))/took.Seconds())},
		{"share of the most popular site", fmt.Sprintf("%.1f %%", 100*float64(hot.Load())/float64(len(all)))},
		{"a write, opening included: p50, p99", quantiles(all)},
		{"stores opened a second", fmt.Sprintf("%.0f", float64(len(openings))/took.Seconds())},
		{"opening a store: p50, p99", quantiles(openings)},
		{"stores open at the end", fmt.Sprint(open)},
		{"memory of the program, for each open store", fmt.Sprintf("%d KB", int(mem.HeapAlloc+mem.StackInuse)/open>>10)},
		{"memory of a server", fmt.Sprintf("%d MB", memory>>20)},
		{"on the disk of a server", fmt.Sprintf("%d MB", disk>>20)},
	} {
		fmt.Fprintf(s.out, "| %s | %s |\n", row[0], row[1])
	}
	return nil
}

// write updates the first contact of a site, or creates another one.
func (s *simulation) write(ctx context.Context, store *contacts.Store, site, worker, n int) error {
	if n%10 == 0 {
		_, err := store.Create(ctx, person(site, worker<<32|n), nil)
		return err
	}
	for {
		c, err := store.Get(ctx, s.ids[site], nil)
		if err != nil {
			return err
		}
		_, err = store.Update(ctx, c.ID, c.Revision, contacts.Patch{JobTitle: contacts.Set(fmt.Sprint(worker, " ", n))}, nil)
		if !errors.Is(err, contacts.ErrAlreadyChanged) {
			return err
		}
	}
}

func person(site, n int) contacts.Info {
	return contacts.Info{
		Name:    contacts.Name{First: "Person " + strconv.Itoa(n), Last: "Of Site"},
		Emails:  []contacts.Email{{Address: fmt.Sprintf("p%d@site%d.example", n, site)}},
		Company: "Acorn",
	}
}

// popularity returns a function that picks a site by a random number below 1: the one of rank r, from 1, with a
// probability in proportion to 1/r^skew.
func popularity(sites int, skew float64) func(float64) int {
	sums := make([]float64, sites)
	sum := 0.0
	for i := range sums {
		sum += math.Pow(float64(i+1), -skew)
		sums[i] = sum
	}
	return func(x float64) int {
		i, _ := slices.BinarySearch(sums, x*sum)
		return min(i, sites-1)
	}
}

// parallel runs a function for each worker, and returns their errors.
func (s *simulation) parallel(work func(worker int) error) error {
	errs := make([]error, s.workers)
	var group sync.WaitGroup
	for i := range s.workers {
		group.Go(func() { errs[i] = work(i) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// footprint returns the mean memory of a server, as the system counts it, and the mean length of its files.
func (s *simulation) footprint() (memory, disk int64) {
	n := int64(s.cluster.Len())
	for i := range s.cluster.Len() {
		memory += resident(s.cluster.PID(i))
	}
	filepath.WalkDir(s.dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return nil // files come and go
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			disk += info.Size()
		}
		return nil
	})
	return memory / n, disk / n
}

// resident returns the resident memory of a process, 0 if the system does not say it as Linux does.
func resident(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(fields[0], 10, 64)
	return kilobytes << 10
}

// durations collects durations, from several goroutines.
type durations struct {
	mu  sync.Mutex
	all []time.Duration
}

func (d *durations) add(one time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all = append(d.all, one)
}

// take returns the durations and forgets them.
func (d *durations) take() []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.all
	d.all = nil
	return all
}

func quantiles(all []time.Duration) string {
	if len(all) == 0 {
		return "–"
	}
	slices.Sort(all)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }
	return ms(all[len(all)/2]) + ", " + ms(all[len(all)*99/100])
}
