package interop

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"testing"
	"time"

	"user-api/test/kit"
)

// The page of docs/passkeys.md, in a browser with an authenticator inside.
func TestPasskeys(t *testing.T) {
	t.Parallel()
	chromium := kit.Chromium(t)
	text, err := os.ReadFile("../../docs/passkeys.md")
	if err != nil {
		t.Fatal(err)
	}
	page := regexp.MustCompile("(?s)<!-- page -->\n```html\n(.*?)```").FindSubmatch(text)
	if page == nil {
		t.Fatal("docs/passkeys.md has no page")
	}
	front := newFront(t)
	at, err := url.Parse(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	// Both names lead here; passkeys are of the first.
	home, below := "http://localhost:"+at.Port(), "http://login.localhost:"+at.Port()
	app := kit.New(t, kit.Embedded, kit.Option(fmt.Sprintf("Passkeys: {Origins: [%q, %q]}\nMfa: {Require: all}", home, below)))
	front.to(t, app.URL)
	token := app.SignIn(phone).Access
	app.Advance(2 * time.Minute) // for the next code
	verify(t, "passkeys.mjs", object{
		"chromium": chromium, "page": string(page[1]), "home": home, "below": below, "token": token, "service": app.URL, "phone": phone,
	})
}
