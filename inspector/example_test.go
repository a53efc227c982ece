package inspector_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/inspector"
)

func ExampleHandler() {
	store, err := contacts.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	ada := contacts.Info{Name: contacts.Name{First: "Ada", Last: "Byron"}}
	if _, err := store.Create(context.Background(), ada, nil); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/_inspector/", http.StripPrefix("/_inspector", inspector.Handler(store, nil)))
	server := httptest.NewServer(mux)
	defer server.Close()

	page, err := http.Get(server.URL + "/_inspector/")
	if err != nil {
		log.Fatal(err)
	}
	defer page.Body.Close()
	fmt.Println(page.Status, page.Header.Get("Cache-Control"))
	// Output: 200 OK no-store
}
