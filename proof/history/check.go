package history

import (
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// Check searches for one order of the calls that explains all replies and does not contradict real time.
func (h *History) Check() porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(sequential, h.operations, 30*time.Second)
}

// Print logs all calls and replies.
func (h *History) Print(t *testing.T) {
	for _, op := range h.operations {
		text := sequential.DescribeOperation(op.Input, op.Output)
		t.Logf("%d %d..%d %s", op.ClientId, op.Call, op.Return, text)
	}
}

// CheckFeed checks that the order of the feed of the first store explains the replies to all writes, that each takes
// place once, and that the order does not contradict real time.
func (h *History) CheckFeed(t *testing.T) { h.feed(t) }

// feed does what CheckFeed does, and returns the states after each position.
func (h *History) feed(t *testing.T) []moment {
	type key struct {
		id       uuid.UUID
		revision int // 0: deleted
	}
	writes := make(map[key]porcupine.Operation)
	for _, op := range h.operations {
		in, out := op.Input.(call), op.Output.(reply)
		switch {
		case out.code != "" || in.method == "get" || in.method == "snapshot":
		case in.method == "delete":
			writes[key{in.id, 0}] = op
		default:
			writes[key{out.contact.id, out.contact.revision}] = op
		}
	}
	newest := h.Store.Snapshot().Position()
	require.EqualValues(t, len(writes), newest, "commits")
	var s state
	var latest int64 // the latest start of a call with an earlier commit
	moments := []moment{{}}
	seen := make(map[contacts.Position][]Contact)
	for c, err := range h.Store.Follow(t.Context(), 0) {
		require.NoError(t, err)
		first := c.Changes[0]
		var k key
		if first.After.IsZero() {
			k = key{first.Before.ID(), 0}
		} else {
			k = key{first.After.ID(), first.After.Revision()}
		}
		op, ok := writes[k]
		require.True(t, ok, "no call made commit %d", c.Position)
		ok, s = s.step(op.Input.(call), op.Output.(reply))
		require.True(t, ok, "commit %d of the feed: %s", c.Position, sequential.DescribeOperation(op.Input, op.Output))
		require.GreaterOrEqual(t, op.Return, latest,
			"commit %d comes after a commit whose call began only after this one returned", c.Position)
		latest = max(latest, op.Call)
		moments = append(moments, moment{s, latest})
		for _, slot := range s.slots[:s.n] {
			if !slot.gone {
				seen[c.Position] = append(seen[c.Position], slot.Contact)
			}
		}
		if c.Position == newest {
			break
		}
	}
	for _, op := range h.operations {
		if out := op.Output.(reply); op.Input.(call).method == "snapshot" {
			require.Equal(t, seen[out.position], out.all, "snapshot at %d", out.position)
		}
	}
	return moments
}

// moment is a state, and a time before which it did not exist.
type moment struct {
	state state
	after int64
}

// CheckShared checks the replies of stores that share a log: the writes as CheckFeed does. A store may lag behind the
// others (DUR-7): each reply that writes nothing follows from a state that the store had when the call began or reached
// before it returned.
func (h *History) CheckShared(t *testing.T) {
	moments := h.feed(t)
	for i, op := range h.operations {
		in, out := op.Input.(call), op.Output.(reply)
		if out.code == "" && in.method != "get" && in.method != "snapshot" {
			continue // see feed
		}
		require.True(t, slices.ContainsFunc(moments[h.known[i]:], func(m moment) bool {
			ok, _ := m.state.step(in, out)
			return ok && m.after <= op.Return
		}), "%s, from position %d", sequential.DescribeOperation(op.Input, op.Output), h.known[i])
	}
}
