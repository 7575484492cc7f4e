package test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/internal/password"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// flooding lists requests that are refused, in each way that was once expensive.
var flooding = []func(i int64) kit.Request{
	func(int64) kit.Request {
		return kit.Request{Path: "/user/password/reset", Body: object{"otpId": noShape, "otp": "123456", "newPassword": passOne}}
	},
	func(int64) kit.Request {
		return kit.Request{Path: "/user/password/reset", Body: object{"otpId": noID, "otp": "123456", "newPassword": passOne}}
	},
	func(i int64) kit.Request {
		return kit.Request{Path: "/user/login", Body: object{"username": fmt.Sprint("name", i), "password": passTwo}}
	},
	func(int64) kit.Request {
		return kit.Request{Path: "/user/login", Body: object{"username": "ann", "password": passTwo}}
	},
	func(int64) kit.Request {
		return kit.Request{Path: "/user/login", Body: object{"otpId": noShape, "otp": "123456"}}
	},
	func(i int64) kit.Request {
		return kit.Request{Path: "/user/register", Body: object{"username": fmt.Sprint("new", i), "password": passOne}}
	},
	func(int64) kit.Request {
		return kit.Request{Path: "/user/register", Body: object{"username": "ann", "password": passOne}}
	},
	func(int64) kit.Request { return kit.Request{Path: "/user/refresh", Body: object{"refreshToken": "x"}} },
	func(int64) kit.Request { return kit.Request{Path: "/user/otp", Body: object{"otpId": noShape}} },
}

// failures returns the logged requests that failed because of the service.
func failures() (lines []string) {
	for line := range strings.Lines(kit.Log()) {
		if strings.Contains(line, `"request failed"`) && strings.Contains(line, `"level":"error"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// While 160 connections of one client are refused in every way, other users sign in by
// password, and the log does not fill. A busy machine may fail a few of them.
func TestFlood(t *testing.T) {
	testkit.NotInRace(t, "measures how long an answer takes under load")
	const honest, flooders = 20, 160
	app := kit.New(t, kit.Embedded, defaultLimits(t), behindProxy, kit.RealHashes)
	app.SignIn(phone) // the failure counts are loaded
	enroll(t, app, "ann")
	hasher, err := password.New(password.Options{Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	lines := len(failures())
	var asked atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	for range flooders {
		all.Go(func() {
			for !stop.Load() {
				i := asked.Add(1)
				request := flooding[i%int64(len(flooding))](i)
				request.Method, request.Header = http.MethodPost, map[string]string{"X-Forwarded-For": "203.0.113.9"}
				if _, err := app.TryDo(request); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var took [honest]time.Duration
	served := 0
	for i := range honest {
		for before := asked.Load(); asked.Load() < before+flooders; {
			time.Sleep(time.Millisecond) // lets the flood start
		}
		begin := time.Now()
		if err := hasher.VerifyNone(t.Context(), passOne); err != nil {
			t.Fatal(err)
		}
		// A machine that is slow at hashing without any queue is busy with other work.
		limit := max(2*time.Second, 10*time.Since(begin))
		begin = time.Now()
		resp := from(app, "/user/login", object{"username": "ann", "password": passOne}, map[string]string{"X-Forwarded-For": fmt.Sprintf("192.0.2.%d", i)})
		took[i] = time.Since(begin)
		if resp.Status == 200 && took[i] <= limit {
			served++
			continue
		}
		t.Logf("honest sign-in %d of %d: %d %s after %v, want 200 within %v", i+1, honest, resp.Status, resp.Text("code"), took[i], limit)
	}
	stop.Store(true)
	all.Wait()
	if served < honest*3/4 {
		t.Errorf("%d of %d honest sign-ins were served, want nearly all", served, honest)
	}
	if errors := failures(); int64(len(errors)-lines) > asked.Load()/100 {
		t.Errorf("%d refused requests of the flood wrote %d errors into the log: %q", asked.Load(), len(errors)-lines, errors[lines])
	}
	t.Logf("%d requests of the flood; an honest sign-in took %v at most", asked.Load(), slices.Max(took[:]))
}
