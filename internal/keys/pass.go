package keys

import (
	"context"
	"errors"
	"time"

	"user-api/internal/event"
	"user-api/internal/token"
	"user-api/model"
)

// Pass reads the table and makes the changes that are due. If the table is readable but not
// writable, the existing keys keep signing.
func (k *Keys) Pass(ctx context.Context) error {
	if err := k.Read(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	rows := k.known.Load().rows
	changed, err := k.followSchedule(ctx, rows)
	err = errors.Join(err, k.reseal(ctx, rows), k.forget(ctx, rows))
	if changed {
		err = errors.Join(err, k.Read(ctx))
	}
	return err
}

// Read refreshes the keys from the table.
func (k *Keys) Read(ctx context.Context) error {
	k.read.Lock()
	defer k.read.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	all, err := k.Table.All(ctx)
	if err != nil {
		return err
	}
	now := &known{accepted: map[string]*token.Key{}}
	for _, m := range all {
		r := k.open(m)
		now.rows = append(now.rows, r)
		if key := public(m); key != nil && k.accepted(r) {
			now.accepted[m.Id] = key
		}
	}
	if k.Alg != token.HS256 {
		now.signer = signer(now.rows, k.Alg)
	}
	k.known.Store(now)
	count(now.rows, now.signer)
	return nil
}

// signer returns the signing key: the newest active key of the algorithm that can be
// opened, or else the newest of any algorithm. The first node configured for a new
// algorithm thus signs like the others until its own key has been published.
func signer(rows []row, alg string) *token.Key {
	if r := newest(rows, func(r row) bool { return r.Alg == alg }); r != nil {
		return r.pair
	}
	if r := newest(rows, func(row) bool { return true }); r != nil {
		return r.pair
	}
	return nil
}

// newest returns the most recently activated key that can be opened, or nil.
func newest(rows []row, which func(row) bool) *row {
	var last *row
	for i, r := range rows {
		if r.State == model.ActiveKey && r.pair != nil && which(r) && (last == nil || r.Activated >= last.Activated) {
			last = &rows[i]
		}
	}
	return last
}

// followSchedule creates, activates and retires keys and reports whether it changed any.
// Changes that another node has made in the meantime are left alone.
func (k *Keys) followSchedule(ctx context.Context, rows []row) (changed bool, err error) {
	if k.Alg != token.HS256 {
		if changed, err = k.rotateOwn(ctx, rows); err != nil {
			return changed, err
		}
	}
	for _, r := range rows {
		if !k.abandoned(r) {
			continue
		}
		done, err := k.Table.Retire(ctx, r.Id)
		changed = changed || done
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// rotateOwn handles the keys of this node's algorithm that it can open.
func (k *Keys) rotateOwn(ctx context.Context, rows []row) (bool, error) {
	ours := func(r row) bool { return r.Alg == k.Alg && r.pair != nil }
	active := newest(rows, ours)
	var standby *row
	for i, r := range rows {
		if r.State == model.StandbyKey && ours(r) && (standby == nil || r.Due < standby.Due) {
			standby = &rows[i]
		}
	}
	// If no key signs, there is nothing to wait for.
	none := signer(rows, k.Alg) == nil
	switch {
	case standby != nil && (standby.due() || none):
		return k.activate(ctx, rows, standby.Id, none)
	case standby != nil:
		return false, nil
	case none:
		_, added, err := k.add(ctx, model.ActiveKey, 0)
		return added, err
	case active == nil || active.age() >= k.Life-k.Lead:
		_, added, err := k.add(ctx, model.StandbyKey, k.Lead)
		return added, err
	}
	return false, nil
}

// add creates a key. It returns false if another node has created one.
func (k *Keys) add(ctx context.Context, state string, lead time.Duration) (*token.Key, bool, error) {
	pair, err := token.NewKey(k.Alg, k.Rand)
	if err != nil {
		return nil, false, err
	}
	sealed, err := k.seal(pair)
	if err != nil {
		return nil, false, err
	}
	added, err := k.Table.Add(ctx, &model.SigningKey{
		Id: pair.ID, Alg: k.Alg, State: state, Slot: model.Text(k.slot(state)),
		PublicKey: encoding.EncodeToString(pair.Public()), PrivateKey: sealed,
	}, lead.Milliseconds())
	if added {
		k.record(ctx, event.KeyCreated, pair.ID)
		if state == model.ActiveKey {
			k.record(ctx, event.KeyActivated, pair.ID)
		}
	}
	return pair, added, err
}

// activate makes a standby key the signing key of its algorithm.
func (k *Keys) activate(ctx context.Context, rows []row, id string, early bool) (bool, error) {
	var before []string
	for _, r := range rows {
		if r.State == model.ActiveKey && r.Alg == k.Alg && r.pair != nil {
			before = append(before, r.Id)
		}
	}
	activated, err := k.Table.Activate(ctx, id, k.slot(model.ActiveKey), before, early)
	if activated {
		k.record(ctx, event.KeyActivated, id)
	}
	return activated, err
}

// abandoned reports whether a key is long overdue for replacement and no node may be left
// to replace it: none is configured for its algorithm or has its pepper.
func (k *Keys) abandoned(r row) bool {
	if r.Alg == k.Alg && r.pair != nil {
		return false
	}
	switch r.State {
	case model.ActiveKey:
		return r.age() > k.Life+k.Lead
	case model.StandbyKey:
		return milliseconds(r.Now-r.Due) > k.Lead
	}
	return false
}

// reseal seals every key under the current pepper, once per process start. During a pepper
// rotation, two nodes that did this repeatedly would undo each other's work.
func (k *Keys) reseal(ctx context.Context, rows []row) error {
	if k.sealed.Load() {
		return nil
	}
	for _, r := range rows {
		if r.pair == nil || !r.old {
			continue
		}
		sealed, err := k.seal(r.pair)
		if err != nil {
			return err
		}
		if _, err := k.Table.Reseal(ctx, r.Id, r.PrivateKey, sealed); err != nil {
			return err
		}
	}
	k.sealed.Store(true)
	return nil
}

// forget deletes keys whose retention has ended.
func (k *Keys) forget(ctx context.Context, rows []row) error {
	for _, r := range rows {
		if r.State == model.PreviousKey && r.sinceRetired() > retention {
			return k.Table.Forget(ctx, retention.Milliseconds())
		}
	}
	return nil
}

func (k *Keys) record(ctx context.Context, kind event.Kind, id string) {
	k.Events.Keep(ctx, event.Event{Kind: kind, SessionID: id})
}
