// Package vcardio reads and writes vCards, versions 2.1, 3.0 and 4.0: what phones, mail programs, Google Contacts and
// Apple's Contacts export and import.
//
// # Reading
//
// [Reader.Contacts] yields rows that a store can import; [Reader.Rows] yields the same rows with remarks, and cards
// that make no contact, too:
//
//	r, err := vcardio.NewReader(file, nil)
//	for row, err := range r.Rows() {
//		…
//	}
//
// A value that a contact has no place for, or that is not valid, is left out with a [Remark] that names its line, its
// property and the reason. It never costs the person the contact (VCF-1), and with [Options.Strict] it does.
//
// By default a contact gets names, emails, phones, addresses, company, job title, birthdate, locale, the URL of a
// picture and the times of creation and change. Options add the rest: [Options.Fields] and [Options.MakeField] read
// notes, nicknames, web pages and the like into extended fields, and all other properties into the field "vCard", from
// which [Write] writes them again; [Options.Labels] and [Options.MakeLabel] make labels of categories;
// [Options.Picture] stores the bytes of pictures; [Options.IDs] takes the ID from the UID. docs/vcard.md maps each
// property.
//
// # Text
//
// Cards are read as programs write them. Lines end with LF, CR LF, CR or CR CR LF; the text is UTF-8, or UTF-16 with or
// without a byte order mark. Properties may be folded as in any version, quoted-printable or base64, and have a
// character set of their own. Text that is not UTF-8 and names no character set is decoded by a guess, with a remark.
// Parameters may be bare (TEL;HOME:), quoted or escaped (RFC 6868). A card may lack its END, its BEGIN if it has a
// VERSION, and have other cards in it.
//
// # Errors
//
// Text outside of cards, and a card that is too large, is a [*contacts.LineError] with the code [contacts.ErrInvalid],
// and reading continues with the next card. Messages and remarks never quote values, because contacts are personal
// data.
//
// # Writing
//
// [Write] writes contacts as vCards of version 3.0 or 4.0, which a [Reader] with the same options reads to equal
// contacts.
package vcardio
