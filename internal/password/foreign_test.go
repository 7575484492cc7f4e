package password_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"user-api/internal/password"
)

// signer and separator are from the published example of Firebase's scrypt tool
// (github.com/firebase/scrypt, README).
const (
	signer    = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
	separator = "Bw=="
)

// adopted are hashes made by other implementations: Kratos's are from its own tests, passlib's and
// Django's were printed by passlib 1.7.4 and Django 3.2, and Firebase's is its published example.
var adopted = []struct{ name, kind, hash, password string }{
	{"passlib PBKDF2-SHA256", "", "$pbkdf2-sha256$1000$Okdo7Z3TWmsNIYQwZgwBAA$0Xi2P/ZG97ARBYTi.AoOVojb4TcEx/HvHdyAdNePQLM", phrase},
	{"passlib PBKDF2-SHA1", "", "$pbkdf2$1000$MiakNCYkROh9z1nLuTeGkA$HCxevN3ywIhJacxl.zgg9qEyEZQ", phrase},
	{"passlib PBKDF2-SHA512", "", "$pbkdf2-sha512$1000$nBOCkHJOaU2p1RrDeO8dgw$Kzi90eNDNCRjTY0ScEIxLbjO8vct39jbYS8ORQQ9stUT7y74GiWv1k/iPL0D0qIBKzwnDUHkKcTUNWm5PTKR.Q", phrase},
	{"passlib scrypt", "", "$scrypt$ln=8,r=8,p=1$cO79v1eK8V5LKQXA2Ns7Rw$BkBSr0BnbCf8LT7n3khqXHSx/GPZi6Tr9WLprNYRiNE", phrase},
	{"passlib scrypt, of its documentation", "", "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E", "password"},
	{"Django PBKDF2-SHA256", "", "pbkdf2_sha256$1000$seasalt$3xmXbyk2QpiyNcnoBbzRPwEBsYPTbDlRdtmLyBvQltA=", phrase},
	{"Django PBKDF2-SHA1", "", "pbkdf2_sha1$1000$seasalt$9iRYj0as1r5j+cCBxB+HMlxkyr4=", phrase},
	{"Django bcrypt of SHA-256", "", "bcrypt_sha256$$2b$04$GiI9CYCTESsL1hCERKEVUOPEiIuHCDjDA3eThVWJsm34yk3qgiyDG", phrase},
	{"Kratos PBKDF2-SHA256", "", "$pbkdf2-sha256$i=100000,l=32$1jP+5Zxpxgtee/iPxGgOz0RfE9/KJuDElP1ley4VxXc$QJxzfvdbHYBpydCbHoFg3GJEqMFULwskiuqiJctoYpI", "test"},
	{"Kratos PBKDF2-SHA512", "", "$pbkdf2-sha512$i=100000,l=32$bdHBpn7OWOivJMVJypy2UqR0UnaD5prQXRZevj/05YU$+wArTfv1a+bNGO1iZrmEdVjhA+lL11wF4/IxpgYfPwc", "test"},
	{"Kratos scrypt", "", "$scrypt$ln=16384,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA=$MiCzNcIplSMqSBrm4HckjYqYhaVPPjTARTzwB1cVNYE=", "test"},
	{"Kratos argon2i", "", "$argon2i$v=19$m=65536,t=3,p=4$kk51rW/vxIVCYn+EG4kTSg$NyT88uraJ6im6dyha/M5jhXvpqlEdlS/9fEm7ScMb8c", "test"},
	{"Kratos argon2id", "", "$argon2id$v=19$m=32,t=5,p=4$cm94YnRVOW5jZzFzcVE4bQ$fBxypOL0nP/zdPE71JtAV71i487LbX3fJI5PoTN6Lp4", "test"},
	{"Kratos bcrypt", "", "$2a$12$o6hx.Wog/wvFSkT/Bp/6DOxCtLRTDj7lm9on9suF/WaCGNVHbkfL6", "test"},
	{"Kratos Firebase", "", "$firescrypt$ln=14,r=8,p=1$sPtDhWcd1MfdAw==$xbSou7FOl6mChCyzpCPIQ7tku7nsQMTFtyOZSXXd7tjBa4NtimOx7v42Gv2SfzPQu1oxM2/k4SsbOu73wlKe1A==$Bw==$YE0dO4bwD4JnJafh6lZZfkp1MtKzuKAXQcDCJNJNyeCHairWHKENOkbh3dzwaCdizzOspwr/FITUVlnOAwPKyw==", "8x4WjoDbSxJZdR"},
	{"Supabase Firebase", "", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=" + signer + "$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "user1password"},
	{"MD5 in bcrypt", password.KindMD5Bcrypt, "$2b$04$UhIpaab2aoNaIyMHe1csi.L7yFoP1TOoAgUdO3uDE1K4M5D0ThSgS", phrase},
	{"bcrypt that cut", password.KindCutBcrypt, "$2b$04$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO", strings.Repeat("a", 80)},
	{"MD5", password.KindMD5, "9cc2ae8a1ba7a93da39b46fc1019c481", phrase},
	{"plain", password.KindPlain, phrase, phrase},
}

func TestAdopt(t *testing.T) {
	ctx, h := context.Background(), newHasher(t, password.Options{Params: cheap})
	for _, test := range adopted {
		t.Run(test.name, func(t *testing.T) {
			stored, err := h.Adopt(ctx, test.kind, test.hash)
			if err != nil || len(stored) > 255 {
				t.Fatalf("Adopt = %q (%d bytes), %v", stored, len(stored), err)
			}
			if test.kind == password.KindMD5 && strings.Contains(stored, test.hash) || strings.Contains(stored, signer[:20]) {
				t.Errorf("%s contains what must not be stored", stored)
			}
			ok, rehash, err := h.Verify(ctx, stored, test.password)
			if !ok || rehash != (test.kind != password.KindPlain) || err != nil {
				t.Errorf("Verify(%s) = %t, %t, %v, want a match to rehash", stored, ok, rehash, err)
			}
			if ok, _, err := h.Verify(ctx, stored, "x"+test.password[1:]); ok || err != nil {
				t.Errorf("Verify of a wrong password = %t, %v", ok, err)
			}
		})
	}
}

// Firebase exports hash and salt; its console shows the rest.
func TestFirebase(t *testing.T) {
	const hash, salt = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==", "42xEC+ixf3L2lw=="
	f := password.Firebase{SignerKey: signer, SaltSeparator: separator, Rounds: 8, MemCost: 14}
	stored, err := f.Adopt(hash, salt)
	if err != nil {
		t.Fatal(err)
	}
	h := newHasher(t, password.Options{Params: cheap})
	for text, want := range map[string]bool{"user1password": true, "user1passworD": false} {
		if ok, _, err := h.Verify(context.Background(), stored, text); ok != want || err != nil {
			t.Errorf("Verify(%s) = %t, %v, want %t", text, ok, err, want)
		}
	}
	f.SignerKey = "c2hvcnQ="
	if _, err := f.Adopt(hash, salt); !errors.Is(err, password.ErrStored) {
		t.Errorf("another project's signer key: %v", err)
	}
}

// Keycloak stores 64 bytes of PBKDF2-SHA256, of which the first block suffices. The key is from
// Python's hashlib.pbkdf2_hmac("sha256", b"password", b"saltsalt", 1000, 64).
func TestPBKDF2_longKey(t *testing.T) {
	const key = "E196ZhRPzw+wA84EjzHwJO1cv/MFJdO6C/sxmUeTYqbUzRMn7AelvAUajGYx8b3VjHNUfFktvObgPk734Z7zPQ=="
	stored, err := password.PBKDF2("sha256", 1000, "c2FsdHNhbHQ=", key)
	if err != nil {
		t.Fatal(err)
	}
	h := newHasher(t, password.Options{Params: cheap})
	if ok, _, err := h.Verify(context.Background(), stored, "password"); !ok || err != nil {
		t.Errorf("Verify(%s) = %t, %v", stored, ok, err)
	}
}

// Hashes that are too expensive or of an unknown kind are rejected, and the error does not contain
// them.
func TestAdopt_refuses(t *testing.T) {
	const salt, key = "MDEyMzQ1Njc4OWFiY2RlZg", "gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0"
	tests := map[string][2]string{
		"nothing":                 {"", ""},
		"clear text":              {"", phrase},
		"crypt":                   {"", "$6$rounds=5000$salt$" + key},
		"Kratos MD5":              {"", "$md5$" + key},
		"bcrypt of hours":         {"", "$2b$16$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO"},
		"bcrypt of 4, named 03":   {"", "$2b$03$zHljfS9QGyvhLsSARLZl3.kC6baCiWE6uODDOokuztS67mA1IofGO"},
		"argon2id of a GiB":       {"", "$argon2id$v=19$m=1048576,t=1,p=1$" + salt + "$" + key},
		"argon2i of hours":        {"", "$argon2i$v=19$m=65536,t=4294967295,p=1$" + salt + "$" + key},
		"argon2id of v=16":        {"", "$argon2id$v=16$m=65536,t=1,p=1$" + salt + "$" + key},
		"scrypt of a GiB":         {"", "$scrypt$ln=20,r=8,p=1$" + salt + "$" + key},
		"scrypt of hours":         {"", "$scrypt$ln=17,r=8,p=16$" + salt + "$" + key},
		"scrypt of no power":      {"", "$scrypt$ln=16385,r=8,p=1$" + salt + "$" + key},
		"scrypt that overflows":   {"", "$scrypt$ln=62,r=9223372036854775807,p=1$" + salt + "$" + key},
		"PBKDF2 of hours":         {"", "pbkdf2_sha256$2000000000$salt$" + key},
		"PBKDF2 of no iteration":  {"", "pbkdf2_sha256$0$salt$" + key},
		"PBKDF2 of MD5":           {"", "pbkdf2_md5$1000$salt$" + key},
		"PBKDF2 without salt":     {"", "pbkdf2_sha256$1000$$" + key},
		"MD5 of 15 bytes":         {password.KindMD5, "9cc2ae8a1ba7a93da39b46fc1019c4"},
		"MD5 that is a hash":      {password.KindMD5, "$2b$04$UhIpaab2aoNaIyMHe1csi.L7yFoP1TOoAgUdO3uDE1K4M5D0ThSgS"},
		"MD5 in PBKDF2":           {password.KindMD5Bcrypt, "pbkdf2_sha256$1000$salt$" + key},
		"cut bcrypt of argon2id":  {password.KindCutBcrypt, "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key},
		"Firebase of another key": {"", "$firescrypt$ln=14,r=8,p=1$c2FsdA==$" + key + "$Bw==$c2hvcnQ="},
	}
	h := newHasher(t, password.Options{Params: cheap})
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			stored, err := h.Adopt(context.Background(), test[0], test[1])
			if !errors.Is(err, password.ErrStored) {
				t.Fatalf("Adopt = %q, %v, want %v", stored, err, password.ErrStored)
			}
			if strings.Contains(err.Error(), key) || test[1] != "" && strings.Contains(err.Error(), test[1]) {
				t.Errorf("the error contains the hash: %v", err)
			}
		})
	}
}
