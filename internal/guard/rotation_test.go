package guard_test

import (
	"context"
	"testing"
	"time"

	"user-api/internal/guard"
	"user-api/internal/keyring"
	"user-api/internal/testkit"
)

// Nodes that know two secrets of pseudonyms, in either order, count in one bucket, and a refund
// works on either node.
func TestSpend_secretIsChanged(t *testing.T) {
	each(t, func(t *testing.T, r *testkit.Redis) {
		ctx, policy := context.Background(), guard.Policy{Account: []guard.Rate{{Limit: 6, Window: time.Hour}}}
		var nodes []*guard.Guard
		for _, s := range []keyring.Secrets{
			{Pepper: pepper("1")}, {Pepper: pepper("1"), PrevPepper: pepper("2")},
			{Pepper: pepper("2"), PrevPepper: pepper("1")}, {Pepper: pepper("2")},
		} {
			nodes = append(nodes, newNode(t, r, policy, s))
		}
		for i, node := range []int{0, 1, 2, 1, 2} {
			if err := nodes[node].Spend(ctx, nodes[node].ForPassword("alice", alice)); err != nil {
				t.Fatalf("charge %d: %v", i+1, err)
			}
			r.Advance(t, 3*time.Minute)
		}
		charge, err := nodes[1].Try(ctx, nodes[1].ForPassword("alice", alice), "alice")
		if err != nil {
			t.Fatal(err)
		}
		charge.Refund(t.Context()) // the bucket is under the other name now
		for i, node := range []int{2, 3} {
			err := nodes[node].Spend(ctx, nodes[node].ForPassword("alice", alice))
			if i == 0 && err != nil {
				t.Errorf("the sixth: %v", err)
			}
			if i == 1 && wait(t, err) > 3600 {
				t.Errorf("the seventh: %v", err)
			}
		}
	})
}

// Two buckets of one thing are added up, and no entry counts for a shorter time than before.
func TestSpend_bucketsAddUp(t *testing.T) {
	for name, order := range map[string][]int{"the older one has the old secret": {0, 1}, "the older one has the new secret": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *testkit.Redis) {
				ctx, policy := context.Background(), guard.Policy{Register: []guard.Rate{{Limit: 5, Window: time.Hour}}}
				alone := []*guard.Guard{
					newNode(t, r, policy, keyring.Secrets{Pepper: pepper("1")}),
					newNode(t, r, policy, keyring.Secrets{Pepper: pepper("2")}),
				}
				both := newNode(t, r, policy, keyring.Secrets{Pepper: pepper("2"), PrevPepper: pepper("1")})
				spend := func(g *guard.Guard) error { return g.Spend(ctx, g.ForRegister(alice)) }
				for _, node := range []*guard.Guard{alone[order[0]], alone[order[0]], alone[order[1]], alone[order[1]]} {
					if err := spend(node); err != nil {
						t.Fatal(err)
					}
					r.Advance(t, 10*time.Minute+7*time.Second)
				}
				if err := spend(both); err != nil {
					t.Errorf("the fifth: %v", err)
				}
				// The first was 40 minutes ago and expires in 20.
				if told := wait(t, spend(both)); told < 19*60 || told > 22*60 {
					t.Errorf("the sixth waits %d s, want 20 minutes or a slot more", told)
				}
			})
		})
	}
}
