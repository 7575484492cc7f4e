// Package interop holds the service against libraries that are not its own: what
// docs/compatibility.md names, they have verified here. The service runs inside the
// test; the libraries of Node.js and Chromium are processes of their own.
package interop

import (
	"testing"

	"user-api/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }
