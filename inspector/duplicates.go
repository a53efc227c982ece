package inspector

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

const (
	groupsShown  = 20 // on a page
	membersShown = 12 // of a group
	pairsShown   = 12 // of a group
)

// duplicatesPage is the data of the page of duplicates.
type duplicatesPage struct {
	Groups         []group
	Total, Safe    int
	Skip           int
	Next, Previous int // to skip; -1 if there is no such page
}

// group is a group of contacts that may be the same person.
type group struct {
	Number    int
	Members   []member
	More      int // members that are not shown
	Safe      bool
	Doubts    []string
	Evidence  []evidence
	MorePairs int
	Sources   bool // there is something to merge
}

// member is a contact of a group.
type member struct {
	person
	Email, Phone   string
	Created        time.Time
	Target, Source bool // as the library suggests
	Chips          []chip
}

// evidence is what connects two contacts, or speaks against it.
type evidence struct {
	A, B   person
	Shared []shared
	Names  chip
}

type shared struct {
	Text   string
	Common bool
}

// duplicates shows the groups of contacts that may be the same person.
func (v *visit) duplicates() error {
	out := &duplicatesPage{Next: -1, Previous: -1}
	out.Skip, _ = strconv.Atoi(v.r.URL.Query().Get("skip"))
	out.Skip = max(out.Skip, 0)
	for g := range v.store.Snapshot().Duplicates(nil) {
		if err := v.r.Context().Err(); err != nil {
			return err
		}
		out.Total++
		if g.Safe() {
			out.Safe++
		}
		if out.Total > out.Skip && len(out.Groups) < groupsShown {
			out.Groups = append(out.Groups, groupOf(g, out.Total))
		}
	}
	if out.Skip+groupsShown < out.Total {
		out.Next = out.Skip + groupsShown
	}
	if out.Skip > 0 {
		out.Previous = max(out.Skip-groupsShown, 0)
	}
	return v.render(http.StatusOK, "duplicates", "Duplicates", out)
}

func groupOf(g contacts.DuplicateGroup, number int) group {
	out := group{Number: number, Safe: g.Safe(), Sources: len(g.Sources()) > 0}
	suggested := map[uuid.UUID]bool{}
	for _, id := range g.Sources() {
		suggested[id] = true
	}
	people := map[uuid.UUID]person{}
	for _, v := range g.Contacts {
		people[v.ID()] = personOf(v)
		// Those that the library suggests to merge are always in sight.
		if len(out.Members) >= membersShown && !suggested[v.ID()] && v.ID() != g.Target() {
			out.More++
			continue
		}
		c := v.Clone()
		out.Members = append(out.Members, member{
			person: people[v.ID()], Email: c.PrimaryInfo.Email, Phone: c.PrimaryInfo.Phone, Created: c.CreatedDate,
			Target: v.ID() == g.Target(), Source: suggested[v.ID()], Chips: chips(c),
		})
	}
	for _, d := range g.Doubts {
		out.Doubts = append(out.Doubts, doubts[d])
	}
	pairs, more := first(g.Pairs, pairsShown)
	out.Evidence, out.MorePairs = evidenceOf(pairs, people), more
	return out
}

// matches name the results of comparing names.
var matches = map[contacts.NameMatch]chip{
	contacts.NamesEqual:       {"Names equal", "good"},
	contacts.NamesSwapped:     {"Names swapped", "good"},
	contacts.NamesAlike:       {"Names alike", "warn"},
	contacts.NamesMissing:     {"Name missing", "warn"},
	contacts.NamesConflicting: {"Names differ", "bad"},
}

// doubts name the reasons why a person has to decide.
var doubts = map[contacts.MergeDoubt]string{
	contacts.DoubtNamesConflicting: "Names differ",
	contacts.DoubtNamesMissing:     "A name is missing",
	contacts.DoubtNamesAlike:       "Names are only alike",
	contacts.DoubtBirthdates:       "Birthdates differ",
	contacts.DoubtMembers:          "Different members",
	contacts.DoubtConnection:       "Not connected by an email or phone of few",
}

func evidenceOf(pairs []contacts.DuplicatePair, people map[uuid.UUID]person) []evidence {
	var list []evidence
	for _, p := range pairs {
		e := evidence{A: people[p.Older], B: people[p.Younger], Names: matches[p.Names]}
		for _, s := range p.Shared {
			phone, extension, _ := strings.Cut(s.Phone, ";ext=")
			if extension != "" {
				phone += " ext. " + extension
			}
			e.Shared = append(e.Shared, shared{s.Email + phone, s.Common})
		}
		list = append(list, e)
	}
	return list
}
