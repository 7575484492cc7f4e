package imports_test

import (
	"os"
	"strings"
	"testing"

	"user-api/internal/imports"
	"user-api/internal/password"
)

// The error lists everything that is wrong with a mapping.
func TestReadMapping(t *testing.T) {
	const bad = `
source: "My System"
format: xml
region: XX
proven: [fax]
roles: {boss: king}
fields: {hash: "a..b"}
hash: {kind: rot13, kinds: {x: crypt}}
`
	_, err := imports.ReadMapping([]byte(bad))
	for _, want := range []string{"source", "fields.id", "username, phone and email", "fields.hash", "format", "region", "proven", "roles", `"rot13"`, `"crypt"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not mention %s: %v", want, err)
		}
	}
	for _, text := range []string{"", "sauce: x", "source: [", "source: a\nfields: {id: id, email: mail, mail: x}"} {
		if _, err := imports.ReadMapping([]byte(text)); err == nil {
			t.Errorf("%q is accepted as a mapping", text)
		}
	}
	m, err := imports.ReadMapping([]byte("source: shop\nfields: {id: customer, email: mail}\nhash: {kind: md5-bcrypt}"))
	if err != nil || m.Hash.Kind != password.KindMD5Bcrypt || m.Fields.ID != "customer" {
		t.Errorf("a mapping: %+v, %v", m, err)
	}
	if _, err := imports.Named("../csv"); err == nil {
		t.Error("a mapping is read from outside the folder")
	}
}

func TestReadHashConfig(t *testing.T) {
	data, err := os.ReadFile("testdata/firebase.hashconfig")
	if err != nil {
		t.Fatal(err)
	}
	want, err := imports.ReadHashConfig(data)
	if err != nil || want.Rounds != 8 || want.MemCost != 14 || want.SaltSeparator != "Bw==" || len(want.SignerKey) != 88 {
		t.Errorf("ReadHashConfig = %+v, %v", want, err)
	}
	asJSON := `{"algorithm":"SCRYPT","base64_signer_key":"` + want.SignerKey + `","base64_salt_separator":"Bw==","rounds":8,"mem_cost":14}`
	if got, err := imports.ReadHashConfig([]byte(asJSON)); err != nil || got != want {
		t.Errorf("as JSON: %+v, %v", got, err)
	}
	for _, bad := range []string{"", "rounds: 8\nmem_cost: 14", "base64_signer_key: x, rounds: many, mem_cost: 14", strings.Replace(string(data), "SCRYPT", "BCRYPT", 1)} {
		if _, err := imports.ReadHashConfig([]byte(bad)); err == nil || strings.Contains(err.Error(), want.SignerKey) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}
