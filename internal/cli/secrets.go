package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"user-api/internal/config"
	"user-api/internal/rotation"
)

const (
	formatEnv   = "env"
	formatFiles = "files"
	formatYaml  = "yaml"
)

func (r *run) secretsCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "secrets",
		Short: "Generate and rotate secrets",
		Long: `secrets generates the secrets of the service and rotates them step by step without
signing anyone out. docs/secrets.md has a table of all secrets.`,
		Example: "  user-api secrets new\n  user-api secrets rotate --step next",
	}, r.newSecretsCommand(), r.rotateCommand())
}

func (r *run) newSecretsCommand() *cobra.Command {
	var format, dir string
	c := &cobra.Command{
		Use:   "new [NAME...]",
		Short: "Generate secrets and print them or write them to files",
		Long: `new generates random secrets. NAME is a variable such as ACCESS_SECRET; without one, new
generates all secrets that the service requires. It prints them, which is the only time
they are shown, or writes them to new files that only the owner can read.`,
		Example: "  (umask 077; user-api secrets new > secrets.env)\n  user-api secrets new --format files --dir /etc/user-api/secrets\n  user-api secrets new SMS_HTTP_SECRET",
		RunE: func(_ *cobra.Command, names []string) error {
			return r.newSecrets(format, dir, names)
		},
	}
	c.Flags().StringVar(&format, "format", formatEnv, "env, files or yaml")
	c.Flags().StringVar(&dir, "dir", "", "the directory for --format files")
	return c
}

// newSecret is a generated secret.
type newSecret struct {
	config.SecretKey
	value string
}

func (r *run) newSecrets(format, dir string, names []string) error {
	if (format == formatFiles) != (dir != "") {
		return misused("secrets: --dir and --format files require each other")
	}
	if !slices.Contains([]string{formatEnv, formatFiles, formatYaml}, format) {
		return misused("secrets: --format must be %s, %s or %s", formatEnv, formatFiles, formatYaml)
	}
	keys, err := keysNamed(names)
	if err != nil {
		return err
	}
	var all []newSecret
	for _, key := range keys {
		value, err := key.New(r.Rand)
		if err != nil {
			return err
		}
		all = append(all, newSecret{key, value})
	}
	switch format {
	case formatFiles:
		return r.writeSecrets(dir, all)
	case formatYaml:
		return r.print(yamlOf(all), nil)
	}
	var text strings.Builder
	for _, s := range all {
		fmt.Fprintf(&text, "%s=%s\n", s.Env, s.value)
	}
	return r.print(text.String(), nil)
}

// keysNamed returns the secrets with the names, or the service's own.
func keysNamed(names []string) ([]config.SecretKey, error) {
	var keys []config.SecretKey
	all := config.SecretKeys()
	for _, key := range all {
		if len(names) == 0 && key.Change == config.ChangeOwn {
			keys = append(keys, key)
		}
	}
	for i, name := range names {
		at := slices.IndexFunc(all, func(key config.SecretKey) bool { return key.Env == name })
		switch {
		case at < 0:
			return nil, misused("secrets: there is no secret %s; docs/secrets.md lists them", name)
		case !all[at].Makes():
			return nil, misused("secrets: %s is issued by a third party; see docs/secrets.md", name)
		case slices.Contains(names[:i], name):
			return nil, misused("secrets: %s is named twice", name)
		}
		keys = append(keys, all[at])
	}
	return keys, nil
}

// writeSecrets writes a new file for each secret.
func (r *run) writeSecrets(dir string, all []newSecret) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	unlock, err := rotation.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	place := rotation.Folder{Dir: dir}
	for _, s := range all {
		if _, err := os.Lstat(place.Path(s.Env)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("secrets: %s exists already, and nothing was written; use `secrets rotate` to change it", place.Path(s.Env))
		}
	}
	var text strings.Builder
	for _, s := range all {
		if err := place.Put(s.Env, s.value); err != nil {
			return err
		}
		fmt.Fprintf(&text, "%s%s=%s\n", s.Env, config.FileSuffix, place.Path(s.Env))
	}
	return r.print(text.String(), nil)
}

// yamlOf formats secrets as sections of the configuration.
func yamlOf(all []newSecret) string {
	var text strings.Builder
	var open []string
	for _, s := range all {
		path := strings.Split(s.Key, ".")
		sections, name := path[:len(path)-1], path[len(path)-1]
		same := 0
		for same < min(len(open), len(sections)) && open[same] == sections[same] {
			same++
		}
		for depth := same; depth < len(sections); depth++ {
			fmt.Fprintf(&text, "%s%s:\n", strings.Repeat("  ", depth), sections[depth])
		}
		open = sections
		fmt.Fprintf(&text, "%s%s: %q\n", strings.Repeat("  ", len(sections)), name, s.value)
	}
	return text.String()
}
