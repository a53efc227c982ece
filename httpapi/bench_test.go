package httpapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// BenchmarkGet fetches a contact over loopback and keep-alive connections, from one client per core. by=bare is a
// handler that only writes the same bytes, headers included.
func BenchmarkGet(b *testing.B) {
	s, err := contacts.New(nil)
	require.NoError(b, err)
	defer s.Close()
	c, err := s.Create(b.Context(), typical(), nil)
	require.NoError(b, err)
	handler := httpapi.Handler(s, nil)
	target := "/contacts/v4/contacts/" + c.ID.String()

	recorded := httptest.NewRecorder()
	handler.ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, target, nil))
	require.Equal(b, http.StatusOK, recorded.Code)
	text, header := recorded.Body.Bytes(), recorded.Header()
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		w.Write(text)
	})

	b.Run("by=httpapi", func(b *testing.B) { benchmarkGet(b, handler, target, len(text)) })
	b.Run("by=bare", func(b *testing.B) { benchmarkGet(b, bare, target, len(text)) })
}

func benchmarkGet(b *testing.B, handler http.Handler, target string, size int) {
	server := httptest.NewServer(handler)
	defer server.Close()
	client := server.Client()
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			reply, err := client.Get(server.URL + target)
			if err != nil {
				b.Error(err)
				return
			}
			n, err := io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
			if err != nil || n != int64(size) || reply.StatusCode != http.StatusOK {
				b.Error(n, err, reply.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// BenchmarkEvents sends the events of 2,000 commits to one reader over loopback: by=bare is a handler that only writes
// the same bytes, as many at a time.
func BenchmarkEvents(b *testing.B) {
	const n = 2000
	s, err := contacts.New(nil)
	require.NoError(b, err)
	defer s.Close()
	for range n {
		_, err := s.Create(b.Context(), contacts.Info{Name: contacts.Name{First: "Ada", Last: "Byron"}}, nil)
		require.NoError(b, err)
	}
	server := httptest.NewServer(httpapi.Events(s, nil))
	defer server.Close()
	end := []byte("id: " + strconv.Itoa(n) + "\n")
	text := readEvents(b, server.URL, end, nil)

	b.Run("by=httpapi", func(b *testing.B) { benchmarkEvents(b, server.URL, end, n, len(text)) })
	b.Run("by=bare", func(b *testing.B) {
		bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for piece := range slices.Chunk(text, 64<<10) {
				w.Write(piece)
				w.(http.Flusher).Flush()
			}
		}))
		defer bare.Close()
		benchmarkEvents(b, bare.URL, end, n, len(text))
	})
}

func benchmarkEvents(b *testing.B, url string, end []byte, n, size int) {
	buffer := make([]byte, 0, size+1<<10)
	b.SetBytes(int64(size))
	for b.Loop() {
		buffer = readEvents(b, url, end, buffer[:0])
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// readEvents reads all events of a server, up to the last message of one line of data.
func readEvents(b *testing.B, url string, end, text []byte) []byte {
	reply, err := http.Get(url + "?after=0")
	require.NoError(b, err)
	defer reply.Body.Close()
	for from := 0; ; {
		text = slices.Grow(text, 64<<10)
		n, err := reply.Body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if at := bytes.Index(text[from:], end); at >= 0 && bytes.HasSuffix(text, []byte("\n\n")) {
			return text
		}
		require.NoError(b, err)
		from = max(0, len(text)-len(end))
		if at := bytes.LastIndex(text, []byte("\n\n")); at >= 0 {
			from = min(from, at)
		}
	}
}

// typical returns a contact with a value of every kind.
func typical() contacts.Info {
	return contacts.Info{
		Name: contacts.Name{First: "Ada", Last: "Byron"},
		Emails: []contacts.Email{
			{Address: "ada@example.com", Tag: contacts.EmailWork}, {Address: "byron@example.org"},
		},
		Phones: []contacts.Phone{{Number: "(646) 567-6359", CountryCode: "US", Tag: contacts.PhoneMobile}},
		Addresses: []contacts.Address{{AddressLine: "3 Park Ave", City: "New York", Subdivision: "US-NY",
			Country: "US"}},
		Company: "Engines", JobTitle: "Countess", Birthdate: "1815-12-10", Locale: "en-gb",
	}
}

// BenchmarkHandler measures the handler alone, without a network. call=get has no body; call=query has a body that
// finds the same contact.
func BenchmarkHandler(b *testing.B) {
	s, err := contacts.New(nil)
	require.NoError(b, err)
	defer s.Close()
	c, err := s.Create(b.Context(), typical(), nil)
	require.NoError(b, err)
	id := c.ID.String()
	handler := httpapi.Handler(s, nil)
	for _, row := range []struct{ call, method, path, body string }{
		{"get", http.MethodGet, "/contacts/" + id, ""},
		{"query", http.MethodPost, "/contacts/query", `{"query":{"filter":{"id":"` + id + `"}}}`},
	} {
		b.Run("call="+row.call, func(b *testing.B) {
			text := strings.NewReader(row.body)
			r := request(row.method, publicPrefix+row.path, row.body)
			r.Body = io.NopCloser(text)
			recorded := httptest.NewRecorder()
			handler.ServeHTTP(recorded, r)
			require.Equal(b, http.StatusOK, recorded.Code)
			require.Contains(b, recorded.Body.String(), id)
			b.ReportAllocs()
			for b.Loop() {
				text.Reset(row.body)
				w := discarded{header: http.Header{}}
				handler.ServeHTTP(&w, r)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// discarded is a reply writer that drops the body.
type discarded struct {
	header http.Header
	status int
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
