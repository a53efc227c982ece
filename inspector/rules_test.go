package inspector_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/inspector"
	"github.com/contactsdb/contacts/internal/storetest"
	"github.com/contactsdb/contacts/logtest"
)

// markup is a value that a page must show as text. Its words are those of no page.
const markup = `"'><script>zap()</script><img src=zap onerror=zap()>&lt;zap`

const sharedEmail = `"><b>zap"@x.test`

// marked returns an info with markup in every text that may have it.
func marked(n int) contacts.Info {
	at := func(text string) string { return markup + text }
	return contacts.Info{
		Name:   contacts.Name{First: at("first"), Last: at("last")},
		Emails: []contacts.Email{{Address: fmt.Sprintf(`"'><b>zap%d"@x.test`, n)}, {Address: sharedEmail}},
		Phones: []contacts.Phone{{Number: `"><i>zap 201-555-0123`}},
		Addresses: []contacts.Address{
			{AddressLine: at("line"), City: at("city"), Hint: at("hint"), FormattedAddress: at("formatted")},
		},
		Company: at("company"), JobTitle: at("job"),
		Picture: &contacts.Picture{Image: contacts.Image{ID: at("picture"), AltText: at("alt")}},
	}
}

// scene is a store with something on every page, and markup in every value.
type scene struct {
	*contacts.Store
	a, b, old, odd *contacts.Contact
	label, field   string
}

func newScene(t testing.TB) *scene {
	t.Helper()
	sc := &scene{Store: storetest.New(t)}
	sc.label = storetest.NewLabel(t, sc.Store, markup+"label")
	sc.field = storetest.NewField(t, sc.Store, markup+"field", contacts.DataText)
	info := marked(1)
	info.LabelKeys, info.ExtendedFields = []string{sc.label}, map[string]any{sc.field: markup + "value"}
	sc.a = storetest.Create(t, sc.Store, info)
	sc.b = storetest.Create(t, sc.Store, marked(2))
	sc.old = storetest.Create(t, sc.Store, marked(3))
	sc.odd = storetest.Create(t, sc.Store, contacts.Info{Company: markup + "odd", Phones: []contacts.Phone{{Number: "<i>zap 2"}}})
	_, err := sc.SetMember(t.Context(), sc.odd.ID, &contacts.Member{
		MemberID: storetest.ID(77), Status: contacts.MemberActive, Profile: &contacts.MemberProfile{Nickname: markup + "nick"},
	})
	require.NoError(t, err)
	_, err = sc.SetSubscription(t.Context(), sc.b.ID, sharedEmail, contacts.SubscriptionUnsubscribed)
	require.NoError(t, err)
	sc.b = storetest.Update(t, sc.Store, sc.refresh(t, sc.b), contacts.Patch{JobTitle: contacts.Set(markup + "new job")})
	_, err = sc.Merge(t.Context(), sc.a.ID, sc.a.Revision, []uuid.UUID{sc.old.ID}, nil)
	require.NoError(t, err)
	sc.a = sc.refresh(t, sc.a)
	return sc
}

// refresh returns the present version of a contact.
func (sc *scene) refresh(t testing.TB, c *contacts.Contact) *contacts.Contact {
	t.Helper()
	c, err := sc.Get(t.Context(), c.ID, nil)
	require.NoError(t, err)
	return c
}

// visited is a request, with the status of its reply.
type visited struct {
	method, path string
	form         url.Values
	status       int
}

// pages returns a request for each page.
func (sc *scene) pages() []visited {
	merge := "/merge?target=" + sc.a.ID.String() + "&source=" + sc.b.ID.String()
	return []visited{
		{"GET", "/", nil, 200},
		{"POST", "/", formOf("people", "zap", "order", "last"), 200},
		{"POST", "/", formOf("filter", `{"info.company": {"$startsWith": "\"'"}}`, "pick", sc.label), 200},
		{"POST", "/", formOf("people", markup, "filter", "{"+markup), 400},
		{"GET", "/contacts/" + sc.a.ID.String(), nil, 200},
		{"GET", "/contacts/" + sc.b.ID.String() + "?merged=2", nil, 200},
		{"GET", "/contacts/" + sc.odd.ID.String(), nil, 200},
		{"GET", "/contacts/" + sc.old.ID.String(), nil, 200},
		{"GET", "/duplicates", nil, 200},
		{"GET", merge, nil, 200},
		{"GET", "/definitions", nil, 200},
		{"GET", "/feed", nil, 200},
		{"GET", "/state", nil, 200},
	}
}

// others returns requests with other replies than pages.
func (sc *scene) others() []visited {
	return []visited{
		{"GET", "", nil, 303},
		{"GET", "/static/style.css", nil, 200},
		{"GET", "/static/app.js", nil, 200},
		{"GET", "/static/icon.svg", nil, 200},
		{"HEAD", "/", nil, 200},
		{"GET", "/static/none.js", nil, 404},
		{"GET", "/static/", nil, 404},
		{"GET", "/none", nil, 404},
		{"GET", "//contacts", nil, 404},
		{"GET", "/feed/", nil, 404},
		{"GET", "/contacts/" + storetest.MissingID.String(), nil, 404},
		{"GET", "/contacts/" + url.PathEscape(markup), nil, 404},
		{"GET", "/merge", nil, 400},
		{"GET", "/merge?target=x&source=y", nil, 400},
		{"POST", "/feed", formOf("a", "b"), 405},
		{"PUT", "/", nil, 405},
		{"OPTIONS", "/state", nil, 405},
		{"POST", "/state/save", formOf("name", "x"), 404},
	}
}

// writes are the requests that change something, with a form that does.
func (sc *scene) writes(t testing.TB) []visited {
	t.Helper()
	plan, err := sc.PreviewMerge(t.Context(), sc.a.ID, []uuid.UUID{sc.b.ID})
	require.NoError(t, err)
	return []visited{
		{"POST", "/labels/create", formOf("name", "New"), 303},
		{"POST", "/labels/rename", formOf("key", sc.label, "name", "Other"), 303},
		{"POST", "/labels/delete", formOf("key", sc.label), 303},
		{"POST", "/fields/create", formOf("name", "New", "type", "NUMBER"), 303},
		{"POST", "/fields/rename", formOf("key", sc.field, "name", "Other"), 303},
		{"POST", "/fields/delete", formOf("key", sc.field), 303},
		{"POST", "/merge", formOf("target", sc.a.ID.String(), "source", sc.b.ID.String(),
			"revision", strconv.Itoa(plan.Contact.Revision), "plan", fmt.Sprintf("%x", plan.Fingerprint)), 303},
	}
}

// all returns a request of every kind.
func (sc *scene) all(t testing.TB) []visited {
	return slices.Concat(sc.pages(), sc.others(), sc.writes(t))
}

// visit sends a request. An empty path is that of a handler below a prefix, asked for without its slash.
func (s site) visit(v visited, edits ...func(*http.Request)) reply {
	s.t.Helper()
	if v.path == "" {
		edits = append(edits, func(r *http.Request) { r.URL.Path, r.RequestURI = "", "/deep/pages" })
		v.path = "/"
	}
	return s.send(v.method, v.path, v.form, edits...)
}

func TestEveryReply(t *testing.T) {
	sc := newScene(t)
	for _, v := range sc.all(t) {
		t.Run("INS-2 INS-3 INS-14 "+v.method+" "+strings.ReplaceAll(v.path, "/", "|"), func(t *testing.T) {
			r := open(t, sc.Fork(), &inspector.Options{Write: true}).visit(v)
			require.Equal(t, v.status, r.status)
			require.Equal(t, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
				"form-action 'self'; frame-ancestors 'none'; base-uri 'none'", r.header.Get("Content-Security-Policy"))
			require.Equal(t, "no-store", r.header.Get("Cache-Control"))
			require.Equal(t, "no-referrer", r.header.Get("Referrer-Policy"))
			require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"))
			if v.status == http.StatusMethodNotAllowed {
				require.Regexp(t, `^(GET, HEAD(, POST)?|POST)$`, r.header.Get("Allow"))
			}
		})
	}
}

func TestPages(t *testing.T) {
	sc := newScene(t)
	for _, write := range []bool{false, true} {
		in := open(t, sc.Store, &inspector.Options{Write: write, Controls: noControls{}})
		for _, v := range sc.pages() {
			t.Run(fmt.Sprintf("%s write=%t", strings.ReplaceAll(v.path, "/", "|"), write), func(t *testing.T) {
				text := in.visit(v).text
				t.Run("INS-10 markup is text", func(t *testing.T) { requireNoMarkup(t, text) })
				t.Run("INS-2 no script and no style in the text", func(t *testing.T) { requireInert(t, text) })
				t.Run("INS-4 no values in URLs", func(t *testing.T) { requireCleanURLs(t, text) })
				t.Run("INS-8 links are relative", func(t *testing.T) { requireRelative(t, text) })
				t.Run("INS-11 well-formed, with names and in order", func(t *testing.T) { requireKeyboard(t, text) })
				t.Run("INS-1 INS-5 forms that write", func(t *testing.T) {
					require.Equal(t, write && regexp.MustCompile(`definitions|merge\?`).MatchString(v.path),
						regexp.MustCompile(`method="post" action="[./]*(labels|fields|merge)`).MatchString(text))
				})
			})
		}
	}
}

// requireNoMarkup requires that the markup of values is in no tag of a page.
func requireNoMarkup(t *testing.T, text string) {
	t.Helper()
	for _, part := range []string{"<script>zap", "<img src=zap", "<b>zap", "<i>zap", `"'>`, "&lt;zap<"} {
		require.NotContains(t, text, part)
	}
	eachTag(t, text, func(e xml.StartElement) {
		require.NotContains(t, e.Name.Local, "zap")
		for _, a := range e.Attr {
			require.NotContains(t, a.Name.Local, "zap")
		}
	})
}

// requireInert requires that a page has no script, style or handler of its own.
func requireInert(t *testing.T, text string) {
	t.Helper()
	scripts := 0
	eachTag(t, text, func(e xml.StartElement) {
		require.NotContains(t, []string{"style", "iframe", "object", "embed", "base"}, e.Name.Local)
		for _, a := range e.Attr {
			require.NotEqual(t, "style", a.Name.Local)
			require.False(t, strings.HasPrefix(a.Name.Local, "on"), a.Name.Local)
			require.NotContains(t, strings.ToLower(a.Value), "javascript:")
		}
		if e.Name.Local == "script" {
			scripts++
			require.Regexp(t, `^[./]*static/app\.js$`, attr(e, "src"))
		}
	})
	require.Equal(t, 1, scripts)
	require.Regexp(t, `<script src="[^"]*" defer="defer"></script>`, text)
}

// cleanURL is the form of all URLs of pages.
var cleanURL = regexp.MustCompile(`^(#main|[./]+|[./]*static/(style\.css|app\.js|icon\.svg)|` +
	`[./]*(contacts/)?[0-9a-f]{8}-[0-9a-f-]{27}|` +
	`[./]*(duplicates(\?skip=\d+)?|definitions|feed(\?before=\d+)?|state|merge|state/(advance|save|restore|fork)|` +
	`(labels|fields)/(create|rename|delete))|/stores/[a-z0-9-]+/_inspector/state)$`)

func requireCleanURLs(t *testing.T, text string) {
	t.Helper()
	method := ""
	eachTag(t, text, func(e xml.StartElement) {
		for _, name := range []string{"href", "src", "action", "formaction", "data-url"} {
			if u := attr(e, name); u != "" {
				require.Regexp(t, cleanURL, u)
			}
		}
		switch e.Name.Local {
		case "form":
			method = attr(e, "method")
		case "input", "select", "textarea":
			if method == "get" { // what it sends becomes a URL
				require.Contains(t, []string{"radio", "checkbox"}, attr(e, "type"))
				_, err := uuid.Parse(attr(e, "value"))
				require.NoError(t, err)
			}
		}
	})
}

func requireRelative(t *testing.T, text string) {
	t.Helper()
	eachTag(t, text, func(e xml.StartElement) {
		for _, name := range []string{"href", "src", "action"} {
			u := attr(e, name)
			require.False(t, strings.HasPrefix(u, "/") && !strings.HasPrefix(u, "/stores/") || strings.Contains(u, ":"), u)
		}
	})
}

// requireKeyboard requires that the first thing to focus is the link to the content, the order is that of the document,
// and every control has a name.
func requireKeyboard(t *testing.T, text string) {
	t.Helper()
	requireWellFormed(t, text)
	labels, ids := map[string]bool{}, map[string]bool{}
	eachTag(t, text, func(e xml.StartElement) {
		labels[attr(e, "for")] = true
		if id := attr(e, "id"); id != "" {
			require.False(t, ids[id], "the ID %s is there twice", id)
			ids[id] = true
		}
	})
	first, headings := "", 0
	eachTag(t, text, func(e xml.StartElement) {
		require.Contains(t, []string{"", "0", "-1"}, attr(e, "tabindex"))
		require.Empty(t, attr(e, "accesskey"))
		for _, name := range []string{"aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(attr(e, name)) {
				require.True(t, ids[id], "%s names nothing", id)
			}
		}
		switch e.Name.Local {
		case "a", "button", "summary":
			if first == "" {
				first = attr(e, "href")
			}
		case "input", "select", "textarea":
			named := labels[attr(e, "id")] && attr(e, "id") != "" || attr(e, "aria-label") != ""
			require.True(t, named || attr(e, "type") == "hidden", "%v has no name", e)
		case "h1":
			headings++
		}
	})
	require.Equal(t, "#main", first)
	require.True(t, ids["main"])
	require.Equal(t, 1, headings)
	require.Contains(t, text, `<html lang="en">`)
}

// eachTag calls do for each element of a page.
func eachTag(t *testing.T, text string, do func(xml.StartElement)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			do(e)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestWrites(t *testing.T) {
	sc := newScene(t)
	writes := sc.writes(t)
	for _, v := range writes {
		t.Run("INS-5 read-only "+v.path[1:], func(t *testing.T) {
			s := sc.Fork()
			r := open(t, s, nil).visit(v)
			require.Equal(t, http.StatusForbidden, r.status)
			require.Contains(t, r.text, inspector.ErrReadOnly)
			require.Equal(t, sc.Snapshot().Digest(), s.Snapshot().Digest())
		})
		t.Run("INS-5 writing "+v.path[1:], func(t *testing.T) {
			s := sc.Fork()
			r := open(t, s, &inspector.Options{Write: true}).visit(v)
			require.Equal(t, http.StatusSeeOther, r.status)
			require.NotEqual(t, sc.Snapshot().Digest(), s.Snapshot().Digest())
			require.Regexp(t, `^(\.\./definitions\?done=[a-z-]+|contacts/[0-9a-f-]{36}\?merged=1)$`,
				r.header.Get("Location"), "INS-4 INS-8")
		})
	}
	for name, edit := range map[string]func(*http.Request){
		"by Sec-Fetch-Site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"of another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"by Origin":         func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") },
		"without an origin": func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		t.Run("INS-6 another origin "+name, func(t *testing.T) {
			s := sc.Fork()
			in := open(t, s, &inspector.Options{Write: true, Controls: noControls{}})
			for _, v := range append(writes, visited{"POST", "/", formOf("people", "a"), 0}, control("save"), control("fork")) {
				r := in.visit(v, edit)
				require.Equal(t, http.StatusForbidden, r.status)
				require.Contains(t, r.text, inspector.ErrCrossOrigin)
			}
			require.Equal(t, sc.Snapshot().Digest(), s.Snapshot().Digest())
		})
	}
	t.Run("INS-6 the same origin", func(t *testing.T) {
		r := open(t, sc.Fork(), &inspector.Options{Write: true}).visit(writes[0], func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		})
		require.Equal(t, http.StatusSeeOther, r.status)
	})
	t.Run("INS-14 what the store refuses", func(t *testing.T) {
		in := open(t, sc.Fork(), &inspector.Options{Write: true})
		for _, tc := range []struct {
			visited
			code contacts.Code
		}{
			{visited{"POST", "/labels/create", formOf("name", ""), 400}, contacts.ErrInvalid},
			{visited{"POST", "/labels/rename", formOf("key", "custom.none", "name", "x"), 404}, contacts.ErrLabelNotFound},
			{visited{"POST", "/labels/delete", formOf("key", "contacts.customers"), 400}, contacts.ErrSystemLabel},
			{visited{"POST", "/fields/create", formOf("name", "x", "type", markup), 400}, contacts.ErrInvalid},
			{visited{"POST", "/fields/delete", formOf("key", markup), 404}, contacts.ErrFieldNotFound},
		} {
			r := in.visit(tc.visited)
			require.Equal(t, tc.status, r.status, tc.path)
			require.Contains(t, r.text, tc.code)
			requireKeyboard(t, r.text)
			requireNoMarkup(t, r.text)
		}
	})
}

func TestMerge(t *testing.T) {
	sc := newScene(t)
	write := sc.writes(t)[6]
	send := func(t *testing.T, s *contacts.Store, form url.Values) reply {
		return open(t, s, &inspector.Options{Write: true}).send("POST", "/merge", form)
	}
	changed := func(name, value string) url.Values {
		form := maps.Clone(write.form)
		form.Set(name, value)
		return form
	}
	t.Run("INS-9 what was shown is done", func(t *testing.T) {
		s := sc.Fork()
		in := open(t, s, &inspector.Options{Write: true})
		text := in.get("/merge?target=" + sc.a.ID.String() + "&source=" + sc.b.ID.String() + "&source=" + sc.a.ID.String())
		require.Contains(t, text, write.form.Get("plan"))
		require.Contains(t, text, `name="revision" value="`+write.form.Get("revision"))
		plan, err := s.PreviewMerge(t.Context(), sc.a.ID, []uuid.UUID{sc.b.ID})
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, send(t, s, write.form).status)
		got, err := s.Get(t.Context(), sc.b.ID, nil)
		require.NoError(t, err)
		require.True(t, plan.Contact.Info.Equal(got.Info))
	})
	for name, change := range map[string]func(*testing.T, *contacts.Store){
		"target": func(t *testing.T, s *contacts.Store) {
			storetest.Update(t, s, sc.a, contacts.Patch{Company: contacts.Set("Later")})
		},
		"source": func(t *testing.T, s *contacts.Store) {
			storetest.Update(t, s, sc.b, contacts.Patch{Company: contacts.Set("Later")})
		},
	} {
		t.Run("INS-9 the "+name+" has changed since", func(t *testing.T) {
			s := sc.Fork()
			change(t, s)
			before := s.Snapshot().Digest()
			r := send(t, s, write.form)
			require.Equal(t, http.StatusConflict, r.status)
			require.Contains(t, r.text, "Nothing was merged")
			requireKeyboard(t, r.text)
			require.Equal(t, before, s.Snapshot().Digest())
			plan, err := s.PreviewMerge(t.Context(), sc.a.ID, []uuid.UUID{sc.b.ID})
			require.NoError(t, err)
			require.Contains(t, r.text, fmt.Sprintf("%x", plan.Fingerprint), "the form is that of the new plan")
		})
	}
	t.Run("INS-9 a form without a plan", func(t *testing.T) {
		s := sc.Fork()
		for _, form := range []url.Values{changed("plan", ""), changed("plan", "zz"), changed("revision", ""), nil} {
			require.Equal(t, http.StatusBadRequest, send(t, s, form).status)
		}
		require.Equal(t, http.StatusConflict, send(t, s, changed("plan", strings.Repeat("0f", 32))).status)
		require.Equal(t, sc.Snapshot().Digest(), s.Snapshot().Digest())
	})
	t.Run("INS-1 a merge that the store would refuse", func(t *testing.T) {
		in := open(t, sc.Fork(), &inspector.Options{Write: true})
		text := in.get("/merge?target=" + sc.a.ID.String() + "&source=" + sc.odd.ID.String())
		require.Contains(t, text, "Source is member")
		require.NotContains(t, text, `action="./merge"`)
	})
	t.Run("INS-1 the picture", func(t *testing.T) {
		s := storetest.New(t)
		a := storetest.Create(t, s, storetest.RichInfo("ann"))
		b := storetest.Create(t, s, contacts.Info{
			Name: contacts.Name{First: "Ann", Last: "Other"}, Emails: []contacts.Email{{Address: "other@x.test"}},
			LabelKeys: []string{"contacts.customers"},
		})
		text := open(t, s, nil).get("/merge?target=" + a.ID.String() + "&source=" + b.ID.String())
		for kind, n := range map[string]int{"kept": 19, "added": 1, "same": 1} {
			require.Equal(t, n, strings.Count(text, `<path class="flow `+kind), kind)
		}
		require.Equal(t, 1, strings.Count(text, `<path class="stop"`))
		require.Contains(t, text, "19 kept, 1 added, 1 already there, 1 dropped.")
	})
}

func TestAuthorize(t *testing.T) {
	sc := newScene(t)
	const secret = "the reason with personal data"
	for _, tc := range []struct {
		err    error
		status int
		code   contacts.Code
	}{
		{errors.New(secret), http.StatusUnauthorized, inspector.ErrUnauthenticated},
		{fmt.Errorf("%s: %w", secret, contacts.Code("PERMISSION_DENIED")), http.StatusForbidden, inspector.ErrPermissionDenied},
	} {
		s := sc.Fork()
		in := open(t, s, &inspector.Options{
			Write: true, Controls: noControls{},
			Authorize: func(*http.Request, inspector.Permission) error { return tc.err },
		})
		for _, v := range append(sc.all(t), control("save")) {
			t.Run("INS-7 "+v.method+" "+strings.ReplaceAll(v.path, "/", "|"), func(t *testing.T) {
				r := in.visit(v)
				require.Equal(t, tc.status, r.status)
				require.Contains(t, r.text, tc.code)
				require.NotContains(t, r.text, secret)
				require.NotContains(t, r.text, "zap")
				require.NotContains(t, r.text, "Commit", "nothing about the store")
				require.Equal(t, tc.status == http.StatusUnauthorized, r.header.Get("WWW-Authenticate") != "")
			})
		}
		require.Equal(t, sc.Snapshot().Digest(), s.Snapshot().Digest())
	}
	t.Run("INS-7 permissions", func(t *testing.T) {
		var asked []string
		in := open(t, sc.Fork(), &inspector.Options{
			Write: true, Controls: noControls{},
			Authorize: func(r *http.Request, p inspector.Permission) error {
				require.Empty(t, r.PathValue("id"), "the request is that of the caller")
				asked = append(asked, string(p))
				return nil
			},
		})
		for path, want := range map[string]string{
			"GET /": "CONTACTS.VIEW", "GET /contacts/" + sc.a.ID.String(): "CONTACTS.VIEW", "GET /none": "CONTACTS.VIEW",
			"GET /merge": "CONTACTS.MERGE", "POST /merge": "CONTACTS.MERGE",
			"GET /definitions":    "CONTACTS_LABELS.VIEW CONTACTS_SCHEMA.VIEW",
			"GET /feed":           "CONTACTS.VIEW CONTACTS_LABELS.VIEW CONTACTS_SCHEMA.VIEW",
			"POST /labels/rename": "CONTACTS_LABELS.MODIFY", "POST /fields/delete": "CONTACTS_SCHEMA.MODIFY",
			"POST /state/restore": "CONTACTS.MODIFY",
		} {
			asked = nil
			method, path, _ := strings.Cut(path, " ")
			in.send(method, path, nil)
			require.Equal(t, want, strings.Join(asked, " "), path)
		}
	})
}

func TestPrefix(t *testing.T) {
	sc := newScene(t)
	for _, prefix := range []string{"", "/_inspector", "/a/b/c", "/stores/x/_inspector"} {
		t.Run("INS-8 below "+strings.ReplaceAll(prefix, "/", "|"), func(t *testing.T) {
			in := site{t, http.StripPrefix(prefix, inspector.Handler(sc.Fork(), nil))}
			seen := map[string]bool{}
			crawl(t, in, prefix+"/", seen)
			for _, page := range []string{"/", "/duplicates", "/definitions", "/feed", "/state", "/contacts/" + sc.b.ID.String()} {
				require.True(t, seen[prefix+page], page)
			}
			if prefix != "" {
				r := in.send("GET", prefix, nil)
				require.Equal(t, http.StatusSeeOther, r.status)
				require.Equal(t, prefix+"/", resolve(t, prefix, r.header.Get("Location")))
			}
		})
	}
}

// crawl follows all links of a page, which must all lead to pages or files.
func crawl(t *testing.T, in site, at string, seen map[string]bool) {
	t.Helper()
	seen[at] = true
	r := in.send("GET", at, nil)
	require.Equal(t, http.StatusOK, r.status, at)
	if !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		return
	}
	eachTag(t, r.text, func(e xml.StartElement) {
		for _, name := range []string{"href", "src"} {
			if link := attr(e, name); link != "" && link[0] != '#' {
				if next := resolve(t, at, link); !seen[next] {
					crawl(t, in, next, seen)
				}
			}
		}
	})
}

func resolve(t *testing.T, at, link string) string {
	t.Helper()
	base, err := url.Parse(at)
	require.NoError(t, err)
	next, err := base.Parse(link)
	require.NoError(t, err)
	return next.String()
}

func TestFeed(t *testing.T) {
	s := storetest.New(t)
	in := open(t, s, nil)
	require.Contains(t, in.get("/feed"), "Nothing has been written yet.", "INS-12")
	for i := range 120 {
		storetest.Create(t, s, storetest.Person(fmt.Sprintf("P%d", i), fmt.Sprintf("p%d@x.test", i)))
	}
	first := in.get("/feed")
	instance := regexp.MustCompile(`data-instance="(\w+)"`).FindStringSubmatch(first)[1]
	part := `data-part="true"`

	for _, tc := range []struct {
		name, query string
		newest      int
		commits     int
		part        bool
	}{
		{"the newest", "", 120, 50, false},
		{"older ones", "?before=70", 70, 50, false},
		{"the oldest", "?before=3", 3, 3, false},
		{"before the first", "?before=0", 0, 0, false},
		{"after the newest", "?since=120&instance=" + instance, 0, 0, true},
		{"the newest two", "?since=118&instance=" + instance, 120, 2, true},
		{"the last that fit", "?since=70&instance=" + instance, 120, 50, true},
		{"more than fit", "?since=69&instance=" + instance, 120, 50, false},
		{"of another handler", "?since=118&instance=other", 120, 50, false},
		{"in the future", "?since=121&instance=" + instance, 120, 50, false},
		{"no numbers", "?since=x&before=y", 120, 50, false},
	} {
		t.Run("INS-12 "+tc.name, func(t *testing.T) {
			text := in.get("/feed" + tc.query)
			shown := regexp.MustCompile(`data-position="(\d+)"`).FindAllStringSubmatch(text, -1)
			require.Len(t, shown, tc.commits)
			for i, m := range shown {
				require.Equal(t, strconv.Itoa(tc.newest-i), m[1])
			}
			require.Equal(t, tc.part, strings.Contains(text, part))
		})
	}
	t.Run("INS-12 a feed that was trimmed", func(t *testing.T) {
		s := s.Fork()
		in := open(t, s, nil)
		require.Contains(t, in.get("/feed"), "The feed keeps no commits: 120 were made before.")
		storetest.Create(t, s, storetest.Person("Late"))
		require.Contains(t, in.get("/feed"), "The feed keeps the commits after 120.")
		require.Contains(t, in.get("/state"), "The feed keeps the commits after 120.")
	})
	t.Run("INS-12 INS-13 a log is not read", func(t *testing.T) {
		s, err := contacts.Open(t.Context(), logtest.NewMemory(), nil)
		require.NoError(t, err)
		defer s.Close()
		c := storetest.Create(t, s, storetest.Person("Early"))
		require.NoError(t, s.TrimFeed(t.Context(), 1)) // the log still has it
		in := open(t, s, nil)
		require.Contains(t, in.get("/feed"), "The feed keeps no commits: 1 were made before.")
		require.Contains(t, in.get("/contacts/"+c.ID.String()), "The feed reaches back to commit 1.")
	})
}

func TestHistory(t *testing.T) {
	s := storetest.New(t)
	a := storetest.Create(t, s, storetest.Person("Ann", "a@x.test"))
	b := storetest.Create(t, s, storetest.Person("Bea", "b@x.test"))
	c := storetest.Create(t, s, storetest.Person("Cleo", "c@x.test"))
	b = storetest.Update(t, s, b, contacts.Patch{Company: contacts.Set("Acorn")})
	_, err := s.Merge(t.Context(), b.ID, b.Revision, contactIDs(c), nil)
	require.NoError(t, err)
	_, err = s.Merge(t.Context(), a.ID, a.Revision, contactIDs(b), nil)
	require.NoError(t, err)
	in := open(t, s, nil)

	text := in.get("/contacts/" + a.ID.String())
	positions := regexp.MustCompile(`data-position="(\d+)"`).FindAllStringSubmatch(text, -1)
	var got []string
	for _, m := range positions {
		got = append(got, m[1])
	}
	require.Equal(t, []string{"6", "5", "4", "3", "2", "1"}, got, "INS-13 all commits, the newest first")
	require.Contains(t, text, `<code>company</code>  <ins>Acorn</ins>`, "INS-13 what changed")
	for _, id := range contactIDs(b, c) {
		require.Contains(t, text, `href="../contacts/`+id.String()+`"`, "INS-13 all old IDs")
	}
	text = in.get("/contacts/" + c.ID.String())
	require.Contains(t, text, fmt.Sprintf("<code>%s</code> → <code>%s</code> → <code>%s</code>", c.ID, b.ID, a.ID), "INS-13")

	t.Run("INS-13 the newest of many", func(t *testing.T) {
		s := storetest.New(t)
		a := storetest.Create(t, s, storetest.Person("Ann"))
		for range 53 {
			b := storetest.Create(t, s, storetest.Person("Bea"))
			a, err = s.Merge(t.Context(), a.ID, a.Revision, contactIDs(b), nil)
			require.NoError(t, err)
		}
		text := open(t, s, nil).get("/contacts/" + a.ID.String())
		require.Equal(t, 100, strings.Count(text, `<li class="commit"`))
		require.Contains(t, text, `data-position="107"`)
		require.Contains(t, text, "7 older commits in the feed.")
		require.Equal(t, 50, strings.Count(text, `<li><a href="../contacts/`))
		require.Contains(t, text, `<li class="muted">and 3 more</li>`)
	})
}

func TestFacets(t *testing.T) {
	s := storetest.Open(t, storetest.Unchecked())
	for i := range 1200 { // more than a page of facets
		storetest.NewLabel(t, s, fmt.Sprintf("Label %d", i))
	}
	storetest.Create(t, s, storetest.RichInfo("ann"))
	in := open(t, s, nil)
	count := regexp.MustCompile(`<span>Customers</span><span class="num">(\d+)</span>`)
	facets := func(text string) int { return strings.Count(text, `name="pick"`) }

	t.Run("INS-17 a small store", func(t *testing.T) {
		text := in.get("/")
		require.Equal(t, "1", count.FindStringSubmatch(text)[1])
		require.Equal(t, 1200+2+10, facets(text))
		storetest.Create(t, s, storetest.RichInfo("bo"))
		require.Equal(t, "2", count.FindStringSubmatch(in.get("/"))[1], "after a write")
	})
	t.Run("INS-17 one facet", func(t *testing.T) {
		text := in.post("/", "pick", "contacts.customers", "cursor", "of another query")
		require.Contains(t, text, `2 contacts <span class="in">in Customers</span>`)
		require.Contains(t, text, `data-key="contacts.customers" value="" aria-pressed="true"`)
		text = in.post("/", "facet", "contacts.customers", "pick", "")
		require.NotContains(t, text, `class="in"`)
	})
	t.Run("INS-17 a large store", func(t *testing.T) {
		_, err := s.Import(t.Context(), contacts.Rows(func(yield func(*contacts.Contact) bool) {
			for range 10_000 {
				if !yield(&contacts.Contact{Info: contacts.Info{Name: contacts.Name{First: "Many"}}}) {
					return
				}
			}
		}), nil)
		require.NoError(t, err)
		text := in.get("/")
		require.Empty(t, count.FindString(text))
		require.Equal(t, 1200+2+10, facets(text))
		require.Contains(t, text, "10,002 contacts")
		require.Equal(t, "2", count.FindStringSubmatch(in.post("/", "count", "1"))[1])
		require.Equal(t, "2", count.FindStringSubmatch(in.get("/"))[1], "they are kept until the next write")
		storetest.Create(t, s, storetest.Person("Late"))
		require.Empty(t, count.FindString(in.get("/")))
	})
	t.Run("INS-17 the counts of a large store prepare people search", func(t *testing.T) {
		search := func(prepare func()) uint64 { // the bytes that it allocates
			require.NoError(t, s.TrimFeed(t.Context(), s.Snapshot().Position())) // it forgets the words of contacts
			storetest.Create(t, s, storetest.Person("Late"))
			prepare()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			page, err := s.List(t.Context(), contacts.Query{People: "zoe"}, nil)
			runtime.ReadMemStats(&after)
			require.NoError(t, err)
			require.Empty(t, page.Items)
			return after.TotalAlloc - before.TotalAlloc
		}
		first := search(func() {})
		require.Less(t, search(func() { in.post("/", "count", "1") }), first/2)
		require.Greater(t, search(func() { in.get("/") }), first/2, "the list alone must not wait for it")
	})
}

func TestPaging(t *testing.T) {
	s := storetest.New(t)
	var want []string
	for i := range 120 {
		c := storetest.Create(t, s, storetest.Person(fmt.Sprintf("P%03d", i), fmt.Sprintf("p%d@x.test", i)))
		want = append(want, c.ID.String())
	}
	in := open(t, s, nil)
	row := regexp.MustCompile(`<a href="\./contacts/([0-9a-f-]+)"`)
	cursor := regexp.MustCompile(`name="cursor" value="([^"]*)"`)
	page := func(text string) (ids []string, previous, next string) {
		for _, m := range row.FindAllStringSubmatch(text, -1) {
			ids = append(ids, m[1])
		}
		cursors := cursor.FindAllStringSubmatch(text, -1)
		return ids, html.UnescapeString(cursors[0][1]), html.UnescapeString(cursors[1][1])
	}
	for _, order := range []string{"", "first"} {
		t.Run("INS-1 pages by cursor, in the order "+order, func(t *testing.T) {
			var got []string
			ids, previous, next := page(in.post("/", "order", order))
			for require.Empty(t, previous); ; {
				got = append(got, ids...)
				if next == "" {
					break
				}
				ids, previous, next = page(in.post("/", "order", order, "cursor", next))
			}
			require.Equal(t, want, got)
			ids, _, next = page(in.post("/", "order", order, "cursor", previous))
			require.Equal(t, want[50:100], ids, "back")
			require.NotEmpty(t, next)
		})
	}
	t.Run("INS-14 a cursor of another query", func(t *testing.T) {
		_, _, next := page(in.get("/"))
		require.Equal(t, http.StatusBadRequest, in.send("POST", "/", formOf("people", "p", "cursor", next)).status)
	})
}

func TestLimits(t *testing.T) {
	sc := newScene(t)
	var log strings.Builder
	in := open(t, sc.Store, &inspector.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	r := in.send("POST", "/", formOf("people", strings.Repeat("a", 1<<20)))
	require.Equal(t, http.StatusRequestEntityTooLarge, r.status, "INS-14")
	require.Contains(t, r.text, inspector.ErrBodyTooLarge)
	r = in.send("POST", "/", formOf("people", strings.Repeat("a", 101)))
	require.Equal(t, http.StatusBadRequest, r.status)
	require.Contains(t, r.text, contacts.ErrInvalid, "INS-14")
	r = in.send("POST", "/", url.Values{}, func(r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader("people=%zz"))
	})
	require.Equal(t, http.StatusBadRequest, r.status, "INS-14")
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, v := range []visited{{"POST", "/", formOf("people", "a"), 0}, {"GET", "/state", nil, 0}} {
		in.visit(v, func(r *http.Request) { *r = *r.WithContext(gone) })
	}
	require.Empty(t, log.String(), "INS-14 a client that has gone")

	s := sc.Fork()
	in = open(t, s, &inspector.Options{Write: true, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, s.Close())
	r = in.send("POST", "/labels/create", formOf("name", "zap"))
	require.Equal(t, http.StatusServiceUnavailable, r.status)
	require.Contains(t, r.text, contacts.ErrClosed)
}

// noControls are controls that note what they are asked for.
type noControls struct{ calls *[]string }

func (c noControls) note(call string) error {
	if c.calls != nil {
		*c.calls = append(*c.calls, call)
	}
	if strings.HasSuffix(call, "bad") {
		return &contacts.Error{Code: "STATE_NOT_FOUND"}
	}
	return nil
}

func (c noControls) Stores() []inspector.StoreLink {
	return []inspector.StoreLink{{Name: "main", Path: "/_inspector/", Current: true}, {Name: "f", Path: "/stores/f/_inspector/"}}
}
func (c noControls) States() []string          { return []string{"start", "later"} }
func (c noControls) Save(name string) error    { return c.note("save " + name) }
func (c noControls) Restore(name string) error { return c.note("restore " + name) }
func (c noControls) Now() time.Time            { return storetest.Epoch }
func (c noControls) Fork(name string) (string, error) {
	return "/stores/" + name + "/_inspector/", c.note("fork " + name)
}
func (c noControls) Advance(by time.Duration) error { return c.note("advance " + by.String()) }

func control(what string) visited {
	return visited{"POST", "/state/" + what, formOf("name", "x", "by", "2h"), 303}
}

func TestControls(t *testing.T) {
	sc := newScene(t)
	var calls []string
	in := open(t, sc.Store, &inspector.Options{Controls: noControls{&calls}})
	for what, want := range map[string]string{
		"save": "../state?done=saved", "restore": "../state?done=restored", "advance": "../state?done=advanced",
		"fork": "/stores/x/_inspector/state",
	} {
		t.Run("INS-15 "+what, func(t *testing.T) {
			calls = nil
			r := in.visit(control(what))
			require.Equal(t, http.StatusSeeOther, r.status)
			require.Equal(t, want, r.header.Get("Location"))
			require.Len(t, calls, 1)
			require.Contains(t, []string{what + " x", what + " 2h0m0s"}, calls[0])
			require.Equal(t, http.StatusNotFound, open(t, sc.Store, nil).visit(control(what)).status)
		})
	}
	t.Run("INS-15 the page", func(t *testing.T) {
		text := in.get("/state?done=saved")
		for _, part := range []string{"The state was saved.", "<option>later</option>", `href="/stores/f/_inspector/state"`} {
			require.Contains(t, text, part)
		}
		require.NotContains(t, open(t, sc.Store, nil).get("/state"), "Controls for tests")
	})
	t.Run("INS-15 INS-14 errors", func(t *testing.T) {
		for _, v := range []visited{
			{"POST", "/state/restore", formOf("name", "bad"), 0}, {"POST", "/state/fork", formOf("name", "bad"), 0},
			{"POST", "/state/advance", formOf("by", "soon"), 0},
		} {
			r := in.visit(v)
			require.Equal(t, http.StatusBadRequest, r.status)
			require.Contains(t, r.text, "Nothing was changed.")
			requireKeyboard(t, r.text)
		}
	})
}

// TestImports keeps the package on its floor: it needs the root, what is internal, and the standard library.
func TestImports(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	require.NoError(t, err)
	const module = "github.com/contactsdb/contacts"
	for _, p := range strings.Fields(string(out)) {
		if strings.Contains(p, ".") && !strings.HasPrefix(p, module+"/internal/") {
			require.Contains(t, []string{module, "github.com/google/uuid"}, p)
		}
	}
}
