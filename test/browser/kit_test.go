package browser

import "testing"

// What the other scripts judge pages by finds what it is to find.
func TestKit(t *testing.T) { start(t).run("kit.mjs", nil) }
