package test

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"user-api/internal/avatar"
	"user-api/internal/avatar/avatartest"
	"user-api/internal/blob/blobtest"
	"user-api/internal/testkit"
	"user-api/test/kit"
)

// inBucket stores pictures in a bucket.
func inBucket(s *blobtest.Storage) kit.Option {
	return kit.Option(fmt.Sprintf("Blobs: {Store: s3, S3: {Endpoint: %q, Bucket: %q, Prefix: users/, AccessKey: %q, SecretKey: %q, PathStyle: true}}",
		s.URL, blobtest.Bucket, blobtest.Key, blobtest.Secret))
}

// Two nodes with one bucket show the same picture immediately.
func TestAvatar_twoNodes(t *testing.T) {
	for _, backend := range []kit.Backend{kit.Embedded, kit.Real} {
		t.Run(string(backend), func(t *testing.T) {
			testkit.NotInRace(t, "asks one thing after the other")
			t.Parallel()
			storage := blobtest.New(t)
			one := kit.New(t, backend, inBucket(storage))
			two := one.Beside(inBucket(storage))
			tokens := one.SignIn(phone)
			for i, node := range []*kit.App{one, two, one} {
				upload(node, tokens.Access, avatartest.Turned(1+2*i)).Want(t, 204, "")
				path := avatarOf(one, tokens.Access)
				if other := avatarOf(two, tokens.Access); other != path {
					t.Fatalf("one node has the picture at %q, the other at %q", path, other)
				}
				mine, theirs := one.Get(path, ""), two.Get(path, "")
				if pictured(t, mine, avatar.Large); !bytes.Equal(mine.Body, theirs.Body) || mine.Header.Get("ETag") != theirs.Header.Get("ETag") {
					t.Errorf("the nodes show different pictures")
				}
			}
			// Both nodes sweep, and only the last picture is left.
			for _, node := range []*kit.App{one, two} {
				if err := node.Service.Avatars.Sweep(t.Context()); err != nil {
					t.Error(err)
				}
			}
			one.Await("the sweep", func() bool { return len(storage.Names(t)) == len(avatar.Sizes) })
		})
	}
}

// If the picture store is down, hangs, is full or read-only, only pictures are affected:
// existing ones are served while they can be read.
func TestAvatar_storeBroken(t *testing.T) {
	testkit.NotInRace(t, "asks one thing after the other")
	for name, c := range map[string]struct {
		state blobtest.State
		reads bool
	}{
		"down": {blobtest.Down, false}, "hung": {blobtest.Hung, false}, "full": {blobtest.Full, true}, "read-only": {blobtest.ReadOnly, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storage := blobtest.New(t)
			app := kit.New(t, kit.Embedded, inBucket(storage), kit.ShippedTimes)
			tokens := app.SignIn(phone)
			upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
			path := avatarOf(app, tokens.Access)
			tag := app.Get(path, "").Header.Get("ETag")

			storage.Set(c.state)
			refused := within(t, 5500*time.Millisecond, func() kit.Response { return upload(app, tokens.Access, avatartest.Turned(3)) })
			refused.Want(t, 503, "unavailable")
			if refused.Header.Get("Retry-After") == "" {
				t.Errorf("no Retry-After: %v", refused.Header)
			}
			if got := avatarOf(app, tokens.Access); got != path {
				t.Errorf("after a refused upload the picture is at %q, was at %q", got, path)
			}
			got := app.Get(path, "")
			if c.reads {
				pictured(t, got, avatar.Large)
			} else {
				got.Want(t, 503, "unavailable")
			}
			if known := app.Do(kit.Request{Method: http.MethodGet, Path: path, Header: map[string]string{"If-None-Match": tag}}); known.Status != 304 {
				t.Errorf("a cached picture: %d", known.Status)
			}
			app.Get("/user/info", tokens.Access).Want(t, 200, "")
			refresh(app, tokens.Refresh).Want(t, 200, "")
			app.Get("/readyz", "").Want(t, 200, "")

			storage.Set(blobtest.Well)
			upload(app, tokens.Access, avatartest.Turned(3)).Want(t, 204, "")
			pictured(t, app.Get(avatarOf(app, tokens.Access), ""), avatar.Large)
			// The remains of rejected uploads are deleted an hour later.
			app.Advance(61 * time.Minute)
			app.Await("the sweep", func() bool { return len(storage.Names(t)) == len(avatar.Sizes) })
		})
	}
}

// A deleted account is erased immediately, and its pictures once the store is available, by
// any running node.
func TestAvatar_erasedWhileDown(t *testing.T) {
	t.Parallel()
	testkit.NotInRace(t, "asks one thing after the other")
	storage := blobtest.New(t)
	one := kit.New(t, kit.Embedded, inBucket(storage))
	tokens := one.SignIn(phone)
	upload(one, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
	path := avatarOf(one, tokens.Access)
	one.Advance(time.Minute)
	otpID, code := one.AskCode(phone)
	storage.Set(blobtest.ReadOnly)
	one.Do(kit.Request{Method: http.MethodDelete, Path: "/user", Bearer: tokens.Access, Body: object{"otpId": otpID, "otp": code}}).Want(t, 204, "")
	one.Get(path, "").Want(t, 404, "not_found")
	if err := one.Service.Avatars.Sweep(t.Context()); err == nil && len(storage.Names(t)) == 0 {
		t.Fatal("the store accepted a deletion")
	}
	if names := storage.Names(t); len(names) != len(avatar.Sizes) {
		t.Fatalf("the bucket contains %v", names)
	}
	one.Stop()
	storage.Set(blobtest.Well)
	two := one.Beside(inBucket(storage))
	two.Advance(2 * time.Minute)
	two.Await("the sweep", func() bool { return len(storage.Names(t)) == 0 })
}

// A bucket that is not writable does not prevent the start: only pictures need it.
func TestAvatar_startWhileDown(t *testing.T) {
	t.Parallel()
	storage := blobtest.New(t)
	storage.Set(blobtest.Down)
	app := kit.New(t, kit.Embedded, inBucket(storage))
	tokens := app.SignIn(phone)
	upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 503, "unavailable")
	storage.Set(blobtest.Well)
	upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 204, "")
}

// Without a picture store, its routes do not exist.
func TestAvatar_off(t *testing.T) {
	t.Parallel()
	app := kit.New(t, kit.Embedded, `Blobs: {Store: "off"}`)
	tokens := app.SignIn(phone)
	upload(app, tokens.Access, avatartest.Turned(1)).Want(t, 404, "not_found")
	app.Get("/user/avatar/1", "").Want(t, 404, "not_found")
}
