package kit

import (
	"encoding/json"
	"fmt"
	"testing"

	"user-api/internal/testkit"

	"gopkg.in/yaml.v3"
)

// NewConsumer configures examples/orders as a process, which Start starts: a service
// whose callers sign in at the issuer, and which follows the issuer's revocations as a
// machine with the scope for it.
func NewConsumer(t testing.TB, issuer string, m Machine) *Node {
	t.Helper()
	setUpLog()
	port := testkit.FreePort(t)
	n := newProcess(t, Orders, port)
	n.env = []string{"ORDERS_CLIENT_ID=" + m.ID, "ORDERS_CLIENT_SECRET=" + m.Secret}
	text, err := yaml.Marshal(map[string]any{
		"Name": "orders", "Host": "127.0.0.1", "Port": port, "Auth": map[string]any{"Issuer": issuer},
		// It measures the load of the whole machine, which runs other tests too.
		"CpuThreshold": 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	n.configure(string(text))
	return n
}

// Machine creates a client with the given scopes, as an operator does.
func (n *Node) Machine(name string, scopes ...string) Machine {
	n.t.Helper()
	args := []string{"client", "create", name, "--json"}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	var made struct{ ID, Secret string }
	if err := json.Unmarshal(n.Run(args...), &made); err != nil || made.Secret == "" {
		n.t.Fatal(fmt.Errorf("no client: %w", err))
	}
	remember(made.Secret)
	return Machine{Name: name, ID: made.ID, Secret: made.Secret}
}
