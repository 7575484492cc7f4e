// Package arch holds the architecture as tests: who imports whom, what is not to
// be called where, and what the code of every package has in common. It reads
// the source, so it sees a file for every system, and it takes a moment only.
package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	root   = "../.."
	module = "user-api"
)

// testSupport are packages that only tests import. A test package is one too.
var testSupport = []string{"internal/testkit", "internal/captcha/captchatest", "internal/social/socialtest", "internal/avatar/avatartest", "internal/blob/blobtest", "internal/passkey/passkeytest", "internal/password/breached/breachedtest", "internal/delivery/*test", "test/kit"}

// generators are programs that `make generate` runs, which are no part of the service.
var generators = []string{"internal/openapi/generate"}

// source is one Go file of the module.
type source struct {
	// path and pkg are slash-separated, from the root; pkg is "." for package main.
	path, pkg string
	test      bool
	generated bool
	lines     int
	file      *ast.File
	// imports are import paths by the name they have in the file; a package of
	// this module goes by its folder.
	imports map[string]string
}

// production tells what becomes part of the service.
func (s source) production() bool {
	return !s.test && !matches(s.pkg, testSupport) && !matches(s.pkg, generators) && !strings.HasPrefix(s.pkg, "test/")
}

// fset has the positions in all files.
var fset = token.NewFileSet()

var load = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skipped(file, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		s, err := read(file)
		all = append(all, s)
		return err
	})
	return all, err
})

// skipped are folders that are no part of the module: hidden ones, data, and the
// tools, which are a module of their own.
func skipped(folder, name string) bool {
	if folder == root {
		return false
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil || strings.HasPrefix(name, ".") || name == "testdata" || name == "data"
}

func read(file string) (source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return source{}, err
	}
	parsed, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return source{}, err
	}
	s := source{
		path: filepath.ToSlash(rel), pkg: path.Dir(filepath.ToSlash(rel)), test: strings.HasSuffix(file, "_test.go"),
		generated: ast.IsGenerated(parsed), lines: bytes.Count(text, []byte("\n")),
		file: parsed, imports: map[string]string{},
	}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		imported = strings.TrimPrefix(imported, module+"/")
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "_" || name == "." {
			name += imported // may occur more than once
		}
		s.imports[name] = imported
	}
	return s, nil
}

// sources are the module's files; a walk that found next to none is a failure.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

// matches reports whether a path is one of the patterns: exact, or "x/*" for what
// is one folder below x, or "x/..." for x and all below.
func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if above, ok := strings.CutSuffix(pattern, "/..."); ok {
			return name == above || strings.HasPrefix(name, above+"/")
		}
		ok, _ := path.Match(pattern, name)
		return ok
	})
}
