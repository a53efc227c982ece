package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// document is a contact as the user of a database without rules declares it. It has all that the caller of the store
// writes, and the E.164 forms of the numbers, by which contacts are found. What the store derives in addition, such as
// the IDs of emails and formatted numbers, is work and memory of the store alone.
type document struct {
	ID        uuid.UUID         `json:"id"`
	Revision  int               `json:"revision"`
	Created   time.Time         `json:"created"`
	Updated   time.Time         `json:"updated"`
	First     string            `json:"first"`
	Last      string            `json:"last"`
	Company   string            `json:"company,omitempty"`
	JobTitle  string            `json:"jobTitle,omitempty"`
	Locale    string            `json:"locale,omitempty"`
	Emails    []email           `json:"emails,omitempty"`
	Phones    []phone           `json:"phones,omitempty"`
	Addresses []address         `json:"addresses,omitempty"`
	Labels    []string          `json:"labels,omitempty"`
	Fields    map[string]string `json:"fields,omitempty"`
}

type email struct {
	Tag     string `json:"tag"`
	Address string `json:"address"`
	Primary bool   `json:"primary,omitempty"`
}

type phone struct {
	Tag     string `json:"tag"`
	Country string `json:"country"`
	Number  string `json:"number"`
	E164    string `json:"e164"`
	Primary bool   `json:"primary,omitempty"`
}

type address struct {
	Tag         string `json:"tag"`
	Line        string `json:"line"`
	City        string `json:"city"`
	Subdivision string `json:"subdivision"`
	PostalCode  string `json:"postalCode"`
	Country     string `json:"country"`
}

// clone returns a deep copy. Strings are shared, because they never change.
func (d *document) clone() *document {
	c := *d
	c.Emails = slices.Clone(d.Emails)
	c.Phones = slices.Clone(d.Phones)
	c.Addresses = slices.Clone(d.Addresses)
	c.Labels = slices.Clone(d.Labels)
	c.Fields = maps.Clone(d.Fields)
	return &c
}

func (d *document) hit() hit { return hit{ID: d.ID, Revision: d.Revision} }

func (d *document) key() key { return keyOf(d.ID) }

// equal reports whether two documents have the same values, apart from the time of the last update.
func (d *document) equal(e *document) bool {
	text := func(d *document) []byte {
		c := *d
		c.Created, c.Updated = d.Created.UTC(), time.Time{}
		data, err := json.Marshal(c)
		if err != nil {
			panic(err) // a document has no value that JSON cannot hold
		}
		return data
	}
	return bytes.Equal(text(d), text(e))
}

// emailKey is the form in which emails are compared.
func emailKey(address string) string { return strings.ToLower(address) }

const (
	seed   = 42
	labels = 50
	fields = 5

	// Documents from these numbers on are in no engine after an import: those that benchmarks create, and those whose
	// phones they use for updates. Few enough that the store remembers their numbers once it has parsed them.
	firstFresh = 2_000_000
	firstSpare = 3_000_000
)

// birth is the time at which document 0 was created; each one is a second younger.
var birth = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func labelName(i int) string { return fmt.Sprintf("Circle %02d", i) }

// labelKey is the key that the store makes of the name.
func labelKey(i int) string { return fmt.Sprintf("custom.circle-%02d", i) }

func fieldName(i int) string { return fmt.Sprintf("Note %d", i) }

func fieldKey(i int) string { return fmt.Sprintf("custom.note-%d", i) }

// makeDocument makes the i-th document, always the same: 1 to 3 emails, 1 or 2 phones, half with an address, up to 4
// labels and 3 fields. No two documents have an email or a phone in common.
func makeDocument(i int) *document {
	rnd := rand.New(rand.NewPCG(seed, uint64(i)))
	d := &document{
		ID: makeID(rnd), Revision: 1, Created: birth.Add(time.Duration(i) * time.Second),
		First:   pick(rnd, "Ada", "Bruno", "Chidi", "Dana", "Emre", "Freya", "Goran", "Hana", "Ines", "Jonas"),
		Last:    pick(rnd, "Adler", "Brook", "Castell", "Dorn", "Ekwall", "Falk", "Gruber", "Holt", "Imhof", "Jansen"),
		Company: pick(rnd, "", "", "Acorn Works", "Birch and Sons", "Cedar Labs"), JobTitle: makeTitle(i),
		Locale: pick(rnd, "", "en-us", "de-de"),
	}
	d.Updated = d.Created
	for k := range pick(rnd, 1, 1, 1, 1, 2, 3) {
		d.Emails = append(d.Emails, email{
			Tag: "HOME", Primary: k == 0,
			Address: strings.ToLower(fmt.Sprintf("%s.%s.%d.%d@example.com", d.First, d.Last, i, k)),
		})
	}
	for k := range pick(rnd, 1, 1, 1, 2) {
		d.Phones = append(d.Phones, makePhone(2*i+k, k == 0))
	}
	if rnd.IntN(2) == 0 {
		d.Addresses = []address{{
			Tag: "HOME", Line: fmt.Sprintf("%d Harbor Street", 1+rnd.IntN(200)), City: "Springfield",
			Subdivision: "US-IL", PostalCode: "62701", Country: "US",
		}}
	}
	for range rnd.IntN(5) {
		if label := labelKey(rnd.IntN(labels)); !slices.Contains(d.Labels, label) {
			d.Labels = append(d.Labels, label)
		}
	}
	for k := range rnd.IntN(4) {
		if d.Fields == nil {
			d.Fields = make(map[string]string)
		}
		d.Fields[fieldKey((i+k)%fields)] = fmt.Sprintf("Value %06d", rnd.IntN(1_000_000))
	}
	return d
}

func makeID(rnd *rand.Rand) uuid.UUID {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(rnd.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, as the store makes them
	return id
}

// makeTitle makes a job title. It differs from those of the numbers before and after.
func makeTitle(i int) string { return fmt.Sprintf("Engineer, grade %02d", i%100) }

// makePhone makes the i-th number, in exchanges from 555 downwards.
func makePhone(i int, primary bool) phone {
	areas := []int{
		201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228,
		229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
	}
	area, line := areas[i%len(areas)], i/len(areas)
	exchange, line := 555-line/10_000, line%10_000
	return phone{
		Tag: "MOBILE", Country: "US", Primary: primary,
		Number: fmt.Sprintf("(%d) %d-%04d", area, exchange, line),
		E164:   fmt.Sprintf("+1%d%d%04d", area, exchange, line),
	}
}

func pick[T any](rnd *rand.Rand, values ...T) T { return values[rnd.IntN(len(values))] }

// newClock returns a clock that starts a year after the youngest document of an import, and advances by a millisecond
// with each call.
func newClock() func() time.Time {
	var calls atomic.Int64
	start := birth.AddDate(1, 0, 0)
	return func() time.Time { return start.Add(time.Duration(calls.Add(1)) * time.Millisecond) }
}
