package browser

import "testing"

func TestInbox(t *testing.T) { start(t).run("inbox.mjs", nil) }
