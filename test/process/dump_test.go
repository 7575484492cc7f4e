package process

import (
	"database/sql"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/testkit"
)

// MySQL's own tools dump the database of a serving node and restore it, as in
// docs/backup.md: with the same secrets users are signed in, until every session is ended.
func TestDumpOfMySQL(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	t.Parallel()
	from, to := testkit.MySQL(t), testkit.MySQL(t)
	for _, program := range []string{"mysqldump", "mysql"} {
		if _, err := exec.LookPath(program); err != nil {
			testkit.Missing(t, program)
		}
	}
	access, refresh, pepper := newSecret(), newSecret(), newSecret()
	h := newHome(t).onMySQL(t, from).onRedis(testkit.StartRedisServer(t)).withSecrets(access, refresh, pepper)
	p := h.start(t)
	tokens := p.signIn(t, number(1))
	dump := mysqlTool(t, from, "mysqldump", "--single-transaction", "--routines=false", "--hex-blob")
	text, err := dump.Output()
	if err != nil {
		t.Fatal(err)
	}
	p.logout(t, tokens.Access) // undone below
	p.terminate(t)

	load := mysqlTool(t, to, "mysql")
	load.Stdin = strings.NewReader(string(text))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	restored := newHome(t).onMySQL(t, to).onRedis(testkit.StartRedisServer(t)).withSecrets(access, refresh, pepper)
	q := restored.start(t)
	again := q.refresh(t, tokens.Refresh)
	again.Want(t, http.StatusOK, "")
	if code, out := restored.run(t, "sessions", "end", "--all", "-f", "etc/user-api.yaml"); code != 0 || !strings.Contains(out, "1 sessions of 1 users") {
		t.Errorf("exit code %d: %s", code, out)
	}
	await(t, exitTime, "the end of the session", func() bool {
		return q.get(t, "/user/check", again.Text("accessToken")).Status == http.StatusUnauthorized
	})
	q.refresh(t, again.Text("refreshToken")).Want(t, http.StatusUnauthorized, "session_ended")
	q.terminate(t)
	if got, want := tableCount(t, to), tableCount(t, from); got != want {
		t.Errorf("%d tables are restored, want %d", got, want)
	}
}

// mysqlTool returns a program of MySQL for the database of a DSN.
func mysqlTool(t *testing.T, dsn, program string, args ...string) *exec.Cmd {
	t.Helper()
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(conf.Addr, ":")
	cmd := exec.Command(program, append([]string{"--no-defaults", "--protocol=tcp", "-h", host, "-P", port, "-u", conf.User}, append(args, conf.DBName)...)...)
	cmd.Env = append(cmd.Environ(), "MYSQL_PWD="+conf.Passwd)
	return cmd
}

func tableCount(t *testing.T, dsn string) (n int) {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
