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
	// maxBodies is the maximum number of concurrently read uploads of up to MaxBytes each.
	maxBodies = 32
	// totalMemory is the memory for all concurrently decoded pictures, whatever the number
	// of cores: one of the largest, or several usual ones.
	totalMemory = 128 << 20
	// gcThreshold is the size from which the memory of a picture is garbage-collected
	// immediately. Otherwise it would add to the memory of the next picture.
	gcThreshold = 8 << 20
)

// room limits the resources for uploads: bodies being read, memory for decoding, and cores.
// Decoding cannot be interrupted, so a picture is admitted only with the memory computed
// from its header, and its size limits the time.
type room struct {
	bodies, memory, cores *semaphore.Weighted
	// wait is the maximum waiting time, which leaves time for the picture itself.
	wait time.Duration
}

func newRoom(cores int, wait time.Duration) *room {
	return &room{
		bodies: semaphore.NewWeighted(maxBodies), memory: semaphore.NewWeighted(totalMemory),
		cores: semaphore.NewWeighted(int64(cores)), wait: wait,
	}
}

// forBody waits for capacity for a body. It fails with apperr.Unavailable.
func (r *room) forBody(ctx context.Context) (leave func(), err error) {
	if err := r.enter(ctx, r.bodies, 1); err != nil {
		return nil, err
	}
	return func() { r.bodies.Release(1) }, nil
}

// forPicture waits for capacity to decode a picture. It fails with apperr.Unavailable.
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
		if h.memory >= gcThreshold {
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
