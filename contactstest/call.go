package contactstest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Call is a call of a method of [API], or an HTTP request, that has passed the fault rules. A Call that the package
// hands out is the caller's own: it shares no memory with the store nor with the code under test.
type Call struct {
	Number int       // among all calls of the store, in the order in which they began, from 1
	Nth    int       // among the calls of the method, from 1
	Method Method    // "" for a request that is not one of the API
	Time   time.Time // of the test's clock when the call began; zero without a clock

	// Request is the method and the path of an HTTP request, such as "GET /contacts/v4/labels"; "" for a call in Go. Of
	// the arguments below a request has the ID, and of the results the Status.
	Request string

	Args
	Result

	// Err is the error that the caller got. If a rule caused it although the call reached the store, StoreErr is the
	// error that the store returned.
	Err, StoreErr error

	// Reached reports whether the call reached the store. A caller whose reply was lost does not know.
	Reached bool

	// Fault is the rule that decided the outcome of the call, as text; "" if none did.
	Fault string

	lost bool // the caller did not get the result of the store
}

// Args are the arguments of a call. Those that a method does not have are zero.
type Args struct {
	ID          uuid.UUID   // the contact or the job that the call names; of a merge the target
	Revision    int         // that the caller has seen
	Sources     []uuid.UUID // of a merge
	Info        contacts.Info
	Patch       contacts.Patch
	Keys        []string // of the labels to add or, with Unlabel, to remove; the key of a label or an extended field
	RemoveKeys  []string // of the labels that BulkLabel removes
	DisplayName string   // of a label or an extended field
	DataType    contacts.DataType
	Query       contacts.Query
	Labels      contacts.LabelQuery // of ListLabels
	Fields      contacts.FieldQuery // of ListFields
	Filter      contacts.Filter     // of Facets
	Selection   contacts.Selection  // of a bulk call

	// Options are a copy of the options: a contacts.CreateOptions, contacts.GetOptions, and so on; nil for a nil
	// pointer and for methods without options.
	Options any
}

// Result is the result of a call, zero if the caller got none. A page is represented by the IDs or keys of its items.
type Result struct {
	Contact     *contacts.Contact // of PreviewMerge the merged contact
	IDs         []uuid.UUID       // of the contacts of a page, or of the jobs
	KeysFound   []string          // of the labels, extended fields or facets of a page
	Total       int               // of a page
	Created     bool              // by FindOrCreateLabel, FindOrCreateField and Submit
	Label       contacts.Label
	Field       contacts.Field
	Submission  contacts.Submission
	Job         contacts.Job
	Fingerprint contacts.Fingerprint // of PreviewMerge
	Status      int                  // of the reply to a request; 0 if the connection was cut before it
}

// String describes the call in a line, with IDs and codes and without values of contacts.
func (c Call) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d ", c.Number)
	if c.Request != "" {
		b.WriteString(c.Request)
	} else {
		b.WriteString(string(c.Method))
		c.writeArgs(&b)
	}
	b.WriteString(" -> ")
	c.writeResult(&b)
	if c.Fault != "" {
		b.WriteString(", by rule " + c.Fault)
		switch {
		case c.lost && c.Request != "":
			b.WriteString(", after its effect")
		case c.lost:
			b.WriteString(", after the store had answered " + outcomeText(c.StoreErr))
		}
	}
	return b.String()
}

func (c *Call) writeArgs(b *strings.Builder) {
	if c.ID != uuid.Nil {
		b.WriteString(" " + c.ID.String())
	}
	if c.Method.hasRevision() {
		fmt.Fprintf(b, " rev %d", c.Revision)
	}
	for i, id := range c.Sources {
		if i == 3 {
			fmt.Fprintf(b, " and %d more", len(c.Sources)-i)
			break
		}
		b.WriteString(" <- " + id.String())
	}
	if keys := slices.Concat(c.Keys, c.RemoveKeys); len(keys) > 0 {
		fmt.Fprintf(b, " %.80q", keys)
	}
}

func (c *Call) writeResult(b *strings.Builder) {
	switch {
	case c.Err != nil:
		b.WriteString(outcomeText(c.Err))
	case c.Status != 0:
		fmt.Fprintf(b, "status %d", c.Status)
	case c.Request != "":
		b.WriteString("no reply")
	case c.Contact != nil:
		fmt.Fprintf(b, "%s rev %d", c.Contact.ID, c.Contact.Revision)
	case c.Submission.ContactID != uuid.Nil:
		b.WriteString(c.Submission.ContactID.String())
	case c.Label.Key != "":
		b.WriteString(c.Label.Key)
	case c.Field.Key != "":
		b.WriteString(c.Field.Key)
	case c.IDs != nil || c.KeysFound != nil:
		fmt.Fprintf(b, "%d of %d", len(c.IDs)+len(c.KeysFound), c.Total)
	case c.Job.ID != uuid.Nil:
		fmt.Fprintf(b, "job %s: %d written, %d failed", c.Job.ID, c.Job.SuccessTotal, c.Job.FailedTotal)
	default:
		b.WriteString("ok")
	}
}

// outcomeText returns the code of an error, or its text if it has none.
func outcomeText(err error) string {
	if err == nil {
		return "ok"
	}
	if code := contacts.CodeOf(err); code != "" {
		return string(code)
	}
	return err.Error()
}

// clone returns a copy that shares no memory. Errors are shared: no one changes them.
func (c *Call) clone() Call {
	out := *c
	out.Args = c.Args.clone()
	out.Contact = c.Contact.Clone()
	out.IDs, out.KeysFound = slices.Clone(c.IDs), slices.Clone(c.KeysFound)
	out.Job = cloneJob(c.Job)
	return out
}

func cloneJob(job contacts.Job) contacts.Job {
	job.Errors = slices.Clone(job.Errors)
	return job
}

// clone returns a copy that shares no memory.
func (a *Args) clone() Args {
	out := *a
	out.Sources, out.Keys, out.RemoveKeys = slices.Clone(a.Sources), slices.Clone(a.Keys), slices.Clone(a.RemoveKeys)
	out.Info = a.Info.Clone()
	out.Patch = clonePatch(a.Patch)
	out.Query.Sort = slices.Clone(a.Query.Sort)
	out.Labels.Sort, out.Fields.Sort = slices.Clone(a.Labels.Sort), slices.Clone(a.Fields.Sort)
	out.Options = cloneOptions(a.Options)
	return out
}

// clonePatch copies a patch through an Info, which has the same lists.
func clonePatch(p contacts.Patch) contacts.Patch {
	var in contacts.Info
	in.Emails, _ = p.Emails.Get()
	in.Phones, _ = p.Phones.Get()
	in.Addresses, _ = p.Addresses.Get()
	in.LabelKeys, _ = p.LabelKeys.Get()
	in.ExtendedFields, _ = p.ExtendedFields.Get()
	in.Picture, _ = p.Picture.Get()
	in.Locations, _ = p.Locations.Get()
	in.AssignedUserIDs, _ = p.AssignedUserIDs.Get()
	in = in.Clone()
	reset(&p.Emails, in.Emails)
	reset(&p.Phones, in.Phones)
	reset(&p.Addresses, in.Addresses)
	reset(&p.LabelKeys, in.LabelKeys)
	reset(&p.ExtendedFields, in.ExtendedFields)
	reset(&p.Picture, in.Picture)
	reset(&p.Locations, in.Locations)
	reset(&p.AssignedUserIDs, in.AssignedUserIDs)
	p.SetFields = contacts.Info{ExtendedFields: p.SetFields}.Clone().ExtendedFields
	return p
}

// reset replaces a value that is present.
func reset[T any](o *contacts.Opt[T], v T) {
	if _, ok := o.Get(); ok {
		*o = contacts.Set(v)
	}
}

// optionValue returns what opts points to, for Args.Options: nil for nil.
func optionValue[T any](opts *T) any {
	if opts == nil {
		return nil
	}
	return *opts
}

// cloneOptions copies options, which Args has by value.
func cloneOptions(opts any) any {
	switch o := opts.(type) {
	case contacts.CreateOptions:
		o.Unsubscribe = slices.Clone(o.Unsubscribe)
		return o
	case contacts.UpdateOptions:
		o.Unsubscribe = slices.Clone(o.Unsubscribe)
		return o
	case contacts.GetOptions:
		o.Fields, o.Fieldsets = slices.Clone(o.Fields), slices.Clone(o.Fieldsets)
		return o
	case contacts.ListOptions:
		o.Fields, o.Fieldsets = slices.Clone(o.Fields), slices.Clone(o.Fieldsets)
		return o
	case contacts.SubmitOptions:
		if o.Activity.Icon != nil {
			icon := *o.Activity.Icon
			o.Activity.Icon = &icon
		}
		return o
	default:
		return opts
	}
}

// DefaultCalls is the number of calls that are kept for Calls.
const DefaultCalls = 128

// callLog keeps the last calls.
type callLog struct {
	mu      sync.Mutex
	most    int
	calls   []*Call // a ring: the oldest is at next once it is full
	next    int
	number  int // of the last call
	methods map[Method]int
}

// begin numbers a call that begins.
func (r *callLog) begin(c *Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.methods == nil {
		r.methods = map[Method]int{}
	}
	r.number++
	r.methods[c.Method]++
	c.Number, c.Nth = r.number, r.methods[c.Method]
}

// end keeps a call that has ended.
func (r *callLog) end(c *Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.most == 0:
	case len(r.calls) < r.most:
		r.calls = append(r.calls, c)
	default:
		r.calls[r.next] = c
		r.next = (r.next + 1) % r.most
	}
}

// limit sets how many calls are kept, and forgets the calls kept so far.
func (r *callLog) limit(most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.most, r.calls, r.next = max(most, 0), nil, 0
}

// numbered returns the number of the last call.
func (r *callLog) numbered() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.number
}

// count returns the number of calls of a method so far.
func (r *callLog) count(m Method) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.methods[m]
}

// keeps reports whether calls are kept.
func (r *callLog) keeps() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most > 0
}

// list returns copies of the kept calls that match, the oldest first.
func (r *callLog) list(matches func(*Call) bool) []Call {
	r.mu.Lock()
	kept := slices.Concat(r.calls[r.next:], r.calls[:r.next])
	r.mu.Unlock()
	var out []Call
	for _, c := range kept { // a call that has ended never changes
		if matches(c) {
			out = append(out, c.clone())
		}
	}
	return out
}
