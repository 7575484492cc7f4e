package social

import (
	"maps"
	"slices"
)

// The kinds of providers.
const (
	KindOIDC = "oidc"
)

// kinds says how a provider of each kind is made. None of them asks anybody.
var kinds = map[string]func(Options, *client) (Provider, error){
	KindOIDC: newOIDC,
}

// Kinds lists the kinds.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }
