// Package version identifies the build of a process.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// number is the release: -ldflags "-X user-api/internal/version.number=1.2.3".
var number string

// Unknown stands for missing information.
const Unknown = "unknown"

// Build describes a build.
type Build struct {
	// Version is the release or, if unset, the version of the module.
	Version string `json:"version"`
	// Revision is the commit; Modified means that the tree had uncommitted changes.
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Read returns the information that the linker and Go put into the binary.
func Read() Build {
	b := Build{Version: number, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, strings.Trim(info.Main.Version, "()")) // (devel)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	b.Version, b.Revision = cmp.Or(b.Version, Unknown), cmp.Or(b.Revision, Unknown)
	return b
}

// String returns one line for people.
func (b Build) String() string {
	changed := ""
	if b.Modified {
		changed = ", with changes"
	}
	return fmt.Sprintf("user-api %s (commit %s%s, %s, %s)", b.Version, b.Revision, changed, b.Go, b.Platform)
}
