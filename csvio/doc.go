// Package csvio reads contacts from CSV as people have it, from address books, CRMs, shops and spreadsheets, and writes
// it.
//
// # Reading
//
// [NewReader] reads the header and works out the meaning of each column. [Reader.Contacts] then yields rows that a
// store can import; [Reader.Rows] yields the same rows with remarks, and the empty ones too:
//
//	r, err := csvio.NewReader(file, nil)
//	for row, err := range r.Rows() {
//		…
//	}
//
// A cell that does not identify the person never refuses the person: an ID of another program, a date that could be
// two, an unknown country. It is left out, and a [Remark] names its column and the reason, never the value (CSV-1).
// Nothing is lost silently, and nothing is guessed without a remark. Names, emails and phones are passed on as they
// are, and the store decides. [Options.Strict] refuses such rows instead.
//
// # Headings
//
// Case, spaces and punctuation are ignored: "E-mail 1 - Value" and "email_1_value" are equal. The table headings.csv
// lists the words of headings with their sources: Google Contacts, Outlook in 18 languages, Thunderbird, Yahoo, Wix,
// Mailchimp, HubSpot, Salesforce, Zoho, Pipedrive, Dynamics 365, ActiveCampaign, Brevo, Constant Contact, Klaviyo,
// MailerLite, Shopify, Stripe, WooCommerce, LinkedIn, and what people write by hand. Headings of emails, phones and
// addresses are composed, in any order: "Home Phone 2", "Phone (home)", "Téléphone (domicile)", "Address 2 - City",
// "Billing City".
//
// Columns with other headings are left over, and so are name prefixes, middle names and suffixes, unless
// [Options.JoinNames] is set. [Options.Columns] assigns a meaning to a heading, [Options.Fields] reads columns into
// extended fields, and [Options.MakeField] makes fields of all that is left over.
//
// # Values
//
//   - Dates are read in any common form, with month names in 16 languages. Whether 3/4/1999 is in March depends on the
//     other dates of the column, or on [Options.DateOrder] (CSV-3). For that the reader may read ahead.
//   - Columns of subscriptions give the primary email and phone their statuses. An objection in any of them counts
//     (CSV-4).
//   - Countries are found by their codes and by their names in English, in German and in their own languages. A country
//     column that belongs to no address applies to the whole row: to its phones, and to its addresses that name none.
//   - n/a, NULL, "-" and the like are no value. What a spreadsheet has damaged is repaired, as ="01067", or left out, as
//     4.91512E+11. Addresses are taken out of "Cy <cy@shop.example>", of links and of lists (CSV-5).
//   - Labels are those of [Options.Labels]; [Options.MakeLabel] makes the others (CSV-7).
//
// # Text
//
// Lines end with LF, CRLF or CR. Titles, notes and "sep=;" before the header are skipped. Bare quotes and \" are read.
// The text is UTF-8, or UTF-16 with a byte order mark, which spreadsheets call "Unicode"; [Options.Encoding] names
// another encoding. A text that is not UTF-8 is one error for the file, which names the likely encoding (CSV-6).
//
// # Writing
//
// [Write] writes contacts in a plain layout, which a reader reads back, or as Google Contacts imports them (CSV-9).
//
// # Errors and bounds
//
// An error in one line is a [*contacts.LineError] with the code [contacts.ErrInvalid], and reading continues with the
// next line. Messages never quote cells, because contacts are personal data. They name a heading only if it is
// recognized or comes from [Options]. A [Remark] may name any heading, so treat it like the file itself. [Limits] bound
// what a file may hold (CSV-10).
package csvio
