package process

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"user-api/internal/testkit"
)

// balancer is an nginx in front of nodes. It keeps connections to them open, and sends a
// request to another node only if none was sent yet.
type balancer struct {
	url, dir string
	port     int
	cmd      *exec.Cmd
}

// nginxConfig disables max_fails: with nginx's default, two restarts within ten seconds
// would leave no node.
const nginxConfig = `%s daemon off; worker_processes 1; pid %[2]s/pid; error_log %[2]s/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path %[2]s; proxy_temp_path %[2]s; fastcgi_temp_path %[2]s; uwsgi_temp_path %[2]s; scgi_temp_path %[2]s;
  upstream nodes { %[3]s keepalive 16; }
  server {
    listen 127.0.0.1:%[4]d;
    location / {
      proxy_pass http://nodes; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_connect_timeout 1s; proxy_next_upstream error timeout;
    }
  }
}
`

// newBalancer starts an nginx that ends with the test.
func newBalancer(t *testing.T, nodes ...*process) *balancer {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program = "/usr/sbin/nginx"; !exists(program) {
			testkit.Missing(t, "nginx")
		}
	}
	b := &balancer{dir: t.TempDir(), port: testkit.FreePort(t)}
	b.url = fmt.Sprintf("http://127.0.0.1:%d", b.port)
	b.configure(t, nodes)
	b.cmd = exec.Command(program, "-p", b.dir, "-c", filepath.Join(b.dir, "nginx.conf"), "-e", filepath.Join(b.dir, "error.log"))
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = b.cmd.Process.Signal(syscall.SIGTERM)
		_ = b.cmd.Wait()
	})
	await(t, time.Minute, "nginx", func() bool {
		resp, err := client.Get(b.url + "/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
	return b
}

func (b *balancer) configure(t *testing.T, nodes []*process) {
	var servers strings.Builder
	for _, node := range nodes {
		fmt.Fprintf(&servers, "server %s max_fails=0; ", strings.TrimPrefix(node.url, "http://"))
	}
	if len(nodes) == 0 {
		servers.WriteString("server 127.0.0.1:1; ") // nothing listens there
	}
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // otherwise its workers could not write to the folder
	}
	text := fmt.Sprintf(nginxConfig, user, b.dir, servers.String(), b.port)
	if err := os.WriteFile(filepath.Join(b.dir, "nginx.conf"), []byte(text), 0o600); err != nil {
		t.Error(err)
	}
}

// obey polls the nodes for readiness, as a load balancer does, and sends requests only to
// ready ones. nginx itself does not poll. The channel receives a value for each round.
func (b *balancer) obey(t *testing.T, nodes ...*process) (rounds <-chan int) {
	told, stop, done := make(chan int), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		used := nodes
		for round := 1; ; round++ {
			var ready []*process
			for _, node := range nodes {
				if resp, err := node.do(http.MethodGet, "/readyz", "", nil); err == nil && resp.Status == http.StatusOK {
					ready = append(ready, node)
				}
			}
			if !slices.Equal(used, ready) {
				used = ready
				b.configure(t, ready)
				_ = b.cmd.Process.Signal(syscall.SIGHUP)
			}
			select {
			case told <- round:
			case <-time.After(100 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
	})
	return told
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
