package contactstest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/contactsdb/contacts"
)

// secrets are values that the cases of ERR-3 pass to calls. No message may contain them.
var secrets = []string{"Zanzibar", "zanzibar", numberLoose, numberUS}

// silent requires that the text of an error contains none of the secrets.
func silent(k *kit, err error) {
	k.Helper()
	for _, s := range secrets {
		if strings.Contains(err.Error(), s) {
			k.Fatalf("ERR-3: the message has a value: %s", err)
		}
	}
}

// errorCases are those of ERR.
var errorCases = []conformCase{
	{"ERR-1 the codes of the service", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		vat := map[string]any{keyVATID: 5}
		for want, call := range map[contacts.Code]func() error{
			"CONTACT_NOT_FOUND": func() error { return k.api().Delete(k.ctx(), missingID()) },
			"CONTACT_ALREADY_CHANGED": func() error {
				return of(k.api().Update(k.ctx(), c.ID, 5, contacts.Patch{Company: contacts.Set("x")}, nil)).err
			},
			"DUPLICATE_CONTACT_EXISTS":  func() error { return k.tryCreate(person("Eve", "ada@example.com")).err },
			"INSUFFICIENT_CONTACT_DATA": func() error { return k.tryCreate(contacts.Info{}).err },
			"INSUFFICIENT_UPDATE_CONTACT_DATA": func() error {
				return k.tryUpdate(c, contacts.Patch{}).err
			},
			"CANNOT_HAVE_MULTIPLE_PRIMARY_INFO": func() error {
				emails, _ := flagged("a* b*")
				return k.tryCreate(contacts.Info{Emails: emails}).err
			},
			"INVALID_EXTENDED_FIELD_VALUE": func() error {
				return k.tryCreate(contacts.Info{Name: contacts.Name{First: "x"}, ExtendedFields: vat}).err
			},
			"ILLEGAL_MERGE": func() error { return k.tryMerge(c, c).err },
			"INVALID_ARGUMENT": func() error {
				return k.tryCreate(contacts.Info{Name: contacts.Name{First: "x"}, Birthdate: "soon"}).err
			},
			"LABEL_NOT_FOUND":          func() error { return k.api().DeleteLabel(k.ctx(), "custom.none") },
			"EXTENDED_FIELD_NOT_FOUND": func() error { return k.api().DeleteField(k.ctx(), "custom.none") },
			"SYSTEM_LABEL_READ_ONLY":   func() error { return k.api().DeleteLabel(k.ctx(), labelCustomers) },
			"SYSTEM_FIELD_READ_ONLY":   func() error { return k.api().DeleteField(k.ctx(), keyVATID) },
		} {
			done(call()).fails(k, want)
		}
	}},
	{"ERR-2 codes are found by errors.Is", Needs{}, func(k *kit) {
		err := done(k.api().Delete(k.ctx(), missingID())).fails(k, contacts.ErrContactNotFound)
		wrapped := fmt.Errorf("sync: %w", err)
		check(k, "errors.Is does not find the code of a wrapped error", errors.Is(wrapped, contacts.ErrContactNotFound))
		check(k, "errors.Is finds another code", !errors.Is(wrapped, contacts.ErrAlreadyChanged))
		same(k, "CodeOf", contacts.ErrContactNotFound, contacts.CodeOf(wrapped))
		same(k, "the contact", missingID(), detail[*contacts.Error](k, wrapped).ID)
		ctx, cancel := context.WithCancel(k.ctx())
		cancel()
		err = of(k.api().Get(ctx, missingID(), nil)).err
		check(k, "the error is not that of the context", errors.Is(err, context.Canceled))
		same(k, "the code of a context that is done", "", contacts.CodeOf(err))
	}},
	{"ERR-3 no message has a value", Needs{}, func(k *kit) {
		info := contacts.Info{
			Name: contacts.Name{First: "Zanzibar"}, Emails: person("", "zanzibar@example.com").Emails,
			Phones: []contacts.Phone{number("", numberLoose)},
		}
		c := k.create(info)
		errs := []error{
			k.tryCreate(info).fails(k, contacts.ErrDuplicate),
			k.tryCreate(phonesOf(number("", numberLoose))).fails(k, contacts.ErrDuplicate),
			done(k.api().DeleteLabel(k.ctx(), "Zanzibar Zanzibar")).fails(k, contacts.ErrLabelNotFound),
			of(k.api().Label(k.ctx(), c.ID, "zanzibar@example.com")).fails(k, contacts.ErrLabelNotFound),
		}
		info.Birthdate, info.Locale = "Zanzibar", "Zanzibar"
		info.Emails[0].Address, info.Phones[0].CountryCode = "Zanzibar", "Zanzibar"
		errs = append(errs, k.tryCreate(info).fails(k, contacts.ErrInvalid))
		info = person("Ada")
		info.ExtendedFields = map[string]any{"Zanzibar " + numberUS: "x"}
		errs = append(errs, k.tryCreate(info).fails(k, contacts.ErrFieldNotFound))
		info.ExtendedFields = map[string]any{keyVATID: []any{"Zanzibar"}}
		errs = append(errs, k.tryCreate(info).fails(k, contacts.ErrInvalidFieldValue))
		for _, f := range []contacts.Filter{
			contacts.Eq("Zanzibar "+numberUS, "x"), contacts.Eq("createdDate", "Zanzibar"),
			contacts.Gt("info.company", "Zanzibar"),
		} {
			err := tryFilter(k, f).err
			check(k, "a filter is accepted", err != nil)
			errs = append(errs, err)
		}
		for _, err := range errs {
			silent(k, err)
		}
	}},
	{"ERR-3 the values are in the details", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "Zanzibar@example.com"))
		err := k.tryCreate(person("Eve", "zanzibar@example.com")).fails(k, contacts.ErrDuplicate)
		same(k, "the detail", contacts.DuplicateError{ID: c.ID, Email: "Zanzibar@example.com"},
			*detail[*contacts.DuplicateError](k, err))
		err = of(k.api().Label(k.ctx(), c.ID, "custom.none", "Zanzibar x")).fails(k, contacts.ErrLabelNotFound)
		keysOf(k, err, "custom.none", "Zanzibar x")
	}},
}
