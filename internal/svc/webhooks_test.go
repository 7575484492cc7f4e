package svc

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
	"user-api/model"
)

// The configuration accepts the kinds that the models write, and only well-formed secrets.
func TestWebhooks_config(t *testing.T) {
	if diff := cmp.Diff(model.OutboxKinds, config.WebhookEvents); diff != "" {
		t.Errorf("kinds (-model +config):\n%s", diff)
	}
	of := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for text, want := range map[string]bool{
		"whsec_" + of(24): true, "whsec_" + of(64): true, "whsec_" + of(23): false, "whsec_" + of(65): false,
		of(32): false, "whsec_": false, "": false, "whsec_!" + of(32): false, "WHSEC_" + of(32): false,
	} {
		if key := config.WebhookKey(text); (key != nil) != want {
			t.Errorf("%q is read as %x", text, key)
		}
	}
}
