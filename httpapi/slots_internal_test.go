package httpapi

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// cuttable is a reply writer that records whether its client was cut off.
type cuttable struct {
	*httptest.ResponseRecorder
	cut bool
}

func (w *cuttable) SetWriteDeadline(time.Time) error {
	w.cut = true
	return nil
}

// TestSlots has a request find all slots taken by replies that wait for their clients.
func TestSlots(t *testing.T) {
	for _, row := range []struct {
		name    string
		waits   []time.Duration // the longest first, as the order of waiting
		deaf    int             // writers without deadlines, from the first
		want    bool
		victims []bool
	}{
		{"not yet a second", []time.Duration{900 * time.Millisecond, 0}, 0, false, []bool{false, false}},
		{"more than a second", []time.Duration{2 * time.Second, 0}, 0, true, []bool{true, false}},
		{"the longest alone", []time.Duration{time.Hour, time.Minute}, 0, true, []bool{true, false}},
		{"the longest that can be cut off", []time.Duration{time.Hour, time.Minute}, 1, true, []bool{false, true}},
		{"one that cannot be cut off", []time.Duration{time.Hour, 0}, 1, false, []bool{false, false}},
	} {
		t.Run("HTTP-13 "+row.name, func(t *testing.T) {
			s := &slots{most: len(row.waits)}
			var writers []*cuttable
			for i, wait := range row.waits {
				w := &cuttable{ResponseRecorder: httptest.NewRecorder()}
				writers = append(writers, w)
				c := &call{w: w}
				if i < row.deaf {
					c.w = w.ResponseRecorder
				}
				require.True(t, s.take(c))
				c.since = time.Now().Add(-wait)
				s.waiting = append(s.waiting, c)
			}
			next := &call{w: http.ResponseWriter(httptest.NewRecorder())}
			require.Equal(t, row.want, s.take(next))
			for i, w := range writers {
				require.Equal(t, row.victims[i], w.cut)
			}
			require.Equal(t, len(row.waits), s.taken)
			s.free(next)
			s.free(next)
			require.Equal(t, row.want, s.taken == len(row.waits)-1)
		})
	}
	t.Run("HTTP-13 a reply that lost its slot while its client accepted a piece", func(t *testing.T) {
		s, c := &slots{most: 1}, &call{w: &cuttable{ResponseRecorder: httptest.NewRecorder()}}
		require.True(t, s.take(c))
		require.NoError(t, s.wait(c, func() error { return nil }))
		other := errors.New("the client has disconnected")
		require.Equal(t, other, s.wait(c, func() error { return other }))
		require.Error(t, s.wait(c, func() error {
			c.since = c.since.Add(-time.Hour)
			require.True(t, s.take(&call{}))
			return nil
		}))
		require.Empty(t, s.waiting)
		require.False(t, c.slot)
	})
}
