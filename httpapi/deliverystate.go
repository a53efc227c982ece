package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// DeliveryState keeps what [Deliver] has done, so that another call continues there. Deliver calls its methods one at a
// time, except that it calls Bury at any time. What a method has kept when it returns should survive the end of the
// process.
type DeliveryState interface {
	// After returns the last text that Save has kept, "" before the first Save.
	After(ctx context.Context) (string, error)

	// Save keeps the ID of an event (EVS-2): it and all before it have been delivered, or are dead letters.
	Save(ctx context.Context, after string) error

	// Bury keeps a dead letter. After the end of a process it can be called again for the same one.
	Bury(ctx context.Context, l DeadLetter) error
}

// DeadLetter is an event that was not delivered, or several that the store no longer had (WHK-5). It has no data of
// contacts except the ID: the event itself is in the store, as long as the store keeps it.
type DeadLetter struct {
	ID        string    `json:"id"`                  // of the event, as in EVS-2: Follow and Events have it
	After     string    `json:"after,omitempty"`     // of several: they came after this ID, and ID is the last
	EventID   uuid.UUID `json:"eventId,omitzero"`    // contacts.Event.ID, which was the webhook-id
	EventType string    `json:"eventType,omitempty"` // contacts.Event.Type
	EntityID  string    `json:"entityId,omitempty"`  // contacts.Event.EntityID
	Attempts  int       `json:"attempts,omitempty"`
	Status    int       `json:"status,omitempty"` // of the last reply, 0 without one
	Time      time.Time `json:"time"`             // of the last attempt
}

// LogValue returns the fields that are set.
func (l DeadLetter) LogValue() slog.Value {
	if l.After != "" {
		return slog.GroupValue(slog.String("after", l.After), slog.String("id", l.ID))
	}
	return slog.GroupValue(slog.String("id", l.ID), slog.Any("event", l.EventID), slog.String("type", l.EventType),
		slog.Int("attempts", l.Attempts), slog.Int("status", l.Status))
}

// DeadLettersMost is the number of dead letters that [DeliveryMemory] keeps, the newest.
const DeadLettersMost = 1000

// DeliveryMemory is a DeliveryState in memory. The zero value is empty. It encodes to JSON and decodes from it, so that
// a program can keep it in a file. It is safe for concurrent use.
type DeliveryMemory struct {
	mu    sync.Mutex
	after string
	dead  []DeadLetter
}

// After returns the last text of Save.
func (m *DeliveryMemory) After(context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.after, nil
}

// Save keeps the ID of an event.
func (m *DeliveryMemory) Save(_ context.Context, after string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after = after
	return nil
}

// Bury keeps a dead letter, in place of an earlier one with its ID.
func (m *DeliveryMemory) Bury(_ context.Context, l DeadLetter) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = slices.DeleteFunc(m.dead, func(other DeadLetter) bool { return other.ID == l.ID })
	m.dead = append(m.dead, l)
	m.dead = m.dead[max(0, len(m.dead)-DeadLettersMost):]
	return nil
}

// DeadLetters returns the dead letters, the oldest first. The list is the caller's own.
func (m *DeliveryMemory) DeadLetters() []DeadLetter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.dead)
}

// deliveryJSON is the JSON of a DeliveryMemory.
type deliveryJSON struct {
	After       string       `json:"after"`
	DeadLetters []DeadLetter `json:"deadLetters"`
}

// MarshalJSON writes {"after", "deadLetters"}.
func (m *DeliveryMemory) MarshalJSON() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return json.Marshal(deliveryJSON{m.after, append([]DeadLetter{}, m.dead...)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *DeliveryMemory) UnmarshalJSON(text []byte) error {
	var from deliveryJSON
	if err := json.Unmarshal(text, &from); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.after, m.dead = from.After, from.DeadLetters
	return nil
}

// letterOf returns the dead letter of an event.
func letterOf(l *letter, attempts, status int) DeadLetter {
	return DeadLetter{
		ID: l.place.String(), EventID: l.event.ID, EventType: l.event.Type, EntityID: l.event.EntityID,
		Attempts: cmp.Or(attempts, 1), Status: status, Time: time.Now().UTC().Truncate(time.Millisecond),
	}
}
