package keys_test

import (
	"errors"
	"testing"
	"time"

	"user-api/internal/event"
	"user-api/internal/keys"
	"user-api/internal/token"
	"user-api/model"
)

// A revoked key is neither accepted nor published on any node and never comes back. If it
// was signing, the standby key or a new key replaces it immediately.
func revoke(t *testing.T, r *rig) {
	n, other := r.node(token.ES256), r.node(token.ES256)
	r.pass(n, other)
	first := r.signer(n)
	r.clock.Add(time.Second)
	if _, err := n.Revoke(ctx, "x"); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("an unknown key: %v", err)
	}
	if one, err := n.Revoke(ctx, first); err != nil || one.State != model.RevokedKey {
		t.Fatalf("%+v, %v", one, err)
	}
	r.wantStates("without a standby key", n, "revoked active")
	if r.signer(n) == first || r.accepts(n, first) {
		t.Error("the revoked key still signs")
	}
	if last := r.told[len(r.told)-2]; last.Reason != model.KeyRevoked || last.SessionId != first || last.UserId != 0 {
		t.Errorf("the last event is %+v", last)
	}
	// The other node has not read the table yet and knows only the feed.
	other.revoked.ids = []string{first}
	if r.accepts(other, first) || len(r.published(other)) != 0 {
		t.Error("the other node accepts or publishes the revoked key")
	}
	if _, err := other.Signing(); err == nil {
		t.Error("the other node signs with the revoked key")
	}
	r.pass(other)
	if r.signer(other) != r.signer(n) || r.accepts(other, first) {
		t.Error("the nodes sign with different keys")
	}
	r.clock.Add(time.Second)
	standby, err := n.Rotate(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Revoke(ctx, r.signer(n)); err != nil {
		t.Fatal(err)
	}
	r.wantStates("with a standby key", n, "revoked revoked active")
	if r.signer(n) != standby.ID {
		t.Error("the standby key does not sign")
	}
	if _, err := n.Revoke(ctx, first); !errors.Is(err, keys.ErrRevoked) {
		t.Errorf("revoked twice: %v", err)
	}
	if n := r.count(event.KeyRevoked); n != 2 {
		t.Errorf("%d events of 2", n)
	}
}

// A manual rotation also publishes the key first, for Lead or for ten seconds.
func rotate(t *testing.T, r *rig) {
	n := r.node(token.ES256)
	r.pass(n)
	first := r.signer(n)
	r.clock.Add(time.Second)
	one, err := n.Rotate(ctx, false)
	if err != nil || !one.Due.Equal(r.clock.Now().Add(lead)) {
		t.Fatalf("%+v, %v", one, err)
	}
	if _, err := n.Rotate(ctx, false); !errors.Is(err, keys.ErrStandby) {
		t.Errorf("a second standby key: %v", err)
	}
	if _, err := n.Rotate(ctx, true); !errors.Is(err, keys.ErrStandby) {
		t.Errorf("a key that was only just published signs: %v", err)
	}
	r.clock.Add(keys.LeadNow)
	r.pass(n)
	if r.signer(n) != first {
		t.Error("it signs before it is due")
	}
	if hurried, err := n.Rotate(ctx, true); err != nil || hurried.ID != one.ID || r.signer(n) != one.ID {
		t.Errorf("now: %+v, %v", hurried, err)
	}
	two, err := n.Rotate(ctx, true)
	if err != nil || !two.Due.Equal(r.clock.Now().Add(keys.LeadNow)) {
		t.Fatalf("%+v, %v", two, err)
	}
	r.clock.Add(keys.LeadNow - time.Millisecond)
	r.pass(n)
	r.wantStates("before ten seconds", n, "previous active standby")
	r.clock.Add(time.Millisecond)
	r.pass(n)
	r.wantStates("after ten seconds", n, "previous previous active")
	if !r.accepts(n, first) || !r.accepts(n, one.ID) {
		t.Error("the keys before are not accepted")
	}
	if _, err := r.node(token.HS256).Rotate(ctx, false); !errors.Is(err, keys.ErrNoSigning) {
		t.Errorf("under a secret: %v", err)
	}
}

// The first node configured for a new algorithm signs like the others until its own key has
// been published for Lead. A key that no node is configured for is eventually retired by
// the remaining nodes, but not while its own nodes may only be late.
func anotherAlgorithm(t *testing.T, r *rig) {
	es, ed, hs := r.node(token.ES256), r.node(token.EdDSA), r.node(token.HS256)
	r.pass(es)
	first := r.signer(es)
	r.clock.Add(time.Second)
	r.pass(ed, hs)
	r.wantStates("at first", ed, "active standby")
	if r.signer(ed) != first {
		t.Error("the first EdDSA node signs with a key that is not known yet")
	}
	r.clock.Add(lead)
	r.pass(ed, es, hs)
	second := r.signer(ed)
	if second == first || r.signer(es) != first {
		t.Error("each node should now sign with its own algorithm")
	}
	for _, n := range []*node{es, ed, hs} {
		if !r.accepts(n, first) || !r.accepts(n, second) {
			t.Error("a node does not accept both keys")
		}
	}
	if _, err := hs.Signing(); err == nil {
		t.Error("a node configured for HS256 signs with a key pair")
	}
	// The ES256 nodes stop. Their key is retired one Lead after its life; the EdDSA keys stay.
	r.clock.Add(life - lead)
	r.pass(ed, hs)
	if !r.accepts(hs, first) {
		t.Error("a key is retired although its nodes may only be late")
	}
	r.clock.Add(lead + time.Millisecond)
	r.pass(hs, ed)
	r.clock.Add(access + time.Minute + time.Millisecond)
	r.pass(hs, ed)
	if r.accepts(hs, first) || r.accepts(ed, first) {
		t.Errorf("the ES256 key should have been retired: %s", r.states(hs))
	}
}

// During a rolling change of the pepper both nodes sign with the same key. In the end it is
// sealed under the new pepper alone.
func pepperChanged(t *testing.T, r *rig) {
	first := r.node(token.ES256, pepperA)
	r.pass(first)
	id := r.signer(first)
	for _, step := range []struct{ a, b [2]string }{
		{[2]string{pepperA, pepperB}, [2]string{pepperA, ""}},      // added on one
		{[2]string{pepperA, pepperB}, [2]string{pepperA, pepperB}}, // and on the other
		{[2]string{pepperB, pepperA}, [2]string{pepperA, pepperB}}, // swapped on one
		{[2]string{pepperB, pepperA}, [2]string{pepperB, pepperA}},
		{[2]string{pepperB, ""}, [2]string{pepperB, pepperA}}, // retired on one
		{[2]string{pepperB, ""}, [2]string{pepperB, ""}},
	} {
		a, b := r.node(token.ES256, step.a[:]...), r.node(token.ES256, step.b[:]...)
		for range 3 {
			r.pass(a, b)
		}
		if r.signer(a) != id || r.signer(b) != id {
			t.Fatalf("with %v the nodes sign with other keys", step)
		}
		r.wantStates("whatever the step", a, "active")
	}
}

// Two nodes that are both in the middle of a change do not reseal the key over and over.
func pepperNoQuarrel(t *testing.T, r *rig) {
	old, swapped := r.node(token.ES256, pepperA, pepperB), r.node(token.ES256, pepperB, pepperA)
	r.pass(old, swapped)
	sealed := func() string {
		rows, err := r.table.All(ctx)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		return rows[0].PrivateKey
	}
	before := sealed()
	for range 5 {
		r.pass(old, swapped)
	}
	if sealed() != before {
		t.Error("the key is sealed again and again")
	}
}

// A node whose pepper opens no key creates one of its own. All nodes accept all keys, and
// neither side disturbs the other.
func pepperUnknown(t *testing.T, r *rig) {
	good, stranger, another := r.node(token.ES256, pepperA), r.node(token.ES256, pepperB), r.node(token.ES256, pepperB)
	r.pass(good)
	r.clock.Add(time.Second)
	r.pass(stranger, another)
	for range 5 {
		r.pass(stranger, good, another)
	}
	r.wantStates("two peppers", good, "active active")
	if r.signer(good) == r.signer(stranger) || r.signer(stranger) != r.signer(another) {
		t.Error("each pepper should have its own key")
	}
	for _, n := range []*node{good, stranger} {
		if !r.accepts(n, r.signer(good)) || !r.accepts(n, r.signer(stranger)) || len(r.published(n)) != 2 {
			t.Error("a node does not accept, or publish, the key of the other pepper")
		}
	}
	// The misconfigured nodes are corrected and restarted.
	lost := r.signer(stranger)
	right := r.node(token.ES256, pepperA)
	r.pass(right)
	if r.signer(right) != r.signer(good) || !r.accepts(right, lost) {
		t.Error("a corrected node should sign with the key of the others")
	}
	r.clock.Add(life + lead + time.Millisecond)
	r.pass(good, right)
	r.clock.Add(access + time.Minute + time.Millisecond)
	r.pass(good, right)
	if r.accepts(good, lost) {
		t.Error("a key that no node can open is never retired")
	}
}
