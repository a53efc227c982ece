package openapi

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/contactsdb/contacts/httpapi"
)

// wrongMost is the number of mismatches that a Checker keeps.
const wrongMost = 20

// Checker checks exchanges with the API. It is safe for concurrent use.
type Checker struct {
	d        *Document
	requests bool

	mu    sync.Mutex
	kinds map[string]int
	wrong []string
}

// NewChecker returns a Checker that has seen no exchange. With requests, it checks requests, too: none of them may then
// have parameters or members that the API ignores (HTTP-4). A strict server accepts no such request.
func NewChecker(d *Document, requests bool) *Checker {
	return &Checker{d: d, requests: requests, kinds: map[string]int{}}
}

// Check checks a reply and, if its status is 200, the request: others may be wrong. Only the method, the URL and the
// header of r are used. A request for a path that the API does not have is not checked.
func (c *Checker) Check(r *http.Request, body []byte, status int, header http.Header, reply []byte) {
	route := httpapi.Route(r)
	if route == "" {
		return
	}
	var wrong []string
	if c.requests && status == http.StatusOK {
		if err := c.d.CheckRequest(r, body); err != nil {
			wrong = append(wrong, fmt.Sprintf("request %s of %s: %v", body, route, err))
		}
	}
	if err := c.d.CheckReply(r, status, header, reply); err != nil {
		wrong = append(wrong, fmt.Sprintf("reply of %s, status %d: %v", route, status, err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kinds[fmt.Sprint(route, " ", status)]++
	c.wrong = append(c.wrong, wrong[:min(len(wrong), wrongMost-len(c.wrong))]...)
}

// Wrong returns the mismatches, at most 20: which exchange it was, and why it does not fit.
func (c *Checker) Wrong() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wrong)
}

// Kinds returns how many exchanges there were, by route and status, such as "GET /contacts/{id} 404".
func (c *Checker) Kinds() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.kinds)
}
