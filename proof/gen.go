package proof

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// The generator derives operations from choices, which come from a seed or from the bytes of a fuzzer. It sees the
// models, so that the operations mostly name existing contacts and definitions. Values come from small pools, so that
// they collide.

// Choices decides what operations do: [FromSeed], [FromBytes].
type Choices interface {
	n(n int) int // one of n possibilities
}

// FromSeed returns the choices of a seed, which are the same in every run. They never end.
func FromSeed(seed uint64) Choices { return newSeeded(seed) }

// FromBytes returns the choices that a fuzzer has made. A run ends when they are used up.
func FromBytes(data []byte) Choices { return &bytesOf{left: data} }

type seeded struct{ *rand.Rand }

func (s seeded) n(n int) int { return s.IntN(n) }

func newSeeded(seed uint64) seeded { return seeded{rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))} }

// bytesOf derives choices from bytes. Once they are used up it chooses the first possibility.
type bytesOf struct{ left []byte }

func (b *bytesOf) n(n int) int {
	if len(b.left) == 0 {
		return 0
	}
	v := int(b.left[0])
	b.left = b.left[1:]
	if n > 256 && len(b.left) > 0 {
		v = v<<8 | int(b.left[0])
		b.left = b.left[1:]
	}
	return v % n
}

func pick[T any](c Choices, list []T) T { return list[c.n(len(list))] }

// oneIn decides for something rare.
func oneIn(c Choices, n int) bool { return c.n(n) == n-1 }

var (
	emailPool = []string{
		"ann@x.io", "Ann@X.io", " ann@x.io ", "bob@x.io", "BOB@x.io", "cat@x.io", "dan@y.org", "é@x.io", "É@X.io",
		"ann@x", "kim@x.io", "\u212aim@x.io", "KIM@x.io", "ſam@x.io", "ΝΙΚΟΣ@x.io", "νικος@x.io", `"a b"@x.io`,
	}
	badEmails = []string{
		"", "no-at", "a@b@c", " @x", "a@ ", "nul\x00@x", "\xff@x", strings.Repeat("a", 321) + "@x",
		"Ann <ann@x.io>", "<ann@x.io>", "mailto:ann@x.io", "; ann@x.io", "ann @x.io", "ann@x.io, bob@x.io", "ann\u200b@x.io",
		"\u3164@x", `"ann@x.io`, `ann"@x.io`, "ann\t@x.io", "'ann@x.io'",
	}

	phonePool = []contacts.Phone{
		{Number: "646-567-6359", CountryCode: "US"}, {Number: "+1 646 567 6359"},
		{Number: "6465676359", CountryCode: "US"}, {Number: "646-567-6359"},
		{Number: "646-567-6359", CountryCode: "DE"}, {Number: "030 901820", CountryCode: "DE"},
		{Number: "+49 30 901820", CountryCode: "US"}, {Number: "722-138-3099", CountryCode: "US"}, {Number: "123"},
		{Number: "hello"}, {Number: "646-567-6359\t", CountryCode: "US"}, {Number: " 030 901820", CountryCode: "DE"},
		{Number: "704 454 1233", CountryCode: "US"}, {Number: "044 395 55 71", CountryCode: "UA"},
		{Number: "+383 38 201 201", CountryCode: "XK"},
		// Words, masks and characters of other scripts (PHN-3, PHN-5 to PHN-7).
		{Number: "646-567-6359 (home)", CountryCode: "US"}, {Number: "Tel. 030\u202f90\u200e1820", CountryCode: "DE"},
		{Number: "030 901820 Fax", CountryCode: "DE"}, {Number: "030 901820/21", CountryCode: "DE"},
		{Number: "030 9018..", CountryCode: "DE"}, {Number: "646-567-XXXX", CountryCode: "US"},
		{Number: "६४६ ५६७ ६३५९", CountryCode: "US"}, {Number: "1-800-FLOWERS", CountryCode: "US"},
		{Number: "646 567 home", CountryCode: "US"},
		// Extensions, and texts that identify no one (PHN-1, PHN-8).
		{Number: "646-567-6359 x123", CountryCode: "US"}, {Number: "+1 646 567 6359 ext. 124", CountryCode: "US"},
		{Number: "n/a"}, {Number: "0"}, {Number: "000-000-0000"}, {Number: "4.91512E+11"}, {Number: "555123 x12"},
		{Number: "٠٠٠٠٠٠٠"}, {Number: "5551234*"},

		// Colleagues on one switchboard, and a text that identifies no one, in another country.
		{Number: "646-567-6359 x12", CountryCode: "US"}, {Number: "+1 646 567 6359 ext. 12", CountryCode: "US"},
		{Number: "646 567 6359 x13", CountryCode: "US"}, {Number: "n/a", CountryCode: "US"},
	}
	// Pieces of phones, to be put together.
	phoneNumbers = []string{
		"030 901820", "6465676359", "+49 30 901820", "646-567-6359", "(646) 567-6359", "030", "901820", "5",
		"12", "123",
		"६४६५६७६३५९", "0", "1", "+1", "1-800-", "0800", "FLOWERS", "11 5555-1234", "0xx", "13", "CATS", "00",
		"555",
	}
	phoneMarks = []string{
		" ", " Fax", "(home) ", "Tel. ", "тел. ", "/", " / ", ", ", ",", ";", "; ", "\n", "-", " x", "x", "xx",
		"XXXX", "#",
		" ext. ", "ext", ";ext=", " доб. ", "int.", "~", "*", "***", "…", "..", ".", "?", "---", "--", "NN",
		"o", "oder ",
		" (", ")", "nd floor", ". Etage", ".0", "\u200e", "\t", "\u202f", "+", "tel:", ";phone-context=+49",
		";isub=1", "½",
		"①", "• ", "# ", ":", "&", "É", "ß", "!", "_", "·", " - ", "extension ", "anexo ", ",,", "#:",
	}
	phoneRegions = []string{"US", "DE", "BR", "AU", "IT", "GB", "AR", "ZZ"}
	badPhones    = []contacts.Phone{
		{}, {Number: strings.Repeat("1", 51)}, {Number: "1\x00"},
		{Number: "1", CountryCode: "USA"}, {Number: "1", CountryCode: "us"},
		{Number: "1", CountryCode: "UK"}, {Number: "1", CountryCode: "AN"},
		{Number: "1", Tag: "mobile"}, {Number: "\xff"},
	}
	e164Pool = []string{
		"+16465676359", "+16465676359;ext=12", "+4930901820", "+17044541233", "+380443955571", "+1", "", "646-567-6359", "+16465676359\x00",
	}

	labelNames = []string{
		"VIP", "vip", "V I P!", " VIP\u00a0", "V\u200bIP", "Cafe\u0301", "Café", "Lead",
		"Größe 3/4", "!!!", "???", "Customers", " ", "a\u0301b",
		strings.Repeat("x", 180), strings.Repeat("x", 79) + " y", strings.Repeat("ä-", 90), "custom.vip",
	}
	badNames   = []string{"", "\u200b", " \ufe0f", strings.Repeat("ä", 181), "a\x00", "\xff"}
	fieldNames = []string{
		"Age", "age", "Age\ufeff", "\u00a0Age", "e\u0301", "é", "Born", "Site", "VAT ID", "Note", "!!!",
		"Ag e", strings.Repeat("y", 150), "İstanbul",
	}

	keyPool = []string{
		"custom.vip", "contacts.customers", "contacts.contacted-me", "custom.vip-2", "custom.lead", "custom.größe-3-4",
		"custom.label", "custom.field", "custom.age", "custom.born", "custom.site", "custom.note", "custom.vat-id",
		"invoices.vatId", "members.mobile", "ecom.numOfPurchases", "ecom.lastPurchaseDate", "ecom.totalSpentCurrency",
		"contacts.displayByFirstName", "emailSubscriptions.effectiveEmail", "app.lead", "app.x.y",
		"custom.nope", "Custom.VIP", "", "vip", "custom.a b", "custom.\x00", "a" + strings.Repeat("b", 25) + ".c",
		"custom." + strings.Repeat("z", 74), "custom.vip\x00", "\xff.a",
	}

	valuePool = []any{
		"x", "", nil, 5, int64(1<<53 + 1), uint8(7), float32(1.5), 2.5, 0.0, "2024-02-29", "2023-02-29", "2024-2-9",
		"example.com", "https://example.com/a", "ftp://h", "https://", "a b", "12", json.Number("1e3"),
		json.Number("9007199254740993"), json.Number("abc"), json.Number("1e999"), json.Number("0.1"),
		math.NaN(), math.Inf(1), true, []any{"x"}, map[string]any{"a": 1.0}, "a\x00b", "\xff",
		contacts.EmailTag("HOME"), uint64(1 << 63), int64(math.MinInt64), " ",
	}
)

// gen makes the next operation.
type gen struct {
	Choices
	mc   *machine
	now  time.Time
	next int

	lists []asked // newest last
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newGen(c Choices, mc *machine) *gen { return &gen{Choices: c, mc: mc, now: start} }

// weights decides how often each kind of operation is made.
var weights = []struct {
	n    int
	make func(*gen, *Op, *Model)
}{
	{30, (*gen).create}, {24, (*gen).update}, {6, (*gen).delete}, {10, (*gen).merge}, {3, (*gen).preview},
	{4, (*gen).get}, {8, (*gen).label}, {4, (*gen).defineLabel}, {4, (*gen).defineField}, {2, (*gen).renameLabel},
	{2, (*gen).renameField}, {1, (*gen).deleteLabel}, {1, (*gen).deleteField}, {4, (*gen).member},
	{2, (*gen).billing}, {5, (*gen).subscription}, {4, (*gen).deliverability}, {3, (*gen).systemFields},
	{4, (*gen).activity}, {4, (*gen).imports}, {1, (*gen).resolve}, {2, (*gen).follow}, {2, (*gen).whole},

	{8, (*gen).find}, {5, (*gen).list}, {2, (*gen).definitions}, {1, (*gen).facets}, {1, (*gen).duplicates},
	{3, (*gen).bulk}, {4, (*gen).batch}, {4, (*gen).upsert}, {4, (*gen).submit}, {3, (*gen).maintenance},
}

var totalWeight = func() (total int) {
	for _, w := range weights {
		total += w.n
	}
	return total
}()

func (g *gen) op() *Op {
	g.next++
	p := g.mc.pairs[0]
	if len(g.mc.pairs) > 1 && oneIn(g, 2) {
		p = pick(g, g.mc.pairs)
	}
	op := &Op{N: g.next, On: p.name, Cancelled: oneIn(g, 200)}
	switch g.n(12) { // STO-3: the clock stops, goes back, jumps, and is finer than the store
	case 0, 1, 2:
		g.now = g.now.Add(time.Second)
	case 3, 4:
		g.now = g.now.Add(1234567 * time.Nanosecond)
	case 5:
		g.now = g.now.Add(-time.Duration(g.n(5)) * time.Second)
	case 6:
		if oneIn(g, 20) {
			g.now = g.now.Add(time.Duration(g.n(400)) * 24 * time.Hour)
		}
	}
	op.Now = g.now
	if oneIn(g, 60) { // STO-10
		op.Now = g.now.AddDate(150, 0, 0)
	}
	live := len(p.model.people)
	g.choose(op, p)
	adds := []string{"Create", "Upsert", "Submit", "Batch"}
	if live > 60 && slices.Contains(adds, op.Method) && g.mc.can(p, "Delete") { // few contacts, so that they collide
		op.IDs = nil
		g.delete(op, p.model)
	}
	return op
}

// choose decides what the operation does: something that the implementation can do.
func (g *gen) choose(op *Op, p *pair) {
	for range 100 {
		n := g.n(totalWeight)
		for _, w := range weights {
			if n -= w.n; n < 0 {
				w.make(g, op, p.model)
				break
			}
		}
		if g.mc.can(p, op.Method) {
			return
		}
		op.IDs = nil
	}
	g.get(op, p.model)
}

// id names a contact, mostly an existing one.
func (g *gen) id(m *Model) uuid.UUID {
	switch n := g.n(20); {
	case n < 16 && len(m.people) > 0:
		return pick(g, m.people).contact.ID
	case n < 19 && len(g.mc.known) > 0:
		return pick(g, g.mc.known) // perhaps deleted or merged, or in another fork only
	case n == 19:
		return pick(g, []uuid.UUID{uuid.Nil, idOf(0, 1)})
	}
	return idOf(0, 2)
}

func (g *gen) rev() Rev {
	if oneIn(g, 12) {
		return pick(g, []Rev{-1, 1, 1000})
	}
	return 0
}

func (g *gen) text() string {
	if oneIn(g, 200) {
		return pick(g, []string{strings.Repeat("ä", 1001), "a\x00", "\xff"})
	}
	return pick(g, []string{
		"", "Ann", "Bob", " ", "Ann", "Ωmega", "ΝΙΚΟΣ", "Νικος", "\u200b", "\u2060\u3164",
		"A\u200dnn", "\u212aim", "kim", strings.Repeat("ä", 1000),
	})
}

// namePart returns a first or last name. Few people have names, in several spellings, so that some agree and some
// conflict.
func (g *gen) namePart() string {
	if oneIn(g, 4) {
		return pick(g, []string{"ANN", "Änn", "Aenn", "A.", "Ann Bob", "Bob, Ann", "Bo b", "B.", "-"})
	}
	return g.text()
}

// many returns the size of a list: small, rarely about the limit.
func (g *gen) many(limit int) int {
	if oneIn(g, 150) {
		return limit + g.n(2)
	}
	return pick(g, []int{0, 1, 1, 1, 2, 2, 3, 4})
}

// tag returns a word of an enum.
func tag[E ~string](g *gen, words []E) E {
	if oneIn(g, 150) {
		return "nonsense"
	}
	if oneIn(g, 15) {
		return ""
	}
	return pick(g, words)
}

// items makes a list. Its items may have IDs of the old ones.
func items[T any](g *gen, old []T, one func(primary bool) T, id func(*T) *uuid.UUID) []T {
	n := g.many(50)
	at := g.n(8) // PRI-1: mostly one item is primary, or none
	list := make([]T, 0, n)
	for i := range n {
		item := one(i == at || at == 7 && i == 1 && oneIn(g, 6) || i == 0 && oneIn(g, 6))
		if len(old) > 0 && oneIn(g, 2) {
			*id(&item) = *id(&old[g.n(len(old))])
		} else if oneIn(g, 6) {
			*id(&item) = idOf(0, 100+g.n(3))
		}
		list = append(list, item)
	}
	return list
}

func (g *gen) emails(old []contacts.Email) []contacts.Email {
	return items(g, old, func(primary bool) contacts.Email {
		e := contacts.Email{Address: pick(g, emailPool), Tag: tag(g, emailTags), Primary: primary}
		if oneIn(g, 60) {
			e.Address = pick(g, badEmails)
		}
		return e
	}, func(e *contacts.Email) *uuid.UUID { return &e.ID })
}

func (g *gen) phones(old []contacts.Phone) []contacts.Phone {
	return items(g, old, func(primary bool) contacts.Phone {
		p := pick(g, phonePool)
		p.Tag = tag(g, phoneTags)
		if oneIn(g, 60) {
			p = pick(g, badPhones)
		}
		p.Primary = primary
		if oneIn(g, 8) {
			p.E164, p.Formatted = "+15550001111", "nonsense" // ignored
		}
		return p
	}, func(p *contacts.Phone) *uuid.UUID { return &p.ID })
}

func (g *gen) addresses(old []contacts.Address) []contacts.Address {
	switch {
	case oneIn(g, 2):
		return nil
	case len(old) > 0 && oneIn(g, 2):
		return g.sentBack(old)
	}
	return items(g, old, func(bool) contacts.Address {
		a := contacts.Address{
			Tag: tag(g, addressTags), City: pick(g, []string{"", "NY", "København"}),
			PostalCode: pick(g, []string{"", "10010"}), Country: pick(g, []string{"", "US", "DK", "XK"}),
			Subdivision: pick(g, []string{"", "", "US-NY", "DE-BE", "US-ZZ"}),
		}
		switch g.n(4) {
		case 0:
			a.AddressLine = "3 Park Ave"
		case 1:
			a.StreetAddress = &contacts.StreetAddress{Number: "3", Name: pick(g, []string{"", "Park Ave"})}
		case 2:
			a.StreetAddress = &contacts.StreetAddress{}
		}
		switch g.n(12) {
		case 0:
			a.FormattedAddress = "as sent"
		case 1:
			a.AddressLine2, a.Hint = "Apt 4", "ring twice"
		case 2:
			latitude := pick(g, []float64{1.5, math.NaN(), math.Inf(1), -90})
			a.Geocode = &contacts.Geocode{Latitude: latitude, Longitude: 2}
		case 3:
			a.CountryFullname, a.Subdivisions = "ignored", []contacts.Subdivision{{Code: "x"}}
		}
		if oneIn(g, 40) {
			g.spoil(&a)
		}
		return a
	}, func(a *contacts.Address) *uuid.UUID { return &a.ID })
}

// sentBack returns addresses as a client does that has read them and changed a part (DRV-5).
func (g *gen) sentBack(old []contacts.Address) []contacts.Address {
	list := deepCopy(old)
	a := &list[g.n(len(list))]
	switch g.n(6) {
	case 0, 1:
		a.City = pick(g, []string{"", "NY", "Troy"})
	case 2:
		a.Country = pick(g, []string{"", "US", "DK"})
	case 3:
		a.Subdivision, a.PostalCode = pick(g, []string{"", "US-NY", "DE-BE"}), "10010"
	case 4:
		a.ID = pick(g, []uuid.UUID{uuid.Nil, idOf(0, 100), list[0].ID})
		a.City = "Troy"
	case 5:
		a.FormattedAddress, a.City = pick(g, []string{"", "as sent", list[0].FormattedAddress}), "Troy"
	}
	return list
}

// spoil makes an address invalid.
func (g *gen) spoil(a *contacts.Address) {
	switch g.n(8) {
	case 0:
		a.Country = pick(g, []string{"UK", "USA", "us", "SU", "\xff"})
	case 1:
		a.Subdivision = pick(g, []string{"NY", "US-", "US-ny", "US-NYCC", "XX-NY", "US_NY"})
	case 2:
		a.AddressLine, a.StreetAddress = "both", &contacts.StreetAddress{Name: "of them"}
	case 3:
		a.StreetAddress = &contacts.StreetAddress{Number: strings.Repeat("1", 101), Apt: "\x00"}
	case 4:
		a.Hint = strings.Repeat("h", 201)
	case 5:
		a.PostalCode = strings.Repeat("p", 101)
	case 6:
		a.FormattedAddress = strings.Repeat("f", 2001)
	case 7: // each part fits, but the formatted address is too long
		a.StreetAddress = nil
		a.AddressLine, a.AddressLine2 = strings.Repeat("l", 1000), strings.Repeat("m", 1000)
		a.City = strings.Repeat("c", 1000)
	}
}

func (g *gen) birthdate() string {
	if oneIn(g, 50) {
		return pick(g, []string{"2023-02-29", "2023-2-1", "x", "2024-02-29T00:00:00Z", "02024-02-29", "\x00"})
	}
	return pick(g, []string{"", "2024-02-29", "1970-01-01", "9999-12-31"})
}

func (g *gen) locale() string {
	if oneIn(g, 50) {
		return pick(g, []string{"en_US", "english", "root", "\xff", "qq-QQ"})
	}
	return pick(g, []string{"", "en", "en-US", "EN-us", "de-DE", "zh-Hant-TW"})
}

// labelKey names a label, mostly an existing one.
func (g *gen) labelKey(m *Model) string {
	if oneIn(g, 20) {
		return pick(g, keyPool)
	}
	return pick(g, m.labels).Key
}

func (g *gen) fieldKey(m *Model) string {
	if oneIn(g, 20) {
		return pick(g, keyPool)
	}
	return pick(g, m.fields).Key
}

func (g *gen) labelKeys(m *Model) []string {
	n := g.n(4)
	if oneIn(g, 300) {
		n = 2000 + g.n(2)
	}
	var keys []string
	for range n {
		keys = append(keys, g.labelKey(m))
	}
	if n > 100 && len(keys) > 0 { // a list of equal keys prints in one line
		keys = slices.Repeat(keys[:1], n)
	}
	return keys
}

func (g *gen) value(m *Model, key string) any {
	if oneIn(g, 60) {
		return pick(g, []any{strings.Repeat("ä", 10000), strings.Repeat("a", 10001), longImageURL})
	}
	if f := m.field(key); f != nil && !oneIn(g, 8) {
		switch f.DataType {
		case contacts.DataNumber:
			return pick(g, []any{1, 2.5, math.Copysign(0, -1), 0, json.Number("12"), nil, uint64(1 << 63)})
		case contacts.DataDate:
			return pick(g, []any{"2024-02-29", "1999-12-31", "", "0000-01-01"})
		case contacts.DataURL:
			return pick(g, []any{"example.com", "https://example.com/a?b#c", "ftp://h", ""})
		}
		return pick(g, []any{"x", "y", "", nil, " ", "Straße"})
	}
	return pick(g, valuePool)
}

func (g *gen) values(m *Model) map[string]any {
	values := make(map[string]any)
	for range g.n(4) {
		key := g.fieldKey(m)
		values[key] = g.value(m, key)
	}
	return values
}

func (g *gen) image() contacts.Image {
	im := contacts.Image{ID: pick(g, []string{"", "img"}), URL: pick(g, goodImageURL), Width: g.n(3), AltText: "alt"}
	switch g.n(40) {
	case 0:
		im.URL = pick(g, []string{"ftp://x/y", "https://", "http://a b", "wix:image://v1/", "x", "\x00"})
	case 1:
		im.Height = pick(g, []int{-1, math.MaxInt32 + 1, math.MaxInt32})
	case 2:
		im.URLExpirationDate = g.date()
	case 3:
		im.Filename = "\xff"
	case 4:
		im.ID, im.URL = strings.Repeat("ä", 1000+g.n(2)), longImageURL
	case 5:
		im.AltText, im.Filename = strings.Repeat("a", 1000+g.n(2)), strings.Repeat("漢", 1000+g.n(2))
	}
	return im
}

func (g *gen) picture() *contacts.Picture {
	switch g.n(6) {
	case 0, 1, 2:
		return nil
	case 3:
		return &contacts.Picture{}
	}
	return &contacts.Picture{Image: g.image(), ImageProvider: tag(g, imageProviders)}
}

// date returns a time for an argument.
func (g *gen) date() time.Time {
	switch g.n(12) {
	case 0:
		return time.Time{}
	case 1:
		return time.Date(pick(g, []int{-1, 10000}), 1, 1, 0, 0, 0, 0, time.UTC)
	case 2:
		return time.Date(pick(g, []int{0, 1, 1969, 9999}), 12, 31, 23, 59, 59, 999999999, time.UTC)
	case 3:
		return g.now.In(time.FixedZone("far", 5*3600)).Add(1500 * time.Microsecond)
	}
	return g.now.Add(time.Duration(g.n(200)-100) * time.Second)
}

func (g *gen) guids() []uuid.UUID {
	if oneIn(g, 2) {
		return nil
	}
	n := g.many(50)
	if oneIn(g, 20) {
		n = 50
	}
	var ids []uuid.UUID
	for i := range n {
		id := idOf(0, 200+g.n(6))
		if n >= 50 { // not those of short lists, so that a merge exceeds the limit (MRG-9)
			id = idOf(0, 206+i)
		}
		ids = append(ids, id)
	}
	if n > 0 && oneIn(g, 40) {
		ids[n-1] = uuid.Nil
	}
	return ids
}

func (g *gen) info(m *Model) contacts.Info {
	in := contacts.Info{
		Name:   contacts.Name{First: g.namePart(), Last: g.namePart()},
		Emails: g.emails(nil), Phones: g.phones(nil),
	}
	if oneIn(g, 2) {
		in.Addresses = g.addresses(nil)
		in.Company, in.JobTitle, in.Birthdate, in.Locale = g.text(), g.text(), g.birthdate(), g.locale()
		in.Locations, in.AssignedUserIDs = g.guids(), g.guids()
	}
	if oneIn(g, 30) { // CRT-1
		in.Name, in.Emails, in.Phones = contacts.Name{Last: pick(g, []string{"", " "})}, nil, nil
	}
	if oneIn(g, 2) {
		in.LabelKeys, in.ExtendedFields, in.Picture = g.labelKeys(m), g.values(m), g.picture()
	}
	return in
}

func (g *gen) source() contacts.Source {
	switch g.n(12) {
	case 0:
		return contacts.Source{
			SourceType: tag(g, sourceTypes),
			AppID:      pick(g, []string{"", "app", "app", "app", "\x00", strings.Repeat("a", 1001)}),
		}
	case 1:
		return contacts.Source{AppID: "manual", WixAppID: "old"}
	case 2:
		return contacts.Source{SourceType: contacts.SourceWixApp}
	}
	return contacts.Source{}
}

func (g *gen) create(op *Op, m *Model) {
	op.Method = "Create"
	var opts *contacts.CreateOptions
	if !oneIn(g, 6) {
		opts = &contacts.CreateOptions{AllowDuplicates: !oneIn(g, 6), Source: g.source()}
	}
	if oneIn(g, 20) && len(g.mc.known) > 0 { // CRT-5
		op.IDs = []uuid.UUID{pick(g, g.mc.known)}
		if oneIn(g, 4) {
			op.IDs[0] = uuid.Nil
		}
	}
	in := g.info(m)
	if opts != nil {
		opts.Unsubscribe = g.objections(&in)
	}
	op.Args = []any{in, opts}
}

// objections returns addresses to unsubscribe, mostly of an info (SUB-8).
func (g *gen) objections(in *contacts.Info) []string {
	if !oneIn(g, 4) {
		return nil
	}
	var own []string
	for _, e := range in.Emails {
		own = append(own, e.Address, strings.ToUpper(e.Address))
	}
	for _, t := range in.Phones {
		own = append(own, t.Number)
	}
	if len(own) == 0 || oneIn(g, 12) {
		own = slices.Concat(emailPool, e164Pool)
	}
	var addresses []string
	for range g.n(3) {
		addresses = append(addresses, pick(g, own))
	}
	return addresses
}

func maybe[T any](g *gen, dst *contacts.Opt[T], make func() T) {
	if oneIn(g, 5) {
		*dst = contacts.Set(make())
	}
}

func (g *gen) patch(m *Model, in *contacts.Info) contacts.Patch {
	var p contacts.Patch
	maybe(g, &p.FirstName, g.namePart)
	maybe(g, &p.LastName, g.namePart)
	maybe(g, &p.Emails, func() []contacts.Email { return g.emails(in.Emails) })
	maybe(g, &p.Phones, func() []contacts.Phone { return g.phones(in.Phones) })
	maybe(g, &p.Addresses, func() []contacts.Address { return g.addresses(in.Addresses) })
	maybe(g, &p.Company, g.text)
	maybe(g, &p.JobTitle, g.text)
	maybe(g, &p.Birthdate, g.birthdate)
	maybe(g, &p.Locale, g.locale)
	maybe(g, &p.LabelKeys, func() []string { return g.labelKeys(m) })
	maybe(g, &p.ExtendedFields, func() map[string]any { return g.values(m) })
	maybe(g, &p.Picture, g.picture)
	maybe(g, &p.Locations, g.guids)
	maybe(g, &p.AssignedUserIDs, g.guids)
	if oneIn(g, 6) {
		p.SetFields = g.values(m)
	}
	return p
}

func (g *gen) update(op *Op, m *Model) {
	id := g.id(m)
	in := &contacts.Info{}
	if p := m.find(id); p != nil {
		in = &p.contact.Info
	}
	var opts *contacts.UpdateOptions
	if !oneIn(g, 2) {
		opts = &contacts.UpdateOptions{AllowDuplicates: !oneIn(g, 3), Unsubscribe: g.objections(in)}
	}
	if oneIn(g, 100) {
		op.IDs = []uuid.UUID{uuid.Nil}
	}
	if oneIn(g, 20) {
		op.IDs = g.itemIDs(in)
	}
	op.Method, op.Args = "Update", []any{id, g.rev(), g.patch(m, in), opts}
}

// itemIDs returns IDs that items of a contact have, and an ID twice (UPD-5).
func (g *gen) itemIDs(in *contacts.Info) (ids []uuid.UUID) {
	for i := range in.Emails {
		ids = append(ids, in.Emails[i].ID)
	}
	for i := range in.Phones {
		ids = append(ids, in.Phones[i].ID)
	}
	ids = append(ids, idOf(0, 900), idOf(0, 900))
	at := g.n(len(ids))
	return slices.Concat(ids[at:], ids[:at])
}

func (g *gen) delete(op *Op, m *Model) { op.Method, op.Args = "Delete", []any{g.id(m)} }

func (g *gen) sources(m *Model) []uuid.UUID {
	n := pick(g, []int{1, 1, 1, 2, 2, 3, 5})
	if oneIn(g, 40) {
		n = pick(g, []int{0, 6})
	}
	ids := make([]uuid.UUID, n)
	at := g.n(1 + len(m.people))
	for i := range ids {
		if ids[i] = g.id(m); !oneIn(g, 10) && len(m.people) > 0 {
			ids[i] = m.people[(at+i)%len(m.people)].contact.ID
		}
	}
	return ids
}

func (g *gen) merge(op *Op, m *Model) {
	use := PlanNone
	if oneIn(g, 3) {
		use = pick(g, []PlanUse{PlanFresh, PlanSaved, PlanWrong})
	}
	op.Method, op.Args = "Merge", []any{g.id(m), g.rev(), g.sources(m), use}
}

func (g *gen) preview(op *Op, m *Model) {
	op.Method, op.Args = "PreviewMerge", []any{g.id(m), g.sources(m)}
}

func (g *gen) get(op *Op, m *Model) {
	var opts *contacts.GetOptions
	if !oneIn(g, 3) {
		opts = &contacts.GetOptions{}
		for range g.n(5) {
			opts.Fields = append(opts.Fields, pick(g, projectable))
		}
		for range g.n(3) {
			sets := []contacts.Fieldset{"BASIC", "COMMUNICATION_DETAILS", "EXTENDED", "FULL"}
			opts.Fieldsets = append(opts.Fieldsets, pick(g, sets))
		}
		switch g.n(12) {
		case 0:
			bad := []string{"info", "", "info.emails.items", "memberInfo", "segments", "Info.name"}
			opts.Fields = append(opts.Fields, pick(g, bad))
		case 1:
			opts.Fieldsets = append(opts.Fieldsets, "basic")
		case 2:
			opts.Fields = slices.Repeat([]string{"id"}, 100+g.n(2))
		case 3:
			opts.Fieldsets = slices.Repeat([]contacts.Fieldset{"BASIC"}, 10+g.n(2))
		}
	}
	op.Method, op.Args = "Get", []any{g.id(m), opts}
}

func (g *gen) label(op *Op, m *Model) {
	op.Method = pick(g, []string{"Label", "Label", "Unlabel"})
	keys := []string{g.labelKey(m)}
	for range g.n(3) {
		keys = append(keys, g.labelKey(m))
	}
	switch g.n(40) {
	case 0:
		keys = nil
	case 1:
		keys = slices.Repeat(keys[:1], 100+g.n(2))
	}
	op.Args = []any{g.id(m), keys}
}

func (g *gen) name(names []string) string {
	if oneIn(g, 12) {
		return pick(g, badNames)
	}
	return pick(g, names)
}

func (g *gen) defineLabel(op *Op, m *Model) {
	op.Method, op.Args = "FindOrCreateLabel", []any{g.name(labelNames)}
}

func (g *gen) defineField(op *Op, m *Model) {
	op.Method, op.Args = "FindOrCreateField", []any{g.name(fieldNames), tag(g, dataTypes)}
}

func (g *gen) renameLabel(op *Op, m *Model) {
	op.Method, op.Args = "RenameLabel", []any{g.labelKey(m), g.name(labelNames)}
}

func (g *gen) renameField(op *Op, m *Model) {
	op.Method, op.Args = "RenameField", []any{g.fieldKey(m), g.name(fieldNames)}
}

func (g *gen) deleteLabel(op *Op, m *Model) { op.Method, op.Args = "DeleteLabel", []any{g.labelKey(m)} }

func (g *gen) deleteField(op *Op, m *Model) { op.Method, op.Args = "DeleteField", []any{g.fieldKey(m)} }

func (g *gen) memberInfo() *contacts.Member {
	if oneIn(g, 2) {
		return nil
	}
	member := &contacts.Member{
		MemberID: idOf(0, 300+g.n(3)), SignupDate: g.now,
		Email: pick(g, append([]string{"", "", "login@x.io"}, emailPool...)), Status: tag(g, memberStatuses),
	}
	if oneIn(g, 4) {
		member.User = &contacts.MemberUser{UserID: idOf(0, 400), Role: tag(g, roles)}
	}
	if oneIn(g, 4) {
		member.Profile = &contacts.MemberProfile{Nickname: "nick", PrivacyStatus: tag(g, privacyStatuses)}
		if oneIn(g, 2) {
			photo := g.image()
			member.Profile.Photo = &photo
		}
	}
	if oneIn(g, 4) {
		member.Session = &contacts.MemberSession{LastWebLogin: g.date(), MobileAppNames: []string{"app"}}
	}
	if oneIn(g, 4) {
		member.GroupIDs = g.guids()
	}
	switch g.n(30) {
	case 0:
		member.MemberID = uuid.Nil
	case 1:
		member.Email = pick(g, badEmails)
	case 2:
		member.Profile = &contacts.MemberProfile{Nickname: strings.Repeat("n", 256)}
	case 3:
		member.Session = &contacts.MemberSession{MobileAppNames: slices.Repeat([]string{"x"}, 50+g.n(2))}
	case 4:
		member.Session = &contacts.MemberSession{MobileAppNames: []string{"", strings.Repeat("x", 51)}}
	case 5:
		member.SignupDate = g.date()
	}
	return member
}

func (g *gen) member(op *Op, m *Model) {
	id := g.id(m)
	if oneIn(g, 6) { // MEM-9: a contact without room for another email
		for _, p := range m.people {
			if len(p.contact.Info.Emails) == 50 {
				id = p.contact.ID
			}
		}
	}
	if p := m.find(id); p != nil && oneIn(g, 6) {
		op.IDs = g.itemIDs(&p.contact.Info)
	}
	op.Method, op.Args = "SetMember", []any{id, g.memberInfo()}
}

func (g *gen) billing(op *Op, m *Model) {
	op.Method, op.Args = "SetBillingSubscription", []any{g.id(m), oneIn(g, 4)}
}

// address returns an email or a phone, mostly one of the contact.
func (g *gen) address(m *Model, id uuid.UUID, phones bool) string {
	var own []string
	if p := m.find(id); p != nil {
		for _, e := range p.contact.Info.Emails {
			own = append(own, e.Address, strings.ToUpper(e.Address))
		}
		for _, t := range p.contact.Info.Phones {
			if phones {
				own = append(own, t.Number, t.E164)
			}
		}
	}
	if len(own) > 0 && !oneIn(g, 8) {
		return pick(g, own)
	}
	return pick(g, slices.Concat(emailPool, e164Pool, badEmails))
}

func (g *gen) subscription(op *Op, m *Model) {
	id := g.id(m)
	op.Method, op.Args = "SetSubscription", []any{id, g.address(m, id, true), tag(g, subscriptionWords)}
}

func (g *gen) deliverability(op *Op, m *Model) {
	id := g.id(m)
	op.Method, op.Args = "SetDeliverability", []any{id, g.address(m, id, false), tag(g, emailDeliverabilityWords)}
}

func (g *gen) systemFields(op *Op, m *Model) {
	values := make(map[string]any)
	if oneIn(g, 3) { // MRG-15
		values["ecom.totalSpentAmount"] = pick(g, []any{nil, 7, 10})
		values["ecom.totalSpentCurrency"] = pick(g, []any{nil, "EUR", "JPY"})
	}
	for range g.n(4) {
		key := pick(g, settableFields)
		if oneIn(g, 12) {
			key = g.fieldKey(m)
		}
		values[key] = g.value(m, key)
	}
	op.Method, op.Args = "SetSystemFields", []any{g.id(m), values}
}

func (g *gen) activity(op *Op, m *Model) {
	at := time.Time{}
	if oneIn(g, 2) {
		at = g.date()
	}
	op.Method, op.Args = "RecordActivity", []any{g.id(m), tag(g, activityWords), at}
}

func (g *gen) resolve(op *Op, m *Model) { op.Method, op.Args = "Resolve", []any{g.id(m)} }

func (g *gen) follow(op *Op, m *Model) {
	op.Method, op.Args = "Follow", []any{pick(g, []int{1, 0, -1, -2, -3, -5, -20, -1000000})}
	if oneIn(g, 3) {
		op.Method = "TrimFeed"
	}
}

// whole makes an operation on a whole store.
func (g *gen) whole(op *Op, m *Model) {
	op.Args = nil
	switch g.n(8) {
	case 0, 1:
		op.Method = "Fork"
	case 2, 3:
		op.Method = "Keep"
	case 4:
		if op.On != 0 && oneIn(g, 2) {
			op.Method = "Close"
			return
		}
		op.Method = "Keep"
	default:
		op.Method = "Reload"
	}
}

// maintenance makes a call about the log that the store may have.
func (g *gen) maintenance(op *Op, m *Model) {
	op.Method, op.Args = pick(g, []string{"Compact", "Compact", "Compact", "Erase", "Sync", "Outcome"}), nil
	if op.Method == "Outcome" {
		op.Args = []any{idOf(0, 4)}
	}
}

// imports makes an import of new, captured and invalid contacts.
func (g *gen) imports(op *Op, m *Model) {
	var opts *contacts.ImportOptions
	if !oneIn(g, 4) {
		opts = &contacts.ImportOptions{
			AllOrNothing: oneIn(g, 3), AllowDuplicates: !oneIn(g, 3), Define: oneIn(g, 2), Source: g.source(),
			BatchSize: pick(g, []int{0, 0, 1, 2, 3, -1, 10_001}),
		}
	}
	var rows []ImportRow
	for range g.n(5) {
		rows = append(rows, g.row(m))
	}
	if oneIn(g, 2) { // from a file
		for i := range rows {
			rows[i].Line = 101 + i
		}
	}
	if oneIn(g, 60) {
		op.IDs = []uuid.UUID{uuid.Nil}
	}
	if oneIn(g, 20) {
		op.IDs = []uuid.UUID{idOf(0, 600+g.n(4)), idOf(0, 700+g.n(4)), idOf(op.N, 900), idOf(op.N, 900)}
	}
	op.Method, op.Args = "Import", []any{rows, opts}
}

var errRows = errors.New("reading the rows failed")

func (g *gen) row(m *Model) ImportRow {
	switch g.n(40) {
	case 0:
		return ImportRow{}
	case 1:
		return ImportRow{Err: &contacts.LineError{Line: 7, Err: errRows}}
	case 2:
		return ImportRow{Err: errRows}
	}
	c := &contacts.Contact{Info: g.info(m)}
	if oneIn(g, 4) && len(m.people) > 0 {
		c = deepCopy(&pick(g, m.people).contact)
		c.ID = uuid.Nil
	}
	withIDs(g, c)
	switch g.n(8) {
	case 0, 1:
		c.ID = idOf(0, 500+g.n(40))
	case 2:
		c.ID = g.id(m)
	}
	if oneIn(g, 3) {
		c.Revision = pick(g, []int{0, 1, 2, 7, 1<<30 - 1, 1 << 30, -1})
		c.CreatedDate, c.UpdatedDate = g.date(), g.date()
	}
	if oneIn(g, 4) {
		c.Source = g.source()
		c.LastActivity = contacts.Activity{ActivityDate: g.date(), ActivityType: tag(g, activityWords)}
		switch g.n(6) {
		case 0:
			c.LastActivity.Description, c.LastActivity.Date = strings.Repeat("d", 1000+g.n(2)), g.date()
		case 1:
			name := strings.Repeat("i", 50+g.n(2))
			c.LastActivity.Icon = &contacts.Icon{Name: name, URL: pick(g, []string{"", "https://x.io/i", "x"})}
		}
	}
	if oneIn(g, 3) {
		withStatuses(g, c)
	}
	if oneIn(g, 6) {
		c.Member = g.memberInfo()
		c.Segments = g.guids()
		image := g.image()
		c.Picture = &image
	}
	return ImportRow{Contact: c}
}

// withStatuses gives a contact statuses of its primary email and phone.
func withStatuses(g *gen, c *contacts.Contact) {
	in := &c.Info
	c.PrimaryEmail = contacts.PrimaryEmail{
		Email:                pick(g, append([]string{"", ""}, emailPool...)),
		SubscriptionStatus:   tag(g, subscriptionWords),
		DeliverabilityStatus: tag(g, emailDeliverabilityWords),
	}
	if len(in.Emails) > 0 && oneIn(g, 2) {
		c.PrimaryEmail.Email = pick(g, in.Emails).Address
	}
	c.PrimaryPhone = contacts.PrimaryPhone{SubscriptionStatus: tag(g, subscriptionWords)}
	if len(in.Phones) > 0 && oneIn(g, 2) {
		c.PrimaryPhone.Phone = pick(g, in.Phones).Number
	}
	if oneIn(g, 3) {
		c.PrimaryPhone.E164 = pick(g, e164Pool)
	}
	if oneIn(g, 4) {
		c.PrimaryPhone.DeliverabilityStatus = tag(g, phoneDeliverabilityWords)
	}
	if oneIn(g, 3) {
		c.PrimaryEmail.SubscriptionStatus, c.PrimaryEmail.DeliverabilityStatus = "", ""
		values := map[string]any{
			"emailSubscriptions.subscriptionStatus":   pick(g, []any{"", "SUBSCRIBED", "NOT_SET", "x", 5.0}),
			"emailSubscriptions.deliverabilityStatus": pick(g, []any{nil, "BOUNCED", "NOT_SET"}),
			"emailSubscriptions.effectiveEmail":       pick(g, []any{"", "ann@x.io", "BOB@x.io"}),
		}
		for key, v := range in.ExtendedFields {
			if !derived(key) {
				values[key] = v
			}
		}
		in.ExtendedFields = values
	}
}

// withIDs gives some items IDs, sometimes equal ones.
func withIDs(g *gen, c *contacts.Contact) {
	for i := range c.Info.Emails {
		if oneIn(g, 3) {
			c.Info.Emails[i].ID = idOf(0, 600+g.n(4))
		}
	}
	for i := range c.Info.Phones {
		if oneIn(g, 3) {
			c.Info.Phones[i].ID = idOf(0, 700+g.n(4))
		}
	}
}

// setup chooses the options of a store.
func setup(c Choices) Setup {
	s := Setup{Options: contacts.Options{
		Region:     pick(c, []string{"", "", "ZZ", "US", "DE"}),
		LabelQuota: pick(c, []int{0, 6, 3}),
		FieldQuota: pick(c, []int{0, 5, 2}),
		FeedSize:   pick(c, []int{0, 1, 5, 40}),
	}, Every: 32}
	s.Options.NewestFirst = oneIn(c, 3)
	s.Options.ContactSizeMax = pick(c, []int{0, 0, 0, 0, 0, 1000, 2500})
	s.Options.FeedBytes = pick(c, []int{0, 0, 0, 1})
	if oneIn(c, 3) {
		s.Options.CursorKey = [32]byte{1}
	}
	if oneIn(c, 4) {
		s.Options.DefaultSource = contacts.Source{AppID: "default"}
	}
	switch c.n(200) {
	case 199:
		s.Options.Region = pick(c, []string{"XX", "us", "\xff"})
	case 198:
		s.Options.LabelQuota, s.Options.FieldQuota, s.Options.FeedSize = -1, -2, -3
		s.Options.ContactSizeMax, s.Options.FeedBytes = -4, -5
	case 197:
		s.Options.DefaultSource.SourceType = "nonsense"
	}
	return s
}
