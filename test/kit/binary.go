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

// Binary is the service, built once for a test binary, and gone with RemoveBinary.
var Binary = sync.OnceValues(func() (string, error) { return build("", "user.go") })

// Orders is examples/orders, built as Binary is.
var Orders = sync.OnceValues(func() (string, error) { return build("examples/orders", ".", "clients/go") })

// WebApp is examples/webapp, built as Binary is.
var WebApp = sync.OnceValues(func() (string, error) { return build("examples/webapp", ".") })

// BuildFlags are those of Binary: -race under the race detector, then the processes
// are watched too.
var BuildFlags []string

// bin is the folder of what was built.
var bin = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "user-api-") })

// RemoveBinary removes what was built.
func RemoveBinary() {
	if dir, err := bin(); err == nil {
		os.RemoveAll(dir)
	}
}

// build builds what is in a folder of the repository, of modules that the tests do not
// import: those and the folder are read, as go test asks what the tests have opened
// whether an earlier result still holds.
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
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, BuildFlags...), what)...)
	cmd.Dir = filepath.Join(root, folder)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s in %s: %w\n%s", what, cmd.Dir, err, out)
	}
	return path, nil
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
