package config_test

import (
	"fmt"
	"strings"
	"testing"

	"user-api/internal/config"
)

const (
	webhookSecret      = "whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc"
	otherWebhookSecret = "whsec_Mf4Gs9TcZq3t8vLw1Rk6Yp0Xn5Hb2Jd7"
)

// Every row breaks one rule, or none if want is empty.
func TestWebhooks(t *testing.T) {
	const url = "Url: https://orders.example.com/hooks"
	for name, tt := range map[string]struct{ mode, yaml, want string }{
		"as documented":          {"pro", "{Name: orders, " + url + ", Secret: %s}", ""},
		"no secret":              {"dev", "{Name: orders-2, " + url + "}", "Webhooks[0].Secret: is missing, set WEBHOOK_SECRET_ORDERS_2"},
		"no prefix":              {"dev", "{Name: orders, " + url + ", Secret: Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs9Tc}", "Webhooks[0].Secret: must be whsec_ and the base64 of 24 to 64 bytes: try user-api secrets new WEBHOOK_SECRET"},
		"a short secret":         {"dev", "{Name: orders, " + url + ", Secret: whsec_Zq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4GsA==}", "Webhooks[0].Secret: must be whsec_ and the base64 of 24 to 64 bytes: try user-api secrets new WEBHOOK_SECRET"},
		"a sample":               {"pro", "{Name: orders, " + url + ", Secret: whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA}", "Webhooks[0].Secret: must be random, looks like a sample: try user-api secrets new WEBHOOK_SECRET"},
		"the secret of another":  {"dev", "{Name: orders, " + url + ", Secret: %s}, {Name: b, " + url + ", Secret: %[1]s}", "Webhooks[1].Secret: must differ from Webhooks[0].Secret"},
		"twice the same name":    {"dev", "{Name: orders, " + url + ", Secret: %s}, {Name: orders, " + url + ", Secret: " + otherWebhookSecret + "}", "Webhooks[1].Name: is given twice"},
		"a name with capitals":   {"dev", "{Name: Orders, " + url + ", Secret: %s}", `Webhooks[0].Name: must have 1 to 32 of a-z 0-9 -, and neither begin nor end with -, is "Orders"`},
		"http in pro":            {"pro", "{Name: orders, Url: http://orders.example.com, Secret: %s}", "Webhooks[0].Url: must be https in pro, unless AllowPrivate declares that it is in your own network"},
		"http inside":            {"pro", "{Name: orders, Url: http://orders.svc, Secret: %s, AllowPrivate: true}", ""},
		"a user in the URL":      {"dev", "{Name: orders, Url: https://a:b@orders.example.com, Secret: %s}", "Webhooks[0].Url: must look like https://orders.example.com/hooks, without user and fragment"},
		"another scheme":         {"dev", "{Name: orders, Url: ftp://orders.example.com, Secret: %s}", "Webhooks[0].Url: must be https or http"},
		"this host":              {"dev", "{Name: orders, Url: http://127.0.0.1:9000, Secret: %s}", "Webhooks[0].Url: refers to this host: set AllowPrivate"},
		"a kind that is not one": {"dev", "{Name: orders, " + url + ", Secret: %s, Events: [user.gone]}", "Webhooks[0].Events[0]: must be user.created, "},
	} {
		t.Run(name, func(t *testing.T) {
			c := good(t, tt.mode)
			text := tt.yaml
			if strings.Contains(text, "%") {
				text = fmt.Sprintf(text, webhookSecret)
			}
			read, err := config.Parse([]byte("Mode: dev\nWebhooks: ["+text+"]"), noEnv)
			if err == nil {
				c.Webhooks = read.Webhooks
				err = c.Validate()
			}
			got := ""
			if err != nil {
				got = strings.Join(lines(t, err), "\n")
			}
			if got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if strings.Contains(got, "Zq3t8v") {
				t.Errorf("the secret is shown: %s", got)
			}
		})
	}
}

// The variable of an endpoint ends in its name and overrides the common one.
func TestWebhooks_variables(t *testing.T) {
	const text = "Mode: dev\nWebhooks: [{Name: orders-2, Url: 'https://a.example/'}, {Name: mail, Url: 'https://b.example/'}]"
	c, err := config.Parse([]byte(text), env(map[string]string{
		"WEBHOOK_SECRET_ORDERS_2": webhookSecret, "WEBHOOK_SECRET": otherWebhookSecret, "PREV_WEBHOOK_SECRET_MAIL_FILE": written(t, "whsec_9TcZq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs"),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got := []string{c.Webhooks[0].Secret, c.Webhooks[1].Secret, c.Webhooks[1].PrevSecret}; got[0] != webhookSecret || got[1] != otherWebhookSecret || got[2] != "whsec_9TcZq3t8vLw1Rk6Yp0Xn5Hb2Jd7Mf4Gs" {
		t.Errorf("secrets %v", got)
	}
	if shown := fmt.Sprintf("%+v", c.Webhooks); strings.Contains(shown, "whsec_") {
		t.Errorf("a secret is shown: %s", shown)
	}
}
