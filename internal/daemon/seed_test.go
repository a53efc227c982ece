package daemon

import (
	"bytes"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
)

func TestSeedAndNow(t *testing.T) {
	const now = "2026-01-02T03:04:05.678Z"
	first := replies(t, "-seed", "7", "-now", now)
	require.Equal(t, first, replies(t, "-seed", "7", "-now", now))
	require.Contains(t, first, "\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n")
	require.Contains(t, first, `"createdDate":"2026-01-02T03:04:05.678Z"`)
	require.Contains(t, first, "CONTACT")
	require.NotEqual(t, first, replies(t, "-seed", "8", "-now", now))
	require.NotEqual(t, first, replies(t, "-now", now))
	require.NotEqual(t, first, replies(t, "-seed", "7", "-now", "2026-01-02T03:04:05.679Z"))
}

// replies sends some requests to a new program, and returns all bytes of the replies.
func replies(t *testing.T, args ...string) string {
	t.Helper()
	p := start(t, args...)
	c := dial(t, p.addr)
	for _, first := range []string{"Ada", "Bob", "Carol", "Ada"} { // the last one is a duplicate
		request(t, c, "POST", len(person(first)), "Content-Type: application/json\r\n")
		_, err := io.WriteString(c, person(first))
		require.NoError(t, err)
	}
	request(t, c, "GET", 0, "Connection: close\r\n")
	all, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, 5, bytes.Count(all, []byte("HTTP/1.1 ")), string(all))
	return string(all)
}

// TestSeedAfterLoad requires that the IDs of loaded contacts are not made again.
func TestSeedAfterLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "saved")
	seen := map[string]bool{}
	for i, first := range []string{"Ada", "Bob", "Carol"} {
		p := start(t, "-seed", "7", "-load", file, "-save", file)
		seen[create(t, p.url, first)] = true
		require.Len(t, seen, i+1)
		require.Zero(t, p.stop(t))
	}
	require.Equal(t, []string{"Ada", "Bob", "Carol"}, names(t, file))

	t.Run("and every run makes the same IDs", func(t *testing.T) {
		var made [2]string
		for i := range made {
			p := start(t, "-seed", "7", "-load", file)
			made[i] = create(t, p.url, "Dave")
			require.Zero(t, p.stop(t))
		}
		require.Equal(t, made[0], made[1])
	})
}

func TestSources(t *testing.T) {
	o := &options{seed: new(uint64(7))}
	drawn := func(at contacts.Position) []uuid.UUID {
		src := o.newSources()
		src.from(at)
		return []uuid.UUID{src.ids.New(), src.requests.New()}
	}
	require.Equal(t, drawn(0), drawn(0))
	seen := map[uuid.UUID]bool{}
	for _, id := range append(drawn(0), drawn(1)...) {
		require.False(t, seen[id], "the IDs of a position, and those of requests, are its own")
		seen[id] = true
	}
}

func TestStoreOptions(t *testing.T) {
	args := []string{"-seed", "7", "-now", "2026-01-02T04:04:05+01:00", "-region", "US"}
	o, err := parseOptions(args, testWorld().lookupEnv)
	require.NoError(t, err)
	src := o.newSources()
	opts := o.storeOptions(src)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), opts.Now())
	require.Equal(t, opts.Now(), opts.Now())
	require.Equal(t, "US", opts.Region)
	require.NotZero(t, opts.CursorKey)
	require.Equal(t, opts.CursorKey, o.storeOptions(o.newSources()).CursorKey)
	require.Equal(t, contactstest.NewIDs(7).New(), opts.NewID())
	src.from(1)
	require.Equal(t, contactstest.NewIDsAt(7, 1).New(), opts.NewID(), "restarted after a load")

	o = &options{seed: new(uint64(7))}
	opts = o.storeOptions(o.newSources())
	require.Nil(t, opts.Now)
	require.Equal(t, contactstest.NewIDs(7).New(), opts.NewID())

	o = new(options)
	opts = o.storeOptions(o.newSources())
	require.Nil(t, opts.Now)
	require.Nil(t, opts.NewID)
	require.Zero(t, opts.CursorKey, "the store makes a random one")
}
