package interop

import (
	"bytes"
	"compress/gzip"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"user-api/internal/apperr"
)

// The bundle is small.
func TestClientTS_size(t *testing.T) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(source(t, "dist/index.js"))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if packed.Len() >= 8192 {
		t.Errorf("the bundle is %d bytes, want fewer than 8192", packed.Len())
	}
}

// source is a file of the client.
func source(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(clientTS, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Its error codes are those of the service.
func TestClientTS_codes(t *testing.T) {
	union := regexp.MustCompile(`(?s)export type Code =(.*?)\n\n`).FindStringSubmatch(source(t, "src/errors.ts"))
	if union == nil {
		t.Fatal("src/errors.ts has no type Code")
	}
	var got, want []string
	for _, name := range regexp.MustCompile(`'(\w+)'`).FindAllStringSubmatch(union[1], -1) {
		got = append(got, name[1])
	}
	for _, code := range apperr.Codes() {
		want = append(want, string(code))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the client has the codes\n%q, the service\n%q", got, want)
	}
}

// Each field of a body that the service reads or writes is in the client's types, and
// optional there if it may be left out.
func TestClientTS_fields(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../internal/types/types.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types, fields := source(t, "src/types.ts"), 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.TypeSpec)
		if !is {
			return true
		}
		body := regexp.MustCompile(`(?s)\nexport interface ` + spec.Name.Name + ` \{\n.*?\n\}\n`).FindString(types)
		for _, field := range spec.Type.(*ast.StructType).Fields.List {
			tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("json")
			name, options, _ := strings.Cut(tag, ",")
			if name == "" {
				continue // of the path, the query or a header
			}
			fields++
			if options != "" {
				name += "?"
			}
			if !strings.Contains(body, "\n  "+name+": ") {
				t.Errorf("src/types.ts has no %s.%s", spec.Name.Name, name)
			}
		}
		return false
	})
	if fields < 100 {
		t.Errorf("%d fields were compared", fields)
	}
}

// Every request that the client makes is a route, and is told to answer as that does;
// every route of a user has a method.
func TestClientTS_routes(t *testing.T) {
	text, err := os.ReadFile("../../user.api")
	if err != nil {
		t.Fatal(err)
	}
	routes := routesOf(string(text))
	sources, err := filepath.Glob(filepath.Join(clientTS, "src/*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	call := regexp.MustCompile("(call|enter|send)(?:<(\\w+)>)?\\((?:'([A-Z]+)', )?['`](/[^'`]*)['`]")
	for _, path := range sources {
		for _, found := range call.FindAllStringSubmatch(source(t, filepath.Join("src", filepath.Base(path))), -1) {
			does, answer, method, path := found[1], found[2], found[3], found[4]
			if does == "enter" {
				method, answer = "POST", "TokenPair"
			}
			for _, one := range spelled(path) {
				want, is := routes[method+" "+one]
				if asked[method+" "+one] = true; !is || want != answer {
					t.Errorf("%s %s is asked for %q, user.api has %q (%t)", method, one, answer, want, is)
				}
			}
		}
	}
	// What is for browsers alone, and for gateways.
	elsewhere := regexp.MustCompile(`^GET /user/(check|avatar/:|login/social/:(/callback)?)$|^POST /user/login/social/:/callback$`)
	for route := range routes {
		if strings.Contains(route, " /user") && !asked[route] && !elsewhere.MatchString(route) {
			t.Errorf("the client has no method for %s", route)
		}
	}
}

// routesOf are the types that routes answer with, by method and path.
func routesOf(api string) map[string]string {
	routes, prefix := map[string]string{}, ""
	line := regexp.MustCompile(`^\t(get|post|put|patch|delete) (\S+)(?: \(\w+\))?(?: returns \((\w+)\))?$`)
	for text := range strings.Lines(api) {
		text = strings.TrimRight(text, "\n")
		if strings.HasPrefix(text, "@server") {
			prefix = ""
		}
		if rest, is := strings.CutPrefix(strings.TrimSpace(text), "prefix:"); is {
			prefix = strings.TrimSpace(rest)
		}
		if found := line.FindStringSubmatch(text); found != nil {
			path := strings.TrimSuffix(prefix+found[2], "/")
			routes[strings.ToUpper(found[1])+" "+regexp.MustCompile(`:\w+`).ReplaceAllString(path, ":")] = found[3]
		}
	}
	return routes
}

// spelled are the routes that a path of the source stands for.
func spelled(path string) []string {
	path, _, _ = strings.Cut(path, "?")
	if kind := regexp.MustCompile(`\$\{kind\}`); kind.MatchString(path) {
		return []string{kind.ReplaceAllString(path, "phone"), kind.ReplaceAllString(path, "email")}
	}
	return []string{regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(path, ":")}
}
