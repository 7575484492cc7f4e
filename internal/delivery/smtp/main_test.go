package smtp_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/zeromicro/go-zero/core/logx"
)

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// TestMain fails the run if any log line contains a code, an address, the password or a
// provider's words.
func TestMain(m *testing.M) {
	log := &lockedBuffer{}
	logx.SetWriter(logx.NewWriter(log))
	logx.SetLevel(logx.DebugLevel)
	code := m.Run()
	for _, secret := range []string{"739184", "someone@", password, "go away"} {
		if strings.Contains(log.String(), secret) {
			fmt.Printf("FAIL: the log holds %s:\n%s", secret, log.String())
			code = 1
		}
	}
	os.Exit(code)
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
