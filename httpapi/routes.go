package httpapi

// prefixes are the two that each path has: the public one, and the one that the client takes for other hosts (HTTP-1).
var prefixes = []string{"/contacts/v4", "/_api/contacts/v4"}

// route is a method of the API.
type route struct {
	method, path string
	permission   Permission
	answer       func(*call) (reply, error)
}

// routes are the methods of the API (HTTP-1). In a path, what is written out wins over {id}.
var routes = []route{
	{"POST", "/contacts", PermissionModify, (*call).createContact},
	{"GET", "/contacts", PermissionView, (*call).listContacts},
	{"POST", "/contacts/query", PermissionView, (*call).queryContacts},
	{"GET", "/contacts/facets", PermissionView, (*call).listFacets},
	{"POST", "/contacts/facets/query", PermissionView, (*call).queryFacets},
	{"GET", "/contacts/{id}", PermissionView, (*call).getContact},
	{"PATCH", "/contacts/{id}", PermissionModify, (*call).updateContact},
	{"DELETE", "/contacts/{id}", PermissionModify, (*call).deleteContact},
	{"POST", "/contacts/{id}/labels", PermissionModify, (*call).labelContact},
	{"DELETE", "/contacts/{id}/labels", PermissionModify, (*call).unlabelContact},
	{"POST", "/contacts/{id}/merge", PermissionMerge, (*call).mergeContacts},
	{"POST", "/contacts/{id}/preview-merge", PermissionMerge, (*call).previewMerge},

	{"POST", "/bulk/contacts/delete", PermissionModify, (*call).bulkDelete},
	{"POST", "/bulk/contacts/update", PermissionModify, (*call).bulkUpdate},
	{"POST", "/bulk/contacts/add-remove-labels", PermissionModify, (*call).bulkLabel},
	{"GET", "/bulk/jobs", PermissionView, (*call).listJobs},
	{"GET", "/bulk/jobs/{id}", PermissionView, (*call).getJob},
	{"GET", "/bulk/contact/jobs", PermissionView, (*call).listJobs},
	{"GET", "/bulk/contact/jobs/{id}", PermissionView, (*call).getJob},

	{"POST", "/contact-submit", PermissionSubmit, (*call).submit},

	{"POST", "/labels", PermissionLabelsModify, (*call).findOrCreateLabel},
	{"GET", "/labels", PermissionLabelsView, (*call).listLabels},
	{"POST", "/labels/query", PermissionLabelsView, (*call).queryLabels},
	{"GET", "/labels/{key...}", PermissionLabelsView, (*call).getLabel},
	{"PATCH", "/labels/{key...}", PermissionLabelsModify, (*call).renameLabel},
	{"DELETE", "/labels/{key...}", PermissionLabelsModify, (*call).deleteLabel},

	{"POST", "/extended-fields", PermissionFieldsModify, (*call).findOrCreateField},
	{"GET", "/extended-fields", PermissionFieldsView, (*call).listFields},
	{"POST", "/extended-fields/query", PermissionFieldsView, (*call).queryFields},
	{"GET", "/extended-fields/{key...}", PermissionFieldsView, (*call).getField},
	{"PATCH", "/extended-fields/{key...}", PermissionFieldsModify, (*call).renameField},
	{"DELETE", "/extended-fields/{key...}", PermissionFieldsModify, (*call).deleteField},
}
