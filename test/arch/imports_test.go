package arch

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"user-api/internal/config"
	"user-api/internal/testkit"
)

// layer says which packages of the module a package may import, and why no other.
type layer struct {
	pkg string
	may []string
	why string
}

// layers are the packages from the top of the house down.
var layers = append([]layer{
	{".", []string{"internal/cli", "internal/httpapi"},
		"main hands the process to the command line"},
	{"internal/server", []string{"internal/avatar", "internal/client", "internal/config", "internal/handler", "internal/httpapi", "internal/middleware", "internal/revocation", "internal/svc", "internal/version"},
		"the server mounts routes and knows nothing of what they do, but for the scopes they need, what an upload may be and how long an answer may be held"},
	{"internal/handler", []string{"internal/handler/*", "internal/svc"},
		"goctl writes it from user.api"},
	{"internal/handler/*", []string{"internal/httpapi", "internal/logic/*", "internal/svc", "internal/types", "internal/web"},
		"a handler decodes, calls one logic and answers; whatever there is to decide is decided further down"},
	{"internal/cli", []string{"internal/account", "internal/apperr", "internal/backup", "internal/captcha", "internal/client", "internal/config", "internal/event",
		"internal/guard", "internal/guard/price", "internal/address", "internal/imports", "internal/invite", "internal/keys", "internal/present", "internal/reqctx", "internal/rotation", "internal/server", "internal/signin", "internal/store", "internal/svc",
		"internal/timeline", "internal/types", "internal/version", "internal/webhook", "model", "model/migrations"},
		"an operator's command does what a route would, by the same parts; doctor looks at the parts themselves, and tries the ports as the server does"},
	{"internal/logic/*", []string{"internal/account", "internal/apperr", "internal/audit", "internal/document", "internal/address", "internal/introspect", "internal/oauth", "internal/otp", "internal/present",
		"internal/devbox", "internal/openapi", "internal/reqctx", "internal/session", "internal/signin", "internal/svc", "internal/token", "internal/types", "internal/web"},
		"logic adapts a request to one call of the domain: it knows neither the wire (httpapi) nor the stores (model, store, delivery)"},
	{"internal/present", []string{"internal/account", "internal/client", "internal/delivery/inbox", "internal/address", "internal/invite", "internal/locale", "internal/mfa", "internal/oauth", "internal/otp", "internal/passkey", "internal/reqctx", "internal/revocation", "internal/session", "internal/signin", "internal/tally", "internal/timeline", "internal/types", "model"},
		"the one place that knows both what the domain returns and what user.api answers"},
	{"internal/middleware", []string{"internal/apperr", "internal/httpapi", "internal/idempotency", "internal/reqctx", "internal/token"},
		"a gate asks the domain through interfaces of its own"},
	{"internal/svc", append(providerPackages(), "internal/account", "internal/apperr", "internal/audit", "internal/avatar", "internal/backup", "internal/batch", "internal/blob", "internal/captcha", "internal/channel", "internal/client", "internal/clock", "internal/config", "internal/delivery",
		"internal/delivery/blocklist", "internal/delivery/inbox", "internal/delivery/receipt", "internal/delivery/smtp",
		"internal/delivery/template", "internal/devbox", "internal/event", "internal/export", "internal/failure", "internal/guard", "internal/guard/price", "internal/idempotency", "internal/address",
		"internal/health", "internal/introspect", "internal/invite", "internal/keyring", "internal/keys", "internal/mfa", "internal/middleware", "internal/notice", "internal/oauth", "internal/openapi", "internal/otp", "internal/passkey", "internal/password", "internal/password/breached", "internal/periodic", "internal/redisscript", "internal/revocation", "internal/rewind", "internal/session", "internal/signin", "internal/social",
		"internal/store", "internal/tally", "internal/telemetry", "internal/timeline", "internal/token", "internal/version", "internal/web", "internal/webhook", "model", "model/migrations"),
		"svc wires what is below it; what is above, wires svc"},
	{"internal/types", []string{"internal/apperr", "internal/channel", "internal/address", "internal/locale"},
		"request types say what a field may look like, not what is done with it"},
	{"internal/httpapi", []string{"internal/apperr", "internal/document", "internal/reqctx"},
		"the edge would serve any service: it knows codes and JSON, not use cases"},
	{"internal/config", []string{"internal/channel"},
		"parts take small options of their own, so that none depends on the file's shape, nor the file on them"},

	{"internal/rotation", []string{"internal/config"},
		"how secrets are changed in files is no business of who uses them"},
	{"internal/signin", []string{"internal/account", "internal/apperr", "internal/audit", "internal/avatar", "internal/base64url", "internal/delivery", "internal/document", "internal/event", "internal/export", "internal/guard", "internal/address", "internal/invite", "internal/keyring", "internal/locale", "internal/mfa", "internal/otp", "internal/passkey", "internal/password", "internal/reqctx", "internal/session", "internal/social", "internal/timeline", "internal/token", "model"},
		"use cases join the domain and know no request type, no wiring and no store; of reqctx the Principal and the client's address, of model a row"},
	{"internal/oauth", []string{"internal/apperr", "internal/base64url", "internal/client", "internal/event", "internal/guard", "internal/keyring", "internal/reqctx", "internal/session", "internal/signin", "model"},
		"how applications ask is joined to how users sign in; of model the word for how a session ends"},
	{"internal/web", []string{"internal/markup"}, "a page is text, whatever it asks for"},
	{"internal/markup", nil, "how texts are put into a page says nothing of the page"},
	{"internal/openapi", nil, "the form of a document, whatever is in it"},
	{"docs", nil, "files"},
	{"internal/otp", []string{"internal/apperr", "internal/base64url", "internal/batch", "internal/delivery", "internal/guard", "internal/address", "internal/keyring", "internal/redisscript"},
		"challenges stand alone: who signs in with one is signin's business"},
	{"internal/passkey", []string{"internal/apperr", "internal/base64url", "internal/keyring", "internal/token", "model"},
		"passkeys own their table and know a user by number only; who signs in with one is signin's business"},
	{"internal/failure", []string{"internal/apperr", "internal/batch", "internal/otp", "model"},
		"it owns the failure table, keeps what challenges count, and asks nobody"},
	{"internal/redisscript", nil,
		"how a script is run says nothing of what it is for"},
	{"internal/guard", []string{"internal/apperr", "internal/channel", "internal/address", "internal/keyring", "internal/redisscript"},
		"what may be done how often is understood alone; whoever does it asks"},
	{"internal/guard/price", []string{"internal/channel"}, "a table"},
	{"internal/idempotency", []string{"internal/apperr", "internal/keyring"},
		"an answer that is repeated is bytes: what it says, and to whom, is the edge's business"},
	{"internal/session", []string{"internal/apperr", "internal/base64url", "internal/keyring", "internal/token", "model"},
		"sessions own the token table and know a user by number only"},
	{"internal/revocation", []string{"internal/apperr", "internal/base64url", "internal/batch", "internal/periodic", "model"},
		"what has ended is known to whoever asks, so it knows neither sessions nor users"},
	{"internal/keys", []string{"internal/apperr", "internal/event", "internal/keyring", "internal/token", "internal/periodic", "model"},
		"signing keys own their table; what a token says, and who asks for one, is no business of theirs"},
	{"internal/mfa", []string{"internal/apperr", "internal/keyring", "internal/readable", "model"},
		"second factors own their two tables; which sign-in asks for one is signin's business"},
	{"internal/client", []string{"internal/apperr", "internal/event", "internal/guard", "internal/readable", "internal/reqctx", "internal/token", "model"},
		"clients own the client table; what a scope lets them do is the server's business"},
	{"internal/introspect", []string{"internal/apperr", "internal/reqctx", "internal/token"},
		"tokens are judged by what judges them where they are used, through interfaces of its own"},
	{"internal/invite", []string{"internal/apperr", "internal/address", "internal/readable", "model"},
		"invites own the invite table; who may sign up is signin's business"},
	{"internal/readable", nil, "how random bytes are spelled says nothing of what they are for"},
	{"internal/password", []string{"internal/apperr"},
		"hashing is reviewed alone"},
	{"internal/password/breached", []string{"internal/apperr", "internal/circuit", "internal/password"},
		"a list is asked about a password in the form in which that is hashed, whoever sets it"},
	{"internal/export", []string{"internal/account", "internal/apperr", "internal/audit", "internal/event", "internal/address", "internal/otp", "internal/session", "internal/timeline", "model"},
		"an export reads what each part holds about a user, and is told whose it is"},
	{"internal/document", nil, "JSON is understood alone"},
	{"internal/account", []string{"internal/apperr", "internal/base64url", "internal/document", "internal/address", "model"},
		"accounts own the user, profile and credential tables; how one signed in is signin's business"},
	{"internal/imports", []string{"internal/account", "internal/apperr", "internal/document", "internal/event", "internal/address", "internal/locale", "internal/password", "model"},
		"records of other systems become arrivals here, and accounts writes them; of model the names of columns and roles, and rows of events on their way"},
	{"internal/avatar", []string{"internal/apperr", "internal/blob", "model"},
		"pictures own the avatar table and their blobs; who may upload one is signin's business"},
	{"internal/blob", nil, "files under names, without knowing what is in them"},
	{"internal/audit", []string{"internal/apperr", "internal/batch", "internal/event", "internal/address", "internal/keyring", "internal/reqctx", "model"},
		"the trail is a sink of events that owns the event table: it asks nobody"},
	{"internal/timeline", []string{"internal/apperr", "internal/batch", "internal/event", "internal/address", "internal/keyring", "model"},
		"timelines are a sink of events that owns the delivery table: they ask nobody"},
	{"internal/tally", []string{"internal/apperr", "internal/event", "internal/address", "model"},
		"numbers over time are a sink of events that owns the tally table: they ask nobody"},
	{"internal/event", []string{"internal/address", "internal/reqctx"}, "an event is known to all who emit one and all who keep one, so it knows neither"},
	{"internal/notice", []string{"internal/apperr", "internal/batch", "internal/delivery", "internal/event", "internal/guard", "internal/address",
		"internal/keyring", "internal/otp", "internal/reqctx"},
		"a sink is told what happened and asks nobody: of guard it has what a network is, of delivery the names of channels"},
	{"internal/webhook", []string{"internal/batch", "internal/delivery/wire", "internal/event", "internal/address", "internal/publicnet", "internal/periodic", "model"},
		"it sends what the models have written and asks nobody: of delivery it has how a header is read, of event the list of kinds"},
	{"internal/clock", nil, "whose time holds is handed in"},
	{"internal/health", nil, "how a part is asked is handed in"},
	{"internal/telemetry", nil, "how long things take is noted without knowing what they are"},
	{"internal/rewind", nil, "whether a store has gone back in time is noticed without knowing what is in it"},
	{"internal/batch", nil, "how rows are written knows nothing of the rows"},
	{"internal/periodic", nil, "how often work is repeated says nothing of the work"},
	{"internal/circuit", nil, "when a provider is left alone says nothing of what it is asked"},
	{"internal/publicnet", nil, "which addresses are public is understood alone"},
	{"internal/delivery", []string{"internal/apperr", "internal/channel", "internal/circuit", "internal/delivery/template", "internal/event", "internal/locale"},
		"the queue asks for messages through an interface of its own, and knows no provider"},
	{"internal/delivery/blocklist", []string{"internal/delivery", "internal/keyring"},
		"it names recipients by the keyring, and knows no provider"},
	{"internal/delivery/inbox", []string{"internal/apperr", "internal/delivery", "internal/keyring"},
		"a sender is given a message and nothing else; that the messages cannot be listed now is told to a client"},
	{"internal/devbox", []string{"internal/apperr", "internal/delivery/inbox", "internal/event", "internal/guard", "internal/address", "internal/reqctx"},
		"it is a sink of events beside the inbox, for who develops; nothing that serves users knows it"},
	{"internal/delivery/receipt", []string{"internal/apperr", "internal/base64url", "internal/delivery", "internal/event", "internal/keyring"},
		"receipts reach challenges through an interface of their own, and know no provider"},
	{"internal/delivery/smtp", []string{"internal/delivery"},
		"a sender is given a message and nothing else"},
	{"internal/delivery/template", []string{"internal/channel", "internal/markup"}, "what messages say is understood alone"},
	{"internal/delivery/wire", []string{"internal/delivery"},
		"what senders over HTTP share is how an exchange fails"},
	{"internal/social", []string{"internal/base64url", "internal/circuit", "internal/document", "internal/address", "internal/locale", "internal/publicnet"},
		"who somebody is elsewhere is found out without knowing whom that makes here"},
	{"internal/captcha", nil, "asking a provider is no business of who needs the answer"},
	{"internal/address", []string{"internal/apperr"},
		"value types are understood alone"},
	{"internal/locale", nil, "a language tag is understood alone"},
	{"internal/token", []string{"internal/base64url", "internal/keyring"},
		"a codec is a function of bytes: whether a session lives is session's business"},
	{"internal/base64url", nil, "how bytes are spelled is understood alone"},
	{"internal/keyring", []string{"internal/base64url"}, "cryptography is reviewed alone"},
	{"internal/reqctx", nil, "what a context carries is known to all, so it knows nobody"},
	{"internal/version", nil, "which build this is concerns operators: the command line, the log and the metrics, and so nobody who answers a client"},
	{"internal/apperr", nil, "the vocabulary of failure is known to all, so it knows nobody"},
	{"internal/coalesce", nil, "how calls share a trip knows nothing of the calls"},
	{"internal/backup", []string{"internal/blob", "internal/embedded", "internal/store", "internal/version", "model/migrations"},
		"a copy is of files, whatever their rows say"},
	{"internal/store", []string{"internal/circuit", "internal/coalesce", "internal/embedded"},
		"opening a store needs no knowledge of what is in it; migrations are handed in"},
	{"internal/embedded", nil, "the stores inside are stores, not parts of the domain"},
	{"model", []string{"internal/coalesce", "internal/keyring"},
		"a model knows tables and their cache, whose keys are pseudonyms, and who shares a statement"},
	{"model/migrations", nil, "files"},
	{"internal/metrics", nil, "any package may export metrics"},
	{"internal/channel", nil, "the names of channels are known to all, so they know nobody"},
}, providerLayers()...)

// providerPackages are those of the providers that are spoken to over HTTP.
func providerPackages() []string {
	var packages []string
	for _, p := range config.Providers() {
		switch p.Name {
		case config.ProviderInbox, config.ProviderSmtp:
		case config.ProviderHTTP:
			packages = append(packages, "internal/delivery/gateway")
		default:
			packages = append(packages, "internal/delivery/"+p.Name)
		}
	}
	return packages
}

// providerLayers are the rows of the providers: each package has one with the
// provider itself.
func providerLayers() []layer {
	var rows []layer
	for _, pkg := range providerPackages() {
		rows = append(rows, layer{pkg, []string{"internal/apperr", "internal/delivery", "internal/delivery/wire"},
			"a sender is given a message and nothing else; a callback that nobody signed is a client's failure"})
	}
	return rows
}

// bans are packages from elsewhere that only some may import.
var bans = []struct {
	imports []string
	only    []string
	why     string
}{
	{[]string{"net/http", "net/http/*"},
		append(providerPackages(), "internal/httpapi", "internal/handler/...", "internal/middleware", "internal/server", "internal/captcha",
			"internal/delivery/wire", "internal/blob", "internal/password/breached", "internal/social", "internal/webhook"),
		"HTTP ends at the edge: the domain says what happened, the edge how it looks. Providers are spoken to over HTTP"},
	{[]string{"github.com/zeromicro/go-zero/rest/..."},
		[]string{"internal/httpapi", "internal/handler/...", "internal/server", "internal/svc"},
		"the framework ends at the edge; the service context has a rest.Middleware because goctl's routes ask for one"},
	{[]string{"github.com/zeromicro/go-zero/core/stores/...", "modernc.org/sqlite/..."},
		[]string{"model", "internal/store", "internal/embedded"},
		"SQL is in model, opening a database in store and embedded"},
	{[]string{"database/sql/..."}, []string{"model", "internal/store", "internal/embedded", "internal/account", "internal/timeline"},
		"as above; account and timeline write rows, whose columns may be sql.NullString"},
	{[]string{"github.com/go-sql-driver/mysql"}, []string{"model", "internal/store", "internal/config"},
		"as above; config checks a DSN by the driver's own parser"},
	{[]string{"github.com/redis/go-redis/..."},
		[]string{"internal/delivery", "internal/delivery/blocklist", "internal/delivery/inbox", "internal/delivery/receipt", "internal/embedded", "internal/guard",
			"internal/idempotency", "internal/notice", "internal/otp", "internal/redisscript", "internal/revocation", "internal/rewind", "internal/session", "internal/store", "internal/telemetry", "model"},
		"who holds keys in Redis is answerable for their lives"},
	{[]string{"filippo.io/age/..."}, []string{"internal/backup"}, "what leaves the data folder is encrypted in one place"},
	{[]string{"github.com/alicebob/miniredis/..."}, []string{"internal/embedded"}, "every other part takes the Redis inside for a Redis"},
	{[]string{"github.com/yuin/gopher-lua/..."}, []string{"internal/embedded"}, "scripts are run in one place"},
	{[]string{"github.com/golang-jwt/..."}, []string{"internal/token", "internal/social"},
		"its parser takes what must be refused; tokens are parsed in one place, and social signs a secret for Apple alone"},
	{[]string{"golang.org/x/crypto/..."}, []string{"internal/password"}, "what is hashed slowly, and how often at once, is decided in one place"},
	{[]string{"github.com/hibiken/asynq/..."}, []string{"internal/delivery"}, "the queue is delivery's choice"},
	{[]string{"github.com/spf13/...", "flag"}, []string{"internal/cli"}, "words and flags are the command line's"},
	{[]string{"github.com/twilio/..."}, []string{"internal/delivery/twilio"}, "a provider is known to its sender alone"},
	{[]string{"github.com/nyaruka/phonenumbers"}, []string{"internal/address", "internal/config"},
		"a number is parsed in one place; config checks that a region exists"},
	{[]string{"github.com/go-webauthn/..."}, []string{"internal/passkey", "internal/signin"},
		"what an authenticator says is read in one place; signin hands on what a browser is asked for"},
	{[]string{"github.com/wneessen/..."}, []string{"internal/delivery/smtp"}, "a provider is known to its sender alone"},
	{[]string{"html/template", "text/template"}, nil, "they call methods by name, so that the linker keeps every method of every type: 11 MiB; internal/markup fills pages"},
	{[]string{"net/smtp"}, nil, "frozen; delivery/smtp has go-mail's"},
	{[]string{"gopkg.in/yaml.v3"}, []string{"internal/config", "internal/delivery/template", "internal/imports"},
		"the configuration, the files of texts and the mappings of imports are what is read"},
	{[]string{"crypto/rand"}, []string{".", "internal/svc"}, "randomness is a parameter, an io.Reader, so that a test can choose it"},
	{[]string{"math/rand/..."}, nil, "it can be guessed; take the io.Reader you are given"},
	{[]string{"crypto/md5", "crypto/sha1", "crypto/des", "crypto/rc4"}, []string{"internal/embedded", "internal/delivery/twilio", "internal/password", "internal/password/breached"},
		"broken; Redis names scripts by SHA-1, Twilio signs its callbacks by HMAC-SHA1, which is not broken, and by nothing else, " +
			"and imported hashes are compared, and breached passwords looked for, as their source made them"},
	{[]string{"log"}, []string{"internal/httpapi"}, "all logs go through logx, whose writer redacts; http.Server takes a *log.Logger"},
	{[]string{"log/slog"}, nil, "all logs go through logx, whose writer redacts"},
	{[]string{"os/exec", "plugin", "unsafe"}, nil, "a service of secrets runs nothing else and looks at no memory but its own"},
	{[]string{"github.com/minio/..."}, []string{"internal/blob"}, "whose client it is, no other part knows"},
	{[]string{"image/...", "golang.org/x/image/..."}, []string{"internal/avatar"}, "what a stranger has sent is decoded in one place, within bounds"},
	{[]string{"github.com/zeromicro/go-zero/core/metric"}, []string{"internal/metrics"},
		"metrics are declared in one way, so that docs/metrics.md can list all of them"},
	{[]string{"testing/...", "github.com/google/go-cmp/..."}, nil, "for tests"},
}

// Imports go one way. A package that is new gets a row, and so a thought.
func TestImports_layers(t *testing.T) {
	testkit.NotInRace(t, "does one thing after the other")
	packages := map[string]bool{}
	for _, s := range sources(t) {
		if !s.production() {
			continue
		}
		packages[s.pkg] = true
		for _, imported := range s.imports {
			if !ours(imported) || imported == "internal/metrics" { // any package may export metrics
				continue
			}
			for _, layer := range layers {
				if matches(s.pkg, []string{layer.pkg}) && !matches(imported, layer.may) {
					t.Errorf("%s imports %s, and may not: %s", s.path, imported, layer.why)
				}
			}
		}
	}
	for pkg := range packages {
		rows := 0
		for _, layer := range layers {
			if matches(pkg, []string{layer.pkg}) {
				rows++
			}
		}
		if rows != 1 {
			t.Errorf("%s has %d rows in layers, want 1", pkg, rows)
		}
	}
	for _, layer := range layers {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(packages)), func(pkg string) bool { return matches(pkg, []string{layer.pkg}) }) {
			t.Errorf("layers has %s, and there is no such package", layer.pkg)
		}
	}
}

func TestImports_bans(t *testing.T) {
	for _, s := range sources(t) {
		if !s.production() {
			continue
		}
		for _, imported := range s.imports {
			for _, ban := range bans {
				if matches(imported, ban.imports) && !matches(s.pkg, ban.only) {
					t.Errorf("%s imports %s, and may not: %s", s.path, imported, ban.why)
				}
			}
		}
	}
}

// `go run user.go` compiles that one file.
func TestImports_mainIsOneFile(t *testing.T) {
	for _, s := range sources(t) {
		if s.pkg == "." && !s.test && s.path != "user.go" {
			t.Errorf("%s is beside user.go in package main", s.path)
		}
	}
}

func ours(imported string) bool {
	return imported == "model" || strings.HasPrefix(imported, "model/") ||
		strings.HasPrefix(imported, "internal/") || strings.HasPrefix(imported, "test/")
}
