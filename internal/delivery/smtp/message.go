package smtp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"user-api/internal/delivery"
)

// address matches the dot-atoms of an address, in ASCII.
var address = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$")

var errMalformed = errors.New("smtp: a field of the message is malformed")

// messageID returns the local part of the Message-ID. The id of a send names its challenge, so
// only a digest of it is sent.
func messageID(m delivery.Message) string {
	sum := sha256.Sum256([]byte("message-id " + m.ID))
	return hex.EncodeToString(sum[:16])
}

// write returns the message as it is sent, with a signature if there is a key. It rejects
// anything that could end a header or a command, or add a recipient.
func (s *Sender) write(m delivery.Message) ([]byte, error) {
	if !bare(m.To) || !plain(m.Subject) || !plain(m.ID) || m.ID == "" ||
		strings.ContainsAny(m.Body+m.HTML, "\r\x00") {
		return nil, errMalformed
	}
	id := messageID(m)
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("part-"+id))
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(id + "@" + s.domain)
	msg.SetDateWithValue(s.now())
	// Suppress automatic replies.
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.Body)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, errMalformed
	}
	if s.dkim == nil {
		return b.Bytes(), nil
	}
	return s.dkim.sign(b.Bytes())
}

// bare reports whether text is a single ASCII address and nothing else.
func bare(text string) bool { return address.MatchString(text) }

// quoted returns a bare address as commands contain it. A local part that is not a dot-atom, as
// some of docomo's, is quoted (RFC 5321 section 4.1.2).
func quoted(text string) string { return (&mail.Address{Address: text}).String() }

// plain reports whether text fits on one line.
func plain(text string) bool { return !strings.ContainsFunc(text, unicode.IsControl) }
