package devbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/delivery/inbox"
)

const (
	// MaxReaders is the maximum number of concurrent readers.
	MaxReaders = 16
	// shown is how many messages a new reader gets.
	shown = 100
	// lookEvery is how often the inbox is polled for messages from other processes of the
	// service. After pingEvery polls without news the reader gets an empty update.
	lookEvery = time.Second
	pingEvery = 15
)

var errReaders = errors.New("devbox: too many readers")

// Messages is the inbox.
type Messages interface {
	// Since returns the messages after the one with an id, oldest first, at most the newest most.
	Since(ctx context.Context, id string, most int64) ([]inbox.Message, error)
}

// Update is what is new to a reader, oldest first. A changed request is sent again as a whole.
// Both lists are empty now and then, to detect a reader that has disconnected.
type Update struct {
	Messages []inbox.Message
	Asks     []Ask
}

// From is where a reader starts: after the message with an id, or "" for the newest. Once ends
// after the first update.
type From struct {
	After string
	Once  bool
}

// Follow calls tell with the current state and then with updates, until ctx ends, the process
// is about to stop, or tell fails. It fails with apperr.Unavailable if there are too many
// readers, or if Redis fails.
func (b *Box) Follow(ctx context.Context, messages Messages, from From, tell func(Update) error) error {
	select {
	case b.readers <- struct{}{}:
		defer func() { <-b.readers }()
	default:
		return apperr.Down(errReaders)
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var version uint64
	after := from.After
	for quiet := pingEvery; ; { // the first update is always sent
		var u Update
		var changed <-chan struct{}
		u.Asks, version, changed = b.since(version)
		var err error
		if u.Messages, err = messages.Since(ctx, after, shown); err != nil {
			return err
		}
		if n := len(u.Messages); n > 0 {
			after = u.Messages[n-1].ID
		}
		if quiet++; len(u.Messages)+len(u.Asks) > 0 || quiet > pingEvery {
			if err := tell(u); err != nil {
				return err
			}
			quiet = 0
		}
		if from.Once {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return nil
		case <-b.Draining:
			return nil
		}
	}
}

// since returns the requests that have changed since a version, in their order, the current
// version, and a channel that is closed at the next change.
func (b *Box) since(version uint64) ([]Ask, uint64, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var asks []Ask
	for _, a := range b.asks {
		if a.version > version {
			copied := *a
			copied.Steps, copied.Limits = slices.Clone(a.Steps), slices.Clone(a.Limits)
			asks = append(asks, copied)
		}
	}
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return asks, b.version, b.changed
}
