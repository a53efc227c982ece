package vcardio_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

func Example() {
	const text = `BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=B6wenthal;K=C3=A4the
TEL;CELL;PREF:+49 171 3920007
BDAY:soon
NOTE:likes tea
END:VCARD
`
	r, err := vcardio.NewReader(strings.NewReader(text), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for row, err := range r.Rows() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		info := row.Contact.Info
		fmt.Println(info.Name.First, info.Name.Last, info.Phones[0].Tag, info.Phones[0].CountryCode)
		for _, remark := range row.Remarks {
			fmt.Printf("line %d: %s %s: %s\n", remark.Line, remark.Property, remark.What, remark.Why)
		}
	}
	// Output:
	// Käthe Möwenthal MOBILE DE
	// line 5: BDAY not imported: not a date
	// line 6: NOTE not imported: a contact has no field for it
}

// Extended fields and labels are made as the cards need them.
func ExampleReader_Contacts() {
	const text = `BEGIN:VCARD
VERSION:3.0
FN:Ada Byron
EMAIL;TYPE=WORK:ada@example.com
NICKNAME:Countess
CATEGORIES:VIP,Book club
END:VCARD
`
	ctx := context.Background()
	s, err := contacts.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := vcardio.NewReader(strings.NewReader(text), &vcardio.Options{
		MakeField: func(name string) (string, error) {
			field, _, err := s.FindOrCreateField(ctx, name, contacts.DataText)
			return field.Key, err
		},
		MakeLabel: func(category string) (string, error) {
			label, _, err := s.FindOrCreateLabel(ctx, category)
			return label.Key, err
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := s.Import(ctx, r.Contacts(), nil)
	fmt.Println(report.Imported, "imported,", err)
	for c := range s.Snapshot().All() {
		info := c.Clone().Info
		fmt.Println(info.ExtendedFields["custom.nickname"], info.LabelKeys)
	}
	// Output:
	// 1 imported, <nil>
	// Countess [custom.vip custom.book-club]
}

// A whole store is written with the names of its labels and extended fields.
func ExampleWrite() {
	ctx := context.Background()
	s, err := contacts.New(&contacts.Options{
		Now:   func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		NewID: func() uuid.UUID { return uuid.NewSHA1(uuid.Nil, []byte("Ada")) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	label, _, err := s.FindOrCreateLabel(ctx, "Book club")
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err = s.Create(ctx, contacts.Info{
		Name:      contacts.Name{First: "Ada", Last: "Byron"},
		Phones:    []contacts.Phone{{Tag: contacts.PhoneMobile, Number: "+44 20 7946 0001", CountryCode: "GB"}},
		LabelKeys: []string{label.Key},
	}, nil); err != nil {
		fmt.Println(err)
		return
	}

	sn := s.Snapshot()
	opts := &vcardio.Options{Fields: slices.Collect(sn.Fields()), Labels: make(map[string]string), Version: "4.0"}
	for l := range sn.Labels() {
		opts.Labels[l.DisplayName] = l.Key
	}
	var text strings.Builder
	all := func(yield func(*contacts.Contact) bool) {
		for v := range sn.All() {
			if !yield(v.Clone()) {
				return
			}
		}
	}
	if err := vcardio.Write(&text, all, opts); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(strings.ReplaceAll(text.String(), "\r\n", "\n"))
	// Output:
	// BEGIN:VCARD
	// VERSION:4.0
	// UID:urn:uuid:b48be00b-4ec7-5592-b3f6-90249913463e
	// N:Byron;Ada;;;
	// FN:Ada Byron
	// TEL;TYPE=CELL;PREF=1:+44 20 7946 0001
	// CATEGORIES:Book club
	// CREATED:20260102T030405Z
	// REV:20260102T030405Z
	// END:VCARD
}
