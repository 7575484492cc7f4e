package version

import (
	"strings"
	"testing"
)

// A version set by the linker takes precedence over Go's build info.
func TestRead(t *testing.T) {
	number = "1.2.3"
	t.Cleanup(func() { number = "" })
	b := Read()
	if b.Version != "1.2.3" || !strings.HasPrefix(b.Go, "go1.") || !strings.Contains(b.Platform, "/") || b.Revision == "" {
		t.Errorf("Read = %+v", b)
	}
	b.Revision, b.Modified, b.Go, b.Platform = "abc", true, "go1.26", "linux/amd64"
	if got, want := b.String(), "user-api 1.2.3 (commit abc, with changes, go1.26, linux/amd64)"; got != want {
		t.Errorf("String = %q, want %q", got, want)
	}
	number = ""
	if b := Read(); b.Version == "" || strings.ContainsAny(b.Version, "()") {
		t.Errorf("without the linker: %+v", b)
	}
}
