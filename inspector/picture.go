package inspector

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// move is what happens to one piece of information in a merge.
type move struct {
	From    person
	Name    string // of the field
	Text    string // the value
	To      string // path on the merged contact; "" if dropped
	Outcome chip
	Why     string // it was dropped
	kind    string // kept, added, same or dropped
}

// outcomes name the outcomes. The kinds are classes of the picture.
var outcomes = map[contacts.MergeOutcome]struct {
	chip
	kind string
}{
	contacts.MergeKept:         {chip{"Kept", "plain"}, "kept"},
	contacts.MergeAdded:        {chip{"Added", "good"}, "added"},
	contacts.MergeAlreadyThere: {chip{"Already there", "info"}, "same"},
	contacts.MergeDropped:      {chip{"Dropped", "bad"}, "dropped"},
}

var reasons = map[contacts.MergeReason]string{
	contacts.TargetHasValue:        "the target has a value",
	contacts.EarlierSourceHasValue: "an earlier source has a value",
	contacts.ComputedAgain:         "computed again",
	contacts.ObjectionWins:         "an objection wins",
}

// movesOf lists what happens to each piece of information, except values that the store computes again.
func movesOf(
	plan *contacts.MergePlan, views map[uuid.UUID]contacts.View, people map[uuid.UUID]person, sn *contacts.Snapshot,
) []move {
	labels, fields := labelNames(sn), fieldNames(sn)
	copies := map[uuid.UUID]*contacts.Contact{}
	for id, v := range views {
		copies[id] = v.Clone()
	}
	order := map[uuid.UUID]int{}
	for i, e := range plan.Account {
		if _, ok := order[e.From]; !ok {
			order[e.From] = i
		}
	}
	account := slices.DeleteFunc(slices.Clone(plan.Account), func(e contacts.MergeEntry) bool {
		return e.Reason == contacts.ComputedAgain
	})
	slices.SortStableFunc(account, func(a, b contacts.MergeEntry) int { // statuses after their emails and phones
		return cmp.Or(cmp.Compare(order[a.From], order[b.From]), strings.Compare(rankOf(a.Field), rankOf(b.Field)))
	})
	var list []move
	for _, e := range account {
		o := outcomes[e.Outcome]
		m := move{From: people[e.From], To: e.To, Outcome: o.chip, Why: reasons[e.Reason], kind: o.kind}
		p := pieceAt(e.Field)
		m.Name, m.Text = p.in(views[e.From], copies[e.From], labels, fields)
		list = append(list, m)
	}
	return list
}

// piece is the place of a piece of information on a contact.
type piece struct {
	list   string // such as emails
	index  int
	key    string // of an extended field
	status string // such as subscriptionStatus
}

// pieceAt reads a path of the account of a merge, such as info.emails.items[1].subscriptionStatus.
func pieceAt(path string) piece {
	list, rest, found := strings.Cut(strings.TrimPrefix(path, "info."), ".items")
	if !found {
		return piece{list: list}
	}
	if key, ok := strings.CutPrefix(rest, "."); ok {
		return piece{list: list, key: key}
	}
	number, status, _ := strings.Cut(strings.TrimPrefix(rest, "["), "]")
	index, _ := strconv.Atoi(number)
	return piece{list: list, index: index, status: strings.TrimPrefix(status, ".")}
}

// pieces are the kinds of information in the order of the picture: the first part of the path, the name for people,
// and the value on a contact.
var pieces = []struct {
	list, name string
	text       func(c *contacts.Contact, i int) string
}{
	{"name", "Name", func(c *contacts.Contact, _ int) string {
		return strings.Join(filled(c.Info.Name.First, c.Info.Name.Last), " ")
	}},
	{"emails", "Email", func(c *contacts.Contact, i int) string { return c.Info.Emails[i].Address }},
	{"phones", "Phone", func(c *contacts.Contact, i int) string {
		return cmp.Or(c.Info.Phones[i].Formatted, c.Info.Phones[i].Number)
	}},
	{"addresses", "Address", func(c *contacts.Contact, i int) string {
		return strings.Join(strings.Fields(addressText(c.Info.Addresses[i])), " ")
	}},
	{"company", "Company", func(c *contacts.Contact, _ int) string { return c.Info.Company }},
	{"jobTitle", "Job title", func(c *contacts.Contact, _ int) string { return c.Info.JobTitle }},
	{"birthdate", "Birthdate", func(c *contacts.Contact, _ int) string { return c.Info.Birthdate }},
	{"locale", "Locale", func(c *contacts.Contact, _ int) string { return c.Info.Locale }},
	{"labelKeys", "Label", func(c *contacts.Contact, i int) string { return c.Info.LabelKeys[i] }},
	{"picture", "Picture", func(c *contacts.Contact, _ int) string {
		return cmp.Or(c.Info.Picture.Image.URL, c.Info.Picture.Image.ID, "a picture")
	}},
	{"locations", "Location", func(c *contacts.Contact, i int) string { return c.Info.Locations[i].String() }},
	{"assignedUserIds", "Assigned user", func(c *contacts.Contact, i int) string {
		return c.Info.AssignedUserIDs[i].String()
	}},
	{"extendedFields", "Field", nil},
}

// in returns the name and the value of the piece on a contact.
func (p piece) in(v contacts.View, c *contacts.Contact, labels, fields map[string]string) (name, text string) {
	for _, known := range pieces {
		switch {
		case known.list != p.list:
		case p.key != "":
			return cmp.Or(fields[p.key], p.key), valueText(c.Info.ExtendedFields[p.key])
		case p.status == "subscriptionStatus":
			status := v.Subscription(known.text(c, p.index))
			if p.list == "phones" {
				status = v.Subscription(c.Info.Phones[p.index].Number)
			}
			return known.name + " consent", words(status) + ": " + known.text(c, p.index)
		case p.status != "":
			return known.name + " delivery", known.text(c, p.index)
		case p.list == "labelKeys":
			key := known.text(c, p.index)
			return known.name, cmp.Or(labels[key], key)
		default:
			return known.name, known.text(c, p.index)
		}
	}
	return p.list, ""
}

// rankOf orders the pieces of the merged contact: by kind, an item before its statuses, later items last.
func rankOf(path string) string {
	p := pieceAt(path)
	kind := len(pieces)
	for i, known := range pieces {
		if known.list == p.list {
			kind = i
		}
	}
	return fmt.Sprintf("%02d %08d %s %s", kind, p.index, p.status, p.key)
}

// The measures of the picture, in its own units.
const (
	pictureWidth = 1080
	cardWidth    = 410
	cardHead     = 52
	cardFoot     = 10
	cellHeight   = 26
	cardGap      = 22
	cellsMost    = 40 // of a card
	textMost     = 34 // characters of a value
	nameMost     = 16 // characters of the name of a field
	titleMost    = 36 // characters of the name of a contact
)

// picture shows what moves where: on the left the contacts as they are, on the right the merged one.
type picture struct {
	Width, Height int
	Cards         []card // the target, the sources, the merged contact
	Flows         []flow
	Marks         []mark
	Says          string // the picture in words
}

type card struct {
	person
	X, Y, Width, Height int
	Role, Kind          string
	Cells               []cell
	More                int // cells that are not shown
	MoreY               int
}

type cell struct {
	Name, Text, Kind string
	Y                int // of the middle, from the top of the picture
}

// Places in the picture, for the template.
func (p picture) ViewWidth() int  { return p.Width + 2 }
func (p picture) ViewHeight() int { return p.Height + 2 }
func (c card) AvatarX() int       { return c.X + 29 }
func (c card) AvatarY() int       { return c.Y + 27 }
func (c card) TitleX() int        { return c.X + 54 }
func (c card) TitleY() int        { return c.Y + 24 }
func (c card) RoleY() int         { return c.Y + 39 }
func (c card) NameX() int         { return c.X + 16 }
func (c card) TextX() int         { return c.X + 130 }
func (c card) Short() string      { return shorten(c.Name, titleMost) }
func (c cell) Short() string      { return shorten(c.Name, nameMost) }
func (m mark) TextX() int         { return m.X + 34 }

// flow is a curve from a cell of a contact to one of the merged contact.
type flow struct{ D, Kind string }

// mark says why a value goes nowhere.
type mark struct {
	X, Y int
	Why  string
}

// draw lays the picture out.
func draw(people []person, moves []move) picture {
	p := picture{Width: pictureWidth}
	result := card{
		person: people[0], X: pictureWidth - cardWidth, Width: cardWidth, Role: "After the merge", Kind: "result",
	}
	at := resultCells(&result, moves)
	counts := map[string]int{}
	y := 0
	for i, who := range people {
		c := card{person: who, Y: y, Width: cardWidth, Role: "Source, is deleted", Kind: "source"}
		if i == 0 {
			c.Role, c.Kind = "Target", "target"
		}
		for _, m := range moves {
			if m.From.ID != who.ID {
				continue
			}
			counts[m.kind]++
			if len(c.Cells) == cellsMost {
				c.More++
				continue
			}
			cellY := y + cardHead + len(c.Cells)*cellHeight + cellHeight/2
			c.Cells = append(c.Cells, cell{m.Name, shorten(m.Text, textMost), m.kind, cellY})
			if m.kind == "dropped" {
				p.Marks = append(p.Marks, mark{cardWidth, cellY, m.Why})
			} else if to, ok := at[m.To]; ok {
				p.Flows = append(p.Flows, flow{curve(cellY, to), m.kind})
			}
		}
		c.close()
		y += c.Height + cardGap
		p.Cards = append(p.Cards, c)
	}
	result.close()
	p.Cards = append(p.Cards, result)
	p.Height = max(y-cardGap, result.Height)
	p.Says = fmt.Sprintf("%s merged into %s: %d kept, %d added, %d already there, %d dropped.",
		plural(len(people)-1, "contact"), people[0].Name, counts["kept"], counts["added"], counts["same"], counts["dropped"])
	return p
}

// resultCells adds the cells of the merged contact, and returns where each path is.
func resultCells(result *card, moves []move) map[string]int {
	var brings []move // that the merged contact has the value of
	for _, m := range moves {
		if m.kind == "kept" || m.kind == "added" {
			brings = append(brings, m)
		}
	}
	slices.SortStableFunc(brings, func(a, b move) int { return strings.Compare(rankOf(a.To), rankOf(b.To)) })
	at := map[string]int{}
	for i, m := range brings {
		if i == cellsMost {
			result.More = len(brings) - i
			break
		}
		at[m.To] = cardHead + i*cellHeight + cellHeight/2
		result.Cells = append(result.Cells, cell{m.Name, shorten(m.Text, textMost), m.kind, at[m.To]})
	}
	return at
}

// close sets the height of a card.
func (c *card) close() {
	c.MoreY = c.Y + cardHead + len(c.Cells)*cellHeight + cellHeight/2
	c.Height = cardHead + len(c.Cells)*cellHeight + cardFoot
	if c.More > 0 {
		c.Height += cellHeight
	}
}

// curve returns the path from a cell on the left to one on the right.
func curve(from, to int) string {
	const left, right = cardWidth, pictureWidth - cardWidth
	const middle = (left + right) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", left, from, middle, from, middle, to, right, to)
}

// shorten cuts a text to what a cell has room for. The table below the picture has all of it.
func shorten(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
