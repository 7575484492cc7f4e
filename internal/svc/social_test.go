package svc

import (
	"slices"
	"testing"

	"user-api/internal/config"
	"user-api/internal/social"
)

// What the configuration takes as a kind can be made, and the other way round.
func TestSocialKinds(t *testing.T) {
	if taken := slices.Sorted(slices.Values(config.SocialKinds)); !slices.Equal(taken, social.Kinds()) {
		t.Errorf("the configuration takes %v, and there are %v", taken, social.Kinds())
	}
}
