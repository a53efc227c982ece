package inspector

import (
	"net/http"
	"slices"

	"github.com/contactsdb/contacts"
)

// definitionsPage is the data of the page of labels and extended fields.
type definitionsPage struct {
	Problem, Done *note
	Labels        []definition
	Fields        []definition
	Types         []contacts.DataType
	Mine          int // labels and fields that are not those of the system
}

// definition is a label or an extended field.
type definition struct {
	Key, Name string
	Count     int    // contacts with the label
	Type      string // of the values of the field
	About     string // description of the field
	System    bool
}

// definitions shows the labels and extended fields.
func (v *visit) definitions() error { return v.showDefinitions(http.StatusOK, nil) }

func (v *visit) showDefinitions(status int, said *note) error {
	out := &definitionsPage{Problem: said, Done: doneNote(v.r.URL.Query().Get("done"))}
	out.Types = []contacts.DataType{contacts.DataText, contacts.DataNumber, contacts.DataDate, contacts.DataURL}
	facets, err := v.allFacets(v.r.Context(), true)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, f := range facets {
		if f.FacetType == contacts.FacetLabel {
			counts[f.Key] = f.Count
		}
	}
	sn := v.store.Snapshot()
	for l := range sn.Labels() {
		d := definition{Key: l.Key, Name: l.DisplayName, Count: counts[l.Key], System: l.LabelType == contacts.LabelSystem}
		out.Labels = append(out.Labels, d)
	}
	for f := range sn.Fields() {
		d := definition{Key: f.Key, Name: f.DisplayName, Type: words(f.DataType), About: f.Description}
		d.System = f.FieldType == contacts.FieldSystem
		out.Fields = append(out.Fields, d)
	}
	return v.render(status, "definitions", "Labels and fields", out)
}

// done are the messages about what was done, by the value of the parameter done of a URL.
var done = map[string]string{
	"label-created": "The label is there.", "label-renamed": "The label was renamed.",
	"label-deleted": "The label was deleted.", "field-created": "The field is there.",
	"field-renamed": "The field was renamed.", "field-deleted": "The field was deleted.",
	"saved": "The state was saved.", "restored": "The state was restored.", "advanced": "The clock was moved.",
}

func doneNote(word string) *note {
	if text, ok := done[word]; ok {
		return &note{Kind: "good", Text: text}
	}
	return nil
}

// defined answers a form about labels or fields.
func (v *visit) defined(word string, err error) error {
	if err == nil {
		v.redirect("../definitions?done=" + word)
		return nil
	}
	if f := failureOf(err); slices.Contains([]int{http.StatusBadRequest, http.StatusNotFound}, f.Status) {
		return v.showDefinitions(f.Status, problem("Nothing was changed.", err))
	}
	return err
}

func (v *visit) createLabel() error {
	_, _, err := v.store.FindOrCreateLabel(v.r.Context(), v.posted("name"))
	return v.defined("label-created", err)
}

func (v *visit) renameLabel() error {
	_, err := v.store.RenameLabel(v.r.Context(), v.posted("key"), v.posted("name"))
	return v.defined("label-renamed", err)
}

func (v *visit) deleteLabel() error {
	return v.defined("label-deleted", v.store.DeleteLabel(v.r.Context(), v.posted("key")))
}

func (v *visit) createField() error {
	_, _, err := v.store.FindOrCreateField(v.r.Context(), v.posted("name"), contacts.DataType(v.posted("type")))
	return v.defined("field-created", err)
}

func (v *visit) renameField() error {
	_, err := v.store.RenameField(v.r.Context(), v.posted("key"), v.posted("name"))
	return v.defined("field-renamed", err)
}

func (v *visit) deleteField() error {
	return v.defined("field-deleted", v.store.DeleteField(v.r.Context(), v.posted("key")))
}
