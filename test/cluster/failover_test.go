package cluster

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/test/kit"
)

// semiSync prevents a primary from confirming what its replica does not have.
var semiSync = []string{
	"--log-bin=bin", "--log-slave-updates=ON", "--rpl-semi-sync-slave-enabled=ON",
	"--rpl-semi-sync-master-wait-point=AFTER_SYNC", "--rpl-semi-sync-master-timeout=10000", "--gtid-strict-mode=ON",
}

// startReplicated starts a primary and its replica, which is read-only.
func startReplicated(t *testing.T) (primary, replica *maria) {
	t.Helper()
	need(t, mariadbd, "mariadb-install-db")
	primary = startMaria(t, newData(t), append(semiSync, "--server-id=1")...).ready(t)
	replica = startMaria(t, newData(t), append(semiSync, "--server-id=2")...).ready(t)
	host, port := splitAddr(t, primary.addr)
	primary.exec(t, "RESET MASTER")
	replica.exec(t, "RESET MASTER", "SET GLOBAL gtid_slave_pos = ''",
		fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=%s, MASTER_USER='test', MASTER_PASSWORD='%s', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1", host, port, password),
		"START SLAVE", "SET GLOBAL read_only = 1")
	primary.exec(t, "SET GLOBAL rpl_semi_sync_master_enabled = ON")
	until(t, time.Minute, "replication", func() bool { return primary.status("Rpl_semi_sync_master_clients") == "1" })
	return primary, replica
}

// promote makes the replica of a lost primary the new primary, after it has applied
// everything it has received.
func promote(t *testing.T, replica *maria) {
	t.Helper()
	until(t, time.Minute, "the end of the relay log", func() bool {
		var n int
		err := replica.db.QueryRow("SELECT COUNT(*) FROM information_schema.processlist WHERE STATE LIKE '%has read all relay log%'").Scan(&n)
		return err == nil && n > 0
	})
	replica.exec(t, "STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL read_only = 0")
}

// member is a user during a database failover, with a session and an unused code.
type bystander struct {
	user
	phone, otpID, code string
}

// The database fails over to a replica behind the same address: within five seconds nearly
// everything works again, no session is lost, no code is used up, and no unsent message is
// charged.
func TestFailover(t *testing.T) {
	t.Run("killed", func(t *testing.T) { failOver(t, "is killed", (*maria).kill) })
	// It stays alive, with its connections, and serves reads.
	t.Run("demoted", func(t *testing.T) {
		failOver(t, "is demoted", func(m *maria) { m.exec(m.t, "SET GLOBAL read_only = 1") })
	})
}

func failOver(t *testing.T, how string, fail func(primary *maria)) {
	primary, replica := startReplicated(t)
	primary.exec(t, "CREATE DATABASE ua CHARACTER SET utf8mb4",
		// read_only does not apply to privileged users.
		"CREATE USER app IDENTIFIED BY '"+password+"'", "GRANT ALL ON ua.* TO app")
	address := kit.NewLine(t, primary.addr)
	stores := kit.Stores{Redis: startRedis(t).addr, DataSource: "app" + strings.TrimPrefix(dsnOf(address.Addr(), "ua"), "test")}
	node := together(t, []kit.Stores{stores})[0]

	crowd := make([]*bystander, 20)
	for i := range crowd {
		_, tokens := enroll(t, node)
		crowd[i] = &bystander{user: user{Tokens: tokens, turn: i}, phone: phone()}
		crowd[i].otpID, crowd[i].code = node.AskCode(crowd[i].phone)
	}
	var ended atomic.Bool
	var mended atomic.Int64 // when the new primary answered
	var before, after tally
	var going sync.WaitGroup
	stop := func() {
		ended.Store(true)
		going.Wait()
	}
	t.Cleanup(stop) // before the nodes end
	for _, b := range crowd {
		going.Go(func() {
			for ; !ended.Load(); time.Sleep(100 * time.Millisecond) {
				_, answer, err := b.step([]*kit.Node{node})
				if err != nil {
					t.Error(err)
					return
				}
				switch at := mended.Load(); {
				case answer.Status != http.StatusOK && answer.Status != http.StatusServiceUnavailable:
					t.Errorf("an authorized request gets %d %s", answer.Status, answer.Body)
					return
				case at == 0:
					before.add(fmt.Sprint(answer.Status))
				case time.Since(time.UnixMilli(at)) >= inForce:
					after.add(fmt.Sprint(answer.Status))
				}
			}
		})
	}
	time.Sleep(time.Second)

	fail(primary)
	spent, asked := failing(t, node, crowd)
	promote(t, replica)
	address.Lead(replica.addr)
	until(t, time.Minute, "the new primary", func() bool { return answers(address.Addr()) })
	mended.Store(time.Now().UnixMilli())
	first := until(t, time.Minute, "a write", func() bool {
		return node.Post("/user/register", object{"username": name(), "password": passOne}).Status == http.StatusOK
	})
	time.Sleep(inForce + 3*time.Second)
	stop()

	lost, burnt, charged := 0, 0, 0
	for i, b := range crowd {
		if node.Do(refreshing(b.Refresh)).Status != http.StatusOK {
			lost++
		}
		if login := node.Post("/user/login", object{"otpId": b.otpID, "otp": b.code}); login.Status != http.StatusOK {
			burnt++
			t.Logf("a code that got %d during the failover now gets %d %s", spent[i], login.Status, login.Body)
		}
	}
	for _, to := range asked {
		if again := node.Post("/user/otp", object{"phone": to}); again.Status != http.StatusOK {
			charged++
			t.Logf("a request that got 503 during the failover now gets %d %s", again.Status, again.Body)
		}
	}
	share := 100 * float64(after.of("200")) / float64(max(1, after.of("200")+after.of("503")))
	if lost+burnt+charged > 0 || share < 99 {
		t.Errorf("%d sessions lost, %d codes used up, %d charged for nothing; %.1f %% success, want 0, 0, 0 and 99 %%", lost, burnt, charged, share)
	}
	measured(t, "Failover to a replica of a database that "+how, fmt.Sprintf("first write %d ms after the new primary answers, then %.1f %% success; %d sessions lost, %d codes used up, %d charged",
		first.Milliseconds(), share, lost, burnt, charged), "99 % after 5 s; 0, 0, 0")
}

// failing makes all members use a code, and as many request one, while there is no
// database. It returns the answers to the codes, and the numbers whose request got 503.
func failing(t *testing.T, node *kit.Node, crowd []*bystander) (spent []int, asked []string) {
	t.Helper()
	for _, b := range crowd {
		login := node.Post("/user/login", object{"otpId": b.otpID, "otp": b.code})
		if login.Status != http.StatusServiceUnavailable {
			t.Errorf("a code without a database gets %d %s", login.Status, login.Body)
		}
		spent = append(spent, login.Status)
		to := phone()
		switch ask := node.Post("/user/otp", object{"phone": to}); ask.Status {
		case http.StatusServiceUnavailable:
			asked = append(asked, to)
		case http.StatusOK:
			node.Inbox(to, 1) // it is sent
		default:
			t.Errorf("a request without a database gets %d %s", ask.Status, ask.Body)
		}
	}
	return spent, asked
}

// answers reports whether a database at the address accepts writes.
func answers(addr string) bool {
	db, err := sql.Open("mysql", dsnOf(addr, "ua"))
	if err != nil {
		return false
	}
	defer db.Close()
	var readOnly bool
	return db.QueryRow("SELECT @@global.read_only").Scan(&readOnly) == nil && !readOnly
}
