package browser

import "testing"

// README's tour "with the page": a newcomer signs in by clicking.
func TestTour(t *testing.T) { start(t).run("tour.mjs", nil) }
