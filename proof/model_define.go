package proof

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Labels on contacts.

func (m *Model) label(key string) *contacts.Label {
	for i := range m.labels {
		if m.labels[i].Key == key {
			return &m.labels[i]
		}
	}
	return nil
}

func (m *Model) field(key string) *contacts.Field {
	for i := range m.fields {
		if m.fields[i].Key == key {
			return &m.fields[i]
		}
	}
	return nil
}

// knownLabels checks that labels exist (LBL-2).
func (m *Model) knownLabels(keys []string) error {
	var unknown []string
	for _, key := range once(keys) {
		if m.label(key) == nil {
			unknown = append(unknown, key)
		}
	}
	if unknown != nil {
		return keysError(contacts.ErrLabelNotFound, uuid.Nil, unknown...)
	}
	return nil
}

// knownFields checks that extended fields exist (FLD-3).
func (m *Model) knownFields(values map[string]any) error {
	var unknown []string
	for key := range values {
		if m.field(key) == nil {
			unknown = append(unknown, key)
		}
	}
	if unknown != nil {
		slices.Sort(unknown)
		return keysError(contacts.ErrFieldNotFound, uuid.Nil, unknown...)
	}
	return nil
}

// fieldValues checks values of extended fields (FLD-3, FLD-4) and returns them in the stored form, nil for no value.
func (m *Model) fieldValues(values map[string]any) (map[string]any, error) {
	if err := m.knownFields(values); err != nil {
		return nil, err
	}
	return checkedValues(values, func(key string) contacts.DataType { return m.field(key).DataType })
}

func checkedValues(values map[string]any, typeOf func(key string) contacts.DataType) (map[string]any, error) {
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	out := make(map[string]any)
	e := &contacts.Error{Code: contacts.ErrInvalidFieldValue}
	for _, key := range keys {
		t := typeOf(key)
		v, ok := fieldValue(values[key], t)
		if !ok {
			e.Violations = append(e.Violations, contacts.Violation{
				Field: fieldPath(key), Rule: contacts.RuleFormat, Format: formatOf[t],
			})
		} else if most := longestOf(t); utf8.RuneCountInString(textOf(v)) > most { // FLD-30
			e.Violations = append(e.Violations, contacts.Violation{
				Field: fieldPath(key), Rule: contacts.RuleMaxLength, Threshold: most,
			})
		}
		if len(e.Violations) > 0 && e.Err == nil {
			e.Err = &contacts.FieldValueError{Key: key, DataType: t}
		}
		out[key] = v
	}
	if e.Err != nil {
		return nil, e
	}
	return out, nil
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}

func longestOf(t contacts.DataType) int {
	if t == contacts.DataURL {
		return 4096
	}
	return 10000
}

// Label is [contacts.Store.Label].
func (m *Model) Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return m.change(ctx, id, labelCall(keys), func(before, after *person, _ time.Time) error {
		if err := m.knownLabels(keys); err != nil {
			return err
		}
		carried := slices.Clone(after.contact.Info.LabelKeys)
		for _, key := range keys { // LBL-13
			if !slices.Contains(carried, key) {
				carried = append(carried, key)
			}
		}
		after.contact.Info.LabelKeys = carried
		k := &checks{}
		k.size("info.labelKeys.items", len(carried), 2000) // LBL-15
		if k.fits(&before.contact, after.contact, m.Options.ContactSizeMax); len(k.list) > 0 {
			return k.err(uuid.Nil)
		}
		return nil
	})
}

// Unlabel is [contacts.Store.Unlabel].
func (m *Model) Unlabel(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return m.change(ctx, id, labelCall(keys), func(_, after *person, _ time.Time) error {
		if err := m.knownLabels(keys); err != nil {
			return err
		}
		after.contact.Info.LabelKeys = without(after.contact.Info.LabelKeys, keys...)
		return nil
	})
}

func without(keys []string, drop ...string) []string {
	var left []string
	for _, key := range keys {
		if !slices.Contains(drop, key) {
			left = append(left, key)
		}
	}
	return left
}

// labelCall makes the first checks of LBL-12.
func labelCall(keys []string) *checks {
	k := &checks{}
	if len(keys) == 0 {
		k.add(contacts.Violation{Field: "labelKeys", Rule: contacts.RuleMinSize, Threshold: 1})
	}
	k.size("labelKeys", len(keys), 100)
	return k
}

// Definitions.

// slug returns the name in the key of a new definition (LBL-6).
func slug(name, otherwise string) string {
	var words []string
	word := ""
	for _, r := range strings.ToLower(name) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && word != "":
			word += string(r)
		case word != "":
			words = append(words, word)
			word = ""
		}
	}
	if word != "" {
		words = append(words, word)
	}
	if len(words) == 0 {
		return otherwise
	}
	return strings.Join(words, "-")
}

// freeKey returns the key of a new definition (LBL-7).
func freeKey(slug string, taken func(key string) bool) string {
	for n := 1; ; n++ {
		suffix := ""
		if n > 1 {
			suffix = "-" + strconv.Itoa(n)
		}
		letters := []rune(slug)
		if room := 80 - len("custom.") - len(suffix); len(letters) > room {
			letters = letters[:room]
			for letters[len(letters)-1] == '-' {
				letters = letters[:len(letters)-1]
			}
		}
		if key := "custom." + string(letters) + suffix; !taken(key) {
			return key
		}
	}
}

func displayName(field, name string, most int) *checks {
	k := &checks{}
	if k.required(field, name, most) && blank(name) { // LBL-5, FLD-9
		k.add(contacts.Violation{Field: field, Rule: contacts.RuleMinLength, Threshold: 1})
	}
	return k
}

// FindOrCreateLabel is [contacts.Store.FindOrCreateLabel] (LBL-4 to LBL-7, LBL-11).
func (m *Model) FindOrCreateLabel(ctx context.Context, name string) (contacts.Label, bool, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Label{}, false, err
	}
	if k := displayName("displayName", name, 180); len(k.list) > 0 {
		return contacts.Label{}, false, k.err(uuid.Nil)
	}
	if err := cmp.Or(m.onTime(uuid.Nil), m.named()); err != nil {
		return contacts.Label{}, false, err
	}
	for _, l := range m.labels {
		if nameKey(l.DisplayName) == nameKey(name) {
			return l, false, nil
		}
	}
	if n := len(m.labels) - len(systemLabels); n >= m.Options.LabelQuota {
		return contacts.Label{}, false, failWith(contacts.ErrLabelsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.LabelQuota, Total: n,
		})
	}
	now := m.now()
	l := contacts.Label{
		Namespace: "custom", NamespaceDisplayName: "Labels", DisplayName: name, LabelType: contacts.LabelUserDefined,
		Key:         freeKey(slug(name, "label"), func(key string) bool { return m.label(key) != nil }),
		CreatedDate: now, UpdatedDate: now,
	}
	m.defineLabel(l)
	m.commit(now, "")
	return l, true, nil
}

func (m *Model) defineLabel(l contacts.Label) {
	m.labels = append(m.labels, l)
	m.note(Change{Kind: contacts.LabelCreated, Labels: [2]contacts.Label{{}, l}})
}

func (m *Model) defineField(f contacts.Field) {
	m.fields = append(m.fields, f)
	m.note(Change{Kind: contacts.FieldCreated, Fields: [2]contacts.Field{{}, f}})
}

// customLabel returns a label that can be renamed and deleted (LBL-8 to LBL-10).
func (m *Model) customLabel(key string) (*contacts.Label, error) {
	l := m.label(key)
	if l == nil {
		return nil, keysError(contacts.ErrLabelNotFound, uuid.Nil, key)
	}
	if l.LabelType == contacts.LabelSystem {
		return nil, keysError(contacts.ErrSystemLabel, uuid.Nil, key)
	}
	return l, nil
}

// RenameLabel is [contacts.Store.RenameLabel].
func (m *Model) RenameLabel(ctx context.Context, key, name string) (contacts.Label, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Label{}, err
	}
	if k := displayName("label.displayName", name, 180); len(k.list) > 0 {
		return contacts.Label{}, k.err(uuid.Nil)
	}
	if err := m.onTime(uuid.Nil); err != nil {
		return contacts.Label{}, err
	}
	l, err := m.customLabel(key)
	if err != nil {
		return contacts.Label{}, err
	}
	now := m.now()
	before := *l
	l.DisplayName, l.UpdatedDate = name, now
	m.note(Change{Kind: contacts.LabelUpdated, Labels: [2]contacts.Label{before, *l}})
	m.commit(now, "")
	return *l, nil
}

// DeleteLabel is [contacts.Store.DeleteLabel]: the contacts are updated, oldest first, then the label is deleted
// (EVT-1).
func (m *Model) DeleteLabel(ctx context.Context, key string) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	if err := m.onTime(uuid.Nil); err != nil {
		return err
	}
	l, err := m.customLabel(key)
	if err != nil {
		return err
	}
	now, before := m.now(), *l
	for _, p := range slices.Clone(m.people) {
		if slices.Contains(p.contact.Info.LabelKeys, key) { // LBL-9
			after := p.next(now)
			after.contact.Info.LabelKeys = without(p.contact.Info.LabelKeys, key)
			m.replace(p, after)
		}
	}
	m.labels = slices.DeleteFunc(m.labels, func(l contacts.Label) bool { return l.Key == key })
	m.note(Change{Kind: contacts.LabelDeleted, Labels: [2]contacts.Label{before, {}}})
	m.commit(now, "")
	return nil
}

// FindOrCreateField is [contacts.Store.FindOrCreateField] (FLD-8 to FLD-11).
func (m *Model) FindOrCreateField(
	ctx context.Context, name string, t contacts.DataType,
) (contacts.Field, bool, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Field{}, false, err
	}
	k := displayName("displayName", name, 150)
	word(k, "dataType", t, dataTypes)
	if len(k.list) > 0 {
		return contacts.Field{}, false, k.err(uuid.Nil)
	}
	if err := cmp.Or(m.onTime(uuid.Nil), m.named()); err != nil {
		return contacts.Field{}, false, err
	}
	for _, f := range m.fields {
		if f.FieldType == contacts.FieldUserDefined && nameKey(f.DisplayName) == nameKey(name) {
			return f, false, nil
		}
	}
	if n := len(m.fields) - len(systemFields); n >= m.Options.FieldQuota {
		return contacts.Field{}, false, failWith(contacts.ErrFieldsQuota, uuid.Nil, &contacts.QuotaError{
			Quota: m.Options.FieldQuota, Total: n,
		})
	}
	now := m.now()
	f := contacts.Field{
		Namespace: "custom", DisplayName: name, DataType: t, FieldType: contacts.FieldUserDefined,
		Key:         freeKey(slug(name, "field"), func(key string) bool { return m.field(key) != nil }),
		CreatedDate: now, UpdatedDate: now,
	}
	m.defineField(f)
	m.commit(now, "")
	return f, true, nil
}

func (m *Model) customField(key string) (*contacts.Field, error) {
	f := m.field(key)
	if f == nil {
		return nil, keysError(contacts.ErrFieldNotFound, uuid.Nil, key)
	}
	if f.FieldType == contacts.FieldSystem { // FLD-14
		return nil, keysError(contacts.ErrSystemField, uuid.Nil, key)
	}
	return f, nil
}

// RenameField is [contacts.Store.RenameField].
func (m *Model) RenameField(ctx context.Context, key, name string) (contacts.Field, error) {
	if err := m.ready(ctx); err != nil {
		return contacts.Field{}, err
	}
	if k := displayName("field.displayName", name, 150); len(k.list) > 0 {
		return contacts.Field{}, k.err(uuid.Nil)
	}
	if err := m.onTime(uuid.Nil); err != nil {
		return contacts.Field{}, err
	}
	f, err := m.customField(key)
	if err != nil {
		return contacts.Field{}, err
	}
	now := m.now()
	before := *f
	f.DisplayName, f.UpdatedDate = name, now
	m.note(Change{Kind: contacts.FieldUpdated, Fields: [2]contacts.Field{before, *f}})
	m.commit(now, "")
	return *f, nil
}

// DeleteField is [contacts.Store.DeleteField] (FLD-13).
func (m *Model) DeleteField(ctx context.Context, key string) error {
	if err := m.ready(ctx); err != nil {
		return err
	}
	if err := m.onTime(uuid.Nil); err != nil {
		return err
	}
	f, err := m.customField(key)
	if err != nil {
		return err
	}
	now, before := m.now(), *f
	for _, p := range slices.Clone(m.people) {
		if _, ok := p.contact.Info.ExtendedFields[key]; ok {
			after := p.next(now)
			after.contact.Info.ExtendedFields = merged(p.contact.Info.ExtendedFields, map[string]any{key: nil})
			m.replace(p, after)
		}
	}
	m.fields = slices.DeleteFunc(m.fields, func(f contacts.Field) bool { return f.Key == key })
	m.note(Change{Kind: contacts.FieldDeleted, Fields: [2]contacts.Field{before, {}}})
	m.commit(now, "")
	return nil
}

// listedLabels returns the labels in the order of [contacts.Snapshot.Labels] (LBL-16).
func (m *Model) listedLabels() []contacts.Label {
	own := slices.Clone(m.labels[len(systemLabels):])
	slices.SortFunc(own, func(a, b contacts.Label) int {
		if c := b.CreatedDate.Compare(a.CreatedDate); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return append(own, m.labels[:len(systemLabels)]...)
}

// listedFields returns the fields in the order of [contacts.Snapshot.Fields] (FLD-15).
func (m *Model) listedFields() []contacts.Field {
	own := slices.Clone(m.fields[len(systemFields):])
	slices.SortFunc(own, func(a, b contacts.Field) int {
		if c := b.CreatedDate.Compare(a.CreatedDate); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return append(own, m.fields[:len(systemFields)]...)
}

// splitKey splits a key at its first dot.
func splitKey(key string) (namespace, name string) {
	namespace, name, _ = strings.Cut(key, ".")
	return namespace, name
}

// definable reports whether an import can define a label or field with the key (IMP-8).
func definable(key string) bool {
	if _, name, _ := strings.Cut(key, "."); blank(name) {
		return false
	}
	parts := strings.Split(key, ".")
	for _, part := range parts {
		for _, r := range part {
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && r != '_' && r != '-' {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return len(parts) > 1 && storable(key) && len([]rune(parts[0])) <= 25 && len([]rune(key)) <= 80
}
