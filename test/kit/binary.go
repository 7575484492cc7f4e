package kit

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Binary is the service, built once for a test binary. RemoveBinary removes it.
var Binary = sync.OnceValues(func() (string, error) { return build("", "user.go") })

// Orders is examples/orders, built once like Binary.
var Orders = sync.OnceValues(func() (string, error) { return build("examples/orders", ".", "clients/go") })

// WebApp is examples/webapp, built once like Binary.
var WebApp = sync.OnceValues(func() (string, error) { return build("examples/webapp", ".") })

// Race reports whether Binary is built with the race detector, which then watches the
// processes too.
var Race bool

// bin returns the folder of the built programs.
var bin = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "user-api-") })

// RemoveBinary removes the built programs.
func RemoveBinary() {
	if dir, err := bin(); err == nil {
		os.RemoveAll(dir)
	}
}

// build builds a program of a folder of the repository. The tests do not import its modules,
// so build opens their files: go test reuses a cached result only if no file that the test
// opened has changed.
func build(folder, what string, modules ...string) (path string, err error) {
	dir, err := bin()
	if err != nil {
		return "", err
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "user-api").Output()
	if err != nil {
		return "", err
	}
	root := string(bytes.TrimSpace(module))
	name := "user-api"
	if folder == "" {
		_, err = os.Stat(filepath.Join(root, what)) // all but this file is imported
	} else {
		name = filepath.Base(folder)
		err = opened(root, append(modules, folder))
	}
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, name)
	cmd := BuildCommand(path, what)
	if folder != "" {
		cmd = exec.Command("go", "build", "-ldflags", "-s -w", "-o", path, what)
	}
	cmd.Dir = filepath.Join(root, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s in %s: %w\n%s", what, cmd.Dir, err, out)
	}
	return path, nil
}

// BuildCommand builds the service with the flags of its image, so that all steps of CI
// compile a package once.
func BuildCommand(path, what string) *exec.Cmd {
	if Race {
		return exec.Command("go", "build", "-race", "-o", path, what)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", path, what)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}

func opened(root string, folders []string) error {
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	return nil
}
