package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	nobody   = 65532 // the user of the image
	mostSize = 60 << 20
	version  = "9.8.7-check"
	imageEtc = "/etc/user-api"
	imageVar = "/var/lib/user-api"
)

// buildah runs buildah on storage of its own. It needs neither a daemon nor, with
// chroot isolation, any right that a container would be refused.
type buildah struct {
	program string
	storage []string
}

func newBuildah(t *testing.T) buildah {
	t.Helper()
	if os.Getuid() != 0 {
		if os.Getenv("USER_API_TEST_REQUIRE") != "" {
			t.Fatal("the image is built and run as root")
		}
		t.Skip("the image is built and run as root")
	}
	b := buildah{program: need(t, "buildah")}
	dir := t.TempDir()
	b.storage = []string{"--storage-driver", "vfs", "--root", filepath.Join(dir, "root"), "--runroot", filepath.Join(dir, "run")}
	t.Cleanup(func() {
		_ = exec.Command(b.program, b.args("rm", "--all")...).Run()
		_ = exec.Command(b.program, b.args("rmi", "--all", "--force")...).Run()
	})
	return b
}

func (b buildah) args(args ...string) []string {
	return append(b.storage[:len(b.storage):len(b.storage)], args...)
}

func (b buildah) do(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, b.program, b.args(args...)...)
}

// golang makes the base image that the Dockerfile begins with, as no registry is asked:
// a shell, and the authorities' certificates of this machine. Go itself is mounted.
func (b buildah) golang(t *testing.T) {
	t.Helper()
	busybox := need(t, "busybox")
	c := b.do(t, "from", "scratch")
	b.do(t, "copy", c, busybox, "/bin/busybox")
	b.do(t, "copy", c, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt")
	root := b.do(t, "mount", c)
	for _, name := range []string{"sh", "mkdir", "env"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "tmp"), 0o777), os.MkdirAll(filepath.Join(root, "root"), 0o700)); err != nil {
		t.Fatal(err)
	}
	b.do(t, "config", "--env", "PATH=/usr/local/go/bin:/bin", "--env", "GOPATH=/go", "--env", "GOTOOLCHAIN=local",
		"--env", "GOPROXY=off", "--env", "GOMODCACHE=/modules", "--env", "GOCACHE=/built", c)
	b.do(t, "commit", "--quiet", c, "docker.io/library/golang:1.26-bookworm")
	b.do(t, "rm", c)
}

// build builds the Dockerfile with the modules and the build cache of this machine.
func (b buildah) build(t *testing.T) (image string) {
	t.Helper()
	b.golang(t)
	goenv := func(name string) string { return run(t, "go", "env", name) }
	image = "localhost/user-api:check"
	b.do(t, "bud", "--isolation", "chroot", "--pull-never", "--format", "docker", "--quiet",
		"--volume", goenv("GOROOT")+":/usr/local/go:ro",
		"--volume", goenv("GOMODCACHE")+":/modules:rw",
		"--volume", goenv("GOCACHE")+":/built:rw",
		"--build-arg", "VERSION="+version, "--build-arg", "REVISION=0123456789abcdef",
		"-f", deploy+"/Dockerfile", "-t", image, repo)
	return image
}

// The image is small, runs as a user of its own on a root that cannot be written, is
// soon ready, knows its version and health, and signs in.
func TestImage(t *testing.T) {
	b := newBuildah(t)
	image := b.build(t)
	t.Run("configuration", func(t *testing.T) { imageConfig(t, b, image) })
	root := b.do(t, "mount", b.do(t, "from", "--pull-never", image))
	t.Run("size", func(t *testing.T) { imageSize(t, root) })
	t.Run("runs", func(t *testing.T) { imageRuns(t, root) })
}

func imageConfig(t *testing.T, b buildah, image string) {
	var found struct {
		Docker struct {
			Config struct {
				User, WorkingDir string
				Entrypoint, Cmd  []string
				Labels           map[string]string
				Healthcheck      struct{ Test []string }
			} `json:"config"`
		}
	}
	if err := json.Unmarshal([]byte(b.do(t, "inspect", "--type", "image", image)), &found); err != nil {
		t.Fatal(err)
	}
	c := found.Docker.Config
	if c.User != fmt.Sprintf("%d:%d", nobody, nobody) || c.WorkingDir != imageVar {
		t.Errorf("user %q in %q", c.User, c.WorkingDir)
	}
	if got := c.Labels["org.opencontainers.image.version"]; got != version {
		t.Errorf("label of the version %q, want %q", got, version)
	}
	if len(c.Healthcheck.Test) < 3 || c.Healthcheck.Test[0] != "CMD" || c.Healthcheck.Test[2] != "health" {
		t.Errorf("health check %q", c.Healthcheck.Test)
	}
	if got := strings.Join(append(c.Entrypoint, c.Cmd...), " "); got != "/usr/bin/user-api serve -f /etc/user-api/user-api.yaml" {
		t.Errorf("it runs %q", got)
	}
}

func imageSize(t *testing.T, root string) {
	var size int64
	var files []string
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
			files = append(files, strings.TrimPrefix(path, root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MiB in %d files", float64(size)/(1<<20), len(files))
	if size > mostSize || len(files) > 3 {
		t.Errorf("%d bytes in %q, want at most %d", size, files, mostSize)
	}
}

func imageRuns(t *testing.T, root string) {
	chroot := need(t, "chroot")
	unshare := need(t, "unshare")
	port, metrics := freePort(t), freePort(t)
	dir := t.TempDir()
	for name, inside := range map[string]string{"etc": imageEtc, "var": imageVar, "proc": "/proc"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, name), 0o755), os.MkdirAll(root+inside, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "etc/user-api.yaml"), fmt.Sprintf("Mode: dev\nHost: 127.0.0.1\nPort: %d\nDataSource: sqlite:%s/user.db\nDevServer: {Port: %d}\n", port, imageVar, metrics))
	if err := os.Chown(filepath.Join(dir, "var"), nobody, nobody); err != nil {
		t.Fatal(err)
	}
	// What a container engine does, by the kernel's own means.
	inside := func(args string) *exec.Cmd {
		return exec.Command(unshare, "--mount", "--", "/bin/sh", "-ec", fmt.Sprintf(`
			mount --bind %[1]s %[1]s
			mount --bind %[2]s/etc %[1]s%[3]s
			mount --bind %[2]s/var %[1]s%[4]s
			mount -t proc proc %[1]s/proc
			mount -o remount,bind,ro %[1]s
			exec %[5]s --userspec=%[6]d:%[6]d --groups= %[1]s /usr/bin/user-api %[7]s`, root, dir, imageEtc, imageVar, chroot, nobody, args))
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	if out, err := inside("version").CombinedOutput(); err != nil || !strings.Contains(string(out), version) {
		t.Errorf("version: %v %s", err, out)
	}
	health := func() error { return inside("health -f " + imageEtc + "/user-api.yaml --ready").Run() }
	if health() == nil {
		t.Error("health is well before it runs")
	}
	// First with a new database, then with an existing one.
	for n, start := range []string{"first", "second"} {
		cmd := inside("serve -f " + imageEtc + "/user-api.yaml")
		cmd.Dir = "/"
		begun := time.Now()
		launch(t, cmd)
		await(t, "readiness", func() error { return answers(url + "/readyz?strict=1") })
		t.Logf("%s start: ready after %d ms", start, time.Since(begun).Milliseconds())
		status := read(t, fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		for _, want := range []string{fmt.Sprintf("Uid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d\n", nobody), "CapEff:\t0000000000000000\n"} {
			if !strings.Contains(status, want) {
				t.Errorf("the process is not %q:\n%s", want, status)
			}
		}
		if mounts := strings.SplitN(read(t, fmt.Sprintf("/proc/%d/mounts", cmd.Process.Pid)), "\n", 2)[0]; !strings.Contains(mounts, " / ") || !strings.Contains(mounts, " ro,") {
			t.Errorf("the root can be written: %s", mounts)
		}
		if token := signIn(t, url, fmt.Sprintf("+91987654321%d", n)); token == "" {
			t.Error("no token")
		}
		if err := health(); err != nil {
			t.Errorf("health: %v", err)
		}
		if _, text, err := ask(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/metrics", metrics), ""); err != nil || !strings.Contains(text, `version="`+version+`"`) {
			t.Errorf("the build is not in the metrics: %v", err)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("the end: %v", err)
		}
	}
}
