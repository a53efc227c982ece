package contacts_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// fullContact fills every field of a Contact, recursively, with distinct values that are not zero. It includes fields
// that are added later.
func fullContact() *contacts.Contact {
	c := new(contacts.Contact)
	n := 0
	fill(reflect.ValueOf(c).Elem(), &n)
	return c
}

var (
	typeID   = reflect.TypeFor[uuid.UUID]()
	typeTime = reflect.TypeFor[time.Time]()
)

func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == typeID:
		v.Set(reflect.ValueOf(testID(uint64(*n))))
		return
	case v.Type() == typeTime:
		v.Set(reflect.ValueOf(epoch.Add(time.Duration(*n) * time.Hour)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.String:
		v.SetString("text " + strconv.Itoa(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Map:
		// Values of extended fields. Captured data may hold lists and objects.
		v.Set(reflect.ValueOf(map[string]any{
			"custom.text":   "text " + strconv.Itoa(*n),
			"custom.number": float64(*n),
			"custom.list":   []any{"a", 1.5, map[string]any{"x": "y"}, []any{true}},
			"custom.object": map[string]any{"x": 2.5, "list": []any{"b"}, "object": map[string]any{"z": false}},
		}))
	default:
		panic("no value for " + v.Type().String())
	}
}

// visit calls f for each value of scalar type below v, with a function that changes it during a call.
func visit(v reflect.Value, path string, f func(path string, changed func(do func()))) {
	if v.Type() == typeID || v.Type() == typeTime {
		f(path, func(do func()) { swap(v, other(v), do) })
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		visit(v.Elem(), path, f)
	case reflect.Struct:
		for i := range v.NumField() {
			visit(v.Field(i), path+"."+v.Type().Field(i).Name, f)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), fmt.Sprintf("%s[%d]", path, i), f)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			at := fmt.Sprintf("%s[%s]", path, key)
			value := v.MapIndex(key)
			if k := value.Elem().Kind(); k == reflect.Map || k == reflect.Slice {
				visit(value.Elem(), at, f)
				continue
			}
			f(at, func(do func()) {
				v.SetMapIndex(key, other(value.Elem()))
				do()
				v.SetMapIndex(key, value)
			})
		}
	case reflect.Interface:
		if k := v.Elem().Kind(); k == reflect.Map || k == reflect.Slice {
			visit(v.Elem(), path, f)
			return
		}
		f(path, func(do func()) { swap(v, other(v.Elem()), do) })
	default:
		f(path, func(do func()) { swap(v, other(v), do) })
	}
}

// swap calls do while v holds another value.
func swap(v, other reflect.Value, do func()) {
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	v.Set(other)
	do()
	v.Set(old)
}

// other returns another value of the type of v.
func other(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch value := v.Interface().(type) {
	case uuid.UUID:
		value[15]++
		out.Set(reflect.ValueOf(value))
		return out
	case time.Time:
		out.Set(reflect.ValueOf(value.Add(time.Nanosecond)))
		return out
	}
	switch v.Kind() {
	case reflect.Bool:
		out.SetBool(!v.Bool())
	case reflect.Int:
		out.SetInt(v.Int() + 1)
	case reflect.Float64:
		out.SetFloat(math.Nextafter(v.Float(), math.Inf(1)))
	case reflect.String:
		out.SetString(v.String() + " ")
	default:
		panic("no other value for " + v.Type().String())
	}
	return out
}

// references yields the references in v, by path.
func references(v reflect.Value, path string, found map[string]uintptr) {
	if v.Type() == typeID || v.Type() == typeTime {
		return // values share no memory
	}
	switch v.Kind() {
	case reflect.Pointer:
		found[path] = v.Pointer()
		references(v.Elem(), path, found)
	case reflect.Interface:
		references(v.Elem(), path, found)
	case reflect.Struct:
		for i := range v.NumField() {
			references(v.Field(i), path+"."+v.Type().Field(i).Name, found)
		}
	case reflect.Slice:
		found[path] = v.Pointer()
		for i := range v.Len() {
			references(v.Index(i), fmt.Sprintf("%s[%d]", path, i), found)
		}
	case reflect.Map:
		found[path] = v.Pointer()
		for _, key := range v.MapKeys() {
			references(v.MapIndex(key), fmt.Sprintf("%s[%s]", path, key), found)
		}
	}
}

func TestContactClone(t *testing.T) {
	c := fullContact()
	d := c.Clone()
	t.Run("STO-5 a clone holds the same", func(t *testing.T) {
		require.Equal(t, c, d)
		require.True(t, c.Equal(d))
	})
	t.Run("STO-5 a clone shares nothing", func(t *testing.T) {
		theirs, ours := make(map[string]uintptr), make(map[string]uintptr)
		references(reflect.ValueOf(c), "Contact", theirs)
		references(reflect.ValueOf(d), "Contact", ours)
		require.Len(t, ours, len(theirs))
		require.Greater(t, len(ours), 25)
		for path, p := range theirs {
			require.NotZero(t, p, path)
			require.NotEqual(t, p, ours[path], path)
		}
	})
	t.Run("STO-5 writing to a clone leaves the contact alone", func(t *testing.T) {
		visit(reflect.ValueOf(d), "Contact", func(path string, changed func(func())) {
			changed(func() { require.Equal(t, fullContact(), c, path) })
		})
	})
	t.Run("STO-5 nil stays nil", func(t *testing.T) {
		require.Nil(t, (*contacts.Contact)(nil).Clone())
		require.Nil(t, (*contacts.Member)(nil).Clone())
		require.Equal(t, &contacts.Contact{}, (&contacts.Contact{}).Clone())
		require.Equal(t, contacts.Info{}, contacts.Info{}.Clone())
		require.Equal(t, contacts.Address{}, contacts.Address{}.Clone())
		require.Equal(t, &contacts.Member{}, (&contacts.Member{}).Clone())
	})
	t.Run("STO-5 empty stays empty", func(t *testing.T) {
		in := contacts.Info{Emails: []contacts.Email{}, ExtendedFields: map[string]any{}, Picture: &contacts.Picture{}}
		require.Equal(t, in, in.Clone())
	})
}

func TestContactEqual(t *testing.T) {
	c, d := fullContact(), fullContact()
	require.True(t, c.Equal(d))
	t.Run("STO-6 every value counts", func(t *testing.T) {
		leaves := 0
		visit(reflect.ValueOf(d), "Contact", func(path string, changed func(func())) {
			leaves++
			changed(func() {
				require.False(t, c.Equal(d), path)
				require.False(t, d.Equal(c), path)
			})
			require.True(t, c.Equal(d), path)
		})
		require.Greater(t, leaves, 150)
	})

	for name, change := range map[string]func(c *contacts.Contact){
		"an email more":        func(c *contacts.Contact) { c.Info.Emails = append(c.Info.Emails, contacts.Email{}) },
		"an email less":        func(c *contacts.Contact) { c.Info.Emails = c.Info.Emails[:1] },
		"emails swapped":       func(c *contacts.Contact) { e := c.Info.Emails; e[0], e[1] = e[1], e[0] },
		"no phones":            func(c *contacts.Contact) { c.Info.Phones = nil },
		"an address more":      func(c *contacts.Contact) { c.Info.Addresses = append(c.Info.Addresses, contacts.Address{}) },
		"no street":            func(c *contacts.Contact) { c.Info.Addresses[1].StreetAddress = nil },
		"an empty street":      func(c *contacts.Contact) { c.Info.Addresses[1].StreetAddress = &contacts.StreetAddress{} },
		"no geocode":           func(c *contacts.Contact) { c.Info.Addresses[0].Geocode = nil },
		"labels swapped":       func(c *contacts.Contact) { l := c.Info.LabelKeys; l[0], l[1] = l[1], l[0] },
		"a field more":         func(c *contacts.Contact) { c.Info.ExtendedFields["custom.new"] = "x" },
		"a field less":         func(c *contacts.Contact) { delete(c.Info.ExtendedFields, "custom.text") },
		"a field nil":          func(c *contacts.Contact) { c.Info.ExtendedFields["custom.text"] = nil },
		"a field renamed":      func(c *contacts.Contact) { renameField(c.Info.ExtendedFields, "custom.text", "custom.t") },
		"a number as text":     func(c *contacts.Contact) { c.Info.ExtendedFields["custom.number"] = "7" },
		"no picture":           func(c *contacts.Contact) { c.Info.Picture = nil },
		"an empty picture":     func(c *contacts.Contact) { c.Info.Picture = &contacts.Picture{} },
		"no deprecated one":    func(c *contacts.Contact) { c.Picture = nil },
		"no member":            func(c *contacts.Contact) { c.Member = nil },
		"an empty member":      func(c *contacts.Contact) { c.Member = &contacts.Member{} },
		"no profile":           func(c *contacts.Contact) { c.Member.Profile = nil },
		"no photo":             func(c *contacts.Contact) { c.Member.Profile.Photo = nil },
		"no user":              func(c *contacts.Contact) { c.Member.User = nil },
		"no session":           func(c *contacts.Contact) { c.Member.Session = nil },
		"no icon":              func(c *contacts.Contact) { c.LastActivity.Icon = nil },
		"no segments":          func(c *contacts.Contact) { c.Segments = nil },
		"everything else gone": func(c *contacts.Contact) { *c = contacts.Contact{ID: c.ID, Revision: c.Revision} },
	} {
		t.Run("STO-6 "+name, func(t *testing.T) {
			d := fullContact()
			change(d)
			require.False(t, c.Equal(d))
			require.False(t, d.Equal(c))
			require.True(t, d.Equal(d.Clone()))
		})
	}

	zone := time.FixedZone("", 2*60*60)
	for name, pair := range map[string][2]*contacts.Contact{
		"nil":                   {nil, nil},
		"zero":                  {{}, {}},
		"nil and empty lists":   {{}, {Segments: []uuid.UUID{}, Info: contacts.Info{Emails: []contacts.Email{}}}},
		"nil and empty fields":  {{}, {Info: contacts.Info{ExtendedFields: map[string]any{}}}},
		"instants in two zones": {{CreatedDate: epoch}, {CreatedDate: epoch.In(zone)}},
		"deeper instants in two zones": {
			{LastActivity: contacts.Activity{Date: epoch}, Picture: &contacts.Image{URLExpirationDate: epoch}},
			{LastActivity: contacts.Activity{Date: epoch.In(zone)}, Picture: &contacts.Image{URLExpirationDate: epoch.In(zone)}},
		},
		"coordinates that are no numbers": {
			{Info: contacts.Info{Addresses: []contacts.Address{{Geocode: &contacts.Geocode{Latitude: math.NaN()}}}}},
			{Info: contacts.Info{Addresses: []contacts.Address{{Geocode: &contacts.Geocode{Latitude: math.NaN()}}}}},
		},
	} {
		t.Run("STO-6 equal: "+name, func(t *testing.T) {
			require.True(t, pair[0].Equal(pair[1]))
			require.True(t, pair[1].Equal(pair[0]))
		})
	}
	t.Run("STO-6 nil and something", func(t *testing.T) {
		require.False(t, (*contacts.Contact)(nil).Equal(&contacts.Contact{}))
		require.False(t, (&contacts.Contact{}).Equal(nil))
		require.False(t, (*contacts.Member)(nil).Equal(&contacts.Member{}))
		require.True(t, (*contacts.Member)(nil).Equal(nil))
	})
}

func renameField(values map[string]any, from, to string) {
	values[to] = values[from]
	delete(values, from)
}

func TestCycles(t *testing.T) {
	cyclic := func() map[string]any {
		object := map[string]any{"custom.a": 1.0}
		list := []any{object, nil, "x"}
		list[1] = list
		object["custom.b"], object["custom.c"], object["custom.d"] = object, list, list[:2]
		return object
	}
	c := &contacts.Contact{Info: person("Ann")}
	c.Info.ExtendedFields = cyclic()
	t.Run("STO-5 Clone keeps cycles", func(t *testing.T) {
		d := c.Clone()
		require.True(t, c.Equal(d))
		require.True(t, d.Equal(c))
		object := d.Info.ExtendedFields
		list := object["custom.c"].([]any)
		for _, v := range []any{object["custom.b"], list[0]} {
			v.(map[string]any)["custom.z"] = 1.0
			require.Contains(t, object, "custom.z")
			delete(object, "custom.z")
		}
		list[1].([]any)[2] = "y"
		require.Equal(t, "y", list[2])
		require.Equal(t, "x", c.Info.ExtendedFields["custom.c"].([]any)[2])
		require.NotContains(t, c.Info.ExtendedFields, "custom.z")
	})
	t.Run("STO-5 Clone copies a value once", func(t *testing.T) {
		var v any = []any{1.0}
		for range 100 {
			v = map[string]any{"a": v, "b": v}
		}
		in := contacts.Info{ExtendedFields: map[string]any{"a": v}}
		require.True(t, in.Equal(in.Clone()))
	})
	t.Run("STO-5 Equal finds a difference", func(t *testing.T) {
		d := &contacts.Contact{Info: person("Ann")}
		d.Info.ExtendedFields = cyclic()
		require.True(t, c.Equal(d))
		d.Info.ExtendedFields["custom.c"].([]any)[2] = "y"
		require.False(t, c.Equal(d))
	})
	t.Run("JSON-2 a cycle has no JSON", func(t *testing.T) {
		_, err := json.Marshal(c)
		require.Error(t, err)
	})
	for _, define := range []bool{false, true} {
		t.Run(fmt.Sprint("IMP-2 a row with a cycle is refused, Define ", define), func(t *testing.T) {
			s := newStore(t)
			r := row(1, person("Ann"))
			r.Info.ExtendedFields = cyclic()
			want := contacts.ErrFieldNotFound
			if define {
				want = contacts.ErrInvalidFieldValue
			}
			err := importRefused(t, s, &contacts.ImportOptions{Define: define}, r)
			require.Equal(t, want, contacts.CodeOf(err))
		})
	}
	t.Run("IMP-7 a cycle in a derived field is ignored", func(t *testing.T) {
		r := row(1, person("Ann"))
		r.Info.ExtendedFields = map[string]any{"contacts.displayByFirstName": cyclic()}
		importOne(t, newStore(t), nil, r)
	})
	t.Run("FLD-5 writes refuse a cycle", func(t *testing.T) {
		s := fieldStore(t)
		old := create(t, s, person("Bob"))
		values := map[string]any{keyText: cyclic()}
		info := person("Ann")
		info.ExtendedFields = values
		_, err := s.Create(t.Context(), info, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		_, err = s.Update(t.Context(), old.ID, 1, contacts.Patch{SetFields: values}, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		_, err = s.Submit(t.Context(), info, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		_, _, err = s.Upsert(t.Context(), info, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		everyone := contacts.Selection{Filter: contacts.Exists("info.name.first", true)}
		_, err = s.BulkUpdate(t.Context(), everyone, contacts.Patch{ExtendedFields: contacts.Set(values)}, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		_, err = s.SetSystemFields(t.Context(), old.ID, map[string]any{"ecom.numOfPurchases": cyclic()})
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		results, err := s.Batch(t.Context(), []contacts.Operation{
			contacts.CreateOp{Info: info},
			contacts.UpdateOp{ID: old.ID, Revision: 1, Patch: contacts.Patch{SetFields: values}},
		}, nil)
		require.NoError(t, err)
		for _, result := range results {
			require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(result.Err))
		}
		require.Equal(t, old, must(s.Get(t.Context(), old.ID, nil)))
	})
	t.Run("JSON-2 a patch with a cycle has no JSON", func(t *testing.T) {
		_, err := json.Marshal(contacts.Patch{ExtendedFields: contacts.Set(cyclic())})
		require.Error(t, err)
	})
	t.Run("FLD-5 a cycle of named types", func(t *testing.T) {
		type named map[string]any
		object := named{}
		object["a"] = []named{object}
		info := person("Ann")
		info.ExtendedFields = map[string]any{keyText: object}
		s := fieldStore(t)
		_, err := s.Create(t.Context(), info, nil)
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
		err = importRefused(t, s, nil, row(1, info))
		require.Equal(t, contacts.ErrInvalidFieldValue, contacts.CodeOf(err))
	})
	t.Run("FLT-8 conditions with a cycle are refused", func(t *testing.T) {
		sn := newStore(t).Snapshot()
		list := cyclic()["custom.c"].([]any)
		for _, f := range []contacts.Filter{
			contacts.Eq("info.company", cyclic()), contacts.Eq("info.company", list),
			contacts.In("info.company", list...), contacts.Eq("info.company", c),
		} {
			_, err := sn.Find(contacts.Query{Filter: f})
			require.Error(t, err)
		}
	})
}
