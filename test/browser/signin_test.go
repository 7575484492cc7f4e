package browser

import "testing"

// The sign-in page: every way in, and what goes wrong on it.
func TestSignin(t *testing.T) {
	start(t, "Sms: {Channels: [sms, whatsapp, voice]}\n").run("signin.mjs", nil)
}
