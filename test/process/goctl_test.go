package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/testkit"
	"user-api/test/kit"
)

// moreRoutes are what a go-zero developer adds: a route with an answer and one without, in
// a group with `jwt: Auth` and no middleware.
const moreRoutes = `
type NAMEResp {
	Names []string ` + "`json:\"names\"`" + `
}

@server (
	group:  NAME
	prefix: /NAME
	jwt:    Auth
)
service user-api {
	@handler ListNAME
	get /list returns (NAMEResp)

	@handler DropNAME
	post /drop
}
`

// The usual goctl commands work: without our templates they change nothing in the tree; new
// routes compile with either templates, need an access token, and answer 500 until they are
// implemented.
func TestGoctl(t *testing.T) {
	testkit.NotInRace(t, "it builds the service")
	t.Parallel()
	tree := copyTree(t)
	tree.goctl(t)
	if diff := cmp.Diff(readTree(t, repo), readTree(t, string(tree))); diff != "" {
		t.Errorf("plain goctl changes the tree (-before +after):\n%s", diff)
	}

	tree.add(t, "plain")
	tree.goctl(t)
	tree.add(t, "own")
	tree.goctl(t, "-home", "tools/goctl")
	h := newHome(t)
	h.binary = filepath.Join(t.TempDir(), "user-api")
	tree.run(t, kit.BuildCommand(h.binary, "user.go"))

	p := h.start(t)
	access := p.signIn(t, number(1)).Access
	for _, name := range []string{"plain", "own"} {
		for path, method := range map[string]string{"/" + name + "/list": "GET", "/" + name + "/drop": "POST"} {
			for bearer, want := range map[string]struct {
				status int
				code   string
			}{"": {401, "unauthorized"}, access: {500, "internal"}} {
				resp, err := p.do(method, path, bearer, nil)
				if err != nil {
					t.Fatal(err)
				}
				if resp.Status != want.status || resp.Text("code") != want.code {
					t.Errorf("%s %s: %d %s, want %+v", method, path, resp.Status, resp.Body, want)
				}
			}
		}
	}
	p.terminate(t)
}

// tree is the root of a copy of the repository.
type tree string

// copyTree copies the files that git would track.
func copyTree(t *testing.T) tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range readTree(t, repo) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tree(dir)
}

// readTree reads the files of a tree: those that git tracks in the repository or, in a
// copy, all files.
func readTree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	read := func(name string) {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			return // deleted, but still tracked by git
		}
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	if root != repo {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			name, err := filepath.Rel(root, path)
			read(name)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	list := exec.Command("git", "ls-files", "-z", "-co", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		read(name)
	}
	return files
}

// add adds routes with a name to user.api.
func (dir tree) add(t *testing.T, name string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(string(dir), "user.api"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(strings.ReplaceAll(moreRoutes, "NAME", name)); err != nil {
		t.Fatal(err)
	}
}

// goctl is the command as in the go-zero documentation.
func (dir tree) goctl(t *testing.T, more ...string) {
	t.Helper()
	args := strings.Fields("tool -modfile=tools/go.mod goctl api go -api user.api -dir .")
	dir.run(t, exec.Command("go", append(args, more...)...))
}

func (dir tree) run(t *testing.T, command *exec.Cmd) {
	t.Helper()
	command.Dir = string(dir)
	command.Env = append(command.Environ(), "TMPDIR="+t.TempDir(), "HOME="+t.TempDir(), "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"))
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
