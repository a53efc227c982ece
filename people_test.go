package contacts_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// foundPeople returns the companies of the contacts that a query finds, in its order.
func foundPeople(t *testing.T, s *contacts.Store, q contacts.Query) []string {
	t.Helper()
	var companies []string
	for _, id := range foundIDs(t, s, q) {
		v, _ := s.Snapshot().View(id)
		companies = append(companies, v.Clone().Info.Company)
	}
	return companies
}

// foundIDs returns the contacts that a query finds, in its order. It requires that Find, Count, Explain and List agree.
func foundIDs(t *testing.T, s *contacts.Store, q contacts.Query) []uuid.UUID {
	t.Helper()
	sn := s.Snapshot()
	views, err := sn.Find(q)
	require.NoError(t, err)
	found := ids(views)
	n, err := sn.Count(q)
	require.NoError(t, err)
	require.Equal(t, len(found), n)
	plan, err := sn.Explain(q)
	require.NoError(t, err)
	require.GreaterOrEqual(t, plan.Rows, n)
	var listed []uuid.UUID
	page := contacts.Page[*contacts.Contact]{}
	for {
		page, err = s.List(t.Context(), q, &contacts.ListOptions{Limit: 2, Cursor: page.Next})
		require.NoError(t, err)
		require.Equal(t, n, page.Total)
		listed = append(listed, idsOf(page.Items)...)
		require.LessOrEqual(t, len(listed), n) // or pages that repeat never end
		if page.Next == "" {
			break
		}
	}
	require.Equal(t, found, listed)
	return found
}

// onlyWithFilter adds a filter that an index serves, so that a search does not examine all contacts.
func onlyWithFilter(q contacts.Query, id uuid.UUID) contacts.Query {
	q.Filter = contacts.Eq("id", id)
	return q
}

func TestPeopleFinds(t *testing.T) {
	whole := func(edit func(*contacts.Info)) contacts.Info {
		in := contacts.Info{
			Name: contacts.Name{First: "Ada Maria", Last: "Byron"}, Company: "Difference Engines Ltd.",
			JobTitle: "Head of R&D",
			Emails: []contacts.Email{
				{Address: "ada.byron+news@mail.my-host.example.com"}, {Address: " Second_Box@b.test\t"},
			},
			Phones: []contacts.Phone{
				{CountryCode: "US", Number: "(212) 555-0101 ext. 77"}, {CountryCode: "DE", Number: "+49 30 5551234"},
			},
		}
		if edit != nil {
			edit(&in)
		}
		return in
	}
	name := func(first, last string) contacts.Info {
		return contacts.Info{Name: contacts.Name{First: first, Last: last}}
	}
	phone := func(country, number string) contacts.Info {
		in := name("X", "")
		in.Phones = []contacts.Phone{{CountryCode: country, Number: number}}
		return in
	}
	for _, tc := range []struct {
		rule      string
		info      contacts.Info
		find, not []string
	}{
		{
			"QRY-9 words of all places", whole(nil),
			[]string{
				"Ada Byron", "byron ada", "By", "b", "mar", "ada m", "ADA  MARIA\tBYRON", "Engines", "engines ltd",
				"difference",
				"ltd", "ltd.", "l.t.d", "Ada Engines", "by head", "r&d", "rd", "r", "d", "ada.b", "ada.byron+n",
				"byron+news@mail",
				"news", "ada@", "mail.my", "my-host.example", "example.com", "exam", "com", "second",
				"box", "second_box@b.test", "b.test", "@mail", "+news", ".com", "ada,byron", "ada/byron", "(ada)",
				"\"ada\"",
			},
			[]string{
				"da", "yron", "adabyron", "ada byron x", "engine s.", "ngines", "adaby", "ada.m", "ada@ex", "xample",
				"byronn",
				"host", "maria.byron", "ada.byron@", "example.comm", "headof", "rnd", "second box x",
			},
		},
		{
			"QRY-9 address of one word", contacts.Info{Emails: []contacts.Email{{Address: "ada@example.com"}}},
			[]string{"ada@ex", "ada@example.com", "ADA@EXAMPLE.COM", "ada@", "exam", "example.c", "com", "ada com"},
			[]string{"adae", "adaex", "da@example.com", "ada.e", "xample", "ada@com", "examplecom"},
		},
		{
			"QRY-9 separators in addresses", contacts.Info{
				JobTitle: "Cook",
				Emails:   []contacts.Email{{Address: "+49_ada..b-@-x.my-host.test"}, {Address: "n+@y.test"}},
			},
			[]string{"49", "+49", "49_a", "ada..b", "b-@", "b", "x.my", "test", "n+@y", "y"},
			[]string{"host", "ada.b", "9_", "my.test"},
		},
		{
			"QRY-9 apostrophes", name("Seán", "O'Brien"),
			[]string{
				"O'Brien", "obrien", "brien", "o'b", "O’Brien", "O\u02bcBrien", "o´brien", "o`brien", "o brien",
				"'brien'",
			},
			[]string{"rien", "o'x", "obrienn", "oo"},
		},
		{
			"QRY-9 other apostrophes", name("", "O’Brien"),
			[]string{"O'Brien", "obrien", "brien", "o'b", "O’Brien"}, []string{"rien"},
		},
		{
			"QRY-9 apostrophe in an address", contacts.Info{Emails: []contacts.Email{{Address: "sean.o'brien@x.test"}}},
			[]string{"o'brien", "obrien", "sean.o'b", "sean.obrien@x"}, []string{"brien"},
		},
		{
			"QRY-9 hyphens", name("Jean-Luc", "Mary-Smith-Jones"),
			[]string{
				"jean", "luc", "jean-luc", "jeanluc", "jean luc", "jean-l", "smith-j", "smithjones", "Jean‐Luc",
				"jean–luc",
			},
			[]string{"ean", "lucj", "mary-jones", "jonesmary"},
		},
		{
			"QRY-9 several words in a name", name("Vincent", "van der Berg"),
			[]string{"van der", "der", "berg van", "v v"}, []string{"vander", "er"},
		},
		{
			"QRY-9 abbreviations", name("J.R.R.", "St. John"),
			[]string{"jrr", "j.r.r.", "j.r", "r", "st", "st.", "st john", "jrr john"}, []string{"jj", "stjohn"},
		},
		{
			"QRY-9 an address as a name", name("ada@example.com", ""),
			[]string{"ada@ex", "ada", "example", "com"}, []string{"xample"},
		},
		{
			"QRY-9 symbols", name("😀", "A+B ❤️ C$D"),
			[]string{"😀", "❤", "a+b", "ab", "b", "c", "d", "c$d", "cd", "A+B ❤️"}, []string{"😁", "ad"},
		},
		{
			"QRY-9 only ignored words", name("Ada", ""),
			[]string{"", " ", "\t", "-", "...", "&", "( )", "'", "+", "@", "ada -", "- ada", "$", "\u200b"},
			[]string{"- x"},
		},
		{
			"QRY-9 a long word", name(strings.Repeat("a", 300)+"-"+strings.Repeat("b", 300)+"-c", "d"),
			[]string{strings.Repeat("a", 100), strings.Repeat("b", 100), "c", "d"},
			[]string{strings.Repeat("a", 98) + "b", "cc"},
		},
		{
			"QRY-9 a single place", contacts.Info{JobTitle: "Fitter", Name: contacts.Name{Last: "Z"}},
			[]string{"fit", "z f"}, []string{"x"},
		},
		{
			"QRY-10 diacritics", name("Müller", "Strauß"),
			[]string{"muller", "Müller", "MÜLLER", "mu\u0308l", "strauss", "STRAUẞ", "strauß", "ＭＵＬＬ"},
			[]string{"mueller", "straus x"},
		},
		{
			"QRY-10 from plain to marked", name("Muller", "Strasse"),
			[]string{"müller", "straße", "mullêr"}, []string{"mueller"},
		},
		{
			"QRY-10 letters without decomposition", name("Łódź Smørrebrød Æsop", "Þór Đorđe Œuvre Ðuro Ħal Ŧ ŋ"),
			[]string{"lodz", "smorrebrod", "aesop", "thor", "dorde", "oeuvre", "duro", "hal", "t", "n", "ŁÓDŹ", "þ"},
			[]string{"esop", "orr"},
		},
		{
			"QRY-10 Turkish", name("İstanbul", "ırmak IŞIK"),
			[]string{"istanbul", "İST", "irmak", "IRMAK", "ısık", "isik"}, []string{"stan"},
		},
		{
			"QRY-10 Greek, Cyrillic and Vietnamese", name("ΝΊΚΟΣ", "Артём Nguyễn"),
			[]string{"νικοσ", "νίκος", "Νικο", "артем", "АРТЁМ", "nguyen"}, []string{"nikos", "artem"},
		},
		{
			"QRY-10 width, style and ligatures", name("Ａｄａ ﬁnn", "𝐁𝐲𝐫𝐨𝐧 ①"),
			[]string{"ada", "finn", "ﬁ", "fi", "byron", "1"}, []string{"inn"},
		},
		{
			"QRY-10 characters that show nothing", name("A\u00adda", "By\u200dron\u200e"),
			[]string{"ada", "byron", "a\u200bda"}, []string{"da"},
		},
		{
			"QRY-10 other scripts", name("山田太郎 가나", "कुमार ใจดี がく"),
			[]string{"山", "山田太", "가", "कु", "ใจ", "がく"}, []string{"太郎", "कि", "yamada"},
		},
		{
			"QRY-10 Hebrew and Arabic", name("שָׁלוֹם", "مُحَمَّد"),
			[]string{"שלום", "שָׁלוֹם", "محمد", "مُحَمَّد"}, []string{"לום"},
		},
		{
			"QRY-11 national and international form", whole(nil),
			[]string{
				"2125550101", "212", "21255", "(212)", "212-555-0101", "212.555.01", "(212) 555-0101", "212 555 0101",
				"12125550101",
				"+12125550101", "+1 212 555 0101", "+1 (212) 555-01", "1 212", "+1", "+", "305551234", "030 555",
				"030/5551234",
				"0305551234", "+49 30 5551234", "4930", "49 30 555", "ada 212 555", "212 555 ada", "٢١٢ 555", "２１２",
				"212\u00a0555", "212‑555‑0101", "+49-30-555", "212 +49 30",
			},
			[]string{
				"5550101", "0101", "555", "77", "212555010177", "+212", "+030", "212 0101", "+1 555", "555 212",
				"+4930 212 5", "00493", "0212", "2125550102",
			},
		},
		{
			"QRY-11 typed forms", phone("DE", "0049 (0)30 5551234 ext. 5"),
			[]string{"0049 030", "030 555", "+49 30", "0049"}, []string{"30 5551234 5", "5551234", "303"},
		},
		{
			"QRY-11 invalid numbers", phone("", "tel. 555-0199 x3"),
			[]string{"5550199", "555-01", "555 0199"}, []string{"0199", "55501993", "3", "+555", "tel"},
		},
		{
			"QRY-11 an invalid number with +", phone("", "+999 12"),
			[]string{"+999", "+999 12", "99912"}, []string{"12", "+12"},
		},
		{
			"QRY-11 numbers that are no phones", contacts.Info{
				Name: contacts.Name{First: "Bar", Last: "54"}, Company: "Studio 1999",
				Phones: []contacts.Phone{{CountryCode: "US", Number: "212-555-0101"}},
			},
			[]string{"54", "54 1999", "1999 54", "54 212", "5 19", "studio 54", "+54", "212 555 bar 54"},
			[]string{"541999", "54 555"},
		},
	} {
		t.Run(tc.rule, func(t *testing.T) {
			s := openStore(t, unchecked())
			c := create(t, s, tc.info)
			create(t, s, name("\u00b7\u2013", "\u00a4zzq"))
			for _, text := range tc.find {
				for _, q := range []contacts.Query{{People: text}, onlyWithFilter(contacts.Query{People: text}, c.ID)} {
					require.Contains(t, foundIDs(t, s, q), c.ID, "%+q", text)
				}
			}
			for _, text := range tc.not {
				for _, q := range []contacts.Query{{People: text}, onlyWithFilter(contacts.Query{People: text}, c.ID)} {
					require.NotContains(t, foundIDs(t, s, q), c.ID, "%+q", text)
				}
			}
		})
	}
}

func TestPeopleBounds(t *testing.T) {
	s := newStore(t)
	create(t, s, person("Ada", "ada@x.test"))
	t.Run("QRY-9 at most 100 characters", func(t *testing.T) {
		_, err := s.Snapshot().Count(contacts.Query{People: strings.Repeat("ä", 100)})
		require.NoError(t, err)
		_, err = s.Snapshot().Count(contacts.Query{People: strings.Repeat("ä", 101)})
		require.Equal(t, []contacts.Violation{tooLong("people", 100)}, violations(t, err))
	})
	t.Run("QRY-1 all problems of the texts at once", func(t *testing.T) {
		q := contacts.Query{Search: "a\x00", People: "\xff", Filter: contacts.Eq("nope", 1)}
		_, err := s.List(t.Context(), q, nil)
		require.Equal(t, []contacts.Violation{
			badFormat("search", contacts.FormatText), badFormat("people", contacts.FormatText),
		}, violations(t, err))
	})
	t.Run("QRY-9 an empty store", func(t *testing.T) {
		require.Empty(t, foundPeople(t, newStore(t), contacts.Query{People: "ada"}))
	})
}

// rankedStore has contacts whose companies tell them apart. The order of creation is the reverse of the ranks for ada.
func rankedStore(t *testing.T) *contacts.Store {
	s := openStore(t, unchecked())
	add := func(tell string, edit func(*contacts.Info)) {
		in := contacts.Info{Company: tell, Name: contacts.Name{Last: "Q"}}
		edit(&in)
		create(t, s, in)
	}
	phone := func(n string) []contacts.Phone { return []contacts.Phone{{CountryCode: "US", Number: n}} }
	email := func(a string) []contacts.Email { return []contacts.Email{{Address: a}} }
	add("phone", func(in *contacts.Info) { in.Phones = phone("212-555-0101") })
	add("label", func(in *contacts.Info) { in.Emails = email("x@adams.212.test") })
	add("domain", func(in *contacts.Info) { in.Emails = email("x@ada.test") })
	add("title begins", func(in *contacts.Info) { in.JobTitle = "Adabas expert" })
	add("title", func(in *contacts.Info) { in.JobTitle = "Ada programmer 212" })
	add("Adamant company", func(in *contacts.Info) {})
	add("company of Ada", func(in *contacts.Info) { in.JobTitle = "ada" })
	add("last begins", func(in *contacts.Info) { in.Name.Last = "Adams" })
	add("last", func(in *contacts.Info) { in.Name.Last = "O'Hara-Ada" })
	add("first", func(in *contacts.Info) { in.Name.First, in.Emails = "Ada", email("b.x@y.test") })
	add("first and last", func(in *contacts.Info) { in.Name = contacts.Name{First: "Adam", Last: "Byron Ada"} })
	return s
}

func TestPeopleOrder(t *testing.T) {
	s := rankedStore(t)
	byAda := []string{
		"last", "first", "first and last", "last begins", "company of Ada", "Adamant company", "title", "title begins",
		"domain", "label",
	}
	for _, tc := range []struct {
		name string
		q    contacts.Query
		want []string
	}{
		{"QRY-12 places, whole words first", contacts.Query{People: "ada"}, byAda},
		{"QRY-12 beginnings", contacts.Query{People: "ad"}, []string{
			"last begins", "last", "first", "first and last", "Adamant company", "company of Ada", "title begins",
			"title",
			"label", "domain",
		}},
		{"QRY-12 the worst place comes first", contacts.Query{People: "ada b"}, []string{
			"first and last", "last begins", "title begins", "first",
		}},
		{"QRY-12 digits as a word or a number", contacts.Query{People: "212"}, []string{"title", "label", "phone"}},
		{"QRY-12 a whole word in each", contacts.Query{People: "adam byron"}, []string{"first and last"}},
		{
			"QRY-12 a sort wins",
			contacts.Query{People: "ada", Sort: []contacts.Sort{{Field: "createdDate", Order: "DESC"}}},
			[]string{
				"first and last", "first", "last", "last begins", "company of Ada", "Adamant company", "title",
				"title begins",
				"domain", "label",
			},
		},
		{
			"QRY-12 a sort by a text wins",
			contacts.Query{People: "ad l", Sort: []contacts.Sort{{Field: "info.company"}}},
			[]string{"first and last", "label", "last", "last begins"},
		},
		{
			"QRY-9 with a filter", contacts.Query{People: "ada", Filter: contacts.Exists("info.emails.email", true)},
			[]string{"first", "domain", "label"},
		},
		{
			"QRY-9 with a filter on a path", contacts.Query{
				People: "ada", Filter: contacts.In("info.emails.email", "X@adams.212.test", "b.x@y.test"),
			},
			[]string{"first", "label"},
		},
		{"QRY-9 with a search", contacts.Query{People: "ada", Search: "adams"}, []string{"last begins"}},
		{"QRY-9 with a search in vain", contacts.Query{People: "ada", Search: "byron"}, nil},
		{"QRY-12 no words", contacts.Query{People: " - ", Search: "q"}, []string{
			"phone", "label", "domain", "title begins", "title", "Adamant company", "company of Ada", "first",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, foundPeople(t, s, tc.q)) })
	}
	t.Run("QRY-12 equal ranks, the newest first", func(t *testing.T) {
		opts := unchecked()
		opts.NewestFirst = true
		s := openStore(t, opts)
		for _, company := range []string{"a", "b", "c"} {
			in := person("Ada")
			in.Company = company
			create(t, s, in)
		}
		require.Equal(t, []string{"a", "b", "c"}, foundPeople(t, s, contacts.Query{People: "ada"}))
		require.Equal(t, []string{"c", "b", "a"}, foundPeople(t, s, contacts.Query{People: "-"}))
	})
}

func TestPeopleExplained(t *testing.T) {
	s := openStore(t, unchecked())
	for i := range 40 {
		in := person("Ada", fmt.Sprintf("ada%d@x.test", i))
		if i%4 == 0 {
			in.LabelKeys = []string{"contacts.customers"}
		}
		create(t, s, in)
	}
	for _, tc := range []struct {
		name  string
		q     contacts.Query
		want  contacts.Plan
		found int
	}{
		{
			"QRY-8 all contacts", contacts.Query{People: "ada"},
			contacts.Plan{Index: "people", Rows: 40, Sorted: true}, 40,
		},
		{
			"QRY-8 in the order of creation",
			contacts.Query{People: "zz", Sort: []contacts.Sort{{Field: "createdDate"}}},
			contacts.Plan{Index: "people", Rows: 40}, 0,
		},
		{
			"QRY-8 a few", contacts.Query{People: "ada", Filter: contacts.Eq("info.emails.email", "ada1@x.test")},
			contacts.Plan{Index: "email", Rows: 1, Sorted: true}, 1,
		},
		{
			"QRY-8 many of all",
			contacts.Query{People: "ada", Filter: contacts.HasSome("info.labelKeys", "contacts.customers")},
			contacts.Plan{Index: "people", Rows: 40, Sorted: true}, 10,
		},
		{"QRY-8 no words", contacts.Query{People: "-"}, contacts.Plan{Index: "created", Rows: 40}, 40},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, err := s.Snapshot().Explain(tc.q)
			require.NoError(t, err)
			require.Equal(t, tc.want, plan)
			require.Len(t, foundPeople(t, s, tc.q), tc.found)
		})
	}
}

func TestPeopleCursors(t *testing.T) {
	s := rankedStore(t)
	first, err := s.List(t.Context(), contacts.Query{People: "ada"}, &contacts.ListOptions{Limit: 2})
	require.NoError(t, err)
	for name, q := range map[string]contacts.Query{
		"none": {}, "another text": {People: "adam"}, "a search": {Search: "q"},
		"sorted": {People: "ada", Sort: []contacts.Sort{{Field: "createdDate"}}}, "no words": {People: "-"},
	} {
		t.Run("QRY-6 not of the same query: "+name, func(t *testing.T) {
			refusesCursor(t, s, q, first.Next)
			other, err := s.List(t.Context(), q, &contacts.ListOptions{Limit: 1})
			require.NoError(t, err)
			refusesCursor(t, s, contacts.Query{People: "ada"}, other.Next)
		})
	}
	t.Run("QRY-6 backwards", func(t *testing.T) {
		opts := &contacts.ListOptions{Limit: 3, Cursor: first.Next}
		second, err := s.List(t.Context(), contacts.Query{People: "ada"}, opts)
		require.NoError(t, err)
		back, err := s.List(t.Context(), contacts.Query{People: "ada"}, &contacts.ListOptions{Cursor: second.Previous})
		require.NoError(t, err)
		require.Equal(t, idsOf(first.Items), idsOf(back.Items))
	})
	t.Run("QRY-6 among writes", func(t *testing.T) {
		before := idsOf(first.Items)
		gone := before[1] // the contact that the cursor marks
		require.NoError(t, s.Delete(t.Context(), gone))
		in := person("Ada") // as good as the contact of the cursor and newer, so it follows
		in.Company = "new"
		create(t, s, in)
		better := person("Zoe Ada")
		better.Company = "newer"
		create(t, s, better)
		var rest []string
		for cursor := first.Next; cursor != ""; {
			opts := &contacts.ListOptions{Limit: 1, Cursor: cursor}
			page, err := s.List(t.Context(), contacts.Query{People: "ada"}, opts)
			require.NoError(t, err)
			for _, c := range page.Items {
				rest = append(rest, c.Info.Company)
			}
			cursor = page.Next
		}
		require.Equal(t, []string{
			"first and last", "new", "newer", "last begins", "company of Ada", "Adamant company", "title",
			"title begins",
			"domain", "label",
		}, rest)
	})
}

// TestPeopleOfSnapshots requires that the words of a snapshot are those of its contacts, whatever is written later.
func TestPeopleOfSnapshots(t *testing.T) {
	s := openStore(t, unchecked())
	var all []*contacts.Contact
	for i := range 700 { // several pieces
		in := person(fmt.Sprintf("Ada%d", i))
		in.Company = fmt.Sprint(i)
		all = append(all, create(t, s, in))
	}
	q := contacts.Query{People: "ada"}
	before := s.Snapshot()
	count := func(sn *contacts.Snapshot) int {
		n, err := sn.Count(q)
		require.NoError(t, err)
		return n
	}
	t.Run("QRY-9 in every piece", func(t *testing.T) { require.Equal(t, 700, count(before)) })
	t.Run("QRY-9 after writes", func(t *testing.T) {
		patch := contacts.Patch{FirstName: contacts.Set("Bo")}
		_, err := s.Update(t.Context(), all[300].ID, 1, patch, nil)
		require.NoError(t, err)
		require.NoError(t, s.Delete(t.Context(), all[5].ID))
		require.Equal(t, 698, count(s.Snapshot()))
		require.Equal(t, 700, count(before))
		require.Equal(t, []string{"300"}, foundPeople(t, s, contacts.Query{People: "bo"}))
	})
	t.Run("QRY-9 in forks", func(t *testing.T) {
		f := s.Fork()
		require.NoError(t, f.Delete(t.Context(), all[699].ID))
		create(t, f, person("Bo"))
		require.Equal(t, 697, count(f.Snapshot()))
		require.Len(t, foundPeople(t, f, contacts.Query{People: "bo"}), 2)
		require.Equal(t, 698, count(s.Snapshot()))
		require.NoError(t, s.Delete(t.Context(), all[300].ID))
		require.Empty(t, foundPeople(t, s, contacts.Query{People: "bo"}))
		require.Equal(t, 698, count(s.Snapshot()))
	})
	t.Run("STO-1 a context that is done during the search", func(t *testing.T) {
		ctx := &countdown{Context: t.Context(), left: 3}
		_, err := s.List(ctx, q, nil)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, contacts.CodeOf(err))
		require.Equal(t, 698, count(s.Snapshot()))
	})
	t.Run("QRY-9 many readers of a new snapshot", func(t *testing.T) {
		create(t, s, person("Ada"))
		sn := s.Snapshot()
		views, err := sn.Find(q)
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if n, err := sn.Count(q); n != 699 || err != nil {
					t.Error(n, err)
				}
				if n := len(slices.Collect(views)); n != 699 {
					t.Error(n)
				}
			})
		}
		wg.Wait()
	})
}

// countdown is a context that is canceled after some calls. It is safe for concurrent use.
type countdown struct {
	context.Context
	mu   sync.Mutex
	left int
}

func (c *countdown) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}
