package interop

import (
	"fmt"
	"testing"

	"user-api/internal/client"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// A person signs in on the page of /oauth/authorize, in a browser.
func TestBrowser(t *testing.T) {
	t.Parallel()
	chromium := kit.Chromium(t)
	s := start(t, "ES256")
	back := fmt.Sprintf("http://127.0.0.1:%d/callback", testkit.FreePort(t))
	one, _, err := s.Service.Clients.Create(t.Context(), client.Draft{Name: "app", Public: true, Redirects: []string{back}})
	if err != nil {
		t.Fatal(err)
	}
	verify(t, "browser.mjs", s.given(object{
		"chromium": chromium, "phone": phone, "redirect": back, "app": application{ID: one.ID},
	}))
}
