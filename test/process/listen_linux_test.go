package process

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"user-api/internal/testkit"
)

// The process listens only where the configuration says, on ports and on Unix sockets:
// other users of the machine cannot reach the embedded Redis.
func TestListensNowhereElse(t *testing.T) {
	t.Parallel()
	metrics := testkit.FreePort(t)
	h := newHome(t,
		edit{"DevServer:\n  Enabled: false", "DevServer:\n  Enabled: true"},
		edit{"  Port: 6060\n", fmt.Sprintf("  Port: %d\n", metrics)})
	p := h.start(t)
	p.signIn(t, number(1)) // every client of the embedded Redis has connected
	want := []string{fmt.Sprint("tcp ", metrics), fmt.Sprint("tcp ", portOf(t, p.url))}
	slices.Sort(want)
	if got := listening(t, p.cmd.Process.Pid); !slices.Equal(got, want) {
		t.Errorf("it listens on %q, want %q", got, want)
	}
}

// listening returns the sockets on which a process accepts connections or datagrams.
func listening(t *testing.T, pid int) []string {
	t.Helper()
	proc := fmt.Sprintf("/proc/%d/", pid)
	own := map[string]bool{} // inodes
	fds, err := filepath.Glob(proc + "fd/*")
	if err != nil || len(fds) == 0 {
		t.Fatalf("no files of the process are found: %v", err)
	}
	for _, fd := range fds {
		if link, err := os.Readlink(fd); err == nil {
			if inode, ok := strings.CutPrefix(link, "socket:["); ok {
				own[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	var found []string
	// Columns as in proc(5): local address, state and inode; for Unix sockets flags, inode
	// and path.
	for _, kind := range []string{"tcp", "tcp6", "udp", "udp6"} {
		for _, row := range table(t, proc+"net/"+kind) {
			if own[row[9]] && (row[3] == "0A" || kind[0] == 'u') {
				_, hex, _ := strings.Cut(row[1], ":")
				port, _ := strconv.ParseInt(hex, 16, 32)
				found = append(found, fmt.Sprint(strings.TrimSuffix(kind, "6"), " ", port))
			}
		}
	}
	for _, row := range table(t, proc+"net/unix") {
		if own[row[6]] && row[3] == "00010000" {
			found = append(found, fmt.Sprint("unix ", row[7:]))
		}
	}
	slices.Sort(found)
	return found
}

func table(t *testing.T, path string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines(string(text))[1:] {
		rows = append(rows, strings.Fields(line))
	}
	return rows
}
