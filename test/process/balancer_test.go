package process

import (
	"net/http"
	"testing"
	"time"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// twoNodes are two nodes on the same stores.
type twoNodes struct {
	homes [2]*home
	nodes [2]*process
}

// newTwoNodes starts two nodes; redis is the address of their Redis.
func newTwoNodes(t *testing.T, dsn, redis string, edits ...edit) *twoNodes {
	t.Helper()
	access, refresh, pepper := newSecret(), newSecret(), newSecret()
	p := &twoNodes{}
	for i := range p.homes {
		p.homes[i] = newHome(t, edits...).onMySQL(t, dsn).onRedis(redis).withSecrets(access, refresh, pepper)
		p.nodes[i] = p.homes[i].start(t)
	}
	return p
}

// Without Redis every node reports that but stays ready, so a load balancer that uses
// readiness keeps sending requests, and those that need no Redis are served.
func TestBalancer_withoutRedis(t *testing.T) {
	testkit.NotInRace(t, "one thing is asked after the other")
	t.Parallel()
	dsn := testkit.MySQL(t)
	line := kit.NewLine(t, testkit.StartRedisServer(t))
	nodes := newTwoNodes(t, dsn, line.Addr()).nodes
	b := newBalancer(t, nodes[:]...)
	front := &process{url: b.url}
	const password = "a long pass phrase 1"
	remember(password)
	front.post(t, "/user/register", object{"username": "ann", "password": password}).Want(t, http.StatusOK, "")
	login := func() kit.Response {
		return front.post(t, "/user/login", object{"username": "ann", "password": password})
	}
	first := login()
	first.Want(t, http.StatusOK, "")
	rounds := b.obey(t, nodes[:]...)

	line.Cut()
	for _, node := range nodes {
		await(t, time.Minute, "what was found of Redis", func() bool {
			parts, _ := node.get(t, "/readyz", "").JSON["parts"].(object)
			return parts["redis"] == "down"
		})
		strict := node.get(t, "/readyz?strict=1", "")
		strict.Want(t, http.StatusServiceUnavailable, "unavailable")
		if got := strict.Text("field"); got != "redis" {
			t.Errorf("strict: %s, want the field redis", strict.Body)
		}
	}
	for range 3 {
		<-rounds // the balancer has applied the result
	}
	refresh := first.Tokens().Refresh
	for range 10 {
		signedIn := login()
		signedIn.Want(t, http.StatusOK, "")
		front.get(t, "/user/info", signedIn.Tokens().Access).Want(t, http.StatusOK, "")
		front.get(t, "/user/check", signedIn.Tokens().Access).Want(t, http.StatusOK, "")
		next := front.refresh(t, refresh)
		next.Want(t, http.StatusOK, "")
		refresh = next.Tokens().Refresh
	}
	front.post(t, "/user/otp", object{"phone": number(1)}).Want(t, http.StatusServiceUnavailable, "unavailable")
}
