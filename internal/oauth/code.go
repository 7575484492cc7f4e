package oauth

import (
	"crypto/subtle"
	"regexp"
	"time"

	"user-api/internal/base64url"
	"user-api/internal/client"
)

const (
	// codeLife is the lifetime of a code, which is exchanged immediately.
	codeLife = time.Minute
	// codeContext separates codes from other sealed values.
	codeContext = "oauth code"
	// maxCode bounds the size of a code.
	maxCode = 1024
)

var (
	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	verifierForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
)

// grantCode is the content of a code. Session is that of the page: it is random, so the sealing key
// alone does not suffice to forge a code. Redirect is a digest.
type grantCode struct {
	Client    string `json:"c"`
	Redirect  string `json:"r"`
	Challenge string `json:"h"`
	Session   string `json:"s"`
	User      int64  `json:"u"`
	Epoch     int64  `json:"e"`
	Expires   int64  `json:"x"` // Unix milliseconds
}

func (s *Service) seal(c grantCode) (string, error) { return s.Ring.SealText(codeContext, c) }

// open opens a code; ok is false if seal did not make it.
func (s *Service) open(text string) (c grantCode, ok bool) {
	ok = s.Ring.OpenText(codeContext, text, maxCode, &c)
	return c, ok
}

// valid reports whether a client may exchange a code with a verifier and, if given as OAuth 2.0
// requires and OAuth 2.1 does not, the redirect URI.
func (c grantCode) valid(app client.Client, verifier, redirect string, now time.Time) bool {
	proven := subtle.ConstantTimeCompare([]byte(base64url.SHA256(verifier)), []byte(c.Challenge)) == 1
	return proven && c.Client == app.ID && (redirect == "" || c.Redirect == base64url.SHA256(redirect)) && now.UnixMilli() < c.Expires
}
