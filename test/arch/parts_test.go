package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"user-api/internal/testkit"
)

// A part is complete when its constructor returns: nobody sets a field of a type
// that another package's New returns by pointer.
func TestParts_completeAtNew(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	exports := exportData(t)
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })

	packages := map[string][]source{}
	for _, s := range sources(t) {
		if s.production() {
			packages[s.pkg] = append(packages[s.pkg], s)
		}
	}
	parts := map[string]bool{} // that were seen, so that a test which sees none fails
	for pkg, files := range packages {
		info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
		var parsed []*ast.File
		for _, s := range files {
			parsed = append(parsed, s.file)
		}
		conf := types.Config{Importer: imports, Error: func(error) {}} // build tags leave some names unknown
		checked, _ := conf.Check(module+"/"+pkg, fset, parsed, info)
		for _, s := range files {
			for _, field := range assigned(s.file) {
				typ := info.TypeOf(field.X)
				if typ == nil {
					continue
				}
				name, isPart := part(typ, checked)
				if parts[name] = isPart; isPart {
					t.Errorf("%s sets %s of %s: hand it to New instead", s.path, field.Sel.Name, name)
				}
			}
		}
	}
	if len(parts) < 20 {
		t.Errorf("only %d types have fields that are set", len(parts))
	}
}

// exportData lists the files with what each package exports.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	files := map[string]string{}
	for decode := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := decode.Decode(&p); errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		files[p.ImportPath] = p.Export
	}
}

// assigned are the fields that a file sets.
func assigned(file *ast.File) (fields []*ast.SelectorExpr) {
	add := func(e ast.Expr) {
		if field, ok := e.(*ast.SelectorExpr); ok {
			fields = append(fields, field)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				add(e)
			}
		case *ast.IncDecStmt:
			add(n.X)
		}
		return true
	})
	return fields
}

// part reports whether a type is a part of another package of the module.
func part(typ types.Type, in *types.Package) (name string, is bool) {
	if pointer, ok := typ.Underlying().(*types.Pointer); ok {
		typ = pointer.Elem()
	}
	named, ok := typ.(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return typ.String(), false
	}
	name = named.String()
	pkg := named.Obj().Pkg()
	if types.NewMethodSet(types.NewPointer(named)).Lookup(nil, "Error") != nil {
		return name, false // an error is a value
	}
	if pkg == in || pkg.Path() == in.Path() || !strings.HasPrefix(pkg.Path(), module+"/internal/") {
		return name, false
	}
	for _, n := range pkg.Scope().Names() {
		f, ok := pkg.Scope().Lookup(n).(*types.Func)
		if !ok || !strings.HasPrefix(n, "New") || f.Signature().Results().Len() == 0 {
			continue
		}
		if pointer, ok := f.Signature().Results().At(0).Type().(*types.Pointer); ok && types.Identical(pointer.Elem(), named) {
			return name, true
		}
	}
	return name, false
}
