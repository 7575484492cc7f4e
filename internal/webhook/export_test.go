package webhook

import (
	"context"
	"time"
)

// Delay exports delay for tests.
func Delay(id string, tries int64) time.Duration { return delay(id, tries) }

func Pause(failures int64) time.Duration { return pause(failures) }

// Deliver sends everything that is due and returns when nothing is left. It must not be called
// concurrently with Run.
func (w *Webhooks) Deliver(ctx context.Context) error {
	for _, l := range w.senders {
		for {
			began, err := l.pass(ctx)
			if err != nil {
				return err
			}
			w.tries.Wait()
			if began == 0 {
				break
			}
		}
	}
	return nil
}
