package proof

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// wrapped is another type with all methods of a store. Its forks are wrapped, too.
type wrapped struct{ *contacts.Store }

func (w wrapped) Fork() wrapped { return wrapped{w.Store.Fork()} }

func (w wrapped) Reload(opts contacts.Options) (Implementation, error) {
	var text bytes.Buffer
	if err := w.Snapshot().Export(&text); err != nil {
		return nil, err
	}
	s, err := contacts.Load(context.Background(), &text, &opts)
	return wrapped{s}, err
}

// calls has some calls of a store only, and no snapshots.
type calls struct{ store *contacts.Store }

func (c calls) Get(ctx context.Context, id uuid.UUID, opts *contacts.GetOptions) (*contacts.Contact, error) {
	return c.store.Get(ctx, id, opts)
}

func (c calls) Create(
	ctx context.Context, info contacts.Info, opts *contacts.CreateOptions,
) (*contacts.Contact, error) {
	return c.store.Create(ctx, info, opts)
}

func (c calls) Update(
	ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	return c.store.Update(ctx, id, revision, patch, opts)
}

func (c calls) Merge(
	ctx context.Context, target uuid.UUID, revision int, sources []uuid.UUID, opts *contacts.MergeOptions,
) (*contacts.Contact, error) {
	return c.store.Merge(ctx, target, revision, sources, opts)
}

func (c calls) Delete(ctx context.Context, id uuid.UUID) error { return c.store.Delete(ctx, id) }

func (c calls) List(
	ctx context.Context, q contacts.Query, opts *contacts.ListOptions,
) (contacts.Page[*contacts.Contact], error) {
	return c.store.List(ctx, q, opts)
}

func (c calls) FindOrCreateLabel(ctx context.Context, name string) (contacts.Label, bool, error) {
	return c.store.FindOrCreateLabel(ctx, name)
}

func (c calls) ListLabels(
	ctx context.Context, q contacts.LabelQuery, opts *contacts.PageOptions,
) (contacts.Page[contacts.Label], error) {
	return c.store.ListLabels(ctx, q, opts)
}

// Label has other parameters than the method of a store, so it does not count.
func (c calls) Label(ctx context.Context, id uuid.UUID, key string) error {
	_, err := c.store.Label(ctx, id, key)
	return err
}

// opening returns how an implementation is opened that wraps a store.
func opening[T Implementation](wrap func(*contacts.Store) T) Open {
	return func(opts contacts.Options) (Implementation, error) {
		s, err := contacts.New(&opts)
		if err != nil {
			return nil, err
		}
		return wrap(s), nil
	}
}

// The right implementations, and those with a fault each.
var (
	openWrapped = opening(func(s *contacts.Store) wrapped { return wrapped{s} })
	openCalls   = opening(func(s *contacts.Store) calls { return calls{s} })
)

// dropsLabel forgets the last of several labels.
type dropsLabel struct{ *contacts.Store }

func (d dropsLabel) Label(ctx context.Context, id uuid.UUID, keys ...string) (*contacts.Contact, error) {
	return d.Store.Label(ctx, id, keys[:max(min(len(keys), 1), len(keys)-1)]...)
}

// ignoresRevision updates whatever the revision is.
type ignoresRevision struct{ calls }

func (i ignoresRevision) Update(
	ctx context.Context, id uuid.UUID, revision int, patch contacts.Patch, opts *contacts.UpdateOptions,
) (*contacts.Contact, error) {
	if c, err := i.store.Get(ctx, id, nil); err == nil && c.ID == id {
		revision = c.Revision
	}
	return i.calls.Update(ctx, id, revision, patch, opts)
}

// keepsDeleted reports that it has deleted a contact, but does not.
type keepsDeleted struct{ calls }

func (k keepsDeleted) Delete(ctx context.Context, id uuid.UUID) error {
	if _, err := k.store.Get(ctx, id, nil); err != nil || ctx.Err() != nil {
		return k.store.Delete(ctx, id)
	}
	return nil
}

// sharesForks returns itself as its fork.
type sharesForks struct{ *contacts.Store }

func (s sharesForks) Fork() sharesForks { return s }

// losesRedirects forgets on a reload into which contact others were merged.
type losesRedirects struct{ wrapped }

func (l losesRedirects) Reload(opts contacts.Options) (Implementation, error) {
	r, err := l.wrapped.Reload(opts)
	if err != nil {
		return nil, err
	}
	return shortPaths{r.(wrapped)}, nil
}

type shortPaths struct{ wrapped }

func (f shortPaths) Resolve(ctx context.Context, id uuid.UUID) (contacts.Resolution, error) {
	r, err := f.wrapped.Resolve(ctx, id)
	if len(r.Path) > 1 {
		r.Path = r.Path[1:]
	}
	return r, err
}

func TestOtherImplementations(t *testing.T) {
	for name, open := range map[string]Open{"wrapped": openWrapped, "calls": openCalls} {
		t.Run(name, func(t *testing.T) {
			seen := make(map[Seen]int)
			for seed := range uint64(4) {
				f, made := Run(open, FromSeed(seed+1), &Config{Ops: 300})
				for s, n := range made {
					seen[s] += n
				}
				if f != nil {
					f.Shrink(10 * time.Second)
					require.Fail(t, "differs from the model", "%s", f)
				}
			}
			for _, method := range []string{"Create", "Update", "Delete", "Merge", "List", "FindOrCreateLabel"} {
				require.Positive(t, seen[Seen{Method: method}], method)
			}
			for _, method := range []string{"Label", "Import"} {
				require.Equal(t, name == "wrapped", seen[Seen{Method: method}] > 0, method)
			}
		})
	}
}

func TestWrongImplementations(t *testing.T) {
	for _, test := range []struct {
		name    string
		open    Open
		most    int      // operations of the smallest failure
		methods []string // one of which fails
	}{
		{"drops a label", opening(func(s *contacts.Store) dropsLabel { return dropsLabel{s} }), 2,
			[]string{"Label"}},
		{"ignores the revision", opening(func(s *contacts.Store) ignoresRevision {
			return ignoresRevision{calls{s}}
		}), 2, []string{"Update"}},
		{"keeps deleted contacts", opening(func(s *contacts.Store) keepsDeleted { return keepsDeleted{calls{s}} }), 2,
			[]string{"Delete"}},
		{"shares forks", opening(func(s *contacts.Store) sharesForks { return sharesForks{s} }), 3, nil},
		{"loses redirects", opening(func(s *contacts.Store) losesRedirects { return losesRedirects{wrapped{s}} }), 4,
			[]string{"Reload", "Merge"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var f *Failure
			for seed := uint64(1); f == nil && seed < 60; seed++ {
				f, _ = Run(test.open, FromSeed(seed), &Config{Ops: 150})
			}
			require.NotNil(t, f, "not noticed")
			f.Shrink(time.Minute) // ends long before
			require.LessOrEqual(t, len(f.Ops), test.most, "%s", f)
			if test.methods != nil {
				require.Contains(t, test.methods, f.Ops[len(f.Ops)-1].Method)
			}
			require.Contains(t, f.String(), "open(*opts)")
			require.Error(t, f.Setup.Replay(f.Ops))
			right := f.Setup
			right.Open = openWrapped
			require.NoError(t, right.Replay(f.Ops), "the operations fail on a right implementation")
		})
	}
}

func TestLacks(t *testing.T) {
	s, err := contacts.New(nil)
	require.NoError(t, err)
	require.Empty(t, Lacks(s))
	require.Empty(t, Lacks(wrapped{s}))
	lacks := Lacks(calls{s})
	for _, name := range []string{"Label", "Find", "Fork", "Reload", "BulkDelete", "Import"} {
		require.Contains(t, lacks, name)
	}
	require.NotContains(t, lacks, "Merge")

	seen := make(map[string]bool)
	_, made := Run(nil, FromSeed(3), &Config{Ops: 300, Without: []string{"Import", "Batch", "Create"}})
	for s := range made {
		seen[s.Method] = true
	}
	require.True(t, seen["Upsert"])
	require.False(t, seen["Import"] || seen["Batch"] || seen["Create"])

	made = nil
	options := &contacts.Options{Region: "DE", LabelQuota: 1}
	_, ops, setup, _ := run(NoLog, nil, FromSeed(3), Config{Ops: 100, Options: options})
	require.Equal(t, "DE", setup.Options.Region)
	require.NoError(t, setup.Replay(ops))

	c := newSeeded(1)
	mc, err := newMachine(setup)
	require.NoError(t, err)
	defer mc.stop()
	g, names := newGen(c, mc), map[string]bool{"Close": true} // which only forks are
	for range 5000 {
		names[g.op().Method] = true
	}
	require.ElementsMatch(t, operations, slices.Collect(maps.Keys(names)))
}

// TestOperationsAreRecorded uses the generator alone: operations as data, for any implementation.
func TestOperationsAreRecorded(t *testing.T) {
	setup, ops, err := Record(FromSeed(9), &Config{Ops: 200, Without: Lacks(calls{})})
	require.NoError(t, err)
	require.Len(t, ops, 200)
	setup.Open = openCalls
	require.NoError(t, setup.Replay(ops))
	setup.Open = opening(func(s *contacts.Store) keepsDeleted { return keepsDeleted{calls{s}} })
	require.Error(t, setup.Replay(ops))
	for _, op := range ops {
		require.False(t, strings.HasPrefix(op.Method, "Bulk"))
	}
}

func TestModelHasDefaults(t *testing.T) {
	m, err := NewModel(contacts.Options{})
	require.NoError(t, err)
	before := time.Now().Add(-time.Second)
	c, err := m.Create(t.Context(), contacts.Info{Name: contacts.Name{First: "Ada"}}, nil)
	require.NoError(t, err)
	require.NotEqual(t, uuid.Nil, c.ID)
	require.True(t, c.CreatedDate.After(before))
	_, err = NewModel(contacts.Options{LabelQuota: -1})
	require.ErrorIs(t, err, contacts.ErrInvalid)
}
