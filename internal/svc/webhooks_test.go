package svc

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/config"
	"user-api/internal/webhook"
	"user-api/model"
)

// The configuration takes the kinds that the models tell, and reads a secret as the
// package that signs does.
func TestWebhooks_agree(t *testing.T) {
	if diff := cmp.Diff(model.Happened, config.WebhookEvents); diff != "" {
		t.Errorf("kinds (-model +config):\n%s", diff)
	}
	for _, secret := range []string{"whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc", "whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4GsA==", "Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc", ""} {
		key, err := webhook.ParseSecret(secret)
		if read := config.WebhookKey(secret); (read == nil) != (err != nil) || string(read) != string(key) {
			t.Errorf("%q: the one reads %q, the other %q, %v", secret, read, key, err)
		}
	}
}
