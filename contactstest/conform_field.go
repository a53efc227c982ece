package contactstest

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// More keys of extended fields of the system.
const (
	keyMobile    = "members.mobile"
	keyPurchases = "ecom.numOfPurchases"
	keyPurchased = "ecom.lastPurchaseDate"
)

// systemFields are the extended fields of the system, in their order.
var systemFields = []string{
	keyByFirst, keyByLast, keyVATID, keyMembership, keyMobile, keyPurchases, keySpentAmount, keySpentCurrency,
	keyPurchased, keySubscription, keyDelivery, keyEffective,
}

const extendedPath = "info.extendedFields.items."

// valued returns an info with a first name and values of extended fields.
func valued(first string, values map[string]any) contacts.Info {
	info := person(first)
	info.ExtendedFields = values
	return info
}

// setFields returns a patch that replaces all extended fields: those that are not given lose their values, as in V4.
func setFields(values map[string]any) contacts.Patch {
	return contacts.Patch{ExtendedFields: contacts.Set(values)}
}

// typedFields creates an extended field of each type and returns the keys.
func typedFields(k *kit) (text, number, date, url string) {
	k.Helper()
	return k.newField("Owl text", contacts.DataText), k.newField("Owl number", contacts.DataNumber),
		k.newField("Owl date", contacts.DataDate), k.newField("Owl url", contacts.DataURL)
}

// storedValue requires that a value is accepted and what is stored, nil for nothing.
func storedValue(k *kit, key string, given, want any) {
	k.Helper()
	what := fmt.Sprintf("the value of %s for %T %v", key, given, given)
	same(k, what, want, k.create(valued("Ada", map[string]any{key: given})).Info.ExtendedFields[key])
	c := k.update(k.eve(), setFields(map[string]any{key: given}))
	same(k, what+" in an update", want, c.Info.ExtendedFields[key])
	same(k, what+" as read", want, k.get(c.ID).Info.ExtendedFields[key])
}

// badValues requires that values are refused.
func badValues(k *kit, key string, values ...any) {
	k.Helper()
	for _, v := range values {
		k.tryCreate(valued("Ada", map[string]any{key: v})).fails(k, contacts.ErrInvalidFieldValue)
		k.tryUpdate(k.eve(), setFields(map[string]any{key: v})).fails(k, contacts.ErrInvalidFieldValue)
	}
}

// badFields requires that a call is refused with these violations of extended fields, in the form of violationText
// without the path before the key. It skips the rest of the case if the implementation reports only the code (see
// detail).
func badFields(k *kit, r result[*contacts.Contact], want ...string) {
	k.Helper()
	var paths []string
	for _, w := range want {
		paths = append(paths, extendedPath+w)
	}
	got := violationsOf(r.fails(k, contacts.ErrInvalidFieldValue))
	if len(got) == 0 {
		k.Skipf("the implementation reports no violations")
	}
	same(k, "the violations", paths, got)
}

// tryField creates an extended field, or finds it.
func (k *kit) tryField(displayName string, t contacts.DataType) result[made[contacts.Field]] {
	k.Helper()
	return madeOf(k.api().FindOrCreateField(k.ctx(), displayName, t))
}

// getField returns an extended field.
func (k *kit) getField(key string) contacts.Field {
	k.Helper()
	return of(k.api().GetField(k.ctx(), key)).ok(k)
}

// foundField requires that a display name finds the extended field with a key, and changes nothing about it.
func foundField(k *kit, displayName, key string) {
	k.Helper()
	before := k.getField(key)
	k.tick()
	got := k.tryField(displayName, contacts.DataURL).ok(k)
	check(k, fmt.Sprintf("%q does not find the extended field %s", displayName, key), !got.created)
	same(k, "the extended field", before, got.value)
}

func (k *kit) setSystem(id uuid.UUID, values map[string]any) result[*contacts.Contact] {
	k.Helper()
	return of(k.admin().SetSystemFields(k.ctx(), id, values))
}

// fieldCases are those of FLD.
var fieldCases = []conformCase{
	{"FLD-1 the extended fields of the system", Needs{}, func(k *kit) {
		for _, key := range systemFields {
			f := k.getField(key)
			want := contacts.DataText
			switch key {
			case keyPurchases, keySpentAmount:
				want = contacts.DataNumber
			case keyPurchased:
				want = contacts.DataDate
			}
			same(k, "dataType of "+key, want, f.DataType)
			same(k, "fieldType of "+key, contacts.FieldSystem, f.FieldType)
			check(k, key+" has a date", f.CreatedDate.IsZero() && f.UpdatedDate.IsZero())
		}
		q := contacts.FieldQuery{FieldType: contacts.FieldSystem}
		same(k, "their number", len(systemFields), of(k.api().ListFields(k.ctx(), q, nil)).ok(k).Total)
	}},
	{"FLD-2 only the VAT ID can be written", Needs{}, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		want := c.Info.ExtendedFields
		for _, value := range []any{"ada@example.org", 7, nil, "", []any{1}, "a\x00"} {
			values := map[string]any{keyVATID: "DK 1"}
			for _, key := range systemFields {
				if key != keyVATID {
					values[key] = value
				}
			}
			c = k.update(c, setFields(values))
			want[keyVATID] = "DK 1"
			same(k, "extendedFields", want, c.Info.ExtendedFields)
			info := person("Ada", "ada@example.com")
			info.ExtendedFields = values
			same(k, "extendedFields of a new contact", want, k.create(info).Info.ExtendedFields)
		}
	}},
	{"FLD-2 values of the system stay", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		c = k.setSystem(c.ID, map[string]any{keyPurchases: 3, keyMobile: "true"}).ok(k)
		c = k.update(c, setFields(map[string]any{keyPurchases: 77, keyMobile: nil}))
		same[any](k, keyPurchases, 3.0, c.Info.ExtendedFields[keyPurchases])
		c = k.update(c, contacts.Patch{SetFields: map[string]any{keyMobile: "false"}, Company: contacts.Set("Acorn")})
		same[any](k, keyMobile, "true", c.Info.ExtendedFields[keyMobile])
	}},
	{"FLD-3 keys that are not defined", Needs{}, func(k *kit) {
		c := k.create(person("Ada"))
		number := k.newField("Owls", contacts.DataNumber)
		for _, value := range []any{"x", 5, nil, "", true} {
			values := map[string]any{"custom.missing": value, number: "many"}
			k.tryCreate(valued("Ada", values)).fails(k, contacts.ErrFieldNotFound)
			k.tryUpdate(c, setFields(values)).fails(k, contacts.ErrFieldNotFound)
		}
		for _, key := range []string{"custom.Owls", "invoices.vatid", "Owls", labelCustomers} {
			k.tryUpdate(c, setFields(map[string]any{key: "x"})).fails(k, contacts.ErrFieldNotFound)
		}
		err := k.tryUpdate(c, setFields(map[string]any{"custom.z": "x", "custom.a": "", number: 5})).
			fails(k, contacts.ErrFieldNotFound)
		keysOf(k, err, "custom.a", "custom.z")
	}},
	{"FLD-4 all values that do not fit", Needs{}, func(k *kit) {
		text, number, date, _ := typedFields(k)
		c := k.create(person("Ada"))
		values := map[string]any{text: 5, number: 6, date: "soon", keyVATID: true}
		want := []string{date + " FORMAT LOCAL_DATE", text + " FORMAT STRING", keyVATID + " FORMAT STRING"}
		badFields(k, k.tryCreate(valued("Ada", values)), want...)
		badFields(k, k.tryUpdate(c, setFields(values)), want...)
	}},
	{"FLD-4 the first value that does not fit", Needs{}, func(k *kit) {
		text, _, date, _ := typedFields(k)
		err := k.tryCreate(valued("Ada", map[string]any{text: 5, date: "soon"})).fails(k, contacts.ErrInvalidFieldValue)
		same(k, "the error", contacts.FieldValueError{Key: date, DataType: contacts.DataDate},
			*detail[*contacts.FieldValueError](k, err))
	}},
	{"FLD-5 values of each type", Needs{}, func(k *kit) {
		text, number, date, url := typedFields(k)
		for _, v := range []struct {
			key         string
			given, want any
		}{
			{text, "7", "7"}, {text, "ø\U0001d11e\t\n", "ø\U0001d11e\t\n"}, {keyVATID, "DK 1", "DK 1"},
			{number, 7.5, 7.5}, {number, -7, -7.0}, {number, uint8(255), 255.0}, {number, json.Number("1e3"), 1000.0},
			{date, "2024-02-29", "2024-02-29"},
			{url, "https://example.com/a?b=c#d", "https://example.com/a?b=c#d"},
			{url, "ftp://example.com", "ftp://example.com"}, {url, "example.com:8443/a", "https://example.com:8443/a"},
			{url, "example.com/?to=https://example.org/", "https://example.com/?to=https://example.org/"},
		} {
			storedValue(k, v.key, v.given, v.want)
		}
	}},
	{"FLD-5 values of another type or form", Needs{}, func(k *kit) {
		text, number, date, url := typedFields(k)
		badValues(k, text, 7, 7.5, true, []any{"x"}, map[string]any{"a": "x"})
		badValues(k, number, "7", "seven", " ", true, []any{7})
		badValues(k, date, "2023-02-29", "2024-2-9", "2024-02-09T00:00:00Z", " 2024-02-09", 20240209)
		badValues(k, url, " ", "example.com/a b", "https://example.com\n", "https://", "https:///a", 7)
		for key, rule := range map[string]string{
			text: "FORMAT STRING", number: "FORMAT NUMBER", date: "FORMAT LOCAL_DATE", url: "FORMAT WEB_URL",
		} {
			badFields(k, k.tryCreate(valued("Ada", map[string]any{key: []any{1}})), key+" "+rule)
		}
	}},
	{"FLD-6 numbers", Needs{}, func(k *kit) {
		number := k.newField("Owls", contacts.DataNumber)
		for _, v := range []struct {
			given any
			want  float64
		}{
			{1 << 53, 1 << 53}, {1<<53 + 2, 1<<53 + 2}, {int64(math.MinInt64), math.MinInt64}, {uint64(1 << 63), 1 << 63},
			{json.Number("18446744073709551616"), 1 << 64}, {json.Number("0.1"), 0.1}, {math.MaxFloat64, math.MaxFloat64},
			{float32(0.5), 0.5}, {int8(-128), -128},
		} {
			storedValue(k, number, v.given, v.want)
		}
		c := k.create(valued("Ada", map[string]any{number: math.Copysign(0, -1)}))
		zero, ok := c.Info.ExtendedFields[number].(float64)
		check(k, "-0 is not stored as 0", ok && zero == 0 && !math.Signbit(zero))
	}},
	{"FLD-6 numbers that no float64 holds", Needs{}, func(k *kit) {
		number := k.newField("Owls", contacts.DataNumber)
		badValues(k, number, 1<<53+1, uint64(math.MaxUint64), json.Number("9007199254740993"), json.Number("1e400"))
	}},
	{"FLD-6 not a number, and infinities", Needs{}, func(k *kit) {
		number := k.newField("Owls", contacts.DataNumber)
		for _, v := range []any{math.NaN(), math.Inf(1), math.Inf(-1)} {
			k.tryCreate(valued("Ada", map[string]any{number: v})).fails(k, contacts.ErrInvalidFieldValue)
		}
	}},
	{"FLD-7 empty values", Needs{}, func(k *kit) {
		text, number, date, url := typedFields(k)
		for _, key := range []string{text, number, date, url, keyVATID} {
			for _, empty := range []any{nil, ""} {
				c := k.create(valued("Ada", map[string]any{key: empty}))
				_, stored := c.Info.ExtendedFields[key]
				check(k, "an empty value of "+key+" is stored", !stored)
			}
		}
		storedValue(k, number, 0, 0.0)
		storedValue(k, text, "  ", "  ")
		c := k.update(k.eve(), contacts.Patch{SetFields: map[string]any{text: "", keyVATID: nil}})
		_, stored := c.Info.ExtendedFields[text]
		check(k, "an empty value does not clear", !stored)
	}},
	{"FLD-8 a new extended field", Needs{}, func(k *kit) {
		got := k.tryField("Night Owls", contacts.DataNumber).ok(k)
		check(k, "the field is not created", got.created)
		f := got.value
		check(k, "createdDate is not set", !f.CreatedDate.IsZero())
		same(k, "the field", contacts.Field{
			Namespace: "custom", Key: "custom.night-owls", DisplayName: "Night Owls", DataType: contacts.DataNumber,
			FieldType: contacts.FieldUserDefined, CreatedDate: f.CreatedDate, UpdatedDate: f.CreatedDate,
		}, f)
		same(k, "the field as read", f, k.getField(f.Key))
	}},
	{"FLD-8 names that are equal", Needs{}, func(k *kit) {
		key := k.newField(" Night Café ", contacts.DataDate)
		for _, name := range []string{" Night Café ", "Night Café", "Night Cafe\u0301", "\ufeffNi\u200bght Café\t"} {
			foundField(k, name, key)
		}
		for _, name := range []string{"night café", "Night  Café", "Night Cafe"} {
			check(k, "another name has the same key", k.newField(name, contacts.DataText) != key)
		}
		k.tryField("Night Café", "COLOR").invalid(k, "dataType FORMAT ENUM")
		k.tryField("Night Café", "").invalid(k, "dataType FORMAT ENUM")
	}},
	{"FLD-8 the oldest of several is found, none of the system", Needs{}, func(k *kit) {
		same(k, "key", "custom.vat-id", k.newField("VAT ID", contacts.DataText))
		keys := []string{k.newField("Owl B", contacts.DataText), k.newField("Owl A", contacts.DataDate)}
		for _, key := range []string{keys[1], keys[0]} {
			k.tick()
			of(k.api().RenameField(k.ctx(), key, "Owl X")).ok(k)
		}
		foundField(k, "Owl X", keys[0])
	}},
	{"FLD-9 display names", Needs{}, func(k *kit) {
		key := k.newField(strings.Repeat("ä", 150), contacts.DataText)
		for bad, want := range badNames(150) {
			k.tryField(bad, contacts.DataText).invalid(k, want)
			of(k.api().RenameField(k.ctx(), key, bad)).invalid(k, "field."+want)
		}
	}},
	{"FLD-10 keys", Needs{}, func(k *kit) {
		for _, f := range [][2]string{
			{"groupColor", "custom.groupcolor"}, {"Größe 3/4", "custom.größe-3-4"}, {"!!!", "custom.field"},
			{strings.Repeat("x", 100), "custom." + strings.Repeat("x", 73)},
			{strings.Repeat("x", 101), "custom." + strings.Repeat("x", 71) + "-2"},
			{"Owl", "custom.owl"}, {"owl", "custom.owl-2"}, {"OWL", "custom.owl-3"},
		} {
			same(k, "the key of "+f[0], f[1], k.newField(f[0], contacts.DataText))
		}
		done(k.api().DeleteField(k.ctx(), "custom.owl-2")).ok(k)
		same(k, "a key that is free again", "custom.owl-2", k.newField("Owl!", contacts.DataText))
		same(k, "the key of a label", "custom.owl", k.newLabel("Owl"))
	}},
	{"FLD-11 the quota", Needs{true, func(o *contacts.Options) { o.FieldQuota = 2 }}, func(k *kit) {
		owl := k.newField("Owl", contacts.DataText)
		k.newField("Eagle", contacts.DataText)
		k.tryField("Hawk", contacts.DataText).fails(k, contacts.ErrFieldsQuota)
		foundField(k, "Owl", owl)
		done(k.api().DeleteField(k.ctx(), owl)).ok(k)
		k.newField("Hawk", contacts.DataText)
		err := k.tryField("Owl", contacts.DataText).fails(k, contacts.ErrFieldsQuota)
		same(k, "the error", contacts.QuotaError{Quota: 2, Total: 2}, *detail[*contacts.QuotaError](k, err))
	}},
	{"FLD-11 a hundred fields", alone, func(k *kit) {
		k.hold()
		for i := range 100 {
			k.newField(fmt.Sprint("Owl ", i), contacts.DataText)
		}
		k.tryField("Owl", contacts.DataText).fails(k, contacts.ErrFieldsQuota)
	}},
	{"FLD-12 a rename", Needs{}, func(k *kit) {
		f := k.tryField("Owl", contacts.DataNumber).ok(k).value
		k.newField("Hawk", contacts.DataText)
		c := k.create(valued("Ada", map[string]any{f.Key: 5}))
		for _, name := range []string{"Eagle", "Eagle", "Hawk", "VAT ID"} {
			k.tick()
			got := of(k.api().RenameField(k.ctx(), f.Key, name)).ok(k)
			check(k, "updatedDate is not later", got.UpdatedDate.After(f.UpdatedDate))
			f.DisplayName, f.UpdatedDate = name, got.UpdatedDate
			same(k, "the field", f, got)
			same(k, "the field as read", f, k.getField(f.Key))
		}
		sameContact(k, "a contact with a value", c, k.get(c.ID))
	}},
	{"FLD-12 the order of checks", Needs{}, func(k *kit) {
		of(k.api().RenameField(k.ctx(), "custom.missing", "")).invalid(k, "field.displayName MIN_LENGTH 1")
		of(k.api().RenameField(k.ctx(), keyVATID, "")).invalid(k, "field.displayName MIN_LENGTH 1")
		k.newField("Owl", contacts.DataText)
		of(k.api().RenameField(k.ctx(), "custom.OWL", "Eagle")).fails(k, contacts.ErrFieldNotFound)
	}},
	{"FLD-13 the values of a field that is deleted", Needs{}, func(k *kit) {
		owl, eagle := k.newField("Owl", contacts.DataNumber), k.newField("Eagle", contacts.DataText)
		var before []*contacts.Contact
		for i, values := range []map[string]any{{owl: 0, eagle: "x"}, {eagle: "y"}, {owl: 5}, {}} {
			before = append(before, k.create(valued(fmt.Sprint("Ada ", i), values)))
		}
		k.tick()
		done(k.api().DeleteField(k.ctx(), owl)).ok(k)
		first := k.get(before[0].ID)
		for i, want := range before {
			delete(want.Info.ExtendedFields, owl)
			if i == 0 || i == 2 {
				want.Revision, want.UpdatedDate = 2, first.UpdatedDate
			}
			sameContact(k, fmt.Sprintf("contact %d", i), want, k.get(want.ID))
		}
		check(k, "updatedDate is not later", first.UpdatedDate.After(first.CreatedDate))
		same(k, "the key", owl, k.newField("Owl", contacts.DataText))
		_, found := k.get(first.ID).Info.ExtendedFields[owl]
		check(k, "a new field has a value", !found)
		storedValue(k, owl, "x", "x")
	}},
	{"FLD-13 a field that is gone", Needs{}, func(k *kit) {
		key := k.newField("Owl", contacts.DataText)
		c := k.create(person("Ada"))
		done(k.api().DeleteField(k.ctx(), key)).ok(k)
		of(k.api().GetField(k.ctx(), key)).fails(k, contacts.ErrFieldNotFound)
		of(k.api().RenameField(k.ctx(), key, "Eagle")).fails(k, contacts.ErrFieldNotFound)
		k.tryUpdate(c, contacts.Patch{SetFields: map[string]any{key: "x"}, Company: contacts.Set("Acorn")}).
			fails(k, contacts.ErrFieldNotFound)
		done(k.api().DeleteField(k.ctx(), labelCustomers)).fails(k, contacts.ErrFieldNotFound)
		keysOf(k, done(k.api().DeleteField(k.ctx(), key)).fails(k, contacts.ErrFieldNotFound), key)
	}},
	{"FLD-14 fields of the system stay", Needs{}, func(k *kit) {
		for _, key := range systemFields {
			of(k.api().RenameField(k.ctx(), key, "Owl")).fails(k, contacts.ErrSystemField)
			done(k.api().DeleteField(k.ctx(), key)).fails(k, contacts.ErrSystemField)
		}
		keysOf(k, done(k.api().DeleteField(k.ctx(), keyVATID)).fails(k, contacts.ErrSystemField), keyVATID)
	}},
	{"FLD-15 newest first, those of the system last", alone, func(k *kit) {
		zebra := k.newField("Zebra", contacts.DataText)
		k.tick()
		owl := k.newField("Owl", contacts.DataText)
		k.tick()
		kiwi := k.newField("Kiwi", contacts.DataText)
		of(k.api().RenameField(k.ctx(), owl, "Aardvark")).ok(k)
		same(k, "the fields", append([]string{kiwi, owl, zebra}, systemFields...), fieldDefinitions.keys(k))
	}},
	{"FLD-15 those of the same millisecond by key", alone, func(k *kit) {
		k.clock()
		for _, name := range []string{"B", "C", "A"} {
			k.newField(name, contacts.DataText)
		}
		same(k, "the fields", []string{"custom.a", "custom.b", "custom.c"}, fieldDefinitions.keys(k)[:3])
	}},
	{"FLD-15 keys are compared exactly", Needs{}, func(k *kit) {
		for _, key := range []string{"invoices.vatID", "invoices.vat", labelCustomers, "VAT ID"} {
			of(k.api().GetField(k.ctx(), key)).fails(k, contacts.ErrFieldNotFound)
		}
		keysOf(k, of(k.api().GetField(k.ctx(), "custom.x")).fails(k, contacts.ErrFieldNotFound), "custom.x")
	}},
	{"FLD-16 values of the system", Needs{}, func(k *kit) {
		c := k.create(valued("Ada", map[string]any{keyVATID: "DK 1"}))
		for _, v := range []struct{ given, want map[string]any }{
			{
				map[string]any{
					keyMobile: "true", keyPurchases: 3, keySpentAmount: 99.5, keySpentCurrency: "EUR", keyPurchased: "2026-01-02",
				},
				map[string]any{
					keyMobile: "true", keyPurchases: 3.0, keySpentAmount: 99.5, keySpentCurrency: "EUR", keyPurchased: "2026-01-02",
				},
			},
			{map[string]any{keyPurchases: 0}, map[string]any{keyPurchases: 0.0}},
			{map[string]any{keyPurchased: nil, keySpentAmount: ""}, map[string]any{keyPurchased: nil, keySpentAmount: nil}},
			{map[string]any{keyMobile: "true"}, map[string]any{}},
		} {
			k.tick()
			got := k.setSystem(c.ID, v.given).ok(k)
			check(k, "updatedDate is not later", got.UpdatedDate.After(c.UpdatedDate))
			c.Revision, c.UpdatedDate = c.Revision+1, got.UpdatedDate
			for key, value := range v.want {
				setField(&c.Info, key, value)
			}
			sameContact(k, "the contact", c, got)
			sameContact(k, "the contact as read", c, k.get(c.ID))
		}
	}},
	{"FLD-16 the order of checks", Needs{}, func(k *kit) {
		c, custom := k.create(person("Ada")), k.newField("Owls", contacts.DataNumber)
		k.setSystem(missingID(), nil).fails(k, contacts.ErrContactNotFound)
		k.setSystem(c.ID, nil).fails(k, contacts.ErrInsufficientUpdate)
		k.setSystem(c.ID, map[string]any{}).fails(k, contacts.ErrInsufficientUpdate)
		k.setSystem(c.ID, map[string]any{custom: 5, "custom.x": 5, keyPurchases: "x"}).fails(k, contacts.ErrFieldNotFound)
		k.setSystem(c.ID, map[string]any{custom: "x", keyVATID: nil, keyByFirst: "x", keyPurchases: "x"}).invalid(k,
			extendedPath+keyByFirst+" CUSTOM NOT_SETTABLE", extendedPath+custom+" CUSTOM NOT_SETTABLE",
			extendedPath+keyVATID+" CUSTOM NOT_SETTABLE")
		badFields(k, k.setSystem(c.ID, map[string]any{keyPurchases: "3", keyPurchased: "soon", keyMobile: "x"}),
			keyPurchased+" FORMAT LOCAL_DATE", keyPurchases+" FORMAT NUMBER")
	}},
	{"FLD-30 the length of values", Needs{}, func(k *kit) {
		text, _, _, url := typedFields(k)
		const start = "https://example.com/"
		longest := start + strings.Repeat("ä", 4096-len(start))
		storedValue(k, text, strings.Repeat("漢", 10_000), strings.Repeat("漢", 10_000))
		storedValue(k, url, longest, longest)
		badValues(k, text, strings.Repeat("漢", 10_001))
		badValues(k, url, longest+"x", strings.TrimPrefix(longest, "https://")+"x")
		values := map[string]any{text: strings.Repeat("漢", 10_001), url: longest + "x"}
		badFields(k, k.tryCreate(valued("Ada", values)), text+" MAX_LENGTH 10000", url+" MAX_LENGTH 4096")
	}},
	{"FLD-30 the length of values of the system", Needs{}, func(k *kit) {
		long := map[string]any{keyMobile: strings.Repeat("x", 10_001)}
		badFields(k, k.setSystem(k.create(person("Ada")).ID, long), keyMobile+" MAX_LENGTH 10000")
	}},
	{"FLD-31 the number of values", Needs{true, func(o *contacts.Options) { o.FieldQuota = 20_000 }}, func(k *kit) {
		k.hold()
		values := map[string]any{}
		for i := range 10_000 - 2 { // and two display names
			values[fmt.Sprint("custom.a", i)] = float64(i)
		}
		report := imports(k, &contacts.ImportOptions{Define: true}, &contacts.Contact{Info: valued("Ada", values)})
		same(k, "the number of refused rows", 0, report.Refused)
		c := k.create(person("Eve"))
		c = k.update(c, setFields(values))
		last := k.newField("Owl", contacts.DataText)
		k.tryUpdate(c, contacts.Patch{SetFields: map[string]any{last: "x"}}).
			invalid(k, "info.extendedFields.items MAX_SIZE 10000")
	}},
}
