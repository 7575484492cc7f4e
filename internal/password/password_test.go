package password_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"user-api/internal/password"
)

const phrase = "correct horse battery staple"

// cheap makes real hashes very fast.
var cheap = password.Params{Memory: 64, Time: 1}

func newHasher(t testing.TB, o password.Options) *password.Hasher {
	t.Helper()
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	h, err := password.New(o)
	if err != nil {
		t.Fatalf("New(%+v): %v", o, err)
	}
	return h
}

func mustHash(t testing.TB, h *password.Hasher, pw string) string {
	t.Helper()
	phc, err := h.Hash(context.Background(), pw)
	if err != nil {
		t.Fatalf("Hash: %v", err)
	}
	return phc
}

// The salt is fixed. The expected string is printed by the reference implementation: argon2
// 0123456789abcdef -id -t 2 -k 19456 -p 1 -l 32 -e
func TestHash_isTheReferenceImplementations(t *testing.T) {
	decoy := make([]byte, 16+32) // what New reads
	salts := io.MultiReader(bytes.NewReader(decoy), strings.NewReader("0123456789abcdef"))
	h := newHasher(t, password.Options{Rand: salts})
	const want = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	if got := mustHash(t, h, phrase); got != want {
		t.Errorf("Hash = %s\nwant   %s", got, want)
	}
	if phc, err := h.Hash(context.Background(), phrase); phc != "" || !errors.Is(err, io.EOF) {
		t.Errorf("Hash without randomness = %q, %v, want an error", phc, err)
	}
}

func TestHash_saltsDiffer(t *testing.T) {
	h := newHasher(t, password.Options{Params: cheap})
	first, second := mustHash(t, h, phrase), mustHash(t, h, phrase)
	if first == second {
		t.Errorf("two hashes of one password are both %s", first)
	}
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)
	if !form.MatchString(first) {
		t.Errorf("Hash = %s, want %s", first, form)
	}
}

// Hashes of other implementations: argon2id of the reference argon2 program, bcrypt of Python's
// bcrypt ($2a$, $2b$) and of Apache's htpasswd ($2y$).
func TestVerify_foreignHashes(t *testing.T) {
	bcryptOf72 := "$2b$04$vofOooMocfXqGjnvYplpveLKnagUmdb.3yl4nKQzuPzPpE4hMOmFa"
	tests := []struct {
		name, phc, password string
		ok, rehash          bool
	}{
		{name: "argon2id as ours", phc: "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0",
			password: phrase, ok: true},
		{name: "stronger argon2id with four lanes", phc: "$argon2id$v=19$m=65536,t=3,p=4$TmFDbC1OYUNsLU5hQ2wtMQ$Mh/7yViBOgUFZ9NtKkMzDtGbWG0rwEU0iW4AGmeB9Rs",
			password: "motdepasse-é🔑", ok: true},
		{name: "weaker argon2id", phc: "$argon2id$v=19$m=256,t=1,p=2$c2FsdHNhbHQ$J/HxgjM4avHyJiAdquvxUCgUUlUJZSwr",
			password: phrase, ok: true, rehash: true},
		{name: "weaker argon2id, wrong password", phc: "$argon2id$v=19$m=256,t=1,p=2$c2FsdHNhbHQ$J/HxgjM4avHyJiAdquvxUCgUUlUJZSwr",
			password: phrase + "r"},
		{name: "shortest argon2id", phc: "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQw$hG9fAxoDpW5FREnCctYahg",
			password: phrase, ok: true, rehash: true},
		{name: "bcrypt 2a", phc: "$2a$06$5CoRqQd2yEt5KofYqImWO.OwYPFEeAYu9BFhrUzZhW2GKt5laiMGq",
			password: phrase, ok: true, rehash: true},
		{name: "bcrypt 2b", phc: "$2b$06$mZUJYuNFvL7Ko8JqULVVIuhcH5EPCId53Na3NXIv4dF3ryZNY58C6",
			password: phrase, ok: true, rehash: true},
		{name: "bcrypt 2y", phc: "$2y$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
			password: phrase, ok: true, rehash: true},
		{name: "bcrypt, wrong password", phc: "$2y$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
			password: "Correct horse battery staple"},
		{name: "bcrypt of 72 bytes", phc: bcryptOf72, password: strings.Repeat("a", 72), ok: true, rehash: true},
		{name: "bcrypt does not cut a longer password", phc: bcryptOf72, password: strings.Repeat("a", 73)},
		{name: "bcrypt of NFD, typed as NFD", phc: "$2b$04$Fk.a1sg3.zni7axrotGc9e29Segw/LxrAPK5vBh3sY7qYKgf.NVIO",
			password: "cafe\u0301-au-lait", ok: true, rehash: true},
		{name: "bcrypt of NFC, typed as NFD", phc: "$2b$04$fkTmPJ/y9D8AGE/ys3vBkuu3IZc3U08g51XGtj5an7FybYzPZiRJK",
			password: "cafe\u0301-au-lait", ok: true, rehash: true},
	}
	h := newHasher(t, password.Options{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ok, rehash, err := h.Verify(context.Background(), test.phc, test.password)
			if ok != test.ok || rehash != test.rehash || err != nil {
				t.Errorf("Verify = ok %t, rehash %t, %v, want ok %t, rehash %t", ok, rehash, err, test.ok, test.rehash)
			}
		})
	}
}

func TestVerify_rehashWhenParametersRise(t *testing.T) {
	was := password.Params{Memory: 128, Time: 3, Parallelism: 1, SaltLen: 16, KeyLen: 32}
	phc := mustHash(t, newHasher(t, password.Options{Params: was}), phrase)
	tests := []struct {
		name string
		now  func(*password.Params)
		want bool
	}{
		{name: "the same", now: func(*password.Params) {}},
		{name: "more memory", now: func(p *password.Params) { p.Memory++ }, want: true},
		{name: "less memory", now: func(p *password.Params) { p.Memory-- }},
		{name: "more time", now: func(p *password.Params) { p.Time++ }, want: true},
		{name: "less time", now: func(p *password.Params) { p.Time-- }},
		{name: "more memory for the same work", now: func(p *password.Params) { p.Memory, p.Time = 384, 1 }, want: true},
		{name: "less memory for the same work", now: func(p *password.Params) { p.Memory, p.Time = 64, 6 }},
		{name: "more lanes", now: func(p *password.Params) { p.Parallelism++ }},
		{name: "longer salt", now: func(p *password.Params) { p.SaltLen++ }, want: true},
		{name: "longer key", now: func(p *password.Params) { p.KeyLen++ }, want: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := was
			test.now(&now)
			h := newHasher(t, password.Options{Params: now})
			ok, rehash, err := h.Verify(context.Background(), phc, phrase)
			if !ok || rehash != test.want || err != nil {
				t.Errorf("Verify = ok %t, rehash %t, %v, want ok, rehash %t", ok, rehash, err, test.want)
			}
		})
	}
}

func TestVerify_unverifiableHashIsAnError(t *testing.T) {
	const salt, key = "MDEyMzQ1Njc4OWFiY2RlZg", "gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	tests := map[string]string{
		"empty":             "",
		"clear text":        phrase,
		"argon2d":           "$argon2d$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"bcrypt 2x":         "$2x$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
		"bcrypt cut":        "$2y$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/",
		"bcrypt of hours":   "$2y$31$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
		"bcrypt cost 0":     "$2y$00$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
		"memory of 4 TiB":   "$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"time of years":     "$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + key,
		"no time":           "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"no lane":           "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"too many lanes":    "$argon2id$v=19$m=4096,t=1,p=255$" + salt + "$" + key,
		"too little memory": "$argon2id$v=19$m=15,t=1,p=2$" + salt + "$" + key,
		"no key":            "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"no salt":           "$argon2id$v=19$m=64,t=1,p=1$$" + key,
		"trailing bits set": "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Replace(key, "sM0", "sM1", 1),
	}
	h := newHasher(t, password.Options{Params: cheap})
	for name, phc := range tests {
		t.Run(name, func(t *testing.T) {
			ok, rehash, err := h.Verify(context.Background(), phc, phrase)
			if ok || rehash || !errors.Is(err, password.ErrStored) {
				t.Fatalf("Verify = ok %t, rehash %t, %v, want %v", ok, rehash, err, password.ErrStored)
			}
			if phc != "" && strings.Contains(err.Error(), phc) || strings.Contains(err.Error(), key) {
				t.Errorf("the error contains the hash: %v", err)
			}
		})
	}
}

func TestVerify_normalForms(t *testing.T) {
	h := newHasher(t, password.Options{Params: cheap})
	tests := []struct {
		name, hashed, typed string
		want                bool
	}{
		{name: "composed, typed decomposed", hashed: "caf\u00e9-au-lait", typed: "cafe\u0301-au-lait", want: true},
		{name: "decomposed, typed composed", hashed: "cafe\u0301-au-lait", typed: "caf\u00e9-au-lait", want: true},
		{name: "compatible characters stay different", hashed: "ﬁshermen", typed: "fishermen"},
		{name: "case", hashed: phrase, typed: strings.ToUpper(phrase)},
		{name: "white space", hashed: phrase, typed: phrase + " "},
		{name: "beyond 72 bytes", hashed: strings.Repeat("a", 127) + "b", typed: strings.Repeat("a", 127) + "c"},
		{name: "behind a NUL", hashed: "with\x00one", typed: "with\x00two"},
		{name: "bytes that are not UTF-8", hashed: "latin \xe9\xe8", typed: "latin \xe9\xe8", want: true},
		{name: "other bytes that are not UTF-8", hashed: "latin \xe9\xe8", typed: "latin \xe8\xe9"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ok, _, err := h.Verify(context.Background(), mustHash(t, h, test.hashed), test.typed)
			if ok != test.want || err != nil {
				t.Errorf("Verify(Hash(%q), %q) = %t, %v, want %t", test.hashed, test.typed, ok, err, test.want)
			}
		})
	}
}

func TestNew_refuses(t *testing.T) {
	tests := map[string]password.Options{
		"no randomness":         {},
		"too little randomness": {Rand: strings.NewReader("short")},
		"negative concurrency":  {Rand: rand.Reader, Concurrency: -1},
		"negative queue":        {Rand: rand.Reader, Queue: -1},
		"negative wait":         {Rand: rand.Reader, Wait: -1},
		"rejected by Verify":    {Rand: rand.Reader, Params: password.Params{Memory: 1 << 20}},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			if h, err := password.New(o); h != nil || err == nil {
				t.Errorf("New = %v, %v, want an error", h, err)
			}
		})
	}
}
