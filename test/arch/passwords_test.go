package arch

import (
	"go/ast"
	"testing"
)

// hashing are the functions that hash a password, and whether it is one that is being set:
// that is looked for among the breached ones first.
var hashing = map[string]string{
	"internal/signin hashNew":       "every password that is set",
	"internal/signin checkPassword": "one that was right is hashed anew, with better parameters",
	"internal/password Adopt":       "the hash of another system is hashed, and no password is known",
}

// A function that hashes a password is in the list above, and so a thought of whether it
// sets one: docs/breached.md says where the list of breached passwords is asked.
func TestHashing(t *testing.T) {
	found := map[string]bool{}
	for _, s := range sources(t) {
		if !s.production() {
			continue
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok && len(c.Args) == 2 {
					if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Hash" {
						found[s.pkg+" "+fn.Name.Name] = true
					}
				}
				return true
			})
		}
	}
	for name := range found {
		if hashing[name] == "" {
			t.Errorf("%s hashes a password: is it one that is being set?", name)
		}
	}
	for name := range hashing {
		if !found[name] {
			t.Errorf("%s hashes no password", name)
		}
	}
}
