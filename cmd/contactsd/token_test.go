package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestToken(t *testing.T) {
	ofEnv := testWorld()
	ofEnv.lookupEnv = func(name string) (string, bool) { return "s3cret", name == "CONTACTSD_TOKEN" }
	both := testWorld()
	both.lookupEnv = func(string) (string, bool) { return "another", true }
	for name, p := range map[string]*program{
		"the flag":                start(t, "-v", "-token", "s3cret"),
		"the environment":         startIn(t, ofEnv, "-v"),
		"the flag goes before it": startIn(t, both, "-v", "-token", "s3cret"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, value := range []string{"s3cret", "Bearer s3cret", "bearer s3cret", "Bearer  s3cret"} {
				status, text := p.send(t, "GET", "", http.Header{"Authorization": {value}})
				require.Equal(t, http.StatusOK, status, "%s: %s", value, text)
			}
			for _, value := range []string{
				"", "another", "s3cre", "s3crets", "S3cret", "s3cret s3cret", "Bearer", "Bearer ", "Bearer another", "Basic s3cret",
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
