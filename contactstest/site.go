package contactstest

import (
	"context"
	"time"

	"github.com/contactsdb/contacts"
)

// Epoch is the time at which the clocks of new stores have stopped. Do not change it.
var Epoch = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// The labels that a new store has in addition to those of the system, such as contacts.customers.
const (
	LabelVIP        = "custom.vip"
	LabelNewsletter = "custom.newsletter"
	LabelLead       = "custom.lead"
)

// The extended fields that a new store has in addition to those of the system: one of each data type.
const (
	FieldNotes       = "custom.notes"          // TEXT
	FieldPoints      = "custom.loyalty-points" // NUMBER
	FieldAnniversary = "custom.anniversary"    // DATE
	FieldWebsite     = "custom.website"        // URL
)

// emptySite is the store that New forks without a fixture.
var emptySite = NewFixture(nil, nil)

// defineSite defines the labels and the extended fields of a typical site.
func defineSite(s *Store) error {
	ctx := context.Background()
	for _, name := range []string{"VIP", "Newsletter", "Lead"} {
		if _, _, err := s.Store.FindOrCreateLabel(ctx, name); err != nil {
			return err
		}
	}
	for _, field := range []struct {
		name     string
		dataType contacts.DataType
	}{
		{"Notes", contacts.DataText}, {"Loyalty points", contacts.DataNumber},
		{"Anniversary", contacts.DataDate}, {"Website", contacts.DataURL},
	} {
		if _, _, err := s.Store.FindOrCreateField(ctx, field.name, field.dataType); err != nil {
			return err
		}
	}
	return nil
}
