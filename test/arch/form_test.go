package arch

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// The most lines a file may have. One that has more holds more than one idea.
const (
	maxLines      = 320
	maxTestLines  = 450
	maxLogicLines = 60
)

// generatedPackages are laid out by goctl, which gives its files no package
// comment; what their groups are is said in user.api.
var generatedPackages = []string{"internal/handler/...", "internal/logic/*", "internal/types"}

// Each package says once what it is.
func TestForm_packageComments(t *testing.T) {
	comments, all := map[string][]string{}, map[string]bool{}
	for _, s := range sources(t) {
		all[s.pkg] = true
		if s.file.Doc == nil || (s.test && strings.HasSuffix(s.file.Name.Name, "_test")) {
			continue
		}
		comments[s.pkg] = append(comments[s.pkg], s.path)
		want := "Package " + s.file.Name.Name + " "
		if s.file.Name.Name == "main" {
			want = "Command " + path.Base(path.Join(module, s.pkg)) + " "
		}
		if text := s.file.Doc.Text(); !strings.HasPrefix(text, want) {
			t.Errorf("%s: the package comment begins with %.30q, want %q", s.path, text, want)
		}
	}
	for pkg := range all {
		if n := len(comments[pkg]); n > 1 || (n == 0 && !matches(pkg, generatedPackages)) {
			t.Errorf("%s has %d package comments, want 1: %v", pkg, n, comments[pkg])
		}
	}
}

// Whatever others use says what it is: shapes, units, errors, the source of a rule.
func TestForm_docComments(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no doc comment that begins with its name", s.path, name)
			}
		}
	}
}

func TestForm_fileSizes(t *testing.T) {
	for _, s := range sources(t) {
		limit := maxLines
		switch {
		case s.generated:
			continue
		case s.test:
			limit = maxTestLines
		case matches(s.pkg, []string{"internal/logic/*"}):
			limit = maxLogicLines
		}
		if s.lines > limit {
			t.Errorf("%s has %d lines, want at most %d", s.path, s.lines, limit)
		}
	}
}

// undocumented lists the exported names that a declaration leaves without a
// comment. Functions, methods and types have one that begins with their name;
// constants and variables may share that of their group.
func undocumented(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) && !about(d.Doc, d.Name.Name) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && !about(spec.Doc, spec.Name.Name) && !about(d.Doc, spec.Name.Name) {
					names = append(names, spec.Name.Name)
				}
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					if name.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
						names = append(names, name.Name)
					}
				}
			}
		}
		return names
	}
	return nil
}

func about(doc *ast.CommentGroup, name string) bool {
	if doc == nil {
		return false
	}
	text := doc.Text()
	for _, article := range []string{"", "A ", "An ", "The "} {
		if strings.HasPrefix(text, article+name+" ") || strings.HasPrefix(text, article+name+"'") {
			return true
		}
	}
	return false
}

// receiver is the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	name := ""
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}
