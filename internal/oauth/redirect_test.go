package oauth

import (
	"net/url"
	"testing"

	"user-api/internal/client"
)

// Every accepted redirect URI has, according to net/url, the host and path of a registered one.
func FuzzRegistered(f *testing.F) {
	known := []string{"http://127.0.0.1/cb", "http://[::1]:9/cb?x=1", "https://shop.example/cb", "com.example.shop:/cb"}
	for _, uri := range append([]string{
		"http://127.0.0.1:1/cb", "http://127.0.0.1:80@evil.example/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:123456/cb", "http://[::1]/cb?x=1",
		"http://[::1]:2/cb?x=1#y", "http://127.0.0.1:1\\@evil.example/cb", "http://127.0.0.1:1/cb/../x", "https://shop.example/cb/", "",
	}, known...) {
		f.Add(uri, true)
		f.Add(uri, false)
	}
	f.Fuzz(func(t *testing.T, uri string, public bool) {
		one := client.Client{Kind: client.Confidential, Redirects: known}
		if public {
			one.Kind = client.Public
		}
		if !registered(one, uri) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatalf("%q is accepted but is not a URL: %v", uri, err)
		}
		for _, text := range known {
			want, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			samePort := u.Port() == want.Port() || public && want.Scheme == "http"
			if u.Scheme == want.Scheme && u.Hostname() == want.Hostname() && samePort && u.RequestURI() == want.RequestURI() && u.Fragment == "" && u.User == nil {
				return
			}
		}
		t.Errorf("%q is accepted", uri)
	})
}

func TestRegistered(t *testing.T) {
	loopback := client.Client{Kind: client.Public, Redirects: []string{"http://127.0.0.1/cb", "http://[::1]:9/cb?x=1", "http://localhost/cb"}}
	for uri, want := range map[string]bool{
		"http://127.0.0.1/cb": true, "http://127.0.0.1:51234/cb": true, "http://[::1]/cb?x=1": true, "http://[::1]:1/cb?x=1": true, "http://localhost/cb": true,
		"http://127.0.0.1:x/cb": false, "http://127.0.0.1:123456/cb": false, "http://127.0.0.1": false, "http://127.0.0.1:1cb": false,
		"http://localhost:1/cb": false, "https://127.0.0.1/cb": false, "http://[::1]:1/cb": false,
	} {
		if got := registered(loopback, uri); got != want {
			t.Errorf("%s: %t, want %t", uri, got, want)
		}
	}
	loopback.Kind = client.Confidential
	if registered(loopback, "http://127.0.0.1:1/cb") || !registered(loopback, "http://127.0.0.1/cb") {
		t.Error("the port is ignored for a confidential client")
	}
}
