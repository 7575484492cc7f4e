package interop

import (
	"testing"

	"user-api/test/kit"
)

// scripts is the folder of the Node package.
const scripts = "node"

var node = kit.NewScripts(scripts)

// verify runs a script to its end.
func verify(t *testing.T, name string, given any) {
	t.Helper()
	node.Verify(t, name, given)
}
