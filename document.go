package contacts

import (
	"time"
	"unique"

	"github.com/google/uuid"
)

// document is a contact as the store keeps it: without what follows from its Info, its member and its statuses (DRV-1),
// which [derive] makes when the contact is read. The primary items of Info come first. What few contacts have takes the
// memory of a pointer.
type document struct {
	ID           uuid.UUID
	Revision     int
	CreatedDate  moment
	UpdatedDate  moment
	activityDate moment
	activityType ActivityType
	source       unique.Handle[Source] // shared by all contacts that have the same
	Info         Info                  // without derived extended fields
	Member       *Member
	captured     *captured // nil for none
}

// captured has the parts that only contacts in captured data have. It is never changed.
type captured struct {
	segments []uuid.UUID
	picture  *Image
	activity Activity // of the last one: all except its date and its type
}

// documentOf returns the document of a contact. It shares the memory of c.
func documentOf(c *Contact) document {
	d := document{
		ID: c.ID, Revision: c.Revision, source: unique.Make(c.Source),
		CreatedDate: momentOf(c.CreatedDate), UpdatedDate: momentOf(c.UpdatedDate), Info: c.Info, Member: c.Member,
	}
	d.setCaptured(captured{segments: c.Segments, picture: c.Picture})
	d.setLastActivity(c.LastActivity)
	return d
}

// contact returns the contact without what follows from it. It shares the memory of d.
func (d *document) contact() Contact {
	var c Contact
	d.fill(&c)
	return c
}

// fill sets a zero Contact to what contact returns, without a copy of all of it.
func (d *document) fill(c *Contact) {
	c.ID, c.Revision, c.Source = d.ID, d.Revision, d.Source()
	c.CreatedDate, c.UpdatedDate, c.LastActivity = d.CreatedDate.time(), d.UpdatedDate.time(), d.lastActivity()
	c.Info, c.Member = d.Info, d.Member
	if d.captured != nil {
		c.Segments, c.Picture = d.captured.segments, d.captured.picture
	}
}

// Source returns where the contact came from.
func (d *document) Source() Source {
	if d.source == (unique.Handle[Source]{}) {
		return Source{}
	}
	return d.source.Value()
}

func (d *document) lastActivity() Activity {
	var a Activity
	if d.captured != nil {
		a = d.captured.activity
	}
	a.ActivityDate, a.ActivityType = d.activityDate.time(), d.activityType
	return a
}

func (d *document) setLastActivity(a Activity) {
	d.activityDate, d.activityType = momentOf(a.ActivityDate), a.ActivityType
	c := deref(d.captured)
	c.activity = a
	c.activity.ActivityDate, c.activity.ActivityType = time.Time{}, ""
	d.setCaptured(c)
}

func (d *document) setCaptured(c captured) {
	d.captured = nil
	if len(c.segments) > 0 || c.picture != nil || !c.activity.equal(Activity{}) {
		kept := c // on the heap, only here
		d.captured = &kept
	}
}

// moment is a time in UTC and whole milliseconds, 0 for the zero time.
type moment int64

const millisTo1970 = 62_135_596_800_000 // from the zero time

func momentOf(t time.Time) moment { return moment(t.UnixMilli() + millisTo1970) }

func (m moment) time() time.Time { return time.UnixMilli(int64(m) - millisTo1970).UTC() }
