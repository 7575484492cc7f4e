package process

import (
	"bytes"
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/avatar/avatartest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// The commands in the avatar page work as shown.
func TestAvatar_page(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	for _, program := range []string{"bash", "curl", "base64"} {
		if _, err := exec.LookPath(program); err != nil {
			testkit.Missing(t, program)
		}
	}
	const page = "docs/avatar.md"
	steps := tour(t, page)
	if len(steps) < 7 {
		t.Fatalf("%s has %d steps", page, len(steps))
	}
	p := newHome(t).start(t)
	variables := map[string]string{"ACCESS": p.signIn(t, "+919876543210").Access} // the number in the page
	p.bash(t, fencesOf(t, page)[0].text, variables)                               // the picture
	var before any
	for i, s := range steps {
		for name, path := range s.variables {
			value, ok := at(before, path)
			if !ok {
				t.Fatalf("step %d: %s: the previous answer has no text at %s", i+1, name, path)
			}
			variables[name] = value
		}
		before = p.follow(t, i+1, s, variables)
	}
}

// The memory for concurrent large pictures is bounded. A run takes 200 to 230 MiB, and
// docs/performance.md states less than 300; the bound is higher because the amount of
// uncollected garbage depends on the garbage collector. All at the same time would take 2
// GiB.
func TestAvatar_manyAtOnce(t *testing.T) {
	testkit.NotInRace(t, "measures memory and time")
	t.Parallel()
	h := newHome(t, edit{"\n    User: 20/3600\n", "\n    User: 1000/3600\n"}, edit{"\n    Client: 100/3600\n", "\n    Client: 1000/3600\n"})
	h.edits = slices.DeleteFunc(h.edits, func(e edit) bool { return e.old == "\nTimeout: 5\n" })
	h.edits = append(h.edits, edit{"\nTimeout: 5\n", "\nTimeout: 30\n"})
	p := h.start(t)
	if p.peak() == 0 {
		t.Skip("this system does not report a process's memory")
	}
	tokens := p.signIn(t, number(1))
	pictures := [][]byte{
		avatartest.Flat{Width: 7_700, Height: 5_190}.Encode(), // 40 megapixels
		avatartest.Flat{Width: 4_032, Height: 3_024}.Encode(),
		avatartest.Header{Width: 4_000, Height: 4_000, Depth: 8, Colours: 6}.Raw(avatartest.Zeros(4_000*16_001), avatartest.End),
		avatartest.Flat{Width: 3_400, Height: 2_500, Progressive: true}.Encode(),
	}
	before, start := p.peak(), time.Now()
	const uploads = 32
	var mu sync.Mutex
	counts := map[int]int{}
	var all sync.WaitGroup
	for i := range uploads {
		all.Go(func() {
			status := p.upload(t, tokens.Access, pictures[i%len(pictures)])
			mu.Lock()
			defer mu.Unlock()
			counts[status]++
		})
	}
	done := make(chan struct{})
	go func() {
		all.Wait()
		close(done)
	}()
	var waits []time.Duration
	for busy := true; busy; {
		asked := time.Now()
		p.get(t, "/user/info", tokens.Access).Want(t, http.StatusOK, "")
		waits = append(waits, time.Since(asked))
		select {
		case <-done:
			busy = false
		case <-time.After(5 * time.Millisecond):
		}
	}
	slices.Sort(waits)
	peak := p.peak()
	t.Logf("%v in %v; %d MiB before, %d at most; /user/info during that time: %d times, p50 %v, p99 %v", counts, time.Since(start), before, peak,
		len(waits), waits[len(waits)/2], waits[len(waits)*99/100])
	if counts[http.StatusNoContent]+counts[http.StatusServiceUnavailable] != uploads || counts[http.StatusNoContent] == 0 {
		t.Errorf("answers %v, want only 204 and 503", counts)
	}
	const most = 400
	if !kit.Race && peak > most {
		t.Errorf("%d MiB of memory, want %d at most", peak, most)
	}
}

// upload returns the status of an upload, or 0 after an error.
func (p *process) upload(t *testing.T, bearer string, data []byte) int {
	request, err := http.NewRequest(http.MethodPut, p.url+"/user/avatar", bytes.NewReader(data))
	if err != nil {
		t.Error(err)
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", "image/png")
	answer, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusBadRequest && answer.StatusCode != http.StatusServiceUnavailable {
		body, _ := read(answer)
		t.Error(strings.TrimSpace(fmt.Sprint(answer.StatusCode, " ", string(body.Body))))
	}
	return answer.StatusCode
}
