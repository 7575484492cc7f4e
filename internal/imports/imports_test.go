package imports_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"user-api/internal/account"
	"user-api/internal/address"
	"user-api/internal/audit"
	"user-api/internal/imports"
	"user-api/internal/keyring"
	"user-api/internal/password"
	"user-api/internal/reqctx"
	"user-api/internal/store"
	"user-api/internal/testkit"
	"user-api/model"
)

const phrase = "correct horse battery staple"

// house is a database with the parts of the service that an import needs.
type house struct {
	t        testing.TB
	db       *store.DB
	accounts *account.Accounts
	hasher   *password.Hasher
	importer *imports.Importer
	refused  []imports.Refusal
}

func newHouse(t testing.TB, db *store.DB) *house {
	t.Helper()
	hasher, err := password.New(password.Options{Rand: rand.Reader, Params: password.Params{Memory: 64, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.FromSecrets(keyring.Secrets{Pepper: bytes.Repeat([]byte("p"), 32)}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	events := model.NewEventModel(db.Conn)
	recorder, err := audit.New(audit.Options{Events: events, Ring: ring, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { recorder.Drain(context.Background()) })
	accounts := account.New(account.Options{
		Users: model.NewUserModel(db.Conn, nil, model.Changes{}), Credentials: model.NewCredentialModel(db.Conn),
		Origins: model.NewOriginModel(db.Conn), Now: time.Now, Rand: rand.Reader,
	})
	h := &house{t: t, db: db, accounts: accounts, hasher: hasher}
	h.importer = imports.New(imports.Options{
		Accounts: accounts, Passwords: hasher, Reserved: address.NewReserved(address.DefaultReserved), Rows: recorder.Rows,
		Now: time.Now, Region: "IN", Workers: 2,
	})
	return h
}

// run imports and collects the rejected records.
func (h *house) run(ctx context.Context, r imports.Run) (imports.Summary, error) {
	h.refused = nil
	r.Refuse = func(refusal imports.Refusal) error {
		h.refused = append(h.refused, refusal)
		return nil
	}
	return h.importer.Import(reqctx.WithActor(ctx, "cli:test@here"), r)
}

// rows counts the rows of a table.
func (h *house) rows(table string) int {
	h.t.Helper()
	var n int
	if err := h.db.SQL.QueryRow("SELECT COUNT(*) FROM `" + table + "`").Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) find(addr string) *model.User {
	h.t.Helper()
	parsed, err := address.Parse(addr, "")
	if err != nil {
		h.t.Fatal(err)
	}
	user, err := h.accounts.ByAddress(context.Background(), parsed)
	if err != nil {
		h.t.Fatal(err)
	}
	return user
}

// signsIn reports whether a password is correct, and returns the stored hash.
func (h *house) signsIn(user *model.User, text string) (bool, string) {
	h.t.Helper()
	hash, err := h.accounts.Password(context.Background(), user.Id)
	if err != nil || hash == "" {
		return false, hash
	}
	ok, _, err := h.hasher.Verify(context.Background(), hash, text)
	if err != nil {
		h.t.Fatal(err)
	}
	return ok, hash
}

func named(t testing.TB, name string) imports.Mapping {
	t.Helper()
	m, err := imports.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	if name == "firebase" {
		data, err := os.ReadFile("testdata/firebase.hashconfig")
		if err != nil {
			t.Fatal(err)
		}
		if m.Hash.Firebase, err = imports.ReadHashConfig(data); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// Every built-in mapping reads a file written by its system.
func TestNamed(t *testing.T) {
	tests := map[string]struct {
		proven   []string
		imported int
		refused  []string
		// deleted and unproven are the counts of Summary.
		deleted, unproven int
		// signsIn maps an address or username to the password that signs in with it.
		signsIn map[string]string
		banned  []string
		unused  string // one of the unused fields
	}{
		"supabase": {imported: 3, refused: []string{"5 no_name", "7 no_name"}, deleted: 1,
			signsIn: map[string]string{"ann@example.com": phrase, "bob@example.com": "user1password"}, banned: []string{"bob@example.com"}, unused: "raw_user_meta_data"},
		"kratos": {imported: 3, refused: []string{"4 hash_unsupported"}, unproven: 1,
			signsIn: map[string]string{"ann@example.com": "test", "ann": "test", "bob": "test"}, banned: []string{"+919876543210"}, unused: "schema_id"},
		"firebase": {imported: 3, refused: []string{"4 no_name"},
			signsIn: map[string]string{"user@example.com": "user1password", "off@example.com": "user1password"}, banned: []string{"off@example.com"}, unused: "displayName"},
		"casdoor": {imported: 4, refused: []string{"5 hash_unsupported", "6 role_admin"}, deleted: 1, unproven: 1,
			signsIn: map[string]string{"one@example.com": phrase, "user2": phrase, "user3": phrase, "user4": phrase}, banned: []string{"user3"}, unused: "displayName"},
		"looklook": {proven: []string{"phone"}, imported: 2, refused: []string{"5 hash_unsupported"}, deleted: 1,
			signsIn: map[string]string{"+8613800138001": phrase, "+8613800138002": phrase}, unused: "nickname"},
		"csv": {imported: 3, unproven: 1, refused: []string{
			"5 hash_unsupported", "6 role_admin", "7 username_reserved", "8 username_repeated", "9 id_repeated", "10 email_repeated", "11 created_invalid",
			"12 id_missing", "13 username_invalid", "14 malformed",
		}, signsIn: map[string]string{"ann": phrase, "ann@example.com": phrase, "+919876543210": phrase, "bob": phrase}, banned: []string{"bob"}},
		"jsonl": {imported: 2, signsIn: map[string]string{"ann@example.com": phrase}, banned: []string{"bob"}, unused: "metadata"},
	}
	for _, name := range imports.BuiltIn() {
		t.Run(name, func(t *testing.T) {
			test, ok := tests[name]
			files, err := filepath.Glob("testdata/" + name + ".[cj]s*")
			if err != nil || len(files) != 1 || !ok {
				t.Fatalf("the mapping has files %q, and a test: %t", files, ok)
			}
			data, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
				h := newHouse(t, db)
				m := named(t, name)
				m.Proven = append(m.Proven, test.proven...)
				run := imports.Run{Mapping: m, Format: imports.Format(strings.TrimPrefix(filepath.Ext(files[0]), ".")), DryRun: true}
				run.Input = bytes.NewReader(data)
				dry, err := h.run(t.Context(), run)
				if err != nil || h.rows("user")+h.rows("credential")+h.rows("origin")+h.rows("event") > 0 {
					t.Fatalf("the dry run wrote something or failed: %v", err)
				}
				run.DryRun, run.Input = false, bytes.NewReader(data)
				summary, err := h.run(t.Context(), run)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(dry, summary); diff != "" && name != "looklook" && name != "casdoor" {
					t.Errorf("the dry run and the real one (-dry +real):\n%s", diff)
				}
				var refused []string
				for _, r := range h.refused {
					refused = append(refused, fmt.Sprint(r.Line, " ", r.Name()))
				}
				if diff := cmp.Diff(test.refused, refused); diff != "" {
					t.Errorf("refused (-want +got):\n%s", diff)
				}
				if summary.Imported != test.imported || dry.Imported != test.imported || h.rows("user") != test.imported || h.rows("event") != test.imported ||
					summary.Deleted != test.deleted || summary.Unproven != test.unproven {
					t.Errorf("imported %d, dry %d, deleted %d, unproven %d; %d users, %d events", summary.Imported, dry.Imported, summary.Deleted,
						summary.Unproven, h.rows("user"), h.rows("event"))
				}
				if test.unused != "" && !slices.Contains(summary.Unused, test.unused) {
					t.Errorf("unused fields %q, want %s among them", summary.Unused, test.unused)
				}
				h.check(test.signsIn, test.banned)
			})
		})
	}
}

func (h *house) lookUp(name string) *model.User {
	h.t.Helper()
	if strings.ContainsAny(name, "@+") {
		return h.find(name)
	}
	user, err := h.accounts.ByUsername(context.Background(), name)
	if err != nil {
		h.t.Fatal(err)
	}
	return user
}

func (h *house) check(signsIn map[string]string, banned []string) {
	h.t.Helper()
	for name, text := range signsIn {
		user := h.lookUp(name)
		if user == nil {
			h.t.Errorf("%s does not exist", name)
			continue
		}
		if ok, hash := h.signsIn(user, text); !ok || len(hash) > 255 || strings.Contains(hash, text) {
			h.t.Errorf("%s cannot sign in with %s", name, hash)
		}
		if ok, _ := h.signsIn(user, text+"x"); ok {
			h.t.Errorf("%s can sign in with a wrong password", name)
		}
		if h.accounts.Banned(user) != slices.Contains(banned, name) {
			h.t.Errorf("%s is banned: %t", name, h.accounts.Banned(user))
		}
	}
	for _, name := range banned {
		if user := h.lookUp(name); user == nil || !h.accounts.Banned(user) {
			h.t.Errorf("%s is not banned", name)
		}
	}
}

// The time of creation, the language, the role if allowed, and who ran the import are kept.
func TestImport_columns(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		data, err := os.ReadFile("testdata/csv.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.run(t.Context(), imports.Run{Mapping: named(t, "csv"), Format: imports.CSV, Input: bytes.NewReader(data), AllowAdmins: true}); err != nil {
			t.Fatal(err)
		}
		ann, eve := h.lookUp("ann"), h.lookUp("eve")
		if ann.Created != time.Date(2021, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli() || ann.Locale != "en-US" || ann.Phone.String != "+919876543210" || ann.Role != model.RoleUser {
			t.Errorf("ann was imported as %+v", ann)
		}
		if eve == nil || eve.Role != model.RoleAdmin {
			t.Errorf("with AllowAdmins eve is %+v", eve)
		}
		events, err := model.NewEventModel(db.Conn).List(t.Context(), model.EventFilter{UserID: ann.Id, Limit: 10})
		if err != nil || len(events) != 1 || events[0].Type != "imported" || events[0].Actor != "cli:test@here" {
			t.Errorf("the events of ann: %+v, %v", events, err)
		}
		efforts, err := h.accounts.Efforts(t.Context())
		if diff := cmp.Diff([]string{"bcrypt 16"}, efforts); diff != "" || err != nil {
			t.Errorf("efforts, %v (-want +got):\n%s", err, diff)
		}
	})
}

// An effort is dropped with the last hash of its kind, and an erased user does not come
// back.
func TestImport_afterwards(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		const file = "id,username,password_hash\n1,ann,$2a$04$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG\n" +
			"2,bob,$2a$04$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG\n3,cyn,$2a$05$.msNDSm7q4UDjeqNsP6AmuuG.2W1N3eBq/PXkITVwqZv2qYoQkZyG\n"
		run := func() imports.Summary {
			s, err := h.run(t.Context(), imports.Run{Mapping: named(t, "csv"), Format: imports.CSV, Input: strings.NewReader(file)})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		want := func(efforts ...string) {
			t.Helper()
			got, err := h.accounts.Efforts(t.Context())
			if diff := cmp.Diff(efforts, got); diff != "" || err != nil {
				t.Errorf("efforts, %v (-want +got):\n%s", err, diff)
			}
		}
		run()
		want("bcrypt 16", "bcrypt 32")
		ctx, ann, bob, cy := t.Context(), h.lookUp("ann"), h.lookUp("bob"), h.lookUp("cyn")
		old, err := h.accounts.Password(ctx, ann.Id)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.accounts.RenewPassword(ctx, ann.Id, "another", "new"); err != nil {
			t.Fatal(err)
		}
		want("bcrypt 16", "bcrypt 32")
		changes := model.Changes{Clock: db.Dialect.Clock, OnCommit: func([]*model.Revocation) {}}
		users := model.NewUserModel(db.Conn, noCache{}, changes)
		h.accounts.Users, h.accounts.Erase = users, func(context.Context) {}
		for _, err := range []error{
			h.accounts.RenewPassword(ctx, ann.Id, old, "new"), h.accounts.SetPassword(ctx, bob.Id, "new", ""), h.accounts.Delete(ctx, cy.Id),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		want()
		if s := run(); s.Imported != 0 || s.Before != 3 || h.rows("user") != 2 {
			t.Errorf("run again: %+v, %d users", s, h.rows("user"))
		}
		var left int
		if err := db.SQL.QueryRow("SELECT COUNT(*) FROM `origin` WHERE `external_id` = '3' OR `user_id` = ?", cy.Id).Scan(&left); err != nil || left > 0 {
			t.Errorf("%d origins still name the erased user, %v", left, err)
		}
	})
}

// An existing user is found by each of the names, and is not changed.
func TestImport_taken(t *testing.T) {
	testkit.EachDatabase(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		users := []*model.User{
			{Id: 1, Username: model.Text("ann"), Role: "user", Status: "active", Created: 1},
			{Id: 2, Email: model.Text("ann@example.com"), Role: "user", Status: "active", Created: 1},
			// Benin's numbers got two more digits in 2024.
			{Id: 3, Phone: model.Text("+22997112233"), Role: "user", Status: "active", Created: 1},
		}
		for _, u := range users {
			if _, err := h.accounts.Users.Insert(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		const file = "id,username,phone,phone_proven,email,email_proven\n1,ANN,,,,\n2,bob,,,Ann@Example.com,1\n3,,+2290197112233,1,,\n4,cyn,,,,\n"
		s, err := h.run(t.Context(), imports.Run{Mapping: named(t, "csv"), Format: imports.CSV, Input: strings.NewReader(file)})
		want := []imports.Refusal{
			{Line: 2, Field: "username", Reason: "taken", Value: "ann"},
			{Line: 3, Field: "email", Reason: "taken", Value: "a***@example.com"},
			{Line: 4, Field: "phone", Reason: "taken", Value: "+229********33"},
		}
		if diff := cmp.Diff(want, h.refused); diff != "" || s.Imported != 1 || err != nil {
			t.Errorf("%d imported, %v; refused (-want +got):\n%s", s.Imported, err, diff)
		}
	})
}

// noCache is a cache that stores nothing.
type noCache struct{}

func (noCache) Del(...string) error                       { return nil }
func (noCache) DelCtx(context.Context, ...string) error   { return nil }
func (noCache) Get(string, any) error                     { return io.EOF }
func (noCache) GetCtx(context.Context, string, any) error { return io.EOF }
func (noCache) IsNotFound(error) bool                     { return true }
func (noCache) Set(string, any) error                     { return nil }
func (noCache) SetCtx(context.Context, string, any) error { return nil }
func (noCache) SetWithExpire(string, any, time.Duration) error {
	return nil
}
func (noCache) SetWithExpireCtx(context.Context, string, any, time.Duration) error { return nil }
func (noCache) Take(v any, _ string, query func(any) error) error                  { return query(v) }
func (noCache) TakeCtx(_ context.Context, v any, _ string, query func(any) error) error {
	return query(v)
}
func (noCache) TakeWithExpire(v any, _ string, query func(any, time.Duration) error) error {
	return query(v, 0)
}
func (noCache) TakeWithExpireCtx(_ context.Context, v any, _ string, query func(any, time.Duration) error) error {
	return query(v, 0)
}
