package avatar

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/semaphore"

	"user-api/internal/apperr"
)

const (
	// maxBodies is how many uploads are read at a time; each may take MaxBytes.
	maxBodies = 32
	// memoryForAll is what pictures may take at a time while they are decoded, whatever
	// the number of cores: one of the largest, or some of the usual ones.
	memoryForAll = 128 << 20
	// collectFrom is from when on what a picture took is collected at once. It would
	// else be garbage beside what the next one takes.
	collectFrom = 8 << 20
)

// room bounds what uploads take of the process: bodies that are read, memory for
// pictures that are decoded, and cores. Decoding cannot be broken off, so a picture
// is let in only with the memory that its header tells, and its time is bounded by
// its size.
type room struct {
	bodies, memory, cores *semaphore.Weighted
	// wait is how long anybody waits, so that time is left for the picture itself.
	wait time.Duration
}

func newRoom(cores int, wait time.Duration) *room {
	return &room{
		bodies: semaphore.NewWeighted(maxBodies), memory: semaphore.NewWeighted(memoryForAll),
		cores: semaphore.NewWeighted(int64(cores)), wait: wait,
	}
}

// forBody waits for room for a body. Fails with apperr.Unavailable.
func (r *room) forBody(ctx context.Context) (leave func(), err error) {
	if err := r.enter(ctx, r.bodies, 1); err != nil {
		return nil, err
	}
	return func() { r.bodies.Release(1) }, nil
}

// forPicture waits for room to decode a picture. Fails as forBody.
func (r *room) forPicture(ctx context.Context, h header) (leave func(), err error) {
	bytes := h.memory + renderMemory
	if err := r.enter(ctx, r.memory, bytes); err != nil {
		return nil, err
	}
	if err := r.enter(ctx, r.cores, 1); err != nil {
		r.memory.Release(bytes)
		return nil, err
	}
	return func() {
		if h.memory >= collectFrom {
			runtime.GC()
		}
		r.cores.Release(1)
		r.memory.Release(bytes)
	}, nil
}

func (r *room) enter(ctx context.Context, s *semaphore.Weighted, n int64) error {
	ctx, cancel := context.WithTimeout(ctx, r.wait)
	defer cancel()
	if err := s.Acquire(ctx, n); err != nil {
		busy.Inc()
		return apperr.New(apperr.Unavailable).WithRetryAfter(max(r.wait, time.Second)).Wrap(errors.Join(apperr.ErrBusy, err))
	}
	return nil
}
