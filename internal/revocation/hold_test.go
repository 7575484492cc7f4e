package revocation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/revocation"
	"user-api/model"
)

// An answer is held until something happens, the wait is over, the process ends or the
// client leaves. A burst becomes one answer. After a reset nothing is held.
func TestPolls_held(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		elapsed := func() time.Duration { return time.Since(began) }
		draining := make(chan struct{})
		memory := revocation.NewMemory(window, time.Now, elapsed)
		feed := revocation.New(revocation.Options{Memory: memory, Table: empty{}})
		polls, err := revocation.NewPolls(revocation.PollOptions{Memory: memory, Rand: rand.Reader, Draining: draining, Max: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := feed.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask := func(ctx context.Context, after string, wait time.Duration) (revocation.Answer, time.Duration, error) {
			asked := time.Now()
			a, err := polls.Next(ctx, reader, after, wait)
			return a, time.Since(asked), err
		}
		first, took, err := ask(t.Context(), "", revocation.MaxWait)
		if err != nil || took != 0 || !first.Reset {
			t.Fatal(first, took, err)
		}
		nothing, took, err := ask(t.Context(), first.Next, revocation.MaxWait)
		if err != nil || took != revocation.MaxWait || len(nothing.Events) > 0 || nothing.Waited != took || nothing.Age != elapsed() {
			t.Errorf("nothing happens: %+v after %v, %v", nothing, took, err)
		}
		go func() {
			time.Sleep(3 * time.Second)
			for i := range 50 {
				memory.Apply([]*model.Revocation{{At: time.Now().UnixMilli(), UserId: 1, SessionId: "s" + strconv.Itoa(i), Event: strconv.Itoa(i)}})
				time.Sleep(time.Millisecond)
			}
		}()
		burst, took, err := ask(t.Context(), nothing.Next, revocation.MaxWait)
		if err != nil || len(burst.Events) != 50 || took < 3*time.Second || took > 4*time.Second {
			t.Errorf("a burst: %d entries after %v, %v", len(burst.Events), took, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, took, err := ask(ctx, burst.Next, revocation.MaxWait); !errors.Is(err, context.DeadlineExceeded) || took != time.Second {
			t.Errorf("the request of a client that left ends after %v: %v", took, err)
		}
		// A client over its limit is rejected; another client is not.
		for range 2 {
			go ask(t.Context(), burst.Next, revocation.MaxWait)
		}
		synctest.Wait()
		if _, _, err := ask(t.Context(), burst.Next, 0); !apperr.Is(err, apperr.RateLimited) {
			t.Errorf("over the limit: %v", err)
		}
		if _, err := polls.Next(t.Context(), "other", burst.Next, 0); err != nil {
			t.Errorf("another client: %v", err)
		}
		time.Sleep(time.Second)
		close(draining)
		synctest.Wait()
		if _, took, err := ask(t.Context(), burst.Next, revocation.MaxWait); err != nil || took != time.Second {
			t.Errorf("while the process shuts down an answer takes %v, %v", took, err)
		}
	})
}

// empty is a table without rows.
type empty struct{ model.RevocationModel }

func (empty) Recent(context.Context, int64, func([]*model.AgedRevocation)) (int64, error) {
	return time.Now().UnixMilli(), nil
}
