package imports

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"user-api/internal/address"
	"user-api/internal/password"
)

// Kinds of hashes that are assembled from several fields, in addition to those of package
// password.
const (
	kindFirebase = "firebase"
	kindPBKDF2   = "pbkdf2"
	kindNone     = "none"
)

//go:embed mappings/*.yaml
var builtIn embed.FS

// sourceName is the form of a source name, under which origins are stored.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

type (
	// Mapping says what the fields of a record mean. docs/import.md describes the file.
	Mapping struct {
		// Source is the name of the system. A record is identified by it and the id there.
		Source string `yaml:"source"`
		// Format is the file format; if empty, the file name extension decides.
		Format Format `yaml:"format"`
		// Records is the name of the list in a JSON document.
		Records string `yaml:"records"`
		// Region is the country of national numbers.
		Region string `yaml:"region"`
		// PhonePrefix is prepended to numbers that lack it.
		PhonePrefix string `yaml:"phonePrefix"`
		// Proven lists the fields, phone and email, that always count as verified.
		Proven []string `yaml:"proven"`
		// Roles maps values of the field role to roles; any other value means user.
		Roles  map[string]string `yaml:"roles"`
		Fields Fields            `yaml:"fields"`
		Hash   HashRule          `yaml:"hash"`
	}

	// Fields are paths into a record; empty means that there is no such field.
	Fields struct {
		ID          string `yaml:"id"`
		Username    string `yaml:"username"`
		Phone       string `yaml:"phone"`
		PhoneRegion string `yaml:"phoneRegion"`
		PhoneProven string `yaml:"phoneProven"`
		Email       string `yaml:"email"`
		EmailProven string `yaml:"emailProven"`
		Hash        string `yaml:"hash"`
		HashKind    string `yaml:"hashKind"`
		Salt        string `yaml:"salt"`
		Created     string `yaml:"created"`
		Banned      string `yaml:"banned"`
		BannedUntil string `yaml:"bannedUntil"`
		Deleted     string `yaml:"deleted"`
		Role        string `yaml:"role"`
		Locale      string `yaml:"locale"`
	}

	// HashRule says which kind the hashes are.
	HashRule struct {
		Kind string `yaml:"kind"`
		// Kinds maps values of the field hashKind to kinds.
		Kinds map[string]string `yaml:"kinds"`
		// Digest and Iterations are for the kind pbkdf2, whose salt is a field.
		Digest     string `yaml:"digest"`
		Iterations int    `yaml:"iterations"`
		// Firebase are the project's parameters, for the kind firebase.
		Firebase password.Firebase `yaml:"firebase"`
	}
)

// BuiltIn returns the names of the built-in mappings.
func BuiltIn() []string {
	files, err := builtIn.ReadDir("mappings")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".yaml"))
	}
	return names
}

// Named returns a built-in mapping.
func Named(name string) (Mapping, error) {
	if !slices.Contains(BuiltIn(), name) {
		return Mapping{}, fmt.Errorf("imports: there is no mapping %q; the built-in ones are %s", name, strings.Join(BuiltIn(), ", "))
	}
	data, err := builtIn.ReadFile(path.Join("mappings", name+".yaml"))
	if err != nil {
		return Mapping{}, fmt.Errorf("imports: mapping: %w", err)
	}
	return ReadMapping(data)
}

// ReadMapping parses a mapping file. Its error lists everything that is wrong.
func ReadMapping(data []byte) (Mapping, error) {
	m := Mapping{Hash: HashRule{Kind: password.KindAuto}}
	in := yaml.NewDecoder(bytes.NewReader(data))
	in.KnownFields(true)
	if err := in.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return Mapping{}, fmt.Errorf("imports: mapping: %w", err)
	}
	if err := m.Check(); err != nil {
		return Mapping{}, err
	}
	return m, nil
}

// Check returns an error that lists everything that is wrong with a mapping.
func (m Mapping) Check() error {
	var wrong []error
	problem := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !sourceName.MatchString(m.Source) {
		problem("source %q: 1 to 32 of a-z, 0-9, dot, hyphen and underscore", m.Source)
	}
	if m.Fields.ID == "" {
		problem("fields.id is missing: a repeated import recognises records by it")
	}
	if m.Fields.Username == "" && m.Fields.Phone == "" && m.Fields.Email == "" {
		problem("fields has none of username, phone and email")
	}
	for name, at := range m.Fields.all() {
		if err := checkPath(at); at != "" && err != nil {
			problem("fields.%s: %w", name, err)
		}
	}
	if m.Format != "" && !slices.Contains([]Format{CSV, JSONLines, JSON}, m.Format) {
		problem("format %q: csv, jsonl or json", m.Format)
	}
	if m.Region != "" && !address.KnownRegion(m.Region) {
		problem("region %q is not a country", m.Region)
	}
	for _, field := range m.Proven {
		if field != "phone" && field != "email" {
			problem("proven: %q is neither phone nor email", field)
		}
	}
	for _, role := range m.Roles {
		if !knownRole(role) {
			problem("roles: %q is neither user nor admin", role)
		}
	}
	for _, kind := range append(slices.Collect(maps.Values(m.Hash.Kinds)), m.Hash.Kind) {
		if !slices.Contains(append(password.Kinds, kindFirebase, kindPBKDF2, kindNone), kind) {
			problem("hash: there is no kind %q", kind)
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return fmt.Errorf("imports: mapping: %w", err)
	}
	return nil
}

// all returns the paths by field name.
func (f Fields) all() map[string]string {
	return map[string]string{
		"id": f.ID, "username": f.Username, "phone": f.Phone, "phoneRegion": f.PhoneRegion, "phoneProven": f.PhoneProven,
		"email": f.Email, "emailProven": f.EmailProven, "hash": f.Hash, "hashKind": f.HashKind, "salt": f.Salt, "created": f.Created,
		"banned": f.Banned, "bannedUntil": f.BannedUntil, "deleted": f.Deleted, "role": f.Role, "locale": f.Locale,
	}
}
