package password

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/bcrypt"
)

// FuzzRead checks that a parsed hash has an effort within bounds that can be parsed again.
func FuzzRead(f *testing.F) {
	const salt, key = "MDEyMzQ1Njc4OWFiY2RlZg", "gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	for _, seed := range []string{
		"$2b$04$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO",
		"$cut$2b$04$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO",
		"$md5$2y$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.",
		"$md5$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key, "$md5$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"$sha256$2b$12$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO", "$md5$md5$2b$04$", "$cut$cut", "$md5", "$", "",
		"$scrypt$ln=14,r=8,p=1$" + salt + "$" + key, "$scrypt$ln=62,r=8,p=1$" + salt + "$" + key, "$scrypt$ln=-1,r=-8,p=1$" + salt + "$" + key,
		"$firebase-scrypt$ln=14,r=8,p=1$" + salt + "$" + key, "$pbkdf2-sha256$i=600000$" + salt + "$" + key,
		"$pbkdf2-sha1$i=1$" + salt + "$" + key, "$pbkdf2-md5$i=1$" + salt + "$" + key, "$pbkdf2-sha512$i=-1$" + salt + "$" + key,
		"$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key, "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		got, err := read(hash)
		if err != nil {
			if !errors.Is(err, ErrStored) || got != nil {
				t.Errorf("read(%q) = %v, %v, want nothing and %v", hash, got, err, ErrStored)
			}
			return
		}
		e, err := readEffort(got.effort().String())
		if err != nil || e != got.effort() {
			t.Errorf("the effort of %q is %q, which parses as %v, %v", hash, got.effort(), e, err)
		}
		most := map[string]int{familyBcrypt: 1 << maxBcryptCost, "pbkdf2-sha1": maxIterations, "pbkdf2-sha256": maxIterations, "pbkdf2-sha512": maxIterations}
		if limit := max(1, most[e.family]); e.cost < 1 || e.cost > limit {
			t.Errorf("read(%q) accepts cost %d, want at most %d", hash, e.cost, limit)
		}
		h := &Hasher{params: DefaultParams}
		if weight := h.weightOf(e.family); weight < 1 || weight > 1+max(maxMemory/int(DefaultParams.Memory), maxParallelism) {
			t.Errorf("%q weighs %d", hash, weight)
		}
	})
}

// FuzzAdopt checks that adopted hashes can be read and that no error contains a hash.
func FuzzAdopt(f *testing.F) {
	const salt, key = "MDEyMzQ1Njc4OWFiY2RlZg", "gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	for _, seed := range []string{
		"pbkdf2_sha256$1000$seasalt$" + key + "=", "$pbkdf2$1000$" + salt + "$HCxevN3ywIhJacxl.zgg9qEyEZQ",
		"$pbkdf2-sha256$i=100000,l=32$" + salt + "$" + key, "$scrypt$ln=16384,r=8,p=1$" + salt + "==$" + key + "=",
		"$scrypt$ln=8,r=8,p=1$" + salt + "$" + key, "bcrypt$$2b$04$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO",
		"bcrypt_sha256$$2b$04$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO", "argon2$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$t=1,m=64,p=1$" + salt + "==$" + key + "=", "$firescrypt$ln=14,r=8,p=1$c2FsdA==$" + key + "$Bw==$" + key,
		"$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=" + key + "$c2FsdA==$" + key, "$fbscrypt$", "$firescrypt$$$$$$", "$", "",
	} {
		f.Add(seed)
	}
	h, err := New(Options{Rand: rand.Reader, Params: Params{Memory: 64, Time: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		stored, err := h.Adopt(context.Background(), KindAuto, hash)
		if err != nil {
			if len(hash) > 12 && strings.Contains(err.Error(), hash) {
				t.Errorf("the error contains the hash: %v", err)
			}
			return
		}
		if _, err := read(stored); err != nil || len(stored) > maxStored {
			t.Errorf("Adopt(%q) = %q, which cannot be read: %v", hash, stored, err)
		}
		again, err := h.Adopt(context.Background(), KindAuto, stored)
		if strings.HasPrefix(stored, ofSHA256) || strings.HasPrefix(stored, "$pbkdf2") || strings.HasPrefix(stored, "$firebase") {
			return
		}
		if err != nil || again != stored {
			t.Errorf("adopting %q again = %q, %v", stored, again, err)
		}
	})
}

// The work of a verification is the same for every hash of every family.
func TestFloor_sameWork(t *testing.T) {
	h, err := New(Options{Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	foreign := []string{"bcrypt 1024", "bcrypt 4096", "pbkdf2-sha256 600000", "pbkdf2-sha256 29000", "scrypt ln=14,r=8,p=1 1", "argon2id m=65536,t=3,p=4 1"}
	if err := h.SetForeign(foreign); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"bcrypt": 4096, "pbkdf2-sha256": 600000, "scrypt ln=14,r=8,p=1": 1, "argon2id m=65536,t=3,p=4": 1,
		h.own().family: 1,
	}
	for _, text := range append(foreign, h.own().String()) {
		done, err := readEffort(text)
		if err != nil {
			t.Fatal(err)
		}
		all, order, real := map[string]int{}, []string{}, 0
		for _, s := range h.floor.Load().steps(hashOf(t, done)) {
			e := s.effort()
			all[e.family] += e.cost
			if order = append(order, e.family); s.real {
				real++
			}
		}
		if diff := cmp.Diff(want, all); diff != "" || real != 1 {
			t.Errorf("a hash of %s is compared %d times (-want +got):\n%s", text, real, diff)
		}
		if order = slices.Compact(order); !slices.IsSorted(order) {
			t.Errorf("a hash of %s is verified in the order %q", text, order)
		}
	}
	foreigner := hashOf(t, effort{"argon2id m=4096,t=3,p=1", 1})
	own := 0
	for _, s := range h.floor.Load().steps(foreigner) {
		if s.effort() == h.own() {
			own++
		}
	}
	if own > 0 {
		t.Error("an argon2id hash that was not imported does not take the place of our own")
	}
	steps := h.floor.Load().steps(hashOf(t, effort{"pbkdf2-sha1", 1}))
	if last := steps[len(steps)-1]; !last.real || last.effort().family != "pbkdf2-sha1" {
		t.Errorf("an unknown hash comes before %v", last.effort())
	}
	if err := h.SetForeign(nil); err != nil || len(h.floor.Load().steps(hashOf(t, h.own()))) != 1 {
		t.Errorf("without imported hashes there is more than one step: %v", err)
	}
	for _, bad := range []string{
		"", "bcrypt", "bcrypt 0", "bcrypt 32768", "md5 1", "pbkdf2-md5 1", "pbkdf2-sha256 2000001", "scrypt ln=24,r=8,p=1 1", "scrypt ln=14,r=8,p=1 2",
		"scrypt ln=14,r=8,p=1,x 1", "argon2id m=1048576,t=1,p=1 1", "argon2id 1", "argon2d m=64,t=1,p=1 1", " 1", "1",
	} {
		if err := h.SetForeign([]string{bad}); err == nil {
			t.Errorf("%q is accepted as an effort", bad)
		}
	}
}

// Hashes known to SetForeign are replaced even if they are as strong as ours.
func TestFloor_imported(t *testing.T) {
	strong, err := New(Options{Rand: rand.Reader, Params: Params{Memory: 256, Time: 3}})
	if err != nil {
		t.Fatal(err)
	}
	hash, err := strong.Hash(t.Context(), "a password")
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(Options{Rand: rand.Reader, Params: Params{Memory: 64, Time: 1}})
	if err != nil {
		t.Fatal(err)
	}
	name, err := h.Effort(hash)
	if err != nil || name != "argon2id m=256,t=3,p=1 1" {
		t.Fatalf("Effort = %q, %v", name, err)
	}
	for _, foreign := range [][]string{nil, {name}} {
		if err := h.SetForeign(foreign); err != nil {
			t.Fatal(err)
		}
		if ok, rehash, err := h.Verify(t.Context(), hash, "a password"); !ok || rehash != (foreign != nil) || err != nil {
			t.Errorf("with %v: Verify = %t, %t, %v", foreign, ok, rehash, err)
		}
	}
}

// hashOf returns a hash with an effort.
func hashOf(t *testing.T, e effort) form {
	t.Helper()
	decoys := e.decoys()
	if len(decoys) != 1 || decoys[0].effort() != e {
		t.Fatalf("%s has %d decoys", e, len(decoys))
	}
	return decoys[0].form
}

// Decoys must be valid for the libraries, else they take no time, and must match no password.
func TestDecoys(t *testing.T) {
	for _, e := range []effort{
		{familyBcrypt, 16}, {familyBcrypt, 112}, {"pbkdf2-sha1", 16}, {"pbkdf2-sha256", 16}, {"pbkdf2-sha512", 16},
		{"scrypt ln=4,r=8,p=1", 1}, {"argon2i m=64,t=1,p=1", 1}, {"argon2id m=64,t=1,p=1", 1},
	} {
		sum := effort{family: e.family}
		for _, d := range e.decoys() {
			sum.cost += d.effort().cost
			if d.real || d.matches("cafe\u0301") {
				t.Errorf("%s: a decoy matches", e)
			}
		}
		if sum != e {
			t.Errorf("the decoys of %s add up to %s", e, sum)
		}
	}
	if b, err := parseBcrypt("$2b$04$"+bcryptDecoy, false); err != nil || !errors.Is(bcrypt.CompareHashAndPassword([]byte(b.text), []byte("x")), bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("the bcrypt decoy is invalid: %v", err)
	}
}
