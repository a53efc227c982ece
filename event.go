package contacts

import (
	"cmp"
	"fmt"
	"iter"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/feed"
	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/wire"
)

// ChangeKind is the kind of a change. Its text is the last part of the event type of the V4 API.
type ChangeKind string

// The kinds of changes.
const (
	ContactCreated ChangeKind = "contact_created"
	ContactUpdated ChangeKind = "contact_updated"
	ContactDeleted ChangeKind = "contact_deleted"
	ContactMerged  ChangeKind = "contact_merged" // Before and After are the target; see Change.Sources
	// ContactSubmitted comes after the change that a submission made to its contact. Before and After are that contact,
	// and equal if the submission changed nothing; see Change.Submission.
	ContactSubmitted ChangeKind = "contact_submitted"
	LabelCreated     ChangeKind = "label_created"
	LabelUpdated     ChangeKind = "label_updated"
	LabelDeleted     ChangeKind = "label_deleted"
	FieldCreated     ChangeKind = "extended-field_created"
	FieldUpdated     ChangeKind = "extended-field_updated"
	FieldDeleted     ChangeKind = "extended-field_deleted"
)

// Commit is one write of a store, with its changes in order (EVT-1).
type Commit struct {
	Position       Position  // the position of the store after it
	Time           time.Time // UTC, whole milliseconds
	OriginatedFrom string    // "merge" for a call of Merge, otherwise empty; for a Batch see Event.OriginatedFrom
	Changes        []Change  // the caller's own
}

// LogValue returns the position, the time and the number of changes (ERR-5).
func (c Commit) LogValue() slog.Value {
	return slog.GroupValue(slog.Uint64("position", uint64(c.Position)), slog.Time("time", c.Time),
		slog.Int("changes", len(c.Changes)))
}

// Estimates of memory, in bytes.
var (
	commitBytes     = int(reflect.TypeFor[Commit]().Size()) + 64 // with its place in the feed
	changeBytes     = int(reflect.TypeFor[Change]().Size())
	recordBytes     = int(reflect.TypeFor[record]().Size())
	submissionBytes = int(reflect.TypeFor[submission]().Size())
)

const (
	definitionBytes = 2048 // two versions of a label or an extended field; their texts are short
	entryBytes      = 100  // an entry of a map, without its texts
	textBytes       = 16   // a text in a list, without its bytes
)

// size returns the number of changes, and about the memory that the feed keeps for them in addition to the contents of
// the store. Of a contact it counts the version before the change. The version after it is in the store; the change
// that replaces it there will count it.
func (c *Commit) size() feed.Size {
	n := commitBytes + cap(c.Changes)*changeBytes
	for i := range c.Changes {
		n += c.Changes[i].bytes()
	}
	return feed.Size{Items: len(c.Changes), Bytes: n}
}

func (c *Change) bytes() int {
	switch {
	case c.Kind == ContactUpdated || c.Kind == ContactDeleted:
		return c.Before.r.bytes()
	case c.submission != nil:
		activity := &c.submission.activity
		icon := deref(activity.Icon)
		return submissionBytes + len(c.submission.passThroughData) + len(activity.Description) +
			len(icon.Name) + len(icon.URL)
	case c.label != nil || c.field != nil:
		return definitionBytes
	default:
		return len(c.sources) * len(uuid.UUID{})
	}
}

// bytes returns about the memory of a record, as if it shared none with other records.
func (r *record) bytes() int {
	in, w := &r.contact.Info, weigh(&r.contact)
	n := recordBytes + w.texts + w.frame + textBytes*len(in.LabelKeys)
	n += entryBytes * (len(in.ExtendedFields) + len(r.statuses.emails) + len(r.statuses.phones))
	for address := range r.statuses.emails {
		n += len(address)
	}
	return n
}

// originMerge is the origin of the changes that a merge makes to its target and sources.
const originMerge = "merge"

// Change is one change to a contact, a label or an extended field. It is a plain value, safe to keep.
type Change struct {
	Kind          ChangeKind
	Before, After View // of a contact; Before is zero if it was created, After if it was deleted

	sequence uint64 // the number of changes of the store up to this one
	origin   string // see Event.OriginatedFrom

	// Shared by all readers, so never handed out. At most one is set.
	label      *versions[Label]
	field      *versions[Field]
	sources    []uuid.UUID
	submission *submission
}

// LogValue returns the kind, and the key of the label or field or the log form of the contact (ERR-5).
func (c Change) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(c.Kind))}
	if c.label == nil && c.field == nil {
		attrs = append(attrs, slog.Any("contact", cmp.Or(c.After, c.Before)))
	} else if key := c.EntityID(); form.IsKeyText(key) { // in a decoded event it can be any text
		attrs = append(attrs, slog.String("key", key))
	}
	return slog.GroupValue(attrs...)
}

type versions[T any] struct{ before, after T }

// Label returns the changed label before and after the change: before is zero if it was created, after if it was
// deleted.
func (c Change) Label() (before, after Label) {
	if c.label == nil {
		return Label{}, Label{}
	}
	return c.label.before, c.label.after
}

// Field returns the changed extended field before and after the change: before is zero if it was created, after if it
// was deleted.
func (c Change) Field() (before, after Field) {
	if c.field == nil {
		return Field{}, Field{}
	}
	return c.field.before, c.field.after
}

// Sources returns the contacts that were merged into this one, in the order given.
func (c Change) Sources() []uuid.UUID { return slices.Clone(c.sources) }

// Submission returns the text of a submission and the activity that it reported, zero if it reported none (SBM-9).
func (c Change) Submission() (passThroughData string, activity Activity) {
	if c.submission == nil {
		return "", Activity{}
	}
	return c.submission.passThroughData, c.submission.activity.clone()
}

// Event is a change in the envelope in which the V4 API delivers it (EVT-5). It encodes to JSON in the wire shape, and
// decodes from it (EVT-6).
type Event struct {
	ID             uuid.UUID // derived from the other fields, so equal stores send equal events
	Type           string    // such as wix.contacts.v4.contact_created
	EntityFQDN     string    // such as wix.contacts.v4.contact
	Slug           string    // created, updated, deleted, merged, submitted
	EntityID       string    // contact ID, label key or field key
	EventTime      time.Time
	OriginatedFrom string // "merge" on the target and the sources of a merge
	Sequence       uint64 // one higher than that of the event before

	change Change
}

// LogValue returns the ID, the sequence number and the log form of the change (ERR-5).
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("id", e.ID), slog.Uint64("sequence", e.Sequence), slog.Any("change", e.change))
}

const eventNamespace = "wix.contacts.v4."

// Events yields the changes of the commit as events, in order.
func (c Commit) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for _, change := range c.Changes {
			if !yield(c.event(change)) {
				return
			}
		}
	}
}

func (c Commit) event(change Change) Event {
	entity, slug, _ := strings.Cut(string(change.Kind), "_")
	e := Event{
		Type: eventNamespace + string(change.Kind), EntityFQDN: eventNamespace + strings.ReplaceAll(entity, "-", "_"),
		Slug: slug, EntityID: change.EntityID(), EventTime: c.Time, Sequence: change.sequence, change: change,
	}
	if change.Kind == ContactUpdated || change.Kind == ContactDeleted {
		e.OriginatedFrom = change.origin
	}
	name := fmt.Appendf(nil, "%s/%s/%d/%d", e.Type, e.EntityID, c.Time.UnixMilli(), e.Sequence)
	e.ID = uuid.NewSHA1(uuid.NameSpaceURL, name)
	return e
}

// EntityID returns the ID of the changed contact, which is the target of a merge, or the key of the changed label or
// field.
func (c Change) EntityID() string {
	switch {
	case c.label != nil:
		return cmp.Or(c.label.before.Key, c.label.after.Key)
	case c.field != nil:
		return cmp.Or(c.field.before.Key, c.field.after.Key)
	case c.After.IsZero():
		return c.Before.ID().String()
	default:
		return c.After.ID().String()
	}
}

// Change returns the change that the event reports. If the event was decoded from JSON, the change has what the JSON
// has: a contact, label or field as it is afterwards, and only the ID or key of one that was deleted (EVT-6).
func (e Event) Change() Change { return e.change }

// MarshalJSON writes the envelope.
func (e Event) MarshalJSON() ([]byte, error) { return written(&e, writeEvent) }

func writeEvent(w *wire.Writer, e *Event) {
	w.Begin('{')
	w.Name("id")
	w.UUID(e.ID)
	w.Name("entityFqdn")
	w.String(e.EntityFQDN)
	w.Name("slug")
	w.String(e.Slug)
	w.Name("entityId")
	w.String(e.EntityID)
	w.Name("eventTime")
	w.Time(e.EventTime)
	w.Name("triggeredByAnonymizeRequest")
	w.Bool(false)
	w.MemberString("originatedFrom", e.OriginatedFrom)
	w.Name("entityEventSequence")
	w.String(strconv.FormatUint(e.Sequence, 10))
	switch e.change.Kind {
	case ContactCreated, LabelCreated, FieldCreated:
		writeBody(w, "createdEvent", "entity", e.change.writeEntity)
	case ContactUpdated, LabelUpdated, FieldUpdated:
		writeBody(w, "updatedEvent", "currentEntity", e.change.writeEntity)
	case ContactDeleted, LabelDeleted, FieldDeleted:
		w.Name("deletedEvent")
		w.Begin('{')
		w.End('}')
	case ContactMerged:
		writeBody(w, "actionEvent", "body", e.change.writeMerge)
	case ContactSubmitted:
		writeBody(w, "actionEvent", "body", e.change.writeSubmission)
	}
	w.End('}')
}

// writeBody writes the content of an event: an object in an object.
func writeBody(w *wire.Writer, kind, name string, write func(*wire.Writer)) {
	w.Name(kind)
	w.Begin('{')
	w.Name(name)
	write(w)
	w.End('}')
}

// writeEntity writes the contact, label or field after the change.
func (c Change) writeEntity(w *wire.Writer) {
	switch {
	case c.label != nil:
		writeLabel(w, &c.label.after)
	case c.field != nil:
		writeField(w, &c.field.after)
	default:
		writeContact(w, c.After.r.full())
	}
}

func (c Change) writeMerge(w *wire.Writer) {
	w.Begin('{')
	w.Name("targetContactId")
	w.UUID(c.After.ID())
	w.Name("sourceContactIds")
	wire.WriteList(w, c.sources, writeID)
	w.Name("targetContact")
	writeContact(w, c.After.r.full())
	w.End('}')
}

func (c Change) writeSubmission(w *wire.Writer) {
	w.Begin('{')
	c.submission.writeMembers(w)
	w.Name("contact")
	writeContact(w, c.After.r.full())
	w.End('}')
}

// UnmarshalJSON reads the envelope that MarshalJSON writes (EVT-6). Wrong types, and kinds of events that the store
// does not have, are INVALID_ARGUMENT with a violation each.
func (e *Event) UnmarshalJSON(text []byte) error { return unmarshal(text, "", e, readEvent) }

func readEvent(v wire.Value) Event {
	o := v.Object()
	e := Event{
		ID: o.GUID("id"), EntityFQDN: o.Text("entityFqdn"), Slug: o.Text("slug"), EntityID: o.Text("entityId"),
		EventTime: o.Time("eventTime"), OriginatedFrom: o.Text("originatedFrom"),
		Sequence: wire.Scalar(o, wire.FormatInteger, asSequence, "entityEventSequence"),
	}
	entity := strings.ReplaceAll(strings.TrimPrefix(e.EntityFQDN, eventNamespace), "_", "-")
	e.change = readChange(o, ChangeKind(entity+"_"+e.Slug))
	e.change.sequence, e.change.origin = e.Sequence, e.OriginatedFrom
	e.Type = eventNamespace + string(e.change.Kind)
	return e
}

// asSequence accepts a number without sign in a string, as the wire has it.
func asSequence(n *wire.Node) (uint64, bool) {
	sequence, err := strconv.ParseUint(n.Text, 10, 64)
	return sequence, err == nil && n.Kind == wire.KindString
}

// readChange reads the change in an envelope.
func readChange(o wire.Object, kind ChangeKind) Change {
	c := Change{Kind: kind}
	created, updated := o.Object("createdEvent").Get("entity"), o.Object("updatedEvent").Get("currentEntity")
	body := o.Object("actionEvent").Object("body")
	switch kind {
	case ContactCreated:
		c.After = readView(created)
	case ContactUpdated:
		c.After = readView(updated)
	case ContactDeleted:
		c.Before = View{&record{contact: document{ID: o.GUID("entityId")}}}
	case ContactMerged:
		c.After, c.sources = readView(body.Get("targetContact")), wire.List(body, "sourceContactIds", wire.Value.GUID)
	case ContactSubmitted:
		c.After = readView(body.Get("contact"))
		c.submission = readSubmission(body)
	case LabelCreated:
		c.label = &versions[Label]{after: readLabel(created)}
	case LabelUpdated:
		c.label = &versions[Label]{after: readLabel(updated)}
	case LabelDeleted:
		c.label = &versions[Label]{before: Label{Key: o.Text("entityId")}}
	case FieldCreated:
		c.field = &versions[Field]{after: readField(created)}
	case FieldUpdated:
		c.field = &versions[Field]{after: readField(updated)}
	case FieldDeleted:
		c.field = &versions[Field]{before: Field{Key: o.Text("entityId")}}
	default:
		o.Get("slug").Refuse(string(FormatEnum))
	}
	return c
}

func readView(v wire.Value) View {
	c := readContact(v)
	return View{&record{contact: documentOf(&c), read: &c}}
}

// PositionError comes with [ErrPositionExpired].
type PositionError struct {
	Oldest Position // the oldest position that Follow can go on from
}

// Error gives the oldest position.
func (e *PositionError) Error() string {
	return "oldest position kept is " + strconv.FormatUint(uint64(e.Oldest), 10)
}

// MarshalJSON writes the message (ERR-4).
func (e PositionError) MarshalJSON() ([]byte, error) { return encodeError(&e, errorJSON{}) }

// LogValue returns the message.
func (e PositionError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// submission is the part of a submission that followers see. It is never changed.
type submission struct {
	passThroughData string
	activity        Activity
}

// writeMembers writes the members of the object that readSubmission reads.
func (s *submission) writeMembers(w *wire.Writer) {
	w.MemberString("passThroughData", s.passThroughData)
	wire.Member(w, "activity", &s.activity, writeActivity)
}

func readSubmission(o wire.Object) *submission {
	return &submission{o.Text("passThroughData"), readActivity(o.Object("activity"))}
}
