package legacy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/legacy"
)

func TestDates(t *testing.T) {
	wrong := func(field string) contacts.Violation {
		return contacts.Violation{Field: field, Rule: contacts.RuleFormat, Format: contacts.FormatTimestamp}
	}
	for _, tc := range []struct{ date, want string }{
		{"1990-02-03T00:00:00.000Z", "1990-02-03"},
		{"1990-02-03T00:00:00Z", "1990-02-03"},
		{"1990-02-03T00:00Z", "1990-02-03"},
		{"1990-02-03T00Z", "1990-02-03"},
		{"19900203T000000Z", "1990-02-03"},
		{"19900203T0000Z", "1990-02-03"},
		{"19900203T00Z", "1990-02-03"},
		{"19900203T000000.123Z", "1990-02-03"},
		{"19900203T000000+0200", "1990-02-03"},
		{"1990-02-03T00:00:00+0200", "1990-02-03"},
		{"1990-02-03T00:00:00+02", "1990-02-03"},
		{"1990-02-03T00:00-02:00", "1990-02-03"},
		{"1990-02-03T00:00:00-00:00", "1990-02-03"},
		{"1990-02-03T23:59:59+23:59", "1990-02-03"}, // the day as written
		{"1990-02-03T00:00:00", "1990-02-03"},
		{"1990-02-03T00:00", "1990-02-03"},
		{"1990-02-03T00", "1990-02-03"},
		{"19900203T000000", "1990-02-03"},
		{"1990-02-03", "1990-02-03"},
		{"19900203", "1990-02-03"},
		{"1990-02-03T00:00:00,5Z", "1990-02-03"},
		{"1990-02-03T00:00:00.1234567891234+14:00", "1990-02-03"},
		{"1990-02-03T00:00.5Z", "1990-02-03"},
		{"1990-02-03T12,25", "1990-02-03"},
		{"1990-02-03t00:00:00z", "1990-02-03"},
		{"1990-02-03T24:00:00Z", "1990-02-03"},
		{"1990-02-03T24:00", "1990-02-03"},
		{"1990-02-03T24", "1990-02-03"},
		{"19900203T240000.000Z", "1990-02-03"},
		{"1990-12-31T23:59:60Z", "1990-12-31"},
		{"1990-12-31T18:59:60-05:00", "1990-12-31"},
		{"2024-02-29", "2024-02-29"},
		{"2000-02-29T00:00Z", "2000-02-29"},
		{"0001-01-01", "0001-01-01"},
		{"9999-12-31T23:59Z", "9999-12-31"},
		// by the day of the year
		{"1990-034", "1990-02-03"},
		{"1990034", "1990-02-03"},
		{"1990-034T10:00Z", "1990-02-03"},
		{"1990-365", "1990-12-31"},
		{"2024-366", "2024-12-31"},
		{"2024-060", "2024-02-29"},
		{"1990-001", "1990-01-01"},
		// by week
		{"1990-W05-6", "1990-02-03"},
		{"1990W056", "1990-02-03"},
		{"1990-w05-6t00:00z", "1990-02-03"},
		{"2009-W01-1", "2008-12-29"},
		{"2009-W53-7", "2010-01-03"},
		{"2020-W53-5", "2021-01-01"},
		{"2000-W01-1", "2000-01-03"},
		// These are no days, or no dates of ISO 8601 with a day.
		{"1990", ""}, {"1990-02", ""}, {"199002", ""}, {"1990-W05", ""}, {"--02-03", ""}, {"T00:00Z", ""},
		{"1990-02-30", ""}, {"1990-02-30T00:00:00Z", ""}, {"19900230", ""}, {"2023-02-29", ""}, {"1900-02-29", ""},
		{"1990-13-01", ""}, {"1990-00-01", ""}, {"1990-01-00", ""}, {"1990-2-3", ""}, {"1990-02-3T00:00Z", ""},
		{"90-02-03", ""}, {"+1990-02-03", ""}, {"-1990-02-03", ""}, {"01990-02-03", ""}, {"10000-01-01", ""},
		{"1990-0203", ""}, {"199002-03", ""}, {"1990/02/03", ""}, {"03.02.1990", ""}, {"02/03/1990", ""},
		{"1990-000", ""}, {"1990-366", ""}, {"2024-367", ""}, {"1990-34", ""},
		{"1990-W00-1", ""}, {"1990-W53-1", ""}, {"2009-W54-1", ""}, {"1990-W05-0", ""}, {"1990-W05-8", ""},
		{"1990-W056", ""}, {"1990W05-6", ""}, {"9999-W52-7", ""}, {"0000-W52-7T", ""},
		{"1990-02-03T", ""}, {"1990-02-03Z", ""}, {"1990-02-03TZ", ""}, {"1990-02-03T25:00Z", ""},
		{"1990-02-03T00:60Z", ""}, {"1990-02-03T00:00:61Z", ""}, {"1990-02-03T24:01Z", ""},
		{"1990-02-03T24:00:00.1Z", ""}, {"1990-02-03T0:00Z", ""}, {"1990-02-03T00:0Z", ""},
		{"1990-02-03T00:00:00.Z", ""}, {"1990-02-03T00:00:00+24:00", ""}, {"1990-02-03T00:00:00+02:60", ""},
		{"1990-02-03T00:00:00+2", ""}, {"1990-02-03T00:00:00+02:00Z", ""}, {"1990-02-03T00:00:00 Z", ""},
		{"1990-02-03 00:00:00Z", ""}, {" 1990-02-03", ""}, {"1990-02-03 ", ""}, {"1990-02-03T00:00Z\n", ""},
		{"1990-02-03T00:00T00:00", ""}, {"1990-02-03T00:00:00[Europe/Rome]", ""}, {"tomorrow", ""}, {"0", ""},
		{"1990-0\u0662-03", ""}, {"１９９０-02-03", ""},
	} {
		t.Run("LEG-6 LEG-16 "+tc.date, func(t *testing.T) {
			s, api := open(t, nil)
			in := email("ada@example.com")
			in.Dates = []legacy.Date{{Tag: "birthday", Date: tc.date}, {Tag: "name day", Date: tc.date}}
			r, err := api.ReconcileContact(t.Context(), in)
			if tc.want == "" {
				var e *legacy.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, legacy.ErrInvalidSchema, e.Code)
				require.Equal(t, []contacts.Violation{
					wrong("contactInfo.dates[0].date"), wrong("contactInfo.dates[1].date"),
				}, e.Violations)
				require.Zero(t, s.Snapshot().Len())
				return
			}
			require.NoError(t, err)
			require.Equal(t, []legacy.Date{{ID: 1, Tag: "birthday", Date: tc.want + "T00:00:00.000Z"}}, r.Contact.Dates)
			require.Equal(t, []info{{Dates: []legacy.Date{{ID: 2, Tag: "name day", Date: tc.date}}}},
				r.Details.RejectedData, "as written; the birthday is kept")
			require.NoError(t, s.Snapshot().Check())
		})
	}

	t.Run("LEG-16 every day of some years, by month, by day of the year and by week", func(t *testing.T) {
		for _, year := range []int{1999, 2000, 2004, 2009, 2010, 2015, 2020, 2026} {
			for on := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); on.Year() == year; on = on.AddDate(0, 0, 5) {
				isoYear, week := on.ISOWeek()
				weekday := (int(on.Weekday())+6)%7 + 1
				in := email("ada@example.com")
				for _, date := range []string{
					on.Format("2006-01-02"), on.Format("20060102T150405Z"), on.Format("2006-002"), on.Format("2006002"),
					fmt.Sprintf("%04d-W%02d-%d", isoYear, week, weekday), fmt.Sprintf("%04dW%02d%d", isoYear, week, weekday),
				} {
					in.Dates = append(in.Dates, legacy.Date{Tag: "birthday", Date: date})
				}
				_, api := open(t, nil)
				require.Empty(t, reconcile(t, api, in).Details.RejectedData, on)
			}
		}
	})
}
