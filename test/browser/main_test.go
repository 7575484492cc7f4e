// Package browser holds the pages in Chromium: what a person does on them, how they look,
// and what they may cost. The service runs inside the test; each page has a script in the
// folder node, which a test of its name runs.
package browser

import (
	"testing"

	"user-api/test/kit"
)

func TestMain(m *testing.M) { kit.Main(m) }
