package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	// FileSuffix is the suffix of a variable that names a file with the secret, as mounted
	// by Docker and Kubernetes: ACCESS_SECRET_FILE for ACCESS_SECRET.
	FileSuffix = "_FILE"

	// maxSecretFile exceeds the size of any secret; the largest is a key in PEM.
	maxSecretFile = 64 << 10
)

// foundFile is the content of a file or the error from reading it.
type foundFile struct {
	value string
	err   error
}

// secret looks up a secret in the environment: in its variable, or in the file that
// NAME_FILE names. An invalid file is a problem of the key, and the value is then empty.
func (d *decoder) secret(f field) (value string, given bool) {
	if f.env == "" {
		return "", false
	}
	if f.envSuffix != "" {
		one := f
		one.env, one.envSuffix = f.env+f.envSuffix, ""
		if value, given := d.secret(one); given {
			return value, true
		}
	}
	value, variable := d.env(f.env), f.env+FileSuffix
	path := d.env(variable)
	switch {
	case path == "":
		return value, value != ""
	case value != "":
		d.problems.add(f.key, "is given by both %s and %s, unset one of them", f.env, variable)
		return value, true
	}
	file, read := d.files[variable]
	if !read {
		file.value, file.err = ReadSecretFile(path)
		d.files[variable] = file
	}
	if file.err != nil {
		d.problems.add(f.key, "%s: %v", variable, file.err)
	}
	return file.value, true
}

// ReadSecretFile returns the content of a file unmodified: trimming could produce another
// secret than on the other nodes. Errors contain the path but nothing of the content.
func ReadSecretFile(path string) (string, error) {
	wrong := func(format string, args ...any) (string, error) { return "", fmt.Errorf(format, args...) }
	if strings.TrimFunc(path, isBlank) != path {
		return wrong("must be a path, and not begin or end with white space or a line break")
	}
	info, err := os.Stat(path)
	if err != nil {
		return wrong("%s cannot be read: %w", path, bare(err))
	}
	if !info.Mode().IsRegular() { // a pipe could block the start forever
		return wrong("%s must be a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return wrong("%s cannot be read: %w", path, bare(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	switch {
	case err != nil:
		return wrong("%s cannot be read: %w", path, bare(err))
	case len(text) == 0:
		return wrong("%s is empty", path)
	case len(text) > maxSecretFile:
		return wrong("%s must have at most %d bytes", path, maxSecretFile)
	case strings.TrimFunc(string(text), isBlank) != string(text):
		return wrong("%s must not begin or end with white space or a line break, which editors, echo and heredocs add: write it with printf %%s", path)
	}
	return string(text), nil
}

// bare removes the path from an error.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// SecretFile is a file with a secret and the variable that names it.
type SecretFile struct{ Variable, Path string }

// SecretFiles returns the files named in the environment.
func (c Config) SecretFiles() []SecretFile {
	var variables []string
	for _, s := range SecretKeys() {
		variables = append(variables, s.Env)
	}
	for _, w := range c.Webhooks {
		variables = append(variables, "WEBHOOK_SECRET"+envSuffixOf(w.Name), "PREV_WEBHOOK_SECRET"+envSuffixOf(w.Name))
	}
	for _, p := range c.Social.Providers {
		variables = append(variables, "SOCIAL_SECRET"+envSuffixOf(p.Name), "SOCIAL_MINI_SECRET"+envSuffixOf(p.Name))
	}
	var files []SecretFile
	for _, variable := range variables {
		if path := os.Getenv(variable + FileSuffix); path != "" {
			files = append(files, SecretFile{variable + FileSuffix, path})
		}
	}
	return files
}
