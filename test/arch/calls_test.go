package arch

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// calls are names of packages that only some may use: package.Name, where Name
// may end in a star.
var calls = []struct {
	names []string
	only  []string
	why   string
}{
	{[]string{"time.Now", "time.Since"}, []string{".", "internal/svc"},
		"the clock is a parameter, now func() time.Time, so that a test can drive it"},
	{[]string{"time.Until", "*/timex.*"}, []string{"internal/embedded", "internal/store", "internal/svc"},
		"as above; store's patience with a server that hangs, and the deadlines of a context and of a connection, are by the machine's clock"},
	{[]string{"net/http.Default*", "net/http.Get", "net/http.Head", "net/http.Post*", "net/http.ListenAndServe*", "net/http.Handle", "net/http.HandleFunc"}, nil,
		"the defaults have no timeout and are everybody's; take an http.Client of your own"},
	{[]string{"net/http.Status*"}, append(providerPackages(), "internal/httpapi", "internal/captcha", "internal/password/breached", "internal/social", "internal/webhook"),
		"which status a failure has is the edge's to say: return an apperr. A provider's statuses are the provider's"},
	{[]string{"fmt.Print*"}, []string{"."}, "a service logs, through logx; main tells where it listens"},
	{[]string{"os.Stdout", "os.Stderr", "os.Exit"}, []string{"."}, "only main is the process"},
	{[]string{"log.Fatal*", "log.Panic*", "log.Print*", "*/logx.Must", "*/conf.Must*", "*/rest.Must*"}, nil,
		"an error is returned, up to main, so that what is open is closed"},
	{[]string{"os.Getenv", "os.LookupEnv", "os.Environ"}, []string{"internal/config"}, "the environment is read in one place, where all keys are listed"},
	{[]string{"*/httpx.Parse*", "*/httpx.Error*", "*/httpx.Ok*", "*/httpx.Write*", "*/httpx.GetRemoteAddr"}, nil,
		"go-zero's own repeat input in errors, read forms into files and believe any X-Forwarded-For; httpapi has Decode, Error, JSON and the client's address"},
}

func TestCalls(t *testing.T) {
	for _, s := range sources(t) {
		if !s.production() {
			continue
		}
		for name := range used(s) {
			for _, call := range calls {
				if matchesCall(name, call.names) && !matches(s.pkg, call.only) {
					t.Errorf("%s uses %s, and may not: %s", s.path, name, call.why)
				}
			}
		}
	}
}

// used are the names a file takes from packages, as importpath.Name.
func used(s source) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && s.imports[id.Name] != "" {
				names[s.imports[id.Name]+"."+sel.Sel.Name] = true
			}
		}
		return true
	})
	return names
}

// matchesCall is matches for names: "*/" in front stands for any path.
func matchesCall(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		short, anywhere := strings.CutPrefix(pattern, "*/")
		if anywhere {
			pattern, name = short, path.Base(name)
		}
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// What came from outside is read in one spelling. base64 passes over line breaks even where
// it is strict: a code that was used up came again with one in it, and was good. Secrets of
// the configuration are the operator's, and passkey looks for line breaks itself.
func TestCalls_base64url(t *testing.T) {
	lax := regexp.MustCompile(`RawURLEncoding\.(Strict\(\)|Decode)`)
	for _, s := range sources(t) {
		if s.production() && !matches(s.pkg, []string{"internal/base64url", "internal/config", "internal/passkey"}) && lax.MatchString(page(t, s.path)) {
			t.Errorf("%s reads base64url by itself, and may not: base64url.Strict refuses a second spelling", s.path)
		}
	}
}
