package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// checked is the number of documents whose answers are compared.
const checked = 500

// check compares the answers of an engine that has imported the first n documents with the documents themselves, so
// that all engines that pass give equal answers. In the end the engine has the same documents as before.
func check(e engine, n int) error {
	for _, i := range sampled(n) {
		if err := checkFound(e, makeDocument(i)); err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
	}
	if err := checkMissing(e, makeDocument(firstFresh)); err != nil {
		return fmt.Errorf("a document that was never there: %w", err)
	}
	pages := newestOf(n)
	if err := checkPages(e, pages); err != nil {
		return err
	}
	if err := checkWrites(e, pages); err != nil {
		return fmt.Errorf("writes: %w", err)
	}
	return checkPages(e, pages)
}

// sampled returns the numbers of the documents to compare: the first, the last, and some between.
func sampled(n int) []int {
	rnd := rand.New(rand.NewPCG(seed, uint64(n)))
	list := rnd.Perm(n)
	return append(list[:min(n, checked)], 0, n-1)
}

// checkFound expects to find a document in every way.
func checkFound(e engine, want *document) error {
	id := want.key()
	for name, find := range map[string]func(key) (hit, error){"View": e.View, "Get": e.Get} {
		if got, err := find(id); err != nil || got != want.hit() {
			return errors.Join(fmt.Errorf("%s gives %v, want %v", name, got, want.hit()), err)
		}
	}
	got, err := e.Document(id)
	if err != nil || !got.equal(want) {
		return errors.Join(fmt.Errorf("it differs: got %+v, want %+v", got, want), err)
	}
	return checkLookups(e, want, []hit{want.hit()})
}

// checkLookups expects the same hits by every email and phone of a document.
func checkLookups(e engine, d *document, want []hit) error {
	for _, m := range d.Emails {
		got, err := e.ByEmail(nil, strings.ToUpper(m.Address))
		if err != nil || !slices.Equal(got, want) {
			return errors.Join(fmt.Errorf("ByEmail gives %v, want %v", got, want), err)
		}
	}
	for _, p := range d.Phones {
		got, err := e.ByPhone(nil, p.E164)
		if err != nil || !slices.Equal(got, want) {
			return errors.Join(fmt.Errorf("ByPhone gives %v, want %v", got, want), err)
		}
	}
	return nil
}

// checkMissing expects that a document cannot be found or changed.
func checkMissing(e engine, d *document) error {
	id := d.key()
	_, viewed := e.View(id)
	_, got := e.Get(id)
	_, copied := e.Document(id)
	for name, err := range map[string]error{
		"View": viewed, "Get": got, "Document": copied, "SetTitle": e.SetTitle(id, 1, makeTitle(1)),
		"SetPhones": e.SetPhones(id, 1, makeDocument(firstSpare).Phones), "Delete": e.Delete(id),
	} {
		if !errors.Is(err, errNotFound) {
			return fmt.Errorf("%s: %v, want %w", name, err, errNotFound)
		}
	}
	return checkLookups(e, d, nil)
}

// newestOf returns the first page of each label among the first n documents.
func newestOf(n int) map[string][]hit {
	pages := make(map[string][]hit)
	full := 0
	for i := n - 1; i >= 0 && full < labels; i-- {
		d := makeDocument(i)
		for _, label := range d.Labels {
			if len(pages[label]) == pageSize {
				continue
			}
			pages[label] = append(pages[label], d.hit())
			if len(pages[label]) == pageSize {
				full++
			}
		}
	}
	return pages
}

func checkPages(e engine, pages map[string][]hit) error {
	for i := range labels {
		if err := checkPage(e, labelKey(i), pages[labelKey(i)]); err != nil {
			return err
		}
	}
	return nil
}

func checkPage(e engine, label string, want []hit) error {
	for name, list := range map[string]func([]hit, string) ([]hit, error){"Newest": e.Newest, "List": e.List} {
		if got, err := list(nil, label); err != nil || !slices.Equal(got, want) {
			return errors.Join(fmt.Errorf("%s of %s gives %v, want %v", name, label, got, want), err)
		}
	}
	return nil
}

// labelled returns the first document from i on that has a label, without the time of its creation.
func labelled(i int) *document {
	for {
		if d := makeDocument(i); len(d.Labels) > 0 {
			return d
		}
		i++
	}
}

// checkWrites creates a document, changes and deletes it.
func checkWrites(e engine, pages map[string][]hit) error {
	want := labelled(firstFresh)
	id, err := e.Create(want.clone())
	if err != nil {
		return fmt.Errorf("Create: %w", err)
	}
	created, err := e.Document(id)
	if err != nil {
		return fmt.Errorf("Create: %w", err)
	}
	want.ID, want.Created = id.UUID, created.Created // the store makes IDs itself, and all engines use their clock
	if err := checkFound(e, want); err != nil {
		return fmt.Errorf("Create: %w", err)
	}
	for _, label := range want.Labels {
		page := append([]hit{want.hit()}, pages[label]...)
		if err := checkPage(e, label, page[:min(len(page), pageSize)]); err != nil {
			return fmt.Errorf("Create: %w", err)
		}
	}
	if err := checkUpdates(e, id, want); err != nil {
		return err
	}
	if err := e.Delete(id); err != nil {
		return fmt.Errorf("Delete: %w", err)
	}
	if err := checkMissing(e, want); err != nil {
		return fmt.Errorf("Delete: %w", err)
	}
	return nil
}

func checkUpdates(e engine, id key, want *document) error {
	old := makeDocument(firstSpare + 1)
	old.Emails, old.Phones = nil, want.Phones
	want.JobTitle = makeTitle(firstSpare)
	if err := e.SetTitle(id, 1, want.JobTitle); err != nil {
		return fmt.Errorf("SetTitle: %w", err)
	}
	want.Revision = 2
	if err := checkFound(e, want); err != nil {
		return fmt.Errorf("SetTitle: %w", err)
	}
	want.Phones = makeDocument(firstSpare).Phones
	if err := e.SetPhones(id, 2, slices.Clone(want.Phones)); err != nil {
		return fmt.Errorf("SetPhones: %w", err)
	}
	want.Revision = 3
	if err := checkFound(e, want); err != nil {
		return fmt.Errorf("SetPhones: %w", err)
	}
	if err := checkLookups(e, old, nil); err != nil {
		return fmt.Errorf("SetPhones keeps the old ones: %w", err)
	}
	for name, err := range map[string]error{
		"SetTitle": e.SetTitle(id, 2, makeTitle(2)), "SetPhones": e.SetPhones(id, 2, slices.Clone(old.Phones)),
	} {
		if !errors.Is(err, errChanged) {
			return fmt.Errorf("%s of an old revision: %v, want %w", name, err, errChanged)
		}
	}
	return checkFound(e, want)
}
