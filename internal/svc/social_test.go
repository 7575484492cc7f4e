package svc

import (
	"slices"
	"testing"

	"user-api/internal/config"
	"user-api/internal/social"
)

// The kinds of the configuration are exactly those that can be constructed.
func TestSocialKinds(t *testing.T) {
	if taken := slices.Sorted(slices.Values(config.SocialKinds)); !slices.Equal(taken, social.Kinds()) {
		t.Errorf("the configuration takes %v, and there are %v", taken, social.Kinds())
	}
}
