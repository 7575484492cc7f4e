package passkey_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"user-api/internal/apperr"
	"user-api/internal/keyring"
	"user-api/internal/passkey"
	"user-api/internal/passkey/passkeytest"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

const (
	origin = "https://login.example.com"
	domain = "example.com"
	app    = "android:apk-key-hash:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
)

var ctx = context.Background()

// desk is a Passkeys on a database with the users 1 and 2.
type desk struct {
	*passkey.Passkeys
	t     testing.TB
	db    *store.DB
	clock *testkit.Clock
	table model.PasskeyModel
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	for _, id := range []int{1, 2} {
		if _, err := db.SQL.Exec("INSERT INTO `user` (`id`, `created`) VALUES (?, 1)", id); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{t: t, db: db, clock: testkit.NewClock(), table: model.NewPasskeyModel(db.Conn)}
	d.Passkeys = d.node(strings.Repeat("p", 32), domain)
	return d
}

// node is passkeys of the same database under a pepper, for a domain.
func (d *desk) node(pepper, rpID string) *passkey.Passkeys {
	d.t.Helper()
	ring, err := keyring.New([]byte(pepper), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	rows := model.NewRowCache(testkit.EmbeddedRedis(d.t).Client, ring, &model.CacheGeneration{})
	users := model.NewUserModel(d.db.Conn, rows, model.Changes{Clock: d.db.Dialect.Clock, OnCommit: func([]*model.Revocation) {}, Event: func(time.Time) string { return rand.Text()[:26] }})
	p, err := passkey.New(passkey.Options{
		Table: d.table, Users: users, Ring: ring, Now: d.clock.Now, Rand: rand.Reader, RPID: rpID, RPName: "Example",
		Origins: []string{origin, app}, Related: []string{"https://example.test"},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// epoch is that of a user now.
func (d *desk) epoch(userID int64) (epoch int64) {
	d.t.Helper()
	if err := d.db.SQL.QueryRow("SELECT `epoch` FROM `user` WHERE `id` = ?", userID).Scan(&epoch); err != nil {
		d.t.Fatal(err)
	}
	return epoch
}

// creation are the options with which a user registers.
func (d *desk) creation(userID int64) json.RawMessage {
	d.t.Helper()
	return text(d.t)(d.Creation(ctx, passkey.Owner{ID: userID, Epoch: d.epoch(userID), Name: "ann"}))
}

// request returns the options to sign in.
func (d *desk) request() json.RawMessage {
	d.t.Helper()
	return text(d.t)(d.Request())
}

// register registers a passkey for a user.
func (d *desk) register(userID int64, a *passkeytest.Authenticator) passkey.Info {
	d.t.Helper()
	d.clock.Add(time.Second) // lists are by time
	info, err := d.Register(ctx, userID, a.Create(d.creation(userID), passkeytest.Cheat{}), "mine")
	if err != nil {
		d.t.Fatal(err)
	}
	return info
}

// signIn verifies and counts an answer.
func (d *desk) signIn(answer json.RawMessage) (passkey.Signed, error) {
	s, err := d.Verify(ctx, d.Read(answer))
	if err != nil {
		return s, err
	}
	return s, d.Count(ctx, s)
}

func text(t testing.TB) func(any, error) json.RawMessage {
	return func(options any, err error) json.RawMessage {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(options)
		if err != nil {
			t.Fatal(err)
		}
		return encoded
	}
}

func wantCode(t *testing.T, name string, err error, code apperr.Code, cause error) {
	t.Helper()
	if !apperr.Is(err, code) || cause != nil && !errors.Is(err, cause) {
		t.Errorf("%s: %v, want %s because of %v", name, err, code, cause)
	}
}

// A passkey with each algorithm and kind of page is registered, listed and signs in.
func TestPasskeys(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		for i, alg := range []passkeytest.Algorithm{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
			a := passkeytest.New([]string{origin, app, "https://example.test"}[i], domain)
			a.Alg = alg
			info := d.register(1, a)
			for range 2 {
				s, err := d.signIn(a.Get(d.request(), passkeytest.Cheat{}))
				if err != nil || s.UserID != 1 || strings.Join(s.Methods, " ") != "hwk user" {
					t.Fatalf("algorithm %d: %+v, %v", alg, s, err)
				}
			}
			list, err := d.List(ctx, 1)
			if err != nil || len(list) != i+1 || list[i].ID != info.ID || list[i].Name != "mine" || list[i].Used.IsZero() || list[i].Synced {
				t.Fatalf("algorithm %d: %+v, %v", alg, list, err)
			}
		}
		a := passkeytest.New(origin, domain)
		a.Aaguid = [16]byte{0xfb, 0xfc, 0x30, 0x07, 0x15, 0x4e, 0x4e, 0xcc, 0x8c, 0x0b, 0x6e, 0x02, 0x05, 0x57, 0xd7, 0xbd}
		a.Flags |= passkeytest.BackupEligible
		a.Counter, a.Counts = 0, false
		if info := d.register(2, a); info.Authenticator != "iCloud Keychain" || !info.Synced || info.BackedUp {
			t.Errorf("synced: %+v", info)
		}
		a.Flags |= passkeytest.BackedUp
		for range 2 { // it does not count
			s, err := d.signIn(a.Get(d.request(), passkeytest.Cheat{}))
			if err != nil || strings.Join(s.Methods, " ") != "swk user" {
				t.Fatalf("synced: %+v, %v", s, err)
			}
		}
		if list, err := d.List(ctx, 2); err != nil || !list[0].BackedUp {
			t.Errorf("after the backup: %+v, %v", list, err)
		}
		if has, err := d.Has(ctx, 2); !has || err != nil {
			t.Errorf("has: %t, %v", has, err)
		}
	})
}

// All passkeys of a user share one random handle until the last one is removed.
func TestPasskeys_handle(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	handle := func() string {
		var options struct {
			User struct{ ID, Name string }
		}
		if err := json.Unmarshal(d.creation(1), &options); err != nil || len(options.User.ID) != 43 {
			t.Fatal(options, err)
		}
		return options.User.ID
	}
	if one, other := handle(), handle(); one == other {
		t.Error("the handle is derived from the user")
	}
	d.register(1, passkeytest.New(origin, domain))
	first := handle()
	d.register(1, passkeytest.New(origin, domain))
	if first != handle() {
		t.Error("a second passkey has another handle")
	}
	if _, err := d.db.SQL.Exec("DELETE FROM `passkey`"); err != nil {
		t.Fatal(err)
	}
	if first == handle() {
		t.Error("the handle outlives the passkeys")
	}
}

// A user has at most twenty passkeys, even under concurrent registrations.
func TestPasskeys_most(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	a := passkeytest.New(origin, domain)
	for range passkey.Most - 1 {
		d.register(1, a)
	}
	options := d.creation(1)
	d.register(1, a)
	_, err := d.Register(ctx, 1, a.Create(options, passkeytest.Cheat{}), "")
	wantCode(t, "the epoch has changed", err, apperr.InvalidRequest, model.ErrEpochChanged)
	_, err = d.Creation(ctx, passkey.Owner{ID: 1, Epoch: d.epoch(1)})
	wantCode(t, "one more than allowed", err, apperr.Forbidden, nil)
}

// A retried registration whose first answer was lost creates no second passkey.
func TestPasskeys_registerAgain(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	answer := passkeytest.New(origin, domain).Create(d.creation(1), passkeytest.Cheat{})
	first, err := d.Register(ctx, 1, answer, "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.Register(ctx, 1, answer, "")
	if err != nil || again.ID != first.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// A user can rename only the user's own passkeys.
func TestPasskeys_rename(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	info := d.register(1, passkeytest.New(origin, domain))
	if renamed, err := d.Rename(ctx, 1, info.ID, "phone"); err != nil || renamed.Name != "phone" {
		t.Errorf("%+v, %v", renamed, err)
	}
	_, err := d.Rename(ctx, 2, info.ID, "mine")
	wantCode(t, "another's", err, apperr.NotFound, nil)
}

// A challenge expires after five minutes.
func TestPasskeys_expired(t *testing.T) {
	d := newDesk(t, testkit.SQLite(t))
	a := passkeytest.New(origin, domain)
	d.register(1, a)
	request := a.Get(d.request(), passkeytest.Cheat{})
	creation := a.Create(d.creation(1), passkeytest.Cheat{})
	d.clock.Add(passkey.Life - time.Second)
	if _, err := d.Verify(ctx, d.Read(request)); err != nil {
		t.Errorf("just before: %v", err)
	}
	d.clock.Add(time.Second)
	_, err := d.Verify(ctx, d.Read(request))
	wantCode(t, "signing in", err, apperr.BadCredentials, passkey.ErrInvalid)
	_, err = d.Register(ctx, 1, creation, "")
	wantCode(t, "registering", err, apperr.InvalidRequest, passkey.ErrInvalid)
}
