package delivery_test

import (
	"fmt"
	"slices"
	"testing"

	"user-api/internal/delivery"
	"user-api/internal/testkit"
)

// A process that ends while messages wait for its circuit leaves them to the next one, which
// starts with a closed circuit.
func TestProcessThatEndsWhileMessagesWait(t *testing.T) {
	t.Parallel()
	client, store, clock := embedded(t), newChallenges(), testkit.NewClock()
	dead := &sender{send: always(delivery.FaultUnreachable)}
	first := newCourier(t, client, store, dead, func(o *delivery.Options) { o.Now = clock.Now })
	start(t, first)
	for n := range 5 {
		settle(t, first, store, fmt.Sprint("first", n), short)
	}
	ids := []string{}
	for n := range 10 {
		ids = append(ids, store.add("wait", n))
		enqueue(t, first, "wait", n)
	}
	eventually(t, "the wait", func() bool {
		return !slices.ContainsFunc(ids, func(id string) bool { return len(store.reports(id)) == 0 })
	})
	_ = first.Close()
	well := &sender{}
	start(t, newCourier(t, client, store, well))
	eventually(t, "the waiting sends settle", func() bool { return store.settled() == 15 })
	if messages, most := well.acceptedTotal(); messages != 10 || most != 1 {
		t.Errorf("%d messages were sent, one of them %d times; want 10, each once", messages, most)
	}
}
