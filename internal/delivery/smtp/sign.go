package smtp

import (
	"bytes"
	"crypto"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM is how messages are signed (RFC 6376).
type DKIM struct {
	// Domain signs, by the key it publishes as Selector.
	Domain, Selector string
	// Key is an RSA key.
	Key crypto.Signer
}

// signedHeaders are those a reader sees, and what says how to read the body. One that
// stands twice here, or that a message does not have, cannot be added on the way
// (RFC 6376 section 8.15). Message-Id is not among them: some relays set their own.
var signedHeaders = []string{
	"From", "From", "To", "To", "Cc", "Reply-To", "Subject", "Subject", "Date", "Date",
	"MIME-Version", "Content-Type", "Content-Type", "Auto-Submitted",
}

// sign puts the signature in front of a message. It bears the changes of white space
// that servers make on the way.
func (d *DKIM) sign(text []byte) ([]byte, error) {
	var b bytes.Buffer
	err := dkim.Sign(&b, bytes.NewReader(text), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: d.Key, Hash: crypto.SHA256, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	return b.Bytes(), err
}
