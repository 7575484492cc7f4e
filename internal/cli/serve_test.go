package cli_test

import (
	"testing"

	"user-api/internal/cli"
	"user-api/internal/config"
)

// The start prints the URL of the service, and where to find messages that are not sent.
func TestServe_greeting(t *testing.T) {
	const inbox = "Messages are not sent; they are in the inbox: "
	for yaml, want := range map[string]string{
		"Mode: dev":                              "user-api starts: http://127.0.0.1:8888\n" + inbox + "http://127.0.0.1:8888/dev/inbox\n",
		"Mode: test\nHost: 0.0.0.0\nPort: 80":    "user-api starts: http://127.0.0.1:80\n" + inbox + "http://127.0.0.1:80/dev/inbox\n",
		"Mode: test\nHost: '[::]'":               "user-api starts: http://127.0.0.1:8888\n" + inbox + "http://127.0.0.1:8888/dev/inbox\n",
		"Mode: test\nHost: '[::1]'":              "user-api starts: http://[::1]:8888\n" + inbox + "http://[::1]:8888/dev/inbox\n",
		"Mode: test\nHost: 10.0.0.1\nName: acme": "acme starts: http://10.0.0.1:8888\n" + inbox + "http://10.0.0.1:8888/dev/inbox\n",
		"Mode: test\nEmail: {Provider: 'off'}\nSms: {Provider: http, Http: {Url: 'https://sms.example.com', Secret: kQ4-hunter2-hunter2-hunter2-hunter2}}": "user-api starts: http://127.0.0.1:8888\n",
	} {
		c, err := config.Parse([]byte(yaml), func(string) string { return "" })
		if err != nil {
			t.Fatalf("%s: %v", yaml, err)
		}
		if got := cli.Greeting(c, nil); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", yaml, got, want)
		}
	}
	c := config.Config{Name: "user-api", Host: "0.0.0.0", Port: 443, CertFile: "tls.crt", Mode: config.ModePro}
	c.Sms.Provider = config.ProviderInbox
	if got, want := cli.Greeting(c, []string{"/", "/account"}), "user-api starts: https://127.0.0.1:443\nPage: https://127.0.0.1:443/\nPage: https://127.0.0.1:443/account\n"; got != want {
		t.Errorf("in pro with TLS: %q, want %q", got, want)
	}
}
