package process

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"

	"user-api/internal/config"
	"user-api/internal/testkit"
)

// ownSecrets are the service's secrets, which all nodes share.
var ownSecrets = []string{"ACCESS_SECRET", "REFRESH_SECRET", "OTP_PEPPER", "PSEUDONYM_KEY"}

// rotating is two nodes behind an nginx whose secrets are all in files of one folder.
type rotating struct {
	twoNodes
	balancer *balancer
	folder   string
	server   *sql.DB
	database *mysql.Config
	redis    *redis.Client
}

// newRotating starts two nodes with the first accounts of MariaDB and of Redis.
func newRotating(t *testing.T) *rotating {
	t.Helper()
	dsn := testkit.MySQL(t)
	r := &rotating{folder: filepath.Join(t.TempDir(), "secrets")}
	var err error
	if r.database, err = mysql.ParseDSN(dsn); err != nil {
		t.Fatal(err)
	}
	if r.server, err = sql.Open("mysql", dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.server.Close() })
	addr := testkit.StartRedisServer(t)
	r.redis = redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { r.redis.Close() })

	h := newHome(t)
	if out := h.exec(t, "", "secrets", "new", "--format", "files", "--dir", r.folder); out.exit(t, exitTime) != 0 {
		t.Fatal(out.out)
	}
	r.account(t, accountOf(0))
	for i := range r.homes {
		r.homes[i] = newHome(t, edit{"CacheRedis:\n", fmt.Sprintf("CacheRedis: [{Host: %q, User: %s}]\n", addr, accountOf(0))},
			edit{"\n  Open: false\n", "\n  Open: true\n"}) // nginx sends another host name
	}
	for i := range r.nodes {
		r.nodes[i] = r.start(t, i, ownSecrets)
	}
	r.balancer = newBalancer(t, r.nodes[:]...)
	return r
}

// account creates an account of MariaDB and one of Redis, and the files with their secrets
// for the nodes.
func (r *rotating) account(t *testing.T, name string) {
	t.Helper()
	password := newSecret()
	remember(password)
	conf := r.database.Clone()
	conf.User, conf.Passwd = conf.DBName+"_"+name, password
	for _, statement := range []string{
		fmt.Sprintf("CREATE USER '%s' IDENTIFIED BY '%s'", conf.User, password),
		fmt.Sprintf("GRANT ALL ON %s.* TO '%s'", conf.DBName, conf.User),
	} {
		if _, err := r.server.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	testkit.WriteAlways(t, r.server, conf.User)
	t.Cleanup(func() { _, _ = r.server.Exec(fmt.Sprintf("DROP USER IF EXISTS '%s'", conf.User)) })
	if err := r.redis.Do(context.Background(), "ACL", "SETUSER", name, "on", ">"+password, "~*", "&*", "+@all").Err(); err != nil {
		t.Fatal(err)
	}
	for file, secret := range map[string]string{"data_source": conf.FormatDSN(), "redis_password": password} {
		if err := os.WriteFile(filepath.Join(r.folder, file), []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// start runs a node with the secrets of these names.
func (r *rotating) start(t *testing.T, i int, names []string) *process {
	t.Helper()
	h := r.homes[i]
	h.env = nil
	for _, name := range append([]string{"DATA_SOURCE", "REDIS_PASSWORD"}, names...) {
		path := filepath.Join(r.folder, strings.ToLower(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		remember(string(text))
		h.env = append(h.env, name+"_FILE="+path)
	}
	return h.start(t)
}

// roll replaces the nodes one after the other: the new one serves before the old one is
// stopped. All old ones have ended when it returns.
func (r *rotating) roll(t *testing.T, names []string) {
	t.Helper()
	var ending []*process
	for i := range r.nodes {
		old := r.nodes[i]
		r.nodes[i] = r.start(t, i, names)
		r.balancer.configure(t, r.nodes[:])
		if err := r.balancer.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		old.signal(t, syscall.SIGTERM)
		ending = append(ending, old)
	}
	for _, old := range ending {
		old.endsWell(t, time.Now())
	}
}

// step runs the operator's command for the next step.
func (r *rotating) step(t *testing.T, words ...string) {
	t.Helper()
	p := r.homes[0].exec(t, "", append([]string{"secrets", "rotate", "-f", "etc/user-api.yaml", "--dir", r.folder}, words...)...)
	if code := p.exit(t, exitTime); code != 0 {
		t.Fatalf("secrets rotate %v: exit code %d\n%s", words, code, p.out)
	}
}

// pass skips the time between publishing and swapping a secret, which the command reads
// from its own record.
func (r *rotating) pass(t *testing.T) {
	t.Helper()
	path := filepath.Join(r.folder, "rotation.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	earlier := regexp.MustCompile(`"Published": "\d{4}`).ReplaceAll(text, []byte(`"Published": "2020`))
	if err := os.WriteFile(path, earlier, 0o600); err != nil {
		t.Fatal(err)
	}
}

// All secrets that nodes share are changed on two nodes behind an nginx, under load and
// with the operator's command: those of the service in three steps, and with them the
// accounts of the database and of Redis. No request is refused, and in the end no old
// secret is accepted.
func TestRotation_everySecret(t *testing.T) {
	testkit.NotInRace(t, "what happens at once happens in other processes; test.TestRotation_underLoad is raced")
	t.Parallel()
	r := newRotating(t)
	v := &visitors{front: &process{url: r.balancer.url}, answers: map[string]int{}, failed: map[string]int{}}
	idle := r.nodes[0].signIn(t, number(1)) // a session that is unused until the end
	stop := make(chan struct{})
	for n := range 6 {
		v.wait.Go(func() { v.visit(n < 3, stop) })
	}
	begun, rounds := time.Now(), 1
	if os.Getenv("USER_API_TEST_CLUSTER") == "1" {
		rounds = 10
	}
	for round := range rounds {
		r.change(t, accountOf(round), accountOf(round+1))
	}
	time.Sleep(300 * time.Millisecond) // of load in the final state
	close(stop)
	v.wait.Wait()
	t.Logf("in %v: answers %v", time.Since(begun).Round(time.Millisecond), v.answers)
	if len(v.failed) > 0 {
		t.Errorf("refused or failed: %v", v.failed)
	}
	for _, route := range []string{"/user/otp", "/user/login", "/user/refresh", "/user/check", "/user/info"} {
		if v.answers[route] < 20 {
			t.Errorf("%s got only %d requests", route, v.answers[route])
		}
	}
	r.nodes[1].get(t, "/user/check", idle.Access).Want(t, http.StatusUnauthorized, "unauthorized")
	r.nodes[1].refresh(t, idle.Refresh).Want(t, http.StatusUnauthorized, "refresh_invalid")
	if left, _ := filepath.Glob(filepath.Join(r.folder, "prev_*")); len(left) > 0 {
		t.Errorf("left in the folder: %v", left)
	}
}

// accountOf returns the name of the accounts of a round.
func accountOf(round int) string { return fmt.Sprintf("round%d", round) }

// change changes everything once.
func (r *rotating) change(t *testing.T, from, to string) {
	t.Helper()
	both := append([]string{}, ownSecrets...)
	for _, name := range ownSecrets {
		both = append(both, "PREV_"+name)
	}
	r.step(t, "--step", "next")
	r.roll(t, both)
	r.pass(t)
	r.account(t, to) // in addition to the first
	r.step(t, "--step", "swap")
	for _, h := range r.homes {
		h.edits = append(h.edits, edit{"User: " + from, "User: " + to})
	}
	r.roll(t, both)
	r.dropAccount(t, from)
	r.roll(t, ownSecrets)
	r.step(t, "--step", "retire", "--force")
}

// dropAccount deletes an account of MariaDB and of Redis, and closes its connections.
func (r *rotating) dropAccount(t *testing.T, name string) {
	t.Helper()
	if _, err := r.server.Exec(fmt.Sprintf("DROP USER '%s_%s'", r.database.DBName, name)); err != nil {
		t.Fatal(err)
	}
	if n, err := r.redis.Do(context.Background(), "ACL", "DELUSER", name).Int(); err != nil || n != 1 {
		t.Fatalf("%d accounts of Redis deleted, %v", n, err)
	}
}

// A service that generated its own secrets goes through the three steps, with a restart
// after each: users stay signed in, and new tokens are signed with the new secret.
func TestRotation_embedded(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	h := newHome(t)
	p := h.start(t)
	tokens := p.signIn(t, number(1))
	step := func(words ...string) {
		t.Helper()
		command := h.exec(t, "", append([]string{"secrets", "rotate"}, words...)...)
		if code := command.exit(t, exitTime); code != 0 {
			t.Fatalf("%v: exit code %d\n%s", words, code, command.out)
		}
		p.terminate(t)
		p = h.start(t)
		p.get(t, "/user/check", tokens.Access).Want(t, http.StatusOK, "")
		next := p.refresh(t, tokens.Refresh)
		next.Want(t, http.StatusOK, "")
		tokens = next.Tokens()
	}
	first, _ := config.ReadKept(h.path("data"))
	names := []string{"ACCESS_SECRET", "REFRESH_SECRET"}
	step(append(names, "--step", "next")...)
	step(append(names, "--step", "swap")...)
	swapped, err := config.ReadKept(h.path("data"))
	if err != nil || swapped.AccessSecret == first.AccessSecret || swapped.PrevRefreshSecret != first.RefreshSecret {
		t.Fatalf("the secrets are not swapped: %v", err)
	}
	if !signedBy(tokens.Access, swapped.AccessSecret) || !signedBy(tokens.Refresh, swapped.RefreshSecret) {
		t.Error("a token is not signed with the new secret")
	}
	step(append(names, "--step", "retire", "--force")...)
	p.terminate(t)
}
