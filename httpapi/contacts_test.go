package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/httpapi"
)

func TestCreateContact(t *testing.T) {
	const dates = `"createdDate":"2026-01-02T03:04:05.000Z","updatedDate":"2026-01-02T03:04:05.000Z",` +
		`"lastActivity":{"activityDate":"2026-01-02T03:04:05.000Z","activityType":"CONTACT_CREATED"}`
	for _, tc := range []struct{ name, body, want string }{
		{
			"a name", `{"info":{"name":{"first":"Ada","last":"Byron"}}}`,
			`{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":1,"source":{"sourceType":"OTHER"},` +
				dates +
				`,"info":{"name":{"first":"Ada","last":"Byron"},"extendedFields":{"items":{` +
				`"contacts.displayByFirstName":"Ada Byron","contacts.displayByLastName":"Byron Ada"}}}}}`,
		},
		{
			"emails and phones",
			`{"info":{"emails":{"items":[{"tag":"WORK","email":"ada@example.com"},` +
				`{"tag":"HOME","email":"a@example.org","primary":true}]},` +
				`"phones":{"items":[{"tag":"MOBILE","countryCode":"DK","phone":"62183848"},{"phone":"123"}]}}}`,
			`{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":1,"source":{"sourceType":"OTHER"},` +
				dates +
				`,"primaryInfo":{"email":"a@example.org","phone":"62183848"},"info":{"emails":{"items":[` +
				`{"id":"00000000-0000-4000-8000-000000000003","tag":"HOME","email":"a@example.org","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000002","tag":"WORK","email":"ada@example.com",` +
				`"primary":false}]},` +
				`"phones":{"items":[{"id":"00000000-0000-4000-8000-000000000004","tag":"MOBILE","countryCode":"DK",` +
				`"phone":"62183848","e164Phone":"+4562183848","formattedPhone":"+45 62 18 38 48","primary":true},` +
				`{"id":"00000000-0000-4000-8000-000000000005","tag":"UNTAGGED","phone":"123","primary":false}]},` +
				`"extendedFields":{"items":{"emailSubscriptions.effectiveEmail":"a@example.org",` +
				`"emailSubscriptions.subscriptionStatus":"NOT_SET",` +
				`"emailSubscriptions.deliverabilityStatus":"NOT_SET"}}},` +
				`"primaryEmail":{"email":"a@example.org","subscriptionStatus":"NOT_SET",` +
				`"deliverabilityStatus":"NOT_SET"},` +
				`"primaryPhone":{"phone":"62183848","countryCode":"DK","e164Phone":"+4562183848",` +
				`"formattedPhone":"+45 62 18 38 48","subscriptionStatus":"NOT_SET","deliverabilityStatus":"NOT_SET"}}}`,
		},
		{
			"an address and single values",
			`{"info":{"name":{"first":"Ada"},"company":"Engines","jobTitle":"Countess","birthdate":"1815-12-10",` +
				`"locale":"en-GB","addresses":{"items":[{"tag":"HOME","address":{` +
				`"streetAddress":{"number":"12","name":"St James's Square"},"city":"London","country":"GB"}}]},` +
				`"picture":{"image":{"url":"https://example.com/a.png","width":3,"height":4}},` +
				`"labelKeys":{"items":["contacts.customers"]},"extendedFields":{"items":{"invoices.vatId":"GB1"}}}}`,
			`{"contact":{"id":"00000000-0000-4000-8000-000000000001","revision":1,"source":{"sourceType":"OTHER"},` +
				dates +
				`,"info":{"name":{"first":"Ada"},"company":"Engines","jobTitle":"Countess","birthdate":"1815-12-10",` +
				`"locale":"en-gb","addresses":{"items":[{"id":"00000000-0000-4000-8000-000000000002","tag":"HOME",` +
				`"address":{` +
				`"streetAddress":{"number":"12","name":"St James's Square"},"city":"London","country":"GB",` +
				`"formattedAddress":"12 St James's Square\nLondon\nUnited Kingdom"}}]},` +
				`"picture":{"image":{"url":"https://example.com/a.png","width":3,"height":4}},` +
				`"labelKeys":{"items":["contacts.customers"]},"extendedFields":{"items":{"invoices.vatId":"GB1",` +
				`"contacts.displayByFirstName":"Ada","contacts.displayByLastName":"Ada"}}}}}`,
		},
	} {
		t.Run("CRT-3 "+tc.name, func(t *testing.T) {
			a := openAPI(t, nil)
			want := a.call("POST", "/contacts", tc.body)
			want.is(tc.want)
			require.Equal(t, want.at("contact"), a.call("GET", "/contacts/"+testID(1).String(), "").ok("contact"))
		})
	}

	for _, tc := range []struct{ name, body string }{
		{"null members", `{"info":{"name":{"first":"Zoe","last":null},"company":null,"emails":null,"picture":null,` +
			`"labelKeys":null,"extendedFields":null},"allowDuplicates":null,"language":null}`},
		{"unknown members", `{"info":{"name":{"first":"Zoe","middle":5},"Company":5,"x":[]},"fieldMask":5,"":{}}`},
		{"the language is ignored", `{"info":{"name":{"first":"Zoe"}},"language":5}`},
		{"names in another case are ignored", `{"info":{"name":{"first":"Zoe"}},"AllowDuplicates":5,"Info":5}`},
		{"empty wrappers", `{"info":{"name":{"first":"Zoe"},"phones":{},"addresses":{"items":[]},"labelKeys":{}}}`},
	} {
		t.Run("HTTP-4 "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			out := c.do("POST", "/contacts?info=5&allowDuplicates=x&x=%zz", tc.body)
			require.Equal(t, map[string]any{"first": "Zoe"}, out.ok("contact.info.name"))
			require.Equal(t, []string{"extendedFields", "name"}, out.members("contact.info"))
		})
	}

	t.Run("DUP-1 allowDuplicates", func(t *testing.T) {
		c := newCast(t, nil)
		const info = `{"info":{"emails":{"items":[{"email":"BOB@example.com"}]}}`
		for _, rest := range []string{`}`, `,"allowDuplicates":false}`, `,"allowDuplicates":null}`} {
			c.refuse("POST", "/contacts", info+rest).fails(409, contacts.ErrDuplicate)
		}
		c.do("POST", "/contacts", info+`,"allowDuplicates":true}`).ok()
	})
	t.Run("SRC-1 the source is the caller's", func(t *testing.T) {
		source := contacts.Source{SourceType: contacts.SourceWixApp, AppID: "an app"}
		c := newCast(t, &httpapi.Options{Identify: func(r *http.Request) httpapi.Identity {
			require.Equal(t, "/contacts/v4/contacts", r.URL.Path)
			return httpapi.Identity{Source: source}
		}})
		out := c.do("POST", "/contacts", `{"info":{"name":{"first":"Zoe"}},"source":{"sourceType":"ADMIN"}}`)
		require.Equal(t, map[string]any{"sourceType": "WIX_APP", "appId": "an app"}, out.ok("contact.source"))
	})
}

func TestGetContact(t *testing.T) {
	c := newCast(t, nil)
	t.Run("HTTP-17 REGULAR", func(t *testing.T) {
		c := c.in(t)
		out := c.do("GET", "/contacts/{bob}?fieldsets=BASIC", "")
		out.is(c.fill(`{"contact":{"id":"{bob}","revision":1,"info":{"name":{"first":"Bob","last":"Stone"}},` +
			`"primaryInfo":{"email":"bob@example.com","phone":"62183848"}},"responseType":"REGULAR"}`))
	})
	t.Run("HTTP-17 MERGED", func(t *testing.T) {
		c := c.in(t)
		out := c.do("GET", "/contacts/{old}?fields=revision", "")
		out.is(c.fill(`{"contact":{"id":"{ada}","revision":2},"responseType":"MERGED"}`))
	})
	t.Run("RED-3 the target is deleted", func(t *testing.T) {
		c := newCast(t, nil)
		c.do("DELETE", "/contacts/{ada}", "").ok()
		c.refuse("GET", "/contacts/{old}", "").fails(404, contacts.ErrContactNotFound)
	})
	t.Run("RED-1 a chain of merges", func(t *testing.T) {
		c := newCast(t, nil)
		c.do("POST", "/contacts/{bob}/merge", `{"targetContactRevision":1,"sourceContactIds":["{ada}"]}`).ok()
		for _, name := range []string{"old", "ada"} {
			out := c.do("GET", "/contacts/{"+name+"}?fields=id", "")
			out.is(c.fill(`{"contact":{"id":"{bob}","revision":2},"responseType":"MERGED"}`))
		}
	})
	t.Run("HTTP-4 unknown parameters are ignored", func(t *testing.T) {
		c := c.in(t)
		out := c.do("GET", "/contacts/{bob}?language=es&language=en&paging.limit=x&Fields=x&fieldset=x", "")
		require.Equal(t, c.do("GET", "/contacts/{bob}", "").text, out.text)
	})
	t.Run("MEM-4 a member", func(t *testing.T) {
		c := c.in(t)
		out := c.do("GET", "/contacts/{mem}", "")
		require.Equal(t, c.fill("{member}"), out.ok("contact.memberInfo.memberId"))
	})
}

// shape returns the names of the members of a contact in JSON, sorted; instead of info, those of its members.
func shape(contact any) []string {
	var parts []string
	for name, value := range contact.(map[string]any) {
		if name != "info" {
			parts = append(parts, name)
			continue
		}
		for below := range value.(map[string]any) {
			parts = append(parts, "info."+below)
		}
	}
	slices.Sort(parts)
	return parts
}

func TestProjectionsOnTheWire(t *testing.T) {
	all := []string{
		"createdDate", "id", "info.addresses", "info.assignedUserIds", "info.birthdate", "info.company", "info.emails",
		"info.extendedFields", "info.jobTitle", "info.labelKeys", "info.locale", "info.locations", "info.name",
		"info.phones",
		"info.picture", "lastActivity", "primaryEmail", "primaryInfo", "primaryPhone", "revision", "source",
		"updatedDate",
	}
	basic := []string{"id", "info.name", "primaryInfo", "revision"}
	type projection struct {
		name              string
		fields, fieldsets []string
		want              []string // sorted
	}
	cases := []projection{
		{"neither", nil, nil, all},
		{"FULL", nil, []string{"FULL"}, all},
		{"BASIC", nil, []string{"BASIC"}, basic},
		{"COMMUNICATION_DETAILS", nil, []string{"COMMUNICATION_DETAILS"}, []string{
			"id", "info.addresses", "info.emails", "info.name", "info.phones", "primaryInfo", "revision",
		}},
		{"EXTENDED", nil, []string{"EXTENDED"}, []string{
			"id", "info.extendedFields", "info.name", "primaryInfo", "revision",
		}},
		{"two fieldsets", nil, []string{"BASIC", "EXTENDED"}, []string{
			"id", "info.extendedFields", "info.name", "primaryInfo", "revision",
		}},
		{"fields and a fieldset", []string{"createdDate", "info.emails"}, []string{"BASIC"}, []string{
			"createdDate", "id", "info.emails", "info.name", "primaryInfo", "revision",
		}},
		{"FULL and a field", []string{"source"}, []string{"FULL"}, all},
		{"names of the SDK", []string{"_id", "_createdDate", "_updatedDate"}, nil, []string{
			"createdDate", "id", "revision", "updatedDate",
		}},
		{"id", []string{"id"}, nil, []string{"id", "revision"}},
		{"a field twice", []string{"source", "source"}, nil, []string{"id", "revision", "source"}},
	}
	for _, field := range all {
		want := []string{"id", "revision"}
		if !slices.Contains(want, field) {
			want = append(want, field)
			slices.Sort(want)
		}
		cases = append(cases, projection{"only " + field, []string{field}, nil, want})
	}
	c := newCast(t, nil)
	for _, tc := range cases {
		t.Run("PRJ-1 "+tc.name, func(t *testing.T) {
			c := c.in(t)
			repeated := url.Values{"fields": tc.fields, "fieldsets": tc.fieldsets}.Encode()
			commas := url.Values{}
			if tc.fields != nil {
				commas.Set("fields", strings.Join(tc.fields, ","))
			}
			if tc.fieldsets != nil {
				commas.Set("fieldsets", strings.Join(tc.fieldsets, ","))
			}
			for _, query := range []string{repeated, commas.Encode(), strings.ReplaceAll(commas.Encode(), "%2C", ",")} {
				require.Equal(t, tc.want, shape(c.do("GET", "/contacts/{ada}?"+query, "").ok("contact")),
					"HTTP-4 "+query)
				list := c.do("GET", "/contacts?paging.limit=1&"+query, "")
				require.Equal(t, tc.want, shape(list.each("contacts")[0]))
			}
			body := fmt.Sprintf(`{"query":{"filter":{"id":"{ada}"},"fields":%s,"fieldsets":%s}}`,
				listJSON(tc.fields), listJSON(tc.fieldsets))
			require.Equal(t, tc.want, shape(c.do("POST", "/contacts/query", body).each("contacts")[0]))
		})
	}
}

// listJSON returns a list of strings as JSON.
func listJSON(texts []string) string {
	if texts == nil {
		return "null"
	}
	return `["` + strings.Join(texts, `","`) + `"]`
}

func TestUpdateContact(t *testing.T) {
	t.Run("UPD-2 the reply has the whole contact", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.do("PATCH", "/contacts/{bob}", `{"revision":1,"info":{"company":"Acorn"}}`)
		require.Equal(t, 2.0, out.ok("contact.revision"))
		require.Equal(t, "Acorn", out.at("contact.info.company"))
		require.Equal(t, "Bob", out.at("contact.info.name.first"))
		require.Equal(t, out.at("contact"), c.do("GET", "/contacts/{bob}", "").ok("contact"))
	})
	for _, revision := range []string{`1`, `"1"`} {
		t.Run("JSON-9 revision "+revision, func(t *testing.T) {
			c := newCast(t, nil)
			c.do("PATCH", "/contacts/{bob}", `{"revision":`+revision+`,"info":{"company":"Acorn"}}`).ok()
		})
	}
	for _, revision := range []string{`0`, `2`, `-1`, `"17"`, `2147483647`} {
		t.Run("REV-2 revision "+revision, func(t *testing.T) {
			c := newCast(t, nil)
			out := c.refuse("PATCH", "/contacts/{bob}", `{"revision":`+revision+`,"info":{"company":"Acorn"}}`)
			out.is409()
		})
	}
	for _, body := range []string{`{"info":{"company":"A"}}`, `{"revision":null,"info":{"company":"A"}}`, `{}`} {
		t.Run("HTTP-14 update without revision "+body, func(t *testing.T) {
			c := newCast(t, nil)
			c.refuse("PATCH", "/contacts/{bob}", body).violates("revision REQUIRED_FIELD")
			c.refuse("PATCH", "/contacts/{nobody}", body).violates("revision REQUIRED_FIELD")
		})
	}
	for _, info := range []string{``, `,"info":null`, `,"info":{}`, `,"info":{"unknown":1}`} {
		t.Run("HTTP-14 an update without content "+info, func(t *testing.T) {
			c := newCast(t, nil)
			c.refuse("PATCH", "/contacts/{bob}", `{"revision":1`+info+`}`).fails(400, contacts.ErrInsufficientUpdate)
		})
	}
	t.Run("HTTP-14 a create without content", func(t *testing.T) {
		c := newCast(t, nil)
		for _, body := range []string{``, `{}`, `{"info":null}`, `{"info":{}}`, `{"info":{"company":"Acorn"}}`} {
			c.refuse("POST", "/contacts", body).fails(400, contacts.ErrInsufficientData)
		}
	})

	for _, tc := range []struct {
		name, info string
		at         string
		want       any
	}{
		{"a text", `{"company":"Acorn"}`, "company", "Acorn"},
		{"a text, cleared by null", `{"company":null}`, "company", nil},
		{"a text, cleared by an empty one", `{"jobTitle":""}`, "jobTitle", nil},
		{"birthdate", `{"birthdate":null}`, "birthdate", nil},
		{"locale", `{"locale":"DE-de"}`, "locale", "de-de"},
		{"one part of the name", `{"name":{"last":"King"}}`, "name", map[string]any{"first": "Ada", "last": "King"}},
		{"one part of the name, cleared", `{"name":{"last":null}}`, "name", map[string]any{"first": "Ada"}},
		{"name null", `{"name":null}`, "name", nil},
		{"name {} beside another member", `{"name":{},"company":"Acorn"}`, "company", "Acorn"},
		{"both parts of the name, cleared", `{"name":{"first":null,"last":""}}`, "name", nil},
		{"phones null", `{"phones":null}`, "phones", nil},
		{"phones {}", `{"phones":{}}`, "phones", nil},
		{"no phones", `{"phones":{"items":[]}}`, "phones", nil},
		{"labels", `{"labelKeys":{"items":["custom.old"]}}`, "labelKeys", map[string]any{"items": []any{"custom.old"}}},
		{"no picture", `{"picture":{}}`, "picture", nil},
		{"no locations", `{"locations":null}`, "locations", nil},
		{"no users", `{"assignedUserIds":{"items":[]}}`, "assignedUserIds", nil},
		{
			"extended fields are replaced as a set", `{"extendedFields":{"items":{"custom.note":"x"}}}`,
			"extendedFields.items",
			map[string]any{
				"custom.note": "x", "contacts.displayByFirstName": "Ada Byron",
				"contacts.displayByLastName":              "Byron Ada",
				"emailSubscriptions.effectiveEmail":       "ada@example.com",
				"emailSubscriptions.subscriptionStatus":   "NOT_SET",
				"emailSubscriptions.deliverabilityStatus": "NOT_SET",
			},
		},
	} {
		t.Run("UPD-10 "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			body := `{"revision":2,"info":` + tc.info + `}`
			before := c.do("GET", "/contacts/{ada}", "")
			out := c.do("PATCH", "/contacts/{ada}", body)
			require.Equal(t, tc.want, out.ok("contact.info", tc.at))
			member, _, _ := strings.Cut(tc.at, ".")
			for _, other := range before.members("contact.info") {
				if other != member && other != "extendedFields" {
					require.Equal(t, before.at("contact.info", other), out.at("contact.info", other))
				}
			}
		})
	}

	for _, info := range []string{`{"name":{}}`, `{"name":{"middle":"K."}}`} {
		t.Run("UPD-10 only "+info+" changes nothing", func(t *testing.T) {
			c := newCast(t, nil)
			c.refuse("PATCH", "/contacts/{ada}", `{"revision":2,"info":`+info+`}`).
				fails(400, contacts.ErrInsufficientUpdate)
			c.refuse("POST", "/bulk/contacts/update", `{"filter":{"id":"{ada}"},"info":`+info+`}`).
				fails(400, contacts.ErrInsufficientUpdate)
		})
	}

	for _, tc := range []struct {
		name, mask, info string
		company, job     any
		first            string
	}{
		{"an array", `["info.company"]`, `{"company":"Acorn","jobTitle":"Cook"}`, "Acorn", "Countess", "Ada"},
		{"paths", `{"paths":["info.company"]}`, `{"company":"Acorn","jobTitle":"Cook"}`, "Acorn", "Countess", "Ada"},
		{"a string", `"info.company,info.name.first"`, `{"company":"Acorn","name":{"first":"A"}}`, "Acorn", "Countess",
			"A"},
		{"a path without a value", `["info.company","info.jobTitle"]`, `{"company":"Acorn"}`, "Acorn", nil, "Ada"},
		{"null means no mask", `null`, `{"company":"Acorn","jobTitle":"Cook"}`, "Acorn", "Cook", "Ada"},
		{"info", `["info.name"]`, `{"company":"Acorn","name":{"first":"A"}}`, "Engines", "Countess", "A"},
	} {
		t.Run("UPD-8 mask: "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			body := `"fieldMask":` + tc.mask + `,"info":` + tc.info
			out := c.do("PATCH", "/contacts/{ada}", `{"revision":2,`+body+`}`)
			require.Equal(t, tc.company, out.ok("contact.info.company"))
			require.Equal(t, tc.job, out.at("contact.info.jobTitle"))
			require.Equal(t, tc.first, out.at("contact.info.name.first"))

			c.do("POST", "/bulk/contacts/update", `{"filter":{"id":"{ada}"},`+body+`}`).ok("jobId")
			require.Equal(t, out.at("contact.info"), c.do("GET", "/contacts/{ada}", "").ok("contact.info"))
		})
	}
	for _, info := range []string{`{"name":{}}`, `{"name":null}`, `{}`} {
		t.Run("UPD-8 a mask with the name clears it, "+info, func(t *testing.T) {
			c := newCast(t, nil)
			body := `"fieldMask":["info.name"],"info":` + info + `}`
			require.Nil(t, c.do("PATCH", "/contacts/{ada}", `{"revision":2,`+body).ok("contact.info.name"))
			c.do("POST", "/bulk/contacts/update", `{"filter":{"id":"{bob}"},`+body).ok("jobId")
			require.Nil(t, c.do("GET", "/contacts/{bob}", "").ok("contact.info.name"))
		})
	}
	sdk := strings.NewReplacer(`"id":`, `"_id":`, `"addressLine":`, `"addressLine1":`, `"formattedAddress":`, `"formatted":`)
	for name, names := range map[string]*strings.Replacer{"of the wire": strings.NewReplacer(), "of the SDK": sdk} {
		t.Run("DRV-5 read, change the city, send everything back, names "+name, func(t *testing.T) {
			c := newCast(t, nil)
			c.do("PATCH", "/contacts/{ada}", `{"revision":2,"info":{"addresses":{"items":[`+
				`{"address":{"addressLine":"3 Park Ave","city":"NY","subdivision":"US-NY","country":"US"}},`+
				`{"address":{"city":"NY","formattedAddress":"Behind the elm"}}]}}}`).ok()
			for i, send := range []func(body string){
				func(body string) { c.do("PATCH", "/contacts/{ada}", `{"revision":3,`+body).ok() },
				func(body string) { c.do("PATCH", "/contacts/{ada}", `{"revision":4,"fieldMask":"info",`+body).ok() },
				func(body string) {
					c.do("POST", "/bulk/contacts/update", `{"filter":{"id":"{ada}"},`+body).ok("jobId")
				},
			} {
				info, err := json.Marshal(c.do("GET", "/contacts/{ada}", "").ok("contact.info"))
				require.NoError(t, err)
				old, city := []string{"NY", "Troy 0", "Troy 1"}[i], fmt.Sprint("Troy ", i)
				changed := strings.ReplaceAll(string(info), `"city":"`+old+`"`, `"city":"`+city+`"`)
				send(`"info":` + names.Replace(changed) + `}`)
				var texts []any
				items, _ := c.do("GET", "/contacts/{ada}", "").ok("contact.info.addresses.items").([]any)
				for _, item := range items {
					address, _ := item.(map[string]any)["address"].(map[string]any)
					require.Equal(t, city, address["city"])
					texts = append(texts, address["formattedAddress"])
				}
				require.Equal(t, []any{"3 Park Ave\n" + city + ", New York\nUnited States", "Behind the elm"}, texts)
			}
		})
	}
	t.Run("UPD-8 a mask without values", func(t *testing.T) {
		c := newCast(t, nil)
		for _, mask := range []string{`[]`, `{"paths":[]}`, `["info.nothing"]`, `["revision"]`} {
			c.refuse("PATCH", "/contacts/{ada}", `{"revision":2,"info":{"company":"A"},"fieldMask":`+mask+`}`).
				fails(400, contacts.ErrInsufficientUpdate)
		}
	})
	t.Run("DUP-4 allowDuplicates", func(t *testing.T) {
		c := newCast(t, nil)
		const body = `{"revision":1,"info":{"emails":{"items":[{"email":"ada@example.com"}]}}`
		c.refuse("PATCH", "/contacts/{bob}", body+`}`).fails(409, contacts.ErrDuplicate)
		c.do("PATCH", "/contacts/{bob}", body+`,"allowDuplicates":true}`).ok()
	})
}

// is409 requires the error for a revision that is not the contact's.
func (r answer) is409() {
	r.t.Helper()
	r.fails(409, contacts.ErrAlreadyChanged)
	const text = `"Contact has been updated since the requested revision."`
	require.JSONEq(r.t, `{"message":`+text+`,"details":{"applicationError":{"code":"CONTACT_ALREADY_CHANGED",`+
		`"description":`+text+`,"data":{}}}}`, r.text)
}

func TestDeleteContact(t *testing.T) {
	t.Run("HTTP-2 an empty reply", func(t *testing.T) {
		c := newCast(t, nil)
		c.do("DELETE", "/contacts/{bob}", "").is(`{}`)
		c.refuse("GET", "/contacts/{bob}", "").fails(404, contacts.ErrContactNotFound)
		c.refuse("DELETE", "/contacts/{bob}", "").fails(404, contacts.ErrContactNotFound)
	})
	t.Run("MEM-2 deleteMember is ignored", func(t *testing.T) {
		c := newCast(t, nil)
		c.refuse("DELETE", "/contacts/{mem}?deleteMember=true", `{"deleteMember":true}`).
			fails(428, contacts.ErrDeleteMember)
		c.refuse("DELETE", "/contacts/{own}?deleteMember=true", "").fails(428, contacts.ErrDeleteOwnerOrContributor)
		c.refuse("DELETE", "/contacts/{pay}", "").fails(428, contacts.ErrDeleteBillingSubscription)
	})
}

func TestLabelContact(t *testing.T) {
	label := func(c *cast, body string) answer { return c.do("POST", "/contacts/{ada}/labels", body) }
	t.Run("LBL-13 label", func(t *testing.T) {
		c := newCast(t, nil)
		out := label(c, `{"labelKeys":["contacts.customers","custom.vip","custom.old"]}`)
		require.Equal(t, []any{"custom.vip", "contacts.customers", "custom.old"},
			out.ok("contact.info.labelKeys.items"))
		require.Equal(t, 3.0, out.at("contact.revision"))
		require.Equal(t, out.at("contact"), c.do("GET", "/contacts/{ada}", "").ok("contact"))
		require.Equal(t, 4.0, label(c, `{"labelKeys":["custom.old"]}`).ok("contact.revision"), "LBL-14")
	})
	for _, tc := range []struct{ name, query, body string }{
		{"repeated", "?contactId={ada}&labelKeys=custom.vip&labelKeys=custom.old", ""},
		{"with commas", "?labelKeys=custom.vip,custom.old", ""},
		{"with commas, escaped", "?labelKeys=custom.vip%2Ccustom.old", ""},
		{"in the body", "", `{"labelKeys":["custom.vip","custom.old"]}`},
		{"in the body, with the ID", "?contactId={ada}",
			`{"contactId":"{ada}","labelKeys":["custom.old","custom.vip"]}`},
		{"in query and body", "?labelKeys=custom.vip", `{"labelKeys":["custom.old"]}`},
		{"in the query with another body", "?labelKeys=custom.vip,custom.old", `{"labelKeys":null}`},
	} {
		t.Run("HTTP-4 unlabel, keys "+tc.name, func(t *testing.T) {
			c := newCast(t, nil)
			label(c, `{"labelKeys":["custom.old","contacts.customers"]}`).ok()
			out := c.do("DELETE", "/contacts/{ada}/labels"+tc.query, tc.body)
			require.Equal(t, []any{"contacts.customers"}, out.ok("contact.info.labelKeys.items"))
			require.Equal(t, 4.0, out.at("contact.revision"))
		})
	}
	t.Run("LBL-12 too many keys in query and body together", func(t *testing.T) {
		c := newCast(t, nil)
		query := "?labelKeys=" + strings.Repeat("custom.vip,", 50) + "custom.vip"
		body := `{"labelKeys":[` + strings.Repeat(`"custom.vip",`, 49) + `"custom.vip"]}`
		c.refuse("DELETE", "/contacts/{ada}/labels"+query, body).violates("labelKeys MAX_SIZE 100")
	})
	t.Run("LBL-2 unknown keys", func(t *testing.T) {
		c := newCast(t, nil)
		for _, out := range []answer{
			c.refuse("POST", "/contacts/{ada}/labels", `{"labelKeys":["custom.b","custom.vip","custom.a","custom.b"]}`),
			c.refuse("DELETE", "/contacts/{ada}/labels?labelKeys=custom.b,custom.vip&labelKeys=custom.a", ""),
		} {
			out.fails(400, contacts.ErrLabelNotFound)
			require.Equal(t, map[string]any{"labelKeys": []any{"custom.b", "custom.a"}},
				out.at("details.applicationError.data"))
		}
	})
}

func TestMergeContacts(t *testing.T) {
	t.Run("MRG-10 merge", func(t *testing.T) {
		c := newCast(t, nil)
		out := c.do("POST", "/contacts/{ada}/merge", `{"targetContactRevision":"2","sourceContactIds":["{bob}"],"x":1}`)
		require.Equal(t, c.fill("{ada}"), out.ok("contact.id"))
		require.Equal(t, 3.0, out.at("contact.revision"))
		require.Equal(t, "CONTACT_MERGED", out.at("contact.lastActivity.activityType"))
		var emails []string
		for _, item := range out.at("contact.info.emails.items").([]any) {
			email := item.(map[string]any)
			emails = append(emails, fmt.Sprint(email["email"], " ", email["primary"]))
		}
		require.Equal(t, []string{"ada@example.com true", "byron@example.org false", "bob@example.com false"}, emails)
		require.Equal(t, out.at("contact"), c.do("GET", "/contacts/{ada}", "").ok("contact"))
		bob := c.do("GET", "/contacts/{bob}", "")
		require.Equal(t, "MERGED", bob.ok("responseType"))
		require.Equal(t, out.at("contact"), bob.at("contact"))
	})
	t.Run("MRG-12 preview", func(t *testing.T) {
		c := newCast(t, nil)
		before := c.store.Snapshot()
		preview := c.do("POST", "/contacts/{ada}/preview-merge",
			`{"sourceContactIds":["{bob}"],"targetContactRevision":{}}`)
		require.Equal(t, 2.0, preview.ok("contact.revision"), "the target's revision")
		require.Equal(t, before.Position(), c.store.Snapshot().Position())
		merged := c.do("POST", "/contacts/{ada}/merge", `{"targetContactRevision":2,"sourceContactIds":["{bob}"]}`)
		require.Equal(t, merged.ok("contact.info"), preview.at("contact.info"))
	})
	for _, call := range []string{"merge", "preview-merge"} {
		t.Run("MRG-1 "+call, func(t *testing.T) {
			c := newCast(t, nil)
			fails := func(target, sources string, status int, code contacts.Code) {
				t.Helper()
				body := `{"targetContactRevision":2,"sourceContactIds":[` + sources + `]}`
				c.refuse("POST", "/contacts/"+target+"/"+call, body).fails(status, code)
			}
			fails("{nobody}", `"{bob}"`, 404, contacts.ErrContactNotFound)
			fails("{ada}", `"{bob}","{nobody}"`, 404, contacts.ErrContactNotFound)
			fails("{ada}", `"{ada}"`, 400, contacts.ErrIllegalMerge)
			fails("{ada}", `"{bob}","{bob}"`, 400, contacts.ErrIllegalMerge)
			fails("{ada}", `"{mem}"`, 428, contacts.ErrFailedPrecondition)
			fails("{ada}", `"{own}"`, 428, contacts.ErrFailedPrecondition)
			fails("{ada}", `"{pay}"`, 428, contacts.ErrFailedPrecondition)
		})
	}
	t.Run("HTTP-6 the error names one of several contacts", func(t *testing.T) {
		c := newCast(t, nil)
		for sources, meant := range map[string]string{`"{bob}","{nobody}"`: "{nobody}", `"{bob}","{bob}"`: "{bob}",
			`"{ada}"`: "{ada}"} {
			out := c.refuse("POST", "/contacts/{ada}/preview-merge", `{"sourceContactIds":[`+sources+`]}`)
			require.Contains(t, out.at("message"), c.fill(meant))
		}
	})
	for _, body := range []string{
		`{"sourceContactIds":["{bob}"]}`, `{"targetContactRevision":null,"sourceContactIds":["{bob}"]}`,
	} {
		t.Run("HTTP-14 merge without revision "+body, func(t *testing.T) {
			newCast(t, nil).refuse("POST", "/contacts/{ada}/merge", body).
				violates("targetContactRevision REQUIRED_FIELD")
		})
	}
	t.Run("MRG-1 an old revision", func(t *testing.T) {
		c := newCast(t, nil)
		c.refuse("POST", "/contacts/{ada}/merge", `{"targetContactRevision":1,"sourceContactIds":["{bob}"]}`).is409()
	})
	t.Run("MRG-1 as the client sends it without options", func(t *testing.T) {
		c := newCast(t, nil)
		c.refuse("POST", "/contacts/{ada}/merge", `{"targetContactId":"{ada}","targetContactRevision":2}`).
			violates("sourceContactIds MIN_SIZE 1")
		c.refuse("POST", "/contacts/{ada}/preview-merge", `{"targetContactId":"{ada}"}`).
			violates("sourceContactIds MIN_SIZE 1")
	})
}

// TestMergedIDs requires that only Get accepts the ID of a contact that was merged away.
func TestMergedIDs(t *testing.T) {
	allowed := func(*http.Request, httpapi.Permission) error { return nil }
	for _, tc := range [][3]string{
		{"PATCH", "/contacts/{old}", `{"revision":2,"info":{"company":"Acorn"}}`},
		{"DELETE", "/contacts/{old}", ""},
		{"POST", "/contacts/{old}/labels", `{"labelKeys":["custom.vip"]}`},
		{"DELETE", "/contacts/{old}/labels?labelKeys=custom.vip", ""},
		{"POST", "/contacts/{old}/merge", `{"targetContactRevision":2,"sourceContactIds":["{bob}"]}`},
		{"POST", "/contacts/{bob}/merge", `{"targetContactRevision":1,"sourceContactIds":["{old}"]}`},
		{"POST", "/contacts/{old}/preview-merge", `{"sourceContactIds":["{bob}"]}`},
		{"POST", "/contacts/{bob}/preview-merge", `{"sourceContactIds":["{old}"]}`},
		{"POST", "/contact-submit", `{"info":{"name":{"first":"Zoe"}},"contactId":"{old}"}`},
	} {
		t.Run("RED-2 "+tc[0]+" "+tc[1], func(t *testing.T) {
			c := newCast(t, &httpapi.Options{Authorize: allowed})
			c.refuse(tc[0], tc[1], tc[2]).fails(404, contacts.ErrContactNotFound)
		})
	}
	t.Run("RED-2 no query finds it", func(t *testing.T) {
		c := newCast(t, nil)
		require.Empty(t, c.do("POST", "/contacts/query", `{"query":{"filter":{"id":"{old}"}}}`).each("contacts"))
	})
}
