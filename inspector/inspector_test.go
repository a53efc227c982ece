package inspector_test

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/inspector"
	"github.com/contactsdb/contacts/internal/storetest"
)

// site is a handler in a test.
type site struct {
	t testing.TB
	http.Handler
}

func open(t testing.TB, s *contacts.Store, opts *inspector.Options) site {
	return site{t, inspector.Handler(s, opts)}
}

// reply is the reply to a request.
type reply struct {
	status int
	header http.Header
	text   string
}

// send sends a request; edits change it before.
func (s site) send(method, path string, form url.Values, edits ...func(*http.Request)) reply {
	s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, edit := range edits {
		edit(r)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.String()}
}

// get requires a page.
func (s site) get(path string) string {
	s.t.Helper()
	return s.page(s.send("GET", path, nil))
}

// post requires a page as the reply to a form, of names and values.
func (s site) post(path string, form ...string) string {
	s.t.Helper()
	return s.page(s.send("POST", path, formOf(form...)))
}

func formOf(form ...string) url.Values {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	return values
}

func (s site) page(r reply) string {
	s.t.Helper()
	require.Equal(s.t, http.StatusOK, r.status, r.text)
	require.Equal(s.t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	requireWellFormed(s.t, r.text)
	return r.text
}

// requireWellFormed requires that every element is closed, in order, and every attribute is quoted.
func requireWellFormed(t testing.TB, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Entity = xml.HTMLEntity
	for {
		_, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err, text)
	}
}

func TestList(t *testing.T) {
	s := storetest.New(t)
	require.Contains(t, open(t, s, nil).get("/"), "No contacts yet", "INS-1 an empty store")
	ada := storetest.Create(t, s, storetest.RichInfo("ada"))
	storetest.Create(t, s, storetest.RichInfo("bo"))
	in := open(t, s, nil)

	t.Run("INS-1 all contacts", func(t *testing.T) {
		text := in.get("/")
		require.Contains(t, text, "2 contacts")
		require.Contains(t, text, `href="./contacts/`+ada.ID.String())
	})
	t.Run("INS-1 people search, with its plan", func(t *testing.T) {
		text := in.post("/", "people", "ada")
		require.Contains(t, text, "1 contact")
		require.Contains(t, text, "index <code>people</code>")
		require.NotContains(t, text, "bo Quill")
	})
	t.Run("INS-1 the query language", func(t *testing.T) {
		text := in.post("/", "filter", `{"info.emails.email": "bo@x.test"}`)
		require.Contains(t, text, "index <code>email</code>")
		require.Contains(t, text, "bo Quill")
		require.NotContains(t, text, "ada Quill")
	})
	t.Run("INS-1 a filter that cannot be answered", func(t *testing.T) {
		for filter, code := range map[string]contacts.Code{
			`{`: contacts.ErrMalformedFilter, `{"info.shoe": 4}`: contacts.ErrFilterField,
		} {
			r := in.send("POST", "/", formOf("filter", filter))
			require.Equal(t, http.StatusBadRequest, r.status)
			require.Contains(t, r.text, string(code))
			requireWellFormed(t, r.text)
		}
	})
}

func TestContact(t *testing.T) {
	s := storetest.New(t)
	ada := storetest.Create(t, s, storetest.RichInfo("ada"))
	old := storetest.Create(t, s, storetest.Person("Old", "old@x.test"))
	in := open(t, s, nil)
	require.Contains(t, in.get("/contacts/"+ada.ID.String()), "No contact was merged into this one.")
	ada, err := s.Merge(t.Context(), ada.ID, ada.Revision, contactIDs(old), nil)
	require.NoError(t, err)

	t.Run("INS-1 a contact, its history and old IDs", func(t *testing.T) {
		text := in.get("/contacts/" + ada.ID.String())
		for _, part := range []string{
			"ada@x.test", "Acorn", "Botanist", "1990-02-28", "Springvale", "XX 123", "Created", "Merged",
			"../contacts/" + old.ID.String(), "emails[2].email",
		} {
			require.Contains(t, text, part)
		}
	})
	t.Run("INS-1 an old ID shows the contact", func(t *testing.T) {
		text := in.get("/contacts/" + old.ID.String())
		require.Contains(t, text, "You asked for an old ID.")
		require.Contains(t, text, "ada Quill")
	})
	t.Run("INS-1 no contact", func(t *testing.T) {
		for path, code := range map[string]contacts.Code{
			storetest.MissingID.String(): contacts.ErrContactNotFound, "x": inspector.ErrRouteNotFound,
		} {
			r := in.send("GET", "/contacts/"+path, nil)
			require.Equal(t, http.StatusNotFound, r.status)
			require.Contains(t, r.text, string(code))
		}
	})
}

func contactIDs(list ...*contacts.Contact) []uuid.UUID {
	var ids []uuid.UUID
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}
