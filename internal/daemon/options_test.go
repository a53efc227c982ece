package daemon

import (
	"flag"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"unknown":               {[]string{"-port", "1"}, "flag provided but not defined: -port"},
		"an argument":           {[]string{"-token", "half", "secret"}, "other arguments: 1"},
		"addr without a port":   {[]string{"-addr", "9000"}, "-addr must be HOST:PORT"},
		"addr that is empty":    {[]string{"-addr", ""}, "-addr must be HOST:PORT"},
		"addr with no port":     {[]string{"-addr", "localhost:"}, "-addr: the port"},
		"addr with a high port": {[]string{"-addr", ":65536"}, "-addr: the port"},
		"addr with a service":   {[]string{"-addr", ":http"}, "-addr: the port"},
		"no file to load":       {[]string{"-load", ""}, "-load is empty"},
		"no file to save":       {[]string{"-save="}, "-save is empty"},
		"no token":              {[]string{"-token", ""}, "-token is empty"},
		"token with a space":    {[]string{"-token", "secret word"}, "-token must be"},
		"token with a newline":  {[]string{"-token", "secret\n"}, "-token must be"},
		"token beyond ASCII":    {[]string{"-token", "secrét"}, "-token must be"},
		"no region":             {[]string{"-region", ""}, "-region is empty"},
		"all flags empty":       {[]string{"-token", "", "-save", "", "-region", "", "-load", ""}, "-load is empty"},
		"three flags empty":     {[]string{"-token", "", "-save", "", "-region", ""}, "-region is empty"},
		"two flags empty":       {[]string{"-token", "", "-load", "a", "-save", ""}, "-save is empty"},
		"region of no country":  {[]string{"-region", "XX"}, "-region must be"},
		"seed":                  {[]string{"-seed", "-1"}, "-seed: must be a number"},
		"seed of 65 bits":       {[]string{"-seed", "18446744073709551616"}, "-seed: must be a number"},
		"now":                   {[]string{"-now", "today"}, "-now: must be a time"},
		"now of no time":        {[]string{"-now", "0001-01-01T00:00:00Z"}, "-now: must be a time"},
		"now in the year 10000": {[]string{"-now", "9999-12-31T23:59:59-01:00"}, "-now: must be a time"},
		"now in the year -1":    {[]string{"-now", "0000-01-01T00:00:00+01:00"}, "-now: must be a time"},
		"max-body":              {[]string{"-max-body", "0"}, "-max-body must be at least 1"},
		"max-body of words":     {[]string{"-max-body", "4MB"}, "-max-body: parse error"},
		"max-concurrent":        {[]string{"-max-concurrent", "-1"}, "-max-concurrent must be at least 1"},
		"max-total-body":        {[]string{"-max-total-body", "0"}, "-max-total-body must be at least 1"},
		"no data":               {[]string{"-data", ""}, "-data is empty"},
		"data and save":         {[]string{"-data", "a", "-save", "b"}, "-save and -data exclude each other"},
		"sync without data":     {[]string{"-sync", "always"}, "-sync needs -data"},
		"sync":                  {[]string{"-data", "a", "-sync", "often"}, "-sync: must be always, never, or a dur"},
		"sync that is empty":    {[]string{"-data", "a", "-sync", ""}, "-sync: must be"},
		"sync of no time":       {[]string{"-data", "a", "-sync", "0s"}, "-sync: must be"},
		"sync before":           {[]string{"-data", "a", "-sync", "-1s"}, "-sync: must be"},
		"sync without a unit":   {[]string{"-data", "a", "-sync", "5"}, "-sync: must be"},
		"a command that is not": {[]string{"chekc", "a"}, "other arguments: 2"},
		"a command after flags": {[]string{"-v", "check", "a"}, "other arguments: 2"},
		"v":                     {[]string{"-v=very"}, "for -v"},
		"INS-16 write":          {[]string{"-inspector-write"}, "-inspector-write needs -inspector"},
		"CTL-1 no address":      {[]string{"-control", ""}, "-control is empty"},
		"CTL-1 control":         {[]string{"-control", "9000"}, "-control must be HOST:PORT"},
		"CTL-1 control's port":  {[]string{"-control", "localhost:http"}, "-control: the port"},
		"CTL-1 everyone":        {[]string{"-control", "0.0.0.0:0"}, "-control must be an address of this machine"},
		"CTL-1 everyone, IPv6":  {[]string{"-control", "[::]:0"}, "-control must be an address of this machine"},
		"CTL-1 another machine": {[]string{"-control", "192.0.2.1:0"}, "-control must be an address of this machine"},
		"CTL-1 another name":    {[]string{"-control", "contacts.example:0"}, "-control must be an address of this"},
		"CTL-1 with data":       {[]string{"-control", ":0", "-data", "a"}, "-control excludes -data and -save"},
		"CTL-1 with save":       {[]string{"-control", ":0", "-save", "a"}, "-control excludes -data and -save"},
		"OPS-3 any origin":      {[]string{"-cors", "*"}, "-cors: must be origins"},
		"OPS-3 a wildcard":      {[]string{"-cors", "https://*.example.com"}, "-cors: must be origins"},
		"OPS-3 null":            {[]string{"-cors", "null"}, "-cors: must be origins"},
		"OPS-3 a path":          {[]string{"-cors", "https://a.example/"}, "-cors: must be origins"},
		"OPS-3 a default port":  {[]string{"-cors", "https://a.example:443"}, "-cors: must be origins"},
		"OPS-3 no port":         {[]string{"-cors", "https://a.example:"}, "-cors: must be origins"},
		"OPS-3 another scheme":  {[]string{"-cors", "file://a.example"}, "-cors: must be origins"},
		"OPS-3 upper case":      {[]string{"-cors", "https://A.example"}, "-cors: must be origins"},
		"OPS-3 an empty one":    {[]string{"-cors", "https://a.example,"}, "-cors: must be origins"},
		"OPS-3 no origin":       {[]string{"-cors", ""}, "-cors: must be origins"},
		"OPS-4 no key":          {[]string{"-tls-cert", "a"}, "-tls-cert and -tls-key need each other"},
		"OPS-4 no certificate":  {[]string{"-tls-key", "a"}, "-tls-cert and -tls-key need each other"},
		"OPS-4 an empty name":   {[]string{"-tls-key", "a", "-tls-cert", ""}, "-tls-cert: is empty"},
		"OPS-5 a format":        {[]string{"-log-format", "xml"}, "-log-format: must be text or json"},
		"OPS-6 a negative rate": {[]string{"-rate", "-1"}, "-rate must be a number"},
		"OPS-6 no number":       {[]string{"-rate", "NaN"}, "-rate must be a number"},
		"OPS-6 without end":     {[]string{"-rate", "Inf"}, "-rate must be a number"},
		"OPS-6 a lone burst":    {[]string{"-rate-burst", "5"}, "-rate-burst needs -rate"},
		"OPS-6 a burst":         {[]string{"-rate", "1", "-rate-burst", "-5"}, "-rate-burst must not be negative"},
		"OPS-8 no URL":          {[]string{"-healthcheck", "127.0.0.1:8080"}, "-healthcheck: must be a URL"},
		"two mistakes":          {[]string{"-control", "9000", "-inspector-write"}, "-control must be HOST:PORT"},
		"OPS-7 before":          {[]string{"-drain-wait", "-1s"}, "-drain-wait must not be negative"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stderr := fails(t, testWorld(), test.args...)
			require.Equal(t, 2, status)
			require.True(t, strings.HasPrefix(stderr, "contactsd: "), stderr)
			require.Contains(t, stderr, test.want)
			require.Contains(t, stderr, "contactsd -h")
			require.NotContains(t, stderr, "secr")
			require.Less(t, strings.Count(stderr, "\n"), 3, "the help is not printed")
		})
	}
	t.Run("token in the environment", func(t *testing.T) {
		for _, token := range []string{"", "secret word"} {
			w := testWorld()
			w.lookupEnv = func(name string) (string, bool) { return token, name == "CONTACTSD_TOKEN" }
			status, stderr := fails(t, w, "-addr", ":0")
			require.Equal(t, 2, status)
			require.Contains(t, stderr, "CONTACTSD_TOKEN ")
			require.NotContains(t, stderr, "secret")
		}
	})
}

func TestHelp(t *testing.T) {
	status, stderr := fails(t, testWorld(), "-h")
	require.Zero(t, status)
	new(options).flagSet().VisitAll(func(f *flag.Flag) { require.Contains(t, stderr, "  -"+f.Name) })
	require.Contains(t, stderr, "CONTACTSD_TOKEN")
	require.Contains(t, stderr, `(default "127.0.0.1:8080")`)
	require.Contains(t, stderr, "(default 4194304)")
	require.Contains(t, stderr, "(default 256)")
	for line := range strings.SplitSeq(stderr, "\n") {
		require.LessOrEqual(t, len(line), 100)
	}
}

func TestAddr(t *testing.T) {
	for addr, want := range map[string]string{
		":9000": "127.0.0.1:9000", "127.0.0.1:0": "127.0.0.1:0", "localhost:80": "localhost:80", "[::1]:80": "[::1]:80",
		"0.0.0.0:9000": "0.0.0.0:9000", "[::]:9000": "[::]:9000",
	} {
		got, err := withHost("-addr", addr)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestDefaults(t *testing.T) {
	o, err := parseOptions(nil, testWorld().lookupEnv)
	require.NoError(t, err)
	require.Equal(t, &options{addr: "127.0.0.1:8080", maxBody: 4 << 20, maxTotalBody: 64 << 20, maxConcurrent: 256}, o)
}

func TestStrict(t *testing.T) {
	const body = `{"info":{"name":{"first":"Ada"}},"allowDuplicate":true}`
	status, text := start(t, "-strict").send(t, "POST", body, nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, text, `"field":"allowDuplicate"`)
	status, text = start(t).send(t, "POST", body, nil)
	require.Equal(t, http.StatusOK, status, text)
}

func TestSameFile(t *testing.T) {
	for _, test := range []struct {
		load, save string
		want       bool
	}{
		{"a", "a", true}, {"a", "./b/../a", true}, {"a", "b", false}, {"a", "", false}, {"", "a", false},
		{"", "", false},
		{"/a", "a", false},
	} {
		require.Equal(t, test.want, (&options{load: test.load, save: test.save}).sameFile(), "%q, %q", test.load,
			test.save)
	}
}

func TestNewestFirst(t *testing.T) {
	for _, row := range []struct {
		args  []string
		first string
	}{{nil, "Ada"}, {[]string{"-newest-first"}, "Bob"}} {
		t.Run("QRY-2 "+row.first, func(t *testing.T) {
			p := start(t, append(row.args, "-now", "2026-01-02T03:04:05Z")...)
			create(t, p.url, "Ada")
			create(t, p.url, "Bob")
			_, text := p.send(t, "GET", "", nil)
			require.Contains(t, text[:strings.Index(text, `"emails"`)], row.first)
		})
	}
}
