package contacts

import (
	"iter"
	"slices"
	"strings"

	"github.com/contactsdb/contacts/internal/match"
	"github.com/contactsdb/contacts/internal/wire"
)

// Plan tells how a query is answered (QRY-8).
type Plan struct {
	// Index is what the contacts are found by: "id", "email", "phone", "email prefix", "label", "several" for a union of
	// these, or "created": the order of creation, of which createdDate may limit a stretch.
	Index string
	// Rows is how many contacts are looked at to find all that match.
	Rows int
	// Sorted tells that the contacts that match are sorted: the index does not have them in the order of the query.
	Sorted bool
}

// planIndexes are the values of Plan.Index, those first that promise the fewest contacts.
var planIndexes = []string{"id", "email", "phone", "email prefix", "label", "several", "created"}

// path is a way to all contacts that a filter takes: stretches of an index, or of several. The filter still looks at each
// contact on it, unless the path is exact.
type indexPath struct {
	index string // as in Plan
	spans []span
	exact bool // the filter takes every contact on the path
}

// everyContact is the path where no index helps.
var fullScan = indexPath{index: "created", spans: []span{allSpan}}

// ordered reports whether the path leads through the contacts in the order of their creation, past each once.
func (p indexPath) ordered() bool { return len(p.spans) == 1 && p.spans[0].ordered }

// rank is the lower, the fewer contacts are expected.
func (p indexPath) rank() int { return slices.Index(planIndexes, p.index) }

func (p indexPath) isScan() bool { return p.index == fullScan.index }

// path returns the best path for a condition that has been compiled: its values are of the right types.
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

// pathOfAll returns the best of the paths for conditions all of which must hold.
func (r reader) pathOfAll(parts []*match.Condition) indexPath {
	best := fullScan
	var alike []indexPath // of the kind of the best
	for _, part := range parts {
		switch p := r.path(part); {
		case p.isScan() && best.isScan():
			best.spans = []span{best.spans[0].within(p.spans[0])}
		case p.rank() < best.rank():
			best, alike = p, []indexPath{p}
		case p.rank() == best.rank():
			alike = append(alike, p)
		}
	}
	if len(alike) > 1 {
		best = r.shortest(alike)
	}
	best.exact = best.exact && len(parts) == 1
	return best
}

// shortest returns the path with the fewest entries, the first of several.
func (r reader) shortest(paths []indexPath) indexPath {
	best, fewest := paths[0], 256 // counting more costs more than it may save
	for _, p := range paths {
		if n := r.count(p, fewest); n < fewest {
			best, fewest = p, n
		}
	}
	return best
}

// count counts the entries of a path, up to a number.
func (r reader) count(p indexPath, enough int) int {
	n := 0
	for range r.entries(p) {
		if n == enough {
			break
		}
		n++
	}
	return n
}

// pathOfSome returns the paths for conditions of which one must hold, joined, if each has an index.
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
		union.index = "several" // of none
	}
	slices.SortFunc(union.spans, span.compare)
	union.spans = slices.CompactFunc(union.spans, func(a, b span) bool { return a.compare(b) == 0 })
	return union
}

func (r reader) pathOfComparison(c *match.Condition) indexPath {
	op := c.Op()
	equality := op&(match.OpEq|match.OpIn|match.OpHasSome) != 0
	values := match.Texts(c.Value)
	byText := func(name, index string, exact bool) indexPath {
		return pathOf(name, values, exact, func(text string) span { return textSpan(index, text) })
	}
	switch c.Field {
	case "id":
		if equality {
			return pathOf("id", values, true, func(text string) span {
				id, _ := wire.ParseGUID(text)
				return idSpan(id)
			})
		}
	case "primaryInfo.email", "primaryEmail.email", "info.emails.email":
		if equality {
			for i, address := range values {
				values[i] = emailKey(address)
			}
			return byText("email", indexEmail, c.Field == "info.emails.email")
		}
		if op == match.OpStartsWith && values[0] != "" {
			return indexPath{index: "email prefix", spans: []span{prefixSpan(indexEmail, strings.ToLower(values[0]))}}
		}
	case "primaryPhone.e164Phone", "info.phones.e164Phone":
		if equality {
			return byText("phone", indexPhone, c.Field == "info.phones.e164Phone")
		}
	case "primaryInfo.phone", "primaryPhone.phone", "info.phones.phone":
		if equality {
			return byText("phone", indexNumber, c.Field == "info.phones.phone")
		}
	case "info.labelKeys":
		switch {
		case op == match.OpHasSome:
			return byText("label", indexLabel, true)
		case len(values) > 0: // $hasAll
			var paths []indexPath
			for _, key := range distinct(values) {
				paths = append(paths, indexPath{index: "label", spans: []span{textSpan(indexLabel, key)}})
			}
			best := r.shortest(paths)
			best.exact = len(paths) == 1
			return best
		}
	case "createdDate":
		p := fullScan
		p.spans = []span{allSpan.within(createdSpan(op, values[0]))}
		return p
	}
	return fullScan
}

// pathOf returns a path with a span for each text.
func pathOf(index string, texts []string, exact bool, spanOf func(string) span) indexPath {
	p := indexPath{index: index, exact: exact}
	slices.Sort(texts)
	for _, text := range slices.Compact(texts) {
		p.spans = append(p.spans, spanOf(text))
	}
	return p
}

// createdSpan is the stretch of the order of creation that a comparison of createdDate allows, in whole milliseconds.
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

// entries yields what stands on a path, a contact that several entries lead to as often as that.
func (r reader) entries(p indexPath) iter.Seq[*record] {
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

// along yields the contacts on a path in the order of creation or backwards, those behind a place if one is given, without
// the first skip ones.
func (r reader) walkPath(p indexPath, backwards bool, behind *place, skip int) iter.Seq[*record] {
	if p.ordered() {
		return r.walk(p.spans[0], backwards, behind, skip)
	}
	return func(yield func(*record) bool) {
		rows := slices.SortedFunc(r.entries(p), func(a, b *record) int {
			if backwards {
				a, b = b, a
			}
			return a.order.compare(b.order)
		})
		left := skip
		for _, row := range slices.Compact(rows) {
			if behind != nil && !behind.comesBefore(row.order, backwards) {
				continue
			}
			if left--; left < 0 && !yield(row) {
				return
			}
		}
	}
}
