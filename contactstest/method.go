package contactstest

import (
	"fmt"
	"slices"
	"strings"
)

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

// unknown returns the message about a method that API lacks.
func (m Method) unknown() string {
	var names []string
	for _, known := range slices.Concat(writes, reads) {
		names = append(names, string(known))
	}
	slices.Sort(names)
	return fmt.Sprintf("API has no method %q; it has %s", string(m), strings.Join(names, ", "))
}

func (m Method) reads() bool { return slices.Contains(reads, m) }

// hasRevision reports whether a call of the method gives the revision that its caller has seen.
func (m Method) hasRevision() bool { return m == MethodUpdate || m == MethodMerge }
