package process

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// everyWrite is the pause between two new accounts during a backup.
const everyWrite = 20 * time.Millisecond

// backupRounds is the number of backups, and of accounts created before and during each.
// USER_API_TEST_BACKUP_ROUNDS sets more.
const backupRoundsEnv = "USER_API_TEST_BACKUP_ROUNDS"

func backupRounds() (rounds, before, beside int) {
	if n, err := strconv.Atoi(os.Getenv(backupRoundsEnv)); err == nil {
		return n, 40, 110
	}
	return 2, 20, 40
}

// run runs a command of the binary to its end.
func (h *home) run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	p := h.exec(t, "", args...)
	return p.exit(t, kit.Busy(time.Minute)), p.out.String()
}

// A node creates 50 accounts a second during a backup. Every account confirmed before the
// backup command returned exists after a restore elsewhere, signed in.
func TestBackupOfAServingNode(t *testing.T) {
	testkit.NotInRace(t, "one process is waited for after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	next := 1
	rounds, before, beside := backupRounds()
	for round := range rounds {
		a := &accounts{tokens: map[string]kit.Tokens{}, at: map[string]time.Time{}}
		codes := p.askAll(t, next, before+beside)
		next += before + beside
		going := make(chan struct{})
		var writing sync.WaitGroup
		writing.Go(func() { a.makeAll(p, codes, before, going) })
		<-going
		begun := time.Now()
		code, out := h.run(t, "backup", "copy"+strconv.Itoa(round), "-f", "etc/user-api.yaml")
		returned := time.Now()
		took := returned.Sub(begun)
		writing.Wait()
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		if os.Getenv(backupRoundsEnv) == "" {
			// On a busy machine an account may be created between the end of a process and
			// the moment at which the test notices it.
			returned = momentOf(t, out)
		}
		answered := a.before(returned)
		lost, live := restoredElsewhere(t, h.path("copy"+strconv.Itoa(round)), answered)
		t.Logf("round %d: %d accounts answered before the backup returned after %v, of %d in the end (%d were asked to try again): %d lost, %d of %d sessions live; %s",
			round+1, len(answered), took.Round(time.Millisecond), len(a.tokens), a.failed, lost, live, len(answered), strings.TrimSpace(lines(out)[0]))
		if lost > 0 || live < len(answered) {
			t.Errorf("round %d: %d accounts are lost, %d of %d sessions are active", round+1, lost, live, len(answered))
		}
	}
}

// kept lists the files of a data folder that a backup contains or may leave out: locks, and
// what SQLite recreates.
var kept = []string{"user.db", "user.db-wal", "user.db-shm", "user.db.lock", "redis.journal", "redis.lock", "secrets.json", "blobs"}

// A new file in the data folder must be part of the backup.
func TestBackup_everyFile(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	tokens := p.signIn(t, number(1))
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, p.url+"/user/avatar", &picture)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+tokens.Access)
	r.Header.Set("Content-Type", "image/png")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("the upload answers %d", resp.StatusCode)
	}
	entries, err := os.ReadDir(h.path("data"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, entry := range entries {
		if !slices.Contains(kept, entry.Name()) {
			t.Errorf("the data folder has %s: is it in the backup?", entry.Name())
		}
		found++
	}
	if found < 5 {
		t.Errorf("only %d files were found", found)
	}
	if code, out := h.run(t, "backup", "copy", "-f", "etc/user-api.yaml"); code != 0 || !strings.Contains(out, "2 picture files") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// restoredElsewhere restores a backup into another folder, starts another process there on
// another port, and counts the missing accounts and the active sessions.
func restoredElsewhere(t *testing.T, file string, answered map[string]kit.Tokens) (lost, live int) {
	t.Helper()
	h := newHome(t)
	h.configure(t)
	if code, out := h.run(t, "restore", file, "-f", "etc/user-api.yaml"); code != 0 || !strings.Contains(out, "open codes are void") {
		t.Fatalf("restore: exit code %d: %s", code, out)
	}
	p := h.start(t)
	defer p.terminate(t)
	refreshed := 0
	for phone, tokens := range answered {
		resp := p.get(t, "/user/info", tokens.Access)
		if resp.Status != http.StatusOK || resp.Text("phone") != phone {
			lost++
			continue
		}
		if refreshed++; refreshed <= 20 { // an active session can be refreshed
			if again := p.refresh(t, tokens.Refresh); again.Status != http.StatusOK {
				continue
			}
		}
		live++
	}
	return lost, live
}

// configure writes the configuration without starting anything.
func (h *home) configure(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(h.path("etc/user-api.yaml"), []byte(h.config(t, h.edits)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// accounts are created by signing in for the first time.
type accounts struct {
	mu     sync.Mutex
	tokens map[string]kit.Tokens // by phone, from the answer on
	at     map[string]time.Time  // of the answer
	// failed are those that were told to retry: on a busy machine or slow disk, the
	// snapshot may take as long as a writer waits.
	failed int
}

// before returns those that were answered before a moment.
func (a *accounts) before(moment time.Time) map[string]kit.Tokens {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := map[string]kit.Tokens{}
	for phone, tokens := range a.tokens {
		if a.at[phone].Before(moment) {
			all[phone] = tokens
		}
	}
	return all
}

// momentOf returns the time of the snapshot as printed by the command. Nothing was
// committed between that time and its end.
func momentOf(t *testing.T, out string) time.Time {
	t.Helper()
	told := regexp.MustCompile(`, of ([0-9TZ:.-]+): release`).FindStringSubmatch(out)
	if told == nil {
		t.Fatalf("the backup prints no time: %q", out)
	}
	moment, err := time.Parse(time.RFC3339Nano, told[1])
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// makeAll creates one account at each interval, and signals when some exist.
func (a *accounts) makeAll(p *process, codes []challenge, before int, going chan<- struct{}) {
	var answers sync.WaitGroup
	tick := time.NewTicker(everyWrite)
	defer tick.Stop()
	for i, c := range codes {
		<-tick.C
		if i == before {
			close(going)
		}
		answers.Go(func() {
			resp, err := p.do(http.MethodPost, "/user/login", "", object{"otpId": c.id, "otp": c.code})
			a.mu.Lock()
			defer a.mu.Unlock()
			if err != nil || resp.Status != http.StatusOK {
				a.failed++
				return
			}
			a.tokens[c.phone], a.at[c.phone] = resp.Tokens(), time.Now()
		})
	}
	answers.Wait()
}

// challenge is a requested code.
type challenge struct{ phone, id, code string }

// askAll requests a code for each of n numbers.
func (p *process) askAll(t *testing.T, first, count int) []challenge {
	t.Helper()
	all := make([]challenge, count)
	var asking sync.WaitGroup
	for lane := range 8 {
		asking.Go(func() {
			for i := lane; i < count; i += 8 {
				all[i].phone = number(first + i)
				all[i].id, all[i].code = p.ask(t, all[i].phone)
			}
		})
	}
	asking.Wait()
	return all
}
