package avatar

import (
	"context"
	"errors"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/model"
)

const (
	sweepEvery = 3 * time.Second
	// sweepMany pictures are removed by one pass.
	sweepMany = 32
	// sweepAgain is when one is tried again that could not be removed, and how long
	// other nodes leave it to who tries.
	sweepAgain = time.Minute
)

// Run sweeps until ctx ends.
func (a *Avatars) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
			logx.Errorf("avatar: pictures wait to be removed: %v", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep removes from the store what is nobody's: pictures that were replaced or
// removed, those of erased users, and what uploads that were broken off have left an
// hour ago. A node claims a picture before it removes it, so no two do the same. After
// a failure of the store it leaves the rest to a later pass.
func (a *Avatars) Sweep(ctx context.Context) error {
	now := a.Now()
	due, err := a.Pictures.Due(ctx, now.UnixMilli(), sweepMany)
	if err != nil {
		return err
	}
	for _, picture := range due {
		claimed, err := a.Pictures.Claim(ctx, picture, now.Add(sweepAgain).UnixMilli())
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
