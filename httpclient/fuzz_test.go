package httpclient_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpclient"
)

// saying is a server that answers every request alike.
type saying struct {
	status int
	body   string
}

func (s saying) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}},
		ContentLength: -1, Body: io.NopCloser(strings.NewReader(s.body)),
	}, nil
}

// FuzzReply requires that no reply makes a call panic, that every error has a code, and that a write whose reply of
// success is useless has OUTCOME_UNKNOWN.
func FuzzReply(f *testing.F) {
	for _, body := range []string{
		`{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":1,"info":{"name":{"first":"A"}}}}`,
		`{"contacts":[{"createdDate":"2026-01-01T00:00:00.000Z"}],"pagingMetadata":{"total":1,"hasNext":true}}`,
		`{"facets":[{"facetKey":"a","queryFilter":{"a":{"$eq":1}}}],"pagingMetadata":{}}`,
		`{"labels":[{"key":"a.b"}],"pagingMetadata":{}}`, `{"jobs":[{"errors":[{"code":"X"}]}]}`,
		violationsOf(`[{"field":"a","violatedRule":"MAX","data":{"threshold":1}}]`),
		envelope(contacts.ErrDuplicate, `{"duplicateContactId":"00000000-0000-4000-8000-000000000001"}`),
		envelope(contacts.ErrLabelNotFound, `{"labelKeys":["a.b",1]}`),
		envelope(contacts.ErrLabelsQuota, `{"labelsQuota":"1","labelsCurrentTotal":"2"}`),
	} {
		f.Add(http.StatusOK, body)
		f.Add(http.StatusBadRequest, body)
		f.Add(http.StatusBadGateway, body)
	}
	calls := []call{
		get(ada, nil), merge(ada, 1, bob), list(contacts.Query{}, nil), facets(contacts.Filter{}, nil), makeLabel("A"),
		listLabels(contacts.LabelQuery{}, nil), listFields(contacts.FieldQuery{StartsWith: "A"}, nil), jobs,
		bulkDelete(contacts.Selection{Search: "x"}), submit(contacts.Info{}, nil), remove(ada), deleteLabel("a.b"),
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return // net/http handles 100 to 199, and the form of a status limits it
		}
		c, err := httpclient.New("http://x.test", &httpclient.Options{
			HTTPClient: &http.Client{Transport: saying{status, body}}, MaxReplyBytes: 10_000,
		})
		require.NoError(t, err)
		for _, fn := range calls {
			_, err := fn(t.Context(), c)
			if status != http.StatusOK {
				require.Error(t, err)
			}
			if err != nil {
				require.NotEmpty(t, contacts.CodeOf(err))
				require.NotEmpty(t, err.Error())
			}
		}
		err = c.Delete(t.Context(), ada)
		if status < 300 {
			require.NotErrorIs(t, err, contacts.ErrInvalid)
			require.NotEqual(t, httpclient.ErrMalformedReply, contacts.CodeOf(err), "the delete may have taken place")
			require.NotEqual(t, httpclient.ErrReplyTooLarge, contacts.CodeOf(err))
		}
	})
}
