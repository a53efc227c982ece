package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/boltlog"
)

// storeEngine is the store of this project. In each call it does more than the others: it checks the values, derives
// others, parses phones, looks for duplicates, and keeps the changes for readers of the feed.
type storeEngine struct{ store *contacts.Store }

func openStore(_ string, now func() time.Time) (engine, error) {
	s, err := contacts.New(&contacts.Options{Now: now})
	return newStoreEngine(s, err)
}

// openLogged opens a store with a log that leaves writing to the operating system: what a log costs without the disk.
func openLogged(dir string, now func() time.Time) (engine, error) {
	return openDurable(dir, now, boltlog.Never)
}

// openSynced opens a store with a log that waits for the disk at each commit.
func openSynced(dir string, now func() time.Time) (engine, error) {
	return openDurable(dir, now, boltlog.Always)
}

func openDurable(dir string, now func() time.Time, policy boltlog.SyncPolicy) (engine, error) {
	s, err := boltlog.OpenStore(context.Background(), filepath.Join(dir, "log"), &boltlog.Options{Sync: policy},
		&contacts.Options{Now: now})
	return newStoreEngine(s, err)
}

// newStoreEngine defines the labels and fields of the documents.
func newStoreEngine(s *contacts.Store, err error) (engine, error) {
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	for i := range labels {
		label, _, err := s.FindOrCreateLabel(ctx, labelName(i))
		if err != nil || label.Key != labelKey(i) {
			return nil, errors.Join(fmt.Errorf("label %d has the key %q", i, label.Key), err, s.Close())
		}
	}
	for i := range fields {
		field, _, err := s.FindOrCreateField(ctx, fieldName(i), contacts.DataText)
		if err != nil || field.Key != fieldKey(i) {
			return nil, errors.Join(fmt.Errorf("field %d has the key %q", i, field.Key), err, s.Close())
		}
	}
	return &storeEngine{store: s}, nil
}

func infoOf(d *document) contacts.Info {
	info := contacts.Info{
		Name: contacts.Name{First: d.First, Last: d.Last}, Company: d.Company, JobTitle: d.JobTitle, Locale: d.Locale,
		Phones: phonesOf(d.Phones), LabelKeys: d.Labels,
	}
	for _, m := range d.Emails {
		info.Emails = append(info.Emails, contacts.Email{
			Tag: contacts.EmailTag(m.Tag), Address: m.Address, Primary: m.Primary,
		})
	}
	for _, a := range d.Addresses {
		info.Addresses = append(info.Addresses, contacts.Address{
			Tag: contacts.AddressTag(a.Tag), AddressLine: a.Line, City: a.City, Subdivision: a.Subdivision,
			PostalCode: a.PostalCode, Country: a.Country,
		})
	}
	if len(d.Fields) > 0 {
		info.ExtendedFields = make(map[string]any, len(d.Fields))
		for k, v := range d.Fields {
			info.ExtendedFields[k] = v
		}
	}
	return info
}

func phonesOf(phones []phone) []contacts.Phone {
	list := make([]contacts.Phone, 0, len(phones))
	for _, p := range phones {
		list = append(list, contacts.Phone{
			Tag: contacts.PhoneTag(p.Tag), CountryCode: p.Country, Number: p.Number, Primary: p.Primary,
		})
	}
	return list
}

// documentOf returns what a document has of a contact.
func documentOf(c *contacts.Contact) *document {
	d := &document{
		ID: c.ID, Revision: c.Revision, Created: c.CreatedDate, Updated: c.UpdatedDate,
		First: c.Info.Name.First, Last: c.Info.Name.Last, Company: c.Info.Company, JobTitle: c.Info.JobTitle,
		Locale: c.Info.Locale, Labels: c.Info.LabelKeys,
	}
	for _, m := range c.Info.Emails {
		d.Emails = append(d.Emails, email{Tag: string(m.Tag), Address: m.Address, Primary: m.Primary})
	}
	for _, p := range c.Info.Phones {
		d.Phones = append(d.Phones, phone{
			Tag: string(p.Tag), Country: p.CountryCode, Number: p.Number, E164: p.E164, Primary: p.Primary,
		})
	}
	for _, a := range c.Info.Addresses {
		d.Addresses = append(d.Addresses, address{
			Tag: string(a.Tag), Line: a.AddressLine, City: a.City, Subdivision: a.Subdivision, PostalCode: a.PostalCode,
			Country: a.Country,
		})
	}
	for i := range fields {
		if text, ok := c.Info.ExtendedFields[fieldKey(i)].(string); ok {
			if d.Fields == nil {
				d.Fields = make(map[string]string)
			}
			d.Fields[fieldKey(i)] = text
		}
	}
	return d
}

func contactsOf(docs []*document) []*contacts.Contact {
	list := make([]*contacts.Contact, 0, len(docs))
	for _, d := range docs {
		list = append(list, &contacts.Contact{
			ID: d.ID, Revision: d.Revision, CreatedDate: d.Created, UpdatedDate: d.Updated, Info: infoOf(d),
		})
	}
	return list
}

func (e *storeEngine) Import(docs []*document) func() error {
	rows := contactsOf(docs)
	return func() error {
		report, err := e.store.Import(context.Background(), contacts.Rows(slices.Values(rows)), nil)
		if err == nil && report.Refused > 0 {
			err = report.Errors[0]
		}
		return err
	}
}

func viewed(v contacts.View) hit { return hit{ID: v.ID(), Revision: v.Revision()} }

func (e *storeEngine) View(id key) (hit, error) {
	v, ok := e.store.Snapshot().View(id.UUID)
	if !ok {
		return hit{}, errNotFound
	}
	return viewed(v), nil
}

func (e *storeEngine) Get(id key) (hit, error) {
	c, err := e.store.Get(context.Background(), id.UUID, nil)
	if err != nil {
		return hit{}, storeError(err)
	}
	return hit{ID: c.ID, Revision: c.Revision}, nil
}

func (e *storeEngine) Document(id key) (*document, error) {
	c, err := e.store.Get(context.Background(), id.UUID, nil)
	if err != nil {
		return nil, storeError(err)
	}
	return documentOf(c), nil
}

func (e *storeEngine) ByEmail(to []hit, address string) ([]hit, error) {
	return appendViews(to, e.store.Snapshot().ByEmail(address)), nil
}

func (e *storeEngine) ByPhone(to []hit, e164 string) ([]hit, error) {
	return appendViews(to, e.store.Snapshot().ByPhone(e164)), nil
}

func appendViews(to []hit, found iter.Seq[contacts.View]) []hit {
	for v := range found {
		to = append(to, viewed(v))
	}
	return to
}

func labelQuery(label string) contacts.Query {
	return contacts.Query{
		Filter: contacts.HasSome("info.labelKeys", label),
		Sort:   []contacts.Sort{{Field: "createdDate", Order: contacts.SortDesc}},
	}
}

func (e *storeEngine) Newest(to []hit, label string) ([]hit, error) {
	found, err := e.store.Snapshot().Find(labelQuery(label))
	if err != nil {
		return nil, err
	}
	n := 0
	for v := range found {
		to = append(to, viewed(v))
		if n++; n == pageSize {
			break
		}
	}
	return to, nil
}

func (e *storeEngine) List(to []hit, label string) ([]hit, error) {
	page, err := e.store.List(context.Background(), labelQuery(label),
		&contacts.ListOptions{Limit: pageSize, OmitTotal: true})
	for _, c := range page.Items {
		to = append(to, hit{ID: c.ID, Revision: c.Revision})
	}
	return to, err
}

func (e *storeEngine) Create(d *document) (key, error) {
	c, err := e.store.Create(context.Background(), infoOf(d), nil)
	if err != nil {
		return key{}, err
	}
	return keyOf(c.ID), nil
}

func (e *storeEngine) SetTitle(id key, revision int, title string) error {
	_, err := e.store.Update(context.Background(), id.UUID, revision,
		contacts.Patch{JobTitle: contacts.Set(title)}, nil)
	return storeError(err)
}

func (e *storeEngine) SetPhones(id key, revision int, phones []phone) error {
	_, err := e.store.Update(context.Background(), id.UUID, revision,
		contacts.Patch{Phones: contacts.Set(phonesOf(phones))}, nil)
	return storeError(err)
}

func (e *storeEngine) Delete(id key) error {
	return storeError(e.store.Delete(context.Background(), id.UUID))
}

// Outside does not count the file of a log: it is not in memory.
func (e *storeEngine) Outside() (int64, error) { return 0, nil }

func (e *storeEngine) Close() error { return e.store.Close() }

func storeError(err error) error {
	switch {
	case errors.Is(err, contacts.ErrContactNotFound):
		return errNotFound
	case errors.Is(err, contacts.ErrAlreadyChanged):
		return errChanged
	}
	return err
}
