package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/logtest"
)

// fullDisk is a log that cannot append.
type fullDisk struct{ contacts.Log }

func (fullDisk) Append(context.Context, contacts.Seq, []byte) (contacts.Seq, error) {
	return 0, errors.New("no space left")
}

func TestLogErrors(t *testing.T) {
	s, err := contacts.Open(t.Context(), fullDisk{logtest.NewMemory()}, nil)
	require.NoError(t, err)
	defer s.Close()
	handler := httpapi.Handler(s, nil)
	for _, code := range []contacts.Code{contacts.ErrOutcomeUnknown, contacts.ErrReadOnly} { // first, and from then on
		t.Run("HTTP-8 "+string(code), func(t *testing.T) {
			body := strings.NewReader(`{"info":{"name":{"first":"Ann"}}}`)
			r := httptest.NewRequest("POST", "/contacts/v4/contacts", body)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			require.Equal(t, http.StatusServiceUnavailable, w.Code, w.Body)
			require.Contains(t, w.Body.String(), `"`+string(code)+`"`)
			require.NotContains(t, w.Body.String(), "space")
		})
	}
}
