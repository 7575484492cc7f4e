package avatar

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/model"
)

const (
	sweepInterval = 3 * time.Second
	// sweepBatch is how many pictures one pass removes.
	sweepBatch = 32
	// sweepRetry is the delay before a failed removal is retried, and how long a claim
	// keeps other nodes away.
	sweepRetry = time.Minute
)

// Run sweeps periodically until ctx ends.
func (a *Avatars) Run(ctx context.Context) {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
			logx.Errorf("avatar: removing pictures failed: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep removes unused pictures from the store: replaced and removed ones, those of erased
// users, and remains of uploads interrupted an hour ago. A node claims a picture before it
// removes it, so that no two nodes do the same. After a failure it leaves the rest to a
// later pass.
func (a *Avatars) Sweep(ctx context.Context) error {
	now := a.Now()
	due, err := a.Pictures.Due(ctx, now.UnixMilli(), sweepBatch)
	if err != nil {
		return err
	}
	for _, picture := range due {
		claimed, err := a.Pictures.Claim(ctx, picture, now.Add(sweepRetry).UnixMilli())
		if err == nil && claimed {
			err = a.remove(ctx, picture)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Avatars) remove(ctx context.Context, picture *model.Avatar) error {
	var errs []error
	for _, size := range Sizes {
		errs = append(errs, a.Blobs.Delete(ctx, name(picture.Id, size)))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return a.Pictures.Forget(ctx, picture.Id)
}
