package contactstest

import "slices"

// Method is the name of a method of [API].
type Method string

// The methods of [API].
const (
	MethodCreate       Method = "Create"
	MethodGet          Method = "Get"
	MethodUpdate       Method = "Update"
	MethodDelete       Method = "Delete"
	MethodLabel        Method = "Label"
	MethodUnlabel      Method = "Unlabel"
	MethodMerge        Method = "Merge"
	MethodPreviewMerge Method = "PreviewMerge"
	MethodSubmit       Method = "Submit"

	MethodList   Method = "List"
	MethodFacets Method = "Facets"

	MethodFindOrCreateLabel Method = "FindOrCreateLabel"
	MethodGetLabel          Method = "GetLabel"
	MethodRenameLabel       Method = "RenameLabel"
	MethodDeleteLabel       Method = "DeleteLabel"
	MethodListLabels        Method = "ListLabels"

	MethodFindOrCreateField Method = "FindOrCreateField"
	MethodGetField          Method = "GetField"
	MethodRenameField       Method = "RenameField"
	MethodDeleteField       Method = "DeleteField"
	MethodListFields        Method = "ListFields"

	MethodBulkDelete Method = "BulkDelete"
	MethodBulkUpdate Method = "BulkUpdate"
	MethodBulkLabel  Method = "BulkLabel"
	MethodJob        Method = "Job"
	MethodJobs       Method = "Jobs"
)

var reads = []Method{
	MethodGet, MethodPreviewMerge, MethodList, MethodFacets, MethodGetLabel, MethodListLabels, MethodGetField,
	MethodListFields, MethodJob, MethodJobs,
}

var writes = []Method{
	MethodCreate, MethodUpdate, MethodDelete, MethodLabel, MethodUnlabel, MethodMerge, MethodSubmit,
	MethodFindOrCreateLabel, MethodRenameLabel, MethodDeleteLabel, MethodFindOrCreateField, MethodRenameField,
	MethodDeleteField, MethodBulkDelete, MethodBulkUpdate, MethodBulkLabel,
}

// Reads returns the methods that change nothing: OnReads matches them.
func Reads() []Method { return slices.Clone(reads) }

// Writes returns the methods that can change something: OnWrites matches them.
func Writes() []Method { return slices.Clone(writes) }

// Known reports whether API has a method of this name.
func (m Method) Known() bool { return m.reads() || slices.Contains(writes, m) }

func (m Method) reads() bool { return slices.Contains(reads, m) }

// hasRevision reports whether a call of the method gives the revision that its caller has seen.
func (m Method) hasRevision() bool { return m == MethodUpdate || m == MethodMerge }
