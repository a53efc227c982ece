package httpapi

// prefixes are the two that each path has: the public one, and the one that the client uses on other hosts (HTTP-1).
var prefixes = []string{"/contacts/v4", "/_api/contacts/v4"}

// route is a method of the API.
type route struct {
	method, path string
	permission   Permission
	answer       func(*call) (reply, error)
	calls, does  string // for docs/http.md: the method of contacts.Store that it calls, and its effect in a few words
}

// name returns the method and the path, which has no IDs.
func (r *route) name() string { return r.method + " " + r.path }

// routes are the methods of the API (HTTP-1). In a path, a literal segment takes precedence over {id}. The table in
// docs/http.md is generated from this one, and TestDocument fails if they differ.
//
//go:generate go test . -run TestDocument -update
var routes = []route{
	{"POST", "/contacts", PermissionModify, (*call).createContact, "Create", "create a contact"},
	{"GET", "/contacts", PermissionView, (*call).listContacts, "List", "list contacts"},
	{"POST", "/contacts/query", PermissionView, (*call).queryContacts, "List", "query contacts by filter or search"},
	{"GET", "/contacts/facets", PermissionView, (*call).listFacets, "Facets", "count contacts by label and status"},
	{
		"POST", "/contacts/facets/query", PermissionView, (*call).queryFacets, "Facets",
		"count filtered contacts by label and status",
	},
	{"GET", "/contacts/{id}", PermissionView, (*call).getContact, "Get", "get a contact"},
	{"PATCH", "/contacts/{id}", PermissionModify, (*call).updateContact, "Update", "change a contact"},
	{"DELETE", "/contacts/{id}", PermissionModify, (*call).deleteContact, "Delete", "delete a contact"},
	{"POST", "/contacts/{id}/labels", PermissionModify, (*call).labelContact, "Label", "add labels to a contact"},
	{
		"DELETE", "/contacts/{id}/labels", PermissionModify, (*call).unlabelContact, "Unlabel",
		"remove labels from a contact",
	},
	{"POST", "/contacts/{id}/merge", PermissionMerge, (*call).mergeContacts, "Merge", "merge others into a contact"},
	{"POST", "/contacts/{id}/preview-merge", PermissionMerge, (*call).previewMerge, "PreviewMerge", "preview a merge"},

	{"POST", "/bulk/contacts/delete", PermissionModify, (*call).bulkDelete, "BulkDelete", "delete selected contacts"},
	{"POST", "/bulk/contacts/update", PermissionModify, (*call).bulkUpdate, "BulkUpdate", "change selected contacts"},
	{
		"POST", "/bulk/contacts/add-remove-labels", PermissionModify, (*call).bulkLabel, "BulkLabel",
		"add and remove labels of selected contacts",
	},
	{"GET", "/bulk/jobs", PermissionView, (*call).listJobs, "Jobs", "list bulk jobs"},
	{"GET", "/bulk/jobs/{id}", PermissionView, (*call).getJob, "Job", "get a bulk job"},
	{"GET", "/bulk/contact/jobs", PermissionView, (*call).listJobs, "Jobs", "list bulk jobs"},
	{"GET", "/bulk/contact/jobs/{id}", PermissionView, (*call).getJob, "Job", "get a bulk job"},

	{"POST", "/contact-submit", PermissionSubmit, (*call).submit, "Submit", "append to a contact, or create one"},

	{
		"POST", "/labels", PermissionLabelsModify, (*call).findOrCreateLabel, "FindOrCreateLabel",
		"find a label by display name, or create it",
	},
	{"GET", "/labels", PermissionLabelsView, (*call).listLabels, "ListLabels", "list labels"},
	{"POST", "/labels/query", PermissionLabelsView, (*call).queryLabels, "ListLabels", "query labels by filter"},
	{"GET", "/labels/{key...}", PermissionLabelsView, (*call).getLabel, "GetLabel", "get a label"},
	{"PATCH", "/labels/{key...}", PermissionLabelsModify, (*call).renameLabel, "RenameLabel", "rename a label"},
	{
		"DELETE", "/labels/{key...}", PermissionLabelsModify, (*call).deleteLabel, "DeleteLabel",
		"delete a label, and remove it from contacts",
	},

	{
		"POST", "/extended-fields", PermissionFieldsModify, (*call).findOrCreateField, "FindOrCreateField",
		"find an extended field by display name, or create it",
	},
	{"GET", "/extended-fields", PermissionFieldsView, (*call).listFields, "ListFields", "list extended fields"},
	{
		"POST", "/extended-fields/query", PermissionFieldsView, (*call).queryFields, "ListFields",
		"query extended fields by filter",
	},
	{"GET", "/extended-fields/{key...}", PermissionFieldsView, (*call).getField, "GetField", "get an extended field"},
	{
		"PATCH", "/extended-fields/{key...}", PermissionFieldsModify, (*call).renameField, "RenameField",
		"rename an extended field",
	},
	{
		"DELETE", "/extended-fields/{key...}", PermissionFieldsModify, (*call).deleteField, "DeleteField",
		"delete an extended field, and its values in contacts",
	},
}
