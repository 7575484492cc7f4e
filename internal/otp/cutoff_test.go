package otp_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"user-api/internal/guard"
	"user-api/internal/otp"
)

// A request that is canceled between its steps is rolled back in every slot: in the end only
// granted sends are charged, and a client that got nothing may retry immediately.
func TestApart_cutOff(t *testing.T) {
	policy := defaults
	policy.Sends, policy.Global, policy.Country, policy.Block = wide, wide, wide, wide
	policy.Shares, policy.DayBudget, policy.CountryBudget, policy.BlockBudget = guard.Shares{}, 1e12, 1e12, 1e12
	g, _, _ := split(t, policy, 20*time.Second)
	const asks = 200
	var mu sync.Mutex
	var refused []string
	next := 0
	parallel(asks, func() {
		mu.Lock()
		next++
		n := next
		mu.Unlock()
		to := fmt.Sprintf("+9199%08d", n*1000)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*2*time.Millisecond)
		defer cancel()
		_, err := g.Issue(ctx, otp.Request{Address: phone(t, to), Purpose: otp.PurposeLogin, Channel: "sms", Client: ip(n << 8)})
		if err != nil {
			mu.Lock()
			defer mu.Unlock()
			refused = append(refused, to)
		}
	})
	if err := g.Challenges.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d are canceled", len(refused), asks)
	if charged := g.charged(); charged != int64(asks-len(refused)) {
		t.Errorf("%d sends are charged, want %d", charged, asks-len(refused))
	}
}
