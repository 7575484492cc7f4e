package browser

import "testing"

// What every page may cost, and what it may do.
func TestPages(t *testing.T) { start(t).run("pages.mjs", nil) }
