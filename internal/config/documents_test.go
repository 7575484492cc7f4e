package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"user-api/internal/config"
)

const (
	shippedFile = "../../etc/user-api.yaml"
	proFile     = "../../etc/user-api.pro.yaml"
	docFile     = "../../docs/configuration.md"
	// providerPages are the pages with the keys of providers.
	providerPages = "../../docs/providers/*.md"
)

// unset matches a commented-out key: # directly followed by the key, or by the two spaces
// of a list element.
var unset = regexp.MustCompile(`(?m)^( *)#((- |  )?[A-Z]\w*:)`)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestShippedFileIsTheDefaultsInDev(t *testing.T) {
	shipped, err := config.Parse([]byte(read(t, shippedFile)), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := config.Parse([]byte("Mode: dev"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := plainDiff(defaults, shipped); diff != "" {
		t.Errorf("-defaults +%s:\n%s", shippedFile, diff)
	}
}

func TestShippedFileHasEveryKey(t *testing.T) {
	text := unset.ReplaceAllString(read(t, shippedFile), "$1$2")
	if _, err := config.Parse([]byte(text), env(map[string]string{"WEBHOOK_SECRET_ORDERS": webhookSecret})); err != nil {
		t.Errorf("with every key set it is refused:\n%v", err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	onPage := keysOnPages(t)
	var want []string
	got := yamlPaths(root.Content[0], "")
	for _, key := range config.Keys() {
		if !onPage[key.Path] || slices.Contains(got, key.Path) {
			want = append(want, key.Path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-struct +%s):\n%s", shippedFile, diff)
	}
}

// keysOnPages returns the keys in the examples of the providers' pages and the secrets in
// their tables. The shipped file need not have them.
func keysOnPages(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, file := range pages(t) {
		text := read(t, file)
		_, rest, _ := strings.Cut(text, "```yaml\n")
		example, _, _ := strings.Cut(rest, "```")
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(example), &root); err != nil || len(root.Content) == 0 {
			t.Errorf("%s has no example: %v", file, err)
			continue
		}
		for _, path := range yamlPaths(root.Content[0], "") {
			keys[path] = true
		}
		for _, row := range rowsOf(text) {
			if row.env != "" {
				keys[row.key] = true
			}
		}
	}
	return keys
}

// pages are the files with one provider each.
func pages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(providerPages)
	if err != nil || len(files) < 4 {
		t.Fatalf("pages of providers: %v, %v", files, err)
	}
	return files
}

// yamlPaths returns the keys with a value or a list.
func yamlPaths(n *yaml.Node, path string) []string {
	var paths []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i < len(n.Content); i += 2 {
			paths = append(paths, yamlPaths(n.Content[i+1], strings.TrimPrefix(path+"."+n.Content[i].Value, "."))...)
		}
		return paths
	case yaml.SequenceNode:
		for _, child := range n.Content {
			if child.Kind != yaml.ScalarNode {
				paths = append(paths, yamlPaths(child, path+"[]")...)
			}
		}
	}
	return append(paths, path)
}

func TestProFilePassesWithItsVariables(t *testing.T) {
	c, err := config.Parse([]byte(read(t, proFile)), env(proEnv))
	if err != nil {
		t.Fatal(err)
	}
	if c.Mode != config.ModePro || c.DataSource != proEnv["DATA_SOURCE"] || c.CacheRedis[1].Pass != proEnv["REDIS_PASSWORD"] {
		t.Errorf("got %v, want pro with the variables", c)
	}
}

func TestProFileNamesEachMissingVariable(t *testing.T) {
	_, err := config.Parse([]byte(read(t, proFile)), noEnv)
	want := []string{
		"DataSource: is missing, set it or DATA_SOURCE",
		"CacheRedis[0].Pass: is missing, set REDIS_PASSWORD: in pro a Redis on another host needs one",
		"CacheRedis[1].Pass: is missing, set REDIS_PASSWORD: in pro a Redis on another host needs one",
		"Auth.RefreshSecret: is missing, set REFRESH_SECRET",
		"Otp.Pepper: is missing, set OTP_PEPPER",
		"Sms.Twilio.AccountSid: is missing, set TWILIO_ACCOUNT_SID",
		"Sms.Twilio.ApiKey: is missing, set TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_AUTH_TOKEN",
		"Email.Smtp.Password: is missing, set SMTP_PASSWORD",
	}
	if diff := cmp.Diff(want, lines(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestBrokenFileListsEveryProblem(t *testing.T) {
	_, err := config.Parse([]byte(read(t, "testdata/broken.yaml")), noEnv)
	want := strings.TrimSpace(read(t, "testdata/broken.want"))
	want = strings.Replace(want, "{providers}", phoneProviders(), 1)
	if diff := cmp.Diff(strings.Split(want, "\n"), lines(t, err)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// docRow is a row of docs/configuration.md or of a provider's page.
type docRow struct{ key, typ, def, env, rule, pro string }

func docRows(t *testing.T) []docRow {
	t.Helper()
	rows := rowsOf(read(t, docFile))
	for _, file := range pages(t) {
		rows = append(rows, rowsOf(read(t, file))...)
	}
	return rows
}

func rowsOf(page string) []docRow {
	var rows []docRow
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 8 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		bare := func(cell string) string { return strings.Trim(cell, "`") }
		rows = append(rows, docRow{bare(cells[1]), cells[2], bare(cells[3]), bare(cells[4]), cells[5], cells[6]})
	}
	return rows
}

func TestDocumentedKeysAreThoseOfTheStruct(t *testing.T) {
	want := map[string]docRow{}
	for _, key := range config.Keys() {
		want[key.Path] = docRow{key: key.Path, typ: docType(key.Type), def: key.Default, env: key.Env}
		if key.Type.Kind() == reflect.Bool && key.Default == "" {
			want[key.Path] = docRow{key: key.Path, typ: docType(key.Type), def: "false", env: key.Env}
		}
	}
	got := map[string]docRow{}
	for _, row := range docRows(t) {
		if _, twice := got[row.key]; twice {
			t.Errorf("%s has two rows", row.key)
		}
		row.rule, row.pro = "", ""
		got[row.key] = row
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(docRow{})); diff != "" {
		t.Errorf("rows (-struct +%s):\n%s", docFile, diff)
	}
}

func docType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[config.Seconds]():
		return "seconds"
	case t == reflect.TypeFor[[]string]():
		return "list of text"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Bool:
		return "true/false"
	case t.Kind() == reflect.Int:
		return "number"
	case t.Kind() == reflect.Float64:
		return "decimal"
	case t.Kind() == reflect.Map:
		return "names and values"
	default:
		return "text"
	}
}

var (
	rangeText   = regexp.MustCompile(`\b(\d+) to (\d+)\b`)
	mostText    = regexp.MustCompile(`at most (\d+)\b`)
	optionsText = regexp.MustCompile("one of ((`\\w+`(, )?)+)")
	notText     = regexp.MustCompile("^not `([^`]+)`")
)

// The rules are prose, but their numbers and options are tested: the last valid value must
// pass, and the first invalid one must be refused.
func TestDocumentedRulesHold(t *testing.T) {
	tested := 0
	for _, row := range docRows(t) {
		for mode, rule := range map[string]string{config.ModeDev: row.rule, config.ModePro: row.pro} {
			if rule == "" || mode == config.ModePro && rule == row.rule {
				continue
			}
			if row.typ == "number" || row.typ == "seconds" {
				tested += testRange(t, mode, row.key, rule)
			}
			if m := optionsText.FindStringSubmatch(rule); m != nil {
				tested++
				options := strings.Split(strings.ReplaceAll(m[1], "`", ""), ", ")
				for _, option := range append(options, "", strings.ToUpper(options[0]), "nonsense") {
					c := good(t, mode)
					at(&c, row.key).SetString(option)
					expect(t, c, row.key, option, slices.Contains(options, option))
				}
			}
			if m := notText.FindStringSubmatch(rule); m != nil && row.typ == "text" {
				tested++
				c := good(t, mode)
				at(&c, row.key).SetString(m[1])
				expect(t, c, row.key, m[1], false)
			}
		}
	}
	// Fails if a reworded document no longer matches the expressions above.
	if tested < 22 {
		t.Errorf("only %d rules were recognised in %s, want at least 22", tested, docFile)
	}
}

// testRange returns the number of ranges in the rule.
func testRange(t *testing.T, mode, key, rule string) int {
	t.Helper()
	probe := func(text string, step int64) {
		limit, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []int64{limit, limit + step} {
			c := good(t, mode)
			// Make room for keys that limit each other.
			c.Auth.AccessExpire = 60
			if key == "Auth.RefreshExpire" {
				c.Auth.SessionExpire = config.Seconds(max(limit, 2592000))
			}
			at(&c, key).SetInt(v)
			expect(t, c, key, v, v == limit)
		}
	}
	if m := rangeText.FindStringSubmatch(rule); m != nil {
		probe(m[1], -1)
		probe(m[2], +1)
		return 1
	}
	if m := mostText.FindStringSubmatch(rule); m != nil {
		probe(m[1], +1)
		return 1
	}
	return 0
}

// expect checks that c has a problem with the key if and only if ok is false.
func expect(t *testing.T, c config.Config, key string, value any, ok bool) {
	t.Helper()
	key = strings.ReplaceAll(key, "[]", "[0]")
	got := lines(t, c.Validate())
	refused := slices.ContainsFunc(got, func(line string) bool { return strings.HasPrefix(line, key+": ") })
	if refused == ok {
		t.Errorf("Mode %s, %s = %v: accepted is %v, want %v as %s says; problems %s",
			c.Mode, key, value, !refused, ok, docFile, fmt.Sprint(got))
	}
}
