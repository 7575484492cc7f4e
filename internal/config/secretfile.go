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
	// FileSuffix ends the name of the variable that names a file with a secret, as
	// Docker and Kubernetes mount them: ACCESS_SECRET_FILE beside ACCESS_SECRET.
	FileSuffix = "_FILE"

	// maxSecretFile is more than any secret has; the largest is a key in PEM.
	maxSecretFile = 64 << 10
)

// foundFile is what was found in a file, or what is wrong with it.
type foundFile struct {
	value string
	err   error
}

// secret looks a secret up in the environment: in its variable, or in the file that
// NAME_FILE names. What is wrong with that file is a problem of the key, and then the
// value is empty.
func (d *decoder) secret(f field) (value string, given bool) {
	if f.env == "" {
		return "", false
	}
	if f.own != "" {
		one := f
		one.env, one.own = f.env+f.own, ""
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

// ReadSecretFile takes a file as it is: nothing is cut off its ends, since the node
// beside might not do the same. An error shows the path, and nothing of the content.
func ReadSecretFile(path string) (string, error) {
	wrong := func(format string, args ...any) (string, error) { return "", fmt.Errorf(format, args...) }
	if strings.TrimFunc(path, isBlank) != path {
		return wrong("must be a path, and not begin or end with white space or a line break")
	}
	info, err := os.Stat(path)
	if err != nil {
		return wrong("%s cannot be read: %w", path, bare(err))
	}
	if !info.Mode().IsRegular() { // a pipe might keep the start waiting for ever
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

// bare leaves the path out of an error that names it.
func bare(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// SecretFile is a file with a secret, and the variable that names it.
type SecretFile struct{ Variable, Path string }

// SecretFiles are those that the environment names.
func (c Config) SecretFiles() []SecretFile {
	var variables []string
	for _, s := range SecretKeys() {
		variables = append(variables, s.Env)
	}
	for _, w := range c.Webhooks {
		variables = append(variables, "WEBHOOK_SECRET"+ownSuffix(w.Name), "PREV_WEBHOOK_SECRET"+ownSuffix(w.Name))
	}
	for _, p := range c.Social.Providers {
		variables = append(variables, "SOCIAL_SECRET"+ownSuffix(p.Name), "SOCIAL_MINI_SECRET"+ownSuffix(p.Name))
	}
	var files []SecretFile
	for _, variable := range variables {
		if path := os.Getenv(variable + FileSuffix); path != "" {
			files = append(files, SecretFile{variable + FileSuffix, path})
		}
	}
	return files
}
