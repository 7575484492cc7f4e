package wire_test

import (
	"encoding/base64"
	"testing"

	"user-api/internal/delivery/wire"
)

func TestShown(t *testing.T) {
	basic := func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+password))
	}
	for _, tt := range []struct {
		name, secret, query, authorization string
		want                               bool
	}{
		{"in the query", "s3cret", "a=1&token=s3cret", "", true},
		{"as a password", "s3cret", "", basic("s3cret"), true},
		{"another", "s3cret", "token=other", basic("other"), false},
		{"the second of two", "s3cret", "token=other&token=s3cret", "", false},
		{"a beginning", "s3cret", "token=s3cre", "", false},
		{"nothing", "s3cret", "", "", false},
		{"a query that is none", "s3cret", "%zz", "Bearer s3cret", false},
		{"no secret", "", "token=", basic(""), false},
	} {
		if got := wire.Shown(tt.secret, tt.query, tt.authorization); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
