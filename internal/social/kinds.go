package social

import (
	"maps"
	"slices"
)

// The kinds of providers.
const (
	KindLine   = "line"
	KindOAuth2 = "oauth2"
	KindOIDC   = "oidc"
	KindWeChat = "wechat"
)

// kinds maps each kind to its constructor. Constructors send no requests.
var kinds = map[string]func(Options, *client) (Provider, error){
	KindLine:   newLine,
	KindOAuth2: newOAuth2,
	KindOIDC:   newOIDC,
	KindWeChat: newWeChat,
}

// Kinds returns all kinds.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
