package process

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
)

const (
	// many is the number of codes requested concurrently.
	many      = 3000
	manyKills = 3
	// manyTime is the provider's response time while codes are requested, so that most are
	// queued at the end of that, and manyLater the one from then on.
	manyTime  = 500 * time.Millisecond
	manyLater = 50 * time.Millisecond
)

// Thousands of sends survive three processes that are killed while sending them: each
// number gets one message, and its code works. Only the messages in progress at a kill may
// be missing, as they may have been sent (TestKillWhileSending).
func TestManySends(t *testing.T) {
	testkit.NotInRace(t, "thousands of sends take most of a minute")
	eachStores(t, func(t *testing.T, h *home) {
		h.edits = append(h.edits, edit{"Expire: 300", "Expire: 600"}, edit{"Level: debug", "Level: error"})
		api := newProvider(t, h)
		var pause atomic.Int64
		pause.Store(int64(manyTime))
		answers := make([]twiliotest.Answer, many)
		for i := range answers {
			answers[i] = func(w http.ResponseWriter, r *http.Request, s *twiliotest.Server) {
				select {
				case <-time.After(time.Duration(pause.Load())):
				case <-r.Context().Done():
				}
				twiliotest.Created()(w, r, s)
			}
		}
		api.slow(manyTime)
		api.Script(answers...)

		p := h.startQuietly(t)
		begun := time.Now()
		ids := p.askForMany(t)
		asked := time.Since(begun)
		queued := many - len(api.Requests())
		if queued < many/2 {
			t.Fatalf("only %d of %d sends are queued when the last is asked for, want most", queued, many)
		}
		api.slow(manyLater)
		pause.Store(int64(manyLater))
		for kill := range manyKills {
			due := many - queued + queued*(kill+1)/(manyKills+1)
			await(t, 2*time.Minute, "a part of the messages", func() bool { return len(api.Requests()) >= due })
			p.kill(t)
			if kill == manyKills-1 { // nothing is sending
				api.slow(0)
				pause.Store(0)
			}
			p = h.startQuietly(t)
		}
		resumed, before := time.Now(), len(api.Requests())
		codes := api.settle(t)
		took := time.Since(resumed)
		t.Logf("%d asked for in %v (%.0f/s), %d of them queued; the last process sent %d in %v (%.0f/s) and took %d MiB of memory",
			many, asked.Round(time.Millisecond), many/asked.Seconds(), queued,
			len(api.Requests())-before, took.Round(time.Millisecond), float64(len(api.Requests())-before)/took.Seconds(), p.peak())

		missing, signedIn := 0, 0
		for phone, id := range ids {
			switch got := codes[phone]; {
			case len(got) > 1:
				t.Errorf("a number got %d messages, want 1", len(got))
			case len(got) == 0:
				missing++
			case signedIn < 20:
				signedIn++
				remember(phone, got[0])
				p.login(t, id, got[0]).Want(t, http.StatusOK, "")
			}
		}
		if missing > manyKills*concurrency {
			t.Errorf("%d numbers got no message, want at most the %d under way at the kills", missing, manyKills*concurrency)
		}
		p.terminate(t)
	})
}

// settle waits until no more messages arrive, and returns the codes by number.
func (a *provider) settle(t *testing.T) map[string][]string {
	t.Helper()
	last, since := 0, time.Now()
	await(t, 2*time.Minute, "the end of the messages", func() bool {
		if n := len(a.Requests()); n != last {
			last, since = n, time.Now()
		}
		return last >= many-manyKills*concurrency && time.Since(since) > time.Second
	})
	codes := map[string][]string{}
	for _, r := range a.Requests() {
		codes[r.Form.Get("To")] = append(codes[r.Form.Get("To")], codeInBody.FindString(r.Form.Get("Body")))
	}
	return codes
}

// askForMany requests codes for as many numbers, all of which must be accepted, and returns
// the otpId of each. Connections are kept alive, as they are not under test.
func (p *process) askForMany(t *testing.T) map[string]string {
	t.Helper()
	const askers = 32
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: askers}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	ids, refused := map[string]string{}, map[string]int{}
	phones := make(chan string)
	var wait sync.WaitGroup
	for range askers {
		wait.Go(func() {
			for phone := range phones {
				id, trouble := askOne(client, p.url, phone)
				for tries := 0; strings.HasPrefix(trouble, "503") && tries < 5; tries++ {
					time.Sleep(time.Second) // as Retry-After says: the machine is busy
					id, trouble = askOne(client, p.url, phone)
				}
				mu.Lock()
				if ids[phone] = id; trouble != "" {
					refused[trouble]++
				}
				mu.Unlock()
			}
		})
	}
	for n := range many {
		phones <- fmt.Sprintf("+9198764%05d", n)
	}
	close(phones)
	wait.Wait()
	if len(refused) > 0 {
		t.Fatalf("of %d asked codes some were not accepted: %v", many, refused)
	}
	return ids
}

func askOne(client *http.Client, url, phone string) (otpID, trouble string) {
	resp, err := client.Post(url+"/user/otp", "application/json", bytes.NewReader([]byte(`{"phone":"`+phone+`"}`)))
	if err != nil {
		return "", err.Error()
	}
	defer resp.Body.Close()
	var body struct{ OtpID, Code string }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Sprint(resp.StatusCode, body.Code, err)
	}
	return body.OtpID, ""
}

// startQuietly starts a process whose log is not searched for as many numbers.
func (h *home) startQuietly(t *testing.T) *process {
	t.Helper()
	p := h.launch(t, testkit.FreePort(t))
	if err := p.serving(time.Minute); err != nil {
		t.Fatal(err)
	}
	h.rememberKept()
	return p
}
