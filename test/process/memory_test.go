package process

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"user-api/test/kit"
)

// However many sign in by password at once, the memory they take is bounded: as
// many hashes at once as there are cores, 19 MiB each, and three times that for
// the collector.
func TestMemory_manySignIns(t *testing.T) {
	if len(kit.BuildFlags) > 0 {
		t.Skip("the race detector takes memory of its own")
	}
	eachStores(t, func(t *testing.T, h *home) {
		const signIns = 500
		most := 130 + 80*runtime.GOMAXPROCS(0)
		p := h.startQuietly(t)
		if p.peak() == 0 {
			t.Skip("this system does not tell a process's memory")
		}
		// So many accounts that none has more tries at once than a network may fail.
		const accounts = 25
		user := func(i int) object {
			return object{"username": fmt.Sprint("ann", i), "password": "correct horse battery"}
		}
		for i := range accounts {
			p.post(t, "/user/register", user(i)).Want(t, http.StatusOK, "")
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
		if counts[200] == 0 || counts[200]+counts[503] != signIns {
			t.Errorf("answers %v, want 200 and 503 alone", counts)
		}
		if peak > most {
			t.Errorf("%d MiB of memory, want %d at most", peak, most)
		}
	})
}

// peak is the most memory the process has held, in MiB; 0 where the system does
// not tell.
func (p *process) peak() (mib int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	_, _ = fmt.Sscan(rest, &mib)
	return mib >> 10
}
