package interop

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"user-api/test/kit"
)

// standardwebhooks verifies what the service sends of a person who signs in and out, and
// what it sends again because the receiver was not ready.
func TestStandardWebhooks(t *testing.T) {
	t.Parallel()
	events := []string{"user.created", "session.created", "session.ended"}
	key := make([]byte, 32)
	rand.Read(key)
	secret := "whsec_" + base64.StdEncoding.EncodeToString(key)
	receiver := listen(t, "webhook.mjs", object{"secret": secret, "events": events})
	app := kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf(
		"Webhooks: [{Name: orders, Url: %q, Secret: %q, Events: [%s], AllowPrivate: true}]\n",
		receiver.URL, secret, strings.Join(events, ", "))))
	tokens := app.SignIn(phone)
	app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: tokens.Access}).Want(t, http.StatusNoContent, "")
	for range 100 { // of 2 s are less than the five minutes that a message may be old
		select {
		case <-receiver.ended:
			receiver.finished(t, len(events))
			return
		case <-time.After(100 * time.Millisecond):
			app.Advance(2 * time.Second)
		}
	}
	t.Error("not every event came twice")
}
