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

// kinds says how a provider of each kind is made. None of them asks anybody.
var kinds = map[string]func(Options, *client) (Provider, error){
	KindLine:   newLine,
	KindOAuth2: newOAuth2,
	KindOIDC:   newOIDC,
	KindWeChat: newWeChat,
}

// Kinds lists the kinds.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
