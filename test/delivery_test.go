package test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/delivery/gatewaytest"
	"user-api/internal/delivery/twiliotest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

const (
	apiSecret  = "apisecret0123456789"
	httpSecret = "the secret of the service beside Twilio"
)

// withBoth configures Twilio at a base URL, an HTTP service, and the given options.
func withBoth(baseURL string, service *gatewaytest.Server, more string) kit.Option {
	return kit.Option(fmt.Sprintf("Sms: {Provider: twilio, Twilio: {AccountSid: %s, ApiKey: %s, ApiSecret: %s, BaseUrl: %q, From: \"+15005550006\"}, Http: {Url: %q, Secret: %q}}\nRateLimit: {Enabled: false}\n%s",
		account, apiKey, apiSecret, baseURL, service.URL, httpSecret, more))
}

// watch repeats GET /user/info until the returned stop is called, which returns the slowest
// of a hundred answers and their number.
func watch(t *testing.T, app *kit.App, token string) (stop func() (p99 time.Duration, n int)) {
	t.Helper()
	done, took := make(chan struct{}), []time.Duration{}
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
			begun := time.Now()
			resp, err := app.TryDo(kit.Request{Method: http.MethodGet, Path: "/user/info", Bearer: token})
			if err != nil || resp.Status != 200 {
				t.Errorf("GET /user/info: %d %v, want 200", resp.Status, err)
				return
			}
			took = append(took, time.Since(begun))
		}
	})
	return func() (time.Duration, int) {
		close(done)
		wait.Wait()
		slices.Sort(took)
		return took[len(took)*99/100], len(took)
	}
}

// signIn signs in with the code that the service received.
func signIn(t *testing.T, app *kit.App, service *gatewaytest.Server, number string) kit.Tokens {
	t.Helper()
	before := len(service.Requests())
	ask := app.Post("/user/otp", object{"phone": number})
	ask.Want(t, 200, "")
	app.Await("the code", func() bool { return len(service.Requests()) > before })
	login := app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": service.Requests()[before].Code})
	login.Want(t, 200, "")
	return login.Tokens()
}

// askAll requests codes for n numbers, eight at a time, and returns the numbers.
func askAll(t *testing.T, app *kit.App, format string, n int) []string {
	t.Helper()
	numbers := make([]string, n)
	var next atomic.Int64
	parallel(8, func() {
		for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
			numbers[i] = fmt.Sprintf(format, i)
			resp, err := app.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/otp", Body: object{"phone": numbers[i]}})
			if err != nil || resp.Status != 200 {
				t.Errorf("%s: %d %s %v, want 200", numbers[i], resp.Status, resp.Body, err)
			}
		}
	})
	return numbers
}

// The first provider fails and the second works: every code arrives once, and other
// requests are not slower than before. After the first is back, it is used again within a
// minute.
func TestDelivery_failover(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	const sends = 500
	api := twiliotest.New(t, account, apiKey, apiSecret)
	line := kit.NewLine(t, strings.TrimPrefix(api.URL, "http://"))
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			line.Restore(t)
			service := gatewaytest.New(t, httpSecret)
			app := kit.New(t, backend, withBoth("http://"+line.Addr(), service, "Delivery: {Routes: [{Countries: [IN], Via: [twilio, http]}, {Via: [http]}]}"))
			user := signIn(t, app, service, "+9779812345678")
			// load requests the codes and returns the p99 of GET /user/info during that
			// time.
			load := func(format string, arrived func() bool) ([]string, time.Duration) {
				stop, begun := watch(t, app, user.Access), time.Now()
				numbers := askAll(t, app, format, sends)
				app.Await("all codes", arrived)
				took := time.Since(begun)
				p99, n := stop()
				t.Logf("%d codes in %s; GET /user/info meanwhile: p99 %s of %d", sends, took, p99, n)
				return numbers, p99
			}
			second := func(block string) (n int) { // what the second provider received
				for _, r := range service.Requests() {
					if strings.HasPrefix(r.To, block) {
						n++
					}
				}
				return n
			}
			before := api.Created()
			// On a busy machine the first provider may be too slow for some.
			_, alive := load("+9198761%05d", func() bool { return api.Created()-before+second("+9198761") >= sends })
			line.Cut()
			numbers, dead := load("+9198760%05d", func() bool { return second("+9198760") >= sends })
			if most := 3*alive + kit.Busy(500*time.Millisecond); dead > most {
				t.Errorf("p99 of GET /user/info is %s while the first provider is dead, want at most %s", dead, most)
			}
			got := map[string]int{}
			for _, r := range service.Requests()[1:] {
				got[r.To]++
			}
			for _, number := range numbers {
				if got[number] != 1 {
					t.Errorf("%s got %d messages, want 1", number, got[number])
				}
			}

			line.Restore(t)
			created, waited := api.Created(), time.Duration(0)
			for ; api.Created() == created && waited < time.Minute; waited += 10 * time.Second {
				app.Advance(10 * time.Second)
				id := app.Post("/user/otp", object{"phone": fmt.Sprintf("+91987650%04d", waited/time.Second)}).Text("otpId")
				app.Await("the send", func() bool { return app.Get("/user/otp/"+id, "").Text("status") == "sent" })
			}
			askAll(t, app, "+9198762%05d", 20)
			app.Await("traffic through the first", func() bool { return api.Created() >= created+21 })
			t.Logf("the first provider is used again %s after it is back", waited)
		})
	}
}

// One provider hangs on every message: messages through the other continue, requests are
// answered, and a shutdown completes in time.
func TestDelivery_stall(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes")
	t.Parallel() // it waits
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			t.Parallel()
			api, service := twiliotest.New(t, account, apiKey, apiSecret), gatewaytest.New(t, httpSecret)
			const sends, places = 20, 4
			for range sends {
				api.Script(twiliotest.Stalled())
			}
			app := kit.New(t, backend, withBoth(api.URL, service, "Delivery: {Concurrency: 8, Routes: [{Countries: [IN], Via: [twilio]}, {Via: [http]}]}"))
			user := signIn(t, app, service, "+9779812345678")
			askAll(t, app, "+9198763%05d", sends)
			app.Await("the stall", func() bool { return len(api.Requests()) == places })

			stop := watch(t, app, user.Access)
			begun, before := time.Now(), len(service.Requests())
			askAll(t, app, "+977981%07d", sends)
			app.Await("the messages of the other", func() bool { return len(service.Requests()) == before+sends })
			t.Logf("%d messages went past the stall in %s", sends, time.Since(begun))
			if took := time.Since(begun); took > kit.Busy(5*time.Second) { // with all workers hanging it would be a minute
				t.Errorf("the other messages took %s, want at most 5s", took)
			} else if n := len(api.Requests()); n != places && took < 5*time.Second { // later some are given up
				t.Errorf("%d requests hang, want %d, half of the workers", n, places)
			}

			begun = time.Now()
			if err := app.Service.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			took := time.Since(begun)
			p99, n := stop()
			t.Logf("shut down in %s; GET /user/info meanwhile: p99 %s of %d", took, p99, n)
			if took > kit.Busy(9*time.Second) {
				t.Errorf("the shutdown took %s, want at most 9s", took)
			}
		})
	}
}

// The requested channel is used, and its code signs in.
func TestDelivery_channels(t *testing.T) {
	t.Parallel()
	api, service := twiliotest.New(t, account, apiKey, apiSecret), gatewaytest.New(t, httpSecret)
	app := kit.New(t, kit.Embedded, withBoth(api.URL, service, ""), kit.Option(
		"Sms: {Channels: [sms, whatsapp, voice], WhatsApp: {ContentSid: HX0123456789abcdef0123456789abcdef, From: \"+15005550007\"}, Voice: {From: \"+15005550008\"}}"))
	digits := regexp.MustCompile(`[0-9](, [0-9]){9}|\b[0-9]{10}\b`)
	for i, channel := range []string{"sms", "whatsapp", "voice"} {
		number := fmt.Sprintf("+9198764%05d", i)
		ask := app.Post("/user/otp", object{"phone": number, "channel": channel, "locale": "en-IN"})
		ask.Want(t, 200, "")
		app.Await("the message", func() bool { return api.Created() == i+1 })
		form := api.Requests()[i].Form
		said := digits.FindString(form.Get("Body") + form.Get("ContentVariables") + form.Get("Twiml"))
		if to := strings.TrimPrefix(form.Get("To"), "whatsapp:"); to != number || ask.Text("channel") != channel {
			t.Errorf("%s: to %s by %s, want to %s", channel, to, ask.Text("channel"), number)
		}
		if got := app.Get("/user/otp/"+ask.Text("otpId"), "").Text("channel"); got != channel {
			t.Errorf("the status says %s, want %s", got, channel)
		}
		app.Post("/user/login", object{"otpId": ask.Text("otpId"), "otp": strings.ReplaceAll(said, ", ", "")}).Want(t, 200, "")
	}
	if n := len(service.Requests()); n != 0 {
		t.Errorf("%d messages went to the other provider, want none", n)
	}
}

func TestDelivery_channelNotOffered(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		user := app.SignIn(phone)
		for _, c := range []struct {
			name, path string
			body       object
			status     int
		}{
			{"not switched on", "/user/otp", object{"phone": "+919876543211", "channel": "voice"}, 400},
			{"to bind, not switched on", "/user/phone/otp", object{"phone": "+919876543211", "channel": "voice"}, 400},
			{"no channel at all", "/user/phone/otp", object{"phone": "+919876543211", "channel": "fax"}, 400},
			{"of an e-mail address", "/user/otp", object{"email": "ann@example.com", "channel": "whatsapp"}, 400},
			{"beside otpId, no channel at all", "/user/otp", object{"otpId": "AAAAAAAAAAAAAAAAAAAAAAAA", "channel": "fax"}, 400},
			{"offered", "/user/otp", object{"phone": "+919876543212", "channel": "whatsapp"}, 200},
		} {
			resp := app.Do(kit.Request{Method: http.MethodPost, Path: c.path, Body: c.body, Bearer: user.Access})
			if resp.Status != c.status || c.status == 400 && (resp.Text("code") != "invalid_request" || resp.Text("field") != "channel") {
				t.Errorf("%s: %d %s, want %d about channel", c.name, resp.Status, resp.Body, c.status)
			}
		}
		app.Inbox("+919876543212", 1)
	}, "Sms: {Channels: [sms, whatsapp]}")
}
