package svc

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"

	"user-api/internal/periodic"
)

// foreignInterval is how often a node looks for imported hash kinds that were added, or
// that no account uses any more.
const foreignInterval = 30 * time.Second

// hashers returns the number of concurrent hashes, one per core, and adds one thread to the
// process. Go's scheduler does not preempt a hash for some 10 ms, so without a spare thread
// every other request would wait behind hashes; the operating system schedules a waking
// thread almost immediately. Each further thread would slow down hashes.
var hashers = sync.OnceValue(func() int {
	cores := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(cores + 1)
	return cores
})

// roomForHashes lets the heap grow to three times the live data. The 19 MiB of a hash
// become garbage at once, and little else is live: with Go's default, the pages of one hash
// return to the system before the next hash allocates them again, which takes a third of
// its time. A GOGC set by the operator is kept.
func roomForHashes() {
	const goDefault, percent = 100, 200
	if was := debug.SetGCPercent(percent); was != goDefault {
		debug.SetGCPercent(was)
	}
}

// watchForeign keeps the hasher up to date about imported hash kinds.
func (s *ServiceContext) watchForeign(ctx context.Context) {
	periodic.Run(ctx, foreignInterval, nil, func() { s.learnForeign(ctx) })
}

// learnForeign tells the hasher which imported hash kinds are still in use.
func (s *ServiceContext) learnForeign(ctx context.Context) {
	efforts, err := s.Accounts.Efforts(ctx)
	if err == nil {
		err = s.Signin.Passwords.SetForeign(efforts)
	}
	if err != nil && ctx.Err() == nil {
		logx.Errorf("svc: imported hashes may be distinguishable by their timing: %v", err)
	}
}
