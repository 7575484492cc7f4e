package smtp

import (
	"bytes"
	"crypto"

	"github.com/emersion/go-msgauth/dkim"
)

// DKIM configures signatures (RFC 6376).
type DKIM struct {
	// Domain is the signing domain, which publishes the key as Selector.
	Domain, Selector string
	// Key is an RSA key.
	Key crypto.Signer
}

// signedHeaders are the headers that a reader sees, and those that determine how the body is
// read. A header that is listed twice, or that a message lacks, cannot be added in transit (RFC
// 6376 section 8.15). Message-Id is not listed because some relays replace it.
var signedHeaders = []string{
	"From", "From", "To", "To", "Cc", "Reply-To", "Subject", "Subject", "Date", "Date",
	"MIME-Version", "Content-Type", "Content-Type", "Auto-Submitted",
}

// sign prepends the signature to a message. The relaxed canonicalization tolerates changes of
// white space in transit.
func (d *DKIM) sign(text []byte) ([]byte, error) {
	var b bytes.Buffer
	err := dkim.Sign(&b, bytes.NewReader(text), &dkim.SignOptions{
		Domain: d.Domain, Selector: d.Selector, Signer: d.Key, Hash: crypto.SHA256, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	return b.Bytes(), err
}
