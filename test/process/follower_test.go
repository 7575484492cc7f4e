package process

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// The follower of docs/revocations.md learns of a sign-out and continues with a restarted
// service, whose shutdown a held request of a follower does not delay.
func TestFollowerPage(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	variables := map[string]string{"SERVICE": p.url}
	binary, err := kit.Binary()
	if err != nil {
		t.Fatal(err)
	}
	create := exec.Command(binary, "client", "create", "orders", "--scope", "revocations:read", "-f", "etc/user-api.yaml")
	create.Dir, create.Env = h.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir}
	made, err := create.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, made)
	}
	for name, key := range map[string]string{"ID": "client_id", "SECRET": "client_secret"} {
		m := regexp.MustCompile(key + `: +(\S+)`).FindSubmatch(made)
		if m == nil {
			t.Fatalf("no %s", key)
		}
		variables[name] = string(m[1])
	}
	remember(variables["SECRET"])
	told := follow(t, variables)
	p.logout(t, p.signIn(t, number(1)).Access)
	await(t, exitTime, "the first session", func() bool { return strings.Count(told.String(), "session-revoked") == 1 })
	p.terminate(t)
	next := h.startAt(t, portOf(t, p.url))
	next.logout(t, next.signIn(t, number(2)).Access)
	await(t, exitTime, "the second session", func() bool {
		return strings.Count(told.String(), "session-revoked") >= 2 && strings.Contains(told.String(), "2 sessions")
	})
}

// follow runs the follower of the page.
func follow(t *testing.T, variables map[string]string) *output {
	t.Helper()
	dir := t.TempDir()
	for _, f := range fencesOf(t, "docs/revocations.md") {
		if f.before == "<!-- follower -->" {
			if err := os.WriteFile(filepath.Join(dir, "follower.go"), []byte(f.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	build := exec.Command("go", "build", "-o", "follower", "follower.go")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	follower := exec.CommandContext(ctx, filepath.Join(dir, "follower"))
	out := newOutput(t)
	follower.Stdout, follower.Stderr = out, out
	for name, value := range variables {
		follower.Env = append(follower.Env, name+"="+value)
	}
	if err := follower.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = follower.Wait()
		if t.Failed() {
			t.Logf("the follower printed:\n%s", out)
		}
	})
	await(t, exitTime, "the follower", func() bool { return strings.Contains(out.String(), "known until") })
	return out
}
