package httpapi

import (
	"net/http"
	"reflect"
	"runtime"
	"strings"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// This file gives the tests of package httpapi_test access to unexported parts.

// StatusOf returns the status of an error, which no request needs to cause.
func StatusOf(err error) int {
	status, _ := failureOf(err)
	return status
}

// Routes returns the methods of the API, each as "METHOD /path".
func Routes() []string {
	var names []string
	for _, r := range routes {
		names = append(names, r.method+" "+r.path)
	}
	return names
}

// Occupied returns the slots and the bytes of bodies that the requests of a handler occupy.
func Occupied(h http.Handler) (slots int, bytes int64) {
	in := h.(*handler)
	in.slots.mu.Lock()
	defer in.slots.mu.Unlock()
	in.bodies.mu.Lock()
	defer in.bodies.mu.Unlock()
	return in.slots.taken, in.bodies.bytes
}

// Readers returns the number of readers of a handler of events.
func Readers(h http.Handler) int {
	in := h.(endpoint).h
	in.slots.mu.Lock()
	defer in.slots.mu.Unlock()
	return in.slots.taken
}

// Known returns the parameters and the shape of the body that a strict handler accepts, by the names of Routes.
func Known(route string) (params []string, body *wire.Shape, ok bool) {
	k, ok := knowns[route]
	return k.params, k.body, ok
}

// RouteInfo is a method of the API.
type RouteInfo struct {
	Method, Path, Name, Calls, Does string
	Permission                      Permission
}

// RouteTable returns the methods of the API, each with the name of the function that answers it.
func RouteTable() []RouteInfo {
	list := make([]RouteInfo, len(routes))
	for i, r := range routes {
		name := runtime.FuncForPC(reflect.ValueOf(r.answer).Pointer()).Name()
		list[i] = RouteInfo{r.method, r.path, name[strings.LastIndex(name, ".")+1:], r.calls, r.does, r.permission}
	}
	return list
}

// Statuses returns the status of each code of an error.
func Statuses() map[contacts.Code]int {
	statuses := map[contacts.Code]int{}
	for code, out := range outcomes {
		statuses[code] = out.status
	}
	return statuses
}

// Update is the flag that rewrites generated files.
func Update() bool { return *update }
