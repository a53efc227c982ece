package inspector

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
)

// page is what the layout shows of every page.
type page struct {
	Title    string
	Root     string // relative path of the list
	Current  string // name of the page
	Known    bool   // the visitor may see pages: others see nothing of the store, not even its position
	Write    bool
	Position int // of the store
	Data     any // of the page's own template
}

// templates are the pages by name.
var templates = parseTemplates()

func parseTemplates() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"number": number, "moment": moment, "stamp": stamp, "words": words[string], "plural": plural,
	}).ParseFS(files, "templates/layout.html", "templates/parts.html"))
	pages := map[string]*template.Template{}
	for _, name := range []string{"list", "contact", "duplicates", "merge", "definitions", "feed", "state", "error"} {
		pages[name] = template.Must(template.Must(layout.Clone()).ParseFS(files, "templates/"+name+".html"))
	}
	return pages
}

// render answers with a page. It is written only once it is complete.
func (v *visit) render(status int, name, title string, data any) error {
	var b bytes.Buffer
	err := templates[name].Execute(&b, page{
		Title: title, Root: v.root(), Current: name, Known: v.known, Write: v.opts.Write,
		Position: int(v.store.Snapshot().Position()), Data: data,
	})
	if err != nil {
		return &contacts.Error{Code: contacts.ErrInternal} // the text of err may contain values
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	v.w.Write(b.Bytes()) // an error means that the client has gone
	return nil
}

// failure is the data of the page of an error.
type failure struct {
	Status     int
	Code       contacts.Code
	Says       string
	Details    string // without values of contacts
	Violations []contacts.Violation
}

// says explains the codes to a person.
var says = map[contacts.Code]struct {
	status int
	text   string
}{
	ErrUnauthenticated:  {http.StatusUnauthorized, "Sign in to see this page. With contactsd, the password is the token."},
	ErrPermissionDenied: {http.StatusForbidden, "You may not see this page."},
	ErrRouteNotFound:    {http.StatusNotFound, "There is no such page."},
	ErrMethodNotAllowed: {http.StatusMethodNotAllowed, "This page cannot be used like that."},
	ErrReadOnly:         {http.StatusForbidden, "These pages are read-only."},
	ErrCrossOrigin:      {http.StatusForbidden, "A page of another site sent this form. Nothing was done."},
	ErrBodyTooLarge:     {http.StatusRequestEntityTooLarge, "The form has more than 1 MiB."},
	ErrBadForm:          {http.StatusBadRequest, "The form cannot be read."},

	contacts.ErrContactNotFound: {http.StatusNotFound, "No contact has this ID, and none was merged away with it."},
	contacts.ErrLabelNotFound:   {http.StatusNotFound, "There is no such label. It may have been deleted."},
	contacts.ErrFieldNotFound:   {http.StatusNotFound, "There is no such field. It may have been deleted."},
	contacts.ErrInvalid:         {http.StatusBadRequest, "The store refused this input."},
	contacts.ErrAlreadyChanged:  {http.StatusConflict, "The contact has changed. Nothing was done."},
	contacts.ErrPlanOutdated:    {http.StatusConflict, "A contact has changed. Nothing was done."},
	contacts.ErrClosed:          {http.StatusServiceUnavailable, "The store was closed."},
	contacts.ErrReadOnly:        {http.StatusServiceUnavailable, "The store can only be read."},
	contacts.ErrOutcomeUnknown:  {http.StatusInternalServerError, "It is not known whether this was done."},
	contacts.ErrInternal:        {http.StatusInternalServerError, "The server failed. Its log may say more."},
}

// fail answers with the page of an error.
func (v *visit) fail(err error) {
	f := failureOf(err)
	gone := v.r.Context().Err() != nil // the client: the script cancels a search at the next key
	if f.Status == http.StatusInternalServerError && !gone {
		v.opts.Logger.ErrorContext(v.r.Context(), "not answered", "route", v.pattern, "code", string(f.Code))
	}
	if f.Status == http.StatusUnauthorized {
		v.w.Header().Set("WWW-Authenticate", `Basic realm="contacts", charset="UTF-8"`)
	}
	if v.render(f.Status, "error", f.Says, f) != nil {
		http.Error(v.w, string(f.Code), f.Status)
	}
}

func failureOf(err error) failure {
	f := failure{Code: cmp.Or(contacts.CodeOf(err), contacts.ErrInternal)}
	known, ok := says[f.Code]
	if !ok { // other codes of the store are about the input
		known.status, known.text = http.StatusBadRequest, "The store refused this."
	}
	f.Status, f.Says = known.status, known.text
	if e, ok := errors.AsType[*contacts.Error](err); ok && f.Status != http.StatusInternalServerError {
		f.Details, f.Violations = e.Error(), e.Violations // which contain no values (ERR-3)
	}
	return f
}

// note is a message at the top of a page.
type note struct {
	Kind string // good, warn or bad
	Text string
	failure
}

// problem returns the note about an error of the user.
func problem(text string, err error) *note {
	return &note{Kind: "bad", Text: text, failure: failureOf(err)}
}

// first returns the first n items of a list, or all if it has fewer, and the number of the others.
func first[T any](list []T, n int) (shown []T, more int) {
	n = min(n, len(list))
	return list[:n], len(list) - n
}

// number writes a number with separators, such as 1,234.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural returns a number with its noun, such as "1 contact" or "2 contacts".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// moment writes a time for people. All pages use UTC.
func moment(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04:05") }

// stamp writes a time for programs.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// words writes a word of an enum for people, such as "Not set" for NOT_SET.
func words[E ~string](word E) string {
	text := strings.ToLower(strings.NewReplacer("_", " ", "-", " ").Replace(string(word)))
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
