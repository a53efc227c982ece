package httpapi_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ExampleHandler() {
	store := must(contacts.New(nil))
	server := httptest.NewServer(httpapi.Handler(store, nil))
	defer server.Close()
	reply := must(http.Get(server.URL + "/contacts/v4/contacts?paging.limit=10"))
	defer reply.Body.Close()
	fmt.Println(reply.StatusCode, string(must(io.ReadAll(reply.Body))))
	// Output:
	// 200 {"contacts":[],"pagingMetadata":{"count":0,"offset":0,"total":0,"tooManyToCount":false,"hasNext":false}}
}

// Callers with the token may read and write, except merge. Others may do nothing.
func ExampleOptions_authorize() {
	store := must(contacts.New(nil))
	handler := httpapi.Handler(store, &httpapi.Options{
		Authorize: func(r *http.Request, p httpapi.Permission) error {
			switch {
			case r.Header.Get("Authorization") != "Bearer open-sesame":
				return errors.New("unknown token")
			case p == httpapi.PermissionMerge:
				return httpapi.ErrPermissionDenied
			default:
				return nil
			}
		},
	})
	for _, call := range []struct{ token, method, path string }{
		{"", "GET", "/contacts"},
		{"open-sesame", "GET", "/contacts"},
		{"open-sesame", "POST", "/contacts/00000000-0000-4000-8000-000000000001/merge"},
	} {
		r := httptest.NewRequest(call.method, "/contacts/v4"+call.path, nil)
		r.Header.Set("Authorization", "Bearer "+call.token)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code, call.method, call.path)
	}
	// Output:
	// 401 GET /contacts
	// 200 GET /contacts
	// 403 POST /contacts/00000000-0000-4000-8000-000000000001/merge
}

// A submission belongs to the member who is logged in, whatever it contains.
func ExampleOptions_identify() {
	store := must(contacts.New(nil))
	sessions := map[string]uuid.UUID{"session-7": uuid.MustParse("6b2c5b59-5a5f-4d53-9d5b-8f2f3e9a1c11")}
	handler := httpapi.Handler(store, &httpapi.Options{
		Identify: func(r *http.Request) httpapi.Identity {
			cookie, err := r.Cookie("session")
			if err != nil {
				return httpapi.Identity{}
			}
			return httpapi.Identity{MemberID: sessions[cookie.Value]}
		},
	})
	ctx := httptest.NewRequest("GET", "/", nil).Context()
	ada := must(store.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	must(store.SetMember(ctx, ada.ID, &contacts.Member{MemberID: sessions["session-7"]}))

	for _, session := range []string{"session-7", ""} {
		body := bytes.NewReader([]byte(`{"info":{"name":{"first":"Zoe"}}}`))
		r := httptest.NewRequest("POST", "/contacts/v4/contact-submit", body)
		r.Header.Set("Content-Type", "application/json")
		r.AddCookie(&http.Cookie{Name: "session", Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		_, rest, _ := strings.Cut(w.Body.String(), ",")
		fmt.Println(w.Code, "{…,"+rest)
	}
	// Output:
	// 200 {…,"identityType":"MEMBER","newContact":false}
	// 200 {…,"identityType":"CONTACT","newContact":true}
}

// An error is JSON in one of two forms: one for values that break a type, a limit or a format, one for everything else.
func ExampleHandler_errors() {
	store := must(contacts.New(nil))
	server := httptest.NewServer(httpapi.Handler(store, nil))
	defer server.Close()
	for _, body := range []string{
		`{"info":{"emails":{"items":[{"email":"nobody"}]}}}`,
		`{"info":{"company":"Acorn"}}`,
	} {
		reply := must(http.Post(server.URL+"/contacts/v4/contacts", "application/json", strings.NewReader(body)))
		var text bytes.Buffer
		if err := json.Indent(&text, must(io.ReadAll(reply.Body)), "", "  "); err != nil {
			panic(err)
		}
		reply.Body.Close()
		fmt.Println(reply.StatusCode, text.String())
	}
	// Output:
	// 400 {
	//   "message": "info.emails.items[0].email must be a valid EMAIL",
	//   "details": {
	//     "validationError": {
	//       "fieldViolations": [
	//         {
	//           "field": "info.emails.items[0].email",
	//           "description": "must be a valid EMAIL",
	//           "violatedRule": "FORMAT",
	//           "data": {
	//             "type": "EMAIL"
	//           }
	//         }
	//       ]
	//     }
	//   }
	// }
	// 400 {
	//   "message": "A contact needs a name, an email or a phone.",
	//   "details": {
	//     "applicationError": {
	//       "code": "INSUFFICIENT_CONTACT_DATA",
	//       "description": "A contact needs a name, an email or a phone.",
	//       "data": {}
	//     }
	//   }
	// }
}

// A program follows a store over HTTP, and continues after the last event that it has received.
func ExampleEvents() {
	store := must(contacts.New(nil))
	server := httptest.NewServer(httpapi.Events(store, nil))
	defer server.Close()
	for _, name := range []string{"Ada", "Grace"} {
		must(store.Create(context.Background(), contacts.Info{Name: contacts.Name{First: name}}, nil))
	}

	request := must(http.NewRequest(http.MethodGet, server.URL, nil))
	request.Header.Set("Last-Event-ID", "1")
	reply := must(http.DefaultClient.Do(request))
	defer reply.Body.Close()
	var id string
	for lines := bufio.NewScanner(reply.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = text
		}
		if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			var message struct {
				EventType string
				Payload   contacts.Event
			}
			must(0, json.Unmarshal([]byte(text), &message))
			fmt.Println(id, message.EventType, message.Payload.Change().After.Name().First)
			break
		}
	}
	// Output:
	// 2 wix.contacts.v4.contact_created Grace
}

// A store sends its events to a webhook.
func ExampleDeliver() {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	received := make(chan string)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// A program in JavaScript calls client.webhooks.process(body) here.
		received <- r.Method + " " + r.Header.Get("Content-Type")
	}))
	defer receiver.Close()

	store := must(contacts.New(nil))
	var state httpapi.DeliveryMemory
	must(0, state.Save(context.Background(), "0")) // from the first event on
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		ended <- httpapi.Deliver(ctx, store, &httpapi.DeliverOptions{URL: receiver.URL, Key: key, State: &state})
	}()
	must(store.Create(ctx, contacts.Info{Name: contacts.Name{First: "Ada"}}, nil))
	fmt.Println(<-received)
	cancel()
	fmt.Println(errors.Is(<-ended, context.Canceled), len(state.DeadLetters()))
	// Output:
	// POST text/plain
	// true 0
}
