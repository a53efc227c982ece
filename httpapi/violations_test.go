package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// violated is an object with an invalid member, and its violations.
type violated struct {
	text string   // the object that has the member
	want []string // paths below that object
}

var longText = strings.Repeat("x", 1001)

// wrongInfos are invalid values for the member info of any request. Values of the wrong type come first: their limits
// are not checked.
var wrongInfos = []violated{
	{`5`, []string{" FORMAT OBJECT"}},
	{`"s3cret"`, []string{" FORMAT OBJECT"}},
	{`"{\"name\":{\"first\":\"s3cret\"}}"`, []string{" FORMAT OBJECT"}},
	{`[]`, []string{" FORMAT OBJECT"}},
	{`true`, []string{" FORMAT OBJECT"}},
	{`{"name":"s3cret"}`, []string{".name FORMAT OBJECT"}},
	{`{"name":[]}`, []string{".name FORMAT OBJECT"}},
	{`{"name":{"first":5,"last":{}}}`, []string{".name.first FORMAT STRING", ".name.last FORMAT STRING"}},
	{`{"emails":[]}`, []string{".emails FORMAT OBJECT"}},
	{`{"emails":{"email":"s3cret"}}`, []string{".emails.items REQUIRED_FIELD"}},
	{`{"emails":{"items":{}}}`, []string{".emails.items FORMAT ARRAY"}},
	{`{"emails":{"items":["s3cret"]}}`, []string{".emails.items[0] FORMAT OBJECT"}},
	{
		`{"emails":{"items":[{"email":"a@x.test"},{"id":"s3cret","tag":5,"email":5,"primary":"s3cret"}]}}`,
		[]string{
			".emails.items[1].id FORMAT GUID", ".emails.items[1].tag FORMAT STRING",
			".emails.items[1].email FORMAT STRING",
			".emails.items[1].primary FORMAT BOOLEAN",
		},
	},
	{`{"phones":"s3cret"}`, []string{".phones FORMAT OBJECT"}},
	{
		`{"phones":{"items":[{"id":5,"tag":[],"countryCode":5,"phone":62183848,"e164Phone":5,"formattedPhone":5,` +
			`"primary":1}]}}`,
		[]string{
			".phones.items[0].id FORMAT GUID", ".phones.items[0].tag FORMAT STRING",
			".phones.items[0].countryCode FORMAT STRING", ".phones.items[0].phone FORMAT STRING",
			".phones.items[0].e164Phone FORMAT STRING", ".phones.items[0].formattedPhone FORMAT STRING",
			".phones.items[0].primary FORMAT BOOLEAN",
		},
	},
	{`{"addresses":{"items":[{"address":"s3cret"}]}}`, []string{".addresses.items[0].address FORMAT OBJECT"}},
	{
		`{"addresses":{"items":[{"tag":5,"address":{"addressLine":5,"addressLine2":5,"country":5,"subdivision":5,` +
			`"city":5,` +
			`"postalCode":10010,"formattedAddress":5,"hint":5}}]}}`,
		[]string{
			".addresses.items[0].tag FORMAT STRING", ".addresses.items[0].address.addressLine FORMAT STRING",
			".addresses.items[0].address.addressLine2 FORMAT STRING",
			".addresses.items[0].address.country FORMAT STRING",
			".addresses.items[0].address.subdivision FORMAT STRING", ".addresses.items[0].address.city FORMAT STRING",
			".addresses.items[0].address.postalCode FORMAT STRING",
			".addresses.items[0].address.formattedAddress FORMAT STRING",
			".addresses.items[0].address.hint FORMAT STRING",
		},
	},
	{
		`{"addresses":{"items":[{"address":{"streetAddress":{"number":5,"name":5,"apt":5},` +
			`"geocode":{"latitude":"s3cret","longitude":true}}}]}}`,
		[]string{
			".addresses.items[0].address.streetAddress.number FORMAT STRING",
			".addresses.items[0].address.streetAddress.name FORMAT STRING",
			".addresses.items[0].address.streetAddress.apt FORMAT STRING",
			".addresses.items[0].address.geocode.latitude FORMAT NUMBER",
			".addresses.items[0].address.geocode.longitude FORMAT NUMBER",
		},
	},
	{
		`{"company":5,"jobTitle":{},"birthdate":18151210,"locale":["s3cret"]}`,
		[]string{
			".company FORMAT STRING", ".jobTitle FORMAT STRING", ".birthdate FORMAT STRING", ".locale FORMAT STRING",
		},
	},
	{`{"labelKeys":["custom.vip"]}`, []string{".labelKeys FORMAT OBJECT"}},
	{
		`{"labelKeys":{"items":["custom.vip",5,null,{}]}}`,
		[]string{
			".labelKeys.items[1] FORMAT STRING", ".labelKeys.items[2] FORMAT STRING",
			".labelKeys.items[3] FORMAT STRING",
		},
	},
	{`{"extendedFields":[]}`, []string{".extendedFields FORMAT OBJECT"}},
	{`{"extendedFields":{"custom.age":36}}`, []string{".extendedFields.items REQUIRED_FIELD"}},
	{`{"extendedFields":{"items":[]}}`, []string{".extendedFields.items FORMAT OBJECT"}},
	{
		`{"locations":{"items":["s3cret","",null,5]},"assignedUserIds":{"items":["s3cret"]}}`,
		[]string{
			".locations.items[0] FORMAT GUID", ".locations.items[1] FORMAT GUID", ".locations.items[2] FORMAT GUID",
			".locations.items[3] FORMAT GUID", ".assignedUserIds.items[0] FORMAT GUID",
		},
	},
	{`{"picture":5}`, []string{".picture FORMAT OBJECT"}},
	{
		`{"picture":{"image":{"id":5,"url":5,"width":"s3cret","height":1.5}}}`,
		[]string{
			".picture.image.id FORMAT STRING", ".picture.image.url FORMAT STRING",
			".picture.image.width FORMAT INTEGER",
			".picture.image.height FORMAT INTEGER",
		},
	},

	// Limits and formats.
	{
		`{"name":{"first":"` + longText + `"},"company":"` + longText + `","jobTitle":"` + longText + `"}`,
		[]string{".name.first MAX_LENGTH 1000", ".company MAX_LENGTH 1000", ".jobTitle MAX_LENGTH 1000"},
	},
	{
		`{"emails":{"items":[{"email":"","tag":"S3cret"},{"email":"s3cret"},{"email":"` + longText + `"}]}}`,
		[]string{
			".emails.items[0].tag FORMAT ENUM", ".emails.items[0].email MIN_LENGTH 1",
			".emails.items[1].email FORMAT EMAIL",
			".emails.items[2].email MAX_LENGTH 320",
		},
	},
	{
		`{"phones":{"items":[{"phone":"1","countryCode":"s3cret"},{"phone":"` + longText + `"}]}}`,
		[]string{".phones.items[0].countryCode FORMAT COUNTRY", ".phones.items[1].phone MAX_LENGTH 50"},
	},
	{`{"phones":{"items":[` + strings.Repeat(`{"phone":"1"},`, 50) + `{"phone":"1"}]}}`, []string{
		".phones.items MAX_SIZE 50",
	}},
	{
		`{"addresses":{"items":[{"address":{"country":"usa","subdivision":"NY","city":"s3cret"}}]}}`,
		[]string{
			".addresses.items[0].address.country FORMAT COUNTRY",
			".addresses.items[0].address.subdivision FORMAT SUBDIVISION",
		},
	},
	{`{"birthdate":"s3cret","locale":"s3cret!"}`,
		[]string{".birthdate FORMAT LOCAL_DATE", ".locale FORMAT LANGUAGE_TAG"}},
	{`{"company":"s3cret\u0000"}`, []string{".company FORMAT TEXT"}},
	{
		`{"picture":{"image":{"url":"ftp://s3cret","width":-1}}}`,
		[]string{".picture.image.url FORMAT WEB_URL", ".picture.image.width MIN 0"},
	},
	{`{"picture":"ftp://s3cret"}`, []string{".picture.image.url FORMAT WEB_URL"}}, // JSON-8,
}

// wrongQueries are invalid values for the member query of contacts, labels and extended fields alike.
var wrongQueries = []violated{
	{`5`, []string{" FORMAT OBJECT"}},
	{`"s3cret"`, []string{" FORMAT OBJECT"}},
	{`[{}]`, []string{" FORMAT OBJECT"}},
	{`{"paging":"s3cret"}`, []string{".paging FORMAT OBJECT"}},
	{`{"paging":{"limit":"s3cret","offset":{}}}`, []string{
		".paging.limit FORMAT INTEGER", ".paging.offset FORMAT INTEGER",
	}},
	{`{"paging":{"limit":1.5,"offset":1e3}}`,
		[]string{".paging.limit FORMAT INTEGER", ".paging.offset FORMAT INTEGER"}},
	{`{"paging":{"limit":2147483648}}`, []string{".paging.limit FORMAT INTEGER"}},
	{`{"paging":{"offset":-1}}`, []string{".paging.offset MIN 0"}},
	{`{"paging":{"limit":0,"offset":-1}}`, []string{".paging.offset MIN 0"}},
	{`{"sort":"s3cret"}`, []string{".sort FORMAT ARRAY"}},
	{`{"sort":["s3cret"]}`, []string{".sort[0] FORMAT OBJECT"}},
	{`{"sort":{"fieldName":5,"order":5}}`, []string{".sort.fieldName FORMAT STRING", ".sort.order FORMAT STRING"}},
	{`{"sort":[{"fieldName":5,"order":5}]}`,
		[]string{".sort[0].fieldName FORMAT STRING", ".sort[0].order FORMAT STRING"}},
	{`{"sort":[{"fieldName":"createdDate","order":"s3cret"}]}`, []string{".sort[0].order FORMAT ENUM"}},
	{`{"sort":{"fieldName":"createdDate","order":"s3cret"}}`, []string{".sort.order FORMAT ENUM"}},
}

// violating is a request with all of its violations.
type violating struct {
	method, path, body string
	want               []string
}

// violatingRequests has requests for every method with input.
func violatingRequests() []violating {
	var all []violating
	in := func(method, path, before, at, after string, values []violated) {
		for _, v := range values {
			var want []string
			for _, w := range v.want {
				want = append(want, at+w)
			}
			all = append(all, violating{method, path, before + v.text + after, want})
		}
	}
	in("POST", "/contacts", `{"info":`, "info", `}`, wrongInfos)
	in("PATCH", "/contacts/{bob}", `{"revision":1,"info":`, "info", `}`, wrongInfos)
	in("POST", "/bulk/contacts/update", `{"search":"Bob","info":`, "info", `}`, wrongInfos)
	in("POST", "/contact-submit", `{"info":`, "info", `}`, wrongInfos)
	for _, path := range []string{"/contacts/query", "/labels/query", "/extended-fields/query"} {
		in("POST", path, `{"query":`, "query", `}`, wrongQueries)
	}
	hundred := strings.Repeat(`"custom.vip",`, 100) + `"custom.vip"`

	return append(all, []violating{
		// IDs in the path.
		{"GET", "/contacts/s3cret", "", []string{"id FORMAT GUID"}},
		{"GET", "/contacts/undefined?id=undefined", "", []string{"id FORMAT GUID"}},
		{"GET", "/contacts/%7B00000000-0000-4000-8000-000000000001%7D", "", []string{"id FORMAT GUID"}},
		{"GET", "/contacts/00000000000040008000000000000001", "", []string{"id FORMAT GUID"}},
		{"PATCH", "/contacts/s3cret", `{"revision":1,"info":{"company":"A"}}`, []string{"contactId FORMAT GUID"}},
		{"DELETE", "/contacts/s3cret", "", []string{"contactId FORMAT GUID"}},
		{"POST", "/contacts/s3cret/labels", `{"labelKeys":["custom.vip"]}`, []string{"contactId FORMAT GUID"}},
		{"DELETE", "/contacts/s3cret/labels?labelKeys=custom.vip", "", []string{"contactId FORMAT GUID"}},
		{
			"POST", "/contacts/s3cret/merge", `{"targetContactRevision":1,"sourceContactIds":["{bob}"]}`,
			[]string{"targetContactId FORMAT GUID"},
		},
		{
			"POST", "/contacts/s3cret/preview-merge", `{"sourceContactIds":["{bob}"]}`,
			[]string{"targetContactId FORMAT GUID"},
		},
		{"GET", "/bulk/jobs/s3cret", "", []string{"id FORMAT GUID"}},
		{"GET", "/bulk/contact/jobs/s3cret", "", []string{"id FORMAT GUID"}},

		// Other members than info.
		{"POST", "/contacts", `{"allowDuplicates":"true"}`, []string{"allowDuplicates FORMAT BOOLEAN"}},
		{"POST", "/contacts", `{"allowDuplicates":1}`, []string{"allowDuplicates FORMAT BOOLEAN"}},
		{
			"POST", "/contacts", `{"info":{"name":5},"allowDuplicates":{}}`,
			[]string{"info.name FORMAT OBJECT", "allowDuplicates FORMAT BOOLEAN"},
		},
		{
			"PATCH", "/contacts/s3cret", `{"info":{"name":5,"company":5},"allowDuplicates":"s3cret","fieldMask":5}`,
			[]string{
				"contactId FORMAT GUID", "revision REQUIRED_FIELD", "info.name FORMAT OBJECT",
				"info.company FORMAT STRING",
				"allowDuplicates FORMAT BOOLEAN", "fieldMask FORMAT OBJECT",
			},
		},
		{
			"PATCH", "/contacts/{bob}", `{"revision":{"revision":1},"info":{"company":"A"}}`,
			[]string{"revision FORMAT INTEGER"},
		},
		{"PATCH", "/contacts/{bob}", `{"revision":"s3cret","info":{"company":"A"}}`,
			[]string{"revision FORMAT INTEGER"}},
		{"PATCH", "/contacts/{bob}", `{"revision":"","info":{"company":"A"}}`, []string{"revision FORMAT INTEGER"}},
		{"PATCH", "/contacts/{bob}", `{"revision":"+1","info":{"company":"A"}}`, []string{"revision FORMAT INTEGER"}},
		{"PATCH", "/contacts/{bob}", `{"revision":1.0,"info":{"company":"A"}}`, []string{"revision FORMAT INTEGER"}},
		{"PATCH", "/contacts/{bob}", `{"revision":[1],"info":{"company":"A"}}`, []string{"revision FORMAT INTEGER"}},
		{"PATCH", "/contacts/{bob}", `{"revision":true,"info":{"company":"A"}}`, []string{"revision FORMAT INTEGER"}},
		{
			"PATCH", "/contacts/{bob}", `{"revision":1,"info":{"company":"A"},"fieldMask":{"paths":"info.company"}}`,
			[]string{"fieldMask.paths FORMAT ARRAY"},
		},
		{
			"PATCH", "/contacts/{bob}", `{"revision":1,"info":{"company":"A"},"fieldMask":{"paths":[5]}}`,
			[]string{"fieldMask.paths[0] FORMAT STRING"},
		},
		{
			"PATCH", "/contacts/{bob}", `{"revision":1,"info":{"company":"A"},"fieldMask":["info.company",5]}`,
			[]string{"fieldMask[1] FORMAT STRING"},
		},
		{
			"PATCH", "/contacts/{bob}", `{"revision":1,"info":{"company":"A"},"allowDuplicates":"s3cret"}`,
			[]string{"allowDuplicates FORMAT BOOLEAN"},
		},

		// Labels of contacts.
		{"POST", "/contacts/{bob}/labels", ``, []string{"labelKeys MIN_SIZE 1"}},
		{"POST", "/contacts/{bob}/labels", `{"labelKeys":[]}`, []string{"labelKeys MIN_SIZE 1"}},
		{"POST", "/contacts/{bob}/labels", `{"labelKeys":"custom.vip"}`, []string{"labelKeys FORMAT ARRAY"}},
		{"POST", "/contacts/{bob}/labels", `{"labelKeys":{"items":["custom.vip"]}}`,
			[]string{"labelKeys FORMAT ARRAY"}},
		{
			"POST", "/contacts/{bob}/labels", `{"labelKeys":["custom.vip",5,null]}`,
			[]string{"labelKeys[1] FORMAT STRING", "labelKeys[2] FORMAT STRING"},
		},
		{"POST", "/contacts/{bob}/labels", `{"labelKeys":[` + hundred + `]}`, []string{"labelKeys MAX_SIZE 100"}},
		{"DELETE", "/contacts/{bob}/labels", ``, []string{"labelKeys MIN_SIZE 1"}},
		{"DELETE", "/contacts/{bob}/labels", `{"labelKeys":[5]}`, []string{"labelKeys[0] FORMAT STRING"}},
		{"DELETE", "/contacts/{bob}/labels", `{"labelKeys":5}`, []string{"labelKeys FORMAT ARRAY"}},
		{
			"DELETE", "/contacts/s3cret/labels?labelKeys=%zz", `{"labelKeys":5}`,
			[]string{"contactId FORMAT GUID", "query FORMAT QUERY", "labelKeys FORMAT ARRAY"},
		},

		// Merges.
		{
			"POST", "/contacts/{ada}/merge", `{"targetContactRevision":{},"sourceContactIds":"{bob}"}`,
			[]string{"targetContactRevision FORMAT INTEGER", "sourceContactIds FORMAT ARRAY"},
		},
		{
			"POST", "/contacts/{ada}/merge", `{"sourceContactIds":["{bob}",5,null,"","s3cret"]}`,
			[]string{
				"targetContactRevision REQUIRED_FIELD", "sourceContactIds[1] FORMAT GUID",
				"sourceContactIds[2] FORMAT GUID",
				"sourceContactIds[3] FORMAT GUID", "sourceContactIds[4] FORMAT GUID",
			},
		},
		{
			"POST", "/contacts/{ada}/preview-merge", `{"sourceContactIds":[{}]}`,
			[]string{"sourceContactIds[0] FORMAT GUID"},
		},
		{"POST", "/contacts/{ada}/preview-merge", `{"sourceContactIds":[]}`, []string{"sourceContactIds MIN_SIZE 1"}},
		{
			"POST", "/contacts/{ada}/merge",
			`{"targetContactRevision":2,"sourceContactIds":["{bob}","{mem}","{own}","{pay}","{nobody}","{old}"]}`,
			[]string{"sourceContactIds MAX_SIZE 5"},
		},

		// Queries.
		{"POST", "/contacts/query", `{"query":{"fields":"source"}}`, []string{"query.fields FORMAT ARRAY"}},
		{
			"POST", "/contacts/query", `{"query":{"fields":["source",5],"fieldsets":[null]}}`,
			[]string{"query.fields[1] FORMAT STRING", "query.fieldsets[0] FORMAT STRING"},
		},
		{
			"POST", "/contacts/query", `{"query":{"fields":["source","s3cret"],"fieldsets":["s3cret"]}}`,
			[]string{"query.fields[1] FORMAT ENUM", "query.fieldsets[0] FORMAT ENUM"},
		},
		{
			"POST", "/contacts/query", `{"query":{"fields":[` + strings.Repeat(`"source",`, 100) + `"source"]}}`,
			[]string{"query.fields MAX_SIZE 100"},
		},
		{"POST", "/contacts/query", `{"omitTotal":"true"}`, []string{"omitTotal FORMAT BOOLEAN"}},
		{"POST", "/contacts/query", `{"search":5}`, []string{"search FORMAT STRING"}},
		{"POST", "/contacts/query", `{"search":"` + longText + `"}`, []string{"search MAX_LENGTH 100"}},
		{
			"POST", "/contacts/query", `{"search":"` + longText +
				`","query":{"sort":{"order":"s3cret","fieldName":"createdDate"}}}`,
			[]string{"search MAX_LENGTH 100", "query.sort.order FORMAT ENUM"},
		},
		{
			"POST", "/contacts/query",
			`{"query":{"filter":{},"paging":5,"sort":5,"fields":5},"search":5,"omitTotal":5}`,
			[]string{
				"query.paging FORMAT OBJECT", "query.sort FORMAT ARRAY", "query.fields FORMAT ARRAY",
				"search FORMAT STRING",
				"omitTotal FORMAT BOOLEAN",
			},
		},
		{"GET", "/contacts?fields=source,s3cret&fields=info", "",
			[]string{"fields[1] FORMAT ENUM", "fields[2] FORMAT ENUM"}},
		{"GET", "/contacts?fieldsets=s3cret", "", []string{"fieldsets[0] FORMAT ENUM"}},
		{
			"GET", "/contacts/{bob}?fields=s3cret&fieldsets=basic", "",
			[]string{"fields[0] FORMAT ENUM", "fieldsets[0] FORMAT ENUM"},
		},
		{
			"GET", "/contacts/s3cret?fields=%zz", "",
			[]string{"id FORMAT GUID", "query FORMAT QUERY"},
		},
		{"GET", "/contacts?fields=" + strings.Repeat("source,", 100) + "source", "", []string{"fields MAX_SIZE 100"}},
		{"GET", "/contacts?x=1;y=2", "", []string{"query FORMAT QUERY"}},
		{"GET", "/contacts?sort.order=s3cret&sort.fieldName=createdDate", "", []string{"sort.order FORMAT ENUM"}},
		{"GET", "/labels?sort.order=s3cret&sort.fieldName=createdDate", "", []string{"sort.order FORMAT ENUM"}},
		{"GET", "/extended-fields?sort.order=s3cret&sort.fieldName=createdDate", "",
			[]string{"sort.order FORMAT ENUM"}},
		{
			"GET", "/contacts?sort.fieldName=createdDate&sort.fieldName=createdDate&sort.order=ASC&sort.order=ASC", "",
			[]string{"sort.fieldName MAX_SIZE 1", "sort.order MAX_SIZE 1"},
		},
		{"GET", "/contacts?sort.fieldName=" + longText, "", []string{"sort.fieldName MAX_LENGTH 100"}},
		{
			"POST", "/contacts/query", `{"query":{"sort":[{"fieldName":"` + longText + `"}]}}`,
			[]string{"query.sort[0].fieldName MAX_LENGTH 100"},
		},

		// Facets.
		{"POST", "/contacts/facets/query", `{"paging":5,"omitCount":5}`, []string{
			"paging FORMAT OBJECT", "omitCount FORMAT BOOLEAN",
		}},
		{"POST", "/contacts/facets/query", `{"paging":{"limit":1001,"offset":-1}}`, []string{
			"paging.limit MAX 1000", "paging.offset MIN 0",
		}},
		{"POST", "/contacts/facets/query", `{"paging":{"limit":-1}}`, []string{"paging.limit MIN 0"}},
		{"GET", "/contacts/facets?paging.limit=1001&paging.offset=-1", "", []string{
			"paging.limit MAX 1000", "paging.offset MIN 0",
		}},
		{"GET", "/contacts/facets?omitCount=s3cret", "", []string{"omitCount FORMAT BOOLEAN"}},
		{"GET", "/contacts/facets?omitCount=true&omitCount=true", "", []string{"omitCount MAX_SIZE 1"}},

		// Bulk calls. Their filters are in failures.
		{"POST", "/bulk/contacts/delete", `{"search":5}`, []string{"search FORMAT STRING"}},
		{"POST", "/bulk/contacts/delete", `{"search":"` + longText + `"}`, []string{"search MAX_LENGTH 100"}},
		{"POST", "/bulk/contacts/update", `{"search":[],"info":5,"fieldMask":5}`, []string{
			"search FORMAT STRING", "info FORMAT OBJECT", "fieldMask FORMAT OBJECT",
		}},
		{"POST", "/bulk/contacts/add-remove-labels", `{"search":"Bob"}`, []string{"labelKeysToAdd MIN_SIZE 1"}},
		{
			"POST", "/bulk/contacts/add-remove-labels", `{"search":5,"labelKeysToAdd":5,"labelKeysToRemove":[5,null]}`,
			[]string{
				"search FORMAT STRING", "labelKeysToAdd FORMAT ARRAY", "labelKeysToRemove[0] FORMAT STRING",
				"labelKeysToRemove[1] FORMAT STRING",
			},
		},
		{
			"POST", "/bulk/contacts/add-remove-labels",
			`{"search":"Bob","labelKeysToAdd":[` + hundred + `],"labelKeysToRemove":[` + hundred + `]}`,
			[]string{"labelKeysToAdd MAX_SIZE 100", "labelKeysToRemove MAX_SIZE 100"},
		},

		// Submissions.
		{"POST", "/contact-submit", `{"contactId":5}`, []string{"contactId FORMAT GUID"}},
		{"POST", "/contact-submit", `{"contactId":"s3cret"}`, []string{"contactId FORMAT GUID"}},
		{"POST", "/contact-submit", `{"passThroughData":{}}`, []string{"passThroughData FORMAT STRING"}},
		{
			"POST", "/contact-submit", `{"info":{"name":{"first":"A"}},"passThroughData":"` + longText + `"}`,
			[]string{"passThroughData MAX_LENGTH 300"},
		},
		{"POST", "/contact-submit", `{"activity":"s3cret"}`, []string{"activity FORMAT OBJECT"}},
		{
			"POST", "/contact-submit", `{"activity":{"activityType":5,"activityDate":"2026-01-02"}}`,
			[]string{"activity.activityType FORMAT STRING", "activity.activityDate FORMAT TIMESTAMP"},
		},
		{
			"POST", "/contact-submit", `{"info":{"name":{"first":"A"}},"activity":{"activityType":"s3cret"}}`,
			[]string{"activity.activityType FORMAT ENUM"},
		},
		{
			"POST", "/contact-submit", `{"info":{"name":{"first":"A"}},"activity":{"activityType":"CONTACT_CREATED"}}`,
			[]string{"activity.activityType FORMAT ENUM"},
		},

		// Labels and extended fields. Renaming is in TestRenameForms, keys are in TestKeysInPaths.
		{"POST", "/labels", ``, []string{"displayName MIN_LENGTH 1"}},
		{"POST", "/labels", `{"displayName":null}`, []string{"displayName MIN_LENGTH 1"}},
		{"POST", "/labels", `{"displayName":5}`, []string{"displayName FORMAT STRING"}},
		{"POST", "/labels", `{"displayName":"` + longText + `"}`, []string{"displayName MAX_LENGTH 180"}},
		{"POST", "/extended-fields", `{}`, []string{"displayName MIN_LENGTH 1", "dataType FORMAT ENUM"}},
		{"POST", "/extended-fields", `{"displayName":5,"dataType":5}`, []string{
			"displayName FORMAT STRING", "dataType FORMAT STRING",
		}},
		{"POST", "/extended-fields", `{"displayName":"` + longText + `","dataType":"s3cret"}`, []string{
			"displayName MAX_LENGTH 150", "dataType FORMAT ENUM",
		}},
		{"GET", "/labels?paging.limit=2001&paging.offset=-1", "",
			[]string{"paging.limit MAX 2000", "paging.offset MIN 0"}},
		{"GET", "/labels?paging.limit=-1", "", []string{"paging.limit MIN 0"}},
		{"GET", "/labels?labelType=s3cret&namespace=x", "",
			[]string{"labelType FORMAT ENUM", "namespace MIN_LENGTH 3"}},
		{"GET", "/labels?startsWith=" + longText, "", []string{"startsWith MAX_LENGTH 180"}},
		{"GET", "/labels?startsWith=a&startsWith=b", "", []string{"startsWith MAX_SIZE 1"}},
		{"POST", "/labels/query", `{"query":{"paging":{"limit":2001}}}`, []string{"query.paging.limit MAX 2000"}},
		{"POST", "/labels/query", `{"query":{"paging":{"limit":-1}}}`, []string{"query.paging.limit MIN 0"}},
		{"POST", "/labels/query", `{"query":{"sort":[` + strings.Repeat(`{"fieldName":"displayName"},`, 100) +
			`{"fieldName":"displayName"}]}}`, []string{"query.sort MAX_SIZE 100"}},
		{"GET", "/extended-fields?paging.limit=1001", "", []string{"paging.limit MAX 1000"}},
		{
			"GET", "/extended-fields?fieldType=s3cret&namespace=" + strings.Repeat("x", 26), "",
			[]string{"fieldType FORMAT ENUM", "namespace MAX_LENGTH 25"},
		},
		{"GET", "/extended-fields?startsWith=" + longText, "", []string{"startsWith MAX_LENGTH 150"}},
		{"POST", "/extended-fields/query", `{"query":{"paging":{"limit":1001}}}`,
			[]string{"query.paging.limit MAX 1000"}},
	}...)
}

func TestViolations(t *testing.T) {
	c := newCast(t, nil)
	for _, tc := range violatingRequests() {
		name := tc.method + " " + tc.path + " " + tc.body
		if len(name) > 150 {
			name = name[:150] + " and so on"
		}
		t.Run("HTTP-4 "+name, func(t *testing.T) {
			c := c.in(t)
			out := c.refuse(tc.method, tc.path, tc.body)
			out.violates(tc.want...)
			require.NotContains(t, strings.ToLower(out.text), secret, "ERR-3")
		})
	}
	for _, path := range []string{"/contacts", "/contacts/facets", "/labels", "/extended-fields"} {
		for query, want := range map[string][]string{
			"paging.limit=s3cret&paging.offset=1.5": {"paging.limit FORMAT INTEGER", "paging.offset FORMAT INTEGER"},
			"paging.limit=&paging.offset=+1":        {"paging.limit FORMAT INTEGER", "paging.offset FORMAT INTEGER"},
			"paging.limit=99999999999":              {"paging.limit FORMAT INTEGER"},
			"paging.offset=-1":                      {"paging.offset MIN 0"},
			"paging.limit=0&paging.offset=-1":       {"paging.offset MIN 0"},
			"paging.limit=1&paging.limit=1":         {"paging.limit MAX_SIZE 1"},
			"paging.offset=x&paging.offset=1&y=%zz": {
				"query FORMAT QUERY", "paging.offset MAX_SIZE 1", "paging.offset FORMAT INTEGER",
			},
		} {
			t.Run("HTTP-4 GET "+path+"?"+query, func(t *testing.T) {
				c.in(t).refuse("GET", path+"?"+query, "").violates(want...)
			})
		}
	}
}
