//go:build unix

package daemon

import (
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/contactsdb/contacts"
)

// TestWebhookKill kills the program while it delivers, again and again, to a receiver that often fails. No event is
// lost, those of each contact arrive in order, and each event is the same whenever it is delivered.
func TestWebhookKill(t *testing.T) {
	kills := 4
	if *longTests {
		kills = 40
	}
	h, dir := startHook(t), filepath.Join(t.TempDir(), "people")
	var calls atomic.Int64
	h.status = func(contacts.Event) int {
		if calls.Add(1)%7 == 0 {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	}
	args := []string{"-data", dir, "-webhook", h.URL, "-webhook-key", keyFile(t)}
	var confirmed []string // IDs of contacts
	for round := range kills {
		p := launch(t, nil, args...)
		w := &writers{confirmed: confirmed}
		w.write(round, func(name string) (string, bool) {
			id, ok := try("POST", p.url+contactsPath, person(name))
			if ok {
				try("DELETE", p.url+contactsPath+"/"+id, "")
			}
			return id, ok
		})
		h.waits(t, len(h.all())+20)
		time.Sleep(time.Duration(round*37%100) * time.Millisecond) // another moment in each round
		w.kill(t, p)
		confirmed = w.confirmed
	}
	p := launch(t, nil, args...)
	last := create(t, p.url, "Last")
	var newest uint64 // each commit has one event
	require.Eventually(t, func() bool {
		events := h.all()
		at := slices.IndexFunc(events, func(e contacts.Event) bool { return e.EntityID == last })
		if at >= 0 {
			newest = events[at].Sequence
		}
		return at >= 0
	}, patience, time.Millisecond)
	deliveries(t, p.url, `"after":"`+strconv.FormatUint(newest, 10)+`","deadLetters":[]`)

	events, created, repeats := h.all(), map[string]bool{}, 0
	sequence, ids := map[string]uint64{}, map[uint64]uuid.UUID{}
	for _, e := range events {
		created[e.EntityID] = true
		if id, ok := ids[e.Sequence]; ok {
			require.Equal(t, id, e.ID, "WHK-3 an event that is delivered again has the same ID")
			repeats++
			continue
		}
		ids[e.Sequence] = e.ID
		require.Less(t, sequence[e.EntityID], e.Sequence, "WHK-2 the order of a contact")
		sequence[e.EntityID] = e.Sequence
	}
	require.Len(t, ids, int(newest), "WHK-7 no event is lost")
	for _, id := range confirmed {
		require.True(t, created[id], "WHK-7 confirmed, and no event")
	}
	t.Logf("%d kills: %d events delivered, %d of them again, 0 lost", kills, len(events), repeats)
}
