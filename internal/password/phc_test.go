package password

import (
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// The parser is fuzzed without Verify, because an accepted hash may take a second.
func FuzzParse(f *testing.F) {
	const good = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	f.Add(good)
	for _, change := range [][2]string{
		{"v=19", "v=16"}, {"$v=19", ""}, {"argon2id", "argon2i"}, {"m=19456", "m=019456"}, {"m=19456", "m=+19456"},
		{"m=19456", "m=4294967297"}, {"m=19456", "m=131072"}, {"m=19456", "m=131073"}, {"t=2", "t=0"}, {"t=2", "t=53"},
		{"t=2", "t=54"}, {"t=2", "t=4294967295"}, {"p=1", "p=256"}, {"p=1", "p=16"}, {"p=1", "p=17"}, {"p=1", "p=1,keyid=x"},
		{"m=19456,t=2,p=1", "t=2,m=19456,p=1"}, {"ZWcg", "ZWcg=="}, {"Zg$", "Z\ng$"}, {"sM0", "sM1"}, {"sM0", "sM0$"}, {"$MDEy", "$-_Ey"},
	} {
		f.Add(strings.Replace(good, change[0], change[1], 1))
	}
	f.Add(strings.Replace(good, "$MDEy", "$"+strings.Repeat("MDEy", 20)+"MDEy", 1))
	f.Add(strings.Replace(good, "$gy5S", "$"+strings.Repeat("gy5S", 20)+"gy5S", 1))
	f.Add("$2y$05$fuvd5VojKoi1YJ.rMqC44.hHrS8gK07NeG1wbQkK1EU23W6gTZH/.")
	f.Fuzz(func(t *testing.T, phc string) {
		s, err := parse(phc)
		if err != nil {
			if !errors.Is(err, ErrStored) || !reflect.DeepEqual(s, stored{}) {
				t.Errorf("parse(%q) = %+v, %v, want nothing and %v", phc, s, err, ErrStored)
			}
			return
		}
		if got := s.String(); got != phc {
			t.Errorf("parse(%q).String() = %q", phc, got)
		}
		if s.Memory < 8 || s.Memory > maxMemory || s.Time < 1 || s.work() > maxWork || s.Parallelism < 1 ||
			len(s.salt) < minSaltLen || len(s.key) < minKeyLen || len(s.salt) > maxLen || len(s.key) > maxLen || len(phc) > 255 {
			t.Errorf("parse(%q) accepts %+v", phc, s)
		}
	})
}

func TestNewDecoy(t *testing.T) {
	first, err := newDecoy(DefaultParams, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parse(first)
	if err != nil || s.Params != DefaultParams {
		t.Errorf("the decoy has parameters %+v, %v, want %+v", s.Params, err, DefaultParams)
	}
	if second, err := newDecoy(DefaultParams, rand.Reader); err != nil || second == first {
		t.Errorf("the decoy is predictable: %s, %v", second, err)
	}
}
