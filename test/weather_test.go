package test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/address"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
	"user-api/test/attack/measure"
	"user-api/test/carrier"
	"user-api/test/kit"
)

// weather is a state of the providers in which users must not be distinguishable.
type weather struct {
	name    string
	fares   carrier.Weather
	channel string // of the phones
	// opened keeps the circuit breakers open for longer than a code's lifetime from the
	// start.
	opened bool
	// receipt is the receipt for every accepted message.
	receipt []string
	// settles is the longest duration of a request to a provider.
	settles time.Duration
	// failing is the status of a reset by phone once messages on the route have failed.
	failing string
	// real runs it on the real stores as well.
	real bool
}

var weathers = []weather{
	{name: "healthy", fares: carrier.Healthy, channel: "sms", receipt: []string{"delivered", ""}, failing: "sent", real: true},
	{name: "messages are lost", fares: carrier.Healthy, channel: "sms", receipt: []string{"undelivered", "30003"}, failing: "sent"},
	{name: "refusing", fares: carrier.Refusing, channel: "sms", failing: "sent"},
	{name: "broken", fares: carrier.Broken, channel: "sms", failing: "failed provider_error"},
	{name: "timing out", fares: carrier.Silent, channel: "sms", settles: 11 * time.Second, failing: "failed timeout"},
	{name: "circuit open", fares: carrier.Locked, channel: "sms", opened: true, failing: "failed unavailable", real: true},
	{name: "region off", fares: carrier.RegionOff, channel: "sms", failing: "failed unavailable", real: true},
	{name: "the number cannot be reached", fares: carrier.Unreachable, channel: "sms", failing: "sent"},
	{name: "a number without WhatsApp", fares: carrier.Unreachable, channel: "whatsapp", failing: "sent"},
}

// census holds addresses of known, unknown and banned accounts, and what is observed of
// messages to them.
type census struct {
	*kit.App
	t       *testing.T
	w       weather
	carrier *carrier.Carrier
	n       int

	// watched ends when no watcher is left; told is when the receipts arrived.
	watched *sync.WaitGroup
	told    *sync.Once
}

// address returns a new address of a class.
func (c *census) address(class, kind string) string {
	c.t.Helper()
	c.n++
	to := fmt.Sprintf("+91987651%04d", c.n)
	parse := func() (address.Address, error) { return address.ParsePhone(to, "IN") }
	if kind == byEmail {
		to = fmt.Sprintf("mail%04d@example.com", c.n)
		parse = func() (address.Address, error) { return address.ParseEmail(to) }
	}
	if class == "unknown" {
		return to
	}
	address, err := parse()
	if err != nil {
		c.t.Fatal(err)
	}
	user, _, err := c.Service.Accounts.FindOrCreate(c.t.Context(), address)
	if err == nil && class == "banned" {
		err = c.Service.Accounts.Ban(c.t.Context(), user.Id, "a test", time.Time{})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return to
}

// shape returns the parts of an answer that must not differ.
func shapeOf(resp kit.Response) string {
	body := expected.ReplaceAll(resp.Body, []byte(`"expectedIn":1`))
	offer, _ := resp.JSON["offer"].([]any)
	return fmt.Sprint(measure.Shape(resp.Status, resp.Header, body), ": ",
		strings.TrimSpace(fmt.Sprint(resp.Text("status"), " ", resp.Text("reason"))), " ", resp.Text("channel"), " ", offer)
}

// life requests a code and returns each status of its message until it no longer changes,
// and the result of requesting another channel.
func (c *census) life(kind, purpose, to string) []string {
	body := object{kind: to, "purpose": purpose}
	if kind == byPhone {
		body["channel"] = c.w.channel
	}
	do := func(method, path string, body any) kit.Response {
		resp, err := c.TryDo(kit.Request{Method: method, Path: path, Body: body})
		if err != nil {
			c.t.Error(err)
		}
		return resp
	}
	ask := do(http.MethodPost, "/user/otp", body)
	seen := []string{"asked: " + shapeOf(ask)}
	const still = carrier.Delay + 300*time.Millisecond
	begun := time.Now()
	waits := func(since time.Time) bool {
		queued := strings.Contains(seen[len(seen)-1], ": queued ") && !strings.Contains(seen[len(seen)-1], ": queued unavailable")
		return time.Since(since) < still || time.Since(begun) < c.w.settles || queued && time.Since(begun) < 30*time.Second
	}
	for since := begun; waits(since); time.Sleep(5 * time.Millisecond) {
		status := do(http.MethodGet, "/user/otp/"+ask.Text("otpId"), nil)
		now := shapeOf(status)
		if seen[len(seen)-1] != now {
			seen, since = append(seen, now), time.Now()
		}
	}
	if strings.Contains(seen[1], ": queued ") && len(seen) > 2 {
		seen = append(seen[:1], seen[2:]...) // the time in the queue is random
	}
	c.watched.Done()
	c.watched.Wait()
	if c.w.receipt != nil {
		c.told.Do(c.receipts)
		seen = append(seen, "told: "+shapeOf(do(http.MethodGet, "/user/otp/"+ask.Text("otpId"), nil)))
	}
	if other := map[string]string{"sms": "whatsapp", "whatsapp": "sms"}[c.w.channel]; kind == byPhone {
		seen = append(seen, "another channel: "+shapeOf(do(http.MethodPost, "/user/otp", object{"otpId": ask.Text("otpId"), "channel": other})))
	}
	return append(seen, "once more: "+shapeOf(do(http.MethodPost, "/user/otp", body)))
}

// receipts sends a receipt for every accepted message.
func (c *census) receipts() {
	for i, to := range c.carrier.Callbacks() {
		form := url.Values{"MessageSid": {fmt.Sprint("SM", i)}, "MessageStatus": {c.w.receipt[0]}, "ErrorCode": {c.w.receipt[1]}}
		if got := twiliotest.Post(c.t, c.URL, to, twilioToken, form); got.Status != 204 {
			c.t.Errorf("a receipt is answered %d", got.Status)
		}
	}
}

// lives requests codes for all classes concurrently and compares what they observe. It
// returns the first status of a known phone's last purpose.
func (c *census) lives(purposes ...string) (status string) {
	c.t.Helper()
	var mu sync.Mutex
	var wait sync.WaitGroup
	c.watched, c.told = &sync.WaitGroup{}, &sync.Once{}
	c.watched.Add(6 * len(purposes))
	all := map[string][]string{}
	for _, purpose := range purposes {
		for _, kind := range []string{byPhone, byEmail} {
			for _, class := range []string{"known", "unknown", "banned"} {
				to := c.address(class, kind)
				wait.Go(func() {
					seen := c.life(kind, purpose, to)
					mu.Lock()
					defer mu.Unlock()
					all[purpose+" by "+kind+": "+class] = seen
				})
			}
		}
	}
	wait.Wait()
	for name, seen := range all {
		title, class, _ := strings.Cut(name, ": ")
		if diff := cmp.Diff(all[title+": known"], seen); diff != "" {
			c.t.Errorf("%s: %s differs from known (-known +%[2]s):\n%s", title, class, diff)
		}
	}
	return all[purposes[len(purposes)-1]+" by phone: known"][1]
}

// open makes messages fail until the circuit breakers are open.
func (c *census) open() {
	for _, kind := range []string{byPhone, byEmail} {
		for range 6 {
			ask := c.Post("/user/otp", object{kind: c.address("unknown", kind)})
			ask.Want(c.t, 200, "")
			c.Await("the wait", func() bool { return c.Get("/user/otp/"+ask.Text("otpId"), "").Text("reason") == "unavailable" })
		}
	}
}

// Whatever the state of the providers, the statuses of a message over its lifetime, and the
// requests allowed after it, are the same for known, unknown and banned accounts.
func TestEnumeration_weather(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	for _, w := range weathers {
		for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
			if backend == kit.Real && !w.real {
				continue
			}
			t.Run(w.name+"/"+string(backend), func(t *testing.T) {
				if backend == kit.Embedded {
					t.Parallel()
				}
				providers, err := carrier.New()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(providers.Close)
				app := kit.New(t, backend, kit.Option(providers.Config(fmt.Sprintf(", AuthToken: %s, StatusCallbackUrl: %q", twilioToken, publicURL))),
					"Otp: {Expire: 35}\nRateLimit: {Enabled: false}")
				c := &census{App: app, t: t, w: w, carrier: providers}
				providers.Set(w.fares)
				switch {
				case w.opened:
					c.open()
					c.lives("login")
				case w.settles > 0:
					c.lives("login", "reset")
					c.w.settles = 0
				default:
					if got := c.lives("reset"); !strings.Contains(got, ": sent ") {
						t.Errorf("before any failure a reset has the status %s, want sent", got)
					}
					c.lives("login")
				}
				if got := c.lives("reset"); !strings.Contains(got, ": "+w.failing+" ") {
					t.Errorf("a reset has the status %s, want %s", got, w.failing)
				}
			})
		}
	}
}
