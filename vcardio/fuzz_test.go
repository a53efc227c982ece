package vcardio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/vcardio"
)

// FuzzCards reads any text. A store refuses no contact except one that nothing identifies, and every contact survives
// being written and read.
func FuzzCards(f *testing.F) {
	for _, text := range []string{
		card("2.1", "N;CHARSET=windows-1252;QUOTED-PRINTABLE:=E4=\n;b\nTEL;HOME;PREF:1\nADR;WORK:;;a=;b;NY;c;USA\n"+
			"LABEL;WORK:x\nGEO:1;2"),
		card("3.0", "item1.EMAIL;type=INTERNET;type=pref:a@x.test\nitem1.X-ABLabel:Boat\nBDAY:1604-01-02\n"+
			"CATEGORIES:a,b\\,c\n"+
			"ORG:a;b\nTITLE:c\nROLE:d\nNICKNAME:e\nNOTE:f\nURL:g\nX-H;I=j:k\nUID:l\nREV:20240102\nNOTE:m\nURL:n"),
		card("4.0", "FN:a\nN:b;c;d;e;f\nADR;LABEL=\"a^nb\";GEO=\"geo:1,2\":;;;;;;;;1;;2;3\nTEL:tel:+46-8;ext=2\n"+
			"PHOTO:https://x.test/a\n"+
			"RELATED;TYPE=child;VALUE=text:g\nX-CONTACTS-FIELD;KEY=custom.h:i\nX-CONTACTS-LABEL:custom.j\nGENDER:F;k\n"+
			"LANG:sv\n"+
			"ANNIVERSARY:20110506\nANNIVERSARY:20120506\nX-AIM:l\nIMPP:skype:m\nSOUND;X-IRMC-N:n;o"),
		card("", "FN:a\x00\nEMAIL:a@b,c\nTEL:\u200b\nADR:\u200b\nN:\ufeff\nORG:\u2800\n"+
			"UID:00000000-0000-4000-8000-000000000001"),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		opts := making()
		rows, _ := collect(t, text, opts)
		s, err := contacts.New(nil)
		require.NoError(t, err)
		for _, row := range rows {
			if row.Contact == nil {
				continue
			}
			report, err := s.Import(t.Context(), contacts.Rows(seq(row.Contact)), &contacts.ImportOptions{
				Define: true, AllowDuplicates: true})
			require.NoError(t, err)
			for _, refused := range report.Errors {
				code := contacts.CodeOf(refused)
				if code != contacts.ErrInsufficientData && code != contacts.ErrIDExists {
					require.NoError(t, refused)
				}
			}
			requireRoundTrip(t, opts, row)
		}
	})
}

// requireRoundTrip requires that the contact of a card survives being written and read.
func requireRoundTrip(t *testing.T, opts *vcardio.Options, row vcardio.Row) {
	t.Helper()
	for _, v := range []string{"3.0", "4.0"} {
		opts := version(opts, v)
		text := written(t, opts, row.Contact)
		again, errs := collect(t, text, opts)
		require.Empty(t, errs, text)
		require.Len(t, again, 1)
		if !again[0].Contact.Equal(row.Contact) {
			require.Equal(t, row.Contact, again[0].Contact, strings.ReplaceAll(text, "\r", ""))
		}
	}
}
