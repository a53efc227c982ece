package httpapi

import (
	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

func (c *call) submit() (reply, error) {
	type request struct {
		info            contacts.Info
		contactID       uuid.UUID
		passThroughData string
		activity        contacts.Activity
	}
	in, err := readBody(c, func(b body) request {
		activity := b.at("activity")
		return request{
			info: b.info(), contactID: b.GUID("contactId"), passThroughData: b.Text("passThroughData"),
			activity: contacts.Activity{
				ActivityDate: activity.Time("activityDate"),
				ActivityType: wire.Enum[contacts.ActivityType](activity.Object, "activityType"),
			},
		}
	})
	if err != nil {
		return nil, err
	}
	who := c.h.opts.Identify(c.asked)
	opts := &contacts.SubmitOptions{
		MemberID: who.MemberID, VisitorContactID: who.VisitorContactID, Source: who.Source,
		ContactID: in.contactID, PassThroughData: in.passThroughData, Activity: in.activity,
	}
	if in.contactID != uuid.Nil {
		opts.Override = c.h.opts.Authorize(c.asked, PermissionSubmitWithOverrides) == nil
	}
	done, err := c.store().Submit(c.ctx(), in.info, opts)
	if err != nil {
		return nil, err
	}
	return reply{
		{"contactId", done.ContactID}, {"identityType", done.IdentityType}, {"newContact", done.NewContact},
	}, nil
}
