package proof

import (
	"slices"
	"strings"
	"time"

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

// batchMethods are the methods whose operations a batch can have. Those that change a contact come more often.
var batchMethods = []string{
	"Create", "Upsert", "Upsert", "Submit", "Submit",
	"Update", "Update", "Update", "Delete", "Label", "Unlabel", "Merge",
	"SetSubscription", "SetDeliverability", "RecordActivity", "SetMember", "SetBillingSubscription", "SetSystemFields",
	"FindOrCreateLabel", "FindOrCreateLabel", "FindOrCreateField", "FindOrCreateField",
	"RenameLabel", "RenameField", "DeleteLabel", "DeleteField",
}

// tempKeys are temporary keys of labels and fields.
var tempKeys = []string{"t1", "t2"}

// batchKey returns a temporary key, or otherwise key.
func (g *gen) batchKey(key string) string {
	if oneIn(g, 2) {
		return g.tempKey()
	}
	return key
}

func (g *gen) tempKey() string {
	if oneIn(g, 6) {
		return "t2"
	}
	return "t1"
}

func (g *gen) step(m *Model, ids []uuid.UUID) Step {
	s := Step{
		Method: pick(g, batchMethods), ID: pick(g, ids), Rev: g.rev(), NoRev: oneIn(g, 4),
		AllowDuplicates: !oneIn(g, 3),
	}
	in := &contacts.Info{}
	if p := m.find(s.ID); p != nil {
		in = &p.contact.Info
	}
	switch s.Method {
	case "Create", "Upsert", "Submit":
		g.personStep(m, &s, ids)
	case "Update":
		s.Patch, s.Unsubscribe = g.patch(m, in), g.objections(in)
		if oneIn(g, 3) {
			if !oneIn(g, 4) {
				s.Patch, s.Unsubscribe = contacts.Patch{}, nil
			}
			s.Patch.LabelKeys = contacts.Set(append(g.labelKeys(m), g.tempKey()))
			s.Patch.SetFields = g.tempValues(m)
		}
	case "Label", "Unlabel":
		for range g.n(3) {
			s.Keys = append(s.Keys, g.batchKey(g.labelKey(m)))
		}
	case "Merge":
		s.Sources, s.WrongPlan = []uuid.UUID{pick(g, ids)}, oneIn(g, 12)
		if oneIn(g, 2) {
			s.Sources = g.sources(m)
		}
	default:
		g.statusStep(m, &s)
	}
	if oneIn(g, 40) {
		return Step{}
	}
	return s
}

// personStep completes a step that creates or finds a contact.
func (g *gen) personStep(m *Model, s *Step, ids []uuid.UUID) {
	s.ID, s.Rev, s.NoRev = uuid.Nil, 0, false
	s.Info, s.Source = g.info(m), g.source()
	op := &Op{}
	switch s.Method {
	case "Create":
		s.Unsubscribe = g.objections(&s.Info)
	case "Upsert":
		s.Info = g.knownInfo(m)
	case "Submit":
		g.submit(op, m)
		s.Info = op.Args[0].(contacts.Info)
		if opts := op.Args[1].(*contacts.SubmitOptions); opts != nil {
			s.Submit = *opts
		}
		if oneIn(g, 3) {
			s.Submit.VisitorContactID = pick(g, ids)
		}
		if oneIn(g, 8) {
			s.Submit.ContactID, s.Submit.Override = pick(g, ids), true
		}
	}
	if oneIn(g, 4) {
		if !oneIn(g, 4) {
			s.Info, s.Source, s.Unsubscribe = g.plainInfo(), contacts.Source{}, nil
		}
		s.Info.LabelKeys = append(s.Info.LabelKeys, g.tempKey())
		s.Info.ExtendedFields = g.tempValues(m)
	}
	if !oneIn(g, 3) {
		s.TempID = pick(g, ids)
	}
}

// plainInfo returns an info that every store accepts.
func (g *gen) plainInfo() contacts.Info {
	in := contacts.Info{Name: contacts.Name{First: pick(g, []string{"Ann", "Bob"})}}
	if !oneIn(g, 4) {
		in.Emails = []contacts.Email{{Address: pick(g, []string{"ann@x.io", "BOB@x.io", "cat@x.io"})}}
	}
	return in
}

// namingSteps returns steps that give temporary names, mostly with success.
func (g *gen) namingSteps(m *Model, id uuid.UUID) []Step {
	label, field := pick(g, m.labels).DisplayName, pick(g, m.fields).DisplayName // the quotas may be exhausted
	if oneIn(g, 3) {
		label = pick(g, labelNames)
	}
	return []Step{
		{Method: "FindOrCreateLabel", Name: label, TempKey: "t1"},
		{Method: "FindOrCreateField", Name: field, TempKey: "t1", DataType: contacts.DataText},
		{
			Method: pick(g, []string{"Create", "Upsert", "Submit"}), Info: g.plainInfo(), TempID: id,
			AllowDuplicates: !oneIn(g, 4),
		},
	}
}

// tempValues returns values of fields, mostly under temporary keys.
func (g *gen) tempValues(m *Model) map[string]any {
	values := map[string]any{g.tempKey(): pick(g, []any{"2024-02-29", "x", nil, 1})}
	if oneIn(g, 4) {
		key := g.fieldKey(m)
		values[key] = g.value(m, key)
	}
	return values
}

// statusStep completes a step on a status of a contact, or on a definition. Arguments come from the operation of the
// method.
func (g *gen) statusStep(m *Model, s *Step) {
	op := &Op{}
	switch s.Method {
	case "SetSubscription":
		s.Address, s.Subscription = g.address(m, s.ID, true), tag(g, subscriptionWords)
	case "SetDeliverability":
		s.Address, s.Deliverability = g.address(m, s.ID, false), tag(g, emailDeliverabilityWords)
	case "RecordActivity":
		g.activity(op, m)
		s.Activity, s.At = op.Args[1].(contacts.ActivityType), op.Args[2].(time.Time)
	case "SetMember":
		s.Member = g.memberInfo()
	case "SetBillingSubscription":
		s.Active = oneIn(g, 2)
	case "SetSystemFields":
		g.systemFields(op, m)
		s.Values = op.Args[1].(map[string]any)
	case "FindOrCreateLabel", "RenameLabel":
		s.Name, s.Keys = g.name(labelNames), []string{g.batchKey(g.labelKey(m))}
	case "FindOrCreateField", "RenameField":
		s.Name, s.Keys = g.name(fieldNames), []string{g.batchKey(g.fieldKey(m))}
		s.DataType = tag(g, dataTypes)
	case "DeleteLabel":
		s.Keys = []string{g.batchKey(g.labelKey(m))}
	case "DeleteField":
		s.Keys = []string{g.batchKey(g.fieldKey(m))}
	}
	if !oneIn(g, 3) && strings.HasPrefix(s.Method, "FindOrCreate") {
		if s.TempKey = pick(g, tempKeys); oneIn(g, 20) {
			s.TempKey = pick(g, keyPool)
		}
	}
}

func (g *gen) batch(op *Op, m *Model) {
	// Few, so that steps build on each other. The last ones are temporary.
	ids := []uuid.UUID{g.id(m), g.id(m), g.id(m), idOf(op.N, 0), idOf(op.N, 700), idOf(op.N, 701)}
	var steps []Step
	targets := ids
	if oneIn(g, 2) {
		steps = g.namingSteps(m, ids[4])
		targets = append(slices.Repeat(ids[4:5], 6), ids...)
	}
	for range g.n(8) {
		s := g.step(m, targets)
		if s.TempID != uuid.Nil {
			s.TempID = pick(g, ids[4:])
			if oneIn(g, 20) {
				s.TempID = pick(g, ids)
			}
		}
		steps = append(steps, s)
	}
	var opts *contacts.BatchOptions
	if !oneIn(g, 3) {
		opts = &contacts.BatchOptions{AllOrNothing: oneIn(g, 2)}
	}
	switch g.n(60) {
	case 0:
		op.IDs = []uuid.UUID{uuid.Nil}
	case 1, 2:
		op.IDs = []uuid.UUID{idOf(op.N, 0), idOf(op.N, 701), idOf(op.N, 700)} // contacts with temporary IDs
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
