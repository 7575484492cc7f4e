package svc

import (
	"runtime"
	"runtime/debug"
	"sync"
)

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
