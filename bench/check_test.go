package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

const small = 200

// imported returns an engine with the first documents.
func imported(t *testing.T, r rival) engine {
	t.Helper()
	e, err := r.Open(t.TempDir(), newClock())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close()) })
	docs := make([]*document, small)
	for i := range docs {
		docs[i] = makeDocument(i)
	}
	require.NoError(t, e.Import(docs)())
	return e
}

func TestEnginesAnswerEqually(t *testing.T) {
	for _, r := range rivals() {
		t.Run(r.Name, func(t *testing.T) {
			e := imported(t, r)
			require.NoError(t, check(e, small))
			require.NoError(t, check(e, small), "a check changes nothing")
		})
	}
}

// fault is an engine with a wrong answer.
type fault struct {
	engine
	view      func(hit) hit
	document  func(*document)
	byEmail   func([]hit) []hit
	byPhone   func([]hit) []hit
	newest    func([]hit) []hit
	setTitle  func(engine, key, int, string) error
	setPhones func(engine, key, int, []phone) error
	remove    func(engine, key) error
}

func (f fault) View(id key) (hit, error) {
	got, err := f.engine.View(id)
	if f.view != nil {
		got = f.view(got)
	}
	return got, err
}

func (f fault) Document(id key) (*document, error) {
	d, err := f.engine.Document(id)
	if f.document != nil && err == nil {
		f.document(d)
	}
	return d, err
}

func changed(f func([]hit) []hit, got []hit, err error) ([]hit, error) {
	if f != nil {
		got = f(got)
	}
	return got, err
}

func (f fault) ByEmail(to []hit, address string) ([]hit, error) {
	got, err := f.engine.ByEmail(to, address)
	return changed(f.byEmail, got, err)
}

func (f fault) ByPhone(to []hit, e164 string) ([]hit, error) {
	got, err := f.engine.ByPhone(to, e164)
	return changed(f.byPhone, got, err)
}

func (f fault) Newest(to []hit, label string) ([]hit, error) {
	got, err := f.engine.Newest(to, label)
	return changed(f.newest, got, err)
}

func (f fault) SetTitle(id key, revision int, title string) error {
	if f.setTitle != nil {
		return f.setTitle(f.engine, id, revision, title)
	}
	return f.engine.SetTitle(id, revision, title)
}

func (f fault) SetPhones(id key, revision int, phones []phone) error {
	if f.setPhones != nil {
		return f.setPhones(f.engine, id, revision, phones)
	}
	return f.engine.SetPhones(id, revision, phones)
}

func (f fault) Delete(id key) error {
	if f.remove != nil {
		return f.remove(f.engine, id)
	}
	return f.engine.Delete(id)
}

func TestWrongAnswersAreNoticed(t *testing.T) {
	for name, plant := range map[string]func(*fault){
		"an old revision": func(f *fault) {
			f.view = func(h hit) hit {
				h.Revision--
				return h
			}
		},
		"a document without its labels": func(f *fault) { f.document = func(d *document) { d.Labels = nil } },
		"no one has the email":          func(f *fault) { f.byEmail = func([]hit) []hit { return nil } },
		"two have the phone":            func(f *fault) { f.byPhone = func(h []hit) []hit { return append(h, h...) } },
		"one is missing on the page":    func(f *fault) { f.newest = func(h []hit) []hit { return h[:len(h)-1] } },
		"the page has another order": func(f *fault) {
			f.newest = func(h []hit) []hit { return append(h[1:], h[0]) }
		},
		"a revision is not checked": func(f *fault) {
			f.setTitle = func(e engine, id key, revision int, title string) error {
				h, err := e.View(id)
				if err != nil {
					return err
				}
				return e.SetTitle(id, h.Revision, title)
			}
		},
		"phones are not changed": func(f *fault) {
			f.setPhones = func(e engine, id key, revision int, _ []phone) error {
				return e.SetTitle(id, revision, makeTitle(firstSpare))
			}
		},
		"nothing is deleted": func(f *fault) {
			f.remove = func(e engine, id key) error {
				_, err := e.View(id)
				return err
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, ok := rivalOf(nameMap)
			require.True(t, ok)
			f := fault{engine: imported(t, r)}
			require.NoError(t, check(f, small))
			plant(&f)
			require.Error(t, check(f, small))
		})
	}
}

func TestDocuments(t *testing.T) {
	ids, addresses, numbers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	size := 0
	const n = 10_000
	for i := range n {
		d := makeDocument(i)
		require.True(t, d.equal(makeDocument(i)), "the same each time")
		require.True(t, d.equal(d.clone()))
		require.False(t, ids[d.key().Text])
		ids[d.key().Text] = true
		for _, m := range d.Emails {
			require.False(t, addresses[m.Address])
			addresses[m.Address] = true
		}
		for _, p := range d.Phones {
			require.False(t, numbers[p.E164])
			numbers[p.E164] = true
		}
		data, err := json.Marshal(d)
		require.NoError(t, err)
		size += len(data)
	}
	require.InDelta(t, 1.5, float64(len(addresses))/n, 0.1, "emails")
	require.InDelta(t, 1.25, float64(len(numbers))/n, 0.1, "phones")
	require.InDelta(t, 700, size/n, 100, "bytes of JSON")
}
