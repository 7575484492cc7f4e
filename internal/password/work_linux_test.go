package password

import (
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"
)

// BenchmarkWork shows what the CPU time of a verification reveals about the hash. CPU time is less
// affected by other work on the machine than wall time. Use -benchtime 100x for 100 tries of each.
func BenchmarkWork(b *testing.B) {
	const key = "MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	for _, kind := range []struct{ name, hash string }{
		{"MD5, wrapped", "$md5$argon2id$v=19$m=19456,t=2,p=1$" + key},
		{"bcrypt 4", "$2a$04$" + bcryptDecoy},
		{"MD5 in bcrypt 10", "$md5$2b$10$" + bcryptDecoy},
		{"PBKDF2-SHA256 600,000", "$pbkdf2-sha256$i=600000$" + key},
		{"Firebase", "$firebase-scrypt$ln=14,r=8,p=1$" + key},
		{"argon2i 64 MiB, 3 of 4", "$argon2i$v=19$m=65536,t=3,p=4$" + key},
	} {
		for _, told := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s, SetForeign %t", kind.name, told), func(b *testing.B) {
				own, imported, auc := work(b, kind.hash, told, b.N)
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(own, "ms-nobody")
				b.ReportMetric(imported, "ms-imported")
				b.ReportMetric(auc, "AUC")
			})
		}
	}
}

// work returns the median time for an unknown name, that for an account with a hash, and the
// probability to distinguish them by one try.
func work(t testing.TB, hash string, told bool, tries int) (nobodys, accounts, auc float64) {
	h, err := New(Options{Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	effort, err := h.Effort(hash)
	if err != nil {
		t.Fatal(err)
	}
	if told && effort != "" {
		if err := h.SetForeign([]string{effort}); err != nil {
			t.Fatal(err)
		}
	}
	own, imported := make([]float64, tries), make([]float64, tries)
	// In random order: the garbage collector runs about every second hash, and would always hit the
	// same kind in a fixed order.
	for _, n := range mathrand.Perm(2 * tries) {
		if i := n / 2; n%2 == 0 {
			own[i] = cpu(func() { _ = h.VerifyNone(t.Context(), "not the password") })
		} else {
			imported[i] = cpu(func() { _, _, _ = h.Verify(t.Context(), hash, "not the password") })
		}
	}
	for _, a := range own {
		for _, b := range imported {
			auc += (1 + math.Copysign(1, b-a)) / 2 / float64(tries*tries)
		}
	}
	slices.Sort(own)
	slices.Sort(imported)
	return own[tries/2], imported[tries/2], auc
}

// cpu returns the CPU time of do in milliseconds.
func cpu(do func()) float64 {
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	do()
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	spent := func(r syscall.Rusage) time.Duration { return time.Duration(r.Utime.Nano() + r.Stime.Nano()) }
	return float64(spent(after)-spent(before)) / float64(time.Millisecond)
}
