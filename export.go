package contacts

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/parallel"
	"github.com/contactsdb/contacts/internal/wire"
)

// The format of an export (EXP-1) is JSON Lines. Each line is an object with one member, in this order:
//
//	{"contactsStore":{"version":1, …}}   the numbers of commits and changes, the time of the last commit
//	{"label":{…}}                        labels, then extended fields, without those of the system, oldest first
//	{"field":{…}}
//	{"contact":{…}}                      in the order of creation
//	{"redirect":{"id":…, "into":…}}      IDs that took part in a merge, by ID
//	{"end":{…}}                          the number of lines of each kind, the checksum of all previous lines
//
// Derived values of a contact are left out, except those that another version of a library might derive differently:
// the forms of phones, and addresses. So loading needs no rules, and an old file yields the contacts that it was made
// from. Lines are encoded as encoding/json does by default, which determines every byte.

const exportVersion = 1

type exportLine struct {
	Store    *exportStore    `json:"contactsStore,omitempty"`
	Label    *Label          `json:"label,omitempty"`
	Field    *Field          `json:"field,omitempty"`
	Redirect *exportRedirect `json:"redirect,omitempty"`
	End      *exportEnd      `json:"end,omitempty"`
}

type exportStore struct {
	Version  int       `json:"version"`
	Position Position  `json:"position"` // commits
	Changes  uint64    `json:"changes"`
	Time     wire.Time `json:"time,omitzero"` // of the last commit
}

type exportRedirect struct {
	ID   uuid.UUID `json:"id"`
	Into uuid.UUID `json:"into,omitzero"`
}

type exportEnd struct {
	exportCounts
	SHA256 string `json:"sha256"` // of all previous lines, each with its "\n"
}

type exportCounts struct {
	Labels    int `json:"labels"`
	Fields    int `json:"fields"`
	Contacts  int `json:"contacts"`
	Redirects int `json:"redirects"`
}

const (
	countMax    = 1<<63 - 1 // commits and changes
	statusesMax = 1 << 20   // bytes that the statuses of a contact add to its line, a generous bound
)

// minChanges returns the least number of changes that can have created this many rows.
func (c exportCounts) minChanges() uint64 { return uint64(c.Labels + c.Fields + c.Contacts) }

// Export writes the whole store to w in the format that [Load] reads: contacts with their members, statuses and billing
// marks, labels and extended fields, IDs that took part in a merge, and the position of the feed, without the changes
// that the feed keeps. The format is JSON Lines and canonical: equal stores export equal bytes (EXP-1, EXP-2). It
// contains personal data.
//
// Errors: the first error of w.
func (sn *Snapshot) Export(w io.Writer) error {
	e := newExporter(w)
	e.write(exportLine{Store: &exportStore{
		Version: exportVersion, Position: sn.position, Changes: sn.changes, Time: wire.Time(sn.time),
	}})
	e.writeContents(sn)
	e.write(exportLine{End: &exportEnd{e.counts, hex.EncodeToString(e.sum.Sum(nil))}})
	return e.flush()
}

// Digest returns a hash of the contents of the snapshot: contacts, labels, extended fields and IDs that took part in
// a merge, in their order. Two stores have the same digest if and only if they have the same contents, whatever the
// commits that produced them. The position and the time of the last commit do not count.
func (sn *Snapshot) Digest() [sha256.Size]byte {
	e := newExporter(io.Discard)
	e.writeContents(sn)
	return [sha256.Size]byte(e.sum.Sum(nil))
}

// writeContents writes all lines except the first and the last.
func (e *exporter) writeContents(sn *Snapshot) {
	for _, l := range slices.SortedFunc(sn.reads().labels(), (*labelRecord).compare) {
		if l.value.LabelType != LabelSystem {
			e.write(exportLine{Label: &l.value})
			e.counts.Labels++
		}
	}
	for _, f := range slices.SortedFunc(sn.reads().fields(), (*fieldRecord).compare) {
		if f.value.FieldType != FieldSystem {
			e.write(exportLine{Field: &f.value})
			e.counts.Fields++
		}
	}
	for records := range parallel.Chunks(sn.reads().all(), exportChunk) {
		e.writeContacts(records)
	}
	for r := range sn.reads().redirects() {
		e.write(exportLine{Redirect: &exportRedirect{ID: r.id, Into: r.into}})
		e.counts.Redirects++
	}
}

const exportChunk = 1024 // contacts to encode at a time

// exporter writes lines and computes their checksum. After an error it does nothing.
type exporter struct {
	w      *bufio.Writer
	sum    hash.Hash
	counts exportCounts
	line   lineEncoder
	parts  []lineEncoder // one for each part of a chunk
	err    error
}

func newExporter(w io.Writer) *exporter {
	return &exporter{
		w: bufio.NewWriterSize(w, 1<<16), sum: sha256.New(), parts: make([]lineEncoder, runtime.GOMAXPROCS(0)),
	}
}

func (e *exporter) write(line exportLine) {
	if e.err != nil {
		return
	}
	e.line.reset()
	e.line.encode(line)
	e.put(&e.line)
}

// writeContacts encodes contacts on all cores and writes them in order.
func (e *exporter) writeContacts(records []*record) {
	if e.err != nil {
		return
	}
	e.counts.Contacts += len(records)
	parallel.Split(len(records), len(e.parts), func(i, from, to int) {
		part := &e.parts[i]
		part.reset()
		for _, r := range records[from:to] {
			part.encodeContact(r)
		}
	})
	for i := range e.parts {
		e.put(&e.parts[i])
	}
}

func (e *exporter) put(lines *lineEncoder) {
	if lines.Err != nil && e.err == nil {
		e.err = &Error{Code: ErrInternal, Err: lines.Err}
	}
	if e.err == nil {
		e.sum.Write(lines.Bytes)
		_, e.err = e.w.Write(lines.Bytes)
	}
}

func (e *exporter) flush() error {
	if e.err != nil {
		return e.err
	}
	return e.w.Flush()
}

// lineEncoder encodes lines to memory.
type lineEncoder struct{ wire.Writer }

func (l *lineEncoder) reset() { l.Bytes = l.Bytes[:0] }

func (l *lineEncoder) encode(line exportLine) {
	l.Value(line)
	l.EndLine()
}

func (l *lineEncoder) encodeContact(r *record) {
	w := &l.Writer
	w.Begin('{')
	w.Name("contact")
	writeRow(w, r)
	w.End('}')
	w.EndLine()
}

// writeRow writes a contact as an export has it: without derived values, with the billing mark and statuses that its
// own JSON does not have.
func writeRow(w *wire.Writer, r *record) {
	c := r.contact.contact()
	w.Begin('{')
	writeContactMembers(w, &c)
	if len(r.statuses.emails) > 0 { // by address, as emails are compared
		w.Name("emailStatuses")
		wire.WriteMap(w, r.statuses.emails, func(w *wire.Writer, st emailStatus) {
			w.Begin('{')
			w.Name("subscriptionStatus")
			w.String(string(st.subscription))
			w.Name("deliverabilityStatus")
			w.String(string(st.deliverability))
			w.End('}')
		})
	}
	if phones := r.statuses.exported(r.contact.Info.Phones); len(phones) > 0 { // by E.164 form and extension
		w.Name("phoneStatuses")
		wire.WriteMap(w, phones, func(w *wire.Writer, st phoneStatus) {
			w.Begin('{')
			w.Name("subscriptionStatus")
			w.String(string(st.subscription))
			w.End('}')
		})
	}
	if r.billing {
		w.Name("billingSubscription")
		w.Bool(true)
	}
	w.End('}')
}

// readExportedContact decodes a contact together with the billing mark and statuses that its own JSON does not have.
func readExportedContact(v wire.Value) *record {
	o := v.Object()
	c := readContact(v)
	shareMemory(c.Info.LabelKeys)
	r := &record{contact: documentOf(&c), billing: o.Bool("billingSubscription")}
	r.statuses.emails = wire.Map(o, "emailStatuses", func(v wire.Value) emailStatus {
		st := v.Object()
		return emailStatus{
			wire.Enum[SubscriptionStatus](st, "subscriptionStatus"),
			wire.Enum[EmailDeliverability](st, "deliverabilityStatus"),
		}
	})
	r.statuses.phones = wire.Map(o, "phoneStatuses", func(v wire.Value) phoneStatus {
		return phoneStatus{wire.Enum[SubscriptionStatus](v.Object(), "subscriptionStatus"), PhoneDeliverabilityNotSet}
	})
	r.adoptStatuses()
	r.statuses = r.statuses.withExtensions(r.contact.Info.Phones)
	return r
}

// adoptStatuses gives each email the status that an earlier version exported under another form of its address: that
// version compared addresses in lower case, in which a final sigma is a letter of its own and the Kelvin sign is a k.
// An email that gets two statuses keeps an objection. A status that belongs to one of the emails stays where it is.
func (r *record) adoptStatuses() {
	own := r.statuses.of(&r.contact.Info).emails
	if len(own) == len(r.statuses.emails) {
		return
	}
	adopted := maps.Clone(r.statuses.emails)
	for _, e := range r.contact.Info.Emails {
		key, old := e.statusKey(), strings.ToLower(strings.TrimSpace(e.Address))
		st, ok := r.statuses.emails[old]
		if _, taken := own[old]; !ok || taken {
			continue
		}
		delete(adopted, old)
		if adopted[key].subscription != SubscriptionUnsubscribed {
			adopted[key] = st
		}
	}
	r.statuses.emails = adopted
}

func readCount(o wire.Object, name string) uint64 {
	return wire.Scalar(o, wire.FormatInteger, parseCount, name)
}

// parseCount accepts a number without sign, fraction and exponent up to countMax, which has 63 bits.
func parseCount(n *wire.Node) (uint64, bool) {
	count, err := strconv.ParseUint(n.Text, 10, 63)
	return count, err == nil && n.Kind == wire.KindNumber
}
