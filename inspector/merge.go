package inspector

import (
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
	"github.com/contactsdb/contacts/internal/wire"
)

// mergePage is the data of a preview.
type mergePage struct {
	Problem  *note
	Target   person
	Sources  []person
	Revision int
	Plan     string // the fingerprint, in hexadecimal
	Blocks   []string
	Doubts   []string
	Safe     bool
	Evidence []evidence
	Picture  picture
	Moves    []move
	Repeat   string // query of this page
}

// choice are the contacts of a merge.
type choice struct {
	target  uuid.UUID
	sources []uuid.UUID
}

// choiceOf reads the contacts of a merge from a form. A contact that is the target and a source is the target.
func choiceOf(form url.Values) (choice, error) {
	var c choice
	var ok bool
	if c.target, ok = wire.ParseGUID(form.Get("target")); !ok {
		return c, ErrBadForm
	}
	for _, text := range form["source"] {
		id, ok := wire.ParseGUID(text)
		if !ok {
			return c, ErrBadForm
		}
		if id != c.target && !slices.Contains(c.sources, id) {
			c.sources = append(c.sources, id)
		}
	}
	return c, nil
}

// preview shows what a merge would do.
func (v *visit) preview() error {
	c, err := choiceOf(v.r.URL.Query())
	if err != nil {
		return err
	}
	return v.showPlan(http.StatusOK, c, nil)
}

// merge carries out a merge that was shown. If a contact has changed since, it shows the merge again and does nothing
// (INS-9).
func (v *visit) merge() error {
	c, err := choiceOf(v.r.PostForm)
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(v.posted("revision"))
	plan, hexErr := hex.DecodeString(v.posted("plan"))
	if err != nil || hexErr != nil || len(plan) != len(contacts.Fingerprint{}) {
		return ErrBadForm
	}
	opts := &contacts.MergeOptions{Plan: contacts.Fingerprint(plan)}
	merged, err := v.store.Merge(v.r.Context(), c.target, revision, c.sources, opts)
	switch {
	case err == nil:
		v.redirect("contacts/" + merged.ID.String() + "?merged=" + strconv.Itoa(len(c.sources)))
		return nil
	case errors.Is(err, contacts.ErrPlanOutdated) || errors.Is(err, contacts.ErrAlreadyChanged):
		return v.showPlan(http.StatusConflict, c,
			problem("A contact has changed since this was shown. Nothing was merged. This is what a merge would do now.", err))
	case errors.Is(err, contacts.ErrFailedPrecondition) || errors.Is(err, contacts.ErrIllegalMerge):
		return v.showPlan(http.StatusConflict, c, problem("These contacts cannot be merged.", err))
	default:
		return err
	}
}

// showPlan shows what a merge would do now.
func (v *visit) showPlan(status int, c choice, said *note) error {
	plan, views, err := v.plan(c)
	if err != nil {
		return err
	}
	out := &mergePage{
		Problem: said, Target: personOf(views[c.target]), Revision: plan.Contact.Revision,
		Plan: hex.EncodeToString(plan.Fingerprint[:]), Safe: plan.Safe(),
	}
	people := map[uuid.UUID]person{c.target: out.Target}
	query := url.Values{"target": {c.target.String()}}
	for _, id := range c.sources {
		people[id] = personOf(views[id])
		out.Sources = append(out.Sources, people[id])
		query.Add("source", id.String())
	}
	out.Repeat = query.Encode()
	for _, b := range plan.Blocks {
		text := words(b.Blocker)
		if p, ok := people[b.ID]; ok && b.Violation == (contacts.Violation{}) {
			text = p.Name + ": " + text
		}
		out.Blocks = append(out.Blocks, text)
	}
	for _, d := range plan.Doubts {
		out.Doubts = append(out.Doubts, doubts[d])
	}
	out.Evidence = evidenceOf(plan.Pairs, people)
	out.Moves = movesOf(plan, views, people, v.store.Snapshot())
	out.Picture = draw(append([]person{out.Target}, out.Sources...), out.Moves)
	return v.render(status, "merge", "Merge preview", out)
}

// plan returns the plan of a merge, and the contacts as they were when it was made.
func (v *visit) plan(c choice) (*contacts.MergePlan, map[uuid.UUID]contacts.View, error) {
	for {
		before := v.views(c)
		plan, err := v.store.PreviewMerge(v.r.Context(), c.target, c.sources)
		if err != nil {
			return nil, nil, err
		}
		same := true
		for id, now := range v.views(c) { // a write between the two would make the picture differ from the plan
			same = same && !before[id].IsZero() && before[id].Revision() == now.Revision()
		}
		if same && len(before) == len(c.sources)+1 {
			return plan, before, nil
		}
	}
}

// views returns the contacts of a merge that exist.
func (v *visit) views(c choice) map[uuid.UUID]contacts.View {
	sn, views := v.store.Snapshot(), map[uuid.UUID]contacts.View{}
	for _, id := range append([]uuid.UUID{c.target}, c.sources...) {
		if found, ok := sn.View(id); ok {
			views[id] = found
		}
	}
	return views
}
