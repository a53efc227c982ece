package contacts

import (
	"iter"
	"slices"

	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/wire"
)

// Plan describes how a query is answered (QRY-8).
type Plan struct {
	// Index names the index that the query uses: "id", "email", "phone", "email prefix", "label", "several" for a
	// union of indexes, "created" for all contacts in the order of creation, or those in a range of createdDate, or
	// "people" for the words of all contacts, which the snapshot collects for the first people search.
	Index string
	// Rows is the number of contacts that are examined to find all matches.
	Rows int
	// Sorted reports whether the matches have to be sorted, because the index does not have them in the order of the
	// query.
	Sorted bool
}

// planIndexes are the values of Plan.Index, starting with the index that is expected to have the fewest contacts.
var planIndexes = []string{"id", "email", "phone", "email prefix", "label", "several", "created"}

// planPeople is the Plan.Index of a people search of all contacts, which is no path.
const planPeople = "people"

// indexPath leads to every contact that a filter matches: spans of one or more indexes. It may also lead to contacts
// that the filter does not match, unless it is exact.
type indexPath struct {
	index string // Plan.Index
	spans []span
	exact bool // the filter matches every contact on the path
}

// fullScan is the path to all contacts, for filters that no index serves.
var fullScan = indexPath{index: "created", spans: []span{allSpan}}

// ordered reports whether the path has its contacts in the order of creation, each once.
func (p indexPath) ordered() bool { return len(p.spans) == 1 && p.spans[0].ordered }

// rank is lower for a path that is expected to have fewer contacts.
func (p indexPath) rank() int { return slices.Index(planIndexes, p.index) }

func (p indexPath) isScan() bool { return p.index == fullScan.index }

// path returns the best path for a condition. The condition must have been compiled, so its values have the right
// types.
func (r reader) path(c *match.Condition) indexPath {
	switch {
	case c == nil:
		p := fullScan
		p.exact = true
		return p
	case c.Join == "":
		return r.pathOfComparison(c)
	case c.Join == match.And:
		return r.pathOfAll(c.Parts)
	case c.Join == match.Or:
		return r.pathOfAny(c.Parts)
	default:
		return fullScan
	}
}

// pathOfAll returns the best path for a conjunction of conditions.
func (r reader) pathOfAll(parts []*match.Condition) indexPath {
	best := fullScan
	var equals []indexPath // all paths with the rank of best
	for _, part := range parts {
		switch p := r.path(part); {
		case p.isScan() && best.isScan():
			best.spans = []span{best.spans[0].within(p.spans[0])}
		case p.rank() < best.rank():
			best, equals = p, []indexPath{p}
		case p.rank() == best.rank():
			equals = append(equals, p)
		}
	}
	if len(equals) > 1 {
		best = r.shortest(equals)
	}
	best.exact = best.exact && len(parts) == 1
	return best
}

// shortest returns the path with the fewest entries, the first of them in a tie.
func (r reader) shortest(paths []indexPath) indexPath {
	best, fewest := paths[0], 256 // counting further would cost more than it can save
	for _, p := range paths {
		if n := r.count(p, fewest); n < fewest {
			best, fewest = p, n
		}
	}
	return best
}

// count returns the number of entries of a path, at most enough.
func (r reader) count(p indexPath, enough int) int {
	n := 0
	for _, s := range p.spans {
		n += r.size(s, enough-n)
	}
	return n
}

// pathOfAny returns the union of the paths for a disjunction of conditions, a full scan if any of them needs one.
func (r reader) pathOfAny(parts []*match.Condition) indexPath {
	union := indexPath{exact: true}
	for i, part := range parts {
		p := r.path(part)
		if p.isScan() {
			return fullScan
		}
		if i == 0 {
			union.index = p.index
		} else if p.index != union.index {
			union.index = "several"
		}
		union.spans = append(union.spans, p.spans...)
		union.exact = union.exact && p.exact
	}
	if len(parts) == 0 {
		union.index = "several"
	}
	slices.SortFunc(union.spans, span.compare)
	union.spans = slices.CompactFunc(union.spans, func(a, b span) bool { return a.compare(b) == 0 })
	return union
}

// indexedField is a field of contacts with an index of its values.
type indexedField struct {
	plan   string // Plan.Index
	spanOf func(text string) span
	form   match.Form // in which the index has texts
	exact  bool       // the index has the values of this field only
}

var indexedFields = map[string]indexedField{
	"id": {"id", idTextSpan, match.Exact, true},

	"primaryInfo.email":  {"email", emailSpan, emailForm, false},
	"primaryEmail.email": {"email", emailSpan, emailForm, false},
	"info.emails.email":  {"email", emailSpan, emailForm, true},

	"primaryInfo.phone":      {"phone", numberSpan, match.Exact, false},
	"primaryPhone.phone":     {"phone", numberSpan, match.Exact, false},
	"info.phones.phone":      {"phone", numberSpan, match.Exact, true},
	"primaryPhone.e164Phone": {"phone", phoneSpan, match.Exact, false},
	"info.phones.e164Phone":  {"phone", phoneSpan, match.Exact, true},

	"info.labelKeys": {"label", labelSpan, match.Exact, true},
}

func idTextSpan(text string) span {
	id, _ := wire.ParseGUID(text) // it was compiled
	return idSpan(id)
}

func emailSpan(key string) span { return textSpan(indexEmail, textKey(key)) }

func numberSpan(number string) span { return textSpan(indexNumber, textKey(number)) }

func phoneSpan(e164 string) span { return textSpan(indexPhone, textKey(e164)) }

func labelSpan(key string) span { return textSpan(indexLabel, textKey(key)) }

// pathOfComparison returns the path of the index of the field, a full scan if no index serves the operator.
func (r reader) pathOfComparison(c *match.Condition) indexPath {
	op, values := c.Op(), match.Texts(c.Value)
	if c.Field == "createdDate" {
		p := fullScan
		p.spans = []span{allSpan.within(createdSpan(op, values[0]))}
		return p
	}
	field, indexed := indexedFields[c.Field]
	switch {
	case !indexed:
		return fullScan
	case op&(match.OpEq|match.OpIn|match.OpHasSome) != 0:
		return field.path(values)
	case op == match.OpHasAll && len(values) > 0:
		return r.pathOfAllTexts(field, values)
	case op == match.OpStartsWith && field.plan == "email" && values[0] != "":
		return indexPath{index: "email prefix", spans: []span{prefixSpan(indexEmail, field.form.Prefix(values[0]))}}
	default:
		return fullScan
	}
}

// path returns the path to the contacts with any of the texts. It changes texts.
func (f indexedField) path(texts []string) indexPath {
	for i, text := range texts {
		texts[i] = f.form.Text(text)
	}
	slices.Sort(texts)
	p := indexPath{index: f.plan, exact: f.exact}
	for _, text := range slices.Compact(texts) {
		p.spans = append(p.spans, f.spanOf(text))
	}
	return p
}

// pathOfAllTexts returns the shortest of the paths to the contacts with one of the texts.
func (r reader) pathOfAllTexts(f indexedField, texts []string) indexPath {
	var paths []indexPath
	for _, text := range distinct(texts) {
		paths = append(paths, indexPath{index: f.plan, spans: []span{f.spanOf(f.form.Text(text))}})
	}
	best := r.shortest(paths)
	best.exact = f.exact && len(paths) == 1
	return best
}

// createdSpan returns the contacts that a comparison of createdDate can match, with bounds in whole milliseconds.
func createdSpan(op match.Operators, text string) span {
	t, _ := wire.ParseTime(text) // it was compiled
	t = wholeMillis(t)
	s := allSpan
	if op&(match.OpEq|match.OpGt|match.OpGte) != 0 {
		s.since = t
	}
	if op&(match.OpEq|match.OpLt|match.OpLte) != 0 {
		s.until = t
	}
	return s
}

// each yields the contacts on a path, a contact with several entries once for each.
func (r reader) each(p indexPath) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, s := range p.spans {
			for row := range r.walk(s, false, nil, 0) {
				if !yield(row) {
					return
				}
			}
		}
	}
}

// walkPath yields the contacts on a path, each once, in the order of creation, or backwards, except for the first skip
// contacts. If after is not nil it yields only the contacts after that place in the direction of the walk.
func (r reader) walkPath(p indexPath, backwards bool, after *place, skip int) iter.Seq[*record] {
	if p.ordered() {
		return r.walk(p.spans[0], backwards, after, skip)
	}
	return func(yield func(*record) bool) {
		rows := slices.SortedFunc(r.each(p), func(a, b *record) int {
			if backwards {
				a, b = b, a
			}
			return a.order.compare(b.order)
		})
		left := skip
		for _, row := range slices.Compact(rows) {
			if after != nil && !after.comesBefore(row.order, backwards) {
				continue
			}
			if left--; left < 0 && !yield(row) {
				return
			}
		}
	}
}
