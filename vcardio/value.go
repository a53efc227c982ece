package vcardio

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/vcard"
	"github.com/contactsdb/contacts/internal/wire"
)

// wholeNumber parses a number without a sign.
func wholeNumber(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

var yearless = regexp.MustCompile(`^(--\d\d-?\d\d|---\d\d|--\d\d)([T ].*)?$`)

// isoDate returns a date as YYYY-MM-DD, with [Rewritten] if no version of vCards writes it as it was, or says why it
// cannot.
func isoDate(text string) (date string, why Reason) {
	if yearless.MatchString(text) {
		return "", NoYear
	}
	day, _, _ := strings.Cut(strings.ToUpper(text), "T")
	day, _, _ = strings.Cut(day, " ")
	for i, layout := range []string{time.DateOnly, "20060102", "2006-1-2", "2006/1/2", "2.1.2006"} {
		t, err := time.Parse(layout, day)
		if err != nil {
			continue
		}
		if i > 1 {
			why = Rewritten
		}
		return t.Format(time.DateOnly), why
	}
	return "", NotDate
}

// appleNoYear is the year that Apple's programs write for a birthday without one. Others write 0000.
const appleNoYear = "1604"

// birthdate reads the birthday. One without a year has no place but an extended field.
func (b *builder) birthdate(found []*property) {
	list, _ := preferred(found)
	for _, p := range list {
		text := b.text(p, p.Value, textMax)
		if text == "" {
			continue
		}
		date, why := isoDate(text)
		if date != "" && slices.Contains([]string{appleNoYear, "0000", p.Param("X-APPLE-OMIT-YEAR")}, date[:4]) {
			text, why = "--"+date[5:], NoYear
		}
		switch {
		case why == NoYear:
			b.setBirthday(p, text)
		case date == "":
			b.remark(p, NotImported, why)
		case b.contact.Info.Birthdate == "":
			b.contact.Info.Birthdate = date
			if why == Rewritten {
				b.remark(p, OtherSpelling, why)
			}
		case b.contact.Info.Birthdate != date:
			b.remark(p, NotImported, Taken)
		}
	}
}

func (b *builder) setBirthday(p *property, text string) {
	if field, ok := b.field("Birthday"); !ok || field.DataType != contacts.DataText {
		b.remark(p, NotImported, NoYear)
		return
	}
	b.setField(p, "Birthday", contacts.DataText, text)
}

func (b *builder) created(found []*property) { b.contact.CreatedDate = b.timestamp(found) }

func (b *builder) updated(found []*property) { b.contact.UpdatedDate = b.timestamp(found) }

// timestamp returns the time of the first property. One without a zone is in UTC.
func (b *builder) timestamp(found []*property) time.Time {
	p := b.first(found)
	if p == nil {
		return time.Time{}
	}
	text := strings.ToUpper(b.text(p, p.Value, textMax))
	for _, layout := range []string{
		"2006-01-02T15:04:05Z07:00", "20060102T150405Z07:00", "20060102T150405Z0700", "2006-01-02T15:04:05Z0700",
		"20060102T150405Z07", "20060102T1504Z07:00", "2006-01-02T15:04Z07:00", time.DateOnly, "20060102",
		"2006-01-02T15:04:05", "20060102T150405", "2006-01-02 15:04:05", "2006-01-02 15:04",
	} {
		t, err := time.Parse(layout, text)
		if t = t.UTC().Truncate(time.Millisecond); err != nil || !wire.Printable(t) {
			continue
		}
		if !strings.Contains(layout, "Z07") {
			b.remark(p, OtherSpelling, NoZone)
		}
		return t
	}
	b.remark(p, NotImported, NotTime)
	return time.Time{}
}

// dataURI returns the bytes in a data: URI and their type, nil for another value.
func dataURI(value string) (data []byte, mediaType string) {
	const scheme = "data:"
	value = strings.TrimSpace(value)
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return nil, ""
	}
	kind, text, _ := strings.Cut(vcard.Unescape(value[len(scheme):]), ",")
	kind, isBase64 := strings.CutSuffix(kind, ";base64")
	if !isBase64 {
		return []byte(unescapedURI(text)), kind
	}
	text = strings.TrimRight(whiteSpace.Replace(text), "=")
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, ""
	}
	return data, kind
}

var whiteSpace = strings.NewReplacer(" ", "", "\t", "", "\n", "")

// mediaTypeOf returns the media type for types such as JPEG, "" if it is unknown.
func mediaTypeOf(types []string) string {
	for _, t := range types {
		switch t {
		case "JPEG", "JPG", "IMAGE/JPEG":
			return "image/jpeg"
		case "PNG", "GIF", "BMP", "WEBP":
			return "image/" + strings.ToLower(t)
		}
	}
	return ""
}
