package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"gopkg.in/yaml.v3"
)

// metrics are the labels of each metric that the service exports, as docs/metrics.md has
// them; a test of the service holds that page against the code.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{"up": nil, "process_resident_memory_bytes": nil}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_0-9]+)` \\| (counter|gauge|histogram) \\| ([^|]*) \\|").FindAllStringSubmatch(read(t, repo+"/docs/metrics.md"), -1)
	for _, row := range rows {
		var labels []string
		for _, label := range regexp.MustCompile("`([a-z]+)`").FindAllStringSubmatch(row[3], -1) {
			labels = append(labels, label[1])
		}
		if row[2] == "histogram" {
			found[row[1]+"_bucket"] = append(slices.Clone(labels), "le")
			found[row[1]+"_sum"], found[row[1]+"_count"] = labels, labels
			continue
		}
		found[row[1]] = labels
	}
	if len(found) < 30 {
		t.Fatalf("only %d metrics found", len(found))
	}
	return found
}

// expressions are those of the rules, with the metrics that they record, and of the
// dashboard, whose variables have a value.
func expressions(t *testing.T, known map[string][]string) (all []string) {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct{ Record, Expr string }
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, deploy+"/prometheus/rules.yaml")), &rules); err != nil {
		t.Fatal(err)
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			all = append(all, rule.Expr)
			if rule.Record != "" {
				known[rule.Record] = grouped(t, rule.Expr)
			}
		}
	}
	fromRules := len(all)
	var dashboard any
	if err := json.Unmarshal([]byte(read(t, deploy+"/grafana/user-api.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				if text, ok := inner.(string); ok && key == "expr" {
					all = append(all, strings.ReplaceAll(text, "$__rate_interval", "1m"))
				}
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(dashboard)
	if fromRules < 15 || len(all)-fromRules < 20 {
		t.Fatalf("only %d expressions in rules, %d in the dashboard", fromRules, len(all)-fromRules)
	}
	return all
}

// grouped are the labels that an expression is grouped by.
func grouped(t *testing.T, expr string) (names []string) {
	t.Helper()
	for _, node := range nodes(t, expr) {
		if a, ok := node.(*parser.AggregateExpr); ok {
			names = append(names, a.Grouping...)
		}
	}
	return names
}

func nodes(t *testing.T, expr string) (all []parser.Node) {
	t.Helper()
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		t.Fatalf("%s: %v", expr, err)
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		all = append(all, node)
		return nil
	})
	return all
}

// Every expression can be parsed, each metric in it is exported, and so is each label
// that it selects or groups by.
func TestExpressions(t *testing.T) {
	known := metrics(t)
	target := []string{"job", "instance"} // Prometheus's own
	used := map[string]bool{}
	for _, expr := range expressions(t, known) {
		var there []string
		for _, node := range nodes(t, expr) {
			if v, ok := node.(*parser.VectorSelector); ok {
				names, exported := known[v.Name]
				if !exported {
					t.Errorf("%s: nothing exports %s", expr, v.Name)
				}
				used[v.Name] = true
				names = append(slices.Clone(names), target...)
				there = append(there, names...)
				for _, m := range v.LabelMatchers {
					if m.Name != labels.MetricName && !slices.Contains(names, m.Name) {
						t.Errorf("%s: %s has no label %s", expr, v.Name, m.Name)
					}
				}
			}
		}
		for _, name := range grouped(t, expr) {
			if !slices.Contains(there, name) {
				t.Errorf("%s: groups by %s, which none of its metrics has", expr, name)
			}
		}
	}
	for _, name := range []string{
		"user_api_otp_asked_total", "user_api_otp_verified_total", "user_api_delivery_sends_total", "user_api_guard_spend_usd_total",
		"user_api_guard_refusals_total", "user_api_delivery_queue", "user_api_delivery_queue_age_seconds", "user_api_delivery_circuit",
		"user_api_password_callers", "user_api_store_latency_ms_bucket", "user_api_revocation_age_seconds", "user_api_build_info",
	} {
		if !used[name] {
			t.Errorf("neither dashboard nor rules show %s", name)
		}
	}
}

// promtool takes the configuration and the rules, and their tests pass. Every alert has
// one.
func TestPromtool(t *testing.T) {
	promtool := filepath.Join(t.TempDir(), "promtool")
	// Without the clients of every cloud: nothing is discovered here.
	run(t, "go", "build", "-tags", "remove_all_sd", "-o", promtool, "github.com/prometheus/prometheus/cmd/promtool")
	dir := deploy + "/prometheus/"
	run(t, promtool, "check", "config", dir+"prometheus.yml")
	run(t, promtool, "check", "rules", "--lint=all", "--lint-fatal", dir+"rules.yaml")
	run(t, promtool, "test", "rules", dir+"rules_test.yaml")
	tests, err := os.ReadFile(dir + "rules_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, dir+"rules.yaml"), -1) {
		if !strings.Contains(string(tests), "alertname: "+alert[1]+"\n") {
			t.Errorf("no test of %s", alert[1])
		}
	}
}
