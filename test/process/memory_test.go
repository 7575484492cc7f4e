package process

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/test/kit"
)

// The memory for concurrent sign-ins by password is bounded: as many concurrent hashes as
// there are cores, 19 MiB each. The amount of garbage of finished hashes depends on the
// garbage collector, so the bound is twice the usual amount; all sign-ins hashing
// concurrently would take 9.5 GiB.
func TestMemory_manySignIns(t *testing.T) {
	if kit.Race {
		t.Skip("the race detector needs additional memory")
	}
	eachStores(t, func(t *testing.T, h *home) {
		const signIns = 500
		most := 300 + 150*runtime.GOMAXPROCS(0)
		p := h.startQuietly(t)
		if p.peak() == 0 {
			t.Skip("this system does not report a process's memory")
		}
		// Enough accounts that none has more concurrent attempts than a network may fail.
		const accounts = 50
		user := func(i int) object {
			return object{"username": fmt.Sprint("ann", i), "password": "correct horse battery"}
		}
		for i := range accounts {
			p.untilServed(t, "/user/register", user(i))
		}
		before := p.peak()
		var mu sync.Mutex
		var wait sync.WaitGroup
		counts := map[int]int{}
		for i := range signIns {
			wait.Go(func() {
				resp, err := p.do(http.MethodPost, "/user/login", "", user(i%accounts))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				counts[resp.Status]++
			})
		}
		wait.Wait()
		peak := p.peak()
		t.Logf("%v; %d MiB after the first hashes, %d at most", counts, before, peak)
		if strings.Contains(p.out.String(), "counting in this process only") {
			counts[503] += counts[429] // the machine was so busy that Redis did not answer, and without it the limits are tight
			counts[429] = 0
		}
		if counts[200]+counts[503] != signIns {
			t.Errorf("answers %v, want only 200 and 503", counts)
		}
		if peak > most {
			t.Errorf("%d MiB of memory, want %d at most", peak, most)
		}
		p.untilServed(t, "/user/login", user(0)) // the hashers are free again
	})
}

// untilServed posts until a hasher is free, and expects a 200.
func (p *process) untilServed(t *testing.T, path string, body any) {
	t.Helper()
	var resp kit.Response
	await(t, 2*time.Minute, path+" with a place", func() bool {
		resp = p.post(t, path, body)
		return resp.Status != http.StatusServiceUnavailable
	})
	resp.Want(t, http.StatusOK, "")
}

// peak returns the peak memory of the process in MiB, or 0 if the system does not report
// it.
func (p *process) peak() (mib int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscan(rest, &mib)
	return mib >> 10
}
