package browser

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"user-api/internal/client"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// examples/webapp, as it is: its users sign in on the page of the service.
func TestWebapp(t *testing.T) {
	r := start(t)
	program, err := kit.WebApp()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", testkit.FreePort(t))
	home := "http://" + address
	one, secret, err := r.Service.Clients.Create(t.Context(), client.Draft{Name: "webapp", Redirects: []string{home + "/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	kit.Remember(secret)
	app := exec.Command(program, "-listen", address, "-issuer", r.Home, "-home", home, "-client-id", one.ID)
	app.Env = append(os.Environ(), "WEBAPP_CLIENT_SECRET="+secret)
	app.Stderr = os.Stderr
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = app.Process.Kill()
		_ = app.Wait()
	}()
	r.Await("the application", func() bool {
		resp, err := http.Get(home)
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
	r.run("webapp.mjs", object{"app": home})
}
