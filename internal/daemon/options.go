package daemon

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
	"github.com/contactsdb/contacts/httpapi"
)

const (
	defaultAddr = "127.0.0.1:8080"
	tokenEnv    = "CONTACTSD_TOKEN"
)

// options are the flags of the program, and the token of the environment.
type options struct {
	addr                      string // with its host
	control                   string // with its host; "": none
	strict                    bool
	load, save                string // "": no file
	data                      string // "": no directory
	nats                      NATS   // without a URL: none
	sync                      boltlog.SyncPolicy
	region                    string
	newestFirst               bool
	seed                      *uint64    // nil: random
	now                       *time.Time // nil: the clock
	token                     string     // "": no token
	maxBody                   int64
	maxTotalBody              int64
	maxConcurrent             int
	level                     slog.Level
	inspector, inspectorWrite bool
	opsOptions
	webhookOptions
}

// flagSet declares the flags. parseOptions checks most values, since an error of package flag would show them.
func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("contactsd", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error, without a page of help
	flags.StringVar(&o.addr, "addr", defaultAddr,
		"listen on `HOST:PORT`. Without HOST, as in :9000, only this machine has access;\n"+
			"0.0.0.0:9000 or [::]:9000 gives access to every machine that can reach this one:\n"+
			"then set a token. With PORT 0 the system chooses a free port\n")
	o.storeFlags(flags)
	o.natsFlags(flags)
	flags.StringVar(&o.control, "control", "",
		"for tests: also listen on `HOST:PORT`, an address that only this machine can reach, for\n"+
			"requests that reset and fork the store, move its clock, set members and plan faults:\n"+
			"see docs/http.md. The second line of the standard output says where. The clock is\n"+
			"stopped then, also without -now, and -seed is 1 unless it is set. Not with -data,\n"+
			"-nats or -save\n")
	o.inspectorFlags(flags)
	flags.StringVar(&o.region, "region", "",
		"read phone numbers without a country as numbers of `COUNTRY`, such as US. Without this\n"+
			"flag they have no E.164 form; with ZZ, those in international form have one")
	flags.Func("seed", "make IDs, request IDs and cursors from the number `N`, the same in every run. For tests\n"+
		"only, since anyone can guess them", o.setSeed)
	flags.Func("now", "stop the clock at `TIME`, such as 2026-01-02T03:04:05Z. With -seed, equal requests get\n"+
		"equal replies in every run, byte for byte", o.setNow)
	flags.BoolVar(&o.newestFirst, "newest-first", false,
		"list the newest contacts first if a request names no order; by default the oldest")
	flags.StringVar(&o.token, "token", "",
		"accept only requests with the header \"Authorization: `SECRET`\" or \"Authorization:\n"+
			"Bearer SECRET\". Other users of the machine can see flags: prefer\n"+
			tokenEnv+". Without a token, requests to 127.0.0.1 must name this machine\n"+
			"by an address or localhost in their header Host, as web pages of other sites cannot")
	flags.Int64Var(&o.maxBody, "max-body", httpapi.DefaultMaxBodyBytes,
		"refuse requests with a body of more than `BYTES`; one of more than 20,000 JSON values\n"+
			"is always refused")
	flags.Int64Var(&o.maxTotalBody, "max-total-body", httpapi.DefaultMaxTotalBodyBytes,
		"hold at most `BYTES` of the bodies of all requests, or twice -max-body if that is more:\n"+
			"the oldest body that still arrives makes room for others")
	flags.IntVar(&o.maxConcurrent, "max-concurrent", httpapi.DefaultMaxConcurrent,
		"refuse requests while `N` are in progress; one whose body is still arriving does not\n"+
			"count")
	flags.BoolVar(&o.strict, "strict", false,
		"for tests: refuse members and parameters with unknown names, which are ignored by default,\n"+
			"as by the service")
	o.opsFlags(flags)
	o.webhookFlags(flags)
	flags.BoolFunc("v", "log each request", o.setVerbose)
	return flags
}

// storeFlags declares the flags about where the store is kept.
func (o *options) storeFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.data, "data", "",
		"keep the store in the directory `DIR`, which is created if need be: every change that is\n"+
			"confirmed is on the disk. Only the owner can read its files. One contactsd at a time\n"+
			"can use it")
	flags.Func("sync", "with -data, `WHEN` a change is on the disk. \"always\" (default): before it is confirmed. A\n"+
		"duration such as 100ms: at most so much later, and a crash loses what was confirmed\n"+
		"meanwhile. \"never\": when the system likes, and a loss of power can make the directory\n"+
		"unusable", o.setSync)
	flags.StringVar(&o.load, "load", "",
		"start with the store in `FILE`, written by -save, by contactsd dump, or in Go by\n"+
			"Snapshot.Export. The file must exist, unless -save names it as well. With -data or -nats,\n"+
			"the directory or site must be new: leave -load out from the second start on")
	flags.StringVar(&o.save, "save", "",
		"write the store to `FILE` at the end and at each SIGHUP; until then, changes are in\n"+
			"memory alone. A save replaces the file as a whole, readable only by its owner. An\n"+
			"existing file must be the one of -load. A checksum protects it: do not edit it.\n"+
			"Not with -data or -nats")
}

func (o *options) setSync(text string) error {
	switch d, err := time.ParseDuration(text); {
	case text == "always":
		o.sync = boltlog.Always
	case text == "never":
		o.sync = boltlog.Never
	case err != nil || d <= 0:
		return errors.New("must be always, never, or a duration such as 100ms")
	default:
		o.sync = boltlog.Every(d)
	}
	return nil
}

func (o *options) setSeed(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("must be a number from 0 to 2^64-1")
	}
	o.seed = &n
	return nil
}

func (o *options) setNow(text string) error {
	t, err := time.Parse(time.RFC3339, text)
	t = t.UTC()
	if err != nil || t.IsZero() || t.Year() < 0 || t.Year() > 9999 { // no store accepts such a time
		return errors.New("must be a time of RFC 3339, such as 2026-01-02T03:04:05Z")
	}
	o.now = &t
	return nil
}

func (o *options) setVerbose(text string) error {
	on, err := strconv.ParseBool(text)
	if o.level = slog.LevelInfo; on {
		o.level = slog.LevelDebug
	}
	return err
}

// usage returns the text that -h prints.
func usage() string {
	var b strings.Builder
	b.WriteString(`usage: contactsd [flags]
       contactsd check|compact|dump [flags] DIR

Serves a contacts store over HTTP, with the requests and replies of the Wix Contacts
V4 API; docs/http.md lists the paths. -data keeps the store in a directory, -nats in a
stream that several programs share; without them, the store is in memory, and -load and
-save read and write a file. When it is ready, contactsd prints
"listening on http://127.0.0.1:8080" and nothing else to its standard output, except the
line of -control. Its log goes to the standard error, without data of contacts.

Commands on the directory of -data, while no contactsd uses it:
`)
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-8s %s\n", c.name, c.short)
	}
	b.WriteString(`
Flags:
`)
	flags := new(options).flagSet()
	flags.SetOutput(&b)
	flags.PrintDefaults()
	b.WriteString(`
Environment:
  ` + tokenEnv + `
    	the value of -token, if that flag is not set
  ` + webhookSecretEnv + `
    	the secret of the signatures of Standard Webhooks, whsec_ and base64; without it
    	-webhook sends no such signatures

Signals:
  INT, TERM
    	finish requests, for ten seconds at most (after -drain-wait), save and end; a
    	second signal cuts requests off, a third ends the program at once, without
    	saving. With -data or -nats, there is nothing to save, and every end is a
    	safe one
  HUP
    	save and continue; with -data or -nats, compact what is kept there, so that
    	deleted data leaves it; with none of them, end at once
  (go run does not pass TERM and HUP on: build the program instead.)

Exit status: 0 after an end by a signal, 1 if the program cannot start, serve, save or
write to its directory, 2 for invalid flags.
`)
	return b.String()
}

// parseOptions reads the flags and the environment. Its errors show no token.
func parseOptions(args []string, lookupEnv func(string) (string, bool)) (*options, error) {
	o := &options{}
	flags := o.flagSet()
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 { // not shown, since one may be half of a token with a space
		return nil, fmt.Errorf("only flags or a command are accepted, but there are other arguments: %d", flags.NArg())
	}
	given, empty := map[string]bool{}, ""
	flags.Visit(func(f *flag.Flag) {
		given[f.Name] = true
		filled := []string{"control", "data", "load", "region", "save", "token", "webhook", "webhook-key",
			"webhook-instance"}
		if f.Value.String() == "" && slices.Contains(filled, f.Name) {
			empty = cmp.Or(empty, f.Name)
		}
	})
	if empty != "" { // probably from an unset variable: nothing would be saved, or every caller accepted
		return nil, fmt.Errorf("-%s is empty", empty)
	}
	switch {
	case o.data != "" && o.save != "":
		return nil, errors.New("-save and -data exclude each other: the directory always has the present store")
	case o.data == "" && given["sync"]:
		return nil, errors.New("-sync needs -data")
	case o.control != "" && (o.data != "" || o.save != ""):
		return nil, errors.New("-control excludes -data and -save: a test would replace what they keep")
	}
	if err := o.findToken(given["token"], lookupEnv); err != nil {
		return nil, err
	}
	if err := cmp.Or(o.checkNATS(), o.checkWebhook(lookupEnv), o.checkStateFile()); err != nil {
		return nil, err
	}
	var err error
	if o.addr, err = withHost("-addr", o.addr); err != nil {
		return nil, err
	}
	if err := cmp.Or(o.checkControl(), o.checkInspector(), o.checkLimits(), o.checkOps()); err != nil {
		return nil, err
	}
	// The library knows the valid regions.
	s, err := contacts.New(&contacts.Options{Region: o.region})
	if err != nil {
		return nil, errors.New("-region must be ZZ or the code of a country, such as US")
	}
	return o, s.Close()
}

// findToken takes the token from the environment unless the flag is given, and checks it.
func (o *options) findToken(given bool, lookupEnv func(string) (string, bool)) error {
	name := "-token"
	if !given {
		if token, ok := lookupEnv(tokenEnv); ok {
			name, o.token = tokenEnv, token
			if token == "" {
				return errors.New(tokenEnv + " is empty: unset it to serve without a token")
			}
		}
	}
	if !isToken(o.token) {
		return errors.New(name + " must be letters, digits and signs of ASCII, without spaces")
	}
	return nil
}

func (o *options) checkLimits() error {
	switch {
	case o.maxBody < 1:
		return errors.New("-max-body must be at least 1")
	case o.maxTotalBody < 1:
		return errors.New("-max-total-body must be at least 1")
	case o.maxConcurrent < 1:
		return errors.New("-max-concurrent must be at least 1")
	default:
		return nil
	}
}

// withHost adds the host that the address of a flag may lack. Unlike elsewhere in Go that is this machine: to give
// others access, a user has to name a host.
func withHost(name, addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", errors.New(name + " must be HOST:PORT")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New(name + ": the port must be a number from 0 to 65535")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// checkControl checks the address of -control, and sets the seed that it demands (CTL-1, CTL-2).
func (o *options) checkControl() (err error) {
	if o.control == "" {
		return nil
	}
	if o.control, err = withHost("-control", o.control); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(o.control)
	if host != "localhost" && !net.ParseIP(host).IsLoopback() {
		return errors.New("-control must be an address of this machine alone, such as 127.0.0.1:0")
	}
	if o.seed == nil {
		o.seed = new(uint64(1))
	}
	return nil
}

// isToken reports whether a token is empty or can be the value of a header.
func isToken(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// sameFile reports whether -load and -save name the same file, which need not exist.
func (o *options) sameFile() bool {
	load, err1 := filepath.Abs(o.load)
	save, err2 := filepath.Abs(o.save)
	return o.load != "" && o.save != "" && err1 == nil && err2 == nil && load == save
}
