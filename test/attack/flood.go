package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// flooders is the number of connections of a flood, others the number of sign-ins
	// during it, and patient the time limit of one.
	flooders, others, patient = 160, 20, 2 * time.Second

	floodFrom = "203.0.113.9"
	home      = "192.0.2.77"
)

// floods are refused requests, each in another way that was once expensive.
var floods = []func(i int64) (path string, body object){
	func(int64) (string, object) {
		return "/user/password/reset", object{"otpId": "x", "otp": "123456", "newPassword": victimsPassword}
	},
	func(i int64) (string, object) {
		return "/user/password/reset", object{"otpId": fmt.Sprintf("%024d", i), "otp": "123456", "newPassword": victimsPassword}
	},
	func(i int64) (string, object) {
		return "/user/login", object{"username": fmt.Sprint("user", i), "password": sprayed[0]}
	},
	func(int64) (string, object) { return "/user/login", object{"otpId": "x", "otp": "123456"} },
	func(i int64) (string, object) {
		return "/user/register", object{"username": fmt.Sprintf("f%d-%d", time.Now().UnixNano(), i), "password": victimsPassword}
	},
	func(int64) (string, object) { return "/user/refresh", object{"refreshToken": "x"} },
	func(int64) (string, object) { return "/user/otp", object{"otpId": "x"} },
}

// flood sends refused requests on 160 connections of one client, while other users sign in
// from elsewhere. What got through are the sign-ins that failed or took too long.
func flood(a *attacker, p plan) (result, error) {
	if !a.trusted {
		return result{}, errors.New("attack: flood speaks for two clients, which -trusted says that the service believes")
	}
	name := newName()
	a.from = home
	if err := a.register(name); err != nil {
		return result{}, err
	}
	var asked atomic.Int64
	var stop atomic.Bool
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed error
	limits := map[string]bool{}
	for range flooders {
		all.Go(func() {
			one := newAttacker(a.url, nil)
			one.trusted, one.from = true, floodFrom
			for err := error(nil); !stop.Load() && err == nil; {
				path, body := floods[asked.Add(1)%int64(len(floods))](asked.Load())
				if _, err = one.post(path, body); err != nil {
					stop.Store(true)
					mu.Lock()
					failed = err
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for why := range one.stops {
				if strings.HasPrefix(why, "rate_limited") {
					limits[why] = true
				}
			}
		})
	}
	late, slowest, patience := 0, time.Duration(0), cmp.Or(p.patience, patient)
	for range others {
		for before := asked.Load(); asked.Load() < before+flooders && !stop.Load(); {
			time.Sleep(time.Millisecond)
		}
		got, err := a.post("/user/login", object{"username": name, "password": victimsPassword})
		if err != nil {
			return result{}, err
		}
		if slowest = max(slowest, got.took); got.status != http.StatusOK || got.took > patience {
			late++
		}
	}
	stop.Store(true)
	all.Wait()
	r := a.done("flood", late, 0, 0, fmt.Sprintf("%d of %d others signed in", others-late, others))
	r.requests, r.stopped = fmt.Sprint(flooders, " at once"), strings.Join(slices.Sorted(maps.Keys(limits)), ", ")
	r.note = fmt.Sprintf("%d requests; the slowest sign-in beside them took %v", asked.Load(), slowest)
	return r, failed
}
