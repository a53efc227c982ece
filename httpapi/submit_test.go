package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

func TestSubmitOnTheWire(t *testing.T) {
	t.Run("SBM-8 a new person", func(t *testing.T) {
		a := openAPI(t, nil)
		a.call("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}},"passThroughData":"p"}`).is(
			`{"contactId":"` + testID(1).String() + `","identityType":"CONTACT","newContact":true}`)
	})
	for _, tc := range []struct{ name, body, contact, identity string }{
		{"a known person", `{"info":{"emails":{"items":[{"email":"BOB@example.com"}]},"company":"Acorn"}}`, "bob",
			"CONTACT"},
		{"with a phone", `{"info":{"phones":{"items":[{"phone":"+4562183848","countryCode":"DK"}]}}}`, "bob",
			"CONTACT"},
		{"a member who is not logged in", `{"info":{"emails":{"items":[{"email":"mem@example.com"}]}}}`, "mem",
			"NOT_AUTHENTICATED_MEMBER"},
	} {
		t.Run("SBM-4 "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			c.do("POST", "/contact-submit", tc.body).is(
				c.fill(`{"contactId":"{` + tc.contact + `}","identityType":"` + tc.identity + `","newContact":false}`))
		})
	}
	t.Run("SBM-6 nothing is overwritten", func(t *testing.T) {
		c := newCast(t, nil)
		c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Bob"},"company":"Acorn",`+
			`"emails":{"items":[{"email":"bob@example.com"},{"email":"bob@example.org"}]}}}`).ok()
		bob := c.get("bob")
		require.Equal(t, []any{"Stone", "Acorn", 2}, []any{bob.Info.Name.Last, bob.Info.Company, bob.Revision})
		require.Len(t, bob.Info.Emails, 2)
		require.Equal(t, contacts.EmailMain, bob.Info.Emails[0].Tag)
	})

	// who returns options with a sender.
	who := func(i httpapi.Identity) *httpapi.Options {
		return &httpapi.Options{Identify: func(*http.Request) httpapi.Identity { return i }}
	}
	// Every cast has the same IDs.
	ids := newCast(t, nil).id
	t.Run("HTTP-16 a member", func(t *testing.T) {
		c := newCast(t, who(httpapi.Identity{MemberID: ids["member"]}))
		for _, body := range []string{``, `{}`, `{"info":{"emails":{"items":[{"email":"zoe@example.com"}]}}}`} {
			c.do("POST", "/contact-submit", body).is(
				c.fill(`{"contactId":"{mem}","identityType":"MEMBER","newContact":false}`))
		}
	})
	t.Run("HTTP-16 a member without a contact", func(t *testing.T) {
		c := newCast(t, who(httpapi.Identity{MemberID: ids["nobody"]}))
		c.refuse("POST", "/contact-submit", `{}`).fails(404, contacts.ErrContactNotFound)
	})
	t.Run("HTTP-16 a visitor", func(t *testing.T) {
		c := newCast(t, who(httpapi.Identity{VisitorContactID: ids["bob"]}))
		c.do("POST", "/contact-submit", `{"info":{"company":"Acorn"}}`).is(
			c.fill(`{"contactId":"{bob}","identityType":"CONTACT","newContact":false}`))
		require.Equal(t, true, c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}}}`).ok("newContact"))
	})
	t.Run("HTTP-16 the source of a new contact", func(t *testing.T) {
		c := newCast(t, who(httpapi.Identity{Source: contacts.Source{SourceType: contacts.SourceWixForms}}))
		id := c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}}}`).ok("contactId").(string)
		require.Equal(t, "WIX_FORMS", c.do("GET", "/contacts/"+id, "").ok("contact.source.sourceType"))
	})
	t.Run("HTTP-16 no sender by default", func(t *testing.T) {
		c := newCast(t, nil)
		for _, body := range []string{``, `{}`, `{"info":null}`, `{"info":{"company":"Acorn"}}`} {
			c.refuse("POST", "/contact-submit", body).fails(400, contacts.ErrInsufficientData)
		}
	})

	const named = `{"info":{"name":{"first":"Bob"}},"contactId":"{bob}"}`
	t.Run("HTTP-16 naming the contact needs a permission", func(t *testing.T) {
		newCast(t, nil).refuse("POST", "/contact-submit", named).fails(403, contacts.ErrInsufficientPermission)
	})
	t.Run("HTTP-16 with the permission", func(t *testing.T) {
		var asked []httpapi.Permission
		c := newCast(t, &httpapi.Options{Authorize: func(_ *http.Request, p httpapi.Permission) error {
			asked = append(asked, p)
			return nil
		}})
		c.do("POST", "/contact-submit", named).
			is(c.fill(`{"contactId":"{bob}","identityType":"CONTACT","newContact":false}`))
		require.Equal(t, []httpapi.Permission{httpapi.PermissionSubmit, httpapi.PermissionSubmitWithOverrides}, asked)
		asked = nil
		c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}},"contactId":null}`).ok()
		require.Equal(t, []httpapi.Permission{httpapi.PermissionSubmit}, asked)
		c.refuse("POST", "/contact-submit", `{"contactId":"{nobody}"}`).fails(404, contacts.ErrContactNotFound)
	})
	for name, err := range map[string]error{"denied": httpapi.ErrPermissionDenied,
		"unknown": httpapi.ErrUnauthenticated} {
		t.Run("HTTP-16 without the permission: "+name, func(t *testing.T) {
			c := newCast(t, &httpapi.Options{Authorize: func(_ *http.Request, p httpapi.Permission) error {
				if p == httpapi.PermissionSubmitWithOverrides {
					return err
				}
				return nil
			}})
			c.refuse("POST", "/contact-submit", named).fails(403, contacts.ErrInsufficientPermission)
			c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}}}`).ok()
		})
	}
	t.Run("HTTP-16 options are ignored", func(t *testing.T) {
		c := newCast(t, nil)
		for _, options := range []string{
			`{"overrideMemberId":"{member}"}`, `{"overrideVisitorId":"{bob}"}`, `{"overrideAppId":5,"async":"x"}`, `5`,
		} {
			out := c.do("POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}},"options":`+options+`}`)
			require.Equal(t, []any{"CONTACT", true}, []any{out.ok("identityType"), out.at("newContact")})
			c.refuse("POST", "/contact-submit", `{"options":`+options+`}`).fails(400, contacts.ErrInsufficientData)
		}
	})

	t.Run("SBM-10 the activity, and SBM-9 the text", func(t *testing.T) {
		c := newCast(t, nil)
		since := c.store.Snapshot().Position()
		c.do("POST", "/contact-submit", `{"info":{"emails":{"items":[{"email":"bob@example.com"}]}},`+
			`"passThroughData":"from a form","activity":{"activityType":"FORM_SUBMITTED",`+
			`"activityDate":"2027-01-02T03:04:05.678+01:00"}}`).ok()
		want := time.Date(2027, 1, 2, 2, 4, 5, 678e6, time.UTC)
		bob := c.do("GET", "/contacts/{bob}", "")
		require.Equal(t, "2027-01-02T02:04:05.678Z", bob.ok("contact.lastActivity.activityDate"))
		for commit, err := range c.store.Follow(t.Context(), since) {
			require.NoError(t, err)
			last := commit.Changes[len(commit.Changes)-1]
			require.Equal(t, contacts.ContactSubmitted, last.Kind)
			text, activity := last.Submission()
			require.Equal(t, "from a form", text)
			require.Equal(t, contacts.Activity{ActivityType: contacts.ActivityFormSubmitted, ActivityDate: want},
				activity)
			break
		}
	})
	t.Run("SBM-2 the nil UUID names no one", func(t *testing.T) {
		c := newCast(t, who(httpapi.Identity{MemberID: uuid.Nil, VisitorContactID: uuid.Nil}))
		c.refuse("POST", "/contact-submit", `{}`).fails(400, contacts.ErrInsufficientData)
	})
}
