package daemon

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestToken(t *testing.T) {
	ofEnv := testWorld()
	ofEnv.lookupEnv = func(name string) (string, bool) { return "s3cret", name == "CONTACTSD_TOKEN" }
	both := testWorld()
	both.lookupEnv = func(string) (string, bool) { return "another", true }
	for name, p := range map[string]*program{
		"the flag":                  start(t, "-v", "-token", "s3cret"),
		"the environment":           startIn(t, ofEnv, "-v"),
		"the flag takes precedence": startIn(t, both, "-v", "-token", "s3cret"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, value := range []string{"s3cret", "Bearer s3cret", "bearer s3cret", "Bearer  s3cret"} {
				status, text := p.send(t, "GET", "", http.Header{"Authorization": {value}})
				require.Equal(t, http.StatusOK, status, "%s: %s", value, text)
			}
			for _, value := range []string{
				"", "another", "s3cre", "s3crets", "S3cret", "s3cret s3cret", "Bearer", "Bearer ", "Bearer another",
				"Basic s3cret",
				"Bearers3cret", "Bearer Bearer s3cret", "s3cret Bearer", "Bearer s3cret, Bearer s3cret",
			} {
				status, text := p.send(t, "GET", "", http.Header{"Authorization": {value}})
				require.Equal(t, http.StatusUnauthorized, status, value)
				require.NotContains(t, text, "s3cret")
			}
			status, _ := p.send(t, "POST", person("Ada"), nil)
			require.Equal(t, http.StatusUnauthorized, status)
			status, text := p.send(t, "GET", "", http.Header{"Authorization": {"s3cret"}})
			require.Equal(t, http.StatusOK, status)
			require.NotContains(t, text, "Ada")
			require.Zero(t, p.stop(t))
			require.NotContains(t, p.log.String(), "s3cret")
			require.NotContains(t, p.log.String(), "WARN")
		})
	}
	t.Run("none", func(t *testing.T) {
		p := start(t)
		for _, header := range []http.Header{nil, {"Authorization": {"anything"}}} {
			status, text := p.send(t, "GET", "", header)
			require.Equal(t, http.StatusOK, status, text)
		}
	})
}

func TestHosts(t *testing.T) {
	p := start(t)
	call := func(host string) int {
		status, _ := p.send(t, "GET", "", http.Header{"Host": {host}})
		return status
	}
	for _, host := range []string{
		"127.0.0.1", p.addr, "localhost", "localhost:8080", "LocalHost", "localhost.:80", "contacts.localhost",
		"[::1]:8080",
	} {
		require.Equal(t, http.StatusOK, call(host), host)
	}
	for _, host := range []string{"attacker.example", "attacker.example:8080", "127.0.0.1.attacker.example",
		"mylocalhost"} {
		require.Equal(t, http.StatusForbidden, call(host), host)
	}

	require.Equal(t, 1, strings.Count(p.log.String(), "another host name"), "logged once")
	require.NotContains(t, p.log.String(), "attacker")

	t.Run("with a token, every name is accepted", func(t *testing.T) {
		q := start(t, "-token", "s3cret")
		status, _ := q.send(t, "GET", "", http.Header{"Host": {"contacts.example"}, "Authorization": {"s3cret"}})
		require.Equal(t, http.StatusOK, status)
	})
	t.Run("HTTP-16 by default, no caller may name the contact of a submission", func(t *testing.T) {
		_, text := p.send(t, "POST", person("Ada"), nil)
		var made struct{ Contact struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(text), &made))
		reply, err := client.Post(p.url+"/contacts/v4/contact-submit", "application/json",
			strings.NewReader(`{"contactId":"`+made.Contact.ID+`"}`))
		require.NoError(t, err)
		require.NoError(t, reply.Body.Close())
		require.Equal(t, http.StatusForbidden, reply.StatusCode)
	})
}
