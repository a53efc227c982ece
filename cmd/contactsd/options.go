package main

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
	"github.com/contactsdb/contacts/httpapi"
)

const (
	defaultAddr = "127.0.0.1:8080"
	tokenEnv    = "CONTACTSD_TOKEN"
)

// options are what the program was asked to do.
type options struct {
	addr          string // with its host
	load, save    string // "": none
	region        string
	newestFirst   bool
	seed          *uint64    // nil: random
	now           *time.Time // nil: the clock
	token         string     // "": none
	maxBody       int64
	maxConcurrent int
	level         slog.Level
}

// flagSet declares the flags. Values are checked by parseOptions, where the message need not show them.
func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("contactsd", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints errors, and with them no page of help
	flags.StringVar(&o.addr, "addr", defaultAddr,
		"listen on `HOST:PORT`; without HOST on 127.0.0.1, with PORT 0 on any free one.\n"+
			"0.0.0.0 or [::] let in all machines that reach this one: then set a token\n")
	flags.StringVar(&o.load, "load", "",
		"start with the store that is saved in `FILE`, which must be there, unless -save\nnames it as well")
	flags.StringVar(&o.save, "save", "",
		"write the store to `FILE` at the end, and at each SIGHUP. The file is replaced as a\n"+
			"whole and is for its owner only")
	flags.StringVar(&o.region, "region", "",
		"read phone numbers that name no country as of `COUNTRY`, such as US; with ZZ those in\ninternational form only")
	flags.Func("seed", "make IDs, request IDs and cursors from the number `N`, and so the same in each run:\n"+
		"for tests, as anybody can guess them", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return errors.New("must be a number from 0 to 2^64-1")
		}
		o.seed = &n
		return nil
	})
	flags.Func("now", "stop the clock at this `TIME`, such as 2026-01-02T03:04:05Z; with -seed, equal\n"+
		"requests get equal replies in each run, byte for byte", func(text string) error {
		t, err := time.Parse(time.RFC3339, text)
		t = t.UTC()
		if err != nil || t.IsZero() || t.Year() < 0 || t.Year() > 9999 { // which no store takes
			return errors.New("must be a time of RFC 3339, such as 2026-01-02T03:04:05Z")
		}
		o.now = &t
		return nil
	})
	flags.BoolVar(&o.newestFirst, "newest-first", false,
		"list the newest contacts first where a request names no order")
	flags.StringVar(&o.token, "token", "",
		"take only requests with the header \"Authorization: `SECRET`\" or \"Authorization: Bearer\n"+
			"SECRET\". Other users of the machine can see flags: better set "+tokenEnv+".\n"+
			"Without a token, requests to 127.0.0.1 must call this machine by an address or\n"+
			"localhost in their header Host: web pages of other sites cannot")
	flags.Int64Var(&o.maxBody, "max-body", httpapi.DefaultMaxBodyBytes, "refuse requests whose body has more than `BYTES`")
	flags.IntVar(&o.maxConcurrent, "max-concurrent", httpapi.DefaultMaxConcurrent,
		"refuse requests while `N` are under way")
	flags.BoolFunc("v", "log each request", func(text string) error {
		on, err := strconv.ParseBool(text)
		if o.level = slog.LevelInfo; on {
			o.level = slog.LevelDebug
		}
		return err
	})
	return flags
}

// usage is what -h prints.
func usage() string {
	var b strings.Builder
	b.WriteString(`usage: contactsd [flags]

Serves a contacts store over HTTP, with the requests and replies of the Wix Contacts
V4 API. The store is in memory; -load and -save keep it in a file.

`)
	flags := new(options).flagSet()
	flags.SetOutput(&b)
	flags.PrintDefaults()
	b.WriteString(`
Environment:
  ` + tokenEnv + `
    	what -token says, unless it is given

Signals:
  INT, TERM
    	finish requests, for ten seconds at most, save and end; a second one cuts requests
    	off, a third one ends the program at once, without saving
  HUP
    	save and go on; without -save it ends the program at once

Exit status: 0 after an end by a signal, 1 if the program cannot start, serve or save,
2 for flags that it does not take.
`)
	return b.String()
}

// parseOptions reads flags and environment. Its errors are about them, and show no token.
func parseOptions(args []string, lookupEnv func(string) (string, bool)) (*options, error) {
	o := &options{}
	flags := o.flagSet()
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 { // it may be half of a token that has a space in it
		return nil, fmt.Errorf("takes flags only, but there are other arguments: %d", flags.NArg())
	}
	given, empty := map[string]bool{}, ""
	flags.Visit(func(f *flag.Flag) {
		given[f.Name] = true
		if f.Value.String() == "" && slices.Contains([]string{"load", "region", "save", "token"}, f.Name) {
			empty = cmp.Or(empty, f.Name)
		}
	})
	if empty != "" { // it comes from a variable that is not set: nothing would be saved, or everybody let in
		return nil, fmt.Errorf("-%s is empty", empty)
	}
	tokenName := "-token"
	if !given["token"] {
		if token, ok := lookupEnv(tokenEnv); ok {
			tokenName, o.token = tokenEnv, token
			if token == "" {
				return nil, errors.New(tokenEnv + " is empty: unset it to let everybody in")
			}
		}
	}
	if !isToken(o.token) {
		return nil, errors.New(tokenName + " may have letters, digits and signs of ASCII, and no spaces")
	}
	var err error
	if o.addr, err = withHost(o.addr); err != nil {
		return nil, err
	}
	if o.maxBody < 1 {
		return nil, errors.New("-max-body must be at least 1")
	}
	if o.maxConcurrent < 1 {
		return nil, errors.New("-max-concurrent must be at least 1")
	}
	// The library knows the countries.
	s, err := contacts.New(&contacts.Options{Region: o.region})
	if err != nil {
		return nil, errors.New("-region must be ZZ or the code of a country, such as US")
	}
	return o, s.Close()
}

// withHost completes an address. One without a host is for this machine only, unlike elsewhere in Go: who wants to let
// others in must say so.
func withHost(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", errors.New("-addr must be HOST:PORT")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("-addr: the port must be a number from 0 to 65535")
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// isToken reports whether a token, if there is one, can come in a header as it is.
func isToken(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// sameFile reports whether -load and -save name one file, which need not be there.
func (o *options) sameFile() bool {
	load, err1 := filepath.Abs(o.load)
	save, err2 := filepath.Abs(o.save)
	return o.load != "" && o.save != "" && err1 == nil && err2 == nil && load == save
}
