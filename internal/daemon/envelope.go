package daemon

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/envelope"
)

// outcome is the status and the description of a code.
type outcome struct {
	status int
	text   string
}

// outcomes are those of the codes of the control address. Of others the status is 400.
var outcomes = map[contacts.Code]outcome{
	contacts.ErrInvalid:         {http.StatusBadRequest, ""},
	httpapi.ErrIncompleteBody:   {http.StatusBadRequest, "The body ended early."},
	httpapi.ErrUnauthenticated:  {http.StatusUnauthorized, "The caller is unknown."},
	httpapi.ErrPermissionDenied: {http.StatusForbidden, "The caller may not do this."},
	httpapi.ErrRouteNotFound:    {http.StatusNotFound, "No method has this path."},
	errNoStore:                  {http.StatusNotFound, "No store has this name."},
	errNoState:                  {http.StatusNotFound, "No state has this name."},
	contacts.ErrContactNotFound: {http.StatusNotFound, "Contact not found."},
	httpapi.ErrMethodNotAllowed: {http.StatusMethodNotAllowed, "The path does not support this method."},
	errStoreExists:              {http.StatusConflict, "Another store has this name."},
	errReserved:                 {http.StatusConflict, "The store main and the state start are always there."},
	httpapi.ErrBodyTooLarge:     {http.StatusRequestEntityTooLarge, "The body has too many bytes or JSON values."},
	httpapi.ErrUnsupportedMediaType: {
		http.StatusUnsupportedMediaType, "A request other than GET must have the Content-Type application/json.",
	},
	errQuota:             {http.StatusTooManyRequests, "There can be 1000 of them."},
	errRate:              {http.StatusTooManyRequests, "The client has sent too many requests."},
	contacts.ErrInternal: {http.StatusInternalServerError, ""},
	"":                   {http.StatusInternalServerError, ""}, // of a context that is done
}

// fail answers with an error. Its text has no values of contacts.
func fail(w http.ResponseWriter, err error) {
	code := contacts.CodeOf(err)
	found, ok := outcomes[code]
	if !ok {
		found = outcome{http.StatusBadRequest, "The store refuses this."}
	}
	var out envelope.Envelope
	e, _ := errors.AsType[*contacts.Error](err)
	switch {
	case found.status == http.StatusInternalServerError:
	case code == contacts.ErrInvalid:
		out = envelope.OfViolations("The request is invalid.", violationsOf(e))
	default:
		out = envelope.OfCode(code, found.text, struct{}{})
	}
	if found.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	reply(w, found.status, out)
}

func violationsOf(e *contacts.Error) []envelope.Violation {
	list := make([]envelope.Violation, len(e.Violations))
	for i, v := range e.Violations {
		list[i] = envelope.ViolationOf(v)
		if v.RuleName == ruleNameFault { // the mistakes in a rule have no paths
			list[i].Description = e.Err.Error()
		}
	}
	return list
}

// reply answers in JSON.
func reply[T any](w http.ResponseWriter, status int, v T) {
	text, err := json.Marshal(v)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(envelope.Internal)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // an error means that the caller has disconnected
}
