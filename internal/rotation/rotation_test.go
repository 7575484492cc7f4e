package rotation_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"user-api/internal/config"
	"user-api/internal/rotation"
)

const (
	access, prevAccess = "ACCESS_SECRET", "PREV_ACCESS_SECRET"
	pepper, prevPepper = "OTP_PEPPER", "PREV_OTP_PEPPER"
	settle, keep       = 10 * time.Minute, 25 * time.Hour
)

// bench is a place with two secrets, and a clock.
type bench struct {
	rotation.Rotation
	now time.Time
}

func keyOf(t testing.TB, name string) config.SecretKey {
	for _, key := range config.SecretKeys() {
		if key.Env == name {
			return key
		}
	}
	t.Fatalf("no secret %s", name)
	return config.SecretKey{}
}

func newBench(t testing.TB, place rotation.Place) *bench {
	b := &bench{now: time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)}
	b.Rotation = rotation.Rotation{
		Place: place, Rand: rand.Reader, Now: func() time.Time { return b.now },
		Secrets: []rotation.Secret{
			{Name: access, Prev: prevAccess, Keep: 75 * time.Minute, New: keyOf(t, access).New},
			{Name: pepper, Prev: prevPepper, Settle: settle, Keep: keep, New: keyOf(t, pepper).New},
			{Name: "PSEUDONYM_KEY", Prev: "PREV_PSEUDONYM_KEY", Settle: settle, Keep: keep, New: keyOf(t, "PSEUDONYM_KEY").New},
		},
	}
	return b
}

func (b *bench) get(t testing.TB, name string) string {
	t.Helper()
	secret, err := b.Place.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func (b *bench) take(t testing.TB, step string, force bool, names ...string) []rotation.State {
	t.Helper()
	states, err := b.Take(step, force, names...)
	if err != nil {
		t.Fatalf("%s: %v", step, err)
	}
	return states
}

// refused checks that the step is refused with the given text and that nothing changes.
func (b *bench) refused(t testing.TB, step, why string, names ...string) {
	t.Helper()
	before := [4]string{b.get(t, access), b.get(t, prevAccess), b.get(t, pepper), b.get(t, prevPepper)}
	_, err := b.Take(step, false, names...)
	if !errors.Is(err, rotation.ErrRefused) || !strings.Contains(fmt.Sprint(err), why) {
		t.Errorf("%s: %v, want a refusal: %s", step, err, why)
	}
	if after := [4]string{b.get(t, access), b.get(t, prevAccess), b.get(t, pepper), b.get(t, prevPepper)}; after != before {
		t.Errorf("%s was refused but has changed something", step)
	}
	for _, secret := range before {
		if secret != "" && strings.Contains(fmt.Sprint(err), secret) {
			t.Errorf("%s reveals a secret: %v", step, err)
		}
	}
}

func folder(t testing.TB) rotation.Folder {
	f := rotation.Folder{Dir: t.TempDir()}
	for _, name := range []string{access, pepper} {
		secret, err := keyOf(t, name).New(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Put(name, secret); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func kept(t testing.TB) rotation.Kept {
	dir := t.TempDir()
	c := config.Config{Mode: config.ModeDev, DataSource: "sqlite:" + dir + "/user.db"}
	if err := c.FillSecrets(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return rotation.Kept{Dir: dir}
}

func eachPlace(t *testing.T, test func(*testing.T, *bench)) {
	t.Run("folder", func(t *testing.T) { test(t, newBench(t, folder(t))) })
	t.Run("kept", func(t *testing.T) { test(t, newBench(t, kept(t))) })
}

// The steps must be taken in order and not too early, and the secrets are never both lost.
func TestTake(t *testing.T) {
	eachPlace(t, func(t *testing.T, b *bench) {
		old, oldPepper := b.get(t, access), b.get(t, pepper)
		b.refused(t, rotation.StepSwap, "no new secret has been published")
		b.refused(t, rotation.StepRetire, "there is nothing to retire")
		b.refused(t, "nonsense", "not a step")
		if states := b.take(t, rotation.StepNext, false); len(states) != 2 || states[0].Stage != rotation.Published {
			t.Fatalf("%+v", states)
		}
		next, nextPepper := b.get(t, prevAccess), b.get(t, prevPepper)
		if next == "" || next == old || b.get(t, access) != old || next == nextPepper {
			t.Fatal("next did not add a second secret")
		}
		b.refused(t, rotation.StepNext, "swap comes next")
		b.refused(t, rotation.StepRetire, "only published")
		b.refused(t, rotation.StepSwap, "OTP_PEPPER: published too recently: wrong attempts at codes sent before that would be counted separately; wait until 2027-01-31T12:10:00Z")
		b.now = b.now.Add(settle)
		states := b.take(t, rotation.StepSwap, false)
		if b.get(t, access) != next || b.get(t, prevAccess) != old || b.get(t, pepper) != nextPepper || b.get(t, prevPepper) != oldPepper {
			t.Fatal("the secrets are not swapped")
		}
		if states[1].Stage != rotation.Swapped || !states[1].Due.Equal(b.now.Add(keep)) {
			t.Errorf("%+v, want it kept for %v", states[1], keep)
		}
		b.refused(t, rotation.StepSwap, "already swapped")
		b.refused(t, rotation.StepNext, "retire comes next")
		b.refused(t, rotation.StepRetire, "ACCESS_SECRET: tokens and codes of the previous secret are valid until 2027-01-31T13:25:00Z")
		b.now = b.now.Add(75 * time.Minute)
		b.refused(t, rotation.StepRetire, "OTP_PEPPER: tokens and codes of the previous secret are valid until")
		b.take(t, rotation.StepRetire, false, access)
		if b.get(t, access) != next || b.get(t, prevAccess) != "" || b.get(t, prevPepper) != oldPepper {
			t.Error("retire removed more or less than the old secret of access tokens")
		}
		b.take(t, rotation.StepRetire, true)
		if b.get(t, prevPepper) != "" || b.get(t, pepper) != nextPepper {
			t.Error("force does not retire")
		}
		b.refused(t, rotation.StepNext, "is not set here", "PSEUDONYM_KEY")
		b.refused(t, rotation.StepNext, "cannot be rotated in steps", "TWILIO_API_KEY")
		b.take(t, rotation.StepNext, false, access) // a second rotation
	})
}

// A second secret that was set by hand is not swapped into use.
func TestTake_foreign(t *testing.T) {
	eachPlace(t, func(t *testing.T, b *bench) {
		if err := b.Place.Put(prevAccess, strings.Repeat("by hand ", 5)+"x"); err != nil {
			t.Fatal(err)
		}
		for _, step := range []string{rotation.StepNext, rotation.StepSwap, rotation.StepRetire} {
			b.refused(t, step, "PREV_ACCESS_SECRET was not set by this command")
		}
		b.take(t, rotation.StepNext, false, pepper)
		b.take(t, rotation.StepRetire, true, access)
		if b.get(t, prevAccess) != "" {
			t.Error("force does not remove it")
		}
	})
}

// cut makes one call of a place fail, before or after it takes effect.
type cut struct {
	rotation.Place
	left  *int
	after bool
}

var errCut = errors.New("cut off")

func (c cut) call(do func() error) error {
	*c.left--
	if *c.left < 0 {
		return errCut
	}
	if *c.left > 0 || c.after {
		if err := do(); err != nil {
			return err
		}
	}
	if *c.left == 0 {
		return errCut
	}
	return nil
}

func (c cut) Put(name, secret string) error {
	return c.call(func() error { return c.Place.Put(name, secret) })
}
func (c cut) Exchange(a, b string) error {
	return c.call(func() error { return c.Place.Exchange(a, b) })
}
func (c cut) Remove(name string) error { return c.call(func() error { return c.Place.Remove(name) }) }
func (c cut) SetNotes(n map[string]rotation.Note) error {
	return c.call(func() error { return c.Place.SetNotes(n) })
}

// Wherever a command is interrupted, no secret in use is lost. Repeating the command
// completes it, and its waiting periods are not shortened.
func TestTake_cutOff(t *testing.T) {
	eachPlace(t, func(t *testing.T, b *bench) {
		whole := b.Place
		for range 3 { // three changes, one after the other
			old := b.get(t, access)
			for _, step := range []string{rotation.StepNext, rotation.StepSwap, rotation.StepRetire} {
				for at := range 3 {
					for _, after := range []bool{false, true} {
						left := at + 1
						b.Place = cut{whole, &left, after}
						_, err := b.Take(step, false, access)
						b.Place = whole
						if err != nil && !errors.Is(err, errCut) && !errors.Is(err, rotation.ErrRefused) {
							t.Fatalf("%s: %v", step, err)
						}
						if b.get(t, access) == "" || step != rotation.StepRetire && b.get(t, access) != old && b.get(t, prevAccess) != old {
							t.Fatalf("%s, interrupted at call %d (after it: %v): a secret is lost", step, at, after)
						}
					}
				}
				if _, err := b.Take(step, false, access); err != nil && !errors.Is(err, rotation.ErrRefused) {
					t.Fatal(err)
				}
				states, err := b.States(access)
				want := map[string]rotation.Stage{rotation.StepNext: rotation.Published, rotation.StepSwap: rotation.Swapped, rotation.StepRetire: rotation.Settled}[step]
				if err != nil || states[0].Stage != want {
					t.Fatalf("after %s: %+v, %v", step, states, err)
				}
				if step == rotation.StepSwap {
					if !states[0].Due.Equal(b.now.Add(75 * time.Minute)) {
						t.Errorf("kept until %v, want 75 minutes from the swap", states[0].Due)
					}
					b.now = b.now.Add(75 * time.Minute)
				}
			}
			if b.get(t, access) == old {
				t.Error("the secret has not changed")
			}
		}
	})
}

// An exchange of files that was interrupted between its renames is completed.
func TestFolder_exchangeCutOff(t *testing.T) {
	for _, renamed := range []bool{false, true} {
		f := folder(t)
		old := newBench(t, f).get(t, access)
		if err := f.Put(prevAccess, "the next one, of more than 32 bytes"); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(f.Path(access), filepath.Join(f.Dir, ".exchange-access_secret")); err != nil {
			t.Fatal(err)
		}
		want := [2]string{old, "the next one, of more than 32 bytes"}
		if renamed {
			if err := os.Rename(f.Path(prevAccess), f.Path(access)); err != nil {
				t.Fatal(err)
			}
			want[0], want[1] = want[1], want[0]
		}
		b := newBench(t, f)
		if got := [2]string{b.get(t, access), b.get(t, prevAccess)}; got != want {
			t.Errorf("after the first rename (%v) a secret is missing", renamed)
		}
		if left, _ := filepath.Glob(filepath.Join(f.Dir, ".*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// Files are readable by their owner only, and no temporary files remain.
func TestPlaces_files(t *testing.T) {
	eachPlace(t, func(t *testing.T, b *bench) {
		b.take(t, rotation.StepNext, false)
		dir := ""
		switch place := b.Place.(type) {
		case rotation.Folder:
			dir = place.Dir
		case rotation.Kept:
			dir = place.Dir
		}
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			info, err := entry.Info()
			if err == nil && (info.Mode().Perm() != 0o600 || strings.HasPrefix(entry.Name(), ".")) {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(filepath.Join(dir, "rotation.json"))
		for _, name := range []string{access, prevAccess, pepper, prevPepper} {
			if secret := b.get(t, name); secret != "" && strings.Contains(string(text), secret) {
				t.Error("the notes contain a secret")
			}
		}
	})
}

// A start accepts the second secret of the file only together with the first one of the file.
func TestKept_start(t *testing.T) {
	k := kept(t)
	b := newBench(t, k)
	b.take(t, rotation.StepNext, false)
	start := func(given string) config.Config {
		c := config.Config{Mode: config.ModeDev, DataSource: "sqlite:" + k.Dir + "/user.db", Auth: config.Auth{AccessSecret: given}}
		if err := c.FillSecrets(nil); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := start("")
	if c.Auth.PrevAccessSecret != b.get(t, prevAccess) || c.Otp.PrevPepper != b.get(t, prevPepper) || c.Auth.PrevRefreshSecret != "" {
		t.Error("the published secret is not accepted")
	}
	const given = "pK3vG8tSYQm1Zb0dN7hUwXyFc5RaLj2E"
	if c := start(given); c.Auth.AccessSecret != given || c.Auth.PrevAccessSecret != "" || c.Otp.PrevPepper == "" {
		t.Error("a secret of the file is accepted in addition to one of the environment")
	}
	text, err := os.ReadFile(filepath.Join(k.Dir, config.SecretsFile))
	if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"Rotation"`) {
		t.Errorf("the file: %v", err)
	}
}

// Two commands cannot change a directory concurrently.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	unlock, err := rotation.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rotation.Lock(dir); !errors.Is(err, rotation.ErrRefused) {
		t.Errorf("a second command: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := rotation.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = again()
}
