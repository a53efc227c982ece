package proof

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// selected makes a selection, mostly of few contacts.
func (g *gen) selected(m *Model) Selected {
	var sel Selected
	switch g.n(12) {
	case 0:
		sel.Search = pick(g, searches)
	case 1:
		sel.Where = g.where(m)
	case 2:
		sel.Where, sel.Search = g.where(m), pick(g, searches)
	case 3:
		if oneIn(g, 4) {
			return sel
		}
		sel.Search = "Ann"
	default:
		list := []any{}
		for range 1 + g.n(5) {
			list = append(list, g.id(m).String())
		}
		sel.Where = Cond{Field: "id", Operator: "$in", Value: list}
	}
	return sel
}

func (g *gen) bulkOptions() *contacts.BulkOptions {
	if oneIn(g, 3) {
		return nil
	}
	size := pick(g, []int{0, 1, 1, 2, 2, 3})
	if oneIn(g, 40) {
		size = pick(g, []int{-1, 10_000, 10_001})
	}
	return &contacts.BulkOptions{BatchSize: size}
}

func (g *gen) between(m *Model) Between {
	switch g.n(10) {
	case 0:
		return Between{Stop: true}
	case 1, 2:
		return Between{Delete: g.id(m)}
	}
	return Between{}
}

func (g *gen) bulk(op *Op, m *Model) {
	sel, opts, between := g.selected(m), g.bulkOptions(), g.between(m)
	if oneIn(g, 40) {
		op.IDs = []uuid.UUID{uuid.Nil}
		if oneIn(g, 2) {
			op.IDs = []uuid.UUID{idOf(op.N, 800), idOf(op.N, 801), uuid.Nil}
		}
	}
	if oneIn(g, 20) && len(m.people) > 0 {
		op.IDs = append([]uuid.UUID{idOf(op.N, 800)}, g.itemIDs(&pick(g, m.people).contact.Info)...)
	}
	switch g.n(7) {
	case 0:
		op.Method, op.Args = "BulkDelete", []any{sel, opts, between}
	case 1, 2, 3:
		op.Method, op.Args = "BulkUpdate", []any{sel, g.patch(m, &contacts.Info{}), opts, between}
	default:
		var lists [2][]string
		for i := range lists {
			for range g.n(3) {
				lists[i] = append(lists[i], g.labelKey(m))
			}
			if len(lists[i]) > 0 && oneIn(g, 60) {
				lists[i] = slices.Repeat(lists[i][:1], 100+g.n(2))
			}
		}
		op.Method, op.Args = "BulkLabel", []any{sel, lists[0], lists[1], opts, between}
	}
}

func (g *gen) step(m *Model, ids []uuid.UUID) Step {
	s := Step{
		Method: pick(g, []string{"Create", "Update", "Update", "Update", "Delete", "Label", "Unlabel", "Merge"}),
		ID:     pick(g, ids), Rev: g.rev(), AllowDuplicates: !oneIn(g, 3),
	}
	switch s.Method {
	case "Create":
		s.Info, s.Source = g.info(m), g.source()
		s.ID, s.Rev = uuid.Nil, 0
		s.Unsubscribe = g.objections(&s.Info)
	case "Update":
		in := &contacts.Info{}
		if p := m.find(s.ID); p != nil {
			in = &p.contact.Info
		}
		s.Patch, s.Unsubscribe = g.patch(m, in), g.objections(in)
	case "Label", "Unlabel":
		for range g.n(3) {
			s.Keys = append(s.Keys, g.labelKey(m))
		}
	case "Merge":
		s.Sources, s.WrongPlan = []uuid.UUID{pick(g, ids)}, oneIn(g, 12)
		if oneIn(g, 4) {
			s.Sources = g.sources(m)
		}
	}
	if oneIn(g, 40) {
		return Step{}
	}
	return s
}

func (g *gen) batch(op *Op, m *Model) {
	ids := []uuid.UUID{g.id(m), g.id(m), g.id(m), idOf(op.N, 0)} // few, so that steps build on each other
	var steps []Step
	for range g.n(6) {
		steps = append(steps, g.step(m, ids))
	}
	var opts *contacts.BatchOptions
	if !oneIn(g, 3) {
		opts = &contacts.BatchOptions{AllOrNothing: oneIn(g, 2)}
	}
	if oneIn(g, 60) {
		op.IDs = []uuid.UUID{uuid.Nil}
	}
	op.Method, op.Args = "Batch", []any{steps, opts}
}

// knownInfo returns an info that shares parts with a contact, mostly.
func (g *gen) knownInfo(m *Model) contacts.Info {
	in := g.info(m)
	if len(m.people) == 0 || oneIn(g, 3) {
		return in
	}
	has := deepCopy(&pick(g, m.people).contact).Info
	if oneIn(g, 3) {
		in.Emails = has.Emails
	}
	if oneIn(g, 3) {
		in.Phones = has.Phones
	}
	if oneIn(g, 3) {
		in.Name = has.Name
	}
	if oneIn(g, 3) {
		in.Addresses = has.Addresses
	}
	if oneIn(g, 2) {
		has.Name, has.Company = contacts.Name{First: pick(g, []string{has.Name.First, "", "Bob"})}, in.Company
		return has
	}
	return in
}

func (g *gen) upsert(op *Op, m *Model) {
	var opts *contacts.UpsertOptions
	if oneIn(g, 3) {
		opts = &contacts.UpsertOptions{Source: g.source()}
	}
	if oneIn(g, 40) && len(g.mc.known) > 0 {
		op.IDs = []uuid.UUID{pick(g, g.mc.known)}
	}
	op.Method, op.Args = "Upsert", []any{g.knownInfo(m), opts}
}

func (g *gen) submit(op *Op, m *Model) {
	in := g.knownInfo(m)
	var opts *contacts.SubmitOptions
	if !oneIn(g, 4) {
		opts = &contacts.SubmitOptions{Source: g.source()}
		opts.PassThroughData = pick(g, []string{"", "", "text", strings.Repeat("ä", 300)})
		if oneIn(g, 6) {
			opts.ContactID, opts.Override = g.id(m), !oneIn(g, 6)
		}
		if oneIn(g, 8) {
			opts.MemberID = idOf(0, 300+g.n(4))
		}
		if oneIn(g, 4) {
			opts.VisitorContactID = g.id(m)
		}
		if oneIn(g, 3) {
			opts.Activity = contacts.Activity{ActivityType: tag(g, activityWords), ActivityDate: g.date()}
			if oneIn(g, 6) {
				opts.Activity.Description = strings.Repeat("d", 1000+g.n(2))
				opts.Activity.Icon = &contacts.Icon{Name: "i"}
			}
		}
		if oneIn(g, 60) {
			opts.PassThroughData = pick(g, []string{strings.Repeat("ä", 301), "\x00"})
		}
	}
	if oneIn(g, 4) { // SBM-5
		in.Name, in.Emails, in.Phones = contacts.Name{First: pick(g, []string{"", " "})}, nil, nil
		if oneIn(g, 3) {
			in.Phones = []contacts.Phone{{Number: "n/a"}}
		}
	}
	if oneIn(g, 40) && len(g.mc.known) > 0 {
		op.IDs = []uuid.UUID{pick(g, g.mc.known)}
	}
	op.Method, op.Args = "Submit", []any{in, opts}
}
