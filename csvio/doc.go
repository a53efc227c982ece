// Package csvio reads contacts from CSV: what people write by hand in a spreadsheet, and the exports of Google Contacts,
// Outlook, Thunderbird and the service's own dashboard.
//
// # Reading
//
// [NewReader] reads the header and finds out what each column holds. [Reader.Contacts] then yields contacts as a store
// takes them; [Reader.Rows] yields the same with their lines and with remarks:
//
//	r, err := csvio.NewReader(file, nil)
//	for row, err := range r.Rows() {
//		…
//	}
//
// Nothing is lost without a word: a [Remark] names each column whose cell is not in the contact as it stands in the file.
// What the reader is not sure about stays as it is written, and a store refuses it: "3/4/1999" may be in March or in
// April, and "Narnia" is no country.
//
// # Headings
//
// Case, spaces and punctuation do not count: "E-mail 1 - Value" and "email_1_value" are the same. Recognized are
//
//   - of the person: First Name, Given Name, Last Name, Surname, Family Name, Name, Full Name, Company, Organization, Job
//     Title, Position, Birthday, Date of Birth, Birth Year, Birth Month, Birth Day, Locale;
//   - emails: Email, E-mail Address, Email 2, E-mail 2 Address, Work Email, and E-mail 1 - Value with E-mail 1 - Type or
//     E-mail 1 - Label;
//   - phones: Phone, Mobile, Telephone Number, Home Phone 2, Business Fax, and Phone 1 - Value with Phone 1 - Type or Phone
//     1 - Label;
//   - addresses: Address, Street, House Number, Street 2, PO Box, City, State, Postal Code, Country, and the same with Home,
//     Work, Business, Other, Billing, Shipping or Address 1 before it;
//   - of the contact: ID, Created Date, Created At (UTC), Updated Date, and, with [Options.Labels], Labels, Categories and
//     Group Membership.
//
// Columns with other headings are not imported. [Options.Columns] says what such a column holds, and [Options.Fields] which
// columns hold extended fields. A country without an address around it is that of the whole row: of its phones, and of its
// addresses that name none.
//
// # Text
//
// The text is UTF-8, or UTF-16 with a byte order mark, which spreadsheets call "Unicode". Other encodings are for the
// caller to decode, say by charmap.Windows1252 of golang.org/x/text: a row that is not UTF-8 is refused.
//
// # Errors
//
// What is wrong with one line is a [*contacts.LineError] with the code [contacts.ErrInvalid], and reading goes on after it.
// Messages never hold what is in a cell: contacts are personal data. They name headings that are recognized, or that
// come from [Options]. A [Remark] names any heading, so treat it as part of the file.
package csvio
