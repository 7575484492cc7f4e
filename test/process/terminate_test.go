package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"user-api/test/kit"
)

// sends is the number of codes requested before a process is ended.
const sends = 200

// sendTime is the duration of most sends: long enough to request all codes before half of
// them are sent, and shorter than the time a process waits at its end.
const sendTime = 3 * time.Second

// asker is a request for a code in progress: the service waits for its body.
type asker struct {
	phone  string
	conn   net.Conn
	answer *bufio.Reader
}

func TestTerminateWhileSending(t *testing.T) {
	eachStores(t, func(t *testing.T, h *home) {
		api := newProvider(t, h)
		api.slow(sendTime)
		p := h.start(t)
		asked := p.askMany(t, sends-1)
		last := p.beginAsking(t, number(0))
		await(t, time.Minute, "the first messages", func() bool { return len(api.Requests()) > 0 })

		p.signal(t, syscall.SIGTERM)
		signalled := time.Now()
		p.watchDraining(t)
		resp := last.finish(t)
		resp.Want(t, http.StatusOK, "")
		asked[last.phone] = resp.Text("otpId")
		p.endsWell(t, signalled)
		begun := len(api.Requests())
		if begun >= sends {
			t.Fatalf("all %d messages were sent before the end, want an end in the middle", begun)
		}

		api.slow(0)
		next := h.start(t)
		outcomes, messages := next.outcomes(t, time.Minute, asked), api.messages()
		for phone, outcome := range outcomes {
			if got := len(messages[phone]); got != 1 || outcome != "sent" {
				t.Errorf("%s: %d messages, status %q, want 1, sent", phone, got, outcome)
			}
		}
		if got := len(api.Requests()); got != sends {
			t.Errorf("%d messages were sent, %d of them by the first process, want %d", got, begun, sends)
		}
		if t.Failed() {
			return
		}
		next.login(t, asked[last.phone], messages[last.phone][0]).Want(t, http.StatusOK, "")
		next.terminate(t)
	})
}

// A provider that does not answer does not delay the shutdown: the attempt is aborted and,
// as its message may be on its way, not repeated.
func TestTerminateBesideAStalledProvider(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	api := newProvider(t, h)
	p := h.start(t)
	api.slow(30 * time.Second)
	asked := p.askMany(t, 3)
	await(t, time.Minute, "the messages", func() bool { return len(api.Requests()) == 3 })
	p.terminate(t)

	api.slow(0)
	next := h.start(t)
	for phone, outcome := range next.outcomes(t, time.Minute, asked) {
		if n := len(api.messages()[phone]); n != 1 || !strings.HasPrefix(outcome, "failed ") {
			t.Errorf("%s: %d messages, status %q, want 1, failed", phone, n, outcome)
		}
	}
	next.terminate(t)
}

// askMany requests codes for n numbers, from number(1) on, all of which must be accepted.
// It returns the otpId of each.
func (p *process) askMany(t *testing.T, n int) map[string]string {
	t.Helper()
	var mu sync.Mutex
	asked, refused := map[string]string{}, map[string]int{}
	phones := make(chan string)
	var askers sync.WaitGroup
	for range 16 {
		askers.Go(func() {
			for phone := range phones {
				resp, err := p.do(http.MethodPost, "/user/otp", "", object{"phone": phone})
				mu.Lock()
				if err == nil && resp.Status == http.StatusOK {
					asked[phone] = resp.Text("otpId")
				} else {
					refused[fmt.Sprintf("%d %s %v", resp.Status, resp.Text("code"), err)]++
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		phones <- number(i + 1)
	}
	close(phones)
	askers.Wait()
	if len(refused) > 0 {
		t.Fatalf("of %d asked codes %d were not accepted: %v", n, n-len(asked), refused)
	}
	return asked
}

// beginAsking sends a request without its body, and returns when the service has started to
// read it and sent 100 Continue.
func (p *process) beginAsking(t *testing.T, phone string) *asker {
	t.Helper()
	host := strings.TrimPrefix(p.url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	a := &asker{phone, conn, bufio.NewReader(conn)}
	fmt.Fprintf(conn, "POST /user/otp HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
		host, len(a.body()))
	if line, err := a.answer.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("got %q, error %v, want 100 Continue", line, err)
	}
	if _, err := a.answer.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *asker) body() []byte {
	text, _ := json.Marshal(object{"phone": a.phone})
	return text
}

// finish sends the body and reads the answer.
func (a *asker) finish(t *testing.T) kit.Response {
	t.Helper()
	if _, err := a.conn.Write(a.body()); err != nil {
		t.Fatalf("a request in progress was aborted: %v", err)
	}
	answer, err := http.ReadResponse(a.answer, nil)
	if err != nil {
		t.Fatalf("a request in progress was not answered: %v", err)
	}
	resp, err := read(answer)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// watchDraining polls readiness until nothing listens any more. Once it is off it must stay
// off, with the reason that the process is ending.
func (p *process) watchDraining(t *testing.T) {
	t.Helper()
	var reasons []string
	await(t, exitTime, "the end of the listener", func() bool {
		resp, err := p.do(http.MethodGet, "/readyz", "", nil)
		switch {
		case err != nil:
			return true
		case resp.Status == http.StatusServiceUnavailable:
			resp.Want(t, http.StatusServiceUnavailable, "unavailable")
			reasons = append(reasons, resp.Text("field"))
		case len(reasons) > 0:
			t.Errorf("readiness came back: %d %s", resp.Status, resp.Body)
		}
		return false
	})
	if len(reasons) == 0 || slices.ContainsFunc(reasons, func(r string) bool { return r != "draining" }) {
		t.Errorf("/readyz while draining was 503 for %q, want draining", reasons)
	}
}

// outcomes waits until every send is settled and returns the results: "sent", or "failed"
// with its reason.
func (p *process) outcomes(t *testing.T, within time.Duration, asked map[string]string) map[string]string {
	t.Helper()
	settled := map[string]string{}
	for deadline := time.Now().Add(within); ; time.Sleep(time.Second) {
		for phone, id := range asked {
			if settled[phone] != "" {
				continue
			}
			resp := p.get(t, "/user/otp/"+id, "")
			resp.Want(t, http.StatusOK, "")
			if status := resp.Text("status"); status != "queued" {
				settled[phone] = strings.TrimSpace(status + " " + resp.Text("reason"))
			}
		}
		if len(settled) == len(asked) {
			return settled
		}
		if time.Now().After(deadline) {
			t.Fatalf("of %d sends only %d are settled within %v", len(asked), len(settled), within)
		}
	}
}
