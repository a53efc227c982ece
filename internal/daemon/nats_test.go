package daemon

import (
	"context"
	"iter"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/logtest"
)

// site is a log that the programs of a test share. It can be cut off, and hold up what is read.
type site struct {
	*logtest.Memory
	cut  atomic.Bool
	held atomic.Pointer[chan struct{}]
}

func newSite() *site { return &site{Memory: logtest.NewMemory()} }

// worldOf returns a world in which -nats opens the log.
func worldOf(s *site) *world {
	w := testWorld()
	w.openNATS = func(context.Context, NATS) (SharedLog, error) { return &siteLog{s.Reopen(), s}, nil }
	return w
}

// join starts a program on the log.
func join(t *testing.T, s *site, args ...string) *program {
	t.Helper()
	return startIn(t, worldOf(s), append([]string{"-nats", "nats://127.0.0.1:4222", "-site", "one"}, args...)...)
}

// siteLog is the log of one program.
type siteLog struct {
	*logtest.Memory
	site *site
}

func (l *siteLog) Last(ctx context.Context) (contacts.Seq, error) {
	if l.site.cut.Load() {
		return 0, contacts.ErrLogUnavailable
	}
	return l.Memory.Last(ctx)
}

func (l *siteLog) Wait(ctx context.Context, after contacts.Seq) error {
	if l.site.cut.Load() {
		return contacts.ErrLogUnavailable
	}
	return l.Memory.Wait(ctx, after)
}

func (l *siteLog) Read(ctx context.Context, after contacts.Seq) iter.Seq2[contacts.Entry, error] {
	return func(yield func(contacts.Entry, error) bool) {
		if held := l.site.held.Load(); held != nil {
			select {
			case <-*held:
			case <-ctx.Done():
			}
		}
		l.Memory.Read(ctx, after)(yield)
	}
}

// awaitReady waits until /readyz gives an answer, which is "ok" or a reason.
func awaitReady(t *testing.T, p *program, want string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		_, text := sendTo(t, p.url+"/readyz", "GET", "", nil)
		assert.Equal(c, want+"\n", text)
	}, patience, 10*time.Millisecond)
}

// awaitContact waits until a program has a contact.
func awaitContact(t *testing.T, p *program, id string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		status, _ := sendTo(t, p.url+contactsPath+"/"+id, "GET", "", nil)
		assert.Equal(c, http.StatusOK, status)
	}, patience, 10*time.Millisecond)
}

func TestNATS(t *testing.T) {
	t.Run("OPS-9 two programs serve one store", func(t *testing.T) {
		s := newSite()
		a, b := join(t, s), join(t, s)
		ids := []string{create(t, a.url, "Ada"), create(t, b.url, "Bob")}
		for _, id := range ids {
			awaitContact(t, a, id)
			awaitContact(t, b, id)
		}
		status, text := send(t, b.url, "POST", person("Ada"), nil)
		require.Equal(t, http.StatusConflict, status, text)
		require.Zero(t, a.stop(t), a.log)
		create(t, b.url, "Cid")
		require.Zero(t, b.stop(t), b.log)
		for _, id := range ids {
			awaitContact(t, join(t, s), id)
		}
		require.Contains(t, b.log.String(), "site=one")
		require.NotContains(t, b.log.String(), "4222", "a URL can have a password")
	})
	t.Run("OPS-9 a build without a client says how to get one", func(t *testing.T) {
		status, stderr := fails(t, testWorld(), "-nats", "nats://127.0.0.1", "-site", "one")
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "go build -C natslog/contactsd -o ../../contactsd-nats .")
	})
	t.Run("OPS-9 -load fills a new site", func(t *testing.T) {
		file := written(t, "-save", filepath.Join(t.TempDir(), "people.store"), []string{"Ada"})
		s := newSite()
		require.Zero(t, join(t, s, "-load", file).stop(t))
		status, stderr := fails(t, worldOf(s), "-nats", "x", "-site", "one", "-load", file)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "site one: there is a store already")
		status, _ = join(t, s).send(t, "POST", person("Ada"), nil)
		require.Equal(t, http.StatusConflict, status, "it has the contact of the file")
	})
	t.Run("OPS-9 SIGHUP compacts", func(t *testing.T) {
		s := newSite()
		p := join(t, s)
		remove(t, p.url, create(t, p.url, "Marmaduke"))
		p.signals <- syscall.SIGHUP
		p.log.waitFor(t, "compacted")
		for e, err := range s.Read(t.Context(), 0) {
			require.ErrorIs(t, err, contacts.ErrLogCompacted)
			require.Empty(t, e.Data)
		}
	})
	t.Run("OPS-9 WHK-8 deliveries continue after a restart", func(t *testing.T) {
		h, s, file := startHook(t), newSite(), filepath.Join(t.TempDir(), "webhook.json")
		args := []string{"-webhook", h.URL, "-webhook-key", keyFile(t), "-webhook-state", file}
		a, b := join(t, s, args...), join(t, s)
		create(t, a.url, "Ada")
		deliveries(t, a.url, `"after":"1"`)
		require.Zero(t, a.stop(t), a.log)
		create(t, b.url, "Bob") // meanwhile
		a = join(t, s, args...)
		deliveries(t, a.url, `"after":"2"`)
		create(t, b.url, "Cid") // by another program
		deliveries(t, a.url, `"after":"3"`)
		require.Len(t, h.all(), 3)
	})
	for name, test := range map[string]struct{ args, want string }{
		"no site":              {"-nats x", "-nats needs -site"},
		"no URL":               {"-nats= -site a", "-nats: is empty"},
		"a site alone":         {"-site a", "need -nats"},
		"credentials alone":    {"-nats-creds a", "need -nats"},
		"replicas alone":       {"-nats-replicas 3", "need -nats"},
		"replicas":             {"-nats x -site a -nats-replicas 2", "-nats-replicas: must be 1, 3 or 5"},
		"a site with a dot":    {"-nats x -site a.b", "-site: must be"},
		"a directory":          {"-nats x -site a -data b", "-nats excludes -data"},
		"a file":               {"-nats x -site a -save b", "-nats excludes"},
		"control":              {"-nats x -site a -control 127.0.0.1:0", "-nats excludes"},
		"a seed":               {"-nats x -site a -seed 1", "-nats excludes -seed"},
		"sync":                 {"-nats x -site a -sync always", "-sync needs -data"},
		"no state":             {"-nats x -site a -webhook http://x -webhook-key b", "needs -webhook-state"},
		"a state alone":        {"-webhook-state a", "need -webhook"},
		"state of a directory": {"-data a -webhook http://x -webhook-key b -webhook-state c", "-webhook-state needs -nats"},
	} {
		t.Run("OPS-9 refused: "+name, func(t *testing.T) {
			status, stderr := fails(t, testWorld(), strings.Fields(test.args)...)
			require.Equal(t, 2, status, stderr)
			require.Contains(t, stderr, test.want)
		})
	}
}

func TestReadyOnSharedLog(t *testing.T) {
	t.Run("OPS-1 OPS-2 the log is unavailable", func(t *testing.T) {
		s := newSite()
		p := join(t, s)
		id := create(t, p.url, "Ada")
		s.cut.Store(true)
		awaitReady(t, p, "the log is unavailable")
		status, _ := sendTo(t, p.url+contactsPath+"/"+id, "GET", "", nil)
		require.Equal(t, http.StatusOK, status, "reads continue")
		_, text := sendTo(t, p.url+"/metrics", "GET", "", nil)
		require.Contains(t, text, "\ncontactsd_log_unavailable 1\n")
		require.Contains(t, text, "\ncontactsd_ready 0\n")
		s.cut.Store(false)
		awaitReady(t, p, "ok")
	})
	t.Run("OPS-1 OPS-2 behind the log", func(t *testing.T) {
		s := newSite()
		a := join(t, s)
		w := worldOf(s)
		w.limits.lag = 50 * time.Millisecond
		b := startIn(t, w, "-nats", "x", "-site", "one")
		held := make(chan struct{})
		s.held.Store(&held)
		id := create(t, a.url, "Ada")
		awaitReady(t, b, "behind the log")
		_, text := sendTo(t, b.url+"/metrics", "GET", "", nil)
		require.Contains(t, text, "\ncontactsd_log_lag 1\n")
		require.NotContains(t, text, "\ncontactsd_log_lag_seconds 0\n")
		s.held.Store(nil)
		close(held)
		awaitContact(t, b, id)
		awaitReady(t, b, "ok")
		_, text = sendTo(t, b.url+"/metrics", "GET", "", nil)
		require.Contains(t, text, "\ncontactsd_log_lag 0\n")
		require.Contains(t, text, "\ncontactsd_log_lag_seconds 0\n")
	})
	t.Run("OPS-1 DUR-11 the log has lost entries", func(t *testing.T) {
		s := newSite()
		a, b := join(t, s), join(t, s)
		awaitContact(t, b, create(t, a.url, "Ada"))
		require.Zero(t, a.stop(t))
		s.Lose(0)
		create(t, join(t, s).url, "Bob")
		create(t, join(t, s).url, "Cid") // b reads it
		awaitReady(t, b, "read-only: the log has lost entries")
		b.log.waitFor(t, "LOG_DIVERGED")
		require.Equal(t, 1, strings.Count(b.log.String(), "the store is read-only"))
		status, _ := b.send(t, "POST", person("Dan"), nil)
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Equal(t, 1, b.stop(t))
	})
	t.Run("OPS-2 a directory has no lag", func(t *testing.T) {
		_, text := sendTo(t, start(t, "-data", filepath.Join(t.TempDir(), "data")).url+"/metrics", "GET", "", nil)
		require.NotContains(t, text, "contactsd_log_lag")
	})
}
