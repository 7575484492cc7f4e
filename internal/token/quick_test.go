package token

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const quickClaims = `{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"j-_1","sid":"s","userId":7,"role":"user","client_id":"c-1","auth_time":9,"amr":["otp","sms"]}`

// oldClaims are those of a release before.
const oldClaims = `{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"j-_1","sid":"s","userId":7,"role":"user"}`

// What is read quickly is what the JSON says; what is not our own spelling is left.
func FuzzQuick(f *testing.F) {
	for _, text := range []string{
		quickClaims, quickClaims + " ", `{"iss":"i","aud":"a","sub":"","iat":1,"exp":2,"jti":"","sid":"","userId":0,"role":""}`,
		`{"iss":"i","aud":"a","sub":"7","iat":01,"exp":2,"jti":"j","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"\u006a","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":9999999999999999999,"jti":"j","sid":"s","userId":7,"role":"user"}`,
		`{"iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"jti":"j","sid":"s","userId":7,"role":"user","role":"admin"}`,
		further(`,"a":"x","plan":0,"z":true`), further(`,"plan":"pro","a":1`), further(`,"plan":"pro","plan":"x"`), further(`,"plan":01`),
		oldClaims, old(`,"amr":["pwd"]`), old(`,"client_id":"c","auth_time":1`), old(`,"client_id":"c","auth_time":1,"amr":[]`),
		old(`,"client_id":"c","auth_time":1,"amr":[""]`), old(`,"client_id":"c","auth_time":1,"amr":["a",]`), old(`,"client_id":"c","auth_time":0,"amr":["a"]`),
		further(`,"client_id":"d"`), further(`,"scope":"a b"`), old(`,"scope":"a b","client_id":"c"`),
		further(`,"plan":"\","a":"b"`), further(`,"plan":truer`), further(`,"plan":-1`), further(`,"plan":"a`), further(`,"plan":`),
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

// The tokens of a release before are read quickly too, and so are those of a session that
// does not know how its user was proven.
func TestQuick_old(t *testing.T) {
	for claims, want := range map[string]accessClaims{
		oldClaims: {}, old(`,"client_id":"c","auth_time":1`): {ClientID: "c", AuthTime: 1},
		quickClaims: {ClientID: "c-1", AuthTime: 9, AMR: []string{"otp", "sms"}},
	} {
		var got accessClaims
		if !quickCodec(t).quick([]byte(claims), &got) || got.ClientID != want.ClientID || got.AuthTime != want.AuthTime || !slices.Equal(got.AMR, want.AMR) {
			t.Errorf("%s: %+v", claims, got)
		}
	}
}

// old is the claims of a token of a release before, with more of them.
func old(claims string) string { return strings.TrimSuffix(oldClaims, "}") + claims + "}" }

// further is the claims of a token with more of them.
func further(claims string) string { return strings.TrimSuffix(quickClaims, "}") + claims + "}" }

// What an app adds to tokens does not make them slow to read, whatever is left out; what
// is not as it is minted is read as the JSON it is.
func TestQuick_further(t *testing.T) {
	for claims, want := range map[string]bool{
		``: true, `,"a":"x","plan":"pro","z":12`: true, `,"plan":false`: true, `,"a":0,"z":true`: true, `,"plan":"ü </b>"`: true,
		`,"plan":1.5`: false, `,"plan":"\u00e9"`: false, `,"plan":null`: false, `,"plan":"a","a":"b"`: false, `,"other":"a"`: false, `,"plan":"a","role":"admin"`: false,
	} {
		var quick accessClaims
		if got := quickCodec(t).quick([]byte(further(claims)), &quick); got != want || want && quick.Role != "user" {
			t.Errorf("%s is read quickly: %t, want %t", claims, got, want)
		}
	}
}

func quickCodec(t testing.TB) *Codec {
	codec, err := New(Options{
		AccessSecret: "access-secret-of-at-least-32-bytes", RefreshSecret: "refresh-secret-of-at-least-32-byte",
		Issuer: "i", Audience: "a", AccessLife: time.Hour, Now: time.Now, Claims: []string{"z", "plan", "a"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return codec
}
