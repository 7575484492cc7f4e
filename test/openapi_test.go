package test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"user-api/docs"
	"user-api/internal/openapi"
	"user-api/test/contract"
	"user-api/test/kit"
)

// documentDeeds request the document, which uses no store.
var documentDeeds = []deed{
	{"GET /openapi.json", "", func(*matrix) attempt { return attempt{Request: get("/openapi.json", "")} }},
	{"GET /docs", "", func(*matrix) attempt { return attempt{Request: get("/docs", "")} }},
}

// The document lists exactly the routes of the service.
func TestDocument_routes(t *testing.T) {
	document, err := contract.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, group := range readRoutes(t) {
		for _, r := range group.routes {
			parts := strings.Split(r.path, "/")
			for i, part := range parts {
				if name, ok := strings.CutPrefix(part, ":"); ok {
					parts[i] = "{" + name + "}"
				}
			}
			want = append(want, r.method+" "+strings.Join(parts, "/"))
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, document.Names()); diff != "" {
		t.Errorf("the routes and docs/openapi.json differ (-routes +document); make generate writes it:\n%s", diff)
	}
}

// The examples in the document match its schemas.
func TestDocument_valid(t *testing.T) {
	document, err := contract.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	checked, err := document.Examples()
	if err != nil {
		t.Error(err)
	}
	if checked < 300 {
		t.Errorf("only %d examples", checked)
	}
}

// The service serves the document with its own address, uncompressed or compressed, and
// answers 304 to clients that have it.
func TestDocument_served(t *testing.T) {
	const issuer = "https://id.example.com"
	for _, tt := range []struct{ config, address string }{{"", "/"}, {"Auth: {Issuer: '" + issuer + "'}\n", issuer}} {
		app := kit.New(t, kit.Embedded, kit.Option(tt.config))
		resp := app.Get("/openapi.json", "")
		resp.Want(t, http.StatusOK, "")
		var want map[string]any
		if err := json.Unmarshal(docs.OpenAPI, &want); err != nil {
			t.Fatal(err)
		}
		want["servers"] = []any{object{"url": tt.address}}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(resp.JSON))); diff != "" {
			t.Errorf("the members differ (-shipped +served):\n%s", diff)
		}
		if !cmp.Equal(want, resp.JSON) {
			t.Error("the served document differs from docs/openapi.json with its own server")
		}
		tag := resp.Header.Get("ETag")
		again := app.Do(kit.Request{Method: "GET", Path: "/openapi.json", Header: map[string]string{"If-None-Match": tag}})
		if again.Status != http.StatusNotModified || len(again.Body) > 0 {
			t.Errorf("with the tag %s: %d, %d bytes", tag, again.Status, len(again.Body))
		}
		zipped := app.Do(kit.Request{Method: "GET", Path: "/openapi.json", Header: map[string]string{"Accept-Encoding": "gzip"}})
		r, err := gzip.NewReader(bytes.NewReader(zipped.Body))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(r); err != nil || !bytes.Equal(plain, resp.Body) {
			t.Errorf("the compressed document differs: %v", err)
		}
		if cache := resp.Header.Get("Cache-Control"); cache != "public, max-age=60" || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("headers %v", resp.Header)
		}
	}
}

// The reference page lists every operation and schema of the document, within its size
// limit.
func TestDocument_page(t *testing.T) {
	app := kit.New(t, kit.Embedded)
	resp := app.Get("/docs", "")
	resp.Want(t, http.StatusOK, "")
	var document openapi.Document
	if err := json.Unmarshal(docs.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	page := string(resp.Body)
	for path, methods := range document.Paths {
		for method, op := range methods {
			if !strings.Contains(page, `<details id="`+op.ID+`">`) || !strings.Contains(page, path) {
				t.Errorf("the page lacks %s %s", method, path)
			}
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+link[1]+`"`) {
			t.Errorf("the page has a link to %s, which does not exist", link[1])
		}
	}
	zipped := app.Do(kit.Request{Method: "GET", Path: "/docs", Header: map[string]string{"Accept-Encoding": "gzip"}})
	if len(zipped.Body) > 50<<10 {
		t.Errorf("the page has %d bytes, compressed", len(zipped.Body))
	}
	off := kit.New(t, kit.Embedded, "Web: {Docs: false}")
	off.Get("/docs", "").Want(t, http.StatusNotFound, "not_found")
	off.Get("/openapi.json", "").Want(t, http.StatusOK, "")
}
