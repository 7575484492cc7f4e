package check

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// loadCompose reads compose.yaml as Compose does: by its schema, with anchors, variables
// and the references between services.
func loadCompose(t *testing.T, env ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{deploy + "/compose.yaml"}, cli.WithEnv(env), cli.WithInterpolation(true), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestCompose(t *testing.T) {
	project := loadCompose(t, "USER_API_VERSION=1.2.3")
	want := []string{"app", "grafana", "mail", "migrate", "mysql", "nginx", "prometheus", "redis", "user-api-1", "user-api-2"}
	if got := slices.Sorted(slices.Values(project.ServiceNames())); !slices.Equal(got, want) {
		t.Errorf("services %q, want %q", got, want)
	}
	for _, name := range []string{"user-api-1", "user-api-2", "migrate"} {
		s := project.Services[name]
		if s.Image != "user-api:1.2.3" || !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") {
			t.Errorf("%s: image %q, read only %t, without %q", name, s.Image, s.ReadOnly, s.CapDrop)
		}
		if s.Build == nil || s.Build.Dockerfile != "deploy/Dockerfile" {
			t.Errorf("%s is built by %+v", name, s.Build)
		}
		if name != "migrate" && s.DependsOn["migrate"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s does not wait for the migrations", name)
		}
	}
	if got := project.Services["migrate"].DependsOn["mysql"].Condition; got != types.ServiceConditionHealthy {
		t.Errorf("the migrations wait for MySQL to be %q", got)
	}
	for name, s := range project.Services {
		for _, v := range s.Volumes {
			if _, err := os.Stat(v.Source); v.Type == types.VolumeTypeBind && err != nil {
				t.Errorf("%s mounts what is not there: %v", name, err)
			}
		}
		for _, p := range s.Ports {
			if p.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to others", name, p.Published)
			}
		}
		for key, value := range s.Environment {
			secret := strings.Contains(key, "PASSWORD") || strings.Contains(key, "SECRET") || strings.Contains(key, "PEPPER")
			if secret && !strings.HasSuffix(key, "_FILE") && key != "MYSQL_RANDOM_ROOT_PASSWORD" {
				t.Errorf("%s: %s=%s stands in the file", name, key, *value)
			}
		}
	}
}

// The script makes every secret of the file, once, and the service takes its
// configuration with them.
func TestCompose_secrets(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "secrets.sh")
	write(t, script, read(t, deploy+"/compose/secrets.sh"))
	run(t, "sh", script)
	made := read(t, filepath.Join(dir, "secrets/REFRESH_SECRET"))
	run(t, "sh", script)
	if again := read(t, filepath.Join(dir, "secrets/REFRESH_SECRET")); again != made || len(made) != 64 {
		t.Errorf("a secret of %d bytes, which the second run makes anew: %t", len(made), again != made)
	}
	if info, err := os.Stat(filepath.Join(dir, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	project := loadCompose(t)
	for name, secret := range project.Secrets {
		if _, err := os.Stat(filepath.Join(dir, "secrets", name)); err != nil || filepath.Base(secret.File) != name {
			t.Errorf("%s is %s: %v", name, secret.File, err)
		}
	}
	node := project.Services["user-api-1"]
	cmd := exec.Command(binary(t), "health", "-f", deploy+"/compose/user-api.yaml")
	for key, value := range node.Environment {
		name := strings.TrimSuffix(key, "_FILE")
		if !slices.ContainsFunc(node.Secrets, func(s types.ServiceSecretConfig) bool { return s.Source == name }) {
			t.Errorf("%s=%s is no secret of the node", key, *value)
		}
		cmd.Env = append(cmd.Env, key+"="+filepath.Join(dir, "secrets", name))
	}
	wantTaken(t, cmd)
}
