package csvio

import (
	"time"

	"github.com/contactsdb/contacts/internal/fold"
)

// orders are the orders that the dates of a column have proved: both, and they prove nothing.
type orders struct{ dayFirst, monthFirst bool }

// observe keeps what the dates of a record prove. It must see each record once.
func (b *builder) observe(cells []string) {
	for i := range cells[:min(len(cells), len(b.columns))] {
		if !b.columns[i].isDate {
			continue
		}
		switch o := &b.orders[i]; orderOf(fold.Trimmed(cells[i])) {
		case DayFirst:
			o.dayFirst = true
		case MonthFirst:
			o.monthFirst = true
		}
	}
}

// order returns the order of the dates in a column, "" if nothing decides.
func (b *builder) order(col int) DateOrder {
	switch o := b.orders[col]; {
	case b.rules.DateOrder != "":
		return b.rules.DateOrder
	case o.dayFirst && !o.monthFirst:
		return DayFirst
	case o.monthFirst && !o.dayFirst:
		return MonthFirst
	default:
		return ""
	}
}

// dated calls read with the order of a column. If that leaves two dates, it reads ahead first, as far as it may.
func (b *builder) dated(col int, read func(dateReader) Reason) {
	if read(dateReader{"", b.rules.Now()}) != TwoDates {
		return
	}
	if b.rules.DateOrder == "" {
		b.ahead()
	}
	if order := b.order(col); order != "" {
		read(dateReader{order, b.rules.Now()})
	}
}

// date returns the date in a cell. One that cannot be read is left over.
func (b *builder) date(i int, f field) string {
	c := *b.cell(i, f)
	var r reading
	b.dated(c.column, func(d dateReader) Reason { r = d.read(c.text); return r.why })
	b.remarkDate(c, r.date != "", r.why)
	return r.date
}

// timestamp returns the time in a cell. One that cannot be read is left over.
func (b *builder) timestamp(i int, f field) time.Time {
	c := *b.cell(i, f)
	var t time.Time
	var why Reason
	utc := b.columns[c.column].utc
	b.dated(c.column, func(d dateReader) Reason { t, why = d.timestamp(c.text, utc); return why })
	b.remarkDate(c, !t.IsZero(), why)
	return t
}

func (b *builder) remarkDate(c cell, read bool, why Reason) {
	switch {
	case !read:
		b.leftOver(c.column, c.text, why)
	case why != "":
		b.remark(c.column, OtherSpelling, why)
	}
}

// birthdate reads a date from one column or three. A contact cannot hold a date without a year.
func (b *builder) birthdate() string {
	year, month, day := b.text(0, fieldBirthYear), b.text(0, fieldBirthMonth), b.text(0, fieldBirthdate)
	switch {
	case day == "" && year == "" && month == "":
		return ""
	case year == "" && month == "", len(day) > len("31"):
		return b.date(0, fieldBirthdate)
	case year != "" && month != "" && day != "":
		d := dateReader{now: b.rules.Now()}
		if r := d.read(year + "-" + month + "-" + day); r.date != "" {
			return r.date
		}
		b.remarkBirth(NotDate)
	default:
		b.remarkBirth(NoYear)
	}
	return ""
}

// remarkBirth remarks on all columns of a birthdate in parts.
func (b *builder) remarkBirth(why Reason) {
	for _, f := range []field{fieldBirthYear, fieldBirthMonth, fieldBirthdate} {
		b.remarkOn(0, f, NotImported, why)
	}
}
