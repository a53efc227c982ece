package contactstest

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// named returns an info with a first and a last name.
func named(first, last string) contacts.Info {
	return contacts.Info{Name: contacts.Name{First: first, Last: last}}
}

// peopleFound creates a contact and requires that each text of find finds it, and none of not.
func peopleFound(k *kit, info contacts.Info, find, not []string) {
	k.Helper()
	c := k.create(info)
	for _, text := range find {
		k.finds("a people search for "+text, contacts.Query{People: text, Filter: contacts.Eq("id", c.ID)}, c)
		k.finds("a people search for "+text, contacts.Query{People: text}, c)
	}
	for _, text := range not {
		k.finds("a people search for "+text, contacts.Query{People: text})
	}
	k.remove(c.ID)
}

// ranked creates contacts whose companies tell them apart; found names them in the order of a query.
func ranked(k *kit) (found func(contacts.Query) string) {
	k.Helper()
	names := map[uuid.UUID]string{}
	add := func(company string, edit func(*contacts.Info)) {
		info := named("", "Q")
		info.Company = company
		edit(&info)
		names[k.create(info).ID] = company
		k.tick()
	}
	add("phone", func(in *contacts.Info) { in.Phones = []contacts.Phone{number("US", "212-555-0101")} })
	add("label", email("x@adams.212.test"))
	add("domain", email("x@ada.test"))
	add("title-begins", func(in *contacts.Info) { in.JobTitle = "Adabas expert" })
	add("title", func(in *contacts.Info) { in.JobTitle = "Ada programmer 212" })
	add("Adamant-co", func(*contacts.Info) {})
	add("of-Ada", func(in *contacts.Info) { in.JobTitle = "ada" })
	add("last-begins", func(in *contacts.Info) { in.Name.Last = "Adams" })
	add("last", func(in *contacts.Info) { in.Name.Last = "O'Hara-Ada" })
	add("first", func(in *contacts.Info) { in.Name.First = "Ada"; email("b.x@y.test")(in) })
	add("both", func(in *contacts.Info) { in.Name = contacts.Name{First: "Adam", Last: "Byron Ada"} })
	return func(q contacts.Query) string {
		k.Helper()
		var list []string
		for _, id := range k.list(q) {
			list = append(list, names[id])
		}
		return strings.Join(list, " ")
	}
}

// peopleCases are those of the people search, QRY-9 to QRY-12.
var peopleCases = []conformCase{
	{"QRY-9 beginnings of words in all places", alone, func(k *kit) {
		info := named("Ada Maria", "Byron")
		info.Company, info.JobTitle = "Difference Engines Ltd.", "Head of R&D"
		info.Emails = person("", "ada.byron+news@mail.my-host.example.com", " Second_Box@example.net\t").Emails
		peopleFound(k, info, []string{
			"Ada Byron", "byron ada", "b", "mar", "ADA  MARIA\tBYRON", "Engines", "engines ltd.", "l.t.d", "by head", "r&d",
			"rd", "d", "ada.b", "ada.byron+n", "byron+news@mail", "ada@", "mail.my", "example.com", "com", "box",
			"second_box@example.net", "ada,byron", "(ada)",
		}, []string{
			"da", "yron", "adabyron", "ada byron x", "ngines", "ada.m", "ada@ex", "host", "example.comm", "headof",
		})
	}},
	{"QRY-9 the last word of long texts", alone, func(k *kit) {
		info := named("Ada", "Byron")
		for n := 240; n < 280; n++ { // distances of each kind between words
			info.Company, info.JobTitle = strings.Repeat("x", n)+" engines", strings.Repeat("y", 2*n)+" head"
			peopleFound(k, info, []string{"engines", "head", "ada xx", "yy byron"}, []string{"ngines"})
		}
	}},
	{"QRY-9 a contact that changes", alone, func(k *kit) {
		k.hold()
		var list []*contacts.Contact
		for range 70 {
			list = append(list, k.create(person("Ada")))
		}
		k.finds("all", contacts.Query{People: "ada"}, list...)
		list[40] = k.update(list[40], contacts.Patch{FirstName: contacts.Set("Eve")})
		k.finds("the new name", contacts.Query{People: "eve"}, list[40])
		k.finds("the old name", contacts.Query{People: "ada"}, slices.Concat(list[:40], list[41:])...)
		k.remove(list[7].ID)
		k.finds("the others", contacts.Query{People: "ada"}, slices.Concat(list[:7], list[8:40], list[41:])...)
	}},
	{"QRY-9 with a filter", alone, func(k *kit) {
		k.hold()
		label := k.newLabel("QRY")
		var some []*contacts.Contact
		for i := range 40 {
			info := person([]string{"Ada", "Eve"}[i%2])
			if i%5 < 3 {
				info.LabelKeys = []string{label}
			}
			if c := k.create(info); i%2 == 0 && i%5 < 3 {
				some = append(some, c)
			}
		}
		q := contacts.Query{People: "ada", Filter: contacts.HasSome("info.labelKeys", label)}
		k.finds("a label", q, some...)
		same(k, "the result of Count", len(some), of(k.snapshot().Count(q)).ok(k))
		q.Filter = contacts.And(q.Filter, contacts.Ne("info.company", "x"))
		k.finds("a label and a company", q, some...)
		q.Filter = contacts.Eq("info.company", "x")
		k.finds("a company that none has", q)
		same(k, "the result of Count", 0, of(k.snapshot().Count(q)).ok(k))
	}},
	{"QRY-9 punctuation in words", alone, func(k *kit) {
		peopleFound(k, named("Seán", "O'Brien"), []string{
			"O'Brien", "obrien", "brien", "o'b", "O’Brien", "o brien",
		}, []string{"rien", "o'x"})
		peopleFound(k, named("Jean-Luc", "Mary-Smith-Jones"), []string{
			"jean", "luc", "jean-luc", "jeanluc", "smith-j", "smithjones",
		}, []string{"ean", "lucj", "mary-jones"})
		peopleFound(k, named("J.R.R.", "St. John"), []string{"jrr", "j.r.r.", "r", "st john"}, []string{"jj", "stjohn"})
		peopleFound(k, named("😀", "A+B C$D"), []string{"😀", "a+b", "ab", "c$d", "cd"}, []string{"😁", "ad"})
	}},
	{"QRY-9 texts without words", alone, func(k *kit) {
		c := k.create(person("Ada", "ada@example.com"))
		for _, text := range []string{"", " ", "\t", "-", "...", "&", "'", "\u200b", "- ada"} {
			k.finds("a people search for "+text, contacts.Query{People: text}, c)
		}
		k.finds("two words", contacts.Query{People: "- x"})
		k.finds("100 characters", contacts.Query{People: strings.Repeat("ä", 100)})
		invalidQuery(k, contacts.Query{People: strings.Repeat("ä", 101)}, "people MAX_LENGTH 100")
		q := contacts.Query{People: "ada", Search: "ADA", Filter: contacts.Eq("info.emails.email", "ada@example.com")}
		k.finds("all three", q, c)
		q.Search = "x"
		k.finds("all three with a search that does not match", q)
		k.finds("a filter that does not match", contacts.Query{People: "ada", Filter: contacts.Eq("info.company", "x")})
	}},
	{"QRY-10 case, diacritics, width and other letters", alone, func(k *kit) {
		peopleFound(k, named("Müller", "Strauß"), []string{
			"muller", "MÜLLER", "mu\u0308l", "strauss", "STRAUẞ", "ＭＵＬＬ",
		}, []string{"mueller"})
		peopleFound(k, named("Łódź Smørrebrød Æsop", "Þór Đorđe Œuvre Ðuro"), []string{
			"lodz", "smorrebrod", "aesop", "thor", "dorde", "oeuvre", "duro", "ŁÓDŹ",
		}, []string{"esop", "orr"})
		peopleFound(k, named("İstanbul", "ırmak IŞIK"), []string{"istanbul", "irmak", "isik"}, []string{"stan"})
		peopleFound(k, named("ΝΊΚΟΣ", "Артём Nguyễn"), []string{"νικοσ", "νίκος", "артем", "nguyen"}, []string{"nikos"})
		peopleFound(k, named("Ａｄａ ﬁnn", "𝐁𝐲𝐫𝐨𝐧 ①"), []string{"ada", "finn", "byron", "1"}, []string{"inn"})
		peopleFound(k, named("A\u00adda", "By\u200dron"), []string{"ada", "byron", "a\u200bda"}, []string{"da"})
		peopleFound(k, named("山田太郎", "कुमार がく"), []string{"山田太", "कु", "がく"}, []string{"太郎", "कि", "yamada", "かく", "कमार"})
	}},
	{"QRY-11 digits of phones", alone, func(k *kit) {
		info := person("Ada")
		info.Phones = []contacts.Phone{number("US", "(212) 555-0101 ext. 77"), number("DE", "+49 30 5551234")}
		peopleFound(k, info, []string{
			"2125550101", "212", "(212) 555-0101", "212.555.01", "12125550101", "+1 212 555 0101", "+1", "305551234",
			"030 555", "0305551234", "+49 30 5551234", "4930", "ada 212 555", "٢١٢ 555", "212 +49 30",
		}, []string{"5550101", "555", "77", "212555010177", "+212", "+030", "555 212", "0212", "2125550102"})
		peopleFound(k, caller("Ada", "", "tel. 555-0199 x3"), []string{"5550199", "555-01"}, []string{"0199", "+555", "tel"})
		info = named("Bar", "54")
		info.Company = "Studio 1999"
		peopleFound(k, info, []string{"54", "54 1999", "studio 54"}, []string{"541999", "54 555"})
	}},
	{"QRY-12 ranks", alone, func(k *kit) {
		found := ranked(k)
		for _, tc := range []struct {
			q    contacts.Query
			want string
		}{
			{contacts.Query{People: "ada"},
				"last first both last-begins of-Ada Adamant-co title title-begins domain label"},
			{contacts.Query{People: "ada b"}, "both last-begins title-begins first"},
			{contacts.Query{People: "212"}, "title label phone"},
			{contacts.Query{People: "adam byron"}, "both"},
			{contacts.Query{People: "ada", Sort: by("-createdDate")},
				"both first last last-begins of-Ada Adamant-co title title-begins domain label"},
			{contacts.Query{People: "ada", Filter: contacts.Exists("info.emails.email", true)}, "first domain label"},
			{contacts.Query{People: " - ", Search: "adams"}, "last-begins"},
		} {
			same(k, "the order of "+tc.q.People, tc.want, found(tc.q))
		}
	}},
	{"QRY-12 pages of a ranked list", alone, func(k *kit) {
		k.hold()
		ranked(k)
		for _, q := range []contacts.Query{{People: "ada"}, {People: "ada", Sort: by("-createdDate")}} {
			same(k, "the pages", k.list(q), walk(k, q, 3, func(int) {}))
		}
	}},
	{"QRY-12 equal ranks", Needs{true, func(o *contacts.Options) { o.NewestFirst = true }}, func(k *kit) {
		a, b := k.create(person("Ada")), k.create(person("Ada"))
		k.finds("equal ranks", contacts.Query{People: "ada"}, a, b)
		k.finds("no words", contacts.Query{People: "-"}, b, a)
	}},
}
