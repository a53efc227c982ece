package contacts

import "time"

// Label defines a label. Its key never changes; contacts carry the key.
type Label struct {
	Namespace            string // "custom" for labels made through the API
	NamespaceDisplayName string
	Key                  string // at most 80 characters
	DisplayName          string // 1 to 180 characters
	LabelType            LabelType
	CreatedDate          time.Time // zero on system labels
	UpdatedDate          time.Time // zero on system labels
	LegacyID             string    // system labels only
}

// systemLabels are in every store (LBL-1).
var systemLabels = []Label{
	systemLabel("contacts.customers", "Customers", "contacts-customers"),
	systemLabel("contacts.contacted-me", "Contacted Me", "contacts-contacted_me"),
}

func systemLabel(key, displayName, legacyID string) Label {
	return Label{
		Namespace: "contacts", NamespaceDisplayName: labelNamespaceName,
		Key: key, DisplayName: displayName, LabelType: LabelSystem, LegacyID: legacyID,
	}
}

const labelNamespaceName = "Labels"

// checkLabels reports the keys that are not defined, in the order given.
func checkLabels(keys []string, defined func(key string) bool) error {
	var unknown []string
	for _, key := range keys {
		if !defined(key) {
			unknown = append(unknown, key)
		}
	}
	if unknown == nil {
		return nil
	}
	return &Error{Code: ErrLabelNotFound, Err: &KeysError{Keys: unknown}}
}

// labelRecord is a label as the tables hold it, never changed.
type labelRecord struct {
	label Label
	order place
}

func (r reader) label(key string) *labelRecord {
	return first[*labelRecord](r, tableLabels, indexID, textKey(key))
}

func (r reader) hasLabel(key string) bool { return r.label(key) != nil }
