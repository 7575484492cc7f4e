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
	// MaxReaders is how many may follow at once.
	MaxReaders = 16
	// shown is how many messages a reader is given that has none yet.
	shown = 100
	// lookEvery is how often the inbox is looked at for messages that another process of
	// the service has put there, and pingEvery how many of these looks find nothing until
	// the reader is told that.
	lookEvery = time.Second
	pingEvery = 15
)

var errReaders = errors.New("devbox: as many follow as may")

// Messages are those of the inbox.
type Messages interface {
	// Since returns the messages after the one with an id, oldest first, at most the newest most.
	Since(ctx context.Context, id string, most int64) ([]inbox.Message, error)
}

// Update is what is new to a reader, oldest first. An ask is told anew, whole, whenever it
// has changed. Both are empty now and then, to see whether the reader is still there.
type Update struct {
	Messages []inbox.Message
	Asks     []Ask
}

// From says what a reader wants: what came after the message with an id, or with "" the
// newest. Once is that and no more.
type From struct {
	After string
	Once  bool
}

// Follow tells what is there and then what comes, until ctx ends, the process is about to
// end, or tell fails. Fails with apperr.Unavailable where too many follow, or Redis fails.
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
	for quiet := pingEvery; ; { // the first look is told whatever it finds
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

// since returns the asks that have changed since a version, in the order of that, the
// version by now, and what is closed with the next change.
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
