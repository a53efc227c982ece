package daemon

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/contactstest"
	"github.com/contactsdb/contacts/httpapi"
	"github.com/contactsdb/contacts/internal/envelope"
	"github.com/contactsdb/contacts/internal/wire"
)

// controlBodyMax limits the body of a request to the control address, in bytes.
const controlBodyMax = 1 << 20

// order is a request to the control address.
type order struct {
	*control
	r     *http.Request
	store string // "" if the path names none
}

// result is the reply to an order.
type result map[string]any

// controlRoutes are the methods of the control address by their paths.
var controlRoutes = map[string]map[string]func(*order) (result, error){
	"/{$}":                    {"GET": (*order).overview},
	"/reset":                  {"POST": (*order).resetAll},
	"/states/{state}":         {"PUT": (*order).saveState, "DELETE": (*order).deleteState},
	"/stores":                 {"POST": (*order).forkStore},
	"/stores/{store}":         {"GET": (*order).getStore, "DELETE": (*order).deleteStore},
	"/stores/{store}/restore": {"POST": (*order).restoreStore},
	"/stores/{store}/clock":   {"GET": (*order).getClock, "POST": (*order).moveClock},
	"/stores/{store}/faults": {
		"GET": (*order).getFaults, "POST": (*order).addFaults, "DELETE": (*order).clearFaults,
	},
	"/stores/{store}/requests":                     {"GET": (*order).getRequests},
	"/stores/{store}/contacts/{id}/member":         {"PUT": (*order).setMember},
	"/stores/{store}/contacts/{id}/subscription":   {"PUT": (*order).setSubscription},
	"/stores/{store}/contacts/{id}/deliverability": {"PUT": (*order).setDeliverability},
	"/stores/{store}/contacts/{id}/billing":        {"PUT": (*order).setBilling},
}

// handler returns the handler of the control address.
func (c *control) handler() http.Handler {
	mux := http.NewServeMux()
	for path, methods := range controlRoutes {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			do := methods[r.Method]
			if do == nil {
				w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(methods)), ", "))
				fail(w, &contacts.Error{Code: httpapi.ErrMethodNotAllowed})
				return
			}
			out, err := do(&order{c, r, r.PathValue("store")})
			if err != nil {
				fail(w, err)
				return
			}
			reply(w, http.StatusOK, out)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, &contacts.Error{Code: httpapi.ErrRouteNotFound})
	})
	route := func(r *http.Request) string {
		_, pattern := mux.Handler(r)
		if pattern == "/" {
			return "control none"
		}
		return "control " + strings.TrimSuffix(pattern, "{$}")
	}
	authorize := c.d.guard()
	counted := newMeters(nil) // no one asks for them: /metrics is about a store
	return c.d.observed(counted, route, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := refusalOf(authorize(r, httpapi.PermissionModify)); err != nil {
			fail(w, err)
			return
		}
		// A page of any site can make a browser send a POST without a body to 127.0.0.1, but not one announced as JSON.
		if r.Method != http.MethodGet && !announcesJSON(r) {
			fail(w, &contacts.Error{Code: httpapi.ErrUnsupportedMediaType})
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

func announcesJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// storeInfo describes a store.
type storeInfo struct {
	Name     string            `json:"name"`
	URL      string            `json:"url"` // of the API, without the path /contacts/v4
	Contacts int               `json:"contacts"`
	Position contacts.Position `json:"position"`
	Now      wire.Time         `json:"now"`
	Rules    int               `json:"rules"`
}

func (o *order) about(l *live) storeInfo {
	url, sn := o.d.url, l.store.Snapshot()
	if l.name != mainStore {
		url += storesPath + l.name
	}
	return storeInfo{l.name, url, sn.Len(), sn.Position(), wire.Time(l.clock.Now()), len(l.faults.Status())}
}

func (o *order) overview() (result, error) {
	infos := []storeInfo{}
	for _, l := range o.all() {
		infos = append(infos, o.about(l))
	}
	return result{"stores": infos, "states": o.stateNames()}, nil
}

func (o *order) resetAll() (result, error) {
	if _, err := bodyOf(o, func(wire.Object) struct{} { return struct{}{} }); err != nil {
		return nil, err
	}
	if err := o.reset(); err != nil {
		return nil, err
	}
	return o.overview()
}

func (o *order) saveState() (result, error) {
	store, err := bodyOf(o, func(b wire.Object) string { return cmp.Or(b.Text("store"), mainStore) }, "store")
	if err == nil {
		err = checkName(o.r.PathValue("state"))
	}
	if err != nil {
		return nil, err
	}
	return result{}, o.save(o.r.PathValue("state"), store)
}

func (o *order) deleteState() (result, error) { return result{}, o.forget(o.r.PathValue("state")) }

func (o *order) forkStore() (result, error) {
	type request struct{ name, store, state string }
	in, err := bodyOf(o, func(b wire.Object) request {
		return request{b.Text("name"), b.Text("store"), b.Text("state")}
	}, "name", "store", "state")
	switch {
	case err != nil:
		return nil, err
	case in.store != "" && in.state != "":
		return nil, &contacts.Error{Code: contacts.ErrInvalid, Violations: []contacts.Violation{
			{Field: "state", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameOneOf},
		}}
	case in.name != "":
		if err := checkName(in.name); err != nil {
			return nil, err
		}
	}
	return o.described(o.fork(in.name, cmp.Or(in.store, mainStore), in.state))
}

func checkName(name string) error {
	if !validName.MatchString(name) {
		return violation("name", "NAME")
	}
	return nil
}

func (o *order) described(l *live, err error) (result, error) {
	if err != nil {
		return nil, err
	}
	return result{"store": o.about(l)}, nil
}

func (o *order) getStore() (result, error)    { return o.described(o.find(o.store)) }
func (o *order) deleteStore() (result, error) { return result{}, o.remove(o.store) }

func (o *order) restoreStore() (result, error) {
	name, err := bodyOf(o, func(b wire.Object) string { return cmp.Or(b.Text("state"), startState) }, "state")
	if err != nil {
		return nil, err
	}
	return o.described(o.restore(o.store, name))
}

func (o *order) getClock() (result, error) {
	l, err := o.find(o.store)
	if err != nil {
		return nil, err
	}
	return l.time(), nil
}

func (l *live) time() result { return result{"now": wire.Time(l.clock.Now())} }

func (o *order) moveClock() (result, error) {
	type request struct {
		set time.Time
		by  time.Duration
	}
	in, err := bodyOf(o, func(b wire.Object) request {
		advance := b.Get("advance")
		if !advance.Present() {
			b.Require("set")
			return request{set: b.Time("set")}
		}
		by, err := time.ParseDuration(advance.Text())
		if err != nil || by == 0 || b.Get("set").Present() {
			advance.Refuse("DURATION")
		}
		return request{by: by}
	}, "set", "advance")
	if err != nil {
		return nil, err
	}
	l, err := o.find(o.store)
	if err == nil {
		err = l.move(in.set, in.by)
	}
	if err != nil {
		return nil, err
	}
	return l.time(), nil
}

func (o *order) getFaults() (result, error) {
	l, err := o.find(o.store)
	if err != nil {
		return nil, err
	}
	return result{"rules": append([]contactstest.FaultStatus{}, l.faults.Status()...)}, nil
}

func (o *order) addFaults() (result, error) {
	texts, err := bodyOf(o, func(b wire.Object) []string {
		b.Require("rules")
		return wire.List(b, "rules", wire.Value.Source)
	}, "rules")
	if err != nil {
		return nil, err
	}
	rules := make([]contactstest.Fault, len(texts))
	for i, text := range texts {
		if err := rules[i].UnmarshalJSON([]byte(text)); err != nil {
			return nil, badRule(err)
		}
	}
	if err := o.plan(o.store, rules); err != nil {
		return nil, err
	}
	return o.getFaults()
}

func (o *order) clearFaults() (result, error) {
	l, err := o.find(o.store)
	if err != nil {
		return nil, err
	}
	l.faults.Clear()
	return result{}, nil
}

// requestInfo is a request to a store.
type requestInfo struct {
	Number    int                 `json:"number"` // among the requests to the store, from 1
	Request   string              `json:"request"`
	Method    contactstest.Method `json:"method,omitempty"`
	ContactID uuid.UUID           `json:"contactId,omitzero"`
	Time      wire.Time           `json:"time"`
	Status    int                 `json:"status,omitempty"` // 0 if the connection was cut
	Reached   bool                `json:"reached"`          // the store
	Rule      json.RawMessage     `json:"rule,omitempty"`   // that decided the outcome
}

func (o *order) getRequests() (result, error) {
	l, err := o.find(o.store)
	if err != nil {
		return nil, err
	}
	list := []requestInfo{}
	for _, c := range l.faults.Calls() {
		list = append(list, requestInfo{
			c.Number, c.Request, c.Method, c.ID, wire.Time(c.Time), c.Status, c.Reached, json.RawMessage(c.Fault),
		})
	}
	return result{"requests": list}, nil
}

// contact finds the store and the ID of a contact in the path, and returns the reply of the write that do makes.
func (o *order) contact(do func(*contacts.Store, uuid.UUID) (*contacts.Contact, error)) (result, error) {
	l, err := o.find(o.store)
	if err != nil {
		return nil, err
	}
	id, ok := wire.ParseGUID(o.r.PathValue("id"))
	if !ok {
		return nil, violation("id", contacts.FormatGUID)
	}
	written, err := do(l.store, id)
	if err != nil {
		return nil, err
	}
	return result{"contact": written}, nil
}

// memberShape is the shape of a member in a request.
var memberShape = &wire.Shape{Members: map[string]*wire.Shape{
	"memberId": nil, "signupDate": nil, "email": nil, "emailVerified": nil, "emailVerificationRequired": nil,
	"status": nil,
	"profileInfo": {Members: map[string]*wire.Shape{
		"nickname": nil, "privacyStatus": nil, "reported": nil, "muted": nil,
		"photo": wire.Only("id", "_id", "url", "height", "width", "altText", "filename", "urlExpirationDate"),
	}},
	"userInfo":    wire.Only("userId", "role"),
	"sessionInfo": wire.Only("lastWebLogin", "lastMobileLogin", "mobileAppNames"),
	"groupInfo":   wire.Only("groupIds"),
}}

func (o *order) setMember() (result, error) {
	var in contacts.Contact // a member alone cannot be decoded
	var wrong error
	_, err := bodyOf(o, func(b wire.Object) struct{} {
		if !b.Has("memberInfo") {
			b.Require("memberInfo")
		}
		member := b.Get("memberInfo")
		member.Limit(memberShape)
		wrong = in.UnmarshalJSON([]byte(`{"memberInfo":` + member.Source() + `}`))
		return struct{}{}
	}, "memberInfo")
	var unknown, types *contacts.Error
	if errors.As(err, &unknown) && errors.As(wrong, &types) {
		unknown.Violations = append(unknown.Violations, types.Violations...)
	}
	if err = cmp.Or(err, wrong); err != nil {
		return nil, err
	}
	return o.contact(func(s *contacts.Store, id uuid.UUID) (*contacts.Contact, error) {
		return s.SetMember(o.r.Context(), id, in.Member)
	})
}

func (o *order) setSubscription() (result, error) {
	type request struct {
		address string
		status  contacts.SubscriptionStatus
	}
	in, err := bodyOf(o, func(b wire.Object) request {
		b.Require("address")
		b.Require("status")
		return request{b.Text("address"), wire.Enum[contacts.SubscriptionStatus](b, "status")}
	}, "address", "status")
	if err != nil {
		return nil, err
	}
	return o.contact(func(s *contacts.Store, id uuid.UUID) (*contacts.Contact, error) {
		return s.SetSubscription(o.r.Context(), id, in.address, in.status)
	})
}

func (o *order) setDeliverability() (result, error) {
	type request struct {
		email  string
		status contacts.EmailDeliverability
	}
	in, err := bodyOf(o, func(b wire.Object) request {
		b.Require("email")
		b.Require("status")
		return request{b.Text("email"), wire.Enum[contacts.EmailDeliverability](b, "status")}
	}, "email", "status")
	if err != nil {
		return nil, err
	}
	return o.contact(func(s *contacts.Store, id uuid.UUID) (*contacts.Contact, error) {
		return s.SetDeliverability(o.r.Context(), id, in.email, in.status)
	})
}

func (o *order) setBilling() (result, error) {
	active, err := bodyOf(o, func(b wire.Object) bool {
		b.Require("active")
		return b.Bool("active")
	}, "active")
	if err != nil {
		return nil, err
	}
	return o.contact(func(s *contacts.Store, id uuid.UUID) (*contacts.Contact, error) {
		return s.SetBillingSubscription(o.r.Context(), id, active)
	})
}

// bodyOf reads the body of an order, whose members are known (CTL-10).
func bodyOf[T any](o *order, read func(wire.Object) T, known ...string) (T, error) {
	var none T
	text, err := io.ReadAll(http.MaxBytesReader(nil, o.r.Body, controlBodyMax))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return none, &contacts.Error{Code: httpapi.ErrBodyTooLarge}
	} else if err != nil {
		return none, &contacts.Error{Code: httpapi.ErrIncompleteBody}
	}
	out, err := wire.Read(cmp.Or(string(text), "{}"), "", func(v wire.Value) T {
		v.Limit(wire.Only(known...))
		return read(v.Object())
	})
	if e, ok := errors.AsType[*wire.Error](err); ok {
		invalid := &contacts.Error{Code: contacts.ErrInvalid}
		for _, p := range e.Problems {
			invalid.Violations = append(invalid.Violations, envelope.OfProblem(p))
		}
		return none, invalid
	}
	return out, nil
}
