package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
)

func TestClaims(t *testing.T) {
	c, err := config.Parse([]byte("Mode: dev\nAuth: {Claims: {seats: appMetadata.seat_count, \"https://example.com/plan\": appMetadata.plan}}"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://example.com/plan", "seats"}, slices.Sorted(maps.Keys(c.Auth.Claims))); diff != "" || c.Auth.Claims.Key("seats") != "seat_count" {
		t.Errorf("claims %v", c.Auth.Claims)
	}
	const taken, own = "must have another name: this service or a standard uses this one", "must be a key of appMetadata, such as appMetadata.plan"
	for claims, want := range map[string]string{
		"role: appMetadata.role":                   "Auth.Claims.role: " + taken,
		"USERID: appMetadata.id":                   "Auth.Claims.USERID: " + taken,
		"nonce: appMetadata.x":                     "Auth.Claims.nonce: " + taken,
		"act: appMetadata.x":                       "Auth.Claims.act: " + taken,
		"Plan: appMetadata.a, plan: appMetadata.b": "Auth.Claims.plan: " + taken,
		"plan: metadata.plan":                      "Auth.Claims.plan: " + own + ": users can write metadata",
		"plan: metadata":                           "Auth.Claims.plan: " + own + ": users can write metadata",
		"plan: plan":                               "Auth.Claims.plan: " + own + `, is "plan"`,
		"plan: appMetadata.a.b":                    "Auth.Claims.plan: " + own + `, is "appMetadata.a.b"`,
		"plan: appMetadata.":                       "Auth.Claims.plan: " + own + `, is "appMetadata."`,
		"\"a b\": appMetadata.a":                   `Auth.Claims: must have names of 1 to 64 of A-Z a-z 0-9 _ : / . -, "a b" is not`,
		"plan: [a]":                                "Auth.Claims.plan: must be text (line 2)",
		strings.Join(strings.Fields("a: b: c: d: e: f: g: h: i:"), " appMetadata.x, ") + " appMetadata.x": "Auth.Claims: must be at most 8 claims, are 9: they are sent with every request",
	} {
		if _, err := config.Parse([]byte("Mode: dev\nAuth: {Claims: {"+claims+"}}"), noEnv); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", claims, err, want)
		}
	}
}
