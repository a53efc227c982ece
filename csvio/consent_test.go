package csvio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/csvio"
)

// TestConsentWords lists what cells of subscriptions mean, by the heading of the column.
func TestConsentWords(t *testing.T) {
	const unknown = contacts.SubscriptionStatus("")
	for _, test := range []struct {
		headings []string
		words    map[contacts.SubscriptionStatus][]string
	}{
		{[]string{"Email subscriber status", "Email Marketing Consent", "Email status", "Subscription Status",
			"Person - Marketing status"},
			map[contacts.SubscriptionStatus][]string{
				contacts.SubscriptionSubscribed: {"Subscribed", "SUBSCRIBED", "opted-in", "Active", "yes", "1",
					"Double Opt-In"},
				contacts.SubscriptionUnsubscribed: {"Unsubscribed", "UNSUBSCRIBED", "Unsubscribed (by admin)",
					"opted out", "No",
					"0", "Inactive", "complained", "suppressed", "abgemeldet", "Removed"},
				contacts.SubscriptionPending: {"Pending", "unconfirmed", "Awaiting confirmation"},
				contacts.SubscriptionNotSet: {"Never subscribed", "NEVER_SUBSCRIBED", "not set", "no_consent",
					"unknown", "none"},
				unknown: {"Spring", "2024-05-06", "?"},
			}},
		{[]string{"Accepts Email Marketing", "Newsletter", "Opt-in"},
			map[contacts.SubscriptionStatus][]string{
				contacts.SubscriptionSubscribed:   {"yes", "TRUE", "1", "x", "ja", "Oui", "да", "はい", "subscribed"},
				contacts.SubscriptionUnsubscribed: {"no", "FALSE", "0", "Nein", "non", "нет", "いいえ", "unsubscribed"},
				unknown:                           {"Spring"},
			}},
		{[]string{"Email Opt Out", "HasOptedOutOfEmail", "Unsubscribed from all email", "Unsubscribed", "Do not email",
			"Opted out of email: Spring news", "Confirmed opt-out date", "UNSUB_TIME", "Do not contact",
			"EMAIL_BLACKLIST", "Opt-Out?", "Date of last unsubscription", "Newsletter: opted out", "Do not e-mail (2026)"},
			map[contacts.SubscriptionStatus][]string{
				contacts.SubscriptionUnsubscribed: {"1", "true", "Yes", "x", "2024-05-06", "too many mails",
					"unsubscribed", "?"},
				contacts.SubscriptionNotSet: {"0", "false", "No", "nein", "", "subscribed"},
			}},
		{[]string{"Status"},
			map[contacts.SubscriptionStatus][]string{
				contacts.SubscriptionSubscribed:   {"Subscribed"},
				contacts.SubscriptionUnsubscribed: {"Unsubscribed", "opted out", "Do not contact"},
				unknown:                           {"Active", "Lead", "yes", "Pending"}, // of a customer, perhaps
			}},
	} {
		for _, heading := range test.headings {
			for want, list := range test.words {
				for _, word := range list {
					t.Run("CSV-4 "+heading+": "+word, func(t *testing.T) {
						row := one(t, "Email,"+heading+"\na@example.com,"+word+"\n", nil)
						c := row.Contact
						switch want {
						case contacts.SubscriptionNotSet:
							require.Empty(t, c.PrimaryEmail)
						case unknown:
							require.Empty(t, c.PrimaryEmail)
							require.Equal(t, []remark{{heading, csvio.NotImported}}, treatments(row))
						default:
							require.Equal(t, contacts.PrimaryEmail{Email: "a@example.com", SubscriptionStatus: want},
								c.PrimaryEmail)
						}
					})
				}
			}
		}
	}
}

func TestConsent(t *testing.T) {
	email := func(address string, status contacts.SubscriptionStatus) contacts.PrimaryEmail {
		return contacts.PrimaryEmail{Email: address, SubscriptionStatus: status}
	}
	phone := func(number string, status contacts.SubscriptionStatus) contacts.PrimaryPhone {
		return contacts.PrimaryPhone{Phone: number, SubscriptionStatus: status}
	}
	const no, yes = contacts.SubscriptionUnsubscribed, contacts.SubscriptionSubscribed
	for _, test := range []struct {
		name, text string
		opts       csvio.Options
		email      contacts.PrimaryEmail
		phone      contacts.PrimaryPhone
		remarks    []csvio.Remark
	}{
		{name: "an objection in any column counts",
			text:  "Email,Newsletter,Opted out,Email status\na@example.com,yes,1,active\n",
			email: email("a@example.com", no), remarks: []csvio.Remark{{"Newsletter", csvio.OtherSpelling,
				csvio.Rewritten},
				{"Opted out", csvio.OtherSpelling, csvio.Rewritten}, {"Email status", csvio.OtherSpelling,
					csvio.Rewritten}}},
		{name: "an objection in the first column counts", text: "Email,Opted out,Newsletter\na@example.com,1,yes\n",
			email: email("a@example.com", no), remarks: []csvio.Remark{{"Opted out", csvio.OtherSpelling,
				csvio.Rewritten},
				{"Newsletter", csvio.OtherSpelling, csvio.Rewritten}}},
		{name: "the primary email has it",
			text: "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Email opt out\n" +
				",a@example.com,* Home,b@example.com,1\n",
			email: email("b@example.com", no), remarks: []csvio.Remark{{"Email opt out", csvio.OtherSpelling,
				csvio.Rewritten}}},
		{name: "a column before the email", text: "Email subscriber status,Email\nunsubscribed,a@example.com\n",
			email: email("a@example.com", no)},
		{name: "a phone of a country", text: "Phone,Country,SMS subscriber status\n020 7946 0018,GB,unsubscribed\n",
			phone: phone("020 7946 0018", no)},
		{name: "a phone in international form", text: "Phone,SMS subscriber status\n+44 20 7946 0018,subscribed\n",
			phone: phone("+44 20 7946 0018", yes)},
		{name: "the first valid phone", text: "Phone,Mobile,Country,Do not call\n12,020 7946 0018,GB,unsubscribed\n",
			phone: phone("020 7946 0018", no)},
		{name: "the country of the options", text: "Phone,SMS subscriber status\n020 7946 0018,unsubscribed\n",
			opts: csvio.Options{Region: "GB"}, phone: phone("020 7946 0018", no)},
		{name: "email and phone", text: "Email,Phone,Do not contact\na@example.com,+44 20 7946 0018,x\n",
			email: email("a@example.com", no), phone: phone("+44 20 7946 0018", no),
			remarks: []csvio.Remark{{"Do not contact", csvio.OtherSpelling, csvio.Rewritten}}},
		{name: "no valid phone", text: "Phone,SMS subscriber status\n020 7946 0018,unsubscribed\n",
			remarks: []csvio.Remark{{"SMS subscriber status", csvio.NotImported, csvio.NoValidPhone}}},
		{name: "no phone", text: "First Name,SMS subscriber status\nAda,unsubscribed\n",
			remarks: []csvio.Remark{{"SMS subscriber status", csvio.NotImported, csvio.NoField}}},
		{name: "no email", text: "First Name,Email,Email subscriber status\nAda,,unsubscribed\n",
			remarks: []csvio.Remark{{"Email subscriber status", csvio.NotImported, csvio.NoField}}},
	} {
		t.Run("CSV-4 "+test.name, func(t *testing.T) {
			row := one(t, test.text, &test.opts)
			require.Equal(t, test.email, row.Contact.PrimaryEmail)
			require.Equal(t, test.phone, row.Contact.PrimaryPhone)
			require.Equal(t, test.remarks, row.Remarks)
			if test.email == (contacts.PrimaryEmail{}) && test.phone == (contacts.PrimaryPhone{}) {
				return
			}
			s, err := contacts.New(nil)
			require.NoError(t, err)
			defer s.Close()
			report, err := s.Import(t.Context(), newReader(t, test.text, &test.opts).Contacts(), nil)
			require.NoError(t, err)
			require.Empty(t, report.Errors)
			for v := range s.Snapshot().All() {
				if status := test.email.SubscriptionStatus; status != "" {
					require.Equal(t, status, v.PrimaryEmail().SubscriptionStatus)
				}
				if status := test.phone.SubscriptionStatus; status != "" {
					require.Equal(t, status, v.Subscription(v.Clone().Info.Phones[len(v.Clone().Info.Phones)-1].E164))
				}
			}
		})
	}
	t.Run("CSV-4 a status that cannot be kept is kept in a field", func(t *testing.T) {
		row := one(t, "Phone,SMS subscriber status\n12,unsubscribed\n", &csvio.Options{
			MakeField: func(name string) (string, error) { return "custom." + strings.ReplaceAll(name, " ", "-"), nil },
		})
		require.Equal(t, map[string]any{"custom.SMS-subscriber-status": "unsubscribed"},
			row.Contact.Info.ExtendedFields)
		require.Equal(t, []csvio.Remark{{"SMS subscriber status", csvio.FieldOnly, csvio.NoValidPhone}}, row.Remarks)
	})
}

func TestObjections(t *testing.T) {
	for heading, want := range map[string]bool{
		"Has unsubscribed?": true, "sms_unsubscribed": true, "Opted out of news": true, "BLOCKLISTED": true,
		"Unsubscribe URL": false, "unsubscribe_link": false, "Unsubscribe token": false, "Opt-out reason": false,
		"Subscribed on": false, "Optometrist": false,
	} {
		t.Run("CSV-4 "+heading, func(t *testing.T) {
			row := one(t, "Email,Phone,"+heading+"\na@example.com,+44 20 7946 0018,x\n", nil)
			no := row.Contact.PrimaryEmail.SubscriptionStatus == contacts.SubscriptionUnsubscribed ||
				row.Contact.PrimaryPhone.SubscriptionStatus == contacts.SubscriptionUnsubscribed
			require.Equal(t, want, no)
			require.Equal(t, heading == "sms_unsubscribed",
				row.Contact.PrimaryPhone.SubscriptionStatus == contacts.SubscriptionUnsubscribed)
		})
	}
}
