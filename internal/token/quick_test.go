package token

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const quickClaims = `{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"j-_1","sid":"s","userId":7,"role":"user"}`

// What is read quickly is what the JSON says; what is not our own spelling is left.
func FuzzQuick(f *testing.F) {
	for _, text := range []string{
		quickClaims, quickClaims + " ", `{"iss":"i","aud":"a","sub":"","iat":1,"exp":2,"jti":"","sid":"","userId":0,"role":""}`,
		`{"iss":"i","aud":"a","sub":"7","iat":01,"exp":2,"jti":"j","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"\u006a","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":9999999999999999999,"jti":"j","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"j","sid":"s","userId":7,"role":"user","role":"admin"}`,
	} {
		f.Add([]byte(text))
	}
	codec := quickCodec(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var quick, slow accessClaims
		if !codec.quick(data, &quick) {
			return
		}
		if err := decodeClaims(data, &slow); err != nil {
			t.Fatalf("%q is read quickly, and otherwise refused: %v", data, err)
		}
		if diff := cmp.Diff(slow, quick, cmp.AllowUnexported(accessClaims{})); diff != "" {
			t.Errorf("%q (-slow +quick):\n%s", data, diff)
		}
	})
}

// Minted tokens are read quickly, or there were no point in it.
func TestQuick_minted(t *testing.T) {
	var claims accessClaims
	if !quickCodec(t).quick([]byte(quickClaims), &claims) || claims.Role != "user" || claims.UserID != 7 {
		t.Errorf("claims %+v", claims)
	}
}

func quickCodec(t testing.TB) *Codec {
	codec, err := New(Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Hour, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return codec
}
