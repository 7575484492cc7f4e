package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"time"

	"user-api/internal/base64url"
	"user-api/internal/client"
)

const (
	// codeLife is how long a code works: it is exchanged at once or never.
	codeLife = time.Minute
	// codeContext is what codes are sealed for.
	codeContext = "oauth code"
	// maxCode bounds what is opened.
	maxCode = 1024
)

var (
	// encoding refuses a second spelling of the same bytes.
	encoding = base64url.Strict

	challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	verifierForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
)

// grantCode is what a code says. The session is that of the page, which is random: who
// knew the key of the seals alone could make no code. Redirect is a digest.
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

// open reads a code; ok is false for what seal has not made.
func (s *Service) open(text string) (c grantCode, ok bool) {
	ok = s.Ring.OpenText(codeContext, text, maxCode, &c)
	return c, ok
}

// fits reports whether a code may be exchanged by a client with a verifier, and with the
// redirect URI if the client names it, as OAuth 2.0 demands and OAuth 2.1 does not.
func (c grantCode) fits(one client.Client, verifier, redirect string, now time.Time) bool {
	proven := subtle.ConstantTimeCompare([]byte(digest(verifier)), []byte(c.Challenge)) == 1
	return proven && c.Client == one.ID && (redirect == "" || c.Redirect == digest(redirect)) && now.UnixMilli() < c.Expires
}

// digest is the SHA-256 in base64url, as a code_challenge is.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return encoding.EncodeToString(sum[:])
}
