package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

// fuzzTargets are the methods of the API, and some that it lacks. In a path, {} stands for a part of the input.
var fuzzTargets = []struct {
	method, path string
	writes       bool
	body         string // the nonterminal of its bodies
}{
	{"POST", "/contacts", true, "create"},
	{"GET", "/contacts", false, ""},
	{"POST", "/contacts/query", false, "query"},
	{"GET", "/contacts/facets", false, ""},
	{"POST", "/contacts/facets/query", false, "facets"},
	{"GET", "/contacts/{}", false, ""},
	{"PATCH", "/contacts/{}", true, "update"},
	{"DELETE", "/contacts/{}", true, ""},
	{"POST", "/contacts/{}/labels", true, "label"},
	{"DELETE", "/contacts/{}/labels", true, "label"},
	{"POST", "/contacts/{}/merge", true, "merge"},
	{"POST", "/contacts/{}/preview-merge", false, "merge"},
	{"POST", "/bulk/contacts/delete", true, "bulk"},
	{"POST", "/bulk/contacts/update", true, "bulk"},
	{"POST", "/bulk/contacts/add-remove-labels", true, "bulk"},
	{"GET", "/bulk/jobs", false, ""},
	{"GET", "/bulk/jobs/{}", false, ""},
	{"GET", "/bulk/contact/jobs", false, ""},
	{"GET", "/bulk/contact/jobs/{}", false, ""},
	{"POST", "/contact-submit", true, "submit"},
	{"POST", "/labels", true, "name"},
	{"GET", "/labels", false, ""},
	{"POST", "/labels/query", false, "definitions"},
	{"GET", "/labels/{}", false, ""},
	{"PATCH", "/labels/{}", true, "name"},
	{"DELETE", "/labels/{}", true, ""},
	{"POST", "/extended-fields", true, "name"},
	{"GET", "/extended-fields", false, ""},
	{"POST", "/extended-fields/query", false, "definitions"},
	{"GET", "/extended-fields/{}", false, ""},
	{"PATCH", "/extended-fields/{}", true, "name"},
	{"DELETE", "/extended-fields/{}", true, ""},
	{"PUT", "/contacts/{}", false, "create"},
	{"HEAD", "/contacts/{}", false, ""},
	{"CONNECT", "/labels/{}", false, ""},
	{"GET", "{}", false, ""},
}

// fuzzGrammar makes bodies that are valid more often than random bytes are: %x stands for a nonterminal. The first
// alternative of each is chosen at the end of the input and in deep values.
var fuzzGrammar = map[string][]string{
	"create": {`{"info":%info}`, `{"info":%info,"allowDuplicates":%bool}`, `%any`},
	"update": {`{"info":%info,"revision":%int}`, `{"info":%info,"revision":1,"fieldMask":%mask}`,
		`{"revision":1,"info":%info,"allowDuplicates":%bool}`, `%any`},
	"query": {`{"query":{"filter":%filter}}`,
		`{"query":{"filter":%filter,"sort":%sort,"paging":%paging},"search":%text,"omitTotal":%bool}`,
		`{"query":{"fields":%fields,"fieldsets":["BASIC",%text]}}`, `{"search":%text}`, `%any`},
	"facets": {`{"filter":%filter}`, `{"queryFilter":%filter,"paging":%paging,"omitCount":%bool}`, `%any`},
	"label":  {`{"labelKeys":%keys}`, `%any`},
	"merge": {`{"targetContactRevision":1,"sourceContactIds":["<b>"]}`,
		`{"targetContactRevision":%int,"sourceContactIds":%ids}`, `%any`},
	"bulk": {`{"filter":%filter,"info":%info}`,
		`{"filter":%filter,"labelKeysToAdd":%keys,"labelKeysToRemove":%keys}`,
		`{"search":%text,"info":%info,"fieldMask":%mask}`, `{"search":%text,"labelKeysToRemove":%keys}`, `%any`},
	"submit": {`{"info":%info}`, `{"info":%info,"contactId":%id,"passThroughData":%text,"activity":%activity}`,
		`{"info":%info,"activity":%activity,"options":{"async":true}}`, `%any`},
	"name": {`{"displayName":%text}`, `{"displayName":%text,"dataType":%type}`,
		`{"label":{"displayName":%text}}`, `{"field":{"displayName":%text,"key":%key}}`, `{"name":%text}`, `%any`},
	"definitions": {`{"query":{"filter":{"displayName":%text}}}`,
		`{"query":{"filter":{"$or":[{"key":{"$in":%keys}},{"namespace":%text},%filter]},"sort":%sort,` +
			`"paging":%paging}}`, `{"query":{"sort":[{"fieldName":"displayName","order":"DESC"}]}}`, `%any`},

	"info": {`{"company":%text}`, `{"name":{"first":%text,"last":%text},%member}`, `{%member,%member,%member}`, `%any`},
	"member": {
		`"jobTitle":%text`, `"emails":{"items":[{"email":%email}]}`,
		`"emails":{"items":[{"email":%email,"primary":%bool,"tag":"WORK","id":%id},{"email":%email}]}`,
		`"phones":{"items":[{"phone":%phone,"countryCode":%country,"tag":"HOME","primary":%bool}]}`,
		`"phones":{"items":[%any,%any]}`,
		`"addresses":{"items":[{"tag":"WORK","address":{"country":%country,"subdivision":%text,"city":%text,` +
			`"postalCode":%text,"addressLine":%text,"streetAddress":{"name":%text,"number":%text},` +
			`"geocode":{"latitude":%number,"longitude":%number}}}]}`,
		`"birthdate":%date`, `"locale":%text`, `"labelKeys":{"items":%keys}`,
		`"extendedFields":{"items":{%key:%value,"custom.size":%number}}`, `"locations":{"items":%ids}`,
		`"assignedUserIds":{"items":%ids}`, `"picture":{"image":%image}`, `"company":%any`, `"name":%any`,
		`%text:%any`, `"extendedFields":%any`,
	},
	"filter": {
		`{"id":%id}`, `{%path:%value}`, `{%path:{%operator:%value}}`, `{"$and":[%filter,%filter]}`,
		`{"$or":[%filter]}`, `{"$not":%filter}`,
		`{%path:%value,%path:{%operator:%value,%operator:[%value,%value]}}`, `{}`, `%any`,
	},
	"path": {`"info.company"`, `"info.name.first"`, `"info.emails.email"`, `"info.phones.phone"`,
		`"info.labelKeys"`, `"createdDate"`, `"primaryInfo.email"`, `"info.extendedFields.custom.size"`,
		`"info.extendedFields.custom.note"`, `"revision"`, `"lastActivity.activityDate"`, `"info.birthdate"`,
		`"info.addresses.address.country"`, `"info.extendedFields.emailSubscriptions.subscriptionStatus"`,
		`"displayName"`, `"key"`, `%text`},
	"operator": {`"$eq"`, `"$ne"`, `"$gt"`, `"$lt"`, `"$gte"`, `"$lte"`, `"$in"`, `"$nin"`, `"$hasSome"`,
		`"$hasAll"`, `"$exists"`, `"$startsWith"`, `"$begins"`, `%text`},
	"sort": {`{"fieldName":"createdDate"}`, `[{"fieldName":%path,"order":"DESC"}]`,
		`[{"fieldName":%path},{"fieldName":%path,"order":%text}]`, `%any`},
	"paging": {`{"limit":0}`, `{"limit":%int,"offset":%int}`, `{"limit":1,"offset":1}`, `%any`},
	"fields": {`["info.name"]`, `[%path,%text]`, `%any`},
	"mask": {`["info.company"]`, `{"paths":[%path,%text]}`, `"info.company,info.extendedFields.custom.size"`,
		`[%path]`, `%any`},
	"activity": {`{"activityType":"FORM_SUBMITTED","activityDate":%date}`, `{"activityType":%text}`, `%any`},
	"image":    {`{"id":%text,"width":%int}`, `"wix:image://v1/a/b#originWidth=1&originHeight=2"`, `%any`},
	"keys":     {`["custom.vip"]`, `[%key]`, `[%key,%key,%key]`, `[]`, `%any`},
	"key":      {`"custom.vip"`, `"custom.size"`, `"custom.note"`, `"contacts.customers"`, `"custom.none"`, `%text`},
	"ids":      {`["<b>"]`, `[%id,%id]`, `[]`, `%any`},
	"id":       {`"<a>"`, `"<b>"`, `"<m>"`, `"<x>"`, `"<0>"`, `""`, `%text`},
	"type":     {`"TEXT"`, `"NUMBER"`, `"DATE"`, `"URL"`, `%text`},
	"text": {
		`"quagga"`, `"a"`, `""`, `"A b"`, `"VIP"`, `"\u0000"`, `"\ud83d\ude00"`, `"\r\nX-A: b"`, `"customer"`,
		`"custom"`, `"%s%n"`, `" "`, `"<script>"`, `"ß\u0130"`,
		`"` + strings.Repeat("long ", 40) + `"`,
	},
	"email":   {`"ann@x.test"`, `"ben@x.test"`, `"NEW@x.test"`, `"new2@x.test"`, `"mia@x.test"`, `%text`},
	"phone":   {`"646-567-6359"`, `"+1 646 567 6359"`, `"+49 30 901820"`, `"1"`, `%text`},
	"country": {`"US"`, `"DE"`, `"ZZ"`, `%text`},
	"date": {`"2026-01-02T03:04:05Z"`, `"1990-02-28"`, `"0000-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.999Z"`,
		`%text`},
	"int":    {`1`, `0`, `2`, `"1"`, `-1`, `2147483647`, `2147483648`, `1.5`, `1000`, `1001`},
	"number": {`1`, `-0`, `1e308`, `1e999`, `0.1`, `123456789012345678901234567890`, `"NaN"`, `1e-400`, `%text`},
	"bool":   {`true`, `false`, `null`},
	"value":  {`%text`, `%number`, `%bool`, `%id`, `%date`, `[%value,%value]`, `%any`},
	"any": {`null`, `{}`, `[]`, `%text`, `%number`, `%bool`, `{"items":%any}`, `[%any,%any]`, `{%path:%any}`,
		`{"a":1,"a":2}`, `{"info":%any,"query":%any}`},
}

// speak expands a nonterminal; each byte of the program chooses an alternative.
func speak(program []byte, start string) string {
	var b strings.Builder
	var expand func(name string, depth int)
	expand = func(name string, depth int) {
		alternatives, chosen := fuzzGrammar[name], 0
		if len(program) > 0 && depth < 12 && b.Len() < 1<<12 {
			chosen, program = int(program[0])%len(alternatives), program[1:]
		}
		text := alternatives[chosen]
		for {
			before, after, found := strings.Cut(text, "%")
			b.WriteString(before)
			if !found {
				return
			}
			end := 0
			for end < len(after) && 'a' <= after[end] && after[end] <= 'z' {
				end++
			}
			if fuzzGrammar[after[:end]] == nil { // a literal percent sign
				b.WriteString("%")
				text = after
				continue
			}
			expand(after[:end], depth+1)
			text = after[end:]
		}
	}
	expand(start, 0)
	return b.String()
}

// The modes of FuzzHandler: the input is the body, a program for the grammar, or a whole request.
const (
	fuzzAsIs = iota
	fuzzSpoken
	fuzzRaw
	fuzzModes
)

// fuzzSecret is in every value of the fuzzed store. No error may reveal it to a caller who did not send it.
const fuzzSecret = "quagga"

// fuzzStore returns a small store with rows of every kind; the names stand for its IDs.
func fuzzStore(f *testing.F) (*contacts.Store, *strings.Replacer) {
	a, ctx := openAPI(f, nil), f.Context()
	s := a.store
	_, _, err := s.FindOrCreateLabel(ctx, "VIP")
	require.NoError(f, err)
	_, _, err = s.FindOrCreateField(ctx, "Size", contacts.DataNumber)
	require.NoError(f, err)
	_, _, err = s.FindOrCreateField(ctx, "Note", contacts.DataText)
	require.NoError(f, err)
	create := func(first, email string) *contacts.Contact {
		info := typical()
		info.Name.First, info.Company = first+fuzzSecret, fuzzSecret
		info.Emails = []contacts.Email{{Address: email}}
		info.LabelKeys = []string{"custom.vip"}
		info.ExtendedFields = map[string]any{"custom.size": 42.0, "custom.note": fuzzSecret}
		c, err := s.Create(ctx, info, nil)
		require.NoError(f, err)
		return c
	}
	ann, ben, mia := create("Ann", "ann@x.test"), create("Ben", "ben@x.test"), create("Mia", "mia@x.test")
	gone := create("Old", "old@x.test")
	_, err = s.SetMember(ctx, mia.ID, &contacts.Member{
		MemberID: testID(1 << 40), Email: "mia@x.test", Status: contacts.MemberActive,
	})
	require.NoError(f, err)
	_, err = s.Merge(ctx, ann.ID, ann.Revision, []uuid.UUID{gone.ID}, nil)
	require.NoError(f, err)
	return s, strings.NewReplacer("<a>", ann.ID.String(), "<b>", ben.ID.String(), "<m>", mia.ID.String(),
		"<x>", gone.ID.String(), "<0>", testID(1<<41).String())
}

// fuzzRequest returns a request as a server reads it from a connection, or nil if a server would refuse it.
func fuzzRequest(target uint8, mode int, path, query, header string, body []byte, ids *strings.Replacer) *http.Request {
	if mode == fuzzRaw {
		return readFuzzed(body)
	}
	t := fuzzTargets[int(target)%len(fuzzTargets)]
	if mode == fuzzSpoken && t.body != "" {
		body = []byte(speak(body, t.body))
	}
	body = []byte(ids.Replace(string(body)))
	prefix := "/contacts/v4"
	if target >= 128 {
		prefix = "/_api/contacts/v4"
	}
	place := prefix + t.path
	if t.path == "{}" {
		place = t.path
	}
	place = ids.Replace(strings.ReplaceAll(place, "{}", path))
	if query != "" {
		place += "?" + ids.Replace(query)
	}
	var text bytes.Buffer
	text.WriteString(t.method + " " + strings.ReplaceAll(place, " ", "%20") + " HTTP/1.1\r\nHost: x.test\r\n")
	if header == "" {
		header = "Content-Type: application/json"
	}
	text.WriteString(header + "\r\n")
	text.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n")
	text.Write(body)
	return readFuzzed(text.Bytes())
}

func readFuzzed(text []byte) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		return nil
	}
	return r
}

// failingLogger fails the test for a record of level error.
type failingLogger struct{ t testing.TB }

func (l *failingLogger) Enabled(context.Context, slog.Level) bool { return true }
func (l *failingLogger) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *failingLogger) WithGroup(string) slog.Handler            { return l }

func (l *failingLogger) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Level >= slog.LevelError {
			l.t.Errorf("%s: %s", a.Key, a.Value)
		}
		return true
	})
	return nil
}

// fuzzStatuses are the statuses that are possible with an open store and a server without authorization.
var fuzzStatuses = []int{200, 400, 403, 404, 405, 409, 413, 415, 428, 429}

// fuzzHeaders are the headers of replies.
var fuzzHeaders = []string{"Allow", "Cache-Control", "Connection", "Content-Length", "Content-Type",
	"X-Content-Type-Options", "X-Wix-Request-Id"}

// FuzzHandler requires that every request gets a reply of the documented shape, that refused requests and reads change
// nothing, and that the reply to a write matches the store (HTTP-2, HTTP-6 to HTTP-9).
func FuzzHandler(f *testing.F) {
	parent, ids := fuzzStore(f)
	start := parent.Snapshot()
	digest := start.Digest()
	logger := &failingLogger{f}
	opts := httpapi.Options{
		Logger: slog.New(logger), MaxBodyBytes: 1 << 12, NewRequestID: func() string { return "fuzz" },
	}
	seedFuzz(f)
	var store *contacts.Store // a fork of parent, used until a request writes to it
	var handler http.Handler
	f.Fuzz(func(t *testing.T, target, kind uint8, path, query, header string, body []byte) {
		mode := int(kind) % fuzzModes
		r := fuzzRequest(target, mode, path, query, header, body, ids)
		if r == nil {
			return
		}
		sent := path + query + header + string(body)
		if mode == fuzzSpoken {
			sent += fuzzSecret
		}
		r = r.WithContext(t.Context())
		if store == nil {
			store = parent.Fork()
			handler = httpapi.Handler(store, &opts)
		}
		logger.t = t
		method, place := r.Method, r.URL.String()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)

		what := method + " " + place + "\n" + w.Body.String()
		require.Contains(t, fuzzStatuses, w.Code, what)
		for name := range w.Header() {
			require.Contains(t, fuzzHeaders, name, what)
		}
		require.Equal(t, "application/json", w.Header().Get("Content-Type"), what)
		require.Equal(t, "fuzz", w.Header().Get("X-Wix-Request-Id"), what)
		require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"), what)
		require.Equal(t, w.Code == http.StatusMethodNotAllowed, w.Header().Get("Allow") != "", what)
		var reply map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &reply), what)

		now := store.Snapshot()
		changes := now != start
		if changes || strings.Contains(r.URL.Path, "bulk") { // there may be a new job
			store = nil
		}
		if !changes && len(sent)%8 == 0 { // seldom, as it needs more time than the request
			require.Equal(t, digest, now.Digest(), what)
		}
		if w.Code != http.StatusOK {
			require.False(t, changes, what)
			checkFuzzFailure(t, w.Code, w.Body.Bytes(), sent)
			return
		}
		if method == http.MethodGet || method == http.MethodHead || strings.HasSuffix(r.URL.Path, "query") ||
			strings.HasSuffix(r.URL.Path, "preview-merge") {
			require.False(t, changes, what)
			return
		}
		require.Contains(t, []string{"POST", "PATCH", "DELETE"}, method, what) // and the store has checked itself
		if text := reply["contact"]; text != nil {
			var told contacts.Contact
			require.NoError(t, json.Unmarshal(text, &told), what)
			stored, err := now.Get(told.ID)
			require.NoError(t, err, what)
			want, err := json.Marshal(stored)
			require.NoError(t, err, what)
			require.JSONEq(t, string(want), string(text), what)
		}
		checkFuzzList(t, handler, now.Len())
	})
}

// checkFuzzFailure requires the envelope of an error.
func checkFuzzFailure(t *testing.T, status int, text []byte, sent string) {
	var envelope struct {
		Message *string
		Details struct {
			ApplicationError *struct {
				Code        string
				Description *string
				Data        map[string]any
			}
			ValidationError *struct {
				FieldViolations []struct {
					Field, Description, ViolatedRule string
					Data                             map[string]any
				}
			}
		}
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	require.NoError(t, strict.Decode(&envelope), string(text))
	require.NotNil(t, envelope.Message, string(text))
	application, validation := envelope.Details.ApplicationError, envelope.Details.ValidationError
	require.True(t, (application == nil) != (validation == nil), string(text))
	if !strings.Contains(sent, fuzzSecret) {
		require.NotContains(t, *envelope.Message, fuzzSecret)
	}
	require.NotContains(t, *envelope.Message, "\n")
	if application != nil {
		require.NotEmpty(t, application.Code, string(text))
		require.NotNil(t, application.Description, string(text))
		require.NotNil(t, application.Data, string(text))
		require.NotEqual(t, "INVALID_ARGUMENT", application.Code)
		return
	}
	require.Equal(t, http.StatusBadRequest, status, string(text))
	require.NotEmpty(t, validation.FieldViolations, string(text))
	for _, v := range validation.FieldViolations {
		require.NotEmpty(t, v.Field, string(text))
		require.NotEmpty(t, v.Description, string(text))
		require.NotEmpty(t, v.ViolatedRule, string(text))
	}
}

// checkFuzzList requires that all contacts can be listed, and decoded again.
func checkFuzzList(t *testing.T, handler http.Handler, contactsLeft int) {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/contacts/v4/contacts?paging.limit=1000", nil))
	var list struct {
		Contacts       []*contacts.Contact
		PagingMetadata struct{ Count, Total int }
	}
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list), w.Body.String())
	require.Len(t, list.Contacts, contactsLeft)
	require.Equal(t, contactsLeft, list.PagingMetadata.Total)
}

// seedFuzz adds requests for every method, most of which succeed.
func seedFuzz(f *testing.F) {
	bodies := map[string][]string{
		"create": {`{"info":{"name":{"first":"Cy"},"emails":{"items":[{"email":"cy@x.test","tag":"WORK"}]},` +
			`"labelKeys":{"items":["custom.vip"]},"extendedFields":{"items":{"custom.size":7}}}}`,
			`{"info":{"emails":{"items":[{"email":"ann@x.test"}]}}}`,
			`{"info":{"phones":{"items":[{"phone":"646-567-6359","countryCode":"US"}]}},"allowDuplicates":true}`},
		"query": {`{"query":{"filter":{"info.emails.email":{"$startsWith":"ann"}},` +
			`"sort":[{"fieldName":"createdDate","order":"DESC"}],"paging":{"limit":1,"offset":0},` +
			`"fields":["info.name"],"fieldsets":["BASIC"]},"omitTotal":true}`,
			`{"search":"ann"}`, `{"query":{"filter":{"$and":[{"info.company":"quagga"},` +
				`{"$not":{"info.labelKeys":{"$hasAll":["custom.vip"]}}}]}}}`},
		"facets": {`{"filter":{"info.extendedFields.emailSubscriptions.subscriptionStatus":{"$in":["SUBSCRIBED"]}},` +
			`"paging":{"limit":2}}`, `{"queryFilter":{},"omitCount":true}`},
		"update": {`{"revision":1,"info":{"company":"New"}}`,
			`{"revision":1,"info":{"extendedFields":{"items":{"custom.size":"x"}}}}`,
			`{"revision":2,"info":{"emails":{"items":[{"email":"ben@x.test"}]}},` +
				`"fieldMask":{"paths":["info.emails"]}}`, `{"info":{}}`},
		"label": {`{"labelKeys":["custom.vip","contacts.customers"]}`, `{"labelKeys":[]}`},
		"merge": {`{"targetContactRevision":2,"sourceContactIds":["<b>"]}`,
			`{"targetContactRevision":1,"sourceContactIds":["<m>"]}`},
		"bulk": {`{"filter":{"info.labelKeys":{"$hasSome":["custom.vip"]}},"info":{"company":"New"},` +
			`"labelKeysToAdd":["contacts.customers"],"labelKeysToRemove":["custom.vip"]}`,
			`{"search":"ann","info":{"jobTitle":null}}`, `{}`},
		"submit": {`{"info":{"name":{"first":"Di"},"emails":{"items":[{"email":"ann@x.test"}]}},` +
			`"passThroughData":"p","activity":{"activityType":"FORM_SUBMITTED",` +
			`"activityDate":"2026-01-02T03:04:05.000Z"}}`, `{"contactId":"<a>","info":{}}`},
		"name": {`{"displayName":"New","dataType":"URL"}`, `{"label":{"displayName":"Other"}}`,
			`{"field":{"displayName":"Other"}}`, `{"name":"Old"}`},
		"definitions": {`{"query":{"filter":{"displayName":{"$startsWith":"V"}},"sort":[{"fieldName":"displayName"}]` +
			`,"paging":{"limit":1}}}`},
		"": {``},
	}
	places := []string{"<a>", "<b>", "<x>", "custom.vip", "custom.size"}
	for i, target := range fuzzTargets {
		for _, body := range bodies[target.body] {
			for _, place := range places {
				f.Add(uint8(i), uint8(fuzzAsIs), place, "", "", []byte(body))
				if !strings.Contains(target.path, "{}") {
					break
				}
			}
		}
		if target.body != "" {
			for _, program := range []string{"", "\x01\x01\x02\x01", "\x02\x02\x07\x01\x05\x09\x0a\x01",
				"\x01\x05\x03\x02\x04\x05\x06\x01\x01\x01"} {
				f.Add(uint8(i), uint8(fuzzSpoken), "<a>", "", "", []byte(program))
			}
		}
	}
	index := func(method, path string) uint8 {
		for i, target := range fuzzTargets {
			if target.method == method && target.path == path {
				return uint8(i) + 128
			}
		}
		f.Fatal("no target has this name")
		return 0
	}
	for path, queries := range map[string][]string{
		"/contacts": {"sort.fieldName=createdDate&sort.order=DESC&paging.limit=2&paging.offset=1&" +
			"fields=source&fields=info.name,info.emails&fieldsets=BASIC", "paging.limit=0", "%zz",
			"paging.limit=1&paging.limit=2"},
		"/contacts/{}":     {"id=<b>&fields=createdDate&fieldsets=FULL"},
		"/contacts/facets": {"paging.limit=3&language=en&omitCount=true"},
		"/labels": {"labelType=USER_DEFINED&namespace=custom&startsWith=V&sort.fieldName=displayName&" +
			"paging.offset=1"},
		"/extended-fields":    {"fieldType=SYSTEM&paging.limit=10;a=b"},
		"/labels/{}":          {"key=custom.vip"},
		"/extended-fields/{}": {"key=custom.size"},
	} {
		for _, query := range queries {
			f.Add(index("GET", path), uint8(fuzzAsIs), "<a>", query, "", []byte{})
		}
	}
	f.Add(index("DELETE", "/contacts/{}/labels"), uint8(fuzzAsIs), "<a>",
		"labelKeys=custom.vip&labelKeys=contacts.customers,x", "", []byte{})
	for _, path := range []string{"/", "//", "/contacts/v4//contacts", "/contacts/v4/%2e%2e/v4/contacts",
		"/contacts/v4/contacts/%00", "http://y.test/contacts/v4/contacts", "*"} {
		f.Add(index("GET", "{}"), uint8(fuzzAsIs), path, "", "", []byte{})
	}
	for _, header := range []string{"Content-Type: text/plain", "Content-Type: application/json; charset=utf-16",
		"Content-Type: application/json; charset=UTF-8\r\nContent-Encoding: gzip", "A: b",
		"Transfer-Encoding: chunked\r\nContent-Type: application/json",
		"X-HTTP-Method-Override: DELETE\r\nContent-Type: application/json"} {
		f.Add(index("POST", "/contacts"), uint8(fuzzAsIs), "", "", header, []byte(bodies["create"][0]))
	}
	for _, text := range []string{
		"POST /contacts/v4/labels HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n4\r\n{\"di\r\n11\r\nsplayName\":\"New\"}\r\n0\r\n\r\n",
		"POST /contacts/v4/labels HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
			"99\r\n\r\n{\"displayName\":\"New\"}",
		"DELETE /_api/contacts/v4/labels/custom.vip HTTP/1.0\r\n\r\n",
		"GET /contacts/v4/contacts?fields=id HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		f.Add(uint8(0), uint8(fuzzRaw), "", "", "", []byte(text))
	}
}

// TestFuzzGrammar requires that the grammar makes JSON.
func TestFuzzGrammar(t *testing.T) {
	for name, alternatives := range fuzzGrammar {
		for i := range alternatives {
			text := speak(slices.Concat([]byte{byte(i)}, bytes.Repeat([]byte{3, 0, 1}, 20)), name)
			if name == "member" || name == "key" {
				continue
			}
			require.True(t, json.Valid([]byte(text)), "%s %d: %s", name, i, text)
		}
	}
}
