package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// job makes a bulk call and returns its job.
func (c *cast) job(call, body string) answer {
	c.t.Helper()
	out := c.do("POST", "/bulk/contacts/"+call, body)
	id, ok := out.ok("jobId").(string)
	require.True(c.t, ok)
	require.Equal(c.t, []string{"jobId"}, out.members())
	return c.do("GET", "/bulk/jobs/"+id, "")
}

func TestBulkJobs(t *testing.T) {
	const times = `"startedDate":"2026-01-02T03:04:05.000Z","finishedDate":"2026-01-02T03:04:05.000Z"`
	t.Run("BLK-9 a job", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.job("delete", `{"filter":{"info.name.first":"Bob"}}`)
		id := out.ok("job.id").(string)
		out.is(`{"job":{"id":"` + id + `","type":"DELETE","status":"COMPLETED",` + times +
			`,"totalItems":1,"successTotal":1,"failedTotal":0}}`)
		require.Equal(t, out.text, c.do("GET", "/bulk/contact/jobs/"+id, "").text, "HTTP-1")
		c.refuse("GET", "/contacts/{bob}", "").fails(404, contacts.ErrContactNotFound)
	})
	t.Run("BLK-8 jobs, newest first", func(t *testing.T) {
		c := newCast(t, nil)
		second := c.job("delete", `{"search":"x"}`).ok("job")
		third := c.job("update", `{"search":"x","info":{"company":"Acorn"}}`).ok("job")
		out := c.do("GET", "/bulk/jobs", "")
		require.Equal(t, []string{"jobs"}, out.members())
		first := c.do("GET", "/bulk/jobs/{job}", "").ok("job")
		require.Equal(t, []any{third, second, first}, out.ok("jobs"))
		require.Equal(t, out.text, c.do("GET", "/bulk/contact/jobs?paging.limit=1", "").text, "HTTP-1")
		openAPI(t, nil).call("GET", "/bulk/jobs", "").is(`{"jobs":[]}`)
	})
	for _, tc := range []struct{ name, call, body, kind string }{
		{"delete", "delete", `{"search":"Bob"}`, "DELETE"},
		{"update", "update", `{"search":"Bob","info":{"company":"Acorn"}}`, "UPDATE"},
		{"add", "add-remove-labels", `{"search":"Bob","labelKeysToAdd":["custom.vip"]}`, "ADD_LABELS"},
		{"add, nothing to remove", "add-remove-labels",
			`{"search":"Bob","labelKeysToAdd":["custom.vip"],"labelKeysToRemove":[]}`, "ADD_LABELS"},
		{"remove", "add-remove-labels", `{"search":"Bob","labelKeysToRemove":["custom.vip"],"labelKeysToAdd":null}`,
			"REMOVE_LABELS"},
		{"both", "add-remove-labels",
			`{"search":"Bob","labelKeysToAdd":["custom.vip"],"labelKeysToRemove":["custom.old"]}`, "ADD_REMOVE_LABELS"},
	} {
		t.Run("BLK-5 type of job: "+tc.name, func(t *testing.T) {
			out := newCast(t, nil).job(tc.call, tc.body)
			require.Equal(t, tc.kind, out.ok("job.type"))
			require.Equal(t, []any{1.0, 1.0, 0.0},
				[]any{out.at("job.totalItems"), out.at("job.successTotal"), out.at("job.failedTotal")})
		})
	}
	t.Run("BLK-1 both filter and search must match", func(t *testing.T) {
		c := newCast(t, nil)
		require.Equal(t, 0.0, c.job("delete", `{"filter":{"info.name.first":"Ada"},"search":"Bob"}`).
			ok("job.totalItems"))
		require.Equal(t, 1.0, c.job("delete", `{"filter":{"info.name.last":"Stone"},"search":"Bob"}`).
			ok("job.totalItems"))
	})
	t.Run("BLK-7 contacts that cannot be deleted stay", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.job("delete", `{"filter":{"createdDate":{"$gt":"2000-01-01T00:00:00Z"}},"deleteMember":true}`)
		require.Equal(t, []any{"COMPLETED", 5.0, 2.0, 3.0}, []any{
			out.ok("job.status"), out.at("job.totalItems"), out.at("job.successTotal"), out.at("job.failedTotal"),
		})
		var codes []any
		for _, item := range out.at("job.errors").([]any) {
			e := item.(map[string]any)
			require.Len(t, e, 3)
			require.Equal(t, 1.0, e["count"])
			require.NotEmpty(t, e["message"])
			codes = append(codes, e["code"])
		}
		require.Equal(t, []any{
			"CANNOT_DELETE_CONTACT_WITH_BILLING_SUBSCRIPTION", "CANNOT_DELETE_MEMBER_OWNER_OR_CONTRIBUTOR",
			"CANNOT_DELETE_SITE_MEMBERS",
		}, codes)
		require.Equal(t, "Mem Own Pay", c.do("GET", "/contacts", "").first())
	})
	t.Run("BLK-3 update and label", func(t *testing.T) {
		c := newCast(t, nil)
		c.job("update",
			`{"filter":{"info.name.first":{"$in":["Ada","Bob"]}},"info":{"company":"Acorn","jobTitle":null}}`)
		c.job("add-remove-labels",
			`{"search":"Ada","labelKeysToAdd":["custom.old"],"labelKeysToRemove":["custom.vip"]}`)
		ada, bob := c.get("ada"), c.get("bob")
		require.Equal(t, []any{"Acorn", "", 4}, []any{ada.Info.Company, ada.Info.JobTitle, ada.Revision})
		require.Equal(t, []any{"Acorn", "", 2}, []any{bob.Info.Company, bob.Info.JobTitle, bob.Revision})
		require.Equal(t, []string{"custom.old"}, ada.Info.LabelKeys)
	})
	t.Run("BLK-4 contacts that fail", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.job("update", `{"filter":{"info.name.first":{"$in":["Mem","Bob"]}},`+
			`"info":{"emails":{"items":[{"email":"new@example.com"}]}}}`)
		require.Equal(t, 1.0, out.ok("job.successTotal"))
		errors := out.at("job.errors").([]any)
		require.Len(t, errors, 1)
		require.Equal(t, "CANNOT_UPDATE_MEMBER_EMAIL", errors[0].(map[string]any)["code"])
		require.Equal(t, "new@example.com", c.get("bob").Info.Emails[0].Address)
		require.Equal(t, "mem@example.com", c.get("mem").Info.Emails[0].Address)
	})
	for call, rest := range map[string]string{
		"delete": ``, "update": `,"info":{"company":"Acorn"}`, "add-remove-labels": `,"labelKeysToAdd":["custom.vip"]`,
	} {
		for _, selection := range []string{
			`"x":1`, `"filter":null,"search":null`, `"search":""`, `"filter":{}`, `"filter":{"$and":[]}`,
		} {
			t.Run("BLK-1 "+call+" of "+selection, func(t *testing.T) {
				c := newCast(t, nil)
				c.refuse("POST", "/bulk/contacts/"+call, `{`+selection+rest+`}`).
					fails(400, contacts.ErrNoFilterOrSearch)
				require.Len(t, c.do("GET", "/bulk/jobs", "").each("jobs"), 1, "no job is created")
			})
		}
	}
	t.Run("BLK-8 an unknown job", func(t *testing.T) {
		c := newCast(t, nil)
		for _, path := range []string{"/bulk/jobs/{nobody}", "/bulk/contact/jobs/{nobody}", "/bulk/jobs/{ada}"} {
			c.refuse("GET", path, "").fails(404, contacts.ErrJobNotFound)
		}
	})
	t.Run("BLK-5 a hundred keys in each list", func(t *testing.T) {
		c := newCast(t, nil)
		hundred := strings.Repeat(`"custom.vip",`, 99) + `"custom.vip"`
		c.job("add-remove-labels", `{"search":"Bob","labelKeysToAdd":[`+hundred+`],"labelKeysToRemove":[`+hundred+`]}`).
			ok()
	})
}
