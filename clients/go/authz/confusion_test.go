package authz_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/big"
	"strings"
)

// confusions are tokens that confuse algorithms or keys.
func (f *forger) confusions(old string) map[string]string {
	all := map[string]string{}
	secrets := map[string][]byte{
		"the PEM": f.pemText, "the PEM, trimmed": []byte(strings.TrimSpace(string(f.pemText))), "the DER": f.der, "the JWK": f.asJWK,
		"x": []byte(f.public["x"]), "x in bytes": unpart(f.t, f.public["x"]), "the kid": []byte(f.kid), "nothing": nil,
	}
	for name, secret := range secrets {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			all[alg+" by "+name] = f.mac(alg, f.head("alg", alg), secret)
		}
		all["HS256 under the key's own alg by "+name] = f.mac("HS256", f.header, secret)
		all["HS512 under the key's own alg by "+name] = f.mac("HS512", f.header, secret)
		all["HS256 without kid by "+name] = f.mac("HS256", f.head("alg", "HS256", "kid", gone), secret)
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", "", " none", "null"} {
		for name, signature := range map[string]string{"unsigned": "", "signed": f.parts[2], "zeros": part(strings.Repeat("\x00", 64))} {
			all["alg "+none+", "+name] = part(f.head("alg", none)) + "." + f.parts[1] + "." + signature
		}
		all["alg "+none+", without kid"] = part(f.head("alg", none, "kid", gone)) + "." + f.parts[1] + "."
		all["alg "+none+", by the issuer"] = f.signed(f.head("alg", none))
	}
	for _, alg := range []any{"es256", "eddsa", "ES384", "ES512", "ES256K", "RS256", "PS256", "Ed25519", "RSA-OAEP", "dir", nil, 7, true, []any{f.alg}, map[string]any{}, gone, "ES256 ", "EdDSA\x00"} {
		all[fmt.Sprintf("alg %v", alg)] = f.signed(f.head("alg", alg))
	}
	other := map[string]string{"ES256": "EdDSA", "EdDSA": "ES256"}[f.alg]
	all["the other algorithm"] = f.signed(f.head("alg", other))
	all["the old key's kid"] = f.signed(f.head("kid", old))
	all["the old key's kid and algorithm"] = f.signed(f.head("kid", old, "alg", "ES256"))
	maps.Copy(all, f.kids())
	maps.Copy(all, f.ownKeys())
	maps.Copy(all, f.signatures())
	return all
}

// kids are headers with a kid that is not that of the key.
func (f *forger) kids() map[string]string {
	all := map[string]string{}
	for _, kid := range []any{
		"", " ", "../../../../dev/null", "/dev/null", "file:///etc/passwd", "https://example.com/jwks.json", "' OR '1'='1", "1; SELECT 1", "$(id)", "\x00",
		f.kid + "=", f.kid[:42], f.kid + "A", strings.ToUpper(f.kid), " " + f.kid, f.kid + "\n", strings.Repeat("A", 43), strings.Repeat("k", 2500),
		nil, 1, true, []any{f.kid}, map[string]any{"kid": f.kid}, gone, "__proto__", "ＡＡＡ",
	} {
		text := fmt.Sprint(kid)
		all["kid "+text[:min(len(text), 50)]] = f.signed(f.head("kid", kid))
	}
	return all
}

// ownKeys are tokens signed with a key that the forger supplies.
func (f *forger) ownKeys() map[string]string {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	point, err := own.PublicKey.Bytes()
	if err != nil {
		f.t.Fatal(err)
	}
	jwk := map[string]any{"kty": "EC", "crv": "P-256", "x": part(string(point[1:33])), "y": part(string(point[33:]))}
	thumb := sha256.Sum256([]byte(fmt.Sprintf(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, jwk["x"], jwk["y"])))
	ownKid := part(string(thumb[:]))
	by := func(header string) string {
		signing := part(header) + "." + f.parts[1]
		sum := sha256.Sum256([]byte(signing))
		r, s, err := ecdsa.Sign(rand.Reader, own, sum[:])
		if err != nil {
			f.t.Fatal(err)
		}
		return signing + "." + rs(r, s)
	}
	all := map[string]string{
		"another key under this kid":  by(f.head("alg", "ES256")),
		"another key under its kid":   by(f.head("alg", "ES256", "kid", ownKid)),
		"another key without kid":     by(f.head("alg", "ES256", "kid", gone)),
		"the claims of another token": f.parts[0] + "." + part(jsonOf(change(f.claims, []any{"role", "admin"}))) + "." + f.parts[2],
	}
	for name, value := range map[string]any{
		"jwk": jwk, "jku": "https://example.com/jwks.json", "x5u": "https://example.com/cert.pem", "x5c": []any{"MIIB"}, "x5t": "AAAA", "x5t#S256": "AAAA",
		"crit": []any{"exp"}, "b64": false, "zip": "DEF", "cty": "JWT", "enc": "A256GCM", "epk": jwk, "apu": "x", "nonce": "x", "x": 1, "": 1, "ALG": "none", "Kid": f.kid, "TYP": "at+jwt",
	} {
		all["own key with "+name] = by(f.head("alg", "ES256", "kid", ownKid, name, value))
		all["real key with "+name] = f.signed(f.head(name, value))
	}
	return all
}

// signatures are invalid ones that a careless verifier accepts.
func (f *forger) signatures() map[string]string {
	n := elliptic.P256().Params().N
	zero, one := new(big.Int), big.NewInt(1)
	sig := unpart(f.t, f.parts[2])
	flipped := append([]byte{sig[0] ^ 1}, sig[1:]...)
	der := fmt.Sprintf("\x30\x44\x02\x20%s\x02\x20%s", sig[:32], sig[32:])
	all := map[string]string{}
	for name, signature := range map[string]string{
		"empty": "", "r and s 0": rs(zero, zero), "r 0": rs(zero, one), "s 0": rs(one, zero), "r and s 1": rs(one, one),
		"r the order": rs(n, one), "s the order": rs(one, n), "r and s the order": rs(n, n), "all ones": part(strings.Repeat("\xff", 64)),
		"63 bytes": part(string(sig[:63])), "65 bytes": part(string(sig) + "\x00"), "a zero before": part("\x00" + string(sig)), "96 bytes": part(string(sig) + string(sig[:32])),
		"32 bytes": part(string(sig[:32])), "DER": part(der), "halves changed over": part(string(sig[32:]) + string(sig[:32])), "a bit flipped": part(string(flipped)),
		"padded": f.parts[2] + "==", "with a line break": f.parts[2][:10] + "\n" + f.parts[2][10:], "with a space": f.parts[2] + " ", "the plain alphabet": strings.NewReplacer("-", "+", "_", "/").Replace(f.parts[2]) + "==",
		"twice": f.parts[2] + f.parts[2], "of the payload": f.parts[1],
	} {
		all["signature "+name] = f.parts[0] + "." + f.parts[1] + "." + signature
	}
	for i, spelling := range respelled(f.real) {
		all[fmt.Sprintf("signature respelled %d", i)] = spelling
	}
	return all
}

func rs(r, s *big.Int) string {
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return part(string(signature[:]))
}

// respelled returns the last characters that a lax decoder takes for the same signature: 64
// bytes leave four bits of the last one unused.
func respelled(raw string) []string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, raw[len(raw)-1])
	var spellings []string
	for i := last + 1; i < last&^15+16; i++ {
		spellings = append(spellings, raw[:len(raw)-1]+alphabet[i:i+1])
	}
	return spellings
}
