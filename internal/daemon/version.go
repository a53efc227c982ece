package daemon

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"time"
)

// version is set by scripts/release.
var version string

// versionText returns the version of the program: of a release, of the module for go install, or of the sources.
func versionText() string {
	v, revision := version, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		v = cmp.Or(v, info.Main.Version)
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " " + setting.Value
			}
		}
	}
	return fmt.Sprintf("contactsd %s%s %s %s/%s", cmp.Or(v, "(devel)"), revision, runtime.Version(), runtime.GOOS,
		runtime.GOARCH)
}

// healthTimeout is less than containers usually wait for a health check.
const healthTimeout = 5 * time.Second

// checkHealth returns an error unless a contactsd answers at a URL with 200.
func checkHealth(ctx context.Context, target string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			// It asks its own machine, whose name no certificate has, and sends nothing secret.
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		},
	}
	reply, err := client.Do(r)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", reply.StatusCode)
	}
	return nil
}

// isHealthURL reports whether a text is the URL of a server.
func isHealthURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
