package proof

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/contactsdb/contacts"
)

// Op is one operation as data: it can run on a store and on a model, be dropped, simplified and printed. It holds its
// time and its IDs, so it means the same whatever ran before.
type Op struct {
	N         int         // its number, from 1; IDs derive from it
	On        int         // the store: 0, or the number of the operation that forked it
	Now       time.Time   // the result of Options.Now
	IDs       []uuid.UUID // the first results of Options.NewID; idOf(N, 0), idOf(N, 1), … follow
	Cancelled bool        // its context is done
	Method    string      // of Store, or Reload or Keep
	Args      []any
}

// Rev is a difference from the current revision of a contact, which is the first argument of the operation.
type Rev int

// PlanUse selects the fingerprint of a merge.
type PlanUse int

// The fingerprints.
const (
	PlanNone  PlanUse = iota // none
	PlanFresh                // of a preview right before
	PlanSaved                // of the last preview in that store
	PlanWrong                // of no preview
)

// result lists the results of a call, an error last.
type result []any

var cancelled = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (op *Op) context() context.Context {
	if op.Cancelled {
		return cancelled
	}
	return context.Background()
}

// call calls the method of on. The model has the current revisions.
func (op *Op) call(on any, m *Model, args []any) result {
	method := reflect.ValueOf(on).MethodByName(op.Method)
	in := []reflect.Value{reflect.ValueOf(op.context())}
	for _, arg := range args {
		if r, ok := arg.(Rev); ok {
			arg = op.revision(m, r)
		}
		in = append(in, reflect.ValueOf(arg))
	}
	var out []reflect.Value
	if method.Type().IsVariadic() {
		out = method.CallSlice(in)
	} else {
		out = method.Call(in)
	}
	var r result
	for _, v := range out {
		r = append(r, v.Interface())
	}
	return r
}

func (op *Op) revision(m *Model, r Rev) int {
	if p := m.find(op.Args[0].(uuid.UUID)); p != nil {
		return p.contact.Revision + int(r)
	}
	return int(r)
}

// rowsOf yields the rows of an import.
func rowsOf(rows []ImportRow) iter.Seq2[contacts.Row, error] {
	return func(yield func(contacts.Row, error) bool) {
		for _, row := range rows {
			if !yield(contacts.Row{Line: row.Line, Contact: row.Contact}, row.Err) {
				return
			}
		}
	}
}

// differsFrom describes how the result of a store differs from that of the model, "" if it does not.
func (got result) differsFrom(want result) string {
	for i := len(got) - 1; i >= 0; i-- { // a difference in the error says the most
		if err, ok := want[i].(error); ok {
			gotErr, _ := got[i].(error)
			if d := errorDiffers(gotErr, err); d != "" {
				return d
			}
			continue
		}
		switch g := got[i].(type) {
		case error:
			return "error " + describe(g) + ", want none"
		case *contacts.Contact:
			if d := contactDiffers(g, want[i].(*contacts.Contact)); d != "" {
				return "returned contact" + d
			}
		case contacts.Field:
			w := want[i].(contacts.Field)
			w.Description = g.Description
			if d := difference(g, w); d != "" {
				return "result " + strconv.Itoa(i) + d
			}
		default:
			if d := difference(g, want[i]); d != "" {
				return "result " + strconv.Itoa(i) + d
			}
		}
	}
	return ""
}

// contactDiffers compares contacts with Equal and with difference.
func contactDiffers(got, want *contacts.Contact) string {
	if got == nil || want == nil {
		if got != want {
			return ": one is nil"
		}
		return ""
	}
	if !got.Equal(want) {
		if d := difference(got, want); d != "" {
			return d
		}
		return ": Equal reports a difference where there is none"
	}
	if got.Revision%8 == 0 { // not always: reflection costs ten times as much
		return difference(got, want)
	}
	return ""
}

func errorDiffers(got, want error) string {
	differs := func() string { return "error " + describe(got) + ", want " + describe(want) }
	if got == nil {
		return differs()
	}
	switch w := want.(type) {
	case *contacts.RowError:
		g, ok := got.(*contacts.RowError)
		if !ok || g.Row != w.Row || g.Line != w.Line || g.ID != w.ID {
			return differs()
		}
		return errorDiffers(g.Err, w.Err)
	case *contacts.Error:
		if d := storeErrorDiffers(got, w); d != "" {
			return differs() + d
		}
	default: // of a context, or of the source of an import
		if !errors.Is(got, want) || contacts.CodeOf(got) != contacts.CodeOf(want) {
			return differs()
		}
	}
	// ERR-3: the message holds no values. All emails of the pools have an @, keys and paths have none.
	if text := got.Error(); strings.ContainsAny(text, "@\x00") || !utf8.ValidString(text) {
		return "error " + describe(got) + " contains a value"
	}
	return ""
}

// storeErrorDiffers compares an error of a store in all parts. It returns details of the difference, "" if there is
// none.
func storeErrorDiffers(got error, want *contacts.Error) string {
	const differs = " "
	g, ok := errors.AsType[*contacts.Error](got)
	switch {
	case !ok || g.Code != want.Code || g.ID != want.ID:
		return differs
	case contacts.CodeOf(got) != want.Code || !errors.Is(got, want.Code):
		return differs
	case !same(g.Violations, want.Violations):
		return "\n\t" + difference(g.Violations, want.Violations)
	case want.Code == contacts.ErrUnsupportedFilter: // its message holds the bounds
		if _, ok := errors.AsType[*contacts.QueryError](g.Err); !ok {
			return differs
		}
	case want.Code != contacts.ErrInternal && !same(g.Err, want.Err):
		return "\n\t" + literal(reflect.ValueOf(g.Err)) + ", want " + literal(reflect.ValueOf(want.Err))
	}
	return ""
}

func describe(err error) string {
	if err == nil {
		return "none"
	}
	return fmt.Sprintf("%q", err.Error())
}

// reportDiffers compares the reports of an import.
func reportDiffers(got, want contacts.ImportReport) string {
	if got.ImportProgress != want.ImportProgress || !slices.Equal(got.Labels, want.Labels) ||
		!slices.Equal(got.Fields, want.Fields) || len(got.Errors) != len(want.Errors) {
		return fmt.Sprintf("report %+v, want %+v", got, want)
	}
	for i := range got.Errors {
		if d := errorDiffers(got.Errors[i], want.Errors[i]); d != "" {
			return d
		}
	}
	return ""
}

// print prints the operation as Go statements. m is the model before it.
func (op *Op) print(m *Model) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\tat(%d, %q", op.N, op.Now.Format(time.RFC3339Nano))
	for _, id := range op.IDs {
		b.WriteString(", " + literal(reflect.ValueOf(id)))
	}
	b.WriteString(")\n\t")
	ctx := "ctx"
	if op.Cancelled {
		ctx = "cancelled"
	}
	b.WriteString(op.printCall("s"+strconv.Itoa(op.On), ctx, m))
	return b.String()
}

func (op *Op) printCall(s, ctx string, m *Model) string {
	args := op.printArgs(ctx, m)
	list := "(" + strings.Join(args, ", ") + ")"
	switch op.Method {
	case "Find", "List", "ListLabels", "ListFields", "Facets", "Duplicates":
		return op.printQuery(s, ctx)
	case "BulkDelete", "BulkUpdate", "BulkLabel":
		return op.printBulk(s, ctx)
	case "Batch":
		return fmt.Sprintf("%s.Batch(%s, %s, %s)", s, ctx, op.printSteps(m), literal(reflect.ValueOf(op.Args[1])))
	case "Fork":
		return fmt.Sprintf("s%[1]d := %[2]s.Fork()\n\tplans[%[1]d] = plans[%[3]d]\n\t_ = s%[1]d", op.N, s, op.On)
	case "Close":
		return s + ".Close()"
	case "Reload":
		if m.log != nil {
			return m.log.kind.printOpen(true) + "\n\trequire.NoError(t, err)"
		}
		return fmt.Sprintf("var file%[1]d bytes.Buffer\n\t%[2]s.Snapshot().Export(&file%[1]d)\n\t"+
			"%[2]s, err = contacts.Load(ctx, &file%[1]d, opts)\n\trequire.NoError(t, err)", op.N, s)
	case "Keep":
		return fmt.Sprintf("kept%[1]d := %[2]s.Snapshot()\n\t_ = kept%[1]d", op.N, s)
	case "Follow":
		return fmt.Sprintf("// %s.Follow from %s", s, strings.Join(args[1:], ", "))
	case "TrimFeed":
		return fmt.Sprintf("%s.TrimFeed(%s, %d)", s, ctx, m.at(op.Args[0].(int)))
	case "PreviewMerge":
		return fmt.Sprintf("if plan, err := %s.PreviewMerge%s; err == nil {\n\t\tplans[%d] = plan.Fingerprint\n\t}",
			s, list, op.On)
	case "Merge":
		preview := ""
		if op.Args[3] == PlanFresh {
			preview = fmt.Sprintf("var fresh%[1]d contacts.Fingerprint\n\t"+
				"if plan, err := %[2]s.PreviewMerge(ctx, %[3]s, %[4]s); err == nil {\n\t\t"+
				"fresh%[1]d = plan.Fingerprint\n\t}\n\t", op.N, s, args[1], args[3])
		}
		return preview + s + ".Merge" + list
	default:
		return s + "." + op.Method + list
	}
}

func (op *Op) printArgs(ctx string, m *Model) []string {
	args := []string{ctx}
	for _, arg := range op.Args {
		switch arg := arg.(type) {
		case Rev:
			args = append(args, strconv.Itoa(op.revision(m, arg)))
		case []ImportRow:
			args = append(args, printRows(arg))
		case PlanUse:
			args = append(args, op.printPlan(arg))
		case []string:
			if op.Method == "Label" || op.Method == "Unlabel" { // which are variadic
				for _, key := range arg {
					args = append(args, quoted(key))
				}
				continue
			}
			args = append(args, literal(reflect.ValueOf(arg)))
		default:
			args = append(args, literal(reflect.ValueOf(arg)))
		}
	}
	return args
}

func (op *Op) printPlan(use PlanUse) string {
	switch use {
	case PlanNone:
		return "nil"
	case PlanWrong:
		return "&contacts.MergeOptions{Plan: contacts.Fingerprint{1}}"
	case PlanFresh:
		return fmt.Sprintf("&contacts.MergeOptions{Plan: fresh%d}", op.N)
	default:
		return fmt.Sprintf("&contacts.MergeOptions{Plan: plans[%d]}", op.On)
	}
}

func printRows(rows []ImportRow) string {
	var b strings.Builder
	b.WriteString("func(yield func(contacts.Row, error) bool) {\n\t\t_ = true")
	for _, row := range rows {
		switch {
		case row.Err == nil:
			fmt.Fprintf(&b, " &&\n\t\t\tyield(contacts.Row{Line: %d, Contact: %s}, nil)",
				row.Line, literal(reflect.ValueOf(row.Contact)))
		default:
			text := fmt.Sprintf("errors.New(%q)", row.Err.Error())
			if e, ok := row.Err.(*contacts.LineError); ok {
				text = fmt.Sprintf("&contacts.LineError{Line: %d, Err: errors.New(%q)}", e.Line, e.Err.Error())
			}
			fmt.Fprintf(&b, " &&\n\t\t\tyield(contacts.Row{Line: %d}, %s)", row.Line, text)
		}
	}
	b.WriteString("\n\t}")
	return b.String()
}
