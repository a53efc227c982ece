package contacts

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts/internal/wire"
)

// Job is the state or the outcome of a bulk call. It encodes to JSON in the wire shape, and decodes from it (BLK-9).
type Job struct {
	ID           uuid.UUID
	Type         JobType
	Status       JobStatus // RUNNING, COMPLETED, or UNKNOWN_STATUS if it was interrupted (BLK-6)
	StartedDate  time.Time
	FinishedDate time.Time // zero while it is running
	TotalItems   int       // contacts that were selected
	SuccessTotal int       // contacts that were written
	FailedTotal  int
	Errors       []JobError // why contacts failed, sorted by code
}

// JobError counts the contacts of a job that failed with the same code.
type JobError struct {
	Count   int    `json:"count"`
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// MarshalJSON writes the wire shape.
func (j Job) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID           uuid.UUID  `json:"id"`
		Type         JobType    `json:"type"`
		Status       JobStatus  `json:"status"`
		StartedDate  wire.Time  `json:"startedDate,omitzero"`
		FinishedDate wire.Time  `json:"finishedDate,omitzero"`
		TotalItems   int        `json:"totalItems"`
		SuccessTotal int        `json:"successTotal"`
		FailedTotal  int        `json:"failedTotal"`
		Errors       []JobError `json:"errors,omitempty"`
	}{
		j.ID, j.Type, j.Status, wire.Time(j.StartedDate), wire.Time(j.FinishedDate),
		j.TotalItems, j.SuccessTotal, j.FailedTotal, j.Errors,
	})
}

// UnmarshalJSON reads the wire shape.
func (j *Job) UnmarshalJSON(text []byte) error { return unmarshal(text, "", j, readJob) }

func readJob(v wire.Value) Job {
	o := v.Object()
	return Job{
		ID: o.GUID("id"), Type: wire.Enum[JobType](o, "type"), Status: wire.Enum[JobStatus](o, "status"),
		StartedDate: o.Time("startedDate"), FinishedDate: o.Time("finishedDate"),
		TotalItems: o.Integer("totalItems"), SuccessTotal: o.Integer("successTotal"),
		FailedTotal: o.Integer("failedTotal"), Errors: wire.List(o, "errors", readJobError),
	}
}

func readJobError(v wire.Value) JobError {
	o := v.Object()
	return JobError{Count: o.Integer("count"), Code: Code(o.Text("code")), Message: o.Text("message")}
}

// after returns the job after more contacts. failed has the numbers of all contacts that have failed so far.
func (j Job) after(more int, failed map[Code]int) Job {
	done := j.SuccessTotal + j.FailedTotal + more
	j.FailedTotal, j.Errors = 0, nil
	for _, code := range slices.Sorted(maps.Keys(failed)) {
		j.FailedTotal += failed[code]
		message := cmp.Or(jobMessages[code], string(code))
		j.Errors = append(j.Errors, JobError{Count: failed[code], Code: code, Message: message})
	}
	j.SuccessTotal = done - j.FailedTotal
	return j
}

// end ends a job. V4 has no status for an interrupted job, so it gets JobStatusUnknown (BLK-6).
func (j *Job) end(now time.Time) {
	j.Status, j.FinishedDate = JobStatusCompleted, now
	if j.SuccessTotal+j.FailedTotal < j.TotalItems {
		j.Status = JobStatusUnknown
	}
}

func (j Job) clone() Job {
	j.Errors = slices.Clone(j.Errors)
	return j
}

// jobMessages describe the codes of contacts that fail. Each is about many contacts and names none of them.
var jobMessages = map[Code]string{
	ErrContactNotFound:           "the contact was deleted or merged away after the job began",
	ErrDeleteSiteMembers:         "a member of the site cannot be deleted",
	ErrDeleteOwnerOrContributor:  "an owner or contributor of the site cannot be deleted",
	ErrDeleteBillingSubscription: "a contact that pays by subscription cannot be deleted",
	ErrUpdateMemberEmail:         "the primary email of a member cannot change",
	ErrInsufficientData:          "a contact needs a name, an email or a phone",
	ErrDuplicate:                 "another contact has this primary email or phone",
	ErrLabelNotFound:             "a label was deleted after the job began",
	ErrFieldNotFound:             "an extended field was deleted after the job began",
	ErrInvalidFieldValue:         "an extended field has another type since the job began",
	ErrInvalid:                   "the contact would exceed a limit",
}

const jobsMax = 100

// jobs keeps the newest bulk jobs of a store. Their lists of errors are never written to, and so may be shared within
// the package.
type jobs struct {
	lock sync.Mutex
	list []Job // oldest first
}

func (js *jobs) add(job Job) {
	js.lock.Lock()
	defer js.lock.Unlock()
	done := func(j Job) bool { return j.Status != JobStatusRunning }
	if i := slices.IndexFunc(js.list, done); i >= 0 && len(js.list) >= jobsMax {
		js.list = slices.Delete(js.list, i, i+1)
	}
	js.list = append(js.list, job)
}

// update replaces a job, if it is still kept.
func (js *jobs) update(job Job) {
	js.lock.Lock()
	defer js.lock.Unlock()
	if kept := js.find(job.ID); kept != nil {
		*kept = job
	}
}

// find returns the newest job with an ID, in case Options.NewID repeats itself, nil if none is kept. The lock is held.
func (js *jobs) find(id uuid.UUID) *Job {
	for i := len(js.list) - 1; i >= 0; i-- {
		if js.list[i].ID == id {
			return &js.list[i]
		}
	}
	return nil
}

// get returns a copy of a job, if it is still kept.
func (js *jobs) get(id uuid.UUID) (Job, bool) {
	js.lock.Lock()
	defer js.lock.Unlock()
	if kept := js.find(id); kept != nil {
		return kept.clone(), true
	}
	return Job{}, false
}

// oldest returns copies of the jobs, the oldest first.
func (js *jobs) oldest() []Job {
	list := js.newest()
	slices.Reverse(list)
	return list
}

// restore adds a job from the log, or replaces it if it is running. It ends the job if all of its contacts are done:
// only commits are in the log, not the end of a job. The time is that of the commit.
func (js *jobs) restore(job Job, at time.Time) {
	if job.Status == JobStatusRunning && job.SuccessTotal+job.FailedTotal == job.TotalItems {
		job.end(at)
	}
	if kept, ok := js.get(job.ID); ok && kept.Status == JobStatusRunning {
		js.update(job)
	} else {
		js.add(job) // Options.NewID may repeat itself
	}
}

// interrupt ends the jobs that a store of the past has not ended: they were complete, or were cut off.
func (js *jobs) interrupt(last time.Time) {
	for _, job := range js.oldest() {
		if job.Status == JobStatusRunning {
			job.end(last)
			js.update(job)
		}
	}
}

// newest returns copies of the jobs, the newest first.
func (js *jobs) newest() []Job {
	js.lock.Lock()
	defer js.lock.Unlock()
	list := make([]Job, 0, len(js.list))
	for _, job := range slices.Backward(js.list) {
		list = append(list, job.clone())
	}
	return list
}
