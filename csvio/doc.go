// Package csvio reads contacts from CSV: spreadsheets kept by hand, and the exports of Google Contacts, Outlook,
// Thunderbird and the service's own dashboard.
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
// Nothing is lost silently: a [Remark] names each column whose cell is missing from the contact or was changed on its
// way there. The reader never guesses. Ambiguous and unknown values are passed on unchanged, and a store refuses them:
// "3/4/1999" may be in March or in April, and "Narnia" is not a country.
//
// # Headings
//
// Case, spaces and punctuation are ignored: "E-mail 1 - Value" and "email_1_value" are equal. These headings are
// recognized:
//
//   - of the person: First Name, Given Name, Last Name, Surname, Family Name, Name, Full Name, Company, Organization,
//     Job Title, Position, Birthday, Date of Birth, Birth Year, Birth Month, Birth Day, Locale;
//   - emails: Email, E-mail Address, Email 2, E-mail 2 Address, Work Email, and E-mail 1 - Value with E-mail 1 - Type
//     or E-mail 1 - Label;
//   - phones: Phone, Mobile, Telephone Number, Home Phone 2, Business Fax, and Phone 1 - Value with Phone 1 - Type or
//     Phone 1 - Label;
//   - addresses: Address, Street, House Number, Street 2, PO Box, City, State, Postal Code, Country, each also after
//     Home, Work, Business, Other, Billing, Shipping or Address 1;
//   - of the contact: ID, Created Date, Created At (UTC), Updated Date, and, with [Options.Labels], Labels, Categories
//     and Group Membership.
//
// Columns with other headings are not imported. [Options.Columns] assigns a meaning to such a heading, and
// [Options.Fields] reads columns into extended fields. A country column that belongs to no address applies to the whole
// row: to its phones, and to its addresses that name no country.
//
// # Text
//
// The text is UTF-8, or UTF-16 with a byte order mark, which spreadsheets call "Unicode". The caller decodes other
// encodings, for example with charmap.Windows1252 of golang.org/x/text: a row that is not valid UTF-8 is refused.
//
// Space around a cell does not count, and a cell that shows nothing, such as a byte order mark, is empty. Addresses are
// taken out of "Cy <cy@shop.example>", of links ("mailto:cy@shop.example?subject=Hi") and of lists, with a [Remark]; a
// cell of emails without any address is passed on unchanged.
//
// # Errors
//
// An error in one line is a [*contacts.LineError] with the code [contacts.ErrInvalid], and reading continues with the
// next line. Messages never quote cells, because contacts are personal data. They name a heading only if it is
// recognized or comes from [Options]. A [Remark] may name any heading, so treat it like the file itself.
package csvio
