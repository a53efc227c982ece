package contacts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// jsonRow is a value that ReadJSONLines yields.
type jsonRow struct {
	c   *contacts.Contact
	err error
}

func jsonRows(r io.Reader) (list []jsonRow) {
	for row, err := range contacts.ReadJSONLines(r) {
		list = append(list, jsonRow{row.Contact, err})
	}
	return list
}

// String is the contact's ID, first name and company, or the error's line and fields.
func (r jsonRow) String() string {
	line, isLine := errors.AsType[*contacts.LineError](r.err)
	switch {
	case r.err == nil:
		name := ""
		if r.c.ID != uuid.Nil {
			name = fmt.Sprint(idNumber(r.c.ID), " ")
		}
		return name + r.c.Info.Name.First + r.c.Info.Company
	case r.c != nil:
		return "a contact and an error"
	case !isLine:
		return r.err.Error()
	}
	text := fmt.Sprint("line ", line.Line, " ", contacts.CodeOf(r.err))
	if e, ok := errors.AsType[*contacts.Error](r.err); ok {
		for _, v := range e.Violations {
			text += fmt.Sprintf(" %q %s", v.Field, v.Format)
		}
	}
	return text
}

func TestReadJSONLines(t *testing.T) {
	id := testID(100).String()
	none := func(line int, field string, f contacts.Format) string {
		return fmt.Sprintf("line %d INVALID_ARGUMENT %q %s", line, field, f)
	}
	long := strings.Repeat("漢", 400_000)
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"IMP-9 nothing", "", nil},
		{"IMP-9 an info object", `{"name": {"first": "Ann"}}` + "\n", []string{"Ann"}},
		{"IMP-9 a contact, by its info", `{"info": {"name": {"first": "Ann"}}}` + "\n", []string{"Ann"}},
		{"IMP-9 a contact, by its id", `{"id": "` + id + `", "company": "of an info"}`, []string{"100 "}},
		{"IMP-9 a contact in the SDK's shape", `{"_id": "` + id + `", "company": "of an info"}`, []string{"100 "}},
		{
			"IMP-9 a contact next to members of an info",
			`{"company": "of an info", "info": {"name": {"first": "Ann"}}}`, []string{"Ann"},
		},
		{
			"IMP-9 members that are null or empty count, too",
			`{"info": null, "company": "x"}` + "\n" + `{"id": "", "company": "x"}`, []string{"", ""},
		},
		{"IMP-9 an answer with a list", `{"contacts": [{"info": {"name": {"first": "Ann"}}}, {"id": "` + id + `"}]}`,
			[]string{"Ann", "100 "}},
		{"IMP-9 an answer of the SDK", `{"items": [{"_id": "` + id + `"}], "length": 1}`, []string{"100 "}},
		{"IMP-9 an answer with a contact", `{"contact": {"info": {"name": {"first": "Ann"}}}}`, []string{"Ann"}},
		{"IMP-9 an answer without contacts", `{"contacts": [], "pagingMetadata": {"count": 0}}`, nil},
		{"IMP-9 a contact is no answer", `{"info": {"name": {"first": "Ann"}}, "contacts": [{}]}`, []string{"Ann"}},
		{"IMP-9 wrong types in an answer, all at once", `{"contacts": [{"info": {"company": 5}}, 7]}`,
			[]string{`line 1 INVALID_ARGUMENT "contacts[0].info.company" STRING "contacts[1]" OBJECT`}},
		{"IMP-9 a member that is no list", `{"contacts": "x", "company": "Acorn"}`, []string{"Acorn"}},
		{"IMP-9 names in another case do not", `{"Info": {"company": "x"}, "ID": 5, "company": "Acorn"}`, []string{"Acorn"}},
		{"IMP-9 an empty object", "{}", []string{""}},
		{"IMP-9 no line end after the last line", "{\"company\":\"A\"}\n{\"company\":\"B\"}", []string{"A", "B"}},
		{
			"IMP-9 line ends of either kind",
			"{\"company\":\"A\"}\r\n{\"company\":\"B\"}\n{\"company\":\"C\"}\r", []string{"A", "B", "C"},
		},
		{
			"IMP-9 blank lines are skipped, and counted", "\n \t\r\n{\"company\":\"A\"}\n\n\r\nx\n   {\"company\":\"B\"}   \n\n",
			[]string{"A", none(6, "", contacts.FormatJSON), "B"},
		},
		{"IMP-9 blank lines only", "\n\r\n  \n ", nil},
		{"IMP-9 a byte order mark", "\ufeff{\"company\":\"A\"}\n", []string{"A"}},
		{"IMP-9 a byte order mark and a blank line", "\ufeff\r\n{\"company\":\"A\"}\n", []string{"A"}},
		{
			"IMP-9 a byte order mark anywhere else", "{\"company\":\"A\"}\n\ufeff{\"company\":\"B\"}\n\ufeff",
			[]string{"A", none(2, "", contacts.FormatJSON), none(3, "", contacts.FormatJSON)},
		},
		{
			"IMP-9 lines that are no JSON", "{\n}\n{}}\n{} {}\n{\"company\":\"A\",}\nname,company\n{\"company\":\"A\"}\n",
			[]string{
				none(1, "", contacts.FormatJSON), none(2, "", contacts.FormatJSON), none(3, "", contacts.FormatJSON),
				none(4, "", contacts.FormatJSON), none(5, "", contacts.FormatJSON), none(6, "", contacts.FormatJSON), "A",
			},
		},
		{
			"IMP-9 JSON-7 broken text", "{\"company\":\"\xff\"}\n{\"company\":\"\\ud83d\"}\n{\"company\":\"A\"}",
			[]string{none(1, "", contacts.FormatJSON), none(2, "", contacts.FormatJSON), "A"},
		},
		{
			"IMP-9 values that are no object", "[{}]\n\"x\"\n5\ntrue\n null \n{\"company\":\"A\"}",
			[]string{
				none(1, "", contacts.FormatObject), none(2, "", contacts.FormatObject), none(3, "", contacts.FormatObject),
				none(4, "", contacts.FormatObject), none(5, "", contacts.FormatObject), "A",
			},
		},
		{
			"IMP-9 wrong types in an info, all at once", `{"company": 5, "emails": {"items": [{"email": true}]}}`,
			[]string{`line 1 INVALID_ARGUMENT "info.emails.items[0].email" STRING "info.company" STRING`},
		},
		{
			"IMP-9 wrong types in a contact", `{"id": "x", "info": {"company": 5}, "revision": 1.5}` + "\n" + `{"info": []}`,
			[]string{
				`line 1 INVALID_ARGUMENT "id" GUID "revision" INTEGER "info.company" STRING`,
				`line 2 INVALID_ARGUMENT "info" OBJECT`,
			},
		},
		{
			"IMP-9 lists without their wrapper", `{"emails": [{"email": "ann@x.test"}]}`,
			[]string{`line 1 INVALID_ARGUMENT "info.emails" OBJECT`},
		},
		{
			"IMP-9 a long line between short ones",
			"{\"company\":\"A\"}\n{\"company\":\"" + long + "\"}\n{\"company\":\"B\"}", []string{"A", long, "B"},
		},
		{
			"IMP-9 a long invalid line, and a long blank one",
			"{\"company\":\"" + long + "\n" + strings.Repeat(" ", 20_000) + "\n{\"company\":\"B\"}\r\n",
			[]string{none(1, "", contacts.FormatJSON), "B"},
		},
		{
			"IMP-9 a line as long as the buffer",
			"{\"company\":\"" + strings.Repeat("x", 4096-15) + "\"}\n{\"company\":\"B\"}\n{\"company\":\"" +
				strings.Repeat("y", 4096-14) + "\"}\n",
			[]string{strings.Repeat("x", 4096-15), "B", strings.Repeat("y", 4096-14)},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, r := range []io.Reader{
				strings.NewReader(tc.text), iotest.HalfReader(strings.NewReader(tc.text)),
				iotest.DataErrReader(strings.NewReader(tc.text)),
			} {
				var got []string
				for _, row := range jsonRows(r) {
					got = append(got, row.String())
				}
				require.Equal(t, tc.want, got)
			}
		})
	}

	broken := errors.New("the disk is broken")
	for _, tc := range []struct {
		name, text string // readable before the error
		want       []string
	}{
		{"IMP-3 an error of the reader, at once", "", []string{broken.Error()}},
		{
			"IMP-3 an error of the reader, after whole lines",
			"{\"company\":\"A\"}\nx\n", []string{"A", none(2, "", contacts.FormatJSON), broken.Error()},
		},
		{"IMP-3 an error of the reader within a line", "{\"company\":\"A\"}\n{}", []string{"A", broken.Error()}},
		{
			"IMP-3 an error of the reader within a long line",
			"{\"company\":\"A\"}\n{\"company\":\"" + long, []string{"A", broken.Error()},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows := jsonRows(io.MultiReader(strings.NewReader(tc.text), iotest.ErrReader(broken)))
			var got []string
			for _, row := range rows {
				got = append(got, row.String())
			}
			require.Equal(t, tc.want, got)
			require.ErrorIs(t, rows[len(rows)-1].err, broken)
		})
	}
	t.Run("IMP-9 who breaks the loop gets no more", func(t *testing.T) {
		for _, text := range []string{"{}\n{}\n", "x\n{}\n"} {
			n := 0
			for range contacts.ReadJSONLines(strings.NewReader(text)) {
				n++
				break
			}
			require.Equal(t, 1, n)
		}
	})
	t.Run("IMP-9 STO-5 contacts share no memory", func(t *testing.T) {
		text, err := json.Marshal(wholeContact(100, "ann"))
		require.NoError(t, err)
		lines := strings.Repeat(string(text)+"\n", 3)
		want := deepCopy(t, jsonRows(strings.NewReader(lines))[0].c)
		rows := jsonRows(strings.NewReader(lines))
		for i, row := range rows {
			require.Equal(t, want, deepCopy(t, row.c))
			scribble(row.c)
			for _, later := range rows[i+1:] {
				require.Equal(t, want, deepCopy(t, later.c))
			}
		}
		n := 0
		for row := range contacts.ReadJSONLines(strings.NewReader(lines)) {
			c := row.Contact
			require.Equal(t, want, deepCopy(t, c))
			scribble(c)
			n++
		}
		require.Equal(t, 3, n)
	})
	t.Run("IMP-9 IMP-1 lines of a store's contacts give the contacts", func(t *testing.T) {
		from, to := newStore(t), newStore(t)
		importAll(t, from, nil, wholeContact(100, "ann"), wholeContact(200, "bob"), row(300, person("Cyd")))
		var lines strings.Builder
		for v := range from.Snapshot().All() {
			text, err := json.Marshal(v)
			require.NoError(t, err)
			lines.Write(append(text, '\n'))
		}
		report, err := to.Import(t.Context(), contacts.ReadJSONLines(strings.NewReader(lines.String())), nil)
		require.NoError(t, err)
		require.Equal(t, contacts.ImportProgress{Rows: 3, Imported: 3}, report.ImportProgress)
		for i, c := range stateOf(from.Snapshot()).Contacts {
			requireContact(t, c, stateOf(to.Snapshot()).Contacts[i])
		}
	})
	t.Run("IMP-9 IMP-3 rows and lines are counted by themselves", func(t *testing.T) {
		s := newStore(t)
		text := "\n{\"name\":{\"first\":\"Ann\"}}\n\nx\n{\"company\":\"Acorn\"}\n{\"name\":{\"first\":\"Bob\"}}\n"
		report, err := s.Import(t.Context(), contacts.ReadJSONLines(strings.NewReader(text)), nil)
		require.NoError(t, err)
		require.Equal(t, []string{"2 INVALID_ARGUMENT ", "3 INSUFFICIENT_CONTACT_DATA"}, refusals(report))
		var line *contacts.LineError
		require.ErrorAs(t, report.Errors[0], &line)
		require.Equal(t, 4, line.Line)
		require.Equal(t, 2, s.Snapshot().Len())

		report, err = s.Import(t.Context(), contacts.ReadJSONLines(
			io.MultiReader(strings.NewReader("{\"name\":{\"first\":\"Cyd\"}}\n{"), iotest.ErrReader(broken))), nil)
		require.ErrorIs(t, err, broken)
		require.Equal(t, 1, report.Imported)
		require.Equal(t, 3, s.Snapshot().Len())
	})
	t.Run("ERR-3 the error does not contain the invalid line", func(t *testing.T) {
		rows := jsonRows(strings.NewReader(secret + "\n{\"company\":[\"" + secret + "\"]}\n"))
		require.Len(t, rows, 2)
		for _, row := range rows {
			require.NotContains(t, row.err.Error(), secret)
		}
	})
}

// FuzzReadJSONLines requires that a text yields the same rows as its lines one by one, and that the rows can be
// imported and written without a panic.
func FuzzReadJSONLines(f *testing.F) {
	for _, seed := range slices.Concat(jsonSeeds, hardTexts(), []string{
		"{}\n{\"company\":\"A\"}\r\n\r\nx\nnull\n[]\n{\"info\":5}", "\ufeff{}\n\ufeff{}", "\n\r\r\n{}\r{}", "\xff\n\x00\n\"\n",
	}) {
		f.Add(seed)
		f.Add(strings.ReplaceAll(seed, "\n", " ") + "\n{}\n" + strings.ReplaceAll(seed, "\n", ""))
	}
	for i := range uint64(2) {
		c := wholeContact(100+i, "ann")
		c.Info.ExtendedFields["app.x"], c.Info.LabelKeys = i, append(c.Info.LabelKeys, "app.label")
		line, err := json.Marshal(c)
		require.NoError(f, err)
		info, err := json.Marshal(c.Info)
		require.NoError(f, err)
		f.Add("\ufeff" + string(info) + "\r\n\n" + string(line))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want []jsonRow
		for n, line := range strings.SplitAfter(text, "\n") {
			if n > 0 && strings.HasPrefix(line, "\ufeff") {
				line = "x" // alone it would be the first line
			}
			for _, row := range jsonRows(strings.NewReader(line)) {
				if e, ok := errors.AsType[*contacts.LineError](row.err); ok {
					require.Equal(t, 1, e.Line)
					e.Line = n + 1
				}
				want = append(want, row)
			}
		}
		got := jsonRows(iotest.HalfReader(strings.NewReader(text)))
		require.Equal(t, len(want), len(got))
		s := newStore(t)
		for i, row := range got {
			require.Equal(t, row.err == nil, row.c != nil)
			require.Equal(t, want[i].err == nil, row.err == nil)
			if row.err != nil {
				require.Equal(t, want[i].String(), row.String())
				continue
			}
			require.True(t, want[i].c.Equal(row.c))
			report, err := s.Import(t.Context(), rowsOf(row.c), &contacts.ImportOptions{Define: true, AllowDuplicates: true})
			require.NoError(t, err)
			require.Equal(t, 1, report.Rows)
		}
		require.NoError(t, fault(s.Snapshot()))
		require.NoError(t, s.Snapshot().Check())
		var export strings.Builder
		require.NoError(t, s.Snapshot().Export(&export))
		_, err := contacts.Load(t.Context(), strings.NewReader(export.String()), nil)
		require.NoError(t, err, "the imported store cannot be loaded")
	})
}

func TestImportLines(t *testing.T) {
	const text = "{\"name\": {\"first\": \"Ann\"}}\n\n{}\nno JSON\n\n{\"company\": \"Acorn\"}"
	s := newStore(t)
	report, err := s.Import(t.Context(), contacts.ReadJSONLines(strings.NewReader(text)), nil)
	require.NoError(t, err)
	type refusal struct{ row, line int }
	var refused []refusal
	for _, e := range report.Errors {
		refused = append(refused, refusal{e.Row, e.Line})
	}
	t.Run("IMP-3 refused rows are named by their lines, too", func(t *testing.T) {
		require.Equal(t, []refusal{{2, 3}, {3, 4}, {4, 6}}, refused)
	})
	t.Run("IMP-3 messages name the line once", func(t *testing.T) {
		require.Equal(t, "row 2 in line 3: contacts: INSUFFICIENT_CONTACT_DATA", report.Errors[0].Error())
		require.Equal(t, 1, strings.Count(report.Errors[1].Error(), "line 4"))
	})
	t.Run("IMP-3 no line without a file", func(t *testing.T) {
		report, err := newStore(t).Import(t.Context(), rowsOf(&contacts.Contact{}), nil)
		require.NoError(t, err)
		require.Zero(t, report.Errors[0].Line)
		require.Equal(t, "row 1: contacts: INSUFFICIENT_CONTACT_DATA", report.Errors[0].Error())
	})
	t.Run("IMP-9 a loop continues where another one stopped", func(t *testing.T) {
		rows := contacts.ReadJSONLines(strings.NewReader(text))
		for row := range rows {
			require.Equal(t, 1, row.Line)
			break
		}
		var lines []int
		for row := range rows {
			lines = append(lines, row.Line)
		}
		require.Equal(t, []int{3, 4, 6}, lines)
	})
}

func TestJSONLinesBounds(t *testing.T) {
	ann, bob := `{"name":{"first":"Ann"}}`, `{"name":{"first":"Bob"}}`
	rows := func(limits contacts.LineLimits, r io.Reader) (texts []string, errs []error) {
		for row, err := range limits.ReadJSONLines(r) {
			texts = append(texts, jsonRow{row.Contact, err}.String())
			if err != nil {
				errs = append(errs, err)
				require.Nil(t, row.Contact)
			}
		}
		return texts, errs
	}
	const refused = "INVALID_ARGUMENT \"\" "
	long := `{"company":"` + strings.Repeat("x", 100) + `"}`
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"in the middle", ann + "\n" + long + "\n" + bob + "\n", []string{"Ann", "line 2 " + refused, "Bob"}},
		{"at the end", ann + "\n" + long, []string{"Ann", "line 2 " + refused}},
		{"twice", long + "\n" + long + "\r\n" + ann, []string{
			"line 1 " + refused, "line 2 " + refused, "Ann",
		}},
		{"at the limit", ann + strings.Repeat(" ", 60-len(ann)) + "\n" + bob, []string{"Ann", "Bob"}},
		{"at the limit, with another line end", ann + strings.Repeat(" ", 60-len(ann)) + "\r\n" + bob, []string{
			"Ann", "Bob",
		}},
		{"over the limit", ann + strings.Repeat(" ", 61-len(ann)) + "\n" + bob, []string{
			"line 1 INVALID_ARGUMENT \"\" ", "Bob",
		}},
		{"much longer than the buffer", strings.Repeat("x", 1<<20) + "\n" + ann, []string{
			"line 1 INVALID_ARGUMENT \"\" ", "Ann",
		}},
	} {
		t.Run("JSON-17 a long line "+tc.name, func(t *testing.T) {
			texts, errs := rows(contacts.LineLimits{Bytes: 60}, strings.NewReader(tc.text))
			require.Equal(t, tc.want, texts)
			for _, err := range errs {
				want := oneViolation(contacts.Violation{Rule: contacts.RuleMaxLength, Threshold: 60})
				require.Equal(t, want, violations(t, err))
				require.ErrorContains(t, err, "the line is too long")
			}
		})
	}
	t.Run("JSON-17 around the size of the buffer", func(t *testing.T) {
		for size := 4090; size <= 4102; size++ {
			for limit := size - 1; limit <= size+1; limit++ {
				text := ann + strings.Repeat(" ", size-len(ann)) + "\n" + bob
				texts, _ := rows(contacts.LineLimits{Bytes: limit}, strings.NewReader(text))
				require.Len(t, texts, 2)
				require.Equal(t, size <= limit, texts[0] == "Ann", "%d, at most %d", size, limit)
				require.Equal(t, "Bob", texts[1])
			}
		}
	})
	t.Run("JSON-17 values", func(t *testing.T) {
		texts, errs := rows(contacts.LineLimits{Values: 2}, strings.NewReader(ann+"\n"+`{"a":[1,2]}`+"\n"+bob))
		require.Equal(t, []string{"Ann", "line 2 INVALID_ARGUMENT \"\" ", "Bob"}, texts)
		want := oneViolation(contacts.Violation{Rule: contacts.RuleMaxSize, Threshold: 2})
		require.Equal(t, want, violations(t, errs[0]))
		dense := `{"company":"A","a":` + tiny("1", 80_000) + `}`
		texts, _ = rows(contacts.LineLimits{Values: 50_000}, strings.NewReader(dense))
		require.Equal(t, []string{"A"}, texts)
	})
	t.Run("JSON-17 negative limits", func(t *testing.T) {
		texts, errs := rows(contacts.LineLimits{Bytes: -1, Values: -1}, strings.NewReader(ann))
		require.Len(t, texts, 1)
		require.Equal(t, []contacts.Violation{
			{Field: "Bytes", Rule: contacts.RuleMin}, {Field: "Values", Rule: contacts.RuleMin},
		}, violations(t, errs[0]))
	})
	t.Run("JSON-17 an import continues after a long line", func(t *testing.T) {
		s := newStore(t)
		limits := contacts.LineLimits{Bytes: 60}
		report, err := s.Import(t.Context(), limits.ReadJSONLines(strings.NewReader(ann+"\n"+long+"\n"+bob)), nil)
		require.NoError(t, err)
		require.Equal(t, 2, report.Imported)
		require.Equal(t, 2, report.Errors[0].Line)
	})
	t.Run("JSON-16 a repeated member of a row", func(t *testing.T) {
		_, errs := rows(contacts.LineLimits{}, strings.NewReader(`{"info":{"company":"A","company":"B"}}`))
		require.Equal(t, oneViolation(contacts.Violation{
			Field: "info.company", Rule: contacts.RuleCustom, RuleName: contacts.RuleNameRepeated,
		}), violations(t, errs[0]))
	})
	t.Run("JSON-17 memory", func(t *testing.T) {
		size := large(2<<20, 50<<20)
		for name, text := range denseTexts(size) {
			peak := peakOf(func() {
				_, errs := rows(contacts.LineLimits{}, strings.NewReader(ann+"\n"+text+"\n"))
				require.Len(t, errs, 1)
				require.ErrorContains(t, errs[0], "line 2")
			})
			require.Less(t, peak, uint64(10*len(text)+20<<20), name)
		}
	})
	t.Run("JSON-17 memory of an import of many dense rows", func(t *testing.T) {
		line := `{"name":{"first":"A"},"addresses":{"items":` + tiny("{}", 30_000) + `},` +
			`"extendedFields":{"items":{"custom.a":` + tiny("0", 19_000) + `}}}` + "\n"
		text := strings.Repeat(line, large(50, 1000))
		peak := peakOf(func() {
			s, rows := openStore(t, unchecked()), contacts.ReadJSONLines(strings.NewReader(text))
			report, err := s.Import(t.Context(), rows, nil)
			require.NoError(t, err)
			require.Zero(t, report.Imported)
		})
		require.Less(t, peak, uint64(10*len(text)+100<<20))
	})
}
