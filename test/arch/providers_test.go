package arch

import (
	"go/ast"
	"go/token"
	"strconv"
	"testing"

	"user-api/internal/channel"
	"user-api/internal/config"
)

// ownWords are where the name of a provider or a channel may stand as a text: the
// two lists, and the sender that goes by the name. template's are the keys of files.
var ownWords = map[string][]string{
	"channel":  {"internal/channel", "internal/delivery/template"},
	"provider": {"internal/config", "internal/delivery/*", "internal/web"}, // a page is of the inbox
}

// Nobody has a list of channels or of providers of its own. The words e-mail, http and
// smtp mean more than a channel and a provider, so they are not looked for.
func TestProviders_oneList(t *testing.T) {
	kinds := map[string]string{channel.SMS: "channel", channel.WhatsApp: "channel", channel.Voice: "channel"}
	for _, p := range config.Providers() {
		if p.Name != config.ProviderHTTP && p.Name != config.ProviderSmtp {
			kinds[p.Name] = "provider"
		}
	}
	for _, s := range sources(t) {
		if !s.production() || s.generated {
			continue
		}
		tags := map[*ast.BasicLit]bool{}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if field, ok := n.(*ast.Field); ok && field.Tag != nil {
				tags[field.Tag] = true
			}
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || tags[lit] {
				return true
			}
			word, _ := strconv.Unquote(lit.Value)
			if kind := kinds[word]; kind != "" && !matches(s.pkg, ownWords[kind]) {
				t.Errorf("%s: %q is written out: take it from the one list of %ss", s.path, word, kind)
			}
			return true
		})
	}
}
