package process

import (
	"net/http"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
)

// eachEnd runs the test on the embedded default, once for each way a process can end.
// restart ends the process, searches its files, and starts the next one.
func eachEnd(t *testing.T, test func(t *testing.T, p *process, restart func() *process)) {
	for _, end := range []struct {
		name string
		stop func(*process, *testing.T)
	}{{"SIGTERM", (*process).terminate}, {"kill -9", (*process).kill}} {
		t.Run(end.name, func(t *testing.T) {
			h := newHome(t)
			p := h.start(t)
			test(t, p, func() *process {
				end.stop(p, t)
				h.checkData(t)
				p = h.start(t)
				return p
			})
			p.terminate(t)
			h.checkData(t)
		})
	}
}

func TestRestart_sessions(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	eachEnd(t, func(t *testing.T, p *process, restart func() *process) {
		kept := p.signIn(t, number(1))
		info := p.get(t, "/user/info", kept.Access)
		rotated := p.refresh(t, p.signIn(t, number(2)).Refresh)
		rotated.Want(t, http.StatusOK, "")
		left := p.signIn(t, number(3))
		p.logout(t, left.Access)
		p = restart()

		p.get(t, "/user/check", kept.Access).Want(t, http.StatusOK, "")
		if diff := cmp.Diff(info.JSON, p.get(t, "/user/info", kept.Access).JSON); diff != "" {
			t.Errorf("the user (-before +after):\n%s", diff)
		}
		next := p.refresh(t, kept.Refresh)
		next.Want(t, http.StatusOK, "")
		p.get(t, "/user/check", next.Tokens().Access).Want(t, http.StatusOK, "")
		p.refresh(t, rotated.Tokens().Refresh).Want(t, http.StatusOK, "")

		p.get(t, "/user/check", left.Access).Want(t, http.StatusUnauthorized, "session_ended")
		p.refresh(t, left.Refresh).Want(t, http.StatusUnauthorized, "session_ended")
	})
}

func TestRestart_codes(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	eachEnd(t, func(t *testing.T, p *process, restart func() *process) {
		usedID, usedCode := p.ask(t, number(1))
		p.login(t, usedID, usedCode).Want(t, http.StatusOK, "")
		wrongID, _ := p.ask(t, number(2))
		wrong := p.login(t, wrongID, "0000")
		openID, openCode := p.ask(t, number(3))
		p = restart()

		p.login(t, usedID, usedCode).Want(t, http.StatusUnauthorized, "otp_invalid")
		for asked := 1; asked <= 3; asked++ {
			again := p.post(t, "/user/otp", object{"phone": number(asked)})
			again.Want(t, http.StatusTooManyRequests, "rate_limited")
			if wait := again.Number("retryAfter"); wait < 1 || wait > 60 {
				t.Errorf("retryAfter %d, want the rest of the 60 s", wait)
			}
		}
		again := p.login(t, wrongID, "0000")
		if got, want := again.Number("attemptsLeft"), wrong.Number("attemptsLeft")-1; got != want || want < 1 {
			t.Errorf("after the restart %d tries are left, want %d", got, want)
		}
		login := p.login(t, openID, openCode)
		login.Want(t, http.StatusOK, "")
		if !login.Tokens().IsNew {
			t.Errorf("the open code created no account")
		}
	})
}

// checkData searches the files of the embedded Redis: they must contain no code, token or
// number.
func (h *home) checkData(t *testing.T) {
	t.Helper()
	journal, err := os.ReadFile(h.path("data/redis.journal"))
	if err != nil || len(journal) == 0 {
		t.Fatalf("the journal has %d bytes, error %v", len(journal), err)
	}
	if found := search(string(journal)); len(found) > 0 {
		t.Errorf("data/redis.journal contains %q", found)
	}
}
