package httpclient_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/httpclient"
	"github.com/contactsdb/contacts/internal/storetest"
)

// TestErrorsOfStores has the codes that depend on the store rather than on the call.
func TestErrorsOfStores(t *testing.T) {
	closed := func(w *twins) {
		w.both(func(s *contacts.Store) { require.NoError(t, s.Close()) })
	}
	for _, tc := range []struct {
		name   string
		code   contacts.Code
		edit   func(*contacts.Options)
		before func(*twins)
		call   call
	}{
		{
			"CLI-3 the quota of labels", contacts.ErrLabelsQuota, func(o *contacts.Options) { o.LabelQuota = 2 }, nil,
			makeLabel("New"),
		},
		{
			"CLI-3 the quota of fields", contacts.ErrFieldsQuota, func(o *contacts.Options) { o.FieldQuota = 2 }, nil,
			makeField("New", contacts.DataText),
		},
		{"CLI-3 a closed store, written", contacts.ErrClosed, nil, closed, create(person("Ann"), nil)},
		{"CLI-3 a closed store, read", contacts.ErrClosed, nil, closed, list(contacts.Query{}, nil)},
		{
			"CLI-3 an ID that is taken", contacts.ErrIDExists, func(o *contacts.Options) {
				o.NewID = func() uuid.UUID { return bob }
			}, nil, create(contacts.Info{Name: contacts.Name{First: "Ann"}}, nil),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var edits []func(*contacts.Options)
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			w := newCast(t, edits...)
			if tc.before != nil {
				tc.before(w)
			}
			_, err := w.run(tc.call)
			require.Equal(t, tc.code, contacts.CodeOf(err), "%v", err)
		})
	}

	t.Run("CLI-3 a store that breaks its contract", func(t *testing.T) {
		broken := false
		s := storetest.Open(t, &contacts.Options{NewID: func() uuid.UUID {
			if broken {
				return uuid.Nil
			}
			return uuid.New()
		}})
		c := newClient(t, httpapi.Handler(s, nil), nil)
		broken = true
		_, err := c.Create(t.Context(), person("Ann"), nil)
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
	})
	t.Run("CLI-3 a merge of several, of which one is a member", func(t *testing.T) {
		w := newCast(t)
		for sources, want := range map[*[]uuid.UUID]uuid.UUID{
			{mem}: mem, {bob, mem}: uuid.Nil, {nobody}: nobody, {bob, nobody}: nobody, {ada}: ada,
		} {
			_, err := w.client.Merge(t.Context(), ada, 1, *sources, nil)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			require.Equal(t, want, e.ID, "%v", err)
		}
	})
}

// answering returns a client of a server that answers every request alike.
func answering(t testing.TB, status int, header http.Header, body string) *httpclient.Client {
	t.Helper()
	return newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		w.Header().Set("Content-Type", "application/json")
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, err = io.WriteString(w, body)
		require.NoError(t, err)
	}), nil)
}

// TestCodes requires that each code of package contacts and of package httpapi comes back as it is.
func TestCodes(t *testing.T) {
	for _, code := range append(codesIn(t, "../errors.go"), codesIn(t, "../httpapi/errors.go")...) {
		t.Run("CLI-3 "+string(code), func(t *testing.T) {
			status := http.StatusConflict
			body := envelope(code, `{}`)
			switch code {
			case contacts.ErrInvalid:
				body = `{"message":"m","details":{"validationError":{"fieldViolations":[` +
					`{"field":"info.a[1]","description":"d","violatedRule":"MAX","data":{"threshold":3}}]}}}`
			case contacts.ErrInternal:
				status, body = http.StatusInternalServerError, `{"message":"","details":{}}`
			}
			c := answering(t, status, http.Header{"X-Wix-Request-Id": {"r-1"}}, body)
			_, readErr := c.Get(t.Context(), bob, nil)
			for _, err := range []error{readErr, c.Delete(t.Context(), bob)} {
				require.ErrorIs(t, err, code)
				require.Equal(t, code, contacts.CodeOf(err))
				e, ok := errors.AsType[*contacts.Error](err)
				require.True(t, ok)
				require.Equal(t, bob, e.ID)
				at, ok := errors.AsType[*httpclient.ReplyError](err)
				require.True(t, ok)
				require.Equal(t, status, at.Status)
				require.Equal(t, "r-1", at.RequestID)
				if code == contacts.ErrInvalid {
					want := contacts.Violation{Field: "info.a[1]", Rule: contacts.RuleMax, Threshold: 3}
					require.Equal(t, []contacts.Violation{want}, e.Violations)
				}
			}
		})
	}
}

// codesIn returns the constants of type Code in a file.
func codesIn(t *testing.T, file string) []contacts.Code {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var codes []contacts.Code
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Err") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			codes = append(codes, contacts.Code(text))
		}
		return true
	})
	require.Greater(t, len(codes), 9)
	return codes
}

// mark is data that no message may show.
const mark = "ada.byron@example.com"

// TestEnvelopes has errors that httpapi does not send.
func TestEnvelopes(t *testing.T) {
	application := func(code, data string) string {
		return fmt.Sprintf(`{"message":%[1]q,"details":{"applicationError":{"code":%[2]q,"description":%[1]q,"data":%[3]s}}}`,
			mark, code, data)
	}
	html := http.Header{"Content-Type": {"text/html"}}
	for _, tc := range []struct {
		name   string
		status int
		header http.Header
		body   string
		read   contacts.Code
		write  contacts.Code // "": the same
	}{
		{"CLI-3 an unknown code", 400, nil, application("SITE_IS_FULL", "{}"), "SITE_IS_FULL", ""},
		{"CLI-3 a code in no form", 400, nil, application(mark, "{}"), httpclient.ErrMalformedReply, ""},
		{"CLI-3 no envelope", 403, nil, `{}`, "PERMISSION_DENIED", ""},
		{"CLI-3 null for details", 404, nil, `{"details":null}`, "NOT_FOUND", ""},
		{"CLI-3 details of a wrong type", 404, nil, `{"details":[]}`, "NOT_FOUND", ""},
		{
			"CLI-3 a code of a wrong type", 429, nil, `{"details":{"applicationError":{"code":7}}}`,
			"RESOURCE_EXHAUSTED", "",
		},
		{"CLI-3 no violations", 401, nil, violationsOf("[]"), "UNAUTHENTICATED", ""},
		{"CLI-3 violations of a wrong type", 400, nil, violationsOf("[7]"), httpclient.ErrMalformedReply, ""},
		{"CLI-3 a violation without members", 400, nil, violationsOf("[{}]"), contacts.ErrInvalid, ""},
		{
			"CLI-3 a violation with data", 400, nil, violationsOf(fmt.Sprintf(
				`[{"field":%[1]q,"violatedRule":%[1]q,"ruleName":%[1]q,"data":{"type":%[1]q,"threshold":%[1]q}}]`, mark)),
			contacts.ErrInvalid, "",
		},
		{
			"CLI-3 data of a wrong type", 409, nil, application("DUPLICATE_CONTACT_EXISTS", `[]`),
			contacts.ErrDuplicate, "",
		},
		{
			"CLI-3 members of data of a wrong type", 409, nil,
			application("DUPLICATE_CONTACT_EXISTS", `{"duplicateContactId":7,"duplicateEmail":{}}`), contacts.ErrDuplicate, "",
		},
		{
			"CLI-3 a duplicate", 409, nil, application("DUPLICATE_CONTACT_EXISTS",
				fmt.Sprintf(`{"duplicateContactId":%q,"duplicateEmail":%q}`, bob, mark)), contacts.ErrDuplicate, "",
		},
		{
			"CLI-3 keys of a wrong type", 400, nil, application("LABEL_NOT_FOUND", `{"labelKeys":[7,null]}`),
			contacts.ErrLabelNotFound, "",
		},
		{
			"CLI-3 a key in no form", 400, nil, application("LABEL_NOT_FOUND", fmt.Sprintf(`{"labelKeys":[%q]}`, mark+" ")),
			contacts.ErrLabelNotFound, "",
		},
		{
			"CLI-3 a field in no form", 400, nil,
			application("INVALID_EXTENDED_FIELD_VALUE", fmt.Sprintf(`{"key":%q,"dataType":"TEXT"}`, mark)),
			contacts.ErrInvalidFieldValue, "",
		},
		{
			"CLI-3 a quota of a wrong type", 429, nil, application("LABELS_QUOTA_REACHED", `{"labelsQuota":[]}`),
			contacts.ErrLabelsQuota, "",
		},
		{"CLI-3 a request ID in no form", 404, http.Header{"X-Wix-Request-Id": {mark + " x"}}, `{}`, "NOT_FOUND", ""},
		{"CLI-5 a page of a proxy, 400", 400, html, mark, httpclient.ErrMalformedReply, ""},
		{"CLI-5 a page of a proxy, 413", 413, html, mark, "REQUEST_TOO_LARGE", ""},
		{"CLI-5 a page of a proxy, 500", 500, html, mark, contacts.ErrInternal, contacts.ErrOutcomeUnknown},
		{"CLI-5 a page of a proxy, 502", 502, html, mark, httpclient.ErrMalformedReply, contacts.ErrOutcomeUnknown},
		{"CLI-5 a page of a proxy, 503", 503, html, mark, "UNAVAILABLE", contacts.ErrOutcomeUnknown},
		{"CLI-5 JSON of a proxy, 504", 504, nil, `{}`, "DEADLINE_EXCEEDED", contacts.ErrOutcomeUnknown},
		{"CLI-5 an error of the server", 500, nil, `{"message":"","details":{}}`, contacts.ErrInternal, ""},
		{"CLI-4 another success", 201, nil, `{"contact":{}}`, httpclient.ErrMalformedReply, contacts.ErrOutcomeUnknown},
		{"CLI-4 no content", 204, nil, "", httpclient.ErrMalformedReply, contacts.ErrOutcomeUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := answering(t, tc.status, tc.header, tc.body)
			_, err := c.Get(t.Context(), ada, nil)
			require.Equal(t, tc.read, contacts.CodeOf(err), "%v", err)
			requireSafe(t, err)

			err = c.Delete(t.Context(), ada)
			require.Equal(t, orElse(tc.write, tc.read), contacts.CodeOf(err), "%v", err)
			require.ErrorIs(t, err, tc.read, "the chain has the reason")
			requireSafe(t, err)
			at, ok := errors.AsType[*httpclient.ReplyError](err)
			require.True(t, ok)
			require.Equal(t, tc.status, at.Status)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			require.Equal(t, ada, e.ID)
		})
	}
}

func orElse(code, other contacts.Code) contacts.Code {
	if code == "" {
		return other
	}
	return code
}

// requireSafe requires that no text of an error shows the mark.
func requireSafe(t testing.TB, err error) {
	t.Helper()
	require.Error(t, err)
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Error("failed", "err", err)
	at, _ := errors.AsType[*httpclient.ReplyError](err)
	slog.New(slog.NewTextHandler(&logged, nil)).Error("failed", "err", err, "at", at)
	for _, value := range []any{err, at} {
		text, marshalErr := json.Marshal(value)
		require.NoError(t, marshalErr)
		logged.Write(text)
	}
	fmt.Fprintf(&logged, "%v %+v", err, err)
	require.NotContains(t, logged.String(), mark)
	require.NotContains(t, logged.String(), mark[:9])
}

// envelope returns an error with a code and data.
func envelope(code contacts.Code, data string) string {
	const form = `{"message":"m","details":{"applicationError":{"code":%q,"description":"d","data":%s}}}`
	return fmt.Sprintf(form, code, data)
}

// violationsOf returns an error with a list of violations.
func violationsOf(items string) string {
	return `{"message":"","details":{"validationError":{"fieldViolations":` + items + `}}}`
}

// TestDetails requires the details that a reply has.
func TestDetails(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       error
	}{
		{
			"CLI-3 a duplicate",
			envelope(contacts.ErrDuplicate, fmt.Sprintf(`{"duplicateContactId":%q,"duplicatePhone":"1"}`, bob)),
			&contacts.DuplicateError{ID: bob, Phone: "1"},
		},
		{
			"CLI-3 labels", envelope("LABEL_NOT_FOUND", `{"labelKeys":["a.b","c.d"]}`),
			&contacts.KeysError{Keys: []string{"a.b", "c.d"}},
		},
		{
			"CLI-3 a field", envelope("INVALID_EXTENDED_FIELD_VALUE", `{"key":"a.b","dataType":"DATE"}`),
			&contacts.FieldValueError{Key: "a.b", DataType: contacts.DataDate},
		},
		{
			"CLI-3 a quota", envelope("LABELS_QUOTA_REACHED", `{"labelsQuota":"9","labelsCurrentTotal":8}`),
			&contacts.QuotaError{Quota: 9, Total: 8},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := answering(t, 400, nil, tc.body).Get(t.Context(), ada, nil)
			at, ok := errors.AsType[*httpclient.ReplyError](err)
			require.True(t, ok)
			require.Equal(t, tc.want, at.Err)
		})
	}

	t.Run("CLI-3 a merge with a contact that the reply does not name", func(t *testing.T) {
		c := answering(t, 404, nil, envelope(contacts.ErrContactNotFound, "{}"))
		_, err := c.Merge(t.Context(), ada, 1, []uuid.UUID{bob}, nil)
		e, ok := errors.AsType[*contacts.Error](err)
		require.True(t, ok)
		require.Equal(t, contacts.ErrContactNotFound, e.Code)
		require.Zero(t, e.ID)
	})
	t.Run("CLI-3 the service says expected for type", func(t *testing.T) {
		_, err := answering(t, 400, nil, `{"details":{"validationError":{"fieldViolations":[`+
			`{"field":"info.phones.items[0].phone","violatedRule":"FORMAT","data":{"expected":"PHONE"}},`+
			`{"field":"query.sort[0].fieldName","violatedRule":"CUSTOM","ruleName":"X_1"}]}}}`).
			List(t.Context(), contacts.Query{}, nil)
		e, ok := errors.AsType[*contacts.Error](err)
		require.True(t, ok)
		require.Equal(t, []contacts.Violation{
			{Field: "info.phones.items[0].phone", Rule: contacts.RuleFormat, Format: "PHONE"},
			{Field: "sort[0].fieldName", Rule: contacts.RuleCustom, RuleName: "X_1"},
		}, e.Violations)
	})
}

// TestRefusedOptions requires that what the API cannot carry is refused and not sent.
func TestRefusedOptions(t *testing.T) {
	sent := 0
	c := newClient(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }), nil)
	ctx := t.Context()
	fields := map[string]any{"custom.a": 1}
	vip := contacts.LabelQuery{Filter: contacts.Eq("key", "x"), StartsWith: "V", Sort: make([]contacts.Sort, 2)}
	for _, tc := range []struct {
		name string
		want []string
		call call
	}{
		{"CLI-2 create", []string{"source", "unsubscribe"}, create(person("A"), &contacts.CreateOptions{
			Source: contacts.Source{SourceType: contacts.SourceAdmin}, Unsubscribe: []string{"a@x.test"},
		})},
		{"CLI-2 update", []string{"setFields", "unsubscribe"}, update(ada, 1, contacts.Patch{SetFields: fields},
			&contacts.UpdateOptions{Unsubscribe: []string{"a@x.test"}})},
		{"CLI-2 merge", []string{"plan"}, func(ctx context.Context, s store) (any, error) {
			return any1(s.Merge(ctx, ada, 1, []uuid.UUID{bob}, &contacts.MergeOptions{Plan: contacts.Fingerprint{1}}))
		}},
		{
			"CLI-2 list", []string{"people", "paging.cursor"},
			list(contacts.Query{People: "a"}, &contacts.ListOptions{Cursor: "x"}),
		},
		{"CLI-2 labels", []string{"filter", "sort"}, listLabels(vip, nil)},
		{"CLI-2 fields", []string{"filter"}, listFields(contacts.FieldQuery{
			Filter: vip.Filter, FieldType: contacts.FieldSystem,
		}, nil)},
		{"CLI-2 bulk delete", []string{"batchSize", "progress"}, func(ctx context.Context, s store) (any, error) {
			return any1(s.BulkDelete(ctx, contacts.Selection{Search: "x"}, &contacts.BulkOptions{
				BatchSize: 1, Progress: func(contacts.Job) {},
			}))
		}},
		{
			"CLI-2 bulk update", []string{"setFields"},
			bulkUpdate(contacts.Selection{}, contacts.Patch{SetFields: fields}),
		},
		{
			"CLI-2 submit",
			[]string{"memberId", "visitorContactId", "source", "activity.date", "activity.description", "activity.icon"},
			submit(person("A"), &contacts.SubmitOptions{
				MemberID: ada, VisitorContactID: bob, Source: contacts.Source{SourceType: contacts.SourceAdmin},
				Activity: contacts.Activity{Date: storetest.Epoch, Description: "x", Icon: &contacts.Icon{}},
			}),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.call(ctx, c)
			require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err), "%v", err)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			var fields []string
			for _, v := range e.Violations {
				require.Equal(t, contacts.RuleCustom, v.Rule)
				require.Equal(t, contacts.RuleNameNotSettable, v.RuleName)
				fields = append(fields, v.Field)
			}
			require.Equal(t, tc.want, fields)
		})
	}

	for name, call := range map[string]call{
		"a name":   create(contacts.Info{Name: contacts.Name{First: "A\xff"}}, nil),
		"a patch":  update(ada, 1, contacts.Patch{Company: contacts.Set(`\` + "\xff")}, nil),
		"a filter": list(contacts.Query{Filter: contacts.Eq("info.company", "\xff")}, nil),
		"a search": bulkDelete(contacts.Selection{Search: "\xc0"}),
		"a label":  makeLabel("\xff"),
		"a key":    label(ada, "custom.\xff"),
	} {
		t.Run("CLI-2 text that is not UTF-8 in "+name, func(t *testing.T) {
			_, err := call(ctx, c)
			e, ok := errors.AsType[*contacts.Error](err)
			require.True(t, ok)
			want := contacts.Violation{Field: "body", Rule: contacts.RuleFormat, Format: contacts.FormatText}
			require.Equal(t, []contacts.Violation{want}, e.Violations)
		})
	}
	t.Run("CLI-2 a filter without a form in JSON", func(t *testing.T) {
		_, err := c.List(ctx, contacts.Query{Filter: contacts.Eq("info.company", make(chan int))}, nil)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	})
	t.Run("CLI-2 no context", func(t *testing.T) {
		var none context.Context
		_, err := c.Get(none, ada, nil)
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
		_, err = c.GetLabel(none, "x")
		require.Equal(t, contacts.ErrInvalid, contacts.CodeOf(err))
	})
	require.Zero(t, sent, "nothing was sent")
}

// TestReplacementCharacter sends what a replaced text would look like.
func TestReplacementCharacter(t *testing.T) {
	w := newTwins(t)
	for _, text := range []string{"\ufffd", `\ufffd`, `\\ufffd`, `\` + "\ufffd"} {
		got, err := w.run(create(contacts.Info{Name: contacts.Name{First: text}}, nil))
		require.NoError(t, err, "CLI-2 %q", text)
		require.Equal(t, text, got.(*contacts.Contact).Info.Name.First)
	}
}

// TestLostJobs has bulk calls that take place and whose job cannot be read.
func TestLostJobs(t *testing.T) {
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, envelope(contacts.ErrJobNotFound, "{}"))
			return
		}
		_, _ = fmt.Fprintf(w, `{"jobId":%q}`, bob)
	}), nil)
	sel, keys := contacts.Selection{Search: "x"}, []string{"custom.vip"}
	for want, call := range map[contacts.JobType]call{
		contacts.JobDelete: bulkDelete(sel), contacts.JobUpdate: bulkUpdate(sel, contacts.Patch{}),
		contacts.JobAddLabels: bulkLabel(sel, keys, nil), contacts.JobRemoveLabels: bulkLabel(sel, nil, keys),
		contacts.JobAddRemoveLabels: bulkLabel(sel, keys, keys),
	} {
		job, err := call(t.Context(), c)
		require.Equal(t, contacts.ErrJobNotFound, contacts.CodeOf(err), "CLI-3")
		require.Equal(t, contacts.Job{ID: bob, Type: want}, job)
	}
}
