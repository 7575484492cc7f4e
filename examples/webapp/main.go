// webapp is a small application whose users sign in at user-api, using plain
// golang.org/x/oauth2. It keeps its own session in a cookie. README.md says how to run it.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	var o options
	listen := flag.String("listen", "127.0.0.1:3000", "where to listen")
	flag.StringVar(&o.issuer, "issuer", "http://127.0.0.1:8888", "the service: Auth.Issuer of its configuration")
	flag.StringVar(&o.home, "home", "http://127.0.0.1:3000", "where browsers reach this application")
	flag.StringVar(&o.clientID, "client-id", "", "what `user-api client create` printed")
	flag.Parse()
	o.home = strings.TrimRight(o.home, "/")
	o.clientSecret = os.Getenv("WEBAPP_CLIENT_SECRET")

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	app, err := newApp(ctx, o)
	cancel()
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("open %s", o.home)
	server := &http.Server{Addr: *listen, Handler: app.handler(), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
