package svc

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/zeromicro/go-zero/core/logx"
)

// foreignEvery is how long a node may not know of a kind of hash that an import brought,
// or that the last account with it has another one now.
const foreignEvery = 30 * time.Second

// hashers is one per core, and the process runs on one thread more. A hash does
// not give way to Go's scheduler for some 10 ms, so were there no thread besides,
// every other request would wait behind hashes; the system's scheduler gives a
// thread that wakes up its core within a moment. Each further one costs hashes time.
var hashers = sync.OnceValue(func() int {
	cores := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(cores + 1)
	return cores
})

// roomForHashes lets the heap grow to three times what is in use. The 19 MiB of a
// hash are garbage a moment later, and beside them little is in use: by Go's own
// measure the pages of one hash are given back to the system before the next one
// takes them anew, a third of its time. Another GOGC than Go's own stays.
func roomForHashes() {
	const gosOwn, ours = 100, 200
	if was := debug.SetGCPercent(ours); was != gosOwn {
		debug.SetGCPercent(was)
	}
}

// watchForeign follows the imported hashes that are left.
func (s *ServiceContext) watchForeign(ctx context.Context) {
	tick := time.NewTicker(foreignEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.learnForeign(ctx)
		}
	}
}

// learnForeign tells the hasher which imported hashes are left.
func (s *ServiceContext) learnForeign(ctx context.Context) {
	efforts, err := s.Accounts.Efforts(ctx)
	if err == nil {
		err = s.Signin.Passwords.SetForeign(efforts)
	}
	if err != nil && ctx.Err() == nil {
		logx.Errorf("svc: imported hashes may be told by their time: %v", err)
	}
}
