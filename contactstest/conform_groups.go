package contactstest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// groupsOf creates contacts and returns the groups of duplicates as text, one a line: the numbers of the contacts, the
// pairs with the comparison of their names and what they share, and the doubts.
func groupsOf(k *kit, opts *contacts.DuplicateOptions, infos ...contacts.Info) []string {
	k.Helper()
	var list []*contacts.Contact
	for _, info := range infos {
		list = append(list, k.create(info))
	}
	lines := groupLines(k, opts, idsOf(list))
	for _, c := range list {
		k.remove(c.ID)
	}
	return lines
}

func groupLines(k *kit, opts *contacts.DuplicateOptions, ids []uuid.UUID) []string {
	k.Helper()
	var lines []string
	for g := range k.snapshot().Duplicates(opts) {
		var parts []string
		for _, v := range g.Contacts {
			parts = append(parts, fmt.Sprint(slices.Index(ids, v.ID())))
		}
		line := strings.Join(parts, ",")
		for _, p := range g.Pairs {
			line += fmt.Sprintf("; %d-%d %s", slices.Index(ids, p.Older), slices.Index(ids, p.Younger), p.Names)
			for _, s := range p.Shared {
				line += " " + s.Email + s.Phone
				if s.Common {
					line += "*"
				}
			}
		}
		for _, d := range g.Doubts {
			line += "; " + string(d)
		}
		check(k, "Safe contradicts the doubts of a group", g.Safe() == (len(g.Doubts) == 0))
		lines = append(lines, line)
	}
	return lines
}

// called returns an info with a name, an email unless it is "", and phones.
func called(first, last, email string, phones ...contacts.Phone) contacts.Info {
	in := contacts.Info{Name: contacts.Name{First: first, Last: last}, Phones: phones}
	if email != "" {
		in.Emails = []contacts.Email{{Address: email}}
	}
	return in
}

// groupCases are those of GRP. They read all contacts.
var groupCases = []conformCase{
	{"GRP-1 emails and phones connect contacts", alone, func(k *kit) {
		us := number("US", numberUS)
		same(k, "nothing shared", nil,
			groupsOf(k, nil, person("Ada", "a@example.com"), person("Ada", "b@example.com"), person("Ada")))
		same(k, "emails", []string{"0,1; 0-1 EQUAL a@example.com"},
			groupsOf(k, nil, person("Ada", "a@example.com"), person("Ada", " A@Example.com")))
		same(k, "emails that are not primary", []string{"0,2; 0-2 EQUAL b@example.com"}, groupsOf(k, nil,
			person("Ada", "a@example.com", "b@example.com"), person("Bo"), person("Ada", "c@example.com", "b@example.com")))
		same(k, "phones", []string{"0,1; 0-1 EQUAL +12015550123"}, groupsOf(k, nil,
			called("Ada", "Byron", "", number("", "1"), us), called("Ada", "Byron", "", number("US", numberUS2))))
		same(k, "through a third one", []string{"0,1,2; 0-2 EQUAL a@example.com; 1-2 EQUAL +12015550123"}, groupsOf(k, nil,
			person("Ada", "a@example.com"), called("Ada", "", "c@example.com", us), called("Ada", "", "a@example.com", us)))
		same(k, "a contact is no duplicate of itself", nil,
			groupsOf(k, nil, person("", "a@example.com", "A@example.com"), phonesOf(us, number("US", numberUS2))))
	}},
	{"GRP-2 the order of groups, pairs and values", alone, func(k *kit) {
		us := number("US", numberUS)
		both := person("Ada", "a@example.com", "b@example.com")
		both.Phones = []contacts.Phone{us}
		same(k, "groups", []string{
			"0,6; 0-6 EQUAL late@example.com",
			"1,4,5; 1-4 EQUAL b@example.com a@example.com; 1-5 EQUAL b@example.com; 4-5 EQUAL b@example.com +12015550123",
			"2,3; 2-3 EQUAL c@example.com",
		}, groupsOf(k, nil,
			person("Ada", "late@example.com"), person("Ada", "b@example.com", "a@example.com"), person("Ada", "c@example.com"),
			person("Ada", "c@example.com"), both, called("Ada", "", "b@example.com", us), person("Ada", "late@example.com"),
		))
	}},
	{"GRP-3 groups into merges", alone, func(k *kit) {
		for range 8 {
			k.create(person("Ada", "a@example.com"))
		}
		opts := &contacts.DuplicateOptions{MaxHolders: 9}
		for left := 8; left > 1; {
			groups := slices.Collect(k.snapshot().Duplicates(opts))
			same(k, "number of groups", 1, len(groups))
			g := groups[0]
			same(k, "contacts", left, len(g.Contacts))
			same(k, "target", g.Contacts[0].ID(), g.Target())
			same(k, "sources", idsOfViews(slices.Values(g.Contacts))[1:min(6, left)], g.Sources())
			k.forget()
			of(k.api().Merge(k.ctx(), g.Target(), g.Contacts[0].Revision(), g.Sources(), nil)).ok(k)
			left -= len(g.Sources())
		}
		same(k, "groups in the end", 0, len(slices.Collect(k.snapshot().Duplicates(opts))))
	}},
	{"GRP-3 what cannot be merged away is the target", alone, func(k *kit) {
		var ids []uuid.UUID
		for range 4 {
			ids = append(ids, k.create(person("", "a@example.com")).ID)
		}
		k.setMember(ids[1], &contacts.Member{MemberID: missingID()})
		k.setBilling(ids[2], true)
		g := slices.Collect(k.snapshot().Duplicates(nil))[0]
		same(k, "target", ids[1], g.Target())
		same(k, "sources", []uuid.UUID{ids[0], ids[3]}, g.Sources())
	}},
	{"GRP-4 phones by number and extension, else by text", alone, func(k *kit) {
		same(k, "extensions", nil, groupsOf(k, nil, called("Ada", "", "", number("US", numberUS+" x1")),
			called("Ada", "", "", number("US", numberUS+" x2")), called("Ada", "", "", number("US", numberUS))))
		same(k, "one extension", []string{"0,1; 0-1 EQUAL +12015550123;ext=1"}, groupsOf(k, nil,
			called("Ada", "", "", number("US", numberUS+" x1")), called("Ada", "", "", number("US", numberUS2+" ext. 1"))))
		same(k, "texts that identify no one, and one text of two numbers", nil, groupsOf(k, nil,
			phonesOf(number("", "n/a")), phonesOf(number("", "n/a")), phonesOf(number("", "000-000-0000")),
			phonesOf(number("", "000-000-0000")), phonesOf(number("DE", numberShared)), phonesOf(number("NL", numberShared))))
		same(k, "texts", []string{"0,2; 0-2 EQUAL " + numberLoose}, groupsOf(k, nil,
			called("Ada", "", "", number("", numberLoose)), called("Ada", "", "", number("", "555 0199")),
			called("Ada", "", "", number("", numberLoose))))
		same(k, "a text between two numbers",
			[]string{"0,1,2; 0-2 EQUAL " + numberShared + "; 1-2 EQUAL " + numberShared}, groupsOf(k, nil,
				called("Ada", "", "", number("DE", numberShared)), called("Ada", "", "", number("NL", numberShared)),
				called("Ada", "", "", number("", numberShared))))
	}},
	{"GRP-5 what many have", alone, func(k *kit) {
		us := number("US", numberUS)
		ada, bo, cy := called("Ada", "Byron", "", us), called("Bo", "Quill", "", us), called("Cy", "Vane", "", us)
		di, ed, fay := called("Di", "Wren", "", us), called("Ed", "Yew", "", us), called("Fay", "Zorn", "", us)
		five := groupsOf(k, nil, ada, bo, cy, di, ed)
		same(k, "the groups of five", 1, len(five))
		check(k, "what five have is common: "+five[0], !strings.Contains(five[0], "*"))
		same(k, "six", nil, groupsOf(k, nil, ada, bo, cy, di, ed, fay))
		same(k, "a bound of the caller", nil, groupsOf(k, &contacts.DuplicateOptions{MaxHolders: 2}, ada, bo, cy))
		same(k, "a bound below 2 is the default", 1, len(groupsOf(k, &contacts.DuplicateOptions{MaxHolders: 1}, ada, ada)))
		same(k, "namesakes", []string{
			"0,2,5; 0-2 EQUAL +12015550123*; 0-5 SWAPPED +12015550123*; NOT_CONNECTED",
			"1,6; 1-6 EQUAL +12015550123*; NOT_CONNECTED",
		}, groupsOf(k, nil, ada, bo, called("ADA", "byron", "", us), cy, di, called("Byron", "Ada", "", us), bo))
		var colleagues []contacts.Info
		for i := range 7 { // the oldest and the youngest have one extension
			colleagues = append(colleagues, called("Ada", "Byron", "", number("US", fmt.Sprint(numberUS, " x", 1+i%6))))
		}
		same(k, "each extension by itself", []string{"0,6; 0-6 EQUAL +12015550123;ext=1"}, groupsOf(k, nil, colleagues...))
		initials := called("A.", "Byron", "", us)
		same(k, "initials are no names", nil, groupsOf(k, nil, initials, initials, initials, initials, initials, initials))
	}},
	{"GRP-6 how names compare", alone, func(k *kit) {
		name := func(first, last string) contacts.Name { return contacts.Name{First: first, Last: last} }
		for _, tc := range []struct {
			a, b contacts.Name
			want contacts.NameMatch
		}{
			{name("ADA", "byron"), name(" ada ", "Byron\u200b"), contacts.NamesEqual},
			{name("Jürgen", "Strauß"), name("Jurgen", "STRAUSS"), contacts.NamesEqual},
			{name("Ann-Marie", "O'Brien"), name("Ann Marie", "O’Brien"), contacts.NamesEqual},
			{name("Ada", "Byron"), name("Ada Byron", ""), contacts.NamesEqual},
			{name("Ada", "Byron"), name("Byron, Ada", ""), contacts.NamesSwapped},
			{name("A.", "Byron"), name("A", "Byron"), contacts.NamesAlike},
			{name("Ada", ""), name("Ada", "Byron"), contacts.NamesAlike},
			{name("", "Byron"), name("", "Byron"), contacts.NamesAlike},
			{name("Ada", "B."), name("Ada", "B."), contacts.NamesAlike},
			{name("Jürgen", "Müller"), name("Juergen", "Mueller"), contacts.NamesAlike},
			{name("", ""), name("Ada", ""), contacts.NamesMissing},
			{name("-", "?"), name("-", "?"), contacts.NamesMissing},
			{name("Ada", "Byron"), name("Bo", "Byron"), contacts.NamesConflicting},
			{name("Ada K.", "Byron"), name("Ada L.", "Byron"), contacts.NamesConflicting},
			{name("John", "Smith Jr."), name("John", "Smith Sr."), contacts.NamesConflicting},
		} {
			for range 2 {
				a, b := called(tc.a.First, tc.a.Last, "a@example.com"), called(tc.b.First, tc.b.Last, "a@example.com")
				line := groupsOf(k, nil, a, b)[0]
				check(k, fmt.Sprint(tc.a, " and ", tc.b, " are not ", tc.want, ": ", line),
					strings.HasPrefix(line, "0,1; 0-1 "+string(tc.want)+" "))
				tc.a, tc.b = tc.b, tc.a
			}
		}
	}},
	{"GRP-7 doubts", alone, func(k *kit) {
		us := number("US", numberUS)
		born := func(date string) contacts.Info {
			info := person("Ada", "a@example.com")
			info.Birthdate = date
			return info
		}
		doubts := func(infos ...contacts.Info) string {
			k.Helper()
			var list []string
			for part := range strings.SplitSeq(groupsOf(k, nil, infos...)[0], "; ") {
				if strings.ToUpper(part) == part && !strings.ContainsAny(part, "0123456789") {
					list = append(list, part)
				}
			}
			return strings.Join(list, " ")
		}
		same(k, "one person", "", doubts(born(""), born("1980-01-02"), born("1980-01-02")))
		same(k, "father and son", "BIRTHDATES_DIFFER", doubts(born("1950-01-02"), born(""), born("1980-01-02")))
		ada := called("Ada", "Byron", "a@example.com")
		same(k, "spouses", "NAMES_CONFLICTING", doubts(ada, called("Will", "Byron", "a@example.com")))
		same(k, "no name", "NAMES_MISSING", doubts(ada, called("", "", "a@example.com")))
		same(k, "initials", "NAMES_ALIKE", doubts(ada, called("A.", "Byron", "a@example.com")))
		same(k, "the same initials", "NAMES_ALIKE", doubts(called("A.", "Byron", "a@example.com"),
			called("A.", "Byron", "a@example.com")))
		same(k, "two who share nothing conflict", "NAMES_CONFLICTING", doubts(ada,
			called("A.", "Byron", "a@example.com", us), called("Alan", "Byron", "", us)))
		same(k, "a number of many", "NOT_CONNECTED", doubts(called("Ada", "Byron", "a@example.com", us),
			called("Ada", "Byron", "a@example.com"), called("Ada", "Byron", "", us), called("Bo", "Quill", "", us),
			called("Cy", "Vane", "", us), called("Di", "Wren", "", us), called("Ed", "Yew", "", us)))
	}},
	{"GRP-7 different members", alone, func(k *kit) {
		one, other := k.create(person("Ada", "a@example.com")), k.create(person("Ada", "a@example.com"))
		ids := []uuid.UUID{one.ID, other.ID}
		k.setMember(one.ID, &contacts.Member{MemberID: someIDs(2)[0], Status: contacts.MemberActive})
		same(k, "one member", []string{"0,1; 0-1 EQUAL a@example.com"}, groupLines(k, nil, ids))
		k.setMember(other.ID, &contacts.Member{MemberID: someIDs(2)[1], Status: contacts.MemberBlocked})
		same(k, "two members", []string{"0,1; 0-1 EQUAL a@example.com; MEMBERS_DIFFER"}, groupLines(k, nil, ids))
		k.setMember(other.ID, &contacts.Member{MemberID: someIDs(2)[1], Status: contacts.MemberDeleted})
		same(k, "a deleted member", []string{"0,1; 0-1 EQUAL a@example.com"}, groupLines(k, nil, ids))
	}},
}
