package contacts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/form"
	"github.com/contactsdb/contacts/internal/parallel"
)

// ImportOptions are the options of [Store.Import]. The zero value of a field is its default.
type ImportOptions struct {
	// AllOrNothing imports all rows in one commit, or none if any row is refused or the import ends early (IMP-5). It
	// keeps all rows in memory until the last one is read, and lets no other writer in while it writes them.
	AllOrNothing bool

	// AllowDuplicates allows contacts with the primary email or phone of another contact (DUP-1).
	AllowDuplicates bool

	// Define creates the labels and extended fields that rows use and the store does not have (IMP-8). Otherwise such
	// rows are refused.
	Define bool

	// Existing decides about a row whose contact the store has, or an earlier row has created (IMP-10).
	// The default is ExistingRefuse.
	Existing Existing

	// UIDField is the key of an extended field whose value identifies a person in the system that the rows come from,
	// such as "custom.customer-number" (IMP-11). It must not be a field that the store derives.
	UIDField string

	// DryRun imports the rows into a fork of the store, which is then dropped: the report says what an import would do
	// now, and the store stays as it is. It draws IDs.
	DryRun bool

	// Source is the source of contacts without one, default Options.DefaultSource.
	Source Source

	// BatchSize is the number of rows in one commit, default 1000, at most 10,000. Other writers get their turn between
	// batches.
	BatchSize int

	// Progress is called after each batch, by the goroutine that called Import and outside all locks.
	Progress func(ImportProgress)
}

// ImportProgress is the state of an import. Rows is the sum of the other counts, except that nothing is imported and
// updated if an import of all or nothing is refused.
type ImportProgress struct {
	Rows      int // read and decided
	Imported  int // became new contacts
	Updated   int // changed a contact that the store had, see ImportOptions.Existing
	Unchanged int // are about a contact that stays as it is
	Refused   int
}

// ImportReport is the outcome of an import. It is the caller's own.
type ImportReport struct {
	ImportProgress
	Errors []*RowError // one for each refused row, in order
	Labels []string    // keys of the labels that were created, in order
	Fields []string    // keys of the extended fields that were created, in order
}

// RowError is the reason why a row was refused. [CodeOf], errors.Is and errors.As see through it.
type RowError struct {
	Row  int       // counted from 1, in the order of the rows
	Line int       // that of the Row or of the LineError, 0 if unknown
	ID   uuid.UUID // the contact's ID, if the row has one
	Err  error
}

// Error names the row and, if it is known, its line.
func (e *RowError) Error() string {
	text := "row " + strconv.Itoa(e.Row)
	if _, said := e.Err.(*LineError); e.Line > 0 && !said {
		text += " in line " + strconv.Itoa(e.Line)
	}
	return text + causeText(e.Err)
}

// MarshalJSON writes the row, its line and ID, and the members of Err, see [Error.MarshalJSON].
func (e RowError) MarshalJSON() ([]byte, error) {
	return encodeError(&e, errorJSON{Row: &e.Row, Line: e.Line, ContactID: e.ID})
}

// LogValue returns the message.
func (e RowError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// Unwrap returns the reason.
func (e *RowError) Unwrap() error { return e.Err }

const importBatch = 1000

// Import adds whole contacts with their IDs, revisions, dates, sources, activities, members and statuses: from another
// store, a file (see [ReadJSONLines], csvio and vcardio) or captured data of the service. A contact gets its missing
// values as from [Store.Create] (IMP-1); derived values are computed again, phones on all cores. Among contacts with
// the same createdDate, the order of the rows is the order of creation.
//
// A row that breaks a rule is refused and reported with its number; the others are imported (IMP-3). Rows are checked
// as by Create, with its codes in its order, except that CONTACT_ID_ALREADY_EXISTS comes before
// DUPLICATE_CONTACT_EXISTS (IMP-2): the ID is taken, or an earlier row has it. Paths of violations are those of a
// contact: revision, info.emails.items[0].email, memberInfo.email. Rows are written in batches; each batch is one
// commit with a change for every contact (IMP-4).
//
// By default a row about a contact that the store has is refused. ImportOptions.Existing lets it be skipped, or its
// info and its consent be added to the contact (IMP-10 to IMP-12): so a list that comes again changes only what has
// changed.
//
// rows may yield an error in place of a contact: a [LineError] refuses that row, any other error ends the import.
// Import copies each contact, so the caller may reuse it once the next row is requested.
//
// Import returns an error, with a report of the batches up to then, if ctx is done before the last row is written (the
// batch that it was about to commit is dropped), the store is closed, rows yields an error that ends it, or, with
// AllOrNothing, a row is refused: then the error is the first [RowError], and nothing is imported. INVALID_ARGUMENT for
// options is at Source, BatchSize, Existing and UIDField.
func (s *Store) Import(ctx context.Context, rows iter.Seq2[Row, error], opts *ImportOptions) (ImportReport, error) {
	if err := s.ready(ctx); err != nil {
		return ImportReport{}, err
	}
	im, err := newImporter(s, opts)
	if err != nil {
		return ImportReport{}, err
	}
	if im.opts.DryRun {
		im.store = s.Fork()
		defer im.store.Close()
	}
	for row, err := range rows {
		if ctx.Err() != nil {
			return im.report, cancelled(ctx)
		}
		line, isLine := errors.AsType[*LineError](err)
		if err != nil && !isLine {
			// The rows before the error are imported as if there were no more.
			if !im.opts.AllOrNothing {
				err = errors.Join(err, im.flush(ctx))
			}
			return im.report, err
		}
		im.read++
		d := drafts.Get().(*draft)
		d.row, d.line = im.read, row.Line
		switch c := row.Contact; {
		case isLine:
			d.line, d.refused = line.Line, line
		case c != nil:
			d.id, d.given = c.ID, rowCopy(c)
		}
		im.batch = append(im.batch, d)
		if len(im.batch) >= im.opts.BatchSize && !im.opts.AllOrNothing {
			if err := im.flush(ctx); err != nil {
				return im.report, err
			}
		}
	}
	err = im.flush(ctx)
	return im.report, err
}

// importer runs one import.
type importer struct {
	store  *Store
	opts   ImportOptions
	read   int // rows
	batch  []*draft
	report ImportReport
	finder finder

	waiting waiting // that of the last batch: the next one uses its memory
}

func newImporter(s *Store, opts *ImportOptions) (*importer, error) {
	im := &importer{store: s}
	if opts != nil {
		im.opts = *opts
	}
	v := &validator{}
	im.opts.BatchSize = v.batchSize(im.opts.BatchSize, importBatch)
	im.opts.Source = v.source("Source", im.opts.Source, s.opts.DefaultSource)
	im.opts.Existing = cmp.Or(im.opts.Existing, ExistingRefuse)
	checkEnum(v, "Existing", im.opts.Existing)
	if derivedField(im.opts.UIDField) {
		v.add(Violation{Field: "UIDField", Rule: RuleCustom, RuleName: RuleNameNotSettable})
	}
	im.finder.uidField = im.opts.UIDField
	return im, invalid(v.violations)
}

// rowCopy returns a copy of a row's contact without the parts that cannot be imported but that may be many times as
// large as their text: further items of a list that is too long, and lists and objects in extended fields, which could
// contain themselves. The copy is accepted or refused like the contact.
func rowCopy(c *Contact) *Contact {
	d := rowCopies.Get().(*Contact)
	*d = *c
	in := &d.Info
	in.Emails = in.Emails[:min(len(in.Emails), itemsMax+1)]
	in.Phones = in.Phones[:min(len(in.Phones), itemsMax+1)]
	in.Addresses = in.Addresses[:min(len(in.Addresses), itemsMax+1)]
	in.LabelKeys = in.LabelKeys[:min(len(in.LabelKeys), labelsMax+1)]
	in.ExtendedFields = nil
	d.detach()
	for i := range in.Addresses {
		in.Addresses[i].Subdivisions = nil
	}
	values := maps.Clone(c.Info.ExtendedFields)
	for key, v := range values {
		switch v.(type) {
		case map[string]any, []any:
			values[key] = []any(nil)
		}
	}
	in.ExtendedFields = values
	return d
}

// The memory of rows serves the next batch: without that, it would be a fifth of what an import allocates. An import of
// all or nothing is a single batch, which may be large, so its memory is left to the garbage collector.
var (
	rowCopies = sync.Pool{New: func() any { return &Contact{} }}
	drafts    = sync.Pool{New: func() any { return &draft{} }}
)

// release gives memory back for later use. Nothing of it may be in use.
func release[T any](to *sync.Pool, used *T) {
	var empty T
	*used = empty
	to.Put(used)
}

// draft is a row that is being imported.
type draft struct {
	row     int
	line    int
	id      uuid.UUID      // as given
	given   *Contact       // a copy of the contact until it is prepared; nil if the row has none
	record  *record        // the new contact, without the values below
	values  map[string]any // of extended fields, as given, without those that the store derives
	missing []*uuid.UUID   // IDs in the record that the store still has to draw
	refused error          // why the row is refused, whatever the store has

	created, updated moment   // those of the contact before accept completes it
	activity         Activity // likewise

	before  *record // the contact that the row is about, if the store has it
	changed bool    // before has changed
	err     error   // why the row is refused
}

// restart prepares the draft for another decision: a commit to a log can be decided several times (DUR-7). It gets a
// record of its own, because the dropped commit has the present one.
func (d *draft) restart() {
	d.before, d.changed = nil, false
	if d.record == nil {
		return
	}
	r := *d.record
	r.contact.CreatedDate, r.contact.UpdatedDate = d.created, d.updated
	r.contact.setLastActivity(d.activity)
	r.contact.Info.ExtendedFields = nil
	d.record = &r
}

// flush decides on the rows of the batch, writes the accepted ones in one commit, and reports on all of them. If the
// error is not a RowError, nothing of the batch is written or reported.
func (im *importer) flush(ctx context.Context) error {
	batch := im.batch
	im.batch = im.batch[:0]
	if len(batch) == 0 {
		return nil
	}
	if err := im.prepare(ctx, batch); err != nil {
		return err
	}
	var in *intake
	err := im.store.commit(ctx, im.store.opts.Now(), func(tx *txn) error {
		if in != nil { // the commit is decided again
			im.finder.byUID = nil
			for _, d := range batch {
				d.restart()
			}
		}
		in = newIntake(tx, im)
		tx.waiting = im.waiting.emptied()
		return in.decide(ctx, batch)
	})
	if err != nil && err != errRefused {
		return err
	}
	im.waiting = in.tx.waiting
	im.reportOn(batch, in, err == nil)
	if !im.opts.AllOrNothing {
		for _, d := range batch {
			release(&drafts, d)
		}
	}
	if err == errRefused {
		return im.report.Errors[0]
	}
	return nil
}

// prepare prepares the rows of a batch, on all cores, and draws their IDs.
func (im *importer) prepare(ctx context.Context, batch []*draft) error {
	parallel.For(len(batch), func(i int) {
		if ctx.Err() == nil {
			batch[i].prepare(im)
		}
	})
	for _, d := range batch {
		if ctx.Err() != nil {
			return cancelled(ctx)
		}
		ids, err := im.store.newIDs(len(d.missing))
		if err != nil {
			return err
		}
		for i, id := range d.missing {
			*id = ids[i]
		}
		if len(ids) > 0 && !d.record.contact.Info.distinctIDs() {
			return &Error{Code: ErrInternal, Err: errRepeatedID}
		}
	}
	return nil
}

// errRefused drops the commit of an import or a batch of all or nothing.
var errRefused = errors.New("a row is refused")

// reportOn adds a batch to the report.
func (im *importer) reportOn(batch []*draft, in *intake, committed bool) {
	r := &im.report
	if committed {
		r.Labels = append(r.Labels, in.labels...)
		r.Fields = append(r.Fields, in.fields...)
	}
	for _, d := range batch {
		r.Rows++
		switch {
		case d.err != nil:
			r.Refused++
			r.Errors = append(r.Errors, &RowError{Row: d.row, Line: d.line, ID: d.id, Err: d.err})
		case !committed:
		case d.before != nil && d.changed:
			r.Updated++
		case d.before != nil:
			r.Unchanged++
		default:
			r.Imported++
		}
	}
	if im.opts.Progress != nil {
		im.opts.Progress(r.ImportProgress)
	}
}

// prepare does everything that does not depend on the contents of the store: it checks the contact and makes its
// record.
func (d *draft) prepare(im *importer) {
	c := d.given
	d.given = nil
	switch {
	case d.refused != nil:
		return
	case c == nil:
		d.refused = invalid([]Violation{{Field: contactPath, Rule: RuleRequired}})
		return
	}
	if !im.opts.AllOrNothing {
		defer release(&rowCopies, c)
	}
	v := &validator{phones: im.store.phones, owned: true}
	stored := Contact{
		ID:           c.ID,
		Revision:     v.revision("revision", c.Revision),
		Source:       v.source("source", c.Source, im.opts.Source),
		CreatedDate:  v.time("createdDate", c.CreatedDate),
		UpdatedDate:  v.time("updatedDate", c.UpdatedDate),
		LastActivity: v.activity("lastActivity", c.LastActivity),
		Picture:      c.Picture,
	}
	if c.Picture != nil {
		v.image("picture", c.Picture)
	}
	patch := patchOf(c.Info)
	patch.ExtendedFields = Opt[map[string]any]{}
	patch = v.patch(patch)
	multiplePrimaries := patch.multiplePrimaries()
	dropRepeated(patch.Emails.value, (*Email).id)
	dropRepeated(patch.Phones.value, (*Phone).id)
	dropRepeated(patch.Addresses.value, (*Address).id)
	stored.Info = patch.apply(Info{}, fieldValues{})
	stored.Segments = v.guids("segments.items", c.Segments, segmentsMax)
	r := &record{statuses: v.statuses(c, &stored.Info)}
	stored.Member = v.member("memberInfo", c.Member)
	r.contact = documentOf(&stored)
	switch d.refused = invalid(v.violations); {
	case d.refused != nil:
		return
	case multiplePrimaries:
		d.refused = &Error{Code: ErrMultiplePrimary}
		return
	}
	d.record = r
	d.created, d.updated, d.activity = r.contact.CreatedDate, r.contact.UpdatedDate, r.contact.lastActivity()
	d.values = c.Info.ExtendedFields
	maps.DeleteFunc(d.values, func(key string, _ any) bool { return derivedField(key) })
	if c.ID == uuid.Nil {
		d.missing = append(d.missing, &r.contact.ID)
	}
	d.missing = appendMissing(d.missing, r.contact.Info.Emails, (*Email).id)
	d.missing = appendMissing(d.missing, r.contact.Info.Phones, (*Phone).id)
	d.missing = appendMissing(d.missing, r.contact.Info.Addresses, (*Address).id)
}

// dropRepeated removes the ID of each item that an earlier item has.
func dropRepeated[T any](items []T, id func(*T) *uuid.UUID) {
	for i := range items {
		if own := id(&items[i]); hasID(items[:i], *own, id) {
			*own = uuid.Nil
		}
	}
}

// appendMissing appends pointers to the IDs of items without one.
func appendMissing[T any](missing []*uuid.UUID, items []T, id func(*T) *uuid.UUID) []*uuid.UUID {
	for i := range items {
		if own := id(&items[i]); *own == uuid.Nil {
			missing = append(missing, own)
		}
	}
	return missing
}

// intake is the part of an import that depends on the contents of the store: one batch, under the write lock.
type intake struct {
	tx     *txn
	opts   ImportOptions
	quotas *Options
	finder *finder

	labels, fields []string         // keys that were created
	knownLabels    map[string]bool  // caches look-ups: definitions are few and contacts many
	knownFields    map[string]Field // likewise
}

func newIntake(tx *txn, im *importer) *intake {
	return &intake{
		tx: tx, opts: im.opts, quotas: im.store.opts, finder: &im.finder,
		knownLabels: make(map[string]bool), knownFields: make(map[string]Field),
	}
}

// decide decides on the rows of a batch and puts the accepted ones.
func (in *intake) decide(ctx context.Context, batch []*draft) error {
	in.finder.begin(in.tx)
	refused := false
	for _, d := range batch {
		if err := checkContext(ctx); err != nil {
			return err
		}
		if d.err = d.refused; d.err == nil {
			d.err = in.accept(d)
		}
		refused = refused || d.err != nil
	}
	if in.opts.AllOrNothing && refused {
		return errRefused
	}
	if err := in.write(ctx); err != nil {
		return err
	}
	in.finder.committed(in.tx)
	return nil
}

// accept checks a row against the store and the rows before it. If it passes, the labels and fields that it needs are
// created, and its contact is put or waits to be.
func (in *intake) accept(d *draft) error {
	given := &d.record.contact
	d.before = in.existing(d)
	if d.before != nil && in.opts.Existing == ExistingSkip {
		return nil
	}
	values, fields, err := in.fieldValues(d.values)
	if err != nil {
		return err
	}
	labels, err := in.undefinedLabels(given.Info.LabelKeys)
	if err != nil {
		return err
	}
	after := d.record
	if d.before != nil {
		after, err = in.absorb(d, values)
	} else {
		err = in.create(d, values)
	}
	if err != nil {
		return err
	}
	for _, label := range labels {
		labelKind.create(in.tx, label)
		in.labels = append(in.labels, label.Key)
		in.knownLabels[label.Key] = true
	}
	for _, field := range fields {
		fieldKind.create(in.tx, field)
		in.fields = append(in.fields, field.Key)
		in.knownFields[field.Key] = field
	}
	in.put(d, after)
	return nil
}

// existing returns the contact that a row is about, nil if the store has none.
func (in *intake) existing(d *draft) *record {
	if in.opts.Existing == ExistingRefuse {
		return in.finder.withUID(in.tx.reads(), d.values)
	}
	return in.finder.find(in.tx.reads(), &d.record.contact, d.values)
}

// absorb returns the next version of the contact that the store has, with the info and the consent of a row about it.
func (in *intake) absorb(d *draft, values map[string]any) (*record, error) {
	if in.opts.Existing == ExistingRefuse {
		return nil, &Error{Code: ErrIDExists, ID: d.before.contact.ID}
	}
	given := &record{statuses: d.record.statuses}
	given.contact.ID, given.contact.Info = d.record.contact.ID, d.record.contact.Info
	given.contact.Info.ExtendedFields = maps.Clone(values)
	maps.DeleteFunc(given.contact.Info.ExtendedFields, func(_ string, v any) bool { return v == nil })
	after, err := in.tx.absorb(d.before, given, in.opts.Existing == ExistingUpdate)
	if err == nil {
		err = checkRevision(d.before, after)
	}
	if err == nil && !in.opts.AllowDuplicates {
		err = in.tx.checkDuplicate(d.before, after, patchOf(after.contact.Info))
	}
	return after, err
}

// create completes the new contact of a row and checks it.
func (in *intake) create(d *draft, values map[string]any) error {
	c := &d.record.contact
	in.complete(c, values)
	if err := invalid(tooLarge(&record{}, d.record, in.quotas.ContactSizeMax)); err != nil {
		return err
	}
	if !c.Info.identified() {
		return &Error{Code: ErrInsufficientData}
	}
	// The ID is checked first: a row that is there twice is not its own duplicate, whatever batches it is in.
	if in.tx.reads().taken(c.ID) || in.tx.waiting.has(c.ID) {
		return &Error{Code: ErrIDExists, ID: c.ID}
	}
	if in.opts.AllowDuplicates {
		return nil
	}
	return in.tx.checkDuplicate(&record{}, d.record, patchOf(c.Info))
}

// put puts a contact. If no later row can be about it, it waits until all rows are decided, because look-ups are faster
// while the transaction has put nothing.
func (in *intake) put(d *draft, after *record) {
	if d.before == nil {
		d.record.order = in.tx.place(createdDate(d.record))
	}
	in.finder.note(after)
	if in.opts.Existing == ExistingRefuse && in.opts.UIDField == "" {
		in.tx.waiting.add(after)
		return
	}
	d.changed = after != d.before
	in.tx.put(d.before, after)
}

// complete fills in the dates that a contact lacks, and its checked values of extended fields.
func (in *intake) complete(c *document, values map[string]any) {
	c.CreatedDate = cmp.Or(c.CreatedDate, c.UpdatedDate, momentOf(in.tx.now))
	c.UpdatedDate = max(cmp.Or(c.UpdatedDate, c.CreatedDate), c.CreatedDate)
	c.activityType = cmp.Or(c.activityType, ActivityContactCreated)
	c.activityDate = cmp.Or(c.activityDate, c.CreatedDate)
	c.Info.ExtendedFields = fieldValues{set: values}.apply(c.Info.ExtendedFields)
}

// write puts the accepted contacts that wait for it.
func (in *intake) write(ctx context.Context) error {
	in.tx.changes = slices.Grow(in.tx.changes, len(in.tx.waiting.records))
	for _, r := range in.tx.waiting.records {
		if err := checkContext(ctx); err != nil {
			return err
		}
		in.tx.put(nil, r)
	}
	return nil
}

// fieldValues checks the values of extended fields, and returns the fields that must be created for them.
func (in *intake) fieldValues(given map[string]any) (values map[string]any, undefined []Field, err error) {
	values, err = checkFieldValues(given, func(key string) (Field, bool) {
		field, ok := in.knownFields[key]
		if ok {
			return field, true
		}
		if field, ok = in.tx.definedField(key); ok {
			in.knownFields[key] = field
			return field, true
		}
		if !in.definable(key) {
			return Field{}, false
		}
		field = in.newField(key, given[key])
		if v := given[key]; v != nil && v != "" {
			undefined = append(undefined, field)
		}
		return field, true
	})
	if err == nil && undefined != nil {
		err = fieldKind.checkQuota(in.tx, in.quotas, len(undefined))
	}
	return values, undefined, err
}

// definable reports whether a label or field with this key may be defined (IMP-8).
func (in *intake) definable(key string) bool {
	return in.opts.Define && form.IsNewKey(key)
}

// newField returns the definition of a field with this key and a value like this one.
func (in *intake) newField(key string, value any) Field {
	namespace, name, _ := strings.Cut(key, ".")
	field := Field{
		Namespace: namespace, Key: key, DisplayName: name, DataType: DataText, FieldType: FieldUserDefined,
		CreatedDate: in.tx.now, UpdatedDate: in.tx.now,
	}
	_, isNumber := value.(json.Number)
	if v, _ := plainValue(value); !isNumber { // plainValue returns even a number that it refuses
		_, isNumber = v.(float64)
	}
	if isNumber {
		field.DataType = DataNumber
	}
	return field
}

// undefinedLabels returns the labels that must be defined for a contact that carries the keys.
func (in *intake) undefinedLabels(keys []string) (undefined []Label, err error) {
	err = checkLabels(keys, func(key string) bool {
		if in.knownLabels[key] {
			return true
		}
		if in.tx.reads().hasLabel(key) {
			in.knownLabels[key] = true
			return true
		}
		if !in.definable(key) {
			return false
		}
		namespace, name, _ := strings.Cut(key, ".")
		label := Label{
			Namespace: namespace, NamespaceDisplayName: labelNamespaceName, Key: key, DisplayName: name,
			LabelType: LabelWixAppDefined, CreatedDate: in.tx.now, UpdatedDate: in.tx.now,
		}
		if namespace == customNamespace {
			label.LabelType = LabelUserDefined
		}
		undefined = append(undefined, label)
		return true
	})
	if err == nil && undefined != nil {
		err = labelKind.checkQuota(in.tx, in.quotas, len(undefined))
	}
	return undefined, err
}
