package browser

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"user-api/internal/tally"
	"user-api/test/kit"
)

// The page of administrators: who sees it, finding people, and what is done to them.
func TestAdmin(t *testing.T) { administrate(t, "people") }

// The page of administrators: the trail, the plots and the state of the service.
func TestAdmin_records(t *testing.T) { administrate(t, "records") }

// administrate walks a part of the script.
func administrate(t *testing.T, part string) {
	t.Helper()
	r := start(t)
	r.on("people", r.people)
	r.on("history", r.history)
	r.run("admin.mjs", object{"part": part})
}

// people makes a user for each text, who is called that, and one who has a session of a
// browser that calls itself each of them: {"texts": […]} → the id and the tokens of that one.
func (r *rig) people(args json.RawMessage) (any, error) {
	var given struct{ Texts []string }
	if err := json.Unmarshal(args, &given); err != nil {
		return nil, err
	}
	var last kit.Response
	for i, text := range given.Texts {
		name := fmt.Sprintf("person%02d", i)
		in, err := r.member(name)
		if err != nil {
			return nil, err
		}
		named, err := r.TryDo(kit.Request{Method: http.MethodPatch, Path: "/user/info", Bearer: in.Tokens().Access, Body: object{"displayName": text, "metadata": object{"note": text}}})
		if err != nil || named.Status != http.StatusOK {
			return nil, fmt.Errorf("the name %q: %d %s %w", text, named.Status, named.Body, err)
		}
	}
	if _, err := r.member("manifold"); err != nil {
		return nil, err
	}
	for _, text := range given.Texts {
		var err error
		if last, err = r.enterAs("manifold", text); err != nil {
			return nil, err
		}
	}
	info, err := r.TryDo(kit.Request{Method: http.MethodGet, Path: "/user/info", Bearer: last.Tokens().Access})
	return object{"id": info.Number("id"), "accessToken": last.Tokens().Access}, err
}

const password = "correct horse battery"

// member registers somebody and signs them in.
func (r *rig) member(name string) (kit.Response, error) {
	made, err := r.TryDo(kit.Request{Method: http.MethodPost, Path: "/user/register", Body: object{"username": name, "password": password}})
	if err != nil || made.Status != http.StatusOK {
		return made, fmt.Errorf("registering %s: %d %s %w", name, made.Status, made.Body, err)
	}
	return r.enterAs(name, "A browser")
}

func (r *rig) enterAs(name, agent string) (kit.Response, error) {
	in, err := r.TryDo(kit.Request{
		Method: http.MethodPost, Path: "/user/login", Body: object{"username": name, "password": password}, Header: map[string]string{"User-Agent": agent},
	})
	if err != nil || in.Status != http.StatusOK {
		return in, fmt.Errorf("signing %s in: %d %s %w", name, in.Status, in.Body, err)
	}
	return in, nil
}

// history counts two days that went as days go.
func (r *rig) history(json.RawMessage) (any, error) {
	now := r.Clock.Now().Add(-48 * time.Hour)
	counts, err := tally.New(tally.Options{Rows: r.Service.Tally.Rows, Now: func() time.Time { return now }, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	for ; now.Before(r.Clock.Now()); now = now.Add(10 * time.Minute) {
		busy := 1 + math.Sin(float64(now.Unix())/86400*2*math.Pi)
		for label, share := range map[string]float64{"IN": 60, "KR": 25, "US": 12, "JP": 8, "email": 14, "BR": 3} {
			n := int64(share * (0.4 + busy))
			counts.Add(tally.Asked, label, n)
			counts.Add(tally.Sent, label, n-n/20)
			counts.Add(tally.Used, label, n*8/10)
			if label != "email" {
				counts.Spent(label, n*42_000)
			}
		}
		for _, by := range []string{"code", "password", "passkey", "social"} {
			counts.Add(tally.SignIns, by, int64(float64(12*len(by))*(0.2+busy/4)))
		}
		for _, limit := range []string{"cooldown", "client", "conversion"} {
			counts.Refused(limit)
		}
		counts.Add(tally.Failed, "unreachable", int64(busy*2))
	}
	return nil, counts.Flush(r.t.Context())
}
