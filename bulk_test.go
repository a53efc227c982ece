package contacts_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// bulkCall is a call of a bulk method with its other arguments.
type bulkCall struct {
	method string
	kind   contacts.JobType
	call   func(context.Context, *contacts.Store, contacts.Selection, *contacts.BulkOptions) (contacts.Job, error)
}

func bulkUpdate(patch contacts.Patch) bulkCall {
	return bulkCall{
		"BulkUpdate", contacts.JobUpdate,
		func(ctx context.Context, s *contacts.Store, sel contacts.Selection, o *contacts.BulkOptions) (contacts.Job, error) {
			return s.BulkUpdate(ctx, sel, patch, o)
		},
	}
}

func bulkLabel(kind contacts.JobType, add, remove []string) bulkCall {
	return bulkCall{
		"BulkLabel", kind,
		func(ctx context.Context, s *contacts.Store, sel contacts.Selection, o *contacts.BulkOptions) (contacts.Job, error) {
			return s.BulkLabel(ctx, sel, add, remove, o)
		},
	}
}

var bulkDelete = bulkCall{
	"BulkDelete", contacts.JobDelete,
	func(ctx context.Context, s *contacts.Store, sel contacts.Selection, o *contacts.BulkOptions) (contacts.Job, error) {
		return s.BulkDelete(ctx, sel, o)
	},
}

// customers is the label that these tests add and remove.
const customers = "contacts.customers"

// bulkCalls are valid calls of all bulk methods.
var bulkCalls = []bulkCall{
	bulkDelete,
	bulkUpdate(contacts.Patch{JobTitle: contacts.Set("Cook")}),
	bulkLabel(contacts.JobAddLabels, []string{customers}, nil),
	bulkLabel(contacts.JobRemoveLabels, nil, []string{customers}),
	bulkLabel(contacts.JobAddRemoveLabels, []string{customers}, []string{"contacts.contacted-me"}),
}

func init() {
	for _, b := range bulkCalls[:3] {
		calls[b.method] = func(ctx context.Context, s *contacts.Store, c *contacts.Contact) error {
			_, err := b.call(ctx, s, contacts.Selection{Search: c.Info.Name.First}, nil)
			return err
		}
		kind := contacts.ContactUpdated
		if b.method == "BulkDelete" {
			kind = contacts.ContactDeleted
		}
		feedWrites = append(feedWrites, feedWrite{
			method: b.method, want: []wantChange{{kind: kind, of: "bob"}, {kind: kind, of: "dan"}},
			call: func(ctx context.Context, sc scene) error {
				_, err := b.call(ctx, sc.Store, named("bob", "dan"), nil)
				return err
			},
		})
	}
	calls["Job"] = func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		job, _ := s.BulkDelete(ctx, contacts.Selection{Search: "nobody"}, nil)
		_, err := s.Job(ctx, job.ID)
		return err
	}
	calls["Jobs"] = func(ctx context.Context, s *contacts.Store, _ *contacts.Contact) error {
		_, err := s.Jobs(ctx)
		return err
	}
	reading = append(reading, "Job", "Jobs")
	leaks = append(leaks, []leak{
		{"no contacts", contacts.ErrNoFilterOrSearch, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.BulkDelete(t.Context(), contacts.Selection{}, nil)
			return err
		}},
		{"job", contacts.ErrJobNotFound, func(t *testing.T, s *contacts.Store, _ *contacts.Contact) error {
			_, err := s.Job(t.Context(), missingID)
			return err
		}},
		{"job, member", contacts.ErrDeleteSiteMembers, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			require.NoError(t, setMember(t, s, c.ID, nil))
			return failedJob(t, s, bulkDelete)
		}},
		{"job, duplicate", contacts.ErrDuplicate, func(t *testing.T, s *contacts.Store, c *contacts.Contact) error {
			create(t, s, person("Other"))
			return failedJob(t, s, bulkUpdate(contacts.Patch{Emails: contacts.Set(c.Info.Emails)}))
		}},
	}...)
	oldIDCalls["Job"] = []func(context.Context, *contacts.Store, uuid.UUID, uuid.UUID) error{} // it has no contact ID
}

// failedJob returns the only error of the contacts of a job.
func failedJob(t testing.TB, s *contacts.Store, b bulkCall) error {
	t.Helper()
	job, err := b.call(t.Context(), s, everyone, nil)
	require.NoError(t, err)
	require.Len(t, job.Errors, 1)
	return fmt.Errorf("%w: %s", job.Errors[0].Code, job.Errors[0].Message)
}

// named selects contacts by their first names.
func named(names ...string) contacts.Selection {
	return contacts.Selection{Filter: contacts.In("info.name.first", names...)}
}

// everyone selects all contacts that have a name.
var everyone = contacts.Selection{Filter: contacts.Ne("info.name.first", "")}

// crowd opens a store with n contacts: P0, P1, …
func crowd(t testing.TB, n int) (*contacts.Store, []*contacts.Contact) {
	t.Helper()
	s := newStore(t)
	var list []*contacts.Contact
	for i := range n {
		info := person(fmt.Sprintf("P%d", i), fmt.Sprintf("p%d@x.test", i))
		info.Company = []string{"Acorn", "Birch"}[i%2]
		info.LabelKeys = []string{"contacts.contacted-me"}
		list = append(list, create(t, s, info))
	}
	return s, list
}

// errorsOf lists the errors of a job as code and count.
func errorsOf(job contacts.Job) map[contacts.Code]int {
	counts := map[contacts.Code]int{}
	for _, e := range job.Errors {
		counts[e.Code] = e.Count
	}
	return counts
}

func TestBulkOrderOfChecks(t *testing.T) {
	bad := contacts.Eq("info.noSuchField", "x")
	empty := contacts.Patch{}
	multiple := contacts.Patch{Emails: contacts.Set(append(primaryAt(0, "a@x.test"), primaryAt(0, "b@x.test")...))}
	withField := func(p contacts.Patch, key string, value any) contacts.Patch {
		p.SetFields = map[string]any{key: value}
		return p
	}
	withLabel := func(p contacts.Patch, key string) contacts.Patch {
		p.LabelKeys = contacts.Set([]string{key})
		return p
	}
	unknown := []string{"custom.none"}
	invalid := contacts.Patch{Birthdate: contacts.Set("x")}
	for _, tc := range []struct {
		name string
		call bulkCall
		sel  contacts.Selection
		opts *contacts.BulkOptions
		code contacts.Code
		at   string // of the one violation
	}{
		{
			"delete, batch size", bulkDelete, contacts.Selection{}, &contacts.BulkOptions{BatchSize: -1},
			contacts.ErrInvalid, "BatchSize",
		},
		{
			"delete, a batch over 10000", bulkDelete, contacts.Selection{Search: "x"},
			&contacts.BulkOptions{BatchSize: 10_001}, contacts.ErrInvalid, "BatchSize",
		},
		{"delete, nothing selected", bulkDelete, contacts.Selection{}, nil, contacts.ErrNoFilterOrSearch, ""},
		{"delete, the filter {}", bulkDelete, contacts.Selection{Filter: emptyFilter}, nil, contacts.ErrNoFilterOrSearch, ""},
		{
			"delete, a filter of no conditions", bulkDelete, contacts.Selection{Filter: contacts.And()}, nil,
			contacts.ErrNoFilterOrSearch, "",
		},
		{
			"delete, a filter of filters of no conditions", bulkDelete,
			contacts.Selection{Filter: contacts.And(contacts.Not(contacts.Or()), contacts.Filter{})}, nil,
			contacts.ErrNoFilterOrSearch, "",
		},
		{
			"delete, a filter that is too large", bulkDelete,
			contacts.Selection{Filter: contacts.And(make([]contacts.Filter, 2000)...)}, nil, contacts.ErrUnsupportedFilter, "",
		},
		{"delete, field", bulkDelete, contacts.Selection{Filter: bad}, nil, contacts.ErrFilterField, ""},
		{
			"delete, search", bulkDelete, contacts.Selection{Search: strings.Repeat("x", 101)}, nil,
			contacts.ErrInvalid, "search",
		},
		{"update, patch", bulkUpdate(invalid), contacts.Selection{}, nil, contacts.ErrInvalid, "info.birthdate"},
		{"update, nothing selected", bulkUpdate(empty), contacts.Selection{}, nil, contacts.ErrNoFilterOrSearch, ""},
		{
			"update, field", bulkUpdate(empty), contacts.Selection{Filter: bad, Search: "x"}, nil,
			contacts.ErrFilterField, "",
		},
		{"update, empty patch", bulkUpdate(empty), everyone, nil, contacts.ErrInsufficientUpdate, ""},
		{
			"update, primaries", bulkUpdate(withField(multiple, "custom.none", 1)), everyone, nil,
			contacts.ErrMultiplePrimary, "",
		},
		{
			"update, unknown field", bulkUpdate(withLabel(withField(empty, "custom.none", 1), "custom.none")),
			everyone, nil, contacts.ErrFieldNotFound, "",
		},
		{
			"update, value", bulkUpdate(withLabel(withField(empty, "invoices.vatId", 1), "custom.none")),
			everyone, nil, contacts.ErrInvalidFieldValue, "info.extendedFields.items.invoices.vatId",
		},
		{"update, label", bulkUpdate(withLabel(empty, "custom.none")), everyone, nil, contacts.ErrLabelNotFound, ""},
		{"label, no keys", bulkLabel("", nil, nil), contacts.Selection{}, nil, contacts.ErrInvalid, "labelKeysToAdd"},
		{
			"label, too many to add", bulkLabel("", repeated(101, customers), nil), everyone, nil,
			contacts.ErrInvalid, "labelKeysToAdd",
		},
		{
			"label, too many to remove", bulkLabel("", nil, repeated(101, customers)), everyone, nil,
			contacts.ErrInvalid, "labelKeysToRemove",
		},
		{"label, nothing selected", bulkLabel("", unknown, nil), contacts.Selection{}, nil, contacts.ErrNoFilterOrSearch, ""},
		{"label, field", bulkLabel("", unknown, nil), contacts.Selection{Filter: bad}, nil, contacts.ErrFilterField, ""},
		{"label, unknown to add", bulkLabel("", unknown, nil), everyone, nil, contacts.ErrLabelNotFound, ""},
		{"label, unknown to remove", bulkLabel("", nil, unknown), everyone, nil, contacts.ErrLabelNotFound, ""},
	} {
		t.Run("BLK-1 "+tc.name, func(t *testing.T) {
			s, _ := crowd(t, 2)
			before := stateOf(s.Snapshot())
			job, err := tc.call.call(t.Context(), s, tc.sel, tc.opts)
			require.Equal(t, tc.code, contacts.CodeOf(err))
			if tc.at != "" {
				require.Len(t, violations(t, err), 1)
				require.Equal(t, tc.at, violations(t, err)[0].Field)
			}
			require.Zero(t, job)
			jobs, err := s.Jobs(t.Context())
			require.NoError(t, err)
			require.Empty(t, jobs)
			require.Equal(t, before, stateOf(s.Snapshot()))
		})
	}
	for _, b := range bulkCalls {
		t.Run("BLK-1 nothing to do is fine, "+string(b.kind), func(t *testing.T) {
			s, _ := crowd(t, 2)
			before := s.Snapshot().Position()
			job, err := b.call(t.Context(), s, named("Nobody"), nil)
			require.NoError(t, err)
			require.Equal(t, contacts.JobStatusCompleted, job.Status)
			require.Zero(t, job.TotalItems)
			require.Equal(t, before, s.Snapshot().Position())
		})
	}
}

// emptyFilter is the filter {}.
var emptyFilter = func() contacts.Filter {
	f, err := contacts.ParseFilter([]byte(`{}`))
	if err != nil {
		panic(err)
	}
	return f
}()

func TestBulk(t *testing.T) {
	for _, b := range bulkCalls {
		t.Run("BLK-2 filter and search, "+string(b.kind), func(t *testing.T) {
			s, list := crowd(t, 6)
			both := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn"), Search: "p2"}
			none := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn"), Search: "p3"}
			search := contacts.Selection{Search: "p5@x.test"}
			filter := contacts.Selection{Filter: contacts.Eq("info.emails.email", "p4@x.test")}
			for _, sel := range []contacts.Selection{none, both, search, filter} {
				_, err := b.call(t.Context(), s, sel, nil)
				require.NoError(t, err)
			}
			for i, c := range list {
				now, there := s.Snapshot().View(c.ID)
				touched := i == 2 || i >= 4
				require.Equal(t, !touched || b.kind != contacts.JobDelete, there)
				if there {
					require.Equal(t, touched, now.Revision() == 2)
				}
			}
		})
		bubble(t, "BLK-3 each contact gets its revision and its change, in batches, "+string(b.kind), func(t *testing.T) {
			s, list := crowd(t, 5)
			before := s.Snapshot()
			job, err := b.call(t.Context(), s, everyone, &contacts.BulkOptions{BatchSize: 2})
			require.NoError(t, err)
			commits := commitsAfter(t, s, before.Position())
			require.Len(t, commits, 3)
			var sizes []int
			var touched []uuid.UUID
			for _, c := range commits {
				sizes = append(sizes, len(c.Changes))
				for _, change := range c.Changes {
					old, _ := before.View(change.Before.ID())
					require.Equal(t, old, change.Before)
					touched = append(touched, old.ID())
					if b.kind == contacts.JobDelete {
						require.Equal(t, contacts.ContactDeleted, change.Kind)
						continue
					}
					require.Equal(t, contacts.ContactUpdated, change.Kind)
					require.Equal(t, 2, change.After.Revision())
					require.Equal(t, c.Time, change.After.UpdatedDate())
				}
			}
			require.Equal(t, []int{2, 2, 1}, sizes)
			require.Equal(t, ids(before.All()), touched, "the oldest first")
			require.Equal(t, contacts.Job{
				ID: job.ID, Type: b.kind, Status: contacts.JobStatusCompleted, StartedDate: job.StartedDate,
				FinishedDate: job.FinishedDate, TotalItems: len(list), SuccessTotal: len(list),
			}, job)
			require.True(t, job.StartedDate.After(list[4].UpdatedDate) && job.StartedDate.Before(commits[0].Time))
			require.True(t, job.FinishedDate.After(commits[2].Time))
			require.Zero(t, job.FinishedDate.Nanosecond()%1e6)
		})
		t.Run("BLK-4 contacts that vanished, "+string(b.kind), func(t *testing.T) {
			s, list := crowd(t, 6)
			vanish := sync.OnceFunc(func() {
				require.NoError(t, s.Delete(t.Context(), list[3].ID))
				_, err := s.Merge(t.Context(), list[4].ID, 1, []uuid.UUID{list[5].ID}, nil)
				require.NoError(t, err)
			})
			job, err := b.call(t.Context(), s, everyone, &contacts.BulkOptions{
				BatchSize: 2, Progress: func(contacts.Job) { vanish() },
			})
			require.NoError(t, err)
			require.Equal(t, contacts.JobStatusCompleted, job.Status)
			require.Equal(t, [3]int{6, 4, 2}, [3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
			require.Equal(t, map[contacts.Code]int{contacts.ErrContactNotFound: 2}, errorsOf(job))
		})
	}
	t.Run("BLK-2 contacts that match later are not touched, those that match no longer are", func(t *testing.T) {
		s, list := crowd(t, 4)
		acorn := contacts.Selection{Filter: contacts.Eq("info.company", "Acorn")}
		move := sync.OnceFunc(func() {
			update(t, s, list[2], contacts.Patch{Company: contacts.Set("Birch")})
			update(t, s, list[3], contacts.Patch{Company: contacts.Set("Acorn")})
		})
		_, err := s.BulkUpdate(t.Context(), acorn, contacts.Patch{JobTitle: contacts.Set("Cook")}, &contacts.BulkOptions{
			BatchSize: 1, Progress: func(contacts.Job) { move() },
		})
		require.NoError(t, err)
		var titles []string
		for v := range s.Snapshot().All() {
			titles = append(titles, v.JobTitle())
		}
		require.Equal(t, []string{"Cook", "", "Cook", ""}, titles)
	})
	t.Run("BLK-3 a batch has 1000 contacts", func(t *testing.T) {
		s := openStore(t, unchecked())
		for range 1001 {
			create(t, s, person("X"))
		}
		before := s.Snapshot().Position()
		var done []int
		_, err := s.BulkLabel(t.Context(), everyone, []string{customers}, nil, &contacts.BulkOptions{
			Progress: func(job contacts.Job) { done = append(done, job.SuccessTotal) },
		})
		require.NoError(t, err)
		require.Equal(t, []int{1000, 1001}, done)
		require.Equal(t, before+2, s.Snapshot().Position())
	})
	t.Run("BLK-3 Progress holds no lock, and gets a job of its own", func(t *testing.T) {
		s, _ := crowd(t, 5)
		require.NoError(t, setMember(t, s, ids(s.Snapshot().All())[0], nil))
		var seen []contacts.Job
		job, err := s.BulkDelete(t.Context(), everyone, &contacts.BulkOptions{BatchSize: 2, Progress: func(job contacts.Job) {
			create(t, s, person("Other"))
			kept, err := s.Job(t.Context(), job.ID)
			require.NoError(t, err)
			require.Equal(t, kept, job)
			require.Equal(t, contacts.JobStatusRunning, job.Status)
			require.Zero(t, job.FinishedDate)
			seen = append(seen, deepCopy(t, job))
			scribble(&job)
		}})
		require.NoError(t, err)
		require.Len(t, seen, 3)
		for i, done := range []int{2, 4, 5} {
			require.Equal(t, [3]int{5, done - 1, 1}, [3]int{seen[i].TotalItems, seen[i].SuccessTotal, seen[i].FailedTotal})
		}
		require.Equal(t, seen[2].Errors, job.Errors)
	})
}

func mustView(t testing.TB, s *contacts.Store, id uuid.UUID) contacts.View {
	t.Helper()
	v, ok := s.Snapshot().View(id)
	require.True(t, ok)
	return v
}

// setMember makes a contact a member.
func setMember(t testing.TB, s *contacts.Store, id uuid.UUID, user *contacts.MemberUser) error {
	t.Helper()
	_, err := s.SetMember(t.Context(), id, &contacts.Member{MemberID: testID(9001), User: user})
	return err
}

func TestBulkFailures(t *testing.T) {
	t.Run("BLK-4 the errors of contacts, by code", func(t *testing.T) {
		s, list := crowd(t, 6)
		require.NoError(t, setMember(t, s, list[1].ID, nil))
		patch := contacts.Patch{
			FirstName: contacts.Set(""), Emails: contacts.Set([]contacts.Email{}), Phones: contacts.Set([]contacts.Phone{}),
		}
		update(t, s, list[2], contacts.Patch{LastName: contacts.Set("Stays")})
		before := s.Snapshot()
		job, err := s.BulkUpdate(t.Context(), everyone, patch, &contacts.BulkOptions{BatchSize: 4})
		require.NoError(t, err)
		require.Equal(t, [3]int{6, 1, 5}, [3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
		require.Equal(t, map[contacts.Code]int{
			contacts.ErrUpdateMemberEmail: 1, contacts.ErrInsufficientData: 4,
		}, errorsOf(job))
		require.True(t, slices.IsSortedFunc(job.Errors, func(a, b contacts.JobError) int {
			return strings.Compare(string(a.Code), string(b.Code))
		}))
		for _, e := range job.Errors {
			require.NotEmpty(t, e.Message)
			require.NotContains(t, e.Message, "@")
		}
		for i, c := range list {
			old, _ := before.View(c.ID)
			now, _ := s.Snapshot().View(c.ID)
			require.Equal(t, i != 2, old == now, "a contact that failed is the same record")
		}
		require.NoError(t, fault(s.Snapshot()))
	})
	t.Run("BLK-4 a batch of failures is no commit", func(t *testing.T) {
		s, _ := crowd(t, 4)
		before := s.Snapshot().Position()
		patch := contacts.Patch{FirstName: contacts.Set(""), Emails: contacts.Set([]contacts.Email{})}
		job, err := s.BulkUpdate(t.Context(), everyone, patch, &contacts.BulkOptions{BatchSize: 2})
		require.NoError(t, err)
		require.Equal(t, 4, job.FailedTotal)
		require.Equal(t, before, s.Snapshot().Position())
	})
	t.Run("BLK-4 definitions that are deleted meanwhile", func(t *testing.T) {
		label, field := "custom.new", "custom.new"
		for code, b := range map[contacts.Code]bulkCall{
			contacts.ErrLabelNotFound: bulkLabel(contacts.JobAddLabels, []string{label}, nil),
			contacts.ErrFieldNotFound: bulkUpdate(contacts.Patch{SetFields: map[string]any{field: "x"}}),
		} {
			s, _ := crowd(t, 3)
			_, _, err := s.FindOrCreateLabel(t.Context(), "New")
			require.NoError(t, err)
			_, _, err = s.FindOrCreateField(t.Context(), "New", contacts.DataText)
			require.NoError(t, err)
			undefine := sync.OnceFunc(func() {
				require.NoError(t, s.DeleteLabel(t.Context(), label))
				require.NoError(t, s.DeleteField(t.Context(), field))
			})
			job, err := b.call(t.Context(), s, everyone, &contacts.BulkOptions{
				BatchSize: 1, Progress: func(contacts.Job) { undefine() },
			})
			require.NoError(t, err)
			require.Equal(t, map[contacts.Code]int{code: 2}, errorsOf(job))
		}
	})
	t.Run("BLK-7 contacts that cannot be deleted", func(t *testing.T) {
		s, list := crowd(t, 6)
		require.NoError(t, setMember(t, s, list[0].ID, nil))
		require.NoError(t, setMember(t, s, list[1].ID, &contacts.MemberUser{Role: contacts.RoleContributor}))
		require.NoError(t, setMember(t, s, list[2].ID, &contacts.MemberUser{Role: contacts.RoleOwner}))
		_, err := s.SetBillingSubscription(t.Context(), list[3].ID, true)
		require.NoError(t, err)
		job, err := s.BulkDelete(t.Context(), everyone, nil)
		require.NoError(t, err)
		require.Equal(t, map[contacts.Code]int{
			contacts.ErrDeleteSiteMembers: 1, contacts.ErrDeleteOwnerOrContributor: 2, contacts.ErrDeleteBillingSubscription: 1,
		}, errorsOf(job))
		require.Equal(t, [3]int{6, 2, 4}, [3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
		require.Equal(t, []uuid.UUID{list[0].ID, list[1].ID, list[2].ID, list[3].ID}, ids(s.Snapshot().All()))
	})
}

func TestBulkWithoutIDs(t *testing.T) {
	for _, tc := range []struct {
		name  string
		drawn int // IDs until Options.NewID breaks its promise
		want  contacts.Job
	}{
		{"BLK-4 none for the job", 0, contacts.Job{}},
		{"BLK-6 none for the items of the second batch", 2, contacts.Job{
			Type: contacts.JobUpdate, Status: contacts.JobStatusUnknown, TotalItems: 2, SuccessTotal: 1,
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			opts := fixed()
			good, left := opts.NewID, 1000
			opts.NewID = func() uuid.UUID {
				if left--; left < 0 {
					return uuid.Nil
				}
				return good()
			}
			s := openStore(t, opts)
			create(t, s, person("Ann"))
			create(t, s, person("Ann"))
			left = tc.drawn
			patch := contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Springfield"}})}
			job, err := s.BulkUpdate(t.Context(), contacts.Selection{Search: "ann"}, patch, &contacts.BulkOptions{BatchSize: 1})
			require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
			job.ID, job.StartedDate, job.FinishedDate = tc.want.ID, tc.want.StartedDate, tc.want.FinishedDate
			require.Equal(t, tc.want, job)
		})
	}
	t.Run("UPD-1 none for an update", func(t *testing.T) {
		opts := fixed()
		good, broken := opts.NewID, false
		opts.NewID = func() uuid.UUID {
			if broken {
				return uuid.Nil
			}
			return good()
		}
		s := openStore(t, opts)
		c := create(t, s, person("Ann"))
		broken = true
		patch := contacts.Patch{Addresses: contacts.Set([]contacts.Address{{City: "Springfield"}})}
		_, err := s.Update(t.Context(), c.ID, 1, patch, nil)
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
	})
	t.Run("SBM-1 UPS-4 none for a submission or an upsert", func(t *testing.T) {
		s := openStore(t, &contacts.Options{NewID: func() uuid.UUID { return uuid.Nil }})
		_, err := s.Submit(t.Context(), person("Ann"), nil)
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
		_, _, err = s.Upsert(t.Context(), person("Ann"), nil)
		require.Equal(t, contacts.ErrInternal, contacts.CodeOf(err))
		require.Zero(t, s.Snapshot().Position())
	})
}

func TestBulkUpdate(t *testing.T) {
	t.Run("BLK-10 each contact gets items with IDs of their own", func(t *testing.T) {
		s, _ := crowd(t, 3)
		patch := contacts.Patch{Addresses: contacts.Set(richInfo("x").Addresses)}
		_, err := s.BulkUpdate(t.Context(), everyone, patch, &contacts.BulkOptions{BatchSize: 2})
		require.NoError(t, err)
		seen := map[uuid.UUID]bool{uuid.Nil: true}
		for v := range s.Snapshot().All() {
			for a := range v.Addresses() {
				require.False(t, seen[a.ID])
				seen[a.ID] = true
			}
		}
		require.Len(t, seen, 1+2*3)
	})
	t.Run("BLK-10 the oldest gets an email, for the others it is a duplicate", func(t *testing.T) {
		for name, patch := range map[string]contacts.Patch{
			"email":        {Emails: contacts.Set(primaryAt(0, "all@x.test"))},
			"phone":        {Phones: contacts.Set([]contacts.Phone{number("US", numberUS)})},
			"phone, typed": {Phones: contacts.Set([]contacts.Phone{number("", numberLoose)})},
		} {
			for _, size := range []int{1, 2, 10} {
				s, list := crowd(t, 5)
				job, err := s.BulkUpdate(t.Context(), everyone, patch, &contacts.BulkOptions{BatchSize: size})
				require.NoError(t, err)
				require.Equal(t, map[contacts.Code]int{contacts.ErrDuplicate: 4}, errorsOf(job), name)
				require.Equal(t, 2, mustView(t, s, list[0].ID).Revision(), name)
				// Contacts that carry it keep it.
				job, err = s.BulkUpdate(t.Context(), named("P0"), patch, nil)
				require.NoError(t, err)
				require.Equal(t, 1, job.SuccessTotal, name)
			}
		}
	})
	t.Run("BLK-10 DUP-3 a phone that identifies no one", func(t *testing.T) {
		s, list := crowd(t, 3)
		patch := contacts.Patch{Phones: contacts.Set([]contacts.Phone{number("US", "n/a")})}
		job, err := s.BulkUpdate(t.Context(), everyone, patch, nil)
		require.NoError(t, err)
		require.Equal(t, len(list), job.SuccessTotal)
	})
	t.Run("BLK-10 no revision is asked for", func(t *testing.T) {
		s, list := crowd(t, 1)
		update(t, s, list[0], contacts.Patch{JobTitle: contacts.Set("Cook")})
		job, err := s.BulkUpdate(t.Context(), everyone, contacts.Patch{JobTitle: contacts.Set("")}, nil)
		require.NoError(t, err)
		require.Equal(t, 1, job.SuccessTotal)
		require.Equal(t, 3, mustView(t, s, list[0].ID).Revision())
	})
	t.Run("BLK-10 the patch is copied", func(t *testing.T) {
		s, list := crowd(t, 2)
		patch := contacts.Patch{Addresses: contacts.Set(richInfo("x").Addresses), JobTitle: contacts.Set("Cook")}
		_, err := s.BulkUpdate(t.Context(), everyone, patch, &contacts.BulkOptions{
			BatchSize: 1, Progress: func(contacts.Job) {
				given, _ := patch.Addresses.Get()
				scribble(&given)
			},
		})
		require.NoError(t, err)
		require.NoError(t, fault(s.Snapshot()))
		for a := range mustView(t, s, list[1].ID).Addresses() {
			require.Equal(t, "Springvale", a.City)
		}
	})
}

func TestBulkLabel(t *testing.T) {
	const contacted = "contacts.contacted-me"
	for _, tc := range []struct {
		name        string
		add, remove []string
		want        []string
	}{
		{"add", []string{customers, contacted}, nil, []string{contacted, customers}},
		{"remove", nil, []string{contacted, customers}, nil},
		{"both", []string{customers}, []string{contacted}, []string{customers}},
		{"in both", []string{customers, contacted}, []string{customers}, []string{contacted}},
		{"many times", repeated(100, customers), repeated(100, contacted), []string{customers}},
	} {
		t.Run("BLK-5 "+tc.name, func(t *testing.T) {
			s, list := crowd(t, 2)
			add, remove := slices.Clone(tc.add), slices.Clone(tc.remove)
			_, err := s.BulkLabel(t.Context(), everyone, add, remove, &contacts.BulkOptions{
				BatchSize: 1, Progress: func(contacts.Job) { scribble(&add); scribble(&remove) },
			})
			require.NoError(t, err)
			for _, c := range list {
				v := mustView(t, s, c.ID)
				require.Equal(t, tc.want, slices.Collect(v.LabelKeys()))
				require.Equal(t, 2, v.Revision(), "one revision for both")
			}
		})
	}
	t.Run("BLK-5 over 2000 labels", func(t *testing.T) {
		s := openStore(t, unchecked())
		var keys []string
		for i := range 2000 {
			l, _, err := s.FindOrCreateLabel(t.Context(), fmt.Sprintf("L%d", i))
			require.NoError(t, err)
			keys = append(keys, l.Key)
		}
		info := person("Full")
		info.LabelKeys = keys
		create(t, s, info)
		create(t, s, person("Other"))
		job, err := s.BulkLabel(t.Context(), everyone, []string{customers}, nil, nil)
		require.NoError(t, err)
		require.Equal(t, map[contacts.Code]int{contacts.ErrInvalid: 1}, errorsOf(job))
		job, err = s.BulkLabel(t.Context(), everyone, []string{customers}, keys[:1], nil)
		require.NoError(t, err)
		require.Empty(t, job.Errors, "only the final state counts")
	})
}

func TestBulkInterrupted(t *testing.T) {
	for _, b := range bulkCalls {
		for name, stop := range map[string]func(context.CancelFunc, *contacts.Store) error{
			"context": func(cancel context.CancelFunc, _ *contacts.Store) error { cancel(); return context.Canceled },
			"closed":  func(_ context.CancelFunc, s *contacts.Store) error { _ = s.Close(); return contacts.ErrClosed },
		} {
			t.Run("BLK-6 "+name+" between batches, "+string(b.kind), func(t *testing.T) {
				s, list := crowd(t, 5)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var want error
				before := s.Snapshot()
				job, err := b.call(ctx, s, everyone, &contacts.BulkOptions{
					BatchSize: 2, Progress: func(contacts.Job) { want = stop(cancel, s) },
				})
				require.ErrorIs(t, err, want)
				require.Equal(t, contacts.JobStatusUnknown, job.Status)
				require.NotZero(t, job.FinishedDate)
				require.Equal(t, [3]int{5, 2, 0}, [3]int{job.TotalItems, job.SuccessTotal, job.FailedTotal})
				for i, c := range list {
					old, _ := before.View(c.ID)
					now, _ := s.Snapshot().View(c.ID)
					require.Equal(t, i >= 2, old == now)
				}
				if name == "context" {
					kept, err := s.Job(t.Context(), job.ID)
					require.NoError(t, err)
					require.Equal(t, job, kept)
				}
			})
		}
		t.Run("BLK-6 a context that is done after the last batch does no harm, "+string(b.kind), func(t *testing.T) {
			s, _ := crowd(t, 2)
			ctx, cancel := context.WithCancel(t.Context())
			job, err := b.call(ctx, s, everyone, &contacts.BulkOptions{Progress: func(contacts.Job) { cancel() }})
			require.NoError(t, err)
			require.Equal(t, contacts.JobStatusCompleted, job.Status)
		})
		t.Run("BLK-6 a clock that is no clock, "+string(b.kind), func(t *testing.T) {
			opts := fixed()
			clock := opts.Now
			broken := false
			opts.Now = func() time.Time {
				if broken {
					return time.Time{}
				}
				return clock()
			}
			s := openStore(t, opts)
			last := create(t, s, person("Ann"))
			broken = true
			job, err := b.call(t.Context(), s, everyone, nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			require.Equal(t, contacts.JobStatusUnknown, job.Status)
			require.Equal(t, last.UpdatedDate, job.FinishedDate)
			_, err = json.Marshal(job)
			require.NoError(t, err)
		})
		t.Run("BLK-6 a panic in Progress, "+string(b.kind), func(t *testing.T) {
			s, _ := crowd(t, 3)
			require.Panics(t, func() {
				_, _ = b.call(t.Context(), s, everyone, &contacts.BulkOptions{
					BatchSize: 2, Progress: func(contacts.Job) { panic("a fault of the user") },
				})
			})
			jobs, err := s.Jobs(t.Context())
			require.NoError(t, err)
			require.Len(t, jobs, 1)
			require.Equal(t, contacts.JobStatusUnknown, jobs[0].Status)
			create(t, s, person("New"))
		})
	}
	t.Run("BLK-6 waiting for the lock", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, _ := crowd(t, 3)
			release := hold(t, s)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			before := s.Snapshot().Position()
			job, err := s.BulkDelete(ctx, everyone, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, contacts.JobStatusUnknown, job.Status)
			require.Equal(t, 3, job.TotalItems)
			require.Zero(t, job.SuccessTotal)
			require.Equal(t, before, s.Snapshot().Position())
			release()
		})
	})
	t.Run("BLK-3 others write between two batches", func(t *testing.T) {
		s, list := crowd(t, 4)
		var seen []contacts.Position
		_, err := s.BulkLabel(t.Context(), everyone, []string{customers}, nil, &contacts.BulkOptions{
			BatchSize: 1,
			Progress: func(contacts.Job) {
				_, err := s.RecordActivity(t.Context(), list[3].ID, contacts.ActivityMemberLogin, time.Time{})
				require.NoError(t, err)
				seen = append(seen, s.Snapshot().Position())
			},
		})
		require.NoError(t, err)
		require.Len(t, seen, 4)
		require.Equal(t, 1+1+4, mustView(t, s, list[3].ID).Revision())
	})
}

func TestJobs(t *testing.T) {
	run := func(t *testing.T, s *contacts.Store) contacts.Job {
		t.Helper()
		job, err := s.BulkLabel(t.Context(), everyone, []string{customers}, nil, nil)
		require.NoError(t, err)
		return job
	}
	t.Run("BLK-8 the newest 100 are kept, the newest first", func(t *testing.T) {
		s := newStore(t)
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		require.Empty(t, jobs)
		var want []contacts.Job
		for range 103 {
			want = append(want, run(t, s))
		}
		for _, job := range want[:3] {
			_, err := s.Job(t.Context(), job.ID)
			require.ErrorIs(t, err, contacts.ErrJobNotFound)
		}
		want = want[3:]
		for _, job := range want {
			got, err := s.Job(t.Context(), job.ID)
			require.NoError(t, err)
			require.Equal(t, job, got)
		}
		slices.Reverse(want)
		jobs, err = s.Jobs(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, jobs)
	})
	t.Run("BLK-8 a job that runs is kept, however many come after it", func(t *testing.T) {
		s, _ := crowd(t, 1)
		job, err := s.BulkDelete(t.Context(), everyone, &contacts.BulkOptions{Progress: func(running contacts.Job) {
			for range 102 {
				run(t, s)
			}
			kept, err := s.Job(t.Context(), running.ID)
			require.NoError(t, err)
			require.Equal(t, running, kept)
		}})
		require.NoError(t, err)
		kept, err := s.Job(t.Context(), job.ID)
		require.NoError(t, err)
		require.Equal(t, job, kept)
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		require.Len(t, jobs, 100)
		run(t, s)
		_, err = s.Job(t.Context(), job.ID)
		require.ErrorIs(t, err, contacts.ErrJobNotFound, "the oldest, now that it has ended")
	})
	t.Run("BLK-8 two jobs with one ID", func(t *testing.T) {
		opts := fixed()
		opts.NewID = func() uuid.UUID { return testID(7) }
		s := openStore(t, opts)
		for range 2 {
			run(t, s)
		}
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		for _, job := range jobs {
			require.Equal(t, contacts.JobStatusCompleted, job.Status)
		}
	})
	t.Run("BLK-8 unknown", func(t *testing.T) {
		_, err := newStore(t).Job(t.Context(), missingID)
		require.Equal(t, contacts.ErrJobNotFound, contacts.CodeOf(err))
	})
	t.Run("BLK-8 a fork begins without jobs, and its own are not those of its parent", func(t *testing.T) {
		s, _ := crowd(t, 1)
		job := run(t, s)
		f := s.Fork()
		_, err := f.Job(t.Context(), job.ID)
		require.ErrorIs(t, err, contacts.ErrJobNotFound)
		run(t, f)
		jobs, err := s.Jobs(t.Context())
		require.NoError(t, err)
		require.Equal(t, []contacts.Job{job}, jobs)
	})
	t.Run("BLK-8 the caller's own", func(t *testing.T) {
		s, list := crowd(t, 2)
		require.NoError(t, setMember(t, s, list[0].ID, nil))
		job, err := s.BulkDelete(t.Context(), everyone, nil)
		require.NoError(t, err)
		want := deepCopy(t, job)
		scribble(&job)
		for range 2 {
			got, err := s.Job(t.Context(), want.ID)
			require.NoError(t, err)
			require.Equal(t, want, got)
			scribble(&got)
			jobs, err := s.Jobs(t.Context())
			require.NoError(t, err)
			require.Equal(t, []contacts.Job{want}, jobs)
			scribble(&jobs)
		}
	})
	t.Run("BLK-9 JSON", func(t *testing.T) {
		job := contacts.Job{
			ID: testID(1), Type: contacts.JobUpdate, Status: contacts.JobStatusCompleted, StartedDate: epoch,
			FinishedDate: epoch.Add(1500 * time.Millisecond), TotalItems: 3, SuccessTotal: 2, FailedTotal: 1,
			Errors: []contacts.JobError{{Count: 1, Code: contacts.ErrDuplicate, Message: "m"}},
		}
		text, err := json.Marshal(job)
		require.NoError(t, err)
		require.Equal(t, `{"id":"00000000-0000-4000-8000-000000000001","type":"UPDATE","status":"COMPLETED",`+
			`"startedDate":"2026-01-02T03:04:05.000Z","finishedDate":"2026-01-02T03:04:06.500Z","totalItems":3,`+
			`"successTotal":2,"failedTotal":1,"errors":[{"count":1,"code":"DUPLICATE_CONTACT_EXISTS","message":"m"}]}`,
			string(text))
		var read contacts.Job
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, job, read)

		job.FinishedDate, job.Errors = time.Time{}, nil
		text, err = json.Marshal(job)
		require.NoError(t, err)
		require.NotContains(t, string(text), "finishedDate")
		require.NotContains(t, string(text), "errors")
		read = contacts.Job{}
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, job, read)
	})
	t.Run("BLK-9 JSON that is refused", func(t *testing.T) {
		job := contacts.Job{TotalItems: 7}
		err := json.Unmarshal([]byte(`{"id":1,"startedDate":"soon","totalItems":true,"errors":[{"count":{}}]}`), &job)
		refused, ok := errors.AsType[*contacts.Error](err)
		require.True(t, ok)
		require.Len(t, refused.Violations, 4)
		require.Equal(t, "errors[0].count", refused.Violations[3].Field)
		require.Equal(t, contacts.Job{TotalItems: 7}, job)
	})
	t.Run("BLK-9 JSON of a selection", func(t *testing.T) {
		const text = `{"filter":{"info.company":{"$eq":"Acorn"}},"search":"p2"}`
		var sel contacts.Selection
		require.NoError(t, json.Unmarshal([]byte(text), &sel))
		s, _ := crowd(t, 4)
		job, err := s.BulkDelete(t.Context(), sel, nil)
		require.NoError(t, err)
		require.Equal(t, 1, job.TotalItems)
		sel = contacts.Selection{}
		require.NoError(t, json.Unmarshal([]byte(`{"filter":{}}`), &sel))
		_, err = s.BulkDelete(t.Context(), sel, nil)
		require.ErrorIs(t, err, contacts.ErrNoFilterOrSearch)
		out, err := json.Marshal(contacts.Selection{Search: "x"})
		require.NoError(t, err)
		require.Equal(t, `{"search":"x"}`, string(out))
	})
}
