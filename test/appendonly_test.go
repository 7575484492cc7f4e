package test

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// withGrants creates a database user with the rights listed in docs/audit.md and returns a
// data source with it for the service.
func withGrants(t *testing.T, app *kit.App) (dsn string) {
	t.Helper()
	text, err := os.ReadFile("../docs/audit.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "<!-- grants -->\n```sql\n")
	block, _, _ = strings.Cut(block, "```")
	conf, err := mysql.ParseDSN(app.DataSource)
	if err != nil {
		t.Fatal(err)
	}
	server := openStores(t, app).db
	raw := make([]byte, 8)
	rand.Read(raw)
	name := "ua_" + hex.EncodeToString(raw)
	exec := func(statement string) {
		_, err := server.Exec(statement)
		var denied *mysql.MySQLError
		if errors.As(err, &denied) && denied.Number == 1142 {
			testkit.Missing(t, "a MariaDB user who may GRANT (USER_API_TEST_MYSQL)")
		}
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	exec("CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + name + "'")
	testkit.WriteAlways(t, server, name)
	t.Cleanup(func() { server.Exec("DROP USER '" + name + "'@'%'") })
	grants := regexp.MustCompile(`(?m)^GRANT .*;$`).FindAllString(block, -1)
	if len(grants) < 6 {
		t.Fatalf("docs/audit.md has the grants %q", grants)
	}
	for _, grant := range grants {
		exec(strings.NewReplacer("userdb.", conf.DBName+".", "'user-api'", "'"+name+"'").Replace(grant))
	}
	conf.User, conf.Passwd = name, name
	return conf.FormatDSN()
}

// With the grants of docs/audit.md, the service works fully, and neither the service nor
// anyone with its password can change the audit trail.
func TestAudit_appendOnly(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Real, "Audit: {Retention: 0}") // it prunes nothing
	stores := openStores(t, app)
	const old = "00000000000000000000000001"
	_, err := stores.db.Exec("INSERT INTO `event` (`id`, `at`, `type`, `user_id`, `session_id`, `actor_id`, `address`, `ip`, `reason`, `request_id`) " +
		"VALUES ('" + old + "', 1, 'sign_in', 1, '', 0, '', '', '', '')")
	if err != nil {
		t.Fatal(err)
	}
	dsn := withGrants(t, app)
	node := app.Beside(kit.Option("Migrate: off\nDataSource: \"" + dsn + "\""))
	node.Get("/readyz", "").Want(t, 200, "")
	const told = "prune it with `user-api admin prune` as another user"
	app.Await("a log line that it may not prune", func() bool { return strings.Contains(kit.Log(), told) })
	if n := strings.Count(kit.Log(), told); n != 1 {
		t.Errorf("it is logged %d times, want once", n)
	}

	ann := enroll(t, node, "ann")
	bindAddress(t, node, ann, byPhone, auditPhone)
	call(node, "POST", "/user/password", ann.Access, object{"oldPassword": passOne, "newPassword": passTwo}).Want(t, 204, "")
	refresh(node, ann.Refresh).Want(t, 200, "")
	node.Await("its events", func() bool { return strings.Contains(stores.table("event"), "password_changed") })
	leave(node, ann, object{"password": passTwo}).Want(t, 204, "")
	node.Await("the last event", func() bool { return strings.Contains(stores.table("event"), "account_deleted") })
	if !strings.Contains(stores.table("event"), old) {
		t.Error("the old event is gone")
	}

	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"UPDATE `event` SET `user_id` = 2", "DELETE FROM `event`", "TRUNCATE TABLE `event`", "DROP TABLE `event`",
		"REPLACE INTO `event` (`id`) VALUES ('" + old + "')",
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("%s succeeded", statement)
		}
	}
	// The operator's command prunes with a user who has the right.
	auditor := app.Beside("Audit: {Retention: 365}")
	app.Await("the end of the old event", func() bool {
		_, _, err := auditor.Service.PruneRecords(t.Context(), func(int) {})
		return err == nil && !strings.Contains(stores.table("event"), old)
	})
	if events, _, err := auditor.Service.PruneRecords(t.Context(), func(int) {}); err != nil || events != 0 || !strings.Contains(stores.table("event"), "account_deleted") {
		t.Errorf("PruneRecords = %d, %v", events, err)
	}
	if _, _, err := node.Service.PruneRecords(t.Context(), func(int) {}); err != nil {
		t.Errorf("with nothing to prune: %v", err)
	}
}
