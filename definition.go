package contacts

import (
	"strings"
	"time"

	"github.com/contactsdb/contacts/internal/wire"
)

// definition is the common part of a label and an extended field.
type definition struct {
	namespace, key, displayName string
	kind                        string // labelType or fieldType
	created, updated            time.Time
}

// defined is a Label or a Field.
type defined interface{ definition() definition }

func (d definition) isSystem() bool { return d.kind == string(LabelSystem) }

// definitions are the labels and extended fields of a store, by key.
type definitions struct {
	labels map[string]Label
	fields map[string]Field
}

// Label defines a label. Contacts refer to it by its key, which never changes.
//
// Every store has the system labels contacts.customers and contacts.contacted-me (LBL-1).
type Label struct {
	Namespace            string // the part of Key before the dot; "custom" for labels created by callers
	NamespaceDisplayName string
	Key                  string // at most 80 characters
	DisplayName          string // 1 to 180 characters
	LabelType            LabelType
	CreatedDate          time.Time // zero on system labels
	UpdatedDate          time.Time // zero on system labels
	LegacyID             string    // system labels only
}

// MarshalJSON writes the wire shape (JSON-2).
func (l Label) MarshalJSON() ([]byte, error) { return written(&l, writeLabel) }

func writeLabel(w *wire.Writer, l *Label) {
	w.Begin('{')
	w.Name("namespace")
	w.String(l.Namespace)
	w.Name("namespaceDisplayName")
	w.String(l.NamespaceDisplayName)
	w.Name("key")
	w.String(l.Key)
	w.Name("displayName")
	w.String(l.DisplayName)
	w.Name("labelType")
	w.String(string(l.LabelType))
	w.MemberTime("createdDate", l.CreatedDate)
	w.MemberTime("updatedDate", l.UpdatedDate)
	w.MemberString("legacyId", l.LegacyID)
	w.End('}')
}

const (
	labelNamespaceName = "Labels"
	labelNameMax       = 180
	labelCallMax       = 100 // keys in one call of Label or Unlabel
)

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

// UnmarshalJSON reads the wire shape or that of the SDK, like [Contact.UnmarshalJSON].
func (l *Label) UnmarshalJSON(text []byte) error { return unmarshal(text, "", l, readLabel) }

func readLabel(v wire.Value) Label {
	o := v.Object()
	return Label{
		Namespace: o.Text("namespace"), NamespaceDisplayName: o.Text("namespaceDisplayName"),
		Key: o.Text("key"), DisplayName: o.Text("displayName"), LabelType: wire.Enum[LabelType](o, "labelType"),
		CreatedDate: o.Time("createdDate", "_createdDate"), UpdatedDate: o.Time("updatedDate", "_updatedDate"),
		LegacyID: o.Text("legacyId"),
	}
}

// check reports why a non-system label could not have been created by a store. path is the path of the label in
// violations.
func (l Label) check(path string) []Violation {
	v := &validator{stored: true}
	v.key(path, l.Namespace, l.Key)
	v.text(path+".namespaceDisplayName", l.NamespaceDisplayName, labelNameMax)
	v.name(path+".displayName", l.DisplayName, labelNameMax)
	v.text(path+".legacyId", l.LegacyID, 0)
	v.holds(path+".labelType", l.LabelType == LabelUserDefined || l.LabelType == LabelWixAppDefined)
	v.dates(path, l.CreatedDate, l.UpdatedDate)
	return v.violations
}

func (l Label) definition() definition {
	return definition{l.Namespace, l.Key, l.DisplayName, string(l.LabelType), l.CreatedDate, l.UpdatedDate}
}

// Field defines an extended field. Its key never changes.
//
// Every store has these system fields (FLD-1). Callers can write only invoices.vatId; the store computes the fields
// marked "derived", and [Store.SetSystemFields] sets the others (FLD-16).
//
//	contacts.displayByFirstName              TEXT    derived
//	contacts.displayByLastName               TEXT    derived
//	invoices.vatId                           TEXT
//	members.membershipStatus                 TEXT    derived
//	members.mobile                           TEXT
//	ecom.numOfPurchases                      NUMBER
//	ecom.totalSpentAmount                    NUMBER
//	ecom.totalSpentCurrency                  TEXT
//	ecom.lastPurchaseDate                    DATE
//	emailSubscriptions.subscriptionStatus    TEXT    derived
//	emailSubscriptions.deliverabilityStatus  TEXT    derived
//	emailSubscriptions.effectiveEmail        TEXT    derived
type Field struct {
	Namespace   string // the part of Key before the dot: "custom", or the app that owns the field
	Key         string // at most 80 characters; the key in Info.ExtendedFields
	DisplayName string // 1 to 150 characters
	DataType    DataType
	FieldType   FieldType
	Description string    // system fields only
	CreatedDate time.Time // zero on system fields
	UpdatedDate time.Time // zero on system fields
}

// MarshalJSON writes the wire shape (JSON-2).
func (f Field) MarshalJSON() ([]byte, error) { return written(&f, writeField) }

func writeField(w *wire.Writer, f *Field) {
	w.Begin('{')
	w.Name("namespace")
	w.String(f.Namespace)
	w.Name("key")
	w.String(f.Key)
	w.Name("displayName")
	w.String(f.DisplayName)
	w.Name("dataType")
	w.String(string(f.DataType))
	w.Name("fieldType")
	w.String(string(f.FieldType))
	w.MemberTime("createdDate", f.CreatedDate)
	w.MemberTime("updatedDate", f.UpdatedDate)
	w.MemberString("description", f.Description)
	w.End('}')
}

// UnmarshalJSON reads the wire shape or that of the SDK, like [Contact.UnmarshalJSON].
func (f *Field) UnmarshalJSON(text []byte) error { return unmarshal(text, "", f, readField) }

func readField(v wire.Value) Field {
	o := v.Object()
	return Field{
		Namespace: o.Text("namespace"), Key: o.Text("key"), DisplayName: o.Text("displayName"),
		DataType: wire.Enum[DataType](o, "dataType"), FieldType: wire.Enum[FieldType](o, "fieldType"),
		Description: o.Text("description"),
		CreatedDate: o.Time("createdDate", "_createdDate"), UpdatedDate: o.Time("updatedDate", "_updatedDate"),
	}
}

// check reports why a non-system field could not have been created by a store. path is the path of the field in
// violations.
func (f Field) check(path string) []Violation {
	v := &validator{stored: true}
	v.key(path, f.Namespace, f.Key)
	v.name(path+".displayName", f.DisplayName, fieldNameMax)
	v.holds(path+".description", f.Description == "")
	v.holds(path+".dataType", f.DataType.Valid())
	v.holds(path+".fieldType", f.FieldType == FieldUserDefined)
	v.dates(path, f.CreatedDate, f.UpdatedDate)
	return v.violations
}

func (f Field) definition() definition {
	return definition{f.Namespace, f.Key, f.DisplayName, string(f.FieldType), f.CreatedDate, f.UpdatedDate}
}

const fieldNameMax = 150 // characters of a display name

// systemFields are in every store (FLD-1).
var systemFields = []Field{
	systemField(fieldDisplayByFirst, "Display Name (start with first)", DataText, "Name, first name first"),
	systemField(fieldDisplayByLast, "Display Name (start with last)", DataText, "Name, last name first"),
	systemField(fieldVATID, "VAT ID", DataText, "VAT ID for invoices"),
	systemField(fieldMembershipStatus, "Membership Status", DataText, "State of the linked member"),
	systemField(fieldMobile, "Mobile flag", DataText, "Whether the member uses the mobile app"),
	systemField(fieldPurchases, "# of Purchases", DataNumber, "Number of purchases"),
	systemField(fieldSpentAmount, "Total Spent Amount", DataNumber, "Amount spent in all purchases"),
	systemField(fieldSpentCurrency, "Total Spent Currency", DataText, "Currency of the amount spent"),
	systemField(fieldLastPurchase, "Last Purchase Date", DataDate, "Date of the last purchase"),
	systemField(fieldSubscription, "Effective Subscription Status", DataText,
		"Consent to marketing at the effective email"),
	systemField(fieldDeliverability, "Effective Deliverability Status", DataText,
		"Delivery state of the effective email"),
	systemField(fieldEffectiveEmail, "Effective Email", DataText, "Email that subscriptions apply to"),
}

func systemField(key, displayName string, t DataType, description string) Field {
	namespace, _, _ := strings.Cut(key, ".")
	return Field{
		Namespace: namespace, Key: key, DisplayName: displayName,
		DataType: t, FieldType: FieldSystem, Description: description,
	}
}
