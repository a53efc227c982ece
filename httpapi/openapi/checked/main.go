// Command checked runs contactsd behind a proxy that validates each exchange with the API against the /openapi.json of
// the program. It takes the flags of contactsd, prints the same lines with addresses of its own, and ends with it. Its
// exit status is 1 if an exchange did not fit, and the standard error says why:
//
//	CONTACTSD_CHECKED=path/to/contactsd go -C httpapi/openapi run ./checked -addr 127.0.0.1:0
//
// Both addresses must be of http. Exchanges with stores of -control are checked, too, except replies that a rule of a
// test makes. Requests are checked with -strict only: without it, they may have members that the API ignores.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpapi/openapi"
)

func main() {
	status, err := run(os.Getenv("CONTACTSD_CHECKED"), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "checked:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// run runs the program until it ends, and returns its exit status.
func run(program string, args []string) (int, error) {
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s) // an error means that it has ended
		}
	}()
	p := &proxy{strict: slices.Contains(args, "-strict")}
	err = p.pass(out, os.Stdout)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait() // its error only repeats the exit status
	if err != nil {
		return 0, err
	}
	return cmd.ProcessState.ExitCode(), p.verdict()
}

// proxy passes requests to the program.
type proxy struct {
	strict      bool   // whether the program is
	target, own string // the main address of the program, and that of the proxy
	checker     *openapi.Checker
}

// pass copies the output of the program until its end, and puts an address of the proxy in place of each of its own.
func (p *proxy) pass(from io.Reader, to io.Writer) error {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		line := lines.Text()
		for _, says := range []string{"listening on ", "control on "} {
			target, ok := strings.CutPrefix(line, says)
			if !ok {
				continue
			}
			own, err := p.serve(target, says == "listening on ")
			if err != nil {
				return err
			}
			line = says + own
		}
		if _, err := fmt.Fprintln(to, line); err != nil {
			return err
		}
	}
	return lines.Err()
}

// serve opens an address of the proxy for one of the program.
func (p *proxy) serve(target string, isMain bool) (string, error) {
	at, err := url.Parse(target)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	own := "http://" + l.Addr().String()
	handler := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = at.Scheme, at.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // also what cannot be parsed
			r.Out.Host = r.In.Host
		},
		// A connection that was used before could be cut by a rule of -control: a GET would be sent again.
		Transport: &http.Transport{
			DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: time.Second,
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // the program has cut the connection
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	if isMain {
		p.target, p.own = target, own
		if p.checker, err = p.newChecker(target); err != nil {
			return "", err
		}
		handler.Transport = checking{handler.Transport, p.checker}
	} else {
		handler.ModifyResponse = p.redirect
	}
	go func() { _ = (&http.Server{Handler: handler, ErrorLog: handler.ErrorLog}).Serve(l) }()
	return own, nil
}

// redirect puts the address of the proxy in place of the main address in a reply of the control address.
func (p *proxy) redirect(reply *http.Response) error {
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte(p.target), []byte(p.own))
	reply.Body, reply.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	reply.Header.Set("Content-Length", fmt.Sprint(len(text)))
	return nil
}

// newChecker returns a checker for the description that the program serves.
func (p *proxy) newChecker(target string) (*openapi.Checker, error) {
	reply, err := http.Get(target + "/openapi.json")
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, err
	}
	d, err := openapi.Read(text)
	if err != nil {
		return nil, err
	}
	return openapi.NewChecker(d, p.strict), nil
}

// verdict returns an error if an exchange did not fit.
func (p *proxy) verdict() error {
	if p.checker == nil {
		return nil
	}
	if wrong := p.checker.Wrong(); len(wrong) > 0 {
		return fmt.Errorf("%d exchanges do not fit /openapi.json:\n%s", len(wrong), strings.Join(wrong, "\n"))
	}
	return nil
}

// checking is a transport that checks exchanges with the API.
type checking struct {
	http.RoundTripper
	checker *openapi.Checker
}

func (c checking) RoundTrip(r *http.Request) (*http.Response, error) {
	seen := inStore(r)
	if httpapi.Route(seen) == "" {
		return c.RoundTripper.RoundTrip(r)
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		if len(body) > 1<<20 { // a refusal comes before the body is sent, and would be lost
			r.Header.Set("Expect", "100-continue")
		}
	}
	reply, err := c.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(reply.Body)
	reply.Body.Close()
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(reply.Header.Get("X-Wix-Request-Id"), "fault-") {
		c.checker.Check(seen, body, reply.StatusCode, reply.Header, text)
	}
	reply.Body = io.NopCloser(bytes.NewReader(text))
	return reply, nil
}

// inStore returns a request to a store of -control, /stores/NAME, as the store gets it.
func inStore(r *http.Request) *http.Request {
	out := r.Clone(context.Background())
	if rest, ok := strings.CutPrefix(r.URL.Path, "/stores/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		out.URL.Path = strings.TrimPrefix(r.URL.Path, "/stores/"+name)
		out.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, "/stores/"+name)
	}
	return out
}
