package arch

import (
	"cmp"
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const (
	metricsPage  = "docs/metrics.md"
	metricsBegin = "<!-- metrics: made by USER_API_TEST_UPDATE=1 go test ./test/arch -run Metrics -->\n"
	metricsEnd   = "<!-- end of metrics -->\n"
)

// declared is a metric as the source declares it.
type declared struct {
	name, kind, help string
	labels           []string
}

// declaredMetrics returns the metrics that production code declares with package metrics. Their
// arguments are literals, so that they can be read here and searched for.
func declaredMetrics(t *testing.T) []declared {
	t.Helper()
	var all []declared
	for _, s := range sources(t) {
		if !s.production() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := f.X.(*ast.Ident)
			if !ok || s.imports[pkg.Name] != "internal/metrics" {
				return true
			}
			m := declared{kind: strings.ToLower(f.Sel.Name)}
			for i, arg := range call.Args {
				switch texts := literals(arg); i {
				case 0:
					m.name = strings.Join(texts, "")
				case 1:
					m.help = strings.Join(texts, "")
				default:
					if _, ok := arg.(*ast.BasicLit); ok {
						m.labels = append(m.labels, texts...)
					}
				}
			}
			if !strings.HasPrefix(m.name, "user_api_") || m.help == "" {
				t.Errorf("%s: metric %q, help %q: want literals, and a name that begins with user_api_", s.path, m.name, m.help)
			}
			all = append(all, m)
			return true
		})
	}
	slices.SortFunc(all, func(a, b declared) int { return cmp.Compare(a.name, b.name) })
	return all
}

// literals are the strings in an expression.
func literals(e ast.Expr) (texts []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(l.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}

// The page of metrics has a row for each that the code declares.
func TestMetrics_documented(t *testing.T) {
	var table strings.Builder
	table.WriteString("\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n")
	all := declaredMetrics(t)
	for _, m := range all {
		var labels []string
		for _, label := range m.labels {
			labels = append(labels, "`"+label+"`")
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", m.name, m.kind, strings.Join(labels, ", "), m.help)
	}
	table.WriteString("\n")
	text := page(t, metricsPage)
	head, rest, ok := strings.Cut(text, metricsBegin)
	told, tail, ended := strings.Cut(rest, metricsEnd)
	if !ok || !ended {
		t.Fatalf("%s has no place for the table", metricsPage)
	}
	if os.Getenv("USER_API_TEST_UPDATE") != "" {
		if err := os.WriteFile(root+"/"+metricsPage, []byte(head+metricsBegin+table.String()+metricsEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(told, table.String()); diff != "" {
		t.Errorf("%s tells others than the code (-told +code); USER_API_TEST_UPDATE=1 writes it anew:\n%s", metricsPage, diff)
	}
	for _, m := range all {
		for _, label := range m.labels {
			if !strings.Contains(tail, "\n| `"+label+"` |") {
				t.Errorf("%s does not say what the label %s of %s can be", metricsPage, label, m.name)
			}
		}
	}
}

// No page names a metric that is not there.
func TestMetrics_named(t *testing.T) {
	exported := map[string]bool{}
	for _, m := range declaredMetrics(t) {
		exported[m.name] = true
	}
	name := regexp.MustCompile(`\buser_api_[a-z_]+\b`)
	files, err := os.ReadDir(root + "/docs")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".md") {
			continue
		}
		for _, found := range name.FindAllString(page(t, "docs/"+file.Name()), -1) {
			found = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(found, "_bucket"), "_sum"), "_count")
			if !exported[found] {
				t.Errorf("docs/%s names %s, which nothing exports", file.Name(), found)
			}
		}
	}
}
