package daemon

import (
	"errors"
	"flag"
	"time"
)

// opsOptions are the flags for those who run the program.
type opsOptions struct {
	origins   []string // of -cors
	tlsCert   string   // a file; "": no TLS
	tlsKey    string   // a file
	rate      float64  // requests a second of a client; 0: no limit
	burst     int      // 0: as many as in a second
	accessLog bool
	logJSON   bool
	drainWait time.Duration

	// Instead of serving:
	version bool   // print the version
	health  string // ask the server at this URL; "": no
}

// opsFlags declares these flags.
func (o *opsOptions) opsFlags(flags *flag.FlagSet) {
	flags.Func("cors", "let web pages of `ORIGIN`, such as https://crm.example.com, call the API. Repeat the flag or\n"+
		"separate origins by commas. Pages still need the token, if there is one", o.addOrigins)
	flags.Func("tls-cert", "serve HTTPS, HTTP/2 included, with the certificate chain in the PEM `FILE`. A renewed file\n"+
		"is used within seconds. Needs -tls-key; not for the address of -control", notEmpty(&o.tlsCert))
	flags.Func("tls-key", "the PEM `FILE` with the private key of -tls-cert", notEmpty(&o.tlsKey))
	flags.Float64Var(&o.rate, "rate", 0,
		"answer at most `N` requests a second of each client address, of an IPv6 /64, with 429\n"+
			"and Retry-After beyond that; also on this machine. Clients behind one proxy are one\n"+
			"client. /healthz and /readyz do not count. 0: no limit")
	flags.IntVar(&o.burst, "rate-burst", 0,
		"with -rate, how many requests a client may send at once. 0: as many as in a second")
	flags.BoolVar(&o.accessLog, "access-log", false,
		"log each request: method, route, status, duration, bytes of the reply and request ID,\n"+
			"without path, query, address or data of contacts")
	flags.Func("log-format", "write the log as `FORMAT`, text (default) or json", o.setLogFormat)
	flags.DurationVar(&o.drainWait, "drain-wait", 0,
		"at the first signal to end, let /readyz report 503 for `DURATION` and serve on, so that a\n"+
			"load balancer sends requests elsewhere; then finish as without this flag")
	flags.BoolVar(&o.version, "version", false, "print the version, and end")
	flags.Func("healthcheck", "ask the contactsd at `URL`, such as http://127.0.0.1:8080/healthz, and end: with\n"+
		"status 0 if it answers 200, otherwise with 1. For containers without another program", o.setHealth)
}

// notEmpty returns a function that sets a text, which must not be empty: it probably comes from an unset variable.
func notEmpty(to *string) func(string) error {
	return func(text string) error {
		if text == "" {
			return errors.New("is empty")
		}
		*to = text
		return nil
	}
}

func (o *opsOptions) setLogFormat(text string) error {
	if text != "text" && text != "json" {
		return errors.New("must be text or json")
	}
	o.logJSON = text == "json"
	return nil
}

func (o *opsOptions) setHealth(text string) error {
	if !isHealthURL(text) {
		return errors.New("must be a URL such as http://127.0.0.1:8080/healthz")
	}
	o.health = text
	return nil
}

// checkOps checks these flags.
func (o *opsOptions) checkOps() error {
	switch {
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return errors.New("-tls-cert and -tls-key need each other")
	case !(o.rate >= 0 && o.rate <= 1e9): // NaN, too
		return errors.New("-rate must be a number from 0 to 1000000000")
	case o.burst < 0:
		return errors.New("-rate-burst must not be negative")
	case o.burst > 0 && o.rate == 0:
		return errors.New("-rate-burst needs -rate")
	case o.drainWait < 0:
		return errors.New("-drain-wait must not be negative")
	default:
		return nil
	}
}
