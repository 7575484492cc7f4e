package delivery_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"user-api/internal/delivery"
)

// queueRaw queues a task as another release would.
func queueRaw(t *testing.T, client redis.UniversalClient, kind, id, payload string) {
	t.Helper()
	_, err := asynq.NewClientFromRedisClient(client).Enqueue(asynq.NewTask(kind, []byte(payload)),
		asynq.Queue("ua:delivery"), asynq.TaskID(id), asynq.MaxRetry(100))
	if err != nil {
		t.Fatal(err)
	}
}

// retried returns how many attempts a waiting task has used up, or -1 if it does not wait.
func retried(t *testing.T, client redis.UniversalClient, id string) int {
	t.Helper()
	for _, task := range must(asynq.NewInspectorFromRedisClient(client).ListRetryTasks("ua:delivery")) {
		if task.ID == id {
			return task.Retried
		}
	}
	return -1
}

func must[T any](v T, _ error) T { return v }

// A job of a newer release is left to a process of that release, without using up an attempt.
// At its end it is dropped.
func TestNewerJobIsLeft(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		s, store := &sender{}, newChallenges()
		c := newCourier(t, client, store, s)
		soon, ended := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Second).Unix()
		store.add("otp", 1)
		queueRaw(t, client, "send", "form", fmt.Sprintf(`{"v":3,"until":%d,"otpId":{"of":"another","form":1}}`, soon))
		queueRaw(t, client, "webhook", "kind", fmt.Sprintf(`{"until":%d,"url":"x"}`, soon))
		queueRaw(t, client, "send", "ended", fmt.Sprintf(`{"v":3,"until":%d}`, ended))
		queueRaw(t, client, "send", "endless", `{"v":3}`)
		queueRaw(t, client, "send", "foreign", `no object`)
		queueRaw(t, client, "send", "otp.1", `{"otpId":"otp","send":1}`) // of the release before
		start(t, c)
		eventually(t, "the send of the release before", func() bool { return store.settled() == 1 })
		for _, id := range []string{"form", "kind"} {
			eventually(t, id, func() bool { return retried(t, client, id) == 0 })
		}
		eventually(t, "the end of the others", func() bool { return tasks(t, client) == 2 })
	})
}

// stranger is a store whose challenges belong to a newer release.
type stranger struct{ *challenges }

func (stranger) Claim(context.Context, string, int, bool) (delivery.Outgoing, error) {
	return delivery.Outgoing{}, delivery.ErrNewer
}

func TestNewerChallengeIsLeft(t *testing.T) {
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := newChallenges()
		id := store.add("otp", 1)
		c := newCourier(t, client, stranger{store}, &sender{})
		start(t, c)
		enqueue(t, c, "otp", 1)
		eventually(t, "the task to wait", func() bool { return retried(t, client, id) == 0 })
		if got := store.reports(id); len(got) > 0 {
			t.Errorf("reports %v, want none", got)
		}
	})
}

// A purpose of a newer release has no text here. The send waits for a process that has one, and
// fails if its code would expire first.
func TestNewerPurposeIsLeft(t *testing.T) {
	purpose := func(life time.Duration) func(*delivery.Outgoing) {
		return func(o *delivery.Outgoing) { o.Purpose, o.ExpiresIn = "of-another-release", life }
	}
	eachRedis(t, func(t *testing.T, client redis.UniversalClient) {
		store := newChallenges()
		long, short := store.add("long", 1, purpose(5*time.Minute)), store.add("short", 1, purpose(4*time.Second))
		c := newCourier(t, client, store, &sender{})
		start(t, c)
		enqueue(t, c, "long", 1)
		enqueue(t, c, "short", 1)
		eventually(t, "the task to wait", func() bool { return retried(t, client, long) == 0 })
		eventually(t, "the other to end", func() bool { return store.settled() == 1 })
		for id, want := range map[string][]string{long: {"queued internal"}, short: {"failed internal"}} {
			if diff := cmp.Diff(want, store.reports(id)); diff != "" {
				t.Errorf("%s: reports (-want +got):\n%s", id, diff)
			}
		}
	})
}
