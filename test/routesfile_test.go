package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"user-api/internal/server"
)

const internal = "../internal/"

type (
	// routeGroup is one call of AddRoutes in routes.go.
	routeGroup struct {
		prefix string
		jwt    bool
		// middlewares are fields of the service context, options the rest.With… functions
		// by name.
		middlewares, options []string
		routes               []routeLine
	}

	routeLine struct {
		method, path string
		// group is the folder and handler the function that serves it.
		group, handler string
	}
)

func (r routeLine) String() string { return r.method + " " + r.path }

// readRoutes parses the code that goctl generated: server.AddRoutes(routes, options...),
// where routes may be inside rest.WithMiddlewares(middlewares, routes...).
func readRoutes(t *testing.T) []routeGroup {
	t.Helper()
	var groups []routeGroup
	ast.Inspect(parse(t, internal+"handler/routes.go"), func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || selector(call.Fun) != "server.AddRoutes" {
			return true
		}
		var group routeGroup
		for _, option := range call.Args[1:] {
			switch name := selector(option.(*ast.CallExpr).Fun); name {
			case "rest.WithPrefix":
				group.prefix = unquote(option.(*ast.CallExpr).Args[0])
			case "rest.WithJwt":
				group.jwt = true
			default:
				group.options = append(group.options, name)
			}
		}
		list := call.Args[0]
		if wrapped, ok := list.(*ast.CallExpr); ok {
			for _, m := range wrapped.Args[0].(*ast.CompositeLit).Elts {
				_, name, _ := strings.Cut(selector(m), ".")
				group.middlewares = append(group.middlewares, name)
			}
			list = wrapped.Args[1]
		}
		for _, element := range list.(*ast.CompositeLit).Elts {
			group.routes = append(group.routes, readRoute(group.prefix, element.(*ast.CompositeLit)))
		}
		groups = append(groups, group)
		return false
	})
	if len(groups) == 0 {
		t.Fatal("routes.go has no routes that this test can read")
	}
	return groups
}

func readRoute(prefix string, lit *ast.CompositeLit) routeLine {
	var r routeLine
	for _, element := range lit.Elts {
		kv := element.(*ast.KeyValueExpr)
		switch kv.Key.(*ast.Ident).Name {
		case "Method":
			r.method = strings.ToUpper(strings.TrimPrefix(selector(kv.Value), "http.Method"))
		case "Path":
			r.path = server.ServedAt(path.Clean(prefix + unquote(kv.Value)))
		case "Handler":
			r.group, r.handler, _ = strings.Cut(selector(kv.Value.(*ast.CallExpr).Fun), ".")
		}
	}
	return r
}

// requestsIn lists the paths in a file's functions, without a query and with a star for
// each variable part, and "METHOD path" if both are adjacent arguments, fields of one
// literal, or in app.Get and app.Post.
func requestsIn(f *ast.File) []string {
	var list []string
	names := map[string]ast.Expr{}
	add := func(method string, target ast.Expr) {
		p := written(target, names)
		if base, ok := strings.CutSuffix(p, "*"); ok && !strings.HasSuffix(base, "/") {
			p = base + "/*" // path + rest, where the rest may be "/" and an id
		}
		if strings.HasPrefix(p, "/") {
			list = append(list, p, strings.ToUpper(method)+" "+p)
		}
	}
	find := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			if len(n.Values) == 1 {
				names[n.Names[0].Name] = n.Values[0] // const path = "/…"
			}
		case *ast.CompositeLit:
			fields := map[string]ast.Expr{}
			for _, element := range n.Elts {
				if kv, ok := element.(*ast.KeyValueExpr); ok {
					fields[selector(kv.Key)] = kv.Value
				}
			}
			add(methodIn(fields["Method"]), fields["Path"])
			for i := 1; i < len(n.Elts); i++ {
				add(methodIn(n.Elts[i-1]), n.Elts[i])
			}
		case *ast.CallExpr:
			if fun, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 {
				add(fun.Sel.Name, n.Args[0])
			}
			for i := 1; i < len(n.Args); i++ {
				add(methodIn(n.Args[i-1]), n.Args[i])
			}
		case *ast.BasicLit:
			add("", n)
		}
		return true
	}
	for _, decl := range f.Decls {
		if _, ok := decl.(*ast.FuncDecl); ok { // a table such as openRoutes sends no requests
			clear(names)
			ast.Inspect(decl, find)
		}
	}
	return list
}

// methodIn returns a method given as "GET" or http.MethodGet.
func methodIn(e ast.Expr) string {
	if lit, ok := e.(*ast.BasicLit); ok {
		return unquote(lit)
	}
	return strings.TrimPrefix(selector(e), "http.Method")
}

// written returns a concatenated text up to a question mark; names holds the constants in
// it.
func written(e ast.Expr, names map[string]ast.Expr) string {
	var all func(ast.Expr) string
	all = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			return regexp.MustCompile(`%\w|:\w+`).ReplaceAllString(unquote(e), "*")
		case *ast.BinaryExpr:
			return all(e.X) + all(e.Y)
		case *ast.CallExpr:
			if strings.HasSuffix(selector(e.Fun), ".Sprintf") {
				return all(e.Args[0])
			}
		case *ast.Ident:
			if lit, ok := names[e.Name].(*ast.BasicLit); ok {
				return all(lit)
			}
		}
		return "*"
	}
	text, _, _ := strings.Cut(all(e), "?")
	return text
}

// bodyFields returns the JSON fields of the request type that a route's handler decodes.
func bodyFields(t *testing.T, r routeLine) []string {
	t.Helper()
	request := ""
	ast.Inspect(parse(t, internal+"handler/"+r.group+"/"+strings.ToLower(r.handler)+".go"), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "req" {
			request = strings.TrimPrefix(selector(v.Type), "types.")
		}
		return true
	})
	var fields []string
	files, _ := filepath.Glob(internal + "types/*.go")
	for _, file := range files {
		ast.Inspect(parse(t, file), func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != request {
				return true
			}
			for _, f := range spec.Type.(*ast.StructType).Fields.List {
				tag := reflect.StructTag(unquote(f.Tag)).Get("json")
				if name, _, _ := strings.Cut(tag, ","); name != "" {
					fields = append(fields, name)
				}
			}
			return false
		})
	}
	return fields
}

// functions lists, as folder/name, the exported functions of the files.
func functions(t *testing.T, pattern string, name func(*ast.FuncDecl) string) []string {
	t.Helper()
	var list []string
	files, _ := filepath.Glob(pattern)
	for _, file := range files {
		for _, decl := range parse(t, file).Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.IsExported() && name(f) != "" {
				list = append(list, filepath.Base(filepath.Dir(file))+"/"+name(f))
			}
		}
	}
	slices.Sort(list)
	return list
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func selector(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return selector(s.X) + "." + s.Sel.Name
	}
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func unquote(e ast.Expr) string {
	value, _ := strconv.Unquote(e.(*ast.BasicLit).Value)
	return value
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
