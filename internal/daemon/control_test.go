package daemon

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts/contactstest"
)

// controlled is a program with -control.
type controlled struct {
	*program
	control string // the URL of the control address
}

func startControl(t *testing.T, args ...string) *controlled {
	t.Helper()
	p := start(t, append([]string{"-control", "127.0.0.1:0"}, args...)...)
	lines := strings.Split(strings.TrimSuffix(p.stdout.String(), "\n"), "\n")
	require.Len(t, lines, 2)
	p.url = strings.TrimPrefix(lines[0], "listening on ")
	p.addr = strings.TrimPrefix(p.url, "http://")
	require.True(t, strings.HasPrefix(lines[1], "control on http://127.0.0.1:"), lines[1])
	return &controlled{p, strings.TrimPrefix(lines[1], "control on ")}
}

// order sends a request to the control address, and returns the status and the body of the reply.
func (p *controlled) order(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	return sendTo(t, p.control+path, method, body, http.Header{"Content-Type": {"application/json"}})
}

// do sends a request to the control address that must succeed, and returns the body of the reply.
func (p *controlled) do(t *testing.T, method, path, body string) string {
	t.Helper()
	status, text := p.order(t, method, path, body)
	require.Equal(t, http.StatusOK, status, text)
	return text
}

// fork makes a store, and returns its URL.
func (p *controlled) fork(t *testing.T, body string) string {
	t.Helper()
	var reply struct{ Store struct{ URL string } }
	require.NoError(t, json.Unmarshal([]byte(p.do(t, "POST", "/stores", body)), &reply))
	return reply.Store.URL
}

// people returns the first names in the store at a URL.
func people(t *testing.T, url string) string {
	t.Helper()
	status, text := send(t, url, "GET", "", nil)
	require.Equal(t, http.StatusOK, status, text)
	var reply struct {
		Contacts []struct {
			Info struct{ Name struct{ First string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &reply))
	var names []string
	for _, c := range reply.Contacts {
		names = append(names, c.Info.Name.First)
	}
	return strings.Join(names, " ")
}

// exchange returns all of a reply that a caller sees.
func exchange(t *testing.T, method, url, body string) string {
	t.Helper()
	reply, text := answer(t, url+contactsPath, method, body, http.Header{"Content-Type": {"application/json"}})
	return fmt.Sprint(reply.StatusCode, reply.Header, text)
}

func TestControlCallers(t *testing.T) {
	p := startControl(t)
	call := func(t *testing.T, p *controlled, method, host string, header http.Header) int {
		header = header.Clone()
		header.Set("Host", host)
		status, _ := sendTo(t, p.control+"/reset", method, "", header)
		return status
	}
	asJSON := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	require.Equal(t, http.StatusOK, call(t, p, "POST", "localhost", asJSON))
	t.Run("CTL-1 another host name, as by DNS rebinding", func(t *testing.T) {
		require.Equal(t, http.StatusForbidden, call(t, p, "POST", "attacker.example", asJSON))
	})
	t.Run("CTL-1 a request that a page of any site can send", func(t *testing.T) {
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"} {
			require.Equal(t, http.StatusUnsupportedMediaType,
				call(t, p, "POST", "127.0.0.1", http.Header{"Content-Type": {kind}}))
		}
		require.Equal(t, http.StatusUnsupportedMediaType, call(t, p, "POST", "127.0.0.1", http.Header{}))
	})
	t.Run("CTL-1 the token of the main address", func(t *testing.T) {
		p := startControl(t, "-token", "s3cret")
		require.Equal(t, http.StatusUnauthorized, call(t, p, "POST", "localhost", asJSON))
		granted := asJSON.Clone()
		granted.Set("Authorization", "Bearer s3cret")
		require.Equal(t, http.StatusOK, call(t, p, "POST", "localhost", granted))
	})
	t.Run("CTL-1 off by default", func(t *testing.T) {
		p := start(t)
		status, _ := sendTo(t, p.url+"/stores/main"+contactsPath, "GET", "", nil)
		require.Equal(t, http.StatusNotFound, status)
		require.Equal(t, 1, strings.Count(p.stdout.String(), "\n"))
	})
	t.Run("CTL-1 an address in use", func(t *testing.T) {
		status, stderr := fails(t, testWorld(), "-addr", ":0", "-control", strings.TrimPrefix(p.control, "http://"))
		require.Equal(t, 1, status)
		require.Contains(t, stderr, "contactsd: listen")
	})
	require.Zero(t, p.stop(t))
}

func TestControlRequests(t *testing.T) {
	p := startControl(t)
	p.do(t, "POST", "/stores", `{"name":"a"}`)
	p.do(t, "POST", "/stores", `{"name":"late"}`)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"CTL-10 path", "GET", "/nothing", "", 404, `"NOT_FOUND"`},
		{"CTL-10 method", "PUT", "/reset", "{}", 405, `"METHOD_NOT_ALLOWED"`},
		{"CTL-10 unknown member", "POST", "/stores", `{"nmae":"b"}`, 400, `"field":"nmae"`},
		{"CTL-10 unknown member that may be data", "POST", "/reset", `{"ann@example.com":1}`, 400, `"field":"body"`},
		{"CTL-10 no JSON", "POST", "/stores", `{"name"`, 400, `"field":"body"`},
		{"CTL-10 type", "POST", "/stores", `{"name":1}`, 400, `"field":"name"`},
		{"CTL-10 unknown member below", "PUT", "/stores/a/contacts/a3a6b2a4-0000-4000-8000-000000000001/member",
			`{"memberInfo":{"email":1,"profileInfo":{"photo":{"uri":"x"}}}}`, 400, `"field":"memberInfo.profileInfo.photo.uri"`},
		{"CTL-10 unknown member and type", "PUT", "/stores/a/contacts/a3a6b2a4-0000-4000-8000-000000000001/member",
			`{"memberInfo":{"email":1,"mail":"x"}}`, 400, `"field":"memberInfo.email"`},
		{"CTL-10 member twice", "POST", "/stores", `{"name":"b","name":"c"}`, 400, `"REPEATED"`},
		{"CTL-5 name", "POST", "/stores", `{"name":"a/b"}`, 400, `"field":"name"`},
		{"CTL-5 name of a store", "POST", "/stores", `{"name":"a"}`, 409, `"STORE_ALREADY_EXISTS"`},
		{"CTL-5 main is a store", "POST", "/stores", `{"name":"main"}`, 409, `"STORE_ALREADY_EXISTS"`},
		{"CTL-5 store and state", "POST", "/stores", `{"store":"a","state":"start"}`, 400, `"ONE_OF"`},
		{"CTL-5 no store", "POST", "/stores", `{"store":"b"}`, 404, `"STORE_NOT_FOUND"`},
		{"CTL-5 no state", "POST", "/stores", `{"state":"b"}`, 404, `"STATE_NOT_FOUND"`},
		{"CTL-5 main stays", "DELETE", "/stores/main", "", 409, `"NAME_RESERVED"`},
		{"CTL-4 no state to restore", "POST", "/stores/a/restore", `{"state":"b"}`, 404, `"STATE_NOT_FOUND"`},
		{"CTL-4 no store to restore", "POST", "/stores/b/restore", `{}`, 404, `"STORE_NOT_FOUND"`},
		{"CTL-4 no store to save", "PUT", "/states/s", `{"store":"b"}`, 404, `"STORE_NOT_FOUND"`},
		{"CTL-4 name", "PUT", "/states/a.b", ``, 400, `"field":"name"`},
		{"CTL-4 the start stays", "PUT", "/states/start", ``, 409, `"NAME_RESERVED"`},
		{"CTL-4 the start is not removed", "DELETE", "/states/start", ``, 409, `"NAME_RESERVED"`},
		{"CTL-4 no state to remove", "DELETE", "/states/s", ``, 404, `"STATE_NOT_FOUND"`},
		{"CTL-6 nothing", "POST", "/stores/a/clock", `{}`, 400, `"field":"set"`},
		{"CTL-6 both", "POST", "/stores/a/clock", `{"set":"2026-02-01T00:00:00Z","advance":"1h"}`, 400, `"advance"`},
		{"CTL-6 no duration", "POST", "/stores/a/clock", `{"advance":"soon"}`, 400, `"field":"advance"`},
		{"CTL-6 no time", "POST", "/stores/a/clock", `{"set":"0001-01-01T00:00:00Z"}`, 400, `"field":"set"`},
		{"CTL-6 beyond the year 9999", "POST", "/stores/a/clock", `{"advance":"75000000h"}`, 400, `"advance"`},
		{"CTL-6 the year 9999", "POST", "/stores/late/clock", `{"set":"9999-12-31T23:00:00Z"}`, 200, `"now"`},
		{"CTL-6 after the year 9999", "POST", "/stores/late/clock", `{"advance":"1h"}`, 400, `"field":"advance"`},
		{"CTL-6 no store", "POST", "/stores/b/clock", `{"advance":"1h"}`, 404, `"STORE_NOT_FOUND"`},
		{"CTL-7 no GUID", "PUT", "/stores/a/contacts/1/billing", `{"active":true}`, 400, `"field":"id"`},
		{"CTL-7 no contact", "PUT", "/stores/a/contacts/a3a6b2a4-0000-4000-8000-000000000001/billing",
			`{"active":true}`, 404, `"CONTACT_NOT_FOUND"`},
		{"CTL-8 no rules", "POST", "/stores/a/faults", `{}`, 400, `"field":"rules"`},
		{"CTL-8 no method", "POST", "/stores/a/faults", `{"rules":[{"on":["Got"]}]}`, 400, `API has no method`},
		{"CTL-8 no store", "POST", "/stores/b/faults", `{"rules":[]}`, 404, `"STORE_NOT_FOUND"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, text := p.order(t, test.method, test.path, test.body)
			require.Equal(t, test.status, status, text)
			require.Contains(t, text, test.want)
			require.NotContains(t, text, "ann@")
		})
	}
	t.Run("CTL-5 a store that is not there", func(t *testing.T) {
		for _, path := range []string{"/stores/b", "/stores/", "/stores/%61", "/stores/a%2fb"} {
			status, text := sendTo(t, p.url+path+contactsPath, "GET", "", nil)
			require.Equal(t, http.StatusNotFound, status, path)
			require.Contains(t, text, `NOT_FOUND"`, path)
		}
	})
}

func TestStates(t *testing.T) {
	p := startControl(t)
	create(t, p.url, "Ada")
	p.do(t, "PUT", "/states/one", "")
	first := exchange(t, "POST", p.url, person("Bob"))
	p.do(t, "POST", "/stores/main/clock", `{"advance":"1h"}`)
	create(t, p.url, "Carol")
	require.Equal(t, "Ada Bob Carol", people(t, p.url))
	t.Run("CTL-4 restored, with its clock and IDs", func(t *testing.T) {
		for range 2 {
			p.do(t, "POST", "/stores/main/restore", `{"state":"one"}`)
			require.Equal(t, "Ada", people(t, p.url))
			p.do(t, "POST", "/stores/main/restore", `{"state":"one"}`) // the request IDs, too
			require.Equal(t, first, exchange(t, "POST", p.url, person("Bob")))
		}
	})
	t.Run("CTL-4 the start", func(t *testing.T) {
		require.Contains(t, p.do(t, "POST", "/stores/main/restore", ""), `"contacts":0`)
		require.Empty(t, people(t, p.url))
	})
	t.Run("CTL-4 saved again, and removed", func(t *testing.T) {
		create(t, p.url, "Dave")
		p.do(t, "PUT", "/states/one", `{"store":"main"}`)
		p.do(t, "POST", "/stores/main/restore", "")
		p.do(t, "POST", "/stores/main/restore", `{"state":"one"}`)
		require.Equal(t, "Dave", people(t, p.url))
		p.do(t, "DELETE", "/states/one", "")
		status, _ := p.order(t, "POST", "/stores/main/restore", `{"state":"one"}`)
		require.Equal(t, http.StatusNotFound, status)
	})
	t.Run("CTL-3 reset", func(t *testing.T) {
		before := p.do(t, "POST", "/reset", "")
		first := exchange(t, "POST", p.url, person("Ada"))
		p.do(t, "PUT", "/states/two", "")
		p.fork(t, `{"state":"two"}`)
		p.do(t, "POST", "/stores/main/faults", `{"rules":[{"every":1}]}`)
		p.do(t, "POST", "/stores/main/clock", `{"set":"2030-01-01T00:00:00Z"}`)
		require.NotEqual(t, before, p.do(t, "GET", "/", ""))
		require.Equal(t, before, p.do(t, "POST", "/reset", ""))
		require.Equal(t, before, p.do(t, "GET", "/", ""))
		require.Equal(t, first, exchange(t, "POST", p.url, person("Ada")))
		require.Contains(t, p.do(t, "POST", "/stores", ""), `"fork-1"`)
	})
	t.Run("CTL-3 a request in progress", func(t *testing.T) {
		c, reply := p.slow(t, person("Eve"))
		p.do(t, "POST", "/reset", "")
		_, err := io.WriteString(c, person("Eve"))
		require.NoError(t, err)
		line, err := reply.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200 OK\r\n", line)
		require.Empty(t, people(t, p.url), "it began with another store")
	})
	t.Run("CTL-9 quotas", func(t *testing.T) {
		for i := range quota {
			p.do(t, "PUT", fmt.Sprintf("/states/s%d", i), "")
		}
		status, text := p.order(t, "PUT", "/states/another", "")
		require.Equal(t, http.StatusTooManyRequests, status, text)
		p.do(t, "PUT", "/states/s0", "")
		rules := `{"rules":[` + strings.Repeat(`{"nth":1},`, quota-1) + `{"nth":1}]}`
		p.do(t, "POST", "/stores/main/faults", rules)
		status, text = p.order(t, "POST", "/stores/main/faults", `{"rules":[{"nth":1}]}`)
		require.Equal(t, http.StatusTooManyRequests, status, text)
		require.Contains(t, p.do(t, "GET", "/stores/main", ""), `"rules":1000`)
		status, text = p.order(t, "POST", "/reset", strings.Repeat(" ", controlBodyMax+1))
		require.Equal(t, http.StatusRequestEntityTooLarge, status, text)
	})
}

func TestStoresQuota(t *testing.T) {
	o, err := parseOptions([]string{"-control", ":0"}, testWorld().lookupEnv)
	require.NoError(t, err)
	d := &daemon{options: o, world: testWorld()}
	store, err := d.open(t.Context())
	require.NoError(t, err)
	c, err := newControl(t.Context(), d, store)
	require.NoError(t, err)
	t.Run("CTL-9 stores", func(t *testing.T) {
		for range quota - 1 {
			_, err := c.fork("", mainStore, "")
			require.NoError(t, err)
		}
		_, err := c.fork("", mainStore, "")
		require.ErrorIs(t, err, errQuota)
		require.NoError(t, c.remove("fork-7"))
		l, err := c.fork("", mainStore, "")
		require.NoError(t, err)
		require.Equal(t, "fork-1000", l.name)
	})
}

func TestForks(t *testing.T) {
	p := startControl(t)
	create(t, p.url, "Ada")
	p.do(t, "PUT", "/states/one", "")
	t.Run("CTL-5 each has its own contents, times and IDs, in parallel", func(t *testing.T) {
		const forks = 8
		replies := make([]string, forks)
		var wg sync.WaitGroup
		for i := range forks {
			wg.Go(func() {
				url := p.fork(t, `{"state":"one"}`)
				for _, first := range []string{"Bob", "Carol", "Ada"} {
					replies[i] += exchange(t, "POST", url, person(first))
				}
				replies[i] += exchange(t, "GET", url, "")
			})
		}
		wg.Wait()
		for _, text := range replies {
			require.Equal(t, replies[0], text)
		}
		require.Equal(t, 3, strings.Count(replies[0], "Date:[Thu, 01 Jan 2026 12:00:00 GMT]")-1, replies[0])
		require.Equal(t, "Ada", people(t, p.url))
	})
	t.Run("CTL-5 a fork of a store", func(t *testing.T) {
		url := p.fork(t, `{"name":"b"}`)
		require.Equal(t, p.url+"/stores/b", url)
		create(t, url, "Bob")
		of := p.fork(t, `{"store":"b"}`)
		p.do(t, "POST", "/stores/b/clock", `{"advance":"24h"}`)
		require.Equal(t, create(t, url, "Carol"), create(t, of, "Carol"))
		require.Contains(t, p.do(t, "GET", "/stores/b/clock", ""), "2026-01-02T12:00:00.000Z")
		require.Contains(t, p.do(t, "GET", "/stores/main/clock", ""), "2026-01-01T12:00:00.000Z")
		require.Equal(t, "Ada", people(t, p.url+"/stores/main"))
		p.do(t, "DELETE", "/stores/b", "")
		status, _ := send(t, url, "GET", "", nil)
		require.Equal(t, http.StatusNotFound, status)
		require.Equal(t, "Ada Bob Carol", people(t, of))
	})
}

func TestControlSources(t *testing.T) {
	t.Run("CTL-2 defaults", func(t *testing.T) {
		p := startControl(t)
		first := exchange(t, "POST", p.url, person("Ada"))
		q := startControl(t, "-seed", "1", "-now", contactstest.Epoch.Format(time.RFC3339))
		require.Equal(t, first, exchange(t, "POST", q.url, person("Ada")))
		q = startControl(t, "-seed", "2")
		require.NotEqual(t, first, exchange(t, "POST", q.url, person("Ada")))
	})
	t.Run("CTL-2 a loaded store", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "saved")
		p := start(t, "-now", "2027-01-02T03:04:05Z", "-seed", "1", "-save", file)
		ada := create(t, p.url, "Ada")
		require.Zero(t, p.stop(t))
		q := startControl(t, "-load", file)
		require.Contains(t, q.do(t, "GET", "/", ""), `"now":"2027-01-02T03:04:05.000Z"`)
		require.NotContains(t, q.log.String(), "WARN")
		require.NotEqual(t, ada, create(t, q.url, "Bob"))
		q.do(t, "POST", "/reset", "")
		require.Equal(t, "Ada", people(t, q.url))
		q = startControl(t, "-load", file, "-now", "2026-01-02T03:04:05Z")
		require.Contains(t, q.log.String(), "ahead of the clock")
	})
}

func TestControlClock(t *testing.T) {
	p := startControl(t)
	for _, test := range []struct{ name, body, want string }{
		{"CTL-6 set", `{"set":"2026-03-01T00:00:00.5+01:00"}`, "2026-02-28T23:00:00.500Z"},
		{"CTL-6 advance", `{"advance":"1h30m"}`, "2026-03-01T00:30:00.500Z"},
		{"CTL-6 back", `{"advance":"-500ms"}`, "2026-03-01T00:30:00.000Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.JSONEq(t, `{"now":"`+test.want+`"}`, p.do(t, "POST", "/stores/main/clock", test.body))
		})
	}
	reply := exchange(t, "POST", p.url, person("Ada"))
	require.Contains(t, reply, `"createdDate":"2026-03-01T00:30:00.000Z"`)
	require.Contains(t, reply, "Sun, 01 Mar 2026 00:30:00 GMT")
}

func TestControlContacts(t *testing.T) {
	p := startControl(t)
	ada := create(t, p.url, "Ada")
	at := "/stores/main/contacts/" + ada + "/"
	deleted := func() string {
		_, text := sendTo(t, p.url+contactsPath+"/"+ada, "DELETE", "", nil)
		return text
	}
	for _, test := range []struct{ name, what, body, want string }{
		{"CTL-7 subscription", "subscription", `{"address":"ada@example.com","status":"SUBSCRIBED"}`,
			`"subscriptionStatus":"SUBSCRIBED"`},
		{"CTL-7 deliverability", "deliverability", `{"email":"ada@example.com","status":"BOUNCED"}`,
			`"deliverabilityStatus":"BOUNCED"`},
		{"CTL-7 billing", "billing", `{"active":true}`, `"contact"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Contains(t, p.do(t, "PUT", at+test.what, test.body), test.want)
			status, text := p.order(t, "PUT", at+test.what, `{}`)
			require.Equal(t, http.StatusBadRequest, status)
			require.Contains(t, text, "REQUIRED")
		})
	}
	require.Contains(t, deleted(), "CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION")
	p.do(t, "PUT", at+"billing", `{"active":false}`)
	t.Run("CTL-7 member", func(t *testing.T) {
		text := p.do(t, "PUT", at+"member",
			`{"memberInfo":{"memberId":"`+ada+`","email":"login@example.com","status":"ACTIVE",
			"signupDate":"2026-01-01T00:00:00Z","emailVerified":true,"emailVerificationRequired":false,
			"profileInfo":{"nickname":"n","privacyStatus":"PUBLIC","reported":false,"muted":true,
			"photo":{"url":"https://example.com/a"}},
			"userInfo":{"userId":"`+ada+`"},"groupInfo":{"groupIds":["`+ada+`"]},
			"sessionInfo":{"lastWebLogin":"2026-01-01T00:00:00Z","mobileAppNames":["app"]}}}`)
		require.Contains(t, text, `"email":"login@example.com","primary":true`)
		require.Contains(t, deleted(), "CANNOT_DELETE_MEMBER")
		for body, want := range map[string]string{
			`{}`: `"field":"memberInfo"`, `{"memberInfo":{"email":1}}`: `"field":"memberInfo.email"`,
			`{"memberInfo":{"email":"none"}}`: `"field":"memberInfo.email"`,
		} {
			status, text := p.order(t, "PUT", at+"member", body)
			require.Equal(t, http.StatusBadRequest, status)
			require.Contains(t, text, want)
		}
		require.NotContains(t, p.do(t, "PUT", at+"member", `{"memberInfo":null}`), "memberInfo")
	})
	require.Equal(t, "{}", deleted())
}

func TestControlFaults(t *testing.T) {
	p := startControl(t)
	ada := create(t, p.url, "Ada")
	plan := func(t *testing.T, rules string) {
		t.Helper()
		p.do(t, "DELETE", "/stores/main/faults", "")
		p.do(t, "POST", "/stores/main/faults", `{"rules":[`+rules+`]}`)
	}
	status := func(t *testing.T, method, path, body string) (int, http.Header) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, p.url+contactsPath+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		reply, err := client.Do(r)
		if err != nil {
			return 0, nil
		}
		defer reply.Body.Close()
		if _, err := io.Copy(io.Discard, reply.Body); err != nil {
			return 1, nil
		}
		return reply.StatusCode, reply.Header
	}
	t.Run("CTL-8 429 with Retry-After, then 503", func(t *testing.T) {
		plan(t, `{"on":["List"],"times":1,"status":429,"retryAfter":"3s"},{"on":["List"],"times":1}`)
		got, header := status(t, "GET", "", "")
		require.Equal(t, http.StatusTooManyRequests, got)
		require.Equal(t, "3", header.Get("Retry-After"))
		require.Equal(t, "Thu, 01 Jan 2026 12:00:00 GMT", header.Get("Date"))
		got, _ = status(t, "GET", "", "")
		require.Equal(t, http.StatusServiceUnavailable, got)
		got, _ = status(t, "GET", "", "")
		require.Equal(t, http.StatusOK, got)
		require.Contains(t, p.do(t, "GET", "/stores/main/faults", ""), `"calls":3,"hits":1`)
	})
	t.Run("CTL-8 cut before the effect and after it", func(t *testing.T) {
		plan(t, `{"on":["Create"],"nth":1,"cut":"reply"},{"on":["Create"],"nth":2,"cut":"reply","after":true}`)
		got, _ := status(t, "POST", "", person("Bob"))
		require.Zero(t, got)
		require.Equal(t, "Ada", people(t, p.url))
		got, _ = status(t, "POST", "", person("Bob"))
		require.Zero(t, got)
		require.Equal(t, "Ada Bob", people(t, p.url))
		plan(t, `{"on":["List"],"cut":"middle"}`)
		got, _ = status(t, "GET", "", "")
		require.Equal(t, 1, got)
		text := p.do(t, "GET", "/stores/main/requests", "")
		require.Contains(t, text, `"request":"GET /contacts/v4/contacts","method":"List"`)
		require.Contains(t, text, `"reached":true,"rule":{"on":["List"],"cut":"middle"}`)
	})
	t.Run("CTL-8 late by the clock, and a stale revision", func(t *testing.T) {
		plan(t, `{"on":["Get"],"delay":"30s"},{"on":["Update"],"stale":true}`)
		got, _ := status(t, "GET", "/"+ada, "")
		require.Equal(t, http.StatusOK, got)
		require.Contains(t, p.do(t, "GET", "/stores/main/clock", ""), "12:00:30")
		got, _ = status(t, "PATCH", "/"+ada, `{"revision":1,"info":{"company":"Example"}}`)
		require.Equal(t, http.StatusConflict, got)
	})
	t.Run("CTL-8 a mistake adds no rule", func(t *testing.T) {
		plan(t, "")
		code, _ := p.order(t, "POST", "/stores/main/faults", `{"rules":[{"nth":1},{"nth":0}]}`)
		require.Equal(t, http.StatusBadRequest, code)
		require.JSONEq(t, `{"rules":[]}`, p.do(t, "GET", "/stores/main/faults", ""))
	})
	t.Run("CTL-8 of one store, and not of its fork nor after a restore", func(t *testing.T) {
		plan(t, `{"every":1}`)
		url := p.fork(t, `{"name":"calm"}`)
		require.Equal(t, "Ada Bob", people(t, url))
		got, _ := status(t, "GET", "", "")
		require.Equal(t, http.StatusServiceUnavailable, got)
		p.do(t, "POST", "/stores/main/restore", "")
		require.Empty(t, people(t, p.url))
	})
	t.Run("CTL-8 a caller who is refused is not counted", func(t *testing.T) {
		p.do(t, "POST", "/stores/main/restore", "")
		plan(t, `{"nth":1}`)
		got, _ := p.send(t, "GET", "", http.Header{"Host": {"attacker.example"}})
		require.Equal(t, http.StatusForbidden, got)
		require.Contains(t, p.do(t, "GET", "/stores/main/faults", ""), `"calls":0`)
		require.Contains(t, p.do(t, "GET", "/stores/main/requests", ""), `"requests":[]`)
	})
}
