package httpapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// swarmClients is the number of clients that send at the same time.
const swarmClients = 64

// said is the reply to a client of a swarm.
type said struct {
	status int
	reply  map[string]any
}

// at returns the value at a path of members, nil if there is none.
func (s said) at(path string) any {
	var value any = s.reply
	for _, name := range strings.Split(path, ".") {
		members, _ := value.(map[string]any)
		value = members[name]
	}
	return value
}

func (s said) code() string {
	code, _ := s.at("details.applicationError.code").(string)
	return code
}

// say sends a request over a keep-alive connection. It is safe for concurrent use.
func (s *attacked) say(method, path, body string) said {
	var out said
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return out
	}
	r.Header.Set("Content-Type", "application/json")
	reply, err := s.client.Do(r)
	if err != nil {
		s.t.Error(err)
		return out
	}
	defer reply.Body.Close()
	out.status = reply.StatusCode
	text, err := io.ReadAll(reply.Body)
	if err == nil {
		err = json.Unmarshal(text, &out.reply)
	}
	if err != nil {
		s.t.Error(err)
	}
	return out
}

// swarm opens a server for a swarm.
func swarm(t *testing.T, opts *httpapi.Options) *attacked {
	s := attack(t, opts, nil)
	s.client.Transport.(*http.Transport).MaxIdleConnsPerHost = swarmClients
	return s
}

// atOnce calls fn for every client at the same time, and returns the results by client.
func atOnce[T any](n int, fn func(client int) T) []T {
	results := make([]T, n)
	begin := make(chan struct{})
	var clients sync.WaitGroup
	for i := range n {
		clients.Go(func() {
			<-begin
			results[i] = fn(i)
		})
	}
	close(begin)
	clients.Wait()
	return results
}

// wins requires that one reply is a success and all others have the status and code. It returns the index of the
// success.
func wins(t *testing.T, replies []said, status int, code contacts.Code) int {
	t.Helper()
	winner := -1
	for i, r := range replies {
		if r.status == http.StatusOK {
			require.Equal(t, -1, winner, "only one client wins")
			winner = i
			continue
		}
		require.Equal(t, status, r.status)
		require.Equal(t, string(code), r.code())
	}
	require.NotEqual(t, -1, winner, "one client wins")
	return winner
}

// TestSwarmUpdates has all clients update one contact: one client wins each revision, no change is lost or reported
// twice, and the feed has all changes in order (REV-2, EVT-2).
func TestSwarmUpdates(t *testing.T) {
	s := swarm(t, nil)
	id := s.person("Ann")
	const rounds = 10
	start := s.store.Snapshot().Position()
	var companies []string
	followed := make(chan error, 1)
	go func() {
		for commit, err := range s.store.Follow(t.Context(), start) {
			if err != nil {
				followed <- err
				return
			}
			for _, c := range commit.Changes {
				companies = append(companies, c.After.Company())
				if got := c.After.Revision(); got != len(companies)+1 {
					followed <- fmt.Errorf("revision %d is change %d", got, len(companies))
					return
				}
			}
			if len(companies) == rounds {
				followed <- nil
				return
			}
		}
	}()

	// Each client tries every revision once: no client is ahead of the contact.
	company := func(client, revision int) string { return fmt.Sprintf("%d of %d", revision, client) }
	replies := atOnce(swarmClients, func(client int) []said {
		var mine []said
		for revision := 1; revision <= rounds; revision++ {
			mine = append(mine, s.say("PATCH", "/contacts/"+id,
				fmt.Sprintf(`{"revision":%d,"info":{"company":%q}}`, revision, company(client, revision))))
		}
		return mine
	})
	require.NoError(t, <-followed)
	for round := range rounds {
		var tried []said
		for _, mine := range replies {
			tried = append(tried, mine[round])
		}
		winner := wins(t, tried, http.StatusConflict, contacts.ErrAlreadyChanged)
		require.Equal(t, company(winner, round+1), companies[round])
		require.EqualValues(t, round+2, tried[winner].at("contact.revision"))
		require.Equal(t, companies[round], tried[winner].at("contact.info.company"))
	}
	last := s.call("GET", "/contacts/"+id, "")
	require.EqualValues(t, 1+rounds, last.ok("contact.revision"))
	require.Equal(t, companies[rounds-1], last.ok("contact.info.company"))
	require.EqualValues(t, start+rounds, s.store.Snapshot().Position())
}

// TestSwarmFirst has all clients make a call that only the first can succeed with.
func TestSwarmFirst(t *testing.T) {
	t.Run("DUP-2 create", func(t *testing.T) {
		s := swarm(t, nil)
		for n := range 4 {
			replies := atOnce(swarmClients, func(client int) said {
				return s.say("POST", "/contacts", fmt.Sprintf(
					`{"info":{"name":{"first":"Ann %d"},"emails":{"items":[{"email":"%d@x.test"}]}}}`, client, n))
			})
			winner := wins(t, replies, http.StatusConflict, contacts.ErrDuplicate)
			require.Equal(t, n+1, s.store.Snapshot().Len())
			for i, r := range replies {
				if i != winner {
					require.Equal(t, replies[winner].at("contact.id"),
						r.at("details.applicationError.data.duplicateContactId"))
				}
			}
			stored := s.call("GET", "/contacts/"+replies[winner].at("contact.id").(string), "")
			require.Equal(t, fmt.Sprintf("Ann %d", winner), stored.ok("contact.info.name.first"))
		}
	})
	t.Run("SBM-4 submit", func(t *testing.T) {
		s := swarm(t, nil)
		replies := atOnce(swarmClients, func(client int) said {
			return s.say("POST", "/contact-submit", `{"info":{"emails":{"items":[{"email":"ann@x.test"}]}}}`)
		})
		made := 0
		for _, r := range replies {
			require.Equal(t, http.StatusOK, r.status)
			require.Equal(t, replies[0].at("contactId"), r.at("contactId"))
			if r.at("newContact") == true {
				made++
			}
		}
		require.Equal(t, 1, made)
		require.Equal(t, 1, s.store.Snapshot().Len())
	})
	for _, row := range []struct{ name, path, body, made, key string }{
		{"LBL-4 label", "/labels", `{"displayName":"VIP %d"}`, "newLabel", "label.key"},
		{"FLD-1 field", "/extended-fields", `{"displayName":"Size %d","dataType":"NUMBER"}`, "newField", "field.key"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := swarm(t, nil)
			for n := range 4 {
				made := 0
				replies := atOnce(swarmClients, func(int) said {
					return s.say("POST", row.path, fmt.Sprintf(row.body,
						n))
				})
				for _, r := range replies {
					require.Equal(t, http.StatusOK, r.status)
					require.Equal(t, replies[0].at(row.key), r.at(row.key))
					if r.at(row.made) == true {
						made++
					}
				}
				require.Equal(t, 1, made)
				require.EqualValues(t, n+1, s.store.Snapshot().Position())
			}
		})
	}
	t.Run("MRG-11 merge one source into many", func(t *testing.T) {
		s := swarm(t, nil)
		source := s.person("Source")
		var targets []string
		for i := range swarmClients {
			targets = append(targets, s.person("Ann"+strconv.Itoa(i)))
		}
		replies := atOnce(swarmClients, func(client int) said {
			return s.say("POST", "/contacts/"+targets[client]+"/merge",
				`{"targetContactRevision":1,"sourceContactIds":["`+source+`"]}`)
		})
		winner := wins(t, replies, http.StatusNotFound, contacts.ErrContactNotFound)
		got := s.call("GET", "/contacts/"+source, "")
		require.Equal(t, "MERGED", got.ok("responseType"))
		require.Equal(t, targets[winner], got.ok("contact.id"))
		require.Equal(t, swarmClients, s.store.Snapshot().Len())
	})
	t.Run("MRG-1 merge many sources into one", func(t *testing.T) {
		s := swarm(t, nil)
		target := s.person("Target")
		var sources []string
		for i := range swarmClients {
			sources = append(sources, s.person("Ann"+strconv.Itoa(i)))
		}
		replies := atOnce(swarmClients, func(client int) said {
			return s.say("POST", "/contacts/"+target+"/merge",
				`{"targetContactRevision":1,"sourceContactIds":["`+sources[client]+`"]}`)
		})
		winner := wins(t, replies, http.StatusConflict, contacts.ErrAlreadyChanged)
		require.Equal(t, target, s.call("GET", "/contacts/"+sources[winner], "").ok("contact.id"))
		require.Equal(t, swarmClients, s.store.Snapshot().Len())
	})
	t.Run("MRG-11 merge two into each other", func(t *testing.T) {
		s := swarm(t, nil)
		ids := [2]string{s.person("Ann"), s.person("Ben")}
		replies := atOnce(swarmClients, func(client int) said {
			return s.say("POST", "/contacts/"+ids[client%2]+"/merge",
				`{"targetContactRevision":1,"sourceContactIds":["`+ids[1-client%2]+`"]}`)
		})
		wins(t, replies, http.StatusNotFound, contacts.ErrContactNotFound)
		require.Equal(t, 1, s.store.Snapshot().Len())
	})
	t.Run("delete", func(t *testing.T) {
		s := swarm(t, nil)
		id := s.person("Ann")
		replies := atOnce(swarmClients, func(int) said { return s.say("DELETE", "/contacts/"+id, "") })
		wins(t, replies, http.StatusNotFound, contacts.ErrContactNotFound)
		require.Zero(t, s.store.Snapshot().Len())
	})
}

// TestSwarmBulk runs bulk jobs and updates of the same contacts at the same time: neither loses a write (BLK-3).
func TestSwarmBulk(t *testing.T) {
	s := swarm(t, nil)
	const people, jobs, updates = 8, 8, 3
	var ids []string
	for range people {
		ids = append(ids, s.person("Ann"))
	}
	var won atomic.Int64
	start := s.store.Snapshot().Position()
	replies := atOnce(jobs+people, func(client int) []said {
		if client < jobs {
			return []said{s.say("POST", "/bulk/contacts/update",
				fmt.Sprintf(`{"search":"ann","info":{"company":"Job %d"}}`, client))}
		}
		var mine []said
		for path := "/contacts/" + ids[client-jobs]; len(mine) < updates; {
			revision := s.say("GET", path, "").at("contact.revision")
			body := fmt.Sprintf(`{"revision":%v,"info":{"jobTitle":"Title %d"}}`, revision, len(mine))
			switch r := s.say("PATCH", path, body); r.status {
			case http.StatusOK:
				mine = append(mine, r)
				won.Add(1)
			case http.StatusConflict: // a job was faster, which happens only a few times
			default:
				s.t.Error(r)
				return mine
			}
		}
		return mine
	})
	for _, r := range replies[:jobs] {
		require.Equal(t, http.StatusOK, r[0].status)
		job := s.call("GET", "/bulk/jobs/"+r[0].at("jobId").(string), "")
		require.EqualValues(t, people, job.ok("job.successTotal"))
	}
	require.EqualValues(t, people*updates, won.Load())
	var company any
	for i, id := range ids {
		got := s.call("GET", "/contacts/"+id, "")
		require.EqualValues(t, 1+jobs+updates, got.ok("contact.revision"))
		require.Equal(t, fmt.Sprintf("Title %d", updates-1), got.ok("contact.info.jobTitle"))
		if i == 0 {
			company = got.ok("contact.info.company")
		}
		require.Equal(t, company, got.ok("contact.info.company"), "a job is one commit")
	}
	require.EqualValues(t, int(start)+jobs+people*updates, s.store.Snapshot().Position())
}

// TestMaxConcurrent occupies all slots with requests that Authorize holds: the next request is refused at once, and
// served when a slot is free (HTTP-13).
func TestMaxConcurrent(t *testing.T) {
	const slots = 3
	entered, release := make(chan struct{}, 100), make(chan struct{})
	s := attack(t, &httpapi.Options{
		MaxConcurrent: slots,
		Authorize: func(r *http.Request, _ httpapi.Permission) error {
			entered <- struct{}{}
			if r.Header.Get("X-Hold") != "" {
				select {
				case <-release:
				case <-r.Context().Done():
				}
			}
			return nil
		},
	}, nil)
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo)
	hold := func() *attackerConn {
		c := s.dial()
		c.send("GET /contacts/v4/labels HTTP/1.1\r\nHost: x.test\r\nX-Hold: 1\r\n\r\n")
		<-entered
		return c
	}
	var held []*attackerConn
	for range slots {
		held = append(held, hold())
	}
	refused := func(t *testing.T, method, path, body string) {
		t.Helper()
		s := s.in(t)
		got := s.call(method, path, body) // not over the network, but with the same slots
		got.fails(http.StatusServiceUnavailable, httpapi.ErrUnavailable)
		require.Equal(t, "1", got.header.Get("Retry-After"))
		require.NotEmpty(t, got.header.Get("X-Wix-Request-Id"))
		require.Equal(t, 503, s.answered().status)
	}
	t.Run("HTTP-13 one request too many", func(t *testing.T) {
		s := s.in(t)
		s.unchanged(func() {
			for _, e := range endpoints {
				refused(t, e.method(), e.path, e.body)
			}
			refused(t, "GET", "/nothing", "")
			refused(t, "PUT", "/labels", "")
			require.Empty(t, entered)
			for _, r := range atOnce(swarmClients,
				func(int) said { return s.say("POST", "/labels", `{"displayName":"A"}`) }) {
				require.Equal(t, http.StatusServiceUnavailable, r.status)
				require.Equal(t, string(httpapi.ErrUnavailable), r.code())
				s.answered()
			}
		})
	})
	t.Run("HTTP-13 a refusal does not wait for the body", func(t *testing.T) {
		s := s.in(t)
		got := s.early(post("/labels", jsonType, "Content-Length: 22"))
		require.Equal(t, 503, s.answered().status)
		got.fails(http.StatusServiceUnavailable, httpapi.ErrUnavailable)
	})
	// A free slot serves one request.
	release <- struct{}{}
	require.Equal(t, attackedBy{"GET /labels", 200}, s.answered())
	held = append(held, hold())
	refused(t, "GET", "/contacts", "")
	// A client that disconnects frees its slot, too.
	require.NoError(t, held[slots].Close())
	by := s.answered()
	for by.status == 200 { // that of another client, as release does not choose
		by = s.answered()
	}
	require.Equal(t, attackedBy{"GET /labels", 503}, by)
	hold()
	refused(t, "GET", "/contacts", "")
	letGo()
	for range slots {
		require.Equal(t, attackedBy{"GET /labels", 200}, s.answered())
	}
	for range 2 * slots {
		s.call("GET", "/contacts", "").ok("contacts")
	}
	requireIdle(t, s.handler)
}
