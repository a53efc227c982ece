package contacts_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

func TestClockOutsideOfTime(t *testing.T) {
	for name, now := range map[string]time.Time{
		"the zero time": {}, "the year 10000": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"a year before 0":              time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		"what is cut to the zero time": time.Time{}.Add(time.Microsecond),
	} {
		t.Run("STO-3 "+name+" is no time to write at", func(t *testing.T) {
			opts := fixed()
			opts.Now = func() time.Time { return now }
			s := openStore(t, opts)
			_, err := s.Create(t.Context(), person("Ann"), nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			_, err = s.Import(t.Context(), rowsOf(&contacts.Contact{Info: person("Ann")}), nil)
			require.ErrorIs(t, err, contacts.ErrInternal)
			require.Zero(t, s.Snapshot().Position())
		})
	}
}

func TestClockInTheYear0(t *testing.T) {
	t.Run("STO-3 a first write before the zero time has its own time", func(t *testing.T) {
		now := time.Date(0, 5, 6, 7, 8, 9, 0, time.UTC)
		opts := fixed()
		opts.Now = func() time.Time { return now }
		s := openStore(t, opts)
		require.Equal(t, now, create(t, s, person("Ann")).CreatedDate)
		now = now.Add(-time.Hour)
		require.Equal(t, now.Add(time.Hour), create(t, s, person("Bo")).CreatedDate)
	})
}

func TestLoadRefusesDefinitions(t *testing.T) {
	for name, change := range map[string][2]string{
		"NUL in a label's namespace":        {`"label":{"namespace":"custom"`, `"label":{"namespace":"a\u0000"`},
		"a namespace that is not the key's": {`"label":{"namespace":"custom"`, `"label":{"namespace":"other"`},
		"NUL in the namespace's name":       {`"namespaceDisplayName":"Labels"`, `"namespaceDisplayName":"\u0000"`},
		"a field of another namespace":      {`"field":{"namespace":"custom"`, `"field":{"namespace":"other"`},
		"a field with a description":        {`"fieldType":"USER_DEFINED"`, `"fieldType":"USER_DEFINED","description":"x"`},
		"updated before it was created": {
			`"updatedDate":"2026-01-02T03:04:06.000Z"}}`, `"updatedDate":"2025-01-02T03:04:06.000Z"}}`,
		},
		"a key that could be anything": {`"custom.shoe-size":42.5`, `"ann secret@x.test 0123":42.5`},
	} {
		t.Run("EXP-3 ERR-3 "+name, func(t *testing.T) {
			require.Contains(t, smallExport, change[0])
			lines := exportedLines(strings.Replace(smallExport, change[0], change[1], 1))
			_, err := contacts.Load(t.Context(), strings.NewReader(sealed(lines...)), nil)
			require.Equal(t, contacts.ErrInvalidExport, contacts.CodeOf(err))
			require.NotRegexp(t, secrets, err.Error())
		})
	}
}

func TestNumbersOfWhichThereAreTwo(t *testing.T) {
	t.Run("EXP-2 points on the map", func(t *testing.T) {
		exports := map[string]bool{}
		for _, zero := range []float64{0, math.Copysign(0, -1)} {
			for _, nan := range []float64{math.NaN(), math.Float64frombits(0x7ff8000000000123)} {
				s := newStore(t)
				info := person("Ann")
				info.Addresses = []contacts.Address{{City: "Oslo", Geocode: &contacts.Geocode{Latitude: nan, Longitude: zero}}}
				create(t, s, info)
				exports[exportOf(t, s.Snapshot())] = true
				loaded, err := contacts.Load(t.Context(), strings.NewReader(exportOf(t, s.Snapshot())), nil)
				require.NoError(t, err)
				require.NoError(t, loaded.Snapshot().Check())
			}
		}
		require.Len(t, exports, 1)
	})
}
