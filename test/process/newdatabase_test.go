package process

import (
	"strings"
	"testing"
)

// A start that creates a new database logs that, with its location and without a password;
// one that finds it does not.
func TestNewDatabaseIsTold(t *testing.T) {
	const told = "created a new database, "
	eachEmptyStores(t, func(t *testing.T, h *home) {
		p := h.start(t)
		place := "data/user.db"
		for _, variable := range h.env {
			if dsn, ok := strings.CutPrefix(variable, "DATA_SOURCE="); ok {
				_, address, _ := strings.Cut(dsn, "@tcp(")
				address, _, _ = strings.Cut(address, "?")
				place = strings.Replace(address, ")", "", 1)
			}
		}
		if out := p.out.String(); !strings.Contains(out, told+place+":") || !strings.Contains(lineWith(out, told), `"level":"info"`) {
			t.Errorf("the first start does not log %s:\n%s", place, tail(out, 2000))
		}
		p.terminate(t)
		again := h.start(t)
		if strings.Contains(again.out.String(), told) {
			t.Error("the second start logs a new database")
		}
		again.terminate(t)
	})
}

func lineWith(text, part string) string {
	for _, line := range lines(text) {
		if strings.Contains(line, part) {
			return line
		}
	}
	return ""
}
