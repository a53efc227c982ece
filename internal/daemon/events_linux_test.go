package daemon

import (
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestEventsMemory has readers wait for events. With 10,000 of them, the whole program must need less than 200 MB.
func TestEventsMemory(t *testing.T) {
	n := 1000
	if *longTests {
		n = 10_000
	}
	lifetime = 5 * time.Minute
	t.Cleanup(func() { lifetime = patience })
	p := launch(t, nil, "-access-log")
	names := []string{"go_memstats_heap_inuse_bytes", "go_memstats_stack_inuse_bytes"}
	before := p.memory(t, names...)
	for range n {
		c := dial(t, strings.TrimPrefix(p.url, "http://"))
		_, err := io.WriteString(c, "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
		require.NoError(t, err)
		buffer := make([]byte, 4<<10)
		for got := ""; !strings.Contains(got, "id: "); {
			k, err := c.Read(buffer)
			require.NoError(t, err)
			got += string(buffer[:k])
		}
	}
	after := p.memory(t, names...)
	t.Logf("%d readers: %d MB resident, at most %d MB; each %d B resident, %d B of heap, %d B of stacks", n, after[0]/1e6,
		p.peak(t)<<20/1e6, (after[0]-before[0])/n, (after[1]-before[1])/n, (after[2]-before[2])/n)
	require.Less(t, (after[1]+after[2]-before[1]-before[2])/n, 18_000, "EVS-8 bytes of a reader")
	if *longTests { // the race detector needs much more
		require.Less(t, p.peak(t)<<20, 200_000_000, "EVS-8")
	}
}

// memory returns the bytes of the process that are resident, and numbers of /metrics.
func (p *process) memory(t *testing.T, names ...string) []int {
	t.Helper()
	_, text := sendTo(t, p.url+"/metrics", "GET", "", nil)
	numbers := []int{p.kib(t, "VmRSS") << 10}
	for _, name := range names {
		n, err := strconv.ParseFloat(regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(text)[1], 64)
		require.NoError(t, err)
		numbers = append(numbers, int(n))
	}
	return numbers
}
