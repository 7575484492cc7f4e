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

// Kinds of hashes that are put together from several fields, beside those of package
// password.
const (
	kindFirebase = "firebase"
	kindPBKDF2   = "pbkdf2"
	kindNone     = "none"
)

//go:embed mappings/*.yaml
var builtIn embed.FS

// sourceName is a word that origins are kept under.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

type (
	// Mapping says which field of a record is what. docs/import.md describes the file.
	Mapping struct {
		// Source is the name of the system: a record is imported once for its id there.
		Source string `yaml:"source"`
		// Format is that of the file; empty goes by the end of its name.
		Format Format `yaml:"format"`
		// Records is the name of the list in a JSON document.
		Records string `yaml:"records"`
		// Region is the country of national numbers.
		Region string `yaml:"region"`
		// PhonePrefix stands before numbers that lack it.
		PhonePrefix string `yaml:"phonePrefix"`
		// Proven are the fields, phone and email, that are proven whatever a record says.
		Proven []string `yaml:"proven"`
		// Roles gives a role for what the field role says; what is not in it is a user.
		Roles  map[string]string `yaml:"roles"`
		Fields Fields            `yaml:"fields"`
		Hash   HashRule          `yaml:"hash"`
	}

	// Fields are paths into a record; an empty one is not there.
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

	// HashRule says of which kind hashes are.
	HashRule struct {
		Kind string `yaml:"kind"`
		// Kinds gives a kind for what the field hashKind says.
		Kinds map[string]string `yaml:"kinds"`
		// Digest and Iterations are those of the kind pbkdf2, whose salt is a field.
		Digest     string `yaml:"digest"`
		Iterations int    `yaml:"iterations"`
		// Firebase are the parameters of the project, of the kind firebase.
		Firebase password.Firebase `yaml:"firebase"`
	}
)

// BuiltIn lists the names of the mappings that are built in.
func BuiltIn() []string {
	files, err := builtIn.ReadDir("mappings")
	if err != nil {
		panic(err) // it is part of the program
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".yaml"))
	}
	return names
}

// Named returns a mapping that is built in.
func Named(name string) (Mapping, error) {
	if !slices.Contains(BuiltIn(), name) {
		return Mapping{}, fmt.Errorf("imports: there is no mapping %q: %s", name, strings.Join(BuiltIn(), ", "))
	}
	data, err := builtIn.ReadFile(path.Join("mappings", name+".yaml"))
	if err != nil {
		return Mapping{}, fmt.Errorf("imports: mapping: %w", err)
	}
	return ReadMapping(data)
}

// ReadMapping reads a mapping file and tells all that is wrong with it.
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

// Check tells all that is wrong with a mapping.
func (m Mapping) Check() error {
	var wrong []error
	problem := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !sourceName.MatchString(m.Source) {
		problem("source %q: 1 to 32 of a-z, 0-9, dot, hyphen and underscore", m.Source)
	}
	if m.Fields.ID == "" {
		problem("fields.id is missing: an import goes by it where it is run again")
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
		problem("region %q is no country", m.Region)
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

// all are the paths by the names of the fields.
func (f Fields) all() map[string]string {
	return map[string]string{
		"id": f.ID, "username": f.Username, "phone": f.Phone, "phoneRegion": f.PhoneRegion, "phoneProven": f.PhoneProven,
		"email": f.Email, "emailProven": f.EmailProven, "hash": f.Hash, "hashKind": f.HashKind, "salt": f.Salt, "created": f.Created,
		"banned": f.Banned, "bannedUntil": f.BannedUntil, "deleted": f.Deleted, "role": f.Role, "locale": f.Locale,
	}
}
