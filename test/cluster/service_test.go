package cluster

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"user-api/test/kit"
)

type object = map[string]any

const (
	passOne = "rook-thistle-Lantern-41"
	passTwo = "heron-Gravel-winter-88"
	// inForce is the time within which an end on one node takes effect on every other.
	inForce = 5 * time.Second
)

// numbers counts the numbers and names used so far.
var numbers atomic.Int64

// phone returns an unused number.
func phone() string { return fmt.Sprintf("+9198765%05d", numbers.Add(1)) }

// name returns an unused username.
func name() string { return fmt.Sprintf("somebody%d", numbers.Add(1)) }

// roomy sets limits for many clients with one address.
const roomy kit.Option = `
RateLimit:
  Send: {Block: 100000/600, Country: 100000/600, Global: 100000/600, Email: 1000/600}
  Budget: {Day: 100000, Country: 100000, Block: 100000}
`

// together starts nodes concurrently, with shared secrets, and waits until all are ready.
func together(t *testing.T, stores []kit.Stores, options ...kit.Option) []*kit.Node {
	t.Helper()
	nodes := configured(t, stores, options...)
	startAll(t, nodes)
	return nodes
}

func configured(t *testing.T, stores []kit.Stores, options ...kit.Option) []*kit.Node {
	t.Helper()
	options = append([]kit.Option{roomy, kit.NodeSecrets()}, options...)
	var nodes []*kit.Node
	for _, s := range stores {
		nodes = append(nodes, kit.NewNode(t, s, options...))
	}
	return nodes
}

func startAll(t *testing.T, nodes []*kit.Node) {
	t.Helper()
	for _, node := range nodes {
		node.Start()
	}
	for i, node := range nodes {
		if err := node.Serving("/readyz", time.Minute); err != nil {
			t.Fatalf("node %d: %v", i, err)
		}
	}
}

// newDatabase is an empty database on its own server.
func newDatabase(t *testing.T) (dsn string) {
	t.Helper()
	need(t, mariadbd, "mariadb-install-db")
	server := startMaria(t, newData(t)).ready(t)
	server.exec(t, "CREATE DATABASE ua CHARACTER SET utf8mb4")
	return server.dsn("ua")
}

func get(path, bearer string) kit.Request { return with("GET", path, bearer, nil) }

func post(path string, body object) kit.Request { return with("POST", path, "", body) }

func with(method, path, bearer string, body object) kit.Request {
	r := kit.Request{Method: method, Path: path, Bearer: bearer}
	if body != nil {
		r.Body = body
	}
	return r
}

func refreshing(token string) kit.Request {
	return post("/user/refresh", object{"refreshToken": token})
}

// enroll registers an account with a username and passOne, and signs it in.
func enroll(t *testing.T, n *kit.Node) (username string, tokens kit.Tokens) {
	t.Helper()
	username = name()
	made := n.Post("/user/register", object{"username": username, "password": passOne})
	made.Want(t, http.StatusOK, "")
	login := n.Post("/user/login", object{"username": username, "password": passOne})
	login.Want(t, http.StatusOK, "")
	tokens = login.Tokens()
	tokens.UserID = made.Number("id")
	return username, tokens
}

// tally counts answers by status and code.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[what]++
}

func (c *tally) of(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[what]
}

// String lists the counts.
func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(c.counts)
}
