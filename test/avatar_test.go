package test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"user-api/internal/avatar"
	"user-api/internal/avatar/avatartest"
	"user-api/test/kit"
)

// upload sends a picture.
func upload(app *kit.App, bearer string, data []byte) kit.Response {
	return app.Do(uploading(bearer, data))
}

func uploading(bearer string, data []byte) kit.Request {
	return kit.Request{Method: http.MethodPut, Path: "/user/avatar", Bearer: bearer, Body: data, Header: map[string]string{"Content-Type": "image/jpeg"}}
}

// avatarOf returns the path of the user's picture.
func avatarOf(app *kit.App, bearer string) string {
	return app.Get("/user/info", bearer).Text("avatar")
}

// swept runs the sweep and lists what is left in the blob folder.
func swept(t *testing.T, app *kit.App) []string {
	t.Helper()
	if err := app.Service.Avatars.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	return inFolder(t, app)
}

func inFolder(t *testing.T, app *kit.App) (names []string) {
	t.Helper()
	files, err := os.ReadDir(app.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return names
}

// pictured checks that there is a picture of a size, and returns it.
func pictured(t *testing.T, resp kit.Response, size int) image.Image {
	t.Helper()
	resp.Want(t, 200, "")
	picture, err := jpeg.Decode(bytes.NewReader(resp.Body))
	if err != nil || picture.Bounds() != image.Rect(0, 0, size, size) {
		t.Fatalf("the picture is %v, %v", picture.Bounds(), err)
	}
	return picture
}

func TestAvatar(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		id := idOf(app, tokens)
		path := fmt.Sprint("/user/avatar/", id)
		app.Get(path, "").Want(t, 404, "not_found")
		if got := avatarOf(app, tokens.Access); got != "" {
			t.Errorf("avatar %q before an upload", got)
		}
		upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
		first := avatarOf(app, tokens.Access)
		if !strings.HasPrefix(first, path+"?v=") {
			t.Fatalf("avatar %q", first)
		}
		pictured(t, app.Get(first, ""), avatar.Large)
		pictured(t, app.Get(first+"&size=512", ""), avatar.Large)
		pictured(t, app.Get(first+"&size=128", ""), avatar.Small)
		app.Get(first+"&size=64", "").Want(t, 400, "invalid_request")

		// The same picture keeps its address; another picture gets another address.
		upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
		if again := avatarOf(app, tokens.Access); again != first {
			t.Errorf("the same picture is at %q, was at %q", again, first)
		}
		upload(app, tokens.Access, avatartest.Turned(3)).Want(t, 204, "")
		second := avatarOf(app, tokens.Access)
		if second == first {
			t.Errorf("another picture is at the same address")
		}
		if got, old := app.Get(second, ""), app.Get(first, ""); !bytes.Equal(got.Body, old.Body) ||
			got.Header.Get("Cache-Control") == old.Header.Get("Cache-Control") {
			t.Errorf("an old address: %v", old.Header)
		}
		if left := swept(t, app); len(left) != len(avatar.Sizes) {
			t.Errorf("after a replacement the folder has %v", left)
		}

		for range 2 {
			app.Do(kit.Request{Method: http.MethodDelete, Path: "/user/avatar", Bearer: tokens.Access}).Want(t, 204, "")
		}
		if got := avatarOf(app, tokens.Access); got != "" {
			t.Errorf("avatar %q after its removal", got)
		}
		app.Get(second, "").Want(t, 404, "not_found")
		if left := swept(t, app); len(left) != 0 {
			t.Errorf("after the removal the folder has %v", left)
		}

		// A user without a picture and a missing user get the same answer.
		none, nobody := app.Get(path, ""), app.Get(fmt.Sprint("/user/avatar/", id+1), "")
		for _, resp := range []kit.Response{none, nobody} {
			resp.Want(t, 404, "not_found")
			delete(resp.JSON, "requestId")
			for _, name := range []string{"X-Request-Id", "Date"} {
				resp.Header.Del(name)
			}
		}
		if fmt.Sprint(none.JSON, none.Header) != fmt.Sprint(nobody.JSON, nobody.Header) {
			t.Errorf("without a picture %v %v, nobody %v %v", none.JSON, none.Header, nobody.JSON, nobody.Header)
		}
	})
}

func TestAvatar_headers(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		upload(app, tokens.Access, avatartest.JPEG(avatartest.Quarters(600, 600))).Want(t, 204, "")
		path := avatarOf(app, tokens.Access)
		resp := app.Get(path, "")
		pictured(t, resp, avatar.Large)
		tag := resp.Header.Get("ETag")
		for name, want := range map[string]string{
			"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "cross-origin",
			"Content-Length": fmt.Sprint(len(resp.Body)), "Set-Cookie": "",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if !strings.HasPrefix(tag, `"`) || tag == app.Get(path+"&size=128", "").Header.Get("ETag") {
			t.Errorf("ETag %q, want a strong tag for this size only", tag)
		}
		bare, _, _ := strings.Cut(path, "?")
		for _, other := range []string{bare, bare + "?v=another", bare + "?v="} {
			if got := app.Get(other, "").Header.Get("Cache-Control"); got != "public, max-age=60" {
				t.Errorf("%s: Cache-Control %q", other, got)
			}
		}
		for given, status := range map[string]int{
			tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, `"x"`: 200, strings.Trim(tag, `"`): 200, "": 200,
		} {
			got := app.Do(kit.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"If-None-Match": given}})
			if got.Status != status || got.Header.Get("ETag") != tag || (status == 304) != (len(got.Body) == 0) {
				t.Errorf("If-None-Match %q: %d, %d bytes, %v", given, got.Status, len(got.Body), got.Header)
			}
		}
		head := app.Do(kit.Request{Method: http.MethodHead, Path: path})
		if head.Status != 200 || len(head.Body) != 0 || head.Header.Get("Content-Length") != fmt.Sprint(len(resp.Body)) {
			t.Errorf("HEAD: %d, %d bytes, %v", head.Status, len(head.Body), head.Header)
		}
	})
}

// Every hostile upload is rejected as documented or becomes a clean picture, and the
// service keeps running.
func TestAvatar_hostile(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		for _, hostile := range avatartest.Hostile() {
			start := time.Now()
			resp := upload(app, tokens.Access, hostile.Data)
			if took := time.Since(start); took > kit.Busy(5*time.Second) {
				t.Errorf("%s: took %v", hostile.Name, took)
			}
			if hostile.Want == avatartest.Clean {
				resp.Want(t, 204, "")
				pictured(t, app.Get(avatarOf(app, tokens.Access), ""), avatar.Large)
				continue
			}
			status := map[string]int{avatartest.Broken: 400, avatartest.Large: 413, avatartest.Foreign: 415}[hostile.Want]
			if resp.Status != status || resp.Text("code") != hostile.Want {
				t.Errorf("%s: %d %s, want %d %s", hostile.Name, resp.Status, resp.Body, status, hostile.Want)
			}
			if field := resp.Text("field"); (hostile.Want == avatartest.Broken) != (field == "image") {
				t.Errorf("%s: field %q", hostile.Name, field)
			}
		}
		if left := swept(t, app); len(left) != len(avatar.Sizes) {
			t.Errorf("left: %v", left)
		}
	})
}

// The size of a body is measured while reading it, whatever its headers say, and the format
// is detected from the content.
func TestAvatar_body(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		good := avatartest.PNG(avatartest.Quarters(64, 64))
		zipped := func(data []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			_, _ = w.Write(data)
			_ = w.Close()
			return out.Bytes()
		}
		full := append(bytes.Clone(good), make([]byte, avatar.MaxBytes-len(good))...)
		chunked := func(data []byte) io.Reader { return io.MultiReader(bytes.NewReader(data)) }
		for _, c := range []struct {
			name   string
			body   any
			header map[string]string
			status int
		}{
			{"another type of picture", good, map[string]string{"Content-Type": "image/jpeg"}, 204},
			{"no type", good, map[string]string{"Content-Type": ""}, 415},
			{"no picture's type", good, map[string]string{"Content-Type": "image/svg+xml"}, 415},
			{"bytes", good, map[string]string{"Content-Type": "application/octet-stream"}, 415},
			{"JSON", "{}", map[string]string{"Content-Type": "application/json"}, 415},
			{"a form", "a=b", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
			{"a multipart form", good, map[string]string{"Content-Type": "multipart/form-data; boundary=b"}, 415},
			{"in chunks", chunked(good), map[string]string{"Content-Type": "image/png"}, 204},
			{"compressed", zipped(good), map[string]string{"Content-Type": "image/png", "Content-Encoding": "gzip"}, 204},
			{"compressed in another way", good, map[string]string{"Content-Type": "image/png", "Content-Encoding": "br"}, 415},
			{"as long as may be", full, map[string]string{"Content-Type": "image/png"}, 204},
			{"longer", append(bytes.Clone(full), 0), map[string]string{"Content-Type": "image/png"}, 413},
			{"longer in chunks", chunked(append(bytes.Clone(full), 0)), map[string]string{"Content-Type": "image/png"}, 413},
			{"longer once it is unpacked", zipped(append(bytes.Clone(full), make([]byte, 100<<20)...)), map[string]string{"Content-Type": "image/png", "Content-Encoding": "gzip"}, 413},
			{"nothing", nil, map[string]string{"Content-Type": "image/png"}, 400},
		} {
			resp := app.Do(kit.Request{Method: http.MethodPut, Path: "/user/avatar", Bearer: tokens.Access, Body: c.body, Header: c.header})
			if resp.Status != c.status {
				t.Errorf("%s: %d %s, want %d", c.name, resp.Status, resp.Body, c.status)
			}
		}
	})
}

// Nothing of an upload is read if the client is not signed in or over its limit.
func TestAvatar_unread(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens, ended := app.SignIn(phone), app.SignIn("+919876543299")
		app.Do(kit.Request{Method: http.MethodPost, Path: "/user/logout", Bearer: ended.Access}).Want(t, 204, "")
		for range 2 {
			upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
		}
		limited := upload(app, tokens.Access, avatartest.Turned(1))
		limited.Want(t, 429, "rate_limited")
		if limited.Text("limit") != "avatar" {
			t.Errorf("limit %q", limited.Text("limit"))
		}
		for bearer, status := range map[string]int{ended.Access: 401, "x": 401, tokens.Access: 429} {
			r, w := io.Pipe() // no data ever arrives
			resp, err := app.TryDo(kit.Request{
				Method: http.MethodPut, Path: "/user/avatar", Bearer: bearer, Body: r,
				Header: map[string]string{"Content-Type": "image/jpeg", "Expect": "100-continue"},
			})
			w.Close()
			if err != nil || resp.Status != status {
				t.Errorf("%d, %v, want %d", resp.Status, err, status)
			}
		}
	}, "RateLimit: {Avatar: {User: 2/3600}}")
}

// After an account is erased, its picture is gone in every size.
func TestAvatar_erased(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
		path := avatarOf(app, tokens.Access)
		s := openStores(t, app)
		app.Advance(time.Minute)
		otpID, code := app.AskCode(phone)
		app.Do(kit.Request{Method: http.MethodDelete, Path: "/user", Bearer: tokens.Access, Body: object{"otpId": otpID, "otp": code}}).Want(t, 204, "")
		app.Get(path, "").Want(t, 404, "not_found")
		if left := swept(t, app); len(left) != 0 {
			t.Errorf("left in the folder: %v", left)
		}
		var rows int
		if err := s.db.QueryRow("SELECT COUNT(*) FROM `avatar`").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("left in the table: %d rows, %v", rows, err)
		}
	})
}

// The rest of an aborted upload is kept for an hour, and foreign files are not touched.
func TestAvatar_brokenOff(t *testing.T) {
	kit.Each(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
		kept := swept(t, app)
		s := openStores(t, app)
		at := app.Clock.Now().UnixMilli()
		if _, err := s.db.Exec("INSERT INTO `avatar` (`id`, `user_id`, `hash`, `due`, `created`) VALUES ('half', NULL, 'h', ?, ?)", at+time.Hour.Milliseconds(), at); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"half-512", ".half-128", "another"} {
			if err := os.WriteFile(app.Blobs+"/"+name, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		all := inFolder(t, app)
		app.Advance(59 * time.Minute)
		if left := swept(t, app); !slices.Equal(left, all) {
			t.Errorf("after less than an hour the folder has %v, want %v", left, all)
		}
		app.Advance(2 * time.Minute)
		if left, want := swept(t, app), append([]string{"another"}, kept...); len(left) != len(want) || !slices.Contains(left, "another") {
			t.Errorf("after an hour the folder has %v, want %v", left, want)
		}
	})
}

// Of concurrent uploads, one complete picture remains, and nothing of the others.
func TestAvatar_atOnce(t *testing.T) {
	kit.EachRaced(t, func(t *testing.T, app *kit.App) {
		tokens := app.SignIn(phone)
		pictures := [][]byte{avatartest.Turned(1), avatartest.Turned(3), avatartest.Turned(6)}
		answers := atOnce(t, app, 12, func(i int) kit.Request {
			if i%4 == 3 {
				return kit.Request{Method: http.MethodDelete, Path: "/user/avatar", Bearer: tokens.Access}
			}
			return uploading(tokens.Access, pictures[i%3])
		})
		for _, answer := range answers {
			if answer.Status != 204 && answer.Status != 503 {
				t.Errorf("%d %s", answer.Status, answer.Body)
			}
		}
		upload(app, tokens.Access, pictures[0]).Want(t, 204, "")
		pictured(t, app.Get(avatarOf(app, tokens.Access), ""), avatar.Large)
		app.Advance(61 * time.Minute)
		app.Await("the sweep", func() bool { return len(swept(t, app)) == len(avatar.Sizes) })
	})
}
