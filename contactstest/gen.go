package contactstest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Gen generates input for a store: infos, patches, queries and so on. What it generates is valid, so a store accepts it
// (TST-23), unless a method says otherwise. A generator from a seed is deterministic within a release of this package:
// equal calls return equal values (TST-24). The caller owns the values. A Gen is not safe for concurrent use: give each
// goroutine a seed of its own. Generators with different seeds never make the same email, and rarely the same phone.
//
// The exported fields can be set before and between calls.
type Gen struct {
	// Collisions is the probability, from 0 to 1, that an email or a phone repeats an earlier one of the generator, so
	// that its contact may be a duplicate. The default of 0 never repeats one.
	Collisions float64

	// Labels are the keys of the labels that infos have, by default those of the system.
	Labels []string

	// Fields are the extended fields for which infos have values, by default invoices.vatId. Only the key and the data
	// type matter. Fields that callers cannot write must not be among them.
	Fields []contacts.Field

	source source
	name   string // of the seed, in emails
	made   int    // emails
	plans  map[*plan]*planUse

	// Some earlier values, for collisions and queries.
	emails    []string
	phones    []contacts.Phone
	names     []contacts.Name
	companies []string
	ids       []uuid.UUID
}

// remembered is the number of values of a kind that a generator remembers.
const remembered = 64

// NewGen returns the generator of a seed.
func NewGen(seed uint64) *Gen {
	key := keyOf(seed, "generator")
	return newGen(&seeded{rand.New(rand.NewChaCha8(key))}, strconv.FormatUint(seed, 36))
}

// GenFrom returns a generator that is steered by the input of a fuzzer. It keeps data, which must not change. When the
// bytes are used up, see [Gen.Done], its values are the simplest ones.
func GenFrom(data []byte) *Gen { return newGen(&bytesSource{left: data}, "_") }

func newGen(s source, name string) *Gen {
	return &Gen{
		Labels: []string{"contacts.customers", "contacts.contacted-me"},
		Fields: []contacts.Field{{Key: "invoices.vatId", DataType: contacts.DataText}},
		source: s, name: name, plans: make(map[*plan]*planUse),
	}
}

// Done reports whether a generator from [GenFrom] has used up its bytes. It is false for one with a seed.
func (g *Gen) Done() bool { return g.source.done() }

// Definer defines labels and extended fields, as [API] does.
type Definer interface {
	FindOrCreateLabel(ctx context.Context, displayName string) (contacts.Label, bool, error)
	FindOrCreateField(ctx context.Context, displayName string, t contacts.DataType) (contacts.Field, bool, error)
}

// Define finds or creates some labels, and extended fields of every type, and adds them to Labels and Fields, so that
// infos have them from now on.
//
// Errors: those of the store, such as LABELS_QUOTA_REACHED.
func (g *Gen) Define(ctx context.Context, in Definer) error {
	for _, name := range []string{"VIP", "Newsletter", "Größe 3/4", "お得意様", "Поставщик"} {
		l, _, err := in.FindOrCreateLabel(ctx, name)
		if err != nil {
			return err
		}
		g.addLabel(l)
	}
	for _, f := range []contacts.Field{
		{DisplayName: "Nickname", DataType: contacts.DataText}, {DisplayName: "Points", DataType: contacts.DataNumber},
		{DisplayName: "Joined on", DataType: contacts.DataDate}, {DisplayName: "Home page", DataType: contacts.DataURL},
	} {
		defined, _, err := in.FindOrCreateField(ctx, f.DisplayName, f.DataType)
		if err != nil {
			return err
		}
		g.addField(defined)
	}
	return nil
}

// addLabel adds a label to Labels, unless it is one of them.
func (g *Gen) addLabel(l contacts.Label) {
	if !slices.Contains(g.Labels, l.Key) {
		g.Labels = append(g.Labels, l.Key)
	}
}

// addField adds a field to Fields, unless it is one of them.
func (g *Gen) addField(f contacts.Field) {
	if !slices.ContainsFunc(g.Fields, func(old contacts.Field) bool { return old.Key == f.Key }) {
		g.Fields = append(g.Fields, f)
	}
}

// Info returns a person: a name in one of several scripts, often with emails, phones, addresses and other data, whose
// language and country fit the name. About one in a hundred has a text or a list of the maximum length. The emails and
// phones are new ones, except for Gen.Collisions.
func (g *Gen) Info() contacts.Info {
	c := pickFrom(g, cultures)
	in := contacts.Info{Name: g.nameOf(c)}
	for range g.amount(1, 3) {
		in.Emails = append(in.Emails, g.emailOf(c))
	}
	for range g.amount(0, 3) {
		in.Phones = append(in.Phones, g.phoneIn(c.country))
	}
	for range g.amount(0, 2) {
		in.Addresses = append(in.Addresses, g.addressIn(c))
	}
	g.flag(in.Emails, in.Phones)
	g.details(c, &in)
	if g.n(128) == 127 {
		g.stretch(&in)
	}
	if !identified(in) {
		in.Emails = []contacts.Email{g.emailOf(c)}
	}
	return in
}

// details sets everything except the name and the lists of the info.
func (g *Gen) details(c *culture, in *contacts.Info) {
	if g.n(3) == 2 {
		in.Company = g.company()
	}
	if g.n(3) == 2 {
		in.JobTitle = pick(g, "Analyst", "Botanist", "Plombière", "Инженер", "デザイナー", "Owner & \"boss\"")
	}
	if g.n(3) == 2 {
		in.Birthdate = g.date()
	}
	if g.n(3) == 2 {
		in.Locale = c.locale
	}
	if g.n(2) == 1 {
		in.LabelKeys = g.labels()
	}
	if g.n(2) == 1 {
		in.ExtendedFields = g.values()
	}
	if g.n(6) == 5 {
		in.Picture = g.Picture()
	}
	for range g.amount(0, 1) {
		in.Locations = append(in.Locations, remember(&g.ids, g.id()))
	}
	for range g.amount(0, 1) {
		in.AssignedUserIDs = append(in.AssignedUserIDs, g.id())
	}
}

// identified reports whether the info has a name, an email or a phone (CRT-1). No name that is generated is blank.
func identified(in contacts.Info) bool {
	return in.Name != contacts.Name{} || len(in.Emails) > 0 || len(in.Phones) > 0
}

// stretch makes one member as long as a store allows.
func (g *Gen) stretch(in *contacts.Info) {
	text := func(n int) string { return strings.Repeat(pick(g, "a", "é", "字", "😀", "<"), n) }
	switch g.n(8) {
	case 0:
		in.Name.First = text(1000)
	case 1:
		in.Company = text(1000)
	case 2:
		fill(g, &in.Emails, listMax, (*Gen).Email)
	case 3:
		fill(g, &in.Phones, listMax, (*Gen).Phone)
	case 4:
		in.Addresses = append(in.Addresses, contacts.Address{
			AddressLine: text(1000), City: text(1000), PostalCode: text(100), Hint: text(200),
			FormattedAddress: text(2000),
		})
	case 5:
		fill(g, &in.Locations, listMax, (*Gen).id)
	case 6:
		e := g.Email()
		e.Address = e.Address + strings.Repeat("x", 320-len([]rune(e.Address)))
		in.Emails = append(in.Emails, e)
	default:
		in.JobTitle = text(1000)
	}
}

// fill adds items to a list until it has n.
func fill[T any](g *Gen, list *[]T, n int, made func(*Gen) T) {
	for len(*list) < n {
		*list = append(*list, made(g))
	}
}

// flag makes one email and one phone primary, or leaves that to the store.
func (g *Gen) flag(emails []contacts.Email, phones []contacts.Phone) {
	if len(emails) > 0 && g.n(2) == 1 {
		emails[g.n(len(emails))].Primary = true
	}
	if len(phones) > 0 && g.n(2) == 1 {
		phones[g.n(len(phones))].Primary = true
	}
}

// Name returns a name with at least one part.
func (g *Gen) Name() contacts.Name { return g.nameOf(pickFrom(g, cultures)) }

func (g *Gen) nameOf(c *culture) contacts.Name {
	n := contacts.Name{First: pickFrom(g, c.first), Last: pickFrom(g, c.last)}
	switch g.n(12) {
	case 10:
		n.Last = ""
	case 11:
		n.First = ""
	case 9:
		n.Last += "-" + pickFrom(g, c.last)
	}
	return remember(&g.names, n)
}

// Email returns an email. It has no ID and is not primary. Every address differs from all earlier ones of the generator
// unless [Gen.Collisions] lets it repeat one, perhaps in another case. No one has such an address: the domains are
// reserved.
func (g *Gen) Email() contacts.Email { return g.emailOf(pickFrom(g, cultures)) }

func (g *Gen) emailOf(c *culture) contacts.Email {
	e := contacts.Email{
		Tag: pick(g, "", contacts.EmailUntagged, contacts.EmailMain, contacts.EmailHome, contacts.EmailWork),
	}
	if len(g.emails) > 0 && g.chance(g.Collisions) {
		e.Address = pickFrom(g, g.emails)
		if g.n(4) == 3 {
			e.Address = strings.ToUpper(e.Address)
		}
		return e
	}
	g.made++
	own := g.name + "-" + strconv.Itoa(g.made)
	local := pickFrom(g, c.mail) + "." + own
	switch g.n(24) {
	case 20:
		local = pickFrom(g, c.mail) + "+" + own
	case 21:
		local = strings.ToUpper(local)
	case 22:
		local = `"` + local + ` and co"`
	case 23:
		local = "köln." + own
	}
	e.Address = local + "@" + pick(g, "example.com", "example.org", "example.net", "mail.example", "bücher.example")
	remember(&g.emails, e.Address)
	return e
}

// Address returns a postal address, mostly with a street in one of the two forms, perhaps with a subdivision, a
// position and a hint. It has no ID.
func (g *Gen) Address() contacts.Address { return g.addressIn(pickFrom(g, cultures)) }

func (g *Gen) addressIn(c *culture) contacts.Address {
	number := strconv.Itoa(1 + g.n(300))
	a := contacts.Address{
		Tag: pick(g, "", contacts.AddressUntagged, contacts.AddressHome, contacts.AddressWork, contacts.AddressBilling,
			contacts.AddressShipping),
		Country: c.country, City: pickFrom(g, c.cities), PostalCode: strconv.Itoa(10000 + g.n(90000)),
	}
	street := pickFrom(g, c.streets)
	switch g.n(4) {
	case 0, 1:
		a.AddressLine = street + " " + number
	case 2:
		a.StreetAddress = &contacts.StreetAddress{Number: number, Name: street}
		if g.n(4) == 3 {
			a.StreetAddress.Apt = strconv.Itoa(1 + g.n(40))
		}
	}
	if len(c.subdivisions) > 0 && g.n(3) > 0 {
		a.Subdivision = pickFrom(g, c.subdivisions)
	}
	if g.n(6) == 5 {
		a.AddressLine2 = pick(g, "Floor 3", "c/o Acorn", "2ème étage")
	}
	if g.n(8) == 7 {
		a.Hint = pick(g, "Blue door", "Ring twice")
	}
	if g.n(8) == 7 {
		a.FormattedAddress = street + " " + number + "\n" + a.City
	}
	if g.n(6) == 5 {
		a.Geocode = &contacts.Geocode{Latitude: float64(g.n(1800))/10 - 90, Longitude: float64(g.n(3600))/10 - 180}
	}
	return a
}

// Picture returns a picture.
func (g *Gen) Picture() *contacts.Picture {
	n := strconv.Itoa(g.n(10000))
	p := &contacts.Picture{Image: contacts.Image{ID: "picture-" + n, Width: g.n(4000), Height: g.n(4000)}}
	switch g.n(3) {
	case 1:
		p.Image.URL = "https://images.example/" + n + ".png"
		p.ImageProvider = pick(g, contacts.ImageProviderExternal, contacts.ImageProviderUnknown)
	case 2:
		p.Image.URL = "wix:image://v1/" + n + "/leaf.png#originWidth=10&originHeight=20"
		p.Image.AltText, p.Image.Filename = "Leaf 🍃", "leaf.png"
		p.ImageProvider = contacts.ImageProviderWixMedia
		p.Image.URLExpirationDate = g.time()
	}
	return p
}

// Source returns the source of a contact.
func (g *Gen) Source() contacts.Source {
	s := contacts.Source{SourceType: pick(g, contacts.SourceOther, contacts.SourceAdmin, contacts.SourceImport,
		contacts.SourceThirdParty, contacts.SourceWixForms, contacts.SourceWixStores)}
	if g.n(2) == 1 {
		s.AppID = g.id().String()
	}
	return s
}

// Activity returns an activity that a caller can record, with its time.
func (g *Gen) Activity() contacts.Activity {
	return contacts.Activity{ActivityDate: g.time(), ActivityType: pick(g,
		contacts.ActivityGeneral, contacts.ActivityMemberLogin, contacts.ActivityFormSubmitted,
		contacts.ActivityEcomPurchase, contacts.ActivityEventsRSVP, contacts.ActivityInvoicePay)}
}

func (g *Gen) company() string {
	name := pick(g, "Acorn", "Acorn & Söhne", "Globex", "株式会社どんぐり", "ООО Жёлудь", "Bolota") + " " +
		strconv.Itoa(1+g.n(40))
	return remember(&g.companies, name)
}

// labels returns keys of labels, perhaps with repetitions, which the store drops.
func (g *Gen) labels() []string {
	var keys []string
	if len(g.Labels) > 0 {
		for range g.amount(1, 2) {
			keys = append(keys, pickFrom(g, g.Labels))
		}
	}
	return keys
}

// values returns values for some of the fields.
func (g *Gen) values() map[string]any {
	values := make(map[string]any)
	for _, f := range g.Fields {
		if g.n(2) == 1 {
			values[f.Key] = g.value(f.DataType)
		}
	}
	return values
}

// value returns a value of an extended field that is not empty.
func (g *Gen) value(t contacts.DataType) any {
	switch t {
	case contacts.DataNumber:
		return pick[any](g, g.n(1000), float64(g.n(1000))/8, -g.n(1000), int64(1)<<53, json.Number("0.25"), 1e300, 0)
	case contacts.DataDate:
		return g.date()
	case contacts.DataURL:
		return pick(g, "https://", "", "http://", "ftp://") +
			pick(g, "example.com/a?b=c#d", "münchen.example/ü", "x.test")
	default:
		return pick(g, "Ada", "Größe", "字", " spaced ", "line\nbreak", "<b>&", "😀") + strconv.Itoa(g.n(100))
	}
}

func (g *Gen) date() string { return g.time().Format(time.DateOnly) }

// time returns a time in the years from 1930 to 2024, in whole milliseconds.
func (g *Gen) time() time.Time {
	day := time.Date(1930, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, g.n(34000))
	return day.Add(time.Duration(g.n(86400000)) * time.Millisecond)
}

// id returns a random UUID of version 4.
func (g *Gen) id() uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(g.n(256))
	}
	return version4(id)
}

// amount returns a number of items: often least, sometimes up to most, and rarely 0.
func (g *Gen) amount(least, most int) int {
	switch n := g.n(8); {
	case n == 7:
		return 0
	case n >= 5:
		return least + g.n(most-least+1)
	case n >= 3:
		return max(1, least)
	default:
		return least
	}
}

// n returns a number from 0 to limit-1.
func (g *Gen) n(limit int) int { return g.source.n(limit) }

func (g *Gen) chance(p float64) bool { return p > 0 && g.source.float() < p }

func pick[T any](g *Gen, of ...T) T { return pickFrom(g, of) }

func pickFrom[T any](g *Gen, of []T) T { return of[g.n(len(of))] }

// remember adds a value to a list, and drops the older half of a full list first.
func remember[T any](list *[]T, v T) T {
	if len(*list) == remembered {
		*list = append((*list)[:0], (*list)[remembered/2:]...)
	}
	*list = append(*list, v)
	return v
}

// source makes choices.
type source interface {
	n(limit int) int // from 0 to limit-1
	float() float64  // from 0 to below 1
	done() bool
}

// seeded makes random choices.
type seeded struct{ rng *rand.Rand }

func (s *seeded) n(limit int) int { return s.rng.IntN(limit) }

func (s *seeded) float() float64 { return s.rng.Float64() }

func (s *seeded) done() bool { return false }

// bytesSource takes its choices from bytes, and makes the first choice when they are used up.
type bytesSource struct{ left []byte }

func (s *bytesSource) n(limit int) int {
	n := 0
	for span := 1; span < limit; span <<= 8 {
		n = n<<8 | s.next()
	}
	return n % limit
}

// float returns its maximum when the bytes are used up, so that nothing improbable happens.
func (s *bytesSource) float() float64 { return float64(255-s.next()) / 256 }

func (s *bytesSource) done() bool { return len(s.left) == 0 }

func (s *bytesSource) next() int {
	if len(s.left) == 0 {
		return 0
	}
	b := s.left[0]
	s.left = s.left[1:]
	return int(b)
}
