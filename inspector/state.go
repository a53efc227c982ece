package inspector

import (
	"net/http"
	"time"

	"github.com/contactsdb/contacts"
)

// statePage is the data of the page of the state of a store.
type statePage struct {
	Problem, Done                            *note
	Contacts, Labels, Fields, Members, Bills int
	Merged                                   int // old IDs
	Newest, FeedStart                        int // positions
	Writes                                   writesChart
	Consent, Delivery                        barChart
	Controls                                 *controlsPart // nil: none
}

// controlsPart is the part about controls.
type controlsPart struct {
	Stores []StoreLink
	States []string
	Now    time.Time
}

// state shows numbers of the store.
func (v *visit) state() error { return v.showState(http.StatusOK, nil) }

func (v *visit) showState(status int, said *note) error {
	sn := v.store.Snapshot()
	out := &statePage{
		Problem: said, Done: doneNote(v.r.URL.Query().Get("done")), Contacts: sn.Len(), Newest: int(sn.Position()),
	}
	numbers := v.store.Stats()
	out.Labels, out.Fields, out.Merged = numbers.Labels, numbers.Fields, numbers.Merged
	if err := v.countStatuses(out, sn); err != nil {
		return err
	}
	var writes []write
	start, err := v.commits(v.r.Context(), 0, sn.Position(), func(c contacts.Commit) {
		for _, ch := range c.Changes {
			writes = append(writes, write{c.Time, ch.Kind})
		}
	})
	if err != nil {
		return err
	}
	out.FeedStart, out.Writes = int(start), chartOf(writes)
	if c := v.opts.Controls; c != nil {
		out.Controls = &controlsPart{c.Stores(), c.States(), c.Now()}
	}
	return v.render(status, "state", "State", out)
}

// noEmail is the status of contacts without an email.
const noEmail = "NO_EMAIL"

// countStatuses counts the statuses of primary emails.
func (v *visit) countStatuses(out *statePage, sn *contacts.Snapshot) error {
	consent, delivery := map[string]int{}, map[string]int{}
	n := 0
	for c := range sn.All() {
		if n++; n%1000 == 0 && v.r.Context().Err() != nil {
			return v.r.Context().Err()
		}
		if c.BillingSubscription() {
			out.Bills++
		}
		if c.Member() != nil {
			out.Members++
		}
		e := c.PrimaryEmail()
		if e.Email == "" {
			consent[noEmail]++
			delivery[noEmail]++
			continue
		}
		consent[string(e.SubscriptionStatus)]++
		delivery[string(e.DeliverabilityStatus)]++
	}
	out.Consent = barsOf(consent, string(contacts.SubscriptionSubscribed), string(contacts.SubscriptionPending),
		string(contacts.SubscriptionUnsubscribed), string(contacts.SubscriptionNotSet), noEmail)
	out.Delivery = barsOf(delivery, string(contacts.EmailDeliverabilityValid),
		string(contacts.EmailDeliverabilityInactive), string(contacts.EmailDeliverabilityBounced),
		string(contacts.EmailDeliverabilitySpamComplaint), string(contacts.EmailDeliverabilityNotSet), noEmail)
	return nil
}
