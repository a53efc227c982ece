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

// Op is one operation as data: it can be made on a store and on a model, left out, made smaller and printed. It says
// itself what time it is and which IDs it is given, so that it means the same whatever was done before.
type Op struct {
	N         int         // its number, from 1 on; IDs are made of it
	On        int         // the store: 0, or the number of the operation that forked it
	Now       time.Time   // what Options.Now returns
	IDs       []uuid.UUID // what Options.NewID returns first; then idOf(N, 0), idOf(N, 1), …
	Cancelled bool        // whether its context is done
	Method    string      // of Store, or Reload or Keep
	Args      []any
}

// Rev stands for the current revision of a contact, or one that is off by some. That contact is named by the operation's
// first argument.
type Rev int

// PlanUse says which fingerprint a merge carries.
type PlanUse int

// The fingerprints.
const (
	PlanNone  PlanUse = iota // none
	PlanFresh                // of a preview right before
	PlanSaved                // of the last preview of that store
	PlanWrong                // of no preview
)

// result is what a call returned.
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

// call makes a call of on's method. Revisions stand for those that the model has.
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

// differsFrom says how the result of a store differs from that of the model.
func (got result) differsFrom(want result) string {
	for i := len(got) - 1; i >= 0; i-- { // an error, which comes last, says more than what is returned with it
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

// contactDiffers compares contacts, by their own Equal and by ours.
func contactDiffers(got, want *contacts.Contact) string {
	if got == nil || want == nil {
		if got != want {
			return ": one of them is nil"
		}
		return ""
	}
	if !got.Equal(want) {
		if d := difference(got, want); d != "" {
			return d
		}
		return ": Equal says that they differ, and nothing does"
	}
	if got.Revision%8 == 0 { // reflection costs ten times as much
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
		g, ok := errors.AsType[*contacts.Error](got)
		switch {
		case !ok || g.Code != w.Code || g.ID != w.ID || contacts.CodeOf(got) != w.Code || !errors.Is(got, w.Code):
			return differs()
		case !same(g.Violations, w.Violations):
			return differs() + "\n\t" + difference(g.Violations, w.Violations)
		case w.Code == contacts.ErrUnsupportedFilter: // with the bounds in it
			if _, ok := errors.AsType[*contacts.QueryError](g.Err); !ok {
				return differs()
			}
		case w.Code != contacts.ErrInternal && !same(g.Err, w.Err):
			return differs() + "\n\t" + literal(reflect.ValueOf(g.Err)) + ", want " + literal(reflect.ValueOf(w.Err))
		}
	default: // of a context, or of the rows of an import
		if !errors.Is(got, want) || contacts.CodeOf(got) != contacts.CodeOf(want) {
			return differs()
		}
	}
	// ERR-3: no value is in the text. Every email of the pools has an @, and no key or path has one.
	if text := got.Error(); strings.ContainsAny(text, "@\x00") || !utf8.ValidString(text) {
		return "error " + describe(got) + " holds a value"
	}
	return ""
}

func describe(err error) string {
	if err == nil {
		return "none"
	}
	return fmt.Sprintf("%q", err.Error())
}

// reportDiffers compares reports of imports.
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

// print prints the operation as a statement; m is the model before it.
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
	s := "s" + strconv.Itoa(op.On)
	args := []string{ctx}
	for _, arg := range op.Args {
		switch arg := arg.(type) {
		case Rev:
			args = append(args, strconv.Itoa(op.revision(m, arg)))
		case []ImportRow:
			args = append(args, printRows(arg))
		case PlanUse:
			switch arg {
			case PlanNone:
				args = append(args, "nil")
			case PlanWrong:
				args = append(args, "&contacts.MergeOptions{Plan: contacts.Fingerprint{1}}")
			case PlanFresh:
				args = append(args, fmt.Sprintf("&contacts.MergeOptions{Plan: fresh%d}", op.N))
			default:
				args = append(args, fmt.Sprintf("&contacts.MergeOptions{Plan: plans[%d]}", op.On))
			}
		case []string:
			if op.Method == "Label" || op.Method == "Unlabel" {
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
	list := "(" + strings.Join(args, ", ") + ")"
	switch op.Method {
	case "Find", "List", "ListLabels", "ListFields", "Facets", "Duplicates":
		b.WriteString(op.printQuery(s, ctx))
	case "BulkDelete", "BulkUpdate", "BulkLabel":
		b.WriteString(op.printBulk(s, ctx))
	case "Batch":
		fmt.Fprintf(&b, "%s.Batch(%s, %s, %s)", s, ctx, op.printSteps(m), literal(reflect.ValueOf(op.Args[1])))
	case "Fork":
		fmt.Fprintf(&b, "s%d := %s.Fork()\n\tplans[%d] = plans[%d]", op.N, s, op.N, op.On)
		fmt.Fprintf(&b, "\n\t_ = s%d", op.N)
	case "Close":
		fmt.Fprintf(&b, "%s.Close()", s)
	case "Reload":
		fmt.Fprintf(&b, "var file%d bytes.Buffer\n\t%s.Snapshot().Export(&file%d)\n\t", op.N, s, op.N)
		fmt.Fprintf(&b, "%s, err = contacts.Load(ctx, &file%d, opts)\n\trequire.NoError(t, err)", s, op.N)
	case "Keep":
		fmt.Fprintf(&b, "kept%d := %s.Snapshot()\n\t_ = kept%d", op.N, s, op.N)
	case "Follow":
		fmt.Fprintf(&b, "// %s.Follow from %s", s, strings.Join(args[1:], ", "))
	case "PreviewMerge":
		fmt.Fprintf(&b, "if plan, err := %s.PreviewMerge%s; err == nil {\n\t\tplans[%d] = plan.Fingerprint\n\t}", s, list, op.On)
	case "Merge":
		if op.Args[3] == PlanFresh {
			fmt.Fprintf(&b, "var fresh%d contacts.Fingerprint\n\t", op.N)
			fmt.Fprintf(&b, "if plan, err := %s.PreviewMerge(ctx, %s, %s); err == nil {\n\t\tfresh%d = plan.Fingerprint\n\t}\n\t",
				s, args[1], args[3], op.N)
		}
		fmt.Fprintf(&b, "%s.Merge%s", s, list)
	default:
		fmt.Fprintf(&b, "%s.%s%s", s, op.Method, list)
	}
	return b.String()
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
